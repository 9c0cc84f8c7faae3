//! `INFO`: one `key="value"` a line.
//!
//! It has three readers that disagree: the device, a toolkit that sources it as shell, and one that takes it for an
//! INI file. Values stay inside what all of them read alike.

use std::fmt::Write;

/// Characters that end or change a value for one of the readers.
const FORBIDDEN: [char; 5] = ['"', '$', '`', '\\', '%'];

/// The file's lines, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Info {
    text: String,
}

impl Info {
    /// Adds a value that [`forbidden`] has nothing against.
    pub(super) fn put(&mut self, key: &str, value: impl AsRef<str>) {
        // Writing to a String does not fail.
        let _ = writeln!(self.text, "{key}=\"{}\"", value.as_ref());
    }

    pub(super) fn put_some(&mut self, key: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    pub(super) fn put_flag(&mut self, key: &str, value: bool) {
        self.put(key, if value { "yes" } else { "no" });
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// A text as one line: each run of blanks and line ends is one space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first character that must not be in a value.
pub(super) fn forbidden(value: &str) -> Option<char> {
    value.chars().find(|c| FORBIDDEN.contains(c) || c.is_control())
}
