//! The models that packages can be made for, and what identifies each in a package.
//!
//! Source: the tables inside WD's own packers (OS5 2.0 and OS3 v1.3), each row confirmed by running them. The order of
//! the ids is theirs: they are not sorted, and need no fixing.

use std::sync::LazyLock;

use serde::Serialize;

use crate::model::{Arch, VendorId};
use crate::vendor::{Device, Runs};

/// WD's two systems, whose packages differ in header, signature and models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Os {
    /// My Cloud OS5, firmware 5.x.
    Os5,
    /// My Cloud OS3, firmware 2.x.
    Os3,
}

/// What a package says of the model it is for. Everything else is the same for all models of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Ids {
    /// The file's first eight bytes, the last of which is always `Z`.
    pub magic: [u8; 8],
    /// The model's number, which several models may share.
    pub model: u32,
    /// The number that tells OS5 models of one board apart. OS3 packages have none.
    pub app: Option<u32>,
}

/// A model of one system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// What the packer's `-m` takes.
    pub name: &'static str,
    /// The other system's name for the same box, where it differs.
    pub alias: Option<&'static str>,
    /// What it is sold as.
    pub title: &'static str,
    /// WD's name for the board, where known.
    pub project: Option<&'static str>,
    /// What identifies it in a package.
    pub ids: Ids,
    cpu: Cpu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cpu {
    Intel,
    ArmV7,
    ArmV5,
}

use Cpu::{ArmV5, ArmV7, Intel};

const OS5: [Model; 10] = [
    os5("WDMyCloud", "My Cloud (Gen 2)", "Glacier", *b"GlacierZ", 2, 3, ArmV7),
    os5("WDMyCloudEX4100", "My Cloud EX4100", "YellowStone", *b"Yellow\0Z", 3, 4, ArmV7),
    os5("WDMyCloudDL4100", "My Cloud DL4100", "Sprite", *b"Sprite\0Z", 5, 6, Intel),
    os5("WDMyCloudEX2100", "My Cloud EX2100", "Yosemite", *b"YosemitZ", 4, 5, ArmV7),
    os5("WDMyCloudDL2100", "My Cloud DL2100", "Aurora", *b"Aurora\0Z", 6, 7, Intel),
    Model {
        alias: Some("WDMyCloudMirrorGen2"),
        ..os5("WDMyCloudMirror", "My Cloud Mirror (Gen 2)", "GrandTeton", *b"GrandTeZ", 1, 8, ArmV7)
    },
    os5("MyCloudEX2Ultra", "My Cloud EX2 Ultra", "RangerPeak", *b"GrandTeZ", 1, 9, ArmV7),
    os5("MyCloudPR4100", "My Cloud PR4100", "BlackCanyon", *b"BlackCyZ", 7, 10, Intel),
    os5("MyCloudPR2100", "My Cloud PR2100", "BryceCanyon", *b"BryceCyZ", 8, 11, Intel),
    os5("WDCloud", "WD Cloud (Japan)", "MirronMan", *b"GlacierZ", 2, 12, ArmV7),
];

// `WDMyCloudMirror` is the first generation here, which never got OS5, and the second generation there.
const OS3: [Model; 12] = [
    os3("WDMyCloudEX4", "My Cloud EX4", None, *b"LightniZ", 0, ArmV5),
    os3("WDMyCloudEX2", "My Cloud EX2", None, *b"KingsCaZ", 1, ArmV7),
    os3("WDMyCloudMirror", "My Cloud Mirror (Gen 1)", None, *b"KingsCaZ", 1, ArmV7),
    os3("WDMyCloud", "My Cloud (Gen 2)", Some("Glacier"), *b"GlacierZ", 2, ArmV7),
    os3("WDMyCloudEX4100", "My Cloud EX4100", Some("YellowStone"), *b"Yellow\0Z", 3, ArmV7),
    os3("WDMyCloudDL4100", "My Cloud DL4100", Some("Sprite"), *b"Sprite\0Z", 5, Intel),
    os3("WDMyCloudEX2100", "My Cloud EX2100", Some("Yosemite"), *b"YosemitZ", 4, ArmV7),
    os3("WDMyCloudDL2100", "My Cloud DL2100", Some("Aurora"), *b"Aurora\0Z", 6, Intel),
    os3("WDMyCloudMirrorGen2", "My Cloud Mirror (Gen 2)", Some("GrandTeton"), *b"GrandTeZ", 1, ArmV7),
    os3("MyCloudEX2Ultra", "My Cloud EX2 Ultra", Some("RangerPeak"), *b"GrandTeZ", 1, ArmV7),
    os3("MyCloudPR4100", "My Cloud PR4100", Some("BlackCanyon"), *b"BlackCyZ", 7, Intel),
    os3("MyCloudPR2100", "My Cloud PR2100", Some("BryceCanyon"), *b"BryceCyZ", 8, Intel),
];

const fn os5(
    name: &'static str,
    title: &'static str,
    project: &'static str,
    magic: [u8; 8],
    model: u32,
    app: u32,
    cpu: Cpu,
) -> Model {
    Model { name, alias: None, title, project: Some(project), ids: Ids { magic, model, app: Some(app) }, cpu }
}

const fn os3(
    name: &'static str,
    title: &'static str,
    project: Option<&'static str>,
    magic: [u8; 8],
    model: u32,
    cpu: Cpu,
) -> Model {
    Model { name, alias: None, title, project, ids: Ids { magic, model, app: None }, cpu }
}

impl Os {
    /// The vendor that it counts as.
    pub const fn vendor(self) -> VendorId {
        match self {
            Self::Os5 => VendorId::WdOs5,
            Self::Os3 => VendorId::WdOs3,
        }
    }

    /// Its models, in the packer's order.
    pub const fn models(self) -> &'static [Model] {
        match self {
            Self::Os5 => &OS5,
            Self::Os3 => &OS3,
        }
    }

    /// The model of a name or alias.
    pub fn model(self, name: &str) -> Option<&'static Model> {
        let named = |model: &&Model| model.name == name;
        let also_named = |model: &&Model| model.alias == Some(name);
        self.models().iter().find(named).or_else(|| self.models().iter().find(also_named))
    }

    /// The same models as every vendor lists its devices.
    pub fn devices(self) -> &'static [Device] {
        static DEVICES_OS5: LazyLock<Vec<Device>> = LazyLock::new(|| devices(Os::Os5));
        static DEVICES_OS3: LazyLock<Vec<Device>> = LazyLock::new(|| devices(Os::Os3));
        match self {
            Self::Os5 => &DEVICES_OS5,
            Self::Os3 => &DEVICES_OS3,
        }
    }
}

fn devices(os: Os) -> Vec<Device> {
    os.models().iter().map(|model| model.device(os)).collect()
}

impl Model {
    /// The arch whose binaries it runs, if any.
    pub const fn arch(&self) -> Option<Arch> {
        match self.cpu {
            Intel => Some(Arch::X86_64),
            ArmV7 => Some(Arch::Armhf),
            ArmV5 => None,
        }
    }

    fn device(&self, os: Os) -> Device {
        // OS5 on ARM is Debian 10 to 11. OS3 on ARM has 64 KiB pages and a soft-float userland.
        let debian = os == Os::Os5 && self.cpu == ArmV7;
        let old_arm = os == Os::Os3 && self.cpu != Intel;
        Device {
            name: self.name,
            title: self.title,
            generation: "",
            runs: match self.arch() {
                Some(arch) => Runs::Arch(arch),
                None => Runs::Nothing(
                    "its Kirkwood processor is ARMv5TE, on which ARMv7 code stops with `Illegal instruction`",
                ),
            },
            glibc: debian.then_some("2.28"),
            kernel: debian.then_some("4.14"),
            page_size: if old_arm { 65536 } else { 4096 },
            loads_ours: !old_arm,
            source: match os {
                Os::Os5 => "WD packer 2.0 and its OS5 app guide of October 2020",
                Os::Os3 => "WD packer v1.3",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn listed(os: Os) -> String {
        os.models().iter().fold(String::new(), |mut text, model| {
            let Ids { magic, model: id, app } = model.ids;
            let app = app.map_or_else(String::new, |app| app.to_string());
            let arch = model.arch().map_or("-", Arch::name);
            writeln!(text, "{:20}{:11}{id:2}{app:>3} {arch}", model.name, magic.escape_ascii().to_string()).unwrap();
            text
        })
    }

    #[test]
    fn the_packers_tables() {
        insta::assert_snapshot!(listed(Os::Os5), @r#"
        WDMyCloud           GlacierZ    2  3 armhf
        WDMyCloudEX4100     Yellow\x00Z 3  4 armhf
        WDMyCloudDL4100     Sprite\x00Z 5  6 x86_64
        WDMyCloudEX2100     YosemitZ    4  5 armhf
        WDMyCloudDL2100     Aurora\x00Z 6  7 x86_64
        WDMyCloudMirror     GrandTeZ    1  8 armhf
        MyCloudEX2Ultra     GrandTeZ    1  9 armhf
        MyCloudPR4100       BlackCyZ    7 10 x86_64
        MyCloudPR2100       BryceCyZ    8 11 x86_64
        WDCloud             GlacierZ    2 12 armhf
        "#);
        insta::assert_snapshot!(listed(Os::Os3), @r#"
        WDMyCloudEX4        LightniZ    0    -
        WDMyCloudEX2        KingsCaZ    1    armhf
        WDMyCloudMirror     KingsCaZ    1    armhf
        WDMyCloud           GlacierZ    2    armhf
        WDMyCloudEX4100     Yellow\x00Z 3    armhf
        WDMyCloudDL4100     Sprite\x00Z 5    x86_64
        WDMyCloudEX2100     YosemitZ    4    armhf
        WDMyCloudDL2100     Aurora\x00Z 6    x86_64
        WDMyCloudMirrorGen2 GrandTeZ    1    armhf
        MyCloudEX2Ultra     GrandTeZ    1    armhf
        MyCloudPR4100       BlackCyZ    7    x86_64
        MyCloudPR2100       BryceCyZ    8    x86_64
        "#);
    }

    #[test]
    fn a_mirror_is_found_by_either_name() {
        assert_eq!(Os::Os5.model("WDMyCloudMirrorGen2").map(|model| model.name), Some("WDMyCloudMirror"));
        assert_eq!(Os::Os3.model("WDMyCloudMirrorGen2").map(|model| model.ids.magic), Some(*b"GrandTeZ"));
        assert_eq!(Os::Os3.model("WDMyCloudMirror").map(|model| model.ids.magic), Some(*b"KingsCaZ"));
        assert_eq!(Os::Os5.model("WDMyCloudEX4"), None);
    }

    #[test]
    fn only_the_ex4_runs_nothing() {
        let none = |os: Os| os.devices().iter().filter(|d| d.arch().is_none()).map(|d| d.name).collect::<Vec<_>>();
        assert_eq!(none(Os::Os5), Vec::<&str>::new());
        assert_eq!(none(Os::Os3), ["WDMyCloudEX4"]);
    }
}
