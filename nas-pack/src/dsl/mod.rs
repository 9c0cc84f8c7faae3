//! Describing an app in Rust: the builder that a build script, an xtask or a library user writes.
//!
//! Everything said here is recorded under the keys of `[package.metadata.nas]`, together with the place in the source that
//! said it. A method has the name of the key that it sets; [`App::amend`] and its like begin a description that only adds to
//! what others say, as a build script's does to Cargo.toml.
//!
//! | TOML | Rust |
//! |---|---|
//! | `[package.metadata.nas]` | [`App`] |
//! | `service` | [`Service`] |
//! | `assets` | [`Asset`], with [`rel!`](crate::rel) for places in the package |
//! | `hooks` | [`Step`] and [`Hooks`], or the macro `hooks!` |
//! | `targets` | [`Target`] |
//! | `depends`, `conflicts` | [`Dependency`], or its text |
//! | `settings` | [`Settings`], [`Page`], [`Field`], [`Choice`], or `#[derive(Wizard)]` |
//! | `asustor`, `synology`, `wd` | [`Asustor`], [`Synology`], [`Wd`] |
//!
//! What has a type cannot be wrong: a port is a `u16`, an arch an [`Arch`], and a mode is written in Rust's octal.
//! What is left is checked when the app is decoded, with `cargo nas plan` for instance, and reported at the line of the call.
//!
//! ```
//! use nas_pack::dsl::{App, Asset, Service, Step, Synology};
//! use nas_pack::hooks::Event;
//! use nas_pack::model::Protocol;
//! use nas_pack::rel;
//!
//! let app = App::new("beacon")
//!     .name("Beacon")
//!     .depends(["git", "python3 (>= 3.7)"])
//!     .service(Service::new("beacon").port(8137).protocol(Protocol::Http).arg("--db={data_dir}/visits.db"))
//!     .asset(Asset::file("assets/beacon.toml", rel!("share/beacon.toml")).mode(0o644))
//!     .hook(Event::PostInstall, Step::mkdir("{data_dir}/reports").mode(0o750))
//!     .synology(Synology::amend().all_users(true).beta(true));
//! assert!(app.layer().find("service.port").is_some());
//! assert!(app.layer().find("synology.all-users").is_some());
//! ```

use crate::layer::{Kind, Origin, Value};
use crate::model::{Arch, Compression, Protocol, VendorId};

/// Writes setters that record their argument under a key: `"key" => method(argument: form);`. The form is `text`, `[text]` for a
/// list of texts, `[Type]` for a list of what turns into the type, or a type.
macro_rules! keys {
    ($($(#[$doc:meta])* $key:literal => $method:ident($argument:ident: $form:tt);)*) => {
        $(keys! { @one [$(#[$doc])*] $key $method $argument $form })*
    };
    (@one [$($doc:tt)*] $key:literal $method:ident $argument:ident text) => {
        $($doc)*
        #[track_caller]
        pub fn $method(mut self, $argument: impl Into<String>) -> Self {
            let text: String = $argument.into();
            self.table.set($key, crate::layer::Value::here(text));
            self
        }
    };
    (@one [$($doc:tt)*] $key:literal $method:ident $argument:ident [text]) => {
        $($doc)*
        #[track_caller]
        pub fn $method(mut self, $argument: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.table.set($key, crate::dsl::list::<String>($argument));
            self
        }
    };
    (@one [$($doc:tt)*] $key:literal $method:ident $argument:ident [$of:ty]) => {
        $($doc)*
        #[track_caller]
        pub fn $method(mut self, $argument: impl IntoIterator<Item = impl Into<$of>>) -> Self {
            self.table.set($key, crate::dsl::list::<$of>($argument));
            self
        }
    };
    (@one [$($doc:tt)*] $key:literal $method:ident $argument:ident $type:ty) => {
        $($doc)*
        #[track_caller]
        pub fn $method(mut self, $argument: $type) -> Self {
            self.table.set($key, crate::layer::Value::here($argument));
            self
        }
    };
}

/// Declares an enumeration whose members have names in the manifest.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $name {
                $($(#[$about])* $variant,)*
            }

            impl $name {
                /// The name used in the manifest.
                pub const fn name(self) -> &'static str {
                    match self {
                        $(Self::$variant => $word,)*
                    }
                }
            }

            impl From<$name> for crate::layer::Kind {
                fn from(word: $name) -> Self {
                    word.name().into()
                }
            }
        )*
    };
}

/// Gives a vendor's builder what all of them have. `$form` is whose form a version has, for the documentation.
macro_rules! vendor {
    ($name:ident $form:literal) => {
        impl $name {
            /// A description that says nothing yet.
            pub fn amend() -> Self {
                Self::default()
            }

            /// Lays a description over the general one for this vendor alone. Its version, if it has one, is in
            #[doc = concat!($form, " form.")]
            pub fn general(mut self, app: crate::dsl::App) -> Self {
                self.table.merge(app.into_layer());
                self
            }

            fn within(mut self, table: &str, key: impl Into<String>, value: crate::layer::Value) -> Self {
                self.table.set_in(table, key, value);
                self
            }

            pub(super) fn into_table(self) -> crate::layer::Table {
                self.table
            }
        }
    };
}

mod app;
mod asset;
mod asustor;
mod dependency;
mod map;
mod path;
mod service;
mod settings;
mod step;
mod synology;
mod target;
#[cfg(all(test, feature = "pack"))]
mod tests;
mod toml;
mod wd;

pub use app::{App, Level};
pub use asset::Asset;
pub use asustor::{Accessible, AdmLanguage, AdmPort, AdmService, AppType, Asustor, LinkFolder};
pub use dependency::Dependency;
pub use map::{Map, Texts};
pub use path::RelPath;
pub use service::{Service, Signal};
pub use settings::{Choice, Field, Page, Settings};
pub use step::{Hooks, Step};
pub use synology::{
    Action, DesktopEntry, Dsm, EntryType, InstallType, Moment, PackageRange, Ports, Privilege, RunAs, Synology,
};
pub use target::Target;
pub use wd::{CenterType, UserControl, Wd};

/// A list that, with everything in it, was said where the caller was called.
#[track_caller]
fn list<T: Into<Kind>>(items: impl IntoIterator<Item = impl Into<T>>) -> Value {
    let origin = Origin::caller();
    let item = |item: T| Value { kind: item.into(), origin: origin.clone() };
    let items = items.into_iter().map(|of| item(of.into())).collect::<Vec<_>>();
    Value { kind: items.into(), origin }
}

/// Permission bits as the manifest writes them, so that every layer says them alike.
#[track_caller]
fn mode(bits: u32) -> Value {
    Value::here(format!("{bits:04o}"))
}

impl From<Protocol> for Kind {
    fn from(protocol: Protocol) -> Self {
        protocol.name().into()
    }
}

impl From<Compression> for Kind {
    fn from(compression: Compression) -> Self {
        compression.name().into()
    }
}

impl From<VendorId> for Kind {
    fn from(vendor: VendorId) -> Self {
        vendor.name().into()
    }
}

impl From<Arch> for Kind {
    fn from(arch: Arch) -> Self {
        arch.name().into()
    }
}
