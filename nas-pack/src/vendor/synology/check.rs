//! An app against DSM's rules, and what becomes of it: for each generation INFO and the files that are the same on all devices.

use super::conf::{self, Conf, LONGEST_SHARE, NOT_IN_SHARES, is_share};
use super::generation::Dsm;
use super::info::{Info, changes, forbidden};
use super::keys::{Own, packages};
use super::{devices, lifecycle, platforms, rules, version};
use crate::archive::{Content, Entry, Tree, TreeError};
use crate::diagnostic::{Failure, Findings, Result};
use crate::layer::{Kind, Origin};
use crate::manifest::{Mismatch, Section};
use crate::model::{App, Compression, VendorId};
use crate::vendor::request::one_line;
use crate::vendor::{Device, Layout, Packager, Payload, Request, Runs, Seal};

/// A licence must stay below 1 MB (guide 7, LICENSE).
pub(super) const LICENSE_LIMIT: usize = 999_999;

/// No change log is longer; INFO takes its beginning.
const CHANGELOG_LIMIT: usize = 1 << 20;

/// Ports on which DSM itself listens.
const DSM_PORTS: [(u16, &str); 5] =
    [(22, "SSH"), (80, "the web server"), (443, "the web server"), (5000, "DSM's desktop"), (5001, "DSM's desktop")];

const FIRST_UNPRIVILEGED_PORT: u16 = 1024;

/// An app that fits into SPKs.
#[derive(Clone, Debug)]
pub(super) struct Spk {
    package: String,
    version: String,
    editions: Vec<Edition>,
    epoch: u32,
    compression: Compression,
}

/// What the packages of one generation have in common.
#[derive(Clone, Debug)]
struct Edition {
    release: Release,
    /// Without `arch`.
    info: Info,
    /// What `synology.extra` adds behind it.
    extra: Vec<(String, String)>,
    conf: Conf,
    /// Everything but INFO and the payload.
    files: Tree,
}

/// A generation, and the releases of it that the package is for.
#[derive(Clone, Debug)]
struct Release {
    dsm: Dsm,
    oldest: String,
    newest: Option<String>,
    /// Major and minor of the oldest.
    from: (u32, u32),
}

impl Spk {
    pub(super) fn check(request: &Request<'_>) -> Option<Self> {
        let app = request.app;
        let keys = request.section(VendorId::Synology);
        check_names(request);
        let generations = read_generations(&keys);
        check_port(request);
        let version = read_version(request, &keys);
        let releases = read_releases(request, &keys, &generations);
        let own = Own::read(request, &keys, &generations);
        let license = match &app.license_file {
            Some(path) => Some(request.text_file("license-file", path, LICENSE_LIMIT)?),
            None => None,
        };
        let shown = shown(request, &version);
        let editions: Vec<_> = releases
            .into_iter()
            .map(|release| {
                let conf = Conf::read(request, &keys, release.dsm, &version);
                edition(request, release, shown.clone(), &own, license.as_ref(), &version, conf?)
            })
            .collect();
        keys.finish();
        let editions = editions.into_iter().collect::<Option<_>>()?;
        let package = app.package.clone();
        Some(Self { package, version, editions, epoch: request.epoch, compression: app.compression })
    }

    fn edition(&self, device: &Device) -> Option<&Edition> {
        let dsm = Dsm::of(device);
        self.editions.iter().find(|edition| edition.release.dsm == dsm)
    }
}

impl Packager for Spk {
    fn version(&self) -> &str {
        &self.version
    }

    fn takes(&self, device: &Device) -> Result<(), String> {
        match self.edition(device) {
            Some(_) => Ok(()),
            None => Err(format!("`synology.dsm` leaves {} out", device.generation)),
        }
    }

    fn file_name(&self, device: &Device) -> String {
        let Self { package, version, .. } = self;
        let suffix = match Dsm::of(device) {
            Dsm::V5 => "-dsm5",
            Dsm::V6 => "-dsm6",
            Dsm::V7 => "",
        };
        format!("{package}-{}-{version}{suffix}.spk", devices::family(device))
    }

    fn layout(&self, device: &Device, payload: &Payload, findings: &Findings) -> Result<Layout> {
        let Some(Edition { release, info, extra, conf, files }) = self.edition(device) else {
            return Err(crate::diagnostic::Diagnostic::error(format!("nothing was checked for {}", device.name)).into());
        };
        let mut info = info.clone();
        let arch = match device.runs {
            Runs::Arch(arch) => Some(arch),
            Runs::Any | Runs::Nothing(_) => None,
        };
        info.put("arch", platforms::words(arch, release.dsm, release.from));
        for (key, value) in extra {
            info.put(key, value);
        }
        let mut tree = files.clone();
        tree.insert("INFO", Entry::file(info.into_text(), 0o644))?;
        tree.graft("package", &payload.tree).map_err(taken)?;
        conf.check_tree(&tree, findings);
        let xz = self.compression == Compression::Best && release.dsm.takes_xz();
        let seal = Seal::Spk { size_in_bytes: release.dsm == Dsm::V5, xz };
        Ok(Layout { tree, seal, epoch: self.epoch, compression: self.compression })
    }
}

fn taken(error: TreeError) -> Failure {
    match error {
        TreeError::Occupied(path) => {
            let path = path.as_str();
            let path = path.strip_prefix("package/").unwrap_or(path);
            rules::SYN014
                .found(format!("`{path}` is one of DSM's own files"))
                .note("the package has a file of that name for the desktop icon or the firewall")
                .help("put the asset somewhere else")
                .into()
        }
        TreeError::Path(_) => error.into(),
    }
}

/// The lines of INFO that are the same in every generation.
fn shown(request: &Request<'_>, version: &str) -> Info {
    let app = request.app;
    let text = |path: &str, value: &str| value_of(request, path, value);
    for (path, value, note) in [
        ("name", &app.name, "the app's firewall entry must have a description, which is its name (278)"),
        ("description", &app.description, "DSM 7 refuses a package without a description (261)"),
    ] {
        if value.trim().is_empty() {
            let found = rules::SYN016.found(format!("`{path}` must not be empty on DSM"));
            request.findings.push(found.at(&request.origin(path)).note(note));
        }
    }
    let mut info = Info::default();
    info.put("package", &app.package);
    info.put("version", version);
    info.put("displayname", text("name", &app.name));
    info.put("description", text("description", &app.description));
    for (language, translation) in &app.translations {
        let word = conf::language::word(*language);
        let texts =
            [("displayname", "name", &translation.name), ("description", "description", &translation.description)];
        for (key, path, value) in texts {
            let value = value.as_deref().map(|value| text(&format!("translations.{language}.{path}"), value));
            info.put_some(&format!("{key}_{word}"), value);
        }
    }
    info.put("maintainer", text("maintainer", &app.maintainer.name));
    info.put_some("maintainer_url", app.homepage.as_deref().map(|url| text("homepage", url)));
    info.put_some("support_url", app.support_url.as_deref().map(|url| text("support-url", url)));
    let changelog = app.changelog.as_ref().and_then(|path| request.text_file("changelog", path, CHANGELOG_LIMIT));
    if let Some(Content::Bytes(bytes)) = changelog {
        info.put_some("changelog", Some(changes(&String::from_utf8_lossy(&bytes))).filter(|text| !text.is_empty()));
    }
    if let Some((service, port)) = app.web() {
        info.put("adminprotocol", service.protocol.name());
        info.put("adminport", port.to_string());
        info.put("adminurl", text("service.path", &service.path));
    }
    info.put_some("install_dep_packages", packages(request, "depends", &app.depends));
    info.put_some("install_conflict_packages", packages(request, "conflicts", &app.conflicts));
    info
}

fn edition(
    request: &Request<'_>,
    release: Release,
    mut info: Info,
    own: &Own,
    license: Option<&Content>,
    version: &str,
    conf: Conf,
) -> Option<Edition> {
    let dsm = release.dsm;
    if dsm == Dsm::V5 {
        info.put("firmware", &release.oldest);
    } else {
        info.put("os_min_ver", &release.oldest);
        info.put_some("os_max_ver", release.newest.as_deref());
    }
    if request.app.service.is_none() {
        info.put_flag(stop_key(dsm), false);
    }
    // Nothing is asked at an upgrade or removal; at the installation only whether the licence is accepted.
    info.put_flag("silent_install", license.is_none());
    info.put_flag("silent_upgrade", true);
    info.put_flag("silent_uninstall", true);
    for (key, value) in conf.info() {
        info.put(key, value);
    }
    for (field, value) in own.known(dsm) {
        info.put(if field.key == "ctl_stop" { stop_key(dsm) } else { field.key }, value);
    }

    let icon = request.icon();
    let scripts = request.scripts_of(lifecycle::of(dsm), version);
    let icon = icon?;
    let mut files = conf.files();
    files.push(("PACKAGE_ICON.PNG".to_owned(), icon.png(dsm.icon_size()), 0o644));
    files.push(("PACKAGE_ICON_256.PNG".to_owned(), icon.png(256), 0o644));
    files.extend(license.map(|text| ("LICENSE".to_owned(), text.clone(), 0o644)));
    files.extend(
        scripts?.into_iter().map(|script| (format!("scripts/{}", script.name), script.text.into(), script.mode)),
    );
    if dsm == Dsm::V5 && !request.app.shared_folders.is_empty() {
        let found =
            rules::SYN045.found("DSM 5 makes no shared folders for packages").at(&request.origin("shared-folders"));
        request.findings.push(found.help("ask the user to make the folder, or leave 5 out of `synology.dsm`"));
    }
    if dsm == Dsm::V5 && files.iter().any(|(path, ..)| path.starts_with("conf/")) {
        info.put_flag("support_conf_folder", true);
    }
    let mut tree = Tree::new();
    for (path, content, mode) in files {
        tree.insert(&path, Entry::file(content, mode)).ok()?;
    }
    Some(Edition { release, info, extra: own.extra.clone(), conf, files: tree })
}

/// What says whether users can stop the app: another key before 6.1.
const fn stop_key(dsm: Dsm) -> &'static str {
    match dsm {
        Dsm::V5 => "startable",
        Dsm::V6 | Dsm::V7 => "ctl_stop",
    }
}

/// A value of INFO: one line, and without the characters that one of its readers would stumble over.
pub(super) fn value_of(request: &Request<'_>, path: &str, value: &str) -> String {
    let value = one_line(value);
    if let Some(c) = forbidden(&value) {
        let shown = if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
        let at = request.origin(path);
        let found = rules::SYN004
            .found(format!("`{path}` cannot have `{shown}` in an SPK"))
            .at(&at)
            .label("not allowed: `\"`, `$`, `` ` ``, `\\` and `%`")
            .note("INFO has several readers, among them a shell, which take these characters for more than text");
        request.findings.push(match path {
            "name" | "description" | "maintainer" | "homepage" | "support-url" if !is_own(&at) => {
                found.help(format!("write it without, or set `synology.{path}` for this vendor only"))
            }
            _ => found.help("write it without"),
        });
    }
    value.chars().filter(|c| !c.is_control()).collect()
}

/// Whether a value was written for this vendor: its table's name stands before it, in the line or in the last table header.
fn is_own(origin: &Origin) -> bool {
    let Origin::File { source, span } = origin else { return false };
    let before = source.text.get(..span.start).unwrap_or_default();
    let mut lines = before.rsplit('\n');
    let names = |line: &str| line.contains(VendorId::Synology.section());
    lines.next().is_some_and(names) || lines.find(|line| line.trim_start().starts_with('[')).is_some_and(names)
}

fn check_names(request: &Request<'_>) {
    let App { package, shared_folders, .. } = request.app;
    if !is_name(package) || !package.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        request.findings.push(
            rules::SYN001
                .found(format!("`{package}` cannot be a Synology package's identity"))
                .at(&request.origin("package"))
                .label("expected letters, digits, `.`, `_`, `-` and `+`, beginning with a letter or digit"),
        );
    }
    for (index, share) in shared_folders.iter().enumerate() {
        let name = share.name.as_str();
        if !is_share(name) {
            request.findings.push(
                rules::SYN013
                    .found(format!("`{name}` cannot be a shared folder's name on DSM"))
                    .at(&request.item_origin("shared-folders", index))
                    .label(format!(
                        "expected up to {LONGEST_SHARE} characters, no blanks around them and no `-` in front"
                    ))
                    .note(format!("DSM does not take {NOT_IN_SHARES}; its data-share worker would fail (278)")),
            );
        }
    }
}

/// Whether it can be the name of a package.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c))
}

fn check_port(request: &Request<'_>) {
    let Some(port) = request.app.service.as_ref().and_then(|service| service.port) else { return };
    let at = request.origin("service.port");
    if let Some((_, whose)) = DSM_PORTS.iter().find(|(taken, _)| *taken == port) {
        request.findings.push(
            rules::SYN008
                .found(format!("on a Synology box, port {port} belongs to {whose}"))
                .at(&at)
                .help("choose another; those above 10000 are seldom taken"),
        );
    } else if port < FIRST_UNPRIVILEGED_PORT {
        request.findings.push(
            rules::SYN009
                .found(format!("the service may not listen on port {port} on DSM"))
                .at(&at)
                .note("DSM runs it as the package's own user, and ports below 1024 belong to root")
                .help("choose a port from 1024 on"),
        );
    }
}

/// The generations to package for: 7, unless `dsm` says otherwise.
fn read_generations(keys: &Section<'_>) -> Vec<Dsm> {
    let Some(items) = keys.items("dsm", "`5`, `6` or `7`") else { return vec![Dsm::V7] };
    let mut chosen = Vec::new();
    for item in items {
        let dsm = match item.kind {
            Kind::Int(major) => u32::try_from(major).ok().and_then(Dsm::of_major),
            _ => None,
        };
        match dsm {
            Some(dsm) if !chosen.contains(&dsm) => chosen.push(dsm),
            Some(_) => {}
            None => {
                let reason = Mismatch::content("there is no such generation of DSM");
                keys.mismatch("dsm", item, "`5`, `6` or `7`, or a list of them", reason);
            }
        }
    }
    if let (true, Some(entry)) = (items.is_empty(), keys.table().entry("dsm")) {
        let reason =
            Mismatch::with_help("no generation is left", "to make no SPK at all, leave `synology` out of `vendors`");
        keys.mismatch("dsm", &entry.value, "`5`, `6` or `7`, or a list of them", reason);
    }
    chosen.sort_unstable();
    chosen
}

fn read_version(request: &Request<'_>, keys: &Section<'_>) -> String {
    if let Some((version, at)) = keys.read_at::<String>("version") {
        if !version::is_valid(&version) {
            request.findings.push(
                rules::SYN002
                    .found(format!("`{version}` cannot be a Synology version"))
                    .at(&at)
                    .label("expected up to six numbers with `.` between them and a build after `-`, such as `1.2.3-4`")
                    .note("DSM 7 would answer \"Invalid file format\" (261)"),
            );
        }
        return version;
    }
    let App { version, revision, .. } = request.app;
    let version::Mapped { version: mapped, shared } = version::map(version, *revision);
    if let Some(shared) = shared {
        request.findings.push(
            rules::SYN003
                .found(format!("on DSM, {version} becomes {mapped}, and so may its next release"))
                .at(&request.origin("version"))
                .label(shared.reason())
                .note("DSM compares numbers only, and offers no update to the same version")
                .help("set `synology.version` to numbers that grow with each release, such as `1.2.3-1`"),
        );
    }
    mapped
}

/// A version of DSM in the manifest, and where it stands.
struct Bound {
    text: String,
    at: Origin,
    dsm: (u32, u32, u32),
}

/// Each generation's oldest and newest release.
fn read_releases(request: &Request<'_>, keys: &Section<'_>, generations: &[Dsm]) -> Vec<Release> {
    let oldest = bounds(request, keys, "os-min-ver", generations);
    let newest = bounds(request, keys, "os-max-ver", generations);
    let of = |bounds: &'_ [Bound], dsm: Dsm| bounds.iter().position(|bound| bound.dsm.0 == dsm.major());
    generations
        .iter()
        .map(|&dsm| {
            let (least, most) = (of(&oldest, dsm).map(|at| &oldest[at]), of(&newest, dsm).map(|at| &newest[at]));
            let text = least.map_or(dsm.oldest(), |bound| &bound.text);
            let from = version::dsm(text).unwrap_or_default();
            if let Some(most) = most
                && most.dsm < from
            {
                let found = rules::SYN007.found(format!("no DSM is between {text} and {}", most.text)).at(&most.at);
                request.findings.push(found.label("expected a DSM that is not older than `os-min-ver`"));
            }
            let newest = most.map(|bound| bound.text.clone()).or_else(|| dsm.newest().map(str::to_owned));
            Release { dsm, oldest: text.to_owned(), newest, from: (from.0, from.1) }
        })
        .collect()
}

/// One version for each generation at most, each of a generation that is packaged for.
fn bounds(request: &Request<'_>, keys: &Section<'_>, key: &'static str, generations: &[Dsm]) -> Vec<Bound> {
    let Some(items) = keys.items(key, "a version of DSM such as `7.0-40000`") else { return Vec::new() };
    let mut bounds: Vec<Bound> = Vec::new();
    for item in items {
        let Some(text) = keys.value::<String>(key, item) else { continue };
        let at = item.origin.clone();
        let Some(dsm) = version::dsm(&text) else {
            let found = rules::SYN005.found(format!("`{text}` is not a version of DSM")).at(&at);
            request.findings.push(found.label("expected major, minor and build, such as `7.0-40000`"));
            continue;
        };
        let (major, _, build) = dsm;
        let own = generations.iter().find(|own| own.major() == major);
        let first = own.filter(|own| **own == Dsm::V7).and_then(|own| version::dsm(own.oldest()));
        let Some(own) = own.filter(|_| first.is_none_or(|(.., first)| build >= first)) else {
            let names: Vec<_> = generations.iter().map(|dsm| dsm.title()).collect();
            let expected: Vec<_> = generations.iter().map(|dsm| format!("`{}`", dsm.oldest())).collect();
            let verb = if key == "os-min-ver" { "begin at" } else { "end at" };
            request.findings.push(
                rules::SYN006
                    .found(format!("a package for {} cannot {verb} DSM {text}", names.join(" or ")))
                    .at(&at)
                    .label(format!("expected {} or a later one of the same generation", expected.join(" or ")))
                    .note("DSM refuses a package for another major version (261)")
                    .help("one package is made for each generation: `synology.dsm` says which, such as `[6, 7]`"),
            );
            continue;
        };
        if bounds.iter().any(|bound| bound.dsm.0 == major) {
            let reason = Mismatch::content(format!("{} has more than one version here", own.title()));
            keys.mismatch(key, item, "one version for each generation", reason);
            continue;
        }
        bounds.push(Bound { text, at, dsm });
    }
    bounds
}
