//! What the box says of itself, in files that any account may read: firmware, model, shared folders and certificate.
//!
//! Vendors document little of it. Each fact names its source; the files are read when they are asked for, never at detection.

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Nas, Vendor, VendorId};

/// As much as is read of a file, in bytes. WD's settings are the largest, with some hundred KiB.
const LARGEST: u64 = 4 << 20;

/// The box's operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Firmware {
    /// What the vendor calls it: `ADM`, `DSM`, `My Cloud OS 5`, `My Cloud OS 3`.
    pub system: &'static str,
    /// Its version as the vendor writes it: `4.2.6.RPI1`, `7.2.2`, `5.29.102`.
    pub version: String,
    /// The build, where that is apart from the version: DSM's `72806`.
    pub build: Option<String>,
}

impl Firmware {
    /// Whether the version is one or a later one: `is_at_least(&[7, 2])` for DSM 7.2 and what came after. Numbers that the version
    /// does not have count as 0, and so does everything from the first part on that is no number.
    pub fn is_at_least(&self, numbers: &[u32]) -> bool {
        let mut has: Vec<u32> = self.version.split('.').map_while(|part| part.parse().ok()).collect();
        has.resize(has.len().max(numbers.len()), 0);
        has.as_slice() >= numbers
    }
}

/// `DSM 7.2.2-72806`.
impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.system, self.version)?;
        self.build.as_ref().map_or(Ok(()), |build| write!(f, "-{build}"))
    }
}

/// A shared folder of the box.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedFolder {
    /// Its name.
    pub name: String,
    /// Where it is, which may be a link.
    pub path: PathBuf,
}

/// The box's own certificate. The files are the firmware's: only read them, and read them again now and then, since they are renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The certificates between it and a known authority, if there are any.
    pub chain: Option<PathBuf>,
}

impl Nas {
    /// The firmware; `None` off a NAS, or where its files are not as expected.
    ///
    /// | vendor | file | keys | known from |
    /// |---|---|---|---|
    /// | ASUSTOR | `/etc/nas.conf`, section `Basic` | `Version` | apps and scripts for ADM |
    /// | Synology | `/etc.defaults/VERSION` | `productversion`, `buildnumber` | scripts for DSM, copies of devices' files |
    /// | WD | `/etc/NAS_CFG/config.xml` | `sw_ver_1` | copies of devices' files |
    pub fn firmware(&self) -> Option<Firmware> {
        let (system, version, build) = match self.known_vendor()? {
            VendorId::Asustor => ("ADM", self.adm("Version")?, None),
            VendorId::Synology => {
                let text = self.read("etc.defaults/VERSION")?;
                let get = |key| pair(&text, None, key);
                // Early releases of DSM 5 have the two numbers only.
                let version = get("productversion")
                    .or_else(|| Some(format!("{}.{}", get("majorversion")?, get("minorversion")?)))?;
                ("DSM", version, get("buildnumber"))
            }
            VendorId::WdOs5 => ("My Cloud OS 5", self.wd("sw_ver_1")?, None),
            VendorId::WdOs3 => ("My Cloud OS 3", self.wd("sw_ver_1")?, None),
        };
        Some(Firmware { system, version, build })
    }

    /// The model as the vendor writes it: `AS5304T`, `DS920+`, `MyCloudEX2Ultra`. `None` off a NAS, or where its files are not as
    /// expected.
    ///
    /// | vendor | file | key | known from |
    /// |---|---|---|---|
    /// | ASUSTOR | `/etc/nas.conf`, section `Basic` | `Model` | apps and scripts for ADM |
    /// | Synology | `/etc.defaults/synoinfo.conf` | `upnpmodelname` | scripts for DSM, copies of devices' files |
    /// | WD | `/etc/NAS_CFG/config.xml` | `hw_ver` | copies of devices' files |
    pub fn model(&self) -> Option<String> {
        match self.known_vendor()? {
            VendorId::Asustor => self.adm("Model"),
            VendorId::Synology => pair(&self.read("etc.defaults/synoinfo.conf")?, None, "upnpmodelname"),
            VendorId::WdOs5 | VendorId::WdOs3 => self.wd("hw_ver"),
        }
    }

    /// The shared folder of that name, if the box has it. Whether the daemon may read or write there is another question: its account
    /// needs the right, which your `shared-folders` give and users take away.
    ///
    /// | vendor | where | known from |
    /// |---|---|---|
    /// | ASUSTOR | `/share/NAME` | apps for ADM |
    /// | Synology | `/var/packages/PACKAGE/shares/NAME`; else `/volumeN/NAME` | Synology's guide, Data Share, since 7.0-41201; assumed |
    /// | WD | `/shares/NAME` | apps, WD's forum |
    ///
    /// Off a NAS it is `shares/NAME` in the data folder, which need not be there.
    pub fn shared_folder(&self, name: &str) -> Option<PathBuf> {
        // Names that are hidden or begin with `@` are the systems' own folders.
        if name.is_empty() || name.starts_with(['.', '@']) || name.contains(['/', '\0']) {
            return None;
        }
        let Some(vendor) = self.vendor() else { return Some(self.data_dir().join("shares").join(name)) };
        let Vendor::Known(vendor) = vendor else { return None };
        let places = match vendor {
            VendorId::Asustor => vec![self.at("share")],
            VendorId::WdOs5 | VendorId::WdOs3 => vec![self.at("shares")],
            VendorId::Synology => [vec![self.share_links()], self.volumes()].concat(),
        };
        places.into_iter().map(|place| place.join(name)).find(|path| path.is_dir())
    }

    /// The package's shared folders that are there: those that the [`App`](super::App) declares, in its order, and on DSM 7 those that
    /// the package got under another name, such as one that the user chose.
    pub fn shared_folders(&self) -> Vec<SharedFolder> {
        let mut names: Vec<String> = self.declared_folders.iter().map(ToString::to_string).collect();
        if self.known_vendor() == Some(VendorId::Synology) {
            let links = fs::read_dir(self.share_links()).into_iter().flatten().flatten();
            let mut others: Vec<_> = links.filter_map(|link| link.file_name().into_string().ok()).collect();
            others.retain(|name| !names.contains(name));
            others.sort();
            names.append(&mut others);
        }
        let found = names.into_iter().filter_map(|name| Some(SharedFolder { path: self.shared_folder(&name)?, name }));
        found.collect()
    }

    /// The box's certificate, if the vendor documents where it is and this process may read it with its key.
    ///
    /// Only ASUSTOR does: `/usr/builtin/etc/certificate/ssl.crt` and `ssl.key` (App Central guides, section 4.4), with `ssl.chain` beside
    /// them on some boxes, which no guide has. Where the key is root's alone, a step that runs as root has to copy it for you.
    /// Synology gives certificates only to packages that it signed (worker `certificate-config`), and of WD's nothing is documented:
    /// always `None`.
    pub fn tls(&self) -> Option<Tls> {
        if self.known_vendor()? != VendorId::Asustor {
            return None;
        }
        let readable = |file: &str| {
            let path = self.at("usr/builtin/etc/certificate").join(file);
            File::open(&path).is_ok().then_some(path)
        };
        Some(Tls { certificate: readable("ssl.crt")?, key: readable("ssl.key")?, chain: readable("ssl.chain") })
    }

    fn known_vendor(&self) -> Option<VendorId> {
        match self.vendor()? {
            Vendor::Known(vendor) => Some(*vendor),
            Vendor::Other(_) => None,
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn read(&self, path: &str) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(self.at(path)).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn adm(&self, key: &str) -> Option<String> {
        pair(&self.read("etc/nas.conf")?, Some("Basic"), key)
    }

    fn wd(&self, element: &str) -> Option<String> {
        let text = self.read("etc/NAS_CFG/config.xml")?;
        let (_, behind) = text.split_once(&format!("<{element}>"))?;
        let (value, _) = behind.split_once(&format!("</{element}>"))?;
        filled(value)
    }

    /// The folder with DSM's links to the package's shared folders.
    fn share_links(&self) -> PathBuf {
        self.at("var/packages").join(self.package()).join("shares")
    }

    /// `/volume1` and so on, by number.
    fn volumes(&self) -> Vec<PathBuf> {
        let number = |name: &Path| name.file_name()?.to_str()?.strip_prefix("volume")?.parse::<u32>().ok();
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let mut volumes: Vec<_> = entries.filter_map(|entry| Some((number(&entry.path())?, entry.path()))).collect();
        volumes.sort();
        volumes.into_iter().map(|(_, path)| path).collect()
    }
}

/// The value of the first line `key=value` or `key = "value"`, in a section `[Basic]` or anywhere.
fn pair(text: &str, section: Option<&str>, key: &str) -> Option<String> {
    let mut inside = section.is_none();
    for line in text.lines().map(str::trim) {
        if let Some(section) = section
            && let Some(name) = line.strip_prefix('[')
        {
            inside = name.strip_suffix(']').is_some_and(|name| name.trim() == section);
            continue;
        }
        if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            return filled(value.trim().trim_matches('"'));
        }
    }
    None
}

fn filled(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{BEACON, Scratch};
    use super::*;

    /// A box with some files, and folders where a path ends with a slash.
    fn on(name: &str, vendor: &str, files: &[(&str, &str)]) -> (Scratch, Nas) {
        let root = Scratch::new(name);
        for (path, content) in files {
            let path = root.0.join(path);
            if content.is_empty() {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
        }
        let lookup = |name: &str| (name == "NAS_VENDOR").then(|| vendor.into());
        let nas = BEACON.from_env(Path::new("/x/beacond"), lookup).below(&root.0);
        (root, nas)
    }

    /// What of a path is below the box's root.
    fn below(root: &Scratch, path: Option<PathBuf>) -> Option<String> {
        path.map(|path| path.strip_prefix(&root.0).unwrap().to_str().unwrap().to_owned())
    }

    #[test]
    fn adm_tells_itself_in_nas_conf() {
        let conf = "[System]\nVersion = no\n[Basic]\nVendor = ASUSTOR\nModel = AS5304T\nVersion = 4.2.6.RPI1\n[Disk]\nModel = no\n";
        let (root, nas) = on(
            "adm",
            "asustor",
            &[
                ("etc/nas.conf", conf),
                ("share/Beacon", ""),
                ("usr/builtin/etc/certificate/ssl.crt", "C"),
                ("usr/builtin/etc/certificate/ssl.key", "K"),
            ],
        );
        let firmware = nas.firmware().unwrap();
        assert_eq!(firmware.to_string(), "ADM 4.2.6.RPI1");
        assert!(
            firmware.is_at_least(&[4, 2, 6]) && firmware.is_at_least(&[3, 9]) && !firmware.is_at_least(&[4, 2, 6, 1])
        );
        assert_eq!(nas.model().as_deref(), Some("AS5304T"));
        assert_eq!(below(&root, nas.shared_folder("Beacon")).as_deref(), Some("share/Beacon"));

        let tls = nas.tls().unwrap();
        assert_eq!(below(&root, Some(tls.key)).as_deref(), Some("usr/builtin/etc/certificate/ssl.key"));
        assert_eq!(tls.chain, None);
        fs::remove_file(tls.certificate).unwrap();
        assert_eq!(nas.tls(), None);
    }

    #[test]
    fn dsm_tells_itself_in_two_files() {
        let version = "majorversion=\"7\"\nminorversion=\"2\"\nproductversion=\"7.2.2\"\nbuildnumber=\"72806\"\n";
        let info = "unique=\"synology_geminilake_920+\"\nupnpmodelname=\"DS920+\"\n";
        let (root, nas) = on(
            "dsm",
            "synology",
            &[
                ("etc.defaults/VERSION", version),
                ("etc.defaults/synoinfo.conf", info),
                ("var/packages/beacon/shares/chosen", ""),
                ("var/packages/beacon/shares/Beacon", ""),
                ("volume1/Beacon", ""),
                ("volume10/music", ""),
                ("volume2/music", ""),
                ("volumes/films", ""),
            ],
        );
        let firmware = nas.firmware().unwrap();
        assert_eq!(firmware.to_string(), "DSM 7.2.2-72806");
        assert!(
            firmware.is_at_least(&[7, 2]) && firmware.is_at_least(&[7, 2, 2, 0]) && !firmware.is_at_least(&[7, 10])
        );
        assert_eq!(nas.model().as_deref(), Some("DS920+"));
        assert_eq!(nas.tls(), None);

        let found = |name| below(&root, nas.shared_folder(name));
        assert_eq!(found("Beacon").as_deref(), Some("var/packages/beacon/shares/Beacon"));
        assert_eq!(found("music").as_deref(), Some("volume2/music"));
        assert_eq!(found("films"), None);
        let names: Vec<_> = nas.shared_folders().into_iter().map(|folder| folder.name).collect();
        assert_eq!(names, ["Beacon", "chosen"]);
    }

    #[test]
    fn an_early_dsm_has_two_numbers() {
        let version = "majorversion=\"5\"\nminorversion=\"0\"\nbuildnumber=\"4458\"\n";
        let (_root, nas) = on("dsm5", "synology", &[("etc.defaults/VERSION", version)]);
        assert_eq!(nas.firmware().unwrap().to_string(), "DSM 5.0-4458");
    }

    #[test]
    fn wd_tells_itself_in_its_settings() {
        let config = "<config>\n\t<sw_ver_1>2.30.183</sw_ver_1>\n\t<hw_ver>MyCloudEX2Ultra</hw_ver>\n</config>\n";
        let files = [("etc/NAS_CFG/config.xml", config), ("shares/Public", "")];
        let (root, nas) = on("os3", "wd-os3", &files);
        assert_eq!(nas.firmware().unwrap().to_string(), "My Cloud OS 3 2.30.183");
        assert_eq!(nas.model().as_deref(), Some("MyCloudEX2Ultra"));
        assert_eq!(below(&root, nas.shared_folder("Public")).as_deref(), Some("shares/Public"));
        // Declared, but WD makes none.
        assert_eq!(nas.shared_folders(), []);
    }

    #[test]
    fn a_box_that_says_nothing_and_one_that_nobody_knows_are_unknown() {
        for vendor in ["asustor", "synology", "wd-os5", "wd-os3", "qnap"] {
            let files =
                [("etc/nas.conf", "[Basic]\nVersion =\n"), ("etc/NAS_CFG/config.xml", "<sw_ver_1>"), ("share/x", "")];
            let (_root, nas) = on(vendor, vendor, &files);
            assert_eq!((nas.firmware(), nas.model(), nas.tls()), (None, None, None), "{vendor}");
            assert_eq!((nas.shared_folder("Beacon"), nas.shared_folders()), (None, vec![]), "{vendor}");
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_no_shared_folder() {
        let (_root, nas) = on("names", "synology", &[("volume1/@appstore", ""), ("volume1/a/b", "")]);
        for name in ["", ".", "..", "../volume1/a", "a/b", "@appstore", "a\0b"] {
            assert_eq!(nas.shared_folder(name), None, "{name:?}");
        }
        assert!(nas.shared_folder("a").is_some());
    }

    #[test]
    fn off_a_nas_shared_folders_are_in_the_data_folder() {
        let nas = BEACON.from_env(Path::new("/x/beacond"), |name| (name == "NAS_DATA_DIR").then(|| "/d".into()));
        let folders = [SharedFolder { name: "Beacon".to_owned(), path: PathBuf::from("/d/shares/Beacon") }];
        assert_eq!(nas.shared_folders(), folders);
        assert_eq!((nas.firmware(), nas.model(), nas.tls()), (None, None, None));
    }
}
