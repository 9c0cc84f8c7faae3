//! A box with DSM, as a package finds it: the developer guides for folders, users, workers and variables, and logs of devices
//! (`synopkg.log`) for what Package Center does between the scripts.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::conf::find;
use super::generation::Dsm;
use super::{lifecycle, version};
use crate::archive::{Entry, Tree};
use crate::diagnostic::Result;
use crate::hooks::is_env_name;
use crate::hooks::lifecycle::Value;
use crate::model::Protocol;
use crate::vendor::firmware::{self, Account, Firmware, Page, Places, Work};
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

/// Wizards by when they are shown. Where two ask for the same, the first one's answer counts.
const WIZARDS: [&str; 3] = ["install", "upgrade", "uninstall"];

/// A release of DSM: its two numbers and the build.
type Release = (u32, u32, u32);

/// What a text field gets that must not be empty and has no preset: long enough for every password that a wizard asks for.
const ANSWER: &str = "Answer-1234";

pub(super) fn of(opened: &Opened) -> Result<Firmware> {
    let package = firmware::package(opened)?;
    let info = Info { opened };
    let (dsm, release) = info.release();
    let spk = Spk { package: &package, dsm, info: &info, tree: &opened.tree };
    let userland = match dsm {
        Dsm::V5 => &userland::DSM_5,
        Dsm::V6 => &userland::DSM_6,
        Dsm::V7 => &userland::DSM_7,
    };
    let bare = Firmware::bare(lifecycle::of(dsm), userland, opened);
    let answers = spk.answers();
    let privilege = spk.json("conf/privilege");
    let resource = spk.json("conf/resource");
    let text = |key: &str| privilege.get(key).and_then(Json::as_str);
    let user = text("username").unwrap_or(&package).to_owned();
    let group = text("groupname").unwrap_or(&user).to_owned();
    let (runs_as, users) = spk.users(&privilege, &user);
    let owner = if runs_as == user { user.as_str() } else { "root" };
    let volume = if info.get("install_type") == Some("system") { SYSTEM } else { VOLUME };
    let store = format!("{volume}/@appstore/{package}");
    let home = format!("/var/packages/{package}");
    let stage = match dsm {
        Dsm::V5 | Dsm::V6 => format!("{volume}/@tmp/pkginstall"),
        Dsm::V7 => format!("{volume}/@tmp/synopkg/install.{package}"),
    };
    let keep = format!("{volume}/@tmp/synopkg/upgrade.{package}");
    let message_file = format!("/tmp/synopkg.{package}.message");
    let places: Vec<(&str, String, u32)> = match dsm {
        // The links that every DSM has, with the folder's mode: guide, FHS.
        Dsm::V5 | Dsm::V6 => vec![("etc", format!("/usr/syno/etc/packages/{package}"), 0o755)],
        Dsm::V7 => vec![
            ("etc", format!("{volume}/@appconf/{package}"), 0o755),
            ("var", format!("{volume}/@appdata/{package}"), 0o755),
            ("tmp", format!("{volume}/@apptemp/{package}"), 0o755),
            ("home", format!("{volume}/@apphome/{package}"), 0o700),
        ],
    };
    let temp = format!("{volume}/@apptemp/{package}");
    let shares = spk.shares(&resource, &answers);
    let share_dirs: Vec<_> = shares.iter().map(|(name, _)| format!("{VOLUME}/{name}")).collect();

    let mut lasting: Vec<_> = places.iter().map(|(_, path, _)| path.clone()).filter(|path| *path != temp).collect();
    let mut kept = lasting.clone();
    if dsm < Dsm::V7 {
        // What packages of ours have there: DSM itself leaves everything on the volume alone that it did not make.
        kept.push(format!("{volume}/@appdata/{package}"));
        // DSM's own log of the scripts, to which theirs add by custom.
        kept.push(format!("/var/log/packages/{package}.log"));
    }
    lasting.extend(share_dirs.clone());
    kept.extend(share_dirs);
    let own = [vec![store.clone(), temp.clone(), home.clone(), stage.clone(), keep.clone()], kept.clone()].concat();

    let mut prepare = vec![Work::remove(&stage), Work::remove(&keep), Work::folder(&keep, 0o755, owner)];
    let outer = firmware::executable(spk.outer(), |path| {
        path.starts_with("scripts/") || (path.starts_with("WIZARD_UIFILES/") && path.ends_with(".sh"))
    });
    prepare.push(Work::unpack(outer.clone(), &stage, "root"));
    prepare.push(Work::unpack(opened.tree.subtree("package"), format!("{stage}/package"), owner));

    let mut unpack = vec![
        Work::remove(&store),
        Work::unpack(opened.tree.subtree("package"), &store, owner),
        Work::folder(&home, 0o755, "root"),
    ];
    unpack.extend(["INFO", "scripts", "conf", "WIZARD_UIFILES"].map(|name| Work::remove(format!("{home}/{name}"))));
    unpack.extend([Work::unpack(outer, &home, "root"), Work::link(format!("{home}/target"), &store)]);
    unpack.push(Work::remove(&stage));
    for (name, path, mode) in &places {
        unpack.push(Work::folder(path, *mode, owner));
        unpack.push(Work::link(format!("{home}/{name}"), path));
    }
    for (name, writes) in &shares {
        let path = format!("{VOLUME}/{name}");
        unpack.push(Work::folder(&path, 0o775, if *writes { &user } else { "root" }));
        if dsm == Dsm::V7 {
            unpack.push(Work::folder(format!("{home}/shares"), 0o755, "root"));
            unpack.push(Work::link(format!("{home}/shares/{name}"), path));
        }
    }

    let links = [spk.linked(&resource, &home), spk.desktop(&store)].concat();
    let mut values = spk.values(volume, &store, &home, &stage, &keep, &message_file, bare.kernel);
    values.insert(Value::User, user.clone());
    let release_text = release_file(release);
    values.insert(Value::Firmware, format!("{}.{}-{}", release.0, release.1, release.2));
    values.insert(Value::FirmwareMajor, release.0.to_string());
    values.insert(Value::FirmwareMinor, release.1.to_string());
    values.insert(Value::FirmwareBuild, release.2.to_string());

    let mut account =
        Account::new(&user, UID, &group, UID, &format!("{home}/{}", if dsm == Dsm::V7 { "home" } else { "target" }));
    account.groups.extend(text("join-groupname").map(str::to_owned));
    let mut accounts = vec![
        Account::root(),
        Account::new("admin", 1024, "users", 100, "/var/services/homes/admin"),
        Account::new("http", 1023, "http", 1023, "/var/services/web"),
        Account::new("nobody", 99, "nobody", 99, "/"),
    ];
    if dsm > Dsm::V5 {
        accounts.push(account);
    }
    let not_modelled = spk.not_modelled(&resource, &privilege);
    Ok(Firmware {
        accounts,
        skeleton: skeleton(volume, &release_text),
        volatile: VOLATILE,
        places: Places {
            app_dir: if dsm == Dsm::V7 { format!("{home}/target") } else { store.clone() },
            apps_dir: format!("{volume}/@appstore"),
            new_scripts: format!("{stage}/scripts"),
            scripts: format!("{home}/scripts"),
            upload_dir: format!("{stage}/package"),
            message_file,
            own,
            kept,
            shared: SHARED.iter().map(ToString::to_string).collect(),
            lasting,
        },
        user: runs_as,
        users,
        prepare,
        unpack,
        remove: vec![Work::remove(&store), Work::remove(&temp)],
        forget: vec![Work::remove(&home), Work::remove(&temp), Work::remove(&stage), Work::remove(&keep)],
        switch_on: links.iter().map(|(link, target)| Work::link(link, target)).collect(),
        switch_off: links.iter().map(|(link, _)| Work::remove(link)).collect(),
        values,
        answers,
        page: info.page(),
        startable: !["startable", "ctl_stop"].into_iter().any(|key| info.get(key) == Some("no")),
        checks_first: dsm > Dsm::V5 && info.get("precheckstartstop") == Some("yes"),
        not_modelled,
        ..bare
    })
}

fn skeleton(volume: &str, release: &str) -> Vec<Work> {
    let mut made = vec![
        Work::folder(volume, 0o755, "root"),
        Work::folder(VOLUME, 0o755, "root"),
        Work::folder("/tmp", 0o1777, "root"),
        Work::folder("/var/tmp", 0o1777, "root"),
        Work::link("/var/run", "/run"),
    ];
    let system =
        ["/run", "/var/packages", "/var/log/packages", "/usr/syno/etc/packages", "/etc.defaults", "/var/services"];
    made.extend(system.map(|path| Work::folder(path, 0o755, "root")));
    made.extend(
        SHARED
            .iter()
            .filter(|path| !path.ends_with("/tmp") && **path != "/tmp")
            .map(|path| Work::folder(*path, 0o755, "root")),
    );
    for folder in ["@appstore", "@appconf", "@appdata", "@apptemp", "@apphome", "@tmp/synopkg"] {
        made.push(Work::folder(format!("{volume}/{folder}"), 0o755, "root"));
    }
    for file in ["/etc.defaults/VERSION", "/etc/VERSION"] {
        made.push(Work::Write { path: file.to_owned(), content: release.as_bytes().to_vec(), mode: 0o644 });
    }
    made
}

/// What scripts read to know which DSM they are on.
fn release_file((major, minor, build): Release) -> String {
    format!(
        "majorversion=\"{major}\"\nminorversion=\"{minor}\"\nproductversion=\"{major}.{minor}\"\nbuildnumber=\"{build}\"\n"
    )
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

    fn page(&self) -> Option<Page> {
        let port = self.get("adminport")?.parse().ok().filter(|port| *port > 0)?;
        let protocol = if self.get("adminprotocol") == Some("https") { Protocol::Https } else { Protocol::Http };
        let path = self.get("adminurl").unwrap_or_default();
        Some(Page { protocol, port, path: format!("/{}", path.trim_start_matches('/')) })
    }
}

/// A package for one generation of DSM.
struct Spk<'a> {
    package: &'a str,
    dsm: Dsm,
    info: &'a Info<'a>,
    tree: &'a Tree,
}

impl Spk<'_> {
    /// A metadata file, or nothing where there is none or it is no JSON.
    fn json(&self, path: &str) -> Json {
        self.tree.small_file(path, LARGEST).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Everything but the payload.
    fn outer(&self) -> Tree {
        let mut outer = Tree::new();
        for (path, entry) in self.tree.iter().filter(|(path, _)| !is_payload(path.as_str())) {
            // What was in one tree has a place in another.
            let _ = outer.insert(path.as_str(), Entry::clone(entry));
        }
        outer
    }

    /// Who runs the scripts, and the calls for which that is somebody else.
    fn users(&self, privilege: &Json, user: &str) -> (String, BTreeMap<String, String>) {
        let who = |run_as: Option<&Json>| match run_as.and_then(Json::as_str) {
            Some("package") => user.to_owned(),
            _ => "root".to_owned(),
        };
        match self.dsm {
            Dsm::V5 => ("root".to_owned(), BTreeMap::new()),
            Dsm::V6 => {
                let one = |entry: &Json| Some((entry.get("action")?.as_str()?.to_owned(), who(entry.get("run-as"))));
                let entries = privilege.get("ctrl-script").and_then(Json::as_array);
                let default = who(privilege.get("defaults").and_then(|defaults| defaults.get("run-as")));
                (default, entries.into_iter().flatten().filter_map(one).collect())
            }
            Dsm::V7 => (user.to_owned(), BTreeMap::new()),
        }
    }

    /// The answers that the wizards' presets give.
    fn answers(&self) -> Vec<(String, String)> {
        let mut answers: Vec<(String, String)> = Vec::new();
        for moment in WIZARDS {
            let wizard = self.json(&format!("WIZARD_UIFILES/{moment}_uifile"));
            for (_, item) in find(&wizard, "[].items[]") {
                let kind = item.get("type").and_then(Json::as_str).unwrap_or_default();
                for (_, sub) in find(item, "subitems[]") {
                    let Some(key) = sub.get("key").and_then(Json::as_str) else { continue };
                    if is_env_name(key) && answers.iter().all(|(known, _)| known != key) {
                        answers.push((key.to_owned(), answer(kind, sub)));
                    }
                }
            }
        }
        answers
    }

    /// The shared folders that the package asks for, and whether its user may write there.
    fn shares(&self, resource: &Json, answers: &[(String, String)]) -> Vec<(String, bool)> {
        let shares = find(resource, "data-share.shares[]").into_iter();
        shares
            .filter_map(|(_, share)| {
                let mut name = share.get("name")?.as_str()?.to_owned();
                for (key, value) in answers {
                    name = name.replace(&format!("{{{{{key}}}}}"), value);
                }
                let is_plain = !name.is_empty() && !name.contains(['/', '{']) && name != "." && name != "..";
                let writers = find(share, "permission.rw[]");
                is_plain.then_some((name, !writers.is_empty()))
            })
            .collect()
    }

    /// What the worker `usr-local-linker` links while the package is switched on.
    fn linked(&self, resource: &Json, home: &str) -> Vec<(String, String)> {
        let mut links = Vec::new();
        for folder in ["bin", "lib", "etc"] {
            for (_, file) in find(resource, &format!("usr-local-linker.{folder}[]")) {
                let Some(file) = file.as_str() else { continue };
                if self.tree.get(&format!("package/{file}")).is_some() {
                    let name = file.rsplit('/').next().unwrap_or(file);
                    links.push((format!("/usr/local/{folder}/{name}"), format!("{home}/target/{file}")));
                }
            }
        }
        links
    }

    /// The folders that DSM's desktop finds the package's pages by: `ui`, or `link:ui/app1 other:ui/app2`.
    fn desktop(&self, store: &str) -> Vec<(String, String)> {
        let words = self.info.get("dsmuidir").unwrap_or_default().split_whitespace();
        words
            .map(|word| word.split_once(':').unwrap_or((self.package, word)))
            .filter(|(name, folder)| !name.contains('/') && !folder.starts_with('/'))
            .map(|(name, folder)| (format!("/usr/syno/synoman/webman/3rdparty/{name}"), format!("{store}/{folder}")))
            .collect()
    }

    #[expect(clippy::too_many_arguments, reason = "they are what the values are made from")]
    fn values(
        &self,
        volume: &str,
        store: &str,
        home: &str,
        stage: &str,
        keep: &str,
        message_file: &str,
        kernel: Option<&'static str>,
    ) -> BTreeMap<Value, String> {
        let first = self.info.opened.devices.first().map_or("noarch", String::as_str);
        let arch = match first {
            "x86_64" | "noarch" => "apollolake",
            "armv8" => "rtd1296",
            "armv7" => "alpine",
            "i686" => "evansport",
            "armv5" => "88f628x",
            platform => platform,
        };
        let app_dir = if self.dsm == Dsm::V7 { format!("{home}/target") } else { store.to_owned() };
        BTreeMap::from([
            (Value::Package, self.package.to_owned()),
            (Value::Version, self.info.opened.version.clone().unwrap_or_default()),
            (Value::AppDir, app_dir),
            (Value::AppsDir, format!("{volume}/@appstore")),
            (Value::UploadDir, format!("{stage}/package")),
            (Value::KeepDir, keep.to_owned()),
            (Value::MessageFile, message_file.to_owned()),
            (Value::Volume, volume.to_owned()),
            (Value::VarDir, format!("{home}/var")),
            (Value::TempDir, format!("{home}/tmp")),
            (Value::HomeDir, format!("{home}/home")),
            (Value::Port, self.info.get("adminport").unwrap_or_default().to_owned()),
            (Value::File, format!("{volume}/@tmp/synopkg/{}.spk", self.package)),
            (Value::Arch, arch.to_owned()),
            (Value::Kernel, kernel.unwrap_or("4.4.59").to_owned()),
            (Value::Model, "DS918+".to_owned()),
        ])
    }

    fn not_modelled(&self, resource: &Json, privilege: &Json) -> Vec<&'static str> {
        let mut not = vec![
            "DSM's own services, its desktop and its firewall",
            "the package's own file, which `SYNOPKG_TEMP_SPKFILE` names",
            "access control lists: shared folders have an owner and a mode",
        ];
        let workers: Vec<&str> = resource.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        if workers.iter().any(|name| !["usr-local-linker", "data-share", "port-config"].contains(name)) {
            not.push("workers other than usr-local-linker, data-share and port-config");
        }
        if WIZARDS.iter().any(|name| self.tree.get(&format!("WIZARD_UIFILES/{name}_uifile.sh")).is_some()) {
            not.push("wizards that a script writes: their variables are not set");
        }
        if find(privilege, "tool[].capabilities").iter().any(|(_, capabilities)| capabilities.is_string()) {
            not.push("capabilities of tools, which DSM gives to signed packages only");
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
            let must = rule("allowBlank").is_some_and(|blank| *blank == false) || rule("minLength").is_some();
            if must { ANSWER.to_owned() } else { String::new() }
        }
    }
}

fn is_payload(path: &str) -> bool {
    path == "package" || path.starts_with("package/")
}
