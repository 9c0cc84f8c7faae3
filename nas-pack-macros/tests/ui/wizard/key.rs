use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
#[allow(non_snake_case)]
struct Settings {
    two__lines: bool,
    _hidden: bool,
    trailing_: bool,
    keepVisits: bool,
    r#type: bool,
    größe: bool,
    #[wizard(rename = "Title")]
    title: bool,
    name: bool,
    #[wizard(rename = "name")]
    again: bool,
}

fn main() {}
