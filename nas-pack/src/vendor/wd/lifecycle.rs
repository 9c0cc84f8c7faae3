//! What the firmware of WD's My Cloud does with a package. OS5 and OS3 call the same scripts in the same order; they
//! differ in the platform beneath.

use crate::hooks::Event;
use crate::hooks::lifecycle::OnFailure::Report;
use crate::hooks::lifecycle::Whose::{Installed, New};
use crate::hooks::lifecycle::table::{abort, assumed, call, call_if, failing, known, report, script, status};
use crate::hooks::lifecycle::{
    Act, Arg, Condition, Failing, Lifecycle, Moment, RunsAs, ScriptSpec, StatusCode, Takes, Variable, What,
};
use crate::model::VendorId;

const APP: &[Arg] = &[Arg::AppDir];

/// My Cloud OS5, firmware 5.x.
pub const OS5: Lifecycle = Lifecycle {
    vendor: VendorId::WdOs5,
    generation: "OS5",
    shell: "BusyBox ash 1.30.1",
    runs_as: RunsAs::Root {
        user: "nobody",
        group: "share",
        source: "listings of devices: what users put into shares belongs to nobody:share, so a daemon can work with \
                 them; accounts that a package adds vanish at the next boot",
    },
    scripts_dir: "/mnt/HD/HD_a2/Nas_Prog/NAME",
    scripts: SCRIPTS,
    moments: MOMENTS,
    variables: VARIABLES,
    working_dir: assumed("/"),
    same_version: known(
        Takes::Yes,
        "the dashboard's code: status 4 (10 for unsigned apps) asks whether to install it again",
    ),
    older_version: assumed(Takes::Yes),
    status_codes: STATUS_CODES,
    failures: FAILURES,
    folder_mode: 0o750,
    reserved: RESERVED,
};

/// My Cloud OS3, firmware 2.x: the root file system is volatile.
pub const OS3: Lifecycle = Lifecycle { vendor: VendorId::WdOs3, generation: "OS3", shell: "BusyBox ash", ..OS5 };

/// The seven scripts that the firmware wants, and one that start.sh and stop.sh share with people.
const SCRIPTS: &[ScriptSpec] = &[
    script("preinst.sh", "wd/preinst.sh", &[abort(Event::PreUpgrade)]),
    script(
        "install.sh",
        "wd/install.sh",
        &[abort(Event::PreInstall), abort(Event::PostInstall), abort(Event::PostUpgrade)],
    ),
    script("init.sh", "wd/init.sh", &[report(Event::Boot)]),
    script("start.sh", "wd/start.sh", &[]),
    script("stop.sh", "wd/stop.sh", &[]),
    script("clean.sh", "wd/clean.sh", &[]),
    script("remove.sh", "wd/remove.sh", &[report(Event::PreUninstall), report(Event::PostUninstall)]),
    script(
        "service.sh",
        "wd/service.sh",
        &[abort(Event::PreStart), report(Event::PostStart), report(Event::PreStop), report(Event::PostStop)],
    ),
];

const RESERVED: &[&str] =
    &["preinst.sh", "install.sh", "init.sh", "start.sh", "stop.sh", "clean.sh", "remove.sh", "service.sh"];

/// Whether the firmware minds an exit code is known for none of them.
const MOMENTS: &[Moment] = &[
    Moment {
        what: What::Install,
        acts: &[
            Act::Upload,
            call("install.sh", New, &[Arg::UploadDir, Arg::AppsDir], "", Report),
            call("init.sh", New, APP, "", Report),
            call_if(Condition::StartsAtOnce, "start.sh", New, APP, "", Report),
        ],
        source: "WD's app guide; the arguments were logged on OS5, WD documents the second of install.sh wrongly",
    },
    Moment { what: What::Upgrade, acts: REPLACE, source: "WD's app guide and a device's log" },
    Moment {
        what: What::Reinstall,
        acts: REPLACE,
        source: "WD's app guide: to install an app again is the same as an update",
    },
    Moment { what: What::Start, acts: &[call("start.sh", Installed, APP, "", Report)], source: "WD's app guide" },
    Moment { what: What::Stop, acts: &[call("stop.sh", Installed, APP, "", Report)], source: "WD's app guide" },
    Moment {
        what: What::Uninstall,
        acts: &[
            call("stop.sh", Installed, APP, "", Report),
            call("clean.sh", Installed, APP, "", Report),
            call("remove.sh", Installed, APP, "", Report),
        ],
        source: "WD's app guide",
    },
    Moment {
        what: What::Boot,
        acts: &[
            call("init.sh", Installed, APP, "", Report),
            call_if(Condition::SwitchedOn, "start.sh", Installed, APP, "", Report),
        ],
        source: "WD's app guide; inferred for the order",
    },
    Moment {
        what: What::Shutdown,
        acts: &[call("stop.sh", Installed, APP, "", Report), call("clean.sh", Installed, APP, "", Report)],
        source: "reports of apps whose clean.sh ran at a reboot",
    },
];

/// remove.sh of the old version is told nothing of the upgrade: it gets what it gets when the app goes.
const REPLACE: &[Act] = &[
    call("stop.sh", Installed, APP, "", Report),
    call("clean.sh", Installed, APP, "", Report),
    call("preinst.sh", Installed, APP, "", Report),
    call("remove.sh", Installed, APP, "", Report),
    Act::Upload,
    call("install.sh", New, &[Arg::UploadDir, Arg::AppsDir], "", Report),
    call("init.sh", New, APP, "", Report),
    call_if(Condition::SwitchedOn, "start.sh", New, APP, "", Report),
];

/// The firmware sets none.
const VARIABLES: &[Variable] = &[];

/// The firmware does not ask; service.sh has the call for people.
const STATUS_CODES: &[StatusCode] = &[status(0, "running"), status(1, "dead, with a pid file"), status(3, "stopped")];

const FAILURES: &[Failing] = &[
    failing("preinst.sh", UNKNOWN),
    failing("install.sh", "not documented; the dashboard knows `install failed` (3), after an app that is not there"),
    failing("init.sh", UNKNOWN),
    failing("start.sh", "not documented; the dashboard knows `enable failed` (6)"),
    failing("stop.sh", UNKNOWN),
    failing("clean.sh", UNKNOWN),
    failing("remove.sh", UNKNOWN),
];

const UNKNOWN: &str = "not documented; the firmware is assumed to go on";
