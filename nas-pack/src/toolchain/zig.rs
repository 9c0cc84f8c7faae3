//! zig as linker and C compiler: where it is, how it is installed, and what cargo must be told to use it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::home::{self, Home, Lock};
use super::process::{Env, Process, find_program};
use super::survey::{Python, Survey, Zig};
use super::{apt, rustflags};
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::progress::Reporter;

/// The pinned versions with their SHA-256 sums, in pip's own format.
const WHEELS: &str = include_str!("wheels.txt");

/// Prints its environment instead of building, for cargo-zigbuild to run as cargo.
const PRINT_ENVIRONMENT: &str = "#!/bin/sh\nexec env -0\n";

/// A name that changes with the pinned versions, so that an update does not take the old files for its own.
fn component() -> String {
    let versions = WHEELS.lines().filter_map(|line| line.split_once("==")?.1.split_whitespace().next());
    format!("zig-{}", versions.collect::<Vec<_>>().join("-"))
}

/// Ours if it is installed, or the user's own.
pub(super) fn find(home: &Home) -> Option<Zig> {
    if let Some(dir) = home.component(&component()) {
        return Some(Zig {
            zig: dir.join("ziglang/zig"),
            cargo_zigbuild: dir.join("bin/cargo-zigbuild"),
            managed: true,
        });
    }
    Some(Zig { zig: find_program("zig")?, cargo_zigbuild: find_program("cargo-zigbuild")?, managed: false })
}

/// Installs the pinned wheels with pip, which brings Python along where apt can.
pub(super) fn install(home: &Home, lock: &Lock, python: Option<&Python>, reporter: &dyn Reporter) -> Result<()> {
    let pip = pip(home, lock, python, reporter)?;
    reporter.status("Fetching", "zig and cargo-zigbuild with pip");
    home.install(lock, &component(), |dir| {
        let requirements = dir.join("wheels.txt");
        home::write(&requirements, WHEELS)?;
        let mut pip = pip
            .args(["install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile"])
            .args(["--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--requirement"])
            .arg(&requirements)
            .arg("--target")
            .arg(dir);
        // These would contradict `--target`; the user's index and certificates stay in force.
        for variable in ["PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV"] {
            pip = pip.without_env(variable);
        }
        pip.read().map_err(|failure| failure.help("check the network; behind a mirror, set PIP_INDEX_URL"))?;
        let version = |program: &str, argument: &str| Process::new(dir.join(program)).arg(argument).read();
        let zig = version("ziglang/zig", "version")?;
        let zigbuild = version("bin/cargo-zigbuild", "--version")?;
        Ok(format!("zig {}\n{}\n", zig.trim(), zigbuild.trim()))
    })?;
    Ok(())
}

/// pip, from the user's Python, from the distribution's wheel of it, or with the distribution's Python.
fn pip(home: &Home, lock: &Lock, python: Option<&Python>, reporter: &dyn Reporter) -> Result<Process> {
    match python {
        Some(Python { program, pip: true }) => Ok(Process::new(program).args(["-m", "pip"])),
        Some(Python { program, pip: false }) => {
            let packages = apt::install(home, lock, "pip", &["python3-pip-whl"], reporter)?;
            Ok(Process::new(program).arg(pip_wheel(packages.root())?))
        }
        None => {
            let packages = apt::install(home, lock, "python", &["python3", "python3-pip-whl"], reporter)?;
            let program = packages.root().join("usr/bin/python3");
            Ok(Process::new(program).arg(pip_wheel(packages.root())?).envs(&packages.env()))
        }
    }
}

/// A wheel is a zip file that Python can run from.
fn pip_wheel(root: &Path) -> Result<OsString> {
    let dir = root.join("usr/share/python-wheels");
    let entries = std::fs::read_dir(&dir).map_err(|error| Failure::io("read", &dir, &error))?;
    let wheel = entries.flatten().find(|entry| entry.file_name().to_string_lossy().starts_with("pip-"));
    let wheel = wheel.ok_or_else(|| Diagnostic::error(format!("there is no pip in `{}`", dir.display())))?;
    Ok(wheel.path().join("pip").into_os_string())
}

/// What cargo-zigbuild and the compilers it stands in for need to find zig and keep their files in the home.
fn locations(home: &Home, zig: &Zig) -> Env {
    let cache = |name: &str| Some(home.cache(name).into_os_string());
    Env::from([
        ("CARGO_ZIGBUILD_ZIG_PATH".into(), Some(zig.zig.clone().into_os_string())),
        ("CARGO_ZIGBUILD_CACHE_DIR".into(), cache("zigbuild")),
        ("ZIG_GLOBAL_CACHE_DIR".into(), cache("zig")),
        ("ZIG_LOCAL_CACHE_DIR".into(), cache("zig")),
    ])
}

/// The environment that makes cargo compile C and link with zig for `targets` (with their glibc versions).
///
/// cargo-zigbuild sets it up and would then run cargo. It is given a program that prints the environment instead, and
/// the answer is kept: working it out takes several times as long as a cargo that finds nothing to do.
pub(super) fn environment(
    home: &Home,
    survey: &Survey,
    zig: &Zig,
    targets: &[&str],
    flags: &rustflags::Flags,
    base: &Env,
    dir: &Path,
) -> Result<Env> {
    let mut env = locations(home, zig);
    let known = home.cache("environment").join(key(survey, zig, targets, flags, base));
    let kept = std::fs::read_to_string(&known).ok().and_then(|text| serde_json::from_str(&text).ok());
    let added = if let Some(kept) = kept.filter(wrappers_exist) {
        kept
    } else {
        let fake_cargo = home.cache("print-environment");
        home::write_script(&fake_cargo, PRINT_ENVIRONMENT)?;
        let printed = Process::new(&zig.cargo_zigbuild)
            .arg("zigbuild")
            .args(targets.iter().flat_map(|target| ["--target", target]))
            .args(&flags.args)
            .dir(dir)
            .envs(base)
            .envs(&flags.env)
            .envs(&env)
            .env("CARGO", &fake_cargo)
            .read()?;
        // Only what it added: the rest is the user's environment, which is no business of a file on disk.
        let passed_on = |name: &str, value: &str| {
            ["CARGO", "_", "PWD", "OLDPWD", "SHLVL"].contains(&name)
                || std::env::var(name).ok().as_deref() == Some(value)
                || base.contains_key(name)
                || flags.env.contains_key(name)
                || env.contains_key(name)
        };
        let added: BTreeMap<String, String> = printed
            .split('\0')
            .filter_map(|line| line.split_once('='))
            .filter(|(name, value)| !passed_on(name, value))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        home::write(&known, &serde_json::json!(added).to_string())?;
        added
    };
    env.extend(added.into_iter().map(|(name, value)| (name, Some(value.into()))));
    Ok(env)
}

/// The kept answer names scripts in the cache, which may have been emptied.
fn wrappers_exist(added: &BTreeMap<String, String>) -> bool {
    added.iter().filter(|(name, _)| name.starts_with("CC_")).all(|(_, value)| Path::new(value).exists())
}

/// Everything that cargo-zigbuild's answer depends on.
fn key(survey: &Survey, zig: &Zig, targets: &[&str], flags: &rustflags::Flags, base: &Env) -> String {
    let modified = |path: &PathBuf| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let programs = [&zig.zig, &zig.cargo_zigbuild].map(|program| (program, modified(program)));
    let mut environment: Vec<_> =
        std::env::vars_os().filter(|(name, _)| is_relevant(&name.to_string_lossy())).collect();
    environment.sort();
    let rustc = &survey.rustc;
    let all = format!("{programs:?}{targets:?}{flags:?}{base:?}{rustc:?}{}{environment:?}", survey.cargo_config);
    Sha256::digest(all.as_bytes()).iter().take(16).fold(String::new(), |key, byte| format!("{key}{byte:02x}"))
}

/// Whether cargo-zigbuild may look at the variable.
fn is_relevant(name: &str) -> bool {
    const PREFIXES: [&str; 13] = [
        "AR",
        "BINDGEN",
        "CARGO",
        "CC",
        "CFLAGS",
        "CMAKE",
        "CXX",
        "PKG_CONFIG",
        "RANLIB",
        "RUST",
        "SDKROOT",
        "TARGET_",
        "ZIG",
    ];
    ["HOME", "PATH"].contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// A linker for build scripts and procedural macros on a machine without a C compiler.
pub(super) fn host_linker(home: &Home, zig: &Zig, host: &str) -> Result<Env> {
    let script = home.cache("host-linker");
    // zig's names have no vendor part: `x86_64-linux-gnu`.
    let target = host.replace("-unknown-", "-");
    let text =
        format!("#!/bin/sh\nexec {} zig cc -- -target {target} \"$@\"\n", quote(&zig.cargo_zigbuild.to_string_lossy()));
    home::write_script(&script, &text)?;
    let variable = format!("CARGO_TARGET_{}_LINKER", host.to_uppercase().replace('-', "_"));
    let mut env = locations(home, zig);
    env.insert(variable, Some(script.into_os_string()));
    Ok(env)
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
