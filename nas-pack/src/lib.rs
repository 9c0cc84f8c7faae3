//! Turns a Rust daemon into installable packages for NAS boxes.
//!
//! Data flows one way: an app is *described* (`[package.metadata.nas]` in Cargo.toml, the [`dsl`] builder, or a
//! build script through `script`), the descriptions are merged as [`layer`]s and decoded into one vendor-neutral
//! `model::App`; a vendor's `layout` turns that and the built binaries into a tree of files; `seal` writes the
//! tree in the vendor's bytes. `vendor::open` reads any package back.
//!
//! | feature | who uses it | pulls in |
//! |---|---|---|
//! | `cli` (default) | `cargo install nas-pack` | everything |
//! | `pack` | an xtask or another program that packs by itself | the formats, templates and the toolchain |
//! | `script` | `[build-dependencies]` | nothing but std |
//! | `runtime` | `[dependencies]` of the daemon | nothing but std |
//! | `macros` | `hooks!`, together with `script` or `pack` | a procedural macro crate |

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

#[cfg(all(feature = "macros", any(feature = "script", feature = "pack")))]
pub use nas_pack_macros::hooks;
