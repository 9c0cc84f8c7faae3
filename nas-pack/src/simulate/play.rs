//! Plays packages' lives, several at a time.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;

#[cfg(unix)]
use super::life;
use super::{Life, Observer, Options};
use crate::diagnostic::Result;

/// Plays the lives of packages, several at a time. One result for each, in the order of `files`; a package that cannot be opened or
/// played gives its failure.
///
/// # Errors
///
/// This machine can play nothing at all, for the reasons that the error has, or an older build cannot be read.
#[cfg(unix)]
pub fn simulate(files: &[PathBuf], options: &Options, observer: &dyn Observer) -> Result<Vec<Result<Life>>> {
    life::play_all(files, options, observer)
}

/// An interactive shell, as the box's root, in a box where the package is installed and started.
///
/// # Errors
///
/// This machine cannot make a box, or the package cannot be opened.
#[cfg(unix)]
pub fn shell(file: &Path, options: &Options) -> Result<ExitStatus> {
    life::shell(file, options)
}

/// Plays nothing, since it takes Linux.
///
/// # Errors
///
/// Always.
#[cfg(not(unix))]
pub fn simulate(_: &[PathBuf], _: &Options, _: &dyn Observer) -> Result<Vec<Result<Life>>> {
    Err(impossible())
}

/// Plays nothing, since it takes Linux.
///
/// # Errors
///
/// Always.
#[cfg(not(unix))]
pub fn shell(_: &Path, _: &Options) -> Result<ExitStatus> {
    Err(impossible())
}

#[cfg(not(unix))]
fn impossible() -> crate::diagnostic::Failure {
    let help = "run the command on Linux, such as in a virtual machine or in CI";
    crate::diagnostic::Diagnostic::error("packages can be played on Linux only, so nothing was played")
        .help(help)
        .into()
}
