use super::list;
use crate::layer::{Kind, Origin, Table, Value};

/// What is said for ASUSTOR alone: the keys of `asustor`, and general keys that are different there.
///
/// ```
/// use nas_pack::dsl::{AdmPort, AdmService, App, Asustor, LinkFolder};
///
/// let app = App::new("beacon").asustor(
///     Asustor::amend()
///         .firmware("4.0.0")
///         .ports([AdmPort::from(8138), AdmPort::tcp(8139)])
///         .enable_service([AdmService::Httpd])
///         .symbolic_link(LinkFolder::Bin, ["beacon"])
///         .boot_priority(70, 30)
///         .general(App::amend().name("Beacon for ADM")),
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asustor {
    table: Table,
}

words! {
    /// What the icon on ADM's desktop opens.
    AppType {
        /// The service's own page.
        Custom = "custom",
        /// The pages in `www/` on the box's web server, which is switched on at the installation.
        Webserver = "webserver",
        /// There is no icon.
        None = "none",
    }

    /// Who sees the icon on ADM's desktop.
    Accessible {
        /// Administrators.
        Administrators = "administrators",
        /// Everybody.
        Users = "users",
    }

    /// A service of ADM that an installation can switch on or restart.
    AdmService {
        /// Windows file service.
        Samba = "samba",
        /// Apple file service.
        Afp = "afp",
        /// NFS.
        Nfs = "nfs",
        /// FTP.
        Ftp = "ftp",
        /// `WebDAV`.
        Webdav = "webdav",
        /// The web server.
        Httpd = "httpd",
        /// The database, until ADM 3.5.
        Mysql = "mysql",
    }

    /// A folder of the app whose files can be linked into the one of that name below `/usr/local`.
    LinkFolder {
        /// `bin/`.
        Bin = "/bin",
        /// `etc/`.
        Etc = "/etc",
        /// `lib/`.
        Lib = "/lib",
        /// `lib64/`.
        Lib64 = "/lib64",
        /// `sbin/`.
        Sbin = "/sbin",
        /// `var/`.
        Var = "/var",
    }

    /// ADM's languages, by its own words.
    AdmLanguage {
        /// Czech.
        Czech = "cs",
        /// Danish.
        Danish = "da",
        /// German.
        German = "de",
        /// English.
        English = "en-US",
        /// Spanish.
        Spanish = "es",
        /// Finnish.
        Finnish = "fi",
        /// French.
        French = "fr-FR",
        /// Hungarian.
        Hungarian = "hu",
        /// Italian.
        Italian = "it-IT",
        /// Japanese.
        Japanese = "ja-JP",
        /// Korean.
        Korean = "ko-KR",
        /// Dutch.
        Dutch = "nl-NL",
        /// Norwegian.
        Norwegian = "no",
        /// Polish.
        Polish = "pl",
        /// Portuguese.
        Portuguese = "pt",
        /// Russian.
        Russian = "ru-RU",
        /// Swedish.
        Swedish = "sv",
        /// Turkish.
        Turkish = "tr",
        /// Chinese in traditional characters.
        TraditionalChinese = "zh-TW",
        /// Chinese in simplified characters.
        SimplifiedChinese = "zh-CN",
    }
}

/// A port that is registered with ADM. A number alone is for TCP and UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdmPort {
    port: u16,
    tcp_only: bool,
}

impl AdmPort {
    /// A port for TCP alone, since ADM 5.
    pub const fn tcp(port: u16) -> Self {
        Self { port, tcp_only: true }
    }
}

impl From<u16> for AdmPort {
    fn from(port: u16) -> Self {
        Self { port, tcp_only: false }
    }
}

impl From<AdmPort> for Kind {
    fn from(AdmPort { port, tcp_only }: AdmPort) -> Self {
        if tcp_only { format!("T{port}").into() } else { port.into() }
    }
}

vendor! { Asustor "ASUSTOR's" }

impl Asustor {
    keys! {
        /// The version in ASUSTOR's form: a digit, then letters, digits, `.`, `-`, `+`, `~`. Made from the app's version unless said.
        "version" => version(version: text);
        /// The oldest ADM that takes the package; `4.0.0` unless said.
        "firmware" => firmware(adm: text);
        /// Only these series, such as `52xx`. Each package gets those of its architecture.
        "model" => model(series: [text]);
        /// The licence's language.
        "default-lang" => default_lang(language: AdmLanguage);
        /// In MB; the app is disabled on a box with less.
        "memory-limit" => memory_limit(mb: u32);
        /// In MB; the memory that ADM recommends. Better left out: App Central of ADM 5 stumbles over it.
        "memory-advice" => memory_advice(mb: u32);
        /// A web page, since ADM 3.1.7.
        "privacy-statement" => privacy_statement(url: text);
        /// What the icon on ADM's desktop opens.
        "app-type" => app_type(app_type: AppType);
        /// Whether a page of the type [`AppType::Webserver`] is given ADM's session.
        "session-id" => session_id(give: bool);
        /// Who sees the icon; administrators unless said. It hides only the icon.
        "accessible" => accessible(who: Accessible);
        /// Whether the box's owner can change that in Access Control; it can be changed unless said.
        "customizable" => customizable(can: bool);
        /// The port of ADM's reverse proxy for the icon, since ADM 4.3; in no guide.
        "reverseproxy-port" => reverseproxy_port(port: u16);
        /// The port that the icon opens over HTTP, since ADM 5; in no guide.
        "http-port" => http_port(port: u16);
        /// The port that the icon opens over HTTPS, since ADM 5; in no guide.
        "https-port" => https_port(port: u16);
        /// Ports that are registered beside the service's own, so that no app with the same one is installed.
        "ports" => ports(ports: [AdmPort]);
    }

    /// Links names or globs of files in a folder of the app into `/usr/local`.
    #[track_caller]
    pub fn symbolic_link(self, folder: LinkFolder, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names = list::<String>(names);
        self.within("symbolic-link", folder.name(), names)
    }

    /// Services of ADM that are switched on at installation.
    #[track_caller]
    pub fn enable_service(self, services: impl IntoIterator<Item = AdmService>) -> Self {
        let services = list::<AdmService>(services);
        self.within("prerequisites", "enable-service", services)
    }

    /// Services of ADM that are restarted at installation.
    #[track_caller]
    pub fn restart_service(self, services: impl IntoIterator<Item = AdmService>) -> Self {
        let services = list::<AdmService>(services);
        self.within("prerequisites", "restart-service", services)
    }

    /// The app's places in the order of starts at boot and in that of stops, 0 to 99.
    #[track_caller]
    pub fn boot_priority(self, start_order: u32, stop_order: u32) -> Self {
        self.within("boot-priority", "start-order", Value::here(start_order)).within(
            "boot-priority",
            "stop-order",
            Value::here(stop_order),
        )
    }

    /// Writes a key into `general` of `config.json` as it is and unchecked, for what the vendor adds tomorrow.
    #[track_caller]
    pub fn extra_general(self, key: &str, value: impl Into<Kind>) -> Self {
        self.extra("general", key, Value::here(value))
    }

    /// Writes a key into `adm-desktop` of `config.json` as it is and unchecked.
    #[track_caller]
    pub fn extra_adm_desktop(self, key: &str, value: impl Into<Kind>) -> Self {
        self.extra("adm-desktop", key, Value::here(value))
    }

    /// Writes a key into `register` of `config.json` as it is and unchecked.
    #[track_caller]
    pub fn extra_register(self, key: &str, value: impl Into<Kind>) -> Self {
        self.extra("register", key, Value::here(value))
    }

    #[track_caller]
    fn extra(mut self, table: &str, key: &str, value: Value) -> Self {
        let extra = self.table.table_mut("extra", Origin::caller());
        extra.set_in(table, key, value);
        self
    }
}
