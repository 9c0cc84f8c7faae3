//! What packages of different vendors both say of themselves: one table of where each vendor's metadata has it.

use super::Change;
use super::text::read_text;
use crate::archive::EntryKind;
use crate::diagnostic::Result;
use crate::model::VendorId;
use crate::vendor::Opened;

/// Where a vendor's package says something.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Nowhere.
    Never,
    /// Under one of these keys. Where none is there, it says that there is none.
    Key(&'static [&'static str]),
    /// The same, but where none is there, nothing is said.
    IfSaid(&'static [&'static str]),
    /// In a file of its own.
    File(&'static str),
}

use Place::{File, IfSaid, Key, Never};

/// Something that vendors say in words of their own.
struct Word {
    name: &'static str,
    asustor: Place,
    synology: Place,
    /// `apkg.xml`'s word and, for packages without that file, `apkg.rc`'s.
    wd: Place,
    form: Form,
}

/// How values of different vendors are to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As texts, wherever their lines end.
    Text,
    /// As lists of packages. The grammars for versions differ, and so only names are compared.
    Packages,
    /// Not: each vendor counts its firmware in its own way.
    Firmware,
}

// The keys are those of App Central's guide (`config.json`), Synology's developer guide (`INFO`) and WD's packers (`apkg.xml`).
const WORDS: [Word; 11] = [
    word("name", Key(&["general.name"]), Key(&["displayname"]), Key(&["show", "AddonShowName"]), Form::Text),
    word(
        "description",
        File("CONTROL/description.txt"),
        Key(&["description"]),
        Key(&["description", "Description"]),
        Form::Text,
    ),
    word("maintainer", Key(&["general.maintainer"]), Key(&["maintainer"]), Key(&["packager", "Packager"]), Form::Text),
    word("email", Key(&["general.email"]), Never, Key(&["email", "Email"]), Form::Text),
    word("homepage", Key(&["general.website"]), Key(&["maintainer_url"]), Key(&["homepage", "Homepage"]), Form::Text),
    word("protocol", Key(&["adm-desktop.app.protocol"]), Key(&["adminprotocol"]), Never, Form::Text),
    // WD's dashboard has a page of its own web server in front, which most often knows the service's port by itself.
    word(
        "port",
        Key(&["adm-desktop.app.port", "register.port"]),
        Key(&["adminport"]),
        IfSaid(&["url_port", "AddonUsedPort"]),
        Form::Text,
    ),
    word("page", Key(&["adm-desktop.app.url"]), Key(&["adminurl"]), Never, Form::Text),
    word(
        "dependencies",
        Key(&["general.depends"]),
        Key(&["install_dep_packages"]),
        Key(&["inst_depend", "InstDepend"]),
        Form::Packages,
    ),
    // ASUSTOR has a key for it, reserved and always empty.
    word(
        "conflicts",
        IfSaid(&["general.conflicts"]),
        Key(&["install_conflict_packages"]),
        Key(&["inst_conflict", "InstConflict"]),
        Form::Packages,
    ),
    word(
        "oldest firmware",
        Key(&["general.firmware"]),
        Key(&["os_min_ver", "firmware"]),
        Key(&["MinFWVer"]),
        Form::Firmware,
    ),
];

const fn word(name: &'static str, asustor: Place, synology: Place, wd: Place, form: Form) -> Word {
    Word { name, asustor, synology, wd, form }
}

/// Compares what packages of two vendors can both say.
pub(super) fn compare(a: &Opened, b: &Opened) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for word in &WORDS {
        let (Some(before), Some(after)) = (word.said(a)?, word.said(b)?) else { continue };
        if before != after {
            let some = |text: String| (!text.is_empty()).then_some(text);
            let change = Change::new(word.name, some(before), some(after));
            changes.push(Change { by_nature: word.form == Form::Firmware, ..change });
        }
    }
    Ok(changes)
}

impl Word {
    /// What a package says; nothing if it cannot.
    fn said(&self, opened: &Opened) -> Result<Option<String>> {
        let place = match opened.vendor {
            VendorId::Asustor => self.asustor,
            VendorId::Synology => self.synology,
            VendorId::WdOs5 | VendorId::WdOs3 => self.wd,
        };
        // The last of a key that is there twice is the one that devices take.
        let find = |key: &&str| opened.metadata.iter().rfind(|(name, value)| name == key && !value.is_empty());
        let value = |keys: &[&str]| keys.iter().find_map(find).map(|(_, value)| value.clone());
        let said = match place {
            Never => return Ok(None),
            Key(keys) => value(keys).unwrap_or_default(),
            IfSaid(keys) => match value(keys) {
                Some(value) => value,
                None => return Ok(None),
            },
            File(path) => match opened.tree.get(path).map(|entry| &entry.kind) {
                Some(EntryKind::File(content)) => read_text(content, path)?.unwrap_or_default(),
                _ => String::new(),
            },
        };
        Ok(Some(self.form.plain(&said)))
    }
}

impl Form {
    fn plain(self, text: &str) -> String {
        match self {
            Self::Text | Self::Firmware => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Packages => packages(text),
        }
    }
}

/// The names in a list of packages: `a (>= 1, < 2), b` of ASUSTOR, `a>=1:b` of Synology, `a,b` of WD.
fn packages(text: &str) -> String {
    let mut depth = 0_usize;
    let parts = text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, ',' | ':' | ';')
    });
    let name = |part: &str| part.split(['<', '>', '=', '(']).next().unwrap_or_default().trim().to_owned();
    let mut names: Vec<_> = parts.map(name).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_packages_are_read_in_every_grammar() {
        assert_eq!(packages("python3 (>= 3.7.0, < 4), git"), "git, python3");
        assert_eq!(packages("python3>=3.7.0:git"), "git, python3");
        assert_eq!(packages("python3,git"), "git, python3");
        assert_eq!(packages(""), "");
    }
}
