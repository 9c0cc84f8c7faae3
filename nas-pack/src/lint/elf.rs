//! Programs and libraries against the devices they are for: what does not run must not reach a device.

use std::collections::BTreeSet;

use super::{Audit, rules};
use crate::archive::{Tree, TreePath};
use crate::diagnostic::{Diagnostic, Findings, Rule};
use crate::elf::{Binary, Float, Kind, Machine, numbers};
use crate::model::Arch;
use crate::vendor::{Device, Opened, Runs};

/// glibc's loaders at the paths that its ports fix.
const LOADERS: [(Arch, &[&str]); 3] = [
    (Arch::X86_64, &["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-x86-64.so.2"]),
    (Arch::Aarch64, &["/lib/ld-linux-aarch64.so.1", "/lib64/ld-linux-aarch64.so.1"]),
    (Arch::Armhf, &["/lib/ld-linux-armhf.so.3", "/lib/ld-linux.so.3"]),
];

/// What every firmware has: glibc itself and GCC's runtime. musl's own is here because its loader is told.
const LIBRARIES: &[&str] = &[
    "ld-linux",
    "libc.",
    "libm.",
    "libmvec.",
    "libpthread.",
    "libdl.",
    "librt.",
    "libutil.",
    "libresolv.",
    "libanl.",
    "libnsl.",
    "libnss_",
    "libcrypt.",
    "libgcc_s.",
    "libstdc++.",
    "libatomic.",
];

/// The newest version of 32-bit ARM's architecture among the devices.
const NEWEST_ARM: u8 = 7;

/// What keeps a binary, by the name that people know it by, from running on a device.
pub(crate) fn objections(shown: &str, binary: &Binary, device: &Device) -> Vec<Diagnostic> {
    let foreign =
        |to: &str| rules::NAS001.found(format!("`{shown}` was built for {}, not for {to}", processor(binary)));
    let arch = match device.runs {
        _ if binary.kind == Kind::Other => return Vec::new(),
        Runs::Arch(arch) if runs(binary, arch) => arch,
        Runs::Arch(arch) => return vec![foreign(arch.name()).help(format!("build it for `{}`", arch.musl_target()))],
        Runs::Nothing(reason) if binary.arch.is_some() => return vec![foreign(device.name).note(reason)],
        Runs::Nothing(_) | Runs::Any => return Vec::new(),
    };
    let mut found: Vec<_> = [
        loading(shown, binary, device, arch),
        (binary.alignment < device.page_size).then(|| narrow(shown, binary, device)),
        binary.cpu.filter(|cpu| *cpu > NEWEST_ARM).map(|cpu| {
            let message = format!("`{shown}` is code for ARMv{cpu}, and {} is ARMv{NEWEST_ARM}", device.name);
            rules::NAS010.found(message).help(format!("build it for `{}`", arch.musl_target()))
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let (Some(needs), Some(has)) = (&binary.glibc, device.glibc)
        && numbers(&needs.version) > numbers(has)
    {
        let message = format!("`{shown}` needs glibc {}, and {} has {has}", needs.version, device.name);
        let mut diagnostic = rules::NAS005.found(message);
        if let Some(symbol) = &needs.symbol {
            diagnostic = diagnostic.note(format!("it calls `{}`, which came with that version", symbol.escape_debug()));
        }
        found.push(diagnostic.help(format!("build it for `{}`, or pin the version: `gnu.{has}`", arch.musl_target())));
    }
    if let (Some(needs), Some(has)) = (&binary.kernel, device.kernel)
        && numbers(needs) > numbers(has)
    {
        let message = format!("`{shown}` says that it needs Linux {needs}, and {} has {has}", device.name);
        found.push(rules::NAS006.found(message).help(format!("build it for `{}`", arch.musl_target())));
    }
    found
}

/// Whether a device's processor can run it at all.
fn runs(binary: &Binary, arch: Arch) -> bool {
    match arch {
        // How it passes numbers matters only to its libraries.
        Arch::Armhf => binary.machine == Machine::Arm && binary.bits == 32 && !binary.big_endian,
        Arch::X86_64 | Arch::Aarch64 => binary.arch == Some(arch),
    }
}

fn processor(binary: &Binary) -> String {
    match binary.arch {
        Some(arch) => arch.to_string(),
        None if binary.float == Some(Float::Soft) => "32-bit ARM without floating point".to_owned(),
        None if binary.big_endian => format!("{} with the highest byte first", binary.machine),
        None => binary.machine.to_string(),
    }
}

/// What keeps its loader and libraries from working.
fn loading(shown: &str, binary: &Binary, device: &Device, arch: Arch) -> Option<Diagnostic> {
    if binary.interpreter.is_none() && binary.needed.is_empty() {
        return None;
    }
    let loader = binary.interpreter.as_deref().map(|loader| loader.escape_debug().to_string());
    if let Some(loader) = loader.as_deref().filter(|loader| loader.contains("ld-musl")) {
        return Some(
            rules::NAS002
                .found(format!("`{shown}` needs the loader `{loader}`, which no NAS has"))
                .help("musl binaries must be static: leave `-C target-feature=-crt-static` out of RUSTFLAGS"),
        );
    }
    let soft = binary.float == Some(Float::Soft);
    if arch == Arch::Armhf && soft == device.loads_ours {
        let (own, has) = if soft { ("soft-float", "hard-float") } else { ("hard-float", "soft-float") };
        let asks = loader.map_or_else(|| "it".to_owned(), |loader| format!("it asks for `{loader}` and"));
        return Some(
            rules::NAS003
                .found(format!("`{shown}` is linked dynamically and cannot run on {}", device.name))
                .note(format!("{asks} is {own}, and this firmware's libraries are {has}"))
                .help(format!("build it for `{}`", arch.musl_target())),
        );
    }
    let known = LOADERS.iter().filter(|(of, _)| *of == arch).flat_map(|(_, paths)| *paths);
    let loader = loader.filter(|loader| !known.clone().any(|path| path == loader))?;
    Some(
        rules::NAS007
            .found(format!("`{shown}` asks for the loader `{loader}`, which {} does not have", device.name))
            .help(format!("build it for `{}`, which needs no loader", arch.musl_target())),
    )
}

fn narrow(shown: &str, binary: &Binary, device: &Device) -> Diagnostic {
    rules::NAS004
        .found(format!("`{shown}` cannot be loaded on {}", device.name))
        .note(format!(
            "its segments are aligned to {} bytes, the kernel's pages have {}",
            binary.alignment, device.page_size
        ))
        .help(format!("link it with `-C link-arg=-Wl,-z,max-page-size={}`", device.page_size))
}

type Read<'p> = Vec<(&'p TreePath, Result<Binary, String>)>;

/// Looks at every ELF file of a package.
pub(super) fn verify(audit: &mut Audit<'_>) {
    const DEVICES: &str = "programs against the devices";
    let package = audit.package;
    let binaries = package.binaries();
    if binaries.is_empty() {
        return audit.skip("programs", "there are none");
    }
    audit.run("programs", |package, findings| {
        for (path, binary) in &binaries {
            alone(package, path, binary, findings);
        }
        libraries(package, &binaries, findings);
        one_for_all(package, &binaries, findings);
    });
    let devices = package.known_devices();
    if devices.is_empty() {
        return audit.skip(DEVICES, "the package names none that is known here");
    }
    audit.run(DEVICES, |package, findings| against(package, &binaries, &devices, findings));
}

fn at(found: Diagnostic, package: &Opened, path: &TreePath) -> Diagnostic {
    found.inside(&package.path, path.as_str(), None)
}

fn alone(package: &Opened, path: &TreePath, binary: &Result<Binary, String>, findings: &Findings) {
    match binary {
        Err(reason) => {
            let message = format!("`{path}` begins as a program does and is none: {reason}");
            findings.push(at(rules::NAS013.found(message), package, path));
        }
        Ok(binary) if binary.executable_stack => {
            findings.push(
                at(rules::NAS011.found(format!("`{path}` wants to run code on its stack")), package, path).help(
                    "find the assembler file that lacks a `.note.GNU-stack` section, or link with `-z noexecstack`",
                ),
            );
        }
        Ok(_) => {}
    }
}

fn libraries(package: &Opened, binaries: &Read<'_>, findings: &Findings) {
    let own: BTreeSet<_> = package.tree.iter().filter_map(|(path, _)| path.as_str().rsplit('/').next()).collect();
    let has = |name: &str| own.contains(name) || LIBRARIES.iter().any(|known| name.starts_with(known));
    for (path, binary) in binaries {
        let Ok(binary) = binary else { continue };
        let lacks: Vec<_> =
            binary.needed.iter().filter(|name| !has(name)).map(|name| format!("`{}`", name.escape_debug())).collect();
        if lacks.is_empty() {
            continue;
        }
        let message = format!("`{path}` needs {}, which the package does not have", lacks.join(", "));
        let help = "link statically, or put the library into the package and set the path in which it is looked for";
        findings.push(at(rules::NAS008.found(message), package, path).help(help));
    }
}

fn one_for_all(package: &Opened, binaries: &Read<'_>, findings: &Findings) {
    let for_all =
        !package.devices.is_empty() && package.devices.iter().all(|name| matches!(name.as_str(), "any" | "noarch"));
    let programs = binaries.iter().filter_map(|(path, binary)| Some((*path, binary.as_ref().ok()?)));
    let mut programs = programs.filter(|(_, binary)| binary.kind != Kind::Other);
    let Some((path, first)) = programs.next().filter(|_| for_all) else { return };
    if programs.all(|(_, other)| other.machine == first.machine) {
        let name = &package.devices[0];
        let message = format!("the package is for `{name}`, and its programs are all for {}", processor(first));
        findings.push(at(rules::NAS012.found(message), package, path));
    }
}

/// Whether the package has a loader of its own, as one with a whole system inside has.
fn ships(tree: &Tree, loader: &str) -> bool {
    tree.iter().any(|(path, _)| {
        loader.strip_prefix('/').is_some_and(|loader| {
            path.as_str().strip_suffix(loader).is_some_and(|above| above.is_empty() || above.ends_with('/'))
        })
    })
}

fn against(package: &Opened, binaries: &Read<'_>, devices: &[&'static Device], findings: &Findings) {
    let read = || binaries.iter().filter_map(|(path, binary)| Some((*path, binary.as_ref().ok()?)));
    let fits = |binary: &Binary| devices.iter().all(|device| device.arch().is_some_and(|arch| runs(binary, arch)));
    let some_run = read().any(|(_, binary)| binary.kind != Kind::Other && fits(binary));
    let own_libc = package.tree.iter().any(|(path, _)| path.as_str().ends_with("/libc.so.6"));
    for (path, binary) in read() {
        let own_loader = binary.interpreter.as_ref().is_some_and(|loader| ships(&package.tree, loader));
        let mut told: Vec<&Rule> = Vec::new();
        for device in devices {
            for mut objection in objections(path.as_str(), binary, device) {
                let Some(rule) = objection.rule else { continue };
                let is = |rules: &[&'static Rule]| rules.contains(&rule);
                let excused =
                    (is(&[&rules::NAS002, &rules::NAS007]) && own_loader) || (is(&[&rules::NAS005]) && own_libc);
                // Devices of one package differ little: the first speaks for the others.
                if excused || told.contains(&rule) {
                    continue;
                }
                told.push(rule);
                if is(&[&rules::NAS001]) && (some_run || is_sibling(binary, device)) {
                    objection.rule = Some(&rules::NAS009);
                }
                findings.push(at(objection, package, path));
            }
        }
    }
}

/// Whether it is the 32-bit form of what the device runs, which some kernels run too.
fn is_sibling(binary: &Binary, device: &Device) -> bool {
    matches!((binary.machine, device.arch()), (Machine::I386, Some(Arch::X86_64)) | (Machine::Arm, Some(Arch::Aarch64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Content;
    use crate::elf::fixture::{AARCH64, ARMHF, Elf, X86_64};
    use crate::elf::inspect_content;
    use crate::model::VendorId;
    use crate::vendor::vendor;

    fn device(id: VendorId, name: &str) -> &'static Device {
        vendor(id).devices().iter().find(|device| device.name == name).unwrap()
    }

    fn codes(made: Elf<'_>, device: &Device) -> Vec<&'static str> {
        let binary = inspect_content(&Content::from(made.bytes())).unwrap().unwrap();
        objections("beacon", &binary, device).iter().filter_map(Diagnostic::code).collect()
    }

    #[test]
    fn binaries_are_held_against_the_device() {
        let os3 = device(VendorId::WdOs3, "MyCloudEX2Ultra");
        let os5 = device(VendorId::WdOs5, "MyCloudEX2Ultra");
        assert_eq!(codes(ARMHF, os3), [""; 0]);
        assert_eq!(codes(AARCH64, os3), ["NAS001"]);
        assert_eq!(codes(Elf { bits: 32, machine: 3, ..X86_64 }, device(VendorId::Asustor, "x86-64")), ["NAS001"]);
        assert_eq!(codes(ARMHF, device(VendorId::WdOs3, "WDMyCloudEX4")), ["NAS001"]);

        let dynamic = |loader| Elf { interpreter: Some(loader), ..ARMHF };
        assert_eq!(codes(dynamic("/lib/ld-musl-armhf.so.1"), os5), ["NAS002"]);
        assert_eq!(codes(dynamic("/lib/ld-linux-armhf.so.3"), os3), ["NAS003"]);
        assert_eq!(codes(dynamic("/lib/ld-linux-armhf.so.3"), os5), [""; 0]);
        assert_eq!(codes(dynamic("/opt/lib/ld.so"), os5), ["NAS007"]);

        // Soft-float programs run everywhere as long as they need nobody.
        let soft = Elf { flags: 0x0500_0200, attributes: &[(6, 4)], ..ARMHF };
        assert_eq!(codes(soft, os5), [""; 0]);
        let soft = Elf { interpreter: Some("/lib/ld-linux.so.3"), ..soft };
        assert_eq!(codes(soft, os5), ["NAS003"]);
        assert_eq!(codes(soft, os3), [""; 0]);

        let narrow = Elf { align: 4096, ..ARMHF };
        assert_eq!(codes(narrow, os3), ["NAS004"]);
        assert_eq!(codes(narrow, os5), [""; 0]);
        assert_eq!(codes(Elf { attributes: &[(6, 14), (28, 1)], ..ARMHF }, os5), ["NAS010"]);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let adm = device(VendorId::Asustor, "arm");
        let needs = |version, kernel| {
            let versions = [version];
            codes(Elf { versions: &versions, needed: &["libc.so.6"], kernel: Some(kernel), ..ARMHF }, adm)
        };
        assert_eq!(needs("GLIBC_2.9", [3, 2, 0]), [""; 0]);
        assert_eq!(needs("GLIBC_2.28", [3, 10, 71]), ["NAS005", "NAS006"]);
    }

    #[test]
    fn a_shipped_loader_is_found_by_its_whole_path() {
        let mut tree = Tree::new();
        tree.insert("package/root/lib/ld-musl-x86_64.so.1", crate::archive::Entry::file("", 0o755)).unwrap();
        assert!(ships(&tree, "/lib/ld-musl-x86_64.so.1"));
        assert!(!ships(&tree, "/ib/ld-musl-x86_64.so.1") && !ships(&tree, "ld-musl-x86_64.so.1"));
    }
}
