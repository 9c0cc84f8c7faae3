//! The folder that packages are written to: locked, atomic, and aware of what is up to date.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fs4::FileExt;
use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Body, EntryKind, Press, SourceError, again};
use crate::diagnostic::{Diagnostic, Failure, Result, io_reason};
use crate::digest::Fields;
use crate::disk::{self, TEMPORARY};
use crate::model::VendorId;
use crate::progress::Reporter;
use crate::sync::{in_parallel, lock};
use crate::vendor::Layout;

/// Our own notes in the output folder.
pub(crate) const NOTES: &str = ".nas-pack";

/// An output folder that this process alone writes to while the value lives.
#[derive(Debug)]
pub(crate) struct Output {
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
    pub(crate) fn open(folder: &Path, reporter: &dyn Reporter) -> Result<Self> {
        let notes = folder.join(NOTES);
        fs::create_dir_all(&notes).map_err(|error| unwritable(folder, &error))?;
        let path = notes.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(|error| unwritable(folder, &error))?;
        if FileExt::try_lock(&lock).is_err() {
            reporter.status("Blocking", &format!("waiting for another run that writes to `{}`", folder.display()));
            FileExt::lock(&lock).map_err(|error| Failure::io("lock", path, &error))?;
        }
        clear(folder);
        // Damaged or missing notes only mean that everything is packed anew.
        let stamps = fs::read(notes.join("stamps.json")).ok();
        let stamps = stamps.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        Ok(Self { folder: folder.to_owned(), _lock: lock, stamps: Mutex::new(stamps), packer: packer() })
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
        let press = Press::new(&self.folder.join(NOTES)).map_err(|error| unwritable(&self.folder, &error))?;
        let archives: Vec<_> = packages.iter().flat_map(|package| &package.archives).collect();
        let mut bodies = press.compress(&archives).into_iter();
        let pressed: Vec<(_, io::Result<Vec<_>>)> = packages
            .iter()
            .map(|package| (*package, package.archives.iter().filter_map(|_| bodies.next()).collect()))
            .collect();
        // Whoever cannot be packed says why; the others are.
        Ok(in_parallel(
            &pressed,
            || (),
            |(), (package, bodies)| {
                let Package { name, path, .. } = package;
                let packed = bodies.as_ref().map_err(again).and_then(|bodies| self.assemble(package, bodies));
                let (size, stamp) = packed.map_err(|error| unpackable(name, &error))?;
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
        let size = disk::replace(path, |file| {
            let mut out = BufWriter::new(file);
            layout.assemble(bodies, &mut out)?;
            out.flush()
        })?;
        let output = disk::digest(path)?.to_hex().to_string();
        Ok((size, Stamp { input, output }))
    }

    /// Keeps what a package was made from. Written anew even if it is the same: its time tells as of when it is.
    pub(crate) fn keep(&self, name: &str, note: &impl Serialize) -> Result<()> {
        let path = self.folder.join(NOTES).join(name);
        let json = serde_json::to_vec_pretty(note).unwrap_or_default();
        disk::replace(&path, |file| file.write_all(&json)).map_err(|error| Failure::io("write", path, &error))?;
        Ok(())
    }

    /// Remembers what was written. Called once at the end; a run that was killed before only packs again.
    pub(crate) fn remember(&self) -> Result<()> {
        let mut stamps = lock(&self.stamps);
        stamps.packages.retain(|name, _| self.folder.join(name).exists());
        self.keep("stamps.json", &*stamps)
    }

    /// The lengths of those packages that are up to date.
    fn up_to_date(&self, packages: &[Package<'_>]) -> Vec<Option<u64>> {
        // What is not as we left it need not be compared with anything.
        let untouched = in_parallel(
            packages,
            || (),
            |(), package| {
                let stamp = lock(&self.stamps).packages.get(package.name).cloned()?;
                let output = disk::digest(&package.path).ok()?;
                if *output.to_hex() != *stamp.output {
                    return None;
                }
                Some((stamp, fs::metadata(&package.path).ok()?.len()))
            },
        );
        let archives = packages.iter().zip(&untouched).filter(|(_, stamp)| stamp.is_some());
        let archives: Vec<_> = archives.flat_map(|(package, _)| &package.archives).collect();
        let mut digests = Press::digests(&archives).into_iter();
        let is_fresh = |(package, untouched): (&Package<'_>, Option<(Stamp, u64)>)| {
            let (stamp, size) = untouched?;
            let digests: io::Result<Vec<_>> = package.archives.iter().filter_map(|_| digests.next()).collect();
            let input = self.input(package.layout, &digests.ok()?).ok()?;
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

/// Removes what a run left that was killed. Whoever holds the lock is the only one who writes; that it cannot be removed is
/// no reason to fail.
fn clear(folder: &Path) {
    let folders = VendorId::ALL.into_iter().filter_map(VendorId::folder).map(|name| folder.join(name));
    for entry in folders.chain([folder.to_owned(), folder.join(NOTES)]).flat_map(fs::read_dir).flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// This program is an input too: another build of it may lay out or seal differently.
fn packer() -> String {
    let program = std::env::current_exe().and_then(fs::metadata);
    let built = program.ok().and_then(|meta| Some((meta.len(), meta.modified().ok()?)));
    format!("nas-pack {} {built:?}", env!("CARGO_PKG_VERSION"))
}

fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    Diagnostic::error(format!("cannot write to `{}`: {}", folder.display(), io_reason(error)))
        .help("name a folder that you may write to with --output")
        .into()
}

fn unpackable(name: &str, error: &io::Error) -> Failure {
    if let Some(source) = SourceError::of(error) {
        return Diagnostic::error(format!("cannot pack `{}`: {}", source.path.display(), source.reason))
            .note(format!("`{name}` needs it; an earlier package of that name is left as it was"))
            .into();
    }
    let found = Diagnostic::error(format!("cannot write `{name}`: {}", io_reason(error)))
        .note("an earlier package of that name is left as it was");
    match error.kind() {
        io::ErrorKind::StorageFull => found.help("free some space, or name another folder with --output").into(),
        _ => found.into(),
    }
}
