//! What is different between two packages, by what they mean and not by their bytes: of one vendor or of two.
//!
//! A value that the command prints. The app's own files are compared by their place in the app's folder, wherever the vendor keeps
//! that. What the packages say of themselves is compared in the vendor's words or, between vendors, in neutral ones.

mod files;
mod neutral;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostic::Result;
use crate::model::VendorId;
use crate::vendor::Opened;
use crate::vendor::open::Outer;

pub use files::{Aspect, FileChange, FileFacts, Status};
pub use text::Text;

/// What is different between two packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    /// Whether everything that is listed here is so by nature.
    pub same: bool,
    /// What the packages are: vendor, package, version, devices, arch and sizes.
    pub facts: Vec<Change>,
    /// What they say of themselves: in the vendor's words, or between vendors in neutral ones.
    pub metadata: Vec<Change>,
    /// The app's own files, by their path in the app's folder.
    pub files: Vec<FileChange>,
    /// Scripts, icons, metadata files and whatever else is the vendor's, by their path in the package. `None` between vendors, since
    /// nothing there has a counterpart.
    pub vendor_files: Option<Vec<FileChange>>,
    /// What is around the files: compression, tar dialects, signatures, and whether checksums hold. Empty between vendors.
    pub archives: Vec<Change>,
}

/// A value that one package has and the other has not, or has otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What it is the value of.
    pub name: String,
    /// The first package's.
    pub before: Option<String>,
    /// The second package's.
    pub after: Option<String>,
    /// Whether it differs between any two packs of the same app, or follows from other differences: sizes, checksums, dates.
    pub by_nature: bool,
}

/// Values that follow from the files, or from when and how the package was made, in the vendors' words. Synology's are added by the
/// toolkit when it packs (`extractsize`, `checksum`, `create_time`, `toolkit_version`), WD's `date` by the packer and `inst_date` by
/// the device.
const BY_NATURE: [(&str, &[&str]); 2] =
    [("synology", &["extractsize", "checksum", "create_time", "toolkit_version"]), ("wd", &["date", "inst_date"])];

/// Compares two packages. Files on disk are read in pieces; see [`Comparison::add_texts`] for what is different inside of texts.
///
/// # Errors
///
/// A file of a package cannot be read any more from where it was unpacked to.
pub fn compare(a: &Opened, b: &Opened) -> Result<Comparison> {
    let is_one_vendor = a.vendor.section() == b.vendor.section();
    let metadata = if is_one_vendor { own_words(a, b) } else { neutral::compare(a, b)? };
    let fact = |((name, before, by_nature), (_, after, _)): ((_, _, _), (_, _, _))| {
        (before != after).then(|| Change { name: String::from(name), before, after, by_nature })
    };
    let facts = facts(a).into_iter().zip(facts(b)).filter_map(fact).collect();
    let (files, vendor_files) = files::compare(a, b, is_one_vendor, !metadata.is_empty())?;
    let archives = if is_one_vendor { changes(around(a), around(b)) } else { Vec::new() };
    let mut comparison = Comparison { same: false, facts, metadata, files, vendor_files, archives };
    comparison.same =
        comparison.changes().all(|change| change.by_nature) && comparison.file_changes().all(|change| change.by_nature);
    Ok(comparison)
}

impl Comparison {
    /// Every value that is different.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.facts.iter().chain(&self.metadata).chain(&self.archives)
    }

    /// Every file that is different: the app's and the vendor's.
    pub fn file_changes(&self) -> impl Iterator<Item = &FileChange> {
        self.files.iter().chain(self.vendor_files.iter().flatten())
    }

    /// Adds to each file with another content what is different in its lines, as [`FileChange::text`]. The packages are those that
    /// were compared.
    ///
    /// # Errors
    ///
    /// As with [`compare`].
    pub fn add_texts(&mut self, a: &Opened, b: &Opened) -> Result<()> {
        text::add(self.files.iter_mut().chain(self.vendor_files.iter_mut().flatten()), a, b)
    }
}

impl Change {
    fn new(name: impl Into<String>, before: Option<String>, after: Option<String>) -> Self {
        Self { name: name.into(), before, after, by_nature: false }
    }
}

/// What a package is. The sizes are different by nature.
fn facts(opened: &Opened) -> [(&'static str, Option<String>, bool); 7] {
    let devices = (!opened.devices.is_empty()).then(|| opened.devices.join(" "));
    [
        ("vendor", Some(opened.vendor.to_string()), false),
        ("package", opened.package.clone(), false),
        ("version", opened.version.clone(), false),
        ("devices", devices, false),
        ("arch", opened.arch.map(|arch| arch.to_string()), false),
        ("packed", Some(opened.packed.to_string()), true),
        ("unpacked", Some(opened.unpacked.to_string()), true),
    ]
}

/// Compares key by key what two packages of one vendor say.
fn own_words(a: &Opened, b: &Opened) -> Vec<Change> {
    let section = a.vendor.section();
    let is_by_nature = |name: &str| BY_NATURE.iter().any(|(vendor, keys)| *vendor == section && keys.contains(&name));
    let mark = |change: Change| Change { by_nature: is_by_nature(&change.name), ..change };
    changes(a.metadata.iter().cloned(), b.metadata.iter().cloned()).into_iter().map(mark).collect()
}

/// What is around a package's files, as names and values.
fn around(opened: &Opened) -> Vec<(String, String)> {
    let mut values = Vec::new();
    if let Outer::Apk { members } = &opened.outer {
        for member in members {
            values.push((format!("{}: method", member.name), member.method.clone()));
            values.extend(member.mode.map(|mode| (format!("{}: mode", member.name), format!("{mode:o}"))));
        }
    }
    for archive in &opened.archives {
        values.push((format!("{}: compression", archive.name), archive.compression.to_string()));
        values.push((format!("{}: tar", archive.name), archive.dialect.to_string()));
    }
    if let Outer::Bin { header, .. } = &opened.outer {
        values.push(("header: signed".to_owned(), header.signed.to_string()));
    }
    // What a check has found is a checksum, or a name that is compared elsewhere.
    let verdict = |holds: bool| if holds { "holds" } else { "is wrong" }.to_owned();
    values.extend(opened.checks.iter().map(|check| (format!("check: {}", check.name), verdict(check.holds))));
    values
}

/// Compares lists of names and values. The order does not count, but among values of one name: the second of one is compared with
/// the second of the other.
fn changes(
    before: impl IntoIterator<Item = (String, String)>,
    after: impl IntoIterator<Item = (String, String)>,
) -> Vec<Change> {
    let mut after = numbered(after);
    let mut added: BTreeMap<_, _> =
        after.iter().enumerate().map(|(at, (name, number, _))| ((name.clone(), *number), at)).collect();
    let mut changes = Vec::new();
    for (name, number, before) in numbered(before) {
        let there = added.remove(&(name.clone(), number)).map(|at| std::mem::take(&mut after[at].2));
        if there.as_ref() != Some(&before) {
            changes.push(Change::new(name, Some(before), there));
        }
    }
    let mut rest: Vec<_> = added.into_values().collect();
    rest.sort_unstable();
    let add = |at: usize| {
        let (name, _, value) = std::mem::take(&mut after[at]);
        Change::new(name, None, Some(value))
    };
    changes.extend(rest.into_iter().map(add));
    changes
}

/// The values with the number of those of the same name in front of each.
fn numbered(values: impl IntoIterator<Item = (String, String)>) -> Vec<(String, usize, String)> {
    let mut counts = BTreeMap::new();
    let number = |(name, value): (String, String)| {
        let count = counts.entry(name.clone()).or_insert(0);
        *count += 1;
        (name, *count, value)
    };
    values.into_iter().map(number).collect()
}

/// Whether the vendor's file at a path is one that [`Opened::metadata`] was read from, so that other content is told there already.
fn is_metadata(vendor: VendorId, path: &str) -> bool {
    match vendor {
        VendorId::Asustor => path == "CONTROL/config.json",
        VendorId::Synology => path == "INFO",
        VendorId::WdOs5 | VendorId::WdOs3 => path == "apkg.xml",
    }
}

/// Whether the vendor's file at a path has other bytes in every package.
fn is_random(vendor: VendorId, path: &str) -> bool {
    // Its salt; whether it is right, a check says.
    vendor.section() == "wd" && path == "apkg.sign"
}

#[cfg(test)]
mod tests;
