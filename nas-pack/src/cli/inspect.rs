use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use nas_pack::archive::read::leads_out;
use nas_pack::archive::{Content, Entry, EntryKind, Tree, TreePath};
use nas_pack::diagnostic::{Diagnostic, Failure, Result};
use nas_pack::elf::Binary;
use nas_pack::vendor::open::Outer;
use nas_pack::vendor::{Opened, open};
use serde_json::{Value, json};

use super::args::Inspect;
use super::shell::Shell;
use super::table::{self, clean, count};

pub(crate) fn run(command: &Inspect, shell: &Shell) -> Result<()> {
    let limits = command.limits.limits();
    if command.files.len() > 1 && (command.cat.is_some() || command.extract.is_some()) {
        return Err(Diagnostic::error("`--cat` and `--extract` take one package at a time").into());
    }
    let mut failed = Vec::new();
    let mut reports = Vec::new();
    for (index, path) in command.files.iter().enumerate() {
        let opened = match open(path, &limits) {
            Ok(opened) => opened,
            Err(failure) => {
                failed.extend(failure.into_diagnostics());
                continue;
            }
        };
        for warning in &opened.warnings {
            shell.show(warning);
        }
        if let Some(member) = &command.cat {
            cat(&opened, member, path)?;
        } else if let Some(folder) = &command.extract {
            extract(&opened, folder, shell)?;
        } else if command.json {
            reports.push(report(path, &opened));
        } else {
            if index > 0 {
                shell.print("\n");
            }
            let text = if command.tree { tree(&opened) } else { describe(path, &opened) };
            shell.print(&text);
        }
    }
    if command.json {
        shell.print(&super::json(&reports));
    }
    Failure::from_all(failed).map_or(Ok(()), Err)
}

/// Writes a file of the package to standard output, as it is.
fn cat(opened: &Opened, member: &str, package: &Path) -> Result<()> {
    let wanted = member.trim_start_matches("./");
    let Some((_, content)) = opened.files().find(|(path, _)| path.as_str() == wanted) else {
        return Err(Diagnostic::error(format!("there is no file `{member}` in the package"))
            .in_file(package)
            .help("`--tree` lists what is there")
            .into());
    };
    match content.copy_to(&mut io::stdout().lock()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::io("write", "standard output", &error)),
        _ => Ok(()),
    }
}

/// Writes the package's files into a folder that is not there yet, or is empty.
///
/// Nothing is overwritten, and nothing can be outside: paths of a tree are plain, folders are made here and never links, and links
/// that can lead out are left out.
fn extract(opened: &Opened, folder: &Path, shell: &Shell) -> Result<()> {
    let in_the_way = |what: &str| {
        Diagnostic::error(format!("`{}` {what}", folder.display())).help("give a folder that is empty or not there yet")
    };
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(in_the_way("is not empty").into());
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(in_the_way("is not a folder").into()),
        Err(error) => return Err(Failure::io("read", folder, &error)),
    }
    for (path, entry) in opened.tree.iter() {
        let at = folder.join(path.as_str());
        let written = match &entry.kind {
            EntryKind::Dir => fs::create_dir(&at),
            EntryKind::File(content) => write(content, &at, entry.mode),
            EntryKind::Symlink(target) if leads_out(path, target) => {
                shell.show(&Diagnostic::warning(format!(
                    "the link `{path}` is left out, since it can lead out of the folder"
                )));
                Ok(())
            }
            EntryKind::Symlink(target) => link(target, &at),
        };
        written.map_err(|error| Failure::io("write", &at, &error))?;
    }
    Ok(())
}

fn write(content: &Content, at: &Path, mode: u32) -> io::Result<()> {
    let mut file = fs::File::create_new(at)?;
    content.copy_to(&mut file)?;
    set_mode(&file, mode)
}

/// The x bit is kept. Nothing becomes setuid or writable for others here, whatever the package says.
#[cfg(unix)]
fn set_mode(file: &fs::File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(if mode & 0o111 == 0 { 0o644 } else { 0o755 }))
}

#[cfg(not(unix))]
fn set_mode(_: &fs::File, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn link(target: &str, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "links cannot be made on this system"))
}

fn describe(path: &Path, opened: &Opened) -> String {
    let or_none = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), clean);
    let devices = if opened.devices.is_empty() { "-".to_owned() } else { clean(&opened.devices.join(" ")) };
    let mut facts = vec![
        ("format", format(opened)),
        ("package", or_none(opened.package.as_deref())),
        ("version", or_none(opened.version.as_deref())),
        ("devices", devices),
        ("arch", opened.arch.map_or_else(|| "-".to_owned(), |arch| arch.to_string())),
        ("packed", bytes(opened.packed)),
        ("unpacked", format!("{} in {}", bytes(opened.unpacked), count(opened.files().count(), "file"))),
    ];
    if let Outer::Apk { members } = &opened.outer {
        facts.extend(members.iter().map(|member| {
            let mode = member.mode.map_or_else(String::new, |mode| format!(", mode {mode:o}"));
            ("member", format!("{}: {}, {}{mode}", clean(&member.name), member.method, bytes(member.packed)))
        }));
    }
    facts.extend(
        opened
            .archives
            .iter()
            .map(|archive| ("archive", format!("{}: {}, {}", archive.name, archive.dialect, archive.compression))),
    );
    facts.extend(opened.checks.iter().map(|check| {
        let verdict = if check.holds { "holds" } else { "is WRONG" };
        ("check", format!("{} {verdict}: {}", check.name, clean(&check.detail)))
    }));
    let mut text = format!("{}\n\n", path.display());
    for (what, found) in facts {
        text.push_str(&format!("  {what:<10} {found}\n"));
    }
    let metadata = opened.metadata.iter().filter(|(_, value)| !value.is_empty());
    let metadata: Vec<_> = metadata.map(|(key, value)| vec![clean(key), clean(value)]).collect();
    section(&mut text, &["KEY", "VALUE"], &metadata, &[]);
    let scripts: Vec<_> = opened.scripts.iter().map(|script| vec![script.to_string()]).collect();
    section(&mut text, &["SCRIPT"], &scripts, &[]);
    let binaries: Vec<_> = opened.binaries().iter().map(|(path, binary)| binary_row(path, binary)).collect();
    section(&mut text, &["PROGRAM", "ARCH", "LINKED", "NEEDS"], &binaries, &[]);
    text.push('\n');
    text + &tree(opened)
}

fn section(text: &mut String, head: &[&str], rows: &[Vec<String>], right: &[usize]) {
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table::render(head, rows, right));
    }
}

fn format(opened: &Opened) -> String {
    match &opened.outer {
        Outer::Apk { .. } => "ASUSTOR APKG 2.0".to_owned(),
        Outer::Spk { .. } => "Synology SPK".to_owned(),
        Outer::Bin { header, .. } => {
            let signed = if header.signed { "signed" } else { "not signed" };
            format!("WD My Cloud {:?}, {signed}", header.os()).replace("Os", "OS")
        }
    }
}

fn binary_row(path: &TreePath, binary: &Result<Binary, String>) -> Vec<String> {
    let mut row = vec![path.to_string()];
    match binary {
        Ok(binary) => row.extend([
            binary.arch.map_or_else(|| "another".to_owned(), |arch| arch.to_string()),
            clean(linked(binary)),
            clean(&binary.needed.join(" ")),
        ]),
        Err(error) => row.extend(["broken".to_owned(), clean(error), String::new()]),
    }
    row
}

/// The loader, or what the lack of one means.
fn linked(binary: &Binary) -> &str {
    match &binary.interpreter {
        Some(loader) => loader,
        None if binary.needed.is_empty() => "static",
        None => "library",
    }
}

fn tree(opened: &Opened) -> String {
    let rows = opened.tree.iter().map(|(path, entry)| {
        let size = if let EntryKind::File(content) = &entry.kind { bytes(content.len()) } else { String::new() };
        let owner = opened.links.owners.get(path);
        vec![
            mode(entry),
            owner.map_or_else(|| "root".to_owned(), |(user, group)| format!("{user}/{group}")),
            size,
            named(path, entry, opened),
        ]
    });
    let mut rows: Vec<_> = rows.collect();
    let special = opened.links.special.iter();
    rows.extend(
        special.map(|(path, kind)| {
            vec![String::new(), String::new(), String::new(), format!("{path} ({kind}, left out)")]
        }),
    );
    table::render(&["MODE", "OWNER", "SIZE", "PATH"], &rows, &[2])
}

fn named(path: &TreePath, entry: &Entry, opened: &Opened) -> String {
    match (&entry.kind, opened.links.hard.get(path)) {
        (EntryKind::Dir, _) => format!("{path}/"),
        (EntryKind::Symlink(target), _) => format!("{path} -> {}", clean(target)),
        (EntryKind::File(_), Some(target)) => format!("{path} (hard link to {target})"),
        (EntryKind::File(_), None) => path.to_string(),
    }
}

/// The mode as `ls -l` shows it.
fn mode(entry: &Entry) -> String {
    let kind = match entry.kind {
        EntryKind::Dir => 'd',
        EntryKind::File(_) => '-',
        EntryKind::Symlink(_) => 'l',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = entry.mode >> shift;
        text.push(if bits & 4 == 0 { '-' } else { 'r' });
        text.push(if bits & 2 == 0 { '-' } else { 'w' });
        text.push(match (bits & 1 == 0, entry.mode & special == 0) {
            (true, true) => '-',
            (false, true) => 'x',
            (true, false) => letter.to_ascii_uppercase(),
            (false, false) => letter,
        });
    }
    text
}

fn bytes(count: u64) -> String {
    table::size(count)
}

fn report(path: &Path, opened: &Opened) -> Value {
    // A list, since a key can be there twice.
    let metadata: Vec<_> = opened.metadata.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    let binaries: Vec<_> = opened
        .binaries()
        .into_iter()
        .map(|(path, binary)| match binary {
            Ok(binary) => json!({"path": path.as_str(), "binary": binary}),
            Err(error) => json!({"path": path.as_str(), "error": error}),
        })
        .collect();
    json!({
        "file": path,
        "vendor": opened.vendor,
        "package": opened.package,
        "version": opened.version,
        "devices": opened.devices,
        "arch": opened.arch,
        "packed": opened.packed,
        "unpacked": opened.unpacked,
        "metadata": metadata,
        "scripts": opened.scripts.iter().map(TreePath::as_str).collect::<Vec<_>>(),
        "binaries": binaries,
        "outer": opened.outer,
        "archives": opened.archives,
        "checks": opened.checks,
        "warnings": opened.warnings.iter().map(|warning| warning.message.as_str()).collect::<Vec<_>>(),
        "tree": entries(&opened.tree, opened),
    })
}

fn entries(tree: &Tree, opened: &Opened) -> Vec<Value> {
    let entry = |(path, entry): (&TreePath, &Entry)| {
        let mut value = json!({"path": path.as_str(), "mode": format!("{:04o}", entry.mode)});
        match &entry.kind {
            EntryKind::Dir => value["type"] = "folder".into(),
            EntryKind::File(content) => {
                value["type"] = "file".into();
                value["size"] = content.len().into();
            }
            EntryKind::Symlink(target) => {
                value["type"] = "link".into();
                value["target"] = target.as_str().into();
            }
        }
        if let Some(owner) = opened.links.owners.get(path) {
            value["owner"] = json!(owner);
        }
        if let Some(target) = opened.links.hard.get(path) {
            value["hard-link-to"] = target.as_str().into();
        }
        value
    };
    tree.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use flate2::write::GzEncoder;
    use nas_pack::archive::read::Limits;
    use nas_pack::archive::{TarStyle, TarWriter};

    use super::*;

    fn package(dir: &Path) -> Opened {
        let archive = |entries: &[(&str, Entry)]| {
            let mut tar = TarWriter::new(Vec::new(), TarStyle::plain(), 0).unwrap();
            entries.iter().try_for_each(|(path, entry)| tar.member(path, entry)).unwrap();
            tar.finish().unwrap()
        };
        let files = archive(&[
            ("bin", Entry { mode: 0o700, ..Entry::DIR }),
            ("bin/beacon", Entry::file("program", 0o4777)),
            ("bin/bc", Entry::symlink("beacon")),
            ("etc", Entry::symlink("/etc")),
            ("notes.txt", Entry::file("text", 0o666)),
        ]);
        let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&files).unwrap();
        let info = Entry::file("package=\"beacon\"\nversion=\"1\"\n", 0o644);
        let spk = archive(&[("INFO", info), ("package.tgz", Entry::file(packed.finish().unwrap(), 0o644))]);
        let path = dir.join("beacon");
        fs::write(&path, spk).unwrap();
        open(&path, &Limits::default()).unwrap()
    }

    #[cfg(unix)]
    #[test]
    fn what_is_extracted_stays_in_its_folder() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let opened = package(dir.path());
        let folder = dir.path().join("new/out");
        extract(&opened, &folder, &Shell::new(true)).unwrap();
        let mode = |path: &str| fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("package/bin/beacon"), mode("package/notes.txt")), (0o755, 0o644));
        assert_eq!(fs::read_to_string(folder.join("package/bin/bc")).unwrap(), "program");
        assert!(fs::symlink_metadata(folder.join("package/etc")).is_err());

        let again = extract(&opened, &folder, &Shell::new(true)).unwrap_err().to_string();
        assert!(again.contains("is not empty"), "{again}");
        let file = extract(&opened, &folder.join("INFO"), &Shell::new(true)).unwrap_err().to_string();
        assert!(file.contains("is not a folder"), "{file}");
    }

    #[test]
    fn a_package_in_a_table() {
        let dir = tempfile::tempdir().unwrap();
        let opened = package(dir.path());
        insta::assert_snapshot!(anstream::adapter::strip_str(&describe(Path::new("beacon"), &opened)), @"
        beacon

          format     Synology SPK
          package    beacon
          version    1
          devices    noarch
          arch       -
          packed     10 kB
          unpacked   40 B in 3 files
          archive    the package: GNU tar, uncompressed
          archive    package.tgz: GNU tar, gzip

        KEY      VALUE
        package  beacon
        version  1

        MODE        OWNER  SIZE  PATH
        -rw-r--r--  root   29 B  INFO
        drwxr-xr-x  root         package/
        drwx------  root         package/bin/
        lrwxrwxrwx  root         package/bin/bc -> beacon
        -rwsrwxrwx  root    7 B  package/bin/beacon
        lrwxrwxrwx  root         package/etc -> /etc
        -rw-rw-rw-  root    4 B  package/notes.txt
        ");
        let report = report(Path::new("beacon"), &opened);
        assert_eq!((&report["package"], &report["tree"][3]["target"]), (&json!("beacon"), &json!("beacon")));
    }

    #[test]
    fn modes_look_as_ls_shows_them() {
        let shown = |bits| mode(&Entry::file("", bits));
        assert_eq!(
            [0o644, 0o4755, 0o2640, 0o1777, 0o1776].map(shown),
            ["-rw-r--r--", "-rwsr-xr-x", "-rw-r-S---", "-rwxrwxrwt", "-rwxrwxrwT"]
        );
    }
}
