//! A look at a built binary before it is packed: the wrong architecture must not reach a device.

use std::fs::File;
use std::path::Path;

use object::read::elf::{ElfFile, FileHeader, ProgramHeader as _};
use object::{Architecture, Endianness, Object as _, ObjectSegment as _, ReadCache, ReadRef, elf};

use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::model::Arch;
use crate::vendor::Device;

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
    let alignment = file.segments().map(|segment| segment.align()).min().unwrap_or(u64::MAX);
    Binary { arch, interpreter, alignment }
}

/// What keeps a binary that was built for `arch` from running on a device.
pub(crate) fn objection(path: &Path, binary: &Binary, arch: Arch, device: &Device) -> Option<Diagnostic> {
    let shown = path.display();
    if binary.arch != Some(arch) {
        let found = binary.arch.map_or_else(|| "another architecture".to_owned(), |arch| arch.to_string());
        return Some(
            Diagnostic::error(format!("`{shown}` was built for {found}, not for {arch}"))
                .code("NAS001")
                .help("check `targets` in `[package.metadata.nas]`"),
        );
    }
    match binary.interpreter.as_deref() {
        Some(loader) if loader.contains("ld-musl") => Some(
            Diagnostic::error(format!("`{shown}` needs the loader `{loader}`, which no NAS has"))
                .code("NAS002")
                .help("musl binaries must be static: leave `-C target-feature=-crt-static` out of RUSTFLAGS"),
        ),
        Some(loader) if !device.loads_ours => Some(
            Diagnostic::error(format!("`{shown}` is linked dynamically and cannot run on {}", device.name))
                .code("NAS003")
                .note(format!("it asks for `{loader}`, but this firmware's libraries are soft-float"))
                .help(format!("build it for `{}`", arch.musl_target())),
        ),
        _ if binary.alignment < device.page_size => Some(
            Diagnostic::error(format!("`{shown}` cannot be loaded on {}", device.name))
                .code("NAS004")
                .note(format!(
                    "its segments are aligned to {} bytes, the kernel's pages have {}",
                    binary.alignment, device.page_size
                ))
                .help(format!("link it with `-C link-arg=-Wl,-z,max-page-size={}`", device.page_size)),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::VendorId;
    use crate::vendor::vendor;

    fn device(id: VendorId, name: &str) -> &'static Device {
        vendor(id).devices().iter().find(|device| device.name == name).unwrap()
    }

    fn code(binary: &Binary, arch: Arch, device: &Device) -> Option<&'static str> {
        objection(Path::new("beacon"), binary, arch, device)?.code
    }

    #[test]
    fn binaries_are_held_against_the_device() {
        let os3 = device(VendorId::WdOs3, "MyCloudEX2Ultra");
        let os5 = device(VendorId::WdOs5, "MyCloudEX2Ultra");
        let good = Binary { arch: Some(Arch::Armhf), interpreter: None, alignment: 65536 };
        assert_eq!(code(&good, Arch::Armhf, os3), None);
        assert_eq!(code(&good, Arch::Aarch64, os3), Some("NAS001"));

        let dynamic = |loader: &str| Binary { interpreter: Some(loader.to_owned()), ..good.clone() };
        assert_eq!(code(&dynamic("/lib/ld-musl-armhf.so.1"), Arch::Armhf, os5), Some("NAS002"));
        assert_eq!(code(&dynamic("/lib/ld-linux-armhf.so.3"), Arch::Armhf, os3), Some("NAS003"));
        assert_eq!(code(&dynamic("/lib/ld-linux-armhf.so.3"), Arch::Armhf, os5), None);

        let narrow = Binary { alignment: 4096, ..good };
        assert_eq!(code(&narrow, Arch::Armhf, os3), Some("NAS004"));
        assert_eq!(code(&narrow, Arch::Armhf, os5), None);
    }

    #[test]
    fn this_very_program_is_readable() {
        let binary = inspect(&std::env::current_exe().unwrap()).unwrap();
        assert_eq!(binary.arch, Arch::ALL.into_iter().find(|arch| arch.name() == std::env::consts::ARCH));
        assert!(inspect(Path::new(env!("CARGO_MANIFEST_PATH"))).is_err());
    }
}
