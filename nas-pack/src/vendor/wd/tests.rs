use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use super::header::{Sum, Summing};
use proptest::prelude::*;

use super::rc::RcError;
use super::*;
use crate::archive::EntryKind;
use crate::diagnostic::Findings;
use crate::hooks::Hooks;
use crate::hooks::templates::Templates;
use crate::layer::{Kind, Table, Value};
use crate::model::{App, Arch, Compression, Dependency, Icon, Person, Protocol};
use crate::vendor::Icons;
use crate::vendor::testing::{LEAST, check_over};

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Packages and metadata made by WD's packers, which lie beside the workspace where it is developed.
fn vectors() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|dir| dir.join("shared/vectors/wd"));
    let found = found.into_iter().find(|dir| dir.is_dir());
    if found.is_none() {
        println!("skipped: there are no vendor-made packages here");
    }
    found
}

/// The guide whose file begins with that number, which lies there too.
pub(super) fn seed(number: &str) -> Option<String> {
    let dir = vectors()?.parent()?.parent()?.join("seeds");
    let mut files = fs::read_dir(dir).ok()?.filter_map(Result::ok);
    let file = files.find(|file| file.file_name().to_string_lossy().starts_with(number))?;
    fs::read_to_string(file.path()).ok()
}

/// A vendor-made package and what its name says of it.
struct Made {
    name: String,
    os: Os,
    model: &'static models::Model,
    bytes: Vec<u8>,
}

impl Made {
    fn all() -> Vec<Self> {
        let Some(dir) = vectors() else { return Vec::new() };
        let made = fs::read_dir(dir.join("bins")).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let os = if name.starts_with("os5") { Os::Os5 } else { Os::Os3 };
            let model = os.model(name.split('_').nth(1).unwrap()).unwrap();
            Self { os, model, bytes: fs::read(entry.path()).unwrap(), name }
        });
        let made: Vec<_> = made.collect();
        assert_eq!(made.len(), 7);
        made
    }

    fn payload(&self) -> &[u8] {
        &self.bytes[self.os.header_len()..]
    }

    fn members(&self) -> BTreeMap<String, (u32, Vec<u8>)> {
        members(self.payload())
    }
}

/// The members of a payload, by name, with mode and content.
fn members(payload: &[u8]) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(payload));
    let read = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        (path, (entry.header().mode().unwrap(), content))
    });
    read.collect()
}

fn sum_of(payload: &[u8]) -> Sum {
    let mut summing = Summing::new(std::io::sink());
    summing.write_all(payload).unwrap();
    summing.finish().1
}

#[test]
fn headers_are_the_vendors() {
    for made in Made::all() {
        let (header, sum) = Header::read(&made.bytes).unwrap();
        let expected =
            Header { ids: made.model.ids, package: "hello".to_owned(), version: "1.02".to_owned(), signed: true };
        assert_eq!(header, expected, "{}", made.name);
        assert_eq!(sum, sum_of(made.payload()), "{}", made.name);
        assert_eq!(sum.length as usize, made.payload().len(), "{}", made.name);
        assert_eq!(header.to_bytes(sum).unwrap(), made.bytes[..made.os.header_len()], "{}", made.name);
    }
}

#[test]
fn headers_of_all_models_are_the_vendors() {
    let Some(dir) = vectors() else { return };
    let table = fs::read_to_string(dir.join("headers.tsv")).unwrap();
    let mut lines = table.lines();
    let names: Vec<_> = lines.next().unwrap().split('\t').collect();
    let mut models = BTreeSet::new();
    for line in lines {
        let row: BTreeMap<_, _> = names.iter().copied().zip(line.split('\t')).collect();
        let os = if row["tool"].contains("OS5") { Os::Os5 } else { Os::Os3 };
        let model = os.model(row["model"]).unwrap();
        let signed = row["options"].contains("-s");
        let header = Header { ids: model.ids, package: "hello".to_owned(), version: "1.02".to_owned(), signed };
        let checksum = u32::from_str_radix(row["checksum"], 16).unwrap();
        let bytes = header.to_bytes(Sum { checksum, length: row["payload_len"].parse().unwrap() }).unwrap();
        assert_eq!(hex(&bytes), row["header_hex"], "{line}");
        assert_eq!(bytes.len().to_string(), row["header_len"]);
        models.insert((row["tool"], row["model"]));
    }
    assert!(models.len() >= 7, "{models:?}");
}

/// One model's files differ from another's in the header's ids and two elements, as the vendor's own packages show.
#[test]
fn every_other_model_follows_from_the_vendors() {
    let made = Made::all();
    for os in [Os::Os5, Os::Os3] {
        let Some(theirs) = made.iter().find(|made| made.os == os) else { return };
        let members = theirs.members();
        let xml = String::from_utf8(members["hello/apkg.xml"].1.clone()).unwrap();
        let metadata = Metadata::read(&members["hello/apkg.rc"].1).unwrap();
        let (_, sum) = Header::read(&theirs.bytes).unwrap();
        for model in os.models() {
            let mut expected = xml
                .replace(&format!("<model_id>{}<", theirs.model.ids.model), &format!("<model_id>{}<", model.ids.model));
            let mut header = theirs.bytes[..os.header_len()].to_vec();
            header[..8].copy_from_slice(&model.ids.magic);
            header[124] = u8::try_from(model.ids.model).unwrap();
            if let (Some(theirs), Some(app)) = (theirs.model.ids.app, model.ids.app) {
                expected = expected.replace(&format!("<app_id>{theirs}<"), &format!("<app_id>{app}<"));
                header[128] = u8::try_from(app).unwrap();
            }
            assert_eq!(xml::write(&metadata, &model.ids, true, "20240506", &[]), expected, "{}", model.name);
            let ours = Header { ids: model.ids, package: "hello".to_owned(), version: "1.02".to_owned(), signed: true };
            assert_eq!(ours.to_bytes(sum).unwrap(), header, "{}", model.name);
        }
    }
}

#[test]
fn signatures_are_the_vendors() {
    for made in Made::all() {
        let signature = &made.members()["hello/apkg.sign"].1;
        assert_eq!(sign::open(signature, made.os), Ok("hello".to_owned()), "{}", made.name);
        let salt = signature[8..16].try_into().unwrap();
        assert_eq!(sign::sign("hello", made.os, salt), *signature, "{}", made.name);
    }
}

#[test]
fn xml_is_the_vendors() {
    for made in Made::all() {
        let members = made.members();
        let metadata = Metadata::read(&members["hello/apkg.rc"].1).unwrap();
        let xml = String::from_utf8(members["hello/apkg.xml"].1.clone()).unwrap();
        assert_eq!(xml::write(&metadata, &made.model.ids, true, "20240506", &[]), xml, "{}", made.name);
    }
}

/// The packer's results that are deliberately not repeated.
const EXCEPTIONS: [(&str, &str); 7] = [
    ("amp", "the packer writes `R&D tools; ok` ill-formed"),
    ("latin1", "not UTF-8: refused"),
    ("len_Icon300", "a long Icon runs into the date, which is not in apkg.rc"),
    ("ver36", "a long Version runs into the date"),
    ("ver37", "a long Version runs into the date"),
    ("ver40", "a long Version runs into the date"),
    ("xmlspecial", "`&amp;` in apkg.rc is an entity to the packer and text to us"),
];

#[test]
fn rc_is_read_as_the_packer_does() {
    let Some(dir) = vectors() else { return };
    let dir = dir.join("rc-cases");
    let cases: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("index.json")).unwrap()).unwrap();
    let ids = Os::Os5.model("MyCloudPR4100").unwrap().ids;
    let (mut differ, mut headers) = (Vec::new(), 0);
    for case in cases.as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        let read = Metadata::read(&fs::read(dir.join(format!("{name}.rc"))).unwrap());
        if case["exit"] == 255 {
            assert!(matches!(read, Err(RcError::Empty(_))), "{name}");
            continue;
        }
        let theirs = fs::read(dir.join(format!("{name}.tool.xml"))).unwrap();
        let ours = read.clone().map(|metadata| xml::write(&metadata, &ids, true, "20240506", &[]).into_bytes());
        if ours != Ok(theirs) {
            differ.push(name.to_owned());
        } else if let Some(theirs) = case["header_hex"].as_str() {
            let metadata = read.unwrap();
            let (package, version) = (metadata.get(Key::Package).to_owned(), metadata.get(Key::Version).to_owned());
            let header = Header { ids, package, version, signed: true }.to_bytes(Sum::default()).unwrap();
            let end = header.len() - 8;
            assert_eq!(hex(&header[..end]), theirs[..2 * end], "{name}");
            headers += 1;
        }
    }
    assert_eq!(differ, EXCEPTIONS.map(|(name, _)| name));
    assert_eq!(headers, 37);
}

#[test]
fn the_sample_app_packs_as_the_vendors() {
    let Some(dir) = vectors() else { return };
    let sample = dir.join("sample-app");
    let mut files = Tree::new();
    for entry in walkdir::WalkDir::new(&sample).min_depth(1) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(&sample).unwrap().to_str().unwrap();
        if entry.file_type().is_file() && path != "apkg.rc" {
            let mode = if path.starts_with("web/") { 0o644 } else { 0o755 };
            files.insert(path, Entry::on_disk(entry.path(), mode).unwrap()).unwrap();
        }
    }
    let metadata = Metadata::read(&fs::read(sample.join("apkg.rc")).unwrap()).unwrap();
    for made in Made::all() {
        let theirs = made.members();
        let salt = theirs["hello/apkg.sign"].1[8..16].try_into().unwrap();
        let mut tree = files.clone();
        let date = Date { year: 2024, month: 5, day: 6 };
        let header = describe(&mut tree, &metadata, made.model.ids, true, date, salt, Extra::default()).unwrap();
        let mut file = Cursor::new(Vec::new());
        Layout { tree, seal: Seal::Bin { header }, epoch: 0, compression: Compression::Default }
            .seal(&mut file)
            .unwrap();

        let (ours, len) = (file.into_inner(), made.os.header_len());
        assert_eq!(ours[..len - 8], made.bytes[..len - 8], "{}", made.name);
        assert_eq!(Header::read(&ours).unwrap().1, sum_of(&ours[len..]), "{}", made.name);
        let ours = members(&ours[len..]);
        let outline = |members: &BTreeMap<String, (u32, Vec<u8>)>| {
            members.iter().map(|(name, (mode, _))| (name.clone(), *mode)).collect::<Vec<_>>()
        };
        assert_eq!(outline(&ours), outline(&theirs), "{}", made.name);
        for (path, (_, content)) in &ours {
            if path != "hello/apkg.rc" {
                assert_eq!(*content, theirs[path].1, "{} {path}", made.name);
            }
        }
        // The layout of apkg.rc is free; what it says is not.
        assert_eq!(Metadata::read(&ours["hello/apkg.rc"].1), Ok(metadata.clone()));
    }
}

const EPOCH: u32 = 1_714_953_600;

pub(super) fn sample() -> App {
    App {
        package: "beacon".to_owned(),
        name: "Beacon".to_owned(),
        version: semver::Version::new(1, 2, 3),
        revision: 0,
        translations: BTreeMap::new(),
        description: "Shows that 1 < 2\n  & more.".to_owned(),
        maintainer: Person { name: "Ada Example".to_owned(), email: Some("ada@example.com".to_owned()) },
        developer: Person { name: "Ada Example".to_owned(), email: None },
        homepage: Some("https://example.com/".to_owned()),
        support_url: None,
        license_file: None,
        changelog: None,
        icon: Icon::Generated,
        binaries: vec!["beacon".to_owned()],
        service: Some(Service {
            exec: "beacon".to_owned(),
            args: Vec::new(),
            env: BTreeMap::new(),
            port: Some(8080),
            protocol: Protocol::Http,
            path: "/".to_owned(),
            start_timeout: 10,
            stop_timeout: 10,
            reload_signal: None,
            log_limit: 1024,
        }),
        assets: Vec::new(),
        shared_folders: Vec::new(),
        settings: None,
        depends: Vec::new(),
        conflicts: Vec::new(),
        hooks: Hooks::new(),
        templates: Templates::default(),
        remove_data: false,
        compression: Compression::Default,
        vendors: vec![VendorId::WdOs5, VendorId::WdOs3],
        targets: BTreeMap::new(),
    }
}

/// A description whose `wd` section has these keys, each from a flag.
pub(super) fn layer(keys: &[(&str, Kind)]) -> Table {
    let mut layer = Table::new();
    let section = layer.table_mut("wd", Origin::Default);
    for (key, kind) in keys {
        let origin = Origin::CommandLine { flag: format!("--set wd.{key}") };
        section.set(*key, Value { kind: kind.clone(), origin });
    }
    layer
}

fn texts(texts: &[&str]) -> Kind {
    Kind::List(
        texts.iter().map(|text| Value::here(*text)).map(|value| Value { origin: Origin::Default, ..value }).collect(),
    )
}

pub(super) fn check(vendor: &Wd, app: &App, layer: &Table) -> (Option<Box<dyn Packager>>, String) {
    let findings = Findings::new();
    let dir = Path::new("");
    let packager =
        vendor.check(&Request { app, layer, dir, findings: &findings, icons: &Icons::default(), epoch: EPOCH });
    let found = match findings.finish() {
        Ok(warnings) => warnings,
        Err(failure) => failure.into_diagnostics(),
    };
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    (packager, found.join("\n"))
}

pub(super) fn device(vendor: &Wd, name: &str) -> &'static Device {
    vendor.devices().iter().find(|device| device.name == name).unwrap()
}

fn payload(files: &[&str]) -> Payload {
    let mut tree = Tree::new();
    for file in files {
        tree.insert(file, Entry::file("x", 0o755)).unwrap();
    }
    Payload { arch: Some(Arch::Armhf), tree }
}

fn text<'t>(tree: &'t Tree, path: &str) -> &'t str {
    match &tree.get(path).unwrap().kind {
        EntryKind::File(Content::Bytes(bytes)) => std::str::from_utf8(bytes).unwrap(),
        other => panic!("{path} is {other:?}"),
    }
}

#[test]
fn a_package_is_laid_out() {
    let (packager, found) = check(&OS5, &sample(), &layer(&[]));
    assert_eq!(found, "");
    let packager = packager.unwrap();
    let device = device(&OS5, "MyCloudEX2Ultra");
    assert_eq!(packager.file_name(device), "MyCloudEX2Ultra_beacon_1.2.3.bin");
    let layout = packager.lay_out(device, &payload(&["bin/beacon"])).unwrap();
    let listed: Vec<_> = layout.tree.iter().map(|(path, entry)| format!("{:o} {path}", entry.mode)).collect();
    insta::assert_snapshot!(listed.join("\n"), @r"
    644 apkg.rc
    644 apkg.sign
    644 apkg.xml
    755 bin
    755 bin/beacon
    755 clean.sh
    755 init.sh
    755 install.sh
    755 preinst.sh
    755 remove.sh
    755 service.sh
    755 start.sh
    755 stop.sh
    755 web
    644 web/beacon.png
    644 web/index.html
    ");
    insta::assert_snapshot!(text(&layout.tree, "apkg.rc"), @r"
    Package: beacon
    Version: 1.2.3
    Packager: Ada Example
    Email: ada@example.com
    Homepage: https://example.com/
    AddonShowName: Beacon
    AddonIndexPage: index.html
    Description: Shows that 1 < 2 & more.
    Icon: beacon.png
    CenterType: 0
    UserControl: 0
    IndividualFlag: 0
    MinFWVer: 5.00.000
    Hidden: off
    ");
    insta::assert_snapshot!(text(&layout.tree, "apkg.xml"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <config>
      <apkg>
        <item>
          <procudt_id>0</procudt_id>
          <custom_id>20</custom_id>
          <model_id>1</model_id>
          <app_id>9</app_id>
          <user_control>0</user_control>
          <center_type>0</center_type>
          <individual_flag>0</individual_flag>
          <name>beacon</name>
          <show>Beacon</show>
          <enable>1</enable>
          <version>1.2.3</version>
          <date>20240506</date>
          <inst_date/>
          <path/>
          <ps_name/>
          <url>index.html</url>
          <url_port/>
          <apkg_version>2</apkg_version>
          <packager>Ada Example</packager>
          <email>ada@example.com</email>
          <homepage>https://example.com/</homepage>
          <inst_depend/>
          <inst_conflict/>
          <start_depend/>
          <start_conflict/>
          <description>Shows that 1 &lt; 2 &amp; more.</description>
          <icon>beacon.png</icon>
          <MinFWVer>5.00.000</MinFWVer>
          <MaxFWVer/>
          <Hidden>off</Hidden>
        </item>
      </apkg>
    </config>
    "#);
    insta::assert_snapshot!(text(&layout.tree, "web/index.html"), @r#"
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <title>Beacon</title>
    <script>location.replace("http://" + location.hostname + ":8080/")</script>
    </head>
    <body>
    <p>Beacon is at http://<i>this device</i>:8080/</p>
    </body>
    </html>
    "#);
    insta::assert_snapshot!(serde_json::to_string(&layout.seal).unwrap(), @r#"{"Bin":{"header":{"ids":{"magic":[71,114,97,110,100,84,101,90],"model":1,"app":9},"package":"beacon","version":"1.2.3","signed":true}}}"#);
}

#[test]
fn os3_differs_where_it_must() {
    let packager = check(&OS3, &sample(), &layer(&[])).0.unwrap();
    let layout = packager.lay_out(device(&OS3, "MyCloudEX2Ultra"), &payload(&["bin/beacon"])).unwrap();
    let xml = text(&layout.tree, "apkg.xml");
    assert!(!xml.contains("app_id") && xml.contains("<MinFWVer/>"), "{xml}");
    let EntryKind::File(Content::Bytes(signature)) = &layout.tree.get("apkg.sign").unwrap().kind else { panic!() };
    assert_eq!(sign::open(signature, Os::Os3), Ok("beacon".to_owned()));
}

#[test]
fn a_sealed_package_is_whole_and_always_the_same() {
    let mut all = BTreeSet::new();
    for vendor in [&OS5, &OS3] {
        let packager = check(vendor, &sample(), &layer(&[])).0.unwrap();
        for device in vendor.devices() {
            assert_eq!(packager.takes(device).is_ok(), device.arch().is_some(), "{}", device.name);
            let seal = || {
                let mut file = Cursor::new(Vec::new());
                packager.lay_out(device, &payload(&["bin/beacon"])).unwrap().seal(&mut file).unwrap();
                file.into_inner()
            };
            let file = seal();
            assert_eq!(file, seal());
            let (header, sum) = Header::read(&file).unwrap();
            assert_eq!(header.os(), vendor.os);
            let rest = &file[vendor.os.header_len()..];
            assert_eq!(sum, sum_of(rest));
            let members = members(rest);
            assert!(members.keys().all(|path| path.starts_with("beacon/")));
            assert_eq!(members["beacon/bin/beacon"].0, 0o755);
            all.insert(file);
        }
    }
    // On OS3, two boards were sold as two models each.
    assert_eq!(all.len(), 10 + 12 - 2);
}

#[test]
fn the_page_is_the_authors_where_there_is_one() {
    let device = device(&OS5, "WDCloud");
    let own = payload(&["web/index.html", "web/app.php"]);
    let packager = check(&OS5, &sample(), &layer(&[])).0.unwrap();
    let layout = packager.lay_out(device, &own).unwrap();
    assert_eq!(text(&layout.tree, "web/index.html"), "x");
    let page = [("index-page", Kind::from("app.php"))];
    let packager = check(&OS5, &sample(), &layer(&page)).0.unwrap();
    let layout = packager.lay_out(device, &own).unwrap();
    assert!(text(&layout.tree, "apkg.rc").contains("\nAddonIndexPage: app.php\n"));
    insta::assert_snapshot!(packager.lay_out(device, &payload(&[])).unwrap_err(), @r"
    error[WD016]: the index page `web/app.php` is not among the app's files
      at --set wd.index-page
      help: add it to the assets with a destination below `web/`
    ");
    // Without a page to show, `Configure` is greyed.
    let packager = check(&OS5, &App { service: None, ..sample() }, &layer(&[])).0.unwrap();
    let layout = packager.lay_out(device, &payload(&[])).unwrap();
    assert!(layout.tree.get("web/index.html").is_none());
    assert!(!text(&layout.tree, "apkg.rc").contains("AddonIndexPage"));
    insta::assert_snapshot!(packager.lay_out(device, &payload(&["start.sh"])).unwrap_err(), @r"
    error[WD017]: the package needs the place `start.sh`, and one of the app's files is there
      help: give that file another destination
    ");
}

#[test]
fn a_path_cannot_leave_the_redirect() {
    let service = Service { path: "/</script>\"&x".to_owned(), ..sample().service.unwrap() };
    let page = redirect("A <b>", &service, 80);
    assert_eq!(page.matches("</script>").count(), 1, "{page}");
    assert!(page.contains(r#"":80/\u003c/script>\"&x""#), "{page}");
    assert!(page.contains("<title>A &lt;b&gt;</title>"), "{page}");
}

#[test]
fn the_section_changes_what_it_says() {
    let keys = [
        ("version", Kind::from("2.94-16")),
        ("models", texts(&["MyCloudPR4100", "WDMyCloudMirrorGen2", "WDMyCloudEX2"])),
        ("min-firmware", texts(&["2.31.149", "5.27.157"])),
        ("max-firmware", Kind::from("5.99")),
        ("center-type", Kind::from("embedded")),
        ("user-control", Kind::from("admin")),
        ("auto-start", Kind::from(false)),
        ("date-suffix", Kind::from(true)),
        ("start-depends", texts(&["a", "b"])),
        ("start-conflicts", Kind::from("c")),
        ("hidden", Kind::from(true)),
        ("third-party-notice", Kind::from(false)),
    ];
    let app = App {
        depends: vec![Dependency { package: "d".to_owned(), bounds: Vec::new() }],
        conflicts: vec![Dependency { package: "e".to_owned(), bounds: vec![(">".to_owned(), "1".to_owned())] }],
        ..sample()
    };
    let (packager, found) = check(&OS5, &app, &layer(&keys));
    insta::assert_snapshot!(found, @r"
    warning[WD004]: the version `2.94-16` is not of the form that WD documents
      at --set wd.version
      note: that is one to six numbers from 0 to 99 with dots; published packages with larger numbers exist
    warning[WD014]: WD does not look at the version of `e`
      at default
      note: only whether the package is there is checked
    ");
    let packager = packager.unwrap();
    let wanted = |vendor: &Wd, packager: &dyn Packager| {
        vendor
            .devices()
            .iter()
            .filter(|device| packager.takes(device).is_ok())
            .map(|device| device.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(wanted(&OS5, &*packager), ["WDMyCloudMirror", "MyCloudPR4100"]);
    let device = device(&OS5, "MyCloudPR4100");
    assert_eq!(packager.file_name(device), "MyCloudPR4100_beacon_2.94-16.bin(05062024)");
    let tree = packager.lay_out(device, &payload(&[])).unwrap().tree;
    insta::assert_snapshot!(text(&tree, "apkg.rc"), @r"
    Package: beacon
    Version: 2.94-16
    Packager: Ada Example
    Email: ada@example.com
    Homepage: https://example.com/
    AddonShowName: Beacon
    AddonIndexPage: index.html
    InstDepend: d
    InstConflict: e
    StartDepend: a,b
    StartConflict: c
    Description: Shows that 1 < 2 & more.
    Icon: beacon.png
    CenterType: 1
    UserControl: 1
    IndividualFlag: 1
    MinFWVer: 5.27.157
    MaxFWVer: 5.99
    Hidden: on
    ");
    assert!(text(&tree, "apkg.xml").contains("<enable>0</enable>"));

    let packager = check(&OS3, &app, &layer(&keys)).0.unwrap();
    assert_eq!(wanted(&OS3, &*packager), ["WDMyCloudEX2", "WDMyCloudMirrorGen2", "MyCloudPR4100"]);
    let tree = packager.lay_out(self::device(&OS3, "WDMyCloudEX2"), &payload(&[])).unwrap().tree;
    assert!(text(&tree, "apkg.rc").contains("\nMinFWVer: 2.31.149\n"));
    assert!(!text(&tree, "apkg.rc").contains("MaxFWVer"));
}

#[test]
fn versions_come_from_cargo() {
    let version = |version: &str, revision| {
        let app = App { version: version.parse().unwrap(), revision, ..sample() };
        let (packager, found) = check(&OS5, &app, &layer(&[]));
        (packager.map(|packager| packager.version().to_owned()), found)
    };
    assert_eq!(version("1.2.3", 0).0.as_deref(), Some("1.2.3"));
    assert_eq!(version("1.2.3+build", 4).0.as_deref(), Some("1.2.3.4"));
    let (large, found) = version("1.43.10903", 0);
    assert_eq!(large.as_deref(), Some("1.43.10903"));
    insta::assert_snapshot!(found, @r"
    warning[WD004]: the version `1.43.10903` is not of the form that WD documents
      at default
      note: that is one to six numbers from 0 to 99 with dots; published packages with larger numbers exist
    ");
    insta::assert_snapshot!(version("2.0.0-rc.1", 0).1, @r#"
    error[WD002]: WD has no form for the pre-release version 2.0.0-rc.1
      at default
      note: its versions are numbers with dots
      help: set one in `[package.metadata.nas.wd]`, such as `version = "2.0.0"`
    "#);
    insta::assert_snapshot!(check(&OS5, &sample(), &layer(&[("version", Kind::from("1.0/2"))])).1, @r"
    error[WD003]: `1.0/2` cannot be a WD version
      at --set wd.version: expected numbers with dots, such as `1.2.3`
    ");
}

#[test]
fn wrong_keys_are_told() {
    let found = |keys: &[(&str, Kind)]| check(&OS3, &sample(), &layer(keys)).1;
    insta::assert_snapshot!(found(&[("models", texts(&["MyCloudEX4100", "WDMyCloudEX4", "WDMyCloudDL2001", "NAS"]))]), @r"
    error[WD009]: `MyCloudEX4100` is no WD model
      at default
      help: a model with a similar name exists: `WDMyCloudEX4100`
    error[WD010]: no package can be made for `WDMyCloudEX4`
      at default
      note: it has an ARMv5TE processor, and our binaries need ARMv7 at least
    error[WD009]: `WDMyCloudDL2001` is no WD model
      at default
      help: a model with a similar name exists: `WDMyCloudDL2100`
    error[WD009]: `NAS` is no WD model
      at default
      note: the models are `MyCloudEX2Ultra`, `MyCloudPR2100`, `MyCloudPR4100`, `WDCloud`, `WDMyCloud`, `WDMyCloudDL2100`, `WDMyCloudDL4100`, `WDMyCloudEX2`, `WDMyCloudEX2100`, `WDMyCloudEX4`, `WDMyCloudEX4100`, `WDMyCloudMirror`, `WDMyCloudMirrorGen2`
    ");
    insta::assert_snapshot!(found(&[("models", texts(&["WDCloud"]))]), @r"
    warning[WD019]: no package is made for wd-os3: none of its models is named
      at --set wd.models
      help: leave `wd-os3` out of `vendors`, or name one of its models
    ");
    insta::assert_snapshot!(found(&[("min-firmware", texts(&["2.x", "2.30", "2.31.149"]))]), @r"
    error[WD011]: `2.x` is no firmware version
      at default: expected one to six numbers of up to four digits, such as `5.27.157`
    error[WD012]: `wd.min-firmware` has two versions for one system
      at default
      help: give at most one below 3 (for OS3) and one from 3 on (for OS5)
    ");
    insta::assert_snapshot!(found(&[("min-firmware", Kind::from("2.41")), ("max-firmware", Kind::from("2.5"))]), @r"
    error[WD013]: no firmware is both at least 2.41 and at most 2.5
      at --set wd.max-firmware
    ");
    insta::assert_snapshot!(found(&[("center-type", Kind::from("tab")), ("user-control", Kind::from(true))]), @r"
    error: `wd.center-type`: unknown name `tab`
      at --set wd.center-type: expected `own-tab` or `embedded`
    error: `wd.user-control` must be `everyone` or `admin`, not a boolean
      at --set wd.user-control: expected `everyone` or `admin`
    ");
    insta::assert_snapshot!(found(&[("index-page", Kind::from("/cgi-bin/../x"))]), @r"
    error[WD015]: `/cgi-bin/../x` cannot be the value of `wd.index-page`
      at --set wd.index-page: expected a path below `web/`, such as `index.html`
    ");
    insta::assert_snapshot!(found(&[("start-depends", Kind::from("a,b"))]), @r"
    error[WD018]: `a,b` cannot be the name of another WD package
      at --set wd.start-depends
    ");
    insta::assert_snapshot!(found(&[("auto-strat", Kind::from(true)), ("auto-start", Kind::from("yes"))]), @r"
    error: `wd.auto-start` must be `true` or `false`, not a string
      at --set wd.auto-start: expected `true` or `false`
    error: unknown key `wd.auto-strat`
      at --set wd.auto-strat: no such key
      help: a key with a similar name exists: `auto-start`
    ");
}

#[test]
fn wrong_metadata_is_told() {
    let found = |app: App| check(&OS5, &app, &layer(&[])).1;
    insta::assert_snapshot!(found(App { package: "my app".to_owned(), ..sample() }), @r"
    error[WD001]: `my app` cannot be a WD package's name
      at default: expected letters, digits, `.`, `_` and `-`, beginning with a letter or digit
    ");
    insta::assert_snapshot!(found(App { name: "é".repeat(33), ..sample() }), @r"
    error[WD005]: WD's `AddonShowName` is too long: 66 bytes where 64 fit
      at default
      note: the firmware's tools run longer values into the next field
      help: set `name` in `[package.metadata.nas.wd]` to say it differently for WD alone
    ");
    insta::assert_snapshot!(found(App { maintainer: Person { name: " ".to_owned(), email: None }, ..sample() }), @r"
    error[WD006]: WD's `Packager` must not be empty
      at default
      help: set `maintainer` in `[package.metadata.nas.wd]` to say it differently for WD alone
    ");
    insta::assert_snapshot!(found(App { description: "Bell\u{7}".to_owned(), ..sample() }), @r"
    error[WD008]: WD's `Description` has a character in it that XML cannot hold
      at default
      help: set `description` in `[package.metadata.nas.wd]` to say it differently for WD alone
    ");
    insta::assert_snapshot!(found(App { description: "New in Version: 9".to_owned(), ..sample() }), @r"
    error[WD007]: WD's `Description` must not contain `Version:`
      at default
      note: its tools would take the whole line for `Version:`
      help: set `description` in `[package.metadata.nas.wd]` to say it differently for WD alone
    ");
    let bounds = vec![(">=".to_owned(), "2".to_owned())];
    insta::assert_snapshot!(found(App { depends: vec![Dependency { package: "php".to_owned(), bounds }], ..sample() }), @r"
    warning[WD014]: WD does not look at the version of `php`
      at default
      note: only whether the package is there is checked
    ");
    insta::assert_snapshot!(found(App { version: semver::Version::new(u64::MAX, u64::MAX, 0), ..sample() }), @r"
    warning[WD004]: the version `18446744073709551615.18446744073709551615.0` is not of the form that WD documents
      at default
      note: that is one to six numbers from 0 to 99 with dots; published packages with larger numbers exist
    error[WD005]: WD's `Version` is too long: 43 bytes where 32 fit
      at default
      note: the firmware's tools run longer values into the next field
    ");
}

#[test]
fn days_are_counted() {
    let date = |epoch| Date::of(epoch);
    assert_eq!(date(0), Date { year: 1970, month: 1, day: 1 });
    assert_eq!(date(951_782_399), Date { year: 2000, month: 2, day: 28 });
    assert_eq!(date(951_782_400), Date { year: 2000, month: 2, day: 29 });
    assert_eq!(date(1_735_689_599), Date { year: 2024, month: 12, day: 31 });
    assert_eq!(date(u32::MAX), Date { year: 2106, month: 2, day: 7 });
}

/// What an author's TOML says, over the least that an app needs, and what is said of it.
fn toml(vendor: &Wd, more: &str) -> (Option<Box<dyn Packager>>, String) {
    check_over(vendor, &format!("{LEAST}maintainer = \"Ada\"\n"), more)
}

#[test]
fn each_system_can_be_told_apart() {
    let more = r#"
        [wd]
        name = "Beacon"
        version = "1.2"
        models = ["MyCloudPR4100", "WDMyCloud"]
        center-type = "embedded"
        [wd.os5]
        version = "5.1"
        min-firmware = "5.27.157"
        extra = { Section = "Apps" }
        [wd.os3]
        name = "Beacon 3"
        models = ["WDMyCloudEX2"]
        center-type = "own-tab"
    "#;
    let rc = |vendor: &Wd, model: &str| {
        let packager = toml(vendor, more).0.unwrap();
        let wanted = vendor.devices().iter().filter(|device| packager.takes(device).is_ok()).map(|device| device.name);
        let tree = packager.lay_out(device(vendor, model), &payload(&["web/index.html"])).unwrap().tree;
        format!("{}\n{}", wanted.collect::<Vec<_>>().join(" "), text(&tree, "apkg.rc"))
    };
    insta::assert_snapshot!(rc(&OS5, "WDMyCloud"), @r"
    WDMyCloud MyCloudPR4100
    Package: beacon
    Version: 5.1
    Packager: Ada
    AddonShowName: Beacon
    AddonIndexPage: index.html
    Description: A sample
    Icon: beacon.png
    CenterType: 1
    UserControl: 0
    IndividualFlag: 0
    MinFWVer: 5.27.157
    Hidden: off
    Section: Apps
    ");
    insta::assert_snapshot!(rc(&OS3, "WDMyCloudEX2"), @r"
    WDMyCloudEX2
    Package: beacon
    Version: 1.2
    Packager: Ada
    AddonShowName: Beacon 3
    AddonIndexPage: index.html
    Description: A sample
    Icon: beacon.png
    CenterType: 0
    UserControl: 0
    IndividualFlag: 0
    Hidden: off
    ");
    insta::assert_snapshot!(toml(&OS5, "wd = { os5 = { min-firmware = \"2.31\", hiden = true }, os3 = 1 }").1, @r"
    error: `wd.os3` must be a table, not an integer
      at more.toml:1:61: expected a table

    error[WD025]: `2.31` is no firmware of wd-os5
      at more.toml:1:31
      help: OS3 has firmware below 3, OS5 from 3 on

    error: unknown key `wd.hiden`
      at more.toml:1:39: no such key
      help: a key with a similar name exists: `hidden`
    ");
    // The same says nothing of a firmware that stands in the part for both.
    assert_eq!(toml(&OS5, "wd = { min-firmware = \"2.31\" }").1, "");
}

#[test]
fn translations_become_desc_xml() {
    let more = r#"
        [wd.translations.de]
        description = "Ein <b>Beispiel</b>"
        [translations.da]
        description = "En prøve"
        [translations.fr]
        name = "Balise"
        description = "Un exemple"
    "#;
    let (packager, said) = toml(&OS5, more);
    insta::assert_snapshot!(said, @r"
    warning[WD022]: the dashboard takes a part of `translations.de.description` for HTML
      at more.toml:3:23
      help: leave a blank behind `<`, or say it without
    ");
    let packager = packager.unwrap();
    let device = device(&OS5, "WDCloud");
    let tree = packager.lay_out(device, &payload(&[])).unwrap().tree;
    insta::assert_snapshot!(text(&tree, "web/desc.xml"), @r#"
    <?xml version="1.0" encoding="utf-8"?>
    <config>
    <de-DE>Ein &lt;b&gt;Beispiel&lt;/b&gt;</de-DE>
    <fr-FR>Un exemple</fr-FR>
    </config>
    "#);
    // One of the two has to give way.
    insta::assert_snapshot!(packager.lay_out(device, &payload(&["web/desc.xml"])).unwrap_err(), @r"
    error[WD017]: the package needs the place `web/desc.xml`, and one of the app's files is there
      help: give that file another destination
    ");
    let (_, said) = toml(&OS5, "translations = { ja = { description = \"\\u0007\" } }");
    insta::assert_snapshot!(said, @r"
    error[WD008]: the description in `ja` has a character in it that XML cannot hold
      at more.toml:1:39
    ");
}

#[test]
fn what_wd_has_no_place_for_is_told() {
    let more = r#"
        license-file = "LICENSE"
        shared-folders = [{ name = "Beacon" }]
    "#;
    insta::assert_snapshot!(toml(&OS5, more).1, @r"
    warning[WD020]: WD makes no shared folders for an app
      at more.toml:3:26
      help: have a step of `hooks.post-install` make a folder in a share that is there, such as `/shares/Public`
    ");
    // The rule about texts is silent unless it is asked for.
    let findings = Findings::new();
    let mut levels = crate::diagnostic::Levels::default();
    levels.set(&rules::WD026, crate::diagnostic::Severity::Warn);
    findings.take_as(levels);
    let german = crate::model::Translation { name: Some("Leuchtfeuer".to_owned()), description: None };
    let app = App {
        support_url: Some("https://example.com/".to_owned()),
        translations: [(crate::model::Language::German, german)].into(),
        ..sample()
    };
    let request = Request {
        app: &app,
        layer: &layer(&[]),
        dir: Path::new(""),
        findings: &findings,
        icons: &Icons::default(),
        epoch: EPOCH,
    };
    assert!(OS5.check(&request).is_some());
    let said: Vec<_> = findings.into_all().into_iter().map(|found| found.to_string()).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    warning[WD026]: WD has no place for the name in `de`: it shows the same name to everybody
      at default
    warning[WD026]: WD has no place for `support-url`
      at default
    ");
}

#[test]
fn page_port_and_picture_are_the_authors() {
    let more = "wd = { used-port = 8080, web-icon = \"img/logo.svg\" }";
    let (packager, said) = toml(&OS5, more);
    insta::assert_snapshot!(said, @r"
    warning[WD021]: `wd.used-port` moves the page, not the app
      at more.toml:1:20
      note: the dashboard opens `http://HOST:8080/beacon/index.html`
      help: leave it out: the page that is made sends the browser on to the service's port
    ");
    let packager = packager.unwrap();
    let device = device(&OS5, "WDCloud");
    let tree = packager.lay_out(device, &payload(&["web/img/logo.svg"])).unwrap().tree;
    let xml = text(&tree, "apkg.xml");
    assert!(xml.contains("<url_port>8080</url_port>") && xml.contains("<icon>img/logo.svg</icon>"), "{xml}");
    assert!(tree.get("web/beacon.png").is_none());
    insta::assert_snapshot!(packager.lay_out(device, &payload(&[])).unwrap_err(), @r"
    error[WD016]: the picture `web/img/logo.svg` is not among the app's files
      at more.toml:1:37
      help: add it to the assets with a destination below `web/`
    ");
    insta::assert_snapshot!(toml(&OS5, "wd = { web-icon = \"../x.png\", used-port = 0 }").1, @r"
    error[WD015]: `../x.png` cannot be the value of `wd.web-icon`
      at more.toml:1:19: expected a path below `web/`, such as `logo.svg`

    error: `wd.used-port`: 0 is not a port
      at more.toml:1:43: expected a port number from 1 to 65535
    ");
}

#[test]
fn what_nobody_knows_is_passed_through() {
    let more = r#"
        [wd.extra]
        AddonDefaultPort = 8080
        NewKey = "x: y"
        [wd.extra-xml]
        ReleaseNotes = "1 < 2"
    "#;
    let (packager, said) = toml(&OS5, more);
    insta::assert_snapshot!(said, @r"
    warning[WD023]: nothing checks `wd.extra.AddonDefaultPort`; it is written as it is
      at more.toml:3:9
    warning[WD023]: nothing checks `wd.extra.NewKey`; it is written as it is
      at more.toml:4:9
    warning[WD023]: nothing checks `wd.extra-xml.ReleaseNotes`; it is written as it is
      at more.toml:6:9
    ");
    let tree = packager.unwrap().lay_out(device(&OS5, "WDCloud"), &payload(&[])).unwrap().tree;
    assert!(text(&tree, "apkg.rc").ends_with("Hidden: off\nAddonDefaultPort: 8080\nNewKey: x: y\n"));
    assert!(
        text(&tree, "apkg.xml")
            .contains("<Hidden>off</Hidden>\n      <ReleaseNotes>1 &lt; 2</ReleaseNotes>\n    </item>")
    );
    let wrong = r#"
        [wd.extra]
        Icon = "a.png"
        SubPackage = "x"
        NewKey = "has Version: 9"
        "two words" = "x"
        Lines = "a\nb"
        List = []
        [wd.extra-xml]
        procudt_id = 1
        icon = "a.png"
        "a b" = "x"
    "#;
    insta::assert_snapshot!(toml(&OS5, wrong).1, @r"
    error[WD024]: `wd.extra.Icon` cannot be written: `wd.web-icon` says it
      at more.toml:3:9

    error[WD024]: `wd.extra.Lines` cannot be written: expected a word and a line of less than 1023 bytes
      at more.toml:7:9

    error: `wd.extra.List` must be a string or a number, not an array
      at more.toml:8:16: expected a string or a number

    error[WD024]: `wd.extra.NewKey` cannot be written: WD's packer would take the line for `Version`
      at more.toml:5:9

    error[WD024]: `wd.extra.SubPackage` cannot be written: WD's packer would take the line for `Package`
      at more.toml:4:9

    error[WD024]: `wd.extra.two words` cannot be written: expected a word and a line of less than 1023 bytes
      at more.toml:6:9

    error[WD024]: `wd.extra-xml.a b` cannot be written: expected an element's name and a line of text
      at more.toml:12:9

    error[WD024]: `wd.extra-xml.icon` cannot be written: `wd.web-icon` says it
      at more.toml:11:9

    error[WD024]: `wd.extra-xml.procudt_id` cannot be written: nas-pack writes it: always 0
      at more.toml:10:9
    ");
}

/// Texts that are made of everything that WD's tools stumble over.
fn text_of() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-zA-Z0-9.,]{1,12}".boxed(),
        2 => "[ \\t\\n]{1,3}".boxed(),
        2 => prop::sample::select(&["&", "&amp;", "<", "é", "漢", "#", ":", "/", "\"", "]]>", "\u{85}", "\u{a0}", "\\"][..])
            .prop_map(str::to_owned)
            .boxed(),
        1 => prop::sample::select(&Key::ALL[..]).prop_map(|key| key.word().to_owned()).boxed(),
        1 => "[a-z]{20,70}".boxed(),
        1 => any::<char>().prop_map(String::from).boxed(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn plain_or(plain: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![12 => Just(plain.to_owned()), 1 => text_of()]
}

/// Whatever the rules accept, WD's packer would read back as it is meant, and find nothing to stumble over.
#[test]
fn nothing_that_passes_is_read_otherwise() {
    let identity = (plain_or("beacon"), plain_or("1.2"), text_of(), text_of());
    let people = (plain_or("Ada"), prop::option::of(plain_or("a@b")), prop::option::of(plain_or("x")));
    let others = (plain_or("a"), plain_or("b"), plain_or("5.1"));
    let files = (plain_or("index.html"), plain_or("i.svg"), plain_or("NewKey"), plain_or("x"));
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    let accepted = std::cell::Cell::new(0);
    let run = proptest::test_runner::TestRunner::new(config).run(
        &(identity, people, others, files),
        |((package, version, name, description), (maintainer, email, homepage), (depend, start, firmware), files)| {
            let (page, icon, extra_key, extra) = files;
            let app = App {
                package,
                name,
                description,
                maintainer: Person { name: maintainer, email },
                homepage,
                depends: vec![Dependency { package: depend, bounds: Vec::new() }],
                ..sample()
            };
            let mut extras = Table::new();
            extras.set(extra_key, Value { kind: extra.into(), origin: Origin::Default });
            let keys = [
                ("version", version.into()),
                ("start-depends", texts(&[&start])),
                ("index-page", Kind::from(page.clone())),
                ("web-icon", Kind::from(icon.clone())),
                ("max-firmware", firmware.into()),
                ("extra", extras.into()),
            ];
            let Some(packager) = check(&OS5, &app, &layer(&keys)).0 else { return Ok(()) };
            let mut tree = Tree::new();
            let files = [format!("web/{page}"), format!("web/{icon}")];
            if !files.iter().all(|file| tree.insert(file, Entry::file("x", 0o644)).is_ok()) {
                return Ok(());
            }
            let payload = Payload { arch: None, tree };
            let tree = packager.lay_out(device(&OS5, "WDCloud"), &payload).unwrap().tree;
            let rc = text(&tree, "apkg.rc").as_bytes();
            let read = Metadata::read(rc).unwrap();
            let elements = xml::read(text(&tree, "apkg.xml").as_bytes()).unwrap();
            for (element, key, number) in xml::repeated() {
                let meant = &elements.iter().find(|found| found.name == element).unwrap().text;
                let said = if number { read.number(key).to_string() } else { read.get(key).to_owned() };
                prop_assert_eq!(meant, &said);
            }
            let stumbles = pitfalls::find(rc).into_iter().filter(|(_, found)| found.code() != Some("WD058"));
            prop_assert_eq!(stumbles.collect::<Vec<_>>(), []);
            accepted.set(accepted.get() + 1);
            Ok(())
        },
    );
    run.unwrap();
    // A test of which everything is refused would prove nothing.
    assert!(accepted.get() > 40, "{}", accepted.get());
}
