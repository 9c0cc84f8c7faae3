use std::cell::RefCell;

use crate::diagnostic::{Diagnostic, Findings};
use crate::hooks::{Text, TextError, Var};
use crate::layer::{Entry, Kind, Origin, Table, Value};
use crate::model::{Arch, Compression, Mode, Protocol, VendorId};

/// A table being read key by key.
///
/// Every mistake becomes a finding at its place and reading goes on, so that one run reports all of them. Keys that were
/// never asked for are unknown, which [`Section::finish`] reports with the nearest spelling.
#[derive(Debug)]
pub struct Section<'a> {
    table: &'a Table,
    path: String,
    findings: &'a Findings,
    known: RefCell<Vec<&'static str>>,
}

/// A type that a key can have.
pub trait Read: Sized {
    /// What a value must be, for messages: `a string`.
    const EXPECTED: &'static str;

    /// Reads a value.
    fn read(value: &Value) -> Result<Self, Mismatch>;
}

/// Why a value is not what a key takes.
#[derive(Debug)]
pub enum Mismatch {
    /// It is of another type.
    Type,
    /// It is of the right type, but wrong.
    Content {
        /// What is wrong with it.
        message: String,
        /// What to do.
        help: Option<String>,
        /// Which characters of the text, if it is one.
        part: Option<(usize, usize)>,
    },
}

impl Mismatch {
    /// A wrong value.
    pub fn content(message: impl Into<String>) -> Self {
        Self::Content { message: message.into(), help: None, part: None }
    }

    /// A wrong value, with advice.
    pub fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Content { message: message.into(), help: Some(help.into()), part: None }
    }
}

impl<'a> Section<'a> {
    /// Reads a table that stands at a dotted path, which messages name.
    pub fn new(table: &'a Table, path: impl Into<String>, findings: &'a Findings) -> Self {
        Self { table, path: path.into(), findings, known: RefCell::new(Vec::new()) }
    }

    /// Where findings go.
    pub fn findings(&self) -> &'a Findings {
        self.findings
    }

    /// The table itself.
    pub fn table(&self) -> &'a Table {
        self.table
    }

    /// The entry of a key, which is known from now on.
    pub fn entry(&self, key: &'static str) -> Option<&'a Entry> {
        self.entry_as(key, "")
    }

    /// The entry of a key that takes what messages call by these words.
    pub fn entry_as(&self, key: &'static str, expected: &str) -> Option<&'a Entry> {
        self.known.borrow_mut().push(key);
        #[cfg(test)]
        super::recorder::record(&self.full(key), expected);
        #[cfg(not(test))]
        let _ = expected;
        self.table.entry(key)
    }

    /// Reads a key, if it is there and right.
    pub fn read<T: Read>(&self, key: &'static str) -> Option<T> {
        let value = &self.entry_as(key, T::EXPECTED)?.value;
        self.value(key, value)
    }

    /// Reads a key and its origin.
    pub fn read_at<T: Read>(&self, key: &'static str) -> Option<(T, Origin)> {
        let value = &self.entry_as(key, T::EXPECTED)?.value;
        Some((self.value(key, value)?, value.origin.clone()))
    }

    /// Reads a key that must be there.
    pub fn require<T: Read>(&self, key: &'static str, whose: &Origin) -> Option<T> {
        if self.table.entry(key).is_none() {
            self.entry_as(key, T::EXPECTED);
            self.findings.push(
                Diagnostic::error(format!("`{}` is missing", self.full(key)))
                    .at(whose)
                    .label(format!("expected `{key}`, {}", T::EXPECTED)),
            );
            return None;
        }
        self.read(key)
    }

    /// Reads a list, each element by itself. A single value stands for a list of one.
    pub fn list<T: Read>(&self, key: &'static str) -> Option<Vec<T>> {
        let value = &self.entry_as(key, &format!("list: {}", T::EXPECTED))?.value;
        match &value.kind {
            Kind::List(list) => Some(list.iter().filter_map(|item| self.value(key, item)).collect()),
            _ => Some(self.value(key, value).into_iter().collect()),
        }
    }

    /// The elements of a list, not read yet; a single value stands for a list of one. `of` is what each must be, for messages.
    pub fn items(&self, key: &'static str, of: &str) -> Option<&'a [Value]> {
        let value = &self.entry_as(key, &format!("list: {of}"))?.value;
        Some(match &value.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(value),
        })
    }

    /// Reads a table, with the origin of the table itself.
    pub fn section(&self, key: &'static str) -> Option<(Section<'a>, Origin)> {
        let value = &self.entry_as(key, "a table")?.value;
        Some((self.nested(key, value, "a table")?, value.origin.clone()))
    }

    /// Reads a list of tables.
    pub fn sections(&self, key: &'static str) -> Vec<(Section<'a>, Origin)> {
        let Some(entry) = self.entry_as(key, "a list of tables") else { return Vec::new() };
        let items = match &entry.value.kind {
            Kind::List(list) => list.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        items
            .iter()
            .filter_map(|item| Some((self.nested(key, item, "a table or a list of tables")?, item.origin.clone())))
            .collect()
    }

    fn nested(&self, key: &str, value: &'a Value, expected: &str) -> Option<Section<'a>> {
        if let Kind::Table(table) = &value.kind {
            return Some(Section::new(table, self.full(key), self.findings));
        }
        self.mismatch(key, value, expected, Mismatch::Type);
        None
    }

    /// Reads a value that belongs to a key, reporting what is wrong with it.
    pub fn value<T: Read>(&self, key: &str, value: &Value) -> Option<T> {
        T::read(value).map_err(|mismatch| self.mismatch(key, value, T::EXPECTED, mismatch)).ok()
    }

    /// Reports a wrong value.
    pub fn mismatch(&self, key: &str, value: &Value, expected: &str, mismatch: Mismatch) {
        let name = self.full(key);
        self.findings.push(match mismatch {
            Mismatch::Type => Diagnostic::error(format!("`{name}` must be {expected}, not {}", value.kind.describe()))
                .at(&value.origin)
                .label(format!("expected {expected}")),
            Mismatch::Content { message, help, part } => {
                let origin = part.map_or_else(|| value.origin.clone(), |(at, len)| value.origin.within(at, len));
                let found =
                    Diagnostic::error(format!("`{name}`: {message}")).at(&origin).label(format!("expected {expected}"));
                help.into_iter().fold(found, Diagnostic::help)
            }
        });
    }

    /// The dotted path of a key, as messages name it.
    pub fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports every key that was not asked for.
    pub fn finish(self) {
        let known = self.known.borrow();
        for (key, entry) in self.table.iter().filter(|(key, _)| !known.contains(key)) {
            let found = Diagnostic::error(format!("unknown key `{}`", self.full(key))).at(&entry.key);
            self.findings.push(match nearest(key, known.iter().copied()) {
                Some(near) => found.label("no such key").help(format!("a key with a similar name exists: `{near}`")),
                None => {
                    let mut names = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
                    names.sort_unstable();
                    names.dedup();
                    found.label("no such key").note(format!("the keys here are {}", names.join(", ")))
                }
            });
        }
    }
}

/// The longest name that is compared with others, in bytes.
const LONGEST_NAME: usize = 128;

/// The candidate whose spelling is close enough to be what was meant.
pub(crate) fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    // No name is that long, and to compare long ones takes its time.
    if name.len() > LONGEST_NAME {
        return None;
    }
    let distance = |candidate: &&str| strsim::osa_distance(name, candidate);
    let near = candidates.min_by_key(distance)?;
    (distance(&near) <= (name.chars().count().max(3)) / 3).then_some(near)
}

impl Origin {
    /// The place of some characters of a TOML string, where they stand in the file as they are.
    fn within(&self, offset: usize, len: usize) -> Self {
        if let Self::File { source, span } = self
            && let Some(written) = source.text.get(span.clone())
            && (written.starts_with('"') || written.starts_with('\''))
            && !written.starts_with("\"\"\"")
            && !written.starts_with("'''")
            && !written.contains('\\')
        {
            let start = span.start + 1 + offset;
            return Self::File { source: source.clone(), span: start..start + len };
        }
        self.clone()
    }
}

impl Read for String {
    const EXPECTED: &'static str = "a string";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        match &value.kind {
            Kind::Str(text) => Ok(text.clone()),
            _ => Err(Mismatch::Type),
        }
    }
}

impl Read for bool {
    const EXPECTED: &'static str = "`true` or `false`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        match &value.kind {
            Kind::Bool(flag) => Ok(*flag),
            _ => Err(Mismatch::Type),
        }
    }
}

impl Read for u32 {
    const EXPECTED: &'static str = "a whole number from 0 to 4294967295";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        match &value.kind {
            Kind::Int(number) => {
                Self::try_from(*number).map_err(|_| Mismatch::content(format!("{number} is out of range")))
            }
            _ => Err(Mismatch::Type),
        }
    }
}

/// A TCP or UDP port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port(pub u16);

impl Read for Port {
    const EXPECTED: &'static str = "a port number from 1 to 65535";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        match &value.kind {
            Kind::Int(number) => match u16::try_from(*number) {
                Ok(port) if port > 0 => Ok(Self(port)),
                _ => Err(Mismatch::content(format!("{number} is not a port"))),
            },
            _ => Err(Mismatch::Type),
        }
    }
}

impl Read for Mode {
    const EXPECTED: &'static str = "permission bits in octal, such as \"0755\"";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let Kind::Str(text) = &value.kind else {
            return Err(match value.kind {
                // TOML would read 0755 as a syntax error and 755 as decimal, so only text is unambiguous.
                Kind::Int(number) => {
                    Mismatch::with_help("a number is ambiguous here", format!("write it in quotes: \"0{number}\""))
                }
                _ => Mismatch::Type,
            });
        };
        let digits = text.strip_prefix("0o").unwrap_or(text);
        match u32::from_str_radix(digits, 8) {
            Ok(mode) if mode <= 0o7777 && !digits.starts_with('+') => Ok(Self(mode)),
            _ => Err(Mismatch::content(format!("`{text}` is not an octal mode"))),
        }
    }
}

impl Read for Text {
    const EXPECTED: &'static str = "text, in which `{data_dir}` and other variables may stand";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let Kind::Str(text) = &value.kind else { return Err(Mismatch::Type) };
        Self::parse(text).map_err(|error| {
            let (part, help) = match &error {
                TextError::UnknownVar { name, offset } => {
                    let help = match nearest(name, Var::ALL.into_iter().map(Var::name)) {
                        Some(near) => format!("a variable with a similar name exists: `{{{near}}}`"),
                        None => {
                            let names = Var::ALL.map(|var| format!("{{{}}}", var.name()));
                            format!("the variables are {}", names.join(", "))
                        }
                    };
                    ((*offset, name.len()), Some(help))
                }
                TextError::Unclosed { offset }
                | TextError::Unopened { offset }
                | TextError::ControlCharacter { offset } => ((*offset, 1), None),
            };
            Mismatch::Content { message: error.to_string(), help, part: Some(part) }
        })
    }
}

/// Reads a name out of a list of names.
fn read_name<T: Copy + std::str::FromStr>(value: &Value, names: &[&'static str]) -> Result<T, Mismatch> {
    let Kind::Str(text) = &value.kind else { return Err(Mismatch::Type) };
    text.parse().map_err(|_| {
        let help = match nearest(text, names.iter().copied()) {
            Some(near) => format!("a similar name exists: `{near}`"),
            None => {
                format!("the names are {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
            }
        };
        Mismatch::with_help(format!("unknown name `{text}`"), help)
    })
}

impl Read for Arch {
    const EXPECTED: &'static str = "`x86_64`, `aarch64` or `armhf`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        read_name(value, &Self::ALL.map(Self::name))
    }
}

impl Read for VendorId {
    const EXPECTED: &'static str = "`asustor`, `synology`, `wd-os5` or `wd-os3`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        read_name(value, &Self::ALL.map(Self::name))
    }
}

impl Read for Compression {
    const EXPECTED: &'static str = "`fast`, `default` or `best`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        read_name(value, &Self::ALL.map(Self::name))
    }
}

impl Read for Protocol {
    const EXPECTED: &'static str = "`http`, `https` or `tcp`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        read_name(value, &Self::ALL.map(Self::name))
    }
}
