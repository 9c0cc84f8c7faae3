//! The build script's side: an app adjusts its own description in Rust, and `cargo nas` picks the result up.
//!
//! ```no_run
//! use nas_pack::dsl::Service;
//! use nas_pack::script;
//!
//! # fn main() -> Result<(), script::Error> {
//! script::App::from_cargo()?
//!     .amend(|app| app.service(Service::amend().env("BUILT_FOR", std::env::var("TARGET").unwrap_or_default())))
//!     .emit()
//! # }
//! ```
//!
//! The recipe lands in `OUT_DIR`, where `cargo nas` finds it through cargo's own messages; an app that is built with
//! plain `cargo build` is built the same.

use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use crate::dsl;
use crate::layer::{RECIPE_FILE, write_recipe};
use crate::model::Arch;

/// The description of the app whose build script is running.
#[derive(Debug)]
pub struct App {
    out_dir: PathBuf,
    manifest_dir: PathBuf,
    target: String,
    package: String,
    version: String,
    watched: Vec<PathBuf>,
    description: dsl::App,
}

/// Why a recipe could not be written.
#[derive(Debug)]
pub enum Error {
    /// A variable that cargo sets for build scripts is not there.
    NotABuildScript(&'static str),
    /// The recipe could not be written.
    Write(PathBuf, io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABuildScript(variable) => {
                write!(f, "{variable} is not set: nas_pack::script works only in a build script that cargo runs")
            }
            Self::Write(path, error) => write!(f, "cannot write `{}`: {error}", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotABuildScript(_) => None,
            Self::Write(_, error) => Some(error),
        }
    }
}

impl App {
    /// Begins with what cargo tells the build script.
    pub fn from_cargo() -> Result<Self, Error> {
        let var = |name| env::var(name).map_err(|_| Error::NotABuildScript(name));
        Ok(Self {
            out_dir: var("OUT_DIR")?.into(),
            manifest_dir: var("CARGO_MANIFEST_DIR")?.into(),
            target: var("TARGET")?,
            package: var("CARGO_PKG_NAME")?,
            version: var("CARGO_PKG_VERSION")?,
            watched: Vec::new(),
            description: dsl::App::amend(),
        })
    }

    /// The Cargo package's name.
    pub fn package(&self) -> &str {
        &self.package
    }

    /// The Cargo package's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The Rust target that is being built.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The arch that is being built, if NAS boxes have it.
    pub fn arch(&self) -> Option<Arch> {
        Arch::of_target(&self.target)
    }

    /// The folder of the app's Cargo.toml.
    pub fn manifest_dir(&self) -> &Path {
        &self.manifest_dir
    }

    /// Adds to the description or changes it.
    pub fn amend(mut self, change: impl FnOnce(dsl::App) -> dsl::App) -> Self {
        self.description = change(self.description);
        self
    }

    /// Names a file that the description was computed from, relative to Cargo.toml, so that cargo runs the build script
    /// again when it changes.
    pub fn rerun_if_changed(mut self, path: impl Into<PathBuf>) -> Self {
        self.watched.push(path.into());
        self
    }

    /// Writes the recipe and tells cargo when to run the build script again: when it or a watched file changes.
    pub fn emit(self) -> Result<(), Error> {
        let path = self.out_dir.join(RECIPE_FILE);
        fs::write(&path, write_recipe(self.description.layer())).map_err(|error| Error::Write(path, error))?;
        // The build script's own source belongs to the list as soon as anything is listed.
        say(Path::new("build.rs"));
        self.watched.iter().for_each(|path| say(path));
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn say(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
