//! A package being verified: what was looked at, and what was found.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Findings, Levels};
use crate::vendor::Opened;

/// One thing that was looked at, or could not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ran {
    /// What it is about: `checksum of package.tgz`.
    pub name: &'static str,
    /// How it came out.
    pub outcome: Outcome,
}

/// How a check came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing was found.
    Passed,
    /// So many things were found.
    Found(usize),
    /// It was not done, for this reason.
    NotRun(String),
}

/// What is handed to everything that looks at an opened package.
#[derive(Debug)]
pub struct Audit<'p> {
    /// The package.
    pub package: &'p Opened,
    ran: Vec<Ran>,
    findings: Findings,
}

impl<'p> Audit<'p> {
    pub(super) fn new(package: &'p Opened, levels: Levels) -> Self {
        Self { package, ran: Vec::new(), findings: Findings::with(levels) }
    }

    /// Looks at one thing, and remembers how that came out.
    pub fn run(&mut self, name: &'static str, check: impl FnOnce(&'p Opened, &Findings)) {
        let before = self.findings.count();
        check(self.package, &self.findings);
        let outcome = match self.findings.count() - before {
            0 => Outcome::Passed,
            found => Outcome::Found(found),
        };
        self.ran.push(Ran { name, outcome });
    }

    /// Says that one thing was not looked at.
    pub fn skip(&mut self, name: &'static str, reason: impl Into<String>) {
        self.ran.push(Ran { name, outcome: Outcome::NotRun(reason.into()) });
    }

    /// Whether something of that name was looked at.
    pub(super) fn has_run(&self, name: &str) -> bool {
        self.ran.iter().any(|ran| ran.name == name)
    }

    pub(super) fn finish(self) -> (Vec<Ran>, Vec<Diagnostic>) {
        (self.ran, self.findings.into_all())
    }
}
