use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
#[wizard(xx = "Beacon", de(label = "Leuchtfeuer"))]
struct Settings {
    #[wizard(pt = "Mostrar", pt_br = "Mostrar", german(label = "Zeigen"))]
    unknown: bool,
    #[wizard(de = "Zeigen", de(help = "Hilfe"), fr, it(), es(label), nl(label = "a", label = "b"))]
    malformed: bool,
    #[wizard(de(page = "Seite", titel = "Titel"))]
    no_page: bool,
}

fn main() {}
