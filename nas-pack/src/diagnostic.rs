//! What is said to the user: findings with a level, a place and advice, as plain data.
//!
//! The library only makes them. The command renders them as rustc would; another program may print them in any form.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::layer::{Kind, Origin, Table};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Work goes on.
    Warning,
    /// No package is made.
    Error,
}

/// How a finding of a rule is taken, unless the author says otherwise in `[package.metadata.nas.lints]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing is said.
    Allow,
    /// It is said, and work goes on.
    Warn,
    /// No package is made, or the package is not approved.
    Deny,
    /// As `Deny`, and nobody can say otherwise: there is no such package, or no device takes it.
    Error,
}

impl Severity {
    /// Its name, in the manifest as well.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
            Self::Error => "error",
        }
    }

    const fn level(self) -> Option<Level> {
        match self {
            Self::Allow => None,
            Self::Warn => Some(Level::Warning),
            Self::Deny | Self::Error => Some(Level::Error),
        }
    }
}

/// What apps and packages are held against. A code never changes, and never comes to mean another rule.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Its stable name: `NAS…` for every vendor, `AST…`, `SYN…`, `WD…`.
    pub code: &'static str,
    /// How it is taken by default.
    pub severity: Severity,
    /// What is wrong where it speaks, in one line.
    pub title: &'static str,
    /// What happens on the device and what to do, in sentences.
    pub why: &'static str,
    /// What the device itself answers, as its error numbers: `261`, `-423`. Empty where that is not known or where it says nothing.
    pub device: &'static str,
    /// Where the fact comes from: a guide and its section, or who saw it. Empty where the reason is plain.
    pub source: &'static str,
}

impl Rule {
    /// Something that the rule has against an app or a package.
    pub fn found(&'static self, message: impl Into<String>) -> Diagnostic {
        let level = self.severity.level().unwrap_or(Level::Warning);
        Diagnostic { level, rule: Some(self), ..Diagnostic::error(message) }
    }
}

/// Declares rules as statics named by their codes, and `RULES` with all of them:
/// `CODE: Severity, "title"; why: "…", device: "…", source: "…";`, of which the last two can be left out.
macro_rules! rules {
    ($($code:ident: $severity:ident, $title:literal;
        why: $why:literal $(, device: $device:literal)? $(, source: $source:literal)?;)*) => {
        $(
            #[doc = $title]
            pub static $code: $crate::diagnostic::Rule = $crate::diagnostic::Rule {
                code: stringify!($code),
                severity: $crate::diagnostic::Severity::$severity,
                title: $title,
                why: $why,
                device: concat!($($device)?),
                source: concat!($($source)?),
            };
        )*

        /// All of them, by their codes.
        pub static RULES: &[&$crate::diagnostic::Rule] = &[$(&$code),*];
    };
}
pub(crate) use rules;

/// What an author says of the rules: how findings of some of them are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    chosen: BTreeMap<&'static str, Severity>,
    deny_warnings: bool,
}

impl Levels {
    /// Takes a rule's findings as `severity`. The caller sees to it that the rule allows that.
    pub fn set(&mut self, rule: &'static Rule, severity: Severity) {
        self.chosen.insert(rule.code, severity);
    }

    /// Lets no warning pass, whatever it comes from.
    pub fn deny_warnings(&mut self) {
        self.deny_warnings = true;
    }

    /// Lays other choices over these.
    pub fn overlay(&mut self, other: &Self) {
        self.chosen.extend(&other.chosen);
        self.deny_warnings |= other.deny_warnings;
    }

    /// How a rule's findings are taken.
    pub fn of(&self, rule: &Rule) -> Severity {
        match self.chosen.get(rule.code) {
            Some(&chosen) if rule.severity != Severity::Error => chosen,
            _ => rule.severity,
        }
    }
}

/// Where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A value of the app's description.
    Origin(Origin),
    /// A file as a whole.
    File(PathBuf),
    /// A file inside a package.
    Inside {
        /// The package.
        package: PathBuf,
        /// The file's path in the vendor's source layout.
        member: String,
        /// Which line of it, from 1.
        line: Option<usize>,
    },
}

/// A change that would mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What is replaced: a value in a file.
    pub origin: Origin,
    /// What to write there, in the file's own language.
    pub replacement: String,
}

/// One thing to tell the user: what is wrong, where, what was expected and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// The rule that it comes from, if one does.
    pub rule: Option<&'static Rule>,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// Where it is.
    pub place: Option<Place>,
    /// What stands beside the caret.
    pub label: Option<String>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do about it.
    pub helps: Vec<String>,
    /// The change that mends it, where that is plain.
    pub suggestion: Option<Suggestion>,
}

impl Diagnostic {
    /// Something that prevents the package.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            rule: None,
            message: message.into(),
            place: None,
            label: None,
            notes: Vec::new(),
            helps: Vec::new(),
            suggestion: None,
        }
    }

    /// Something worth knowing.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(message) }
    }

    /// The code of the rule that it comes from, such as `SYN012`.
    pub fn code(&self) -> Option<&'static str> {
        self.rule.map(|rule| rule.code)
    }

    /// Says where it is.
    pub fn at(mut self, origin: &Origin) -> Self {
        self.place = Some(Place::Origin(origin.clone()));
        self
    }

    /// Says that it is about a file as a whole.
    pub fn in_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.place = Some(Place::File(path.into()));
        self
    }

    /// Says that it is about a file inside a package.
    pub fn inside(mut self, package: impl Into<PathBuf>, member: impl Into<String>, line: Option<usize>) -> Self {
        self.place = Some(Place::Inside { package: package.into(), member: member.into(), line });
        self
    }

    /// Says what to write instead of a value.
    pub fn suggest(mut self, origin: &Origin, replacement: impl Into<String>) -> Self {
        self.suggestion = Some(Suggestion { origin: origin.clone(), replacement: replacement.into() });
        self
    }

    /// Puts words beside the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    /// Everything in plain lines, for programs that do not render.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.level {
            Level::Warning => "warning",
            Level::Error => "error",
        })?;
        if let Some(code) = self.code() {
            write!(f, "[{code}]")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.place {
            Some(Place::Origin(origin)) => write!(f, "\n  at {origin}")?,
            Some(Place::File(path)) => write!(f, "\n  in {}", path.display())?,
            Some(Place::Inside { package, member, line }) => {
                write!(f, "\n  in {}, {member}", package.display())?;
                if let Some(line) = line {
                    write!(f, " line {line}")?;
                }
            }
            None => {}
        }
        if let Some(label) = &self.label {
            write!(f, ": {label}")?;
        }
        for note in &self.notes {
            write!(f, "\n  note: {note}")?;
        }
        for help in &self.helps {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// Why something could not be done: one or more diagnostics, at least one of them an error.
#[derive(Debug)]
pub struct Failure {
    diagnostics: Vec<Diagnostic>,
}

/// The result of everything that can fail for a reason the user should hear.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// What to tell the user.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// A failure with all of these, if there are any.
    pub fn from_all(diagnostics: Vec<Diagnostic>) -> Option<Self> {
        (!diagnostics.is_empty()).then_some(Self { diagnostics })
    }

    /// The diagnostics, to be added to others.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// Adds advice to the last diagnostic.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(last) = self.diagnostics.last_mut() {
            last.helps.push(help.into());
        }
        self
    }

    /// A failed input or output operation: `cannot VERB PATH: reason`.
    pub fn io(verb: &str, path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        let path = path.into();
        Diagnostic::error(format!("cannot {verb} `{}`: {}", path.display(), io_reason(error))).into()
    }
}

/// The operating system's reason without its number, in lower case: `permission denied`.
pub fn io_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic] }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// How many findings of one rule are kept. A stranger's package can give any number of them, and nobody reads so many.
const MOST: usize = 50;

/// Collects diagnostics, so that one run reports all of them, and takes each as the author wants its rule taken.
#[derive(Debug, Default)]
pub struct Findings {
    // Shared borrows of a collector are handed down through readers; nothing here is used by two threads.
    found: RefCell<Vec<Diagnostic>>,
    levels: RefCell<Levels>,
    /// How many findings each rule has, those that are not kept among them.
    counts: RefCell<BTreeMap<&'static str, usize>>,
}

impl Findings {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing found yet, and another collector's levels.
    pub fn like(other: &Self) -> Self {
        Self::with(other.levels())
    }

    /// Nothing found yet, and these levels.
    pub fn with(levels: Levels) -> Self {
        Self { levels: RefCell::new(levels), ..Self::default() }
    }

    /// At which levels findings are taken.
    pub fn levels(&self) -> Levels {
        self.levels.borrow().clone()
    }

    /// Takes what is found from now on at these levels.
    pub fn take_as(&self, levels: Levels) {
        *self.levels.borrow_mut() = levels;
    }

    /// Adds one at its rule's level, unless that is `allow` or the very same is there already: sections that several vendors share
    /// are read once for each.
    pub fn push(&self, mut diagnostic: Diagnostic) {
        let levels = self.levels.borrow();
        if let Some(rule) = diagnostic.rule {
            match levels.of(rule).level() {
                Some(level) => diagnostic.level = level,
                None => return,
            }
        }
        if levels.deny_warnings {
            diagnostic.level = Level::Error;
        }
        self.add(diagnostic);
    }

    /// Adds why something could not be done at all, whatever the levels.
    pub fn fail(&self, failure: Failure) {
        failure.into_diagnostics().into_iter().for_each(|diagnostic| self.add(diagnostic));
    }

    fn add(&self, diagnostic: Diagnostic) {
        let mut counts = self.counts.borrow_mut();
        let count = diagnostic.code().map(|code| counts.entry(code).or_default());
        let mut found = self.found.borrow_mut();
        if count.as_ref().is_some_and(|count| **count >= MOST) {
            // One more that is not kept, the same as another or not.
        } else if found.contains(&diagnostic) {
            return;
        } else {
            found.push(diagnostic);
        }
        if let Some(count) = count {
            *count += 1;
        }
    }

    /// Adds what another step found.
    pub fn absorb(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// How many were found, those that are not kept among them.
    pub fn count(&self) -> usize {
        let dropped: usize = self.counts.borrow().values().map(|count| count.saturating_sub(MOST)).sum();
        self.found.borrow().len() + dropped
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.found.borrow().iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// Everything that was found. Of more than fifty findings of one rule, the last that is kept tells how many there are more.
    pub fn into_all(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        for (code, count) in self.counts.into_inner().into_iter().filter(|(_, count)| *count > MOST) {
            if let Some(last) = found.iter_mut().rfind(|diagnostic| diagnostic.code() == Some(code)) {
                last.notes.push(format!("{} more of these are not listed", count - MOST));
            }
        }
        found
    }

    /// The warnings, or a failure with everything if there is an error.
    pub fn finish(self) -> Result<Vec<Diagnostic>> {
        let failed = self.has_errors();
        let diagnostics = self.into_all();
        if failed { Err(Failure { diagnostics }) } else { Ok(diagnostics) }
    }
}

/// The place of an element of a list in the merged description, by the list's dotted path; a single value stands for a list of one.
pub fn place_of_item(layer: &Table, path: &str, index: usize) -> Origin {
    match layer.find(path).map(|entry| &entry.value.kind) {
        Some(Kind::List(list)) => list.get(index).map_or_else(|| place_of(layer, path), |item| item.origin.clone()),
        _ => place_of(layer, path),
    }
}

/// The place of a value in the merged description, by dotted path; the nearest enclosing table where it was not given.
pub fn place_of(layer: &Table, path: &str) -> Origin {
    let mut path = path;
    loop {
        if let Some(entry) = layer.find(path) {
            return entry.value.origin.clone();
        }
        match path.rsplit_once('.') {
            Some((parent, _)) => path = parent,
            None => return Origin::Default,
        }
    }
}
