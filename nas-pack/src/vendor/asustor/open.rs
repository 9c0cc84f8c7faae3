use std::fs::File;
use std::io::Read;

use serde_json::Value;

use super::{CONTROL, rules};
use crate::archive::Entry;
use crate::archive::read::{Compression, ReadError, Unpacker, Zip};
use crate::diagnostic::Result;
use crate::model::{Arch, VendorId};
use crate::vendor::open::{Found, Opening, Outer};
use crate::vendor::{Vendor as _, asustor::Asustor};

const VERSION: &str = "apkg-version";
const CONTROL_ARCHIVE: &str = "control.tar.gz";
const DATA_ARCHIVE: &str = "data.tar.gz";

/// What the vendor's reader takes for the two archives.
const GZIP: (&[Compression], &str) = (&[Compression::Gzip], "gzip");

/// Reads an APKG 2.0. As with the vendor's reader, members may have any order and be deflated, and others may be among them.
pub(in crate::vendor) fn open(file: File, opening: &mut Opening<'_>) -> Result<Found> {
    let (budget, spool) = (opening.budget, opening.spool);
    let mut zip = Zip::new(file, budget).map_err(|error| opening.failure(None, error))?;
    let members = zip.members().map_err(|error| opening.failure(None, error))?;
    let has = |name: &str| members.iter().any(|member| member.name == name);
    if !has(VERSION) {
        let refusal = opening.refuse(format!("this is a zip archive, but no ASUSTOR package: it has no `{VERSION}`"));
        let is_android = has("AndroidManifest.xml");
        return Err(if is_android { refusal.note("it is an app for Android") } else { refusal }.into());
    }
    if let Some(missing) = [CONTROL_ARCHIVE, DATA_ARCHIVE].into_iter().find(|name| !has(name)) {
        return Err(rules::AST022
            .found(format!("the package has no `{missing}`"))
            .in_file(opening.path)
            .note("ADM answers with error -192")
            .into());
    }

    let version = zip.read(VERSION, |input| {
        let mut text = Vec::new();
        input.take(64).read_to_end(&mut text).map_err(|error| ReadError::from_io(error, "its text"))?;
        Ok(text)
    });
    let version = version.map_err(|error| opening.failure(Some(VERSION), error))?;
    if version.trim_ascii() != b"2.0" {
        let found = version.trim_ascii().escape_ascii().to_string();
        return Err(rules::AST021
            .found(format!("`{VERSION}` is `{found}`, and only 2.0 is known"))
            .in_file(opening.path)
            .note("1.0 had another layout; ADM since 2.0 refuses it with error -424")
            .into());
    }

    let mut unpack = |name: &str| {
        let unpacked = zip.read(name, |input| Unpacker::unpack(input, budget, spool, GZIP));
        match unpacked {
            Ok(unpacked) => Ok(opening.archive(name, unpacked)),
            Err(error) => Err(opening.failure(Some(name), error)),
        }
    };
    let (control, control_links) = unpack(CONTROL_ARCHIVE)?;
    let (mut tree, mut links) = unpack(DATA_ARCHIVE)?;
    if tree.get(CONTROL).is_some() {
        return Err(rules::AST015
            .found(format!("`{DATA_ARCHIVE}` has a `{CONTROL}` of its own"))
            .in_file(opening.path)
            .note("ADM would unpack it over the package's real metadata")
            .into());
    }
    // It was looked at: nothing is there yet.
    tree.insert(CONTROL, Entry::DIR)?;
    tree.graft(CONTROL, &control)?;
    links.extend(control_links.below(CONTROL));

    let config = format!("{CONTROL}/config.json");
    let mut metadata = Vec::new();
    if let Some(text) = opening.text(&tree, &config, &rules::AST024) {
        match serde_json::from_str(&text) {
            Ok(value) => flatten("", &value, &mut metadata),
            Err(error) => opening.find(&rules::AST024, format!("`{config}` is not JSON: {error}")),
        }
    }
    let get = |key: &str| metadata.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    let devices: Vec<_> = get("general.architecture").into_iter().collect();
    Ok(Found {
        vendor: VendorId::Asustor,
        package: get("general.package"),
        version: get("general.version"),
        arch: devices.first().and_then(|name| arch(name)),
        devices,
        metadata,
        tree,
        links,
        outer: Outer::Apk { members },
        // Each zip member's and gzip stream's own checksum has held, or there would be nothing to tell.
        checks: Vec::new(),
        is_script: |path| {
            let script = path.strip_prefix("CONTROL/").is_some_and(|name| !name.contains('/'));
            script && std::path::Path::new(path).extension().is_some_and(|extension| extension == "sh")
        },
    })
}

fn arch(name: &str) -> Option<Arch> {
    Asustor.devices().iter().find(|device| device.name == name)?.arch()
}

/// The values of a JSON document with the path to each; lists of plain values in one.
fn flatten(path: &str, value: &Value, into: &mut Vec<(String, String)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(values) if !values.is_empty() => {
            values.iter().for_each(|(key, value)| flatten(&below(key), value, into));
        }
        Value::Array(values) if values.iter().any(|value| value.is_object() || value.is_array()) => {
            values.iter().enumerate().for_each(|(index, value)| flatten(&below(&index.to_string()), value, into));
        }
        Value::String(text) => into.push((path.to_owned(), text.clone())),
        Value::Array(values) => {
            let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            into.push((path.to_owned(), values.iter().map(plain).collect::<Vec<_>>().join(", ")));
        }
        value => into.push((path.to_owned(), value.to_string())),
    }
}
