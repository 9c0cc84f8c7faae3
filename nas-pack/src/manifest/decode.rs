use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Description;
use super::section::{Mismatch, Port, Read, Section, nearest};
use super::settings::read_settings;
use crate::diagnostic::{Diagnostic, Findings, place_of};
use crate::hooks::is_env_name;
use crate::hooks::templates::Templates;
use crate::hooks::{Event, Hooks, Step, Text};
use crate::layer::{Kind, Origin, Table, Value, default_name};
use crate::model::{
    App, Arch, Asset, AssetSource, CrossTools, Dependency, Icon, Language, Mode, Person, Protocol, Service,
    SharedFolder, TargetSpec, Translation, VendorId,
};

/// The keys that a vendor's table may override for that vendor. A vendor's own `version` is not one of them: it is in the
/// vendor's grammar.
pub const OVERRIDES: &[&str] = &[
    "assets",
    "changelog",
    "compression",
    "conflicts",
    "depends",
    "description",
    "developer",
    "homepage",
    "hooks",
    "icon",
    "license-file",
    "maintainer",
    "name",
    "package",
    "remove-data",
    "revision",
    "service",
    "shared-folders",
    "support-url",
    "templates",
    "translations",
];

/// Reads a merged description into an [`App`]. What is wrong goes to the findings; `None` if nothing sensible can be
/// made of it.
pub fn decode(merged: &Table, description: &Description, findings: &Findings) -> Option<App> {
    let root = Section::new(merged, "", findings);
    let base = &description.manifest_dir;
    let header = &description.section;

    let package: Option<String> = root.require("package", header);
    let version: Option<semver::Version> = root.require("version", header);
    let text: Option<String> = root.read("description");
    if merged.get("description").is_none() {
        findings.push(
            Diagnostic::error("the app has no description")
                .at(header)
                .help("set `description` in `[package]`; every vendor shows it"),
        );
    }
    let maintainer = root.read::<Person>("maintainer");
    let developer = root.read::<Person>("developer");
    let binaries = read_binaries(&root, description);
    let service = root.section("service").and_then(|(section, origin)| {
        read_service(section, &origin, binaries.as_deref().unwrap_or(&description.cargo_binaries), description)
    });
    let app_name: Option<String> = root.read("name");
    let app = (|| {
        let package = package?;
        let nobody = || Person { name: package.clone(), email: None };
        Some(App {
            name: app_name.unwrap_or_else(|| default_name(&package)),
            version: version?,
            revision: root.read("revision").unwrap_or(0),
            translations: read_translations(&root),
            // Without one no package is made; the vendors need not say the same again.
            description: text.unwrap_or_else(|| package.clone()),
            maintainer: maintainer.clone().or_else(|| developer.clone()).unwrap_or_else(nobody),
            developer: developer.or(maintainer).unwrap_or_else(nobody),
            homepage: root.read("homepage"),
            support_url: root.read("support-url"),
            license_file: read_file(&root, "license-file", base),
            changelog: read_file(&root, "changelog", base),
            icon: read_file(&root, "icon", base).map_or(Icon::Generated, Icon::File),
            binaries: binaries.unwrap_or_else(|| description.cargo_binaries.clone()),
            service,
            assets: root
                .sections("assets")
                .into_iter()
                .filter_map(|(asset, at)| read_asset(asset, &at, base))
                .collect(),
            shared_folders: root
                .sections("shared-folders")
                .into_iter()
                .filter_map(|(s, at)| read_share(s, &at))
                .collect(),
            settings: root.section("settings").and_then(|(section, at)| read_settings(section, &at)),
            depends: root.list("depends").unwrap_or_default(),
            conflicts: root.list("conflicts").unwrap_or_default(),
            hooks: root.section("hooks").map_or_else(Hooks::new, |(section, _)| read_hooks(section)),
            templates: read_templates(&root, base),
            remove_data: root.read("remove-data").unwrap_or(false),
            compression: root.read("compression").unwrap_or_default(),
            vendors: read_vendors(&root),
            targets: read_targets(&root),
            package,
        })
    })();
    // The levels of rules are read where the rules are.
    if let Some(entry) = root.entry_as("lints", "a table")
        && !matches!(entry.value.kind, Kind::Table(_))
    {
        root.mismatch("lints", &entry.value, "a table from a rule's code to its level", Mismatch::Type);
    }
    // The vendors read their own tables.
    for vendor in VendorId::ALL {
        if let Some(entry) = root.entry_as(vendor.section(), "a table")
            && !matches!(entry.value.kind, Kind::Table(_))
        {
            root.mismatch(vendor.section(), &entry.value, "a table", Mismatch::Type);
        }
    }
    let mut app = app?;
    if !check_package(&app.package, &place_of(merged, "package"), findings) {
        // No package is made any more; the vendors need not say the same again.
        "app".clone_into(&mut app.package);
    }
    root.finish();
    Some(app)
}

/// Whether it is an identity that every vendor accepts.
fn check_package(package: &str, origin: &Origin, findings: &Findings) -> bool {
    let first = package.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    let rest = package.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
    if first && rest && package.len() <= 64 {
        return true;
    }
    findings.push(
        Diagnostic::error(format!("`{package}` cannot be a package's identity on every NAS"))
            .at(origin)
            .label("expected up to 64 letters, digits, `.` and `-`, beginning with a letter or digit")
            .help("set `package` in `[package.metadata.nas]`; it must never change once users have installed the app"),
    );
    false
}

fn read_binaries(root: &Section<'_>, description: &Description) -> Option<Vec<String>> {
    let entry = root.entry_as("binaries", "list: a string")?;
    let names: Vec<String> = root.list("binaries")?;
    let known = &description.cargo_binaries;
    for name in names.iter().filter(|name| !known.contains(name)) {
        no_such_binary(name, known, &entry.value.origin, root);
    }
    Some(names)
}

fn no_such_binary(name: &str, known: &[String], origin: &Origin, root: &Section<'_>) {
    let found = Diagnostic::error(format!("the package has no binary `{name}`")).at(origin);
    root.findings().push(match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => found.label("no such binary").help(format!("a binary with a similar name exists: `{near}`")),
        None if known.is_empty() => found.label("the package has only a library").help("add a `src/main.rs`"),
        None => {
            let names = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
            found.label("no such binary").note(format!("its binaries are {}", names.join(", ")))
        }
    });
}

fn read_service(
    section: Section<'_>,
    origin: &Origin,
    binaries: &[String],
    description: &Description,
) -> Option<Service> {
    let exec = match section.read_at::<String>("exec") {
        Some((exec, at)) => {
            if !binaries.contains(&exec) {
                no_such_binary(&exec, &description.cargo_binaries, &at, &section);
            }
            Some(exec)
        }
        None if section.table().get("exec").is_none() && binaries.len() == 1 => binaries.first().cloned(),
        None => {
            if section.table().get("exec").is_none() {
                let names = binaries.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
                let found = Diagnostic::error("`service.exec` is missing").at(origin);
                let found = found.label("expected `exec`, the binary that is the daemon");
                section.findings().push(if names.is_empty() {
                    found.help("add a `src/main.rs`: the package has only a library")
                } else {
                    found.note(format!("the package's binaries are {}", names.join(", ")))
                });
            }
            None
        }
    };
    let port = section.read::<Port>("port").map(|port| port.0);
    let mut env = BTreeMap::new();
    if let Some((names, _)) = section.section("env") {
        for (name, entry) in names.table().iter() {
            let valid = is_env_name(name);
            if !valid || name.starts_with("NAS_") {
                let label =
                    if valid { "`NAS_…` is set by the start script" } else { "expected letters, digits and `_`" };
                let found = Diagnostic::error(format!("`{name}` cannot be an environment variable of the service"));
                names.findings().push(found.at(&entry.key).label(label));
            } else if let Some(text) = names.value::<Text>(name, &entry.value) {
                env.insert(name.to_owned(), text);
            }
        }
    }
    let path = section.read_at::<String>("path").map(|(path, at)| {
        if !path.starts_with('/') || path.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let found = Diagnostic::error(format!("`{path}` is not a path on the service's web page")).at(&at);
            section.findings().push(found.label("expected a path beginning with `/`, without blanks"));
        }
        path
    });
    let service = (|| {
        Some(Service {
            exec: exec?,
            args: section.list("args").unwrap_or_default(),
            env,
            port,
            protocol: section.read("protocol").unwrap_or(Protocol::Http),
            path: path.unwrap_or_else(|| "/".to_owned()),
            start_timeout: section.read("start-timeout").unwrap_or(20),
            stop_timeout: section.read("stop-timeout").unwrap_or(20),
            reload_signal: section.read::<Signal>("reload-signal").map(|signal| signal.0),
            log_limit: section.read("log-limit").unwrap_or(1024),
        })
    })();
    if service.is_some() {
        section.finish();
    }
    service
}

/// A signal by the name that `kill` takes.
struct Signal(String);

impl Read for Signal {
    const EXPECTED: &'static str = "`HUP`, `USR1`, `USR2` or `WINCH`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let name = String::read(value)?;
        let short = name.strip_prefix("SIG").unwrap_or(&name);
        match short {
            "HUP" | "USR1" | "USR2" | "WINCH" => Ok(Self(short.to_owned())),
            _ => Err(Mismatch::content(format!("`{name}` is not a signal to reload with"))),
        }
    }
}

/// A file that is there; one that is not is a finding, and nobody looks for it again.
fn read_file(section: &Section<'_>, key: &'static str, base: &Path) -> Option<PathBuf> {
    let (path, origin) = section.read_at::<String>(key)?;
    let file = base.join(&path);
    match std::fs::metadata(&file) {
        Ok(meta) if meta.is_file() => return Some(file),
        Ok(_) => {
            let found = Diagnostic::error(format!("`{}` is not a file: `{path}`", section.full(key)));
            section.findings().push(found.at(&origin).label("expected a file"));
        }
        Err(error) => {
            let reason = crate::diagnostic::io_reason(&error);
            let found = Diagnostic::error(format!("`{}` cannot be read: {reason}", section.full(key))).at(&origin);
            section.findings().push(found.label(format!("looked for `{}`", file.display())));
        }
    }
    None
}

/// The folder of the author's templates. There is no default, so that no package changes because of a folder that happens to be there.
fn read_templates(root: &Section<'_>, base: &Path) -> Templates {
    root.read_at::<String>("templates")
        .map_or_else(Templates::default, |(folder, at)| Templates::read(&base.join(folder), &at, root.findings()))
}

fn read_asset(section: Section<'_>, origin: &Origin, base: &Path) -> Option<Asset> {
    let source = section.read::<String>("source");
    let content = section.read::<String>("content");
    let dir = section.read_at::<String>("dir");
    let dest: Option<String> = section.require("dest", origin);
    let mode = section.read::<Mode>("mode");
    let source = match (source, content) {
        (Some(pattern), None) => {
            let base = dir.map_or_else(|| base.to_owned(), |(dir, _)| base.join(dir));
            Some(AssetSource::Glob { base, pattern })
        }
        (None, Some(text)) => {
            if let Some((_, at)) = dir {
                let found = Diagnostic::error("an asset with `content` has no `dir`").at(&at);
                section.findings().push(found.label("`dir` is the folder that `source` starts from"));
            }
            Some(AssetSource::Inline(text))
        }
        (Some(_), Some(_)) => {
            let found = Diagnostic::error("an asset cannot have both `source` and `content`").at(origin);
            section.findings().push(found.label("expected one of them"));
            None
        }
        (None, None) => {
            // One that is there but wrong was reported where it was read.
            if section.table().get("source").or(section.table().get("content")).is_none() {
                let found = Diagnostic::error("an asset needs `source` or `content`").at(origin);
                section.findings().push(found.label("expected `source`, a glob, or `content`, the file's text"));
            }
            None
        }
    };
    section.finish();
    Some(Asset { source: source?, dest: dest?, mode })
}

fn read_share(section: Section<'_>, origin: &Origin) -> Option<SharedFolder> {
    let name: Option<String> = section.require("name", origin);
    let description = section.read("description").unwrap_or_default();
    section.finish();
    Some(SharedFolder { name: name?, description })
}

fn read_translations(root: &Section<'_>) -> BTreeMap<Language, Translation> {
    let mut translations = BTreeMap::new();
    let Some((languages, _)) = root.section("translations") else { return translations };
    for language in Language::ALL {
        if let Some((section, _)) = languages.section(language.tag()) {
            let translation = Translation { name: section.read("name"), description: section.read("description") };
            section.finish();
            translations.insert(language, translation);
        }
    }
    languages.finish();
    translations
}

fn read_vendors(root: &Section<'_>) -> Vec<VendorId> {
    let mut vendors = root.list::<VendorId>("vendors").unwrap_or_else(|| VendorId::ALL.to_vec());
    vendors.sort_unstable();
    vendors.dedup();
    vendors
}

/// Every arch with its musl target, or those that `targets` names: a list of arches, or a table from arch to target.
fn read_targets(root: &Section<'_>) -> BTreeMap<Arch, TargetSpec> {
    let default = |arch| (arch, TargetSpec::default_for(arch));
    let Some(entry) = root.entry_as("targets", "a list of arches or a table") else {
        return Arch::ALL.map(default).into();
    };
    match &entry.value.kind {
        Kind::List(_) => root.list::<Arch>("targets").unwrap_or_default().into_iter().map(default).collect(),
        Kind::Table(table) => {
            let section = Section::new(table, "targets", root.findings());
            let mut targets = BTreeMap::from(Arch::ALL.map(default));
            for arch in Arch::ALL {
                if let Some(target) = read_target(&section, arch) {
                    targets.insert(arch, target);
                }
            }
            section.finish();
            targets
        }
        _ => {
            root.mismatch("targets", &entry.value, "a list of arches or a table of targets", Mismatch::Type);
            BTreeMap::new()
        }
    }
}

/// A target by its name, or a table that also names the tools.
fn read_target(targets: &Section<'_>, arch: Arch) -> Option<TargetSpec> {
    let entry = targets.entry_as(arch.name(), "a target or a table")?;
    let default = || arch.musl_target().to_owned();
    let (triple, tools) = match &entry.value.kind {
        Kind::Table(table) => {
            let section = Section::new(table, targets.full(arch.name()), targets.findings());
            let triple = section.read_at::<String>("triple");
            let linker = section.read::<String>("linker");
            let [cc, cxx, ar] = ["cc", "cxx", "ar"].map(|key| section.read::<String>(key));
            let prefix = section.read::<String>("prefix");
            let cross = section.read::<bool>("cross").unwrap_or(false);
            section.finish();
            let tools = match (linker, prefix, cross) {
                (Some(linker), None, false) => Some(CrossTools::Programs { linker, cc, cxx, ar }),
                (None, Some(prefix), false) => Some(CrossTools::Prefix(prefix)),
                (None, None, true) => Some(CrossTools::Cross),
                (None, None, false) if cc.is_none() && cxx.is_none() && ar.is_none() => None,
                _ => {
                    let found =
                        Diagnostic::error("it is not clear which tools build this target").at(&entry.value.origin);
                    let label =
                        "expected `linker` (with `cc`, `cxx` and `ar` as needed), or `prefix`, or `cross = true`";
                    targets.findings().push(found.label(label));
                    None
                }
            };
            (triple, tools)
        }
        _ => (targets.read_at::<String>(arch.name()), None),
    };
    let (triple, origin) = triple.unwrap_or_else(|| (default(), entry.value.origin.clone()));
    if Arch::of_target(&triple) != Some(arch) || !triple.contains("-linux-") {
        let found = Diagnostic::error(format!("`{triple}` does not build for {arch} Linux")).at(&origin);
        targets.findings().push(found.label(format!("expected a target such as `{}`", arch.musl_target())));
    }
    Some(TargetSpec { arch, triple, tools })
}

fn read_hooks(section: Section<'_>) -> Hooks {
    let mut hooks = Hooks::new();
    for event in Event::ALL {
        for (step, origin) in section.sections(event.name()) {
            if let Some(step) = read_step(step, &origin) {
                hooks.push(event, step);
            }
        }
    }
    section.finish();
    hooks
}

fn read_step(section: Section<'_>, origin: &Origin) -> Option<Step> {
    let given: Vec<_> = Step::NAMES.iter().copied().filter(|name| section.table().entry(name).is_some()).collect();
    let [name] = given[..] else {
        let found = Diagnostic::error(match given[..] {
            [] => match section.table().iter().next() {
                Some((unknown, _)) => format!("there is no step `{unknown}`"),
                None => "this step does nothing".to_owned(),
            },
            _ => format!("this step does several things at once: {}", given.join(", ")),
        });
        let names = Step::NAMES.map(|name| format!("`{name}`")).join(", ");
        section.findings().push(found.at(origin).label(format!("expected one of {names}")));
        return None;
    };
    let mode = |section: &Section<'_>| section.read::<Mode>("mode").map(|mode| mode.0);
    let step = match name {
        "mkdir" => {
            let (path, mode) = (section.read(name), mode(&section));
            path.map(|path| Step::Mkdir { path, mode })
        }
        "install-if-missing" => {
            let (from, to) = (section.read(name), section.require("to", origin));
            let mode = mode(&section);
            from.zip(to).map(|(from, to)| Step::InstallIfMissing { from, to, mode })
        }
        "chown" => {
            let (path, owner) = (section.read(name), section.require("owner", origin));
            let recursive = section.read("recursive").unwrap_or(false);
            path.zip(owner).map(|(path, owner)| Step::Chown { path, owner, recursive })
        }
        "symlink" => {
            let (target, link) = (section.read(name), section.require("at", origin));
            target.zip(link).map(|(target, link)| Step::Symlink { target, link })
        }
        "backup" => section.read(name).map(|path| Step::Backup { path }),
        "run" => section.list::<Text>(name).filter(|command| !command.is_empty()).map(|command| Step::Run { command }),
        _ => section.read::<Script>(name).map(|script| Step::Sh { script: script.0 }),
    };
    section.finish();
    step
}

/// Lines of shell, as an author writes them.
struct Script(String);

impl Read for Script {
    const EXPECTED: &'static str = "lines of POSIX shell";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let text = String::read(value)?;
        if text.trim().is_empty() {
            return Err(Mismatch::content("the script is empty"));
        }
        if text.contains('\0') {
            return Err(Mismatch::content("the script contains NUL"));
        }
        Ok(Self(text.replace("\r\n", "\n")))
    }
}

impl Read for Person {
    const EXPECTED: &'static str = "a name, or `Name <mail@example.com>`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let person = Self::parse(&String::read(value)?);
        if person.name.is_empty() { Err(Mismatch::content("the name is empty")) } else { Ok(person) }
    }
}

impl Read for semver::Version {
    const EXPECTED: &'static str = "a version such as `1.2.3`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let text = String::read(value)?;
        text.parse().map_err(|error| Mismatch::content(format!("`{text}` is not a version: {error}")))
    }
}

impl Read for Dependency {
    const EXPECTED: &'static str = "a package, optionally with bounds: `python3 (>= 3.7, < 4)`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let text = String::read(value)?;
        let (package, bounds) = match text.split_once('(') {
            None => (text.trim(), ""),
            Some((package, rest)) => match rest.trim_end().strip_suffix(')') {
                Some(bounds) => (package.trim(), bounds),
                None => return Err(Mismatch::content(format!("`{text}` has no closing parenthesis"))),
            },
        };
        if package.is_empty() || package.contains(char::is_whitespace) {
            return Err(Mismatch::content(format!("`{text}` does not name a package")));
        }
        let bounds = bounds.split(',').map(str::trim).filter(|bound| !bound.is_empty());
        let bounds = bounds.map(|bound| {
            let at = bound.find(|c: char| !"<>=".contains(c)).unwrap_or(bound.len());
            let (operator, version) = bound.split_at(at);
            let version = version.trim();
            if matches!(operator, "=" | "<" | "<=" | ">" | ">=") && !version.is_empty() {
                Ok((operator.to_owned(), version.to_owned()))
            } else {
                Err(Mismatch::content(format!("`{bound}` is not a bound such as `>= 1.2`")))
            }
        });
        Ok(Self { package: package.to_owned(), bounds: bounds.collect::<Result<_, _>>()? })
    }
}
