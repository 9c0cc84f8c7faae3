//! What scripts find on a box beside the package: the shell, BusyBox's programs, and the vendor's own.

use super::firmware::{Applets, Program, Userland};

/// `PATH` where nothing is known of it: the folders that every box has.
const PATH: &str = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";

/// The newest BusyBox that [`since`] knows, for boxes whose programs are not BusyBox's and do more.
const ALL: Applets = Applets::Until(1, 37);

/// ADM 3.
pub static ADM_3: Userland = Userland {
    title: "BusyBox 1.19.3, ADM 3",
    applets: Applets::Until(1, 19),
    lacks: &[],
    path: PATH,
    programs: ADM,
    // `/bin/bash` is a link to ash there.
    bash: false,
    source: "App Central guide 3.5.0, platform table; no listing of a device was found",
};

/// ADM 4 and 5.
pub static ADM_4: Userland = Userland {
    title: "BusyBox 1.31.1, ADM 4",
    applets: Applets::Until(1, 31),
    source: "App Central guide 4.2, platform table; no listing of a device was found",
    ..ADM_3
};

/// `syslog`, which packages write to ADM's log with.
const ADM: &[Program] = &[succeeds("/usr/bin/syslog")];

/// DSM 5.
pub static DSM_5: Userland = Userland {
    title: "BusyBox 1.16.1, DSM 5",
    applets: Applets::Until(1, 16),
    lacks: DSM_LACKS,
    path: "/sbin:/bin:/usr/sbin:/usr/bin:/usr/syno/sbin:/usr/syno/bin:/usr/local/sbin:/usr/local/bin",
    programs: DSM,
    bash: false,
    source: "users' logins, and environments that packages' scripts wrote down",
};

/// DSM 6.
pub static DSM_6: Userland = Userland {
    title: "bash and GNU's programs, DSM 6",
    applets: ALL,
    bash: true,
    source: "users' wikis (since DSM 6 `ash` is a link to bash), and environments that packages' scripts wrote down",
    ..DSM_5
};

/// DSM 7.
pub static DSM_7: Userland = Userland {
    title: "bash and GNU's programs, DSM 7",
    programs: DSM_7_PROGRAMS,
    source: "as on DSM 6; spksrc's notes on DSM 7",
    ..DSM_6
};

/// What spksrc's packages bring a BusyBox of their own for.
const DSM_LACKS: &[&str] =
    &["addgroup", "add-shell", "adduser", "delgroup", "deluser", "remove-shell", "start-stop-daemon"];

/// Synology's CLI guide, its developer guides, and scripts in spksrc.
const DSM: &[Program] = &[
    GET_KEY_VALUE,
    succeeds("/usr/syno/bin/servicetool"),
    succeeds("/usr/syno/bin/synopkg"),
    succeeds("/usr/syno/bin/synowebapi"),
    succeeds("/usr/syno/sbin/synogroup"),
    succeeds("/usr/syno/sbin/synopkgctl"),
    succeeds("/usr/syno/sbin/synopkghelper"),
    succeeds("/usr/syno/sbin/synoservice"),
    succeeds("/usr/syno/sbin/synoservicecfg"),
    succeeds("/usr/syno/sbin/synoshare"),
    succeeds("/usr/syno/sbin/synouser"),
];

/// Systemd took the place of `synoservice`.
const DSM_7_PROGRAMS: &[Program] = &[
    GET_KEY_VALUE,
    succeeds("/usr/syno/bin/servicetool"),
    succeeds("/usr/syno/bin/synopkg"),
    succeeds("/usr/syno/bin/synosystemctl"),
    succeeds("/usr/syno/bin/synowebapi"),
    succeeds("/usr/syno/sbin/synogroup"),
    succeeds("/usr/syno/sbin/synopkghelper"),
    succeeds("/usr/syno/sbin/synoshare"),
    succeeds("/usr/syno/sbin/synouser"),
];

/// `get_key_value FILE KEY`, by which scripts read `/etc.defaults/VERSION`.
const GET_KEY_VALUE: Program = Program {
    path: "/bin/get_key_value",
    body: "sed -n \"s/^$2=\\\"\\{0,1\\}\\([^\\\"]*\\)\\\"\\{0,1\\}$/\\1/p\" \"$1\"",
};

/// OS5.
pub static OS5: Userland = Userland {
    title: "BusyBox 1.30.1, OS5",
    applets: Applets::Until(1, 30),
    lacks: &[],
    path: PATH,
    programs: WD,
    bash: true,
    source: "WD's developer documents, platform table; no listing of a device was found",
};

/// OS3.
pub static OS3: Userland = Userland {
    title: "BusyBox, OS3",
    applets: Applets::Until(1, 20),
    bash: false,
    source: "assumed: its firmwares are of 2013 to 2020, and neither a version nor a listing was found",
    ..OS5
};

/// The programs behind the dashboard that people use in scripts.
const WD: &[Program] = &[succeeds("/usr/sbin/del_apkg"), succeeds("/usr/sbin/upload_apkg")];

const fn succeeds(path: &'static str) -> Program {
    Program { path, body: "" }
}

/// The version of BusyBox that brought a program. `None` for those that 1.16 had, the oldest on any box of ours, and for what is no
/// program of BusyBox.
pub fn since(applet: &str) -> Option<(u32, u32)> {
    SINCE.iter().find(|(_, applets)| applets.contains(&applet)).map(|(version, _)| *version)
}

/// The programs by the first stable line that had them, from the tables of applets in BusyBox's sources at the last tag of each line.
/// What came and went, or had another name for a while, is left out.
#[rustfmt::skip]
const SINCE: &[((u32, u32), &[&str])] = &[
    ((1, 19), &[
        "add-shell", "base64", "bash", "blockdev", "bootchartd", "conspy", "fgconsole", "flock", "groups", "iostat", "lzcat", "lzma",
        "modinfo", "mpstat", "nanddump", "nandwrite", "nbd-client", "pmap", "powertop", "pstree", "pwdx", "remove-shell", "rev",
        "rfkill", "setserial", "smemcap", "ubiattach", "ubidetach", "ubimkvol", "ubirmvol", "ubirsvol", "ubiupdatevol", "unxz",
        "users", "whois", "xz", "xzcat",
    ]),
    ((1, 20), &["lsof", "udhcpc6"]),
    ((1, 21), &["sha3sum"]),
    ((1, 22), &["fstrim"]),
    ((1, 23), &["fatattr", "shuf", "unit", "unlink"]),
    ((1, 24), &["i2cdetect", "i2cdump", "i2cget", "i2cset", "truncate", "uevent"]),
    ((1, 25), &["blkdiscard", "nsenter", "ubirename", "unshare"]),
    ((1, 26), &["ipneigh", "svc"]),
    ((1, 27), &[
        "factor", "fallocate", "fsfreeze", "link", "lsscsi", "nl", "nproc", "partprobe", "paste", "setpriv", "shred", "ssl_client",
        "w", "xxd",
    ]),
    ((1, 28), &["arch", "hexedit", "minips", "netcat", "nuke", "resume", "run-init", "setfattr"]),
    ((1, 29), &["svok"]),
    ((1, 30), &["bc", "nologin"]),
    ((1, 31), &["i2ctransfer", "ts"]),
    ((1, 32), &["mim"]),
    ((1, 33), &["base32"]),
    ((1, 34), &["ascii", "crc32"]),
    ((1, 36), &["seedrng", "tree", "tsort"]),
    ((1, 37), &["getfattr"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_have_what_their_busybox_had() {
        let some = ["ash", "flock", "nproc", "sha3sum", "start-stop-daemon", "timeout", "tree", "truncate"];
        let of = |userland: &Userland| userland.applets(some).join(" ");
        assert_eq!(of(&DSM_5), "ash timeout");
        assert_eq!(of(&ADM_3), "ash flock start-stop-daemon timeout");
        assert_eq!(of(&OS5), "ash flock nproc sha3sum start-stop-daemon timeout truncate");
        assert_eq!(of(&DSM_7), "ash flock nproc sha3sum timeout tree truncate");
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(SINCE.windows(2).all(|rows| rows[0].0 < rows[1].0));
        let mut names: Vec<_> = SINCE.iter().flat_map(|(_, names)| *names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "each is there once");
    }
}
