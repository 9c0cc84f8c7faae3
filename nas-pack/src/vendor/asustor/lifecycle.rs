//! What ADM does with a package.

use crate::hooks::Event;
use crate::hooks::lifecycle::OnFailure::{Abort, Report};
use crate::hooks::lifecycle::Whose::{Installed, New};
use crate::hooks::lifecycle::table::{abort, assumed, call, failing, known, report, script, status, variable};
use crate::hooks::lifecycle::{Act, Arg, Lifecycle, Moment, RunsAs, Takes, Value, What};
use crate::model::VendorId;

const START: &[Arg] = &[Arg::Word("start")];
const STOP: &[Arg] = &[Arg::Word("stop")];

/// ADM 3.0 to 5.x. The two snapshot scripts are run by ADM 3.3 and later.
pub const ADM: Lifecycle = Lifecycle {
    vendor: VendorId::Asustor,
    generation: "ADM 3 to 5",
    shell: "BusyBox ash, 1.19.3 on ADM 3, 1.31.1 on ADM 4",
    runs_as: RunsAs::Root {
        user: "admin",
        group: "administrators",
        source: "App Central guide 2.1: working folders belong to admin:administrators; community packages start their \
                 daemons as this account with start-stop-daemon",
    },
    scripts_dir: "/usr/local/AppCentral/NAME/CONTROL",
    scripts: &[
        script("pre-install.sh", "asustor/pre-install.sh", &[abort(Event::PreInstall), abort(Event::PreUpgrade)]),
        script("post-install.sh", "asustor/post-install.sh", &[abort(Event::PostInstall), abort(Event::PostUpgrade)]),
        script("pre-uninstall.sh", "asustor/pre-uninstall.sh", &[report(Event::PreUninstall)]),
        script("post-uninstall.sh", "asustor/post-uninstall.sh", &[report(Event::PostUninstall)]),
        script(
            "start-stop.sh",
            "asustor/start-stop.sh",
            &[
                report(Event::Boot),
                abort(Event::PreStart),
                report(Event::PostStart),
                report(Event::PreStop),
                report(Event::PostStop),
            ],
        ),
        script("pre-snapshot-restore.sh", "asustor/pre-snapshot-restore.sh", &[report(Event::PreSnapshotRestore)]),
        script("post-snapshot-restore.sh", "asustor/post-snapshot-restore.sh", &[report(Event::PostSnapshotRestore)]),
    ],
    moments: &[
        Moment {
            what: What::Install,
            acts: &[
                call("pre-install.sh", New, &[], "install", Abort),
                Act::Unpack,
                call("post-install.sh", New, &[], "install", Abort),
                call("start-stop.sh", New, START, "install", Report),
            ],
            source: "guide 3.1.1 and 4.2; error -154 on a device",
        },
        Moment {
            what: What::Upgrade,
            acts: &[
                call("start-stop.sh", Installed, STOP, "", Report),
                call("pre-install.sh", New, &[], "upgrade", Abort),
                call("pre-uninstall.sh", Installed, &[], "upgrade", Report),
                Act::Remove,
                Act::Unpack,
                call("post-install.sh", New, &[], "upgrade", Abort),
                call("start-stop.sh", New, START, "", Report),
            ],
            source: "guide 4.1's caption and community scripts; the order is inferred",
        },
        // Packages whose scripts only kept data with the status `upgrade` have lost it here.
        Moment {
            what: What::Reinstall,
            acts: &[
                call("pre-install.sh", New, &[], "install", Abort),
                Act::Remove,
                Act::Unpack,
                call("post-install.sh", New, &[], "install", Abort),
                call("start-stop.sh", New, START, "install", Report),
            ],
            source: "ADM 3.5, seen at manual installations over an installed app: the status is `install`, and the app's \
                     folder is replaced; that nothing else is called is assumed",
        },
        Moment {
            what: What::Start,
            acts: &[call("start-stop.sh", Installed, START, "", Report)],
            source: "guide 3.1.1",
        },
        Moment { what: What::Stop, acts: &[call("start-stop.sh", Installed, STOP, "", Report)], source: "guide 3.1.1" },
        Moment {
            what: What::Uninstall,
            acts: &[
                call("start-stop.sh", Installed, STOP, "", Report),
                call("pre-uninstall.sh", Installed, &[], "uninstall", Report),
                Act::Remove,
                call("post-uninstall.sh", Installed, &[], "uninstall", Report),
            ],
            source: "guide 3.1.1; post-uninstall.sh never runs in an upgrade",
        },
        Moment {
            what: What::Boot,
            acts: &[call("start-stop.sh", Installed, START, "", Report)],
            source: "guide 3.1.1",
        },
        Moment {
            what: What::Shutdown,
            acts: &[call("start-stop.sh", Installed, STOP, "", Report)],
            source: "guide 3.1.1: before power off",
        },
        Moment {
            what: What::SnapshotRestore,
            acts: &[
                call("pre-snapshot-restore.sh", Installed, &[], "", Report),
                call("post-snapshot-restore.sh", Installed, &[], "", Report),
            ],
            source: "guide 3.1.1, ADM 3.3 and later; whether ADM also stops the app is not documented",
        },
    ],
    variables: &[
        variable("APKG_BASE_DIR", Value::AppsDir, "the folder of App Central; that it is that of all apps is assumed"),
        variable(
            "APKG_REPO_DIR",
            Value::AppsDir,
            "the folder that public packages find other apps in; its value is assumed",
        ),
        variable("APKG_PKG_NAME", Value::Package, "NAME"),
        variable("APKG_PKG_VER", Value::Version, "the version of the package whose script it is"),
        variable("APKG_PKG_INST_VER", Value::OldVersion, "the version that is installed, in an upgrade"),
        variable("APKG_PKG_DIR", Value::AppDir, "/usr/local/AppCentral/NAME"),
        variable("APKG_PKG_STATUS", Value::Status, "install, upgrade or uninstall; `switch` has been seen"),
        variable("APKG_TEMP_DIR", Value::KeepDir, "a folder for what the scripts of an upgrade keep"),
        variable("AS_NAS_ARCH", Value::Arch, "x86-64, arm64, arm or i386"),
        variable("AS_NAS_KERNEL", Value::Kernel, "the kernel's version"),
        variable("AS_NAS_MODEL", Value::Model, "the model"),
        variable("AS_NAS_FIRMWARE", Value::Firmware, "the version of ADM"),
        variable("AS_NAS_HOSTNAME", Value::Fixed("nas"), "the box's name in the network"),
        variable("AS_NAS_TIMEZONE", Value::Fixed("Etc/UTC"), "its time zone"),
        variable("AS_NAS_INET4_ADDR_0", Value::Fixed("192.168.1.2"), "the address of its first network port"),
        variable(
            "AS_NAS_INET4_ADDR_1",
            Value::Fixed(""),
            "the second; ADM 4 has them up to 7, and `_BOND_0` to 3, `_PPPOE`, `_WIFI`",
        ),
        variable("AS_NAS_INET4_IP1", Value::Fixed("192.168.1.2"), "the first address that is set (ADM 4)"),
        variable("AS_NAS_INET4_IP2", Value::Fixed(""), "the second (ADM 4)"),
    ],
    working_dir: assumed("/"),
    same_version: known(Takes::No("Ref. 6001"), "a device: `The same version of this App has already been installed.`"),
    older_version: assumed(Takes::Yes),
    // ADM does not ask; the script has the call for people.
    status_codes: &[status(0, "running"), status(1, "dead, with a pid file"), status(3, "stopped")],
    failures: &[
        failing("pre-install.sh", "error -154: nothing is installed, an installed version stays"),
        failing("post-install.sh", "error -154: the installation has failed"),
        failing("pre-uninstall.sh", "not documented; ADM is assumed to go on"),
        failing("post-uninstall.sh", "not documented; ADM is assumed to go on"),
        failing("start", "not documented; the app is assumed to count as installed, and as off"),
        failing("stop", "not documented; ADM is assumed to go on"),
        failing("pre-snapshot-restore.sh", "not documented; ADM is assumed to go on"),
        failing("post-snapshot-restore.sh", "not documented; ADM is assumed to go on"),
    ],
    // The guide's 766 has no search bit for the group, which a folder needs.
    folder_mode: 0o775,
    reserved: &["var"],
};
