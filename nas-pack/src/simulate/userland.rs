//! A box's BusyBox, played by a newer or larger one: a copy that knows some of its applets only.
//!
//! Leaving out links in `bin` is not enough. Debian's build has `FEATURE_SH_STANDALONE`: its shell runs every applet that is in the
//! file, whatever `PATH` says, and so do `xargs`, `find -exec` and `busybox NAME`. So the names of the others are overwritten in the
//! copy. The shell's builtins stay what they are (`echo`, `test`, `printf`, `kill` and so on), as a box's shell has them too.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::diagnostic::{Diagnostic, Result, io_reason};

/// What was laid into a box's folder for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installed {
    /// The applets that the box has now, sorted: each is a link to `busybox`.
    pub(super) applets: Vec<String>,
    /// Why scripts still reach applets that the box lacks, if they do: a phrase to follow `scripts find more than the box has: `.
    pub(super) restricted: Result<(), String>,
}

/// The names of a BusyBox's applets, each in a line.
pub(super) fn list(busybox: &Path) -> Result<String> {
    Ok(read(Command::new(busybox).arg("--list")).map_err(|reason| failed("run", busybox, &reason))?)
}

/// Copies a BusyBox of this machine into a box's folder as `busybox`, with a link to it for each applet that the box `has`. The copy
/// knows no others but `busybox` itself. What is there already under these names is replaced.
///
/// # Errors
/// If the BusyBox does not run, or the folder cannot be written to. That others stay known is none: [`Installed::restricted`] tells.
pub(super) fn install(busybox: &Path, bin: &Path, has: &dyn Fn(&str) -> bool) -> Result<Installed> {
    let has = |name: &str| name == "busybox" || has(name);
    let list = list(busybox)?;
    let names: Vec<&str> = list.lines().collect();
    let restricted = copy(busybox, &bin.join("busybox"), &names, &has)?;

    let applets: Vec<&str> = names.into_iter().filter(|name| *name != "busybox" && has(name)).collect();
    for name in &applets {
        let link = bin.join(name);
        remove(&link)?;
        symlink(&link).map_err(|error| failed("write", &link, &io_reason(&error)))?;
    }
    Ok(Installed { applets: applets.into_iter().map(str::to_owned).collect(), restricted })
}

/// Writes the copy, and says why it knows too much, if it does. It never knows less than it is to.
fn copy(busybox: &Path, to: &Path, names: &[&str], has: &dyn Fn(&str) -> bool) -> Result<Result<(), String>> {
    let content = fs::read(busybox).map_err(|error| failed("read", busybox, &io_reason(&error)))?;
    let mut left: Vec<&str> = Vec::new();
    let reason = loop {
        let known = |name: &str| has(name) || left.contains(&name);
        let Patched { content, low } = match patched(&content, names, &known) {
            Ok(patched) => patched,
            Err(reason) => break reason,
        };
        write(busybox, &content, to)?;
        let wrong = match wrong(to, names, &known) {
            Ok(wrong) => wrong,
            Err(reason) => break reason,
        };
        match (wrong.first(), &*left) {
            (None, []) => return Ok(Ok(())),
            (None, left) => return Ok(Err(format!("this BusyBox cannot be made to forget {}", left.join(", ")))),
            // A lookup begins at some of the names by their order. One that is too low misleads it about those before it.
            (Some(first), _) => match low.into_iter().find(|name| name > first) {
                Some(name) if known(first) => left.push(name),
                _ => break format!("its copy is wrong about {first}"),
            },
        }
    };
    write(busybox, &content, to)?;
    // A build whose shell looks for programs in `PATH` alone needs no more than links.
    let standalone = !reached(to, &["ls"]).map_err(|reason| failed("run", to, &reason))?.is_empty();
    Ok(if standalone { Err(reason) } else { Ok(()) })
}

/// A BusyBox that knows some of its applets.
#[derive(Debug)]
struct Patched<'a> {
    content: Vec<u8>,
    /// Those whose other name is not in order, but too low.
    low: Vec<&'a str>,
}

/// The bytes of a BusyBox that knows the `wanted` ones of its applets alone, of which `names` is the list that it prints.
///
/// BusyBox has the names as one sorted table and looks them up by their order, in ways that have changed over time. The others get names
/// of the same length and in the same order, mostly with a control character, so that any way finds the wanted ones still.
///
/// # Errors
/// Why it cannot be done with this BusyBox.
fn patched<'a>(busybox: &[u8], names: &[&'a str], wanted: &dyn Fn(&str) -> bool) -> Result<Patched<'a>, String> {
    if names.is_empty() || names.contains(&"") || !names.is_sorted() {
        return Err("its applets are not listed in order".to_owned());
    }
    let table = table(names);
    let mut places = busybox.windows(table.len()).enumerate().filter(|(_, window)| *window == table);
    let start = match (places.next(), places.next()) {
        (Some((start, _)), None) => start,
        (None, _) => return Err("its applets' names are not found in it".to_owned()),
        (Some(_), Some(_)) => return Err("its applets' names are in it more than once".to_owned()),
    };

    let mut renamed: Vec<Vec<u8>> = Vec::with_capacity(names.len());
    let mut low = Vec::new();
    let mut before = Vec::new();
    for (at, &name) in names.iter().enumerate() {
        let after = names.get(at + 1).map(|name| name.as_bytes());
        let in_order = if wanted(name) {
            Some(name.as_bytes().to_vec())
        } else {
            other_name(name.as_bytes(), &before, after, names)
        };
        renamed.push(if let Some(name) = in_order {
            before.clone_from(&name);
            name
        } else {
            low.push(name);
            [&name.as_bytes()[..name.len() - 1], &[LOWEST]].concat()
        });
    }
    let mut content = busybox.to_vec();
    content[start..start + table.len()].copy_from_slice(&self::table(&renamed));
    Ok(Patched { content, low })
}

/// The names as they are in the file.
fn table<T: AsRef<[u8]>>(names: &[T]) -> Vec<u8> {
    names.iter().flat_map(|name| name.as_ref().iter().copied().chain([0])).collect()
}

// The characters of other names that nobody types.
const LOWEST: u8 = 0x01;
const HIGHEST: u8 = 0x7f;

/// A name of the same length, between those before and after it, that is none of `names`. There is none of one letter between `vi` and
/// `watch` but `w`.
fn other_name(name: &[u8], before: &[u8], after: Option<&[u8]>, names: &[&str]) -> Option<Vec<u8>> {
    let from_end = || (0..name.len()).rev();
    let strange = from_end().flat_map(|at| (LOWEST..b' ').chain([HIGHEST]).map(move |byte| (at, byte, byte)));
    let near = from_end().flat_map(|at| [(at, name[at] - 1, HIGHEST), (at, name[at] + 1, LOWEST)]);
    // Another last letter comes last of all: that alone gives a name that one could type.
    let candidates = strange.chain(near.clone().skip(2)).chain(near.take(2));
    candidates
        .map(|(at, byte, rest)| {
            let mut other = name.to_vec();
            other[at] = byte;
            other[at + 1..].fill(rest);
            other
        })
        .filter(|other| before < other.as_slice() && after.is_none_or(|after| other.as_slice() < after))
        // Such as `dc` for `dd`, when `dc` itself was renamed.
        .find(|other| !names.iter().any(|name| name.as_bytes() == other))
}

/// The names about which a BusyBox is wrong: that it knows and is not to know, or the other way.
fn wrong<'a>(busybox: &Path, names: &[&'a str], known: &dyn Fn(&str) -> bool) -> Result<Vec<&'a str>, String> {
    let reached = reached(busybox, names)?;
    // Only these need a closer look: builtins of the shell are reached, but may be no applets; and a shell that only knows `PATH`
    // reaches none.
    let mut doubtful: Vec<&str> = names.iter().copied().filter(|name| reached.contains(*name) != known(name)).collect();
    let applets = applets(busybox, &doubtful)?;
    doubtful.retain(|name| applets.contains(*name) != known(name));
    Ok(doubtful)
}

/// Those of the names that its shell finds without `PATH`: applets if it is built so, and builtins.
fn reached(busybox: &Path, names: &[&str]) -> Result<BTreeSet<String>, String> {
    shell(busybox, "PATH=/none; for name; do command -v \"$name\" >/dev/null && echo \"$name\"; done; true", names)
}

/// Those of the names that are its applets. None of them runs: each is asked for its help, as `busybox --help NAME`.
fn applets(busybox: &Path, names: &[&str]) -> Result<BTreeSet<String>, String> {
    let script = "for name; do \"$0\" --help \"$name\" >/dev/null 2>&1; [ $? = 127 ] || echo \"$name\"; done; true";
    shell(busybox, script, names)
}

/// The lines that a script prints in its shell, with the BusyBox's own path as `$0`.
fn shell(busybox: &Path, script: &str, args: &[&str]) -> Result<BTreeSet<String>, String> {
    let printed = read(Command::new(busybox).args(["sh", "-c", script]).arg(busybox).args(args))?;
    Ok(printed.lines().map(str::to_owned).collect())
}

/// What a program prints, unless it fails.
fn read(command: &mut Command) -> Result<String, String> {
    let output = command.env_clear().stdin(Stdio::null()).output().map_err(|error| io_reason(&error))?;
    if !output.status.success() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| "what it prints is not UTF-8".to_owned())
}

/// Writes a program, so that it can be run at once.
///
/// Another program does it: had this process the file open for writing, even for a moment, a child that another thread starts in that
/// moment would have it too, and running the file would fail with "text file busy".
fn write(busybox: &Path, content: &[u8], to: &Path) -> Result<()> {
    remove(to)?;
    let write = || {
        let mut tee = Command::new(busybox);
        tee.arg("tee").arg(to).env_clear().stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = tee.spawn()?;
        let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(content));
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(std::io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        written?;
        make_executable(to)
    };
    write().map_err(|error| failed("write", to, &io_reason(&error)).into())
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("replace", file, &io_reason(&error)).into())
        }
        _ => Ok(()),
    }
}

fn failed(what: &str, file: &Path, reason: &str) -> Diagnostic {
    Diagnostic::error(format!("cannot {what} {}: {reason}", file.display()))
}

#[cfg(unix)]
fn make_executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn symlink(link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink("busybox", link)
}

#[cfg(not(unix))]
fn symlink(_: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const NAMES: &[&str] = &["[", "[[", "ash", "cat", "head", "ls", "lsmod", "sh", "tail", "vi", "w", "watch", "wc"];

    fn file() -> Vec<u8> {
        [b"ELF code ls\0", &*table(NAMES), b"more code"].concat()
    }

    /// A BusyBox of this machine with the list that it prints. Tests that need it end otherwise.
    fn busybox() -> Option<(PathBuf, String)> {
        let Some(busybox) = crate::toolchain::tools::on_path("busybox") else {
            eprintln!("note: no busybox here: no copy of it is made");
            return None;
        };
        let list = read(Command::new(&busybox).arg("--list")).unwrap();
        Some((busybox, list))
    }

    #[test]
    fn other_names_keep_the_length_and_the_order() {
        let wanted = |name: &str| matches!(name, "ash" | "cat" | "sh" | "vi" | "watch");
        let patched = patched(&file(), NAMES, &wanted).unwrap();
        insta::assert_snapshot!(patched.content.escape_ascii(), @r"ELF code ls\x00\x01\x00[\x01\x00ash\x00cat\x00hea\x01\x00l\x01\x00lsmo\x01\x00sh\x00tai\x01\x00vi\x00\x01\x00watch\x00w\x7f\x00more code");
        assert_eq!(patched.content.len(), file().len());
        assert_eq!(patched.low, ["w"]);
    }

    #[test]
    fn nothing_changes_where_all_are_wanted() {
        assert_eq!(patched(&file(), NAMES, &|_| true).unwrap().content, file());
    }

    #[test]
    fn a_file_that_is_not_understood_is_left_alone() {
        let reason = |file: &[u8], names: &[&str]| patched(file, names, &|_| false).unwrap_err();
        insta::assert_snapshot!(reason(b"packed", NAMES), @"its applets' names are not found in it");
        insta::assert_snapshot!(reason(&[file(), file()].concat(), NAMES), @"its applets' names are in it more than once");
        insta::assert_snapshot!(reason(&file(), &["wc", "ash"]), @"its applets are not listed in order");
        insta::assert_snapshot!(reason(&file(), &[]), @"its applets are not listed in order");
        insta::assert_snapshot!(reason(&file(), &["", "ash"]), @"its applets are not listed in order");
    }

    #[test]
    fn a_copy_knows_all_that_it_is_to_know_and_hardly_more() {
        let Some((busybox, list)) = busybox() else { return };
        let names: Vec<&str> = list.lines().collect();
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("busybox");
        let few = ["ash", "busybox", "cat", "cp", "ls", "mkdir", "ps", "rm", "sed", "sh", "sleep", "watch"];
        // Every nth one; few, as on an old box; and all but some that have neighbours of nearly the same name.
        for n in [2, 3] {
            let nth = |name: &str| names.iter().position(|it| *it == name).is_some_and(|at| at % n == 0);
            holds(&busybox, &to, &names, &|name| nth(name) || matches!(name, "busybox" | "sh"));
            holds(&busybox, &to, &names, &|name| !nth(name) || matches!(name, "busybox" | "sh"));
        }
        holds(&busybox, &to, &names, &|name| few.contains(&name));
        holds(&busybox, &to, &names, &|name| !["[", "[[", "w", "ls", "ip", "id", "test", "echo"].contains(&name));
    }

    fn holds(busybox: &Path, to: &Path, names: &[&str], has: &dyn Fn(&str) -> bool) {
        let outcome = copy(busybox, to, names, has).unwrap();
        let expected: BTreeSet<String> = names.iter().filter(|name| has(name)).map(|&name| name.to_owned()).collect();
        let known = applets(to, names).unwrap();
        assert!(known.is_superset(&expected), "{:?} are missing", expected.difference(&known));
        let more: Vec<&str> = known.difference(&expected).map(String::as_str).collect();
        assert!(more.len() < 2, "{more:?} are left");
        let told = format!("this BusyBox cannot be made to forget {}", more.join(", "));
        assert_eq!(outcome, if more.is_empty() { Ok(()) } else { Err(told) });
    }

    #[test]
    fn a_copy_that_knows_too_much_or_too_little_is_found_out() {
        let Some((busybox, list)) = busybox() else { return };
        let names: Vec<&str> = list.lines().collect();
        let all_but_ls = |name: &str| name != "ls";
        assert_eq!(wrong(&busybox, &names, &all_but_ls).unwrap(), ["ls"]);
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("busybox");
        write(&busybox, &patched(&fs::read(&busybox).unwrap(), &names, &all_but_ls).unwrap().content, &to).unwrap();
        assert_eq!(wrong(&to, &names, &|_| true).unwrap(), ["ls"]);
    }

    #[test]
    fn a_box_gets_its_applets_and_scripts_find_no_others() {
        let Some((busybox, _)) = busybox() else { return };
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path();
        // What is there from before is replaced, not written through.
        fs::write(bin.join("kept"), "kept").unwrap();
        std::os::unix::fs::symlink("kept", bin.join("cat")).unwrap();
        let has = |name: &str| ["sh", "cat", "xargs", "find", "timeout"].contains(&name);
        let installed = install(&busybox, bin, &has).unwrap();
        assert_eq!(installed.restricted, Ok(()));
        assert_eq!(installed.applets, ["cat", "find", "sh", "timeout", "xargs"]);
        assert_eq!(fs::read_to_string(bin.join("kept")).unwrap(), "kept");
        let mut files: Vec<_> = fs::read_dir(bin).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        files.sort();
        assert_eq!(files, ["busybox", "cat", "find", "kept", "sh", "timeout", "xargs"]);

        // All but the first print nothing, since none of these programs is there.
        let script = "for it in 'cat kept' ls 'xargs wc' 'find kept -exec stat {} ;' 'timeout 9 tail kept' 'busybox head kept'; \
                      do $it </dev/null; done";
        let mut command = Command::new(bin.join("sh"));
        command.args(["-c", script]).current_dir(bin).env_clear().env("PATH", bin);
        assert_eq!(String::from_utf8_lossy(&command.output().unwrap().stdout), "kept");
    }
}
