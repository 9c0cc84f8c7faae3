//! A mistake does not hide that there are settings, and is all that is told.

use nas_pack::Wizard;
use nas_pack::dsl::{App, Settings as Described};

/// Beacon
#[derive(Wizard)]
struct Settings {
    #[wizard(default = 1, rnage = 1..=2)]
    number: u8,
    theme: Theme,
}

#[derive(Wizard)]
enum Theme {
    #[wizard(lable = "Light")]
    Light,
    Dark,
}

fn main() {
    let _ = App::amend().settings(Described::of::<Settings>());
    let loaded = Settings::parse("");
    let _ = (loaded.value.number, matches!(loaded.value.theme, Theme::Light));
}
