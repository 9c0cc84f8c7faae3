use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::archive::read::Limits;
use crate::archive::{Entry, Tree};
use crate::model::Compression;
use crate::vendor::wd::Os;
use crate::vendor::wd::header::Header;
use crate::vendor::{Layout, Seal, open};

const CONFIG: &str = r#"{"general":{"package":"lamp","name":"Lamp","version":"1.2","depends":["b (>= 1, < 2)","a"],
    "maintainer":"Ada","website":"https://example.com","architecture":"x86-64","firmware":"4.0.0"},
    "adm-desktop":{"app":{"port":8080,"url":"/"}}}"#;
const INFO: &str = "package=\"lamp\"\nversion=\"1.2\"\narch=\"x86_64\"\nos_min_ver=\"7.0-40000\"\ndisplayname=\"Lamp\"\n\
    description=\"Lights the way\"\nmaintainer=\"Ada\"\nmaintainer_url=\"https://example.com\"\nadminport=\"8080\"\n\
    adminurl=\"/\"\ndsmuidir=\"ui\"\ninstall_dep_packages=\"a:b>=1\"\n";
const XML: &str = "<config><apkg><item><name>lamp</name><show>Lamp</show><version>1.2</version><date>20240101</date>\
    <packager>Ada</packager><homepage>https://example.com</homepage><inst_depend>a,b</inst_depend>\
    <description>Lights\n  the way</description><icon>lamp.png</icon><url>index.html</url><MinFWVer>5.00.000</MinFWVer>\
    </item></apkg></config>";

/// The app's own files, in the app's folder.
fn app() -> Vec<(&'static str, Entry)> {
    vec![
        ("bin/lamp", Entry::file(vec![0; 100_000], 0o755)),
        ("etc/lamp.conf", Entry::file("light = on\nport = 8080\n", 0o644)),
        ("share/one.txt", Entry::file("one", 0o644)),
        ("share/two.txt", Entry::file("two", 0o644)),
        ("lib/liblamp.so", Entry::symlink("liblamp.so.1")),
        ("empty", Entry::DIR),
    ]
}

/// Those and the vendor's, sealed and opened again.
fn package(vendor: VendorId, metadata: &str, app: &[(&str, Entry)]) -> Opened {
    let text = |text: &str| Entry::file(text, 0o644);
    let script = Entry::file("#!/bin/sh\nexit 0\n", 0o755);
    let (folder, seal, own) = match vendor {
        VendorId::Asustor => (
            "",
            Seal::Apk,
            vec![
                ("CONTROL/config.json", text(metadata)),
                ("CONTROL/description.txt", text("Lights the way\n")),
                ("CONTROL/start-stop.sh", script),
            ],
        ),
        VendorId::Synology => (
            "package/",
            Seal::Spk { size_in_bytes: false, xz: false },
            vec![
                ("INFO", text(metadata)),
                ("scripts/start-stop-status", script),
                ("package/ui/config", text("{}")),
                ("package/ui/images/lamp_16.png", text("icon")),
                ("package/conf/lamp.sc", text("[lamp]")),
            ],
        ),
        VendorId::WdOs5 | VendorId::WdOs3 => {
            let (os, model) =
                if vendor == VendorId::WdOs5 { (Os::Os5, "MyCloudPR4100") } else { (Os::Os3, "MyCloudPR2100") };
            let ids = os.model(model).unwrap().ids;
            let header = Header { ids, package: "lamp".to_owned(), version: "1.2".to_owned(), signed: false };
            let own = vec![
                ("apkg.xml", text(metadata)),
                ("start.sh", script),
                ("web/lamp.png", text("icon")),
                ("web/index.html", text("redirect")),
            ];
            ("", Seal::Bin { header }, own)
        }
    };
    let mut tree = Tree::new();
    for (path, entry) in app {
        tree.insert(&format!("{folder}{path}"), entry.clone()).unwrap();
    }
    for (path, entry) in own {
        tree.insert(path, entry).unwrap();
    }
    open_layout(&Layout { tree, seal, epoch: 0, compression: Compression::Default })
}

fn open_layout(layout: &Layout) -> Opened {
    let mut out = Cursor::new(Vec::new());
    layout.seal(&mut out).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package");
    std::fs::write(&path, out.into_inner()).unwrap();
    open(&path, &Limits::default()).unwrap()
}

fn all() -> [Opened; 4] {
    let text = |vendor| match vendor {
        VendorId::Asustor => CONFIG,
        VendorId::Synology => INFO,
        VendorId::WdOs5 | VendorId::WdOs3 => XML,
    };
    VendorId::ALL.map(|vendor| package(vendor, text(vendor), &app()))
}

/// A comparison in lines, without the sizes of the packages.
fn told(comparison: &Comparison) -> String {
    let nature = |by_nature| if by_nature { " (by nature)" } else { "" };
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let value = |change: &Change| {
        format!(
            "{}: {} -> {}{}",
            change.name,
            or_none(&change.before),
            or_none(&change.after),
            nature(change.by_nature)
        )
    };
    let file = |change: &FileChange| {
        let new = change.new_path.as_ref().map_or_else(String::new, |path| format!(" to {path}"));
        let how = change.differs.iter().map(|aspect| format!(" {aspect:?}")).collect::<Vec<_>>().concat();
        let program = change.program.iter().map(|change| format!(" [{}]", value(change))).collect::<Vec<_>>().concat();
        format!("{:?} {}{new}{how}{program}{}", change.status, change.path, nature(change.by_nature))
    };
    let changes =
        comparison.changes().filter(|change| !matches!(change.name.as_str(), "packed" | "unpacked" | "checksum"));
    changes.map(value).chain(comparison.file_changes().map(file)).collect::<Vec<_>>().join("\n")
}

#[test]
fn one_app_is_the_same_with_every_vendor() {
    let packages = all();
    for a in &packages {
        for b in &packages {
            let comparison = compare(a, b).unwrap();
            assert_eq!(comparison.files, [], "{} {}", a.vendor, b.vendor);
            assert_eq!(comparison.same, a.vendor == b.vendor);
            assert_eq!(comparison.vendor_files.is_some(), a.vendor.section() == b.vendor.section());
            let real = comparison.metadata.iter().filter(|change| !change.by_nature);
            assert_eq!(real.collect::<Vec<_>>(), Vec::<&Change>::new(), "{} {}", a.vendor, b.vendor);
        }
    }
    let [asustor, synology, wd, _] = &packages;
    insta::assert_snapshot!(told(&compare(asustor, synology).unwrap()), @"
    vendor: asustor -> synology
    devices: x86-64 -> x86_64
    oldest firmware: 4.0.0 -> 7.0-40000 (by nature)
    ");
    insta::assert_snapshot!(told(&compare(synology, wd).unwrap()), @"
    vendor: synology -> wd-os5
    devices: x86_64 -> MyCloudPR4100
    oldest firmware: 7.0-40000 -> 5.00.000 (by nature)
    ");
}

#[test]
fn files_are_compared_by_what_they_are() {
    let a = package(VendorId::Asustor, CONFIG, &app());
    let mut changed = app();
    changed[0].1 = Entry::file([vec![0; 99_999], vec![1]].concat(), 0o755);
    changed[1].1 = Entry::file("light = off\nport = 8080\n", 0o600);
    // Before and behind the old place in the order of names.
    changed[2].0 = "a/one.txt";
    changed[3] = ("z/two.txt", Entry::file("two", 0o755));
    changed[4].1 = Entry::symlink("liblamp.so.2");
    changed[5] = ("new", Entry::DIR);
    let config = CONFIG.replace("\"1.2\"", "\"1.3\"");
    for (vendor, metadata) in [(VendorId::Asustor, config.as_str()), (VendorId::Synology, INFO)] {
        let b = package(vendor, metadata, &changed);
        let mut comparison = compare(&a, &b).unwrap();
        if vendor == VendorId::Asustor {
            insta::assert_snapshot!(told(&comparison), @"
            version: 1.2 -> 1.3
            general.version: 1.2 -> 1.3
            Added a
            Changed bin/lamp Content
            Removed empty
            Changed etc/lamp.conf Content Mode
            Changed lib/liblamp.so Target
            Added new
            Removed share
            Renamed share/one.txt to a/one.txt
            Renamed share/two.txt to z/two.txt Mode
            Added z
            Changed CONTROL/config.json Content (by nature)
            ");
        }
        let paths: Vec<_> = comparison.files.iter().map(|change| (change.status, change.path.as_str())).collect();
        assert_eq!(
            paths,
            [
                (Status::Added, "a"),
                (Status::Changed, "bin/lamp"),
                (Status::Removed, "empty"),
                (Status::Changed, "etc/lamp.conf"),
                (Status::Changed, "lib/liblamp.so"),
                (Status::Added, "new"),
                (Status::Removed, "share"),
                (Status::Renamed, "share/one.txt"),
                (Status::Renamed, "share/two.txt"),
                (Status::Added, "z"),
            ]
        );
        comparison.add_texts(&a, &b).unwrap();
        let text = |at: usize| comparison.files[at].text.as_ref();
        assert_eq!((text(0), text(1), text(7)), (None, Some(&Text::Binary), None));
        let place = if vendor == VendorId::Synology { "package/" } else { "" };
        assert_eq!(
            text(3),
            Some(&Text::Unified(format!(
                "--- a/etc/lamp.conf\n+++ b/{place}etc/lamp.conf\n@@ -1,2 +1,2 @@\n-light = on\n+light = off\n port = 8080\n"
            )))
        );
    }
}

#[test]
fn content_that_is_not_unique_is_not_renamed() {
    let file = |path, text: &str| (path, Entry::file(text, 0o644));
    let a = package(VendorId::Asustor, CONFIG, &[file("a", "x"), file("b", "x"), file("c", ""), file("d", "y")]);
    let b = package(VendorId::Asustor, CONFIG, &[file("e", "x"), file("f", ""), file("g", "y"), file("h", "y")]);
    let comparison = compare(&a, &b).unwrap();
    assert!(comparison.files.iter().all(|change| change.status != Status::Renamed), "{}", told(&comparison));
    assert_eq!(comparison.files.len(), 8);
}

#[test]
fn what_differs_by_nature_does_not_count() {
    let xml = |date: &str| XML.replace("20240101", date);
    let a = package(VendorId::WdOs5, &xml("20240101"), &app());
    let b = package(VendorId::WdOs5, &xml("20250505"), &app());
    let comparison = compare(&a, &b).unwrap();
    assert!(comparison.same);
    insta::assert_snapshot!(told(&comparison), @"
    date: 20240101 -> 20250505 (by nature)
    Changed apkg.xml Content (by nature)
    ");
    // With other bytes where nothing else is said, the file itself is what differs.
    let blanks = package(VendorId::WdOs5, &XML.replace("<item>", "<item> "), &app());
    let comparison = compare(&a, &blanks).unwrap();
    assert!(!comparison.same);
    insta::assert_snapshot!(told(&comparison), @"
    Changed apkg.xml Content
    ");
}

#[test]
fn metadata_is_compared_in_the_words_that_both_have() {
    let info =
        INFO.replace("Lights", "Turns").replace("8080", "80").replace("a:b>=1", "b>=2:c") + "thirdparty=\"yes\"\n";
    let a = package(VendorId::Synology, INFO, &app());
    let b = package(VendorId::Synology, &info, &app());
    insta::assert_snapshot!(told(&compare(&a, &b).unwrap()), @"
    description: Lights the way -> Turns the way
    adminport: 8080 -> 80
    install_dep_packages: a:b>=1 -> b>=2:c
    thirdparty: - -> yes
    Changed INFO Content (by nature)
    ");
    let asustor = package(VendorId::Asustor, CONFIG, &app());
    insta::assert_snapshot!(told(&compare(&asustor, &b).unwrap()), @"
    vendor: asustor -> synology
    devices: x86-64 -> x86_64
    description: Lights the way -> Turns the way
    port: 8080 -> 80
    dependencies: a, b -> b, c
    oldest firmware: 4.0.0 -> 7.0-40000 (by nature)
    ");
    let wd = package(VendorId::WdOs3, &XML.replace("<show>Lamp</show>", "<url_port>1</url_port>"), &app());
    insta::assert_snapshot!(told(&compare(&b, &wd).unwrap()), @"
    vendor: synology -> wd-os3
    devices: x86_64 -> MyCloudPR2100
    name: Lamp -> -
    description: Turns the way -> Lights the way
    port: 80 -> 1
    dependencies: b, c -> a, b
    oldest firmware: 7.0-40000 -> 5.00.000 (by nature)
    ");
}

#[test]
fn keys_that_are_there_twice_are_compared_in_their_order() {
    let list = |values: &[(&str, &str)]| -> Vec<(String, String)> {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let before = list(&[("a", "1"), ("b", "1"), ("a", "2"), ("c", "")]);
    let after = list(&[("d", "1"), ("a", "1"), ("a", "3"), ("a", "4"), ("c", "")]);
    let told: Vec<_> = changes(before.clone(), after)
        .into_iter()
        .map(|change| (change.name, change.before.unwrap_or_default(), change.after.unwrap_or_default()))
        .collect();
    let expected = [("b", "1", ""), ("a", "2", "3"), ("d", "", "1"), ("a", "", "4")];
    assert_eq!(told, expected.map(|(name, before, after)| (name.to_owned(), before.to_owned(), after.to_owned())));
    assert_eq!(changes(before.clone(), before.into_iter().rev().filter(|(_, value)| value != "2")).len(), 1);
}

#[test]
fn programs_are_compared_by_their_headers() {
    let elf = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let program = |bytes: Vec<u8>| package(VendorId::Asustor, CONFIG, &[("bin/lamp", Entry::file(bytes, 0o755))]);
    let mut arm = elf[..4096.min(elf.len())].to_vec();
    arm[18] = 0xb7;
    let (a, b) = (program(elf), program(b"#!/bin/sh\n".to_vec()));
    let names = |a: &Opened, b: &Opened| -> Vec<String> {
        compare(a, b).unwrap().files[0].program.iter().map(|change| change.name.clone()).collect()
    };
    assert!(names(&a, &b).contains(&"alignment".to_owned()), "{:?}", names(&a, &b));
    let broken = program(arm);
    assert!(names(&b, &broken) == ["error"] || names(&a, &broken).contains(&"arch".to_owned()));
}

#[test]
fn large_and_binary_files_are_not_compared_line_by_line() {
    let with = |text: Vec<u8>| package(VendorId::Asustor, CONFIG, &[("share/log", Entry::file(text, 0o644))]);
    let text = |a: Vec<u8>, b: Vec<u8>| {
        let (a, b) = (with(a), with(b));
        let mut comparison = compare(&a, &b).unwrap();
        comparison.add_texts(&a, &b).unwrap();
        comparison.files[0].text.clone()
    };
    assert_eq!(text(vec![b'a'; 300_000], vec![b'b'; 10]), Some(Text::TooLarge));
    assert_eq!(text(vec![b'\n'; 5000], vec![b'b'; 10]), Some(Text::TooLarge));
    assert_eq!(text(b"a\0b".to_vec(), b"c".to_vec()), Some(Text::Binary));
    assert_eq!(text(b"\xff".to_vec(), b"c".to_vec()), Some(Text::Binary));
}

#[test]
fn what_is_around_the_files_is_compared() {
    let layout = |compressed: bool| {
        let mut tree = Tree::new();
        tree.insert("INFO", Entry::file(INFO, 0o644)).unwrap();
        let mut tar = crate::archive::TarWriter::new(Vec::new(), crate::archive::TarStyle::plain(), 0).unwrap();
        tar.member("a", &Entry::file("a", 0o644)).unwrap();
        let mut bytes = tar.finish().unwrap();
        if compressed {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            std::io::Write::write_all(&mut gzip, &bytes).unwrap();
            bytes = gzip.finish().unwrap();
        }
        tree.insert("package.tgz", Entry::file(bytes, 0o644)).unwrap();
        let mut tar = crate::archive::TarWriter::new(Vec::new(), crate::archive::TarStyle::plain(), 0).unwrap();
        tar.tree(&tree).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("package");
        std::fs::write(&path, tar.finish().unwrap()).unwrap();
        open(&path, &Limits::default()).unwrap()
    };
    insta::assert_snapshot!(told(&compare(&layout(false), &layout(true)).unwrap()), @"
    package.tgz: compression: uncompressed -> gzip
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever two apps have: each file is told once, forwards and backwards are mirror images, and nothing differs from itself.
    #[test]
    fn comparisons_are_mirror_images(
        a in prop::collection::btree_map("[ab]/[a-d]", (0..4_u8, prop_oneof![Just(0o644), Just(0o755)]), 0..8),
        b in prop::collection::btree_map("[ab]/[a-d]", (0..4_u8, prop_oneof![Just(0o644), Just(0o755)]), 0..8),
    ) {
        let made = |vendor, metadata, files: &BTreeMap<String, (u8, u32)>| {
            let files: Vec<_> =
                files.iter().map(|(path, (byte, mode))| (path.as_str(), Entry::file(vec![*byte; 3], *mode))).collect();
            package(vendor, metadata, &files)
        };
        let (left, right) = (made(VendorId::Asustor, CONFIG, &a), made(VendorId::Synology, INFO, &b));
        let (there, back) = (compare(&left, &right).unwrap(), compare(&right, &left).unwrap());
        let forth = |change: &FileChange| (change.path.clone(), change.new_path.clone(), change.differs.clone());
        let mirrored = |change: &FileChange| match &change.new_path {
            Some(new) => (new.clone(), Some(change.path.clone()), change.differs.clone()),
            None => forth(change),
        };
        let mut expected: Vec<_> = back.files.iter().map(mirrored).collect();
        expected.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        let told: Vec<_> = there.files.iter().map(forth).collect();
        prop_assert_eq!(&told, &expected);
        prop_assert_eq!(told.is_empty(), a == b);
        prop_assert!(compare(&left, &left).unwrap().same);
    }
}
