//! Plays packages' lives.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::{Life, Observer, Options};
use crate::diagnostic::{Diagnostic, Failure, Result};

/// Plays the lives of packages, several at a time. One result for each, in the order of `files`; a package that cannot be opened gives
/// its failure.
///
/// # Errors
///
/// This machine can play nothing at all.
pub fn simulate(_files: &[PathBuf], _options: &Options, _observer: &dyn Observer) -> Result<Vec<Result<Life>>> {
    Err(impossible())
}

/// An interactive shell in a box where the package is installed and started.
///
/// # Errors
///
/// This machine cannot make a box, or the package cannot be opened.
pub fn shell(_file: &Path, _options: &Options) -> Result<ExitStatus> {
    Err(impossible())
}

fn impossible() -> Failure {
    Diagnostic::error("packages cannot be simulated on this machine").into()
}
