//! Writes the implementations of nas-pack's traits.
//!
//! Everything resolves at the macro but the types and paths that the user wrote, so that the compiler points there where they are no
//! settings. The places of fields are numbers, for `line!()` in a derive is the line of the derive.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::valid::{Choice, Field, Form, Kind, Page, Usual, Words};

/// What is wrong, for the compiler to say.
pub(super) fn errors(errors: Vec<syn::Error>) -> TokenStream {
    errors.into_iter().map(syn::Error::into_compile_error).collect()
}

pub(super) fn form(name: &Ident, form: &Form) -> TokenStream {
    let file = &form.file;
    let mode = option(form.mode.map(|mode| quote!(#mode)));
    let pages = form.pages.iter().map(page);
    let fields = || form.pages.iter().flat_map(|page| &page.fields);
    let taken = fields().map(take);
    let given = fields().map(give);
    let answers = Ident::new("answers", Span::mixed_site());
    let taken = taken.map(|take| take(&answers));
    quote! {
        #[automatically_derived]
        impl ::nas_pack::settings::Wizard for #name {
            const FORM: ::nas_pack::settings::Form =
                ::nas_pack::settings::Form { file: #file, mode: #mode, pages: &[#(#pages),*] };

            fn from_answers(#answers: &mut ::nas_pack::settings::Answers) -> Self {
                Self { #(#taken),* }
            }

            fn to_answers(
                &self,
            ) -> ::std::vec::Vec<(&'static str, ::core::option::Option<::nas_pack::settings::Value>)> {
                ::std::vec::Vec::from([#(#given),*])
            }
        }
    }
}

/// Enough for other code to compile, so that only the mistakes themselves are told.
pub(super) fn no_form(name: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::nas_pack::settings::Wizard for #name {
            const FORM: ::nas_pack::settings::Form = ::nas_pack::settings::Form { file: "", mode: ::core::option::Option::None, pages: &[] };

            fn from_answers(_: &mut ::nas_pack::settings::Answers) -> Self {
                ::core::unreachable!()
            }

            fn to_answers(
                &self,
            ) -> ::std::vec::Vec<(&'static str, ::core::option::Option<::nas_pack::settings::Value>)> {
                ::core::unreachable!()
            }
        }
    }
}

pub(super) fn choices(name: &Ident, choices: &[Choice]) -> TokenStream {
    let records = choices.iter().map(|Choice { value, label, translations, .. }| {
        let translations = translations.iter().map(|Words { language, label, .. }| {
            let language = self::language(language);
            quote!((#language, #label))
        });
        quote!(::nas_pack::settings::Choice { value: #value, label: #label, translations: &[#(#translations),*] })
    });
    let variants = choices.iter().map(|choice| &choice.variant).collect::<Vec<_>>();
    let values = choices.iter().map(|choice| &choice.value).collect::<Vec<_>>();
    let default = choices.iter().find(|choice| choice.default).map(|Choice { variant, value, .. }| {
        quote! {
            #[automatically_derived]
            impl ::nas_pack::settings::ChooseDefault for #name {
                const DEFAULT: &'static str = #value;

                fn usual() -> Self {
                    Self::#variant
                }
            }
        }
    });
    let value = Ident::new("value", Span::mixed_site());
    quote! {
        #[automatically_derived]
        impl ::nas_pack::settings::Choose for #name {
            const CHOICES: &'static [::nas_pack::settings::Choice] = &[#(#records),*];
            const ALL: &'static [Self] = &[#(Self::#variants),*];

            fn from_value(#value: &str) -> ::core::option::Option<Self> {
                match #value {
                    #(#values => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn value(&self) -> &'static str {
                match self {
                    #(Self::#variants => #values,)*
                }
            }
        }
        #default
    }
}

/// The same as [`no_form`], for an enum.
pub(super) fn no_choices(name: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::nas_pack::settings::Choose for #name {
            const CHOICES: &'static [::nas_pack::settings::Choice] = &[];
            const ALL: &'static [Self] = &[];

            fn from_value(_: &str) -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }

            fn value(&self) -> &'static str {
                ""
            }
        }

        #[automatically_derived]
        impl ::nas_pack::settings::ChooseDefault for #name {
            const DEFAULT: &'static str = "";

            fn usual() -> Self {
                ::core::unreachable!()
            }
        }
    }
}

fn page(page: &Page) -> TokenStream {
    let Page { title, translations, fields, span } = page;
    let translations = translations.iter().map(|Words { language, label, .. }| {
        let language = self::language(language);
        quote!((#language, #label))
    });
    let fields = fields.iter().map(field);
    let at = place(*span);
    quote! {
        ::nas_pack::settings::Page {
            title: #title,
            translations: &[#(#translations),*],
            fields: &[#(#fields),*],
            at: #at,
        }
    }
}

fn field(field: &Field) -> TokenStream {
    let Field { name, key, label, help, optional, translations, .. } = field;
    let kind = kind(field);
    let translations = translations.iter().map(|Words { language, label, help }| {
        let language = self::language(language);
        quote!((#language, ::nas_pack::settings::Words { label: #label, help: #help }))
    });
    let at = place(name.span());
    quote! {
        ::nas_pack::settings::Field {
            key: #key,
            label: #label,
            help: #help,
            optional: #optional,
            kind: #kind,
            translations: &[#(#translations),*],
            at: #at,
        }
    }
}

fn kind(field: &Field) -> TokenStream {
    let ty = &field.ty;
    match &field.kind {
        Kind::Flag { default } => quote!(::nas_pack::settings::Kind::Flag { default: #default }),
        Kind::Number { min, max, default } => {
            let default = option(default.map(|default| quote!(#default)));
            quote!(::nas_pack::settings::Kind::Number { min: #min, max: #max, default: #default })
        }
        Kind::Text { min, max, pattern, secret, default } => {
            let pattern = option(pattern.as_ref().map(|pattern| quote!(#pattern)));
            let default = option(default.as_ref().map(|default| quote!(#default)));
            quote! {
                ::nas_pack::settings::Kind::Text {
                    min: #min, max: #max, pattern: #pattern, secret: #secret, default: #default,
                }
            }
        }
        Kind::Choice { default } => {
            let default = option(default.as_ref().map(|default| match default {
                Usual::OfType => quote_spanned!(quietly(ty)=> <#ty as ::nas_pack::settings::ChooseDefault>::DEFAULT),
                // The traits' functions are not const, but matching is.
                Usual::Variant(path) => {
                    let at = Ident::new("at", Span::mixed_site());
                    let all = quote_spanned!(quietly(ty)=> <#ty as ::nas_pack::settings::Choose>::ALL);
                    let choices = quote_spanned!(quietly(ty)=> <#ty as ::nas_pack::settings::Choose>::CHOICES);
                    quote!({
                        let mut #at = 0;
                        while !::core::matches!(#all[#at], #path) {
                            #at += 1;
                        }
                        #choices[#at].value
                    })
                }
            }));
            let choices = quote_spanned!(quietly(ty)=> <#ty as ::nas_pack::settings::Choose>::CHOICES);
            quote!(::nas_pack::settings::Kind::Choice { choices: #choices, default: #default })
        }
    }
}

/// `port: answers.take("port", || 8137)`
fn take(field: &Field) -> impl Fn(&Ident) -> TokenStream {
    let Field { name, key, ty, optional, kind, .. } = field;
    let usual = match kind {
        Kind::Flag { default } => Some(quote!(#default)),
        Kind::Number { default, .. } => default.map(|default| {
            let default = Literal::i64_unsuffixed(default);
            quote!(#default)
        }),
        Kind::Text { default, .. } => default
            .as_ref()
            .map(|default| quote!(<::std::string::String as ::core::convert::From<&str>>::from(#default))),
        Kind::Choice { default } => default.as_ref().map(|default| match default {
            Usual::OfType => quote_spanned!(quietly(ty)=> <#ty as ::nas_pack::settings::ChooseDefault>::usual()),
            Usual::Variant(path) => quote!(#path),
        }),
    };
    let usual = usual.map(|usual| quote!(, || #usual));
    let function = if *optional { quote!(take_optional) } else { quote!(take) };
    let call = match kind {
        Kind::Choice { .. } => quote_spanned!(quietly(ty)=> <#ty as ::nas_pack::settings::Choose>::#function),
        _ => quote_spanned!(quietly(ty)=> ::nas_pack::settings::Answers::#function::<#ty>),
    };
    move |answers| quote!(#name: #call(#answers, #key #usual))
}

/// `("port", Some(value))`
fn give(field: &Field) -> TokenStream {
    let Field { name, key, ty, optional, kind, .. } = field;
    let write = match kind {
        Kind::Choice { .. } => quote_spanned!(quietly(ty)=> <#ty as ::nas_pack::settings::Choose>::write),
        _ => quote_spanned!(quietly(ty)=> <#ty as ::nas_pack::settings::Answer>::write),
    };
    // A variable's hygiene is its span's, so `self` cannot have the type's.
    let value = if *optional { quote!(self.#name.as_ref()) } else { quote!(&self.#name) };
    let value = if *optional {
        quote_spanned!(quietly(ty)=> ::core::option::Option::map(#value, #write))
    } else {
        quote_spanned!(quietly(ty)=> ::core::option::Option::Some(#write(#value)))
    };
    quote!((#key, #value))
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

fn language(variant: &str) -> TokenStream {
    let variant = Ident::new(variant, Span::call_site());
    quote!(::nas_pack::model::Language::#variant)
}

fn place(span: Span) -> TokenStream {
    let place = span.unwrap();
    let (line, column) = (number(place.line()), number(place.column()));
    quote!(::nas_pack::settings::Place { file: ::core::file!(), line: #line, column: #column })
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Where the user wrote something, but not as the user's own code, which lints could have an opinion of.
fn quietly(written: &impl Spanned) -> Span {
    Span::mixed_site().located_at(written.span())
}
