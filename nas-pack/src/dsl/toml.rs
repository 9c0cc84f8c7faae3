//! From TOML to the builder, and back.

use std::path::PathBuf;
use std::sync::Arc;

use super::App;
use crate::layer::{Kind, Source, TomlError, read_toml};

/// The table of Cargo.toml that describes an app.
const HEADER: [&str; 3] = ["package", "metadata", "nas"];

impl App {
    /// Reads the keys of `[package.metadata.nas]`, with that header or without. What the keys say is checked when the app is decoded.
    ///
    /// ```
    /// use nas_pack::dsl::{App, Service};
    ///
    /// # fn main() -> Result<(), nas_pack::layer::TomlError> {
    /// let app = App::from_toml("name = \"Beacon\"\nservice.port = 8137\n")?.revision(1);
    /// let same = App::amend().name("Beacon").service(Service::amend().port(8137)).revision(1);
    /// assert!(app.layer().same_as(same.layer()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, TomlError> {
        let source = Source { path: PathBuf::from("<toml>"), text: text.to_owned() };
        let mut table = read_toml(&Arc::new(source))?;
        // A package's name is no table, so that this can only be the header.
        if let Some(entry) = table.find(&HEADER.join("."))
            && let Kind::Table(own) = &entry.value.kind
        {
            table = own.clone();
        }
        Ok(Self { table })
    }
}

#[cfg(feature = "pack")]
mod pack {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{App, HEADER};
    use crate::diagnostic::{Diagnostic, Result};
    use crate::hooks::Event;
    use crate::layer::write_toml;
    use crate::manifest::{Selection, Workspace, reference};
    use crate::model::Arch;

    /// The keys of steps in the order in which they are read; the reference of keys has them elsewhere.
    const STEP: [&str; 12] = [
        "mkdir",
        "install-if-missing",
        "chown",
        "symlink",
        "backup",
        "run",
        "sh",
        "to",
        "at",
        "owner",
        "recursive",
        "mode",
    ];

    impl App {
        /// Reads the Cargo.toml of a package: Cargo's own fields and, over them, `[package.metadata.nas]`. Cargo is asked for what the
        /// package inherits from its workspace.
        ///
        /// ```no_run
        /// use std::path::Path;
        ///
        /// use nas_pack::dsl::App;
        ///
        /// # fn main() -> nas_pack::diagnostic::Result<()> {
        /// let nightly = App::from_manifest(Path::new("Cargo.toml"))?.name("Beacon nightly").package("beacon-nightly");
        /// # Ok(())
        /// # }
        /// ```
        pub fn from_manifest(path: &Path) -> Result<Self> {
            let selection = Selection { manifest_path: Some(path.to_owned()), ..Selection::default() };
            let workspace = Workspace::load(&selection)?;
            match &workspace.apps[..] {
                [app] => Ok(Self { table: app.merged() }),
                apps => {
                    let names = apps.iter().map(|app| format!("`{}`", app.cargo_package)).collect::<Vec<_>>();
                    let found = Diagnostic::error(format!("the workspace has {} apps", apps.len())).in_file(path);
                    let found = found.note(format!("they are {}", names.join(", ")));
                    Err(found.help("name the Cargo.toml of one of them").into())
                }
            }
        }

        /// Writes what was said as a part of Cargo.toml that begins with `[package.metadata.nas]`, which
        /// [`from_toml`](Self::from_toml) reads to the same. After [`from_manifest`](Self::from_manifest), what Cargo's own fields say is
        /// among it.
        ///
        /// ```
        /// use nas_pack::dsl::{App, Service};
        ///
        /// let app = App::amend().service(Service::new("beacon").port(8137)).name("Beacon");
        /// assert_eq!(
        ///     app.to_toml(),
        ///     r#"[package.metadata.nas]
        /// name = "Beacon"
        ///
        /// [package.metadata.nas.service]
        /// exec = "beacon"
        /// port = 8137
        /// "#
        /// );
        /// ```
        pub fn to_toml(&self) -> String {
            let told = reference::all();
            let told: BTreeMap<&str, usize> = told.iter().enumerate().map(|(rank, key)| (key.path, rank)).collect();
            write_toml(&self.table, &HEADER, &|path| match path {
                ["hooks", event] => Event::ALL.iter().position(|known| known.name() == *event),
                ["hooks", _, key] => STEP.iter().position(|known| known == key),
                ["targets", arch] => Arch::ALL.iter().position(|known| known.name() == *arch),
                path => told.get(reference::path(path).as_str()).copied(),
            })
        }
    }
}
