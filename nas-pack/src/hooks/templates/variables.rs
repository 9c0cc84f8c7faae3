//! Every variable that templates have, as a table: what templates are held against, what the command lists and the manual
//! prints.

use serde::Serialize;

use crate::hooks::Event;

/// A variable of the templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Variable {
    /// Its dotted path. `LIST[]` is an element of a list, `EVENT` stands for any event, written with underscores.
    pub path: &'static str,
    /// What it is, and so how a template may use it.
    pub kind: Kind,
    /// What it means, in Markdown.
    pub meaning: &'static str,
    /// Where it has a value.
    pub available: Available,
}

/// What a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Text: `{{x}}` makes one shell word of it, quoted where it must be.
    Text,
    /// A number.
    Number,
    /// True or false, for `{{#if x}}`.
    Flag,
    /// Shell text that nas-pack has made, quoted already: `{{{x}}}`.
    Shell,
    /// A list, for `{{#each x}}`.
    List,
    /// A group of variables.
    Group,
}

/// Where a variable has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Available {
    /// Everywhere.
    Always,
    /// In apps with a service.
    Service,
    /// In apps with settings.
    Settings,
    /// In the script that is the wizard of upgrades.
    Wizard,
    /// For vendors where root runs the scripts: all but DSM 7.
    Root,
    /// In scripts and partials, not in an event's template.
    Scripts,
    /// In an event's template only.
    Events,
}

impl Kind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::Shell => "shell",
            Self::List => "list",
            Self::Group => "group",
        }
    }
}

impl Available {
    /// As people read it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Service => "apps with a service",
            Self::Settings => "apps with settings",
            Self::Wizard => "the script that is the wizard of upgrades",
            Self::Root => "vendors where root runs the scripts",
            Self::Scripts => "scripts and partials",
            Self::Events => "templates of events",
        }
    }
}

const fn variable(path: &'static str, kind: Kind, available: Available, meaning: &'static str) -> Variable {
    Variable { path, kind, meaning, available }
}

/// All of them.
pub static VARIABLES: &[Variable] = &[
    variable("vendor", Kind::Text, Available::Always, "`asustor`, `synology`, `wd-os5` or `wd-os3`"),
    variable("generation", Kind::Text, Available::Always, "the generation of the vendor's firmware, such as `DSM 7`"),
    variable("package", Kind::Text, Available::Always, "the app's identity on the device"),
    variable("name", Kind::Text, Available::Always, "the name that people see"),
    variable("version", Kind::Text, Available::Always, "the version as the vendor writes it"),
    variable("port", Kind::Text, Available::Always, "the service's TCP port; empty where there is none"),
    variable("folder-mode", Kind::Text, Available::Always, "the mode of the folders that the app writes to, in octal"),
    variable("remove-data", Kind::Flag, Available::Always, "whether uninstalling removes data and settings too"),
    variable(
        "account",
        Kind::Group,
        Available::Always,
        "whom the daemon runs as; nothing where the package has its own user",
    ),
    variable("account.user", Kind::Text, Available::Root, "the account's name"),
    variable("account.group", Kind::Text, Available::Root, "its group"),
    variable("service", Kind::Group, Available::Always, "the daemon; nothing where the app has none"),
    variable("service.exec", Kind::Text, Available::Service, "the daemon's file name in `bin/`"),
    variable("service.args", Kind::List, Available::Service, "its arguments"),
    variable("service.args[]", Kind::Shell, Available::Service, "an argument, as a shell word"),
    variable("service.env", Kind::List, Available::Service, "its environment, beside the `NAS_*` variables"),
    variable("service.env[].name", Kind::Shell, Available::Service, "the name of an environment variable"),
    variable("service.env[].value", Kind::Shell, Available::Service, "its value, as a shell word"),
    variable("service.start-timeout", Kind::Number, Available::Service, "seconds that a start may take, at least 3"),
    variable("service.stop-timeout", Kind::Number, Available::Service, "seconds from SIGTERM to SIGKILL"),
    variable(
        "service.reload-signal",
        Kind::Text,
        Available::Service,
        "the signal to read the settings anew; nothing without one",
    ),
    variable("service.log-limit", Kind::Number, Available::Service, "the size in KiB from which a log is set aside"),
    variable(
        "settings",
        Kind::Group,
        Available::Always,
        "what users can choose; nothing where the app has no settings",
    ),
    variable("settings.file", Kind::Text, Available::Settings, "the name of the file that has it, in `NAS_CONFIG_DIR`"),
    variable("settings.mode", Kind::Text, Available::Settings, "the file's mode, in octal"),
    variable("settings.numbers", Kind::Flag, Available::Settings, "whether a setting is a number"),
    variable("settings.texts", Kind::Flag, Available::Settings, "whether a setting is a text or secret"),
    variable("settings.fields", Kind::List, Available::Settings, "the settings"),
    variable(
        "settings.fields[].key",
        Kind::Text,
        Available::Settings,
        "the name in the file, of `a` to `z`, `0` to `9` and `_`",
    ),
    variable(
        "settings.fields[].type",
        Kind::Text,
        Available::Settings,
        "`flag`, `number`, `text`, `secret` or `choice`",
    ),
    variable("settings.fields[].label", Kind::Text, Available::Settings, "what people read, on one line"),
    variable(
        "settings.fields[].help",
        Kind::Text,
        Available::Settings,
        "more about it, on one line; empty where it is long",
    ),
    variable("settings.fields[].optional", Kind::Flag, Available::Settings, "whether there may be no answer"),
    variable(
        "settings.fields[].default",
        Kind::Text,
        Available::Settings,
        "the default in TOML; empty where there is none",
    ),
    variable("settings.fields[].min", Kind::Text, Available::Settings, "the least number or length; empty for others"),
    variable("settings.fields[].max", Kind::Text, Available::Settings, "the greatest; empty for others"),
    variable(
        "settings.fields[].choices",
        Kind::List,
        Available::Settings,
        "what there is to choose from; empty for others",
    ),
    variable(
        "settings.fields[].choices[].value",
        Kind::Text,
        Available::Settings,
        "the value of a choice, in the same letters as keys",
    ),
    variable("wizard", Kind::Group, Available::Wizard, "what is asked"),
    variable("wizard.otherwise", Kind::Text, Available::Wizard, "the JSON that stands for no questions about settings"),
    variable("wizard.parts", Kind::List, Available::Wizard, "the JSON of the questions, cut where presets go"),
    variable("wizard.parts[].text", Kind::Text, Available::Wizard, "JSON"),
    variable(
        "wizard.parts[].type",
        Kind::Text,
        Available::Wizard,
        "what comes behind it: `flag`, `number`, `text`, `choice`, or empty at the end",
    ),
    variable("wizard.parts[].key", Kind::Text, Available::Wizard, "the setting whose present value that is"),
    variable("wizard.parts[].default", Kind::Text, Available::Wizard, "its default in TOML"),
    variable(
        "wizard.parts[].choice",
        Kind::Text,
        Available::Wizard,
        "of which choice it is whether it is the present one; empty for others",
    ),
    variable("wizard.parts[].values", Kind::List, Available::Wizard, "all values of the choices; empty for others"),
    variable("wizard.parts[].values[]", Kind::Text, Available::Wizard, "one of them"),
    variable("on", Kind::Group, Available::Scripts, "the events that this script has steps of"),
    variable(
        "on.EVENT",
        Kind::Text,
        Available::Scripts,
        "`abort` or `report`, which is what a failing step does; false where this script has no steps of the event",
    ),
    variable(
        "events",
        Kind::List,
        Available::Scripts,
        "the events that this script has steps of, each with a function",
    ),
    variable(
        "events[].function",
        Kind::Text,
        Available::Scripts,
        "the event's name with underscores; its function is `on_…`",
    ),
    variable("events[].steps", Kind::Shell, Available::Scripts, "the lines of the function"),
    variable("helpers", Kind::Group, Available::Scripts, "which functions the steps need"),
    variable("helpers.any", Kind::Flag, Available::Scripts, "whether there are steps at all"),
    variable("helpers.mkdir", Kind::Flag, Available::Scripts, "`step_mkdir`"),
    variable("helpers.install_if_missing", Kind::Flag, Available::Scripts, "`step_install_if_missing`"),
    variable("helpers.give", Kind::Flag, Available::Scripts, "`step_give`, which the two above call"),
    variable("helpers.chown", Kind::Flag, Available::Scripts, "`step_chown`"),
    variable("helpers.symlink", Kind::Flag, Available::Scripts, "`step_symlink`"),
    variable("helpers.backup", Kind::Flag, Available::Scripts, "`step_backup`"),
    variable("helpers.run", Kind::Flag, Available::Scripts, "`step_run`"),
    variable("event", Kind::Text, Available::Events, "the event's name, such as `pre-start`"),
    variable("steps", Kind::Shell, Available::Events, "the event's steps in the manifest, as shell lines"),
];

/// The variable of a path, in which lists have `[]` behind their names.
pub(super) fn find(path: &str) -> Option<&'static Variable> {
    let event = |name: &str| Event::ALL.iter().any(|event| function(*event) == name);
    let path = if path.strip_prefix("on.").is_some_and(event) { "on.EVENT" } else { path };
    VARIABLES.iter().find(|variable| variable.path == path)
}

/// The paths that a template can name, each event with its own.
pub(super) fn paths() -> impl Iterator<Item = String> {
    VARIABLES.iter().flat_map(|variable| match variable.path.strip_suffix("EVENT") {
        Some(on) => Event::ALL.iter().map(|event| format!("{on}{}", function(*event))).collect(),
        None => vec![variable.path.to_owned()],
    })
}

/// An event's name as the scripts write it: `pre_start`.
pub(crate) fn function(event: Event) -> String {
    event.name().replace('-', "_")
}
