//! What people do wrong, and what they are told: a folder of `cases/` each, with what the command prints in `stderr.txt`.
//!
//! `args` holds the command line where it is not `package`. `BLESS=1 cargo test` writes the texts anew: read every one as
//! somebody would who sees it for the first time, late at night.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failing helper fails its test, and says what differs")]

use std::fs;
use std::path::Path;

use nas_pack_tests::command::{Nas, root};
use nas_pack_tests::example;
use nas_pack_tests::fixture::Fixture;

/// What the command says about a case, and how it ends.
fn answer(case: &Path) -> String {
    let fixture = Fixture::copy(case);
    let args = fs::read_to_string(case.join("args")).unwrap_or_else(|_| "package --offline".to_owned());
    let outcome = Nas::new(args.split_whitespace()).dir(fixture.path()).run();
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    let stderr = outcome.masked_stderr(&[(fixture.path(), "[APP]")]);
    let lines: Vec<_> = stderr.trim_end().lines().map(str::trim_end).collect();
    format!("{}\n(exit code {})\n", lines.join("\n"), outcome.code.unwrap())
}

#[test]
fn every_mistake_gets_its_message() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut folders: Vec<_> = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    for case in &folders {
        let name = case.file_name().unwrap().to_string_lossy();
        let answer = answer(case);
        let file = case.join("stderr.txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&file, answer).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != answer {
            eprintln!("==== {name}\n{answer}");
            wrong.push(name.into_owned());
        }
    }
    assert!(folders.len() > 30, "{} cases", folders.len());
    assert!(wrong.is_empty(), "other words than in stderr.txt: {}", wrong.join(", "));
}

/// What cargo itself finds wrong is told in its words, which are not the same in every version.
#[test]
fn cargo_s_own_complaints_pass_through() {
    let manifest =
        "[package]\nname = \"lamp\"\nversion = \"1.2.3\"\n[package.metadata.nas]\nservice = { exec = \"lamp\"\n";
    let fixture = Fixture::new(manifest);
    let broken = Nas::new(["plan"]).dir(fixture.path()).fail().stderr;
    assert!(broken.starts_with("error: ") && broken.contains("Cargo.toml:5:"), "{broken}");

    fixture.write("Cargo.toml", manifest.replace("1.2.3", "1.2"));
    let version = Nas::new(["plan"]).dir(fixture.path()).fail().stderr;
    assert!(version.starts_with("error: "), "{version}");

    let nowhere = Nas::new(["plan", "--manifest-path", "nowhere/Cargo.toml"]).dir(fixture.path()).fail().stderr;
    assert!(nowhere.starts_with("error: ") && nowhere.contains("nowhere/Cargo.toml"), "{nowhere}");
}

const BUILD_SCRIPT: &str = r#"use nas_pack::dsl::{Asset, Service, Step};
use nas_pack::hooks::Event;

fn main() -> Result<(), nas_pack::script::Error> {
    nas_pack::script::App::from_cargo()?
        .amend(|app| app.service(Service::amend().arg("{dta_dir}").path("status")))
        .amend(|app| app.asset(Asset::text("x", "share/x").mode(0o10000)))
        .amend(|app| app.hook(Event::PreStart, Step::mkdir("{data_dir")))
        .emit()
}
"#;

/// A build script's mistake is shown at its line, although it is only known after the script ran.
#[test]
fn a_build_script_s_mistake_points_into_it() {
    example::set_up();
    let library = root().join("nas-pack");
    let fixture = Fixture::new(&format!(
        "[package]\nname = \"lamp\"\nversion = \"1.2.3\"\nedition = \"2024\"\ndescription = \"Lights the way\"\n\n\
         [build-dependencies]\nnas-pack = {{ path = {library:?}, default-features = false, features = [\"script\"] }}\n\n\
         [package.metadata.nas]\nservice = {{ exec = \"lamp\", port = 8080 }}\n"
    ));
    // The versions that are on this machine already.
    fs::copy(root().join("Cargo.lock"), fixture.path().join("Cargo.lock")).unwrap();
    fixture.write("build.rs", BUILD_SCRIPT);
    let package = Nas::new(["package", "--quiet", "--offline", "--arch", "x86_64"]).dir(fixture.path());
    let told = package.fail().masked_stderr(&[(fixture.path(), "[APP]")]);
    insta::assert_snapshot!(told, @r##"
    error: `status` is not a path on the service's web page
     --> build.rs:6:68
      |
    6 |         .amend(|app| app.service(Service::amend().arg("{dta_dir}").path("status")))
      |                                                                    ^^^^^^^^^^^^^^ expected a path beginning with `/`, without blanks

    error: `service.args`: unknown variable `{dta_dir}`
     --> build.rs:6:51
      |
    6 |         .amend(|app| app.service(Service::amend().arg("{dta_dir}").path("status")))
      |                                                   ^^^^^^^^^^^^^^^^ expected text, in which `{data_dir}` and other variables may stand
      |
      = help: a variable with a similar name exists: `{data_dir}`

    error: `assets.mode`: `10000` is not an octal mode
     --> build.rs:7:60
      |
    7 |         .amend(|app| app.asset(Asset::text("x", "share/x").mode(0o10000)))
      |                                                            ^^^^^^^^^^^^^ expected permission bits in octal, such as "0755"

    error: `hooks.pre-start.mkdir`: `{` is never closed (write `{{` for a brace)
     --> build.rs:8:48
      |
    8 |         .amend(|app| app.hook(Event::PreStart, Step::mkdir("{data_dir")))
      |                                                ^^^^^^^^^^^^^^^^^^^^^^^^ expected text, in which `{data_dir}` and other variables may stand
    "##);
}
