//! A package's content as a value, and the archive formats that carry it.

mod gzip;
mod tar;
mod tree;
mod zip;

pub use gzip::gzip;
pub use tar::{SourceError, TarStyle, TarWriter};
pub use tree::{Content, Entry, EntryKind, Tree, TreeError, TreePath};
pub use zip::StoredZip;
