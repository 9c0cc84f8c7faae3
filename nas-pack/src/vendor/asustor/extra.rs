//! `asustor.extra`: what the author writes into `config.json` by himself, for keys that the vendor adds tomorrow.

use serde_json::{Map, Value as Json};

use super::config::Config;
use super::{fields, rules};
use crate::diagnostic::Diagnostic;
use crate::layer::{Entry, Kind, Table, Value};
use crate::manifest::Section;
use crate::vendor::field::{Form, Ours};

/// The tables of `config.json` that take more keys.
const TABLES: [&str; 3] = ["general", "adm-desktop", "register"];

/// Keys that are written behind ours.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra(Map<String, Json>);

impl Extra {
    /// The whole document.
    pub(super) fn behind(&self, config: &Config) -> Json {
        let mut document = serde_json::to_value(config).expect("plain data with text keys always has a JSON form");
        merge(&mut document, Json::Object(self.0.clone()));
        document
    }
}

/// No key is there twice, for those that ours could have are refused.
fn merge(ours: &mut Json, theirs: Json) {
    match (ours, theirs) {
        (Json::Object(ours), Json::Object(theirs)) => {
            for (key, value) in theirs {
                merge(ours.entry(key).or_insert(Json::Null), value);
            }
        }
        (ours, theirs) => *ours = theirs,
    }
}

pub(super) fn read(keys: &Section<'_>) -> Extra {
    let Some((section, _)) = keys.section("extra") else { return Extra::default() };
    let mut extra = Map::new();
    for name in TABLES {
        if let Some((table, _)) = section.section(name) {
            extra.insert(name.to_owned(), Json::Object(collect(&section, name, table.table())));
        }
    }
    section.finish();
    Extra(extra)
}

/// The keys of a table that are not ours, each with what is to be said of it.
fn collect(section: &Section<'_>, path: &str, table: &Table) -> Map<String, Json> {
    let mut extra = Map::new();
    for (key, entry) in table.iter() {
        let full = format!("{path}.{key}");
        let field = fields::find(&full);
        let value = match (&entry.value.kind, field.map(|field| (field.form, field.ours))) {
            (Kind::Table(inner), Some((Form::Table, _))) => Some(Json::Object(collect(section, &full, inner))),
            (_, Some((_, ours @ (Ours::Key(_) | Ours::Made(_))))) => {
                section.findings().push(taken(section, &full, entry, ours));
                None
            }
            (_, Some((_, Ours::Never(_))) | None) => {
                let message = format!("`{}` is written as it is, and nothing checks it", section.full(&full));
                section.findings().push(rules::AST038.found(message).at(&entry.key));
                json(section, &full, &entry.value)
            }
        };
        extra.extend(value.map(|value| (key.to_owned(), value)));
    }
    extra
}

fn taken(section: &Section<'_>, path: &str, entry: &Entry, ours: Ours) -> Diagnostic {
    let found = Diagnostic::error(format!("`{}` cannot be set here", section.full(path))).at(&entry.key);
    match ours {
        Ours::Key(key) => found.label("this has a key of its own").help(format!("set `{key}`")),
        Ours::Made(how) | Ours::Never(how) => found.label("this is written already").note(format!("it is {how}")),
    }
}

fn json(section: &Section<'_>, path: &str, value: &Value) -> Option<Json> {
    Some(match &value.kind {
        Kind::Bool(flag) => Json::from(*flag),
        Kind::Int(number) => Json::from(*number),
        Kind::Str(text) => Json::from(text.as_str()),
        Kind::List(items) => Json::Array(items.iter().map(|item| json(section, path, item)).collect::<Option<_>>()?),
        Kind::Table(table) => {
            let member = |(key, entry): (&str, &Entry)| Some((key.to_owned(), json(section, path, &entry.value)?));
            Json::Object(table.iter().map(member).collect::<Option<_>>()?)
        }
        Kind::Other(what) => {
            let found = Diagnostic::error(format!("`{}` cannot be {what}", section.full(path))).at(&value.origin);
            section.findings().push(found.label("expected text, a whole number, a truth value, a list or a table"));
            return None;
        }
    })
}
