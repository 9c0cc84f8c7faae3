//! Whatever fails, every package is the earlier one or the new one, and what is told is true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tempfile::TempDir;

use super::*;
use crate::archive::Entry;
use crate::disk::Step;
use crate::progress::Silent;
use crate::vendor::testing::{check, payload};
use crate::vendor::{Device, vendor};

/// One package of each vendor, which has this file in it.
fn packages(film: &Path) -> Vec<(String, Layout)> {
    let package = |id: VendorId| {
        // Which is xz there.
        let more = if id == VendorId::Synology { "compression = \"best\"" } else { "" };
        let (packager, said) = check(vendor(id), more);
        let packager = packager.unwrap_or_else(|| panic!("was refused: {said}"));
        let fits = |device: &&Device| device.arch().is_some() && packager.takes(device).is_ok();
        let device = vendor(id).devices().iter().find(fits).unwrap();
        let mut payload = payload(device.arch().unwrap());
        payload.tree.insert("share/film", Entry::on_disk(film, 0o644).unwrap()).unwrap();
        let folder = id.folder().map_or_else(String::new, |folder| format!("{folder}/"));
        (folder + &packager.file_name(device), packager.lay_out(device, &payload).unwrap())
    };
    VendorId::ALL.into_iter().map(package).collect()
}

/// An output folder with a package of each vendor in it, and the same apps with another film, not packed yet.
struct Scene {
    dir: TempDir,
    film: PathBuf,
    output: PathBuf,
    packages: Vec<(String, Layout)>,
    earlier: BTreeMap<String, Vec<u8>>,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (film, output) = (dir.path().join("film"), dir.path().join("output"));
        fs::write(&film, bytes(1)).unwrap();
        all_written(&run(Disk::default(), &output, &packages(&film)));
        fs::write(&film, bytes(2)).unwrap();
        let (packages, earlier) = (packages(&film), files(&output));
        assert_eq!(earlier.len(), VendorId::ALL.len());
        Self { dir, film, output, packages, earlier }
    }

    /// Another folder like the output folder.
    fn copy(&self, name: &str) -> PathBuf {
        let copy = self.dir.path().join(name);
        for file in below(&self.output) {
            let path = copy.join(file.strip_prefix(&self.output).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(file, path).unwrap();
        }
        copy
    }

    fn pack(&self) -> Outcome {
        run(Disk::default(), &self.output, &self.packages)
    }
}

/// Bytes that compress a little, more than share a piece with others.
fn bytes(seed: u32) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 0x3f
    };
    std::iter::repeat_with(next).take(130 << 10).collect()
}

/// What was said at the end of a run, and what became of each package if it came to that.
type Outcome = (Option<String>, Vec<std::result::Result<Written, String>>);

fn run(disk: Disk, folder: &Path, packages: &[(String, Layout)]) -> Outcome {
    let named: Vec<_> = packages.iter().map(|(name, layout)| (name.as_str(), layout)).collect();
    let written = Output::open(disk, folder, &Silent).and_then(|output| Ok((output.write(&named, false)?, output)));
    match written {
        Ok((written, output)) => {
            let written = written.into_iter().map(|written| written.map_err(|failure| failure.to_string()));
            (output.remember().err().map(|failure| failure.to_string()), written.collect())
        }
        Err(failure) => (Some(failure.to_string()), Vec::new()),
    }
}

/// Whether each of them was up to date, when nothing went wrong.
fn all_written((said, written): &Outcome) -> Vec<bool> {
    assert_eq!(*said, None);
    written.iter().map(|written| written.as_ref().unwrap().fresh).collect()
}

/// Every file below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

fn is_temporary(path: &Path) -> bool {
    path.file_name().unwrap().to_string_lossy().starts_with(".nas-pack-")
}

/// What whoever wants a package finds below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    let found = below(folder).into_iter().map(|path| (name(&path), path));
    let found = found.filter(|(name, path)| !name.starts_with(NOTES) && !is_temporary(path));
    found.map(|(name, path)| (name, fs::read(path).unwrap())).collect()
}

fn temporaries(folder: &Path) -> Vec<PathBuf> {
    below(folder).into_iter().filter(|path| is_temporary(path)).collect()
}

const EIO: i32 = 5;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;

/// A step, by the name of its file, and how often it had been taken before.
type Place = (Step, String, usize);

/// A disk that tells of each step, and fails at one of them as disks do.
fn disk(folder: &Path, fails: Option<Place>) -> (Disk, Arc<Mutex<BTreeSet<Place>>>) {
    let places = Arc::new(Mutex::new(BTreeSet::new()));
    let (seen, folder) = (Arc::clone(&places), folder.to_owned());
    let watched = Disk::watched(move |step, path| {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let mut seen = lock(&seen);
        let times = seen.iter().filter(|(taken, file, _)| (*taken, file) == (step, &name)).count();
        let place = (step, name, times);
        let failing = fails.as_ref() == Some(&place);
        seen.insert(place);
        let code = match step {
            _ if !failing => return Ok(()),
            Step::MakeFolder | Step::Lock | Step::Remove | Step::Open | Step::Allow => EACCES,
            Step::Create | Step::Write => ENOSPC,
            Step::Read | Step::Seek | Step::Sync | Step::Rename => EIO,
        };
        Err(io::Error::from_raw_os_error(code))
    });
    (watched, places)
}

#[test]
fn every_step_may_fail() {
    let scene = Scene::new();
    let Scene { packages, earlier, output, .. } = &scene;
    for place in ["", "wd-os5", NOTES] {
        fs::write(output.join(place).join(".nas-pack-killed"), "half").unwrap();
    }
    let complete = scene.copy("complete");
    let (watching, places) = disk(&complete, None);
    assert_eq!(all_written(&run(watching, &complete, packages)), [false; 4]);
    let new = files(&complete);
    assert!(new.keys().eq(earlier.keys()) && new.iter().all(|(name, bytes)| *bytes != earlier[name]));

    let mut told: BTreeMap<(Step, String), BTreeSet<String>> = BTreeMap::new();
    let places = lock(&places).clone();
    for (at, place) in places.iter().enumerate() {
        let folder = scene.copy(&at.to_string());
        let (said, written) = run(disk(&folder, Some(place.clone())).0, &folder, packages);
        let after = files(&folder);
        assert!(after.keys().eq(new.keys()), "{place:?}");
        for (index, (name, _)) in packages.iter().enumerate() {
            let whole = match written.get(index) {
                Some(Ok(_)) => &new[name],
                Some(Err(said)) => {
                    assert!(said.contains(&**name), "{place:?}: {said}");
                    &earlier[name]
                }
                None => &earlier[name],
            };
            assert!(after[name] == *whole, "{place:?}: {name} is not what was said: {written:?}");
        }
        let left = temporaries(&folder);
        assert!(left.iter().all(|path| path.ends_with(".nas-pack-killed")), "{place:?}: {left:?}");

        let masked = |text: &str| {
            let line = text.lines().next().unwrap().replace(folder.to_str().unwrap(), "OUTPUT");
            packages.iter().fold(line, |line, (name, _)| line.replace(name, "PACKAGE"))
        };
        let lines = written.iter().filter_map(|written| written.as_ref().err()).chain(&said).map(|text| masked(text));
        let row = told.entry((place.0, masked(&format!("{} ", place.1)))).or_default();
        row.extend(lines);

        // The next run finds what this one made, and makes the rest.
        let again = all_written(&run(Disk::default(), &folder, packages));
        let made = |index| matches!(written.get(index), Some(Ok(_))) && said.is_none();
        assert_eq!(again, [0, 1, 2, 3].map(made), "{place:?}");
        assert!(files(&folder) == new, "{place:?}");
        assert_eq!(temporaries(&folder), Vec::<PathBuf>::new(), "{place:?}");
        fs::remove_dir_all(folder).unwrap();
    }
    let row = |((step, file), said): (&(Step, String), &BTreeSet<String>)| {
        let said = said.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
        format!("{:<11} {file:<22} {said}", format!("{step:?}")).trim_end().to_owned()
    };
    insta::assert_snapshot!(told.iter().map(row).collect::<Vec<_>>().join("\n"), @r"
    MakeFolder                         error: cannot write `PACKAGE`: permission denied
    MakeFolder  .nas-pack              error: cannot write `OUTPUT/.nas-pack/stamps.json`: permission denied; error: cannot write to `OUTPUT`: permission denied
    MakeFolder  wd-os3                 error: cannot write `PACKAGE`: permission denied
    MakeFolder  wd-os5                 error: cannot write `PACKAGE`: permission denied
    Lock        .nas-pack/lock         error: cannot write to `OUTPUT`: permission denied
    Remove
    Remove      .nas-pack
    Remove      wd-os5
    Create      .nas-pack/pieces       error: cannot write to `OUTPUT`: no space left on device
    Create      .nas-pack/stamps.json  error: cannot write `OUTPUT/.nas-pack/stamps.json`: no space left on device
    Create      PACKAGE                error: cannot write `PACKAGE`: no space left on device
    Open        .nas-pack/pieces       error: cannot write `PACKAGE`: permission denied
    Open        .nas-pack/stamps.json
    Open        PACKAGE                error: cannot write `PACKAGE`: permission denied
    Read        .nas-pack/pieces       error: cannot write `PACKAGE`: input/output error
    Read        PACKAGE                error: cannot write `PACKAGE`: input/output error
    Write       .nas-pack/pieces       error: cannot compress `PACKAGE`: no space left on device
    Write       .nas-pack/stamps.json  error: cannot write `OUTPUT/.nas-pack/stamps.json`: no space left on device
    Write       PACKAGE                error: cannot write `PACKAGE`: no space left on device
    Seek        PACKAGE                error: cannot write `PACKAGE`: input/output error
    Allow       .nas-pack/stamps.json  error: cannot write `OUTPUT/.nas-pack/stamps.json`: permission denied
    Allow       PACKAGE                error: cannot write `PACKAGE`: permission denied
    Sync        .nas-pack/stamps.json  error: cannot write `OUTPUT/.nas-pack/stamps.json`: input/output error
    Sync        PACKAGE                error: cannot write `PACKAGE`: input/output error
    Rename      .nas-pack/stamps.json  error: cannot write `OUTPUT/.nas-pack/stamps.json`: input/output error
    Rename      PACKAGE                error: cannot write `PACKAGE`: input/output error
    ");
}

/// What happens to a file, and how.
type Change = (&'static str, fn(&Path));

#[test]
fn a_file_may_change_until_it_is_read() {
    let changes: [Change; 5] = [
        ("vanished", |film| fs::remove_file(film).unwrap()),
        ("cut", |film| File::options().write(true).open(film).unwrap().set_len(7).unwrap()),
        ("grown", |film| fs::write(film, [bytes(2), bytes(3)].concat()).unwrap()),
        ("written anew", |film| {
            fs::write(film, bytes(3)).unwrap();
            File::options().write(true).open(film).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        }),
        ("now a folder", |film| {
            fs::remove_file(film).unwrap();
            fs::create_dir(film).unwrap();
        }),
    ];
    let mut told = Vec::new();
    for (how, change) in changes {
        let scene = Scene::new();
        let film = scene.film.clone();
        let watching = Disk::watched(move |step, path| {
            if step == Step::Create && path.ends_with(".nas-pack/pieces") {
                change(&film);
            }
            Ok(())
        });
        let (said, written) = run(watching, &scene.output, &scene.packages);
        assert_eq!(said, None);
        let said: BTreeSet<_> = (written.into_iter().zip(&scene.packages))
            .map(|(written, (name, _))| {
                let said = written.unwrap_err();
                said.replace(scene.film.to_str().unwrap(), "FILM").replace(&**name, "PACKAGE")
            })
            .collect();
        told.push(format!("{how}: {}", said.into_iter().collect::<Vec<_>>().join("\n")));
        assert!(files(&scene.output) == scene.earlier, "{how}");
        assert_eq!(temporaries(&scene.output), Vec::<PathBuf>::new());
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    vanished: error: cannot pack `FILM`: no such file or directory
      note: `PACKAGE` needs it; an earlier package of that name is left as it was
    cut: error: cannot pack `FILM`: it had 133120 bytes when packaging began and now has 7
      note: `PACKAGE` needs it; an earlier package of that name is left as it was
    grown: error: cannot pack `FILM`: it had 133120 bytes when packaging began and now has 266240
      note: `PACKAGE` needs it; an earlier package of that name is left as it was
    written anew: error: cannot pack `FILM`: it has been changed since packaging began
      note: `PACKAGE` needs it; an earlier package of that name is left as it was
    now a folder: error: cannot pack `FILM`: is a directory
      note: `PACKAGE` needs it; an earlier package of that name is left as it was
    ");
}

#[test]
fn what_one_archive_lacks_is_no_other_packages_trouble() {
    let Scene { dir, output, mut packages, earlier, .. } = Scene::new();
    let expected = dir.path().join("expected");
    all_written(&run(Disk::default(), &expected, &packages[1..]));
    // The first of the two archives of the first package, so that its second one has a body that nobody takes.
    let license = dir.path().join("license");
    fs::write(&license, "text").unwrap();
    packages[0].1.tree.insert("CONTROL/license/text", Entry::on_disk(&license, 0o644).unwrap()).unwrap();
    fs::remove_file(&license).unwrap();
    let (_, written) = run(Disk::default(), &output, &packages);
    assert_eq!(written.iter().map(std::result::Result::is_ok).collect::<Vec<_>>(), [false, true, true, true]);
    let mut found = files(&output);
    assert_eq!(found.remove(&packages[0].0), earlier.get(&packages[0].0).cloned());
    assert!(found == files(&expected));
    // And so when they are only looked at.
    let (_, written) = run(Disk::default(), &output, &packages);
    let fresh: Vec<_> = written.into_iter().filter_map(std::result::Result::ok).map(|written| written.fresh).collect();
    assert_eq!(fresh, [true; 3]);
}

#[test]
fn only_what_we_wrote_is_up_to_date() {
    let scene = Scene::new();
    assert_eq!(all_written(&scene.pack()), [false; 4]);
    let new = files(&scene.output);
    assert_eq!(all_written(&scene.pack()), [true; 4]);
    // As long as ours, and as old.
    for (at, (name, _)) in scene.packages.iter().enumerate() {
        let path = scene.output.join(name);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, vec![b'x'; new[name].len()]).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_eq!(all_written(&scene.pack()), [0, 1, 2, 3].map(|other| other != at), "{name}");
        assert!(files(&scene.output) == new, "{name}");
    }
    // A package for another device, under this one's name.
    fs::copy(scene.output.join(&scene.packages[1].0), scene.output.join(&scene.packages[0].0)).unwrap();
    assert_eq!(all_written(&scene.pack()), [false, true, true, true]);
    assert!(files(&scene.output) == new);
}

#[test]
fn notes_may_be_damaged() {
    let scene = Scene::new();
    let path = scene.output.join(NOTES).join(STAMPS);
    all_written(&scene.pack());
    let (new, notes) = (files(&scene.output), fs::read_to_string(&path).unwrap());
    let of_another_program = notes.replace("\"input\": \"", "\"input\": \"0");
    let unlike = r#"{ "packages": { "beacon": 1 }, "version": 9 }"#.to_owned();
    for damaged in [String::new(), notes[..notes.len() / 2].to_owned(), of_another_program, unlike] {
        fs::write(&path, &damaged).unwrap();
        assert_eq!(all_written(&scene.pack()), [false; 4], "{damaged}");
        assert!(files(&scene.output) == new);
        assert_eq!(all_written(&scene.pack()), [true; 4], "{damaged}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let (said, written) = scene.pack();
    assert!(written.iter().all(Result::is_ok));
    insta::assert_snapshot!(said.unwrap().replace(scene.output.to_str().unwrap(), "OUTPUT"), @r"
    error: cannot write `OUTPUT/.nas-pack/stamps.json`: is a directory
      help: move away what is there, or name another folder with --output
      help: the packages are whole, but the next run packs them again
    ");
    assert!(files(&scene.output) == new);
}

#[test]
fn what_is_in_a_packages_place() {
    let scene = Scene::new();
    let [(apk, _), _, (os5, _), _] = &scene.packages[..] else { panic!() };
    fs::remove_file(scene.output.join(apk)).unwrap();
    fs::create_dir(scene.output.join(apk)).unwrap();
    fs::remove_dir_all(scene.output.join("wd-os5")).unwrap();
    fs::write(scene.output.join("wd-os5"), "mine").unwrap();
    let (said, written) = scene.pack();
    assert_eq!(said, None);
    let said: Vec<_> = written.into_iter().filter_map(Result::err).collect();
    assert!(said[0].contains(&**apk) && said[1].contains(&**os5));
    insta::assert_snapshot!(said.join("\n\n"), @r"
    error: cannot write `beacon_1.2.3.r4_x86-64.apk`: is a directory
      note: an earlier package of that name is left as it was
      help: move away what is there, or name another folder with --output

    error: cannot write `wd-os5/WDMyCloud_beacon_1.2.3.4.bin`: a file is in the place of its folder
      note: an earlier package of that name is left as it was
      help: move away what is there, or name another folder with --output
    ");
    assert!(scene.output.join(apk).is_dir());
    assert_eq!(fs::read(scene.output.join("wd-os5")).unwrap(), b"mine");
    assert_eq!(temporaries(&scene.output), Vec::<PathBuf>::new());
}

/// Hands on what it is told.
struct Heard(Mutex<Sender<String>>);

impl Reporter for Heard {
    fn status(&self, verb: &str, _: &str) {
        lock(&self.0).send(verb.to_owned()).unwrap();
    }

    fn diagnostic(&self, _: &Diagnostic) {}
}

#[test]
fn a_folder_that_is_removed_while_another_run_waits_for_it() {
    let scene = Scene::new();
    let waiting = |tell| Output::open(Disk::default(), &scene.output, &Heard(Mutex::new(tell))).unwrap();
    let first = Output::open(Disk::default(), &scene.output, &Silent).unwrap();
    thread::scope(|scope| {
        let (tell, heard) = channel();
        let second = scope.spawn(move || waiting(tell));
        assert_eq!(heard.recv().unwrap(), "Blocking");
        fs::remove_dir_all(&scene.output).unwrap();
        drop(first);
        let second = second.join().unwrap();
        // It is the only one in the new folder too.
        let (tell, heard) = channel();
        let third = scope.spawn(move || waiting(tell));
        assert_eq!(heard.recv().unwrap(), "Blocking");
        let named: Vec<_> = scene.packages.iter().map(|(name, layout)| (name.as_str(), layout)).collect();
        assert!(second.write(&named, false).unwrap().iter().all(Result::is_ok));
        drop(second);
        third.join().unwrap();
    });
    assert!(files(&scene.output).keys().eq(scene.earlier.keys()));
}
