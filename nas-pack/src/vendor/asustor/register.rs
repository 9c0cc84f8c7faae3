//! The keys of the manifest that become `register` in `config.json`.

use std::collections::BTreeMap;

use super::check::{breach, too_new};
use super::config::{BootPriority, Prerequisites, RegisteredPort};
use super::facts::{Adm, LINK_FOLDERS, MARIADB_SINCE, SERVICES, is_link_name, owner_of, parse_port};
use super::rules;
use crate::diagnostic::{Diagnostic, Result};
use crate::layer::{Kind, Origin, Value};
use crate::manifest::{Mismatch, Port, Read, Section};
use crate::vendor::Request;

/// The names to link by folder, and where each folder's were asked for.
pub(super) type Links = (BTreeMap<&'static str, Vec<String>>, Vec<(&'static str, Origin)>);

/// Where Docker stands in the order of starting, and the app that it is.
pub(super) const DOCKER: (&str, u32) = ("docker-ce", 65);

/// The first version with ports for TCP alone.
pub(super) const TCP_PORTS_SINCE: Adm = Adm(5, 0, 0);

/// Reads a list with the place of each element. A single value stands for a list of one.
pub(super) fn listed<T: Read>(section: &Section<'_>, key: &'static str) -> Vec<(T, Origin)> {
    let items = section.items(key, T::EXPECTED).unwrap_or_default();
    items.iter().filter_map(|item| Some((section.value(key, item)?, item.origin.clone()))).collect()
}

pub(super) fn symbolic_links(keys: &Section<'_>) -> Links {
    let (mut links, mut origins) = (BTreeMap::new(), Vec::new());
    let Some((section, _)) = keys.section("symbolic-link") else { return (links, origins) };
    for folder in LINK_FOLDERS {
        let Some(entry) = section.entry_as(folder, "list: a string") else { continue };
        let names = listed::<String>(&section, folder);
        for (name, at) in names.iter().filter(|(name, _)| !is_link_name(name)) {
            let found = breach(&rules::AST013, format!("`{name}` cannot be linked into `/usr/local{folder}`"), at);
            section.findings().push(found.label(format!("expected names or globs of files in `{}`", &folder[1..])));
        }
        links.insert(folder, names.into_iter().map(|(name, _)| name).collect());
        origins.push((folder, entry.value.origin.clone()));
    }
    section.finish();
    (links, origins)
}

impl Read for RegisteredPort {
    const EXPECTED: &'static str = "a port number from 1 to 65535, or `\"T7666\"` for TCP alone";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        match &value.kind {
            Kind::Str(text) => match (text.starts_with('T'), parse_port(text)) {
                (true, Some(port)) => Ok(Self { port, tcp_only: true }),
                (false, Some(port)) => Err(Mismatch::with_help(
                    "a port is a number, unless a `T` stands before it",
                    format!("write it without quotes: {port}"),
                )),
                (_, None) => Err(Mismatch::content(format!("`{text}` is not a port"))),
            },
            _ => Port::read(value).map(|Port(port)| Self { port, tcp_only: false }),
        }
    }
}

/// The service's port and those that the author adds.
pub(super) fn ports(request: &Request<'_>, keys: &Section<'_>, adm: Option<Adm>) -> Vec<RegisteredPort> {
    let service = request.app.service.as_ref().and_then(|service| service.port);
    let service = service.map(|port| (RegisteredPort { port, tcp_only: false }, request.origin("service.port")));
    let mut ports: Vec<RegisteredPort> = Vec::new();
    for (port, at) in service.into_iter().chain(listed(keys, "ports")) {
        keys.findings().absorb(reserved(port.port).map(|found| found.at(&at)));
        if port.tcp_only {
            let found = too_new("ports with `T`", TCP_PORTS_SINCE, adm);
            keys.findings().absorb(found.map(|found| found.at(&at)));
        }
        if ports.iter().all(|known| known.port != port.port) {
            ports.push(port);
        }
    }
    ports
}

/// What is said of a port of ADM's own services.
pub(super) fn reserved(port: u16) -> Option<Diagnostic> {
    let whose = owner_of(port)?;
    let found = rules::AST009
        .found(format!("on an ASUSTOR box, port {port} belongs to {whose}"))
        .note("ADM refuses to install an app that registers a system service's port (-319)")
        .help("choose another; those above 10000 are seldom taken");
    Some(found)
}

pub(super) fn boot_priority(request: &Request<'_>, keys: &Section<'_>) -> Option<BootPriority> {
    let (section, at) = keys.section("boot-priority")?;
    let start = section.require::<Order>("start-order", &at);
    let stop = section.require::<Order>("stop-order", &at);
    if let Some(Order(start)) = start
        && request.app.depends.iter().any(|needed| needed.package == DOCKER.0)
    {
        keys.findings().absorb(before_docker(start).map(|found| found.at(&at)));
    }
    section.finish();
    Some(BootPriority { start_order: start?.0, stop_order: stop?.0 })
}

/// What is said of an app that needs Docker and is started before it.
pub(super) fn before_docker(start: u32) -> Option<Diagnostic> {
    let (docker, order) = DOCKER;
    let found = rules::AST037
        .found(format!("the app needs `{docker}` and is not started after it"))
        .note(format!("its `start-order` is {start}, Docker's is {order}"))
        .help("set it to 70 to 95");
    (start <= order).then_some(found)
}

/// The two digits in the name of a boot script.
struct Order(u32);

impl Read for Order {
    const EXPECTED: &'static str = "a number from 0 to 99";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        match value.kind {
            Kind::Int(number) => match u32::try_from(number) {
                Ok(order @ 0..100) => Ok(Self(order)),
                _ => Err(Mismatch::content(format!("{number} is out of range"))),
            },
            _ => Err(Mismatch::Type),
        }
    }
}

pub(super) fn prerequisites(keys: &Section<'_>, adm: Option<Adm>) -> Prerequisites {
    let Some((section, _)) = keys.section("prerequisites") else { return Prerequisites::default() };
    let services = |key| {
        let services = listed::<String>(&section, key);
        for (service, at) in &services {
            section.findings().absorb(doubt_service(service, adm).map(|found| found.at(at)));
        }
        services.into_iter().map(|(service, _)| service).collect()
    };
    let prerequisites =
        Prerequisites { enable_service: services("enable-service"), restart_service: services("restart-service") };
    section.finish();
    prerequisites
}

/// What is said of a service that ADM cannot start.
pub(super) fn doubt_service(service: &str, adm: Option<Adm>) -> Option<Diagnostic> {
    if !SERVICES.contains(&service) {
        let found = rules::AST048.found(format!("ADM has no service `{service}` to start"));
        return Some(found.note(format!("the services are {}", SERVICES.join(", "))));
    }
    let gone = service == "mysql" && adm.is_none_or(|adm| adm >= MARIADB_SINCE);
    let found = rules::AST049.found(format!("`mysql` is no service since ADM {MARIADB_SINCE}"));
    gone.then(|| found.help("write `depends = [\"mariadb\"]` instead"))
}
