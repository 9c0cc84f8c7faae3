//! Rules over apps, files and binaries. Each has a code, a level and an explanation; the vendors' own rules are in their folders.

pub mod advice;
mod audit;
pub mod elf;
mod levels;
pub mod rules;

use crate::diagnostic::{Diagnostic, Levels, Rule};
use crate::model::VendorId;
use crate::vendor::{Opened, vendor};

pub use audit::{Audit, Outcome, Ran};
pub(crate) use levels::levels;

/// What became of a package's verification.
#[derive(Debug)]
pub struct Verification {
    /// What was looked at, in order.
    pub ran: Vec<Ran>,
    /// What was found.
    pub findings: Vec<Diagnostic>,
}

/// Holds an opened package against every rule that its bytes can be held against.
pub fn verify(package: &Opened, levels: Levels) -> Verification {
    let mut audit = Audit::new(package, levels);
    vendor(package.vendor).verify(&mut audit);
    let (ran, findings) = audit.finish();
    Verification { ran, findings }
}

/// Every rule there is: those for every vendor, then each vendor's own.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let mut seen: Vec<&str> = Vec::new();
    let own = VendorId::ALL.into_iter().flat_map(|id| vendor(id).rules().iter());
    // Two of the vendors share theirs.
    rules::RULES.iter().chain(advice::RULES).chain(own).copied().filter(move |rule| {
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
mod tests {
    use std::path::Path;

    use super::*;

    /// The manual's page of rules is this one. `BLESS=1 cargo test` writes it.
    #[test]
    fn the_manual_has_every_rule() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/rules.md");
        let part = |prefix: &str| all().filter(|rule| rule.code.starts_with(prefix)).map(told).collect::<String>();
        let parts = [("nas", "NAS"), ("asustor", "AST"), ("synology", "SYN"), ("wd", "WD")];
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
