use std::fs;

use super::super::report::Verdict;
use super::super::sandbox::tests::sandboxes;
use super::*;
use crate::archive::{Entry, Tree};
use crate::progress::Silent;
use crate::toolchain::Home;
use crate::vendor::testing;
use crate::vendor::{Device, Payload};

const DAEMON: &str = "#!/bin/sh\n\"${0%/*}/httpd\" -f -p \"$NAS_PORT\" -h \"$NAS_DATA_DIR\" &\ntrap 'kill \"$!\"; exit 0' TERM\nwait \"$!\"\n";

/// A package whose daemon is a script around BusyBox's web server.
fn pack(id: VendorId, busybox: &Path, file: &Path) {
    let vendor = vendor(id);
    let (packager, said) = testing::check(vendor, "");
    let packager = packager.unwrap_or_else(|| panic!("was refused: {said}"));
    let mut tree = Tree::new();
    tree.insert("bin/beacon", Entry::file(DAEMON, 0o755)).unwrap();
    tree.insert("bin/httpd", Entry::on_disk(busybox, 0o755).unwrap()).unwrap();
    let fits = |device: &&Device| device.arch().is_some() && device.arch() == Arch::host();
    let device = vendor.devices().iter().find(fits).unwrap();
    let layout = packager.lay_out(device, &Payload { arch: Arch::host(), tree }).unwrap();
    fs::write(file, testing::seal(&layout)).unwrap();
}

#[test]
fn in_every_kind_of_box_a_good_package_lives() {
    let sandboxes = sandboxes();
    let Some(sandbox) = sandboxes.first() else { return };
    let dir = tempfile::tempdir().unwrap();
    let scenes =
        [Scene::Install, Scene::Data, Scene::Stop, Scene::Start, Scene::Upgrade, Scene::Uninstall, Scene::Audit];
    let options = Options {
        busybox: sandbox.busybox.clone(),
        scenes: Some(scenes.into()),
        ..Options::find(&Home::locate().unwrap()).unwrap()
    };
    // One whose scripts run as root, and one without.
    let files = [VendorId::Asustor, VendorId::Synology].map(|id| {
        let file = dir.path().join(id.to_string());
        pack(id, &options.busybox, &file);
        file
    });
    std::thread::scope(|scope| {
        for (sandbox, file) in sandboxes.iter().flat_map(|sandbox| files.iter().map(move |file| (sandbox, file))) {
            let options = &options;
            scope.spawn(move || {
                let life = play(file, sandbox, &[], options, &Silent).unwrap();
                let played: Vec<_> = life.scenes.iter().map(|scene| (scene.scene, scene.verdict())).collect();
                assert_eq!(played, scenes.map(|scene| (scene, Verdict::Passed)), "{}: {life:#?}", sandbox.means.name());
                let said = life.not_modelled.iter().any(|what| what.starts_with("the box's accounts: "));
                assert_eq!(said, !sandbox.has_accounts());
            });
        }
    });
}
