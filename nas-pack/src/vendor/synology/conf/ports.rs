//! The `.sc` file, by which DSM's firewall and port forwarding know what the package listens on.

use super::fields::SC;
use super::ini::{self, Ini};
use super::rules;
use super::schema::{self, Flaw, Wrong};
use crate::diagnostic::Diagnostic;
use crate::layer::{Kind, Origin};
use crate::manifest::Section;
use crate::vendor::Request;
use crate::vendor::request::one_line;
use crate::vendor::synology::info::forbidden;

const PROTOCOLS: [&str; 2] = ["tcp", "udp"];

/// Whether a text is `6000,7000:8000/tcp,udp`; without protocols both are meant.
pub(super) fn is_list(text: &str) -> bool {
    ranges(text).is_some()
}

/// The ports of such a text, each range with both its ends.
fn ranges(text: &str) -> Option<Vec<(u16, u16)>> {
    let (ports, protocols) = match text.split_once('/') {
        Some((ports, protocols)) => (ports, Some(protocols)),
        None => (text, None),
    };
    if protocols.is_some_and(|list| !list.split(',').all(|protocol| PROTOCOLS.contains(&protocol.trim()))) {
        return None;
    }
    let port = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port > 0);
    let range = |text: &str| match text.split_once(':') {
        Some((first, last)) => Some((port(first)?, port(last)?)).filter(|(first, last)| first <= last),
        None => port(text).map(|port| (port, port)),
    };
    ports.split(',').map(range).collect()
}

/// A section's name: letters, digits, `-`, `_` and `.`.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// What is wrong with a file: the line, if it is about one, and the finding without its place.
pub(super) fn check(text: &str) -> Vec<(Option<usize>, Diagnostic)> {
    let ini = Ini::read(text);
    let broken = |message: String| rules::SYN076.found(message);
    let mut found: Vec<_> = ini.flaws.iter().map(|(line, reason)| (Some(*line), broken(reason.clone()))).collect();
    if ini.sections.is_empty() {
        found.push((None, broken("the port file describes no service".to_owned())));
    }
    for name in ini.sections.keys().filter(|name| !is_name(name)) {
        let reason = broken(format!("`{name}` cannot be a service's name"));
        found.push((ini.line(name), reason.label("expected letters, digits, `-`, `_` and `.`")));
    }
    // A dot is part of the key here, which the table cannot tell from a place.
    let missing = ini.sections.iter().filter(|(_, section)| section.get("dst.ports").is_none());
    let missing = missing.map(|(name, _)| Flaw { path: format!("{name}.dst.ports"), wrong: Wrong::Missing });
    for flaw in schema::flaws(SC, &ini.sections.clone().into(), None).into_iter().chain(missing) {
        let line = ini.line(&flaw.path);
        let reason = flaw.found(&flaw.path);
        let is_broken = !matches!(flaw.wrong, Wrong::Unknown(_));
        found.push((line, Diagnostic { rule: if is_broken { Some(&rules::SYN076) } else { reason.rule }, ..reason }));
    }
    found
}

/// Whether a file names a port as one that is listened on.
pub(super) fn has(text: &str, port: u16) -> bool {
    let ini = Ini::read(text);
    ini.sections
        .values()
        .filter_map(|section| ranges(section.get("dst.ports")?.as_str()?))
        .flatten()
        .any(|(first, last)| (first..=last).contains(&port))
}

/// The file for an app: its service, and what `synology.ports` has.
pub(super) fn read(request: &Request<'_>, keys: &Section<'_>) -> Option<String> {
    let app = request.app;
    let forward: bool = keys.read("port-forward").unwrap_or(false);
    let port = app.service.as_ref().and_then(|service| service.port);
    let name = one_line(&app.name);
    let mut services: Vec<(String, Service)> = Vec::new();
    if let Some(port) = port {
        let ports = Some(format!("{port}/tcp"));
        let service = Service { title: name.clone(), desc: name.clone(), forward, src: None, dst: ports };
        services.push((app.package.clone(), service));
    }
    if let Some((table, _)) = keys.section("ports") {
        for (id, entry) in table.table().iter() {
            let path = table.full(id);
            let Kind::Table(own) = &entry.value.kind else {
                let found = Diagnostic::error(format!("`{path}` must be a table, not {}", entry.value.kind.describe()));
                request.findings.push(found.at(&entry.value.origin).label("expected a table"));
                continue;
            };
            if !is_name(id) {
                let found = rules::SYN076.found(format!("`{id}` cannot be a service's name")).at(&entry.key);
                request.findings.push(found.label("expected letters, digits, `-`, `_` and `.`"));
            }
            let known = services.iter().position(|(known, _)| known == id);
            let mut service = match known {
                Some(at) => services.remove(at).1,
                None => Service { title: name.clone(), desc: name.clone(), ..Service::default() },
            };
            service.amend(Section::new(own, path, request.findings), &entry.key);
            services.insert(known.unwrap_or(services.len()), (id.to_owned(), service));
        }
    }
    let sections: Vec<_> = services.into_iter().map(|(id, service)| (id, service.members())).collect();
    (!sections.is_empty()).then(|| ini::write(&sections, true))
}

#[derive(Default)]
struct Service {
    title: String,
    desc: String,
    forward: bool,
    src: Option<String>,
    dst: Option<String>,
}

impl Service {
    fn amend(&mut self, own: Section<'_>, at: &Origin) {
        let findings = own.findings();
        let text = |key| {
            let (text, at) = own.read_at::<String>(key)?;
            let text = one_line(&text);
            if let Some(c) = forbidden(&text) {
                let message = format!("`{}` cannot have `{}`", own.full(key), c.escape_default());
                findings
                    .push(rules::SYN076.found(message).at(&at).label("expected plain text").help("write it without"));
            }
            Some(text)
        };
        let ports = |key| {
            let (text, at) = own.read_at::<String>(key)?;
            if !is_list(&text) {
                let found = rules::SYN076.found(format!("`{}`: `{text}` is no list of ports", own.full(key))).at(&at);
                findings.push(found.label("expected ports and protocols, such as `6000,7000:8000/tcp,udp`"));
            }
            Some(text)
        };
        self.title = text("title").unwrap_or_else(|| std::mem::take(&mut self.title));
        self.desc = text("desc").unwrap_or_else(|| std::mem::take(&mut self.desc));
        self.forward = own.read("port-forward").unwrap_or(self.forward);
        self.src = ports("src-ports").or_else(|| self.src.take());
        self.dst = ports("dst-ports").or_else(|| self.dst.take());
        if self.dst.is_none() && own.table().get("dst-ports").is_none() {
            let found = rules::SYN076.found(format!("`{}` is missing", own.full("dst-ports"))).at(at);
            findings.push(found.label("expected the ports that it listens on"));
        }
        own.finish();
    }

    fn members(self) -> Vec<(&'static str, String)> {
        let forward = if self.forward { "yes" } else { "no" };
        let mut members = vec![("title", self.title), ("desc", self.desc), ("port_forward", forward.to_owned())];
        members.extend(self.src.map(|ports| ("src.ports", ports)));
        members.extend(self.dst.map(|ports| ("dst.ports", ports)));
        members
    }
}
