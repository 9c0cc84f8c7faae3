//! The header in front of the payload, and the checksum that it holds.
//!
//! WD's own C struct has lengths that the packers do not use; the offsets here are those of the files.

use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;

use super::models::{Ids, Os};

const MAGIC: Range<usize> = 0..8;
const PACKAGE: Range<usize> = 8..76;
// At 76, although the name is documented as 64 bytes: with the version at 72 a device registers the app and never unpacks it.
const VERSION: Range<usize> = 76..112;
const APKG_VERSION: u32 = 2;
const PRODUCT_ID: u32 = 0;
const CUSTOM_ID: u32 = 20;
const RESERVED: usize = 60;

/// A package's header, without what depends on the payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Header {
    /// The model. With an app id it is an OS5 header, without one an OS3 header.
    pub ids: Ids,
    /// The package's name, which is the name of the folder in the payload too. At most 67 bytes.
    pub package: String,
    /// The version. At most 35 bytes.
    pub version: String,
    /// Whether the payload holds an `apkg.sign`.
    pub signed: bool,
}

/// What the header says of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Sum {
    /// XOR of the payload's complete little-endian 32-bit words; up to three bytes at its end do not count.
    pub checksum: u32,
    /// Its length in bytes.
    pub length: u32,
}

/// Why bytes are not a header, or a header cannot be bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A text that does not fit into its field with a NUL behind it.
    #[error("`{0}` is longer than the header's field of {1} bytes")]
    TooLong(String, usize),
    /// No gzip stream begins where an OS5 or OS3 header ends.
    #[error("no gzip data begins at byte 200 (OS3) or 204 (OS5)")]
    NoPayload,
    /// A field that is the same in every package has another value.
    #[error("{field} at byte {at} is {found}, not {expected}")]
    Constant {
        /// The field, as WD calls it.
        field: &'static str,
        /// Where it stands.
        at: usize,
        /// What was found.
        found: u32,
        /// What every package has.
        expected: u32,
    },
    /// A text field is not UTF-8, or has something behind its NUL.
    #[error("the text at byte {0} is not NUL-padded UTF-8")]
    Text(usize),
    /// A writer took the name for 64 bytes, as WD's own struct has it.
    #[error("the version stands at byte 72, not 76")]
    Version72,
}

impl Os {
    /// The header's length in bytes.
    pub const fn header_len(self) -> usize {
        match self {
            Self::Os5 => 204,
            Self::Os3 => 200,
        }
    }
}

impl Header {
    /// The system that it is for.
    pub const fn os(&self) -> Os {
        if self.ids.app.is_some() { Os::Os5 } else { Os::Os3 }
    }

    /// Its bytes.
    pub fn to_bytes(&self, sum: Sum) -> Result<Vec<u8>, HeaderError> {
        let mut bytes = Vec::with_capacity(self.os().header_len());
        bytes.extend(self.ids.magic);
        put_text(&mut bytes, &self.package, PACKAGE.len())?;
        put_text(&mut bytes, &self.version, VERSION.len())?;
        let signed = u32::from(self.signed);
        let numbers =
            [Some(APKG_VERSION), Some(PRODUCT_ID), Some(CUSTOM_ID), Some(self.ids.model), self.ids.app, Some(signed)];
        bytes.extend(numbers.into_iter().flatten().flat_map(u32::to_le_bytes));
        bytes.extend([0; RESERVED]);
        bytes.extend([sum.checksum, sum.length].into_iter().flat_map(u32::to_le_bytes));
        Ok(bytes)
    }

    /// Reads the header of a package, of which at least the first 206 bytes are given.
    pub fn read(package: &[u8]) -> Result<(Self, Sum), HeaderError> {
        let (header, sum, oddities) = Self::examine(package)?;
        oddities.into_iter().next().map_or(Ok((header, sum)), Err)
    }

    /// Reads the header of a package of any origin, and says what no header of WD's packers has. Only where no payload begins is
    /// there no header.
    ///
    /// The system is told by where the payload begins: a signed OS3 header has a 1 where an OS5 header has its app id.
    pub fn examine(package: &[u8]) -> Result<(Self, Sum, Vec<HeaderError>), HeaderError> {
        let payload_at = |os: &Os| package.get(os.header_len()..).is_some_and(|rest| rest.starts_with(&[0x1f, 0x8b]));
        let os = [Os::Os5, Os::Os3].into_iter().find(payload_at).ok_or(HeaderError::NoPayload)?;
        let mut rest = Fields { bytes: &package[..os.header_len()], at: VERSION.end, oddities: Vec::new() };
        rest.constant("ah_apkg_version", APKG_VERSION);
        rest.constant("ah_product_id", PRODUCT_ID);
        rest.constant("ah_custom_id", CUSTOM_ID);
        let model = rest.number();
        let app = (os == Os::Os5).then(|| rest.number());
        let signed_at = rest.at;
        let signed = rest.number();
        if signed > 1 {
            let found = HeaderError::Constant { field: "ah_module_signed", at: signed_at, found: signed, expected: 1 };
            rest.oddities.push(found);
        }
        for _ in 0..RESERVED / 4 {
            rest.constant("ah_reserve", 0);
        }
        let sum = Sum { checksum: rest.number(), length: rest.number() };
        let mut oddities = rest.oddities;
        let misplaced = package[71] == 0 && package[72].is_ascii_digit();
        let mut text = |field: Range<usize>| {
            let (text, whole) = text(&package[field.clone()]);
            match whole {
                true => {}
                false if misplaced && field == PACKAGE => oddities.push(HeaderError::Version72),
                false => oddities.push(HeaderError::Text(field.start)),
            }
            text
        };
        let (package_name, version) = (text(PACKAGE), text(VERSION));
        let mut magic = [0; 8];
        magic.copy_from_slice(&package[MAGIC]);
        let header = Self { ids: Ids { magic, model, app }, package: package_name, version, signed: signed != 0 };
        Ok((header, sum, oddities))
    }
}

/// Numbers, one after the other, out of bytes that are known to hold them.
struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    oddities: Vec<HeaderError>,
}

impl Fields<'_> {
    fn number(&mut self) -> u32 {
        let mut word = [0; 4];
        word.copy_from_slice(&self.bytes[self.at..self.at + 4]);
        self.at += 4;
        u32::from_le_bytes(word)
    }

    fn constant(&mut self, field: &'static str, expected: u32) {
        let at = self.at;
        let found = self.number();
        if found != expected {
            self.oddities.push(HeaderError::Constant { field, at, found, expected });
        }
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str, len: usize) -> Result<(), HeaderError> {
    if text.len() >= len {
        return Err(HeaderError::TooLong(text.to_owned(), len));
    }
    let end = bytes.len() + len;
    bytes.extend(text.bytes());
    bytes.resize(end, 0);
    Ok(())
}

/// The text of a field, and whether it is UTF-8 with nothing but NULs behind it, one at least.
fn text(field: &[u8]) -> (String, bool) {
    let (text, padding) = field.split_at(field.iter().position(|&byte| byte == 0).unwrap_or(field.len()));
    let whole = std::str::from_utf8(text).is_ok() && padding.iter().all(|&byte| byte == 0) && !padding.is_empty();
    (String::from_utf8_lossy(text).into_owned(), whole)
}

/// Passes a payload on and sums it up on the way.
///
/// Writing fails as soon as the length no longer fits into the header: 4 GiB and more cannot be represented.
#[derive(Debug)]
pub struct Summing<W> {
    out: W,
    sum: Sum,
    word: [u8; 4],
}

impl<W: Write> Summing<W> {
    /// Begins a payload.
    pub fn new(out: W) -> Self {
        Self { out, sum: Sum::default(), word: [0; 4] }
    }

    /// Ends it.
    pub fn finish(self) -> (W, Sum) {
        (self.out, self.sum)
    }

    fn add(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).ok().and_then(|len| self.sum.length.checked_add(len));
        let length = length.ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "a WD package cannot hold 4 GiB of compressed data or more")
        })?;
        let pending = self.sum.length as usize % 4;
        self.sum.length = length;
        if pending > 0 {
            let taken = bytes.len().min(4 - pending);
            self.word[pending..pending + taken].copy_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if pending + taken < 4 {
                return Ok(());
            }
            self.sum.checksum ^= u32::from_le_bytes(self.word);
        }
        let words = bytes.chunks_exact(4);
        let left = words.remainder();
        self.word[..left.len()].copy_from_slice(left);
        let word = |word: &[u8]| u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        self.sum.checksum ^= words.fold(0, |sum, bytes| sum ^ word(bytes));
        Ok(())
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.add(&bytes[..written])?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vendor::wd::tests::hex;

    fn sum_of(payload: &[u8]) -> Sum {
        let mut summing = Summing::new(io::sink());
        summing.write_all(payload).unwrap();
        summing.finish().1
    }

    fn hello(os: Os, model: &str) -> Header {
        let ids = os.model(model).unwrap().ids;
        Header { ids, package: "hello".to_owned(), version: "1.02".to_owned(), signed: true }
    }

    #[test]
    fn the_vendors_bytes() {
        // What WD's packers wrote for `-E -s -m MyCloudEX2Ultra`.
        let zeros = |n: usize| "00".repeat(n);
        let name = format!("4772616e6454655a68656c6c6f{}312e3032{}", zeros(63), zeros(32));
        let constants = "020000000000000014000000";
        let sum = Sum { checksum: 0x0102_0304, length: 0x0506_0708 };
        let end = format!("{}0403020108070605", zeros(60));
        let os5 = hello(Os::Os5, "MyCloudEX2Ultra").to_bytes(sum).unwrap();
        assert_eq!(hex(&os5), format!("{name}{constants}010000000900000001000000{end}"));
        let os3 = hello(Os::Os3, "MyCloudEX2Ultra").to_bytes(sum).unwrap();
        assert_eq!(hex(&os3), format!("{name}{constants}0100000001000000{end}"));
    }

    #[test]
    fn only_whole_words_count() {
        assert_eq!(sum_of(b""), Sum { checksum: 0, length: 0 });
        assert_eq!(sum_of(b"\x01\x02\x03"), Sum { checksum: 0, length: 3 });
        assert_eq!(sum_of(b"\x01\x02\x03\x04\xff"), Sum { checksum: 0x0403_0201, length: 5 });
    }

    #[test]
    fn four_gibibytes_are_refused() {
        let mut summing = Summing::new(io::sink());
        summing.sum.length = u32::MAX - 2;
        summing.write_all(b"ab").unwrap();
        let error = summing.write_all(b"c").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn what_is_no_header_is_told() {
        let mut bytes = hello(Os::Os5, "MyCloudPR4100").to_bytes(Sum::default()).unwrap();
        assert_eq!(Header::read(&bytes), Err(HeaderError::NoPayload));
        bytes.extend([0x1f, 0x8b]);
        bytes[120] = 21;
        insta::assert_snapshot!(Header::read(&bytes).unwrap_err(), @"ah_custom_id at byte 120 is 21, not 20");
        bytes[120] = 20;
        bytes[20] = b'x';
        insta::assert_snapshot!(Header::read(&bytes).unwrap_err(), @"the text at byte 8 is not NUL-padded UTF-8");
        assert_eq!(Header::read(b"PK"), Err(HeaderError::NoPayload));
        let long = Header { version: "1".repeat(36), ..hello(Os::Os5, "MyCloudPR4100") };
        insta::assert_snapshot!(long.to_bytes(Sum::default()).unwrap_err(), @"`111111111111111111111111111111111111` is longer than the header's field of 36 bytes");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            package in "[A-Za-z0-9._-]{0,67}", version in "[0-9.]{0,35}", signed: bool,
            magic: [u8; 8], model: u32, app: Option<u32>, checksum: u32, length: u32,
        ) {
            let header = Header { ids: Ids { magic, model, app }, package, version, signed };
            let sum = Sum { checksum, length };
            let mut bytes = header.to_bytes(sum).unwrap();
            // An OS3 file has gzip data at 200, whatever stands at 204.
            bytes.extend([0x1f, 0x8b, 8, 0, 0, 0]);
            prop_assert_eq!(Header::read(&bytes).unwrap(), (header, sum));
        }

        #[test]
        fn pieces_sum_up_as_the_whole(pieces: Vec<Vec<u8>>) {
            let mut summing = Summing::new(io::sink());
            for piece in &pieces {
                summing.write_all(piece).unwrap();
            }
            prop_assert_eq!(summing.finish().1, sum_of(&pieces.concat()));
        }
    }
}
