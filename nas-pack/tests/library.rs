//! What a program does that packs by itself: from a description in Rust and ELF files to packages, and what can be asked about them, all
//! without the command.

#![cfg(feature = "pack")]
#![allow(clippy::unwrap_used, reason = "a failing helper fails its test")]

use std::fs;
use std::path::Path;

use nas_pack::archive::read::Limits;
use nas_pack::compare::compare;
use nas_pack::diagnostic::Levels;
use nas_pack::dsl::{App, Asset, Asustor, Service, Step};
use nas_pack::hooks::Event;
use nas_pack::lint;
use nas_pack::manifest::{Description, Workspace};
use nas_pack::model::{Arch, Binaries, Compression, VendorId};
use nas_pack::pipeline::{self, Filter, Options, Report};
use nas_pack::progress::Silent;
use nas_pack::vendor::open;

/// A static program for x86-64 that ends at once: one segment with `exit(0)`.
fn elf() -> Vec<u8> {
    const CODE: [u8; 9] = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05];
    const START: u64 = 0x40_0000;
    let mut elf = Vec::new();
    elf.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    elf.extend([2_u16, 62].map(u16::to_le_bytes).concat());
    elf.extend(1_u32.to_le_bytes());
    elf.extend([START + 120, 64, 0].map(u64::to_le_bytes).concat());
    elf.extend(0_u32.to_le_bytes());
    elf.extend([64_u16, 56, 1, 0, 0, 0].map(u16::to_le_bytes).concat());
    elf.extend([1_u32, 5].map(u32::to_le_bytes).concat());
    let size = 120 + CODE.len() as u64;
    elf.extend([0, START, START, size, size, 0x1000].map(u64::to_le_bytes).concat());
    elf.extend(CODE);
    elf
}

fn beacon() -> App {
    App::new("beacon")
        .version("1.2.3")
        .description("Shines")
        .maintainer("Ann <ann@example.com>")
        .service(Service::new("beacon").port(8137))
        .asset(Asset::text("<h1>Beacon</h1>", "www/index.html"))
        .hook(Event::PostInstall, Step::mkdir("{data_dir}/reports"))
}

fn pack(dir: &Path, app: App) -> nas_pack::diagnostic::Result<Report> {
    pack_as(dir, app, &Options::default())
}

fn pack_as(dir: &Path, app: App, options: &Options) -> nas_pack::diagnostic::Result<Report> {
    fs::write(dir.join("beacon"), elf()).unwrap();
    let binaries = Binaries::new().with(Arch::X86_64, dir.join("beacon"));
    let workspace = Workspace::from(Description::new(app, dir, &binaries));
    pipeline::pack(&workspace, &binaries, options, &Silent)
}

#[test]
fn an_app_and_an_elf_file_become_packages_that_are_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let report = pack(dir.path(), beacon()).unwrap();
    assert_eq!(report.output, dir.path().join("target/nas"));

    let mut vendors: Vec<_> = report.finished.iter().map(|package| package.plan.vendor).collect();
    vendors.dedup();
    assert_eq!(vendors, VendorId::ALL);
    for package in &report.finished {
        assert_eq!(package.plan.arch, Some(Arch::X86_64));
        let opened = open(&package.path, &Limits::default()).unwrap();
        assert_eq!((opened.vendor, opened.package.as_deref()), (package.plan.vendor, Some("beacon")));
        assert!(opened.binaries().iter().any(|(path, binary)| path.as_str().ends_with("bin/beacon") && binary.is_ok()));
        lint::verify(&opened, Levels::default()).finish().unwrap();
    }

    let [first, second] = [0, 1].map(|index| open(&report.finished[index].path, &Limits::default()).unwrap());
    assert_ne!(compare(&first, &second).unwrap().changes().count(), 0, "two vendors' packages are not the same");
}

#[test]
fn what_a_run_says_of_compression_is_stronger_than_what_apps_say() {
    let dir = tempfile::tempdir().unwrap();
    let app = || {
        let own = App::amend().compression(Compression::Best);
        beacon().compression(Compression::Fast).asustor(Asustor::amend().general(own))
    };
    let redone = |compression| {
        let options = Options { compression, ..Options::default() };
        let report = pack_as(dir.path(), app(), &options).unwrap();
        let redone = report.finished.into_iter().filter(|package| !package.fresh);
        let mut vendors: Vec<_> = redone.map(|package| package.plan.vendor).collect();
        vendors.dedup();
        vendors
    };
    assert_eq!(redone(None), VendorId::ALL);
    assert_eq!(redone(None), []);
    // What a vendor's table says counts for that vendor, and the run's word counts for all of them.
    assert_eq!(redone(Some(Compression::Best)), VendorId::ALL[1..]);
    assert_eq!(redone(Some(Compression::Fast)), VendorId::ALL);
    assert_eq!(redone(None), [VendorId::Asustor]);
}

#[test]
fn what_is_wrong_is_told_at_the_line_of_the_call() {
    let dir = tempfile::tempdir().unwrap();
    let failure = pack(dir.path(), beacon().hook(Event::PreStart, Step::mkdir("{dta_dir}"))).unwrap_err();
    let line = line!() - 1;
    let said = failure.to_string();
    assert!(said.contains("unknown variable `{dta_dir}`") && said.contains(&format!("library.rs:{line}:")), "{said}");
}

#[test]
fn an_app_whose_binary_is_not_there_is_not_packed() {
    let dir = tempfile::tempdir().unwrap();
    let binaries = Binaries::new().with(Arch::Armhf, dir.path().join("lamp"));
    let workspace = Workspace::from(Description::new(beacon(), dir.path(), &binaries));
    let failure = pipeline::pack(&workspace, &binaries, &Options::default(), &Silent).unwrap_err().to_string();
    assert!(failure.contains("the package has no binary `beacon`"), "{failure}");

    let app = beacon().service(Service::amend().path("/x"));
    let filter = Filter { vendors: vec![VendorId::Asustor], ..Filter::default() };
    let options = Options { filter, ..Options::default() };
    let binaries =
        Binaries::new().with(Arch::X86_64, dir.path().join("beacon")).with(Arch::Armhf, dir.path().join("lamp"));
    let workspace = Workspace::from(Description::new(app, dir.path(), &binaries));
    let failure = pipeline::pack(&workspace, &binaries, &options, &Silent).unwrap_err().to_string();
    assert!(failure.contains("there is no binary `lamp` for x86_64"), "{failure}");
}

#[test]
fn an_app_can_be_linted_and_planned_before_there_is_a_binary() {
    let dir = tempfile::tempdir().unwrap();
    let names = Binaries::new().with(Arch::X86_64, "beacon");
    let workspace = Workspace::from(Description::new(beacon(), dir.path(), &names));
    let linted = pipeline::lint(&workspace, &Options::default()).unwrap();
    assert_eq!(linted[0].cargo_package, "beacon");
    assert!(linted[0].findings.iter().any(|found| found.code().is_some()), "there is no licence, for one");
    let (plans, _) = pipeline::plans(&workspace, &Options::default()).unwrap();
    assert!(plans[0].packages.len() > 20);
}
