//! The scenes of a package's life for people: what each plays, and which rules it holds the package against.

use std::str::FromStr;

use super::Scene;
use super::rules::{
    SIM001, SIM002, SIM003, SIM004, SIM005, SIM006, SIM007, SIM008, SIM009, SIM010, SIM011, SIM012, SIM013, SIM014,
    SIM015, SIM016, SIM017, SIM018, SIM019, SIM020, SIM021, SIM022, SIM023, SIM024,
};
use crate::diagnostic::Rule;
use crate::model::UnknownName;

/// What every scene holds a package and its scripts against.
pub static ANY_SCENE: &[&Rule] = &[&SIM001, &SIM005, &SIM006, &SIM013, &SIM017, &SIM021, &SIM022, &SIM024];

impl Scene {
    /// What is played, as a sentence without its full stop.
    pub const fn plays(self) -> &'static str {
        match self {
            Self::Install => "a first installation, and the app's start",
            Self::Status => "the status while the daemon runs",
            Self::Probe => "a question to the declared port: over HTTP where it has a page, else a connection",
            Self::Data => "what the app wrote so far, its owner and mode; a user's data is laid there from here on",
            Self::StartAgain => "a start while the daemon runs",
            Self::Stop => "a stop, and the status after it",
            Self::StopAgain => "a stop of what is stopped",
            Self::Start => "a start after a stop",
            Self::Boot => "the box shuts down and boots, with what the firmware does not keep gone",
            Self::Upgrade => "a newer version over an older one",
            Self::SameVersion => "the same version once more, which some firmwares refuse",
            Self::Downgrade => "an older version over a newer one, which some firmwares refuse",
            Self::Reinstall => {
                "a file by hand over the installed version, where the firmware has a way of its own for that"
            }
            Self::FailedUpgrade => "an upgrade whose first script fails",
            Self::PowerCutStart => {
                "the power goes while the daemon starts, and again while it runs; the box boots each time"
            }
            Self::PowerCutUpgrade => {
                "the power goes in an upgrade, once behind each of the firmware's acts; the box boots and the upgrade is \
                 made again"
            }
            Self::SnapshotRestore => "a snapshot of the volume is restored",
            Self::PortTaken => "a start while another program has the port",
            Self::Uninstall => "the app is removed for good",
            Self::InstallAgain => "it is installed once more, finds what an uninstallation keeps, and is removed",
            Self::Audit => "what is left on the box when all is over: files, links, processes",
        }
    }

    /// The rules that the package is held against there, beside those of [`ANY_SCENE`].
    pub fn rules(self) -> &'static [&'static Rule] {
        match self {
            Self::Install => const { &[&SIM002, &SIM003, &SIM007, &SIM016] },
            Self::Status => const { &[&SIM007] },
            Self::Probe => const { &[&SIM003] },
            Self::Data => const { &[&SIM019, &SIM020] },
            Self::StartAgain => const { &[&SIM002, &SIM003, &SIM007, &SIM010, &SIM023] },
            Self::Stop => const { &[&SIM007, &SIM008, &SIM009] },
            Self::StopAgain => const { &[&SIM007, &SIM014] },
            Self::Boot => const { &[&SIM002, &SIM003, &SIM007, &SIM008, &SIM010] },
            Self::Start
            | Self::Upgrade
            | Self::SameVersion
            | Self::Downgrade
            | Self::Reinstall
            | Self::PowerCutUpgrade
            | Self::SnapshotRestore
            | Self::InstallAgain => const { &[&SIM002, &SIM003, &SIM007, &SIM010] },
            Self::FailedUpgrade => const { &[&SIM010, &SIM018] },
            Self::PowerCutStart => const { &[&SIM010, &SIM015] },
            Self::PortTaken => const { &[&SIM002, &SIM003, &SIM004, &SIM007, &SIM008, &SIM010] },
            Self::Uninstall | Self::Audit => const { &[&SIM011, &SIM012] },
        }
    }

    /// Whether the package is held against a rule there.
    pub(super) fn has(self, rule: &Rule) -> bool {
        self.rules().iter().chain(ANY_SCENE).any(|own| own.code == rule.code)
    }
}

impl FromStr for Scene {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|scene| scene.name() == name).ok_or_else(|| UnknownName::new(name))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use super::super::rules::RULES;
    use super::*;

    /// `BLESS=1 cargo test` writes the manual's table of scenes.
    #[test]
    fn the_manual_has_every_scene() {
        let links = |rules: &[&Rule]| {
            let link = |rule: &&Rule| format!("[{}](rules.md#{})", rule.code, rule.code.to_lowercase());
            rules.iter().map(link).collect::<Vec<_>>().join(" ")
        };
        let mut table = String::from("| scene | what is played | rules |\n|---|---|---|\n");
        for scene in Scene::ALL {
            let _ = writeln!(table, "| `{scene}` | {} | {} |", scene.plays(), links(scene.rules()));
        }
        let _ = writeln!(table, "| any | | {} |", links(ANY_SCENE));
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/simulate.md");
        crate::manual::hold(&page, [("scenes", table)]);
    }

    #[test]
    fn every_rule_belongs_to_a_scene() {
        let told =
            |rule: &&&Rule| Scene::ALL.iter().flat_map(|scene| scene.rules()).chain(ANY_SCENE).any(|one| one == *rule);
        let untold: Vec<_> = RULES.iter().filter(|rule| !told(rule)).map(|rule| rule.code).collect();
        assert_eq!(untold, [""; 0]);
    }

    #[test]
    fn scenes_are_called_by_their_names() {
        for scene in Scene::ALL {
            assert_eq!(scene.name().parse(), Ok(scene));
        }
        assert!("installation".parse::<Scene>().is_err());
    }
}
