use std::time::{Duration, Instant};

use nas_pack::diagnostic::Result;
use nas_pack::manifest::Workspace;
use nas_pack::pipeline::{self, Options, Report};
use nas_pack::progress::Reporter as _;
use nas_pack::toolchain::{CargoOptions, Home};

use super::args::Package;
use super::shell::Shell;
use super::{plan, table};

pub(crate) fn run(command: &Package, shell: &Shell) -> Result<()> {
    let started = Instant::now();
    let workspace = Workspace::load(&command.select.selection())?;
    let options = Options {
        levels: command.levels.levels(),
        filter: command.wanted.filter(),
        output: command.wanted.output.clone(),
        cargo: CargoOptions { quiet: shell.is_quiet(), ..command.build.cargo_options(&command.select) },
        setup: command.setup,
        force: command.force,
    };
    if command.dry_run {
        let (plans, warnings) = pipeline::plans(&workspace, &options)?;
        for warning in &warnings {
            shell.show(warning);
        }
        plan::show(&plans, command.json, shell);
        return Ok(());
    }
    let mut report = pipeline::package(&workspace, &options, &Home::locate()?, shell)?;
    let known: Duration = report.times.iter().map(|(_, took)| *took).sum();
    report.times.insert(0, ("asking cargo".to_owned(), started.elapsed().saturating_sub(known)));
    if command.json {
        shell.print(&super::json(&report.finished));
    } else {
        show(&report, started.elapsed(), shell);
    }
    Ok(())
}

fn show(report: &Report, total: Duration, shell: &Shell) {
    let rows = report.finished.iter().map(|finished| {
        let plan = &finished.plan;
        vec![
            plan.vendor.to_string(),
            plan.device.name.to_owned(),
            plan.arch.map_or_else(|| "any".to_owned(), |arch| arch.to_string()),
            plan.file.clone(),
            table::size(finished.size),
            if finished.fresh { "up to date" } else { "" }.to_owned(),
        ]
    });
    let head = ["VENDOR", "DEVICE", "ARCH", "FILE", "SIZE", ""];
    shell.print(&table::render(&head, &rows.collect::<Vec<_>>(), &[4]));
    shell.print(&format!("\nin {}\n", report.output.display()));
    let left_out = report.skipped.len();
    if left_out > 0 {
        let devices = if left_out == 1 { "1 device is".to_owned() } else { format!("{left_out} devices are") };
        shell.print(&format!("{devices} left out; `cargo nas plan` says why\n"));
    }
    let times: Vec<_> = report.times.iter().map(|(what, took)| format!("{what} {:.2} s", took.as_secs_f64())).collect();
    let fresh = report.finished.iter().filter(|finished| finished.fresh).count();
    let packages = report.finished.len();
    let state = if fresh == packages { ", all up to date".to_owned() } else { String::new() };
    let summary = format!("{packages} packages in {:.2} s{state} ({})", total.as_secs_f64(), times.join(", "));
    shell.status("Finished", &summary);
}
