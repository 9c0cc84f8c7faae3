use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
struct Settings {
    theme: Theme,
    other: Option<Theme>,
    #[wizard(default = Theme::Dark)]
    right: Theme,
}

#[derive(Wizard)]
enum Theme {
    Light,
    Dark,
}

fn main() {}
