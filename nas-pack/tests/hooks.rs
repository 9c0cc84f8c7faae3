//! The generated scripts: read by every shell and by shellcheck, and run through whole lives in a sandbox.
//!
//! What a machine lacks (BusyBox, bubblewrap, shellcheck) is not run here, and said; the end-to-end tests demand it.

#![cfg(feature = "pack")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failing helper fails its test, and says what it skips")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nas_pack::diagnostic::Findings;
use nas_pack::hooks::lifecycle::{Act, Lifecycle, RunsAs, What};
use nas_pack::hooks::templates::{self, Templates};
use nas_pack::hooks::{Event, HookRequest, Hooks, Script, Step, Text, render};
use nas_pack::layer::Origin;
use nas_pack::model::{
    App, Compression, Icon, Mode, Person, Protocol, Service, Setting, SettingChoice, SettingKind, Settings,
    SettingsPage, VendorId,
};
use nas_pack::vendor::vendor;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

fn text(source: &str) -> Text {
    Text::parse(source).unwrap()
}

/// BusyBox's own web server is the daemon: it is there, it is one static file, and it goes by the name it is given.
fn sample() -> App {
    let person = Person { name: "Ann".to_owned(), email: None };
    App {
        package: "beacon".to_owned(),
        name: "Beacon".to_owned(),
        version: "1.2.3".parse().unwrap(),
        revision: 0,
        translations: BTreeMap::new(),
        description: "Shines".to_owned(),
        maintainer: person.clone(),
        developer: person,
        homepage: None,
        support_url: None,
        license_file: None,
        changelog: None,
        icon: Icon::Generated,
        binaries: vec!["httpd".to_owned()],
        service: Some(Service {
            exec: "httpd".to_owned(),
            args: ["-f", "-p", "{port}", "-h", "{data_dir}"].map(text).to_vec(),
            env: BTreeMap::from([("BEACON_CONFIG".to_owned(), text("{config_dir}/beacon.toml"))]),
            port: Some(8080),
            protocol: Protocol::Http,
            path: "/".to_owned(),
            start_timeout: 10,
            stop_timeout: 5,
            reload_signal: Some("HUP".to_owned()),
            log_limit: 1024,
        }),
        assets: Vec::new(),
        shared_folders: Vec::new(),
        settings: None,
        depends: Vec::new(),
        conflicts: Vec::new(),
        hooks: Hooks::new(),
        templates: Templates::default(),
        remove_data: false,
        compression: Compression::Default,
        vendors: VendorId::ALL.to_vec(),
        targets: BTreeMap::new(),
    }
}

fn without_service() -> App {
    App { service: None, ..sample() }
}

/// Each event leaves a line in a file, and the steps of every kind are there.
fn with_steps() -> App {
    let mut app = sample();
    for event in Event::ALL {
        app.hooks.push(event, Step::Sh { script: format!("echo {event} >>/trace\n") });
    }
    let config = "{config_dir}/beacon.toml";
    for step in [
        Step::Mkdir { path: text("{data_dir}/cache"), mode: Some(0o700) },
        Step::InstallIfMissing { from: text("{app_dir}/share/beacon.toml"), to: text(config), mode: Some(0o640) },
        Step::Chown { path: text(config), owner: text("{user}:{group}"), recursive: false },
        Step::Symlink { target: text(config), link: text("{data_dir}/current.toml") },
        Step::Backup { path: text(config) },
        Step::Run { command: ["test", "-f", config].map(text).to_vec() },
    ] {
        app.hooks.push(Event::PreStart, step);
    }
    app
}

/// Every value that an author writes tries to become code.
fn nasty() -> App {
    const EVIL: &str = "a'b\"c $(touch /pwned) `touch /pwned` $HOME \\ * ; -n & | < > # ! ~ ü";
    let evil = || Text::literal(EVIL);
    let mut app = with_steps();
    app.name = EVIL.into();
    let service = app.service.as_mut().unwrap();
    service.exec = EVIL.replace('/', "_");
    service.args = vec![evil(), text("--x={data_dir}/it's {{here}}"), Text::default()];
    service.env = BTreeMap::from([("EVIL".to_owned(), evil())]);
    service.reload_signal = Some("HUP; touch /pwned".to_owned());
    for step in [
        Step::Mkdir { path: evil(), mode: None },
        Step::InstallIfMissing { from: evil(), to: evil(), mode: None },
        Step::Chown { path: evil(), owner: evil(), recursive: true },
        Step::Symlink { target: evil(), link: evil() },
        Step::Backup { path: evil() },
        Step::Run { command: vec![evil(), evil()] },
    ] {
        app.hooks.push(Event::PostStart, step);
    }
    app
}

/// A setting of every kind.
fn settings() -> Settings {
    let field = |key: &str, optional, kind| Setting {
        key: key.to_owned(),
        label: format!("The {key}"),
        help: None,
        optional,
        kind,
        translations: BTreeMap::new(),
    };
    let choice =
        |value: &str| SettingChoice { value: value.to_owned(), label: value.to_owned(), translations: BTreeMap::new() };
    let text = |secret, default: Option<&str>| SettingKind::Text {
        min: 0,
        max: 40,
        pattern: None,
        secret,
        default: default.map(str::to_owned),
    };
    let fields = vec![
        field("title", false, text(false, Some("Beacon"))),
        field("token", true, text(true, None)),
        field("count", false, SettingKind::Number { min: 1, max: 9, default: Some(3) }),
        field("shines", false, SettingKind::Flag { default: true }),
        field(
            "theme",
            false,
            SettingKind::Choice { choices: vec![choice("dark"), choice("light")], default: Some("dark".to_owned()) },
        ),
    ];
    let page = SettingsPage { title: "Beacon".to_owned(), translations: BTreeMap::new(), fields };
    Settings { file: "settings.toml".to_owned(), mode: Mode(0o600), pages: vec![page] }
}

fn with_settings() -> App {
    App { settings: Some(settings()), ..with_steps() }
}

fn request<'a>(lifecycle: &'static Lifecycle, app: &'a App, version: &'a str) -> HookRequest<'a> {
    HookRequest { lifecycle, app, version }
}

fn scripts_of(lifecycle: &'static Lifecycle, app: &App) -> Vec<Script> {
    render(&request(lifecycle, app, "1.2.3")).unwrap()
}

fn scripts(id: VendorId, app: &App) -> Vec<Script> {
    scripts_of(vendor(id).lifecycle(), app)
}

/// The tables of every generation of these vendors.
fn lifecycles(ids: &[VendorId]) -> impl Iterator<Item = &'static Lifecycle> {
    ids.iter().flat_map(|&id| vendor(id).lifecycles())
}

fn variants() -> Vec<(&'static str, App)> {
    let without_port = App {
        service: sample().service.map(|service| Service { port: None, reload_signal: None, ..service }),
        remove_data: true,
        ..sample()
    };
    let steps_only = App { service: None, ..with_steps() };
    vec![
        ("service", sample()),
        ("no service", without_service()),
        ("no port", without_port),
        ("steps", with_steps()),
        ("steps only", steps_only),
        ("nasty", nasty()),
        ("settings", with_settings()),
        ("settings only", App { settings: Some(settings()), ..without_service() }),
    ]
}

/// Where a program is, or a note that it is missing.
fn tool(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("not run: {name} is not here");
    }
    found
}

fn succeeded(output: &Output, what: &str) {
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}\n{out}\n{err}", output.status);
}

#[test]
fn every_shell_and_shellcheck_accept_every_script() {
    let dir = TempDir::new().unwrap();
    let mut files = Vec::new();
    // Those of OS3 differ from those of OS5 in the vendor's name only.
    for lifecycle in lifecycles(&[VendorId::Asustor, VendorId::Synology, VendorId::WdOs5]) {
        for (variant, app) in variants() {
            for script in scripts_of(lifecycle, &app) {
                let Lifecycle { vendor, generation, .. } = lifecycle;
                let generation = generation.replace('/', " ");
                let file = dir.path().join(format!("{vendor} {generation} {variant} {}", script.name));
                fs::write(&file, &script.text).unwrap();
                assert!(script.text.starts_with("#!/bin/sh\n# generated by nas-pack\n"), "{}", file.display());
                assert!(!script.text.contains(['\r', '\0']), "{}", file.display());
                assert_eq!(script.mode, 0o755);
                files.push(file);
            }
        }
    }
    for (name, args) in [("sh", &["-n"][..]), ("bash", &["--posix", "-n"]), ("busybox", &["sh", "-n"])] {
        if let Some(shell) = tool(name) {
            for file in &files {
                let output = Command::new(&shell).args(args).arg(file).output().unwrap();
                succeeded(&output, &format!("{name}: {}", file.display()));
            }
        }
    }
    if let Some(shellcheck) = tool("shellcheck") {
        // It warns of each `$` in single quotes, and these values have them.
        let (evil, good): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.to_string_lossy().contains("nasty"));
        for (files, exclude) in [(good, "SC0000"), (evil, "SC2016")] {
            let args = ["-s", "sh", "--norc", "-f", "gcc", "-e", exclude];
            let output = Command::new(&shellcheck).args(args).args(files).output().unwrap();
            succeeded(&output, "shellcheck");
        }
    }
}

#[test]
fn the_scripts_that_people_read() {
    for (vendor, names) in [
        (VendorId::Asustor, &["start-stop.sh", "pre-install.sh", "pre-uninstall.sh"][..]),
        (VendorId::Synology, &["start-stop-status", "postinst", "postuninst"]),
        (VendorId::WdOs5, &["service.sh", "install.sh", "init.sh", "remove.sh"]),
    ] {
        for script in scripts(vendor, &sample()).iter().filter(|script| names.contains(&script.name)) {
            insta::assert_snapshot!(format!("{vendor}-{}", script.name), script.text);
        }
    }
    let scripts = scripts(VendorId::Synology, &with_steps());
    let start = scripts.iter().find(|script| script.name == "start-stop-status").unwrap();
    insta::assert_snapshot!("synology-start-stop-status-with-steps", start.text);
}

/// A template cannot forget an event that the table says its script runs.
#[test]
fn every_hosted_event_is_run() {
    for lifecycle in lifecycles(&VendorId::ALL) {
        let id = lifecycle.vendor;
        for app in [with_steps(), App { service: None, ..with_steps() }] {
            for script in scripts_of(lifecycle, &app) {
                let spec = lifecycle.script(script.name).unwrap();
                for hosted in spec.events {
                    let call = format!("on_{}", hosted.event.name().replace('-', "_"));
                    let calls = script.text.lines().filter(|line| line.trim() == call).count();
                    assert_eq!(calls, 1, "{id} {}: {}", script.name, hosted.event);
                }
            }
        }
    }
}

/// Every call of the table is of a script that the package has, and the moments that all vendors share are there.
#[test]
fn the_tables_hold_together() {
    for id in VendorId::ALL {
        assert_eq!(vendor(id).lifecycles().first(), Some(&vendor(id).lifecycle()));
        assert!(vendor(id).lifecycles().iter().all(|lifecycle| lifecycle.vendor == id));
    }
    for lifecycle in lifecycles(&VendorId::ALL) {
        let id = lifecycle.vendor;
        for moment in lifecycle.moments {
            for act in moment.acts {
                if let Act::Call(call) = act {
                    assert!(lifecycle.script(call.script).is_some(), "{id}: {}", call.script);
                }
            }
        }
        for what in [What::Install, What::Upgrade, What::Start, What::Stop, What::Uninstall, What::Boot] {
            assert!(lifecycle.moment(what).is_some(), "{id}: {what:?}");
        }
        for event in Event::ALL {
            let asustor_only = matches!(event, Event::PreSnapshotRestore | Event::PostSnapshotRestore);
            let hosted = lifecycle.hosts(event).count();
            assert_eq!(hosted, usize::from(!asustor_only || id == VendorId::Asustor), "{id}: {event}");
        }
    }
}

#[test]
fn lines_of_the_author_stay_as_they_are() {
    let mut app = sample();
    let lines = "cat <<END\n\n\n  {{package}} \\ $HOME \nEND";
    app.hooks.push(Event::PreStart, Step::Sh { script: format!("{}\r\n", lines.replace('\n', "\r\n")) });
    let scripts = scripts(VendorId::WdOs5, &app);
    let service = scripts.iter().find(|script| script.name == "service.sh").unwrap();
    assert!(service.text.contains(&format!("    set -e\n{lines}\n)\n")), "{}", service.text);
}

#[test]
fn what_cannot_work_is_refused() {
    let mut app = sample();
    app.service.as_mut().unwrap().env.insert("A-B".to_owned(), Text::default());
    let refusal = render(&request(vendor(VendorId::Asustor).lifecycle(), &app, "1")).unwrap_err().to_string();
    assert!(refusal.contains("`A-B` cannot be the name of an environment variable"));
}

/// What the sandbox's `/bin/sh` is, and which programs there are beside it.
#[derive(Clone, Copy, Debug)]
enum Userland {
    /// BusyBox with all its applets.
    Full,
    /// A stranger shell, and only what the scripts may count on: nothing to detach with, nothing to change the user.
    Sparse,
    /// The same with `su` and `setsid`.
    Su,
    /// The same with bash for a shell, which DSM has.
    Bash,
}

/// What the generated scripts may count on beside the shell.
const COUNTED_ON: [&str; 19] = [
    "cat", "chmod", "chown", "cp", "date", "dirname", "grep", "id", "ln", "ls", "mkdir", "mv", "readlink", "rm",
    "rmdir", "sleep", "sync", "tr", "wc",
];

/// A `grep` with no more options than that of BusyBox 1.19, which ADM 3 has.
const OLD_GREP: &str = "#!/bin/sh\nwhile getopts HhnlLoqvsriwFEm:e:f: option \"$@\"; do\n    \
                        [ \"$option\" != '?' ] || exit 1\ndone\nexec /bin/busybox grep \"$@\"\n";

/// A root folder with the vendor's places, the packages `/v1` and `/v2` and the scenario.
fn sandbox(lifecycle: &'static Lifecycle, userland: Userland, app: &App, scenario: &str) -> Option<()> {
    let vendor = lifecycle.vendor;
    let as_root = matches!(lifecycle.runs_as, RunsAs::Root { .. });
    let (bwrap, busybox) = (tool("bwrap")?, tool("busybox")?);
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("root");
    for folder in ["bin", "etc", "proc", "dev", "tmp", "usr", "lib", "lib64"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let copied = root.join("bin/busybox");
    fs::copy(&busybox, &copied).unwrap();
    let link = |name: &str| symlink("busybox", root.join("bin").join(name)).unwrap();
    match userland {
        Userland::Full => {
            let list = Command::new(&busybox).arg("--list").output().unwrap();
            String::from_utf8(list.stdout).unwrap().lines().filter(|&name| name != "busybox").for_each(link);
        }
        Userland::Sparse | Userland::Su | Userland::Bash => {
            COUNTED_ON.into_iter().for_each(link);
            let grep = root.join("bin/grep");
            fs::remove_file(&grep).unwrap();
            fs::write(&grep, OLD_GREP).unwrap();
            fs::set_permissions(&grep, fs::Permissions::from_mode(0o755)).unwrap();
            if matches!(userland, Userland::Su) {
                ["su", "setsid"].into_iter().for_each(link);
            }
            let shell = if matches!(userland, Userland::Bash) { tool("bash")? } else { PathBuf::from("/bin/sh") };
            fs::copy(fs::canonicalize(shell).unwrap(), root.join("bin/sh")).unwrap();
        }
    }
    let is_root = fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    // Without root there is one user in the sandbox, so the vendor's account is left out and root stays.
    let account = |line: &'static str| if is_root { line } else { "" };
    fs::write(
        root.join("etc/passwd"),
        format!(
            "root:x:0:0::/:/bin/sh\nbeacon:x:1000:1000::/:/bin/sh\n{}",
            account("admin:x:999:999::/:/bin/false\nnobody:x:501:1000::/:/bin/false\n")
        ),
    )
    .unwrap();
    fs::write(root.join("etc/group"), "root:x:0:\nadministrators:x:999:\nshare:x:1000:\n").unwrap();
    // A folder that belongs to nobody in the sandbox.
    if is_root {
        fs::create_dir(root.join("foreign")).unwrap();
        std::os::unix::fs::chown(root.join("foreign"), Some(4242), None).unwrap();
    } else {
        symlink("/proc", root.join("foreign")).unwrap();
    }
    let daemon_uid = match (vendor, userland) {
        _ if !as_root => 1000,
        (_, Userland::Sparse | Userland::Bash) => 0,
        _ if !is_root => 0,
        (VendorId::Asustor, _) => 999,
        (VendorId::Synology, _) if matches!(lifecycle.runs_as, RunsAs::Root { user: "NAME", .. }) => 1000,
        _ => 501,
    };
    fs::write(
        root.join("scenario"),
        format!("userland={userland:?}\ndaemon_uid={daemon_uid}\n{}{scenario}", include_str!("scenarios/common.sh")),
    )
    .unwrap();
    for (name, version) in [("v1", "1.0.0"), ("v2", "2.0.0")] {
        let package = root.join(name);
        let write = |path: &str, content: &[u8], mode: u32| {
            let path = package.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let folder = match vendor {
            VendorId::Asustor => "CONTROL/",
            VendorId::Synology => "scripts/",
            VendorId::WdOs5 | VendorId::WdOs3 => "beacon/",
        };
        let content = if vendor.section() == "wd" { "beacon/" } else { "files/" };
        for script in render(&request(lifecycle, app, version)).unwrap() {
            write(&format!("{folder}{}", script.name), script.text.as_bytes(), script.mode);
        }
        write(&format!("{content}bin/httpd"), &fs::read(&busybox).unwrap(), 0o755);
        write(&format!("{content}bin/stubborn"), b"#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n", 0o755);
        write(&format!("{content}bin/brief"), b"#!/bin/sh\necho cannot go on\nexit 7\n", 0o755);
        write(&format!("{content}share/beacon.toml"), b"greeting = 1\n", 0o644);
        write(&format!("{content}share/version"), version.as_bytes(), 0o644);
        write(&format!("{content}web/index.html"), b"moved\n", 0o644);
    }

    let mut command = Command::new(bwrap);
    command.args(["--unshare-pid", "--unshare-net", "--unshare-ipc", "--die-with-parent", "--clearenv"]);
    match (as_root, is_root) {
        (false, _) => {
            // DSM runs packages as their own user: one that is not root.
            command.args(["--unshare-user", "--uid", "1000", "--gid", "1000"]);
        }
        (_, false) => {
            command.args(["--unshare-user", "--uid", "0", "--gid", "0"]);
        }
        (_, true) => {}
    }
    command.arg("--bind").arg(&root).arg("/");
    // For a shell that is not static.
    for libraries in ["/usr/lib", "/usr/lib64", "/lib", "/lib64"] {
        if Path::new(libraries).is_dir() {
            command.args(["--ro-bind", libraries, libraries]);
        }
    }
    command.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    command.args(["--setenv", "PATH", "/bin", "--setenv", "TERM", "dumb"]);
    command.args(["/bin/busybox", "sh", "/scenario"]);
    let log = dir.path().join("log");
    // A file, not a pipe: a daemon that held the script's output would keep a pipe open for ever. The scenario checks that
    // none does.
    let file = fs::File::create(&log).unwrap();
    let status = command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).status().unwrap();
    let log = fs::read_to_string(&log).unwrap();
    let generation = lifecycle.generation;
    assert!(status.success(), "{vendor} {generation} {userland:?}: {status}\n{log}");
    assert!(log.ends_with("scenario done\n"), "{vendor} {generation} {userland:?}: it ended early\n{log}");
    Some(())
}

fn lives(vendor: VendorId, scenario: &str) {
    lives_with(nas_pack::vendor::vendor(vendor).lifecycle(), scenario);
}

fn lives_with(lifecycle: &'static Lifecycle, scenario: &str) {
    let app = with_steps();
    std::thread::scope(|scope| {
        for userland in [Userland::Full, Userland::Sparse, Userland::Su, Userland::Bash] {
            let app = &app;
            scope.spawn(move || sandbox(lifecycle, userland, app, scenario));
        }
    });
}

#[test]
fn a_life_on_asustor() {
    lives(VendorId::Asustor, include_str!("scenarios/asustor.sh"));
}

#[test]
fn a_life_on_synology() {
    lives(VendorId::Synology, include_str!("scenarios/synology.sh"));
}

#[test]
fn a_life_on_synology_before_dsm_7() {
    for lifecycle in &vendor(VendorId::Synology).lifecycles()[1..] {
        lives_with(lifecycle, include_str!("scenarios/synology-before-7.sh"));
    }
}

#[test]
fn a_life_on_wd() {
    lives(VendorId::WdOs5, include_str!("scenarios/wd.sh"));
}

/// The settings file is there when the first step of the author's runs, belongs to whom the daemon runs as, outlives what it should, and
/// comes back where it is lost.
#[test]
fn settings_live() {
    for lifecycle in lifecycles(&[VendorId::Asustor, VendorId::Synology, VendorId::WdOs5]) {
        let scenario = match (lifecycle.vendor, &lifecycle.runs_as) {
            (VendorId::Asustor, _) => include_str!("scenarios/asustor.sh"),
            (VendorId::Synology, RunsAs::Package { .. }) => include_str!("scenarios/synology.sh"),
            (VendorId::Synology, RunsAs::Root { .. }) => include_str!("scenarios/synology-before-7.sh"),
            _ => include_str!("scenarios/wd.sh"),
        };
        // The functions of the vendor's scenario, and its own acts behind them.
        let functions = scenario.split_once("\nact ").unwrap().0;
        let acts = include_str!("scenarios/settings.sh");
        std::thread::scope(|scope| {
            for (userland, remove_data) in
                [(Userland::Full, false), (Userland::Sparse, true), (Userland::Bash, false), (Userland::Su, true)]
            {
                let scenario = format!("{functions}\nremoves_data={remove_data}\n{acts}");
                let app = App { remove_data, ..with_settings() };
                scope.spawn(move || sandbox(lifecycle, userland, &app, &scenario));
            }
        });
    }
}

/// Whatever an author writes arrives at the daemon as it was written, and nothing else happens.
#[test]
fn values_stay_values() {
    let mut app = nasty();
    let service = app.service.as_mut().unwrap();
    service.port = None;
    sandbox(vendor(VendorId::Synology).lifecycle(), Userland::Full, &app, include_str!("scenarios/values.sh"));
    sandbox(vendor(VendorId::Synology).lifecycle(), Userland::Sparse, &app, include_str!("scenarios/values.sh"));
}

/// What shells, printf, echo, test and the templates themselves could take for something else than text.
const PIECES: [&str; 40] = [
    "'",
    "\"",
    "'\\''",
    "`touch /pwned`",
    "$(touch /pwned)",
    "${HOME}",
    "$1",
    "$$",
    "*",
    "?",
    "[a]",
    " ",
    "  ",
    "\t",
    "\n",
    "-n",
    "--",
    "-rf ",
    ";",
    "&",
    "|",
    ">x",
    "<x",
    "#",
    "!",
    "~",
    "\\",
    "\\n",
    "%s",
    "=",
    "(",
    ")",
    "{{package}}",
    "}",
    "END",
    "ü",
    "日本",
    "😀",
    "\u{1b}[1m",
    "\u{7f}",
];

/// Texts that an author may write, and line breaks, which no text of the manifest can have.
fn values(count: usize) -> Vec<Vec<String>> {
    let piece = proptest::sample::select(&PIECES[..]);
    let value = proptest::collection::vec(piece, 1..9).prop_map(|pieces| {
        let text = pieces.concat();
        let mut breaks = 0;
        // One line break is enough, and leaves no blank lines for the templates to tidy away.
        text.chars().filter(|&c| c != '\n' || std::mem::replace(&mut breaks, 1) == 0).collect::<String>()
    });
    let cases = proptest::collection::vec(proptest::collection::vec(value, 8), count);
    cases.new_tree(&mut TestRunner::deterministic()).unwrap().current()
}

/// One life of a daemon with a case's values everywhere: what must come out of it.
struct Trial {
    folder: PathBuf,
    /// What the daemon and the step `run` are called with, and what is in the daemon's environment.
    called: Vec<u8>,
    stepped: Vec<u8>,
    /// What the steps make in the folder in which the script runs.
    made: Vec<String>,
}

/// Whatever an author writes in a field that scripts are made from arrives as it was written, on every vendor's boxes and in every
/// shell (they take turns), and nothing else happens.
#[test]
fn values_of_all_kinds_stay_values() {
    let (Some(bwrap), Some(busybox)) = (tool("bwrap"), tool("busybox")) else { return };
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("root");
    for folder in ["bin", "etc", "proc", "dev", "tmp", "usr", "lib", "lib64", "t"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::copy(&busybox, root.join("bin/busybox")).unwrap();
    let list = Command::new(&busybox).arg("--list").output().unwrap();
    let applets = String::from_utf8(list.stdout).unwrap();
    applets
        .lines()
        .filter(|&name| name != "busybox")
        .for_each(|name| symlink("busybox", root.join("bin").join(name)).unwrap());
    fs::write(root.join("etc/passwd"), "root:x:0:0::/:/bin/sh\n").unwrap();
    fs::write(root.join("etc/group"), "root:x:0:\n").unwrap();
    let program = |path: &Path, text: &str| {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    program(&root.join("print"), "#!/bin/sh\nprintf '%s\\0' \"$@\" >\"$OUT/stepped\"\n");
    let mut shells = vec![("busybox", "/bin/busybox sh")];
    for (name, call) in [("dash", "/bin/dash.own"), ("bash", "/bin/bash.own --posix")] {
        if let Some(shell) = tool(name) {
            fs::copy(fs::canonicalize(shell).unwrap(), root.join(format!("bin/{name}.own"))).unwrap();
            shells.push((name, call));
        }
    }

    let mut trials = Vec::new();
    for (number, values) in values(24).into_iter().enumerate() {
        let file = |index: usize, end: &str| format!("{}{end}", values[index].replace('/', "_"));
        let [folder, copy, link, target] = [file(0, ".d"), file(1, ".f"), file(2, ".l"), file(3, ".t")];
        let literal = |text: &str| Text::literal(text);
        let written = |text: &str| text.replace('{', "{{").replace('}', "}}");
        let mut app = sample();
        app.name.clone_from(&values[0]);
        let service = app.service.as_mut().unwrap();
        service.exec = file(4, "x").replace('\n', "_");
        service.args = values.iter().map(|value| literal(value)).collect();
        service.args.push(text(&format!("{{package}}{}", written(&values[5]).replace('\n', " "))));
        service.env = BTreeMap::from([("V".to_owned(), literal(&values[6])), ("W".to_owned(), text("{version}"))]);
        service.reload_signal = Some(values[7].clone());
        let stepped: Vec<_> = values.iter().rev().cloned().collect();
        for event in [Event::PostInstall, Event::Boot] {
            for step in [
                Step::Mkdir { path: literal(&folder), mode: Some(0o700) },
                Step::InstallIfMissing { from: literal("/print"), to: literal(&copy), mode: None },
                Step::Backup { path: literal(&copy) },
                Step::Chown { path: literal(&copy), owner: literal("root:root"), recursive: number % 2 == 0 },
                Step::Symlink { target: literal(&target), link: literal(&link) },
                Step::Run {
                    command: std::iter::once("/print").chain(stepped.iter().map(String::as_str)).map(literal).collect(),
                },
            ] {
                app.hooks.push(event, step);
            }
        }
        let expected = service_output(&values, &format!("beacon{}", values[5].replace('\n', " ")));
        let ids = [VendorId::Asustor, VendorId::Synology, VendorId::WdOs5];
        for (turn, lifecycle) in lifecycles(&ids).enumerate() {
            let id = lifecycle.vendor;
            let scripts = scripts_of(lifecycle, &app);
            let (shell, call) = shells[(number + turn) % shells.len()];
            let name = format!("{number} {id} {} {shell}", lifecycle.generation.replace(['/', ' '], ""));
            let name = name.replace(' ', "-");
            let here = root.join("t").join(&name);
            let home = here.join("@appstore/beacon");
            fs::create_dir_all(home.join("bin")).unwrap();
            fs::create_dir(here.join("cwd")).unwrap();
            for script in &scripts {
                fs::write(home.join(script.name), &script.text).unwrap();
            }
            let exec = &app.service.as_ref().unwrap().exec;
            program(&home.join("bin").join(exec), "#!/bin/sh\nprintf '%s\\0' \"$@\" \"$V\" \"$W\" >\"$OUT/called\"\n");
            let [event, start] = match id {
                VendorId::Asustor => ["post-install.sh", "start-stop.sh"],
                VendorId::Synology => ["postinst", "start-stop-status"],
                VendorId::WdOs5 | VendorId::WdOs3 => ["init.sh", "service.sh"],
            };
            fs::write(
                here.join("run"),
                format!(
                    "export OUT=/t/{name}\ncd $OUT/cwd\napp=$OUT/@appstore/beacon\n\
                     export APKG_PKG_DIR=$app APKG_PKG_STATUS=install\n\
                     export SYNOPKG_PKGDEST=$app SYNOPKG_PKGVAR=$OUT/var SYNOPKG_PKG_STATUS=INSTALL\n\
                     {call} $app/{event} $app || echo \"$OUT: {event} failed\"\n\
                     {call} $app/{start} launch || echo \"$OUT: {start} failed\"\n\
                     {call} $app/{start} reload && echo \"$OUT: reloaded\"\n"
                ),
            )
            .unwrap();
            let mut made = vec![folder.clone(), copy.clone(), format!("{copy}.bak"), link.clone()];
            made.sort();
            made.dedup();
            let stepped = nul_ended(stepped.iter().map(String::as_str));
            trials.push(Trial { folder: here, called: expected.clone(), stepped, made });
        }
    }

    fs::write(root.join("all"), "for run in /t/*/run; do /bin/busybox sh \"$run\"; done\n").unwrap();
    let mut command = Command::new(bwrap);
    command.args([
        "--unshare-user",
        "--uid",
        "0",
        "--gid",
        "0",
        "--unshare-pid",
        "--unshare-net",
        "--die-with-parent",
        "--clearenv",
    ]);
    command.arg("--bind").arg(&root).arg("/");
    for libraries in ["/usr/lib", "/usr/lib64", "/lib", "/lib64"] {
        if Path::new(libraries).is_dir() {
            command.args(["--ro-bind", libraries, libraries]);
        }
    }
    command.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--setenv", "PATH", "/bin"]);
    let output = command.args(["/bin/busybox", "sh", "/all"]).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "", "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!root.join("pwned").exists(), "a value was run");
    let read = |path: PathBuf| fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for Trial { folder, called, stepped, made } in &trials {
        let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\0', "\u{2400}");
        assert_eq!(show(&read(folder.join("called"))), show(called), "{}", folder.display());
        assert_eq!(show(&read(folder.join("stepped"))), show(stepped), "{}", folder.display());
        let entries = fs::read_dir(folder.join("cwd")).unwrap();
        let mut found: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        found.sort();
        assert_eq!(&found, made, "{}", folder.display());
    }
    assert_eq!(trials.len(), 24 * 5);
}

/// What the daemon of a trial writes: its arguments, then its environment.
fn service_output(values: &[String], mixed: &str) -> Vec<u8> {
    nul_ended(values.iter().map(String::as_str).chain([mixed, values[6].as_str(), "1.2.3"]))
}

fn nul_ended<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u8> {
    texts.flat_map(|text| text.bytes().chain([0])).collect()
}

/// Templates of an author's, as `cargo nas` reads them from a folder.
fn templates(files: &[(&str, &str)]) -> Templates {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        let path = dir.path().join(format!("{name}.hbs"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let findings = Findings::new();
    let templates = Templates::read(dir.path(), &Origin::Default, &findings);
    findings.finish().unwrap();
    templates
}

#[test]
fn ejected_templates_change_nothing() {
    let files: Vec<_> = templates::all().iter().map(|template| (template.name.as_str(), template.text)).collect();
    let ejected = templates(&files);
    for lifecycle in lifecycles(&VendorId::ALL) {
        for (variant, app) in variants() {
            let own = App { templates: ejected.clone(), ..app.clone() };
            assert!(scripts_of(lifecycle, &own) == scripts_of(lifecycle, &app), "{} {variant}", lifecycle.vendor);
        }
    }
}

#[test]
fn an_author_s_templates_take_their_places() {
    let script = |id, name: &str, app: &App| {
        scripts(id, app).into_iter().find(|script| script.name == name).unwrap_or_else(|| panic!("no {name}")).text
    };
    let own = templates(&[
        ("common/note.sh", "{{> built-in/common/note.sh}}\n# and more for {{name}}\n"),
        ("wd/start.sh", "#!/bin/sh\n# {{vendor}} {{generation}} {{package}}\n\n\n\nexit 0\n"),
        ("common/events/pre-start.sh", "step_mkdir 0750 \"$NAS_DATA_DIR/{{event}}\"\n\n\n{{{steps}}}\n"),
        ("asustor/events/pre-start.sh", "echo {{vendor}} >&2\n"),
        ("common/events/post-stop.sh", "{{#if (eq vendor \"synology\")}}true\n{{/if}}"),
    ]);
    let mut app = App { templates: own, name: "It's".to_owned(), ..sample() };
    app.hooks.push(Event::PreStart, Step::Sh { script: "echo own\n\n\n".to_owned() });
    app.hooks.push(Event::PostStop, Step::Sh { script: "echo unheard\n".to_owned() });

    let wd = script(VendorId::WdOs3, "service.sh", &app);
    assert!(wd.contains("as_user note\n}\n") && wd.contains("\n# and more for 'It'\\''s'\n"), "{wd}");
    let body = "on_pre_start() (\n    set -e\nstep_mkdir 0750 \"$NAS_DATA_DIR/pre-start\"\n\n\necho own\n)\n";
    assert!(wd.contains(body) && wd.contains("step_mkdir() {") && wd.contains("step_give() {"), "{wd}");
    assert!(!wd.contains("post_stop"), "{wd}");
    assert_eq!(script(VendorId::WdOs3, "start.sh", &app), "#!/bin/sh\n# wd-os3 OS3 beacon\n\nexit 0\n");
    let asustor = script(VendorId::Asustor, "start-stop.sh", &app);
    assert!(asustor.contains("on_pre_start() (\n    set -e\necho asustor >&2\n)\n"), "{asustor}");
    assert!(!asustor.contains("step_mkdir") && !asustor.contains("unheard"), "{asustor}");
    let synology = script(VendorId::Synology, "start-stop-status", &app);
    assert!(synology.contains("on_post_stop() (\n    set -e\ntrue\n)\n"), "{synology}");
}

/// What is there for some apps only is missed when the template is filled in, and told at its line.
#[test]
fn a_value_that_an_app_does_not_have() {
    let own = templates(&[("common/export.sh", "umask 022\necho {{service.exec}} {{account.user}}\n")]);
    let app = App { templates: own, ..without_service() };
    let refusal = |id, app: &App| render(&request(vendor(id).lifecycle(), app, "1")).unwrap_err().to_string();
    insta::assert_snapshot!(refusal(VendorId::Asustor, &app), @r"
    error: `service.exec` has no value here
      at export.sh.hbs:2:8: it is there for apps with a service
      help: put it between `{{#if service}}` and `{{/if}}`
    ");
    let app = App { service: sample().service, ..app };
    insta::assert_snapshot!(refusal(VendorId::Synology, &app), @r"
    error: `account.user` has no value here
      at export.sh.hbs:2:25: it is there for vendors where root runs the scripts
      help: put it between `{{#if account}}` and `{{/if}}`
    ");
}

/// Uninstalling takes the data along where the author wants that, and an app without a daemon lives as well.
#[test]
fn no_daemon_and_no_data_left() {
    let app = App { service: None, remove_data: true, ..with_steps() };
    for lifecycle in lifecycles(&[VendorId::Asustor, VendorId::Synology, VendorId::WdOs3]) {
        sandbox(lifecycle, Userland::Sparse, &app, include_str!("scenarios/no-daemon.sh"));
    }
}
