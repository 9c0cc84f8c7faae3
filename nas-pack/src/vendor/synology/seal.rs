use std::io::{self, BufWriter, Seek, Write};

use md5::{Digest, Md5};
use tempfile::NamedTempFile;

use super::info::Info;
use crate::archive::{Content, Entry, EntryKind, TarStyle, TarWriter, Tree, gzip};
use crate::diagnostic::io_reason;
use crate::digest::hex;

/// The gzip level of `package.tgz`. DSM 5 to 7 all read gzip; xz came with 6.
const LEVEL: u32 = 6;

/// What the file system takes for a folder, and the unit in which it gives room to files, in KiB.
const UNIT: u64 = 4;

/// Writes an SPK: a plain tar without `./`, in which `package/` has become `package.tgz` and `INFO` knows its size and
/// checksum. The order of names puts `INFO` first.
///
/// `package.tgz` goes through a temporary file, because its length and checksum come before it in the archive.
pub(crate) fn seal<W: Write + Seek>(tree: &Tree, size_in_bytes: bool, epoch: u32, out: &mut W) -> io::Result<()> {
    let package = tree.subtree("package");
    let spool = NamedTempFile::new().map_err(in_spool)?;
    let hashing = Hashing { out: BufWriter::new(spool.as_file()), md5: Md5::new() };
    // As spksrc packs it: `./` before each name, and no member for the folder itself.
    let style = TarStyle { prefix: "./".to_owned(), root: false };
    let mut tar = TarWriter::new(gzip(hashing, LEVEL), style, epoch)?;
    tar.tree(&package)?;
    let mut hashing = tar.finish()?.finish()?;
    hashing.flush()?;

    let mut sealed = Info::default();
    let size = extract_size(&package) * if size_in_bytes { 1024 } else { 1 };
    sealed.put("extractsize", size.to_string());
    sealed.put("checksum", hex(&hashing.md5.finalize()));
    let sealed = sealed.into_text();

    let package = Entry::on_disk(spool.path(), 0o644)?;
    let mut tar = TarWriter::new(out, TarStyle::plain(), epoch)?;
    let mut package_is_due = true;
    for (path, entry) in tree.iter() {
        match (path.as_str(), &entry.kind) {
            ("INFO", EntryKind::File(content)) => {
                let mut info = Vec::new();
                content.copy_to(&mut info)?;
                info.extend(sealed.as_bytes());
                tar.member("INFO", &Entry::file(info, entry.mode))?;
            }
            (name, _) if name == "package" || name.starts_with("package/") => {
                if std::mem::take(&mut package_is_due) {
                    tar.member("package.tgz", &package)?;
                }
            }
            (name, _) => tar.member(name, entry)?,
        }
    }
    tar.finish()?;
    Ok(())
}

/// The room that the extracted package takes, in KiB, as `du -sk` counts it on ext4: each folder and each begun block of
/// a file is 4 KiB, and links take none.
pub(super) fn extract_size(package: &Tree) -> u64 {
    let room = |entry: &Entry| match &entry.kind {
        EntryKind::Dir => UNIT,
        EntryKind::File(content) => Content::len(content).div_ceil(UNIT * 1024) * UNIT,
        EntryKind::Symlink(_) => 0,
    };
    UNIT + package.iter().map(|(_, entry)| room(entry)).sum::<u64>()
}

struct Hashing<W> {
    out: W,
    md5: Md5,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes).map_err(in_spool)?;
        self.md5.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().map_err(in_spool)
    }
}

/// Says that it is not the package itself that cannot be written.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` takes")]
fn in_spool(error: io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let message = format!("cannot write a temporary file in `{}`: {}", folder.display(), io_reason(&error));
    io::Error::new(error.kind(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    pub(super) fn extract_size_equals_the_toolkits() {
        // The vendor's toolkit wrote extractsize="60" for these files.
        let mut tree = Tree::new();
        let lengths = [("bin/hello", 21), ("conf/hello.sc", 84), ("ui/config", 166)];
        let icons = [16, 24, 32, 48, 64, 72, 256].map(|size| (format!("ui/images/hello_{size}.png"), 991));
        for (path, len) in lengths.map(|(path, len)| (path.to_owned(), len)).into_iter().chain(icons) {
            tree.insert(&path, Entry::file(vec![0; len], 0o644)).unwrap();
        }
        tree.insert("bin/link", Entry::symlink("hello")).unwrap();
        assert_eq!(extract_size(&tree), 60);
    }
}
