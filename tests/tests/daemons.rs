//! The daemons that are in the packages: static programs of the right kind, which run.

#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nas_pack_tests::example::{Package, package_for, packages, tool};
use nas_pack_tests::open::{places, unpack};
use nas_pack_tests::programs::output;
use tempfile::TempDir;

/// What a program's ELF header and program headers say.
#[derive(Debug, PartialEq)]
struct Elf {
    bits: u32,
    /// `EM_…`: 62 is x86-64, 183 `aarch64`, 40 ARM.
    machine: u64,
    /// Whether it asks for a loader, and so for the device's libraries.
    has_interpreter: bool,
    /// The smallest alignment of what is loaded: the largest page that it can live with.
    page: u64,
}

fn read_elf(path: &Path) -> Elf {
    const PT_LOAD: u64 = 1;
    const PT_INTERP: u64 = 3;
    let bytes = fs::read(path).unwrap();
    assert_eq!(bytes[..4], *b"\x7fELF", "{}", path.display());
    assert_eq!(bytes[5], 1, "little-endian");
    let number = |at: usize, len: usize| bytes[at..at + len].iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte));
    let place = |at: usize, len: usize| usize::try_from(number(at, len)).unwrap();
    let wide = bytes[4] == 2;
    let (table, step, count) =
        if wide { (place(32, 8), place(54, 2), place(56, 2)) } else { (place(28, 4), place(42, 2), place(44, 2)) };
    let headers: Vec<_> = (0..count)
        .map(|index| table + index * step)
        .map(|at| (number(at, 4), if wide { number(at + 48, 8) } else { number(at + 28, 4) }))
        .collect();
    Elf {
        bits: if wide { 64 } else { 32 },
        machine: number(18, 2),
        has_interpreter: headers.iter().any(|(kind, _)| *kind == PT_INTERP),
        page: headers.iter().filter(|(kind, _)| *kind == PT_LOAD).map(|(_, align)| *align).min().unwrap(),
    }
}

fn daemon(package: &Package) -> (TempDir, PathBuf) {
    let dir = unpack(package);
    let program = dir.path().join(places(package).0).join("bin/beacon");
    (dir, program)
}

#[test]
fn every_package_has_a_static_program_of_its_arch() {
    for package in packages() {
        let (_dir, program) = daemon(package);
        let elf = read_elf(&program);
        let (bits, machine) = match package.arch.as_str() {
            "x86_64" => (64, 62),
            "aarch64" => (64, 183),
            _ => (32, 40),
        };
        assert_eq!((elf.bits, elf.machine, elf.has_interpreter), (bits, machine, false), "{}", package.file);
        // WD's ARM boxes with OS3 have pages of 64 KiB.
        if package.vendor == "wd-os3" && package.arch == "armhf" {
            assert!(elf.page >= 0x10000, "{}: {elf:?}", package.file);
        }
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Ends a daemon that a failed test left.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serves_and_stops(emulator: Option<&str>, package: &Package) {
    let (dir, program) = daemon(package);
    let mut command = match emulator {
        None => Command::new(&program),
        Some(name) => {
            let mut command = Command::new(tool(name));
            command.arg(&program);
            command
        }
    };
    command.env_clear().env("NAS_DATA_DIR", dir.path().join("state")).args(["--listen", "127.0.0.1:0"]);
    let mut running = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::new(running.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut wait_for =
        |text: &str| log.find(|line| line.contains(text)).unwrap_or_else(|| panic!("no `{text}` in the log"));

    let line = wait_for("listens on http://");
    let address = line.rsplit("http://").next().unwrap();
    let health = get(address, "/healthz");
    assert!(health.starts_with("HTTP/1.1 200 ") && health.ends_with("\r\n\r\nok"), "{health}");
    // SQLite works, too: it is the part in C.
    assert!(get(address, "/").starts_with("HTTP/1.1 200 "));
    let visits = get(address, "/api/visits");
    assert!(visits.contains("127.0.0.1"), "{visits}");

    output(tool("busybox"), ["kill", "-TERM", &running.0.id().to_string()]);
    wait_for("stopped");
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

#[test]
fn the_x86_64_daemon_serves() {
    let emulator = (!cfg!(target_arch = "x86_64")).then_some("qemu-x86_64-static");
    serves_and_stops(emulator, package_for("synology", "x86_64"));
}

#[test]
fn the_aarch64_daemon_serves() {
    serves_and_stops(Some("qemu-aarch64-static"), package_for("asustor", "arm64"));
}

#[test]
fn the_armhf_daemon_serves() {
    serves_and_stops(Some("qemu-arm-static"), package_for("wd-os3", "WDMyCloudEX2"));
}
