#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nas_pack_fuzz::open_bytes(bytes));
