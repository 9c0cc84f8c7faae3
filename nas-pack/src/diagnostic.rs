//! What is said to the user: findings with a level, a place and advice, as plain data.
//!
//! The library only makes them. The command renders them as rustc would; another program may print them in any form.

use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;

use crate::layer::{Origin, Table};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Work goes on.
    Warning,
    /// No package is made.
    Error,
}

/// Where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A value of the app's description.
    Origin(Origin),
    /// A file as a whole.
    File(PathBuf),
}

/// One thing to tell the user: what is wrong, where, what was expected and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// The rule's stable code, such as `SYN012`, where it comes from a rule.
    pub code: Option<&'static str>,
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
}

impl Diagnostic {
    /// Something that prevents the package.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            code: None,
            message: message.into(),
            place: None,
            label: None,
            notes: Vec::new(),
            helps: Vec::new(),
        }
    }

    /// Something worth knowing.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(message) }
    }

    /// Gives it a rule's code.
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
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
        if let Some(code) = self.code {
            write!(f, "[{code}]")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.place {
            Some(Place::Origin(origin)) => write!(f, "\n  at {origin}")?,
            Some(Place::File(path)) => write!(f, "\n  in {}", path.display())?,
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

/// Collects diagnostics, so that one run reports all of them.
#[derive(Debug, Default)]
pub struct Findings {
    // Shared borrows of a collector are handed down through readers; nothing here is used by two threads.
    found: RefCell<Vec<Diagnostic>>,
}

impl Findings {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, unless the very same is there already: sections that several vendors share are read once for each.
    pub fn push(&self, diagnostic: Diagnostic) {
        let mut found = self.found.borrow_mut();
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }

    /// Adds what another step found.
    pub fn absorb(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.found.borrow().iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// The warnings, or a failure with everything if there is an error.
    pub fn finish(self) -> Result<Vec<Diagnostic>> {
        let failed = self.has_errors();
        let diagnostics = self.found.into_inner();
        if failed { Err(Failure { diagnostics }) } else { Ok(diagnostics) }
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
