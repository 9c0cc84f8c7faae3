//! Holds what was written against the vocabulary, and keeps of it what can be expanded.

use proc_macro2::{Group, Ident};
use quote::quote;
use syn::{Error, Token};

use super::ast::{self, Name, Value};
use super::template;
use super::vocabulary::{EVENTS, Operands, Opt, OptValue, STEPS, Step as Rule};
use crate::words::{A_MODE, check_mode, instead};

/// The steps of an event.
pub(crate) struct Event {
    /// The variant of `nas_pack::hooks::Event`, where the event was named.
    pub(crate) variant: Ident,
    pub(crate) steps: Vec<Step>,
}

/// A step that can be built.
pub(crate) struct Step {
    /// The function of `nas_pack::dsl::Step`, where the step was named.
    pub(crate) function: Ident,
    pub(crate) args: Args,
    /// The methods to call on it, with their argument.
    pub(crate) setters: Vec<(Ident, Option<Value>)>,
}

/// What the step's function takes.
pub(crate) enum Args {
    /// One argument each.
    Each(Vec<ast::Operand>),
    /// All of them as one array.
    Array(Vec<ast::Operand>),
}

/// Every event with the steps that are right.
pub(crate) fn check(events: Vec<ast::Event>, errors: &mut Vec<Error>) -> Vec<Event> {
    let mut seen = Vec::new();
    let mut valid = Vec::new();
    for event in events {
        let known = EVENTS.contains(&event.name.text.as_str());
        if !known {
            let what = unknown("event", &event.name, "the events", &EVENTS);
            errors.push(Error::new_spanned(&event.name, what));
        } else if seen.contains(&event.name.text) {
            let what = format!("duplicate event `{}`: write these steps where it stands first", event.name.text);
            errors.push(Error::new_spanned(&event.name, what));
        }
        let steps = event.steps.into_iter().filter_map(|written| step(written, errors)).collect();
        if known {
            valid.push(Event { variant: Ident::new(&camel_case(&event.name.text), event.name.span), steps });
            seen.push(event.name.text);
        }
    }
    valid
}

/// The step, unless something is wrong with it.
fn step(written: ast::Step, errors: &mut Vec<Error>) -> Option<Step> {
    let Some(rule) = STEPS.iter().find(|rule| rule.name == written.name.text) else {
        let what = unknown("step", &written.name, "the steps", &STEPS.map(|rule| rule.name));
        errors.push(Error::new_spanned(&written.name, what));
        return None;
    };
    let before = errors.len();
    let function = Ident::new(rule.name, written.name.span);
    let setters = options(rule, written.options, errors);
    let args = operands(rule, &written.name, written.operands, written.target, errors);
    (errors.len() == before).then(|| Step { function, args, setters })
}

fn operands(
    rule: &Rule,
    name: &Name,
    operands: Vec<ast::Operand>,
    target: Option<(Token![=>], Vec<ast::Operand>)>,
    errors: &mut Vec<Error>,
) -> Args {
    let form = format!("it is written `{}`", rule.form);
    if let (Some((arrow, target)), false) = (&target, matches!(rule.operands, Operands::Pair(..))) {
        let what = format!("`{}` has no `=>`: {form}", rule.name);
        errors.push(Error::new_spanned(quote!(#arrow #(#target)*), what));
        return Args::Each(operands);
    }
    let target = target.map_or_else(Vec::new, |(_, operands)| operands);

    let slots: &[(&str, &[ast::Operand])] = match rule.operands {
        Operands::One(what) | Operands::Words(what) | Operands::Script(what) => &[(what, &operands)],
        Operands::Pair(from, to) => &[(from, &operands), (to, &target)],
    };
    let mut missing = Vec::new();
    let mut surplus = Vec::new();
    for &(what, given) in slots {
        let Some((first, others)) = given.split_first() else {
            missing.push(what);
            continue;
        };
        match rule.operands {
            Operands::Script(_) => check_script(what, first, errors),
            _ => check_text(first, errors),
        }
        if is_blank(first) {
            errors.push(Error::new_spanned(first, format!("{what} is empty")));
        }
        match rule.operands {
            Operands::Words(_) => others.iter().for_each(|word| check_text(word, errors)),
            _ => surplus.extend(others.first()),
        }
    }
    // Two operands without `=>` are one too many on the left as well as one too few on the right; once is enough.
    if surplus.is_empty() && !missing.is_empty() {
        let what = format!("`{}` lacks {}: {form}", rule.name, missing.join(" and "));
        errors.push(Error::new_spanned(name, what));
    }
    for operand in surplus {
        errors.push(Error::new_spanned(operand, format!("`{}` takes no operand here: {form}", rule.name)));
    }
    match rule.operands {
        Operands::Words(_) => Args::Array(operands),
        _ => Args::Each(operands.into_iter().chain(target).collect()),
    }
}

fn is_blank(operand: &ast::Operand) -> bool {
    matches!(operand, ast::Operand::Literal(literal) if literal.value().trim().is_empty())
}

/// Checks a literal's variables. What an expression yields is left to the decoder.
fn check_text(operand: &ast::Operand, errors: &mut Vec<Error>) {
    match operand {
        ast::Operand::Literal(literal) => {
            let text = literal.value();
            errors.extend(template::flaws(&text).into_iter().map(|(_, flaw)| Error::new_spanned(literal, flaw)));
        }
        ast::Operand::Expr(group) => check_expr(group, errors),
    }
}

fn check_script(what: &str, operand: &ast::Operand, errors: &mut Vec<Error>) {
    if let ast::Operand::Expr(group) = operand {
        errors.push(Error::new_spanned(group, format!("{what} must be a string literal")));
    }
}

fn check_expr(group: &Group, errors: &mut Vec<Error>) {
    if group.stream().is_empty() {
        errors.push(Error::new_spanned(group, "expected a Rust expression between the parentheses"));
    }
}

fn options(rule: &Rule, options: Vec<ast::Opt>, errors: &mut Vec<Error>) -> Vec<(Ident, Option<Value>)> {
    let mut setters = Vec::<(Ident, Option<Value>)>::new();
    for option in options {
        let Some(known) = rule.options.iter().find(|known| known.name == option.name.text) else {
            let what = if rule.options.is_empty() {
                format!("`{}` has no options", rule.name)
            } else {
                let names = rule.options.iter().map(|known| known.name).collect::<Vec<_>>();
                unknown("option", &option.name, &format!("the options of `{}`", rule.name), &names)
            };
            errors.push(Error::new_spanned(&option.name, what));
            continue;
        };
        if setters.iter().any(|(setter, _)| setter == known.name) {
            errors.push(Error::new_spanned(&option.name, format!("duplicate option `{}`", known.name)));
        }
        check_option(known, &option, errors);
        setters.push((Ident::new(known.name, option.name.span), option.value));
    }
    setters
}

fn check_option(known: &Opt, written: &ast::Opt, errors: &mut Vec<Error>) {
    match (known.value, &written.value) {
        (OptValue::None, None) => {}
        (OptValue::None, Some(_)) => {
            errors.push(Error::new_spanned(&written.name, format!("`{}` takes no value", known.name)));
        }
        (OptValue::Mode, Some(Value::Int(int))) => {
            if let Err(what) = check_mode(int) {
                errors.push(Error::new_spanned(int, what));
            }
        }
        (OptValue::Mode, Some(Value::Expr(group))) => check_expr(group, errors),
        (OptValue::Mode, Some(Value::Other(other))) if !other.is_empty() => {
            errors.push(Error::new_spanned(other, A_MODE));
        }
        (OptValue::Mode, _) => {
            errors.push(Error::new_spanned(&written.name, "`mode` needs a value, such as `mode = 0o750`"));
        }
    }
}

fn unknown(kind: &str, name: &Name, kinds: &str, names: &[&str]) -> String {
    let instead = instead(&name.text, kinds, names, |known| format!("`{known}`"));
    format!("unknown {kind} `{}`{instead}", name.text)
}

/// `post_install` as its variant, `PostInstall`.
fn camel_case(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_finds_its_variant() {
        assert_eq!(EVENTS.map(camel_case), nas_pack::hooks::Event::ALL.map(|event| format!("{event:?}")));
    }
}
