//! The command line: parse, call the library, print. One file a subcommand.

mod args;
mod diff;
mod doctor;
mod inspect;
mod life;
mod lint;
mod package;
mod plan;
mod render;
mod setup;
mod shell;
mod simulate;
mod table;
mod templates;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use nas_pack::diagnostic::Failure;

use args::{Cargo, Command};
use shell::Shell;

/// What the process ends with, as the manual documents it.
#[derive(Clone, Copy, Debug)]
enum Exit {
    /// What was asked for was done. Of `diff`: the packages are the same.
    Done,
    /// It could not be done, or what was held against the rules does not pass; the diagnostics say why.
    Failed,
    /// `diff` has compared the packages, and they differ.
    Different,
    /// `diff` could not compare the packages; the diagnostics say why.
    NotCompared,
    /// The command line was wrong.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed | Exit::Different => 1,
            Exit::NotCompared | Exit::Usage => 2,
        })
    }
}

pub(crate) fn main() -> ExitCode {
    let Cargo::Nas(nas) = match Cargo::try_parse_from(arguments()) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are answers, not mistakes; a closed pipe is nobody's mistake.
            let _ = error.print();
            let answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if answer { Exit::Done } else { Exit::Usage }.into();
        }
    };
    nas.color.write_global();
    let shell = Shell::new(nas.quiet);
    // A script must be able to tell a failure from a difference, as it can with diff(1).
    let failed = if matches!(nas.command, Command::Diff(_)) { Exit::NotCompared } else { Exit::Failed };
    let result = match nas.command {
        Command::Package(command) => package::run(&command, &shell),
        Command::Plan(command) => plan::run(&command, &shell).map(done),
        Command::Doctor(command) => doctor::run(&command, &shell).map(done),
        Command::Lint(command) => lint::run(&command, &shell),
        Command::Inspect(command) => inspect::run(&command, &shell).map(done),
        Command::Diff(command) => diff::run(&command, &shell),
        Command::Verify(command) => Ok(verify::run(&command, &shell)),
        Command::Simulate(command) => simulate::run(&command, &shell),
        Command::Setup(command) => setup::run(&command, &shell).map(done),
        Command::Templates(command) => templates::run(&command.command, &shell),
    };
    let exit = result.unwrap_or_else(|failure| {
        report(&shell, &failure);
        failed
    });
    exit.into()
}

fn done((): ()) -> Exit {
    Exit::Done
}

fn report(shell: &Shell, failure: &Failure) {
    for diagnostic in failure.diagnostics() {
        shell.show(diagnostic);
    }
}

/// Cargo calls us as `cargo-nas nas …`; people may call `cargo-nas …`.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_none_or(|first| first != "nas") {
        arguments.insert(arguments.len().min(1), "nas".into());
    }
    arguments
}

/// A value as indented JSON with a line break at the end.
fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    // Plain data with text keys always has a JSON form.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
