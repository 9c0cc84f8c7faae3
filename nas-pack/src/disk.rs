//! Files that appear as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::diagnostic::io_reason;

/// How the names of files begin that are being written. What a killed run leaves is known by it.
pub(crate) const TEMPORARY: &str = ".nas-pack-";

/// A file under a temporary name, which goes when this does.
#[derive(Debug)]
pub(crate) struct Draft(NamedTempFile);

impl Draft {
    /// An empty file in a folder.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        NamedTempFile::with_prefix_in(TEMPORARY, folder).map(Self)
    }

    /// Opens it once more, for reading.
    pub(crate) fn reader(&self) -> io::Result<File> {
        self.0.reopen()
    }

    /// Gives it its name, in place of what had that before, and returns its length. It is on the disk before that: after a power cut
    /// there is the old file or the new one.
    fn publish(self, path: &Path) -> io::Result<u64> {
        let file = self.0.as_file();
        // Temporary files are private; a package is for others to upload.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.set_permissions(fs::Permissions::from_mode(0o644))?;
        }
        file.sync_all()?;
        let size = file.metadata()?.len();
        self.0.persist(path).map_err(|error| error.error)?;
        Ok(size)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.as_file_mut().flush()
    }
}

impl Seek for Draft {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.as_file_mut().seek(to)
    }
}

/// Replaces a file as a whole, whose folder is made if need be. On any error the old file stays as it was. Returns the new length.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut Draft) -> io::Result<()>) -> io::Result<u64> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut draft = Draft::new(folder)?;
    write(&mut draft)?;
    draft.publish(path)
}

/// What tells a file's bytes from others.
pub(crate) fn digest(path: &Path) -> io::Result<blake3::Hash> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {}", path.display(), io_reason(&error)));
    let mut file = File::open(path).map_err(named)?;
    let mut hash = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(named)? {
            0 => return Ok(hash.finalize()),
            read => hash.update(&buffer[..read]),
        };
    }
}
