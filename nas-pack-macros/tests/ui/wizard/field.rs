use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
struct Settings {
    #[wizard(defualt = true)]
    misspelt: bool,
    #[wizard(whatever)]
    unknown: bool,
    #[wizard(range = 1..=2, default = 1)]
    flag: bool,
    #[wizard(length = 1..=2, pattern = "a", secret, default = 1)]
    number: u8,
    #[wizard(range = 1..=2, default = "")]
    text: String,
    #[default]
    attribute: bool,
    #[wizard(label = "", help = 1, page = "a\nb", label = "twice")]
    words: bool,
    #[wizard(default = 1)]
    maybe: Option<u8>,
    without_default: u8,
    nor_this: String,
}

fn main() {}
