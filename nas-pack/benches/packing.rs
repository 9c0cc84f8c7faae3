//! Where packing spends its time: `cargo bench --package nas-pack`.
//!
//! What is packed is at hand everywhere: this program as machine code, our own sources as text, and noise. Whole commands beside other
//! tools are measured by `book/measure/packing.sh`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has no result")]

use std::fs::{self, File};
use std::io::{BufWriter, sink};
use std::path::Path;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use nas_pack::archive::read::Limits;
use nas_pack::archive::{Entry, TarStyle, TarWriter, Tree};
use nas_pack::diagnostic::Findings;
use nas_pack::dsl::{App, Asset};
use nas_pack::manifest::{Description, Workspace, decode};
use nas_pack::model::{Arch, Binaries, VendorId};
use nas_pack::pipeline::{self, Filter, Options};
use nas_pack::progress::Silent;
use nas_pack::vendor::{Icons, Layout, Payload, Request, open, vendor};
use tempfile::TempDir;

const MIB: usize = 1 << 20;

fn main() {
    divan::main();
}

/// Machine code: this program's own, again and again, further apart than compressors of these formats look.
static CODE: LazyLock<Vec<u8>> =
    LazyLock::new(|| repeat(&fs::read(std::env::current_exe().unwrap()).unwrap(), 4 * MIB));

/// Text: our sources.
static TEXT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let sources = walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).sort_by_file_name();
    let files = sources.into_iter().flatten().filter(|entry| entry.file_type().is_file());
    repeat(&files.flat_map(|entry| fs::read(entry.path()).unwrap()).collect::<Vec<_>>(), 2 * MIB)
});

/// What is compressed already: Marsaglia's xorshift.
static NOISE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..2 * MIB / 8).flat_map(|_| next()).collect()
});

fn repeat(bytes: &[u8], length: usize) -> Vec<u8> {
    bytes.iter().cycle().take(length).copied().collect()
}

/// A daemon with a few assets, and where it lies: files are read when they are packed.
struct Sample {
    dir: TempDir,
    tree: Tree,
}

impl Sample {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut tree = Tree::new();
        for (name, bytes) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            tree.insert(name, Entry::on_disk(&path, 0o644).unwrap()).unwrap();
        }
        Self { dir, tree }
    }

    fn typical() -> Self {
        let texts: Vec<_> =
            TEXT.chunks(64 << 10).enumerate().map(|(number, text)| (format!("www/{number}.js"), text)).collect();
        let mut files: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        files.extend([("bin/daemon", &CODE[..]), ("www/film.ts", &NOISE[..])]);
        Self::new(&files)
    }

    fn size(&self) -> BytesCount {
        BytesCount::new(self.tree.size())
    }

    /// The package for a vendor's first device of x86-64, before it is written.
    fn layout(&self, id: VendorId) -> Layout {
        let description = Description::new(app(), self.dir.path(), &binaries(self.dir.path()));
        let (merged, findings, icons) = (description.merged_for(id), Findings::new(), Icons::default());
        let app = decode(&merged, &description, &findings).unwrap();
        let epoch = pipeline::DEFAULT_EPOCH;
        let request =
            Request { app: &app, layer: &merged, dir: self.dir.path(), findings: &findings, icons: &icons, epoch };
        let packager = vendor(id).check(&request).unwrap();
        let device = vendor(id).devices().iter().find(|device| device.arch() == Some(Arch::X86_64)).unwrap();
        let payload = Payload { arch: device.arch(), tree: self.tree.clone() };
        let layout = packager.layout(device, &payload, &findings).unwrap();
        findings.finish().unwrap();
        layout
    }
}

fn app() -> App {
    App::new("sample").version("1.2.3").description("A sample").maintainer("Ann <ann@example.com>")
}

fn binaries(dir: &Path) -> Binaries {
    Binaries::new().with(Arch::X86_64, dir.join("bin/daemon"))
}

/// Seals into a file, as for a user.
fn seal(bencher: Bencher<'_, '_>, sample: &Sample, id: VendorId) {
    let layout = sample.layout(id);
    let out = sample.dir.path().join("sealed");
    bencher.counter(sample.size()).bench_local(|| {
        let mut file = BufWriter::new(File::create(&out).unwrap());
        layout.seal(&mut file).unwrap();
    });
}

/// One package of a typical daemon.
#[divan::bench(args = VendorId::ALL, sample_count = 10)]
fn package(bencher: Bencher<'_, '_>, id: VendorId) {
    seal(bencher, &Sample::typical(), id);
}

/// One package of each kind of content.
#[divan::bench(args = ["code", "text", "noise"], sample_count = 10)]
fn content(bencher: Bencher<'_, '_>, kind: &str) {
    let bytes = match kind {
        "code" => &CODE,
        "text" => &TEXT,
        _ => &NOISE,
    };
    seal(bencher, &Sample::new(&[("content", bytes)]), VendorId::Synology);
}

/// One package of many small files.
#[divan::bench(sample_count = 10)]
fn small_files(bencher: Bencher<'_, '_>) {
    let names: Vec<_> = TEXT.chunks(1000).enumerate().map(|(number, text)| (format!("{number}.rs"), text)).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    seal(bencher, &Sample::new(&files), VendorId::Synology);
}

/// An archive of the typical daemon, not compressed and not kept.
#[divan::bench(sample_count = 10)]
fn tar(bencher: Bencher<'_, '_>) {
    let sample = Sample::typical();
    bencher.counter(sample.size()).bench_local(|| {
        let mut writer = TarWriter::new(sink(), TarStyle::plain(), 0).unwrap();
        writer.tree(&sample.tree).unwrap();
        writer.finish().unwrap();
    });
}

/// A package of each format, from the description to the files on disk.
#[divan::bench(sample_count = 5)]
fn each_format(bencher: Bencher<'_, '_>) {
    let sample = Sample::typical();
    let binaries = Binaries::new();
    // Machine code without its header is no program.
    let app = app().no_binaries().asset(Asset::file("**", "share/"));
    let workspace = Workspace::from(Description::new(app, sample.dir.path(), &binaries));
    let output = tempfile::tempdir().unwrap();
    let options = Options {
        filter: Filter { devices: ["any", "noarch", "MyCloudPR4100"].map(str::to_owned).into(), ..Filter::default() },
        output: Some(output.path().to_owned()),
        force: true,
        ..Options::default()
    };
    bencher.counter(sample.size()).bench_local(|| pipeline::pack(&workspace, &binaries, &options, &Silent).unwrap());
}

/// Reading a package back.
#[divan::bench(args = VendorId::ALL, sample_count = 10)]
fn opening(bencher: Bencher<'_, '_>, id: VendorId) {
    let sample = Sample::typical();
    let path = sample.dir.path().join("package");
    sample.layout(id).seal(&mut BufWriter::new(File::create(&path).unwrap())).unwrap();
    bencher.counter(sample.size()).bench_local(|| open(&path, &Limits::default()).unwrap());
}
