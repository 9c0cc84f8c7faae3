//! A package's files, whatever they are: modes, names, links, and what should not be there at all.

use std::collections::{BTreeMap, BTreeSet};

use super::{content, icon, rules};
use crate::archive::read::leads_out;
use crate::archive::{Content, Entry, EntryKind, Tree, TreePath};
use crate::diagnostic::{Diagnostic, Findings};

/// How much of a file is searched for a secret, in bytes.
const SEARCHED: u64 = 64 << 10;

/// Names that Windows keeps for itself.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// Files that are secrets by their name alone.
const SECRETS: &[&str] = &[
    ".env",
    ".netrc",
    ".pgpass",
    ".git-credentials",
    ".htpasswd",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".aws/credentials",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".vault-token",
];

/// Files that are secrets if they have this text.
const SECRET_TEXTS: &[(&str, &str)] = &[
    (".npmrc", "_authToken"),
    (".pypirc", "password"),
    (".docker/config.json", "\"auth\""),
    (".pem", "PRIVATE KEY-----"),
    (".key", "PRIVATE KEY-----"),
    (".p8", "PRIVATE KEY-----"),
];

/// Names of what editors, systems and version control leave behind.
const JUNK: &[&str] = &[
    ".DS_Store",
    ".AppleDouble",
    ".Spotlight-V100",
    ".Trashes",
    "__MACOSX",
    ".git",
    ".gitignore",
    ".gitattributes",
    ".gitkeep",
    ".gitmodules",
    ".svn",
    ".hg",
    "CVS",
    "Thumbs.db",
    "desktop.ini",
    "__pycache__",
    "@eaDir",
    ".idea",
    ".vscode",
];

/// Holds the files of a tree against the rules that are the same everywhere. `place` says where a file is, in a package or in what
/// it is made from.
pub(crate) fn check(tree: &Tree, findings: &Findings, place: impl Fn(&TreePath, Diagnostic) -> Diagnostic) {
    let mut names: BTreeMap<String, &TreePath> = BTreeMap::new();
    let mut junk: BTreeSet<&str> = BTreeSet::new();
    for (path, entry) in tree.iter() {
        let push = |found: Diagnostic| findings.push(place(path, found));
        for found in mode(path, entry) {
            push(found);
        }
        if let Some(top) = junk_in(path) {
            // A folder speaks for what is in it.
            if junk.insert(top) {
                push(rules::NAS043.found(format!("`{top}` does not belong into a package")));
            }
        }
        match &entry.kind {
            EntryKind::File(file) => {
                if let Some(found) = secret(path, file).or_else(|| picture(path, file)) {
                    push(found);
                }
            }
            EntryKind::Symlink(target) => {
                if let Some(found) = link(tree, path, target) {
                    push(found);
                }
            }
            EntryKind::Dir => {}
        }
        if let Some(reason) = garbled(path) {
            push(rules::NAS046.found(format!("`{path}` {reason}")));
        }
        if let Some(other) = names.insert(path.as_str().to_lowercase(), path) {
            push(rules::NAS047.found(format!("`{other}` and `{path}` differ only in upper and lower case")));
        }
    }
}

fn mode(path: &TreePath, entry: &Entry) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if matches!(entry.kind, EntryKind::Symlink(_)) {
        return found;
    }
    // The sticky bit makes a folder such as /tmp, in which all may write and none may remove what is another's.
    if entry.mode & 0o002 != 0 && entry.mode & 0o1000 == 0 {
        let better = if entry.mode & 0o111 == 0 { "0644" } else { "0755" };
        let message = format!("everybody may write `{path}`: its mode is {:04o}", entry.mode);
        found.push(rules::NAS040.found(message).help(format!("give it mode {better}")));
    }
    // On a folder, setgid only says which group new files get.
    let runs_as = entry.kind != EntryKind::Dir && entry.mode & 0o6000 != 0;
    if runs_as || (entry.kind == EntryKind::Dir && entry.mode & 0o4000 != 0) {
        let message = format!("`{path}` runs as its owner or group: its mode is {:04o}", entry.mode);
        found.push(rules::NAS041.found(message).help(format!("give it mode {:04o}", entry.mode & 0o755)));
    }
    found
}

/// The path up to the part that nobody wants.
fn junk_in(path: &TreePath) -> Option<&str> {
    let mut end = 0;
    for part in path.as_str().split('/') {
        end += part.len();
        if is_junk(part) {
            return path.as_str().get(..end);
        }
        end += 1;
    }
    None
}

/// Whether editors, systems or version control leave files or folders of this name behind.
pub(crate) fn is_junk(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let swap = name.starts_with('.') && matches!(extension, "swp" | "swo");
    JUNK.contains(&name) || name.starts_with("._") || name.ends_with('~') || swap
}

fn secret(path: &TreePath, file: &Content) -> Option<Diagnostic> {
    let path_text = path.as_str();
    let ends = |name: &str| {
        path_text.strip_suffix(name).is_some_and(|above| above.is_empty() || above.ends_with('/')) && !file.is_empty()
    };
    let found = |what: &str| {
        rules::NAS042
            .found(format!("`{path}` looks like a secret: {what}"))
            .help("leave it out, or make it on the device at the first start")
    };
    if SECRETS.iter().any(|name| ends(name)) {
        return Some(found("files of this name hold keys or passwords"));
    }
    let (_, text) = SECRET_TEXTS.iter().find(|(name, _)| {
        let is_extension = !name.contains('/') && name.len() <= 4 && path_text.to_ascii_lowercase().ends_with(name);
        is_extension || ends(name)
    })?;
    let bytes = content(file, SEARCHED);
    let has = bytes.windows(text.len()).any(|window| window == text.as_bytes());
    has.then(|| found(&format!("it has the words `{}`", text.trim_matches(['"', '-']))))
}

fn picture(path: &TreePath, file: &Content) -> Option<Diagnostic> {
    if !path.as_str().to_ascii_lowercase().ends_with(".png") {
        return None;
    }
    let reason = icon::png_facts(file).err()?;
    Some(
        rules::NAS049.found(format!("`{path}` is no PNG picture: {reason}")).help("convert it; renaming is not enough"),
    )
}

fn link(tree: &Tree, path: &TreePath, target: &str) -> Option<Diagnostic> {
    let shown = target.escape_debug();
    if leads_out(path, target) {
        return Some(rules::NAS044.found(format!("the link `{path}` leads to `{shown}`, out of the package")));
    }
    let mut place: Vec<&str> = path.as_str().split('/').collect();
    place.pop();
    for part in target.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            place.pop();
        } else {
            place.push(part);
        }
        // Where a link on the way leads is not followed.
        if matches!(tree.get(&place.join("/")), Some(Entry { kind: EntryKind::Symlink(_), .. })) {
            return None;
        }
    }
    let there = place.is_empty() || tree.get(&place.join("/")).is_some();
    (!there).then(|| rules::NAS045.found(format!("the link `{path}` leads to `{shown}`, and there is no such file")))
}

/// Why Windows cannot write a name.
fn garbled(path: &TreePath) -> Option<&'static str> {
    let name = path.as_str().rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |word: &str| stem.strip_prefix(word).is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']));
    if name.contains([':', '*', '?', '"', '<', '>', '|']) {
        Some("has one of `: * ? \" < > |` in its name")
    } else if name.ends_with([' ', '.']) {
        Some("ends in a blank or a dot")
    } else if DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt") {
        Some("is called as a device of Windows is")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Levels, Severity};

    fn told(entries: &[(&str, Entry)]) -> Vec<String> {
        let mut tree = Tree::new();
        entries.iter().for_each(|(path, entry)| tree.insert(path, entry.clone()).unwrap());
        let findings = Findings::new();
        check(&tree, &findings, |path, found| found.inside("p", path.as_str(), None));
        findings.into_all().iter().map(|found| format!("{} {}", found.code().unwrap(), found.message)).collect()
    }

    fn file(text: &str, mode: u32) -> Entry {
        Entry::file(text, mode)
    }

    #[test]
    fn what_does_not_belong_into_a_package() {
        const KEY: &str = "-----BEGIN EC PRIVATE KEY-----\nMHc=\n";
        insta::assert_snapshot!(told(&[
            ("Readme", file("a", 0o644)),
            ("README", file("b", 0o644)),
            (".git/config", file("", 0o644)),
            (".git/HEAD", file("", 0o644)),
            ("._icon", file("", 0o644)),
            (".env", file("TOKEN=x", 0o600)),
            ("etc/server.pem", file(KEY, 0o600)),
            ("home/.aws/credentials", file("[default]", 0o600)),
            (".npmrc", file("//registry/:_authToken=x", 0o600)),
            ("bin/su", file("x", 0o4755)),
            ("data", Entry { mode: 0o777, ..Entry::DIR }),
            ("icon.PNG", file("\u{fffd}JFIF", 0o644)),
            ("lib/a", Entry::symlink("../../b")),
            ("lib/b", Entry::symlink("/etc/passwd")),
            ("lib/c", Entry::symlink("d")),
        ]).join("\n"), @r"
        NAS043 `._icon` does not belong into a package
        NAS042 `.env` looks like a secret: files of this name hold keys or passwords
        NAS043 `.git` does not belong into a package
        NAS042 `.npmrc` looks like a secret: it has the words `_authToken`
        NAS047 `README` and `Readme` differ only in upper and lower case
        NAS041 `bin/su` runs as its owner or group: its mode is 4755
        NAS040 everybody may write `data`: its mode is 0777
        NAS042 `etc/server.pem` looks like a secret: it has the words `PRIVATE KEY`
        NAS042 `home/.aws/credentials` looks like a secret: files of this name hold keys or passwords
        NAS049 `icon.PNG` is no PNG picture: it does not begin as one
        NAS044 the link `lib/a` leads to `../../b`, out of the package
        NAS044 the link `lib/b` leads to `/etc/passwd`, out of the package
        NAS045 the link `lib/c` leads to `d`, and there is no such file
        ");
    }

    #[test]
    fn what_belongs_there() {
        let entries = [
            ("bin/beacon", file("x", 0o755)),
            ("bin/bc", Entry::symlink("beacon")),
            ("lib/again", Entry::symlink("../bin/bc/any")),
            ("etc/ca.pem", file("-----BEGIN CERTIFICATE-----\n", 0o644)),
            ("etc/.npmrc", file("audit=false", 0o644)),
            ("etc/.env", file("", 0o644)),
            ("share/tmp", Entry { mode: 0o1777, ..Entry::DIR }),
            ("share/shared", Entry { mode: 0o2775, ..Entry::DIR }),
            ("share/man/Foo::Bar.3pm", file("x", 0o644)),
            ("share/my_icon.png", file("\u{0}", 0o644)),
        ];
        let told = told(&entries);
        assert_eq!(told, ["NAS049 `share/my_icon.png` is no PNG picture: it does not begin as one"]);
    }

    #[test]
    fn names_for_windows_are_looked_at_when_asked_for() {
        let path = |name: &str| TreePath::new(name).unwrap();
        for bad in ["a/Foo::Bar", "a/what?", "a/dot.", "a/NUL.txt", "com1"] {
            assert!(garbled(&path(bad)).is_some(), "{bad}");
        }
        for good in ["a.b/c", "con-fig", "com10", "null"] {
            assert_eq!(garbled(&path(good)), None, "{good}");
        }
        let mut tree = Tree::new();
        tree.insert("share/nul.txt", file("x", 0o644)).unwrap();
        let codes = |levels: Levels| {
            let findings = Findings::with(levels);
            check(&tree, &findings, |_, found| found);
            findings.into_all().iter().filter_map(Diagnostic::code).collect::<Vec<_>>()
        };
        let mut asked = Levels::default();
        asked.set(&rules::NAS046, Severity::Warn);
        assert_eq!((codes(Levels::default()), codes(asked)), (Vec::new(), vec!["NAS046"]));
    }
}
