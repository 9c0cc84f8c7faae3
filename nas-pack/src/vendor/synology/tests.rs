use std::io::Read;

use md5::{Digest, Md5};

use super::Synology;
use crate::archive::Entry;
use crate::diagnostic::Levels;
use crate::model::Arch;
use crate::vendor::Vendor;
use crate::vendor::testing::{
    EPOCH, LEAST, check, check_over, gunzip, layout, members, opened, payload, refusal, seal, text, vector, warning,
};

const KEYS: &str = r#"
conflicts = ["beacon-old"]
[synology]
distributor = "Example"
distributor-url = "https://example.com/"
helpurl = "https://example.com/manual"
os-min-ver = "7.1-42661"
os-max-ver = "7.2-64570"
beta = true
all-users = true
port-forward = true
"#;

#[test]
fn metadata() {
    let (spk, said) = check(&Synology, KEYS);
    assert_eq!(said, "");
    let spk = spk.unwrap();
    let tree = layout(&Synology, &*spk, 2).tree;
    insta::assert_snapshot!(text(&tree, "INFO"), @r#"
    package="beacon"
    version="1.2.3-9004"
    os_min_ver="7.1-42661"
    os_max_ver="7.2-64570"
    arch="armv7 armada370 armada375 armada38x armadaxp comcerto2k monaco"
    displayname="Beacon"
    description="Shows how the box is doing. On one page."
    maintainer="Ada Example"
    maintainer_url="https://example.com/beacon"
    distributor="Example"
    distributor_url="https://example.com/"
    support_url="https://example.com/help"
    helpurl="https://example.com/manual"
    beta="yes"
    changelog="1.2.3: first"
    adminprotocol="http"
    adminport="8377"
    adminurl="/status"
    dsmuidir="ui"
    dsmappname="naspack.beacon"
    install_dep_packages="python3>=3.7.0:git"
    install_conflict_packages="beacon-old"
    silent_install="no"
    silent_upgrade="yes"
    silent_uninstall="yes"
    "#);
    insta::assert_snapshot!(text(&tree, "conf/privilege"), @r#"
    {
      "defaults": {
        "run-as": "package"
      }
    }
    "#);
    insta::assert_snapshot!(text(&tree, "conf/resource"), @r#"
    {
      "port-config": {
        "protocol-file": "conf/beacon.sc"
      },
      "data-share": {
        "shares": [
          {
            "name": "Beacon",
            "permission": {
              "rw": [
                "beacon"
              ]
            }
          }
        ]
      }
    }
    "#);
    insta::assert_snapshot!(text(&tree, "package/conf/beacon.sc"), @r#"
    [beacon]
    title="Beacon"
    desc="Beacon"
    port_forward="yes"
    dst.ports="8377/tcp"
    "#);
    insta::assert_snapshot!(text(&tree, "package/ui/config"), @r#"
    {
      ".url": {
        "naspack.beacon": {
          "type": "url",
          "title": "Beacon",
          "desc": "Shows how the box is doing. On one page.",
          "icon": "images/beacon_{0}.png",
          "protocol": "http",
          "port": "8377",
          "url": "/status",
          "allUsers": true
        }
      }
    }
    "#);
    assert_eq!(text(&tree, "LICENSE"), "Do what you like.\n");
    let names: Vec<_> = tree.iter().map(|(path, entry)| format!("{:o} {path}", entry.mode)).collect();
    insta::assert_snapshot!(names.join("\n"), @r"
    644 INFO
    644 LICENSE
    644 PACKAGE_ICON.PNG
    644 PACKAGE_ICON_256.PNG
    755 conf
    644 conf/privilege
    644 conf/resource
    755 package
    755 package/bin
    777 package/bin/bc
    755 package/bin/beacon
    755 package/conf
    644 package/conf/beacon.sc
    755 package/docs
    644 package/docs/MY_CONTROL_notes.txt
    755 package/ui
    644 package/ui/config
    755 package/ui/images
    644 package/ui/images/beacon_16.png
    644 package/ui/images/beacon_24.png
    644 package/ui/images/beacon_256.png
    644 package/ui/images/beacon_32.png
    644 package/ui/images/beacon_48.png
    644 package/ui/images/beacon_64.png
    644 package/ui/images/beacon_72.png
    755 scripts
    755 scripts/postinst
    755 scripts/postuninst
    755 scripts/postupgrade
    755 scripts/preinst
    755 scripts/preuninst
    755 scripts/preupgrade
    755 scripts/start-stop-status
    ");
}

#[test]
fn least() {
    let (spk, said) = check_over(&Synology, LEAST, "");
    assert_eq!(said, "");
    let tree = layout(&Synology, &*spk.unwrap(), 0).tree;
    insta::assert_snapshot!(text(&tree, "INFO"), @r#"
    package="beacon"
    version="1.2.3-9000"
    os_min_ver="7.0-40000"
    arch="x86_64"
    displayname="Beacon"
    description="A sample"
    maintainer="beacon"
    ctl_stop="no"
    silent_install="yes"
    silent_upgrade="yes"
    silent_uninstall="yes"
    "#);
    assert!(tree.get("conf/resource").is_none() && tree.get("package/ui").is_none());
}

#[test]
fn one_file_for_each_family() {
    let spk = check(&Synology, "").0.unwrap();
    let taken = Synology.devices().iter().filter(|device| device.arch().is_some() && spk.takes(device).is_ok());
    let names: Vec<_> = taken.map(|device| spk.file_name(device)).collect();
    assert_eq!(names, ["beacon-x86_64-1.2.3-9004.spk", "beacon-armv8-1.2.3-9004.spk", "beacon-armv7-1.2.3-9004.spk"]);
    let arch = |more, device| {
        let info = text(&layout(&Synology, &*check(&Synology, more).0.unwrap(), device).tree, "INFO");
        info.lines().find_map(|line| line.strip_prefix("arch=")).unwrap().to_owned()
    };
    assert_eq!(arch("", 0), r#""x86_64""#);
    assert_eq!(arch("", 1), r#""armv8""#);
    assert_eq!(arch("", 2), r#""armv7 armada370 armada375 armada38x armadaxp comcerto2k monaco""#);
    assert_eq!(arch("synology.os-min-ver = \"7.2-64570\"", 2), r#""armv7 armada38x monaco""#);
}

/// The bytes of an archive's member.
fn member(tar: &[u8], name: &str) -> Vec<u8> {
    let mut archive = tar::Archive::new(tar);
    let mut entries = archive.entries().unwrap().map(Result::unwrap);
    let mut entry = entries.find(|entry| entry.path_bytes() == name.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn the_smallest_archive_is_one_that_the_generation_unpacks() {
    let packed = |generation, how: &str| {
        let more = format!("compression = \"{how}\"\nsynology.dsm = [5, 6, 7]");
        let opened = opened(&Synology, generation, &more);
        assert!(opened.checks.iter().all(|check| check.holds), "{:?}", opened.checks);
        let found = crate::lint::verify(&opened, Levels::default()).finish().unwrap();
        assert!(!found.iter().any(|found| found.code() == Some("SYN030")), "{found:?}");
        opened.archives.iter().find(|archive| archive.name == "package.tgz").unwrap().compression.to_string()
    };
    for how in ["fast", "default", "best"] {
        let xz = if how == "best" { "xz" } else { "gzip" };
        assert_eq!(["DSM 5", "DSM 6", "DSM 7"].map(|generation| packed(generation, how)), ["gzip", xz, xz], "{how}");
    }
}

#[test]
fn archive_has_the_vendors_form() {
    let spk = check(&Synology, KEYS).0.unwrap();
    let layout = layout(&Synology, &*spk, 0);
    let bytes = seal(&layout);
    insta::assert_snapshot!(members(&bytes).join("\n"), @r"
    644 0/0 INFO
    644 0/0 LICENSE
    644 0/0 PACKAGE_ICON.PNG
    644 0/0 PACKAGE_ICON_256.PNG
    755 0/0 conf/
    644 0/0 conf/privilege
    644 0/0 conf/resource
    644 0/0 package.tgz
    755 0/0 scripts/
    755 0/0 scripts/postinst
    755 0/0 scripts/postuninst
    755 0/0 scripts/postupgrade
    755 0/0 scripts/preinst
    755 0/0 scripts/preuninst
    755 0/0 scripts/preupgrade
    755 0/0 scripts/start-stop-status
    ");
    let package = member(&bytes, "package.tgz");
    insta::assert_snapshot!(members(&gunzip(&package)).join("\n"), @r"
    755 0/0 ./bin/
    777 0/0 ./bin/bc -> beacon
    755 0/0 ./bin/beacon
    755 0/0 ./conf/
    644 0/0 ./conf/beacon.sc
    755 0/0 ./docs/
    644 0/0 ./docs/MY_CONTROL_notes.txt
    755 0/0 ./ui/
    644 0/0 ./ui/config
    755 0/0 ./ui/images/
    644 0/0 ./ui/images/beacon_16.png
    644 0/0 ./ui/images/beacon_24.png
    644 0/0 ./ui/images/beacon_256.png
    644 0/0 ./ui/images/beacon_32.png
    644 0/0 ./ui/images/beacon_48.png
    644 0/0 ./ui/images/beacon_64.png
    644 0/0 ./ui/images/beacon_72.png
    ");

    let info = String::from_utf8(member(&bytes, "INFO")).unwrap();
    let sealed = info.strip_prefix(&text(&layout.tree, "INFO")).expect("the seal only adds");
    let md5 = Md5::digest(&package).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let (size, checksum) = sealed.split_once('\n').unwrap();
    assert_eq!(checksum, format!("checksum=\"{md5}\"\n"));
    // 4 KiB each for 6 folders and 10 small files, 8 for the binary of 5000 bytes; the largest icon may need one more.
    assert!(["extractsize=\"72\"", "extractsize=\"76\""].contains(&size), "{size}");
    // All of INFO's readers agree on this form.
    for line in info.lines() {
        let (key, value) = line.split_once("=\"").unwrap();
        assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
        assert!(!value.strip_suffix('"').unwrap().contains(['"', '$', '`', '\\', '%']), "{line}");
    }
    let first = tar::Archive::new(bytes.as_slice()).entries().unwrap().next().unwrap().unwrap().header().clone();
    assert_eq!((first.mtime().unwrap(), &first.as_bytes()[257..265]), (EPOCH.into(), b"ustar  \0".as_slice()));

    let Some(theirs) = vector("synology/hello-noarch-1.2.3-0004_DSM7.2.spk") else { return };
    let shape = |bytes: &[u8]| -> Vec<String> {
        let all = members(bytes).into_iter();
        let mut shape: Vec<_> = all.filter(|member| !member.contains("WIZARD_UIFILES")).collect();
        // The toolkit packs scripts in the order in which the file system lists them.
        shape.sort_by_key(|member| if member.contains("scripts/") { member.clone() } else { String::new() });
        shape
    };
    assert_eq!(shape(&bytes), shape(&theirs));
}

#[test]
fn rules_that_refuse() {
    let said = |more: &str| refusal(&Synology, more);
    insta::assert_snapshot!(said("synology.version = \"1.2.3-beta.2\""), @r#"
    error[SYN002]: `1.2.3-beta.2` cannot be a Synology version
      at more.toml:1:20: expected up to six numbers with `.` between them and a build after `-`, such as `1.2.3-4`
      note: DSM 7 would answer "Invalid file format" (261)
    "#);
    insta::assert_snapshot!(said("description = \"100% Rust\""), @r#"
    error[SYN004]: `description` cannot have `%` in an SPK
      at more.toml:1:15: not allowed: `"`, `$`, `` ` ``, `\` and `%`
      note: INFO has several readers, among them a shell, which take these characters for more than text
      help: write it without, or set `synology.description` for this vendor only
    "#);
    insta::assert_snapshot!(said("synology.distributor = \"a \\\"b\\\"\""), @r#"
    error[SYN004]: `synology.distributor` cannot have `"` in an SPK
      at more.toml:1:24: not allowed: `"`, `$`, `` ` ``, `\` and `%`
      note: INFO has several readers, among them a shell, which take these characters for more than text
      help: write it without
    "#);
    insta::assert_snapshot!(said("synology.os-min-ver = \"7.0\""), @r"
    error[SYN005]: `7.0` is not a version of DSM
      at more.toml:1:23: expected major, minor and build, such as `7.0-40000`
    ");
    insta::assert_snapshot!(said("synology.os-min-ver = \"6.2-25556\""), @r"
    error[SYN006]: a package for DSM 7 cannot begin at DSM 6.2-25556
      at more.toml:1:23: expected `7.0-40000` or a later one of the same generation
      note: DSM refuses a package for another major version (261)
      help: one package is made for each generation: `synology.dsm` says which, such as `[6, 7]`
    ");
    insta::assert_snapshot!(said("synology = { os-min-ver = \"7.2-64570\", os-max-ver = \"7.1-42661\" }"), @r"
    error[SYN007]: no DSM is between 7.2-64570 and 7.1-42661
      at more.toml:1:53: expected a DSM that is not older than `os-min-ver`
    ");
    insta::assert_snapshot!(said("depends = [\"git\", \"a:b\"]"), @r"
    error[SYN010]: `a:b` cannot be a Synology package's name
      at more.toml:1:19: expected letters, digits, `.`, `_`, `-` and `+`
    ");
    insta::assert_snapshot!(said("depends = [\"git (>= two)\"]"), @r"
    error[SYN011]: `two` is not a version of a Synology package
      at more.toml:1:12: expected numbers, such as `1.2.3-4`
    ");
    insta::assert_snapshot!(said("depends = [\"git (>= 1, < 2)\"]"), @r"
    error[SYN012]: `git` has more than one bound
      at more.toml:1:12: expected one of `=`, `<`, `<=`, `>` and `>=`
      help: leave one of them out, or set `synology.depends` for this vendor only
    ");
    insta::assert_snapshot!(said("shared-folders = [{ name = \"a/b\" }]"), @r##"
    error[SYN013]: `a/b` cannot be a shared folder's name on DSM
      at more.toml:1:19: expected up to 32 characters, no blanks around them and no `-` in front
      note: DSM does not take !"#$%&'()*+,/:;<=>?@[]\^`{}|~; its data-share worker would fail (278)
    "##);
    for bad in ["-reports", " reports", "reports ", "R&D", "a, b", "123456789 123456789 123456789 123"] {
        assert!(said(&format!("shared-folders = [{{ name = \"{bad}\" }}]")).contains("SYN013"), "{bad}");
    }
    for good in ["Reports of 2026", "größe_1.x-y", "123456789 123456789 123456789 12"] {
        let (_, found) = check(&Synology, &format!("shared-folders = [{{ name = \"{good}\" }}]"));
        assert!(!format!("{found:?}").contains("SYN013"), "{good}");
    }
    insta::assert_snapshot!(said("description = \" \"\nname = \"\""), @r"
    error[SYN016]: `name` must not be empty on DSM
      at more.toml:2:8
      note: the app's firewall entry must have a description, which is its name (278)

    error[SYN016]: `description` must not be empty on DSM
      at more.toml:1:15
      note: DSM 7 refuses a package without a description (261)
    ");
    insta::assert_snapshot!(said("synology.helpurl = \"example.com\""), @r"
    error[SYN015]: `synology.helpurl` is not a web address: `example.com`
      at more.toml:1:20: expected `https://…`
    ");
    insta::assert_snapshot!(said("synology.install-type = \"volume\""), @r"
    error[SYN021]: `synology.install-type` is `volume`
      at more.toml:1:25: expected `system`
    ");
    insta::assert_snapshot!(said("synology.dsm = [4, 7]"), @r"
    error: `synology.dsm`: there is no such generation of DSM
      at more.toml:1:17: expected `5`, `6` or `7`, or a list of them
    ");
    insta::assert_snapshot!(said("synology = { dsm = [6, 7], os-min-ver = [\"6.2-25556\", \"7.0-40000\", \"7.1-42661\"] }"), @r"
    error: `synology.os-min-ver`: DSM 7 has more than one version here
      at more.toml:1:68: expected one version for each generation
    ");
    insta::assert_snapshot!(said("synology = { dsm = [6, 7], os-min-ver = \"5.2-5644\" }"), @r"
    error[SYN006]: a package for DSM 6 or DSM 7 cannot begin at DSM 5.2-5644
      at more.toml:1:41: expected `6.1-15047` or `7.0-40000` or a later one of the same generation
      note: DSM refuses a package for another major version (261)
      help: one package is made for each generation: `synology.dsm` says which, such as `[6, 7]`
    ");
    insta::assert_snapshot!(said("synology.extra = { ctl_stop = true, arch = \"x86\", \"a-b\" = 1, c = [] }"), @r"
    error: `synology.extra.a-b`: `a-b` cannot be a key of INFO
      at more.toml:1:59: expected a key of letters, digits and `_`

    error: `synology.extra.arch`: it is made: from the device
      at more.toml:1:44: expected a key that INFO does not have otherwise

    error: `synology.extra.c` must be text, a whole number, `true` or `false`, not an array
      at more.toml:1:66: expected text, a whole number, `true` or `false`

    error: `synology.extra.ctl_stop`: `synology.ctl-stop` says it
      at more.toml:1:31: expected a key that INFO does not have otherwise
    ");
    insta::assert_snapshot!(said("[synology]\ndescription = \"100% Rust\""), @r#"
    error[SYN004]: `description` cannot have `%` in an SPK
      at more.toml:2:15: not allowed: `"`, `$`, `` ` ``, `\` and `%`
      note: INFO has several readers, among them a shell, which take these characters for more than text
      help: write it without
    "#);
    insta::assert_snapshot!(said("synology.os_min_ver = \"7.0-40000\""), @r"
    error: unknown key `synology.os_min_ver`
      at more.toml:1:10: no such key
      help: a key with a similar name exists: `os-min-ver`
    ");
}

#[test]
fn rules_that_warn() {
    let said = |more: &str| warning(&Synology, more);
    insta::assert_snapshot!(said("version = \"1.2.3-nightly\""), @r"
    warning[SYN003]: on DSM, 1.2.3-nightly becomes 1.2.3-4994, and so may its next release
      at more.toml:1:11: only `alpha`, `beta` and `rc`, with at most `.N` up to 198, have numbers of their own
      note: DSM compares numbers only, and offers no update to the same version
      help: set `synology.version` to numbers that grow with each release, such as `1.2.3-1`
    ");
    insta::assert_snapshot!(said("synology.dsmapppage = \"SYNO.App\"\nsynology.dsm = [6, 7]"), @r"
    warning[SYN017]: DSM 6 does not know `dsmapppage`, so it is left out there
      at more.toml:1:23: known since 7.0-40332
    ");
    insta::assert_snapshot!(said("synology.extra = { new_key = \"a b\", other = true, third = 3 }"), @r"
    warning[SYN019]: `new_key` goes into INFO as it is, unchecked
      at more.toml:1:30
    warning[SYN019]: `other` goes into INFO as it is, unchecked
      at more.toml:1:45
    warning[SYN019]: `third` goes into INFO as it is, unchecked
      at more.toml:1:59
    ");
    insta::assert_snapshot!(said("service.port = 5000"), @r"
    warning[SYN008]: on a Synology box, port 5000 belongs to DSM's desktop
      at more.toml:1:16
      help: choose another; those above 10000 are seldom taken
    ");
    insta::assert_snapshot!(said("service.port = 853"), @r"
    warning[SYN009]: the service may not listen on port 853 on DSM
      at more.toml:1:16
      note: DSM runs it as the package's own user, and ports below 1024 belong to root
      help: choose a port from 1024 on
    ");
}

#[test]
fn an_override_helps_one_vendor() {
    let (spk, said) = check(&Synology, "description = \"100% Rust\"\nsynology.description = \"All Rust\"");
    assert_eq!(said, "");
    assert!(text(&layout(&Synology, &*spk.unwrap(), 0).tree, "INFO").contains("description=\"All Rust\"\n"));
}

#[test]
fn what_only_the_files_show() {
    let spk = check(&Synology, "").0.unwrap();
    let mut payload = payload(Arch::X86_64);
    payload.tree.insert("ui/config", Entry::file("{}", 0o644)).unwrap();
    let said = spk.lay_out(&Synology.devices()[0], &payload).unwrap_err().to_string();
    insta::assert_snapshot!(said, @r"
    error[SYN014]: `ui/config` is one of DSM's own files
      note: the package has a file of that name for the desktop icon or the firewall
      help: put the asset somewhere else
    ");
}

/// Everything that can be said of INFO.
const RICH: &str = r#"
conflicts = ["beacon-old"]
translations = { de = { name = "Leuchtfeuer", description = "Zeigt, wie es der Box geht" }, pt-BR = { name = "Farol" } }
[synology]
dsm = [5, 6, 7]
os-min-ver = ["5.2-5565", "6.2-23739"]
os-max-ver = "7.2-64570"
distributor = "Example"
distributor-url = "https://example.com/"
helpurl = "https://example.com/manual"
report-url = "https://example.com/faults"
support-center = true
beta = true
exclude-arch = ["epyc7002", "purley"]
model = "synology_x86_412+"
exclude-model = ["synology_v1000_ds1621+"]
checkport = false
dsmapppage = "SYNO.App.Page"
dsmapplaunchname = "SYNO.App"
install-break-packages = ["old (< 2.0)"]
install-replace-packages = ["older", "oldest (= 1)"]
use-deprecated-replace-mechanism = false
install-dep-services = ["ssh"]
start-dep-services = ["ssh", "pgsql"]
instuninst-restart-services = ["nginx.service"]
startstop-restart-services = ["nginx.service", "firewall"]
ctl-stop = true
ctl-uninstall = false
precheckstartstop = true
install-reboot = false
install-type = "system"
install-on-cold-storage = true
offline-install = true
support-move = false
auto-upgrade-from = "1.0.0-1"
silent-install = true
silent-upgrade = false
silent-uninstall = true
extra = { new_key = "new value" }
"#;

fn device(name: &str) -> usize {
    Synology.devices().iter().position(|device| device.name == name).unwrap()
}

fn info(more: &str, name: &str) -> String {
    text(&layout(&Synology, &*check(&Synology, more).0.unwrap(), device(name)).tree, "INFO")
}

#[test]
fn a_package_for_each_generation() {
    let (spk, _) = check(&Synology, RICH);
    let spk = spk.unwrap();
    let taken = Synology.devices().iter().filter(|device| device.arch().is_some());
    let names: Vec<_> = taken.filter(|device| spk.takes(device).is_ok()).map(|device| spk.file_name(device)).collect();
    insta::assert_snapshot!(names.join("\n"), @r"
    beacon-x86_64-1.2.3-9004.spk
    beacon-armv8-1.2.3-9004.spk
    beacon-armv7-1.2.3-9004.spk
    beacon-x86_64-1.2.3-9004-dsm6.spk
    beacon-armv8-1.2.3-9004-dsm6.spk
    beacon-armv7-1.2.3-9004-dsm6.spk
    beacon-x86_64-1.2.3-9004-dsm5.spk
    beacon-armv7-1.2.3-9004-dsm5.spk
    ");
    let only = check(&Synology, "synology.dsm = 6").0.unwrap();
    let refused = only.takes(&Synology.devices()[0]).unwrap_err();
    assert_eq!(refused, "`synology.dsm` leaves DSM 7 out");
    assert_eq!(only.takes(&Synology.devices()[device("dsm6-armv7")]), Ok(()));

    insta::assert_snapshot!(info(RICH, "x86_64"), @r#"
    package="beacon"
    version="1.2.3-9004"
    os_min_ver="7.0-40000"
    os_max_ver="7.2-64570"
    arch="x86_64"
    exclude_arch="epyc7002 purley"
    model="synology_x86_412+"
    exclude_model="synology_v1000_ds1621+"
    displayname="Beacon"
    displayname_ger="Leuchtfeuer"
    displayname_ptb="Farol"
    description="Shows how the box is doing. On one page."
    description_ger="Zeigt, wie es der Box geht"
    maintainer="Ada Example"
    maintainer_url="https://example.com/beacon"
    distributor="Example"
    distributor_url="https://example.com/"
    support_url="https://example.com/help"
    support_center="yes"
    helpurl="https://example.com/manual"
    report_url="https://example.com/faults"
    beta="yes"
    changelog="1.2.3: first"
    adminprotocol="http"
    adminport="8377"
    adminurl="/status"
    checkport="no"
    dsmuidir="ui"
    dsmappname="naspack.beacon"
    dsmapppage="SYNO.App.Page"
    dsmapplaunchname="SYNO.App"
    install_dep_packages="python3>=3.7.0:git"
    install_conflict_packages="beacon-old"
    install_break_packages="old<2.0"
    install_replace_packages="older:oldest=1"
    use_deprecated_replace_mechanism="no"
    install_dep_services="ssh"
    start_dep_services="ssh pgsql"
    instuninst_restart_services="nginx.service"
    startstop_restart_services="nginx.service firewall"
    ctl_stop="yes"
    ctl_uninstall="no"
    precheckstartstop="yes"
    install_reboot="no"
    install_type="system"
    install_on_cold_storage="yes"
    offline_install="yes"
    support_move="no"
    auto_upgrade_from="1.0.0-1"
    silent_install="yes"
    silent_upgrade="no"
    silent_uninstall="yes"
    new_key="new value"
    "#);
    insta::assert_snapshot!(info(RICH, "dsm6-x86_64"), @r#"
    package="beacon"
    version="1.2.3-9004"
    os_min_ver="6.2-23739"
    os_max_ver="6.2-39999"
    arch="x86_64"
    exclude_arch="epyc7002 purley"
    model="synology_x86_412+"
    displayname="Beacon"
    displayname_ger="Leuchtfeuer"
    displayname_ptb="Farol"
    description="Shows how the box is doing. On one page."
    description_ger="Zeigt, wie es der Box geht"
    maintainer="Ada Example"
    maintainer_url="https://example.com/beacon"
    distributor="Example"
    distributor_url="https://example.com/"
    support_url="https://example.com/help"
    support_center="yes"
    helpurl="https://example.com/manual"
    report_url="https://example.com/faults"
    beta="yes"
    changelog="1.2.3: first"
    adminprotocol="http"
    adminport="8377"
    adminurl="/status"
    checkport="no"
    dsmuidir="ui"
    dsmappname="naspack.beacon"
    install_dep_packages="python3>=3.7.0:git"
    install_conflict_packages="beacon-old"
    install_break_packages="old<2.0"
    install_replace_packages="older:oldest=1"
    install_dep_services="ssh"
    start_dep_services="ssh pgsql"
    instuninst_restart_services="nginx.service"
    startstop_restart_services="nginx.service firewall"
    ctl_stop="yes"
    ctl_uninstall="no"
    precheckstartstop="yes"
    install_reboot="no"
    install_type="system"
    offline_install="yes"
    support_move="no"
    auto_upgrade_from="1.0.0-1"
    silent_install="yes"
    silent_upgrade="no"
    silent_uninstall="yes"
    new_key="new value"
    "#);
    insta::assert_snapshot!(info(RICH, "dsm5-x86_64"), @r#"
    package="beacon"
    version="1.2.3-9004"
    firmware="5.2-5565"
    arch="x86 apollolake avoton braswell broadwell broadwellnk bromolow cedarview denverton dockerx64 grantley kvmx64"
    model="synology_x86_412+"
    displayname="Beacon"
    displayname_ger="Leuchtfeuer"
    displayname_ptb="Farol"
    description="Shows how the box is doing. On one page."
    description_ger="Zeigt, wie es der Box geht"
    maintainer="Ada Example"
    maintainer_url="https://example.com/beacon"
    distributor="Example"
    distributor_url="https://example.com/"
    support_url="https://example.com/help"
    support_center="yes"
    helpurl="https://example.com/manual"
    report_url="https://example.com/faults"
    changelog="1.2.3: first"
    adminprotocol="http"
    adminport="8377"
    adminurl="/status"
    checkport="no"
    dsmuidir="ui"
    dsmappname="naspack.beacon"
    install_dep_packages="python3>=3.7.0:git"
    install_conflict_packages="beacon-old"
    install_dep_services="ssh"
    start_dep_services="ssh pgsql"
    instuninst_restart_services="nginx.service"
    startstop_restart_services="nginx.service firewall"
    startable="yes"
    install_reboot="no"
    install_type="system"
    auto_upgrade_from="1.0.0-1"
    silent_install="yes"
    silent_upgrade="no"
    silent_uninstall="yes"
    new_key="new value"
    "#);
    insta::assert_snapshot!(info("synology.dsm = [5, 6, 7]", "dsm6-armv7"), @r#"
    package="beacon"
    version="1.2.3-9004"
    os_min_ver="6.1-15047"
    os_max_ver="6.2-39999"
    arch="armv7 armada370 armada375 armada38x armadaxp comcerto2k monaco"
    displayname="Beacon"
    description="Shows how the box is doing. On one page."
    maintainer="Ada Example"
    maintainer_url="https://example.com/beacon"
    support_url="https://example.com/help"
    changelog="1.2.3: first"
    adminprotocol="http"
    adminport="8377"
    adminurl="/status"
    dsmuidir="ui"
    dsmappname="naspack.beacon"
    install_dep_packages="python3>=3.7.0:git"
    silent_install="no"
    silent_upgrade="yes"
    silent_uninstall="yes"
    "#);
}

#[test]
fn an_app_without_binaries_is_for_every_board() {
    let base = format!("{LEAST}binaries = []\nsynology.dsm = [5, 6, 7]\n");
    let spk = check_over(&Synology, &base, "").0.unwrap();
    let any = Synology.devices().iter().filter(|device| device.runs == crate::vendor::Runs::Any);
    let made: Vec<_> = any
        .map(|device| {
            let payload = crate::vendor::Payload { arch: None, tree: crate::archive::Tree::new() };
            let info = text(&spk.lay_out(device, &payload).unwrap().tree, "INFO");
            let stop = info.lines().find(|line| line.starts_with("ctl_stop") || line.starts_with("startable")).unwrap();
            assert!(info.contains("arch=\"noarch\"\n"), "{info}");
            format!("{} {stop}", spk.file_name(device))
        })
        .collect();
    insta::assert_snapshot!(made.join("\n"), @r#"
    beacon-noarch-1.2.3-9000.spk ctl_stop="no"
    beacon-noarch-1.2.3-9000-dsm6.spk ctl_stop="no"
    beacon-noarch-1.2.3-9000-dsm5.spk startable="no"
    "#);
}

/// Each key of the manifest that the table names is one that is read, and what is written is in the table.
#[test]
fn the_table_is_what_is_read() {
    for field in super::fields::INFO {
        if let Some(key) = super::fields::own_key(field) {
            // A value of no type at all: whoever reads the key says so.
            let said = check(&Synology, &format!("synology.{key} = 1979-05-27")).1;
            assert!(said.contains(&format!("`synology.{key}` must be")), "{key}: {said}");
        }
    }
    for name in ["x86_64", "dsm6-x86_64", "dsm5-x86_64"] {
        for line in info(RICH, name).lines().filter(|line| !line.starts_with("new_key=")) {
            let key = line.split('=').next().unwrap();
            let field = super::fields::find(key).unwrap_or_else(|| panic!("{key}"));
            let dsm = super::generation::Dsm::of(&Synology.devices()[device(name)]);
            assert!(super::fields::is_known(field, dsm), "{key} on {name}");
        }
    }
}

#[test]
fn dsm_5_makes_no_shared_folders() {
    let said = warning(&Synology, "synology = { dsm = [5, 7] }");
    assert!(said.contains("[SYN045]"), "{said}");
    assert!(!warning(&Synology, "synology = { dsm = [6, 7] }").contains("[SYN045]"));
}
