//! `INFO`: one `key="value"` a line.
//!
//! It has three readers that disagree: the device, a toolkit that sources it as shell, and one that takes it for an
//! INI file. Values stay inside what all of them read alike.

use std::fmt::Write;

use super::fields;
use crate::vendor::request::one_line;

/// Characters that end or change a value for one of the readers.
const FORBIDDEN: [char; 5] = ['"', '$', '`', '\\', '%'];

/// How many characters of a change log INFO takes along.
const CHANGES: usize = 4000;

/// The file's lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Info {
    lines: Vec<(String, String)>,
}

impl Info {
    /// Adds a value, or puts it in the place of the one that is there.
    pub(super) fn put(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        match self.lines.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.lines.push((key, value)),
        }
    }

    pub(super) fn put_some(&mut self, key: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    pub(super) fn put_flag(&mut self, key: &str, value: bool) {
        self.put(key, flag(value));
    }

    /// The text, with the keys in the order of the table; what the table does not know comes last.
    pub(super) fn into_text(mut self) -> String {
        self.lines.sort_by_key(|(key, _)| fields::position(key).unwrap_or(usize::MAX));
        let mut text = String::new();
        for (key, value) in &self.lines {
            // Writing to a String does not fail. Devices take `\"` for a quote, as spksrc writes it.
            let _ = writeln!(text, "{key}=\"{}\"", value.replace('"', "\\\""));
        }
        text
    }
}

/// DSM's words for yes and no.
pub(super) const fn flag(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// The first character that must not be in a value.
pub(super) fn forbidden(value: &str) -> Option<char> {
    value.chars().find(|c| FORBIDDEN.contains(c) || c.is_control())
}

/// A change log as a value: one line, cut where it gets long, and with look-alikes for characters that must not be there, since
/// nobody writes change logs for INFO.
pub(super) fn changes(text: &str) -> String {
    let line = one_line(text);
    let plain = line.chars().filter(|c| !c.is_control()).map(|c| match c {
        '"' | '`' => '\'',
        '$' => '＄',
        '\\' => '＼',
        '%' => '％',
        other => other,
    });
    let mut value: String = plain.clone().take(CHANGES).collect();
    if plain.count() > CHANGES {
        value.push('…');
    }
    value
}

/// A line of the file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) key: String,
    pub(super) value: String,
    /// Whether the value is in quotes.
    pub(super) quoted: bool,
}

/// The lines as the device reads them: `key=value` with or without quotes. Comments and what has no `=` are left out.
pub(super) fn read(text: &str) -> Vec<Line> {
    let pair = |(index, line): (usize, &str)| {
        let (key, value) = line.trim().split_once('=')?;
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        (!key.starts_with('#')).then(|| Line {
            number: index + 1,
            key: key.trim().to_owned(),
            value: bare.unwrap_or(value).replace("\\\"", "\""),
            quoted: bare.is_some(),
        })
    };
    text.lines().enumerate().filter_map(pair).collect()
}
