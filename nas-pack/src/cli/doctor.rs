use nas_pack::diagnostic::{Diagnostic, Result};
use nas_pack::manifest::Workspace;
use nas_pack::pipeline::{self, Compilers};
use nas_pack::toolchain::Home;
use serde_json::json;

use super::args::Doctor;
use super::shell::Shell;
use super::table;

pub(crate) fn run(command: &Doctor, shell: &Shell) -> Result<()> {
    let workspace = Workspace::load(&command.targets.select.selection())?;
    let options = command.targets.options();
    let home = Home::locate()?;
    let (plans, _) = pipeline::plans(&workspace, &options)?;
    let mut ready = true;
    for (app, plan) in workspace.apps.iter().zip(&plans) {
        let compilers = Compilers::survey(app, plan, &options.cargo, &home)?;
        ready &= compilers.targets.iter().all(|(_, choice)| choice.is_ready());
        if command.json {
            let targets: Vec<_> =
                compilers.targets.iter().map(|(target, choice)| json!({"target": target, "choice": choice})).collect();
            let found = json!({"app": app.cargo_package, "survey": compilers.survey, "targets": targets});
            shell.print(&super::json(&found));
        } else {
            shell.print(&describe(&app.cargo_package, &compilers, &home));
        }
    }
    if ready {
        return Ok(());
    }
    Err(Diagnostic::error("some targets cannot be built on this machine yet")
        .help("`cargo nas setup` installs what is missing; it needs no root")
        .into())
}

fn describe(app: &str, compilers: &Compilers, home: &Home) -> String {
    let Compilers { survey, targets, project } = compilers;
    let or_none = |path: Option<String>| path.unwrap_or_else(|| "not found".to_owned());
    let mut facts = vec![
        ("rustc", format!("{} ({})", survey.rustc.version, survey.rustc.program.display())),
        ("linker for this machine", or_none(survey.host_linker.as_ref().map(|path| path.display().to_string()))),
        ("zig", or_none(survey.zig.as_ref().map(|zig| zig.zig.display().to_string()))),
        ("source of std", or_none(survey.rust_src.as_ref().map(|path| path.display().to_string()))),
        ("folder of cargo nas", home.path().display().to_string()),
    ];
    let compiles_c = match project.c.chains.first() {
        Some(chain) => format!("yes: {chain}"),
        None => "no".to_owned(),
    };
    facts.push(("compiles C", compiles_c));

    let mut text = format!("{app}\n\n");
    for (what, found) in facts {
        text.push_str(&format!("  {what:<24} {found}\n"));
    }
    text.push('\n');
    let rows = targets.iter().map(|(target, choice)| {
        let state = if choice.is_ready() { "ready" } else { "missing" };
        vec![target.triple.clone(), state.to_owned(), choice.strategy.to_string()]
    });
    text.push_str(&table::render(&["TARGET", "STATE", "BUILT WITH"], &rows.collect::<Vec<_>>(), &[]));
    for (target, choice) in targets {
        text.push_str(&format!("\n{}: {}\n", target.triple, choice.reason));
        for (strategy, against) in &choice.rejected {
            text.push_str(&format!("  not {strategy}: {against}\n"));
        }
        for need in &choice.missing {
            text.push_str(&format!("  missing: {need} ({})\n", need.fix(survey)));
        }
    }
    text
}
