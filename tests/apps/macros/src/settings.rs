use nas_pack::Wizard;

/// The light
#[derive(Debug, Wizard)]
#[wizard(file = "lantern.toml")]
pub struct Settings {
    /// What ships read
    #[wizard(length = 1..=60, default = "Welcome")]
    pub greeting: String,
    /// Seconds between flashes
    #[wizard(range = 1..=60, default = 5)]
    pub seconds: u32,
    /// The light's colour
    pub colour: Colour,
}

#[derive(Debug, Default, Wizard)]
pub enum Colour {
    /// White
    #[default]
    White,
    /// Red, for port
    Red,
}
