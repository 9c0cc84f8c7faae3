use std::ffi::OsString;
use std::path::Path;

use super::Nas;

/// What the build script knows of the app: the literal that `nas_pack::app!()` brings into the daemon.
///
/// All of it is plain and constant, so it costs what its texts take in the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct App {
    /// The package's identity, and the name of its folders.
    pub package: &'static str,
    /// The name that people see.
    pub name: &'static str,
    /// The version, as Cargo writes it.
    pub version: &'static str,
    /// What the app is, in a sentence.
    pub description: &'static str,
    /// The daemon's executable, by its path in the app's folder; `None` for an app without a service.
    pub exec: Option<&'static str>,
    /// The TCP port that the package declares.
    pub port: Option<u16>,
    /// The names of the shared folders that the package asks for, in the order of its description.
    pub shared_folders: &'static [&'static str],
    /// The name of the settings file in the config folder.
    pub settings_file: Option<&'static str>,
}

impl App {
    /// Reads this process's environment, like [`Nas::detect`], and knows the package, its version, port, shared folders and settings
    /// file where nothing there tells them: on a developer's machine.
    pub fn detect(&self) -> Nas {
        Nas::here(Some(self))
    }

    /// Reads another environment, like [`Nas::from_env`].
    pub fn from_env(&self, exe: &Path, lookup: impl Fn(&str) -> Option<OsString>) -> Nas {
        Nas::gather(Some(self), exe, lookup)
    }
}
