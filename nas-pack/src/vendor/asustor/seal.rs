use std::io::{self, Seek, Write};

use crate::archive::{Body, StoredZip, Tar, TarStyle, Tree};

/// What is in `CONTROL/`, and everything else.
pub(in crate::vendor) fn archives(tree: &Tree, epoch: u32) -> [Tar<'_>; 2] {
    // Exactly that folder: the vendor's tool loses every file with these letters anywhere in its path.
    let is_data = |path: &str| path.split('/').next() != Some(super::CONTROL);
    let data = tree.iter().map(|(path, entry)| (path.as_str(), entry)).filter(|(path, _)| is_data(path));
    [Tar::of_folder(tree, super::CONTROL, TarStyle::dotted(), epoch), Tar::new(data, TarStyle::dotted(), epoch)]
}

/// Writes an APKG 2.0: the format's version and the two archives. The vendor's tool compresses them with `gzip -9`; its reader accepts
/// any.
pub(in crate::vendor) fn assemble<W: Write + Seek>(
    control: &Body,
    data: &Body,
    epoch: u32,
    out: &mut W,
) -> io::Result<()> {
    let mut zip = StoredZip::new(out, epoch);
    zip.member("apkg-version", |member| member.write_all(b"2.0\n"))?;
    zip.member("control.tar.gz", |member| control.copy_to(member))?;
    zip.member("data.tar.gz", |member| data.copy_to(member))?;
    zip.finish()?;
    Ok(())
}
