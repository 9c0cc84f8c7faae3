//! WD's rules for an app's metadata. The packers enforce next to none of them: what breaks them makes a broken package.

use super::options::Options;
use super::rc::{Key, Metadata, read_line};
use super::rules;
use crate::diagnostic::{Diagnostic, Findings, Rule, place_of};
use crate::layer::{Origin, Table};
use crate::model::{App, Dependency};

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
    let fields: [Field; 18] = [
        (Key::Package, app.package.clone(), "package"),
        (Key::Version, version, version_path),
        (Key::Packager, app.maintainer.name.clone(), "maintainer"),
        (Key::Email, app.maintainer.email.clone().unwrap_or_default(), "maintainer"),
        (Key::Homepage, app.homepage.clone().unwrap_or_default(), "homepage"),
        (Key::AddonShowName, app.name.clone(), "name"),
        (Key::AddonIndexPage, options.index_page.clone().map(|(page, _)| page).unwrap_or_default(), "wd.index-page"),
        (Key::InstDepend, depends(&app.depends, "depends"), "depends"),
        (Key::InstConflict, depends(&app.conflicts, "conflicts"), "conflicts"),
        (Key::StartDepend, texts(&options.start_depends, "wd.start-depends"), "wd.start-depends"),
        (Key::StartConflict, texts(&options.start_conflicts, "wd.start-conflicts"), "wd.start-conflicts"),
        (Key::Description, app.description.clone(), "description"),
        (Key::Icon, format!("{}.png", app.package), "package"),
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
    metadata.set(Key::Hidden, if options.hidden { "on" } else { "off" });
    Some(metadata)
}

/// Paragraphs and indentation do not survive a file of lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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

fn is_package_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn check_package(package: &str, origin: &Origin, findings: &Findings) {
    if !is_package_name(package) {
        findings.push(
            rules::WD001
                .found(format!("`{package}` cannot be a WD package's name"))
                .at(origin)
                .label("expected letters, digits, `.`, `_` and `-`, beginning with a letter or digit"),
        );
    }
}

fn check_version(version: &str, origin: &Origin, findings: &Findings) {
    let parts = || version.split(['.', '-']);
    if !parts().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        findings.push(
            rules::WD003
                .found(format!("`{version}` cannot be a WD version"))
                .at(origin)
                .label("expected numbers with dots, such as `1.2.3`"),
        );
        return;
    }
    let documented = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if version.contains('-') || parts().count() > 6 || !parts().all(documented) {
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
    if !is_package_name(name) {
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
    let word = key.word().trim_end_matches(':');
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
    if value.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
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
