//! What has files of its own in an SPK.

use crate::dsl::{Map, Texts};
use crate::layer::{Kind, Table, Value};
use crate::model::Protocol;

words! {
    /// When Package Center asks something.
    Moment {
        /// Before an installation.
        Install = "install",
        /// Before an update.
        Upgrade = "upgrade",
        /// Before the removal.
        Uninstall = "uninstall",
    }

    /// Who a script runs as, or whom a file belongs to. DSM 7 takes only the package's user.
    RunAs {
        /// The package's own user.
        Package = "package",
        /// The system's user, up to DSM 6.
        System = "system",
        /// Root, up to DSM 6.
        Root = "root",
    }

    /// A script of the package, or what `start-stop-status` is called with.
    Action {
        /// Before the installation.
        Preinst = "preinst",
        /// After the installation.
        Postinst = "postinst",
        /// Before the removal.
        Preuninst = "preuninst",
        /// After the removal.
        Postuninst = "postuninst",
        /// Before an update.
        Preupgrade = "preupgrade",
        /// After an update.
        Postupgrade = "postupgrade",
        /// Before it takes the place of another package.
        Prereplace = "prereplace",
        /// After it took the place of another package.
        Postreplace = "postreplace",
        /// At the start.
        Start = "start",
        /// At the stop.
        Stop = "stop",
        /// When asked how it is.
        Status = "status",
        /// Before the start.
        Prestart = "prestart",
        /// Before the stop.
        Prestop = "prestop",
    }

    /// How an entry of DSM's menu opens its page.
    EntryType {
        /// In a new window of the browser.
        Url = "url",
        /// In a window on DSM's desktop.
        Legacy = "legacy",
    }
}

/// A service for DSM's firewall and port forwarding.
///
/// ```
/// use nas_pack::dsl::{Ports, Synology};
///
/// let sync = Ports::new("6000,7000:8000/tcp,udp").title("Sync").desc("Beacon's sync").port_forward(true);
/// let synology = Synology::amend().ports("beacon-sync", sync);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ports {
    table: Table,
}

impl Ports {
    /// A service that listens on these ports and protocols, such as `6000,7000:8000/tcp,udp`.
    #[track_caller]
    pub fn new(dst_ports: impl Into<String>) -> Self {
        Self::default().dst_ports(dst_ports)
    }

    /// Says more of the service's own entry, whose name is the package's.
    pub fn amend() -> Self {
        Self::default()
    }

    keys! {
        /// What the firewall shows under Protocol, in English; the app's name unless said.
        "title" => title(title: text);
        /// What the firewall shows under Applications, in English; the app's name unless said.
        "desc" => desc(description: text);
        /// Whether it is offered for port forwarding.
        "port-forward" => port_forward(offer: bool);
        /// The ports that it is reached from.
        "src-ports" => src_ports(ports: text);
        /// The ports that it listens on.
        "dst-ports" => dst_ports(ports: text);
    }
}

impl From<Ports> for Kind {
    fn from(ports: Ports) -> Self {
        ports.table.into()
    }
}

/// In which versions, and on which DSM, a package must or must not be there.
///
/// ```
/// use nas_pack::dsl::{PackageRange, Synology};
///
/// let synology = Synology::amend()
///     .pkg_deps("WebStation", PackageRange::any())
///     .pkg_deps("python310", PackageRange::any().pkg_min_ver("3.10.5").os_min_ver("7.1-42661"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackageRange {
    table: Table,
}

impl PackageRange {
    /// In any version and on any DSM.
    pub fn any() -> Self {
        Self::default()
    }

    keys! {
        /// From this version of it on.
        "pkg-min-ver" => pkg_min_ver(version: text);
        /// Up to this version of it.
        "pkg-max-ver" => pkg_max_ver(version: text);
        /// Only from this DSM on.
        "os-min-ver" => os_min_ver(dsm: text);
        /// Only up to this DSM.
        "os-max-ver" => os_max_ver(dsm: text);
    }
}

impl From<PackageRange> for Kind {
    fn from(range: PackageRange) -> Self {
        range.table.into()
    }
}

/// An entry in DSM's menu.
///
/// ```
/// use nas_pack::dsl::{DesktopEntry, EntryType, Synology, Texts};
/// use nas_pack::model::Language;
///
/// let map = DesktopEntry::new("/map")
///     .entry_type(EntryType::Legacy)
///     .title(Texts::english("Map").and(Language::German, "Karte"))
///     .icon("packaging/map.svg")
///     .port(8137);
/// let synology = Synology::amend().desktop("example.map", map);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DesktopEntry {
    table: Table,
}

impl DesktopEntry {
    /// An entry that opens an address, or a path where [`port`](Self::port) is said as well.
    #[track_caller]
    pub fn new(url: impl Into<String>) -> Self {
        Self::default().url(url)
    }

    /// Says more of the entry of the service's page, whose name is `naspack.PACKAGE`.
    pub fn amend() -> Self {
        Self::default()
    }

    keys! {
        /// How the page opens; in a window of the browser unless said.
        "type" => entry_type(entry_type: EntryType);
        /// A PNG or SVG file, relative to Cargo.toml; the app's picture unless said.
        "icon" => icon(path: text);
        /// How the address begins where `url` is only a path.
        "protocol" => protocol(protocol: Protocol);
        /// The port, where `url` is only a path.
        "port" => port(port: u16);
        /// The address, or its path.
        "url" => url(url: text);
        /// The browser's window, such as `_blank`.
        "url-target" => url_target(window: text);
        /// Whether it is there for everybody and not only for administrators.
        "all-users" => all_users(all: bool);
        /// Texts, as `section:key`, that are loaded before the app is opened, for notifications (DSM 7).
        "preload-texts" => preload_texts(texts: [text]);
        /// Who may be given the app: `all`, `local`.
        "grant-privilege" => grant_privilege(who: text);
        /// Whether that can be set for single users.
        "advance-grant-privilege" => advance_grant_privilege(can: bool);
        /// Whether Control Panel shows the app's privileges.
        "configable-privilege" => configable_privilege(show: bool);
        /// Whether it can be open twice.
        "allow-multi-instance" => allow_multi_instance(can: bool);
        /// The window's class.
        "app-window" => app_window(class: text);
        /// The window's width in pixels.
        "width" => width(pixels: u32);
        /// The window's height in pixels.
        "height" => height(pixels: u32);
    }

    /// The name in the menu; the app's unless said.
    #[track_caller]
    pub fn title(mut self, title: impl Into<Texts>) -> Self {
        self.table.set("title", Value::here(title.into()));
        self
    }

    /// What the mouse shows.
    #[track_caller]
    pub fn desc(mut self, description: impl Into<Texts>) -> Self {
        self.table.set("desc", Value::here(description.into()));
        self
    }
}

impl From<DesktopEntry> for Kind {
    fn from(entry: DesktopEntry) -> Self {
        entry.table.into()
    }
}

/// `conf/privilege`: who the package's scripts run as, and whom its files belong to.
///
/// ```
/// use nas_pack::dsl::{Action, Privilege, RunAs, Synology};
/// use nas_pack::rel;
///
/// let privilege = Privilege::new(RunAs::Package)
///     .join_groupname("http")
///     .ctrl_script(Action::Preinst, RunAs::Package)
///     .tool(rel!("bin/beacon"), RunAs::Package, RunAs::Package, 0o750);
/// let synology = Synology::amend().privilege(privilege);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Privilege {
    table: Table,
}

impl Privilege {
    /// What holds for every script and file.
    #[track_caller]
    pub fn new(run_as: RunAs) -> Self {
        let mut table = Table::new();
        table.set("defaults", Value::here(Map::new().set("run-as", run_as)));
        Self { table }
    }

    keys! {
        /// The name of the package's user; the package's own unless said.
        "username" => username(name: text);
        /// The name of the package's group; the package's own unless said.
        "groupname" => groupname(name: text);
        /// A group that the user joins, such as `http`.
        "join-groupname" => join_groupname(name: text);
    }

    /// Who a script runs as.
    #[track_caller]
    pub fn ctrl_script(self, action: Action, run_as: RunAs) -> Self {
        self.append("ctrl-script", Value::here(Map::new().set("action", action).set("run-as", run_as)))
    }

    /// Whom a file belongs to, relative to the package's folder.
    #[track_caller]
    pub fn executable(self, path: impl Into<String>, run_as: RunAs) -> Self {
        self.append("executable", Value::here(Map::new().set("relpath", path.into()).set("run-as", run_as)))
    }

    /// A file's owner, group and permission bits. Capabilities, which only packages that Synology has signed may have, are said with a
    /// [`Map`].
    #[track_caller]
    pub fn tool(self, path: impl Into<String>, user: RunAs, group: RunAs, mode: u32) -> Self {
        let tool = Map::new().set("relpath", path.into()).set("user", user).set("group", group);
        self.append("tool", Value::here(tool.set("permission", format!("{mode:04o}"))))
    }

    fn append(mut self, key: &str, value: Value) -> Self {
        self.table.append(key, value);
        self
    }
}

impl From<Privilege> for Map {
    fn from(privilege: Privilege) -> Self {
        privilege.table.into()
    }
}
