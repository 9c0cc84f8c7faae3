//! The vendors' package formats, all behind one trait.
//!
//! A vendor first *checks* the app against its rules and settles everything that does not depend on a build; then, for
//! each device and payload, a pure function *lays out* the package's files; then [`Layout::seal`] writes the bytes.

pub mod asustor;
pub mod field;
pub mod firmware;
mod icon;
pub mod open;
mod request;
pub mod synology;
#[cfg(test)]
pub(crate) mod testing;
pub mod userland;
pub mod wd;

use std::fmt;
use std::io::{self, Seek, Write};
use std::iter;
use std::sync::Arc;

use serde::Serialize;

use crate::archive::{Archive, Body, Entry, Packing, Press, Tree, TreePath};
use crate::diagnostic::{Findings, Result, Rule};
use crate::disk::Disk;
use crate::hooks::lifecycle::Lifecycle;
use crate::lint::Audit;
use crate::model::{Arch, Compression, VendorId};

pub use field::Field;
pub use firmware::Firmware;
pub use icon::{IconSource, Icons};
pub use open::{Opened, open};
pub use request::Request;

/// A model, or a group of models, that needs a package of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Device {
    /// The vendor's own word for it: a model name, or the arch value that the vendor's metadata takes.
    pub name: &'static str,
    /// What people know it as.
    pub title: &'static str,
    /// The generation of firmware, as people call it, where packages differ by it: `DSM 7`. Empty where they do not.
    pub generation: &'static str,
    /// What it runs.
    pub runs: Runs,
    /// The oldest glibc among its firmwares, where known. Static binaries need none.
    pub glibc: Option<&'static str>,
    /// The oldest kernel among its firmwares, where known.
    pub kernel: Option<&'static str>,
    /// The page size of its kernel in bytes. A binary's segments must be aligned to at least that.
    pub page_size: u64,
    /// Whether its libraries can be loaded by binaries of ours. Where its userland is soft-float they cannot, and only static
    /// binaries run.
    pub loads_ours: bool,
    /// Where these facts come from.
    pub source: &'static str,
}

/// What a device runs of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// Binaries of this arch.
    Arch(Arch),
    /// It stands for every model at once: for apps without binaries.
    Any,
    /// None of our binaries, for this reason.
    Nothing(&'static str),
}

impl Device {
    /// The arch whose binaries it runs.
    pub const fn arch(&self) -> Option<Arch> {
        match self.runs {
            Runs::Arch(arch) => Some(arch),
            Runs::Any | Runs::Nothing(_) => None,
        }
    }
}

/// A vendor's format: what it is called, what it runs on, and how an app becomes a package of it.
pub trait Vendor: Sync + fmt::Debug {
    /// Which one it is.
    fn id(&self) -> VendorId;

    /// The devices that packages can be made for, in the order in which they are listed.
    fn devices(&self) -> &'static [Device];

    /// What its firmware does with a package, in the newest generation that packages are made for.
    fn lifecycle(&self) -> &'static Lifecycle;

    /// The same for each generation that packages are made for, the newest first. A device's `generation` is that of one of them,
    /// unless there is one table for all.
    fn lifecycles(&self) -> Vec<&'static Lifecycle> {
        vec![self.lifecycle()]
    }

    /// A box of this vendor, as an opened package of this vendor finds it: what is on it, what the firmware does with the package
    /// itself, and what its scripts get. Reads nothing but the package's metadata.
    ///
    /// # Errors
    ///
    /// The package has no name that a folder can have. Whatever else is missing or wrong is passed over.
    fn firmware(&self, opened: &Opened) -> Result<Firmware>;

    /// What somebody answers to a wizard, given as its file has it, who changes nothing; `None` if it cannot be shown. Most vendors have
    /// no wizards.
    fn answers(&self, _wizard: &str) -> Option<Vec<(String, String)>> {
        None
    }

    /// The rules of its own.
    fn rules(&self) -> &'static [&'static Rule];

    /// The keys of its metadata files, by file.
    fn metadata(&self) -> &'static [(&'static str, &'static [Field])];

    /// Holds an opened package of this vendor against its rules.
    fn verify(&self, audit: &mut Audit<'_>);

    /// Holds an app against the vendor's rules, reads the vendor's own keys, and settles what does not depend on a build. `None`
    /// when something was found that prevents a package.
    fn check(&self, request: &Request<'_>) -> Option<Box<dyn Packager>>;
}

/// An app that satisfies a vendor's rules, ready to be laid out.
pub trait Packager: Send + Sync + fmt::Debug {
    /// The version as this vendor writes it.
    fn version(&self) -> &str;

    /// Whether the author wants a package for a device, or why not, whatever the device runs.
    fn takes(&self, _device: &Device) -> Result<(), String> {
        Ok(())
    }

    /// The name of the finished file.
    fn file_name(&self, device: &Device) -> String;

    /// The package's files and metadata for a device. Reads nothing: files are named in the tree and read when sealed.
    ///
    /// What rules have against the app's files is pushed to `findings`, at the levels that the author chose: where there is an
    /// error among it, the layout is not for packing.
    ///
    /// # Errors
    ///
    /// There is no layout at all, such as when a file of the app is in the place of one of the vendor's.
    fn layout(&self, device: &Device, payload: &Payload, findings: &Findings) -> Result<Layout>;
}

/// What every vendor's package of one arch carries: the app's folder with binaries and assets.
#[derive(Clone, Debug)]
pub struct Payload {
    /// What the binaries run on; `None` if there are none.
    pub arch: Option<Arch>,
    /// `bin/…` and the assets.
    pub tree: Tree,
}

/// A package before it is written: every file of it in the vendor's source layout, and what the seal adds.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The files.
    pub tree: Tree,
    /// How they are written.
    pub seal: Seal,
    /// The time of every member, in seconds since 1970.
    pub epoch: u32,
    /// How hard the sealed archives are compressed.
    pub compression: Compression,
}

/// How a layout becomes bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Seal {
    /// ASUSTOR's `.apk`: a zip with `CONTROL/` and the rest as two archives.
    Apk,
    /// Synology's `.spk`: a tar in which `package/` is an archive, whose size and checksum are added to `INFO`.
    Spk {
        /// Whether DSM takes the size in bytes, as before 6.0, and not in KiB.
        size_in_bytes: bool,
        /// Whether the archive is compressed with xz, which DSM reads since 6.0, and not with gzip.
        xz: bool,
    },
    /// WD's `.bin`: a header, then a tar.gz with one folder, whose name the header has.
    Bin {
        /// Everything in the header that does not depend on the payload.
        header: wd::header::Header,
    },
}

impl Layout {
    /// Writes the package. `out` must be empty.
    ///
    /// Whoever packs several of them compresses what they share [once](crate::pipeline::pack).
    ///
    /// # Errors
    ///
    /// The output cannot be written, or a file of the tree cannot be read as it was when the tree was made; then the
    /// error holds a [`SourceError`](crate::archive::SourceError).
    pub fn seal<W: Write + Seek>(&self, out: &mut W) -> io::Result<()> {
        let archives = self.archives();
        let press = Press::new(&Disk::default(), &std::env::temp_dir())?;
        let bodies: io::Result<Vec<_>> = press.compress(&archives.iter().collect::<Vec<_>>()).into_iter().collect();
        self.assemble(&bodies?, out)
    }

    /// The archives that the package holds, which are compressed and then [put together](Self::assemble).
    pub(crate) fn archives(&self) -> Vec<Archive<'_>> {
        let Self { tree, seal, epoch, compression } = self;
        let (tars, packing) = match seal {
            Seal::Apk => (asustor::archives(tree, *epoch).into(), Packing::Gzip(*compression)),
            Seal::Spk { xz: true, .. } => (vec![synology::archive(tree, *epoch)], Packing::Xz),
            Seal::Spk { xz: false, .. } => (vec![synology::archive(tree, *epoch)], Packing::Gzip(*compression)),
            Seal::Bin { header } => (vec![wd::archive(tree, header, *epoch)], Packing::Gzip(*compression)),
        };
        tars.into_iter().map(|tar| Archive { tar, packing }).collect()
    }

    /// Writes the package around its compressed archives, which are in the order of [`archives`](Self::archives).
    pub(crate) fn assemble<W: Write + Seek>(&self, bodies: &[Arc<Body>], out: &mut W) -> io::Result<()> {
        match (&self.seal, bodies) {
            (Seal::Apk, [control, data]) => asustor::assemble(control, data, self.epoch, out),
            (Seal::Spk { size_in_bytes, .. }, [package]) => {
                synology::assemble(&self.tree, package, *size_in_bytes, self.epoch, out)
            }
            (Seal::Bin { header }, [payload]) => wd::assemble(header, payload, out),
            _ => Err(io::Error::other("these are not the archives of the package")),
        }
    }

    /// The files that are in the package itself and not in one of its archives.
    pub(crate) fn outer_files(&self) -> Box<dyn Iterator<Item = (&TreePath, &Entry)> + '_> {
        match self.seal {
            Seal::Spk { .. } => Box::new(synology::outer_files(&self.tree)),
            Seal::Apk | Seal::Bin { .. } => Box::new(iter::empty()),
        }
    }
}

/// The vendor of that name.
pub fn vendor(id: VendorId) -> &'static dyn Vendor {
    match id {
        VendorId::Asustor => &asustor::Asustor,
        VendorId::Synology => &synology::Synology,
        VendorId::WdOs5 => &wd::OS5,
        VendorId::WdOs3 => &wd::OS3,
    }
}

/// A metadata file in JSON: two spaces, LF at the end, keys in the order of the type's fields.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain data with text keys always has a JSON form") + "\n"
}
