//! Everything that can be found in an app before anything is compiled.

use std::collections::BTreeMap;

use super::plan::{Prepared, Run, prepare};
use super::{Options, check_assets, payload, run};
use crate::archive::{Entry, Tree};
use crate::diagnostic::{Diagnostic, Findings, Result};
use crate::lint::{advice, files};
use crate::manifest::{Description, Workspace};
use crate::model::VendorId;
use crate::vendor::{Payload, vendor};

/// What was found in one app.
#[derive(Debug)]
pub struct Linted {
    /// The Cargo package.
    pub cargo_package: String,
    /// The vendors that it was held against.
    pub vendors: Vec<VendorId>,
    /// What was found, at the levels that the app or the run chose.
    pub findings: Vec<Diagnostic>,
    /// What could not be looked at, and why.
    pub not_run: Vec<String>,
}

/// Holds the selected apps against every rule that needs no binaries.
pub fn lint(workspace: &Workspace, options: &Options) -> Result<Vec<Linted>> {
    let run = run(options)?;
    Ok(workspace.apps.iter().map(|app| lint_app(app, &run)).collect())
}

fn lint_app(description: &Description, run: &Run<'_>) -> Linted {
    let findings = Findings::new();
    let prepared = prepare(description, run, &findings);
    let mut not_run = Vec::new();
    let merged = description.merged();
    // What is wrong with it was said when it was read for the vendors.
    if let Some(app) = crate::manifest::decode(&merged, description, &Findings::new()) {
        advice::check(&app, &merged, &description.section, &findings);
    }
    if description.build_script.is_some() {
        not_run.push(
            "what the build script says and makes, assets among it: `cargo nas package` looks at that".to_owned(),
        );
    } else {
        check_assets(&prepared, &findings);
    }
    check_layouts(&prepared, description.build_script.is_some(), &findings);
    not_run
        .push("the binaries, which are not built: `cargo nas package` and `cargo nas verify` look at those".to_owned());
    Linted {
        cargo_package: description.cargo_package.clone(),
        vendors: prepared.keys().copied().collect(),
        findings: findings.into_all(),
        not_run,
    }
}

/// Lays out a package of each generation with placeholders for the binaries, as far as its other files are there.
fn check_layouts(prepared: &BTreeMap<VendorId, Prepared>, assets_may_be_made: bool, findings: &Findings) {
    for (&id, Prepared { app, merged, packager }) in prepared {
        let mut generations = Vec::new();
        for device in vendor(id).devices() {
            if packager.takes(device).is_err() || generations.contains(&device.generation) {
                continue;
            }
            generations.push(device.generation);
            // What is wrong with the assets was told already.
            let Some(assets) = payload::assets(id, app, merged, &Findings::new()) else { continue };
            files::check(&assets, findings, |path, found| found.at(&payload::origin_of(path.as_str(), app, merged)));
            let Some(tree) = with_placeholders(assets, &app.binaries).filter(|_| !assets_may_be_made) else { continue };
            if let Err(failure) = packager.layout(device, &Payload { arch: device.arch(), tree }, findings) {
                findings.fail(failure);
            }
        }
    }
}

fn with_placeholders(mut tree: Tree, binaries: &[String]) -> Option<Tree> {
    for name in binaries {
        tree.insert(&format!("bin/{name}"), Entry::file(Vec::new(), 0o755)).ok()?;
    }
    Some(tree)
}
