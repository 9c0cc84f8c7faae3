//! Calls cargo and takes the binaries from its messages.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use cargo_metadata::cargo_platform::Cfg;
use cargo_metadata::{Artifact, Message, TargetKind};
use serde::Serialize;

use super::choose::{Choice, Linker, Std};
use super::home::Home;
use super::process::{Env, Process};
use super::project::{Project, outer_environment};
use super::rustflags::{Flags, UserFlags};
use super::survey::{Rustc, Survey};
use super::{apt, zig};
use crate::diagnostic::{Diagnostic, Result};
use crate::layer::{RECIPE_FILE, RECIPE_VAR};
use crate::model::Arch;
use crate::model::TargetSpec;
use crate::progress::Reporter;

/// What was built, and by which cargo calls.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Build {
    /// One for each target, in the order asked for.
    pub built: Vec<Built>,
    /// Targets that need the same environment are built by one call.
    pub runs: Vec<Run>,
}

/// One target's binaries.
#[derive(Clone, Debug, Serialize)]
pub struct Built {
    /// The processor.
    pub arch: Arch,
    /// The target as it was asked for.
    pub triple: String,
    /// The ELF files by the binary's name.
    pub binaries: BTreeMap<String, PathBuf>,
    /// What the package's build script recorded for this target.
    pub recipe: Option<PathBuf>,
    /// Whether cargo had nothing to do for it.
    pub fresh: bool,
}

/// One cargo call.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The targets it built.
    pub triples: Vec<String>,
    /// How long it took, with the preparations.
    pub seconds: f64,
}

/// Builds the project's binaries for each target in the way that was chosen for it.
///
/// # Errors
/// If something is missing still, or cargo fails; its own errors are on the terminal then.
pub fn build(
    targets: &[(TargetSpec, Choice)],
    project: &Project,
    survey: &Survey,
    home: &Home,
    reporter: &dyn Reporter,
) -> Result<Build> {
    for (target, choice) in targets {
        if let Some(need) = choice.missing.first() {
            return Err(Diagnostic::error(format!("{need} is missing, which building for {} needs", target.triple))
                .help(need.fix(survey).to_string())
                .into());
        }
    }
    let mut build = Build::default();
    for group in groups(targets) {
        let start = Instant::now();
        let triples: Vec<String> = group.targets.iter().map(|(target, _)| target.triple.clone()).collect();
        reporter.status("Building", &format!("{} ({})", triples.join(", "), group.targets[0].1.strategy));
        build.built.extend(Call { group: &group, project, survey, home }.run()?);
        build.runs.push(Run { triples, seconds: start.elapsed().as_secs_f64() });
    }
    let order = |built: &Built| targets.iter().position(|(target, _)| target.triple == built.triple);
    build.built.sort_by_key(order);
    Ok(build)
}

/// Targets that one cargo call can build.
struct Group<'a> {
    std: Std,
    targets: Vec<&'a (TargetSpec, Choice)>,
}

impl Group<'_> {
    /// Cargo's messages do not name the target, but its folder is part of every path. The last one counts: the target
    /// folder may be inside anything.
    fn triple_of(&self, path: &Path) -> Option<&str> {
        let triples: BTreeSet<&str> = self.targets.iter().map(|(target, _)| target.rust_triple()).collect();
        path.iter().rev().find_map(|part| triples.get(part.to_str()?).copied())
    }
}

fn groups(targets: &[(TargetSpec, Choice)]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for target in targets {
        let std = target.1.strategy.std;
        // cross runs one container a target; two versions of glibc for one target would share their files.
        let same = |group: &&mut Group<'_>| {
            group.std == std
                && std != Std::Cross
                && group.targets.iter().all(|(other, _)| {
                    other.rust_triple() != target.0.rust_triple() && other.is_musl() == target.0.is_musl()
                })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.targets.push(target),
            None => groups.push(Group { std, targets: vec![target] }),
        }
    }
    groups
}

struct Call<'a> {
    group: &'a Group<'a>,
    project: &'a Project,
    survey: &'a Survey,
    home: &'a Home,
}

impl Call<'_> {
    fn run(&self) -> Result<Vec<Built>> {
        let (messages, success) = self.process()?.stream(|stdout| read_messages(stdout, self.project))?;
        if !success {
            let triples: Vec<_> = self.group.targets.iter().map(|(target, _)| target.triple.as_str()).collect();
            return Err(Diagnostic::error(format!("the build for {} failed", triples.join(", ")))
                .note("cargo's own errors are above")
                .into());
        }
        self.group.targets.iter().map(|(target, _)| self.built(target, &messages)).collect()
    }

    fn process(&self) -> Result<Process> {
        let options = &self.project.options;
        let mut env = outer_environment();
        let cargo = match self.group.std {
            Std::Distribution => {
                let (cargo, distribution) = apt::distribution_rust_env(self.home)?;
                env.extend(distribution);
                cargo
            }
            Std::Cross => self.survey.cross.clone().unwrap_or_else(|| "cross".into()),
            Std::Installed | Std::Source => self.survey.cargo.clone(),
        };
        if self.group.std.is_from_source() {
            env.insert("RUSTC_BOOTSTRAP".into(), Some("1".into()));
        }
        let triples: Vec<&str> = self.group.targets.iter().map(|(target, _)| target.rust_triple()).collect();
        let rustc = self.rustc();
        let ours = self.rustflags(rustc);
        let flags = UserFlags::from_environment()
            .add(&ours, &triples, &self.survey.cargo_config, |triple| cfgs(rustc, triple, &env));
        self.tools(&mut env, &flags)?;
        let env = self.c_flags(env, rustc);

        let mut process = Process::new(cargo)
            .args(["build", "--message-format=json-render-diagnostics"])
            .args(options.quiet.then_some("--quiet"))
            .dir(&self.project.dir)
            .envs(&env)
            .envs(&flags.env)
            .args(&flags.args)
            .args(triples.iter().flat_map(|triple| ["--target", triple]))
            .args(["--package", &options.package]);
        if self.group.std.is_from_source() {
            // Either way of panicking, whatever the profile says.
            process = process.arg("-Zbuild-std=std,panic_abort");
        }
        process = match options.profile.as_deref() {
            None | Some("release") => process.arg("--release"),
            Some(profile) => process.args(["--profile", profile]),
        };
        if options.bins.is_empty() {
            process = process.arg("--bins");
        }
        for bin in &options.bins {
            process = process.args(["--bin", bin]);
        }
        if let Some(manifest) = &options.manifest_path {
            process = process.arg("--manifest-path").arg(manifest);
        }
        if let Some(dir) = self.target_dir() {
            process = process.arg("--target-dir").arg(dir);
        }
        Ok(process.args(options.feature_args()).args(options.lock_args()))
    }

    /// Build scripts of widely used crates watch `RUSTC_BOOTSTRAP`, and those for this machine are shared by all cargo calls in
    /// a folder. So the calls that set it have a folder of their own; else each would undo the work of the user's next
    /// plain `cargo build`, and that the work of ours.
    fn target_dir(&self) -> Option<PathBuf> {
        let chosen = self.project.options.target_dir.as_ref();
        if self.group.std.is_from_source() {
            return Some(chosen.unwrap_or(&self.project.target_directory).join("build-std"));
        }
        chosen.cloned()
    }

    fn rustc(&self) -> &Rustc {
        let distribution = self.survey.distribution_rust.as_ref().filter(|_| self.group.std == Std::Distribution);
        distribution.unwrap_or(&self.survey.rustc)
    }

    /// Folders, each with the name to be written into the binaries instead, so that these are the same wherever the
    /// project, cargo's cache and the toolchain are.
    fn remap(&self, rustc: &Rustc) -> Vec<(PathBuf, String)> {
        let mut remap = self.project.remap.clone();
        // What the installed standard library has in place of its source's path.
        remap.extend(rustc.source().map(|source| (source, format!("/rustc/{}", rustc.commit))));
        remap
    }

    fn rustflags(&self, rustc: &Rustc) -> Vec<String> {
        let mut flags = Vec::new();
        if self.group.std == Std::Cross {
            return flags;
        }
        // The default differs between stable and what RUSTC_BOOTSTRAP makes of it, and a build script's environment must not
        // change the bytes.
        flags.push("-Csymbol-mangling-version=v0".into());
        let from_source = self.group.std.is_from_source();
        if from_source && self.group.targets.iter().all(|(target, _)| target.is_musl()) {
            // The start files that rustc links into musl programs come with the installed library; zig has its own.
            flags.push("-Clink-self-contained=no".into());
        }
        flags.extend(self.remap(rustc).iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())));
        flags
    }

    /// Linkers and C compilers.
    fn tools(&self, env: &mut Env, flags: &Flags) -> Result<()> {
        let zig = || -> Result<_> {
            let zig = self.survey.zig.as_ref();
            zig.ok_or_else(|| Diagnostic::error("zig is missing").help("run `cargo nas setup`").into())
        };
        let mut zig_targets = Vec::new();
        for (target, choice) in &self.group.targets {
            let suffix = target.rust_triple().replace('-', "_");
            let linker = format!("CARGO_TARGET_{}_LINKER", suffix.to_uppercase());
            match choice.strategy.linker {
                Linker::RustLld => {
                    env.insert(linker, Some("rust-lld".into()));
                }
                Linker::Zig => zig_targets.push(target.triple.as_str()),
                Linker::Named => {
                    let names = [linker, format!("CC_{suffix}"), format!("CXX_{suffix}"), format!("AR_{suffix}")];
                    let programs =
                        target.tools.as_ref().and_then(crate::model::CrossTools::programs).into_iter().flatten();
                    for (name, program) in names.into_iter().zip(programs) {
                        env.extend(program.map(|program| (name, Some(program.into()))));
                    }
                }
                Linker::Configured | Linker::Cross => {}
            }
        }
        if !zig_targets.is_empty() {
            let zig = zig::environment(self.home, self.survey, zig()?, &zig_targets, flags, env, &self.project.dir)?;
            env.extend(zig);
        }
        if self.survey.host_linker.is_none() && self.group.std != Std::Cross {
            env.extend(zig::host_linker(self.home, zig()?, &self.rustc().host)?);
        }
        Ok(())
    }

    /// The C compiler's share of [`Self::remap`], after the user's own flags.
    fn c_flags(&self, mut env: Env, rustc: &Rustc) -> Env {
        if !self.project.c.compiles() || self.group.std == Std::Cross {
            return env;
        }
        for (target, choice) in &self.group.targets {
            // `-ffile-prefix-map` is not known to the gcc of older SDKs.
            let option = match choice.strategy.linker {
                Linker::Zig => "-ffile-prefix-map",
                _ => "-fdebug-prefix-map",
            };
            // The `cc` crate splits at spaces and knows no quotes, so a folder with a space cannot be named.
            let ours: Vec<String> = self
                .remap(rustc)
                .iter()
                .map(|(from, to)| format!("{option}={}={to}", from.display()))
                .filter(|flag| !flag.contains(char::is_whitespace))
                .collect();
            let triple = target.rust_triple();
            let suffix = triple.replace('-', "_");
            for name in ["CFLAGS", "CXXFLAGS"] {
                // The `cc` crate's order: the first of these that is set counts.
                let dashed = format!("{name}_{triple}");
                let underscored = format!("{name}_{suffix}");
                let users = [&dashed, &underscored, &format!("TARGET_{name}"), &name.to_owned()]
                    .into_iter()
                    .find_map(|variable| Some((variable.clone(), std::env::var(variable).ok()?)));
                let (variable, users) = users.unwrap_or_default();
                let place = if variable == dashed { dashed } else { underscored };
                let value = if users.is_empty() { ours.join(" ") } else { format!("{users} {}", ours.join(" ")) };
                env.insert(place, Some(OsString::from(value)));
            }
        }
        env
    }

    fn built(&self, target: &TargetSpec, messages: &Messages) -> Result<Built> {
        let triple = target.rust_triple();
        let of_target = |path: &Path| self.group.targets.len() == 1 || self.group.triple_of(path) == Some(triple);
        let local = |path: &Path| {
            // cross mounts the target folder at /target.
            match path.strip_prefix("/target") {
                Ok(inside) if self.group.std == Std::Cross => self.project.target_directory.join(inside),
                _ => path.to_owned(),
            }
        };
        let artifacts: Vec<_> = messages.binaries.iter().filter(|binary| of_target(&binary.executable)).collect();
        if artifacts.is_empty() {
            return Err(Diagnostic::error(format!("cargo built no binary for {}", target.triple))
                .note(format!("package `{}`", self.project.package))
                .help("the package needs a `[[bin]]` target; check `required-features`")
                .into());
        }
        let mut recipes = messages.out_dirs.iter().filter(|dir| of_target(dir)).map(|dir| local(dir).join(RECIPE_FILE));
        Ok(Built {
            arch: target.arch,
            triple: target.triple.clone(),
            fresh: artifacts.iter().all(|artifact| artifact.fresh),
            binaries: artifacts.iter().map(|binary| (binary.name.clone(), local(&binary.executable))).collect(),
            recipe: recipes.next(),
        })
    }
}

/// What is of interest in cargo's messages.
#[derive(Debug, Default)]
struct Messages {
    binaries: Vec<Binary>,
    /// Where the package's build script has left a recipe.
    out_dirs: Vec<PathBuf>,
}

#[derive(Debug)]
struct Binary {
    name: String,
    executable: PathBuf,
    fresh: bool,
}

fn read_messages(stdout: &mut dyn Read, project: &Project) -> io::Result<Messages> {
    let mut messages = Messages::default();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        match message? {
            Message::CompilerArtifact(Artifact { package_id, target, executable: Some(executable), fresh, .. })
                if package_id == project.package && target.is_kind(TargetKind::Bin) =>
            {
                messages.binaries.push(Binary { name: target.name, executable: executable.into(), fresh });
            }
            // Its folder may hold what an earlier version of the script wrote.
            Message::BuildScriptExecuted(script)
                if script.package_id == project.package && script.env.iter().any(|(name, _)| name == RECIPE_VAR) =>
            {
                messages.out_dirs.push(script.out_dir.into());
            }
            _ => {}
        }
    }
    Ok(messages)
}

/// The `cfg` values of a target; empty if rustc does not know it, which cargo will say better.
fn cfgs(rustc: &Rustc, triple: &str, env: &Env) -> Vec<Cfg> {
    let outcome = Process::new(&rustc.program).args(["--print", "cfg", "--target", triple]).envs(env).outcome();
    let text = outcome.map(|outcome| outcome.stdout).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::choose::Strategy;
    use super::*;

    fn target(triple: &str, std: Std) -> (TargetSpec, Choice) {
        let arch = Arch::of_target(triple).unwrap();
        let strategy = Strategy { std, linker: Linker::Zig };
        let choice = Choice { strategy, missing: Vec::new(), reason: String::new(), rejected: Vec::new() };
        (TargetSpec { arch, triple: triple.into(), tools: None }, choice)
    }

    #[test]
    fn one_call_builds_what_it_can() {
        let targets = [
            target("x86_64-unknown-linux-musl", Std::Installed),
            target("armv7-unknown-linux-musleabihf", Std::Source),
            target("aarch64-unknown-linux-musl", Std::Installed),
            target("aarch64-unknown-linux-gnu.2.17", Std::Installed),
            target("aarch64-unknown-linux-gnu.2.27", Std::Installed),
            target("x86_64-unknown-linux-gnu.2.17", Std::Installed),
        ];
        let groups: Vec<Vec<&str>> = groups(&targets)
            .iter()
            .map(|group| group.targets.iter().map(|(target, _)| target.triple.as_str()).collect())
            .collect();
        assert_eq!(
            groups,
            [
                vec!["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"],
                vec!["armv7-unknown-linux-musleabihf"],
                vec!["aarch64-unknown-linux-gnu.2.17", "x86_64-unknown-linux-gnu.2.17"],
                vec!["aarch64-unknown-linux-gnu.2.27"],
            ]
        );
    }

    #[test]
    fn an_artifact_belongs_to_the_innermost_target_folder() {
        let targets =
            [target("x86_64-unknown-linux-musl", Std::Installed), target("aarch64-unknown-linux-musl", Std::Installed)];
        let groups = groups(&targets);
        let path = Path::new("/tmp/aarch64-unknown-linux-musl/target/x86_64-unknown-linux-musl/release/app");
        assert_eq!(groups[0].triple_of(path), Some("x86_64-unknown-linux-musl"));
        assert_eq!(groups[0].triple_of(Path::new("/target/release/app")), None);
    }
}
