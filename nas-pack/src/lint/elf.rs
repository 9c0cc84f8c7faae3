//! A look at a built binary before it is packed: the wrong architecture must not reach a device.

use std::path::Path;

use super::rules;
use crate::diagnostic::Diagnostic;
use crate::elf::Binary;
use crate::vendor::Device;

/// What keeps a binary from running on a device.
pub(crate) fn objection(path: &Path, binary: &Binary, device: &Device) -> Option<Diagnostic> {
    let shown = path.display();
    let arch = device.arch()?;
    if binary.arch != Some(arch) {
        let found = binary.arch.map_or_else(|| "another architecture".to_owned(), |arch| arch.to_string());
        return Some(
            rules::NAS001
                .found(format!("`{shown}` was built for {found}, not for {arch}"))
                .help("check `targets` in `[package.metadata.nas]`"),
        );
    }
    match binary.interpreter.as_deref() {
        Some(loader) if loader.contains("ld-musl") => Some(
            rules::NAS002
                .found(format!("`{shown}` needs the loader `{loader}`, which no NAS has"))
                .help("musl binaries must be static: leave `-C target-feature=-crt-static` out of RUSTFLAGS"),
        ),
        Some(loader) if !device.loads_ours => Some(
            rules::NAS003
                .found(format!("`{shown}` is linked dynamically and cannot run on {}", device.name))
                .note(format!("it asks for `{loader}`, but this firmware's libraries are soft-float"))
                .help(format!("build it for `{}`", arch.musl_target())),
        ),
        _ if binary.alignment < device.page_size => Some(
            rules::NAS004
                .found(format!("`{shown}` cannot be loaded on {}", device.name))
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
    use crate::model::{Arch, VendorId};
    use crate::vendor::vendor;

    fn device(id: VendorId, name: &str) -> &'static Device {
        vendor(id).devices().iter().find(|device| device.name == name).unwrap()
    }

    fn code(binary: &Binary, device: &Device) -> Option<&'static str> {
        objection(Path::new("beacon"), binary, device)?.code()
    }

    #[test]
    fn binaries_are_held_against_the_device() {
        let os3 = device(VendorId::WdOs3, "MyCloudEX2Ultra");
        let os5 = device(VendorId::WdOs5, "MyCloudEX2Ultra");
        let good = Binary { arch: Some(Arch::Armhf), interpreter: None, needed: Vec::new(), alignment: 65536 };
        assert_eq!(code(&good, os3), None);
        let foreign = Binary { arch: Some(Arch::Aarch64), ..good.clone() };
        assert_eq!(code(&foreign, os3), Some("NAS001"));

        let dynamic = |loader: &str| Binary { interpreter: Some(loader.to_owned()), ..good.clone() };
        assert_eq!(code(&dynamic("/lib/ld-musl-armhf.so.1"), os5), Some("NAS002"));
        assert_eq!(code(&dynamic("/lib/ld-linux-armhf.so.3"), os3), Some("NAS003"));
        assert_eq!(code(&dynamic("/lib/ld-linux-armhf.so.3"), os5), None);

        let narrow = Binary { alignment: 4096, ..good };
        assert_eq!(code(&narrow, os3), Some("NAS004"));
        assert_eq!(code(&narrow, os5), None);
    }
}
