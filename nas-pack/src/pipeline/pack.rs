//! From built binaries to finished packages, on as many threads as there are cores.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::output::{Output, Written};
use super::payload;
use super::plan::{Plan, PlannedPackage, Prepared};
use super::recipes::{Recipe, kept_name};
use crate::diagnostic::{Diagnostic, Failure, Findings, Levels, Result};
use crate::disk::Disk;
use crate::elf::inspect;
use crate::lint::elf::objections;
use crate::model::{Arch, VendorId};
use crate::progress::Reporter;
use crate::vendor::{Layout, Payload};

/// One finished package.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finished {
    /// What it is.
    #[serde(flatten)]
    pub plan: PlannedPackage,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// Whether it was up to date already.
    pub fresh: bool,
}

/// An app for one arch: its binaries, and its description per vendor with what the build script of that arch added.
#[derive(Debug)]
pub(crate) struct ArchInput {
    pub(crate) binaries: BTreeMap<String, PathBuf>,
    pub(crate) prepared: Rc<BTreeMap<VendorId, Prepared>>,
}

/// What packing took.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) finished: Vec<Finished>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) took: Duration,
}

/// Lays out and writes every package of a plan.
pub(crate) fn pack(
    plan: &Plan,
    inputs: &BTreeMap<Option<Arch>, ArchInput>,
    recipes: &BTreeMap<Arch, Recipe>,
    levels: Levels,
    force: bool,
    reporter: &dyn Reporter,
) -> Result<Packed> {
    let started = Instant::now();
    let findings = Findings::with(levels);
    let layouts = lay_out(plan, inputs, &findings);
    let warnings = findings.finish()?;

    let output = Output::open(Disk::default(), &plan.output, reporter)?;
    for (&arch, recipe) in recipes {
        output.keep(&kept_name(&plan.cargo_package, arch), recipe)?;
    }
    let named: Vec<_> = layouts.iter().map(|(package, layout)| (package.file.as_str(), layout)).collect();
    let written = output.write(&named, force);
    let remembered = output.remember();

    let mut finished = Vec::new();
    let mut failures = Vec::new();
    for ((package, _), written) in layouts.into_iter().zip(written?) {
        match written {
            Ok(Written { path, size, fresh }) => finished.push(Finished { plan: package.clone(), path, size, fresh }),
            Err(failure) => failures.extend(failure.into_diagnostics()),
        }
    }
    match Failure::from_all(failures) {
        Some(failure) => Err(failure),
        // What became of the packages is the more important news.
        None => remembered.map(|()| Packed { finished, warnings, took: started.elapsed() }),
    }
}

fn lay_out<'p>(
    plan: &'p Plan,
    inputs: &BTreeMap<Option<Arch>, ArchInput>,
    findings: &Findings,
) -> Vec<(&'p PlannedPackage, Layout)> {
    // Read once, however many devices each is held against.
    let binaries: BTreeMap<Option<Arch>, Vec<_>> = inputs
        .iter()
        .map(|(&arch, input)| {
            let read = input.binaries.values().filter_map(|path| match inspect(path) {
                Ok(binary) => Some((path, binary)),
                Err(failure) => {
                    findings.absorb(failure.into_diagnostics());
                    None
                }
            });
            (arch, read.collect())
        })
        .collect();
    let mut payloads: BTreeMap<(VendorId, Option<Arch>), Option<Payload>> = BTreeMap::new();
    let mut layouts = Vec::new();
    for package in &plan.packages {
        let Some(input) = inputs.get(&package.arch) else { continue };
        let Some(Prepared { app, merged, packager }) = input.prepared.get(&package.vendor) else { continue };
        let payload = payloads.entry((package.vendor, package.arch)).or_insert_with(|| {
            let assets = payload::assets(package.vendor, app, merged, findings)?;
            payload::with_binaries(&assets, app, package.arch, &input.binaries, findings)
        });
        let Some(payload) = payload else { continue };
        for (path, binary) in binaries.get(&package.arch).into_iter().flatten() {
            findings.absorb(objections(&path.display().to_string(), binary, package.device));
        }
        match packager.layout(package.device, payload, findings) {
            Ok(layout) => layouts.push((package, layout)),
            Err(failure) => findings.fail(failure),
        }
    }
    layouts
}
