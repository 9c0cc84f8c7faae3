//! A box with ADM, as a package finds it: App Central guides 3.1 for folders and variables, and what community packages count on.

use std::collections::BTreeMap;

use globset::GlobBuilder;
use serde_json::Value as Json;

use super::facts::{Adm, LINK_FOLDERS, is_share, parse_port};
use super::{CONTROL, lifecycle};
use crate::archive::Tree;
use crate::diagnostic::Result;
use crate::hooks::lifecycle::Value;
use crate::model::Protocol;
use crate::vendor::firmware::{self, Account, Firmware, Page, Places, Work};
use crate::vendor::{Opened, userland};

/// The folder that holds all apps as everybody writes it, and where it really is.
const APPS: &str = "/usr/local/AppCentral";
const PLUGINS: &str = "/volume1/.@plugins/AppCentral";

/// Where a package is while its files are not in place. What ADM calls it is not known.
const STAGE: &str = "/volume1/.@plugins/tmp";

/// Who owns what apps write (guide 2.1).
const ADMIN: &str = "admin";

/// The largest `config.json`, in bytes.
const LARGEST: u64 = 1 << 20;

/// A boot keeps the data volumes, `/volume0` with the settings, and what packages have in `/usr/local`.
const VOLATILE: &[&str] = &["/tmp", "/var/run", "/var/lock", "/run"];

/// Where packages put things beside their own folder (guide 3.1.2).
const SHARED: &[&str] = &[
    "/usr/local/bin",
    "/usr/local/etc",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/sbin",
    "/usr/local/var",
    "/usr/local/tmp",
    "/etc/script",
    "/var/run",
    "/var/lock",
    "/var/log",
    "/tmp",
];

pub(super) fn of(opened: &Opened) -> Result<Firmware> {
    let package = firmware::package(opened)?;
    let config = Config::of(&opened.tree);
    // The oldest that the package says it runs on.
    let adm = config.text("general.firmware").and_then(Adm::parse).unwrap_or(Adm(3, 0, 0));
    let userland = if adm.0 < 4 { &userland::ADM_3 } else { &userland::ADM_4 };
    let bare = Firmware::bare(&lifecycle::ADM, userland, opened);

    let (app, real) = (format!("{APPS}/{package}"), format!("{PLUGINS}/{package}"));
    let stage = format!("{STAGE}/{package}");
    let keep = format!("{stage}/keep");
    let shares: Vec<_> = config.shares().map(|name| format!("/volume1/{name}")).collect();
    let kept = format!("{PLUGINS}/.{package}.kept");
    let kept_ones: Vec<_> = ["", ".1", ".2", ".part", ".gone", ".probe"].map(|end| format!("{kept}{end}")).into();
    let links = config.links(&opened.tree, &app);

    let places = Places {
        app_dir: app.clone(),
        apps_dir: APPS.to_owned(),
        new_scripts: format!("{stage}/{CONTROL}"),
        scripts: format!("{app}/{CONTROL}"),
        upload_dir: String::new(),
        message_file: String::new(),
        own: [vec![real, stage.clone()], kept_ones.clone(), shares.clone()].concat(),
        kept: [kept_ones, shares.clone()].concat(),
        shared: SHARED.iter().map(ToString::to_string).collect(),
        lasting: shares.clone(),
    };

    let mut skeleton = vec![Work::folder(PLUGINS, 0o755, "root"), Work::folder("/usr/local", 0o755, "root")];
    skeleton.push(Work::link(APPS, PLUGINS));
    skeleton.extend(SHARED.iter().map(|path| match *path {
        "/tmp" | "/usr/local/tmp" => Work::folder(*path, 0o1777, "root"),
        path => Work::folder(path, 0o755, "root"),
    }));
    // Every shared folder is there by its name too, whatever volume it is on.
    skeleton.push(Work::folder("/share", 0o755, "root"));
    skeleton.push(Work::folder("/usr/builtin/etc/certificate", 0o755, "root"));
    for file in ["ssl.crt", "ssl.key", "ssl.pem"] {
        let path = format!("/usr/builtin/etc/certificate/{file}");
        skeleton.push(Work::Write { path, content: b"not a real one\n".to_vec(), mode: 0o644 });
    }

    let mut prepare = vec![Work::remove(&stage), Work::folder(&keep, 0o755, "root")];
    prepare.push(Work::unpack(scripts_run(opened.tree.subtree(CONTROL), ""), format!("{stage}/{CONTROL}"), "root"));
    for share in &shares {
        prepare.push(Work::folder(share, 0o775, ADMIN));
        prepare.push(Work::link(share.replacen("/volume1", "/share", 1), share));
    }
    let tree = scripts_run(opened.tree.clone(), &format!("{CONTROL}/"));

    let mut not_modelled = vec![
        "ADM's own services, its desktop and its web servers",
        "where ADM has a new package's scripts before its files are in place: its own folder for that is not known",
        "the copy of start-stop.sh in /etc/script: the one in the app's folder is run",
    ];
    if !config.list("register.prerequisites.enable-service").is_empty() {
        not_modelled.push("the services that `register.prerequisites` asks for");
    }
    if config.text("adm-desktop.app.type") == Some("webserver") {
        not_modelled.push("pages that ADM's own web server serves");
    }
    let values = values(opened, &config, &package, &app, &keep, &stage, bare.kernel, adm);
    Ok(Firmware {
        accounts: vec![
            Account::root(),
            Account::new(ADMIN, 999, "administrators", 999, "/volume1/home/admin"),
            Account::new("nobody", 65534, "nobody", 65534, "/"),
        ],
        skeleton,
        volatile: VOLATILE,
        prepare,
        unpack: vec![Work::unpack(tree, &app, "root")],
        // The last scripts of an app are run when its files are gone.
        remove: vec![Work::Clear { path: app.clone(), but: &[CONTROL] }],
        forget: vec![Work::remove(&app), Work::remove(&stage)],
        switch_on: links.iter().map(|(link, target)| Work::link(link, target)).collect(),
        switch_off: links.iter().map(|(link, _)| Work::remove(link)).collect(),
        values,
        page: config.page(),
        startable: opened.tree.get(&format!("{CONTROL}/start-stop.sh")).is_some(),
        places,
        not_modelled,
        ..bare
    })
}

/// The vendor's tool makes scripts executable, and so does ADM with those of packages that were made without it.
fn scripts_run(tree: Tree, folder: &str) -> Tree {
    firmware::executable(tree, |path| {
        path.strip_prefix(folder).is_some_and(|name| !name.contains('/') && name.ends_with(".sh"))
    })
}

#[expect(clippy::too_many_arguments, reason = "they are what the values are made from")]
fn values(
    opened: &Opened,
    config: &Config,
    package: &str,
    app: &str,
    keep: &str,
    stage: &str,
    kernel: Option<&'static str>,
    adm: Adm,
) -> BTreeMap<Value, String> {
    let arch = match config.text("general.architecture") {
        Some("any") | None => "x86-64",
        Some(arch) => arch,
    };
    let model = match arch {
        "arm64" => "AS4004T",
        "arm" => "AS1004T",
        "i386" => "AS-304T",
        _ => "AS5304T",
    };
    let port = config.page().map(|page| page.port.to_string());
    BTreeMap::from([
        (Value::Package, package.to_owned()),
        (Value::Version, opened.version.clone().unwrap_or_default()),
        (Value::AppDir, app.to_owned()),
        (Value::AppsDir, APPS.to_owned()),
        (Value::UploadDir, stage.to_owned()),
        (Value::KeepDir, keep.to_owned()),
        (Value::Volume, "/volume1".to_owned()),
        (Value::Port, port.unwrap_or_default()),
        (Value::Arch, arch.to_owned()),
        (Value::Firmware, adm.to_string()),
        (Value::Kernel, kernel.unwrap_or("4.14.0").to_owned()),
        (Value::Model, model.to_owned()),
    ])
}

/// `config.json`, whatever is in it.
struct Config(Json);

impl Config {
    fn of(tree: &Tree) -> Self {
        let bytes = tree.small_file("CONTROL/config.json", LARGEST).unwrap_or_default();
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        Self(serde_json::from_slice(bytes).unwrap_or_default())
    }

    fn get(&self, path: &str) -> Option<&Json> {
        path.split('.').try_fold(&self.0, |value, key| value.get(key))
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    fn list(&self, path: &str) -> &[Json] {
        self.get(path).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }

    /// The shared folders that it makes.
    fn shares(&self) -> impl Iterator<Item = &str> {
        let names = self.list("register.share-folder").iter().filter_map(|share| share.get("name")?.as_str());
        names.filter(|name| is_share(name))
    }

    /// The links in `/usr/local` while it is switched on, and what they point to.
    fn links(&self, tree: &Tree, app: &str) -> Vec<(String, String)> {
        let mut links = Vec::new();
        for folder in LINK_FOLDERS {
            let names = self.get("register.symbolic-link").and_then(|links| links.get(folder)).and_then(Json::as_array);
            for name in names.into_iter().flatten().filter_map(Json::as_str) {
                let glob = GlobBuilder::new(name).literal_separator(true).build().map(|glob| glob.compile_matcher());
                let is_meant = |file: &str| file == name || glob.as_ref().is_ok_and(|glob| glob.is_match(file));
                let below = tree.subtree(folder.trim_start_matches('/'));
                let files = below.iter().map(|(path, _)| path.as_str()).filter(|file| !file.contains('/'));
                links.extend(
                    files
                        .filter(|file| is_meant(file))
                        .map(|file| (format!("/usr/local{folder}/{file}"), format!("{app}{folder}/{file}"))),
                );
            }
        }
        links
    }

    /// Where the app's icon leads, or the first port that it registers.
    fn page(&self) -> Option<Page> {
        let port = |value: &Json| match value {
            Json::Number(number) => u16::try_from(number.as_u64()?).ok(),
            Json::String(text) => parse_port(text),
            _ => None,
        };
        let is_custom = self.text("adm-desktop.app.type") == Some("custom");
        if is_custom && let Some(port) = self.get("adm-desktop.app.port").and_then(port) {
            let is_tls = self.text("adm-desktop.app.protocol") == Some("https");
            let protocol = if is_tls { Protocol::Https } else { Protocol::Http };
            let path = self.text("adm-desktop.app.url").unwrap_or_default();
            return Some(Page { protocol, port, path: format!("/{}", path.trim_start_matches('/')) });
        }
        let port = self.list("register.port").iter().find_map(port)?;
        Some(Page { protocol: Protocol::Tcp, port, path: "/".to_owned() })
    }
}
