use super::list;
use crate::layer::{Kind, Table, Value};
use crate::model::Protocol;

/// The daemon: what is started, with what, and how it is reached.
///
/// ```
/// use nas_pack::dsl::{App, Service, Signal};
/// use nas_pack::model::Protocol;
///
/// let app = App::new("beacon").service(
///     Service::new("beacon")
///         .args(["--settings", "{config_dir}/beacon.toml"])
///         .env("RUST_BACKTRACE", "1")
///         .port(8137)
///         .protocol(Protocol::Https)
///         .reload_signal(Signal::Hup),
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    table: Table,
}

words! {
    /// A signal by which a daemon reads its settings anew.
    Signal {
        /// SIGHUP, the usual one.
        Hup = "HUP",
        /// SIGUSR1.
        Usr1 = "USR1",
        /// SIGUSR2.
        Usr2 = "USR2",
        /// SIGWINCH.
        Winch = "WINCH",
    }
}

impl Service {
    /// A service that starts the given binary.
    #[track_caller]
    pub fn new(exec: impl Into<String>) -> Self {
        Self::default().exec(exec)
    }

    /// Says more of the service that other layers describe.
    pub fn amend() -> Self {
        Self::default()
    }

    keys! {
        /// The binary to start, by its name in `bin/`.
        "exec" => exec(binary: text);
        /// The TCP port it listens on. Told to the daemon as `NAS_PORT`.
        "port" => port(port: u16);
        /// What it speaks on the port. With [`Protocol::Tcp`] there is no icon or link.
        "protocol" => protocol(protocol: Protocol);
        /// The page to open, beginning with `/`, without blanks.
        "path" => path(path: text);
        /// How many seconds a start may take; 20 unless said.
        "start-timeout" => start_timeout(seconds: u32);
        /// How many seconds a stop may take before the process is killed; 20 unless said.
        "stop-timeout" => stop_timeout(seconds: u32);
        /// The signal by which the daemon reads its settings anew.
        "reload-signal" => reload_signal(signal: Signal);
        /// The size in KiB at which the log is set aside at the next start; 1024 unless said.
        "log-limit" => log_limit(kib: u32);
    }

    /// Adds an argument; `{data_dir}` and the like are filled in on the device. The first call replaces the arguments that
    /// weaker layers give.
    #[track_caller]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.table.append("args", Value::here(arg.into()));
        self
    }

    /// Adds arguments, as [`arg`](Self::arg) does.
    #[track_caller]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let Value { kind, origin } = list::<String>(args);
        match (self.table.get("args"), kind) {
            (Some(_), Kind::List(args)) => args.into_iter().for_each(|arg| self.table.append("args", arg)),
            (_, kind) => self.table.set("args", Value { kind, origin }),
        }
        self
    }

    /// Sets an environment variable; `{data_dir}` and the like are filled in on the device.
    #[track_caller]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.table.set_in("env", name, Value::here(value.into()));
        self
    }

    pub(super) fn into_table(self) -> Table {
        self.table
    }
}
