//! The metadata of a finished package, held against the guides and against the rest of the package.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use super::depends::{CONX, DEPS, List};
use super::fields::{PRIVILEGE, RESOURCE};
use super::schema::{self, Version};
use super::{content, depends, desktop, language, ports, privilege, resource, wizard};
use crate::archive::EntryKind;
use crate::diagnostic::{Diagnostic, Findings};
use crate::lint::Audit;
use crate::vendor::Opened;
use crate::vendor::synology::generation::Dsm;
use crate::vendor::synology::{rules, version};

/// Holds a package's metadata beside INFO against the rules.
pub(in crate::vendor::synology) fn verify(audit: &mut Audit<'_>) {
    let package = audit.package;
    let about = About::of(package);
    if about.dsm >= Dsm::V6 {
        audit.run("conf/privilege", |package, findings| privileges(&File { package, findings }, &about));
        if package.tree.get(resource::FILE).is_some() {
            audit.run("conf/resource", |package, findings| resources(&File { package, findings }, &about));
        }
    }
    if package.tree.iter().any(|(path, _)| is_port_file(path.as_str())) || about.port.is_some() {
        audit.run("ports", |package, findings| port_files(&File { package, findings }, &about));
    }
    for (list, name) in [(&DEPS, "conf/PKG_DEPS"), (&CONX, "conf/PKG_CONX")] {
        if package.tree.get(list.file).is_some() {
            audit.run(name, |package, findings| dependencies(&File { package, findings }, &about, list));
        }
    }
    if package.tree.get(wizard::FOLDER).is_some() {
        audit.run("wizards", |package, findings| wizards(&File { package, findings }, &about));
    }
    if !about.get("dsmuidir").is_empty() {
        audit.run("desktop entries", |package, findings| desktops(&File { package, findings }, &about));
    }
}

/// What INFO says that the other files depend on.
struct About<'p> {
    info: &'p [(String, String)],
    name: &'p str,
    dsm: Dsm,
    oldest: Version,
    /// `adminport`.
    port: Option<u16>,
}

impl<'p> About<'p> {
    fn of(package: &'p Opened) -> Self {
        let info = &package.metadata;
        let mut about = Self { info, name: "", dsm: Dsm::V7, oldest: (7, 0, 40000), port: None };
        about.name = package.package.as_deref().unwrap_or_default();
        about.port = about.get("adminport").parse().ok();
        // Without either, it is held against what is sold today.
        if let Some(oldest) = ["os_min_ver", "firmware"].into_iter().find_map(|key| version::dsm(about.get(key))) {
            about.oldest = oldest;
            about.dsm = Dsm::around(oldest.0);
        }
        about
    }

    /// A value of INFO; empty if it is not there. DSM takes the last of several.
    fn get(&self, key: &str) -> &'p str {
        self.info.iter().rfind(|(name, _)| name == key).map_or("", |(_, value)| value.as_str())
    }
}

/// Reads files of the package, and takes what is found in them.
struct File<'a> {
    package: &'a Opened,
    findings: &'a Findings,
}

impl File<'_> {
    fn found(&self, member: &str, line: Option<usize>, found: Diagnostic) {
        self.findings.push(found.inside(&self.package.path, member, line));
    }

    /// A text file; what DSM's readers would stumble over is found.
    fn text(&self, member: &str) -> Option<String> {
        let Some(bytes) = content(&self.package.tree, member) else {
            self.found(member, None, rules::SYN065.found(format!("`{member}` cannot be read as metadata")));
            return None;
        };
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                self.found(member, None, rules::SYN065.found(format!("`{member}` is not UTF-8 at byte {at}")));
                return None;
            }
        };
        Some(match text.strip_prefix('\u{feff}') {
            Some(text) => {
                let marked = rules::SYN065.found(format!("`{member}` begins with a byte order mark"));
                self.found(member, Some(1), marked.help("save it as UTF-8 without one"));
                text.to_owned()
            }
            None => text,
        })
    }

    fn json(&self, member: &str) -> Option<Json> {
        let text = self.text(member)?;
        match serde_json::from_str(&text) {
            Ok(json) => Some(json),
            Err(error) => {
                let line = (error.line() > 0).then_some(error.line());
                self.found(member, line, rules::SYN065.found(format!("`{member}` is no JSON: {error}")));
                None
            }
        }
    }

    /// An INI file, in which a carriage return would become part of a value.
    fn ini(&self, member: &str) -> Option<String> {
        let text = self.text(member)?;
        if let Some((before, _)) = text.split_once('\r') {
            let found = rules::SYN065.found(format!("`{member}` has line ends of Windows"));
            self.found(member, Some(before.matches('\n').count() + 1), found.help("end lines with a line feed only"));
        }
        Some(text)
    }
}

fn privileges(file: &File<'_>, about: &About<'_>) {
    let member = privilege::FILE;
    let is_required = about.dsm >= Dsm::V7;
    if file.package.tree.get(member).is_none() {
        if is_required {
            let found = rules::SYN060.found(format!("`{member}` is missing")).in_file(&file.package.path);
            file.findings.push(found.help("add `{\"defaults\": {\"run-as\": \"package\"}}`"));
        }
        return;
    }
    let Some(json) = file.json(member) else { return };
    for flaw in schema::flaws(PRIVILEGE, &json, Some(about.oldest)) {
        let is_root = matches!(flaw.path.as_str(), "defaults" | "defaults.run-as");
        let found = match flaw.wrong {
            schema::Wrong::Missing if is_root => rules::SYN060.found(format!("`{}` is missing", flaw.path)),
            _ => flaw.found(&flaw.path),
        };
        file.found(member, None, found);
    }
    let found = privilege::check(&json, about.dsm).into_iter();
    for (_, found) in found.chain(privilege::absent(&json, about.name, &file.package.tree)) {
        file.found(member, None, found);
    }
}

fn resources(file: &File<'_>, about: &About<'_>) {
    let member = resource::FILE;
    let Some(json) = file.json(member) else { return };
    for flaw in schema::flaws(RESOURCE, &json, Some(about.oldest)) {
        file.found(member, None, flaw.found(&flaw.path));
    }
    let mut depends: Vec<_> = names(about.get(DEPS.info)).map(str::to_owned).collect();
    if let Some(text) = content(&file.package.tree, DEPS.file).and_then(|bytes| String::from_utf8(bytes).ok()) {
        depends.extend(depends::packages(&text));
    }
    let (fails, passed_over) = resource::absent(&json, about.name, &file.package.tree);
    for (_, found) in resource::check(&json, &depends).into_iter().chain(fails).chain(passed_over) {
        file.found(member, None, found);
    }
}

/// The packages of `A>=1.2:B`.
fn names(list: &str) -> impl Iterator<Item = &str> {
    let name = |entry: &'_ str| -> usize { entry.find(['<', '>', '=']).unwrap_or(entry.len()) };
    list.split(':').map(move |entry| entry[..name(entry)].trim()).filter(|name| !name.is_empty())
}

fn is_port_file(path: &str) -> bool {
    path.starts_with("package/") && Path::new(path).extension().is_some_and(|extension| extension == "sc")
}

/// The port files that a worker or, before DSM 6, a script hands to the firewall, and whether they and INFO agree.
fn port_files(file: &File<'_>, about: &About<'_>) {
    let tree = &file.package.tree;
    let mut is_known = false;
    let mut has_any = false;
    for (path, _) in tree.iter().filter(|(path, _)| is_port_file(path.as_str())) {
        let Some(text) = file.ini(path.as_str()) else { continue };
        has_any = true;
        for (line, found) in ports::check(&text) {
            file.found(path.as_str(), line, found);
        }
        is_known |= about.port.is_some_and(|port| ports::has(&text, port));
    }
    // A worker that names a file which is not there was told of as that.
    let is_told = || {
        let resource = content(tree, resource::FILE).and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok());
        resource.is_some_and(|resource| resource.get("port-config").is_some())
    };
    if let Some(port) = about.port.filter(|_| !is_known && (has_any || !is_told())) {
        let (message, help) = if has_any {
            (format!("INFO has port {port}, which no port file has"), "make the port file and `adminport` agree")
        } else {
            (format!("nothing tells DSM's firewall of port {port}"), "add a port file and the worker `port-config`")
        };
        file.found("INFO", None, rules::SYN077.found(message).help(help));
    }
}

fn dependencies(file: &File<'_>, about: &About<'_>, list: &List) {
    let Some(text) = file.ini(list.file) else { return };
    for (line, found) in list.check(&text, about.get(list.info), Some(about.oldest)) {
        file.found(list.file, line, found);
    }
}

fn wizards(file: &File<'_>, about: &About<'_>) {
    let tree = &file.package.tree;
    let mut asked = BTreeSet::new();
    let mut scripts = BTreeSet::new();
    for (path, entry) in tree.iter() {
        let Some(name) = path.as_str().strip_prefix("WIZARD_UIFILES/") else { continue };
        let (Some((moment, word, is_script)), EntryKind::File(_)) = (wizard::parse(name), &entry.kind) else {
            continue;
        };
        if let Some(word) = word.filter(|word| !language::is_word(word)) {
            file.found(path.as_str(), None, foreign(word));
        }
        if is_script {
            scripts.insert(name.trim_end_matches(".sh"));
            if entry.mode & 0o111 == 0 {
                let found = rules::SYN087.found(format!("`{path}` is a script, but nobody may run it"));
                file.found(path.as_str(), None, found.help("give it mode 0755"));
            }
            // Ours shows what is set at present, which stands where nobody is asked.
            if file.text(path.as_str()).is_none_or(|text| !text.contains(wizard::OURS)) {
                asked.insert(moment);
            }
        } else {
            asked.insert(moment);
            let Some(json) = file.json(path.as_str()) else { continue };
            for (_, found) in wizard::check(&json, Some(about.oldest), |path| Some(path.to_owned())) {
                file.found(path.as_str(), None, found);
            }
        }
    }
    for name in scripts.into_iter().filter(|name| tree.get(&format!("{}/{name}", wizard::FOLDER)).is_some()) {
        let found = rules::SYN088.found(format!("`{name}` is there beside `{name}.sh`, and only one of them is shown"));
        file.found(&format!("{}/{name}", wizard::FOLDER), None, found);
    }
    for (moment, _, silent) in wizard::MOMENTS {
        if asked.contains(moment) && about.get(silent) == "yes" {
            let found = rules::SYN089.found(format!("`{silent}` is set, although there is a wizard to show"));
            file.found("INFO", None, found.help(format!("write `{silent}=\"no\"`")));
        }
    }
}

fn foreign(word: &str) -> Diagnostic {
    let found = rules::SYN086.found(format!("DSM has no language `{word}`"));
    match language::meant(word) {
        Some(meant) => found.help(format!("DSM calls it `{meant}`")),
        None => found,
    }
}

fn desktops(file: &File<'_>, about: &About<'_>) {
    let tree = &file.package.tree;
    for folder in desktop::folders(about.get("dsmuidir")) {
        let folder = format!("package/{folder}");
        let texts = format!("{folder}/texts/");
        let words: BTreeSet<_> =
            tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix(&texts)?.split('/').next()).collect();
        for word in words.into_iter().filter(|word| !language::is_word(word)) {
            file.found(&format!("{texts}{word}"), None, foreign(word));
        }
        let config = format!("{folder}/config");
        // Whether there is one at all, INFO's own rules say.
        if tree.get(&config).is_none() {
            continue;
        }
        let Some(json) = file.json(&config) else { continue };
        for found in desktop::check(&json, &folder, tree, about.oldest) {
            file.found(&config, None, found);
        }
    }
}
