//! What was written in `#[wizard(…)]`: names with values, which are held against the vocabulary and not yet against a type.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, Ident, LitInt, LitStr, Meta, Result, Token, parenthesized, token};

use super::vocabulary::LANGUAGES;
use crate::words::{A_MODE, check_mode, instead};

/// `range = 1..=100`
pub(super) struct Item {
    pub(super) name: Ident,
    value: Value,
}

enum Value {
    /// The name alone.
    None,
    /// What stands behind `=`.
    Is(TokenStream),
    /// What stands in parentheses.
    List(Vec<Item>),
}

/// What people read in another language.
pub(super) struct Translation {
    /// The variant of `nas_pack::model::Language`.
    pub(super) language: &'static str,
    /// Pairs of what is translated, such as `label`, and how.
    pub(super) words: Vec<(Ident, LitStr)>,
}

/// All that one `#[wizard(…)]`, or several, say of one thing. Everything taken out has been checked.
pub(super) struct Items {
    items: Vec<Item>,
    pub(super) translations: Vec<Translation>,
}

impl Items {
    /// Reads the attributes of `what`, which are those of `known`; `translated` can be said in other languages, the first with `=`.
    pub(super) fn read(
        attrs: &[Attribute],
        what: &str,
        known: &[&'static str],
        translated: &[&'static str],
        errors: &mut Vec<Error>,
    ) -> Self {
        let mut read = Self { items: Vec::new(), translations: Vec::new() };
        let attrs = attrs.iter().filter(|attr| attr.path().is_ident("wizard"));
        let items = attrs.flat_map(|attr| items_of(attr, errors)).collect::<Vec<_>>();
        for item in items {
            let name = item.name.to_string();
            let language = LANGUAGES.iter().find(|(tag, _)| *tag == name).filter(|_| !translated.is_empty());
            if let Some(&(_, language)) = language {
                if read.translations.iter().any(|translation| translation.language == language) {
                    errors.push(Error::new_spanned(&item.name, format!("`{name}` is there twice")));
                } else {
                    let words = words(item, translated, errors);
                    read.translations.push(Translation { language, words });
                }
            } else if !known.contains(&name.as_str()) {
                errors.push(Error::new_spanned(&item.name, unknown(&item, &name, what, known, translated)));
            } else if read.items.iter().any(|before| before.name == name) {
                errors.push(Error::new_spanned(&item.name, format!("`{name}` is there twice")));
            } else {
                read.items.push(item);
            }
        }
        read
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.items.iter().any(|item| item.name == name)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Item> {
        let at = self.items.iter().position(|item| item.name == name)?;
        Some(self.items.swap_remove(at))
    }

    /// The text of `name`, which people read.
    pub(super) fn text(&mut self, name: &str, errors: &mut Vec<Error>) -> Option<LitStr> {
        self.take(name).and_then(|item| ok(item.text(), errors))
    }
}

/// The value, or nothing where it is an error.
pub(super) fn ok<T>(result: Result<T>, errors: &mut Vec<Error>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

/// One end of `1..=100`: with both ends, both within.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) min: Option<i128>,
    pub(super) max: Option<i128>,
}

impl Item {
    /// What is wrong with a value, told where it stands.
    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> Error {
        match &self.value {
            Value::Is(tokens) if !tokens.is_empty() => Error::new_spanned(tokens, what),
            _ => Error::new_spanned(&self.name, what),
        }
    }

    /// The value as `T`: what it is, with an example.
    pub(super) fn value<T: Parse>(&self, what: &str, example: &str) -> Result<T> {
        let value = match &self.value {
            Value::Is(tokens) => syn::parse2(tokens.clone()).ok(),
            Value::None | Value::List(_) => None,
        };
        value.ok_or_else(|| self.wrong(format!("expected {what}, such as `{} = {example}`", self.name)))
    }

    /// The name alone.
    pub(super) fn flag(&self) -> Result<()> {
        match self.value {
            Value::None => Ok(()),
            Value::Is(_) | Value::List(_) => Err(self.wrong(format!("`{}` has no value", self.name))),
        }
    }

    /// A text with something in it.
    pub(super) fn text(&self) -> Result<LitStr> {
        let text: LitStr = self.value("a string literal", "\"…\"")?;
        match text.value() {
            blank if blank.trim().is_empty() => Err(self.wrong(format!("`{}` is empty", self.name))),
            lines if lines.contains(char::is_control) => {
                Err(self.wrong(format!("`{}` is more than one line", self.name)))
            }
            _ => Ok(text),
        }
    }

    /// Permission bits.
    pub(super) fn mode(&self) -> Result<LitInt> {
        let mode: LitInt = self.value("a mode", "0o640").map_err(|_| self.wrong(A_MODE))?;
        check_mode(&mode).map_err(|what| self.wrong(what))?;
        Ok(mode)
    }

    /// A whole number, whose suffix is `ty` if it has one.
    pub(super) fn number(&self, ty: &str) -> Result<i128> {
        let Number { value, suffix } = self.value("a whole number", "8137")?;
        if suffix.is_empty() || suffix == ty {
            Ok(value)
        } else {
            Err(self.wrong(format!("expected a number of type `{ty}`")))
        }
    }

    /// Two ends, of which one can be open.
    pub(super) fn range(&self) -> Result<Range> {
        let range: Range = self.value("a range of whole numbers", "1..=100")?;
        if let Range { min: Some(min), max: Some(max) } = range
            && min > max
        {
            return Err(self.wrong("nothing is in this range"));
        }
        Ok(range)
    }
}

struct Number {
    value: i128,
    suffix: String,
}

impl Parse for Number {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let minus: Option<Token![-]> = input.parse()?;
        let literal: LitInt = input.parse()?;
        let value: i128 = literal.base10_parse().or_else(|error| {
            // With a suffix, the number is parsed without it.
            if literal.suffix().is_empty() { Err(error) } else { literal.base10_digits().parse().map_err(|_| error) }
        })?;
        Ok(Self { value: if minus.is_some() { -value } else { value }, suffix: literal.suffix().to_owned() })
    }
}

impl Parse for Range {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let end = |input: ParseStream<'_>| {
            if input.is_empty() || input.peek(Token![..]) {
                Ok(None)
            } else {
                input.parse::<Number>().map(|end| Some(end.value))
            }
        };
        let min = end(input)?;
        let inclusive = input.peek(Token![..=]);
        if inclusive {
            input.parse::<Token![..=]>()?;
        } else {
            input.parse::<Token![..]>()?;
        }
        let max = end(input)?;
        if inclusive && max.is_none() {
            return Err(input.error("expected the end"));
        }
        Ok(Self { min, max: if inclusive { max } else { max.map(|max| max - 1) } })
    }
}

/// The name of something that is in no table.
fn unknown(item: &Item, name: &str, what: &str, known: &[&str], translated: &[&str]) -> String {
    let language = name.len() == 2 || name.as_bytes().get(2).is_some_and(|&byte| byte == b'_');
    let quote = |known: &str| format!("`{known}`");
    if !translated.is_empty() && (language || matches!(item.value, Value::List(_))) {
        // Two letters are near to too many other two.
        let near = if name.len() == 2 { "" } else { name };
        let instead = instead(near, "the languages", &LANGUAGES.map(|(tag, _)| tag), quote);
        return format!("unknown language `{name}`{instead}");
    }
    if known.is_empty() {
        return format!("{what} has no attributes");
    }
    format!("unknown attribute `{name}`{}", instead(name, &format!("those of {what}"), known, quote))
}

/// What a language's item says: `de = "…"` or `de(label = "…", help = "…")`.
fn words(item: Item, translated: &[&'static str], errors: &mut Vec<Error>) -> Vec<(Ident, LitStr)> {
    let mut words: Vec<(Ident, LitStr)> = Vec::new();
    let example = format!("expected `{0} = \"…\"` or `{0}({1} = \"…\")`", item.name, translated[0]);
    match item.value {
        Value::Is(_) => {
            let name = Ident::new(translated[0], item.name.span());
            words.extend(ok(item.text(), errors).map(|text| (name, text)));
        }
        Value::List(items) if !items.is_empty() => {
            for word in items {
                let name = word.name.to_string();
                if !translated.contains(&name.as_str()) {
                    let instead = instead(&name, "the words", translated, |known| format!("`{known}`"));
                    errors.push(Error::new_spanned(&word.name, format!("`{name}` has no translation{instead}")));
                } else if words.iter().any(|(before, _)| *before == name) {
                    errors.push(Error::new_spanned(&word.name, format!("`{name}` is there twice")));
                } else {
                    words.extend(ok(word.text(), errors).map(|text| (word.name, text)));
                }
            }
        }
        Value::None | Value::List(_) => errors.push(Error::new_spanned(&item.name, example)),
    }
    words
}

fn items_of(attr: &Attribute, errors: &mut Vec<Error>) -> Vec<Item> {
    match &attr.meta {
        Meta::List(list) => {
            let parsed = (|input: ParseStream<'_>| Ok(items(input, errors))).parse2(list.tokens.clone());
            ok(parsed, errors).unwrap_or_default()
        }
        meta => {
            errors.push(Error::new_spanned(meta, "expected `#[wizard(…)]`"));
            Vec::new()
        }
    }
}

/// Items up to the end. After a mistake reading goes on behind the next comma.
fn items(input: ParseStream<'_>, errors: &mut Vec<Error>) -> Vec<Item> {
    let mut items = Vec::new();
    while !input.is_empty() {
        let parsed = item(input, errors);
        let parsed = ok(parsed, errors);
        let mut others = TokenStream::new();
        while let Ok(token) = input.parse::<TokenTree>() {
            if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
                break;
            }
            others.extend([token]);
        }
        if parsed.is_some() && !others.is_empty() {
            errors.push(Error::new_spanned(others, "expected `,`"));
        }
        items.extend(parsed);
    }
    items
}

fn item(input: ParseStream<'_>, errors: &mut Vec<Error>) -> Result<Item> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected a name, such as `default = …`"));
    }
    let name = input.call(Ident::parse_any)?;
    let value = if input.peek(token::Paren) {
        let list;
        parenthesized!(list in input);
        Value::List(items(&list, errors))
    } else if input.parse::<Option<Token![=]>>()?.is_some() {
        let mut tokens = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            input.parse::<TokenTree>()?.to_tokens(&mut tokens);
        }
        Value::Is(tokens)
    } else {
        Value::None
    };
    Ok(Item { name, value })
}
