//! Everything that is done to the files of an output folder. They appear as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::FileExt;
use tempfile::NamedTempFile;

/// How the names of files begin that are being written. What a killed run leaves is known by it.
const TEMPORARY: &str = ".nas-pack-";

/// What is done to a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    MakeFolder,
    Lock,
    Remove,
    Create,
    Open,
    Read,
    Write,
    Seek,
    Allow,
    Sync,
    Rename,
}

/// The way to the disk. A test can be there before each step, and make it fail; otherwise there is nothing to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    #[cfg(test)]
    watch: Option<watch::Watch>,
}

impl Disk {
    #[cfg(not(test))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "only in tests there is something to do")]
    const fn before(&self, _: Step, _: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Makes a folder, and those above it, unless it is there.
    pub(crate) fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.before(Step::MakeFolder, path)?;
        match fs::create_dir_all(path) {
            // It does not mind a folder that is there.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(io::Error::new(io::ErrorKind::NotADirectory, "a file is in the place of its folder"))
            }
            made => made,
        }
    }

    /// Locks a file, which is made if need be, its folder too, until what is returned goes. Says when it has to wait for another
    /// process.
    pub(crate) fn lock(&self, path: &Path, waiting: impl Fn()) -> io::Result<File> {
        loop {
            self.make_folder(path.parent().unwrap_or(Path::new(".")))?;
            self.before(Step::Lock, path)?;
            let file = File::options().create(true).truncate(false).write(true).open(path)?;
            if FileExt::try_lock(&file).is_err() {
                waiting();
                FileExt::lock(&file)?;
            }
            // If it was removed meanwhile, the next one to come makes another, and is not kept off by this.
            if is_at(&file, path)? {
                return Ok(file);
            }
        }
    }

    /// Removes from a folder what a run left that was killed. That it cannot be removed is no reason to fail.
    pub(crate) fn clear(&self, folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                let _ = self.before(Step::Remove, folder).and_then(|()| fs::remove_file(entry.path()));
            }
        }
    }

    /// A file of ours, as a whole.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.before(Step::Open, path)?;
        fs::read(path)
    }

    /// What tells a file's bytes from others, and how many they are.
    pub(crate) fn digest(&self, path: &Path) -> io::Result<(blake3::Hash, u64)> {
        self.before(Step::Open, path)?;
        Reader { disk: self.clone(), path: path.to_owned(), file: File::open(path)? }.digest()
    }

    /// An empty file beside a place that it may [take](Self::replace).
    pub(crate) fn draft(&self, path: &Path) -> io::Result<Draft> {
        self.before(Step::Create, path)?;
        let file = NamedTempFile::with_prefix_in(TEMPORARY, path.parent().unwrap_or(Path::new(".")))?;
        Ok(Draft { disk: self.clone(), path: path.to_owned(), file })
    }

    /// Replaces a file as a whole, whose folder is made if need be. On any error the old file stays as it was.
    pub(crate) fn replace<T>(&self, path: &Path, write: impl FnOnce(&mut Draft) -> io::Result<T>) -> io::Result<T> {
        self.make_folder(path.parent().unwrap_or(Path::new(".")))?;
        let mut draft = self.draft(path)?;
        let written = write(&mut draft)?;
        draft.publish()?;
        Ok(written)
    }
}

/// Whether it is this open file that a path leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |meta: fs::Metadata| (meta.dev(), meta.ino());
    match fs::metadata(path) {
        Ok(there) => Ok(identity(there) == identity(file.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether it is this open file that a path leads to. Nobody can remove it here.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "as elsewhere")]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// A file under a temporary name, which goes when this does.
#[derive(Debug)]
pub(crate) struct Draft {
    disk: Disk,
    /// The place that it may take.
    path: PathBuf,
    file: NamedTempFile,
}

impl Draft {
    /// Opens it once more, for reading.
    pub(crate) fn reader(&self) -> io::Result<Reader> {
        self.disk.before(Step::Open, &self.path)?;
        Ok(Reader { disk: self.disk.clone(), path: self.path.clone(), file: self.file.reopen()? })
    }

    /// Gives it its name, in place of what had that before. What replaces a file is on the disk before that: after a power cut there is
    /// the old file or the new one. Where nothing is replaced, nothing of the user's can be lost, and the disk is not waited for.
    fn publish(self) -> io::Result<()> {
        let Self { disk, path, file } = self;
        disk.before(Step::Allow, &path)?;
        // Temporary files are private; a package is for others to upload.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        if path.symlink_metadata().is_ok() {
            disk.before(Step::Sync, &path)?;
            file.as_file().sync_all()?;
        }
        disk.before(Step::Rename, &path)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = self.file.as_file_mut();
        if let Err(error) = self.disk.before(Step::Write, &self.path) {
            // As on a full disk, which takes a part.
            file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

impl Seek for Draft {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.disk.before(Step::Seek, &self.path)?;
        self.file.as_file_mut().seek(to)
    }
}

/// An open file.
#[derive(Debug)]
pub(crate) struct Reader {
    disk: Disk,
    path: PathBuf,
    file: File,
}

impl Reader {
    /// Fills a buffer with what begins at an offset.
    pub(crate) fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.disk.before(Step::Read, &self.path)?;
        self.file.seek(SeekFrom::Start(at))?;
        self.file.read_exact(buffer)
    }

    /// What tells its bytes from others, and how many they are.
    pub(crate) fn digest(mut self) -> io::Result<(blake3::Hash, u64)> {
        let mut hash = blake3::Hasher::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            self.disk.before(Step::Read, &self.path)?;
            match self.file.read(&mut buffer)? {
                0 => return Ok((hash.finalize(), hash.count())),
                read => hash.update(&buffer[..read]),
            };
        }
    }
}

#[cfg(test)]
mod watch {
    use std::fmt;
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use super::{Disk, Step};

    /// What a test does before a step on a file: that which is, or is to become, the one of a path.
    type Before = dyn Fn(Step, &Path) -> io::Result<()> + Send + Sync;

    #[derive(Clone)]
    pub(super) struct Watch(Arc<Before>);

    impl fmt::Debug for Watch {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Watch")
        }
    }

    impl Disk {
        /// One whose steps are taken only if a test lets them.
        pub(crate) fn watched(before: impl Fn(Step, &Path) -> io::Result<()> + Send + Sync + 'static) -> Self {
            Self { watch: Some(Watch(Arc::new(before))) }
        }

        pub(super) fn before(&self, step: Step, path: &Path) -> io::Result<()> {
            self.watch.as_ref().map_or(Ok(()), |Watch(before)| before(step, path))
        }
    }
}
