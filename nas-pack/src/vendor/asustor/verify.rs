//! A finished package against ASUSTOR's rules.

mod config;

use std::io::Cursor;

use image::{ImageDecoder, ImageFormat, ImageReader};

use super::facts::has_extension;
use super::{CONTROL, lifecycle, rules};
use crate::archive::read::Dialect;
use crate::archive::{EntryKind, Tree};
use crate::diagnostic::{Diagnostic, Findings, Rule};
use crate::lint::Audit;
use crate::manifest::nearest;
use crate::vendor::Opened;
use crate::vendor::open::{Outer, few};

const ICON: &str = "CONTROL/icon.png";

/// The most bytes of an icon that is looked at: one of 256 by 256 pixels has under 100 KiB.
const ICON_LIMIT: u64 = 4 << 20;

const ICON_SIZE: (u32, u32) = (90, 90);

/// Members of the zip archive, in the vendor's order.
const MEMBERS: [&str; 3] = ["apkg-version", "control.tar.gz", "data.tar.gz"];

/// `admin`, to whom the guide gives working folders.
const ADMIN: u64 = 999;

/// The longest name that stands in a tar header.
const TAR_NAME: usize = 100;

/// How many findings of one rule are told one by one: a package can have many thousand files.
const TOLD: usize = 20;

pub(super) fn verify(audit: &mut Audit<'_>) {
    audit.run("form of the zip archive", zip_form);
    audit.run("owners and permissions", |package, findings| {
        owners(package, findings);
        modes(package, findings);
    });
    audit.run("paths", paths);
    audit.run("files of CONTROL", control_files);
    audit.run("icon.png", icon);
    config::verify(audit);
}

/// What the zip archive says of its members, against what the vendor's tool writes.
fn zip_form(package: &Opened, findings: &Findings) {
    let Outer::Apk { members } = &package.outer else { return };
    let mut differences = Vec::new();
    let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
    let extra: Vec<_> = names.iter().copied().filter(|name| !MEMBERS.contains(name)).collect();
    if !extra.is_empty() {
        differences.push(format!("it has more members: {}", list(extra.iter())));
    }
    let known: Vec<_> = names.into_iter().filter(|name| MEMBERS.contains(name)).collect();
    if known != MEMBERS {
        differences.push(format!("its members are in another order than {}", MEMBERS.join(", ")));
    }
    let compressed: Vec<_> =
        members.iter().filter(|member| member.method != "stored").map(|member| &member.name).collect();
    if !compressed.is_empty() {
        differences.push(format!("not stored but compressed: {}", list(compressed.into_iter())));
    }
    if members.iter().any(|member| (member.made_by, member.unix, member.mode) != (20, true, Some(0o100_644))) {
        differences.push("its members are not files with mode 0644, made by version 2.0 on Unix".to_owned());
    }
    if let Some(version) = members.iter().find(|member| member.name == MEMBERS[0]).filter(|member| member.size != 4) {
        differences
            .push(format!("`apkg-version` has {} bytes instead of the four of `2.0` and a line feed", version.size));
    }
    if !differences.is_empty() {
        let found =
            rules::AST023.found("the zip archive differs from those of the vendor's tool").in_file(&package.path);
        findings.push(differences.into_iter().fold(found, Diagnostic::note));
    }
}

fn owners(package: &Opened, findings: &Findings) {
    let foreign: Vec<_> = package.links.owners.iter().filter(|(_, (user, _))| !matches!(*user, 0 | ADMIN)).collect();
    if let Some((_, (user, group))) = foreign.first() {
        let paths = list(foreign.iter().map(|(path, _)| path));
        let found = rules::AST043.found(format!("files belong to {user}:{group}: {paths}")).in_file(&package.path);
        findings.push(found.help("pack with owner 0:0"));
    }
}

fn modes(package: &Opened, findings: &Findings) {
    let mut all = Vec::new();
    for (path, entry) in package.tree.iter() {
        let path = path.as_str();
        let is_script = |name: &str| has_extension(name, &["sh", "py"]);
        let mode = entry.mode & 0o7777;
        let found = match (&entry.kind, path.split_once('/').filter(|(top, _)| *top == CONTROL)) {
            (EntryKind::Symlink(_), _) => None,
            // The folder itself is made by ADM.
            _ if path == CONTROL => None,
            (EntryKind::Dir, Some(_)) => {
                (mode != 0o755).then_some("expected 0755, without which nobody can look into it")
            }
            (EntryKind::File(_), Some((_, name))) if is_script(name) => {
                (mode != 0o755).then_some("expected 0755 for a script")
            }
            (EntryKind::File(_), Some(_)) => (mode != 0o644).then_some("expected 0644"),
            // Whoever may read a folder wants to search it as well.
            (EntryKind::Dir, None) => {
                ((mode & 0o444) >> 2 & !mode != 0).then_some("expected the x bits beside the r bits")
            }
            (EntryKind::File(_), None) => None,
        };
        if let Some(expected) = found {
            let what = if entry.kind == EntryKind::Dir { "the folder" } else { "the file" };
            let found = rules::AST044.found(format!("{what} `{path}` has the mode {mode:04o}"));
            all.push(found.inside(&package.path, path, None).label(expected));
        }
    }
    tell(package, findings, &rules::AST044, all);
}

/// Tells the first of what a rule has found, and how many there are more.
fn tell(package: &Opened, findings: &Findings, rule: &'static Rule, mut all: Vec<Diagnostic>) {
    let more = all.len().saturating_sub(TOLD);
    all.truncate(TOLD);
    findings.absorb(all);
    if more > 0 {
        findings.push(rule.found(format!("there are {more} more files like these")).in_file(&package.path));
    }
}

fn paths(package: &Opened, findings: &Findings) {
    let mut all = Vec::new();
    for (path, _) in package.tree.iter() {
        let path = path.as_str();
        let is_control = path == CONTROL || path.starts_with("CONTROL/");
        // Once for a folder, not again for what is in it.
        let name = path.rsplit('/').next().unwrap_or(path);
        if !is_control && name.contains(CONTROL) {
            let found = rules::AST017.found(format!("`{path}` has the letters CONTROL in its path"));
            let note = "the vendor's tool would drop it if it packed the app again";
            all.push(found.inside(&package.path, path, None).note(note));
        }
    }
    tell(package, findings, &rules::AST017, all);
    for archive in package.archives.iter().filter(|archive| archive.dialect == Dialect::Pax) {
        let in_archive = |path: &&str| path.starts_with("CONTROL/") == archive.name.starts_with("control");
        let paths = package.tree.iter().map(|(path, _)| path.as_str()).filter(in_archive);
        let long: Vec<_> = paths.filter(|path| path.len() + 2 > TAR_NAME).collect();
        if !long.is_empty() {
            let message = format!("`{}` has long names in pax records: {}", archive.name, list(long.into_iter()));
            findings.push(rules::AST045.found(message).in_file(&package.path).help("pack with `--format=gnu`"));
        }
    }
}

/// The names that ADM looks for in `CONTROL`, beside the two that it must have.
fn known_files() -> impl Iterator<Item = &'static str> {
    let scripts = lifecycle::ADM.scripts.iter().map(|script| script.name);
    ["config.json", "icon.png", "description.txt", "changelog.txt", "license.txt"].into_iter().chain(scripts)
}

fn control_files(package: &Opened, findings: &Findings) {
    let mut all = Vec::new();
    let names = package.tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix("CONTROL/"));
    for name in names.filter(|name| !name.contains('/') && !known_files().any(|known| known == *name)) {
        let kind = |name: &str| name.rsplit('.').next().map(str::to_lowercase);
        let alike = known_files().filter(|known| kind(known) == kind(name));
        let missing = alike.filter(|known| package.tree.get(&format!("{CONTROL}/{known}")).is_none());
        let missing: Vec<_> = missing.collect();
        let same = missing.iter().copied().find(|known| known.eq_ignore_ascii_case(name));
        if let Some(near) = same.or_else(|| nearest(name, missing.iter().copied())) {
            let found = rules::AST041.found(format!("ADM does not look for `{name}`"));
            let path = format!("{CONTROL}/{name}");
            all.push(found.inside(&package.path, path, None).help(format!("it looks for `{near}`")));
        }
    }
    tell(package, findings, &rules::AST041, all);
}

fn icon(package: &Opened, findings: &Findings) {
    let broken = |message: String| rules::AST039.found(message).inside(&package.path, ICON, None);
    let bytes = match read_file(&package.tree, ICON, ICON_LIMIT) {
        Ok(bytes) => bytes,
        Err(reason) => return findings.push(broken(format!("`{ICON}` {reason}"))),
    };
    match image::guess_format(&bytes) {
        Ok(ImageFormat::Png) => {}
        Ok(other) => {
            let kind = other.extensions_str().first().copied().unwrap_or("other").to_uppercase();
            let found = broken(format!("`{ICON}` is a {kind} image under a PNG's name"));
            return findings.push(found.help("convert it; renaming is not enough"));
        }
        Err(_) => return findings.push(broken(format!("`{ICON}` is no image"))),
    }
    let decoder = match ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png).into_decoder() {
        Ok(decoder) => decoder,
        Err(error) => return findings.push(broken(format!("`{ICON}` cannot be read: {error}"))),
    };
    let ((width, height), has_alpha) = (decoder.dimensions(), decoder.color_type().has_alpha());
    let odd = |message: String| rules::AST040.found(message).inside(&package.path, ICON, None);
    if (width, height) != ICON_SIZE {
        let (wanted, _) = ICON_SIZE;
        findings
            .push(odd(format!("`{ICON}` has {width}x{height} pixels")).label(format!("expected {wanted}x{wanted}")));
    } else if let Err(error) = image::DynamicImage::from_decoder(decoder) {
        return findings.push(broken(format!("`{ICON}` cannot be read: {error}")));
    }
    if !has_alpha {
        findings.push(odd(format!("`{ICON}` has no transparency")));
    }
}

/// A file of the package as bytes, or why there are none: `is missing`.
fn read_file(tree: &Tree, path: &str, limit: u64) -> Result<Vec<u8>, String> {
    let Some(entry) = tree.get(path) else { return Err("is missing".to_owned()) };
    let EntryKind::File(content) = &entry.kind else { return Err("is not a file".to_owned()) };
    if content.len() > limit {
        return Err(format!("has {} bytes, far more than it should", content.len()));
    }
    let mut bytes = Vec::new();
    content.copy_to(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The first few of some names as they are written, and how many there are more.
fn list<T: std::fmt::Display>(names: impl ExactSizeIterator<Item = T>) -> String {
    few(names.map(|name| format!("`{name}`")))
}

#[cfg(test)]
mod tests;
