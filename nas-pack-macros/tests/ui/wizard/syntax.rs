use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
#[wizard]
struct Settings {
    #[wizard = "a"]
    equals: bool,
    #[wizard(default = true label = "a", help = "b")]
    comma: bool,
    #[wizard("label", 5, help = "b")]
    literal: bool,
    #[wizard(default =, label, help("b"))]
    nothing: bool,
    #[wizard()]
    empty: bool,
}

fn main() {}
