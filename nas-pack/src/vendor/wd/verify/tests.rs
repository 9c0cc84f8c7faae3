use std::io::{Cursor, Write as _};

use super::super::header::Summing;
use super::super::tests::{check, device, layer, sample};
use super::super::{OS3, OS5, Wd};
use super::*;
use crate::archive::read::Limits;
use crate::archive::{Entry, Tree};
use crate::diagnostic::{Level, Levels, Severity};
use crate::model::{App, Arch, Compression, Language, Translation};
use crate::vendor::testing::vector;
use crate::vendor::{Layout, Payload, Seal, Vendor};

/// A package as it is before it is sealed, to be spoilt.
struct Case {
    tree: Tree,
    header: Header,
}

impl Case {
    /// A good one.
    fn good(vendor: &Wd, model: &str) -> Self {
        let packager = check(vendor, &sample(), &layer(&[])).0.unwrap();
        let mut tree = Tree::new();
        tree.insert("bin/beacon", Entry::file("x", 0o755)).unwrap();
        let layout = packager.lay_out(device(vendor, model), &Payload { arch: Some(Arch::Armhf), tree }).unwrap();
        let Seal::Bin { header } = layout.seal else { unreachable!() };
        Self { tree: layout.tree, header }
    }

    fn remove(&mut self, gone: &str) {
        let mut tree = Tree::new();
        for (path, entry) in self.tree.iter().filter(|(path, _)| path.as_str() != gone) {
            tree.insert(path.as_str(), entry.clone()).unwrap();
        }
        self.tree = tree;
    }

    fn put(&mut self, path: &str, content: impl Into<Vec<u8>>) {
        self.remove(path);
        self.tree.insert(path, Entry::file(content.into(), 0o644)).unwrap();
    }

    /// Changes what a file says.
    fn edit(&mut self, path: &str, from: &str, to: &str) {
        let text = String::from_utf8(bytes(&self.tree, path).unwrap()).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        self.put(path, text.replace(from, to));
    }

    fn seal(self) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let Self { tree, header } = self;
        Layout { tree, seal: Seal::Bin { header }, epoch: 0, compression: Compression::Default }
            .seal(&mut out)
            .unwrap();
        out.into_inner()
    }
}

/// What WD's rules say of a file.
fn said(package: &[u8]) -> Vec<Diagnostic> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package.bin");
    std::fs::write(&path, package).unwrap();
    let opened = crate::vendor::open(&path, &Limits::default()).unwrap();
    // Everything that is only said on demand is wanted here.
    let mut levels = Levels::default();
    rules::RULES
        .iter()
        .filter(|rule| rule.severity == Severity::Allow)
        .for_each(|rule| levels.set(rule, Severity::Warn));
    let found = crate::lint::verify(&opened, levels).findings;
    found.into_iter().filter(|found| found.code().is_some_and(|code| code.starts_with("WD"))).collect()
}

/// The codes of the rules, each once.
fn codes(package: &[u8]) -> Vec<&'static str> {
    let mut codes: Vec<_> = said(package).iter().filter_map(Diagnostic::code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn spoilt(vendor: &Wd, spoil: impl FnOnce(&mut Case)) -> Vec<&'static str> {
    let mut case = Case::good(vendor, "MyCloudEX2Ultra");
    spoil(&mut case);
    codes(&case.seal())
}

#[test]
fn our_packages_have_nothing_to_find() {
    let translated = Translation { name: None, description: Some("Zeigt, dass 1 < 2 & mehr".to_owned()) };
    let app = App { translations: [(Language::German, translated)].into(), ..sample() };
    for vendor in [&OS5, &OS3] {
        let packager = check(vendor, &app, &layer(&[])).0.unwrap();
        for device in vendor.devices() {
            let payload = Payload { arch: None, tree: Tree::new() };
            let mut out = Cursor::new(Vec::new());
            packager.lay_out(device, &payload).unwrap().seal(&mut out).unwrap();
            assert_eq!(said(&out.into_inner()), [], "{}", device.name);
        }
    }
}

#[test]
fn the_vendors_packages_have_no_errors() {
    let bins = [
        ("os3-v1.3_MyCloudEX2Ultra", "WD065"),
        ("os3-v1.3_MyCloudPR2100", "WD065"),
        ("os3-v1.3_WDMyCloudEX4", "WD065"),
        ("os5-v2.0_MyCloudEX2Ultra", ""),
        ("os5-v2.0_MyCloudPR4100", ""),
        ("os5-v2.0_WDMyCloudEX4100", ""),
        ("os5-v2.0_WDMyCloud", ""),
    ];
    for (name, expected) in bins {
        let Some(package) = vector(&format!("wd/bins/{name}_hello_1.02.bin")) else { return };
        let said = said(&package);
        assert!(said.iter().all(|found| found.level == Level::Warning), "{name}: {said:?}");
        // The sample has firmware of OS5 as its range, for either system.
        let codes: Vec<_> = said.iter().filter_map(Diagnostic::code).collect();
        assert_eq!(codes.concat(), expected, "{name}");
    }
}

#[test]
fn headers_are_held_against_the_format() {
    let package = Case::good(&OS5, "MyCloudEX2Ultra").seal();
    let with = |at: usize, bytes: &[u8]| {
        let mut package = package.clone();
        package[at..at + bytes.len()].copy_from_slice(bytes);
        package
    };
    let codes_with = |at, bytes: &[u8]| codes(&with(at, bytes));
    assert_eq!(codes_with(0, b""), [""; 0]);
    for at in [112, 116, 120, 136, 192] {
        assert_eq!(codes_with(at, &[9]), ["WD030"], "{at}");
    }
    assert_eq!(codes_with(132, &[2]), ["WD030"]);
    assert_eq!(codes_with(70, b"x"), ["WD031"]);
    assert_eq!(codes_with(76, &[0xff]), ["WD031", "WD050"]);
    assert_eq!(codes_with(72, b"1.2.3"), ["WD031", "WD050"]);
    insta::assert_snapshot!(said(&with(72, b"1.2."))[0].message, @"a text in the header is broken: the version stands at byte 72, not 76");
    // An EX2's magic with the ids of an EX2 Ultra, an unknown model, an unknown app.
    assert_eq!(codes_with(0, b"KingsCaZ"), ["WD032"]);
    assert_eq!(codes_with(124, &[99]), ["WD032", "WD050"]);
    assert_eq!(codes_with(128, &[8]), ["WD050"], "that is another model's");
    assert_eq!(codes_with(196, &[package[196] ^ 1]), ["WD033"]);
    assert_eq!(codes_with(200, &[package[200] ^ 1]), ["WD034"]);
    assert_eq!(codes_with(8, b"deacon"), ["WD036", "WD041", "WD050"]);
    let appended = [package.as_slice(), b"tail"].concat();
    assert_eq!(codes(&appended), ["WD033", "WD034"]);
}

#[test]
fn a_payload_of_several_folders_is_told_and_nothing_else() {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for name in ["beacon/apkg.rc", "other/apkg.rc"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, &b"x"[..]).unwrap();
    }
    let payload = tar.into_inner().unwrap().finish().unwrap();
    let mut summing = Summing::new(std::io::sink());
    summing.write_all(&payload).unwrap();
    let header = Case::good(&OS5, "WDCloud").header;
    let package = [header.to_bytes(summing.finish().1).unwrap(), payload].concat();
    assert_eq!(codes(&package), ["WD035"]);
}

#[test]
fn a_payload_that_signed_numbers_cannot_count_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package.bin");
    std::fs::write(&path, Case::good(&OS5, "WDCloud").seal()).unwrap();
    let opened = crate::vendor::open(&path, &Limits::default()).unwrap();
    let found = |length| {
        let findings = Findings::new();
        size(Sum { checksum: 1, length }, &opened, &findings);
        findings.into_all().iter().filter_map(Diagnostic::code).collect::<Vec<_>>()
    };
    assert_eq!(found(SIGNED - 1), [""; 0]);
    assert_eq!(found(SIGNED), ["WD064"]);
}

#[test]
fn signatures_are_told_apart() {
    use super::super::sign::{salt, sign};
    let put = |vendor: &Wd, bytes: Vec<u8>| spoilt(vendor, |case| case.put("apkg.sign", bytes));
    let of = |name: &str, os| sign(name, os, salt("a", "b"));
    assert_eq!(put(&OS5, of("beacon", Os::Os5)), [""; 0]);
    assert_eq!(put(&OS5, of("beacon", Os::Os3)), ["WD040"]);
    assert_eq!(put(&OS3, of("beacon", Os::Os5)), ["WD040"]);
    assert_eq!(put(&OS5, of("kode", Os::Os5)), ["WD041"]);
    assert_eq!(put(&OS5, of("beacon", Os::Os5)[..16].to_vec()), ["WD039"]);
    assert_eq!(put(&OS5, b"beacon\n".to_vec()), ["WD043"]);
    assert_eq!(put(&OS5, of("beacon", Os::Os5)[..23].to_vec()), ["WD043"]);
    // `hello` without its newline, as openssl makes it with the salt 0001020304050607.
    let bare = super::super::sign::tests::without_newline("beacon", Os::Os3);
    assert_eq!(put(&OS3, bare), ["WD042"]);
    assert_eq!(spoilt(&OS5, |case| case.remove("apkg.sign")), ["WD037"]);
    assert_eq!(spoilt(&OS5, |case| case.header.signed = false), ["WD038"]);
    let unsigned = |case: &mut Case| {
        case.remove("apkg.sign");
        case.header.signed = false;
    };
    assert_eq!(spoilt(&OS5, unsigned), ["WD044"]);
}

#[test]
fn xml_is_held_against_the_table() {
    let edit = |from: &str, to: &str| spoilt(&OS5, |case| case.edit(APKG_XML, from, to));
    assert_eq!(spoilt(&OS5, |case| case.remove(APKG_XML)), ["WD045"]);
    assert_eq!(edit("</config>", ""), ["WD046"]);
    assert_eq!(edit("1 &lt; 2 &amp; more", "R&D tools; x"), ["WD046"]);
    let latin1 = spoilt(&OS5, |case| {
        let xml = String::from_utf8(bytes(&case.tree, APKG_XML).unwrap()).unwrap();
        let (before, behind) = xml.split_once("Beacon").unwrap();
        case.put(APKG_XML, [before.as_bytes(), b"Caf\xe9", behind.as_bytes()].concat());
    });
    assert_eq!(latin1, ["WD046"]);
    assert_eq!(edit("procudt_id", "product_id"), ["WD047"]);
    assert_eq!(edit("      <ps_name/>\n", ""), ["WD047"]);
    assert_eq!(edit("      <ps_name/>\n", "      <ps_name/>\n      <ps_name/>\n"), ["WD047"]);
    assert_eq!(edit("      <Hidden>off</Hidden>\n", ""), ["WD047"]);
    // Packer v1.2 did not write it yet.
    assert_eq!(spoilt(&OS3, |case| case.edit(APKG_XML, "      <Hidden>off</Hidden>\n", "")), [""; 0]);
    assert_eq!(
        spoilt(&OS3, |case| case.edit(APKG_XML, "<user_control>", "<app_id>9</app_id><user_control>")),
        ["WD047"]
    );
    assert_eq!(edit("<ps_name/>\n      <url>index.html</url>", "<url>index.html</url><ps_name/>"), ["WD048"]);
    assert_eq!(edit("<center_type>0<", "<center_type>-3<"), ["WD049", "WD051"]);
    assert_eq!(edit("<enable>1<", "<enable>yes<"), ["WD049"]);
    assert_eq!(edit("<custom_id>20<", "<custom_id>21<"), ["WD049"]);
    assert_eq!(edit("<date>20240506<", "<date>6 May<"), ["WD049"]);
    assert_eq!(edit("<url_port/>", "<url_port>70000</url_port>"), ["WD049", "WD051"]);
    assert_eq!(edit("<version>1.2.3<", "<version>1.2.4<"), ["WD050", "WD051"]);
    assert_eq!(edit("<name>beacon<", "<name>deacon<"), ["WD050", "WD051"]);
    assert_eq!(edit("<model_id>1<", "<model_id>2<"), ["WD050"]);
    assert_eq!(edit("<app_id>9<", "<app_id>8<"), ["WD050"]);
    assert_eq!(edit("<show>Beacon<", "<show>Deacon<"), ["WD051"]);
    assert_eq!(edit("<show>Beacon</show>", "<show/>"), ["WD006", "WD051"]);
    assert_eq!(edit("<description>Shows that 1 &lt; 2 &amp; more.</description>", "<description/>"), ["WD052"]);
}

#[test]
fn values_have_the_rules_of_the_manifest() {
    // Both files say it, so that they agree.
    let both = |key: &str, element: &str, value: &str| {
        spoilt(&OS5, |case| {
            case.edit(APKG_XML, &format!("<{element}/>"), &format!("<{element}>{value}</{element}>"));
            case.edit(APKG_RC, "Hidden:", &format!("{key}: {value}\nHidden:"));
        })
    };
    assert_eq!(both("InstDepend", "inst_depend", "a, b.c"), [""; 0]);
    assert_eq!(both("InstDepend", "inst_depend", "a b"), ["WD018"]);
    assert_eq!(both("MaxFWVer", "MaxFWVer", "5.99.1"), [""; 0]);
    assert_eq!(both("MaxFWVer", "MaxFWVer", "5.x"), ["WD011"]);
    assert_eq!(both("MaxFWVer", "MaxFWVer", "4.99"), ["WD013"]);
    assert_eq!(both("MaxFWVer", "MaxFWVer", "2.99"), ["WD013", "WD065"]);
    let named = |from: &str, to: &str| {
        spoilt(&OS5, |case| {
            case.edit(APKG_XML, &format!(">{from}<"), &format!(">{to}<"));
            case.edit(APKG_RC, &format!(": {from}\n"), &format!(": {to}\n"));
            case.header.version = case.header.version.replace(from, to);
        })
    };
    assert_eq!(named("1.2.3", "2.94-16"), ["WD004"]);
    assert_eq!(named("1.2.3", "1.2 beta"), ["WD003"]);
    let blank = spoilt(&OS5, |case| {
        case.edit(APKG_XML, "<name>beacon<", "<name>my app<");
        case.edit(APKG_RC, "Package: beacon", "Package: my app");
        case.header.package = "my app".to_owned();
        let sign = super::super::sign::sign("my app", Os::Os5, [0; 8]);
        case.put("apkg.sign", sign);
    });
    assert_eq!(blank, ["WD001"]);
}

#[test]
fn rc_is_searched_for_pitfalls() {
    let edit = |from: &str, to: &str| spoilt(&OS5, |case| case.edit(APKG_RC, from, to));
    assert_eq!(spoilt(&OS5, |case| case.remove(APKG_RC)), ["WD061"]);
    let renamed = |case: &mut Case| {
        let rc = bytes(&case.tree, APKG_RC).unwrap();
        case.remove(APKG_RC);
        case.put("Apkg.rc", rc);
    };
    assert_eq!(spoilt(&OS5, renamed), ["WD061"]);
    assert_eq!(
        edit("Package: beacon\n", "Section: Apps\nAddonDefaultUser: nobody\n# beacon\n\nPackage:\tbeacon \r\n"),
        [""; 0]
    );
    assert_eq!(edit("Hidden: off", "  Hidden: off"), ["WD051", "WD054"]);
    assert_eq!(edit("Hidden: off", "Hidden: off\n# Hidden: x"), ["WD051", "WD054"]);
    assert_eq!(
        edit("Packager: Ada Example\nEmail: ada@example.com", "Email: ada@example.com\nPackager: Ada Example"),
        ["WD051", "WD056"]
    );
    assert_eq!(edit("Hidden: off", "Hidden: on\nHidden: off"), ["WD057"]);
    assert_eq!(edit("Hidden: off", "Hidden: off\nNonsense"), ["WD058"]);
    assert_eq!(edit("Hidden: off", "hidden: off"), ["WD051", "WD058"]);
    assert_eq!(edit("Hidden: off", "Hidden : off"), ["WD051", "WD058"]);
    assert_eq!(edit("Hidden: off", "Hidden: off\nNewKey: 1"), ["WD058"]);
    assert_eq!(edit("Packager: Ada Example", "Packager:"), ["WD006"]);
    assert_eq!(edit("Packager: Ada Example\n", ""), ["WD006", "WD051"]);
    let long = format!("Hidden: off\n# {}", "x".repeat(1100));
    assert_eq!(edit("Hidden: off", &long), ["WD058", "WD060"]);
    let latin1 = spoilt(&OS5, |case| {
        let rc = bytes(&case.tree, APKG_RC).unwrap();
        case.put(APKG_RC, [&rc[..], b"# f\xfcr"].concat());
    });
    assert_eq!(latin1, ["WD059"]);
    // As a real package has it: the picture's name behind the description.
    let overlong = spoilt(&OS5, |case| {
        let text = "d".repeat(260);
        case.edit(APKG_RC, "Shows that 1 < 2 & more.", &text);
        case.edit(APKG_XML, "Shows that 1 &lt; 2 &amp; more.", &format!("{text}beacon.png"));
    });
    assert_eq!(overlong, ["WD049", "WD055"]);
}

#[test]
fn files_are_missed_and_found() {
    for script in super::super::SCRIPTS {
        assert_eq!(spoilt(&OS5, |case| case.remove(script)), ["WD053"], "{script}");
    }
    assert_eq!(spoilt(&OS5, |case| case.remove("web/index.html")), ["WD062"]);
    assert_eq!(spoilt(&OS5, |case| case.remove("web/beacon.png")), ["WD062"]);
    let moved = |case: &mut Case| {
        case.remove("web/beacon.png");
        case.put("images/beacon.png", "x");
    };
    assert_eq!(spoilt(&OS5, moved), [""; 0]);
    let descriptions = |text: &str| spoilt(&OS5, |case| case.put("web/desc.xml", text));
    assert_eq!(descriptions("<config><de-DE>Ja</de-DE></config>"), [""; 0]);
    assert_eq!(descriptions("<config><de>Ja</de></config>"), ["WD063"]);
    assert_eq!(descriptions("<desc><de-DE>Ja</de-DE></desc>"), ["WD063"]);
    assert_eq!(descriptions("<config><de-DE>Ja & Nein</de-DE></config>"), ["WD063"]);
}

#[test]
fn the_packers_own_mishaps_have_reasons() {
    let Some(index) = vector("wd/rc-cases/index.json") else { return };
    let cases: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let mut table = String::new();
    for case in cases.as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        let rc = vector(&format!("wd/rc-cases/{name}.rc")).unwrap();
        let mut codes: Vec<_> = pitfalls::find(&rc).iter().filter_map(|(_, found)| found.code()).collect();
        if let (Ok(read), Some(xml)) = (Metadata::read(&rc), case["xml"].as_str()) {
            let mut spoilt = Case::good(&OS5, "MyCloudPR4100");
            spoilt.header.package = read.get(Key::Package).chars().take(67).collect();
            spoilt.header.version = read.get(Key::Version).chars().take(35).collect();
            spoilt.put(APKG_RC, rc);
            spoilt.put(APKG_XML, vector(&format!("wd/rc-cases/{xml}")).unwrap());
            let sign = super::super::sign::sign(&spoilt.header.package, Os::Os5, [1; 8]);
            spoilt.put("apkg.sign", sign);
            if !spoilt.header.package.is_empty() && !spoilt.header.package.contains('/') {
                codes.extend(self::codes(&spoilt.seal()));
            }
        }
        codes.sort_unstable();
        codes.dedup();
        table += format!("{name}: {}", codes.join(" ")).trim_end();
        table.push('\n');
    }
    insta::assert_snapshot!(table, @"
    amp: WD046
    badversion: WD003
    commentkey: WD054
    crlf:
    dup: WD057
    email_before_packager: WD056
    email_then_longpackager: WD049 WD055 WD056
    emptypackage: WD006
    emptypackager: WD006
    emptyrc: WD006
    emptyshow: WD006
    emptyversion: WD006
    ints: WD049
    keyindesc: WD001 WD054
    latin1: WD059
    leadspace: WD001 WD054
    len_AddonIndexPage80: WD055 WD062
    len_AddonShowName70: WD049 WD055 WD057
    len_AddonUsedPort20: WD049 WD055
    len_AddonUsedPort25: WD049 WD055
    len_Description256:
    len_Description259:
    len_Description260: WD049 WD055
    len_Description300: WD049 WD055
    len_Email70: WD049 WD055
    len_Hidden40: WD049 WD055
    len_Homepage300: WD049 WD055
    len_Homepage70: WD049 WD055
    len_Icon300: WD055 WD062
    len_InstDepend140: WD055
    len_MinFWVer40: WD011 WD055
    longpackager_then_email: WD049 WD055
    lowercase: WD006 WD058
    minimal: WD006
    mismatch:
    name63:
    name64:
    name67:
    name68: WD050 WD055
    name69: WD050 WD055
    name80: WD050 WD055
    nopackage: WD006
    nospace: WD058
    noversion: WD006
    spacename: WD001
    urlkey: WD054
    ver31: WD004
    ver32: WD004
    ver35: WD004
    ver36: WD004 WD050 WD055
    ver37: WD004 WD050 WD055
    ver40: WD004 WD050 WD055
    xmlspecial:
    ");
}
