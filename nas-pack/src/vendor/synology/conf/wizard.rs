//! `WIZARD_UIFILES`: what Package Center asks before it installs, upgrades or removes the package.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use super::fields::WIZARD;
use super::language::{self, spoken};
use super::questions::{self, Presets};
use super::rules;
use super::schema::{self, Typed, Version, Wrong, find, join};
use crate::archive::Content;
use crate::diagnostic::{Diagnostic, Findings};
use crate::hooks::{HookRequest, is_env_name, render_wizard};
use crate::layer::{Entry, Kind, Value};
use crate::manifest::{Mismatch, Section};
use crate::model::{Language, Settings};
use crate::vendor::synology::generation::Dsm;
use crate::vendor::synology::lifecycle;
use crate::vendor::{Request, json};

pub(super) const FOLDER: &str = "WIZARD_UIFILES";

/// When something is asked: the manifest's key, that for a file of the author's, and INFO's key for going without the wizard.
pub(super) const MOMENTS: [(&str, &str, &str); 3] = [
    ("install", "install-file", "silent_install"),
    ("upgrade", "upgrade-file", "silent_upgrade"),
    ("uninstall", "uninstall-file", "silent_uninstall"),
];

/// Since this DSM a script may write the wizard.
const SCRIPTS: Version = (5, 2, 5565);

/// The largest file, in bytes. A Vue bundle is inside.
const LIMIT: usize = 4 << 20;

/// What a wizard's variables begin with by custom: the second at Synology, the first elsewhere.
const PREFIXES: [&str; 2] = ["wizard_", "pkgwizard_"];

/// What package Center itself sets.
const RESERVED: &str = "SYNOPKG_";

const MISSPELT: &str = "defaultVaule";

/// The wizards of an app.
#[derive(Debug, Default)]
pub(super) struct Wizards {
    pub(super) files: Vec<(String, Content, u32)>,
    /// INFO's keys for the moments in which something is asked.
    pub(super) loud: Vec<&'static str>,
}

type Files = Vec<(String, Content, u32)>;

/// The wizards that the manifest describes and those that it names, and before them what asks for the app's settings. `version` is the
/// app's in DSM's form.
pub(super) fn read(request: &Request<'_>, keys: &Section<'_>, dsm: Dsm, oldest: Version, version: &str) -> Wizards {
    let mut wizards = Wizards::default();
    let section = keys.section("wizard").map(|(section, _)| section);
    for (moment, file, info) in MOMENTS {
        let described = section.as_ref().and_then(|section| section.entry_as(moment, "a list of tables"));
        let named = section.as_ref().and_then(|section| section.entry_as(file, "a string or a table"));
        let settings = request.app.settings.as_ref().filter(|_| asks_for_settings(moment, oldest));
        if let Some((section, named)) = section.as_ref().zip(named)
            && (described.is_some() || settings.is_some())
        {
            let other = if described.is_some() { section.full(moment) } else { "settings".to_owned() };
            let message = format!("`{other}` and `{}` are the same wizard", section.full(file));
            let found = Diagnostic::error(message).at(&named.key).label("expected one of them");
            request.findings.push(match settings {
                Some(_) => found.help(format!("pages of `{}` come behind those of `settings`", section.full(moment))),
                None => found,
            });
        }
        let before = wizards.files.len();
        let scene = Scene {
            request,
            moment,
            oldest,
            hooks: HookRequest { lifecycle: lifecycle::of(dsm), app: request.app, version },
        };
        let described = section.as_ref().zip(described);
        if described.is_some() || (settings.is_some() && named.is_none()) {
            wizards.files.extend(describe(&scene, described, settings));
        }
        if let Some((section, entry)) = section.as_ref().zip(named) {
            wizards.files.extend(take(request, section, (moment, file), entry, oldest));
        }
        if wizards.files.len() > before {
            wizards.loud.push(info);
        }
    }
    if let Some(section) = section {
        section.finish();
    }
    wizards
}

/// An upgrade shows what is set at present, which only a script can: a plain wizard would take the user's choices back.
fn asks_for_settings(moment: &str, oldest: Version) -> bool {
    match moment {
        "install" => true,
        "upgrade" => oldest >= SCRIPTS,
        _ => false,
    }
}

/// What wizards are made for.
struct Scene<'a> {
    request: &'a Request<'a>,
    moment: &'static str,
    oldest: Version,
    hooks: HookRequest<'a>,
}

/// A wizard of the pages that ask for the settings, and of the author's behind them.
fn describe(scene: &Scene<'_>, described: Option<(&Section<'_>, &Entry)>, settings: Option<&Settings>) -> Files {
    let Scene { request, moment, oldest, hooks } = *scene;
    let findings = request.findings;
    let mut spoken_in: BTreeSet<_> = settings.into_iter().flat_map(questions::languages).collect();
    if let Some((section, entry)) = described {
        if !matches!(entry.value.kind, Kind::List(_)) {
            section.mismatch(moment, &entry.value, "a list of steps", Mismatch::Type);
            return Vec::new();
        }
        spoken_in.extend(language::languages(&entry.value, &section.full(moment), findings));
    }
    let own = |language: Language, findings: &Findings| {
        described.map(|(section, entry)| {
            Typed::read(WIZARD, "", &spoken(&entry.value, language), &section.full(moment), findings)
        })
    };
    let steps = |typed: Option<&Typed>| typed.and_then(|typed| typed.json.as_array().cloned()).unwrap_or_default();
    let ask = |language, presets: Presets<'_>| {
        settings.map(|settings| questions::pages(settings, language, presets)).unwrap_or_default()
    };

    let typed = own(Language::English, findings);
    let asked = ask(Language::English, Presets::Defaults);
    let first_own = asked.len();
    let place = |path: &str| typed.as_ref()?.place(&behind(path, first_own)?);
    let whole = Json::from([asked, steps(typed.as_ref())].concat());
    for (path, found) in check(&whole, Some(oldest), |path| place(path).map(|(_, name)| name)) {
        let origin = place(&path).map_or_else(|| request.origin("settings"), |(origin, _)| origin);
        findings.push(found.at(&origin));
    }
    let mut files = Vec::new();
    spoken_in.insert(Language::English);
    for language in spoken_in {
        let suffix = match language {
            Language::English => String::new(),
            other => format!("_{}", language::word(other)),
        };
        let name = format!("{FOLDER}/{moment}_uifile{suffix}");
        // What is wrong was found in the English one.
        let own = steps(own(language, &Findings::new()).as_ref());
        if moment != "upgrade" || settings.is_none() {
            let whole = [ask(language, Presets::Defaults), own].concat();
            files.push((name, json(&whole).into(), 0o644));
            continue;
        }
        let mut marks = Vec::new();
        let whole = [ask(language, Presets::Present(&mut marks)), own.clone()].concat();
        let otherwise = json(&own);
        match render_wizard(&hooks, &questions::cut(&whole, marks), otherwise.trim_end()) {
            Ok(script) => files.push((format!("{name}.sh"), script.into(), 0o755)),
            Err(failure) => findings.absorb(failure.into_diagnostics()),
        }
    }
    files.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    files
}

/// A path in the author's own steps, of one in a wizard that has them behind others.
fn behind(path: &str, others: usize) -> Option<String> {
    let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
    let index = index.parse::<usize>().ok()?.checked_sub(others)?;
    Some(format!("[{index}]{rest}"))
}

/// A file of the author's, or one for each language.
fn take(
    request: &Request<'_>,
    section: &Section<'_>,
    (moment, key): (&str, &'static str),
    entry: &Entry,
    oldest: Version,
) -> Vec<(String, Content, u32)> {
    let mut named: Vec<(&str, &Value)> = Vec::new();
    match &entry.value.kind {
        Kind::Str(_) => named.push(("", &entry.value)),
        Kind::Table(table) => {
            for (tag, entry) in table.iter() {
                match tag.parse() {
                    Ok(Language::English) => named.push(("", &entry.value)),
                    Ok(language) => named.push((language::word(language), &entry.value)),
                    Err(_) => {
                        let message = format!("`{}` has an unknown language `{tag}`", section.full(key));
                        let found = Diagnostic::error(message).at(&entry.key).label("no such language");
                        request
                            .findings
                            .push(found.note(format!("DSM's are {}", Language::ALL.map(Language::tag).join(", "))));
                    }
                }
            }
        }
        _ => section.mismatch(key, &entry.value, "a path, or a table of paths by language", Mismatch::Type),
    }
    let mut files = Vec::new();
    for (word, value) in named {
        let Some(path) = section.value::<String>(key, value) else { continue };
        let Some(content) = request.text_file(&section.full(key), &request.dir.join(&path), LIMIT) else { continue };
        let mut text = Vec::new();
        if content.copy_to(&mut text).is_err() {
            continue;
        }
        let is_script = Path::new(&path).extension().is_some_and(|extension| extension == "sh");
        if is_script && oldest < SCRIPTS {
            let found = rules::SYN069
                .found("wizards that a script writes are younger than the oldest DSM that the package is for");
            request.findings.push(found.at(&value.origin).note("DSM has them since 5.2-5565"));
        }
        if !is_script {
            match serde_json::from_slice::<Json>(&text) {
                Ok(wizard) => {
                    for (_, found) in check(&wizard, Some(oldest), |path| Some(path.to_owned())) {
                        request.findings.push(found.in_file(request.dir.join(&path)));
                    }
                }
                Err(error) => {
                    let found = rules::SYN065.found(format!("`{path}` is no JSON: {error}"));
                    request.findings.push(found.at(&value.origin));
                }
            }
        }
        let suffix = if word.is_empty() { String::new() } else { format!("_{word}") };
        let (script, mode) = if is_script { (".sh", 0o755) } else { ("", 0o644) };
        files.push((format!("{FOLDER}/{moment}_uifile{suffix}{script}"), content, mode));
    }
    files
}

/// What is wrong with a wizard: the place, and the finding without it. `name` gives places the names that the reader knows.
pub(super) fn check(
    wizard: &Json,
    oldest: Option<Version>,
    name: impl Fn(&str) -> Option<String>,
) -> Vec<(String, Diagnostic)> {
    let name = |path: &str| name(path).unwrap_or_else(|| path.to_owned());
    let mut found = Vec::new();
    if !wizard.is_array() {
        found.push((String::new(), rules::SYN066.found("a wizard must be a list of steps")));
    }
    for flaw in schema::flaws(WIZARD, wizard, oldest) {
        // The misspelling has a rule of its own, and a list to choose from has several forms.
        let is_store = flaw.path.split('.').any(|part| part == "store" || part.starts_with("store["));
        let is_misspelt = matches!(flaw.wrong, Wrong::Unknown(_)) && flaw.path.ends_with(MISSPELT);
        if !is_store && !is_misspelt {
            found.push((flaw.path.clone(), flaw.found(&name(&flaw.path))));
        }
    }
    let mut keys = BTreeSet::new();
    for (path, item) in find(wizard, "[].items[]") {
        let kind = item.get("type").and_then(Json::as_str);
        if kind.is_some() != item.get("subitems").is_some() {
            let lacking = join(&path, if kind.is_some() { "subitems" } else { "type" });
            found.push((path.clone(), rules::SYN068.found(format!("`{}` is missing", name(&lacking)))));
        }
        for (index, subitem) in item.get("subitems").and_then(Json::as_array).into_iter().flatten().enumerate() {
            let path = format!("{path}.subitems[{index}]");
            if kind == Some("combobox") && subitem.get("store").or(subitem.get("api_store")).is_none() {
                let lacking = format!("`{}` has no list to choose from: `store` or `api_store`", name(&path));
                found.push((path.clone(), rules::SYN068.found(lacking)));
            }
            subitem_flaws(subitem, &path, &name, &mut keys, &mut found);
        }
    }
    found
}

fn subitem_flaws(
    subitem: &Json,
    path: &str,
    name: &impl Fn(&str) -> String,
    keys: &mut BTreeSet<String>,
    found: &mut Vec<(String, Diagnostic)>,
) {
    let at = join(path, "key");
    match subitem.get("key").and_then(Json::as_str) {
        Some(key) if !is_env_name(key) => {
            let wrong = rules::SYN082.found(format!("`{key}` cannot be a variable of the scripts"));
            found.push((at, wrong.label("expected letters, digits and `_`, not beginning with a digit")));
        }
        Some(key) if key.starts_with(RESERVED) => {
            found.push((at, rules::SYN082.found(format!("`{key}` has the form of Package Center's own variables"))));
        }
        Some(key) if !keys.insert(key.to_owned()) => {
            found.push((at, rules::SYN082.found(format!("the wizard asks for `{key}` twice"))));
        }
        Some(key) => {
            let lower = key.to_ascii_lowercase();
            if !PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
                let hint = rules::SYN085.found(format!("`{key}` does not begin with `wizard_`"));
                found.push((at, hint.help(format!("call it `wizard_{key}`"))));
            }
        }
        // Hidden ones only serve their validators.
        None if subitem.get("hidden").and_then(Json::as_bool) == Some(true) => {}
        None => found.push((path.to_owned(), rules::SYN068.found(format!("`{}` is missing", name(&at))))),
    }
    if subitem.get(MISSPELT).is_some() {
        let wrong = rules::SYN083.found(format!("`{}` is misspelt, and DSM passes over it", join(path, MISSPELT)));
        found.push((join(path, MISSPELT), wrong.help("write `defaultValue`")));
    }
    let expr = subitem.get("validator").and_then(|validator| validator.get("regex")?.get("expr")?.as_str());
    if let Some(expr) = expr
        && !is_regex(expr)
    {
        let wrong = rules::SYN084.found(format!("`{expr}` is no regular expression of JavaScript"));
        let wrong = wrong.label("expected slashes around it, such as `/^[a-z]+$/i`");
        found.push((
            join(path, "validator.regex.expr"),
            wrong.help("put `/` on both sides, and flags behind the second"),
        ));
    }
}

/// Whether a text is `/…/flags`.
fn is_regex(text: &str) -> bool {
    let Some((body, flags)) = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) else { return false };
    !body.is_empty() && flags.chars().all(|flag| "dgimsuvy".contains(flag))
}

/// What a file of the folder is by its name: the moment, the language's word, and whether it is a script.
pub(super) fn parse(name: &str) -> Option<(&str, Option<&str>, bool)> {
    let (stem, is_script) = name.strip_suffix(".sh").map_or((name, false), |stem| (stem, true));
    let (moment, rest) = stem.split_once("_uifile")?;
    MOMENTS.iter().find(|(known, ..)| *known == moment)?;
    let word = if rest.is_empty() { None } else { Some(rest.strip_prefix('_')?) };
    Some((moment, word, is_script))
}
