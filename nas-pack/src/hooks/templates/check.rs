//! Holds an author's template against what there is, before it is filled in: handlebars itself takes an unknown variable in a
//! condition for false, and looks at nothing in a branch that is not taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Handlebars, RenderError, RenderErrorReason, Template as Parsed, TemplateError, TemplateErrorReason};

use super::variables::{self, Available, Kind};
use super::{BUILT_IN_PREFIX, LIST, Role, all};
use crate::diagnostic::{Diagnostic, Findings};
use crate::layer::{Origin, Source};
use crate::manifest::nearest;

const VARIABLES: &str = "`cargo nas templates list --variables` shows the variables";

/// What can stand in `{{…}}` before its values. Whatever they are given, they make no shell code of it.
const HELPERS: [&str; 11] = ["quote", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "len"];

/// What can stand in `{{#…}}`.
const BLOCKS: [&str; 5] = ["if", "unless", "each", "with", "raw"];

/// How deep blocks, and within a tag brackets, may be nested. The parser calls itself for each.
const DEEPEST: usize = 32;

/// A line and a column, both from 1, as handlebars counts them.
type Position = (usize, usize);

/// Holds a template against the variables, helpers and partials that there are.
pub(super) fn template(parsed: &Parsed, role: Role, source: &Arc<Source>, findings: &Findings) {
    Check { role, source, findings }.elements(parsed, &mut vec![String::new()], (1, 1));
}

struct Check<'a> {
    role: Role,
    source: &'a Arc<Source>,
    findings: &'a Findings,
}

impl Check<'_> {
    /// `scopes` are the paths that names start from, the innermost last.
    fn elements(&self, template: &Parsed, scopes: &mut Vec<String>, at: Position) {
        for (index, element) in template.elements.iter().enumerate() {
            let at = template.mapping.get(index).map_or(at, |mapping| (mapping.0, mapping.1));
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::Expression(tag) => self.tag(tag, scopes, at, true),
                TemplateElement::HtmlExpression(tag) => self.tag(tag, scopes, at, false),
                TemplateElement::HelperBlock(block) => self.block(block, scopes, at),
                TemplateElement::PartialExpression(partial) => {
                    let given = !partial.params.is_empty() || !partial.hash.is_empty();
                    self.partial(partial.name.as_name(), given || scopes.len() > 1, at);
                }
                _ => self.push(at, "{{", "decorators and blocks for partials are not supported", "not supported"),
            }
        }
    }

    fn tag(&self, tag: &HelperTemplate, scopes: &[String], at: Position, quoted: bool) {
        if !tag.params.is_empty() || !tag.hash.is_empty() {
            if !quoted {
                let name = tag.name.as_name().unwrap_or_default();
                self.push(at, name, "only shell text of nas-pack's own goes in unquoted", "write it in two braces");
            }
            return self.helper(tag, scopes, at);
        }
        let Some(raw) = tag.name.as_name() else { return self.parameter(&tag.name, scopes, at) };
        let message = match (self.resolve(raw, scopes, at), quoted) {
            (Some(Kind::List | Kind::Group), _) => (format!("`{raw}` is no single value"), "use a part of it"),
            (Some(Kind::Shell), true) => {
                (format!("`{raw}` is shell text, quoted already"), "write it in three braces: `{{{…}}}`")
            }
            (Some(Kind::Text | Kind::Number | Kind::Flag), false) => (
                format!("`{raw}` would go in unquoted, and could become shell code"),
                "write it in two braces: `{{…}}`",
            ),
            (Some(_) | None, _) => return,
        };
        self.push(at, raw, message.0, message.1);
    }

    fn block(&self, block: &HelperTemplate, scopes: &mut Vec<String>, at: Position) {
        let name = block.name.as_name().unwrap_or_default();
        if !BLOCKS.contains(&name) {
            self.unknown(at, name, "block", &BLOCKS);
        } else if block.block_param.is_some() {
            self.push(at, "as", "names for elements are not supported", "write `this`");
        }
        self.parameters(block, scopes, at);
        let wanted = match name {
            "each" => Some((Kind::List, "a list")),
            "with" => Some((Kind::Group, "a group")),
            _ => None,
        };
        let mut inner = None;
        if let Some((wanted, words)) = wanted {
            let raw = block.params.first().and_then(Parameter::as_name).unwrap_or_default();
            // One that is not there was told of.
            match quietly(raw, scopes) {
                Some((path, kind)) if kind == wanted => {
                    inner = Some(if wanted == Kind::List { format!("{path}[]") } else { path });
                }
                Some(_) => self.push(at, raw, format!("`{raw}` is not {words}"), format!("expected {words}")),
                None if raw.is_empty() => {
                    self.push(at, name, format!("`{name}` wants {words}"), format!("expected {words}"));
                }
                None => {}
            }
            if inner.is_none() {
                return;
            }
        }
        if let Some(template) = &block.template {
            let depth = scopes.len();
            scopes.extend(inner);
            self.elements(template, scopes, at);
            scopes.truncate(depth);
        }
        if let Some(inverse) = &block.inverse {
            self.elements(inverse, scopes, at);
        }
    }

    fn helper(&self, tag: &HelperTemplate, scopes: &[String], at: Position) {
        let name = tag.name.as_name().unwrap_or_default();
        if !HELPERS.contains(&name) {
            self.unknown(at, name, "helper", &HELPERS);
        }
        self.parameters(tag, scopes, at);
        if name == "quote" {
            let raw = tag.params.first().and_then(Parameter::as_name).unwrap_or_default();
            match quietly(raw, scopes) {
                Some((_, Kind::Text)) => {}
                None if !raw.is_empty() => {}
                _ => self.push(at, "quote", "`quote` wants a text", "expected a variable that is a text"),
            }
        }
    }

    fn parameters(&self, tag: &HelperTemplate, scopes: &[String], at: Position) {
        tag.params.iter().chain(tag.hash.values()).for_each(|parameter| self.parameter(parameter, scopes, at));
    }

    fn parameter(&self, parameter: &Parameter, scopes: &[String], at: Position) {
        match parameter {
            Parameter::Path(_) | Parameter::Name(_) => {
                self.resolve(parameter.as_name().unwrap_or_default(), scopes, at);
            }
            Parameter::Subexpression(inner) => match inner.element.as_ref() {
                TemplateElement::Expression(tag) if tag.params.is_empty() && tag.hash.is_empty() => {
                    self.parameter(&tag.name, scopes, at);
                }
                TemplateElement::Expression(tag) => self.helper(tag, scopes, at),
                _ => {}
            },
            _ => {}
        }
    }

    fn partial(&self, name: Option<&str>, given: bool, at: Position) {
        let name = name.unwrap_or_default();
        if matches!(self.role, Role::Event(_)) {
            return self.push(at, name, "the template of an event cannot include others", "write the lines here");
        }
        if given {
            let message = "a partial sees every variable: it is given nothing, and cannot stand in `each` or `with`";
            self.push(at, name, message, "expected only its name");
        }
        let plain = name.strip_prefix(BUILT_IN_PREFIX).unwrap_or(name);
        let mut partials = all().iter().filter(|template| template.role == Role::Partial);
        if partials.any(|template| template.name == plain) {
            return;
        }
        let found = self.found(at, name, format!("there is no partial `{name}`")).label("no such partial");
        let names =
            all().iter().filter(|template| template.role == Role::Partial).map(|template| template.name.as_str());
        self.findings.push(match nearest(plain, names) {
            Some(near) => found.help(format!("a partial with a similar name exists: `{near}`")).help(LIST),
            None => found.help(LIST),
        });
    }

    /// The kind of a variable; one that is not there is told of.
    fn resolve(&self, raw: &str, scopes: &[String], at: Position) -> Option<Kind> {
        if let Some((path, kind)) = quietly(raw, scopes) {
            let available = variables::find(&path).map(|variable| variable.available);
            let event = matches!(self.role, Role::Event(_));
            let wrong = match available {
                Some(Available::Scripts) if event => Some("the template of an event has none"),
                Some(Available::Events) if !event => Some("only the template of an event has it"),
                _ => None,
            };
            if let Some(wrong) = wrong {
                self.push(at, raw, format!("`{raw}` has no value here"), wrong);
            }
            return Some(kind);
        }
        let found = self.found(at, raw, format!("unknown variable `{raw}`")).label("no such variable");
        let scope = scopes.last().map(|scope| format!("{scope}.")).filter(|scope| scope.len() > 1).unwrap_or_default();
        let names: Vec<String> = variables::paths()
            .filter_map(|path| path.strip_prefix(&scope).map(str::to_owned))
            .filter(|path| !path.contains("[]"))
            .collect();
        let found = match nearest(raw, names.iter().map(String::as_str)) {
            Some(near) => found.help(format!("a variable with a similar name exists: `{near}`")),
            None if quietly(raw, &[String::new()]).is_some() => {
                found.help(format!("in a block of `each` or `with` it is `@root.{raw}`"))
            }
            None => found,
        };
        self.findings.push(found.help(VARIABLES));
        None
    }

    fn unknown(&self, at: Position, name: &str, what: &str, known: &[&str]) {
        let found = self.found(at, name, format!("there is no {what} `{name}`"));
        let names = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        self.findings.push(found.label(format!("expected one of {names}")));
    }

    fn push(&self, at: Position, word: &str, message: impl Into<String>, label: impl Into<String>) {
        self.findings.push(self.found(at, word, message).label(label));
    }

    fn found(&self, at: Position, word: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(&place(self.source, at, word))
    }
}

/// The full path and the kind of what a template calls `raw`.
fn quietly(raw: &str, scopes: &[String]) -> Option<(String, Kind)> {
    let dotted = raw.replace('/', ".");
    let mut rest = dotted.as_str();
    let mut depth = scopes.len().checked_sub(1)?;
    if let Some(root) = rest.strip_prefix("@root") {
        (rest, depth) = (root.strip_prefix('.')?, 0);
    }
    while let Some(above) = rest.strip_prefix("...") {
        (rest, depth) = (above, depth.checked_sub(1)?);
    }
    let scope = scopes.get(depth)?;
    match rest {
        "@index" if scope.ends_with("[]") => return Some((String::new(), Kind::Number)),
        "@first" | "@last" if scope.ends_with("[]") => return Some((String::new(), Kind::Flag)),
        _ => {}
    }
    rest = rest.strip_prefix("this.").or_else(|| rest.strip_prefix("..")).unwrap_or(rest);
    let path = match (rest, scope.as_str()) {
        ("this", scope) => scope.to_owned(),
        (name, "") => name.to_owned(),
        (name, scope) => format!("{scope}.{name}"),
    };
    let kind = variables::find(&path).map(|variable| variable.kind);
    // The elements of a list that have parts.
    let group = || variables::paths().any(|other| other.strip_prefix(&path).is_some_and(|rest| rest.starts_with('.')));
    kind.or_else(|| (!path.is_empty() && group()).then_some(Kind::Group)).map(|kind| (path, kind))
}

/// The partials that a template names, and where.
pub(super) fn includes(template: &Parsed) -> Vec<(String, Position)> {
    let mut found = Vec::new();
    for (index, element) in template.elements.iter().enumerate() {
        match element {
            TemplateElement::PartialExpression(partial) => {
                let at = template.mapping.get(index).map_or((1, 1), |mapping| (mapping.0, mapping.1));
                found.extend(partial.name.as_name().map(|name| (name.to_owned(), at)));
            }
            TemplateElement::HelperBlock(block) => {
                found.extend([&block.template, &block.inverse].into_iter().flatten().flat_map(includes));
            }
            _ => {}
        }
    }
    found
}

/// Finds what in a template leads back to it: to fill it in would never end.
pub(super) fn circles(name: &str, source: &Arc<Source>, registry: &Handlebars<'_>, findings: &Findings) {
    let included = |name: &str| registry.get_template(name).map(includes).unwrap_or_default();
    for (first, at) in included(name) {
        let mut seen = BTreeSet::new();
        let mut next = vec![first.clone()];
        while let Some(partial) = next.pop() {
            if seen.insert(partial.clone()) {
                next.extend(included(&partial).into_iter().map(|(name, _)| name));
            }
        }
        if seen.contains(name) {
            findings.push(
                Diagnostic::error(format!("the template `{name}` includes itself"))
                    .at(&place(source, at, &first))
                    .label("leads back to this template")
                    .help(format!("the built-in one is `{{{{> {BUILT_IN_PREFIX}{name}}}}}`")),
            );
        }
    }
}

/// Finds a template nested so deeply that reading it would need more stack than there is.
pub(super) fn nesting(source: &Arc<Source>) -> Option<Diagnostic> {
    let text = source.text.as_str();
    // For each open block how many branches it has.
    let mut blocks: Vec<usize> = Vec::new();
    for (offset, _) in text.match_indices("{{") {
        let tag = &text[offset + 2..];
        let tag = &tag[..tag.find("}}").unwrap_or(tag.len())];
        let inner = tag.trim_start_matches(|c: char| c == '~' || c.is_whitespace());
        match inner.chars().next() {
            Some('#') => blocks.push(1),
            Some('/') => drop(blocks.pop()),
            Some('^') => blocks.iter_mut().next_back().into_iter().for_each(|branches| *branches += 1),
            _ if inner.starts_with("else") => {
                blocks.iter_mut().next_back().into_iter().for_each(|branches| *branches += 1);
            }
            _ => {}
        }
        let brackets = tag.chars().filter(|c| "([{".contains(*c)).count();
        if brackets > DEEPEST || blocks.iter().sum::<usize>() > DEEPEST {
            let span = offset..offset + 2;
            let found = Diagnostic::error("this template is nested too deeply");
            let found = found.at(&Origin::File { source: Arc::clone(source), span });
            return Some(found.label(format!("expected at most {DEEPEST} levels")));
        }
    }
    None
}

/// Why a template is not in handlebars' language.
pub(super) fn syntax(error: &TemplateError, source: &Arc<Source>) -> Diagnostic {
    let at = error.pos().unwrap_or((1, 1));
    let found = |message: &str| Diagnostic::error(message).at(&place(source, at, ""));
    match error.reason() {
        TemplateErrorReason::MismatchingClosedHelper(opened, closed) => {
            found(&format!("the block `{opened}` is closed as `{closed}`"))
                .label(format!("expected `{{{{/{opened}}}}}`"))
        }
        TemplateErrorReason::InvalidSyntax(_) => found("this is not what templates are written in")
            .label(if is_end(source, at) { "a tag or a block is not closed" } else { "cannot be read from here on" })
            .note("a tag is `{{variable}}`, `{{{shell}}}`, `{{#if …}}` to `{{/if}}`, or `{{> partial}}`")
            .help("write `\\{{` for braces that are meant for the shell"),
        reason => found(&format!("this template cannot be read: {reason}")),
    }
}

fn is_end(source: &Arc<Source>, (line, column): Position) -> bool {
    let mut rest = source.text.split_inclusive('\n').skip(line.saturating_sub(1));
    let here = rest.next().unwrap_or_default();
    here.chars().skip(column.saturating_sub(1)).chain(rest.flat_map(str::chars)).all(char::is_whitespace)
}

/// Why a template could not be filled in. Without a source it is a built-in one.
pub(super) fn render(error: &RenderError, name: &str, source: Option<&Arc<Source>>) -> Diagnostic {
    let Some(source) = source else {
        let name = error.template_name.as_deref().unwrap_or(name);
        let line = error.line_no.map_or_else(String::new, |line| format!(", line {line}"));
        return Diagnostic::error(format!("template `{name}`{line}: {}", error.reason()));
    };
    let at = (error.line_no.unwrap_or(1), error.column_no.unwrap_or(1));
    let missing = match error.reason() {
        RenderErrorReason::MissingVariable(Some(name)) => name.as_str(),
        reason => {
            return Diagnostic::error(format!("this template cannot be filled in: {reason}"))
                .at(&place(source, at, ""));
        }
    };
    let found = Diagnostic::error(format!("`{missing}` has no value here")).at(&place(source, at, missing));
    let group = missing.rsplit_once(['.', '/']).map(|(group, _)| group);
    match (variables::find(missing).map(|variable| variable.available), group) {
        (Some(available @ (Available::Service | Available::Root | Available::Settings)), Some(group)) => found
            .label(format!("it is there for {}", available.meaning()))
            .help(format!("put it between `{{{{#if {group}}}}}` and `{{{{/if}}}}`")),
        _ => found.help(VARIABLES),
    }
}

/// Where a word stands: at or behind a position in a template.
fn place(source: &Arc<Source>, (line, column): Position, word: &str) -> Origin {
    let text = source.text.as_str();
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let start = start.min(text.len());
    let rest = text[start..].lines().next().unwrap_or_default();
    let start = start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    let part = |c: char| c.is_alphanumeric() || "_-./@".contains(c);
    let whole = |at: usize| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    };
    let span = (!word.is_empty())
        .then(|| text[start..].match_indices(word).map(|(at, _)| start + at).find(|&at| whole(at)))
        .flatten()
        .map_or_else(
            || {
                let tag = &text[start..];
                let line = tag.lines().next().unwrap_or_default().len();
                start..start + tag.find("}}").map_or(line, |end| end + 2).min(line)
            },
            |at| at..at + word.len(),
        );
    Origin::File { source: Arc::clone(source), span }
}
