//! What is on this machine, as plain data. Looking changes nothing and uses no network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use serde::Serialize;

use super::choose::Need;
use super::home::Home;
use super::process::{Process, find_program};
use super::{apt, zig};
use crate::diagnostic::{Diagnostic, Result};
use crate::sync::both;

/// What was found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Survey {
    /// The cargo that builds: `$CARGO`, or `cargo`.
    pub cargo: PathBuf,
    /// The rustc that this cargo uses in this folder.
    pub rustc: Rustc,
    /// The rustup toolchain that the rustc belongs to, if rustup manages it and can add to it.
    pub rustup_toolchain: Option<String>,
    /// The targets whose standard library is installed.
    pub std: BTreeSet<String>,
    /// The source of the standard library.
    pub rust_src: Option<PathBuf>,
    /// Whether the rustc brings its own linker.
    pub rust_lld: bool,
    /// What links build scripts and procedural macros, which run on this machine.
    pub host_linker: Option<PathBuf>,
    /// zig and cargo-zigbuild.
    pub zig: Option<Zig>,
    /// The Python that could install zig; not looked for where zig is there.
    pub python: Option<Python>,
    /// Whether apt and dpkg are there to fetch packages with.
    pub apt: bool,
    /// The distribution's rustc, cargo and standard library source, unpacked in the home.
    pub distribution_rust: Option<Rustc>,
    /// The `cross` program.
    pub cross: Option<PathBuf>,
    /// What `rustup` or the distribution turned out not to have, with its words. Only `setup` finds that out.
    pub refused: BTreeMap<Need, String>,
    /// Cargo's merged configuration files, as JSON.
    #[serde(skip)]
    pub(super) cargo_config: serde_json::Value,
}

/// A Rust compiler.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rustc {
    /// The program.
    pub program: PathBuf,
    /// Such as `1.95.0`.
    pub version: String,
    /// The commit it was built from, which its standard library's paths carry.
    pub commit: String,
    /// The target that it runs on.
    pub host: String,
    /// Where its libraries are.
    pub sysroot: PathBuf,
}

/// zig, and the program that makes cargo use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Zig {
    /// The zig program.
    pub zig: PathBuf,
    /// The cargo-zigbuild program.
    pub cargo_zigbuild: PathBuf,
    /// Whether it is our own, in the pinned version.
    pub managed: bool,
}

/// A Python.
#[derive(Clone, Debug, Serialize)]
pub struct Python {
    /// The program.
    pub program: PathBuf,
    /// Whether it has pip.
    pub pip: bool,
}

/// Looks at this machine as a cargo started in `dir` would see it.
///
/// # Errors
/// If there is no working rustc.
pub fn survey(home: &Home, dir: &Path) -> Result<Survey> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    // Most of the time goes into starting programs, so those that do not depend on each other start together.
    let (rustc, cargo_config, distribution_rust, zig, python) = thread::scope(|scope| {
        let distribution_rust = scope.spawn(|| apt::distribution_rust(home));
        let zig = zig::find(home);
        let python = zig.is_none().then(|| scope.spawn(python));
        let cargo_config = scope.spawn(|| cargo_config(&cargo, dir));
        // The configuration seldom names another rustc; if it does, that one is asked as well.
        let likely = rustc_program(&serde_json::Value::Null);
        let rustc = Rustc::ask(Process::new(&likely).dir(dir), likely.clone());
        let cargo_config = cargo_config.join().unwrap_or_default();
        let program = rustc_program(&cargo_config);
        let rustc = if program == likely { rustc } else { Rustc::ask(Process::new(&program).dir(dir), program) };
        let python = python.and_then(|python| python.join().unwrap_or_default());
        (rustc, cargo_config, distribution_rust.join().unwrap_or_default(), zig, python)
    });
    let rustc = rustc?;
    let rust_lld = rustc.sysroot.join("lib/rustlib").join(&rustc.host).join("bin/rust-lld");
    Ok(Survey {
        rustup_toolchain: rustup_toolchain(&rustc.sysroot),
        rust_src: rustc.source(),
        rust_lld: rust_lld.is_file(),
        std: installed_std(&rustc.sysroot),
        host_linker: configured_linker(&cargo_config, &rustc.host).map(PathBuf::from).or_else(|| find_program("cc")),
        zig,
        python,
        apt: apt::is_available(),
        distribution_rust,
        cross: find_program("cross"),
        refused: BTreeMap::new(),
        cargo_config,
        cargo,
        rustc,
    })
}

impl Survey {
    /// The linker that cargo's own configuration names for a target.
    pub fn configured_linker(&self, triple: &str) -> Option<String> {
        configured_linker(&self.cargo_config, triple)
    }
}

impl Rustc {
    /// Asks a rustc about itself.
    pub(super) fn ask(process: Process, program: PathBuf) -> Result<Self> {
        let ask = |process: Process| {
            process.read().map_err(|failure| failure.help("install Rust, or set RUSTC to a working rustc"))
        };
        // `-vV` ignores what else it is asked to print, so it is asked twice, at once.
        let sysroot = process.clone().args(["--print", "sysroot"]);
        let (sysroot, text) = both(|| ask(sysroot), || ask(process.arg("-vV")));
        let (sysroot, text) = (sysroot?, text?);
        let field = |name: &str| -> Result<String> {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value.map(str::to_owned).ok_or_else(|| {
                let message = format!("`{} -vV` does not say its {name}", program.display());
                Diagnostic::error(message).note(text.clone()).into()
            })
        };
        Ok(Self {
            version: field("release")?,
            commit: field("commit-hash")?,
            host: field("host")?,
            sysroot: sysroot.trim().into(),
            program,
        })
    }

    /// Where the standard library's source is, if it is there.
    pub(super) fn source(&self) -> Option<PathBuf> {
        let source = self.sysroot.join("lib/rustlib/src/rust");
        source.join("library/std/Cargo.toml").is_file().then_some(source)
    }
}

/// As cargo finds it: the environment, the configuration, PATH. Under rustup the proxy on PATH answers for the
/// toolchain that `RUSTUP_TOOLCHAIN` or the folder asks for.
fn rustc_program(config: &serde_json::Value) -> PathBuf {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    var("RUSTC")
        .or_else(|| var("CARGO_BUILD_RUSTC"))
        .or_else(|| config["build"]["rustc"].as_str().map(PathBuf::from))
        .unwrap_or_else(|| "rustc".into())
}

fn installed_std(sysroot: &Path) -> BTreeSet<String> {
    let has_std = |lib: &Path| {
        fs::read_dir(lib).into_iter().flatten().flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    };
    fs::read_dir(sysroot.join("lib/rustlib"))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| has_std(&entry.path().join("lib")))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The toolchain's name, where rustup is there and the rustc is in its folder: adding to any other would not help.
fn rustup_toolchain(sysroot: &Path) -> Option<String> {
    find_program("rustup")?;
    let toolchains = std::env::var_os("RUSTUP_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".rustup")))?
        .join("toolchains");
    // A linked toolchain is a symbolic link to somebody's own build, which rustup cannot add to.
    let name = sysroot.strip_prefix(&toolchains).ok()?.to_str()?;
    (!name.contains('/') && !sysroot.is_symlink()).then(|| name.to_owned())
}

fn python() -> Option<Python> {
    let program = ["python3", "python"].into_iter().find_map(find_program)?;
    let pip = Process::new(&program).args(["-m", "pip", "--version"]).outcome().is_ok_and(|outcome| outcome.success);
    Some(Python { program, pip })
}

/// Cargo's merged configuration. `cargo config` is unstable, but asking cargo is the only way to get cargo's answer;
/// should it change, only configured flags and linkers are not seen.
fn cargo_config(cargo: &Path, dir: &Path) -> serde_json::Value {
    Process::new(cargo)
        .args(["-Zunstable-options", "config", "get", "--format", "json"])
        .env("RUSTC_BOOTSTRAP", "1")
        .dir(dir)
        .outcome()
        .ok()
        .and_then(|outcome| serde_json::from_str(&outcome.stdout).ok())
        .unwrap_or_default()
}

fn configured_linker(config: &serde_json::Value, triple: &str) -> Option<String> {
    let variable = format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace(['-', '.'], "_"));
    std::env::var(variable).ok().or_else(|| {
        let linker = &config["target"][triple]["linker"];
        linker.as_str().map(str::to_owned)
    })
}
