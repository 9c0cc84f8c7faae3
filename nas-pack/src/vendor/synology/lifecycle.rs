//! What DSM does with a package, one table a generation.

use super::generation::Dsm;
use crate::hooks::Event;
use crate::hooks::lifecycle::OnFailure::{Abort, Report};
use crate::hooks::lifecycle::Whose::{Installed, New};
use crate::hooks::lifecycle::table::{abort, assumed, call, report, script, variable};
use crate::hooks::lifecycle::{Act, Arg, Lifecycle, Moment, RunsAs, StatusCode, Takes, Value, What};
use crate::model::VendorId;

const CONTROL: &str = "start-stop-status";
const START: &[Arg] = &[Arg::Word("start")];
const STOP: &[Arg] = &[Arg::Word("stop")];
const STATUS: &[Arg] = &[Arg::Word("status")];

/// The table of a generation.
pub(super) const fn of(dsm: Dsm) -> &'static Lifecycle {
    match dsm {
        Dsm::V5 => &DSM_5,
        Dsm::V6 => &DSM_6,
        Dsm::V7 => &DSM_7,
    }
}

/// DSM 5. It knows no users of packages: root runs everything.
pub const DSM_5: Lifecycle = Lifecycle {
    generation: Dsm::V5.title(),
    runs_as: RunsAs::Root {
        user: "nobody",
        group: "nobody",
        source: "2014 guide, scripts; every DSM has the account in /etc/passwd",
    },
    ..DSM_6
};

/// DSM 6. `conf/privilege` has root run the scripts, because no folder that outlives an upgrade belongs to the package's user there,
/// who is made all the same and whom the daemon is handed to.
pub const DSM_6: Lifecycle = Lifecycle {
    generation: Dsm::V6.title(),
    shell: "BusyBox ash or bash",
    runs_as: RunsAs::Root { user: "NAME", group: "NAME", source: "spksrc, conf/privilege for DSM 6" },
    moments: BEFORE_7,
    variables: &[
        variable("SYNOPKG_PKGDEST", Value::AppDir, "/volumeN/@appstore/NAME"),
        variable("SYNOPKG_PKGDEST_VOL", Value::Volume, "/volumeN"),
        variable("SYNOPKG_PKG_STATUS", Value::Status, "INSTALL, UPGRADE, UNINSTALL, START, STOP, or empty"),
        variable("SYNOPKG_TEMP_LOGFILE", Value::MessageFile, "a file whose content is shown to the user"),
    ],
    ..DSM_7
};

/// Before DSM 7, a start or stop on the way has the status of what it is part of.
const BEFORE_7: &[Moment] = &[
    Moment {
        what: What::Install,
        acts: &[
            call("preinst", New, &[], "INSTALL", Abort),
            Act::Unpack,
            call("postinst", New, &[], "INSTALL", Report),
            call(CONTROL, New, START, "INSTALL", Report),
        ],
        source: OLD_ORDER,
    },
    Moment {
        what: What::Upgrade,
        acts: &[
            call(CONTROL, Installed, STOP, "UPGRADE", Report),
            call("preupgrade", New, &[], "UPGRADE", Abort),
            call("preuninst", Installed, &[], "UPGRADE", Abort),
            Act::Remove,
            call("postuninst", Installed, &[], "UPGRADE", Report),
            call("preinst", New, &[], "UPGRADE", Abort),
            Act::Unpack,
            call("postinst", New, &[], "UPGRADE", Report),
            call("postupgrade", New, &[], "UPGRADE", Report),
            call(CONTROL, New, START, "UPGRADE", Report),
        ],
        source: OLD_ORDER,
    },
    Moment { what: What::Start, acts: &[call(CONTROL, Installed, START, "START", Abort)], source: OLD_STATUS },
    Moment { what: What::Stop, acts: &[call(CONTROL, Installed, STOP, "STOP", Abort)], source: OLD_STATUS },
    Moment {
        what: What::Status,
        acts: &[call(CONTROL, Installed, STATUS, "", Report)],
        source: "2014 guide, start-stop-status",
    },
    Moment {
        what: What::Uninstall,
        acts: &[
            call(CONTROL, Installed, STOP, "UNINSTALL", Report),
            call("preuninst", Installed, &[], "UNINSTALL", Abort),
            Act::Remove,
            call("postuninst", Installed, &[], "UNINSTALL", Report),
        ],
        source: OLD_ORDER,
    },
    Moment { what: What::Boot, acts: &[call(CONTROL, Installed, START, "", Report)], source: OLD_STATUS },
    Moment { what: What::Shutdown, acts: &[call(CONTROL, Installed, STOP, "", Report)], source: OLD_STATUS },
];

const OLD_ORDER: &str = "2014 guide, sequence of execution of shell scripts";
const OLD_STATUS: &str = "2014 guide, script environment variables, SYNOPKG_PKG_STATUS";

/// DSM 7.
pub const DSM_7: Lifecycle = Lifecycle {
    vendor: VendorId::Synology,
    generation: Dsm::V7.title(),
    shell: "ash or bash",
    runs_as: RunsAs::Package { source: "DSM 7 developer guide, breaking changes: `run-as: package` is forced" },
    scripts_dir: "/var/packages/NAME/scripts",
    scripts: &[
        script("preinst", "synology/preinst", &[abort(Event::PreInstall)]),
        script("postinst", "synology/postinst", &[abort(Event::PostInstall)]),
        script("preuninst", "synology/preuninst", &[abort(Event::PreUninstall)]),
        script("postuninst", "synology/postuninst", &[report(Event::PostUninstall)]),
        script("preupgrade", "synology/preupgrade", &[abort(Event::PreUpgrade)]),
        script("postupgrade", "synology/postupgrade", &[abort(Event::PostUpgrade)]),
        script(
            CONTROL,
            "synology/start-stop-status",
            &[
                report(Event::Boot),
                abort(Event::PreStart),
                report(Event::PostStart),
                report(Event::PreStop),
                report(Event::PostStop),
            ],
        ),
    ],
    moments: &[
        Moment {
            what: What::Install,
            acts: &[
                call("preinst", New, &[], "INSTALL", Abort),
                Act::Unpack,
                // A failure leaves the package installed, marked as broken.
                call("postinst", New, &[], "INSTALL", Report),
                call(CONTROL, New, START, "START", Report),
            ],
            source: "developer guide, script execution order",
        },
        Moment {
            what: What::Upgrade,
            acts: &[
                call(CONTROL, Installed, STOP, "STOP", Report),
                call("preupgrade", New, &[], "UPGRADE", Abort),
                call("preuninst", Installed, &[], "UPGRADE", Abort),
                Act::Remove,
                call("postuninst", Installed, &[], "UPGRADE", Report),
                call("preinst", New, &[], "UPGRADE", Abort),
                Act::Unpack,
                call("postinst", New, &[], "UPGRADE", Report),
                call("postupgrade", New, &[], "UPGRADE", Report),
                call(CONTROL, New, START, "START", Report),
            ],
            source: "developer guide, script execution order",
        },
        Moment {
            what: What::Start,
            acts: &[call(CONTROL, Installed, START, "START", Abort)],
            source: "developer guide, start-stop-status",
        },
        Moment {
            what: What::Stop,
            acts: &[call(CONTROL, Installed, STOP, "STOP", Abort)],
            source: "developer guide, start-stop-status",
        },
        Moment {
            what: What::Status,
            acts: &[call(CONTROL, Installed, STATUS, "", Report)],
            source: "developer guide, start-stop-status",
        },
        Moment {
            what: What::Uninstall,
            acts: &[
                call(CONTROL, Installed, STOP, "STOP", Report),
                call("preuninst", Installed, &[], "UNINSTALL", Abort),
                Act::Remove,
                call("postuninst", Installed, &[], "UNINSTALL", Report),
            ],
            source: "developer guide, script execution order",
        },
        Moment {
            what: What::Boot,
            acts: &[call(CONTROL, Installed, START, "", Report)],
            source: "developer guide: the status variable is empty at boot",
        },
        Moment {
            what: What::Shutdown,
            acts: &[call(CONTROL, Installed, STOP, "", Report)],
            source: "developer guide: the status variable is empty at shutdown",
        },
    ],
    variables: &[
        variable("SYNOPKG_PKGDEST", Value::AppDir, "/var/packages/NAME/target"),
        variable("SYNOPKG_PKGVAR", Value::VarDir, "/var/packages/NAME/var, since 7.0-40314"),
        variable("SYNOPKG_PKGTMP", Value::TempDir, "/var/packages/NAME/tmp, since 7.0-40356"),
        variable("SYNOPKG_PKG_STATUS", Value::Status, "INSTALL, UPGRADE, UNINSTALL, START, STOP, or empty"),
        variable("SYNOPKG_TEMP_LOGFILE", Value::MessageFile, "a file whose content is shown to the user"),
    ],
    working_dir: assumed("/"),
    same_version: assumed(Takes::Yes),
    older_version: assumed(Takes::Yes),
    status_codes: &[
        StatusCode { code: 0, meaning: "running" },
        StatusCode { code: 1, meaning: "dead, with a pid file" },
        StatusCode { code: 3, meaning: "stopped" },
    ],
    folder_mode: 0o750,
    reserved: &[],
};
