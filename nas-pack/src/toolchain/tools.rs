//! Programs that checking and trying out packages needs, in the user's PATH or the home.

use std::path::PathBuf;

use super::apt;
use super::home::{self, Home};
use super::process;
use crate::diagnostic::{Diagnostic, Result};
use crate::model::Arch;
use crate::progress::Reporter;

/// A helper program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// The shell and programs that a NAS has, in one static file.
    BusyBox,
    /// Runs another processor's programs.
    Qemu(Arch),
    /// Finds mistakes in shell scripts.
    ShellCheck,
    /// Runs programs apart from the rest of the system.
    Bubblewrap,
}

impl Tool {
    /// The package, the program's path in it, and the name it may have on PATH.
    fn facts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::BusyBox => ("busybox-static", "bin/busybox", "busybox"),
            Self::Qemu(Arch::X86_64) => ("qemu-user-static", "usr/bin/qemu-x86_64-static", "qemu-x86_64-static"),
            Self::Qemu(Arch::Aarch64) => ("qemu-user-static", "usr/bin/qemu-aarch64-static", "qemu-aarch64-static"),
            Self::Qemu(Arch::Armhf) => ("qemu-user-static", "usr/bin/qemu-arm-static", "qemu-arm-static"),
            Self::ShellCheck => ("shellcheck", "usr/bin/shellcheck", "shellcheck"),
            Self::Bubblewrap => ("bubblewrap", "usr/bin/bwrap", "bwrap"),
        }
    }

    /// The program's name.
    pub fn name(self) -> &'static str {
        self.facts().2
    }
}

/// Where a tool is: the home's own, or the one on PATH.
pub fn find(home: &Home, tool: Tool) -> Option<PathBuf> {
    let (package, path, name) = tool.facts();
    let installed = apt::find(home, package).map(|packages| {
        let launcher = packages.root().join("launch").join(name);
        // Newer distributions have `bin` only as a link, and pack programs under `usr`.
        let places = [launcher, packages.root().join(path), packages.root().join("usr").join(path)];
        places.into_iter().find(|file| file.is_file()).unwrap_or_default()
    });
    home::installed_or_on_path(installed, name)
}

/// Where a program of the machine is, as the shell would find it.
pub fn on_path(name: &str) -> Option<PathBuf> {
    process::find_program(name)
}

/// Finds the tools, and installs those that are missing from the distribution's archive.
///
/// # Errors
/// If one is missing and cannot be fetched, or `offline` forbids to.
pub fn ensure(home: &Home, tools: &[Tool], offline: bool, reporter: &dyn Reporter) -> Result<Vec<PathBuf>> {
    let mut lock = None;
    let mut found = Vec::new();
    for &tool in tools {
        if let Some(file) = find(home, tool) {
            found.push(file);
            continue;
        }
        let (package, path, name) = tool.facts();
        let missing = || Diagnostic::error(format!("`{name}` is not installed"));
        if offline {
            return Err(missing().help("run `cargo nas setup` once without `--offline`, or install it").into());
        }
        if !apt::is_available() {
            return Err(missing().help(format!("install it, for example from the package {package}")).into());
        }
        let lock = match &lock {
            Some(lock) => lock,
            None => lock.insert(home.lock(reporter)?),
        };
        let packages = apt::install(home, lock, package, &[package], reporter)?;
        let libraries = packages.library_dirs();
        if !libraries.is_empty() {
            // Libraries that the system lacks came along.
            let libraries: Vec<_> = libraries.iter().map(|dir| dir.to_string_lossy()).collect();
            let program = packages.root().join(path);
            let text =
                format!("#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n", libraries.join(":"), program.display());
            home::write_script(&packages.root().join("launch").join(name), &text)?;
        }
        found.push(find(home, tool).ok_or_else(|| missing().note(format!("the package {package} does not have it")))?);
    }
    Ok(found)
}
