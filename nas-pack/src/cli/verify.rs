use std::path::Path;

use nas_pack::diagnostic::{Diagnostic, Level};
use nas_pack::lint::{self, Outcome, Ran, Shell as ScriptShell, Verification};
use nas_pack::toolchain::Home;
use nas_pack::vendor::open;
use serde_json::{Value, json};

use super::shell::Shell;
use super::{Exit, args, render, table};

pub(crate) fn run(command: &args::Verify, shell: &Shell) -> Exit {
    let limits = command.limits.limits();
    let levels = command.levels.levels();
    // Without a home there is still PATH, and without a shell everything else.
    let script_shell = Home::locate().ok().and_then(|home| ScriptShell::find(&home));
    let mut reports = Vec::new();
    let mut approved = true;
    for (index, path) in command.files.iter().enumerate() {
        let verification = match open(path, &limits) {
            Ok(opened) => lint::verify_with(&opened, levels.clone(), script_shell.as_ref()),
            // A package that cannot be read is not approved, and the others still have their turn.
            Err(failure) => Verification { ran: Vec::new(), findings: failure.into_diagnostics() },
        };
        approved &= verification.passed();
        if command.json {
            reports.push(report(path, &verification));
            continue;
        }
        if index > 0 && !shell.is_quiet() {
            shell.print("\n");
        }
        shell.print(&describe(path, &verification, shell.is_quiet()));
        for found in &verification.findings {
            shell.show(found);
        }
    }
    if command.json {
        shell.print(&super::json(&reports));
    }
    if approved { Exit::Done } else { Exit::Failed }
}

fn count(findings: &[Diagnostic], level: Level) -> usize {
    findings.iter().filter(|found| found.level == level).count()
}

/// The verdict and, unless it shall be short, what ran.
fn describe(path: &Path, verification: &Verification, short: bool) -> String {
    let counted = |level, what: &str| {
        let count = count(&verification.findings, level);
        (count > 0).then(|| table::count(count, what))
    };
    let counts: Vec<_> =
        [counted(Level::Error, "error"), counted(Level::Warning, "warning")].into_iter().flatten().collect();
    let verdict = if verification.passed() { "approved" } else { "not approved" };
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let mut text = format!("{}: {verdict}{counts}\n", path.display());
    if short {
        return text;
    }
    text.push('\n');
    if verification.ran.is_empty() {
        text.push_str("nothing was looked at, since the package cannot be opened\n\n");
        return text;
    }
    let row = |Ran { name, outcome }: &Ran| {
        let outcome = match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Found(count) => table::count(*count, "finding"),
            Outcome::NotRun(reason) => format!("not run: {reason}"),
        };
        vec![(*name).to_owned(), outcome]
    };
    text.push_str(&table::render(&["CHECK", "RESULT"], &verification.ran.iter().map(row).collect::<Vec<_>>(), &[]));
    text.push('\n');
    text
}

fn report(path: &Path, verification: &Verification) -> Value {
    json!({
        "file": path,
        "approved": verification.passed(),
        "ran": verification.ran,
        "findings": verification.findings.iter().map(render::diagnostic_json).collect::<Vec<_>>(),
    })
}
