//! `cargo nas verify`: what it says of good packages, of damaged ones, and of what is none, to people and to programs.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::fs;

use nas_pack_tests::command::Nas;
use nas_pack_tests::example::{package_for, packages, tool};
use nas_pack_tests::fixture::Fixture;
use serde_json::Value;

#[test]
fn every_package_of_the_example_is_approved() {
    // The set-up machine has BusyBox, so nothing but a run is left out.
    tool("busybox");
    let files = packages().iter().map(|package| package.path.as_os_str());
    let answer = Nas::new([std::ffi::OsStr::new("verify"), "--json".as_ref()].into_iter().chain(files)).succeed();
    let reports: Vec<Value> = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(reports.len(), packages().len());
    for report in &reports {
        assert_eq!(report["approved"], true, "{report:#}");
        let ran = report["ran"].as_array().unwrap();
        let outcome = |name: &str| {
            let ran = ran.iter().find(|ran| ran["name"] == name);
            ran.unwrap_or_else(|| panic!("`{name}` did not run: {report:#}"))["outcome"].clone()
        };
        for name in [
            "structure",
            "programs against the devices",
            "form of scripts",
            "syntax of scripts, by BusyBox ash",
            "files",
        ] {
            assert_eq!(outcome(name), "passed", "{name}: {report:#}");
        }
        assert!(outcome("exit codes of scripts")["not-run"].is_string());
    }
}

#[test]
fn a_damaged_package_is_told_and_the_others_have_their_turn() {
    let good = package_for("wd-os5", "MyCloudPR4100");
    let folder = Fixture::empty();
    let mut bytes = fs::read(&good.path).unwrap();
    folder.write("good", &bytes);
    bytes.extend([0; 4]);
    folder.write("longer", &bytes);
    folder.write("empty", "");
    let verify = |args: &[&str]| Nas::new(["verify"].iter().chain(args)).dir(folder.path());

    let told = verify(&["longer", "empty", "missing", "good"]).run();
    assert_eq!(told.code, Some(1));
    let verdict = |line: &str| {
        Some(line.splitn(3, ": ").take(2).collect::<Vec<_>>().join(": ")).filter(|line| line.contains("approved"))
    };
    let verdicts: Vec<_> = told.stdout.lines().filter_map(verdict).collect();
    assert_eq!(verdicts, ["longer: not approved", "empty: not approved", "missing: not approved", "good: approved"]);
    assert!(told.stdout.contains("nothing was looked at"), "{}", told.stdout);
    assert!(told.stderr.contains("error[WD034]: "), "{}", told.stderr);
    assert!(told.stderr.contains("`missing`: no such file or directory"), "{}", told.stderr);

    let json = verify(&["--json", "longer", "empty"]).run();
    assert_eq!((json.code, json.stderr.as_str()), (Some(1), ""));
    let reports: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
    let found = reports[0]["findings"].as_array().unwrap().iter().find(|found| found["code"] == "WD034").unwrap();
    assert_eq!((&found["level"], &found["place"]["file"]), (&"error".into(), &"longer".into()));
    assert_eq!((&reports[1]["approved"], &reports[1]["ran"]), (&false.into(), &Value::Array(Vec::new())));

    let quiet = verify(&["--quiet", "longer"]).run().stdout;
    assert!(quiet.starts_with("longer: not approved: ") && quiet.lines().count() == 1, "{quiet}");
    assert_eq!(verify(&["--allow", "NAS020", "--deny", "warnings", "--quiet", "longer"]).run().code, Some(1));
    assert_eq!(verify(&["--allow", "NAS999", "longer"]).run().code, Some(2));
    assert_eq!(verify(&["--limit", "entries=2", "good"]).run().code, Some(1));
    assert_eq!(verify(&[]).run().code, Some(2));
}
