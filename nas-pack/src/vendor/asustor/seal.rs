use std::io::{self, Seek, Write};

use crate::archive::{Entry, StoredZip, TarStyle, TarWriter, Tree, TreePath, gzip};

/// The vendor's tool takes 9, which is much slower and saves next to nothing on binaries; the reader accepts any.
const LEVEL: u32 = 6;

/// Writes an APKG 2.0: the format's version, what is in `CONTROL/`, and everything else.
pub(crate) fn seal<W: Write + Seek>(tree: &Tree, epoch: u32, out: &mut W) -> io::Result<()> {
    // Exactly that folder: the vendor's tool loses every file with these letters anywhere in its path.
    let is_data = |(path, _): &(&TreePath, &Entry)| path.as_str().split('/').next() != Some(super::CONTROL);
    let control = tree.subtree(super::CONTROL);
    let mut zip = StoredZip::new(out, epoch);
    zip.member("apkg-version", |member| member.write_all(b"2.0\n"))?;
    zip.member("control.tar.gz", |member| write(control.iter(), epoch, member))?;
    zip.member("data.tar.gz", |member| write(tree.iter().filter(is_data), epoch, member))?;
    zip.finish()?;
    Ok(())
}

fn write<'t>(
    entries: impl Iterator<Item = (&'t TreePath, &'t Entry)>,
    epoch: u32,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut tar = TarWriter::new(gzip(out, LEVEL), TarStyle::dotted(), epoch)?;
    for (path, entry) in entries {
        tar.member(path.as_str(), entry)?;
    }
    tar.finish()?.finish()?;
    Ok(())
}
