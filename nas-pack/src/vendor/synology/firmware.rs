//! A box with DSM, as a package finds it: the developer guides for folders, users, workers and variables, and logs of devices
//! (`synopkg.log`) for what Package Center does between the scripts.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::conf::{self, find};
use super::generation::Dsm;
use super::{lifecycle, version};
use crate::archive::Tree;
use crate::diagnostic::Result;
use crate::hooks::is_env_name;
use crate::hooks::lifecycle::{Call, OnFailure, Value, What, Whose};
use crate::model::{Arch, Protocol};
use crate::vendor::firmware::{self, Account, Firmware, Page, Places, WizardScript, Work};
use crate::vendor::{Opened, userland};

/// The volume that packages are installed on, and what stands for it where one asks for the system's own place.
const VOLUME: &str = "/volume1";
const SYSTEM: &str = "/usr/local/packages";

/// The number of the package's user. DSM takes one above 100000, which not every sandbox has.
const UID: u32 = 60021;

/// The largest metadata file, in bytes.
const LARGEST: u64 = 256 << 10;

/// The root is on disk; what a boot makes anew is in memory.
const VOLATILE: &[&str] = &["/tmp", "/run"];

/// Where packages put things beside their own folders.
const SHARED: &[&str] = &[
    "/usr/local/bin",
    "/usr/local/etc",
    "/usr/local/lib",
    "/usr/local/sbin",
    "/usr/syno/synoman/webman/3rdparty",
    "/var/log",
    "/var/tmp",
    "/tmp",
    "/run",
];

/// What is there before any package.
const SYSTEM_FOLDERS: [&str; 11] = [
    "/etc.defaults",
    "/usr/local/bin",
    "/usr/local/etc",
    "/usr/local/lib",
    "/usr/local/sbin",
    "/usr/syno/etc/packages",
    "/usr/syno/synoman/webapi",
    "/usr/syno/synoman/webman/3rdparty",
    "/var/log/packages",
    "/var/packages",
    "/var/services",
];

/// The payload's folder in the tree, and the name that DSM itself has for it.
const PACKAGE: &str = "package";

/// Wizards by when they are shown, and the scripts that may write them. Those are run before all others, and as the package's user on
/// DSM 7 (synology-autorun, issue 3).
const WIZARDS: [(What, &str, &str); 3] = [
    (What::Install, "install_uifile", "install_uifile.sh"),
    (What::Upgrade, "upgrade_uifile", "upgrade_uifile.sh"),
    (What::Uninstall, "uninstall_uifile", "uninstall_uifile.sh"),
];

/// A release of DSM: its two numbers and the build.
type Release = (u32, u32, u32);

/// What a text field gets that must not be empty and has no preset: long enough for every password that a wizard asks for.
const ANSWER: &str = "Answer-1234";

pub(super) fn of(opened: &Opened) -> Result<Firmware> {
    let package = firmware::package(opened)?;
    let info = Info { opened };
    let (dsm, release) = info.release();
    let userland = match dsm {
        Dsm::V5 => &userland::DSM_5,
        Dsm::V6 => &userland::DSM_6,
        Dsm::V7 => &userland::DSM_7,
    };
    let bare = Firmware::bare(lifecycle::of(dsm), userland, opened);
    let spk = Spk::new(package, dsm, info);
    let (user, users) = spk.users();
    let links = [spk.linked(), spk.desktop()].concat();
    let values = [
        (Value::Firmware, format!("{}.{}-{}", release.0, release.1, release.2)),
        (Value::FirmwareMajor, release.0.to_string()),
        (Value::FirmwareMinor, release.1.to_string()),
        (Value::FirmwareBuild, release.2.to_string()),
        (Value::Kernel, bare.kernel.unwrap_or("4.4.59").to_owned()),
    ];
    Ok(Firmware {
        accounts: spk.accounts(),
        skeleton: spk.skeleton(release),
        volatile: VOLATILE,
        places: spk.places(),
        user,
        users,
        prepare: spk.prepare(),
        unpack: spk.unpack(),
        remove: vec![Work::remove(&spk.store), Work::remove(spk.at("@apptemp"))],
        forget: vec![
            Work::remove(&spk.home),
            Work::remove(spk.at("@apptemp")),
            Work::remove(&spk.stage),
            Work::remove(&spk.keep),
        ],
        switch_on: links.iter().map(|(link, target)| Work::link(link, target)).collect(),
        switch_off: links.iter().map(|(link, _)| Work::remove(link)).collect(),
        values: spk.values().into_iter().chain(values).collect(),
        page: spk.info.page(),
        startable: spk.info.is_startable(),
        checks_first: dsm > Dsm::V5 && spk.info.get("precheckstartstop") == Some("yes"),
        not_modelled: spk.not_modelled(),
        wizards: spk.wizards(),
        answers: spk.answers,
        ..bare
    })
}

/// What scripts read to know which DSM they are on.
fn release_file((major, minor, build): Release) -> String {
    format!(
        "majorversion=\"{major}\"\nminorversion=\"{minor}\"\nproductversion=\"{major}.{minor}\"\nbuildnumber=\"{build}\"\n"
    )
}

/// What scripts read to know which model they are on: one with that processor. DSM has many more keys in it.
fn info_file(arch: Option<Arch>) -> String {
    let model = match arch {
        Some(Arch::Aarch64) => "DS218",
        Some(Arch::Armhf) => "DS218j",
        Some(Arch::X86_64) | None => "DS918+",
    };
    format!("upnpmodelname=\"{model}\"\n")
}

/// `INFO`, as DSM reads it: the last of a key counts.
struct Info<'a> {
    opened: &'a Opened,
}

impl<'a> Info<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        self.opened.metadata.iter().rfind(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The generation of DSM that it is for, and the release of it that is played: a late one, or what it asks for if that is later.
    fn release(&self) -> (Dsm, Release) {
        let asked = self.get("os_min_ver").or_else(|| self.get("firmware")).and_then(version::dsm);
        let dsm = Dsm::around(asked.map_or(0, |(major, ..)| major));
        let late = match dsm {
            Dsm::V5 => (5, 2, 5967),
            Dsm::V6 => (6, 2, 25556),
            Dsm::V7 => (7, 2, 64570),
        };
        (dsm, asked.map_or(late, |asked| late.max(asked)))
    }

    /// Whether users can start and stop it.
    fn is_startable(&self) -> bool {
        !["startable", "ctl_stop"].into_iter().any(|key| self.get(key) == Some("no"))
    }

    /// A metadata file, or nothing where there is none or it is no JSON.
    fn json(&self, path: &str) -> Json {
        let bytes = self.opened.tree.small_file(path, LARGEST);
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// The answers that the wizards' presets give.
    fn answers(&self) -> BTreeMap<What, Vec<(String, String)>> {
        let answers = |(what, file, _)| {
            let answers = answers(&self.json(&format!("WIZARD_UIFILES/{file}")));
            (!answers.is_empty()).then_some((what, answers))
        };
        WIZARDS.into_iter().filter_map(answers).collect()
    }

    fn page(&self) -> Option<Page> {
        let port = self.get("adminport")?.parse().ok().filter(|port| *port > 0)?;
        let protocol = if self.get("adminprotocol") == Some("https") { Protocol::Https } else { Protocol::Http };
        let path = self.get("adminurl").unwrap_or_default();
        Some(Page { protocol, port, path: format!("/{}", path.trim_start_matches('/')) })
    }
}

/// A package for one generation of DSM, and where it goes.
struct Spk<'a> {
    package: String,
    dsm: Dsm,
    info: Info<'a>,
    privilege: Json,
    resource: Json,
    answers: BTreeMap<What, Vec<(String, String)>>,
    /// The name of its user, whether there is one or not.
    user: String,
    /// Who its files belong to.
    owner: String,
    /// `/volume1`.
    volume: &'static str,
    /// `/volume1/@appstore/NAME`.
    store: String,
    /// `/var/packages/NAME`.
    home: String,
    /// Where it is unpacked before.
    stage: String,
    /// Where what its scripts keep is, in an upgrade.
    keep: String,
    /// The shared folders that it asks for, and whether its user may write there.
    shares: Vec<(String, bool)>,
}

impl<'a> Spk<'a> {
    fn new(package: String, dsm: Dsm, info: Info<'a>) -> Self {
        let (privilege, resource) = (info.json("conf/privilege"), info.json("conf/resource"));
        let user = privilege.get("username").and_then(Json::as_str).unwrap_or(&package).to_owned();
        let volume = if info.get("install_type") == Some("system") { SYSTEM } else { VOLUME };
        let stage = match dsm {
            Dsm::V5 | Dsm::V6 => format!("{volume}/@tmp/pkginstall"),
            Dsm::V7 => format!("{volume}/@tmp/synopkg/install.{package}"),
        };
        let run_as = privilege.get("defaults").and_then(|defaults| defaults.get("run-as")).and_then(Json::as_str);
        let is_users = dsm == Dsm::V7 || (dsm == Dsm::V6 && run_as == Some("package"));
        let answers = info.answers();
        Self {
            shares: shares(&resource, &answers, &user),
            owner: if is_users { user.clone() } else { "root".to_owned() },
            store: format!("{volume}/@appstore/{package}"),
            home: format!("/var/packages/{package}"),
            keep: format!("{volume}/@tmp/synopkg/upgrade.{package}"),
            package,
            dsm,
            info,
            privilege,
            resource,
            answers,
            user,
            volume,
            stage,
        }
    }

    /// The package's folder in one of the volume's.
    fn at(&self, folder: &str) -> String {
        format!("{}/{folder}/{}", self.volume, self.package)
    }

    /// The folders that outlive an upgrade or that are made with the package, by the names of the links to them, with their modes.
    fn folders(&self) -> Vec<(&'static str, String, u32)> {
        match self.dsm {
            Dsm::V5 | Dsm::V6 => vec![("etc", format!("/usr/syno/etc/packages/{}", self.package), 0o755)],
            Dsm::V7 => vec![
                ("etc", self.at("@appconf"), 0o755),
                ("var", self.at("@appdata"), 0o755),
                ("tmp", self.at("@apptemp"), 0o755),
                ("home", self.at("@apphome"), 0o700),
            ],
        }
    }

    /// The wizards that are scripts. That of an uninstallation is a part of what is installed.
    fn wizards(&self) -> Vec<WizardScript> {
        let wizard = |(what, _, script)| {
            self.info.opened.tree.get(&format!("WIZARD_UIFILES/{script}"))?;
            let is_new = what != What::Uninstall;
            let folder = if is_new { &self.stage } else { &self.home };
            let from = if is_new { Whose::New } else { Whose::Installed };
            let call = Call { script, from, args: &[], status: "", on_failure: OnFailure::Abort, only: None };
            Some(WizardScript { what, call, folder: format!("{folder}/WIZARD_UIFILES") })
        };
        WIZARDS.into_iter().filter_map(wizard).collect()
    }

    fn message_file(&self) -> String {
        format!("/tmp/synopkg.{}.message", self.package)
    }

    fn app_dir(&self) -> String {
        if self.dsm == Dsm::V7 { format!("{}/target", self.home) } else { self.store.clone() }
    }

    fn accounts(&self) -> Vec<Account> {
        let mut accounts = vec![
            Account::root(),
            Account::new("admin", 1024, "users", 100, "/var/services/homes/admin"),
            Account::new("http", 1023, "http", 1023, "/var/services/web"),
            Account::new("nobody", 99, "nobody", 99, "/"),
        ];
        if self.dsm > Dsm::V5 {
            let text = |key: &str| self.privilege.get(key).and_then(Json::as_str);
            let home = if self.dsm == Dsm::V7 { "home" } else { "target" };
            let group = text("groupname").unwrap_or(&self.user);
            let mut own = Account::new(&self.user, UID, group, UID, &format!("{}/{home}", self.home));
            own.groups.extend(text("join-groupname").map(str::to_owned));
            accounts.push(own);
        }
        accounts
    }

    /// Who runs the scripts, and the calls for which that is somebody else.
    fn users(&self) -> (String, BTreeMap<String, String>) {
        let mut others = BTreeMap::new();
        if self.dsm == Dsm::V6 {
            for (_, entry) in find(&self.privilege, "ctrl-script[]") {
                let text = |key: &str| entry.get(key).and_then(Json::as_str);
                let Some(action) = text("action") else { continue };
                let user = if text("run-as") == Some("package") { self.user.as_str() } else { "root" };
                others.insert(action.to_owned(), user.to_owned());
            }
        }
        (self.owner.clone(), others)
    }

    fn skeleton(&self, release: Release) -> Vec<Work> {
        let mut made = vec![
            Work::folder(VOLUME, 0o755, "root"),
            Work::folder("/tmp", 0o1777, "root"),
            Work::folder("/var/tmp", 0o1777, "root"),
            Work::folder("/run", 0o755, "root"),
            Work::link("/var/run", "/run"),
        ];
        made.extend(SYSTEM_FOLDERS.iter().map(|path| Work::folder(*path, 0o755, "root")));
        for folder in ["@appstore", "@appconf", "@appdata", "@apptemp", "@apphome", "@tmp/synopkg"] {
            made.push(Work::folder(format!("{}/{folder}", self.volume), 0o755, "root"));
        }
        for (file, content) in [("VERSION", release_file(release)), ("synoinfo.conf", info_file(self.info.opened.arch))]
        {
            made.extend(["/etc.defaults", "/etc"].map(|folder| Work::Write {
                path: format!("{folder}/{file}"),
                content: content.clone().into_bytes(),
                mode: 0o644,
            }));
        }
        made
    }

    fn places(&self) -> Places {
        let temp = self.at("@apptemp");
        let mut lasting: Vec<_> = self.folders().into_iter().map(|(_, path, _)| path).collect();
        lasting.retain(|path| *path != temp);
        lasting.extend(self.shares.iter().map(|(name, _)| format!("{VOLUME}/{name}")));
        let mut kept = lasting.clone();
        if self.dsm < Dsm::V7 {
            // What packages of ours have there: DSM itself leaves alone on the volume what it did not make.
            kept.push(self.at("@appdata"));
            // DSM's own log of the scripts, to which theirs add by custom.
            kept.push(format!("/var/log/packages/{}.log", self.package));
        }
        let own = [&self.store, &temp, &self.home, &self.stage, &self.keep].map(String::clone).to_vec();
        Places {
            app_dir: self.app_dir(),
            apps_dir: format!("{}/@appstore", self.volume),
            new_scripts: format!("{}/scripts", self.stage),
            scripts: format!("{}/scripts", self.home),
            upload_dir: format!("{}/package", self.stage),
            message_file: self.message_file(),
            own: [own, vec![self.message_file(), lifecycle::PROGRESS.to_owned()], kept.clone()].concat(),
            kept,
            shared: SHARED.iter().map(ToString::to_string).collect(),
            lasting,
        }
    }

    fn prepare(&self) -> Vec<Work> {
        vec![
            Work::remove(&self.stage),
            Work::remove(&self.keep),
            Work::folder(&self.keep, 0o755, &self.owner),
            Work::unpack(self.outer(), &self.stage, "root"),
            Work::unpack(self.payload(), format!("{}/{PACKAGE}", self.stage), &self.owner),
        ]
    }

    /// As `synopkg.log` has it: the payload is moved to its place, then what was around it, piece by piece.
    fn unpack(&self) -> Vec<Work> {
        let mut unpack = vec![Work::remove(&self.store), Work::unpack(self.payload(), &self.store, &self.owner)];
        unpack.extend(
            ["INFO", "scripts", "conf", "WIZARD_UIFILES"].map(|name| Work::remove(format!("{}/{name}", self.home))),
        );
        unpack.push(Work::unpack(self.outer(), &self.home, "root"));
        unpack.push(Work::link(format!("{}/target", self.home), &self.store));
        unpack.push(Work::remove(&self.stage));
        for (name, path, mode) in self.folders() {
            unpack.push(Work::folder(&path, mode, &self.owner));
            unpack.push(Work::link(format!("{}/{name}", self.home), path));
        }
        for (name, writes) in &self.shares {
            let path = format!("{VOLUME}/{name}");
            let owner = if *writes && self.dsm > Dsm::V5 { self.user.as_str() } else { "root" };
            unpack.push(Work::folder(&path, 0o775, owner));
            if self.dsm == Dsm::V7 {
                unpack.push(Work::folder(format!("{}/shares", self.home), 0o755, "root"));
                unpack.push(Work::link(format!("{}/shares/{name}", self.home), path));
            }
        }
        unpack
    }

    /// The payload, with the modes that `conf/privilege` gives to some of its files.
    fn payload(&self) -> Tree {
        let mut payload = self.info.opened.tree.subtree(PACKAGE);
        for (_, tool) in find(&self.privilege, "tool[]") {
            let text = |key: &str| tool.get(key).and_then(Json::as_str);
            let mode = text("permission").and_then(|mode| u32::from_str_radix(mode, 8).ok());
            for (path, entry) in payload.iter_mut() {
                if text("relpath") == Some(path.as_str()) {
                    entry.mode = mode.unwrap_or(entry.mode);
                }
            }
        }
        payload
    }

    /// Everything but the payload.
    fn outer(&self) -> Tree {
        let is_payload = |path: &str| path == PACKAGE || path.starts_with("package/");
        let outer = self.info.opened.tree.only(|path| !is_payload(path.as_str()));
        firmware::executable(outer, |path| path.starts_with("scripts/") || firmware::is_script(path))
    }

    /// What the worker `usr-local-linker` links while the package is switched on.
    fn linked(&self) -> Vec<(String, String)> {
        let mut links = Vec::new();
        for folder in ["bin", "lib", "etc"] {
            for (_, file) in find(&self.resource, &format!("usr-local-linker.{folder}[]")) {
                let Some(file) = file.as_str() else { continue };
                if self.info.opened.tree.get(&format!("{PACKAGE}/{file}")).is_some() {
                    let name = file.rsplit('/').next().unwrap_or(file);
                    links.push((format!("/usr/local/{folder}/{name}"), format!("{}/target/{file}", self.home)));
                }
            }
        }
        links
    }

    /// The folders that DSM's desktop finds the package's pages by: `ui`, or `link:ui/app1 other:ui/app2`.
    fn desktop(&self) -> Vec<(String, String)> {
        let words = self.info.get("dsmuidir").unwrap_or_default().split_whitespace();
        words
            .map(|word| word.split_once(':').unwrap_or((&self.package, word)))
            .filter(|(name, folder)| !name.contains('/') && !folder.starts_with('/'))
            .map(|(name, folder)| {
                (format!("/usr/syno/synoman/webman/3rdparty/{name}"), format!("{}/{folder}", self.store))
            })
            .collect()
    }

    fn values(&self) -> Vec<(Value, String)> {
        let first = self.info.opened.devices.first().map_or("noarch", String::as_str);
        let arch = match first {
            "x86_64" | "noarch" => "apollolake",
            "armv8" => "rtd1296",
            "armv7" => "alpine",
            "i686" => "evansport",
            "armv5" => "88f628x",
            platform => platform,
        };
        let text = |key: &str| self.info.get(key).unwrap_or_default().to_owned();
        vec![
            (Value::Package, self.package.clone()),
            (Value::Version, self.info.opened.version.clone().unwrap_or_default()),
            (Value::User, self.user.clone()),
            (Value::AppDir, self.app_dir()),
            (Value::AppsDir, format!("{}/@appstore", self.volume)),
            (Value::UploadDir, format!("{}/{PACKAGE}", self.stage)),
            (Value::KeepDir, self.keep.clone()),
            (Value::MessageFile, self.message_file()),
            (Value::Volume, self.volume.to_owned()),
            (Value::VarDir, format!("{}/var", self.home)),
            (Value::TempDir, format!("{}/tmp", self.home)),
            (Value::HomeDir, format!("{}/home", self.home)),
            (Value::Port, text("adminport")),
            (Value::File, format!("{}/@tmp/synopkg/{}.spk", self.volume, self.package)),
            (Value::Arch, arch.to_owned()),
            (Value::Model, "DS918+".to_owned()),
        ]
    }

    fn not_modelled(&self) -> Vec<&'static str> {
        let mut not = vec![
            "DSM's own services, its desktop and its firewall",
            "the package's own file, which `SYNOPKG_TEMP_SPKFILE` names",
            "access control lists: shared folders have an owner and a mode",
        ];
        let workers: Vec<&str> =
            self.resource.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        if workers.iter().any(|name| !["usr-local-linker", "data-share", "port-config"].contains(name)) {
            not.push("workers other than usr-local-linker, data-share and port-config");
        }
        if find(&self.privilege, "tool[].capabilities").iter().any(|(_, capabilities)| capabilities.is_string()) {
            not.push("capabilities of tools, which DSM gives to signed packages only");
        }
        if !self.info.is_startable() {
            not.push("starts and stops of a package that users can neither start nor stop");
        }
        if self.info.get("install_replace_packages").is_some() {
            not.push("other packages that this one replaces, and so prereplace and postreplace");
        }
        if self.info.get("install_dep_packages").is_some() {
            not.push("the packages that it depends on");
        }
        not
    }
}

/// The shared folders that the worker `data-share` makes, and whether a user may write there.
fn shares(resource: &Json, answers: &BTreeMap<What, Vec<(String, String)>>, user: &str) -> Vec<(String, bool)> {
    let plain = |(_, share): (String, &Json)| {
        let mut name = share.get("name")?.as_str()?.to_owned();
        for (key, value) in answers.values().flatten() {
            name = name.replace(&format!("{{{{{key}}}}}"), value);
        }
        let writes = find(share, "permission.rw[]").iter().any(|(_, writer)| *writer == user);
        conf::is_share(&name).then_some((name, writes))
    };
    find(resource, "data-share.shares[]").into_iter().filter_map(plain).collect()
}

/// What somebody answers to a wizard who changes nothing; nothing where it is none.
pub(super) fn answers(wizard: &Json) -> Vec<(String, String)> {
    let mut answers: Vec<(String, String)> = Vec::new();
    for (_, item) in find(wizard, "[].items[]") {
        let kind = item.get("type").and_then(Json::as_str).unwrap_or_default();
        for (_, sub) in find(item, "subitems[]") {
            let Some(key) = sub.get("key").and_then(Json::as_str) else { continue };
            if is_env_name(key) && answers.iter().all(|(known, _)| known != key) {
                answers.push((key.to_owned(), answer(kind, sub)));
            }
        }
    }
    answers
}

/// What somebody answers who changes nothing.
fn answer(kind: &str, sub: &Json) -> String {
    let preset = ["defaultValue", "defaultVaule"].into_iter().find_map(|key| sub.get(key));
    match (kind, preset) {
        ("singleselect" | "multiselect", preset) => {
            let is_on = preset.is_some_and(|preset| *preset == true || *preset == "true");
            is_on.to_string()
        }
        (_, Some(Json::String(text))) if !text.is_empty() => text.clone(),
        (_, Some(value @ (Json::Number(_) | Json::Bool(_)))) => value.to_string(),
        _ => {
            let rule = |key: &str| sub.get("validator").and_then(|validator| validator.get(key));
            let may_be_blank = rule("allowBlank").and_then(Json::as_bool);
            let must = may_be_blank.map_or_else(|| rule("minLength").is_some(), |blank| !blank);
            if must { ANSWER.to_owned() } else { String::new() }
        }
    }
}
