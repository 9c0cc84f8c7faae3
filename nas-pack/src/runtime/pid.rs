use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A pid file that is gone when the daemon ends.
///
/// Dropping it removes the file if it still holds this process's id: not one that a successor wrote, and not in a child that was forked.
/// A process that is killed drops nothing; who reads the file has to look whether the process is there.
#[derive(Debug)]
#[must_use = "the file is removed when this is dropped"]
pub struct PidFile {
    path: PathBuf,
}

impl PidFile {
    /// Writes the file, like [`write_pid_file`].
    pub fn create(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        write_pid_file(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        let is_ours = fs::read_to_string(&self.path).is_ok_and(|text| text.trim() == std::process::id().to_string());
        if is_ours {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes this process's id to a file that readers find either whole or not at all.
///
/// Only for daemons that are started by something else than the generated scripts, or that change their process id
/// (by forking) after the script has noted it. The folder must exist. The file is written beside its final place and then
/// renamed, so an error leaves the older file as it was.
pub fn write_pid_file(path: &Path) -> io::Result<()> {
    let pid = std::process::id();
    let mut name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path has no file name"))?
        .to_owned();
    name.push(format!(".{pid}"));
    let draft = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&draft)?;
        writeln!(file, "{pid}")?;
        // After a power cut some file systems would otherwise have the new name and no content.
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::Scratch;
    use super::*;

    #[test]
    fn the_pid_file_replaces_an_older_one_and_leaves_nothing_else() {
        let dir = Scratch::new("pid");
        let path = dir.0.join("beacon.pid");
        fs::write(&path, "1\n").unwrap();
        write_pid_file(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 1);
    }

    #[test]
    fn a_pid_file_that_cannot_be_written_leaves_no_draft() {
        let dir = Scratch::new("pid-error");
        let path = dir.0.join("beacon.pid");
        fs::create_dir_all(path.join("in-the-way")).unwrap();
        write_pid_file(&path).unwrap_err();
        assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 1);
        write_pid_file(Path::new("/")).unwrap_err();
    }

    #[test]
    fn the_guard_removes_the_file_only_while_it_is_ours() {
        let dir = Scratch::new("pid-guard");
        let path = dir.0.join("beacon.pid");
        let guard = PidFile::create(&path).unwrap();
        assert_eq!(fs::read_to_string(guard.path()).unwrap(), format!("{}\n", std::process::id()));
        drop(guard);
        assert!(!path.exists());

        let guard = PidFile::create(&path).unwrap();
        fs::write(&path, "1\n").unwrap();
        drop(guard);
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
    }
}
