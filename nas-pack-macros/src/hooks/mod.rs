//! `hooks!`: parsed to own types, checked against the vocabulary, written as calls of the builder.

mod ast;
mod expand;
mod template;
mod valid;
mod vocabulary;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

use crate::words::in_order;

pub(crate) fn hooks(input: proc_macro::TokenStream) -> TokenStream {
    let mut errors = Vec::new();
    let parsed = (|input: ParseStream<'_>| Ok(ast::parse(input, &mut errors))).parse(input);
    let written = parsed.unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    });
    let valid = valid::check(written, &mut errors);
    expand::expand(&valid, in_order(errors))
}
