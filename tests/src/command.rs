//! Runs the built `cargo-nas` in an environment that is the same everywhere.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What the outer cargo, the developer's shell or a build server may have set and a test must not depend on.
const UNSET: [&str; 16] = [
    "CARGO_BUILD_TARGET",
    "CARGO_CRATE_NAME",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "CARGO_TERM_COLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "LD_LIBRARY_PATH",
    "OUT_DIR",
    "RUSTFLAGS",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "SOURCE_DATE_EPOCH",
];

/// The workspace's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The folder of cargo's profile, in which this test was built: `target/debug`.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}

/// The target folder that this test was built in.
pub fn target_dir() -> PathBuf {
    profile_dir().parent().unwrap().to_owned()
}

/// The built command.
pub fn cargo_nas() -> PathBuf {
    let program = profile_dir().join("cargo-nas");
    assert!(
        program.is_file(),
        "there is no `{}`: cargo builds it with `cargo test --workspace --all-features`, but not for one package alone",
        program.display()
    );
    program
}

/// Gives a command the environment that is the same everywhere.
pub fn plain(command: &mut Command) {
    for name in UNSET {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_BIN_", "CARGO_PROFILE_", "LC_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command.env("NO_COLOR", "1").env("LANG", "C").env("TZ", "UTC");
}

/// One run of the command.
#[derive(Clone, Debug)]
pub struct Nas {
    args: Vec<OsString>,
    dir: PathBuf,
    env: Vec<(OsString, OsString)>,
    wrapper: Vec<OsString>,
}

/// What it answered.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Nas {
    /// `cargo nas ARGS…`, in the workspace's root folder.
    pub fn new<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Self {
        Self {
            args: args.into_iter().map(|arg| arg.as_ref().to_owned()).collect(),
            dir: root().to_owned(),
            env: Vec::new(),
            wrapper: Vec::new(),
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Runs it in another folder.
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Runs it through another program, such as `unshare`, that takes a command at the end of its arguments.
    pub fn through<A: AsRef<OsStr>>(mut self, program: impl IntoIterator<Item = A>) -> Self {
        self.wrapper.extend(program.into_iter().map(|part| part.as_ref().to_owned()));
        self
    }

    /// The process, not yet started.
    pub fn command(&self) -> Command {
        let program = cargo_nas().into_os_string();
        let mut line = self.wrapper.iter().chain([&program]);
        let mut command = Command::new(line.next().unwrap());
        command.args(line).arg("nas").args(&self.args).current_dir(&self.dir).stdin(Stdio::null());
        plain(&mut command);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end.
    pub fn run(&self) -> Outcome {
        self.command().output().unwrap().into()
    }

    /// Runs it to its end with this for its input.
    pub fn type_in(&self, text: &str) -> Outcome {
        let mut child =
            self.command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // What refuses to run reads nothing.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    /// Runs it, and demands that it does what it was asked for.
    pub fn succeed(&self) -> Outcome {
        let outcome = self.run();
        assert_eq!(outcome.code, Some(0), "{self:?}\n{}\n{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// Runs it, and demands that it says what is wrong and nothing else.
    pub fn fail(&self) -> Outcome {
        let outcome = self.run();
        assert_eq!(outcome.code, Some(1), "{self:?}\n{}\n{}", outcome.stdout, outcome.stderr);
        assert_eq!(outcome.stdout, "", "{self:?}");
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
        outcome
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// Standard error with other words for what differs between machines and runs.
    pub fn masked_stderr(&self, words: &[(&Path, &str)]) -> String {
        let mut text = self.stderr.clone();
        for (path, word) in words {
            // Temporary folders may be reached through a link.
            let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
            for path in [path.to_path_buf(), real] {
                text = text.replace(&path.display().to_string(), word);
            }
        }
        text
    }
}
