//! Every key of `[package.metadata.nas]` with its default and meaning, for the manual.
//!
//! What type a key has is not told here: a test asks the reader, and fails when a key is read that has no entry here, or has one
//! and is never read. The same test holds the manual's tables against these.

/// A key, below `[package.metadata.nas]`.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its dotted path. `ARCH`, `LANGUAGE` and `EVENT` stand for any name of their kind.
    pub path: &'static str,
    /// What is taken where nobody says anything; empty for nothing.
    pub default: &'static str,
    /// What it means, in Markdown.
    pub meaning: &'static str,
}

const fn key(path: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { path, default, meaning }
}

/// The keys that every vendor has a use for, or most of them.
pub static GENERAL: &[Key] = &[
    key(
        "package",
        "Cargo's `name`, with `-` for `_`",
        "the app's identity on the device. Never change it: to a NAS, another identity is another app. Up to 64 letters, digits, \
         `.` and `-`, beginning with a letter or digit",
    ),
    key("name", "`package` with a capital", "the name that people see"),
    key("version", "Cargo's `version`", "a semantic version; each vendor maps it to its own form"),
    key(
        "revision",
        "`0`",
        "how often this version was packaged anew. Raise it when you publish the same version again, or the NAS takes it for installed \
         already",
    ),
    key("description", "Cargo's `description`", "what the app is. It must be somewhere"),
    key("maintainer", "first of Cargo's `authors`, or `developer`, or `package`", "who packages the app"),
    key("developer", "first of Cargo's `authors`, or `maintainer`, or `package`", "who wrote it (A)"),
    key("homepage", "Cargo's `homepage`, or `repository`", "the project's page"),
    key("support-url", "", "where users get help (S)"),
    key("license-file", "Cargo's `license-file`", "the licence's text, shown at installation (A, S)"),
    key("changelog", "", "what is new, as plain text (A, S)"),
    key("icon", "a tile with the first letter of `name`", "a PNG or SVG file, resized for each vendor"),
    key(
        "binaries",
        "all of the package's binaries",
        "the Cargo binaries that go into `bin/`. With an empty list one package serves every model, where the vendor has such a thing (A, S)",
    ),
    key("remove-data", "`false`", "whether uninstalling removes the app's data and settings too"),
    key(
        "compression",
        "`default`",
        "how much time is spent on making packages small; see [Small or quick](reproducible.md#small-or-quick)",
    ),
    key("depends", "", "other packages of the same NAS that must be there"),
    key("conflicts", "", "packages that must not be there (S, W)"),
    key("vendors", "all four", "what to package for: `asustor`, `synology`, `wd-os5`, `wd-os3`"),
    key("targets", "all three", "what is built; see [Targets and tools](#targets-and-tools)"),
    key("service", "", "the daemon; see [Service](#service)"),
    key("assets", "", "files that travel along; see [Assets](#assets)"),
    key("shared-folders", "", "see [Shared folders](#shared-folders)"),
    key("settings", "", "what users can choose; see [Settings](#settings)"),
    key("translations", "", "see [Translations](#translations)"),
    key("hooks", "", "steps at events; see [Events](#events) and [Steps](#steps)"),
    key(
        "templates",
        "",
        "a folder with templates of yours, which take the place of built-in ones; see [Templates](templates.md)",
    ),
    key("lints", "", "how findings of rules are taken; see [Rules](#rules)"),
    key("asustor", "", "see [Vendor tables](#vendor-tables)"),
    key("synology", "", "see [Vendor tables](#vendor-tables)"),
    key("wd", "", "see [Vendor tables](#vendor-tables)"),
];

/// The keys of `service`.
pub static SERVICE: &[Key] = &[
    key("service.exec", "the only binary, if there is one", "the binary to start, by its name in `bin/`"),
    key("service.args", "", "its arguments"),
    key(
        "service.env",
        "",
        "its environment, beside the [`NAS_*` variables](#texts). Names have letters, digits and `_`, and do not begin with `NAS_`",
    ),
    key(
        "service.port",
        "",
        "the TCP port it listens on. Told to the daemon as `NAS_PORT`; the start waits until it is open",
    ),
    key("service.protocol", "`http`", "what it speaks there. With `tcp` there is no icon or link"),
    key("service.path", "`/`", "the page to open, beginning with `/`, without blanks"),
    key("service.start-timeout", "`20`", "how many seconds a start may take; less than 3 counts as 3"),
    key("service.stop-timeout", "`20`", "how many seconds it may take to end after SIGTERM, before SIGKILL"),
    key(
        "service.reload-signal",
        "",
        "the signal on which the daemon reads its settings anew. Adds the action `reload` to the script; `SIG` in front is allowed",
    ),
    key("service.log-limit", "`1024`", "in KiB; a larger log is set aside as `….log.1` at the next start"),
];

/// The keys of each of `assets`.
pub static ASSETS: &[Key] = &[
    key("assets.source", "", "the files, as a pattern"),
    key(
        "assets.dir",
        "that of Cargo.toml",
        "the folder that `source` starts from, relative to Cargo.toml or absolute: for what a build script or another tool has made",
    ),
    key("assets.content", "", "the text of one file, instead of `source`"),
    key("assets.dest", "required", "where it goes, relative to the app's folder"),
    key("assets.mode", "0755 for files that are executable on disk, otherwise 0644", "permission bits, in quotes"),
];

/// The keys of each of `shared-folders`.
pub static SHARED_FOLDERS: &[Key] = &[
    key("shared-folders.name", "required", "the share's name"),
    key("shared-folders.description", "", "what it is for"),
];

/// The keys of `settings`.
pub static SETTINGS: &[Key] = &[
    key("settings.file", "`settings.toml`", "the file's name, in the folder for settings"),
    key("settings.mode", "0600 where something is secret, otherwise 0640", "the file's permission bits, in quotes"),
    key("settings.pages", "required", "the wizard's pages"),
    key("settings.pages.title", "required", "the page's title"),
    key("settings.pages.fields", "required", "the page's questions"),
    key("settings.pages.fields.key", "required", "the name in the file. The wizard's variable is `wizard_KEY`"),
    key("settings.pages.fields.type", "required", "what can be answered; `choice` is a group of radio buttons"),
    key("settings.pages.fields.label", "`key`", "what people read beside it"),
    key("settings.pages.fields.help", "", "more about it"),
    key("settings.pages.fields.optional", "`false`", "whether there may be no answer, and so no line in the file"),
    key(
        "settings.pages.fields.default",
        "`false` for a `flag`; otherwise required unless `optional`",
        "what it is without an answer, which is always so where the NAS has no wizard",
    ),
    key("settings.pages.fields.min", "`0`", "the least number, or number of characters"),
    key("settings.pages.fields.max", "none; texts: `255`", "the greatest; for texts at most 4096"),
    key("settings.pages.fields.pattern", "", "what the whole text must match; see [Patterns](settings.md#patterns)"),
    key("settings.pages.fields.choices", "required for `choice`", "what there is to choose from"),
    key("settings.pages.fields.choices.value", "required", "what stands in the file"),
    key("settings.pages.fields.choices.label", "`value`", "what people read"),
    key("settings.pages.fields.choices.translations", "", "`label` by language"),
    key("settings.pages.fields.choices.translations.LANGUAGE", "", "in that language"),
    key("settings.pages.fields.choices.translations.LANGUAGE.label", "as without translation", "what people read"),
    key("settings.pages.fields.translations", "", "`label` and `help` by language"),
    key("settings.pages.fields.translations.LANGUAGE", "", "in that language"),
    key("settings.pages.fields.translations.LANGUAGE.label", "as without translation", "what people read beside it"),
    key("settings.pages.fields.translations.LANGUAGE.help", "as without translation", "more about it"),
    key("settings.pages.translations", "", "`title` by language"),
    key("settings.pages.translations.LANGUAGE", "", "in that language"),
    key("settings.pages.translations.LANGUAGE.title", "as without translation", "the page's title"),
];

/// The keys of each of `translations`.
pub static TRANSLATIONS: &[Key] = &[
    key("translations.LANGUAGE", "", "what people read who use the NAS in that language"),
    key("translations.LANGUAGE.name", "the app's name", "the name"),
    key("translations.LANGUAGE.description", "the app's description", "what it is"),
];

/// The keys of each of `targets`.
pub static TARGETS: &[Key] = &[
    key("targets.ARCH", "the arch's musl target", "the Rust target, or a table of these"),
    key(
        "targets.ARCH.triple",
        "the arch's musl target",
        "the Rust target, with a pinned glibc version if you want: `….2.27`",
    ),
    key("targets.ARCH.linker", "", "what rustc links with: a gcc or clang for the target, by name or path"),
    key("targets.ARCH.cc", "`linker`", "the C compiler; only together with `linker`"),
    key("targets.ARCH.cxx", "", "the C++ compiler; only together with `linker`"),
    key("targets.ARCH.ar", "", "the archiver; only together with `linker`"),
    key(
        "targets.ARCH.prefix",
        "",
        "the prefix of an SDK's tools, instead of `linker`: `gcc`, `g++` and `ar` are appended",
    ),
    key("targets.ARCH.cross", "`false`", "whether to build with the program `cross`, instead of the others"),
];

/// The keys of `asustor`.
pub static ASUSTOR: &[Key] = &[
    key(
        "asustor.version",
        "from the app's version",
        "the version in ASUSTOR's form: a digit, then letters, digits, `.`, `-`, `+`, `~`",
    ),
    key("asustor.firmware", "`\"4.0.0\"`", "the oldest ADM that takes the package"),
    key(
        "asustor.model",
        "every model",
        "only these series, such as `\"52xx\"`. Each package gets those of its architecture; an architecture without one gets no package",
    ),
    key(
        "asustor.default-lang",
        "",
        "the licence's language: `cs` `da` `de` `en-US` `es` `fi` `fr-FR` `hu` `it-IT` `ja-JP` `ko-KR` `nl-NL` `no` `pl` `pt` `ru-RU` `sv` `tr` `zh-TW` `zh-CN`",
    ),
    key("asustor.memory-limit", "", "in MB; the app is disabled on a box with less"),
    key(
        "asustor.memory-advice",
        "",
        "in MB; the memory that ADM recommends. Better left out: App Central of ADM 5 stumbles over it",
    ),
    key("asustor.privacy-statement", "", "a web page, since ADM 3.1.7"),
    key(
        "asustor.app-type",
        "`custom` if the service has a web port, otherwise `none`",
        "what the icon on ADM's desktop opens: `custom` the service's own page, `webserver` the pages in `www/` on the box's web server, \
         which is then switched on; `none` for no icon",
    ),
    key("asustor.session-id", "", "whether a page of the type `webserver` is given ADM's session"),
    key("asustor.accessible", "`administrators`", "who sees the icon. It hides only the icon"),
    key("asustor.customizable", "`true`", "whether the box's owner can change that in Access Control"),
    key("asustor.reverseproxy-port", "", "the port of ADM's reverse proxy for the icon, since ADM 4.3; in no guide"),
    key("asustor.http-port", "", "the port that the icon opens over HTTP, since ADM 5; in no guide"),
    key("asustor.https-port", "", "the port that the icon opens over HTTPS, since ADM 5; in no guide"),
    key(
        "asustor.ports",
        "",
        "ports that are registered beside `service.port`, so that no app with the same one is installed; `\"T7666\"` is for TCP alone, since ADM 5",
    ),
    key(
        "asustor.symbolic-link",
        "",
        "links from `/usr/local` into the app: `\"/bin\" = [\"beacon\"]`. Keys: `/bin` `/etc` `/lib` `/lib64` `/sbin` `/var`; values: names or globs of files in that folder of the app",
    ),
    key("asustor.prerequisites", "", "services of ADM: `samba` `afp` `nfs` `ftp` `webdav` `httpd`"),
    key("asustor.prerequisites.enable-service", "`httpd` for web apps", "those that are switched on at installation"),
    key("asustor.prerequisites.restart-service", "", "those that are restarted at installation"),
    key(
        "asustor.extra",
        "",
        "keys that are written into `config.json` behind ours, as they are and unchecked: for what the vendor adds tomorrow",
    ),
    key("asustor.extra.general", "", "into `general`"),
    key("asustor.extra.adm-desktop", "", "into `adm-desktop`"),
    key("asustor.extra.register", "", "into `register`"),
    key("asustor.boot-priority", "", "`start-order` and `stop-order`, both required, 0 to 99"),
    key("asustor.boot-priority.start-order", "required", "its place in the order of starts at boot, 0 to 99"),
    key("asustor.boot-priority.stop-order", "required", "its place in the order of stops, 0 to 99"),
    key("asustor.symbolic-link./bin", "", "names or globs of files in the app's `bin/`, linked into `/usr/local/bin`"),
    key("asustor.symbolic-link./etc", "", "names or globs of files in the app's `etc/`, linked into `/usr/local/etc`"),
    key("asustor.symbolic-link./lib", "", "names or globs of files in the app's `lib/`, linked into `/usr/local/lib`"),
    key(
        "asustor.symbolic-link./lib64",
        "",
        "names or globs of files in the app's `lib64/`, linked into `/usr/local/lib64`",
    ),
    key(
        "asustor.symbolic-link./sbin",
        "",
        "names or globs of files in the app's `sbin/`, linked into `/usr/local/sbin`",
    ),
    key("asustor.symbolic-link./var", "", "names or globs of files in the app's `var/`, linked into `/usr/local/var`"),
];

/// The keys of `synology`.
pub static SYNOLOGY: &[Key] = &[
    key(
        "synology.version",
        "from the app's version",
        "up to six numbers with `.`, and a build number after `-`: `1.2.3-4`",
    ),
    key(
        "synology.dsm",
        "`7`",
        "the generations of DSM to package for: `5`, `6`, `7` or a list of them. Each gets packages of its own",
    ),
    key(
        "synology.os-min-ver",
        "`\"7.0-40000\"`; DSM 6: `\"6.1-15047\"`, DSM 5: `\"5.0-4400\"`",
        "the oldest DSM. For several generations a list, with one for each",
    ),
    key("synology.os-max-ver", "DSM 6: `\"6.2-39999\"`, others: none", "the newest DSM, in the same way"),
    key("synology.exclude-arch", "", "boards that `arch` names and that do not run it"),
    key("synology.model", "", "the only models that take it, as `synology_<arch>_<model>`"),
    key("synology.exclude-model", "", "models that do not take it (DSM 7)"),
    key("synology.support-center", "`false`", "whether Package Center links to Synology's Support Center"),
    key("synology.report-url", "", "where to report faults of a beta. Up to DSM 6, the package is a beta by it"),
    key("synology.checkport", "`true`", "whether a port in use prevents the installation"),
    key("synology.dsmapppage", "", "the page of the app that Package Center opens (DSM 7)"),
    key("synology.dsmapplaunchname", "", "the app that Package Center opens (DSM 7)"),
    key(
        "synology.install-break-packages",
        "",
        "packages that stop working when it is installed, written as `depends` (DSM 6 and 7)",
    ),
    key(
        "synology.install-replace-packages",
        "",
        "packages that it takes the place of, written as `depends` (DSM 6 and 7)",
    ),
    key(
        "synology.use-deprecated-replace-mechanism",
        "`false`",
        "whether replaced packages are removed as DSM 6 did (DSM 7)",
    ),
    key("synology.install-dep-services", "", "services of DSM that must be on before the installation"),
    key("synology.start-dep-services", "", "services of DSM that must be on before the start"),
    key(
        "synology.instuninst-restart-services",
        "",
        "services of DSM that read their settings anew after installation and removal",
    ),
    key(
        "synology.startstop-restart-services",
        "",
        "services of DSM that read their settings anew after start and stop",
    ),
    key("synology.ctl-stop", "whether there is a service", "whether users can start and stop it"),
    key("synology.ctl-uninstall", "`true`", "whether users can uninstall it (DSM 6 and 7)"),
    key(
        "synology.precheckstartstop",
        "`false`",
        "whether `start-stop-status` is called with `prestart` and `prestop` first (DSM 6 and 7)",
    ),
    key("synology.install-reboot", "`false`", "whether the box reboots after the installation"),
    key("synology.install-type", "on a volume", "`system` installs on the root file system"),
    key("synology.install-on-cold-storage", "`false`", "whether a volume of cold storage may hold it (DSM 7)"),
    key(
        "synology.offline-install",
        "`false`",
        "whether only files install it, not Package Center's list (DSM 6 and 7)",
    ),
    key("synology.support-move", "`false`", "whether it can be moved to another volume (DSM 6 and 7)"),
    key("synology.auto-upgrade-from", "", "the oldest version that upgrades to it by itself"),
    key(
        "synology.silent-install",
        "unless a licence or wizard asks something",
        "whether it can be installed without questions",
    ),
    key(
        "synology.silent-upgrade",
        "unless a wizard asks something else than `settings`",
        "whether it can be upgraded without questions",
    ),
    key("synology.silent-uninstall", "unless a wizard asks something", "whether it can be removed without questions"),
    key("synology.extra", "", "further lines of `INFO`, as they are"),
    key("synology.distributor", "", "who distributes the package"),
    key("synology.distributor-url", "", "the distributor's page"),
    key("synology.helpurl", "", "a page with help"),
    key("synology.beta", "`false`", "marks a beta version"),
    key("synology.all-users", "`false`", "whether everybody sees the desktop icon, or administrators only"),
    key("synology.port-forward", "`false`", "whether DSM offers the port for its router configuration"),
    key(
        "synology.ports",
        "",
        "more services for DSM's firewall, by name: `title`, `desc`, `port-forward`, `src-ports` and `dst-ports`, such as `\"6000,7000:8000/tcp,udp\"`. \
         The service itself is there under the package's name",
    ),
    key(
        "synology.privilege",
        "`{ defaults = { run-as = \"package\" } }`",
        "`conf/privilege`, with its members in kebab case",
    ),
    key(
        "synology.resource",
        "`port-config` and `data-share`, where the app has a port or shared folders",
        "`conf/resource`: a table for each worker, with its members in kebab case",
    ),
    key("synology.resource-extra", "", "workers that nas-pack does not know, written as they are"),
    key("synology.systemd-units", "", "files for `conf/systemd`, called `pkguser-…`"),
    key(
        "synology.pkg-deps",
        "",
        "`conf/PKG_DEPS`: for each package `pkg-min-ver`, `pkg-max-ver`, `os-min-ver`, `os-max-ver`, or `{}`. DSM then overlooks `depends`",
    ),
    key("synology.pkg-conx", "", "`conf/PKG_CONX`: the same instead of `conflicts`"),
    key("synology.wizard", "", "what Package Center asks. Answers are in the scripts' environment"),
    key(
        "synology.wizard.install",
        "",
        "steps before an installation, with members in kebab case. Each text can be a table of languages: `{ en = \"Name\", de = \"Name\" }`",
    ),
    key("synology.wizard.upgrade", "", "steps before an update"),
    key("synology.wizard.uninstall", "", "steps before the removal"),
    key(
        "synology.wizard.install-file",
        "",
        "instead of `install`: a file of yours, JSON or, ending in `.sh`, a script that writes it; or a table of files by language",
    ),
    key("synology.wizard.upgrade-file", "", "the same instead of `upgrade`"),
    key("synology.wizard.uninstall-file", "", "the same instead of `uninstall`"),
    key(
        "synology.desktop",
        "`naspack.PACKAGE`, which opens the service's page",
        "entries in DSM's menu, by their names, with members in kebab case. `icon` is a picture, `title` and `desc` can be tables of languages",
    ),
];

/// The keys of `wd`.
pub static WD: &[Key] = &[
    key("wd.version", "from the app's version", "the version in WD's form"),
    key(
        "wd.models",
        "every model that can run the binaries",
        "only these, by the names on the [WD page](vendors/wd.md#devices)",
    ),
    key(
        "wd.min-firmware",
        "OS5: `\"5.00.000\"`, OS3: none",
        "the oldest firmware. A number below 3 is for OS3, any other for OS5; give a list for both",
    ),
    key("wd.max-firmware", "none", "the newest firmware, in the same way"),
    key("wd.center-type", "`own-tab`", "whether the page opens in a tab of its own or inside the dashboard"),
    key("wd.user-control", "`everyone`", "who sees the app"),
    key("wd.auto-start", "`true`", "whether the app is switched on after the installation"),
    key("wd.date-suffix", "`false`", "whether the file's name ends as with WD's tool: `.bin(MMDDYYYY)`"),
    key("wd.index-page", "`index.html` if the package has one", "the page that *Configure* opens, below `web/`"),
    key("wd.web-icon", "a PNG made from `icon`", "a picture among the assets, below `web/`, such as `logo.svg`"),
    key(
        "wd.used-port",
        "",
        "the port at which the dashboard opens the page. It keeps the path `/NAME/PAGE`, so that it hardly ever does what is wanted; \
         without it, a page is made that sends the browser on to the service",
    ),
    key("wd.start-depends", "", "packages without which the app cannot be enabled"),
    key("wd.start-conflicts", "", "packages beside which it cannot be enabled"),
    key("wd.hidden", "`false`", "whether users do not see the app"),
    key("wd.third-party-notice", "`true`", "whether the dashboard says that a third party made the app"),
    key("wd.extra", "", "further lines of `apkg.rc`, written as they are: `{ NewKey = \"value\" }`"),
    key("wd.extra-xml", "", "further elements of `apkg.xml`, behind all others, in the same way"),
    key("wd.os5", "", "any key of this table, and any general key that it can override, for OS5 alone"),
    key("wd.os3", "", "the same for OS3"),
];

/// How a key's path is written here: `ARCH` and `LANGUAGE` stand for their names.
pub(crate) fn path(keys: &[&str]) -> String {
    let above = std::iter::once("").chain(keys.iter().copied());
    let name = |(above, key)| match above {
        "targets" => "ARCH",
        "translations" => "LANGUAGE",
        _ => key,
    };
    above.zip(keys.iter().copied()).map(name).collect::<Vec<_>>().join(".")
}

/// All of them.
pub fn all() -> Vec<Key> {
    [GENERAL, SERVICE, ASSETS, SHARED_FOLDERS, SETTINGS, TRANSLATIONS, TARGETS, ASUSTOR, SYNOLOGY, WD].concat()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use super::super::recorder::{Asked, recording};
    use super::*;
    use crate::model::VendorId;
    use crate::vendor::testing;
    use crate::vendor::vendor;

    /// Has every table once, so that every reader runs.
    const EVERYTHING: &str = r#"
        translations = { de = { name = "Leuchtfeuer" } }
        targets = { armhf = { cross = true }, x86_64 = "x86_64-unknown-linux-musl", aarch64 = "aarch64-unknown-linux-musl" }
        assets = [{ content = "x", dest = "share/x" }]
        asustor = { symbolic-link = { "/bin" = ["beacon"] }, boot-priority = { start-order = 50, stop-order = 50 }, prerequisites = {},
                    extra = { general = {}, adm-desktop = {}, register = {} } }
        synology = { wizard = {} }
        hooks = { boot = [{ sh = "true" }] }
        settings = { pages = [{ title = "Light", translations = { de = { title = "Licht" } }, fields = [
                       { key = "title", type = "text", default = "x", translations = { de = { label = "Titel" } } },
                       { key = "count", type = "number", default = 1 },
                       { key = "theme", type = "choice", default = "dark",
                         choices = [{ value = "dark", translations = { de = { label = "dunkel" } } }, { value = "light" }] },
                     ] }] }
        lints = { NAS050 = "allow" }
        wd = { extra = { Section = "Apps" }, extra-xml = { Note = "x" }, os5 = { hidden = true }, os3 = { hidden = true } }
    "#;

    /// What has tables of its own in the manual, where each row is a kind of step or a device.
    const ELSEWHERE: [&str; 1] = ["hooks."];

    fn asked() -> Asked {
        recording(|| {
            for id in VendorId::ALL {
                let (packager, said) = testing::check(vendor(id), EVERYTHING);
                assert!(packager.is_some(), "{said}");
            }
        })
    }

    /// The type of a key in a table's words.
    fn kind(expected: &str) -> String {
        let bare = |text: &str| text.trim_start_matches("a ").trim_start_matches("an ").to_owned();
        let one = |text: &str| match text {
            "`true` or `false`" => "boolean".to_owned(),
            "a whole number from 0 to 4294967295" => "whole number".to_owned(),
            text => bare(text),
        };
        match expected.strip_prefix("list: ") {
            Some(of) => format!("list, each {}", one(of)),
            None => one(expected),
        }
    }

    fn table(section: &str, keys: &[Key], asked: &Asked) -> String {
        let mut text = "| key | type | default | meaning |\n|---|---|---|---|\n".to_owned();
        for Key { path, default, meaning } in keys {
            let name = path.strip_prefix(section).and_then(|path| path.strip_prefix('.')).unwrap_or(path);
            let kinds = asked.get(*path).into_iter().flatten().map(|expected| kind(expected)).collect::<Vec<_>>();
            let default = if default.is_empty() { "–" } else { default };
            let cells = [format!("`{name}`"), kinds.join(" or "), default.to_owned(), (*meaning).to_owned()];
            let cells = cells.map(|cell| cell.replace('|', "\\|"));
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }

    #[test]
    fn every_key_is_told_and_read() {
        let asked = asked();
        let told = all();
        let is_told = |path: &String| told.iter().any(|key| key.path == path);
        let elsewhere = |path: &&String| ELSEWHERE.iter().any(|prefix| path.starts_with(prefix));
        let untold: Vec<_> = asked.keys().filter(|path| !is_told(path)).filter(|path| !elsewhere(path)).collect();
        let unread: Vec<_> = told.iter().map(|key| key.path).filter(|path| !asked.contains_key(*path)).collect();
        assert!(
            untold.is_empty() && unread.is_empty(),
            "read and not told: {untold:#?}\ntold and not read: {unread:#?}"
        );
    }

    /// The tables of the manual are these. `BLESS=1 cargo test` writes them.
    #[test]
    fn the_manual_has_these_tables() {
        let asked = asked();
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/manifest.md");
        let tables = [
            ("general", GENERAL),
            ("service", SERVICE),
            ("assets", ASSETS),
            ("shared-folders", SHARED_FOLDERS),
            ("settings", SETTINGS),
            ("translations", TRANSLATIONS),
            ("targets", TARGETS),
            ("asustor", ASUSTOR),
            ("synology", SYNOLOGY),
            ("wd", WD),
        ];
        crate::manual::hold(&page, tables.map(|(name, keys)| (name, table(name, keys, &asked))));
    }
}
