//! A package's content as a value, and the archive formats that carry it.

mod tree;

pub use tree::{Content, Entry, EntryKind, Tree, TreeError, TreePath};
