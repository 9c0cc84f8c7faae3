//! The one folder that holds everything `setup` installs, and nothing else.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

use super::process::find_program;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::progress::Reporter;

/// Says that the folder is ours, so that `clean` never deletes somebody's files after a wrong `CARGO_NAS_HOME`.
const MARKER: &str = ".nas-pack-home";
const MARKER_TEXT: &str = "cargo nas keeps its toolchains here. `cargo nas setup --clean` removes the whole folder.\n";
/// Tells backup programs that the contents can be had again: <https://bford.info/cachedir/>.
const CACHE_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# This is the cache folder of cargo nas.\n";
const TEMPORARY: &str = ".tmp-";

/// The folder of the managed toolchain. Locating it creates nothing.
#[derive(Clone, Debug)]
pub struct Home {
    path: PathBuf,
}

/// What `clean` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// The folder is gone.
    Removed(PathBuf),
    /// There was none.
    Absent(PathBuf),
}

/// Held while something is installed; other processes wait.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Home {
    /// `CARGO_NAS_HOME`, or `nas-pack` in the platform's cache folder.
    ///
    /// # Errors
    /// If neither that nor a home directory is set.
    pub fn locate() -> Result<Self> {
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let path = var("CARGO_NAS_HOME")
            .or_else(|| {
                let cache = if cfg!(target_os = "macos") {
                    var("HOME").map(|home| home.join("Library/Caches"))
                } else {
                    // The XDG specification has relative paths ignored.
                    var("XDG_CACHE_HOME")
                        .filter(|path| path.is_absolute())
                        .or_else(|| var("HOME").map(|home| home.join(".cache")))
                };
                cache.map(|cache| cache.join("nas-pack"))
            })
            .ok_or_else(|| {
                Diagnostic::error("there is no cache folder: neither CARGO_NAS_HOME nor HOME is set")
                    .help("set CARGO_NAS_HOME to a folder for the toolchains")
            })?;
        Self::at(path)
    }

    /// The folder at a given place; a relative path is taken from the current directory.
    ///
    /// # Errors
    /// If the path is empty or the current directory cannot be read.
    pub fn at(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let path = std::path::absolute(path).map_err(|error| Failure::io("locate", path, &error))?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the folder with all that was installed.
    ///
    /// # Errors
    /// If the folder does not carry our marker, or cannot be removed.
    pub fn clean(&self, reporter: &dyn Reporter) -> Result<Cleaned> {
        match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Cleaned::Absent(self.path.clone())),
            Err(error) => return Err(Failure::io("look at", &self.path, &error)),
            Ok(_) => {}
        }
        if !self.path.join(MARKER).is_file() {
            return Err(Diagnostic::error(format!("`{}` was not made by cargo nas", self.path.display()))
                .note(format!("its marker file `{MARKER}` is missing"))
                .help("check CARGO_NAS_HOME; if it is right, remove the folder yourself")
                .into());
        }
        let lock = self.lock(reporter)?;
        // The marker goes last: an interrupted removal can be repeated.
        let entries = fs::read_dir(&self.path).map_err(|error| Failure::io("read", &self.path, &error))?;
        for entry in entries.flatten().filter(|entry| entry.file_name() != MARKER && entry.file_name() != "lock") {
            remove(&entry.path())?;
        }
        drop(lock);
        // Through a link, the link stays and so does the then empty folder it names.
        let real = fs::canonicalize(&self.path).map_err(|error| Failure::io("look at", &self.path, &error))?;
        remove(&real)?;
        Ok(Cleaned::Removed(self.path.clone()))
    }

    /// Creates the folder and waits until no other process installs into it.
    pub(super) fn lock(&self, reporter: &dyn Reporter) -> Result<Lock> {
        self.prepare()?;
        let path = self.path.join("lock");
        let failed = |error: &io::Error| Failure::io("lock", &path, error);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|e| failed(&e))?;
        // Named in full: newer standard libraries have methods of the same name, the oldest supported one has not.
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                reporter.status("Blocking", &format!("waiting for another `cargo nas` in {}", self.path.display()));
                FileExt::lock(&file).map_err(|error| failed(&error))?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        // Whoever made these was killed: they would hold the lock otherwise.
        for entry in fs::read_dir(self.components()).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                remove(&entry.path())?;
            }
        }
        Ok(Lock { _file: file })
    }

    fn prepare(&self) -> Result<()> {
        let marker = self.path.join(MARKER);
        if !marker.is_file() {
            let occupied = fs::read_dir(&self.path).is_ok_and(|mut entries| entries.next().is_some());
            if occupied {
                return Err(Diagnostic::error(format!("`{}` is not empty and not ours", self.path.display()))
                    .note("`setup --clean` removes the whole folder, so it must not hold anything else")
                    .help("set CARGO_NAS_HOME to a new folder")
                    .into());
            }
        }
        fs::create_dir_all(self.components()).map_err(|error| Failure::io("create", self.components(), &error))?;
        write(&marker, MARKER_TEXT)?;
        write(&self.path.join("CACHEDIR.TAG"), CACHE_TAG)
    }

    fn components(&self) -> PathBuf {
        self.path.join("components")
    }

    fn stamp(&self, name: &str) -> PathBuf {
        self.components().join(format!("{name}.installed"))
    }

    /// The folder of an installed component. It counts only once its stamp is there, which is written last.
    pub(super) fn component(&self, name: &str) -> Option<PathBuf> {
        self.stamp(name).is_file().then(|| self.components().join(name))
    }

    /// Installs a component: `fill` puts it into an empty folder beside its place and returns the notes for its stamp.
    /// Complete or absent, whenever it is interrupted.
    pub(super) fn install(
        &self,
        _lock: &Lock,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<String>,
    ) -> Result<PathBuf> {
        let place = self.components().join(name);
        let temporary = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempdir_in(self.components())
            .map_err(|error| Failure::io("write to", self.components(), &error))?;
        let notes = fill(temporary.path())?;
        let stamp = self.stamp(name);
        if stamp.exists() {
            remove(&stamp)?;
        }
        if place.exists() {
            remove(&place)?;
        }
        fs::rename(temporary.keep(), &place).map_err(|error| Failure::io("create", &place, &error))?;
        write(&stamp, &notes)?;
        Ok(place)
    }

    /// A folder for files that may vanish at any time, such as zig's compiled C libraries.
    pub(super) fn cache(&self, name: &str) -> PathBuf {
        self.path.join("cache").join(name)
    }
}

/// Writes a file so that it is complete or absent.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let failed = |error: &io::Error| Failure::io("write", path, error);
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir).map_err(|error| Failure::io("create", dir, &error))?;
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(|error| failed(&error))?;
    file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

/// Writes a script that the user may run.
#[cfg(unix)]
pub(super) fn write_script(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(|error| Failure::io("write", path, &error))
}

/// Writes a script; this platform knows no executable bit.
#[cfg(not(unix))]
pub(super) fn write_script(path: &Path, text: &str) -> Result<()> {
    write(path, text)
}

/// A program in the home or on PATH, whichever the home has first.
pub(super) fn installed_or_on_path(installed: Option<PathBuf>, name: &str) -> Option<PathBuf> {
    installed.filter(|file| file.is_file()).or_else(|| find_program(name))
}

fn remove(path: &Path) -> Result<()> {
    let is_dir = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let removed = if is_dir { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(|error| Failure::io("remove", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    fn home(dir: &tempfile::TempDir) -> Home {
        Home::at(dir.path().join("home")).unwrap()
    }

    #[test]
    fn clean_refuses_a_folder_that_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
        let home = Home::at(dir.path()).unwrap();
        let error = home.clean(&Silent).unwrap_err().to_string();
        assert!(error.contains("was not made by cargo nas"), "{error}");
        // Nor does it become ours by installing into it.
        let error = home.lock(&Silent).unwrap_err().to_string();
        assert!(error.contains("not empty and not ours"), "{error}");
        assert!(dir.path().join("thesis.txt").exists());
    }

    #[test]
    fn clean_removes_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let home = home(&dir);
        assert_eq!(home.clean(&Silent).unwrap(), Cleaned::Absent(home.path.clone()));
        drop(home.lock(&Silent).unwrap());
        assert_eq!(home.clean(&Silent).unwrap(), Cleaned::Removed(home.path.clone()));
        assert!(!home.path.exists());
    }

    #[test]
    fn a_component_counts_once_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let home = home(&dir);
        let lock = home.lock(&Silent).unwrap();
        let failed = home.install(&lock, "zig", |_| Err(Diagnostic::error("no network").into()));
        assert!(failed.is_err());
        assert_eq!(home.component("zig"), None);

        // As after a kill between the rename and the stamp.
        fs::create_dir(home.components().join("zig")).unwrap();
        assert_eq!(home.component("zig"), None);

        let place = home.install(&lock, "zig", |dir| {
            write(&dir.join("zig"), "program")?;
            Ok("0.17.0".into())
        });
        assert_eq!(home.component("zig"), Some(place.unwrap()));
        assert_eq!(fs::read_to_string(home.stamp("zig")).unwrap(), "0.17.0");
    }

    #[test]
    fn leftovers_of_a_killed_setup_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let home = home(&dir);
        drop(home.lock(&Silent).unwrap());
        let leftover = home.components().join(".tmp-killed");
        fs::create_dir(&leftover).unwrap();
        drop(home.lock(&Silent).unwrap());
        assert!(!leftover.exists());
    }
}
