//! What is different in the lines of two texts.

use serde::Serialize;
use similar::TextDiff;

use super::files::{Aspect, FileChange};
use crate::archive::{Content, EntryKind};
use crate::diagnostic::{Diagnostic, Result, io_reason};
use crate::vendor::Opened;

/// The longest text whose lines are compared, in bytes: scripts and settings are far below.
const TEXT: u64 = 256 << 10;

/// The most lines of it. The work grows with the square of what is different.
const LINES: usize = 4000;

/// How many bytes of texts are compared in all. A package may have any number of files.
const TEXTS: u64 = 16 << 20;

/// What is different in the lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// A unified diff, as of `diff -u`.
    Unified(String),
    /// It is larger than what is compared line by line, or there was too much before it.
    TooLarge,
    /// One of the two is not text in UTF-8.
    Binary,
}

/// Adds the texts to what has other content.
pub(super) fn add<'c>(changes: impl Iterator<Item = &'c mut FileChange>, a: &Opened, b: &Opened) -> Result<()> {
    let mut left = TEXTS;
    for change in changes {
        let (Some(before), Some(after)) = (&change.before, &change.after) else { continue };
        let content = |opened: &'_ Opened, path: &str| match opened.tree.get(path).map(|entry| &entry.kind) {
            Some(EntryKind::File(content)) => Some(content.clone()),
            _ => None,
        };
        let (Some(old), Some(new)) = (content(a, &before.path), content(b, &after.path)) else { continue };
        if change.differs.contains(&Aspect::Content) {
            let size = old.len().saturating_add(new.len());
            change.text = Some(if size > left || old.len() > TEXT || new.len() > TEXT {
                Text::TooLarge
            } else {
                left -= size;
                unified((&old, &before.path), (&new, &after.path))?
            });
        }
    }
    Ok(())
}

fn unified((old, old_path): (&Content, &str), (new, new_path): (&Content, &str)) -> Result<Text> {
    let (Some(old), Some(new)) = (read_text(old, old_path)?, read_text(new, new_path)?) else {
        return Ok(Text::Binary);
    };
    if [&old, &new].into_iter().any(|text| text.lines().nth(LINES).is_some()) {
        return Ok(Text::TooLarge);
    }
    let diff = TextDiff::from_lines(&old, &new);
    Ok(Text::Unified(diff.unified_diff().header(&format!("a/{old_path}"), &format!("b/{new_path}")).to_string()))
}

/// A file as text; `None` if it is none, or larger than what is compared.
pub(super) fn read_text(content: &Content, path: &str) -> Result<Option<String>> {
    if content.len() > TEXT {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    content.copy_to(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')))
}

/// A file of a package is gone from where it was unpacked to, or cannot be read there.
pub(super) fn unreadable(path: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(format!("cannot read `{path}` of the package any more: {}", io_reason(error)))
        .help("something else may have cleared the folder for temporary files: try again")
}
