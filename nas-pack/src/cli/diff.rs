use std::path::Path;

use nas_pack::compare::{Aspect, Change, Comparison, FileChange, FileFacts, Status, Text, compare};
use nas_pack::diagnostic::{Failure, Result};
use nas_pack::vendor::open;
use serde_json::{Value, json};

use super::Exit;
use super::args::Diff;
use super::shell::Shell;
use super::table::{self, VALUE, clean, escaped};

/// How much of two long values is shown in front of their first difference, in characters.
const BEFORE: usize = 20;

pub(crate) fn run(command: &Diff, shell: &Shell) -> Result<Exit> {
    let limits = command.limits.limits();
    let (a, b) = match (open(&command.before, &limits), open(&command.after, &limits)) {
        (Ok(a), Ok(b)) => (a, b),
        (a, b) => {
            let failed = [a.err(), b.err()].into_iter().flatten().flat_map(Failure::into_diagnostics).collect();
            return Failure::from_all(failed).map_or(Ok(Exit::NotCompared), Err);
        }
    };
    for warning in a.warnings.iter().chain(&b.warnings) {
        shell.show(warning);
    }
    let mut comparison = compare(&a, &b)?;
    if command.text {
        comparison.add_texts(&a, &b)?;
    }
    shell.print(&if command.json {
        super::json(&report(&command.before, &command.after, &comparison))
    } else {
        describe(&command.before, &command.after, &comparison)
    });
    Ok(if comparison.same { Exit::Done } else { Exit::Different })
}

fn report(before: &Path, after: &Path, comparison: &Comparison) -> Value {
    let mut report = json!({"before": before, "after": after});
    // A value of our own always has a JSON form, and this one's is an object.
    if let (Some(report), Ok(Value::Object(found))) = (report.as_object_mut(), serde_json::to_value(comparison)) {
        report.extend(found);
    }
    report
}

fn describe(before: &Path, after: &Path, comparison: &Comparison) -> String {
    let mut text = format!("--- {}\n+++ {}\n", before.display(), after.display());
    if comparison.same {
        text.push_str("\nno difference\n");
    }
    values(&mut text, "FACT", &comparison.facts);
    values(&mut text, "KEY", &comparison.metadata);
    values(&mut text, "AROUND THE FILES", &comparison.archives);
    files(&mut text, "THE APP'S FILE", &comparison.files);
    match &comparison.vendor_files {
        Some(changes) => files(&mut text, "THE VENDOR'S FILE", changes),
        None => text.push_str("\nnot compared between vendors: scripts, icons, metadata files and archives\n"),
    }
    for change in comparison.file_changes() {
        match &change.text {
            Some(Text::Unified(lines)) => {
                text.push('\n');
                lines.split_inclusive('\n').for_each(|line| {
                    text.push_str(&escaped(line.strip_suffix('\n').unwrap_or(line)));
                    text.push('\n');
                });
            }
            Some(Text::TooLarge) => {
                text.push_str(&format!("\n{}: too large to be compared line by line\n", escaped(&change.path)));
            }
            Some(Text::Binary) | None => {}
        }
    }
    let natural = comparison.changes().filter(|change| change.by_nature).map(natural);
    let files = comparison.file_changes().filter(|change| change.by_nature).map(|change| escaped(&change.path));
    let natural: Vec<_> = natural.chain(files).collect();
    if !natural.is_empty() {
        text.push_str(&format!("\ndifferent by nature: {}\n", natural.join(", ")));
    }
    text
}

/// A difference that means nothing; of sizes, one wants to know how large it is.
fn natural(change: &Change) -> String {
    let size = |value: &Option<String>| value.as_ref()?.parse().ok().map(table::size);
    match (change.name.as_str(), size(&change.before), size(&change.after)) {
        (name @ ("packed" | "unpacked"), Some(before), Some(after)) if before != after => {
            format!("{name} ({before} -> {after})")
        }
        (name, ..) => clean(name),
    }
}

fn values(text: &mut String, head: &str, changes: &[Change]) {
    let changes = changes.iter().filter(|change| !change.by_nature);
    let row = |change: &Change| {
        let (before, after) = pair(change.before.as_deref(), change.after.as_deref());
        vec![clean(&change.name), before, after]
    };
    section(text, &[head, "BEFORE", "AFTER"], &changes.map(row).collect::<Vec<_>>());
}

/// Two values on one line each, cut to where they differ.
fn pair(before: Option<&str>, after: Option<&str>) -> (String, String) {
    let alike = |(a, b): (&str, &str)| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let alike = before.zip(after).map_or(0, alike);
    // What is not shown at the end does not matter, as long as the difference is.
    let skipped = if alike + BEFORE < VALUE { 0 } else { alike - BEFORE };
    let shown = |text: Option<&str>| match text {
        None => "-".to_owned(),
        Some("") => "\"\"".to_owned(),
        Some(text) => {
            let text: String = text.chars().skip(skipped).take(VALUE + 1).collect();
            // What cannot be seen can be the difference.
            clean(&escaped(&if skipped == 0 { text } else { format!("…{text}") }))
        }
    };
    (shown(before), shown(after))
}

fn files(text: &mut String, head: &str, changes: &[FileChange]) {
    let changes = changes.iter().filter(|change| !change.by_nature);
    let row = |change: &FileChange| {
        let status = match change.status {
            Status::Added => "added",
            Status::Removed => "removed",
            Status::Changed => "changed",
            Status::Renamed => "renamed",
        };
        vec![escaped(&change.path), status.to_owned(), what(change)]
    };
    section(text, &[head, "IS", "HOW"], &changes.map(row).collect::<Vec<_>>());
}

fn section(text: &mut String, head: &[&str], rows: &[Vec<String>]) {
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table::render(head, rows, &[]));
    }
}

/// What is different in a file, or what it is that was added or removed.
fn what(change: &FileChange) -> String {
    let (before, after) = match (&change.before, &change.after) {
        (Some(before), Some(after)) => (before, after),
        (Some(facts), None) | (None, Some(facts)) => return alone(facts),
        (None, None) => return String::new(),
    };
    let mut parts = Vec::new();
    parts.extend(change.new_path.iter().map(|path| format!("to {}", escaped(path))));
    parts.extend(change.differs.iter().map(|aspect| aspect_of(*aspect, before, after)));
    parts.extend(change.program.iter().map(|change| {
        let (before, after) = pair(change.before.as_deref(), change.after.as_deref());
        format!("{} {before} -> {after}", clean(&change.name))
    }));
    parts.join("; ")
}

fn alone(facts: &FileFacts) -> String {
    match (facts.size, &facts.target) {
        (Some(size), _) => format!("{:04o}, {}", facts.mode, table::size(size)),
        (None, Some(target)) => format!("link to {}", clean(target)),
        (None, None) => facts.kind.to_owned(),
    }
}

fn aspect_of(aspect: Aspect, before: &FileFacts, after: &FileFacts) -> String {
    let or_none = |text: &Option<String>| text.as_deref().map_or_else(|| "none".to_owned(), clean);
    match aspect {
        Aspect::Kind => format!("{} -> {}", before.kind, after.kind),
        Aspect::Content => match (before.size.map(table::size), after.size.map(table::size)) {
            (Some(before), Some(after)) if before != after => format!("content {before} -> {after}"),
            _ => "content".to_owned(),
        },
        Aspect::Mode => format!("mode {:04o} -> {:04o}", before.mode, after.mode),
        Aspect::Owner => {
            format!("owner {}/{} -> {}/{}", before.owner.0, before.owner.1, after.owner.0, after.owner.1)
        }
        Aspect::Target => format!("target {} -> {}", or_none(&before.target), or_none(&after.target)),
        Aspect::HardLink => {
            format!("hard link to {} -> {}", or_none(&before.hard_link_to), or_none(&after.hard_link_to))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_where_they_are_alike() {
        let long = "x".repeat(150);
        let (before, after) = pair(Some(&format!("{long}a")), Some(&format!("{long}b\u{1b}[2J")));
        assert_eq!((before.as_str(), after.as_str()), ("…xxxxxxxxxxxxxxxxxxxxa", "…xxxxxxxxxxxxxxxxxxxxb\\u{1b}[2J"));
        assert_eq!(pair(Some(""), None), ("\"\"".to_owned(), "-".to_owned()));
    }
}
