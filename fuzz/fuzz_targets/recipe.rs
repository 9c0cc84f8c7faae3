#![no_main]

use std::path::Path;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(error) = nas_pack::layer::read_recipe(text, Path::new("root"), Path::new("out")) {
        assert!(!error.to_string().is_empty());
    }
});
