//! Who chose what: each value of a description with its origin, defaults included.

use serde_json::Value as Json;

use crate::diagnostic::Findings;
use crate::layer::{Kind, Origin, Table};
use crate::manifest::{Description, decode};
use crate::model::VendorId;

/// One value of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its dotted path.
    pub key: String,
    /// What it is, as TOML or JSON would write it.
    pub value: String,
    /// Who chose it: a place in a file, or `default`.
    pub by: String,
}

/// Every value of a description, sorted by path; with a vendor, as that vendor sees it, its overrides where they take effect.
pub fn explain(description: &Description, vendor: Option<VendorId>) -> Vec<Chosen> {
    let merged = vendor.map_or_else(|| description.merged(), |vendor| description.merged_for(vendor));
    let mut rows = Vec::new();
    said(&merged, "", &mut rows);
    // What is wrong with the description is told when it is packaged; here it only has no defaults to show.
    let app = decode(&merged, description, &Findings::new()).and_then(|app| serde_json::to_value(app).ok());
    if let Some(app) = app {
        defaults(&app, Some(&merged), "", &mut rows);
    }
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows
}

fn said(table: &Table, path: &str, rows: &mut Vec<Chosen>) {
    for (key, entry) in table.iter() {
        let path = join(path, key);
        match &entry.value.kind {
            Kind::Table(nested) => said(nested, &path, rows),
            Kind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    match &item.kind {
                        Kind::Table(nested) => said(nested, &path, rows),
                        kind => rows.push(chosen(path, show(kind), &item.origin)),
                    }
                }
            }
            kind => rows.push(chosen(path, show(kind), &entry.value.origin)),
        }
    }
}

/// The keys that nobody wrote. A table of which a part was written is all its author's, but for the service.
fn defaults(app: &Json, merged: Option<&Table>, path: &str, rows: &mut Vec<Chosen>) {
    for (key, value) in app.as_object().into_iter().flatten() {
        let path = join(path, key);
        match merged.and_then(|table| table.get(key)).map(|value| &value.kind) {
            Some(Kind::Table(service)) if path == "service" => defaults(value, Some(service), &path, rows),
            Some(_) => {}
            None if is_nothing(value) => {}
            None if value.is_object() => defaults(value, None, &path, rows),
            None => rows.push(chosen(path, value.to_string(), &Origin::Default)),
        }
    }
}

fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

fn chosen(key: String, value: String, origin: &Origin) -> Chosen {
    Chosen { key, value, by: origin.to_string() }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn show(kind: &Kind) -> String {
    match kind {
        Kind::Bool(flag) => flag.to_string(),
        Kind::Int(number) => number.to_string(),
        Kind::Str(text) => format!("{text:?}"),
        other => other.describe().to_owned(),
    }
}
