//! The same input gives the same bytes: run again, forced, and somewhere else as somebody else.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nas_pack_tests::command::Nas;
use nas_pack_tests::example::{self, package, packages};
use nas_pack_tests::fixture::Fixture;
use nas_pack_tests::programs::unshare;
use tempfile::TempDir;

/// Every package below a folder with its bytes.
fn bytes_of(folder: &Path, files: &[&str]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|&file| (file.to_owned(), fs::read(folder.join(file)).unwrap())).collect()
}

#[test]
fn a_second_run_changes_nothing_and_a_forced_one_writes_the_same() {
    let folder = TempDir::new().unwrap();
    let files: Vec<&str> = packages().iter().map(|package| package.file.as_str()).collect();
    let again = package().arg("--output").arg(folder.path());
    again.succeed();
    let first = bytes_of(folder.path(), &files);
    let written = |file: &&str| fs::metadata(folder.path().join(file)).unwrap().modified().unwrap();
    let times: Vec<_> = files.iter().map(written).collect();

    let second = again.succeed();
    let rows = second.stdout.lines().filter(|line| line.ends_with("up to date")).count();
    assert_eq!(rows, files.len(), "{}", second.stdout);
    assert!(second.stderr.contains(", all up to date ("), "{}", second.stderr);
    assert_eq!(files.iter().map(written).collect::<Vec<_>>(), times, "nothing is written");

    // A package that somebody damaged is no longer up to date.
    fs::write(folder.path().join(files[0]), "damaged").unwrap();
    let third = again.succeed();
    let rows = third.stdout.lines().filter(|line| line.ends_with("up to date")).count();
    assert_eq!(rows, files.len() - 1, "{}", third.stdout);

    let forced = again.arg("--force").succeed();
    assert!(!forced.stdout.contains("up to date"), "{}", forced.stdout);
    assert!(first == bytes_of(folder.path(), &files), "forced packages differ");
    // Those that every test looks into were written by another run, to another folder.
    for package in packages() {
        assert!(first[&package.file] == fs::read(&package.path).unwrap(), "{} differs", package.file);
    }
}

const MANIFEST: &str = r#"[package]
name = "lamp"
version = "1.2.3"
edition = "2024"
description = "Lights the way"

[package.metadata.nas]
icon = "lamp.svg"
service = { exec = "lamp", port = 8080 }

[[package.metadata.nas.assets]]
source = "share/**"
dest = "share/"
"#;

/// The folder is part of what the compiler is told, so it is in the program unless care is taken.
fn app_in(folder: &str) -> (Fixture, PathBuf) {
    let fixture = Fixture::empty();
    for (name, text) in [
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", "fn main() {\n    assert!(std::env::args().count() < 9, \"too many in {}\", file!());\n}\n"),
        ("share/b.txt", "b\n"),
        ("share/deep/a.txt", "a\n"),
        (
            "lamp.svg",
            "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>\n",
        ),
    ] {
        fixture.write(&format!("{folder}/{name}"), text);
    }
    let path = fixture.path().join(folder);
    (fixture, path)
}

#[test]
fn neither_folder_nor_user_nor_environment_is_in_a_package() {
    example::set_up();
    let build = ["package", "--offline", "--arch", "x86_64", "--output", "out"];
    let (_first, here) = app_in("lamp");
    let made = Nas::new(build).dir(&here).succeed();
    let files: Vec<&str> = made
        .stdout
        .lines()
        .flat_map(str::split_whitespace)
        .filter(|word| word.contains("lamp") && word.contains('.'))
        .collect();
    assert_eq!(files.len(), 10, "{}", made.stdout);

    let (_second, there) = app_in("somewhere/else entirely/lamp");
    for file in ["share/b.txt", "share/deep/a.txt"] {
        fs::set_permissions(there.join(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::set_permissions(there.join("share/deep"), fs::Permissions::from_mode(0o700)).unwrap();
    let other = Nas::new(build).dir(&there);
    let other =
        other.env("TZ", "Asia/Kathmandu").env("LANG", "de_DE.UTF-8").env("LC_ALL", "tr_TR.UTF-8").env("USER", "eve");
    // Where the machine allows it, also as somebody else.
    let other =
        unshare(&["--user", "--map-user=4242", "--map-group=4242"], "true").into_iter().fold(other, Nas::through);
    other.through(["sh", "-c", "umask 077 && exec \"$@\"", "sh"]).succeed();

    let (here, there) = (bytes_of(&here.join("out"), &files), bytes_of(&there.join("out"), &files));
    for file in files {
        assert!(here[file] == there[file], "{file} differs");
    }
}
