//! An app with a build script: built by plain cargo and by the command, built anew only when it must be, and explained.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use nas_pack_tests::command::{Nas, plain, root};
use nas_pack_tests::example::{Package, set_up};
use nas_pack_tests::fixture::Fixture;
use nas_pack_tests::open::unpack;
use serde_json::Value;

const BUILD_SCRIPT: &str = r#"use nas_pack::dsl::{Asset, Service, Step};
use nas_pack::hooks::Event;
use nas_pack::script;

fn main() -> Result<(), script::Error> {
    let app = script::App::from_cargo()?;
    let colour = app.env("LAMP_COLOUR").unwrap_or_else(|| "white".to_owned());
    let motto = app.read("motto.txt")?;
    let state = app.git().map_or_else(|| "no commit".to_owned(), |git| git.to_string());
    let port = app.port().unwrap_or(80) + 1;
    let page = app.generate("www/index.html", format!("<p>{} is {colour}</p>", app.name()))?;
    std::fs::write(app.out_dir().join("bundle.js"), "light();")?;
    let bundle = app.generated("*.js", "www/");

    app.amend(|app| {
        app.description(format!("{} ({state})", motto.trim()))
            .service(Service::amend().port(port).env("LAMP_COLOUR", colour))
            .asset(page)
            .asset(bundle)
            .asset(Asset::text("of the script", "share/note"))
            .hook(Event::PreStart, Step::sh("echo lit by the build script"))
    })
    .emit()
}
"#;

const MAIN: &str = r#"const APP: nas_pack::runtime::App = nas_pack::app!();

fn main() {
    println!("{APP:#?}");
}
"#;

fn lamp() -> Fixture {
    let library = root().join("nas-pack").display().to_string();
    let lamp = Fixture::new(&format!(
        r#"[package]
name = "lamp"
version = "1.2.3"
edition = "2024"
description = "Lights the way"
authors = ["Ann <ann@example.com>"]

[dependencies]
nas-pack = {{ path = {library:?}, default-features = false, features = ["runtime"] }}

[build-dependencies]
nas-pack = {{ path = {library:?}, default-features = false, features = ["script"] }}

[package.metadata.nas]
service.port = 8136
shared-folders = [{{ name = "lamps", description = "Lamps" }}]
"#
    ));
    // The versions that are on this machine already.
    fs::copy(root().join("Cargo.lock"), lamp.path().join("Cargo.lock")).unwrap();
    lamp.write("build.rs", BUILD_SCRIPT);
    lamp.write("src/main.rs", MAIN);
    lamp.write("motto.txt", "Let there be \"light\"\n");
    lamp.write(".gitignore", "/target\n/Cargo.lock\n");
    git(&lamp, &["init", "-q"]);
    git(&lamp, &["add", "."]);
    commit(&lamp);
    git(&lamp, &["tag", "v1.2.3"]);
    lamp
}

fn run(command: &mut Command) -> Output {
    plain(command);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn git(app: &Fixture, args: &[&str]) {
    let who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
    run(Command::new("git").current_dir(app.path()).args(who).args(args));
}

fn commit(app: &Fixture) {
    git(app, &["commit", "-q", "--allow-empty", "-m", "a change"]);
}

/// Builds it for this machine with plain cargo, and tells whether that ran the build script.
fn build(app: &Fixture, colour: &str) -> bool {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "-v", "--offline", "--target-dir", "target"]).current_dir(app.path());
    let said = String::from_utf8(run(cargo.env("LAMP_COLOUR", colour)).stderr).unwrap();
    let ran = said
        .lines()
        .any(|line| line.contains("Running `") && line.contains("/lamp-") && line.contains("/build-script-build`"));
    assert_eq!(ran, !said.contains("Fresh lamp "), "{said}");
    ran
}

fn nas(app: &Fixture, args: &[&str]) -> Nas {
    set_up();
    Nas::new(args).dir(app.path()).env("LAMP_COLOUR", "red").env("CARGO_TARGET_DIR", app.path().join("target"))
}

fn package(app: &Fixture) -> Nas {
    nas(app, &["package", "--offline", "--quiet", "--json", "--vendor", "asustor", "--arch", "x86_64"])
}

/// The recipe for musl.
fn recipe(app: &Fixture) -> PathBuf {
    let builds = app.path().join("target/x86_64-unknown-linux-musl/release/build");
    let outs = fs::read_dir(builds).unwrap().map(|entry| entry.unwrap().path().join("out/nas-pack.recipe.json"));
    outs.into_iter().find(|recipe| recipe.is_file()).unwrap()
}

#[test]
fn plain_cargo_builds_it_and_only_when_something_changed() {
    let lamp = lamp();
    assert!(build(&lamp, "red"));
    let said = String::from_utf8(run(&mut Command::new(lamp.path().join("target/debug/lamp"))).stdout).unwrap();
    insta::assert_snapshot!(said, @r#"
    App {
        package: "lamp",
        name: "Lamp",
        version: "1.2.3",
        description: "Let there be \"light\" (v1.2.3)",
        exec: Some(
            "bin/lamp",
        ),
        port: Some(
            8137,
        ),
        shared_folders: [
            "lamps",
        ],
        settings_file: None,
    }
    "#);

    assert!(!build(&lamp, "red"));
    lamp.write("README.md", "# Lamp\n");
    assert!(!build(&lamp, "red"), "nobody asked for the README");

    assert!(build(&lamp, "blue"));
    lamp.write("motto.txt", "Fiat lux\n");
    assert!(build(&lamp, "blue"));
    assert!(!build(&lamp, "blue"));
    commit(&lamp);
    assert!(build(&lamp, "blue"));
    let manifest = fs::read_to_string(lamp.path().join("Cargo.toml")).unwrap();
    lamp.write("Cargo.toml", manifest.replace("8136", "9000"));
    assert!(build(&lamp, "blue"));
    let said = String::from_utf8(run(&mut Command::new(lamp.path().join("target/debug/lamp"))).stdout).unwrap();
    assert!(said.contains("9001") && said.contains("Fiat lux (v1.2.3-1-g") && said.contains("-dirty)"), "{said}");
}

#[test]
fn the_command_packs_and_explains_what_it_says() {
    let lamp = lamp();
    let explain = || nas(&lamp, &["plan", "--explain"]).succeed().stdout;
    let row = |table: &str, key: &str| {
        let row = table.lines().find(|line| line.split("  ").next() == Some(key)).map(str::to_owned);
        row.unwrap_or_else(|| panic!("no {key}\n{table}"))
    };
    let before = explain();
    assert!(
        before.ends_with("\nwhat the build script says is not known yet: `cargo nas package` runs it\n"),
        "{before}"
    );
    assert!(row(&before, "service.port").contains("  8136   "), "{before}");

    let made: Value = serde_json::from_str(&package(&lamp).succeed().stdout).unwrap();
    let unpacked = unpack(&Package::read(&made[0]));
    let text = |name: &str| fs::read_to_string(unpacked.path().join(name)).unwrap();
    assert_eq!(text("data/www/index.html"), "<p>Lamp is red</p>");
    assert_eq!(text("data/www/bundle.js"), "light();");
    assert_eq!(text("data/share/note"), "of the script");
    assert!(text("control/start-stop.sh").contains("echo lit by the build script"));
    assert!(text("control/start-stop.sh").contains("8137") && text("control/config.json").contains("8137"));

    let place = |what: &str| {
        let (line, text) = BUILD_SCRIPT.lines().enumerate().find(|(_, line)| line.contains(what)).unwrap();
        format!("build.rs:{}:{}", line + 1, text.find(what).unwrap() + 1)
    };
    let after = explain();
    let port = row(&after, "service.port");
    assert!(port.contains("  8137   ") && port.ends_with(&place("port(port)")), "{port}");
    assert!(row(&after, "description").contains("(v1.2.3)"), "{after}");
    assert!(row(&after, "name").ends_with("  default"), "{after}");
    let unknown = "\nwhat the build script says for aarch64, armhf is not known yet: `cargo nas package` runs it\n";
    assert!(after.ends_with(unknown), "{after}");

    lamp.write("build.rs", format!("{BUILD_SCRIPT}\n"));
    let of_it = |args: &[&str]| {
        args.iter().fold(nas(&lamp, &["plan", "--explain", "--arch", "x86_64"]), Nas::arg).succeed().stdout
    };
    let older = "what the build script says is as of the last `cargo nas package`; `build.rs` was changed since";
    assert!(of_it(&[]).ends_with(&format!("\n{older}\n")), "{}", of_it(&[]));
    let json: Value = serde_json::from_str(&of_it(&["--json"])).unwrap();
    assert_eq!(json[0]["notes"][0], older);
    package(&lamp).succeed();
    assert!(!of_it(&[]).contains("what the build script says"), "{}", of_it(&[]));
    // As none: damaged, and of somebody else.
    let kept = lamp.path().join("target/nas/.nas-pack/recipe-lamp-x86_64.json");
    let good = fs::read_to_string(&kept).unwrap();
    for bad in [good[..good.len() / 2].to_owned(), good.replace("/Cargo.toml", "/other/Cargo.toml")] {
        fs::write(&kept, bad).unwrap();
        assert!(of_it(&[]).contains("is not known yet"), "{}", of_it(&[]));
    }
}

#[test]
fn another_version_s_recipe_is_refused_with_what_to_run() {
    let lamp = lamp();
    package(&lamp).succeed();
    let path = recipe(&lamp);
    let good = fs::read_to_string(&path).unwrap();
    let answer = |recipe: String| {
        fs::write(&path, recipe).unwrap();
        let folder = path.parent().unwrap().strip_prefix(lamp.path()).unwrap().to_str().unwrap();
        let told = package(&lamp).fail().masked_stderr(&[(lamp.path(), "[APP]")]);
        told.replace(folder, "[OUT_DIR]").replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    };
    let (head, rest) = good.split_once(",\"out\"").unwrap();
    assert!(head.starts_with("{\"nas-pack-recipe\":"), "{head}");
    insta::assert_snapshot!(answer(format!("{{\"nas-pack-recipe\":99,\"by\":\"9.8.7\",\"out\"{rest}")), @r"
    error: cannot use what the build script of `lamp` wrote: nas-pack 9.8.7 wrote a recipe of format 99, and this command, version [VERSION], reads format 2
    --> [OUT_DIR]/nas-pack.recipe.json
     = help: update the command: `cargo install nas-pack --version 9.8.7 --locked --force`
    ");
    insta::assert_snapshot!(answer(format!("{{\"nas-pack-recipe\":1,\"by\":\"0.0.9\",\"out\"{rest}")), @r#"
    error: cannot use what the build script of `lamp` wrote: nas-pack 0.0.9 wrote a recipe of format 1, and this command, version [VERSION], reads format 2
    --> [OUT_DIR]/nas-pack.recipe.json
     = help: update the app's build dependency: `cargo update -p nas-pack`, with `nas-pack = "[VERSION]"` in `[build-dependencies]`
    "#);
    insta::assert_snapshot!(answer("{".to_owned()), @r"
    error: cannot use what the build script of `lamp` wrote: the recipe is damaged: EOF while parsing an object at line 1 column 1
    --> [OUT_DIR]/nas-pack.recipe.json
     = help: build it anew: `cargo clean -p lamp`
    ");
    // A recipe that an earlier script has left says nothing, whatever it says.
    lamp.write("build.rs", "fn main() {}\n");
    lamp.write("src/main.rs", "fn main() {}\n");
    package(&lamp).succeed();
    assert!(path.is_file());
    let explained = nas(&lamp, &["plan", "--explain", "--arch", "x86_64"]).succeed().stdout;
    assert!(!explained.contains("build.rs") && !explained.contains("the build script"), "{explained}");
}
