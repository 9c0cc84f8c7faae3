//! The devices that SPKs are made for: one package for each family of `arch` words and generation of DSM.

use super::generation::Dsm;
use crate::model::Arch;
use crate::vendor::{Device, Runs};

const TOOLCHAINS: &str = "spksrc toolchains";

const I686: &str = "its Intel CE5335 is a 32-bit processor, and none of ours is built for those";
const ARMV5: &str = "its ARMv5 kernel is Linux 2.6.32, and Rust's standard library needs 3.2";
const POWERPC: &str = "no Rust target is left for its PowerPC with SPE";
const SOFT_FLOAT: &str = "its HiSilicon processor has no floating-point unit, which our ARM binaries need";

/// What differs between the devices; `versions` are the oldest glibc and kernel.
const fn device(
    dsm: Dsm,
    name: &'static str,
    title: &'static str,
    runs: Runs,
    versions: Option<(&'static str, &'static str)>,
) -> Device {
    let (glibc, kernel) = match versions {
        Some((glibc, kernel)) => (Some(glibc), Some(kernel)),
        None => (None, None),
    };
    Device {
        name,
        title,
        generation: dsm.title(),
        runs,
        glibc,
        kernel,
        page_size: 4096,
        loads_ours: true,
        source: TOOLCHAINS,
    }
}

const INTEL: &str = "every 64-bit Intel and AMD model";
const ARM: &str = "Alpine, Marvell Armada, Comcerto 2000 and Monaco models";
const EVERY: &str = "every model, for apps without binaries";

pub(super) const DEVICES: &[Device] = &[
    device(Dsm::V7, "x86_64", INTEL, Runs::Arch(Arch::X86_64), Some(("2.26", "3.10.108"))),
    device(
        Dsm::V7,
        "armv8",
        "Realtek RTD1296, RTD1619 and Marvell Armada 37xx models",
        Runs::Arch(Arch::Aarch64),
        Some(("2.26", "4.4.180")),
    ),
    device(Dsm::V7, "armv7", ARM, Runs::Arch(Arch::Armhf), Some(("2.20", "3.2.101"))),
    device(Dsm::V7, "evansport", "DS214play, DS415play", Runs::Nothing(I686), Some(("2.26", "3.2.101"))),
    device(Dsm::V7, "noarch", EVERY, Runs::Any, None),
    device(Dsm::V6, "dsm6-x86_64", INTEL, Runs::Arch(Arch::X86_64), Some(("2.20", "3.10.102"))),
    device(
        Dsm::V6,
        "dsm6-armv8",
        "Realtek RTD1296 and Marvell Armada 37xx models",
        Runs::Arch(Arch::Aarch64),
        Some(("2.20", "4.4.15")),
    ),
    device(Dsm::V6, "dsm6-armv7", ARM, Runs::Arch(Arch::Armhf), Some(("2.20", "3.2.40"))),
    device(Dsm::V6, "dsm6-evansport", "DS214play, DS415play", Runs::Nothing(I686), Some(("2.20", "3.2.40"))),
    device(Dsm::V6, "dsm6-hi3535", "NVR1218, VS960HD", Runs::Nothing(SOFT_FLOAT), Some(("2.19", "3.4.35"))),
    device(Dsm::V6, "dsm6-88f628x", "Marvell Kirkwood models", Runs::Nothing(ARMV5), Some(("2.15", "2.6.32"))),
    device(Dsm::V6, "dsm6-qoriq", "DS213+, DS413", Runs::Nothing(POWERPC), Some(("2.20", "2.6.32"))),
    device(Dsm::V6, "dsm6-noarch", EVERY, Runs::Any, None),
    device(Dsm::V5, "dsm5-x86_64", INTEL, Runs::Arch(Arch::X86_64), Some(("2.17", "3.2.40"))),
    device(Dsm::V5, "dsm5-armv7", ARM, Runs::Arch(Arch::Armhf), Some(("2.15", "3.2.40"))),
    device(Dsm::V5, "dsm5-evansport", "DS214play, DS415play", Runs::Nothing(I686), Some(("2.13", "3.2.40"))),
    device(Dsm::V5, "dsm5-88f628x", "Marvell Kirkwood models", Runs::Nothing(ARMV5), Some(("2.15", "2.6.32"))),
    device(Dsm::V5, "dsm5-qoriq", "DS213+, DS413", Runs::Nothing(POWERPC), Some(("2.8", "2.6.32"))),
    device(Dsm::V5, "dsm5-ppc853x", "DS110+, DS210+, DS410", Runs::Nothing(POWERPC), Some(("2.8", "2.6.32"))),
    device(Dsm::V5, "dsm5-noarch", EVERY, Runs::Any, None),
];

/// The device's name without its generation, as file names have it.
pub(super) fn family(device: &Device) -> &'static str {
    device.name.split_once('-').map_or(device.name, |(_, family)| family)
}
