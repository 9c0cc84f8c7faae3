//! ASUSTOR ADM 3.x to 5.x: APKG 2.0 packages (`.apk`).
//!
//! Facts are from the App Central developer guides 3.5.0 and 4.2 and from the packages that `apkg-tools` makes.

mod check;
mod config;
pub mod lifecycle;
mod open;
pub mod rules;
mod seal;
#[cfg(test)]
mod tests;

pub(super) use open::open;
pub(super) use seal::seal;

use self::check::Apk;
use super::{Device, Packager, Request, Runs, Vendor};
use crate::diagnostic::Rule;
use crate::hooks::lifecycle::Lifecycle;
use crate::model::{Arch, VendorId};

/// The folder of metadata and scripts. Nothing else may be called that.
const CONTROL: &str = "CONTROL";

/// ASUSTOR's App Central packages.
#[derive(Clone, Copy, Debug)]
pub struct Asustor;

/// One package for each value that `general.architecture` takes, since ADM 4.
const DEVICES: &[Device] = &[
    Device {
        name: "x86-64",
        title: "AS6xx, 31xx, 32xx, 50xx to 54xx, 61xx to 68xx, 70xx to 72xx, FS67xx",
        generation: "",
        runs: Runs::Arch(Arch::X86_64),
        glibc: Some("2.22"),
        kernel: None,
        page_size: 4096,
        loads_ours: true,
        source: "App Central guides 3.5.0 and 4.2, platform tables",
    },
    Device {
        name: "arm64",
        title: "AS40xx, AS33xx, AS11xx",
        generation: "",
        runs: Runs::Arch(Arch::Aarch64),
        glibc: Some("2.22"),
        kernel: None,
        page_size: 4096,
        loads_ours: true,
        source: "App Central guides 3.5.0 and 4.2, platform tables",
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
        source: "App Central guides 3.5.0 and 4.2, platform tables",
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

    fn rules(&self) -> &'static [&'static Rule] {
        rules::RULES
    }

    fn check(&self, request: &Request<'_>) -> Option<Box<dyn Packager>> {
        let apk = request.judge(Apk::check)?;
        Some(Box::new(apk))
    }
}
