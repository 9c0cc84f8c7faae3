//! The packages' whole lives, played by the command: those of the example app on every vendor's firmware and processor, an upgrade between
//! two builds of a small daemon, and what the command says of packages that are bad or none.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failing helper fails its test, and says what it skips")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nas_pack_tests::command::{Nas, Outcome, target_dir};
use nas_pack_tests::example::{Package, packages, set_up};
use nas_pack_tests::fixture::Fixture;
use serde_json::Value;
use tempfile::TempDir;

/// A folder for temporary files that all accounts of a box may pass through, as they may through `/tmp`.
fn temp() -> TempDir {
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap()
}

/// `cargo nas simulate PACKAGES…`, with a folder of its own for boxes.
fn simulate<'a>(temp: &TempDir, files: impl IntoIterator<Item = &'a PathBuf>) -> Nas {
    set_up();
    files.into_iter().fold(Nas::new(["simulate"]), Nas::arg).env("TMPDIR", temp.path())
}

/// Whether the machine lets boxes be made, with a note if not.
fn played(outcome: &Outcome) -> bool {
    let refused = outcome.stderr.contains("this machine lets no box be made");
    if refused {
        eprintln!("not run: {}", outcome.stderr);
    }
    !refused
}

/// The lives that `--json` tells of.
fn lives(outcome: &Outcome) -> Vec<Value> {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// What of this machine a simulation could leave behind: mounts, and processes that have to do with its folder.
fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

fn processes_in(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let texts = |process: &Path| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        let root = fs::read_link(process.join("root")).unwrap_or_default();
        format!("{} in {}", String::from_utf8_lossy(&line).replace('\0', " "), root.display())
    };
    processes.map(|process| texts(&process)).filter(|text| text.contains(folder)).collect()
}

/// One package for each vendor and processor.
fn matrix() -> Vec<&'static Package> {
    let mut seen = BTreeSet::new();
    packages().iter().filter(|package| seen.insert((&package.vendor, &package.arch))).collect()
}

#[test]
fn the_example_lives_on_every_firmware_and_processor() {
    let matrix = matrix();
    let expected = [("asustor", 3), ("synology", 3), ("wd-os3", 2), ("wd-os5", 2)];
    for (vendor, arches) in expected {
        assert_eq!(matrix.iter().filter(|package| package.vendor == vendor).count(), arches, "{vendor}");
    }
    let (temp, mounted) = (temp(), mounts());
    let report = TempDir::new().unwrap();
    let junit = report.path().join("junit.xml");
    let command = simulate(&temp, matrix.iter().map(|package| &package.path));
    let outcome = command.arg("--json").arg("--jobs").arg("16").arg("--junit").arg(&junit).run();
    if !played(&outcome) {
        return;
    }
    let lives = lives(&outcome);
    assert_eq!(lives.len(), matrix.len());
    let mut tests = 0;
    for (life, package) in lives.iter().zip(&matrix) {
        let name = &package.file;
        let scenes = life["scenes"].as_array().unwrap_or_else(|| panic!("{life:#}"));
        for scene in scenes {
            assert_eq!(scene["verdict"], "passed", "{name}: {scene:#}");
        }
        assert_eq!(life["verdict"], "passed", "{name}");
        tests += scenes.len();
        let fact = |scene: &str, fact: &str| {
            let scene =
                scenes.iter().find(|played| played["scene"] == scene).unwrap_or_else(|| panic!("{name}: {scene}"));
            scene["facts"].as_array().unwrap().iter().any(|told| told.as_str().unwrap().contains(fact))
        };
        assert!(fact("probe", "answers 200"), "{name}");
        assert!(fact("data", "settings file"), "{name}");
        assert!(fact("upgrade", "data and settings are there") && fact("upgrade", "port 8137 answers 200"), "{name}");
        assert!(fact("uninstall", "no process is left") && fact("uninstall", "the data waits"), "{name}");
        assert!(fact("install-again", "data and settings are there"), "{name}");
    }
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let junit = fs::read_to_string(junit).unwrap();
    assert!(junit.contains(&format!("tests=\"{tests}\" failures=\"0\"")), "{junit}");
    assert_eq!(junit.matches("<testcase ").count(), tests);

    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0, "boxes are left in {}", temp.path().display());
    assert_eq!(processes_in(temp.path()), [""; 0]);
    assert_eq!(mounts(), mounted);
}

/// A daemon of few lines. Each visit leaves the daemon's version in its data.
const DAEMON: &str = r#"
use std::env::var;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::TcpListener;

fn main() {
    let listener = TcpListener::bind(("0.0.0.0", var("NAS_PORT").unwrap().parse().unwrap())).unwrap();
    for visitor in listener.incoming() {
        let mut visitor = visitor.unwrap();
        let _ = visitor.read(&mut [0; 1000]);
        let visits = format!("{}/visits", var("NAS_DATA_DIR").unwrap());
        let mut visits = OpenOptions::new().create(true).append(true).open(visits).unwrap();
        writeln!(visits, env!("CARGO_PKG_VERSION")).unwrap();
        let _ = visitor.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    }
}
"#;

/// The daemon in a version of its own, with whatever else its manifest says.
fn small(version: &str, more: &str) -> Fixture {
    let app = Fixture::new(&format!(
        r#"
[package]
name = "lamp"
version = "{version}"
edition = "2021"
description = "Glows"
authors = ["Ann <ann@example.com>"]

[package.metadata.nas]
service = {{ port = 8200, start-timeout = 5 }}
assets = [{{ source = "share/**", dest = "share/" }}]
{more}
"#
    ));
    app.write("src/main.rs", DAEMON);
    app.write(&format!("share/of-{version}"), version);
    app
}

/// Its packages for x86-64 on each vendor's firmware.
fn pack(app: &Fixture) -> BTreeMap<String, PathBuf> {
    set_up();
    let command = Nas::new(["package", "--offline", "--json", "--arch", "x86_64"]).dir(app.path());
    let made = command.env("CARGO_TARGET_DIR", target_dir().join("nas-e2e-small")).arg("--output").arg("packages");
    let made: Value = serde_json::from_str(&made.succeed().stdout).unwrap();
    let mut packages = BTreeMap::new();
    for package in made.as_array().unwrap() {
        packages
            .entry(package["vendor"].as_str().unwrap().to_owned())
            .or_insert(app.path().join(package["path"].as_str().unwrap()));
    }
    packages
}

/// Every file of that name below a folder.
fn named(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(named(&entry.path(), name));
        } else if entry.file_name() == name {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn an_upgrade_from_an_older_build_brings_the_new_files_and_keeps_the_data() {
    let (old, new) = (small("1.0.0", ""), small("2.0.0", ""));
    let (old, new) = (pack(&old).into_values().collect::<Vec<_>>(), pack(&new));
    assert_eq!(new.len(), 4);
    let temp = temp();
    let mut command = simulate(&temp, new.values()).arg("--json").arg("--jobs").arg("8").arg("--keep");
    for scene in ["install", "upgrade"] {
        command = command.arg("--scene").arg(scene);
    }
    let outcome = old.iter().fold(command, |command, old| command.arg("--from").arg(old)).run();
    if !played(&outcome) {
        return;
    }
    for life in lives(&outcome) {
        assert_eq!(life["verdict"], "passed", "{life:#}");
        let upgrade = &life["scenes"][1];
        let versions = upgrade["facts"][0].as_str().unwrap();
        assert!(versions.starts_with("1.0.0") && versions.contains(" to 2.0.0"), "{versions}");
        // The box is kept as it was after the upgrade.
        let root = Path::new(life["kept"].as_str().unwrap()).join("root");
        let visits = named(&root, "visits").into_iter().map(|file| fs::read_to_string(file).unwrap());
        let visits: String = visits.collect();
        let versions: Vec<_> = visits.lines().collect();
        assert!(versions.is_sorted() && versions.contains(&"1.0.0") && versions.contains(&"2.0.0"), "{versions:?}");
        assert_eq!(named(&root, "of-2.0.0").len(), 1);
        assert_eq!(named(&root, "of-1.0.0"), [""; 0].map(PathBuf::from));
    }
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}

/// An app without a daemon, so that nothing has to be compiled.
fn pages(step: &str) -> Fixture {
    let app = Fixture::new(&format!(
        r#"
[package]
name = "pages"
version = "1.2.3"
edition = "2021"
description = "Only pages"
authors = ["Ann <ann@example.com>"]

[package.metadata.nas]
binaries = []
assets = [{{ source = "www/**", dest = "www/" }}]
vendors = ["synology"]
hooks.post-install = [{{ sh = "{step}" }}]
"#
    ));
    app.write("www/index.html", "<!DOCTYPE html>\n<title>Pages</title>\n");
    app
}

#[test]
fn a_bad_package_and_what_is_none_fail_the_command_and_are_told() {
    set_up();
    let app = pages("echo no licence; exit 3");
    let package = Nas::new(["package", "--offline", "--simulate", "--output", "packages"]).dir(app.path());
    let outcome = package.run();
    if !played(&outcome) {
        return;
    }
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("error[SIM001]: install: `postinst` ended with code 1"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("no licence"), "{}", outcome.stderr);

    // The package is there all the same.
    let file = app.path().join("packages/pages-noarch-1.2.3-9000.spk");
    let none = app.write("none.spk", "none");
    let temp = temp();
    let outcome = simulate(&temp, [&none, &file]).arg("--scene").arg("install").run();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    for said in ["cannot be played", "1 failed", "✗"] {
        assert!(outcome.stdout.contains(said), "{said}: {}", outcome.stdout);
    }
    let told = outcome.masked_stderr(&[(app.path(), "APP")]);
    let told = told.lines().filter(|line| !line.trim_start().starts_with("Played ")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(told, @r#"
    error: `APP/none.spk` is not a package of a known vendor
     |
     = note: its first bytes are none of those that packages have
     = note: known are ASUSTOR's APKG 2.0 (.apk), Synology's SPK (.spk), and WD My Cloud OS5 and OS3 (.bin)

    error[SIM001]: install: `postinst` ended with code 1
     |
     = note: it told the user:
                 a step of the app failed: post_install ended with code 3
     = note: it said:
                 no licence
                 pages: a step of the app failed: post_install ended with code 3
    "#);
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

#[test]
fn a_package_is_played_as_it_is_made_and_only_the_scenes_that_are_asked_for() {
    set_up();
    let app = pages("echo thank you");
    let package = Nas::new(["package", "--offline", "--simulate", "--json", "--output", "packages"]).dir(app.path());
    let outcome = package.run();
    if !played(&outcome) {
        return;
    }
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let made: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(made[0]["simulated"]["verdict"], "passed", "{made:#}");

    let temp = temp();
    let file = app.path().join("packages/pages-noarch-1.2.3-9000.spk");
    let outcome = simulate(&temp, [&file]).arg("--json").arg("--keep").arg("--scene").arg("upgrade").succeed();
    let life = &lives(&outcome)[0];
    let scenes: Vec<_> =
        life["scenes"].as_array().unwrap().iter().map(|scene| scene["scene"].as_str().unwrap()).collect();
    assert_eq!(scenes, ["install", "upgrade"]);
    // What was asked for is there, and goes with the test.
    let kept = Path::new(life["kept"].as_str().unwrap());
    assert_eq!(kept.parent(), Some(temp.path()));
    assert_eq!(named(&kept.join("root"), "index.html").len(), 1);
    assert_eq!(processes_in(temp.path()), [""; 0]);
}

/// Asks the daemon where it is, changes its settings as somebody with an editor would, and waits until it has read them.
const LOOK: &str = r#"
box() { /.sim/busybox "$@"; }
status() { box wget -q -O - http://127.0.0.1:8137/api/status; echo; }
folder() { status | box sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }
status
settings=$(folder settings)/beacon.toml
log=$(folder log)
box cat "$settings"
box sed -i 's/^title = .*/title = "Attic"/' "$settings"
kill -HUP "$(box cat "${log%/log}/run/beacon.pid")"
until status | box grep '"title":"Attic"'; do :; done
exit
"#;

#[test]
fn the_daemon_knows_its_firmware_folders_and_settings_on_every_vendor_and_processor() {
    let temp = temp();
    for package in matrix() {
        let var = match &*package.vendor {
            "asustor" => "/usr/local/AppCentral/beacon/var",
            "synology" => "/var/packages/beacon/var",
            _ => "/mnt/HD/HD_a2/Nas_Prog/.beacon",
        };
        let settings = if package.vendor == "synology" { "/var/packages/beacon" } else { var };
        let firmware = match &*package.vendor {
            "asustor" => "ADM 4",
            "synology" => "DSM 7",
            "wd-os5" => "My Cloud OS 5",
            _ => "My Cloud OS 3",
        };
        let outcome = simulate(&temp, [&package.path]).arg("--shell").type_in(LOOK);
        if !played(&outcome) {
            return;
        }
        let name = &package.file;
        let mut lines = outcome.stdout.lines();
        let found = lines.by_ref().find(|line| line.starts_with("{\"build\"")).unwrap_or_else(|| panic!("{outcome:?}"));
        let status: Value = serde_json::from_str(found).unwrap();
        let folders = serde_json::json!({
            "data": format!("{var}/data"), "log": format!("{var}/log"), "settings": format!("{settings}/etc"),
        });
        assert_eq!(status["folders"], folders, "{name}");
        assert_eq!(status["nas"], *package.vendor, "{name}");
        assert_eq!(status["title"], "Beacon", "{name}");
        assert!(status["firmware"].as_str().is_some_and(|found| found.starts_with(firmware)), "{name}: {status}");
        assert!(status["model"].is_string(), "{name}: {status}");
        assert!(lines.clone().any(|line| line == "keep_visits = 1000"), "{name}: {outcome:?}");
        assert!(lines.any(|line| line.contains("\"title\":\"Attic\"")), "{name}: {outcome:?}");
    }
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0, "boxes are left in {}", temp.path().display());
}
