//! A look at a built binary before it is packed: the wrong architecture must not reach a device.

use std::path::Path;

use crate::diagnostic::Diagnostic;
pub(crate) use crate::elf::{Binary, inspect};
use crate::model::Arch;
use crate::vendor::Device;

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
        let good = Binary { arch: Some(Arch::Armhf), interpreter: None, needed: Vec::new(), alignment: 65536 };
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
}
