//! The INI files of a package: `PKG_DEPS`, `PKG_CONX`, `.sc` and the texts of desktop apps.
//!
//! They have a JSON form here, a table of tables of texts, so that the same tables of fields hold for them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value as Json};

/// What a file says, and what is wrong with its lines.
#[derive(Debug, Default)]
pub(super) struct Ini {
    pub(super) sections: Map<String, Json>,
    /// Lines, from 1, and what is wrong with them.
    pub(super) flaws: Vec<(usize, String)>,
    /// Keys under a comment that stands apart from their section, which most likely lacks a section of its own: the line and
    /// `section.key`. The 2014 guide's example of `PKG_DEPS` has one.
    pub(super) apart: Vec<(usize, String)>,
    /// The line of each section and, as `section.key`, of each key: the first of several.
    lines: BTreeMap<String, usize>,
}

impl Ini {
    /// Reads a file. Comments begin with `#` or `;`, and quotes around values are not part of them.
    pub(super) fn read(text: &str) -> Self {
        let mut ini = Self::default();
        let mut section: Option<String> = None;
        let (mut is_blank, mut is_apart) = (false, false);
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                is_apart |= is_blank && !line.is_empty();
                is_blank |= line.is_empty();
                continue;
            }
            is_blank = false;
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                let name = name.trim();
                if name.is_empty() {
                    ini.flaws.push((number, "a section has no name".to_owned()));
                } else if ini.sections.contains_key(name) {
                    ini.flaws.push((number, format!("the section `{name}` is there twice")));
                } else {
                    ini.sections.insert(name.to_owned(), Json::Object(Map::new()));
                }
                ini.lines.entry(name.to_owned()).or_insert(number);
                section = Some(name.to_owned());
                is_apart = false;
                continue;
            }
            let Some((key, value)) = line.split_once('=') else {
                ini.flaws.push((number, format!("`{line}` is neither a section nor `key=value`")));
                continue;
            };
            let (key, value) = (key.trim(), value.trim());
            let Some(section) = &section else {
                ini.flaws.push((number, format!("`{key}` stands before any section")));
                continue;
            };
            let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
            if let Some(Json::Object(members)) = ini.sections.get_mut(section)
                && members.insert(key.to_owned(), value.into()).is_some()
            {
                ini.flaws.push((number, format!("`{key}` is there twice in `{section}`")));
            }
            let path = format!("{section}.{key}");
            if is_apart {
                ini.apart.push((number, path.clone()));
            }
            ini.lines.entry(path).or_insert(number);
        }
        ini
    }

    /// The line of a section or, as `section.key`, of a key. What is not there has its section's line.
    pub(super) fn line(&self, path: &str) -> Option<usize> {
        let above = || self.lines.get(path.rsplit_once('.')?.0);
        self.lines.get(path).or_else(above).copied()
    }
}

/// Writes sections, with an empty line between them. `quoted` says whether values stand in quotes.
pub(super) fn write(sections: &[(String, Vec<(&str, String)>)], quoted: bool) -> String {
    let mut text = String::new();
    for (index, (section, members)) in sections.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}[{section}]", if index > 0 { "\n" } else { "" });
        for (key, value) in members {
            let _ = if quoted { writeln!(text, "{key}=\"{value}\"") } else { writeln!(text, "{key}={value}") };
        }
    }
    text
}
