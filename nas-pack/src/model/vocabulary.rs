use std::fmt;
use std::str::FromStr;

/// A name that is not one of those an enumeration knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    name: String,
}

impl UnknownName {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown name `{}`", self.name)
    }
}

impl std::error::Error for UnknownName {}

/// A vendor's package format. WD's two operating systems count as two, since their packages differ in header,
/// signature and models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "pack", derive(serde::Serialize))]
#[cfg_attr(feature = "pack", serde(rename_all = "kebab-case"))]
pub enum VendorId {
    /// ASUSTOR ADM 3.x to 5.x, APKG 2.0 (`.apk`).
    Asustor,
    /// Synology DSM (`.spk`).
    Synology,
    /// WD My Cloud OS5, firmware 5.x (`.bin`).
    #[cfg_attr(feature = "pack", serde(rename = "wd-os5"))]
    WdOs5,
    /// WD My Cloud OS3, firmware 2.x (`.bin`).
    #[cfg_attr(feature = "pack", serde(rename = "wd-os3"))]
    WdOs3,
}

impl VendorId {
    /// Every vendor, in the order in which packages are listed.
    pub const ALL: [Self; 4] = [Self::Asustor, Self::Synology, Self::WdOs5, Self::WdOs3];

    /// The name used in the manifest, on the command line and in `NAS_VENDOR`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asustor => "asustor",
            Self::Synology => "synology",
            Self::WdOs5 => "wd-os5",
            Self::WdOs3 => "wd-os3",
        }
    }

    /// The folder below the output folder that its packages go to. WD's two systems name models alike, and so their files.
    pub const fn folder(self) -> Option<&'static str> {
        match self {
            Self::Asustor | Self::Synology => None,
            Self::WdOs5 | Self::WdOs3 => Some(self.name()),
        }
    }

    /// The table below `[package.metadata.nas]` that holds this vendor's keys and overrides. Both WD systems are
    /// described in one.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Asustor => "asustor",
            Self::Synology => "synology",
            Self::WdOs5 | Self::WdOs3 => "wd",
        }
    }

    /// The table inside [`section`](Self::section) that is laid over it for this vendor alone, where several share one.
    pub const fn subsection(self) -> Option<&'static str> {
        match self {
            Self::Asustor | Self::Synology => None,
            Self::WdOs5 => Some("os5"),
            Self::WdOs3 => Some("os3"),
        }
    }
}

impl fmt::Display for VendorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for VendorId {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|vendor| vendor.name() == name).ok_or_else(|| UnknownName::new(name))
    }
}

/// How people reach the service's port with a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "pack", derive(serde::Serialize))]
#[cfg_attr(feature = "pack", serde(rename_all = "kebab-case"))]
pub enum Protocol {
    /// Plain HTTP.
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
    /// Not for a browser: the port is registered, but no desktop link is made.
    Tcp,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 3] = [Self::Http, Self::Https, Self::Tcp];

    /// The name used in the manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Tcp => "tcp",
        }
    }

    /// Whether a browser can open it.
    pub const fn is_web(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Protocol {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name).ok_or_else(|| UnknownName::new(name))
    }
}

/// How much time is spent on making packages small. Every firmware reads each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "pack", derive(serde::Serialize))]
#[cfg_attr(feature = "pack", serde(rename_all = "kebab-case"))]
pub enum Compression {
    /// As little as is worth it, for trying things out.
    Fast,
    /// As `gzip -6`, or smaller, in a fraction of its time.
    #[default]
    Default,
    /// As small as the firmware's readers allow, for releases. It takes ten times as long and more.
    Best,
}

impl Compression {
    /// Every choice, the quickest first.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Default, Self::Best];

    /// The name used in the manifest and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Default => "default",
            Self::Best => "best",
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Compression {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|compression| compression.name() == name).ok_or_else(|| UnknownName::new(name))
    }
}
