use std::io::{Cursor, Write};

use crate::archive::read::Limits;
use crate::archive::{Content, Entry, EntryKind, Tree};
use crate::diagnostic::{Findings, Levels};
use crate::layer::Origin;
use crate::lint;
use crate::model::{Compression, Icon};
use crate::vendor::asustor::{Asustor, rules};
use crate::vendor::testing::{EPOCH, check, seal, vector};
use crate::vendor::{IconSource, Layout, Payload, Runs, Seal, Vendor, open};

const CONFIG: &str = r#"{
  "general": {
    "package": "beacon",
    "name": "Beacon",
    "version": "1.2.3.r4",
    "depends": ["python3 (>= 3.7.0)", "docker-ce"],
    "conflicts": [],
    "developer": "Example Ltd",
    "maintainer": "Ada Example",
    "email": "ada@example.com",
    "website": "",
    "architecture": "x86-64",
    "firmware": "4.0.0",
    "model": ["52xx", "3axx"],
    "default-lang": "en-US",
    "memory-limit": 512,
    "privacy-statement": "https://example.com/privacy",
    "force-php": true
  },
  "adm-desktop": {
    "app": {"type": "custom", "protocol": "http", "port": 8377, "url": "/"},
    "privilege": {"accessible": "users", "customizable": true}
  },
  "register": {
    "symbolic-link": {"/bin": ["beacon", "b*"], "/lib": []},
    "share-folder": [{"name": "Beacon", "description": "What beacon found"}],
    "port": [8377, 9901],
    "boot-priority": {"start-order": 75, "stop-order": 25},
    "prerequisites": {"enable-service": ["httpd"], "restart-service": []}
  }
}
"#;

const NAME: &str = "beacon_1.2.3.r4_x86-64.apk";

fn icon(size: u32) -> Entry {
    let findings = Findings::new();
    let source = IconSource::load(&Icon::Generated, "Beacon", &Origin::Default, &findings);
    Entry::file(source.unwrap().png(size), 0o644)
}

/// A good package's files, but for `config.json`.
fn files() -> Tree {
    let mut tree = Tree::new();
    for (path, entry) in [
        ("CONTROL/icon.png", icon(90)),
        ("CONTROL/start-stop.sh", Entry::file("#!/bin/sh\n", 0o755)),
        ("CONTROL/conf.sh", Entry::file("x=1\n", 0o755)),
        ("CONTROL/icon-enable.png", icon(90)),
        ("CONTROL/license/license.txt", Entry::file("Do what you like.\n", 0o644)),
        ("bin/beacon", Entry::file("x", 0o755)),
        ("www/index.html", Entry::file("x", 0o644)),
    ] {
        tree.insert(path, entry).unwrap();
    }
    tree
}

fn with(path: &str, entry: Entry) -> Tree {
    let mut tree = Tree::new();
    tree.insert(path, entry).unwrap();
    // What is in the way stays out.
    for (path, entry) in files().iter() {
        let _ = tree.insert(path.as_str(), entry.clone());
    }
    tree
}

fn without(path: &str) -> Tree {
    let mut tree = Tree::new();
    for (known, entry) in files().iter().filter(|(known, _)| known.as_str() != path) {
        tree.insert(known.as_str(), entry.clone()).unwrap();
    }
    tree
}

fn sealed(mut tree: Tree, config: impl Into<Vec<u8>>) -> Vec<u8> {
    tree.insert("CONTROL/config.json", Entry::file(config.into(), 0o644)).unwrap();
    let mut out = Cursor::new(Vec::new());
    Layout { tree, seal: Seal::Apk, epoch: EPOCH, compression: Compression::Default }.seal(&mut out).unwrap();
    out.into_inner()
}

/// What is found about a file of that name, as far as ASUSTOR's rules go, a line for each.
fn said(bytes: &[u8], name: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let all = match open(&path, &Limits::default()) {
        Ok(opened) => lint::verify(&opened, Levels::default()).findings,
        Err(failure) => failure.into_diagnostics(),
    };
    let ours = all.iter().filter(|found| found.code().is_some_and(|code| code.starts_with("AST")));
    let lines: Vec<_> = ours.map(|found| found.to_string().replace("\n  ", " | ")).collect();
    let text = lines.join("\n").replace(&format!("{}/", dir.path().display()), "");
    text.replace(&format!("in {NAME}, CONTROL/config.json "), "")
}

/// What is found when a piece of the good `config.json` is replaced.
fn edited(from: &str, to: &str) -> String {
    assert!(CONFIG.contains(from), "{from}");
    said(&sealed(files(), CONFIG.replacen(from, to, 1)), NAME)
}

fn table(cases: &[(&str, &str)]) -> String {
    cases
        .iter()
        .map(|(from, to)| format!("{to}\n  {}", edited(from, to).replace('\n', "\n  ")))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn nothing_is_found_about_a_good_package() {
    assert_eq!(said(&sealed(files(), CONFIG), NAME), "");
}

#[test]
fn nothing_is_found_about_our_own_packages() {
    let rich = "assets = [{ content = \"x\", dest = \"www/index.html\" }]\n[asustor]\nmodel = [\"52xx\", \"33xx\", \"10xx\"]\n\
                symbolic-link = { \"/bin\" = \"b*\" }\nports = [9901]\nprerequisites.restart-service = \"ftp\"\n\
                boot-priority = { start-order = 65, stop-order = 35 }\n";
    for more in ["", rich, &format!("{rich}app-type = \"webserver\"\n"), &format!("{rich}app-type = \"none\"\n")] {
        let (apk, said) = check(&Asustor, more);
        assert_eq!(said, "");
        let apk = apk.unwrap();
        for device in Asustor.devices().iter().filter(|device| !matches!(device.runs, Runs::Nothing(_))) {
            assert_eq!(apk.takes(device), Ok(()));
            let mut tree = Tree::new();
            for path in ["bin/beacon", "www/index.html"] {
                tree.insert(path, Entry::file("x", 0o755)).unwrap();
            }
            let layout = apk.lay_out(device, &Payload { arch: device.arch(), tree }).unwrap();
            assert_eq!(self::said(&seal(&layout), &apk.file_name(device)), "", "{more}");
        }
    }
}

#[test]
fn the_vendors_own_packages() {
    for tool in ["py2", "py3"] {
        let Some(bytes) = vector(&format!("asustor/hello-apk_1.2.3.r4_x86-64.vendor-{tool}.apk")) else { return };
        insta::allow_duplicates! {
            insta::assert_snapshot!(said(&bytes, "hello-apk_1.2.3.r4_x86-64.apk"), @"warning[AST044]: the folder `CONTROL/license` has the mode 0644 | in hello-apk_1.2.3.r4_x86-64.apk, CONTROL/license: expected 0755, without which nobody can look into it");
        }
    }
}

#[test]
fn keys() {
    insta::assert_snapshot!(table(KEYS), @r#"
    "package": "bea_con"
      error[AST001]: `general.package` cannot be the text `bea_con` | line 3: expected letters, digits, `+`, `.` and `-`, beginning with a letter or digit
      warning[AST042]: the file is called `beacon_1.2.3.r4_x86-64.apk` | in beacon_1.2.3.r4_x86-64.apk: expected `bea_con_1.2.3.r4_x86-64.apk`
    "package": ""
      error[AST025]: `general.package` is empty | line 3: expected letters, digits, `+`, `.` and `-`, beginning with a letter or digit
      warning[AST042]: the file is called `beacon_1.2.3.r4_x86-64.apk` | in beacon_1.2.3.r4_x86-64.apk: expected `_1.2.3.r4_x86-64.apk`
    "name": "a/b"
      error[AST002]: `general.name` cannot be the text `a/b` | line 4: expected a name without `/`
    "version": "1/2"
      error[AST003]: `general.version` cannot be the text `1/2` | line 5: expected a digit, then letters, digits, `.`, `-`, `+` and `~`
      warning[AST042]: the file is called `beacon_1.2.3.r4_x86-64.apk` | in beacon_1.2.3.r4_x86-64.apk: expected `beacon_1/2_x86-64.apk`
    "version": "v1_2"
      error[AST020]: `general.version` cannot be the text `v1_2` | line 5: expected a digit, then letters, digits, `.`, `-`, `+` and `~`
      warning[AST042]: the file is called `beacon_1.2.3.r4_x86-64.apk` | in beacon_1.2.3.r4_x86-64.apk: expected `beacon_v1_2_x86-64.apk`
    "version": 1.2
      error[AST028]: `general.version` is the number 1.2 | line 5: expected text: a digit, then letters, digits, `.`, `-`, `+` and `~`

      error[AST025]: `general.version` is missing | line 2: expected a digit, then letters, digits, `.`, `-`, `+` and `~`
    "git (> 1)", 7]
      error[AST007]: `general.depends[]` cannot be the text `git (> 1)` | line 6: expected an app, optionally with bounds by `>=`, `<=` and `=`
      error[AST028]: `general.depends[]` is the number 7 | line 6: expected text: an app, optionally with bounds by `>=`, `<=` and `=`
    "conflicts": ""
      warning[AST008]: `general.conflicts` is empty | line 7: expected `[]`: the key is reserved
    "conflicts": ["git"]
      warning[AST008]: `general.conflicts` is a list | line 7: expected `[]`: the key is reserved
    ada
      warning[AST018]: `general.email` cannot be the text `ada` | line 10: expected an e-mail address
    "x86_64"
      error[AST031]: `general.architecture` cannot be the text `x86_64` | line 12: expected `x86-64`, `arm64`, `arm`, `i386`, `any` | help: a similar one exists: `x86-64`
      warning[AST042]: the file is called `beacon_1.2.3.r4_x86-64.apk` | in beacon_1.2.3.r4_x86-64.apk: expected `beacon_1.2.3.r4_x86_64.apk`
    "4"
      error[AST005]: `general.firmware` cannot be the text `4` | line 13: expected three numbers, such as `4.0.0`
    "3.1.0"
      warning[AST030]: ADM knows `general.privacy-statement` since 3.1.7, and the package can be installed on ADM 3.1.0 | line 17 | note: an older one does not know it
    "4.1.0", "memory-advice": 1024
      warning[AST036]: `general.memory-advice` upsets App Central of ADM 5 | line 13
    "arm",
        "firmware": "4.1.0"
      warning[AST006]: no ASUSTOR model with the architecture arm has ADM 4.1.0 | line 13 | note: the last ADM for the AS10 series is 4.0
      error[AST033]: the models of `52xx` are x86-64, and the package is for arm | line 14 | note: no box can install it for that series
      warning[AST042]: the file is called `beacon_1.2.3.r4_x86-64.apk` | in beacon_1.2.3.r4_x86-64.apk: expected `beacon_1.2.3.r4_arm.apk`
    ["AS5202T", "99xx", "33xx"]
      error[AST011]: `AS5202T` is not a series of ASUSTOR models | line 14: expected a series such as `52xx` or `3axx`
      warning[AST032]: neither the guides nor known packages name the series `99xx` | line 14 | help: check its spelling; a new series is fine
      error[AST033]: the models of `33xx` are arm64, and the package is for x86-64 | line 14 | note: no box can install it for that series
    "52xx"
      warning[AST029]: `general.model` is a text | line 14: expected a list, as of ADM 4
    "en"
      error[AST010]: `general.default-lang` cannot be the text `en` | line 15 | note: its languages are cs, da, de, en-US, es, fi, fr-FR, hu, it-IT, ja-JP, ko-KR, nl-NL, no, pl, pt, ru-RU, sv, tr, zh-TW, zh-CN | help: a similar one exists: `es`
    "512"
      warning[AST029]: `general.memory-limit` is text: `"512"` | line 16 | help: write `512` without quotes
    -1
      error[AST028]: `general.memory-limit` cannot be the number -1 | line 16: expected a whole number
    "example.com"
      error[AST019]: `general.privacy-statement` cannot be the text `example.com` | line 17: expected an address that begins with `https://`
    privace-statement
      warning[AST027]: ADM knows no key `general.privace-statement` | line 17 | help: a key with a similar name exists: `privacy-statement`
    "package": "beacon"
      error[AST026]: `general.package` is there twice | line 18
    "privilege": {}
      warning[AST027]: ADM knows no key `general.privilege` | line 18 | help: its place is `adm-desktop.privilege`
    "General"
      warning[AST027]: ADM knows no key `General` | line 2 | help: a key with a similar name exists: `general`
      error[AST025]: `general` is missing | line 1: expected a table
    {"type": "custom", "session-id": "true"}
      error[AST025]: `adm-desktop.app.protocol` is missing | line 21 | note: an icon of the type `custom` needs it
      error[AST025]: `adm-desktop.app.port` is missing | line 21 | note: an icon of the type `custom` needs it
      warning[AST051]: `adm-desktop.app.session-id` has no effect: it is for apps of the type `webserver` | line 21
    "type": "Custom"
      error[AST028]: `adm-desktop.app.type` cannot be the text `Custom` | line 21: expected `custom`, `webserver`, `internal`, `external` | help: a similar one exists: `custom`
    "type": "internal"
      warning[AST050]: apps of the type `internal` are ASUSTOR's own | line 21
    "type": "webserver"
      warning[AST051]: `adm-desktop.app.protocol` has no effect: it is for apps of the type `custom` | line 21
      warning[AST051]: `adm-desktop.app.port` has no effect: it is for apps of the type `custom` | line 21
      warning[AST051]: `adm-desktop.app.url` has no effect: it is for apps of the type `custom` | line 21
    "port": "8377"
      warning[AST029]: `adm-desktop.app.port` is text: `"8377"` | line 21 | help: write `8377` without quotes
    "port": 8378, "https_port": 70000, "reverseproxy_port": 1
      warning[AST030]: ADM knows `adm-desktop.app.https_port` since 5.0.0, and the package can be installed on ADM 4.0.0 | line 21 | note: an older one does not know it
      error[AST046]: `adm-desktop.app.https_port` cannot be the number 70000 | line 21: expected a whole number from 1 to 65535
      warning[AST030]: ADM knows `adm-desktop.app.reverseproxy_port` since 4.3.0, and the package can be installed on ADM 4.0.0 | line 21 | note: an older one does not know it
      warning[AST047]: the icon opens port 8378, which `register.port` does not have | line 21 | note: another app can take it
    "url": "status"
      error[AST028]: `adm-desktop.app.url` cannot be the text `status` | line 21: expected a path that begins with `/`
    "Administrators"
      error[AST012]: `adm-desktop.privilege.accessible` cannot be the text `Administrators` | line 22: expected `administrators`, `users` | help: a similar one exists: `administrators`
    "customizable": "true"
      warning[AST029]: `adm-desktop.privilege.customizable` is text: `"true"` | line 22 | help: write `true` without quotes
    "bin"
      warning[AST027]: ADM knows no key `register.symbolic-link.bin` | line 25 | help: a key with a similar name exists: `/bin`
    "c*", "bin/beacon", "beacon2", ""
      error[AST013]: `register.symbolic-link./bin[]` cannot be the text `bin/beacon` | line 25: expected a file's name or a glob, without `/`
      error[AST013]: `register.symbolic-link./bin[]` cannot be empty | line 25: expected a file's name or a glob, without `/`
      error[AST014]: there is no `bin/c*` in the package to link to | line 25
      error[AST014]: there is no `bin/beacon2` in the package to link to | line 25
    "name": "homes", "description"
      error[AST016]: `register.share-folder[].name` cannot be the text `homes` | line 26: expected a name that a share can have
    "description"
      error[AST025]: `register.share-folder[].name` is missing | line 26: expected a name that a share can have
    ["8377", "T9901", 22, "9000, 5000", 0]
      warning[AST029]: `register.port[]` is text: `"8377"` | line 27 | help: write `8377` without quotes
      warning[AST030]: ADM knows ports with `T` since 5.0.0, and the package can be installed on ADM 4.0.0 | line 27 | note: an older one does not know it
      error[AST046]: `register.port[]` cannot be the text `9000, 5000` | line 27: expected a number from 1 to 65535, or `T` and a number
      error[AST046]: `register.port[]` cannot be the number 0 | line 27: expected a number from 1 to 65535, or `T` and a number
      error[AST009]: on an ASUSTOR box, port 22 belongs to SSH | line 27 | note: ADM refuses to install an app that registers a system service's port (-319) | help: choose another; those above 10000 are seldom taken
    8377
      error[AST028]: `register.port` is the number 8377 | line 27: expected a list
      warning[AST047]: the icon opens port 8377, which `register.port` does not have | line 21 | note: another app can take it
    [{"start-order": 75}]
      error[AST028]: `register.boot-priority` is a list | line 28: expected a table
    {"start-order": "75"}
      error[AST028]: `register.boot-priority.start-order` is the text `75` | line 28: expected a whole number from 0 to 99
      error[AST025]: `register.boot-priority.stop-order` is missing | line 28: expected a whole number from 0 to 99
    {"start-order": 65, "stop-order": 100}
      error[AST028]: `register.boot-priority.stop-order` cannot be the number 100 | line 28: expected a whole number from 0 to 99
      warning[AST037]: the app needs `docker-ce` and is not started after it | line 28 | note: its `start-order` is 65, Docker's is 65 | help: set it to 70 to 95
    ["httpd2", "mysql"], "restore-service": null
      warning[AST027]: ADM knows no key `register.prerequisites.restore-service` | line 29 | help: a key with a similar name exists: `restart-service`
      error[AST048]: ADM has no service `httpd2` to start | line 29 | note: the services are samba, afp, nfs, ftp, webdav, httpd, mysql
      warning[AST049]: `mysql` is no service since ADM 3.5.0 | line 29 | help: write `depends = ["mariadb"]` instead
    "#);
}

const KEYS: &[(&str, &str)] = &[
    ("\"package\": \"beacon\"", "\"package\": \"bea_con\""),
    ("\"package\": \"beacon\"", "\"package\": \"\""),
    ("\"name\": \"Beacon\"", "\"name\": \"a/b\""),
    ("\"version\": \"1.2.3.r4\"", "\"version\": \"1/2\""),
    ("\"version\": \"1.2.3.r4\"", "\"version\": \"v1_2\""),
    ("\"version\": \"1.2.3.r4\"", "\"version\": 1.2"),
    ("\"version\": \"1.2.3.r4\",", ""),
    ("\"docker-ce\"]", "\"git (> 1)\", 7]"),
    ("\"conflicts\": []", "\"conflicts\": \"\""),
    ("\"conflicts\": []", "\"conflicts\": [\"git\"]"),
    ("ada@example.com", "ada"),
    ("\"x86-64\"", "\"x86_64\""),
    ("\"4.0.0\"", "\"4\""),
    ("\"4.0.0\"", "\"3.1.0\""),
    ("\"4.0.0\"", "\"4.1.0\", \"memory-advice\": 1024"),
    ("\"x86-64\",\n    \"firmware\": \"4.0.0\"", "\"arm\",\n    \"firmware\": \"4.1.0\""),
    ("[\"52xx\", \"3axx\"]", "[\"AS5202T\", \"99xx\", \"33xx\"]"),
    ("[\"52xx\", \"3axx\"]", "\"52xx\""),
    ("\"en-US\"", "\"en\""),
    ("512", "\"512\""),
    ("512", "-1"),
    ("\"https://example.com/privacy\"", "\"example.com\""),
    ("privacy-statement", "privace-statement"),
    ("\"force-php\": true", "\"package\": \"beacon\""),
    ("\"force-php\": true", "\"privilege\": {}"),
    ("\"general\"", "\"General\""),
    (
        "{\"type\": \"custom\", \"protocol\": \"http\", \"port\": 8377, \"url\": \"/\"}",
        "{\"type\": \"custom\", \"session-id\": \"true\"}",
    ),
    ("\"type\": \"custom\"", "\"type\": \"Custom\""),
    ("\"type\": \"custom\"", "\"type\": \"internal\""),
    ("\"type\": \"custom\"", "\"type\": \"webserver\""),
    ("\"port\": 8377", "\"port\": \"8377\""),
    ("\"port\": 8377", "\"port\": 8378, \"https_port\": 70000, \"reverseproxy_port\": 1"),
    ("\"url\": \"/\"", "\"url\": \"status\""),
    ("\"users\"", "\"Administrators\""),
    ("\"customizable\": true", "\"customizable\": \"true\""),
    ("\"/bin\"", "\"bin\""),
    ("\"b*\"", "\"c*\", \"bin/beacon\", \"beacon2\", \"\""),
    ("\"name\": \"Beacon\", \"description\"", "\"name\": \"homes\", \"description\""),
    ("\"name\": \"Beacon\", \"description\"", "\"description\""),
    ("[8377, 9901]", "[\"8377\", \"T9901\", 22, \"9000, 5000\", 0]"),
    ("[8377, 9901]", "8377"),
    ("{\"start-order\": 75, \"stop-order\": 25}", "[{\"start-order\": 75}]"),
    ("{\"start-order\": 75, \"stop-order\": 25}", "{\"start-order\": \"75\"}"),
    ("{\"start-order\": 75, \"stop-order\": 25}", "{\"start-order\": 65, \"stop-order\": 100}"),
    ("[\"httpd\"], \"restart-service\": []", "[\"httpd2\", \"mysql\"], \"restore-service\": null"),
];

#[test]
fn configs_that_cannot_be_read() {
    let said = |config: &[u8]| said(&sealed(files(), config), NAME);
    insta::assert_snapshot!(said(&[b"\xef\xbb\xbf", CONFIG.as_bytes()].concat()), @"error[AST024]: `CONTROL/config.json` begins with a byte order mark | line 1 | help: save it as UTF-8 without one");
    insta::assert_snapshot!(said(b"{\n\"a\": \"\xff\"}"), @"error[AST024]: `CONTROL/config.json` is not UTF-8 | line 2");
    insta::assert_snapshot!(said(b"{\n  \"general\": {},\n}"), @"error[AST024]: `CONTROL/config.json` is not JSON: trailing comma at line 3 column 1 | line 3");
    insta::assert_snapshot!(said(b"[]"), @"error[AST024]: `CONTROL/config.json` is a list, not a table | line 1");
    insta::assert_snapshot!(said(&b" ".repeat(100_000)), @"error[AST024]: `CONTROL/config.json` has 100000 bytes, far more than it should | in beacon_1.2.3.r4_x86-64.apk, CONTROL/config.json");
    insta::assert_snapshot!(said("[".repeat(50_000).as_bytes()), @"error[AST024]: `CONTROL/config.json` is not JSON: recursion limit exceeded at line 1 column 128 | line 1");
    insta::assert_snapshot!(self::said(&zipped(&parts(files())), NAME), @r"
    warning[AST023]: the zip archive differs from those of the vendor's tool | in beacon_1.2.3.r4_x86-64.apk | note: not stored but compressed: `apkg-version`, `control.tar.gz`, `data.tar.gz`
    error[AST024]: `CONTROL/config.json` is missing | in beacon_1.2.3.r4_x86-64.apk, CONTROL/config.json
    ");
}

#[test]
fn web_apps() {
    let config = CONFIG.replace(
        "\"type\": \"custom\", \"protocol\": \"http\", \"port\": 8377, \"url\": \"/\"",
        "\"type\": \"webserver\", \"session-id\": true",
    );
    let said = |tree, config: &str| said(&sealed(tree, config), NAME);
    assert_eq!(said(files(), &config), "");
    insta::assert_snapshot!(said(without("www/index.html"), &config.replace("httpd", "ftp")), @r"
    error[AST034]: a web app needs pages in `www/`, and the package has none | line 21
    error[AST034]: a web app needs the web server, and the package does not ask for it | line 21 | help: add `httpd` to `register.prerequisites.enable-service`
    ");
    let php = || with("www/index.php", Entry::file("<?php", 0o644));
    insta::assert_snapshot!(said(php(), &config), @"warning[AST035]: the web app has PHP pages and needs no PHP | line 21 | note: since ADM 4.0 PHP is an app of its own | help: name it in `depends`");
    assert_eq!(said(php(), &config.replace("docker-ce", "php7.4")), "");
    // Before ADM 4, PHP is part of the system.
    assert_eq!(said(php(), &config.replace("4.0.0", "3.5.0")), "");
}

#[test]
fn files_and_names() {
    let said = |tree| said(&sealed(tree, CONFIG), NAME);
    let cases = [
        ("no icon", without("CONTROL/icon.png")),
        ("JPEG", with("CONTROL/icon.png", Entry::file(b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), 0o644))),
        ("no image", with("CONTROL/icon.png", Entry::file("x", 0o644))),
        ("cut off", with("CONTROL/icon.png", Entry::file(b"\x89PNG\r\n\x1a\n\0\0".to_vec(), 0o644))),
        ("large", with("CONTROL/icon.png", icon(256))),
        ("opaque", with("CONTROL/icon.png", opaque())),
        ("a folder", with("CONTROL/icon.png", Entry::DIR)),
        ("script", with("CONTROL/postinstall.sh", Entry::file("#!/bin/sh\n", 0o755))),
        ("text", with("CONTROL/Changelog.txt", Entry::file("x", 0o644))),
        ("letters", with("docs/MY_CONTROL_notes/a.txt", Entry::file("x", 0o644))),
        ("modes", {
            let mut tree = with("CONTROL/start-stop.sh", Entry::file("#!/bin/sh\n", 0o644));
            tree.insert("CONTROL/license", Entry { mode: 0o644, ..Entry::DIR }).unwrap();
            tree.insert("data", Entry { mode: 0o766, ..Entry::DIR }).unwrap();
            tree.insert("private", Entry { mode: 0o700, ..Entry::DIR }).unwrap();
            tree.insert("CONTROL/a.txt", Entry::file("x", 0o600)).unwrap();
            tree
        }),
    ];
    insta::assert_snapshot!(cases.map(|(name, tree)| format!("{name}: {}", said(tree).replace('\n', "\n  "))).join("\n"), @r"
    no icon: error[AST039]: `CONTROL/icon.png` is missing | in beacon_1.2.3.r4_x86-64.apk, CONTROL/icon.png
    JPEG: error[AST039]: `CONTROL/icon.png` is a JPG image under a PNG's name | in beacon_1.2.3.r4_x86-64.apk, CONTROL/icon.png | help: convert it; renaming is not enough
    no image: error[AST039]: `CONTROL/icon.png` is no image | in beacon_1.2.3.r4_x86-64.apk, CONTROL/icon.png
    cut off: error[AST039]: `CONTROL/icon.png` cannot be read: unexpected end of file | in beacon_1.2.3.r4_x86-64.apk, CONTROL/icon.png
    large: warning[AST040]: `CONTROL/icon.png` has 256x256 pixels | in beacon_1.2.3.r4_x86-64.apk, CONTROL/icon.png: expected 90x90
    opaque: warning[AST040]: `CONTROL/icon.png` has no transparency | in beacon_1.2.3.r4_x86-64.apk, CONTROL/icon.png
    a folder: error[AST039]: `CONTROL/icon.png` is not a file | in beacon_1.2.3.r4_x86-64.apk, CONTROL/icon.png
    script: warning[AST041]: ADM does not look for `postinstall.sh` | in beacon_1.2.3.r4_x86-64.apk, CONTROL/postinstall.sh | help: it looks for `post-install.sh`
    text: warning[AST041]: ADM does not look for `Changelog.txt` | in beacon_1.2.3.r4_x86-64.apk, CONTROL/Changelog.txt | help: it looks for `changelog.txt`
    letters: warning[AST017]: `docs/MY_CONTROL_notes` has the letters CONTROL in its path | in beacon_1.2.3.r4_x86-64.apk, docs/MY_CONTROL_notes | note: the vendor's tool would drop it if it packed the app again
    modes: warning[AST044]: the file `CONTROL/a.txt` has the mode 0600 | in beacon_1.2.3.r4_x86-64.apk, CONTROL/a.txt: expected 0644
      warning[AST044]: the folder `CONTROL/license` has the mode 0644 | in beacon_1.2.3.r4_x86-64.apk, CONTROL/license: expected 0755, without which nobody can look into it
      warning[AST044]: the file `CONTROL/start-stop.sh` has the mode 0644 | in beacon_1.2.3.r4_x86-64.apk, CONTROL/start-stop.sh: expected 0755 for a script
      warning[AST044]: the folder `data` has the mode 0766 | in beacon_1.2.3.r4_x86-64.apk, data: expected the x bits beside the r bits
    ");
    insta::assert_snapshot!(self::said(&sealed(files(), CONFIG), "beacon.apk"), @"warning[AST042]: the file is called `beacon.apk` | in beacon.apk: expected `beacon_1.2.3.r4_x86-64.apk`");
}

#[test]
fn many_findings_become_few() {
    let mut tree = files();
    for number in 0..1000 {
        tree.insert(&format!("CONTROL/{number}"), Entry::file("", 0o600)).unwrap();
    }
    let said = said(&sealed(tree, CONFIG), NAME);
    assert_eq!(said.lines().count(), 21);
    assert!(said.contains("warning[AST044]: there are 980 more files like these"), "{said}");
}

fn opaque() -> Entry {
    let mut png = Cursor::new(Vec::new());
    image::RgbImage::new(90, 90).write_to(&mut png, image::ImageFormat::Png).unwrap();
    Entry::file(png.into_inner(), 0o644)
}

fn tar_gz(members: &[(&str, &[u8], u64)], pax: bool) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, bytes, owner) in members {
        let mut header = if pax { tar::Header::new_ustar() } else { tar::Header::new_gnu() };
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_uid(*owner);
        header.set_gid(*owner / 10);
        if pax {
            tar.append_pax_extensions([("path", name.as_bytes())]).unwrap();
            header.set_path("short").unwrap();
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        } else {
            tar.append_data(&mut header, name, *bytes).unwrap();
        }
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// The three members with the files of a tree, but for `config.json`.
fn parts(tree: Tree) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = sealed(tree, CONFIG);
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut read = |name| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name(name).unwrap(), &mut bytes).unwrap();
        (name, bytes)
    };
    let control = tar_gz(&[("icon.png", &icon_bytes(), 0)], false);
    vec![read("apkg-version"), ("control.tar.gz", control), read("data.tar.gz")]
}

fn icon_bytes() -> Vec<u8> {
    let EntryKind::File(Content::Bytes(bytes)) = icon(90).kind else { panic!() };
    bytes.to_vec()
}

/// A zip archive of another tool's form.
fn zipped(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn archives() {
    let config: (&str, &[u8], u64) = ("config.json", CONFIG.as_bytes(), 0);
    let control = |pax| tar_gz(&[config, ("icon.png", &icon_bytes(), 0)], pax);
    let data = |extra: &[(&'static str, &'static [u8], u64)], pax| {
        tar_gz(&[&[("bin/beacon", &b"x"[..], 0), ("www/index.html", b"x", 0)], extra].concat(), pax)
    };
    let long: &str = Box::leak(format!("share/{}", "n".repeat(100)).into_boxed_str());
    let said = |version: &str, control: Vec<u8>, data: Vec<u8>| {
        let members = [
            ("data.tar.gz", data),
            ("apkg-version", version.as_bytes().to_vec()),
            ("control.tar.gz", control),
            ("more", Vec::new()),
        ];
        said(&zipped(&members), NAME)
    };
    insta::assert_snapshot!(said("2.0\r\n", control(false), data(&[], false)), @"warning[AST023]: the zip archive differs from those of the vendor's tool | in beacon_1.2.3.r4_x86-64.apk | note: it has more members: `more` | note: its members are in another order than apkg-version, control.tar.gz, data.tar.gz | note: not stored but compressed: `data.tar.gz`, `apkg-version`, `control.tar.gz` and 1 more | note: `apkg-version` has 5 bytes instead of the four of `2.0` and a line feed");
    insta::assert_snapshot!(said("2.0\n", control(true), data(&[("a", b"x", 1000), ("b", b"x", 999), (long, b"x", 1000)], true)), @r"
    warning[AST023]: the zip archive differs from those of the vendor's tool | in beacon_1.2.3.r4_x86-64.apk | note: it has more members: `more` | note: its members are in another order than apkg-version, control.tar.gz, data.tar.gz | note: not stored but compressed: `data.tar.gz`, `apkg-version`, `control.tar.gz` and 1 more
    warning[AST043]: files belong to 1000:100: `a`, `share/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` | in beacon_1.2.3.r4_x86-64.apk | help: pack with owner 0:0
    warning[AST045]: `data.tar.gz` has long names in pax records: `share/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` | in beacon_1.2.3.r4_x86-64.apk | help: pack with `--format=gnu`
    ");
    insta::assert_snapshot!(said("1.0\n", control(false), data(&[], false)), @"error[AST021]: `apkg-version` is `1.0`, and only 2.0 is known | in beacon_1.2.3.r4_x86-64.apk | note: 1.0 had another layout; ADM since 2.0 refuses it with error -424");
    insta::assert_snapshot!(said("2.0\n", control(false), data(&[("CONTROL/config.json", b"{}", 0)], false)), @"error[AST015]: `data.tar.gz` has a `CONTROL` of its own | in beacon_1.2.3.r4_x86-64.apk | note: ADM would unpack it over the package's real metadata");
    insta::assert_snapshot!(self::said(&zipped(&[("apkg-version", b"2.0\n".to_vec()), ("data.tar.gz", Vec::new())]), NAME), @"error[AST022]: the package has no `control.tar.gz` | in beacon_1.2.3.r4_x86-64.apk | note: ADM answers with error -192");
}

#[test]
fn every_rule_speaks() {
    // The snapshots here and beside the check of descriptions name all that fired.
    let snapshots = [include_str!("tests.rs"), include_str!("../tests.rs")].concat();
    for rule in rules::RULES {
        let fired = ["error", "warning"].iter().any(|level| snapshots.contains(&format!("{level}[{}]: ", rule.code)));
        assert!(fired, "{} has no test that fires it", rule.code);
        assert!(rule.why.ends_with('.') && !rule.title.ends_with('.'), "{}", rule.code);
    }
}
