//! Reading what was described: Cargo.toml and recipes into layers, and merged layers into types.

mod section;

pub use section::{Mismatch, Port, Read, Section};
