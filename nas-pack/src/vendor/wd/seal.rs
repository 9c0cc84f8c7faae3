//! Header and payload as one file.

use std::io::{self, Seek, SeekFrom, Write};

use super::header::{Header, Sum, Summing};
use crate::archive::{Body, Tar, TarStyle, Tree};

/// Where a gzip stream has its time, which is a word of the checksum by itself.
const GZIP_TIME: u64 = 4;

/// The payload: one folder, whose name the header has.
pub(in crate::vendor) fn archive<'t>(tree: &'t Tree, header: &Header, epoch: u32) -> Tar<'t> {
    let members = tree.iter().map(|(path, entry)| (path.as_str(), entry));
    Tar::new(members, TarStyle::folder(&header.package), epoch)
}

/// Writes a package: room for the header, the payload summed up as it passes, then the header.
pub(in crate::vendor) fn assemble<W: Write + Seek>(header: &Header, payload: &Body, out: &mut W) -> io::Result<()> {
    out.write_all(&header.to_bytes(Sum::default()).map_err(io::Error::other)?)?;
    let mut summing = Summing::new(&mut *out);
    payload.copy_to(&mut summing)?;
    let (_, sum) = summing.finish();
    let sum = never_zero(out, header.os().header_len() as u64, sum)?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&header.to_bytes(sum).map_err(io::Error::other)?)?;
    out.flush()
}

/// WD's packer takes a checksum of 0 for a failure, so the firmware may too. One payload in 2³² has it; there the gzip
/// header's time, which nobody reads, becomes one second past 1970 instead of none.
fn never_zero<W: Write + Seek>(out: &mut W, payload_at: u64, sum: Sum) -> io::Result<Sum> {
    if sum.checksum != 0 {
        return Ok(sum);
    }
    let second = 1_u32;
    out.seek(SeekFrom::Start(payload_at + GZIP_TIME))?;
    out.write_all(&second.to_le_bytes())?;
    Ok(Sum { checksum: second, ..sum })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_checksum_of_zero_is_avoided() {
        let mut file = Cursor::new(b"head\x1f\x8b\x08\0\0\0\0\0\x1f\x8b\x08\0".to_vec());
        let sum = never_zero(&mut file, 4, Sum { checksum: 0, length: 12 }).unwrap();
        let mut again = Summing::new(io::sink());
        again.write_all(&file.get_ref()[4..]).unwrap();
        assert_eq!(again.finish().1, sum);
        assert_eq!(sum, Sum { checksum: 1, length: 12 });
        assert_eq!(never_zero(&mut file, 4, sum).unwrap(), sum);
    }
}
