use std::io::{Read, Write};

use super::Synology;
use crate::archive::read::Limits;
use crate::archive::{Content, Entry, EntryKind, Tree};
use crate::diagnostic::{Diagnostic, Level, Levels};
use crate::vendor::testing::{check, layout, seal, vector};
use crate::vendor::{Layout, Vendor};

/// What verification finds in these bytes, without the file's name.
fn found(bytes: &[u8]) -> Vec<Diagnostic> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("beacon.spk");
    std::fs::write(&path, bytes).unwrap();
    let opened = crate::vendor::open(&path, &Limits::default()).unwrap();
    crate::lint::verify(&opened, Levels::default()).findings
}

fn told(found: &[Diagnostic]) -> String {
    let line = |found: &Diagnostic| format!("{} {}", found.code().unwrap_or("-"), found.message);
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The sample as a package for a device.
fn sample(name: &str) -> Layout {
    let device = Synology.devices().iter().position(|device| device.name == name).unwrap();
    layout(&Synology, &*check(&Synology, "synology.dsm = [5, 6, 7]").0.unwrap(), device)
}

/// The sample, with each file as `edit` wants it; `None` leaves it out.
fn edited(name: &str, edit: impl Fn(&str, Entry) -> Option<Entry>) -> Vec<u8> {
    let mut layout = sample(name);
    let mut tree = Tree::new();
    for (path, entry) in layout.tree.iter() {
        if let Some(entry) = edit(path.as_str(), entry.clone()) {
            tree.insert(path.as_str(), entry).unwrap();
        }
    }
    layout.tree = tree;
    seal(&layout)
}

fn without(name: &'static str) -> Vec<u8> {
    edited("x86_64", move |path, entry| (!path.starts_with(name)).then_some(entry))
}

fn with(name: &'static str, bytes: &[u8]) -> Vec<u8> {
    let mut layout = sample("x86_64");
    let mut tree = Tree::new();
    for (path, entry) in layout.tree.iter().filter(|(path, _)| path.as_str() != name) {
        tree.insert(path.as_str(), entry.clone()).unwrap();
    }
    tree.insert(name, Entry::file(bytes.to_vec(), 0o755)).unwrap();
    layout.tree = tree;
    seal(&layout)
}

fn with_info(device: &str, edit: impl Fn(&str) -> String) -> Vec<u8> {
    edited(device, |path, entry| match &entry.kind {
        EntryKind::File(Content::Bytes(bytes)) if path == "INFO" => {
            Some(Entry::file(edit(std::str::from_utf8(bytes).unwrap()), 0o644))
        }
        _ => Some(entry),
    })
}

fn replaced(from: &'static str, to: &'static str) -> Vec<u8> {
    with_info("x86_64", |info| {
        assert!(info.contains(from), "{info}");
        info.replace(from, to)
    })
}

/// The members of an archive, as `edit` wants them.
fn remade(package: &[u8], edit: impl Fn(&mut String, &mut Vec<u8>)) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for entry in tar::Archive::new(package).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut header = entry.header().clone();
        let mut name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        edit(&mut name, &mut bytes);
        header.set_size(bytes.len() as u64);
        // `set_path` would take `./` away.
        header.as_mut_bytes()[..100].fill(0);
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        out.append(&header, bytes.as_slice()).unwrap();
    }
    out.into_inner().unwrap()
}

/// The sealed sample with another `INFO`, the lines of the seal included.
fn resealed(device: &str, edit: impl Fn(String) -> String) -> Vec<u8> {
    remade(&seal(&sample(device)), |name, bytes| {
        if name == "INFO" {
            *bytes = edit(String::from_utf8(bytes.clone()).unwrap()).into_bytes();
        }
    })
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn unsized_lines(info: &str, more: &str) -> String {
    let kept: Vec<_> = info.lines().filter(|line| !line.starts_with("extractsize")).collect();
    format!("{}\n{more}", kept.join("\n"))
}

/// A picture's first bytes.
fn png(size: u32) -> Vec<u8> {
    [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &size.to_be_bytes(), &size.to_be_bytes(), &[8, 6, 0, 0, 0]].concat()
}

#[test]
fn our_own_packages_are_right() {
    for device in Synology.devices().iter().filter(|device| device.arch().is_some()) {
        let found = found(&seal(&sample(device.name)));
        assert_eq!(told(&found), "", "{}", device.name);
    }
}

#[test]
fn the_vendors_own_packages_have_no_errors() {
    for name in ["hello-noarch-1.2.3-0004_DSM6.2.4.spk", "hello-noarch-1.2.3-0004_DSM7.2.spk"] {
        let Some(bytes) = vector(&format!("synology/{name}")) else { continue };
        let found = found(&bytes);
        assert!(found.iter().all(|found| found.level == Level::Warning), "{name}: {}", told(&found));
        if name.contains("DSM7") {
            assert_eq!(told(&found), "SYN018 `thirdparty` is deprecated since 4.3");
        } else {
            assert!(
                told(&found).contains("SYN026 the value of `extractsize`, `toolkit_version` is not in quotes"),
                "{}",
                told(&found)
            );
        }
    }
}

/// Each package has one thing wrong with it.
#[test]
fn what_is_wrong_is_found() {
    let good = seal(&sample("x86_64"));
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("an identity with `/`", replaced("package=\"beacon\"", "package=\"a/b\"")),
        ("a version with letters", replaced("1.2.3-9004", "0.0.0-pr12")),
        ("a percent sign", replaced("On one page.", "100%")),
        ("os_min_ver of no form", replaced("7.0-40000", "7.0")),
        ("os_min_ver before 7.0-40000", replaced("7.0-40000", "7.0-1")),
        ("os_min_ver of DSM 4", replaced("7.0-40000", "4.3-3810")),
        ("os_min_ver of DSM 6 for DSM 7", replaced("\"7.0-40000\"", "\"6.1-15047\"\nos_max_ver=\"7.2-64570\"")),
        ("os_max_ver before os_min_ver", replaced("\"7.0-40000\"", "\"7.2-64570\"\nos_max_ver=\"7.0-40000\"")),
        ("an address that is none", replaced("https://example.com/help", "example.com")),
        ("a key of DSM 7 on DSM 6", with_info("dsm6-x86_64", |info| format!("{info}dsmapppage=\"a\"\n"))),
        ("startable", with_info("x86_64", |info| format!("{info}startable=\"no\"\n"))),
        ("firmware", with_info("x86_64", |info| format!("{info}firmware=\"7.0-40000\"\n"))),
        ("no os_min_ver", replaced("os_min_ver=\"7.0-40000\"\n", "")),
        ("no maintainer", replaced("maintainer=\"Ada Example\"", "maintainer=\"\"")),
        ("maybe", replaced("silent_upgrade=\"yes\"", "silent_upgrade=\"maybe\"")),
        ("a misspelt key", replaced("support_url", "suport_url")),
        ("an ISO language", with_info("x86_64", |info| format!("{info}displayname_deu=\"Leuchtfeuer\"\n"))),
        ("a key twice", with_info("x86_64", |info| format!("{info}beta=\"no\"\nbeta=\"no\"\n"))),
        ("a byte order mark", resealed("x86_64", |info| format!("\u{feff}{info}"))),
        ("CRLF", resealed("x86_64", |info| info.replace('\n', "\r\n"))),
        ("no quotes", replaced("adminport=\"8377\"", "adminport=8377")),
        ("an outer gzip", zipped(&good)),
        ("./ before names", remade(&good, |name, _| *name = format!("./{name}"))),
        ("no extractsize", resealed("x86_64", |info| unsized_lines(&info, ""))),
        ("extractsize in bytes", resealed("x86_64", |info| unsized_lines(&info, "extractsize=\"73728\"\n"))),
        ("extractsize in KiB on DSM 5", resealed("dsm5-x86_64", |info| unsized_lines(&info, "extractsize=\"72\"\n"))),
        (
            "no preupgrade and postupgrade",
            edited("x86_64", |path, entry| (!path.ends_with("upgrade")).then_some(entry)),
        ),
        ("no start-stop-status", without("scripts/start-stop-status")),
        ("no preinst", without("scripts/preinst")),
        ("a misspelt script", with("scripts/postisnt", b"#!/bin/sh\nexit 0\n")),
        ("a word of Debian's", replaced("arch=\"x86_64\"", "arch=\"amd64\"")),
        ("armv7 alone", replaced("arch=\"x86_64\"", "arch=\"armv7\"")),
        ("one board of a family", replaced("arch=\"x86_64\"", "arch=\"apollolake\"")),
        ("no picture", without("PACKAGE_ICON_256.PNG")),
        ("a picture of 72 pixels", with("PACKAGE_ICON.PNG", &png(72))),
        ("a picture for DSM 4", with("PACKAGE_ICON_120.PNG", &png(120))),
        ("a large licence", with("LICENSE", &[b'a'; 1_000_000])),
        ("no folder for dsmuidir", without("package/ui")),
        ("another app in dsmappname", replaced("naspack.beacon", "com.example.beacon")),
        ("another port in the desktop entry", replaced("adminport=\"8377\"", "adminport=\"8378\"")),
        ("a signature", with("syno_signature.asc", b"-----BEGIN PGP SIGNATURE-----\n")),
        ("the system's partition", with_info("x86_64", |info| format!("{info}install_type=\"system\"\n"))),
    ];
    let told: Vec<_> = cases.iter().map(|(name, bytes)| format!("{name}: {}", told(&found(bytes)))).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    an identity with `/`: SYN001 `a/b` cannot be a package's identity
    a version with letters: SYN002 `0.0.0-pr12` cannot be a Synology version
    a percent sign: SYN004 the value of `description` has `%`
    os_min_ver of no form: SYN005 `7.0` is not a version of DSM
    os_min_ver before 7.0-40000: SYN006 no DSM 7 is as old as 7.0-1
    os_min_ver of DSM 4: SYN017 DSM 5 does not know `os_min_ver`
    SYN006 there are no packages of this form for DSM 4
    SYN031 `extractsize` is 72, which looks like KiB
    SYN037 `PACKAGE_ICON.PNG` has 64×64 pixels
    os_min_ver of DSM 6 for DSM 7: SYN006 DSM 7 does not take a package that begins at DSM 6.1-15047
    SYN037 `PACKAGE_ICON.PNG` has 64×64 pixels
    os_max_ver before os_min_ver: SYN007 7.0-40000 is older than `os_min_ver`
    an address that is none: SYN015 `support_url` is `example.com`
    a key of DSM 7 on DSM 6: SYN017 DSM 6 does not know `dsmapppage`
    startable: SYN018 `startable` is deprecated since 6.1-14907
    firmware: SYN018 `firmware` is deprecated since 6.1-14715
    no os_min_ver: SYN020 `INFO` has no `os_min_ver`
    no maintainer: SYN020 `INFO` has no `maintainer`
    maybe: SYN021 `silent_upgrade` is `maybe`
    a misspelt key: SYN022 no guide has a key `suport_url`
    an ISO language: SYN022 no guide has a key `displayname_deu`
    a key twice: SYN023 `beta` stands here again
    a byte order mark: SYN024 `INFO` begins with a byte order mark, which becomes part of the first key
    CRLF: SYN025 `INFO` has line ends with a carriage return
    no quotes: SYN026 the value of `adminport` is not in quotes
    an outer gzip: SYN027 the package is compressed with gzip, and DSM 7 refuses that with error 263
    ./ before names: SYN028 `./` stands before the names in the package, where DSM does not find `INFO`
    no extractsize: SYN031 `INFO` has no `extractsize`
    extractsize in bytes: SYN031 `extractsize` is 73728, which looks like bytes
    extractsize in KiB on DSM 5: SYN031 `extractsize` is 72, which looks like KiB
    no preupgrade and postupgrade: SYN032 the package has no `scripts/preupgrade`, `scripts/postupgrade`
    no start-stop-status: SYN032 the package has no `scripts/start-stop-status`
    no preinst: SYN033 the package has no `scripts/preinst`
    a misspelt script: SYN033 DSM never calls a script named `postisnt`
    a word of Debian's: SYN034 `amd64` is no board or family of DSM
    armv7 alone: SYN035 `armv7` leaves out boards that run the same binaries: armada370 armada375 armada38x armadaxp comcerto2k monaco
    one board of a family: SYN035 `apollolake` names single boards, where `x86_64` stands for all and for those to come
    no picture: SYN036 the package has no `PACKAGE_ICON_256.PNG`
    a picture of 72 pixels: SYN037 `PACKAGE_ICON.PNG` has 72×72 pixels
    a picture for DSM 4: SYN037 `PACKAGE_ICON_120.PNG` was for DSM 4 alone
    a large licence: SYN038 `LICENSE` has 1000000 bytes, and 999999 are allowed
    no folder for dsmuidir: SYN039 `dsmuidir` names `ui`, which is no folder of `package.tgz`
    another app in dsmappname: SYN040 `dsmappname` has `com.example.beacon`, and `config` has not
    SYN040 `config` has `naspack.beacon`, and `dsmappname` has not
    another port in the desktop entry: SYN041 Package Center links to port 8378, and the desktop icon to 8377
    SYN077 INFO has port 8378, which no port file has
    a signature: SYN042 DSM 7 does not look at the signature
    the system's partition: SYN043 the package is installed on the system's partition
    ");
}

/// As large a package would take as long to make.
#[test]
fn a_package_may_be_too_large_for_package_center() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("beacon.spk");
    std::fs::write(&path, seal(&sample("x86_64"))).unwrap();
    let mut opened = crate::vendor::open(&path, &Limits::default()).unwrap();
    for (packed, expected) in [(100 << 20, ""), ((100 << 20) + 1, "SYN044 the package has 100 MiB")] {
        opened.packed = packed;
        assert_eq!(told(&crate::lint::verify(&opened, Levels::default()).findings), expected);
    }
}

#[test]
fn what_is_right_is_not_found() {
    let script = |text: &str| with("scripts/postinst", format!("#!/bin/sh\n{text}\n").as_bytes());
    for (name, bytes) in [
        (
            "any order",
            replaced("package=\"beacon\"\nversion=\"1.2.3-9004\"\n", "version=\"1.2.3-9004\"\npackage=\"beacon\"\n"),
        ),
        ("a language of DSM's", with_info("x86_64", |info| format!("{info}displayname_ger=\"Leuchtfeuer\"\n"))),
        ("several links", replaced("dsmuidir=\"ui\"", "dsmuidir=\"beacon:ui\"")),
        ("no board but all", replaced("arch=\"x86_64\"", "arch=\"noarch\"")),
        ("boards of one's choice", replaced("arch=\"x86_64\"", "arch=\"armada38x\"")),
        (
            "7.2 has fewer boards",
            with_info("armv7", |info| {
                info.replace("7.0-40000", "7.2-64570")
                    .replace(" armada370 armada375 armada38x armadaxp comcerto2k", " armada38x")
            }),
        ),
        ("a path that is there", script("\"$SYNOPKG_PKGDEST/bin/beacon\" --version")),
        ("a path that is made", script("mkdir -p \"${SYNOPKG_PKGDEST}/made\" # /var/run/x")),
        ("a file beside the scripts", with("scripts/functions", b"#!/bin/sh\ndie() { exit 1; }\n")),
    ] {
        let found: Vec<_> = found(&bytes)
            .into_iter()
            .filter(|found| !(name.contains("beside") && found.code() == Some("SYN033")))
            .collect();
        assert!(name == "a path that is made" || found.is_empty(), "{name}: {}", told(&found));
    }
}

/// The way of one Rust daemon to its first working SPK (unified-hifi-control, in public threads), each station of it offline and
/// with the device's number. Files that `conf` names, and who runs what, are with those files; binaries with the devices.
#[test]
fn the_field() {
    let script = |text: &str| with("scripts/start-stop-status", format!("#!/bin/sh\n{text}\n").as_bytes());
    for (thread, code, device, bytes) in [
        ("#171: scripts named a path that does not exist", "NAS036", "", script("$SYNOPKG_PKGDEST/bin/hifi start")),
        ("#171: a 72-pixel icon where 64 is wanted", "SYN037", "261", with("PACKAGE_ICON.PNG", &png(72))),
        ("#172: startable", "SYN018", "261", with_info("x86_64", |info| format!("{info}startable=\"yes\"\n"))),
        ("#172: scripts missing", "SYN032", "261", without("scripts/p")),
        ("#172: extractsize missing", "SYN031", "", resealed("x86_64", |info| unsized_lines(&info, ""))),
        ("#172: dsmuidir without a folder", "SYN039", "261", without("package/ui")),
        ("#387: /var/run as the package's user", "NAS035", "", script("echo $$ > /var/run/hifi.pid")),
        ("#387: apollolake for x86_64", "SYN035", "261", replaced("arch=\"x86_64\"", "arch=\"apollolake\"")),
        ("#387: 0.0.0-pr12", "SYN002", "261", replaced("1.2.3-9004", "0.0.0-pr12")),
        ("spksrc#4798: another major version", "SYN006", "261", replaced("7.0-40000", "7.0-1")),
        ("ContainerManager#1: INFO is not found", "SYN027", "263", zipped(&seal(&sample("x86_64")))),
    ] {
        let found = found(&bytes);
        let own = found.iter().find(|found| found.code() == Some(code));
        let own = own.unwrap_or_else(|| panic!("{thread}: {}", told(&found)));
        assert_eq!(own.rule.unwrap().device, device, "{thread}");
    }
}

/// Everything of one kind is told fifty times at most, and what comes behind two thousand lines not at all.
#[test]
fn an_absurdly_long_info_is_cut_short() {
    let found = found(&with_info("x86_64", |info| info.to_owned() + &"unheard_of=\"$\"\n".repeat(100_000)));
    let of = |code: &str| found.iter().filter(|found| found.code() == Some(code)).collect::<Vec<_>>();
    assert_eq!((of("SYN029").len(), of("SYN022").len()), (1, 50));
    assert!(of("SYN022")[49].notes.last().unwrap().ends_with("more of these are not listed"));
    assert!(!told(&self::found(&with_info("x86_64", str::to_owned))).contains("SYN029"));
}

/// No rule is without a case here or among those for the manifest.
#[test]
fn every_rule_says_why() {
    for rule in super::rules::RULES {
        assert!(rule.why.len() > 20 && rule.why.ends_with('.'), "{}", rule.code);
    }
}
