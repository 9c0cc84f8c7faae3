use super::{Asset, Asustor, Dependency, Hooks, Service, Settings, Step, Synology, Target, Wd, list};
use crate::hooks::Event;
use crate::layer::{Kind, Layer, Origin, Table, Value};
use crate::model::{Arch, Compression, Language, VendorId};

/// An app's description, or a part of one.
///
/// ```
/// use nas_pack::dsl::{App, Asustor, Level, Service};
/// use nas_pack::model::{Language, VendorId};
///
/// let app = App::new("beacon")
///     .version("1.2.3")
///     .description("A status page for the NAS")
///     .maintainer("Ada Example <ada@example.com>")
///     .vendors([VendorId::Asustor, VendorId::Synology])
///     .translation(Language::German, "Leuchtfeuer", "Eine Statusseite für das NAS")
///     .service(Service::new("beacon").port(8137))
///     .lint("SYN003", Level::Allow)
///     // A general key, for one vendor alone.
///     .asustor(Asustor::amend().general(App::amend().name("Beacon for ADM")));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct App {
    pub(super) table: Layer,
}

words! {
    /// How the findings of a rule are taken.
    Level {
        /// They are not shown.
        Allow = "allow",
        /// They are shown.
        Warn = "warn",
        /// With one of them no package is made.
        Deny = "deny",
    }
}

impl App {
    /// A description that begins with the package's identity.
    #[track_caller]
    pub fn new(package: impl Into<String>) -> Self {
        Self::default().package(package)
    }

    /// A description that says nothing yet, to be laid over others.
    pub fn amend() -> Self {
        Self::default()
    }

    /// What was recorded.
    pub fn layer(&self) -> &Layer {
        &self.table
    }

    /// What was recorded, by value.
    pub fn into_layer(self) -> Layer {
        self.table
    }

    keys! {
        /// The package's identity on the device. Never change it: to a NAS, another identity is another app. Up to 64 letters, digits,
        /// `.` and `-`, beginning with a letter or digit.
        "package" => package(package: text);
        /// The name shown to people.
        "name" => name(name: text);
        /// The version, in semver's form; each vendor maps it to its own.
        "version" => version(version: text);
        /// How often this version was packaged anew.
        "revision" => revision(revision: u32);
        /// What the app is.
        "description" => description(description: text);
        /// Who packages it, as `Name <mail@example.com>`.
        "maintainer" => maintainer(maintainer: text);
        /// Who wrote it, as `Name <mail@example.com>`.
        "developer" => developer(developer: text);
        /// The project's web page.
        "homepage" => homepage(url: text);
        /// Where users get help.
        "support-url" => support_url(url: text);
        /// The file with the licence that is shown at installation. Paths of files begin at Cargo.toml's folder.
        "license-file" => license_file(path: text);
        /// The file that says what is new.
        "changelog" => changelog(path: text);
        /// The PNG or SVG file of the app's picture.
        "icon" => icon(path: text);
        /// The Cargo binaries that go into `bin/`; all of them unless said. See also [`no_binaries`](Self::no_binaries).
        "binaries" => binaries(names: [text]);
        /// Other packages of the same NAS that must be there.
        "depends" => depends(packages: [Dependency]);
        /// Packages that must not be there (Synology, WD).
        "conflicts" => conflicts(packages: [Dependency]);
        /// The vendors to package for; all of them unless said.
        "vendors" => vendors(vendors: [VendorId]);
        /// The folder with templates that take the place of built-in ones.
        "templates" => templates(folder: text);
        /// Whether uninstalling removes the app's data and settings too.
        "remove-data" => remove_data(remove: bool);
        /// How much time is spent on making packages small.
        "compression" => compression(compression: Compression);
    }

    /// Packs no binaries, so that one package serves every model where the vendor has such a thing.
    #[track_caller]
    pub fn no_binaries(mut self) -> Self {
        self.table.set("binaries", list::<String>([""; 0]));
        self
    }

    /// Builds for these arches alone, each with its musl target. Where a target is named with [`target`](Self::target), all arches are
    /// built for, and the later of the two calls wins.
    #[track_caller]
    pub fn arches(mut self, arches: impl IntoIterator<Item = Arch>) -> Self {
        self.table.set("targets", list::<Arch>(arches));
        self
    }

    /// The Rust target to build for an arch: its name, such as `aarch64-unknown-linux-gnu.2.27`, or a [`Target`] with its tools.
    #[track_caller]
    pub fn target(mut self, arch: Arch, target: impl Into<Target>) -> Self {
        self.table.set_in("targets", arch.name(), Value::here(target.into()));
        self
    }

    /// Adds to what is said of the daemon.
    #[track_caller]
    pub fn service(self, service: Service) -> Self {
        self.section("service", service.into_table())
    }

    /// Adds files.
    pub fn asset(mut self, asset: Asset) -> Self {
        self.table.append("assets", asset.into_value());
        self
    }

    /// What people read of the app in another language.
    #[track_caller]
    pub fn translation(self, language: Language, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.translated_name(language, name).translated_description(language, description)
    }

    /// The app's name in another language.
    #[track_caller]
    pub fn translated_name(self, language: Language, name: impl Into<String>) -> Self {
        self.translated(language, "name", name.into())
    }

    /// What the app is, in another language.
    #[track_caller]
    pub fn translated_description(self, language: Language, description: impl Into<String>) -> Self {
        self.translated(language, "description", description.into())
    }

    #[track_caller]
    fn translated(mut self, language: Language, key: &str, text: String) -> Self {
        let languages = self.table.table_mut("translations", Origin::caller());
        languages.set_in(language.tag(), key, Value::here(text));
        self
    }

    /// Adds a folder that the NAS shares with its users.
    #[track_caller]
    pub fn shared_folder(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        let mut table = Table::new();
        table.set("name", Value::here(name.into()));
        table.set("description", Value::here(description.into()));
        self.table.append("shared-folders", Value::here(table));
        self
    }

    /// Adds to what users can choose.
    #[track_caller]
    pub fn settings(self, settings: Settings) -> Self {
        self.section("settings", settings.into_table())
    }

    /// Adds a step to an event.
    #[track_caller]
    pub fn hook(self, event: Event, step: Step) -> Self {
        self.hooks(Hooks::new().at(event, [step]))
    }

    /// Adds steps to events, most often those that `hooks!` wrote.
    #[track_caller]
    pub fn hooks(self, hooks: Hooks) -> Self {
        self.section("hooks", hooks.into_table())
    }

    /// How the findings of a rule are taken, by the rule's code.
    #[track_caller]
    pub fn lint(mut self, code: impl Into<String>, level: Level) -> Self {
        self.table.set_in("lints", code, Value::here(level));
        self
    }

    /// Adds to what is said for ASUSTOR alone.
    #[track_caller]
    pub fn asustor(self, asustor: Asustor) -> Self {
        self.section(VendorId::Asustor.section(), asustor.into_table())
    }

    /// Adds to what is said for Synology alone.
    #[track_caller]
    pub fn synology(self, synology: Synology) -> Self {
        self.section(VendorId::Synology.section(), synology.into_table())
    }

    /// Adds to what is said for WD alone.
    #[track_caller]
    pub fn wd(self, wd: Wd) -> Self {
        self.section(VendorId::WdOs5.section(), wd.into_table())
    }

    /// Sets any key of a vendor's table, for what the typed builders cannot say: a key that is newer than they are.
    #[track_caller]
    pub fn vendor_key(mut self, vendor: VendorId, key: impl Into<String>, value: impl Into<Kind>) -> Self {
        self.table.set_in(vendor.section(), key, Value::here(value));
        self
    }

    #[track_caller]
    fn section(mut self, key: &str, table: Table) -> Self {
        self.table.table_mut(key, Origin::caller()).merge(table);
        self
    }
}
