//! Which compilers an app needs, whether they are there, and the build itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::plan::Plan;
use crate::diagnostic::{Diagnostic, Failure, Findings, Result};
use crate::manifest::Description;
use crate::model::{Arch, TargetSpec};
use crate::progress::Reporter;
use crate::sync::both;
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

/// What the programs said that have to be asked before anything can be compiled. Their answers do not depend on which packages are made.
#[derive(Debug)]
pub(crate) struct Answers {
    survey: Survey,
    project: Project,
}

impl Answers {
    /// Asks cargo how it resolves an app for its targets and, meanwhile, what is on this machine.
    pub(crate) fn ask(
        app: &Description,
        targets: &BTreeMap<Arch, TargetSpec>,
        options: &CargoOptions,
        home: &Home,
    ) -> Result<Self> {
        let dir = here()?;
        let options = CargoOptions {
            manifest_path: Some(app.manifest_path.clone()),
            package: app.cargo_package.clone(),
            ..options.clone()
        };
        let (survey, project) = both(|| survey(home, &dir), || Project::load(&options, targets.values(), &dir));
        // What cargo cannot resolve is the author's to mend, wherever it is built.
        let project = project?;
        Ok(Self { survey: survey?, project })
    }

    /// What this machine would build a plan's targets with.
    pub(crate) fn choose(self, plan: &Plan) -> Compilers {
        let Self { survey, mut project } = self;
        project.options.bins.clone_from(&plan.binaries);
        let targets =
            plan.builds.values().map(|target| (target.clone(), choose(&survey, target, &project.c))).collect();
        Compilers { survey, targets, project }
    }
}

impl Compilers {
    /// Looks at this machine. Installs nothing and compiles nothing.
    pub fn survey(app: &Description, plan: &Plan, options: &CargoOptions, home: &Home) -> Result<Self> {
        Ok(Answers::ask(app, &plan.builds, options, home)?.choose(plan))
    }

    /// Installs what is missing, and returns what that was.
    pub fn setup(&mut self, home: &Home, reporter: &dyn Reporter) -> Result<Vec<Need>> {
        self.install(home, false, reporter)
    }

    /// As [`Self::setup`], but for what cargo fetches by itself in the build that follows.
    pub(crate) fn setup_to_build(&mut self, home: &Home, reporter: &dyn Reporter) -> Result<()> {
        self.install(home, true, reporter).map(drop)
    }

    fn install(&mut self, home: &Home, builds: bool, reporter: &dyn Reporter) -> Result<Vec<Need>> {
        let targets: Vec<TargetSpec> = self.targets.iter().map(|(target, _)| target.clone()).collect();
        let options = &self.project.options;
        let wanted = Setup {
            home,
            dir: &self.project.dir,
            targets: &targets,
            c: &self.project.c,
            offline: options.offline || options.frozen,
            builds,
        };
        let ready = toolchain::setup(&wanted, self.survey.clone(), reporter)?;
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
