//! A finished SPK against DSM's rules.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::check::{LICENSE_LIMIT, is_name};
use super::fields::{self, ADDRESS_FORM, INFO};
use super::generation::Dsm;
use super::info::{self, Line, forbidden};
use super::platforms::{self, ANY, PLATFORMS};
use super::seal::extract_size;
use super::{conf, lifecycle, rules, version};
use crate::archive::read::Compression;
use crate::archive::{Content, EntryKind};
use crate::diagnostic::{Diagnostic, Findings, Rule};
use crate::lint::Audit;
use crate::lint::icon::{Png, png_facts};
use crate::manifest::nearest;
use crate::vendor::Opened;
use crate::vendor::field::{Field, Form};

const FILE: &str = "INFO";

/// The largest file that is read as text. Pictures and scripts are far smaller.
const TEXT: u64 = 4 << 20;

/// What Package Center takes from developers, in bytes (2014 guide).
const LARGEST: u64 = 100 << 20;

/// How many names a finding lists.
const NAMED: usize = 10;

/// No INFO has more lines.
const LINES: usize = 2000;

/// How far the size that INFO gives may be from the one that was counted before it must be in another unit.
const UNIT_APART: u64 = 256;

/// What only DSM 7 demands, and what every DSM does.
const REQUIRED_BEFORE_7: [&str; 2] = ["package", "version"];

/// Scripts without which a package is refused: DSM 7 knows more of them.
const NEEDED: [&str; 3] = ["start-stop-status", "preupgrade", "postupgrade"];

/// Scripts that are run where they are there.
const OPTIONAL: [&str; 2] = ["prereplace", "postreplace"];

pub(super) fn verify(audit: &mut Audit<'_>) {
    let package = audit.package;
    let info = Info::of(package);
    audit.run("form of the archive", form);
    audit.run("keys of INFO", |package, findings| {
        lines(package, &info, findings);
        required(package, &info, findings);
    });
    audit.run("versions in INFO", |package, findings| versions(package, &info, findings));
    audit.run("boards in INFO", |package, findings| boards(package, &info, findings));
    audit.run("package.tgz", |package, findings| payload(package, &info, findings));
    audit.run("names of the scripts", |package, findings| scripts(package, &info, findings));
    audit.run("pictures and licence", |package, findings| pictures(package, &info, findings));
    audit.run("desktop entry", |package, findings| desktop(package, &info, findings));
    conf::verify(audit);
}

/// `INFO` with the lines' numbers, which [`Opened::metadata`] does not have.
struct Info {
    text: String,
    lines: Vec<Line>,
    dsm: Dsm,
}

impl Info {
    fn of(package: &Opened) -> Self {
        let text = text(package, FILE).unwrap_or_default();
        let lines = info::read(text.trim_start_matches('\u{feff}'));
        let mut info = Self { text, lines, dsm: Dsm::V7 };
        let major = ["os_min_ver", "firmware"].iter().find_map(|key| Some(version::dsm(&info.get(key)?.value)?.0));
        // Without a version, nobody but DSM 7 objects.
        info.dsm = major.map_or(Dsm::V7, Dsm::around);
        info
    }

    /// DSM takes the last of a key that is there twice.
    fn get(&self, key: &str) -> Option<&Line> {
        self.lines.iter().rfind(|line| line.key == key)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.get(key).map(|line| line.value.as_str())
    }
}

fn at(found: Diagnostic, package: &Opened, line: &Line) -> Diagnostic {
    found.inside(&package.path, FILE, Some(line.number))
}

/// A file of the package as text, with whatever is not UTF-8 replaced.
fn text(package: &Opened, path: &str) -> Option<String> {
    Some(String::from_utf8_lossy(&package.tree.small_file(path, TEXT)?).into_owned())
}

fn file<'p>(package: &'p Opened, path: &str) -> Option<&'p Content> {
    match &package.tree.get(path)?.kind {
        EntryKind::File(content) => Some(content),
        _ => None,
    }
}

fn is_folder(package: &Opened, path: &str) -> bool {
    matches!(package.tree.get(path).map(|entry| &entry.kind), Some(EntryKind::Dir | EntryKind::Symlink(_)))
}

/// What was seen when the package was opened, and its size.
fn form(package: &Opened, findings: &Findings) {
    for seen in package.warnings.iter().filter(|seen| seen.rule.is_some()) {
        findings.push(seen.clone());
    }
    if package.packed > LARGEST {
        let found = rules::SYN044.found(format!("the package has {} MiB", package.packed >> 20));
        findings.push(found.in_file(&package.path));
    }
}

fn lines(package: &Opened, info: &Info, findings: &Findings) {
    if info.text.contains('\r') {
        let found = rules::SYN025.found("`INFO` has line ends with a carriage return");
        findings.push(found.inside(&package.path, FILE, None).help("save the file with LF at line ends"));
    }
    if info.lines.len() > LINES {
        let found = rules::SYN029.found(format!("`INFO` has {} lines", info.lines.len()));
        let found = found.inside(&package.path, FILE, None);
        findings.push(found.note(format!("only the first {LINES} were looked at one by one")));
    }
    let mut seen = BTreeSet::new();
    for line in info.lines.iter().take(LINES) {
        if !seen.insert(&line.key) {
            let found = rules::SYN023.found(format!("`{}` stands here again", line.key));
            findings.push(at(found, package, line).help("leave one of the lines out"));
        }
        match fields::find(&line.key) {
            Some(field) => value(package, info.dsm, field, line, findings),
            None => findings.push(at(unknown(line), package, line)),
        }
        if let Some(c) = forbidden(&line.value) {
            let shown = if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
            let found = rules::SYN004.found(format!("the value of `{}` has `{shown}`", line.key));
            findings.push(at(found, package, line).help("write it without"));
        }
    }
    let bare: Vec<_> = info.lines.iter().take(LINES).filter(|line| !line.quoted).collect();
    if let Some(first) = bare.first() {
        let names: Vec<_> = bare.iter().map(|line| format!("`{}`", line.key)).collect();
        let found = rules::SYN026.found(format!("the value of {} is not in quotes", names.join(", ")));
        findings.push(at(found, package, first));
    }
}

fn unknown(line: &Line) -> Diagnostic {
    let found = rules::SYN022.found(format!("no guide has a key `{}`", line.key));
    if ["displayname_", "description_"].iter().any(|start| line.key.starts_with(start)) {
        return found.help("DSM's languages have words of their own, such as `ger`, `fre` and `chs`");
    }
    match nearest(&line.key, INFO.iter().map(|field| field.key)) {
        Some(near) => found.help(format!("a key with a similar name exists: `{near}`")),
        None => found,
    }
}

/// Whether a key belongs to this DSM, and its value to the key. Versions and boards are looked at elsewhere.
fn value(package: &Opened, dsm: Dsm, field: &Field, line: &Line, findings: &Findings) {
    if !fields::is_known(field, dsm) {
        let title = dsm.title();
        let found = match field.firmware.split_once(" to ") {
            Some((_, until)) if dsm > Dsm::V5 => {
                rules::SYN018.found(format!("`{}` is deprecated since {until}", field.key))
            }
            _ => rules::SYN017
                .found(format!("{title} does not know `{}`", line.key))
                .note(format!("known {}", field.firmware)),
        };
        findings.push(at(found, package, line).help("leave it out"));
    }
    if line.key == "install_type" && line.value == "system" {
        findings.push(at(rules::SYN043.found("the package is installed on the system's partition"), package, line));
    }
    if matches!(line.key.as_str(), "version" | "os_min_ver" | "os_max_ver" | "firmware" | "package") {
        return;
    }
    // An empty value is the default.
    if !line.value.is_empty() && !field.form.takes(&line.value) {
        let (found, expected) = match field.form {
            Form::Grammar(ADDRESS_FORM, _) => (&rules::SYN015, "`https://…`".to_owned()),
            _ => (&rules::SYN021, field.form.expected()),
        };
        let found = found.found(format!("`{}` is `{}`", line.key, line.value)).note(format!("expected {expected}"));
        findings.push(at(found, package, line));
    }
}

fn required(package: &Opened, info: &Info, findings: &Findings) {
    let needed = INFO.iter().filter(|field| field.required && fields::is_known(field, info.dsm));
    for field in needed.filter(|field| info.dsm == Dsm::V7 || REQUIRED_BEFORE_7.contains(&field.key)) {
        if info.value(field.key).is_none_or(str::is_empty) {
            let found = rules::SYN020.found(format!("`INFO` has no `{}`", field.key));
            findings
                .push(found.inside(&package.path, FILE, None).note(format!("{} answers with 261", info.dsm.title())));
        }
    }
}

fn versions(package: &Opened, info: &Info, findings: &Findings) {
    if let Some(line) = info.get("package").filter(|line| !is_name(&line.value) && !line.value.is_empty()) {
        findings.push(at(
            rules::SYN001.found(format!("`{}` cannot be a package's identity", line.value)),
            package,
            line,
        ));
    }
    let is_valid = if info.dsm == Dsm::V7 { version::is_valid } else { version::is_valid_before_7 };
    if let Some(line) = info.get("version").filter(|line| !is_valid(&line.value) && !line.value.is_empty()) {
        let found = rules::SYN002.found(format!("`{}` cannot be a Synology version", line.value));
        let expected = "expected up to six numbers with `.` between them and a build after `-`, such as `1.2.3-4`";
        findings.push(at(found, package, line).note(expected));
    }
    for line in ["os_min_ver", "os_max_ver", "firmware"].iter().filter_map(|key| info.get(key)) {
        if version::dsm(&line.value).is_none() && !line.value.is_empty() {
            let found = rules::SYN005.found(format!("`{}` is not a version of DSM", line.value));
            findings.push(at(found, package, line).note("expected major, minor and build, such as `7.0-40000`"));
        }
    }
    let read = |key| {
        let line = info.get(key)?;
        Some((line, version::dsm(&line.value)?))
    };
    let (oldest, newest) = (read("os_min_ver"), read("os_max_ver"));
    if let Some((line, dsm @ (major, _, _))) = oldest {
        let first = version::dsm(Dsm::V7.oldest()).unwrap_or_default();
        let later = newest.map_or(major, |(_, (newest, ..))| newest);
        let wrong = if major >= first.0 && dsm.2 < first.2 {
            Some(format!("no DSM 7 is as old as {}", line.value))
        } else if Dsm::of_major(major).is_none() {
            Some(format!("there are no packages of this form for DSM {major}"))
        } else if later > major && major < first.0 {
            Some(format!("DSM {later} does not take a package that begins at DSM {}", line.value))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            let found = at(rules::SYN006.found(wrong), package, line);
            findings.push(found.note(format!("for DSM 7, expected `{}` or a later DSM 7", Dsm::V7.oldest())));
        }
        if let Some((line, newest)) = newest.filter(|(_, newest)| *newest < dsm) {
            let (major, minor, build) = newest;
            let found = rules::SYN007.found(format!("{major}.{minor}-{build} is older than `os_min_ver`"));
            findings.push(at(found, package, line));
        }
    }
}

fn boards(package: &Opened, info: &Info, findings: &Findings) {
    let Some(line) = info.get("arch") else { return };
    let words: Vec<_> = platforms::words_of(&line.value).collect();
    for word in words.iter().filter(|word| !fields::is_arch(word)) {
        let found = at(rules::SYN034.found(format!("`{word}` is no board or family of DSM")), package, line);
        findings.push(match *word {
            "amd64" | "x64" => found.help("64-bit Intel and AMD boards are `x86_64`"),
            "arm64" => found.help("64-bit ARM boards are `armv8`"),
            "arm" | "armhf" | "armv7l" => found.help("32-bit ARM boards are `armv7` and those that it leaves out"),
            _ => found,
        });
    }
    if words.contains(&ANY) {
        return;
    }
    let oldest = info.value("os_min_ver").and_then(version::dsm).map_or((0, 0), |(major, minor, _)| (major, minor));
    for platform in PLATFORMS.iter().filter(|platform| platform.arch.is_some()) {
        let has_family = words.contains(&platform.family);
        let boards: Vec<_> = platform.boards(info.dsm, oldest).collect();
        let is_named = |board: &&str| words.contains(board);
        let is_meant = |board: &&str| is_named(board) || has_family && platform.covers(board);
        let missing: Vec<_> = boards.iter().filter(|board| !is_meant(board)).copied().collect();
        let stands_for_all = info.dsm > Dsm::V5 && boards.iter().all(|board| platform.covers(board));
        let found = if has_family && !missing.is_empty() {
            format!("`{}` leaves out boards that run the same binaries: {}", platform.family, missing.join(" "))
        } else if !has_family && stands_for_all && boards.iter().any(is_named) {
            format!(
                "`{}` names single boards, where `{}` stands for all and for those to come",
                line.value, platform.family
            )
        } else {
            continue;
        };
        let wanted = platforms::words(platform.arch, info.dsm, oldest);
        findings.push(at(rules::SYN035.found(found), package, line).help(format!("write `arch=\"{wanted}\"`")));
    }
}

fn payload(package: &Opened, info: &Info, findings: &Findings) {
    let name = "package.tgz";
    let compression = package.archives.iter().find(|archive| archive.name == name).map(|archive| archive.compression);
    let takes = |compression| match compression {
        Compression::Gzip => true,
        Compression::Xz => info.dsm.takes_xz(),
        _ => false,
    };
    if let Some(compression) = compression.filter(|compression| !takes(*compression)) {
        let how = match compression {
            Compression::None => "is not compressed".to_owned(),
            other => format!("is compressed with {other}"),
        };
        let found = rules::SYN030.found(format!("`{name}` {how}, which {} does not unpack", info.dsm.title()));
        findings.push(found.inside(&package.path, name, None).help("use gzip, which every DSM unpacks"));
    }
    let kib = extract_size(&package.tree);
    let (expected, unit, other) =
        if info.dsm == Dsm::V5 { (kib * 1024, "bytes", "KiB") } else { (kib, "KiB", "bytes") };
    let Some(line) = info.get("extractsize") else {
        let found = rules::SYN031.found("`INFO` has no `extractsize`").inside(&package.path, FILE, None);
        findings.push(found.help(format!("write `extractsize=\"{expected}\"`")));
        return;
    };
    let Ok(size) = line.value.parse::<u64>() else { return };
    if size / UNIT_APART > expected || expected / UNIT_APART > size {
        let found = rules::SYN031.found(format!("`extractsize` is {size}, which looks like {other}"));
        let note = format!("{} takes {unit}, and {expected} were counted", info.dsm.title());
        findings.push(at(found, package, line).note(note));
    }
}

fn scripts(package: &Opened, info: &Info, findings: &Findings) {
    let known: Vec<_> = lifecycle::of(info.dsm).scripts.iter().map(|script| script.name).collect();
    let needed = if info.dsm == Dsm::V7 { &NEEDED[..] } else { &NEEDED[..1] };
    let missing = |rule: &'static Rule, names: Vec<&str>| {
        if !names.is_empty() {
            let names: Vec<_> = names.iter().map(|name| format!("`scripts/{name}`")).collect();
            let found = rule.found(format!("the package has no {}", names.join(", "))).in_file(&package.path);
            findings.push(found.help("a script that does nothing is `#!/bin/sh` and `exit 0`"));
        }
    };
    let is_missing = |name: &&str| file(package, &format!("scripts/{name}")).is_none();
    missing(&rules::SYN032, needed.iter().copied().filter(is_missing).collect());
    missing(&rules::SYN033, known.iter().copied().filter(|name| !needed.contains(name)).filter(is_missing).collect());

    let texts: Vec<_> =
        package.scripts.iter().filter_map(|path| Some((path.as_str(), text(package, path.as_str())?))).collect();
    for path in &package.scripts {
        let name = path.as_str().trim_start_matches("scripts/");
        // Scripts call further ones, and read files that lie beside them.
        let is_used = || texts.iter().any(|(other, text)| *other != path.as_str() && text.contains(name));
        if !known.contains(&name) && !OPTIONAL.contains(&name) && !is_used() {
            let found = rules::SYN033.found(format!("DSM never calls a script named `{name}`"));
            let found = found.inside(&package.path, path.as_str(), None);
            findings.push(match nearest(name, known.iter().copied()) {
                Some(near) => found.help(format!("a script with a similar name exists: `{near}`")),
                None => found,
            });
        }
    }
}

fn pictures(package: &Opened, info: &Info, findings: &Findings) {
    let inside = |found: Diagnostic, name: &str| found.inside(&package.path, name, None);
    let small = info.dsm.icon_size();
    for (name, key, wanted) in
        [("PACKAGE_ICON.PNG", "package_icon", small), ("PACKAGE_ICON_256.PNG", "package_icon_256", 256)]
    {
        if file(package, name).is_none() && info.get(key).is_some() {
            continue;
        }
        let Some(picture) = file(package, name).filter(|picture| picture.len() <= TEXT) else {
            let found = rules::SYN036.found(format!("the package has no `{name}`"));
            findings.push(found.in_file(&package.path).help(format!("add a PNG of {wanted}×{wanted} pixels")));
            continue;
        };
        match png_facts(picture) {
            Ok(Png { width, height, .. }) if (width, height) != (wanted, wanted) => {
                let found = rules::SYN037.found(format!("`{name}` has {width}×{height} pixels"));
                findings.push(inside(found, name).note(format!("{} shows {wanted}×{wanted}", info.dsm.title())));
            }
            // What is no PNG is found with all other pictures.
            Ok(_) | Err(_) => {}
        }
    }
    if file(package, "PACKAGE_ICON_120.PNG").is_some() {
        let found = rules::SYN037.found("`PACKAGE_ICON_120.PNG` was for DSM 4 alone");
        findings.push(inside(found, "PACKAGE_ICON_120.PNG").help("leave it out"));
    }
    if let Some(licence) = file(package, "LICENSE").filter(|licence| licence.len() > LICENSE_LIMIT as u64) {
        let found =
            rules::SYN038.found(format!("`LICENSE` has {} bytes, and {LICENSE_LIMIT} are allowed", licence.len()));
        findings.push(inside(found, "LICENSE"));
    }
    if info.dsm == Dsm::V7 && file(package, "syno_signature.asc").is_some() {
        findings.push(inside(rules::SYN042.found("DSM 7 does not look at the signature"), "syno_signature.asc"));
    }
}

fn desktop(package: &Opened, info: &Info, findings: &Findings) {
    let Some(line) = info.get("dsmuidir").filter(|line| !line.value.is_empty()) else { return };
    let mut apps: Vec<(String, Json)> = Vec::new();
    let mut configs = 0;
    // Since 7.0-40731 each word is `link:folder`.
    for folder in line.value.split_whitespace().map(|word| word.split_once(':').map_or(word, |(_, folder)| folder)) {
        let path = format!("package/{folder}");
        if !is_folder(package, &path) {
            let found =
                rules::SYN039.found(format!("`dsmuidir` names `{folder}`, which is no folder of `package.tgz`"));
            findings.push(at(found, package, line));
            continue;
        }
        let Some(config) = text(package, &format!("{path}/config")) else { continue };
        // What is wrong with it otherwise is found with the other files of that kind.
        let Ok(Json::Object(config)) = serde_json::from_str(&config) else { return };
        configs += 1;
        let groups = config.into_iter().filter_map(|(_, group)| match group {
            Json::Object(apps) => Some(apps),
            _ => None,
        });
        apps.extend(groups.flatten());
    }
    if let Some(names) = info.get("dsmappname").filter(|_| configs > 0) {
        let listed: BTreeSet<_> = names.value.split_whitespace().collect();
        let there: BTreeSet<_> = apps.iter().map(|(id, _)| id.as_str()).collect();
        let absent: Vec<_> = listed.difference(&there).take(NAMED).copied().collect();
        let unlisted: Vec<_> = there.difference(&listed).take(NAMED).copied().collect();
        for (names_of, list) in [("`dsmappname`", absent), ("`config`", unlisted)] {
            if !list.is_empty() {
                let other = if names_of == "`config`" { "`dsmappname`" } else { "`config`" };
                let found = format!("{names_of} has `{}`, and {other} has not", list.join("`, `"));
                findings.push(at(rules::SYN040.found(found), package, names));
            }
        }
    }
    let port = |app: &Json| match app.get("port")? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let ports: Vec<_> = apps.iter().filter_map(|(_, app)| port(app)).collect();
    if let Some(admin) = info.get("adminport")
        && !ports.is_empty()
        && !ports.contains(&admin.value)
    {
        let found =
            format!("Package Center links to port {}, and the desktop icon to {}", admin.value, ports.join(", "));
        findings.push(at(rules::SYN041.found(found), package, admin));
    }
}
