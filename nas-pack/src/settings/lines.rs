//! The lines of a settings file: the part of TOML that nas-pack writes there and people change.
//!
//! `key = value`; a key is bare or in quotes, a value a basic string, a literal string, a boolean or a decimal integer. Everything else
//! of TOML is no line of such a file. Messages never show what a line has, for it could be a secret.

use std::fmt;

/// What stands behind `=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
}

/// As TOML.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(&quote(text)),
        }
    }
}

/// A text as a basic string of TOML, quotes included.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A line that is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw<'a> {
    /// Its key, if it has one.
    pub(super) key: Option<&'a str>,
    /// What was expected.
    pub(super) expected: &'static str,
}

/// The key and the value of a line without its end; `None` for an empty one and for a comment.
pub(super) fn read(line: &str) -> Result<Option<(&str, Value)>, Flaw<'_>> {
    let line = line.trim_matches(BLANK);
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let Some((key, rest)) = key(line) else { return Err(Flaw { key: None, expected: "`key = value`" }) };
    match value(rest.trim_start_matches(BLANK)) {
        Ok((value, rest)) if matches!(rest.trim_start_matches(BLANK).chars().next(), None | Some('#')) => {
            Ok(Some((key, value)))
        }
        Ok(_) => Err(Flaw { key: Some(key), expected: "nothing but a comment behind the value" }),
        Err(expected) => Err(Flaw { key: Some(key), expected }),
    }
}

/// The end of a text that begins in a line and goes on in the next ones, which are no settings then.
pub(super) fn long_text(line: &[u8]) -> Option<&'static [u8]> {
    let at = line.iter().position(|byte| b"=#".contains(byte)).filter(|&at| line[at] == b'=')?;
    let value = line[at + 1..].trim_ascii_start();
    let end: &[u8] = [b"\"\"\"", b"'''"].into_iter().find(|&end| value.starts_with(end))?;
    (!value[end.len()..].windows(end.len()).any(|bytes| bytes == end)).then_some(end)
}

/// The key that a line begins with, and what follows its `=`.
fn key(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = match line.strip_prefix(['"', '\'']) {
        Some(rest) => rest.split_once(&line[..1]).filter(|(key, _)| !key.contains('\\'))?,
        None => {
            let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            line.split_at(line.find(|c| !bare(c)).filter(|&end| end > 0)?)
        }
    };
    Some((key, rest.trim_start_matches(BLANK).strip_prefix('=')?))
}

const BLANK: [char; 2] = [' ', '\t'];

/// The value that a text begins with, and what follows it.
fn value(text: &str) -> Result<(Value, &str), &'static str> {
    if text.starts_with("\"\"\"") || text.starts_with("'''") {
        return Err("text on one line, in single or double quotes");
    }
    if let Some(rest) = text.strip_prefix('"') {
        return basic(rest);
    }
    if let Some(rest) = text.strip_prefix('\'') {
        let (text, rest) = rest.split_once('\'').ok_or("a `'` behind the text")?;
        return Ok((Value::Text(text.to_owned()), rest));
    }
    let (word, rest) = text.split_at(text.find(['#', ' ', '\t']).unwrap_or(text.len()));
    let value = match word {
        "true" => Value::Flag(true),
        "false" => Value::Flag(false),
        number => Value::Number(integer(number)?),
    };
    Ok((value, rest))
}

fn basic(source: &str) -> Result<(Value, &str), &'static str> {
    let mut text = String::new();
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok((Value::Text(text), chars.as_str())),
            '\\' => text.push(match chars.next() {
                Some('b') => '\u{8}',
                Some('t') => '\t',
                Some('n') => '\n',
                Some('f') => '\u{C}',
                Some('r') => '\r',
                Some(c @ ('"' | '\\')) => c,
                Some('u') => unicode(&mut chars, 4)?,
                Some('U') => unicode(&mut chars, 8)?,
                _ => return Err("`\\\\` for a backslash"),
            }),
            c => text.push(c),
        }
    }
    Err("a `\"` behind the text")
}

fn unicode(chars: &mut std::str::Chars<'_>, digits: usize) -> Result<char, &'static str> {
    const EXPECTED: &str = "a character's number in four hexadecimal digits behind `\\u`, or in eight behind `\\U`";
    let mut number = 0;
    for _ in 0..digits {
        let digit = chars.next().and_then(|c| c.to_digit(16)).ok_or(EXPECTED)?;
        number = number << 4 | digit;
    }
    char::from_u32(number).ok_or(EXPECTED)
}

fn integer(word: &str) -> Result<i64, &'static str> {
    const EXPECTED: &str = "`true`, `false`, a whole number, or text in quotes";
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    let parts = digits.split('_');
    let right = parts.clone().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && (digits == "0" || !digits.starts_with('0'));
    if !right {
        return Err(EXPECTED);
    }
    word.replace('_', "").parse().map_err(|_| "a number of at most 18 digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_toml_has_them() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (line, key, value) in [
            ("a = true", "a", Value::Flag(true)),
            ("\ta=false# no", "a", Value::Flag(false)),
            ("a-1 = 0", "a-1", Value::Number(0)),
            ("a_b = -1_000 # a thousand", "a_b", Value::Number(-1000)),
            ("a = +7", "a", Value::Number(7)),
            ("a = -9223372036854775808", "a", Value::Number(i64::MIN)),
            (r#"a = """#, "a", text("")),
            (r#"a = "b # \"c\" \\ \u00e4\U0001F600\t" # d"#, "a", text("b # \"c\" \\ ä😀\t")),
            (r"a = 'b\n'", "a", text(r"b\n")),
            ("\"a b\" = 1", "a b", Value::Number(1)),
            ("'a'=1", "a", Value::Number(1)),
        ] {
            assert_eq!(read(line), Ok(Some((key, value))), "{line}");
        }
        for line in ["", "  \t", "# a = 1", "  # b"] {
            assert_eq!(read(line), Ok(None), "{line}");
        }
    }

    #[test]
    fn other_lines_are_told_with_what_was_expected() {
        for (line, key, expected) in [
            ("[table]", None, "`key = value`"),
            ("= 1", None, "`key = value`"),
            ("a.b = 1", None, "`key = value`"),
            ("\"a = 1", None, "`key = value`"),
            ("a", None, "`key = value`"),
            ("a =", Some("a"), "`true`, `false`, a whole number, or text in quotes"),
            ("a = yes", Some("a"), "`true`, `false`, a whole number, or text in quotes"),
            ("a = 1.5", Some("a"), "`true`, `false`, a whole number, or text in quotes"),
            ("a = 007", Some("a"), "`true`, `false`, a whole number, or text in quotes"),
            ("a = 1__0", Some("a"), "`true`, `false`, a whole number, or text in quotes"),
            ("a = +-1", Some("a"), "`true`, `false`, a whole number, or text in quotes"),
            ("a = 9223372036854775808", Some("a"), "a number of at most 18 digits"),
            ("a = \"b", Some("a"), "a `\"` behind the text"),
            ("a = 'b", Some("a"), "a `'` behind the text"),
            (r#"a = "C:\data""#, Some("a"), "`\\\\` for a backslash"),
            (
                r#"a = "\ud800""#,
                Some("a"),
                "a character's number in four hexadecimal digits behind `\\u`, or in eight behind `\\U`",
            ),
            ("a = \"\"\"b\"\"\"", Some("a"), "text on one line, in single or double quotes"),
            ("a = 1 2", Some("a"), "nothing but a comment behind the value"),
        ] {
            assert_eq!(read(line), Err(Flaw { key, expected }), "{line}");
        }
    }
}
