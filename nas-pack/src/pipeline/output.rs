//! The folder that packages are written to: locked, atomic, and aware of what is up to date.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Body, EntryKind, Press, SourceError};
use crate::diagnostic::{Diagnostic, Failure, Result, io_reason};
use crate::digest::Fields;
use crate::disk::Disk;
use crate::model::VendorId;
use crate::progress::Reporter;
use crate::sync::{in_parallel, lock};
use crate::vendor::Layout;

/// Our own notes in the output folder.
pub(crate) const NOTES: &str = ".nas-pack";

/// What is known of the packages in it.
const STAMPS: &str = "stamps.json";

/// An output folder that this process alone writes to while the value lives.
#[derive(Debug)]
pub(crate) struct Output {
    disk: Disk,
    folder: PathBuf,
    _lock: File,
    stamps: Mutex<Stamps>,
    packer: String,
}

/// What is known of the packages that were written: by file name.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stamps {
    packages: BTreeMap<String, Stamp>,
}

/// A package's input and output, so that neither a changed asset nor a replaced package is taken for what we wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    /// A digest of everything that the package is made of.
    input: String,
    /// A digest of the package.
    output: String,
}

/// A written package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    /// Whether it was there already and up to date.
    pub(crate) fresh: bool,
}

impl Output {
    /// Opens a folder, making it, and waits until no other run writes to it.
    pub(crate) fn open(disk: Disk, folder: &Path, reporter: &dyn Reporter) -> Result<Self> {
        let notes = folder.join(NOTES);
        let wait = || {
            reporter.status("Blocking", &format!("waiting for another run that writes to `{}`", folder.display()));
        };
        let lock = disk.lock(&notes.join("lock"), wait).map_err(|error| unwritable(folder, &error))?;
        // Whoever holds the lock is the only one who writes.
        let folders = VendorId::ALL.into_iter().filter_map(VendorId::folder).map(|name| folder.join(name));
        folders.chain([folder.to_owned(), notes.clone()]).for_each(|folder| disk.clear(&folder));
        // Damaged or missing notes only mean that everything is packed anew.
        let stamps = disk.read(&notes.join(STAMPS)).ok();
        let stamps = stamps.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        Ok(Self { disk, folder: folder.to_owned(), _lock: lock, stamps: Mutex::new(stamps), packer: packer() })
    }

    /// Writes packages, but for those that are there already, made from the same input and not touched since. Returns what became of
    /// each, in their order.
    pub(crate) fn write(&self, packages: &[(&str, &Layout)], force: bool) -> Result<Vec<Result<Written>>> {
        let packages: Vec<_> = packages
            .iter()
            .map(|&(name, layout)| Package { name, path: self.folder.join(name), layout, archives: layout.archives() })
            .collect();
        let fresh = if force { packages.iter().map(|_| None).collect() } else { self.up_to_date(&packages) };
        let due: Vec<_> =
            packages.iter().zip(&fresh).filter(|(_, fresh)| fresh.is_none()).map(|(due, _)| due).collect();
        let written = if due.is_empty() { Vec::new() } else { self.pack(&due)? };
        let mut written = written.into_iter();
        let result = |(package, fresh): (&Package<'_>, Option<u64>)| match fresh {
            Some(size) => Some(Ok(Written { path: package.path.clone(), size, fresh: true })),
            None => written.next(),
        };
        Ok(packages.iter().zip(fresh).filter_map(result).collect())
    }

    /// Packs all of these.
    fn pack(&self, packages: &[&Package<'_>]) -> Result<Vec<Result<Written>>> {
        let press =
            Press::new(&self.disk, &self.folder.join(NOTES)).map_err(|error| unwritable(&self.folder, &error))?;
        let archives: Vec<_> = packages.iter().flat_map(|package| &package.archives).collect();
        let bodies = by_package(packages.iter().copied(), press.compress(&archives));
        let pressed: Vec<_> = packages.iter().zip(bodies).collect();
        // Whoever cannot be packed says why; the others are.
        Ok(in_parallel(
            &pressed,
            || (),
            |(), (package, bodies)| {
                let Package { name, path, .. } = package;
                let bodies = bodies.as_ref().map_err(|error| unpackable("compress", name, error))?;
                let packed = self.assemble(package, bodies);
                let (size, stamp) = packed.map_err(|error| unpackable("write", name, &error))?;
                lock(&self.stamps).packages.insert((*name).to_owned(), stamp);
                Ok(Written { path: path.clone(), size, fresh: false })
            },
        ))
    }

    /// Writes one package around its archives.
    fn assemble(&self, package: &Package<'_>, bodies: &[Arc<Body>]) -> io::Result<(u64, Stamp)> {
        let Package { path, layout, .. } = package;
        let digests: Vec<_> = bodies.iter().map(|body| body.digest).collect();
        let input = self.input(layout, &digests)?;
        let (output, size) = self.disk.replace(path, |draft| {
            let mut out = BufWriter::new(&mut *draft);
            layout.assemble(bodies, &mut out)?;
            out.flush()?;
            drop(out);
            // Under its own name it could be another file by now.
            draft.reader()?.digest()
        })?;
        Ok((size, Stamp { input, output: output.to_hex().to_string() }))
    }

    /// Keeps what a package was made from. Written anew even if it is the same: its time tells as of when it is.
    pub(crate) fn keep(&self, name: &str, note: &impl Serialize) -> Result<()> {
        let path = self.folder.join(NOTES).join(name);
        let json = serde_json::to_vec_pretty(note).unwrap_or_default();
        let kept = self.disk.replace(&path, |draft| draft.write_all(&json));
        kept.map_err(|error| refused(&format!("write `{}`", path.display()), &error).into())
    }

    /// Remembers what was written. Called once at the end; a run that was killed before only packs again.
    pub(crate) fn remember(&self) -> Result<()> {
        let mut stamps = lock(&self.stamps);
        stamps.packages.retain(|name, _| self.folder.join(name).exists());
        let kept = self.keep(STAMPS, &*stamps);
        kept.map_err(|failure| failure.help("the packages are whole, but the next run packs them again"))
    }

    /// The lengths of those packages that are up to date.
    fn up_to_date(&self, packages: &[Package<'_>]) -> Vec<Option<u64>> {
        // What is not as we left it need not be compared with anything.
        let untouched = in_parallel(
            packages,
            || (),
            |(), package| {
                let stamp = lock(&self.stamps).packages.get(package.name).cloned()?;
                let (output, size) = self.disk.digest(&package.path).ok()?;
                (*output.to_hex() == *stamp.output).then_some((stamp, size))
            },
        );
        let asked = packages.iter().zip(&untouched).filter(|(_, stamp)| stamp.is_some()).map(|(package, _)| package);
        let archives: Vec<_> = asked.clone().flat_map(|package| &package.archives).collect();
        let mut digests = by_package(asked, Press::digests(&archives)).into_iter();
        let is_fresh = |(package, untouched): (&Package<'_>, Option<(Stamp, u64)>)| {
            let (stamp, size) = untouched?;
            let input = self.input(package.layout, &digests.next()?.ok()?).ok()?;
            (input == stamp.input).then_some(size)
        };
        packages.iter().zip(untouched).map(is_fresh).collect()
    }

    /// A digest of everything that makes a package what it is: the packer, the seal, what the archives hold, and the files beside them.
    fn input(&self, layout: &Layout, archives: &[blake3::Hash]) -> io::Result<String> {
        let mut input = Fields::default();
        input.text(&self.packer).text(&format!("{:?} {}", layout.seal, layout.compression)).number(layout.epoch.into());
        for (path, entry) in layout.outer_files() {
            input.text(path.as_str()).number(entry.mode.into());
            match &entry.kind {
                EntryKind::Dir => input.text("dir"),
                EntryKind::Symlink(target) => input.text("link").text(target),
                EntryKind::File(content) => {
                    let mut digest = blake3::Hasher::new();
                    content.copy_to(&mut digest)?;
                    input.text("file").bytes(digest.finalize().as_bytes())
                }
            };
        }
        for archive in archives {
            input.text("archive").bytes(archive.as_bytes());
        }
        Ok(input.finish().to_hex().to_string())
    }
}

/// A package to be written, and where.
struct Package<'l> {
    name: &'l str,
    path: PathBuf,
    layout: &'l Layout,
    archives: Vec<Archive<'l>>,
}

/// Gives each package what came of its archives, which stand one behind the other: all of it, or the first error.
fn by_package<'p, 'l: 'p, T>(
    packages: impl Iterator<Item = &'p Package<'l>>,
    results: Vec<io::Result<T>>,
) -> Vec<io::Result<Vec<T>>> {
    let mut results = results.into_iter();
    let own = |package: &Package<'_>| {
        // Collecting into a result ends at an error, and what is behind that would go to the next package.
        let own: Vec<_> = results.by_ref().take(package.archives.len()).collect();
        own.into_iter().collect()
    };
    packages.map(own).collect()
}

/// This program is an input too: another build of it may lay out or seal differently.
fn packer() -> String {
    let program = std::env::current_exe().and_then(std::fs::metadata);
    let built = program.ok().and_then(|meta| Some((meta.len(), meta.modified().ok()?)));
    format!("nas-pack {} {built:?}", env!("CARGO_PKG_VERSION"))
}

fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    refused(&format!("write to `{}`", folder.display()), error).into()
}

/// Why there is no package of that name from this run.
fn unpackable(verb: &str, name: &str, error: &io::Error) -> Failure {
    if let Some(source) = SourceError::of(error) {
        return Diagnostic::error(format!("cannot pack `{}`: {}", source.path.display(), source.reason))
            .note(format!("`{name}` needs it; an earlier package of that name is left as it was"))
            .into();
    }
    let found = refused(&format!("{verb} `{name}`"), error);
    found.note("an earlier package of that name is left as it was").into()
}

/// What the disk did not do, why, and what to do about it where that is known.
fn refused(what: &str, error: &io::Error) -> Diagnostic {
    use io::ErrorKind::{
        IsADirectory, NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    let found = Diagnostic::error(format!("cannot {what}: {}", io_reason(error)));
    match error.kind() {
        StorageFull | QuotaExceeded => found
            .note("while packing, the folder holds what is compressed twice: by itself, and in the packages")
            .help("free some space, or name another folder with --output"),
        PermissionDenied | ReadOnlyFilesystem => found.help("name a folder that you may write to with --output"),
        IsADirectory | NotADirectory => found.help("move away what is there, or name another folder with --output"),
        _ => found,
    }
}

#[cfg(test)]
mod tests;
