//! Which compilers an app needs, whether they are there, and the build itself.

use std::path::PathBuf;

use super::plan::Plan;
use crate::diagnostic::{Diagnostic, Failure, Findings, Result};
use crate::manifest::Description;
use crate::model::TargetSpec;
use crate::progress::Reporter;
use crate::toolchain::{self, Build, CargoOptions, Choice, Home, Need, Project, Setup, Survey, choose, survey};

/// An app's targets, and what this machine would build each with.
#[derive(Debug)]
pub struct Compilers {
    /// What was found on this machine.
    pub survey: Survey,
    /// The targets, each with its strategy.
    pub targets: Vec<(TargetSpec, Choice)>,
    /// The app as cargo resolves it.
    pub project: Project,
}

impl Compilers {
    /// Looks at this machine. Installs nothing and compiles nothing.
    pub fn survey(app: &Description, plan: &Plan, options: &CargoOptions, home: &Home) -> Result<Self> {
        let dir = here()?;
        let options = CargoOptions {
            manifest_path: Some(app.manifest_path.clone()),
            package: app.cargo_package.clone(),
            bins: plan.binaries.clone(),
            ..options.clone()
        };
        let specs: Vec<TargetSpec> = plan.builds.values().cloned().collect();
        let project = Project::load(&options, &specs, &dir)?;
        let survey = survey(home, &dir)?;
        let targets = specs.into_iter().map(|target| (target.clone(), choose(&survey, &target, &project.c))).collect();
        Ok(Self { survey, targets, project })
    }

    /// Installs what is missing, and returns what that was.
    pub fn setup(&mut self, home: &Home, reporter: &dyn Reporter) -> Result<Vec<Need>> {
        let targets: Vec<TargetSpec> = self.targets.iter().map(|(target, _)| target.clone()).collect();
        let options = &self.project.options;
        let ready = toolchain::setup(
            &Setup {
                home,
                dir: &self.project.dir,
                targets: &targets,
                c: &self.project.c,
                offline: options.offline || options.frozen,
            },
            reporter,
        )?;
        self.survey = ready.survey;
        self.targets = ready.targets;
        Ok(ready.installed)
    }

    /// Makes sure that every target can be built now.
    pub fn check(&self) -> Result<()> {
        let findings = Findings::new();
        for (target, choice) in &self.targets {
            for need in &choice.missing {
                findings.push(
                    Diagnostic::error(format!("{need} is missing"))
                        .note(format!("building for {} needs it", target.triple))
                        .help(need.fix(&self.survey).to_string()),
                );
            }
        }
        findings.finish().map(drop)
    }

    /// Compiles the app for every target.
    pub(crate) fn build(&self, home: &Home, reporter: &dyn Reporter) -> Result<Build> {
        toolchain::build(&self.targets, &self.project, &self.survey, home, reporter)
    }
}

fn here() -> Result<PathBuf> {
    std::env::current_dir().map_err(|error| Failure::io("find", "the current folder", &error))
}
