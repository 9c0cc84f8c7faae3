//! The simulator's proof: an app with a fault for each verdict is caught by the right rule in the right scene, and the same app without a
//! fault lives a whole life on every vendor's firmware.
//!
//! What a machine lacks (BusyBox, a way to make a box) is not played here, and said; the end-to-end tests demand it.

#![cfg(all(feature = "pack", unix))]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failing helper fails its test, and says what it skips")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nas_pack::archive::{Entry, Tree};
use nas_pack::diagnostic::{Diagnostic, Findings, Level};
use nas_pack::hooks::templates::Templates;
use nas_pack::hooks::{Event, Hooks, Step, Text};
use nas_pack::layer::{Table, Value};
use nas_pack::model::{
    App, Arch, Compression, Icon, Mode, Person, Protocol, Service, Setting, SettingKind, Settings, SettingsPage,
    VendorId,
};
use nas_pack::progress::Silent;
use nas_pack::simulate::{Life, Options, Scene, SceneReport, Verdict, rules, simulate};
use nas_pack::toolchain::Home;
use nas_pack::vendor::{Device, Icons, Payload, Request, vendor};
use tempfile::TempDir;

const PORT: u16 = 8137;

/// BusyBox's own web server, by the name that it goes by, does the daemon's work.
const SERVE: &str = r#""${0%/*}/httpd" -f -p "$NAS_PORT" -h "$NAS_DATA_DIR" &"#;

/// A good daemon.
fn daemon() -> String {
    format!("#!/bin/sh\n{SERVE}\ntrap 'kill \"$!\"; exit 0' TERM\nwait \"$!\"\n")
}

/// A script of somebody who does without ours, and knows how.
const THEIRS: &str = r#"#!/bin/sh
pid=$SYNOPKG_PKGVAR/beacon.pid
alive() { [ -f "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }
case $1 in
    start)
        alive && exit 0
        "$SYNOPKG_PKGDEST/bin/httpd" -f -p 8137 -h "$SYNOPKG_PKGVAR" >/dev/null 2>&1 &
        echo "$!" >"$pid"
        ;;
    stop)
        alive || exit 0
        kill "$(cat "$pid")"
        while alive; do sleep 1; done
        ;;
    status) alive || exit 3 ;;
esac
"#;

/// An app and what it takes to make a package of it.
#[derive(Clone, Debug)]
struct Sample {
    vendor: VendorId,
    /// The firmware's generation, where packages differ by it.
    generation: &'static str,
    arch: Arch,
    app: App,
    /// The program of the service.
    program: Vec<u8>,
    /// Files of the finished package that are replaced or, without content, left out.
    instead: BTreeMap<&'static str, Option<String>>,
}

impl Sample {
    fn new(vendor: VendorId, generation: &'static str) -> Self {
        let person = Person { name: "Ann".to_owned(), email: None };
        let app = App {
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
            binaries: vec!["beacon".to_owned(), "httpd".to_owned()],
            service: Some(Service {
                exec: "beacon".to_owned(),
                args: Vec::new(),
                env: BTreeMap::new(),
                port: Some(PORT),
                protocol: Protocol::Http,
                path: "/".to_owned(),
                start_timeout: 10,
                stop_timeout: 5,
                reload_signal: None,
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
        };
        let settings = Step::InstallIfMissing {
            from: Text::parse("{app_dir}/share/beacon.toml").unwrap(),
            to: Text::parse("{config_dir}/beacon.toml").unwrap(),
            mode: Some(0o640),
        };
        let arch = match std::env::consts::ARCH {
            "aarch64" => Arch::Aarch64,
            "arm" => Arch::Armhf,
            _ => Arch::X86_64,
        };
        let sample = Self { vendor, generation, arch, app, program: daemon().into(), instead: BTreeMap::new() };
        sample.changed(|app| app.hooks.push(Event::PreStart, settings))
    }

    fn changed(mut self, change: impl FnOnce(&mut App)) -> Self {
        change(&mut self.app);
        self
    }

    fn service(self, change: impl FnOnce(&mut Service)) -> Self {
        self.changed(|app| change(app.service.as_mut().unwrap()))
    }

    /// With settings by these names, each a text.
    fn settings(self, keys: &[&str]) -> Self {
        let field = |key: &&str| Setting {
            key: (*key).to_owned(),
            label: format!("The {key}"),
            help: None,
            optional: false,
            kind: SettingKind::Text {
                min: 1,
                max: 40,
                pattern: None,
                secret: false,
                default: Some(format!("my \"{key}\" & $HOME")),
            },
            translations: BTreeMap::new(),
        };
        let fields = keys.iter().map(field).collect();
        let page = SettingsPage { title: "Beacon".to_owned(), translations: BTreeMap::new(), fields };
        let settings = Settings { file: "settings.toml".to_owned(), mode: Mode(0o600), pages: vec![page] };
        self.changed(|app| app.settings = Some(settings))
    }

    fn version(self, version: &str) -> Self {
        self.changed(|app| app.version = version.parse().unwrap())
    }

    /// The author's own lines for an event.
    fn step(self, event: Event, script: &str) -> Self {
        self.changed(|app| app.hooks.push(event, Step::Sh { script: format!("{script}\n") }))
    }

    fn program(mut self, program: impl Into<Vec<u8>>) -> Self {
        self.program = program.into();
        self
    }

    /// The daemon with a part of it replaced.
    fn daemon(self, part: &str, by: &str) -> Self {
        let good = daemon();
        assert!(good.contains(part), "{part}");
        self.program(good.replace(part, by))
    }

    /// Somebody else's script instead of ours, with a part of it replaced.
    fn theirs(mut self, part: &str, by: &str) -> Self {
        assert!(THEIRS.contains(part), "{part}");
        self.instead.insert("scripts/start-stop-status", Some(THEIRS.replace(part, by)));
        self
    }

    fn without(mut self, path: &'static str) -> Self {
        self.instead.insert(path, None);
        self
    }

    /// Makes the package.
    fn pack(&self, busybox: &Path, file: &Path) {
        let vendor = vendor(self.vendor);
        let mut layer = Table::new();
        if self.vendor == VendorId::Synology {
            let mut synology = Table::new();
            synology.set("dsm", Value::here([5, 6, 7_u32].map(Value::here).to_vec()));
            layer.set("synology", Value::here(synology));
        }
        let (findings, icons) = (Findings::new(), Icons::default());
        let dir = file.parent().unwrap();
        let request = Request { app: &self.app, layer: &layer, dir, findings: &findings, icons: &icons, epoch: 1 };
        let packager = vendor.check(&request);
        let packager = packager.unwrap_or_else(|| panic!("{:?}", findings.into_all()));
        let mut tree = Tree::new();
        tree.insert("bin/beacon", Entry::file(self.program.clone(), 0o755)).unwrap();
        tree.insert("bin/httpd", Entry::on_disk(busybox, 0o755).unwrap()).unwrap();
        tree.insert("share/beacon.toml", Entry::file("greeting = 1\n", 0o644)).unwrap();
        let fits = |device: &&Device| {
            device.arch() == Some(self.arch) && (device.generation.is_empty() || device.generation == self.generation)
        };
        let device = vendor.devices().iter().find(fits).unwrap();
        let findings = Findings::new();
        let mut layout = packager.layout(device, &Payload { arch: Some(self.arch), tree }, &findings).unwrap();
        assert!(!findings.has_errors(), "{:?}", findings.into_all());
        layout.tree = self.with_replaced(&layout.tree);
        layout.seal(&mut File::create_new(file).unwrap()).unwrap();
    }

    fn with_replaced(&self, tree: &Tree) -> Tree {
        let mut replaced = Tree::new();
        for (path, entry) in tree.iter() {
            match self.instead.get(path.as_str()) {
                Some(Some(text)) => replaced.insert(path.as_str(), Entry::file(text.clone(), entry.mode)).unwrap(),
                Some(None) => {}
                None => replaced.insert(path.as_str(), entry.clone()).unwrap(),
            }
        }
        replaced
    }
}

/// The options of this machine, or a note about what it lacks.
fn options() -> Option<Options> {
    match Options::find(&Home::locate().unwrap()) {
        Ok(options) => Some(options),
        Err(failure) => {
            eprintln!("not run: {failure}");
            None
        }
    }
}

/// What came of packages, or a note where this machine can make no box.
fn play(files: &[PathBuf], options: &Options) -> Option<Vec<Life>> {
    match simulate(files, options, &Silent) {
        Ok(lives) => Some(lives.into_iter().map(Result::unwrap).collect()),
        Err(failure) => {
            eprintln!("not run: {failure}");
            None
        }
    }
}

/// An app with one fault, and where that shows.
struct Fault {
    name: &'static str,
    sample: Sample,
    scenes: &'static [Scene],
    /// The version that is installed first, where it is another build.
    older: Option<Sample>,
    /// How long a script may take, in seconds.
    timeout: u64,
}

fn fault(name: &'static str, scenes: &'static [Scene], sample: Sample) -> Fault {
    Fault { name, sample, scenes, older: None, timeout: 60 }
}

/// Every fault's life as text: what was found, scene by scene.
fn lives_of(faults: &[Fault], options: &Options) -> Option<BTreeMap<&'static str, (Life, String)>> {
    let dir = TempDir::new().unwrap();
    let told = Mutex::new(BTreeMap::new());
    let next = AtomicUsize::new(0);
    let play_next = || {
        while let Some((number, fault)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            faults.get(number).map(|fault| (number, fault))
        } {
            let file = dir.path().join(format!("{number}.package"));
            fault.sample.pack(&options.busybox, &file);
            let mut options = Options {
                scenes: Some(fault.scenes.iter().copied().collect()),
                hook_timeout: Duration::from_secs(fault.timeout),
                ..options.clone()
            };
            if let Some(older) = &fault.older {
                let file = dir.path().join(format!("{number}.older"));
                older.pack(&options.busybox, &file);
                options.from = vec![file];
            }
            let Some(life) = play(&[file], &options).map(|mut lives| lives.remove(0)) else { return };
            let text = tell(&life);
            told.lock().unwrap().insert(fault.name, (life, text));
        }
    };
    // Lives are mostly spent waiting.
    std::thread::scope(|scope| {
        for _ in 0..PLAYED_AT_ONCE {
            scope.spawn(play_next);
        }
    });
    let told = told.into_inner().unwrap();
    (told.len() == faults.len()).then_some(told)
}

const PLAYED_AT_ONCE: usize = 8;

/// What was found in a life, without what differs from run to run.
fn tell(life: &Life) -> String {
    let mut text = String::new();
    for scene in &life.scenes {
        if let Some(reason) = &scene.not_run {
            let _ = writeln!(text, "{}: not played: {reason}", scene.scene);
        }
        for found in &scene.findings {
            let level = if found.level == Level::Error { "error" } else { "warning" };
            let code = found.code().unwrap_or_default();
            let _ = writeln!(text, "{}: {level}[{code}] {}", scene.scene, masked(&found.message));
            for line in found.notes.iter().flat_map(|note| note.lines()) {
                let _ = writeln!(text, "  {}", masked(line));
            }
        }
    }
    text
}

/// A line without times of day and numbers of processes, users and lines.
fn masked(line: &str) -> String {
    let mut line = line.to_owned();
    for before in ["process ", "user ", ": line ", "took "] {
        let parts: Vec<_> = line.split(before).collect();
        let rest = parts[1..].iter().map(|part| match part.trim_start_matches(|c: char| c.is_ascii_digit()) {
            rest if rest.len() < part.len() => format!("N{rest}"),
            _ => (*part).to_owned(),
        });
        line = std::iter::once(parts[0].to_owned()).chain(rest).collect::<Vec<_>>().join(before);
    }
    // `2026-11-21 16:11:00 `
    let shape: String = line.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match shape.find("0000-00-00 00:00:00") {
        Some(at) => format!("{}TIME{}", &line[..at], &line[at + 19..]),
        None => line,
    }
}

/// A program of a hundred bytes for x86-64 that asks the kernel for a random byte, and waits for a signal if it gets one.
fn asks_for_entropy() -> Vec<u8> {
    const CODE: &[u8] = &[
        0x48, 0x83, 0xec, 0x10, // sub rsp, 16
        0x48, 0x89, 0xe7, // mov rdi, rsp
        0xbe, 0x01, 0, 0, 0, // mov esi, 1
        0x31, 0xd2, // xor edx, edx
        0xb8, 0x3e, 0x01, 0, 0, // mov eax, 318 (getrandom)
        0x0f, 0x05, // syscall
        0x85, 0xc0, // test eax, eax
        0x78, 0x09, // js +9
        0xb8, 0x22, 0, 0, 0, // mov eax, 34 (pause)
        0x0f, 0x05, // syscall
        0xeb, 0xf7, // jmp -9
        0xbf, 0x01, 0, 0, 0, // mov edi, 1
        0x48, 0x8d, 0x35, 0x18, 0, 0, 0, // lea rsi, [rip + 24]: the text behind the code
        0xba, 0x0b, 0, 0, 0, // mov edx, 11
        0xb8, 0x01, 0, 0, 0, // mov eax, 1 (write)
        0x0f, 0x05, // syscall
        0xbf, 0x01, 0, 0, 0, // mov edi, 1
        0xb8, 0x3c, 0, 0, 0, // mov eax, 60 (exit)
        0x0f, 0x05, // syscall
    ];
    elf(62, &[CODE, b"no entropy\n"].concat())
}

/// A static program for a machine by its number.
fn elf(machine: u16, code: &[u8]) -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const START: u64 = 64 + 56;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let half = |file: &mut Vec<u8>, value: u16| file.extend(value.to_le_bytes());
    half(&mut file, 2); // a program
    half(&mut file, machine);
    file.extend(1_u32.to_le_bytes());
    // Where it begins, its program header, no sections, no flags.
    [BASE + START, 64, 0].iter().for_each(|value: &u64| file.extend(value.to_le_bytes()));
    file.extend(0_u32.to_le_bytes());
    [64, 56, 1, 64, 0, 0].into_iter().for_each(|value| half(&mut file, value));
    // One segment: the whole file, to be read and run.
    file.extend([1_u32, 5].map(u32::to_le_bytes).concat());
    let size = START + code.len() as u64;
    file.extend([0, BASE, BASE, size, size, 0x1000].map(u64::to_le_bytes).concat());
    file.extend(code);
    file
}

fn faults() -> Vec<Fault> {
    use Scene::*;
    let dsm = || Sample::new(VendorId::Synology, "DSM 7");
    let adm = || Sample::new(VendorId::Asustor, "");
    let os3 = || Sample::new(VendorId::WdOs3, "");
    let os5 = || Sample::new(VendorId::WdOs5, "");
    let mut faults = vec![
        fault("a step fails", &[Install], dsm().step(Event::PostInstall, "echo no licence\nexit 3")),
        fault("ends at once", &[Install], dsm().program("#!/bin/sh\necho cannot read my settings\nexit 7\n")),
        // BusyBox's web server does so without `-f`.
        fault("forks away", &[Uninstall], os5().daemon("-f ", "")),
        fault("listens on 127.0.0.1 alone", &[Probe], adm().daemon("-p ", "-p 127.0.0.1:")),
        fault(
            "goes on without its port",
            &[PortTaken],
            dsm().daemon("wait \"$!\"", "wait \"$!\"\necho went wrong, goes on\nsleep 600 &\nwait \"$!\""),
        ),
        Fault { timeout: 5, ..fault("hangs in its start", &[Uninstall], os3().step(Event::PreStart, "sleep 600")) },
        fault("holds its script's output", &[Install], dsm().theirs(" >/dev/null 2>&1", "")),
        fault("has a wrong status", &[Stop], dsm().theirs("alive || exit 3", "alive || exit 1")),
        fault(
            "leaves a process",
            &[Stop, Uninstall],
            dsm().daemon("trap", "\"${0%/*}/httpd\" -p 127.0.0.1:9000\nsleep 600 &\ntrap"),
        ),
        fault(
            "ignores the request to end",
            &[Stop],
            adm().daemon("trap 'kill \"$!\"; exit 0' TERM", "trap '' TERM").service(|service| service.stop_timeout = 2),
        ),
        fault("loses data in an upgrade", &[Upgrade], dsm().step(Event::PostUpgrade, "rm -rf \"${NAS_DATA_DIR:?}\"/*")),
        fault(
            "sets settings back in an upgrade",
            &[Upgrade],
            dsm().step(Event::PostUpgrade, "cp \"$NAS_APP_DIR/share/beacon.toml\" \"$NAS_CONFIG_DIR/beacon.toml\""),
        ),
        fault(
            "leaves a file",
            &[Uninstall, Audit],
            adm().step(Event::PreStart, "echo greeting >/usr/local/etc/beacon.conf"),
        ),
        fault(
            "leaves a process to those who remove it",
            &[Uninstall],
            os5().step(Event::PostUninstall, "sleep 600 >/dev/null 2>&1 &"),
        ),
        fault("writes elsewhere", &[Data], adm().step(Event::PostInstall, "echo beacon >/etc/beacon.conf")),
        fault("cannot be stopped twice", &[StopAgain], dsm().theirs("alive || exit 0", "alive || exit 1")),
        fault(
            "has a lock that outlives it",
            &[PowerCutStart],
            dsm().program(daemon().replace("#!/bin/sh\n", LOCK).replace("; exit", "; rm -f lock; exit")),
        ),
        fault(
            "uses what the device lacks",
            &[Install],
            os3().step(Event::PreStart, "jq . \"$NAS_CONFIG_DIR/beacon.toml\""),
        ),
        fault(
            "breaks what a failed upgrade leaves",
            &[FailedUpgrade],
            dsm().step(Event::PreUpgrade, "rm -rf \"${NAS_APP_DIR:?}/bin\""),
        ),
        fault(
            "is open to everybody",
            &[Data],
            dsm().daemon(
                "#!/bin/sh",
                "#!/bin/sh\numask 0\necho >\"$NAS_DATA_DIR/guests\"\nmkdir -p \"$NAS_DATA_DIR/open\"",
            ),
        ),
        fault("is slow", &[Install], os3().step(Event::PreStart, "sleep 31")),
        fault("has no script to start it", &[Install], dsm().without("scripts/start-stop-status")),
        fault(
            "starts twice",
            &[StartAgain],
            dsm()
                .theirs(
                    "alive && exit 0\n        \"$SYNOPKG_PKGDEST/bin/httpd\" -f -p 8137 -h \"$SYNOPKG_PKGVAR\"",
                    "sleep 600",
                )
                .service(|service| service.port = None),
        ),
        Fault {
            older: Some(dsm().version("1.0.0")),
            ..fault(
                "cannot read an older version's data",
                &[Upgrade],
                dsm().program(daemon().replace("#!/bin/sh\n", FORMAT)),
            )
        },
        fault(
            "keeps data where a power cut takes it",
            &[PowerCutUpgrade],
            dsm()
                .step(Event::PreUpgrade, "cp -a \"$NAS_DATA_DIR\" /tmp/beacon\nrm -rf \"${NAS_DATA_DIR:?}\"")
                .step(Event::PostUpgrade, "rm -rf \"$NAS_DATA_DIR\"\nmv /tmp/beacon \"$NAS_DATA_DIR\""),
        ),
        fault(
            "counts on what a boot takes",
            &[Boot],
            os3()
                .step(Event::PostInstall, "echo ready >/var/run/beacon.ready")
                .step(Event::PreStart, "cat /var/run/beacon.ready"),
        ),
        fault("runs as root", &[Data], adm().step(Event::PostInstall, "chmod 700 \"$NAS_APP_DIR/bin/beacon\"")),
    ];
    let mut speechless = dsm().settings(&["title"]);
    let ask = "#!/bin/sh\necho '[{]' >\"$SYNOPKG_TEMP_LOGFILE\"\n";
    speechless.instead.insert("WIZARD_UIFILES/upgrade_uifile.sh", Some(ask.to_owned()));
    faults.push(fault("asks what nobody can read", &[SameVersion], speechless));
    if cfg!(target_arch = "x86_64") {
        let program = dsm().program(asks_for_entropy()).service(|service| service.port = None);
        faults.push(fault("needs a newer kernel", &[Install], program));
    }
    faults
}

/// It knows its own data and, in an empty folder, makes it.
const FORMAT: &str =
    "#!/bin/sh\n[ -e format-2 ] || [ -z \"$(ls)\" ] || { echo cannot read format 1; exit 1; }\n: >format-2\n";

/// It is made in the working folder, which is that of the data.
const LOCK: &str = "#!/bin/sh\n[ ! -e lock ] || { echo another one has the lock; exit 1; }\n: >lock\n";

#[test]
fn every_fault_is_caught() {
    let Some(options) = options() else { return };
    let Some(lives) = lives_of(&faults(), &options) else { return };
    let is_alone = |life: &Life| life.not_modelled.iter().any(|what| what.starts_with("the box's accounts"));
    let has_accounts = !lives.values().any(|(life, _)| is_alone(life));

    // Every rule is there for something. Where a box has one user, that is root.
    let seen: BTreeSet<_> = lives.values().flat_map(|(life, _)| life.findings()).filter_map(Diagnostic::code).collect();
    let mut silent: Vec<_> = rules::RULES.iter().map(|rule| rule.code).filter(|code| !seen.contains(code)).collect();
    silent.retain(|code| has_accounts || *code != rules::SIM020.code);
    assert_eq!(silent, [""; 0]);
    if has_accounts {
        each_is_told_as_it_is(|name| &lives[name].1);
    } else {
        eprintln!(
            "not run: scripts say more where they can give nothing to other users, so what they said is not compared"
        );
    }
}

fn each_is_told_as_it_is<'a>(told: impl Fn(&str) -> &'a str) {
    insta::assert_snapshot!(told("a step fails"), @r#"
    install: error[SIM001] `postinst` ended with code 1
      it told the user:
          a step of the app failed: post_install ended with code 3
      it said:
          no licence
          beacon: a step of the app failed: post_install ended with code 3
    "#);
    insta::assert_snapshot!(told("ends at once"), @r#"
    install: error[SIM002] `start-stop-status start` ended with code 1
      it told the user:
          the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
      it said:
          beacon: the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
      the end of its log:
          cannot read my settings
          TIME the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
    "#);
    insta::assert_snapshot!(told("forks away"), @r#"
    install: error[SIM002] `start.sh /mnt/HD/HD_a2/Nas_Prog/beacon` ended with code 1
      it said:
          beacon: the daemon ended right after its start, see /mnt/HD/HD_a2/Nas_Prog/.beacon/log/beacon.log
      the end of its log:
          TIME the daemon ended right after its start, see /mnt/HD/HD_a2/Nas_Prog/.beacon/log/beacon.log
    uninstall: error[SIM012] still there: `/mnt/HD/HD_a2/Nas_Prog/beacon/bin/httpd -p 8137 -h /mnt/HD/HD_a2/Nas_Prog/.beacon/data` (user N)
    "#);
    insta::assert_snapshot!(told("listens on 127.0.0.1 alone"), @r#"
    install: error[SIM003] port 8137 does not answer: nc: can't connect to remote host (192.0.2.1): Connection refused; something listens there, but not for other machines
    probe: not played: it could not be installed and started
    "#);
    insta::assert_snapshot!(told("goes on without its port"), @r#"
    port-taken: error[SIM004] `start-stop-status start` succeeded while something else had port 8137
      it told the user:
          started, but is not known to be reachable (something else listens on port 8137)
      it said:
          beacon: started, but is not known to be reachable (something else listens on port 8137)
      the end of its log:
          httpd: bind: Address already in use
          went wrong, goes on
          TIME started, but is not known to be reachable (something else listens on port 8137)
    "#);
    insta::assert_snapshot!(told("hangs in its start"), @"install: error[SIM005] `start.sh /mnt/HD/HD_a2/Nas_Prog/beacon` had not ended after 5 s");
    insta::assert_snapshot!(told("holds its script's output"), @"install: error[SIM006] `start-stop-status` has ended, and what it started still holds its output open");
    insta::assert_snapshot!(told("has a wrong status"), @"stop: error[SIM007] `start-stop-status status` ended with 1 (dead, with a pid file), not with 3 (stopped)");
    insta::assert_snapshot!(told("leaves a process"), @r#"
    stop: error[SIM008] still there: `/var/packages/beacon/target/bin/httpd -p 127.0.0.1:9000` (user N)
    uninstall: error[SIM012] still there: `/var/packages/beacon/target/bin/httpd -p 127.0.0.1:9000` (user N)
    "#);
    insta::assert_snapshot!(told("ignores the request to end"), @r#"
    stop: warning[SIM009] `start-stop.sh stop` had to kill the daemon
      it said:
          beacon: the daemon did not end within 2 seconds and is killed
    "#);
    insta::assert_snapshot!(told("loses data in an upgrade"), @"upgrade: error[SIM010] `/var/packages/beacon/var/data/simulated-file-of-a-user.txt` is gone");
    insta::assert_snapshot!(told("sets settings back in an upgrade"), @"upgrade: error[SIM010] the settings `/var/packages/beacon/etc/beacon.toml` are what they were before the user changed them");
    insta::assert_snapshot!(told("leaves a file"), @r#"
    uninstall: error[SIM011] left on the box: /usr/local/etc/beacon.conf
    audit: error[SIM011] left on the box: /usr/local/etc/beacon.conf
    "#);
    insta::assert_snapshot!(told("leaves a process to those who remove it"), @"uninstall: error[SIM012] still there: `sleep 600` (user N)");
    insta::assert_snapshot!(told("writes elsewhere"), @r#"
    install: error[SIM013] written outside of the package's places: /etc/beacon.conf
    data: not played: it could not be installed and started
    "#);
    insta::assert_snapshot!(told("cannot be stopped twice"), @"stop-again: error[SIM014] `start-stop-status stop` failed while the app was off");
    insta::assert_snapshot!(told("has a lock that outlives it"), @r#"
    power-cut-start: error[SIM015] `start-stop-status start` ended with code 1
      it told the user:
          the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
      it said:
          beacon: the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
      the end of its log:
          another one has the lock
          TIME the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
    "#);
    insta::assert_snapshot!(told("uses what the device lacks"), @r#"
    install: error[SIM017] `start.sh /mnt/HD/HD_a2/Nas_Prog/beacon` wants `jq`, which the device does not have
      it said:
          /mnt/HD/HD_a2/Nas_Prog/beacon/service.sh: line N: jq: not found
          beacon: a step of the app failed: pre_start ended with code 127
    "#);
    insta::assert_snapshot!(told("breaks what a failed upgrade leaves"), @r#"
    failed-upgrade: error[SIM018] `start-stop-status start` ended with code 1
      it told the user:
          /var/packages/beacon/target/bin/beacon cannot be run, or its folders cannot be written
      it said:
          beacon: /var/packages/beacon/target/bin/beacon cannot be run, or its folders cannot be written
    "#);
    insta::assert_snapshot!(told("is open to everybody"), @"data: warning[SIM019] writable by everybody: /volume1/@appdata/beacon/data/guests (0666), /volume1/@appdata/beacon/data/open (0777)");
    insta::assert_snapshot!(told("is slow"), @"install: warning[SIM021] `start.sh /mnt/HD/HD_a2/Nas_Prog/beacon` took N s");
    insta::assert_snapshot!(told("has no script to start it"), @"install: error[SIM022] there is no script that starts it");
    insta::assert_snapshot!(told("starts twice"), @"start-again: error[SIM023] it was started twice: `sleep 600` (user N), `sleep 600` (user N)");
    insta::assert_snapshot!(told("cannot read an older version's data"), @r#"
    upgrade: error[SIM002] `start-stop-status start` ended with code 1
      it told the user:
          the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
      it said:
          beacon: the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
      the end of its log:
          cannot read format 1
          TIME the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
    "#);
    insta::assert_snapshot!(told("keeps data where a power cut takes it"), @r#"
    power-cut-upgrade: error[SIM010] power cut behind `preupgrade`: `/var/packages/beacon/var/data/simulated-file-of-a-user.txt` is gone
    power-cut-upgrade: error[SIM010] power cut behind `preuninst`: `/var/packages/beacon/var/data/simulated-file-of-a-user.txt` is gone
    power-cut-upgrade: error[SIM010] power cut behind the removal of the old files: `/var/packages/beacon/var/data/simulated-file-of-a-user.txt` is gone
    power-cut-upgrade: error[SIM010] power cut behind `postuninst`: `/var/packages/beacon/var/data/simulated-file-of-a-user.txt` is gone
    power-cut-upgrade: error[SIM010] power cut behind `preinst`: `/var/packages/beacon/var/data/simulated-file-of-a-user.txt` is gone
    power-cut-upgrade: error[SIM010] power cut behind the unpacking: `/var/packages/beacon/var/data/simulated-file-of-a-user.txt` is gone
    power-cut-upgrade: error[SIM010] power cut behind `postinst`: `/var/packages/beacon/var/data/simulated-file-of-a-user.txt` is gone
    "#);
    insta::assert_snapshot!(told("counts on what a boot takes"), @r#"
    boot: error[SIM002] `start.sh /mnt/HD/HD_a2/Nas_Prog/beacon` ended with code 1
      it said:
          cat: can't open '/var/run/beacon.ready': No such file or directory
          beacon: a step of the app failed: pre_start ended with code 1
    "#);
    insta::assert_snapshot!(told("runs as root"), @"data: warning[SIM020] as root: `/bin/sh /usr/local/AppCentral/beacon/bin/beacon` (user N), `/usr/local/AppCentral/beacon/bin/httpd -f -p 8137 -h /usr/local/AppCentral/beacon/var/data` (user N)");
    insta::assert_snapshot!(told("asks what nobody can read"), @r#"
    same-version: error[SIM024] `upgrade_uifile.sh` wrote no wizard that can be shown
      it told the user:
          [{]
    "#);
    if cfg!(target_arch = "x86_64") {
        insta::assert_snapshot!(told("needs a newer kernel"), @r#"
        install: error[SIM016] it starts here, but not without `getrandom`, which kernel 3.10.108 does not have
        install: error[SIM002] `start-stop-status start` ended with code 1
          it told the user:
              the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
          it said:
              beacon: the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
          the end of its log:
              no entropy
              TIME the daemon ended right after its start, see /var/packages/beacon/var/log/beacon.log
        "#);
    }
}

/// Every generation of every vendor's firmware.
fn good() -> Vec<Sample> {
    let sample = |id, generation| Sample::new(id, generation).settings(&["title", "theme"]);
    let of = |id: VendorId| vendor(id).lifecycles().into_iter().map(move |lifecycle| sample(id, lifecycle.generation));
    VendorId::ALL.into_iter().flat_map(of).collect()
}

/// The verdict of each scene, and what was found there.
fn verdicts(life: &Life) -> Vec<(Scene, Verdict, Vec<&str>)> {
    let codes = |scene: &SceneReport| scene.findings.iter().filter_map(Diagnostic::code).collect();
    life.scenes.iter().map(|scene| (scene.scene, scene.verdict(), codes(scene))).collect()
}

#[test]
fn without_a_fault_it_lives_everywhere_and_always_the_same() {
    let Some(options) = options() else { return };
    let dir = TempDir::new().unwrap();
    let mut files = Vec::new();
    for (number, sample) in good().iter().enumerate() {
        let file = dir.path().join(format!("{number}.package"));
        sample.pack(&options.busybox, &file);
        files.push(file);
    }
    let all = options.jobs.max(NonZero::new(2 * files.len()).unwrap());
    let Some(lives) = play(&[&*files, &files].concat(), &Options { jobs: all, ..options }) else { return };
    let (once, again) = lives.split_at(files.len());
    for (life, again) in once.iter().zip(again) {
        println!("{} {:?} {:?}", life.firmware, life.took, again.took);
        life.assert_passed();
        assert_eq!(verdicts(life), verdicts(again), "{}", life.firmware);
    }
}

/// What users have set is what the new version finds, with the defaults of what is new; a wizard asks for both.
#[test]
fn settings_outlive_an_upgrade() {
    let Some(options) = options() else { return };
    let dir = TempDir::new().unwrap();
    let (mut new, mut older) = (Vec::new(), Vec::new());
    for (number, sample) in good().into_iter().enumerate() {
        // The user's change is made before the first start, so that each installation begins with it.
        let change = "printf 'title = \"mine\" # own\\n' >\"$NAS_CONFIG_DIR/settings.toml\"";
        let look = "cd \"$NAS_CONFIG_DIR\"\n\
                    [ \"$(head -n 1 settings.toml)\" = 'title = \"mine\" # own' ] || { cat settings.toml; exit 1; }\n\
                    grep -q '^theme = \"my .\\+theme.\\+ & $HOME\"$' settings.toml || { cat settings.toml; exit 2; }\n\
                    [ \"$(stat -c %a settings.toml)\" = 600 ] || exit 3";
        let before = sample.clone().settings(&["title"]).version("1.0.0").step(Event::PostInstall, change);
        let after = sample.step(Event::PostUpgrade, look);
        for (sample, files, name) in [(before, &mut older, "older"), (after, &mut new, "new")] {
            let file = dir.path().join(format!("{number}.{name}"));
            sample.pack(&options.busybox, &file);
            files.push(file);
        }
    }
    let scenes = Some(BTreeSet::from([Scene::Data, Scene::Upgrade, Scene::Uninstall]));
    let jobs = options.jobs.max(NonZero::new(new.len()).unwrap());
    let Some(lives) = play(&new, &Options { from: older, scenes, jobs, ..options }) else { return };
    for life in &lives {
        let upgrade = life.scenes.iter().find(|scene| scene.scene == Scene::Upgrade).unwrap();
        assert_eq!(upgrade.findings, [], "{}: {}", life.firmware, tell(life));
        let asked = upgrade.calls.iter().filter(|call| call.script == "upgrade_uifile.sh").count();
        // Where several calls are played, one is the box's way back to the older version.
        assert_eq!(asked > 0, ["DSM 7", "DSM 6"].contains(&life.firmware), "{}", life.firmware);
    }
    assert_eq!(lives.len(), new.len());
}

/// What cannot be played has not passed.
#[test]
fn without_an_emulator_nothing_of_another_processor_is_played() {
    let Some(options) = options() else { return };
    let (arch, machine) = if cfg!(target_arch = "aarch64") { (Arch::X86_64, 62) } else { (Arch::Aarch64, 183) };
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("package");
    let mut sample = Sample::new(VendorId::Synology, "DSM 7").program(elf(machine, &[]));
    sample.arch = arch;
    // A file that is no program at all stands in for the web server: it would be this machine's.
    sample.pack(Path::new("/etc/passwd"), &file);
    let Some(lives) = play(&[file], &Options { qemu: BTreeMap::new(), ..options }) else { return };
    let [life] = &*lives else { panic!("{lives:?}") };
    assert_eq!(life.verdict(), Verdict::NotRun);
    assert!(life.scenes.iter().all(|scene| scene.verdict() == Verdict::NotRun && scene.calls.is_empty()));
    let reason = life.scenes[0].not_run.as_deref().unwrap();
    assert_eq!(
        reason,
        format!(
            "`package/bin/beacon` is for {arch}, and there is no emulator for it: `cargo nas setup --tool qemu-user` installs one"
        )
    );
}
