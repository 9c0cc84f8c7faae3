//! ASUSTOR ADM 3.x to 5.x: APKG 2.0 packages (`.apk`).
//!
//! Facts are from the App Central developer guides 3.5.0 and 4.2 and from the packages that `apkg-tools` makes.

mod check;
mod config;
mod desktop;
mod extra;
mod facts;
pub mod fields;
mod firmware;
mod json;
pub mod lifecycle;
mod open;
mod register;
pub mod rules;
mod seal;
#[cfg(test)]
mod tests;
mod verify;

pub(super) use open::open;
pub(super) use seal::{archives, assemble};

use self::check::Apk;
use super::{Device, Field, Firmware, Opened, Packager, Request, Runs, Vendor};
use crate::diagnostic::{Result, Rule};
use crate::hooks::lifecycle::Lifecycle;
use crate::lint::Audit;
use crate::model::{Arch, VendorId};

/// The one metadata file.
static METADATA: &[(&str, &[Field])] = &[("CONTROL/config.json", fields::CONFIG)];

/// The folder of metadata and scripts. Nothing else may be called that.
const CONTROL: &str = "CONTROL";

/// The folder in it whose texts are shown at installation. It takes files of the author's.
const LICENSES: &str = "CONTROL/license/";

/// ASUSTOR's App Central packages.
#[derive(Clone, Copy, Debug)]
pub struct Asustor;

/// Where the facts on devices come from. Kernel and glibc are the oldest since ADM 3.0; ADM 4 has glibc 2.27 and, on Intel, Linux 5.4.
const SOURCE: &str = "App Central guides 3.5.0 and 4.2, platform tables";

/// One package for each value that `general.architecture` takes.
const DEVICES: &[Device] = &[
    Device {
        name: "x86-64",
        title: "AS6xx, 31xx, 32xx, 50xx to 54xx, 61xx to 68xx, 70xx to 72xx, FS67xx",
        generation: "",
        runs: Runs::Arch(Arch::X86_64),
        glibc: Some("2.22"),
        kernel: Some("3.12.20"),
        page_size: 4096,
        loads_ours: true,
        source: SOURCE,
    },
    Device {
        name: "arm64",
        title: "AS40xx (since ADM 3.1.2), AS33xx, AS11xx",
        generation: "",
        runs: Runs::Arch(Arch::Aarch64),
        glibc: Some("2.22"),
        kernel: Some("4.4.52"),
        page_size: 4096,
        loads_ours: true,
        source: SOURCE,
    },
    Device {
        name: "arm",
        title: "AS10xx, up to ADM 4.0",
        generation: "",
        runs: Runs::Arch(Arch::Armhf),
        glibc: Some("2.22"),
        kernel: Some("3.10.70"),
        page_size: 4096,
        loads_ours: true,
        source: SOURCE,
    },
    Device {
        name: "i386",
        title: "AS2xx, AS3xx, up to ADM 3.5",
        generation: "",
        runs: Runs::Nothing("its Atom is 32-bit Intel, for which nothing is built; the last ADM for it is 3.5"),
        glibc: Some("2.22"),
        kernel: Some("3.4.26"),
        page_size: 4096,
        loads_ours: true,
        source: SOURCE,
    },
    Device {
        name: "any",
        title: "every model",
        generation: "",
        runs: Runs::Any,
        glibc: None,
        kernel: None,
        page_size: 4096,
        loads_ours: true,
        source: SOURCE,
    },
];

impl Vendor for Asustor {
    fn id(&self) -> VendorId {
        VendorId::Asustor
    }

    fn devices(&self) -> &'static [Device] {
        DEVICES
    }

    fn lifecycle(&self) -> &'static Lifecycle {
        &lifecycle::ADM
    }

    fn firmware(&self, opened: &Opened) -> Result<Firmware> {
        firmware::of(opened)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::RULES
    }

    fn metadata(&self) -> &'static [(&'static str, &'static [Field])] {
        METADATA
    }

    fn verify(&self, audit: &mut Audit<'_>) {
        verify::verify(audit);
    }

    fn check(&self, request: &Request<'_>) -> Option<Box<dyn Packager>> {
        let apk = request.judge(Apk::check)?;
        Some(Box::new(apk))
    }
}
