//! `conf/PKG_DEPS` and `conf/PKG_CONX`: packages that must or must not be there, by version and DSM.

use super::fields::{PKG_CONX, PKG_DEPS};
use super::ini::{self, Ini};
use super::rules;
use super::schema::{self, Version, Wrong};
use crate::diagnostic::Diagnostic;
use crate::layer::{Kind, Origin};
use crate::manifest::Section;
use crate::model::Dependency;
use crate::vendor::Request;
use crate::vendor::field::Field;
use crate::vendor::synology::generation::Dsm;
use crate::vendor::synology::version;

/// Since this DSM the keys for DSM's own version are called `os_…`.
const OS_KEYS: Version = (7, 2, 60112);

/// One of the two files.
#[derive(Debug)]
pub(super) struct List {
    pub(super) file: &'static str,
    fields: &'static [Field],
    /// The manifest's key, and the general one with its counterpart in INFO.
    key: &'static str,
    general: &'static str,
    pub(super) info: &'static str,
}

pub(super) static DEPS: List =
    List { file: "conf/PKG_DEPS", fields: PKG_DEPS, key: "pkg-deps", general: "depends", info: "install_dep_packages" };
pub(super) static CONX: List = List {
    file: "conf/PKG_CONX",
    fields: PKG_CONX,
    key: "pkg-conx",
    general: "conflicts",
    info: "install_conflict_packages",
};

pub(super) fn is_version(text: &str) -> bool {
    version::is_valid(text)
}

pub(super) fn is_dsm(text: &str) -> bool {
    version::dsm(text).is_some()
}

impl List {
    /// The file for a generation, if the manifest asks for one.
    pub(super) fn read(&self, request: &Request<'_>, keys: &Section<'_>, dsm: Dsm, oldest: Version) -> Option<String> {
        let (table, at) = keys.section(self.key)?;
        let mut sections = Vec::new();
        for (package, entry) in table.table().iter() {
            let path = table.full(package);
            let Kind::Table(own) = &entry.value.kind else {
                let found = Diagnostic::error(format!("`{path}` must be a table, not {}", entry.value.kind.describe()));
                request.findings.push(found.at(&entry.value.origin).label("expected a table, such as `{}`"));
                continue;
            };
            if package.trim() != package || package.is_empty() || package.contains([']', '[']) {
                let found = rules::SYN079.found(format!("`{package}` cannot be a section of {}", self.file));
                request.findings.push(found.at(&entry.key).label("expected a package's name"));
            }
            let own = Section::new(own, path, request.findings);
            sections.push((package.to_owned(), members(&own, dsm, oldest)));
            own.finish();
        }
        let listed: Vec<_> = sections.iter().map(|(package, _)| package.as_str()).collect();
        let general: &[Dependency] =
            if self.general == "depends" { &request.app.depends } else { &request.app.conflicts };
        let hidden = general.iter().map(|other| other.package.as_str());
        if let Some(found) = self.hidden(&listed, hidden, &format!("`{}`", self.general)) {
            request.findings.push(found.at(&at));
        }
        (!sections.is_empty()).then(|| ini::write(&sections, false))
    }

    /// What the file makes DSM overlook.
    fn hidden<'n>(&self, listed: &[&str], general: impl Iterator<Item = &'n str>, whose: &str) -> Option<Diagnostic> {
        let names: Vec<_> = general.filter(|name| !listed.contains(name)).map(|name| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| {
            rules::SYN081
                .found(format!("DSM overlooks {} of {whose}, because `{}` is there", names.join(", "), self.file))
                .help(format!("add it to `{}` as well", self.file))
        })
    }

    /// What is wrong with a file of a package: the line, if it is about one, and the finding without its place.
    pub(super) fn check(&self, text: &str, info: &str, oldest: Option<Version>) -> Vec<(Option<usize>, Diagnostic)> {
        let ini = Ini::read(text);
        let mut found: Vec<_> =
            ini.flaws.iter().map(|(line, reason)| (Some(*line), rules::SYN079.found(reason.clone()))).collect();
        for (line, path) in &ini.apart {
            let (section, key) = path.rsplit_once('.').unwrap_or(("", path));
            let apart = rules::SYN079.found(format!("`{key}` stands under a comment, but belongs to `{section}`"));
            found.push((Some(*line), apart.help("write a section of its own before it, or move it up to its section")));
        }
        for flaw in schema::flaws(self.fields, &ini.sections.clone().into(), oldest) {
            // The older DSMs among the package's read the key's other name.
            let twin = flaw.path.rsplit_once(".os_").map(|(section, key)| (section, format!("dsm_{key}")));
            let has_twin = twin
                .is_some_and(|(section, key)| ini.sections.get(section).is_some_and(|known| known.get(&key).is_some()));
            if !(has_twin && matches!(flaw.wrong, Wrong::Newer(_))) {
                found.push((ini.line(&flaw.path), flaw.found(&flaw.path)));
            }
        }
        let listed: Vec<_> = ini.sections.keys().map(String::as_str).collect();
        let general = info.split(':').map(|entry| entry.split(['<', '>', '=']).next().unwrap_or_default().trim());
        let general = general.filter(|name| !name.is_empty());
        found.extend(self.hidden(&listed, general, &format!("`{}` of INFO", self.info)).map(|found| (None, found)));
        found
    }
}

/// The packages that a file names.
pub(super) fn packages(text: &str) -> Vec<String> {
    Ini::read(text).sections.keys().cloned().collect()
}

fn members(own: &Section<'_>, dsm: Dsm, oldest: Version) -> Vec<(&'static str, String)> {
    let text = |key, holds: fn(&str) -> bool, expected: &str| {
        let (text, at): (String, Origin) = own.read_at(key)?;
        if !holds(&text) {
            let found = rules::SYN066.found(format!("`{}` must be {expected}, not `{text}`", own.full(key)));
            own.findings().push(found.at(&at).label(format!("expected {expected}")));
        }
        Some(text)
    };
    let version = |key| text(key, is_version, "a package's version, such as `1.2.3-4`");
    let system = |key| text(key, is_dsm, "a version of DSM, such as `7.0-40000`");
    let (pkg_min, pkg_max) = (version("pkg-min-ver"), version("pkg-max-ver"));
    let (os_min, os_max) = (system("os-min-ver"), system("os-max-ver"));
    // DSM 7.0 and 7.1 know the old names, 7.2 and later the new ones.
    let is_old = oldest < OS_KEYS;
    let is_new = dsm == Dsm::V7;
    [
        ("pkg_min_ver", pkg_min, true),
        ("pkg_max_ver", pkg_max, true),
        ("dsm_min_ver", os_min.clone(), is_old),
        ("dsm_max_ver", os_max.clone(), is_old),
        ("os_min_ver", os_min, is_new),
        ("os_max_ver", os_max, is_new),
    ]
    .into_iter()
    .filter(|(.., wanted)| *wanted)
    .filter_map(|(key, value, _)| Some((key, value?)))
    .collect()
}
