//! The same input gives the same bytes: run again, forced, and somewhere else as somebody else.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nas_pack_tests::command::Nas;
use nas_pack_tests::example::{self, package, packages};
use nas_pack_tests::fixture::Fixture;
use nas_pack_tests::programs::{on_path, unshare};
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

/// Bytes that cannot be compressed, or hardly, and the same each time.
fn film(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(len).collect()
}

/// What an app is made of: a program, pages, and large files that are packed in several pieces.
fn files_of_the_app() -> Vec<(String, Vec<u8>)> {
    let main = "fn main() {\n    assert!(std::env::args().count() < 9, \"too many in {}\", file!());\n}\n";
    let icon = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>\n";
    let text = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
    let mut files = vec![
        text("Cargo.toml", MANIFEST),
        text("src/main.rs", main),
        text("lamp.svg", icon),
        text("share/b.txt", "b\n"),
        text("share/deep/a.txt", "a\n"),
        text("share/words.txt", &"These are some words. ".repeat(120_000)),
        ("share/film".to_owned(), film(2_500_000)),
    ];
    files.extend((0..40).map(|page| text(&format!("share/pages/{page}.html"), &format!("page {page} ").repeat(4000))));
    files
}

/// The folder is part of what the compiler is told, so it is in the program unless care is taken.
fn app_in(fixture: &Path, folder: &str, files: &[(String, Vec<u8>)]) -> PathBuf {
    let folder = fixture.join(folder);
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Another file system than that of temporary files, where there is one: it lists folders in another order.
fn elsewhere() -> TempDir {
    TempDir::new_in("/dev/shm").unwrap_or_else(|_| TempDir::new().unwrap())
}

#[test]
fn nothing_about_the_machine_is_in_a_package() {
    example::set_up();
    let files = files_of_the_app();
    let first = Fixture::empty();
    let here = app_in(first.path(), "lamp", &files);
    let build = |compression: &str| {
        let output = format!("out-{compression}");
        Nas::new(["package", "--offline", "--arch", "x86_64", "--compression", compression, "--output", &output])
    };
    let second = elsewhere();
    let reversed: Vec<_> = files.into_iter().rev().collect();
    let there = app_in(second.path(), "somewhere/else entirely/lamp", &reversed);
    for file in ["share/b.txt", "share/deep/a.txt"] {
        fs::set_permissions(there.join(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::set_permissions(there.join("share/deep"), fs::Permissions::from_mode(0o700)).unwrap();
    // Where the machine allows it, also as somebody else and on one core.
    let somebody = unshare(&["--user", "--map-user=4242", "--map-group=4242"], "true");
    let one_core = on_path("taskset").map(|taskset| [taskset.into_os_string(), "--cpu-list".into(), "0".into()]);

    for compression in ["fast", "default", "best"] {
        let made = build(compression).dir(&here).succeed();
        let packages: Vec<&str> = made
            .stdout
            .lines()
            .flat_map(str::split_whitespace)
            .filter(|word| word.contains("lamp") && word.contains('.'))
            .collect();
        assert_eq!(packages.len(), 10, "{}", made.stdout);

        let other = build(compression).dir(&there);
        let other = other.env("TZ", "Asia/Kathmandu").env("LANG", "de_DE.UTF-8").env("LC_ALL", "tr_TR.UTF-8");
        let other = other.env("USER", "eve").env("TMPDIR", second.path());
        let other = somebody.iter().cloned().fold(other, Nas::through);
        let other = one_core.iter().cloned().fold(other, Nas::through);
        other.through(["sh", "-c", "umask 077 && exec \"$@\"", "sh"]).succeed();

        let output = format!("out-{compression}");
        let (here, there) = (bytes_of(&here.join(&output), &packages), bytes_of(&there.join(&output), &packages));
        for file in packages {
            assert!(here[file] == there[file], "{file} differs with {compression} compression");
        }
    }
}
