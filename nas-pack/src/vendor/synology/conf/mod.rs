//! The metadata beside `INFO`: privileges, resources, dependencies by DSM, port files, wizards and the entries in DSM's menu.

mod depends;
mod desktop;
pub(super) mod fields;
mod ini;
pub(super) mod language;
mod ports;
mod privilege;
mod questions;
mod resource;
mod schema;
#[cfg(test)]
mod tests;
mod verify;
mod wizard;

pub(super) use resource::{LONGEST_SHARE, NOT_IN_SHARES, is_share};
pub(super) use schema::find;
pub(super) use verify::verify;

use serde_json::Value as Json;

use self::depends::{CONX, DEPS};
use self::desktop::Desktop;
use self::resource::Asked;
use self::schema::Version;
use self::wizard::Wizards;
use super::generation::Dsm;
use super::{rules, version};
use crate::archive::{Content, EntryKind, Tree};
use crate::diagnostic::{Diagnostic, Findings};
use crate::layer::{Kind, Value};
use crate::manifest::Section;
use crate::vendor::{Request, json};

/// The largest unit of systemd, in bytes.
const UNIT_LIMIT: usize = 1 << 20;

/// What stands in the package beside INFO, scripts and the payload, for one generation of DSM.
#[derive(Clone, Debug)]
pub(super) struct Conf {
    files: Vec<(String, Content, u32)>,
    info: Vec<(&'static str, String)>,
    package: String,
    privilege: Option<Json>,
    resource: Option<Json>,
}

impl Conf {
    /// Reads the manifest's keys for one generation; `app_version` is the app's in DSM's form. Called again for another, it says nothing twice.
    pub(super) fn read(request: &Request<'_>, keys: &Section<'_>, dsm: Dsm, app_version: &str) -> Option<Self> {
        let app = request.app;
        let icon = request.icon();
        let oldest = oldest(keys, dsm);
        let mut files: Vec<(String, Content, u32)> = Vec::new();

        let privilege = privilege::read(request, keys, dsm, oldest);
        files.extend(privilege.as_ref().map(|said| (privilege::FILE.to_owned(), json(said).into(), 0o644)));

        let ports = ports::read(request, keys);
        let port_file = ports.is_some().then(|| format!("conf/{}.sc", app.package));
        files.extend(ports.into_iter().zip(&port_file).map(|(text, path)| (in_package(path), text.into(), 0o644)));

        let units = units(request, keys);
        let user = privilege.as_ref().and_then(|privilege| privilege.get("username")?.as_str());
        let mut depends: Vec<_> = app.depends.iter().map(|other| other.package.clone()).collect();
        for list in [&DEPS, &CONX] {
            let Some(text) = list.read(request, keys, dsm, oldest) else { continue };
            if list.file == DEPS.file {
                depends.extend(depends::packages(&text));
            }
            files.push((list.file.to_owned(), text.into(), 0o644));
        }
        let has_units = dsm == Dsm::V7 && units.iter().any(|(path, ..)| path.starts_with("conf/systemd/pkguser-"));
        let user = user.unwrap_or(&app.package);
        let asked = Asked { port_file: port_file.as_deref(), user, has_units, depends: &depends };
        let resource = resource::read(request, keys, dsm, oldest, &asked);
        files.extend(resource.as_ref().map(|said| (resource::FILE.to_owned(), json(said).into(), 0o644)));
        if dsm == Dsm::V7 {
            files.extend(units);
        }

        let Wizards { files: wizards, loud } = wizard::read(request, keys, dsm, oldest, app_version);
        files.extend(wizards);
        let mut info: Vec<(&'static str, String)> = Vec::new();
        if let Some(Desktop { files: shown, ids }) = desktop::read(request, keys, icon.as_ref(), oldest) {
            files.extend(shown.into_iter().map(|(path, content)| (in_package(&path), content, 0o644)));
            info.push(("dsmuidir", desktop::FOLDER.to_owned()));
            info.push(("dsmappname", ids.join(" ")));
        }
        info.extend(loud.into_iter().map(|key| (key, "no".to_owned())));
        // Without the picture no package is made, but everything else was to be read.
        icon.map(|_| Self { files, info, package: app.package.clone(), privilege, resource })
    }

    /// The files by their paths in the source layout, with their modes. Folders are not among them.
    pub(super) fn files(&self) -> Vec<(String, Content, u32)> {
        self.files.clone()
    }

    /// Lines of INFO that follow from them: `dsmuidir`, `dsmappname`, and `silent_…="no"` where a wizard asks something.
    pub(super) fn info(&self) -> Vec<(&'static str, String)> {
        self.info.clone()
    }

    /// Finds the files that the metadata names and that are not in the finished tree.
    pub(super) fn check_tree(&self, tree: &Tree, findings: &Findings) {
        if let Some(privilege) = &self.privilege {
            findings.absorb(privilege::absent(privilege, &self.package, tree).into_iter().map(|(_, found)| found));
        }
        if let Some(resource) = &self.resource {
            let (fails, passed_over) = resource::absent(resource, &self.package, tree);
            findings.absorb(fails.into_iter().chain(passed_over).map(|(_, found)| found));
        }
    }
}

fn in_package(path: &str) -> String {
    format!("package/{path}")
}

/// The oldest DSM of a generation that the package is for.
fn oldest(keys: &Section<'_>, dsm: Dsm) -> Version {
    let own = |value: &Value| match &value.kind {
        Kind::Str(text) => version::dsm(text).filter(|(major, ..)| *major == dsm.major()),
        _ => None,
    };
    let written = keys.table().get("os-min-ver").and_then(|value| match &value.kind {
        Kind::List(items) => items.iter().find_map(own),
        _ => own(value),
    });
    written.or_else(|| version::dsm(dsm.oldest())).unwrap_or_default()
}

/// Units of systemd, which DSM 7 installs for the package.
fn units(request: &Request<'_>, keys: &Section<'_>) -> Vec<(String, Content, u32)> {
    const KEY: &str = "systemd-units";
    let Some(paths) = keys.list::<String>(KEY) else { return Vec::new() };
    let mut units = Vec::new();
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or_default();
        if !name.starts_with("pkguser-") && !name.starts_with("pkg-") {
            let message = format!("`{}`: `{name}` is no unit that DSM installs", keys.full(KEY));
            let found = Diagnostic::error(message).at(&request.origin(&keys.full(KEY)));
            request.findings.push(
                found.label("expected a file whose name begins with `pkguser-` or, for the system's units, `pkg-`"),
            );
        }
        let content = request.text_file(&keys.full(KEY), &request.dir.join(&path), UNIT_LIMIT);
        units.extend(content.map(|content| (format!("conf/systemd/{name}"), content, 0o644)));
    }
    units
}

/// The path below the package's folder, if nothing is there in the tree. Paths with something to be filled in are taken for there.
fn missing(tree: &Tree, package: &str, file: &str) -> Option<String> {
    let home = format!("/var/packages/{package}/target/");
    let path = file.strip_prefix(&home).unwrap_or(file).trim_start_matches("./").trim_end_matches('/');
    if path.starts_with('/') || path.contains("{{") || path.is_empty() {
        return None;
    }
    let mut place = in_package("");
    place.pop();
    for part in path.split('/') {
        place = format!("{place}/{part}");
        match tree.get(&place).map(|entry| &entry.kind) {
            // Where a link leads, the tree does not say.
            Some(EntryKind::Symlink(_)) => return None,
            Some(_) => {}
            None => return Some(path.to_owned()),
        }
    }
    None
}

/// The largest metadata file, in bytes. Real ones have a few KiB.
const LARGEST: u64 = 256 << 10;

/// A file of a tree, unless it is no file, cannot be read or is absurdly large.
fn content(tree: &Tree, path: &str) -> Option<Vec<u8>> {
    tree.small_file(path, LARGEST)
}
