//! What ADM does with a package.

use crate::hooks::Event;
use crate::hooks::lifecycle::OnFailure::{Abort, Report};
use crate::hooks::lifecycle::Whose::{Installed, New};
use crate::hooks::lifecycle::table::{abort, assumed, call, known, report, script, variable};
use crate::hooks::lifecycle::{Act, Arg, Lifecycle, Moment, RunsAs, StatusCode, Takes, Value, What};
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
            source: "guide 4.1's caption and community scripts, the order is inferred; a manual installation over an \
                     installed app has been seen with the status `install` (ADM 3.5) and `switch`",
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
        variable("APKG_PKG_DIR", Value::AppDir, "/usr/local/AppCentral/NAME"),
        variable("APKG_PKG_STATUS", Value::Status, "install, upgrade or uninstall; `switch` has been seen"),
    ],
    working_dir: assumed("/"),
    same_version: known(Takes::No("Ref. 6001"), "a device: `The same version of this App has already been installed.`"),
    older_version: assumed(Takes::Yes),
    // ADM does not ask; the script has the call for people.
    status_codes: &[
        StatusCode { code: 0, meaning: "running" },
        StatusCode { code: 1, meaning: "dead, with a pid file" },
        StatusCode { code: 3, meaning: "stopped" },
    ],
    // The guide's 766 has no search bit for the group, which a folder needs.
    folder_mode: 0o775,
    reserved: &["var"],
};
