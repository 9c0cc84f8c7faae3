use std::time::Duration;

use super::means::{Means, Numbers};
use super::{Disk, Sandbox, Session};
use crate::toolchain::tools;

/// Every way of making a box that works here, and a note about the others.
pub(in crate::simulate) fn sandboxes() -> Vec<Sandbox> {
    let Some(busybox) = tools::on_path("busybox") else {
        eprintln!("not run: busybox is not here");
        return Vec::new();
    };
    let bubblewrap = tools::on_path("bwrap").map(Means::Bubblewrap);
    let best = Sandbox::find(&busybox, None).map(|sandbox| sandbox.means);
    let all = [best.ok(), bubblewrap, Some(Means::OneUser)].into_iter().flatten();
    all.filter_map(|means| {
        let sandbox = Sandbox { means, busybox: busybox.clone(), refused: Vec::new() };
        sandbox.works().map_err(|reason| eprintln!("not run: {}: {reason}", sandbox.means.name())).ok()?;
        Some(sandbox)
    })
    .collect()
}

#[test]
fn a_box_sees_nothing_of_this_machine_and_keeps_its_own_files() {
    for sandbox in sandboxes() {
        let name = sandbox.means.name();
        let disk = Disk::new(&sandbox, &[0, 999], &|_| true).unwrap();
        let mut session = Session::start(&sandbox, &disk, None).unwrap();
        // Processes: its first, the agent, the job and what looks.
        let look = "ls / | tr '\\n' ' '; ls -d /proc/[0-9]* | wc -l; hostname; cat /proc/net/dev | grep -c :";
        let seen = session.work(look).unwrap();
        assert!(seen.starts_with("bin dev proc "), "{name}: {seen}");
        let processes: u32 = seen.lines().next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
        assert!(processes < 12, "{name}: {seen}");
        assert!(seen.ends_with("\n1\n"), "{name}: one network interface: {seen}");
        assert_eq!(session.run("echo kept >/kept; echo no >/.sim/init").unwrap().code, 1, "{name}");
        assert_eq!(session.run("echo no >/bin/sh").unwrap().code, 1, "{name}");
        if let Means::Accounts(Numbers::Root(_)) = sandbox.means {
            let work = "touch /his && chown 999:999 /his && stat -c %u:%g /his";
            assert_eq!(session.work(work).unwrap(), "999:999\n", "{name}");
            assert_eq!(session.run("echo core >/proc/sys/kernel/core_pattern").unwrap().code, 1, "{name}");
        }
        drop(session);
        let mut session = Session::start(&sandbox, &disk, None).unwrap();
        assert_eq!(session.work("cat /kept").unwrap(), "kept\n", "{name}");
    }
}

#[test]
fn with_the_power_everything_in_a_box_ends_at_once() {
    for sandbox in sandboxes() {
        let disk = Disk::new(&sandbox, &[0], &|_| true).unwrap();
        let mut session = Session::start(&sandbox, &disk, None).unwrap();
        // It would write a file if it were asked to end.
        let job =
            session.begin("trap 'echo asked >/asked' TERM HUP; echo >/begun; while :; do usleep 10000; done").unwrap();
        while session.run("[ -e /begun ]").unwrap().code != 0 {}
        assert_eq!(session.wait(job, Duration::from_millis(10)).unwrap(), None);
        drop(session);
        let mut session = Session::start(&sandbox, &disk, None).unwrap();
        assert_eq!(session.run("[ -e /asked ]").unwrap().code, 1);
    }
}

#[test]
fn nothing_of_a_box_is_left_on_this_machine() {
    for sandbox in sandboxes() {
        let disk = Disk::new(&sandbox, &[0, 999], &|_| true).unwrap();
        let root = disk.root();
        let mut session = Session::start(&sandbox, &disk, None).unwrap();
        session.work("mkdir -p /a/b && touch /a/b/c && chown 999 /a/b 2>/dev/null; chmod 0 /a/b /a").unwrap();
        drop(session);
        drop(disk);
        assert!(!root.exists() && !root.parent().unwrap().exists(), "{}", sandbox.means.name());
    }
}

#[test]
fn boxes_of_killed_simulations_are_removed_by_the_next_one() {
    let Some(sandbox) = sandboxes().into_iter().next() else { return };
    let dir = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let folder = dir.path().join(format!("cargo-nas-box-{name}"));
        std::fs::create_dir_all(folder.join("root")).unwrap();
        folder
    };
    let (killed, kept, used) = (folder("killed"), folder("kept"), folder("used"));
    std::fs::write(killed.join("in-use"), "").unwrap();
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("in-use"), "").unwrap();
    let lock = super::disk::mark(&used).unwrap();
    super::disk::sweep(dir.path());
    assert_eq!([&killed, &kept, &used, &other].map(|folder| folder.exists()), [false, true, true, true]);
    drop(lock);
    super::disk::sweep(dir.path());
    assert!(!used.exists());

    // A box that is in use is not in anybody's way.
    let disk = Disk::new(&sandbox, &[0], &|_| true).unwrap();
    super::disk::sweep(&std::env::temp_dir());
    assert!(disk.root().exists());
}
