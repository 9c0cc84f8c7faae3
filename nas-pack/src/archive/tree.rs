use std::collections::BTreeMap;
use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::diagnostic::{Diagnostic, Failure};

/// A virtual file tree: what a package holds, sorted by path, before anything is written.
///
/// Everything in it belongs to root. Parents of what is inserted are there by themselves, as folders with mode 0755.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<TreePath, Entry>,
}

/// A relative path inside a tree: UTF-8, `/` between the parts, no empty part, no `.` and no `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

/// A file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its permission bits.
    pub mode: u32,
}

/// What an [`Entry`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Dir,
    /// A regular file.
    File(Content),
    /// A symbolic link, with its target as it is written.
    Symlink(String),
}

/// A file's bytes, or where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes in memory: what was generated.
    Bytes(Arc<[u8]>),
    /// A file on disk, read when it is packed. Its length is remembered, since an archive's header comes first, and when it was changed,
    /// since it is read in parts.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its length in bytes when the tree was made.
        len: u64,
        /// When it had been changed last then, where the file system tells.
        modified: Option<SystemTime>,
    },
}

/// Why something cannot be put into a tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The path is absolute, has an empty part, `.`, `..`, a backslash or a control character.
    #[error("`{0}` is not a plain relative path")]
    Path(String),
    /// Two different things want the same place.
    #[error("two things want the place `{0}`")]
    Occupied(TreePath),
}

impl From<TreeError> for Failure {
    fn from(error: TreeError) -> Self {
        Diagnostic::error(error.to_string()).into()
    }
}

impl TreePath {
    /// Reads a path.
    pub fn new(path: impl Into<String>) -> Result<Self, TreeError> {
        let path = path.into();
        let plain = |part: &str| !matches!(part, "" | "." | "..");
        let banned = |c: char| c == '\\' || c.is_control();
        if path.split('/').all(plain) && !path.contains(banned) { Ok(Self(path)) } else { Err(TreeError::Path(path)) }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder above, unless this is at the top.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// The path below a folder: `folder/self`.
    pub fn below(&self, folder: &str) -> Result<Self, TreeError> {
        Self::new(format!("{folder}/{}", self.0))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Content {
    /// What a file on disk holds, as it is now.
    pub fn on_disk(path: &Path) -> std::io::Result<Self> {
        Ok(Self::described(path, &std::fs::metadata(path)?))
    }

    /// The same, where it was asked already what is there.
    pub(crate) fn described(path: &Path, meta: &Metadata) -> Self {
        Self::File { path: path.to_owned(), len: meta.len(), modified: meta.modified().ok() }
    }

    /// The number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes().into())
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().into())
    }
}

impl Entry {
    /// A folder with mode 0755.
    pub const DIR: Self = Self { kind: EntryKind::Dir, mode: 0o755 };

    /// A file.
    pub fn file(content: impl Into<Content>, mode: u32) -> Self {
        Self { kind: EntryKind::File(content.into()), mode }
    }

    /// A file on disk.
    pub fn on_disk(path: &Path, mode: u32) -> std::io::Result<Self> {
        Ok(Self { kind: EntryKind::File(Content::on_disk(path)?), mode })
    }

    /// A symbolic link.
    pub fn symlink(target: impl Into<String>) -> Self {
        Self { kind: EntryKind::Symlink(target.into()), mode: 0o777 }
    }
}

impl Tree {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an entry in, with the folders above it. A folder may be put in again, and an equal entry too; anything else
    /// in the same place is an error.
    pub fn insert(&mut self, path: &str, entry: Entry) -> Result<(), TreeError> {
        let path = TreePath::new(path)?;
        let mut above = path.parent();
        while let Some(folder) = above {
            let dir = self.entries.entry(folder.clone()).or_insert(Entry::DIR);
            if dir.kind != EntryKind::Dir {
                return Err(TreeError::Occupied(folder));
            }
            above = folder.parent();
        }
        match self.entries.get_mut(&path) {
            Some(there) if there.kind == EntryKind::Dir && entry.kind == EntryKind::Dir => there.mode = entry.mode,
            Some(there) if *there != entry => return Err(TreeError::Occupied(path)),
            Some(_) => {}
            None => {
                self.entries.insert(path, entry);
            }
        }
        Ok(())
    }

    /// Puts all entries of another tree in, below a folder or (with `""`) at the top.
    pub fn graft(&mut self, folder: &str, other: &Self) -> Result<(), TreeError> {
        for (path, entry) in other.iter() {
            let path = if folder.is_empty() { path.clone() } else { path.below(folder)? };
            self.insert(path.as_str(), entry.clone())?;
        }
        Ok(())
    }

    /// The part of the tree below a folder, with paths relative to it.
    pub fn subtree(&self, folder: &str) -> Self {
        let prefix = format!("{folder}/");
        let below = |(path, entry): (&TreePath, &Entry)| {
            path.0.strip_prefix(&prefix).map(|rest| (TreePath(rest.to_owned()), entry.clone()))
        };
        Self { entries: self.entries.iter().filter_map(below).collect() }
    }

    /// The entries, sorted by path, a folder before what it holds.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &Entry)> {
        self.entries.iter()
    }

    /// The entries, to be changed in place.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&TreePath, &mut Entry)> {
        self.entries.iter_mut()
    }

    /// The part of the tree whose paths are wanted. Whoever wants a path has to want the folders above it.
    pub(crate) fn only(&self, is_wanted: impl Fn(&TreePath) -> bool) -> Self {
        let wanted = self.entries.iter().filter(|(path, _)| is_wanted(path));
        Self { entries: wanted.map(|(path, entry)| (path.clone(), entry.clone())).collect() }
    }

    /// The entry at a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(&TreePath(path.to_owned()))
    }

    /// The bytes of a file. `None` where there is no file, it cannot be read, or it has more than `limit` bytes.
    pub(crate) fn small_file(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        let EntryKind::File(content) = &self.get(path)?.kind else { return None };
        let mut bytes = Vec::new();
        (content.len() <= limit).then(|| content.copy_to(&mut bytes).ok())??;
        Some(bytes)
    }

    /// The sum of all files' lengths in bytes.
    pub fn size(&self) -> u64 {
        let len = |entry: &Entry| if let EntryKind::File(content) = &entry.kind { content.len() } else { 0 };
        self.entries.values().map(len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_cannot_leave_the_tree() {
        for bad in ["", "/etc", "a//b", "a/", "../a", "a/../b", "./a", "a\\b", "a\nb"] {
            assert_eq!(TreePath::new(bad), Err(TreeError::Path(bad.to_owned())));
        }
    }

    #[test]
    fn parents_come_first_and_places_are_taken_once() {
        let mut tree = Tree::new();
        tree.insert("bin/beacon", Entry::file("x", 0o755)).unwrap();
        tree.insert("bin", Entry { mode: 0o700, ..Entry::DIR }).unwrap();
        let listed: Vec<_> = tree.iter().map(|(path, entry)| (path.as_str(), entry.mode)).collect();
        assert_eq!(listed, [("bin", 0o700), ("bin/beacon", 0o755)]);
        assert!(tree.insert("bin/beacon", Entry::file("y", 0o755)).is_err());
        assert!(tree.insert("bin/beacon/x", Entry::file("y", 0o755)).is_err());
    }
}
