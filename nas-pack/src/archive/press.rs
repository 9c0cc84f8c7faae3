//! Compresses archives on all cores: each distinct piece is read once and compressed once, however many archives it is in.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use crc32fast::Hasher as Crc;
use md5::{Digest as _, Md5};

use super::deflate::{Deflater, LAST_BLOCK};
use super::pieces::{Key, Piece, Tar};
use super::{SourceError, gzip};
use crate::diagnostic::io_reason;
use crate::digest::Fields;
use crate::disk::Draft;
use crate::model::Compression;
use crate::sync::{in_parallel, lock};

/// An archive inside a package, and how it is compressed.
#[derive(Clone, Debug)]
pub(crate) struct Archive<'t> {
    pub(crate) tar: Tar<'t>,
    pub(crate) compression: Compression,
}

/// Compresses archives. What comes of each piece is kept in a file until every package has it, since memory must not grow with what is
/// packed.
#[derive(Debug)]
pub(crate) struct Press {
    spool: Arc<Spool>,
}

impl Press {
    /// A press with its file in this folder, which has to have room for everything that is compressed.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { spool: Arc::new(Spool::new(folder)?) })
    }

    /// What archives hold, without compressing them: equal digests, equal archives.
    ///
    /// As with [`compress`](Self::compress), what an error says of one of them need not be true of the others.
    pub(crate) fn digests<'t>(archives: &[&Archive<'t>]) -> Vec<io::Result<blake3::Hash>> {
        let plan = Plan::new(archives);
        let read = in_parallel(&plan.distinct, Vec::new, |buffer, Distinct { piece, .. }| {
            piece.read(buffer).map(|()| blake3::hash(buffer))
        });
        let digest = |pieces: &Vec<usize>| {
            let of_pieces = pieces.iter().map(|&piece| read[piece].as_ref().copied().map_err(again));
            Ok(digest_of(&of_pieces.collect::<io::Result<Vec<_>>>()?))
        };
        plan.archives.iter().map(digest).collect()
    }

    /// Compresses archives, and returns what becomes of each, in their order. Equal archives get the same body.
    ///
    /// # Errors
    ///
    /// The press' file cannot be written, or a file that an archive holds cannot be read as it was; then the error holds a
    /// [`SourceError`].
    pub(crate) fn compress<'t>(&self, archives: &[&Archive<'t>]) -> Vec<io::Result<Arc<Body>>> {
        let plan = Plan::new(archives);
        let kept =
            in_parallel(&plan.distinct, Worker::default, |worker, distinct| worker.compress(distinct, &self.spool));
        let mut bodies: HashMap<&[usize], Arc<Body>> = HashMap::new();
        let mut result = Vec::with_capacity(archives.len());
        for (archive, pieces) in archives.iter().zip(&plan.archives) {
            let body = match bodies.get(pieces.as_slice()) {
                Some(body) => Ok(Arc::clone(body)),
                None => {
                    let kept = pieces.iter().map(|&piece| kept[piece].as_ref().cloned().map_err(again));
                    let kept = kept.collect::<io::Result<_>>();
                    kept.map(|kept| Arc::new(Body::new(Arc::clone(&self.spool), archive.compression, kept)))
                }
            };
            if let Ok(body) = &body {
                bodies.insert(pieces, Arc::clone(body));
            }
            result.push(body);
        }
        result
    }
}

/// The pieces of some archives.
struct Plan<'a> {
    /// Each once.
    distinct: Vec<Distinct<'a>>,
    /// Of each archive, which they are.
    archives: Vec<Vec<usize>>,
}

struct Distinct<'a> {
    piece: Piece<'a>,
    compression: Compression,
}

impl<'a> Plan<'a> {
    fn new<'t>(archives: &[&'a Archive<'t>]) -> Self {
        let mut places: HashMap<(Key, Compression), usize> = HashMap::new();
        let mut distinct = Vec::new();
        let mut place = |piece: Piece<'a>, compression| {
            *places.entry((piece.key(), compression)).or_insert_with(|| {
                distinct.push(Distinct { piece, compression });
                distinct.len() - 1
            })
        };
        let archives = archives
            .iter()
            .map(|archive| archive.tar.pieces().into_iter().map(|piece| place(piece, archive.compression)).collect())
            .collect();
        Self { distinct, archives }
    }
}

/// What one thread needs.
#[derive(Default)]
struct Worker {
    deflaters: BTreeMap<Compression, Deflater>,
    buffer: Vec<u8>,
}

impl Worker {
    fn compress(&mut self, Distinct { piece, compression }: &Distinct<'_>, spool: &Spool) -> io::Result<Kept> {
        spool.check()?;
        piece.read(&mut self.buffer)?;
        let mut crc = Crc::new();
        crc.update(&self.buffer);
        let deflater = self.deflaters.entry(*compression).or_insert_with(|| Deflater::new(*compression));
        let blocks = deflater.blocks(&self.buffer);
        Ok(Kept { at: spool.keep(blocks)?, len: blocks.len(), crc, digest: blake3::hash(&self.buffer) })
    }
}

/// A compressed piece.
#[derive(Clone, Debug)]
struct Kept {
    at: u64,
    len: usize,
    /// Of what was compressed, with its length.
    crc: Crc,
    digest: blake3::Hash,
}

/// A compressed archive: one gzip member.
#[derive(Debug)]
pub(crate) struct Body {
    spool: Arc<Spool>,
    header: [u8; 10],
    pieces: Vec<Kept>,
    trailer: [u8; 8],
    /// What the archive holds, as [`Press::digests`] tells it.
    pub(crate) digest: blake3::Hash,
    /// Its length in bytes.
    pub(crate) len: u64,
    md5: Mutex<Option<[u8; 16]>>,
}

impl Body {
    fn new(spool: Arc<Spool>, compression: Compression, pieces: Vec<Kept>) -> Self {
        let mut crc = Crc::new();
        pieces.iter().for_each(|piece| crc.combine(&piece.crc));
        let header = gzip::header(compression);
        let trailer = gzip::trailer(crc.clone().finalize(), crc.total_len());
        let compressed: usize = pieces.iter().map(|piece| piece.len).sum();
        let len = (header.len() + compressed + LAST_BLOCK.len() + trailer.len()) as u64;
        let digests: Vec<_> = pieces.iter().map(|piece| piece.digest).collect();
        Self { spool, header, pieces, trailer, digest: digest_of(&digests), len, md5: Mutex::new(None) }
    }

    /// Writes it.
    pub(crate) fn copy_to(&self, out: &mut impl Write) -> io::Result<()> {
        self.pass_to(|bytes| out.write_all(bytes))
    }

    /// Its MD5, computed once for all packages that it is in.
    pub(crate) fn md5(&self) -> io::Result<[u8; 16]> {
        let mut known = lock(&self.md5);
        if let Some(md5) = *known {
            return Ok(md5);
        }
        let mut md5 = Md5::new();
        self.pass_to(|bytes| {
            md5.update(bytes);
            Ok(())
        })?;
        Ok(*known.insert(md5.finalize().into()))
    }

    /// Hands its bytes on, in some parts.
    fn pass_to(&self, mut next: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        next(&self.header)?;
        let mut spool = self.spool.open()?;
        let mut buffer = Vec::new();
        for piece in &self.pieces {
            spool.read(piece, &mut buffer)?;
            next(&buffer)?;
        }
        next(&LAST_BLOCK)?;
        next(&self.trailer)
    }
}

fn digest_of(pieces: &[blake3::Hash]) -> blake3::Hash {
    let mut digest = Fields::default();
    for piece in pieces {
        digest.bytes(piece.as_bytes());
    }
    digest.finish()
}

/// The file of a press.
#[derive(Debug)]
struct Spool {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: Draft,
    len: u64,
    /// Why nothing more can be kept.
    failed: Option<io::Error>,
}

impl Spool {
    fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { state: Mutex::new(State { file: Draft::new(folder)?, len: 0, failed: None }) })
    }

    /// Whether there is any point in going on.
    fn check(&self) -> io::Result<()> {
        lock(&self.state).failed.as_ref().map_or(Ok(()), |error| Err(again(error)))
    }

    /// Adds bytes, and tells where they are.
    fn keep(&self, bytes: &[u8]) -> io::Result<u64> {
        let mut state = lock(&self.state);
        let at = state.len;
        match state.file.write_all(bytes) {
            Ok(()) => {
                state.len += bytes.len() as u64;
                Ok(at)
            }
            Err(error) => Err(again(state.failed.insert(error))),
        }
    }

    /// Opens it for reading.
    fn open(&self) -> io::Result<Reader> {
        lock(&self.state).file.reader().map(Reader)
    }
}

struct Reader(File);

impl Reader {
    fn read(&mut self, piece: &Kept, buffer: &mut Vec<u8>) -> io::Result<()> {
        buffer.resize(piece.len, 0);
        self.0.seek(SeekFrom::Start(piece.at))?;
        self.0.read_exact(buffer)
    }
}

/// The same error once more, since all that it keeps from being packed have to tell it.
pub(crate) fn again(error: &io::Error) -> io::Error {
    match SourceError::of(error) {
        Some(source) => io::Error::new(error.kind(), source.clone()),
        None => io::Error::new(error.kind(), io_reason(error)),
    }
}
