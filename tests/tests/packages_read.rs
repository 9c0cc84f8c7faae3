//! `inspect` and `diff`: what the command makes of packages of ours, of the vendors' own, and of those that mean harm.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failing helper fails its test, and says what was not run"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nas_pack_tests::command::{Nas, Outcome, root};
use nas_pack_tests::example::{Package, package_for, packages};
use nas_pack_tests::fixture::Fixture;
use nas_pack_tests::open::unpack;
use serde_json::{Value, json};

fn inspect(path: &Path) -> Nas {
    Nas::new(["inspect"]).arg(path)
}

fn diff(a: &Path, b: &Path) -> Nas {
    Nas::new(["diff"]).arg(a).arg(b)
}

/// A comparison that finds a difference, which is exit code 1 and no complaint.
fn different(nas: &Nas) -> Outcome {
    let outcome = nas.run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(1), ""), "{}", outcome.stdout);
    outcome
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// One package for each vendor, all for x86-64.
fn one_of_each() -> [&'static Package; 4] {
    [("asustor", "x86-64"), ("synology", "x86_64"), ("wd-os5", "MyCloudPR4100"), ("wd-os3", "MyCloudPR2100")]
        .map(|(vendor, device)| package_for(vendor, device))
}

/// Paths, permissions and contents of a folder: of files the bytes, of links the target, of folders nothing.
#[cfg(unix)]
fn files_below(folder: &Path) -> BTreeMap<String, (char, bool, Vec<u8>)> {
    use std::os::unix::fs::PermissionsExt as _;

    fn walk(top: &Path, folder: &Path, into: &mut BTreeMap<String, (char, bool, Vec<u8>)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let runs = metadata.permissions().mode() & 0o111 != 0;
            if metadata.is_symlink() {
                into.insert(name, ('l', true, fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()));
            } else if metadata.is_dir() {
                into.insert(name, ('d', true, Vec::new()));
                walk(top, &path, into);
            } else {
                into.insert(name, ('f', runs, fs::read(&path).unwrap()));
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(folder, folder, &mut files);
    files
}

#[test]
fn inspect_says_what_was_packaged() {
    let all = packages().iter().map(|package| &package.path);
    let reports = parse(&all.fold(Nas::new(["inspect", "--json"]), Nas::arg).succeed().stdout);
    for (package, report) in packages().iter().zip(reports.as_array().unwrap()) {
        assert_eq!(report["file"], json!(package.path));
        assert_eq!((&report["vendor"], &report["arch"]), (&json!(package.vendor), &json!(package.arch)));
        assert_eq!((&report["package"], &report["packed"]), (&json!("beacon"), &json!(package.size)));
        assert!(report["version"].as_str().unwrap().starts_with("1.2.3"), "{}", report["version"]);
        let devices = report["devices"].as_array().unwrap();
        assert!(devices.contains(&json!(package.device)), "{} {devices:?}", package.device);
        let checks = report["checks"].as_array().unwrap();
        assert!(checks.iter().all(|check| check["holds"] == json!(true)), "{checks:?}");
        assert_eq!(report["warnings"], json!([]));
        assert!(report["scripts"].as_array().unwrap().len() >= 7);
        let [binary] = &report["binaries"].as_array().unwrap()[..] else { panic!("{}", report["binaries"]) };
        assert!(binary["path"].as_str().unwrap().ends_with("bin/beacon"), "{binary}");
        assert_eq!((&binary["binary"]["arch"], &binary["binary"]["needed"]), (&json!(package.arch), &json!([])));
    }
}

#[test]
fn the_table_and_the_tree_show_what_json_says() {
    for package in one_of_each() {
        let report = parse(&inspect(&package.path).arg("--json").succeed().stdout)[0].take();
        let table = inspect(&package.path).succeed().stdout;
        let tree = inspect(&package.path).arg("--tree").succeed().stdout;
        assert!(table.starts_with(&format!("{}\n\n", package.path.display())) && table.ends_with(&tree), "{table}");
        for pair in report["metadata"].as_array().unwrap() {
            let (key, value) = (pair["key"].as_str().unwrap(), pair["value"].as_str().unwrap());
            // A long value ends with an ellipsis.
            let is_value = |shown: &str| match shown.strip_suffix('…') {
                Some(begin) => begin.chars().count() >= 99 && value.starts_with(begin),
                None => shown == value,
            };
            let shown =
                table.lines().any(|line| line.split_once("  ").is_some_and(|(k, v)| k == key && is_value(v.trim())));
            assert!(shown || value.is_empty(), "{key} {value}\n{table}");
        }
        let entries = report["tree"].as_array().unwrap();
        assert_eq!(tree.lines().count(), 1 + entries.len());
        for (line, entry) in tree.lines().skip(1).zip(entries) {
            let path = entry["path"].as_str().unwrap();
            let slash = if entry["type"] == "folder" { "/" } else { "" };
            assert!(line.ends_with(&format!("  {path}{slash}")), "{line}: {entry}");
            assert!(
                line.starts_with(if entry["mode"] == "0755" && slash.is_empty() { "-rwxr-xr-x" } else { "" }),
                "{line}"
            );
        }
    }
}

/// What comes out by `--extract` and `--cat` is what BusyBox unpacks on the device.
#[cfg(unix)]
#[test]
fn what_is_extracted_is_what_the_device_gets() {
    for package in one_of_each() {
        let dir = Fixture::empty();
        let folder = dir.path().join("out");
        let quiet = inspect(&package.path).arg("--extract").arg(&folder).succeed();
        assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
        let ours = files_below(&folder);
        let unpacked = unpack(package);
        let theirs = match package.vendor.as_str() {
            "asustor" => {
                let control = files_below(&unpacked.path().join("control"));
                let control = control.into_iter().map(|(path, file)| (format!("CONTROL/{path}"), file));
                let folder = ("CONTROL".to_owned(), ('d', true, Vec::new()));
                files_below(&unpacked.path().join("data")).into_iter().chain(control).chain([folder]).collect()
            }
            "synology" => {
                fs::remove_file(unpacked.path().join("package.tgz")).unwrap();
                files_below(unpacked.path())
            }
            _ => files_below(&unpacked.path().join("beacon")),
        };
        assert!(ours.keys().eq(theirs.keys()), "{:?}\n{:?}", ours.keys(), theirs.keys());
        for (path, file) in &ours {
            assert!(file == &theirs[path], "{}: {path}", package.file);
            if let ('f', _, bytes) = file
                && let Ok(text) = std::str::from_utf8(bytes)
            {
                assert_eq!(inspect(&package.path).arg("--cat").arg(path).succeed().stdout, text);
            }
        }
        let again = inspect(&package.path).arg("--extract").arg(&folder).fail().stderr;
        assert!(again.contains("is not empty") && again.contains("not there yet"), "{again}");
    }
}

#[test]
fn one_app_is_the_same_app_in_every_package() {
    for a in one_of_each() {
        let same = diff(&a.path, &a.path).succeed();
        let path = a.path.display();
        assert_eq!((same.stdout, same.stderr), (format!("--- {path}\n+++ {path}\n\nno difference\n"), String::new()));
        for b in one_of_each().into_iter().filter(|b| b.vendor != a.vendor) {
            let report = parse(&different(&diff(&a.path, &b.path).arg("--json")).stdout);
            assert_eq!((&report["before"], &report["after"]), (&json!(a.path), &json!(b.path)));
            assert_eq!((&report["same"], &report["files"]), (&json!(false), &json!([])), "{} {}", a.file, b.file);
            let real = |list: &str| -> Vec<&str> {
                let changes = report[list].as_array().unwrap().iter();
                changes
                    .filter(|change| change["by-nature"] == json!(false))
                    .map(|c| c["name"].as_str().unwrap())
                    .collect()
            };
            let is_wd = a.is_wd() && b.is_wd();
            let facts: &[&str] = if a.vendor == "synology" || b.vendor == "synology" {
                // Synology's versions end with a build number.
                &["vendor", "version", "devices"]
            } else {
                &["vendor", "devices"]
            };
            assert_eq!(real("facts"), facts);
            // WD's two systems speak one language.
            let words: &[&str] = if is_wd { &["MinFWVer", "app_id", "model_id"] } else { &[] };
            let mut said = real("metadata");
            said.sort_unstable();
            assert_eq!(said, words, "{} {}", a.file, b.file);
            assert_eq!(report["vendor-files"].is_array(), is_wd);
        }
    }
}

#[test]
fn diff_shows_what_another_build_has_changed() {
    let [x86, arm] = ["x86-64", "arm64"].map(|device| package_for("asustor", device));
    let shown = different(&diff(&x86.path, &arm.path).dir(root())).stdout;
    let row = |name: &str| {
        let line = shown.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}\n{shown}"));
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(row("devices"), ["devices", "x86-64", "arm64"]);
    assert_eq!(row("arch"), ["arch", "x86_64", "aarch64"]);
    assert_eq!(row("general.architecture"), ["general.architecture", "x86-64", "arm64"]);
    let program = row("bin/beacon");
    assert!(program[1] == "changed" && program[2].contains("; arch x86_64 -> aarch64"), "{program:?}");
    assert_eq!(row("CONTROL/start-stop.sh")[1], "changed");
    assert!(row("different by nature: packed")[0].ends_with(", CONTROL/config.json"), "{shown}");
    assert!(!shown.contains("\n+") || shown.matches("\n+").count() == 1, "{shown}");

    let text = different(&diff(&x86.path, &arm.path).arg("--text")).stdout;
    let lines = "\n--- a/CONTROL/config.json\n+++ b/CONTROL/config.json\n@@ ";
    assert!(text.contains(lines) && text.contains("\n-    \"architecture\": \"x86-64\",\n+"), "{text}");
    assert!(!text.contains("a/bin/beacon"), "{text}");
}

/// A member of a tar archive as nobody's program writes it.
fn member(name: &str, kind: u8, link: &str, data: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    let size = format!("{:011o}", data.len());
    let fields: [(usize, &str); 7] =
        [(0, name), (100, "0004777"), (108, "0001750"), (116, "0001750"), (124, &size), (157, link), (257, "ustar  ")];
    for (at, text) in fields {
        header[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    header[156] = kind;
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header.extend(data);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

/// A Synology package, whose `package.tgz` may be uncompressed.
fn spk(info: &str, members: &[Vec<u8>]) -> Vec<u8> {
    let end = [0; 1024];
    let inner = [&members.concat()[..], &end].concat();
    [member("INFO", b'0', "", info.as_bytes()), member("package.tgz", b'0', "", &inner), end.to_vec()].concat()
}

const INFO: &str = "package=\"lamp\"\nversion=\"1\"\n";

#[test]
fn packages_that_mean_harm_do_none() {
    let dir = Fixture::empty();
    let harm = |name: &str, members: &[Vec<u8>]| dir.write(name, spk(INFO, members));
    let secret = dir.write("secret", "untouched");
    let refused = [
        ("up", vec![member("../secret", b'0', "", b"x")], "would be written outside of the package"),
        ("root", vec![member("/tmp/x", b'0', "", b"x")], "has an absolute name"),
        ("link", vec![member("l", b'2', "..", b""), member("l/secret", b'0', "", b"x")], "through `package/l`"),
        ("hard", vec![member("h", b'1', "../secret", b"")], "is not a file in front of it"),
        ("twice", vec![member("a", b'0', "", b"x"), member("a", b'0', "", b"y")], "is there twice"),
        ("escape", vec![member("a\u{1b}[2J", b'0', "", b"x")], "has characters in its name"),
    ];
    for (name, members, reason) in refused {
        let path = harm(name, &members);
        let folder = dir.path().join("out");
        let said = inspect(&path).arg("--extract").arg(&folder).fail().stderr;
        let reason = reason.replace("package/", "");
        assert!(said.contains(&reason) && !said.contains('\u{1b}'), "{name}: {said}");
        assert!(!folder.exists());
        // It cannot be compared either, which is not the same as a difference.
        let outcome = diff(&path, &path).run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(&reason), "{}", outcome.stderr);
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "untouched");
}

#[cfg(unix)]
#[test]
fn what_is_extracted_from_a_stranger_s_package_is_tame() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = Fixture::empty();
    let members = [
        member("tool", b'0', "", b"#!/bin/sh\n"),
        member("passwd", b'2', "/etc/passwd", b""),
        member("near", b'2', "tool", b""),
        member("null", b'3', "", b""),
    ];
    let path = dir.write("p", spk(INFO, &members));
    let folder = dir.path().join("out");
    let warned = inspect(&path).arg("--extract").arg(&folder).succeed().stderr;
    assert!(
        warned.contains("the link `package/passwd` is left out") && warned.contains("character device"),
        "{warned}"
    );
    let mode = fs::metadata(folder.join("package/tool")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o755, "setuid and the w bit for others are gone");
    let names: Vec<_> = files_below(&folder).into_keys().collect();
    assert_eq!(names, ["INFO", "package", "package/near", "package/tool"]);
    let shown = inspect(&path).arg("--tree").succeed().stdout;
    assert!(
        shown.contains("-rwsrwxrwx  1000/1000") && shown.contains("package/null (character device, left out)"),
        "{shown}"
    );
}

#[test]
fn a_stranger_s_texts_do_nothing_to_the_terminal() {
    let dir = Fixture::empty();
    let info = |word: &str| format!("{INFO}description=\"{word}\u{1b}]0;owned\u{7}\u{202e}\"\n");
    let file = |text: &str| member("notes.txt", b'0', "", text.as_bytes());
    let a = dir.write("a", spk(&info("one"), &[file("one\u{1b}[2J\r\n"), member("l", b'2', "\u{1b}[1m", b"")]));
    let b = dir.write("b", spk(&info("two"), &[file("two\n"), member("l", b'2', "x\u{9b}2J", b"")]));
    let commands = [inspect(&a), inspect(&a).arg("--tree"), inspect(&b), diff(&a, &b), diff(&a, &b).arg("--text")];
    for command in commands {
        let outcome = command.run();
        let text = outcome.stdout + &outcome.stderr;
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(bad, None, "{text:?}");
    }
    let shown = diff(&a, &b).arg("--text").run().stdout;
    assert!(shown.contains("-one\\u{1b}[2J\\u{d}\n+two\n"), "{shown}");
}

#[test]
fn diff_tells_a_difference_from_trouble() {
    let dir = Fixture::empty();
    let file = |name: &str, text: &str| dir.write(name, spk(INFO, &[member("notes.txt", b'0', "", text.as_bytes())]));
    let (a, b) = (file("a", "one\n"), file("b", "two\n"));
    let shown = different(&diff(&a, &b).arg("--text")).stdout.replace(&format!("{}/", dir.path().display()), "");
    insta::assert_snapshot!(shown, @"
    --- a
    +++ b

    THE APP'S FILE  IS       HOW
    notes.txt       changed  content

    --- a/package/notes.txt
    +++ b/package/notes.txt
    @@ -1 +1 @@
    -one
    +two
    ");
    assert_eq!(diff(&a, &a).arg("--json").succeed().stderr, "");

    let text = dir.write("text", "no package\n");
    let outcome = diff(&text, &dir.path().join("none")).run();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    // Both are told at once.
    insta::assert_snapshot!(outcome.masked_stderr(&[(dir.path(), "[DIR]")]), @"
    error: `[DIR]/text` is not a package of a known vendor
     |
     = note: its first bytes are none of those that packages have
     = note: known are ASUSTOR's APKG 2.0 (.apk), Synology's SPK (.spk), and WD My Cloud OS5 and OS3 (.bin)

    error: cannot read `[DIR]/none`: no such file or directory
    ");
    let limited = diff(&a, &b).arg("--limit").arg("file=3").run();
    assert!(limited.code == Some(2) && limited.stderr.contains("more than 3"), "{}", limited.stderr);
    for wrong in [&["diff"][..], &["diff", "a"], &["diff", "a", "b", "c"], &["diff", "a", "b", "--limit", "x=1"]] {
        assert_eq!(Nas::new(wrong).run().code, Some(2));
    }
}

/// The folder of packages that the vendors' own tools made, where it is at hand.
fn vectors() -> Option<PathBuf> {
    let found = root().ancestors().map(|dir| dir.join("shared/vectors")).find(|dir| dir.is_dir());
    if found.is_none() {
        eprintln!("not run: the vendors' own packages are not here");
    }
    found
}

#[test]
fn the_vendors_own_packages_are_inspected_and_compared() {
    let Some(vectors) = vectors() else { return };
    let at = |name: &str| vectors.join(name);
    let apk = [2, 3].map(|python| at(&format!("asustor/hello-apk_1.2.3.r4_x86-64.vendor-py{python}.apk")));
    let spk = ["6.2.4", "7.2"].map(|dsm| at(&format!("synology/hello-noarch-1.2.3-0004_DSM{dsm}.spk")));
    let bin =
        ["os5-v2.0_MyCloudPR4100", "os3-v1.3_MyCloudPR2100"].map(|name| at(&format!("wd/bins/{name}_hello_1.02.bin")));
    for path in apk.iter().chain(&spk).chain(&bin) {
        let said = inspect(path).succeed();
        assert!(
            said.stderr.is_empty() && said.stdout.contains("\n  package    hello"),
            "{}\n{}",
            said.stderr,
            said.stdout
        );
    }
    let told = |[a, b]: &[PathBuf; 2]| {
        let text = different(&diff(a, b)).stdout.replace(&format!("{}/", vectors.display()), "");
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(told(&apk), @"
    --- asustor/hello-apk_1.2.3.r4_x86-64.vendor-py2.apk
    +++ asustor/hello-apk_1.2.3.r4_x86-64.vendor-py3.apk

    AROUND THE FILES     BEFORE   AFTER
    control.tar.gz: tar  GNU tar  pax tar
    data.tar.gz: tar     GNU tar  pax tar

    different by nature: packed
    ");
    insta::assert_snapshot!(told(&spk), @"
    --- synology/hello-noarch-1.2.3-0004_DSM6.2.4.spk
    +++ synology/hello-noarch-1.2.3-0004_DSM7.2.spk

    KEY         BEFORE     AFTER
    os_min_ver  6.1-15047  7.0-40000

    THE VENDOR'S FILE  IS       HOW
    PACKAGE_ICON.PNG   changed  content 256 B -> 249 B

    different by nature: unpacked, INFO
    ");
    insta::assert_snapshot!(told(&bin), @"
    --- wd/bins/os5-v2.0_MyCloudPR4100_hello_1.02.bin
    +++ wd/bins/os3-v1.3_MyCloudPR2100_hello_1.02.bin

    FACT     BEFORE         AFTER
    vendor   wd-os5         wd-os3
    devices  MyCloudPR4100  MyCloudPR2100

    KEY       BEFORE  AFTER
    model_id  7       8
    app_id    10      -

    different by nature: packed, unpacked, apkg.sign, apkg.xml
    ");
    let [[apk, _], [_, spk], [bin, _]] = [apk, spk, bin];
    insta::assert_snapshot!(told(&[spk.clone(), apk]), @"
    --- synology/hello-noarch-1.2.3-0004_DSM7.2.spk
    +++ asustor/hello-apk_1.2.3.r4_x86-64.vendor-py2.apk

    FACT     BEFORE      AFTER
    vendor   synology    asustor
    package  hello       hello-apk
    version  1.2.3-0004  1.2.3.r4
    devices  noarch      x86-64
    arch     -           x86_64

    KEY           BEFORE            AFTER
    description   A sample package  A sample app.
    dependencies  WebStation        python3

    THE APP'S FILE  IS     HOW
    bin/hello-hard  added  0755, 21 B
    bin/hello-link  added  link to hello
    docs            added  folder
    empty           added  folder
    www             added  folder
    www/index.html  added  0644, 6 B

    not compared between vendors: scripts, icons, metadata files and archives

    different by nature: packed (31 kB -> 2 kB), unpacked (5 kB -> 1 kB), oldest firmware
    ");
    insta::assert_snapshot!(told(&[spk, bin]), @"
    --- synology/hello-noarch-1.2.3-0004_DSM7.2.spk
    +++ wd/bins/os5-v2.0_MyCloudPR4100_hello_1.02.bin

    FACT     BEFORE      AFTER
    vendor   synology    wd-os5
    version  1.2.3-0004  1.02
    devices  noarch      MyCloudPR4100
    arch     -           x86_64

    KEY           BEFORE                AFTER
    description   A sample package      A small sample app, for tests only.
    maintainer    Example               WD
    homepage      https://example.com/  http://www.example.com/
    port          39876                 8080
    dependencies  WebStation            A
    conflicts     -                     B

    THE APP'S FILE  IS       HOW
    bin/hello       changed  content 21 B -> 3 B

    not compared between vendors: scripts, icons, metadata files and archives

    different by nature: packed (31 kB -> 1 kB), unpacked (5 kB -> 2 kB), oldest firmware
    ");
}
