//! What DSM does with a package, one table a generation.

use super::generation::Dsm;
use crate::hooks::Event;
use crate::hooks::lifecycle::OnFailure::{Abort, Report};
use crate::hooks::lifecycle::Whose::{Installed, New};
use crate::hooks::lifecycle::table::{abort, assumed, call, call_if, failing, known, report, script, status, variable};
use crate::hooks::lifecycle::{Act, Arg, Condition, Lifecycle, Moment, RunsAs, Takes, Value, Variable, What};
use crate::model::VendorId;
use Condition::ChecksFirst;

const CONTROL: &str = "start-stop-status";
const START: &[Arg] = &[Arg::Word("start")];
const STOP: &[Arg] = &[Arg::Word("stop")];
const STATUS: &[Arg] = &[Arg::Word("status")];
const PRESTART: &[Arg] = &[Arg::Word("prestart")];
const PRESTOP: &[Arg] = &[Arg::Word("prestop")];

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
    shell: "BusyBox ash 1.16.1",
    variables: &SINCE_5,
    older_version: assumed(ROLL_BACK),
    ..DSM_6
};

/// DSM 6. `conf/privilege` has root run the scripts, because no folder that outlives an upgrade belongs to the package's user there,
/// who is made all the same and whom the daemon is handed to.
pub const DSM_6: Lifecycle = Lifecycle {
    generation: Dsm::V6.title(),
    shell: "bash",
    runs_as: RunsAs::Root { user: "NAME", group: "NAME", source: "spksrc, conf/privilege for DSM 6" },
    moments: BEFORE_7,
    variables: &SINCE_6,
    // The folder of the process that Package Center asks, which runs the scripts itself.
    working_dir: known("/usr/syno/synoman/webapi", "environments that packages' scripts wrote down on DSM 5.1 and 6.2"),
    same_version: known(Takes::Yes, "synopkg.log of a DSM 6: the same version by hand runs as an upgrade"),
    older_version: known(ROLL_BACK, "a user of DSM 6.2.4, SickChill issue 7063"),
    ..DSM_7
};

const ROLL_BACK: Takes = Takes::No("You cannot roll back to the older version");

/// Before DSM 7, a start or stop on the way has the status of what it is part of.
const BEFORE_7: &[Moment] = &[
    Moment {
        what: What::Install,
        acts: &[
            call("preinst", New, &[], "INSTALL", Abort),
            Act::Unpack,
            call("postinst", New, &[], "INSTALL", Report),
            call_if(ChecksFirst, CONTROL, New, PRESTART, "INSTALL", Abort),
            call(CONTROL, New, START, "INSTALL", Report),
        ],
        source: OLD_ORDER,
    },
    Moment { what: What::Upgrade, acts: OLD_UPGRADE, source: OLD_ORDER },
    Moment { what: What::Reinstall, acts: OLD_UPGRADE, source: "synopkg.log of a DSM 6" },
    Moment {
        what: What::Start,
        acts: &[
            call_if(ChecksFirst, CONTROL, Installed, PRESTART, "START", Abort),
            call(CONTROL, Installed, START, "START", Abort),
        ],
        source: OLD_STATUS,
    },
    Moment {
        what: What::Stop,
        acts: &[
            call_if(ChecksFirst, CONTROL, Installed, PRESTOP, "STOP", Abort),
            call(CONTROL, Installed, STOP, "STOP", Abort),
        ],
        source: OLD_STATUS,
    },
    Moment {
        what: What::Status,
        acts: &[call(CONTROL, Installed, STATUS, "", Report)],
        source: "2014 guide, start-stop-status",
    },
    Moment {
        what: What::Uninstall,
        acts: &[
            call_if(ChecksFirst, CONTROL, Installed, PRESTOP, "UNINSTALL", Abort),
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

const OLD_UPGRADE: &[Act] = &[
    call_if(ChecksFirst, CONTROL, Installed, PRESTOP, "UPGRADE", Abort),
    call(CONTROL, Installed, STOP, "UPGRADE", Report),
    call("preupgrade", New, &[], "UPGRADE", Abort),
    call("preuninst", Installed, &[], "UPGRADE", Abort),
    Act::Remove,
    call("postuninst", Installed, &[], "UPGRADE", Report),
    call("preinst", New, &[], "UPGRADE", Abort),
    Act::Unpack,
    call("postinst", New, &[], "UPGRADE", Report),
    call("postupgrade", New, &[], "UPGRADE", Report),
    call_if(ChecksFirst, CONTROL, New, PRESTART, "UPGRADE", Abort),
    call(CONTROL, New, START, "UPGRADE", Report),
];

const OLD_ORDER: &str = "2014 guide, sequence of execution of shell scripts; synopkg.log of several DSM 6";
const OLD_STATUS: &str = "2014 guide, script environment variables, SYNOPKG_PKG_STATUS";

const UPGRADE: &[Act] = &[
    call_if(ChecksFirst, CONTROL, Installed, PRESTOP, "STOP", Abort),
    call(CONTROL, Installed, STOP, "STOP", Report),
    call("preupgrade", New, &[], "UPGRADE", Abort),
    call("preuninst", Installed, &[], "UPGRADE", Abort),
    Act::Remove,
    call("postuninst", Installed, &[], "UPGRADE", Report),
    call("preinst", New, &[], "UPGRADE", Abort),
    Act::Unpack,
    call("postinst", New, &[], "UPGRADE", Report),
    call("postupgrade", New, &[], "UPGRADE", Report),
    call_if(ChecksFirst, CONTROL, New, PRESTART, "START", Abort),
    call(CONTROL, New, START, "START", Report),
];

const ORDER: &str = "developer guide, script execution order; synopkg.log of several DSM 7";

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
                call("postinst", New, &[], "INSTALL", Report),
                call_if(ChecksFirst, CONTROL, New, PRESTART, "START", Abort),
                call(CONTROL, New, START, "START", Report),
            ],
            source: ORDER,
        },
        Moment { what: What::Upgrade, acts: UPGRADE, source: ORDER },
        Moment { what: What::Reinstall, acts: UPGRADE, source: "as on DSM 6, where a device's synopkg.log shows it" },
        Moment {
            what: What::Start,
            acts: &[
                call_if(ChecksFirst, CONTROL, Installed, PRESTART, "START", Abort),
                call(CONTROL, Installed, START, "START", Abort),
            ],
            source: "developer guide, start-stop-status",
        },
        Moment {
            what: What::Stop,
            acts: &[
                call_if(ChecksFirst, CONTROL, Installed, PRESTOP, "STOP", Abort),
                call(CONTROL, Installed, STOP, "STOP", Abort),
            ],
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
                call_if(ChecksFirst, CONTROL, Installed, PRESTOP, "STOP", Abort),
                call(CONTROL, Installed, STOP, "STOP", Report),
                call("preuninst", Installed, &[], "UNINSTALL", Abort),
                Act::Remove,
                call("postuninst", Installed, &[], "UNINSTALL", Report),
            ],
            source: ORDER,
        },
        Moment {
            what: What::Boot,
            acts: &[
                call_if(ChecksFirst, CONTROL, Installed, PRESTART, "", Abort),
                call(CONTROL, Installed, START, "", Report),
            ],
            source: "developer guide: the status variable is empty at boot, and prestart counts there since 7.0",
        },
        Moment {
            what: What::Shutdown,
            acts: &[call(CONTROL, Installed, STOP, "", Report)],
            source: "developer guide: the status variable is empty at shutdown",
        },
    ],
    variables: &SINCE_7,
    working_dir: assumed("/"),
    same_version: assumed(Takes::Yes),
    older_version: assumed(ROLL_BACK),
    status_codes: &[
        status(0, "running"),
        status(1, "dead, with a pid file"),
        status(2, "dead, with a lock file"),
        status(3, "stopped"),
        status(4, "unknown"),
        status(150, "broken: the package must be repaired or installed again"),
    ],
    failures: &[
        failing("preinst", "277: nothing is installed"),
        failing("postinst", "the package counts as corrupted, and is offered for repair"),
        failing("preuninst", "277: the package stays, and is started again"),
        failing("postuninst", "none: the package is gone"),
        failing("preupgrade", "277: the installed version stays"),
        failing("postupgrade", "the package counts as corrupted, and is offered for repair"),
        failing("prestart", "the package is not started"),
        failing("prestop", "the package is not stopped"),
        failing("start", "the package is shown as stopped, with `failed to run the package service`"),
        failing("stop", "the package is shown as running; an upgrade or removal goes on"),
    ],
    folder_mode: 0o750,
    reserved: &[],
};

/// What every DSM sets (2014 guide), then what DSM 6 and DSM 7 have added.
const SINCE_5: [Variable; 14] = [
    variable("SYNOPKG_PKGNAME", Value::Package, "NAME"),
    variable("SYNOPKG_PKGVER", Value::Version, "the version, in an upgrade the new one"),
    variable("SYNOPKG_PKGDEST", Value::AppDir, "/volumeN/@appstore/NAME, on DSM 7 /var/packages/NAME/target"),
    variable("SYNOPKG_PKGDEST_VOL", Value::Volume, "/volumeN"),
    variable("SYNOPKG_PKGPORT", Value::Port, "`adminport` of INFO"),
    variable("SYNOPKG_PKGINST_TEMP_DIR", Value::UploadDir, "where package.tgz is unpacked before it is put in place"),
    variable("SYNOPKG_TEMP_LOGFILE", Value::MessageFile, "a file whose content is shown to the user"),
    variable("SYNOPKG_DSM_LANGUAGE", Value::Fixed("enu"), "the user's language, in DSM's word for it"),
    variable("SYNOPKG_DSM_VERSION_MAJOR", Value::FirmwareMajor, "the first number of DSM's version"),
    variable("SYNOPKG_DSM_VERSION_MINOR", Value::FirmwareMinor, "the second"),
    variable("SYNOPKG_DSM_VERSION_BUILD", Value::FirmwareBuild, "the build"),
    variable("SYNOPKG_DSM_ARCH", Value::Arch, "the platform: apollolake, rtd1296"),
    variable(
        "SYNOPKG_PKG_STATUS",
        Value::Status,
        "INSTALL, UPGRADE, UNINSTALL, START, STOP, or empty at boot and shutdown",
    ),
    variable("SYNOPKG_OLD_PKGVER", Value::OldVersion, "the version that is replaced, in an upgrade"),
];

const SINCE_6: [Variable; 18] = with(
    SINCE_5,
    [
        variable("SYNOPKG_TEMP_UPGRADE_FOLDER", Value::KeepDir, "a folder for what preupgrade keeps for postupgrade"),
        variable("SYNOPKG_TEMP_SPKFILE", Value::File, "the package's file"),
        variable("SYNOPKG_USERNAME", Value::Fixed("admin"), "the user who asked for it; empty if it is DSM itself"),
        variable("SYNOPKG_PKG_PROGRESS_PATH", Value::Fixed(PROGRESS), "a file for a number from 0 to 1"),
    ],
);

const SINCE_7: [Variable; 21] = with(
    SINCE_6,
    [
        variable("SYNOPKG_PKGVAR", Value::VarDir, "/var/packages/NAME/var, since 7.0-40314"),
        variable("SYNOPKG_PKGTMP", Value::TempDir, "/var/packages/NAME/tmp, since 7.0-40356"),
        variable("SYNOPKG_PKGHOME", Value::HomeDir, "/var/packages/NAME/home, since 7.0-40759"),
    ],
);

/// Where a script writes how far it is.
pub(super) const PROGRESS: &str = "/tmp/synopkg.progress";

/// Two tables as one.
const fn with<const A: usize, const B: usize, const C: usize>(
    first: [Variable; A],
    more: [Variable; B],
) -> [Variable; C] {
    assert!(A + B == C, "the sum of both");
    let mut all = [first[0]; C];
    let mut at = 0;
    while at < C {
        all[at] = if at < A { first[at] } else { more[at - A] };
        at += 1;
    }
    all
}
