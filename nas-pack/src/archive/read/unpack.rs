use std::collections::BTreeMap;
use std::io::Read;

use super::error::shown;
use super::tar::plain_path;
use super::{Budget, Compression, Decompressed, Dialect, Kind, Member, ReadError, Spool, TarReader};
use crate::archive::{Entry, EntryKind, Tree, TreePath};

/// What a tar archive holds.
#[derive(Clone, Debug, Default)]
pub struct Unpacked {
    /// The files. A hard link is a file with the content of its target.
    pub tree: Tree,
    /// What a [`Tree`] cannot say.
    pub links: Links,
    /// How the archive is compressed.
    pub compression: Compression,
    /// Which tar wrote it.
    pub dialect: Dialect,
    /// What is unusual about it, as sentences about it: `it has …`.
    pub oddities: Vec<String>,
}

/// What members of an archive have that entries of a [`Tree`] have not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// User and group ids of everything that is not root's.
    pub owners: BTreeMap<TreePath, (u64, u64)>,
    /// Hard links and the paths that they are to.
    pub hard: BTreeMap<TreePath, TreePath>,
    /// Devices, FIFOs and whatever else is no file, folder or link; they are not in the tree.
    pub special: BTreeMap<TreePath, &'static str>,
}

impl Links {
    /// Moves everything below a folder.
    pub(crate) fn below(self, folder: &str) -> Self {
        // A plain path below a plain folder is plain.
        let moved = |path: TreePath| path.below(folder).unwrap_or(path);
        Self {
            owners: self.owners.into_iter().map(|(path, owner)| (moved(path), owner)).collect(),
            hard: self.hard.into_iter().map(|(path, target)| (moved(path), moved(target))).collect(),
            special: self.special.into_iter().map(|(path, kind)| (moved(path), kind)).collect(),
        }
    }

    /// Adds what another archive of the same package has.
    pub(crate) fn extend(&mut self, other: Self) {
        self.owners.extend(other.owners);
        self.hard.extend(other.hard);
        self.special.extend(other.special);
    }

    /// Takes a folder off the paths; what is not below it stays.
    pub(crate) fn without(self, folder: &str) -> Self {
        let prefix = format!("{folder}/");
        let bare = |path: TreePath| match path.as_str().strip_prefix(&prefix) {
            Some(rest) => TreePath::new(rest).unwrap_or(path),
            None => path,
        };
        Self {
            owners: self.owners.into_iter().map(|(path, owner)| (bare(path), owner)).collect(),
            hard: self.hard.into_iter().map(|(path, target)| (bare(path), bare(target))).collect(),
            special: self.special.into_iter().map(|(path, kind)| (bare(path), kind)).collect(),
        }
    }
}

/// Collects members into a tree.
pub(crate) struct Unpacker<'p> {
    budget: &'p Budget,
    spool: &'p Spool,
    /// Whether nobody has counted the bytes that come.
    plain: bool,
    pub(crate) tree: Tree,
    pub(crate) links: Links,
}

impl<'p> Unpacker<'p> {
    /// For an archive that is compressed in this way.
    pub(crate) fn new(budget: &'p Budget, spool: &'p Spool, compression: Compression) -> Self {
        let plain = compression == Compression::None;
        Self { budget, spool, plain, tree: Tree::new(), links: Links::default() }
    }

    /// Unpacks an archive to its end, and what is behind the end too, so that its checksum is checked.
    pub(crate) fn unpack(
        input: impl Read,
        budget: &'p Budget,
        spool: &'p Spool,
        accepted: (&[Compression], &'static str),
    ) -> Result<Unpacked, ReadError> {
        let (mut input, compression) = Decompressed::new(input, budget)?;
        if !accepted.0.contains(&compression) {
            return Err(ReadError::Compression { found: compression, expected: accepted.1 });
        }
        let mut unpacker = Self::new(budget, spool, compression);
        let mut tar = TarReader::new(&mut input, &budget.limits);
        while let Some(member) = tar.next()? {
            unpacker.add(member, &mut tar.data())?;
        }
        let mut oddities = end_of(&mut tar)?;
        let dialect = tar.dialect;
        if input.members > 1 {
            oddities
                .push(format!("it is made of {} gzip streams, of which old unpackers read the first", input.members));
        }
        if input.garbage {
            oddities.push("it has bytes behind its compressed data, which are ignored".to_owned());
        }
        let Self { tree, links, .. } = unpacker;
        Ok(Unpacked { tree, links, compression, dialect, oddities })
    }

    /// Adds a member with its data.
    pub(crate) fn add(&mut self, member: Member, data: &mut impl Read) -> Result<(), ReadError> {
        // What the archive is of belongs to whoever unpacks it.
        let Some(path) = member.path else { return Ok(()) };
        let is_dir = member.kind == Kind::Dir;
        let there = self.tree.get(path.as_str()).map(|entry| entry.kind == EntryKind::Dir);
        if there.is_some_and(|there_is_dir| !(is_dir && there_is_dir)) || self.links.special.contains_key(&path) {
            return Err(ReadError::Duplicate(path.to_string()));
        }
        self.make_room(&path)?;
        let kind = match member.kind {
            Kind::Dir => EntryKind::Dir,
            Kind::File(size) => {
                if self.plain {
                    self.budget.unpack(size)?;
                }
                let reading = format!("`{path}`");
                EntryKind::File(self.spool.keep(data, size, &reading, self.budget)?)
            }
            Kind::Symlink(target) => EntryKind::Symlink(target),
            Kind::HardLink(target) => EntryKind::File(self.hard_link(&path, &target)?),
            Kind::Special(kind) => {
                self.links.special.insert(path, kind);
                return Ok(());
            }
        };
        if member.owner != (0, 0) {
            self.links.owners.insert(path.clone(), member.owner);
        }
        let entry = Entry { kind, mode: member.mode };
        self.tree.insert(path.as_str(), entry).map_err(|_| ReadError::Duplicate(path.to_string()))
    }

    /// Counts the member and the folders that it brings along, and sees that they are folders.
    fn make_room(&mut self, path: &TreePath) -> Result<(), ReadError> {
        let mut new = u64::from(self.tree.get(path.as_str()).is_none());
        let mut above = path.parent();
        while let Some(folder) = above {
            match self.tree.get(folder.as_str()) {
                Some(entry) if entry.kind == EntryKind::Dir => break,
                Some(_) => return Err(ReadError::Through { path: path.to_string(), above: folder }),
                None if self.links.special.contains_key(&folder) => {
                    return Err(ReadError::Through { path: path.to_string(), above: folder });
                }
                None => new += 1,
            }
            above = folder.parent();
        }
        self.budget.enter(new)
    }

    fn hard_link(&mut self, path: &TreePath, target: &str) -> Result<crate::archive::Content, ReadError> {
        let wrong = || ReadError::HardLink { path: path.to_string(), target: shown(target) };
        let (target_path, _) = plain_path(target.as_bytes(), &self.budget.limits).map_err(|_| wrong())?;
        let target_path = target_path.ok_or_else(wrong)?;
        let Some(Entry { kind: EntryKind::File(content), .. }) = self.tree.get(target_path.as_str()) else {
            return Err(wrong());
        };
        // Whoever extracts the tree writes it once more.
        self.budget.unpack(content.len())?;
        let content = content.clone();
        self.links.hard.insert(path.clone(), target_path);
        Ok(content)
    }
}

/// Reads an archive to the end of its stream, and tells what is unusual about the end.
pub(crate) fn end_of(tar: &mut TarReader<'_, impl Read>) -> Result<Vec<String>, ReadError> {
    let mut oddities = Vec::new();
    if !tar.ended {
        oddities.push("it has no end-of-archive mark and may have been cut off between two files".to_owned());
    }
    if tar.rest()? > 0 {
        oddities.push("it has more data behind its end, which unpackers do not read".to_owned());
    }
    Ok(oddities)
}

/// Whether a symbolic link at a path could lead out of the tree: it is absolute, climbs above the top, or climbs after it
/// has gone down, when it depends on other links where that leads.
pub fn leads_out(path: &TreePath, target: &str) -> bool {
    let depth = path.as_str().matches('/').count();
    let mut parts = target.split('/').filter(|part| !matches!(*part, "" | "."));
    let climbs = parts.by_ref().take_while(|part| *part == "..").count();
    // `take_while` has eaten the first part that goes down.
    target.starts_with('/') || climbs > depth || parts.any(|part| part == "..")
}
