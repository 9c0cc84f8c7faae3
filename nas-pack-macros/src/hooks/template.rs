//! The grammar of texts with variables, the same as `nas_pack::hooks::Text` has.

use std::fmt;

use super::vocabulary::VARS;
use crate::words::instead;

/// A mistake in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flaw<'a> {
    /// `{name}` with a name that is no variable.
    UnknownVar(&'a str),
    /// `{` without `}`, and what follows it.
    Unclosed(&'a str),
    /// `}` without `{`, and what precedes it.
    Unopened(&'a str),
    /// A NUL or a line break.
    ControlCharacter(char),
}

impl fmt::Display for Flaw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVar(name) => {
                write!(f, "unknown variable `{{{name}}}`")?;
                f.write_str(&instead(name, "the variables", &VARS, |known| format!("`{{{known}}}`")))
            }
            Self::Unclosed(rest) => {
                let rest = rest.lines().next().unwrap_or_default();
                write!(f, "`{{` is never closed in `{{{rest}`; write `{{{{` for a brace")
            }
            Self::Unopened(start) => {
                let start = start.lines().next_back().unwrap_or_default();
                write!(f, "`}}` has no opening brace in `{start}}}`; write `}}}}` for a brace")
            }
            Self::ControlCharacter(c) => {
                write!(f, "`{}` is not allowed here: line breaks and NUL cannot stand in a text", c.escape_default())
            }
        }
    }
}

/// Every mistake, with the byte where it begins.
pub(crate) fn flaws(source: &str) -> Vec<(usize, Flaw<'_>)> {
    let mut flaws = Vec::new();
    let mut chars = source.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        match c {
            '{' if chars.next_if(|&(_, next)| next == '{').is_some() => {}
            '{' => {
                let rest = &source[offset + 1..];
                let Some((name, _)) = rest.split_once('}') else {
                    flaws.push((offset, Flaw::Unclosed(rest)));
                    break;
                };
                if !VARS.contains(&name) {
                    flaws.push((offset + 1, Flaw::UnknownVar(name)));
                }
                while chars.next_if(|&(at, _)| at <= offset + 1 + name.len()).is_some() {}
            }
            '}' if chars.next_if(|&(_, next)| next == '}').is_some() => {}
            '}' => flaws.push((offset, Flaw::Unopened(&source[..offset]))),
            '\0' | '\n' | '\r' => flaws.push((offset, Flaw::ControlCharacter(c))),
            _ => {}
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use nas_pack::hooks::{Text, TextError};

    use super::*;

    /// Every sequence of up to six of these pieces is read alike by the macro and by nas-pack.
    #[test]
    fn the_grammar_is_that_of_nas_pack() {
        let pieces = ["{", "}", "data_dir", "x", "ä", "\n"];
        let mut texts = vec![String::new()];
        let mut from = 0;
        for _ in 0..6 {
            let to = texts.len();
            for at in from..to {
                texts.extend(pieces.map(|piece| format!("{}{piece}", texts[at])));
            }
            from = to;
        }
        for text in &texts {
            let first = flaws(text).into_iter().next();
            match (Text::parse(text), first) {
                (Ok(_), None) => {}
                (Err(TextError::UnknownVar { name, offset }), Some((at, Flaw::UnknownVar(known)))) => {
                    assert_eq!((name.as_str(), offset), (known, at), "{text:?}");
                }
                (Err(TextError::Unclosed { offset }), Some((at, Flaw::Unclosed(_))))
                | (Err(TextError::Unopened { offset }), Some((at, Flaw::Unopened(_))))
                | (Err(TextError::ControlCharacter { offset }), Some((at, Flaw::ControlCharacter(_)))) => {
                    assert_eq!(offset, at, "{text:?}");
                }
                (theirs, ours) => panic!("{text:?}: nas-pack says {theirs:?}, the macro {ours:?}"),
            }
        }
        assert_eq!(texts.len(), (0..=6).map(|len| 6_usize.pow(len)).sum::<usize>());
    }

    #[test]
    fn all_mistakes_of_a_text_are_found() {
        assert_eq!(
            flaws("{dta}/}\r{open"),
            [
                (1, Flaw::UnknownVar("dta")),
                (6, Flaw::Unopened("{dta}/")),
                (7, Flaw::ControlCharacter('\r')),
                (8, Flaw::Unclosed("open")),
            ]
        );
    }
}
