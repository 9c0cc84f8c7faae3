//! Writes the calls of the builder.
//!
//! `#[track_caller]` records the place of a call as the user's own only if the call's tokens have the plain span of something
//! the user wrote. So every call bears the span of the word it came from, which also lets an IDE show the builder's
//! documentation there. What must not look like the user's own code to lints resolves at the macro instead.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::ast::{Operand, Value};
use super::valid::{Args, Event, Step};

/// An expression of type `nas_pack::dsl::Hooks`, which fails with all the errors if there are any.
pub(crate) fn expand(events: &[Event], errors: Vec<syn::Error>) -> TokenStream {
    let calls = events.iter().flat_map(|event| event.steps.iter().map(|step| at(event, step)));
    let hooks = quote!(::nas_pack::dsl::Hooks::new() #(#calls)*);
    if errors.is_empty() {
        return hooks;
    }
    let errors = errors.into_iter().map(syn::Error::into_compile_error);
    quote!({ #(#errors)* #hooks })
}

/// Each step in a call of its own, since the call's place becomes the step's.
fn at(event: &Event, step: &Step) -> TokenStream {
    let variant = &event.variant;
    let event = quote_spanned!(variant.span()=> ::nas_pack::hooks::Event::#variant);
    let function = &step.function;
    let args = match &step.args {
        Args::Each(operands) => {
            let operands = operands.iter().map(operand);
            quote!(#(#operands),*)
        }
        Args::Array(words) => {
            let words = words.iter().map(word);
            quote!([#(#words),*])
        }
    };
    let setters = step.setters.iter().map(|(method, value)| {
        let value = value.as_ref().map(value_tokens);
        quote_spanned!(method.span()=> .#method(#value))
    });
    quote_spanned!(function.span()=> .at(#event, [::nas_pack::dsl::Step::#function(#args) #(#setters)*]))
}

fn operand(operand: &Operand) -> TokenStream {
    match operand {
        Operand::Literal(literal) => literal.to_token_stream(),
        Operand::Expr(group) => expr(group),
    }
}

/// A word of a command. The words are elements of one array, so all must have one type.
fn word(word: &Operand) -> TokenStream {
    let span = match word {
        Operand::Literal(literal) => literal.span(),
        Operand::Expr(group) => group.span(),
    };
    let word = operand(word);
    quote_spanned!(quietly(span)=> ::core::convert::Into::<::std::string::String>::into(#word))
}

fn value_tokens(value: &Value) -> TokenStream {
    match value {
        Value::Expr(group) => expr(group),
        Value::Int(_) | Value::Other(_) => value.to_token_stream(),
    }
}

/// The parentheses stay, for what is between them may be anything; but they are not the user's to remove.
fn expr(group: &Group) -> TokenStream {
    let mut quiet = Group::new(group.delimiter(), group.stream());
    quiet.set_span(quietly(group.span()));
    quiet.into_token_stream()
}

fn quietly(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}
