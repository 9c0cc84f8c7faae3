//! As in a build script, where nobody reads the settings: nothing here is worth a warning.

#![deny(warnings, clippy::pedantic)]

use nas_pack::dsl;

mod settings {
    /// Beacon
    #[derive(nas_pack::Wizard)]
    #[wizard(file = "beacon.toml")]
    pub(super) struct Settings {
        /// Title
        #[wizard(default = "Beacon", length = 1..=40, de = "Titel")]
        pub(super) title: String,
        #[wizard(default = 1, range = 1..)]
        count: std::primitive::u64,
        show: bool,
        #[wizard(secret)]
        password: core::option::Option<String>,
        theme: Theme,
    }

    /// How it looks
    #[derive(nas_pack::Wizard, Default)]
    enum Theme {
        #[default]
        Light,
        Dark = 7,
    }
}

fn main() {
    let _ = dsl::App::amend().settings(dsl::Settings::of::<settings::Settings>());
}
