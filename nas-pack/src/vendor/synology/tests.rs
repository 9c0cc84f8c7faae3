use std::io::Read;

use md5::{Digest, Md5};

use super::Synology;
use crate::archive::Entry;
use crate::model::Arch;
use crate::vendor::Vendor;
use crate::vendor::testing::{
    EPOCH, LEAST, check, check_over, gunzip, layout, members, payload, refusal, seal, text, vector, warning,
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
    let names: Vec<_> = Synology.devices().iter().map(|device| spk.file_name(device)).collect();
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
    insta::assert_snapshot!(said("version = \"1.2.3-nightly\""), @r"
    error[SYN003]: version 1.2.3-nightly has no counterpart on Synology
      at more.toml:1:11: a pre-release must be `alpha`, `beta` or `rc`, with at most `.N` up to 198
      note: DSM 7 compares numbers only and refuses a version with letters (261)
      help: set `synology.version` to numbers that grow with each release, such as `1.2.3-1`
    ");
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
      at more.toml:1:23: expected `7.0-40000` or a later DSM 7
      note: DSM refuses a package for another major version (261)
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
    insta::assert_snapshot!(said("synology.os_min_ver = \"7.0-40000\""), @r"
    error: unknown key `synology.os_min_ver`
      at more.toml:1:10: no such key
      help: a key with a similar name exists: `os-min-ver`
    ");
}

#[test]
fn rules_that_warn() {
    let said = |more: &str| warning(&Synology, more);
    insta::assert_snapshot!(said("service.port = 5000"), @r"
    warning[SYN008]: on a Synology box, port 5000 belongs to DSM's desktop
      at more.toml:1:16
      help: choose another; those above 10000 are seldom taken
    ");
    insta::assert_snapshot!(said("service.port = 853"), @r"
    warning[SYN009]: the service may not listen on port 853 on DSM
      at more.toml:1:16
      note: DSM 7 runs it as the package's own user, and ports below 1024 belong to root
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
    let said = spk.layout(&Synology.devices()[0], &payload).unwrap_err().to_string();
    insta::assert_snapshot!(said, @r"
    error[SYN014]: `ui/config` is one of DSM's own files
      note: the package has a file of that name for the desktop icon or the firewall
      help: put the asset somewhere else
    ");
}
