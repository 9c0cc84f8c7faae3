use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The longest beginning of a line that waits in memory for its end, in bytes.
const LONGEST: usize = 64 << 10;

/// A log of the daemon's own that survives its rotation.
///
/// What is written is appended line by line, each with one write, and before each line the file is looked at: where it was renamed or
/// removed, a new one is begun under the old name. So a line is whole in one file, and to rotate it is enough to rename. A daemon that
/// waits for `Signals` calls [`reopen`](Self::reopen) at a reload, as people expect it of daemons.
///
/// **Do you need it?** Most daemons just print: the start script sends both outputs to [`Nas::log_file`](super::Nas::log_file), and
/// begins a new one at a start when it has grown too large. A printed log cannot be begun anew while the daemon runs, since the file that
/// it was started with stays its output. So a `Log` is for what grows in the meantime, such as each request, under a name of its own in
/// [`Nas::log_dir`](super::Nas::log_dir). Opened on the very file that the script chose it works too, as both append; after a rotation
/// what is printed (a panic's message) is still written to the older file.
///
/// ```
/// use std::io::Write;
///
/// # let dir = std::env::temp_dir().join(format!("nas-pack-log-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir)?;
/// let mut log = nas_pack::runtime::Log::open(dir.join("requests.log"))?;
/// writeln!(log, "GET /")?;
/// std::fs::rename(dir.join("requests.log"), dir.join("requests.log.1"))?;
/// writeln!(log, "GET /status")?;
/// assert_eq!(std::fs::read_to_string(dir.join("requests.log.1"))?, "GET /\n");
/// assert_eq!(std::fs::read_to_string(dir.join("requests.log"))?, "GET /status\n");
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// The end of a line is what makes it be written; [`flush`](Write::flush) and the log's end write what has none yet. Threads share it as
/// `Mutex<Log>`. Where a new file cannot be begun, because the folder is gone or the account may not, lines go on into the older one: a
/// daemon should not die of its log. Lines that cannot be written at all are lost, and the error is returned.
///
/// Other systems than Unix do not tell one file from another; there only a file that is gone is noticed.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    identity: (u64, u64),
    /// The beginning of a line whose end was not written yet.
    rest: Vec<u8>,
    /// Whether the file ends with a whole line.
    between_lines: bool,
}

impl Log {
    /// Opens the file to append to it, and makes it if it is not there. Its folder must exist.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let (file, identity) = append_to(&path)?;
        Ok(Self { path, file, identity, rest: Vec::new(), between_lines: true })
    }

    /// Begins anew with the file that has the name now, or makes it. On an error the log goes on as it was.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.flush()?;
        (self.file, self.identity) = append_to(&self.path)?;
        self.between_lines = true;
        Ok(())
    }

    /// The file's name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the first bytes of what waits.
    fn write_out(&mut self, length: usize) -> io::Result<()> {
        if self.between_lines {
            // As long as the older file is open, no other can have its number.
            let now = fs::metadata(&self.path).ok().map(|metadata| identity(&metadata));
            if now != Some(self.identity)
                && let Ok((file, identity)) = append_to(&self.path)
            {
                (self.file, self.identity) = (file, identity);
            }
        }
        // Gone also when that fails, or a full disk would fill the memory next.
        let bytes: Vec<u8> = self.rest.drain(..length).collect();
        self.file.write_all(&bytes)?;
        self.between_lines = bytes.ends_with(b"\n");
        Ok(())
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        if let Some(last) = self.rest.iter().rposition(|byte| *byte == b'\n') {
            self.write_out(last + 1)?;
        }
        if self.rest.len() > LONGEST {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.rest.is_empty() { Ok(()) } else { self.write_out(self.rest.len()) }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

fn append_to(path: &Path) -> io::Result<(File, (u64, u64))> {
    let file = OpenOptions::new().append(true).create(true).open(path)?;
    let identity = identity(&file.metadata()?);
    Ok((file, identity))
}

/// What tells a file from another of the same name.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;

    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::tests::Scratch;
    use super::*;

    #[test]
    fn a_line_is_whole_in_one_file() {
        let dir = Scratch::new("log-lines");
        let [path, older] = ["a.log", "a.log.1"].map(|name| dir.0.join(name));
        fs::write(&path, "there before\n").unwrap();
        let mut log = Log::open(&path).unwrap();
        write!(log, "one\ntw").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "there before\none\n");

        // The line has begun on disk, so it ends there too.
        log.flush().unwrap();
        fs::rename(&path, &older).unwrap();
        writeln!(log, "o").unwrap();
        writeln!(log, "three").unwrap();
        assert_eq!(fs::read_to_string(&older).unwrap(), "there before\none\ntwo\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "three\n");

        write!(log, "no end").unwrap();
        drop(log);
        assert_eq!(fs::read_to_string(&path).unwrap(), "three\nno end");
    }

    #[test]
    fn a_removed_file_is_made_again_and_a_replaced_one_is_taken() {
        let dir = Scratch::new("log-removed");
        let path = dir.0.join("a.log");
        let mut log = Log::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        writeln!(log, "one").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");

        fs::remove_file(&path).unwrap();
        fs::write(&path, "somebody's\n").unwrap();
        writeln!(log, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's\ntwo\n");
    }

    #[test]
    fn without_its_folder_it_goes_on_in_the_older_file() {
        let dir = Scratch::new("log-folder");
        let [there, moved] = ["logs", "old"].map(|name| dir.0.join(name));
        fs::create_dir(&there).unwrap();
        let mut log = Log::open(there.join("a.log")).unwrap();
        fs::rename(&there, &moved).unwrap();
        writeln!(log, "one").unwrap();
        log.reopen().unwrap_err();
        writeln!(log, "two").unwrap();
        assert_eq!(fs::read_to_string(moved.join("a.log")).unwrap(), "one\ntwo\n");

        fs::create_dir(&there).unwrap();
        write!(log, "th").unwrap();
        log.reopen().unwrap();
        writeln!(log, "ree").unwrap();
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "three\n");
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let dir = Scratch::new("log-long");
        let mut log = Log::open(dir.0.join("a.log")).unwrap();
        log.write_all(&vec![b'x'; LONGEST + 1]).unwrap();
        assert_eq!(fs::metadata(log.path()).unwrap().len(), LONGEST as u64 + 1);
        assert!(log.rest.is_empty());
    }
}
