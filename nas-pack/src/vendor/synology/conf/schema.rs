//! JSON metadata held against a table of its fields, be it found in a package or written in the manifest.
//!
//! In the manifest each member has the vendor's name in kebab case, so that `display_name` and `allUsers` become `display-name`
//! and `all-users`. The table says which is meant, and gives the order in which members are written.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::rules;
use crate::diagnostic::{Diagnostic, Findings};
use crate::layer::{Kind, Origin, Table, Value};
use crate::manifest::nearest;
use crate::vendor::field::{Field, Form};

/// A version of DSM: major, minor, build.
pub(super) type Version = (u32, u32, u32);

/// Something that a table has against a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    /// The place, in the vendor's names: `services[0].type`.
    pub(super) path: String,
    pub(super) wrong: Wrong,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// There is no such member. A similar name may be meant.
    Unknown(Option<String>),
    Missing,
    Form {
        expected: String,
        found: String,
    },
    /// It came with a later DSM than the oldest that the package is for.
    Newer(&'static str),
    /// It went before the oldest that the package is for.
    Gone(&'static str),
}

impl Flaw {
    /// The finding, under the name by which its reader knows the member.
    pub(super) fn found(&self, name: &str) -> Diagnostic {
        match &self.wrong {
            Wrong::Unknown(near) => {
                let found = rules::SYN067.found(format!("DSM's guides know no `{name}`"));
                match near {
                    Some(near) => found.help(format!("a member with a similar name exists: `{near}`")),
                    None => found,
                }
            }
            Wrong::Missing => rules::SYN068.found(format!("`{name}` is missing")),
            Wrong::Form { expected, found } => rules::SYN066
                .found(format!("`{name}` must be {expected}, not {found}"))
                .label(format!("expected {expected}")),
            Wrong::Newer(firmware) => rules::SYN069
                .found(format!("`{name}` is younger than the oldest DSM that the package is for"))
                .note(format!("DSM has it {firmware}"))
                .help("raise `os-min-ver`, or see to it that the app does without it on an older DSM"),
            Wrong::Gone(firmware) => rules::SYN069
                .found(format!("`{name}` is no longer known to the oldest DSM that the package is for"))
                .note(format!("DSM had it from {firmware}")),
        }
    }
}

/// Holds a value against a table whose keys begin at the value's top.
pub(super) fn flaws(fields: &[Field], value: &Json, oldest: Option<Version>) -> Vec<Flaw> {
    let mut walk = Walk { fields, oldest, flaws: Vec::new() };
    walk.descend(value, "", "");
    walk.flaws
}

struct Walk<'f> {
    fields: &'f [Field],
    oldest: Option<Version>,
    flaws: Vec<Flaw>,
}

impl Walk<'_> {
    /// Looks at what a value holds. `key` is its place in the table, `path` that in the file.
    fn descend(&mut self, value: &Json, key: &str, path: &str) {
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    let at = join(path, name);
                    let exact = join(key, name);
                    let mut rows: Vec<_> = self.fields.iter().filter(|row| row.key == exact).collect();
                    if rows.is_empty() {
                        let any = join(key, "*");
                        rows.extend(self.fields.iter().filter(|row| row.key == any));
                    }
                    if rows.is_empty() {
                        let known: Vec<_> = names(self.fields, key).collect();
                        if !known.is_empty() {
                            let near = nearest(name, known.into_iter()).map(str::to_owned);
                            self.push(at, Wrong::Unknown(near));
                        }
                    } else {
                        self.hold(&rows, member, &at);
                    }
                }
                for row in self.fields.iter().filter(|row| row.required) {
                    if let Some(name) = name_in(row.key, key)
                        && name != "*"
                        && !members.contains_key(name)
                    {
                        self.push(join(path, name), Wrong::Missing);
                    }
                }
            }
            Json::Array(items) => {
                let element = format!("{key}[]");
                let rows: Vec<_> = self.fields.iter().filter(|row| row.key == element).collect();
                let are_tables = names(self.fields, &element).next().is_some();
                for (index, item) in items.iter().enumerate() {
                    let at = format!("{path}[{index}]");
                    if !rows.is_empty() {
                        self.hold(&rows, item, &at);
                    } else if are_tables && item.is_object() {
                        self.descend(item, &element, &at);
                    } else if are_tables || !item.is_string() {
                        let expected = if are_tables { Form::Table } else { Form::Text(0) }.expected();
                        self.push(at, Wrong::Form { expected, found: describe(item) });
                    }
                }
            }
            _ => {}
        }
    }

    /// Looks at a value that one of these rows should take.
    fn hold(&mut self, rows: &[&Field], value: &Json, path: &str) {
        let Some(row) = rows.iter().find(|row| takes(row.form, value)) else {
            let expected = rows.iter().map(|row| row.form.expected()).collect::<Vec<_>>().join(" or ");
            return self.push(path.to_owned(), Wrong::Form { expected, found: describe(value) });
        };
        let (since, until) = firmware(row.firmware);
        let wrong = self.oldest.and_then(|oldest| {
            let is_newer = since.is_some_and(|since| oldest < since);
            let is_gone = until.is_some_and(|until| oldest > until);
            if is_newer { Some(Wrong::Newer(row.firmware)) } else { is_gone.then_some(Wrong::Gone(row.firmware)) }
        });
        let Some(wrong) = wrong else { return self.descend(value, row.key, path) };
        // What it holds came and went with it.
        self.push(path.to_owned(), wrong);
        let oldest = self.oldest.take();
        self.descend(value, row.key, path);
        self.oldest = oldest;
    }

    fn push(&mut self, path: String, wrong: Wrong) {
        self.flaws.push(Flaw { path, wrong });
    }
}

/// The place of a member.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The name of a row that stands directly below a place of the table.
fn name_in<'r>(row: &'r str, key: &str) -> Option<&'r str> {
    let name = if key.is_empty() { row } else { row.strip_prefix(key)?.strip_prefix('.')? };
    (!name.is_empty() && !name.contains(['.', '['])).then_some(name)
}

/// The names that a table has directly below a place.
fn names<'f>(fields: &'f [Field], key: &str) -> impl Iterator<Item = &'f str> {
    fields.iter().filter_map(move |row| name_in(row.key, key))
}

fn takes(form: Form, value: &Json) -> bool {
    match (form, value) {
        (Form::Text(_) | Form::Word(_) | Form::Grammar(..), Json::String(text)) => form.takes(text),
        // Where a value has a grammar of its own, it may be written without quotes.
        (Form::Grammar(..), Json::Number(_) | Json::Bool(_)) => form.takes(&value.to_string()),
        (Form::Number(..), Json::Number(number)) => form.takes(&number.to_string()),
        (Form::Bool, Json::Bool(_)) | (Form::List, Json::Array(_)) | (Form::Table, Json::Object(_)) => true,
        _ => false,
    }
}

fn describe(value: &Json) -> String {
    match value {
        Json::Object(_) => "a table".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::String(text) => format!("`{text}`"),
        scalar => format!("`{scalar}`"),
    }
}

/// The first and the last DSM of `since 7.0-40000` or `4.2-3160 to 7.1`. Other words are about something else than DSM.
fn firmware(range: &str) -> (Option<Version>, Option<Version>) {
    match (range.strip_prefix("since "), range.split_once(" to ")) {
        (Some(since), _) => (version(since, 0), None),
        (None, Some((since, until))) => (version(since, 0), version(until, u32::MAX)),
        (None, None) => (None, None),
    }
}

/// `7.0-40000`, or `7.1` with all its builds.
fn version(text: &str, any_build: u32) -> Option<Version> {
    let (feature, build) = match text.split_once('-') {
        Some((feature, build)) => (feature, build.parse().ok()?),
        None => (text, any_build),
    };
    let mut parts = feature.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, build))
}

/// The values at a place such as `services[].icon`, each with its path.
pub(in crate::vendor::synology) fn find<'j>(value: &'j Json, place: &str) -> Vec<(String, &'j Json)> {
    let mut found = vec![(String::new(), value)];
    for part in place.split('.') {
        let name = part.trim_end_matches("[]");
        found =
            found
                .into_iter()
                .filter_map(|(path, value)| {
                    if name.is_empty() { Some((path, value)) } else { Some((join(&path, name), value.get(name)?)) }
                })
                .flat_map(|(path, value)| match (part.ends_with("[]"), value) {
                    (true, Json::Array(items)) => {
                        items.iter().enumerate().map(|(index, item)| (format!("{path}[{index}]"), item)).collect()
                    }
                    (true, _) => Vec::new(),
                    (false, value) => vec![(path, value)],
                })
                .collect();
    }
    found
}

/// What the manifest says of a file, in the vendor's form.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) json: Json,
    places: Places,
}

/// For each path in the file, where it was written and what it is called there.
type Places = BTreeMap<String, (Origin, String)>;

impl Typed {
    /// Reads a value of the manifest that is called `name` there and stands at `key` of the table. Unknown keys are errors.
    pub(super) fn read(fields: &[Field], key: &str, value: &Value, name: &str, findings: &Findings) -> Self {
        let mut reader = Reader { fields, findings, places: Places::new() };
        let json = reader.value(value, key, key, name);
        Self { json, places: reader.places }
    }

    /// Says what a table has against it. The file's top is `whole`, of which this may be a part.
    pub(super) fn report(&self, flaws: Vec<Flaw>, findings: &Findings) {
        for flaw in flaws {
            if let Some((origin, name)) = self.place(&flaw.path) {
                findings.push(flaw.found(&name).at(&origin));
            }
        }
    }

    /// Where a member was written, or the nearest that holds it, and its name in the manifest.
    pub(super) fn place(&self, path: &str) -> Option<(Origin, String)> {
        if let Some(place) = self.places.get(path) {
            return Some(place.clone());
        }
        let cut = path.rfind(['.', '['])?;
        let rest = kebab(&path[cut..]);
        let (origin, name) = self.places.get(&path[..cut])?;
        Some((origin.clone(), format!("{name}{rest}")))
    }
}

struct Reader<'f> {
    fields: &'f [Field],
    findings: &'f Findings,
    places: Places,
}

impl Reader<'_> {
    fn value(&mut self, value: &Value, key: &str, path: &str, name: &str) -> Json {
        self.places.insert(path.to_owned(), (value.origin.clone(), name.to_owned()));
        match &value.kind {
            Kind::Bool(flag) => Json::from(*flag),
            Kind::Int(number) => Json::from(*number),
            Kind::Str(text) => Json::from(text.as_str()),
            Kind::List(items) => {
                let element = format!("{key}[]");
                let item = |(index, item)| {
                    self.value(item, &element, &format!("{path}[{index}]"), &format!("{name}[{index}]"))
                };
                Json::Array(items.iter().enumerate().map(item).collect())
            }
            Kind::Table(table) => self.table(table, key, path, name),
            Kind::Other(what) => {
                let message = format!("`{name}` cannot be {what}");
                self.findings
                    .push(Diagnostic::error(message).at(&value.origin).label("JSON metadata has no such value here"));
                Json::Null
            }
        }
    }

    fn table(&mut self, table: &Table, key: &str, path: &str, name: &str) -> Json {
        let known: Vec<&str> = names(self.fields, key).collect();
        let mut members: Vec<(usize, String, Json)> = Vec::new();
        for (written, entry) in table.iter() {
            let own = known.iter().position(|&known| known != "*" && kebab(known) == written);
            let (order, member, row) = match own {
                Some(order) => (order, known[order].to_owned(), known[order]),
                // Names that the author chooses are taken as they are.
                None if known.is_empty() || known.contains(&"*") => (known.len(), written.to_owned(), "*"),
                None => {
                    self.unknown(&format!("{name}.{written}"), written, &entry.key, &known);
                    continue;
                }
            };
            let name = format!("{name}.{written}");
            let json = self.value(&entry.value, &join(key, row), &join(path, &member), &name);
            members.push((order, member, json));
        }
        members.sort_by_key(|(order, ..)| *order);
        Json::Object(members.into_iter().map(|(_, member, json)| (member, json)).collect::<Map<_, _>>())
    }

    fn unknown(&self, name: &str, written: &str, at: &Origin, known: &[&str]) {
        let mut known: Vec<_> = known.iter().map(|known| kebab(known)).collect();
        known.dedup();
        let found = Diagnostic::error(format!("unknown key `{name}`")).at(at).label("no such key");
        self.findings.push(match nearest(written, known.iter().map(String::as_str)) {
            Some(near) => found.help(format!("a key with a similar name exists: `{near}`")),
            None => found.note(format!("the keys here are `{}`", known.join("`, `"))),
        });
    }
}

/// A vendor's name as the manifest has it: `display_name` and `displayName` are `display-name`.
pub(super) fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '_' => kebab.push('-'),
            c if c.is_ascii_uppercase() => {
                kebab.push('-');
                kebab.push(c.to_ascii_lowercase());
            }
            c => kebab.push(c),
        }
    }
    kebab
}
