use crate::hooks::Event;
use crate::layer::{Kind, Origin, Table, Value};

/// One statement of a hook. `{data_dir}` and the like are filled in on the device.
///
/// ```
/// use nas_pack::dsl::{App, Step};
/// use nas_pack::hooks::Event;
///
/// let app = App::amend()
///     .hook(Event::PostInstall, Step::mkdir("{data_dir}/reports").mode(0o750))
///     .hook(Event::PreUpgrade, Step::backup("{config_dir}/beacon.toml"))
///     .hook(Event::PostInstall, Step::run(["{app_dir}/bin/beacon", "--migrate"]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    table: Table,
    origin: Origin,
}

impl Step {
    /// Makes a folder and its parents.
    #[track_caller]
    pub fn mkdir(path: impl Into<String>) -> Self {
        Self::with("mkdir", path.into())
    }

    /// Copies a file unless one is there.
    #[track_caller]
    pub fn install_if_missing(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self::with("install-if-missing", from.into()).and("to", to.into())
    }

    /// Gives a file or folder to `user` or `user:group`.
    #[track_caller]
    pub fn chown(path: impl Into<String>, owner: impl Into<String>) -> Self {
        Self::with("chown", path.into()).and("owner", owner.into())
    }

    /// Makes a symbolic link.
    #[track_caller]
    pub fn symlink(target: impl Into<String>, link: impl Into<String>) -> Self {
        Self::with("symlink", target.into()).and("at", link.into())
    }

    /// Keeps a copy beside the original.
    #[track_caller]
    pub fn backup(path: impl Into<String>) -> Self {
        Self::with("backup", path.into())
    }

    /// Runs a program with arguments, without a shell.
    #[track_caller]
    pub fn run<W: Into<String>>(command: impl IntoIterator<Item = W>) -> Self {
        Self::with("run", super::list::<String>(command).kind)
    }

    /// Lines of POSIX shell. The `NAS_*` variables are set; `{…}` is left alone.
    #[track_caller]
    pub fn sh(script: impl Into<String>) -> Self {
        Self::with("sh", script.into())
    }

    /// The permission bits of what `mkdir` or `install_if_missing` makes.
    #[track_caller]
    pub fn mode(mut self, mode: u32) -> Self {
        self.table.set("mode", super::mode(mode));
        self
    }

    /// Lets `chown` reach everything below.
    #[track_caller]
    pub fn recursive(self) -> Self {
        self.and("recursive", true)
    }

    #[track_caller]
    fn with(key: &str, kind: impl Into<Kind>) -> Self {
        Self { table: Table::new(), origin: Origin::caller() }.and(key, kind)
    }

    #[track_caller]
    fn and(mut self, key: &str, kind: impl Into<Kind>) -> Self {
        self.table.set(key, Value::here(kind));
        self
    }
}

/// Steps by event, as `hooks!` writes them.
///
/// ```
/// use nas_pack::dsl::{App, Hooks, Step};
/// use nas_pack::hooks::Event;
///
/// let links = ["beacon", "beaconctl"].map(|name| Step::symlink(format!("{{app_dir}}/bin/{name}"), format!("/usr/bin/{name}")));
/// let app = App::amend().hooks(Hooks::new().at(Event::Boot, links));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hooks {
    table: Table,
}

impl Hooks {
    /// No steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds steps to an event.
    pub fn at(mut self, event: Event, steps: impl IntoIterator<Item = Step>) -> Self {
        for step in steps {
            self.table.append(event.name(), Value { kind: step.table.into(), origin: step.origin });
        }
        self
    }

    pub(super) fn into_table(self) -> Table {
        self.table
    }
}
