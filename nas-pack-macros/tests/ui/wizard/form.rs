use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
#[wizard(fiel = "beacon.toml", mode = 640)]
struct Misspelt {
    show: bool,
}

/// Beacon
#[derive(Wizard)]
#[wizard(file = "etc/beacon.toml", file = "twice.toml", title = " ", range = 1..=2)]
struct Values {
    show: bool,
}

#[derive(Wizard)]
struct Untitled {
    show: bool,
}

#[derive(Wizard)]
#[wizard(title = "Beacon")]
struct TwoTitles {
    #[wizard(page = "Beacon")]
    show: bool,
}

/// Beacon
#[derive(Wizard)]
struct Empty {}

/// Beacon
#[derive(Wizard)]
struct Tuple(bool);

/// Beacon
#[derive(Wizard)]
struct Generic<T> {
    show: T,
}

/// Beacon
#[derive(Wizard)]
union Union {
    show: bool,
}

fn main() {}
