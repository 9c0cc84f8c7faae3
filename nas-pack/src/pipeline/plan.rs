//! What will be made, as a value: computed before anything is built, printed by `cargo nas plan`, and followed by
//! `cargo nas package`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Findings, Levels, Result, place_of};
use crate::hooks::lifecycle::Lifecycle;
use crate::layer::{DECIDED_BEFORE, Layer, Origin, Table, Value};
use crate::lint::levels;
use crate::manifest::{Description, decode};
use crate::model::{App, Arch, Compression, TargetSpec, VendorId};
use crate::vendor::{Device, Icons, Packager, Request, Runs, vendor};

/// What is wanted of what could be made. Empty lists mean everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these vendors.
    pub vendors: Vec<VendorId>,
    /// Only these arches.
    pub arches: Vec<Arch>,
    /// Only these devices, by the vendors' names.
    pub devices: Vec<String>,
}

/// Everything that will be made of one app.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// The Cargo package.
    pub cargo_package: String,
    /// The app's version in Cargo.
    pub version: String,
    /// Where the packages go.
    pub output: PathBuf,
    /// The Cargo binaries that are packed.
    pub binaries: Vec<String>,
    /// What is compiled for each arch.
    pub builds: BTreeMap<Arch, TargetSpec>,
    /// What is packed.
    pub packages: Vec<PlannedPackage>,
    /// Which devices are left out, and why.
    pub skipped: Vec<Skipped>,
}

/// One package.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedPackage {
    /// Its format.
    pub vendor: VendorId,
    /// What it is for.
    #[serde(serialize_with = "device_name")]
    pub device: &'static Device,
    /// The arch of its binaries; `None` if it has none.
    pub arch: Option<Arch>,
    /// The version as the vendor writes it.
    pub version: String,
    /// The finished file, below the output folder.
    pub file: String,
}

/// A device that gets no package.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Skipped {
    /// Its vendor.
    pub vendor: VendorId,
    /// The device.
    #[serde(serialize_with = "device_name")]
    pub device: &'static Device,
    /// Why.
    pub reason: String,
}

impl Plan {
    /// Puts what was planned for one arch alone in the place of what stands here for it.
    pub(crate) fn replace(&mut self, arch: Arch, own: Self) {
        self.packages.retain(|package| package.arch != Some(arch));
        self.packages.extend(own.packages);
        // Vendors in their order, and within a vendor its devices in the order of its table.
        self.packages.sort_by_key(|package| {
            let place = vendor(package.vendor).devices().iter().position(|device| device == package.device);
            (package.vendor, place)
        });
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference to the field")]
fn device_name<S: serde::Serializer>(device: &&'static Device, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(device.name)
}

/// What all apps, vendors and arches of one run have in common.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) filter: &'a Filter,
    pub(crate) levels: &'a Levels,
    pub(crate) compression: Option<Compression>,
    pub(crate) epoch: u32,
    pub(crate) icons: Icons,
}

/// An app as one vendor packages it.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) app: App,
    pub(crate) merged: Table,
    pub(crate) packager: Box<dyn Packager>,
}

impl Run<'_> {
    /// Lays over a merged description what the run says itself: stronger than what any layer says, for a vendor alone too.
    fn overlay(&self, mut merged: Table) -> Table {
        if let Some(compression) = self.compression {
            let origin = Origin::CommandLine { flag: format!("--compression {compression}") };
            merged.set("compression", Value { kind: compression.into(), origin });
        }
        merged
    }
}

/// Reads the description for each of the app's vendors and holds it against their rules.
pub(crate) fn prepare(description: &Description, run: &Run<'_>, findings: &Findings) -> BTreeMap<VendorId, Prepared> {
    let Run { filter, epoch, icons, .. } = run;
    let mut prepared = BTreeMap::new();
    let general = run.overlay(description.merged());
    findings.take_as(levels_of(&general, run, findings));
    let Some(app) = decode(&general, description, findings) else { return prepared };
    check_events(&app, &general, findings);
    let wanted = |id: &VendorId| filter.vendors.is_empty() || filter.vendors.contains(id);
    for id in app.vendors.into_iter().filter(wanted) {
        let merged = run.overlay(description.merged_for(id));
        let Some(app) = decode(&merged, description, findings) else { continue };
        let dir = &description.manifest_dir;
        let request = Request { app: &app, layer: &merged, dir, findings, icons, epoch: *epoch };
        let packager = vendor(id).check(&request);
        prepared.extend(packager.map(|packager| (id, Prepared { app, merged, packager })));
    }
    prepared
}

/// What is compiled of an app, whatever is packaged of it in the end: known before its vendors are. `None` if nothing is compiled, or
/// the description cannot be read, which preparing it tells.
pub(crate) fn targets(description: &Description, filter: &Filter) -> Option<BTreeMap<Arch, TargetSpec>> {
    let App { mut targets, binaries, .. } = decode(&description.merged(), description, &Findings::new())?;
    targets.retain(|arch, _| filter.arches.is_empty() || filter.arches.contains(arch));
    Some(targets).filter(|targets| !targets.is_empty() && !binaries.is_empty())
}

/// How findings about an app are taken: as it says itself, and above that as the run says.
pub(crate) fn levels_of(merged: &Table, run: &Run<'_>, findings: &Findings) -> Levels {
    let mut levels = levels(merged, findings);
    levels.overlay(run.levels);
    levels
}

/// Events of one vendor only are fine in a manifest for several; steps that would never run anywhere are not.
fn check_events(app: &App, merged: &Table, findings: &Findings) {
    for (event, _) in app.hooks.iter() {
        let hosts = |lifecycle: &Lifecycle| lifecycle.hosts(event).next().is_some();
        if app.vendors.iter().any(|&id| vendor(id).lifecycles().into_iter().any(hosts)) {
            continue;
        }
        let found = Diagnostic::error(format!("no vendor of this app has the event `{event}`"));
        findings.push(
            found
                .at(&place_of(merged, &format!("hooks.{event}")))
                .label("these steps would never run")
                .help("remove them, or add a vendor that has the event"),
        );
    }
}

/// The plan for an app whose vendors are prepared.
pub(crate) fn plan(
    description: &Description,
    prepared: &BTreeMap<VendorId, Prepared>,
    output: PathBuf,
    filter: &Filter,
) -> Result<Plan> {
    let mut plan = Plan {
        cargo_package: description.cargo_package.clone(),
        version: String::new(),
        output,
        binaries: Vec::new(),
        builds: BTreeMap::new(),
        packages: Vec::new(),
        skipped: Vec::new(),
    };
    for (&id, Prepared { app, packager, .. }) in prepared {
        plan.version = app.version.to_string();
        plan.binaries.clone_from(&app.binaries);
        for device in vendor(id).devices() {
            let arch = match fate(id, device, app, &**packager, filter) {
                Fate::Packed(arch) => arch,
                Fate::LeftOut(reason) => {
                    plan.skipped.push(Skipped { vendor: id, device, reason });
                    continue;
                }
                Fate::NotMeant => continue,
            };
            if let Some((arch, target)) = arch.and_then(|arch| Some((arch, app.targets.get(&arch)?))) {
                plan.builds.insert(arch, target.clone());
            }
            plan.packages.push(PlannedPackage {
                vendor: id,
                device,
                arch,
                version: packager.version().to_owned(),
                file: match id.folder() {
                    Some(folder) => format!("{folder}/{}", packager.file_name(device)),
                    None => packager.file_name(device),
                },
            });
        }
    }
    for name in &filter.devices {
        check_device(name, prepared)?;
    }
    if plan.packages.is_empty() {
        let mut reasons: Vec<(VendorId, &str, Vec<&str>)> = Vec::new();
        for Skipped { vendor, device, reason } in &plan.skipped {
            match reasons.iter_mut().find(|(known, why, _)| (known, *why) == (vendor, reason)) {
                Some((_, _, devices)) => devices.push(device.name),
                None => reasons.push((*vendor, reason, vec![device.name])),
            }
        }
        let nothing = reasons
            .into_iter()
            .fold(Diagnostic::error("there is nothing to package"), |nothing, (vendor, reason, devices)| {
                nothing.note(format!("{vendor} {}: {reason}", devices.join(", ")))
            });
        return Err(nothing.help("check `vendors` and `targets`, and --vendor, --arch and --device").into());
    }
    Ok(plan)
}

/// What becomes of a device in a plan.
enum Fate {
    /// A package is made, with binaries of this arch or with none.
    Packed(Option<Arch>),
    /// None is made, for this reason.
    LeftOut(String),
    /// Nobody expects one.
    NotMeant,
}

fn fate(id: VendorId, device: &Device, app: &App, packager: &dyn Packager, filter: &Filter) -> Fate {
    let asked = filter.devices.iter().any(|name| name.eq_ignore_ascii_case(device.name));
    if !asked && (!filter.devices.is_empty() || !takes_generation(id, packager, device.generation)) {
        return Fate::NotMeant;
    }
    // One package for every model, where the vendor has such a thing, is for apps without binaries and for them alone.
    let has_binaries = !app.binaries.is_empty();
    let arch = match device.runs {
        Runs::Any if has_binaries && asked => return Fate::LeftOut("it is for apps without binaries".to_owned()),
        Runs::Any if has_binaries => return Fate::NotMeant,
        Runs::Arch(_) | Runs::Nothing(_) if !has_binaries && !asked && stands_for_all(id, device) => {
            return Fate::NotMeant;
        }
        Runs::Nothing(reason) => return Fate::LeftOut(reason.to_owned()),
        Runs::Arch(arch) if has_binaries => Some(arch),
        Runs::Any | Runs::Arch(_) => None,
    };
    if let Err(reason) = packager.takes(device) {
        return Fate::LeftOut(reason);
    }
    match arch {
        Some(arch) if !filter.arches.is_empty() && !filter.arches.contains(&arch) => Fate::NotMeant,
        Some(arch) if !app.targets.contains_key(&arch) => Fate::LeftOut(format!("`targets` leaves {arch} out")),
        arch => Fate::Packed(arch),
    }
}

/// Whether a generation of firmware is one that the author packages for: of another, nobody wants to hear.
fn takes_generation(id: VendorId, packager: &dyn Packager, generation: &str) -> bool {
    let wanted = |device: &&Device| packager.takes(device).is_ok();
    let mut devices = vendor(id).devices().iter().filter(wanted).peekable();
    devices.peek().is_none() || devices.any(|device| device.generation == generation)
}

/// Whether another device of the same firmware stands for every model.
fn stands_for_all(id: VendorId, device: &Device) -> bool {
    vendor(id).devices().iter().any(|other| other.runs == Runs::Any && other.generation == device.generation)
}

/// Makes sure that a device that was asked for is one of a vendor that is packaged for.
fn check_device(name: &str, prepared: &BTreeMap<VendorId, Prepared>) -> Result<()> {
    let has = |id: &VendorId| vendor(*id).devices().iter().any(|device| device.name.eq_ignore_ascii_case(name));
    if prepared.keys().any(has) {
        return Ok(());
    }
    if let Some(id) = VendorId::ALL.iter().find(|id| has(id)) {
        return Err(Diagnostic::error(format!("`{name}` is a device of {id}, for which nothing is packaged"))
            .help("check `vendors` and --vendor")
            .into());
    }
    let unknown = Diagnostic::error(format!("unknown device `{name}`"));
    let devices = prepared.keys().flat_map(|&id| vendor(id).devices()).map(|device| device.name);
    Err(match crate::manifest::nearest(name, devices) {
        Some(near) => unknown.help(format!("a device with a similar name exists: `{near}`")),
        None => unknown.help("`cargo nas plan` lists the devices"),
    }
    .into())
}

/// Adds what the app's build script said. It speaks after cargo was told what to build, so it cannot change that.
pub(crate) fn with_recipe(description: &Description, recipe: Layer, findings: &Findings) -> Description {
    for key in DECIDED_BEFORE {
        if let Some(entry) = recipe.entry(key) {
            let late = Diagnostic::error(format!("a build script cannot set `{key}`")).at(&entry.value.origin);
            findings.push(late.label("this is decided before build scripts run").help("set it in Cargo.toml"));
        }
    }
    let mut amended = description.clone();
    amended.layers.push(recipe);
    amended
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dsl;
    use crate::model::Binaries;

    fn lamp(binaries: &Binaries) -> Description {
        let app = dsl::App::new("lamp").version("1.2.3").description("A lamp").maintainer("Ann <ann@example.com>");
        Description::new(app, Path::new("/lamp"), binaries)
    }

    #[test]
    fn whatever_is_compiled_was_known_before() {
        let description = lamp(&Binaries::new().with(Arch::X86_64, "lamp"));
        let levels = Levels::default();
        let filters = [
            Filter::default(),
            Filter { arches: vec![Arch::Armhf], ..Filter::default() },
            Filter { vendors: vec![VendorId::WdOs3], ..Filter::default() },
            Filter { devices: vec!["MyCloudPR4100".to_owned()], ..Filter::default() },
        ];
        let known: Vec<usize> = filters
            .iter()
            .map(|filter| {
                let known = targets(&description, filter).unwrap();
                let findings = Findings::new();
                let run = Run { filter, levels: &levels, compression: None, epoch: 0, icons: Icons::default() };
                let prepared = prepare(&description, &run, &findings);
                findings.finish().unwrap();
                let plan = plan(&description, &prepared, PathBuf::new(), filter).unwrap();
                assert!(plan.builds.iter().all(|(arch, target)| known.get(arch) == Some(target)), "{filter:?}");
                known.len()
            })
            .collect();
        assert_eq!(known, [3, 1, 3, 3]);
        assert_eq!(targets(&lamp(&Binaries::new()), &Filter::default()), None);
    }
}
