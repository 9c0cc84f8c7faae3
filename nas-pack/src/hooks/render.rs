//! Scripts from an app's description: handlebars templates, filled in from the vendor's lifecycle table.
//!
//! Whatever a template inserts becomes one quoted shell word, so no value of a manifest can become shell code. Three
//! stashes (`{{{…}}}`) stand only where this module has made shell text itself: [`Text::to_shell`], the words of a
//! step, and the author's own `sh` lines. Templates of an author's are held to the same.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::lifecycle::{Hosted, Lifecycle, RunsAs, ScriptSpec};
use super::templates::{UPGRADE_WIZARD, function};
use super::text::{is_env_name, plain_line};
use super::{Event, Step, Text};
use crate::diagnostic::{Diagnostic, Result};
use crate::model::{App, Setting, SettingChoice, SettingKind, Settings};

/// What scripts are wanted for.
#[derive(Clone, Copy, Debug)]
pub struct HookRequest<'a> {
    /// What the vendor's firmware runs when.
    pub lifecycle: &'static Lifecycle,
    /// The app, with this vendor's overrides applied.
    pub app: &'a App,
    /// The version in the vendor's own form.
    pub version: &'a str,
}

/// A script of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its file name.
    pub name: &'static str,
    /// Its text, with LF line ends.
    pub text: String,
    /// Its permission bits.
    pub mode: u32,
}

/// Makes every script of the vendor's set.
///
/// # Errors
///
/// An environment variable of the service with a name that no shell can set, or a template of the author's that cannot be filled
/// in for this app.
pub fn render(request: &HookRequest<'_>) -> Result<Vec<Script>> {
    check_names(request.app)?;
    request.lifecycle.scripts.iter().map(|spec| script(request, spec)).collect()
}

fn script(request: &HookRequest<'_>, spec: &ScriptSpec) -> Result<Script> {
    let (data, lines) = data(request, spec)?;
    let text = tidy(&request.app.templates.fill(spec.template, &data)?);
    let text = lines.iter().fold(text, |text, (mark, lines)| text.replace(mark, lines));
    Ok(Script { name: spec.name, text, mode: spec.mode })
}

/// What a script's template is filled in with, and the author's own lines by the marks that stand for them until the rest is tidy.
fn data(request: &HookRequest<'_>, spec: &ScriptSpec) -> Result<(Value, Vec<(String, String)>)> {
    let HookRequest { lifecycle, app, .. } = *request;
    let mut data = json!(Context::new(request));
    let mut on: BTreeMap<_, _> = Event::ALL.iter().map(|&event| (function(event), json!(false))).collect();
    let mut events = Vec::new();
    let mut helpers = Helpers::default();
    let mut lines = Vec::new();
    for &Hosted { event, on_failure } in spec.events {
        let steps = app.hooks.at(event);
        let said: Vec<_> = steps.iter().enumerate().map(|(index, step)| step_lines(step, event, index)).collect();
        let body = match app.templates.event(lifecycle.vendor, event) {
            None => said.join("\n"),
            Some(template) => {
                data["event"] = json!(event);
                data["steps"] = json!(said.join("\n"));
                let text = app.templates.fill(&template, &data)?;
                if text.trim().is_empty() {
                    continue;
                }
                helpers.add_named(&text);
                let mark = format!("\0{event}\0");
                lines.push((mark.clone(), text.trim_end_matches('\n').to_owned()));
                mark
            }
        };
        if body.is_empty() {
            continue;
        }
        for (index, step) in steps.iter().enumerate() {
            helpers.add(step);
            if let Step::Sh { script } = step {
                let script = script.replace("\r\n", "\n");
                lines.push((lines_mark(event, index), script.trim_end_matches('\n').to_owned()));
            }
        }
        helpers.any = true;
        on.insert(function(event), json!(on_failure.name()));
        events.push(json!({ "function": function(event), "steps": body }));
    }
    if let Some(data) = data.as_object_mut() {
        data.remove("event");
        data.remove("steps");
    }
    data["on"] = json!(on);
    data["events"] = json!(events);
    data["helpers"] = json!(helpers);
    Ok((data, lines))
}

/// A part of a wizard's JSON, and what a script puts behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct WizardPart {
    pub(crate) text: String,
    /// What is to be put there: `flag`, `number`, `text`, `choice`, or nothing.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The setting whose present value it is.
    pub(crate) key: String,
    /// Its default in TOML.
    pub(crate) default: String,
    /// The choice that may be the present one.
    pub(crate) choice: String,
    /// Every choice's value.
    pub(crate) values: Vec<String>,
}

/// Makes the script that asks at an upgrade, with the present settings for presets. `otherwise` is the JSON for asking nothing of that.
///
/// # Errors
///
/// A template of the author's that cannot be filled in for this app.
pub(crate) fn render_wizard(request: &HookRequest<'_>, parts: &[WizardPart], otherwise: &str) -> Result<String> {
    check_names(request.app)?;
    Ok(tidy(&request.app.templates.fill(UPGRADE_WIZARD.0, &wizard_data(request, parts, otherwise))?))
}

fn wizard_data(request: &HookRequest<'_>, parts: &[WizardPart], otherwise: &str) -> Value {
    let mut data = json!(Context::new(request));
    data["wizard"] = json!({ "parts": parts, "otherwise": otherwise });
    data
}

fn check_names(app: &App) -> Result<()> {
    let settings = app.settings.iter().flat_map(Settings::fields);
    let names =
        settings.flat_map(|field| std::iter::once(&field.key).chain(choices(field).map(|choice| &choice.value)));
    for name in names {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err(Diagnostic::error(format!("`{name}` cannot be the name of a setting or choice"))
                .help("use `a` to `z`, `0` to `9` and `_`")
                .into());
        }
    }
    for name in app.service.iter().flat_map(|service| service.env.keys()) {
        if !is_env_name(name) {
            return Err(Diagnostic::error(format!("`{name}` cannot be the name of an environment variable"))
                .help("use letters, digits and `_`, not beginning with a digit")
                .into());
        }
    }
    Ok(())
}

/// What stands for the author's own lines until the rest is tidy: they are put in as they are. No value of a manifest
/// can hold a NUL.
fn lines_mark(event: Event, index: usize) -> String {
    format!("\0{event}/{index}\0")
}

/// Conditional parts leave blank lines behind; a person reads at most one at a time.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines() {
        let empty = line.trim_end().is_empty();
        if !(empty && blank) {
            out.push_str(line);
            out.push('\n');
        }
        blank = empty;
    }
    out
}

/// What all templates can use. Scripts and partials have the events as well; [`VARIABLES`](super::templates::VARIABLES) tells of each.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Context<'a> {
    vendor: &'static str,
    generation: &'static str,
    package: &'a str,
    name: &'a str,
    version: &'a str,
    /// The port, or an empty text.
    port: String,
    account: Option<Account>,
    folder_mode: String,
    remove_data: bool,
    service: Option<ServiceView<'a>>,
    settings: Option<SettingsView<'a>>,
}

#[derive(Serialize)]
struct Account {
    user: String,
    group: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ServiceView<'a> {
    exec: &'a str,
    /// Shell words.
    args: Vec<String>,
    env: Vec<EnvView<'a>>,
    start_timeout: u32,
    stop_timeout: u32,
    reload_signal: Option<&'a str>,
    log_limit: u32,
}

#[derive(Serialize)]
struct EnvView<'a> {
    name: &'a str,
    /// A shell word.
    value: String,
}

#[derive(Serialize)]
struct SettingsView<'a> {
    file: &'a str,
    mode: String,
    numbers: bool,
    texts: bool,
    fields: Vec<SettingView<'a>>,
}

#[derive(Serialize)]
struct SettingView<'a> {
    key: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    label: String,
    help: String,
    optional: bool,
    default: String,
    min: String,
    max: String,
    choices: Vec<ChoiceView<'a>>,
}

#[derive(Serialize)]
struct ChoiceView<'a> {
    value: &'a str,
}

/// Which of the functions that steps call are needed.
#[derive(Default, Serialize)]
struct Helpers {
    any: bool,
    mkdir: bool,
    install_if_missing: bool,
    give: bool,
    chown: bool,
    symlink: bool,
    backup: bool,
    run: bool,
}

impl<'a> Context<'a> {
    fn new(request: &HookRequest<'a>) -> Self {
        let HookRequest { lifecycle, app, version } = *request;
        let service = app.service.as_ref();
        Self {
            vendor: lifecycle.vendor.name(),
            generation: lifecycle.generation,
            package: &app.package,
            name: &app.name,
            version,
            port: service.and_then(|service| service.port).map_or_else(String::new, |port| port.to_string()),
            account: match lifecycle.runs_as {
                RunsAs::Root { user, group, .. } => Some(Account {
                    user: user.replace("NAME", &app.package),
                    group: group.replace("NAME", &app.package),
                }),
                RunsAs::Package { .. } => None,
            },
            folder_mode: octal(lifecycle.folder_mode),
            remove_data: app.remove_data,
            service: service.map(|service| ServiceView {
                exec: &service.exec,
                args: service.args.iter().map(Text::to_shell).collect(),
                env: service.env.iter().map(|(name, value)| EnvView { name, value: value.to_shell() }).collect(),
                // A daemon without a port has to stay for two seconds, and may take one to be there.
                start_timeout: service.start_timeout.max(3),
                stop_timeout: service.stop_timeout,
                reload_signal: service.reload_signal.as_deref(),
                log_limit: service.log_limit,
            }),
            settings: app.settings.as_ref().map(SettingsView::new),
        }
    }
}

/// How long a help may be to stand in the settings file too, in characters.
const SHORT_HELP: usize = 110;

impl<'a> SettingsView<'a> {
    fn new(settings: &'a Settings) -> Self {
        let fields: Vec<_> = settings.fields().map(SettingView::new).collect();
        Self {
            file: &settings.file,
            mode: octal(settings.mode.0),
            numbers: fields.iter().any(|field| field.kind == "number"),
            texts: fields.iter().any(|field| matches!(field.kind, "text" | "secret")),
            fields,
        }
    }
}

impl<'a> SettingView<'a> {
    fn new(field: &'a Setting) -> Self {
        let (kind, min, max) = match &field.kind {
            SettingKind::Flag { .. } => ("flag", String::new(), String::new()),
            SettingKind::Number { min, max, .. } => ("number", min.to_string(), max.to_string()),
            SettingKind::Text { min, max, secret, .. } => {
                (if *secret { "secret" } else { "text" }, min.to_string(), max.to_string())
            }
            SettingKind::Choice { .. } => ("choice", String::new(), String::new()),
        };
        let help = field.help.as_deref().map(plain_line).filter(|help| help.chars().count() <= SHORT_HELP);
        let help: Vec<_> = help.into_iter().chain(answers(field)).collect();
        Self {
            key: &field.key,
            kind,
            label: plain_line(&field.label),
            help: help.join(" "),
            optional: field.optional,
            default: field.default_toml().unwrap_or_default(),
            min,
            max,
            choices: choices(field).map(|choice| ChoiceView { value: &choice.value }).collect(),
        }
    }
}

/// What can be answered, for those who have only the file.
fn answers(field: &Setting) -> Option<String> {
    match &field.kind {
        SettingKind::Number { min, max, .. } if *max < i64::MAX => Some(format!("From {min} to {max}.")),
        SettingKind::Choice { choices, .. } => {
            let values: Vec<_> = choices.iter().map(|choice| format!("\"{}\"", choice.value)).collect();
            Some(format!("One of {}.", values.join(", ")))
        }
        _ => None,
    }
}

fn choices(field: &Setting) -> impl Iterator<Item = &SettingChoice> {
    let choices = match &field.kind {
        SettingKind::Choice { choices, .. } => choices.as_slice(),
        _ => &[],
    };
    choices.iter()
}

impl Helpers {
    fn add(&mut self, step: &Step) {
        match step {
            Step::Mkdir { .. } => (self.mkdir, self.give) = (true, true),
            Step::InstallIfMissing { .. } => (self.install_if_missing, self.give) = (true, true),
            Step::Chown { .. } => self.chown = true,
            Step::Symlink { .. } => self.symlink = true,
            Step::Backup { .. } => self.backup = true,
            Step::Run { .. } => self.run = true,
            Step::Sh { .. } => {}
        }
    }

    /// Those that an author's lines call by their names.
    fn add_named(&mut self, lines: &str) {
        let named = |function: &str| lines.contains(function);
        self.mkdir |= named("step_mkdir");
        self.install_if_missing |= named("step_install_if_missing");
        self.give |= self.mkdir || self.install_if_missing || named("step_give");
        self.chown |= named("step_chown");
        self.symlink |= named("step_symlink");
        self.backup |= named("step_backup");
        self.run |= named("step_run");
    }
}

/// A step as a line of its event's function, or the mark of the author's own lines.
fn step_lines(step: &Step, event: Event, index: usize) -> String {
    let words: Vec<String> = match step {
        Step::Mkdir { path, mode } => vec!["step_mkdir".into(), octal(mode.unwrap_or(0o755)), path.to_shell()],
        Step::InstallIfMissing { from, to, mode } => {
            let mode = octal(mode.unwrap_or(0o644));
            vec!["step_install_if_missing".into(), mode, from.to_shell(), to.to_shell()]
        }
        Step::Chown { path, owner, recursive } => {
            let mut words = vec!["step_chown".into(), owner.to_shell(), path.to_shell()];
            words.extend(recursive.then(|| "-R".into()));
            words
        }
        Step::Symlink { target, link } => vec!["step_symlink".into(), target.to_shell(), link.to_shell()],
        Step::Backup { path } => vec!["step_backup".into(), path.to_shell()],
        Step::Run { command } => std::iter::once("step_run".into()).chain(command.iter().map(Text::to_shell)).collect(),
        Step::Sh { .. } => return lines_mark(event, index),
    };
    format!("    {}", words.join(" "))
}

fn octal(mode: u32) -> String {
    format!("{mode:04o}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::hooks::templates::{Available, VARIABLES};
    use crate::model::VendorId;
    use crate::vendor::{testing, vendor};

    const SETTINGS: &str = r#"settings.pages = [{ title = "P", fields = [
        { key = "theme", type = "choice", choices = [{ value = "dark" }, { value = "light" }], default = "dark" },
    ] }]"#;

    /// Every path of the data, as the table of variables writes it.
    fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let key = if path == "on" { "EVENT" } else { key };
                    let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                    found.insert(path.clone());
                    paths(value, &path, found);
                }
            }
            Value::Array(items) => {
                let path = format!("{path}[]");
                for item in items {
                    if !item.is_object() {
                        found.insert(path.clone());
                    }
                    paths(item, &path, found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn the_table_of_variables_is_what_templates_get() {
        let mut everywhere = BTreeSet::new();
        for id in VendorId::ALL {
            let mut app =
                testing::app("service = { args = [\"-v\"], env = { A = \"b\" }, port = 80, reload-signal = \"HUP\" }");
            app.settings = testing::app(SETTINGS).settings;
            for event in Event::ALL {
                app.hooks.push(event, Step::Sh { script: "true".to_owned() });
            }
            for lifecycle in vendor(id).lifecycles() {
                let request = HookRequest { lifecycle, app: &app, version: "1" };
                for spec in lifecycle.scripts {
                    let mut found = BTreeSet::new();
                    paths(&data(&request, spec).unwrap().0, "", &mut found);
                    let root = matches!(lifecycle.runs_as, RunsAs::Root { .. });
                    let expected = VARIABLES.iter().filter(|variable| match variable.available {
                        Available::Events | Available::Wizard => false,
                        Available::Root => root,
                        Available::Always | Available::Service | Available::Settings => true,
                        Available::Scripts => !spec.events.is_empty() || !variable.path.starts_with("events[]"),
                    });
                    let expected: BTreeSet<_> = expected.map(|variable| variable.path.to_owned()).collect();
                    assert_eq!(found, expected, "{id} {} {}", lifecycle.generation, spec.name);
                    everywhere.extend(found);
                }
            }
        }
        let app = testing::app(SETTINGS);
        let request = HookRequest { lifecycle: vendor(VendorId::Synology).lifecycle(), app: &app, version: "1" };
        let part = WizardPart { values: vec!["dark".to_owned()], ..WizardPart::default() };
        paths(&wizard_data(&request, &[part], ""), "", &mut everywhere);
        let events: Vec<_> = VARIABLES.iter().filter(|variable| !everywhere.contains(variable.path)).collect();
        assert!(events.iter().all(|variable| variable.available == Available::Events), "{events:?}");
    }
}
