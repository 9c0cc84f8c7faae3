//! Programs that are not ours.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Where a program of the machine is, or a note that it is missing.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("not run: {name} is not here");
    }
    found
}

/// Runs a program to its end, and demands that it succeeds. Returns its standard output.
pub fn output<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, args: impl IntoIterator<Item = A>) -> Vec<u8> {
    succeeded(Command::new(program).args(args).stdin(Stdio::null())).stdout
}

/// Runs a command to its end, and demands that it succeeds.
pub fn succeeded(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
    output
}

/// How to become another user, or root, without being root: the start of a command line. `None`, with a note, where the
/// machine does not let one do so and then run `probe`.
pub fn unshare(args: &[&str], probe: &str) -> Option<Vec<String>> {
    let program = on_path("unshare")?;
    let works = Command::new(&program).args(args).args(["sh", "-c", probe]).stderr(Stdio::null()).status();
    if !works.is_ok_and(|status| status.success()) {
        eprintln!("not run: `unshare {}` is not allowed here", args.join(" "));
        return None;
    }
    let args = args.iter().map(|&arg| arg.to_owned());
    Some([program.display().to_string()].into_iter().chain(args).collect())
}
