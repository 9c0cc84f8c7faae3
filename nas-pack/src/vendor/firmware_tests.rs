use std::collections::BTreeSet;

use super::*;
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
