//! An app without binaries: one package for every model where the vendor has such a thing, and a package for each model elsewhere.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use nas_pack_tests::command::Nas;
use nas_pack_tests::fixture::Fixture;

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
