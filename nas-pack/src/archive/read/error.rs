use std::io;

use super::Compression;
use crate::archive::TreePath;
use crate::diagnostic::io_reason;

/// Why an archive cannot be read. Names in it are printable, whatever bytes the archive has.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes themselves cannot be had.
    #[error("it cannot be read: {}", io_reason(.0))]
    Io(io::Error),
    /// What was read cannot be kept.
    #[error("a temporary file cannot be written: {}", io_reason(.0))]
    Spool(io::Error),
    /// The data ends where more was promised.
    #[error("it ends in the middle of {0}")]
    Truncated(String),
    /// Compressed data, or its checksum, is wrong.
    #[error("its compressed data is damaged: {0}")]
    Damaged(String),
    /// It is compressed with something that the device does not read.
    #[error("it is {found}, and the device reads only {expected}")]
    Compression {
        /// What it is.
        found: Compression,
        /// What it should be.
        expected: &'static str,
    },
    /// It is no tar archive.
    #[error("it is not a tar archive")]
    NotTar,
    /// A header that cannot be understood.
    #[error("the tar header at byte {at} is broken: {what}")]
    Header {
        /// Where it begins in the unpacked archive.
        at: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A zip archive that cannot be understood.
    #[error("the zip archive is broken: {0}")]
    Zip(String),
    /// A name or link target that is not text.
    #[error("the name `{0}` is not UTF-8")]
    NotUtf8(String),
    /// An absolute name.
    #[error("the member `{0}` has an absolute name")]
    Absolute(String),
    /// A name with `..` in it.
    #[error("the member `{0}` would be written outside of the package")]
    Escapes(String),
    /// A name with a backslash or control characters in it.
    #[error("the member `{0}` has characters in its name that no file should have")]
    OddName(String),
    /// The same name twice.
    #[error("the member `{0}` is there twice")]
    Duplicate(String),
    /// A member below a file or a link.
    #[error("the member `{path}` would be written through `{above}`, which is not a folder")]
    Through {
        /// The member.
        path: String,
        /// What is in its way.
        above: TreePath,
    },
    /// A hard link to something that is not a file in front of it.
    #[error("the hard link `{path}` is to `{target}`, which is not a file in front of it")]
    HardLink {
        /// The link.
        path: String,
        /// Its target as it is written.
        target: String,
    },
    /// GNU's sparse members.
    #[error("the member `{0}` is a sparse file, which BusyBox on the devices cannot unpack")]
    Sparse(String),
    /// A folder or link that has data, which one reader skips and another takes for the next header.
    #[error("the member `{path}` is a {kind} with {size} bytes of data, which no two readers take alike")]
    UnexpectedData {
        /// The member.
        path: String,
        /// What it is.
        kind: &'static str,
        /// Its size.
        size: u64,
    },
    /// More than the [`Limits`](super::Limits) allow.
    #[error("{what}")]
    Limit {
        /// What is too much.
        what: String,
        /// The limit's name.
        limit: &'static str,
    },
}

impl ReadError {
    pub(crate) fn limit(limit: &'static str, what: impl Into<String>) -> Self {
        Self::Limit { what: what.into(), limit }
    }

    /// An error that comes out of a reader: the one that a layer below has put in, or what the kind of it means here.
    pub(crate) fn from_io(error: io::Error, reading: &str) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => match error.kind() {
                io::ErrorKind::UnexpectedEof => Self::Truncated(reading.to_owned()),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => {
                    Self::Damaged(io_reason(&error))
                }
                // What the xz decoder says of a dictionary over its limit.
                io::ErrorKind::OutOfMemory => Self::Damaged("it needs more memory than xz ever does".to_owned()),
                _ => Self::Io(error),
            },
        }
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        Self::other(error)
    }
}

/// Bytes that should have been text, in a form that can be shown.
pub(crate) fn printable(bytes: &[u8]) -> String {
    const MOST: usize = 120;
    let text = bytes[..bytes.len().min(MOST)].escape_ascii().to_string();
    if bytes.len() > MOST { text + "…" } else { text }
}

/// Text of an archive in a form that can be shown: without control characters, and not longer than anybody reads.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 120;
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == MOST {
            shown.push('…');
            break;
        }
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}
