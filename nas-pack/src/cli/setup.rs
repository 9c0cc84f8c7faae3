use nas_pack::diagnostic::Result;
use nas_pack::manifest::Workspace;
use nas_pack::pipeline::{self, Compilers};
use nas_pack::progress::Reporter as _;
use nas_pack::toolchain::tools::{self, Tool};
use nas_pack::toolchain::{Cleaned, Home};

use super::args::Setup;
use super::shell::Shell;

pub(crate) fn run(command: &Setup, shell: &Shell) -> Result<()> {
    let home = Home::locate()?;
    if command.clean {
        match home.clean(shell)? {
            Cleaned::Removed(folder) => shell.status("Removed", &folder.display().to_string()),
            Cleaned::Absent(folder) => shell.status("Removed", &format!("nothing: there is no `{}`", folder.display())),
        }
        return Ok(());
    }
    let wanted: Vec<Tool> = command.tool.iter().flat_map(|tool| tool.tools()).collect();
    for (tool, path) in wanted.iter().zip(tools::ensure(&home, &wanted, command.targets.select.is_offline(), shell)?) {
        shell.status("Ready", &format!("{} ({})", tool.name(), path.display()));
    }
    let workspace = Workspace::load(&command.targets.select.selection())?;
    let options = command.targets.options();
    let (plans, _) = pipeline::plans(&workspace, &options)?;
    for (app, plan) in workspace.apps.iter().zip(&plans) {
        let mut compilers = Compilers::survey(app, plan, &options.cargo, &home)?;
        for need in compilers.setup(&home, shell)? {
            shell.status("Installed", &need.to_string());
        }
        for (target, choice) in &compilers.targets {
            shell.status("Ready", &format!("{} ({})", target.triple, choice.strategy));
        }
    }
    Ok(())
}
