use std::collections::BTreeMap;

use super::{Event, Text};

/// One statement of a hook, rendered into the vendor's script.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "pack", derive(serde::Serialize))]
#[cfg_attr(feature = "pack", serde(rename_all = "kebab-case"))]
pub enum Step {
    /// Makes a folder and its parents, owned by the app's user.
    Mkdir {
        /// The folder.
        path: Text,
        /// Its permission bits; 0755 without.
        mode: Option<u32>,
    },
    /// Copies a file unless one is there, so that what the user changed stays.
    InstallIfMissing {
        /// The file that came with the app.
        from: Text,
        /// Where it is wanted.
        to: Text,
        /// Its permission bits; 0644 without.
        mode: Option<u32>,
    },
    /// Gives a file or folder to a user, quietly doing nothing where the package does not run as root (DSM 7).
    Chown {
        /// The file or folder.
        path: Text,
        /// `user` or `user:group`.
        owner: Text,
        /// Whether everything below goes with it.
        recursive: bool,
    },
    /// Makes a symbolic link, replacing an older link but never a real file.
    Symlink {
        /// What the link points at.
        target: Text,
        /// Where the link is made.
        link: Text,
    },
    /// Keeps a copy of a file beside it, named `….bak`, so that it can be put back by hand.
    Backup {
        /// The file or folder.
        path: Text,
    },
    /// Runs a program with arguments; no shell is involved.
    Run {
        /// The program and its arguments.
        command: Vec<Text>,
    },
    /// Lines of POSIX shell, put into the script as they are. The neutral `NAS_*` variables are set.
    Sh {
        /// The lines.
        script: String,
    },
}

impl Step {
    /// The step's names as the manifest writes them; `hooks!` writes them with underscores.
    pub const NAMES: [&'static str; 7] = ["mkdir", "install-if-missing", "chown", "symlink", "backup", "run", "sh"];

    /// This step's name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Mkdir { .. } => "mkdir",
            Self::InstallIfMissing { .. } => "install-if-missing",
            Self::Chown { .. } => "chown",
            Self::Symlink { .. } => "symlink",
            Self::Backup { .. } => "backup",
            Self::Run { .. } => "run",
            Self::Sh { .. } => "sh",
        }
    }
}

/// The author's own steps, by event, in the order in which they run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "pack", derive(serde::Serialize))]
#[cfg_attr(feature = "pack", serde(transparent))]
pub struct Hooks {
    steps: BTreeMap<Event, Vec<Step>>,
}

impl Hooks {
    /// No steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step behind those that the event already has.
    pub fn push(&mut self, event: Event, step: Step) {
        self.steps.entry(event).or_default().push(step);
    }

    /// The steps of an event.
    pub fn at(&self, event: Event) -> &[Step] {
        self.steps.get(&event).map_or(&[], Vec::as_slice)
    }

    /// The events that have steps, with them.
    pub fn iter(&self) -> impl Iterator<Item = (Event, &[Step])> {
        self.steps.iter().map(|(&event, steps)| (event, steps.as_slice()))
    }

    /// Whether no event has a step.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
