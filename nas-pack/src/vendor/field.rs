//! The keys of the vendors' metadata files, as tables: what the guides say of each, and what we do with it.
//!
//! One table per file serves the check of opened packages and the book. What a table says of our part is held against the manifest's
//! reader in a test.

/// A key of a vendor's metadata file.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its place in the file, with dots; `[]` stands for each element of a list and `*` for any name: `register.share-folder[].name`.
    pub key: &'static str,
    /// What its value is.
    pub form: Form,
    /// Whether the vendor demands it, in the newest generation.
    pub required: bool,
    /// What a device takes where it is missing. Empty where that is not said.
    pub default: &'static str,
    /// The firmware that knows it, in the vendor's words: `since 7.0-40332`, `4.2-3160 to 5.2`. Empty: all of them.
    pub firmware: &'static str,
    /// The guide and its section.
    pub guide: &'static str,
    /// Where ours comes from.
    pub ours: Ours,
    /// What it means, in a sentence.
    pub doc: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Text with at most so many bytes; 0 where no limit is known.
    Text(usize),
    /// Text that has a grammar of its own, by the name that messages and the book use, and what knows it.
    Grammar(&'static str, fn(&str) -> bool),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number in this range.
    Number(i64, i64),
    /// `true` or `false`.
    Bool,
    /// A list of such values: of texts, unless the table has rows for its elements.
    List,
    /// A table. Its keys have rows of their own.
    Table,
}

/// Where our packages have a value from.
#[derive(Clone, Copy, Debug)]
pub enum Ours {
    /// From this key of the manifest, by dotted path below `[package.metadata.nas]`.
    Key(&'static str),
    /// We make it: how.
    Made(&'static str),
    /// We never write it: why.
    Never(&'static str),
}

impl Form {
    /// What a value must be, for messages and the book.
    pub fn expected(&self) -> String {
        match self {
            Self::Text(0) => "text".to_owned(),
            Self::Text(limit) => format!("text of up to {limit} bytes"),
            Self::Grammar(name, _) => (*name).to_owned(),
            Self::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Self::Number(0, i64::MAX) => "a whole number".to_owned(),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::Bool => "`true` or `false`".to_owned(),
            Self::List => "a list".to_owned(),
            Self::Table => "a table".to_owned(),
        }
    }

    /// Whether a value that is written as text is of this form.
    pub fn takes(&self, text: &str) -> bool {
        match self {
            Self::Text(limit) => *limit == 0 || text.len() <= *limit,
            Self::Grammar(_, knows) => knows(text),
            Self::Word(words) => words.contains(&text),
            Self::Number(least, most) => text.parse().is_ok_and(|number: i64| (least..=most).contains(&&number)),
            Self::Bool => matches!(text, "true" | "false"),
            Self::List | Self::Table => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::manifest::reference;
    use crate::model::VendorId;
    use crate::vendor::vendor;

    /// A file's keys as the manual has them.
    fn table(file: &str, fields: &[Field]) -> String {
        let mut text = format!(
            "### {file}\n\n| key | value | firmware | meaning | guide | in our packages |\n|---|---|---|---|---|---|\n"
        );
        for field in fields {
            let ours = match field.ours {
                Ours::Key(key) => format!("`{key}`"),
                Ours::Made(how) => how.to_owned(),
                Ours::Never(why) => format!("never: {why}"),
            };
            let required = if field.required { "**required** " } else { "" };
            let default =
                if field.default.is_empty() { String::new() } else { format!(", by default {}", field.default) };
            let value = format!("{required}{}{default}", field.form.expected());
            let cells = [&format!("`{}`", field.key), &value, field.firmware, field.doc, field.guide, &ours];
            text += &format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        }
        text + "\n"
    }

    /// The manual's page of keys is this one. `BLESS=1 cargo test` writes it.
    #[test]
    fn the_manual_has_every_key() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/keys.md");
        let vendors = [VendorId::Asustor, VendorId::Synology, VendorId::WdOs5];
        let made =
            |id: VendorId| vendor(id).metadata().iter().map(|(file, fields)| table(file, fields)).collect::<String>();
        crate::manual::hold(&page, vendors.map(|id| (id.section(), made(id))));
    }

    #[test]
    fn a_key_stands_once_and_points_at_the_manifest() {
        let told = reference::all();
        for id in VendorId::ALL {
            for (file, fields) in vendor(id).metadata() {
                let mut seen = Vec::new();
                for field in *fields {
                    assert!(!seen.contains(&field.key), "{file} has `{}` twice", field.key);
                    seen.push(field.key);
                    if let Ours::Key(path) = field.ours {
                        // A key that takes a vendor's own table is told as one; its members are those of this table.
                        let is_told = |key: &reference::Key| {
                            path.strip_prefix(key.path)
                                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                        };
                        assert!(told.iter().any(is_told), "{file} `{}` points at `{path}`", field.key);
                    }
                }
            }
        }
    }

    #[test]
    fn forms_know_their_texts() {
        let takes = |form: Form, text: &str| form.takes(text);
        assert!(takes(Form::Text(3), "abc") && !takes(Form::Text(3), "abcd") && takes(Form::Text(0), "abcd"));
        assert!(takes(Form::Word(&["yes", "no"]), "yes") && !takes(Form::Word(&["yes", "no"]), "YES"));
        assert!(takes(Form::Number(1, 65535), "80") && !takes(Form::Number(1, 65535), "0"));
        assert!(!takes(Form::Number(0, 9), "x") && !takes(Form::Number(0, 9), "99999999999999999999"));
        let even = |text: &str| text.len().is_multiple_of(2);
        assert!(takes(Form::Grammar("even", even), "ab") && !takes(Form::Grammar("even", even), "a"));
        assert_eq!(Form::Number(1, 65535).expected(), "a whole number from 1 to 65535");
    }
}
