use nas_pack::Wizard;

const MOST: u8 = 7;

/// Beacon
#[derive(Wizard)]
struct Settings {
    #[wizard(default = 0, range = 1..=100)]
    too_low: u16,
    #[wizard(default = 256)]
    too_high: u8,
    #[wizard(default = "1")]
    text: u8,
    #[wizard(default = 1u8)]
    other_type: u16,
    #[wizard(default = 1u16)]
    same_type: u16,
    #[wizard(default = MOST, range = 1..=MOST)]
    constants: u8,
    #[wizard(default = 1, range = 2..=1)]
    empty: u8,
    #[wizard(default = 1, range = 1..1)]
    half_open: u8,
    #[wizard(default = 1, range = -1..=300)]
    not_of_the_type: u8,
    #[wizard(default = 1, range = 0..=9_999_999_999)]
    size: usize,
    #[wizard(default = 1, range = 0..=9_999_999_999_999_999_999)]
    beyond: u64,
    #[wizard(default = 99999999999999999999999999999999999999999, range = 5)]
    huge: u64,
}

fn main() {}
