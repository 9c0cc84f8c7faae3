use std::io::{IsTerminal as _, Write as _};

use clap_cargo::style::{GOOD, WARN};
use nas_pack::diagnostic::{Diagnostic, Level};
use nas_pack::progress::Reporter;

use super::render;

/// Everything the command prints goes through here: results to standard output, all else to standard error.
#[derive(Debug)]
pub(crate) struct Shell {
    quiet: bool,
}

impl Shell {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Whether only what went wrong and what was asked for is said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints what was asked for. A reader that went away is no error.
    #[expect(clippy::unused_self, reason = "output goes through the shell, whatever it is set to")]
    pub(crate) fn print(&self, text: &str) {
        let mut stdout = anstream::stdout();
        let _ = stdout.write_all(text.as_bytes());
        let _ = stdout.flush();
    }

    /// Shows what is going on until the next [`pass`](Self::pass), on a terminal only.
    pub(crate) fn passing(&self, verb: &str, message: &str) {
        if self.is_lively() {
            let _ = write!(anstream::stderr(), "\r\x1b[K{GOOD}{verb:>12}{GOOD:#} {message}");
        }
    }

    /// Takes away what [`passing`](Self::passing) has shown.
    pub(crate) fn pass(&self) {
        if self.is_lively() {
            let _ = write!(anstream::stderr(), "\r\x1b[K");
        }
    }

    fn is_lively(&self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }

    /// Prints a diagnostic as rustc would.
    pub(crate) fn show(&self, diagnostic: &Diagnostic) {
        if self.quiet && diagnostic.level == Level::Warning {
            return;
        }
        let _ = writeln!(anstream::stderr(), "{}\n", render::diagnostic(diagnostic));
    }
}

impl Reporter for Shell {
    fn status(&self, verb: &str, message: &str) {
        if !self.quiet {
            let style = if matches!(verb, "Blocking" | "Missing") { WARN } else { GOOD };
            let _ = writeln!(anstream::stderr(), "{style}{verb:>12}{style:#} {message}");
        }
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) {
        self.show(diagnostic);
    }
}
