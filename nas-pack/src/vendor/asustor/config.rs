//! `CONTROL/config.json` as types, in the order in which the App Central guide lists the keys.
//!
//! What each key means is in [`fields`](super::fields).

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::model::{Dependency, SharedFolder};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Config {
    pub(super) general: General,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) adm_desktop: Option<AdmDesktop>,
    #[serde(skip_serializing_if = "Register::is_empty")]
    pub(super) register: Register,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct General {
    pub(super) package: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) depends: Vec<String>,
    /// Reserved by the vendor: always empty.
    pub(super) conflicts: [String; 0],
    pub(super) developer: String,
    pub(super) maintainer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) website: Option<String>,
    pub(super) architecture: &'static str,
    pub(super) firmware: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) model: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_lang: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_advice: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) privacy_statement: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct AdmDesktop {
    pub(super) app: DesktopApp,
    pub(super) privilege: Privilege,
}

/// What the icon opens.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DesktopApp {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(rename = "session-id", skip_serializing_if = "Option::is_none")]
    pub(super) session_id: Option<bool>,
    /// The app's own web server.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(super) own: Option<OwnServer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reverseproxy_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) http_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) https_port: Option<u16>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct OwnServer {
    pub(super) protocol: &'static str,
    pub(super) port: u16,
    pub(super) url: String,
}

/// Who sees the icon. It hides nothing else.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Privilege {
    pub(super) accessible: String,
    pub(super) customizable: bool,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Register {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) symbolic_link: BTreeMap<&'static str, Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) share_folder: Vec<SharedFolder>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) port: Vec<RegisteredPort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) boot_priority: Option<BootPriority>,
    #[serde(skip_serializing_if = "Prerequisites::is_empty")]
    pub(super) prerequisites: Prerequisites,
}

impl Register {
    fn is_empty(&self) -> bool {
        self.symbolic_link.is_empty()
            && self.share_folder.is_empty()
            && self.port.is_empty()
            && self.boot_priority.is_none()
            && self.prerequisites.is_empty()
    }
}

/// A port that no other app shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RegisteredPort {
    pub(super) port: u16,
    /// Whether it is for TCP alone, which ADM 5 knows.
    pub(super) tcp_only: bool,
}

impl Serialize for RegisteredPort {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.tcp_only {
            serializer.serialize_str(&format!("T{}", self.port))
        } else {
            serializer.serialize_u16(self.port)
        }
    }
}

/// An object of integers; ADM ignores any other shape without a word.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct BootPriority {
    pub(super) start_order: u32,
    pub(super) stop_order: u32,
}

/// Services of ADM that the app needs.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Prerequisites {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) enable_service: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) restart_service: Vec<String>,
}

impl Prerequisites {
    fn is_empty(&self) -> bool {
        self.enable_service.is_empty() && self.restart_service.is_empty()
    }
}

/// `python3 (>= 3.7.0, <= 4.0)`.
pub(super) fn dependency(dependency: &Dependency) -> String {
    let bounds: Vec<_> = dependency.bounds.iter().map(|(operator, version)| format!("{operator} {version}")).collect();
    if bounds.is_empty() {
        dependency.package.clone()
    } else {
        format!("{} ({})", dependency.package, bounds.join(", "))
    }
}
