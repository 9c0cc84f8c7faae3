//! A sample app, described in TOML as an author would, for the vendors' tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Device, Icons, Layout, Opened, Packager, Payload, Request, Vendor};
use crate::archive::read::Limits;
use crate::archive::{Content, Entry, EntryKind, Tree};
use crate::diagnostic::{Findings, Levels, Result, Severity};
use crate::layer::{Origin, Source, read_toml};
use crate::manifest::{Description, decode};
use crate::model::{App, Arch};

/// 2001-09-09 01:46:40.
pub(crate) const EPOCH: u32 = 1_000_000_000;

const SAMPLE: &str = r#"
package = "beacon"
version = "1.2.3"
revision = 4
description = "Shows how the box is doing.\nOn one page."
maintainer = "Ada Example <ada@example.com>"
developer = "Example Ltd"
homepage = "https://example.com/beacon"
support-url = "https://example.com/help"
license-file = "LICENSE"
changelog = "CHANGES"
depends = ["python3 (>= 3.7.0)", "git"]
service = { port = 8377, path = "/status" }
shared-folders = [{ name = "Beacon", description = "What beacon found" }]
"#;

/// The least that an app needs.
pub(crate) const LEAST: &str = "package = \"beacon\"\nversion = \"1.2.3\"\ndescription = \"A sample\"\n";

/// Holds the sample with `more` laid over it against a vendor's rules, and gives back everything that was said.
pub(crate) fn check(vendor: &dyn Vendor, more: &str) -> (Option<Box<dyn Packager>>, String) {
    check_over(vendor, SAMPLE, more)
}

/// The same over another base.
pub(super) fn check_over(vendor: &dyn Vendor, base: &str, more: &str) -> (Option<Box<dyn Packager>>, String) {
    check_all(vendor, base, more, Levels::default())
}

/// Holds the sample against a vendor's rules of which some are taken at other levels.
pub(super) fn check_at(
    vendor: &dyn Vendor,
    more: &str,
    levels: &[(&str, Severity)],
) -> (Option<Box<dyn Packager>>, String) {
    let mut chosen = Levels::default();
    levels.iter().for_each(|(code, severity)| chosen.set(crate::lint::rule(code).unwrap(), *severity));
    check_all(vendor, SAMPLE, more, chosen)
}

fn check_all(vendor: &dyn Vendor, base: &str, more: &str, levels: Levels) -> (Option<Box<dyn Packager>>, String) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("LICENSE"), "\u{feff}Do what you like.\r\n").unwrap();
    std::fs::write(dir.path().join("CHANGES"), "1.2.3: first\n").unwrap();
    std::fs::write(dir.path().join("latin1"), b"f\xfcr").unwrap();
    let description = describe(dir.path(), base, more);
    let merged = description.merged_for(vendor.id());
    let findings = Findings::with(levels);
    let app = decode(&merged, &description, &findings).unwrap();
    assert!(!findings.has_errors(), "{:?}", findings.finish());
    let icons = Icons::default();
    let request =
        Request { app: &app, layer: &merged, dir: dir.path(), findings: &findings, icons: &icons, epoch: EPOCH };
    let packager = vendor.check(&request);
    let said = match findings.finish() {
        Ok(warnings) => warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(failure) => failure.to_string(),
    };
    (packager, said.replace(dir.path().to_str().unwrap(), "DIR"))
}

fn describe(dir: &Path, base: &str, more: &str) -> Description {
    let layer = |name: &str, text: &str| {
        let source = Source { path: PathBuf::from(name), text: text.to_owned() };
        read_toml(&Arc::new(source)).unwrap()
    };
    Description {
        cargo_package: "beacon".to_owned(),
        cargo_binaries: vec!["beacon".to_owned()],
        build_script: None,
        manifest_path: dir.join("Cargo.toml"),
        manifest_dir: dir.to_owned(),
        section: Origin::Default,
        layers: vec![layer("base.toml", base), layer("more.toml", more)],
    }
}

/// The least of an app, with `more` laid over it.
pub(crate) fn app(more: &str) -> App {
    let description = describe(Path::new("/"), LEAST, more);
    let findings = Findings::new();
    let app = decode(&description.merged(), &description, &findings);
    findings.finish().unwrap();
    app.unwrap()
}

/// What a vendor says when it refuses.
pub(crate) fn refusal(vendor: &dyn Vendor, more: &str) -> String {
    let (packager, said) = check(vendor, more);
    assert!(packager.is_none(), "was accepted: {more}");
    said
}

/// What a vendor says when it accepts all the same.
pub(crate) fn warning(vendor: &dyn Vendor, more: &str) -> String {
    let (packager, said) = check(vendor, more);
    assert!(packager.is_some(), "was refused: {said}");
    said
}

pub(crate) fn payload(arch: Arch) -> Payload {
    let mut tree = Tree::new();
    tree.insert("bin/beacon", Entry::file(vec![0x7f; 5000], 0o755)).unwrap();
    tree.insert("bin/bc", Entry::symlink("beacon")).unwrap();
    tree.insert("docs/MY_CONTROL_notes.txt", Entry::file("kept", 0o644)).unwrap();
    Payload { arch: Some(arch), tree }
}

impl dyn Packager + '_ {
    /// The layout at the rules' own levels, if nothing speaks against it.
    pub(crate) fn lay_out(&self, device: &Device, payload: &Payload) -> Result<Layout> {
        let findings = Findings::new();
        let layout = self.layout(device, payload, &findings).map_err(|failure| findings.fail(failure));
        findings.finish()?;
        Ok(layout.unwrap())
    }
}

/// The layout of the sample for the device of that number.
pub(crate) fn layout(vendor: &dyn Vendor, packager: &dyn Packager, device: usize) -> Layout {
    let device = &vendor.devices()[device];
    packager.lay_out(device, &payload(device.arch().unwrap())).unwrap()
}

/// The sample, laid out for the first device of a generation that runs something, sealed, and read back.
pub(crate) fn opened(vendor: &dyn Vendor, generation: &str, more: &str) -> Opened {
    let (packager, said) = check(vendor, more);
    let packager = packager.unwrap_or_else(|| panic!("was refused: {said}"));
    let fits = |device: &&Device| device.generation == generation && device.arch().is_some();
    let device = vendor.devices().iter().find(fits).unwrap();
    let layout = packager.lay_out(device, &payload(device.arch().unwrap())).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("package");
    std::fs::write(&file, seal(&layout)).unwrap();
    super::open(&file, &Limits::default()).unwrap()
}

/// The bytes of a package; sealing again gives the same.
pub(crate) fn seal(layout: &Layout) -> Vec<u8> {
    let seal = || {
        let mut out = std::io::Cursor::new(Vec::new());
        layout.seal(&mut out).unwrap();
        out.into_inner()
    };
    let bytes = seal();
    assert!(bytes == seal(), "sealing twice gives different bytes");
    bytes
}

/// A generated file of a tree.
pub(crate) fn text(tree: &Tree, path: &str) -> String {
    match tree.get(path).unwrap_or_else(|| panic!("no {path}")) {
        Entry { kind: EntryKind::File(Content::Bytes(bytes)), .. } => String::from_utf8(bytes.to_vec()).unwrap(),
        entry => panic!("{entry:?} is not text"),
    }
}

/// A member of an archive: name, octal mode, owner, link target if any.
pub(crate) fn members(tar: &[u8]) -> Vec<String> {
    let member = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let entry = entry.unwrap();
        let header = entry.header();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let owner = format!("{}/{}", header.uid().unwrap(), header.gid().unwrap());
        let link = entry.link_name().unwrap().map_or_else(String::new, |link| format!(" -> {}", link.display()));
        format!("{:o} {owner} {name}{link}", header.mode().unwrap())
    };
    tar::Archive::new(tar).entries().unwrap().map(member).collect()
}

/// The file of that name in the folder of the vendors' own packages, where that folder is at hand.
pub(crate) fn vector(name: &str) -> Option<Vec<u8>> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let bytes = above.map(|dir| dir.join("shared/vectors").join(name)).find_map(|path| std::fs::read(path).ok());
    if bytes.is_none() {
        println!("skipped: {name} is not there");
    }
    bytes
}

pub(crate) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut out).unwrap();
    out
}
