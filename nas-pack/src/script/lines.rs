use std::cell::RefCell;
use std::fmt::Display;

/// What is said to cargo, each line once and in the order in which it came up.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: RefCell<Vec<String>>,
}

impl Lines {
    /// Has cargo run the build script again when a file changes, or one in a folder. Cargo takes relative paths from the package's folder.
    pub(super) fn changed(&self, path: impl Display) {
        self.add(format!("cargo::rerun-if-changed={path}"));
    }

    /// Has cargo run the build script again when an environment variable changes.
    pub(super) fn env_changed(&self, name: &str) {
        self.add(format!("cargo::rerun-if-env-changed={name}"));
    }

    /// Has cargo show a warning.
    pub(super) fn warning(&self, message: impl Display) {
        self.add(format!("cargo::warning={message}"));
    }

    /// Sets a variable for the compiler.
    pub(super) fn rustc_env(&self, name: &str, value: impl Display) {
        self.add(format!("cargo::rustc-env={name}={value}"));
    }

    fn add(&self, line: String) {
        let mut lines = self.lines.borrow_mut();
        // A line break would begin another instruction, and a path with one cannot be said at all.
        if !line.contains(['\n', '\r']) && !lines.contains(&line) {
            lines.push(line);
        }
    }

    pub(super) fn take(&self) -> Vec<String> {
        self.lines.take()
    }
}
