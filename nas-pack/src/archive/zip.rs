use std::io::{self, Seek, SeekFrom, Write};

use flate2::Crc;

/// `version needed` and, with Unix as the system, `version made by`: 2.0, as Python's `zipfile` writes them.
const VERSION: u16 = 20;
const MADE_ON_UNIX: u16 = (3 << 8) | VERSION;

/// A regular file with mode 0644, where Unix keeps it in `external attributes`.
const ATTRIBUTES: u32 = 0o100_644 << 16;

/// From the start of a local header to its checksum.
const CRC_OFFSET: u64 = 14;

/// Writes a zip archive of stored members as Python's `zipfile` does: no flags, no data descriptors, no extra fields.
///
/// The `zip` crate writes `made by 4.5` and cannot be told otherwise; ASUSTOR's packages say 2.0. Members are streamed and
/// their headers completed afterwards, which is why the output must be seekable.
#[derive(Debug)]
pub struct StoredZip<W: Write + Seek> {
    out: W,
    date_time: u32,
    directory: Vec<u8>,
    members: u16,
    offset: u32,
}

impl<W: Write + Seek> StoredZip<W> {
    /// Begins an archive at the start of `out`; all members have one time, in seconds since 1970, written as UTC.
    pub fn new(out: W, epoch: u32) -> Self {
        Self { out, date_time: dos_date_time(epoch), directory: Vec::new(), members: 0, offset: 0 }
    }

    /// Adds a member, whose content `write` produces. Names are ASCII.
    pub fn member<T>(&mut self, name: &str, write: impl FnOnce(&mut Member<'_, W>) -> io::Result<T>) -> io::Result<T> {
        let start = self.offset;
        self.out.write_all(b"PK\x03\x04")?;
        // The checksum and the two sizes are not known yet.
        self.out.write_all(&self.fields(0, 0, name))?;
        self.out.write_all(name.as_bytes())?;

        let mut member = Member { out: &mut self.out, crc: Crc::new(), size: 0 };
        let result = write(&mut member)?;
        let (crc, size) = (member.crc.sum(), small(member.size)?);

        self.out.seek(SeekFrom::Start(u64::from(start) + CRC_OFFSET))?;
        self.out.write_all(&[crc, size, size].map(u32::to_le_bytes).concat())?;
        self.offset = small(self.out.seek(SeekFrom::End(0))?)?;

        let fields = self.fields(crc, size, name);
        let directory = &mut self.directory;
        directory.extend(b"PK\x01\x02");
        directory.extend(MADE_ON_UNIX.to_le_bytes());
        directory.extend(fields);
        // No comment, on disk 0, no internal attributes.
        directory.extend([0; 6]);
        directory.extend(ATTRIBUTES.to_le_bytes());
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
        self.members += 1;
        Ok(result)
    }

    /// Writes the central directory and gives the output back, not flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&self.directory)?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend([self.members; 2].map(u16::to_le_bytes).concat());
        end.extend(small(self.directory.len() as u64)?.to_le_bytes());
        end.extend(self.offset.to_le_bytes());
        end.extend([0; 2]);
        self.out.write_all(&end)?;
        Ok(self.out)
    }

    /// What both headers have in common: from `version needed` to the length of the extra field.
    fn fields(&self, crc: u32, size: u32, name: &str) -> Vec<u8> {
        let mut fields = VERSION.to_le_bytes().to_vec();
        // No flags; method 0, stored.
        fields.extend([0; 4]);
        fields.extend([self.date_time, crc, size, size].map(u32::to_le_bytes).concat());
        // A member's name is one of ours and short.
        fields.extend([u16::try_from(name.len()).unwrap_or(u16::MAX), 0].map(u16::to_le_bytes).concat());
        fields
    }
}

/// The content of a member being written.
#[derive(Debug)]
pub struct Member<'a, W> {
    out: &'a mut W,
    crc: Crc,
    size: u64,
}

impl<W: Write> Write for Member<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.crc.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn small(size: u64) -> io::Result<u32> {
    let message = "the package would be larger than 4 GiB, which a zip archive cannot hold";
    u32::try_from(size).map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, message))
}

/// Time in the low half, date in the high half, as DOS packs them: even seconds from 1980 on.
fn dos_date_time(epoch: u32) -> u32 {
    /// 1980-01-01, before which DOS knows no time.
    const DOS_BEGIN: u32 = 315_532_800;
    let epoch = epoch.max(DOS_BEGIN);
    let (days, second) = (epoch / 86400, epoch % 86400);
    // Howard Hinnant's civil_from_days, with years that begin in March so that the leap day comes last.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + carry;
    let date = ((year - 1980) << 9) | (month << 5) | day;
    let time = ((second / 3600) << 11) | ((second / 60 % 60) << 5) | (second % 60 / 2);
    (date << 16) | time
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn another_reader_agrees() {
        let mut zip = StoredZip::new(Cursor::new(Vec::new()), 1_000_000_001);
        zip.member("apkg-version", |out| out.write_all(b"2.0\n")).unwrap();
        zip.member("empty", |_| Ok(())).unwrap();
        let bytes = zip.finish().unwrap();
        let mut archive = ::zip::ZipArchive::new(bytes).unwrap();
        assert_eq!(archive.file_names().map(Result::unwrap).collect::<Vec<_>>(), ["apkg-version", "empty"]);
        let mut member = archive.by_index(0).unwrap();
        let mut text = String::new();
        // Reading to the end checks the checksum.
        member.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), member.unix_mode()), ("2.0\n", Some(0o100_644)));
        assert_eq!(member.last_modified().unwrap().to_string(), "2001-09-09 01:46:40");
    }

    #[test]
    fn times() {
        let text = |epoch| {
            let packed = dos_date_time(epoch);
            #[expect(clippy::cast_possible_truncation, reason = "splits the halves")]
            ::zip::DateTime::try_from_msdos((packed >> 16) as u16, packed as u16).unwrap().to_string()
        };
        assert_eq!(text(0), "1980-01-01 00:00:00");
        assert_eq!(text(951_782_399), "2000-02-28 23:59:58");
        assert_eq!(text(951_827_696), "2000-02-29 12:34:56");
        assert_eq!(text(1_798_761_599), "2026-12-31 23:59:58");
        assert_eq!(text(u32::MAX), "2106-02-07 06:28:14");
    }

    #[test]
    fn bytes_equal_pythons() {
        // From `zipfile.ZipFile("x", "w").writestr(ZipInfo("a", (1980, 1, 1, 0, 0, 0)), "b")` with mode 0644.
        let mut zip = StoredZip::new(Cursor::new(Vec::new()), 0);
        zip.member("a", |out| out.write_all(b"b")).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let local = "504b030414000000000000002100f9efbe710100000001000000010000006162";
        let central = "504b0102140314000000000000002100f9efbe710100000001000000010000000000000000000000a4810000000061";
        assert_eq!(hex, format!("{local}{central}504b050600000000010001002f000000200000000000"));
    }
}
