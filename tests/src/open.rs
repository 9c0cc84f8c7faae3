//! Looks into packages with programs that are not ours: Python says what the archives' fields hold, BusyBox unpacks them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::example::{Package, tool};
use crate::programs::{on_path, output, succeeded};

/// What Python's `zipfile`, `tarfile`, `gzip` and `hashlib` make of a package, as `readers/facts.py` tells it. `None`, with a
/// note, where there is no Python.
pub fn facts(package: &Package) -> Option<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("readers/facts.py");
    let json = output(on_path("python3")?, [&script, &package.vendor.clone().into(), &package.path]);
    Some(serde_json::from_slice(&json).unwrap())
}

/// A package's files as the device gets them, unpacked by BusyBox: `control` and `data` for ASUSTOR, the archive's own
/// folders with `package` for Synology, the app's folder for WD.
pub fn unpack(package: &Package) -> TempDir {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    let untar = |archive: &Path, flags: &str, into: &Path| {
        fs::create_dir_all(into).unwrap();
        let busybox = tool("busybox");
        succeeded(Command::new(busybox).args(["tar", flags]).arg(archive).arg("-C").arg(into).stdin(Stdio::null()));
    };
    match package.vendor.as_str() {
        "asustor" => {
            let busybox = tool("busybox");
            succeeded(Command::new(busybox).args(["unzip", "-q"]).arg(&package.path).arg("-d").arg(dir.path()));
            for name in ["control", "data"] {
                untar(&at(&format!("{name}.tar.gz")), "-xzf", &at(name));
            }
        }
        "synology" => {
            untar(&package.path, "-xf", dir.path());
            untar(&at("package.tgz"), "-xzf", &at("package"));
        }
        _ => {
            // The payload is what stands behind the header, whose length differs between the systems.
            let bytes = fs::read(&package.path).unwrap();
            let payload = at("payload.tar.gz");
            fs::write(&payload, &bytes[if package.vendor == "wd-os5" { 204 } else { 200 }..]).unwrap();
            untar(&payload, "-xzf", dir.path());
            fs::remove_file(&payload).unwrap();
        }
    }
    dir
}

/// Where a package's app folder and scripts are in its unpacked files.
pub fn places(package: &Package) -> (&'static str, &'static str) {
    match package.vendor.as_str() {
        "asustor" => ("data", "control"),
        "synology" => ("package", "scripts"),
        _ => ("beacon", "beacon"),
    }
}
