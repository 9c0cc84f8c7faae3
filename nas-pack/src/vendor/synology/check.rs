use super::conf::{Conf, LONGEST_SHARE, NOT_IN_SHARES, is_share};
use super::generation::Dsm;
use super::info::{Info, forbidden, one_line};
use super::{rules, version};
use crate::archive::{Content, Entry, Tree, TreeError};
use crate::diagnostic::{Diagnostic, Failure, Result, Rule};
use crate::layer::Origin;
use crate::manifest::Section;
use crate::model::{App, Dependency, VendorId};
use crate::vendor::request::is_url;
use crate::vendor::{Device, Layout, Packager, Payload, Request, Seal};

/// The first DSM 7, and its major version: DSM installs only packages made for its own.
const FIRST_DSM: &str = "7.0-40000";
const DSM_MAJOR: u32 = 7;
const FIRST_BUILD: u32 = 40000;

/// Since this DSM the boards with Armada 370, 375, XP and Comcerto are no longer supported.
const FEWER_ARMV7: (u32, u32) = (7, 2);

/// The family `armv7` has only `alpine` and `alpine4k` as members (guide, appendix of platforms); other boards must be named.
const ARMV7: &str = "armv7 armada370 armada375 armada38x armadaxp comcerto2k monaco";
const ARMV7_LATER: &str = "armv7 armada38x monaco";

/// A licence must stay below 1 MB.
const LICENSE_LIMIT: usize = 999_999;

/// Ports on which DSM itself listens.
const DSM_PORTS: [(u16, &str); 5] =
    [(22, "SSH"), (80, "the web server"), (443, "the web server"), (5000, "DSM's desktop"), (5001, "DSM's desktop")];

const FIRST_UNPRIVILEGED_PORT: u16 = 1024;

/// An app that fits into an SPK.
#[derive(Clone, Debug)]
pub(super) struct Spk {
    package: String,
    version: String,
    /// The lines of INFO before and after `arch`.
    info: (Info, Info),
    dsm: (u32, u32),
    /// Everything but INFO and the payload.
    files: Tree,
    conf: Conf,
    epoch: u32,
}

impl Spk {
    pub(super) fn check(request: &Request<'_>) -> Option<Self> {
        let app = request.app;
        let keys = request.section(VendorId::Synology);
        check_names(request);
        check_port(request);

        let version = read_version(request, &keys);
        let (os_min, os_max, dsm) = read_dsm(request, &keys);
        let text = |path: &str, value: &str| value_of(request, path, value);
        let own = |key: &'static str| {
            let value: String = keys.read(key)?;
            Some(text(&keys.full(key), &value))
        };
        let own_url = |key: &'static str| {
            let value = own(key)?;
            if !is_url(&value) {
                let message = format!("`{}` is not a web address: `{value}`", keys.full(key));
                let found = breach(&rules::SYN015, message, &request.origin(&keys.full(key)));
                request.findings.push(found.label("expected `https://…`"));
            }
            Some(value)
        };
        let display_name = text("name", &app.name);
        for (path, value, note) in [
            ("name", &app.name, "the app's firewall entry must have a description, which is its name (278)"),
            ("description", &app.description, "DSM 7 refuses a package without a description (261)"),
        ] {
            if value.trim().is_empty() {
                let found = breach(&rules::SYN016, format!("`{path}` must not be empty on DSM"), &request.origin(path));
                request.findings.push(found.note(note));
            }
        }
        let license = match &app.license_file {
            Some(path) => Some(request.text_file("license-file", path, LICENSE_LIMIT)?),
            None => None,
        };

        let mut head = Info::default();
        head.put("package", &app.package);
        head.put("version", &version);
        head.put("os_min_ver", os_min);
        head.put_some("os_max_ver", os_max);
        let mut info = Info::default();
        info.put("displayname", &display_name);
        info.put("description", text("description", &app.description));
        info.put("maintainer", text("maintainer", &app.maintainer.name));
        info.put_some("maintainer_url", app.homepage.as_deref().map(|url| text("homepage", url)));
        info.put_some("distributor", own("distributor"));
        info.put_some("distributor_url", own_url("distributor-url"));
        info.put_some("support_url", app.support_url.as_deref().map(|url| text("support-url", url)));
        info.put_some("helpurl", own_url("helpurl"));
        if keys.read("beta") == Some(true) {
            info.put_flag("beta", true);
        }
        if let Some((service, port)) = app.web() {
            info.put("adminprotocol", service.protocol.name());
            info.put("adminport", port.to_string());
            info.put("adminurl", text("service.path", &service.path));
        }
        let conf = Conf::read(request, &keys, Dsm::V7)?;
        let asked = |key: &str| conf.info().iter().any(|(known, _)| *known == key);
        for (key, value) in conf.info().into_iter().filter(|(key, _)| !key.starts_with("silent_")) {
            info.put(key, value);
        }
        info.put_some("install_dep_packages", packages(request, "depends", &app.depends));
        info.put_some("install_conflict_packages", packages(request, "conflicts", &app.conflicts));
        if app.service.is_none() {
            info.put_flag("ctl_stop", false);
        }
        // Whether the licence is accepted is asked at the installation, everything else by the author's wizards.
        for (key, asks) in
            [("silent_install", license.is_some()), ("silent_upgrade", false), ("silent_uninstall", false)]
        {
            info.put_flag(key, !asks && !asked(key));
        }
        keys.finish();
        let files = files(request, &version, license, &conf)?;
        Some(Self { package: app.package.clone(), version, info: (head, info), dsm, files, conf, epoch: request.epoch })
    }

    /// The value of `arch`: every platform that runs the device's binaries.
    fn platforms(&self, device: &Device) -> &'static str {
        match device.name {
            "armv7" if self.dsm >= FEWER_ARMV7 => ARMV7_LATER,
            "armv7" => ARMV7,
            family => family,
        }
    }
}

impl Packager for Spk {
    fn version(&self) -> &str {
        &self.version
    }

    fn file_name(&self, device: &Device) -> String {
        format!("{}-{}-{}.spk", self.package, device.name, self.version)
    }

    fn layout(&self, device: &Device, payload: &Payload) -> Result<Layout> {
        let (mut info, rest) = self.info.clone();
        info.put("arch", self.platforms(device));
        let info = info.into_text() + &rest.into_text();
        let mut tree = self.files.clone();
        tree.insert("INFO", Entry::file(info, 0o644))?;
        tree.graft("package", &payload.tree).map_err(taken)?;
        self.conf.check_tree(&tree)?;
        Ok(Layout { tree, seal: Seal::Spk, epoch: self.epoch })
    }
}

fn breach(rule: &'static Rule, message: String, at: &Origin) -> Diagnostic {
    rule.found(message).at(at)
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

/// A value of INFO: one line, and without the characters that one of its readers would stumble over.
fn value_of(request: &Request<'_>, path: &str, value: &str) -> String {
    let value = one_line(value);
    if let Some(c) = forbidden(&value) {
        let found = breach(
            &rules::SYN004,
            format!(
                "`{path}` cannot have `{}` in an SPK",
                if c.is_control() { c.escape_default().to_string() } else { c.to_string() }
            ),
            &request.origin(path),
        )
        .label("not allowed: `\"`, `$`, `` ` ``, `\\` and `%`")
        .note("INFO has several readers, among them a shell, which take these characters for more than text");
        request.findings.push(match path {
            "name" | "description" | "maintainer" | "homepage" | "support-url" => {
                found.help(format!("write it without, or set `synology.{path}` for this vendor only"))
            }
            _ => found.help("write it without"),
        });
    }
    value
}

fn check_names(request: &Request<'_>) {
    let App { package, shared_folders, .. } = request.app;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    if !package.chars().all(plain) || !package.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        request.findings.push(
            breach(
                &rules::SYN001,
                format!("`{package}` cannot be a Synology package's identity"),
                &request.origin("package"),
            )
            .label("expected letters, digits, `.`, `_`, `-` and `+`, beginning with a letter or digit"),
        );
    }
    for (index, share) in shared_folders.iter().enumerate() {
        let name = share.name.as_str();
        if !is_share(name) {
            request.findings.push(
                breach(
                    &rules::SYN013,
                    format!("`{name}` cannot be a shared folder's name on DSM"),
                    &request.item_origin("shared-folders", index),
                )
                .label(format!("expected up to {LONGEST_SHARE} characters, no blanks around them and no `-` in front"))
                .note(format!("DSM does not take {NOT_IN_SHARES}; its data-share worker would fail (278)")),
            );
        }
    }
}

fn check_port(request: &Request<'_>) {
    let Some(port) = request.app.service.as_ref().and_then(|service| service.port) else { return };
    let at = request.origin("service.port");
    if let Some((_, whose)) = DSM_PORTS.iter().find(|(taken, _)| *taken == port) {
        request.findings.push(
            breach(&rules::SYN008, format!("on a Synology box, port {port} belongs to {whose}"), &at)
                .help("choose another; those above 10000 are seldom taken"),
        );
    } else if port < FIRST_UNPRIVILEGED_PORT {
        request.findings.push(
            breach(&rules::SYN009, format!("the service may not listen on port {port} on DSM"), &at)
                .note("DSM 7 runs it as the package's own user, and ports below 1024 belong to root")
                .help("choose a port from 1024 on"),
        );
    }
}

fn read_version(request: &Request<'_>, keys: &Section<'_>) -> String {
    if let Some((version, at)) = keys.read_at::<String>("version") {
        if !version::is_valid(&version) {
            request.findings.push(
                breach(&rules::SYN002, format!("`{version}` cannot be a Synology version"), &at)
                    .label("expected up to six numbers with `.` between them and a build after `-`, such as `1.2.3-4`")
                    .note("DSM 7 would answer \"Invalid file format\" (261)"),
            );
        }
        return version;
    }
    let App { version, revision, .. } = request.app;
    version::map(version, *revision).unwrap_or_else(|reason| {
        request.findings.push(
            breach(
                &rules::SYN003,
                format!("version {version} has no counterpart on Synology"),
                &request.origin("version"),
            )
            .label(reason.to_string())
            .note("DSM 7 compares numbers only and refuses a version with letters (261)")
            .help("set `synology.version` to numbers that grow with each release, such as `1.2.3-1`"),
        );
        String::new()
    })
}

/// The oldest and newest DSM, and major and minor of the oldest.
fn read_dsm(request: &Request<'_>, keys: &Section<'_>) -> (String, Option<String>, (u32, u32)) {
    let read = |key| {
        let (text, at) = keys.read_at::<String>(key)?;
        let Some((major, minor, build)) = version::dsm(&text) else {
            let found = breach(&rules::SYN005, format!("`{text}` is not a version of DSM"), &at);
            request.findings.push(found.label(format!("expected major, minor and build, such as `{FIRST_DSM}`")));
            return None;
        };
        Some((text, at, (major, minor, build)))
    };
    let oldest = read("os-min-ver");
    if let Some((text, at, (major, _, build))) = &oldest
        && (*major != DSM_MAJOR || *build < FIRST_BUILD)
    {
        request.findings.push(
            breach(&rules::SYN006, format!("a package for DSM 7 cannot begin at DSM {text}"), at)
                .label(format!("expected `{FIRST_DSM}` or a later DSM 7"))
                .note("DSM refuses a package for another major version (261)"),
        );
    }
    let newest = read("os-max-ver");
    let (text, oldest) =
        oldest.map_or_else(|| (FIRST_DSM.to_owned(), (DSM_MAJOR, 0, FIRST_BUILD)), |(text, _, dsm)| (text, dsm));
    if let Some((max, at, newest)) = &newest
        && *newest < oldest
    {
        let found = breach(&rules::SYN007, format!("no DSM is between {text} and {max}"), at);
        request.findings.push(found.label("expected a DSM that is not older than `os-min-ver`"));
    }
    (text, newest.map(|(text, ..)| text), (oldest.0, oldest.1))
}

/// `A>=1.2:B`, the grammar of `install_dep_packages`.
fn packages(request: &Request<'_>, key: &str, list: &[Dependency]) -> Option<String> {
    let mut entries = Vec::new();
    for (index, Dependency { package, bounds }) in list.iter().enumerate() {
        let at = request.item_origin(key, index);
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
        if !package.chars().all(plain) {
            let found = breach(&rules::SYN010, format!("`{package}` cannot be a Synology package's name"), &at);
            request.findings.push(found.label("expected letters, digits, `.`, `_`, `-` and `+`"));
        }
        if let Some((_, version)) = bounds.iter().find(|(_, version)| !version::is_valid(version)) {
            let found = breach(&rules::SYN011, format!("`{version}` is not a version of a Synology package"), &at);
            request.findings.push(found.label("expected numbers, such as `1.2.3-4`"));
        }
        match &bounds[..] {
            [] => entries.push(package.clone()),
            [(operator, version)] => entries.push(format!("{package}{operator}{version}")),
            _ => request.findings.push(
                breach(&rules::SYN012, format!("`{package}` has more than one bound"), &at)
                    .label("expected one of `=`, `<`, `<=`, `>` and `>=`")
                    .help(format!("leave one of them out, or set `synology.{key}` for this vendor only")),
            ),
        }
    }
    (!entries.is_empty()).then(|| entries.join(":"))
}

/// Every file that is the same on all devices, but INFO.
fn files(request: &Request<'_>, version: &str, license: Option<Content>, conf: &Conf) -> Option<Tree> {
    let icon = request.icon();
    let scripts = request.scripts(VendorId::Synology, version);
    let icon = icon?;
    let mut files: Vec<(String, Content, u32)> = vec![
        ("PACKAGE_ICON.PNG".to_owned(), icon.png(64), 0o644),
        ("PACKAGE_ICON_256.PNG".to_owned(), icon.png(256), 0o644),
    ];
    files.extend(license.map(|text| ("LICENSE".to_owned(), text, 0o644)));
    files.extend(conf.files());
    let mut tree = Tree::new();
    for (path, content, mode) in files {
        tree.insert(&path, Entry::file(content, mode)).ok()?;
    }
    for script in scripts? {
        tree.insert(&format!("scripts/{}", script.name), Entry::file(script.text, script.mode)).ok()?;
    }
    Some(tree)
}
