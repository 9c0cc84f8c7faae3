use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write as _};

use super::header::{Header, HeaderError, Summing};
use super::models::Model;
use super::rc::{Key, Metadata};
use super::sign::{self, Verdict};
use super::xml::{self, Element};
use crate::archive::read::{Compression, ReadError, Unpacker};
use crate::archive::{Entry, EntryKind, Tree, TreePath};
use crate::diagnostic::Result;
use crate::vendor::open::{Check, Found, Opening, Outer};

const PAYLOAD: &str = "the payload";
/// The names of what is checked, by which the rules find it again.
pub(super) const CONSTANTS: &str = "constants of the header";
pub(super) const TEXTS: &str = "texts of the header";
pub(super) const MODEL: &str = "model";
pub(super) const CHECKSUM: &str = "checksum";
pub(super) const LENGTH: &str = "length";
pub(super) const FOLDER: &str = "one folder";
pub(super) const FOLDER_NAME: &str = "name of the folder";

pub(super) const APKG_XML: &str = "apkg.xml";
pub(super) const APKG_RC: &str = "apkg.rc";

const GZIP: (&[Compression], &str) = (&[Compression::Gzip], "gzip");

/// Reads a package of OS5 or OS3, whose first 512 bytes are given.
pub(in crate::vendor) fn open(mut file: File, head: &[u8], opening: &mut Opening<'_>) -> Result<Found> {
    let (header, sum, oddities) = Header::examine(head).map_err(|error| {
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

    let odd = |error: HeaderError| match error {
        HeaderError::Constant { .. } => failed(CONSTANTS, error.to_string()),
        _ => failed(TEXTS, error.to_string()),
    };
    let mut checks: Vec<Check> = oddities.into_iter().map(odd).collect();
    checks.extend([
        Check::equal(CHECKSUM, &format!("{:08x}", sum.checksum), &format!("{:08x}", found.checksum)),
        Check::equal(LENGTH, &sum.length.to_string(), &found.length.to_string()),
    ]);
    let (tree, links) = match only_folder(&tree) {
        Some(folder) => {
            checks.push(Check::equal(FOLDER_NAME, &header.package, &folder));
            (tree.subtree(&folder), links.without(&folder))
        }
        None => {
            checks.push(failed(FOLDER, "the payload is not one folder with everything in it".to_owned()));
            (tree, links)
        }
    };
    checks.extend(signature(&header, &tree));

    let models: Vec<&Model> = os.models().iter().filter(|model| model.ids == header.ids).collect();
    if models.is_empty() {
        let app = header.ids.app.map(|app| format!(" and app {app}")).unwrap_or_default();
        let (magic, model) = (header.ids.magic.escape_ascii(), header.ids.model);
        checks.push(failed(MODEL, format!("no model of {} has `{magic}` with model {model}{app}", os.vendor())));
    }
    let arch = models.first().and_then(|model| model.arch());
    let arch = arch.filter(|_| models.iter().all(|model| model.arch() == arch));
    let (metadata, broken) = metadata(&tree);
    checks.extend(broken);
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

fn failed(name: &'static str, detail: String) -> Check {
    Check { name, holds: false, detail }
}

/// The folder that everything is in.
fn only_folder(tree: &Tree) -> Option<String> {
    let mut top = tree.iter().filter(|(path, _)| path.parent().is_none());
    match (top.next(), top.next()) {
        (Some((path, Entry { kind: EntryKind::Dir, .. })), None) => Some(TreePath::as_str(path).to_owned()),
        _ => None,
    }
}

/// The largest file that is read as metadata, in bytes. Packers write next to nothing.
const METADATA: u64 = 1 << 20;

/// A small file of a package.
pub(super) fn bytes(tree: &Tree, path: &str) -> Option<Vec<u8>> {
    tree.small_file(path, METADATA)
}

/// Whether `apkg.sign` is there if and only if the header says so, and holds the package's name.
fn signature(header: &Header, tree: &Tree) -> Option<Check> {
    let verdict = sign::judge(header, bytes(tree, "apkg.sign").as_deref());
    let holds = matches!(verdict, Verdict::Good(_));
    (verdict != Verdict::Unsigned).then(|| Check { name: "signature", holds, detail: verdict.to_string() })
}

/// What `apkg.xml` says, which is what the firmware reads; without it, what `apkg.rc` says.
fn metadata(tree: &Tree) -> (Vec<(String, String)>, Option<Check>) {
    let broken = |detail: String| Some(failed(APKG_XML, detail));
    let check = match bytes(tree, APKG_XML).map(|xml| xml::read(&xml)) {
        Some(Ok(elements)) => {
            return (elements.into_iter().map(|Element { name, text, .. }| (name, text)).collect(), None);
        }
        Some(Err(error)) => broken(format!("it is not XML: {error}")),
        None => broken("there is none".to_owned()),
    };
    let Some(Ok(metadata)) = bytes(tree, APKG_RC).map(|rc| Metadata::read(&rc)) else { return (Vec::new(), check) };
    let key = |key: Key| (key.name().to_owned(), metadata.get(key).to_owned());
    (Key::ALL.into_iter().map(key).filter(|(_, value)| !value.is_empty()).collect(), check)
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
