//! Reading what was described: Cargo.toml and recipes into layers, and merged layers into types.

mod cargo;
mod decode;
mod description;
#[cfg(test)]
mod recorder;
pub mod reference;
mod section;
mod settings;

pub use cargo::{Selection, Workspace};
pub use decode::{OVERRIDES, decode};
pub use description::Description;
pub(crate) use section::nearest;
pub use section::{Mismatch, Port, Read, Section};
