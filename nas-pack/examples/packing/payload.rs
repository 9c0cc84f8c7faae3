//! The payloads: made of what every Rust toolchain brings, so that nobody has to download or keep them, and so that they have the same
//! bytes wherever the toolchain has.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// The program in a payload's folder.
pub(crate) const DAEMON: &str = "bin/daemon";

/// The folder of everything else.
pub(crate) const ASSETS: &str = "assets";

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Payload {
    /// 10 MiB, 33 files: a program of 8 MiB, texts, and pictures
    Daemon,
    /// 100 MiB, 114 files: 64 MiB of machine code, 28 MiB of texts, and 8 MiB that cannot be compressed
    Web,
    /// 1 GiB, 32 files: films
    Media,
    /// 20 000 files with 200 bytes to 8 KiB of text
    Small,
}

/// Writes a payload into a new folder.
pub(crate) fn make(payload: Payload, folder: &Path, sysroot: &Path) -> io::Result<()> {
    let mut source = Source::find(sysroot)?;
    let mut noise = Noise(1);
    let assets = folder.join(ASSETS);
    let place = |name: String| assets.join(name);
    match payload {
        Payload::Daemon => {
            source.program(folder, source.length / 10, 8 * MIB)?;
            for number in 0..24 {
                write(&place(format!("www/{number:02}.js")), &source.text(64 * KIB))?;
            }
            for number in 0..8 {
                write(&place(format!("www/{number}.webp")), &noise.bytes(64 * KIB))?;
            }
        }
        Payload::Web => {
            source.program(folder, 0, 64 * MIB)?;
            for number in 0..112 {
                write(&place(format!("www/{number:03}.js")), &source.text(256 * KIB))?;
            }
            write(&place("blob.bin".to_owned()), &noise.bytes(8 * MIB))?;
        }
        Payload::Media => {
            source.program(folder, source.length / 10, MIB)?;
            for number in 0..31 {
                film(&place(format!("films/{number:02}.ts")), 33 * MIB, &mut noise)?;
            }
        }
        Payload::Small => {
            source.program(folder, source.length / 10, 64 * KIB)?;
            for number in 1..20_000 {
                // Many are small and few are large, as in trees of sources and icons.
                let part = (noise.next() % 1024) as usize;
                let length = 200 + 8 * KIB * part.pow(3) / 1024_usize.pow(3);
                write(&place(format!("{:03}/{number:05}.rs", number / 100)), &source.text(length))?;
            }
        }
    }
    Ok(())
}

/// Where machine code and text come from.
struct Source {
    code: File,
    length: u64,
    text: Vec<u8>,
    taken: usize,
}

impl Source {
    /// The compiler's own code and the sources of the standard library.
    fn find(sysroot: &Path) -> io::Result<Self> {
        let missing = |what: String| io::Error::new(io::ErrorKind::NotFound, what);
        let compiler = fs::read_dir(sysroot.join("lib"))?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("librustc_driver")));
        let compiler = compiler.ok_or_else(|| missing(format!("no librustc_driver in {}", sysroot.display())))?;
        let code = File::open(compiler)?;
        let length = code.metadata()?.len();

        let sources = sysroot.join("lib/rustlib/src");
        let mut text = Vec::new();
        for entry in walkdir::WalkDir::new(&sources).sort_by_file_name().into_iter().filter_map(Result::ok) {
            if entry.path().extension().is_some_and(|extension| extension == "rs") {
                text.append(&mut fs::read(entry.path())?);
            }
        }
        if text.len() < 28 * MIB {
            return Err(missing(format!("no sources in {}: `rustup component add rust-src`", sources.display())));
        }
        Ok(Self { code, length, text, taken: 0 })
    }

    /// The payload's program: machine code under the header of a static program, for the rules to see what it claims to be.
    fn program(&mut self, folder: &Path, from: u64, length: usize) -> io::Result<()> {
        let mut code = vec![0; length];
        self.code.seek(SeekFrom::Start(from))?;
        self.code.read_exact(&mut code)?;
        let header = header(length as u64);
        code[..header.len()].copy_from_slice(&header);
        write(&folder.join(DAEMON), &code)
    }

    /// The next bytes of text, from the beginning again after the end: further away than any compressor of these formats looks.
    fn text(&mut self, length: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(length);
        while text.len() < length {
            let rest = &self.text[self.taken..];
            let part = &rest[..rest.len().min(length - text.len())];
            text.extend(part);
            self.taken = (self.taken + part.len()) % self.text.len();
        }
        text
    }
}

/// The headers of a static x86-64 program with one segment.
fn header(length: u64) -> Vec<u8> {
    const START: u64 = 0x40_0000;
    let mut elf = Vec::new();
    elf.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    elf.extend([2_u16, 62].map(u16::to_le_bytes).concat());
    elf.extend(1_u32.to_le_bytes());
    elf.extend([START + 120, 64, 0].map(u64::to_le_bytes).concat());
    elf.extend(0_u32.to_le_bytes());
    elf.extend([64_u16, 56, 1, 0, 0, 0].map(u16::to_le_bytes).concat());
    elf.extend([1_u32, 5].map(u32::to_le_bytes).concat());
    elf.extend([0, START, START, length, length, 0x1000].map(u64::to_le_bytes).concat());
    elf
}

/// Bytes that nothing compresses, always the same: `SplitMix64`.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(length);
        bytes
    }
}

/// An MPEG transport stream as a compressor sees it: packets of 188 bytes with a header of 4 and noise.
fn film(path: &Path, length: usize, noise: &mut Noise) -> io::Result<()> {
    let mut out = BufWriter::new(create(path)?);
    let mut left = length;
    let mut counter = 0;
    while left > 0 {
        let mut packet = vec![0x47, 0x01, 0x00, 0x10 | (counter & 0x0f)];
        packet.append(&mut noise.bytes(184));
        packet.truncate(left);
        out.write_all(&packet)?;
        left -= packet.len();
        counter = counter.wrapping_add(1_u8);
    }
    out.flush()
}

fn create(path: &Path) -> io::Result<File> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    File::create(path)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create(path)?.write_all(bytes)
}
