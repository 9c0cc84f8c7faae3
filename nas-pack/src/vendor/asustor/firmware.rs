//! A box with ADM, as a package finds it: App Central guides 3.1 for folders and variables, and what community packages count on.

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
    let apk = Apk {
        app: format!("{APPS}/{package}"),
        stage: format!("{STAGE}/{package}"),
        shares: config.shares().map(|name| format!("/volume1/{name}")).collect(),
        tree: &opened.tree,
        config,
        package,
    };
    let values = [
        (Value::Version, opened.version.clone().unwrap_or_default()),
        (Value::Firmware, adm.to_string()),
        (Value::Kernel, bare.kernel.unwrap_or("4.14.0").to_owned()),
    ];
    let links = apk.config.links(apk.tree, &apk.app);
    Ok(Firmware {
        accounts: vec![
            Account::root(),
            Account::new(ADMIN, 999, "administrators", 999, "/volume1/home/admin"),
            Account::new("nobody", 65534, "nobody", 65534, "/"),
        ],
        skeleton: skeleton(apk.model(), adm),
        volatile: VOLATILE,
        places: apk.places(),
        prepare: apk.prepare(),
        unpack: vec![Work::unpack(scripts_run(apk.tree.clone(), "CONTROL/"), &apk.app, "root")],
        // The last scripts of an app are run when its files are gone.
        remove: vec![Work::Clear { path: apk.app.clone(), but: &[CONTROL] }],
        forget: vec![Work::remove(&apk.app), Work::remove(&apk.stage)],
        switch_on: links.iter().map(|(link, target)| Work::link(link, target)).collect(),
        switch_off: links.iter().map(|(link, _)| Work::remove(link)).collect(),
        values: apk.values().into_iter().chain(values).collect(),
        page: apk.config.page(),
        startable: apk.tree.get("CONTROL/start-stop.sh").is_some(),
        not_modelled: apk.not_modelled(),
        ..bare
    })
}

fn skeleton(model: &str, adm: Adm) -> Vec<Work> {
    let mut made = vec![Work::folder(PLUGINS, 0o755, "root"), Work::link(APPS, PLUGINS)];
    made.extend(SHARED.iter().map(|path| match *path {
        "/tmp" | "/usr/local/tmp" => Work::folder(*path, 0o1777, "root"),
        path => Work::folder(path, 0o755, "root"),
    }));
    made.push(Work::folder("/share", 0o755, "root"));
    for file in ["ssl.crt", "ssl.key", "ssl.pem"] {
        let path = format!("/usr/builtin/etc/certificate/{file}");
        made.push(Work::Write { path, content: b"not a real one\n".to_vec(), mode: 0o644 });
    }
    // What apps and scripts for ADM read of it.
    let conf = format!("[Basic]\nVendor = ASUSTOR\nModel = {model}\nVersion = {adm}\n");
    made.push(Work::Write { path: "/etc/nas.conf".to_owned(), content: conf.into_bytes(), mode: 0o644 });
    // Scripts may read these two; what they define is not documented.
    for file in ["command.sh", "apkg_path.sh"] {
        made.push(Work::Write { path: format!("/etc/script/lib/{file}"), content: Vec::new(), mode: 0o644 });
    }
    made
}

/// Where a shared folder is by its name, whatever volume it is on.
fn by_name(share: &str) -> String {
    share.replacen("/volume1", "/share", 1)
}

/// The vendor's tool makes scripts executable, and so does ADM with those of packages that were made without it.
fn scripts_run(tree: Tree, folder: &str) -> Tree {
    firmware::executable(tree, |path| {
        path.strip_prefix(folder).is_some_and(|name| !name.contains('/') && firmware::is_script(name))
    })
}

/// A package, and where it goes.
struct Apk<'a> {
    package: String,
    config: Config,
    tree: &'a Tree,
    /// Its folder.
    app: String,
    /// Where it waits before.
    stage: String,
    /// The shared folders that it asks for.
    shares: Vec<String>,
}

impl Apk<'_> {
    /// Where what its scripts keep is, in an upgrade.
    fn keep(&self) -> String {
        format!("{}/keep", self.stage)
    }

    fn places(&self) -> Places {
        // What packages of ours move their data to, with all the names that it may have on the way.
        let kept = ["", ".1", ".2", ".part", ".gone", ".probe"];
        let kept: Vec<_> = kept.iter().map(|end| format!("{PLUGINS}/.{}.kept{end}", self.package)).collect();
        let by_name = self.shares.iter().map(|share| by_name(share)).collect();
        let kept = [kept, self.shares.clone(), by_name].concat();
        Places {
            app_dir: self.app.clone(),
            apps_dir: APPS.to_owned(),
            new_scripts: format!("{}/{CONTROL}", self.stage),
            scripts: format!("{}/{CONTROL}", self.app),
            own: [vec![format!("{PLUGINS}/{}", self.package), self.stage.clone()], kept.clone()].concat(),
            kept,
            shared: SHARED.iter().map(ToString::to_string).collect(),
            lasting: self.shares.clone(),
            ..Places::default()
        }
    }

    fn prepare(&self) -> Vec<Work> {
        let scripts = scripts_run(self.tree.subtree(CONTROL), "");
        let mut prepare = vec![
            Work::remove(&self.stage),
            Work::folder(self.keep(), 0o755, "root"),
            Work::unpack(scripts, format!("{}/{CONTROL}", self.stage), "root"),
        ];
        for share in &self.shares {
            prepare.push(Work::folder(share, 0o775, ADMIN));
            prepare.push(Work::link(by_name(share), share));
        }
        prepare
    }

    fn arch(&self) -> &str {
        match self.config.text("general.architecture") {
            Some("any") | None => "x86-64",
            Some(arch) => arch,
        }
    }

    /// One of the models that have such a processor.
    fn model(&self) -> &'static str {
        match self.arch() {
            "arm64" => "AS4004T",
            "arm" => "AS1004T",
            "i386" => "AS-304T",
            _ => "AS5304T",
        }
    }

    fn values(&self) -> Vec<(Value, String)> {
        let port = self.config.page().map(|page| page.port.to_string());
        vec![
            (Value::Package, self.package.clone()),
            (Value::AppDir, self.app.clone()),
            (Value::AppsDir, APPS.to_owned()),
            (Value::KeepDir, self.keep()),
            (Value::Volume, "/volume1".to_owned()),
            (Value::Port, port.unwrap_or_default()),
            (Value::Arch, self.arch().to_owned()),
            (Value::Model, self.model().to_owned()),
        ]
    }

    fn not_modelled(&self) -> Vec<&'static str> {
        let mut not = vec![
            "ADM's own services, its desktop and its web servers",
            "where ADM has a new package's scripts before its files are in place: the folder is made up",
            "the copy of start-stop.sh in /etc/script: the one in the app's folder is run",
            "owners other than root that a package's archive has for its files",
        ];
        if !self.config.list("register.prerequisites.enable-service").is_empty() {
            not.push("the services that `register.prerequisites` asks for");
        }
        if !self.config.list("general.depends").is_empty() {
            not.push("the apps that it depends on");
        }
        if self.config.text("adm-desktop.app.type") == Some("webserver") {
            not.push("pages that ADM's own web server serves");
        }
        not
    }
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
