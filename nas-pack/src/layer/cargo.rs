//! What Cargo itself knows of a package, under our keys: the weakest layer.

use super::{Layer, Origin, Table, Value};

/// Cargo's fields of a package as cargo resolved them, inheritance included. What is not set is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct CargoFields<'a> {
    /// `name`.
    pub name: &'a str,
    /// `version`.
    pub version: &'a str,
    /// `description`.
    pub description: &'a str,
    /// The first of `authors`.
    pub author: &'a str,
    /// `homepage`.
    pub homepage: &'a str,
    /// `repository`.
    pub repository: &'a str,
    /// `license-file`.
    pub license_file: &'a str,
}

/// Cargo's fields under our keys. Values come from cargo, which knows about inheritance; places come from the text.
pub fn cargo_layer(fields: &CargoFields<'_>, document: &Table) -> Layer {
    let mut layer = Layer::new();
    let mut put = |key: &str, field: &str, text: &str| {
        if !text.trim().is_empty() {
            let origin =
                document.find(&format!("package.{field}")).map_or(Origin::Default, |entry| entry.value.origin.clone());
            layer.set(key, Value { kind: text.into(), origin });
        }
    };
    // `_` is fine in a crate's name, but not in an ASUSTOR package's.
    put("package", "name", &fields.name.replace('_', "-"));
    put("version", "version", fields.version);
    put("description", "description", fields.description);
    put("maintainer", "authors", fields.author);
    put("developer", "authors", fields.author);
    if fields.homepage.is_empty() {
        put("homepage", "repository", fields.repository);
    } else {
        put("homepage", "homepage", fields.homepage);
    }
    put("license-file", "license-file", fields.license_file);
    layer
}

/// The name that people see unless somebody chose one: the package's with a capital.
pub(crate) fn default_name(package: &str) -> String {
    let mut chars = package.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
