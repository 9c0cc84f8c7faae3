//! From descriptions to packages: plan, build, pack.

mod compile;
mod explain;
mod lint;
mod output;
mod pack;
mod payload;
mod plan;
mod recipes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::diagnostic::{Diagnostic, Findings, Levels, Result};
use crate::hooks::{HookRequest, Script, render};
use crate::manifest::{Description, Workspace};
use crate::model::{Arch, Binaries, Compression, TargetSpec, VendorId};
use crate::progress::Reporter;
use crate::sync::{both, in_parallel};
use crate::toolchain::{Built, CargoOptions, Home};
use crate::vendor::{Icons, vendor};
use compile::Answers;
use pack::{ArchInput, Packed};
use plan::{Prepared, Run, prepare};
use recipes::Recipe;

pub use compile::Compilers;
pub use explain::{Chosen, Explained, explain};
pub use lint::{Linted, lint};
pub use pack::Finished;
pub use plan::{Filter, Plan, PlannedPackage, Skipped};

/// The time that stands in packages unless `SOURCE_DATE_EPOCH` says otherwise: 1980-01-01, the first that a zip archive can
/// hold.
pub const DEFAULT_EPOCH: u32 = 315_532_800;

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How findings of rules are taken, whatever the apps say of them.
    pub levels: Levels,
    /// Which of the possible packages.
    pub filter: Filter,
    /// Where they go; `nas` in the target directory by default.
    pub output: Option<PathBuf>,
    /// How cargo builds.
    pub cargo: CargoOptions,
    /// Whether to install what the targets lack.
    pub setup: bool,
    /// How much time is spent on making packages small, whatever the apps say of it.
    pub compression: Option<Compression>,
    /// Whether to pack again what is up to date.
    pub force: bool,
}

/// What was made.
#[derive(Debug)]
pub struct Report {
    /// Where the packages are.
    pub output: PathBuf,
    /// The packages, in the order of the plan.
    pub finished: Vec<Finished>,
    /// The devices that got none, and why.
    pub skipped: Vec<Skipped>,
    /// Where the time went: what, and how long.
    pub times: Vec<(String, Duration)>,
}

/// What a part of [`Report::times`] was spent on.
const READING: &str = "reading the description";

impl Report {
    /// Adds what has passed since `started` to what else was spent on the same.
    fn took(&mut self, what: &str, started: Instant) {
        let took = started.elapsed();
        match self.times.iter_mut().find(|(known, _)| known == what) {
            Some((_, time)) => *time += took,
            None => self.times.push((what.to_owned(), took)),
        }
    }
}

/// The plans for every selected app, and what there is to say about them.
pub fn plans(workspace: &Workspace, options: &Options) -> Result<(Vec<Plan>, Vec<Diagnostic>)> {
    let run = run(options)?;
    let mut plans = Vec::new();
    let mut warnings = Vec::new();
    for app in &workspace.apps {
        let findings = Findings::new();
        let prepared = prepare(app, &run, &findings);
        warnings.extend(findings.finish()?);
        plans.push(plan::plan(app, &prepared, output(workspace, options), &options.filter)?);
    }
    Ok((plans, warnings))
}

/// The scripts of an app's packages for a vendor, in the newest generation of its firmware that there is a package for.
pub fn scripts(app: &Description, id: VendorId, options: &Options) -> Result<Vec<Script>> {
    let filter = Filter { vendors: vec![id], ..Filter::default() };
    let findings = Findings::new();
    let prepared = prepare(app, &Run { filter: &filter, ..run(options)? }, &findings);
    findings.finish()?;
    let Some(Prepared { app, packager, .. }) = prepared.get(&id) else {
        return Err(Diagnostic::error(format!("nothing is packaged for {id}")).help("check `vendors`").into());
    };
    let taken = |generation: &str| {
        vendor(id).devices().iter().any(|device| device.generation == generation && packager.takes(device).is_ok())
    };
    let lifecycle = vendor(id).lifecycles().into_iter().find(|lifecycle| taken(lifecycle.generation));
    let lifecycle = lifecycle.unwrap_or_else(|| vendor(id).lifecycle());
    render(&HookRequest { lifecycle, app, version: packager.version() })
}

/// Builds and packs every selected app.
pub fn package(workspace: &Workspace, options: &Options, home: &Home, reporter: &dyn Reporter) -> Result<Report> {
    let job = Job::new(workspace, options, reporter)?;
    let mut report = job.report();
    for app in &workspace.apps {
        // Programs are asked while the description is held against the rules; its mistakes are told first.
        let targets = plan::targets(app, &options.filter);
        let ask = || targets.map(|targets| Answers::ask(app, &targets, &options.cargo, home));
        let (answers, prepared) = both(ask, || job.prepare(app, &options.filter, &mut report));
        let (plan, prepared) = prepared?;
        let built = match answers.filter(|_| !plan.builds.is_empty()).transpose()? {
            Some(answers) => compile(answers.choose(&plan), options.setup, home, reporter, &mut report)?,
            None => Vec::new(),
        };
        let recipes = recipes(app, &built)?;
        job.finish(app, plan, prepared, built, &recipes, &mut report)?;
    }
    Ok(report)
}

fn compile(
    mut compilers: Compilers,
    setup: bool,
    home: &Home,
    reporter: &dyn Reporter,
    report: &mut Report,
) -> Result<Vec<Built>> {
    let started = Instant::now();
    if setup {
        compilers.setup_to_build(home, reporter)?;
    }
    compilers.check().map_err(|failure| failure.help("`cargo nas package --setup` does it on the way"))?;
    let built = compilers.build(home, reporter)?.built;
    report.took("compiling", started);
    Ok(built)
}

/// Packs every app of a workspace from binaries that are built already, whoever built them. Runs no program.
///
/// Packages are made for the arches that there are binaries for. Build scripts have no say: a recipe is known only where cargo ran.
///
/// # Errors
///
/// As [`package`], and where an app lacks one of its binaries.
pub fn pack(workspace: &Workspace, binaries: &Binaries, options: &Options, reporter: &dyn Reporter) -> Result<Report> {
    let job = Job::new(workspace, options, reporter)?;
    let mut report = job.report();
    for app in &workspace.apps {
        let mut filter = options.filter.clone();
        filter.arches = match &filter.arches[..] {
            [] => binaries.arches().collect(),
            wanted => wanted.iter().copied().filter(|arch| binaries.arches().any(|built| built == *arch)).collect(),
        };
        let (plan, prepared) = job.prepare(app, &filter, &mut report)?;
        let built = plan.builds.iter().map(|(&arch, target)| prebuilt(arch, target, binaries, &plan.binaries));
        let built = built.collect::<Result<Vec<_>>>()?;
        job.finish(app, plan, prepared, built, &BTreeMap::new(), &mut report)?;
    }
    Ok(report)
}

fn prebuilt(arch: Arch, target: &TargetSpec, binaries: &Binaries, names: &[String]) -> Result<Built> {
    let found = |name: &String| match binaries.get(arch, name) {
        Some(path) => Ok((name.clone(), path.to_owned())),
        None => Err(Diagnostic::error(format!("there is no binary `{name}` for {arch}"))
            .help("add it to the binaries, or name those that the app has with `binaries`")
            .into()),
    };
    let binaries = names.iter().map(found).collect::<Result<_>>()?;
    Ok(Built { arch, triple: target.triple.clone(), binaries, recipe: None, fresh: false })
}

/// What all apps of one call have in common.
struct Job<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    reporter: &'a dyn Reporter,
    run: Run<'a>,
}

impl<'a> Job<'a> {
    fn new(workspace: &'a Workspace, options: &'a Options, reporter: &'a dyn Reporter) -> Result<Self> {
        Ok(Self { workspace, options, reporter, run: run(options)? })
    }

    fn report(&self) -> Report {
        let output = output(self.workspace, self.options);
        Report { output, finished: Vec::new(), skipped: Vec::new(), times: Vec::new() }
    }

    /// Reads an app and finds everything that can be wrong before the first line is compiled.
    fn prepare(
        &self,
        app: &Description,
        filter: &Filter,
        report: &mut Report,
    ) -> Result<(Plan, BTreeMap<VendorId, Prepared>)> {
        let started = Instant::now();
        let findings = Findings::new();
        let prepared = prepare(app, &self.run, &findings);
        if app.build_script.is_none() {
            check_assets(&prepared, &findings);
        }
        let warnings = findings.finish()?;
        let plan = plan::plan(app, &prepared, output(self.workspace, self.options), filter)?;
        for warning in &warnings {
            self.reporter.diagnostic(warning);
        }
        report.took(READING, started);
        Ok((plan, prepared))
    }

    /// Packs an app whose binaries are there.
    fn finish(
        &self,
        app: &Description,
        plan: Plan,
        prepared: BTreeMap<VendorId, Prepared>,
        built: Vec<Built>,
        recipes: &BTreeMap<Arch, Recipe>,
        report: &mut Report,
    ) -> Result<()> {
        // What is wrong with the levels themselves was said when the app was read.
        let levels = plan::levels_of(&app.merged(), &self.run, &Findings::new());
        let started = Instant::now();
        let (plan, inputs) = settle(app, &self.run, &self.workspace.root, plan, prepared, built, recipes)?;
        report.took(READING, started);
        let Packed { finished, warnings, took } =
            pack::pack(&plan, &inputs, recipes, levels, self.options.force, self.reporter)?;
        for warning in &warnings {
            self.reporter.diagnostic(warning);
        }
        report.times.push(("packing".to_owned(), took));
        report.finished.extend(finished);
        report.skipped.extend(plan.skipped);
        Ok(())
    }
}

/// Finds what is wrong with the assets, which otherwise shows only when they are packed.
fn check_assets(prepared: &BTreeMap<VendorId, Prepared>, findings: &Findings) {
    for (&vendor, Prepared { app, merged, .. }) in prepared {
        payload::assets(vendor, app, merged, findings);
    }
}

/// Brings in what build scripts said, each for its own arch. Without any, the first plan stands.
fn settle(
    app: &Description,
    run: &Run<'_>,
    root: &Path,
    mut plan: Plan,
    prepared: BTreeMap<VendorId, Prepared>,
    built: Vec<Built>,
    recipes: &BTreeMap<Arch, Recipe>,
) -> Result<(Plan, BTreeMap<Option<Arch>, ArchInput>)> {
    let mut inputs = BTreeMap::new();
    let findings = Findings::new();
    let mut amended = BTreeMap::new();
    for (arch, found) in amend(app, run, root, recipes) {
        match found {
            Ok(found) => amended.extend(found.map(|found| (arch, found))),
            Err(failure) => findings.fail(failure),
        }
    }
    findings.finish()?;
    let prepared = Rc::new(prepared);
    inputs.insert(None, ArchInput { binaries: BTreeMap::new(), prepared: Rc::clone(&prepared) });
    for built in built {
        let prepared = match amended.remove(&built.arch) {
            Some((prepared, description)) => {
                let only = Filter { arches: vec![built.arch], ..run.filter.clone() };
                let own = plan::plan(&description, &prepared, plan.output.clone(), &only)?;
                plan.replace(built.arch, own);
                Rc::new(prepared)
            }
            None => Rc::clone(&prepared),
        };
        inputs.insert(Some(built.arch), ArchInput { binaries: built.binaries, prepared });
    }
    Ok((plan, inputs))
}

/// An app with what a build script said, and as its vendors package it then.
type Amended = (BTreeMap<VendorId, Prepared>, Description);

/// Lays over an app what each arch's build script said, if anything. Arches do not wait for each other.
fn amend(
    app: &Description,
    run: &Run<'_>,
    root: &Path,
    recipes: &BTreeMap<Arch, Recipe>,
) -> Vec<(Arch, Result<Option<Amended>>)> {
    let amend = |recipe: &Recipe| -> Result<Option<Amended>> {
        let Some(layer) = recipe.layer(app, root)? else { return Ok(None) };
        let findings = Findings::new();
        let description = plan::with_recipe(app, layer, &findings);
        let prepared = prepare(&description, run, &findings);
        check_assets(&prepared, &findings);
        findings.finish()?;
        Ok(Some((prepared, description)))
    };
    let recipes: Vec<_> = recipes.iter().collect();
    in_parallel(&recipes, || (), |(), (arch, recipe)| (**arch, amend(recipe)))
}

/// What build scripts left, by arch.
fn recipes(app: &Description, built: &[Built]) -> Result<BTreeMap<Arch, Recipe>> {
    let found = built.iter().map(|built| Ok(Recipe::find(built.recipe.as_deref(), app)?.map(|it| (built.arch, it))));
    found.filter_map(Result::transpose).collect()
}

fn output(workspace: &Workspace, options: &Options) -> PathBuf {
    let target = options.cargo.target_dir.as_ref().unwrap_or(&workspace.target_directory);
    options.output.clone().unwrap_or_else(|| target.join("nas"))
}

fn run(options: &Options) -> Result<Run<'_>> {
    Ok(Run {
        filter: &options.filter,
        levels: &options.levels,
        compression: options.compression,
        epoch: epoch()?,
        icons: Icons::default(),
    })
}

/// The time that stands in packages, in seconds since 1970.
fn epoch() -> Result<u32> {
    let Some(given) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(DEFAULT_EPOCH) };
    let number = given.to_str().and_then(|text| text.parse().ok());
    // Earlier times cannot stand in a zip archive.
    number.filter(|&epoch| epoch >= DEFAULT_EPOCH).ok_or_else(|| {
        let given = given.display();
        Diagnostic::error(format!("SOURCE_DATE_EPOCH is `{given}`"))
            .note(format!("expected seconds since 1970, from {DEFAULT_EPOCH} (1980-01-01) to {}", u32::MAX))
            .into()
    })
}
