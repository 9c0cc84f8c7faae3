//! The pages that ask for the app's settings, in the form of `WIZARD_UIFILES`.

use serde_json::{Map, Value as Json, json};

use crate::hooks::{WizardPart, plain_line};
use crate::model::{Language, Setting, SettingChoice, SettingKind, SettingWords, Settings};
use crate::vendor::json;

/// What stands in a question before somebody answers.
pub(super) enum Presets<'p> {
    /// The defaults.
    Defaults,
    /// Marks, for a script to put in what is set at present: what each stands for.
    Present(&'p mut Vec<WizardPart>),
}

/// The languages in which anything is said, beside English.
pub(super) fn languages(settings: &Settings) -> impl Iterator<Item = Language> {
    let of_choices = |field: &Setting| match &field.kind {
        SettingKind::Choice { choices, .. } => {
            choices.iter().flat_map(|choice| choice.translations.keys()).copied().collect()
        }
        _ => Vec::new(),
    };
    let of_pages = settings.pages.iter().flat_map(|page| page.translations.keys()).copied();
    let of_fields = settings.fields().flat_map(|field| field.translations.keys()).copied();
    let all = of_pages.chain(of_fields).chain(settings.fields().flat_map(of_choices));
    all.filter(|language| *language != Language::English)
}

/// The pages in one language.
pub(super) fn pages(settings: &Settings, language: Language, mut presets: Presets<'_>) -> Vec<Json> {
    let page = |page: &crate::model::SettingsPage| {
        let title = page.translations.get(&language).unwrap_or(&page.title);
        let items: Vec<_> = page.fields.iter().map(|field| item(field, language, &mut presets)).collect();
        json!({ "step_title": plain_line(title), "items": items })
    };
    settings.pages.iter().map(page).collect()
}

fn item(field: &Setting, language: Language, presets: &mut Presets<'_>) -> Json {
    let words = field.translations.get(&language).cloned().unwrap_or_else(SettingWords::default);
    let label = plain_line(words.label.as_ref().unwrap_or(&field.label));
    let help = words.help.as_ref().or(field.help.as_ref()).map(|help| plain_line(help)).filter(|help| !help.is_empty());
    let mut item = Map::new();
    let kind = match &field.kind {
        SettingKind::Flag { .. } => "multiselect",
        SettingKind::Number { .. } | SettingKind::Text { secret: false, .. } => "textfield",
        SettingKind::Text { secret: true, .. } => "password",
        SettingKind::Choice { .. } => "singleselect",
    };
    item.insert("type".to_owned(), kind.into());
    if let SettingKind::Choice { choices, .. } = &field.kind {
        // Only its choices have labels of their own there.
        item.insert("desc".to_owned(), help.map_or(label.clone(), |help| format!("{label} – {help}")).into());
        let subitem = |choice: &SettingChoice| {
            let label = choice.translations.get(&language).unwrap_or(&choice.label);
            let key = format!("{}__{}", field.variable(), choice.value);
            json!({ "key": key, "desc": plain_line(label), "defaultValue": presets.choice(field, choices, &choice.value) })
        };
        item.insert("subitems".to_owned(), choices.iter().map(subitem).collect());
        return Json::Object(item);
    }
    if let Some(help) = &help {
        item.insert("desc".to_owned(), help.clone().into());
    }
    let mut subitem = Map::new();
    subitem.insert("key".to_owned(), field.variable().into());
    subitem.insert("desc".to_owned(), label.into());
    subitem.extend(presets.field(field).map(|preset| ("defaultValue".to_owned(), preset)));
    let keeps = matches!(presets, Presets::Present(_));
    subitem.extend(validator(field, help.as_deref(), keeps).map(|validator| ("validator".to_owned(), validator)));
    item.insert("subitems".to_owned(), json!([subitem]));
    Json::Object(item)
}

impl Presets<'_> {
    fn field(&mut self, field: &Setting) -> Option<Json> {
        let (kind, default) = match &field.kind {
            SettingKind::Flag { default } => ("flag", Some(Json::from(*default))),
            SettingKind::Number { default, .. } => ("number", default.map(|number| number.to_string().into())),
            SettingKind::Text { secret: false, default, .. } => ("text", default.as_deref().map(Json::from)),
            // Nobody sees what is secret.
            SettingKind::Text { secret: true, .. } | SettingKind::Choice { .. } => return None,
        };
        match self {
            Self::Defaults => default,
            Self::Present(parts) => Some(mark(parts, WizardPart { kind, ..part(field) })),
        }
    }

    fn choice(&mut self, field: &Setting, choices: &[SettingChoice], value: &str) -> Json {
        let SettingKind::Choice { default, .. } = &field.kind else { return Json::Null };
        match self {
            Self::Defaults => (default.as_deref() == Some(value)).into(),
            Self::Present(parts) => {
                let values = choices.iter().map(|choice| choice.value.clone()).collect();
                mark(parts, WizardPart { kind: "choice", choice: value.to_owned(), values, ..part(field) })
            }
        }
    }
}

fn part(field: &Setting) -> WizardPart {
    WizardPart { key: field.key.clone(), default: field.default_toml().unwrap_or_default(), ..WizardPart::default() }
}

/// No text of a manifest has a NUL, so nothing else looks like a mark.
fn mark(parts: &mut Vec<WizardPart>, part: WizardPart) -> Json {
    parts.push(part);
    format!("\0{}\0", parts.len() - 1).into()
}

/// The JSON of pages with marks, cut at these. `parts` is what each stands for; the text before it is filled in.
pub(super) fn cut(pages: &[Json], mut parts: Vec<WizardPart>) -> Vec<WizardPart> {
    let text = json(&pages);
    let mut rest = text.trim_end();
    for (index, part) in parts.iter_mut().enumerate() {
        let (before, behind) = rest.split_once(&format!("\"\\u0000{index}\\u0000\"")).unwrap_or((rest, ""));
        before.clone_into(&mut part.text);
        rest = behind;
    }
    parts.push(WizardPart { text: rest.to_owned(), ..WizardPart::default() });
    parts
}

/// What an answer must be. The scripts look at it again, as answers may come from elsewhere; patterns only the daemon can.
fn validator(field: &Setting, help: Option<&str>, keeps: bool) -> Option<Json> {
    match &field.kind {
        SettingKind::Flag { .. } | SettingKind::Choice { .. } => None,
        SettingKind::Number { min, max, .. } => {
            let range = if *max == i64::MAX { format!("≥ {min}") } else { format!("{min} – {max}") };
            let expr = if *min < 0 { "/^-?[0-9]+$/" } else { "/^[0-9]+$/" };
            let check = format!(
                "{{ var v = arguments[0]; if (v === '' || (Number(v) >= {min} && Number(v) <= {max})) {{ return true; }} \
                 return '{range}'; }}"
            );
            Some(json!({
                "allowBlank": field.optional,
                "regex": { "expr": expr, "errorText": range },
                "fn": check,
            }))
        }
        SettingKind::Text { min, max, pattern, secret, default } => {
            // Nothing in the place of what is secret leaves it as it is, or at its default.
            let may_be_blank = field.optional || *min == 0 || (*secret && (keeps || default.is_some()));
            let mut rules = Map::new();
            rules.insert("allowBlank".to_owned(), may_be_blank.into());
            if *min > 0 {
                rules.insert("minLength".to_owned(), (*min).into());
            }
            rules.insert("maxLength".to_owned(), (*max).into());
            if let Some(pattern) = pattern {
                let text = help.unwrap_or(pattern);
                rules.insert("regex".to_owned(), json!({ "expr": anchored(pattern, may_be_blank), "errorText": text }));
            }
            Some(rules.into())
        }
    }
}

/// A pattern for the whole text, as JavaScript writes it.
fn anchored(pattern: &str, may_be_blank: bool) -> String {
    let mut body = String::new();
    let mut escaped = false;
    for c in pattern.chars() {
        match c {
            '/' if !escaped => body.push_str("\\/"),
            '\n' => body.push_str("\\n"),
            '\r' => body.push_str("\\r"),
            c => body.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    if may_be_blank { format!("/^(?:{body})?$/") } else { format!("/^(?:{body})$/") }
}
