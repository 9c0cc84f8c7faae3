use std::path::PathBuf;

use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
struct Settings {
    #[wizard(default = 0.5)]
    fraction: f64,
    list: Vec<String>,
    path: PathBuf,
    borrowed: &'static str,
    pair: (u8, u8),
    nested: Option<Option<u8>>,
    maybe: Option<bool>,
    #[wizard(page = "Two")]
    letter: char,
}

fn main() {}
