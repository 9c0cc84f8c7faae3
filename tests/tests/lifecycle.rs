//! A whole life of the real packages: installed, upgraded and removed by a stand-in for each vendor's package centre, with
//! BusyBox for a userland and the real daemon.
//!
//! The stand-ins are the ones that the library's own scenarios use for rendered scripts, which also play what goes wrong:
//! everything before a scenario's first act.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failing helper fails its test, and says what it skips")]

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use nas_pack_tests::example::{package_for, tool};
use nas_pack_tests::open::unpack;
use nas_pack_tests::programs::{output, succeeded};
use tempfile::TempDir;

const COMMON: &str = include_str!("../../nas-pack/tests/scenarios/common.sh");

/// What every vendor's users do. `$data` and `$etc` are where the app's data and settings are while it is installed.
const LIFE: &str = r#"
serves_well() {
    [ "$(busybox wget -q -O - http://127.0.0.1:8137/healthz)" = ok ] &&
        busybox wget -q -O /dev/null http://127.0.0.1:8137/
}
visits() {
    busybox wget -q -O - http://127.0.0.1:8137/api/visits | grep -o '"client"' | wc -l
}

act install
expect install install v1
expect start control start
code_is 0 control status
expect serves serves_well
expect settings grep -q 'title = "Beacon"' "$etc/beacon.toml"
expect "one visit" [ "$(visits)" -eq 1 ]

act stop and start
expect stop control stop
code_is 3 control status
expect start control start
code_is 0 control status

act upgrade keeps data and settings
echo 'title = "Attic"' >"$etc/beacon.toml"
expect upgrade upgrade v2
expect start control start
expect "the new files" [ -f "$app/share/second" ]
expect serves serves_well
expect "two visits" [ "$(visits)" -eq 2 ]
expect "settings" [ "$(cat "$etc/beacon.toml")" = 'title = "Attic"' ]
expect "the old settings beside them" [ -n "$(ls "$etc" | grep 'beacon.toml.')" ]

act uninstall
expect uninstall uninstall
refuse "a process" busybox pidof beacon
refuse "the app" [ -e "$app/bin" ]
expect "the data is kept" [ -s "$kept_data/visits.db" ]
echo "scenario done"
"#;

/// Not played, with a note, where the machine allows no sandbox.
fn live(vendor: &str, device: &str, centre: &str, places: &str) {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("root");
    for folder in ["bin", "etc", "proc", "dev", "tmp", "usr"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let busybox = tool("busybox");
    fs::copy(busybox, root.join("bin/busybox")).unwrap();
    let applets = String::from_utf8(output(busybox, ["--list"])).unwrap();
    for name in applets.lines().filter(|&name| name != "busybox") {
        symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    // There is one user in the sandbox: root, or on Synology the package's own.
    let (user, name) = if vendor == "synology" { ("1000", "beacon") } else { ("0", "root") };
    fs::write(root.join("etc/passwd"), format!("{name}:x:{user}:{user}::/:/bin/sh\n")).unwrap();
    fs::write(root.join("etc/group"), format!("{name}:x:{user}:\n")).unwrap();
    for version in ["v1", "v2"] {
        let unpacked = unpack(package_for(vendor, device));
        let (from, app) = (unpacked.path(), root.join(version));
        // As the scenarios have it.
        let (folders, content): (&[(&str, &str)], &str) = match vendor {
            "asustor" => (&[("control", "CONTROL"), ("data", "files")], "files"),
            "synology" => (&[("scripts", "scripts"), ("package", "files")], "files"),
            _ => (&[("beacon", "beacon")], "beacon"),
        };
        fs::create_dir(&app).unwrap();
        for (name, place) in folders {
            succeeded(Command::new(busybox).args(["cp", "-a"]).arg(from.join(name)).arg(app.join(place)));
        }
        if version == "v2" {
            fs::write(app.join(content).join("share/second"), "").unwrap();
        }
    }
    let (centre, _) = centre.split_once("\nact ").unwrap();
    fs::write(root.join("scenario"), format!("{COMMON}\n{centre}\n{places}\n{LIFE}")).unwrap();

    let sandbox = |command: &[&str]| {
        let mut sandbox = Command::new(tool("bwrap"));
        sandbox.args(["--unshare-user", "--uid", user, "--gid", user]);
        sandbox.args(["--unshare-pid", "--unshare-net", "--unshare-ipc"]);
        sandbox.args(["--die-with-parent", "--clearenv", "--bind"]).arg(&root).arg("/");
        sandbox.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--setenv", "PATH", "/bin"]);
        sandbox.args(command).stdin(Stdio::null());
        sandbox
    };
    if !sandbox(&["/bin/true"]).stderr(Stdio::null()).status().unwrap().success() {
        eprintln!("not run: this machine allows no sandbox");
        return;
    }
    // A file, not a pipe: a daemon that held it open would be waited for for ever.
    let log = dir.path().join("log");
    let file = fs::File::create(&log).unwrap();
    let mut life = sandbox(&["/bin/busybox", "sh", "/scenario"]);
    let status = life.stdout(file.try_clone().unwrap()).stderr(file).status().unwrap();
    let log = fs::read_to_string(&log).unwrap();
    assert!(status.success() && log.ends_with("scenario done\n"), "{vendor}: {status}\n{log}");
}

#[test]
fn a_life_on_asustor() {
    let places = r#"
etc=$app/var/etc
kept_data=$kept/data
control() { /bin/sh "$app/CONTROL/start-stop.sh" "$1"; }
"#;
    live("asustor", "x86-64", include_str!("../../nas-pack/tests/scenarios/asustor.sh"), places);
}

#[test]
fn a_life_on_synology() {
    let places = r#"
app=$home/target
etc=$home/etc
kept_data=$home/var/data
control() { /bin/sh "$home/scripts/start-stop-status" "$1"; }
"#;
    live("synology", "x86_64", include_str!("../../nas-pack/tests/scenarios/synology.sh"), places);
}

/// On WD an installation ends with a start.
#[test]
fn a_life_on_wd() {
    let places = r#"
etc=$kept/etc
kept_data=$kept/data
control() { /bin/sh "$app/service.sh" "$1"; }
"#;
    for vendor in ["wd-os5", "wd-os3"] {
        live(vendor, "MyCloudPR4100", include_str!("../../nas-pack/tests/scenarios/wd.sh"), places);
    }
}
