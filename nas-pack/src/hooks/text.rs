use std::fmt;
use std::str::FromStr;

use crate::model::UnknownName;

/// A value that the device knows and the author does not: where the app lives, which user it runs as.
///
/// Every generated script sets each of them as an environment variable before anything of the author's runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Var {
    /// The folder with the package's own files, replaced at each upgrade.
    AppDir,
    /// The folder for the app's data, kept across upgrades.
    DataDir,
    /// The folder for the app's settings, kept across upgrades.
    ConfigDir,
    /// The folder for the app's logs.
    LogDir,
    /// The file that receives the daemon's output.
    LogFile,
    /// A folder for files that need not survive a restart.
    TempDir,
    /// The file that holds the daemon's process id.
    PidFile,
    /// The declared TCP port, or an empty string.
    Port,
    /// The user that the daemon runs as.
    User,
    /// The group that the daemon runs as.
    Group,
    /// The package's identity.
    Package,
    /// The package's version as the vendor writes it.
    Version,
    /// The vendor's name: `asustor`, `synology`, `wd-os5` or `wd-os3`.
    Vendor,
}

impl Var {
    /// Every variable.
    pub const ALL: [Self; 13] = [
        Self::AppDir,
        Self::DataDir,
        Self::ConfigDir,
        Self::LogDir,
        Self::LogFile,
        Self::TempDir,
        Self::PidFile,
        Self::Port,
        Self::User,
        Self::Group,
        Self::Package,
        Self::Version,
        Self::Vendor,
    ];

    /// The name used in texts: `{data_dir}`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppDir => "app_dir",
            Self::DataDir => "data_dir",
            Self::ConfigDir => "config_dir",
            Self::LogDir => "log_dir",
            Self::LogFile => "log_file",
            Self::TempDir => "temp_dir",
            Self::PidFile => "pid_file",
            Self::Port => "port",
            Self::User => "user",
            Self::Group => "group",
            Self::Package => "package",
            Self::Version => "version",
            Self::Vendor => "vendor",
        }
    }

    /// The environment variable that carries it in scripts and in the daemon's environment.
    pub const fn env(self) -> &'static str {
        match self {
            Self::AppDir => "NAS_APP_DIR",
            Self::DataDir => "NAS_DATA_DIR",
            Self::ConfigDir => "NAS_CONFIG_DIR",
            Self::LogDir => "NAS_LOG_DIR",
            Self::LogFile => "NAS_LOG_FILE",
            Self::TempDir => "NAS_TEMP_DIR",
            Self::PidFile => "NAS_PID_FILE",
            Self::Port => "NAS_PORT",
            Self::User => "NAS_USER",
            Self::Group => "NAS_GROUP",
            Self::Package => "NAS_PACKAGE",
            Self::Version => "NAS_VERSION",
            Self::Vendor => "NAS_VENDOR",
        }
    }
}

impl FromStr for Var {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|var| var.name() == name).ok_or_else(|| UnknownName::new(name))
    }
}

/// Text with variables, as arguments, paths and environment values use it: `{data_dir}/visits.db`.
///
/// `{name}` stands for a [`Var`]; `{{` and `}}` are literal braces, as in Rust's format strings. Everything else is
/// literal: a text never becomes shell code.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Text {
    parts: Vec<Part>,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Characters that stand for themselves; never empty.
    Literal(String),
    /// A value that the device fills in.
    Var(Var),
}

/// Why a text could not be read, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextError {
    /// `{name}` with a name that is no variable.
    UnknownVar {
        /// The name that was written.
        name: String,
        /// Where it begins.
        offset: usize,
    },
    /// `{` without `}`.
    Unclosed {
        /// Where the brace stands.
        offset: usize,
    },
    /// `}` without `{`.
    Unopened {
        /// Where the brace stands.
        offset: usize,
    },
    /// A NUL or a line break, neither of which can be passed through every vendor's files.
    ControlCharacter {
        /// Where it stands.
        offset: usize,
    },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVar { name, .. } => write!(f, "unknown variable `{{{name}}}`"),
            Self::Unclosed { .. } => f.write_str("`{` is never closed (write `{{` for a brace)"),
            Self::Unopened { .. } => f.write_str("`}` without an opening brace (write `}}` for a brace)"),
            Self::ControlCharacter { .. } => f.write_str("line breaks and NUL are not allowed here"),
        }
    }
}

impl std::error::Error for TextError {}

impl Text {
    /// Reads a text.
    pub fn parse(source: &str) -> Result<Self, TextError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut chars = source.char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            match c {
                '{' if chars.next_if(|&(_, next)| next == '{').is_some() => literal.push('{'),
                '{' => {
                    let start = offset + 1;
                    let Some(len) = source[start..].find('}') else { return Err(TextError::Unclosed { offset }) };
                    let name = &source[start..start + len];
                    let var =
                        name.parse().map_err(|_| TextError::UnknownVar { name: name.to_owned(), offset: start })?;
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Var(var));
                    while chars.next_if(|&(at, _)| at <= start + len).is_some() {}
                }
                '}' if chars.next_if(|&(_, next)| next == '}').is_some() => literal.push('}'),
                '}' => return Err(TextError::Unopened { offset }),
                '\0' | '\n' | '\r' => return Err(TextError::ControlCharacter { offset }),
                _ => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self { parts })
    }

    /// A text without variables, whatever braces it has.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { parts: if text.is_empty() { Vec::new() } else { vec![Part::Literal(text)] } }
    }

    /// The pieces, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// One shell word that yields this text: literals in single quotes, variables as `"${NAS_…}"`.
    pub fn to_shell(&self) -> String {
        if self.parts.is_empty() {
            return "''".to_owned();
        }
        self.parts.iter().fold(String::new(), |mut word, part| {
            match part {
                Part::Literal(text) => word.push_str(&shell_quote(text)),
                Part::Var(var) => {
                    word.push_str("\"${");
                    word.push_str(var.env());
                    word.push_str("}\"");
                }
            }
            word
        })
    }
}

impl fmt::Display for Text {
    /// The source form, so that reading it again gives the same text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Literal(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}"))?,
                Part::Var(var) => write!(f, "{{{}}}", var.name())?,
            }
        }
        Ok(())
    }
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(source: &str) -> Result<Self, TextError> {
        Self::parse(source)
    }
}

#[cfg(feature = "pack")]
impl serde::Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a shell can set an environment variable of that name.
#[cfg(feature = "pack")]
pub(crate) fn is_env_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A text as one POSIX shell word: bare where every character is harmless, otherwise in single quotes.
pub(crate) fn shell_quote(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "_-./:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(harmless) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text on one line, without control characters: each run of them and of blanks is one space.
#[cfg(feature = "pack")]
pub(crate) fn plain_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_literals_become_one_word() {
        let text = Text::parse("{data_dir}/it's {{here}}").unwrap();
        assert_eq!(text.to_shell(), r#""${NAS_DATA_DIR}"'/it'\''s {here}'"#);
        assert_eq!(text.to_string(), "{data_dir}/it's {{here}}");
        assert_eq!(Text::parse("").unwrap().to_shell(), "''");
        assert_eq!(Text::parse("--port={port}").unwrap().to_shell(), r#"'--port='"${NAS_PORT}""#);
    }

    #[test]
    fn every_mistake_is_named_at_its_place() {
        assert_eq!(Text::parse("a{dta_dir}"), Err(TextError::UnknownVar { name: "dta_dir".to_owned(), offset: 2 }));
        assert_eq!(Text::parse("ä{data_dir"), Err(TextError::Unclosed { offset: 2 }));
        assert_eq!(Text::parse("a}"), Err(TextError::Unopened { offset: 1 }));
        assert_eq!(Text::parse("a\nb"), Err(TextError::ControlCharacter { offset: 1 }));
    }
}
