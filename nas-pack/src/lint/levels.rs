//! `[package.metadata.nas.lints]`: a rule's code, and how its findings are taken.

use super::{all, rule};
use crate::diagnostic::{Diagnostic, Findings, Levels, Severity};
use crate::layer::{Kind, Table, Value};
use crate::manifest::{Mismatch, Read, Section, nearest};

impl Read for Severity {
    const EXPECTED: &'static str = "`allow`, `warn` or `deny`";

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let name = String::read(value)?;
        let known = [Self::Allow, Self::Warn, Self::Deny].into_iter().find(|severity| severity.name() == name);
        known.ok_or_else(|| Mismatch::content(format!("unknown level `{name}`")))
    }
}

/// Reads the section of a merged description.
pub(crate) fn levels(merged: &Table, findings: &Findings) -> Levels {
    let mut levels = Levels::default();
    let Some(Kind::Table(table)) = merged.get("lints").map(|value| &value.kind) else { return levels };
    let section = Section::new(table, "lints", findings);
    for (code, entry) in table.iter() {
        let Some(rule) = rule(code).filter(|rule| rule.code == code) else {
            let unknown = Diagnostic::error(format!("there is no rule `{code}`")).at(&entry.key).label("no such rule");
            findings.push(match nearest(&code.to_uppercase(), all().map(|rule| rule.code)) {
                Some(near) => unknown.help(format!("a rule with a similar code exists: `{near}`")),
                None => unknown.help("`cargo nas lint --list` shows the rules"),
            });
            continue;
        };
        let Some(severity) = section.value::<Severity>(code, &entry.value) else { continue };
        if rule.severity == Severity::Error && severity != Severity::Deny {
            findings.push(
                Diagnostic::error(format!("`{code}` cannot be set to `{}`", severity.name()))
                    .at(&entry.value.origin)
                    .label("nothing to choose here")
                    .note(format!("{}: there is no package that a device takes with that", rule.title)),
            );
        }
        levels.set(rule, severity);
    }
    levels
}
