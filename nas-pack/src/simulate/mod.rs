//! Plays a package's whole life without a NAS: installed, started, upgraded, cut off and removed in a sandbox, by the tables that say
//! what the vendor's firmware does.
//!
//! The engine reads the vendor's [`Lifecycle`](crate::hooks::lifecycle::Lifecycle) and [`Firmware`](crate::vendor::Firmware); what
//! comes of it is a [`Life`] for each package, as plain data. `cargo nas simulate` prints it. A daemon's own `cargo test` can hold it
//! against what its author promises, with `nas-pack` among the `[dev-dependencies]` and its feature `pack`:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use nas_pack::manifest::{Selection, Workspace};
//! use nas_pack::model::{Arch, VendorId};
//! use nas_pack::pipeline::{self, Filter};
//! use nas_pack::progress::Silent;
//! use nas_pack::simulate::{Options, Scene, simulate};
//! use nas_pack::toolchain::Home;
//!
//! // The body of a `#[test]`.
//! fn it_lives_on_dsm_7() -> nas_pack::diagnostic::Result<()> {
//!     let home = Home::locate()?;
//!     let filter = Filter { vendors: vec![VendorId::Synology], arches: vec![Arch::X86_64], ..Filter::default() };
//!     let wanted = pipeline::Options { filter, ..pipeline::Options::default() };
//!     let packed = pipeline::package(&Workspace::load(&Selection::default())?, &wanted, &home, &Silent)?;
//!     let files: Vec<_> = packed.finished.into_iter().map(|package| package.path).collect();
//!
//!     for life in simulate(&files, &Options::find(&home)?, &Silent)? {
//!         let life = life?;
//!         life.assert_passed();
//!         assert!(life.scene(Scene::Install).is_some_and(|install| install.took < Duration::from_secs(5)));
//!     }
//!     Ok(())
//! }
//! ```

#[cfg(unix)]
mod centre;
#[cfg(unix)]
mod floor;
mod junit;
#[cfg(unix)]
mod life;
#[cfg(unix)]
mod look;
mod options;
mod play;
mod report;
pub mod rules;
#[cfg(unix)]
mod sandbox;
#[cfg(unix)]
mod scenario;
mod scenes;
#[cfg(unix)]
mod stage;
#[cfg(unix)]
mod user_data;
#[cfg(unix)]
mod userland;

pub use junit::junit;
pub use options::{Observer, Options};
pub use play::{shell, simulate};
pub use report::{CallReport, Ended, Life, Scene, SceneReport, Verdict};
pub use scenes::ANY_SCENE;
