//! Who chose what: each value of a description with its origin, defaults included.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::output::NOTES;
use super::recipes::Kept;
use super::{Options, output};
use crate::diagnostic::Findings;
use crate::layer::{Kind, Origin, Table};
use crate::manifest::{Description, Workspace, decode};
use crate::model::{Arch, VendorId};

/// An app's description, value by value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explained {
    /// The Cargo package.
    pub cargo_package: String,
    /// The values, sorted by path.
    pub values: Vec<Chosen>,
    /// What is not known of what the build script says.
    pub notes: Vec<String>,
}

/// One value of a description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Chosen {
    /// Its dotted path.
    pub key: String,
    /// The arches that it is for, where a build script says another thing for others; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arches: Vec<Arch>,
    /// What it is, as TOML or JSON would write it.
    pub value: String,
    /// Who chose it: a place in a file, or `default`.
    pub by: String,
}

/// Every value of a description; with one vendor in the filter as that vendor sees it, its overrides where they take effect. What the
/// build script says is as it was when the app was last packaged.
pub fn explain(workspace: &Workspace, app: &Description, options: &Options) -> Explained {
    let vendor = match options.filter.vendors[..] {
        [vendor] => Some(vendor),
        _ => None,
    };
    let notes = output(workspace, options).join(NOTES);
    let arches = if app.build_script.is_some() { arches(app, &options.filter.arches) } else { Vec::new() };
    let kept: Vec<_> = arches.iter().map(|&arch| (arch, Kept::read(&notes, arch, app, &workspace.root))).collect();
    let known: Vec<_> = kept
        .iter()
        .filter_map(|(arch, kept)| {
            let mut amended = app.clone();
            amended.layers.extend(kept.as_ref()?.layer.clone());
            Some((*arch, rows(&amended, vendor)))
        })
        .collect();
    let values = if known.is_empty() { rows(app, vendor) } else { together(known) };
    Explained { cargo_package: app.cargo_package.clone(), values, notes: doubts(&kept) }
}

/// What is built, and so has a build script's word.
fn arches(app: &Description, wanted: &[Arch]) -> Vec<Arch> {
    let wanted = |arch: &Arch| wanted.is_empty() || wanted.contains(arch);
    match decode(&app.merged(), app, &Findings::new()) {
        Some(app) if app.binaries.is_empty() => Vec::new(),
        Some(app) => app.targets.into_keys().filter(wanted).collect(),
        None => Arch::ALL.into_iter().filter(wanted).collect(),
    }
}

/// Rows that are the same for every arch once, the others with their arches.
fn together(known: Vec<(Arch, Vec<Chosen>)>) -> Vec<Chosen> {
    let all = known.len();
    let mut by_key: BTreeMap<String, Vec<Chosen>> = BTreeMap::new();
    for (arch, rows) in known {
        for row in rows {
            let same_key = by_key.entry(row.key.clone()).or_default();
            match same_key.iter_mut().find(|other| other.value == row.value && other.by == row.by) {
                Some(other) => other.arches.push(arch),
                None => same_key.push(Chosen { arches: vec![arch], ..row }),
            }
        }
    }
    let mut rows: Vec<_> = by_key.into_values().flatten().collect();
    for row in &mut rows {
        if row.arches.len() == all {
            row.arches.clear();
        }
    }
    rows
}

/// What of the build script's word is missing or old.
fn doubts(kept: &[(Arch, Option<Kept>)]) -> Vec<String> {
    let names = |arches: Vec<&str>| {
        if arches.len() == kept.len() { String::new() } else { format!(" for {}", arches.join(", ")) }
    };
    let missing: Vec<_> = kept.iter().filter(|(_, kept)| kept.is_none()).map(|(arch, _)| arch.name()).collect();
    let mut older: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (arch, kept) in kept {
        if let Some(newer) = kept.as_ref().and_then(|kept| kept.newer.as_deref()) {
            older.entry(newer).or_default().push(arch.name());
        }
    }
    let missing = (!missing.is_empty())
        .then(|| format!("what the build script says{} is not known yet: `cargo nas package` runs it", names(missing)));
    let older = older.into_iter().map(|(newer, arches)| {
        format!(
            "what the build script says{} is as of the last `cargo nas package`; `{newer}` was changed since",
            names(arches)
        )
    });
    missing.into_iter().chain(older).collect()
}

fn rows(description: &Description, vendor: Option<VendorId>) -> Vec<Chosen> {
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
    Chosen { key, arches: Vec::new(), value, by: origin.to_string() }
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
