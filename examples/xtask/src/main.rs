//! Releases an app with the library alone, as an [xtask](https://github.com/matklad/cargo-xtask) does: no `cargo nas` has to be installed,
//! and every step is Rust.
//!
//! `cargo xtask` builds and packs the daemon in two channels, which people can install side by side, verifies each package, plays the
//! lives of one package per vendor where this machine can, and leaves a folder that is ready to be uploaded.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nas_pack::archive::read::Limits;
use nas_pack::diagnostic::{Diagnostic, Failure, Levels, Result};
use nas_pack::dsl::{App, Service};
use nas_pack::lint;
use nas_pack::manifest::{Selection, Workspace};
use nas_pack::model::Arch;
use nas_pack::pipeline::{self, Filter, Finished, Options};
use nas_pack::progress::Reporter;
use nas_pack::simulate;
use nas_pack::toolchain::Home;
use nas_pack::vendor::open;
use sha2::{Digest as _, Sha256};

/// What is released: the app as its Cargo.toml has it, and what a channel says beside.
struct Channel {
    name: &'static str,
    amendment: App,
}

fn channels() -> [Channel; 2] {
    [
        Channel { name: "stable", amendment: App::amend() },
        // Another identity and another port, so that it does not take the place of the stable one.
        Channel {
            name: "beta",
            amendment: App::amend().package("hello-nas-beta").name("Hello (beta)").service(Service::amend().port(8098)),
        },
    ]
}

fn main() -> ExitCode {
    match release() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            Console.failure(&failure);
            ExitCode::FAILURE
        }
    }
}

fn release() -> Result<()> {
    let hello = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hello/Cargo.toml");
    let workspace = Workspace::load(&Selection { manifest_path: Some(hello), ..Selection::default() })?;
    let dist = workspace.target_directory.join("dist");
    let home = Home::locate()?;
    for Channel { name, amendment } in channels() {
        let mut apps = workspace.apps.clone();
        apps.iter_mut().for_each(|app| app.amend(amendment.clone()));
        let channel = Workspace { apps, root: workspace.root.clone(), target_directory: dist.with_file_name("xtask") };
        let options = Options {
            // One arch, to keep the example short of time.
            filter: Filter { arches: vec![Arch::X86_64], ..Filter::default() },
            output: Some(dist.join(name)),
            setup: true,
            ..Options::default()
        };
        let report = pipeline::package(&channel, &options, &home, &Console)?;
        report.finished.iter().try_for_each(verify)?;
        play(&report.finished, &home)?;
        checksums(&report.output, &report.finished)?;
        Console.status("Released", &format!("{} packages in {}", report.finished.len(), report.output.display()));
    }
    Ok(())
}

/// Reads a package back and holds it against the vendor's rules.
fn verify(package: &Finished) -> Result<()> {
    let opened = open(&package.path, &Limits::default())?;
    let warnings = lint::verify(&opened, Levels::default()).finish()?;
    warnings.iter().for_each(|warning| Console.diagnostic(warning));
    Ok(())
}

/// Plays the life of one package of each vendor.
fn play(packages: &[Finished], home: &Home) -> Result<()> {
    let Ok(options) = simulate::Options::find(home) else {
        Console
            .status("Skipped", "the simulation, for which `cargo nas setup --tool busybox` installs what is missing");
        return Ok(());
    };
    let mut vendors = Vec::new();
    let mut files: Vec<PathBuf> = Vec::new();
    for package in packages.iter().filter(|package| package.plan.arch == Arch::host()) {
        if !vendors.contains(&package.plan.vendor) {
            vendors.push(package.plan.vendor);
            files.push(package.path.clone());
        }
    }
    for life in simulate::simulate(&files, &options, &nas_pack::progress::Silent)? {
        life?.check()?;
    }
    Ok(())
}

/// `SHA256SUMS`, as `sha256sum --check` reads it.
fn checksums(folder: &Path, packages: &[Finished]) -> Result<()> {
    let mut sums = String::new();
    for package in packages {
        let bytes = fs::read(&package.path).map_err(|error| Failure::io("read", &package.path, &error))?;
        let digest = Sha256::digest(&bytes).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let _ = writeln!(sums, "{digest}  {}", package.plan.file);
    }
    let file = folder.join("SHA256SUMS");
    fs::write(&file, sums).map_err(|error| Failure::io("write", &file, &error))
}

/// Says what happens in cargo's manner.
struct Console;

#[expect(clippy::print_stderr, reason = "this program speaks to people")]
impl Reporter for Console {
    fn status(&self, verb: &str, message: &str) {
        eprintln!("{verb:>12} {message}");
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) {
        eprintln!("{diagnostic}");
    }
}

impl Console {
    fn failure(&self, failure: &Failure) {
        failure.diagnostics().iter().for_each(|diagnostic| self.diagnostic(diagnostic));
    }
}
