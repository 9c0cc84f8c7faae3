//! The file by which a build script hands its layer to `cargo nas`: JSON, written without a library because build
//! scripts compile in every build, read with one.
//!
//! Each value is `{"v": …}` with its origin in `"at": "file:line:column"`, tables nest, and the whole is headed by
//! the format's version.

#[cfg(feature = "script")]
use std::fmt::Write as _;

#[cfg(feature = "script")]
use super::Origin;
#[cfg(feature = "script")]
use super::{Kind, Table, Value};

/// The recipe's name in the build script's `OUT_DIR`.
pub const RECIPE_FILE: &str = "nas-pack.recipe.json";

/// The version of the recipe format. The crate and the command must agree on it.
pub const RECIPE_FORMAT: u32 = 1;

/// The recipe's text.
#[cfg(feature = "script")]
pub fn write_recipe(layer: &Table) -> String {
    let mut out = format!("{{\"nas-pack-recipe\":{RECIPE_FORMAT},\"by\":");
    write_string(env!("CARGO_PKG_VERSION"), &mut out);
    out.push_str(",\"app\":");
    write_table(layer, &mut out);
    out.push_str("}\n");
    out
}

#[cfg(feature = "script")]
fn write_table(table: &Table, out: &mut String) {
    out.push('{');
    for (index, (key, entry)) in table.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        write_value(&entry.value, out);
    }
    out.push('}');
}

#[cfg(feature = "script")]
fn write_value(value: &Value, out: &mut String) {
    out.push('{');
    if let Origin::Rust { file, line, column } = &value.origin {
        out.push_str("\"at\":");
        write_string(&format!("{file}:{line}:{column}"), out);
        out.push(',');
    }
    out.push_str("\"v\":");
    match &value.kind {
        Kind::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Kind::Int(number) => out.push_str(&number.to_string()),
        Kind::Str(text) => write_string(text, out),
        Kind::List(list) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Kind::Table(table) => write_table(table, out),
        Kind::Other(_) => out.push_str("null"),
    }
    out.push('}');
}

#[cfg(feature = "script")]
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(feature = "pack")]
pub use read::{RecipeError, read_recipe};

#[cfg(feature = "pack")]
mod read {
    use std::path::Path;

    use serde_json::{Map, Value as Json};

    use crate::layer::{Kind, Origin, RECIPE_FORMAT, Table, Value};

    /// Why a recipe could not be used.
    #[derive(Debug, thiserror::Error)]
    pub enum RecipeError {
        /// It is not what a build script writes.
        #[error("the recipe is damaged: {0}")]
        Damaged(String),
        /// The app's build script was compiled with another nas-pack.
        #[error("the recipe has format {theirs} (written by nas-pack {by}), this command reads format {RECIPE_FORMAT}")]
        Format {
            /// The recipe's format version.
            theirs: u64,
            /// The version of the nas-pack crate that wrote it.
            by: String,
        },
    }

    /// Reads a recipe that a build script wrote. `root` is the folder that the compiler ran in, the workspace's, which the
    /// names of source files start from.
    pub fn read_recipe(text: &str, root: &Path) -> Result<Table, RecipeError> {
        let json: Json = serde_json::from_str(text).map_err(|error| RecipeError::Damaged(error.to_string()))?;
        let theirs = json["nas-pack-recipe"]
            .as_u64()
            .ok_or_else(|| RecipeError::Damaged("it has no format version".to_owned()))?;
        if theirs != u64::from(RECIPE_FORMAT) {
            let by = json["by"].as_str().unwrap_or("an unknown version").to_owned();
            return Err(RecipeError::Format { theirs, by });
        }
        let app = json["app"].as_object().ok_or_else(|| RecipeError::Damaged("it describes no app".to_owned()))?;
        read_table(app, root)
    }

    fn read_table(json: &Map<String, Json>, root: &Path) -> Result<Table, RecipeError> {
        let mut table = Table::new();
        for (key, value) in json {
            table.set(key.as_str(), read_value(value, root)?);
        }
        Ok(table)
    }

    fn read_value(json: &Json, root: &Path) -> Result<Value, RecipeError> {
        let origin = json["at"].as_str().and_then(|place| parse_place(place, root)).unwrap_or(Origin::Default);
        let kind = match &json["v"] {
            Json::Bool(flag) => Kind::Bool(*flag),
            Json::Number(number) => Kind::Int(
                number.as_i64().ok_or_else(|| RecipeError::Damaged(format!("{number} is not a whole number")))?,
            ),
            Json::String(text) => Kind::Str(text.clone()),
            Json::Array(list) => Kind::List(list.iter().map(|item| read_value(item, root)).collect::<Result<_, _>>()?),
            Json::Object(table) => Kind::Table(read_table(table, root)?),
            Json::Null => return Err(RecipeError::Damaged("a value is missing".to_owned())),
        };
        Ok(Value { kind, origin })
    }

    fn parse_place(place: &str, root: &Path) -> Option<Origin> {
        let mut parts = place.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        let file = root.join(parts.next()?).to_string_lossy().into_owned();
        Some(Origin::Rust { file, line, column })
    }
}

#[cfg(all(test, feature = "pack", feature = "script"))]
pub(super) mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    /// Any value, with such keys and texts.
    pub(in crate::layer) fn value<S: Strategy<Value = String> + 'static>(
        text: fn() -> S,
    ) -> impl Strategy<Value = Value> {
        let origin = prop_oneof![
            Just(Origin::Default),
            ("[a-z/:. ]{1,12}", 1..9999_u32, 1..999_u32).prop_map(|(file, line, column)| Origin::Rust {
                file,
                line,
                column
            }),
        ];
        let leaf = prop_oneof![
            any::<bool>().prop_map(Kind::Bool),
            any::<i64>().prop_map(Kind::Int),
            text().prop_map(Kind::Str),
        ];
        let kind = leaf.prop_recursive(3, 24, 4, move |inner| {
            let inner = inner.prop_map(|kind| Value { kind, origin: Origin::Default });
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Kind::List),
                prop::collection::btree_map(text(), inner, 0..4).prop_map(|entries| {
                    let mut table = Table::new();
                    entries.into_iter().for_each(|(key, value)| table.set(key, value));
                    Kind::Table(table)
                }),
            ]
        });
        (kind, origin).prop_map(|(kind, origin)| Value { kind, origin })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(key in any::<String>(), value in value(any::<String>)) {
            let mut layer = Table::new();
            layer.set(key, value);
            prop_assert_eq!(read_recipe(&write_recipe(&layer), Path::new("")).unwrap(), layer);
        }
    }

    #[test]
    fn another_format_is_refused_with_both_versions() {
        let newer = write_recipe(&Table::new()).replace("\"nas-pack-recipe\":1", "\"nas-pack-recipe\":7");
        let error = read_recipe(&newer, Path::new("")).unwrap_err().to_string();
        let by = env!("CARGO_PKG_VERSION");
        assert_eq!(error, format!("the recipe has format 7 (written by nas-pack {by}), this command reads format 1"));
        assert!(matches!(read_recipe("{}", Path::new("")), Err(RecipeError::Damaged(_))));
        assert!(matches!(read_recipe("half {", Path::new("")), Err(RecipeError::Damaged(_))));
    }
}
