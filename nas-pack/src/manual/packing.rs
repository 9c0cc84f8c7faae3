//! The page on speed: its tables and its picture, made from what `book/measure/packing.sh` measured last.

use std::fmt::Write as _;
use std::path::Path;

use super::{hold, hold_file};

/// The payload that the picture is of.
const PICTURED: &str = "web";

/// The row that bars are drawn against: those of more than three times its length are cut off.
const YARDSTICK: &str = "tar | gzip -6";

/// One measured command.
struct Row<'a> {
    payload: &'a str,
    kind: &'a str,
    what: &'a str,
    /// Wall time and that of all processors, in seconds.
    seconds: f64,
    processor: f64,
    /// What it wrote, or what the payload has.
    bytes: f64,
    /// The largest process's peak, in bytes.
    memory: f64,
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Self {
        let fields: Vec<_> = line.split(',').collect();
        let &[payload, kind, what, seconds, processor, bytes, memory] = &fields[..] else {
            panic!("seven fields: {line}")
        };
        let number = |text: &str| if text.is_empty() { 0.0 } else { text.parse().expect("a number") };
        let (seconds, processor, bytes, memory) = (number(seconds), number(processor), number(bytes), number(memory));
        Self { payload, kind, what, seconds, processor, bytes, memory }
    }

    /// Whether what it wrote is the payload once.
    fn is_one_package(&self) -> bool {
        !matches!(self.kind, "floor" | "all")
    }

    fn is_ours(&self) -> bool {
        matches!(self.kind, "ours" | "all")
    }
}

#[test]
fn the_manual_has_what_was_measured() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book");
    let Ok(csv) = std::fs::read_to_string(book.join("measure/packing.csv")) else {
        // A crate that was downloaded comes without the manual.
        return;
    };
    let (machine, table) = csv.split_once('\n').expect("a line on the machine");
    let rows: Vec<_> = table.lines().skip(1).map(Row::read).collect();
    let machine = format!("{}.\n", machine.trim_start_matches("# "));
    let tables = ["daemon", "web", "small", "media"].map(|payload| (payload, markdown(&rows, payload)));
    hold(&book.join("src/performance.md"), std::iter::once(("machine", machine)).chain(tables));
    hold_file(&book.join("src/images/packing.svg"), &picture(&rows));
}

/// The rows of a payload, in the order in which they were measured.
fn markdown(rows: &[Row<'_>], payload: &str) -> String {
    let mut text =
        "| | seconds | processor seconds | MB/s | MB | % | MiB of memory |\n|---|--:|--:|--:|--:|--:|--:|\n".to_owned();
    let rows: Vec<_> = rows.iter().filter(|row| row.payload == payload).collect();
    let packed = rows.iter().find(|row| row.kind == "payload").expect("the payload itself").bytes;
    for row in rows.iter().filter(|row| row.kind != "payload") {
        let what = row.what.replace('|', "\\|");
        let what = if row.is_ours() { format!("**{what}**") } else { what };
        let percent = if row.is_one_package() { format!("{:.1}", 100.0 * row.bytes / packed) } else { String::new() };
        let (speed, size) = (packed / row.seconds / 1e6, row.bytes / 1e6);
        let memory = row.memory / f64::from(1 << 20);
        writeln!(
            text,
            "| {what} | {:.2} | {:.2} | {speed:.0} | {size:.1} | {percent} | {memory:.0} |",
            row.seconds, row.processor
        )
        .expect("a text takes everything");
    }
    text
}

/// Two bars for each row, for its time and its size, the quickest first.
fn picture(rows: &[Row<'_>]) -> String {
    const LINE: usize = 22;
    const TOP: usize = 30;
    let mut rows: Vec<_> =
        rows.iter().filter(|row| row.payload == PICTURED && !matches!(row.kind, "payload" | "floor")).collect();
    rows.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let yardstick = rows.iter().find(|row| row.what == YARDSTICK).expect("what the others are compared with").seconds;
    let longest = rows.iter().map(|row| row.seconds).fold(0.0, f64::max).min(3.0 * yardstick);
    let largest = rows.iter().filter(|row| row.is_one_package()).map(|row| row.bytes).fold(0.0, f64::max);

    let height = TOP + rows.len() * LINE + 6;
    // Colours that are read on white as on black, for the page has both.
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {height}" font-family="sans-serif" font-size="12" fill="#808890">
<title>Seconds and size of a package of 100 MiB, by tool</title>
<text x="340" y="18" font-weight="bold">seconds</text>
<text x="620" y="18" font-weight="bold">MB</text>
"##
    );
    for (index, row) in rows.iter().enumerate() {
        let top = TOP + index * LINE;
        let base = top + 13;
        let colour = if row.is_ours() { "#d9822b" } else { "#7890a8" };
        let what = row.what.replace('&', "&amp;").replace('<', "&lt;");
        let time = 200.0 * (row.seconds / longest).min(1.0);
        let cut = if row.seconds > longest { "… " } else { "" };
        let _ = writeln!(svg, r#"<text x="330" y="{base}" text-anchor="end">{what}</text>"#);
        let _ = writeln!(svg, r#"<rect x="340" y="{top}" width="{time:.1}" height="17" fill="{colour}"/>"#);
        let _ = writeln!(svg, r#"<text x="{:.1}" y="{base}">{cut}{:.2}</text>"#, 345.0 + time, row.seconds);
        if row.is_one_package() {
            let size = 180.0 * row.bytes / largest;
            let _ = writeln!(svg, r#"<rect x="620" y="{top}" width="{size:.1}" height="17" fill="{colour}"/>"#);
            let _ = writeln!(svg, r#"<text x="{:.1}" y="{base}">{:.1}</text>"#, 625.0 + size, row.bytes / 1e6);
        }
    }
    svg.push_str("</svg>\n");
    svg
}
