//! What a daemon needs on a NAS: [its place](Nas), what box it is, signals (feature `signals`) and [a log](Log).
//!
//! The generated start scripts export one neutral set of variables ([`Var`]), whatever the NAS. Off a NAS, on the
//! developer's own machine, the XDG folders stand in, so that the same daemon runs with no setup; what those cannot
//! tell, such as the port, is in the [`App`] that a build script leaves.
//!
//! ```
//! let nas = nas_pack::runtime::Nas::detect();
//! let database = nas.data_dir().join("visits.db");
//! let port = match nas.port() {
//!     Ok(port) => port.unwrap_or(8137),
//!     // A daemon on somebody's shelf had better run on its usual port than not at all.
//!     Err(error) => {
//!         eprintln!("{error}");
//!         8137
//!     }
//! };
//! # assert!(port > 0 && database.ends_with("visits.db"));
//! ```
//!
//! Nothing here fails at detection: a daemon should not die of a variable that a newer nas-pack writes differently. A vendor
//! that this version does not know keeps its name ([`Vendor::Other`]), a port that is no port is an error only for
//! those who ask for the port, and an empty variable counts as absent.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

mod app;
mod log;
mod pid;
#[cfg(all(unix, feature = "signals"))]
mod signals;
mod system;

pub use self::app::App;
pub use self::log::Log;
pub use self::pid::{PidFile, write_pid_file};
#[cfg(all(unix, feature = "signals"))]
pub use self::signals::{Signal, Signals};
pub use self::system::{Firmware, SharedFolder, Tls};
use crate::hooks::Var;
pub use crate::model::{Arch, VendorId};

/// Who made the package that the daemon was started from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Vendor {
    /// One that this version knows.
    Known(VendorId),
    /// Another one, by the name in `NAS_VENDOR`: the package was made by a newer nas-pack than this daemon was built with.
    Other(String),
}

impl Vendor {
    /// The name in `NAS_VENDOR`.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(vendor) => vendor.name(),
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// `NAS_PORT` holds something that is no TCP port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPort {
    value: String,
}

impl BadPort {
    /// What the variable holds.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for BadPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is `{}`, expected a number from 1 to 65535", Var::Port.env(), self.value)
    }
}

impl std::error::Error for BadPort {}

/// The daemon's surroundings, as the start script told them.
///
/// | accessor | variable | without it |
/// |---|---|---|
/// | [`app_dir`](Self::app_dir) | `NAS_APP_DIR` | the executable's folder, without a trailing `bin` |
/// | [`data_dir`](Self::data_dir) | `NAS_DATA_DIR` | `$XDG_DATA_HOME/PACKAGE`, `~/.local/share/PACKAGE`, `./data` |
/// | [`config_dir`](Self::config_dir) | `NAS_CONFIG_DIR` | `$XDG_CONFIG_HOME/PACKAGE`, `~/.config/PACKAGE`, `./config` |
/// | [`log_dir`](Self::log_dir) | `NAS_LOG_DIR` | `$XDG_STATE_HOME/PACKAGE`, `~/.local/state/PACKAGE`, `./log` |
/// | [`temp_dir`](Self::temp_dir) | `NAS_TEMP_DIR` | `$XDG_CACHE_HOME/PACKAGE`, `~/.cache/PACKAGE`, `./tmp` |
/// | [`log_file`](Self::log_file) | `NAS_LOG_FILE` | `PACKAGE.log` in the log folder |
/// | [`pid_file`](Self::pid_file) | `NAS_PID_FILE` | `PACKAGE.pid` in the temporary folder |
/// | [`package`](Self::package) | `NAS_PACKAGE` | that of the [`App`], the executable's name |
/// | [`version`](Self::version), [`port`](Self::port) | `NAS_VERSION`, `NAS_PORT` | that of the [`App`], `None` |
/// | [`settings_file`](Self::settings_file) | – | that of the [`App`] in the config folder, `None` |
/// | [`user`](Self::user), [`group`](Self::group), [`vendor`](Self::vendor) | `NAS_USER`, … | `None` |
///
/// What box it is stands in files of the firmware, which are read when asked for: [`firmware`](Self::firmware),
/// [`model`](Self::model), [`shared_folder`](Self::shared_folder), [`tls`](Self::tls).
///
/// Each variable stands for itself, so one alone can be set to try something out. On a NAS the folders exist and
/// belong to the daemon's user; elsewhere nobody has made them yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nas {
    vendor: Option<Vendor>,
    package: String,
    version: Option<String>,
    user: Option<String>,
    group: Option<String>,
    port: Option<String>,
    declared_port: Option<u16>,
    settings_file: Option<PathBuf>,
    app_dir: PathBuf,
    data_dir: PathBuf,
    config_dir: PathBuf,
    log_dir: PathBuf,
    temp_dir: PathBuf,
    log_file: PathBuf,
    pid_file: PathBuf,
    declared_folders: &'static [&'static str],
    root: PathBuf,
}

impl Nas {
    /// Reads this process's environment.
    pub fn detect() -> Self {
        Self::here(None)
    }

    fn here(app: Option<&App>) -> Self {
        let exe = std::env::current_exe().ok().or_else(|| std::env::args_os().next().map(PathBuf::from));
        Self::gather(app, exe.as_deref().unwrap_or(Path::new("app")), |name| std::env::var_os(name))
    }

    /// Reads another environment: `exe` is the daemon's executable, `lookup` gives a variable's value. For tests, and
    /// for programs that are told where they are in a way of their own.
    pub fn from_env(exe: &Path, lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        Self::gather(None, exe, lookup)
    }

    fn gather(app: Option<&App>, exe: &Path, lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let os = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let path = |var: Var| os(var.env()).map(PathBuf::from);
        let text = |var: Var| os(var.env()).map(|value| value.to_string_lossy().into_owned());

        let package = text(Var::Package)
            .or_else(|| app.map(|app| app.package.to_owned()))
            .or_else(|| {
                let name = exe.file_name()?.to_string_lossy();
                Some(name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(&name).to_owned())
            })
            .unwrap_or_else(|| "app".to_owned());
        // The XDG specification has relative values ignored; a relative HOME is no better.
        let absolute = |name: &str| os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = |var: Var, xdg: &str, below_home: &str, last_resort: &str| {
            path(var).unwrap_or_else(|| {
                absolute(xdg)
                    .or_else(|| absolute("HOME").map(|home| home.join(below_home)))
                    .map_or_else(|| Path::new(".").join(last_resort), |base| base.join(&package))
            })
        };

        let log_dir = folder(Var::LogDir, "XDG_STATE_HOME", ".local/state", "log");
        // Below the user's own cache folder, not in /tmp, where others could put files under the same name first.
        let temp_dir = folder(Var::TempDir, "XDG_CACHE_HOME", ".cache", "tmp");
        let config_dir = folder(Var::ConfigDir, "XDG_CONFIG_HOME", ".config", "config");
        Self {
            vendor: text(Var::Vendor).map(|name| match name.parse() {
                Ok(vendor) => Vendor::Known(vendor),
                Err(_) => Vendor::Other(name),
            }),
            version: text(Var::Version).or_else(|| app.map(|app| app.version.to_owned())),
            user: text(Var::User),
            group: text(Var::Group),
            port: text(Var::Port),
            declared_port: app.and_then(|app| app.port),
            settings_file: app.and_then(|app| app.settings_file).map(|file| config_dir.join(file)),
            app_dir: path(Var::AppDir).unwrap_or_else(|| app_dir_of(exe)),
            data_dir: folder(Var::DataDir, "XDG_DATA_HOME", ".local/share", "data"),
            config_dir,
            log_file: path(Var::LogFile).unwrap_or_else(|| log_dir.join(format!("{package}.log"))),
            pid_file: path(Var::PidFile).unwrap_or_else(|| temp_dir.join(format!("{package}.pid"))),
            log_dir,
            temp_dir,
            package,
            declared_folders: app.map_or(&[], |app| app.shared_folders),
            root: PathBuf::from("/"),
        }
    }

    /// The same, but the firmware's own files are looked for below a folder: for tests that bring a box's files. The folders of the app
    /// stay as they are.
    #[must_use]
    pub fn below(self, root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), ..self }
    }

    /// The vendor; `None` off a NAS.
    pub fn vendor(&self) -> Option<&Vendor> {
        self.vendor.as_ref()
    }

    /// What the daemon was compiled for, if it is a processor that packages are made for. It is also the box's, but for an emulator's.
    pub fn arch(&self) -> Option<Arch> {
        Arch::host()
    }

    /// The package's identity.
    pub fn package(&self) -> &str {
        &self.package
    }

    /// The package's version: on a NAS as the vendor writes it, which need not be Cargo's form.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The user that the daemon was meant to run as.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The group that the daemon was meant to run as.
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// The TCP port that the package declares; `None` where none is declared.
    pub fn port(&self) -> Result<Option<u16>, BadPort> {
        let Some(value) = &self.port else { return Ok(self.declared_port) };
        match value.trim().parse() {
            Ok(port) if port > 0 => Ok(Some(port)),
            _ => Err(BadPort { value: value.clone() }),
        }
    }

    /// The folder with the package's own files, replaced at each upgrade.
    pub fn app_dir(&self) -> &Path {
        &self.app_dir
    }

    /// The folder for the app's data, kept across upgrades.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The folder for the app's settings, kept across upgrades.
    pub fn config_dir(&self) -> &Path {
        &self.config_dir
    }

    /// The file with the user's settings, if the [`App`] has one. It need not exist.
    pub fn settings_file(&self) -> Option<&Path> {
        self.settings_file.as_deref()
    }

    /// The folder for the app's logs.
    pub fn log_dir(&self) -> &Path {
        &self.log_dir
    }

    /// A folder for files that need not survive a restart.
    pub fn temp_dir(&self) -> &Path {
        &self.temp_dir
    }

    /// The file that receives the daemon's output. The start script redirects to it, so the daemon only prints.
    pub fn log_file(&self) -> &Path {
        &self.log_file
    }

    /// The file that holds the daemon's process id. The start script writes it, so the daemon need not;
    /// see [`write_pid_file`].
    pub fn pid_file(&self) -> &Path {
        &self.pid_file
    }
}

/// Packages put the executable into `bin/` of their folder, and a local copy of that layout works as well.
fn app_dir_of(exe: &Path) -> PathBuf {
    match exe.parent() {
        Some(dir) if dir.ends_with("bin") => dir.parent().unwrap_or(dir).to_owned(),
        Some(dir) if dir != Path::new("") => dir.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn nas(exe: &str, vars: &[(&str, &str)]) -> Nas {
        Nas::from_env(Path::new(exe), |name| {
            vars.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
    }

    /// A folder of this test's own, gone at the end.
    pub(super) struct Scratch(pub PathBuf);

    impl Scratch {
        pub(super) fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("nas-pack-runtime-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_start_script_s_variables_decide() {
        let vars = Var::ALL.map(|var| {
            let value = match var {
                Var::Port => "8137".to_owned(),
                Var::Vendor => "wd-os3".to_owned(),
                _ => format!("/nas/{}", var.name()),
            };
            (var.env(), value)
        });
        let vars: Vec<_> = vars.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let nas = nas("/elsewhere/bin/beacon", &vars);

        assert_eq!(nas.vendor(), Some(&Vendor::Known(VendorId::WdOs3)));
        assert_eq!(nas.port(), Ok(Some(8137)));
        let texts = [
            (Var::Package, Some(nas.package())),
            (Var::Version, nas.version()),
            (Var::User, nas.user()),
            (Var::Group, nas.group()),
            (Var::AppDir, nas.app_dir().to_str()),
            (Var::DataDir, nas.data_dir().to_str()),
            (Var::ConfigDir, nas.config_dir().to_str()),
            (Var::LogDir, nas.log_dir().to_str()),
            (Var::LogFile, nas.log_file().to_str()),
            (Var::TempDir, nas.temp_dir().to_str()),
            (Var::PidFile, nas.pid_file().to_str()),
        ];
        for (var, value) in texts {
            assert_eq!(value, Some(format!("/nas/{}", var.name()).as_str()));
        }
    }

    #[test]
    fn off_a_nas_the_xdg_folders_stand_in() {
        let nas = nas("/opt/beacon/bin/beacon", &[("HOME", "/home/ann"), ("XDG_DATA_HOME", "/srv/data")]);
        assert_eq!(nas.vendor(), None);
        assert_eq!(nas.package(), "beacon");
        assert_eq!(nas.app_dir(), Path::new("/opt/beacon"));
        assert_eq!(nas.data_dir(), Path::new("/srv/data/beacon"));
        assert_eq!(nas.config_dir(), Path::new("/home/ann/.config/beacon"));
        assert_eq!(nas.log_file(), Path::new("/home/ann/.local/state/beacon/beacon.log"));
        assert_eq!(nas.pid_file(), Path::new("/home/ann/.cache/beacon/beacon.pid"));
        assert_eq!(nas.port(), Ok(None));
    }

    #[test]
    fn without_a_home_the_current_folder_is_the_last_resort() {
        let nas = nas("beacon", &[("HOME", ""), ("XDG_DATA_HOME", "relative"), ("NAS_CONFIG_DIR", "")]);
        assert_eq!(nas.app_dir(), Path::new("."));
        assert_eq!(nas.data_dir(), Path::new("./data"));
        assert_eq!(nas.config_dir(), Path::new("./config"));
    }

    #[test]
    fn one_variable_alone_moves_what_depends_on_it() {
        let nas = nas("/x/beacon", &[("HOME", "/h"), ("NAS_PACKAGE", "lamp"), ("NAS_LOG_DIR", "/l")]);
        assert_eq!(nas.log_file(), Path::new("/l/lamp.log"));
        assert_eq!(nas.data_dir(), Path::new("/h/.local/share/lamp"));
        assert_eq!(nas.app_dir(), Path::new("/x"));
    }

    pub(super) const BEACON: App = App {
        package: "beacon",
        name: "Beacon",
        version: "1.2.3",
        description: "Says that it is there.",
        exec: Some("bin/beacond"),
        port: Some(8137),
        shared_folders: &["Beacon"],
        settings_file: Some("beacon.toml"),
    };

    #[test]
    fn the_app_says_what_the_environment_does_not() {
        let at = |vars: &[(&str, &str)]| {
            BEACON.from_env(Path::new("/x/target/debug/beacond"), |name| {
                vars.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
            })
        };
        let nas = at(&[("HOME", "/h")]);
        assert_eq!((nas.package(), nas.version(), nas.port()), ("beacon", Some("1.2.3"), Ok(Some(8137))));
        assert_eq!(nas.settings_file(), Some(Path::new("/h/.config/beacon/beacon.toml")));

        let nas =
            at(&[("NAS_PACKAGE", "lamp"), ("NAS_VERSION", "1.2.3-4"), ("NAS_PORT", "99"), ("NAS_CONFIG_DIR", "/c")]);
        assert_eq!((nas.package(), nas.version(), nas.port()), ("lamp", Some("1.2.3-4"), Ok(Some(99))));
        assert_eq!(nas.settings_file(), Some(Path::new("/c/beacon.toml")));
    }

    #[test]
    fn an_unknown_vendor_keeps_its_name() {
        let nas = nas("/x/beacon", &[("NAS_VENDOR", "qnap")]);
        assert_eq!(nas.vendor(), Some(&Vendor::Other("qnap".to_owned())));
        assert_eq!(nas.vendor().map(ToString::to_string).as_deref(), Some("qnap"));
    }

    #[test]
    fn a_bad_port_is_an_error_for_those_who_ask() {
        for value in ["abc", "0", "65536", "-1", "80 81"] {
            let error = nas("/x/beacon", &[("NAS_PORT", value)]).port().unwrap_err();
            assert_eq!(error.to_string(), format!("NAS_PORT is `{value}`, expected a number from 1 to 65535"));
        }
        assert_eq!(nas("/x/beacon", &[("NAS_PORT", "")]).port(), Ok(None));
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_kept_in_paths() {
        use std::os::unix::ffi::OsStringExt as _;

        let odd = OsString::from_vec(b"/volume1/\xff".to_vec());
        let nas = Nas::from_env(Path::new("/x/beacon"), |name| (name == "NAS_DATA_DIR").then(|| odd.clone()));
        assert_eq!(nas.data_dir().as_os_str(), odd);
    }
}
