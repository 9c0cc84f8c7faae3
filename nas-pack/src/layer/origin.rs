use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text file that values were read from, kept for messages that show the line.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// Who wrote a value, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A default of nas-pack.
    Default,
    /// A text file, most often Cargo.toml.
    File {
        /// The file.
        source: Arc<Source>,
        /// The bytes of it that hold the value.
        span: Range<usize>,
    },
    /// A call in the author's Rust code: the builder or a build script.
    Rust {
        /// The file as the compiler was given it; relative to the package or the workspace.
        file: String,
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
    },
    /// A flag of the command line, as it was typed.
    CommandLine {
        /// For example `--set service.port=8080`.
        flag: String,
    },
}

impl Origin {
    /// The place in Rust code that called the function that calls this.
    #[track_caller]
    pub fn caller() -> Self {
        let place = std::panic::Location::caller();
        Self::Rust { file: place.file().to_owned(), line: place.line(), column: place.column() }
    }
}

impl fmt::Display for Origin {
    /// `Cargo.toml:12:8`, `build.rs:4:10`, the flag, or `default`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { source, span } => {
                let (line, column) = source.line_column(span.start);
                let name = source.path.file_name().unwrap_or(source.path.as_os_str());
                write!(f, "{}:{line}:{column}", name.to_string_lossy())
            }
            Self::Rust { file, line, column } => {
                let name = Path::new(file).file_name().unwrap_or_default();
                write!(f, "{}:{line}:{column}", name.to_string_lossy())
            }
            Self::CommandLine { flag } => f.write_str(flag),
        }
    }
}

impl Source {
    /// Line and column of a byte offset, both from 1, the column in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}
