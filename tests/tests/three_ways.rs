//! An app says the same in Cargo.toml, with the builder and with the macros, and its packages are the same bytes.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use nas_pack_tests::command::{Nas, root};
use nas_pack_tests::fixture::Fixture;

/// The packages of the app that is described in one of the ways, by name.
fn packages(way: &str) -> BTreeMap<String, Vec<u8>> {
    let app = Fixture::copy(&root().join("tests/apps").join(way));
    let manifest = fs::read_to_string(app.path().join("Cargo.toml")).unwrap();
    let here = root().join("nas-pack");
    app.write("Cargo.toml", manifest.replace("../../../nas-pack", here.to_str().unwrap()));
    let out = Nas::new(["package", "--offline", "--arch", "x86_64", "--json"]).dir(app.path()).succeed();
    let made: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    let packages = made.as_array().unwrap().iter().map(|package| {
        let path = Path::new(package["path"].as_str().unwrap());
        (package["file"].as_str().unwrap().to_owned(), fs::read(path).unwrap())
    });
    packages.collect()
}

#[test]
fn three_descriptions_of_an_app_make_the_same_packages() {
    let toml = packages("toml");
    let names: Vec<&str> = toml.keys().map(String::as_str).collect();
    assert!(names.contains(&"lantern_0.3.0_x86-64.apk"), "{names:?}");
    assert!(names.contains(&"lantern-x86_64-0.3.0-9000-dsm6.spk"), "{names:?}");
    for way in ["builder", "macros"] {
        let other = packages(way);
        assert_eq!(other.keys().collect::<Vec<_>>(), toml.keys().collect::<Vec<_>>(), "{way}");
        let differ: Vec<_> =
            toml.iter().filter(|(name, bytes)| other[*name] != **bytes).map(|(name, _)| name).collect();
        assert!(differ.is_empty(), "{way} differs from Cargo.toml: {differ:?}");
    }
}
