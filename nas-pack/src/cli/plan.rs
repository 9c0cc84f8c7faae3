use std::collections::BTreeMap;

use nas_pack::diagnostic::Result;
use nas_pack::manifest::Workspace;
use nas_pack::model::VendorId;
use nas_pack::pipeline::{self, Chosen, Explained, Options, Plan, explain};

use super::args;
use super::shell::Shell;
use super::table;

pub(crate) fn run(command: &args::Plan, shell: &Shell) -> Result<()> {
    let workspace = Workspace::load(&command.select.selection())?;
    let options =
        Options { filter: command.wanted.filter(), output: command.wanted.output.clone(), ..Options::default() };
    if command.explain {
        let explained: Vec<_> = workspace.apps.iter().map(|app| explain(&workspace, app, &options)).collect();
        show_explained(&explained, command.json, shell);
        return Ok(());
    }
    let (plans, warnings) = pipeline::plans(&workspace, &options)?;
    for warning in &warnings {
        shell.show(warning);
    }
    show(&plans, command.json, shell);
    Ok(())
}

fn show_explained(apps: &[Explained], json: bool, shell: &Shell) {
    if json {
        shell.print(&super::json(apps));
        return;
    }
    for Explained { values, notes, .. } in apps {
        let differ = values.iter().any(|row| !row.arches.is_empty());
        let rows = values.iter().map(|Chosen { key, arches, value, by }| {
            let arches = arches.iter().map(|arch| arch.name()).collect::<Vec<_>>().join(", ");
            let cells = [Some(key.clone()), differ.then_some(arches), Some(table::clean(value)), Some(by.clone())];
            cells.into_iter().flatten().collect()
        });
        let head = if differ { &["KEY", "ARCH", "VALUE", "CHOSEN BY"][..] } else { &["KEY", "VALUE", "CHOSEN BY"] };
        shell.print(&table::render(head, &rows.collect::<Vec<_>>(), &[]));
        for note in notes {
            shell.print(&format!("\n{note}\n"));
        }
    }
}

/// Prints plans, which is all that a dry run does.
pub(crate) fn show(plans: &[Plan], json: bool, shell: &Shell) {
    if json {
        shell.print(&super::json(plans));
        return;
    }
    for plan in plans {
        shell.print(&format!("{} {}\n\n", plan.cargo_package, plan.version));
        let builds = plan.builds.iter().map(|(arch, target)| vec![arch.to_string(), target.triple.clone()]);
        shell.print(&table::render(&["ARCH", "TARGET"], &builds.collect::<Vec<_>>(), &[]));
        let packages = plan.packages.iter().map(|package| {
            vec![
                package.vendor.to_string(),
                package.device.name.to_owned(),
                package.arch.map_or_else(|| "any".to_owned(), |arch| arch.to_string()),
                package.file.clone(),
            ]
        });
        shell.print("\n");
        shell.print(&table::render(&["VENDOR", "DEVICE", "ARCH", "FILE"], &packages.collect::<Vec<_>>(), &[]));
        shell.print(&format!("\nin {}\n", plan.output.display()));
        if !plan.skipped.is_empty() {
            // Whole vendors are left out for one reason; each reason is told once.
            let mut reasons: BTreeMap<(VendorId, &str), Vec<&str>> = BTreeMap::new();
            for skipped in &plan.skipped {
                reasons.entry((skipped.vendor, &skipped.reason)).or_default().push(skipped.device.name);
            }
            shell.print("\nleft out:\n");
            for ((vendor, reason), devices) in reasons {
                shell.print(&format!("  {vendor} {}: {reason}\n", devices.join(", ")));
            }
        }
    }
}
