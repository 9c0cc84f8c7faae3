#![no_main]

use nas_pack::vendor::wd::rc::{Key, Metadata};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(metadata) = Metadata::read(bytes) else { return };
    for key in Key::ALL {
        let _ = metadata.number(key);
        assert!(!metadata.get(key).contains('\n'));
    }
    // Written and read once more it need not be the same, since the packer finds its words inside of values; from then on it
    // may only lose more of them.
    let _ = Metadata::read(metadata.to_string().as_bytes());
});
