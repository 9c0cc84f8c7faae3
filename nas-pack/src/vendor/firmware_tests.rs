use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::archive::Entry;
use crate::hooks::lifecycle::What;
use crate::model::VendorId;
use crate::vendor::testing::opened;
use crate::vendor::{Vendor, vendor};

const EVERY_DSM: &str = "synology.dsm = [5, 6, 7]\n";

/// The sample as a package of each generation, and the box that it finds.
fn boxes() -> Vec<(Opened, Firmware)> {
    let each = |id| {
        let vendor: &'static dyn Vendor = vendor(id);
        vendor.lifecycles().into_iter().map(move |lifecycle| {
            let (generation, more) = match id {
                VendorId::Synology => (lifecycle.generation, EVERY_DSM),
                _ => ("", ""),
            };
            let opened = opened(vendor, generation, more);
            let firmware = vendor.firmware(&opened).unwrap();
            assert_eq!(firmware.lifecycle, lifecycle);
            (opened, firmware)
        })
    };
    VendorId::ALL.into_iter().flat_map(each).collect()
}

#[test]
fn every_variable_of_a_table_has_a_value() {
    for (_, firmware) in boxes() {
        for variable in firmware.lifecycle.variables {
            let known = match variable.value {
                // They change from call to call.
                Value::Fixed(_) | Value::Status | Value::OldVersion => true,
                value => firmware.values.contains_key(&value),
            };
            assert!(known, "{}: {}", firmware.lifecycle.generation, variable.name);
        }
    }
}

#[test]
fn scripts_are_where_the_work_lays_them() {
    for (opened, firmware) in boxes() {
        let generation = firmware.lifecycle.generation;
        let laid = |work: &[Work], folder: &str, script: &str| {
            let wanted = format!("{folder}/{script}");
            work.iter().any(|work| match work {
                Work::Unpack { tree, to, .. } => wanted
                    .strip_prefix(to.as_str())
                    .and_then(|path| tree.get(&path[1..]))
                    .is_some_and(|file| file.mode & 0o111 != 0),
                _ => false,
            })
        };
        assert!(!opened.scripts.is_empty());
        for moment in firmware.lifecycle.moments {
            for (index, act) in moment.acts.iter().enumerate() {
                let Act::Call(call) = act else { continue };
                let folder = firmware.folder(moment, index);
                let before = [&firmware.prepare[..], &firmware.upload].concat();
                if folder == firmware.places.new_scripts {
                    assert!(laid(&before, folder, call.script), "{generation}: {:?} {}", moment.what, call.script);
                } else if !firmware.unpack.is_empty() {
                    assert!(
                        laid(&firmware.unpack, folder, call.script),
                        "{generation}: {:?} {}",
                        moment.what,
                        call.script
                    );
                }
            }
        }
        let install = firmware.lifecycle.moment(What::Install).unwrap();
        let folders: BTreeSet<_> = (0..install.acts.len()).map(|index| firmware.folder(install, index)).collect();
        assert_eq!(folders.len(), 2, "{generation}");
    }
}

#[test]
fn scripts_begin_in_a_folder_that_is_there() {
    for (_, firmware) in boxes() {
        let folder = firmware.lifecycle.working_dir.value;
        let is_made = |work: &Work| matches!(work, Work::Folder { path, .. } if path == folder);
        assert!(folder == "/" || firmware.skeleton.iter().any(is_made), "{folder}");
    }
}

/// A box holds the files that a daemon knows it by.
#[cfg(feature = "runtime")]
#[test]
fn a_daemon_finds_its_firmware_and_model() {
    let told: Vec<_> = boxes()
        .iter()
        .map(|(opened, firmware)| {
            let root = tempfile::tempdir().unwrap();
            for work in &firmware.skeleton {
                if let Work::Write { path, content, .. } = work {
                    let path = root.path().join(&path[1..]);
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, content).unwrap();
                }
            }
            let vendor = |name: &str| (name == "NAS_VENDOR").then(|| opened.vendor.name().into());
            let nas = crate::runtime::Nas::from_env("/x/daemon".as_ref(), vendor).below(root.path());
            format!("{} on {}", nas.firmware().unwrap(), nas.model().unwrap())
        })
        .collect();
    let wanted = [
        "ADM 4.0.0 on AS5304T",
        "DSM 7.2-64570 on DS918+",
        "DSM 6.2-25556 on DS918+",
        "DSM 5.2-5967 on DS918+",
        "My Cloud OS 5 5.27.157 on WDMyCloud",
        "My Cloud OS 3 2.31.149 on WDMyCloudEX2",
    ];
    assert_eq!(told, wanted);
}

/// Whatever owns something has an account, and nothing is anywhere but on the box.
#[test]
fn work_is_plain() {
    for (_, firmware) in boxes() {
        let work = [
            &firmware.skeleton,
            &firmware.prepare,
            &firmware.upload,
            &firmware.unpack,
            &firmware.remove,
            &firmware.forget,
            &firmware.switch_on,
            &firmware.switch_off,
        ];
        for work in work.into_iter().flatten() {
            let (path, owner) = match work {
                Work::Folder { path, owner, .. } | Work::Give { path, owner } => (path, Some(owner)),
                Work::Unpack { to, owner, .. } => (to, Some(owner)),
                Work::Link { path, .. }
                | Work::Write { path, .. }
                | Work::Remove { path }
                | Work::Clear { path, .. } => (path, None),
            };
            assert!(path.starts_with('/') && !path.ends_with('/') && !path.contains("//"), "{path}");
            assert!(owner.is_none_or(|owner| firmware.account(owner).is_some()), "{owner:?}");
        }
        let Places { own, kept, shared, lasting, .. } = &firmware.places;
        for path in [own, kept, shared, lasting].into_iter().flatten() {
            assert!(path.starts_with('/') && !path.ends_with('/'), "{path}");
        }
        let within = |path: &String| own.iter().any(|own| path == own || path.starts_with(&format!("{own}/")));
        assert!(kept.iter().all(within) && lasting.iter().all(within), "{:?}", firmware.places);
    }
}

fn of(id: VendorId, generation: &str, more: &str) -> Firmware {
    vendor(id).firmware(&opened(vendor(id), generation, more)).unwrap()
}

/// Links and folders of some work, a line each.
fn made(work: &[Work]) -> String {
    let line = |work: &Work| match work {
        Work::Link { path, target } => Some(format!("{path} -> {target}")),
        Work::Folder { path, mode, owner } => Some(format!("{path} {mode:o} {owner}")),
        Work::Unpack { to, owner, .. } => Some(format!("{to}/… {owner}")),
        _ => None,
    };
    work.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn adm_links_what_is_registered_and_makes_shared_folders() {
    let more = "asustor.symbolic-link.\"/bin\" = [\"beac*\"]\nasustor.firmware = \"4.0.0\"\n";
    let firmware = of(VendorId::Asustor, "", more);
    insta::assert_snapshot!(made(&firmware.switch_on), @"/usr/local/bin/beacon -> /usr/local/AppCentral/beacon/bin/beacon");
    insta::assert_snapshot!(made(&firmware.prepare), @"
    /volume1/.@plugins/tmp/beacon/keep 755 root
    /volume1/.@plugins/tmp/beacon/CONTROL/… root
    /volume1/Beacon 775 admin
    /share/Beacon -> /volume1/Beacon
    ");
    assert_eq!(firmware.userland.title, "BusyBox 1.31.1, ADM 4");
    assert_eq!(firmware.page, Some(Page { protocol: Protocol::Http, port: 8377, path: "/status".to_owned() }));
    assert_eq!(firmware.values[&Value::Firmware], "4.0.0");
    assert_eq!(firmware.kernel, Some("3.12.20"));
    assert!(firmware.starts_at_once && firmware.startable);
}

const DSM: &str = r#"
[synology]
dsm = [5, 6, 7]
resource = { usr-local-linker.bin = ["bin/beacon"] }

[synology.privilege]
username = "sc-beacon"
join-groupname = "http"
tool = [{ relpath = "bin/beacon", user = "package", group = "package", permission = "0750" }]

[[synology.wizard.install]]
step-title = "Beacon"

[[synology.wizard.install.items]]
type = "singleselect"
subitems = [{ key = "wizard_yes", desc = "yes", default-value = true }, { key = "wizard_no", desc = "no" }]

[[synology.wizard.install.items]]
type = "password"
subitems = [{ key = "wizard_password", desc = "secret", validator = { min-length = 8 } }]

[[synology.wizard.uninstall]]
step-title = "Beacon"

[[synology.wizard.uninstall.items]]
type = "textfield"
subitems = [{ key = "wizard_why", desc = "why", default-value = "no need" }]
"#;

#[test]
fn dsm_7_runs_everything_as_the_packages_user() {
    let firmware = of(VendorId::Synology, "DSM 7", DSM);
    assert_eq!((firmware.user.as_str(), firmware.users.len()), ("sc-beacon", 0));
    assert_eq!(firmware.account("sc-beacon").unwrap().groups, ["http"]);
    insta::assert_snapshot!(made(&firmware.unpack), @"
    /volume1/@appstore/beacon/… sc-beacon
    /var/packages/beacon/… root
    /var/packages/beacon/target -> /volume1/@appstore/beacon
    /volume1/@appconf/beacon 755 sc-beacon
    /var/packages/beacon/etc -> /volume1/@appconf/beacon
    /volume1/@appdata/beacon 755 sc-beacon
    /var/packages/beacon/var -> /volume1/@appdata/beacon
    /volume1/@apptemp/beacon 755 sc-beacon
    /var/packages/beacon/tmp -> /volume1/@apptemp/beacon
    /volume1/@apphome/beacon 700 sc-beacon
    /var/packages/beacon/home -> /volume1/@apphome/beacon
    /volume1/Beacon 775 sc-beacon
    /var/packages/beacon/shares 755 root
    /var/packages/beacon/shares/Beacon -> /volume1/Beacon
    ");
    insta::assert_snapshot!(made(&firmware.switch_on), @"
    /usr/local/bin/beacon -> /var/packages/beacon/target/bin/beacon
    /usr/syno/synoman/webman/3rdparty/beacon -> /volume1/@appstore/beacon/ui
    ");
    let answers: Vec<_> = firmware.answers.values().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    insta::assert_snapshot!(answers.join("\n"), @"
    wizard_yes=true
    wizard_no=false
    wizard_password=Answer-1234
    wizard_why=no need
    ");
    let tool = firmware.unpack.iter().find_map(|work| match work {
        Work::Unpack { tree, .. } => tree.get("bin/beacon"),
        _ => None,
    });
    assert_eq!(tool.unwrap().mode, 0o750);
}

#[test]
fn dsm_6_runs_scripts_as_root_and_dsm_5_has_no_other_user() {
    let six = of(VendorId::Synology, "DSM 6", DSM);
    let call = |firmware: &Firmware, what: What| match firmware.lifecycle.moment(what).unwrap().acts.last() {
        Some(Act::Call(call)) => firmware.user(call).to_owned(),
        act => panic!("{act:?}"),
    };
    assert_eq!((six.user.as_str(), call(&six, What::Start).as_str()), ("sc-beacon", "root"));
    assert_eq!(six.places.app_dir, "/volume1/@appstore/beacon");
    let five = of(VendorId::Synology, "DSM 5", DSM);
    assert_eq!((five.user.as_str(), call(&five, What::Start).as_str()), ("root", "root"));
    assert!(five.account("sc-beacon").is_none());
    assert_eq!((&*five.values[&Value::FirmwareMajor], &*six.values[&Value::FirmwareMajor]), ("5", "6"));
}

#[test]
fn wds_page_is_where_the_index_page_sends_the_browser() {
    for id in [VendorId::WdOs5, VendorId::WdOs3] {
        let firmware = of(id, "", "");
        assert_eq!(firmware.page, Some(Page { protocol: Protocol::Http, port: 8377, path: "/status".to_owned() }));
        assert!(firmware.starts_at_once);
        let install = firmware.lifecycle.moment(What::Install).unwrap();
        assert_eq!(firmware.folder(install, 1), "/mnt/HD/HD_a2/Nas_Prog/_install/beacon");
        assert_eq!(firmware.folder(install, 2), "/mnt/HD/HD_a2/Nas_Prog/beacon");
    }
    let moved = of(VendorId::WdOs5, "", "wd.used-port = 9000\n");
    assert_eq!(moved.page, Some(Page { protocol: Protocol::Http, port: 9000, path: "/beacon/index.html".to_owned() }));
}

/// Other people's packages: whatever is missing or broken in them, there is a box, unless nothing can be called by their name.
#[test]
fn packages_with_next_to_nothing_find_a_box_too() {
    for id in VendorId::ALL {
        let generation = if id == VendorId::Synology { "DSM 7" } else { "" };
        let mut package = opened(vendor(id), generation, "");
        package.tree = Tree::new();
        for path in
            ["CONTROL/config.json", "conf/privilege", "conf/resource", "WIZARD_UIFILES/install_uifile", "apkg.xml"]
        {
            package.tree.insert(path, Entry::file("{ \"defaults\": [", 0o644)).unwrap();
        }
        package.metadata.clear();
        package.devices.clear();
        package.version = None;
        let firmware = vendor(id).firmware(&package).unwrap();
        assert_eq!(firmware.values[&Value::Package], "beacon");
        assert_eq!(firmware.page, None);
        package.path = PathBuf::from("some.package");
        for (name, said) in [
            (None, "the package does not say what it is called"),
            (Some("../etc"), "`../etc` cannot be a package's name"),
            (Some(".."), "`..` cannot be a package's name"),
        ] {
            package.package = name.map(str::to_owned);
            assert_eq!(vendor(id).firmware(&package).unwrap_err().diagnostics()[0].message, said);
        }
    }
}
