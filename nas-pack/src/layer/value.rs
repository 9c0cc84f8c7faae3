use std::collections::BTreeMap;

use super::Origin;

/// A value with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Who wrote it.
    pub origin: Origin,
}

/// What TOML, JSON and the builder have in common.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Str(String),
    /// An array.
    List(Vec<Value>),
    /// A table.
    Table(Table),
    /// Something TOML can say that no key takes: a float or a date. Kept so that the message can name it.
    Other(&'static str),
}

impl Kind {
    /// What it is, for messages: `a string`.
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Str(_) => "a string",
            Self::List(_) => "an array",
            Self::Table(_) => "a table",
            Self::Other(what) => what,
        }
    }

    /// A list of values that do not know who made them.
    pub(crate) fn unplaced(items: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::List(items.into_iter().map(|item| Value { kind: item.into(), origin: Origin::Default }).collect())
    }

    /// Whether both say the same, whoever says it.
    pub fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(ours), Self::List(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| ours.same_as(theirs))
            }
            (Self::Table(ours), Self::Table(theirs)) => ours.same_as(theirs),
            (ours, theirs) => ours == theirs,
        }
    }
}

/// Keys with values. The order is the alphabet's, so that nothing depends on how the author sorted them.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    entries: BTreeMap<String, Entry>,
}

/// A key's place and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the key itself stands, for messages about the key.
    pub key: Origin,
    /// Its value.
    pub value: Value,
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// The value at a dotted path such as `service.port`. Keys that contain dots cannot be reached this way.
    pub fn find(&self, path: &str) -> Option<&Entry> {
        match path.split_once('.') {
            None => self.entries.get(path),
            Some((head, rest)) => match &self.entries.get(head)?.value.kind {
                Kind::Table(table) => table.find(rest),
                _ => None,
            },
        }
    }

    /// Sets a key, replacing what it had.
    pub fn set(&mut self, key: impl Into<String>, value: Value) {
        let key_origin = value.origin.clone();
        self.insert(key.into(), Entry { key: key_origin, value });
    }

    /// Puts an entry in, replacing what the key had.
    pub fn insert(&mut self, key: String, entry: Entry) {
        self.entries.insert(key, entry);
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        self.entries.remove(key)
    }

    /// Appends to the list at a key, making it if there is none.
    pub fn append(&mut self, key: &str, value: Value) {
        let origin = value.origin.clone();
        let entry = self
            .entries
            .entry(key.to_owned())
            .or_insert_with(|| Entry { key: origin.clone(), value: Value { kind: Kind::List(Vec::new()), origin } });
        match &mut entry.value.kind {
            Kind::List(list) => list.push(value),
            other => *other = Kind::List(vec![value]),
        }
    }

    /// The table at a key, making it if there is none.
    pub fn table_mut(&mut self, key: &str, origin: Origin) -> &mut Table {
        let entry = self
            .entries
            .entry(key.to_owned())
            .or_insert_with(|| Entry { key: origin.clone(), value: Value { kind: Kind::Table(Table::new()), origin } });
        if !matches!(entry.value.kind, Kind::Table(_)) {
            entry.value.kind = Kind::Table(Table::new());
        }
        match &mut entry.value.kind {
            Kind::Table(table) => table,
            _ => unreachable!("it was made a table just now"),
        }
    }

    /// Whether both say the same, whoever says it.
    pub fn same_as(&self, other: &Self) -> bool {
        let same = |((our_key, ours), (their_key, theirs)): ((&str, &Entry), (&str, &Entry))| {
            our_key == their_key && ours.value.same_as(&theirs.value)
        };
        self.entries.len() == other.entries.len() && self.iter().zip(other.iter()).all(same)
    }

    /// Sets a key of the table at a key, making that table if there is none.
    pub fn set_in(&mut self, table: &str, key: impl Into<String>, value: Value) {
        self.table_mut(table, value.origin.clone()).set(key, value);
    }

    /// Lays a stronger description over this one. Tables are merged key by key, lists of tables (assets, steps,
    /// shared folders) grow, everything else is replaced.
    pub fn merge(&mut self, stronger: Table) {
        for (key, theirs) in stronger.entries {
            match self.entries.get_mut(&key) {
                None => {
                    self.entries.insert(key, theirs);
                }
                Some(ours) => ours.merge(theirs),
            }
        }
    }
}

impl Entry {
    fn merge(&mut self, stronger: Entry) {
        match (&mut self.value.kind, stronger.value.kind) {
            (Kind::Table(ours), Kind::Table(theirs)) => ours.merge(theirs),
            (Kind::List(ours), Kind::List(theirs)) if holds_tables(ours) && holds_tables(&theirs) => {
                ours.extend(theirs);
            }
            (_, kind) => {
                *self = Entry { key: stronger.key, value: Value { kind, origin: stronger.value.origin } };
            }
        }
    }
}

fn holds_tables(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|value| matches!(value.kind, Kind::Table(_)))
}

impl Value {
    /// A value made by the Rust code that called the caller. So is everything in it that does not know who made it.
    #[track_caller]
    pub fn here(kind: impl Into<Kind>) -> Self {
        let mut value = Self { kind: kind.into(), origin: Origin::Default };
        value.place(&Origin::caller());
        value
    }

    fn place(&mut self, origin: &Origin) {
        if self.origin == Origin::Default {
            self.origin = origin.clone();
        }
        match &mut self.kind {
            Kind::List(list) => list.iter_mut().for_each(|item| item.place(origin)),
            Kind::Table(table) => {
                for entry in table.entries.values_mut() {
                    entry.value.place(origin);
                    if entry.key == Origin::Default {
                        entry.key = origin.clone();
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether both say the same, whoever says it.
    pub fn same_as(&self, other: &Self) -> bool {
        self.kind.same_as(&other.kind)
    }
}

impl From<bool> for Kind {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Kind {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Kind {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Kind {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u16> for Kind {
    fn from(value: u16) -> Self {
        Self::Int(value.into())
    }
}

impl From<&str> for Kind {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<String> for Kind {
    fn from(value: String) -> Self {
        Self::Str(value)
    }
}

impl From<Vec<Value>> for Kind {
    fn from(value: Vec<Value>) -> Self {
        Self::List(value)
    }
}

impl<K: Into<Kind>, const N: usize> From<[K; N]> for Kind {
    fn from(items: [K; N]) -> Self {
        Self::unplaced(items)
    }
}

impl From<Vec<String>> for Kind {
    fn from(items: Vec<String>) -> Self {
        Self::unplaced(items)
    }
}

impl From<Table> for Kind {
    fn from(value: Table) -> Self {
        Self::Table(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: &[(&str, Kind)]) -> Table {
        let mut table = Table::new();
        for (key, kind) in entries {
            table.set(*key, Value { kind: kind.clone(), origin: Origin::Default });
        }
        table
    }

    fn list(items: &[Kind]) -> Kind {
        items.iter().map(|kind| Value { kind: kind.clone(), origin: Origin::Default }).collect::<Vec<_>>().into()
    }

    #[test]
    fn tables_merge_lists_of_tables_grow_and_all_else_is_replaced() {
        let asset = |dest: &str| Kind::from(table(&[("dest", dest.into())]));
        let mut weaker = table(&[
            ("service", table(&[("port", 1_u16.into()), ("exec", "a".into())]).into()),
            ("assets", list(&[asset("x")])),
            ("args", list(&["a".into(), "b".into()])),
            ("name", "weak".into()),
        ]);
        weaker.merge(table(&[
            ("service", table(&[("port", 2_u16.into())]).into()),
            ("assets", list(&[asset("y")])),
            ("args", list(&["c".into()])),
            ("name", "strong".into()),
        ]));
        let expected = table(&[
            ("service", table(&[("port", 2_u16.into()), ("exec", "a".into())]).into()),
            ("assets", list(&[asset("x"), asset("y")])),
            ("args", list(&["c".into()])),
            ("name", "strong".into()),
        ]);
        assert_eq!(weaker, expected);
    }

    #[test]
    fn the_winner_s_origin_wins_with_it() {
        let at = |line| Origin::Rust { file: "build.rs".to_owned(), line, column: 1 };
        let said = |text: &str, line| {
            let mut table = Table::new();
            table.set("name", Value { kind: text.into(), origin: at(line) });
            table
        };
        let mut merged = said("weak", 1);
        merged.merge(said("strong", 2));
        assert_eq!(merged.find("name").unwrap().value, Value { kind: "strong".into(), origin: at(2) });
        assert_eq!(merged.find("name.x"), None);
    }
}
