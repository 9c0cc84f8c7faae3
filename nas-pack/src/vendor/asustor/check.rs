use super::config::{Config, General, Register, dependency};
use super::desktop::{self, Desktop};
use super::extra::{self, Extra};
use super::facts::{
    Adm, LANGUAGES, OPERATORS, find_series, has_linked, is_dependency, is_email, is_name, is_one_word, is_package,
    is_series, is_share, is_version, last_adm,
};
use super::register;
use super::{CONTROL, LICENSES, rules};
use crate::archive::{Entry, EntryKind, Tree, TreePath};
use crate::diagnostic::{Diagnostic, Findings, Result, Rule};
use crate::hooks::Event;
use crate::layer::Origin;
use crate::manifest::Section;
use crate::model::{App, Arch, Compression, VendorId};
use crate::vendor::request::is_url;
use crate::vendor::{Device, Layout, Packager, Payload, Request, Seal, json};

/// The oldest ADM on which a package installs, unless the author says otherwise. The last one of the AS10 series is 4.0.
const FIRMWARE: &str = "4.0.0";

/// The ADM that runs the scripts around the restoring of a snapshot: guide 3.5.0, change log.
const SNAPSHOTS_SINCE: Adm = Adm(3, 3, 0);

const ICON_SIZE: u32 = 90;

/// The guide gives no limit; nobody reads more than this in an installation dialog.
const TEXT_LIMIT: usize = 1 << 20;

/// An app that fits into an APKG.
#[derive(Clone, Debug)]
pub(super) struct Apk {
    /// With the architecture still to be filled in.
    config: Config,
    /// What the author adds to it.
    extra: Extra,
    /// `CONTROL/` without `config.json`.
    control: Tree,
    /// Where each kind of link was asked for.
    links: Vec<(&'static str, Origin)>,
    /// Where the pages in `www/` were asked for, if they were.
    pages: Option<Origin>,
    adm: Option<Adm>,
    epoch: u32,
    compression: Compression,
}

impl Apk {
    pub(super) fn check(request: &Request<'_>) -> Option<Self> {
        let app = request.app;
        let keys = request.section(VendorId::Asustor);
        check_names(request);
        check_assets(request);

        let version = version(request, &keys);
        let firmware = firmware(request, &keys);
        let adm = Adm::parse(&firmware);
        check_hooks(request, adm);
        let (symbolic_link, links) = register::symbolic_links(&keys);
        let port = register::ports(request, &keys, adm);
        let boot_priority = register::boot_priority(request, &keys);
        let mut prerequisites = register::prerequisites(&keys, adm);
        let Desktop { adm_desktop, pages } = desktop::read(request, &keys, adm);
        if pages.is_some() && !prerequisites.enable_service.iter().any(|service| service == "httpd") {
            prerequisites.enable_service.push("httpd".to_owned());
        }
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
                model: models(request, &keys, adm),
                default_lang: default_lang(&keys),
                memory_limit: keys.read("memory-limit"),
                memory_advice: memory_advice(&keys),
                privacy_statement: privacy_statement(&keys, adm),
            },
            adm_desktop,
            register: Register {
                symbolic_link,
                share_folder: app.shared_folders.clone(),
                port,
                boot_priority,
                prerequisites,
            },
        };
        let extra = extra::read(&keys);
        keys.finish();
        let control = control(request, &version)?;
        let (epoch, compression) = (request.epoch, app.compression);
        Some(Self { config, extra, control, links, pages, adm, epoch, compression })
    }

    /// What only the app's files show.
    fn check_files(&self, payload: &Tree, findings: &Findings) -> Result<()> {
        for (folder, origin) in &self.links {
            for name in self.config.register.symbolic_link.get(folder).into_iter().flatten() {
                if !has_linked(payload, folder, name) {
                    findings.push(
                        no_link_target(folder, name)
                            .at(origin)
                            .help("pack it as an asset, or name a file that is there"),
                    );
                }
            }
        }
        if let Some(origin) = &self.pages
            && !payload.iter().any(|(path, _)| path.as_str().starts_with("www/"))
        {
            findings.push(no_pages().at(origin).help("pack the pages as assets with `dest = \"www/\"`"));
        }
        let taken = |(path, entry): (&TreePath, &Entry)| {
            let path = path.as_str();
            entry.kind != EntryKind::Dir && path.starts_with("CONTROL/") && !path.starts_with(LICENSES)
        };
        if payload.iter().any(taken) { Err(control_taken().into()) } else { Ok(()) }
    }

    /// The series that a device's package names.
    fn models_for(&self, device: &Device) -> Vec<String> {
        let on_device = |model: &&String| {
            let architecture = find_series(model).map_or("", |series| series.architecture);
            matches!(architecture, "") || matches!(device.name, "any") || architecture == device.name
        };
        self.config.general.model.iter().filter(on_device).cloned().collect()
    }
}

impl Packager for Apk {
    fn version(&self) -> &str {
        &self.config.general.version
    }

    fn takes(&self, device: &Device) -> Result<(), String> {
        if let (Some(adm), Some(((major, minor), models))) = (self.adm, last_adm(device.name))
            && adm.is_after((major, minor))
        {
            return Err(format!(
                "`asustor.firmware` asks for ADM {adm}, and the last one for {models} is {major}.{minor}"
            ));
        }
        if !self.config.general.model.is_empty() && self.models_for(device).is_empty() {
            return Err("`asustor.model` names none of its series".to_owned());
        }
        Ok(())
    }

    fn file_name(&self, device: &Device) -> String {
        let General { package, version, .. } = &self.config.general;
        format!("{package}_{version}_{}.apk", device.name)
    }

    fn layout(&self, device: &Device, payload: &Payload, findings: &Findings) -> Result<Layout> {
        self.check_files(&payload.tree, findings)?;
        let mut config = self.config.clone();
        config.general.architecture = device.name;
        config.general.model = self.models_for(device);
        let mut tree = payload.tree.clone();
        tree.graft(CONTROL, &self.control)?;
        tree.insert("CONTROL/config.json", Entry::file(json(&self.extra.behind(&config)), 0o644))?;
        Ok(Layout { tree, seal: Seal::Apk, epoch: self.epoch, compression: self.compression })
    }
}

pub(super) fn breach(rule: &'static Rule, message: String, at: &Origin) -> Diagnostic {
    rule.found(message).at(at)
}

pub(super) fn no_link_target(folder: &str, name: &str) -> Diagnostic {
    let path = format!("{}/{name}", folder.trim_start_matches('/'));
    rules::AST014.found(format!("there is no `{path}` in the package to link to"))
}

pub(super) fn no_pages() -> Diagnostic {
    rules::AST034.found("a web app needs pages in `www/`, and the package has none")
}

/// A feature that the oldest ADM of the package does not know, if that is so.
pub(super) fn too_new(what: &str, since: Adm, adm: Option<Adm>) -> Option<Diagnostic> {
    let adm = adm.filter(|&adm| adm < since)?;
    let found =
        rules::AST030.found(format!("ADM knows {what} since {since}, and the package can be installed on ADM {adm}"));
    Some(found.note("an older one does not know it"))
}

fn control_taken() -> Diagnostic {
    rules::AST015
        .found("`CONTROL` is the folder of ASUSTOR's own files")
        .note("files in it would replace the package's metadata on the device")
        .help("put the asset somewhere else; only `CONTROL/license/` takes further texts of the licence")
}

/// The rules for identity, display name and shared folders.
fn check_names(request: &Request<'_>) {
    let App { package, name, shared_folders, .. } = request.app;
    if !is_package(package) {
        let message = format!("`{package}` cannot be an ASUSTOR package's identity");
        let found = breach(&rules::AST001, message, &request.origin("package"));
        request
            .findings
            .push(found.label("expected letters, digits, `+`, `.` and `-`, beginning with a letter or digit"));
    }
    if !is_name(name) {
        let found = breach(&rules::AST002, format!("`{name}` cannot be an app's name on ADM"), &request.origin("name"));
        request.findings.push(found.label("expected a name without `/`"));
    }
    for (index, share) in shared_folders.iter().enumerate().filter(|(_, share)| !is_share(&share.name)) {
        let at = request.item_origin("shared-folders", index);
        let found = breach(&rules::AST016, format!("`{}` cannot be a shared folder's name", share.name), &at);
        request.findings.push(found.label("expected a name that Windows takes and that does not begin with `.`"));
    }
}

fn check_assets(request: &Request<'_>) {
    for (index, asset) in request.app.assets.iter().enumerate() {
        let at = || request.item_origin("assets", index);
        if asset.dest.starts_with(LICENSES) && !asset.dest.contains("..") {
            continue;
        }
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

/// Steps around a snapshot, for an ADM that has none.
fn check_hooks(request: &Request<'_>, adm: Option<Adm>) {
    let snapshot = |event: &Event| matches!(event, Event::PreSnapshotRestore | Event::PostSnapshotRestore);
    for (event, _) in request.app.hooks.iter().filter(|(event, _)| snapshot(event)) {
        if let Some(found) = too_new(&format!("`{event}`"), SNAPSHOTS_SINCE, adm) {
            request.findings.push(found.at(&request.origin(&format!("hooks.{event}"))));
        }
    }
}

/// `1.2.3`, `1.2.3-beta.2`, and `.rN` after it when packaged anew, as ASUSTOR's own packages have it. ADM refuses to
/// install the version that is there already (Ref. 6001).
fn version(request: &Request<'_>, keys: &Section<'_>) -> String {
    if let Some((version, at)) = keys.read_at::<String>("version") {
        if !is_one_word(&version) {
            let found = breach(&rules::AST003, format!("`{version}` cannot be an ASUSTOR version"), &at);
            request
                .findings
                .push(found.label("expected text without `/` and blanks").note("it is a part of the file's name"));
        } else if !is_version(&version) {
            request.findings.push(
                breach(&rules::AST020, format!("`{version}` is not a version of ASUSTOR's form"), &at)
                    .label("expected a digit, then letters, digits, `.`, `-`, `+` and `~`")
                    .note("`_` separates the parts of the file's name"),
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
    match Adm::parse(&firmware) {
        Some(adm) => {
            if let Some(((major, minor), models)) = last_adm("arm")
                && adm.is_after((major, minor))
                && request.app.targets.contains_key(&Arch::Armhf)
                && !request.app.binaries.is_empty()
            {
                request.findings.push(
                    breach(&rules::AST006, format!("no ASUSTOR model with arch armhf has ADM {firmware}"), &at)
                        .note(format!("the last ADM for {models} is {major}.{minor}, so they get no package"))
                        .help(format!("set `firmware = \"{FIRMWARE}\"`, or leave armhf out of `targets`")),
                );
            }
        }
        None => {
            let found = breach(&rules::AST005, format!("`{firmware}` is not a version of ADM"), &at);
            request.findings.push(found.label("expected three numbers, such as `4.0.0`"));
        }
    }
    firmware
}

fn depends(request: &Request<'_>) -> Vec<String> {
    let App { depends, conflicts, .. } = request.app;
    for (index, needed) in depends.iter().enumerate() {
        let at = request.item_origin("depends", index);
        let unknown = needed.bounds.iter().filter(|(operator, _)| !OPERATORS.contains(&operator.as_str()));
        for (operator, version) in unknown.clone() {
            let message = format!("ADM cannot compare versions with `{operator}`: `{operator} {version}`");
            request.findings.push(breach(&rules::AST007, message, &at).label("expected `>=`, `<=` or `=`"));
        }
        if unknown.count() == 0 && !is_dependency(&dependency(needed)) {
            let message = format!("`{}` is the identity of no app on ADM", needed.package);
            request
                .findings
                .push(breach(&rules::AST007, message, &at).label("expected letters, digits, `+`, `.` and `-`"));
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
    if !is_email(email) {
        request.findings.push(
            breach(&rules::AST018, format!("`{email}` is not an e-mail address"), &request.origin(key))
                .note("ASUSTOR's review asks for one that works"),
        );
    }
    Some(email.clone())
}

fn models(request: &Request<'_>, keys: &Section<'_>, adm: Option<Adm>) -> Vec<String> {
    let models = register::listed::<String>(keys, "model");
    for (model, at) in &models {
        keys.findings().absorb(doubt_series(model, None, adm).map(|found| found.at(at)));
        let architecture = find_series(model).map_or("", |series| series.architecture);
        let arch = super::DEVICES.iter().find(|device| device.name == architecture).and_then(Device::arch);
        if arch.is_some_and(|arch| !request.app.targets.contains_key(&arch)) && !request.app.binaries.is_empty() {
            let message = format!("the models of `{model}` are {architecture}, and nothing is built for that");
            keys.findings()
                .push(breach(&rules::AST033, message, at).help("leave the series out, or add its arch to `targets`"));
        }
    }
    models.into_iter().map(|(model, _)| model).collect()
}

/// What is doubtful about a series in `model`, for a package of an architecture or of all that its models have.
pub(super) fn doubt_series(model: &str, architecture: Option<&str>, adm: Option<Adm>) -> Option<Diagnostic> {
    if !is_series(model) {
        let found = rules::AST011.found(format!("`{model}` is not a series of ASUSTOR models"));
        return Some(found.label("expected a series such as `52xx` or `3axx`"));
    }
    let Some(series) = find_series(model) else {
        let found = rules::AST032.found(format!("neither the guides nor known packages name the series `{model}`"));
        return Some(found.help("check its spelling; a new series is fine"));
    };
    if let (Some(adm), Some((major, minor))) = (adm, series.last)
        && adm.is_after((major, minor))
    {
        let found = rules::AST033.found(format!("no model of `{model}` has ADM {adm}"));
        return Some(found.note(format!("their last one is {major}.{minor}")));
    }
    let other = architecture
        .filter(|&architecture| !matches!(series.architecture, "") && architecture != series.architecture)?;
    let found = rules::AST033
        .found(format!("the models of `{model}` are {}, and the package is for {other}", series.architecture));
    Some(found.note("no box can install it for that series"))
}

fn default_lang(keys: &Section<'_>) -> Option<String> {
    let (lang, at) = keys.read_at::<String>("default-lang")?;
    if !LANGUAGES.contains(&lang.as_str()) {
        let found = breach(&rules::AST010, format!("ADM has no language `{lang}`"), &at);
        keys.findings().push(found.note(format!("its languages are {}", LANGUAGES.join(", "))));
    }
    Some(lang)
}

fn memory_advice(keys: &Section<'_>) -> Option<u32> {
    let (advice, at) = keys.read_at("memory-advice")?;
    let found = breach(&rules::AST036, "`memory-advice` upsets App Central of ADM 5".to_owned(), &at);
    keys.findings().push(found.help("leave it out; `memory-limit` keeps the app from boxes with too little"));
    Some(advice)
}

fn privacy_statement(keys: &Section<'_>, adm: Option<Adm>) -> Option<String> {
    let (url, at) = keys.read_at::<String>("privacy-statement")?;
    if !is_url(&url) {
        let found = breach(&rules::AST019, format!("the privacy statement `{url}` is not a web address"), &at);
        keys.findings().push(found.label("expected `https://…`"));
    }
    let since = super::fields::find("general.privacy-statement").and_then(super::fields::since);
    keys.findings()
        .absorb(since.and_then(|since| too_new("`privacy-statement`", since, adm)).map(|found| found.at(&at)));
    Some(url)
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
