//! The whole release, as `cargo xtask` makes it.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::fs;
use std::process::Command;

use nas_pack_tests::command::plain;
use nas_pack_tests::example::set_up;
use tempfile::TempDir;

#[test]
fn both_channels_are_verified_played_and_summed() {
    set_up();
    let target = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    plain(&mut command);
    let out = command.env("CARGO_TARGET_DIR", target.path()).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");

    for (channel, package) in [("stable", "hello-nas"), ("beta", "hello-nas-beta")] {
        let folder = target.path().join("dist").join(channel);
        assert!(said.contains(&format!("Released 10 packages in {}", folder.display())), "{said}");
        assert!(folder.join(format!("{package}_0.1.0_x86-64.apk")).is_file(), "{said}");
        let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
        assert_eq!(sums.lines().count(), 10, "{sums}");
        let mut check = Command::new("sha256sum");
        check.args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&folder);
        assert!(check.status().unwrap().success());
    }
}
