//! The keys of WD's three metadata files: `apkg.rc`, `apkg.xml` and the header.
//!
//! Guides: "OS3" is WD's *Apps Package SDK v2.0* page, "OS5" its app guide of October 2020 as its community retells it, "packer" what
//! WD's own programs were seen to do.

use crate::archive::TreePath;
use crate::vendor::field::{Field, Form, Ours};

use Form::{Grammar, Number, Text, Word};
use Ours::{Key, Made, Never};

/// A package's name: part of file names, of a shell command of WD's packer and of paths on the device.
const NAME: Form = Grammar("letters, digits, `.`, `_` and `-`, beginning with a letter or digit", is_name);

/// A version that the packer and the device can put into a file name.
const VERSION: Form = Grammar("numbers with dots, such as `1.2.3`", is_version);

/// A firmware version, or nothing.
const FIRMWARE: Form = Grammar("one to six numbers of up to four digits, such as `5.27.157`", is_firmware);

/// Other packages' names with commas.
const NAMES: Form = Grammar("names of packages with commas", are_names);

/// A file below the app's web folder.
const WEB_PATH: Form = Grammar("a path below the app's web folder, such as `index.html`", is_web_path);

const PORT: Form = Number(1, 65535);
const FLAG: Form = Number(0, 1);

/// Whether it can be a package's name.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether it can be a version: letters and digits with single dots and dashes, as published packages have them.
pub fn is_version(version: &str) -> bool {
    version.split(['.', '-']).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether it is a version as WD documents it: one to six numbers from 0 to 99.
pub fn is_documented_version(version: &str) -> bool {
    let number = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    version.split('.').count() <= 6 && version.split('.').all(number)
}

fn is_firmware(version: &str) -> bool {
    super::options::Firmware::parse(version).is_some()
}

/// Whether it is a list of packages' names. WD's own example has blanks behind the commas.
pub fn are_names(names: &str) -> bool {
    names.split(',').all(|name| is_name(name.trim()))
}

fn is_web_path(path: &str) -> bool {
    // WD's guide has one with a slash in front.
    TreePath::new(path.trim_start_matches('/')).is_ok()
}

fn is_date(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

struct Row(Field);

impl Row {
    const fn default(mut self, default: &'static str) -> Self {
        self.0.default = default;
        self
    }

    const fn required(mut self) -> Self {
        self.0.required = true;
        self
    }

    const fn firmware(mut self, firmware: &'static str) -> Self {
        self.0.firmware = firmware;
        self
    }
}

const fn row(key: &'static str, form: Form, guide: &'static str, ours: Ours, doc: &'static str) -> Row {
    Row(Field { key, form, required: false, default: "", firmware: "", guide, ours, doc })
}

/// `apkg.rc`, without the colons. The device does not read it; WD's packer makes `apkg.xml` of it.
pub static RC: &[Field] = &[
    row("Package", NAME, "OS3 and OS5: apkg.rc", Key("package"), "The package's identity, and the name of its folder.")
        .required()
        .0,
    row(
        "Section",
        Text(0),
        "OS3: apkg.rc",
        Never("the packer passes over it; `wd.extra` can write it"),
        "`Apps` in WD's examples.",
    )
    .0,
    row(
        "Version",
        VERSION,
        "OS3: About Version; OS5: apkg.rc",
        Key("wd.version"),
        "The version. WD documents numbers of two digits.",
    )
    .required()
    .0,
    row(
        "Packager",
        Text(32),
        "OS3 and OS5: apkg.rc",
        Key("maintainer"),
        "Who packaged it. The packer's field holds 35 bytes, whatever the OS5 guide says.",
    )
    .required()
    .0,
    row(
        "Email",
        Text(64),
        "OS3 and OS5: apkg.rc",
        Key("maintainer"),
        "Where users get help. It must stand behind `Packager`, whose reading erases it.",
    )
    .0,
    row(
        "Homepage",
        Text(64),
        "OS3 and OS5: apkg.rc",
        Key("homepage"),
        "The project's page. The packer's field holds 67 bytes, though the OS5 guide says 256.",
    )
    .0,
    row(
        "Description",
        Text(256),
        "OS3 and OS5: apkg.rc",
        Key("description"),
        "What it is. The dashboard shows it as HTML.",
    )
    .0,
    row(
        "Icon",
        WEB_PATH,
        "OS3: Create web page; OS5: apkg.rc",
        Key("wd.web-icon"),
        "The picture, below the app's web folder. OS3's guide wants `Package_name.png`.",
    )
    .0,
    row("AddonShowName", Text(64), "OS3 and OS5: apkg.rc", Key("name"), "The name that people see.").required().0,
    row(
        "AddonIndexPage",
        WEB_PATH,
        "OS3: About AddonIndexPage; OS5: apkg.rc",
        Key("wd.index-page"),
        "The page that `Configure` opens. Empty: the button does nothing.",
    )
    .0,
    row(
        "AddonUsedPort",
        PORT,
        "OS5: apkg.rc",
        Key("wd.used-port"),
        "The port at which the dashboard opens the page; it keeps the path `/NAME/PAGE`.",
    )
    .0,
    row(
        "AddonDefaultPort",
        Text(0),
        "OS5: apkg.rc",
        Never("the packer passes over it; `wd.extra` can write it"),
        "The guide names it without a word.",
    )
    .0,
    row(
        "AddonDefaultGroup",
        Text(0),
        "OS5: apkg.rc",
        Never("the packer passes over it; `wd.extra` can write it"),
        "The group that the app should run as. Nothing does that.",
    )
    .0,
    row(
        "AddonDefaultUser",
        Text(0),
        "OS5: apkg.rc",
        Never("the packer passes over it; `wd.extra` can write it"),
        "The user that the app should run as. Nothing does that.",
    )
    .0,
    row(
        "InstDepend",
        NAMES,
        "OS3: Dependency & conflict rules; OS5: apkg.rc",
        Key("depends"),
        "Packages without which it cannot be installed.",
    )
    .0,
    row(
        "InstConflict",
        NAMES,
        "OS3: Dependency & conflict rules; OS5: apkg.rc",
        Key("conflicts"),
        "Packages beside which it cannot be installed.",
    )
    .0,
    row(
        "StartDepend",
        NAMES,
        "OS3: Dependency & conflict rules; OS5: apkg.rc",
        Key("wd.start-depends"),
        "Packages that must be enabled for it to be enabled.",
    )
    .0,
    row(
        "StartConflict",
        NAMES,
        "OS3: Dependency & conflict rules; OS5: apkg.rc",
        Key("wd.start-conflicts"),
        "Packages beside which it cannot be enabled.",
    )
    .0,
    row(
        "CenterType",
        FLAG,
        "OS3: About CenterType; OS5: apkg.rc",
        Key("wd.center-type"),
        "0: the page opens in a tab of its own; 1: inside the dashboard.",
    )
    .default("0")
    .required()
    .0,
    row(
        "UserControl",
        FLAG,
        "OS3: About UserControl; OS5: apkg.rc",
        Key("wd.user-control"),
        "0: everybody sees the app; 1: administrators only.",
    )
    .default("0")
    .required()
    .0,
    row(
        "MinFWVer",
        FIRMWARE,
        "OS3: About MinFWVer & MaxFWVer; OS5: apkg.rc",
        Key("wd.min-firmware"),
        "The oldest firmware that installs it.",
    )
    .0,
    row(
        "MaxFWVer",
        FIRMWARE,
        "OS3: About MinFWVer & MaxFWVer; OS5: apkg.rc",
        Key("wd.max-firmware"),
        "The newest firmware that installs it.",
    )
    .0,
    row(
        "IndividualFlag",
        FLAG,
        "OS3: About IndividualFlag; OS5: apkg.rc",
        Key("wd.third-party-notice"),
        "0: the dashboard says that a third party made the app; 1: it does not.",
    )
    .default("0")
    .0,
    row("Hidden", Word(&["on", "off"]), "OS5: apkg.rc", Key("wd.hidden"), "Whether users do not see the app.")
        .firmware("packers from v1.3 on")
        .0,
];

/// The elements of `apkg.xml` below `config/apkg/item`, in the packers' order.
pub static XML: &[Field] = &[
    row("procudt_id", Number(0, 0), "packer", Made("always 0"), "Spelled as the firmware expects it.").required().0,
    row("custom_id", Number(20, 20), "packer", Made("always 20"), "Western Digital among the makers of such boxes.")
        .required()
        .0,
    row("model_id", Number(0, 8), "packer", Made("by model"), "As in the header.").required().0,
    row("app_id", Number(0, 12), "packer", Made("by model"), "As in the header.").required().firmware("OS5").0,
    row("user_control", Number(0, 1), "OS3: apkg.xml", Key("wd.user-control"), "`UserControl` as a number.")
        .required()
        .0,
    row("center_type", Number(0, 1), "OS3: apkg.xml", Key("wd.center-type"), "`CenterType` as a number.").required().0,
    row(
        "individual_flag",
        Number(0, 1),
        "OS3: apkg.xml",
        Key("wd.third-party-notice"),
        "`IndividualFlag` as a number.",
    )
    .required()
    .0,
    row("name", NAME, "OS3: apkg.xml", Key("package"), "`Package`.").required().0,
    row("show", Text(67), "OS3: apkg.xml", Key("name"), "`AddonShowName`.").required().0,
    row(
        "enable",
        Number(0, 1),
        "packer",
        Key("wd.auto-start"),
        "Whether the app is switched on after the installation: the packer's `-E`.",
    )
    .required()
    .0,
    row("version", VERSION, "OS3: apkg.xml", Key("wd.version"), "`Version`.").required().0,
    row(
        "date",
        Grammar("a day such as `20240506`", is_date),
        "packer",
        Made("the day of the build"),
        "When it was packed.",
    )
    .required()
    .0,
    row("inst_date", Text(0), "packer", Made("empty"), "The device writes down here when it was installed.")
        .required()
        .0,
    row("path", Text(0), "packer", Made("empty"), "The device writes down here where it is installed.").required().0,
    row("ps_name", Text(0), "packer", Made("empty"), "Nobody fills it.").required().0,
    row("url", WEB_PATH, "OS3: apkg.xml", Key("wd.index-page"), "`AddonIndexPage`.").required().0,
    row("url_port", PORT, "OS5: apkg.rc", Key("wd.used-port"), "`AddonUsedPort`.").required().0,
    row(
        "apkg_version",
        Number(2, 2),
        "packer",
        Made("always 2"),
        "The format's version. WD's sample has `WD` here, by mistake.",
    )
    .required()
    .0,
    row("packager", Text(35), "OS3: apkg.xml", Key("maintainer"), "`Packager`.").required().0,
    row("email", Text(67), "OS3: apkg.xml", Key("maintainer"), "`Email`.").required().0,
    row("homepage", Text(67), "OS3: apkg.xml", Key("homepage"), "`Homepage`.").required().0,
    row("inst_depend", NAMES, "OS3: apkg.xml", Key("depends"), "`InstDepend`.").required().0,
    row("inst_conflict", NAMES, "OS3: apkg.xml", Key("conflicts"), "`InstConflict`.").required().0,
    row("start_depend", NAMES, "OS3: apkg.xml", Key("wd.start-depends"), "`StartDepend`.").required().0,
    row("start_conflict", NAMES, "OS3: apkg.xml", Key("wd.start-conflicts"), "`StartConflict`.").required().0,
    row("description", Text(259), "OS3: apkg.xml", Key("description"), "`Description`.").required().0,
    row("icon", WEB_PATH, "OS3: apkg.xml", Key("wd.web-icon"), "`Icon`.").required().0,
    row("MinFWVer", FIRMWARE, "OS3: apkg.xml", Key("wd.min-firmware"), "`MinFWVer`.").required().0,
    row("MaxFWVer", FIRMWARE, "OS3: apkg.xml", Key("wd.max-firmware"), "`MaxFWVer`.").required().0,
    row("Hidden", Word(&["on", "off"]), "packer", Key("wd.hidden"), "`Hidden`.").firmware("packers from v1.3 on").0,
];

/// The header, in its order. All numbers are little-endian and have 32 bits.
pub static HEADER: &[Field] = &[
    row(
        "ah_magic_num",
        Text(8),
        "OS3: Header structure definition",
        Made("by model"),
        "At byte 0: the model. The last byte is `Z`.",
    )
    .required()
    .0,
    row(
        "ah_module_name",
        NAME,
        "OS3: Header structure definition",
        Key("package"),
        "At byte 8, 68 bytes: the package's name.",
    )
    .required()
    .0,
    row(
        "ah_version",
        VERSION,
        "OS3: Header structure definition",
        Key("wd.version"),
        "At byte 76, 36 bytes: the version.",
    )
    .required()
    .0,
    row(
        "ah_apkg_version",
        Number(2, 2),
        "OS3: Header structure definition",
        Made("always 2"),
        "At byte 112: the format's version.",
    )
    .required()
    .0,
    row("ah_product_id", Number(0, 0), "OS3: Header structure definition", Made("always 0"), "At byte 116.")
        .required()
        .0,
    row(
        "ah_custom_id",
        Number(20, 20),
        "OS3: Header structure definition",
        Made("always 20"),
        "At byte 120: Western Digital.",
    )
    .required()
    .0,
    row("ah_model_id", Number(0, 8), "OS3: Header structure definition", Made("by model"), "At byte 124: the model.")
        .required()
        .0,
    row("ah_app_id", Number(0, 12), "packer", Made("by model"), "At byte 128: tells models of one board apart.")
        .required()
        .firmware("OS5")
        .0,
    row(
        "ah_module_signed",
        Number(0, 1),
        "packer",
        Made("always 1"),
        "At byte 132 (OS5) or 128 (OS3): whether there is an `apkg.sign`.",
    )
    .required()
    .0,
    row("ah_reserve", Number(0, 0), "OS3: Header structure definition", Made("zeros"), "60 bytes.").required().0,
    row(
        "ah_checksum",
        Number(0, u32::MAX as i64),
        "OS3: Header structure definition",
        Made("of the payload"),
        "At byte 196 (OS5) or 192 (OS3): all complete words of the payload, combined by exclusive or.",
    )
    .required()
    .0,
    row(
        "ah_length",
        Number(0, u32::MAX as i64),
        "OS3: Header structure definition",
        Made("of the payload"),
        "At byte 200 (OS5) or 196 (OS3): the payload's length in bytes.",
    )
    .required()
    .0,
];

/// The elements of `web/desc.xml` below `config`; their names are in [`desc::LOCALES`](super::desc::LOCALES).
pub static DESC: &[Field] = &[row(
    "*",
    Text(0),
    "OS3: Multi-language Support; OS5: desc.xml",
    Key("translations.LANGUAGE.description"),
    "The description in a language that names the element, such as `de-DE`. Without it people read that of `apkg.xml`.",
)
.0];

/// All of them, by file.
pub static FILES: [(&str, &[Field]); 4] =
    [("apkg.rc", RC), ("apkg.xml", XML), ("the header", HEADER), (super::desc::PATH, DESC)];

#[cfg(test)]
mod tests {
    use super::super::rc;
    use super::super::tests::{check, layer, sample, seed};
    use super::super::{OS5, xml};
    use super::*;
    use crate::layer::Kind;

    fn keys(table: &[Field]) -> Vec<&'static str> {
        table.iter().map(|field| field.key).collect()
    }

    #[test]
    fn the_tables_have_what_is_read_and_written() {
        let unread = ["Section", "AddonDefaultPort", "AddonDefaultGroup", "AddonDefaultUser"];
        let mut read: Vec<_> = rc::Key::ALL.into_iter().map(rc::Key::name).chain(unread).collect();
        let mut listed = keys(RC);
        read.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, read);
        assert_eq!(keys(XML), xml::names().collect::<Vec<_>>());
        for field in RC {
            assert_eq!(matches!(field.ours, Never(_)), unread.contains(&field.key), "{}", field.key);
        }
    }

    #[test]
    fn no_row_of_the_guides_is_missing() {
        let (Some(os3), Some(os5)) = (seed("001"), seed("002")) else { return };
        let row = |line: &str| line.split_once(": |").map(|(key, _)| key.to_owned());
        let rows: Vec<_> = os5.lines().filter_map(row).filter(|key| key.chars().all(char::is_alphabetic)).collect();
        assert_eq!(rows.len(), 23, "{rows:?}");
        let example = os3.split("Package: utelnetd").nth(1).unwrap().split("Note:").next().unwrap();
        let more = example.lines().filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()));
        let more = more.filter(|key| !key.is_empty()).chain(["CenterType", "UserControl"].map(str::to_owned));
        for key in rows.into_iter().chain(more) {
            assert!(keys(RC).contains(&key.as_str()), "{key}");
        }
        let header = os3.split("_APKG_HEADER_").nth(1).unwrap().split("Header magic").next().unwrap();
        let members = header.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.starts_with("ah_"));
        for member in members {
            assert!(keys(HEADER).contains(&member), "{member}");
        }
    }

    #[test]
    fn the_manifest_knows_what_the_tables_name() {
        let named = [RC, XML, HEADER].concat();
        let ours =
            named.iter().filter_map(|field| if let Key(key) = field.ours { key.strip_prefix("wd.") } else { None });
        for key in ours {
            // A value that no key takes: it is told as wrong, not as unknown.
            let said = check(&OS5, &sample(), &layer(&[(key, Kind::Other("a float"))])).1;
            assert!(said.contains(&format!("`wd.{key}`")) && !said.contains("unknown key"), "{key}: {said}");
        }
    }
}
