use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

/// `OS` byte of the header: Unix, as every vendor's tool has it.
const UNIX: u8 = 3;

/// Compresses into `out` as one gzip member whose header says nothing about the build: no name, time 0, made on Unix.
///
/// `level` is 0 to 9. Call [`GzEncoder::finish`] at the end and look at its result, since dropping hides errors.
pub fn gzip<W: Write>(out: W, level: u32) -> GzEncoder<W> {
    GzBuilder::new().mtime(0).operating_system(UNIX).write(out, Compression::new(level.min(9)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn header_is_the_same_everywhere() {
        for (level, xfl) in [(1, 4), (6, 0), (9, 2)] {
            let mut writer = gzip(Vec::new(), level);
            writer.write_all(b"beacon").unwrap();
            let bytes = writer.finish().unwrap();
            assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, xfl, 3], "level {level}");
            let mut text = String::new();
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
            assert_eq!(text, "beacon");
        }
    }
}
