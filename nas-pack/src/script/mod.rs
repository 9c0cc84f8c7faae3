//! The build script's side: an app adjusts its own description in Rust, and `cargo nas` picks the result up.
//!
//! ```no_run
//! use nas_pack::dsl::Service;
//! use nas_pack::script;
//!
//! # fn main() -> Result<(), script::Error> {
//! let app = script::App::from_cargo()?;
//! let built_from = app.git().map_or_else(|| app.version().to_owned(), |git| git.to_string());
//! let page = app.generate("www/version.txt", &built_from)?;
//!
//! app.amend(|app| app.asset(page).service(Service::amend().env("BUILT_FROM", built_from))).emit()
//! # }
//! ```
//!
//! The recipe lands in `OUT_DIR`, where `cargo nas` finds it through cargo's own messages; an app that is built with
//! plain `cargo build` is built the same. Whatever is asked of [`App`] is watched: cargo runs the build script again when the
//! answer may be another one, and otherwise not.

use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, io};

use crate::dsl::{self, Asset};
use crate::layer::{
    CargoFields, DECIDED_BEFORE, Kind, Layer, Origin, RECIPE_FILE, RECIPE_FORMAT, RECIPE_VAR, Source, Table, Value,
    cargo_layer, default_name, read_toml, write_recipe,
};
use crate::model::Arch;

mod constants;
mod error;
mod git;
mod lines;

use constants::Constants;
pub use error::Error;
pub use git::Git;
use lines::Lines;

/// Where [`App::generate`] puts files, in `OUT_DIR`.
const GENERATED: &str = "nas-pack.assets";

/// The description of the app whose build script is running: what Cargo.toml says, and above that what the script says.
#[derive(Debug)]
pub struct App {
    out_dir: String,
    manifest_dir: PathBuf,
    target: String,
    profile: String,
    version: String,
    only_binary: Option<String>,
    /// Cargo's fields and the metadata section.
    manifest: Layer,
    /// What the build script itself said, which is all that goes into the recipe.
    said: dsl::App,
    lines: Lines,
}

impl App {
    /// Begins with what cargo tells the build script: the package's fields, and `[package.metadata.nas]` of its Cargo.toml, if it has
    /// that section.
    ///
    /// # Errors
    ///
    /// If no build script is running, or Cargo.toml cannot be read.
    pub fn from_cargo() -> Result<Self, Error> {
        Self::from_vars(|name| env::var(name).ok())
    }

    fn from_vars(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let var = |name: &str| {
            let none = || format!("{name} is not set: nas_pack::script works only in a build script that cargo runs");
            lookup(name).ok_or_else(|| Error::new(none()))
        };
        let field = |name: &str| lookup(&format!("CARGO_PKG_{name}")).unwrap_or_default();
        let manifest_dir = PathBuf::from(var("CARGO_MANIFEST_DIR")?);
        let (package, version) = (var("CARGO_PKG_NAME")?, var("CARGO_PKG_VERSION")?);

        let path = manifest_dir.join("Cargo.toml");
        let text = fs::read_to_string(&path).map_err(|error| unusable("read", &path, error))?;
        let document = read_toml(&Arc::new(Source { path, text }))
            .map_err(|error| Error::at(&error.origin, format_args!("invalid TOML: {}", error.message)))?;
        let authors = field("AUTHORS");
        let mut manifest = cargo_layer(
            &CargoFields {
                name: &package,
                version: &version,
                description: &field("DESCRIPTION"),
                author: authors.split(':').next().unwrap_or_default(),
                homepage: &field("HOMEPAGE"),
                repository: &field("REPOSITORY"),
                license_file: &field("LICENSE_FILE"),
            },
            &document,
        );
        // Without a section, the build script alone describes the app.
        if let Some(Value { kind, origin }) = document.find("package.metadata.nas").map(|entry| &entry.value) {
            let Kind::Table(section) = kind else {
                let message = format!("`package.metadata.nas` must be a table, not {}", kind.describe());
                return Err(Error::at(origin, message));
            };
            manifest.merge(section.clone());
        }
        let lines = Lines::default();
        // Cargo itself sees to the build script and to its own fields, but the metadata is none of its business.
        lines.changed("Cargo.toml");
        Ok(Self {
            only_binary: constants::only_binary(&package, &document, &manifest_dir),
            out_dir: var("OUT_DIR")?,
            target: var("TARGET")?,
            profile: var("PROFILE")?,
            manifest_dir,
            version,
            manifest,
            said: dsl::App::amend(),
            lines,
        })
    }

    /// What is said at a dotted path such as `service.port`, by the build script or else by Cargo.toml. Defaults are not known here:
    /// what nobody said is `None`.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), nas_pack::script::Error> {
    /// let app = nas_pack::script::App::from_cargo()?;
    /// let port: Option<u16> = app.get("service.port")?;
    /// let args: Vec<String> = app.get("service.args")?.unwrap_or_default();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If it is something else than what is asked for; the message has the place where it was written.
    pub fn get<T: FromKind>(&self, path: &str) -> Result<Option<T>, Error> {
        read(&self.merged(), path)
    }

    /// The package's identity on the device: Cargo's `name` with `-` for `_`, if nobody chose another one.
    pub fn package(&self) -> String {
        self.get("package").ok().flatten().unwrap_or_default()
    }

    /// The name that people see.
    pub fn name(&self) -> String {
        self.get("name").ok().flatten().unwrap_or_else(|| default_name(&self.package()))
    }

    /// The Cargo package's version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The TCP port that the service listens on, if it says one and it is one; [`emit`](Self::emit) complains of others.
    pub fn port(&self) -> Option<u16> {
        constants::port(&self.merged()).ok().flatten()
    }

    /// The Rust target that is being built.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The arch that is being built, if NAS boxes have it.
    pub fn arch(&self) -> Option<Arch> {
        Arch::of_target(&self.target)
    }

    /// `release`, or `debug`; cargo tells of other profiles only which of these they come from.
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// Whether it is built as users get it.
    pub fn is_release(&self) -> bool {
        self.profile == "release"
    }

    /// The folder of the app's Cargo.toml.
    pub fn manifest_dir(&self) -> &Path {
        &self.manifest_dir
    }

    /// The folder that the build script writes to, as cargo names it in `OUT_DIR`.
    pub fn out_dir(&self) -> &Path {
        Path::new(&self.out_dir)
    }

    /// An environment variable, if it is set. What is not UTF-8 in it becomes `�`.
    pub fn env(&self, name: &str) -> Option<String> {
        self.lines.env_changed(name);
        env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// The text of a file, relative to Cargo.toml.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is not UTF-8.
    #[track_caller]
    pub fn read(&self, path: impl AsRef<Path>) -> Result<String, Error> {
        let (path, caller) = (path.as_ref(), Origin::caller());
        self.rerun_if_changed(path);
        fs::read_to_string(self.manifest_dir.join(path)).map_err(|error| {
            Error::at(&caller, format_args!("cannot read `{}`: {error}", path.display())).because(error)
        })
    }

    /// The state of the git repository that the package is in; `None` without git, a repository or a commit, and if git does not know
    /// the package's Cargo.toml.
    pub fn git(&self) -> Option<Git> {
        Git::look(&self.manifest_dir, &self.lines)
    }

    /// Names a file or folder that the description was computed from, relative to Cargo.toml, so that cargo runs the build script
    /// again when it changes. Those that went through [`read`](Self::read) are named already.
    pub fn rerun_if_changed(&self, path: impl AsRef<Path>) {
        self.lines.changed(path.as_ref().display());
    }

    /// Writes a file that travels with the app, and describes it as an asset: `dest` is its path in the app's folder.
    ///
    /// # Errors
    ///
    /// If `dest` is not a plain relative path, or the file cannot be written.
    #[track_caller]
    pub fn generate(&self, dest: &str, content: impl AsRef<[u8]>) -> Result<Asset, Error> {
        let plain = Path::new(dest).components().all(|part| matches!(part, Component::Normal(_)));
        // Of an asset's source these make a pattern.
        if !plain || dest.is_empty() || dest.ends_with('/') || dest.contains(['\\', '*', '?', '[', '{']) {
            let expected = "expected a relative path with `/`, and without `..`, `*`, `?`, `[` and `{`";
            return Err(Error::at(&Origin::caller(), format_args!("`{dest}` cannot be generated: {expected}")));
        }
        let folder = format!("{}/{GENERATED}", self.out_dir);
        let path = Path::new(&folder).join(dest);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| write_changed(&path, content.as_ref()))
            .map_err(|error| unusable("write", &path, error))?;
        Ok(Asset::file(dest, dest).dir(folder))
    }

    /// Files that the build script, or a tool that it ran, has written to `OUT_DIR`: a path or a pattern from there, and where they
    /// go in the app's folder.
    #[track_caller]
    pub fn generated(&self, source: impl Into<String>, dest: impl Into<String>) -> Asset {
        Asset::file(source, dest).dir(self.out_dir.as_str())
    }

    /// Adds to the description or changes it.
    pub fn amend(mut self, change: impl FnOnce(dsl::App) -> dsl::App) -> Self {
        self.said = change(self.said);
        self
    }

    /// Writes the recipe for `cargo nas` and the constants for `nas_pack::app!()`, and tells cargo when to run the build script again:
    /// when what was asked for here changes, Cargo.toml, or the build script itself.
    ///
    /// # Errors
    ///
    /// If something was said that a build script cannot decide any more, a value that the daemon is told is not what it must be, or
    /// a file cannot be written. Everything else is checked by `cargo nas`, which shows the line too.
    pub fn emit(self) -> Result<(), Error> {
        self.emit_to(&mut io::stdout().lock())
    }

    fn emit_to(self, cargo: &mut impl Write) -> Result<(), Error> {
        let late = DECIDED_BEFORE.iter().filter_map(|key| Some((key, self.said.layer().entry(key)?)));
        let late = late.map(|(key, entry)| {
            let message =
                format!("a build script cannot set `{key}`, which is decided before it runs: set it in Cargo.toml");
            Error::at(&entry.value.origin, message)
        });
        let constants = Constants::read(&self.merged(), self.only_binary.clone());
        let constants = match (late.reduce(Error::and), constants) {
            (None, constants) => constants?,
            (Some(late), Ok(_)) => return Err(late),
            (Some(late), Err(error)) => return Err(late.and(error)),
        };

        let recipe = write_recipe(self.said.layer(), &self.out_dir);
        for (name, text) in [(RECIPE_FILE, recipe), (constants::FILE, constants.source())] {
            let path = self.out_dir().join(name);
            write_changed(&path, text.as_bytes()).map_err(|error| unusable("write", &path, error))?;
        }
        self.lines.rustc_env(RECIPE_VAR, RECIPE_FORMAT);
        let mut lines = self.lines.take().join("\n");
        lines.push('\n');
        cargo
            .write_all(lines.as_bytes())
            .map_err(|error| Error::new(format!("cannot speak to cargo: {error}")).because(error))
    }

    fn merged(&self) -> Table {
        let mut merged = self.manifest.clone();
        merged.merge(self.said.layer().clone());
        merged
    }
}

/// What [`App::get`] can give.
pub trait FromKind: Sized {
    /// What it must be, for messages: `a string`.
    const EXPECTED: &'static str;

    /// The value; `None` if it is something else.
    fn from_kind(kind: &Kind) -> Option<Self>;
}

impl FromKind for String {
    const EXPECTED: &'static str = "a string";

    fn from_kind(kind: &Kind) -> Option<Self> {
        match kind {
            Kind::Str(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl FromKind for bool {
    const EXPECTED: &'static str = "`true` or `false`";

    fn from_kind(kind: &Kind) -> Option<Self> {
        match kind {
            Kind::Bool(flag) => Some(*flag),
            _ => None,
        }
    }
}

/// Numbers that fit.
macro_rules! number {
    ($($type:ty: $expected:literal;)*) => {$(
        impl FromKind for $type {
            const EXPECTED: &'static str = $expected;

            fn from_kind(kind: &Kind) -> Option<Self> {
                match kind {
                    Kind::Int(number) => Self::try_from(*number).ok(),
                    _ => None,
                }
            }
        }
    )*};
}

number! {
    u16: "a whole number from 0 to 65535";
    u32: "a whole number from 0 to 4294967295";
    i64: "a whole number";
}

impl<T: FromKind> FromKind for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn from_kind(kind: &Kind) -> Option<Self> {
        match kind {
            Kind::List(items) => items.iter().map(|item| T::from_kind(&item.kind)).collect(),
            _ => None,
        }
    }
}

fn read<T: FromKind>(merged: &Table, path: &str) -> Result<Option<T>, Error> {
    let Some(entry) = merged.find(path) else { return Ok(None) };
    let wrong = || {
        let found = match &entry.value.kind {
            Kind::Int(number) => number.to_string(),
            other => other.describe().to_owned(),
        };
        Error::at(&entry.value.origin, format_args!("`{path}` is {found}, expected {}", T::EXPECTED))
    };
    T::from_kind(&entry.value.kind).map(Some).ok_or_else(wrong)
}

/// Leaves a file alone that holds this already, so that nothing takes it for new.
fn write_changed(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == content) { Ok(()) } else { fs::write(path, content) }
}

fn unusable(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(format!("cannot {what} `{}`: {error}", path.display())).because(error)
}

#[cfg(test)]
mod tests;
