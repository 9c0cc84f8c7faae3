use std::collections::BTreeMap;

use super::config::{AdmDesktop, BootPriority, Config, DesktopApp, General, Privilege, Register, dependency};
use super::{CONTROL, rules};
use crate::archive::{Entry, Tree};
use crate::diagnostic::{Diagnostic, Findings, Result, Rule};
use crate::layer::{Kind, Origin, Value};
use crate::manifest::{Mismatch, Read, Section};
use crate::model::{App, Arch, VendorId};
use crate::vendor::request::is_url;
use crate::vendor::{Device, Layout, Packager, Payload, Request, Seal, json};

/// The oldest ADM on which a package installs, unless the author says otherwise. The last one of the AS10 series is 4.0.
const FIRMWARE: &str = "4.0.0";

/// The last ADM for the `arm` models.
const LAST_ARM_FIRMWARE: (u32, u32) = (4, 0);

const ICON_SIZE: u32 = 90;

/// The guide gives no limit; nobody reads more than this in an installation dialog.
const TEXT_LIMIT: usize = 1 << 20;

const LANGUAGES: [&str; 20] = [
    "cs", "da", "de", "en-US", "es", "fi", "fr-FR", "hu", "it-IT", "ja-JP", "ko-KR", "nl-NL", "no", "pl", "pt",
    "ru-RU", "sv", "tr", "zh-TW", "zh-CN",
];

/// Folders that `/usr/local` has and links can be made in.
const LINK_FOLDERS: [&str; 6] = ["/bin", "/etc", "/lib", "/lib64", "/sbin", "/var"];

/// Ports of ADM's own services, which an app cannot register (device error -319).
const SERVICE_PORTS: [(u16, &str); 6] = [
    (21, "FTP"),
    (22, "SSH"),
    (80, "the web server"),
    (443, "the web server"),
    (8000, "ADM's desktop"),
    (8001, "ADM's desktop"),
];

const OPERATORS: [&str; 3] = [">=", "<=", "="];

/// The names to link by folder, and where each folder's were asked for.
type Links = (BTreeMap<&'static str, Vec<String>>, Vec<(&'static str, Origin)>);

/// An app that fits into an APKG.
#[derive(Clone, Debug)]
pub(super) struct Apk {
    /// With the architecture still to be filled in.
    config: Config,
    /// `CONTROL/` without `config.json`.
    control: Tree,
    /// Where each kind of link was asked for.
    links: Vec<(&'static str, Origin)>,
    epoch: u32,
}

impl Apk {
    pub(super) fn check(request: &Request<'_>) -> Option<Self> {
        let app = request.app;
        let keys = request.section(VendorId::Asustor);
        check_names(request);
        check_assets(request);
        check_port(request);

        let version = version(request, &keys);
        let firmware = firmware(request, &keys);
        let default_lang = keys.read_at::<String>("default-lang").map(|(lang, at)| {
            if !LANGUAGES.contains(&lang.as_str()) {
                let found = breach(&rules::AST010, format!("ADM has no language `{lang}`"), &at);
                request.findings.push(found.note(format!("its languages are {}", LANGUAGES.join(", "))));
            }
            lang
        });
        let (symbolic_link, links) = symbolic_links(&keys);
        let accessible =
            keys.read_at::<String>("accessible").map_or("administrators", |(who, at)| match who.as_str() {
                "administrators" => "administrators",
                "users" => "users",
                _ => {
                    let found = breach(&rules::AST012, format!("the icon cannot be shown to `{who}`"), &at);
                    request.findings.push(found.label("expected `administrators` or `users`"));
                    "administrators"
                }
            });
        let privacy_statement = keys.read_at::<String>("privacy-statement").map(|(url, at)| {
            if !is_url(&url) {
                let found = breach(&rules::AST019, format!("the privacy statement `{url}` is not a web address"), &at);
                request.findings.push(found.label("expected `https://…`"));
            }
            url
        });
        let config = Config {
            general: General {
                package: app.package.clone(),
                name: app.name.clone(),
                version: version.clone(),
                depends: depends(request),
                conflicts: [],
                developer: app.developer.name.clone(),
                maintainer: app.maintainer.name.clone(),
                email: email(request),
                website: app.homepage.clone(),
                architecture: "",
                firmware,
                model: models(request, &keys),
                default_lang,
                memory_limit: keys.read("memory-limit"),
                privacy_statement,
            },
            adm_desktop: app.web().map(|(service, port)| AdmDesktop {
                app: DesktopApp { kind: "custom", protocol: service.protocol.name(), port, url: service.path.clone() },
                privilege: Privilege { accessible, customizable: true },
            }),
            register: Register {
                symbolic_link,
                share_folder: app.shared_folders.clone(),
                port: app.service.as_ref().and_then(|service| service.port).into_iter().collect(),
                boot_priority: keys.section("boot-priority").and_then(|(section, at)| boot_priority(section, &at)),
            },
        };
        keys.finish();
        let control = control(request, &version)?;
        Some(Self { config, control, links, epoch: request.epoch })
    }

    /// Every link's file must be in the package: ADM makes a link to nothing without a word.
    fn check_links(&self, payload: &Tree, findings: &Findings) {
        for (folder, origin) in &self.links {
            let names = self.config.register.symbolic_link.get(folder).into_iter().flatten();
            for name in names.filter(|name| !name.contains(['*', '?', '['])) {
                let path = format!("{}/{name}", &folder[1..]);
                if payload.get(&path).is_none() {
                    let found =
                        breach(&rules::AST014, format!("there is no `{path}` in the package to link to"), origin);
                    findings.push(found.help("pack it as an asset, or name a file that is there"));
                }
            }
        }
    }
}

impl Packager for Apk {
    fn version(&self) -> &str {
        &self.config.general.version
    }

    fn file_name(&self, device: &Device) -> String {
        let General { package, version, .. } = &self.config.general;
        format!("{package}_{version}_{}.apk", device.name)
    }

    fn layout(&self, device: &Device, payload: &Payload) -> Result<Layout> {
        let findings = Findings::new();
        self.check_links(&payload.tree, &findings);
        if payload.tree.get(CONTROL).is_some() {
            findings.push(control_taken());
        }
        findings.finish()?;
        let mut config = self.config.clone();
        config.general.architecture = device.name;
        let mut tree = payload.tree.clone();
        tree.graft(CONTROL, &self.control)?;
        tree.insert("CONTROL/config.json", Entry::file(json(&config), 0o644))?;
        Ok(Layout { tree, seal: Seal::Apk, epoch: self.epoch })
    }
}

fn breach(rule: &'static Rule, message: String, at: &Origin) -> Diagnostic {
    rule.found(message).at(at)
}

fn control_taken() -> Diagnostic {
    rules::AST015
        .found("`CONTROL` is the folder of ASUSTOR's own files")
        .note("files in it would replace the package's metadata on the device")
        .help("put the asset somewhere else")
}

/// The rules for identity, display name and shared folders.
fn check_names(request: &Request<'_>) {
    let App { package, name, shared_folders, .. } = request.app;
    let plain = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    if !package.chars().all(plain) || !package.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        request.findings.push(
            breach(
                &rules::AST001,
                format!("`{package}` cannot be an ASUSTOR package's identity"),
                &request.origin("package"),
            )
            .label("expected letters, digits, `+`, `.` and `-`, beginning with a letter or digit"),
        );
    }
    if name.contains('/') || name.trim().is_empty() {
        request.findings.push(
            breach(&rules::AST002, format!("`{name}` cannot be an app's name on ADM"), &request.origin("name"))
                .label("expected a name without `/`"),
        );
    }
    for (index, share) in shared_folders.iter().enumerate() {
        if share.name.trim().is_empty() || share.name.starts_with('.') || share.name.contains(['/', '\\']) {
            let at = request.item_origin("shared-folders", index);
            let found = breach(&rules::AST016, format!("`{}` cannot be a shared folder's name", share.name), &at);
            request.findings.push(found.label("expected a name without `/` and `\\` that does not begin with `.`"));
        }
    }
}

fn check_assets(request: &Request<'_>) {
    for (index, asset) in request.app.assets.iter().enumerate() {
        let at = || request.item_origin("assets", index);
        if asset.dest.split('/').find(|part| !matches!(*part, "" | ".")) == Some(CONTROL) {
            request.findings.push(control_taken().at(&at()));
        } else if asset.dest.contains(CONTROL) {
            request.findings.push(
                breach(&rules::AST017, format!("`{}` has the letters CONTROL in its path", asset.dest), &at())
                    .note("this package keeps it, but the vendor's tool would drop it if it packed the app again"),
            );
        }
    }
}

fn check_port(request: &Request<'_>) {
    let Some(port) = request.app.service.as_ref().and_then(|service| service.port) else { return };
    if let Some((_, whose)) = SERVICE_PORTS.iter().find(|(taken, _)| *taken == port) {
        request.findings.push(
            breach(
                &rules::AST009,
                format!("on an ASUSTOR box, port {port} belongs to {whose}"),
                &request.origin("service.port"),
            )
            .note("ADM refuses to install an app that registers a system service's port (-319)")
            .help("choose another; those above 10000 are seldom taken"),
        );
    }
}

/// `1.2.3`, `1.2.3-beta.2`, and `.rN` after it when packaged anew, as ASUSTOR's own packages have it. ADM refuses to
/// install the version that is there already (Ref. 6001).
fn version(request: &Request<'_>, keys: &Section<'_>) -> String {
    if let Some((version, at)) = keys.read_at::<String>("version") {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-+~".contains(c);
        if !version.starts_with(|c: char| c.is_ascii_digit()) || !version.chars().all(plain) {
            request.findings.push(
                breach(&rules::AST003, format!("`{version}` cannot be an ASUSTOR version"), &at)
                    .label("expected a digit, then letters, digits, `.`, `-`, `+` and `~`")
                    .note("`_` separates the parts of the file's name, and `/` crashes the vendor's tool"),
            );
        }
        return version;
    }
    let semver::Version { major, minor, patch, pre, .. } = &request.app.version;
    let mut version = format!("{major}.{minor}.{patch}");
    if !pre.is_empty() {
        version = format!("{version}-{pre}");
        request.findings.push(
            breach(
                &rules::AST004,
                format!("ADM may take the pre-release {version} for newer than {major}.{minor}.{patch}"),
                &request.origin("version"),
            )
            .note("how ADM orders versions with letters is not documented")
            .help("set `asustor.version` to numbers that grow with each release"),
        );
    }
    if request.app.revision > 0 {
        version = format!("{version}.r{}", request.app.revision);
    }
    version
}

fn firmware(request: &Request<'_>, keys: &Section<'_>) -> String {
    let Some((firmware, at)) = keys.read_at::<String>("firmware") else { return FIRMWARE.to_owned() };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten();
    let parts: Option<Vec<_>> = firmware.split('.').map(digits).collect();
    match parts.as_deref() {
        Some(&[major, minor, _]) => {
            if (major, minor) > LAST_ARM_FIRMWARE && request.app.targets.contains_key(&Arch::Armhf) {
                let (last_major, last_minor) = LAST_ARM_FIRMWARE;
                request.findings.push(
                    breach(&rules::AST006, format!("no ASUSTOR model with arch armhf has ADM {firmware}"), &at)
                        .note(format!("the last ADM for the AS10 series is {last_major}.{last_minor}"))
                        .help(format!("set `firmware = \"{FIRMWARE}\"`, or leave armhf out of `targets`")),
                );
            }
        }
        _ => {
            let found = breach(&rules::AST005, format!("`{firmware}` is not a version of ADM"), &at);
            request.findings.push(found.label("expected three numbers, such as `4.0.0`"));
        }
    }
    firmware
}

fn depends(request: &Request<'_>) -> Vec<String> {
    let App { depends, conflicts, .. } = request.app;
    for (index, needed) in depends.iter().enumerate() {
        for (operator, version) in &needed.bounds {
            if !OPERATORS.contains(&operator.as_str()) {
                let message = format!("ADM cannot compare versions with `{operator}`: `{operator} {version}`");
                let found = breach(&rules::AST007, message, &request.item_origin("depends", index));
                request.findings.push(found.label("expected `>=`, `<=` or `=`"));
            }
        }
    }
    if !conflicts.is_empty() {
        request.findings.push(
            breach(&rules::AST008, "ADM knows no conflicts between apps".to_owned(), &request.origin("conflicts"))
                .note("the key is reserved, and the package leaves it empty"),
        );
    }
    depends.iter().map(dependency).collect()
}

fn email(request: &Request<'_>) -> Option<String> {
    let (key, person) = match &request.app.maintainer {
        person if person.email.is_some() => ("maintainer", person),
        _ => ("developer", &request.app.developer),
    };
    let email = person.email.as_ref()?;
    let valid = email.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !email.contains(char::is_whitespace)
    });
    if !valid {
        request.findings.push(
            breach(&rules::AST018, format!("`{email}` is not an e-mail address"), &request.origin(key))
                .note("ASUSTOR's review asks for one that works"),
        );
    }
    Some(email.clone())
}

fn models(request: &Request<'_>, keys: &Section<'_>) -> Vec<String> {
    let models: Vec<String> = keys.list("model").unwrap_or_default();
    for (index, model) in models.iter().enumerate() {
        let series = model.strip_suffix("xx").unwrap_or_default();
        if series.len() != 2 || !series.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()) {
            let at = request.item_origin("asustor.model", index);
            let found = breach(&rules::AST011, format!("`{model}` is not a series of ASUSTOR models"), &at);
            request.findings.push(found.label("expected a series such as `52xx` or `3axx`"));
        }
    }
    models
}

fn symbolic_links(keys: &Section<'_>) -> Links {
    let (mut links, mut origins) = (BTreeMap::new(), Vec::new());
    let Some((section, _)) = keys.section("symbolic-link") else { return (links, origins) };
    for folder in LINK_FOLDERS {
        let Some(names) = section.list::<String>(folder) else { continue };
        let Some(entry) = section.entry(folder) else { continue };
        let origin = &entry.value.origin;
        for name in names.iter().filter(|name| name.is_empty() || name.contains('/')) {
            let found = breach(&rules::AST013, format!("`{name}` cannot be linked into `/usr/local{folder}`"), origin);
            section.findings().push(found.label(format!("expected names or globs of files in `{}`", &folder[1..])));
        }
        links.insert(folder, names);
        origins.push((folder, origin.clone()));
    }
    section.finish();
    (links, origins)
}

fn boot_priority(section: Section<'_>, at: &Origin) -> Option<BootPriority> {
    let (start, stop) = (section.require::<Order>("start-order", at), section.require::<Order>("stop-order", at));
    section.finish();
    Some(BootPriority { start_order: start?.0, stop_order: stop?.0 })
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

/// Everything in `CONTROL/` that is the same on every device.
fn control(request: &Request<'_>, version: &str) -> Option<Tree> {
    let app = request.app;
    let mut files = vec![("description.txt", format!("{}\n", app.description.trim()).into())];
    if let Some(path) = &app.changelog {
        files.push(("changelog.txt", request.text_file("changelog", path, TEXT_LIMIT)?));
    }
    if let Some(path) = &app.license_file {
        files.push(("license/license.txt", request.text_file("license-file", path, TEXT_LIMIT)?));
    }
    let icon = request.icon();
    let scripts = request.scripts(VendorId::Asustor, version);
    files.push(("icon.png", icon?.png(ICON_SIZE)));
    let mut control = Tree::new();
    for (name, content) in files {
        control.insert(name, Entry::file(content, 0o644)).ok()?;
    }
    for script in scripts? {
        control.insert(script.name, Entry::file(script.text, script.mode)).ok()?;
    }
    Some(control)
}
