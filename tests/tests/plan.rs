//! What the command says before it does anything: the plan, who chose each value, and what each target is built with.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use nas_pack_tests::command::{Nas, target_dir};
use nas_pack_tests::example::{nas, package, packages};
use nas_pack_tests::fixture::Fixture;
use serde_json::{Value, json};

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn the_plan_is_what_is_packaged() {
    let plans = parse(&nas("plan").arg("--json").succeed().stdout);
    let plan = &plans[0];
    assert_eq!(plans.as_array().unwrap().len(), 1);
    assert_eq!((&plan["cargo-package"], &plan["version"]), (&json!("beacon"), &json!("1.2.3")));
    assert_eq!(plan["binaries"], json!(["beacon"]));

    let planned = plan["packages"].as_array().unwrap().iter();
    let key = |package: &Value, key: &str| package[key].as_str().unwrap().to_owned();
    let planned: Vec<_> = planned.map(|p| ["vendor", "device", "arch", "file"].map(|name| key(p, name))).collect();
    let made = packages().iter();
    let made: Vec<_> = made.map(|p| [&p.vendor, &p.device, &p.arch, &p.file].map(Clone::clone)).collect();
    assert_eq!(planned, made);
    for package in packages() {
        assert_eq!(std::fs::metadata(&package.path).unwrap().len(), package.size, "{}", package.file);
    }
    let skipped = &plan["skipped"].as_array().unwrap()[..];
    let skipped: Vec<_> = skipped.iter().map(|skipped| &skipped["device"]).collect();
    assert_eq!(skipped, ["i386", "evansport", "WDMyCloudEX4"]);

    let dry = package().arg("--dry-run");
    assert_eq!(parse(&dry.clone().arg("--json").succeed().stdout), plans);
    assert_eq!(dry.succeed().stdout, nas("plan").succeed().stdout);
}

#[test]
fn the_plan_in_words() {
    let plan = nas("plan").arg("--device").arg("armv8").arg("--device").arg("WDMyCloudEX4").arg("--output").arg("out");
    insta::assert_snapshot!(plan.succeed().stdout, @r##"
    beacon 1.2.3

    ARCH     TARGET
    aarch64  aarch64-unknown-linux-musl

    VENDOR    DEVICE  ARCH     FILE
    synology  armv8   aarch64  beacon-armv8-1.2.3-9000.spk

    in out

    left out:
      wd-os3 WDMyCloudEX4: its Kirkwood processor is ARMv5TE, on which ARMv7 code stops with `Illegal instruction`
    "##);
}

#[test]
fn every_value_has_somebody_who_chose_it() {
    // What the build script says is told as of then.
    assert!(!packages().is_empty());
    let explain = || nas("plan").arg("--explain").arg("--output").arg(target_dir().join("nas-e2e"));
    let table = explain().succeed().stdout;
    let row = |key: &str| {
        table.lines().find(|line| line.split("  ").next() == Some(key)).unwrap_or_else(|| panic!("no {key}\n{table}"))
    };
    let manifest = std::fs::read_to_string(nas_pack_tests::command::root().join("example-app/Cargo.toml")).unwrap();
    for (key, value, line) in [
        ("name", "\"Beacon\"", "name = \"Beacon\""),
        ("service.port", "8137", "port = 8137"),
        ("service.args[0]", "\"--database\"", "args = ["),
        ("homepage", "\"https://example.com/beacon\"", "homepage = "),
        ("asustor.firmware", "\"4.0.0\"", "firmware = "),
        ("hooks.pre-upgrade[0].backup", "\"{data_dir}/visits.db\"", "pre-upgrade = "),
    ] {
        let number = 1 + manifest.lines().position(|text| text.trim_start().starts_with(line)).unwrap();
        let row = row(key);
        assert!(row.contains(&format!("  {value}  ")) && row.contains(&format!("  Cargo.toml:{number}:")), "{row}");
    }
    for key in ["vendors", "targets.armhf.triple", "revision", "binaries"] {
        assert!(row(key).ends_with("  default"), "{}", row(key));
    }
    for arch in ["x86_64", "aarch64", "armhf"] {
        let said = format!("service.env.BEACON_BUILD  {arch} ");
        let row = table.lines().filter(|line| line.starts_with("service.env.BEACON_BUILD  "));
        let row =
            row.map(|line| line.split_whitespace().collect::<Vec<_>>().join("  ")).find(|line| line.starts_with(&said));
        assert!(row.as_ref().is_some_and(|row| row.contains(arch) && row.contains("  build.rs:")), "{row:?}\n{table}");
    }
    let apps = parse(&explain().arg("--json").succeed().stdout);
    let values = apps[0]["values"].as_array().unwrap();
    assert_eq!((&apps[0]["cargo-package"], values.len()), (&json!("beacon"), table.lines().count() - 1));
    let build = values.iter().find(|value| value["key"] == "service.env.BEACON_BUILD").unwrap();
    assert_eq!((&build["value"], &build["arches"]), (&json!("\"1.2.3 for x86_64\""), &json!(["x86_64"])));
}

#[test]
fn doctor_tells_what_each_target_is_built_with() {
    let said = nas("doctor").succeed().stdout;
    let fact = |name: &str| {
        let line = said
            .lines()
            .find(|line| line.trim_start().starts_with(name))
            .unwrap_or_else(|| panic!("no `{name}`\n{said}"));
        line.trim_start().strip_prefix(name).unwrap().trim().to_owned()
    };
    assert!(fact("rustc").contains('('), "{said}");
    let why = fact("compiles C");
    assert!(why.starts_with("yes: libsqlite3-sys compiles C") && why.contains("beacon → rusqlite"), "{why}");
    for target in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "armv7-unknown-linux-musleabihf"] {
        let row = said.lines().find(|line| line.starts_with(&format!("{target} "))).unwrap();
        assert!(row.contains(" ready  "), "{row}");
    }
    let found = parse(&nas("doctor").arg("--json").succeed().stdout);
    assert_eq!((&found["app"], found["targets"].as_array().unwrap().len()), (&json!("beacon"), 3));
}

#[test]
fn doctor_on_a_machine_with_nothing() {
    let fixture = Fixture::new(
        "[package]\nname = \"lamp\"\nversion = \"1.2.3\"\nedition = \"2024\"\ndescription = \"Lights the way\"\n\n\
         [package.metadata.nas]\ntargets = { armhf = { prefix = \"no-such-cross-\" } }\n",
    );
    let doctor = Nas::new(["doctor", "--arch", "armhf"]).dir(fixture.path()).env("CARGO_NAS_HOME", fixture.path());
    let outcome = doctor.run();
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.contains("\n  compiles C               no\n"), "{}", outcome.stdout);
    let missing = "missing: `no-such-cross-gcc` (install `no-such-cross-gcc`, or name another one in the manifest)\n";
    assert!(outcome.stdout.contains(missing), "{}", outcome.stdout);
    insta::assert_snapshot!(outcome.stderr, @r#"
    error: some targets cannot be built on this machine yet
     |
     = help: `cargo nas setup` installs what is missing; it needs no root
    "#);
}

#[test]
fn quiet_says_only_what_was_asked_for() {
    let quiet = package().arg("--quiet").arg("--device").arg("armv8").arg("--json").succeed();
    assert_eq!(quiet.stderr, "");
    assert_eq!(parse(&quiet.stdout)[0]["file"], "beacon-armv8-1.2.3-9000.spk");
}

#[test]
fn help_and_version_are_answers() {
    for args in [&["--help"][..], &["--version"], &["package", "--help"], &["plan", "--help"], &["setup", "--help"]] {
        let outcome = Nas::new(args).succeed();
        assert!(outcome.stderr.is_empty() && !outcome.stdout.is_empty(), "{outcome:?}");
    }
    assert!(Nas::new(["package", "--help"]).succeed().stdout.contains("[possible values: asustor, synology,"));
}
