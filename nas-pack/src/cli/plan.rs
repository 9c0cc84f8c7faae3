use std::collections::BTreeMap;

use nas_pack::diagnostic::Result;
use nas_pack::manifest::Workspace;
use nas_pack::model::VendorId;
use nas_pack::pipeline::{self, Options, Plan, explain};

use super::args;
use super::shell::Shell;
use super::table;

pub(crate) fn run(command: &args::Plan, shell: &Shell) -> Result<()> {
    let workspace = Workspace::load(&command.select.selection())?;
    let options =
        Options { filter: command.wanted.filter(), output: command.wanted.output.clone(), ..Options::default() };
    if command.explain {
        let vendor = match options.filter.vendors[..] {
            [vendor] => Some(vendor),
            _ => None,
        };
        for app in &workspace.apps {
            let rows: Vec<_> =
                explain(app, vendor).into_iter().map(|row| vec![row.key, table::clean(&row.value), row.by]).collect();
            shell.print(&table::render(&["KEY", "VALUE", "CHOSEN BY"], &rows, &[]));
        }
        return Ok(());
    }
    let (plans, warnings) = pipeline::plans(&workspace, &options)?;
    for warning in &warnings {
        shell.show(warning);
    }
    show(&plans, command.json, shell);
    Ok(())
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
