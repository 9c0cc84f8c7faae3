//! Writes the seed corpus: small packages of each vendor, whole and damaged, and their parts. The same bytes at every run.

use std::fs;
use std::io::Result;
use std::path::Path;

use nas_pack::archive::{Entry, TarStyle, TarWriter};
use nas_pack::layer::RECIPE_FORMAT;
use nas_pack::model::VendorId;
use nas_pack_fuzz::{Part, sealed, tar, tree};

const CONFIG: &[u8] = br#"{"general":{"package":"beacon","name":"Beacon","version":"1.2.3","depends":["a (>= 1)"],
"architecture":"x86-64","firmware":"4.0.0"},"adm-desktop":{"app":{"type":"custom","port":8080,"url":"/"}},
"register":{"share-folder":[{"name":"a"}],"port":[8080,1],"boot-priority":{"start-order":65}}}"#;
const INFO: &[u8] = b"package=\"beacon\"\nversion=1.2.3-4\narch=\"x86_64 apollolake\"\ndsmuidir=\"a:ui/a b:ui/b\"\n\
checksum=\"00\"\ndescription=\"a \\\"b\\\"\"\n#c=d\n";
const XML: &[u8] = b"<?xml version=\"1.0\"?><config><apkg><item><name>beacon</name><path/><icon>a.png</icon>\
<description>&lt;&#65;<![CDATA[x]]></description><!-- c --><url>i.html</url></item></apkg></config>";
const RC: &[u8] = b"Package: beacon\nVersion:\t1.2.3\nPackager: Ada\nEmail: a@example.com\nAddonShowName: Beacon\n\
CenterType: 1\nHidden: on\nDescription: a Version: b\n";
const MANIFEST: &str = r#"
package = "beacon"
version = "1.2.3-rc.1"
revision = 4
description = "Shows how the box is doing."
maintainer = "Ada <ada@example.com>"
homepage = "https://example.com"
depends = ["python3 (>= 3.7.0)", "git"]
vendors = ["synology", "wd-os5", "asustor"]
shared-folders = [{ name = "Beacon", description = "x" }]
targets = { armhf = { triple = "armv7-unknown-linux-musleabihf" } }
[service]
port = 8377
path = "/status"
args = ["--x", "{config_dir}/a"]
env = { A = "b" }
log-limit = 10
[hooks]
post-install = [{ mkdir = "{data_dir}/x", mode = "0750" }, { sh = "true" }]
[asustor]
firmware = "4.0.0"
[synology]
firmware = "7.0-40000"
[wd]
min-firmware = "5.00.000"
auto-start = true
"#;

fn main() -> Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(corpus.join(target))?;
        fs::write(corpus.join(target).join(name), bytes)
    };
    for vendor in VendorId::ALL {
        let whole = package(vendor);
        write("open", &format!("{vendor}"), &whole)?;
        for (number, bytes) in damaged(&whole).into_iter().enumerate() {
            write("open", &format!("{vendor}-damaged-{number}"), &bytes)?;
        }
    }
    for (number, part) in Part::ALL.into_iter().enumerate() {
        let sample = match part {
            Part::Config => CONFIG.to_vec(),
            Part::Info => INFO.to_vec(),
            Part::Xml => XML.to_vec(),
            Part::Rc => RC.to_vec(),
            Part::Sign => [&b"Salted__"[..], &[7; 16]].concat(),
            Part::Program => program(),
            Part::Files(_) => files(),
            Part::Outer => tar(&[("INFO", INFO), ("scripts/postinst", b"#!/bin/sh\n")])[..2048].to_vec(),
        };
        let number = u8::try_from(number).expect("there are few parts");
        write("layers", &format!("{number:02}"), &[&[number], &sample[..]].concat())?;
        write("open", &format!("part-{number:02}"), &part.package(&sample))?;
    }
    write("apkg_rc", "all", RC)?;
    write(
        "apkg_rc",
        "crlf",
        &RC.iter().flat_map(|&b| if b == b'\n' { vec![13, 10] } else { vec![b] }).collect::<Vec<_>>(),
    )?;
    let recipe = format!(
        r#"{{"nas-pack-recipe":{RECIPE_FORMAT},"by":"0.1.0","out":"/out","app":{{"name":{{"v":"Beacon","at":"build.rs:3:4"}},
        "service":{{"v":{{"port":{{"v":8080}}}}}},"hooks":{{"v":[{{"v":true}}]}}}}}}"#
    );
    write("recipe", "all", recipe.as_bytes())?;
    write("manifest", "all", MANIFEST.as_bytes())?;
    write(
        "manifest",
        "least",
        b"package = \"beacon\"\nversion = \"1.2.3\"\ndescription = \"A sample\"\nmaintainer = \"Ada\"\n",
    )
}

/// A package with a file of every kind of metadata that the vendor has.
fn package(vendor: VendorId) -> Vec<u8> {
    let program = program();
    let folder = if vendor == VendorId::Synology { "package/" } else { "" };
    let bin = format!("{folder}bin/beacon");
    let script = &b"#!/bin/sh\nexit 0\n"[..];
    let mut files: Vec<(&str, &[u8])> = vec![(&bin, &program)];
    files.extend(match vendor {
        VendorId::Asustor => [("CONTROL/config.json", CONFIG), ("CONTROL/start-stop.sh", script), ("www/a", b"x")],
        VendorId::Synology => [("INFO", INFO), ("scripts/start-stop-status", script), ("package/ui/a/config", b"{}")],
        VendorId::WdOs5 | VendorId::WdOs3 => [("apkg.xml", XML), ("apkg.rc", RC), ("start.sh", script)],
    });
    let mut tree = tree(&files);
    tree.insert(&format!("{folder}lib/a"), Entry::symlink("b")).expect("the path is plain");
    sealed(vendor, tree)
}

/// The archive of an app's files, with all kinds of members that tars have.
fn files() -> Vec<u8> {
    let mut tar = TarWriter::new(Vec::new(), TarStyle::folder("beacon"), 0).expect("memory can be written to");
    let mut tree = tree(&[("bin/beacon", &program()), ("a", b"1")]);
    tree.insert("lib", Entry::symlink("bin")).expect("the path is plain");
    tree.insert(&"n/".repeat(60).replace("n/", "nnn/").trim_end_matches('/')[..150], Entry::file("long", 0o600))
        .expect("the path is plain");
    tar.tree(&tree).expect("memory can be written to");
    tar.finish().expect("memory can be written to")
}

/// The headers of a small dynamic program: 64 bits, for x86-64, with a loader and one library.
fn program() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    let word = |bytes: &mut Vec<u8>, value: u64| bytes.extend(value.to_le_bytes());
    [0, 64, 0].into_iter().for_each(|value| word(&mut bytes, value));
    bytes.extend([0, 0, 0, 0, 64, 0, 56, 0, 3, 0, 64, 0, 0, 0, 0, 0]);
    let (interpreter, dynamic) = (64 + 3 * 56_u64, 64 + 3 * 56 + 32);
    for (kind, offset, size) in [(1_u64, 0, 400), (3, interpreter, 28), (2, dynamic, 48)] {
        word(&mut bytes, kind | 5 << 32);
        [offset, offset, offset, size, size, 4096].into_iter().for_each(|value| word(&mut bytes, value));
    }
    bytes.extend(b"/lib64/ld-linux-x86-64.so.2\0\0\0\0\0");
    [1, 1, 5, dynamic + 48, 0, 0].into_iter().for_each(|value| word(&mut bytes, value));
    bytes.extend(b"\0libc.so.6\0");
    bytes.resize(400, 0);
    bytes
}

/// Cut, with bits turned, and with a part of itself in another place.
fn damaged(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below
    };
    let mut all: Vec<_> = [1, 2, 3].map(|quarter| bytes[..bytes.len() * quarter / 4].to_vec()).to_vec();
    for _ in 0..4 {
        let mut turned = bytes.to_vec();
        turned[next(bytes.len())] ^= 1 << next(8);
        all.push(turned);
        let (from, to, len) = (next(bytes.len()), next(bytes.len()), next(200));
        let part = bytes[from..(from + len).min(bytes.len())].to_vec();
        let mut spliced = bytes.to_vec();
        spliced.splice(to..to, part);
        all.push(spliced);
    }
    all
}
