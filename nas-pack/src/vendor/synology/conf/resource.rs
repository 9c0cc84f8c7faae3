//! `conf/resource`: what DSM's resource workers set up for the package.

use serde_json::{Map, Value as Json, json};

use super::fields::RESOURCE;
use super::schema::{self, Typed, Version, Wrong, find, join};
use super::{missing, rules};
use crate::archive::Tree;
use crate::diagnostic::Diagnostic;
use crate::layer::Kind;
use crate::manifest::{Mismatch, Section};
use crate::vendor::Request;
use crate::vendor::synology::generation::Dsm;

pub(super) const FILE: &str = "conf/resource";

const KEY: &str = "resource";
const EXTRA: &str = "resource-extra";
const PORTS: &str = "port-config";
const SHARES: &str = "data-share";
pub(super) const UNITS: &str = "systemd-user-unit";

/// Workers that DSM 7 gives to Synology's own packages only.
const REFUSED: [&str; 1] = ["certificate-config"];

/// Workers that another package brings, and what that is called.
const PROVIDERS: [(&str, &[&str]); 6] = [
    ("webservice", &["WebStation"]),
    ("apache22", &["WebStation"]),
    ("php", &["PHP5.6"]),
    ("docker", &["Docker", "ContainerManager"]),
    ("docker-project", &["ContainerManager"]),
    ("mariadb10-db", &["MariaDB10"]),
];

/// What each type of web service must have beside what all of them must have.
const WANTED: [(&str, &[&str]); 4] = [
    ("static", &["root"]),
    ("nginx_php", &["root", "php"]),
    ("apache_php", &["root", "backend", "php"]),
    ("reverse_proxy", &["proxy_target"]),
];

/// What names files and folders of the package, without which the worker fails.
const FILES: [&str; 15] = [
    "port-config.protocol-file",
    "syslog-config.patterndb-relpath",
    "syslog-config.patterninc[].conf-relpath",
    "syslog-config.logrotate-relpath",
    "webservice.pkg_dir_prepare[].source",
    "web-config.nginx-static-config.enable[].relpath",
    "web-config.nginx-static-config.disable[].relpath",
    "docker.services[].build",
    "docker-project.preload-image",
    "docker-project.projects[].path",
    "indexdb.app-index.conf-relpath",
    "indexdb.help-index.conf-relpath",
    "apache22.sites-enabled[].relpath",
    "php.php-ini[].relpath",
    "php.fpm-conf[].relpath",
];

/// What names files that the worker passes over where they are not there.
const PASSED_OVER: [&str; 4] =
    ["usr-local-linker.bin[]", "usr-local-linker.lib[]", "usr-local-linker.etc[]", "sysnotify.texts_dir"];

/// What DSM's Control Panel does not take for the name of a shared folder (DSM help, "Create a Shared Folder").
pub(in crate::vendor::synology) const NOT_IN_SHARES: &str = "!\"#$%&'()*+,/:;<=>?@[]\\^`{}|~";
pub(in crate::vendor::synology) const LONGEST_SHARE: usize = 32;

/// Whether DSM takes a shared folder of that name.
pub(in crate::vendor::synology) fn is_share(name: &str) -> bool {
    !(name.trim().is_empty()
        || name.trim() != name
        || name.starts_with('-')
        || [".", ".."].contains(&name)
        || name.chars().count() > LONGEST_SHARE
        || name.contains(|c: char| NOT_IN_SHARES.contains(c) || c.is_control()))
}

/// What the rest of the package asks of the workers.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// The port file, relative to the package's folder.
    pub(super) port_file: Option<&'a str>,
    /// The package's user.
    pub(super) user: &'a str,
    pub(super) has_units: bool,
    /// The packages that must be there.
    pub(super) depends: &'a [String],
}

/// Places, and findings without them.
pub(super) type Found = Vec<(String, Diagnostic)>;

/// The file for a generation, if anything is to be set up; DSM 5 knows none.
pub(super) fn read(
    request: &Request<'_>,
    keys: &Section<'_>,
    dsm: Dsm,
    oldest: Version,
    asked: &Asked<'_>,
) -> Option<Json> {
    let (own, extra) = (keys.entry_as(KEY, "a table"), keys.entry_as(EXTRA, "a table"));
    if dsm < Dsm::V6 {
        return None;
    }
    let typed = own.map(|entry| {
        if !matches!(entry.value.kind, Kind::Table(_)) {
            keys.mismatch(KEY, &entry.value, "a table", Mismatch::Type);
        }
        Typed::read(RESOURCE, "", &entry.value, &keys.full(KEY), request.findings)
    });
    let mut workers = match typed.as_ref().map(|typed| &typed.json) {
        Some(Json::Object(workers)) => workers.clone(),
        _ => Map::new(),
    };
    if let Some(file) = asked.port_file
        && !workers.contains_key(PORTS)
    {
        workers.insert(PORTS.to_owned(), json!({ "protocol-file": file }));
    }
    if asked.has_units && !workers.contains_key(UNITS) {
        workers.insert(UNITS.to_owned(), json!({}));
    }
    share(request, &mut workers, asked.user);
    let order = |name: &str| RESOURCE.iter().position(|row| row.key == name);
    let mut workers: Vec<_> = workers.into_iter().collect();
    workers.sort_by_key(|(name, _)| order(name));
    let mut workers: Map<_, _> = workers.into_iter().collect();
    if let Some(extra) = extra {
        verbatim(request, keys, &extra.value, &mut workers);
    }

    let resource = Json::Object(workers);
    if let Some(typed) = &typed {
        let mut flaws = schema::flaws(RESOURCE, &resource, Some(oldest));
        // What is in the extra table is the author's own business, and was said already.
        flaws.retain(|flaw| !matches!(flaw.wrong, Wrong::Unknown(_)));
        typed.report(flaws, request.findings);
        for (path, found) in check(&resource, asked.depends) {
            if let Some((origin, _)) = typed.place(&path) {
                request.findings.push(found.at(&origin));
            }
        }
    }
    resource.as_object().is_some_and(|workers| !workers.is_empty()).then_some(resource)
}

/// Adds the app's shared folders, which the package's user may write, unless the author says more of one.
fn share(request: &Request<'_>, workers: &mut Map<String, Json>, user: &str) {
    let general = &request.app.shared_folders;
    if general.is_empty() && !workers.contains_key(SHARES) {
        return;
    }
    let worker = workers.entry(SHARES).or_insert_with(|| json!({}));
    let Some(worker) = worker.as_object_mut() else { return };
    let own = match worker.remove("shares") {
        Some(Json::Array(own)) => own,
        _ => Vec::new(),
    };
    let name = |share: &Json| share.get("name").and_then(Json::as_str).map(str::to_owned);
    let rw = json!({ "rw": [user] });
    let mut shares: Vec<Json> = own
        .into_iter()
        .map(|mut share| {
            if let Some(members) = share.as_object_mut()
                && !members.contains_key("permission")
            {
                members.insert("permission".to_owned(), rw.clone());
            }
            share
        })
        .collect();
    for folder in general.iter().rev() {
        if !shares.iter().any(|share| name(share).as_ref() == Some(&folder.name)) {
            shares.insert(0, json!({ "name": folder.name, "permission": rw }));
        }
    }
    worker.insert("shares".to_owned(), shares.into());
}

/// Adds workers that no table knows, as they are written.
fn verbatim(request: &Request<'_>, keys: &Section<'_>, extra: &crate::layer::Value, workers: &mut Map<String, Json>) {
    let Kind::Table(table) = &extra.kind else {
        return keys.mismatch(EXTRA, extra, "a table", Mismatch::Type);
    };
    for (name, entry) in table.iter() {
        let path = format!("{}.{name}", keys.full(EXTRA));
        if RESOURCE.iter().any(|row| row.key == name) {
            let found = Diagnostic::error(format!("`{path}` is a worker with keys of its own")).at(&entry.key);
            request.findings.push(found.help(format!("write it as `{}.{name}`, where it is checked", keys.full(KEY))));
            continue;
        }
        request.findings.push(rules::SYN070.found(format!("`{path}` is written unchecked")).at(&entry.key));
        let typed = Typed::read(&[], "", &entry.value, &path, request.findings);
        if REFUSED.contains(&name) {
            request.findings.push(refused(name).at(&entry.key));
        }
        workers.insert(name.to_owned(), typed.json);
    }
}

fn refused(worker: &str) -> Diagnostic {
    rules::SYN074.found(format!("DSM gives the worker `{worker}` to Synology's own packages only"))
}

/// What is wrong with a file that is right in form: the place, and the finding without it.
pub(super) fn check(resource: &Json, depends: &[String]) -> Vec<(String, Diagnostic)> {
    let mut found = Vec::new();
    for worker in resource.as_object().into_iter().flat_map(Map::keys) {
        if REFUSED.contains(&worker.as_str()) {
            found.push((worker.clone(), refused(worker)));
        }
        if let Some((_, packages)) = PROVIDERS.iter().find(|(name, _)| name == worker)
            && !packages.iter().any(|package| depends.iter().any(|known| known == package))
        {
            let lone = rules::SYN096.found(format!(
                "the worker `{worker}` is brought by `{}`, on which the package does not depend",
                packages.join("` or `")
            ));
            found.push((worker.clone(), lone.help(format!("add `{}` to `depends`", packages[packages.len() - 1]))));
        }
    }
    for (path, service) in find(resource, "webservice.services[]") {
        let kind = service.get("type").and_then(Json::as_str).unwrap_or_default();
        let wanted = WANTED.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, wanted)| wanted);
        for name in wanted.iter().filter(|name| service.get(**name).is_none()) {
            let lacking = rules::SYN068.found(format!("`{}` is missing, which `{kind}` needs", join(&path, name)));
            found.push((path.clone(), lacking));
        }
    }
    for (path, portal) in find(resource, "webservice.portals[]") {
        let ports = |key| portal.get(key).and_then(Json::as_array).map_or(0, Vec::len);
        let lacking = match portal.get("type").and_then(Json::as_str) {
            Some("alias") if portal.get("alias").is_none() => Some("`alias`"),
            Some("server") if ports("http_port") + ports("https_port") == 0 => Some("`http_port` or `https_port`"),
            _ => None,
        };
        if let Some(lacking) = lacking {
            found.push((path.clone(), rules::SYN068.found(format!("`{path}` needs {lacking}"))));
        }
        for key in ["http_port", "https_port"].into_iter().filter(|key| ports(key) > 1) {
            let many = rules::SYN066.found(format!("`{}` must be one port, not several", join(&path, key)));
            found.push((join(&path, key), many));
        }
    }
    for (path, name) in find(resource, "data-share.shares[].name") {
        if let Some(name) = name.as_str()
            && !name.contains("{{")
            && !is_share(name)
        {
            let wrong = rules::SYN013.found(format!("`{name}` cannot be a shared folder's name on DSM"));
            found.push((path, wrong.note("the data-share worker would fail (278)")));
        }
    }
    found
}

/// Files that it names and that are not in the tree: those without which a worker fails, and those that are passed over.
pub(super) fn absent(resource: &Json, package: &str, tree: &Tree) -> (Found, Found) {
    let absent = |places: &[&str]| -> Vec<(String, String)> {
        let named = places.iter().flat_map(|place| find(resource, place));
        named.filter_map(|(path, file)| Some((path, missing(tree, package, file.as_str()?)?))).collect()
    };
    let help = "correct the path, which begins at the package's folder, or add the file as an asset";
    let fails = absent(&FILES).into_iter().map(|(path, file)| {
        let found = rules::SYN071.found(format!("`{FILE}` names `{file}`, which is not in the package"));
        (path, found.help(help))
    });
    let lost = absent(&PASSED_OVER).into_iter().map(|(path, file)| {
        let found = rules::SYN072.found(format!("`{FILE}` names `{file}`, which is not in the package"));
        (path, found.help(help))
    });
    let is_unit = |path: &str| {
        ["conf/systemd/pkguser-", "package/conf/systemd/pkguser-"].iter().any(|folder| path.starts_with(folder))
    };
    let no_units = resource.get(UNITS).is_some() && !tree.iter().any(|(path, _)| is_unit(path.as_str()));
    let no_units = no_units.then(|| {
        let found = rules::SYN072.found("there is no `conf/systemd/pkguser-…` for the worker `systemd-user-unit`");
        (UNITS.to_owned(), found.help("name the units in `synology.systemd-units`"))
    });
    (fails.collect(), lost.chain(no_units).collect())
}
