//! Packages of a Debian-like distribution, fetched and unpacked without root into the home, and run from there.
//!
//! apt keeps its index in the home and checks the archive's signatures as always; nothing is installed system-wide.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::home::{Home, Lock};
use super::process::{Env, Process, find_program};
use super::survey::Rustc;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::progress::Reporter;

const DISTRIBUTION_RUST: &str = "distribution-rust";

/// The names under which distributions pack a rustc with its cargo, libraries and source. Debian's stable release has a
/// newer one beside its own, made for building browsers.
const RUST_FAMILIES: [[&str; 4]; 2] = [
    ["rustc-web", "cargo-web", "libstd-rust-web-dev", "rust-web-src"],
    ["rustc", "cargo", "libstd-rust-dev", "rust-src"],
];

/// Unpacked packages.
#[derive(Clone, Debug)]
pub(super) struct Packages {
    root: PathBuf,
}

/// Whether the programs are there.
pub(super) fn is_available() -> bool {
    ["apt-get", "apt-cache", "dpkg-deb", "dpkg-query"].into_iter().all(|name| find_program(name).is_some())
}

/// The distribution's rustc, if `setup` unpacked it.
pub(super) fn distribution_rust(home: &Home) -> Option<Rustc> {
    let packages = find(home, DISTRIBUTION_RUST)?;
    let program = packages.root.join("usr/bin/rustc");
    Rustc::ask(Process::new(&program).envs(&packages.env()), program).ok()
}

/// What the distribution's cargo and rustc need to run from the home.
pub(super) fn distribution_rust_env(home: &Home) -> Result<(PathBuf, Env)> {
    let packages = find(home, DISTRIBUTION_RUST)
        .ok_or_else(|| Diagnostic::error("the distribution's Rust is not installed").help("run `cargo nas setup`"))?;
    let cargo = packages.root.join("usr/bin/cargo");
    let mut env = packages.env();
    env.insert("RUSTC".into(), Some(packages.root.join("usr/bin/rustc").into()));
    env.insert("CARGO".into(), Some(cargo.clone().into()));
    env.insert("RUSTUP_TOOLCHAIN".into(), None);
    Ok((cargo, env))
}

/// Unpacks the newest Rust that the distribution has.
pub(super) fn install_rust(home: &Home, lock: &Lock, reporter: &dyn Reporter) -> Result<()> {
    if find(home, DISTRIBUTION_RUST).is_some() {
        return Ok(());
    }
    let apt = Apt::update(home, reporter)?;
    let newest = RUST_FAMILIES
        .into_iter()
        .filter_map(|family| Some((apt.version(family[0])?, family)))
        .max_by_key(|(version, family)| (version.clone(), Reverse(family[0])));
    let Some((version, family)) = newest else {
        return Err(apt.with_cause(Diagnostic::error("the distribution has no Rust package").into()));
    };
    reporter.status("Fetching", &format!("the distribution's Rust {version} with its source"));
    apt.install(home, lock, DISTRIBUTION_RUST, &family)?;
    Ok(())
}

/// An installed component.
pub(super) fn find(home: &Home, component: &str) -> Option<Packages> {
    let root = home.component(component)?;
    Some(Packages { root })
}

/// Unpacks packages, with the libraries that they need and the system lacks.
pub(super) fn install(
    home: &Home,
    lock: &Lock,
    component: &str,
    names: &[&str],
    reporter: &dyn Reporter,
) -> Result<Packages> {
    if let Some(packages) = find(home, component) {
        return Ok(packages);
    }
    let apt = Apt::update(home, reporter)?;
    reporter.status("Fetching", &format!("{} with apt", names.join(", ")));
    apt.install(home, lock, component, names)
}

impl Packages {
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The library folders for programs that run from here.
    pub(super) fn env(&self) -> Env {
        let mut paths = self.library_dirs();
        if paths.is_empty() {
            return Env::new();
        }
        paths.extend(std::env::var_os("LD_LIBRARY_PATH").iter().flat_map(std::env::split_paths));
        let joined = std::env::join_paths(paths).unwrap_or_else(|_| OsString::new());
        Env::from([("LD_LIBRARY_PATH".into(), Some(joined))])
    }

    /// `usr/lib/x86_64-linux-gnu` and its like.
    pub(super) fn library_dirs(&self) -> Vec<PathBuf> {
        let mut dirs: Vec<PathBuf> = ["lib", "usr/lib"]
            .iter()
            .flat_map(|lib| fs::read_dir(self.root.join(lib)).into_iter().flatten().flatten())
            .filter(|entry| entry.file_name().to_string_lossy().contains("-linux-"))
            .map(|entry| entry.path())
            .collect();
        dirs.sort();
        dirs
    }
}

/// apt with an up-to-date index of its own.
struct Apt {
    options: Vec<OsString>,
    /// What went wrong with the index: apt calls that a success too, and goes on with what it has.
    trouble: Option<String>,
}

impl Apt {
    fn update(home: &Home, reporter: &dyn Reporter) -> Result<Self> {
        if !is_available() {
            return Err(Diagnostic::error("apt is not installed").into());
        }
        let dir = home.cache("apt");
        let option = |name: &str, value: &Path| {
            let mut option = OsString::from(format!("{name}="));
            option.push(value);
            option
        };
        let settings = [
            option("Dir::State::Lists", &dir.join("lists")),
            option("Dir::Cache", &dir.join("cache")),
            // Root would otherwise hand the download to a user who cannot write into the home.
            OsString::from("APT::Sandbox::User=root"),
            OsString::from("Acquire::Languages=none"),
            OsString::from("Debug::NoLocking=1"),
        ];
        for partial in ["lists/partial", "cache/archives/partial"] {
            let partial = dir.join(partial);
            fs::create_dir_all(&partial).map_err(|error| Failure::io("create", &partial, &error))?;
        }
        let options = settings.into_iter().flat_map(|setting| ["-o".into(), setting]).collect();
        let mut apt = Self { options, trouble: None };
        reporter.status("Updating", "the distribution's package index");
        let outcome = apt.run("apt-get").args(["--quiet=2", "update"]).outcome()?;
        apt.trouble = trouble(&outcome.stderr).map(str::to_owned);
        if outcome.success { Ok(apt) } else { Err(apt.with_cause(outcome.failure())) }
    }

    /// A package that is not found may be one whose index could not be fetched.
    fn with_cause(&self, failure: Failure) -> Failure {
        match &self.trouble {
            Some(trouble) => failure.help(format!("check the network and apt's sources; apt says: {trouble}")),
            None => failure,
        }
    }

    fn run(&self, program: &str) -> Process {
        // Messages are read, so they must not be translated.
        Process::new(program).args(&self.options).env("LC_ALL", "C.UTF-8")
    }

    /// The candidate version's upstream part, if there is such a package.
    fn version(&self, package: &str) -> Option<semver::Version> {
        let shown = self.run("apt-cache").args(["show", "--no-all-versions", package]).outcome().ok()?.stdout;
        upstream_version(shown.lines().find_map(|line| line.strip_prefix("Version: "))?)
    }

    fn install(&self, home: &Home, lock: &Lock, component: &str, names: &[&str]) -> Result<Packages> {
        let packages = self.closure(names).map_err(|failure| self.with_cause(failure))?;
        let root = home.install(lock, component, |root| {
            let debs = tempfile::tempdir_in(root).map_err(|error| Failure::io("write to", root, &error))?;
            let download = self.run("apt-get").arg("--quiet=2").arg("download").args(&packages).dir(debs.path());
            download.read().map_err(|failure| self.with_cause(failure))?;
            let mut notes = Vec::new();
            for deb in fs::read_dir(debs.path()).into_iter().flatten().flatten() {
                notes.push(deb.file_name().to_string_lossy().into_owned());
                Process::new("dpkg-deb").arg("-x").arg(deb.path()).arg(root).read()?;
            }
            notes.sort();
            Ok(notes.join("\n") + "\n")
        })?;
        Ok(Packages { root })
    }

    /// The packages themselves and what they need to run, without what is installed already.
    fn closure(&self, names: &[&str]) -> Result<BTreeSet<String>> {
        let listed = Process::new("dpkg-query").args(["-W", "-f", "${db:Status-Status} ${Package}\n"]).read()?;
        let installed: BTreeSet<&str> = listed.lines().filter_map(|line| line.strip_prefix("installed ")).collect();
        let mut all: BTreeSet<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut new = all.clone();
        while !new.is_empty() {
            let text = self.run("apt-cache").args(["depends", "--important"]).args(&new).read()?;
            new = depends(&text)
                .filter(|name| is_run_time(name) && !installed.contains(name) && !all.contains(*name))
                .map(str::to_owned)
                .collect();
            all.extend(new.iter().cloned());
        }
        Ok(all)
    }
}

/// Libraries and the parts that Python is cut into; compilers, headers and documents are not needed to run.
fn is_run_time(package: &str) -> bool {
    (package.starts_with("lib") || package.starts_with("python3")) && !package.ends_with("-dev")
}

/// The dependencies in the output of `apt-cache depends`: of alternatives the first.
fn depends(text: &str) -> impl Iterator<Item = &str> {
    let mut in_alternatives = false;
    text.lines().filter_map(move |line| {
        let line = line.strip_prefix(' ')?;
        let (mark, line) = line.split_at_checked(1)?;
        let name = line.strip_prefix("Depends: ").or_else(|| line.strip_prefix("PreDepends: "))?;
        let first = !in_alternatives;
        in_alternatives = mark == "|";
        (first && !name.starts_with('<')).then_some(name)
    })
}

/// The first of apt's errors or warnings, which names the cause; the last only sums up.
fn trouble(stderr: &str) -> Option<&str> {
    stderr.lines().find_map(|line| line.strip_prefix("E: ").or_else(|| line.strip_prefix("W: ")))
}

/// `1:1.96.0+dfsg1-1~deb12u2` → 1.96.0
fn upstream_version(version: &str) -> Option<semver::Version> {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    version[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read_from_apt() {
        let text = "\
cargo-web
  PreDepends: libsmall
  Depends: libc6
 |Depends: gcc
 |Depends: clang
  Depends: <c-compiler>
    clang-14
  Depends: libssl3
libother
  Depends: <libvirtual>
    libreal
";
        assert_eq!(depends(text).collect::<Vec<_>>(), ["libsmall", "libc6", "gcc", "libssl3"]);
    }

    #[test]
    fn only_what_runs_is_followed() {
        assert!(is_run_time("libllvm22") && is_run_time("libstd-rust-web-1.96") && is_run_time("python3.11-minimal"));
        assert!(!is_run_time("gcc") && !is_run_time("libc6-dev") && !is_run_time("binutils"));
    }

    #[test]
    fn an_archive_out_of_reach_is_the_cause_of_a_missing_package() {
        let stderr = "\
W: Failed to fetch http://archive.example/debian/dists/bookworm/InRelease  Temporary failure resolving 'archive.example'
W: Some index files failed to download. They have been ignored, or old ones used instead.
";
        let apt = Apt { options: Vec::new(), trouble: trouble(stderr).map(str::to_owned) };
        let error = apt.with_cause(Diagnostic::error("no such package").into()).to_string();
        assert!(error.contains("Temporary failure resolving"), "{error}");
        assert_eq!(trouble("Reading package lists...\n"), None);
    }

    #[test]
    fn debian_versions_have_an_upstream_part() {
        assert_eq!(upstream_version("1.96.0+dfsg1-1~deb12u2"), Some(semver::Version::new(1, 96, 0)));
        assert_eq!(upstream_version("2:1.63.0-2"), Some(semver::Version::new(1, 63, 0)));
        assert_eq!(upstream_version("unknown"), None);
    }
}
