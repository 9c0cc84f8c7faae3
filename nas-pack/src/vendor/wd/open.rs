use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write as _};

use quick_xml::events::Event;

use super::header::{Header, Summing};
use super::models::Model;
use super::rc::{Key, Metadata};
use super::sign::{self, SignError};
use super::{Os, rc::RcError};
use crate::archive::read::{Compression, ReadError, Unpacker};
use crate::archive::{Entry, EntryKind, Tree, TreePath};
use crate::diagnostic::Result;
use crate::vendor::open::{Check, Found, Opening, Outer};

const PAYLOAD: &str = "the payload";
const GZIP: (&[Compression], &str) = (&[Compression::Gzip], "gzip");

/// Reads a package of OS5 or OS3, whose first 512 bytes are given.
pub(in crate::vendor) fn open(mut file: File, head: &[u8], opening: &mut Opening<'_>) -> Result<Found> {
    let (header, sum) = Header::read(head).map_err(|error| {
        opening.refuse(format!("this looks like a package of WD, but its header is broken: {error}"))
    })?;
    let os = header.os();
    file.seek(SeekFrom::Start(os.header_len() as u64)).map_err(|error| opening.failure(None, ReadError::Io(error)))?;
    let mut input = Summed { input: BufReader::new(file), summing: Summing::new(io::sink()) };
    let unpacked = Unpacker::unpack(&mut input, opening.budget, opening.spool, GZIP).and_then(|unpacked| {
        // Whatever the decompressor has left belongs to the checksum too.
        io::copy(&mut input, &mut io::sink()).map_err(|error| ReadError::from_io(error, "its data"))?;
        Ok(unpacked)
    });
    let unpacked = unpacked.map_err(|error| opening.failure(Some(PAYLOAD), error))?;
    let (_, found) = input.summing.finish();
    let (tree, links) = opening.archive(PAYLOAD, unpacked);

    let mut checks = vec![
        Check::equal("checksum", &format!("{:08x}", sum.checksum), &format!("{:08x}", found.checksum)),
        Check::equal("length", &sum.length.to_string(), &found.length.to_string()),
    ];
    let (tree, links) = match only_folder(&tree) {
        Some(folder) => {
            checks.push(Check::equal("name of the folder", &header.package, &folder));
            (tree.subtree(&folder), links.without(&folder))
        }
        None => {
            opening.warn("the payload is not one folder with everything in it; devices refuse such packages");
            (tree, links)
        }
    };
    checks.extend(signature(&header, &tree, opening));

    let models: Vec<&Model> = os.models().iter().filter(|model| model.ids == header.ids).collect();
    if models.is_empty() {
        opening.warn(format!(
            "no model of {} has the header's `{}` with model {}{}",
            os.vendor(),
            header.ids.magic.escape_ascii(),
            header.ids.model,
            header.ids.app.map(|app| format!(" and app {app}")).unwrap_or_default(),
        ));
    }
    let arch = models.first().and_then(|model| model.arch());
    let arch = arch.filter(|_| models.iter().all(|model| model.arch() == arch));
    let metadata = metadata(&tree, opening);
    if let Some((_, name)) = metadata.iter().find(|(key, _)| key == "name") {
        checks.push(Check::equal("name in apkg.xml", &header.package, name));
    }
    Ok(Found {
        vendor: os.vendor(),
        package: Some(header.package.clone()),
        version: Some(header.version.clone()),
        devices: models.iter().map(|model| model.name.to_owned()).collect(),
        arch,
        metadata,
        tree,
        links,
        outer: Outer::Bin { header, sum },
        checks,
        is_script: |path| !path.contains('/') && path.as_bytes().ends_with(b".sh"),
    })
}

/// The folder that everything is in.
fn only_folder(tree: &Tree) -> Option<String> {
    let mut top = tree.iter().filter(|(path, _)| path.parent().is_none());
    match (top.next(), top.next()) {
        (Some((path, Entry { kind: EntryKind::Dir, .. })), None) => Some(TreePath::as_str(path).to_owned()),
        _ => None,
    }
}

/// Whether `apkg.sign` is there if and only if the header says so, and holds the package's name.
fn signature(header: &Header, tree: &Tree, opening: &mut Opening<'_>) -> Option<Check> {
    const NAME: &str = "signature";
    const FILE: &str = "apkg.sign";
    let check = |holds, detail: String| Some(Check { name: NAME, holds, detail });
    match (header.signed, tree.get(FILE).is_some()) {
        (false, false) => return None,
        (true, false) => return check(false, format!("the header says that there is one, but there is no `{FILE}`")),
        (false, true) => return check(false, format!("there is an `{FILE}`, but the header says that there is none")),
        (true, true) => {}
    }
    let signature = opening.bytes(tree, FILE)?;
    let os = header.os();
    let other = if os == Os::Os5 { Os::Os3 } else { Os::Os5 };
    match sign::open(&signature, os) {
        Ok(name) => Some(Check::equal(NAME, &header.package, &name)),
        Err(SignError::Key) if sign::open(&signature, other).is_ok() => {
            check(false, format!("it is one for {}", other.vendor()))
        }
        Err(error) => check(false, error.to_string()),
    }
}

/// What `apkg.xml` says, which is what the firmware reads; without it, what `apkg.rc` says.
fn metadata(tree: &Tree, opening: &mut Opening<'_>) -> Vec<(String, String)> {
    if let Some(text) = opening.text(tree, "apkg.xml") {
        match read_xml(&text) {
            Ok(values) => return values,
            Err(error) => opening.warn(format!("`apkg.xml` is not XML: {error}")),
        }
    }
    let Some(rc) = tree.get("apkg.rc").and_then(|_| opening.bytes(tree, "apkg.rc")) else { return Vec::new() };
    match Metadata::read(&rc) {
        Ok(metadata) => {
            let key = |key: Key| (key.word().trim_end_matches(':').to_owned(), metadata.get(key).to_owned());
            Key::ALL.into_iter().map(key).filter(|(_, value)| !value.is_empty()).collect()
        }
        Err(error @ (RcError::Empty(_) | RcError::NotUtf8(_))) => {
            opening.warn(format!("`apkg.rc` is broken: {error}"));
            Vec::new()
        }
    }
}

/// The elements that hold text, in their order; empty ones too.
fn read_xml(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut values = Vec::new();
    // The innermost element that has been begun, and whether another was begun in it.
    let mut open: Option<(String, String)> = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => open = Some((start.name().as_ref().to_owned(), String::new())),
            Event::Empty(empty) => values.push((empty.name().as_ref().to_owned(), String::new())),
            Event::Text(part) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(&part);
                }
            }
            Event::CData(part) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(&part);
                }
            }
            Event::GeneralRef(entity) => {
                let Some((_, text)) = &mut open else { continue };
                match entity.resolve_char_ref().map_err(|error| error.to_string())? {
                    Some(c) => text.push(c),
                    None => match quick_xml::escape::resolve_predefined_entity(&entity) {
                        Some(known) => text.push_str(known),
                        None => return Err(format!("`&{};` is unknown", &*entity)),
                    },
                }
            }
            Event::End(_) => values.extend(open.take()),
            Event::Eof => return Ok(values),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// Sums up what is read.
struct Summed<R> {
    input: R,
    summing: Summing<io::Sink>,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.summing.write_all(&buffer[..count])?;
        Ok(count)
    }
}
