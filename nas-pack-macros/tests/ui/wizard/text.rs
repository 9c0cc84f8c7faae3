use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
struct Settings {
    #[wizard(default = "Beacon", length = ..=5)]
    too_long: String,
    #[wizard(default = "", length = 1..)]
    too_short: String,
    #[wizard(default = 1)]
    number: String,
    #[wizard(default = "a\nb")]
    two_lines: String,
    #[wizard(default = "a", length = 5..=4)]
    empty: String,
    #[wizard(default = "a", length = 1..=4097)]
    longest: String,
    #[wizard(default = "Beacon", pattern = "[a-z]+")]
    other: String,
    #[wizard(default = "Beacon", pattern = "^[a-z]+$")]
    anchored: String,
    #[wizard(default = "Beacon", pattern = "(a|b")]
    open: String,
    #[wizard(default = "sesame", secret)]
    known: Option<String>,
    #[wizard(secret)]
    needed: String,
    #[wizard(secret = true)]
    valued: Option<String>,
}

fn main() {}
