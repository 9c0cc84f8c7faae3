use crate::layer::{Kind, Origin, Table, Value};
use crate::model::Language;

/// A table of any keys, for what has no type here: members of a vendor's own files, in kebab case as in the manifest.
///
/// ```
/// use nas_pack::dsl::{Map, Synology};
///
/// let links = Map::new().set("bin", ["bin/beacon", "bin/beaconctl"]);
/// let database = Map::new().set("create-db", Map::new().set("flag", true).set("db-name", "beacon"));
/// let synology = Synology::amend().resource("usr-local-linker", links).resource("mariadb10-db", database);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    table: Table,
}

impl Map {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key to text, a number, a truth value, another map, [`Texts`], or an array or `Vec` of these.
    #[track_caller]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<Kind>) -> Self {
        self.table.set(key, Value::here(value));
        self
    }
}

impl From<Table> for Map {
    fn from(table: Table) -> Self {
        Self { table }
    }
}

impl From<Map> for Kind {
    fn from(map: Map) -> Self {
        map.table.into()
    }
}

impl From<Vec<Map>> for Kind {
    fn from(maps: Vec<Map>) -> Self {
        Self::unplaced(maps)
    }
}

/// A text that people read, in one language or in several. Plain text is one, too.
///
/// ```
/// use nas_pack::dsl::{DesktopEntry, Texts};
/// use nas_pack::model::Language;
///
/// let title = Texts::english("Map").and(Language::German, "Karte").and(Language::French, "Carte");
/// let entry = DesktopEntry::new("/map").title(title).desc("Where the beacon is");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Texts {
    english: Value,
    others: Table,
}

impl Texts {
    /// A text in English, which is shown in every language that is left out.
    #[track_caller]
    pub fn english(text: impl Into<String>) -> Self {
        Self { english: Value::here(text.into()), others: Table::new() }
    }

    /// The same in another language.
    #[track_caller]
    pub fn and(mut self, language: Language, text: impl Into<String>) -> Self {
        self.others.set(language.tag(), Value::here(text.into()));
        self
    }
}

impl From<&str> for Texts {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Texts {
    fn from(text: String) -> Self {
        Self { english: Value { kind: text.into(), origin: Origin::Default }, others: Table::new() }
    }
}

impl From<Texts> for Kind {
    fn from(Texts { english, mut others }: Texts) -> Self {
        if others.is_empty() {
            return english.kind;
        }
        others.set(Language::English.tag(), english);
        others.into()
    }
}
