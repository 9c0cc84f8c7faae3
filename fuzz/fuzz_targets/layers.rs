#![no_main]

use nas_pack_fuzz::{Part, open_bytes};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some((part, rest)) = bytes.split_first() {
        open_bytes(&Part::ALL[usize::from(*part) % Part::ALL.len()].package(rest));
    }
});
