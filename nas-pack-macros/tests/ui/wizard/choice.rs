use nas_pack::Wizard;

#[derive(Wizard)]
enum None {}

#[derive(Wizard)]
enum One {
    #[default]
    Only,
}

#[derive(Wizard)]
enum Fields {
    Named { a: u8 },
    Tuple(u8),
    #[default]
    Unit,
}

#[derive(Wizard)]
enum Generic<'a> {
    A(&'a str),
    B,
}

#[derive(Wizard)]
#[wizard(file = "beacon.toml")]
enum Attributes {
    #[default]
    #[wizard(lable = "A")]
    A,
    #[default]
    #[wizard(de(help = "B"))]
    B,
    #[default = 1]
    C,
}

#[derive(Wizard)]
#[allow(non_camel_case_types)]
enum Names {
    Not__This,
    Größe,
    #[wizard(rename = "Upper")]
    Renamed,
    Same,
    #[wizard(rename = "same")]
    Again,
}

fn main() {}
