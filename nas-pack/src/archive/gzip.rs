//! The frame of a gzip member, RFC 1952.

use crate::model::Compression;

/// `OS` byte of the header: Unix, as every vendor's tool has it.
const UNIX: u8 = 3;

/// The header of a member, which says nothing about the build: no name, time 0, made on Unix.
pub(crate) fn header(compression: Compression) -> [u8; 10] {
    // What `gzip -1`, `-6` and `-9` write there.
    let extra_flags = match compression {
        Compression::Fast => 4,
        Compression::Default => 0,
        Compression::Best => 2,
    };
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra_flags, UNIX]
}

/// What stands behind the compressed data: the checksum and the length of what was compressed, of which only the lower 32 bits count.
pub(crate) fn trailer(crc: u32, len: u64) -> [u8; 8] {
    let mut trailer = [0; 8];
    trailer[..4].copy_from_slice(&crc.to_le_bytes());
    trailer[4..].copy_from_slice(&len.to_le_bytes()[..4]);
    trailer
}
