//! What was written: events with steps, whose words are not looked at yet.
//!
//! Parsing goes on after a mistake, at the next step or event, so that one compile shows them all.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Lit, LitInt, LitStr, Result, Token, braced, token};

use super::vocabulary::STEPS;

/// `post_install => { … }`
pub(crate) struct Event {
    pub(crate) name: Name,
    pub(crate) steps: Vec<Step>,
}

/// `chown "{data_dir}" => "{user}:{group}", recursive;`
pub(crate) struct Step {
    pub(crate) name: Name,
    /// What stands behind the name.
    pub(crate) operands: Vec<Operand>,
    /// What stands behind `=>`.
    pub(crate) target: Option<(Token![=>], Vec<Operand>)>,
    pub(crate) options: Vec<Opt>,
}

/// A word of the vocabulary. Hyphens, as the manifest has them, are read so that they can be answered with the right
/// spelling.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) tokens: TokenStream,
    pub(crate) span: Span,
}

pub(crate) enum Operand {
    Literal(LitStr),
    /// A Rust expression with its parentheses.
    Expr(Group),
}

/// `mode = 0o750`
pub(crate) struct Opt {
    pub(crate) name: Name,
    pub(crate) value: Option<Value>,
}

pub(crate) enum Value {
    Int(LitInt),
    /// A Rust expression with its parentheses.
    Expr(Group),
    /// Something that no option takes.
    Other(TokenStream),
}

impl ToTokens for Name {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

impl ToTokens for Operand {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Expr(group) => group.to_tokens(tokens),
        }
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Int(int) => int.to_tokens(tokens),
            Self::Expr(group) => group.to_tokens(tokens),
            Self::Other(other) => other.to_tokens(tokens),
        }
    }
}

/// Reads everything between the braces of `hooks!`.
pub(crate) fn parse(input: ParseStream<'_>, errors: &mut Vec<Error>) -> Vec<Event> {
    let mut events = Vec::new();
    while !input.is_empty() {
        match event(input, errors) {
            Ok(event) => events.push(event),
            Err(error) => {
                errors.push(error);
                skip(input, |token| is_punct(token, ';') || matches!(token, TokenTree::Group(_)));
            }
        }
    }
    events
}

fn event(input: ParseStream<'_>, errors: &mut Vec<Error>) -> Result<Event> {
    let name = name(input, "expected an event, such as `post_install`")?;
    if input.parse::<Option<Token![=>]>>()?.is_none() {
        let error = Error::new_spanned(&name, format!("expected `{} => {{ … }}`", name.text));
        if !input.peek(token::Brace) {
            return Err(error);
        }
        errors.push(error);
    }
    if !input.peek(token::Brace) {
        return Err(Error::new_spanned(&name, format!("expected the steps in braces: `{} => {{ … }}`", name.text)));
    }
    let body;
    braced!(body in input);
    input.parse::<Option<Token![,]>>()?;

    let mut steps = Vec::new();
    while !body.is_empty() {
        match step(&body, errors) {
            Ok(step) => steps.push(step),
            Err(error) => {
                errors.push(error);
                skip(&body, |token| is_punct(token, ';'));
            }
        }
    }
    Ok(Event { name, steps })
}

fn step(input: ParseStream<'_>, errors: &mut Vec<Error>) -> Result<Step> {
    let name = name(input, "expected a step, such as `mkdir`")?;
    let operands = operands(input)?;
    let target = match input.parse()? {
        Some(arrow) => Some((arrow, self::operands(input)?)),
        None => None,
    };
    let mut options = Vec::new();
    while input.parse::<Option<Token![,]>>()?.is_some() {
        options.push(option(input)?);
    }
    if input.parse::<Option<Token![;]>>()?.is_none() && !input.is_empty() {
        let wants_operand = match &target {
            Some((_, operands)) => operands.is_empty(),
            None => operands.is_empty(),
        };
        let wanted = match (wants_operand, options.is_empty()) {
            (true, true) => "a string literal or a Rust expression in parentheses",
            (false, true) => "`;`, or `,` and an option",
            (_, false) => "`;`, or `,` and another option",
        };
        let error = input.error(format!("expected {wanted}"));
        // Where only the semicolon was forgotten, both steps are good.
        if !next_is_step(input) {
            return Err(error);
        }
        errors.push(error);
    }
    Ok(Step { name, operands, target, options })
}

fn operands(input: ParseStream<'_>) -> Result<Vec<Operand>> {
    let mut operands = Vec::new();
    loop {
        if input.peek(LitStr) {
            operands.push(Operand::Literal(input.parse()?));
        } else if input.peek(token::Paren) {
            operands.push(Operand::Expr(input.parse()?));
        } else if input.peek(Lit) {
            return Err(input.error("expected a string literal"));
        } else {
            return Ok(operands);
        }
    }
}

fn option(input: ParseStream<'_>) -> Result<Opt> {
    let name = name(input, "expected an option, such as `mode = 0o750`")?;
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Ok(Opt { name, value: None });
    }
    let value = if input.peek(LitInt) {
        Value::Int(input.parse()?)
    } else if input.peek(token::Paren) {
        Value::Expr(input.parse()?)
    } else {
        let mut other = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) && !input.peek(Token![;]) {
            other.extend([input.parse::<TokenTree>()?]);
        }
        Value::Other(other)
    };
    Ok(Opt { name, value: Some(value) })
}

fn name(input: ParseStream<'_>, expected: &str) -> Result<Name> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error(expected));
    }
    let first = input.call(Ident::parse_any)?;
    let mut name = Name { text: first.to_string(), span: first.span(), tokens: first.into_token_stream() };
    while input.peek(Token![-]) && input.peek2(Ident::peek_any) {
        let hyphen = input.parse::<Token![-]>()?;
        let part = input.call(Ident::parse_any)?;
        name.text = format!("{}-{part}", name.text);
        hyphen.to_tokens(&mut name.tokens);
        part.to_tokens(&mut name.tokens);
    }
    Ok(name)
}

fn next_is_step(input: ParseStream<'_>) -> bool {
    input.cursor().ident().is_some_and(|(ident, _)| STEPS.iter().any(|step| ident == step.name))
}

/// Drops tokens up to and with the first at which `ends` says so.
fn skip(input: ParseStream<'_>, ends: impl Fn(&TokenTree) -> bool) {
    while let Ok(token) = input.parse::<TokenTree>() {
        if ends(&token) {
            return;
        }
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}
