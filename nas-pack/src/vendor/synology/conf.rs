//! The metadata files beside `INFO`: `conf/privilege`, `conf/resource`, the port's `.sc` file and the desktop entry.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::SharedFolder;

/// `conf/privilege`. DSM 7 refuses anything but the package's own user, and a package without the file (error 319).
#[derive(Debug, Serialize)]
pub(super) struct Privilege {
    defaults: Defaults,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Defaults {
    run_as: &'static str,
}

impl Privilege {
    pub(super) const PACKAGE: Self = Self { defaults: Defaults { run_as: "package" } };
}

/// `conf/resource`: what DSM's resource workers set up.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Resource {
    #[serde(skip_serializing_if = "Option::is_none")]
    port_config: Option<PortConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_share: Option<DataShare>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct PortConfig {
    protocol_file: String,
}

#[derive(Debug, Serialize)]
struct DataShare {
    shares: Vec<Share>,
}

#[derive(Debug, Serialize)]
struct Share {
    name: String,
    permission: Permission,
}

#[derive(Debug, Serialize)]
struct Permission {
    rw: [String; 1],
}

impl Resource {
    /// `port_file` is relative to the package's folder, and must be there: DSM reports 278 otherwise. The shares can be
    /// written by the package's user, who is called as the package.
    pub(super) fn new(port_file: Option<String>, shares: &[SharedFolder], package: &str) -> Self {
        let share = |share: &SharedFolder| Share {
            name: share.name.clone(),
            permission: Permission { rw: [package.to_owned()] },
        };
        let shares: Vec<_> = shares.iter().map(share).collect();
        Self {
            port_config: port_file.map(|protocol_file| PortConfig { protocol_file }),
            data_share: (!shares.is_empty()).then_some(DataShare { shares }),
        }
    }

    /// Whether there is nothing to set up; then the file is left out.
    pub(super) fn is_empty(&self) -> bool {
        self.port_config.is_none() && self.data_share.is_none()
    }
}

/// `conf/NAME.sc`, by which DSM's firewall knows the service.
pub(super) fn port_file(package: &str, title: &str, port: u16, forward: bool) -> String {
    let forward = if forward { "yes" } else { "no" };
    format!("[{package}]\ntitle=\"{title}\"\ndesc=\"{title}\"\nport_forward=\"{forward}\"\ndst.ports=\"{port}/tcp\"\n")
}

/// `ui/config`: an icon in DSM's main menu that opens the service's page.
#[derive(Debug, Serialize)]
pub(super) struct Desktop {
    #[serde(rename = ".url")]
    url: BTreeMap<String, DesktopEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DesktopEntry {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) desc: String,
    /// `{0}` stands for the size in pixels.
    pub(super) icon: String,
    pub(super) protocol: &'static str,
    /// A string in all of the vendor's examples.
    pub(super) port: String,
    pub(super) url: String,
    pub(super) all_users: bool,
}

impl Desktop {
    /// `id` must equal `dsmappname` in INFO.
    pub(super) fn new(id: &str, entry: DesktopEntry) -> Self {
        Self { url: [(id.to_owned(), entry)].into() }
    }
}
