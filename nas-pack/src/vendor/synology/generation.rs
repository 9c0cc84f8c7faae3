//! The generations of DSM. A package is made for one of them: DSM installs only what was made for its own major version.

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
}
