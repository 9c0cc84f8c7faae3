use std::collections::{BTreeMap, BTreeSet};

use super::section::{Mismatch, Read, Section};
use crate::diagnostic::Diagnostic;
use crate::layer::{Kind, Origin, Value};
use crate::model::{Language, Mode, Setting, SettingChoice, SettingKind, SettingWords, Settings, SettingsPage};
use crate::settings::{DEFAULT_FILE, Pattern};

/// The kinds of questions, by the names of `type`.
const TYPES: [&str; 5] = ["flag", "number", "text", "secret", "choice"];

/// How many characters a text has at most where nobody says.
const USUAL_LENGTH: u32 = 255;

pub(super) fn read_settings(section: Section<'_>, origin: &Origin) -> Option<Settings> {
    let file = section.read::<FileName>("file").map_or_else(|| DEFAULT_FILE.to_owned(), |file| file.0);
    let mode = section.read::<Mode>("mode");
    let mut keys = BTreeSet::new();
    let mut pages = Vec::new();
    for (page, at) in section.sections("pages") {
        pages.extend(read_page(page, &at, &mut keys));
    }
    if section.table().get("pages").is_none() {
        let found = Diagnostic::error("there are no settings to choose").at(origin);
        section.findings().push(found.label("expected `pages`, each with `fields`"));
    }
    section.finish();
    let secret = |field: &Setting| matches!(field.kind, SettingKind::Text { secret: true, .. });
    let mut settings = Settings { file, mode: Mode(0o640), pages };
    settings.mode = mode.unwrap_or(Mode(if settings.fields().any(secret) { 0o600 } else { 0o640 }));
    (!settings.pages.is_empty()).then_some(settings)
}

fn read_page(section: Section<'_>, origin: &Origin, keys: &mut BTreeSet<String>) -> Option<SettingsPage> {
    let title: Option<String> = section.require("title", origin);
    let translations = translations(&section, |words| words.read("title"));
    let mut fields = Vec::new();
    for (field, at) in section.sections("fields") {
        fields.extend(read_field(field, &at, keys));
    }
    if section.table().get("fields").is_none() {
        let found = Diagnostic::error(format!("`{}` is missing", section.full("fields"))).at(origin);
        section.findings().push(found.label("expected `fields`, the questions of this page"));
    }
    section.finish();
    Some(SettingsPage { title: title?, translations, fields })
}

fn read_field(section: Section<'_>, origin: &Origin, keys: &mut BTreeSet<String>) -> Option<Setting> {
    let key = section.require::<Name>("key", origin).map(|key| key.0);
    if let Some(key) = &key
        && !keys.insert(key.clone())
    {
        let found = Diagnostic::error(format!("there are two settings `{key}`")).at(origin);
        section.findings().push(found.label("expected a `key` that no other setting has"));
    }
    let label = section.read::<String>("label");
    let help = section.read("help");
    let optional = section.read("optional").unwrap_or(false);
    let translations =
        translations(&section, |words| Some(SettingWords { label: words.read("label"), help: words.read("help") }));
    let kind = section.require::<Type>("type", origin).and_then(|kind| read_kind(&section, kind.0, origin));
    if let (Some(key), Some(kind)) = (&key, &kind)
        && !optional
        && !matches!(kind, SettingKind::Flag { .. })
        && section.table().get("default").is_none()
    {
        let found =
            Diagnostic::error(format!("the setting `{key}` has no default")).at(origin).label("expected `default`");
        section.findings().push(found.help(
            "most NAS systems ask nothing at installation, so that the default is what stands; or say `optional = true`",
        ));
    }
    let (key, kind) = (key?, kind?);
    // Which keys there are depends on the kind.
    section.finish();
    Some(Setting { label: label.unwrap_or_else(|| key.clone()), key, help, optional, kind, translations })
}

fn read_kind(section: &Section<'_>, kind: &str, origin: &Origin) -> Option<SettingKind> {
    let wrong = |message: String| {
        let at = section.table().get("default").map_or(origin, |value| &value.origin);
        section.findings().push(Diagnostic::error(message).at(at).label("expected an answer that can be given"));
    };
    Some(match kind {
        "flag" => SettingKind::Flag { default: section.read("default").unwrap_or(false) },
        "number" => {
            let min = section.read("min").unwrap_or(0);
            let max = section.read("max").unwrap_or(i64::MAX);
            let default = section.read("default");
            bounds(section, min <= max, origin)?;
            if let Some(number) = default.filter(|number| !(min..=max).contains(number)) {
                wrong(format!("`{}` is {number}, which is not from {min} to {max}", section.full("default")));
            }
            SettingKind::Number { min, max, default }
        }
        "choice" => {
            let choices: Vec<_> =
                section.sections("choices").into_iter().filter_map(|(choice, at)| read_choice(choice, &at)).collect();
            if section.table().get("choices").is_none() {
                let found = Diagnostic::error(format!("`{}` is missing", section.full("choices"))).at(origin);
                section.findings().push(found.label("expected `choices`, each with `value` and `label`"));
                return None;
            }
            let default = section.read::<String>("default");
            if let Some(value) = default.as_ref().filter(|value| choices.iter().all(|choice| choice.value != **value)) {
                wrong(format!("`{}` is `{value}`, which is none of the choices", section.full("default")));
            }
            let mut values = BTreeSet::new();
            if let Some(twice) = choices.iter().find(|choice| !values.insert(&choice.value)) {
                let message = format!("`{}` has two choices `{}`", section.full("choices"), twice.value);
                section.findings().push(Diagnostic::error(message).at(origin).label("expected one of each"));
            }
            SettingKind::Choice { choices, default }
        }
        kind => {
            let min = section.read("min").unwrap_or(0);
            let max = section.read("max").unwrap_or(USUAL_LENGTH);
            let pattern = section.read::<Regex>("pattern");
            let default = section.read::<Line>("default").map(|line| line.0);
            bounds(section, min <= max && max <= Settings::LONGEST_TEXT, origin)?;
            if let Some(text) = &default {
                let length = text.chars().count();
                if length < min as usize || length > max as usize {
                    let full = section.full("default");
                    wrong(format!("`{full}` has {length} characters, which is not from {min} to {max}"));
                }
                if let Some(Regex(source, _)) = pattern.as_ref().filter(|pattern| !pattern.1.matches(text)) {
                    wrong(format!("`{}` does not match the pattern `{source}`", section.full("default")));
                }
            }
            let pattern = pattern.map(|pattern| pattern.0);
            SettingKind::Text { min, max, pattern, secret: kind == "secret", default }
        }
    })
}

fn bounds(section: &Section<'_>, right: bool, origin: &Origin) -> Option<()> {
    if right {
        return Some(());
    }
    let at = section.table().get("max").or(section.table().get("min")).map_or(origin, |value| &value.origin);
    let found = Diagnostic::error(format!("nothing can be answered between `{}` and `max`", section.full("min")));
    let longest = Settings::LONGEST_TEXT;
    section.findings().push(found.at(at).label(format!("expected `min` up to `max`; for texts up to {longest}")));
    None
}

fn read_choice(section: Section<'_>, origin: &Origin) -> Option<SettingChoice> {
    let value = section.require::<Name>("value", origin).map(|value| value.0);
    let label = section.read::<String>("label");
    let translations = translations(&section, |words| words.read("label"));
    section.finish();
    let value = value?;
    Some(SettingChoice { label: label.unwrap_or_else(|| value.clone()), value, translations })
}

fn translations<T>(section: &Section<'_>, read: impl Fn(&Section<'_>) -> Option<T>) -> BTreeMap<Language, T> {
    let mut translations = BTreeMap::new();
    let Some((languages, _)) = section.section("translations") else { return translations };
    for language in Language::ALL {
        if let Some((words, _)) = languages.section(language.tag()) {
            translations.extend(read(&words).map(|words| (language, words)));
            words.finish();
        }
    }
    languages.finish();
    translations
}

/// A name that is part of a shell variable.
struct Name(String);

impl Read for Name {
    const EXPECTED: &'static str = "a name of `a` to `z`, `0` to `9` and single `_`, beginning with a letter";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let name = String::read(value)?;
        let right = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !name.contains("__")
            && !name.ends_with('_')
            && name.len() <= 64;
        if right { Ok(Self(name)) } else { Err(Mismatch::content(format!("`{name}` cannot be a name here"))) }
    }
}

struct FileName(String);

impl Read for FileName {
    const EXPECTED: &'static str = "a file's name without folders, of letters, digits, `.`, `-` and `_`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let name = String::read(value)?;
        let right = name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        if right { Ok(Self(name)) } else { Err(Mismatch::content(format!("`{name}` is not such a name"))) }
    }
}

struct Type(&'static str);

impl Read for Type {
    const EXPECTED: &'static str = "`flag`, `number`, `text`, `secret` or `choice`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let name = String::read(value)?;
        let known = TYPES.into_iter().find(|known| *known == name);
        known.map(Self).ok_or_else(|| Mismatch::content(format!("there is no type `{name}`")))
    }
}

/// A pattern as it was written, and as it is matched.
struct Regex(String, Pattern);

impl Read for Regex {
    const EXPECTED: &'static str = "a pattern";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let source = String::read(value)?;
        match Pattern::parse(&source) {
            Ok(pattern) => Ok(Self(source, pattern)),
            Err(error) => Err(Mismatch::content(format!("`{source}` is no pattern: {error}"))),
        }
    }
}

/// A text without control characters, which neither a wizard nor the file has a place for.
struct Line(String);

impl Read for Line {
    const EXPECTED: &'static str = "one line of text";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let text = String::read(value)?;
        if text.contains(char::is_control) {
            Err(Mismatch::content("it has control characters"))
        } else {
            Ok(Self(text))
        }
    }
}

impl Read for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        match &value.kind {
            Kind::Int(number) => Ok(*number),
            _ => Err(Mismatch::Type),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Findings;
    use crate::layer::{Source, Table, read_toml};
    use crate::settings::{Answers, Choice, Field, Form, Kind as Asked, Page, Place, Value as Said, Wizard, Words};

    const AT: Place = Place { file: "src/settings.rs", line: 7, column: 5 };

    struct Lamp;

    impl Wizard for Lamp {
        const FORM: Form = Form {
            file: "lamp.toml",
            mode: None,
            pages: &[Page {
                title: "Light",
                translations: &[(Language::German, "Licht")],
                fields: &[
                    Field {
                        key: "title",
                        label: "Title",
                        help: "Above the page.",
                        optional: false,
                        kind: Asked::Text {
                            min: 1,
                            max: 40,
                            pattern: Some("[A-Z].*"),
                            secret: false,
                            default: Some("Lamp"),
                        },
                        translations: &[(Language::German, Words { label: "Titel", help: "" })],
                        at: AT,
                    },
                    Field {
                        key: "token",
                        label: "Token",
                        help: "",
                        optional: true,
                        kind: Asked::Text { min: 0, max: 64, pattern: None, secret: true, default: None },
                        translations: &[],
                        at: AT,
                    },
                    Field {
                        key: "theme",
                        label: "Theme",
                        help: "",
                        optional: false,
                        kind: Asked::Choice {
                            choices: &[
                                Choice { value: "dark", label: "Dark", translations: &[(Language::German, "Dunkel")] },
                                Choice { value: "light", label: "Light", translations: &[] },
                            ],
                            default: Some("light"),
                        },
                        translations: &[],
                        at: AT,
                    },
                ],
                at: AT,
            }],
        };

        fn from_answers(_: &mut Answers) -> Self {
            Self
        }

        fn to_answers(&self) -> Vec<(&'static str, Option<Said>)> {
            Vec::new()
        }
    }

    const LAMP: &str = r#"
        file = "lamp.toml"
        [[pages]]
        title = "Light"
        translations = { de = { title = "Licht" } }
        fields = [
            { key = "title", type = "text", label = "Title", help = "Above the page.", min = 1, max = 40, pattern = "[A-Z].*",
              default = "Lamp", translations = { de = { label = "Titel" } } },
            { key = "token", type = "secret", label = "Token", optional = true, max = 64 },
            { key = "theme", type = "choice", label = "Theme", default = "light",
              choices = [{ value = "dark", label = "Dark", translations = { de = { label = "Dunkel" } } }, { value = "light", label = "Light" }] },
        ]
    "#;

    fn table(text: &str) -> Table {
        read_toml(&Arc::new(Source { path: "settings".into(), text: text.to_owned() })).unwrap()
    }

    fn read(table: &Table) -> (Option<Settings>, Vec<String>) {
        let findings = Findings::new();
        let settings = read_settings(Section::new(table, "settings", &findings), &Origin::Default);
        let found = match findings.finish() {
            Ok(found) => found,
            Err(failure) => failure.into_diagnostics(),
        };
        (settings, found.into_iter().map(|found| found.message).collect())
    }

    #[test]
    fn a_form_of_the_macro_s_and_the_manifest_say_the_same() {
        let app = crate::dsl::App::amend().settings(crate::dsl::Settings::of::<Lamp>());
        let Some(Kind::Table(settings)) = app.layer().get("settings").map(|value| &value.kind) else { panic!() };
        let (of_macro, found) = read(settings);
        assert_eq!(found, Vec::<String>::new());
        let (of_toml, found) = read(&table(LAMP));
        assert_eq!(found, Vec::<String>::new());
        assert_eq!(of_macro, of_toml);

        let settings = of_macro.unwrap();
        assert_eq!(settings.mode, Mode(0o600), "something is secret");
        assert_eq!(
            settings.fields().map(Setting::variable).collect::<Vec<_>>(),
            ["wizard_title", "wizard_token", "wizard_theme"]
        );
        assert_eq!(settings.fields().filter_map(Setting::default_toml).collect::<Vec<_>>(), ["\"Lamp\"", "\"light\""]);
    }

    #[test]
    fn every_mistake_is_found() {
        let (settings, found) = read(&table(
            r#"
            file = "../lamp.toml"
            [[pages]]
            title = "Light"
            fields = [
                { key = "Title", type = "text" },
                { key = "count", type = "number", min = 5, default = 3 },
                { key = "count", type = "flag" },
                { key = "name", type = "text", max = 3, default = "Lantern" },
                { key = "theme", type = "choice", choices = [{ value = "a" }, { value = "a" }], default = "b" },
                { key = "size", type = "number", min = 5, max = 4, default = 5 },
                { key = "colour", type = "color", default = "red" },
                { key = "lost", type = "text" },
                { key = "host", type = "text", pattern = "[a-z", default = "a" },
                { key = "door", type = "text", pattern = "[a-z]+", default = "Door" },
            ]
            [[pages]]
            title = "Empty"
            "#,
        ));
        assert!(settings.is_some());
        insta::assert_snapshot!(found.join("\n"), @r"
        `settings.file`: `../lamp.toml` is not such a name
        `settings.pages.fields.key`: `Title` cannot be a name here
        `settings.pages.fields.default` is 3, which is not from 5 to 9223372036854775807
        there are two settings `count`
        `settings.pages.fields.default` has 7 characters, which is not from 0 to 3
        `settings.pages.fields.default` is `b`, which is none of the choices
        `settings.pages.fields.choices` has two choices `a`
        nothing can be answered between `settings.pages.fields.min` and `max`
        `settings.pages.fields.type`: there is no type `color`
        the setting `lost` has no default
        `settings.pages.fields.pattern`: `[a-z` is no pattern: at character 1: `[` is never closed
        `settings.pages.fields.default` does not match the pattern `[a-z]+`
        `settings.pages.fields` is missing
        ");
    }
}
