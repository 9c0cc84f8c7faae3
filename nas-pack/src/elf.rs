//! A look at a program: what it runs on, and what it needs there.
//!
//! Only the headers are read, and only as far as they must be: the file may be any stranger's.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use object::read::elf::{AttributesSection, Dyn as _, FileHeader, ProgramHeader as _, SectionHeader as _, Sym as _};
use object::{Endian as _, Endianness, ReadCache, ReadRef, elf};
use serde::Serialize;

use crate::archive::Content;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::model::Arch;

/// The longest path of a loader and name of a library, in bytes. Linux takes no longer paths.
const NAME: u64 = 4096;

/// The largest dynamic section that is read, in bytes. Each entry has 8 or 16.
const DYNAMIC: u64 = 1 << 20;

/// The largest section of notes or attributes that is read, in bytes. Real ones have less than a hundred.
const NOTES: u64 = 64 << 10;

/// The largest table of dynamic symbols that is read, in bytes.
const SYMBOLS: u64 = 4 << 20;

/// How many libraries, and versions of each, are read.
const MOST: usize = 4096;

/// What a binary says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Binary {
    /// The processor that it is for.
    pub machine: Machine,
    /// 32 or 64.
    pub bits: u8,
    /// Whether its numbers have their highest byte first. None of the devices reads that.
    pub big_endian: bool,
    /// What kind of file it is.
    pub kind: Kind,
    /// What it runs on, if that is one of ours.
    pub arch: Option<Arch>,
    /// The version of ARM's architecture that its code needs: 5, 6, 7 or 8. Only 32-bit ARM files say that, and not all of them.
    pub cpu: Option<u8>,
    /// How it passes floating point numbers. Only 32-bit ARM files say that, and not all of them.
    pub float: Option<Float>,
    /// The loader it asks for; `None` for a static binary, and for a library.
    pub interpreter: Option<String>,
    /// The libraries it names, in its order.
    pub needed: Vec<String>,
    /// The newest glibc that it asks for by symbol versions.
    pub glibc: Option<Glibc>,
    /// The oldest kernel that it says it runs on: `3.2.0`. glibc refuses to start it on an older one.
    pub kernel: Option<String>,
    /// The smallest alignment of its loaded segments in bytes: the largest page size it can run with. `u64::MAX` where
    /// nothing is loaded.
    pub alignment: u64,
    /// Whether it wants to run code on its stack.
    pub executable_stack: bool,
}

/// A processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Machine {
    /// 64-bit Intel and AMD, also in a 32-bit file (x32).
    #[serde(rename = "x86-64")]
    X86_64,
    /// 32-bit Intel.
    I386,
    /// 64-bit ARM.
    Aarch64,
    /// 32-bit ARM.
    Arm,
    /// 32-bit `PowerPC`.
    PowerPc,
    /// Another, by its number in the ELF header.
    Other(u16),
}

/// What kind of ELF file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A program at a fixed address.
    Program,
    /// A library, or a program that runs at any address.
    Shared,
    /// An object file, a kernel module, or what else no loader reads.
    Other,
}

/// How ARM code passes floating point numbers. A program and its libraries must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Float {
    /// In registers of the floating point unit: `armhf`.
    Hard,
    /// As whole numbers: `armel`.
    Soft,
}

/// A version of glibc, and who asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Glibc {
    /// The version: `2.28`.
    pub version: String,
    /// A function that has it, where the file still has the names.
    pub symbol: Option<String>,
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X86_64 => f.write_str("x86-64"),
            Self::I386 => f.write_str("32-bit x86"),
            Self::Aarch64 => f.write_str("aarch64"),
            Self::Arm => f.write_str("32-bit ARM"),
            Self::PowerPc => f.write_str("PowerPC"),
            Self::Other(number) => write!(f, "the processor with number {number}"),
        }
    }
}

impl Machine {
    fn of(machine: elf::Machine) -> Self {
        match machine {
            elf::EM_X86_64 => Self::X86_64,
            elf::EM_386 => Self::I386,
            elf::EM_AARCH64 => Self::Aarch64,
            elf::EM_ARM => Self::Arm,
            elf::EM_PPC => Self::PowerPc,
            other => Self::Other(other.0),
        }
    }
}

/// A version of numbers and dots as numbers. What is not a number counts as 0.
pub(crate) fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// Reads the headers of an ELF file.
pub(crate) fn inspect(path: &Path) -> Result<Binary> {
    let file = File::open(path).map_err(|error| Failure::io("read", path, &error))?;
    read(file).map_err(|what| Diagnostic::error(format!("`{}` is not an ELF program: {what}", path.display())).into())
}

/// The same of a file in a tree; `None` if it does not begin as an ELF file does.
pub(crate) fn inspect_content(content: &Content) -> Option<Result<Binary, String>> {
    let mut head = [0; 4];
    match content {
        Content::Bytes(bytes) => bytes.starts_with(&elf::ELFMAG).then(|| read(std::io::Cursor::new(bytes.as_ref()))),
        Content::File { path, .. } => {
            let mut file = File::open(path).ok()?;
            file.read_exact(&mut head).ok()?;
            (head == elf::ELFMAG).then(|| read(file))
        }
    }
}

fn read(file: impl Read + Seek) -> Result<Binary, String> {
    // Reads only what is asked for, however large the file is.
    let data = ReadCache::new(file);
    match object::FileKind::parse(&data).map_err(|error| error.to_string())? {
        object::FileKind::Elf32 => headers::<elf::FileHeader32<Endianness>, _>(&data, 32),
        object::FileKind::Elf64 => headers::<elf::FileHeader64<Endianness>, _>(&data, 64),
        other => return Err(format!("it is {other:?}")),
    }
    .map_err(|error| error.to_string())
}

fn headers<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>>(data: R, bits: u8) -> object::Result<Binary> {
    let header = H::parse(data)?;
    let endian = header.endian()?;
    // The most there can be in a 16-bit number; more are counted elsewhere, and no program has them.
    let programs = if header.e_phnum(endian) == elf::PN_XNUM { &[] } else { header.program_headers(endian, data)? };
    let mut image = Image { header, endian, data, programs, dynamic: &[] };
    let machine = Machine::of(header.e_machine(endian));
    let (cpu, float) = if machine == Machine::Arm { image.arm() } else { (None, None) };
    let big_endian = header.is_big_endian();
    let arch = match (machine, bits) {
        (Machine::X86_64, 64) => Some(Arch::X86_64),
        (Machine::Aarch64, 64) => Some(Arch::Aarch64),
        (Machine::Arm, 32) if float != Some(Float::Soft) => Some(Arch::Armhf),
        _ => None,
    };
    let mut binary = Binary {
        machine,
        bits,
        big_endian,
        kind: match header.e_type(endian) {
            elf::ET_EXEC => Kind::Program,
            elf::ET_DYN => Kind::Shared,
            _ => Kind::Other,
        },
        arch: arch.filter(|_| !big_endian),
        cpu,
        float,
        interpreter: None,
        needed: Vec::new(),
        glibc: None,
        kernel: None,
        alignment: u64::MAX,
        executable_stack: false,
    };
    for program in programs {
        let size = program.p_filesz(endian).into();
        match program.p_type(endian) {
            elf::PT_LOAD => binary.alignment = binary.alignment.min(program.p_align(endian).into()),
            elf::PT_INTERP if size <= NAME => {
                let name = program.interpreter(endian, data).ok().flatten();
                binary.interpreter = name.map(|name| String::from_utf8_lossy(name).into_owned());
            }
            elf::PT_DYNAMIC if size <= DYNAMIC => {
                image.dynamic = program.dynamic(endian, data).ok().flatten().unwrap_or_default();
            }
            elf::PT_NOTE if size <= NOTES => {
                binary.kernel = binary.kernel.or_else(|| kernel::<H, R>(program, endian, data));
            }
            elf::PT_GNU_STACK => binary.executable_stack = program.p_flags(endian).0 & elf::PF_X.0 != 0,
            _ => {}
        }
    }
    binary.needed = image.tags(elf::DT_NEEDED).take(MOST).filter_map(|at| image.name(at)).collect();
    binary.glibc = image.glibc();
    Ok(binary)
}

/// The kernel that a note names: `.note.ABI-tag`.
fn kernel<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>>(
    program: &H::ProgramHeader,
    endian: Endianness,
    data: R,
) -> Option<String> {
    let mut notes = program.notes(endian, data).ok()??;
    while let Ok(Some(note)) = notes.next() {
        if note.name() != elf::ELF_NOTE_GNU || note.n_type(endian) != elf::NT_GNU_ABI_TAG {
            continue;
        }
        let words: Vec<u32> =
            note.desc().chunks_exact(4).filter_map(|word| Some(endian.read_u32(word.try_into().ok()?))).collect();
        if let [0, major, minor, patch] = words[..] {
            return Some(format!("{major}.{minor}.{patch}"));
        }
    }
    None
}

/// What is looked up in a file by addresses and sections.
struct Image<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>> {
    header: &'d H,
    endian: Endianness,
    data: R,
    programs: &'d [H::ProgramHeader],
    dynamic: &'d [H::Dyn],
}

impl<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>> Image<'d, H, R> {
    /// The values of a tag in the dynamic section.
    fn tags(&self, tag: elf::DynamicTag) -> impl Iterator<Item = u64> {
        let tagged = self.dynamic.iter().filter(move |entry| entry.d_tag(self.endian) == tag);
        tagged.map(|entry| entry.d_val(self.endian).into())
    }

    /// Where in the file the address is that a tag of the dynamic section has.
    fn place(&self, tag: elf::DynamicTag) -> Option<u64> {
        let address = self.tags(tag).next()?;
        let holds = |program: &&H::ProgramHeader| {
            let start: u64 = program.p_vaddr(self.endian).into();
            let size: u64 = program.p_filesz(self.endian).into();
            program.p_type(self.endian) == elf::PT_LOAD && address >= start && address - start < size
        };
        let program = self.programs.iter().find(holds)?;
        let offset: u64 = program.p_offset(self.endian).into();
        offset.checked_add(address - program.p_vaddr(self.endian).into())
    }

    /// A name in the table of the dynamic section.
    fn name(&self, at: u64) -> Option<String> {
        let start = self.place(elf::DT_STRTAB)?.checked_add(at)?;
        let end = start.checked_add(NAME)?.min(self.data.len().ok()?);
        let name = self.data.read_bytes_at_until(start..end, 0).ok()?;
        Some(String::from_utf8_lossy(name).into_owned())
    }

    /// The sections, where they are counted as every program's are.
    fn sections(&self) -> &'d [H::SectionHeader] {
        let counted = self.header.e_shnum(self.endian) != 0;
        let sections = counted.then(|| self.header.section_headers(self.endian, self.data).ok()).flatten();
        sections.unwrap_or_default()
    }

    /// The newest version of glibc among those that are asked for.
    fn glibc(&self) -> Option<Glibc> {
        let mut newest: Option<(Vec<u32>, String, elf::VersionIndex)> = None;
        let mut at = self.place(elf::DT_VERNEED)?;
        let libraries = self.tags(elf::DT_VERNEEDNUM).next().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        for _ in 0..libraries.min(MOST) {
            let need: &elf::Verneed<Endianness> = self.data.read_at(at).ok()?;
            let mut version_at = at.checked_add(need.vn_aux.get(self.endian).into())?;
            for _ in 0..usize::from(need.vn_cnt.get(self.endian)).min(MOST) {
                let version: &elf::Vernaux<Endianness> = self.data.read_at(version_at).ok()?;
                let name = self.name(version.vna_name.get(self.endian).into());
                let named = match name.as_deref().and_then(|name| name.strip_prefix("GLIBC_")) {
                    // Relative relocations in a short form, which the loader of 2.36 was the first to know.
                    Some("ABI_DT_RELR") => Some("2.36"),
                    named => named.filter(|named| named.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())),
                };
                if let Some(named) = named
                    && newest.as_ref().is_none_or(|(newest, ..)| numbers(named) > *newest)
                {
                    newest = Some((numbers(named), named.to_owned(), version.vna_other.get(self.endian)));
                }
                match version.vna_next.get(self.endian) {
                    0 => break,
                    next => version_at = version_at.checked_add(next.into())?,
                }
            }
            match need.vn_next.get(self.endian) {
                0 => break,
                next => at = at.checked_add(next.into())?,
            }
        }
        newest.map(|(_, version, index)| Glibc { version, symbol: self.symbol(index) })
    }

    /// The first symbol with a version.
    fn symbol(&self, version: elf::VersionIndex) -> Option<String> {
        let is_table = |section: &&H::SectionHeader| {
            section.sh_type(self.endian) == elf::SHT_DYNSYM && section.sh_size(self.endian).into() <= SYMBOLS
        };
        let table = self.sections().iter().find(is_table)?;
        let symbols: &[H::Sym] = table.data_as_array(self.endian, self.data).ok()?;
        let place = self.place(elf::DT_VERSYM)?;
        let versions: &[elf::Versym<Endianness>] = self.data.read_slice_at(place, symbols.len()).ok()?;
        let index = versions.iter().position(|of| of.0.get(self.endian).index() == version)?;
        self.name(symbols.get(index)?.st_name(self.endian).into())
    }

    /// What 32-bit ARM's header and attributes say: the version of the architecture, and the float ABI.
    fn arm(&self) -> (Option<u8>, Option<Float>) {
        /// Tags of the section, by "Addenda to, and Errata in, the ABI for the Arm Architecture".
        const CPU_ARCH: u64 = 6;
        const VFP_ARGS: u64 = 28;
        let flags = self.header.e_flags(self.endian).0;
        let mut float = match (flags & elf::EF_ARM_ABI_FLOAT_HARD, flags & elf::EF_ARM_ABI_FLOAT_SOFT) {
            (0, 0) => None,
            (0, _) => Some(Float::Soft),
            _ => Some(Float::Hard),
        };
        let Some(attributes) = self.attributes() else { return (None, float) };
        let get = |tag| attributes.iter().find(|(known, _)| *known == tag).map(|(_, value)| *value);
        // Up to version 6 each step has a number of its own; M and R profiles are no processors of a NAS.
        let cpu = match get(CPU_ARCH) {
            Some(3..=5) => Some(5),
            Some(6..=9) => Some(6),
            Some(10) => Some(7),
            Some(14) => Some(8),
            _ => None,
        };
        if float.is_none() && !attributes.is_empty() {
            // Files of before 2013 say it only here, where silence means the base variant.
            float = match get(VFP_ARGS) {
                None | Some(0) => Some(Float::Soft),
                Some(1) => Some(Float::Hard),
                Some(_) => None,
            };
        }
        (cpu, float)
    }

    /// The numbers among the attributes of the whole file in `.ARM.attributes`.
    fn attributes(&self) -> Option<Vec<(u64, u64)>> {
        const FILE: u8 = 1;
        /// These have texts though their numbers are small.
        const CPU_RAW_NAME: u64 = 4;
        const CPU_NAME: u64 = 5;
        /// A number and a text.
        const COMPATIBILITY: u64 = 32;
        let is_table = |section: &&H::SectionHeader| {
            section.sh_type(self.endian) == elf::SHT_ARM_ATTRIBUTES && section.sh_size(self.endian).into() <= NOTES
        };
        let section = self.sections().iter().find(is_table)?;
        let section = AttributesSection::<H>::new(self.endian, section.data(self.endian, self.data).ok()?).ok()?;
        let mut found = Vec::new();
        for subsection in section.subsections().ok()?.map_while(Result::ok) {
            if subsection.vendor() != b"aeabi" {
                continue;
            }
            for part in subsection.subsubsections().map_while(Result::ok).filter(|part| part.tag().0 == FILE) {
                let mut reader = part.attributes();
                while let Some(tag) = reader.read_tag().ok()? {
                    match tag {
                        CPU_RAW_NAME | CPU_NAME => drop(reader.read_string().ok()?),
                        COMPATIBILITY => {
                            reader.read_integer().ok()?;
                            reader.read_string().ok()?;
                        }
                        33.. if tag % 2 == 1 => drop(reader.read_string().ok()?),
                        _ => found.push((tag, reader.read_integer().ok()?)),
                    }
                }
            }
        }
        Some(found)
    }
}

/// Small ELF files for tests, written by hand: as much of one as a reader of headers looks at.
#[cfg(test)]
pub(crate) mod fixture {
    /// What a file shall say.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Elf<'a> {
        pub(crate) machine: u16,
        pub(crate) bits: u8,
        pub(crate) flags: u32,
        pub(crate) kind: u16,
        pub(crate) interpreter: Option<&'a str>,
        pub(crate) needed: &'a [&'a str],
        pub(crate) versions: &'a [&'a str],
        pub(crate) kernel: Option<[u32; 3]>,
        pub(crate) align: u64,
        pub(crate) stack: u32,
        /// Tags and values of `.ARM.attributes`.
        pub(crate) attributes: &'a [(u8, u8)],
    }

    /// A static program.
    pub(crate) const X86_64: Elf<'_> = Elf {
        machine: 62,
        bits: 64,
        flags: 0,
        kind: 2,
        interpreter: None,
        needed: &[],
        versions: &[],
        kernel: None,
        align: 4096,
        stack: 6,
        attributes: &[],
    };
    pub(crate) const AARCH64: Elf<'_> = Elf { machine: 183, align: 65536, ..X86_64 };
    pub(crate) const ARMHF: Elf<'_> =
        Elf { machine: 40, bits: 32, flags: 0x0500_0400, align: 65536, attributes: &[(6, 10), (28, 1)], ..X86_64 };

    impl Elf<'_> {
        pub(crate) fn bytes(&self) -> Vec<u8> {
            let wide = self.bits == 64;
            let word = |value: u64| if wide { value.to_le_bytes().to_vec() } else { value.to_le_bytes()[..4].to_vec() };
            let (head_len, program_len, section_len): (u16, u16, u16) = if wide { (64, 56, 64) } else { (52, 32, 40) };
            // The strings of the dynamic section, each found by its place.
            let mut strings = vec![0];
            let mut string = |text: &str| {
                let at = strings.len() as u64;
                strings.extend(text.as_bytes());
                strings.push(0);
                at
            };
            let needed: Vec<u64> = self.needed.iter().map(|name| string(name)).collect();
            let file = string("libc.so.6");
            let versions: Vec<u64> = self.versions.iter().map(|name| string(name)).collect();

            let base = usize::from(head_len + 5 * program_len);
            let mut body = Vec::new();
            let interpreter = self.interpreter.map_or_else(Vec::new, |name| [name.as_bytes(), b"\0"].concat());
            body.extend(&interpreter);
            body.resize(body.len().next_multiple_of(8), 0);
            let note_at = base + body.len();
            let mut note = Vec::new();
            if let Some(kernel) = self.kernel {
                for value in [4, 16, 1, u32::from_le_bytes(*b"GNU\0"), 0].into_iter().chain(kernel) {
                    note.extend(value.to_le_bytes());
                }
            }
            body.extend(&note);
            let verneed_at = base + body.len();
            if !versions.is_empty() {
                let count = u16::try_from(versions.len()).unwrap();
                body.extend([1_u16, count].iter().flat_map(|half| half.to_le_bytes()));
                body.extend([u32::try_from(file).unwrap(), 16, 0].iter().flat_map(|word| word.to_le_bytes()));
                for (index, name) in versions.iter().enumerate() {
                    let next = if index + 1 < versions.len() { 16_u32 } else { 0 };
                    body.extend(0_u32.to_le_bytes());
                    body.extend(
                        [0, u16::try_from(index + 2).unwrap()].iter().flat_map(|half: &u16| half.to_le_bytes()),
                    );
                    body.extend([u32::try_from(*name).unwrap(), next].iter().flat_map(|word| word.to_le_bytes()));
                }
            }
            let strings_at = base + body.len();
            body.extend(&strings);
            body.resize(body.len().next_multiple_of(8), 0);
            let dynamic_at = base + body.len();
            let mut dynamic = Vec::new();
            let mut entry = |tag: u64, value: u64| dynamic.extend([word(tag), word(value)].concat());
            if !needed.is_empty() || !versions.is_empty() {
                needed.iter().for_each(|name| entry(1, *name));
                entry(5, strings_at as u64);
                if !versions.is_empty() {
                    entry(0x6fff_fffe, verneed_at as u64);
                    entry(0x6fff_ffff, 1);
                }
                entry(0, 0);
            }
            body.extend(&dynamic);
            let attributes_at = base + body.len();
            let mut attributes = Vec::new();
            if !self.attributes.is_empty() {
                let pairs: Vec<u8> = self.attributes.iter().flat_map(|(tag, value)| [*tag, *value]).collect();
                let inner = u32::try_from(5 + pairs.len()).unwrap();
                attributes =
                    [&b"A"[..], &(inner + 10).to_le_bytes(), b"aeabi\0\x01", &inner.to_le_bytes(), &pairs].concat();
            }
            body.extend(&attributes);
            body.resize(body.len().next_multiple_of(8), 0);
            let sections_at = base + body.len();
            let sections: u16 = if attributes.is_empty() { 0 } else { 2 };

            let mut out = b"\x7fELF".to_vec();
            out.extend([if wide { 2 } else { 1 }, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            out.extend([self.kind, self.machine].iter().flat_map(|half| half.to_le_bytes()));
            out.extend(1_u32.to_le_bytes());
            out.extend(
                [word(0), word(head_len.into()), word(if sections == 0 { 0 } else { sections_at as u64 })].concat(),
            );
            out.extend(self.flags.to_le_bytes());
            let halves = [head_len, program_len, 5, section_len, sections, 0];
            out.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
            let all = (sections_at + usize::from(sections) * usize::from(section_len)) as u64;
            for (kind, at, len, flags, align) in [
                (1_u32, 0, all, 5_u32, self.align),
                (if interpreter.is_empty() { 0 } else { 3 }, base as u64, interpreter.len() as u64, 4, 1),
                (if note.is_empty() { 0 } else { 4 }, note_at as u64, note.len() as u64, 4, 4),
                (if dynamic.is_empty() { 0 } else { 2 }, dynamic_at as u64, dynamic.len() as u64, 6, 8),
                (0x6474_e551, 0, 0, self.stack, 16),
            ] {
                out.extend(kind.to_le_bytes());
                let (places, lens) = ([word(at), word(at), word(at)].concat(), [word(len), word(len)].concat());
                if wide {
                    out.extend(flags.to_le_bytes());
                    out.extend([places, lens, word(align)].concat());
                } else {
                    out.extend([places, lens].concat());
                    out.extend(flags.to_le_bytes());
                    out.extend(word(align));
                }
            }
            out.extend(body);
            if sections > 0 {
                out.extend(vec![0; usize::from(section_len)]);
                out.extend([0_u32, 0x7000_0003].iter().flat_map(|half| half.to_le_bytes()));
                let places = [0, 0, attributes_at as u64, attributes.len() as u64].map(word).concat();
                out.extend(places);
                out.extend([0; 8]);
                out.extend([word(1), word(0)].concat());
            }
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{AARCH64, ARMHF, Elf, X86_64};
    use super::*;

    fn read_made(made: Elf<'_>) -> Binary {
        inspect_content(&made.bytes().into()).unwrap().unwrap()
    }

    #[test]
    fn this_very_program_is_readable() {
        let path = std::env::current_exe().unwrap();
        let binary = inspect(&path).unwrap();
        assert_eq!(binary.arch, Arch::ALL.into_iter().find(|arch| arch.name() == std::env::consts::ARCH));
        assert!(inspect(Path::new(env!("CARGO_MANIFEST_PATH"))).is_err());
        let content = Content::on_disk(&path).unwrap();
        assert_eq!(inspect_content(&content).unwrap().unwrap(), binary);
        // Test programs are linked dynamically, except for musl.
        assert_eq!(binary.needed.iter().any(|name| name.starts_with("libc.so")), binary.interpreter.is_some());
        if cfg!(target_env = "gnu") {
            let glibc = binary.glibc.unwrap();
            assert!(numbers(&glibc.version) >= vec![2, 17] && glibc.symbol.is_some(), "{glibc:?}");
        }
    }

    #[test]
    fn what_only_begins_as_elf_is_told() {
        assert!(inspect_content(&"#!/bin/sh\n".into()).is_none());
        let broken = inspect_content(&b"\x7fELF\x02\x01\x01".to_vec().into()).unwrap();
        insta::assert_snapshot!(broken.unwrap_err(), @"Could not read file magic");
    }

    #[test]
    fn what_a_dynamic_program_needs() {
        let made = Elf {
            kind: 3,
            interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
            needed: &["libgcc_s.so.1", "libc.so.6"],
            versions: &["GLIBC_2.9", "GLIBC_2.28", "GLIBC_2.2.5", "GLIBC_PRIVATE"],
            kernel: Some([3, 2, 0]),
            stack: 7,
            ..X86_64
        };
        let binary = read_made(made);
        assert_eq!(binary.interpreter.as_deref(), made.interpreter);
        assert_eq!(binary.needed, made.needed);
        assert_eq!(binary.glibc, Some(Glibc { version: "2.28".to_owned(), symbol: None }));
        assert_eq!(
            (binary.kernel.as_deref(), binary.kind, binary.executable_stack),
            (Some("3.2.0"), Kind::Shared, true)
        );
        let relr = read_made(Elf { versions: &["GLIBC_2.4", "GLIBC_ABI_DT_RELR"], ..made });
        assert_eq!(relr.glibc.map(|glibc| glibc.version).as_deref(), Some("2.36"));
    }

    #[test]
    fn what_a_program_runs_on() {
        let facts = |made: Elf<'_>| {
            let binary = read_made(made);
            (binary.arch, binary.cpu, binary.float)
        };
        assert_eq!(facts(X86_64), (Some(Arch::X86_64), None, None));
        assert_eq!(facts(Elf { machine: 3, bits: 32, ..X86_64 }), (None, None, None));
        assert_eq!(facts(AARCH64), (Some(Arch::Aarch64), None, None));
        assert_eq!(facts(ARMHF), (Some(Arch::Armhf), Some(7), Some(Float::Hard)));
        // Without the flag, the attributes tell; without both, nobody does.
        let silent = Elf { flags: 0x0500_0000, ..ARMHF };
        assert_eq!(facts(silent), (Some(Arch::Armhf), Some(7), Some(Float::Hard)));
        let soft = Elf { attributes: &[(6, 4)], ..silent };
        assert_eq!(facts(soft), (None, Some(5), Some(Float::Soft)));
        assert_eq!(facts(Elf { attributes: &[], ..silent }), (Some(Arch::Armhf), None, None));
    }

    /// Every byte of every header once with other values: nothing panics, and nothing is read without bounds.
    #[test]
    fn broken_headers_are_survived() {
        let made = Elf {
            interpreter: Some("/lib/x"),
            needed: &["a"],
            versions: &["GLIBC_2.4"],
            kernel: Some([3, 2, 0]),
            ..ARMHF
        };
        for elf in [made, Elf { machine: 183, bits: 64, ..made }] {
            let good = elf.bytes();
            for at in 0..good.len() {
                for value in [0, 1, 0x7f, 0xff] {
                    let mut bytes = good.clone();
                    bytes[at] = value;
                    let _ = inspect_content(&bytes.into());
                }
                let _ = inspect_content(&good[..at].to_vec().into());
            }
        }
    }
}
