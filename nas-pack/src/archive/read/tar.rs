use std::io::{self, Read};

use serde::Serialize;
use tar::{EntryType, Header};

use super::error::{printable, shown};
use super::{Limits, ReadError};
use crate::archive::TreePath;

const BLOCK: usize = 512;

/// How long the records may be that describe the next member. They are held in memory.
const RECORD: u64 = 1 << 20;

/// Which form of tar wrote an archive, as far as its members tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// From before 1988: no magic.
    #[default]
    V7,
    /// POSIX of 1988.
    Ustar,
    /// GNU, with `L` and `K` records for long names.
    Gnu,
    /// POSIX of 2001, with `x` records. BusyBox skips what they say.
    Pax,
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::V7 => "v7 tar",
            Self::Ustar => "ustar",
            Self::Gnu => "GNU tar",
            Self::Pax => "pax tar",
        })
    }
}

/// A member as the archive has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Where it goes; `None` is the folder that the archive is of.
    pub(crate) path: Option<TreePath>,
    /// Whether `./` stands before the path.
    pub(crate) dotted: bool,
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
    pub(crate) owner: (u64, u64),
}

/// What a [`Member`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dir,
    /// A file of that size, whose data comes next.
    File(u64),
    Symlink(String),
    /// The target is a path in the archive.
    HardLink(String),
    /// A device or the like.
    Special(&'static str),
}

/// Reads a tar archive of any dialect, member by member.
///
/// The `tar` crate knows the layout of headers. Walking through them is done here, because it takes records of any length into
/// memory, silently cuts numbers of more than 64 bits, and applies a size from a pax record to the data but not to the header.
pub(crate) struct TarReader<'l, R> {
    input: R,
    limits: &'l Limits,
    at: u64,
    /// What is left of the current member's data, and of the block that it ends in.
    data: u64,
    padding: u64,
    /// What pax records said for all members.
    global: Extra,
    pub(crate) dialect: Dialect,
    /// Whether the blocks of zeros were there that end an archive.
    pub(crate) ended: bool,
}

/// What records in front of a member say of it.
#[derive(Clone, Debug, Default)]
struct Extra {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
}

impl<'l, R: Read> TarReader<'l, R> {
    pub(crate) fn new(input: R, limits: &'l Limits) -> Self {
        let global = Extra::default();
        Self { input, limits, at: 0, data: 0, padding: 0, global, dialect: Dialect::V7, ended: false }
    }

    /// Goes on to the next member; what is left of the current one is skipped.
    pub(crate) fn next(&mut self) -> Result<Option<Member>, ReadError> {
        let mut extra = self.global.clone();
        let mut is_described = false;
        loop {
            self.skip_rest()?;
            let at = self.at;
            let Some(header) = self.header(is_described)? else { return Ok(None) };
            let broken = |what: String| ReadError::Header { at, what };
            if header.as_gnu().is_some() {
                self.dialect = self.dialect.max(Dialect::Gnu);
            } else if header.as_ustar().is_some() {
                self.dialect = self.dialect.max(Dialect::Ustar);
            }
            let fields = header.as_old();
            let header_size = number(&fields.size).map_err(|what| broken(format!("its size {what}")))?;
            let kind = header.entry_type();
            match kind {
                EntryType::GNULongName => extra.path = Some(self.text_record(header_size)?),
                EntryType::GNULongLink => extra.link = Some(self.text_record(header_size)?),
                EntryType::XHeader | EntryType::XGlobalHeader => {
                    self.dialect = Dialect::Pax;
                    let record = self.record(header_size)?;
                    let into = if kind == EntryType::XHeader { &mut extra } else { &mut self.global };
                    pax(&record, into).map_err(broken)?;
                    if kind == EntryType::XGlobalHeader {
                        let Extra { path, link, size, .. } = &self.global;
                        if path.is_some() || link.is_some() || size.is_some() {
                            return Err(broken("it gives one name or size to all members".to_owned()));
                        }
                        extra = self.global.clone();
                        continue;
                    }
                }
                _ => {
                    let size = extra.size.unwrap_or(header_size);
                    return self.member(&header, extra, size, at).map(Some);
                }
            }
            is_described = true;
        }
    }

    /// The current member's data.
    pub(crate) fn data(&mut self) -> Data<'_, 'l, R> {
        Data { tar: self }
    }

    /// Reads what is behind the end, which devices do not: how many bytes that are not zero there were.
    pub(crate) fn rest(&mut self) -> Result<u64, ReadError> {
        let mut buffer = vec![0; 64 * 1024];
        let mut found = 0;
        loop {
            match self.input.read(&mut buffer) {
                Ok(0) => return Ok(found),
                Ok(count) => found += buffer[..count].iter().filter(|&&byte| byte != 0).count() as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::from_io(error, "the compressed data")),
            }
        }
    }

    fn member(&mut self, header: &Header, extra: Extra, size: u64, at: u64) -> Result<Member, ReadError> {
        let fields = header.as_old();
        let name = extra.path.unwrap_or_else(|| header.path_bytes().into_owned());
        let (path, dotted) = plain_path(&name, self.limits)?;
        let called = path.as_ref().map_or("./", TreePath::as_str).to_owned();
        let wrong = |field: &str, what: String| ReadError::Header { at, what: format!("its {field} {what}") };
        let owner = |given: Option<u64>, field: &[u8], name: &str| match given {
            Some(number) => Ok(number),
            None => number(field).map_err(|what| wrong(name, what)),
        };
        let mode = number(&fields.mode).map_err(|what| wrong("mode", what))?;
        let link = || {
            let link = match extra.link {
                Some(link) => link,
                None => header.link_name_bytes().unwrap_or_default().into_owned(),
            };
            self.limits.check_path(link.len(), &printable(&link))?;
            String::from_utf8(link).map_err(|error| ReadError::NotUtf8(printable(error.as_bytes())))
        };
        let is_folder_name = name.ends_with(b"/");
        let (kind, word) = match header.entry_type() {
            EntryType::Regular | EntryType::Continuous if is_folder_name => (Kind::Dir, "folder"),
            EntryType::Regular | EntryType::Continuous => (Kind::File(size), "file"),
            EntryType::Directory => (Kind::Dir, "folder"),
            EntryType::Symlink => (Kind::Symlink(link()?), "link"),
            EntryType::Link => (Kind::HardLink(link()?), "hard link"),
            EntryType::Char => (Kind::Special("character device"), "character device"),
            EntryType::Block => (Kind::Special("block device"), "block device"),
            EntryType::Fifo => (Kind::Special("FIFO"), "FIFO"),
            EntryType::GNUSparse => return Err(ReadError::Sparse(called)),
            _ => (Kind::Special("member of an unknown type"), ""),
        };
        if size > 0 && !matches!(kind, Kind::File(_)) && !word.is_empty() {
            return Err(ReadError::UnexpectedData { path: called, kind: word, size });
        }
        self.limits.check_file(&called, size)?;
        self.expect(size)?;
        let owner = (owner(extra.uid, &fields.uid, "uid")?, owner(extra.gid, &fields.gid, "gid")?);
        // A mask of twelve bits fits.
        let mode = (mode & 0o7777) as u32;
        Ok(Member { path, dotted, kind, mode, owner })
    }

    /// Notes that so many bytes of data come next.
    fn expect(&mut self, size: u64) -> Result<(), ReadError> {
        let block = BLOCK as u64;
        let what = || "its size does not fit into 64 bits".to_owned();
        let blocks =
            size.checked_next_multiple_of(block).ok_or_else(|| ReadError::Header { at: self.at, what: what() })?;
        self.data = size;
        self.padding = blocks - size;
        Ok(())
    }

    fn skip_rest(&mut self) -> Result<(), ReadError> {
        let rest = self.data + self.padding;
        let skipped = io::copy(&mut (&mut self.input).take(rest), &mut io::sink())
            .map_err(|error| ReadError::from_io(error, "a member"))?;
        self.at = self.at.saturating_add(skipped);
        if skipped < rest {
            return Err(ReadError::Truncated("a member".to_owned()));
        }
        (self.data, self.padding) = (0, 0);
        Ok(())
    }

    /// The next header that is none of the zeros at the end.
    fn header(&mut self, is_described: bool) -> Result<Option<Header>, ReadError> {
        let mut header = Header::new_old();
        let is_first = self.at == 0;
        let end = || if is_described { Err(ReadError::Truncated("a member".to_owned())) } else { Ok(None) };
        match self.block(header.as_mut_bytes())? {
            0 => return end(),
            BLOCK => {}
            _ if is_first => return Err(ReadError::NotTar),
            _ => return Err(ReadError::Truncated("a header".to_owned())),
        }
        let bytes = header.as_bytes();
        if bytes.iter().all(|&byte| byte == 0) {
            self.ended = true;
            return end();
        }
        // Some old tars have summed up signed bytes.
        let byte_at = |(at, &byte): (usize, &u8)| if (148..156).contains(&at) { b' ' } else { byte };
        let sum: u64 = bytes.iter().enumerate().map(|byte| u64::from(byte_at(byte))).sum();
        let signed: i64 = bytes.iter().enumerate().map(|byte| i64::from(byte_at(byte).cast_signed())).sum();
        let written = number(&header.as_old().cksum);
        if written != Ok(sum) && written.as_ref().ok().and_then(|&sum| i64::try_from(sum).ok()) != Some(signed) {
            return Err(if is_first {
                ReadError::NotTar
            } else {
                ReadError::Header { at: self.at - BLOCK as u64, what: "its checksum does not hold".to_owned() }
            });
        }
        Ok(Some(header))
    }

    /// Fills a block as far as there is data.
    fn block(&mut self, block: &mut [u8; BLOCK]) -> Result<usize, ReadError> {
        let mut filled = 0;
        while filled < BLOCK {
            match self.input.read(&mut block[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::from_io(error, "a header")),
            }
        }
        self.at = self.at.saturating_add(filled as u64);
        Ok(filled)
    }

    /// The data of a record about the next member.
    fn record(&mut self, size: u64) -> Result<Vec<u8>, ReadError> {
        if size > RECORD {
            let what = format!("the record about a member has {size} bytes, more than {RECORD}");
            return Err(ReadError::Header { at: self.at - BLOCK as u64, what });
        }
        self.expect(size)?;
        let mut record = Vec::new();
        self.data().read_to_end(&mut record).map_err(|error| ReadError::from_io(error, "a header"))?;
        Ok(record)
    }

    /// A record that is one text, with or without a NUL behind it.
    fn text_record(&mut self, size: u64) -> Result<Vec<u8>, ReadError> {
        let mut text = self.record(size)?;
        text.truncate(text.iter().position(|&byte| byte == 0).unwrap_or(text.len()));
        Ok(text)
    }
}

/// The data of a member. If the archive ends before it does, reading fails.
pub(crate) struct Data<'t, 'l, R> {
    tar: &'t mut TarReader<'l, R>,
}

impl<R: Read> Read for Data<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.tar.data).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let count = self.tar.input.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.tar.data -= count as u64;
        self.tar.at = self.tar.at.saturating_add(count as u64);
        Ok(count)
    }
}

/// A number of a header: octal digits between blanks and NULs, or, with the highest bit set, a number in base 256. What is
/// wrong with it otherwise, to be read behind the field's name.
fn number(field: &[u8]) -> Result<u64, String> {
    if let Some((&first, rest)) = field.split_first()
        && first & 0x80 != 0
    {
        // GNU writes negative numbers, such as times before 1970, with the next bit set; nothing that is read here has any.
        if first != 0x80 {
            return Err("does not fit into 64 bits".to_owned());
        }
        let (high, low) = rest.split_at(rest.len().saturating_sub(8));
        if high.iter().any(|&byte| byte != 0) {
            return Err("does not fit into 64 bits".to_owned());
        }
        return Ok(low.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)));
    }
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_blank(byte)).unwrap_or(field.len());
    let digits = &field[start..];
    let digits = &digits[..digits.iter().position(is_blank).unwrap_or(digits.len())];
    // A field has at most twelve digits, which always fit.
    digits.iter().try_fold(0, |number: u64, &digit| match digit {
        b'0'..=b'7' => Ok(number << 3 | u64::from(digit - b'0')),
        _ => Err(format!("`{}` is no octal number", printable(digits))),
    })
}

/// Reads pax records: `LENGTH KEY=VALUE` with a line end, the length counting all of it.
fn pax(mut records: &[u8], extra: &mut Extra) -> Result<(), String> {
    while !records.is_empty() {
        let broken = || format!("the pax record `{}` is broken", printable(&records[..records.len().min(40)]));
        let space = records.iter().position(|&byte| byte == b' ').ok_or_else(broken)?;
        let length: usize =
            std::str::from_utf8(&records[..space]).ok().and_then(|digits| digits.parse().ok()).ok_or_else(broken)?;
        let record = records.get(space + 1..length).and_then(|record| record.strip_suffix(b"\n")).ok_or_else(broken)?;
        let equals = record.iter().position(|&byte| byte == b'=').ok_or_else(broken)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        let number = || std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()).ok_or_else(broken);
        match key {
            b"path" => extra.path = Some(value.to_owned()),
            b"linkpath" => extra.link = Some(value.to_owned()),
            b"size" => extra.size = Some(number()?),
            b"uid" => extra.uid = Some(number()?),
            b"gid" => extra.gid = Some(number()?),
            _ if key.starts_with(b"GNU.sparse.") => return Err("it is a sparse file".to_owned()),
            _ => {}
        }
        records = &records[length..];
    }
    Ok(())
}

/// The path of a member in a tree, and whether `./` stood before it. Empty parts and `.` say nothing and are left out.
pub(super) fn plain_path(name: &[u8], limits: &Limits) -> Result<(Option<TreePath>, bool), ReadError> {
    limits.check_path(name.len(), &printable(name))?;
    let name = std::str::from_utf8(name).map_err(|_| ReadError::NotUtf8(printable(name)))?;
    if name.starts_with('/') {
        return Err(ReadError::Absolute(shown(name)));
    }
    let parts: Vec<_> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err(ReadError::Escapes(shown(name)));
    }
    if parts.len() as u64 > limits.depth {
        let what = format!("the member `{}` is below more than {} folders", shown(name), limits.depth);
        return Err(ReadError::limit("depth", what));
    }
    let dotted = name.starts_with("./");
    if parts.is_empty() {
        return Ok((None, dotted));
    }
    let path = TreePath::new(parts.join("/")).map_err(|_| ReadError::OddName(shown(name)))?;
    Ok((Some(path), dotted))
}
