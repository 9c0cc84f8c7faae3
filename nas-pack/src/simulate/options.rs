//! What a simulation is told, and whom it tells how it goes.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{Life, Scene, SceneReport};
use crate::archive::read::Limits;
use crate::diagnostic::{Diagnostic, Levels, Result};
use crate::model::Arch;
use crate::progress::Silent;
use crate::toolchain::Home;
use crate::toolchain::tools::{self, Tool};

/// How many lives are played at once for each core.
const LIVES_PER_CORE: NonZero<usize> = NonZero::new(4).expect("four is not zero");

/// What a simulation is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// A static BusyBox: the box's shell and programs.
    pub busybox: PathBuf,
    /// bubblewrap, for machines on which namespaces cannot be had without it.
    pub bubblewrap: Option<PathBuf>,
    /// What runs the programs of other processors, where there is one.
    pub qemu: BTreeMap<Arch, PathBuf>,
    /// Older builds of the same packages. A package is upgraded from the one that has its vendor, name and arch.
    pub from: Vec<PathBuf>,
    /// The scenes to play, with whatever they need before them; all of them without it.
    pub scenes: Option<BTreeSet<Scene>>,
    /// Whether the box is kept for somebody to look around.
    pub keep: bool,
    /// How many packages are played at the same time.
    pub jobs: NonZero<usize>,
    /// How findings are taken.
    pub levels: Levels,
    /// How much a package may hold.
    pub limits: Limits,
    /// How long a script may take before it counts as hung.
    pub hook_timeout: Duration,
}

impl Options {
    /// How long a script may take, unless somebody says otherwise.
    pub const HOOK_TIMEOUT: Duration = Duration::from_secs(120);

    /// Every scene, with the programs that the home or PATH has.
    ///
    /// # Errors
    ///
    /// There is no BusyBox. What else is missing is missing only for some packages or machines.
    pub fn find(home: &Home) -> Result<Self> {
        let busybox = tools::find(home, Tool::BusyBox).ok_or_else(|| {
            Diagnostic::error("`busybox` is not installed").note("a simulated box has its shell and programs").help(
                "`cargo nas setup --tool busybox` installs it, and `cargo nas simulate --setup` does it on the way",
            )
        })?;
        let emulator = |arch| Some((arch, tools::find(home, Tool::Qemu(arch))?));
        Ok(Self {
            busybox,
            bubblewrap: tools::find(home, Tool::Bubblewrap),
            qemu: Arch::ALL.into_iter().filter_map(emulator).collect(),
            from: Vec::new(),
            scenes: None,
            keep: false,
            // Nearly all of a life is spent waiting for daemons to start and stop.
            jobs: thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN).saturating_mul(LIVES_PER_CORE),
            levels: Levels::default(),
            limits: Limits::default(),
            hook_timeout: Self::HOOK_TIMEOUT,
        })
    }
}

/// Is told how simulations go, from several threads.
pub trait Observer: Sync {
    /// A scene of a package was played.
    fn scene(&self, _file: &Path, _report: &SceneReport) {}

    /// A package's life is over.
    fn finished(&self, _life: &Life) {}
}

impl Observer for Silent {}
