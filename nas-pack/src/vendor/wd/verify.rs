//! A finished package of either system against everything that is known of WD's format.

use std::collections::BTreeMap;

use super::fields::{self, is_documented_version, is_version};
use super::header::{Header, Sum};
use super::open::{self, APKG_RC, APKG_XML, bytes};
use super::options::Firmware;
use super::rc::{Key, Metadata};
use super::sign::{SignError, Verdict, judge};
use super::xml::{self, Element, XmlError};
use super::{Os, desc, pitfalls, rules};
use crate::archive::{EntryKind, TreePath};
use crate::diagnostic::{Diagnostic, Findings, Rule};
use crate::lint::Audit;
use crate::vendor::Opened;
use crate::vendor::field::{Field, Form};
use crate::vendor::open::Outer;

/// What was checked while the package was opened, and the rule that it breaks.
const AT_OPENING: [(&str, &Rule); 7] = [
    (open::CONSTANTS, &rules::WD030),
    (open::TEXTS, &rules::WD031),
    (open::MODEL, &rules::WD032),
    (open::CHECKSUM, &rules::WD033),
    (open::LENGTH, &rules::WD034),
    (open::FOLDER, &rules::WD035),
    (open::FOLDER_NAME, &rules::WD036),
];

/// From here on, tools that take the length for a signed number fail.
const SIGNED: u32 = 1 << 31;

/// How many elements a file of metadata may have. WD's have 30.
const ELEMENTS: usize = 200;

/// A look at one thing in a package.
type Look = fn(&Opened, &Header, &Findings);

/// Looks at everything in a package of WD's.
pub(super) fn verify(audit: &mut Audit<'_>) {
    let Outer::Bin { header, sum } = &audit.package.outer else { return };
    for (name, rule) in AT_OPENING {
        audit.run(name, |package, findings| {
            let broken = package.checks.iter().filter(|check| check.name == name && !check.holds);
            for check in broken {
                findings.push(rule.found(format!("{}: {}", rule.title, check.detail)).in_file(&package.path));
            }
            if name == open::LENGTH {
                size(*sum, package, findings);
            }
        });
    }
    let one_folder = audit.package.checks.iter().all(|check| check.name != open::FOLDER);
    let rest: [(&'static str, Look); 5] = [
        ("signature", signature),
        (APKG_XML, apkg_xml),
        (APKG_RC, apkg_rc),
        ("scripts that the firmware calls", scripts),
        ("files for the dashboard", dashboard),
    ];
    for (name, check) in rest {
        if one_folder {
            audit.run(name, |package, findings| check(package, header, findings));
        } else {
            audit.skip(name, "the payload is not one folder");
        }
    }
}

fn size(sum: Sum, package: &Opened, findings: &Findings) {
    if sum.length >= SIGNED {
        findings.push(rules::WD064.found(format!("the payload has {} bytes", sum.length)).in_file(&package.path));
    }
}

fn signature(package: &Opened, header: &Header, findings: &Findings) {
    let verdict = judge(header, bytes(&package.tree, "apkg.sign").as_deref());
    let rule = match &verdict {
        Verdict::Good(_) => return,
        Verdict::Unsigned => &rules::WD044,
        Verdict::Missing => &rules::WD037,
        Verdict::Unannounced => &rules::WD038,
        Verdict::Broken(SignError::Truncated) => &rules::WD039,
        Verdict::OtherSystem(_) => &rules::WD040,
        Verdict::OtherName(_) => &rules::WD041,
        Verdict::NoNewline => &rules::WD042,
        Verdict::Broken(SignError::Container | SignError::Key) => &rules::WD043,
    };
    let found = rule.found(rule.title);
    findings.push(match verdict {
        // The title has said it.
        Verdict::Unsigned | Verdict::Missing => found.in_file(&package.path),
        Verdict::Unannounced | Verdict::NoNewline => found.inside(&package.path, "apkg.sign", None),
        _ => found.inside(&package.path, "apkg.sign", None).note(verdict.to_string()),
    });
}

fn apkg_xml(package: &Opened, header: &Header, findings: &Findings) {
    let inside = |found: Diagnostic, line: Option<usize>| findings.push(found.inside(&package.path, APKG_XML, line));
    let Some(bytes) = bytes(&package.tree, APKG_XML) else {
        findings.push(rules::WD045.found("the package has no `apkg.xml`").in_file(&package.path));
        return;
    };
    let elements = match xml::read(&bytes) {
        Ok(elements) => elements,
        Err(error) => {
            let line = if let XmlError::Ampersand(line) = error { Some(line) } else { None };
            inside(rules::WD046.found(format!("`apkg.xml` is not XML: {error}")), line);
            return;
        }
    };
    if elements.len() > ELEMENTS {
        inside(rules::WD047.found(format!("`apkg.xml` has {} elements where there are 30", elements.len())), None);
        return;
    }
    let ours: Vec<&Element> = elements.iter().filter(|element| element.within == "config/apkg/item").collect();
    for element in elements.iter().filter(|element| element.within != "config/apkg/item") {
        let found = format!("`<{}>` is in `{}`, not in `config/apkg/item`", element.name, element.within);
        inside(rules::WD047.found(found), Some(element.line));
    }
    schema(&ours, header.os(), &inside);
    order(&ours, &inside);
    values(&ours, header.os(), &inside);
    repeated(&ours, header, &inside);
    against_rc(package, &ours, findings);
}

fn value<'e>(elements: &[&'e Element], name: &str) -> Option<&'e Element> {
    elements.iter().find(|element| element.name == name).copied()
}

type Inside<'i> = dyn Fn(Diagnostic, Option<usize>) + 'i;

/// Elements that should not be there, those that should, and those that are there twice.
fn schema(elements: &[&Element], os: Os, inside: &Inside<'_>) {
    let belongs = |field: &&Field| field.firmware != "OS5" || os == Os::Os5;
    // Packer v1.2 did not know `Hidden` yet.
    let optional = |field: &&Field| field.firmware.starts_with("packers") && os == Os::Os3;
    let known: Vec<&Field> = fields::XML.iter().filter(belongs).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for element in elements {
        let name = element.name.as_str();
        if !known.iter().any(|field| field.key == name) {
            let found = rules::WD047.found(format!("`<{name}>` is no element of a package for {}", os.vendor()));
            inside(
                if name == "product_id" { found.help("write `procudt_id`, as WD does") } else { found },
                Some(element.line),
            );
        } else if let Some(line) = seen.insert(name, element.line) {
            inside(rules::WD047.found(format!("`<{name}>` is on line {line} already")), Some(element.line));
        }
    }
    for field in known.into_iter().filter(|field| !optional(field) && !seen.contains_key(field.key)) {
        inside(rules::WD047.found(format!("`<{}>` is missing", field.key)), None);
    }
}

fn order(elements: &[&Element], inside: &Inside<'_>) {
    let place = |element: &&Element| xml::names().position(|name| name == element.name);
    let known: Vec<(usize, &Element)> =
        elements.iter().filter_map(|element| Some((place(element)?, *element))).collect();
    let turned = known.iter().zip(known.iter().skip(1)).find(|((before, _), (place, _))| place < before);
    if let Some(((_, before), (_, element))) = turned {
        let found = format!("`<{}>` stands behind `<{}>`; WD's packers write it before", element.name, before.name);
        inside(rules::WD048.found(found), Some(element.line));
    }
}

fn values(elements: &[&Element], os: Os, inside: &Inside<'_>) {
    for element in elements {
        let Some(field) = fields::XML.iter().find(|field| field.key == element.name) else { continue };
        let text = element.text.as_str();
        if text.is_empty() {
            if matches!(field.key, "name" | "version" | "show" | "packager") {
                inside(rules::WD006.found(format!("`<{}>` is empty", field.key)), Some(element.line));
            } else if matches!(field.form, Form::Number(least, most) if (least, most) != (1, 65535)) {
                inside(rules::WD049.found(format!("`<{}>` has no number", field.key)), Some(element.line));
            }
            continue;
        }
        if field.form.takes(text) {
            if field.key == "version" && is_version(text) && !is_documented_version(text) {
                let found = rules::WD004.found(format!("the version `{text}` is not of the form that WD documents"));
                inside(found, Some(element.line));
            }
            continue;
        }
        let rule = match field.key {
            "name" => &rules::WD001,
            "version" => &rules::WD003,
            "MinFWVer" | "MaxFWVer" => &rules::WD011,
            "inst_depend" | "inst_conflict" | "start_depend" | "start_conflict" => &rules::WD018,
            _ => &rules::WD049,
        };
        let found = rule.found(format!("`<{}>` is `{}`", field.key, text.escape_debug()));
        inside(found.label(format!("expected {}", field.form.expected())), Some(element.line));
    }
    let firmware = |name| value(elements, name).and_then(|element| Some((Firmware::parse(&element.text)?, element)));
    let (min, max) = (firmware("MinFWVer"), firmware("MaxFWVer"));
    if let (Some((min, _)), Some((max, element))) = (&min, &max)
        && min.numbers > max.numbers
    {
        inside(rules::WD013.found("`MinFWVer` is newer than `MaxFWVer`"), Some(element.line));
    }
    let beyond = match os {
        Os::Os5 => max.filter(|(max, _)| max.os() == Os::Os3),
        Os::Os3 => min.filter(|(min, _)| min.os() == Os::Os5),
    };
    if let Some((_, element)) = beyond {
        let found =
            format!("no firmware of {} has a version that `{}` = `{}` allows", os.vendor(), element.name, element.text);
        inside(rules::WD065.found(found), Some(element.line));
    }
}

/// What the header says too.
fn repeated(elements: &[&Element], header: &Header, inside: &Inside<'_>) {
    let said = [
        ("name", Some(header.package.clone())),
        ("version", Some(header.version.clone())),
        ("model_id", Some(header.ids.model.to_string())),
        ("app_id", header.ids.app.map(|app| app.to_string())),
    ];
    for (name, said) in said {
        let (Some(element), Some(said)) = (value(elements, name), said) else { continue };
        if element.text != said {
            let found = format!("`<{name}>` is `{}`, but the header says `{said}`", element.text.escape_debug());
            inside(rules::WD050.found(found), Some(element.line));
        }
    }
}

/// What `apkg.rc` says too, as WD's packer reads it.
fn against_rc(package: &Opened, elements: &[&Element], findings: &Findings) {
    // Why it cannot be read is told where it is looked at by itself.
    let Some(Ok(rc)) = bytes(&package.tree, APKG_RC).map(|rc| Metadata::read(&rc)) else { return };
    for (name, key, as_number) in xml::repeated() {
        let Some(element) = value(elements, name) else { continue };
        let said = if as_number { rc.number(key).to_string() } else { rc.get(key).to_owned() };
        // To the packer, entities in `apkg.rc` are entities; to us they are text.
        let resolved = quick_xml::escape::unescape(&said).map(std::borrow::Cow::into_owned);
        if element.text == said
            || resolved.is_ok_and(|said| said == element.text)
            || runs_over(key, &said, &element.text)
        {
            continue;
        }
        let lost = element.text.is_empty() && said.contains('&');
        let rule = if lost { &rules::WD052 } else { &rules::WD051 };
        let found = format!(
            "`<{name}>` is `{}`, but `apkg.rc` says `{}: {}`",
            element.text.escape_debug(),
            key.name(),
            said.escape_debug()
        );
        findings.push(rule.found(found).inside(&package.path, APKG_XML, Some(element.line)));
    }
}

/// Whether a value filled the packer's field, so that the date of the build stands behind it.
fn runs_over(key: Key, said: &str, found: &str) -> bool {
    matches!(key, Key::Version | Key::Icon) && said.len() > key.room() && found.starts_with(said)
}

fn apkg_rc(package: &Opened, _: &Header, findings: &Findings) {
    let Some(rc) = bytes(&package.tree, APKG_RC) else {
        let twin = package.files().map(|(path, _)| path.as_str()).find(|path| path.eq_ignore_ascii_case(APKG_RC));
        let found = match twin {
            Some(twin) => format!("`{twin}` is not `apkg.rc`: capitals count"),
            None => "the package has no `apkg.rc`".to_owned(),
        };
        findings.push(rules::WD061.found(found).in_file(&package.path));
        return;
    };
    for (line, found) in pitfalls::find(&rc) {
        findings.push(found.inside(&package.path, APKG_RC, line));
    }
}

fn scripts(package: &Opened, _: &Header, findings: &Findings) {
    for name in super::SCRIPTS {
        if !matches!(package.tree.get(name).map(|entry| &entry.kind), Some(EntryKind::File(_) | EntryKind::Symlink(_)))
        {
            findings.push(rules::WD053.found(format!("the package has no `{name}`")).in_file(&package.path));
        }
    }
}

/// The page, the picture and the translations.
fn dashboard(package: &Opened, _: &Header, findings: &Findings) {
    let said = |name: &str| package.metadata.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    for (name, what) in [("url", "index page"), ("icon", "picture")] {
        let Some(file) = said(name).map(|file| file.trim_start_matches('/')).filter(|file| !file.is_empty()) else {
            continue;
        };
        // Scripts link it from wherever it is.
        let there = |path: &TreePath| path.as_str() == file || path.as_str().ends_with(&format!("/{file}"));
        if !package.tree.iter().any(|(path, _)| there(path)) {
            findings.push(rules::WD062.found(format!("the {what} `{file}` is not in the package")).inside(
                &package.path,
                APKG_XML,
                None,
            ));
        }
    }
    let descriptions = package.files().map(|(path, _)| path.as_str());
    for path in descriptions.filter(|path| *path == "desc.xml" || path.ends_with("/desc.xml")) {
        let Some(bytes) = bytes(&package.tree, path) else { continue };
        let say = |message: String, line| findings.push(rules::WD063.found(message).inside(&package.path, path, line));
        match xml::read(&bytes) {
            Err(error) => say(format!("`desc.xml` is not XML: {error}"), None),
            Ok(elements) => {
                let known = |element: &&Element| {
                    element.within == "config" && desc::LOCALES.iter().any(|(_, name)| *name == element.name)
                };
                for element in elements.iter().take(ELEMENTS).filter(|element| !known(element)) {
                    say(format!("`<{}>` is no language of WD's dashboard", element.name), Some(element.line));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
