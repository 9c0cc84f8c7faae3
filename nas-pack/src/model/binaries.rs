use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Arch;

/// Programs that are built already: ELF files by arch and name.
///
/// ```
/// use nas_pack::model::{Arch, Binaries};
///
/// let built = Binaries::new()
///     .with(Arch::X86_64, "target/x86_64-unknown-linux-musl/release/beacon")
///     .with(Arch::Aarch64, "target/aarch64-unknown-linux-musl/release/beacon");
/// assert_eq!(built.names().collect::<Vec<_>>(), ["beacon"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binaries {
    files: BTreeMap<Arch, BTreeMap<String, PathBuf>>,
}

impl Binaries {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, which is called in `bin/` as it is called here.
    pub fn with(self, arch: Arch, file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.with_name(arch, name, file)
    }

    /// Adds a file under another name.
    pub fn with_name(mut self, arch: Arch, name: impl Into<String>, file: impl Into<PathBuf>) -> Self {
        self.files.entry(arch).or_default().insert(name.into(), file.into());
        self
    }

    /// The arches that there is a file for.
    pub fn arches(&self) -> impl Iterator<Item = Arch> {
        self.files.keys().copied()
    }

    /// The names of all files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> = self.files.values().flat_map(|files| files.keys().map(String::as_str)).collect();
        names.into_iter()
    }

    /// The file of a name for an arch.
    pub fn get(&self, arch: Arch, name: &str) -> Option<&Path> {
        self.files.get(&arch)?.get(name).map(PathBuf::as_path)
    }
}
