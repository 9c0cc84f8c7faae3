//! What users can choose: asked at installation where the NAS has a wizard, kept in one small file, read by the daemon.
//!
//! A [`Form`] is the same as the manifest's `settings`, written by the compiler: `#[derive(Wizard)]` makes it from a struct. The build
//! script hands it on ([`dsl::Settings::of`](crate::dsl::Settings::of)), so that the vendor's wizard asks for it and the scripts keep the
//! answers; the daemon reads them back into the struct.
//!
//! The file is TOML, one `key = value` a line, so that people can edit it and any TOML reader can read it. It is made with the answers or
//! the defaults; an upgrade keeps what is there and adds what is new.

mod answers;
mod lines;
mod pattern;
#[cfg(test)]
mod tests;

pub use answers::{Answer, Answers, LoadError, Loaded, Problem, ProblemKind, Problems};
pub use lines::Value;
#[cfg(feature = "pack")]
pub(crate) use lines::quote;
pub use pattern::{Pattern, PatternError};

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
        /// What the whole text must match, see [`Pattern`].
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

/// The settings of an app, as its daemon has them: a struct that `#[derive(Wizard)]` is on.
///
/// ```
/// # #[cfg(feature = "macros")] {
/// use nas_pack::Wizard;
///
/// /// Beacon
/// #[derive(Wizard)]
/// #[wizard(file = "beacon.toml")]
/// struct Settings {
///     /// Title
///     #[wizard(default = "Beacon", length = 1..=40)]
///     title: String,
/// }
///
/// let loaded = Settings::parse("title = 'Lighthouse'");
/// assert!(loaded.problems.is_empty());
/// assert_eq!(loaded.value.title, "Lighthouse");
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no settings",
    note = "put `#[derive(nas_pack::Wizard)]` on a struct with a field for each setting"
)]
pub trait Wizard: Sized {
    /// What is asked.
    const FORM: Form;

    /// Takes every field's answer.
    fn from_answers(answers: &mut Answers) -> Self;

    /// Every field's key and value; `None` for one without.
    fn to_answers(&self) -> Vec<(&'static str, Option<Value>)>;

    /// The settings where nobody chose any.
    fn defaults() -> Self {
        Self::from_answers(&mut Answers::none(Self::FORM))
    }

    /// Reads the content of a settings file. Whatever it is, there are settings: what is missing or wrong costs only itself.
    fn parse(content: impl AsRef<[u8]>) -> Loaded<Self> {
        Answers::parse(Self::FORM, Self::FORM.file.into(), content.as_ref()).into_loaded()
    }

    /// Reads the settings file in the daemon's folder for settings. No file is no error, and gives the defaults.
    ///
    /// ```no_run
    /// # #[cfg(feature = "macros")] {
    /// # use nas_pack::Wizard;
    /// # /// Beacon
    /// # #[derive(Wizard)]
    /// # struct Settings { #[wizard(default = 9)] retries: u8 }
    /// # fn main() -> Result<(), nas_pack::settings::LoadError> {
    /// let nas = nas_pack::runtime::Nas::detect();
    /// let loaded = Settings::load(&nas)?;
    /// for problem in &loaded.problems {
    ///     eprintln!("{problem}");
    /// }
    /// let settings = loaded.value;
    /// # Ok(()) }
    /// # }
    /// ```
    ///
    /// A daemon that had better not run with settings that nobody chose says `Settings::load(&nas)?.strict()?`.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be read.
    #[cfg(feature = "runtime")]
    fn load(nas: &crate::runtime::Nas) -> Result<Loaded<Self>, LoadError> {
        Ok(Answers::open(Self::FORM, nas.config_dir().join(Self::FORM.file))?.into_loaded())
    }

    /// The settings as the file has them, for tests and tools.
    fn to_toml(&self) -> String {
        let given = |(key, value): (&str, Option<Value>)| value.map(|value| format!("{key} = {value}\n"));
        self.to_answers().into_iter().filter_map(given).collect()
    }
}

/// One of several answers as a type: an enum that `#[derive(Wizard)]` is on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a setting",
    label = "no type of a setting",
    note = "settings are `bool`, integers, `String`, enums with `#[derive(nas_pack::Wizard)]`, and `Option` of these"
)]
pub trait Choose: Sized + 'static {
    /// What there is to choose from.
    const CHOICES: &'static [Choice];
    /// The same as values of this type.
    const ALL: &'static [Self];

    /// The choice with this value in the settings file.
    fn from_value(value: &str) -> Option<Self>;

    /// Its value in the settings file.
    fn value(&self) -> &'static str;

    /// Takes the choice of a key, or the usual one; as [`Answers::take`].
    fn take(answers: &mut Answers, key: &str, usual: impl FnOnce() -> Self) -> Self {
        answers.take_as(key, chosen, usual)
    }

    /// Takes the choice of a key that may have none; as [`Answers::take_optional`].
    fn take_optional(answers: &mut Answers, key: &str) -> Option<Self> {
        answers.take_optional_as(key, chosen)
    }

    /// The value of a setting.
    fn write(&self) -> Value {
        Value::Text(self.value().to_owned())
    }
}

fn chosen<T: Choose>(value: &Value) -> Option<T> {
    match value {
        Value::Text(text) => T::from_value(text),
        _ => None,
    }
}

/// Choices of which one is the default: an enum with `#[default]` on a variant.
#[diagnostic::on_unimplemented(
    message = "the choices of `{Self}` have no default",
    label = "this setting needs a default",
    note = "put `#[default]` on one of its variants, or say `#[wizard(default = {Self}::…)]` here"
)]
pub trait ChooseDefault: Choose {
    /// The default's value in the settings file.
    const DEFAULT: &'static str;

    /// The default.
    fn usual() -> Self;
}
