//! A tar archive cut into pieces, before any of it is read. Where archives have the same pieces, they are compressed once for all.

use std::io;

use super::tar::{BLOCK, LONGEST, RECORD};
use super::{Content, Entry, EntryKind, TarStyle, TarWriter, Tree};
use crate::digest::Fields;

/// The length of a piece, but for the last of a file and those between large files. It is what one thread compresses at a time: long
/// enough that nothing is lost by the next one beginning anew, short enough that many of them fit into memory.
pub(crate) const PIECE: u64 = 1 << 20;

/// From this length on a file has pieces of its own, which are the same whatever stands around it. Smaller ones share pieces with what
/// is beside them, since they compress better together.
const LARGE: u64 = 128 << 10;

/// A tar archive that is not written yet. What its members hold is not read before that.
#[derive(Clone, Debug)]
pub(crate) struct Tar<'t> {
    style: TarStyle,
    mtime: u32,
    members: Vec<(&'t str, &'t Entry)>,
}

/// What makes a piece the same as another: a digest of everything that decides about its bytes, with the names of files in place of
/// what they hold.
pub(crate) type Key = blake3::Hash;

/// A part of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Piece<'a> {
    style: &'a TarStyle,
    mtime: u32,
    part: Part<'a>,
    /// Its length in bytes.
    pub(crate) len: u64,
}

#[derive(Clone, Debug)]
enum Part<'a> {
    /// Members, behind the padding of what was before them. Of the last one only the header, if `open`.
    Members { padding: u64, members: &'a [(&'a str, &'a Entry)], open: bool },
    /// A part of a file, which begins here.
    Content { content: &'a Content, at: u64 },
    /// The zeros at the end.
    End,
}

impl<'t> Tar<'t> {
    /// An archive of these members, whose paths are relative to the prefix of the style; all have one time, in seconds since 1970.
    pub(crate) fn new(members: impl IntoIterator<Item = (&'t str, &'t Entry)>, style: TarStyle, mtime: u32) -> Self {
        static ROOT: Entry = Entry::DIR;
        let root = style.root.then_some(("", &ROOT));
        let members = root.into_iter().chain(members).collect();
        Self { style, mtime, members }
    }

    /// The part of a tree below a folder.
    pub(crate) fn of_folder(tree: &'t Tree, folder: &str, style: TarStyle, mtime: u32) -> Self {
        let below = |path: &'t str| path.strip_prefix(folder)?.strip_prefix('/');
        let members = tree.iter().filter_map(|(path, entry)| Some((below(path.as_str())?, entry)));
        Self::new(members, style, mtime)
    }

    /// The pieces that make up the archive, one behind the other.
    ///
    /// Where they are cut depends on nothing but the members. What was generated and what is on disk are never in one piece: packages
    /// for several models of a vendor differ in the former alone.
    pub(crate) fn pieces(&self) -> Vec<Piece<'_>> {
        let mut cutter =
            Cutter { tar: self, pieces: Vec::new(), first: 0, len: 0, padding: 0, total: 0, generated: None };
        for (index, (path, entry)) in self.members.iter().enumerate() {
            let head = head_len(&self.style, path, entry);
            let EntryKind::File(content) = &entry.kind else {
                cutter.make_room(index, head, None);
                continue;
            };
            let generated = Some(matches!(content, Content::Bytes(_)));
            if content.len() < LARGE {
                cutter.make_room(index, head + content.len().next_multiple_of(BLOCK), generated);
            } else {
                cutter.make_room(index, head, generated);
                cutter.content(index, content);
            }
        }
        cutter.finish()
    }
}

/// Goes through the members and remembers what is not in a piece yet.
struct Cutter<'a> {
    tar: &'a Tar<'a>,
    pieces: Vec<Piece<'a>>,
    /// The first member that is in no piece.
    first: usize,
    /// What it and those behind it take.
    len: u64,
    /// What is missing to a whole block where that first member begins.
    padding: u64,
    /// The length of all pieces.
    total: u64,
    /// Whether the files among those members were generated; `None` while there are none.
    generated: Option<bool>,
}

impl<'a> Cutter<'a> {
    /// Adds what a member takes, in a new piece if it does not go with what is there.
    fn make_room(&mut self, index: usize, len: u64, generated: Option<bool>) {
        let unlike = self.generated.is_some() && generated.is_some() && self.generated != generated;
        if unlike || (self.len > 0 && self.len + len > PIECE) {
            self.cut(index, false);
        }
        self.len += len;
        self.generated = generated.or(self.generated);
    }

    /// Ends a piece of members before one.
    fn cut(&mut self, end: usize, open: bool) {
        let members = &self.tar.members[self.first..end];
        let padding = self.padding;
        self.add(Part::Members { padding, members, open }, padding + self.len);
        (self.first, self.len, self.padding, self.generated) = (end, 0, 0, None);
    }

    /// Gives a large file pieces of its own, behind one that ends with its header.
    fn content(&mut self, index: usize, content: &'a Content) {
        self.cut(index + 1, true);
        let len = content.len();
        let mut at = 0;
        while at < len {
            let part = PIECE.min(len - at);
            self.add(Part::Content { content, at }, part);
            at += part;
        }
        self.padding = len.next_multiple_of(BLOCK) - len;
    }

    fn add(&mut self, part: Part<'a>, len: u64) {
        let Tar { style, mtime, .. } = self.tar;
        self.total += len;
        self.pieces.push(Piece { style, mtime: *mtime, part, len });
    }

    fn finish(mut self) -> Vec<Piece<'a>> {
        if self.first < self.tar.members.len() {
            self.cut(self.tar.members.len(), false);
        }
        let end = (self.total + self.padding + 2 * BLOCK).next_multiple_of(RECORD) - self.total;
        self.add(Part::End, end);
        self.pieces
    }
}

/// What comes before a member's content: its header, and records for a long name or target.
fn head_len(style: &TarStyle, path: &str, entry: &Entry) -> u64 {
    let slash = u64::from(entry.kind == EntryKind::Dir && !path.is_empty());
    let name = (style.prefix.len() + path.len()) as u64 + slash;
    let target = if let EntryKind::Symlink(target) = &entry.kind { target.len() as u64 } else { 0 };
    let record = |len: u64| if len > LONGEST { BLOCK + (len + 1).next_multiple_of(BLOCK) } else { 0 };
    BLOCK + record(name) + record(target)
}

impl Piece<'_> {
    /// What tells it from other pieces.
    pub(crate) fn key(&self) -> Key {
        let mut key = Fields::default();
        match &self.part {
            Part::Members { padding, members, open } => {
                key.text("members").number(*padding).number(self.mtime.into()).number((*open).into());
                key.text(&self.style.prefix);
                for (path, entry) in *members {
                    key.text(path).number(entry.mode.into());
                    match &entry.kind {
                        EntryKind::Dir => key.text("dir"),
                        EntryKind::Symlink(target) => key.text("link").text(target),
                        EntryKind::File(content) => identify(content, &mut key),
                    };
                }
            }
            Part::Content { content, at } => {
                identify(content, key.text("content").number(*at));
            }
            Part::End => {
                key.text("end").number(self.len);
            }
        }
        key.finish()
    }

    /// Puts its bytes into a buffer, in place of what is in there.
    ///
    /// # Errors
    ///
    /// A file cannot be read or is not what it was when its tree was made; the error holds a [`SourceError`].
    pub(crate) fn read(&self, buffer: &mut Vec<u8>) -> io::Result<()> {
        buffer.clear();
        match &self.part {
            Part::Members { padding, members, open } => {
                zeros(buffer, *padding);
                let bare = TarStyle { root: false, ..self.style.clone() };
                let mut tar = TarWriter::new(&mut *buffer, bare, self.mtime)?;
                let (last, whole) = match (open, members.split_last()) {
                    (true, Some((last, others))) => (Some(last), others),
                    _ => (None, *members),
                };
                whole.iter().try_for_each(|(path, entry)| tar.member(path, entry))?;
                last.map_or(Ok(()), |(path, entry)| tar.head(path, entry))
            }
            Part::Content { content, at } => content.read_part(*at, self.len, buffer),
            Part::End => {
                zeros(buffer, self.len);
                Ok(())
            }
        }
    }
}

fn zeros(buffer: &mut Vec<u8>, count: u64) {
    buffer.extend(std::iter::repeat_n(0, usize::try_from(count).unwrap_or(0)));
}

/// What a file holds, or where that is.
fn identify<'f>(content: &Content, key: &'f mut Fields) -> &'f mut Fields {
    match content {
        Content::Bytes(bytes) => key.text("bytes").bytes(bytes),
        Content::File { path, len, .. } => key.text("file").bytes(path.as_os_str().as_encoded_bytes()).number(*len),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs::File;

    use proptest::prelude::*;

    use super::*;
    use crate::archive::SourceError;

    /// What the pieces of an archive are together.
    fn joined(tar: &Tar<'_>) -> Vec<u8> {
        let mut buffer = Vec::new();
        let read = |piece: Piece<'_>| {
            piece.read(&mut buffer).unwrap();
            assert_eq!(buffer.len() as u64, piece.len, "{piece:?}");
            assert!(piece.len <= PIECE + LARGE, "{}", piece.len);
            buffer.clone()
        };
        tar.pieces().into_iter().flat_map(read).collect()
    }

    fn written(tree: &Tree, style: TarStyle) -> Vec<u8> {
        let mut writer = TarWriter::new(Vec::new(), style, 1_000_000_000).unwrap();
        writer.tree(tree).unwrap();
        writer.finish().unwrap()
    }

    fn members(tree: &Tree) -> impl Iterator<Item = (&str, &Entry)> {
        tree.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    fn keys(tar: &Tar<'_>) -> BTreeSet<[u8; 32]> {
        tar.pieces().iter().map(|piece| *piece.key().as_bytes()).collect()
    }

    /// A program, many small files on disk, and something generated before and among them.
    fn tree(folder: &std::path::Path, generated: &str) -> Tree {
        let mut tree = Tree::new();
        let file = |name: &str, len: usize| {
            let path = folder.join(name);
            if !path.exists() {
                std::fs::write(&path, name.repeat(len.div_ceil(name.len()))).unwrap();
            }
            Entry::on_disk(&path, 0o755).unwrap()
        };
        tree.insert("apkg.xml", Entry::file(generated, 0o644)).unwrap();
        tree.insert("bin/beacon", file("beacon", 2_500_000)).unwrap();
        for number in 0..60 {
            tree.insert(&format!("www/{number}"), file(&format!("page {number}"), 30_000)).unwrap();
        }
        tree.insert("www/30.icon", Entry::file(generated.repeat(3), 0o644)).unwrap();
        tree
    }

    #[test]
    fn what_is_generated_leaves_the_pieces_on_disk_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (tree(dir.path(), "PR2100"), tree(dir.path(), "EX2 Ultra, with a longer text"));
        let tar = |tree, style| Tar::new(members(tree), style, 0);
        let (one_tar, other_tar) = (tar(&one, TarStyle::folder("lamp")), tar(&other, TarStyle::folder("lamp")));
        let (a, b) = (keys(&one_tar), keys(&other_tar));
        assert_eq!(a.len(), 10);
        // The members before the program, and the icon.
        assert_eq!(a.difference(&b).count(), 2);
        // Another vendor's names are others, but what is in the program is the same.
        let shared = keys(&tar(&one, TarStyle::dotted()));
        assert_eq!(a.intersection(&shared).count(), 3 + 1);
    }

    #[test]
    fn a_file_that_changed_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("film");
        std::fs::write(&path, vec![1; 3 << 20]).unwrap();
        let mut tree = Tree::new();
        tree.insert("film", Entry::on_disk(&path, 0o644).unwrap()).unwrap();
        let tar = Tar::new(members(&tree), TarStyle::plain(), 0);
        let read = || {
            let mut buffer = Vec::new();
            let failed = tar.pieces().iter().find_map(|piece| piece.read(&mut buffer).err());
            let error = failed.map(|error| SourceError::of(&error).unwrap().clone());
            error.map(|error| (error.path == path, error.reason))
        };
        assert_eq!(read(), None);
        std::fs::write(&path, vec![1; 2 << 20]).unwrap();
        let told = "it had 3145728 bytes when packaging began and now has 2097152".to_owned();
        assert_eq!(read(), Some((true, told)));
        // As long as before, and yet another file.
        let file = File::create(&path).unwrap();
        file.set_len(3 << 20).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(read(), Some((true, "it has been changed since packaging began".to_owned())));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(), Some((true, "no such file or directory".to_owned())));
    }

    fn entry() -> impl Strategy<Value = Entry> {
        prop_oneof![
            1 => Just(Entry::DIR),
            4 => (prop_oneof![4 => 0..3000_usize, 1 => 100_000..1_500_000_usize], any::<u8>(), 0..=0o7777_u32)
                .prop_map(|(len, byte, mode)| Entry::file(vec![byte; len], mode)),
            1 => "[a-z./]{1,140}".prop_map(Entry::symlink),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn pieces_are_the_archive(
            entries in proptest::collection::btree_map("[a-cß -]{1,60}(/[a-c]{1,70}){0,2}", entry(), 0..12),
            style in prop_oneof![Just(TarStyle::plain()), Just(TarStyle::dotted()), Just(TarStyle::folder("hello"))],
        ) {
            let mut tree = Tree::new();
            for (path, entry) in entries {
                // Places that an earlier file or link has taken are left out.
                let _ = tree.insert(&path, entry);
            }
            let tar = Tar::new(members(&tree), style.clone(), 1_000_000_000);
            prop_assert!(joined(&tar) == written(&tree, style));
        }
    }
}
