//! What ADM knows: its tables, and the grammars of its texts. The check of a description and that of a finished package share them.

use std::fmt;
use std::path::Path;

use globset::GlobBuilder;

use crate::archive::Tree;
use crate::layer::{Kind, Origin, Value};
use crate::manifest::Read;
use crate::model::Dependency;

/// A version of ADM: three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Adm(pub(super) u32, pub(super) u32, pub(super) u32);

impl Adm {
    /// Reads `4.0.0`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        let parts: Option<Vec<u32>> = text.split('.').map(digits).collect();
        match parts.as_deref() {
            Some(&[major, minor, patch]) => Some(Self(major, minor, patch)),
            _ => None,
        }
    }

    /// Whether it is newer than every ADM of a line such as 4.0.
    pub(super) const fn is_after(self, (major, minor): (u32, u32)) -> bool {
        self.0 > major || (self.0 == major && self.1 > minor)
    }
}

impl fmt::Display for Adm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A value of `general.model`.
pub(super) struct Series {
    pub(super) name: &'static str,
    /// The value of `general.architecture` that its models take; empty where that is not known.
    pub(super) architecture: &'static str,
    /// The last ADM of its models, where there will be no newer one.
    pub(super) last: Option<(u32, u32)>,
}

/// The series of guide 3.5.0, then those of guide 4.x, then those that only later packages name. What runs on them is from the
/// guides' platform tables, 1.2.
const SERIES: &[Series] = &[
    series("10xx", "arm", Some((4, 0))),
    series("31xx", "x86-64", None),
    series("32xx", "x86-64", None),
    series("40xx", "arm64", None),
    series("50xx", "x86-64", Some((4, 0))),
    series("51xx", "x86-64", Some((4, 0))),
    series("52xx", "x86-64", None),
    series("53xx", "x86-64", None),
    series("61xx", "x86-64", None),
    series("62xx", "x86-64", None),
    series("63xx", "x86-64", None),
    series("64xx", "x86-64", None),
    series("65xx", "x86-64", None),
    series("66xx", "x86-64", None),
    series("70xx", "x86-64", Some((4, 0))),
    series("71xx", "x86-64", None),
    series("11xx", "arm64", None),
    series("33xx", "arm64", None),
    series("54xx", "x86-64", None),
    series("67xx", "x86-64", None),
    series("68xx", "x86-64", None),
    series("72xx", "x86-64", None),
    series("12xx", "", None),
    series("1axx", "", None),
    series("3axx", "", None),
];

const fn series(name: &'static str, architecture: &'static str, last: Option<(u32, u32)>) -> Series {
    Series { name, architecture, last }
}

/// The series of that name.
pub(super) fn find_series(name: &str) -> Option<&'static Series> {
    SERIES.iter().find(|series| series.name == name)
}

/// Whether a text has the form of a series: `52xx`, `3axx`.
pub(super) fn is_series(text: &str) -> bool {
    let series = text.strip_suffix("xx").filter(|series| series.len() == 2);
    series.is_some_and(|series| {
        series.starts_with(|c: char| c.is_ascii_digit())
            && series.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    })
}

/// The last ADM of an architecture's models, and what people call those, where there will be no newer one.
pub(super) fn last_adm(architecture: &str) -> Option<((u32, u32), &'static str)> {
    match architecture {
        "arm" => Some(((4, 0), "the AS10 series")),
        "i386" => Some(((3, 5), "the AS-2 and AS-3 series")),
        _ => None,
    }
}

/// The languages of `general.default-lang`: guide 2.3.
pub(super) const LANGUAGES: &[&str] = &[
    "cs", "da", "de", "en-US", "es", "fi", "fr-FR", "hu", "it-IT", "ja-JP", "ko-KR", "nl-NL", "no", "pl", "pt",
    "ru-RU", "sv", "tr", "zh-TW", "zh-CN",
];

/// Folders that `/usr/local` has and links can be made in: guide 2.5.
pub(super) const LINK_FOLDERS: [&str; 6] = ["/bin", "/etc", "/lib", "/lib64", "/sbin", "/var"];

/// What `register.prerequisites` can start: guide 2.5.
pub(super) const SERVICES: &[&str] = &["samba", "afp", "nfs", "ftp", "webdav", "httpd", "mysql"];

/// Since when a database is an app of its own and no service any more: guide 3.5.0, 2.5.
pub(super) const MARIADB_SINCE: Adm = Adm(3, 5, 0);

/// Ports of ADM's own services. The guide names SSH, web server and FTP "etc."; the others are the usual ports of the services in
/// [`SERVICES`].
const SERVICE_PORTS: [(u16, &str); 13] = [
    (21, "FTP"),
    (22, "SSH"),
    (23, "Telnet"),
    (80, "the web server"),
    (111, "NFS"),
    (139, "Samba"),
    (443, "the web server"),
    (445, "Samba"),
    (548, "AFP"),
    (873, "rsync"),
    (2049, "NFS"),
    (8000, "ADM's desktop"),
    (8001, "ADM's desktop"),
];

/// Whose a port is, if it is ADM's own.
pub(super) fn owner_of(port: u16) -> Option<&'static str> {
    SERVICE_PORTS.iter().find(|(taken, _)| *taken == port).map(|(_, whose)| *whose)
}

/// A port as `register.port` has it: `7666`, or `T7666` for TCP alone.
pub(super) fn parse_port(text: &str) -> Option<u16> {
    let digits = text.strip_prefix('T').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|&port| plain && port > 0)
}

/// Whether it is such a port.
pub(super) fn is_port(text: &str) -> bool {
    parse_port(text).is_some()
}

/// Whether it can be an identity: guide 2.3, and the first character is a letter or digit, for the vendor's tool takes `..`.
pub(super) fn is_package(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
}

/// Whether it can be the name that people see. The vendor's tool names a folder by it.
pub(super) fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains('/')
}

/// Whether a version can stand in a file's name.
pub(super) fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c == '/' || c.is_whitespace() || c.is_control())
}

/// Whether a version has the form that those of App Central have.
pub(super) fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-+~".contains(c))
}

/// Whether it is three numbers.
pub(super) fn is_firmware(text: &str) -> bool {
    Adm::parse(text).is_some()
}

/// The operators in `general.depends`: guide 2.3.
pub(super) const OPERATORS: [&str; 3] = [">=", "<=", "="];

/// Whether it is an app, optionally with bounds that ADM can compare: `python3 (>= 3.7, <= 4)`.
pub(super) fn is_dependency(text: &str) -> bool {
    let value = Value { kind: Kind::Str(text.to_owned()), origin: Origin::Default };
    Dependency::read(&value).is_ok_and(|dependency| {
        is_package(&dependency.package)
            && dependency.bounds.iter().all(|(operator, _)| OPERATORS.contains(&operator.as_str()))
    })
}

/// Whether it looks like an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}

/// Whether it can be the name of a shared folder. The guide says nothing of that: these are what Windows does not take in a share's
/// name, and what Samba has for itself.
pub(super) fn is_share(text: &str) -> bool {
    let own = ["global", "homes", "printers", "print$", "ipc$"].contains(&text.to_lowercase().as_str());
    let banned = |c: char| "/\\[]:;|<>+=,?*\"".contains(c) || c.is_control();
    !text.trim().is_empty() && !text.starts_with('.') && !text.contains(banned) && !own
}

/// Whether it can be a name or glob in `register.symbolic-link`.
pub(super) fn is_link_name(text: &str) -> bool {
    !text.is_empty() && !text.contains('/')
}

/// Whether it is a path on a web server.
pub(super) fn is_page(text: &str) -> bool {
    text.starts_with('/') && !text.contains(char::is_whitespace)
}

/// Whether a file's name has one of these extensions, in small letters as ADM and web servers want them.
pub(super) fn has_extension(path: &str, extensions: &[&str]) -> bool {
    let extension = Path::new(path).extension();
    extension.is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted))
}

/// Whether a folder such as `/bin` has a file in the package that a name or glob means.
pub(super) fn has_linked(tree: &Tree, folder: &str, name: &str) -> bool {
    let folder = folder.trim_start_matches('/');
    if !name.contains(['*', '?', '[']) {
        return tree.get(&format!("{folder}/{name}")).is_some();
    }
    // What is no glob to us may be one to ADM.
    let Ok(glob) = GlobBuilder::new(name).literal_separator(true).build() else { return true };
    let glob = glob.compile_matcher();
    tree.iter().any(|(path, _)| {
        path.as_str()
            .strip_prefix(folder)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|name| glob.is_match(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Entry;

    #[test]
    fn grammars() {
        let all = |is: fn(&str) -> bool, good: &[&str], bad: &[&str]| {
            good.iter().for_each(|text| assert!(is(text), "`{text}` is refused"));
            bad.iter().for_each(|text| assert!(!is(text), "`{text}` is taken"));
        };
        all(is_package, &["beacon", "x-mas+2.0", "9p"], &["", "..", "-a", "a_b", "a b", "a/b", "ä"]);
        // All from packages of App Central.
        all(
            is_version,
            &["1.0.0", "1.0.0.r2016", "2026.6.0-r64", "0.63.2-o2", "2022-11-04"],
            &["", "v1", "1_2", "1/2"],
        );
        all(is_firmware, &["4.0.0", "3.1.7"], &["", "4", "4.0", "4.0.0.1", "4.0.x", "+4.0.0", "4..0"]);
        let depends = ["A", "B (>= 1.0)", "C (<= 2.0)", "D (= 1.5)", "E (>= 1.0, <= 2.0)", "python(>=2.7.3.r13)"];
        all(is_dependency, &depends, &["", "a b", "a (> 1)", "a (>= 1", "a (1.0)", "a_b"]);
        all(is_series, &["52xx", "3axx"], &["", "xx", "AS52", "5xx", "520xx", "axxx", "52XX"]);
        all(is_port, &["1", "65535", "T7666"], &["", "0", "65536", "+80", "T", "9000, 5000", "U53"]);
        all(is_share, &["Video", "My data", "Fotos & Filme"], &["", " ", ".x", "a/b", "a:b", "Homes", "IPC$"]);
        all(is_email, &["a@b.c"], &["", "a", "@b", "a@", "a@b@c", "a b@c"]);
        assert!(Adm(4, 1, 0).is_after((4, 0)) && Adm(5, 0, 0).is_after((4, 0)) && !Adm(4, 0, 9).is_after((4, 0)));
    }

    #[test]
    fn links_need_files() {
        let mut tree = Tree::new();
        tree.insert("bin/beacon", Entry::file("x", 0o755)).unwrap();
        tree.insert("lib/sub/x.so", Entry::file("x", 0o644)).unwrap();
        let has = |folder, name| has_linked(&tree, folder, name);
        assert!(has("/bin", "beacon") && has("/bin", "b*") && has("/bin", "*") && has("/lib", "*"));
        assert!(!has("/bin", "bacon") && !has("/bin", "c*") && !has("/lib", "*.so") && !has("/sbin", "*"));
    }
}
