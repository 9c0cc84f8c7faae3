use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::io::{self, Read};

use tempfile::TempDir;

use super::{Budget, ReadError};
use crate::archive::Content;

/// The largest file that is held in memory.
const SMALL: u64 = 64 * 1024;

/// Where the contents of opened files are: small ones in memory, the others in a temporary folder that is removed with this.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    folder: OnceCell<TempDir>,
    files: Cell<u64>,
}

impl Spool {
    /// Keeps exactly `size` bytes of a reader.
    pub(crate) fn keep(
        &self,
        input: &mut impl Read,
        size: u64,
        reading: &str,
        budget: &Budget,
    ) -> Result<Content, ReadError> {
        let mut input = input.take(size);
        let short = || ReadError::Truncated(reading.to_owned());
        if size <= SMALL && budget.remember(size) {
            let mut bytes = Vec::new();
            input.read_to_end(&mut bytes).map_err(|error| ReadError::from_io(error, reading))?;
            return if bytes.len() as u64 == size { Ok(bytes.into()) } else { Err(short()) };
        }
        let folder = match self.folder.get() {
            Some(folder) => folder,
            None => {
                let folder = TempDir::with_prefix("nas-pack-").map_err(ReadError::Spool)?;
                self.folder.get_or_init(|| folder)
            }
        };
        // Numbers, since members' names need not suit this machine's file system.
        let path = folder.path().join(self.files.replace(self.files.get() + 1).to_string());
        let mut file = File::create_new(&path).map_err(ReadError::Spool)?;
        let mut buffer = vec![0; 64 * 1024];
        let mut kept = 0;
        loop {
            let count = match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ReadError::from_io(error, reading)),
            };
            io::Write::write_all(&mut file, &buffer[..count]).map_err(ReadError::Spool)?;
            kept += count as u64;
        }
        if kept == size { Content::on_disk(&path).map_err(ReadError::Spool) } else { Err(short()) }
    }
}
