#![no_main]

use std::path::PathBuf;

use nas_pack::archive::Tree;
use nas_pack::diagnostic::Findings;
use nas_pack::layer::{Kind, Origin, Table, Value};
use nas_pack::manifest::{Description, decode};
use nas_pack::model::VendorId;
use nas_pack::vendor::{Icons, Payload, Request, vendor};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(table) = text.parse::<toml::Table>() else { return };
    // What is named is looked for in a folder that is not there, and absolute paths of this machine are nobody's business.
    if text.contains("\"/") || text.contains("'/") || text.contains("..") || text.contains('\\') {
        return;
    }
    let manifest_dir = PathBuf::from("/nonexistent");
    let description = Description {
        cargo_package: "beacon".to_owned(),
        cargo_binaries: vec!["beacon".to_owned()],
        build_script: None,
        manifest_path: manifest_dir.join("Cargo.toml"),
        manifest_dir,
        section: Origin::Default,
        layers: vec![layer(table)],
    };
    for id in VendorId::ALL {
        let merged = description.merged_for(id);
        let findings = Findings::new();
        let Some(app) = decode(&merged, &description, &findings) else { continue };
        if findings.has_errors() {
            continue;
        }
        let vendor = vendor(id);
        let icons = Icons::default();
        let dir = &description.manifest_dir;
        let request = Request { app: &app, layer: &merged, dir, findings: &findings, icons: &icons, epoch: 0 };
        let Some(packager) = vendor.check(&request) else {
            assert!(findings.has_errors(), "{id} refused without a word");
            continue;
        };
        let fits = |device: &&nas_pack::vendor::Device| packager.takes(device).is_ok();
        let Some(device) = vendor.devices().iter().find(fits) else { continue };
        assert!(!packager.file_name(device).contains('/'), "{}", packager.file_name(device));
        let payload = Payload { arch: device.arch(), tree: Tree::new() };
        if let Ok(layout) = packager.layout(device, &payload, &findings) {
            layout.seal(&mut std::io::Cursor::new(Vec::new())).expect("what a vendor accepts can be sealed");
        }
    }
});

fn layer(table: toml::Table) -> Table {
    let mut layer = Table::new();
    for (key, value) in table {
        layer.set(key, read(value));
    }
    layer
}

fn read(value: toml::Value) -> Value {
    let kind = match value {
        toml::Value::String(text) => Kind::Str(text),
        toml::Value::Integer(number) => Kind::Int(number),
        toml::Value::Boolean(flag) => Kind::Bool(flag),
        toml::Value::Array(list) => Kind::List(list.into_iter().map(read).collect()),
        toml::Value::Table(table) => Kind::Table(layer(table)),
        // The command's own reader takes neither.
        toml::Value::Float(_) | toml::Value::Datetime(_) => Kind::Bool(false),
    };
    Value { kind, origin: Origin::Default }
}
