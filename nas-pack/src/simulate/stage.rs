//! The firmware's own work as lines of shell for the agent in the box, and the files that they need.

use std::cell::Cell;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::sandbox::Disk;
use crate::archive::{Content, Entry, EntryKind, TarStyle, TarWriter, Tree, TreePath};
use crate::diagnostic::{Failure, Result};
use crate::elf;
use crate::hooks::shell_quote;
use crate::model::Arch;
use crate::vendor::firmware::{Account, Firmware, Program, Work};

/// Lays files ready for a box.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    disk: &'a Disk,
    accounts: &'a [Account],
    /// Whether files can belong to several accounts.
    owners: bool,
    foreign: Foreign,
    number: Cell<u32>,
}

/// What is done with programs for another processor than this machine's.
#[derive(Clone, Debug, Default)]
pub(super) struct Foreign {
    /// The emulator's place in the box, for the arch of the package.
    pub(super) emulator: Option<(Arch, String)>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(disk: &'a Disk, accounts: &'a [Account], owners: bool, foreign: Foreign) -> Self {
        Self { disk, accounts, owners, foreign, number: Cell::new(0) }
    }

    /// Lines that do this work, one after another, and stop at what fails.
    pub(super) fn script(&self, works: &[Work]) -> Result<String> {
        let mut text = "set -e\numask 022\n".to_owned();
        for work in works {
            self.line(&mut text, work)?;
        }
        Ok(text)
    }

    fn line(&self, text: &mut String, work: &Work) -> Result<()> {
        let q = |path: &str| shell_quote(path);
        let parent = |path: &str| {
            q(path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent }))
        };
        // Writing into a string cannot fail.
        let _ = match work {
            Work::Folder { path, mode, owner } => {
                let own = self.own(path, owner, false);
                writeln!(text, "[ -d {0} ] || {{ mkdir -p {0} && chmod {mode:o} {0} {own}; }}", q(path))
            }
            Work::Link { path, target } => {
                let link = format!("mkdir -p {}; rm -f {1}; ln -s -- {2} {1}", parent(path), q(path), q(target));
                writeln!(text, "[ \"$(readlink {0})\" = {1} ] || {{ {link}; }}", q(path), q(target))
            }
            Work::Write { path, content, mode } => {
                let staged = self.file(content)?;
                // What is there already stays, so that a boot changes nothing.
                let write =
                    format!("mkdir -p {0}; rm -f {1}; cat {staged} >{1}; chmod {mode:o} {1}", parent(path), q(path));
                writeln!(text, "cmp -s {staged} {0} || {{ {write}; }}", q(path))
            }
            Work::Unpack { tree, to, owner } => {
                let staged = self.tar(tree)?;
                let own = self.own(to, owner, true);
                let numbers = if self.owners { "" } else { "-o" };
                writeln!(text, "mkdir -p {0}; tar -x {numbers} -f {staged} -C {0} {own}", q(to))
            }
            Work::Give { path, owner } => writeln!(text, ": {}", self.own(path, owner, true)),
            Work::Remove { path } => writeln!(text, "rm -rf {}", q(path)),
            Work::Clear { path, but } => {
                let kept: Vec<_> = but.iter().map(|name| format!("! -name {}", q(name))).collect();
                let kept = kept.join(" ");
                writeln!(
                    text,
                    "[ ! -d {0}/. ] || find {0}/. -mindepth 1 -maxdepth 1 {kept} -exec rm -rf {{}} +",
                    q(path)
                )
            }
        };
        Ok(())
    }

    /// The end of a line that gives a path to an account; nothing where there is one user.
    fn own(&self, path: &str, owner: &str, whole: bool) -> String {
        let Some(account) = self.accounts.iter().find(|account| account.user == owner).filter(|_| self.owners) else {
            return String::new();
        };
        let recursive = if whole { "-hR" } else { "" };
        format!("&& chown {recursive} {}:{} {}", account.uid, account.gid, shell_quote(path))
    }

    /// Where the box finds a new file of the stage, and where it is here.
    fn place(&self, kind: &str) -> (String, PathBuf) {
        let number = self.number.replace(self.number.get() + 1);
        let name = format!("{kind}-{number}");
        (format!("/.sim/jobs/{name}"), self.disk.sim().join("jobs").join(name))
    }

    fn file(&self, content: &[u8]) -> Result<String> {
        let (inside, path) = self.place("file");
        fs::write(&path, content).map_err(|error| Failure::io("write", &path, &error))?;
        Ok(inside)
    }

    fn tar(&self, tree: &Tree) -> Result<String> {
        let (inside, path) = self.place("tar");
        let written = || -> std::io::Result<()> {
            let out = BufWriter::new(File::create(&path)?);
            let mut tar = TarWriter::new(out, TarStyle::dotted(), 0)?;
            for (name, entry) in tree.iter() {
                match self.wrapper(name, entry)? {
                    Some(wrapped) => tar.member(name.as_str(), &wrapped)?,
                    None => tar.member(name.as_str(), entry)?,
                }
            }
            std::io::Write::flush(&mut tar.finish()?)
        };
        written().map_err(|error| Failure::io("write", &path, &error))?;
        Ok(inside)
    }

    /// What stands in the place of a program for another processor: a script that runs it by the emulator, under its own name.
    fn wrapper(&self, name: &TreePath, entry: &Entry) -> std::io::Result<Option<Entry>> {
        let (EntryKind::File(content), Some((arch, emulator))) = (&entry.kind, &self.foreign.emulator) else {
            return Ok(None);
        };
        let is_program = entry.mode & 0o111 != 0
            && matches!(elf::inspect_content(content), Some(Ok(binary)) if binary.arch == Some(*arch));
        if !is_program {
            return Ok(None);
        }
        let (inside, path) = self.place("program");
        let mut out = BufWriter::new(File::create(&path)?);
        content.copy_to(&mut out)?;
        std::io::Write::flush(&mut out)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        let _ = name;
        let text = format!("#!/.sim/busybox sh\nexec {emulator} -0 \"$0\" {inside} \"$@\"\n");
        Ok(Some(Entry { kind: EntryKind::File(Content::from(text.into_bytes())), mode: entry.mode }))
    }

    /// What a boot does before anything of the package runs: the system's own folders, accounts and programs.
    pub(super) fn boot(&self, firmware: &Firmware) -> Result<String> {
        let mut text = String::new();
        for folder in firmware.volatile {
            // Not every BusyBox has find's `-delete`. What is mounted there is read-only and stays.
            let content = format!("{}/. -mindepth 1 -maxdepth 1", shell_quote(folder));
            let _ = writeln!(text, "find {content} -exec rm -rf {{}} + 2>/dev/null");
        }
        let mut works = Vec::new();
        for folder in ["/etc", "/usr/bin", "/usr/sbin", "/sbin", "/root", "/var"] {
            works.push(Work::Folder { path: folder.to_owned(), mode: 0o755, owner: "root".to_owned() });
        }
        for (name, content) in [("/etc/passwd", passwd(self.accounts)), ("/etc/group", group(self.accounts))] {
            works.push(Work::Write { path: name.to_owned(), content: content.into_bytes(), mode: 0o644 });
        }
        works.push(Work::Folder { path: "/tmp".to_owned(), mode: 0o1777, owner: "root".to_owned() });
        text += &self.script(&works)?;
        text += &format!("tar -x -k -f {} -C / 2>/dev/null || :\n", self.tar(&self.links()?)?);
        text += &self.script(&firmware.skeleton)?;
        let beside = firmware.userland.programs.iter().filter(|program| !program.path.starts_with("/bin/"));
        text += &self.script(&beside.map(stand_in).collect::<Vec<_>>())?;
        Ok(text)
    }

    /// Devices have their programs in several folders, and scripts may say in which.
    fn links(&self) -> Result<Tree> {
        let mut tree = Tree::default();
        for folder in ["usr/bin", "sbin", "usr/sbin"] {
            for applet in &self.disk.programs.applets {
                let link = EntryKind::Symlink(format!("/bin/{applet}"));
                tree.insert(&format!("{folder}/{applet}"), Entry { kind: link, mode: 0o777 })?;
            }
        }
        Ok(tree)
    }
}

/// A program of the vendor's that writes down how it was called.
fn stand_in(program: &Program) -> Work {
    Work::Write { path: program.path.to_owned(), content: stand_in_text(program).into_bytes(), mode: 0o755 }
}

fn stand_in_text(program: &Program) -> String {
    format!(
        "#!/.sim/busybox sh\n(\n    printf '%s' \"${{0##*/}}\"\n    [ $# -eq 0 ] || printf ' %s' \"$@\"\n    echo\n) \
         >>/.sim/io/commands\n{}\n",
        program.body
    )
}

/// The vendor's programs that are in `/bin`, which is laid out here and which nothing in the box can change.
pub(super) fn stand_ins_in_bin(disk: &Disk, firmware: &Firmware) -> Result<()> {
    for program in firmware.userland.programs {
        if let Some(name) = program.path.strip_prefix("/bin/") {
            let path = disk.sim().join("programs").join(name);
            let written = fs::write(&path, stand_in_text(program))
                .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)));
            written.map_err(|error| Failure::io("write", &path, &error))?;
        }
    }
    Ok(())
}

fn passwd(accounts: &[Account]) -> String {
    let line = |Account { user, uid, gid, home, .. }: &Account| format!("{user}:x:{uid}:{gid}::{home}:/bin/sh\n");
    accounts.iter().map(line).collect()
}

/// The groups of the accounts, and those that they are in beside their own. Numbers of the latter follow the highest of the former.
fn group(accounts: &[Account]) -> String {
    let mut groups: Vec<(&str, u32, Vec<&str>)> = Vec::new();
    for account in accounts {
        if !groups.iter().any(|(name, ..)| *name == account.group) {
            groups.push((&account.group, account.gid, Vec::new()));
        }
    }
    for account in accounts {
        for name in &account.groups {
            let next = groups.iter().map(|(_, gid, _)| gid + 1).max().unwrap_or(1);
            if let Some((.., members)) = groups.iter_mut().find(|(other, ..)| other == name) {
                members.push(&account.user);
            } else {
                groups.push((name, next, vec![&account.user]));
            }
        }
    }
    let lines: Vec<_> =
        groups.iter().map(|(name, gid, members)| format!("{name}:x:{gid}:{}", members.join(","))).collect();
    lines.join("\n") + "\n"
}

/// The numbers of all users and groups of a box, root's first.
pub(super) fn numbers(accounts: &[Account]) -> Vec<u32> {
    let text = group(accounts);
    let groups = text.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok());
    let mut all: Vec<u32> = accounts.iter().map(|account| account.uid).chain(groups).filter(|&id| id != 0).collect();
    all.sort_unstable();
    all.dedup();
    all.insert(0, 0);
    all
}

/// A path of the stage's own as the box sees it.
pub(super) fn copy_tool(disk: &Disk, from: &Path, name: &str) -> Result<String> {
    let to = disk.sim().join(name);
    fs::copy(from, &to).map_err(|error| Failure::io("write", &to, &error))?;
    Ok(format!("/.sim/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::sandbox::{Sandbox, Session};
    use crate::toolchain::tools;

    fn account(user: &str, id: u32, groups: &[&str]) -> Account {
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        Account { user: user.to_owned(), uid: id, group: user.to_owned(), gid: id, groups, home: "/".to_owned() }
    }

    #[test]
    fn groups_are_those_of_the_accounts_and_those_they_are_in() {
        let accounts = [Account::root(), account("admin", 999, &[]), account("beacon", 5000, &["http", "admin"])];
        assert_eq!(group(&accounts), "root:x:0:\nadmin:x:999:beacon\nbeacon:x:5000:\nhttp:x:5001:beacon\n");
        assert_eq!(numbers(&accounts), [0, 999, 5000, 5001]);
    }

    /// What a firmware does, done in a box, with names that mean something to a shell.
    #[test]
    fn work_is_done_as_it_says() {
        const ODD: &str = "/it's $(touch no) `a` *;-n ü";
        let Some(busybox) = tools::on_path("busybox") else { return eprintln!("not run: busybox is not here") };
        let bubblewrap = tools::on_path("bwrap");
        let Ok(sandbox) = Sandbox::find(&busybox, bubblewrap.as_deref()) else {
            return eprintln!("not run: this machine allows no box");
        };
        let accounts = [Account::root(), account("admin", 999, &[])];
        let disk = Disk::new(&sandbox, &numbers(&accounts), &|_| true).unwrap();
        let stage = Stage::new(&disk, &accounts, sandbox.has_accounts(), Foreign::default());
        let mut tree = Tree::new();
        let file = |text: &str| EntryKind::File(Content::from(text.as_bytes().to_vec()));
        tree.insert("bin/x", Entry { kind: file("x"), mode: 0o750 }).unwrap();
        tree.insert("kept", Entry { kind: file("k"), mode: 0o644 }).unwrap();
        let owner = || "admin".to_owned();
        let app = format!("{ODD}/app");
        let works = [
            Work::Folder { path: ODD.to_owned(), mode: 0o1750, owner: owner() },
            Work::Unpack { tree, to: app.clone(), owner: owner() },
            Work::Clear { path: app.clone(), but: &["kept"] },
            Work::Write { path: format!("{ODD}/w/file"), content: b"a'b\n".to_vec(), mode: 0o600 },
            Work::Link { path: format!("{ODD}/link"), target: "-to 'there'".to_owned() },
            Work::Give { path: format!("{ODD}/w"), owner: owner() },
            Work::Remove { path: format!("{ODD}/no such") },
        ];
        let script = stage.script(&works).unwrap();
        let mut session = Session::start(&sandbox, &disk, None).unwrap();
        session.work(&script).unwrap();
        // Once more changes nothing.
        session.work(&stage.script(&works[3..5]).unwrap()).unwrap();
        let own = if sandbox.has_accounts() { 999 } else { 0 };
        let seen = session
            .work(&format!(
                "cd {}; stat -c '%A %u %n' . app app/* w w/file; cat w/file; readlink link",
                shell_quote(ODD)
            ))
            .unwrap();
        let wanted = format!(
            "drwxr-x--T {own} .\ndrwxr-xr-x {own} app\n-rw-r--r-- {own} app/kept\ndrwxr-xr-x {own} w\n\
             -rw------- {own} w/file\na'b\n-to 'there'\n"
        );
        assert_eq!(seen, wanted);
    }
}
