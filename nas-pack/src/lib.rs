//! Turns a Rust daemon into packages that people install on their NAS: ASUSTOR APKG (`.apk`), Synology SPK (`.spk`), WD My Cloud OS5 and
//! OS3 (`.bin`).
//!
//! Most apps need no line of Rust for it: a section in Cargo.toml and the command `cargo nas package`, both told in the manual. This is the
//! library under the command, for those who want to say it in Rust: in their build script, in an `xtask`, and in the daemon itself.
//!
//! # How data flows
//!
//! ```text
//!  Cargo.toml          build.rs             an xtask, other programs
//!  [package.           script::App          dsl::App
//!   metadata.nas]      hooks!, Wizard           │
//!      │                   │                    │
//!      └───────────────────┴─────── layer ──────┘     who said what, and where
//!                                     │
//!                                manifest::decode     types, defaults, every mistake at its line
//!                                     │
//!                                 model::App          no vendor in it
//!                                     │
//!   toolchain  ── ELF files ──▶   pipeline            plan, compile, pack
//!                                     │
//!                  vendor::Packager::layout  ──▶  Layout::seal  ──▶  .apk .spk .bin
//!                                                                       │
//!                                     ┌────────── vendor::open ◀────────┘
//!                                     ▼
//!                    compare, lint::verify, simulate       any package, whoever made it
//! ```
//!
//! # From Rust to a package
//!
//! A page for the NAS's own web server, without a binary of its own; what an app with a daemon adds is in [`Binaries`](model::Binaries).
//! The same with cargo building the daemon is [`pipeline::package`].
//!
//! ```
//! # fn main() -> nas_pack::diagnostic::Result<()> {
//! use nas_pack::archive::read::Limits;
//! use nas_pack::diagnostic::Levels;
//! use nas_pack::dsl::{App, Asset};
//! use nas_pack::manifest::{Description, Workspace};
//! use nas_pack::model::{Binaries, VendorId};
//! use nas_pack::progress::Silent;
//! use nas_pack::{lint, pipeline, vendor};
//!
//! let app = App::new("tide-table")
//!     .version("1.2.3")
//!     .description("When the harbour is dry")
//!     .maintainer("Ann <ann@example.com>")
//!     .vendors([VendorId::Synology])
//!     .asset(Asset::text("<h1>Tides</h1>", "www/index.html"));
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path();
//! let none = Binaries::new();
//! let workspace = Workspace::from(Description::new(app, folder, &none));
//! let report = pipeline::pack(&workspace, &none, &pipeline::Options::default(), &Silent)?;
//!
//! let package = vendor::open(&report.finished[0].path, &Limits::default())?;
//! assert_eq!(package.version.as_deref(), Some("1.2.3-9000"));
//! lint::verify(&package, Levels::default()).finish()?;
//! # Ok(())
//! # }
//! ```
//!
//! # In the build script and in the daemon
//!
//! ```toml
//! [dependencies]
//! nas-pack = { version = "0.1", default-features = false, features = ["runtime"] }
//!
//! [build-dependencies]
//! nas-pack = { version = "0.1", default-features = false, features = ["script", "macros"] }
//! ```
//!
//! See `script` for what a build script can say, and `runtime` for what the daemon is told.
//!
//! # Features
//!
//! | feature | who uses it | pulls in |
//! |---|---|---|
//! | `cli` (default) | `cargo install nas-pack` | everything |
//! | `pack` | an xtask or another program that packs by itself | the formats, templates and the toolchain |
//! | `script` | `[build-dependencies]` | std and a reader of TOML |
//! | `runtime` | `[dependencies]` of the daemon | std |
//! | `signals` | the daemon that wants to be told of TERM and HUP; with `runtime` | `signal-hook` |
//! | `macros` | `hooks!` and `#[derive(Wizard)]`, with any of the others | a procedural macro crate |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "script", feature = "pack"))]
pub mod dsl;
#[cfg(any(feature = "script", feature = "pack", feature = "runtime"))]
pub mod hooks;
#[cfg(any(feature = "script", feature = "pack"))]
pub mod layer;
#[cfg(any(feature = "script", feature = "pack", feature = "runtime"))]
pub mod model;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "script")]
pub mod script;
#[cfg(any(feature = "script", feature = "pack", feature = "runtime"))]
pub mod settings;

#[cfg(feature = "pack")]
pub mod archive;
#[cfg(feature = "pack")]
pub mod compare;
#[cfg(feature = "pack")]
pub mod diagnostic;
#[cfg(feature = "pack")]
mod digest;
#[cfg(feature = "pack")]
mod disk;
#[cfg(feature = "pack")]
pub mod elf;
#[cfg(feature = "pack")]
pub mod lint;
#[cfg(feature = "pack")]
pub mod manifest;
#[cfg(all(test, feature = "pack"))]
mod manual;
#[cfg(feature = "pack")]
pub mod pipeline;
#[cfg(feature = "pack")]
pub mod progress;
#[cfg(feature = "pack")]
pub mod simulate;
#[cfg(feature = "pack")]
mod sync;
#[cfg(feature = "pack")]
pub mod toolchain;
#[cfg(feature = "pack")]
pub mod vendor;

/// What the app's build script knows, as a constant: an expression of type [`runtime::App`].
///
/// ```ignore
/// const APP: nas_pack::runtime::App = nas_pack::app!();
///
/// let nas = APP.detect();
/// ```
///
/// It takes in the file that `nas_pack::script::App::emit` writes, so the package needs a build script that ends with that.
#[cfg(feature = "runtime")]
#[macro_export]
macro_rules! app {
    () => {{
        use $crate::runtime::App;
        include!(concat!(
            env!("OUT_DIR", "nas_pack::app!() needs a build.rs that ends with nas_pack::script::App::emit()"),
            "/nas-pack.app.rs"
        ))
    }};
}

#[cfg(all(feature = "macros", any(feature = "script", feature = "pack", feature = "runtime")))]
pub use nas_pack_macros::Wizard;
#[cfg(all(feature = "macros", any(feature = "script", feature = "pack")))]
pub use nas_pack_macros::hooks;
#[cfg(any(feature = "script", feature = "pack", feature = "runtime"))]
pub use settings::Wizard;
