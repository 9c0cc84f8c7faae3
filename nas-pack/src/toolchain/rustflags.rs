//! Our compiler flags, added to the user's so that neither are lost.
//!
//! Cargo takes rustc's flags from the first of four places that has any, and ignores the others:
//!
//! 1. `CARGO_ENCODED_RUSTFLAGS`,
//! 2. `RUSTFLAGS`,
//! 3. `target.TRIPLE.rustflags` joined with every `target.'cfg(…)'.rustflags` that holds,
//! 4. `build.rustflags`.
//!
//! So ours must go where the user's are. With one of the environment variables set, the whole is passed on as
//! `CARGO_ENCODED_RUSTFLAGS`, the one form that allows spaces. Otherwise they go into `target.TRIPLE.rustflags` by
//! `--config`, which cargo appends to its own; only where the user's flags are in `build.rustflags`, which that would hide,
//! they are repeated there. All of this holds for the target only: with `--target`, cargo gives build scripts none of it.

use std::ffi::OsString;

use cargo_metadata::cargo_platform::{Cfg, Platform};
use serde_json::Value;

use super::process::Env;
use crate::settings::quote;

const SEPARATOR: char = '\x1f';

/// What to add to a cargo call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) args: Vec<String>,
    pub(super) env: Env,
}

/// The user's environment, as far as it is about flags.
#[derive(Clone, Debug, Default)]
pub(super) struct UserFlags {
    /// From `CARGO_ENCODED_RUSTFLAGS` or `RUSTFLAGS`: these hold for all targets.
    pub(super) environment: Option<Vec<String>>,
    /// From `CARGO_BUILD_RUSTFLAGS`.
    pub(super) build: Vec<String>,
    /// The targets for which `CARGO_TARGET_…_RUSTFLAGS` is set, in the variable's spelling.
    pub(super) targets: Vec<String>,
}

impl UserFlags {
    /// Reads the environment.
    pub(super) fn from_environment() -> Self {
        let var = |name: &str| std::env::var(name).ok();
        let words = |text: String| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let encoded = |text: String| {
            if text.is_empty() { Vec::new() } else { text.split(SEPARATOR).map(str::to_owned).collect() }
        };
        let target = |name: OsString| {
            let name = name.into_string().ok()?;
            Some(name.strip_prefix("CARGO_TARGET_")?.strip_suffix("_RUSTFLAGS")?.to_owned())
        };
        Self {
            environment: var("CARGO_ENCODED_RUSTFLAGS").map(encoded).or_else(|| var("RUSTFLAGS").map(words)),
            build: var("CARGO_BUILD_RUSTFLAGS").map(words).unwrap_or_default(),
            targets: std::env::vars_os().filter_map(|(name, _)| target(name)).collect(),
        }
    }

    /// How to give `ours` to each target. `cfgs` is asked for a target's `cfg` values only where it matters.
    pub(super) fn add(
        &self,
        ours: &[String],
        triples: &[&str],
        config: &Value,
        mut cfgs: impl FnMut(&str) -> Vec<Cfg>,
    ) -> Flags {
        let mut flags = Flags::default();
        if let Some(users) = &self.environment {
            let all: Vec<&str> = users.iter().chain(ours).map(String::as_str).collect();
            let joined = all.join(&SEPARATOR.to_string());
            flags.env.insert("CARGO_ENCODED_RUSTFLAGS".into(), Some(joined.into()));
            return flags;
        }
        for triple in triples {
            let mut list = Vec::new();
            if !self.has_target_flags(triple, config, &mut cfgs) {
                list.extend(listed(&config["build"]["rustflags"]));
                list.extend(self.build.iter().cloned());
            }
            list.extend(ours.iter().cloned());
            if !list.is_empty() {
                let list: Vec<String> = list.iter().map(|flag| quote(flag)).collect();
                flags.args.push("--config".into());
                flags.args.push(format!("target.{triple}.rustflags=[{}]", list.join(",")));
            }
        }
        flags
    }

    fn has_target_flags(&self, triple: &str, config: &Value, cfgs: &mut impl FnMut(&str) -> Vec<Cfg>) -> bool {
        if self.targets.contains(&triple.to_uppercase().replace('-', "_")) {
            return true;
        }
        let Some(targets) = config["target"].as_object() else { return false };
        let with_flags: Vec<&String> =
            targets.iter().filter(|(_, table)| !listed(&table["rustflags"]).is_empty()).map(|(key, _)| key).collect();
        if with_flags.iter().any(|key| *key == triple) {
            return true;
        }
        let platforms: Vec<Platform> =
            with_flags.iter().filter(|key| key.starts_with("cfg(")).filter_map(|key| key.parse().ok()).collect();
        if platforms.is_empty() {
            return false;
        }
        let cfgs = cfgs(triple);
        platforms.iter().any(|platform| platform.matches(triple, &cfgs))
    }
}

/// Cargo accepts an array or one string with spaces.
fn listed(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(flags) => flags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MUSL: &str = "aarch64-unknown-linux-musl";

    fn add(user: &UserFlags, config: &Value) -> String {
        let cfgs = |_: &str| vec!["unix".parse().unwrap(), "target_env=\"musl\"".parse().unwrap()];
        let flags = user.add(&["-Cours".to_owned()], &[MUSL], config, cfgs);
        let env = flags.env.iter().map(|(name, value)| format!("{name}={}", value.as_ref().unwrap().to_string_lossy()));
        env.chain(flags.args).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn flags_join_the_users_wherever_they_are() {
        let none = UserFlags::default();
        let environment = UserFlags { environment: Some(vec!["-Ca b".into()]), ..UserFlags::default() };
        let empty = UserFlags { environment: Some(Vec::new()), ..UserFlags::default() };
        let build_variable = UserFlags { build: vec!["-Cv".into()], ..UserFlags::default() };
        let target_variable =
            UserFlags { targets: vec!["AARCH64_UNKNOWN_LINUX_MUSL".into()], ..build_variable.clone() };
        let build = json!({"build": {"rustflags": "-Cb -Cc"}});
        let target = json!({"build": {"rustflags": ["-Cb"]}, "target": {MUSL: {"rustflags": ["-Ct"]}}});
        let cfg = json!({"build": {"rustflags": ["-Cb"]}, "target": {"cfg(unix)": {"rustflags": ["-Ct"]}}});
        let other = json!({"build": {"rustflags": ["-Cb"]}, "target": {"cfg(windows)": {"rustflags": ["-Ct"]}}});
        let all = [
            add(&none, &Value::Null),
            add(&none, &build),
            add(&build_variable, &build),
            add(&target_variable, &build),
            add(&none, &target),
            add(&none, &cfg),
            add(&none, &other),
            add(&environment, &build).replace(SEPARATOR, "␟"),
            add(&empty, &build),
        ];
        insta::assert_snapshot!(all.join("\n"), @r#"
        --config target.aarch64-unknown-linux-musl.rustflags=["-Cours"]
        --config target.aarch64-unknown-linux-musl.rustflags=["-Cb","-Cc","-Cours"]
        --config target.aarch64-unknown-linux-musl.rustflags=["-Cb","-Cc","-Cv","-Cours"]
        --config target.aarch64-unknown-linux-musl.rustflags=["-Cours"]
        --config target.aarch64-unknown-linux-musl.rustflags=["-Cours"]
        --config target.aarch64-unknown-linux-musl.rustflags=["-Cours"]
        --config target.aarch64-unknown-linux-musl.rustflags=["-Cb","-Cours"]
        CARGO_ENCODED_RUSTFLAGS=-Ca b␟-Cours
        CARGO_ENCODED_RUSTFLAGS=-Cours
        "#);
    }

    #[test]
    fn nothing_to_add_changes_nothing() {
        let flags = UserFlags::default().add(&[], &[MUSL], &Value::Null, |_| Vec::new());
        assert_eq!(flags, Flags::default());
    }
}
