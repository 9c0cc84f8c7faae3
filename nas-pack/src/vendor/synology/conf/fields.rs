//! What the guides say of every metadata file beside `INFO`, member by member.
//!
//! The members of JSON files that the manifest has too are there under the same name in kebab case; a test sees to that.

use super::{depends, ports};
use crate::vendor::field::Form::{Bool, Grammar, List, Number, Table, Text, Word};
use crate::vendor::field::Ours::{Key, Made, Never};
use crate::vendor::field::{Field, Form};

const PRIVILEGE_GUIDE: &str = "DSM 7 guide, Privilege Config";

const RUN_AS: Form = Word(&["package", "root", "system"]);
const ACTIONS: &[&str] = &[
    "preinst",
    "postinst",
    "preuninst",
    "postuninst",
    "preupgrade",
    "postupgrade",
    "prereplace",
    "postreplace",
    "start",
    "stop",
    "status",
    "prestart",
    "prestop",
];
const MODE: Form = Grammar("four octal digits, such as `0755`", is_mode);
const CAPABILITIES: Form = Grammar("names such as `cap_chown,cap_net_raw`", are_capabilities);
const PORT: Form = Number(1, 65535);
const PORT_TEXT: Form = Grammar("a port from 1 to 65535", is_port);
const HOST_PORT: Form = Grammar("a port, or `{{wizard_key}}`", is_port_or_answer);
const PORTS: Form = Grammar("ports and protocols, such as `6000,7000:8000/tcp,udp`", ports::is_list);
const VERSION: Form = Grammar("a package's version, such as `1.2.3-4`", depends::is_version);
const DSM: Form = Grammar("a version of DSM, such as `7.0-40000`", depends::is_dsm);
const FLAG: Form = Grammar("`true` or `false`, or `{{wizard_key}}`", is_flag);
const SCALAR: Form = Grammar("text, `true` or `false`", any);
const FUNCTION: Form = Grammar("JavaScript in braces, such as `{ return true; }`", is_function);

/// Declares a table: `"key" [required]: form, "firmware" [, ours] [or "default"]; "meaning";`, grouped by the guide's section. A
/// row that does not say where ours comes from has the manifest's key of the same name below the table's.
macro_rules! fields {
    (#[doc = $about:literal] $table:ident, $base:literal; $(in $guide:tt {
        $($key:literal $($required:ident)?: $form:expr, $firmware:literal $(, $ours:ident($what:literal))? $(or $default:literal)?;
            $doc:literal;)*
    })*) => {
        #[doc = $about]
        pub(in crate::vendor::synology) const $table: &[Field] = &[$($(Field {
            key: $key,
            form: $form,
            required: !concat!($(stringify!($required))?).is_empty(),
            default: concat!($($default)?),
            firmware: $firmware,
            guide: $guide,
            ours: ours!($base, $key $(, $ours($what))?),
            doc: $doc,
        }),*),*];
    };
}

macro_rules! ours {
    ($base:literal, $key:literal) => {
        Key(concat!($base, $key))
    };
    ($base:literal, $key:literal, $ours:ident($what:literal)) => {
        $ours($what)
    };
}

/// Every file of the package beside INFO, and what is in it.
pub(in crate::vendor::synology) const FILES: [(&str, &[Field]); 8] = [
    ("INFO", crate::vendor::synology::fields::INFO),
    ("conf/privilege", PRIVILEGE),
    ("conf/resource", RESOURCE),
    ("conf/PKG_DEPS", PKG_DEPS),
    ("conf/PKG_CONX", PKG_CONX),
    ("NAME.sc", SC),
    ("WIZARD_UIFILES/install_uifile", WIZARD),
    ("ui/config", DESKTOP),
];

/// Answers of the wizard stand as `{{wizard_key}}` in texts of `conf/resource`.
fn is_answer(text: &str) -> bool {
    text.starts_with("{{") && text.ends_with("}}")
}

fn is_mode(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
}

fn are_capabilities(text: &str) -> bool {
    let is_name = |name: &str| {
        name.strip_prefix("cap_")
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    text.split(',').all(is_name)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_port_or_answer(text: &str) -> bool {
    is_port(text) || is_answer(text)
}

fn is_flag(text: &str) -> bool {
    matches!(text, "true" | "false") || is_answer(text)
}

fn is_function(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('{') && text.ends_with('}')
}

fn any(_: &str) -> bool {
    true
}

fields! {
    /// `conf/privilege`.
    PRIVILEGE, "synology.privilege.";
    in PRIVILEGE_GUIDE {
        "defaults" required: Table, "since 6.0-5891";
            "What holds for every script and file.";
        "defaults.run-as" required: RUN_AS, "since 6.0-5891";
            "Who scripts run as and files belong to. Only `package` on DSM 7 (319); `system` went with 7.0.";
        "username": Text(0), "since 6.0-5940" or "the package's name";
            "The name of the package's user.";
        "groupname": Text(0), "since 6.0-5940" or "the package's name";
            "The name of the package's group.";
        "join-groupname": Text(0), "";
            "A group that the user joins, such as `http` or `system`.";
        "ctrl-script": List, "since 6.0-5891";
            "Who single scripts run as.";
        "ctrl-script[].action" required: Word(ACTIONS), "since 6.0-5891";
            "The script, or the argument of start-stop-status.";
        "ctrl-script[].run-as" required: RUN_AS, "since 6.0-5891";
            "Who it runs as. Root is refused here as well.";
        "executable": List, "since 6.0-5891";
            "Whom single files belong to.";
        "executable[].relpath" required: Text(0), "since 6.0-5891";
            "The file, relative to the package's folder.";
        "executable[].run-as" required: RUN_AS, "since 6.0-5891";
            "Whom it belongs to.";
        "tool": List, "since 6.0-5891";
            "Owner, mode and capabilities of single files.";
        "tool[].relpath" required: Text(0), "since 6.0-5891";
            "The file, relative to the package's folder.";
        "tool[].user" required: Word(&["package", "root"]), "since 6.0-5891";
            "Its owner: `package`, or DSM 7 answers 313.";
        "tool[].group" required: Word(&["package", "root"]), "since 6.0-5891";
            "Its group: `package`, or DSM 7 answers 313.";
        "tool[].permission" required: MODE, "since 6.0-5891";
            "Its mode, four octal digits.";
        "tool[].capabilities": CAPABILITIES, "since 7.0-40656";
            "Linux capabilities with commas between them. Only packages that Synology has signed may have them.";
    }
}

fields! {
    /// `conf/resource`: the workers and what each is told.
    RESOURCE, "synology.resource.";
    in "DSM 7 guide, Port Config" {
        "port-config": Table, "since 6.0-5936";
            "Tells firewall and port forwarding which ports the package uses; held from postinst to postuninst.";
        "port-config.protocol-file" required: Text(0), "since 6.0-5936";
            "The `.sc` file, relative to the package's folder; it must be there (278).";
    }
    in "DSM 7 guide, /usr/local linker" {
        "usr-local-linker": Table, "since 6.0-5941";
            "Links files into /usr/local while the package is enabled.";
        "usr-local-linker.bin": List, "since 6.0-5941";
            "Files for /usr/local/bin; those that are not there are passed over.";
        "usr-local-linker.lib": List, "since 6.0-5941";
            "Files for /usr/local/lib.";
        "usr-local-linker.etc": List, "since 6.0-5941";
            "Files for /usr/local/etc.";
    }
    in "DSM 7 guide, Data Share" {
        "data-share": Table, "since 6.0-5914";
            "Makes shared folders at the start; they stay when the package goes.";
        "data-share.shares" required: List, "since 6.0-5914";
            "The shared folders; those of `shared-folders` come by themselves.";
        "data-share.shares[].name" required: Text(0), "since 6.0-5914";
            "The name; `{{wizard_key}}` stands for an answer of the wizard.";
        "data-share.shares[].permission": Table, "since 6.0-5914";
            "Who may do what.";
        "data-share.shares[].permission.ro": List, "since 6.0-5914";
            "Users who may read.";
        "data-share.shares[].permission.rw": List, "since 6.0-5914";
            "Users who may write.";
        "data-share.shares[].once": Bool, "since 6.0-5914" or "false";
            "Only at the first start.";
    }
    in "DSM 7 guide, Syslog Config" {
        "syslog-config": Table, "since 6.0-5911";
            "Hands filters to syslog-ng and logrotate while the package runs.";
        "syslog-config.patterndb-relpath": Text(0), "since 6.0-7145";
            "The configuration for syslog-ng.";
        "syslog-config.patterninc": List, "since 6.1-7610";
            "More configuration for syslog-ng.";
        "syslog-config.patterninc[].target-dir" required: Text(0), "since 6.1-7610";
            "The folder below patterndb.d/include, such as `not2msg`.";
        "syslog-config.patterninc[].conf-relpath" required: Text(0), "since 6.1-7610";
            "The file, relative to the package's folder.";
        "syslog-config.logrotate-relpath": Text(0), "since 6.0-5911";
            "The configuration for logrotate.";
    }
    in "DSM 7 guide, Systemd User Unit" {
        "systemd-user-unit": Table, "since 7.0-40761";
            "Copies `conf/systemd/pkguser-*` to the package user's units; it has no members.";
    }
    in "DSM 7 guide, Web Service" {
        "webservice": Table, "since 7.0-40000";
            "Registers web services at Web Station; held from preinst to preuninst.";
        "webservice.services" required: List, "WebStation 3.0.0-0214";
            "The services.";
        "webservice.services[].service" required: Text(0), "WebStation 3.0.0-0214";
            "The service's name.";
        "webservice.services[].display_name" required: Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].display-name");
            "The name that people see.";
        "webservice.services[].display_name_i18n": Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].display-name-i18n");
            "That name as a text in several languages.";
        "webservice.services[].support_alias": Bool, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].support-alias") or "true";
            "Whether it can be reached by an alias.";
        "webservice.services[].support_server": Bool, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].support-server") or "true";
            "Whether it can have a server of its own.";
        "webservice.services[].icon": Text(0), "WebStation 3.0.0-0214";
            "A PNG below the package's folder; `{0}` stands for the size.";
        "webservice.services[].type" required: Word(&["static", "nginx_php", "apache_php", "reverse_proxy"]),
            "WebStation 3.0.0-0214";
            "What serves it.";
        "webservice.services[].root": Text(0), "WebStation 3.0.0-0214";
            "The folder of its pages, relative to web_packages, unless it begins with `/`; not for `reverse_proxy`.";
        "webservice.services[].index": List, "WebStation 3.0.0-0214" or "index.htm, index.html, index.php";
            "The pages for a folder.";
        "webservice.services[].custom_rule": Table, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].custom-rule");
            "Mustache files with rules of one's own.";
        "webservice.services[].custom_rule.global_rule": Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].custom-rule.global-rule");
            "Rules for nginx, for every type.";
        "webservice.services[].custom_rule.fastcgi_rule": Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].custom-rule.fastcgi-rule");
            "Rules for nginx before php-fpm.";
        "webservice.services[].custom_rule.proxy_rule": Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].custom-rule.proxy-rule");
            "Rules for nginx before the proxy's target.";
        "webservice.services[].custom_rule.apache_rule": Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].custom-rule.apache-rule");
            "Rules for Apache.";
        "webservice.services[].connect_timeout": Number(0, i64::MAX), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].connect-timeout") or "60";
            "Seconds until a connection.";
        "webservice.services[].read_timeout": Number(0, i64::MAX), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].read-timeout") or "60";
            "Seconds until an answer.";
        "webservice.services[].send_timeout": Number(0, i64::MAX), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].send-timeout") or "60";
            "Seconds until a request is sent.";
        "webservice.services[].backend": Number(1, 2), "WebStation 3.0.0-0214";
            "Apache 2.2 or 2.4, for `apache_php`.";
        "webservice.services[].intercept_errors": Bool, "WebStation 3.0.0-0284",
            Key("synology.resource.webservice.services[].intercept-errors") or "true";
            "Whether Apache's error pages are replaced.";
        "webservice.services[].php": Table, "WebStation 3.0.0-0214";
            "The PHP profile, for `nginx_php` and `apache_php`.";
        "webservice.services[].php.profile_name" required: Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].php.profile-name");
            "The profile's name.";
        "webservice.services[].php.profile_desc" required: Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].php.profile-desc");
            "What it is for.";
        "webservice.services[].php.backend" required: Number(3, 12), "WebStation 3.0.0-0214";
            "PHP's version: 3 is 5.6, 4 to 8 are 7.0 to 7.4, 10 to 12 are 8.2 to 8.4.";
        "webservice.services[].php.open_basedir": Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].php.open-basedir");
            "Folders that PHP may open.";
        "webservice.services[].php.extensions": List, "WebStation 3.0.0-0214";
            "Extensions that are always on.";
        "webservice.services[].php.php_settings": Table, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].php.php-settings");
            "Settings of php.ini.";
        "webservice.services[].php.php_settings.*": Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].php.php-settings.*");
            "A setting.";
        "webservice.services[].php.user" required: Text(0), "WebStation 3.0.0-0256";
            "The user of php-fpm, as in `pkg_dir_prepare`.";
        "webservice.services[].php.group" required: Text(0), "WebStation 3.0.0-0256";
            "The group of php-fpm, as in `pkg_dir_prepare`.";
        "webservice.services[].proxy_target": Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].proxy-target");
            "Where requests go: http, https or unix; for `reverse_proxy`.";
        "webservice.services[].proxy_headers": List, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].proxy-headers");
            "Headers that are added.";
        "webservice.services[].proxy_headers[].name" required: Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].proxy-headers[].name");
            "A header's name.";
        "webservice.services[].proxy_headers[].value" required: Text(0), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].proxy-headers[].value");
            "Its value.";
        "webservice.services[].proxy_intercept_errors": Bool, "WebStation 3.0.0-0284",
            Key("synology.resource.webservice.services[].proxy-intercept-errors") or "false";
            "Whether nginx answers errors with its own pages.";
        "webservice.services[].proxy_http_version": Number(0, 1), "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.services[].proxy-http-version") or "1";
            "HTTP 1.0 or 1.1 towards the target.";
        "webservice.portals": List, "WebStation 3.0.0-0214";
            "How the services are reached at first.";
        "webservice.portals[].service" required: Text(0), "WebStation 3.0.0-0214";
            "The service.";
        "webservice.portals[].name" required: Text(0), "WebStation 3.0.0-0214";
            "The portal's name.";
        "webservice.portals[].display_name": Text(0), "WebStation 3.0.0-0302",
            Key("synology.resource.webservice.portals[].display-name") or "name";
            "The title of its shortcut.";
        "webservice.portals[].app": Text(0), "WebStation 3.0.0-0214";
            "The desktop entry that opens it.";
        "webservice.portals[].type" required: Word(&["alias", "server"]), "WebStation 3.0.0-0214";
            "A path of the web server, or a port of its own.";
        "webservice.portals[].alias": Text(0), "WebStation 3.0.0-0214";
            "The path, for `alias`.";
        "webservice.portals[].http_port": List, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.portals[].http-port");
            "The port for HTTP, at most one; for `server`.";
        "webservice.portals[].http_port[]": PORT, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.portals[].http-port[]");
            "A port.";
        "webservice.portals[].https_port": List, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.portals[].https-port");
            "The port for HTTPS, at most one; for `server`.";
        "webservice.portals[].https_port[]": PORT, "WebStation 3.0.0-0214",
            Key("synology.resource.webservice.portals[].https-port[]");
            "A port.";
        "webservice.migrate": Table, "WebStation 3.0.0-0214";
            "What an older package left.";
        "webservice.migrate.root": List, "WebStation 3.0.0-0214";
            "Folders that move from the share web to web_packages.";
        "webservice.migrate.root[].old" required: Text(0), "WebStation 3.0.0-0214";
            "The folder's name in web.";
        "webservice.migrate.root[].new" required: Text(0), "WebStation 3.0.0-0214";
            "Its name in web_packages.";
        "webservice.migrate.vhost": List, "WebStation 3.0.0-0222";
            "Virtual hosts that become portals.";
        "webservice.migrate.vhost[].root" required: Text(0), "WebStation 3.0.0-0222";
            "The old package's folder in web.";
        "webservice.migrate.vhost[].service" required: Text(0), "WebStation 3.0.0-0222";
            "The service.";
        "webservice.pkg_dir_prepare": List, "WebStation 3.0.0-0256",
            Key("synology.resource.webservice.pkg-dir-prepare");
            "Folders in web_packages, with owners.";
        "webservice.pkg_dir_prepare[].source": Text(0), "WebStation 3.0.0-0256",
            Key("synology.resource.webservice.pkg-dir-prepare[].source");
            "A folder of the package, by its full path, that is moved there.";
        "webservice.pkg_dir_prepare[].target" required: Text(0), "WebStation 3.0.0-0256",
            Key("synology.resource.webservice.pkg-dir-prepare[].target");
            "The folder's name in web_packages.";
        "webservice.pkg_dir_prepare[].mode" required: MODE, "WebStation 3.0.0-0256",
            Key("synology.resource.webservice.pkg-dir-prepare[].mode");
            "Its mode.";
        "webservice.pkg_dir_prepare[].group" required: Text(0), "WebStation 3.0.0-0256",
            Key("synology.resource.webservice.pkg-dir-prepare[].group");
            "Its group.";
        "webservice.pkg_dir_prepare[].user" required: Text(0), "WebStation 3.0.0-0256",
            Key("synology.resource.webservice.pkg-dir-prepare[].user");
            "Its owner.";
    }
    in "DSM 7 guide, Web Config" {
        "web-config": Table, "since 7.0-40120";
            "Configuration for DSM's nginx. INFO must restart `nginx.service`.";
        "web-config.nginx-static-config" required: Table, "since 7.0-40120";
            "The files.";
        "web-config.nginx-static-config.enable": List, "since 7.0-40120";
            "Applied while the package is enabled.";
        "web-config.nginx-static-config.enable[].type": Word(&["dsm", "www", "http", "server", "x-accel", "main"]),
            "since 7.0-40120";
            "Where nginx includes it; `main` since 7.0-40227.";
        "web-config.nginx-static-config.enable[].relpath": Text(0), "since 7.0-40120";
            "The file, relative to the package's folder.";
        "web-config.nginx-static-config.enable[].ports": List, "since 7.1-42446";
            "Ports that it listens on.";
        "web-config.nginx-static-config.enable[].ports[].port" required: PORT, "since 7.1-42446";
            "A port.";
        "web-config.nginx-static-config.enable[].ports[].protocol": Word(&["tcp", "udp", "both"]),
            "since 7.1-42446";
            "Its protocol.";
        "web-config.nginx-static-config.enable[].ports[].schema": Word(&["http", "https"]), "since 7.1-42446";
            "What is spoken there.";
        "web-config.nginx-static-config.enable[].alias": List, "since 7.1-42446";
            "Paths on ports 80 and 443 that it takes.";
        "web-config.nginx-static-config.disable": List, "since 7.0-40120";
            "Applied while it is disabled.";
        "web-config.nginx-static-config.disable[].type": Word(&["dsm", "www", "http", "server", "x-accel", "main"]),
            "since 7.0-40120";
            "Where nginx includes it; `main` since 7.0-40227.";
        "web-config.nginx-static-config.disable[].relpath": Text(0), "since 7.0-40120";
            "The file, relative to the package's folder.";
        "web-config.nginx-static-config.disable[].ports": List, "since 7.1-42446";
            "Ports that it listens on.";
        "web-config.nginx-static-config.disable[].ports[].port" required: PORT, "since 7.1-42446";
            "A port.";
        "web-config.nginx-static-config.disable[].ports[].protocol": Word(&["tcp", "udp", "both"]),
            "since 7.1-42446";
            "Its protocol.";
        "web-config.nginx-static-config.disable[].ports[].schema": Word(&["http", "https"]), "since 7.1-42446";
            "What is spoken there.";
        "web-config.nginx-static-config.disable[].alias": List, "since 7.1-42446";
            "Paths on ports 80 and 443 that it takes.";
    }
    in "DSM 7 guide, Docker" {
        "docker": Table, "since 7.0-40000";
            "Makes containers from postinst to preuninst, and runs them while the package runs.";
        "docker.services" required: List, "Docker 18.09.0-1018";
            "The containers.";
        "docker.services[].service" required: Text(0), "Docker 18.09.0-1018";
            "The service's name.";
        "docker.services[].image" required: Text(0), "Docker 18.09.0-1018";
            "The image.";
        "docker.services[].tag" required: Text(0), "Docker 18.09.0-1018";
            "Its tag.";
        "docker.services[].build": Text(0), "Docker 18.09.0-1018";
            "The folder of a Dockerfile, relative to the package's folder; the guide's example does without.";
        "docker.services[].container_name": Text(0), "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].container-name");
            "The container's name.";
        "docker.services[].shares": List, "Docker 18.09.0-1018";
            "Folders for data that stays, in the share docker.";
        "docker.services[].shares[].host_dir" required: Text(0), "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].shares[].host-dir");
            "The folder's name.";
        "docker.services[].shares[].mount_point" required: Text(0), "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].shares[].mount-point");
            "Where the container finds it.";
        "docker.services[].volumes": List, "Docker 18.09.0-1018";
            "Files and folders of the package.";
        "docker.services[].volumes[].host_dir" required: Text(0), "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].volumes[].host-dir");
            "Its place, relative to the package's folder.";
        "docker.services[].volumes[].mount_point" required: Text(0), "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].volumes[].mount-point");
            "Where the container finds it.";
        "docker.services[].ports": List, "Docker 18.09.0-1018";
            "Ports.";
        "docker.services[].ports[].host_port" required: HOST_PORT, "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].ports[].host-port");
            "The NAS's port, 1025 to 65535, or `{{wizard_key}}`.";
        "docker.services[].ports[].container_port" required: HOST_PORT, "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].ports[].container-port");
            "The container's port.";
        "docker.services[].ports[].protocol" required: Word(&["tcp", "udp"]), "Docker 18.09.0-1018";
            "Its protocol.";
        "docker.services[].environment": List, "Docker 18.09.0-1018";
            "Environment variables.";
        "docker.services[].environment[].env_var" required: Text(0), "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].environment[].env-var");
            "A name.";
        "docker.services[].environment[].env_value" required: Text(0), "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].environment[].env-value");
            "Its value.";
        "docker.services[].depends": List, "Docker 18.09.0-1018";
            "Services that come first.";
        "docker.services[].depends[].dep_service" required: Text(0), "Docker 18.09.0-1018",
            Key("synology.resource.docker.services[].depends[].dep-service");
            "A service's name.";
    }
    in "DSM 7 guide, Docker Project" {
        "docker-project": Table, "since 7.2.1-69057";
            "Makes and runs compose projects.";
        "docker-project.preload-image": Text(0), "ContainerManager 1432";
            "A tar of images, relative to the package's folder.";
        "docker-project.projects" required: List, "ContainerManager 1432";
            "The projects.";
        "docker-project.projects[].name" required: Text(0), "ContainerManager 1432";
            "The project's name.";
        "docker-project.projects[].path" required: Text(0), "ContainerManager 1432";
            "The folder of compose.yaml, relative to the package's folder.";
        "docker-project.projects[].build_params": Table, "ContainerManager 1432",
            Key("synology.resource.docker-project.projects[].build-params");
            "What happens at an upgrade.";
        "docker-project.projects[].build_params.force_pull": Bool, "ContainerManager 1432",
            Key("synology.resource.docker-project.projects[].build-params.force-pull") or "false";
            "Pull images anew.";
        "docker-project.projects[].build_params.force_recreate": Bool, "ContainerManager 1432",
            Key("synology.resource.docker-project.projects[].build-params.force-recreate") or "true";
            "Make containers anew.";
        "docker-project.projects[].build_params.build": Bool, "ContainerManager 1432",
            Key("synology.resource.docker-project.projects[].build-params.build") or "true";
            "Build images anew.";
    }
    in "DSM 7 guide, Maria DB 10" {
        "mariadb10-db": Table, "MariaDB10 10.0.30-0005";
            "Makes and removes databases of MariaDB 10.";
        "mariadb10-db.admin-account-m10": Text(0), "MariaDB10 10.0.30-0005";
            "An account of MariaDB 10 with every right.";
        "mariadb10-db.admin-pw-m10": Text(0), "MariaDB10 10.0.30-0005";
            "Its password, most often `{{wizard_key}}`.";
        "mariadb10-db.admin-account-m5": Text(0), "MariaDB10 10.0.30-0005";
            "An account of MariaDB 5 with every right.";
        "mariadb10-db.admin-pw-m5": Text(0), "MariaDB10 10.0.30-0005";
            "Its password.";
        "mariadb10-db.migrate-db": Table, "MariaDB10 10.0.30-0005";
            "Takes a database over from MariaDB 5.";
        "mariadb10-db.migrate-db.flag" required: FLAG, "MariaDB10 10.0.30-0005";
            "Whether to.";
        "mariadb10-db.migrate-db.m5-db-name": Text(0), "MariaDB10 10.0.30-0005";
            "The database there.";
        "mariadb10-db.migrate-db.m10-db-name": Text(0), "MariaDB10 10.0.30-0005";
            "The database here.";
        "mariadb10-db.migrate-db.db-collision": Word(&["replace", "error", ""]), "MariaDB10 10.0.30-0005";
            "What happens where one is there.";
        "mariadb10-db.create-db": Table, "MariaDB10 10.0.30-0005";
            "Makes a database.";
        "mariadb10-db.create-db.flag" required: FLAG, "MariaDB10 10.0.30-0005";
            "Whether to.";
        "mariadb10-db.create-db.db-name": Text(0), "MariaDB10 10.0.30-0005";
            "Its name.";
        "mariadb10-db.create-db.db-collision": Word(&["replace", "skip", "error", ""]), "MariaDB10 10.0.30-0005";
            "What happens where one is there.";
        "mariadb10-db.grant-user": Table, "MariaDB10 10.0.30-0005";
            "Makes a user with rights to a database.";
        "mariadb10-db.grant-user.flag" required: FLAG, "MariaDB10 10.0.30-0005";
            "Whether to.";
        "mariadb10-db.grant-user.db-name": Text(0), "MariaDB10 10.0.30-0005";
            "The database.";
        "mariadb10-db.grant-user.user-name": Text(0), "MariaDB10 10.0.30-0005";
            "The user.";
        "mariadb10-db.grant-user.host": Text(0), "MariaDB10 10.0.30-0005" or "localhost";
            "The host from which it may come.";
        "mariadb10-db.grant-user.user-pw": Text(0), "MariaDB10 10.0.30-0005";
            "Its password.";
        "mariadb10-db.drop-db-inst": Table, "MariaDB10 10.0.30-0005";
            "Removes a database at the installation.";
        "mariadb10-db.drop-db-inst.flag" required: FLAG, "MariaDB10 10.0.30-0005";
            "Whether to.";
        "mariadb10-db.drop-db-inst.ver": Word(&["m5", "m10", ""]), "MariaDB10 10.0.30-0005";
            "In which MariaDB.";
        "mariadb10-db.drop-db-inst.db-name": Text(0), "MariaDB10 10.0.30-0005";
            "The database.";
        "mariadb10-db.drop-db-uninst": FLAG, "MariaDB10 10.0.30-0005";
            "Removes the database with the package.";
        "mariadb10-db.drop-user-uninst": FLAG, "MariaDB10 10.0.30-0005";
            "Removes the user with the package.";
    }
    in "DSM 7 guide, Index DB" {
        "indexdb": Table, "since 6.0-5924";
            "Makes help and app findable while the package is enabled.";
        "indexdb.app-index": Table, "since 6.0-5924";
            "What is found of the app.";
        "indexdb.app-index.conf-relpath" required: Text(0), "since 6.0-5924";
            "The index's configuration, relative to the package's folder.";
        "indexdb.app-index.db-relpath" required: Text(0), "since 6.0-5924";
            "The folder of its database.";
        "indexdb.help-index": Table, "since 6.0-5924";
            "What is found of its help.";
        "indexdb.help-index.conf-relpath" required: Text(0), "since 6.0-5924";
            "The index's configuration, relative to the package's folder.";
        "indexdb.help-index.db-relpath" required: Text(0), "since 6.0-5924";
            "The folder of its database.";
    }
    in "DSM 7 guide, Apache 2.2 Config" {
        "apache22": Table, "WebStation 1.0-0049";
            "Hands sites to Apache 2.2 while the package is enabled.";
        "apache22.sites-enabled" required: List, "WebStation 1.0-0049";
            "The files, each ending in `.conf`.";
        "apache22.sites-enabled[].relpath" required: Text(0), "WebStation 1.0-0049";
            "A file, relative to the package's folder.";
    }
    in "DSM 7 guide, PHP INI" {
        "php": Table, "PHP5.6 5.6.17-0020";
            "Hands settings to PHP 5.6 while the package is enabled.";
        "php.php-ini": List, "PHP5.6 5.6.17-0020";
            "Files for php.ini, each ending in `.ini`.";
        "php.php-ini[].relpath" required: Text(0), "PHP5.6 5.6.17-0020";
            "A file, relative to the package's folder.";
        "php.fpm-conf": List, "PHP5.6 5.6.17-0020";
            "Files for php-fpm, each ending in `.conf`.";
        "php.fpm-conf[].relpath" required: Text(0), "PHP5.6 5.6.17-0020";
            "A file, relative to the package's folder.";
    }
    in "DSM 7 guide, System Notification" {
        "sysnotify": Table, "since 6.0.1-7393";
            "Takes the package's notification texts while it runs.";
        "sysnotify.texts_dir" required: Text(0), "since 6.0.1-7393", Key("synology.resource.sysnotify.texts-dir");
            "The folder of the texts, relative to the package's folder.";
        "sysnotify.app_privileges": List, "since 7.0-40343", Key("synology.resource.sysnotify.app-privileges");
            "Which apps' users get them.";
        "sysnotify.app_privileges[].app_id": Text(0), "since 7.0-40343",
            Key("synology.resource.sysnotify.app-privileges[].app-id");
            "A desktop entry.";
        "sysnotify.app_privileges[].categories": List, "since 7.0-40343",
            Key("synology.resource.sysnotify.app-privileges[].categories");
            "Categories of notifications.";
    }
    in "SynoCommunity's packages; in no guide" {
        "video-driver": Table, "";
            "Gives the package's user the video devices; it has no members.";
    }
}

fields! {
    /// `conf/PKG_DEPS`: INI with a section for each package.
    PKG_DEPS, "";
    in "2014 guide, conf; DSM 7 guide, PKG_DEPS" {
        "*": Table, "since 4.2-3160", Key("synology.pkg-deps.*");
            "A needed package, as a section.";
        "*.pkg_min_ver": VERSION, "since 4.2-3160", Key("synology.pkg-deps.*.pkg-min-ver");
            "From this version of it on.";
        "*.pkg_max_ver": VERSION, "since 4.2-3160", Key("synology.pkg-deps.*.pkg-max-ver");
            "Up to this version of it.";
        "*.dsm_min_ver": DSM, "4.2-3160 to 7.1", Key("synology.pkg-deps.*.os-min-ver");
            "Only from this DSM on.";
        "*.dsm_max_ver": DSM, "4.2-3160 to 7.1", Key("synology.pkg-deps.*.os-max-ver");
            "Only up to this DSM.";
        "*.os_min_ver": DSM, "since 7.2-60112", Key("synology.pkg-deps.*.os-min-ver");
            "Only from this DSM on.";
        "*.os_max_ver": DSM, "since 7.2-60112", Key("synology.pkg-deps.*.os-max-ver");
            "Only up to this DSM.";
    }
}

fields! {
    /// `conf/PKG_CONX`: the same for conflicts.
    PKG_CONX, "";
    in "2014 guide, conf; DSM 7 guide, PKG_CONX" {
        "*": Table, "since 4.2-3160", Key("synology.pkg-conx.*");
            "A unwanted package, as a section.";
        "*.pkg_min_ver": VERSION, "since 4.2-3160", Key("synology.pkg-conx.*.pkg-min-ver");
            "From this version of it on.";
        "*.pkg_max_ver": VERSION, "since 4.2-3160", Key("synology.pkg-conx.*.pkg-max-ver");
            "Up to this version of it.";
        "*.dsm_min_ver": DSM, "4.2-3160 to 7.1", Key("synology.pkg-conx.*.os-min-ver");
            "Only from this DSM on.";
        "*.dsm_max_ver": DSM, "4.2-3160 to 7.1", Key("synology.pkg-conx.*.os-max-ver");
            "Only up to this DSM.";
        "*.os_min_ver": DSM, "since 7.2-60112", Key("synology.pkg-conx.*.os-min-ver");
            "Only from this DSM on.";
        "*.os_max_ver": DSM, "since 7.2-60112", Key("synology.pkg-conx.*.os-max-ver");
            "Only up to this DSM.";
    }
}

fields! {
    /// The `.sc` file of port-config: INI with a section for each service.
    SC, "";
    in "2014 guide and DSM 7 guide, Port Configuration" {
        "*": Table, "since 4.0-2206", Key("synology.ports.*");
            "A service, as a section: letters, digits, `-`, `_` and `.`.";
        "*.title" required: Text(0), "since 4.0-2206", Key("synology.ports.*.title");
            "What the firewall shows under Protocol, in English.";
        "*.title_key": Text(0), "since 4.0-2206", Never("for Synology's own packages");
            "That text's key in DSM's own texts.";
        "*.desc" required: Text(0), "since 4.0-2206", Key("synology.ports.*.desc");
            "What the firewall shows under Applications, in English.";
        "*.desc_key": Text(0), "since 4.0-2206", Never("for Synology's own packages");
            "That text's key in DSM's own texts.";
        "*.port_forward": Word(&["yes", "no"]), "since 4.0-2206", Key("synology.ports.*.port-forward") or "no";
            "Whether it is offered for port forwarding.";
        "*.src.ports": PORTS, "since 4.0-2206", Key("synology.ports.*.src-ports");
            "Source ports.";
        "*.dst.ports" required: PORTS, "since 4.0-2206", Key("synology.ports.*.dst-ports");
            "The ports that it listens on.";
    }
}

fields! {
    /// `WIZARD_UIFILES/install_uifile`; those for `upgrade` and `uninstall` are alike.
    WIZARD, "synology.wizard.install";
    in "2014 guide and DSM 7 guide, WIZARD_UIFILES" {
        "[].step_title": Text(0), "since 3.2-1922", Key("synology.wizard.install[].step-title");
            "The step's title.";
        "[].items": List, "since 3.2-1922";
            "What the step shows.";
    }
    in "DSM 7 guide, WIZARD_UIFILES" {
        "[].invalid_next_disabled": Bool, "", Key("synology.wizard.install[].invalid-next-disabled");
            "No next step while an answer is wrong.";
        "[].invalid_next_disabled_v2": Bool, "", Key("synology.wizard.install[].invalid-next-disabled-v2");
            "The same, for every kind of component.";
        "[].activate": Text(0), "";
            "JavaScript that runs when the step is shown.";
        "[].deactivate": Text(0), "";
            "JavaScript that runs when the step is left.";
        "[].custom_render_fn": Text(0), "since 7.2-72806", Key("synology.wizard.install[].custom-render-fn");
            "A Vue bundle that draws the step.";
        "[].custom_render_name": Text(0), "since 7.2-72806", Key("synology.wizard.install[].custom-render-name");
            "The name that the bundle exports.";
    }
    in "2014 guide and DSM 7 guide, WIZARD_UIFILES" {
        "[].items[].type": Word(&["singleselect", "multiselect", "textfield", "password", "combobox"]),
            "since 3.2-1922";
            "One of several, any of several, text, hidden text, a list; without one, only `desc` is shown.";
        "[].items[].desc": Text(0), "since 3.2-1922";
            "A text above it.";
        "[].items[].subitems": List, "since 3.2-1922";
            "The components.";
        "[].items[].subitems[].key": Text(0), "since 3.2-1922";
            "The environment variable that has the answer: `true`, `false` or text.";
        "[].items[].subitems[].desc": Text(0), "since 3.2-1922";
            "Its label.";
        "[].items[].subitems[].defaultValue": SCALAR, "since 4.2-3160",
            Key("synology.wizard.install[].items[].subitems[].default-value");
            "What is chosen or written at first. The 2014 guide prints `defaultVaule`, which DSM does not read.";
        "[].items[].subitems[].emptyText": Text(0), "since 4.2-3160",
            Key("synology.wizard.install[].items[].subitems[].empty-text");
            "What an empty field shows.";
    }
    in "DSM 7 guide, WIZARD_UIFILES" {
        "[].items[].subitems[].hidden": Bool, "";
            "Whether it is not shown.";
    }
    in "SynoCommunity's packages; in no guide" {
        "[].items[].subitems[].disabled": Bool, "";
            "Whether it cannot be changed.";
    }
    in "DSM 7 guide, WIZARD_UIFILES" {
        "[].items[].subitems[].width": Number(0, 10_000), "";
            "Its width in pixels.";
    }
    in "SynoCommunity's packages; in no guide" {
        "[].items[].subitems[].height": Number(0, 10_000), "";
            "Its height in pixels.";
    }
    in "DSM 7 guide, WIZARD_UIFILES" {
        "[].items[].subitems[].editable": Bool, "";
            "Whether text can be typed into a list.";
    }
    in "SynoCommunity's packages; in no guide" {
        "[].items[].subitems[].forceSelection": Bool, "",
            Key("synology.wizard.install[].items[].subitems[].force-selection");
            "Whether only what is in the list is taken.";
    }
    in "DSM 7 guide, WIZARD_UIFILES" {
        "[].items[].subitems[].mode": Word(&["local", "remote"]), "";
            "Whether the list is in `store` or comes from DSM by `api_store`.";
        "[].items[].subitems[].store": List, "";
            "The list itself: values, pairs of value and text, or a store of ExtJS.";
        "[].items[].subitems[].displayField": Text(0), "",
            Key("synology.wizard.install[].items[].subitems[].display-field");
            "The field that is shown.";
        "[].items[].subitems[].valueField": Text(0), "",
            Key("synology.wizard.install[].items[].subitems[].value-field");
            "The field that is the answer.";
        "[].items[].subitems[].api_store": Table, "", Key("synology.wizard.install[].items[].subitems[].api-store");
            "Which of DSM's web APIs gives the list.";
        "[].items[].subitems[].api_store.api" required: Text(0), "",
            Key("synology.wizard.install[].items[].subitems[].api-store.api");
            "The API, such as `SYNO.Core.Share`.";
        "[].items[].subitems[].api_store.method" required: Text(0), "",
            Key("synology.wizard.install[].items[].subitems[].api-store.method");
            "Its method.";
        "[].items[].subitems[].api_store.version" required: Number(1, 100), "",
            Key("synology.wizard.install[].items[].subitems[].api-store.version");
            "Its version.";
        "[].items[].subitems[].api_store.baseParams": Table, "",
            Key("synology.wizard.install[].items[].subitems[].api-store.base-params");
            "Its parameters.";
        "[].items[].subitems[].api_store.root": Text(0), "",
            Key("synology.wizard.install[].items[].subitems[].api-store.root");
            "The member of the answer that is the list.";
        "[].items[].subitems[].api_store.idProperty": Text(0), "",
            Key("synology.wizard.install[].items[].subitems[].api-store.id-property");
            "The field that tells entries apart.";
        "[].items[].subitems[].api_store.fields": List, "",
            Key("synology.wizard.install[].items[].subitems[].api-store.fields");
            "The fields that are taken.";
    }
    in "2014 guide and DSM 7 guide, WIZARD_UIFILES" {
        "[].items[].subitems[].validator": Table, "since 4.2-3160";
            "What an answer must be.";
        "[].items[].subitems[].validator.allowBlank": Bool, "since 4.2-3160",
            Key("synology.wizard.install[].items[].subitems[].validator.allow-blank");
            "Whether it may be empty.";
        "[].items[].subitems[].validator.minLength": Number(0, i64::MAX), "since 4.2-3160",
            Key("synology.wizard.install[].items[].subitems[].validator.min-length");
            "Its least length.";
        "[].items[].subitems[].validator.maxLength": Number(0, i64::MAX), "since 4.2-3160",
            Key("synology.wizard.install[].items[].subitems[].validator.max-length");
            "Its greatest length.";
        "[].items[].subitems[].validator.vtype": Word(&["alpha", "alphanum", "email", "url"]), "since 4.2-3160";
            "A kind of text that DSM knows.";
        "[].items[].subitems[].validator.regex": Table, "since 4.2-3160";
            "A pattern.";
        "[].items[].subitems[].validator.regex.expr" required: Text(0), "since 4.2-3160";
            "The pattern as JavaScript writes it: `/…/i`.";
        "[].items[].subitems[].validator.regex.errorText": Text(0), "since 4.2-3160",
            Key("synology.wizard.install[].items[].subitems[].validator.regex.error-text");
            "What is said of other text.";
        "[].items[].subitems[].validator.fn": FUNCTION, "since 4.2-3160";
            "A JavaScript function in braces: `arguments[0]` is the answer; it returns `true` or what is wrong.";
    }
}

fields! {
    /// `ui/config`: entries in DSM's main menu.
    DESKTOP, "";
    in "2014 guide, Integrate Your Package into DSM; DSM 7 guide, Application Config" {
        ".url": Table, "since 3.0", Made("from the service and `synology.desktop`");
            "Entries that open a page.";
        ".url.*": Table, "since 3.0", Key("synology.desktop.*");
            "An entry, by a name that is unique on the device; `dsmappname` in INFO has the same.";
        ".url.*.type" required: Word(&["url", "legacy"]), "", Key("synology.desktop.*.type");
            "A new browser window, or one on DSM's desktop.";
        ".url.*.title" required: Text(0), "", Key("synology.desktop.*.title");
            "The name in the menu, or `section:key` of texts/LANG/strings.";
        ".url.*.desc": Text(0), "", Key("synology.desktop.*.desc");
            "What the mouse shows.";
        ".url.*.icon" required: Text(0), "", Key("synology.desktop.*.icon");
            "A PNG below the folder; `{0}` stands for 16, 24, 32, 48, 64, 72 and 256.";
    }
    in "SynoCommunity's packages and Mods; in no guide" {
        ".url.*.protocol": Word(&["http", "https"]), "", Key("synology.desktop.*.protocol");
            "The protocol, where `url` is only a path.";
        ".url.*.port": PORT_TEXT, "", Key("synology.desktop.*.port");
            "The port, where `url` is only a path.";
    }
    in "2014 guide, Integrate Your Package into DSM; DSM 7 guide, Application Config" {
        ".url.*.url" required: Text(0), "", Key("synology.desktop.*.url");
            "The address, or its path.";
    }
    in "SynoCommunity's packages and Mods; in no guide" {
        ".url.*.urlTarget": Text(0), "", Key("synology.desktop.*.url-target");
            "The browser's window, such as `_blank`.";
    }
    in "2014 guide, Integrate Your Package into DSM; DSM 7 guide, Application Config" {
        ".url.*.allUsers": Bool, "", Key("synology.desktop.*.all-users") or "false";
            "Whether it is there for everybody and not only for administrators.";
        ".url.*.preloadTexts": List, "since 7.0-40000", Key("synology.desktop.*.preload-texts");
            "Texts, as `section:key`, that are loaded before the app is opened, for notifications.";
    }
    in "SynoCommunity's packages and Mods; in no guide" {
        ".url.*.grantPrivilege": Text(0), "", Key("synology.desktop.*.grant-privilege");
            "Who may be given the app: `all`, `local`.";
        ".url.*.advanceGrantPrivilege": Bool, "", Key("synology.desktop.*.advance-grant-privilege");
            "Whether that can be set for single users.";
        ".url.*.configablePrivilege": Bool, "", Key("synology.desktop.*.configable-privilege");
            "Whether Control Panel shows the app's privileges.";
        ".url.*.allowMultiInstance": Bool, "", Key("synology.desktop.*.allow-multi-instance");
            "Whether it can be open twice.";
        ".url.*.appWindow": Text(0), "", Key("synology.desktop.*.app-window");
            "The window's class.";
        ".url.*.width": Number(0, 10_000), "", Key("synology.desktop.*.width");
            "The window's width in pixels.";
        ".url.*.height": Number(0, 10_000), "", Key("synology.desktop.*.height");
            "The window's height in pixels.";
    }
    in "2014 guide, Integrate Your Package into DSM; DSM 7 guide, Application Config" {
        "*": Table, "", Never("it needs Synology's build of ExtJS or Vue; put such a file among the assets");
            "Apps with JavaScript of their own, by the script's name.";
    }
}
