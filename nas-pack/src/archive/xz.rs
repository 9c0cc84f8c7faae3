use std::io::{self, Write};
use std::num::{NonZero, NonZeroU64};

use lzma_rust2::{XzOptions, XzWriterMt};

/// As `xz` without options, which is what Synology's toolkit runs: a dictionary of 8 MiB, for which a reader needs 9 MiB of memory, and
/// CRC64. The smallest boxes have 256 MiB for everything, and larger dictionaries gain next to nothing.
const PRESET: u32 = 6;

/// How long a match is good enough, and how many are looked at for it: as `xz --extreme`, which makes programs smaller by half a per
/// cent and sources by one, in a quarter more of time, and costs a reader nothing.
const EXTREME: (u32, i32) = (273, 512);

/// The length of a block before it is compressed: three dictionaries, as `xz -T0` has it. It never depends on the number of threads,
/// since the bytes do on it.
const BLOCK: NonZeroU64 = NonZeroU64::new(24 << 20).expect("not zero");

/// Compresses into `out` as one xz stream, the same whatever the number of threads. Input of less than 24 MiB is one block, which
/// keeps one thread busy.
///
/// Memory does not depend on the length of the input: each thread has about 95 MiB for itself, and there are at most two blocks of
/// 24 MiB more than threads. Call [`XzWriterMt::finish`] at the end and look at its result: what was not finished has no index and is no
/// xz file. [`Write::flush`] ends a block, and so changes the bytes.
///
/// # Errors
///
/// Those of `out`, there and from the writer. The settings themselves are never wrong.
pub(super) fn xz<W: Write>(out: W, threads: NonZero<usize>) -> io::Result<XzWriterMt<W>> {
    let mut options = XzOptions::with_preset(PRESET);
    (options.lzma_options.nice_len, options.lzma_options.depth_limit) = EXTREME;
    in_blocks(out, options, BLOCK, threads)
}

fn in_blocks<W: Write>(
    out: W,
    mut options: XzOptions,
    block: NonZeroU64,
    threads: NonZero<usize>,
) -> io::Result<XzWriterMt<W>> {
    options.set_block_size(Some(block));
    XzWriterMt::new(out, options, u32::try_from(threads.get()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use lzma_rust2::XzReader;

    use super::*;

    fn threads(count: usize) -> NonZero<usize> {
        NonZero::new(count).unwrap()
    }

    /// Bytes that are neither all the same nor without order.
    fn sample(len: u32) -> Vec<u8> {
        (0..len / 4).flat_map(|number| (number.wrapping_mul(0x9e37_79b9) >> (number % 19)).to_le_bytes()).collect()
    }

    fn read(packed: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        // One stream alone.
        XzReader::new(packed, false).read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// How many blocks the index at the end tells of.
    fn blocks(packed: &[u8]) -> u8 {
        let footer = &packed[packed.len() - 12..];
        let index = 4 * (1 + u32::from_le_bytes(footer[4..8].try_into().unwrap())) as usize;
        packed[packed.len() - 12 - index + 1]
    }

    #[test]
    fn settings_are_those_of_xz_without_options() {
        for bytes in [&b""[..], b"beacon", &sample(100_000)] {
            let mut out = xz(Vec::new(), threads(3)).unwrap();
            out.write_all(bytes).unwrap();
            let packed = out.finish().unwrap();
            assert_eq!(read(&packed), bytes);
            // The stream's flags: 4 is CRC64.
            assert_eq!(packed[..8], *b"\xfd7zXZ\0\0\x04");
            let count = u8::from(!bytes.is_empty());
            assert_eq!(blocks(&packed), count);
            if count > 0 {
                // The block's header: its length, one filter without lengths; LZMA2 with one byte of properties; 2^23 bytes.
                assert_eq!(packed[12..17], [2, 0, 0x21, 1, 22]);
            }
        }
    }

    #[test]
    fn bytes_depend_on_nothing_but_the_input() {
        let bytes = sample(700_000);
        let pack = |count, chunk| {
            // As large as blocks may be small: that of the dictionary.
            let mut options = XzOptions::with_preset(0);
            options.lzma_options.dict_size = 1 << 16;
            let mut out = in_blocks(Vec::new(), options, NonZeroU64::new(1 << 16).unwrap(), threads(count)).unwrap();
            bytes.chunks(chunk).for_each(|chunk| out.write_all(chunk).unwrap());
            out.finish().unwrap()
        };
        let packed = pack(1, 1000);
        assert_eq!(read(&packed), bytes);
        assert_eq!(usize::from(blocks(&packed)), bytes.len().div_ceil(1 << 16));
        for (count, chunk) in [(1, bytes.len()), (2, 512), (7, 65_537)] {
            assert!(pack(count, chunk) == packed, "{count} threads");
        }
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        struct Full(usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                match self.0.min(bytes.len()) {
                    0 => Err(io::ErrorKind::StorageFull.into()),
                    count => {
                        self.0 -= count;
                        Ok(count)
                    }
                }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for room in [0, 12, 100, 1000] {
            let mut out = xz(Full(room), threads(2)).unwrap();
            let result = out.write_all(&sample(50_000)).and_then(|()| out.finish().map(|_| ()));
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::StorageFull, "{room}");
        }
    }
}
