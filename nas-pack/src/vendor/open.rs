//! Reads any package back, whoever made it: what it is, what it says of itself, and its files in the layout they had as sources.
//!
//! What it is, its bytes say, never its name. The file may be anybody's: see [`archive::read`](crate::archive::read).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Device, asustor, synology, vendor, wd};
use crate::archive::read::{
    Budget, Compression, Dialect, Limits, Links, ReadError, Spool, TarReader, Unpacked, ZipMember, leads_out,
};
use crate::archive::{Content, EntryKind, Tree, TreePath};
use crate::diagnostic::{Diagnostic, Failure, Level, Result, Rule};
use crate::elf::{self, Binary};
use crate::lint::rules;
use crate::model::{Arch, VendorId};

/// The largest file that is read as metadata, in bytes. `INFO` may hold icons.
const METADATA: u64 = 4 << 20;

/// How many names a warning lists.
const NAMED: usize = 3;

/// A package that was read. Its larger files lie in a temporary folder that is removed with this value.
#[derive(Debug)]
pub struct Opened {
    /// The file it was read from.
    pub path: PathBuf,
    /// Whose format it has.
    pub vendor: VendorId,
    /// What it says it is called, if it does.
    pub package: Option<String>,
    /// Its version as the vendor writes it.
    pub version: Option<String>,
    /// The devices it says it is for, in the vendor's words.
    pub devices: Vec<String>,
    /// What those devices run, if it is one of ours for all of them.
    pub arch: Option<Arch>,
    /// Its metadata, in the order and words of the vendor's file.
    pub metadata: Vec<(String, String)>,
    /// Its files in the vendor's source layout, as [`Layout`](super::Layout) has them: for Synology the content of `package.tgz` is in
    /// `package/`, and `INFO` has the lines that were added when it was sealed.
    pub tree: Tree,
    /// What the tree cannot say: owners, hard links, devices.
    pub links: Links,
    /// The lifecycle scripts among the files.
    pub scripts: Vec<TreePath>,
    /// The package's length in bytes.
    pub packed: u64,
    /// The sum of its files' lengths.
    pub unpacked: u64,
    /// What is around the files.
    pub outer: Outer,
    /// The archives that the files were in.
    pub archives: Vec<Archive>,
    /// The checksums and other facts that the package repeats, and whether they hold.
    pub checks: Vec<Check>,
    /// What is unusual about it.
    pub warnings: Vec<Diagnostic>,
    _spool: Spool,
}

/// What is around a package's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outer {
    /// ASUSTOR: a zip archive.
    Apk {
        /// What it says of its members.
        members: Vec<ZipMember>,
    },
    /// Synology: a tar archive.
    Spk {
        /// What is around the tar archive. DSM 7 takes nothing there.
        compression: Compression,
    },
    /// WD: a header.
    Bin {
        /// What it says.
        header: wd::header::Header,
        /// What it says of the payload.
        sum: wd::header::Sum,
    },
}

/// An archive inside a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Archive {
    /// Its name in the package.
    pub name: String,
    /// How it is compressed.
    pub compression: Compression,
    /// Which tar wrote it.
    pub dialect: Dialect,
}

/// Something that a package says twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Check {
    /// What it is about.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What was found.
    pub detail: String,
}

impl Check {
    /// Compares what is written with what was found.
    pub(super) fn equal(name: &'static str, written: &str, found: &str) -> Self {
        let holds = written == found;
        let detail = if holds { written.to_owned() } else { format!("`{written}` is written, `{found}` was found") };
        Self { name, holds, detail }
    }
}

/// What a vendor's reader finds.
pub(super) struct Found {
    pub(super) vendor: VendorId,
    pub(super) package: Option<String>,
    pub(super) version: Option<String>,
    pub(super) devices: Vec<String>,
    pub(super) arch: Option<Arch>,
    pub(super) metadata: Vec<(String, String)>,
    pub(super) tree: Tree,
    pub(super) links: Links,
    pub(super) outer: Outer,
    pub(super) checks: Vec<Check>,
    /// Whether a file is a lifecycle script, by its path.
    pub(super) is_script: fn(&str) -> bool,
}

/// A package while it is read.
pub(super) struct Opening<'p> {
    pub(super) path: &'p Path,
    pub(super) budget: &'p Budget,
    pub(super) spool: &'p Spool,
    archives: Vec<Archive>,
    warnings: Vec<Diagnostic>,
}

impl Opening<'_> {
    /// Something unusual that does not prevent the reading.
    pub(super) fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Diagnostic::warning(message).in_file(self.path));
    }

    /// The same where a rule says so. Verification takes it at the rule's level.
    pub(super) fn find(&mut self, rule: &'static Rule, message: impl Into<String>) {
        self.warnings.push(Diagnostic { level: Level::Warning, ..rule.found(message).in_file(self.path) });
    }

    /// The package cannot be read, because of something inside it or, with `None`, of itself.
    #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
    pub(super) fn failure(&self, inside: Option<&str>, error: ReadError) -> Failure {
        let what = inside.map_or_else(|| "the package".to_owned(), quoted);
        let message = format!("{what} cannot be read: {error}");
        let mut diagnostic = Diagnostic::error(message).in_file(self.path);
        if let ReadError::Limit { limit, .. } = error {
            diagnostic = diagnostic.help(format!("if you trust the file, allow more with `--limit {limit}=NUMBER`"));
        }
        diagnostic.into()
    }

    /// The package is not made as the vendor's are.
    pub(super) fn refuse(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).in_file(self.path)
    }

    /// Takes the files out of what an archive of the package held.
    pub(super) fn archive(&mut self, name: &str, unpacked: Unpacked) -> (Tree, Links) {
        let Unpacked { tree, links, compression, dialect, oddities } = unpacked;
        self.odd(name, &oddities);
        self.archives.push(Archive { name: name.to_owned(), compression, dialect });
        (tree, links)
    }

    /// Warns of what is unusual about an archive.
    pub(super) fn odd(&mut self, name: &str, oddities: &[String]) {
        for oddity in oddities {
            self.warn(format!("{} is unusual: {oddity}", quoted(name)));
        }
    }

    /// A file of metadata as text, without a byte order mark. Where it is not that, a rule is broken.
    pub(super) fn text(&mut self, tree: &Tree, path: &str, rule: &'static Rule) -> Option<String> {
        let bytes = self.bytes(tree, path)?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                self.find(rule, format!("`{path}` is not UTF-8"));
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        Some(match text.strip_prefix('\u{feff}') {
            Some(text) => {
                self.find(rule, format!("`{path}` begins with a byte order mark, which vendors' readers stumble over"));
                text.to_owned()
            }
            None => text,
        })
    }

    /// A file of metadata.
    pub(super) fn bytes(&mut self, tree: &Tree, path: &str) -> Option<Vec<u8>> {
        let Some(EntryKind::File(content)) = tree.get(path).map(|entry| &entry.kind) else {
            self.warn(format!("there is no file `{path}`"));
            return None;
        };
        if content.len() > METADATA {
            self.warn(format!("`{path}` has {} bytes, far too many for what it should be", content.len()));
            return None;
        }
        let mut bytes = Vec::new();
        match content.copy_to(&mut bytes) {
            Ok(()) => Some(bytes),
            Err(error) => {
                self.warn(error.to_string());
                None
            }
        }
    }
}

impl Opened {
    /// The ELF files among the package's files, and what they say of themselves or why they cannot be read.
    pub fn binaries(&self) -> Vec<(&TreePath, Result<Binary, String>)> {
        let binary = |(path, content)| Some((path, elf::inspect_content(content)?));
        self.files().filter_map(binary).collect()
    }

    /// The rows of the device table that it is for: by the names that it gives or, where those are not in the table, by arch.
    pub fn known_devices(&self) -> Vec<&'static Device> {
        // A package of DSM is for one generation.
        let fits = |device: &&Device| self.dsm().is_none_or(|major| device.generation == format!("DSM {major}"));
        let all: Vec<_> = vendor(self.vendor).devices().iter().collect();
        let own: Vec<_> = all.iter().copied().filter(fits).collect();
        let own = if own.is_empty() { all } else { own };
        let named = |device: &&Device| self.devices.iter().any(|name| name == device.name);
        let of_arch = |device: &&Device| self.arch.is_some() && device.arch() == self.arch;
        let every = self.devices.iter().all(|name| own.iter().any(|device| device.name == name));
        if every || self.arch.is_none() {
            own.into_iter().filter(named).collect()
        } else {
            own.into_iter().filter(of_arch).collect()
        }
    }

    /// The generation of DSM that a package of Synology is for.
    pub(crate) fn dsm(&self) -> Option<u32> {
        if self.vendor != VendorId::Synology {
            return None;
        }
        let (_, version) = self.metadata.iter().rfind(|(key, _)| key == "os_min_ver")?;
        version.split('.').next()?.parse().ok()
    }

    /// Whether there is a file of the app itself, and not only what the vendor's format demands.
    pub(crate) fn has_app(&self) -> bool {
        self.files().any(|(path, _)| match self.vendor {
            VendorId::Asustor => !path.as_str().starts_with("CONTROL/"),
            VendorId::Synology => path.as_str().starts_with("package/"),
            VendorId::WdOs5 | VendorId::WdOs3 => !path.as_str().starts_with("apkg.") && !self.scripts.contains(path),
        })
    }

    /// The files of the package and their contents.
    pub fn files(&self) -> impl Iterator<Item = (&TreePath, &Content)> {
        self.tree.iter().filter_map(|(path, entry)| match &entry.kind {
            EntryKind::File(content) => Some((path, content)),
            _ => None,
        })
    }
}

/// Reads a package of any vendor and origin.
///
/// # Errors
///
/// The file cannot be read, is no package, is broken in a way that devices do not overlook either, would put files outside of its
/// folder, or is larger than the limits allow. Whatever else is wrong with it is in [`Opened::warnings`] and [`Opened::checks`].
pub fn open(path: &Path, limits: &Limits) -> Result<Opened> {
    let unreadable = |error: std::io::Error| Failure::io("read", path, &error);
    // A FIFO would wait for a writer.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Diagnostic::error(format!("`{}` is not a file", path.display())).into());
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let packed = metadata.len();
    let mut head = Vec::new();
    file.by_ref().take(512).read_to_end(&mut head).map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;

    let budget = Budget::new(*limits, packed);
    let spool = Spool::default();
    let mut opening = Opening { path, budget: &budget, spool: &spool, archives: Vec::new(), warnings: Vec::new() };
    let found = match identify(&head, limits) {
        Some(Format::Apk) => asustor::open(file, &mut opening)?,
        Some(Format::Spk) => synology::open(file, &mut opening)?,
        Some(Format::Bin) => wd::open(file, &head, &mut opening)?,
        None => return Err(unknown(path, &head)),
    };
    let Opening { archives, mut warnings, .. } = opening;
    warnings.extend(notices(path, &found.tree, &found.links));
    let is_file =
        |path: &&TreePath| !matches!(found.tree.get(path.as_str()).map(|entry| &entry.kind), Some(EntryKind::Dir));
    let scripts =
        found.tree.iter().map(|(path, _)| path).filter(is_file).filter(|path| (found.is_script)(path.as_str()));
    Ok(Opened {
        path: path.to_owned(),
        vendor: found.vendor,
        package: found.package,
        version: found.version,
        devices: found.devices,
        arch: found.arch,
        metadata: found.metadata,
        scripts: scripts.cloned().collect(),
        packed,
        unpacked: found.tree.size(),
        tree: found.tree,
        links: found.links,
        outer: found.outer,
        archives,
        checks: found.checks,
        warnings,
        _spool: spool,
    })
}

/// The name of an archive in a sentence. Those that have none in the package are described.
fn quoted(name: &str) -> String {
    if name.starts_with("the ") { name.to_owned() } else { format!("`{name}`") }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Apk,
    Spk,
    Bin,
}

/// What a file is that begins with these bytes.
fn identify(head: &[u8], limits: &Limits) -> Option<Format> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
        return Some(Format::Apk);
    }
    // A tar has texts and NULs at these places. Its header comes second, since no checksum stands for the first.
    let is_tar = || TarReader::new(head, limits).next().is_ok_and(|member| member.is_some());
    if [204, 200].into_iter().any(|offset| at(offset, b"\x1f\x8b")) && !is_tar() {
        return Some(Format::Bin);
    }
    // A broken name is to be told as that.
    let begins_as_tar = at(257, b"ustar") || is_tar();
    (begins_as_tar || Compression::of(head) != Compression::None).then_some(Format::Spk)
}

fn unknown(path: &Path, head: &[u8]) -> Failure {
    let message = format!("`{}` is not a package of a known vendor", path.display());
    let found =
        if head.is_empty() { "the file is empty" } else { "its first bytes are none of those that packages have" };
    Diagnostic::error(message)
        .note(found)
        .note("known are ASUSTOR's APKG 2.0 (.apk), Synology's SPK (.spk), and WD My Cloud OS5 and OS3 (.bin)")
        .into()
}

/// The first few of some names, and how many there are more.
pub(crate) fn few(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// What a tree or its origin has that packages should not have.
fn notices(path: &Path, tree: &Tree, links: &Links) -> Vec<Diagnostic> {
    let outward: Vec<_> = tree
        .iter()
        .filter_map(|(path, entry)| match &entry.kind {
            EntryKind::Symlink(target) if leads_out(path, target) => {
                Some(format!("`{path}` -> `{}`", target.escape_debug()))
            }
            _ => None,
        })
        .collect();
    let special: Vec<_> = links.special.iter().map(|(path, kind)| format!("`{path}` ({kind})")).collect();
    let notices = [
        (Some(&rules::NAS044), "symbolic links that can lead out of the package", outward),
        (None, "members that are left out", special),
    ];
    notices
        .into_iter()
        .filter(|(.., names)| !names.is_empty())
        .map(|(rule, what, names)| {
            let names = few(names.into_iter());
            Diagnostic { rule, ..Diagnostic::warning(format!("{what}: {names}")) }.in_file(path)
        })
        .collect()
}

#[cfg(test)]
mod tests;
