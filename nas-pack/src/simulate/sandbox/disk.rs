use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::means::{Means, Numbers};
use super::{AGENT, BOX, EXEC, INIT, Sandbox, Session};
use crate::diagnostic::{Failure, Result};
use crate::simulate::userland::{self, Installed};

/// What a box keeps when its power goes, and the simulation's own files beside it.
#[derive(Debug)]
pub(in crate::simulate) struct Disk {
    dir: TempDir,
    ids: Vec<u32>,
    shown: Vec<(PathBuf, String)>,
    /// The programs in the box's `/bin`.
    pub(in crate::simulate) programs: Installed,
    sandbox: Sandbox,
    kept: bool,
}

impl Disk {
    /// An empty root, and BusyBox with those applets that the box has. `ids` are the numbers of the box's users and groups; the
    /// first is whose rights the agent has where there is one user only.
    pub(in crate::simulate) fn new(sandbox: &Sandbox, ids: &[u32], has: &dyn Fn(&str) -> bool) -> Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("cargo-nas-box-")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir()
            .map_err(|error| Failure::io("write", std::env::temp_dir(), &error))?;
        let write = |path: &Path, error: io::Error| Failure::io("write", path, &error);
        let (root, sim) = (dir.path().join("root"), dir.path().join("sim"));
        for folder in [&root, &sim, &sim.join("jobs"), &sim.join("io"), &sim.join("bin"), &sim.join("programs")] {
            fs::create_dir(folder).map_err(|error| write(folder, error))?;
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(|error| write(folder, error))?;
        }
        // Through it lead the pipes of a package's scripts, whatever user they run as, but nobody can look around.
        fs::set_permissions(sim.join("io"), fs::Permissions::from_mode(0o711)).map_err(|error| write(&sim, error))?;
        for (name, text) in [("box", BOX), ("init", INIT), ("agent", AGENT), ("exec", EXEC)] {
            fs::write(sim.join(name), text).map_err(|error| write(&sim.join(name), error))?;
        }
        // Where calls of the vendor's programs are written down, by everybody.
        let commands = sim.join("io/commands");
        fs::write(&commands, "").map_err(|error| write(&commands, error))?;
        fs::set_permissions(&commands, fs::Permissions::from_mode(0o666)).map_err(|error| write(&commands, error))?;

        fs::copy(&sandbox.busybox, sim.join("busybox")).map_err(|error| write(&sim.join("busybox"), error))?;
        for applet in userland::list(&sandbox.busybox)?.lines() {
            let link = sim.join("bin").join(applet);
            symlink("../busybox", &link).map_err(|error| write(&link, error))?;
        }
        let programs = userland::install(&sandbox.busybox, &sim.join("programs"), has)?;
        for folder in [dir.path(), &root, &sim, &sim.join("io")] {
            sandbox.means.give(folder).map_err(|error| write(folder, error))?;
        }
        Ok(Self { dir, ids: ids.to_vec(), shown: Vec::new(), programs, sandbox: sandbox.clone(), kept: false })
    }

    /// Shows a folder of this machine in the box, read-only.
    pub(in crate::simulate) fn show(&mut self, from: PathBuf, to: String) {
        self.shown.push((from, to));
    }

    /// The box's root.
    pub(in crate::simulate) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// The simulation's own files, which the box sees read-only as `/.sim`. Nothing in the box can write there but to `io`.
    pub(in crate::simulate) fn sim(&self) -> PathBuf {
        self.dir.path().join("sim")
    }

    pub(super) fn ids(&self) -> &[u32] {
        &self.ids
    }

    pub(super) fn shown(&self) -> &[(PathBuf, String)] {
        &self.shown
    }

    pub(super) fn errors(&self) -> io::Result<Stdio> {
        let path = self.dir.path().join("errors");
        Ok(File::options().create(true).append(true).open(path)?.into())
    }

    /// What went wrong while boxes were made.
    pub(super) fn said(&self) -> String {
        fs::read_to_string(self.dir.path().join("errors")).unwrap_or_default().trim().to_owned()
    }

    /// Where the box was asked for its page: an address of its network or, where it could have none, 127.0.0.1.
    pub(in crate::simulate) fn address(&self) -> String {
        fs::read_to_string(self.sim().join("io/address")).unwrap_or_default()
    }

    /// Leaves everything in place, and tells where.
    pub(in crate::simulate) fn keep(&mut self) -> PathBuf {
        self.dir.disable_cleanup(true);
        self.kept = true;
        self.dir.path().to_owned()
    }
}

impl Drop for Disk {
    /// What other accounts of the box own, or nobody may read, only the box itself can remove.
    fn drop(&mut self) {
        if self.kept || matches!(self.sandbox.means, Means::Accounts(Numbers::Root(_))) {
            return;
        }
        if let Ok(mut session) = Session::start(&self.sandbox, self, None) {
            // Not every BusyBox has find's `-delete`.
            let _ = session.run(
                "find / -mindepth 1 -maxdepth 1 ! -name .sim ! -name proc ! -name dev ! -name bin \
                 -exec chmod -R u+rwx {} + -exec rm -rf {} + 2>/dev/null",
            );
            drop(session);
        }
    }
}
