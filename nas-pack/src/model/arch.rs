use std::fmt;
use std::str::FromStr;

use super::UnknownName;

/// A processor architecture that NAS boxes have, by the name this project uses for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "pack", derive(serde::Serialize))]
#[cfg_attr(feature = "pack", serde(rename_all = "snake_case"))]
pub enum Arch {
    /// 64-bit Intel and AMD.
    X86_64,
    /// 64-bit ARM (`ARMv8`).
    Aarch64,
    /// 32-bit `ARMv7` with hardware floating point.
    Armhf,
}

impl Arch {
    /// What this program itself runs on, if it is one of them.
    pub fn host() -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Aarch64),
            "arm" => Some(Self::Armhf),
            _ => None,
        }
    }

    /// Every arch, in the order in which packages are listed.
    pub const ALL: [Self; 3] = [Self::X86_64, Self::Aarch64, Self::Armhf];

    /// The name used in the manifest and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Armhf => "armhf",
        }
    }

    /// The default Rust target: static musl, because one such binary runs on every firmware, whatever its glibc
    /// (2.17 to 2.36 among the supported devices).
    pub const fn musl_target(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-musl",
            Self::Aarch64 => "aarch64-unknown-linux-musl",
            Self::Armhf => "armv7-unknown-linux-musleabihf",
        }
    }

    /// The arch that a Rust target triple builds for, if it is one of ours. A pinned glibc version
    /// (`aarch64-unknown-linux-gnu.2.27`) does not matter here.
    pub fn of_target(triple: &str) -> Option<Self> {
        let (cpu, rest) = triple.split_once('-')?;
        match cpu {
            "x86_64" => Some(Self::X86_64),
            "aarch64" => Some(Self::Aarch64),
            "armv7" | "thumbv7neon" if rest.contains("eabihf") => Some(Self::Armhf),
            _ => None,
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Arch {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|arch| arch.name() == name).ok_or_else(|| UnknownName::new(name))
    }
}
