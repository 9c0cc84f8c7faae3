//! Running other programs, with errors that say which program, where, and what it printed last.
//!
//! `duct` alone reports only `command [...] exited with code 3`, and does not name a program that is missing.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Failure, Result, io_reason};

/// How many of a failed program's last lines are shown.
const TAIL_LINES: usize = 15;

/// Changes to the environment: a value, or `None` to remove the variable.
pub(super) type Env = BTreeMap<String, Option<OsString>>;

/// A program to run. Its output never reaches the terminal unless it fails, except through [`Process::stream`].
#[derive(Clone, Debug)]
pub(super) struct Process {
    program: PathBuf,
    args: Vec<OsString>,
    dir: Option<PathBuf>,
    env: Env,
}

/// How a program ended.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) success: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
    command: String,
    status: String,
}

impl Process {
    pub(super) fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), args: Vec::new(), dir: None, env: Env::new() }
    }

    pub(super) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub(super) fn args<T: Into<OsString>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(super) fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    pub(super) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.insert(name.to_owned(), Some(value.into()));
        self
    }

    pub(super) fn without_env(mut self, name: &str) -> Self {
        self.env.insert(name.to_owned(), None);
        self
    }

    pub(super) fn envs(mut self, env: &Env) -> Self {
        self.env.extend(env.iter().map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// Runs it and returns what it wrote to stdout; failing is an error.
    pub(super) fn read(&self) -> Result<String> {
        let outcome = self.outcome()?;
        if outcome.success { Ok(outcome.stdout) } else { Err(outcome.failure()) }
    }

    /// Runs it; failing is data.
    pub(super) fn outcome(&self) -> Result<Outcome> {
        let output = self
            .expression()
            .stdin_null()
            .stdout_capture()
            .stderr_capture()
            .unchecked()
            .run()
            .map_err(|error| self.not_started(&error))?;
        Ok(Outcome {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            command: self.to_string(),
            status: output.status.to_string(),
        })
    }

    /// Runs it with the terminal's stderr while `read` consumes its stdout; returns what `read` made of it and whether the
    /// program succeeded.
    pub(super) fn stream<T>(&self, read: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> Result<(T, bool)> {
        let handle = self.expression().stdin_null().unchecked().reader().map_err(|error| self.not_started(&error))?;
        let mut stdout = BufReader::new(&handle);
        let broken = |error: io::Error| Failure::io("read the output of", &self.program, &error);
        let value = read(&mut stdout).map_err(broken)?;
        // The status is there only once stdout has ended.
        io::copy(&mut stdout, &mut io::sink()).map_err(broken)?;
        let success = handle.try_wait().map_err(broken)?.is_some_and(|output| output.status.success());
        Ok((value, success))
    }

    fn expression(&self) -> duct::Expression {
        // Given a path, duct takes a bare name for a file in the current directory; given a string, it looks in PATH.
        let mut expression = duct::cmd(self.program.as_os_str(), &self.args);
        if let Some(dir) = &self.dir {
            expression = expression.dir(dir);
        }
        for (name, value) in &self.env {
            expression = match value {
                Some(value) => expression.env(name, value),
                None => expression.env_remove(name),
            };
        }
        expression
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        let program = self.program.display();
        if error.kind() == io::ErrorKind::NotFound {
            Diagnostic::error(format!("`{program}` is not installed")).note(format!("needed for `{self}`")).into()
        } else {
            Diagnostic::error(format!("cannot run `{program}`: {}", io_reason(error))).into()
        }
    }
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.program.file_name().unwrap_or(self.program.as_os_str()).to_string_lossy())?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", arg.to_string_lossy()))
    }
}

impl Outcome {
    /// The failure, with the program's last lines.
    pub(super) fn failure(&self) -> Failure {
        let mut diagnostic = Diagnostic::error(format!("`{}` failed ({})", self.command, self.status));
        let said = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let tail = tail(said);
        if !tail.is_empty() {
            diagnostic = diagnostic.note(format!("its last words:\n{tail}"));
        }
        diagnostic.into()
    }

    /// The last line of stderr that says something.
    pub(super) fn last_line(&self) -> &str {
        self.stderr.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or(&self.status)
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

/// Where a program is, as the shell would find it.
pub(super) fn find_program(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    find_in(name.as_ref(), &std::env::var_os("PATH")?)
}

fn find_in(name: &OsStr, path: &OsStr) -> Option<PathBuf> {
    if Path::new(name).components().count() > 1 {
        return is_executable(Path::new(name)).then(|| name.into());
    }
    std::env::split_paths(path).map(|dir| dir.join(name)).find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let error = Process::new("no-such-program").arg("--flag").read().unwrap_err();
        assert!(error.to_string().starts_with("error: `no-such-program` is not installed"), "{error}");
    }

    #[test]
    fn a_failure_shows_the_last_words() {
        let error = Process::new("sh").args(["-c", "seq 100 >&2; exit 3"]).read().unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.ends_with("99\n100") && !error.contains("\n85\n"), "{error}");
    }

    #[test]
    fn a_stream_knows_how_it_ended() {
        let read = |stdout: &mut dyn Read| {
            let mut text = String::new();
            stdout.read_to_string(&mut text)?;
            Ok(text)
        };
        let run = |script: &str| Process::new("sh").args(["-c", script]).stream(read).unwrap();
        assert_eq!(run("echo one; echo two"), ("one\ntwo\n".to_owned(), true));
        assert_eq!(run("echo one; exit 101"), ("one\n".to_owned(), false));
    }

    #[test]
    fn only_executable_files_are_programs() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("tool"), "").unwrap();
        assert_eq!(find_in("tool".as_ref(), dir.path().as_os_str()), None);
        assert!(find_program("sh").is_some());
    }
}
