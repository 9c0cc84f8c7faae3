//! What the status page tells about the machine.

use std::fs;
use std::io;
use std::path::Path;

/// The volume that a folder is on. Sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Disk {
    /// The volume's size.
    pub total: u64,
    /// What is taken.
    pub used: u64,
    /// What a user without privileges can still write, less than the rest where blocks are reserved for root.
    pub available: u64,
}

impl Disk {
    /// Asks the system about the volume of this folder, or of the nearest one above it that exists.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let folder = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
        let volume = rustix::fs::statvfs(folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(volume.f_frsize);
        Ok(Self {
            total: bytes(volume.f_blocks),
            used: bytes(volume.f_blocks.saturating_sub(volume.f_bfree)),
            available: bytes(volume.f_bavail),
        })
    }
}

/// Whole seconds since the NAS was booted; `None` on systems that do not tell in Linux's way.
pub(crate) fn system_uptime() -> Option<u64> {
    uptime_from(&fs::read_to_string("/proc/uptime").ok()?)
}

fn uptime_from(text: &str) -> Option<u64> {
    text.split(['.', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_volume_of_a_folder_to_be_made_is_known() {
        let here = std::env::temp_dir();
        let disk = Disk::of(&here.join("beacon/does/not/exist")).unwrap();
        assert_eq!(disk.total, Disk::of(&here).unwrap().total);
        assert!(disk.total > 0);
        assert!(disk.used + disk.available <= disk.total);
        Disk::of(Path::new("")).unwrap();
    }

    #[test]
    fn uptime_is_read_as_linux_writes_it() {
        assert_eq!(uptime_from("350735.47 234388.90\n"), Some(350_735));
        assert_eq!(uptime_from(""), None);
    }
}
