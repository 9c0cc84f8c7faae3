//! A package's content as a value, and the archive formats that carry it: written byte for byte reproducible, read with distrust.

mod deflate;
mod gzip;
mod pieces;
mod press;
pub mod read;
mod tar;
mod tree;
mod xz;
mod zip;

pub(crate) use pieces::Tar;
pub(crate) use press::{Archive, Body, Packing, Press};
pub use tar::{SourceError, TarStyle, TarWriter};
pub use tree::{Content, Entry, EntryKind, Tree, TreeError, TreePath};
pub use zip::StoredZip;
