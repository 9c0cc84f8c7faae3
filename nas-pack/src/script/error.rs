use std::{error, fmt, io};

use crate::layer::Origin;

/// Why a build script cannot go on: a line for each thing that is wrong, with its place.
///
/// Its `Debug` is its `Display`, as that is what Rust prints of an error that `main` returns.
pub struct Error {
    lines: Vec<String>,
    source: Option<io::Error>,
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { lines: vec![message.into()], source: None }
    }

    pub(super) fn at(origin: &Origin, message: impl fmt::Display) -> Self {
        Self::new(match origin {
            // The path as the compiler has it, not only the file's name: build scripts share modules with the app.
            Origin::Rust { file, line, column } => format!("{file}:{line}:{column}: {message}"),
            other => format!("{other}: {message}"),
        })
    }

    pub(super) fn because(mut self, source: io::Error) -> Self {
        self.source = Some(source);
        self
    }

    /// Both, one below the other.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.lines.extend(other.lines);
        self.source = self.source.or(other.source);
        self
    }
}

/// For what a build script does by itself: the place is that of its `?`.
impl From<io::Error> for Error {
    #[track_caller]
    fn from(error: io::Error) -> Self {
        Self::at(&Origin::caller(), &error).because(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
