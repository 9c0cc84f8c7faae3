//! WD's rules for an app's metadata. The packers enforce next to none of them: what breaks them makes a broken package.

use super::fields::{is_documented_version, is_name, is_version};
use super::options::{Options, is_unprintable};
use super::rc::{Key, Metadata, read_line};
use super::{desc, rules};
use crate::diagnostic::{Diagnostic, Findings, Rule, place_of};
use crate::layer::{Origin, Table};
use crate::model::{App, Dependency, Language};
use crate::vendor::request::one_line;

/// A value on its way into the metadata, with the dotted path of where it comes from.
type Field = (Key, String, &'static str);

/// The metadata of an app, every rule checked. `None` if there is no version.
pub(super) fn metadata(app: &App, options: &Options, layer: &Table, findings: &Findings) -> Option<Metadata> {
    let place = |path: &str| place_of(layer, path);
    check_package(&app.package, &place("package"), findings);
    let version_path = if options.version.is_some() { "wd.version" } else { "version" };
    let version = version(app, options, &place(version_path), findings)?;
    check_version(&version, &place(version_path), findings);

    let flag = |on: bool| u8::from(on).to_string();
    let list = |names: Vec<&str>, path: &str| {
        for name in &names {
            check_listed(name, &place(path), findings);
        }
        names.join(",")
    };
    let texts = |names: &[String], path: &str| list(names.iter().map(String::as_str).collect(), path);
    let depends = |depends: &[Dependency], path: &str| {
        for depend in depends {
            check_bounds(depend, &place(path), findings);
        }
        list(depends.iter().map(|depend| depend.package.as_str()).collect(), path)
    };
    let port = options.used_port.as_ref().map(|(port, _)| port.0.to_string());
    let icon = options.web_icon.clone().map_or_else(|| format!("{}.png", app.package), |(icon, _)| icon);
    let icon_path = if options.web_icon.is_some() { "wd.web-icon" } else { "package" };
    let fields: [Field; 19] = [
        (Key::Package, app.package.clone(), "package"),
        (Key::Version, version, version_path),
        (Key::Packager, app.maintainer.name.clone(), "maintainer"),
        (Key::Email, app.maintainer.email.clone().unwrap_or_default(), "maintainer"),
        (Key::Homepage, app.homepage.clone().unwrap_or_default(), "homepage"),
        (Key::AddonShowName, app.name.clone(), "name"),
        (Key::AddonIndexPage, options.index_page.clone().map(|(page, _)| page).unwrap_or_default(), "wd.index-page"),
        (Key::AddonUsedPort, port.unwrap_or_default(), "wd.used-port"),
        (Key::InstDepend, depends(&app.depends, "depends"), "depends"),
        (Key::InstConflict, depends(&app.conflicts, "conflicts"), "conflicts"),
        (Key::StartDepend, texts(&options.start_depends, "wd.start-depends"), "wd.start-depends"),
        (Key::StartConflict, texts(&options.start_conflicts, "wd.start-conflicts"), "wd.start-conflicts"),
        (Key::Description, app.description.clone(), "description"),
        (Key::Icon, icon, icon_path),
        (Key::CenterType, flag(options.embedded), "wd.center-type"),
        (Key::UserControl, flag(options.admin_only), "wd.user-control"),
        (Key::IndividualFlag, flag(!options.third_party_notice), "wd.third-party-notice"),
        (Key::MinFWVer, options.min_firmware.clone(), "wd.min-firmware"),
        (Key::MaxFWVer, options.max_firmware.clone(), "wd.max-firmware"),
    ];
    let mut metadata = Metadata::default();
    for (key, value, path) in fields {
        let value = one_line(&value);
        check_value(key, &value, path, &place(path), findings);
        metadata.set(key, value);
    }
    if let Some((_, origin)) = &options.used_port {
        findings.push(
            rules::WD021
                .found("`wd.used-port` moves the page, not the app")
                .at(origin)
                .note(format!(
                    "the dashboard opens `http://HOST:{}/{}/{}`",
                    metadata.get(Key::AddonUsedPort),
                    app.package,
                    match metadata.get(Key::AddonIndexPage) {
                        "" => "index.html",
                        page => page,
                    }
                ))
                .help("leave it out: the page that is made sends the browser on to the service's port"),
        );
    }
    for (key, path) in [(Key::AddonShowName, "name"), (Key::Description, "description")] {
        check_html(key.name(), metadata.get(key), &place(path), findings);
    }
    check_translations(app, &place, findings);
    check_unused(app, &place, findings);
    metadata.set(Key::Hidden, if options.hidden { "on" } else { "off" });
    Some(metadata)
}

/// The version in WD's grammar: `1.2.3`, and `1.2.3.4` for the package's fourth revision.
fn version(app: &App, options: &Options, origin: &Origin, findings: &Findings) -> Option<String> {
    if let Some(version) = &options.version {
        return Some(version.clone());
    }
    let semver::Version { major, minor, patch, ref pre, .. } = app.version;
    if !pre.is_empty() {
        findings.push(
            rules::WD002
                .found(format!("WD has no form for the pre-release version {}", app.version))
                .at(origin)
                .note("its versions are numbers with dots")
                .help(format!(
                    "set one in `[package.metadata.nas.wd]`, such as `version = \"{major}.{minor}.{patch}\"`"
                )),
        );
        return None;
    }
    let revision = if app.revision == 0 { String::new() } else { format!(".{}", app.revision) };
    Some(format!("{major}.{minor}.{patch}{revision}"))
}

fn check_package(package: &str, origin: &Origin, findings: &Findings) {
    if !is_name(package) {
        findings.push(
            rules::WD001
                .found(format!("`{package}` cannot be a WD package's name"))
                .at(origin)
                .label("expected letters, digits, `.`, `_` and `-`, beginning with a letter or digit"),
        );
    }
}

fn check_version(version: &str, origin: &Origin, findings: &Findings) {
    if !is_version(version) {
        findings.push(
            rules::WD003
                .found(format!("`{version}` cannot be a WD version"))
                .at(origin)
                .label("expected numbers with dots, such as `1.2.3`"),
        );
        return;
    }
    if !is_documented_version(version) {
        findings.push(
            rules::WD004
                .found(format!("the version `{version}` is not of the form that WD documents"))
                .at(origin)
                .note(
                    "that is one to six numbers from 0 to 99 with dots; published packages with larger numbers exist",
                ),
        );
    }
}

fn check_listed(name: &str, origin: &Origin, findings: &Findings) {
    if !is_name(name) {
        findings.push(rules::WD018.found(format!("`{name}` cannot be the name of another WD package")).at(origin));
    }
}

fn check_bounds(depend: &Dependency, origin: &Origin, findings: &Findings) {
    if !depend.bounds.is_empty() {
        findings.push(
            rules::WD014
                .found(format!("WD does not look at the version of `{}`", depend.package))
                .at(origin)
                .note("only whether the package is there is checked"),
        );
    }
}

fn check_value(key: Key, value: &str, path: &str, origin: &Origin, findings: &Findings) {
    let error = |rule: &'static Rule, message: String| rule.found(message).at(origin);
    let word = key.name();
    // Keys of the vendor-neutral part can be said differently for WD alone.
    let advice = |found: Diagnostic| {
        if path.starts_with("wd.") || path == "version" {
            found
        } else {
            found.help(format!("set `{path}` in `[package.metadata.nas.wd]` to say it differently for WD alone"))
        }
    };
    if value.is_empty() && Key::REQUIRED.contains(&key) {
        findings.push(advice(error(&rules::WD006, format!("WD's `{word}` must not be empty"))));
    }
    if value.len() > key.limit() {
        let (len, limit) = (value.len(), key.limit());
        findings.push(advice(
            error(&rules::WD005, format!("WD's `{word}` is too long: {len} bytes where {limit} fit"))
                .note("the firmware's tools run longer values into the next field"),
        ));
    }
    if is_unprintable(value) {
        findings
            .push(advice(error(&rules::WD008, format!("WD's `{word}` has a character in it that XML cannot hold"))));
        return;
    }
    // The packer's reader is the judge of what can stand in a line.
    let line = format!("{} {value}", key.word());
    if let Some((other, _)) = read_line(line.as_bytes()).filter(|(other, _)| *other != key) {
        let other = other.word();
        findings.push(advice(
            error(&rules::WD007, format!("WD's `{word}` must not contain `{other}`"))
                .note(format!("its tools would take the whole line for `{other}`")),
        ));
    }
}

/// The dashboard puts texts into its page as they are.
fn check_html(what: &str, text: &str, origin: &Origin, findings: &Findings) {
    let tag = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    if text.match_indices('<').any(|(at, _)| tag(&text[at + 1..])) {
        findings.push(
            rules::WD022
                .found(format!("the dashboard takes a part of `{what}` for HTML"))
                .at(origin)
                .help("leave a blank behind `<`, or say it without"),
        );
    }
}

/// Descriptions go to `desc.xml`. Names have no place, nor have languages that the dashboard does not know.
fn check_translations(app: &App, place: &dyn Fn(&str) -> Origin, findings: &Findings) {
    for (&language, translation) in &app.translations {
        let at = |key: &str| place(&format!("translations.{}.{key}", language.tag()));
        let dropped = |key: &str, reason: &str| {
            findings.push(
                rules::WD026.found(format!("WD has no place for the {key} in `{language}`: {reason}")).at(&at(key)),
            );
        };
        if translation.name.is_some() {
            dropped("name", "it shows the same name to everybody");
        }
        match &translation.description {
            Some(_) if desc::locale(language).is_none() => dropped("description", "its dashboard has no such language"),
            Some(text) if is_unprintable(&one_line(text)) => findings.push(
                rules::WD008
                    .found(format!("the description in `{language}` has a character in it that XML cannot hold"))
                    .at(&at("description")),
            ),
            Some(text) => check_html(&description_in(language), text, &at("description"), findings),
            None => {}
        }
    }
}

fn description_in(language: Language) -> String {
    format!("translations.{language}.description")
}

/// What an app says that no WD package can.
fn check_unused(app: &App, place: &dyn Fn(&str) -> Origin, findings: &Findings) {
    if !app.shared_folders.is_empty() {
        findings.push(rules::WD020.found("WD makes no shared folders for an app").at(&place("shared-folders")).help(
            "have a step of `hooks.post-install` make a folder in a share that is there, such as `/shares/Public`",
        ));
    }
    let given = [
        ("changelog", app.changelog.is_some()),
        ("license-file", app.license_file.is_some()),
        ("support-url", app.support_url.is_some()),
    ];
    for (key, _) in given.into_iter().filter(|(_, given)| *given) {
        findings.push(rules::WD026.found(format!("WD has no place for `{key}`")).at(&place(key)));
    }
}
