//! Deflate in pieces: each compressed by itself, and all of them together one stream.

use libdeflater::{CompressionLvl, Compressor};

use crate::model::Compression;

/// The last block of a stream: without content, with the fixed codes.
pub(crate) const LAST_BLOCK: [u8; 2] = [0b011, 0];

/// The most that a stored block can hold.
const STORED: usize = 0xffff;

/// How much of a piece is tried before all of it is compressed, and in how many places.
const SAMPLE: usize = 16 * 1024;
const SAMPLES: usize = 3;

/// What compressing has to save of the samples, in percent.
const WORTH_IT: usize = 1;

/// Compresses pieces of one stream, which then stand one behind the other in it.
pub(crate) struct Deflater {
    compressor: Compressor,
    /// Tells what is compressible at all; `None` where every last byte counts.
    taster: Option<Compressor>,
    buffer: Vec<u8>,
}

impl Deflater {
    pub(crate) fn new(compression: Compression) -> Self {
        let compressor = |level| {
            // All of them are levels that it has.
            Compressor::new(CompressionLvl::new(level).unwrap_or_default())
        };
        let (level, tastes) = match compression {
            Compression::Fast => (1, true),
            Compression::Default => (6, true),
            Compression::Best => (12, false),
        };
        Self { compressor: compressor(level), taster: tastes.then(|| compressor(1)), buffer: Vec::new() }
    }

    /// Whole blocks that hold these bytes, from the first bit of a byte to the last one of another. They refer to nothing before
    /// them, and none says that it is the stream's last.
    pub(crate) fn blocks(&mut self, bytes: &[u8]) -> &[u8] {
        if self.is_worth_it(bytes) {
            self.compress(bytes);
        } else {
            self.store(bytes);
        }
        &self.buffer
    }

    /// Whether some places of the bytes can be made smaller. What is compressed already, such as pictures and films, costs little more
    /// than a copy this way.
    fn is_worth_it(&mut self, bytes: &[u8]) -> bool {
        let Some(taster) = &mut self.taster else { return true };
        if bytes.len() < SAMPLE * (SAMPLES + 1) {
            return true;
        }
        let step = (bytes.len() - SAMPLE) / (SAMPLES - 1);
        self.buffer.resize(taster.deflate_compress_bound(SAMPLE), 0);
        let mut taste = |at: usize| {
            let sample = &bytes[at..at + SAMPLE];
            taster.deflate_compress(sample, &mut self.buffer).unwrap_or(SAMPLE)
        };
        let compressed: usize = (0..SAMPLES).map(|sample| taste(sample * step)).sum();
        compressed * 100 <= SAMPLES * SAMPLE * (100 - WORTH_IT)
    }

    fn compress(&mut self, bytes: &[u8]) {
        let bound = self.compressor.deflate_compress_bound(bytes.len());
        // Room for what is added at the end.
        self.buffer.resize(bound + 5, 0);
        let Ok(len) = self.compressor.deflate_compress(bytes, &mut self.buffer) else {
            // There is always enough room.
            return self.store(bytes);
        };
        self.buffer.truncate(len);
        match last_block(&self.buffer) {
            Some(last) => self.leave_open(&last),
            None => self.store(bytes),
        }
    }

    /// Takes from the last block that it is the last, and fills its last byte with the beginning of an empty stored block.
    fn leave_open(&mut self, last: &LastBlock) {
        self.buffer[last.begin / 8] &= !(1 << (last.begin % 8));
        // Behind the end there are zeros up to the next byte. A stored block begins with three of them, and goes on in the next byte.
        self.buffer.truncate(last.end.div_ceil(8));
        if last.end % 8 > 5 || last.end.is_multiple_of(8) {
            self.buffer.push(0);
        }
        self.buffer.extend([0, 0, 0xff, 0xff]);
    }

    fn store(&mut self, bytes: &[u8]) {
        self.buffer.clear();
        for block in bytes.chunks(STORED) {
            #[expect(clippy::cast_possible_truncation, reason = "no block is longer")]
            let len = block.len() as u16;
            self.buffer.push(0);
            self.buffer.extend(len.to_le_bytes());
            self.buffer.extend((!len).to_le_bytes());
            self.buffer.extend(block);
        }
    }
}

/// Where a stream's last block stands in it, in bits.
#[derive(Debug, PartialEq, Eq)]
struct LastBlock {
    /// Its first bit, which says that it is the last.
    begin: usize,
    /// What follows its last bit.
    end: usize,
}

/// Finds the last block of a whole deflate stream (RFC 1951), from whose first bit on everything has to be looked at: where a block ends
/// is known only from the codes in it. `None` if it is no such stream.
fn last_block(stream: &[u8]) -> Option<LastBlock> {
    let mut bits = Bits { bytes: stream, at: 0 };
    loop {
        let begin = bits.at;
        let is_last = bits.take(1) == 1;
        match bits.take(2) {
            0 => {
                bits.at = bits.at.next_multiple_of(8);
                let len = bits.take(16);
                bits.at += 16 + len * 8;
            }
            1 => {
                let literals: Vec<u8> = [(144, 8), (112, 9), (24, 7), (8, 8)]
                    .into_iter()
                    .flat_map(|(count, len)| std::iter::repeat_n(len, count))
                    .collect();
                skip_symbols(&mut bits, &Codes::of_literals(&literals)?, &Codes::of_distances(&[5; 30])?)?;
            }
            2 => {
                let (literals, distances) = read_codes(&mut bits)?;
                skip_symbols(&mut bits, &literals, &distances)?;
            }
            _ => return None,
        }
        if bits.at > stream.len() * 8 {
            return None;
        }
        if is_last {
            return Some(LastBlock { begin, end: bits.at });
        }
    }
}

/// Passes over the symbols of a block, to behind its end.
fn skip_symbols(bits: &mut Bits<'_>, literals: &Codes, distances: &Codes) -> Option<()> {
    let most = bits.bytes.len() * 8;
    while bits.at <= most {
        // One look is enough for the longest symbol: 15 + 5 bits of a length and 15 + 13 of its distance.
        let window = bits.peek();
        let symbol = literals.find(window);
        match symbol.meaning {
            Meaning::Literal => bits.at += usize::from(symbol.bits),
            Meaning::Length => {
                let distance = distances.find(window >> symbol.bits);
                if distance.meaning == Meaning::Nothing {
                    return None;
                }
                bits.at += usize::from(symbol.bits + distance.bits);
            }
            Meaning::End => {
                bits.at += usize::from(symbol.bits);
                return Some(());
            }
            Meaning::Nothing => return None,
        }
    }
    None
}

/// The codes of a dynamic block, RFC 1951, section 3.2.7.
fn read_codes(bits: &mut Bits<'_>) -> Option<(Codes, Codes)> {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let literals = bits.take(5) + 257;
    let distances = bits.take(5) + 1;
    let mut lens = [0; 19];
    let count = bits.take(4) + 4;
    for &place in &ORDER[..count] {
        lens[place] = u8::try_from(bits.take(3)).ok()?;
    }
    let codes = Codes::new(&lens, |symbol| (Meaning::Literal, u8::try_from(symbol).unwrap_or(0)))?;
    let mut all: Vec<u8> = Vec::with_capacity(literals + distances);
    while all.len() < literals + distances {
        let found = codes.find(bits.peek());
        if found.meaning == Meaning::Nothing {
            return None;
        }
        bits.at += usize::from(found.bits);
        let (len, times) = match found.value {
            16 => (*all.last()?, 3 + bits.take(2)),
            17 => (0, 3 + bits.take(3)),
            18 => (0, 11 + bits.take(7)),
            len => (len, 1),
        };
        all.extend(std::iter::repeat_n(len, times));
    }
    let (of_literals, of_distances) = (all.get(..literals)?, all.get(literals..literals + distances)?);
    Some((Codes::of_literals(of_literals)?, Codes::of_distances(of_distances)?))
}

/// A stream read bit by bit, the lowest of a byte first. Behind its end there are zeros.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// At least 56 bits from here on.
    fn peek(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            word
        });
        u64::from_le_bytes(word) >> (self.at % 8)
    }

    /// The next few bits as a number.
    fn take(&mut self, count: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "never more than 16 bits are taken")]
        let value = self.peek() as usize & ((1 << count) - 1);
        self.at += count;
        value
    }
}

/// What a symbol is, as far as it matters for where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// Nothing belongs to it but its code.
    Literal,
    /// A distance follows.
    Length,
    /// The block ends.
    End,
    /// No symbol has this code.
    Nothing,
}

#[derive(Clone, Copy, Debug)]
struct Symbol {
    meaning: Meaning,
    /// The length of its code and of the extra bits behind it.
    bits: u8,
    value: u8,
}

/// A Huffman code as a table that the next bits are looked up in.
struct Codes {
    symbols: Vec<Symbol>,
}

impl Codes {
    /// The code whose symbols have codes of these lengths. `describe` tells what a symbol means, and how many extra bits or which value
    /// it has.
    fn new(lens: &[u8], describe: impl Fn(usize) -> (Meaning, u8)) -> Option<Self> {
        let longest = lens.iter().copied().max().unwrap_or(0).max(1);
        let size = 1 << longest;
        let mut symbols = vec![Symbol { meaning: Meaning::Nothing, bits: 0, value: 0 }; size];
        let mut next = 0_usize;
        for len in 1..=longest {
            for symbol in (0..lens.len()).filter(|&symbol| lens[symbol] == len) {
                if next >= 1 << len {
                    return None;
                }
                let (meaning, value) = describe(symbol);
                let first = next.reverse_bits() >> (usize::BITS - u32::from(len));
                for place in (first..size).step_by(1 << len) {
                    symbols[place] = Symbol { meaning, bits: len, value };
                }
                next += 1;
            }
            next <<= 1;
        }
        Some(Self { symbols })
    }

    /// Literals, lengths and the end of a block.
    fn of_literals(lens: &[u8]) -> Option<Self> {
        let extra = |symbol: usize| match symbol {
            265..=284 => u8::try_from((symbol - 261) / 4).unwrap_or(0),
            _ => 0,
        };
        Self::with_extra(lens, |symbol| match symbol {
            0..=255 => (Meaning::Literal, 0),
            256 => (Meaning::End, 0),
            257..=285 => (Meaning::Length, extra(symbol)),
            _ => (Meaning::Nothing, 0),
        })
    }

    fn of_distances(lens: &[u8]) -> Option<Self> {
        let extra = |symbol: usize| u8::try_from((symbol / 2).saturating_sub(1)).unwrap_or(0);
        Self::with_extra(lens, |symbol| match symbol {
            0..=29 => (Meaning::Literal, extra(symbol)),
            _ => (Meaning::Nothing, 0),
        })
    }

    fn with_extra(lens: &[u8], describe: impl Fn(usize) -> (Meaning, u8)) -> Option<Self> {
        let mut codes = Self::new(lens, describe)?;
        for symbol in &mut codes.symbols {
            symbol.bits += symbol.value;
        }
        Some(codes)
    }

    fn find(&self, window: u64) -> Symbol {
        #[expect(clippy::cast_possible_truncation, reason = "the table has 2^15 places at most")]
        let place = window as usize & (self.symbols.len() - 1);
        self.symbols[place]
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    /// Pieces as one stream, and what another decompressor makes of it.
    fn inflate(blocks: &[Vec<u8>]) -> Vec<u8> {
        let stream = [&blocks.concat()[..], &LAST_BLOCK].concat();
        let mut bytes = Vec::new();
        let mut decoder = flate2::read::DeflateDecoder::new(&stream[..]);
        decoder.read_to_end(&mut bytes).unwrap();
        assert_eq!(decoder.total_in(), stream.len() as u64, "the last block ends where the stream does");
        bytes
    }

    /// Bytes of no meaning, the same each time.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        std::iter::repeat_with(&mut next).flatten().take(len).collect()
    }

    #[test]
    fn pieces_of_every_kind_are_one_stream() {
        let text = include_bytes!("deflate.rs").repeat(7);
        let zeros = vec![0; 300_000];
        let pieces = [&b""[..], b"x", &text, &noise(200_000), &zeros, &text[..1000], &noise(10), b"", b"end"];
        for compression in Compression::ALL {
            let mut deflater = Deflater::new(compression);
            let blocks: Vec<_> = pieces.iter().map(|piece| deflater.blocks(piece).to_vec()).collect();
            assert!(inflate(&blocks) == pieces.concat(), "{compression}");
        }
    }

    #[test]
    fn what_cannot_be_compressed_is_stored() {
        let bytes = noise(1 << 20);
        let mut deflater = Deflater::new(Compression::Default);
        assert_eq!(deflater.blocks(&bytes).len(), (1 << 20) + (1_usize << 20).div_ceil(STORED) * 5);
        // Half of it can be.
        let mixed = [&bytes[..1 << 19], &vec![7; 1 << 19]].concat();
        assert!(deflater.blocks(&mixed).len() < (1 << 19) + 2000);
    }

    #[test]
    fn what_is_no_stream_has_no_last_block() {
        for bad in [&b""[..], b"\x07", b"\x01\x05\0\xfa\xff12", &[0xff; 40], b"\x04\0\0\0"] {
            assert_eq!(last_block(bad), None, "{bad:?}");
        }
        assert_eq!(last_block(&LAST_BLOCK), Some(LastBlock { begin: 0, end: 10 }));
        assert_eq!(last_block(b"\x01\x02\0\xfd\xff12"), Some(LastBlock { begin: 0, end: 56 }));
    }

    proptest! {
        #[test]
        fn any_pieces_are_one_stream(
            pieces in proptest::collection::vec(("[a-e]{0,40}", 0..400_usize, any::<[u8; 5]>()), 0..6),
            compression in proptest::sample::select(&Compression::ALL[..]),
        ) {
            let mut deflater = Deflater::new(compression);
            let pieces: Vec<_> =
                pieces.into_iter().map(|(text, times, tail)| [&text.repeat(times).into_bytes()[..], &tail].concat()).collect();
            let blocks: Vec<_> = pieces.iter().map(|piece| deflater.blocks(piece).to_vec()).collect();
            prop_assert_eq!(inflate(&blocks), pieces.concat());
        }

        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            if let Some(LastBlock { begin, end }) = last_block(&bytes) {
                prop_assert!(begin < end && end <= bytes.len() * 8);
            }
        }
    }
}
