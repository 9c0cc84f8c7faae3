//! The manifest's keys that are lines of INFO as they are, and `extra`, for lines that we do not know.

use super::check::{is_name, value_of};
use super::fields::{self, ADDRESS_FORM, INFO, PACKAGES_FORM};
use super::generation::Dsm;
use super::info::flag;
use super::{rules, version};
use crate::layer::Kind;
use crate::manifest::{Mismatch, Section};
use crate::model::Dependency;
use crate::vendor::Request;
use crate::vendor::field::{Field, Form, Ours};

/// Keys that are read elsewhere, because more than a line depends on them.
const ELSEWHERE: [&str; 3] = ["version", "os-min-ver", "os-max-ver"];

/// What the author says of INFO directly.
#[derive(Debug)]
pub(super) struct Own {
    values: Vec<(&'static Field, String)>,
    /// Further lines, as they are.
    pub(super) extra: Vec<(String, String)>,
}

impl Own {
    pub(super) fn read(request: &Request<'_>, keys: &Section<'_>, generations: &[Dsm]) -> Self {
        let mut values = Vec::new();
        for field in INFO {
            let Some(key) = fields::own_key(field).filter(|key| !ELSEWHERE.contains(key)) else { continue };
            let Some(value) = value(request, keys, key, field) else { continue };
            let strangers: Vec<_> =
                generations.iter().filter(|&&dsm| !is_known(field, dsm)).map(|dsm| dsm.title()).collect();
            if !strangers.is_empty() {
                let who = strangers.join(" and ");
                request.findings.push(
                    rules::SYN017
                        .found(format!("{who} does not know `{}`, so it is left out there", field.key))
                        .at(&request.origin(&keys.full(key)))
                        .label(format!("known {}", field.firmware)),
                );
            }
            values.push((field, value));
        }
        Self { values, extra: extra(request, keys) }
    }

    /// The lines that a generation knows.
    pub(super) fn known(&self, dsm: Dsm) -> impl Iterator<Item = (&'static Field, String)> {
        self.values.iter().filter(move |(field, _)| is_known(field, dsm)).cloned()
    }
}

/// DSM 5 has another key for the same.
fn is_known(field: &Field, dsm: Dsm) -> bool {
    field.key == "ctl_stop" || fields::is_known(field, dsm)
}

/// What INFO says for a key of the manifest, whose type is what the form needs.
fn value(request: &Request<'_>, keys: &Section<'_>, key: &'static str, field: &Field) -> Option<String> {
    let path = keys.full(key);
    let value = match field.form {
        Form::Word(["yes", "no"]) => return keys.read::<bool>(key).map(|value| flag(value).to_owned()),
        Form::Grammar(PACKAGES_FORM, _) => return packages(request, &path, &keys.list::<Dependency>(key)?),
        Form::List => {
            let words: Vec<String> = keys.list(key)?;
            value_of(request, &path, &words.join(" "))
        }
        _ => value_of(request, &path, &keys.read::<String>(key)?),
    };
    if !field.form.takes(&value) {
        let found = match field.form {
            Form::Grammar(ADDRESS_FORM, _) => {
                rules::SYN015.found(format!("`{path}` is not a web address: `{value}`")).label("expected `https://…`")
            }
            _ => rules::SYN021
                .found(format!("`{path}` is `{value}`"))
                .label(format!("expected {}", field.form.expected())),
        };
        request.findings.push(found.at(&request.origin(&path)));
    }
    Some(value)
}

/// `A>=1.2:B`, the grammar of `install_dep_packages`.
pub(super) fn packages(request: &Request<'_>, key: &str, list: &[Dependency]) -> Option<String> {
    let mut entries = Vec::new();
    for (index, Dependency { package, bounds }) in list.iter().enumerate() {
        let at = request.item_origin(key, index);
        if !is_name(package) {
            let found = rules::SYN010.found(format!("`{package}` cannot be a Synology package's name")).at(&at);
            request.findings.push(found.label("expected letters, digits, `.`, `_`, `-` and `+`"));
        }
        if let Some((_, version)) = bounds.iter().find(|(_, version)| !version::is_valid(version)) {
            let found = rules::SYN011.found(format!("`{version}` is not a version of a Synology package")).at(&at);
            request.findings.push(found.label("expected numbers, such as `1.2.3-4`"));
        }
        match &bounds[..] {
            [] => entries.push(package.clone()),
            [(operator, version)] => entries.push(format!("{package}{operator}{version}")),
            _ => request.findings.push(
                rules::SYN012
                    .found(format!("`{package}` has more than one bound"))
                    .at(&at)
                    .label("expected one of `=`, `<`, `<=`, `>` and `>=`")
                    .help(match key {
                        "depends" | "conflicts" => {
                            format!("leave one of them out, or set `synology.{key}` for this vendor only")
                        }
                        _ => "leave one of them out".to_owned(),
                    }),
            ),
        }
    }
    (!entries.is_empty()).then(|| entries.join(":"))
}

/// The lines of `extra`: keys of a DSM that we do not know yet.
fn extra(request: &Request<'_>, keys: &Section<'_>) -> Vec<(String, String)> {
    let Some((section, _)) = keys.section("extra") else { return Vec::new() };
    let mut lines = Vec::new();
    for (key, entry) in section.table().iter() {
        let path = section.full(key);
        let value = match &entry.value.kind {
            Kind::Str(text) => value_of(request, &path, text),
            Kind::Bool(value) => flag(*value).to_owned(),
            Kind::Int(number) => number.to_string(),
            _ => {
                section.mismatch(key, &entry.value, "text, a whole number, `true` or `false`", Mismatch::Type);
                continue;
            }
        };
        if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || key.is_empty() {
            let reason = Mismatch::content(format!("`{key}` cannot be a key of INFO"));
            section.mismatch(key, &entry.value, "a key of letters, digits and `_`", reason);
            continue;
        }
        let ours = match fields::find(key).map(|field| field.ours) {
            Some(Ours::Key(typed)) => Some(format!("`{typed}` says it")),
            Some(Ours::Made(how)) => Some(format!("it is made: {how}")),
            Some(Ours::Never(_)) | None => None,
        };
        if let Some(ours) = ours {
            section.mismatch(key, &entry.value, "a key that INFO does not have otherwise", Mismatch::content(ours));
            continue;
        }
        request
            .findings
            .push(rules::SYN019.found(format!("`{key}` goes into INFO as it is, unchecked")).at(&entry.value.origin));
        lines.push((key.to_owned(), value));
    }
    lines
}
