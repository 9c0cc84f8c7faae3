//! What scripts find on a box beside the package: the shell, BusyBox's programs, and the vendor's own.

use super::firmware::{Applets, Program, Userland};

/// `PATH` as the scripts of every vendor can count on it: what the shell itself falls back to, and `/usr/local`.
const PATH: &str = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";

/// ADM 3.
pub static ADM_3: Userland = Userland {
    title: "BusyBox 1.19.3, ADM 3",
    applets: Applets::Until(1, 19),
    path: PATH,
    programs: ADM,
    bash: false,
    source: "App Central guide 3.5.0, platform table",
};

/// ADM 4 and 5.
pub static ADM_4: Userland = Userland {
    title: "BusyBox 1.31.1, ADM 4",
    applets: Applets::Until(1, 31),
    source: "App Central guide 4.2, platform table",
    ..ADM_3
};

const ADM: &[Program] = &[];

/// DSM 5.
pub static DSM_5: Userland = Userland {
    title: "BusyBox 1.16.1, DSM 5",
    applets: Applets::Until(1, 16),
    path: "/sbin:/bin:/usr/sbin:/usr/bin:/usr/syno/sbin:/usr/syno/bin:/usr/local/sbin:/usr/local/bin",
    programs: DSM,
    bash: false,
    source: "users' wikis: before DSM 6 the shell was BusyBox's",
};

/// DSM 6.
pub static DSM_6: Userland = Userland {
    title: "bash and GNU's programs, DSM 6",
    applets: Applets::Until(1, 36),
    bash: true,
    source: "users' wikis: since DSM 6 ash is a link to bash",
    ..DSM_5
};

/// DSM 7.
pub static DSM_7: Userland = Userland { title: "bash and GNU's programs, DSM 7", ..DSM_6 };

const DSM: &[Program] = &[
    succeeds("/usr/syno/bin/synopkg"),
    succeeds("/usr/syno/bin/servicetool"),
    succeeds("/usr/syno/sbin/synoservice"),
    succeeds("/usr/syno/sbin/synoshare"),
    succeeds("/usr/syno/sbin/synogroup"),
    succeeds("/usr/syno/sbin/synouser"),
    succeeds("/usr/syno/bin/synowebapi"),
];

/// OS5.
pub static OS5: Userland = Userland {
    title: "BusyBox 1.30.1, OS5",
    applets: Applets::Until(1, 30),
    path: PATH,
    programs: WD,
    bash: true,
    source: "WD's table of the platform",
};

/// OS3.
pub static OS3: Userland = Userland { title: "BusyBox, OS3", applets: Applets::Until(1, 20), bash: false, ..OS5 };

const WD: &[Program] = &[];

const fn succeeds(path: &'static str) -> Program {
    Program { path, body: "" }
}

/// The version of BusyBox that brought a program, by its release notes. `None` for those that were there in 1.16, the oldest on any
/// box of ours, and for what is no program of BusyBox.
pub fn since(applet: &str) -> Option<(u32, u32)> {
    let row = |(_, applets): &&((u32, u32), &[&str])| applets.contains(&applet);
    SINCE.iter().find(row).map(|(version, _)| *version)
}

/// The programs by the version that brought them.
const SINCE: &[((u32, u32), &[&str])] = &[];
