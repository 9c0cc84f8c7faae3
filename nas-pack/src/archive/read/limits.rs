use std::cell::Cell;

use super::ReadError;

/// How much a package may hold before it is refused unread.
///
/// The defaults are far above what any NAS takes (Synology's centre stops at 100 MB, WD's header at 4 GiB) and far below
/// what would hurt the machine that looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files, folders and links, also those that are only there as somebody's parent: 100 000.
    pub entries: u64,
    /// Bytes that come out of all compressed streams, and of files in archives that are not compressed, together: 8 GiB.
    pub unpacked: u64,
    /// Bytes of one file: 4 GiB.
    pub file: u64,
    /// Bytes of a path or of a link's target: 1024.
    pub path: u64,
    /// Folders above a file: 64.
    pub depth: u64,
    /// Bytes that come out for each byte of the package: 250. It counts from 64 MiB on, since small things compress to nothing.
    pub ratio: u64,
    /// Bytes of file content that are held in memory: 32 MiB. Everything else goes into a temporary folder.
    pub memory: u64,
}

/// What may come out before the ratio counts.
const RATIO_FROM: u64 = 64 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 100_000, unpacked: 8 << 30, file: 4 << 30, path: 1024, depth: 64, ratio: 250, memory: 32 << 20 }
    }
}

/// A name that is no limit's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no limit; there are {}", Limits::NAMES.join(", "))]
pub struct UnknownLimit {
    /// The name.
    pub name: String,
}

impl Limits {
    /// The limits' names, for [`set`](Self::set).
    pub const NAMES: [&'static str; 7] = ["entries", "unpacked", "file", "path", "depth", "ratio", "memory"];

    /// Sets a limit by its name.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), UnknownLimit> {
        let limit = match name {
            "entries" => &mut self.entries,
            "unpacked" => &mut self.unpacked,
            "file" => &mut self.file,
            "path" => &mut self.path,
            "depth" => &mut self.depth,
            "ratio" => &mut self.ratio,
            "memory" => &mut self.memory,
            _ => return Err(UnknownLimit { name: name.to_owned() }),
        };
        *limit = value;
        Ok(())
    }

    pub(crate) fn check_path(&self, len: usize, shown: &str) -> Result<(), ReadError> {
        if len as u64 > self.path {
            let what = format!("the name `{shown}` has {len} bytes, more than {}", self.path);
            return Err(ReadError::limit("path", what));
        }
        Ok(())
    }

    pub(crate) fn check_file(&self, path: &str, size: u64) -> Result<(), ReadError> {
        if size > self.file {
            let what = format!("the member `{path}` has {size} bytes, more than {}", self.file);
            return Err(ReadError::limit("file", what));
        }
        Ok(())
    }
}

/// What is left of the limits while one package is read, however many streams are inside one another.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) limits: Limits,
    packed: u64,
    unpacked: Cell<u64>,
    entries: Cell<u64>,
    memory: Cell<u64>,
}

impl Budget {
    /// For a package of so many bytes.
    pub(crate) fn new(limits: Limits, packed: u64) -> Self {
        Self { limits, packed, unpacked: Cell::new(0), entries: Cell::new(0), memory: Cell::new(0) }
    }

    /// Counts bytes that came out of a stream, or that a hard link repeats.
    pub(crate) fn unpack(&self, bytes: u64) -> Result<(), ReadError> {
        let unpacked = self.unpacked.get().saturating_add(bytes);
        self.unpacked.set(unpacked);
        let Limits { unpacked: most, ratio, .. } = self.limits;
        if unpacked > most {
            return Err(ReadError::limit("unpacked", format!("it unpacks to more than {most} bytes")));
        }
        if unpacked > RATIO_FROM && unpacked / ratio.max(1) > self.packed {
            let packed = self.packed;
            return Err(ReadError::limit(
                "ratio",
                format!("it unpacks {packed} bytes to more than {ratio} times as many, as only a bomb does"),
            ));
        }
        Ok(())
    }

    /// Counts entries.
    pub(crate) fn enter(&self, entries: u64) -> Result<(), ReadError> {
        let count = self.entries.get().saturating_add(entries);
        self.entries.set(count);
        let most = self.limits.entries;
        if count > most {
            return Err(ReadError::limit("entries", format!("it has more than {most} files and folders")));
        }
        Ok(())
    }

    /// Whether there is room in memory for so many bytes more; if so, it is taken.
    pub(crate) fn remember(&self, bytes: u64) -> bool {
        let memory = self.memory.get().saturating_add(bytes);
        let fits = memory <= self.limits.memory;
        if fits {
            self.memory.set(memory);
        }
        fits
    }
}
