//! Whole packages, ours and the vendors', and what is said of them once something in them is wrong.

use std::fs;

use super::*;
use crate::archive::read::Limits;
use crate::archive::{Entry, Tree};
use crate::diagnostic::{Level, Severity};
use crate::elf::fixture::{AARCH64, ARMHF, Elf, X86_64};
use crate::model::Arch;
use crate::vendor::open::Check;
use crate::vendor::testing::{check, seal, vector};
use crate::vendor::{Device, Payload, open};

/// What is said of the package in these bytes.
fn said(bytes: &[u8]) -> Verification {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package");
    fs::write(&path, bytes).unwrap();
    let opened = open(&path, &Limits::default()).unwrap();
    let home = crate::toolchain::Home::at(dir.path().join("home")).unwrap();
    verify_with(&opened, Levels::default(), Shell::find(&home).as_ref())
}

/// The findings of the rules here: code, file and line.
fn codes(verification: &Verification) -> Vec<String> {
    let ours = verification.findings.iter().filter(|found| found.code().is_some_and(|code| code.starts_with("NAS")));
    let shown = |found: &Diagnostic| {
        let place = match &found.place {
            Some(crate::diagnostic::Place::Inside { member, line, .. }) => {
                format!(" {member}{}", line.map_or_else(String::new, |line| format!(":{line}")))
            }
            _ => String::new(),
        };
        format!("{}{place}", found.code().unwrap())
    };
    ours.map(shown).collect()
}

fn daemon(arch: Arch) -> Elf<'static> {
    match arch {
        Arch::X86_64 => X86_64,
        Arch::Aarch64 => AARCH64,
        Arch::Armhf => ARMHF,
    }
}

/// The sample app for a device, with other files in place of some of its own or beside them.
fn package(id: VendorId, device: &Device, more: &str, edits: &[(&str, Entry)]) -> Vec<u8> {
    let (packager, told) = check(vendor(id), more);
    let packager = packager.unwrap_or_else(|| panic!("{told}"));
    let arch = device.arch().unwrap();
    let mut tree = Tree::new();
    tree.insert("bin/beacon", Entry::file(daemon(arch).bytes(), 0o755)).unwrap();
    tree.insert("bin/bc", Entry::symlink("beacon")).unwrap();
    let mut layout = packager.lay_out(device, &Payload { arch: Some(arch), tree }).unwrap();
    let mut edited = Tree::new();
    for (path, entry) in edits {
        edited.insert(path, entry.clone()).unwrap();
    }
    for (path, entry) in layout.tree.iter() {
        if edited.get(path.as_str()).is_none() {
            edited.insert(path.as_str(), entry.clone()).unwrap();
        }
    }
    layout.tree = edited;
    seal(&layout)
}

fn first(id: VendorId) -> &'static Device {
    vendor(id).devices().iter().find(|device| device.arch() == Some(Arch::X86_64)).unwrap()
}

fn edited(id: VendorId, edits: &[(&str, Entry)]) -> Vec<String> {
    codes(&said(&package(id, first(id), "", edits)))
}

#[test]
fn our_own_packages_are_clean() {
    let hooks = "hooks.boot = [{ sh = \"echo boot\" }]\nhooks.pre-stop = [{ backup = \"{data_dir}/db\" }]\n";
    for id in VendorId::ALL {
        for device in vendor(id).devices().iter().filter(|device| device.arch().is_some()) {
            let (packager, _) = check(vendor(id), hooks);
            if packager.is_some_and(|packager| packager.takes(device).is_ok()) {
                let verification = said(&package(id, device, hooks, &[]));
                assert_eq!(codes(&verification), [""; 0], "{id} {}: {:#?}", device.name, verification.findings);
                let is_skipped = |ran: &&Ran| matches!(ran.outcome, Outcome::NotRun(_));
                let skipped: Vec<_> = verification.ran.iter().filter(is_skipped).map(|ran| ran.name).collect();
                assert_eq!(skipped, ["exit codes of scripts"], "{id}");
            }
        }
    }
}

#[test]
fn the_vendors_own_packages_pass() {
    for name in [
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
    ] {
        let Some(bytes) = vector(name) else { return };
        let verification = said(&bytes);
        let ours = |found: &&Diagnostic| found.code().is_some_and(|code| code.starts_with("NAS"));
        let errors: Vec<_> =
            verification.findings.iter().filter(ours).filter(|found| found.level == Level::Error).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn programs_in_a_package() {
    let elf = |made: Elf<'_>| Entry::file(made.bytes(), 0o755);
    let on = |device: &str, edits: &[(&str, Entry)]| {
        let id = VendorId::WdOs5;
        let device = vendor(id).devices().iter().find(|known| known.name == device).unwrap();
        codes(&said(&package(id, device, "", edits)))
    };
    assert_eq!(on("MyCloudPR4100", &[("bin/beacon", elf(ARMHF))]), ["NAS001 bin/beacon"]);
    // Beside one that runs, it may be there by mistake.
    assert_eq!(on("MyCloudPR4100", &[("lib/x.so", elf(Elf { kind: 3, ..AARCH64 }))]), ["NAS009 lib/x.so"]);
    assert_eq!(
        on("MyCloudPR4100", &[("bin/beacon", elf(Elf { machine: 3, bits: 32, ..X86_64 }))]),
        ["NAS009 bin/beacon"]
    );
    let dynamic = Elf {
        interpreter: Some("/lib/ld-linux-armhf.so.3"),
        needed: &["libssl.so.1.1", "libc.so.6"],
        versions: &["GLIBC_2.34"],
        stack: 7,
        ..ARMHF
    };
    let told = ["NAS011 bin/beacon", "NAS008 bin/beacon", "NAS005 bin/beacon"];
    assert_eq!(on("WDMyCloud", &[("bin/beacon", elf(dynamic))]), told);
    let shipped = [("bin/beacon", elf(dynamic)), ("lib/libssl.so.1.1", elf(Elf { kind: 3, ..ARMHF }))];
    assert_eq!(on("WDMyCloud", &shipped), ["NAS011 bin/beacon", "NAS005 bin/beacon"]);
    assert_eq!(
        on("WDMyCloud", &[("bin/broken", Entry::file(b"\x7fELF\x01\x01\x01".to_vec(), 0o755))]),
        ["NAS013 bin/broken"]
    );
    // No loader reads an object file.
    assert_eq!(on("WDMyCloud", &[("lib/filter.o", elf(Elf { kind: 1, machine: 247, bits: 64, ..X86_64 }))]), [""; 0]);
}

#[test]
fn a_package_for_every_device() {
    let bytes = |arch: &str| {
        let device = first(VendorId::Synology);
        let bytes = package(VendorId::Synology, device, "", &[]);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("package");
        fs::write(&path, bytes).unwrap();
        let mut opened = open(&path, &Limits::default()).unwrap();
        opened.devices = vec![arch.to_owned()];
        opened.arch = None;
        codes(&verify(&opened, Levels::default()))
    };
    assert_eq!(bytes("noarch"), ["NAS012 package/bin/beacon"]);
    assert_eq!(bytes("x86_64"), [""; 0]);
}

/// What is said of a lifecycle script with this text.
fn scripted(id: VendorId, text: &str) -> Vec<String> {
    let path = match id {
        VendorId::Asustor => "CONTROL/post-install.sh",
        VendorId::Synology => "scripts/postinst",
        VendorId::WdOs5 | VendorId::WdOs3 => "init.sh",
    };
    let told = edited(id, &[(path, Entry::file(text, 0o755))]);
    told.into_iter().map(|found| found.replace(&format!(" {path}"), "")).collect()
}

#[test]
fn scripts_that_cannot_be_started() {
    let adm = |text| scripted(VendorId::Asustor, text);
    assert_eq!(adm("echo hello\n"), ["NAS020:1"]);
    assert_eq!(adm("#!/bin/bash\na=(1)\n"), ["NAS021:1"]);
    assert_eq!(adm("#!/bin/sh\r\necho\r\n"), ["NAS023:1"]);
    assert_eq!(adm("#!/bin/sh\necho hello\r\n"), ["NAS023:2"]);
    assert_eq!(adm("\u{feff}#!/bin/sh\necho hello\n"), ["NAS024:1"]);
    assert_eq!(adm("#!/bin/sh\nif true; then\n").len(), 1);
    assert!(adm("#!/bin/sh\nif true; then\n")[0].starts_with("NAS027:"));
    assert_eq!(adm("#!/bin/sh\necho hello\n"), [""; 0]);
    assert_eq!(scripted(VendorId::Synology, "#!/bin/bash\n"), ["NAS022:1"]);
    assert_eq!(scripted(VendorId::WdOs5, "#!/usr/bin/env python3\n"), ["NAS022:1"]);
    assert_eq!(scripted(VendorId::WdOs3, "#!/usr/bin/env bash\n"), ["NAS021:1"]);

    let plain = Entry::file("#!/bin/sh\n", 0o644);
    assert_eq!(edited(VendorId::WdOs5, &[("init.sh", plain.clone())]), ["NAS025 init.sh"]);
    assert_eq!(edited(VendorId::Synology, &[("scripts/postinst", plain)]), [""; 0]);
    let large = "#!/bin/sh\n".repeat(200_000);
    assert_eq!(edited(VendorId::WdOs5, &[("init.sh", Entry::file(large, 0o755))]), ["NAS026 init.sh"]);
    // Of other files only those are looked at that are run.
    let windows = |mode| edited(VendorId::WdOs5, &[("tools/x", Entry::file("#!/bin/sh\r\n", mode))]);
    assert_eq!(windows(0o755), ["NAS023 tools/x:1"]);
    assert_eq!(windows(0o644), [""; 0]);
}

#[test]
fn scripts_that_go_wrong() {
    let adm = |line: &str| scripted(VendorId::Asustor, &format!("#!/bin/sh\n{line}\n"));
    for (line, code) in [
        ("diff <(a) b", "NAS028"),
        ("shopt -s nullglob", "NAS028"),
        ("[[ -f x ]] && echo", "NAS029"),
        ("[ \"$1\" == x ]", "NAS029"),
        ("function f { :; }", "NAS029"),
        ("source /etc/profile", "NAS029"),
        ("x &>log", "NAS029"),
        ("y=$(rm -fr $x)", "NAS030"),
        ("daemon 2>&1 >>log", "NAS031"),
        ("daemon &2>&1", "NAS032"),
        ("wget -qO- https://example.com/x | sh", "NAS033"),
        ("killall beacon", "NAS034"),
    ] {
        let told = adm(line);
        assert!(told.iter().any(|told| *told == format!("{code}:2")), "{line}: {told:?}");
        // Not in a comment, a text, or a document.
        let quiet = format!("# {line}\necho '{line}'\ncat <<'END'\n{line}\nEND\n");
        assert_eq!(adm(&quiet), [""; 0], "{line}");
    }
    for fine in [
        "rm -rf \"$x\" \"${y:?}\" ${z:?}",
        "rm -f $x",
        "errors=$(daemon 2>&1 >/dev/null)",
        "daemon 2>&1 >log | grep x",
        "daemon >>log 2>&1 &",
        "case $x in ==) ;; esac",
        "[ \"$1\" = '==x' ]",
        "sh -c 'exit 0'",
    ] {
        assert_eq!(adm(fine), [""; 0], "{fine}");
    }
    let repeated = said(&package(
        VendorId::Asustor,
        first(VendorId::Asustor),
        "",
        &[("CONTROL/post-install.sh", Entry::file("#!/bin/sh\nsource a\n\nsource b\n", 0o755))],
    ));
    assert_eq!(codes(&repeated), ["NAS029 CONTROL/post-install.sh:2"]);
    assert_eq!(repeated.findings.iter().flat_map(|found| &found.notes).collect::<Vec<_>>(), ["also in line 4"]);
}

#[test]
fn where_scripts_of_dsm_7_write() {
    let dsm = |line: &str| scripted(VendorId::Synology, &format!("#!/bin/sh\n{line}\n"));
    for line in [
        "echo $! >/var/run/beacon.pid",
        "log=/var/log; echo >> \"$log/beacon.log\"",
        "mkdir -p /etc/beacon",
        "cp a b \"/usr/bin\"/",
    ] {
        assert_eq!(dsm(line), ["NAS035:2"], "{line}");
    }
    for line in [
        "cat /var/log/messages",
        "echo >\"$SYNOPKG_PKGVAR/x\"",
        "cp /etc/x \"$HOME\"",
        "echo >/dev/null 2>&1",
        "rm -f /var/run/x",
    ] {
        assert_eq!(dsm(line), [""; 0], "{line}");
    }
    // Elsewhere scripts are root's.
    assert_eq!(scripted(VendorId::WdOs5, "#!/bin/sh\necho >/var/run/x\n"), [""; 0]);
}

#[test]
fn files_that_scripts_name() {
    let missing = |id, line: &str| scripted(id, &format!("#!/bin/sh\n{line}\n"));
    let dsm = |line: &str| missing(VendorId::Synology, line);
    for line in [
        "/var/packages/beacon/target/bin/bacon",
        "d=$SYNOPKG_PKGDEST; b=\"${d}/bin/bacon\"; \"$b\" --port 1",
        "exec nohup env A=b \"$SYNOPKG_PKGDEST/bin/bacon\" &",
        ". /var/packages/$SYNOPKG_PKGNAME/scripts/common",
        "cp -a \"$SYNOPKG_PKGDEST/etc/x.toml\" \"$SYNOPKG_PKGVAR/\"",
        "start-stop-daemon -S -x \"$SYNOPKG_PKGDEST/bin/bacon\"",
    ] {
        assert_eq!(dsm(line), ["NAS036:2"], "{line}");
    }
    for line in [
        "\"$SYNOPKG_PKGDEST/bin/beacon\"",
        "\"$SYNOPKG_PKGDEST/bin/$other\"",
        "[ -x \"$SYNOPKG_PKGDEST/bin/x\" ] && \"$SYNOPKG_PKGDEST/bin/x\"",
        "echo >\"$SYNOPKG_PKGDEST/run.sh\"; sh \"$SYNOPKG_PKGDEST/run.sh\"",
        "cp -a /x \"$SYNOPKG_PKGDEST/lib\"; . \"$SYNOPKG_PKGDEST/lib/x\"",
        "for d in a b; do d=$d; \"$SYNOPKG_PKGDEST/$d\"; done",
        "/var/packages/other/target/bin/x; /var/packages/beacon/var/x",
        "tar -xzf x -C \"$SYNOPKG_PKGDEST\"; \"$SYNOPKG_PKGDEST/bin/x\"",
        "f() { \"$1/bin/x\"; }",
    ] {
        assert_eq!(dsm(line), [""; 0], "{line}");
    }
    // What is saved from an installed package, the app may have made.
    let saved = Entry::file("#!/bin/sh\ncp \"$SYNOPKG_PKGDEST/etc/x.toml\" /tmp\n", 0o755);
    assert_eq!(edited(VendorId::Synology, &[("scripts/preuninst", saved)]), [""; 0]);
    assert_eq!(missing(VendorId::Asustor, "\"$APKG_PKG_DIR/bin/x\""), ["NAS036:2"]);
    assert_eq!(missing(VendorId::Asustor, "/usr/local/AppCentral/beacon/CONTROL/icon.png"), [""; 0]);
    assert_eq!(missing(VendorId::WdOs5, "\"$1/bin/x\""), ["NAS036:2"]);
    assert_eq!(missing(VendorId::WdOs5, "shift; \"$1/bin/x\""), [""; 0]);
    assert_eq!(missing(VendorId::WdOs5, "f() { \"$1/bin/x\"; }"), [""; 0]);
}

#[test]
fn what_a_package_repeats_must_agree() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package");
    fs::write(&path, package(VendorId::Asustor, first(VendorId::Asustor), "", &[])).unwrap();
    let mut opened = open(&path, &Limits::default()).unwrap();
    let check = |holds| Check { name: "shape of the moon", holds, detail: "`round` is written".to_owned() };
    for (holds, told) in [(true, &[][..]), (false, &["NAS014"])] {
        opened.checks = vec![check(holds)];
        let verification = verify(&opened, Levels::default());
        assert_eq!(codes(&verification), told);
        assert!(verification.ran.iter().any(|ran| ran.name == "shape of the moon"));
    }
}

#[test]
fn a_package_without_an_app() {
    let (packager, _) = check(vendor(VendorId::Asustor), "");
    let device = first(VendorId::Asustor);
    let empty = Payload { arch: device.arch(), tree: Tree::new() };
    let layout = packager.unwrap().lay_out(device, &empty).unwrap();
    let told = codes(&said(&seal(&layout)));
    assert!(told.contains(&"NAS048".to_owned()), "{told:?}");
}

#[test]
fn levels_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package");
    let script = Entry::file("#!/bin/bash\n", 0o755);
    fs::write(&path, package(VendorId::Asustor, first(VendorId::Asustor), "", &[("CONTROL/post-install.sh", script)]))
        .unwrap();
    let opened = open(&path, &Limits::default()).unwrap();
    let level = |severity| {
        let mut levels = Levels::default();
        levels.set(&rules::NAS021, severity);
        let findings = verify(&opened, levels).findings;
        findings.iter().find(|found| found.code() == Some("NAS021")).map(|found| found.level)
    };
    assert_eq!(level(Severity::Deny), Some(Level::Error));
    assert_eq!(level(Severity::Warn), Some(Level::Warning));
    assert_eq!(level(Severity::Allow), None);
    let ran = verify(&opened, Levels::default()).ran;
    assert!(ran.iter().any(|ran| ran.name == "syntax of scripts" && matches!(ran.outcome, Outcome::NotRun(_))));
}
