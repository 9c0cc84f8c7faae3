//! What a vendor's firmware does with a package, as data: which scripts it runs at which moment, from which package,
//! in which order, with which arguments and variables, and what it makes of their exit codes.
//!
//! One table per vendor and firmware generation. The generator of the scripts reads it; it is written so that a
//! simulator, lint rules and the manual can read the same one.

use super::Event;
use crate::model::VendorId;

#[cfg(all(test, feature = "pack"))]
mod page;

/// A vendor's lifecycle in one generation of its firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// The vendor.
    pub vendor: VendorId,
    /// The firmware generation, as the vendor names it.
    pub generation: &'static str,
    /// What `/bin/sh` is there.
    pub shell: &'static str,
    /// Who runs the scripts.
    pub runs_as: RunsAs,
    /// The folder in which the firmware keeps the scripts, for people who look for them.
    pub scripts_dir: &'static str,
    /// The scripts of a package, in the order in which they are listed.
    pub scripts: &'static [ScriptSpec],
    /// What runs when.
    pub moments: &'static [Moment],
    /// The variables that the firmware sets for scripts.
    pub variables: &'static [Variable],
    /// The folder that scripts are run in, and where that is known from.
    pub working_dir: Known<&'static str>,
    /// Whether the version that is installed can be installed again over it.
    pub same_version: Known<Takes>,
    /// Whether an older version than that which is installed can be installed over it.
    pub older_version: Known<Takes>,
    /// The exit codes of the status call; empty where the firmware never asks.
    pub status_codes: &'static [StatusCode],
    /// What another exit code than 0 does to any other call.
    pub failures: &'static [Failing],
    /// The mode of the folders that the app writes to.
    pub folder_mode: u32,
    /// What inside the app's folder belongs to the scripts: a package must not have files there.
    pub reserved: &'static [&'static str],
}

/// A fact with its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known<T> {
    /// The fact or, where nothing is known, what is assumed.
    pub value: T,
    /// Where it is known from; `None` if it is assumed.
    pub source: Option<&'static str>,
}

/// Whether the firmware installs a version over another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// It does.
    Yes,
    /// It refuses, with this message or number.
    No(&'static str),
}

/// Who runs the scripts, and so who can own the app's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsAs {
    /// Root, which hands the daemon over to an account that every box of the vendor has.
    Root {
        /// The account's name; `NAME` stands for the package.
        user: &'static str,
        /// The group of the app's files.
        group: &'static str,
        /// Why this account, and where it is known from.
        source: &'static str,
    },
    /// The package's own user, which can neither chown nor write outside the package's folders.
    Package {
        /// Where it is known from.
        source: &'static str,
    },
}

/// A script that every package of the vendor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptSpec {
    /// Its file name.
    pub name: &'static str,
    /// The template that makes it.
    pub template: &'static str,
    /// Its permission bits.
    pub mode: u32,
    /// The events whose steps it runs.
    pub events: &'static [Hosted],
}

/// An event that a script runs the author's steps for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// The event.
    pub event: Event,
    /// What a failing step does.
    pub on_failure: OnFailure,
}

/// What a failure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It ends the script with a non-zero code, and so what the firmware is doing.
    Abort,
    /// It is reported, and the script goes on.
    Report,
}

impl OnFailure {
    /// The word used in the scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abort => "abort",
            Self::Report => "report",
        }
    }
}

/// Something that happens to a package, and the calls that the firmware makes then, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What happens.
    pub what: What,
    /// The calls and the firmware's own work between them.
    pub acts: &'static [Act],
    /// Where the order is known from, and how well.
    pub source: &'static str,
}

/// What happens to a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A first installation.
    Install,
    /// Another version over an installed one.
    Upgrade,
    /// A file is installed by hand over an installed version, where the firmware does that in another way than an upgrade, or
    /// takes the same version again.
    Reinstall,
    /// Somebody switches the app on: no vendor enables in another way.
    Start,
    /// Somebody switches it off: no vendor disables in another way.
    Stop,
    /// The firmware asks how the app is.
    Status,
    /// The app is removed for good.
    Uninstall,
    /// The box boots with the app switched on.
    Boot,
    /// The box shuts down.
    Shutdown,
    /// A snapshot of the volume is restored.
    SnapshotRestore,
}

/// One act of the firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It runs a script.
    Call(Call),
    /// It unpacks the new package to the upload folder, from where the package's own script moves it.
    Upload,
    /// It puts the new package's files in place.
    Unpack,
    /// It removes the installed package's files.
    Remove,
}

/// A call of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The script's name.
    pub script: &'static str,
    /// Whose script it is.
    pub from: Whose,
    /// Its arguments.
    pub args: &'static [Arg],
    /// The value of the vendor's status variable; empty where it is not set.
    pub status: &'static str,
    /// What a non-zero exit code does.
    pub on_failure: OnFailure,
    /// When the call is made only under a condition: which.
    pub only: Option<Condition>,
}

/// A condition of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The app is switched on.
    SwitchedOn,
    /// The package asks to be started at once.
    StartsAtOnce,
    /// The package asks for a call before each start and stop: DSM's `precheckstartstop`.
    ChecksFirst,
}

impl Condition {
    /// As part of a sentence: "if …".
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::SwitchedOn => "the app is switched on",
            Self::StartsAtOnce => "the package was made to start at once",
            Self::ChecksFirst => "the package asks for it with `precheckstartstop`",
        }
    }
}

impl What {
    /// What happens, in a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Install => "first installation",
            Self::Upgrade => "upgrade",
            Self::Reinstall => "installation by hand over an installed version",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Status => "status",
            Self::Uninstall => "uninstallation",
            Self::Boot => "boot",
            Self::Shutdown => "shutdown",
            Self::SnapshotRestore => "a snapshot of the volume is restored",
        }
    }
}

impl Act {
    /// What the firmware does itself; nothing for a call.
    pub const fn work(&self) -> Option<&'static str> {
        match self {
            Self::Call(_) => None,
            Self::Upload => Some("the new package is unpacked to the upload folder"),
            Self::Unpack => Some("the new files are put in place"),
            Self::Remove => Some("the installed files are removed"),
        }
    }
}

impl Call {
    /// What the call is for: the argument of a script that does several things by a word, else the script's own name.
    pub const fn action(&self) -> &'static str {
        match self.args {
            [Arg::Word(word), ..] => word,
            _ => self.script,
        }
    }
}

/// Which package a script is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The package that is being installed.
    New,
    /// The package that is installed. In an upgrade, the old one.
    Installed,
}

/// An argument of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    /// This word.
    Word(&'static str),
    /// The app's folder.
    AppDir,
    /// The folder that the uploaded package was unpacked to.
    UploadDir,
    /// The folder that holds all apps.
    AppsDir,
}

/// A variable that the firmware sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it holds; `NAME` stands for the package.
    pub meaning: &'static str,
    /// The same for programs.
    pub value: Value,
}

/// What a variable of the firmware holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// The same on every box: this.
    Fixed(&'static str),
    /// What is going on, as the call's row of the table has it; empty where it has none.
    Status,
    /// The package's name.
    Package,
    /// The version of the package whose script it is.
    Version,
    /// The version that is installed, while another one is installed over it; else empty.
    OldVersion,
    /// The app's folder.
    AppDir,
    /// The folder that holds all apps.
    AppsDir,
    /// The folder to which a new package is unpacked before its scripts run.
    UploadDir,
    /// A folder that lives as long as the installation or upgrade, for what the scripts keep meanwhile.
    KeepDir,
    /// A file whose content is shown to the user.
    MessageFile,
    /// The volume that the app is on: `/volume1`.
    Volume,
    /// The folder of the app that outlives upgrades and uninstallations.
    VarDir,
    /// The app's folder for what need not outlive anything.
    TempDir,
    /// The home folder of the app's user.
    HomeDir,
    /// The account that the package has.
    User,
    /// The port of the app's page.
    Port,
    /// The package's file.
    File,
    /// The box's platform in the vendor's word.
    Arch,
    /// The firmware's version, as the vendor writes it whole.
    Firmware,
    /// Its first number.
    FirmwareMajor,
    /// Its second number.
    FirmwareMinor,
    /// Its build number.
    FirmwareBuild,
    /// The kernel's version.
    Kernel,
    /// The model's name.
    Model,
}

/// An exit code of the status call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCode {
    /// The code.
    pub code: u8,
    /// What it tells the firmware.
    pub meaning: &'static str,
}

/// What a call's failure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The call's [action](Call::action).
    pub action: &'static str,
    /// What the firmware makes of another exit code than 0, with its number where it has one.
    pub meaning: &'static str,
}

impl Lifecycle {
    /// What the firmware makes of a call's failure.
    pub fn failure(&self, call: &Call) -> Option<&'static str> {
        self.failures.iter().find(|row| row.action == call.action()).map(|row| row.meaning)
    }

    /// The script of this name.
    pub fn script(&self, name: &str) -> Option<&'static ScriptSpec> {
        self.scripts.iter().find(|script| script.name == name)
    }

    /// The scripts that run an event's steps. None where the vendor has no such moment.
    pub fn hosts(&self, event: Event) -> impl Iterator<Item = &'static ScriptSpec> {
        self.scripts.iter().filter(move |script| script.events.iter().any(|hosted| hosted.event == event))
    }

    /// What runs at a moment. None where the firmware has no such moment.
    pub fn moment(&self, what: What) -> Option<&'static Moment> {
        self.moments.iter().find(|moment| moment.what == what)
    }
}

/// Short forms for the tables.
pub(crate) mod table {
    use super::{
        Act, Arg, Call, Condition, Event, Failing, Hosted, Known, OnFailure, ScriptSpec, StatusCode, Value, Variable,
        Whose,
    };

    pub(crate) const fn known<T: Copy>(value: T, source: &'static str) -> Known<T> {
        Known { value, source: Some(source) }
    }

    pub(crate) const fn assumed<T: Copy>(value: T) -> Known<T> {
        Known { value, source: None }
    }

    pub(crate) const fn variable(name: &'static str, value: Value, meaning: &'static str) -> Variable {
        Variable { name, meaning, value }
    }

    pub(crate) const fn status(code: u8, meaning: &'static str) -> StatusCode {
        StatusCode { code, meaning }
    }

    pub(crate) const fn failing(action: &'static str, meaning: &'static str) -> Failing {
        Failing { action, meaning }
    }

    pub(crate) const fn script(name: &'static str, template: &'static str, events: &'static [Hosted]) -> ScriptSpec {
        ScriptSpec { name, template, mode: 0o755, events }
    }

    pub(crate) const fn abort(event: Event) -> Hosted {
        Hosted { event, on_failure: OnFailure::Abort }
    }

    pub(crate) const fn report(event: Event) -> Hosted {
        Hosted { event, on_failure: OnFailure::Report }
    }

    pub(crate) const fn call(
        script: &'static str,
        from: Whose,
        args: &'static [Arg],
        status: &'static str,
        on_failure: OnFailure,
    ) -> Act {
        Act::Call(Call { script, from, args, status, on_failure, only: None })
    }

    pub(crate) const fn call_if(
        only: Condition,
        script: &'static str,
        from: Whose,
        args: &'static [Arg],
        status: &'static str,
        on_failure: OnFailure,
    ) -> Act {
        Act::Call(Call { script, from, args, status, on_failure, only: Some(only) })
    }
}
