use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::{Arch, Compression, Language, Protocol, Settings, TargetSpec, VendorId};
use crate::hooks::templates::Templates;
use crate::hooks::{Hooks, Text};

/// The vendor-neutral description of one package: every layer merged, every default applied.
///
/// For one vendor it already holds that vendor's overrides; the keys that only a vendor knows stay in its own
/// section, which the vendor reads by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct App {
    /// The package's identity on the device, which never changes between releases: `[A-Za-z0-9][A-Za-z0-9.-]*`, the part
    /// that every vendor accepts. Defaults to the Cargo package's name.
    pub package: String,
    /// The name shown to people. Defaults to `package` with a capital.
    pub name: String,
    /// The Cargo version; each vendor maps it to its own grammar.
    pub version: semver::Version,
    /// How often this version was packaged anew: 0 for the first time.
    pub revision: u32,
    /// What the app is, in a sentence or a paragraph.
    pub description: String,
    /// Name and description in other languages, for the vendors that show them.
    pub translations: BTreeMap<Language, Translation>,
    /// Who packages it. The vendors show it beside the app. Defaults to the first Cargo author.
    pub maintainer: Person,
    /// Who wrote it. Defaults to the first Cargo author.
    pub developer: Person,
    /// The project's web page.
    pub homepage: Option<String>,
    /// Where users get help.
    pub support_url: Option<String>,
    /// The text of the licence that is shown at installation.
    pub license_file: Option<PathBuf>,
    /// What is new in this version, as plain text.
    pub changelog: Option<PathBuf>,
    /// The picture shown for the app.
    pub icon: Icon,
    /// The Cargo binaries to put into `bin/`.
    pub binaries: Vec<String>,
    /// The daemon, if there is one.
    pub service: Option<Service>,
    /// Files that travel with the app.
    pub assets: Vec<Asset>,
    /// Shared folders that the app uses.
    pub shared_folders: Vec<SharedFolder>,
    /// What users can choose, if the app lets nas-pack keep it.
    pub settings: Option<Settings>,
    /// Packages that must be there.
    pub depends: Vec<Dependency>,
    /// Packages that must not be there.
    pub conflicts: Vec<Dependency>,
    /// The author's own steps, by event.
    pub hooks: Hooks,
    /// What the scripts are made from: the built-in templates, and above them the author's.
    pub templates: Templates,
    /// Whether uninstalling removes the app's data and settings too.
    pub remove_data: bool,
    /// How much time is spent on making the packages small.
    pub compression: Compression,
    /// The vendors to package for.
    pub vendors: Vec<VendorId>,
    /// What is built for each arch, and with what.
    pub targets: BTreeMap<Arch, TargetSpec>,
}

impl App {
    /// `https://…` or `http://…:port/path` as people reach the service, without the host; `None` without a web port.
    pub fn web(&self) -> Option<(&Service, u16)> {
        let service = self.service.as_ref()?;
        let port = service.port?;
        service.protocol.is_web().then_some((service, port))
    }
}

/// A name with an optional e-mail address, as Cargo's `authors` has it: `Name <mail@example.com>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The address, without the angle brackets.
    pub email: Option<String>,
}

impl Person {
    /// Reads Cargo's form. A text without `<…>` is a name.
    pub fn parse(text: &str) -> Self {
        match text.split_once('<') {
            Some((name, rest)) => {
                let email = rest.trim_end().trim_end_matches('>').trim();
                Self { name: name.trim().to_owned(), email: (!email.is_empty()).then(|| email.to_owned()) }
            }
            None => Self { name: text.trim().to_owned(), email: None },
        }
    }
}

/// What people read of the app in one language. What is missing is shown as the app itself says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Translation {
    /// The name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
}

/// Where the app's picture comes from. Vendors get it resized.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Icon {
    /// A PNG or SVG file, absolute.
    File(PathBuf),
    /// None was given: a plain tile with the app's first letter is drawn, because every vendor demands a picture.
    Generated,
}

/// The daemon: what is started, with what, and how it is reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Service {
    /// The binary that is started, by the name it has in `bin/`.
    pub exec: String,
    /// Its arguments.
    pub args: Vec<Text>,
    /// Its environment, beside the neutral `NAS_*` set.
    pub env: BTreeMap<String, Text>,
    /// The TCP port it listens on, 1 to 65535.
    pub port: Option<u16>,
    /// What it speaks there.
    pub protocol: Protocol,
    /// The page to open, beginning with `/`.
    pub path: String,
    /// How long a start may take until the process runs and the port is open, in seconds.
    pub start_timeout: u32,
    /// How long a stop may take before the process is killed, in seconds.
    pub stop_timeout: u32,
    /// The signal by which the daemon reads its settings anew, such as `HUP`.
    pub reload_signal: Option<String>,
    /// The size at which the log is rotated to one older file at the next start, in KiB.
    pub log_limit: u32,
}

/// A file or a set of files that travel with the app.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Asset {
    /// What is taken.
    pub source: AssetSource,
    /// Where it goes, relative to the app's folder. A trailing `/` names a folder.
    pub dest: String,
    /// The mode of each file; without one it is 0755 for files that are executable on disk and 0644 for the rest.
    pub mode: Option<Mode>,
}

/// What an asset is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssetSource {
    /// A glob below `base`: `*`, `?`, `[…]`, `{a,b}` and `**`, always with `/`.
    Glob {
        /// The folder that the pattern starts from, absolute.
        base: PathBuf,
        /// The pattern as it was written.
        pattern: String,
    },
    /// Text that the description itself holds.
    Inline(String),
}

/// Permission bits, at most `0o7777`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Mode(pub u32);

/// A folder that the NAS shares with its users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SharedFolder {
    /// The share's name.
    pub name: String,
    /// What it is for.
    pub description: String,
}

/// Another package of the same vendor, with an optional range of versions in the vendor's own numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Dependency {
    /// The other package's identity.
    pub package: String,
    /// `(operator, version)` with `=`, `<`, `<=`, `>` or `>=`.
    pub bounds: Vec<(String, String)>,
}
