//! What goes wrong on the machine: each trouble is told in words, and leaves the earlier packages as they were.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nas_pack_tests::command::Nas;
use nas_pack_tests::example::{package, packages};
use nas_pack_tests::fixture::Fixture;
use nas_pack_tests::programs::unshare;
use tempfile::TempDir;

/// Every file below a folder but our notes, with its bytes.
fn files_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.ends_with(".nas-pack") => {}
            path if path.is_dir() => files.extend(files_of(&path)),
            path => drop(files.insert(path.clone(), fs::read(path).unwrap())),
        }
    }
    files
}

/// An output folder with every package of the example app in it.
fn full_folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for package in packages() {
        let copy = folder.path().join(&package.file);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&package.path, copy).unwrap();
    }
    folder
}

/// Root may read and write everything, except in a user namespace that gives it nothing.
fn without_privileges(nas: Nas) -> Option<Nas> {
    let probe = TempDir::new().unwrap();
    fs::set_permissions(probe.path(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(probe.path()).is_err() {
        return Some(nas);
    }
    Some(nas.through(unshare(&["--user"], "true")?))
}

/// What is wrong, without what cargo says while it builds.
fn complaint(nas: &Nas, folder: &Path) -> String {
    let told = nas.fail().masked_stderr(&[(folder, "[FOLDER]")]);
    let at = told.find("error").unwrap_or_else(|| panic!("{told}"));
    told[at..].trim_end().to_owned()
}

#[test]
fn an_asset_that_may_not_be_read() {
    let fixture = Fixture::new(
        "[package]\nname = \"lamp\"\nversion = \"1.2.3\"\nedition = \"2024\"\ndescription = \"Lights the way\"\n\n\
         [package.metadata.nas]\n\n[[package.metadata.nas.assets]]\nsource = \"share/*\"\ndest = \"share/\"\n",
    );
    let secret = fixture.write("share/secret", "x");
    fs::set_permissions(secret, fs::Permissions::from_mode(0o000)).unwrap();
    let Some(nas) = without_privileges(Nas::new(["package", "--offline"]).dir(fixture.path())) else { return };
    insta::assert_snapshot!(complaint(&nas, fixture.path()), @r#"
    error: the asset `[FOLDER]/share/secret` cannot be read: permission denied
      --> Cargo.toml:10:10
       |
    10 | source = "share/*"
       |          ^^^^^^^^^
    "#);
}

#[test]
fn an_output_that_is_a_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("packages");
    fs::write(&file, "mine").unwrap();
    let nas = package().arg("--output").arg(&file);
    insta::assert_snapshot!(complaint(&nas, folder.path()), @r#"
    error: cannot write to `[FOLDER]/packages`: not a directory
     |
     = help: name a folder that you may write to with --output
    "#);
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

#[test]
fn an_output_folder_that_may_not_be_written_to() {
    let folder = full_folder();
    let before = files_of(folder.path());
    let folders = [folder.path().to_owned(), folder.path().join("wd-os3"), folder.path().join("wd-os5")];
    let allow =
        |mode| folders.iter().for_each(|dir| fs::set_permissions(dir, fs::Permissions::from_mode(mode)).unwrap());
    allow(0o555);
    let nas = without_privileges(package().arg("--force").arg("--output").arg(folder.path()));
    let told = nas.map(|nas| complaint(&nas, folder.path()));
    allow(0o755);
    let Some(told) = told else { return };
    insta::assert_snapshot!(told, @r#"
    error: cannot write to `[FOLDER]`: permission denied
     |
     = help: name a folder that you may write to with --output
    "#);
    assert!(before == files_of(folder.path()));
}

#[test]
fn a_full_disk() {
    let own_mounts = unshare(&["--user", "--map-root-user", "--mount"], "mount -t tmpfs none /mnt");
    let Some(own_mounts) = own_mounts else { return };
    let folder = TempDir::new().unwrap();
    let script = r#"mount -t tmpfs -o size=64k none "$0" || exit 77
        mkdir "$0/wd-os5"
        echo earlier >"$0/beacon_1.2.3_arm.apk"
        echo earlier >"$0/wd-os5/WDCloud_beacon_1.2.3.bin"
        "$@"
        code=$?
        cd "$0" && find . -type f ! -path './.nas-pack/*' | sort >&2
        cat beacon_1.2.3_arm.apk wd-os5/WDCloud_beacon_1.2.3.bin >&2
        exit $code"#;
    let devices = ["arm", "armv7", "WDCloud"].into_iter().flat_map(|device| ["--device", device]);
    let nas = devices.fold(package().arg("--force").arg("--output").arg(folder.path()), Nas::arg);
    let nas = nas.through(own_mounts).through(["sh", "-c", script]).through([folder.path()]);
    insta::assert_snapshot!(complaint(&nas, folder.path()), @r#"
    error: cannot write `beacon_1.2.3_arm.apk`: no space left on device
     |
     = note: an earlier package of that name is left as it was
     = help: free some space, or name another folder with --output

    error: cannot write `beacon-armv7-1.2.3-9000.spk`: no space left on device
     |
     = note: an earlier package of that name is left as it was
     = help: free some space, or name another folder with --output

    error: cannot write `wd-os5/WDCloud_beacon_1.2.3.bin`: no space left on device
     |
     = note: an earlier package of that name is left as it was
     = help: free some space, or name another folder with --output

    ./beacon_1.2.3_arm.apk
    ./wd-os5/WDCloud_beacon_1.2.3.bin
    earlier
    earlier
    "#);
}

/// Whenever it happens: a package is the old one or the new one.
#[test]
fn a_kill_while_packing() {
    let folder = full_folder();
    let before = files_of(folder.path());
    let nas = package().arg("--force").arg("--output").arg(folder.path());
    let mut killed_in_a_file = 0;
    for wanted in [1, 4, 9] {
        let mut child = nas.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        // Not long before packing begins.
        assert!(told.any(|line| line.contains("Finished `release` profile")));
        let mut seen = BTreeSet::new();
        while seen.len() < wanted && child.try_wait().unwrap().is_none() {
            seen.extend(being_written(folder.path()));
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed_in_a_file += being_written(folder.path()).len();
        let mut after = files_of(folder.path());
        after.retain(|path, _| !is_temporary(path));
        assert!(before == after, "a package was damaged");
    }
    assert!(killed_in_a_file > 0, "no kill met a file half written");
    // The next run clears up.
    nas.succeed();
    assert!(before == files_of(folder.path()));
}

fn is_temporary(path: &Path) -> bool {
    path.file_name().unwrap().to_string_lossy().starts_with(".nas-pack-")
}

/// The files that are being written, or were when the process was killed.
fn being_written(folder: &Path) -> Vec<PathBuf> {
    [folder.to_owned(), folder.join("wd-os3"), folder.join("wd-os5")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| is_temporary(path))
        .collect()
}

#[test]
fn two_runs_at_once() {
    let folder = TempDir::new().unwrap();
    let nas = package().arg("--force").arg("--output").arg(folder.path());
    std::thread::scope(|scope| {
        let runs = [(); 2].map(|()| scope.spawn(|| nas.succeed()));
        for run in runs {
            assert!(run.join().unwrap().stderr.contains("Finished 27 packages"));
        }
    });
    for package in packages() {
        assert!(
            fs::read(&package.path).unwrap() == fs::read(folder.path().join(&package.file)).unwrap(),
            "{}",
            package.file
        );
    }
    let expected = packages().len();
    assert_eq!(files_of(folder.path()).len(), expected, "nothing else is left");
}
