//! Compresses archives on all cores: each distinct piece is read once and compressed once, however many archives it is in.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use crc32fast::Hasher as Crc;
use md5::{Digest as _, Md5};

use super::deflate::{Deflater, LAST_BLOCK};
use super::pieces::{Key, Piece, Tar};
use super::xz::xz;
use super::{SourceError, gzip};
use crate::diagnostic::io_reason;
use crate::digest::Fields;
use crate::disk::{Disk, Draft, Reader};
use crate::model::Compression;
use crate::sync::{cores, in_parallel, lock};

/// An archive inside a package, and how it is compressed.
#[derive(Clone, Debug)]
pub(crate) struct Archive<'t> {
    pub(crate) tar: Tar<'t>,
    pub(crate) packing: Packing,
}

/// How an archive is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Packing {
    /// As one gzip member, piece by piece: equal pieces of all archives once.
    Gzip(Compression),
    /// As one xz stream. It is smaller because its window is larger than a piece, so only equal archives have something in common.
    Xz,
}

/// Compresses archives. What comes of each piece is kept in a file until every package has it, since memory must not grow with what is
/// packed.
#[derive(Debug)]
pub(crate) struct Press {
    spool: Arc<Spool>,
}

impl Press {
    /// A press with its file in this folder, which has to have room for everything that is compressed.
    pub(crate) fn new(disk: &Disk, folder: &Path) -> io::Result<Self> {
        Ok(Self { spool: Arc::new(Spool::new(disk.draft(&folder.join("pieces"))?)) })
    }

    /// What archives hold, without compressing them: equal digests, equal archives.
    ///
    /// As with [`compress`](Self::compress), what an error says of one of them need not be true of the others.
    pub(crate) fn digests(archives: &[&Archive<'_>]) -> Vec<io::Result<blake3::Hash>> {
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
    pub(crate) fn compress(&self, archives: &[&Archive<'_>]) -> Vec<io::Result<Arc<Body>>> {
        let plan = Plan::new(archives);
        let pieces =
            in_parallel(&plan.distinct, Worker::default, |worker, Distinct { piece, packing }| match packing {
                Packing::Gzip(compression) => worker.compress(piece, *compression, &self.spool).map(Some),
                // Not piece by piece.
                Packing::Xz => Ok(None),
            });
        let mut bodies: HashMap<&[usize], Arc<Body>> = HashMap::new();
        let mut result = Vec::with_capacity(archives.len());
        for (archive, indices) in archives.iter().zip(&plan.archives) {
            let body = match (bodies.get(indices.as_slice()), archive.packing) {
                (Some(body), _) => Ok(Arc::clone(body)),
                (None, Packing::Gzip(compression)) => {
                    let found = indices.iter().map(|&index| pieces[index].as_ref().map_err(again));
                    let found = found.filter_map(|piece| piece.cloned().transpose());
                    let found: io::Result<Vec<_>> = found.collect();
                    found.map(|found| Arc::new(Body::gzip(&self.spool, compression, found)))
                }
                (None, Packing::Xz) => Body::xz(&self.spool, archive.tar.pieces()).map(Arc::new),
            };
            if let Ok(body) = &body {
                bodies.insert(indices, Arc::clone(body));
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
    packing: Packing,
}

impl<'a> Plan<'a> {
    fn new<'t>(archives: &[&'a Archive<'t>]) -> Self {
        let mut places: HashMap<(Key, Packing), usize> = HashMap::new();
        let mut distinct = Vec::new();
        let mut place = |piece: Piece<'a>, packing| {
            *places.entry((piece.key(), packing)).or_insert_with(|| {
                distinct.push(Distinct { piece, packing });
                distinct.len() - 1
            })
        };
        let archives = archives
            .iter()
            .map(|archive| archive.tar.pieces().into_iter().map(|piece| place(piece, archive.packing)).collect())
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
    fn compress(&mut self, piece: &Piece<'_>, compression: Compression, spool: &Spool) -> io::Result<Compressed> {
        spool.check()?;
        piece.read(&mut self.buffer)?;
        let mut crc = Crc::new();
        crc.update(&self.buffer);
        let deflater = self.deflaters.entry(compression).or_insert_with(|| Deflater::new(compression));
        let kept = spool.keep(deflater.blocks(&self.buffer))?;
        Ok(Compressed { kept, crc, digest: blake3::hash(&self.buffer) })
    }
}

/// Where in the file something is kept.
#[derive(Clone, Copy, Debug)]
struct Kept {
    at: u64,
    len: usize,
}

/// A compressed piece.
#[derive(Clone, Debug)]
struct Compressed {
    kept: Kept,
    /// Of what was compressed, with its length.
    crc: Crc,
    digest: blake3::Hash,
}

/// A compressed archive.
#[derive(Debug)]
pub(crate) struct Body {
    spool: Arc<Spool>,
    header: Vec<u8>,
    parts: Vec<Kept>,
    trailer: Vec<u8>,
    /// What the archive holds, as [`Press::digests`] tells it.
    pub(crate) digest: blake3::Hash,
    /// Its length in bytes.
    pub(crate) len: u64,
    md5: Mutex<Option<[u8; 16]>>,
}

impl Body {
    /// One gzip member of these pieces.
    fn gzip(spool: &Arc<Spool>, compression: Compression, pieces: Vec<Compressed>) -> Self {
        let mut crc = Crc::new();
        pieces.iter().for_each(|piece| crc.combine(&piece.crc));
        let len = crc.total_len();
        let trailer = [&LAST_BLOCK[..], &gzip::trailer(crc.finalize(), len)].concat();
        let digests: Vec<_> = pieces.iter().map(|piece| piece.digest).collect();
        let parts = pieces.into_iter().map(|piece| piece.kept).collect();
        Self::new(spool, gzip::header(compression).to_vec(), parts, trailer, &digests)
    }

    /// One xz stream of these pieces.
    fn xz(spool: &Arc<Spool>, pieces: Vec<Piece<'_>>) -> io::Result<Self> {
        let mut out = xz(BufWriter::with_capacity(1 << 20, Appending { spool, parts: Vec::new() }), cores())?;
        let mut digests = Vec::new();
        let mut buffer = Vec::new();
        for piece in pieces {
            spool.check()?;
            piece.read(&mut buffer)?;
            digests.push(blake3::hash(&buffer));
            out.write_all(&buffer)?;
        }
        let Appending { parts, .. } = out.finish()?.into_inner().map_err(IntoInnerError::into_error)?;
        Ok(Self::new(spool, Vec::new(), parts, Vec::new(), &digests))
    }

    fn new(spool: &Arc<Spool>, header: Vec<u8>, parts: Vec<Kept>, trailer: Vec<u8>, digests: &[blake3::Hash]) -> Self {
        let len = header.len() + parts.iter().map(|part| part.len).sum::<usize>() + trailer.len();
        let (spool, digest) = (Arc::clone(spool), digest_of(digests));
        Self { spool, header, parts, trailer, digest, len: len as u64, md5: Mutex::new(None) }
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
        for part in &self.parts {
            buffer.resize(part.len, 0);
            spool.read_at(part.at, &mut buffer)?;
            next(&buffer)?;
        }
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
    fn new(file: Draft) -> Self {
        Self { state: Mutex::new(State { file, len: 0, failed: None }) }
    }

    /// Whether there is any point in going on.
    fn check(&self) -> io::Result<()> {
        lock(&self.state).failed.as_ref().map_or(Ok(()), |error| Err(again(error)))
    }

    /// Adds bytes, and tells where they are.
    fn keep(&self, bytes: &[u8]) -> io::Result<Kept> {
        let mut state = lock(&self.state);
        if let Some(error) = &state.failed {
            // A part of what could not be written may stand where this would go.
            return Err(again(error));
        }
        let at = state.len;
        match state.file.write_all(bytes) {
            Ok(()) => {
                state.len += bytes.len() as u64;
                Ok(Kept { at, len: bytes.len() })
            }
            Err(error) => Err(again(state.failed.insert(error))),
        }
    }

    /// Opens it for reading.
    fn open(&self) -> io::Result<Reader> {
        lock(&self.state).file.reader()
    }
}

/// Adds what is written, in as many parts as there are writes.
struct Appending<'s> {
    spool: &'s Spool,
    parts: Vec<Kept>,
}

impl Write for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.parts.push(self.spool.keep(bytes)?);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The same error once more, since all that it keeps from being packed have to tell it.
fn again(error: &io::Error) -> io::Error {
    match SourceError::of(error) {
        Some(source) => io::Error::new(error.kind(), source.clone()),
        None => io::Error::new(error.kind(), io_reason(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::archive::{Entry, TarStyle, TarWriter, Tree};
    use crate::disk::Step;

    fn noise(len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        bytes
    }

    fn archive(tree: &Tree, style: TarStyle, packing: Packing) -> Archive<'_> {
        let members = tree.iter().map(|(path, entry)| (path.as_str(), entry));
        Archive { tar: Tar::new(members, style, 0), packing }
    }

    fn bytes_of(body: &Body) -> Vec<u8> {
        let mut bytes = Vec::new();
        body.copy_to(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, body.len);
        assert_eq!(body.md5().unwrap(), <[u8; 16]>::from(Md5::digest(&bytes)));
        bytes
    }

    fn app(folder: &Path, model: &str) -> Tree {
        let path = folder.join("film");
        if !path.exists() {
            std::fs::write(&path, noise(5 << 19)).unwrap();
        }
        let mut tree = Tree::new();
        tree.insert("apkg.xml", Entry::file(model, 0o644)).unwrap();
        tree.insert("film", Entry::on_disk(&path, 0o644).unwrap()).unwrap();
        tree.insert("page", Entry::file("text ".repeat(100_000), 0o644)).unwrap();
        tree
    }

    #[test]
    fn a_body_is_one_stream_that_holds_the_archive() {
        let dir = tempfile::tempdir().unwrap();
        let tree = app(dir.path(), "EX2");
        let mut tar = TarWriter::new(Vec::new(), TarStyle::dotted(), 0).unwrap();
        tar.tree(&tree).unwrap();
        let tar = tar.finish().unwrap();
        let packings = Compression::ALL.map(Packing::Gzip).into_iter().chain([Packing::Xz]);
        let archives: Vec<_> = packings.map(|packing| archive(&tree, TarStyle::dotted(), packing)).collect();
        let press = Press::new(&Disk::default(), dir.path()).unwrap();
        for (archive, body) in archives.iter().zip(press.compress(&archives.iter().collect::<Vec<_>>())) {
            let bytes = bytes_of(&body.unwrap());
            let mut unpacked = Vec::new();
            match archive.packing {
                // Readers of one member and of one stream: what is behind that would be lost.
                Packing::Gzip(_) => flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).unwrap(),
                Packing::Xz => lzma_rust2::XzReader::new(&bytes[..], false).read_to_end(&mut unpacked).unwrap(),
            };
            assert!(unpacked == tar, "{:?}", archive.packing);
            assert!(bytes.len() < (5 << 19) + 30_000, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn what_archives_share_is_compressed_once() {
        let dir = tempfile::tempdir().unwrap();
        let trees = [app(dir.path(), "EX2"), app(dir.path(), "PR4100"), app(dir.path(), "PR4100")];
        let packing = Packing::Gzip(Compression::Default);
        let mut archives: Vec<_> = trees.iter().map(|tree| archive(tree, TarStyle::folder("lamp"), packing)).collect();
        archives.push(archive(&trees[0], TarStyle::dotted(), packing));
        let archives: Vec<_> = archives.iter().collect();
        let press = Press::new(&Disk::default(), dir.path()).unwrap();
        let bodies: Vec<_> = press.compress(&archives).into_iter().map(Result::unwrap).collect();
        assert!(Arc::ptr_eq(&bodies[1], &bodies[2]));
        let kept = lock(&press.spool.state).len;
        assert!(kept < bodies[0].len + 10_000, "{kept} bytes are kept for bodies of {}", bodies[0].len);
        // And what is looked at without compressing is known by the same digests.
        let digests: Vec<_> = Press::digests(&archives).into_iter().map(Result::unwrap).collect();
        assert_eq!(digests, bodies.iter().map(|body| body.digest).collect::<Vec<_>>());
        assert!(digests[0] != digests[1] && digests[0] != digests[3]);
    }

    #[test]
    fn nothing_is_kept_behind_a_failed_write() {
        let dir = tempfile::tempdir().unwrap();
        let writes = AtomicUsize::new(0);
        let disk = Disk::watched(move |step, _| match step {
            Step::Write if writes.fetch_add(1, Ordering::Relaxed) == 0 => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        });
        let spool = Spool::new(disk.draft(&dir.path().join("pieces")).unwrap());
        // Half of the first is there, and another thread was about to add the second.
        for bytes in [b"first", b"other"] {
            assert_eq!(spool.keep(bytes).map(drop).unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
    }

    #[test]
    fn what_cannot_be_read_spoils_only_what_it_is_in() {
        let dir = tempfile::tempdir().unwrap();
        let tree = app(dir.path(), "EX2");
        std::fs::remove_file(dir.path().join("film")).unwrap();
        let mut other = Tree::new();
        other.insert("page", Entry::file("text", 0o644)).unwrap();
        for packing in [Packing::Gzip(Compression::Fast), Packing::Xz] {
            let archives = [&tree, &other, &tree].map(|tree| archive(tree, TarStyle::plain(), packing));
            let archives: Vec<_> = archives.iter().collect();
            let press = Press::new(&Disk::default(), dir.path()).unwrap();
            let told = |error: io::Error| SourceError::of(&error).map(|source| source.reason.clone());
            let results: Vec<_> =
                press.compress(&archives).into_iter().map(|body| body.map(drop).map_err(told)).collect();
            let gone = Err(Some("no such file or directory".to_owned()));
            assert_eq!(results, [gone.clone(), Ok(()), gone.clone()]);
            let results: Vec<_> =
                Press::digests(&archives).into_iter().map(|body| body.map(drop).map_err(told)).collect();
            assert_eq!(results, [gone.clone(), Ok(()), gone]);
        }
    }
}
