use std::fs::File;
use std::io::{self, BufReader, Read};

use md5::{Digest, Md5};

use super::{info, platforms, rules};
use crate::archive::read::{Compression, Decompressed, Kind, ReadError, TarReader, Unpacked, Unpacker, end_of};
use crate::archive::{Entry, Tree};
use crate::diagnostic::Result;
use crate::digest::hex;
use crate::model::VendorId;
use crate::vendor::open::{Check, Found, Opening, Outer};

const INFO: &str = "INFO";
const PACKAGE: &str = "package";
const PACKAGE_ARCHIVE: &str = "package.tgz";

/// What DSM's tar reads. gzip works everywhere; xz since DSM 6.
const COMPRESSIONS: (&[Compression], &str) = (&[Compression::Gzip, Compression::Xz, Compression::None], "gzip and xz");

/// Reads an SPK in one pass.
///
/// An outer gzip, and `./` before names, are told and passed over: DSM itself refuses such packages, but one wants to see what
/// is in them.
pub(in crate::vendor) fn open(file: File, opening: &mut Opening<'_>) -> Result<Found> {
    let (budget, spool) = (opening.budget, opening.spool);
    let (mut input, compression) =
        Decompressed::new(BufReader::new(file), budget).map_err(|error| opening.failure(None, error))?;
    let mut outer = Unpacker::new(budget, spool, compression);
    let mut tar = TarReader::new(&mut input, &budget.limits);
    let mut payload: Option<(Unpacked, String)> = None;
    let mut is_dotted = false;
    loop {
        let member = match tar.next() {
            Ok(Some(member)) => member,
            Ok(None) => break,
            Err(ReadError::NotTar) => {
                let what =
                    if compression == Compression::None { String::new() } else { format!("{compression} data, but ") };
                return Err(opening.refuse(format!("this is {what}no package of a known vendor")).into());
            }
            Err(error) => return Err(opening.failure(None, error)),
        };
        let name = member.path.as_ref().map_or("", |path| path.as_str()).to_owned();
        is_dotted |= name == INFO && member.dotted;
        if name != PACKAGE_ARCHIVE {
            outer.add(member, &mut tar.data()).map_err(|error| opening.failure(None, error))?;
            continue;
        }
        if !matches!(member.kind, Kind::File(_)) {
            return Err(opening.refuse(format!("`{PACKAGE_ARCHIVE}` is not a file")).into());
        }
        if payload.is_some() {
            return Err(opening.failure(None, ReadError::Duplicate(name)));
        }
        let mut hashing = Hashing { input: tar.data(), md5: Md5::new() };
        let inner = Unpacker::unpack(&mut hashing, budget, spool, COMPRESSIONS).and_then(|inner| {
            // Whatever the decompressor has left belongs to the checksum too.
            let rest = io::copy(&mut hashing, &mut io::sink());
            rest.map_err(|error| ReadError::from_io(error, "its data"))?;
            Ok(inner)
        });
        let inner = inner.map_err(|error| opening.failure(Some(PACKAGE_ARCHIVE), error))?;
        let md5 = hex(&hashing.md5.finalize());
        payload = Some((inner, md5));
    }
    let oddities = end_of(&mut tar).map_err(|error| opening.failure(None, error))?;
    let dialect = tar.dialect;
    let (mut tree, mut links) = (outer.tree, outer.links);
    if tree.get(INFO).is_none() {
        return Err(opening
            .refuse(format!("this is a tar archive, but no Synology package: it has no `{INFO}`"))
            .into());
    }
    opening.archive("the package", Unpacked { compression, dialect, oddities, ..Unpacked::default() });
    if compression != Compression::None {
        let message = format!("the package is compressed with {compression}, and DSM 7 refuses that with error 263");
        opening.find(&rules::SYN027, message);
    }
    if is_dotted {
        opening.find(&rules::SYN028, "`./` stands before the names in the package, where DSM does not find `INFO`");
    }
    let Some((inner, md5)) = payload else {
        return Err(opening.refuse(format!("the package has no `{PACKAGE_ARCHIVE}`")).into());
    };
    if tree.get(PACKAGE).is_some() {
        return Err(opening
            .refuse(format!("the package has a member `{PACKAGE}`, where the files of `{PACKAGE_ARCHIVE}` belong"))
            .into());
    }
    let (files, file_links) = opening.archive(PACKAGE_ARCHIVE, inner);
    tree.insert(PACKAGE, Entry::DIR)?;
    tree.graft(PACKAGE, &files)?;
    links.extend(file_links.below(PACKAGE));

    let metadata = info_text(&tree, opening).map(|text| info::read(&text)).unwrap_or_default();
    let metadata: Vec<_> = metadata.into_iter().map(|line| (line.key, line.value)).collect();
    // DSM takes the last of a key that is there twice.
    let get = |key: &str| metadata.iter().rfind(|(name, _)| name == key).map(|(_, value)| value.clone());
    let arch = get("arch").unwrap_or_else(|| platforms::ANY.to_owned());
    let devices: Vec<_> = platforms::words_of(&arch).map(str::to_owned).collect();
    Ok(Found {
        vendor: VendorId::Synology,
        package: get("package"),
        version: get("version"),
        arch: platforms::arch(&devices),
        checks: get("checksum").map(|sum| Check::equal("checksum of package.tgz", &sum, &md5)).into_iter().collect(),
        devices,
        metadata,
        tree,
        links,
        outer: Outer::Spk { compression },
        is_script: |path| path.strip_prefix("scripts/").is_some_and(|name| !name.contains('/')),
    })
}

/// `INFO` without a byte order mark, and with whatever is not UTF-8 replaced.
fn info_text(tree: &Tree, opening: &mut Opening<'_>) -> Option<String> {
    let bytes = opening.bytes(tree, INFO)?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            opening.find(&rules::SYN024, format!("byte {at} of `{INFO}` is not UTF-8"));
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
    };
    let Some(rest) = text.strip_prefix('\u{feff}') else { return Some(text) };
    opening
        .find(&rules::SYN024, format!("`{INFO}` begins with a byte order mark, which becomes part of the first key"));
    Some(rest.to_owned())
}

struct Hashing<R> {
    input: R,
    md5: Md5,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.md5.update(&buffer[..count]);
        Ok(count)
    }
}
