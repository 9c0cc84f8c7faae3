//! Diagnostics in the look of rustc and cargo.

use std::borrow::Cow;
use std::fs;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{
    AnnotationKind, Group, Level as RenderLevel, Origin as RenderOrigin, Patch, Renderer, Snippet,
};
use nas_pack::diagnostic::{Diagnostic, Level, Place, Suggestion};
use nas_pack::layer::Origin;
use serde_json::json;

/// The diagnostic as text with colours, which the stream strips where they are not wanted.
pub(crate) fn diagnostic(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.level {
        Level::Error => RenderLevel::ERROR,
        Level::Warning => RenderLevel::WARNING,
    };
    let mut title = level.primary_title(diagnostic.message.as_str());
    if let Some(code) = diagnostic.code() {
        title = title.id(code);
    }
    let mut group = Group::with_title(title);
    match place(diagnostic) {
        Some(Shown::Lines { path, text, span }) => {
            let mark = AnnotationKind::Primary.span(span).label(diagnostic.label.as_deref());
            group = group.element(Snippet::source(text).path(path).annotation(mark));
        }
        Some(Shown::Name { path, line, column }) => {
            let mut origin = RenderOrigin::path(path);
            if let Some(line) = line {
                origin = origin.line(line);
            }
            if let Some(column) = column {
                origin = origin.char_column(column);
            }
            group = group.element(origin);
            group = group.elements(diagnostic.label.as_deref().map(|label| RenderLevel::NOTE.message(label)));
        }
        None => group = group.elements(diagnostic.label.as_deref().map(|label| RenderLevel::NOTE.message(label))),
    }
    group = group.elements(diagnostic.notes.iter().map(|note| RenderLevel::NOTE.message(note.as_str())));
    // Many findings say themselves what the device answers.
    let is_said = |device: &&str| diagnostic.notes.iter().any(|note| note.contains(device));
    let device = diagnostic.rule.map(|rule| rule.device).filter(|device| !device.is_empty() && !is_said(device));
    group = group.elements(device.map(|device| RenderLevel::NOTE.message(format!("the device answers {device}"))));
    group = group.elements(diagnostic.helps.iter().map(|help| RenderLevel::HELP.message(help.as_str())));
    match diagnostic.suggestion.as_ref().and_then(patch) {
        Some(patch) => Renderer::styled().render(&[group, patch]),
        None => Renderer::styled().render(&[group]),
    }
}

/// What to write instead, shown in its place.
fn patch(suggestion: &Suggestion) -> Option<Group<'_>> {
    let Origin::File { source, span } = &suggestion.origin else { return None };
    let patch = Patch::new(span.clone(), suggestion.replacement.as_str());
    let snippet = Snippet::source(source.text.as_str()).path(near(&source.path)).patch(patch);
    Some(Group::with_title(RenderLevel::HELP.secondary_title("write this instead")).element(snippet))
}

/// The diagnostic as data. Lines and columns count from 1, as editors do.
pub(crate) fn diagnostic_json(diagnostic: &Diagnostic) -> serde_json::Value {
    let place = place(diagnostic).map(|shown| match shown {
        Shown::Lines { path, text, span } => {
            let before = &text[..span.start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
            json!({ "file": path, "line": line, "column": column })
        }
        Shown::Name { path, line, column } => json!({ "file": path, "line": line, "column": column }),
    });
    json!({
        "code": diagnostic.code(),
        "level": match diagnostic.level {
            Level::Error => "error",
            Level::Warning => "warning",
        },
        "message": diagnostic.message,
        "place": place,
        "label": diagnostic.label,
        "notes": diagnostic.notes,
        "helps": diagnostic.helps,
        "suggestion": diagnostic.suggestion.as_ref().map(|suggestion| &suggestion.replacement),
        "device": diagnostic.rule.map(|rule| rule.device).filter(|device| !device.is_empty()),
    })
}

/// How a place can be shown.
enum Shown<'d> {
    /// Lines of the file with a mark.
    Lines { path: String, text: Cow<'d, str>, span: Range<usize> },
    /// Only where it is.
    Name { path: String, line: Option<usize>, column: Option<usize> },
}

fn place(diagnostic: &Diagnostic) -> Option<Shown<'_>> {
    match diagnostic.place.as_ref()? {
        Place::File(path) => Some(Shown::Name { path: near(path), line: None, column: None }),
        Place::Inside { package, member, line } => {
            let path = format!("{}/{}", near(package), member.escape_debug());
            Some(Shown::Name { path, line: *line, column: None })
        }
        Place::Origin(Origin::Default) => None,
        Place::Origin(Origin::File { source, span }) => Some(Shown::Lines {
            path: near(&source.path),
            text: source.text.as_str().into(),
            span: span.start..span.end.max(span.start + 1).min(source.text.len().max(span.end)),
        }),
        Place::Origin(Origin::Rust { file, line, column }) => {
            let (line, column) = (*line as usize, *column as usize);
            let path = near(Path::new(file));
            Some(match fs::read_to_string(file).ok().and_then(|text| Some((rust_span(&text, line, column)?, text))) {
                Some((span, text)) => Shown::Lines { path, text: text.into(), span },
                None => Shown::Name { path, line: Some(line), column: Some(column) },
            })
        }
        Place::Origin(Origin::CommandLine { flag }) => {
            Some(Shown::Lines { path: "the command line".to_owned(), text: flag.into(), span: 0..flag.len() })
        }
    }
}

/// From the call to its closing parenthesis, or to the end of the line where that stands on another.
fn rust_span(text: &str, line: usize, column: usize) -> Option<Range<usize>> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let content = text.get(start..)?.lines().next()?;
    let offset = content.char_indices().nth(column.checked_sub(1)?)?.0;
    let call = &content[offset..];
    let mut depth = 0_usize;
    let end = call.char_indices().find_map(|(at, c)| match c {
        '(' => {
            depth += 1;
            None
        }
        ')' if depth <= 1 => Some(at + depth),
        ')' => {
            depth -= 1;
            None
        }
        _ => None,
    });
    let end = end.unwrap_or_else(|| call.trim_end().len());
    Some(start + offset..start + offset + end)
}

/// A path as short as the reader can use it: relative to the current folder where it lies below.
pub(crate) fn near(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    short.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_marked_up_to_its_parenthesis() {
        let text = "fn main() {\n    app.service(Service::amend().arg(\"x\")).name(\n";
        let marked = |column| rust_span(text, 2, column).map(|span| &text[span]);
        assert_eq!(marked(9), Some("service(Service::amend().arg(\"x\"))"));
        assert_eq!(marked(34), Some("arg(\"x\")"));
        assert_eq!(marked(44), Some("name("));
        assert_eq!(marked(99), None);
        assert_eq!(rust_span(text, 9, 1), None);
    }
}
