use std::io::{self, Write};

use super::info::Info;
use crate::archive::{Body, Content, Entry, EntryKind, Tar, TarStyle, TarWriter, Tree, TreePath};
use crate::digest::hex;

/// What the file system takes for a folder, and the unit in which it gives room to files, in KiB.
const UNIT: u64 = 4;

/// The folder of the tree that becomes `package.tgz`.
const PACKAGE: &str = "package";

/// What `package.tgz` holds. As spksrc packs it: `./` before each name, and no member for the folder itself.
pub(in crate::vendor) fn archive(tree: &Tree, epoch: u32) -> Tar<'_> {
    Tar::of_folder(tree, PACKAGE, TarStyle { prefix: "./".to_owned(), root: false }, epoch)
}

/// Everything else.
pub(in crate::vendor) fn outer_files(tree: &Tree) -> impl Iterator<Item = (&TreePath, &Entry)> {
    tree.iter().filter(|(path, _)| !is_package(path))
}

fn is_package(path: &TreePath) -> bool {
    path.as_str().split('/').next() == Some(PACKAGE)
}

/// Writes an SPK: a plain tar without `./`, in which `package/` has become `package.tgz` and `INFO` knows its size and
/// checksum. The order of names puts `INFO` first.
pub(in crate::vendor) fn assemble<W: Write>(
    tree: &Tree,
    package: &Body,
    size_in_bytes: bool,
    epoch: u32,
    out: &mut W,
) -> io::Result<()> {
    let mut sealed = Info::default();
    let size = extract_size(tree) * if size_in_bytes { 1024 } else { 1 };
    sealed.put("extractsize", size.to_string());
    sealed.put("checksum", hex(&package.md5()?));
    let sealed = sealed.into_text();

    let mut tar = TarWriter::new(out, TarStyle::plain(), epoch)?;
    for (path, entry) in tree.iter() {
        match (path.as_str(), &entry.kind) {
            ("INFO", EntryKind::File(content)) => {
                let mut info = Vec::new();
                content.copy_to(&mut info)?;
                info.extend(sealed.as_bytes());
                tar.member("INFO", &Entry::file(info, entry.mode))?;
            }
            (PACKAGE, _) => tar.stream("package.tgz", 0o644, package.len, |out| package.copy_to(out))?,
            _ if is_package(path) => {}
            (name, _) => tar.member(name, entry)?,
        }
    }
    tar.finish()?;
    Ok(())
}

/// The room that the extracted package takes, in KiB, as `du -sk` counts it on ext4: each folder and each begun block of
/// a file is 4 KiB, and links take none.
pub(super) fn extract_size(tree: &Tree) -> u64 {
    let room = |entry: &Entry| match &entry.kind {
        EntryKind::Dir => UNIT,
        EntryKind::File(content) => Content::len(content).div_ceil(UNIT * 1024) * UNIT,
        EntryKind::Symlink(_) => 0,
    };
    let package = tree.iter().filter(|(path, _)| is_package(path) && path.as_str() != PACKAGE);
    UNIT + package.map(|(_, entry)| room(entry)).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    pub(super) fn extract_size_equals_the_toolkits() {
        // The vendor's toolkit wrote extractsize="60" for these files.
        let mut tree = Tree::new();
        let lengths = [("package/bin/hello", 21), ("package/conf/hello.sc", 84), ("package/ui/config", 166)];
        let icons = [16, 24, 32, 48, 64, 72, 256].map(|size| (format!("package/ui/images/hello_{size}.png"), 991));
        for (path, len) in lengths.map(|(path, len)| (path.to_owned(), len)).into_iter().chain(icons) {
            tree.insert(&path, Entry::file(vec![0; len], 0o644)).unwrap();
        }
        tree.insert("package/bin/link", Entry::symlink("hello")).unwrap();
        assert_eq!(extract_size(&tree), 60);
    }
}
