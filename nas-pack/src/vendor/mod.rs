//! The vendors' package formats, all behind one trait.
//!
//! A vendor first *checks* the app against its rules and settles everything that does not depend on a build; then, for
//! each device and payload, a pure function *lays out* the package's files; then [`Layout::seal`] writes the bytes.

pub mod asustor;
mod icon;
pub mod synology;
pub mod wd;

use std::fmt;
use std::io::{self, Seek, Write};

use serde::Serialize;

use crate::archive::Tree;
use crate::diagnostic::{Findings, Result};
use crate::layer::Table;
use crate::model::{App, Arch, VendorId};

pub use icon::IconSource;

/// A model, or a group of models, that needs a package of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Device {
    /// The vendor's own word for it: a model name, or the arch value that the vendor's metadata takes.
    pub name: &'static str,
    /// What people know it as.
    pub title: &'static str,
    /// The arch whose binaries it runs; `None` where it runs none of ours.
    pub arch: Option<Arch>,
    /// Why no package is made for it, where `arch` is `None`.
    pub unsupported: Option<&'static str>,
    /// The oldest glibc among its firmwares, where known. Static binaries need none.
    pub glibc: Option<&'static str>,
    /// The oldest kernel among its firmwares, where known.
    pub kernel: Option<&'static str>,
    /// Where these facts come from.
    pub source: &'static str,
}

/// A vendor's format: what it is called, what it runs on, and how an app becomes a package of it.
pub trait Vendor: Sync + fmt::Debug {
    /// Which one it is.
    fn id(&self) -> VendorId;

    /// The devices that packages can be made for, in the order in which they are listed.
    fn devices(&self) -> &'static [Device];

    /// Holds an app against the vendor's rules, reads the vendor's own keys, and settles what does not depend on a build. `None`
    /// when something was found that prevents a package.
    fn check(&self, request: &Request<'_>) -> Option<Box<dyn Packager>>;
}

/// What a vendor is given to check.
#[derive(Debug)]
pub struct Request<'a> {
    /// The app as it is for this vendor, overrides applied.
    pub app: &'a App,
    /// The merged description, in which the vendor finds its own section and every value its origin.
    pub layer: &'a Table,
    /// Where findings go.
    pub findings: &'a Findings,
    /// The time that stands in the package wherever a format demands one, in seconds since 1970: `SOURCE_DATE_EPOCH`, or a
    /// constant, so that the same input gives the same bytes.
    pub epoch: u32,
}

/// An app that satisfies a vendor's rules, ready to be laid out.
pub trait Packager: Send + Sync + fmt::Debug {
    /// The version as this vendor writes it.
    fn version(&self) -> &str;

    /// Whether the author wants a package for a device. Not asked for devices that cannot run it.
    fn wants(&self, _device: &Device) -> bool {
        true
    }

    /// The name of the finished file.
    fn file_name(&self, device: &Device) -> String;

    /// The package's files and metadata for a device. Reads nothing: files are named in the tree and read when sealed.
    fn layout(&self, device: &Device, payload: &Payload) -> Result<Layout>;
}

/// What every vendor's package of one arch carries: the app's folder with binaries and assets.
#[derive(Clone, Debug)]
pub struct Payload {
    /// What the binaries run on.
    pub arch: Arch,
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
}

/// How a layout becomes bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Seal {
    /// WD's `.bin`: a header, then a tar.gz with one folder, whose name the header has.
    Bin {
        /// Everything in the header that does not depend on the payload.
        header: wd::header::Header,
    },
}

impl Layout {
    /// Writes the package. `out` must be empty.
    pub fn seal<W: Write + Seek>(&self, out: &mut W) -> io::Result<()> {
        match &self.seal {
            Seal::Bin { header } => wd::seal(out, header, &self.tree, self.epoch),
        }
    }
}
