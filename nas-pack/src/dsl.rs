//! Describing an app in Rust: the builder that a build script, an xtask or a library user writes.
//!
//! Everything said here is recorded under the keys of `[package.metadata.nas]`, together with the place in the source that
//! said it. A build script's [`App`] needs to say only what it adds or changes; the rest stays as Cargo.toml has it.
//! Mistakes that types cannot rule out are reported when the layers are decoded, at the line of the call.
//!
//! ```
//! use nas_pack::dsl::{App, Asset, Service, Step};
//! use nas_pack::hooks::Event;
//! use nas_pack::model::Protocol;
//!
//! let app = App::new("beacon")
//!     .name("Beacon")
//!     .service(Service::new("beacon").port(8137).protocol(Protocol::Http).arg("--db={data_dir}/visits.db"))
//!     .asset(Asset::file("assets/beacon.toml", "share/beacon.toml").mode(0o644))
//!     .hook(Event::PostInstall, Step::mkdir("{data_dir}/reports").mode(0o750));
//! assert!(app.layer().find("service.port").is_some());
//! ```

use crate::hooks::Event;
use crate::layer::{Kind, Layer, Origin, Table, Value};
use crate::model::{Arch, Language, Protocol, VendorId};
pub use crate::settings::record::{Choice, Field, Page, Settings};

/// An app's description, or a part of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct App {
    layer: Layer,
}

/// Writes setters that record their argument under a key.
macro_rules! setters {
    ($table:ident: $($(#[$doc:meta])* $method:ident($key:literal, $argument:ident: $type:ty $(=> $kind:expr)?);)*) => {
        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(mut self, $argument: $type) -> Self {
                let kind: Kind = setters!(@kind $argument $(, $kind)?);
                self.$table.set($key, Value::here(kind));
                self
            }
        )*
    };
    (@kind $argument:ident) => { Kind::from($argument.into()) };
    (@kind $argument:ident, $kind:expr) => { Kind::from($kind) };
}

impl App {
    /// A description that begins with the package's identity, see `package` in the manifest reference.
    #[track_caller]
    pub fn new(package: impl Into<String>) -> Self {
        Self::default().package(package)
    }

    /// A description that says nothing yet, to be laid over others.
    pub fn amend() -> Self {
        Self::default()
    }

    /// What was recorded.
    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// What was recorded, by value.
    pub fn into_layer(self) -> Layer {
        self.layer
    }

    setters! { layer:
        /// The package's identity on the device.
        package("package", package: impl Into<String> => package.into());
        /// The name shown to people.
        name("name", name: impl Into<String> => name.into());
        /// The version, in semver's form; each vendor maps it to its own.
        version("version", version: impl Into<String> => version.into());
        /// How often this version was packaged anew.
        revision("revision", revision: u32 => revision);
        /// What the app is.
        description("description", description: impl Into<String> => description.into());
        /// Who packages it, as `Name <mail@example.com>`.
        maintainer("maintainer", maintainer: impl Into<String> => maintainer.into());
        /// Who wrote it, as `Name <mail@example.com>`.
        developer("developer", developer: impl Into<String> => developer.into());
        /// The project's web page.
        homepage("homepage", url: impl Into<String> => url.into());
        /// Where users get help.
        support_url("support-url", url: impl Into<String> => url.into());
        /// The file with the licence that is shown at installation.
        license_file("license-file", path: impl Into<String> => path.into());
        /// The file that says what is new.
        changelog("changelog", path: impl Into<String> => path.into());
        /// The PNG or SVG file of the app's picture.
        icon("icon", path: impl Into<String> => path.into());
        /// The folder with templates that take the place of built-in ones.
        templates("templates", folder: impl Into<String> => folder.into());
        /// Whether uninstalling removes the app's data and settings too.
        remove_data("remove-data", remove: bool => remove);
    }

    /// The vendors to package for.
    #[track_caller]
    pub fn vendors(mut self, vendors: impl IntoIterator<Item = VendorId>) -> Self {
        let names = vendors.into_iter().map(|vendor| Value::here(vendor.name())).collect::<Vec<_>>();
        self.layer.set("vendors", Value::here(names));
        self
    }

    /// The Rust target to build for an arch, such as `aarch64-unknown-linux-gnu.2.27`.
    #[track_caller]
    pub fn target(mut self, arch: Arch, triple: impl Into<String>) -> Self {
        self.layer.table_mut("targets", Origin::caller()).set(arch.name(), Value::here(triple.into()));
        self
    }

    /// Adds to what is said of the daemon.
    #[track_caller]
    pub fn service(mut self, service: Service) -> Self {
        self.layer.table_mut("service", Origin::caller()).merge(service.table);
        self
    }

    /// Adds files.
    pub fn asset(mut self, asset: Asset) -> Self {
        self.layer.append("assets", Value { kind: asset.table.into(), origin: asset.origin });
        self
    }

    /// What people read of the app in another language.
    #[track_caller]
    pub fn translation(mut self, language: Language, name: impl Into<String>, description: impl Into<String>) -> Self {
        let mut table = Table::new();
        table.set("name", Value::here(name.into()));
        table.set("description", Value::here(description.into()));
        self.layer.table_mut("translations", Origin::caller()).set(language.tag(), Value::here(table));
        self
    }

    /// Adds a folder that the NAS shares with its users.
    #[track_caller]
    pub fn shared_folder(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        let mut table = Table::new();
        table.set("name", Value::here(name.into()));
        table.set("description", Value::here(description.into()));
        self.layer.append("shared-folders", Value::here(table));
        self
    }

    /// Adds to what users can choose.
    #[track_caller]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.layer.table_mut("settings", Origin::caller()).merge(settings.table);
        self
    }

    /// Adds a step to an event.
    #[track_caller]
    pub fn hook(self, event: Event, step: Step) -> Self {
        self.hooks(Hooks::new().at(event, [step]))
    }

    /// Adds steps to events, most often those that `hooks!` wrote.
    #[track_caller]
    pub fn hooks(mut self, hooks: Hooks) -> Self {
        self.layer.table_mut("hooks", Origin::caller()).merge(hooks.table);
        self
    }

    /// Sets a key of a vendor's own section, or overrides a general key for that vendor alone.
    #[track_caller]
    pub fn vendor_key(mut self, vendor: VendorId, key: impl Into<String>, value: impl Into<Kind>) -> Self {
        self.layer.table_mut(vendor.section(), Origin::caller()).set(key, Value::here(value));
        self
    }
}

/// The daemon: what is started, with what, and how it is reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    table: Table,
}

impl Service {
    /// A service that starts the given binary.
    #[track_caller]
    pub fn new(exec: impl Into<String>) -> Self {
        let mut table = Table::new();
        table.set("exec", Value::here(exec.into()));
        Self { table }
    }

    /// Says more of the service that other layers describe.
    pub fn amend() -> Self {
        Self::default()
    }

    setters! { table:
        /// The TCP port it listens on.
        port("port", port: u16 => port);
        /// What it speaks on the port.
        protocol("protocol", protocol: Protocol => protocol.name());
        /// The page to open, beginning with `/`.
        path("path", path: impl Into<String> => path.into());
        /// Seconds that a start may take.
        start_timeout("start-timeout", seconds: u32 => seconds);
        /// Seconds that a stop may take before the process is killed.
        stop_timeout("stop-timeout", seconds: u32 => seconds);
        /// The signal by which the daemon reads its settings anew, such as `HUP`.
        reload_signal("reload-signal", signal: impl Into<String> => signal.into());
        /// The size in KiB at which the log is rotated.
        log_limit("log-limit", kib: u32 => kib);
    }

    /// Adds an argument; `{data_dir}` and the like are filled in on the device. The first call replaces the arguments that
    /// weaker layers give.
    #[track_caller]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.table.append("args", Value::here(arg.into()));
        self
    }

    /// Sets an environment variable; `{data_dir}` and the like are filled in on the device.
    #[track_caller]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.table.table_mut("env", Origin::caller()).set(name, Value::here(value.into()));
        self
    }
}

/// Files that travel with the app.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    table: Table,
    origin: Origin,
}

impl Asset {
    /// The files that a glob finds, relative to Cargo.toml, and where they go, relative to the app's folder.
    #[track_caller]
    pub fn file(source: impl Into<String>, dest: impl Into<String>) -> Self {
        Self::with("source", source.into(), dest.into())
    }

    /// A file with this text.
    #[track_caller]
    pub fn text(content: impl Into<String>, dest: impl Into<String>) -> Self {
        Self::with("content", content.into(), dest.into())
    }

    #[track_caller]
    fn with(key: &str, what: String, dest: String) -> Self {
        let mut table = Table::new();
        table.set(key, Value::here(what));
        table.set("dest", Value::here(dest));
        Self { table, origin: Origin::caller() }
    }

    /// The permission bits of each file.
    #[track_caller]
    pub fn mode(mut self, mode: u32) -> Self {
        self.table.set("mode", mode_value(mode));
        self
    }
}

/// One statement of a hook. `{data_dir}` and the like are filled in on the device.
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
        let words = command.into_iter().map(|word| Value::here(word.into())).collect::<Vec<_>>();
        Self::with("run", words)
    }

    /// Lines of POSIX shell. The `NAS_*` variables are set; `{…}` is left alone.
    #[track_caller]
    pub fn sh(script: impl Into<String>) -> Self {
        Self::with("sh", script.into())
    }

    /// The permission bits of what `mkdir` or `install_if_missing` makes.
    #[track_caller]
    pub fn mode(mut self, mode: u32) -> Self {
        self.table.set("mode", mode_value(mode));
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

/// Steps by event.
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
}

/// Permission bits as the manifest writes them, so that every layer says them alike.
#[track_caller]
fn mode_value(mode: u32) -> Value {
    Value::here(format!("{mode:04o}"))
}
