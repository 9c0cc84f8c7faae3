//! Rules over apps, files and binaries. Each has a code, a level and an explanation; the vendors' own rules are in their folders.

pub mod advice;
mod audit;
pub(crate) mod elf;
pub(crate) mod files;
pub(crate) mod icon;
mod levels;
pub mod rules;
mod script;
mod sh;
mod shell;

use std::fs::File;
use std::io::Read as _;

use crate::archive::Content;
use crate::diagnostic::{Diagnostic, Failure, Level, Levels, Result, Rule};
use crate::model::VendorId;
use crate::simulate;
use crate::vendor::{Opened, vendor};

pub use audit::{Audit, Outcome, Ran};
pub(crate) use levels::levels;
pub use shell::Shell;

/// What became of a package's verification.
#[derive(Debug)]
pub struct Verification {
    /// What was looked at, in order.
    pub ran: Vec<Ran>,
    /// What was found.
    pub findings: Vec<Diagnostic>,
}

impl Verification {
    /// Whether the package is approved: nothing that was found is an error.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|found| found.level != Level::Error)
    }

    /// The warnings about an approved package.
    ///
    /// # Errors
    ///
    /// The package is not approved; then everything that was found.
    pub fn finish(self) -> Result<Vec<Diagnostic>> {
        let passed = self.passed();
        match Failure::from_all(self.findings) {
            Some(failure) if !passed => Err(failure),
            found => Ok(found.map(Failure::into_diagnostics).unwrap_or_default()),
        }
    }
}

/// Holds an opened package against every rule that its bytes can be held against, without the help of other programs.
pub fn verify(package: &Opened, levels: Levels) -> Verification {
    verify_with(package, levels, None)
}

/// The same, and asks a shell whether it understands the package's scripts.
pub fn verify_with(package: &Opened, levels: Levels, shell: Option<&Shell>) -> Verification {
    let mut audit = Audit::new(package, levels);
    audit.run("structure", |package, findings| {
        // What a rule is for is looked at by its own check.
        findings.absorb(package.warnings.iter().filter(|warning| warning.rule.is_none()).cloned());
    });
    vendor(package.vendor).verify(&mut audit);
    repeated(&mut audit);
    elf::verify(&mut audit);
    script::verify(&mut audit, shell);
    audit.run("files", |package, findings| {
        files::check(&package.tree, findings, |path, found| found.inside(&package.path, path.as_str(), None));
        if !package.has_app() {
            findings.push(rules::NAS048.found("the package has no files of an app").in_file(&package.path));
        }
    });
    let (ran, findings) = audit.finish();
    Verification { ran, findings }
}

/// What the package says twice, where the vendor has no rule of its own for it.
fn repeated(audit: &mut Audit<'_>) {
    for check in &audit.package.checks {
        if audit.has_run(check.name) {
            continue;
        }
        audit.run(check.name, |package, findings| {
            if !check.holds {
                let message = format!("the {} does not hold: {}", check.name, check.detail.escape_debug());
                findings.push(rules::NAS014.found(message).in_file(&package.path));
            }
        });
    }
}

/// The first bytes of a file, at most `limit`; none of one that cannot be read.
fn content(file: &Content, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    match file {
        Content::Bytes(all) => bytes.extend(all.iter().take(usize::try_from(limit).unwrap_or(usize::MAX))),
        Content::File { path, .. } => {
            if let Ok(file) = File::open(path) {
                let _ = file.take(limit).read_to_end(&mut bytes);
            }
        }
    }
    bytes
}

/// Every rule there is: those for every vendor, then each vendor's own, then those that a simulation holds packages against.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let mut seen: Vec<&str> = Vec::new();
    let own = VendorId::ALL.into_iter().flat_map(|id| vendor(id).rules().iter());
    // Two of the vendors share theirs.
    rules::RULES.iter().chain(advice::RULES).chain(own).chain(simulate::rules::RULES).copied().filter(move |rule| {
        let new = !seen.contains(&rule.code);
        seen.push(rule.code);
        new
    })
}

/// The rule with this code, in any case of its letters.
pub fn rule(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod tables {
    use std::path::Path;

    use super::*;

    /// The manual's page of rules is this one. `BLESS=1 cargo test` writes it.
    #[test]
    fn the_manual_has_every_rule() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/rules.md");
        let part = |prefix: &str| all().filter(|rule| rule.code.starts_with(prefix)).map(told).collect::<String>();
        let parts = [("nas", "NAS"), ("asustor", "AST"), ("synology", "SYN"), ("wd", "WD"), ("simulate", "SIM")];
        crate::manual::hold(&page, parts.map(|(name, prefix)| (name, part(prefix))));
    }

    /// A rule as the manual has it.
    fn told(rule: &Rule) -> String {
        let Rule { code, severity, title, why, device, source } = rule;
        let mut text = format!("### {code}\n\n*{}*: {title}\n\n", severity.name());
        for (before, part) in [("", why), ("On the device: ", device), ("Source: ", source)] {
            if !part.is_empty() {
                text += &format!("{before}{part}\n\n");
            }
        }
        text
    }

    #[test]
    fn every_rule_is_written_as_the_others_are() {
        let own = ["AST", "SYN", "WD", "WD"].into_iter().zip(VendorId::ALL.map(|id| vendor(id).rules()));
        for (prefix, table) in
            [("NAS", rules::RULES), ("NAS", advice::RULES), ("SIM", simulate::rules::RULES)].into_iter().chain(own)
        {
            assert!(table.is_sorted_by(|one, next| one.code < next.code), "{prefix} is not in order");
            for Rule { code, title, why, .. } in table {
                let number = code.strip_prefix(prefix).unwrap_or_default();
                assert!(number.len() == 3 && number.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
                assert!(!title.is_empty() && !title.ends_with(['.', ' ']), "{code}: {title}");
                assert!(why.len() > 20 && why.ends_with('.'), "{code}: {why}");
            }
        }
    }

    /// A rule that no test or expected message names could stop to fire, and nobody would see it.
    #[test]
    fn every_rule_is_named_in_a_test() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut tests = String::new();
        read_tests(&root.join("src"), &mut tests);
        read_tests(&root.join("tests"), &mut tests);
        for folder in ["../tests/tests", "../tests/cases"] {
            // The crate is published without them.
            if !root.join(folder).is_dir() {
                return;
            }
            read_tests(&root.join(folder), &mut tests);
        }
        let untested: Vec<_> = all().map(|rule| rule.code).filter(|code| !tests.contains(code)).collect();
        assert_eq!(untested, [""; 0]);
    }

    /// The tests of a folder and those below it: their files, what stands behind `#[cfg(test)]` in others, and expected messages.
    fn read_tests(folder: &Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read_tests(&path, into);
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy();
            let text = || std::fs::read_to_string(&path).unwrap();
            let in_tests = path.parent().is_some_and(|folder| folder.ends_with("tests"));
            if name == "stderr.txt" || name.ends_with("tests.rs") || in_tests {
                *into += &text();
            } else if name.ends_with(".rs") {
                let opens = |part: &&str| part.lines().next().is_some_and(|line| line.ends_with('{'));
                into.extend(text().split("#[cfg(test)]\n").skip(1).filter(opens));
            }
        }
    }

    #[test]
    fn codes_are_in_order_and_told_once() {
        let codes: Vec<_> = all().map(|rule| rule.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), codes.len());
        assert_eq!(rule("syn001").map(|rule| rule.code), Some("SYN001"));
        assert!(rule("SYN000").is_none());
    }
}
