//! The generations of DSM. A package is made for one of them: DSM installs only what was made for its own major version.

use crate::vendor::Device;

/// A major version of DSM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dsm {
    /// 5.0 to 5.2.
    V5,
    /// 6.0 to 6.2.
    V6,
    /// 7.0 and later.
    V7,
}

impl Dsm {
    /// All of them, the oldest first.
    pub(super) const ALL: [Self; 3] = [Self::V5, Self::V6, Self::V7];

    /// The major version.
    pub(super) const fn major(self) -> u32 {
        match self {
            Self::V5 => 5,
            Self::V6 => 6,
            Self::V7 => 7,
        }
    }

    /// The generation of that major version.
    pub(super) fn of_major(major: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|dsm| dsm.major() == major)
    }

    /// The generation of any major version: of those that are none of these, the nearest.
    pub(super) fn around(major: u32) -> Self {
        Self::ALL.into_iter().rfind(|dsm| dsm.major() <= major).unwrap_or(Self::V5)
    }

    /// The generation that a device of the table belongs to.
    pub(super) fn of(device: &Device) -> Self {
        Self::ALL.into_iter().find(|dsm| dsm.title() == device.generation).unwrap_or(Self::V7)
    }

    /// What people call it.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::V5 => "DSM 5",
            Self::V6 => "DSM 6",
            Self::V7 => "DSM 7",
        }
    }

    /// The first release that a package of this generation is for, as INFO has it: the first that the 2014 guide names, the first
    /// with `os_min_ver` in what the toolkit for it writes, and the first of all DSM 7.
    pub(super) const fn oldest(self) -> &'static str {
        match self {
            Self::V5 => "5.0-4400",
            Self::V6 => "6.1-15047",
            Self::V7 => "7.0-40000",
        }
    }

    /// What a package's `os_max_ver` is, unless its author says otherwise. DSM 5 does not know that key, and DSM 7 is not over.
    pub(super) const fn newest(self) -> Option<&'static str> {
        match self {
            // The builds of 7.0 begin at 40000.
            Self::V6 => Some("6.2-39999"),
            Self::V5 | Self::V7 => None,
        }
    }

    /// Whether it unpacks a `package.tgz` that is compressed with xz. The toolkits for 6.0 and later pack so; before there was only gzip.
    pub(super) const fn takes_xz(self) -> bool {
        match self {
            Self::V5 => false,
            Self::V6 | Self::V7 => true,
        }
    }

    /// The width and height of `PACKAGE_ICON.PNG`, in pixels (DSM 7 guide, breaking changes).
    pub(super) const fn icon_size(self) -> u32 {
        match self {
            Self::V5 | Self::V6 => 72,
            Self::V7 => 64,
        }
    }
}
