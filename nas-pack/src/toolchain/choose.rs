//! Which toolchain serves a target: a function of what is there and what the build needs, and of nothing else (only the
//! programs that the user names are looked for on the spot).

use std::fmt;

use serde::Serialize;

use super::c_use::CUse;
use super::process::find_program;
use super::survey::Survey;
use crate::model::{CrossTools, TargetSpec};

/// Where the standard library comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Std {
    /// It is installed for the target.
    Installed,
    /// It is compiled along with the app.
    Source,
    /// It is compiled along, from the source and with the rustc of the distribution's archive.
    Distribution,
    /// `cross` brings it.
    Cross,
}

/// What links and compiles C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linker {
    /// rustc's own linker: static musl binaries without C.
    RustLld,
    /// zig, through cargo-zigbuild.
    Zig,
    /// What the manifest names.
    Named,
    /// What cargo's own configuration names.
    Configured,
    /// `cross`.
    Cross,
}

/// A way to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Strategy {
    /// Where the standard library comes from.
    pub std: Std,
    /// What links and compiles C.
    pub linker: Linker,
}

/// Something that a strategy lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The compiled standard library of a target.
    Std(String),
    /// The standard library's source.
    RustSource,
    /// zig and cargo-zigbuild.
    Zig,
    /// rustc, cargo and the standard library's source from the distribution's archive.
    DistributionRust,
    /// A program of the user's choice.
    Program(String),
}

/// How a need is met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fix {
    /// `cargo nas setup` does it.
    Setup,
    /// The user must; this says how.
    ByHand(String),
}

/// The strategy for one target, and why it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// How the target is built.
    pub strategy: Strategy,
    /// What that lacks; empty if the build can start.
    pub missing: Vec<Need>,
    /// Why this one.
    pub reason: String,
    /// The strategies preferred to it, each with what speaks against it.
    pub rejected: Vec<(Strategy, String)>,
}

impl Choice {
    /// Whether the build can start.
    pub fn is_ready(&self) -> bool {
        self.missing.is_empty()
    }
}

impl Std {
    pub(super) fn is_from_source(self) -> bool {
        matches!(self, Self::Source | Self::Distribution)
    }
}

impl Strategy {
    const fn new(std: Std, linker: Linker) -> Self {
        Self { std, linker }
    }

    /// In order of preference: what is fastest to build with and needs least comes first.
    fn candidates(target: &TargetSpec, survey: &Survey) -> Vec<Self> {
        let with = |linker| [Self::new(Std::Installed, linker), Self::new(Std::Source, linker)];
        match &target.tools {
            Some(CrossTools::Cross) => vec![Self::new(Std::Cross, Linker::Cross)],
            Some(_) => with(Linker::Named).to_vec(),
            // A pinned glibc is zig's doing: another linker would not honour it.
            None if survey.configured_linker(&target.triple).is_some() => with(Linker::Configured).to_vec(),
            None => vec![
                Self::new(Std::Installed, Linker::RustLld),
                Self::new(Std::Installed, Linker::Zig),
                Self::new(Std::Source, Linker::Zig),
                Self::new(Std::Distribution, Linker::Zig),
            ],
        }
    }

    /// Why this can never build the target, whatever is installed.
    fn objection(self, target: &TargetSpec, survey: &Survey, c: &CUse) -> Option<String> {
        if self.linker != Linker::RustLld {
            return None;
        }
        if let Some(chain) = c.chains.first() {
            return Some(chain.to_string());
        }
        if !target.is_musl() {
            return Some("rust-lld has no glibc to link with".into());
        }
        (!survey.rust_lld).then(|| "this rustc comes without rust-lld".into())
    }

    fn missing(self, target: &TargetSpec, survey: &Survey) -> Vec<Need> {
        let mut missing = Vec::new();
        match self.std {
            Std::Installed if !survey.std.contains(target.rust_triple()) => {
                missing.push(Need::Std(target.rust_triple().to_owned()));
            }
            Std::Source if survey.rust_src.is_none() => missing.push(Need::RustSource),
            Std::Distribution if survey.distribution_rust.is_none() => missing.push(Need::DistributionRust),
            Std::Cross if survey.cross.is_none() => missing.push(Need::Program("cross".into())),
            _ => {}
        }
        // Build scripts and procedural macros need a linker for this machine, whatever the target needs.
        let host_needs_zig = survey.host_linker.is_none() && self.linker != Linker::Cross;
        if (self.linker == Linker::Zig || host_needs_zig) && survey.zig.is_none() {
            missing.push(Need::Zig);
        }
        if self.linker == Linker::Named {
            let programs = target.tools.as_ref().and_then(CrossTools::programs).into_iter().flatten().flatten();
            for program in programs.filter(|program| find_program(program).is_none()) {
                let need = Need::Program(program);
                if !missing.contains(&need) {
                    missing.push(need);
                }
            }
        }
        missing
    }

    fn reason(self) -> &'static str {
        match (self.std, self.linker) {
            (_, Linker::Named) => "the manifest names the cross compiler",
            (_, Linker::Configured) => "cargo's configuration names the linker",
            (_, Linker::Cross) => "the manifest asks for cross",
            (Std::Installed, Linker::RustLld) => "pure Rust links with rust-lld alone",
            (Std::Installed, Linker::Zig) => "zig links and compiles C for any target",
            (Std::Source, _) => "the standard library is compiled from its source",
            (Std::Distribution | Std::Cross, _) => "the distribution's archive has rustc with its source",
        }
    }
}

impl Need {
    /// How it is met on this machine.
    pub fn fix(&self, survey: &Survey) -> Fix {
        let refused = survey.refused.get(self);
        let by_hand = |advice: String| match refused {
            Some(words) => Fix::ByHand(format!("{advice} (tried: {words})")),
            None => Fix::ByHand(advice),
        };
        let can_set_up = refused.is_none()
            && match self {
                Self::Std(_) | Self::RustSource => survey.rustup_toolchain.is_some(),
                Self::Zig => survey.apt || survey.python.as_ref().is_some_and(|python| python.pip),
                Self::DistributionRust => survey.apt,
                Self::Program(_) => false,
            };
        if can_set_up {
            return Fix::Setup;
        }
        match self {
            Self::Std(triple) => by_hand(format!("install a Rust toolchain that has {triple}, best with rustup")),
            Self::RustSource => by_hand("install the rust-src component, best with rustup".into()),
            Self::Zig if survey.python.is_some() => by_hand("install pip for Python 3 (package python3-pip)".into()),
            Self::Zig => by_hand("install Python 3 with pip (packages python3 and python3-pip)".into()),
            Self::DistributionRust => by_hand("install Rust with rustup, and `rustup component add rust-src`".into()),
            Self::Program(name) => by_hand(format!("install `{name}`, or name another one in the manifest")),
        }
    }
}

/// Picks the first strategy that is ready; where none is, the first that `setup` can make ready; else the first.
pub fn choose(survey: &Survey, target: &TargetSpec, c: &CUse) -> Choice {
    let candidates = Strategy::candidates(target, survey);
    let mut possible = Vec::new();
    let mut objections = Vec::new();
    for (index, strategy) in candidates.into_iter().enumerate() {
        match strategy.objection(target, survey, c) {
            Some(objection) => objections.push((index, strategy, objection)),
            None => possible.push((index, strategy, strategy.missing(target, survey))),
        }
    }
    let obstacle = |missing: &[Need]| -> u8 {
        let by_hand = missing.iter().any(|need| need.fix(survey) != Fix::Setup);
        u8::from(!missing.is_empty()) + u8::from(by_hand)
    };
    // `min_by_key` takes the first of equals. zig can build any target, so the list is never empty.
    let best = possible.iter().min_by_key(|(_, _, missing)| obstacle(missing)).cloned();
    let (chosen, strategy, missing) =
        best.unwrap_or((0, Strategy::new(Std::Source, Linker::Zig), vec![Need::RustSource, Need::Zig]));

    let lacks = possible.into_iter().filter(|(_, _, missing)| !missing.is_empty()).map(|(index, strategy, missing)| {
        let words = missing.iter().map(|need| match survey.refused.get(need) {
            Some(words) => format!("{need} cannot be had: {words}"),
            None => format!("{need} is not installed"),
        });
        (index, strategy, words.collect::<Vec<_>>().join("; "))
    });
    objections.extend(lacks);
    objections.retain(|(index, ..)| *index < chosen);
    objections.sort_by_key(|(index, ..)| *index);
    Choice {
        strategy,
        missing,
        reason: strategy.reason().to_owned(),
        rejected: objections.into_iter().map(|(_, strategy, objection)| (strategy, objection)).collect(),
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let linker = match self.linker {
            Linker::RustLld => "rust-lld",
            Linker::Zig => "zig",
            Linker::Named => "the named cross compiler",
            Linker::Configured => "the configured linker",
            Linker::Cross => return f.write_str("cross"),
        };
        f.write_str(match self.std {
            Std::Installed | Std::Cross => "installed std",
            Std::Source => "std from source",
            Std::Distribution => "the distribution's Rust, std from source",
        })?;
        write!(f, " + {linker}")
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Std(triple) => write!(f, "the standard library for {triple}"),
            Self::RustSource => f.write_str("the standard library's source (rust-src)"),
            Self::Zig => f.write_str("zig with cargo-zigbuild"),
            Self::DistributionRust => f.write_str("the distribution's Rust with its source"),
            Self::Program(name) => write!(f, "`{name}`"),
        }
    }
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup => f.write_str("run `cargo nas setup`"),
            Self::ByHand(advice) => f.write_str(advice),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Arch;
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::c_use::Chain;
    use super::super::survey::{Python, Rustc, Zig};
    use super::*;

    const HOST: &str = "x86_64-unknown-linux-gnu";
    const ARM: &str = "armv7-unknown-linux-musleabihf";

    /// A machine with a C compiler and cargo, and nothing else.
    fn bare() -> Survey {
        Survey {
            cargo: "cargo".into(),
            rustc: Rustc {
                program: "rustc".into(),
                version: "1.95.0".into(),
                commit: "0123".into(),
                host: HOST.into(),
                sysroot: "/usr".into(),
            },
            rustup_toolchain: None,
            std: BTreeSet::from([HOST.to_owned()]),
            rust_src: None,
            rust_lld: true,
            host_linker: Some("/usr/bin/cc".into()),
            zig: None,
            python: None,
            apt: false,
            distribution_rust: None,
            cross: None,
            refused: BTreeMap::new(),
            cargo_config: serde_json::Value::Null,
        }
    }

    fn with(mut survey: Survey, change: impl FnOnce(&mut Survey)) -> Survey {
        change(&mut survey);
        survey
    }

    fn zig(survey: &mut Survey) {
        survey.zig = Some(Zig { zig: "zig".into(), cargo_zigbuild: "cargo-zigbuild".into(), managed: true });
    }

    fn rustup(survey: &mut Survey) {
        survey.rustup_toolchain = Some("stable".into());
    }

    fn pip(survey: &mut Survey) {
        survey.python = Some(Python { program: "python3".into(), pip: true });
    }

    fn refuse(survey: &mut Survey, need: Need) {
        survey.refused.insert(need, "404".into());
    }

    fn sqlite() -> CUse {
        CUse { chains: vec![Chain { packages: vec!["app".into(), "sqlite".into()], helper: "cc".into() }] }
    }

    /// The strategy and what it lacks, in one line.
    fn chosen(survey: &Survey, triple: &str, c: &CUse) -> String {
        let target = TargetSpec { arch: Arch::Armhf, triple: triple.into(), tools: None };
        let choice = choose(survey, &target, c);
        let missing: Vec<_> = choice.missing.iter().map(|need| format!("{need}: {}", need.fix(survey))).collect();
        format!("{} [{}]", choice.strategy, missing.join("; "))
    }

    #[test]
    fn each_machine_gets_the_strategy_that_serves() {
        let pure = CUse::default();
        let c = sqlite();
        let std_arm = |survey: &mut Survey| survey.std.extend([ARM.to_owned()]);
        let source = |survey: &mut Survey| survey.rust_src = Some("/src".into());
        let table = [
            ("std there, pure", chosen(&with(bare(), std_arm), ARM, &pure)),
            (
                "std there, no cc for the host",
                chosen(
                    &with(bare(), |s| {
                        std_arm(s);
                        pip(s);
                        s.host_linker = None;
                    }),
                    ARM,
                    &pure,
                ),
            ),
            (
                "std there, no lld",
                chosen(
                    &with(bare(), |s| {
                        std_arm(s);
                        zig(s);
                        s.rust_lld = false;
                    }),
                    ARM,
                    &pure,
                ),
            ),
            (
                "std there, C, zig",
                chosen(
                    &with(bare(), |s| {
                        std_arm(s);
                        zig(s);
                    }),
                    ARM,
                    &c,
                ),
            ),
            (
                "std there, C, no zig, pip",
                chosen(
                    &with(bare(), |s| {
                        std_arm(s);
                        pip(s);
                    }),
                    ARM,
                    &c,
                ),
            ),
            (
                "source and zig there beat what must be fetched",
                chosen(
                    &with(bare(), |s| {
                        rustup(s);
                        source(s);
                        zig(s);
                    }),
                    ARM,
                    &pure,
                ),
            ),
            (
                "rustup is asked first",
                chosen(
                    &with(bare(), |s| {
                        rustup(s);
                        pip(s);
                    }),
                    ARM,
                    &pure,
                ),
            ),
            (
                "rustup refused std",
                chosen(
                    &with(bare(), |s| {
                        rustup(s);
                        pip(s);
                        refuse(s, Need::Std(ARM.into()));
                    }),
                    ARM,
                    &pure,
                ),
            ),
            (
                "rustup refused std and source",
                chosen(
                    &with(bare(), |s| {
                        rustup(s);
                        s.apt = true;
                        refuse(s, Need::Std(ARM.into()));
                        refuse(s, Need::RustSource);
                    }),
                    ARM,
                    &pure,
                ),
            ),
            ("no rustup, apt", chosen(&with(bare(), |s| s.apt = true), ARM, &pure)),
            ("nothing at all, C", chosen(&bare(), ARM, &c)),
            (
                "pinned glibc",
                chosen(
                    &with(bare(), |s| {
                        s.std.insert("armv7-unknown-linux-gnueabihf".into());
                        pip(s);
                    }),
                    "armv7-unknown-linux-gnueabihf.2.17",
                    &pure,
                ),
            ),
            (
                "linker in cargo's configuration",
                chosen(
                    &with(bare(), |s| {
                        std_arm(s);
                        s.cargo_config = serde_json::json!({"target": {ARM: {"linker": "arm-gcc"}}});
                    }),
                    ARM,
                    &c,
                ),
            ),
        ];
        let table: Vec<String> = table.iter().map(|(case, chosen)| format!("{case}: {chosen}")).collect();
        insta::assert_snapshot!(table.join("\n"), @r#"
        std there, pure: installed std + rust-lld []
        std there, no cc for the host: installed std + rust-lld [zig with cargo-zigbuild: run `cargo nas setup`]
        std there, no lld: installed std + zig []
        std there, C, zig: installed std + zig []
        std there, C, no zig, pip: installed std + zig [zig with cargo-zigbuild: run `cargo nas setup`]
        source and zig there beat what must be fetched: std from source + zig []
        rustup is asked first: installed std + rust-lld [the standard library for armv7-unknown-linux-musleabihf: run `cargo nas setup`]
        rustup refused std: std from source + zig [the standard library's source (rust-src): run `cargo nas setup`; zig with cargo-zigbuild: run `cargo nas setup`]
        rustup refused std and source: the distribution's Rust, std from source + zig [the distribution's Rust with its source: run `cargo nas setup`; zig with cargo-zigbuild: run `cargo nas setup`]
        no rustup, apt: the distribution's Rust, std from source + zig [the distribution's Rust with its source: run `cargo nas setup`; zig with cargo-zigbuild: run `cargo nas setup`]
        nothing at all, C: installed std + zig [the standard library for armv7-unknown-linux-musleabihf: install a Rust toolchain that has armv7-unknown-linux-musleabihf, best with rustup; zig with cargo-zigbuild: install Python 3 with pip (packages python3 and python3-pip)]
        pinned glibc: installed std + zig [zig with cargo-zigbuild: run `cargo nas setup`]
        linker in cargo's configuration: installed std + the configured linker []
        "#);
    }

    #[test]
    fn rejected_strategies_say_why() {
        let survey = with(bare(), |s| {
            rustup(s);
            zig(s);
            refuse(s, Need::Std(ARM.into()));
            s.rust_src = Some("/src".into());
        });
        let choice = choose(&survey, &TargetSpec::default_for(Arch::Armhf), &sqlite());
        let lines: Vec<_> = choice.rejected.iter().map(|(strategy, why)| format!("{strategy}: {why}")).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        installed std + rust-lld: sqlite compiles C through cc (app → sqlite)
        installed std + zig: the standard library for armv7-unknown-linux-musleabihf cannot be had: 404
        "#);
    }

    #[test]
    fn named_tools_are_taken_as_they_are() {
        let prefix = CrossTools::Prefix("/no/such/sdk/bin/arm-".into());
        let target = TargetSpec { tools: Some(prefix), ..TargetSpec::default_for(Arch::Armhf) };
        let survey = with(bare(), |s| {
            zig(s);
            s.rust_src = Some("/src".into());
        });
        let choice = choose(&survey, &target, &sqlite());
        assert_eq!(choice.strategy.linker, Linker::Named);
        assert!(choice.missing.contains(&Need::Program("/no/such/sdk/bin/arm-gcc".into())));
        assert!(!choice.missing.contains(&Need::Zig));

        let cross = TargetSpec { tools: Some(CrossTools::Cross), ..target };
        assert_eq!(choose(&survey, &cross, &sqlite()).missing, [Need::Program("cross".into())]);
    }
}
