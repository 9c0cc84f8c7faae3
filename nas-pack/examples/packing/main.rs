//! What `book/measure/packing.sh` measures with: makes payloads, and packs them with the library alone, as `cargo nas package` does once
//! cargo has built the daemon.

mod payload;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use nas_pack::diagnostic::{Failure, Result};
use nas_pack::dsl::{App, Asset};
use nas_pack::manifest::{Description, Workspace};
use nas_pack::model::{Arch, Binaries, Compression, VendorId};
use nas_pack::pipeline::{self, Filter, Options};
use nas_pack::progress::Silent;

use payload::{ASSETS, DAEMON, Payload};

/// Make payloads and pack them
#[derive(Parser)]
enum Command {
    /// Write a payload, of the same bytes wherever the same toolchain is
    Make {
        payload: Payload,
        /// A folder that is not there yet
        folder: PathBuf,
        /// What `rustc --print sysroot` says; the component `rust-src` must be in it
        #[arg(long)]
        sysroot: PathBuf,
    },
    /// Pack a payload for x86-64, whatever was packed before
    Pack {
        folder: PathBuf,
        output: PathBuf,
        /// Only this vendor
        #[arg(long)]
        vendor: Vec<VendorId>,
        /// Only this device
        #[arg(long)]
        device: Vec<String>,
        #[arg(long, default_value = "default")]
        compression: Compression,
    },
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Make { payload, folder, sysroot } => {
            payload::make(payload, &folder, &sysroot).map_err(|error| Failure::io("write", &folder, &error))
        }
        Command::Pack { folder, output, vendor, device, compression } => {
            pack(&folder, output, vendor, device, compression)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&failure);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "this program speaks to people")]
fn say(failure: &Failure) {
    eprintln!("{failure}");
}

fn pack(
    folder: &Path,
    output: PathBuf,
    vendors: Vec<VendorId>,
    devices: Vec<String>,
    compression: Compression,
) -> Result<()> {
    let app = App::new("payload")
        .version("1.2.3")
        .description("What packing is measured with")
        .maintainer("Ann <ann@example.com>")
        .asset(Asset::file(format!("{ASSETS}/**"), format!("{ASSETS}/")));
    let binaries = Binaries::new().with(Arch::X86_64, folder.join(DAEMON));
    let workspace = Workspace::from(Description::new(app, folder, &binaries));
    let options = Options {
        filter: Filter { vendors, devices, ..Filter::default() },
        compression: Some(compression),
        output: Some(output),
        force: true,
        ..Options::default()
    };
    pipeline::pack(&workspace, &binaries, &options, &Silent).map(drop)
}
