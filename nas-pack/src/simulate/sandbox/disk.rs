use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use fs4::FileExt;
use tempfile::TempDir;

use super::means::{Means, Numbers};
use super::{AGENT, BOX, EXEC, INIT, Sandbox, Session};
use crate::diagnostic::{Failure, Result};
use crate::simulate::userland::{self, Installed};

/// What the folders of boxes are called.
const PREFIX: &str = "cargo-nas-box-";
/// The file that is locked while a box is in use.
const IN_USE: &str = "in-use";

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
    _in_use: File,
}

impl Disk {
    /// An empty root, and BusyBox with those applets that the box has. `ids` are the numbers of the box's users and groups; the
    /// first is whose rights the agent has where there is one user only.
    pub(in crate::simulate) fn new(sandbox: &Sandbox, ids: &[u32], has: &dyn Fn(&str) -> bool) -> Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir()
            .map_err(|error| Failure::io("write", std::env::temp_dir(), &error))?;
        let write = |path: &Path, error: io::Error| Failure::io("write", path, &error);
        let in_use = mark(dir.path()).map_err(|error| write(dir.path(), error))?;
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
        Ok(Self {
            dir,
            ids: ids.to_vec(),
            shown: Vec::new(),
            programs,
            sandbox: sandbox.clone(),
            kept: false,
            _in_use: in_use,
        })
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
        let _ = fs::remove_file(self.dir.path().join(IN_USE));
        self.dir.path().to_owned()
    }
}

/// Marks a new box as one in use, for as long as the file is open.
pub(super) fn mark(dir: &Path) -> io::Result<File> {
    // Under its own name it is locked from the beginning.
    let draft = dir.join("marking");
    let file = File::create(&draft)?;
    FileExt::lock(&file)?;
    fs::rename(&draft, dir.join(IN_USE))?;
    Ok(file)
}

/// Removes the boxes of this user's simulations that were killed. One that was to be kept has no mark.
pub(super) fn sweep(folder: &Path) {
    let Ok((own, entries)) = fs::metadata("/proc/self").and_then(|own| Ok((own.uid(), fs::read_dir(folder)?))) else {
        return;
    };
    for entry in entries.flatten() {
        let mark = entry.path().join(IN_USE);
        let is_own = fs::symlink_metadata(&mark).is_ok_and(|mark| mark.is_file() && mark.uid() == own);
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())
            && is_own
            && File::open(&mark).is_ok_and(|file| FileExt::try_lock(&file).is_ok())
        {
            // What belongs to other accounts of the box may stay.
            let _ = fs::remove_dir_all(entry.path());
        }
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
