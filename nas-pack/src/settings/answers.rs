//! The answers in a settings file, held against the form.
//!
//! A daemon on somebody's shelf had better run with one default than not at all. So a value that cannot be what it is costs only
//! itself, and is told with its line, what was found and what was expected. What is secret is never shown.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::lines::{self, Flaw, Value};
use super::{Field, Form, Kind, Pattern, Wizard};

/// A Rust type of numbers, texts or flags that a setting can have.
pub trait Answer: Sized {
    /// The setting of a value; `None` if it is none of this type's.
    fn read(value: &Value) -> Option<Self>;

    /// The value of a setting.
    fn write(&self) -> Value;
}

impl Answer for bool {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    fn write(&self) -> Value {
        Value::Flag(*self)
    }
}

impl Answer for String {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.clone())
    }
}

macro_rules! integers {
    ($($type:ty)*) => {
        $(impl Answer for $type {
            fn read(value: &Value) -> Option<Self> {
                match value {
                    Value::Number(number) => (*number).try_into().ok(),
                    _ => None,
                }
            }

            /// A number beyond TOML's, which no form lets pass, is the highest of TOML's.
            fn write(&self) -> Value {
                Value::Number((*self).try_into().unwrap_or(i64::MAX))
            }
        })*
    };
}

integers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

/// Settings with what is to be said of the file that they were read from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Loaded<W> {
    /// The settings. What is missing or wrong in the file is as the form has it.
    pub value: W,
    /// What is wrong with the file, in the order of its lines.
    pub problems: Vec<Problem>,
    /// Whether there is no file, so that every setting is the default.
    pub missing: bool,
}

impl<W> Loaded<W> {
    /// The settings, unless the file has a line that cannot be read or a value that cannot be: for daemons that had better not run with
    /// settings that nobody chose. What is missing in the file, or unknown, is no error: another version wrote it.
    pub fn strict(self) -> Result<W, Problems> {
        let wrong = |problem: &Problem| matches!(problem.kind, ProblemKind::Line | ProblemKind::Value);
        let problems: Vec<_> = self.problems.into_iter().filter(wrong).collect();
        if problems.is_empty() { Ok(self.value) } else { Err(Problems(problems)) }
    }
}

/// Something in a settings file that is not as it should be. Displayed as `FILE:LINE: what it is`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; `None` for what is missing.
    pub line: Option<usize>,
    /// What sort of problem it is.
    pub kind: ProblemKind,
    /// What was found, what was expected and what is used instead. Never shows a secret.
    pub message: String,
}

/// The sorts of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A line that is no setting.
    Line,
    /// A value that the setting cannot have.
    Value,
    /// A setting that the file lacks.
    Missing,
    /// A setting that the app does not have, or a table.
    Unknown,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)
    }
}

/// At least one problem, as an error; one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            let end = if number == 0 { "" } else { "\n" };
            write!(f, "{end}{problem}")?;
        }
        Ok(())
    }
}

impl Error for Problems {}

/// A settings file that is there and cannot be read.
#[derive(Debug)]
pub struct LoadError {
    file: PathBuf,
    error: io::Error,
}

impl LoadError {
    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the settings in {}: {}", self.file.display(), self.error)
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// The answers of one file while settings are made of them; what `#[derive(Wizard)]` writes takes each by its key.
#[derive(Debug)]
pub struct Answers {
    form: Form,
    file: PathBuf,
    /// Whether there is a file at all.
    missing: bool,
    given: Vec<Given>,
    problems: Vec<Problem>,
}

/// A line with a key of the form.
#[derive(Debug)]
struct Given {
    key: String,
    line: usize,
    /// Nothing where it was wrong, which has been told.
    value: Option<Value>,
}

impl Answers {
    /// No file: every answer is the default.
    pub(super) fn none(form: Form) -> Self {
        Self { form, file: form.file.into(), missing: true, given: Vec::new(), problems: Vec::new() }
    }

    pub(super) fn parse(form: Form, file: PathBuf, content: &[u8]) -> Self {
        let mut answers = Self { form, file, missing: false, given: Vec::new(), problems: Vec::new() };
        let content = content.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(content);
        let mut text: Option<&[u8]> = None;
        for (number, line) in (1..).zip(content.split(|&byte| byte == b'\n')) {
            if let Some(end) = text {
                text = Some(end).filter(|end| !line.windows(end.len()).any(|bytes| bytes == *end));
                continue;
            }
            text = lines::long_text(line);
            if line.trim_ascii_start().starts_with(b"[") {
                answers.tell(
                    Some(number),
                    ProblemKind::Unknown,
                    "this app's settings have no tables; what follows is not read",
                );
                break;
            }
            answers.line(number, line.strip_suffix(b"\r").unwrap_or(line));
        }
        answers
    }

    #[cfg(feature = "runtime")]
    pub(super) fn open(form: Form, file: PathBuf) -> Result<Self, LoadError> {
        match std::fs::read(&file) {
            Ok(content) => Ok(Self::parse(form, file, &content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { file, ..Self::none(form) }),
            Err(error) => Err(LoadError { file, error }),
        }
    }

    fn line(&mut self, line: usize, content: &[u8]) {
        let Ok(content) = std::str::from_utf8(content) else {
            return self.tell(Some(line), ProblemKind::Line, "expected UTF-8");
        };
        let (key, read) = match lines::read(content) {
            Ok(None) => return,
            Ok(Some((key, value))) => (key, Ok(value)),
            Err(Flaw { key: Some(key), expected }) => (key, Err(expected)),
            Err(Flaw { key: None, expected }) => {
                return self.tell(Some(line), ProblemKind::Line, format!("expected {expected}"));
            }
        };
        let Some(field) = self.field(key) else {
            return self.tell(Some(line), ProblemKind::Unknown, format!("`{key}` is no setting of this app"));
        };
        if let Some(first) = self.given.iter().find(|given| given.key == key) {
            let message = format!("`{key}` is there twice, and only line {} counts", first.line);
            return self.tell(Some(line), ProblemKind::Line, message);
        }
        if let Err(expected) = read {
            let instead = instead(field);
            self.tell(Some(line), ProblemKind::Line, format!("`{key}` cannot be read, expected {expected}{instead}"));
        }
        self.given.push(Given { key: key.to_owned(), line, value: read.ok() });
    }

    /// Takes the answer of a key, or what it usually is.
    pub fn take<T: Answer>(&mut self, key: &str, usual: impl FnOnce() -> T) -> T {
        self.take_as(key, T::read, usual)
    }

    /// Takes the answer of a key that may have none.
    pub fn take_optional<T: Answer>(&mut self, key: &str) -> Option<T> {
        self.take_optional_as(key, T::read)
    }

    pub(super) fn take_as<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&Value) -> Option<T>,
        usual: impl FnOnce() -> T,
    ) -> T {
        let missing = match self.answer(key, read) {
            Taken::Right(value) => return value,
            Taken::Missing => !self.missing,
            Taken::Wrong => false,
        };
        if let Some(field) = self.field(key).filter(|_| missing) {
            self.tell(None, ProblemKind::Missing, format!("`{key}` is missing{}", instead(field)));
        }
        usual()
    }

    pub(super) fn take_optional_as<T>(&mut self, key: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        match self.answer(key, read) {
            Taken::Right(value) => Some(value),
            Taken::Missing | Taken::Wrong => None,
        }
    }

    fn answer<T>(&mut self, key: &str, read: impl FnOnce(&Value) -> Option<T>) -> Taken<T> {
        let Some(field) = self.field(key) else { return Taken::Missing };
        let Some(at) = self.given.iter().position(|given| given.key == key) else { return Taken::Missing };
        let Given { line, value, .. } = &mut self.given[at];
        let (line, Some(value)) = (*line, value.take()) else { return Taken::Wrong };
        if let Some(right) = read(&value).filter(|_| allows(&field.kind, &value)) {
            return Taken::Right(right);
        }
        let found = if matches!(field.kind, Kind::Text { secret: true, .. }) {
            format!("`{key}` is not what it can be")
        } else {
            format!("`{key}` is {}", shown(&value))
        };
        let message = format!("{found}, expected {}{}", Expected(&field.kind), instead(field));
        self.tell(Some(line), ProblemKind::Value, message);
        Taken::Wrong
    }

    /// The settings, with all problems.
    pub(super) fn into_loaded<W: Wizard>(mut self) -> Loaded<W> {
        let value = W::from_answers(&mut self);
        self.problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        Loaded { value, problems: self.problems, missing: self.missing }
    }

    fn field(&self, key: &str) -> Option<&'static Field> {
        self.form.pages.iter().flat_map(|page| page.fields).find(|field| field.key == key)
    }

    fn tell(&mut self, line: Option<usize>, kind: ProblemKind, message: impl Into<String>) {
        self.problems.push(Problem { file: self.file.clone(), line, kind, message: message.into() });
    }
}

/// What became of an answer.
enum Taken<T> {
    Right(T),
    /// It is there and cannot be; that was told.
    Wrong,
    Missing,
}

/// Whether a value can be what is asked for.
fn allows(kind: &Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Flag { .. }, Value::Flag(_)) => true,
        (Kind::Number { min, max, .. }, Value::Number(number)) => (min..=max).contains(&number),
        (Kind::Text { min, max, pattern, .. }, Value::Text(text)) => {
            // A pattern that is none was told when the package was made.
            let pattern = pattern.and_then(|pattern| Pattern::parse(pattern).ok());
            (*min as usize..=*max as usize).contains(&text.chars().count())
                && !text.contains(char::is_control)
                && pattern.is_none_or(|pattern| pattern.matches(text))
        }
        (Kind::Choice { choices, .. }, Value::Text(text)) => choices.iter().any(|choice| choice.value == text),
        _ => false,
    }
}

/// What can be answered, in words.
pub(super) struct Expected<'a>(pub(super) &'a Kind);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.0 {
            Kind::Flag { .. } => f.write_str("`true` or `false`"),
            Kind::Number { min, max, .. } => match (min, max) {
                (i64::MIN, i64::MAX) => f.write_str("a whole number"),
                (_, i64::MAX) => write!(f, "a whole number from {min}"),
                (i64::MIN, _) => write!(f, "a whole number up to {max}"),
                _ => write!(f, "a whole number from {min} to {max}"),
            },
            Kind::Text { min, max, pattern, .. } => {
                match (min, max) {
                    (0, _) => write!(f, "at most {max} characters in quotes"),
                    _ if min == max => write!(f, "{max} characters in quotes"),
                    _ => write!(f, "{min} to {max} characters in quotes"),
                }?;
                pattern.map_or(Ok(()), |pattern| write!(f, " that match `{pattern}`"))
            }
            Kind::Choice { choices, .. } => {
                for (number, choice) in choices.iter().enumerate() {
                    let between = match number {
                        0 => "",
                        _ if number + 1 == choices.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{between}\"{}\"", choice.value)?;
                }
                Ok(())
            }
        }
    }
}

/// The end of a message: what stands in the place of an answer.
fn instead(field: &Field) -> String {
    let text = |text: &str| Value::Text(text.to_owned());
    let default = match field.kind {
        _ if field.optional => None,
        Kind::Flag { default } => Some(Value::Flag(default)),
        Kind::Number { default, .. } => default.map(Value::Number),
        Kind::Text { default, .. } | Kind::Choice { default, .. } => default.map(text),
    };
    match default {
        Some(default) => format!("; {} is used", shown(&default)),
        None => "; it counts as not set".to_owned(),
    }
}

/// A value for a message, cut where it is too long for one.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let shown = value.to_string();
    match shown.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}
