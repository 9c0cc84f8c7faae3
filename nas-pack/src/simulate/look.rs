//! What there is to see in a box: files, processes, ports, and where an app keeps its data.

use std::collections::BTreeMap;

use super::centre::Centre;
use crate::diagnostic::Result;
use crate::hooks::shell_quote;
use crate::vendor::firmware::Page;

/// Every file, folder and link of a box by its path.
pub(super) type Files = BTreeMap<String, Seen>;

/// What is seen of a file without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its kind and permission bits, as `stat` has them.
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) size: u64,
    /// The inode's number and the time of its last change: both tell that a file was written or replaced.
    pub(super) inode: u64,
    pub(super) changed: String,
}

impl Seen {
    pub(super) fn is_dir(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    pub(super) fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }

    /// Whether something was done to it. What a folder holds is seen by itself.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let (a, b) = ((self.mode, self.uid, self.gid, self.inode), (other.mode, other.uid, other.gid, other.inode));
        a != b || (!self.is_dir() && (self.size, &self.changed) != (other.size, &other.changed))
    }
}

/// A process of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) uid: u32,
    pub(super) command: String,
    /// What nas-pack's scripts told it: `NAS_DATA_DIR` and the like.
    pub(super) told: BTreeMap<String, String>,
}

/// What begins each file's record: no name can follow a slash and begin with one.
const BEGIN: &str = "//";

/// Everything on the box's own disk.
pub(super) fn files(centre: &mut Centre<'_>) -> Result<Files> {
    let end = centre.look(&format!(
        "find / -xdev ! -path '/.sim*' ! -path '/.old' -print0 | xargs -0 stat -c '{BEGIN}%f %u %g %s %i %z %n'"
    ))?;
    Ok(end.output.split(&format!("\n{BEGIN}")).filter_map(record).collect())
}

/// A file's record: mode in hexadecimal, user, group, size, inode, the day, time and zone of the last change, and the path, which may
/// have blanks and line ends.
fn record(text: &str) -> Option<(String, Seen)> {
    let text = text.strip_prefix(BEGIN).unwrap_or(text);
    let [mode, uid, gid, size, inode, day, time, _zone, path] = *text.splitn(9, ' ').collect::<Vec<_>>() else {
        return None;
    };
    let seen = Seen {
        mode: u32::from_str_radix(mode, 16).ok()?,
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        size: size.parse().ok()?,
        inode: inode.parse().ok()?,
        changed: format!("{day} {time}"),
    };
    Some((path.strip_suffix('\n').unwrap_or(path).to_owned(), seen))
}

/// The processes of the package: all but the simulation's own and those that have ended already.
pub(super) fn processes(centre: &mut Centre<'_>) -> Result<Vec<Process>> {
    let end = centre.look(
        "for dir in /proc/[0-9]*; do\n\
         program=$(readlink \"$dir/exe\" 2>/dev/null) || continue\n\
         case $program in /.sim/busybox | */bwrap) continue ;; esac\n\
         [ \"$dir\" != /proc/1 ] || continue\n\
         echo \"/${dir#/proc/} $(stat -c %u \"$dir\") $(tr '\\0\\n' '  ' <\"$dir/cmdline\")\"\n\
         tr '\\0' '\\n' <\"$dir/environ\" 2>/dev/null | grep '^NAS_'\n\
         done\n:",
    )?;
    let mut found: Vec<Process> = Vec::new();
    for line in end.output.lines() {
        if let Some(line) = line.strip_prefix('/') {
            let mut parts = line.splitn(3, ' ');
            let mut next = || parts.next().unwrap_or_default();
            let (pid, uid) = (next().parse().unwrap_or_default(), next().parse().unwrap_or_default());
            found.push(Process { pid, uid, command: next().trim().to_owned(), told: BTreeMap::new() });
        } else if let (Some(process), Some((name, value))) = (found.last_mut(), line.split_once('=')) {
            process.told.insert(name.to_owned(), value.to_owned());
        }
    }
    found.sort_by_key(|process| process.pid);
    Ok(found)
}

/// The box's address in its network, as init.sh has given it.
const LAN: &str = "$(cat /.sim/io/address)";

/// What an app's page answers from another machine.
pub(super) enum Answer {
    /// This HTTP status, or `open` where no HTTP is spoken.
    Yes(String),
    /// Nothing, for this reason.
    No(String),
}

/// Asks the app's page as a browser in the network would, at an address that is not 127.0.0.1.
pub(super) fn probe(centre: &mut Centre<'_>, page: &Page, seconds: u32) -> Result<Answer> {
    use crate::model::Protocol;
    let port = page.port;
    let ask = match page.protocol {
        // A static BusyBox's wget wants libraries of the machine that it was built for; two lines of HTTP need none.
        Protocol::Http => {
            let host = format!("{LAN}:{port}");
            let path = shell_quote(&page.path);
            format!(
                "printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' {path} \"{host}\" |
                 nc -w 10 {LAN} {port} 2>&1 | head -n 1"
            )
        }
        // The certificate is the box's own, which nobody here knows.
        Protocol::Https | Protocol::Tcp => format!("nc -w 5 {LAN} {port} </dev/null >/dev/null 2>&1 && echo open"),
    };
    let end = centre.look(&format!(
        "for _ in $(seq {seconds}); do\n\
         said=$({ask})\n\
         case $said in HTTP/* | open) break ;; esac\n\
         sleep 1\n\
         done\n\
         echo \"$said\""
    ))?;
    let said = end.output.trim();
    let status = said.strip_prefix("HTTP/").and_then(|rest| rest.split_whitespace().nth(1));
    Ok(match (status, said) {
        (Some(code), _) => Answer::Yes(code.to_owned()),
        (None, "open") => Answer::Yes("open".to_owned()),
        (None, said) => Answer::No(said.lines().next_back().unwrap_or("no answer").to_owned()),
    })
}

/// A condition of the shell: whether something listens on a port, on any address.
pub(super) fn listening(port: u16) -> String {
    format!("grep -q ':{port:04X} [0-9A-F:]* 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null")
}

/// Whether something listens on a port.
pub(super) fn listens(centre: &mut Centre<'_>, port: u16) -> Result<bool> {
    Ok(centre.look(&listening(port))?.code == 0)
}

/// The end of the newest logs below some folders, each line as it is.
pub(super) fn logs(centre: &mut Centre<'_>, folders: &[String]) -> Result<String> {
    let quoted: Vec<_> = folders.iter().map(|folder| shell_quote(folder)).collect();
    let end = centre.look(&format!(
        "newest=$(find {} -name '*.log' -type f -exec stat -c '%Y %n' {{}} + 2>/dev/null | sort -rn | head -n 1 | cut -d ' ' -f 2-)\n\
         [ -z \"$newest\" ] || tail -n 15 \"$newest\"",
        quoted.join(" ")
    ))?;
    Ok(end.output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_may_hold_anything() {
        let output = "//41ed 0 0 4096 7 2026-01-02 03:04:05.678901234 +0000 /a b\n//\u{2d}f\n\
                      //81a4 999 999 12 8 2026-01-02 03:04:05.000000000 +0000 /a b/line\nend\n";
        let files: Files = output.split(&format!("\n{BEGIN}")).filter_map(record).collect();
        // What follows the first is no record, and is left out.
        assert_eq!(files.keys().collect::<Vec<_>>(), ["/a b", "/a b/line\nend"]);
        assert!(files["/a b"].is_dir() && !files["/a b/line\nend"].is_dir());
        assert_eq!((files["/a b/line\nend"].uid, files["/a b/line\nend"].size), (999, 12));
    }

    #[test]
    fn a_change_is_seen_whatever_it_was() {
        let file = Seen { mode: 0o100_644, uid: 0, gid: 0, size: 1, inode: 5, changed: "then".to_owned() };
        for changed in [
            Seen { mode: 0o100_600, ..file.clone() },
            Seen { uid: 999, ..file.clone() },
            Seen { size: 2, ..file.clone() },
            Seen { inode: 6, ..file.clone() },
            Seen { changed: "now".to_owned(), ..file.clone() },
        ] {
            assert!(file.differs(&changed), "{changed:?}");
        }
        // A folder changes whenever something in it comes or goes, and that is seen by itself.
        let folder = Seen { mode: 0o040_755, ..file };
        assert!(!folder.differs(&Seen { changed: "now".to_owned(), size: 9, ..folder.clone() }));
    }
}
