//! A look at a program: what it runs on, and what it needs there.
//!
//! Only the headers are read, and only as far as they must be: the file may be any stranger's.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};
use object::{Endianness, ReadCache, ReadRef, elf};
use serde::Serialize;

use crate::archive::Content;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::model::Arch;

/// The longest path of a loader and name of a library, in bytes. Linux takes no longer paths.
const NAME: u64 = 4096;

/// The largest dynamic section that is read, in bytes. Each entry has 8 or 16.
const DYNAMIC: u64 = 1 << 20;

/// What a binary says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Binary {
    /// What it runs on, if that is one of ours.
    pub arch: Option<Arch>,
    /// The loader it asks for; `None` for a static binary, and for a library.
    pub interpreter: Option<String>,
    /// The libraries it names, in its order.
    pub needed: Vec<String>,
    /// The smallest alignment of its loaded segments in bytes: the largest page size it can run with. `u64::MAX` where
    /// nothing is loaded.
    pub alignment: u64,
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
        object::FileKind::Elf32 => headers::<elf::FileHeader32<Endianness>, _>(&data),
        object::FileKind::Elf64 => headers::<elf::FileHeader64<Endianness>, _>(&data),
        other => return Err(format!("it is {other:?}")),
    }
    .map_err(|error| error.to_string())
}

fn headers<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>>(data: R) -> object::Result<Binary> {
    let header = H::parse(data)?;
    let endian = header.endian()?;
    let soft_float = header.e_flags(endian).0 & elf::EF_ARM_ABI_FLOAT_SOFT != 0;
    let arch = match header.e_machine(endian) {
        elf::EM_X86_64 => Some(Arch::X86_64),
        elf::EM_AARCH64 => Some(Arch::Aarch64),
        elf::EM_ARM if !soft_float => Some(Arch::Armhf),
        _ => None,
    };
    // The most there can be in a 16-bit number; more are counted elsewhere, and no program has them.
    let programs = if header.e_phnum(endian) == elf::PN_XNUM { &[] } else { header.program_headers(endian, data)? };
    let mut binary = Binary { arch, interpreter: None, needed: Vec::new(), alignment: u64::MAX };
    let mut dynamic: &[H::Dyn] = &[];
    for program in programs {
        let size = program.p_filesz(endian).into();
        match program.p_type(endian) {
            elf::PT_LOAD => binary.alignment = binary.alignment.min(program.p_align(endian).into()),
            elf::PT_INTERP if size <= NAME => {
                let name = program.interpreter(endian, data).ok().flatten();
                binary.interpreter = name.map(|name| String::from_utf8_lossy(name).into_owned());
            }
            elf::PT_DYNAMIC if size <= DYNAMIC => {
                dynamic = program.dynamic(endian, data).ok().flatten().unwrap_or_default();
            }
            _ => {}
        }
    }
    let tagged =
        |tag| dynamic.iter().filter(move |entry| entry.d_tag(endian) == tag).map(|entry| entry.d_val(endian).into());
    let names_at = tagged(elf::DT_STRTAB).next().and_then(|address| {
        let holds = |program: &&H::ProgramHeader| {
            let start: u64 = program.p_vaddr(endian).into();
            let size: u64 = program.p_filesz(endian).into();
            program.p_type(endian) == elf::PT_LOAD && address >= start && address - start < size
        };
        let program = programs.iter().find(holds)?;
        let offset: u64 = program.p_offset(endian).into();
        offset.checked_add(address - program.p_vaddr(endian).into())
    });
    if let Some(names_at) = names_at {
        let name = |at: u64| {
            let start = names_at.checked_add(at)?;
            let name = data.read_bytes_at_until(start..start.checked_add(NAME)?, 0).ok()?;
            Some(String::from_utf8_lossy(name).into_owned())
        };
        binary.needed = tagged(elf::DT_NEEDED).filter_map(name).collect();
    }
    Ok(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_program_is_readable() {
        let path = std::env::current_exe().unwrap();
        let binary = inspect(&path).unwrap();
        assert_eq!(binary.arch, Arch::ALL.into_iter().find(|arch| arch.name() == std::env::consts::ARCH));
        assert!(inspect(Path::new(env!("CARGO_MANIFEST_PATH"))).is_err());
        let content = Content::File { path, len: 0 };
        assert_eq!(inspect_content(&content).unwrap().unwrap(), binary);
        // Test programs are linked dynamically, except for musl.
        assert_eq!(binary.needed.iter().any(|name| name.starts_with("libc.so")), binary.interpreter.is_some());
    }

    #[test]
    fn what_only_begins_as_elf_is_told() {
        assert!(inspect_content(&"#!/bin/sh\n".into()).is_none());
        let broken = inspect_content(&b"\x7fELF\x02\x01\x01".to_vec().into()).unwrap();
        insta::assert_snapshot!(broken.unwrap_err(), @"Could not read file magic");
    }
}
