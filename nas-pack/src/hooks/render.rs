//! Scripts from an app's description: handlebars templates, filled in from the vendor's lifecycle table.
//!
//! Whatever a template inserts becomes one quoted shell word, so no value of a manifest can become shell code. Three
//! stashes (`{{{…}}}`) stand only where this module has made shell text itself: [`Text::to_shell`], the words of a
//! step, and the author's own `sh` lines.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use handlebars::{Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason};
use serde::Serialize;

use super::lifecycle::{Lifecycle, RunsAs, ScriptSpec};
use super::text::{is_env_name, shell_quote};
use super::{Event, Step, Text};
use crate::diagnostic::{Diagnostic, Result};
use crate::model::App;

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

macro_rules! embedded {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../templates/", $name, ".hbs")))),*]
    };
}

/// `{{quote VALUE}}`: a value as a word that is always in quotes, for assignments. Bare, shellcheck takes `NAME=find` for a
/// forgotten `$(…)`.
fn quote(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &handlebars::Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).and_then(|value| value.value().as_str());
    let value = value.ok_or(RenderErrorReason::ParamNotFoundForIndex("quote", 0))?;
    out.write(&format!("'{}'", value.replace('\'', r"'\''")))?;
    Ok(())
}

/// The built-in templates. A script's template is named `VENDOR/SCRIPT`; the others are partials.
const TEMPLATES: &[(&str, &str)] = embedded![
    "common/actions.sh"
    "common/as-user.sh"
    "common/boot.sh"
    "common/events.sh"
    "common/export.sh"
    "common/folders.sh"
    "common/no-service.sh"
    "common/root-messages.sh"
    "common/service.sh"
    "common/user.sh"
    "common/variables.sh"
    "asustor/env.sh"
    "asustor/keep.sh"
    "asustor/keep-data.sh"
    "asustor/restore-data.sh"
    "asustor/pre-install.sh"
    "asustor/post-install.sh"
    "asustor/pre-uninstall.sh"
    "asustor/post-uninstall.sh"
    "asustor/start-stop.sh"
    "asustor/pre-snapshot-restore.sh"
    "asustor/post-snapshot-restore.sh"
    "synology/env.sh"
    "synology/volume.sh"
    "synology/port-file.sh"
    "synology/messages.sh"
    "synology/preinst"
    "synology/postinst"
    "synology/preuninst"
    "synology/postuninst"
    "synology/preupgrade"
    "synology/postupgrade"
    "synology/start-stop-status"
    "wd/app.sh"
    "wd/env.sh"
    "wd/preinst.sh"
    "wd/install.sh"
    "wd/init.sh"
    "wd/start.sh"
    "wd/stop.sh"
    "wd/service.sh"
    "wd/clean.sh"
    "wd/remove.sh"
];

/// The built-in templates by name, partials included.
pub fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEMPLATES.iter().copied()
}

/// Makes every script of the vendor's set.
///
/// # Errors
///
/// An environment variable of the service with a name that no shell can set, or a template that does not work.
pub fn render(request: &HookRequest<'_>) -> Result<Vec<Script>> {
    check_environment(request.app)?;
    let lifecycle = request.lifecycle;
    lifecycle
        .scripts
        .iter()
        .map(|spec| {
            let context = Context::new(request, lifecycle, spec);
            let text = BUILT_IN.render(spec.template, &context).map_err(|error| {
                let name = error.template_name.as_deref().unwrap_or(spec.template).to_owned();
                let line = error.line_no.map_or_else(String::new, |line| format!(", line {line}"));
                Diagnostic::error(format!("template `{name}`{line}: {}", error.reason()))
            })?;
            Ok(Script { name: spec.name, text: with_lines(&tidy(&text), request.app), mode: spec.mode })
        })
        .collect()
}

fn check_environment(app: &App) -> Result<()> {
    for name in app.service.iter().flat_map(|service| service.env.keys()) {
        if !is_env_name(name) {
            return Err(Diagnostic::error(format!("`{name}` cannot be the name of an environment variable"))
                .help("use letters, digits and `_`, not beginning with a digit")
                .into());
        }
    }
    Ok(())
}

/// The built-in templates, parsed once: every vendor and arch of a run uses them.
static BUILT_IN: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(shell_quote);
    registry.register_helper("quote", Box::new(quote));
    for (name, text) in templates() {
        let parsed = registry.register_template_string(name, text.replace("\r\n", "\n"));
        parsed.expect("the built-in templates are part of this program, and tested");
    }
    registry
});

/// What stands for the author's own lines until the rest is tidy: they are put in as they are. No value of a manifest
/// can hold a NUL.
fn lines_mark(event: Event, index: usize) -> String {
    format!("\0{event}/{index}\0")
}

fn with_lines(text: &str, app: &App) -> String {
    let mut text = text.to_owned();
    for (event, steps) in app.hooks.iter() {
        for (index, step) in steps.iter().enumerate() {
            if let Step::Sh { script } = step {
                let lines = script.replace("\r\n", "\n");
                text = text.replace(&lines_mark(event, index), lines.trim_end_matches('\n'));
            }
        }
    }
    text
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

/// Everything that templates can use.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Context<'a> {
    vendor: &'static str,
    package: &'a str,
    version: &'a str,
    /// The port, or an empty text.
    port: String,
    account: Option<Account>,
    folder_mode: String,
    remove_data: bool,
    service: Option<ServiceView<'a>>,
    /// For each event whether this script has steps of it: false, or what a failure does.
    on: BTreeMap<String, serde_json::Value>,
    /// The steps that this script runs.
    events: Vec<EventView>,
    /// Which of the steps' functions are needed.
    helpers: Helpers,
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
struct EventView {
    function: String,
    steps: Vec<StepView>,
}

#[derive(Serialize)]
struct StepView {
    /// The mark of lines of the author's own.
    lines: Option<String>,
    /// A command as shell words.
    call: String,
}

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
    fn new(request: &HookRequest<'a>, lifecycle: &Lifecycle, spec: &ScriptSpec) -> Self {
        let app = request.app;
        let mut on: BTreeMap<_, _> = Event::ALL.iter().map(|&event| (function(event), false.into())).collect();
        let mut events = Vec::new();
        let mut helpers = Helpers::default();
        for hosted in spec.events {
            let steps = app.hooks.at(hosted.event);
            if steps.is_empty() {
                continue;
            }
            on.insert(function(hosted.event), hosted.on_failure.name().into());
            for step in steps {
                helpers.add(step);
            }
            events.push(EventView {
                function: function(hosted.event),
                steps: steps
                    .iter()
                    .enumerate()
                    .map(|(index, step)| StepView::new(step, || lines_mark(hosted.event, index)))
                    .collect(),
            });
        }
        let service = app.service.as_ref();
        Self {
            vendor: request.lifecycle.vendor.name(),
            package: &app.package,
            version: request.version,
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
                // The scripts look once a second, and want to see a daemon without a port twice.
                start_timeout: service.start_timeout.max(3),
                stop_timeout: service.stop_timeout,
                reload_signal: service.reload_signal.as_deref(),
                log_limit: service.log_limit,
            }),
            on,
            events,
            helpers,
        }
    }
}

impl Helpers {
    fn add(&mut self, step: &Step) {
        self.any = true;
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
}

impl StepView {
    fn new(step: &Step, mark: impl Fn() -> String) -> Self {
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
            Step::Run { command } => {
                std::iter::once("step_run".into()).chain(command.iter().map(Text::to_shell)).collect()
            }
            Step::Sh { .. } => return Self { lines: Some(mark()), call: String::new() },
        };
        Self { lines: None, call: words.join(" ") }
    }
}

/// An event's name as the scripts write it: `pre_start`.
fn function(event: Event) -> String {
    event.name().replace('-', "_")
}

fn octal(mode: u32) -> String {
    format!("{mode:04o}")
}
