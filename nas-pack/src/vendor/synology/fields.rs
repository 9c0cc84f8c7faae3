//! The keys of `INFO`, in the order in which we write them.
//!
//! Guide 5 is the 2014 guide for DSM 4.3 and 5.0, guide 7 the DSM 7 developer guide.

use super::conf;
use super::generation::Dsm;
use super::platforms;
use super::version;
use crate::model::VendorId;
use crate::vendor::field::{Field, Form, Ours};
use crate::vendor::request::is_url;

const REQUIRED: &str = "guide 7, INFO necessary fields";
const OPTIONAL: &str = "guide 7, INFO optional fields";
const OLD: &str = "guide 5, INFO";
const SPKSRC: &str = "spksrc, in no guide";

const YES_NO: Form = Form::Word(&["yes", "no"]);
/// What the form of lists of packages is called; the manifest writes those as `depends`.
pub(super) const PACKAGES_FORM: &str = "packages such as `a>=1.2:b`";
const PACKAGES: Form = Form::Grammar(PACKAGES_FORM, are_packages);
/// What the form of addresses is called; they have a rule of their own.
pub(super) const ADDRESS_FORM: &str = "a web address";
const ADDRESS: Form = Form::Grammar(ADDRESS_FORM, is_url);
const DSM_VERSION: Form = Form::Grammar("a version of DSM such as `7.0-40000`", is_dsm);

const fn field(
    key: &'static str,
    form: Form,
    default: &'static str,
    firmware: &'static str,
    guide: &'static str,
    ours: Ours,
    doc: &'static str,
) -> Field {
    Field { key, form, required: false, default, firmware, guide, ours, doc }
}

const fn required(key: &'static str, form: Form, firmware: &'static str, ours: Ours, doc: &'static str) -> Field {
    Field { required: true, ..field(key, form, "", firmware, REQUIRED, ours, doc) }
}

/// Every key of the guides, and those seen in packages.
pub const INFO: &[Field] = &[
    required(
        "package",
        Form::Grammar("a name without `: / > < = |`", is_package),
        "since 2.0-0731",
        Ours::Key("package"),
        "The package's identity, and its folder below /var/packages.",
    ),
    required(
        "version",
        Form::Grammar("numbers such as `1.2.3-4`", version::is_valid_before_7),
        "since 2.0-0731",
        Ours::Key("synology.version"),
        "The version: numbers up to 2147483647, and a build number behind `-`.",
    ),
    required(
        "os_min_ver",
        DSM_VERSION,
        "since 6.1-14715",
        Ours::Key("synology.os-min-ver"),
        "The oldest DSM that takes it, of the same major version as the device's own.",
    ),
    field(
        "os_max_ver",
        Form::Grammar("a version of DSM, or nothing", is_dsm_or_empty),
        "",
        "since 6.1-14715",
        OPTIONAL,
        Ours::Key("synology.os-max-ver"),
        "The newest DSM that takes it.",
    ),
    field(
        "firmware",
        DSM_VERSION,
        "",
        "2.3-1118 to 6.1-14715",
        OLD,
        Ours::Made("`synology.os-min-ver`, for DSM 5"),
        "The oldest DSM that takes it, before `os_min_ver`.",
    ),
    required(
        "arch",
        Form::List,
        "since 2.0-0731",
        Ours::Made("from the device"),
        "The boards that run it, by platform or family.",
    ),
    field(
        "exclude_arch",
        Form::List,
        "",
        "since 6.0",
        OPTIONAL,
        Ours::Key("synology.exclude-arch"),
        "Boards that `arch` names and that do not run it.",
    ),
    field(
        "model",
        Form::List,
        "",
        "since 4.0-2219",
        OPTIONAL,
        Ours::Key("synology.model"),
        "The only models that take it, as `synology_<arch>_<model>`.",
    ),
    field(
        "exclude_model",
        Form::List,
        "",
        "since 7.0-40329",
        OPTIONAL,
        Ours::Key("synology.exclude-model"),
        "Models that do not take it.",
    ),
    field(
        "displayname",
        Form::Text(0),
        "the package",
        "since 2.3-1118",
        OPTIONAL,
        Ours::Key("name"),
        "The name that Package Center shows.",
    ),
    field(
        "displayname_*",
        Form::Text(0),
        "`displayname`",
        "since 2.3-1118",
        OPTIONAL,
        Ours::Key("translations"),
        "The name in one of DSM's languages.",
    ),
    required("description", Form::Text(0), "since 2.3-1118", Ours::Key("description"), "What the app is, in one line."),
    field(
        "description_*",
        Form::Text(0),
        "`description`",
        "since 2.3-1118",
        OPTIONAL,
        Ours::Key("translations"),
        "The same in one of DSM's languages.",
    ),
    required(
        "maintainer",
        Form::Text(0),
        "since 2.0-0731",
        Ours::Key("maintainer"),
        "Who develops it, as Package Center shows.",
    ),
    field("maintainer_url", ADDRESS, "", "since 4.2-3160", OPTIONAL, Ours::Key("homepage"), "The developer's page."),
    field(
        "distributor",
        Form::Text(0),
        "",
        "since 4.2-3160",
        OPTIONAL,
        Ours::Key("synology.distributor"),
        "Who publishes it.",
    ),
    field(
        "distributor_url",
        ADDRESS,
        "",
        "since 4.2-3160",
        OPTIONAL,
        Ours::Key("synology.distributor-url"),
        "The publisher's page.",
    ),
    field("support_url", ADDRESS, "", "since 4.2-3160", OPTIONAL, Ours::Key("support-url"), "Where users get help."),
    field(
        "support_center",
        YES_NO,
        "no",
        "since 5.0-4400",
        OPTIONAL,
        Ours::Key("synology.support-center"),
        "Whether Package Center links to Synology's Support Center; `report_url` is not shown then.",
    ),
    field("helpurl", ADDRESS, "", "since 3.2-1922", OPTIONAL, Ours::Key("synology.helpurl"), "The manual."),
    field(
        "report_url",
        ADDRESS,
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("synology.report-url"),
        "Where to report faults of a beta. Up to DSM 6, the package is a beta by it.",
    ),
    field(
        "beta",
        YES_NO,
        "no",
        "since 6.0",
        OPTIONAL,
        Ours::Key("synology.beta"),
        "Whether Package Center shows it as a beta.",
    ),
    field("changelog", Form::Text(0), "", "", SPKSRC, Ours::Key("changelog"), "What is new, for package feeds."),
    field(
        "thirdparty",
        YES_NO,
        "",
        "4.0 to 4.3",
        OLD,
        Ours::Never("DSM 4 alone knows it"),
        "Whether the package is not Synology's.",
    ),
    field(
        "adminprotocol",
        Form::Word(&["http", "https", "http https"]),
        "http",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("service.protocol"),
        "How the link of Package Center begins.",
    ),
    field(
        "adminport",
        Form::Number(0, 65536),
        "80",
        "since 2.0-0731",
        OPTIONAL,
        Ours::Key("service.port"),
        "The port of the link.",
    ),
    field(
        "adminurl",
        Form::Text(0),
        "",
        "since 2.3-1118",
        OPTIONAL,
        Ours::Key("service.path"),
        "The path of the link.",
    ),
    field(
        "checkport",
        YES_NO,
        "yes",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("synology.checkport"),
        "Whether a reserved or used `adminport` prevents the installation.",
    ),
    field(
        "dsmuidir",
        Form::Text(0),
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Made("the desktop entry's folder"),
        "The folder of package.tgz that DSM's desktop shows; several as `link:folder` since 7.0-40731.",
    ),
    field(
        "dsmappname",
        Form::List,
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Made("the desktop entries' names"),
        "The apps in `config` of that folder.",
    ),
    field(
        "dsmapppage",
        Form::Text(0),
        "",
        "since 7.0-40332",
        OPTIONAL,
        Ours::Key("synology.dsmapppage"),
        "The page of the app that Package Center opens.",
    ),
    field(
        "dsmapplaunchname",
        Form::Text(0),
        "`dsmappname`",
        "since 7.0-40796",
        OPTIONAL,
        Ours::Key("synology.dsmapplaunchname"),
        "The app that Package Center opens.",
    ),
    field(
        "install_dep_packages",
        PACKAGES,
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("depends"),
        "Packages that must be there, and start before it.",
    ),
    field(
        "install_conflict_packages",
        PACKAGES,
        "",
        "since 4.1-2851",
        OPTIONAL,
        Ours::Key("conflicts"),
        "Packages that must not be there.",
    ),
    field(
        "install_break_packages",
        PACKAGES,
        "",
        "since 6.1-15117",
        OPTIONAL,
        Ours::Key("synology.install-break-packages"),
        "Packages that stop working when it is installed.",
    ),
    field(
        "install_replace_packages",
        PACKAGES,
        "",
        "since 6.1-15117",
        OPTIONAL,
        Ours::Key("synology.install-replace-packages"),
        "Packages that it takes the place of.",
    ),
    field(
        "use_deprecated_replace_mechanism",
        YES_NO,
        "no",
        "since 7.0-40340",
        OPTIONAL,
        Ours::Key("synology.use-deprecated-replace-mechanism"),
        "Whether replaced packages are removed as DSM 6 did.",
    ),
    field(
        "install_dep_services",
        Form::List,
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("synology.install-dep-services"),
        "Services of DSM that must be on before the installation.",
    ),
    field(
        "start_dep_services",
        Form::List,
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("synology.start-dep-services"),
        "Services of DSM that must be on before the start.",
    ),
    field(
        "install_dependencies",
        Form::List,
        "",
        "3.2-1922 to 5.0",
        OLD,
        Ours::Never("a misprint of the guide's table for `install_dep_services`, which its text has"),
        "Services of DSM that must be on before the installation.",
    ),
    field(
        "start_dependencies",
        Form::List,
        "",
        "3.2-1922 to 5.0",
        OLD,
        Ours::Never("a misprint of the guide's table for `start_dep_services`, which its text has"),
        "Services of DSM that must be on before the start.",
    ),
    field(
        "instuninst_restart_services",
        Form::List,
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("synology.instuninst-restart-services"),
        "Services of DSM that read their settings anew after installation and removal.",
    ),
    field(
        "startstop_restart_services",
        Form::List,
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("synology.startstop-restart-services"),
        "Services of DSM that read their settings anew after start and stop.",
    ),
    field(
        "startable",
        YES_NO,
        "yes",
        "3.2-1922 to 6.1-14907",
        OLD,
        Ours::Made("`ctl_stop`, for DSM 5"),
        "Whether users can start and stop it, before `ctl_stop`.",
    ),
    field(
        "ctl_stop",
        YES_NO,
        "yes",
        "since 6.1-14907",
        OPTIONAL,
        Ours::Key("synology.ctl-stop"),
        "Whether users can stop it.",
    ),
    field(
        "ctl_uninstall",
        YES_NO,
        "yes",
        "since 6.1-14907",
        OPTIONAL,
        Ours::Key("synology.ctl-uninstall"),
        "Whether users can uninstall it.",
    ),
    field(
        "precheckstartstop",
        YES_NO,
        "no",
        "since 6.0",
        OPTIONAL,
        Ours::Key("synology.precheckstartstop"),
        "Whether start-stop-status is called with `prestart` and `prestop` first.",
    ),
    field(
        "install_reboot",
        YES_NO,
        "no",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Key("synology.install-reboot"),
        "Whether the box reboots after the installation.",
    ),
    field(
        "install_type",
        Form::Word(&["system"]),
        "",
        "since 5.0-4400",
        OPTIONAL,
        Ours::Key("synology.install-type"),
        "`system` installs on the root file system.",
    ),
    field(
        "install_on_cold_storage",
        YES_NO,
        "no",
        "since 7.0-40726",
        OPTIONAL,
        Ours::Key("synology.install-on-cold-storage"),
        "Whether a volume of cold storage may hold it.",
    ),
    field(
        "offline_install",
        YES_NO,
        "no",
        "since 6.0",
        OPTIONAL,
        Ours::Key("synology.offline-install"),
        "Whether the list of packages hides it, so that only files install it.",
    ),
    field(
        "support_move",
        YES_NO,
        "no",
        "since 6.2-22306",
        OPTIONAL,
        Ours::Key("synology.support-move"),
        "Whether it can be moved to another volume.",
    ),
    field(
        "auto_upgrade_from",
        Form::Grammar("a version of the package", version::is_valid_before_7),
        "",
        "since 5.2-5565",
        OPTIONAL,
        Ours::Key("synology.auto-upgrade-from"),
        "The oldest version that upgrades to it by itself.",
    ),
    field(
        "silent_install",
        YES_NO,
        "no",
        "since 5.0-4400",
        OPTIONAL,
        Ours::Key("synology.silent-install"),
        "Whether it can be installed without questions.",
    ),
    field(
        "silent_upgrade",
        YES_NO,
        "no",
        "since 5.0-4400",
        OPTIONAL,
        Ours::Key("synology.silent-upgrade"),
        "Whether it can be upgraded without questions, and so by itself.",
    ),
    field(
        "silent_uninstall",
        YES_NO,
        "no",
        "since 5.0-4400",
        OPTIONAL,
        Ours::Key("synology.silent-uninstall"),
        "Whether it can be removed without questions.",
    ),
    field(
        "support_conf_folder",
        YES_NO,
        "no",
        "4.2-3160 to 5.2",
        OLD,
        Ours::Made("where there is a file in `conf`, for DSM 5"),
        "Whether the package has a folder `conf`.",
    ),
    field(
        "package_icon",
        Form::Text(0),
        "a default picture",
        "since 3.2-1922",
        OLD,
        Ours::Never("PACKAGE_ICON.PNG takes its place"),
        "The icon in Base64.",
    ),
    field(
        "package_icon_120",
        Form::Text(0),
        "`package_icon`",
        "4.2-3160 to 4.3-3810",
        OLD,
        Ours::Never("DSM 4 alone knows it"),
        "The icon of 120 pixels in Base64.",
    ),
    field(
        "package_icon_256",
        Form::Text(0),
        "`package_icon`",
        "since 5.0-4400",
        OLD,
        Ours::Never("PACKAGE_ICON_256.PNG takes its place"),
        "The icon of 256 pixels in Base64.",
    ),
    field(
        "toolkit_version",
        Form::Number(0, i64::MAX),
        "",
        "since 6.0",
        "pkgscripts-ng",
        Ours::Never("the toolkit was not used"),
        "The DSM build of the toolkit that made it.",
    ),
    field(
        "create_time",
        Form::Text(0),
        "",
        "since 6.0",
        "pkgscripts-ng",
        Ours::Never("the same input gives the same bytes"),
        "When it was made.",
    ),
    field(
        "extractsize",
        Form::Number(0, i64::MAX),
        "the size of the SPK",
        "since 4.0-2166",
        OPTIONAL,
        Ours::Made("the files, counted when sealed"),
        "The room that it needs: in bytes before DSM 6.0, in KiB since.",
    ),
    field(
        "checksum",
        Form::Grammar("an MD5 sum", is_md5),
        "",
        "since 3.2-1922",
        OPTIONAL,
        Ours::Made("package.tgz, when sealed"),
        "The MD5 sum of package.tgz.",
    ),
];

/// What the table says of a key, with `*` standing for DSM's languages.
pub(super) fn find(key: &str) -> Option<&'static Field> {
    position(key).map(|at| &INFO[at])
}

/// The place of a key in the file.
pub(super) fn position(key: &str) -> Option<usize> {
    INFO.iter().position(|field| match field.key.strip_suffix('*') {
        Some(start) => key.strip_prefix(start).is_some_and(conf::language::is_word),
        None => field.key == key,
    })
}

/// Whether a generation has releases that know a key.
pub(super) fn is_known(field: &Field, dsm: Dsm) -> bool {
    let major = |version: &str| version.split('.').next()?.parse::<u32>().ok();
    let (since, until) = match field.firmware.split_once(" to ") {
        Some((since, until)) => (major(since), major(until)),
        None => (field.firmware.strip_prefix("since ").and_then(major), None),
    };
    since.is_none_or(|since| since <= dsm.major()) && until.is_none_or(|until| dsm.major() <= until)
}

/// The manifest's key for a field, below `synology`, if it has one there.
pub(super) fn own_key(field: &Field) -> Option<&'static str> {
    let Ours::Key(path) = field.ours else { return None };
    path.strip_prefix(VendorId::Synology.section())?.strip_prefix('.')
}

fn is_package(text: &str) -> bool {
    !text.is_empty() && !text.contains([':', '/', '>', '<', '=', '|'])
}

fn is_dsm(text: &str) -> bool {
    version::dsm(text).is_some()
}

fn is_dsm_or_empty(text: &str) -> bool {
    text.is_empty() || is_dsm(text)
}

fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn are_packages(text: &str) -> bool {
    text.split(':').all(|entry| {
        let at = entry.find(['<', '>', '=']).unwrap_or(entry.len());
        let (name, bound) = entry.split_at(at);
        let version = bound.trim_start_matches(['<', '>', '=']);
        !name.trim().is_empty() && (bound.is_empty() || version::is_valid_before_7(version.trim()))
    })
}

/// Whether a word of `arch` is one of DSM's.
pub(super) fn is_arch(word: &str) -> bool {
    word == platforms::ANY || platforms::platform(word).is_some()
}
