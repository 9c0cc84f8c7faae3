//! Small apps, made where a test wants them.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder, most often with one Cargo package; it goes away with the value.
#[derive(Debug)]
pub struct Fixture {
    dir: TempDir,
}

impl Fixture {
    /// A folder with nothing in it.
    pub fn empty() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    /// A daemon of one line without dependencies, with this text as its `Cargo.toml`.
    pub fn new(manifest: &str) -> Self {
        let fixture = Self::empty();
        fixture.write("Cargo.toml", manifest);
        fixture.write("src/main.rs", "fn main() {\n    println!(\"{}\", env!(\"CARGO_PKG_VERSION\"));\n}\n");
        fixture
    }

    /// A copy of a folder; what every package needs and it does not have is added.
    pub fn copy(folder: &Path) -> Self {
        let fixture = Self::new("");
        copy(folder, fixture.path());
        fixture
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file below it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
