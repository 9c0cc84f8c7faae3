//! What the fuzz targets share: packages are opened within small limits, and whatever opens is looked through as the commands do.

use std::fs;
use std::io::Write as _;

use nas_pack::archive::read::Limits;
use nas_pack::archive::{Entry, EntryKind, StoredZip, TarStyle, TarWriter, Tree};
use nas_pack::compare::compare;
use nas_pack::model::{Compression, VendorId};
use nas_pack::vendor::wd::Os;
use nas_pack::vendor::wd::header::{Header, Summing};
use nas_pack::vendor::{Layout, Seal, open};
use tempfile::TempDir;

/// Small, so that they are reached, and so that files go to disk as well as into memory.
pub const LIMITS: Limits =
    Limits { entries: 300, unpacked: 1 << 20, file: 256 << 10, path: 160, depth: 12, ratio: 250, memory: 16 << 10 };

/// Opens bytes as a package. What opens must be within the limits, must be readable to the end, and is the same as itself.
pub fn open_bytes(bytes: &[u8]) {
    thread_local!(static FOLDER: TempDir = TempDir::new().expect("a temporary folder"));
    let path = FOLDER.with(|folder| folder.path().join("package"));
    fs::write(&path, bytes).expect("the temporary folder can be written to");
    let opened = match open(&path, &LIMITS) {
        Ok(opened) => opened,
        Err(failure) => {
            // Whatever is said must be sayable.
            assert!(!failure.to_string().is_empty());
            return;
        }
    };
    let files = opened.tree.iter().count() as u64;
    // The folder that a vendor's reader puts an inner archive into is its own.
    assert!(files <= LIMITS.entries + 1, "{files} entries");
    assert!(opened.unpacked <= LIMITS.unpacked, "{} bytes", opened.unpacked);
    for (path, entry) in opened.tree.iter() {
        let below = path.as_str().strip_prefix("package/").or(path.as_str().strip_prefix("CONTROL/"));
        let path = below.unwrap_or(path.as_str());
        assert!(path.len() as u64 <= LIMITS.path, "{path}");
        assert!(path.matches('/').count() as u64 <= LIMITS.depth, "{path}");
        if let EntryKind::File(content) = &entry.kind {
            assert!(content.len() <= LIMITS.file, "{path}");
            let mut bytes = Vec::new();
            content.copy_to(&mut bytes).expect("what was unpacked is there");
            assert_eq!(bytes.len() as u64, content.len());
        }
    }
    let _ = opened.binaries();
    let mut comparison = compare(&opened, &opened).expect("what was unpacked is there");
    comparison.add_texts(&opened, &opened).expect("what was unpacked is there");
    assert!(comparison.same && comparison.facts.is_empty(), "{comparison:?}");
}

/// A part of a package, around which the rest is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Config,
    Info,
    Xml,
    Rc,
    Sign,
    Program,
    /// The tar archive with the app's files, in each vendor's package.
    Files(VendorId),
    /// What is in a Synology package beside `package.tgz`.
    Outer,
}

impl Part {
    pub const ALL: [Self; 11] = [
        Self::Config,
        Self::Info,
        Self::Xml,
        Self::Rc,
        Self::Sign,
        Self::Program,
        Self::Files(VendorId::Asustor),
        Self::Files(VendorId::Synology),
        Self::Files(VendorId::WdOs5),
        Self::Files(VendorId::WdOs3),
        Self::Outer,
    ];

    /// A package with this as that part of it.
    pub fn package(self, bytes: &[u8]) -> Vec<u8> {
        let file = |path: &str| tree(&[(path, bytes)]);
        match self {
            Self::Config => sealed(VendorId::Asustor, file("CONTROL/config.json")),
            Self::Info => sealed(VendorId::Synology, file("INFO")),
            Self::Xml => sealed(VendorId::WdOs5, file("apkg.xml")),
            Self::Rc => sealed(VendorId::WdOs3, file("apkg.rc")),
            Self::Sign => sealed(VendorId::WdOs5, file("apkg.sign")),
            Self::Program => sealed(VendorId::Asustor, file("bin/beacon")),
            Self::Files(vendor) => around(vendor, &zipped(&summed(bytes))),
            Self::Outer => [summed(bytes), tar(&[("package.tgz", &zipped(&tar(&[("a", b"1")])))])].concat(),
        }
    }
}

/// A package with these files.
pub fn sealed(vendor: VendorId, tree: Tree) -> Vec<u8> {
    let seal = match vendor {
        VendorId::Asustor => Seal::Apk,
        VendorId::Synology => Seal::Spk { size_in_bytes: false, xz: false },
        VendorId::WdOs5 | VendorId::WdOs3 => Seal::Bin { header: header(vendor) },
    };
    let mut out = std::io::Cursor::new(Vec::new());
    Layout { tree, seal, epoch: 0, compression: Compression::Default }.seal(&mut out).expect("nothing is read");
    out.into_inner()
}

fn header(vendor: VendorId) -> Header {
    let (os, model) = if vendor == VendorId::WdOs5 { (Os::Os5, "MyCloudPR4100") } else { (Os::Os3, "MyCloudPR2100") };
    let ids = os.model(model).expect("a model of the table").ids;
    Header { ids, package: "beacon".to_owned(), version: "1.2.3".to_owned(), signed: true }
}

/// A package with this as its archive of the app's files.
fn around(vendor: VendorId, archive: &[u8]) -> Vec<u8> {
    match vendor {
        VendorId::Asustor => {
            let mut zip = StoredZip::new(std::io::Cursor::new(Vec::new()), 0);
            let control = zipped(&tar(&[("config.json", br#"{"general":{"package":"beacon","version":"1"}}"#)]));
            for (name, bytes) in
                [("apkg-version", &b"2.0\n"[..]), ("control.tar.gz", &control), ("data.tar.gz", archive)]
            {
                zip.member(name, |member| member.write_all(bytes)).expect("memory can be written to");
            }
            zip.finish().expect("memory can be written to").into_inner()
        }
        VendorId::Synology => tar(&[("INFO", b"package=\"beacon\"\n"), ("package.tgz", archive)]),
        VendorId::WdOs5 | VendorId::WdOs3 => {
            let mut summing = Summing::new(std::io::sink());
            summing.write_all(archive).expect("nothing is written");
            let header = header(vendor).to_bytes(summing.finish().1).expect("the texts are short");
            [&header, archive].concat()
        }
    }
}

pub fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).expect("memory can be written to");
    out.finish().expect("memory can be written to")
}

pub fn tree(files: &[(&str, &[u8])]) -> Tree {
    let mut tree = Tree::new();
    for (path, bytes) in files {
        tree.insert(path, Entry::file(bytes.to_vec(), 0o644)).expect("the paths are plain");
    }
    tree
}

pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = TarWriter::new(Vec::new(), TarStyle::plain(), 0).expect("memory can be written to");
    for (path, bytes) in files {
        tar.member(path, &Entry::file(bytes.to_vec(), 0o644)).expect("memory can be written to");
    }
    tar.finish().expect("memory can be written to")
}

/// A tar archive with the right checksum in every header, which no fuzzer finds by itself.
fn summed(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    for block in tar.chunks_exact_mut(512).filter(|block| block[257..].starts_with(b"ustar")) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    }
    tar
}
