//! The app in DSM's main menu: `ui/config` with its icons and texts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::fields::DESKTOP;
use super::ini::{self, Ini};
use super::language::{self, spoken};
use super::rules;
use super::schema::{self, Typed, Version, join};
use crate::archive::{Content, EntryKind, Tree};
use crate::diagnostic::Diagnostic;
use crate::layer::{Kind, Table};
use crate::lint::icon::{Png, png_facts};
use crate::manifest::{Mismatch, Section};
use crate::model::{Icon, Language};
use crate::vendor::request::one_line;
use crate::vendor::{IconSource, Request};

/// The folder in the package that DSM links to its web server.
pub(super) const FOLDER: &str = "ui";

/// What `{0}` of an icon stands for, in pixels.
const SIZES: [u32; 7] = [16, 24, 32, 48, 64, 72, 256];

const KEY: &str = "desktop";

/// Entries in the menu, ready to be packed.
#[derive(Debug)]
pub(super) struct Desktop {
    pub(super) files: Vec<(String, Content)>,
    /// Their names, as `dsmappname` has them.
    pub(super) ids: Vec<String>,
}

/// A text in several languages.
struct Said {
    section: String,
    field: &'static str,
    texts: BTreeMap<Language, String>,
}

/// The entry for the service's page, and those that the manifest has; `None` if there is none at all.
pub(super) fn read(
    request: &Request<'_>,
    keys: &Section<'_>,
    icon: Option<&IconSource>,
    oldest: Version,
) -> Option<Desktop> {
    let all_users = keys.read("all-users").unwrap_or(false);
    let mut entries = Vec::new();
    let mut said = Vec::new();
    entries.extend(of_service(request, all_users, &mut said));
    let mut icons = BTreeMap::from([(request.app.package.clone(), icon.cloned())]);
    let mut typed = None;
    if let Some(own) = keys.entry_as(KEY, "a table") {
        let Kind::Table(table) = &own.value.kind else {
            keys.mismatch(KEY, &own.value, "a table", Mismatch::Type);
            return None;
        };
        let name = keys.full(KEY);
        language::languages(&own.value, &name, request.findings);
        let read = Typed::read(DESKTOP, ".url", &spoken(&own.value, Language::English), &name, request.findings);
        for (id, entry) in table.iter() {
            let (Some(Json::Object(members)), Kind::Table(written)) = (read.json.get(id), &entry.value.kind) else {
                let message = format!("`{name}.{id}` must be a table, not {}", entry.value.kind.describe());
                request.findings.push(Diagnostic::error(message).at(&entry.value.origin).label("expected a table"));
                continue;
            };
            let known = entries.iter().position(|(known, _)| known == id);
            let mut merged = known.map_or_else(|| base(request), |at| entries.remove(at).1);
            merged.extend(members.clone());
            if let Some(Json::Number(port)) = merged.get("port") {
                // A string in all of the vendor's examples.
                let port = port.to_string();
                merged.insert("port".to_owned(), port.into());
            }
            if let Some(path) = members.get("icon").and_then(Json::as_str) {
                let at = written.get("icon").map_or(&entry.value.origin, |value| &value.origin);
                let file = Icon::File(request.dir.join(path));
                icons.insert(slug(id), request.icons.load(&file, &request.app.name, at, request.findings));
                merged.insert("icon".to_owned(), icon_of(&slug(id)).into());
            }
            for field in ["title", "desc"] {
                if let Some(Kind::Table(texts)) = written.get(field).map(|value| &value.kind) {
                    let texts = in_languages(texts);
                    merged.insert(field.to_owned(), format!("{}:{field}", section(id)).into());
                    said.retain(|said: &Said| !(said.section == section(id) && said.field == field));
                    said.push(Said { section: section(id), field, texts });
                }
            }
            entries.insert(known.unwrap_or(entries.len()), (id.to_owned(), merged));
        }
        typed = Some(read);
    }
    if entries.is_empty() {
        return None;
    }
    let ids: Vec<_> = entries.iter().map(|(id, _)| id.clone()).collect();
    let entries: Map<String, Json> = entries.into_iter().map(|(id, members)| (id, ordered(members).into())).collect();
    let config = json!({ ".url": entries });
    if let Some(typed) = typed {
        typed.report(schema::flaws(DESKTOP, &config, Some(oldest)), request.findings);
    }
    let used: BTreeSet<_> = icons_of(&config).into_iter().filter_map(|(_, icon)| icon.as_str()).collect();
    let mut files = vec![(format!("{FOLDER}/config"), crate::vendor::json(&config).into())];
    for (slug, picture) in icons {
        if let Some(picture) = picture.filter(|_| used.contains(icon_of(&slug).as_str())) {
            files.extend(SIZES.map(|size| (format!("{FOLDER}/images/{slug}_{size}.png"), picture.png(size))));
        }
    }
    files.extend(strings(&said));
    Some(Desktop { files, ids })
}

/// The entry that opens the service's page.
fn of_service(request: &Request<'_>, all_users: bool, said: &mut Vec<Said>) -> Option<(String, Map<String, Json>)> {
    let app = request.app;
    let (service, port) = app.web()?;
    let id = format!("naspack.{}", app.package);
    let mut members = base(request);
    let mut put = |key: &str, value: Json| members.insert(key.to_owned(), value);
    put("desc", one_line(&app.description).into());
    put("protocol", service.protocol.name().into());
    put("port", port.to_string().into());
    put("url", service.path.as_str().into());
    put("allUsers", all_users.into());
    for (field, english) in [("title", &app.name), ("desc", &app.description)] {
        let texts = app.translations.iter().filter_map(|(language, translation)| {
            let text = if field == "title" { &translation.name } else { &translation.description };
            Some((*language, one_line(text.as_ref()?)))
        });
        let mut texts: BTreeMap<_, _> = texts.collect();
        if !texts.is_empty() {
            texts.entry(Language::English).or_insert_with(|| one_line(english));
            put(field, format!("{}:{field}", section(&id)).into());
            said.push(Said { section: section(&id), field, texts });
        }
    }
    Some((id, members))
}

/// What every entry has unless it says otherwise.
fn base(request: &Request<'_>) -> Map<String, Json> {
    let app = request.app;
    let members = [("type", "url".to_owned()), ("title", app.name.clone()), ("icon", icon_of(&app.package))];
    members.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect()
}

fn icon_of(slug: &str) -> String {
    format!("images/{slug}_{{0}}.png")
}

/// An entry's name as part of a file's.
fn slug(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

/// An entry's section in the files of texts.
fn section(id: &str) -> String {
    slug(id).replace('-', "_")
}

/// Members in the table's order.
fn ordered(members: Map<String, Json>) -> Map<String, Json> {
    let order = |name: &str| DESKTOP.iter().position(|row| row.key.strip_prefix(".url.*.") == Some(name));
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by_key(|(name, _)| order(name));
    members.into_iter().collect()
}

fn in_languages(texts: &Table) -> BTreeMap<Language, String> {
    let text = |(tag, entry): (&str, &crate::layer::Entry)| match &entry.value.kind {
        Kind::Str(text) => Some((tag.parse().ok()?, one_line(text))),
        _ => None,
    };
    texts.iter().filter_map(text).collect()
}

/// `texts/LANG/strings` for every language. What a language lacks is there in English.
fn strings(said: &[Said]) -> Vec<(String, Content)> {
    let languages: BTreeSet<_> = said.iter().flat_map(|said| said.texts.keys().copied()).collect();
    let file = |language: Language| {
        let mut sections: Vec<(String, Vec<(&str, String)>)> = Vec::new();
        for Said { section, field, texts } in said {
            let text = texts.get(&language).or_else(|| texts.get(&Language::English)).cloned().unwrap_or_default();
            // A quote would end the value.
            let member = (*field, text.replace('"', "'"));
            match sections.iter_mut().find(|(known, _)| known == section) {
                Some((_, members)) => members.push(member),
                None => sections.push((section.clone(), vec![member])),
            }
        }
        let path = format!("{FOLDER}/texts/{}/strings", language::word(language));
        (path, ini::write(&sections, true).into())
    };
    languages.into_iter().map(file).collect()
}

/// The icons of a config: the place and the text. A dot in an entry's name is no place.
fn icons_of(config: &Json) -> Vec<(String, &Json)> {
    members_of(config, "icon")
}

fn members_of<'j>(config: &'j Json, member: &str) -> Vec<(String, &'j Json)> {
    let entries = config.get(".url").and_then(Json::as_object).into_iter().flatten();
    entries.filter_map(|(id, entry)| Some((join(&join(".url", id), member), entry.get(member)?))).collect()
}

/// The folders of desktop apps, by `dsmuidir`: `ui`, or `name:ui/one name2:ui/two`.
pub(super) fn folders(dsmuidir: &str) -> impl Iterator<Item = &str> {
    dsmuidir
        .split_whitespace()
        .map(|folder| folder.split_once(':').map_or(folder, |(_, folder)| folder).trim_matches('/'))
}

/// What is wrong with a config, its icons and texts: the findings without their place. `folder` is its own in the tree.
pub(super) fn check(config: &Json, folder: &str, tree: &Tree, oldest: Version) -> Vec<Diagnostic> {
    let mut found: Vec<_> =
        schema::flaws(DESKTOP, config, Some(oldest)).into_iter().map(|flaw| flaw.found(&flaw.path)).collect();
    for (path, icon) in icons_of(config) {
        let Some(icon) = icon.as_str().filter(|icon| !icon.starts_with('/') && !icon.contains("://")) else { continue };
        found.extend(icon_flaws(&path, icon, folder, tree));
    }
    let english = format!("{folder}/texts/{}/strings", language::word(Language::English));
    let strings = super::content(tree, &english).and_then(|bytes| String::from_utf8(bytes).ok());
    let strings = Ini::read(strings.as_deref().unwrap_or_default());
    for (path, text) in ["title", "desc"].into_iter().flat_map(|member| members_of(config, member)) {
        let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let reference = text.as_str().and_then(|text| text.split_once(':'));
        if let Some((section, key)) = reference.filter(|(section, key)| is_word(section) && is_word(key))
            && strings.sections.get(section).and_then(|section| section.get(key)).is_none()
        {
            found.push(
                rules::SYN094
                    .found(format!("`{path}` is the text `{section}:{key}`, which is not in `texts/enu/strings`")),
            );
        }
    }
    found
}

/// The sizes at which an icon is not there, or not of that size.
fn icon_flaws(path: &str, icon: &str, folder: &str, tree: &Tree) -> Vec<Diagnostic> {
    if !icon.contains("{0}") {
        let is_there = tree.get(&format!("{folder}/{icon}")).is_some();
        let lost = rules::SYN090.found(format!("`{path}` names `{icon}`, which is not in the package"));
        return (!is_there).then_some(lost).into_iter().collect();
    }
    let mut found = Vec::new();
    let mut lost = Vec::new();
    for size in SIZES {
        let file = format!("{folder}/{}", icon.replace("{0}", &size.to_string()));
        match tree.get(&file).map(|entry| &entry.kind) {
            Some(EntryKind::File(picture)) => {
                if let Ok(Png { width, height, .. }) = png_facts(picture)
                    && (width, height) != (size, size)
                {
                    let wrong = format!("`{file}` has {width} × {height} pixels, and DSM takes it for {size}");
                    found.push(rules::SYN091.found(wrong));
                }
            }
            Some(_) => {}
            None => lost.push(size.to_string()),
        }
    }
    if !lost.is_empty() {
        let message = format!("`{path}` has no icon of {} pixels", lost.join(", "));
        found.push(rules::SYN090.found(message).help(format!("add `{icon}` for each of them")));
    }
    found
}
