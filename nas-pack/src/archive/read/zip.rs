use std::io::{self, Read, Seek};

use serde::Serialize;
use zip::read::Config;
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

use super::error::printable;
use super::{Budget, ReadError};

/// What a zip archive says of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ZipMember {
    /// Its name.
    pub name: String,
    /// `stored`, `deflated` or another method's name.
    pub method: String,
    /// The version of the format that the writer claims: 20 is 2.0.
    pub made_by: u16,
    /// Whether it says that it was made on Unix.
    pub unix: bool,
    /// Its file type and permission bits, where it has them.
    pub mode: Option<u32>,
    /// Its length in the archive.
    pub packed: u64,
    /// Its length unpacked.
    pub size: u64,
}

/// A zip archive whose members are looked at one by one, however many it claims to have.
///
/// Nothing of it is decompressed or held in memory before it is asked for; names that occur twice, or differ between directory and
/// member, are errors.
pub(crate) struct Zip<'b, R> {
    archive: ZipIterable<R>,
    budget: &'b Budget,
}

impl<'b, R: Read + Seek> Zip<'b, R> {
    pub(crate) fn new(input: R, budget: &'b Budget) -> Result<Self, ReadError> {
        let archive = ZipIterable::try_new(input, Config::default()).map_err(read_error)?;
        // Zip members stand for archives, not for files: they are counted apart from those.
        if archive.len() as u64 > budget.limits.entries {
            let what = format!("it has more than {} members", budget.limits.entries);
            return Err(ReadError::limit("entries", what));
        }
        Ok(Self { archive: archive.enforce_header_consistency(true), budget })
    }

    /// What the directory says of every member.
    pub(crate) fn members(&mut self) -> Result<Vec<ZipMember>, ReadError> {
        let limits = self.budget.limits;
        let mut members: Vec<ZipMember> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        for entry in self.archive.files().map_err(read_error)? {
            let entry = entry.map_err(read_error)?;
            let name = entry.name_raw();
            limits.check_path(name.len(), &printable(name))?;
            let name = std::str::from_utf8(name).map_err(|_| ReadError::NotUtf8(printable(name)))?.to_owned();
            if !names.insert(name.clone()) {
                return Err(ReadError::Duplicate(super::error::shown(&name)));
            }
            let (major, minor) = entry.version_made_by();
            members.push(ZipMember {
                method: match entry.compression() {
                    CompressionMethod::Stored => "stored".to_owned(),
                    CompressionMethod::Deflated => "deflated".to_owned(),
                    other => format!("{other:?}").to_lowercase(),
                },
                made_by: u16::from(major) * 10 + u16::from(minor),
                unix: entry.system() == zip::System::Unix,
                mode: entry.unix_mode(),
                packed: entry.compressed_size(),
                size: entry.size(),
                name,
            });
        }
        Ok(members)
    }

    /// Reads a member, of which [`members`](Self::members) knows that it is there, to its end; its checksum is checked.
    pub(crate) fn read<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut dyn Read) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let budget = self.budget;
        let files = self.archive.files().map_err(read_error)?;
        let entry = loop {
            match files.next() {
                Some(Ok(entry)) if entry.name_raw() == name.as_bytes() => break entry,
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(read_error(error)),
                None => return Err(ReadError::Zip(format!("the member `{name}` is gone"))),
            }
        };
        let is_stored = entry.compression() == CompressionMethod::Stored;
        let mut input = entry.with_reader(files.reader_mut(), ZipReadOptions::new()).map_err(read_error)?;
        let mut input = Counted { input: &mut input, budget, is_stored };
        let value = read(&mut input)?;
        io::copy(&mut input, &mut io::sink()).map_err(|error| ReadError::from_io(error, "the zip archive"))?;
        Ok(value)
    }
}

/// What a deflated member unpacks to counts; what is stored is only read.
struct Counted<'b, R> {
    input: R,
    budget: &'b Budget,
    is_stored: bool,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if !self.is_stored {
            self.budget.unpack(count as u64)?;
        }
        Ok(count)
    }
}

fn read_error(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) => ReadError::from_io(error, "the zip archive"),
        error => {
            let text = error.to_string();
            ReadError::Zip(super::error::shown(&text))
        }
    }
}
