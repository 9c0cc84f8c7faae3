//! Synology: `.spk` packages, one for each generation of DSM.
//!
//! Facts are from the DSM 7.2 developer guide, the 2014 guide where that one is silent, spksrc's toolchains, and from what
//! devices are reported to answer.

mod check;
mod conf;
mod devices;
pub mod fields;
mod firmware;
mod generation;
mod info;
mod keys;
pub mod lifecycle;
mod open;
mod platforms;
pub mod rules;
mod seal;
#[cfg(test)]
mod tests;
mod verify;
#[cfg(test)]
mod verify_tests;
mod version;

pub(super) use open::open;
pub(super) use seal::{archive, assemble, outer_files};

use self::check::Spk;
use self::generation::Dsm;
use super::field::Field;
use super::{Device, Firmware, Opened, Packager, Request, Vendor};
use crate::diagnostic::{Result, Rule};
use crate::hooks::lifecycle::Lifecycle;
use crate::lint::Audit;
use crate::model::VendorId;

/// Synology's packages.
#[derive(Clone, Copy, Debug)]
pub struct Synology;

impl Vendor for Synology {
    fn id(&self) -> VendorId {
        VendorId::Synology
    }

    fn devices(&self) -> &'static [Device] {
        devices::DEVICES
    }

    fn lifecycle(&self) -> &'static Lifecycle {
        &lifecycle::DSM_7
    }

    fn lifecycles(&self) -> Vec<&'static Lifecycle> {
        Dsm::ALL.into_iter().rev().map(lifecycle::of).collect()
    }

    fn firmware(&self, opened: &Opened) -> Result<Firmware> {
        firmware::of(opened)
    }

    fn answers(&self, wizard: &str) -> Option<Vec<(String, String)>> {
        let wizard: serde_json::Value = serde_json::from_str(wizard).ok()?;
        wizard.is_array().then(|| firmware::answers(&wizard))
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::RULES
    }

    fn metadata(&self) -> &'static [(&'static str, &'static [Field])] {
        &conf::fields::FILES
    }

    fn verify(&self, audit: &mut Audit<'_>) {
        verify::verify(audit);
    }

    fn check(&self, request: &Request<'_>) -> Option<Box<dyn Packager>> {
        let spk = request.judge(Spk::check)?;
        Some(Box::new(spk))
    }
}
