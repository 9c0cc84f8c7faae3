//! What a package is, with no vendor in it.
//!
//! The small vocabulary types need only std, because build scripts (`script`) and daemons (`runtime`) use them; the
//! resolved [`App`] exists where packages are made.

mod arch;
mod language;
mod vocabulary;

pub use arch::Arch;
pub use language::Language;
pub use vocabulary::{Compression, Protocol, UnknownName, VendorId};

#[cfg(feature = "pack")]
mod app;
#[cfg(feature = "pack")]
mod binaries;
#[cfg(feature = "pack")]
mod settings;
#[cfg(feature = "pack")]
mod target;
#[cfg(feature = "pack")]
pub use app::{App, Asset, AssetSource, Dependency, Icon, Mode, Person, Service, SharedFolder, Translation};
#[cfg(feature = "pack")]
pub use binaries::Binaries;
#[cfg(feature = "pack")]
pub use settings::{Setting, SettingChoice, SettingKind, SettingWords, Settings, SettingsPage};
#[cfg(feature = "pack")]
pub use target::{CrossTools, TargetSpec};
