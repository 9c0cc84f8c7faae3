use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{Disk, Session, disk};
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::toolchain::tools;

/// Numbers of users that nobody has on this machine, where root can give them away.
const FREE: u32 = 100_000;

/// How a machine lets a box be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) enum Means {
    /// Namespaces in which every account of the box has a number of its own on this machine.
    Accounts(Numbers),
    /// By bubblewrap, with one user in the box.
    Bubblewrap(PathBuf),
    /// Namespaces with one user, root.
    OneUser,
}

/// Where the accounts' numbers on this machine come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) enum Numbers {
    /// This process is root, and gives away numbers from here on.
    Root(u32),
    /// `newuidmap` and `newgidmap` give those of `/etc/subuid` and `/etc/subgid`, which begin at these.
    Helpers {
        /// The two programs.
        programs: [PathBuf; 2],
        /// The first number of a user and of a group.
        first: [u32; 2],
    },
}

/// How boxes are made on this machine, found by trying.
#[derive(Clone, Debug)]
pub(in crate::simulate) struct Sandbox {
    pub(in crate::simulate) means: Means,
    pub(in crate::simulate) busybox: PathBuf,
    /// What does not work here of what is more like a device, each with the reason.
    pub(in crate::simulate) refused: Vec<String>,
}

impl Sandbox {
    /// The best way that works here. Tried is each: namespaces with accounts, bubblewrap, namespaces with one user.
    pub(in crate::simulate) fn find(busybox: &Path, bubblewrap: Option<&Path>) -> Result<Self> {
        disk::sweep(&std::env::temp_dir());
        let mut refused = Vec::new();
        let mut candidates = Vec::new();
        match numbers() {
            Ok(numbers) => candidates.push(Means::Accounts(numbers)),
            Err(reason) => refused.push(format!("namespaces with the box's accounts: {reason}")),
        }
        match bubblewrap {
            Some(program) => candidates.push(Means::Bubblewrap(program.to_owned())),
            None => refused.push("bubblewrap: it is not here".to_owned()),
        }
        candidates.push(Means::OneUser);
        for means in candidates {
            let name = means.name();
            let sandbox = Self { means, busybox: busybox.to_owned(), refused: Vec::new() };
            match sandbox.works() {
                Ok(()) => return Ok(Self { refused, ..sandbox }),
                Err(reason) => refused.push(format!("{name}: {reason}")),
            }
        }
        let mut diagnostic = Diagnostic::error("this machine lets no box be made, so nothing was played");
        for reason in refused {
            diagnostic = diagnostic.note(reason);
        }
        let help = "it takes Linux and user namespaces; some distributions allow those only to bubblewrap, and containers need \
                    to be started with them";
        Err(diagnostic.help(help).into())
    }

    pub(super) fn works(&self) -> Result<(), String> {
        let first = |failure: Failure| failure.to_string().lines().next().unwrap_or_default().to_owned();
        let disk = Disk::new(self, &[0], &|_| true).map_err(first)?;
        let mut session = Session::start(self, &disk, None).map_err(first)?;
        let end = session.run("id -u").map_err(first)?;
        drop(session);
        if end.code == 0 { Ok(()) } else { Err(format!("a program in it ended with code {}", end.code)) }
    }

    /// Whom the box's one user is, where there is one alone: root, or with bubblewrap whoever the firmware runs scripts as.
    pub(in crate::simulate) fn is_root_alone(&self) -> bool {
        matches!(self.means, Means::OneUser)
    }

    /// Whether the box has accounts beside the first one.
    pub(in crate::simulate) fn has_accounts(&self) -> bool {
        matches!(self.means, Means::Accounts(_))
    }

    /// Starts the box's first process, which then waits for its jobs. `spawn` may take rights from it.
    pub(super) fn spawn(
        &self,
        disk: &Disk,
        spawn: impl FnOnce(&mut Command) -> io::Result<Child>,
    ) -> io::Result<Child> {
        let holder = match &self.means {
            Means::Bubblewrap(_) => None,
            Means::Accounts(_) | Means::OneUser => Some(self.users(disk)?),
        };
        let mut command = match (&self.means, &holder) {
            (Means::Bubblewrap(program), _) => bubblewrap(program, disk),
            (_, holder) => self.namespaces(disk, holder.as_ref().map_or(0, |holder| holder.0.id())),
        };
        command.env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(disk.errors()?);
        let mut child = spawn(&mut command)?;
        if let Some(Holder(holder)) = &holder {
            // It must be in the namespace before its holder goes.
            let theirs = fs::read_link(format!("/proc/{}/ns/user", holder.id()))?;
            let path = format!("/proc/{}/ns/user", child.id());
            while fs::read_link(&path).is_ok_and(|own| own != theirs) && child.try_wait()?.is_none() {
                std::thread::yield_now();
            }
        }
        Ok(child)
    }

    /// A process that does nothing but be in a new namespace of users. A program that joins it has root's rights in it from the start,
    /// and keeps them even where it may not gain any.
    fn users(&self, disk: &Disk) -> io::Result<Holder> {
        let mut command = self.busybox(disk);
        command.args(["unshare", "-U"]).arg(disk.sim().join("busybox")).args(["sh", "-c", "read -r _"]);
        command.env_clear().current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(disk.errors()?);
        let mut holder = Holder(command.spawn()?);
        let Holder(child) = &mut holder;
        let outside = fs::read_link("/proc/self/ns/user")?;
        let path = format!("/proc/{}/ns/user", child.id());
        while fs::read_link(&path).is_ok_and(|inside| inside == outside) && child.try_wait()?.is_none() {
            std::thread::yield_now();
        }
        self.tell_who_is_who(child.id(), disk)?;
        Ok(holder)
    }

    fn busybox(&self, disk: &Disk) -> Command {
        let mut command = Command::new(disk.sim().join("busybox"));
        if let Means::Accounts(Numbers::Root(first)) = self.means {
            command.uid(first).gid(first);
        }
        command
    }

    fn namespaces(&self, disk: &Disk, holder: u32) -> Command {
        let sim = disk.sim();
        let busybox = sim.join("busybox");
        let mut command = self.busybox(disk);
        command.args(["nsenter", "--preserve-credentials", "-t", &holder.to_string(), "-U"]).arg(&busybox);
        command.args(["unshare", "-m", "-p", "-f", "-n", "-i", "-u"]).arg(&busybox);
        command.arg("sh").arg(sim.join("box")).arg(disk.root()).arg(sim);
        for (from, to) in disk.shown() {
            command.arg(from).arg(to);
        }
        command
    }

    /// Writes the maps of users and groups.
    fn tell_who_is_who(&self, pid: u32, disk: &Disk) -> io::Result<()> {
        let write = |name: &str, text: &str| fs::write(format!("/proc/{pid}/{name}"), text);
        let own = fs::metadata("/proc/self")?;
        match &self.means {
            Means::Bubblewrap(_) => {}
            Means::OneUser => {
                write("setgroups", "deny")?;
                write("uid_map", &format!("0 {} 1", own.uid()))?;
                write("gid_map", &format!("0 {} 1", own.gid()))?;
            }
            Means::Accounts(Numbers::Root(first)) => {
                let lines: Vec<_> =
                    disk.ids().iter().zip(*first..).map(|(inside, outside)| format!("{inside} {outside} 1")).collect();
                let lines = lines.join(
                    "
",
                );
                write("uid_map", &lines)?;
                write("gid_map", &lines)?;
            }
            Means::Accounts(Numbers::Helpers { programs, first }) => {
                for (program, (own, first)) in programs.iter().zip([(own.uid(), first[0]), (own.gid(), first[1])]) {
                    let mut args = vec![pid.to_string(), "0".to_owned(), own.to_string(), "1".to_owned()];
                    for (inside, outside) in disk.ids().iter().filter(|&&id| id != 0).zip(first..) {
                        args.extend([inside.to_string(), outside.to_string(), "1".to_owned()]);
                    }
                    let output = Command::new(program).args(args).output()?;
                    if !output.status.success() {
                        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                        return Err(io::Error::other(format!("{}: {said}", program.display())));
                    }
                }
            }
        }
        Ok(())
    }

    /// A program in a session's namespaces, as the box's root, with this process's terminal.
    pub(super) fn enter(&self, disk: &Disk, inside: u32) -> Command {
        let mut command = self.busybox(disk);
        command.args([
            "nsenter",
            "--preserve-credentials",
            "-t",
            &inside.to_string(),
            "-U",
            "-m",
            "-p",
            "-n",
            "-i",
            "-u",
        ]);
        command.args(["/.sim/busybox", "sh", "-c", "cd / && exec \"$@\"", "sh"]);
        command
    }
}

/// A process that ends when this value is dropped.
struct Holder(Child);

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Means {
    /// What it is, in a few words.
    pub(in crate::simulate) fn name(&self) -> &'static str {
        match self {
            Self::Accounts(_) => "namespaces with the box's accounts",
            Self::Bubblewrap(_) => "bubblewrap",
            Self::OneUser => "namespaces with one user",
        }
    }

    /// Hands a folder of this machine to the box's root.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Accounts(Numbers::Root(first)) => chown(path, Some(*first), Some(*first)),
            _ => Ok(()),
        }
    }
}

fn numbers() -> Result<Numbers, String> {
    let own = fs::metadata("/proc/self").map_err(|error| format!("/proc cannot be read: {error}"))?;
    if own.uid() == 0 {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        return Ok(Numbers::Root(free(&map)));
    }
    let program = |name: &str| tools::on_path(name).ok_or_else(|| format!("`{name}` is not here"));
    let programs = [program("newuidmap")?, program("newgidmap")?];
    let user = |line: &str| line.split(':').nth(2) == Some(&own.uid().to_string());
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find(|line| user(line)).and_then(|line| line.split(':').next()).unwrap_or_default();
    let first = |file: &str| -> Result<u32, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
        let own_id = own.uid().to_string();
        let mine = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        mine.into_iter()
            .find(|parts| parts.len() == 3 && (parts[0] == name || parts[0] == own_id))
            .and_then(|parts| parts[1].parse().ok())
            .ok_or_else(|| format!("{file} has no line for this user"))
    };
    Ok(Numbers::Helpers { first: [first("/etc/subuid")?, first("/etc/subgid")?], programs })
}

/// The first of the numbers to give away. A container may have only the lower ones.
fn free(map: &str) -> u32 {
    let has = |number: u32| {
        map.lines().any(|line| {
            let numbers: Vec<u32> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            matches!(*numbers, [inside, _, count] if inside <= number && number - inside < count)
        })
    };
    if has(FREE) { FREE } else { 60_000 }
}

fn bubblewrap(program: &Path, disk: &Disk) -> Command {
    let mut command = Command::new(program);
    let user = disk.ids().first().copied().unwrap_or_default().to_string();
    command.args(["--unshare-user", "--uid", &user, "--gid", &user]);
    command.args(["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--bind"]);
    command.arg(disk.root()).arg("/").args(["--proc", "/proc", "--dev", "/dev"]);
    let sim = disk.sim();
    let shown = [(sim.clone(), OsString::from("/.sim")), (sim.join("programs"), OsString::from("/bin"))];
    for (from, to) in shown.into_iter().chain(disk.shown().iter().map(|(from, to)| (from.clone(), to.into()))) {
        command.arg("--ro-bind").arg(from).arg(to);
    }
    command.arg("--bind").arg(sim.join("io")).arg("/.sim/io");
    // Its own first process would wait for whatever is left in the box.
    command.args(["--as-pid-1", "--chdir", "/", "/.sim/busybox", "sh", "/.sim/init"]);
    command
}
