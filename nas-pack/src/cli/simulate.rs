use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;

use nas_pack::diagnostic::{Diagnostic, Failure, Result};
use nas_pack::model::Arch;
use nas_pack::progress::Reporter as _;
use nas_pack::simulate::{self, Options};
use nas_pack::toolchain::Home;
use nas_pack::toolchain::tools::{self, Tool};
use walkdir::WalkDir;

use super::life::Played;
use super::shell::Shell;
use super::{Exit, args};

pub(crate) fn run(command: &args::Simulate, shell: &Shell) -> Result<Exit> {
    let files = packages(&command.packages)?;
    let home = Home::locate()?;
    if command.setup {
        set_up(&home, Arch::ALL, false, shell)?;
    }
    let found = Options::find(&home)?;
    let options = Options {
        from: packages(&command.from)?,
        scenes: (!command.scene.is_empty()).then(|| command.scene.iter().copied().collect()),
        keep: command.keep,
        jobs: command.jobs.unwrap_or(found.jobs),
        levels: command.levels.levels(),
        limits: command.limits.limits(),
        hook_timeout: command.timeout.unwrap_or(found.hook_timeout),
        ..found
    };
    if command.shell {
        let [file] = &*files else {
            return Err(Diagnostic::error("a shell is for one package")
                .note(format!("{} are named", files.len()))
                .help("name one file")
                .into());
        };
        // What the last command in the shell ended with is no answer to anything that was asked here.
        simulate::shell(file, &options)?;
        return Ok(Exit::Done);
    }
    let played = Played::play(files, &options, shell)?;
    if command.json {
        shell.print(&super::json(&played.json()));
    } else {
        played.show(command.verbose, shell);
    }
    if let Some(file) = &command.junit {
        played.write_junit(file)?;
    }
    Ok(played.exit())
}

/// Installs the box's shell and programs, and what runs the programs of arches that are not this machine's.
pub(crate) fn set_up(home: &Home, arches: impl IntoIterator<Item = Arch>, offline: bool, shell: &Shell) -> Result<()> {
    let foreign: BTreeSet<Arch> = arches.into_iter().filter(|&arch| Some(arch) != Arch::host()).collect();
    let wanted: Vec<Tool> = [Tool::BusyBox].into_iter().chain(foreign.into_iter().map(Tool::Qemu)).collect();
    for (tool, path) in wanted.iter().zip(tools::ensure(home, &wanted, offline, shell)?) {
        shell.status("Ready", &format!("{} ({})", tool.name(), path.display()));
    }
    Ok(())
}

/// The files that are meant: each that is named, and the packages in each folder that is named, by their names. Each of them once.
pub(crate) fn packages(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in WalkDir::new(path).sort_by_file_name() {
            let entry = entry.map_err(|error| Failure::io("read", path, &error.into()))?;
            let is_package = ["apk", "spk", "bin"].map(OsStr::new).map(Some).contains(&entry.path().extension());
            if is_package && entry.file_type().is_file() {
                files.push(entry.into_path());
            }
        }
        if files.len() == before {
            return Err(Diagnostic::error(format!("there is no package in `{}`", path.display()))
                .note("packages in a folder are told by their names, which end in `.apk`, `.spk` or `.bin`")
                .help("name the files themselves")
                .into());
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(file.clone()));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_stands_for_its_packages() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["b.spk", "a.apk", "notes.txt", "odd", "wd-os5/c.bin", ".nas-pack/stamps.json"] {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), "").unwrap();
        }
        let named = [at("odd"), folder.path().to_owned(), at("a.apk"), at("absent")];
        let expected = ["odd", "a.apk", "b.spk", "wd-os5/c.bin", "absent"].map(at);
        assert_eq!(packages(&named).unwrap(), expected);

        let empty = packages(&[at(".nas-pack")]).unwrap_err();
        assert!(empty.to_string().starts_with("error: there is no package in `"), "{empty}");
    }
}
