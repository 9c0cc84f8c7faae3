//! What people read, taken from doc comments and names.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The first paragraph of a doc comment without its full stop, and what follows it. Both are one line.
pub(super) fn read(attrs: &[Attribute]) -> (String, String) {
    let lines = attrs.iter().filter(|attr| attr.path().is_ident("doc")).filter_map(|attr| match &attr.meta {
        Meta::NameValue(meta) => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut lines = text.lines().map(str::trim).skip_while(|line| line.is_empty());
    let label = one_line(lines.by_ref().take_while(|line| !line.is_empty()));
    let label = label.strip_suffix('.').filter(|label| !label.ends_with('.')).unwrap_or(&label).to_owned();
    (label, one_line(lines))
}

fn one_line<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `keep_visits` as `Keep visits`, for what has no doc comment.
pub(super) fn from_name(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `VeryDark` as `very_dark`, `HTTPOnly` as `http_only`.
pub(super) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                before != '_' && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
            });
        if begins {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_is_the_label_and_the_rest_the_help() {
        let read = |text: &str| read(&[syn::parse_quote!(#[doc = #text])]);
        let pair = |label: &str, help: &str| (label.to_owned(), help.to_owned());
        assert_eq!(
            read(" Title of\n the page.\n\n Shown above.\n\n On every page."),
            pair("Title of the page", "Shown above. On every page.")
        );
        assert_eq!(read(" And so on..."), pair("And so on...", ""));
        assert_eq!(read(""), pair("", ""));
    }

    #[test]
    fn names_become_words() {
        assert_eq!(from_name("keep_visits"), "Keep visits");
        for (name, snake) in [
            ("Dark", "dark"),
            ("VeryDark", "very_dark"),
            ("HTTPOnly", "http_only"),
            ("HTTPS", "https"),
            ("Ipv6", "ipv6"),
            ("A1B", "a1_b"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }
}
