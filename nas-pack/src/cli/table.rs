/// Rows in columns as wide as they need to be, two blanks apart. The columns named in `right` are aligned to the right.
pub(crate) fn render(head: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.enumerate().map(|(column, cell)| {
            let width = widths[column];
            if right.contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    let bold = clap_cargo::style::UPDATE_UNCHANGED;
    let mut text = format!("{bold}{}{bold:#}\n", line(&mut head.iter().copied()).trim_end());
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

/// A length in the unit that people read: `3.4 MB`.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

/// `1 file`, `2 files`.
pub(crate) fn count(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The longest value of a stranger's that is shown in a table, in characters.
pub(crate) const VALUE: usize = 100;

/// A stranger's text on one line of a terminal: nothing that moves the cursor, and no longer than one wants to read.
pub(crate) fn clean(text: &str) -> String {
    let mut clean: String = text.chars().take(VALUE).map(|c| if is_unruly(c) { ' ' } else { c }).collect();
    if text.chars().nth(VALUE).is_some() {
        clean.push('…');
    }
    clean
}

/// A stranger's text as it is, but for what would do something to the terminal, which is shown as in a string literal.
pub(crate) fn escaped(text: &str) -> String {
    let escape = |c: char| if is_unruly(c) && c != '\t' { c.escape_unicode().collect() } else { String::from(c) };
    text.chars().map(escape).collect()
}

/// Control characters, and those that turn the direction of writing, which can make a text look like another one.
fn is_unruly(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
