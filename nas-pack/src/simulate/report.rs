//! What came of a simulation, as plain data.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Failure, Level, Result};
use crate::hooks::lifecycle::Whose;
use crate::model::{Arch, VendorId};

/// What came of one package.
#[derive(Clone, Debug)]
pub struct Life {
    /// The package's file.
    pub file: PathBuf,
    /// Whose format it has.
    pub vendor: VendorId,
    /// The firmware that was played, as people call it: `DSM 7`.
    pub firmware: &'static str,
    /// The package's name.
    pub package: String,
    /// Its version, as the vendor writes it.
    pub version: String,
    /// The devices it says it is for, in the vendor's words.
    pub devices: Vec<String>,
    /// What its programs run on, where it has any.
    pub arch: Option<Arch>,
    /// What was played, in order.
    pub scenes: Vec<SceneReport>,
    /// What of the device or of the package's life is not played, each as a sentence without its full stop.
    pub not_modelled: Vec<String>,
    /// How long it took altogether.
    pub took: Duration,
    /// Where the box was kept, if that was asked for.
    pub kept: Option<PathBuf>,
}

/// A part of a package's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scene {
    /// A first installation, up to the daemon's start.
    Install,
    /// The status while the daemon runs.
    Status,
    /// A question to the port that the package declares.
    Probe,
    /// What the app wrote, and to whom it belongs. Markers stand in for a user's data from here on.
    Data,
    /// A start while the daemon runs.
    StartAgain,
    /// A stop, with what is left of it, and the status after it.
    Stop,
    /// A stop of what is stopped.
    StopAgain,
    /// A start after a stop.
    Start,
    /// The box shuts down and boots.
    Boot,
    /// A newer version over an older one.
    Upgrade,
    /// The same version once more.
    SameVersion,
    /// An older version over a newer one.
    Downgrade,
    /// The same file by hand, in the firmware's own way.
    Reinstall,
    /// An upgrade whose first script fails.
    FailedUpgrade,
    /// The power goes while the daemon starts, and again while it runs.
    PowerCutStart,
    /// The power goes in an upgrade, once behind each of the firmware's acts.
    PowerCutUpgrade,
    /// A snapshot of the volume is restored.
    SnapshotRestore,
    /// A start while something else has the port.
    PortTaken,
    /// The app is removed for good.
    Uninstall,
    /// It is installed and removed once more: what an uninstallation keeps must be found again.
    InstallAgain,
    /// What is left when all is over.
    Audit,
}

/// What came of a scene.
#[derive(Clone, Debug)]
pub struct SceneReport {
    /// Which one.
    pub scene: Scene,
    /// When it began, from the beginning of the life.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
    /// The scripts that the firmware ran, in order.
    pub calls: Vec<CallReport>,
    /// What was found: one of the simulation's rules each.
    pub findings: Vec<Diagnostic>,
    /// What was looked at and is as it should be, each in a few words: `answers 200 on port 8080`.
    pub facts: Vec<String>,
    /// Why it was not played, if it was not.
    pub not_run: Option<String>,
}

/// What a scene or a life comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is as it should be.
    Passed,
    /// It was not played, or not whole.
    NotRun,
    /// It is not as it should be.
    Failed,
}

/// A script that the firmware ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallReport {
    /// The script's name.
    pub script: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Whose it was.
    pub from: Whose,
    /// The account that ran it.
    pub user: String,
    /// The value of the vendor's status variable.
    pub status: String,
    /// How it ended.
    pub ended: Ended,
    /// Whether something that it started still held its output open after it had ended. A firmware that reads the output waits for that.
    pub held: bool,
    /// How long it took.
    pub took: Duration,
    /// The end of what it printed.
    pub output: String,
    /// What it gave the vendor to show to the user.
    pub message: String,
    /// The vendor's programs that were called meanwhile, with their arguments.
    pub commands: Vec<String>,
}

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// It had not ended when the simulation stopped waiting, after so long.
    Hung(Duration),
    /// The power was cut while it ran.
    Cut,
    /// There is no such script in the package.
    Missing,
}

impl Scene {
    /// Every scene, in the order in which they are played.
    pub const ALL: [Self; 21] = [
        Self::Install,
        Self::Status,
        Self::Probe,
        Self::Data,
        Self::StartAgain,
        Self::Stop,
        Self::StopAgain,
        Self::Start,
        Self::Boot,
        Self::Upgrade,
        Self::SameVersion,
        Self::Downgrade,
        Self::Reinstall,
        Self::FailedUpgrade,
        Self::PowerCutStart,
        Self::PowerCutUpgrade,
        Self::SnapshotRestore,
        Self::PortTaken,
        Self::Uninstall,
        Self::InstallAgain,
        Self::Audit,
    ];

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Status => "status",
            Self::Probe => "probe",
            Self::Data => "data",
            Self::StartAgain => "start-again",
            Self::Stop => "stop",
            Self::StopAgain => "stop-again",
            Self::Start => "start",
            Self::Boot => "boot",
            Self::Upgrade => "upgrade",
            Self::SameVersion => "same-version",
            Self::Downgrade => "downgrade",
            Self::Reinstall => "reinstall",
            Self::FailedUpgrade => "failed-upgrade",
            Self::PowerCutStart => "power-cut-start",
            Self::PowerCutUpgrade => "power-cut-upgrade",
            Self::SnapshotRestore => "snapshot-restore",
            Self::PortTaken => "port-taken",
            Self::Uninstall => "uninstall",
            Self::InstallAgain => "install-again",
            Self::Audit => "audit",
        }
    }
}

impl Verdict {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotRun => "not-run",
            Self::Failed => "failed",
        }
    }
}

impl CallReport {
    /// The script and its arguments, as one would type them.
    pub fn command(&self) -> String {
        let words = std::iter::once(&self.script).chain(&self.args);
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Which package the script was taken from, in a word.
    pub const fn owner(&self) -> &'static str {
        match self.from {
            Whose::New => "new",
            Whose::Installed => "installed",
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "code {code}"),
            Self::Hung(waited) => write!(f, "no end after {:.0} s", waited.as_secs_f64()),
            Self::Cut => f.write_str("power cut"),
            Self::Missing => f.write_str("not in the package"),
        }
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl SceneReport {
    /// One that was not played, for this reason.
    #[cfg(unix)]
    pub(super) fn not_played(scene: Scene, at: Duration, reason: &str) -> Self {
        Self {
            scene,
            at,
            took: Duration::ZERO,
            calls: Vec::new(),
            findings: Vec::new(),
            facts: Vec::new(),
            not_run: Some(reason.to_owned()),
        }
    }

    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        if self.findings.iter().any(|found| found.level == Level::Error) {
            Verdict::Failed
        } else if self.not_run.is_some() {
            Verdict::NotRun
        } else {
            Verdict::Passed
        }
    }
}

impl Life {
    /// What came of a scene, if it is part of this package's life.
    pub fn scene(&self, scene: Scene) -> Option<&SceneReport> {
        self.scenes.iter().find(|report| report.scene == scene)
    }

    /// What was found, scene by scene.
    pub fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.scenes.iter().flat_map(|scene| &scene.findings)
    }

    /// The worst of its scenes.
    pub fn verdict(&self) -> Verdict {
        self.scenes.iter().map(SceneReport::verdict).max().unwrap_or(Verdict::NotRun)
    }

    /// Makes sure that everything was played and is as it should be.
    ///
    /// # Errors
    ///
    /// A scene failed or was not played: one error for each, with what was found.
    pub fn check(&self) -> Result<()> {
        let failed = self.scenes.iter().filter(|scene| scene.verdict() != Verdict::Passed).map(|scene| {
            let what = match (&scene.not_run, &*scene.findings) {
                (Some(reason), []) => format!("{}: not played: {reason}", scene.scene),
                (_, findings) => {
                    let texts: Vec<_> = findings.iter().map(|found| found.message.as_str()).collect();
                    format!("{}: {}", scene.scene, texts.join("; "))
                }
            };
            Diagnostic::error(what).in_file(&self.file)
        });
        let nothing = || Diagnostic::error("nothing was played").in_file(&self.file);
        let failed = if self.scenes.is_empty() { vec![nothing()] } else { failed.collect() };
        Failure::from_all(failed).map_or(Ok(()), Err)
    }

    /// Ends the test that calls it unless everything was played and is as it should be.
    ///
    /// # Panics
    ///
    /// Where [`check`](Self::check) has an error, with its text.
    #[track_caller]
    pub fn assert_passed(&self) {
        if let Err(failure) = self.check() {
            panic!("{failure}");
        }
    }
}
