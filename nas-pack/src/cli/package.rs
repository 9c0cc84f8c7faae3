use std::time::{Duration, Instant};

use nas_pack::diagnostic::Result;
use nas_pack::manifest::Workspace;
use nas_pack::model::Arch;
use nas_pack::pipeline::{self, Finished, Options, Report};
use nas_pack::progress::Reporter as _;
use nas_pack::simulate;
use nas_pack::toolchain::{CargoOptions, Home};

use serde_json::{Value, json};

use super::args::Package;
use super::life::Played;
use super::shell::Shell;
use super::simulate::{packages, set_up};
use super::{Exit, plan, table};

pub(crate) fn run(command: &Package, shell: &Shell) -> Result<Exit> {
    let started = Instant::now();
    let workspace = Workspace::load(&command.select.selection())?;
    let options = Options {
        levels: command.levels.levels(),
        filter: command.wanted.filter(),
        output: command.wanted.output.clone(),
        cargo: CargoOptions { quiet: shell.is_quiet(), ..command.build.cargo_options(&command.select) },
        setup: command.setup,
        compression: command.compression,
        force: command.force,
    };
    if command.dry_run {
        let (plans, warnings) = pipeline::plans(&workspace, &options)?;
        for warning in &warnings {
            shell.show(warning);
        }
        plan::show(&plans, command.json, shell);
        return Ok(Exit::Done);
    }
    let home = Home::locate()?;
    let simulation = if command.simulate { Some(simulation(command, &home, shell)?) } else { None };
    let mut report = pipeline::package(&workspace, &options, &home, shell)?;
    let known: Duration = report.times.iter().map(|(_, took)| *took).sum();
    report.times.insert(0, ("asking cargo".to_owned(), started.elapsed().saturating_sub(known)));
    let took = started.elapsed();
    if !command.json {
        show(&report, took, shell);
    }
    let Some(simulation) = simulation else {
        if command.json {
            shell.print(&super::json(&report.finished));
        }
        return Ok(Exit::Done);
    };
    let packages = report.finished.iter().filter(|package| command.every || is_first(package, &report.finished));
    let played = Played::play(packages.map(|package| package.path.clone()).collect(), &simulation, shell)?;
    if command.json {
        shell.print(&super::json(&with_lives(&report, &played)));
    } else {
        shell.print("\n");
        played.show(false, shell);
        let same = report.finished.len() - played.len();
        if same > 0 {
            let others = table::count(same, "package");
            shell.print(&format!("not played: {others} of models that get the same content; --every plays all\n"));
        }
    }
    if let Some(file) = &command.junit {
        played.write_junit(file)?;
    }
    Ok(played.exit())
}

/// Whether a package is the first of those with the same content: what one firmware's models of one arch get differs only in what it
/// says of itself.
fn is_first(package: &Finished, finished: &[Finished]) -> bool {
    let content = |Finished { plan, .. }: &Finished| {
        let name = plan.file.replacen(plan.device.name, "", 1);
        (plan.vendor, plan.device.generation, plan.arch, name)
    };
    let first = finished.iter().find(|other| content(other) == content(package));
    first.is_some_and(|first| first.path == package.path)
}

/// What is needed to play lives, which is better missed before anything is compiled.
fn simulation(command: &Package, home: &Home, shell: &Shell) -> Result<simulate::Options> {
    if command.setup {
        let arches = command.wanted.filter().arches;
        let arches = if arches.is_empty() { Arch::ALL.to_vec() } else { arches };
        set_up(home, arches, command.select.is_offline(), shell)?;
    }
    Ok(simulate::Options {
        from: packages(&command.from)?,
        levels: command.levels.levels(),
        ..simulate::Options::find(home)?
    })
}

/// What was packed, each with what came of its life: null where it was not played.
fn with_lives(report: &Report, played: &Played) -> Vec<Value> {
    let with_life = |package: &Finished| {
        let mut packed = json!(package);
        packed["simulated"] = played.json_of(&package.path);
        packed
    };
    report.finished.iter().map(with_life).collect()
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

#[cfg(test)]
mod tests {
    use nas_pack::model::VendorId;
    use nas_pack::pipeline::PlannedPackage;
    use nas_pack::vendor::vendor;

    use super::*;

    #[test]
    fn of_models_with_the_same_content_one_is_played() {
        let made = |id: VendorId, name: &str, file: &str| {
            let device = vendor(id).devices().iter().find(|device| device.name == name).unwrap();
            let version = "1.2.3".to_owned();
            let plan = PlannedPackage { vendor: id, device, arch: device.arch(), version, file: file.to_owned() };
            Finished { plan, path: file.into(), size: 1, fresh: false }
        };
        let finished = [
            made(VendorId::Asustor, "x86-64", "lamp_1.2.3_x86-64.apk"),
            made(VendorId::Synology, "x86_64", "lamp-x86_64-1.2.3-9000.spk"),
            made(VendorId::Synology, "dsm6-x86_64", "lamp-dsm6-x86_64-1.2.3-9000.spk"),
            made(VendorId::WdOs5, "MyCloudPR2100", "wd-os5/MyCloudPR2100_lamp_1.2.3.bin"),
            made(VendorId::WdOs5, "MyCloudPR4100", "wd-os5/MyCloudPR4100_lamp_1.2.3.bin"),
            made(VendorId::WdOs5, "MyCloudEX2Ultra", "wd-os5/MyCloudEX2Ultra_lamp_1.2.3.bin"),
            made(VendorId::WdOs5, "MyCloudPR4100", "wd-os5/MyCloudPR4100_fan_1.2.3.bin"),
            made(VendorId::WdOs3, "MyCloudPR4100", "wd-os3/MyCloudPR4100_lamp_1.2.3.bin"),
        ];
        let left_out: Vec<_> = finished.iter().filter(|package| !is_first(package, &finished)).collect();
        assert_eq!(
            left_out.iter().map(|package| &*package.plan.file).collect::<Vec<_>>(),
            ["wd-os5/MyCloudPR4100_lamp_1.2.3.bin"]
        );
    }
}
