use crate::layer::{Origin, Table, Value};

/// Files that travel with the app.
///
/// ```
/// use nas_pack::dsl::{App, Asset};
/// use nas_pack::rel;
///
/// let app = App::new("beacon")
///     .asset(Asset::file("assets/www/**", rel!("www/")))
///     .asset(Asset::file("target/help.txt", rel!("share/help.txt")).mode(0o640))
///     .asset(Asset::text("built on a Monday\n", rel!("share/build.txt")));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    table: Table,
    origin: Origin,
}

impl Asset {
    /// The files that a glob finds, relative to Cargo.toml, and where they go, relative to the app's folder. A place that ends in
    /// `/` is a folder.
    #[track_caller]
    pub fn file(source: impl Into<String>, dest: impl Into<String>) -> Self {
        Self::with("source", source.into(), dest.into())
    }

    /// A file with this text, and where it goes.
    #[track_caller]
    pub fn text(content: impl Into<String>, dest: impl Into<String>) -> Self {
        Self::with("content", content.into(), dest.into())
    }

    #[track_caller]
    fn with(key: &str, what: String, dest: String) -> Self {
        let mut table = Table::new();
        table.set(key, Value::here(what));
        table.set("dest", Value::here(dest));
        Self { table, origin: Origin::caller() }
    }

    /// The folder that the glob starts from, relative to Cargo.toml or absolute.
    #[track_caller]
    pub fn dir(mut self, folder: impl Into<String>) -> Self {
        self.table.set("dir", Value::here(folder.into()));
        self
    }

    /// The permission bits of each file. Unless said, 0755 for files that are executable on disk and 0644 for others.
    #[track_caller]
    pub fn mode(mut self, mode: u32) -> Self {
        self.table.set("mode", super::mode(mode));
        self
    }

    pub(super) fn into_value(self) -> Value {
        Value { kind: self.table.into(), origin: self.origin }
    }
}
