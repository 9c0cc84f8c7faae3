//! Templates of an app's author: listed, written out, edited, and packed.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::fs;

use nas_pack_tests::command::Nas;
use nas_pack_tests::fixture::Fixture;
use serde_json::Value;

const MANIFEST: &str = r#"
[package]
name = "pages"
version = "1.2.3"
edition = "2024"
description = "Only pages"
authors = ["Ann <ann@example.com>"]

[package.metadata.nas]
binaries = []
vendors = ["asustor", "wd-os5"]
wd.models = ["MyCloudPR4100"]
assets = [{ content = "x", dest = "share/x" }]
hooks.boot = [{ sh = "echo from the manifest" }]
"#;

const POST_INSTALL: &str = "nas/templates/asustor/post-install.sh.hbs";

fn app(more: &str) -> Fixture {
    Fixture::new(&format!("{MANIFEST}{more}"))
}

fn nas(app: &Fixture, args: &[&str]) -> Nas {
    Nas::new(args).dir(app.path())
}

/// Packs, and says which packages were made anew, and what a script in one of them is.
fn pack(app: &Fixture, file: &str, script: &str) -> (Vec<String>, String) {
    let packed = nas(app, &["package", "--offline", "--json"]).succeed().stdout;
    let packed: Value = serde_json::from_str(&packed).unwrap();
    let packed = packed.as_array().unwrap();
    let name = |package: &Value, key: &str| package[key].as_str().unwrap().to_owned();
    let anew = packed.iter().filter(|package| package["fresh"] == false).map(|package| name(package, "file")).collect();
    let path =
        packed.iter().find(|package| name(package, "file") == file).map(|package| name(package, "path")).unwrap();
    (anew, nas(app, &["inspect", &path, "--cat", script]).succeed().stdout)
}

#[test]
fn ejected_edited_and_packed() {
    const APK: &str = "pages_1.2.3_any.apk";
    const SCRIPT: &str = "CONTROL/post-install.sh";
    let app = app("");
    let (anew, before) = pack(&app, APK, SCRIPT);
    assert_eq!(anew.len(), 2);

    let ejected = nas(&app, &["templates", "eject", "asustor/post-install.sh"]).succeed();
    insta::assert_snapshot!(ejected.stderr, @"     Ejected nas/templates/asustor/post-install.sh.hbs");
    insta::assert_snapshot!(ejected.stdout, @r#"
    to use them, add this to Cargo.toml:

    [package.metadata.nas]
    templates = "nas/templates"
    "#);
    app.write("Cargo.toml", format!("{MANIFEST}templates = \"nas/templates\"\n"));
    assert_eq!(pack(&app, APK, SCRIPT), (Vec::new(), before.clone()), "as it is built in");

    let template = fs::read_to_string(app.path().join(POST_INSTALL)).unwrap();
    app.write(POST_INSTALL, format!("{template}{{{{! nobody reads this on the box }}}}\n"));
    assert_eq!(pack(&app, APK, SCRIPT), (Vec::new(), before), "the script is the same");
    app.write(POST_INSTALL, template.replace("exit 0", "say \"hello from {{name}}\"\nexit 0"));
    let (anew, script) = pack(&app, APK, SCRIPT);
    assert_eq!(anew, [APK], "that of the other vendor is up to date");
    assert!(script.contains("\nsay \"hello from Pages\"\nexit 0\n"), "{script}");
    let shown = nas(&app, &["templates", "show", "asustor/post-install.sh", "--rendered"]).succeed().stdout;
    assert_eq!(shown, script);

    app.write("nas/templates/common/events/boot.sh.hbs", "echo from the template\n{{{steps}}}\n");
    let (anew, script) = pack(&app, "wd-os5/MyCloudPR4100_pages_1.2.3.bin", "init.sh");
    assert_eq!(anew.len(), 2);
    assert!(script.contains("    set -e\necho from the template\necho from the manifest\n)\n"), "{script}");

    fs::remove_dir_all(app.path().join("nas")).unwrap();
    let gone = nas(&app, &["package", "--offline"]).fail().stderr;
    assert!(gone.contains("error: the folder of `templates` is not there"), "{gone}");
}

/// Each vendor can have templates of its own, and nobody else sees them.
#[test]
fn a_vendor_s_own_folder() {
    let app = app("wd.templates = \"nas/wd\"\n");
    app.write("nas/wd/common/user.sh.hbs", "NAS_USER=root\nNAS_GROUP=root # {{vendor}}\n");
    let wd = nas(&app, &["templates", "show", "wd/init.sh", "--rendered"]).succeed().stdout;
    let asustor = nas(&app, &["templates", "show", "asustor/start-stop.sh", "--rendered"]).succeed().stdout;
    assert!(wd.contains("NAS_GROUP=root # wd-os5\n") && !wd.contains("for tool in"), "{wd}");
    assert!(asustor.contains("for tool in"), "{asustor}");
}

#[test]
fn eject_overwrites_nothing() {
    let app = app("templates = \"own\"\n");
    app.write("own/common/note.sh.hbs", "mine\n");
    let eject = ["templates", "eject", "common/user.sh", "common/note.sh.hbs"];
    let refused = nas(&app, &eject).fail().stderr;
    insta::assert_snapshot!(refused.trim_end(), @r"
    error: `own/common/note.sh.hbs` is there already
     |
     = help: --force overwrites it; nothing was written
    ");
    assert!(!app.path().join("own/common/user.sh.hbs").exists());
    let forced = nas(&app, &eject).arg("--force").succeed();
    assert_eq!(forced.stdout, "", "the manifest names the folder");
    assert!(fs::read_to_string(app.path().join("own/common/note.sh.hbs")).unwrap().contains("note() {"));

    let unknown = nas(&app, &["templates", "eject", "common/nots.sh"]).fail().stderr;
    assert!(unknown.contains("help: a template with a similar name exists: `common/note.sh`"), "{unknown}");

    let elsewhere = Fixture::empty();
    let all = nas(&elsewhere, &["templates", "eject", "--all", "--to", "here"]).succeed();
    assert!(all.stderr.lines().count() > 40, "{}", all.stderr);
    assert!(elsewhere.path().join("here/wd/service.sh.hbs").is_file());
    let nowhere = nas(&elsewhere, &["templates", "eject", "--all"]).fail().stderr;
    assert!(nowhere.contains("help: name its manifest with --manifest-path, or a folder with --to"), "{nowhere}");
}

#[test]
fn what_is_listed() {
    let app = app("templates = \"own\"\n");
    app.write("own/common/note.sh.hbs", "mine\n");
    app.write("own/asustor/events/boot.sh.hbs", "true\n");
    let table = nas(&app, &["templates", "list"]).succeed().stdout;
    let row = |name: &str| {
        let row = table.lines().find(|line| line.split("  ").next() == Some(name));
        row.unwrap_or_else(|| panic!("no {name}\n{table}"))
            .split("  ")
            .filter(|cell| !cell.is_empty())
            .map(str::trim)
            .collect()
    };
    let rows: [Vec<_>; 4] =
        ["common/note.sh", "asustor/start-stop.sh", "common/events/boot.sh", "asustor/events/boot.sh"].map(row);
    assert_eq!(rows[0], ["common/note.sh", "partial", "common/service.sh", "own/common/note.sh.hbs"]);
    assert_eq!(rows[1], ["asustor/start-stop.sh", "start-stop.sh"]);
    assert_eq!(rows[2], ["common/events/boot.sh", "steps of an event"]);
    assert_eq!(rows[3], ["asustor/events/boot.sh", "steps of an event", "own/asustor/events/boot.sh.hbs"]);

    let json: Value = serde_json::from_str(&nas(&app, &["templates", "list", "--json"]).succeed().stdout).unwrap();
    let note = json.as_array().unwrap().iter().find(|row| row["name"] == "common/note.sh").unwrap();
    assert_eq!((&note["role"], &note["used-by"][0]), (&"partial".into(), &"common/service.sh".into()));
    assert_eq!(note["overridden-by"][0], "own/common/note.sh.hbs");
    assert_eq!(nas(&app, &["templates", "show", "common/note.sh"]).succeed().stdout, "mine\n");

    let variables = nas(&app, &["templates", "list", "--variables"]).succeed().stdout;
    assert!(variables.contains("service.start-timeout"), "{variables}");

    // What is wrong with the folder is told, and the names that there are as well.
    app.write("own/common/nots.sh.hbs", "");
    let wrong = nas(&app, &["templates", "list"]).run();
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stdout.contains("common/note.sh") && wrong.stderr.contains("similar file name"), "{}", wrong.stderr);

    // And without any app.
    let elsewhere = Fixture::empty();
    assert!(nas(&elsewhere, &["templates", "list"]).succeed().stdout.contains("common/note.sh"));
    assert!(nas(&elsewhere, &["templates", "show", "common/note.sh"]).succeed().stdout.contains("note() {"));
    let partial = nas(&app, &["templates", "show", "common/launch.sh", "--rendered"]).fail().stderr;
    assert!(partial.contains("help: it is used by common/service.sh"), "{partial}");
}
