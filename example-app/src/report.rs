//! The visit log as a spreadsheet file, for the folder that the NAS shares with its users.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::store::Visit;

const FILE: &str = "beacon-visits.csv";
/// The last second that the date format can write.
const END_OF_9999: u64 = 253_402_300_799;

/// Writes the visits into this folder, which must exist: making one where a share is not mounted would hide the mistake.
/// Readers over the network find the older report or the new one, never half of one.
pub(crate) fn write(folder: &Path, visits: &[Visit]) -> io::Result<()> {
    let draft = folder.join(format!(".{FILE}.new"));
    fs::write(&draft, render(visits)).and_then(|()| fs::rename(&draft, folder.join(FILE))).inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

fn render(visits: &[Visit]) -> String {
    visits.iter().fold("number,time,client,browser\r\n".to_owned(), |mut table, visit| {
        // A row whose time no calendar has is still a visit.
        let seconds = u64::try_from(visit.time).unwrap_or(0).min(END_OF_9999);
        let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds));
        let _ = write!(table, "{},{time},{},{}\r\n", visit.number, visit.client, cell(&visit.agent));
        table
    })
}

/// Visitors choose this text. In quotes it stays one cell, and behind an apostrophe a spreadsheet takes it for no formula.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(number: i64, time: i64, agent: &str) -> Visit {
        Visit { number, time, client: "192.0.2.7".to_owned(), agent: agent.to_owned() }
    }

    #[test]
    fn a_report_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[]).unwrap();
        write(dir.path(), &[visit(2, 1_700_000_000, "a \"b\", c"), visit(1, i64::MAX, "=1+1")]).unwrap();
        let report = fs::read_to_string(dir.path().join(FILE)).unwrap();
        let lines: Vec<_> = report.split("\r\n").collect();
        assert_eq!(
            lines,
            [
                "number,time,client,browser",
                "2,2023-11-14T22:13:20Z,192.0.2.7,\"a \"\"b\"\", c\"",
                "1,9999-12-31T23:59:59Z,192.0.2.7,\"'=1+1\"",
                "",
            ]
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("share"), &[]).unwrap_err();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
