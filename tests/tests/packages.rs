//! The example app's packages, held against what each vendor's specification demands, through readers that are not ours.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use nas_pack_tests::command::target_dir;
use nas_pack_tests::example::{Package, nas, package, packages, tool};
use nas_pack_tests::open::{facts, places, unpack};
use nas_pack_tests::programs::{on_path, output, succeeded};
use serde_json::{Value, json};
use tempfile::TempDir;

/// 1980-01-01, the time that stands in packages unless `SOURCE_DATE_EPOCH` is set.
const EPOCH: u64 = 315_532_800;

fn of(vendor: &str) -> impl Iterator<Item = &'static Package> {
    packages().iter().filter(move |package| package.vendor == vendor)
}

/// Without the sizes, which differ with the versions of the compilers.
#[test]
fn one_command_makes_every_package() {
    let folder = TempDir::new().unwrap();
    let made = package().arg("--output").arg(folder.path()).succeed();
    let without_size = |line: &str| match line.rsplitn(3, ' ').collect::<Vec<_>>()[..] {
        ["kB" | "MB", number, rest] if number.parse::<f32>().is_ok() => rest.trim_end().to_owned(),
        _ => line.trim_end_matches("SIZE").trim_end().to_owned(),
    };
    let table: Vec<_> = made.stdout.lines().map(without_size).collect();
    insta::assert_snapshot!(table.join("\n").replace(folder.path().to_str().unwrap(), "[FOLDER]"), @r"
    VENDOR    DEVICE               ARCH     FILE
    asustor   x86-64               x86_64   beacon_1.2.3_x86-64.apk
    asustor   arm64                aarch64  beacon_1.2.3_arm64.apk
    asustor   arm                  armhf    beacon_1.2.3_arm.apk
    synology  x86_64               x86_64   beacon-x86_64-1.2.3-9000.spk
    synology  armv8                aarch64  beacon-armv8-1.2.3-9000.spk
    synology  armv7                armhf    beacon-armv7-1.2.3-9000.spk
    wd-os5    WDMyCloud            armhf    wd-os5/WDMyCloud_beacon_1.2.3.bin
    wd-os5    WDMyCloudEX4100      armhf    wd-os5/WDMyCloudEX4100_beacon_1.2.3.bin
    wd-os5    WDMyCloudDL4100      x86_64   wd-os5/WDMyCloudDL4100_beacon_1.2.3.bin
    wd-os5    WDMyCloudEX2100      armhf    wd-os5/WDMyCloudEX2100_beacon_1.2.3.bin
    wd-os5    WDMyCloudDL2100      x86_64   wd-os5/WDMyCloudDL2100_beacon_1.2.3.bin
    wd-os5    WDMyCloudMirror      armhf    wd-os5/WDMyCloudMirror_beacon_1.2.3.bin
    wd-os5    MyCloudEX2Ultra      armhf    wd-os5/MyCloudEX2Ultra_beacon_1.2.3.bin
    wd-os5    MyCloudPR4100        x86_64   wd-os5/MyCloudPR4100_beacon_1.2.3.bin
    wd-os5    MyCloudPR2100        x86_64   wd-os5/MyCloudPR2100_beacon_1.2.3.bin
    wd-os5    WDCloud              armhf    wd-os5/WDCloud_beacon_1.2.3.bin
    wd-os3    WDMyCloudEX2         armhf    wd-os3/WDMyCloudEX2_beacon_1.2.3.bin
    wd-os3    WDMyCloudMirror      armhf    wd-os3/WDMyCloudMirror_beacon_1.2.3.bin
    wd-os3    WDMyCloud            armhf    wd-os3/WDMyCloud_beacon_1.2.3.bin
    wd-os3    WDMyCloudEX4100      armhf    wd-os3/WDMyCloudEX4100_beacon_1.2.3.bin
    wd-os3    WDMyCloudDL4100      x86_64   wd-os3/WDMyCloudDL4100_beacon_1.2.3.bin
    wd-os3    WDMyCloudEX2100      armhf    wd-os3/WDMyCloudEX2100_beacon_1.2.3.bin
    wd-os3    WDMyCloudDL2100      x86_64   wd-os3/WDMyCloudDL2100_beacon_1.2.3.bin
    wd-os3    WDMyCloudMirrorGen2  armhf    wd-os3/WDMyCloudMirrorGen2_beacon_1.2.3.bin
    wd-os3    MyCloudEX2Ultra      armhf    wd-os3/MyCloudEX2Ultra_beacon_1.2.3.bin
    wd-os3    MyCloudPR4100        x86_64   wd-os3/MyCloudPR4100_beacon_1.2.3.bin
    wd-os3    MyCloudPR2100        x86_64   wd-os3/MyCloudPR2100_beacon_1.2.3.bin

    in [FOLDER]
    3 devices are left out; `cargo nas plan` says why
    ");

    let files: BTreeSet<_> = packages().iter().map(|package| package.file.clone()).collect();
    assert_eq!(files.len(), 27);
    for file in files {
        assert!(folder.path().join(&file).is_file(), "{file}");
    }
    let last = made.stderr.lines().last().unwrap();
    assert!(last.trim_start().starts_with("Finished 27 packages in "), "{last}");
    assert!(last.contains(" compiling ") && last.contains(" packing "), "{last}");
}

/// Starting a program takes a good part of what a run with nothing to do may take.
#[test]
fn cargo_is_asked_nothing_twice() {
    let made = packages().len();
    // Always of the same name: it is part of what the environment of zig is remembered by.
    let (cargo, log) = (target_dir().join("cargo-that-is-counted"), target_dir().join("cargo-that-is-counted.log"));
    fs::write(&cargo, format!("#!/bin/sh\necho \"$*\" >> '{}'\nunset CARGO\nexec cargo \"$@\"\n", log.display()))
        .unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let _ = fs::remove_file(&log);
    let output = target_dir().join("nas-e2e");
    let again = nas("package").arg("--setup").arg("--output").arg(&output).env("CARGO", &cargo).succeed();
    assert!(
        again.stderr.contains(&format!("Finished {made} packages")) && again.stderr.contains("all up to date"),
        "{again:?}"
    );

    let asked = fs::read_to_string(&log).unwrap();
    let (builds, questions): (Vec<_>, Vec<_>) = asked.lines().partition(|line| line.starts_with("build "));
    let mut questions: Vec<_> = questions.iter().map(|line| line.split(" --manifest-path").next().unwrap()).collect();
    questions.sort_unstable();
    assert_eq!(
        questions,
        [
            "-Zunstable-options config get --format json",
            "metadata --format-version 1",
            "metadata --format-version 1 --no-deps",
        ]
    );
    // One call for each way of getting the standard library, however many targets there are.
    assert!((1..=2).contains(&builds.len()), "{asked}");
}

/// What holds for every archive of ours: GNU's dialect, which every BusyBox reads; nobody's traces; sorted.
fn check_tar(tar: &Value) -> Vec<String> {
    assert_eq!(tar["magic"], "7573746172202000", "GNU's `ustar  `");
    assert_eq!(tar["length"].as_u64().unwrap() % 10240, 0);
    let mut names = Vec::new();
    for member in tar["members"].as_array().unwrap() {
        let name = member["raw"].as_str().unwrap();
        assert_eq!((&member["uid"], &member["gid"]), (&json!(0), &json!(0)), "{name}");
        assert_eq!((&member["uname"], &member["gname"]), (&json!("root"), &json!("root")), "{name}");
        assert_eq!(member["mtime"], EPOCH, "{name}");
        assert_eq!(member["pax"], json!([]), "{name}");
        let script = name.trim_end_matches(".sh") != name || name.starts_with("scripts/");
        let wanted = match member["type"].as_str().unwrap() {
            "5" => "0755",
            "0" if script || name.ends_with("bin/beacon") => "0755",
            "0" => "0644",
            other => panic!("{name} is of type {other}"),
        };
        assert_eq!(member["mode"], wanted, "{name}");
        names.push(name.to_owned());
    }
    let bare: Vec<_> = names.iter().map(|name| name.trim_end_matches('/').to_owned()).collect();
    assert!(bare.is_sorted(), "{bare:?}");
    names
}

/// One member, no name and no time in it.
fn check_gzip(gzip: &Value) {
    let wanted = json!({"magic": "1f8b", "method": 8, "flags": 0, "mtime": 0, "extra": 0, "os": 3, "trailing": 0});
    assert_eq!(*gzip, wanted);
}

#[test]
fn asustor_packages_have_the_vendors_form() {
    for package in of("asustor") {
        let Some(facts) = facts(package) else { return };
        let member = |name: &str| {
            json!({
                "name": name, "method": 0, "flags": 0, "system": 3, "made": 20, "needs": 20, "mode": "100644",
                "extra": 0, "comment": 0, "date": [1980, 1, 1, 0, 0, 0],
            })
        };
        assert_eq!(facts["members"], json!(["apkg-version", "control.tar.gz", "data.tar.gz"].map(member)));
        assert_eq!(facts["comment"], "");
        assert_eq!(facts["version"], "2.0\n");
        assert_eq!(facts["icon"], json!([90, 90]));
        check_gzip(&facts["control"]["gzip"]);
        check_gzip(&facts["data"]["gzip"]);

        let control = check_tar(&facts["control"]["tar"]);
        let expected = [
            "./",
            "./changelog.txt",
            "./config.json",
            "./description.txt",
            "./icon.png",
            "./license/",
            "./license/license.txt",
            "./post-install.sh",
            "./post-snapshot-restore.sh",
            "./post-uninstall.sh",
            "./pre-install.sh",
            "./pre-snapshot-restore.sh",
            "./pre-uninstall.sh",
            "./start-stop.sh",
        ];
        assert_eq!(control, expected);
        let data = check_tar(&facts["data"]["tar"]);
        let expected = ["./", "./bin/", "./bin/beacon", "./share/", "./share/build.txt", "./www/", "./www/index.html"];
        assert_eq!(data, expected);

        let expected = json!({
            "general": {
                "package": "beacon", "name": "Beacon", "version": "1.2.3", "depends": [], "conflicts": [],
                "developer": "The Beacon authors", "maintainer": "The Beacon authors", "email": "beacon@example.com",
                "website": "https://example.com/beacon", "architecture": package.device, "firmware": "4.0.0",
            },
            "adm-desktop": {
                "app": {"type": "custom", "protocol": "http", "port": 8137, "url": "/"},
                "privilege": {"accessible": "administrators", "customizable": true},
            },
            "register": {
                "share-folder": [{"name": "Beacon", "description": "Reports that Beacon writes"}], "port": [8137],
            },
        });
        assert_eq!(facts["config"], expected);
    }
}

#[test]
fn synology_packages_keep_every_rule() {
    for package in of("synology") {
        let Some(facts) = facts(package) else { return };
        let names = check_tar(&facts["tar"]);
        let expected = [
            "INFO",
            "LICENSE",
            "PACKAGE_ICON.PNG",
            "PACKAGE_ICON_256.PNG",
            "WIZARD_UIFILES/",
            "WIZARD_UIFILES/install_uifile",
            "WIZARD_UIFILES/install_uifile_ger",
            "WIZARD_UIFILES/upgrade_uifile.sh",
            "WIZARD_UIFILES/upgrade_uifile_ger.sh",
            "conf/",
            "conf/privilege",
            "conf/resource",
            "package.tgz",
            "scripts/",
            "scripts/postinst",
            "scripts/postuninst",
            "scripts/postupgrade",
            "scripts/preinst",
            "scripts/preuninst",
            "scripts/preupgrade",
            "scripts/start-stop-status",
        ];
        assert_eq!(names, expected);
        assert_eq!(facts["icons"], json!({"PACKAGE_ICON.PNG": [64, 64], "PACKAGE_ICON_256.PNG": [256, 256]}));

        check_gzip(&facts["package"]["gzip"]);
        let content = check_tar(&facts["package"]["tar"]);
        let port_file = facts["resource"]["port-config"]["protocol-file"].as_str().unwrap();
        assert!(content.contains(&format!("./{port_file}")), "DSM answers 278 without it");
        for size in [16, 24, 32, 48, 64, 72, 256] {
            assert!(content.contains(&format!("./ui/images/beacon_{size}.png")), "{size}");
        }
        for language in ["enu", "ger", "fre"] {
            assert!(content.contains(&format!("./ui/texts/{language}/strings")), "{language}");
        }

        // `du -sk` of the extracted package: 4 KiB a folder, and for each begun 4 KiB of a file.
        let room = |member: &Value| match member["type"].as_str() {
            Some("5") => 4,
            _ => member["size"].as_u64().unwrap().div_ceil(4096) * 4,
        };
        let members = facts["package"]["tar"]["members"].as_array().unwrap();
        let extract_size = 4 + members.iter().map(room).sum::<u64>();
        let arch = match package.device.as_str() {
            // The family has only two boards as members; the others must be named.
            "armv7" => "armv7 armada370 armada375 armada38x armadaxp comcerto2k monaco",
            family => family,
        };
        let expected = [
            ("package", "beacon"),
            ("version", "1.2.3-9000"),
            ("os_min_ver", "7.0-40000"),
            ("arch", arch),
            ("displayname", "Beacon"),
            ("displayname_ger", "Leuchtfeuer"),
            ("displayname_fre", "Balise"),
            ("description", "A status page for the NAS it runs on: uptime, disk usage and a visit log"),
            (
                "description_ger",
                "Eine Statusseite für das NAS, auf dem sie läuft: Laufzeit, belegter Platz und ein Besuchsprotokoll",
            ),
            (
                "description_fre",
                "Une page d'état du NAS sur lequel elle tourne : durée de marche, espace disque et journal des visites",
            ),
            ("maintainer", "The Beacon authors"),
            ("maintainer_url", "https://example.com/beacon"),
            ("support_url", "https://example.com/beacon/help"),
            (
                "changelog",
                "1.2.3 - The visit log names what is wrong when the volume is full or read-only, and goes on by itself \
                 afterwards. - Settings are read again without a restart. 1.2.0 - The page shows the volume's usage. \
                 1.0.0 - First release.",
            ),
            ("adminprotocol", "http"),
            ("adminport", "8137"),
            ("adminurl", "/"),
            ("dsmuidir", "ui"),
            ("dsmappname", "naspack.beacon"),
            ("silent_install", "no"),
            ("silent_upgrade", "yes"),
            ("silent_uninstall", "yes"),
            ("extractsize", &extract_size.to_string()),
            ("checksum", facts["md5"].as_str().unwrap()),
        ];
        let expected = expected.map(|(key, value)| format!("{key}=\"{value}\"\n")).concat();
        assert_eq!(facts["info"], expected);

        assert_eq!(facts["privilege"], json!({"defaults": {"run-as": "package"}}));
        let shares = json!([{"name": "Beacon", "permission": {"rw": ["beacon"]}}]);
        let expected = json!({"port-config": {"protocol-file": "conf/beacon.sc"}, "data-share": {"shares": shares}});
        assert_eq!(facts["resource"], expected);
        let entry = &facts["desktop"][".url"]["naspack.beacon"];
        assert_eq!((&entry["type"], &entry["port"], &entry["url"]), (&json!("url"), &json!("8137"), &json!("/")));
        assert_eq!(entry["icon"], "images/beacon_{0}.png");
        assert_eq!(entry["title"], "naspack_beacon:title");
    }
}

/// WD's packers accept these: name, magic number, model id, app id.
const OS5: [(&str, &[u8; 8], u32, u32); 10] = [
    ("WDMyCloud", b"GlacierZ", 2, 3),
    ("WDMyCloudEX4100", b"Yellow\0Z", 3, 4),
    ("WDMyCloudDL4100", b"Sprite\0Z", 5, 6),
    ("WDMyCloudEX2100", b"YosemitZ", 4, 5),
    ("WDMyCloudDL2100", b"Aurora\0Z", 6, 7),
    ("WDMyCloudMirror", b"GrandTeZ", 1, 8),
    ("MyCloudEX2Ultra", b"GrandTeZ", 1, 9),
    ("MyCloudPR4100", b"BlackCyZ", 7, 10),
    ("MyCloudPR2100", b"BryceCyZ", 8, 11),
    ("WDCloud", b"GlacierZ", 2, 12),
];

/// The same for OS3, which has no app id, and without the EX4, whose processor is older than our targets.
const OS3: [(&str, &[u8; 8], u32); 11] = [
    ("WDMyCloudEX2", b"KingsCaZ", 1),
    ("WDMyCloudMirror", b"KingsCaZ", 1),
    ("WDMyCloud", b"GlacierZ", 2),
    ("WDMyCloudEX4100", b"Yellow\0Z", 3),
    ("WDMyCloudDL4100", b"Sprite\0Z", 5),
    ("WDMyCloudEX2100", b"YosemitZ", 4),
    ("WDMyCloudDL2100", b"Aurora\0Z", 6),
    ("WDMyCloudMirrorGen2", b"GrandTeZ", 1),
    ("MyCloudEX2Ultra", b"GrandTeZ", 1),
    ("MyCloudPR4100", b"BlackCyZ", 7),
    ("MyCloudPR2100", b"BryceCyZ", 8),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[test]
fn wd_headers_say_what_the_vendors_packers_write() {
    let os5 = OS5.map(|(device, magic, model, app)| ("wd-os5", device, magic, model, Some(app)));
    let os3 = OS3.map(|(device, magic, model)| ("wd-os3", device, magic, model, None));
    let made: BTreeSet<_> = packages().iter().filter(|p| p.is_wd()).map(|p| (&*p.vendor, &*p.device)).collect();
    let expected: BTreeSet<_> = os5.iter().chain(&os3).map(|(vendor, device, ..)| (*vendor, *device)).collect();
    assert_eq!(made, expected);

    for (vendor, device, magic, model, app) in os5.into_iter().chain(os3) {
        let package = nas_pack_tests::example::package_for(vendor, device);
        let Some(facts) = facts(package) else { return };
        let what = format!("{vendor} {device}");
        assert_eq!(facts["magic"], hex(magic), "{what}");
        assert_eq!((&facts["name"], &facts["version"]), (&json!("beacon"), &json!("1.2.3")), "{what}");
        assert_eq!(facts["fixed"], json!([2, 0, 20, model]), "{what}");
        // The app id and the flag "signed"; OS3 has the flag in the app id's place.
        assert_eq!(facts["then"], app.map_or(json!([1, 0]), |app| json!([app, 1])), "{what}");
        assert_eq!(facts["rest"], 0, "{what}");
        assert_eq!(facts["checksum"], facts["real_checksum"], "{what}");
        assert_eq!(facts["length"], facts["real_length"], "{what}");

        check_gzip(&facts["payload"]["gzip"]);
        let names = check_tar(&facts["payload"]["tar"]);
        assert_eq!(names[0], "beacon/", "{what}");
        assert!(names.iter().all(|name| name.starts_with("beacon/")), "{what}: {names:?}");
        for script in ["preinst", "install", "remove", "init", "clean", "start", "stop"] {
            assert!(names.contains(&format!("beacon/{script}.sh")), "{what}: {script}");
        }
        assert!(names.contains(&"beacon/web/desc.xml".to_owned()), "{what}: the translations");
        check_metadata(&facts, vendor, model, app);
        check_signature(&facts, vendor);
    }
}

/// `apkg.xml` agrees with the header, and with `apkg.rc` key by key.
fn check_metadata(facts: &Value, vendor: &str, model: u32, app: Option<u32>) {
    let xml: Vec<(String, String)> = serde_json::from_value(facts["xml"].clone()).unwrap();
    let rc: BTreeMap<String, String> = serde_json::from_value(facts["rc"].clone()).unwrap();
    let rc = |key: &str| rc.get(key).map(|value| value.trim().to_owned()).unwrap_or_default();
    let (model, app) = (model.to_string(), app.map(|app| app.to_string()));
    // The order is fixed, and the first word is misspelt by the vendor.
    let head =
        [("procudt_id", Some("0")), ("custom_id", Some("20")), ("model_id", Some(&model)), ("app_id", app.as_deref())];
    let from_rc = [
        ("user_control", "UserControl"),
        ("center_type", "CenterType"),
        ("individual_flag", "IndividualFlag"),
        ("name", "Package"),
        ("show", "AddonShowName"),
        ("enable", "=1"),
        ("version", "Version"),
        ("date", "=19800101"),
        ("inst_date", "="),
        ("path", "="),
        ("ps_name", "="),
        ("url", "AddonIndexPage"),
        ("url_port", "AddonUsedPort"),
        ("apkg_version", "=2"),
        ("packager", "Packager"),
        ("email", "Email"),
        ("homepage", "Homepage"),
        ("inst_depend", "InstDepend"),
        ("inst_conflict", "InstConflict"),
        ("start_depend", "StartDepend"),
        ("start_conflict", "StartConflict"),
        ("description", "Description"),
        ("icon", "Icon"),
        ("MinFWVer", "MinFWVer"),
        ("MaxFWVer", "MaxFWVer"),
        ("Hidden", "Hidden"),
    ];
    let head = head.into_iter().filter_map(|(tag, value)| Some((tag.to_owned(), value?.to_owned())));
    let rest = from_rc.map(|(tag, key)| (tag.to_owned(), key.strip_prefix('=').map_or_else(|| rc(key), str::to_owned)));
    assert_eq!(xml, head.chain(rest).collect::<Vec<_>>());

    assert_eq!((rc("Package"), rc("Version")), ("beacon".to_owned(), "1.2.3".to_owned()));
    assert_eq!(rc("AddonShowName"), "Beacon");
    assert_eq!(rc("Description"), "A status page for the NAS it runs on: uptime, disk usage and a visit log");
    assert_eq!(rc("MinFWVer"), if vendor == "wd-os5" { "5.00.000" } else { "" });
    let text = facts["xml_text"].as_str().unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<config>\n  <apkg>\n    <item>\n"), "{text}");
    assert!(text.ends_with("    </item>\n  </apkg>\n</config>\n") && text.contains("      <path/>\n"), "{text}");
}

/// OpenSSL decrypts it as the firmware does: with the digest of its time.
fn check_signature(facts: &Value, vendor: &str) {
    let Some(openssl) = on_path("openssl") else { return };
    let sign = facts["sign"].as_str().unwrap();
    let bytes: Vec<u8> =
        (0..sign.len()).step_by(2).map(|at| u8::from_str_radix(&sign[at..at + 2], 16).unwrap()).collect();
    assert_eq!(bytes.len(), 24);
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("apkg.sign");
    fs::write(&file, bytes).unwrap();
    let decrypt = |digest: &str| {
        let mut command = Command::new(&openssl);
        command.args(["bf-cbc", "-d", "-md", digest, "-k", "Lidho.mdk3K3h", "-in"]).arg(&file);
        if !String::from_utf8_lossy(&output(&openssl, ["version"])).starts_with("OpenSSL 1.") {
            command.args(["-provider", "legacy", "-provider", "default"]);
        }
        command.output().unwrap().stdout
    };
    let (right, wrong) = if vendor == "wd-os5" { ("sha256", "md5") } else { ("md5", "sha256") };
    assert_eq!(String::from_utf8_lossy(&decrypt(right)), "beacon\n", "{vendor}");
    assert_ne!(decrypt(wrong), b"beacon\n", "{vendor}");
}

/// GNU tar and BusyBox's find in each archive what Python finds.
#[test]
fn every_tar_lists_the_same() {
    let dir = TempDir::new().unwrap();
    let busybox = tool("busybox");
    let mut seen = 0;
    for package in packages() {
        let Some(facts) = facts(package) else { return };
        let bytes = || fs::read(&package.path).unwrap();
        let member =
            |name: &str| output(busybox, ["unzip".as_ref(), "-p".as_ref(), package.path.as_os_str(), name.as_ref()]);
        let archives = match package.vendor.as_str() {
            "asustor" => vec![
                ("-tzf", member("control.tar.gz"), &facts["control"]["tar"]),
                ("-tzf", member("data.tar.gz"), &facts["data"]["tar"]),
            ],
            "synology" => {
                let args = ["tar".as_ref(), "-xOf".as_ref(), package.path.as_os_str(), "package.tgz".as_ref()];
                vec![("-tf", bytes(), &facts["tar"]), ("-tzf", output(busybox, args), &facts["package"]["tar"])]
            }
            "wd-os5" => vec![("-tzf", bytes().split_off(204), &facts["payload"]["tar"])],
            _ => vec![("-tzf", bytes().split_off(200), &facts["payload"]["tar"])],
        };
        for (flags, bytes, tar) in archives {
            let file = dir.path().join("archive");
            fs::write(&file, bytes).unwrap();
            let names = tar["members"].as_array().unwrap().iter().map(|member| member["raw"].as_str().unwrap());
            let expected = names.fold(String::new(), |list, name| list + name + "\n");
            let list = |mut command: Command| {
                let output = succeeded(command.arg(flags).arg(&file));
                assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", package.file);
                String::from_utf8(output.stdout).unwrap()
            };
            let mut applet = Command::new(busybox);
            applet.arg("tar");
            assert_eq!(list(applet), expected, "{}", package.file);
            assert_eq!(list(Command::new("tar")), expected, "{}", package.file);
            seen += 1;
        }
    }
    assert_eq!(seen, 3 * 2 + 3 * 2 + 21);
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// BusyBox's shell reads every script of every package, and shellcheck has nothing to say about any.
#[test]
fn every_script_is_sound() {
    let dir = TempDir::new().unwrap();
    let mut scripts = BTreeMap::new();
    for package in packages() {
        let unpacked = unpack(package);
        let (_, folder) = places(package);
        let mut here = 0;
        for file in files_below(&unpacked.path().join(folder)) {
            let bytes = fs::read(&file).unwrap();
            if bytes.starts_with(b"#!") {
                let text = String::from_utf8(bytes).unwrap();
                assert!(text.starts_with("#!/bin/sh\n") && !text.contains('\r'), "{}", file.display());
                let name = file.file_name().unwrap().to_str().unwrap();
                scripts.entry(text).or_insert_with(|| format!("{} {} {name}", package.vendor, package.device));
                here += 1;
            }
        }
        assert!(here >= 7, "{}: {here} scripts", package.file);
    }
    let mut files = Vec::new();
    for (text, name) in scripts {
        let file = dir.path().join(name);
        fs::write(&file, text).unwrap();
        succeeded(Command::new(tool("busybox")).args(["sh", "-n"]).arg(&file));
        files.push(file);
    }
    succeeded(Command::new(tool("shellcheck")).args(["-s", "sh", "--norc", "-f", "gcc"]).args(&files));
}
