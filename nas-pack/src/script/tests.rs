use std::collections::BTreeMap;

use super::*;
use crate::dsl::{Service, Step};
use crate::hooks::Event;
use crate::model::VendorId;

const MANIFEST: &str = r#"[package]
name = "night_lamp"
version = "1.2.3"

[package.metadata.nas]
service = { args = ["--bright"], port = 8137 }
shared-folders = [{ name = "lamps", description = "Lamps" }]
"#;

/// A package's folder with an empty `OUT_DIR`, as cargo would run its build script.
struct Package {
    dir: tempfile::TempDir,
}

impl Package {
    fn new(manifest: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["src", "out"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
        fs::write(dir.path().join("src/main.rs"), "").unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn try_app(&self) -> Result<App, Error> {
        let dir = self.dir.path().to_str().unwrap();
        let vars = BTreeMap::from([
            ("CARGO_MANIFEST_DIR", dir.to_owned()),
            ("OUT_DIR", format!("{dir}/out")),
            ("TARGET", "aarch64-unknown-linux-musl".to_owned()),
            ("PROFILE", "release".to_owned()),
            ("CARGO_PKG_NAME", "night_lamp".to_owned()),
            ("CARGO_PKG_VERSION", "1.2.3".to_owned()),
            ("CARGO_PKG_AUTHORS", "A <a@example.com>:B".to_owned()),
            ("CARGO_PKG_DESCRIPTION", "Says \"hi\"\nand \\ bye".to_owned()),
            ("CARGO_PKG_REPOSITORY", "https://example.com/lamp".to_owned()),
        ]);
        App::from_vars(|name| vars.get(name).cloned())
    }

    fn app(&self) -> App {
        self.try_app().unwrap()
    }
}

fn emit(app: App) -> Result<String, Error> {
    let mut said = Vec::new();
    app.emit_to(&mut said).map(|()| String::from_utf8(said).unwrap())
}

#[test]
fn what_cargo_toml_says_can_be_read_and_amended() {
    let app = Package::new(MANIFEST).app();
    assert_eq!((app.package(), app.name()), ("night-lamp".to_owned(), "Night-lamp".to_owned()));
    assert_eq!((app.version(), app.port(), app.arch()), ("1.2.3", Some(8137), Some(Arch::Aarch64)));
    assert_eq!((app.profile(), app.is_release()), ("release", true));
    assert_eq!(app.get::<Vec<String>>("service.args").unwrap(), Some(vec!["--bright".to_owned()]));
    assert_eq!(app.get::<String>("maintainer").unwrap().as_deref(), Some("A <a@example.com>"));
    assert_eq!(app.get::<String>("homepage").unwrap().as_deref(), Some("https://example.com/lamp"));
    assert_eq!(app.get::<bool>("remove-data").unwrap(), None);
    let wrong = app.get::<bool>("service.port").unwrap_err();
    assert_eq!(wrong.to_string(), "Cargo.toml:6:41: `service.port` is 8137, expected `true` or `false`");

    let app = app.amend(|app| app.name("Lamp").service(Service::amend().port(80)));
    assert_eq!((app.name(), app.port()), ("Lamp".to_owned(), Some(80)));
    assert_eq!(app.get::<Vec<String>>("service.args").unwrap(), Some(vec!["--bright".to_owned()]));
}

#[test]
fn the_recipe_holds_what_the_script_said_alone() {
    let package = Package::new(MANIFEST);
    emit(package.app().amend(|app| app.name("Lamp").hook(Event::PreStart, Step::sh("true")))).unwrap();
    let recipe = fs::read_to_string(package.path("out/nas-pack.recipe.json")).unwrap();
    assert!(recipe.contains("\"Lamp\"") && recipe.contains("pre-start"), "{recipe}");
    assert!(!recipe.contains("8137") && !recipe.contains("1.2.3"), "{recipe}");
}

#[test]
fn the_constants_are_those_of_all_layers() {
    let package = Package::new(MANIFEST);
    emit(package.app().amend(|app| app.shared_folder("bulbs", "Bulbs").service(Service::amend().port(80)))).unwrap();
    insta::assert_snapshot!(fs::read_to_string(package.path("out/nas-pack.app.rs")).unwrap(), @r#"
    App {
        package: "night-lamp",
        name: "Night-lamp",
        version: "1.2.3",
        description: "Says \"hi\"\nand \\ bye",
        exec: ::core::option::Option::Some("bin/night_lamp"),
        port: ::core::option::Option::Some(80),
        shared_folders: &["lamps", "bulbs"],
        settings_file: ::core::option::Option::None,
    }
    "#);

    let bare = Package::new("[package]\nname = \"night_lamp\"\n");
    emit(bare.app()).unwrap();
    let bare = fs::read_to_string(bare.path("out/nas-pack.app.rs")).unwrap();
    assert_eq!(bare.matches("Option::None").count(), 3, "{bare}");
    assert!(bare.contains("shared_folders: &[],"), "{bare}");
}

#[test]
fn the_daemon_is_the_only_binary_unless_somebody_names_it() {
    let exec = |manifest: &str, name: &str| {
        let package = Package::new(&format!("[package.metadata.nas.service]\nport = 80\n{manifest}"));
        fs::create_dir_all(package.path(name).parent().unwrap()).unwrap();
        fs::write(package.path(name), "").unwrap();
        let app = package.app();
        Constants::read(&app.merged(), app.only_binary.clone()).unwrap().source()
    };
    let named = |binary: &str| format!("exec: ::core::option::Option::Some(\"bin/{binary}\"),");
    assert!(exec("", "src/main.rs").contains(&named("night_lamp")));
    assert!(exec("exec = \"wick\"", "src/main.rs").contains(&named("wick")));
    assert!(exec("[[bin]]\nname = \"flame\"", "src/main.rs").contains(&named("flame")));
    assert!(
        exec("[[bin]]\nname = \"a\"\n[[bin]]\nname = \"b\"", "src/main.rs")
            .contains("exec: ::core::option::Option::None")
    );
    assert!(exec("", "src/bin/other.rs").contains("exec: ::core::option::Option::None"));
}

#[test]
fn all_that_was_asked_for_is_watched_once() {
    let package = Package::new(MANIFEST);
    fs::write(package.path("motd"), "Hello").unwrap();
    let app = package.app();
    assert_eq!(app.env("NAS_PACK_NO_SUCH_VARIABLE"), None);
    assert_eq!(app.read("motd").unwrap(), "Hello");
    assert_eq!(app.read("motd").unwrap(), "Hello");
    app.rerun_if_changed("www");
    app.rerun_if_changed("not\ncargo::warning=to be said");
    insta::assert_snapshot!(emit(app).unwrap(), @r"
    cargo::rerun-if-changed=Cargo.toml
    cargo::rerun-if-env-changed=NAS_PACK_NO_SUCH_VARIABLE
    cargo::rerun-if-changed=motd
    cargo::rerun-if-changed=www
    cargo::rustc-env=NAS_PACK_RECIPE=2
    ");
}

#[test]
fn files_of_the_same_content_are_left_alone() {
    let package = Package::new(MANIFEST);
    let run = || {
        let app = package.app();
        let page = app.generate("www/index.html", "<p>").unwrap();
        emit(app.amend(|app| app.name("Lamp").asset(page))).unwrap();
        ["nas-pack.recipe.json", "nas-pack.app.rs", "nas-pack.assets/www/index.html"].map(|name| {
            let path = package.path("out").join(name);
            let long_ago = std::time::SystemTime::UNIX_EPOCH;
            let written = fs::metadata(&path).unwrap().modified().unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
            written == long_ago
        })
    };
    assert_eq!(run(), [false; 3]);
    assert_eq!(run(), [true; 3]);
}

#[test]
fn generated_assets_begin_in_the_out_dir() {
    let package = Package::new(MANIFEST);
    let app = package.app();
    let (page, bundle) = (app.generate("www/index.html", "<p>").unwrap(), app.generated("dist/**", "www/"));
    let app = app.amend(|app| app.asset(page).asset(bundle));
    let merged = app.merged();
    let Some(Kind::List(assets)) = merged.get("assets").map(|value| &value.kind) else { panic!("{merged:?}") };
    let text = |index: usize, key: &str| match &assets[index].kind {
        Kind::Table(asset) => asset.get(key).and_then(|value| String::from_kind(&value.kind)).unwrap(),
        other => panic!("{other:?}"),
    };
    let out = package.path("out");
    assert_eq!(fs::read_to_string(Path::new(&text(0, "dir")).join(text(0, "source"))).unwrap(), "<p>");
    assert_eq!((text(0, "dest"), Path::new(&text(0, "dir")).starts_with(&out)), ("www/index.html".to_owned(), true));
    assert_eq!(
        (text(1, "source"), text(1, "dest"), Path::new(&text(1, "dir"))),
        ("dist/**".into(), "www/".into(), &*out)
    );
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let package = Package::new(MANIFEST);
    let app = package.app();
    let line = line!() + 1;
    let missing = app.read("no-such-file").unwrap_err().to_string();
    assert!(missing.starts_with(&format!("{}:{line}:", file!())), "{missing}");
    assert!(missing.contains("cannot read `no-such-file`: "), "{missing}");
    for bad in ["", "/etc/passwd", "../x", "www/", "a[1].js", "a\\b"] {
        let refused = app.generate(bad, "").unwrap_err().to_string();
        assert!(refused.contains(&format!("`{bad}` cannot be generated")), "{refused}");
    }

    let line = line!() + 1;
    let own = (|| -> Result<String, Error> { Ok(fs::read_to_string(package.path("no-such-file"))?) })().unwrap_err();
    assert!(own.to_string().starts_with(&format!("{}:{line}:", file!())), "{own}");

    let line = line!() + 1;
    let app = app.amend(|app| app.version("2.0.0").vendors([VendorId::Asustor]).service(Service::amend().port(0)));
    let late = emit(app).unwrap_err();
    let place = format!("{}:{line}:", file!());
    let lines: Vec<_> = late.to_string().lines().map(|line| line.replace(&place, "HERE:")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    HERE:52: a build script cannot set `vendors`, which is decided before it runs: set it in Cargo.toml
    HERE:35: a build script cannot set `version`, which is decided before it runs: set it in Cargo.toml
    HERE:106: `service.port`: 0 is not a port
    ");
    // What `main` shows.
    assert_eq!(format!("{late:?}"), late.to_string());
    assert!(!package.path("out/nas-pack.recipe.json").exists());

    let manifest = |text: &str| Package::new(text).try_app().unwrap_err().to_string();
    assert_eq!(manifest("[package"), "Cargo.toml:1:9: invalid TOML: unclosed table, expected `]`");
    let list = "[package]\nmetadata.nas = 1\n";
    assert_eq!(manifest(list), "Cargo.toml:2:16: `package.metadata.nas` must be a table, not an integer");
    let outside = App::from_vars(|_| None).unwrap_err().to_string();
    assert!(outside.contains("only in a build script"), "{outside}");
}
