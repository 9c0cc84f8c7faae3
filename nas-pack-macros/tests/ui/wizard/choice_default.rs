use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
struct Settings {
    #[wizard(default = "dark")]
    text: Theme,
    #[wizard(default = Dark)]
    short: Theme,
}

/// Beacon
#[derive(Wizard)]
struct Unknown {
    #[wizard(default = Theme::Drak)]
    theme: Theme,
}

#[derive(Wizard)]
enum Theme {
    #[default]
    Light,
    Dark,
}

fn main() {}
