use std::io::{Cursor, Read};

use super::{Asustor, fields};
use crate::archive::{Content, Entry, EntryKind};
use crate::diagnostic::{Findings, Level, Levels, Severity};
use crate::model::Arch;
use crate::vendor::Device;
use crate::vendor::field::Ours;
use crate::vendor::testing::{
    LEAST, check, check_at, check_over, gunzip, layout, members, payload, refusal, seal, text, vector, warning,
};
use crate::vendor::{Payload, Vendor};

const KEYS: &str = r#"
assets = [{ content = "x", dest = "etc/beacon.conf" }]
[asustor]
firmware = "5.0.0"
default-lang = "en-US"
memory-limit = 512
memory-advice = 1024
model = ["52xx", "3axx", "33xx"]
accessible = "users"
customizable = false
reverseproxy-port = 8378
http-port = 8379
https-port = 8380
ports = [9901, "T7666", 8377]
symbolic-link = { "/bin" = ["beacon", "b*"], "/etc" = "beacon.conf", "/lib" = [], "/lib64" = [], "/sbin" = [], "/var" = [] }
boot-priority = { start-order = 65, stop-order = 35 }
privacy-statement = "https://example.com/privacy"
prerequisites = { enable-service = ["ftp", "samba"], restart-service = "nfs" }
extra.general = { force-php = true, tomorrow = { list = [1, "a"] } }
extra.adm-desktop.app.icons = ["a.png"]
extra.register.prerequisites.wait = 3
"#;

/// A web app, on the box's own web server.
const WEB: &str = r#"
assets = [{ content = "<?php phpinfo();", dest = "www/index.php" }, { content = "x", dest = "CONTROL/license/de.txt" }]
depends = ["php74"]
[asustor]
app-type = "webserver"
session-id = true
"#;

fn web_payload() -> Payload {
    let mut payload = payload(Arch::X86_64);
    payload.tree.insert("www/index.php", Entry::file("x", 0o644)).unwrap();
    payload.tree.insert("CONTROL/license/de.txt", Entry::file("x", 0o644)).unwrap();
    payload
}

fn config_of(more: &str, payload: &Payload) -> serde_json::Value {
    let (apk, said) = check(&Asustor, more);
    let apk = apk.unwrap_or_else(|| panic!("{said}"));
    serde_json::from_str(&text(&apk.lay_out(&Asustor.devices()[0], payload).unwrap().tree, "CONTROL/config.json"))
        .unwrap()
}

fn rich_payload() -> Payload {
    let mut payload = payload(Arch::X86_64);
    payload.tree.insert("etc/beacon.conf", Entry::file("x", 0o644)).unwrap();
    payload
}

#[test]
fn config() {
    let targets = "targets = [\"x86_64\", \"aarch64\"]";
    let (apk, said) = check(&Asustor, &format!("{targets}\n{KEYS}"));
    insta::assert_snapshot!(said, @r"
    warning[AST036]: `memory-advice` upsets App Central of ADM 5
      at more.toml:8:17
      help: leave it out; `memory-limit` keeps the app from boxes with too little
    warning[AST038]: `asustor.extra.general.force-php` is written as it is, and nothing checks it
      at more.toml:20:19
    warning[AST038]: `asustor.extra.general.tomorrow` is written as it is, and nothing checks it
      at more.toml:20:37
    warning[AST038]: `asustor.extra.adm-desktop.app.icons` is written as it is, and nothing checks it
      at more.toml:21:23
    warning[AST038]: `asustor.extra.register.prerequisites.wait` is written as it is, and nothing checks it
      at more.toml:22:30
    ");
    let apk = apk.unwrap();
    let layout = apk.lay_out(&Asustor.devices()[0], &rich_payload()).unwrap();
    insta::assert_snapshot!(text(&layout.tree, "CONTROL/config.json"), @r#"
    {
      "general": {
        "package": "beacon",
        "name": "Beacon",
        "version": "1.2.3.r4",
        "depends": [
          "python3 (>= 3.7.0)",
          "git"
        ],
        "conflicts": [],
        "developer": "Example Ltd",
        "maintainer": "Ada Example",
        "email": "ada@example.com",
        "website": "https://example.com/beacon",
        "architecture": "x86-64",
        "firmware": "5.0.0",
        "model": [
          "52xx",
          "3axx"
        ],
        "default-lang": "en-US",
        "memory-limit": 512,
        "memory-advice": 1024,
        "privacy-statement": "https://example.com/privacy",
        "force-php": true,
        "tomorrow": {
          "list": [
            1,
            "a"
          ]
        }
      },
      "adm-desktop": {
        "app": {
          "type": "custom",
          "protocol": "http",
          "port": 8377,
          "url": "/status",
          "reverseproxy_port": 8378,
          "http_port": 8379,
          "https_port": 8380,
          "icons": [
            "a.png"
          ]
        },
        "privilege": {
          "accessible": "users",
          "customizable": false
        }
      },
      "register": {
        "symbolic-link": {
          "/bin": [
            "beacon",
            "b*"
          ],
          "/etc": [
            "beacon.conf"
          ],
          "/lib": [],
          "/lib64": [],
          "/sbin": [],
          "/var": []
        },
        "share-folder": [
          {
            "name": "Beacon",
            "description": "What beacon found"
          }
        ],
        "port": [
          8377,
          9901,
          "T7666"
        ],
        "boot-priority": {
          "start-order": 65,
          "stop-order": 35
        },
        "prerequisites": {
          "enable-service": [
            "ftp",
            "samba"
          ],
          "restart-service": [
            "nfs"
          ],
          "wait": 3
        }
      }
    }
    "#);
    let names: Vec<_> = layout.tree.iter().map(|(path, entry)| format!("{:o} {path}", entry.mode)).collect();
    insta::assert_snapshot!(names.join("\n"), @r"
    755 CONTROL
    644 CONTROL/changelog.txt
    644 CONTROL/config.json
    644 CONTROL/description.txt
    644 CONTROL/icon.png
    755 CONTROL/license
    644 CONTROL/license/license.txt
    755 CONTROL/post-install.sh
    755 CONTROL/post-snapshot-restore.sh
    755 CONTROL/post-uninstall.sh
    755 CONTROL/pre-install.sh
    755 CONTROL/pre-snapshot-restore.sh
    755 CONTROL/pre-uninstall.sh
    755 CONTROL/start-stop.sh
    755 bin
    777 bin/bc
    755 bin/beacon
    755 docs
    644 docs/MY_CONTROL_notes.txt
    755 etc
    644 etc/beacon.conf
    ");
    assert_eq!(text(&layout.tree, "CONTROL/license/license.txt"), "Do what you like.\n");
    assert_eq!(text(&layout.tree, "CONTROL/description.txt"), "Shows how the box is doing.\nOn one page.\n");
    let EntryKind::File(Content::Bytes(icon)) = &layout.tree.get("CONTROL/icon.png").unwrap().kind else {
        panic!("no icon")
    };
    let icon = image::load_from_memory(icon).unwrap();
    assert_eq!((icon.width(), icon.height(), icon.color().has_alpha()), (90, 90, true));
}

#[test]
fn least() {
    let (apk, said) = check_over(&Asustor, LEAST, "");
    assert_eq!(said, "");
    let apk = apk.unwrap();
    let config = text(&layout(&Asustor, &*apk, 1).tree, "CONTROL/config.json");
    insta::assert_snapshot!(config, @r#"
    {
      "general": {
        "package": "beacon",
        "name": "Beacon",
        "version": "1.2.3",
        "depends": [],
        "conflicts": [],
        "developer": "beacon",
        "maintainer": "beacon",
        "architecture": "arm64",
        "firmware": "4.0.0"
      }
    }
    "#);
}

#[test]
fn one_file_for_each_architecture() {
    let apk = check(&Asustor, "").0.unwrap();
    let names: Vec<_> = Asustor.devices().iter().map(|device| apk.file_name(device)).collect();
    let expected = ["x86-64", "arm64", "arm", "i386", "any"].map(|name| format!("beacon_1.2.3.r4_{name}.apk"));
    assert_eq!(names, expected);
    assert_eq!(Asustor.devices().iter().filter_map(Device::arch).collect::<Vec<_>>(), Arch::ALL);
}

#[test]
fn web_app() {
    let config = config_of(WEB, &web_payload());
    insta::assert_snapshot!(config["adm-desktop"], @r#"{"app":{"type":"webserver","session-id":true},"privilege":{"accessible":"administrators","customizable":true}}"#);
    insta::assert_snapshot!(config["register"], @r#"{"share-folder":[{"name":"Beacon","description":"What beacon found"}],"port":[8377],"prerequisites":{"enable-service":["httpd"]}}"#);
    // Without binaries there is one package for all.
    let any = &Asustor.devices()[4];
    let (apk, said) = check(&Asustor, WEB);
    assert_eq!(said, "");
    let layout = apk.unwrap().lay_out(any, &Payload { arch: None, ..web_payload() }).unwrap();
    assert!(text(&layout.tree, "CONTROL/config.json").contains("\"architecture\": \"any\""));
    assert_eq!(text(&layout.tree, "CONTROL/license/de.txt"), "x");
}

#[test]
fn every_field_of_ours_is_written_and_read() {
    let configs = [config_of(KEYS, &rich_payload()), config_of(WEB, &web_payload())];
    for field in fields::CONFIG {
        let pointer = field.key.replace('/', "~1").replace('.', "/").replace("[]", "/0");
        let is_written = configs.iter().any(|config| config.pointer(&format!("/{pointer}")).is_some());
        match field.ours {
            Ours::Never(_) => assert!(!is_written || field.key == "general.force-php", "{}", field.key),
            Ours::Key(key) => {
                // An empty list has no first element.
                assert!(is_written || field.key.ends_with("[]"), "{}", field.key);
                let own = key.strip_prefix("asustor.").and_then(|key| key.split('.').next());
                let known = |own| KEYS.contains(&format!("\n{own} =")) || WEB.contains(&format!("\n{own} ="));
                assert!(own.is_none_or(|own| own == "version" || known(own)), "{key} is in no manifest here");
            }
            Ours::Made(_) => assert!(is_written, "{}", field.key),
        }
        assert!(!field.guide.is_empty() && field.doc.ends_with('.'), "{}", field.key);
        assert!(field.firmware.is_empty() || fields::since(field).is_some(), "{}", field.key);
    }
}

#[test]
fn devices_that_can_install_nothing_get_nothing() {
    let left_out = |more: &str| {
        let apk = check(&Asustor, more).0.unwrap();
        let takes = |device: &Device| Some(format!("{}: {}", device.name, apk.takes(device).err()?));
        Asustor.devices().iter().filter_map(takes).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(left_out("asustor.firmware = \"4.1.0\""), @r"
    arm: `asustor.firmware` asks for ADM 4.1.0, and the last one for the AS10 series is 4.0
    i386: `asustor.firmware` asks for ADM 4.1.0, and the last one for the AS-2 and AS-3 series is 3.5
    ");
    insta::assert_snapshot!(left_out("asustor.model = [\"33xx\", \"52xx\"]"), @r"
    arm: `asustor.model` names none of its series
    i386: `asustor.firmware` asks for ADM 4.0.0, and the last one for the AS-2 and AS-3 series is 3.5
    ");
    assert_eq!(
        left_out(""),
        "i386: `asustor.firmware` asks for ADM 4.0.0, and the last one for the AS-2 and AS-3 series is 3.5"
    );
    let models = config_of("asustor.model = [\"33xx\", \"52xx\"]", &payload(Arch::X86_64));
    assert_eq!(models["general"]["model"], serde_json::json!(["52xx"]));
}

#[test]
fn versions() {
    let version = |more| check(&Asustor, more).0.unwrap().version().to_owned();
    assert_eq!(version("revision = 0"), "1.2.3");
    assert_eq!(version("version = \"1.2.3-beta.2+x\""), "1.2.3-beta.2.r4");
    assert_eq!(version("asustor.version = \"2022-11-04\""), "2022-11-04");
}

/// The bytes of a member.
fn member(zip: &[u8], name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// What a reader sees of a zip archive's members, field by field, but for time and size.
fn zip_members(bytes: &[u8]) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let end = bytes.len() - 22;
    let at = |offset: usize| u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap()) as usize;
    let mut offset = at(end + 16);
    let mut found = Vec::new();
    while offset < end {
        let central = &bytes[offset..offset + 46];
        let name = &bytes[offset + 46..offset + 46 + usize::from(central[28])];
        let start = at(offset + 42);
        let local = &bytes[start..start + 30];
        assert_eq!(central[16..28], local[14..26], "checksum and sizes");
        // Versions, flags and method; lengths of extra field and comment, disk, attributes.
        let central = [&central[4..12], &central[30..42]].concat();
        let local = [&local[4..10], &local[28..30]].concat();
        offset += 46 + name.len();
        found.push((String::from_utf8(name.to_vec()).unwrap(), central, local));
    }
    assert_eq!(offset, end, "no comment, nothing after the directory");
    found
}

#[test]
fn archive_has_the_vendors_form() {
    let apk = check(&Asustor, "").0.unwrap();
    let bytes = seal(&layout(&Asustor, &*apk, 0));

    let fields =
        (vec![20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa4, 0x81], vec![20, 0, 0, 0, 0, 0, 0, 0]);
    let expected = ["apkg-version", "control.tar.gz", "data.tar.gz"]
        .map(|name| (name.to_owned(), fields.0.clone(), fields.1.clone()));
    assert_eq!(zip_members(&bytes), expected);

    assert_eq!(member(&bytes, "apkg-version"), b"2.0\n");
    let control = members(&gunzip(&member(&bytes, "control.tar.gz")));
    insta::assert_snapshot!(control.join("\n"), @r"
    755 0/0 ./
    644 0/0 ./changelog.txt
    644 0/0 ./config.json
    644 0/0 ./description.txt
    644 0/0 ./icon.png
    755 0/0 ./license/
    644 0/0 ./license/license.txt
    755 0/0 ./post-install.sh
    755 0/0 ./post-snapshot-restore.sh
    755 0/0 ./post-uninstall.sh
    755 0/0 ./pre-install.sh
    755 0/0 ./pre-snapshot-restore.sh
    755 0/0 ./pre-uninstall.sh
    755 0/0 ./start-stop.sh
    ");
    insta::assert_snapshot!(members(&gunzip(&member(&bytes, "data.tar.gz"))).join("\n"), @r"
    755 0/0 ./
    755 0/0 ./bin/
    777 0/0 ./bin/bc -> beacon
    755 0/0 ./bin/beacon
    755 0/0 ./docs/
    644 0/0 ./docs/MY_CONTROL_notes.txt
    ");

    for tool in ["py2", "py3"] {
        let Some(theirs) = vector(&format!("asustor/hello-apk_1.2.3.r4_x86-64.vendor-{tool}.apk")) else { return };
        assert_eq!(zip_members(&theirs), expected, "{tool}");
        assert_eq!(member(&theirs, "apkg-version"), b"2.0\n");
        let mut theirs = members(&gunzip(&member(&theirs, "control.tar.gz")));
        // The first tool packs in the order of the file system; both take the licence's folder for a file.
        theirs.sort_by_key(|line| line[line.find("./").unwrap_or_default()..].to_owned());
        assert_eq!(
            theirs.join("\n").replace("644 0/0 ./license/\n", "755 0/0 ./license/\n"),
            control.join("\n"),
            "{tool}"
        );
    }
}

#[test]
fn config_equals_the_vendors_sample() {
    let Some(theirs) = vector("asustor/hello.config.json") else { return };
    let sample = r#"
        package = "hello-apk"
        name = "Hello"
        version = "1.2.3"
        revision = 4
        description = "x"
        depends = "python3 (>= 3.7.0)"
        developer = "Example"
        maintainer = "Example <dev@example.com>"
        homepage = "https://example.com/"
        service.port = 39876
        shared-folders = [{ name = "Hello", description = "Hello data" }]
        [asustor]
        default-lang = "en-US"
        memory-limit = 512
        symbolic-link = { "/bin" = ["beacon"] }
        boot-priority = { start-order = 65, stop-order = 35 }
    "#;
    let (apk, said) = check_over(&Asustor, sample, "");
    assert_eq!(said, "");
    let ours = text(&layout(&Asustor, &*apk.unwrap(), 0).tree, "CONTROL/config.json");
    let ours: serde_json::Value = serde_json::from_str(&ours).unwrap();
    let mut theirs: serde_json::Value = serde_json::from_slice(&theirs).unwrap();
    // They write what is empty, and their binary has another name.
    theirs["general"].as_object_mut().unwrap().remove("model");
    theirs["register"].as_object_mut().unwrap().remove("prerequisites");
    theirs["register"]["symbolic-link"]["/bin"][0] = "beacon".into();
    assert_eq!(ours, theirs);
}

#[test]
fn rules_that_refuse() {
    let said = |more| refusal(&Asustor, more);
    insta::assert_snapshot!(said("name = \"a/b\""), @r"
    error[AST002]: `a/b` cannot be an app's name on ADM
      at more.toml:1:8: expected a name without `/`
    ");
    insta::assert_snapshot!(said("asustor.version = \"1/2\""), @r"
    error[AST003]: `1/2` cannot be an ASUSTOR version
      at more.toml:1:19: expected text without `/` and blanks
      note: it is a part of the file's name
    ");
    insta::assert_snapshot!(said("asustor.version = \"1_2\""), @r"
    error[AST020]: `1_2` is not a version of ASUSTOR's form
      at more.toml:1:19: expected a digit, then letters, digits, `.`, `-`, `+` and `~`
      note: `_` separates the parts of the file's name
    ");
    insta::assert_snapshot!(said("asustor.firmware = \"4\""), @r"
    error[AST005]: `4` is not a version of ADM
      at more.toml:1:20: expected three numbers, such as `4.0.0`
    ");
    insta::assert_snapshot!(said("depends = [\"git\", \"python3 (> 3)\"]"), @r"
    error[AST007]: ADM cannot compare versions with `>`: `> 3`
      at more.toml:1:19: expected `>=`, `<=` or `=`
    ");
    insta::assert_snapshot!(said("asustor.default-lang = \"en\""), @r"
    error[AST010]: ADM has no language `en`
      at more.toml:1:24
      note: its languages are cs, da, de, en-US, es, fi, fr-FR, hu, it-IT, ja-JP, ko-KR, nl-NL, no, pl, pt, ru-RU, sv, tr, zh-TW, zh-CN
    ");
    insta::assert_snapshot!(said("asustor.model = [\"52xx\", \"AS5202T\"]"), @r"
    error[AST011]: `AS5202T` is not a series of ASUSTOR models
      at more.toml:1:26: expected a series such as `52xx` or `3axx`
    ");
    insta::assert_snapshot!(said("asustor.accessible = \"everyone\""), @r"
    error[AST012]: the icon cannot be shown to `everyone`
      at more.toml:1:22: expected `administrators` or `users`
    ");
    insta::assert_snapshot!(said("asustor.symbolic-link = { \"/bin\" = [\"bin/beacon\"], lib = [\"x\"] }"), @r"
    error[AST013]: `bin/beacon` cannot be linked into `/usr/local/bin`
      at more.toml:1:37: expected names or globs of files in `bin`

    error: unknown key `asustor.symbolic-link.lib`
      at more.toml:1:52: no such key
      help: a key with a similar name exists: `/lib`
    ");
    insta::assert_snapshot!(said("assets = [{ content = \"x\", dest = \"./CONTROL/x\" }]"), @r"
    error[AST015]: `CONTROL` is the folder of ASUSTOR's own files
      at more.toml:1:11
      note: files in it would replace the package's metadata on the device
      help: put the asset somewhere else; only `CONTROL/license/` takes further texts of the licence
    ");
    insta::assert_snapshot!(said("shared-folders = [{ name = \"a/b\" }]"), @r"
    error[AST016]: `a/b` cannot be a shared folder's name
      at more.toml:1:19: expected a name that Windows takes and that does not begin with `.`
    ");
    insta::assert_snapshot!(said("asustor.boot-priority = { start-order = 100 }"), @r"
    error: `asustor.boot-priority.start-order`: 100 is out of range
      at more.toml:1:41: expected a number from 0 to 99

    error: `asustor.boot-priority.stop-order` is missing
      at more.toml:1:25: expected `stop-order`, a number from 0 to 99
    ");
    insta::assert_snapshot!(said("asustor.privacy-statement = \"example.com\""), @r"
    error[AST019]: the privacy statement `example.com` is not a web address
      at more.toml:1:29: expected `https://…`
    ");
    insta::assert_snapshot!(said("asustor.privace-statement = \"https://example.com\""), @r"
    error: unknown key `asustor.privace-statement`
      at more.toml:1:9: no such key
      help: a key with a similar name exists: `privacy-statement`
    ");
    insta::assert_snapshot!(said("service.port = 8000\nasustor.ports = [\"T22\"]"), @r"
    error[AST009]: on an ASUSTOR box, port 8000 belongs to ADM's desktop
      at more.toml:1:16
      note: ADM refuses to install an app that registers a system service's port (-319)
      help: choose another; those above 10000 are seldom taken

    error[AST009]: on an ASUSTOR box, port 22 belongs to SSH
      at more.toml:2:18
      note: ADM refuses to install an app that registers a system service's port (-319)
      help: choose another; those above 10000 are seldom taken

    warning[AST030]: ADM knows ports with `T` since 5.0.0, and the package can be installed on ADM 4.0.0
      at more.toml:2:18
      note: an older one does not know it
    ");
    insta::assert_snapshot!(said("asustor.ports = [0, \"8080\", \"U53\", \"T70000\"]"), @r#"
    error: `asustor.ports`: 0 is not a port
      at more.toml:1:18: expected a port number from 1 to 65535, or `"T7666"` for TCP alone

    error: `asustor.ports`: a port is a number, unless a `T` stands before it
      at more.toml:1:21: expected a port number from 1 to 65535, or `"T7666"` for TCP alone
      help: write it without quotes: 8080

    error: `asustor.ports`: `U53` is not a port
      at more.toml:1:29: expected a port number from 1 to 65535, or `"T7666"` for TCP alone

    error: `asustor.ports`: `T70000` is not a port
      at more.toml:1:36: expected a port number from 1 to 65535, or `"T7666"` for TCP alone
    "#);
    insta::assert_snapshot!(said("asustor.prerequisites = { enable-service = [\"smb\"], restart = [] }"), @r"
    error[AST048]: ADM has no service `smb` to start
      at more.toml:1:45
      note: the services are samba, afp, nfs, ftp, webdav, httpd, mysql

    error: unknown key `asustor.prerequisites.restart`
      at more.toml:1:53: no such key
      note: the keys here are `enable-service`, `restart-service`
    ");
    insta::assert_snapshot!(said("asustor.firmware = \"4.1.0\"\nasustor.model = \"70xx\"\ntargets = [\"x86_64\"]"), @r"
    error[AST033]: no model of `70xx` has ADM 4.1.0
      at more.toml:2:17
      note: their last one is 4.0
    ");
    insta::assert_snapshot!(said("asustor.model = [\"33xx\", \"52xx\"]\ntargets = [\"x86_64\"]"), @r"
    error[AST033]: the models of `33xx` are arm64, and nothing is built for that
      at more.toml:1:18
      help: leave the series out, or add its arch to `targets`
    ");
    insta::assert_snapshot!(said("asustor.app-type = \"internal\""), @r"
    error: `asustor.app-type`: `internal` is reserved for ASUSTOR's own apps (guide 2.4.1)
      at more.toml:1:20: expected `custom`, `webserver` or `none`
    ");
    insta::assert_snapshot!(said("asustor.app-type = \"custom\"\nservice.protocol = \"tcp\""), @r"
    error: an icon of the type `custom` needs a web page to open
      at more.toml:1:20: the service has none
      help: give the service a `port` and the protocol `http` or `https`, or take the type `none`
    ");
    insta::assert_snapshot!(said("asustor.extra.register = { port = [1], symbolic-link = { \"/bin\" = [] }, now = 1.5 }"), @r"
    warning[AST038]: `asustor.extra.register.now` is written as it is, and nothing checks it
      at more.toml:1:73

    error: `asustor.extra.register.now` cannot be a fraction
      at more.toml:1:79: expected text, a whole number, a truth value, a list or a table

    error: `asustor.extra.register.port` cannot be set here
      at more.toml:1:28: this has a key of its own
      help: set `asustor.ports`

    error: `asustor.extra.register.symbolic-link./bin` cannot be set here
      at more.toml:1:58: this has a key of its own
      help: set `asustor.symbolic-link./bin`
    ");
    insta::assert_snapshot!(said("asustor.extra.general = { conflicts = [] }\nasustor.extra.top = 1"), @r"
    error: `asustor.extra.general.conflicts` cannot be set here
      at more.toml:1:27: this is written already
      note: it is always empty

    error: unknown key `asustor.extra.top`
      at more.toml:2:15: no such key
      note: the keys here are `adm-desktop`, `general`, `register`
    ");
    insta::assert_snapshot!(said("license-file = \"latin1\""), @r"
    error: `license-file` cannot be used: byte 1 is not UTF-8
      at more.toml:1:16: expected a text file, not `DIR/latin1`
    ");
}

#[test]
fn rules_that_warn() {
    let said = |more| warning(&Asustor, more);
    insta::assert_snapshot!(said("version = \"2.0.0-rc.1\""), @r"
    warning[AST004]: ADM may take the pre-release 2.0.0-rc.1 for newer than 2.0.0
      at more.toml:1:11
      note: how ADM orders versions with letters is not documented
      help: set `asustor.version` to numbers that grow with each release
    ");
    insta::assert_snapshot!(said("asustor.firmware = \"4.1.0\""), @r#"
    warning[AST006]: no ASUSTOR model with arch armhf has ADM 4.1.0
      at more.toml:1:20
      note: the last ADM for the AS10 series is 4.0, so they get no package
      help: set `firmware = "4.0.0"`, or leave armhf out of `targets`
    "#);
    assert_eq!(said("targets = [\"x86_64\"]\nasustor.firmware = \"4.1.0\""), "");
    insta::assert_snapshot!(said("conflicts = [\"git\"]"), @r"
    warning[AST008]: ADM knows no conflicts between apps
      at more.toml:1:13
      note: the key is reserved, and the package leaves it empty
    ");
    insta::assert_snapshot!(said("assets = [{ content = \"x\", dest = \"docs/CONTROL.txt\" }]"), @r"
    warning[AST017]: `docs/CONTROL.txt` has the letters CONTROL in its path
      at more.toml:1:11
      note: this package keeps it, but the vendor's tool would drop it if it packed the app again
    ");
    insta::assert_snapshot!(said("asustor.model = \"99xx\""), @r"
    warning[AST032]: neither the guides nor known packages name the series `99xx`
      at more.toml:1:17
      help: check its spelling; a new series is fine
    ");
    insta::assert_snapshot!(said("asustor.memory-advice = 512"), @r"
    warning[AST036]: `memory-advice` upsets App Central of ADM 5
      at more.toml:1:25
      help: leave it out; `memory-limit` keeps the app from boxes with too little
    ");
    insta::assert_snapshot!(said("asustor.prerequisites.enable-service = \"mysql\""), @r#"
    warning[AST049]: `mysql` is no service since ADM 3.5.0
      at more.toml:1:40
      help: write `depends = ["mariadb"]` instead
    "#);
    insta::assert_snapshot!(
        said("depends = [\"docker-ce\"]\nasustor.boot-priority = { start-order = 65, stop-order = 35 }"),
        @r"
    warning[AST037]: the app needs `docker-ce` and is not started after it
      at more.toml:2:25
      note: its `start-order` is 65, Docker's is 65
      help: set it to 70 to 95
    "
    );
    insta::assert_snapshot!(said("asustor.ports = \"T7666\"\nasustor.http-port = 1\nasustor.reverseproxy-port = 2"), @r"
    warning[AST030]: ADM knows ports with `T` since 5.0.0, and the package can be installed on ADM 4.0.0
      at more.toml:1:17
      note: an older one does not know it
    warning[AST030]: ADM knows `asustor.reverseproxy-port` since 4.3.0, and the package can be installed on ADM 4.0.0
      at more.toml:3:29
      note: an older one does not know it
    warning[AST030]: ADM knows `asustor.http-port` since 5.0.0, and the package can be installed on ADM 4.0.0
      at more.toml:2:21
      note: an older one does not know it
    ");
    let old = "asustor.firmware = \"3.1.0\"\nasustor.privacy-statement = \"https://example.com\"\n\
               hooks.pre-snapshot-restore = { sh = \"true\" }";
    insta::assert_snapshot!(said(old), @r"
    warning[AST030]: ADM knows `pre-snapshot-restore` since 3.3.0, and the package can be installed on ADM 3.1.0
      at more.toml:3:30
      note: an older one does not know it
    warning[AST030]: ADM knows `privacy-statement` since 3.1.7, and the package can be installed on ADM 3.1.0
      at more.toml:2:29
      note: an older one does not know it
    ");
    insta::assert_snapshot!(said("asustor.session-id = true"), @r"
    warning[AST051]: `asustor.session-id` has no effect: it is for icons of the type `webserver`
      at more.toml:1:9
    ");
    insta::assert_snapshot!(said("asustor.app-type = \"none\"\nasustor.accessible = \"users\""), @r"
    warning[AST051]: `asustor.accessible` has no effect: it is for apps with an icon
      at more.toml:2:9
    ");
    let web = WEB.replace("php74", "git");
    insta::assert_snapshot!(said(&web), @r"
    warning[AST035]: the web app has PHP pages and needs no PHP
      at more.toml:2:11
      note: since ADM 4.0 PHP is an app of its own
      help: name it in `depends`
    ");
    insta::assert_snapshot!(said("asustor.extra.general.tomorrow = 1"), @r"
    warning[AST038]: `asustor.extra.general.tomorrow` is written as it is, and nothing checks it
      at more.toml:1:23
    ");
    insta::assert_snapshot!(said("maintainer = \"Ada <ada>\""), @r"
    warning[AST018]: `ada` is not an e-mail address
      at more.toml:1:14
      note: ASUSTOR's review asks for one that works
    ");
}

#[test]
fn what_only_the_files_show() {
    let apk =
        check(&Asustor, "asustor.symbolic-link = { \"/bin\" = [\"beacon\"], \"/lib\" = [\"libx.so\"] }").0.unwrap();
    let said = |payload: &Payload| apk.lay_out(&Asustor.devices()[0], payload).unwrap_err().to_string();
    let mut payload = payload(Arch::X86_64);
    insta::assert_snapshot!(said(&payload), @r"
    error[AST014]: there is no `lib/libx.so` in the package to link to
      at more.toml:1:57
      help: pack it as an asset, or name a file that is there
    ");
    payload.tree.insert("CONTROL/x", Entry::file("x", 0o644)).unwrap();
    insta::assert_snapshot!(said(&payload), @r"
    error[AST014]: there is no `lib/libx.so` in the package to link to
      at more.toml:1:57
      help: pack it as an asset, or name a file that is there

    error[AST015]: `CONTROL` is the folder of ASUSTOR's own files
      note: files in it would replace the package's metadata on the device
      help: put the asset somewhere else; only `CONTROL/license/` takes further texts of the licence
    ");

    let web = check(&Asustor, WEB).0.unwrap();
    let pages = web.lay_out(&Asustor.devices()[0], &self::payload(Arch::X86_64)).unwrap_err().to_string();
    insta::assert_snapshot!(pages, @r#"
    error[AST034]: a web app needs pages in `www/`, and the package has none
      at more.toml:5:12
      help: pack the pages as assets with `dest = "www/"`
    "#);
}

#[test]
fn what_may_be_allowed_is_packed() {
    let allowed = |more: &str, code: &str| {
        let (apk, said) = check_at(&Asustor, more, &[(code, Severity::Allow)]);
        assert_eq!(said, "", "{more}");
        let findings = Findings::with(lowered(code, Severity::Allow));
        let layout = apk.unwrap().layout(&Asustor.devices()[0], &payload(Arch::X86_64), &findings).unwrap();
        assert_eq!(findings.count(), 0, "{more}");
        text(&layout.tree, "CONTROL/config.json")
    };
    assert!(allowed("asustor.symbolic-link = { \"/bin\" = \"late\" }", "AST014").contains("\"late\""));
    assert!(allowed("asustor.accessible = \"guests\"", "AST012").contains("\"guests\""));
    assert!(allowed("service.port = 8000", "AST009").contains("8000"));
    assert!(allowed("depends = [\"git (> 1)\"]", "AST007").contains("git (> 1)"));
    assert!(allowed("asustor.firmware = \"4.x\"", "AST005").contains("4.x"));
}

#[test]
fn what_only_warns_is_told_at_packing() {
    for (more, code) in [("asustor.symbolic-link = { \"/bin\" = \"late\" }", "AST014"), (WEB, "AST034")] {
        let (apk, _) = check_at(&Asustor, more, &[(code, Severity::Warn)]);
        let findings = Findings::with(lowered(code, Severity::Warn));
        apk.unwrap().layout(&Asustor.devices()[0], &payload(Arch::X86_64), &findings).unwrap();
        let told = findings.finish().unwrap();
        assert!(told.iter().any(|found| found.code() == Some(code) && found.level == Level::Warning), "{told:?}");
    }
}

fn lowered(code: &str, severity: Severity) -> Levels {
    let mut levels = Levels::default();
    levels.set(crate::lint::rule(code).unwrap(), severity);
    levels
}
