//! The log: lines with the time in UTC on standard output, which the NAS's start script sends to the log file.
//!
//! A log that cannot be written (full disk, closed pipe) is no reason to end, so write errors are dropped.

use std::io::{self, Write as _};
use std::time::SystemTime;

/// Something that went as it should.
pub fn info(message: &str) {
    line("info", message);
}

/// Something that the owner of the NAS should look at. The daemon goes on.
pub fn warn(message: &str) {
    line("warning", message);
}

/// Why the daemon ends.
pub fn error(message: &str) {
    line("error", message);
}

/// Text for people at a terminal, as it is.
pub fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

fn line(level: &str, message: &str) {
    let now = humantime::format_rfc3339_seconds(SystemTime::now());
    let _ = writeln!(io::stdout().lock(), "{now} {level}: {message}");
}
