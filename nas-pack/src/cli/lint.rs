use std::fmt::Write as _;

use nas_pack::diagnostic::{Diagnostic, Level, Result, Rule, Severity};
use nas_pack::lint;
use nas_pack::manifest::Workspace;
use nas_pack::pipeline::{self, Filter, Linted, Options};
use serde_json::json;

use super::shell::Shell;
use super::table;
use super::{Exit, args};

pub(crate) fn run(command: &args::Lint, shell: &Shell) -> Result<Exit> {
    if let Some(code) = &command.explain {
        shell.print(&explain(find(code)?));
        return Ok(Exit::Done);
    }
    if command.list {
        if command.json {
            shell.print(&super::json(&lint::all().collect::<Vec<_>>()));
        } else {
            shell.print(&list());
        }
        return Ok(Exit::Done);
    }
    let workspace = Workspace::load(&command.select.selection())?;
    let options = Options {
        filter: Filter { vendors: command.vendor.clone(), ..Filter::default() },
        levels: command.levels.levels(),
        ..Options::default()
    };
    let linted = pipeline::lint(&workspace, &options)?;
    if command.json {
        shell.print(&super::json(&linted.iter().map(as_json).collect::<Vec<_>>()));
    } else {
        for app in &linted {
            show(app, shell);
        }
    }
    let passes = linted.iter().flat_map(|app| &app.findings).all(|found| found.level != Level::Error);
    Ok(if passes { Exit::Done } else { Exit::Failed })
}

fn find(code: &str) -> Result<&'static Rule> {
    lint::rule(code).ok_or_else(|| {
        Diagnostic::error(format!("there is no rule `{code}`")).help("`cargo nas lint --list` shows the rules").into()
    })
}

fn show(app: &Linted, shell: &Shell) {
    for found in &app.findings {
        shell.show(found);
    }
    let count = |level| app.findings.iter().filter(|found| found.level == level).count();
    let vendors = app.vendors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (errors, warnings) =
        (table::count(count(Level::Error), "error"), table::count(count(Level::Warning), "warning"));
    let mut text = format!("{}: {errors}, {warnings}", app.cargo_package);
    if !vendors.is_empty() {
        let _ = write!(text, "; held against {vendors}");
    }
    text.push('\n');
    for reason in &app.not_run {
        let _ = writeln!(text, "  not looked at: {reason}");
    }
    shell.print(&text);
}

fn list() -> String {
    let rows: Vec<_> = lint::all()
        .map(|rule| vec![rule.code.to_owned(), rule.severity.name().to_owned(), rule.title.to_owned()])
        .collect();
    table::render(&["CODE", "LEVEL", "WHAT IS WRONG"], &rows, &[])
}

fn explain(rule: &Rule) -> String {
    let Rule { code, severity, title, why, device, source } = rule;
    let mut text = format!("{code}: {title}\n\n{why}\n\nlevel: {}", severity.name());
    text.push_str(match severity {
        Severity::Error => ", which cannot be changed\n",
        _ => " (`[package.metadata.nas.lints]`, or --allow, --warn and --deny)\n",
    });
    if !device.is_empty() {
        let _ = writeln!(text, "on the device: {device}");
    }
    if !source.is_empty() {
        let _ = writeln!(text, "source: {source}");
    }
    text
}

fn as_json(app: &Linted) -> serde_json::Value {
    json!({
        "package": app.cargo_package,
        "vendors": app.vendors,
        "findings": app.findings.iter().map(super::render::diagnostic_json).collect::<Vec<_>>(),
        "not-run": app.not_run,
    })
}
