mod files;

pub use files::{Action, DesktopEntry, EntryType, Moment, PackageRange, Ports, Privilege, RunAs};

use super::{Dependency, Map, Texts};
use crate::layer::{Kind, Origin, Table, Value};

/// What is said for Synology alone: the keys of `synology`, and general keys that are different there.
///
/// ```
/// use nas_pack::dsl::{App, DesktopEntry, Dsm, Map, Ports, Synology};
///
/// let app = App::new("beacon").synology(
///     Synology::amend()
///         .dsm([Dsm::V6, Dsm::V7])
///         .os_min_ver(["6.2-23739", "7.0-40000"])
///         .install_dep_services(["nfsd"])
///         .ports("beacon-sync", Ports::new("6881:6889/tcp,udp").title("Beacon's sync"))
///         .desktop("example.map", DesktopEntry::new("/map").title("Map").port(8137))
///         .resource("usr-local-linker", Map::new().set("bin", ["bin/beacon"]))
///         .general(App::amend().name("Beacon for DSM")),
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Synology {
    table: Table,
}

/// A generation of DSM, which takes packages of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dsm {
    /// DSM 5.
    V5 = 5,
    /// DSM 6.
    V6 = 6,
    /// DSM 7.
    V7 = 7,
}

impl From<Dsm> for Kind {
    fn from(dsm: Dsm) -> Self {
        (dsm as u16).into()
    }
}

words! {
    /// Where DSM installs a package.
    InstallType {
        /// On the root file system.
        System = "system",
    }
}

vendor! { Synology "Synology's" }

impl Synology {
    keys! {
        /// The version: up to six numbers with `.`, and a build number after `-`, as in `1.2.3-4`. Made from the app's version unless
        /// said.
        "version" => version(version: text);
        /// The generations of DSM to package for; DSM 7 unless said.
        "dsm" => dsm(generations: [Dsm]);
        /// The oldest DSM, such as `7.0-40000`, one for each generation at most.
        "os-min-ver" => os_min_ver(versions: [text]);
        /// The newest DSM, in the same way.
        "os-max-ver" => os_max_ver(versions: [text]);
        /// Boards that `arch` names and that do not run it.
        "exclude-arch" => exclude_arch(boards: [text]);
        /// The only models that take it, as `synology_<arch>_<model>`.
        "model" => model(models: [text]);
        /// Models that do not take it (DSM 7).
        "exclude-model" => exclude_model(models: [text]);
        /// Who distributes the package.
        "distributor" => distributor(name: text);
        /// The distributor's page.
        "distributor-url" => distributor_url(url: text);
        /// A page with help.
        "helpurl" => helpurl(url: text);
        /// Whether Package Center links to Synology's Support Center.
        "support-center" => support_center(link: bool);
        /// Where to report faults of a beta. Up to DSM 6, the package is a beta by it.
        "report-url" => report_url(url: text);
        /// Marks a beta version.
        "beta" => beta(beta: bool);
        /// Whether a port in use prevents the installation; it does unless said.
        "checkport" => checkport(check: bool);
        /// The page of the app that Package Center opens (DSM 7).
        "dsmapppage" => dsmapppage(page: text);
        /// The app that Package Center opens (DSM 7).
        "dsmapplaunchname" => dsmapplaunchname(name: text);
        /// Packages that stop working when it is installed (DSM 6 and 7).
        "install-break-packages" => install_break_packages(packages: [Dependency]);
        /// Packages that it takes the place of (DSM 6 and 7).
        "install-replace-packages" => install_replace_packages(packages: [Dependency]);
        /// Whether replaced packages are removed as DSM 6 did (DSM 7).
        "use-deprecated-replace-mechanism" => use_deprecated_replace_mechanism(remove: bool);
        /// Services of DSM that must be on before the installation.
        "install-dep-services" => install_dep_services(services: [text]);
        /// Services of DSM that must be on before the start.
        "start-dep-services" => start_dep_services(services: [text]);
        /// Services of DSM that read their settings anew after installation and removal.
        "instuninst-restart-services" => instuninst_restart_services(services: [text]);
        /// Services of DSM that read their settings anew after start and stop.
        "startstop-restart-services" => startstop_restart_services(services: [text]);
        /// Whether users can start and stop it; they can if there is a service, unless said.
        "ctl-stop" => ctl_stop(can: bool);
        /// Whether users can uninstall it (DSM 6 and 7); they can unless said.
        "ctl-uninstall" => ctl_uninstall(can: bool);
        /// Whether `start-stop-status` is called with `prestart` and `prestop` first (DSM 6 and 7).
        "precheckstartstop" => precheckstartstop(call: bool);
        /// Whether the box reboots after the installation.
        "install-reboot" => install_reboot(reboot: bool);
        /// Where it is installed; on a volume unless said.
        "install-type" => install_type(place: InstallType);
        /// Whether a volume of cold storage may hold it (DSM 7).
        "install-on-cold-storage" => install_on_cold_storage(may: bool);
        /// Whether only files install it, not Package Center's list (DSM 6 and 7).
        "offline-install" => offline_install(only: bool);
        /// Whether it can be moved to another volume (DSM 6 and 7).
        "support-move" => support_move(can: bool);
        /// The oldest version that upgrades to it by itself.
        "auto-upgrade-from" => auto_upgrade_from(version: text);
        /// Whether it can be installed without questions; it can unless a licence or wizard asks something.
        "silent-install" => silent_install(can: bool);
        /// Whether it can be upgraded without questions; it can unless a wizard asks something.
        "silent-upgrade" => silent_upgrade(can: bool);
        /// Whether it can be removed without questions; it can unless a wizard asks something.
        "silent-uninstall" => silent_uninstall(can: bool);
        /// Whether everybody sees the desktop icon of the service's page, or administrators only.
        "all-users" => all_users(all: bool);
        /// Whether DSM offers the service's port for its router configuration.
        "port-forward" => port_forward(offer: bool);
        /// Files for `conf/systemd`, called `pkguser-…` (DSM 7).
        "systemd-units" => systemd_units(paths: [text]);
    }

    /// Adds a line to `INFO`, as it is: text, a number or a truth value.
    #[track_caller]
    pub fn extra(self, key: impl Into<String>, value: impl Into<Kind>) -> Self {
        self.within("extra", key.into(), Value::here(value))
    }

    /// One more service for DSM's firewall, by name. The app's own is there under the package's name.
    #[track_caller]
    pub fn ports(self, name: impl Into<String>, ports: Ports) -> Self {
        self.within("ports", name.into(), Value::here(ports))
    }

    /// `conf/privilege`: a [`Privilege`], or a [`Map`] with its members in kebab case.
    #[track_caller]
    pub fn privilege(mut self, members: impl Into<Map>) -> Self {
        self.table.set("privilege", Value::here(members.into()));
        self
    }

    /// A worker in `conf/resource`, with its members in kebab case.
    #[track_caller]
    pub fn resource(self, worker: impl Into<String>, members: Map) -> Self {
        self.within("resource", worker.into(), Value::here(members))
    }

    /// A worker in `conf/resource` that nas-pack does not know, written as it is.
    #[track_caller]
    pub fn resource_extra(self, worker: impl Into<String>, members: impl Into<Kind>) -> Self {
        self.within("resource-extra", worker.into(), Value::here(members))
    }

    /// A package that must be there, in `conf/PKG_DEPS`. DSM then overlooks the app's `depends`.
    #[track_caller]
    pub fn pkg_deps(self, package: impl Into<String>, range: PackageRange) -> Self {
        self.within("pkg-deps", package.into(), Value::here(range))
    }

    /// A package that must not be there, in `conf/PKG_CONX`. DSM then overlooks the app's `conflicts`.
    #[track_caller]
    pub fn pkg_conx(self, package: impl Into<String>, range: PackageRange) -> Self {
        self.within("pkg-conx", package.into(), Value::here(range))
    }

    /// Adds a step to what Package Center asks, with its members in kebab case. Texts that people read can be [`Texts`].
    #[track_caller]
    pub fn wizard(mut self, moment: Moment, step: Map) -> Self {
        self.table.table_mut("wizard", Origin::caller()).append(moment.name(), Value::here(step));
        self
    }

    /// A wizard that you have as a file: JSON or, ending in `.sh`, a script that writes it. With [`Texts`], a file by language.
    #[track_caller]
    pub fn wizard_file(self, moment: Moment, path: impl Into<Texts>) -> Self {
        self.within("wizard", format!("{}-file", moment.name()), Value::here(path.into()))
    }

    /// An entry in DSM's menu, by its name. That of the service's page is called `naspack.PACKAGE`.
    #[track_caller]
    pub fn desktop(self, name: impl Into<String>, entry: DesktopEntry) -> Self {
        self.within("desktop", name.into(), Value::here(entry))
    }
}
