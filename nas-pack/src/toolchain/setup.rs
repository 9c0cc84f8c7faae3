//! Installs what the chosen strategies lack: the only part that uses the network.

use std::path::Path;

use super::c_use::CUse;
use super::choose::{Choice, Fix, Need, Std, choose};
use super::home::{Home, Lock};
use super::process::{Outcome, Process};
use super::survey::{Rustc, Survey, survey};
use super::{apt, zig};
use crate::diagnostic::{Diagnostic, Findings, Result};
use crate::model::TargetSpec;
use crate::progress::Reporter;

/// What to make ready.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// Where things are installed.
    pub home: &'a Home,
    /// The directory that cargo will be called in.
    pub dir: &'a Path,
    /// The targets.
    pub targets: &'a [TargetSpec],
    /// Whether the build compiles C.
    pub c: &'a CUse,
    /// Fail rather than use the network.
    pub offline: bool,
    /// Whether a build follows at once. Cargo then fetches what the standard library depends on by itself.
    pub builds: bool,
}

/// A machine on which every target can be built.
#[derive(Clone, Debug)]
pub struct Ready {
    /// What is there now.
    pub survey: Survey,
    /// The targets, each with its strategy.
    pub targets: Vec<(TargetSpec, Choice)>,
    /// What was installed just now.
    pub installed: Vec<Need>,
}

/// Installs what `found` lacks until every target has a strategy that is ready.
///
/// That something cannot be had (rustup has no such target) is a normal outcome: the next strategy is tried.
///
/// # Errors
/// If a target cannot be built without the user's help, or something cannot be fetched, or `offline` forbids to.
pub fn setup(wanted: &Setup<'_>, mut found: Survey, reporter: &dyn Reporter) -> Result<Ready> {
    let Setup { home, dir, targets, c, offline, builds } = *wanted;
    let choices = |survey: &Survey| -> Vec<(TargetSpec, Choice)> {
        targets.iter().map(|target| (target.clone(), choose(survey, target, c))).collect()
    };
    // Where rustup may have what is wanted, it is asked before the distribution's Rust serves, also if that is there from
    // another time: the app should be compiled with the rustc that the user chose.
    let mut last_resort = offline || found.rustup_toolchain.is_none();
    if !last_resort {
        found.distribution_rust = None;
    }
    let mut lock = None;
    let mut installed: Vec<Need> = Vec::new();
    loop {
        let chosen = choices(&found);
        let Some((target, need)) =
            chosen.iter().find_map(|(target, choice)| Some((target, choice.missing.first()?.clone())))
        else {
            if !offline && !builds {
                fetch_std_dependencies(home, &chosen, &found)?;
            }
            return Ok(Ready { survey: found, targets: chosen, installed });
        };
        let by_hand = Findings::new();
        for (target, choice) in &chosen {
            for need in &choice.missing {
                if let Fix::ByHand(advice) = need.fix(&found) {
                    by_hand.push(
                        Diagnostic::error(format!("cannot set up {need}"))
                            .note(format!("needed to build for {}", target.triple))
                            .help(advice),
                    );
                }
            }
        }
        by_hand.finish()?;
        if offline {
            return Err(Diagnostic::error(format!("{need} is not installed"))
                .note(format!("needed to build for {}, and `--offline` forbids to fetch it", target.triple))
                .help("run `cargo nas setup` once without `--offline`")
                .into());
        }
        if installed.contains(&need) {
            return Err(Diagnostic::error(format!("{need} was installed but is not found")).into());
        }
        let Some(held) = &lock else {
            // Another process may have installed it while this one waited.
            lock = Some(home.lock(reporter)?);
            found = look_again(home, dir, found, last_resort)?;
            continue;
        };
        let answer = install(home, held, &need, &found, reporter)?;
        last_resort |= need == Need::DistributionRust;
        match answer {
            Answer::Installed => installed.push(need),
            Answer::Refused(words) => {
                reporter.status("Skipped", &format!("{need}: {words}"));
                found.refused.insert(need, words);
            }
        }
        found = look_again(home, dir, found, last_resort)?;
    }
}

/// What is there now, with what is known from before.
fn look_again(home: &Home, dir: &Path, before: Survey, last_resort: bool) -> Result<Survey> {
    let now = survey(home, dir)?;
    let distribution_rust = now.distribution_rust.filter(|_| last_resort);
    Ok(Survey { refused: before.refused, distribution_rust, ..now })
}

enum Answer {
    Installed,
    Refused(String),
}

fn install(home: &Home, lock: &Lock, need: &Need, survey: &Survey, reporter: &dyn Reporter) -> Result<Answer> {
    let toolchain = survey.rustup_toolchain.as_deref().unwrap_or_default();
    let rustup = |args: [&str; 3]| -> Result<Answer> {
        reporter.status("Fetching", &format!("{need} with rustup"));
        let outcome = Process::new("rustup").args(args).args(["--toolchain", toolchain]).outcome()?;
        Ok(if outcome.success { Answer::Installed } else { Answer::Refused(rustup_words(&outcome)) })
    };
    match need {
        Need::Std(triple) => return rustup(["target", "add", triple]),
        Need::RustSource => return rustup(["component", "add", "rust-src"]),
        Need::Zig => zig::install(home, lock, survey.python.as_ref(), reporter)?,
        Need::DistributionRust => apt::install_rust(home, lock, reporter)?,
        Need::Program(name) => return Err(Diagnostic::error(format!("`{name}` is not installed")).into()),
    }
    Ok(Answer::Installed)
}

/// The first thing that rustup calls an error, which names the cause better than the last.
fn rustup_words(outcome: &Outcome) -> String {
    let error = outcome.stderr.lines().find_map(|line| line.trim().strip_prefix("error: "));
    error.unwrap_or_else(|| outcome.last_line()).to_owned()
}

/// Cargo compiles the standard library's dependencies from its own cache, also where the source has copies of them. They
/// are fetched now, so that building does not have to.
fn fetch_std_dependencies(home: &Home, targets: &[(TargetSpec, Choice)], survey: &Survey) -> Result<()> {
    let uses = |std| targets.iter().any(|(_, choice)| choice.strategy.std == std);
    if uses(Std::Source)
        && let Some(source) = &survey.rust_src
    {
        fetch(Process::new(&survey.cargo), source)?;
    }
    if uses(Std::Distribution)
        && let Some(source) = survey.distribution_rust.as_ref().and_then(Rustc::source)
    {
        let (cargo, env) = apt::distribution_rust_env(home)?;
        fetch(Process::new(cargo).envs(&env), &source)?;
    }
    Ok(())
}

fn fetch(cargo: Process, source: &Path) -> Result<()> {
    let manifest = source.join("library/Cargo.toml");
    // The source uses features of cargo that are not stable.
    let cargo = cargo.env("RUSTC_BOOTSTRAP", "1").args(["fetch", "--locked", "--manifest-path"]).arg(manifest);
    if cargo.clone().arg("--offline").outcome()?.success {
        return Ok(());
    }
    cargo.read()?;
    Ok(())
}
