//! Descriptions of an app before they are one: partial, untyped, and aware of who wrote each value.
//!
//! Cargo's own fields, `[package.metadata.nas]`, the recipe of a build script, the Rust builder and the command line are
//! each a [`Layer`] with the same keys. Layers are merged, the stronger over the weaker, and only the result is
//! decoded into types and given defaults. Since every value keeps its [`Origin`], a mistake is reported where it was
//! made, be it in TOML or in Rust, and `plan --explain` can say who chose what.
//!
//! Build scripts record layers, so this module needs only std and a reader of TOML.

mod cargo;
mod origin;
mod recipe;
mod toml;
mod value;
#[cfg(feature = "pack")]
mod write_toml;

pub(crate) use cargo::default_name;
pub use cargo::{CargoFields, cargo_layer};
pub use origin::{Origin, Source};
#[cfg(feature = "script")]
pub use recipe::write_recipe;
pub use recipe::{DECIDED_BEFORE, RECIPE_FILE, RECIPE_FORMAT, RECIPE_VAR};
#[cfg(feature = "pack")]
pub use recipe::{RecipeError, read_recipe};
pub use toml::{TomlError, read_toml};
pub use value::{Entry, Kind, Table, Value};
#[cfg(feature = "pack")]
pub(crate) use write_toml::write_toml;

/// One description, partial or whole: a table with the keys of `[package.metadata.nas]`.
pub type Layer = Table;
