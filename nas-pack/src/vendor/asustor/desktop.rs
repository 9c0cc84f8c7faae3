//! The keys of the manifest that become `adm-desktop` in `config.json`: the icon on ADM's desktop.

use super::check::{breach, too_new};
use super::config::{AdmDesktop, DesktopApp, OwnServer, Privilege};
use super::facts::{Adm, has_extension};
use super::{fields, rules};
use crate::diagnostic::{Diagnostic, Result};
use crate::layer::{Origin, Value};
use crate::manifest::{Mismatch, Port, Read, Section};
use crate::model::AssetSource;
use crate::vendor::Request;

/// The icon, and where pages in `www/` were asked for.
pub(super) struct Desktop {
    pub(super) adm_desktop: Option<AdmDesktop>,
    pub(super) pages: Option<Origin>,
}

/// What the icon opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AppType {
    /// The app's own web server.
    Custom,
    /// Pages in `www/` on the box's web server.
    Webserver,
    /// There is no icon.
    None,
}

impl Read for AppType {
    const EXPECTED: &'static str = "`custom`, `webserver` or `none`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let text = String::read(value)?;
        match text.as_str() {
            "custom" => Ok(Self::Custom),
            "webserver" => Ok(Self::Webserver),
            "none" => Ok(Self::None),
            "internal" | "external" => {
                Err(Mismatch::content(format!("`{text}` is reserved for ASUSTOR's own apps (guide 2.4.1)")))
            }
            _ => Err(Mismatch::content(format!("unknown type `{text}`"))),
        }
    }
}

pub(super) fn read(request: &Request<'_>, keys: &Section<'_>, adm: Option<Adm>) -> Desktop {
    let web = request.app.web();
    let (kind, at) = match keys.read_at::<AppType>("app-type") {
        Some((kind, at)) => (kind, at),
        None if web.is_some() => (AppType::Custom, Origin::Default),
        None => (AppType::None, Origin::Default),
    };
    let server = match (kind, web) {
        (AppType::Custom, Some((service, port))) => {
            Some(OwnServer { protocol: service.protocol.name(), port, url: service.path.clone() })
        }
        (AppType::Custom, None) => {
            let found = Diagnostic::error("an icon of the type `custom` needs a web page to open").at(&at);
            let help = "give the service a `port` and the protocol `http` or `https`, or take the type `none`";
            request.findings.push(found.label("the service has none").help(help));
            None
        }
        (AppType::Webserver | AppType::None, _) => None,
    };
    let of_type = |key: &'static str, wanted: bool, whose: &str| {
        if let Some(entry) = keys.entry(key)
            && !wanted
        {
            let message = format!("`{}` has no effect: it is for {whose}", keys.full(key));
            request.findings.push(breach(&rules::AST051, message, &entry.key));
        }
    };
    of_type("session-id", kind == AppType::Webserver, "icons of the type `webserver`");
    // Of a port that is wrong something else was said.
    let has_port = request.app.service.as_ref().is_some_and(|service| service.port.is_some());
    let is_wrong = !has_port && request.layer.find("service.port").is_some();
    for key in ["accessible", "customizable", "reverseproxy-port", "http-port", "https-port"] {
        of_type(key, kind != AppType::None || is_wrong, "apps with an icon");
    }

    let accessible = keys.read_at::<String>("accessible").map_or("administrators".to_owned(), |(who, at)| {
        if !matches!(who.as_str(), "administrators" | "users") {
            let found = breach(&rules::AST012, format!("the icon cannot be shown to `{who}`"), &at);
            request.findings.push(found.label("expected `administrators` or `users`"));
        }
        who
    });
    let port = |key: &'static str, field: &str| {
        let (Port(port), at) = keys.read_at(key)?;
        let since = fields::find(field).and_then(fields::since);
        let found = since.and_then(|since| too_new(&format!("`{}`", keys.full(key)), since, adm));
        request.findings.absorb(found.map(|found| found.at(&at)));
        Some(port)
    };
    let app = DesktopApp {
        kind: if kind == AppType::Webserver { "webserver" } else { "custom" },
        session_id: keys.read("session-id").filter(|_| kind == AppType::Webserver),
        own: server,
        reverseproxy_port: port("reverseproxy-port", "adm-desktop.app.reverseproxy_port"),
        http_port: port("http-port", "adm-desktop.app.http_port"),
        https_port: port("https-port", "adm-desktop.app.https_port"),
    };
    let privilege = Privilege { accessible, customizable: keys.read("customizable").unwrap_or(true) };
    if kind == AppType::Webserver {
        php(request);
    }
    Desktop {
        adm_desktop: (kind != AppType::None).then_some(AdmDesktop { app, privilege }),
        pages: (kind == AppType::Webserver).then_some(at),
    }
}

/// Pages that nothing runs.
fn php(request: &Request<'_>) {
    let is_php = |index: &usize| {
        let asset = &request.app.assets[*index];
        let pattern = match &asset.source {
            AssetSource::Glob { pattern, .. } => pattern.as_str(),
            AssetSource::Inline(_) => "",
        };
        [pattern, &asset.dest].iter().any(|path| has_extension(path, &["php"]))
    };
    let needs = request.app.depends.iter().map(|needed| needed.package.as_str());
    if let Some(index) = (0..request.app.assets.len()).find(is_php)
        && !has_php(needs)
    {
        request.findings.push(no_php().at(&request.item_origin("assets", index)));
    }
}

/// Whether one of the apps is a PHP.
pub(super) fn has_php<'n>(mut packages: impl Iterator<Item = &'n str>) -> bool {
    packages.any(|package| package.to_ascii_lowercase().starts_with("php"))
}

/// What is said of pages without a PHP.
pub(super) fn no_php() -> Diagnostic {
    rules::AST035
        .found("the web app has PHP pages and needs no PHP")
        .note("since ADM 4.0 PHP is an app of its own")
        .help("name it in `depends`")
}
