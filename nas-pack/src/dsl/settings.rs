//! Settings in the description: the builder, and what `#[derive(Wizard)]` made, under the manifest's keys.

use crate::layer::{self, Origin, Table, Value};
use crate::model::Language;
use crate::settings::{self, Form, Kind, Place, Wizard, Words};

/// The app's settings: pages of questions, and the file that keeps the answers.
///
/// ```
/// use nas_pack::dsl::{App, Field, Page, Settings};
///
/// let app = App::amend().settings(Settings::new().file("beacon.toml").page(
///     Page::new("Beacon").field(Field::text("title").label("Title").length(1, 40).default("Beacon")).field(
///         Field::number("keep_visits").label("Visits to keep").range(1, 100_000).default(1000),
///     ),
/// ));
/// assert!(app.layer().find("settings.pages").is_some());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    table: Table,
}

impl Settings {
    /// No questions yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The questions of a struct with `#[derive(Wizard)]`. Messages about one of them point at its field.
    pub fn of<W: Wizard>() -> Self {
        let Form { file, mode, pages } = W::FORM;
        let at = pages.first().map_or(Origin::Default, |page| page.at.into());
        let mut settings = pages.iter().fold(Self::new(), |settings, page| settings.page(Page::of(page)));
        settings.table.set("file", said(file, at.clone()));
        if let Some(mode) = mode {
            settings.table.set("mode", Value { origin: at, ..super::mode(mode) });
        }
        settings
    }

    keys! {
        /// The file's name, in the folder for settings. `settings.toml` without it.
        "file" => file(name: text);
    }

    /// The file's permission bits. Without them 0600 where something is secret and 0640 otherwise.
    #[track_caller]
    pub fn mode(mut self, mode: u32) -> Self {
        self.table.set("mode", super::mode(mode));
        self
    }

    /// Adds a page.
    pub fn page(mut self, page: Page) -> Self {
        self.table.append("pages", Value { kind: page.table.into(), origin: page.origin });
        self
    }

    pub(super) fn into_table(self) -> Table {
        self.table
    }
}

/// One page of a wizard.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    table: Table,
    origin: Origin,
}

impl Page {
    /// A page with this title.
    #[track_caller]
    pub fn new(title: impl Into<String>) -> Self {
        Self::at(title, Origin::caller())
    }

    fn at(title: impl Into<String>, origin: Origin) -> Self {
        let mut table = Table::new();
        table.set("title", said(title.into(), origin.clone()));
        Self { table, origin }
    }

    fn of(page: &settings::Page) -> Self {
        let origin = Origin::from(page.at);
        let mut made = Self::at(page.title, origin.clone());
        for &(language, title) in page.translations {
            translate(&mut made.table, language, "title", title, origin.clone());
        }
        page.fields.iter().fold(made, |made, field| made.field(Field::of(field)))
    }

    /// Its title in another language.
    #[track_caller]
    pub fn translation(mut self, language: Language, title: impl Into<String>) -> Self {
        translate(&mut self.table, language, "title", title, Origin::caller());
        self
    }

    /// Adds a question.
    pub fn field(mut self, field: Field) -> Self {
        self.table.append("fields", Value { kind: field.table.into(), origin: field.origin });
        self
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    table: Table,
    origin: Origin,
}

impl Field {
    /// Yes or no.
    #[track_caller]
    pub fn flag(key: impl Into<String>) -> Self {
        Self::at(key, "flag", Origin::caller())
    }

    /// A whole number.
    #[track_caller]
    pub fn number(key: impl Into<String>) -> Self {
        Self::at(key, "number", Origin::caller())
    }

    /// One line of text.
    #[track_caller]
    pub fn text(key: impl Into<String>) -> Self {
        Self::at(key, "text", Origin::caller())
    }

    /// One line of text that nobody may see while it is typed, nor later.
    #[track_caller]
    pub fn secret(key: impl Into<String>) -> Self {
        Self::at(key, "secret", Origin::caller())
    }

    /// One of several.
    #[track_caller]
    pub fn choice(key: impl Into<String>) -> Self {
        Self::at(key, "choice", Origin::caller())
    }

    fn at(key: impl Into<String>, kind: &str, origin: Origin) -> Self {
        let mut table = Table::new();
        table.set("key", said(key.into(), origin.clone()));
        table.set("type", said(kind, origin.clone()));
        Self { table, origin }
    }

    fn of(field: &settings::Field) -> Self {
        let kind = match field.kind {
            Kind::Flag { .. } => "flag",
            Kind::Number { .. } => "number",
            Kind::Text { secret: false, .. } => "text",
            Kind::Text { secret: true, .. } => "secret",
            Kind::Choice { .. } => "choice",
        };
        let origin = Origin::from(field.at);
        let mut made = Self::at(field.key, kind, origin.clone());
        let table = &mut made.table;
        let mut set = |key: &str, value: Option<layer::Kind>| {
            if let Some(value) = value {
                table.set(key, said(value, origin.clone()));
            }
        };
        let some = |text: &str| (!text.is_empty()).then(|| text.into());
        set("label", some(field.label));
        set("help", some(field.help));
        set("optional", field.optional.then(|| true.into()));
        match field.kind {
            Kind::Flag { default } => set("default", Some(default.into())),
            Kind::Number { min, max, default } => {
                set("min", Some(min.into()));
                set("max", Some(max.into()));
                set("default", default.map(Into::into));
            }
            Kind::Text { min, max, pattern, default, .. } => {
                set("min", Some(min.into()));
                set("max", Some(max.into()));
                set("pattern", pattern.map(Into::into));
                set("default", default.map(Into::into));
            }
            Kind::Choice { default, .. } => set("default", default.map(Into::into)),
        }
        for &(language, Words { label, help }) in field.translations {
            for (key, text) in [("label", label), ("help", help)] {
                if !text.is_empty() {
                    translate(table, language, key, text, origin.clone());
                }
            }
        }
        if let Kind::Choice { choices, .. } = field.kind {
            for choice in choices {
                made = made.choose(Choice::of(choice, &origin));
            }
        }
        made
    }

    keys! {
        /// What people read beside it.
        "label" => label(label: text);
        /// More about it.
        "help" => help(help: text);
        /// What the whole text must match.
        "pattern" => pattern(pattern: text);
    }

    /// That there may be no answer. All others need a default, for most vendors ask nothing.
    #[track_caller]
    pub fn optional(self) -> Self {
        self.set("optional", true)
    }

    /// What it is without an answer.
    #[track_caller]
    pub fn default(self, value: impl Into<layer::Kind>) -> Self {
        self.set("default", value)
    }

    /// The least and the greatest number.
    #[track_caller]
    pub fn range(self, min: i64, max: i64) -> Self {
        self.set("min", min).set("max", max)
    }

    /// The least and the greatest number of characters.
    #[track_caller]
    pub fn length(self, min: u32, max: u32) -> Self {
        self.set("min", min).set("max", max)
    }

    /// Adds something to choose.
    pub fn choose(mut self, choice: Choice) -> Self {
        self.table.append("choices", Value { kind: choice.table.into(), origin: choice.origin });
        self
    }

    /// Label and help in another language.
    #[track_caller]
    pub fn translation(mut self, language: Language, label: impl Into<String>, help: impl Into<String>) -> Self {
        let origin = Origin::caller();
        for (key, text) in [("label", label.into()), ("help", help.into())] {
            if !text.is_empty() {
                translate(&mut self.table, language, key, text, origin.clone());
            }
        }
        self
    }

    #[track_caller]
    fn set(mut self, key: &str, value: impl Into<layer::Kind>) -> Self {
        self.table.set(key, Value::here(value));
        self
    }
}

/// One of several answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    table: Table,
    origin: Origin,
}

impl Choice {
    /// A value with what people read.
    #[track_caller]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self::at(value, label, Origin::caller())
    }

    fn at(value: impl Into<String>, label: impl Into<String>, origin: Origin) -> Self {
        let mut table = Table::new();
        table.set("value", said(value.into(), origin.clone()));
        table.set("label", said(label.into(), origin.clone()));
        Self { table, origin }
    }

    fn of(choice: &settings::Choice, origin: &Origin) -> Self {
        let mut made = Self::at(choice.value, choice.label, origin.clone());
        for &(language, label) in choice.translations {
            translate(&mut made.table, language, "label", label, origin.clone());
        }
        made
    }

    /// What people read in another language.
    #[track_caller]
    pub fn translation(mut self, language: Language, label: impl Into<String>) -> Self {
        translate(&mut self.table, language, "label", label, Origin::caller());
        self
    }
}

fn translate(table: &mut Table, language: Language, key: &str, text: impl Into<String>, origin: Origin) {
    let languages = table.table_mut("translations", origin.clone());
    languages.set_in(language.tag(), key, said(text.into(), origin));
}

fn said(kind: impl Into<layer::Kind>, origin: Origin) -> Value {
    Value { kind: kind.into(), origin }
}

impl From<Place> for Origin {
    fn from(place: Place) -> Self {
        Self::Rust { file: place.file.to_owned(), line: place.line, column: place.column }
    }
}
