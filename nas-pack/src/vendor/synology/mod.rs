//! Synology DSM 7: `.spk` packages.
//!
//! Facts are from the DSM 7.2 developer guide, the 2014 guide where that one is silent, spksrc's toolchains, and from what
//! devices are reported to answer.

mod check;
mod conf;
mod generation;
mod info;
pub mod lifecycle;
mod open;
pub mod rules;
mod seal;
#[cfg(test)]
mod tests;
mod version;

pub(super) use open::open;
pub(super) use seal::seal;

use self::check::Spk;
use super::field::Field;
use super::{Device, Packager, Request, Runs, Vendor};
use crate::diagnostic::Rule;
use crate::hooks::lifecycle::Lifecycle;
use crate::lint::Audit;
use crate::model::{Arch, VendorId};

/// Synology's DSM 7 packages.
#[derive(Clone, Copy, Debug)]
pub struct Synology;

/// One package for each family of `arch` values; the platforms that INFO names for each are in `check.rs`.
const DEVICES: &[Device] = &[
    Device {
        name: "x86_64",
        title: "every 64-bit Intel and AMD model",
        generation: "DSM 7",
        runs: Runs::Arch(Arch::X86_64),
        glibc: Some("2.26"),
        kernel: Some("3.10.108"),
        page_size: 4096,
        loads_ours: true,
        source: "spksrc toolchains for DSM 7.0 to 7.3",
    },
    Device {
        name: "armv8",
        title: "Realtek RTD1296, RTD1619 and Marvell Armada 37xx models",
        generation: "DSM 7",
        runs: Runs::Arch(Arch::Aarch64),
        glibc: Some("2.26"),
        kernel: Some("4.4.180"),
        page_size: 4096,
        loads_ours: true,
        source: "spksrc toolchains for DSM 7.0 to 7.3",
    },
    Device {
        name: "armv7",
        title: "Alpine, Marvell Armada, Comcerto 2000 and Monaco models",
        generation: "DSM 7",
        runs: Runs::Arch(Arch::Armhf),
        glibc: Some("2.20"),
        kernel: Some("3.2.101"),
        page_size: 4096,
        loads_ours: true,
        source: "spksrc toolchains for DSM 7.0 to 7.3",
    },
];

impl Vendor for Synology {
    fn id(&self) -> VendorId {
        VendorId::Synology
    }

    fn devices(&self) -> &'static [Device] {
        DEVICES
    }

    fn lifecycle(&self) -> &'static Lifecycle {
        &lifecycle::DSM_7
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::RULES
    }

    fn metadata(&self) -> &'static [(&'static str, &'static [Field])] {
        &conf::fields::FILES
    }

    fn verify(&self, audit: &mut Audit<'_>) {
        conf::verify(audit);
    }

    fn check(&self, request: &Request<'_>) -> Option<Box<dyn Packager>> {
        let spk = request.judge(Spk::check)?;
        Some(Box::new(spk))
    }
}
