use serde::Serialize;

use super::Arch;

/// A target to build for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TargetSpec {
    /// The processor.
    pub arch: Arch,
    /// The Rust target; a glibc target may pin the version: `aarch64-unknown-linux-gnu.2.27`.
    pub triple: String,
    /// The tools that the manifest names.
    pub tools: Option<CrossTools>,
}

/// A cross compiler named by the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrossTools {
    /// Programs, by name or path.
    Programs {
        /// What rustc links with: a gcc or clang for the target.
        linker: String,
        /// The C compiler; the linker where not given.
        cc: Option<String>,
        /// The C++ compiler; found by the `cc` crate's rules where not given.
        cxx: Option<String>,
        /// The archiver; found by the `cc` crate's rules where not given.
        ar: Option<String>,
    },
    /// The usual prefix of a vendor's SDK, with or without its path: `/opt/sdk/bin/aarch64-linux-gnu-`.
    Prefix(String),
    /// The `cross` program with its containers.
    Cross,
}

impl TargetSpec {
    /// An arch's default: static musl.
    pub fn default_for(arch: Arch) -> Self {
        Self { arch, triple: arch.musl_target().to_owned(), tools: None }
    }

    /// The target as rustc and cargo know it, without a pinned glibc version.
    pub fn rust_triple(&self) -> &str {
        self.triple.split_once('.').map_or(&self.triple, |(triple, _)| triple)
    }

    /// Whether it links with musl, and so makes static binaries that need nothing of the device.
    pub fn is_musl(&self) -> bool {
        self.triple.contains("-musl")
    }
}

impl CrossTools {
    /// Linker, C compiler, C++ compiler and archiver; `None` for `cross`, which brings its own.
    pub(crate) fn programs(&self) -> Option<[Option<String>; 4]> {
        match self {
            Self::Programs { linker, cc, cxx, ar } => {
                let cc = cc.clone().unwrap_or_else(|| linker.clone());
                Some([Some(linker.clone()), Some(cc), cxx.clone(), ar.clone()])
            }
            Self::Prefix(prefix) => Some(["gcc", "gcc", "g++", "ar"].map(|tool| Some(format!("{prefix}{tool}")))),
            Self::Cross => None,
        }
    }
}
