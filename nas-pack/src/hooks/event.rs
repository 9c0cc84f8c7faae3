use std::fmt;
use std::str::FromStr;

use crate::model::UnknownName;

/// A moment in a package's life on the device at which the author's own steps can run, beside what the generated
/// scripts do anyway. Each vendor's lifecycle table says which of its scripts runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Before the files of a first installation are in place. A failing step stops the installation.
    PreInstall,
    /// After the files of a first installation are in place.
    PostInstall,
    /// Before an installed version is replaced, run by the new package where the vendor allows it.
    PreUpgrade,
    /// After the new version's files are in place and the data is back.
    PostUpgrade,
    /// Before the app is removed for good. Not run on upgrades.
    PreUninstall,
    /// After the app's files are gone.
    PostUninstall,
    /// Just before the daemon is started. A failing step stops the start.
    PreStart,
    /// When the daemon runs and answers.
    PostStart,
    /// Just before the daemon is asked to end.
    PreStop,
    /// When the daemon is gone.
    PostStop,
    /// At each boot, before the start. Where the system's own folders are volatile (WD), links are remade here.
    Boot,
    /// Before a volume snapshot is restored (ASUSTOR, ADM 3.3 and later).
    PreSnapshotRestore,
    /// After a volume snapshot was restored (ASUSTOR, ADM 3.3 and later).
    PostSnapshotRestore,
}

impl Event {
    /// Every event, in the order of a package's life.
    pub const ALL: [Self; 13] = [
        Self::PreInstall,
        Self::PostInstall,
        Self::PreUpgrade,
        Self::PostUpgrade,
        Self::PreUninstall,
        Self::PostUninstall,
        Self::PreStart,
        Self::PostStart,
        Self::PreStop,
        Self::PostStop,
        Self::Boot,
        Self::PreSnapshotRestore,
        Self::PostSnapshotRestore,
    ];

    /// The name used in the manifest. `hooks!` writes it with underscores.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreUninstall => "pre-uninstall",
            Self::PostUninstall => "post-uninstall",
            Self::PreStart => "pre-start",
            Self::PostStart => "post-start",
            Self::PreStop => "pre-stop",
            Self::PostStop => "post-stop",
            Self::Boot => "boot",
            Self::PreSnapshotRestore => "pre-snapshot-restore",
            Self::PostSnapshotRestore => "post-snapshot-restore",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Event {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|event| event.name() == name).ok_or_else(|| UnknownName::new(name))
    }
}

#[cfg(feature = "pack")]
impl serde::Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
