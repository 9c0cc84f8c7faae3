//! The folder that packages are written to: locked, atomic, and aware of what is up to date.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fs4::FileExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::archive::{Content, EntryKind, SourceError};
use crate::diagnostic::{Diagnostic, Failure, Result, io_reason};
use crate::digest::hex;
use crate::model::VendorId;
use crate::progress::Reporter;
use crate::sync::lock;
use crate::vendor::Layout;

/// Our own notes in the output folder.
pub(crate) const NOTES: &str = ".nas-pack";

/// How the names of files begin that are being written.
const TEMPORARY: &str = ".nas-pack-";

/// An output folder that this process alone writes to while the value lives.
#[derive(Debug)]
pub(crate) struct Output {
    folder: PathBuf,
    _lock: File,
    stamps: Mutex<Stamps>,
    digests: Mutex<HashMap<PathBuf, String>>,
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
    /// SHA-256 over everything that the package is made of.
    input: String,
    /// SHA-256 of the package.
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
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
            stamps: Mutex::new(stamps),
            digests: Mutex::default(),
            packer: packer(),
        })
    }

    /// Writes a package, unless the one that is there was made from the same input and not touched since.
    pub(crate) fn write(&self, name: &str, layout: &Layout, force: bool) -> Result<Written> {
        let path = self.folder.join(name);
        let input = self.input_digest(layout).map_err(|error| unpackable(name, &error))?;
        if !force && let Some(size) = self.up_to_date(name, &path, &input) {
            return Ok(Written { path, size, fresh: true });
        }
        let size = seal(&path, layout).map_err(|error| unpackable(name, &error))?;
        let output = digest_file(&path).map_err(|error| unpackable(name, &error))?;
        lock(&self.stamps).packages.insert(name.to_owned(), Stamp { input, output });
        Ok(Written { path, size, fresh: false })
    }

    /// Keeps what a package was made from. Written anew even if it is the same: its time tells as of when it is.
    pub(crate) fn keep(&self, name: &str, note: &impl Serialize) -> Result<()> {
        let path = self.folder.join(NOTES).join(name);
        let json = serde_json::to_vec_pretty(note).unwrap_or_default();
        replace(&path, |file| file.write_all(&json)).map_err(|error| Failure::io("write", path, &error))?;
        Ok(())
    }

    /// Remembers what was written. Called once at the end; a run that was killed before only packs again.
    pub(crate) fn remember(&self) -> Result<()> {
        let mut stamps = lock(&self.stamps);
        stamps.packages.retain(|name, _| self.folder.join(name).exists());
        self.keep("stamps.json", &*stamps)
    }

    fn up_to_date(&self, name: &str, path: &Path, input: &str) -> Option<u64> {
        let stamp = lock(&self.stamps).packages.get(name).cloned()?;
        let current = stamp.input == input && digest_file(path).ok()? == stamp.output;
        if current { fs::metadata(path).ok().map(|meta| meta.len()) } else { None }
    }

    /// SHA-256 over everything that makes the package what it is: the packer, the seal, and each entry with its bytes.
    fn input_digest(&self, layout: &Layout) -> io::Result<String> {
        let mut hash = Sha256::new();
        // Every field is preceded by its length, so that no two inputs run together.
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        field(self.packer.as_bytes());
        field(format!("{:?} {} {}", layout.seal, layout.epoch, layout.compression).as_bytes());
        for (path, entry) in layout.tree.iter() {
            field(path.as_str().as_bytes());
            field(&entry.mode.to_le_bytes());
            match &entry.kind {
                EntryKind::Dir => field(b"dir"),
                EntryKind::Symlink(target) => field(format!("link {target}").as_bytes()),
                EntryKind::File(Content::Bytes(bytes)) => field(bytes),
                EntryKind::File(Content::File { path, .. }) => field(self.digest(path)?.as_bytes()),
            }
        }
        Ok(hex(&hash.finalize()))
    }

    /// The digest of a file that many packages share, computed once a run.
    fn digest(&self, path: &Path) -> io::Result<String> {
        if let Some(known) = lock(&self.digests).get(path) {
            return Ok(known.clone());
        }
        let digest = digest_file(path)?;
        lock(&self.digests).insert(path.to_owned(), digest.clone());
        Ok(digest)
    }
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

fn seal(path: &Path, layout: &Layout) -> io::Result<u64> {
    replace(path, |file| {
        let mut out = BufWriter::new(file);
        layout.seal(&mut out)?;
        out.flush()
    })
}

/// This program is an input too: another build of it may lay out or seal differently.
fn packer() -> String {
    let program = std::env::current_exe().and_then(fs::metadata);
    let built = program.ok().and_then(|meta| Some((meta.len(), meta.modified().ok()?)));
    format!("nas-pack {} {built:?}", env!("CARGO_PKG_VERSION"))
}

/// Replaces a file as a whole: written beside it under another name, made durable, then renamed. On any error the old file
/// stays as it was. Returns the new length.
fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<u64> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = NamedTempFile::with_prefix_in(TEMPORARY, folder)?;
    write(temporary.as_file_mut())?;
    let file = temporary.as_file();
    // Temporary files are private; a package is for others to upload.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.sync_all()?;
    let size = file.metadata()?.len();
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(size)
}

fn digest_file(path: &Path) -> io::Result<String> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {}", path.display(), io_reason(&error)));
    let mut file = File::open(path).map_err(named)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(named)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
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
