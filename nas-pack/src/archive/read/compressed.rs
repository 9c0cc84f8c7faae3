use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use serde::Serialize;

use super::{Budget, ReadError};

/// How a stream is compressed, by its first bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// Not at all, or in a way that is not known here.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// xz, as Synology's toolkit packs since DSM 6.
    Xz,
    /// bzip2, which no vendor's reader takes.
    Bzip2,
    /// Zstandard, which no vendor's reader takes.
    Zstd,
}

impl Compression {
    const MAGIC: [(&'static [u8], Self); 4] = [
        (b"\x1f\x8b", Self::Gzip),
        (b"\xfd7zXZ\0", Self::Xz),
        (b"BZh", Self::Bzip2),
        (b"\x28\xb5\x2f\xfd", Self::Zstd),
    ];

    /// What begins with these bytes, of which six are enough.
    pub fn of(head: &[u8]) -> Self {
        let known = Self::MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        known.map_or(Self::None, |(_, compression)| *compression)
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "uncompressed",
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "zstd",
        })
    }
}

/// The memory that xz may take, in KiB. `xz -9` needs 65 MiB; a header may claim 4 GiB.
const XZ_MEMORY: u32 = 128 * 1024;

type Input<R> = BufReader<io::Chain<Cursor<Vec<u8>>, R>>;

/// A stream as it was before it was compressed. Every byte that comes out is counted.
pub(crate) struct Decompressed<'b, R: Read> {
    decoder: Decoder<R>,
    budget: &'b Budget,
    /// How many gzip members were begun; 0 if it is not gzip.
    pub(crate) members: u64,
    /// Whether there were bytes behind the compressed data that are none themselves.
    pub(crate) garbage: bool,
}

enum Decoder<R: Read> {
    None(Input<R>),
    Gzip(Box<GzDecoder<Input<R>>>),
    Xz(Box<XzReader<Input<R>>>),
    Done,
}

impl<'b, R: Read> Decompressed<'b, R> {
    /// Looks at the first bytes and decompresses accordingly.
    pub(crate) fn new(mut input: R, budget: &'b Budget) -> Result<(Self, Compression), ReadError> {
        let mut head = Vec::new();
        input.by_ref().take(6).read_to_end(&mut head).map_err(|error| ReadError::from_io(error, "its first bytes"))?;
        let compression = Compression::of(&head);
        let input = BufReader::with_capacity(64 * 1024, Cursor::new(head).chain(input));
        let decoder = match compression {
            Compression::Gzip => Decoder::Gzip(Box::new(GzDecoder::new(input))),
            Compression::Xz => Decoder::Xz(Box::new(XzReader::new_mem_limit(input, false, XZ_MEMORY))),
            _ => Decoder::None(input),
        };
        let members = u64::from(compression == Compression::Gzip);
        Ok((Self { decoder, budget, members, garbage: false }, compression))
    }

    /// What follows where a compressed stream has ended: another gzip member, or nothing that counts.
    fn next_stream(&mut self) -> io::Result<()> {
        let mut input = match std::mem::replace(&mut self.decoder, Decoder::Done) {
            Decoder::Gzip(decoder) => decoder.into_inner(),
            Decoder::Xz(decoder) => decoder.into_inner(),
            Decoder::None(_) | Decoder::Done => return Ok(()),
        };
        // Devices' gzip passes over padding and garbage, and unpacks members until there is no more.
        let rest = input.fill_buf()?;
        if rest.starts_with(&[0x1f, 0x8b]) && self.members > 0 {
            self.members += 1;
            self.decoder = Decoder::Gzip(Box::new(GzDecoder::new(input)));
        } else {
            self.garbage = !rest.is_empty();
        }
        Ok(())
    }
}

impl<R: Read> Read for Decompressed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let count = match &mut self.decoder {
                Decoder::None(input) => return input.read(buffer),
                Decoder::Gzip(decoder) => decoder.read(buffer),
                Decoder::Xz(decoder) => decoder.read(buffer),
                Decoder::Done => return Ok(0),
            };
            match count {
                Ok(0) => self.next_stream()?,
                Ok(count) => {
                    self.budget.unpack(count as u64)?;
                    return Ok(count);
                }
                Err(error) => {
                    // A decoder that has failed is not to be asked again.
                    if error.kind() != io::ErrorKind::Interrupted {
                        self.decoder = Decoder::Done;
                    }
                    return Err(error);
                }
            }
        }
    }
}
