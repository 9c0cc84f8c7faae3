//! Every key of `CONTROL/config.json`: those of both guides, and those that packages are seen with.

use super::facts::{
    Adm, LANGUAGES, SERVICES, is_dependency, is_email, is_firmware, is_link_name, is_name, is_package, is_page,
    is_port, is_series, is_share, is_version,
};
use crate::vendor::field::{Field, Form, Ours};
use crate::vendor::request::is_url;

const GENERAL: &str = "3.5.0 and 4.x, 2.3";
const APP: &str = "3.5.0 and 4.x, 2.4.1";
const WEB_APP: &str = "3.5.0 and 4.x, 2.4.1.1";
const CUSTOM_APP: &str = "3.5.0 and 4.x, 2.4.1.2";
const PRIVILEGE: &str = "3.5.0 and 4.x, 2.4.2";
const REGISTER: &str = "3.5.0 and 4.x, 2.5";
const SEEN: &str = "in no guide; seen in packages";

/// A key that nobody has documented takes whatever it is seen with.
const UNDOCUMENTED: Form = Form::Grammar("any value: it is not documented", |_| true);

const PORT: Form = Form::Number(1, 65535);
const LINKS: Form = Form::List;
const LINK: Form = Form::Grammar("a file's name or a glob, without `/`", is_link_name);

/// A row that the functions below amend.
const fn field(key: &'static str, form: Form, guide: &'static str, ours: Ours, doc: &'static str) -> Field {
    Field { key, form, required: false, default: "", firmware: "", guide, ours, doc }
}

const fn required(key: &'static str, form: Form, guide: &'static str, ours: Ours, doc: &'static str) -> Field {
    Field { required: true, ..field(key, form, guide, ours, doc) }
}

const fn added(firmware: &'static str, field: Field) -> Field {
    Field { firmware, ..field }
}

/// A table that is there when something is in it.
const fn table(key: &'static str, guide: &'static str, doc: &'static str) -> Field {
    field(key, Form::Table, guide, Ours::Made("there when something is in it"), doc)
}

/// The rows, in the order in which packages of ours have the keys.
#[rustfmt::skip]
pub static CONFIG: &[Field] = &[
    required("general", Form::Table, GENERAL, Ours::Made("always"), "What App Central shows of the app, and what the app needs."),
    required("general.package", Form::Grammar("letters, digits, `+`, `.` and `-`, beginning with a letter or digit", is_package), GENERAL,
        Ours::Key("package"), "The identity, which never changes. It is the name of the app's folder on the box."),
    field("general.name", Form::Grammar("a name without `/`", is_name), GENERAL, Ours::Key("name"), "The name that people see."),
    required("general.version", Form::Grammar("a digit, then letters, digits, `.`, `-`, `+` and `~`", is_version), GENERAL,
        Ours::Key("asustor.version"), "The version. ADM refuses to install the one that is there already (Ref. 6001)."),
    field("general.depends", Form::List, GENERAL, Ours::Key("depends"), "Apps that must be installed; ADM installs them first."),
    field("general.depends[]", Form::Grammar("an app, optionally with bounds by `>=`, `<=` and `=`", is_dependency), GENERAL,
        Ours::Key("depends"), "`A`, `B (>= 1.0)` or `E (>= 1.0, <= 2.0)`."),
    field("general.conflicts", Form::List, GENERAL, Ours::Made("always empty"), "Reserved by the vendor, to be left empty."),
    field("general.developer", Form::Text(0), GENERAL, Ours::Key("developer"), "Who wrote the app."),
    field("general.maintainer", Form::Text(0), GENERAL, Ours::Key("maintainer"), "Who packages it."),
    field("general.email", Form::Grammar("an e-mail address", is_email), GENERAL, Ours::Key("maintainer"),
        "The address of maintainer or developer. ASUSTOR's review asks for one that works."),
    field("general.website", Form::Text(0), GENERAL, Ours::Key("homepage"), "A web page of the app."),
    required("general.architecture", Form::Word(&["x86-64", "arm64", "arm", "i386", "any"]), "3.5.0, 2.3; 4.x, 2.3 (without `i386`)",
        Ours::Made("the device"), "What the app runs on: one value. A box of another kind answers with -423."),
    required("general.firmware", Form::Grammar("three numbers, such as `4.0.0`", is_firmware), GENERAL, Ours::Key("asustor.firmware"),
        "The oldest ADM that takes the app. An older one answers with -184."),
    field("general.model", Form::List, "4.x, 2.3; 3.5.0, 2.3 says that it is a string, and has a list in its example",
        Ours::Key("asustor.model"), "The only series that take the app. Left out for all."),
    field("general.model[]", Form::Grammar("a series, such as `52xx`", is_series), GENERAL, Ours::Key("asustor.model"), "A series of models."),
    field("general.default-lang", Form::Word(LANGUAGES), GENERAL, Ours::Key("asustor.default-lang"),
        "The language of the licence that is shown at installation."),
    field("general.memory-limit", Form::Number(0, i64::MAX), GENERAL, Ours::Key("asustor.memory-limit"),
        "The memory in MB below which ADM disables the app."),
    field("general.memory-advice", Form::Number(0, i64::MAX), GENERAL, Ours::Key("asustor.memory-advice"),
        "The memory in MB that ADM recommends. App Central of ADM 5 stumbles over it."),
    added("since 3.1.7", field("general.privacy-statement", Form::Grammar("an address that begins with `https://`", is_url), GENERAL,
        Ours::Key("asustor.privacy-statement"), "A web page on privacy.")),
    field("general.description", UNDOCUMENTED, SEEN, Ours::Never("App Central shows `CONTROL/description.txt`"), "A description."),
    field("general.force-php", UNDOCUMENTED, SEEN, Ours::Never("what it does is not known; `asustor.extra.general` writes it"), "Not documented."),
    field("general.force-webserver", UNDOCUMENTED, SEEN, Ours::Never("what it does is not known; `asustor.extra.general` writes it"), "Not documented."),

    table("adm-desktop", "3.5.0 and 4.x, 2.4", "The icon on ADM's desktop. Without it there is none."),
    required("adm-desktop.app", Form::Table, APP, Ours::Made("there when the app has an icon"), "What the icon opens."),
    required("adm-desktop.app.type", Form::Word(&["custom", "webserver", "internal", "external"]), APP, Ours::Key("asustor.app-type"),
        "`custom` opens the app's own web server, `webserver` the pages in `www/` on the box's one. The other two are ASUSTOR's own."),
    field("adm-desktop.app.session-id", Form::Bool, WEB_APP, Ours::Key("asustor.session-id"),
        "`webserver`: whether the page is given the session of ADM. The table says that it is a string, the example has `true`."),
    field("adm-desktop.app.protocol", Form::Word(&["http", "https"]), CUSTOM_APP, Ours::Key("service.protocol"), "`custom`: what the port speaks."),
    field("adm-desktop.app.port", PORT, CUSTOM_APP, Ours::Key("service.port"), "`custom`: the port that the icon opens."),
    field("adm-desktop.app.url", Form::Grammar("a path that begins with `/`", is_page), CUSTOM_APP, Ours::Key("service.path"),
        "`custom`: the page that the icon opens."),
    added("since 4.3.0", field("adm-desktop.app.reverseproxy_port", PORT, SEEN, Ours::Key("asustor.reverseproxy-port"),
        "The port of ADM's reverse proxy for the app.")),
    added("since 5.0.0", field("adm-desktop.app.http_port", PORT, SEEN, Ours::Key("asustor.http-port"), "The port that the icon opens over HTTP.")),
    added("since 5.0.0", field("adm-desktop.app.https_port", PORT, SEEN, Ours::Key("asustor.https-port"), "The port that the icon opens over HTTPS.")),
    field("adm-desktop.app.js", UNDOCUMENTED, SEEN, Ours::Never("of the type `internal`, which is ASUSTOR's own"), "A script of a desktop app in `webman/`."),
    field("adm-desktop.app.css", UNDOCUMENTED, SEEN, Ours::Never("of the type `internal`, which is ASUSTOR's own"), "A style sheet of a desktop app in `webman/`."),
    field("adm-desktop.app.module", UNDOCUMENTED, SEEN, Ours::Never("of the type `internal`, which is ASUSTOR's own"), "The class of a desktop app in `webman/`."),
    field("adm-desktop.app.langTag", UNDOCUMENTED, SEEN, Ours::Never("of the type `internal`, which is ASUSTOR's own"), "The texts of a desktop app in `webman/`."),
    field("adm-desktop.privilege", Form::Table, PRIVILEGE, Ours::Made("there when the app has an icon"), "Who sees the icon. It hides nothing else."),
    field("adm-desktop.privilege.accessible", Form::Word(&["administrators", "users"]), PRIVILEGE, Ours::Key("asustor.accessible"),
        "Who sees the icon at first. The table capitalises `administrators`, the examples do not."),
    field("adm-desktop.privilege.customizable", Form::Bool, PRIVILEGE, Ours::Key("asustor.customizable"), "Whether that can be changed in Access Control."),

    table("register", REGISTER, "What ADM sets up at installation."),
    table("register.symbolic-link", REGISTER, "Links from folders of `/usr/local` to files in the app's folder of the same name."),
    field("register.symbolic-link./bin", LINKS, REGISTER, Ours::Key("asustor.symbolic-link./bin"), "Links in `/usr/local/bin`."),
    field("register.symbolic-link./bin[]", LINK, REGISTER, Ours::Key("asustor.symbolic-link./bin"), "A file in `bin`, or a glob."),
    field("register.symbolic-link./etc", LINKS, REGISTER, Ours::Key("asustor.symbolic-link./etc"), "Links in `/usr/local/etc`."),
    field("register.symbolic-link./etc[]", LINK, REGISTER, Ours::Key("asustor.symbolic-link./etc"), "A file in `etc`, or a glob."),
    field("register.symbolic-link./lib", LINKS, REGISTER, Ours::Key("asustor.symbolic-link./lib"), "Links in `/usr/local/lib`."),
    field("register.symbolic-link./lib[]", LINK, REGISTER, Ours::Key("asustor.symbolic-link./lib"), "A file in `lib`, or a glob."),
    field("register.symbolic-link./lib64", LINKS, REGISTER, Ours::Key("asustor.symbolic-link./lib64"), "Links in `/usr/local/lib64`."),
    field("register.symbolic-link./lib64[]", LINK, REGISTER, Ours::Key("asustor.symbolic-link./lib64"), "A file in `lib64`, or a glob."),
    field("register.symbolic-link./sbin", LINKS, REGISTER, Ours::Key("asustor.symbolic-link./sbin"), "Links in `/usr/local/sbin`."),
    field("register.symbolic-link./sbin[]", LINK, REGISTER, Ours::Key("asustor.symbolic-link./sbin"), "A file in `sbin`, or a glob."),
    field("register.symbolic-link./var", LINKS, REGISTER, Ours::Key("asustor.symbolic-link./var"), "Links in `/usr/local/var`."),
    field("register.symbolic-link./var[]", LINK, REGISTER, Ours::Key("asustor.symbolic-link./var"), "A file in `var`, or a glob."),
    field("register.share-folder", Form::List, REGISTER, Ours::Key("shared-folders"), "Shared folders, made where they are missing and kept where they are there."),
    field("register.share-folder[]", Form::Table, REGISTER, Ours::Key("shared-folders"), "A shared folder."),
    required("register.share-folder[].name", Form::Grammar("a name that a share can have", is_share), REGISTER, Ours::Key("shared-folders.name"), "Its name."),
    field("register.share-folder[].description", Form::Text(0), REGISTER, Ours::Key("shared-folders.description"), "What it is for."),
    field("register.port", Form::List, "3.5.0 and 4.x, 2.5: a list of integers; its first example has strings", Ours::Key("asustor.ports"),
        "Ports that the app listens on. ADM keeps apps with the same port apart (-318) and refuses its own services' (-319)."),
    field("register.port[]", Form::Grammar("a number from 1 to 65535, or `T` and a number", is_port), "3.5.0 and 4.x, 2.5; `\"T7666\"` is in no guide, seen in packages for ADM 5",
        Ours::Key("asustor.ports"), "A port, for TCP alone with a `T` (since ADM 5)."),
    table("register.boot-priority", REGISTER, "When the app is started and stopped. ADM ignores any other shape."),
    required("register.boot-priority.start-order", Form::Number(0, 99), REGISTER, Ours::Key("asustor.boot-priority.start-order"),
        "The digits in `S{PRI}{APP}`: lower ones are started earlier. Docker has 65."),
    required("register.boot-priority.stop-order", Form::Number(0, 99), REGISTER, Ours::Key("asustor.boot-priority.stop-order"),
        "The digits in `K{PRI}{APP}`: lower ones are stopped earlier."),
    table("register.prerequisites", REGISTER, "Services of ADM that the app needs."),
    field("register.prerequisites.enable-service", Form::List, REGISTER, Ours::Key("asustor.prerequisites.enable-service"), "Services that are switched on."),
    field("register.prerequisites.enable-service[]", Form::Word(SERVICES), REGISTER, Ours::Key("asustor.prerequisites.enable-service"),
        "A service; `mysql` is deprecated since ADM 3.5."),
    field("register.prerequisites.restart-service", Form::List, REGISTER, Ours::Key("asustor.prerequisites.restart-service"), "Services that are restarted."),
    field("register.prerequisites.restart-service[]", Form::Word(SERVICES), REGISTER, Ours::Key("asustor.prerequisites.restart-service"), "A service."),
];

/// The row of a key.
pub(super) fn find(key: &str) -> Option<&'static Field> {
    CONFIG.iter().find(|field| field.key == key)
}

/// The rows right below a key; those at the top below an empty one.
pub(super) fn below(key: &str) -> impl Iterator<Item = (&'static str, &'static Field)> {
    let prefix = if key.is_empty() { String::new() } else { format!("{key}.") };
    CONFIG.iter().filter_map(move |field| {
        let name = field.key.strip_prefix(&prefix)?;
        // No key of theirs has a dot in it.
        (!name.contains(['.', '[']) || name.starts_with('/') && !name.contains('[')).then_some((name, field))
    })
}

/// Since which ADM a key is read, where not all of them do.
pub(super) fn since(field: &Field) -> Option<Adm> {
    Adm::parse(field.firmware.strip_prefix("since ")?)
}
