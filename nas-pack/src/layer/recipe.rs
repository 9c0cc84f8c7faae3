//! The file by which a build script hands its layer to `cargo nas`: JSON, written without a library because build
//! scripts compile in every build, read with one.
//!
//! Each value is `{"v": …}` with its origin in `"at": "file:line:column"`, tables nest, and the whole is headed by
//! the format's version, that of the crate, and the build script's `OUT_DIR`.

#[cfg(feature = "script")]
use std::fmt::Write as _;

#[cfg(feature = "script")]
use super::Origin;
#[cfg(feature = "script")]
use super::{Kind, Table, Value};

/// The recipe's name in the build script's `OUT_DIR`.
pub const RECIPE_FILE: &str = "nas-pack.recipe.json";

/// The variable that a build script sets for the compiler when it has written a recipe. Cargo tells of it, and so of recipes that an
/// earlier build script left and today's did not write.
pub const RECIPE_VAR: &str = "NAS_PACK_RECIPE";

/// The version of the recipe format. The crate and the command must agree on it.
pub const RECIPE_FORMAT: u32 = 2;

/// The keys that a build script cannot set: cargo was told what to build before the script ran.
pub const DECIDED_BEFORE: [&str; 4] = ["binaries", "targets", "vendors", "version"];

/// The text of a recipe that goes into the folder `out_dir`.
#[cfg(feature = "script")]
pub fn write_recipe(layer: &Table, out_dir: &str) -> String {
    let mut out = format!("{{\"nas-pack-recipe\":{RECIPE_FORMAT},\"by\":");
    write_string(env!("CARGO_PKG_VERSION"), &mut out);
    out.push_str(",\"out\":");
    write_string(out_dir, &mut out);
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
        #[error(
            "nas-pack {} wrote a recipe of format {theirs}, and this command, version {}, reads format {RECIPE_FORMAT}",
            by.as_ref().map_or_else(|| "of an unknown version".to_owned(), ToString::to_string),
            env!("CARGO_PKG_VERSION")
        )]
        Format {
            /// The recipe's format version.
            theirs: u64,
            /// The version of the nas-pack crate that wrote it, if it says one.
            by: Option<semver::Version>,
        },
    }

    impl RecipeError {
        /// What to run, with the Cargo package of the build script at hand.
        pub fn help(&self, cargo_package: &str) -> String {
            match self {
                Self::Damaged(_) => format!("build it anew: `cargo clean -p {cargo_package}`"),
                // The older side is brought up to the newer.
                Self::Format { theirs, by: Some(by) } if *theirs > u64::from(RECIPE_FORMAT) => {
                    format!("update the command: `cargo install nas-pack --version {by} --locked --force`")
                }
                Self::Format { theirs, .. } if *theirs > u64::from(RECIPE_FORMAT) => {
                    "update the command: `cargo install nas-pack --locked --force`".to_owned()
                }
                Self::Format { .. } => format!(
                    "update the app's build dependency: `cargo update -p nas-pack`, with `nas-pack = \"{}\"` in `[build-dependencies]`",
                    env!("CARGO_PKG_VERSION")
                ),
            }
        }
    }

    /// Where a recipe's names of files start from.
    #[derive(Clone, Copy, Debug)]
    struct Folders<'a> {
        root: &'a Path,
        /// `OUT_DIR` as the build script knew it, which is another one inside of a container, and as it is here.
        out: (&'a str, &'a Path),
    }

    /// Reads a recipe that a build script wrote. `root` is the folder that the compiler ran in, the workspace's, which the
    /// names of source files start from; `out_dir` is the one that the recipe was found in.
    pub fn read_recipe(text: &str, root: &Path, out_dir: &Path) -> Result<Table, RecipeError> {
        let json: Json = serde_json::from_str(text).map_err(|error| RecipeError::Damaged(error.to_string()))?;
        let theirs = json["nas-pack-recipe"]
            .as_u64()
            .ok_or_else(|| RecipeError::Damaged("it has no format version".to_owned()))?;
        if theirs != u64::from(RECIPE_FORMAT) {
            let by = json["by"].as_str().and_then(|version| version.parse().ok());
            return Err(RecipeError::Format { theirs, by });
        }
        let lacks = |what: &str| RecipeError::Damaged(format!("it {what}"));
        let app = json["app"].as_object().ok_or_else(|| lacks("describes no app"))?;
        let out = json["out"].as_str().filter(|out| !out.is_empty()).ok_or_else(|| lacks("names no folder"))?;
        read_table(app, Folders { root, out: (out, out_dir) })
    }

    fn read_table(json: &Map<String, Json>, folders: Folders<'_>) -> Result<Table, RecipeError> {
        let mut table = Table::new();
        for (key, value) in json {
            table.set(key.as_str(), read_value(value, folders)?);
        }
        Ok(table)
    }

    fn read_value(json: &Json, folders: Folders<'_>) -> Result<Value, RecipeError> {
        let origin = json["at"].as_str().and_then(|place| parse_place(place, folders.root)).unwrap_or(Origin::Default);
        let kind = match &json["v"] {
            Json::Bool(flag) => Kind::Bool(*flag),
            Json::Number(number) => Kind::Int(
                number.as_i64().ok_or_else(|| RecipeError::Damaged(format!("{number} is not a whole number")))?,
            ),
            Json::String(text) => Kind::Str(here(text, folders.out)),
            Json::Array(list) => {
                Kind::List(list.iter().map(|item| read_value(item, folders)).collect::<Result<_, _>>()?)
            }
            Json::Object(table) => Kind::Table(read_table(table, folders)?),
            Json::Null => return Err(RecipeError::Damaged("a value is missing".to_owned())),
        };
        Ok(Value { kind, origin })
    }

    /// A path in `OUT_DIR`, by its name on this side.
    fn here(text: &str, (there, here): (&str, &Path)) -> String {
        match text.strip_prefix(there) {
            Some("") => here.to_string_lossy().into_owned(),
            Some(below) if below.starts_with('/') => here.join(&below[1..]).to_string_lossy().into_owned(),
            _ => text.to_owned(),
        }
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
            prop_assert_eq!(read_recipe(&write_recipe(&layer, "/out"), Path::new(""), Path::new("/out")).unwrap(), layer);
        }
    }

    #[test]
    fn paths_in_the_out_dir_follow_it() {
        let mut layer = Table::new();
        for (key, dir) in [("is", "/target/out"), ("in", "/target/out/assets"), ("beside", "/target/output")] {
            layer.set(key, Value { kind: dir.into(), origin: Origin::Default });
        }
        let read = read_recipe(&write_recipe(&layer, "/target/out"), Path::new(""), Path::new("/home/me/out")).unwrap();
        let dir = |key| read.get(key).map(|value| value.kind.clone());
        assert_eq!(dir("is"), Some("/home/me/out".into()));
        assert_eq!(dir("in"), Some("/home/me/out/assets".into()));
        assert_eq!(dir("beside"), Some("/target/output".into()));
    }

    #[test]
    fn another_format_is_refused_with_both_versions_and_what_to_run() {
        let refused = |format: &str, by: &str| {
            let ours = write_recipe(&Table::new(), "/out");
            let other = ours.replace("\"nas-pack-recipe\":2", format).replace(env!("CARGO_PKG_VERSION"), by);
            read_recipe(&other, Path::new(""), Path::new("")).unwrap_err()
        };
        let ours = env!("CARGO_PKG_VERSION");
        let newer = refused("\"nas-pack-recipe\":7", "7.6.5");
        assert_eq!(
            newer.to_string(),
            format!("nas-pack 7.6.5 wrote a recipe of format 7, and this command, version {ours}, reads format 2")
        );
        let install = "update the command: `cargo install nas-pack --version 7.6.5 --locked --force`";
        assert_eq!(newer.help("lamp"), install);
        assert!(!refused("\"nas-pack-recipe\":7", "`rm`").help("lamp").contains("rm"));
        let older = refused("\"nas-pack-recipe\":1", "0.0.9");
        assert!(older.to_string().starts_with("nas-pack 0.0.9 wrote a recipe of format 1"), "{older}");
        assert!(older.help("lamp").contains("`cargo update -p nas-pack`"), "{}", older.help("lamp"));
        for damaged in ["{}", "half {", "{\"nas-pack-recipe\":2,\"app\":{}}"] {
            let error = read_recipe(damaged, Path::new(""), Path::new("")).unwrap_err();
            assert!(matches!(error, RecipeError::Damaged(_)), "{damaged}");
        }
    }
}
