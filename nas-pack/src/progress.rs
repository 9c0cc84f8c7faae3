//! How long work tells what it is doing. The library only reports; the command decides how that looks.

use crate::diagnostic::Diagnostic;

/// Receives what happens, possibly from several threads.
pub trait Reporter: Sync {
    /// A step began or ended, in cargo's manner: a verb (`Building`, `Fetched`) and what it is about.
    fn status(&self, verb: &str, message: &str);

    /// Something to tell the user that does not stop the work.
    fn diagnostic(&self, diagnostic: &Diagnostic);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn status(&self, _: &str, _: &str) {}

    fn diagnostic(&self, _: &Diagnostic) {}
}
