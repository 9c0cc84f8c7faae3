//! The machine, set up, and the example app, packaged: once for each test program, by the command itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

use crate::command::{Nas, target_dir};

/// A package, as `cargo nas package --json` tells of it.
#[derive(Clone, Debug)]
pub struct Package {
    /// `asustor`, `synology`, `wd-os5` or `wd-os3`.
    pub vendor: String,
    /// The device by the vendor's name.
    pub device: String,
    /// `x86_64`, `aarch64` or `armhf`.
    pub arch: String,
    /// The file's path below the output folder.
    pub file: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
}

/// Where the tools are that the command installed or found.
static TOOLS: LazyLock<BTreeMap<String, PathBuf>> = LazyLock::new(|| {
    let tools = ["busybox", "qemu-user", "shellcheck", "bubblewrap"].into_iter().flat_map(|tool| ["--tool", tool]);
    let setup = Nas::new(["setup", "--manifest-path", "example-app/Cargo.toml"]);
    let ready = tools.fold(setup, Nas::arg).succeed().stderr;
    let tool = |line: &str| {
        let (name, path) = line.trim().strip_prefix("Ready ")?.strip_suffix(')')?.split_once(" (")?;
        path.starts_with('/').then(|| (name.to_owned(), path.into()))
    };
    ready.lines().filter_map(tool).collect()
});

/// A tool that `cargo nas setup --tool` makes sure of: `busybox`, `qemu-aarch64-static`, `shellcheck`, `bwrap`.
pub fn tool(name: &str) -> &'static PathBuf {
    TOOLS.get(name).unwrap_or_else(|| panic!("setup did not name `{name}`: {TOOLS:?}"))
}

/// The set-up machine, for tests that need compilers and no tool.
pub fn set_up() {
    LazyLock::force(&TOOLS);
}

/// `cargo nas ARGS…` for the example app, on the machine that is set up and without the network.
pub fn nas(command: &str) -> Nas {
    set_up();
    Nas::new([command, "--manifest-path", "example-app/Cargo.toml"]).env("CARGO_TARGET_DIR", target_dir())
}

/// `cargo nas package` for the example app.
pub fn package() -> Nas {
    nas("package").arg("--offline")
}

/// Every package of the example app.
pub fn packages() -> &'static [Package] {
    static PACKAGES: OnceLock<Vec<Package>> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        let made = package().arg("--json").arg("--output").arg(target_dir().join("nas-e2e")).succeed();
        let list: Vec<Value> = serde_json::from_str(&made.stdout).unwrap();
        list.iter().map(Package::read).collect()
    })
}

/// The one package for a device.
pub fn package_for(vendor: &str, device: &str) -> &'static Package {
    packages().iter().find(|package| package.vendor == vendor && package.device == device).unwrap()
}

impl Package {
    /// One of the list that `--json` prints.
    pub fn read(json: &Value) -> Self {
        let text = |key: &str| json[key].as_str().unwrap_or_else(|| panic!("`{key}` in {json}")).to_owned();
        Self {
            vendor: text("vendor"),
            device: text("device"),
            arch: text("arch"),
            file: text("file"),
            path: text("path").into(),
            size: json["size"].as_u64().unwrap(),
        }
    }

    /// Whether it is for one of WD's systems.
    pub fn is_wd(&self) -> bool {
        self.vendor.starts_with("wd-")
    }
}
