//! Packages of the example app, taken apart and put together again with something wrong in them. What a package says of its own
//! bytes is right again afterwards: sizes, checksums, the header.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use md5::{Digest as _, Md5};
use nas_pack::vendor::wd::header::{Header, Summing};
use nas_pack_tests::example::package_for;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// A member of a tar archive: its name, what is in it, and the rest of its header.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    header: tar::Header,
}

/// The members of an archive, in order.
#[derive(Clone)]
pub(crate) struct Members(pub(crate) Vec<Member>);

impl Members {
    fn read(tar: &[u8]) -> Self {
        let member = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            Member { name, bytes, header: entry.header().clone() }
        };
        Self(tar::Archive::new(tar).entries().unwrap().map(member).collect())
    }

    fn write(&self) -> Vec<u8> {
        let mut out = tar::Builder::new(Vec::new());
        for Member { name, bytes, header } in &self.0 {
            let mut header = header.clone();
            header.set_size(bytes.len() as u64);
            // `set_path` would take `./` away and refuse `..`.
            header.as_mut_bytes()[..100].fill(0);
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            out.append(&header, bytes.as_slice()).unwrap();
        }
        out.into_inner().unwrap()
    }

    fn member(&mut self, name: &str) -> &mut Member {
        let found = self.0.iter_mut().find(|member| member.name.trim_start_matches("./") == name);
        found.unwrap_or_else(|| panic!("no member `{name}`"))
    }

    /// What is in a member.
    pub(crate) fn bytes(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.member(name).bytes
    }

    /// Replaces a text in a member, in which it must be.
    pub(crate) fn replace(&mut self, name: &str, from: &str, to: &str) {
        let bytes = self.bytes(name);
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "no `{from}` in `{name}`:\n{text}");
        *bytes = text.replace(from, to).into_bytes();
    }

    /// Adds a file like one that is there.
    pub(crate) fn add(&mut self, like: &str, name: &str, bytes: impl Into<Vec<u8>>) {
        let header = self.member(like).header.clone();
        self.0.push(Member { name: name.to_owned(), bytes: bytes.into(), header });
    }

    /// Leaves out everything whose name begins so.
    pub(crate) fn remove(&mut self, start: &str) {
        let before = self.0.len();
        self.0.retain(|member| !member.name.trim_start_matches("./").starts_with(start));
        assert!(self.0.len() < before, "no member `{start}…`");
    }
}

/// Synology's package: a tar archive, with another in `package.tgz`.
pub(crate) struct Spk {
    pub(crate) outer: Members,
    pub(crate) inner: Members,
}

/// The package for DSM 7 on x86-64, with a change.
pub(crate) fn spk(edit: impl FnOnce(&mut Spk)) -> Vec<u8> {
    spk_in(edit, gzip)
}

/// The same, and `package.tgz` compressed in some way.
pub(crate) fn spk_in(edit: impl FnOnce(&mut Spk), compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut outer = Members::read(&fs::read(&package_for("synology", "x86_64").path).unwrap());
    let inner = Members::read(&gunzip(outer.bytes("package.tgz")));
    let mut spk = Spk { outer, inner };
    edit(&mut spk);
    let Spk { mut outer, inner } = spk;
    let packed = compress(&inner.write());
    let md5: String = Md5::digest(&packed).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    *outer.bytes("package.tgz") = packed;
    let info = outer.bytes("INFO");
    let text = String::from_utf8(info.clone()).unwrap();
    let sum = text.split_once("checksum=\"").and_then(|(_, rest)| rest.get(..md5.len())).unwrap();
    *info = text.replace(sum, &md5).into_bytes();
    outer.write()
}

/// ASUSTOR's package: a zip archive of a version and two tar archives.
pub(crate) struct Apk {
    pub(crate) version: Vec<u8>,
    pub(crate) control: Members,
    pub(crate) data: Members,
}

/// The package for x86-64, with a change.
pub(crate) fn apk(edit: impl FnOnce(&mut Apk)) -> Vec<u8> {
    const NAMES: [&str; 3] = ["apkg-version", "control.tar.gz", "data.tar.gz"];
    let file = fs::File::open(&package_for("asustor", "x86-64").path).unwrap();
    let mut zip = ZipArchive::new(file).unwrap();
    let [version, control, data] = NAMES.map(|name| {
        let mut bytes = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    });
    let mut apk = Apk { version, control: Members::read(&gunzip(&control)), data: Members::read(&gunzip(&data)) };
    edit(&mut apk);
    let parts = [apk.version, gzip(&apk.control.write()), gzip(&apk.data.write())];
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in NAMES.iter().zip(parts) {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o644);
        out.start_file(*name, stored).unwrap();
        out.write_all(&bytes).unwrap();
    }
    let mut bytes = out.finish().unwrap().into_inner();
    // The version of the program that made it, as the vendor's tool has it.
    let ends = (0..bytes.len() - 4).filter(|&at| bytes[at..].starts_with(b"PK\x01\x02")).collect::<Vec<_>>();
    assert_eq!(ends.len(), NAMES.len());
    ends.into_iter().for_each(|at| bytes[at + 4] = 20);
    bytes
}

/// WD's package: a header, and a tar archive with one folder.
pub(crate) struct Bin {
    pub(crate) header: Header,
    pub(crate) files: Members,
}

/// The package of an x86-64 model of OS5, with a change.
pub(crate) fn os5(edit: impl FnOnce(&mut Bin)) -> Vec<u8> {
    bin("wd-os5", "MyCloudPR4100", edit)
}

/// The package of an x86-64 model of OS3, with a change.
pub(crate) fn os3(edit: impl FnOnce(&mut Bin)) -> Vec<u8> {
    bin("wd-os3", "MyCloudPR2100", edit)
}

fn bin(vendor: &str, model: &str, edit: impl FnOnce(&mut Bin)) -> Vec<u8> {
    let bytes = fs::read(&package_for(vendor, model).path).unwrap();
    let (header, _) = Header::read(&bytes).unwrap();
    let files = Members::read(&gunzip(&bytes[header.os().header_len()..]));
    let mut bin = Bin { header, files };
    edit(&mut bin);
    let mut summing = Summing::new(Vec::new());
    summing.write_all(&gzip(&bin.files.write())).unwrap();
    let (payload, sum) = summing.finish();
    [bin.header.to_bytes(sum).unwrap(), payload].concat()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}
