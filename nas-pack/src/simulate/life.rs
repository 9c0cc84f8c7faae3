//! One package's life: what this machine can play of it, and the box for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::centre::{Centre, Subject, Twist};
use super::floor::Floor;
use super::report::{Life, Scene, SceneReport};
use super::sandbox::{Disk, Means, Sandbox};
use super::scenario::{Player, State};
use super::stage::{Foreign, Stage, copy_tool, numbers, stand_ins_in_bin};
use super::{Observer, Options, rules};
use crate::diagnostic::{Diagnostic, Level, Levels, Result};
use crate::elf::Kind;
use crate::hooks::lifecycle::What;
use crate::model::{Arch, VendorId};
use crate::sync::lock;
use crate::vendor::firmware::{Account, Firmware};
use crate::vendor::{Opened, open, vendor};

/// What is true of every simulation.
const NEVER_MODELLED: [&str; 3] = [
    "the vendor's own services and web pages: its programs are stand-ins that succeed and write down how they were called",
    "the device's kernel, but for the system calls that it lacks; its speed, memory, disks and clock",
    "a power cut in the middle of a script's command, and what a file system loses in one",
];

/// Where the libraries of this machine are, for programs that are linked dynamically.
const LIBRARIES: [&str; 5] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/lib32"];

/// A package, and the box as it sees it.
struct Cast {
    opened: Opened,
    firmware: Firmware,
    version: String,
}

impl Cast {
    fn new(opened: Opened) -> Result<Self> {
        let firmware = vendor(opened.vendor).firmware(&opened)?;
        let version = opened.version.clone().unwrap_or_default();
        Ok(Self { opened, firmware, version })
    }

    fn subject(&self) -> Subject<'_> {
        Subject { firmware: &self.firmware, version: &self.version }
    }
}

/// What tells which package a file is.
#[derive(Debug)]
struct Identity {
    path: PathBuf,
    vendor: VendorId,
    package: Option<String>,
    version: Option<String>,
    devices: Vec<String>,
    arch: Option<Arch>,
    generation: Option<u32>,
}

impl Identity {
    fn of(opened: &Opened) -> Self {
        Self {
            path: opened.path.clone(),
            vendor: opened.vendor,
            package: opened.package.clone(),
            version: opened.version.clone(),
            devices: opened.devices.clone(),
            arch: opened.arch,
            generation: opened.dsm(),
        }
    }

    /// Whether it is another build of the same package for the same devices.
    fn is_older_of(&self, new: &Self) -> bool {
        let common = self.devices.iter().any(|device| new.devices.contains(device));
        let known = (self.vendor, &self.package, self.generation) == (new.vendor, &new.package, new.generation);
        known && (common || self.arch == new.arch) && self.version != new.version
    }
}

/// What this machine does about a package's programs.
#[derive(Debug, Default)]
struct Programs {
    /// The arch that needs an emulator.
    foreign: Option<Arch>,
    /// Whether any wants this machine's libraries.
    dynamic: bool,
    /// Why they cannot be run at all.
    impossible: Option<String>,
}

/// Plays the lives of packages, several at a time, in the order of `files`.
pub(super) fn play_all(files: &[PathBuf], options: &Options, observer: &dyn Observer) -> Result<Vec<Result<Life>>> {
    let sandbox = Sandbox::find(&options.busybox, options.bubblewrap.as_deref())?;
    let identity = |path: &PathBuf| Ok(Identity::of(&open(path, &options.limits)?));
    let older: Vec<Identity> = options.from.iter().map(identity).collect::<Result<_>>()?;
    let next = AtomicUsize::new(0);
    let lives: Mutex<Vec<Option<Result<Life>>>> = Mutex::new(files.iter().map(|_| None).collect());
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.get().min(files.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(index) else { break };
                    let life = play(file, &sandbox, &older, options, observer);
                    if let Ok(life) = &life {
                        observer.finished(life);
                    }
                    lock(&lives)[index] = Some(life);
                }
            });
        }
    });
    Ok(lives.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}

fn play(
    file: &Path,
    sandbox: &Sandbox,
    older: &[Identity],
    options: &Options,
    observer: &dyn Observer,
) -> Result<Life> {
    let begun = Instant::now();
    let new = Cast::new(open(file, &options.limits)?)?;
    let identity = Identity::of(&new.opened);
    let older = match older.iter().find(|older| older.is_older_of(&identity)) {
        Some(older) => Some(Cast::new(open(&older.path, &options.limits)?)?),
        None => None,
    };
    let mut life = Life {
        file: file.to_owned(),
        vendor: new.opened.vendor,
        firmware: new.firmware.lifecycle.generation,
        package: new.opened.package.clone().unwrap_or_default(),
        version: new.version.clone(),
        devices: new.opened.devices.clone(),
        arch: new.opened.arch,
        scenes: Vec::new(),
        not_modelled: Vec::new(),
        took: Duration::ZERO,
        kept: None,
    };
    let programs = programs(&new.opened, options);
    if let Some(reason) = programs.impossible {
        life.scenes = Scene::ALL.map(|scene| SceneReport::not_played(scene, Duration::ZERO, &reason)).into();
        life.took = begun.elapsed();
        return Ok(life);
    }
    let floor = floor(&new.firmware, &mut life.not_modelled);
    let mut set = Set::new(sandbox, &new.firmware, &programs, options)?;
    not_modelled(&mut life.not_modelled, sandbox, &set.disk, &new.firmware, &programs, older.is_some());
    let player = Player {
        centre: set.centre(floor.as_ref(), options),
        new: new.subject(),
        older: older.as_ref().map(Cast::subject),
        levels: &options.levels,
        scenes: options.scenes.as_ref(),
        begun,
        tell: &|report| observer.scene(file, report),
        state: State::default(),
    };
    life.scenes = player.play()?;
    if set.disk.address().trim() == "127.0.0.1" {
        let means = sandbox.means.name();
        life.not_modelled
            .push(format!("whether other machines reach its port: the box has no second address ({means})"));
    }
    if let Some(floor) = &floor {
        blame_the_kernel(&mut life, &new, sandbox, floor, &programs, options)?;
    }
    if options.keep {
        life.kept = Some(set.disk.keep());
    }
    life.took = begun.elapsed();
    Ok(life)
}

/// An interactive shell in a box where the package is installed and started.
pub(super) fn shell(file: &Path, options: &Options) -> Result<ExitStatus> {
    let sandbox = &Sandbox::find(&options.busybox, options.bubblewrap.as_deref())?;
    let new = Cast::new(open(file, &options.limits)?)?;
    let programs = programs(&new.opened, options);
    if let Some(reason) = programs.impossible {
        return Err(Diagnostic::error(format!("`{}` cannot be played: {reason}", file.display())).into());
    }
    if matches!(sandbox.means, Means::Bubblewrap(_)) {
        let help = "it takes namespaces that this user may make; root may";
        return Err(Diagnostic::error("a box that bubblewrap made cannot be entered").help(help).into());
    }
    let floor = floor(&new.firmware, &mut Vec::new());
    let set = Set::new(sandbox, &new.firmware, &programs, options)?;
    let mut centre = set.centre(floor.as_ref(), options);
    centre.power_on(&new.firmware)?;
    centre.perform(What::Install, Some(new.subject()), Twist::default())?;
    if !centre.on {
        centre.perform(What::Start, None, Twist::default())?;
    }
    centre.session()?.interact(&["/bin/sh"])
}

/// The kernel that every program in the box gets, as far as this machine can play an older one.
fn floor(firmware: &Firmware, not_modelled: &mut Vec<String>) -> Option<Floor> {
    let Some(kernel) = firmware.kernel else {
        not_modelled.push("the device's kernel, which is not known".to_owned());
        return None;
    };
    if let Err(reason) = Floor::is_possible() {
        not_modelled.push(format!("the device's kernel, {kernel}: {reason}"));
        return None;
    }
    // A table of ours has it, so it can be read.
    Floor::of(kernel).ok()
}

/// A box that is ready for a package, before it is switched on.
struct Set<'a> {
    sandbox: &'a Sandbox,
    disk: Disk,
    accounts: Vec<Account>,
    foreign: Foreign,
}

impl<'a> Set<'a> {
    fn new(sandbox: &'a Sandbox, firmware: &Firmware, programs: &Programs, options: &Options) -> Result<Self> {
        let mut disk = disk(sandbox, firmware)?;
        let foreign = show_and_emulate(&mut disk, programs, options)?;
        Ok(Self { sandbox, disk, accounts: accounts(sandbox, firmware), foreign })
    }

    fn centre<'s>(&'s self, floor: Option<&'s Floor>, options: &Options) -> Centre<'s> {
        let stage = Stage::new(&self.disk, &self.accounts, self.sandbox.has_accounts(), self.foreign.clone());
        Centre::new(self.sandbox, &self.disk, stage, floor, options.hook_timeout)
    }
}

fn disk(sandbox: &Sandbox, firmware: &Firmware) -> Result<Disk> {
    let all = numbers(&firmware.accounts);
    // Bubblewrap's box has one user: whom the firmware runs scripts as.
    let ids = match sandbox.means {
        Means::Bubblewrap(_) => {
            vec![firmware.account(&firmware.user).map_or(0, |account| account.uid)]
        }
        _ => all,
    };
    let disk = Disk::new(sandbox, &ids, &|applet| firmware.userland.has(applet))?;
    stand_ins_in_bin(&disk, firmware)?;
    Ok(disk)
}

/// The accounts that are in the box: where it has one user, scripts shall not find others that nothing can belong to.
fn accounts(sandbox: &Sandbox, firmware: &Firmware) -> Vec<Account> {
    let is_there = |account: &&Account| {
        let is_user = matches!(sandbox.means, Means::Bubblewrap(_)) && account.user == firmware.user;
        sandbox.has_accounts() || account.uid == 0 || is_user
    };
    firmware.accounts.iter().filter(is_there).cloned().collect()
}

/// What of the device this machine leaves out.
fn not_modelled(
    list: &mut Vec<String>,
    sandbox: &Sandbox,
    disk: &Disk,
    firmware: &Firmware,
    programs: &Programs,
    has_older: bool,
) {
    list.extend(firmware.not_modelled.iter().map(|&text| text.to_owned()));
    list.extend(NEVER_MODELLED.map(str::to_owned));
    if !sandbox.has_accounts() {
        let means = sandbox.means.name();
        let reason = sandbox.refused.first().map_or_else(String::new, |reason| format!("; {reason}"));
        list.push(format!("the box's accounts: this machine allows one user in it ({means}{reason})"));
    }
    if let Err(reason) = &disk.programs.restricted {
        list.push(format!("which programs the device lacks: {reason}"));
    }
    if programs.dynamic {
        list.push("the device's libraries: its programs are linked dynamically and ran with this machine's".to_owned());
    }
    if let Some(arch) = programs.foreign {
        list.push(format!("the processor itself: programs for {arch} ran under an emulator"));
    }
    if !has_older {
        list.push("an upgrade from another build: no older package was given".to_owned());
    }
}

/// What has to be done so that a package's programs run here. A package for every device may have programs for several processors, of
/// which its scripts choose.
fn programs(opened: &Opened, options: &Options) -> Programs {
    let mut programs = Programs::default();
    let mut native = false;
    for (path, binary) in opened.binaries() {
        let Ok(binary) = binary else { continue };
        if matches!(binary.kind, Kind::Other) {
            continue;
        }
        let is_dynamic = binary.interpreter.is_some();
        match binary.arch {
            Some(arch) if Some(arch) == Arch::host() => {
                native = true;
                programs.dynamic |= is_dynamic;
            }
            Some(arch) if !options.qemu.contains_key(&arch) => {
                let help = "`cargo nas setup --tool qemu-user` installs one";
                programs.impossible = Some(format!("`{path}` is for {arch}, and there is no emulator for it: {help}"));
            }
            Some(arch) if is_dynamic => {
                let what = "linked dynamically, and that device's libraries are not here";
                programs.impossible = Some(format!("`{path}` is for {arch} and {what}"));
            }
            Some(arch) => programs.foreign = Some(arch),
            None => programs.impossible = Some(format!("`{path}` is for a processor that cannot be played")),
        }
    }
    if native {
        programs.impossible = None;
    }
    programs
}

fn show_and_emulate(disk: &mut Disk, programs: &Programs, options: &Options) -> Result<Foreign> {
    if programs.dynamic {
        for library in LIBRARIES {
            if Path::new(library).is_dir() {
                disk.show(PathBuf::from(library), library.to_owned());
            }
        }
    }
    let emulator = match programs.foreign.and_then(|arch| Some((arch, options.qemu.get(&arch)?))) {
        Some((arch, qemu)) => Some((arch, copy_tool(disk, qemu, "qemu")?)),
        None => None,
    };
    Ok(Foreign { emulator })
}

/// Where the app does not start, finds out whether it does with the system calls that the device's kernel lacks.
fn blame_the_kernel(
    life: &mut Life,
    new: &Cast,
    sandbox: &Sandbox,
    floor: &Floor,
    programs: &Programs,
    options: &Options,
) -> Result<()> {
    let suspect = |found: &Diagnostic| {
        found.level == Level::Error
            && found.rule.is_some_and(|rule| [rules::SIM002.code, rules::SIM003.code].contains(&rule.code))
    };
    let Some(install) = life.scenes.iter_mut().find(|scene| scene.scene == Scene::Install) else { return Ok(()) };
    if !install.findings.iter().any(suspect) {
        return Ok(());
    }
    let works = |floor: Option<&Floor>| -> Result<bool> {
        let set = Set::new(sandbox, &new.firmware, programs, options)?;
        let none = BTreeSet::new();
        let player = Player {
            centre: set.centre(floor, options),
            new: new.subject(),
            older: None,
            levels: &Levels::default(),
            scenes: Some(&none),
            begun: Instant::now(),
            tell: &|_| {},
            state: State::default(),
        };
        Ok(player.play()?.iter().all(|scene| scene.findings.iter().all(|found| !suspect(found))))
    };
    if !works(None)? {
        return Ok(());
    }
    let kernel = new.firmware.kernel.unwrap_or_default();
    let message = match floor.bisect(|floor| works(Some(floor)).unwrap_or(false)) {
        Some(call) => format!("it starts here, but not without `{call}`, which kernel {kernel} does not have"),
        None => format!("it starts here, but not with the system calls of kernel {kernel} alone"),
    };
    install.findings.insert(0, rules::SIM016.found(message));
    Ok(())
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
