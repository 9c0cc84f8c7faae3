//! The files of two packages: which are the app's and which the vendor's, and what is different.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::text::unreadable;
use super::{Change, Text, changes, is_metadata, is_random};
use crate::archive::{Content, EntryKind};
use crate::diagnostic::Result;
use crate::digest::hex;
use crate::elf;
use crate::model::VendorId;
use crate::vendor::Opened;

/// A file, folder or link that is not the same in both packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileChange {
    /// Where it is: for the app's files in the app's folder, for the vendor's in the package. Of what was renamed, the old place.
    pub path: String,
    /// Of what was renamed: the new place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_path: Option<String>,
    /// What became of it.
    pub status: Status,
    /// What it was in the first package.
    pub before: Option<FileFacts>,
    /// What it is in the second.
    pub after: Option<FileFacts>,
    /// What is different between the two.
    pub differs: Vec<Aspect>,
    /// Where one of the two is a program: what is different in its ELF headers.
    pub program: Vec<Change>,
    /// What is different in its lines, where [`Comparison::add_texts`](super::Comparison::add_texts) was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Whether this follows from what [`metadata`](super::Comparison::metadata) lists, or is so between any two packages.
    pub by_nature: bool,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Only the second package has it.
    Added,
    /// Only the first package has it.
    Removed,
    /// Both have it at the same place.
    Changed,
    /// Only the first has it at the old place and only the second at the new one, and neither has the same content anywhere else.
    Renamed,
}

/// Something that can be different in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// File, folder, link, device.
    Kind,
    /// The bytes of a file.
    Content,
    /// Its permissions.
    Mode,
    /// User or group.
    Owner,
    /// Where a symbolic link leads.
    Target,
    /// Which file it is a hard link to.
    HardLink,
}

/// A file, folder or link of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileFacts {
    /// Where it is in the package.
    pub path: String,
    /// `file`, `folder`, `link`, or what it is that no package should have.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its permission bits.
    #[serde(serialize_with = "octal")]
    pub mode: u32,
    /// The ids of its user and group.
    pub owner: (u64, u64),
    /// A file's length in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The SHA-256 of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What a symbolic link says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Which file it is a hard link to, by a path like [`FileChange::path`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hard_link_to: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn octal<S: Serializer>(mode: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{mode:04o}"))
}

/// The files of one side by the path that they are compared by.
type Files = BTreeMap<String, FileFacts>;

/// Compares the app's files, and of one vendor the vendor's. Where the metadata differ, so do the files that hold them.
pub(super) fn compare(
    a: &Opened,
    b: &Opened,
    is_one_vendor: bool,
    metadata_differ: bool,
) -> Result<(Vec<FileChange>, Option<Vec<FileChange>>)> {
    let (app_a, vendor_a) = split(a)?;
    let (app_b, vendor_b) = split(b)?;
    let app = compare_files(app_a, app_b, (a, b));
    let vendor = is_one_vendor.then(|| {
        let mut changes = compare_files(vendor_a, vendor_b, (a, b));
        for change in &mut changes {
            let follows = is_random(a.vendor, &change.path) || metadata_differ && is_metadata(a.vendor, &change.path);
            change.by_nature = follows && change.differs == [Aspect::Content];
        }
        changes
    });
    Ok((app, vendor))
}

/// The app's files by their path in its folder, and the vendor's by their path in the package.
fn split(opened: &Opened) -> Result<(Files, Files)> {
    let places = Places::of(opened);
    let links = &opened.links;
    let (mut app, mut vendor) = (Files::new(), Files::new());
    let mut folders = Vec::new();
    for (path, entry) in opened.tree.iter() {
        let place = places.app_path(path.as_str());
        let mut facts = FileFacts {
            path: path.to_string(),
            kind: "folder",
            mode: entry.mode,
            owner: links.owners.get(path).copied().unwrap_or_default(),
            size: None,
            sha256: None,
            target: None,
            hard_link_to: links.hard.get(path).map(|to| places.app_path(to.as_str()).unwrap_or(to.as_str()).to_owned()),
        };
        match &entry.kind {
            EntryKind::Dir => {}
            EntryKind::File(content) => {
                facts.kind = "file";
                facts.size = Some(content.len());
                facts.sha256 = Some(digest(content, path.as_str())?);
            }
            EntryKind::Symlink(target) => {
                facts.kind = "link";
                facts.target = Some(target.clone());
            }
        }
        match place {
            Some(place) if entry.kind == EntryKind::Dir => folders.push((place.to_owned(), facts)),
            Some(place) => drop(app.insert(place.to_owned(), facts)),
            None => drop(vendor.insert(path.to_string(), facts)),
        }
    }
    for (path, &kind) in &links.special {
        let owner = links.owners.get(path).copied().unwrap_or_default();
        let (path, place) = (path.to_string(), places.app_path(path.as_str()));
        let facts = FileFacts {
            path: path.clone(),
            kind,
            mode: 0,
            owner,
            size: None,
            sha256: None,
            target: None,
            hard_link_to: None,
        };
        match place {
            Some(place) => app.insert(place.to_owned(), facts),
            None => vendor.insert(path, facts),
        };
    }
    // A folder is the vendor's where all that is in it is.
    let holds = |files: &Files, folder: &str| {
        let prefix = format!("{folder}/");
        files.range(prefix.clone()..).next().is_some_and(|(path, _)| path.starts_with(&prefix))
    };
    for (place, facts) in folders {
        if holds(&vendor, &facts.path) && !holds(&app, &place) {
            vendor.insert(facts.path.clone(), facts);
        } else {
            app.insert(place, facts);
        }
    }
    Ok((app, vendor))
}

/// What is whose in a package.
struct Places {
    vendor: VendorId,
    /// The vendor's files and folders among the app's, by their path in the app's folder.
    own: BTreeSet<String>,
}

impl Places {
    fn of(opened: &Opened) -> Self {
        let values = |keys: &'static [&'static str]| {
            let values = opened.metadata.iter().filter(|(key, _)| keys.contains(&key.as_str()));
            values.map(|(_, value)| value.as_str())
        };
        let own = match opened.vendor {
            VendorId::Asustor => BTreeSet::new(),
            VendorId::Synology => {
                // `ui`, or since DSM 7.0-40731 `link:ui/one link2:ui/two`.
                let folder = |word: &str| word.rsplit_once(':').map_or(word, |(_, folder)| folder).to_owned();
                values(&["dsmuidir"]).flat_map(str::split_whitespace).map(folder).collect()
            }
            VendorId::WdOs5 | VendorId::WdOs3 => {
                let pages = values(&["icon", "Icon", "url", "AddonIndexPage"]).chain(["desc.xml"]);
                let scripts = opened.scripts.iter().map(ToString::to_string);
                pages.map(|page| format!("web/{page}")).chain(scripts).collect()
            }
        };
        Self { vendor: opened.vendor, own }
    }

    /// The path in the app's folder; `None` for what is the vendor's.
    fn app_path<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (path, is_own) = match self.vendor {
            VendorId::Asustor => (path, path == "CONTROL" || path.starts_with("CONTROL/")),
            VendorId::Synology => {
                let path = path.strip_prefix("package/")?;
                // By such a file, DSM's firewall knows the service.
                (path, path.strip_suffix(".sc").is_some())
            }
            VendorId::WdOs5 | VendorId::WdOs3 => (path, path.starts_with("apkg.")),
        };
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let is_own = is_own || ends.into_iter().any(|end| self.own.contains(&path[..end]));
        (!is_own).then_some(path)
    }
}

fn digest(content: &Content, path: &str) -> Result<String> {
    let mut hashing = Hashing(Sha256::new());
    content.copy_to(&mut hashing).map_err(|error| unreadable(path, &error))?;
    Ok(hex(&hashing.0.finalize()))
}

struct Hashing(Sha256);

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn compare_files(mut before: Files, mut after: Files, (a, b): (&Opened, &Opened)) -> Vec<FileChange> {
    let mut renames = renames(&before, &after);
    let mut changes = Vec::new();
    let moved_to: BTreeSet<_> = renames.values().cloned().collect();
    let paths: BTreeSet<_> =
        before.keys().chain(after.keys()).filter(|path| !moved_to.contains(*path)).cloned().collect();
    for path in paths {
        let new_path = renames.remove(&path);
        let was = before.remove(&path);
        let is = after.remove(new_path.as_ref().unwrap_or(&path));
        let status = match (&was, &is) {
            (Some(_), Some(_)) if new_path.is_some() => Status::Renamed,
            (Some(_), Some(_)) => Status::Changed,
            (Some(_), None) => Status::Removed,
            (None, Some(_)) => Status::Added,
            (None, None) => continue,
        };
        let differs = was.as_ref().zip(is.as_ref()).map(|(was, is)| was.differs(is)).unwrap_or_default();
        if status == Status::Changed && differs.is_empty() {
            continue;
        }
        let program = if differs.contains(&Aspect::Content) {
            changes_of_program(was.as_ref().and_then(|was| program(a, was)), is.as_ref().and_then(|is| program(b, is)))
        } else {
            Vec::new()
        };
        changes.push(FileChange {
            path,
            new_path,
            status,
            before: was,
            after: is,
            differs,
            program,
            text: None,
            by_nature: false,
        });
    }
    changes
}

/// Old places and the new ones, of files whose content each side has once.
fn renames(before: &Files, after: &Files) -> BTreeMap<String, String> {
    let once = |files: &Files| {
        let mut by_content: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (path, facts) in files.iter().filter(|(_, facts)| facts.size > Some(0)) {
            let Some(sha256) = &facts.sha256 else { continue };
            // Nothing, once it is there twice.
            by_content.entry(sha256.clone()).and_modify(|place| *place = None).or_insert_with(|| Some(path.clone()));
        }
        by_content
    };
    let mut new_places = once(after);
    let moved = |(sha256, old): (String, Option<String>)| {
        let (old, new) = (old?, new_places.remove(&sha256)??);
        (!after.contains_key(&old) && !before.contains_key(&new)).then_some((old, new))
    };
    once(before).into_iter().filter_map(moved).collect()
}

impl FileFacts {
    fn differs(&self, other: &Self) -> Vec<Aspect> {
        let is_link = self.kind == "link" && other.kind == "link";
        let differs = [
            (Aspect::Kind, self.kind != other.kind),
            (Aspect::Content, self.kind == other.kind && self.sha256 != other.sha256),
            // A link's has no meaning, and tars write it as they like.
            (Aspect::Mode, !is_link && self.kind == other.kind && self.mode != other.mode),
            (Aspect::Owner, self.owner != other.owner),
            (Aspect::Target, self.kind == other.kind && self.target != other.target),
            (Aspect::HardLink, self.kind == other.kind && self.hard_link_to != other.hard_link_to),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(aspect, _)| aspect).collect()
    }
}

/// What a program's headers say, as names and values; nothing for what is no program.
fn program(opened: &Opened, facts: &FileFacts) -> Option<Vec<(String, String)>> {
    let EntryKind::File(content) = &opened.tree.get(&facts.path)?.kind else { return None };
    let binary = match elf::inspect_content(content)? {
        Ok(binary) => binary,
        Err(error) => return Some(vec![("error".to_owned(), error)]),
    };
    // Whatever is known of programs is compared.
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(values) => {
            let word = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(values.iter().map(word).collect::<Vec<_>>().join(" "))
        }
        value => Some(value.to_string()),
    };
    let facts = serde_json::to_value(&binary).unwrap_or_default();
    let facts = facts.as_object()?.iter();
    Some(facts.filter_map(|(name, fact)| Some((name.clone(), value(fact)?))).collect())
}

fn changes_of_program(before: Option<Vec<(String, String)>>, after: Option<Vec<(String, String)>>) -> Vec<Change> {
    changes(before.unwrap_or_default(), after.unwrap_or_default())
}
