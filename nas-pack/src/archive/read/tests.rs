use std::io::{Cursor, Write};

use super::*;
use crate::archive::{Content, EntryKind, TreePath};

const ANY: (&[Compression], &str) = (&[Compression::None, Compression::Gzip, Compression::Xz], "anything");

fn unpack(bytes: &[u8]) -> Result<Unpacked, ReadError> {
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    Unpacker::unpack(bytes, &budget, &Spool::default(), ANY)
}

fn listed(unpacked: &Unpacked) -> String {
    let line = |(path, entry): (&TreePath, &crate::archive::Entry)| match &entry.kind {
        EntryKind::Dir => format!("{:o} {path}/", entry.mode),
        EntryKind::File(content) => format!("{:o} {path} {}", entry.mode, content.len()),
        EntryKind::Symlink(target) => format!("{:o} {path} -> {target}", entry.mode),
    };
    unpacked.tree.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A tar as another writer makes it.
fn foreign(header: fn() -> ::tar::Header) -> Vec<u8> {
    use ::tar::EntryType;
    let mut builder = ::tar::Builder::new(Vec::new());
    let new = |kind, mode, size| {
        let mut new = header();
        new.set_entry_type(kind);
        new.set_mode(mode);
        new.set_uid(1000);
        new.set_gid(100);
        new.set_mtime(0);
        new.set_size(size);
        new
    };
    builder.append_data(&mut new(EntryType::Directory, 0o750, 0), "./bin/", std::io::empty()).unwrap();
    builder.append_data(&mut new(EntryType::Regular, 0o755, 5), "./bin/hello", &b"hello"[..]).unwrap();
    builder.append_link(&mut new(EntryType::Symlink, 0o777, 0), "./bin/link", "hello").unwrap();
    builder.append_link(&mut new(EntryType::Link, 0o755, 0), "./bin/hard", "./bin/hello").unwrap();
    builder.append_data(&mut new(EntryType::Fifo, 0o600, 0), "./bin/pipe", std::io::empty()).unwrap();
    let long = format!("./{}/{}", "d".repeat(90), "f".repeat(60));
    builder.append_data(&mut new(EntryType::Regular, 0o644, 3), long, &b"abc"[..]).unwrap();
    builder.into_inner().unwrap()
}

#[test]
fn every_dialect_is_read_alike() {
    let gnu = unpack(&foreign(::tar::Header::new_gnu)).unwrap();
    assert_eq!(gnu.dialect, Dialect::Gnu);
    let long = format!("{}/{}", "d".repeat(90), "f".repeat(60));
    assert_eq!(
        listed(&gnu).replace(&long, "LONG").replace(&"d".repeat(90), "D"),
        "750 bin/\n755 bin/hard 5\n755 bin/hello 5\n777 bin/link -> hello\n755 D/\n644 LONG 3"
    );
    assert_eq!(gnu.links.hard[&TreePath::new("bin/hard").unwrap()].as_str(), "bin/hello");
    assert_eq!(gnu.links.special[&TreePath::new("bin/pipe").unwrap()], "FIFO");
    assert_eq!(gnu.links.owners[&TreePath::new("bin").unwrap()], (1000, 100));

    let ustar = unpack(&foreign(::tar::Header::new_ustar)).unwrap();
    assert_eq!(ustar.dialect, Dialect::Ustar);
    assert_eq!((ustar.tree, ustar.links), (gnu.tree.clone(), gnu.links.clone()));

    let mut pax = ::tar::Builder::new(Vec::new());
    let mut header = ::tar::Header::new_ustar();
    header.set_size(3);
    header.set_mode(0o600);
    let path = "x".repeat(300);
    pax.append_pax_extensions([("path", path.as_bytes()), ("uid", b"7"), ("comment", b"a\nb")]).unwrap();
    pax.append_data(&mut header, "short", &b"abc"[..]).unwrap();
    let pax = unpack(&pax.into_inner().unwrap()).unwrap();
    assert_eq!((pax.dialect, listed(&pax)), (Dialect::Pax, format!("600 {path} 3")));
    assert_eq!(pax.links.owners.values().next(), Some(&(7, 0)));
}

#[test]
fn compressed_streams_may_be_several_and_have_garbage_behind_them() {
    let tar = foreign(::tar::Header::new_gnu);
    let pack = |bytes: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let (first, second) = tar.split_at(700);
    let two = unpack(&[pack(first), pack(second)].concat()).unwrap();
    insta::assert_snapshot!(two.oddities.join("\n"), @"it is made of 2 gzip streams, of which old unpackers read the first");
    assert_eq!(two.tree, unpack(&tar).unwrap().tree);
    let garbage = unpack(&[pack(&tar), b"garbage".to_vec()].concat()).unwrap();
    insta::assert_snapshot!(garbage.oddities.join("\n"), @"it has bytes behind its compressed data, which are ignored");
    let twice = unpack(&pack(&[tar.clone(), tar.clone()].concat())).unwrap();
    insta::assert_snapshot!(twice.oddities.join("\n"), @"it has more data behind its end, which unpackers do not read");
    let cut = unpack(&tar[..tar.len() - 1024]).unwrap();
    insta::assert_snapshot!(cut.oddities.join("\n"), @"it has no end-of-archive mark and may have been cut off between two files");
}

#[test]
fn links_that_can_lead_out_are_told() {
    let leads = |path: &str, target: &str| leads_out(&TreePath::new(path).unwrap(), target);
    for (path, target) in [("bin/x", "beacon"), ("a/b/x", "../../c"), ("x", "."), ("a/x", "../b/./c"), ("a/x", "..")] {
        assert!(!leads(path, target), "{path} -> {target}");
    }
    for (path, target) in [("x", "/etc"), ("x", ".."), ("a/x", "../../b"), ("x", "a/.."), ("a/x", "../b/../../c")] {
        assert!(leads(path, target), "{path} -> {target}");
    }
}

#[test]
fn large_files_are_on_disk_as_long_as_their_package_is_open() {
    let limits = Limits { memory: 100, ..Limits::default() };
    let budget = Budget::new(limits, 1000);
    let spool = Spool::default();
    let keep = |bytes: &[u8]| spool.keep(&mut Cursor::new(bytes), bytes.len() as u64, "x", &budget).unwrap();
    assert!(matches!(keep(&[1; 90]), Content::Bytes(_)));
    let Content::File { path, len: 20, .. } = keep(&[2; 20]) else { panic!("memory is used up") };
    assert_eq!(std::fs::read(&path).unwrap(), [2; 20]);
    drop(spool);
    assert!(!path.exists());
}

#[test]
fn limits_are_set_by_name() {
    let mut limits = Limits::default();
    for name in Limits::NAMES {
        limits.set(name, 1).unwrap();
    }
    let all = Limits { entries: 1, unpacked: 1, file: 1, path: 1, depth: 1, ratio: 1, memory: 1 };
    assert_eq!(limits, all);
    insta::assert_snapshot!(limits.set("size", 1).unwrap_err(), @"`size` is no limit; there are entries, unpacked, file, path, depth, ratio, memory");
}

#[test]
fn xz_takes_no_more_memory_than_it_may() {
    let sum = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    // Stream flags: CRC32. One block, LZMA2, with a dictionary of 4 GiB.
    let block = [2, 0, 0x21, 1, 40, 0, 0, 0];
    let xz = [&b"\xfd7zXZ\0"[..], &[0, 1], &sum(&[0, 1]), &block, &sum(&block), &[0; 64]].concat();
    insta::assert_snapshot!(unpack(&xz).unwrap_err(), @"its compressed data is damaged: it needs more memory than xz ever does");
}

#[test]
fn zip_members_are_listed_and_read() {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Deflated);
    writer.start_file("a", deflated.unix_permissions(0o600)).unwrap();
    writer.write_all(&[b'x'; 1000]).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let budget = Budget::new(Limits::default(), bytes.len() as u64);
    let mut zip = Zip::new(Cursor::new(&bytes), &budget).unwrap();
    let members = zip.members().unwrap();
    assert_eq!((members[0].method.as_str(), members[0].size, members[0].mode), ("deflated", 1000, Some(0o100_600)));
    let mut text = Vec::new();
    zip.read("a", |input| input.read_to_end(&mut text).map_err(ReadError::Io)).unwrap();
    assert_eq!(text, [b'x'; 1000]);
}
