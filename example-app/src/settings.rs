//! What people can choose.
//!
//! The build script makes the installation's wizard of this struct, where the NAS has one, and the scripts keep the answers in
//! `beacon.toml`; the daemon loads them from there. One struct says it all, so that nothing can disagree.

use nas_pack::Wizard;

/// The page
#[derive(Clone, Debug, PartialEq, Eq, Wizard)]
#[wizard(file = "beacon.toml", de = "Die Seite")]
pub struct Settings {
    /// Title
    ///
    /// At the top of the page, and in the browser's tab.
    #[wizard(length = 1..=60, default = "Beacon")]
    #[wizard(de(label = "Titel", help = "Oben auf der Seite und im Reiter des Browsers."))]
    pub title: String,
    /// Greeting
    ///
    /// The line below the title.
    #[wizard(length = 0..=200, default = "The light is on.")]
    #[wizard(de(label = "Begrüßung", help = "Die Zeile unter dem Titel."))]
    pub greeting: String,
    /// Who can open it
    #[wizard(de = "Wer sie öffnen kann")]
    pub audience: Audience,
    /// E-mail address of whoever looks after the NAS
    ///
    /// Shown on the page, if there is one.
    #[wizard(pattern = r"[^@\s]+@[^@\s]+")]
    #[wizard(de(
        label = "E-Mail-Adresse der Person, die sich um das NAS kümmert",
        help = "Steht auf der Seite, wenn es sie gibt."
    ))]
    pub contact: Option<String>,
    /// Visits to keep
    ///
    /// Older ones are forgotten.
    #[wizard(page = "The visit log", range = 1..=1_000_000, default = 1000)]
    #[wizard(de(
        page = "Das Besuchsprotokoll",
        label = "Besuche, die aufbewahrt werden",
        help = "Ältere werden vergessen."
    ))]
    pub keep_visits: u32,
    /// Write reports
    ///
    /// The visits as a spreadsheet file, in the shared folder Beacon where the NAS has made one.
    #[wizard(de(
        label = "Berichte schreiben",
        help = "Die Besuche als Tabelle, im Ordner Beacon, wo das NAS ihn angelegt hat."
    ))]
    pub reports: bool,
}

/// From where the page can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wizard)]
pub enum Audience {
    /// Everybody in the network
    #[default]
    #[wizard(de = "Alle im Netzwerk")]
    Everybody,
    /// Only the NAS itself, for a reverse proxy
    #[wizard(de = "Nur das NAS selbst, für einen Reverse Proxy")]
    Itself,
}
