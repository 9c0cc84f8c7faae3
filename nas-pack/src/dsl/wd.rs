use crate::layer::{Kind, Origin, Table, Value};

/// What is said for WD alone: the keys of `wd`, and general keys that are different there.
///
/// ```
/// use nas_pack::dsl::{App, CenterType, UserControl, Wd};
///
/// let app = App::new("beacon").wd(
///     Wd::amend()
///         .center_type(CenterType::OwnTab)
///         .user_control(UserControl::Admin)
///         .min_firmware(["2.31.204", "5.19.117"])
///         .os3(Wd::amend().hidden(true).general(App::amend().name("Beacon for OS3"))),
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wd {
    table: Table,
}

words! {
    /// Where the app's page opens.
    CenterType {
        /// In a tab of its own.
        OwnTab = "own-tab",
        /// Inside the dashboard.
        Embedded = "embedded",
    }

    /// Who sees the app.
    UserControl {
        /// Everybody.
        Everyone = "everyone",
        /// Administrators.
        Admin = "admin",
    }
}

vendor! { Wd "WD's" }

impl Wd {
    keys! {
        /// The version in WD's form. Made from the app's version unless said.
        "version" => version(version: text);
        /// Only these models, by the names that `cargo nas plan` lists; all that can run the binaries unless said.
        "models" => models(names: [text]);
        /// The oldest firmware: one below 3 for OS3, any other for OS5. OS5 has `5.00.000` unless said.
        "min-firmware" => min_firmware(versions: [text]);
        /// The newest firmware, in the same way.
        "max-firmware" => max_firmware(versions: [text]);
        /// Where the page opens; in a tab of its own unless said.
        "center-type" => center_type(center_type: CenterType);
        /// Who sees the app; everybody unless said.
        "user-control" => user_control(who: UserControl);
        /// Whether the app is switched on after the installation; it is unless said.
        "auto-start" => auto_start(start: bool);
        /// Whether the file's name ends as with WD's tool: `.bin(MMDDYYYY)`.
        "date-suffix" => date_suffix(append: bool);
        /// The page that *Configure* opens, below `web/`.
        "index-page" => index_page(path: text);
        /// A picture among the assets, below `web/`, instead of a PNG made from the icon.
        "web-icon" => web_icon(path: text);
        /// The port at which the dashboard opens the page. It keeps the path `/NAME/PAGE`, so that it hardly ever does what is wanted;
        /// without it, a page is made that sends the browser on to the service.
        "used-port" => used_port(port: u16);
        /// Packages without which the app cannot be enabled.
        "start-depends" => start_depends(packages: [text]);
        /// Packages beside which it cannot be enabled.
        "start-conflicts" => start_conflicts(packages: [text]);
        /// Whether users do not see the app.
        "hidden" => hidden(hidden: bool);
        /// Whether the dashboard says that a third party made the app; it does unless said.
        "third-party-notice" => third_party_notice(show: bool);
    }

    /// Adds a line to `apkg.rc`, written as it is. The value is text or a number.
    #[track_caller]
    pub fn extra(self, key: &str, value: impl Into<Kind>) -> Self {
        self.within("extra", key, Value::here(value))
    }

    /// Adds an element to `apkg.xml`, behind all others. The value is text or a number.
    #[track_caller]
    pub fn extra_xml(self, element: &str, value: impl Into<Kind>) -> Self {
        self.within("extra-xml", element, Value::here(value))
    }

    /// Says these things for OS5 alone.
    #[track_caller]
    pub fn os5(mut self, wd: Self) -> Self {
        self.table.table_mut("os5", Origin::caller()).merge(wd.table);
        self
    }

    /// Says these things for OS3 alone.
    #[track_caller]
    pub fn os3(mut self, wd: Self) -> Self {
        self.table.table_mut("os3", Origin::caller()).merge(wd.table);
        self
    }
}
