//! `#[derive(Wizard)]`: attributes are read, held against the field's type, and written as a form with its reader.
//!
//! A struct becomes the form, an enum the choices of a field.

mod attr;
mod doc;
mod expand;
// The same file as nas-pack has, where it is public.
#[allow(unreachable_pub)]
mod pattern;
mod ty;
mod valid;
mod vocabulary;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Error};

use crate::words::in_order;

pub(crate) fn derive(input: proc_macro::TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Vec::new();
    let name = &input.ident;
    if !input.generics.params.is_empty() {
        errors.push(Error::new_spanned(&input.generics, "settings have no generics: a form is written once"));
        return expand::errors(errors);
    }
    let written = match &input.data {
        Data::Struct(data) => {
            let form = valid::form(&input, data, &mut errors);
            form.filter(|_| errors.is_empty()).map_or_else(|| expand::no_form(name), |form| expand::form(name, &form))
        }
        Data::Enum(data) => {
            let choices = valid::choices(&input, data, &mut errors);
            if errors.is_empty() { expand::choices(name, &choices) } else { expand::no_choices(name) }
        }
        Data::Union(data) => {
            let what = "settings are a struct with named fields, and their choices an enum";
            errors.push(Error::new(data.union_token.span, what));
            TokenStream::new()
        }
    };
    let mut tokens = expand::errors(in_order(errors));
    tokens.extend(written);
    tokens
}

#[cfg(test)]
mod tests {
    /// What the compiler lets pass, the wizard and the daemon must take as well.
    #[test]
    fn patterns_are_those_of_nas_pack() {
        let theirs = concat!(env!("CARGO_MANIFEST_DIR"), "/../nas-pack/src/settings/pattern.rs");
        assert_eq!(include_str!("pattern.rs"), std::fs::read_to_string(theirs).unwrap());
    }
}
