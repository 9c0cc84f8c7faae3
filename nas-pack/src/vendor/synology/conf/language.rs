//! DSM's words for languages, which are not ISO's.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Findings};
use crate::layer::{Entry, Kind, Origin, Table, Value};
use crate::manifest::nearest;
use crate::model::Language;

/// DSM's word for a language (DSM 7 guide, Application I18N).
pub(in crate::vendor::synology) const fn word(language: Language) -> &'static str {
    match language {
        Language::Czech => "csy",
        Language::Danish => "dan",
        Language::German => "ger",
        Language::English => "enu",
        Language::Spanish => "spn",
        Language::French => "fre",
        Language::Hungarian => "hun",
        Language::Italian => "ita",
        Language::Japanese => "jpn",
        Language::Korean => "krn",
        Language::Dutch => "nld",
        Language::Norwegian => "nor",
        Language::Polish => "plk",
        Language::BrazilianPortuguese => "ptb",
        Language::Portuguese => "ptg",
        Language::Russian => "rus",
        Language::Swedish => "sve",
        Language::Turkish => "trk",
        Language::SimplifiedChinese => "chs",
        Language::TraditionalChinese => "cht",
    }
}

/// Whether DSM has a language of that word.
pub(in crate::vendor::synology) fn is_word(text: &str) -> bool {
    Language::ALL.into_iter().any(|language| word(language) == text)
}

/// ISO 639's three-letter codes where DSM has others.
const ISO: [(&str, Language); 16] = [
    ("ces", Language::Czech),
    ("cze", Language::Czech),
    ("deu", Language::German),
    ("eng", Language::English),
    ("spa", Language::Spanish),
    ("fra", Language::French),
    ("kor", Language::Korean),
    ("dut", Language::Dutch),
    ("nob", Language::Norwegian),
    ("nno", Language::Norwegian),
    ("pol", Language::Polish),
    ("por", Language::Portuguese),
    ("swe", Language::Swedish),
    ("tur", Language::Turkish),
    ("zho", Language::SimplifiedChinese),
    ("chi", Language::SimplifiedChinese),
];

/// DSM's word where somebody wrote another name of a language.
pub(in crate::vendor::synology) fn meant(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase().replace('_', "-");
    let iso = ISO.into_iter().find(|(code, _)| *code == text).map(|(_, language)| language);
    let tag = || Language::ALL.into_iter().find(|language| language.tag().to_ascii_lowercase() == text);
    iso.or_else(tag).map(word)
}

/// Keys whose texts people read, and which may be tables of languages in the manifest.
const TEXTS: [&str; 5] = ["step-title", "desc", "empty-text", "error-text", "title"];

/// The languages in which a value of the manifest has texts, beside English. What is wrong with its tables of languages is found
/// here.
pub(super) fn languages(value: &Value, name: &str, findings: &Findings) -> BTreeSet<Language> {
    let mut languages = BTreeSet::new();
    visit(value, name, &mut |texts, name, origin| {
        for (tag, entry) in texts.iter() {
            match tag.parse() {
                Ok(Language::English) => {}
                Ok(language) => {
                    languages.insert(language);
                }
                Err(_) => {
                    let found = Diagnostic::error(format!("`{name}` has an unknown language `{tag}`")).at(&entry.key);
                    let found = found.label("no such language");
                    findings.push(match nearest(tag, Language::ALL.into_iter().map(Language::tag)) {
                        Some(near) => found.help(format!("a similar tag exists: `{near}`")),
                        None => found.note(format!("DSM's are {}", Language::ALL.map(Language::tag).join(", "))),
                    });
                }
            }
            if !matches!(entry.value.kind, Kind::Str(_)) {
                let found =
                    Diagnostic::error(format!("`{name}.{tag}` must be a string, not {}", entry.value.kind.describe()));
                findings.push(found.at(&entry.value.origin).label("expected a string"));
            }
        }
        if texts.get(Language::English.tag()).is_none() {
            let found = Diagnostic::error(format!("`{name}` has no text in English")).at(origin).label("expected `en`");
            findings.push(found.note("DSM shows it in every language that is left out"));
        }
    });
    languages
}

fn visit(value: &Value, name: &str, found: &mut impl FnMut(&Table, &str, &Origin)) {
    match &value.kind {
        Kind::List(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &format!("{name}[{index}]"), found);
            }
        }
        Kind::Table(table) => {
            for (key, entry) in table.iter() {
                let name = format!("{name}.{key}");
                match &entry.value.kind {
                    Kind::Table(texts) if TEXTS.contains(&key) => found(texts, &name, &entry.value.origin),
                    _ => visit(&entry.value, &name, found),
                }
            }
        }
        _ => {}
    }
}

/// A value with its texts in one language, or in English where that has none.
pub(super) fn spoken(value: &Value, language: Language) -> Value {
    let kind = match &value.kind {
        Kind::List(items) => Kind::List(items.iter().map(|item| spoken(item, language)).collect()),
        Kind::Table(table) => {
            let mut said = Table::new();
            for (key, entry) in table.iter() {
                let value = match &entry.value.kind {
                    Kind::Table(texts) if TEXTS.contains(&key) => {
                        let text = texts.get(language.tag()).or_else(|| texts.get(Language::English.tag()));
                        let kind = text.map_or_else(|| Kind::Str(String::new()), |text| text.kind.clone());
                        Value { kind, origin: entry.value.origin.clone() }
                    }
                    _ => spoken(&entry.value, language),
                };
                said.insert(key.to_owned(), Entry { key: entry.key.clone(), value });
            }
            Kind::Table(said)
        }
        kind => kind.clone(),
    };
    Value { kind, origin: value.origin.clone() }
}
