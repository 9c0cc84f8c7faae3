//! A look at a built binary before it is packed: the wrong architecture must not reach a device.

use std::fs::File;
use std::path::Path;

use object::read::elf::{ElfFile, FileHeader, ProgramHeader as _};
use object::{Architecture, Endianness, Object as _, ObjectSegment as _, ReadCache, ReadRef, elf};

use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::model::Arch;

/// What a binary says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binary {
    /// What it runs on, if that is one of ours.
    pub(crate) arch: Option<Arch>,
    /// The loader it asks for; `None` for a static binary.
    pub(crate) interpreter: Option<String>,
    /// The smallest alignment of its loaded segments in bytes: the largest page size it can run with.
    pub(crate) alignment: u64,
}

/// Reads an ELF file's headers.
pub(crate) fn inspect(path: &Path) -> Result<Binary> {
    let file = File::open(path).map_err(|error| Failure::io("read", path, &error))?;
    // Reads only the headers, however large the binary is.
    let data = ReadCache::new(file);
    let broken = |what: String| Diagnostic::error(format!("`{}` is not an ELF program: {what}", path.display()));
    let binary = match object::FileKind::parse(&data).map_err(|error| broken(error.to_string()))? {
        object::FileKind::Elf32 => ElfFile::<elf::FileHeader32<Endianness>, _>::parse(&data).map(|file| read(&file)),
        object::FileKind::Elf64 => ElfFile::<elf::FileHeader64<Endianness>, _>::parse(&data).map(|file| read(&file)),
        other => return Err(broken(format!("it is {other:?}")).into()),
    };
    Ok(binary.map_err(|error| broken(error.to_string()))?)
}

fn read<'d, H: FileHeader, R: ReadRef<'d>>(file: &ElfFile<'d, H, R>) -> Binary {
    let endian = file.endian();
    let hard_float = |flags: elf::FileFlags| flags.0 & elf::EF_ARM_ABI_FLOAT_SOFT == 0;
    let arch = match (file.architecture(), file.flags()) {
        (Architecture::X86_64, _) => Some(Arch::X86_64),
        (Architecture::Aarch64, _) => Some(Arch::Aarch64),
        (Architecture::Arm, object::FileFlags::Elf { e_flags, .. }) if hard_float(e_flags) => Some(Arch::Armhf),
        _ => None,
    };
    let interpreter = file.elf_program_headers().iter().find_map(|header| {
        let bytes = header.interpreter(endian, file.data()).ok().flatten()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    });
    Binary { arch, interpreter, alignment: file.segments().map(|segment| segment.align()).min().unwrap_or(0) }
}

/// Makes sure that a binary is one for the arch it was built for.
pub(crate) fn check(path: &Path, arch: Arch) -> Result<Binary> {
    let binary = inspect(path)?;
    if binary.arch == Some(arch) {
        return Ok(binary);
    }
    let found = binary.arch.map_or_else(|| "another architecture".to_owned(), |arch| arch.to_string());
    Err(Diagnostic::error(format!("`{}` was built for {found}, not for {arch}", path.display()))
        .help("check `targets` in `[package.metadata.nas]`")
        .into())
}
