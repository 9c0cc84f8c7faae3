use std::path::{Path, PathBuf};
use std::sync::Arc;

use cargo_metadata::{Metadata, MetadataCommand, Package, TargetKind};

use super::Description;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::layer::{CargoFields, Kind, Layer, Source, Table, TomlError, cargo_layer, read_toml};

/// Which packages are meant, in cargo's own terms.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `--manifest-path`; without it cargo searches upwards from the current folder.
    pub manifest_path: Option<PathBuf>,
    /// `-p`; without it, the default members that have `[package.metadata.nas]`.
    pub packages: Vec<String>,
    /// `--locked`, `--offline`, `--frozen` as they were given.
    pub cargo_flags: Vec<String>,
}

/// A Cargo workspace and the apps selected in it.
#[derive(Debug)]
pub struct Workspace {
    /// The workspace's root folder.
    pub root: PathBuf,
    /// Where cargo builds, as its configuration and `CARGO_TARGET_DIR` have it.
    pub target_directory: PathBuf,
    /// The selected apps.
    pub apps: Vec<Description>,
}

impl Workspace {
    /// Asks cargo for the workspace and reads the descriptions of the selected packages.
    pub fn load(selection: &Selection) -> Result<Self> {
        let metadata = metadata(selection)?;
        let selected = select(&metadata, selection)?;
        let apps = selected.into_iter().map(describe).collect::<Result<Vec<_>>>()?;
        Ok(Self {
            root: metadata.workspace_root.into_std_path_buf(),
            target_directory: metadata.target_directory.into_std_path_buf(),
            apps,
        })
    }
}

impl From<Description> for Workspace {
    /// A workspace of one app, whose root is the app's folder.
    fn from(app: Description) -> Self {
        let root = app.manifest_dir.clone();
        Self { target_directory: root.join("target"), root, apps: vec![app] }
    }
}

fn metadata(selection: &Selection) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    if let Some(path) = &selection.manifest_path {
        command.manifest_path(path);
    }
    command.no_deps().other_options(selection.cargo_flags.clone());
    command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            // Cargo's own words, without its prefix: they name the file and the line.
            let stderr = stderr.trim();
            Diagnostic::error(stderr.strip_prefix("error: ").unwrap_or(stderr).to_owned()).into()
        }
        cargo_metadata::Error::Io(error) => Failure::from(
            Diagnostic::error(format!("cannot run cargo: {error}"))
                .help("install Rust, or set CARGO to the cargo to use"),
        ),
        other => Diagnostic::error(format!("cannot read what `cargo metadata` printed: {other}")).into(),
    })
}

fn select<'m>(metadata: &'m Metadata, selection: &Selection) -> Result<Vec<&'m Package>> {
    let members = metadata.workspace_packages();
    if !selection.packages.is_empty() {
        return selection.packages.iter().map(|name| find(&members, name)).collect();
    }
    // A manifest that was named is meant, be it that of a workspace or of a package.
    let root = metadata.root_package();
    let default =
        if metadata.workspace_default_members.is_available() { metadata.workspace_default_packages() } else { members };
    let described = |package: &&Package| package.metadata.get("nas").is_some();
    let found: Vec<_> = match root {
        Some(package) if selection.manifest_path.is_some() || described(&package) => vec![package],
        _ => default.iter().copied().filter(described).collect(),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let first = root.or(default.first().copied());
    let help = match first {
        Some(package) => format!("add this to `{}`:\n\n{}", package.manifest_path, starter(package)),
        None => "run it in a package or name one with --manifest-path".to_owned(),
    };
    Err(Diagnostic::error("no package here has a `[package.metadata.nas]` section")
        .note("it is what makes a Cargo package one for NAS boxes")
        .help(help)
        .into())
}

fn find<'m>(members: &[&'m Package], name: &str) -> Result<&'m Package> {
    members.iter().copied().find(|package| package.name.as_str() == name).ok_or_else(|| {
        let missing = Diagnostic::error(format!("package `{name}` is not a member of the workspace"));
        match super::section::nearest(name, members.iter().map(|package| package.name.as_str())) {
            Some(near) => missing.help(format!("a package with a similar name exists: `{near}`")),
            None => {
                let names = members.iter().map(|package| format!("`{}`", package.name)).collect::<Vec<_>>();
                missing.note(format!("the members are {}", names.join(", ")))
            }
        }
        .into()
    })
}

/// The least that describes a package's daemon.
fn starter(package: &Package) -> String {
    let binary = binaries(package).into_iter().next().unwrap_or_else(|| package.name.to_string());
    format!("[package.metadata.nas]\nservice = {{ exec = \"{binary}\", port = 8080 }}")
}

fn binaries(package: &Package) -> Vec<String> {
    let is_bin = |target: &&cargo_metadata::Target| target.kind.contains(&TargetKind::Bin);
    package.targets.iter().filter(is_bin).map(|target| target.name.clone()).collect()
}

/// Reads a package's manifest into its first two layers: Cargo's own fields, and the metadata section.
fn describe(package: &Package) -> Result<Description> {
    let path = package.manifest_path.as_std_path();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    let source = Arc::new(Source { path: path.to_owned(), text });
    let document = read_toml(&source)?;
    let (metadata, header) = match document.find("package.metadata.nas") {
        Some(entry) => match &entry.value.kind {
            Kind::Table(table) => (table.clone(), entry.value.origin.clone()),
            other => {
                return Err(Diagnostic::error(format!(
                    "`package.metadata.nas` must be a table, not {}",
                    other.describe()
                ))
                .at(&entry.value.origin)
                .into());
            }
        },
        None => return Err(no_section(package, path)),
    };
    Ok(Description {
        cargo_package: package.name.to_string(),
        cargo_binaries: binaries(package),
        build_script: package
            .targets
            .iter()
            .find(|target| target.kind.contains(&TargetKind::CustomBuild))
            .map(|target| target.src_path.clone().into_std_path_buf()),
        manifest_path: path.to_owned(),
        manifest_dir: path.parent().unwrap_or(Path::new(".")).to_owned(),
        section: header,
        layers: vec![cargo_fields(package, &document), metadata],
    })
}

impl From<TomlError> for Failure {
    fn from(error: TomlError) -> Self {
        Diagnostic::error(format!("invalid TOML: {}", error.message)).at(&error.origin).label("here").into()
    }
}

fn no_section(package: &Package, path: &Path) -> Failure {
    Diagnostic::error(format!("package `{}` has no `[package.metadata.nas]` section", package.name))
        .in_file(path)
        .help(format!("add this to it:\n\n{}", starter(package)))
        .into()
}

/// Cargo's fields under our keys, as the build script sees them too.
fn cargo_fields(package: &Package, document: &Table) -> Layer {
    fn text(field: Option<&String>) -> &str {
        field.map_or("", String::as_str)
    }
    let fields = CargoFields {
        name: package.name.as_str(),
        version: &package.version.to_string(),
        description: text(package.description.as_ref()),
        author: text(package.authors.first()),
        homepage: text(package.homepage.as_ref()),
        repository: text(package.repository.as_ref()),
        license_file: package.license_file.as_ref().map_or("", |path| path.as_str()),
    };
    cargo_layer(&fields, document)
}
