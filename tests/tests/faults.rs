//! What goes wrong on the machine: each fault, for each vendor. An earlier package is whole until the new one is.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use fs4::FileExt;
use nas_pack_tests::command::{Nas, Outcome};
use nas_pack_tests::fixture::Fixture;
use nas_pack_tests::programs::{on_path, unshare};
use serde_json::Value;
use tempfile::TempDir;

const VENDORS: [&str; 4] = ["asustor", "synology", "wd-os5", "wd-os3"];

/// Without binaries nothing has to be compiled.
const MANIFEST: &str = r#"
[package]
name = "pages"
version = "1.2.3"
edition = "2024"
description = "Only pages"
authors = ["Ann <ann@example.com>"]

[package.metadata.nas]
binaries = []
asustor.app-type = "webserver"
wd.models = ["MyCloudPR4100"]

[[package.metadata.nas.assets]]
source = "www/**"
dest = "www/"
"#;

/// An app with packages of an earlier version of it.
struct Scene {
    app: Fixture,
    /// With the output folder of the earlier version.
    dir: TempDir,
    /// The package of each vendor: its path below the output folder, and its bytes in both versions.
    packages: BTreeMap<&'static str, (String, Versions)>,
    film: Vec<u8>,
}

struct Versions {
    earlier: Vec<u8>,
    new: Vec<u8>,
}

impl Scene {
    /// One whose new version has a film of this length, in bytes.
    fn new(len: usize) -> Self {
        let (app, dir) = (Fixture::new(MANIFEST), TempDir::new().unwrap());
        let [output, other] = ["output", "other"].map(|name| dir.path().join(name));
        let package = |film: &[u8], output: &Path| {
            app.write("www/film", film);
            let json = Nas::new(["package", "--offline", "--json", "--output"]).arg(output).dir(app.path());
            let list: Vec<Value> = serde_json::from_str(&json.succeed().stdout).unwrap();
            let field = |package: &Value, key: &str| package[key].as_str().unwrap().to_owned();
            list.iter().map(|package| (field(package, "vendor"), field(package, "file"))).collect::<BTreeMap<_, _>>()
        };
        let film = noise(len);
        let names = package(b"trailer", &output);
        assert_eq!(names, package(&film, &other));
        let versions = |vendor| {
            let name = &names[vendor];
            let read = |folder: &Path| fs::read(folder.join(name)).unwrap();
            (vendor, (name.clone(), Versions { earlier: read(&output), new: read(&other) }))
        };
        let packages = VENDORS.into_iter().map(versions).collect();
        Self { app, dir, packages, film }
    }

    /// One vendor's part of it, in an output folder of its own with the earlier package.
    fn cell(&self, vendor: &'static str) -> Cell<'_> {
        let (name, versions) = &self.packages[vendor];
        let dir = TempDir::new().unwrap();
        let output = dir.path().join("output");
        let cell = Cell { scene: self, vendor, dir, package: output.join(name), output, versions };
        for file in [&**name, ".nas-pack/stamps.json"] {
            let copy = cell.output.join(file);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(self.output().join(file), copy).unwrap();
        }
        cell
    }

    fn output(&self) -> PathBuf {
        self.dir.path().join("output")
    }

    /// Packs for all vendors.
    fn package(&self, output: &Path) -> Nas {
        Nas::new(["package", "--offline", "--output"]).arg(output).dir(self.app.path())
    }

    fn film(&self) -> PathBuf {
        self.app.path().join("www/film")
    }

    /// Which version of its package a vendor has in a folder.
    fn version(&self, vendor: &str, folder: &Path) -> &'static str {
        let (name, Versions { earlier, new }) = &self.packages[vendor];
        match fs::read(folder.join(name)) {
            Ok(bytes) if bytes == *earlier => "earlier",
            Ok(bytes) if bytes == *new => "new",
            Ok(bytes) => panic!("{vendor} has {} bytes of something else", bytes.len()),
            Err(_) => "none",
        }
    }
}

/// Bytes that do not compress.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(len).collect()
}

struct Cell<'s> {
    scene: &'s Scene,
    vendor: &'static str,
    dir: TempDir,
    output: PathBuf,
    package: PathBuf,
    versions: &'s Versions,
}

impl Cell<'_> {
    fn package(&self) -> Nas {
        self.scene.package(&self.output).arg("--vendor").arg(self.vendor)
    }

    /// Packs onto a disk that has room for this many bytes more than the earlier package takes.
    fn on_small_disk(&self, room: usize) -> Option<Outcome> {
        Some(on_small_disk(room, &self.output, |disk| self.scene.package(disk).arg("--vendor").arg(self.vendor))?.run())
    }

    /// Packs until a file would become longer than this, which the kernel answers with a signal.
    fn until_length(&self, len: usize) -> Option<Outcome> {
        let prlimit = on_path("prlimit")?;
        let limit = [format!("--fsize={len}"), "--core=0".to_owned()];
        Some(self.package().through([prlimit]).through(limit).run())
    }

    /// Packs, and has something happen after the app was read and before it is packed.
    fn meanwhile(&self, act: impl FnOnce()) -> Outcome {
        let lock = Lock::new(&self.output);
        let waiting = lock.wait(&self.package());
        act();
        drop(lock);
        waiting.end()
    }
}

/// A run with its output folder on a disk with room for this many bytes more than there are.
fn on_small_disk(room: usize, output: &Path, package: impl FnOnce(&Path) -> Nas) -> Option<Nas> {
    // That process alone sees the disk, so it takes there and back what is in the folder.
    const SCRIPT: &str = r#"disk=$1 output=$2
        mount -t tmpfs -o size="$0" none "$disk" && cp -a "$output/." "$disk" || exit 77
        shift 2
        "$@"
        code=$?
        rm -r "$output" && cp -a "$disk" "$output" || exit 78
        exit $code"#;
    let own = unshare(&["--user", "--map-root-user", "--mount"], "mount -t tmpfs none /mnt")?;
    let disk = output.with_file_name("disk");
    fs::create_dir(&disk).unwrap();
    let taken: usize = files(output).iter().map(|(_, len)| len.next_multiple_of(4096)).sum();
    let size = (taken + room).to_string();
    Some(package(&disk).through(own).through(["sh", "-c", SCRIPT, &size]).through([&*disk, output]))
}

/// What keeps runs off an output folder.
struct Lock(File);

impl Lock {
    fn new(output: &Path) -> Self {
        let file = File::create(output.join(".nas-pack/lock")).unwrap();
        FileExt::lock(&file).unwrap();
        Self(file)
    }

    /// Begins a run that waits for this.
    fn wait(&self, nas: &Nas) -> Waiting {
        assert!(self.0.metadata().is_ok());
        let mut child = nas.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        assert!(
            told.by_ref().lines().any(|line| line.unwrap().contains("Blocking waiting for another run")),
            "{nas:?}"
        );
        Waiting { child, told }
    }
}

struct Waiting {
    child: Child,
    told: BufReader<ChildStderr>,
}

impl Waiting {
    fn end(mut self) -> Outcome {
        let mut stderr = String::new();
        self.told.read_to_string(&mut stderr).unwrap();
        Outcome { stderr, ..self.child.wait_with_output().unwrap().into() }
    }
}

/// Every file below a folder, with its length.
fn files(folder: &Path) -> Vec<(PathBuf, usize)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap().path());
    let file = |path: PathBuf| match fs::metadata(&path) {
        Ok(meta) if meta.is_dir() => files(&path),
        Ok(meta) => vec![(path, usize::try_from(meta.len()).unwrap())],
        // It is gone by now.
        Err(_) => Vec::new(),
    };
    entries.flat_map(file).collect()
}

/// The files that are being written, or were when the process was killed.
fn being_written(folder: &Path) -> Vec<PathBuf> {
    let is_temporary = |path: &Path| path.file_name().unwrap().to_string_lossy().starts_with(".nas-pack-");
    files(folder).into_iter().map(|(path, _)| path).filter(|path| is_temporary(path)).collect()
}

/// Root may read and write everything, except in a user namespace that gives it nothing.
fn without_privileges(nas: Nas) -> Option<Nas> {
    let probe = TempDir::new().unwrap();
    fs::set_permissions(probe.path(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(probe.path()).is_err() {
        return Some(nas);
    }
    Some(nas.through(unshare(&["--user"], "true")?))
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// As long and as old as the file that is there.
fn forge(path: &Path) {
    let there = fs::metadata(path).unwrap();
    fs::write(path, vec![b'x'; usize::try_from(there.len()).unwrap()]).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(there.modified().unwrap()).unwrap();
}

/// A fault: what it is, how it comes about, and how its cause is gone afterwards. `None` where this machine cannot have it.
type Fault = (&'static str, fn(&Cell<'_>) -> Option<Outcome>, fn(&Cell<'_>));

const FAULTS: [Fault; 14] = [
    ("no room to compress", |cell| cell.on_small_disk(cell.scene.film.len() / 2), |_| {}),
    ("no room for the package", |cell| cell.on_small_disk(cell.scene.film.len() * 3 / 2), |_| {}),
    ("killed at the first byte", |cell| cell.until_length(0), |_| {}),
    ("killed while compressing", |cell| cell.until_length(cell.scene.film.len() / 2), |_| {}),
    ("killed at the last byte", |cell| cell.until_length(cell.versions.new.len() - 1), |_| {}),
    ("an asset vanishes", |cell| Some(cell.meanwhile(|| fs::remove_file(cell.scene.film()).unwrap())), restore),
    (
        "an asset changes",
        |cell| {
            Some(cell.meanwhile(|| {
                fs::write(cell.scene.film(), vec![0; cell.scene.film.len()]).unwrap();
                let film = File::options().write(true).open(cell.scene.film()).unwrap();
                film.set_modified(std::time::UNIX_EPOCH).unwrap();
            }))
        },
        restore,
    ),
    (
        "an asset may not be read",
        |cell| {
            allow(&cell.scene.film(), 0o000);
            Some(without_privileges(cell.package())?.run())
        },
        |cell| allow(&cell.scene.film(), 0o644),
    ),
    (
        "the folder may not be written to",
        |cell| {
            allow(cell.package.parent().unwrap(), 0o555);
            allow(&cell.output, 0o555);
            Some(without_privileges(cell.package())?.run())
        },
        |cell| {
            allow(&cell.output, 0o755);
            allow(cell.package.parent().unwrap(), 0o755);
        },
    ),
    (
        "the folder is a file",
        |cell| {
            fs::rename(&cell.output, cell.dir.path().join("aside")).unwrap();
            fs::write(&cell.output, "mine").unwrap();
            Some(cell.package().run())
        },
        |cell| {
            assert_eq!(fs::read(&cell.output).unwrap(), b"mine");
            fs::remove_file(&cell.output).unwrap();
        },
    ),
    (
        "the folder goes while it waits",
        |cell| Some(cell.meanwhile(|| fs::remove_dir_all(&cell.output).unwrap())),
        |_| {},
    ),
    (
        "a folder is in the place",
        |cell| {
            fs::remove_file(&cell.package).unwrap();
            fs::create_dir(&cell.package).unwrap();
            Some(cell.package().run())
        },
        |cell| fs::remove_dir(&cell.package).unwrap(),
    ),
    (
        "a foreign file is in the place",
        |cell| {
            cell.package().succeed();
            forge(&cell.package);
            Some(cell.package().run())
        },
        |_| {},
    ),
    (
        "the notes are damaged",
        |cell| {
            cell.package().succeed();
            fs::write(cell.output.join(".nas-pack/stamps.json"), "{ \"packages\": { \"pages").unwrap();
            Some(cell.package().run())
        },
        |_| {},
    ),
];

fn restore(cell: &Cell<'_>) {
    fs::write(cell.scene.film(), &cell.scene.film).unwrap();
}

/// What is wrong, with other words for what differs between cells.
fn complaint(outcome: &Outcome, cell: &Cell<'_>) -> String {
    let disk = cell.dir.path().join("disk");
    let told = outcome.masked_stderr(&[
        (&cell.output, "[OUTPUT]"),
        (&disk, "[OUTPUT]"),
        (cell.scene.app.path(), "[APP]"),
        (Path::new(&cell.scene.packages[cell.vendor].0), "[PACKAGE]"),
    ]);
    assert!(!told.contains("panicked"), "{told}");
    let at = told.find("error").unwrap_or_else(|| panic!("{told}"));
    told[at..].trim_end().to_owned()
}

/// What each fault comes to for a vendor: how the run ended and which package there is then; and what was told.
fn column(vendor: &'static str) -> Vec<(String, Option<String>)> {
    let scene = Scene::new(300_000);
    let cell = |(what, inflict, undo): Fault| {
        let cell = scene.cell(vendor);
        let Some(outcome) = inflict(&cell) else {
            undo(&cell);
            return ("not here".to_owned(), None);
        };
        let version = scene.version(vendor, &cell.output);
        let (end, told) = match outcome.code {
            Some(0) => ("done", None),
            Some(code) => {
                assert_eq!((code, &*outcome.stdout), (1, ""), "{what}, {vendor}: {}", outcome.stderr);
                assert_eq!(being_written(&cell.output), Vec::<PathBuf>::new(), "{what}, {vendor}");
                ("told", Some(complaint(&outcome, &cell)))
            }
            None => ("killed", None),
        };
        undo(&cell);
        let next = cell.package().succeed().stderr;
        assert_eq!(scene.version(vendor, &cell.output), "new", "{what}, {vendor}");
        assert_eq!(being_written(&cell.output), Vec::<PathBuf>::new(), "{what}, {vendor}");
        assert_eq!(next.contains("up to date"), end == "done", "{what}, {vendor}: {next}");
        (format!("{end}, {version}"), told)
    };
    FAULTS.into_iter().map(cell).collect()
}

#[test]
fn nothing_is_lost() {
    let columns = std::thread::scope(|scope| {
        let columns = VENDORS.map(|vendor| scope.spawn(move || column(vendor)));
        columns.map(|column| column.join().unwrap())
    });
    let row = |what: &str, cells: [&str; 4]| {
        let cells = cells.map(|cell| format!("{cell:<18}")).concat();
        format!("{what:<34}{cells}").trim_end().to_owned()
    };
    let mut table = vec![row("", VENDORS)];
    let mut words = Vec::new();
    for (index, (what, ..)) in FAULTS.iter().enumerate() {
        let cells = columns.each_ref().map(|column| &column[index]);
        table.push(row(what, cells.map(|(end, _)| end.as_str())));
        let told: BTreeSet<_> = cells.into_iter().filter_map(|(_, told)| told.as_deref()).collect();
        words.extend(told.into_iter().map(|told| format!("-- {what}\n{told}")));
    }
    if table.iter().any(|row| row.contains("not here")) {
        return;
    }
    insta::assert_snapshot!(table.join("\n"), @r"
                                      asustor           synology          wd-os5            wd-os3
    no room to compress               told, earlier     told, earlier     told, earlier     told, earlier
    no room for the package           told, earlier     told, earlier     told, earlier     told, earlier
    killed at the first byte          killed, earlier   killed, earlier   killed, earlier   killed, earlier
    killed while compressing          killed, earlier   killed, earlier   killed, earlier   killed, earlier
    killed at the last byte           killed, earlier   killed, earlier   killed, earlier   killed, earlier
    an asset vanishes                 told, earlier     told, earlier     told, earlier     told, earlier
    an asset changes                  told, earlier     told, earlier     told, earlier     told, earlier
    an asset may not be read          told, earlier     told, earlier     told, earlier     told, earlier
    the folder may not be written to  told, earlier     told, earlier     told, earlier     told, earlier
    the folder is a file              told, none        told, none        told, none        told, none
    the folder goes while it waits    done, new         done, new         done, new         done, new
    a folder is in the place          told, none        told, none        told, none        told, none
    a foreign file is in the place    done, new         done, new         done, new         done, new
    the notes are damaged             done, new         done, new         done, new         done, new
    ");
    insta::assert_snapshot!(words.join("\n\n"), @r#"
    -- no room to compress
    error: cannot compress `[PACKAGE]`: no space left on device
     |
     = note: while packing, the folder holds what is compressed twice: by itself, and in the packages
     = note: an earlier package of that name is left as it was
     = help: free some space, or name another folder with --output

    -- no room for the package
    error: cannot write `[PACKAGE]`: no space left on device
     |
     = note: while packing, the folder holds what is compressed twice: by itself, and in the packages
     = note: an earlier package of that name is left as it was
     = help: free some space, or name another folder with --output

    -- an asset vanishes
    error: cannot pack `[APP]/www/film`: no such file or directory
     |
     = note: `[PACKAGE]` needs it; an earlier package of that name is left as it was

    -- an asset changes
    error: cannot pack `[APP]/www/film`: it has been changed since packaging began
     |
     = note: `[PACKAGE]` needs it; an earlier package of that name is left as it was

    -- an asset may not be read
    error: the asset `[APP]/www/film` cannot be read: permission denied
      --> Cargo.toml:15:10
       |
    15 | source = "www/**"
       |          ^^^^^^^^

    -- the folder may not be written to
    error: cannot write `[PACKAGE]`: permission denied
     |
     = note: an earlier package of that name is left as it was
     = help: name a folder that you may write to with --output

    -- the folder is a file
    error: cannot write to `[OUTPUT]`: not a directory
     |
     = help: move away what is there, or name another folder with --output

    -- a folder is in the place
    error: cannot write `[PACKAGE]`: is a directory
     |
     = note: an earlier package of that name is left as it was
     = help: move away what is there, or name another folder with --output
    "#);
}

/// Some packages find room, others do not; which, depends on the number of cores.
#[test]
fn a_disk_with_room_for_some() {
    let scene = Scene::new(300_000);
    let output = scene.output();
    let Some(nas) = on_small_disk(800_000, &output, |disk| scene.package(disk)) else { return };
    let told = nas.fail().stderr;
    let mut failed = 0;
    for vendor in VENDORS {
        let refused = told.contains(&format!("cannot write `{}`: no space left on device", scene.packages[vendor].0));
        assert_eq!(scene.version(vendor, &output), if refused { "earlier" } else { "new" }, "{told}");
        failed += usize::from(refused);
    }
    assert!(failed > 0, "{told}");
    scene.package(&output).succeed();
    assert!(VENDORS.iter().all(|vendor| scene.version(vendor, &output) == "new"));
}

/// At whatever instant: a package is the earlier one or the new one.
#[test]
fn a_kill_while_packing() {
    let scene = Scene::new(4 << 20);
    let output = &scene.output();
    let nas = scene.package(output).arg("--force");
    let mut met = 0;
    for wanted in [1, 1, 2, 3, 5].into_iter().cycle().take(40) {
        let lock = Lock::new(output);
        let Waiting { mut child, .. } = lock.wait(&nas);
        drop(lock);
        let mut seen = BTreeSet::new();
        while seen.len() < wanted && child.try_wait().unwrap().is_none() {
            seen.extend(being_written(output));
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(VENDORS.iter().all(|vendor| scene.version(vendor, output) != "none"));
        met += usize::from(!being_written(output).is_empty());
        if met == 5 {
            break;
        }
    }
    assert!(met > 0, "no kill met a file half written");
    // The next run clears up.
    nas.succeed();
    assert!(VENDORS.iter().all(|vendor| scene.version(vendor, output) == "new"));
    assert_eq!(being_written(output), Vec::<PathBuf>::new());
}

/// Two runs, and somebody who uploads the packages all the time.
#[test]
fn two_runs_at_once() {
    let scene = Scene::new(300_000);
    let output = &scene.output();
    let lock = Lock::new(output);
    let runs = [(); 2].map(|()| lock.wait(&scene.package(output).arg("--force")));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                seen.extend(VENDORS.map(|vendor| scene.version(vendor, output)));
            }
            seen
        });
        drop(lock);
        let ends = runs.map(Waiting::end);
        done.store(true, Ordering::Relaxed);
        assert!(ends.iter().all(|end| end.code == Some(0) && end.stderr.contains("Finished 4 packages")), "{ends:?}");
        assert!(!reader.join().unwrap().contains("none"));
    });
    assert!(VENDORS.iter().all(|vendor| scene.version(vendor, output) == "new"));
    assert_eq!(being_written(output), Vec::<PathBuf>::new());
}
