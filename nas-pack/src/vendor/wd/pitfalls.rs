//! What in an `apkg.rc` WD's packer reads otherwise than it is written. None of it makes the packer fail.

use super::fields;
use super::rc::{Key, LINE, lines, read_line};
use super::rules;
use crate::diagnostic::Diagnostic;

/// More is not said of one file: whoever has so many has read enough.
const MOST: usize = 50;

/// What there is to say of a file, each with the number of its line where it has one.
pub(super) fn find(rc: &[u8]) -> Vec<(Option<usize>, Diagnostic)> {
    let mut found = Vec::new();
    // The keys that were read, and whether with a value; and those that were read in the wrong place.
    let mut read: Vec<(Key, bool)> = Vec::new();
    let mut misread: Vec<Key> = Vec::new();
    for (number, line) in lines(rc) {
        if found.len() >= MOST {
            return found;
        }
        let mut say = |diagnostic| found.push((Some(number), diagnostic));
        if line.len() == LINE {
            say(rules::WD060
                .found(format!("the line is longer than {LINE} bytes"))
                .note("WD's packer takes what follows for another line"));
        }
        let text = String::from_utf8_lossy(line);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            say(rules::WD059.found("the line is not UTF-8").help("save the file as UTF-8, not as Latin-1"));
        }
        let text = text.trim();
        match read_line(line) {
            Some((key, value)) if line.starts_with(key.word().as_bytes()) => {
                at_its_place(key, value, &read, &mut say);
                read.push((key, !value.is_empty()));
            }
            Some((key, value)) => {
                let value = String::from_utf8_lossy(value);
                say(rules::WD054
                    .found(format!("the line is taken for `{}`, with the value `{value}`", key.name()))
                    .note(format!(
                        "WD's packer looks for `{}` anywhere in a line, and cuts as many bytes off its start",
                        key.word()
                    )));
                misread.push(key);
            }
            None if text.is_empty() || text.starts_with('#') => {}
            None => {
                if let Some(diagnostic) = ignored(text) {
                    say(diagnostic);
                }
            }
        }
    }
    let seen = |key: &Key| misread.contains(key) || read.iter().any(|(seen, _)| seen == key);
    for key in Key::REQUIRED.into_iter().filter(|key| !seen(key)) {
        found.push((None, rules::WD006.found(format!("`{}` is missing from `apkg.rc`", key.name()))));
    }
    found
}

/// A line that begins with the key that the packer finds in it.
fn at_its_place(key: Key, value: &[u8], before: &[(Key, bool)], say: &mut impl FnMut(Diagnostic)) {
    let name = key.name();
    if value.is_empty() && Key::REQUIRED.contains(&key) {
        say(rules::WD006.found(format!("`{name}` has no value")).note("WD's packer stops at that"));
    }
    if value.len() > key.room() {
        say(rules::WD055.found(format!("`{name}` has {} bytes where {} fit", value.len(), key.room())));
    }
    if key == Key::Packager && before.contains(&(Key::Email, true)) {
        say(rules::WD056
            .found("`Email` stands before `Packager`, whose reading erases it")
            .help("put `Email` behind `Packager`"));
    }
    if before.iter().any(|(seen, _)| *seen == key) {
        say(rules::WD057.found(format!("`{name}` was given before; this one wins")));
    }
}

/// A line that the packer passes over.
fn ignored(text: &str) -> Option<Diagnostic> {
    let found = |message: String| Some(rules::WD058.found(message));
    let Some((word, _)) = text.split_once(':') else {
        return found(format!("the line `{}` has no key", text.escape_debug()));
    };
    let name = word.trim_end();
    let documented = |name: &str| fields::RC.iter().map(|field| field.key).find(|key| key.eq_ignore_ascii_case(name));
    match documented(name) {
        Some(key) if key == word => None,
        Some(key) => {
            let found = rules::WD058.found(format!("WD's packer passes over `{word}:`"));
            Some(found.help(format!("write `{key}:`, in these letters and without a blank before the colon")))
        }
        None => found(format!("`{}` is no key of `apkg.rc`", name.escape_debug())),
    }
}
