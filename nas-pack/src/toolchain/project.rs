//! The package to build, as cargo resolves it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand, PackageId};

use super::c_use::CUse;
use super::process::Env;
use crate::diagnostic::{Diagnostic, Result};
use crate::model::TargetSpec;

/// What the user says to cargo. Passed through unchanged.
#[derive(Clone, Debug, Default)]
pub struct CargoOptions {
    /// The manifest; the one cargo finds from the current directory where not given.
    pub manifest_path: Option<PathBuf>,
    /// The package's name or package id specification.
    pub package: String,
    /// The binaries; all of the package's where empty.
    pub bins: Vec<String>,
    /// Features to turn on.
    pub features: Vec<String>,
    /// Turn on all of them.
    pub all_features: bool,
    /// Leave the default ones off.
    pub no_default_features: bool,
    /// The profile; `release` where not given.
    pub profile: Option<String>,
    /// Fail if Cargo.lock would change.
    pub locked: bool,
    /// Use no network.
    pub offline: bool,
    /// Both of these.
    pub frozen: bool,
    /// Let cargo say nothing but what went wrong.
    pub quiet: bool,
    /// Where cargo writes; its own choice where not given.
    pub target_dir: Option<PathBuf>,
}

/// The resolved package.
#[derive(Clone, Debug)]
pub struct Project {
    /// What it was resolved with.
    pub options: CargoOptions,
    /// The directory cargo is called in.
    pub dir: PathBuf,
    /// The selected package.
    pub package: PackageId,
    /// The workspace's root folder.
    pub workspace_root: PathBuf,
    /// Cargo's target folder.
    pub target_directory: PathBuf,
    /// Whether the build compiles C.
    pub c: CUse,
    /// Folders whose paths would end up in the binaries, each with what to write instead.
    pub(super) remap: Vec<(PathBuf, String)>,
}

impl CargoOptions {
    /// `--locked` and its like, which every cargo call gets.
    pub(super) fn lock_args(&self) -> Vec<String> {
        [("--locked", self.locked), ("--offline", self.offline), ("--frozen", self.frozen)]
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(flag, _)| flag.to_owned())
            .collect()
    }

    /// The feature selection.
    pub(super) fn feature_args(&self) -> Vec<String> {
        let mut args = Vec::new();
        if !self.features.is_empty() {
            args.extend(["--features".to_owned(), self.features.join(",")]);
        }
        args.extend(self.all_features.then(|| "--all-features".to_owned()));
        args.extend(self.no_default_features.then(|| "--no-default-features".to_owned()));
        args
    }
}

impl Project {
    /// Resolves the dependencies of `options.package` for the targets, with the cargo that runs in `dir`.
    ///
    /// # Errors
    /// What cargo says: no such package, no network for a dependency, …
    pub fn load<'a>(
        options: &CargoOptions,
        targets: impl IntoIterator<Item = &'a TargetSpec>,
        dir: &Path,
    ) -> Result<Self> {
        let mut command = MetadataCommand::new();
        command.current_dir(dir);
        if let Some(manifest) = &options.manifest_path {
            command.manifest_path(manifest);
        }
        if options.all_features {
            command.features(CargoOpt::AllFeatures);
        }
        if options.no_default_features {
            command.features(CargoOpt::NoDefaultFeatures);
        }
        if !options.features.is_empty() {
            command.features(CargoOpt::SomeFeatures(options.features.clone()));
        }
        let triples: BTreeSet<&str> = targets.into_iter().map(TargetSpec::rust_triple).collect();
        let mut other = options.lock_args();
        other.extend(triples.iter().flat_map(|triple| ["--filter-platform".to_owned(), (*triple).to_owned()]));
        command.other_options(other);
        for (name, _) in outer_environment() {
            command.env_remove(name);
        }
        let metadata = command.exec().map_err(|error| match error {
            cargo_metadata::Error::CargoMetadata { stderr } => {
                Diagnostic::error("cargo cannot resolve the dependencies").note(stderr.trim().to_owned())
            }
            error => Diagnostic::error("cannot ask cargo about the package").note(error.to_string()),
        })?;
        Self::new(options, &metadata, dir)
    }

    fn new(options: &CargoOptions, metadata: &Metadata, dir: &Path) -> Result<Self> {
        let spec = options.package.as_str();
        let package = metadata
            .workspace_packages()
            .into_iter()
            .find(|package| package.name.as_str() == spec || package.id.repr == spec)
            .or_else(|| {
                // `name@version`
                let (name, version) = spec.split_once('@')?;
                let members = metadata.workspace_packages().into_iter();
                members
                    .into_iter()
                    .find(|package| package.name.as_str() == name && package.version.to_string().starts_with(version))
            })
            .ok_or_else(|| Diagnostic::error(format!("there is no package `{spec}` in this workspace")))?;
        let mut options = options.clone();
        options.package.clone_from(&package.id.repr);
        Ok(Self {
            c: CUse::find(metadata, &package.id),
            package: package.id.clone(),
            workspace_root: metadata.workspace_root.clone().into(),
            target_directory: metadata.target_directory.clone().into(),
            remap: remap(metadata),
            dir: dir.to_owned(),
            options,
        })
    }
}

/// Paths that rustc and the C compiler write into binaries (panic messages, `__FILE__`, debug information), general
/// ones first: of several that match, rustc takes the last.
fn remap(metadata: &Metadata) -> Vec<(PathBuf, String)> {
    let root = metadata.workspace_root.as_std_path();
    let mut list = Vec::new();
    let mut others = BTreeSet::new();
    for package in &metadata.packages {
        let Some(dir) = package.manifest_path.parent() else { continue };
        if dir.starts_with(root) {
            continue;
        }
        // A registry keeps NAME-VERSION folders side by side; the name of the folder above them depends on cargo's version.
        match (&package.source, dir.parent(), dir.file_name()) {
            (Some(source), Some(registry), _) if !source.repr.starts_with("git+") => {
                others.insert((registry.to_path_buf(), "/cargo/registry".to_owned()));
            }
            (_, _, Some(name)) => {
                others.insert((dir.to_path_buf(), format!("/deps/{name}")));
            }
            _ => {}
        }
    }
    list.extend(others.into_iter().map(|(dir, name)| (dir.into(), name)));
    list.push((root.to_owned(), "/src".to_owned()));
    let target = metadata.target_directory.as_std_path();
    list.push((target.to_owned(), "/src/target".to_owned()));
    list
}

/// What an outer `cargo run` (as behind an alias) tells its program about the package *it* ran. A build script that
/// watches one of these would run again, and one that reads it would read the wrong package's.
pub(super) fn outer_environment() -> Env {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| is_outer(name))
        .map(|name| (name, None))
        .collect()
}

fn is_outer(name: &str) -> bool {
    const PREFIXES: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
    const NAMES: [&str; 4] = ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "CARGO_TARGET_TMPDIR", "OUT_DIR"];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_outer_packages_variables_are_dropped() {
        assert!(is_outer("CARGO_PKG_VERSION") && is_outer("CARGO_MANIFEST_DIR") && is_outer("OUT_DIR"));
        assert!(!is_outer("CARGO") && !is_outer("CARGO_HOME") && !is_outer("CARGO_TARGET_DIR"));
        assert!(!is_outer("RUSTUP_TOOLCHAIN") && !is_outer("CARGO_ENCODED_RUSTFLAGS"));
    }
}
