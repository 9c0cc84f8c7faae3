use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use nas_pack::archive::read::Limits;
use nas_pack::diagnostic::{Levels, Rule, Severity};
use nas_pack::manifest::Selection;
use nas_pack::model::{Arch, Compression, VendorId};
use nas_pack::pipeline::{Filter, Options};
use nas_pack::simulate::Scene;
use nas_pack::toolchain::CargoOptions;
use nas_pack::toolchain::tools::Tool;

/// What cargo passes on.
#[derive(Debug, Parser)]
#[command(name = "cargo", bin_name = "cargo", styles = clap_cargo::style::CLAP_STYLING)]
pub(crate) enum Cargo {
    Nas(Nas),
}

/// Package Rust daemons for NAS boxes: ASUSTOR, Synology, WD My Cloud
#[derive(Debug, Args)]
#[command(version)]
pub(crate) struct Nas {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say nothing but what went wrong and what was asked for
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// Coloring
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Cross-compile the app and write its packages
    Package(Package),
    /// Show what would be built and packed, and why, without compiling
    Plan(Plan),
    /// Hold the app against every rule, without compiling
    Lint(Lint),
    /// Show what is in a package of any vendor and origin
    Inspect(Inspect),
    /// Show what is different between two packages, of one vendor or of two
    #[command(after_help = "Exit code 0 if they are the same, 1 if they differ, 2 if they cannot be compared.")]
    Diff(Diff),
    /// Hold packages of any vendor and origin against the rules
    Verify(Verify),
    /// Play packages' whole lives in a sandbox, as the vendors' firmwares would
    #[command(after_help = "Exit code 0 only if every scene of every package was played and passed.")]
    Simulate(Simulate),
    /// List, show and write out the templates that the scripts are made from
    Templates(Templates),
    /// Show which compiler and tools each target would be built with, and what is missing
    Doctor(Doctor),
    /// Install what the targets lack into a cache folder of its own
    Setup(Setup),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Decides for every stream of this process.
    pub(crate) fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Debug, Args)]
pub(crate) struct Package {
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) build: Build,
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    #[command(flatten)]
    pub(crate) levels: RuleLevels,

    /// First install what the targets lack, as `cargo nas setup` does
    #[arg(long)]
    pub(crate) setup: bool,
    /// Show the plan and stop
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Spend this much time on making packages small, whatever the app says
    #[arg(long, value_name = "HOW", value_parser = one_of::<Compression>(&Compression::ALL.map(Compression::name)))]
    pub(crate) compression: Option<Compression>,
    /// Pack again what is up to date
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Then play the lives of the packages, of models with the same content one
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) simulate: bool,
    /// Play the lives of all of them
    #[arg(long, requires = "simulate")]
    pub(crate) every: bool,
    /// An older package to upgrade from, or a folder with older packages
    #[arg(long, value_name = "OLD", requires = "simulate")]
    pub(crate) from: Vec<PathBuf>,
    /// Also write what came of the lives as JUnit's XML
    #[arg(long, value_name = "FILE", requires = "simulate")]
    pub(crate) junit: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) wanted: Wanted,

    /// Print the plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Show who chose each value, the build script as of the last `package`; with one --vendor, as that vendor sees it
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Lint {
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) levels: RuleLevels,

    /// Only this vendor
    #[arg(long, value_name = "VENDOR", value_parser = one_of::<VendorId>(&VendorId::ALL.map(VendorId::name)))]
    pub(crate) vendor: Vec<VendorId>,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// List every rule with its level
    #[arg(long, conflicts_with_all = ["explain"])]
    pub(crate) list: bool,
    /// Tell what a rule is for, what the device says and what to do
    #[arg(long, value_name = "CODE")]
    pub(crate) explain: Option<String>,
}

/// How findings of rules are taken.
#[derive(Debug, Args)]
pub(crate) struct RuleLevels {
    /// Say nothing of this rule
    #[arg(long, short = 'A', value_name = "CODE", value_parser = one_of_the_rules)]
    allow: Vec<&'static Rule>,
    /// Only warn of this rule
    #[arg(long, short = 'W', value_name = "CODE", value_parser = one_of_the_rules)]
    warn: Vec<&'static Rule>,
    /// Let nothing pass that this rule is against, or `warnings` for every warning
    #[arg(long, short = 'D', value_name = "CODE", value_parser = denied)]
    deny: Vec<Denied>,
}

/// What `--deny` names.
#[derive(Clone, Copy, Debug)]
enum Denied {
    Rule(&'static Rule),
    Warnings,
}

impl RuleLevels {
    /// The levels. Of what is given twice, the stricter counts.
    pub(crate) fn levels(&self) -> Levels {
        let mut levels = Levels::default();
        self.allow.iter().for_each(|rule| levels.set(rule, Severity::Allow));
        self.warn.iter().for_each(|rule| levels.set(rule, Severity::Warn));
        for denied in &self.deny {
            match denied {
                Denied::Rule(rule) => levels.set(rule, Severity::Deny),
                Denied::Warnings => levels.deny_warnings(),
            }
        }
        levels
    }
}

fn denied(name: &str) -> Result<Denied, String> {
    if name == "warnings" { Ok(Denied::Warnings) } else { one_of_the_rules(name).map(Denied::Rule) }
}

fn one_of_the_rules(code: &str) -> Result<&'static Rule, String> {
    nas_pack::lint::rule(code).ok_or_else(|| "there is no such rule; `cargo nas lint --list` shows them".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Packages, whatever they are called
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Print everything as JSON
    #[arg(long, conflicts_with_all = ["tree", "cat", "extract"])]
    pub(crate) json: bool,
    /// Show only the files
    #[arg(long, conflicts_with_all = ["cat", "extract"])]
    pub(crate) tree: bool,
    /// Write one of the package's files to standard output
    #[arg(long, value_name = "PATH", conflicts_with = "extract")]
    pub(crate) cat: Option<String>,
    /// Write the package's files into a folder that is empty or not there yet
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) extract: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: Limited,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// A package
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,
    /// The package to compare it with, of the same vendor or of another
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,

    /// Print everything as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Also show which lines of texts differ
    #[arg(long)]
    pub(crate) text: bool,
    #[command(flatten)]
    pub(crate) limits: Limited,
}

/// How much a package may hold.
#[derive(Debug, Args)]
pub(crate) struct Limited {
    /// Allow more of something, or less: entries, unpacked, file, path, depth, ratio or memory
    #[arg(long, value_name = "NAME=NUMBER", value_parser = limit)]
    limit: Vec<(String, u64)>,
}

impl Limited {
    pub(crate) fn limits(&self) -> Limits {
        self.limit.iter().fold(Limits::default(), |mut limits, (name, value)| {
            // The command line takes no other names.
            let _ = limits.set(name, *value);
            limits
        })
    }
}

/// Reads `NAME=NUMBER`.
fn limit(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=NUMBER")?;
    let value = value.parse().map_err(|error| format!("`{value}`: {error}"))?;
    Limits::default().set(name, value).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), value))
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Packages, whatever they are called
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) levels: RuleLevels,

    /// Print what ran and what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) limits: Limited,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Packages, whatever they are called, and folders, of which every `.apk`, `.spk` and `.bin` is meant
    #[arg(required = true, value_name = "PACKAGE")]
    pub(crate) packages: Vec<PathBuf>,

    /// An older package to upgrade from, or a folder with older packages
    #[arg(long, value_name = "OLD")]
    pub(crate) from: Vec<PathBuf>,
    /// Play only this scene, with what it needs before it
    #[arg(long, value_name = "SCENE", value_parser = scene())]
    pub(crate) scene: Vec<Scene>,
    /// How many packages are played at the same time [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub(crate) jobs: Option<NonZero<usize>>,
    /// How long a script may take before it counts as hung [default: 120]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// First install what is missing: BusyBox, and what runs other processors' programs
    #[arg(long)]
    pub(crate) setup: bool,
    #[command(flatten)]
    pub(crate) levels: RuleLevels,

    /// Print everything as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write the results as JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Show every script that was run, with what it printed
    #[arg(long, short, conflicts_with = "json")]
    pub(crate) verbose: bool,
    /// Keep the box, to look around in its files
    #[arg(long)]
    pub(crate) keep: bool,
    /// Instead, open a shell in a box where the package is installed and runs
    #[arg(long, conflicts_with_all = ["from", "scene", "jobs", "json", "junit", "verbose", "keep"])]
    pub(crate) shell: bool,
    #[command(flatten)]
    pub(crate) limits: Limited,
}

/// Takes the name of a scene, and tells of each what it plays.
fn scene() -> impl TypedValueParser<Value = Scene> {
    let values = Scene::ALL.map(|scene| PossibleValue::new(scene.name()).help(scene.plays()));
    PossibleValuesParser::new(values).try_map(|name| name.parse())
}

/// Reads a time of at least a second.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: NonZero<u32> = text.parse().map_err(|error| format!("{error}"))?;
    Ok(Duration::from_secs(seconds.get().into()))
}

#[derive(Debug, Args)]
pub(crate) struct Templates {
    #[command(subcommand)]
    pub(crate) command: TemplatesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TemplatesCommand {
    /// Show which templates there are, and which of them the app replaces
    List(TemplatesList),
    /// Print a template as it is in effect
    Show(TemplatesShow),
    /// Write built-in templates out to be edited
    Eject(TemplatesEject),
}

#[derive(Debug, Args)]
pub(crate) struct TemplatesList {
    #[command(flatten)]
    pub(crate) select: Select,

    /// List the variables that templates have instead
    #[arg(long)]
    pub(crate) variables: bool,
    /// Print everything as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TemplatesShow {
    /// The template, such as `common/launch.sh`
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) select: Select,

    /// As it is in effect for this vendor
    #[arg(long, value_name = "VENDOR", value_parser = one_of::<VendorId>(&VendorId::ALL.map(VendorId::name)))]
    pub(crate) vendor: Option<VendorId>,
    /// Print the script that it makes for the app
    #[arg(long)]
    pub(crate) rendered: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TemplatesEject {
    /// Templates, such as `common/launch.sh` or `common/events/pre-start.sh`
    #[arg(required_unless_present = "all")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) select: Select,

    /// Every script and partial
    #[arg(long, conflicts_with = "names")]
    pub(crate) all: bool,
    /// Folder to write to [default: that of the manifest, or `nas/templates` beside it]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) to: Option<PathBuf>,
    /// Overwrite files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) targets: Targets,

    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Setup {
    #[command(flatten)]
    pub(crate) targets: Targets,

    /// Remove the cache folder with everything that was installed
    #[arg(long)]
    pub(crate) clean: bool,
    /// Also install a program that checks packages
    #[arg(long, value_name = "TOOL")]
    pub(crate) tool: Vec<ToolName>,
}

/// What the targets are made ready for: which features are on decides whether C is compiled.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    features: clap_cargo::Features,
    #[command(flatten)]
    wanted: Wanted,
}

impl Targets {
    pub(crate) fn options(&self) -> Options {
        Options { filter: self.wanted.filter(), cargo: self.select.cargo_options(&self.features), ..Options::default() }
    }
}

/// A program that is not needed to package, but to try packages out.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ToolName {
    Busybox,
    QemuUser,
    Shellcheck,
    Bubblewrap,
}

impl ToolName {
    pub(crate) fn tools(self) -> Vec<Tool> {
        match self {
            Self::Busybox => vec![Tool::BusyBox],
            Self::QemuUser => Arch::ALL.map(Tool::Qemu).to_vec(),
            Self::Shellcheck => vec![Tool::ShellCheck],
            Self::Bubblewrap => vec![Tool::Bubblewrap],
        }
    }
}

/// Which app.
#[derive(Debug, Args)]
pub(crate) struct Select {
    #[command(flatten)]
    manifest: clap_cargo::Manifest,
    /// Package to work on [default: the workspace's default members that have `[package.metadata.nas]`]
    #[arg(long, short, value_name = "SPEC")]
    package: Vec<String>,
    /// Assert that `Cargo.lock` will remain unchanged
    #[arg(long)]
    locked: bool,
    /// Run without accessing the network
    #[arg(long)]
    pub(crate) offline: bool,
    /// Equivalent to specifying both --locked and --offline
    #[arg(long)]
    frozen: bool,
}

/// How cargo builds it.
#[derive(Debug, Args)]
pub(crate) struct Build {
    #[command(flatten)]
    features: clap_cargo::Features,
    /// Build with the release profile, which is the default
    #[arg(long, short, conflicts_with = "profile")]
    release: bool,
    /// Build with the given profile
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Folder for all generated artifacts
    #[arg(long, value_name = "DIRECTORY")]
    target_dir: Option<PathBuf>,
}

/// What is wanted of it.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// Only this vendor
    #[arg(long, value_name = "VENDOR", value_parser = one_of::<VendorId>(&VendorId::ALL.map(VendorId::name)))]
    vendor: Vec<VendorId>,
    /// Only this arch
    #[arg(long, value_name = "ARCH", value_parser = one_of::<Arch>(&Arch::ALL.map(Arch::name)))]
    arch: Vec<Arch>,
    /// Only this device, by the name that `cargo nas plan` shows
    #[arg(long, value_name = "DEVICE")]
    device: Vec<String>,
    /// Folder for the packages [default: `nas` in the target directory]
    #[arg(long, short, value_name = "DIRECTORY")]
    pub(crate) output: Option<PathBuf>,
}

/// Takes one of these names, and tells of all of them to who gives another.
fn one_of<T>(names: &[&'static str]) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names.iter().copied()).try_map(|name| name.parse())
}

impl Select {
    pub(crate) fn selection(&self) -> Selection {
        let flags = [(self.locked, "--locked"), (self.offline, "--offline"), (self.frozen, "--frozen")];
        Selection {
            manifest_path: self.manifest.manifest_path.clone(),
            packages: self.package.clone(),
            cargo_flags: flags.iter().filter(|(given, _)| *given).map(|(_, flag)| (*flag).to_owned()).collect(),
        }
    }

    /// Whether an app was named, and not only one looked for.
    pub(crate) fn is_given(&self) -> bool {
        self.manifest.manifest_path.is_some() || !self.package.is_empty()
    }

    /// Whether the network must be left alone.
    pub(crate) fn is_offline(&self) -> bool {
        self.offline || self.frozen
    }

    /// What cargo is told, beside what the library fills in for each app.
    fn cargo_options(&self, features: &clap_cargo::Features) -> CargoOptions {
        CargoOptions {
            features: features.features.clone(),
            all_features: features.all_features,
            no_default_features: features.no_default_features,
            locked: self.locked,
            offline: self.offline,
            frozen: self.frozen,
            ..CargoOptions::default()
        }
    }
}

impl Build {
    pub(crate) fn cargo_options(&self, select: &Select) -> CargoOptions {
        CargoOptions {
            profile: self.profile.clone(),
            target_dir: self.target_dir.clone(),
            ..select.cargo_options(&self.features)
        }
    }
}

impl Wanted {
    pub(crate) fn filter(&self) -> Filter {
        Filter { vendors: self.vendor.clone(), arches: self.arch.clone(), devices: self.device.clone() }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::limit;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cargo::command().debug_assert();
    }

    #[test]
    fn limits_are_named() {
        assert_eq!(limit("file=5"), Ok(("file".to_owned(), 5)));
        for wrong in ["file", "file=", "file=-1", "size=1", "file=99999999999999999999"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
