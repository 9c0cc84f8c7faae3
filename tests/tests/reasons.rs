//! What `cargo nas verify` says of packages with one thing wrong, and that it is that thing.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod damage;

use std::ffi::OsStr;
use std::fs;

use nas_pack::vendor::wd::{Os, sign};
use nas_pack_tests::command::{Nas, root};
use nas_pack_tests::example::tool;
use nas_pack_tests::fixture::Fixture;
use serde_json::Value;

use self::damage::{Member, Spk, apk, gzip, os3, os5, spk, spk_in};

/// What verification says of a package.
fn report(bytes: &[u8]) -> (Option<i32>, Value) {
    tool("busybox");
    let folder = Fixture::empty();
    // ADM goes by the name, too.
    let name = if bytes.starts_with(b"PK") { "beacon_1.2.3_x86-64.apk" } else { "package" };
    folder.write(name, bytes);
    let answer = Nas::new(["verify", "--json", name]).dir(folder.path()).run();
    assert_eq!(answer.stderr, "");
    let reports: Value = serde_json::from_str(&answer.stdout).unwrap();
    let report = reports[0].clone();
    assert_eq!(report["approved"] == true, answer.code == Some(0), "{report:#}");
    (answer.code, report)
}

/// The findings in one line each: code, the device's number, where, and what.
fn told(report: &Value) -> Vec<String> {
    let line = |found: &Value| {
        let text = |key: &str| found[key].as_str().unwrap_or("-").to_owned();
        let place = found["place"]["file"].as_str().unwrap_or("-");
        let line = found["place"]["line"].as_u64().map_or_else(String::new, |line| format!(":{line}"));
        format!("{} {} ({}) {place}{line}: {}", text("level"), text("code"), text("device"), text("message"))
    };
    report["findings"].as_array().unwrap().iter().map(line).collect()
}

/// For another machine than the package's.
fn foreign(program: &mut [u8]) {
    const AARCH64: u8 = 183;
    program[18] = AARCH64;
}

const MARK: &[u8] = b"\xef\xbb\xbf";

fn marked(text: &mut Vec<u8>) {
    text.splice(..0, MARK.iter().copied());
}

fn with_crlf(script: &mut Vec<u8>) {
    *script = String::from_utf8(script.clone()).unwrap().replace('\n', "\r\n").into_bytes();
}

/// The size that DSM 6 shows.
fn with_icon_of_72(spk: &mut Spk) {
    // A picture's first bytes say its size.
    spk.outer.bytes("PACKAGE_ICON.PNG")[16..24].copy_from_slice(&[0, 0, 0, 72, 0, 0, 0, 72]);
}

/// Nothing is found once a package was taken apart and put together: what the cases find is what is wrong with them.
#[test]
fn what_is_put_together_unchanged_is_approved() {
    for bytes in [apk(|_| ()), spk(|_| ()), os5(|_| ()), os3(|_| ())] {
        let (code, report) = report(&bytes);
        assert_eq!((code, told(&report)), (Some(0), Vec::new()));
    }
}

/// What the vendors' own tools have made, where those packages are at hand.
#[test]
fn the_vendors_own_packages_are_approved() {
    let Some(vectors) = root().parent().map(|above| above.join("shared/vectors")).filter(|folder| folder.is_dir())
    else {
        return;
    };
    let packages =
        ["asustor", "synology", "wd/bins"].iter().flat_map(|folder| fs::read_dir(vectors.join(folder)).unwrap());
    let packages: Vec<_> = packages
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| ["apk", "spk", "bin"].iter().any(|known| kind == *known)))
        .collect();
    assert!(!packages.is_empty());
    Nas::new(["verify", "--quiet"].map(OsStr::new).into_iter().chain(packages.iter().map(|path| path.as_os_str())))
        .succeed();
}

/// Each package has one thing wrong with it, and is refused for that and nothing else.
#[test]
fn each_fault_has_a_reason_of_its_own() {
    let dotted = |member: &mut Member| member.name = format!("./{}", member.name);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a truncated signature", os5(|bin| bin.files.bytes("beacon/apkg.sign").truncate(16))),
        ("signed by the header, without signature", os5(|bin| bin.files.remove("beacon/apkg.sign"))),
        (
            "a SHA-256 signature on OS3",
            os3(|bin| *bin.files.bytes("beacon/apkg.sign") = sign::sign("beacon", Os::Os5, [1; 8])),
        ),
        ("a member outside of the apk", apk(|apk| apk.data.add("share/build.txt", "../evil", "x"))),
        ("a member outside of the spk", spk(|spk| spk.outer.add("INFO", "../evil", "x"))),
        ("a member outside of package.tgz", spk(|spk| spk.inner.add("share/build.txt", "../evil", "x"))),
        ("a member outside of the bin", os5(|bin| bin.files.add("beacon/apkg.rc", "beacon/../../evil", "x"))),
        ("a CONTROL in the data", apk(|apk| apk.data.add("share/build.txt", "CONTROL/config.json", "{}"))),
        ("another apkg-version", apk(|apk| apk.version = b"1.0\n".to_vec())),
        ("an outer gzip", gzip(&spk(|_| ()))),
        ("./INFO", spk(|spk| spk.outer.0.iter_mut().for_each(dotted))),
        ("run-as root", spk(|spk| spk.outer.replace("conf/privilege", "\"package\"", "\"root\""))),
        ("a missing .sc", spk(|spk| spk.inner.remove("conf/beacon.sc"))),
        ("os_min_ver before DSM 7's first", spk(|spk| spk.outer.replace("INFO", "7.0-40000", "7.0-1"))),
        (
            "os_min_ver of DSM 6, os_max_ver of DSM 7",
            spk(|spk| {
                spk.outer.replace("INFO", "\"7.0-40000\"", "\"6.1-15047\"\nos_max_ver=\"7.2-64570\"");
                with_icon_of_72(spk);
            }),
        ),
        ("a BOM in INFO", spk(|spk| marked(spk.outer.bytes("INFO")))),
        ("a BOM in config.json", apk(|apk| marked(apk.control.bytes("config.json")))),
        ("CRLF in a script of the apk", apk(|apk| with_crlf(apk.control.bytes("start-stop.sh")))),
        ("CRLF in a script of the spk", spk(|spk| with_crlf(spk.outer.bytes("scripts/start-stop-status")))),
        ("CRLF in a script of the bin", os3(|bin| with_crlf(bin.files.bytes("beacon/start.sh")))),
        ("another machine's program in the apk", apk(|apk| foreign(apk.data.bytes("bin/beacon")))),
        ("another machine's program in the spk", spk(|spk| foreign(spk.inner.bytes("bin/beacon")))),
        ("another machine's program in the bin", os5(|bin| foreign(bin.files.bytes("beacon/bin/beacon")))),
    ];
    let mut all = Vec::new();
    let mut others = Vec::new();
    for (name, bytes) in &cases {
        let (code, report) = report(bytes);
        let told = told(&report);
        if (code, told.len()) != (Some(1), 1) {
            others.push(name);
        }
        all.push(format!("{name}\n  {}", told.join("\n  ")));
    }
    insta::assert_snapshot!(all.join("\n"), @"
    a truncated signature
      error WD039 (-) package/apkg.sign: `apkg.sign` ends behind its salt
    signed by the header, without signature
      error WD037 (-) package: the header says signed, but `apkg.sign` is missing
    a SHA-256 signature on OS3
      error WD040 (-) package/apkg.sign: `apkg.sign` is made for the other system
    a member outside of the apk
      error - (-) beacon_1.2.3_x86-64.apk: `data.tar.gz` cannot be read: the member `../evil` would be written outside of the package
    a member outside of the spk
      error - (-) package: the package cannot be read: the member `../evil` would be written outside of the package
    a member outside of package.tgz
      error - (-) package: `package.tgz` cannot be read: the member `../evil` would be written outside of the package
    a member outside of the bin
      error - (-) package: the payload cannot be read: the member `beacon/../../evil` would be written outside of the package
    a CONTROL in the data
      error AST015 (-) beacon_1.2.3_x86-64.apk: `data.tar.gz` has a `CONTROL` of its own
    another apkg-version
      error AST021 (-424) beacon_1.2.3_x86-64.apk: `apkg-version` is `1.0`, and only 2.0 is known
    an outer gzip
      error SYN027 (263) package: the package is compressed with gzip, and DSM 7 refuses that with error 263
    ./INFO
      error SYN028 (263) package: `./` stands before the names in the package, where DSM does not find `INFO`
    run-as root
      error SYN061 (-) package/conf/privilege: the whole package is to run as root, which DSM 7 refuses
    a missing .sc
      error SYN071 (278) package/conf/resource: `conf/resource` names `conf/beacon.sc`, which is not in the package
    os_min_ver before DSM 7's first
      error SYN006 (261) package/INFO:3: no DSM 7 is as old as 7.0-1
    os_min_ver of DSM 6, os_max_ver of DSM 7
      error SYN006 (261) package/INFO:3: DSM 7 does not take a package that begins at DSM 6.1-15047
    a BOM in INFO
      error SYN024 (261, 263) package: `INFO` begins with a byte order mark, which becomes part of the first key
    a BOM in config.json
      error AST024 (-2, -61) beacon_1.2.3_x86-64.apk/CONTROL/config.json:1: `CONTROL/config.json` begins with a byte order mark
    CRLF in a script of the apk
      error NAS023 (-) beacon_1.2.3_x86-64.apk/CONTROL/start-stop.sh:1: `CONTROL/start-stop.sh` has Windows' line ends
    CRLF in a script of the spk
      error NAS023 (-) package/scripts/start-stop-status:1: `scripts/start-stop-status` has Windows' line ends
    CRLF in a script of the bin
      error NAS023 (-) package/start.sh:1: `start.sh` has Windows' line ends
    another machine's program in the apk
      error NAS001 (-) beacon_1.2.3_x86-64.apk/bin/beacon: `bin/beacon` was built for aarch64, not for x86_64
    another machine's program in the spk
      error NAS001 (-) package/package/bin/beacon: `package/bin/beacon` was built for aarch64, not for x86_64
    another machine's program in the bin
      error NAS001 (-) package/bin/beacon: `bin/beacon` was built for aarch64, not for x86_64
    ");
    assert!(others.is_empty(), "not refused for one thing: {others:?}");
}

/// The way of one Rust daemon to its first working SPK (unified-hifi-control, whose threads have plain numbers here), and what others
/// met on theirs: each station of it offline, with the device's number where it gives one.
///
/// Two stations only a box or a simulator shows: status codes of `start-stop-status` that mean something else to DSM (#387), and calls
/// that an old kernel does not know, such as `getentropy` on Linux 3.10 (rustfs#1633): no file says that a program makes them.
#[test]
fn the_field_is_caught_offline() {
    let script = |line: &'static str| {
        spk(move |spk| spk.outer.replace("scripts/start-stop-status", "#!/bin/sh\n", &format!("#!/bin/sh\n{line}\n")))
    };
    let info = |from: &'static str, to: &'static str| spk(move |spk| spk.outer.replace("INFO", from, to));
    let no_size = spk(|spk| {
        let info = spk.outer.bytes("INFO");
        let text = String::from_utf8(info.clone()).unwrap();
        let kept = text.lines().filter(|line| !line.starts_with("extractsize")).map(|line| format!("{line}\n"));
        *info = kept.collect::<String>().into_bytes();
    });
    let root_at_the_end = |spk: &mut Spk| {
        let defaults = "{\"defaults\": {\"run-as\": \"package\"}, ";
        *spk.outer.bytes("conf/privilege") =
            format!("{defaults}\"ctrl-script\": [{{\"action\": \"postuninst\", \"run-as\": \"root\"}}]}}").into_bytes();
    };
    let walls: Vec<(&str, &str, Vec<u8>)> = vec![
        ("#171: a script names a path that is not there", "NAS036", script("\"$SYNOPKG_PKGDEST/bin/hifi\" --version")),
        ("#171: a picture of 72 pixels where 64 are wanted", "SYN037", spk(with_icon_of_72)),
        (
            "#171: conf/resource names a missing file",
            "SYN071",
            spk(|spk| spk.outer.replace("conf/resource", "conf/beacon.sc", "conf/hifi.sc")),
        ),
        ("#172: startable", "SYN018", info("package=", "startable=\"yes\"\npackage=")),
        ("#172: no lifecycle scripts", "SYN032", spk(|spk| spk.outer.remove("scripts/p"))),
        ("#172: no extractsize", "SYN031", no_size),
        ("#172: dsmuidir without a folder", "SYN039", spk(|spk| spk.inner.remove("ui"))),
        ("#387: writes to /var/log as the package's user", "NAS035", script("echo started >> /var/log/hifi.log")),
        ("#387: writes to /var/run as the package's user", "NAS035", script("echo $$ > /var/run/hifi.pid")),
        ("#387: bash's words under /bin/sh", "NAS028", script("args=(--port 80)")),
        ("#387: apollolake where x86_64 is meant", "SYN035", info("arch=\"x86_64\"", "arch=\"apollolake\"")),
        ("#387: the version 0.0.0-pr12", "SYN002", info("1.2.3-9000", "0.0.0-pr12")),
        ("#470: runs as root", "SYN061", spk(|spk| spk.outer.replace("conf/privilege", "\"package\"", "\"root\""))),
        ("#732: runs as root, in postuninst only", "SYN061", spk(root_at_the_end)),
        (
            "spksrc#4442, gitea-spk#33: nothing said of privileges",
            "SYN060",
            spk(|spk| spk.outer.remove("conf/privilege")),
        ),
        ("spksrc#4798: os_min_ver of another major version", "SYN006", info("7.0-40000", "7.0-1")),
        ("ContainerManager#1: INFO behind a gzip", "SYN027", gzip(&spk(|_| ()))),
        ("duplicati#1777: package.tgz that DSM does not unpack", "SYN030", spk_in(|_| (), <[u8]>::to_vec)),
    ];
    let mut all = Vec::new();
    for (name, code, bytes) in &walls {
        let found = told(&report(bytes).1);
        let own = found.iter().find(|found| found.contains(code)).unwrap_or_else(|| panic!("{name}: {found:#?}"));
        all.push(format!("{name}\n  {own}"));
    }
    insta::assert_snapshot!(all.join("\n"), @"
    #171: a script names a path that is not there
      error NAS036 (-) package/scripts/start-stop-status:2: `scripts/start-stop-status` names `package/bin/hifi`, which is not in the package
    #171: a picture of 72 pixels where 64 are wanted
      warning SYN037 (261) package/PACKAGE_ICON.PNG: `PACKAGE_ICON.PNG` has 72×72 pixels
    #171: conf/resource names a missing file
      error SYN071 (278) package/conf/resource: `conf/resource` names `conf/hifi.sc`, which is not in the package
    #172: startable
      warning SYN018 (261) package/INFO:1: `startable` is deprecated since 6.1-14907
    #172: no lifecycle scripts
      error SYN032 (261) package: the package has no `scripts/preupgrade`, `scripts/postupgrade`
    #172: no extractsize
      warning SYN031 (-) package/INFO: `INFO` has no `extractsize`
    #172: dsmuidir without a folder
      error SYN039 (261) package/INFO:18: `dsmuidir` names `ui`, which is no folder of `package.tgz`
    #387: writes to /var/log as the package's user
      error NAS035 (-) package/scripts/start-stop-status:2: `scripts/start-stop-status` writes to `/var/log/hifi.log`
    #387: writes to /var/run as the package's user
      error NAS035 (-) package/scripts/start-stop-status:2: `scripts/start-stop-status` writes to `/var/run/hifi.pid`
    #387: bash's words under /bin/sh
      error NAS028 (-) package/scripts/start-stop-status:2: an array in `scripts/start-stop-status`
    #387: apollolake where x86_64 is meant
      warning SYN035 (261) package/INFO:4: `apollolake` names single boards, where `x86_64` stands for all and for those to come
    #387: the version 0.0.0-pr12
      error SYN002 (261) package/INFO:2: `0.0.0-pr12` cannot be a Synology version
    #470: runs as root
      error SYN061 (-) package/conf/privilege: the whole package is to run as root, which DSM 7 refuses
    #732: runs as root, in postuninst only
      error SYN061 (-) package/conf/privilege: `postuninst` is to run as root, which DSM 7 refuses
    spksrc#4442, gitea-spk#33: nothing said of privileges
      error SYN060 (319) package: `conf/privilege` is missing
    spksrc#4798: os_min_ver of another major version
      error SYN006 (261) package/INFO:3: no DSM 7 is as old as 7.0-1
    ContainerManager#1: INFO behind a gzip
      error SYN027 (263) package: the package is compressed with gzip, and DSM 7 refuses that with error 263
    duplicati#1777: package.tgz that DSM does not unpack
      error SYN030 (263) package/package.tgz: `package.tgz` is not compressed, which DSM 7 does not unpack
    ");
}

/// #43: the box's glibc is older than the one that the program asks for. The program is this test, with another version in place of
/// the oldest one of x86-64.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[test]
fn a_glibc_that_no_box_has_is_caught() {
    const OLDEST: &[u8] = b"GLIBC_2.2.5\0";
    let mut program = fs::read(std::env::current_exe().unwrap()).unwrap();
    let at = program.windows(OLDEST.len()).position(|window| window == OLDEST).unwrap();
    program[at..at + OLDEST.len()].copy_from_slice(b"GLIBC_9.2.5\0");
    let (code, report) = report(&spk(|spk| *spk.inner.bytes("bin/beacon") = program));
    let told = told(&report);
    assert!(
        code == Some(1) && told.iter().any(|found| found.contains("NAS005") && found.contains("9.2.5")),
        "{told:#?}"
    );
}
