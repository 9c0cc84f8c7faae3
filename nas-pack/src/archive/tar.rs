use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tar::{EntryType, Header};

use super::{Content, Entry, EntryKind, Tree};
use crate::diagnostic::io_reason;

pub(super) const BLOCK: u64 = 512;

/// GNU tar writes whole records of 20 blocks; so does Python's `tarfile`.
pub(super) const RECORD: u64 = 20 * BLOCK;

/// The longest name, or target of a link, that a header has room for.
pub(super) const LONGEST: u64 = 100;

/// How much of a file is held in memory at a time.
const BUFFER: u64 = 1 << 20;

/// How member names are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TarStyle {
    /// What stands before each path: nothing, `./` or `NAME/`.
    pub prefix: String,
    /// Whether the prefix itself is the first member, as a folder with mode 0755.
    pub root: bool,
}

impl TarStyle {
    /// Bare paths: `bin/beacon`.
    pub const fn plain() -> Self {
        Self { prefix: String::new(), root: false }
    }

    /// `./`, then `./bin/beacon`, as `tar -C DIR -c .` writes it.
    pub fn dotted() -> Self {
        Self { prefix: "./".to_owned(), root: true }
    }

    /// `NAME/`, then `NAME/bin/beacon`, as `tar -c NAME` writes it.
    pub fn folder(name: &str) -> Self {
        Self { prefix: format!("{name}/"), root: true }
    }
}

/// A file that went into a tree but could not be read as it was then. Inside the [`io::Error`] of whatever packs it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot pack `{}`: {reason}", .path.display())]
pub struct SourceError {
    /// The file.
    pub path: PathBuf,
    /// What happened, in lower case.
    pub reason: String,
}

impl SourceError {
    fn wrap(path: &Path, kind: io::ErrorKind, reason: String) -> io::Error {
        io::Error::new(kind, Self { path: path.to_owned(), reason })
    }

    /// The one inside an error, if a source file caused it rather than the output.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

/// Writes a tar archive in GNU's format, byte for byte as `tar --format=gnu --owner=root:0 --group=root:0` would.
///
/// That dialect is read by everything from BusyBox 1.19 on, which skips pax headers (ADM 3): names and link targets over
/// 100 bytes become `L` and `K` records. Files are streamed; sparse members, which BusyBox cannot read, are never
/// written.
#[derive(Debug)]
pub struct TarWriter<W: Write> {
    out: W,
    prefix: String,
    mtime: u32,
    written: u64,
}

impl<W: Write> TarWriter<W> {
    /// Begins an archive whose members all have one time, in seconds since 1970.
    pub fn new(out: W, style: TarStyle, mtime: u32) -> io::Result<Self> {
        let mut writer = Self { out, prefix: style.prefix, mtime, written: 0 };
        if style.root {
            writer.member("", &Entry::DIR)?;
        }
        Ok(writer)
    }

    /// Adds every entry of a tree, in its order.
    pub fn tree(&mut self, tree: &Tree) -> io::Result<()> {
        tree.iter().try_for_each(|(path, entry)| self.member(path.as_str(), entry))
    }

    /// Adds one entry at a path below the prefix. Where a source file is at fault, the error holds a [`SourceError`].
    pub fn member(&mut self, path: &str, entry: &Entry) -> io::Result<()> {
        match &entry.kind {
            EntryKind::File(content) => self.stream(path, entry.mode, content.len(), |out| content.copy_to(out)),
            EntryKind::Dir | EntryKind::Symlink(_) => self.head(path, entry),
        }
    }

    /// Adds a file whose bytes come from elsewhere: as many as said.
    pub(crate) fn stream(
        &mut self,
        path: &str,
        mode: u32,
        size: u64,
        write: impl FnOnce(&mut W) -> io::Result<()>,
    ) -> io::Result<()> {
        self.announce(path, EntryType::Regular, mode, size, "")?;
        write(&mut self.out)?;
        self.written += size;
        self.pad(BLOCK)
    }

    /// Adds an entry but for its content and the padding behind that.
    pub(super) fn head(&mut self, path: &str, entry: &Entry) -> io::Result<()> {
        match &entry.kind {
            EntryKind::Dir => self.announce(path, EntryType::Directory, entry.mode, 0, ""),
            EntryKind::File(content) => self.announce(path, EntryType::Regular, entry.mode, content.len(), ""),
            EntryKind::Symlink(target) => self.announce(path, EntryType::Symlink, entry.mode, 0, target),
        }
    }

    fn announce(&mut self, path: &str, kind: EntryType, mode: u32, size: u64, link: &str) -> io::Result<()> {
        let mut name = format!("{}{path}", self.prefix);
        if kind == EntryType::Directory && !name.ends_with('/') {
            name.push('/');
        }
        let mut header = new_header(kind, mode, self.mtime, size)?;
        let fields = header.as_old_mut();
        let link_fits = fill(&mut fields.linkname, link);
        let name_fits = fill(&mut fields.name, &name);
        if !link_fits {
            self.long(EntryType::GNULongLink, link)?;
        }
        if !name_fits {
            self.long(EntryType::GNULongName, &name)?;
        }
        self.header(header)
    }

    /// Ends the archive and gives the output back, neither flushed nor closed.
    pub fn finish(mut self) -> io::Result<W> {
        self.zeros(2 * BLOCK)?;
        self.pad(RECORD)?;
        Ok(self.out)
    }

    /// A text too long for the next header's field.
    fn long(&mut self, kind: EntryType, text: &str) -> io::Result<()> {
        let size = text.len() as u64 + 1;
        let mut header = new_header(kind, 0o644, 0, size)?;
        fill(&mut header.as_old_mut().name, "././@LongLink");
        self.header(header)?;
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(&[0])?;
        self.written += size;
        self.pad(BLOCK)
    }

    fn header(&mut self, mut header: Header) -> io::Result<()> {
        header.set_cksum();
        // GNU and POSIX end the checksum with NUL and space; the crate writes a seventh digit instead.
        let sum = format!("{:06o}\0 ", header.cksum()?);
        fill(&mut header.as_old_mut().cksum, &sum);
        self.out.write_all(header.as_bytes())?;
        self.written += BLOCK;
        Ok(())
    }

    fn pad(&mut self, unit: u64) -> io::Result<()> {
        self.zeros(self.written.next_multiple_of(unit) - self.written)
    }

    fn zeros(&mut self, count: u64) -> io::Result<()> {
        io::copy(&mut io::repeat(0).take(count), &mut self.out)?;
        self.written += count;
        Ok(())
    }
}

/// Everything but names and checksum.
fn new_header(kind: EntryType, mode: u32, mtime: u32, size: u64) -> io::Result<Header> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_mtime(mtime.into());
    header.set_username("root")?;
    header.set_groupname("root")?;
    Ok(header)
}

/// Puts as much of a text into a field as there is room for; whether it was all.
fn fill(field: &mut [u8], text: &str) -> bool {
    let room = text.len().min(field.len());
    field[..room].copy_from_slice(&text.as_bytes()[..room]);
    room == text.len()
}

impl Content {
    /// Writes the bytes, reading a file in pieces. A file that is gone, is an
    /// error that holds a [`SourceError`].
    pub fn copy_to(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => out.write_all(bytes),
            Self::File { .. } => {
                let mut buffer = Vec::new();
                let mut at = 0;
                while at < self.len() {
                    let part = BUFFER.min(self.len() - at);
                    buffer.clear();
                    self.read_part(at, part, &mut buffer)?;
                    out.write_all(&buffer)?;
                    at += part;
                }
                // There was nothing to read, and yet it may be gone.
                if at == 0 { self.read_part(0, 0, &mut buffer) } else { Ok(()) }
            }
        }
    }

    /// Adds a part of the bytes, which it has, to a buffer.
    pub(super) fn read_part(&self, at: u64, len: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        let (path, whole, modified) = match self {
            Self::Bytes(bytes) => {
                let range = usize::try_from(at).ok().zip(usize::try_from(at + len).ok());
                buffer.extend(range.and_then(|(from, to)| bytes.get(from..to)).unwrap_or_default());
                return Ok(());
            }
            Self::File { path, len, modified } => (path, *len, *modified),
        };
        let unreadable = |error: io::Error| SourceError::wrap(path, error.kind(), io_reason(&error));
        let changed = |reason: String| SourceError::wrap(path, io::ErrorKind::InvalidData, reason);
        let mut file = File::open(path).map_err(unreadable)?;
        if at > 0 {
            file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        }
        let before = buffer.len();
        buffer.resize(before + usize::try_from(len).unwrap_or(usize::MAX), 0);
        let read = match file.read_exact(&mut buffer[before..]) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            read => read.map(|()| true).map_err(unreadable)?,
        };
        // Only now, so that what changes while it is read is found too.
        let meta = file.metadata().map_err(unreadable)?;
        if meta.len() != whole {
            return Err(changed(format!("it had {whole} bytes when packaging began and now has {}", meta.len())));
        }
        if meta.modified().ok() != modified || !read {
            return Err(changed("it has been changed since packaging began".to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn pack(tree: &Tree, style: TarStyle) -> Vec<u8> {
        let mut writer = TarWriter::new(Vec::new(), style, 1_000_000_000).unwrap();
        writer.tree(tree).unwrap();
        writer.finish().unwrap()
    }

    /// Name, type, mode, link and bytes of every member, as another reader sees them.
    fn unpack(bytes: &[u8]) -> Vec<(String, EntryType, u32, String, Vec<u8>)> {
        let mut archive = tar::Archive::new(bytes);
        let read = |entry: io::Result<tar::Entry<'_, &[u8]>>| {
            let mut entry = entry.unwrap();
            assert_eq!((entry.header().uid().unwrap(), entry.header().gid().unwrap()), (0, 0));
            assert_eq!(entry.header().mtime().unwrap(), 1_000_000_000);
            let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let link = entry.link_name_bytes().map_or_else(String::new, |link| String::from_utf8_lossy(&link).into());
            let (kind, mode) = (entry.header().entry_type(), entry.header().mode().unwrap());
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (name, kind, mode, link, bytes)
        };
        archive.entries().unwrap().map(read).collect()
    }

    #[test]
    fn header_equals_gnu_tar() {
        let mut tree = Tree::new();
        tree.insert("hello", Entry::file("hi\n", 0o755)).unwrap();
        let bytes = pack(&tree, TarStyle::dotted());
        assert_eq!(bytes.len(), 10240);
        // From `tar --format=gnu --owner=root:0 --group=root:0 --mtime=@1000000000`.
        let (mut root, mut file) = ([0; 512], [0; 512]);
        for (header, name, mode, size, sum, kind) in
            [(&mut root, "./", "0000755", 0, "007714", b'5'), (&mut file, "./hello", "0000755", 3, "010736", b'0')]
        {
            fill(header, name);
            fill(&mut header[100..], &format!("{mode}\x000000000\x000000000\0{size:011o}\x0007346545000\0{sum}\0 "));
            header[156] = kind;
            fill(&mut header[257..], "ustar  \0root");
            fill(&mut header[297..], "root");
        }
        assert_eq!(String::from_utf8_lossy(&bytes[..512]), String::from_utf8_lossy(&root));
        assert_eq!(String::from_utf8_lossy(&bytes[512..1024]), String::from_utf8_lossy(&file));
        assert_eq!(bytes[1024..1027], *b"hi\n");
        assert!(bytes[1027..].iter().all(|&byte| byte == 0));
    }

    #[test]
    fn long_names_and_targets_become_gnu_records() {
        let (name, target) = ("n".repeat(101), "t".repeat(150));
        let mut tree = Tree::new();
        tree.insert(&name, Entry::symlink(&target)).unwrap();
        tree.insert(&"f".repeat(100), Entry::file("", 0o644)).unwrap();
        let bytes = pack(&tree, TarStyle::plain());
        // The file's 100 bytes fit without a closing NUL; the link needs K, then L, then its own header.
        let kinds: Vec<_> = [0, 1, 3, 5].map(|block| bytes[block * 512 + 156] as char).into();
        assert_eq!(kinds, ['0', 'K', 'L', '2']);
        assert_eq!(bytes[512..525], *b"././@LongLink");
        let members = unpack(&bytes);
        assert_eq!((&members[1].0, &members[1].3), (&name, &target));
    }

    #[test]
    fn prefixes() {
        let mut tree = Tree::new();
        tree.insert("a/b", Entry::file("x", 0o600)).unwrap();
        let names = |style| unpack(&pack(&tree, style)).into_iter().map(|member| member.0).collect::<Vec<_>>();
        assert_eq!(names(TarStyle::plain()), ["a/", "a/b"]);
        assert_eq!(names(TarStyle::dotted()), ["./", "./a/", "./a/b"]);
        assert_eq!(names(TarStyle::folder("hello")), ["hello/", "hello/a/", "hello/a/b"]);
    }

    #[test]
    fn a_file_that_changed_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("beacon");
        std::fs::write(&path, "12345").unwrap();
        let entry = Entry::on_disk(&path, 0o755).unwrap();
        let add = || {
            let mut writer = TarWriter::new(io::sink(), TarStyle::plain(), 0).unwrap();
            let error = writer.member("beacon", &entry).unwrap_err();
            assert_eq!(SourceError::of(&error).unwrap().path, path);
            error.to_string().replace(dir.path().to_str().unwrap(), "DIR")
        };
        std::fs::write(&path, "123").unwrap();
        insta::assert_snapshot!(add(), @"cannot pack `DIR/beacon`: it had 5 bytes when packaging began and now has 3");
        std::fs::write(&path, "123456").unwrap();
        insta::assert_snapshot!(add(), @"cannot pack `DIR/beacon`: it had 5 bytes when packaging began and now has 6");
        std::fs::remove_file(&path).unwrap();
        assert!(add().starts_with("cannot pack `DIR/beacon`: "));
    }

    fn entries() -> impl Strategy<Value = BTreeMap<String, Entry>> {
        let entry = prop_oneof![
            Just(Entry::DIR),
            (proptest::collection::vec(any::<u8>(), 0..1100), 0..=0o7777_u32)
                .prop_map(|(bytes, mode)| Entry::file(bytes, mode)),
            "[a-z./ä]{1,140}".prop_map(Entry::symlink),
        ];
        proptest::collection::btree_map("[a-cß -]{1,60}(/[a-c]{1,70}){0,2}", entry, 0..12)
    }

    proptest! {
        #[test]
        fn what_is_packed_is_what_is_read(entries in entries()) {
            let mut tree = Tree::new();
            for (path, entry) in entries {
                // Places that an earlier file or link has taken are left out.
                let _ = tree.insert(&path, entry);
            }
            let expected: Vec<_> = tree.iter().map(|(path, entry)| match &entry.kind {
                EntryKind::Dir => (format!("{path}/"), EntryType::Directory, entry.mode, String::new(), vec![]),
                EntryKind::Symlink(to) => (path.to_string(), EntryType::Symlink, entry.mode, to.clone(), vec![]),
                EntryKind::File(content) => {
                    let mut bytes = Vec::new();
                    content.copy_to(&mut bytes).unwrap();
                    (path.to_string(), EntryType::Regular, entry.mode, String::new(), bytes)
                }
            }).collect();
            let bytes = pack(&tree, TarStyle::plain());
            prop_assert_eq!(bytes.len() % 10240, 0);
            prop_assert_eq!(unpack(&bytes), expected);
        }
    }
}
