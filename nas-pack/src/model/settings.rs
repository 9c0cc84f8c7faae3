use std::collections::BTreeMap;

use serde::Serialize;

use super::{Language, Mode};

/// What users can choose. Asked by the vendor's wizard where there is one, otherwise the defaults stand; the scripts keep it in one
/// TOML file in the folder for settings, which upgrades leave to the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// The file's name, without a folder.
    pub file: String,
    /// The file's permission bits.
    pub mode: Mode,
    /// The wizard's pages, each with at least one question.
    pub pages: Vec<SettingsPage>,
}

/// One page of a wizard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SettingsPage {
    /// Its title.
    pub title: String,
    /// Its title in other languages.
    pub translations: BTreeMap<Language, String>,
    /// What it asks.
    pub fields: Vec<Setting>,
}

/// One question, and one line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Setting {
    /// The name in the file: `[a-z][a-z0-9_]*` without `__`, unique in the form.
    pub key: String,
    /// What people read beside it.
    pub label: String,
    /// More about it.
    pub help: Option<String>,
    /// Whether there may be no answer; then the file has no such line. Every other setting has a default.
    pub optional: bool,
    /// What can be answered.
    pub kind: SettingKind,
    /// The words in other languages.
    pub translations: BTreeMap<Language, SettingWords>,
}

/// What people read of a question in one language. What is missing is shown as the app itself says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SettingWords {
    /// The label.
    pub label: Option<String>,
    /// More about it.
    pub help: Option<String>,
}

/// What can be answered. Defaults are answers that can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingKind {
    /// Yes or no.
    Flag {
        /// What it is without an answer.
        default: bool,
    },
    /// A whole number.
    Number {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
        /// What it is without an answer.
        default: Option<i64>,
    },
    /// One line of text.
    Text {
        /// The least number of characters.
        min: u32,
        /// The greatest, at most [`Settings::LONGEST_TEXT`].
        max: u32,
        /// What the whole text must match.
        pattern: Option<String>,
        /// Whether nobody may see it while it is typed, nor later.
        secret: bool,
        /// What it is without an answer.
        default: Option<String>,
    },
    /// One of several.
    Choice {
        /// What there is to choose from, at least two.
        choices: Vec<SettingChoice>,
        /// The value of the one that is chosen without an answer.
        default: Option<String>,
    },
}

/// One of several answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SettingChoice {
    /// The value in the file, in the same letters as keys.
    pub value: String,
    /// What people read.
    pub label: String,
    /// The same in other languages.
    pub translations: BTreeMap<Language, String>,
}

impl Settings {
    /// The greatest number of characters that a text may have: an answer travels through the environment of scripts.
    pub const LONGEST_TEXT: u32 = 4096;

    /// Every question, in the order of the pages.
    pub fn fields(&self) -> impl Iterator<Item = &Setting> {
        self.pages.iter().flat_map(|page| &page.fields)
    }
}

impl Setting {
    /// The name of the wizard's variable.
    pub fn variable(&self) -> String {
        format!("wizard_{}", self.key)
    }

    /// What the file's line has behind `=` where nobody answered, as TOML; `None` for no line.
    pub fn default_toml(&self) -> Option<String> {
        match &self.kind {
            SettingKind::Flag { default } => Some(default.to_string()),
            SettingKind::Number { default, .. } => default.map(|number| number.to_string()),
            SettingKind::Text { default, .. } | SettingKind::Choice { default, .. } => {
                default.as_deref().map(crate::settings::quote)
            }
        }
    }
}
