use std::fs;
use std::io::{Cursor, Write};

use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::archive::{Entry, TarStyle, TarWriter};
use crate::vendor::testing::{check, layout, seal, vector};
use crate::vendor::vendor;

fn open_bytes_with(bytes: &[u8], limits: &Limits) -> Result<Opened> {
    let dir = tempfile::tempdir().unwrap();
    // A name that says nothing: what it is must come from the content.
    let path = dir.path().join("file");
    fs::write(&path, bytes).unwrap();
    open(&path, limits)
}

fn open_bytes(bytes: &[u8]) -> Result<Opened> {
    open_bytes_with(bytes, &Limits::default())
}

/// What is said of a package that is refused, without where the file is.
fn said(result: Result<Opened>) -> String {
    let line = |diagnostic: &Diagnostic| {
        let place = diagnostic.place.clone();
        assert!(place.is_some() || diagnostic.message.contains("/file`"), "the file is not named: {diagnostic}");
        let mut text = diagnostic.message.clone();
        diagnostic.notes.iter().for_each(|note| text.push_str(&format!(" ({note})")));
        diagnostic.helps.iter().for_each(|help| text.push_str(&format!(" [{help}]")));
        text
    };
    match result {
        Ok(opened) => {
            let warnings = opened.warnings.iter().map(line).collect::<Vec<_>>();
            let wrong = opened
                .checks
                .iter()
                .filter(|check| !check.holds)
                .map(|check| format!("{}: {}", check.name, check.detail));
            format!("opened: {}", warnings.into_iter().chain(wrong).collect::<Vec<_>>().join("; "))
        }
        Err(failure) => failure.diagnostics().iter().map(line).collect::<Vec<_>>().join("; "),
    }
}

/// A table of cases and what is said of each.
fn table(cases: Vec<(&str, Vec<u8>)>) -> String {
    let row = |(name, bytes): (&str, Vec<u8>)| {
        let text = said(open_bytes(&bytes));
        let at = text.find("/file`").map(|end| text[..end].rfind('`').unwrap_or(0)..end);
        let text = at.map_or_else(|| text.clone(), |path| text.replace(&text[path], "`DIR"));
        format!("{name}: {text}")
    };
    cases.into_iter().map(row).collect::<Vec<_>>().join("\n")
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// One member, as hostile as one likes. The size that the header says is that of the data.
fn member(name: &[u8], kind: u8, link: &[u8], data: &[u8]) -> Vec<u8> {
    member_of_size(name, kind, link, format!("{:011o}\0", data.len()).as_bytes(), data)
}

fn member_of_size(name: &[u8], kind: u8, link: &[u8], size: &[u8], data: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    let fields: [(usize, &[u8]); 8] = [
        (0, name),
        (100, b"0000644"),
        (108, b"0000000"),
        (116, b"0000000"),
        (124, size),
        (136, b"00000000000"),
        (157, link),
        (257, b"ustar  "),
    ];
    for (at, value) in fields {
        header[at..at + value.len()].copy_from_slice(value);
    }
    header[156] = kind;
    sum_up(&mut header);
    header.extend(data);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

fn sum_up(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

fn file(name: &[u8], data: &[u8]) -> Vec<u8> {
    member(name, b'0', b"", data)
}

fn end(members: &[Vec<u8>]) -> Vec<u8> {
    [members.concat(), vec![0; 1024]].concat()
}

const INFO: &[u8] = b"package=\"beacon\"\nversion=1.2.3-4\narch=\"x86_64 apollolake\"\n";

/// An SPK with these members in its `package.tgz`.
fn spk(members: &[Vec<u8>]) -> Vec<u8> {
    spk_of(&zipped(&end(members)))
}

fn spk_of(package: &[u8]) -> Vec<u8> {
    end(&[file(b"INFO", INFO), file(b"package.tgz", package)])
}

fn pax(key: &str, value: &str) -> Vec<u8> {
    let length = |digits: usize| key.len() + value.len() + 3 + digits;
    let digits = (1..9).find(|&digits| length(digits).to_string().len() == digits).unwrap();
    member(b"pax", b'x', b"", format!("{} {key}={value}\n", length(digits)).as_bytes())
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let deflated =
            ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Deflated);
        writer.start_file(*name, deflated).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const CONFIG: &[u8] = br#"{"general":{"package":"beacon","version":"1.2","architecture":"arm64","depends":["a","b"]}}"#;

fn apk(data: &[Vec<u8>]) -> Vec<u8> {
    let control = zipped(&end(&[file(b"config.json", CONFIG)]));
    zip(&[
        ("data.tar.gz", &zipped(&end(data))),
        ("apkg-version", b"2.0\r\n"),
        ("extra", b""),
        ("control.tar.gz", &control),
    ])
}

fn bin(payload: &[u8]) -> Vec<u8> {
    let ids = wd::Os::Os5.model("MyCloudPR4100").unwrap().ids;
    let (package, version) = ("beacon".to_owned(), "1.2".to_owned());
    let header = wd::header::Header { ids, package, version, signed: false };
    let mut summing = wd::header::Summing::new(std::io::sink());
    summing.write_all(payload).unwrap();
    [header.to_bytes(summing.finish().1).unwrap(), payload.to_vec()].concat()
}

/// A sealed package of every vendor and what it was made of.
fn sealed() -> Vec<(VendorId, super::super::Layout, Vec<u8>)> {
    let package = |id: VendorId| {
        let vendor = vendor(id);
        let device = vendor.devices().iter().position(|device| device.arch() == Some(Arch::X86_64)).unwrap();
        let layout = layout(vendor, &*check(vendor, "").0.unwrap(), device);
        let bytes = seal(&layout);
        (id, layout, bytes)
    };
    VendorId::ALL.into_iter().map(package).collect()
}

fn read(entry: &Entry) -> Entry {
    let EntryKind::File(content) = &entry.kind else { return entry.clone() };
    let mut bytes = Vec::new();
    content.copy_to(&mut bytes).unwrap();
    Entry::file(bytes, entry.mode)
}

#[test]
fn what_was_sealed_is_what_is_opened() {
    for (id, layout, bytes) in sealed() {
        // With nothing in memory, everything has been on disk.
        for limits in [Limits::default(), Limits { memory: 0, ..Limits::default() }] {
            let opened = open_bytes_with(&bytes, &limits).unwrap();
            assert_eq!(
                (opened.vendor, opened.arch, opened.package.as_deref()),
                (id, Some(Arch::X86_64), Some("beacon"))
            );
            assert!(opened.warnings.is_empty(), "{:?}", opened.warnings);
            assert!(opened.checks.iter().all(|check| check.holds), "{:?}", opened.checks);
            assert_eq!(opened.links, Links::default());
            assert_eq!((opened.packed, opened.unpacked), (bytes.len() as u64, opened.tree.size()));
            let mut paths = Vec::new();
            for (path, entry) in opened.tree.iter() {
                let (mut made, entry) = (read(layout.tree.get(path.as_str()).unwrap()), read(entry));
                if (id, path.as_str()) == (VendorId::Synology, "INFO") {
                    // Sealing has added two lines.
                    let text = |entry: &Entry| {
                        String::from_utf8(match &entry.kind {
                            EntryKind::File(Content::Bytes(bytes)) => bytes.to_vec(),
                            other => panic!("{other:?}"),
                        })
                        .unwrap()
                    };
                    let (start, more) = (text(&made), text(&entry));
                    let more = more.strip_prefix(&start).unwrap();
                    assert!(more.starts_with("extractsize=") && more.contains("\nchecksum="), "{more}");
                    made = entry.clone();
                }
                assert_eq!(entry, made, "{id} {path}");
                paths.push(path.clone());
            }
            assert_eq!(paths, layout.tree.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>());
            // Read once more after it was written once more.
            let again = super::super::Layout { tree: opened.tree.clone(), ..layout.clone() };
            assert_eq!(seal(&again) == bytes, id != VendorId::Synology, "{id}");
        }
    }
}

#[test]
fn the_vendors_own_packages_open() {
    let names = [
        "asustor/hello-apk_1.2.3.r4_x86-64.vendor-py2.apk",
        "asustor/hello-apk_1.2.3.r4_x86-64.vendor-py3.apk",
        "synology/hello-noarch-1.2.3-0004_DSM6.2.4.spk",
        "synology/hello-noarch-1.2.3-0004_DSM7.2.spk",
        "wd/bins/os3-v1.3_MyCloudEX2Ultra_hello_1.02.bin",
        "wd/bins/os3-v1.3_MyCloudPR2100_hello_1.02.bin",
        "wd/bins/os3-v1.3_WDMyCloudEX4_hello_1.02.bin",
        "wd/bins/os5-v2.0_MyCloudEX2Ultra_hello_1.02.bin",
        "wd/bins/os5-v2.0_MyCloudPR4100_hello_1.02.bin",
        "wd/bins/os5-v2.0_WDMyCloudEX4100_hello_1.02.bin",
        "wd/bins/os5-v2.0_WDMyCloud_hello_1.02.bin",
    ];
    let Some(packages) = names.iter().map(|name| vector(name)).collect::<Option<Vec<_>>>() else { return };
    let row = |bytes: &Vec<u8>| {
        let opened = open_bytes(bytes).unwrap();
        assert!(opened.warnings.is_empty(), "{:?}", opened.warnings);
        assert!(opened.checks.iter().all(|check| check.holds), "{:?}", opened.checks);
        let arch = opened.arch.map_or("-", Arch::name);
        let (package, version) = (opened.package.as_deref().unwrap(), opened.version.as_deref().unwrap());
        let counts = (opened.metadata.len(), opened.tree.iter().count(), opened.scripts.len());
        format!(
            "{} {package} {version} {} {arch} {counts:?} {} checks",
            opened.vendor,
            opened.devices.join(","),
            opened.checks.len()
        )
    };
    insta::assert_snapshot!(packages.iter().map(row).collect::<Vec<_>>().join("\n"), @"
    asustor hello-apk 1.2.3.r4 x86-64 x86_64 (28, 22, 7) 0 checks
    asustor hello-apk 1.2.3.r4 x86-64 x86_64 (28, 22, 7) 0 checks
    synology hello 1.2.3-0004 noarch - (22, 32, 7) 0 checks
    synology hello 1.2.3-0004 noarch - (22, 32, 7) 0 checks
    wd-os3 hello 1.02 WDMyCloudMirrorGen2,MyCloudEX2Ultra armhf (29, 15, 7) 5 checks
    wd-os3 hello 1.02 MyCloudPR2100 x86_64 (29, 15, 7) 5 checks
    wd-os3 hello 1.02 WDMyCloudEX4 - (29, 15, 7) 5 checks
    wd-os5 hello 1.02 MyCloudEX2Ultra armhf (30, 15, 7) 5 checks
    wd-os5 hello 1.02 MyCloudPR4100 x86_64 (30, 15, 7) 5 checks
    wd-os5 hello 1.02 WDMyCloudEX4100 armhf (30, 15, 7) 5 checks
    wd-os5 hello 1.02 WDMyCloud armhf (30, 15, 7) 5 checks
    ");
}

#[test]
fn hostile_members_are_refused() {
    let long = "p".repeat(2000);
    let deep = vec!["d"; 66].join("/");
    let mut tampered = end(&[file(b"a", b"1"), file(b"b", b"2")]);
    tampered[1024] = b'c';
    let cases: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("parent", vec![file(b"../etc/passwd", b"")]),
        ("parent inside", vec![file(b"a/../../b", b"")]),
        ("absolute", vec![file(b"/etc/passwd", b"")]),
        ("backslash", vec![file(b"..\\windows", b"")]),
        ("control", vec![file(b"a\x1b[2J", b"")]),
        ("latin 1", vec![file(b"f\xfcr", b"")]),
        ("latin 1 link", vec![member(b"a", b'2', b"f\xfcr", b"")]),
        ("twice", vec![file(b"a", b"1"), file(b"./a", b"1")]),
        ("file and folder", vec![file(b"a", b"1"), member(b"a/", b'5', b"", b"")]),
        ("through a link", vec![member(b"lib", b'2', b"/etc", b""), file(b"lib/passwd", b"x")]),
        ("through a file", vec![file(b"a", b"1"), file(b"a/b", b"1")]),
        ("hard link out", vec![member(b"a", b'1', b"../../etc/shadow", b"")]),
        ("hard link to nothing", vec![member(b"a", b'1', b"b", b"")]),
        ("hard link to a folder", vec![member(b"d/", b'5', b"", b""), member(b"a", b'1', b"d", b"")]),
        ("sparse", vec![member(b"a", b'S', b"", b"")]),
        ("folder with data", vec![member(b"a/", b'5', b"", b"data")]),
        ("size over 64 bits", vec![member_of_size(b"a", b'0', b"", b"\x80\0\0\x01\0\0\0\0\0\0\0\0", b"")]),
        ("negative size", vec![member_of_size(b"a", b'0', b"", &[0xff; 12], b"")]),
        ("size of 2^64 - 1", vec![member_of_size(b"a", b'0', b"", b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", b"")]),
        ("size of 8 GiB", vec![member_of_size(b"a", b'0', b"", b"77777777777\0", b"")]),
        ("size in letters", vec![member_of_size(b"a", b'0', b"", b"0000000009z\0", b"")]),
        ("more data than there is", vec![member_of_size(b"a", b'0', b"", b"00000077777\0", b"")]),
        ("pax size over 64 bits", vec![pax("size", "99999999999999999999"), file(b"a", b"")]),
        ("pax size", vec![pax("size", "18446744073709551615"), file(b"a", b"")]),
        ("pax nonsense", vec![member(b"x", b'x', b"", b"5 a=b\n"), file(b"a", b"")]),
        ("pax length of 0", vec![member(b"x", b'x', b"", b"0 a=b\n"), file(b"a", b"")]),
        ("pax path out", vec![pax("path", "../../x"), file(b"a", b"")]),
        ("pax path of all", vec![member(b"x", b'g', b"", b"9 path=x\n"), file(b"a", b"")]),
        ("pax without a member", vec![pax("path", "x")]),
        ("long name", vec![member(b"././@LongLink", b'L', b"", long.as_bytes()), file(b"a", b"")]),
        ("longest name", vec![member_of_size(b"././@LongLink", b'L', b"", b"77777777777\0", b""), file(b"a", b"")]),
        ("long target", vec![member(b"././@LongLink", b'K', b"", long.as_bytes()), member(b"a", b'2', b"", b"")]),
        ("depth", vec![member(b"././@LongLink", b'L', b"", deep.as_bytes()), file(b"a", b"")]),
    ];
    let mut cases: Vec<_> = cases.into_iter().map(|(name, members)| (name, spk(&members))).collect();
    cases.push(("tampered header", spk_of(&zipped(&tampered))));
    cases.push(("outer member", end(&[file(b"INFO", INFO), file(b"../x", b"")])));
    insta::assert_snapshot!(table(cases), @r#"
    parent: `package.tgz` cannot be read: the member `../etc/passwd` would be written outside of the package
    parent inside: `package.tgz` cannot be read: the member `a/../../b` would be written outside of the package
    absolute: `package.tgz` cannot be read: the member `/etc/passwd` has an absolute name
    backslash: `package.tgz` cannot be read: the member `..\windows` has characters in its name that no file should have
    control: `package.tgz` cannot be read: the member `a\u{1b}[2J` has characters in its name that no file should have
    latin 1: `package.tgz` cannot be read: the name `f\xfcr` is not UTF-8
    latin 1 link: `package.tgz` cannot be read: the name `f\xfcr` is not UTF-8
    twice: `package.tgz` cannot be read: the member `a` is there twice
    file and folder: `package.tgz` cannot be read: the member `a` is there twice
    through a link: `package.tgz` cannot be read: the member `lib/passwd` would be written through `lib`, which is not a folder
    through a file: `package.tgz` cannot be read: the member `a/b` would be written through `a`, which is not a folder
    hard link out: `package.tgz` cannot be read: the hard link `a` is to `../../etc/shadow`, which is not a file in front of it
    hard link to nothing: `package.tgz` cannot be read: the hard link `a` is to `b`, which is not a file in front of it
    hard link to a folder: `package.tgz` cannot be read: the hard link `a` is to `d`, which is not a file in front of it
    sparse: `package.tgz` cannot be read: the member `a` is a sparse file, which BusyBox on the devices cannot unpack
    folder with data: `package.tgz` cannot be read: the member `a` is a folder with 4 bytes of data, which no two readers take alike
    size over 64 bits: `package.tgz` cannot be read: the tar header at byte 0 is broken: its size does not fit into 64 bits
    negative size: `package.tgz` cannot be read: the tar header at byte 0 is broken: its size does not fit into 64 bits
    size of 2^64 - 1: `package.tgz` cannot be read: the member `a` has 18446744073709551615 bytes, more than 4294967296 [if you trust the file, allow more with `--limit file=NUMBER`]
    size of 8 GiB: `package.tgz` cannot be read: the member `a` has 8589934591 bytes, more than 4294967296 [if you trust the file, allow more with `--limit file=NUMBER`]
    size in letters: `package.tgz` cannot be read: the tar header at byte 0 is broken: its size `0000000009z` is no octal number
    more data than there is: `package.tgz` cannot be read: it ends in the middle of `a`
    pax size over 64 bits: `package.tgz` cannot be read: the tar header at byte 0 is broken: the pax record `29 size=99999999999999999999\n` is broken
    pax size: `package.tgz` cannot be read: the member `a` has 18446744073709551615 bytes, more than 4294967296 [if you trust the file, allow more with `--limit file=NUMBER`]
    pax nonsense: `package.tgz` cannot be read: the tar header at byte 0 is broken: the pax record `5 a=b\n` is broken
    pax length of 0: `package.tgz` cannot be read: the tar header at byte 0 is broken: the pax record `0 a=b\n` is broken
    pax path out: `package.tgz` cannot be read: the member `../../x` would be written outside of the package
    pax path of all: `package.tgz` cannot be read: the tar header at byte 0 is broken: it gives one name or size to all members
    pax without a member: `package.tgz` cannot be read: it ends in the middle of a member
    long name: `package.tgz` cannot be read: the name `pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp…` has 2000 bytes, more than 1024 [if you trust the file, allow more with `--limit path=NUMBER`]
    longest name: `package.tgz` cannot be read: the tar header at byte 0 is broken: the record about a member has 8589934591 bytes, more than 1048576
    long target: `package.tgz` cannot be read: the name `pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp…` has 2000 bytes, more than 1024 [if you trust the file, allow more with `--limit path=NUMBER`]
    depth: `package.tgz` cannot be read: the member `d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/…` is below more than 64 folders [if you trust the file, allow more with `--limit depth=NUMBER`]
    tampered header: `package.tgz` cannot be read: the tar header at byte 1024 is broken: its checksum does not hold
    outer member: the package cannot be read: the member `../x` would be written outside of the package
    "#);
}

#[test]
fn hostile_packages_are_refused() {
    let good = spk(&[file(b"bin/a", &[7; 3000])]);
    let package = zipped(&end(&[file(b"a", &[7; 3000])]));
    let mut damaged = package.clone();
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    let info = || file(b"INFO", INFO);
    let folder = end(&[member(b"beacon/", b'5', b"", b""), file(b"beacon/start.sh", b"")]);
    let good_bin = bin(&zipped(&folder));
    let mut wrong_bin = good_bin.clone();
    wrong_bin[197] ^= 0xff;
    wrong_bin[200] ^= 1;
    let mut odd_bin = good_bin.clone();
    odd_bin[120] = 21;
    let good_apk = apk(&[file(b"a", b"1")]);
    let mut cloaked = good_apk.clone();
    let at = cloaked.windows(12).position(|bytes| bytes == b"apkg-version").unwrap();
    cloaked[at] = b'b';
    let mut twice = zip(&[("apkg-version", b"2.0"), ("apkg-versioN", b"2.1")]);
    while let Some(at) = twice.windows(12).position(|bytes| bytes == b"apkg-versioN") {
        twice[at + 11] = b'n';
    }
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("text", b"#!/bin/sh\necho hello\n".to_vec()),
        ("short", b"PK".to_vec()),
        ("gzip of text", zipped(b"hello")),
        ("tar of something", end(&[file(b"a", b"1")])),
        ("spk without package.tgz", end(&[info()])),
        ("spk with package.tgz as folder", end(&[info(), member(b"package.tgz/", b'5', b"", b"")])),
        ("spk with two package.tgz", end(&[info(), file(b"package.tgz", &package), file(b"package.tgz", &package)])),
        ("spk with package", end(&[info(), file(b"package.tgz", &package), file(b"package/a", b"")])),
        ("spk in gzip", zipped(&good)),
        ("spk with ./INFO", end(&[file(b"./INFO", INFO), file(b"./package.tgz", &package)])),
        ("spk cut in a file", good[..700].to_vec()),
        ("spk cut between files", good[..1024].to_vec()),
        ("spk without its end", good[..good.len() - 1024].to_vec()),
        ("spk and something behind it", [good.clone(), b"hidden".to_vec()].concat()),
        ("package.tgz cut", spk_of(&package[..package.len() / 2])),
        ("package.tgz damaged", spk_of(&damaged)),
        ("package.tgz twice", spk_of(&[package.clone(), package.clone()].concat())),
        ("package.tgz in zstd", spk_of(b"\x28\xb5\x2f\xfd\0\0\0\0")),
        ("package.tgz in bzip2", spk_of(b"BZh91AY&SY")),
        ("package.tgz of nothing", spk_of(b"")),
        ("INFO in Latin 1", end(&[file(b"INFO", b"\xff\xfe"), file(b"package.tgz", &package)])),
        (
            "INFO with BOM and wrong sum",
            end(&[file(b"INFO", b"\xef\xbb\xbfchecksum=\"12\"\n"), file(b"package.tgz", &package)]),
        ),
        (
            "links and devices",
            spk(&[member(b"a", b'2', b"/etc", b""), member(b"b", b'3', b"", b""), member(b"c", b'6', b"", b"")]),
        ),
        ("apk", good_apk.clone()),
        ("apk cut", good_apk[..good_apk.len() - 30].to_vec()),
        ("apk with other names inside", cloaked),
        ("apk with a name twice", twice),
        ("apk with CONTROL in data", apk(&[file(b"CONTROL/config.json", b"{}")])),
        ("apk 1.0", zip(&[("apkg-version", b"1.0"), ("control.tar.gz", b""), ("data.tar.gz", b"")])),
        ("apk without data", zip(&[("apkg-version", b"2.0"), ("control.tar.gz", b"")])),
        ("apk of plain tar", zip(&[("apkg-version", b"2.0"), ("control.tar.gz", &folder), ("data.tar.gz", &package)])),
        (
            "apk without config",
            zip(&[("apkg-version", b"2.0"), ("control.tar.gz", &package), ("data.tar.gz", &package)]),
        ),
        ("Android", zip(&[("AndroidManifest.xml", b"")])),
        ("empty zip", zip(&[])),
        ("bin", good_bin.clone()),
        ("bin with wrong sums", wrong_bin),
        ("bin with wrong constant", odd_bin),
        ("bin cut", good_bin[..good_bin.len() - 9].to_vec()),
        ("bin cut behind the header", good_bin[..206].to_vec()),
        ("bin with two folders", bin(&zipped(&end(&[file(b"a/x", b""), file(b"b/x", b"")])))),
        ("bin with another folder", bin(&zipped(&end(&[file(b"other/x", b"")])))),
        ("bin of text", bin(&zipped(b"hello"))),
    ];
    insta::assert_snapshot!(table(cases), @"
    empty: `DIR/file` is not a package of a known vendor (the file is empty) (known are ASUSTOR's APKG 2.0 (.apk), Synology's SPK (.spk), and WD My Cloud OS5 and OS3 (.bin))
    text: `DIR/file` is not a package of a known vendor (its first bytes are none of those that packages have) (known are ASUSTOR's APKG 2.0 (.apk), Synology's SPK (.spk), and WD My Cloud OS5 and OS3 (.bin))
    short: `DIR/file` is not a package of a known vendor (its first bytes are none of those that packages have) (known are ASUSTOR's APKG 2.0 (.apk), Synology's SPK (.spk), and WD My Cloud OS5 and OS3 (.bin))
    gzip of text: this is gzip data, but no package of a known vendor
    tar of something: this is a tar archive, but no Synology package: it has no `INFO`
    spk without package.tgz: the package has no `package.tgz`
    spk with package.tgz as folder: `package.tgz` is not a file
    spk with two package.tgz: the package cannot be read: the member `package.tgz` is there twice
    spk with package: the package has a member `package`, where the files of `package.tgz` belong
    spk in gzip: opened: the package is compressed with gzip, and DSM 7 refuses that with error 263
    spk with ./INFO: opened: `./` stands before the names in the package, where DSM does not find `INFO`
    spk cut in a file: the package cannot be read: it ends in the middle of a member
    spk cut between files: the package has no `package.tgz`
    spk without its end: opened: the package is unusual: it has no end-of-archive mark and may have been cut off between two files
    spk and something behind it: opened: the package is unusual: it has more data behind its end, which unpackers do not read
    package.tgz cut: `package.tgz` cannot be read: it ends in the middle of a header
    package.tgz damaged: `package.tgz` cannot be read: its compressed data is damaged: corrupt gzip stream does not have a matching checksum
    package.tgz twice: opened: `package.tgz` is unusual: it has more data behind its end, which unpackers do not read; `package.tgz` is unusual: it is made of 2 gzip streams, of which old unpackers read the first
    package.tgz in zstd: `package.tgz` cannot be read: it is zstd, and the device reads only gzip and xz
    package.tgz in bzip2: `package.tgz` cannot be read: it is bzip2, and the device reads only gzip and xz
    package.tgz of nothing: opened: `package.tgz` is unusual: it has no end-of-archive mark and may have been cut off between two files
    INFO in Latin 1: opened: byte 0 of `INFO` is not UTF-8
    INFO with BOM and wrong sum: opened: `INFO` begins with a byte order mark, which becomes part of the first key; checksum of package.tgz: `12` is written, `556a72aa161388d8b0a9a9adb04aac71` was found
    links and devices: opened: symbolic links that can lead out of the package: `package/a` -> `/etc`; members that are left out: `package/b` (character device), `package/c` (FIFO)
    apk: opened: 
    apk cut: the package cannot be read: the zip archive is broken: invalid Zip archive: Could not find EOCD
    apk with other names inside: the package cannot be read: the zip archive is broken: invalid Zip archive: header inconsistency detected: Local file header filename mismatch (does not match central director…
    apk with a name twice: the package cannot be read: the member `apkg-version` is there twice
    apk with CONTROL in data: `data.tar.gz` has a `CONTROL` of its own (ADM would unpack it over the package's real metadata)
    apk 1.0: `apkg-version` is `1.0`, and only 2.0 is known (1.0 had another layout; ADM since 2.0 refuses it with error -424)
    apk without data: the package has no `data.tar.gz` (ADM answers with error -192)
    apk of plain tar: `control.tar.gz` cannot be read: it is uncompressed, and the device reads only gzip
    apk without config: opened: there is no file `CONTROL/config.json`
    Android: this is a zip archive, but no ASUSTOR package: it has no `apkg-version` (it is an app for Android)
    empty zip: this is a zip archive, but no ASUSTOR package: it has no `apkg-version`
    bin: opened: apkg.xml: there is none
    bin with wrong sums: opened: checksum: `bacca76d` is written, `bacc586d` was found; length: `118` is written, `119` was found; apkg.xml: there is none
    bin with wrong constant: opened: constants of the header: ah_custom_id at byte 120 is 21, not 20; apkg.xml: there is none
    bin cut: the payload cannot be read: it ends in the middle of the compressed data
    bin cut behind the header: the payload cannot be read: it ends in the middle of a header
    bin with two folders: opened: one folder: the payload is not one folder with everything in it; apkg.xml: there is none
    bin with another folder: opened: name of the folder: `beacon` is written, `other` was found; apkg.xml: there is none
    bin of text: the payload cannot be read: it is not a tar archive
    ");
}

#[test]
fn limits_hold() {
    let package = spk(&[file(b"a", &[1; 2000]), file(b"b/c/d", b""), member(b"e", b'1', b"a", b"")]);
    let with = |set: fn(&mut Limits)| {
        let mut limits = Limits::default();
        set(&mut limits);
        said(open_bytes_with(&package, &limits))
    };
    let said = [
        with(|_| {}),
        with(|limits| limits.entries = 5),
        with(|limits| limits.unpacked = 3000),
        with(|limits| limits.unpacked = 7000),
        with(|limits| limits.file = 1999),
        with(|limits| limits.path = 4),
        with(|limits| limits.depth = 2),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    opened: 
    `package.tgz` cannot be read: it has more than 5 files and folders [if you trust the file, allow more with `--limit entries=NUMBER`]
    `package.tgz` cannot be read: it unpacks to more than 3000 bytes [if you trust the file, allow more with `--limit unpacked=NUMBER`]
    opened: 
    `package.tgz` cannot be read: the member `a` has 2000 bytes, more than 1999 [if you trust the file, allow more with `--limit file=NUMBER`]
    the package cannot be read: the name `package.tgz` has 11 bytes, more than 4 [if you trust the file, allow more with `--limit path=NUMBER`]
    `package.tgz` cannot be read: the member `b/c/d` is below more than 2 folders [if you trust the file, allow more with `--limit depth=NUMBER`]
    ");
}

#[test]
fn a_bomb_is_stopped() {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    let size = 600 << 20;
    gzip.write_all(&member_of_size(b"zeros", b'0', b"", format!("{size:011o}\0").as_bytes(), b"")).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..80 {
        gzip.write_all(&zeros).unwrap();
    }
    insta::assert_snapshot!(said(open_bytes(&spk_of(&gzip.finish().unwrap()))), @"`package.tgz` cannot be read: it unpacks 84480 bytes to more than 250 times as many, as only a bomb does [if you trust the file, allow more with `--limit ratio=NUMBER`]");
}

#[test]
fn what_is_no_file_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits::default();
    assert!(open(dir.path(), &limits).unwrap_err().to_string().ends_with("is not a file"));
    assert!(open(&dir.path().join("none"), &limits).unwrap_err().to_string().starts_with("error: cannot read"));
}

#[test]
fn programs_are_found_among_the_files() {
    let program = fs::read(std::env::current_exe().unwrap()).unwrap();
    let mut tree = Tree::new();
    tree.insert("bin/a", Entry::file(program, 0o755)).unwrap();
    tree.insert("bin/b", Entry::file(b"\x7fELF".to_vec(), 0o755)).unwrap();
    tree.insert("bin/c", Entry::file("text", 0o755)).unwrap();
    let mut tar =
        TarWriter::new(GzEncoder::new(Vec::new(), flate2::Compression::fast()), TarStyle::plain(), 0).unwrap();
    tar.tree(&tree).unwrap();
    let opened = open_bytes(&spk_of(&tar.finish().unwrap().finish().unwrap())).unwrap();
    let binaries = opened.binaries();
    let found: Vec<_> = binaries.iter().map(|(path, binary)| (path.as_str(), binary.is_ok())).collect();
    assert_eq!(found, [("package/bin/a", true), ("package/bin/b", false)]);
}

#[test]
fn files_beside_the_compressed_ones_count_too() {
    let inner = zipped(&end(&[file(b"a", &[7; 5000])]));
    let package = end(&[file(b"INFO", INFO), file(b"LICENSE", &[b'x'; 6000]), file(b"package.tgz", &inner)]);
    let opened = |unpacked| open_bytes_with(&package, &Limits { unpacked, ..Limits::default() });
    // The inner archive has its headers, beside the files' bytes.
    assert!(opened(5000 + 6000).unwrap_err().to_string().contains("unpacks to more than 11000 bytes"));
    assert!(opened(20_000).is_ok_and(|opened| opened.unpacked < 20_000));
}

/// Changes to bytes: at which part of the whole, and how.
fn mutate(bytes: &mut Vec<u8>, changes: &[(f64, u8, u8)]) {
    for &(at, kind, byte) in changes {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "any place will do"
        )]
        let at = (bytes.len() as f64 * at) as usize;
        match kind % 4 {
            0 => bytes.insert(at, byte),
            1 => bytes.truncate(at.max(bytes.len().saturating_sub(usize::from(byte) * 16))),
            2 if at < bytes.len() => {
                bytes.remove(at);
            }
            _ if at < bytes.len() => bytes[at] = byte,
            _ => {}
        }
    }
}

/// What an opened package may not have under these limits.
fn check_limits(opened: &Opened, limits: &Limits) {
    // The folder that an inner archive is put into is ours, and so is its name in front of others.
    assert!(opened.tree.iter().count() as u64 <= limits.entries + 1);
    assert!(opened.unpacked <= limits.unpacked);
    for (path, entry) in opened.tree.iter() {
        let inner = ["package/", "CONTROL/"].into_iter().find_map(|folder| path.as_str().strip_prefix(folder));
        let path = inner.unwrap_or(path.as_str());
        assert!(["package", "CONTROL"].contains(&path) || path.len() as u64 <= limits.path, "{path}");
        assert!(path.matches('/').count() as u64 <= limits.depth, "{path}");
        match &entry.kind {
            EntryKind::File(content) => {
                assert!(content.len() <= limits.file, "{path}");
                content.copy_to(&mut std::io::sink()).unwrap();
            }
            EntryKind::Symlink(target) => assert!(target.len() as u64 <= limits.path, "{target}"),
            EntryKind::Dir => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_bytes_are_answered(kind in 0..7_usize, bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let start: &[u8] = [&b""[..], b"PK\x03\x04", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", b"\xfd7zXZ\0\0\x01", b"INFO\0", b"BZh", b""][kind];
        let mut bytes = [start, &bytes].concat();
        if kind == 6 && bytes.len() > 206 {
            bytes[204..206].copy_from_slice(b"\x1f\x8b");
        }
        let _ = open_bytes(&bytes);
    }

    #[test]
    fn changed_packages_are_answered(
        which in 0..6_usize,
        changes in prop::collection::vec((0.0..1.0, any::<u8>(), any::<u8>()), 1..6),
    ) {
        thread_local! {
            static PACKAGES: Vec<Vec<u8>> = {
                let mut packages: Vec<_> = sealed().into_iter().map(|(_, _, bytes)| bytes).collect();
                packages.push(apk(&[file(b"a", b"1")]));
                let xz = vector("synology/hello-noarch-1.2.3-0004_DSM7.2.spk");
                packages.push(xz.unwrap_or_else(|| spk(&[file(b"a", b"1")])));
                packages
            };
        }
        let mut bytes = PACKAGES.with(|packages| packages[which].clone());
        mutate(&mut bytes, &changes);
        if let Ok(opened) = open_bytes(&bytes) {
            let _ = opened.binaries();
        }
    }

    /// The same below the checksums: of gzip, and of the headers.
    #[test]
    fn changed_archives_are_answered(
        changes in prop::collection::vec((0.0..1.0, any::<u8>(), any::<u8>()), 1..6),
        headers in prop::collection::vec((0..9_usize, 0..512_usize, any::<u8>()), 0..6),
    ) {
        let mut tar = end(&[
            member(b"d/", b'5', b"", b""),
            pax("path", "d/x"),
            file(b"x", b"12345"),
            member(b"././@LongLink", b'L', b"", &[b'n'; 150]),
            member(b"n", b'2', b"d", b""),
            member(b"h", b'1', b"d/x", b""),
        ]);
        for (header, at, byte) in headers {
            if let Some(header) = tar.chunks_exact_mut(512).nth(header) {
                header[at] = byte;
                sum_up(header);
            }
        }
        let _ = open_bytes(&spk_of(&zipped(&tar)));
        mutate(&mut tar, &changes);
        let _ = open_bytes(&spk_of(&zipped(&tar)));
    }

    /// Under any limits, of any vendor, damaged in front of the checksums or behind them: refused, or within the limits.
    #[test]
    fn what_is_opened_is_within_the_limits(
        which in 0..7_usize,
        flips in prop::collection::vec((0..100_000_usize, 0..8_u8), 0..4),
        splice in prop::option::of((0..7_usize, 0..100_000_usize, 0..100_000_usize, 0..2000_usize)),
        cut in prop::option::of(0..100_000_usize),
        (entries, unpacked, file_size, path, depth, memory) in
            (0..80_u64, 0..100_000_u64, 0..10_000_u64, 0..200_u64, 0..8_u64, 0..20_000_u64),
    ) {
        thread_local! {
            static WHOLE: Vec<Vec<u8>> = sealed().into_iter().map(|(_, _, bytes)| bytes).collect();
        }
        let limits = Limits { entries, unpacked, file: file_size, path, depth, memory, ..Limits::default() };
        let members = [
            member(b"d/", b'5', b"", b""),
            file(b"d/x", &[7; 5000]),
            member(b"d/h", b'1', b"d/x", b""),
            member(b"l", b'2', b"d/x", b""),
            member(b"././@LongLink", b'L', b"", "n/".repeat(60).as_bytes()),
            member(b"n", b'5', b"", b""),
        ];
        // The first four are whole packages, the others archives that a package is made around.
        let bytes_of = |which: usize| {
            WHOLE.with(|packages| packages.get(which).cloned()).unwrap_or_else(|| end(&members))
        };
        let mut bytes = bytes_of(which);
        if let Some((other, from, to, len)) = splice {
            let other = bytes_of(other);
            let from = from % other.len();
            let part = other[from..(from + len).min(other.len())].to_vec();
            let at = to % bytes.len();
            bytes.splice(at..at, part);
        }
        for (at, bit) in flips {
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut % bytes.len());
        }
        if which > 3 {
            bytes.chunks_exact_mut(512).filter(|block| block[257..].starts_with(b"ustar")).for_each(sum_up);
        }
        let package = match which {
            4 => spk_of(&zipped(&bytes)),
            5 => bin(&zipped(&bytes)),
            6 => {
                let control = zipped(&end(&[file(b"config.json", CONFIG)]));
                zip(&[("apkg-version", b"2.0"), ("control.tar.gz", &control), ("data.tar.gz", &zipped(&bytes))])
            }
            _ => bytes,
        };
        if let Ok(opened) = open_bytes_with(&package, &limits) {
            check_limits(&opened, &limits);
            let _ = opened.binaries();
        }
    }
}
