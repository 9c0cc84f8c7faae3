//! An app without binaries: one package for every model where the vendor has such a thing, and a package for each model elsewhere.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::fs;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use nas_pack_tests::command::Nas;
use nas_pack_tests::fixture::Fixture;
use nas_pack_tests::programs::{on_path, output};

const MANIFEST: &str = r#"
[package]
name = "pages"
version = "1.2.3"
edition = "2024"
description = "Only pages"
authors = ["Ann <ann@example.com>"]

[package.metadata.nas]
binaries = []
assets = [{ source = "www/**", dest = "www/" }]
asustor.app-type = "webserver"
synology.dsm = [5, 6, 7]
wd.models = ["MyCloudPR4100", "MyCloudEX2Ultra"]
"#;

#[test]
fn one_package_serves_every_model() {
    let app = Fixture::new(MANIFEST);
    app.write("www/index.html", "<!DOCTYPE html>\n<title>Pages</title>\n");
    let packed = Nas::new(["package", "--offline", "--json"]).dir(app.path()).succeed().stdout;
    let packed: serde_json::Value = serde_json::from_str(&packed).unwrap();
    let packed = packed.as_array().unwrap();
    let files: Vec<_> = packed.iter().map(|package| package["file"].as_str().unwrap()).collect();
    insta::assert_snapshot!(files.join("\n"), @r"
    pages_1.2.3_any.apk
    pages-noarch-1.2.3-9000.spk
    pages-noarch-1.2.3-9000-dsm6.spk
    pages-noarch-1.2.3-9000-dsm5.spk
    wd-os5/MyCloudEX2Ultra_pages_1.2.3.bin
    wd-os5/MyCloudPR4100_pages_1.2.3.bin
    wd-os3/MyCloudEX2Ultra_pages_1.2.3.bin
    wd-os3/MyCloudPR4100_pages_1.2.3.bin
    ");
    assert!(packed.iter().all(|package| package["arch"].is_null()));

    let files = packed.iter().map(|package| package["path"].as_str().unwrap());
    let approved = Nas::new(["verify", "--quiet", "--deny", "warnings"].into_iter().chain(files)).succeed().stdout;
    assert_eq!(approved.lines().filter(|line| line.ends_with(": approved")).count(), 8, "{approved}");
}

/// An app whose `package.tgz` is made of several pieces, one of which nothing compresses.
fn pages() -> Fixture {
    let app = Fixture::new(MANIFEST);
    let page = (0..150_000).fold(String::new(), |page, number| page + &format!("<p>{number}\n"));
    app.write("www/index.html", format!("<!DOCTYPE html>\n<title>Pages</title>\n{page}"));
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(0x915f_77f5).wrapping_add(1);
        (state >> 24) as u8
    };
    app.write("www/film", std::iter::repeat_with(&mut next).take(1_300_000).collect::<Vec<_>>());
    app
}

/// The `package.tgz` of what an app is packaged as for a generation of DSM.
fn archive_of(app: &Fixture, compression: &str, file: &str) -> Vec<u8> {
    let output = format!("out-{compression}");
    let package = ["package", "--offline", "--quiet", "--vendor", "synology", "--compression", compression];
    Nas::new(package).arg("--output").arg(&output).dir(app.path()).succeed();
    let mut members = tar::Archive::new(fs::File::open(app.path().join(output).join(file)).unwrap());
    let mut members = members.entries().unwrap().map(Result::unwrap);
    let mut member = members.find(|member| member.path_bytes().ends_with(b"package.tgz")).unwrap();
    let mut bytes = Vec::new();
    member.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Has programs unpack an archive, as far as they are on this machine.
fn read_by(readers: &[(&str, &[&str])], lister: &str, packed: &[u8], plain: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package.tgz");
    fs::write(&path, packed).unwrap();
    for (program, args) in readers {
        let Some(program) = on_path(program) else { continue };
        let args = args.iter().map(Path::new).chain([&*path]);
        assert!(output(&program, args) == plain, "{} reads otherwise", program.display());
    }
    if let Some(busybox) = on_path("busybox") {
        let list = output(busybox, [Path::new("tar"), Path::new(lister), &*path]);
        assert!(String::from_utf8(list).unwrap().contains("./www/index.html\n"));
    }
}

/// Pieces that were compressed by themselves are one gzip member for everybody.
#[test]
fn gzip_is_read_by_everybody() {
    const PYTHON: &str = "import sys, zlib; it = zlib.decompressobj(31); out = it.decompress(open(sys.argv[1], 'rb').read()); \
                          assert it.eof and not it.unused_data; sys.stdout.buffer.write(out)";
    const PERL: &str = "use IO::Uncompress::Gunzip; IO::Uncompress::Gunzip::gunzip(shift, '-') or die";

    let readers: [(&str, &[&str]); 8] = [
        ("gzip", &["-dc"]),
        ("busybox", &["gzip", "-dc"]),
        ("busybox", &["gunzip", "-c"]),
        ("busybox", &["zcat"]),
        ("pigz", &["-dc"]),
        ("python3", &["-c", PYTHON]),
        ("perl", &["-e", PERL]),
        ("unpigz", &["-c"]),
    ];
    let app = pages();
    let mut sizes = Vec::new();
    let mut plain = Vec::new();
    for compression in ["fast", "default", "best"] {
        let packed = archive_of(&app, compression, "pages-noarch-1.2.3-9000-dsm5.spk");
        plain.clear();
        let mut decoder = GzDecoder::new(&*packed);
        decoder.read_to_end(&mut plain).unwrap();
        assert!(decoder.into_inner().is_empty(), "one member");
        read_by(&readers, "-tzf", &packed, &plain);
        sizes.push(packed.len());
    }
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
}

/// DSM 6 and 7 get xz, and whatever unpacks xz finds in it what DSM 5 finds in its gzip.
#[test]
fn xz_is_read_by_everybody() {
    const PYTHON: &str = "import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())";

    let readers: [(&str, &[&str]); 4] =
        [("xz", &["-dc"]), ("busybox", &["xz", "-dc"]), ("busybox", &["unxz", "-c"]), ("python3", &["-c", PYTHON])];
    let app = pages();
    let mut plain = Vec::new();
    let with_gzip = archive_of(&app, "best", "pages-noarch-1.2.3-9000-dsm5.spk");
    GzDecoder::new(&*with_gzip).read_to_end(&mut plain).unwrap();
    for file in ["pages-noarch-1.2.3-9000-dsm6.spk", "pages-noarch-1.2.3-9000.spk"] {
        let with_xz = archive_of(&app, "best", file);
        assert!(with_xz.len() < with_gzip.len(), "{} bytes, and {} with gzip", with_xz.len(), with_gzip.len());
        read_by(&readers, "-tJf", &with_xz, &plain);
    }
}

#[test]
fn what_serves_every_model_is_for_such_apps_alone() {
    let app = Fixture::new(&MANIFEST.replace("binaries = []\n", ""));
    app.write("www/index.html", "<!DOCTYPE html>\n");
    let refused = Nas::new(["plan", "--device", "noarch"]).dir(app.path()).fail().stderr;
    assert!(refused.contains("synology noarch: it is for apps without binaries"), "{refused}");
}

/// Before anything is packed, and when it is packed all the same.
#[test]
fn what_only_warns_is_told_and_packed() {
    let lowered =
        MANIFEST.replace("asustor.app-type", "asustor.symbolic-link = { \"/bin\" = \"late\" }\nasustor.app-type");
    let app = Fixture::new(&lowered);
    app.write("www/index.html", "<!DOCTYPE html>\n");
    let package = || Nas::new(["package", "--offline", "--vendor", "asustor"]).dir(app.path());
    assert!(package().fail().stderr.contains("error[AST014]: "));
    app.write("Cargo.toml", format!("{lowered}lints.AST014 = \"warn\"\n"));
    let told = package().succeed().stderr;
    assert!(told.contains("warning[AST014]: there is no `bin/late` in the package to link to"), "{told}");
    let told = Nas::new(["lint", "--vendor", "asustor"]).dir(app.path()).succeed().stderr;
    assert!(told.contains("warning[AST014]: "), "{told}");
}
