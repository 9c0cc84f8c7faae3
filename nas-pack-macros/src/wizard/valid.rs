//! Holds what was written against the types of the fields, and makes the form of it.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, DataEnum, DataStruct, DeriveInput, Error, Fields, Ident, Meta, Path};

use super::attr::{Item, Items, Range, Translation, ok};
use super::doc;
use super::pattern::Pattern;
use super::ty::{self, Asked, Sort};
use super::vocabulary::{DEFAULT_FILE, FIELD, FORM, LONGEST_NAME, LONGEST_TEXT, USUAL_LENGTH, VARIANT};

/// The questions of a struct.
pub(super) struct Form {
    pub(super) file: String,
    pub(super) mode: Option<u32>,
    pub(super) pages: Vec<Page>,
}

/// One page of a wizard.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) translations: Vec<Words>,
    pub(super) fields: Vec<Field>,
    pub(super) span: Span,
}

/// A field and its question.
pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) key: String,
    pub(super) label: String,
    pub(super) help: String,
    /// The type without `Option`.
    pub(super) ty: TokenStream,
    pub(super) optional: bool,
    pub(super) kind: Kind,
    pub(super) translations: Vec<Words>,
}

/// What can be answered.
pub(super) enum Kind {
    Flag { default: bool },
    Number { min: i64, max: i64, default: Option<i64> },
    Text { min: u32, max: u32, pattern: Option<String>, secret: bool, default: Option<String> },
    Choice { default: Option<Usual> },
}

/// Which choice is the default.
pub(super) enum Usual {
    /// The one that its enum says.
    OfType,
    /// The variant at this path.
    Variant(Path),
}

/// A variant of an enum.
pub(super) struct Choice {
    pub(super) variant: Ident,
    pub(super) value: String,
    pub(super) label: String,
    pub(super) translations: Vec<Words>,
    pub(super) default: bool,
}

/// What people read in another language; empty for the same as in the app's.
pub(super) struct Words {
    /// The variant of `nas_pack::model::Language`.
    pub(super) language: &'static str,
    /// The label, or a title.
    pub(super) label: String,
    pub(super) help: String,
}

/// The form of a struct; `None` where nothing can be said of it.
pub(super) fn form(input: &DeriveInput, data: &DataStruct, errors: &mut Vec<Error>) -> Option<Form> {
    let mut items = Items::read(&input.attrs, "a struct", &FORM, &["title"], errors);
    let file = items.text("file", errors).map(|file| {
        let name = file.value();
        let right = name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        if !right {
            let expected = "expected a file's name without folders, of letters, digits, `.`, `-` and `_`";
            errors.push(Error::new_spanned(&file, expected));
        }
        name
    });
    let mode = items.take("mode").and_then(|item| ok(item.mode(), errors));
    let title = items.text("title", errors);

    let Fields::Named(fields) = &data.fields else {
        errors.push(Error::new_spanned(&input.ident, "settings are a struct with named fields"));
        return None;
    };
    if fields.named.is_empty() {
        errors.push(Error::new_spanned(&input.ident, "there is nothing to ask: the struct has no fields"));
        return None;
    }
    let mut pages: Vec<Page> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    for written in &fields.named {
        // Named fields have names.
        let Some(name) = &written.ident else { continue };
        let (field, begins) = field(name, written, errors);
        match begins {
            Some((page, text)) if pages.is_empty() && title.is_some() => {
                errors.push(Error::new_spanned(text, "`title` of the struct names this page already"));
                pages.push(page);
            }
            Some((page, _)) => pages.push(page),
            None if pages.is_empty() => {
                let title = title.as_ref().map_or_else(|| doc::read(&input.attrs).0, syn::LitStr::value);
                if title.is_empty() {
                    let what = "the first page needs a title: a doc comment, or `#[wizard(title = \"…\")]`";
                    errors.push(Error::new_spanned(&input.ident, what));
                }
                let translations = of(&items.translations, "title");
                pages.push(Page { title, translations, fields: Vec::new(), span: input.ident.span() });
            }
            None => {}
        }
        let Some(field) = field else { continue };
        if keys.contains(&field.key) {
            errors.push(Error::new_spanned(name, format!("there are two settings `{}`", field.key)));
        }
        keys.push(field.key.clone());
        pages.last_mut()?.fields.push(field);
    }
    Some(Form {
        file: file.unwrap_or_else(|| DEFAULT_FILE.to_owned()),
        mode: mode.and_then(|mode| mode.base10_parse().ok()),
        pages,
    })
}

/// A field, and the page that begins with it, with the title where it was written.
fn field(name: &Ident, written: &syn::Field, errors: &mut Vec<Error>) -> (Option<Field>, Option<(Page, syn::LitStr)>) {
    if let Some(attr) = written.attrs.iter().find(|attr| attr.path().is_ident("default")) {
        errors.push(Error::new_spanned(attr, "the default of a field is written `#[wizard(default = …)]`"));
    }
    let mut items = Items::read(&written.attrs, "a field", &FIELD, &["label", "help", "page"], errors);
    let page = items.text("page", errors).map(|title| {
        let translations = of(&items.translations, "page");
        let page = Page { title: title.value(), translations, fields: Vec::new(), span: name.span() };
        (page, title)
    });
    if page.is_none() {
        for (word, _) in items.translations.iter().flat_map(|translation| &translation.words) {
            if word == "page" {
                errors.push(Error::new_spanned(word, "no page begins here: there is no `page = \"…\"`"));
            }
        }
    }
    let key = key(name, &mut items, |name| name, errors);
    let (label, help) = doc::read(&written.attrs);
    let label = items.text("label", errors).map_or(label, |label| label.value());
    let help = items.text("help", errors).map_or(help, |help| help.value());
    let translations = items
        .translations
        .iter()
        .map(|translation| Words {
            language: translation.language,
            label: word(translation, "label"),
            help: word(translation, "help"),
        })
        .filter(|words| !words.label.is_empty() || !words.help.is_empty())
        .collect();
    let asked = match ty::read(&written.ty) {
        Ok(asked) => asked,
        Err(what) => {
            errors.push(Error::new_spanned(&written.ty, what));
            return (None, page);
        }
    };
    let kind = kind(name, &asked, &mut items, errors);
    let label = if label.is_empty() { doc::from_name(&key) } else { label };
    let Asked { ty, optional, .. } = asked;
    (Some(Field { name: name.clone(), key, label, help, ty: ty.to_token_stream(), optional, kind, translations }), page)
}

fn kind(name: &Ident, asked: &Asked<'_>, items: &mut Items, errors: &mut Vec<Error>) -> Kind {
    for (attribute, of) in [("range", "whole numbers"), ("length", "texts"), ("pattern", "texts"), ("secret", "texts")]
    {
        let right = match asked.sort {
            Sort::Number { .. } => attribute == "range",
            Sort::Text => attribute != "range",
            Sort::Flag | Sort::Choice => false,
        };
        if !right && let Some(item) = items.take(attribute) {
            let what = format!("`{attribute}` is for {of}, and this is {}", asked.sort.describe());
            errors.push(Error::new_spanned(&item.name, what));
        }
    }
    let mut default = items.take("default");
    let given = default.is_some();
    // A secret has none either, and says why.
    if asked.optional
        && !items.has("secret")
        && let Some(default) = default.take()
    {
        let what = "with a default there is always an answer: leave out either it or `Option`";
        errors.push(Error::new_spanned(&default.name, what));
    }
    let mut secret = false;
    let kind = match &asked.sort {
        Sort::Flag => {
            let value = default.and_then(|item| ok(item.value::<syn::LitBool>("`true` or `false`", "true"), errors));
            Kind::Flag { default: value.is_some_and(|value| value.value) }
        }
        Sort::Number { name: ty, min, max } => number(ty, (*min, *max), default, items, errors),
        Sort::Text => {
            secret = match items.take("secret") {
                Some(item) => {
                    ok(item.flag(), errors);
                    if let Some(default) = &default {
                        errors.push(default.wrong("a secret has no default: everybody could read it in the package"));
                    } else if !asked.optional {
                        let what = "a secret has no default, so there may be none: make it an `Option<String>`";
                        errors.push(Error::new_spanned(&item.name, what));
                    }
                    true
                }
                None => false,
            };
            text(secret, default.filter(|_| !secret), items, errors)
        }
        Sort::Choice => {
            let path = default.and_then(|item| {
                let path = ok(item.value::<Path>("a variant with its enum", "Theme::Light"), errors)?;
                // A pattern of one name would be a binding, and match anything.
                if path.segments.len() < 2 {
                    errors.push(item.wrong("expected a variant with its enum, such as `default = Theme::Light`"));
                }
                Some(path)
            });
            let usual = (!asked.optional).then_some(Usual::OfType);
            Kind::Choice { default: path.map(Usual::Variant).or(usual) }
        }
    };
    if !given && !secret && !asked.optional && matches!(asked.sort, Sort::Number { .. } | Sort::Text) {
        let what = format!(
            "`{name}` needs a default, which stands where nothing is asked at installation: `#[wizard(default = …)]`, or make it an `Option`"
        );
        errors.push(Error::new_spanned(name, what));
    }
    kind
}

fn number(
    ty: &str,
    (lowest, highest): (i64, i64),
    default: Option<Item>,
    items: &mut Items,
    errors: &mut Vec<Error>,
) -> Kind {
    let (mut min, mut max) = (lowest, highest);
    if let Some(item) = items.take("range")
        && let Some(range) = ok(item.range(), errors)
    {
        let end = |end: Option<i128>, open: i64| match end {
            None => Some(open),
            Some(end) => i64::try_from(end).ok().filter(|end| (lowest..=highest).contains(end)),
        };
        match (end(range.min, lowest), end(range.max, highest)) {
            (Some(least), Some(greatest)) if least <= greatest => (min, max) = (least, greatest),
            _ => {
                let why = if ty.ends_with("size") { "; it has 32 bits on some NAS systems" } else { "" };
                errors.push(item.wrong(format!("a setting of type `{ty}` is from {lowest} to {highest}{why}")));
            }
        }
    }
    let default = default.and_then(|item| {
        let number = ok(item.number(ty), errors)?;
        let number = i64::try_from(number).ok().filter(|number| (min..=max).contains(number));
        if number.is_none() {
            errors.push(item.wrong(format!("the default is not from {min} to {max}")));
        }
        number
    });
    Kind::Number { min, max, default }
}

fn text(secret: bool, default: Option<Item>, items: &mut Items, errors: &mut Vec<Error>) -> Kind {
    let (mut min, mut max) = (0, USUAL_LENGTH);
    if let Some(item) = items.take("length")
        && let Some(Range { min: least, max: greatest }) = ok(item.range(), errors)
    {
        let end = |end: i128| u32::try_from(end).ok().filter(|end| *end <= LONGEST_TEXT);
        match (end(least.unwrap_or(0)), end(greatest.unwrap_or(LONGEST_TEXT.into()))) {
            (Some(least), Some(greatest)) => (min, max) = (least, greatest),
            _ => errors.push(item.wrong(format!("a text has 0 to {LONGEST_TEXT} characters"))),
        }
    }
    let pattern = items.take("pattern").and_then(|item| {
        let source = ok(item.value::<syn::LitStr>("a string literal", "\"[a-z]+\""), errors)?.value();
        match Pattern::parse(&source) {
            Ok(pattern) => Some((source, pattern)),
            Err(error) => {
                errors.push(item.wrong(format!("this is no pattern: {error}")));
                None
            }
        }
    });
    let default = default.and_then(|item| {
        let text = ok(item.value::<syn::LitStr>("a string literal", "\"…\""), errors)?.value();
        let length = text.chars().count();
        if text.contains(char::is_control) {
            errors.push(item.wrong("the default is more than one line, or has other control characters"));
        } else if !(min as usize..=max as usize).contains(&length) {
            errors.push(item.wrong(format!("the default has {length} characters, which is not from {min} to {max}")));
        } else if let Some((source, _)) = pattern.as_ref().filter(|(_, pattern)| !pattern.matches(&text)) {
            errors.push(item.wrong(format!("the default does not match the pattern `{source}`")));
        }
        Some(text)
    });
    Kind::Text { min, max, pattern: pattern.map(|(source, _)| source), secret, default }
}

/// The choices of an enum.
pub(super) fn choices(input: &DeriveInput, data: &DataEnum, errors: &mut Vec<Error>) -> Vec<Choice> {
    Items::read(&input.attrs, "an enum", &[], &[], errors);
    if data.variants.len() < 2 {
        errors.push(Error::new_spanned(&input.ident, "there is nothing to choose: expected at least two variants"));
    }
    let mut choices: Vec<Choice> = Vec::new();
    for variant in &data.variants {
        let name = &variant.ident;
        if !matches!(variant.fields, Fields::Unit) {
            errors.push(Error::new_spanned(&variant.fields, "a choice has no fields"));
        }
        let mut items = Items::read(&variant.attrs, "a variant", &VARIANT, &["label"], errors);
        let value = key(name, &mut items, |name| doc::snake_case(&name), errors);
        if choices.iter().any(|before| before.value == value) {
            errors.push(Error::new_spanned(name, format!("there are two choices `{value}`")));
        }
        let default = default(&variant.attrs, errors);
        if let Some(attr) = default
            && choices.iter().any(|before| before.default)
        {
            errors.push(Error::new_spanned(attr, "another variant is the default already"));
        }
        let label = doc::read(&variant.attrs).0;
        let label = items.text("label", errors).map_or(label, |label| label.value());
        choices.push(Choice {
            variant: name.clone(),
            label: if label.is_empty() { doc::from_name(&value) } else { label },
            value,
            translations: of(&items.translations, "label"),
            default: default.is_some(),
        });
    }
    choices
}

/// `#[default]` of a variant.
fn default<'a>(attrs: &'a [Attribute], errors: &mut Vec<Error>) -> Option<&'a Attribute> {
    let attr = attrs.iter().find(|attr| attr.path().is_ident("default"))?;
    if !matches!(attr.meta, Meta::Path(_)) {
        errors.push(Error::new_spanned(attr, "expected `#[default]`"));
    }
    Some(attr)
}

/// The name in the settings file, which is part of a shell variable as well.
fn key(ident: &Ident, items: &mut Items, made: impl Fn(String) -> String, errors: &mut Vec<Error>) -> String {
    let rename = items.text("rename", errors);
    let name = rename.as_ref().map_or_else(|| made(ident.unraw().to_string()), syn::LitStr::value);
    let right = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.contains("__")
        && !name.ends_with('_')
        && name.len() <= LONGEST_NAME;
    let raw = rename.is_none() && ident.to_string().starts_with("r#");
    if raw || !right {
        let span = rename.as_ref().map_or_else(|| ident.span(), Spanned::span);
        let rule = "a name in the settings file has `a` to `z`, `0` to `9` and single `_`, and begins with a letter";
        let help = if rename.is_some() { "" } else { "; say `#[wizard(rename = \"…\")]`" };
        errors.push(Error::new(span, format!("{rule}{help}")));
    }
    name
}

/// The translations of one word.
fn of(translations: &[Translation], name: &str) -> Vec<Words> {
    translations
        .iter()
        .map(|translation| Words {
            language: translation.language,
            label: word(translation, name),
            help: String::new(),
        })
        .filter(|words| !words.label.is_empty())
        .collect()
}

fn word(translation: &Translation, name: &str) -> String {
    translation.words.iter().find(|(word, _)| word == name).map_or_else(String::new, |(_, text)| text.value())
}
