//! What users can choose: asked at installation where the NAS has a wizard, kept in one small file, read by the daemon.
//!
//! A [`Form`] is the same as the manifest's `settings`, written by the compiler: `#[derive(Wizard)]` makes it from a struct. The build
//! script hands it on ([`dsl::Settings::of`](crate::dsl::Settings::of)), so that the vendor's wizard asks for it and the scripts keep the
//! answers; the daemon reads them back into the struct.
//!
//! The file is TOML, one `key = value` a line, so that people can edit it and any TOML reader can read it. It is made with the answers or
//! the defaults; an upgrade keeps what is there and adds what is new.

#[cfg(any(feature = "script", feature = "pack"))]
pub(crate) mod record;

use crate::model::Language;

/// The settings file's name where nobody says otherwise.
pub const DEFAULT_FILE: &str = "settings.toml";

/// All questions, and where the answers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// The file's name, in the folder for settings.
    pub file: &'static str,
    /// The file's permission bits; without them 0600 where something is secret and 0640 otherwise.
    pub mode: Option<u32>,
    /// The wizard's pages.
    pub pages: &'static [Page],
}

/// One page of a wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its title.
    pub title: &'static str,
    /// Its title in other languages.
    pub translations: &'static [(Language, &'static str)],
    /// What it asks.
    pub fields: &'static [Field],
    /// Where it was written.
    pub at: Place,
}

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in the settings file: `[a-z][a-z0-9_]*` without `__`. The wizard's variable is `wizard_KEY`.
    pub key: &'static str,
    /// What people read beside it.
    pub label: &'static str,
    /// More about it, or empty.
    pub help: &'static str,
    /// Whether there may be no answer. All others have a default, for most vendors ask nothing.
    pub optional: bool,
    /// What can be answered.
    pub kind: Kind,
    /// The words in other languages.
    pub translations: &'static [(Language, Words)],
    /// Where it was written.
    pub at: Place,
}

/// What people read of a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// In the place of [`Field::label`]; empty for the same.
    pub label: &'static str,
    /// In the place of [`Field::help`]; empty for the same.
    pub help: &'static str,
}

/// What can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no: a checkbox.
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
        /// The greatest.
        max: u32,
        /// What the whole text must match.
        pattern: Option<&'static str>,
        /// Whether nobody may see it while it is typed, nor later.
        secret: bool,
        /// What it is without an answer.
        default: Option<&'static str>,
    },
    /// One of several: a group of radio buttons.
    Choice {
        /// What there is to choose from.
        choices: &'static [Choice],
        /// The value of the one that is chosen without an answer.
        default: Option<&'static str>,
    },
}

/// One of several answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value in the settings file, in the same letters as keys.
    pub value: &'static str,
    /// What people read.
    pub label: &'static str,
    /// The same in other languages.
    pub translations: &'static [(Language, &'static str)],
}

/// A place in the author's code, for messages about what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// A struct that `#[derive(Wizard)]` is on: the settings of an app, as its daemon has them.
pub trait Wizard: Sized {
    /// What is asked.
    const FORM: Form;
}
