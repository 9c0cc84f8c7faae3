use std::fs::File;
use std::io::{self, BufReader, Read};

use md5::{Digest, Md5};

use crate::archive::Entry;
use crate::archive::read::{Compression, Decompressed, Kind, ReadError, TarReader, Unpacked, Unpacker, end_of};
use crate::diagnostic::Result;
use crate::digest::hex;
use crate::model::{Arch, VendorId};
use crate::vendor::open::{Check, Found, Opening, Outer};

const INFO: &str = "INFO";
const PACKAGE: &str = "package";
const PACKAGE_ARCHIVE: &str = "package.tgz";

/// What DSM's tar reads. gzip works everywhere; xz since DSM 6.
const COMPRESSIONS: (&[Compression], &str) = (&[Compression::Gzip, Compression::Xz, Compression::None], "gzip and xz");

/// `arch` words of platforms and families, from spksrc's toolchains for DSM 5.2 to 7.3. `x86` stands for all of Intel's, and no
/// word of 32-bit or PowerPC boards is here: none of ours runs on them.
const PLATFORMS: [(Arch, &str); 3] = [
    (
        Arch::X86_64,
        "x86_64 x86 apollolake avoton braswell broadwell broadwellnk broadwellnkv2 broadwellntbap bromolow cedarview denverton \
         dockerx64 epyc7002 epyc7003 geminilake geminilakenk grantley icelaked kvmcloud kvmx64 purley r1000 r1000nk v1000 v1000nk",
    ),
    (Arch::Aarch64, "armv8 aarch64 armada37xx rtd1296 rtd1619 rtd1619b"),
    (Arch::Armhf, "armv7 alpine alpine4k armada370 armada375 armada38x armadaxp comcerto2k hi3535 monaco"),
];

/// Reads an SPK in one pass.
///
/// An outer gzip, and `./` before names, are told and passed over: DSM itself refuses such packages, but one wants to see what
/// is in them.
pub(in crate::vendor) fn open(file: File, opening: &mut Opening<'_>) -> Result<Found> {
    let (budget, spool) = (opening.budget, opening.spool);
    let (mut input, compression) =
        Decompressed::new(BufReader::new(file), budget).map_err(|error| opening.failure(None, error))?;
    let mut outer = Unpacker::new(budget, spool);
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
        opening.warn(format!("the package is compressed with {compression}, and DSM 7 refuses that with error 263"));
    }
    if is_dotted {
        opening.warn("`./` stands before the names in the package, where DSM does not find `INFO`");
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

    let metadata = opening.text(&tree, INFO).map(|text| read_info(&text)).unwrap_or_default();
    // DSM takes the last of a key that is there twice.
    let get = |key: &str| metadata.iter().rfind(|(name, _)| name == key).map(|(_, value)| value.clone());
    let devices: Vec<_> =
        get("arch").unwrap_or_else(|| "noarch".to_owned()).split_whitespace().map(str::to_owned).collect();
    Ok(Found {
        vendor: VendorId::Synology,
        package: get("package"),
        version: get("version"),
        arch: arch(&devices),
        checks: get("checksum").map(|sum| Check::equal("checksum of package.tgz", &sum, &md5)).into_iter().collect(),
        devices,
        metadata,
        tree,
        links,
        outer: Outer::Spk { compression },
        is_script: |path| path.strip_prefix("scripts/").is_some_and(|name| !name.contains('/')),
    })
}

/// The lines of `INFO` as the device reads them: `key=value` with or without quotes.
fn read_info(text: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (key, value) = line.trim().split_once('=')?;
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        (!key.starts_with('#')).then(|| (key.trim().to_owned(), bare.unwrap_or(value).replace("\\\"", "\"")))
    };
    text.lines().filter_map(pair).collect()
}

/// The one arch that all words stand for.
fn arch(words: &[String]) -> Option<Arch> {
    let arch = |word: &String| {
        let knows = |(_, platforms): &&(Arch, &str)| platforms.split_whitespace().any(|platform| platform == word);
        PLATFORMS.iter().find(knows).map(|(arch, _)| *arch)
    };
    let first = arch(words.first()?)?;
    words.iter().all(|word| arch(word) == Some(first)).then_some(first)
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
