use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{Error, FromKind, read};
use crate::layer::{Kind, Table, default_name};
use crate::settings::DEFAULT_FILE;

/// The file that `nas_pack::app!()` takes in: an expression of type `nas_pack::runtime::App`, with that name in scope.
pub(super) const FILE: &str = "nas-pack.app.rs";

/// What the daemon is told of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Constants {
    pub(super) package: String,
    pub(super) name: String,
    version: String,
    description: String,
    exec: Option<String>,
    port: Option<u16>,
    shared_folders: Vec<String>,
    settings_file: Option<String>,
}

impl Constants {
    /// Reads them from the merged description. `only_binary` is the daemon where nobody names one.
    pub(super) fn read(merged: &Table, only_binary: Option<String>) -> Result<Self, Error> {
        let text = |path| read::<String>(merged, path);
        let mut wrong = Vec::new();
        let mut or_wrong = |value: Result<Option<String>, Error>| {
            value.unwrap_or_else(|error| {
                wrong.push(error);
                None
            })
        };
        let package = or_wrong(text("package")).unwrap_or_default();
        let constants = Self {
            name: or_wrong(text("name")).unwrap_or_else(|| default_name(&package)),
            version: or_wrong(text("version")).unwrap_or_default(),
            description: or_wrong(text("description")).unwrap_or_default(),
            exec: or_wrong(text("service.exec"))
                .or_else(|| only_binary.filter(|_| merged.get("service").is_some()))
                .map(|binary| format!("bin/{binary}")),
            settings_file: or_wrong(text("settings.file"))
                .or_else(|| merged.get("settings").map(|_| DEFAULT_FILE.to_owned())),
            port: None,
            shared_folders: shared_folders(merged),
            package,
        };
        let port = port(merged).unwrap_or_else(|error| {
            wrong.push(error);
            None
        });
        wrong.into_iter().reduce(Error::and).map_or(Ok(Self { port, ..constants }), Err)
    }

    /// The text of [`FILE`].
    pub(super) fn source(&self) -> String {
        let Self { package, name, version, description, exec, port, shared_folders, settings_file } = self;
        let mut source = "App {\n".to_owned();
        // A string's `Debug` form is a literal of Rust.
        let _ = writeln!(source, "    package: {package:?},\n    name: {name:?},\n    version: {version:?},");
        let _ = writeln!(source, "    description: {description:?},\n    exec: {},", option(exec.as_ref()));
        let _ = writeln!(source, "    port: {},\n    shared_folders: &{shared_folders:?},", option(port.as_ref()));
        let _ = writeln!(source, "    settings_file: {},\n}}", option(settings_file.as_ref()));
        source
    }
}

/// With the path, as the app may have a `Some` of its own.
fn option(value: Option<&impl std::fmt::Debug>) -> String {
    value.map_or_else(
        || "::core::option::Option::None".to_owned(),
        |value| format!("::core::option::Option::Some({value:?})"),
    )
}

/// `service.port`.
pub(super) fn port(merged: &Table) -> Result<Option<u16>, Error> {
    let port: Option<u16> = read(merged, "service.port")?;
    match merged.find("service.port") {
        Some(entry) if port == Some(0) => Err(Error::at(&entry.value.origin, "`service.port`: 0 is not a port")),
        _ => Ok(port),
    }
}

/// The names in `shared-folders`: a table or a list of them. What is wrong in there is told when it is packaged.
fn shared_folders(merged: &Table) -> Vec<String> {
    let name = |kind: &Kind| match kind {
        Kind::Table(folder) => folder.get("name").and_then(|name| String::from_kind(&name.kind)),
        _ => None,
    };
    match merged.get("shared-folders").map(|value| &value.kind) {
        Some(Kind::List(folders)) => folders.iter().filter_map(|folder| name(&folder.kind)).collect(),
        Some(folder) => name(folder).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The package's binary, if it is plain that there is one alone: cargo does not tell build scripts of binaries.
pub(super) fn only_binary(cargo_package: &str, manifest: &Table, dir: &Path) -> Option<String> {
    match manifest.get("bin").map(|value| &value.kind) {
        Some(Kind::List(bins)) => match &bins[..] {
            [bin] => match &bin.kind {
                Kind::Table(bin) => bin.get("name").and_then(|name| String::from_kind(&name.kind)),
                _ => None,
            },
            _ => None,
        },
        _ => {
            let others = fs::read_dir(dir.join("src/bin")).is_ok();
            (!others && dir.join("src/main.rs").is_file()).then(|| cargo_package.to_owned())
        }
    }
}
