//! The parts of the manual that are made from the tables in the code.

use std::path::Path;

/// Holds the parts of a page against what they must be. A part stands between `<!-- made: NAME -->` and `<!-- end -->`; with `BLESS` in
/// the environment it is written.
pub(crate) fn hold(page: &Path, parts: impl IntoIterator<Item = (&'static str, String)>) {
    let Ok(text) = std::fs::read_to_string(page) else {
        // A crate that was downloaded comes without the manual.
        return;
    };
    let mut made = text.clone();
    for (name, part) in parts {
        let begin = format!("<!-- made: {name} -->\n");
        let start = made.find(&begin).unwrap_or_else(|| panic!("{} has no `{begin}`", page.display())) + begin.len();
        let end = start + made[start..].find("<!-- end -->").expect("the part ends");
        made.replace_range(start..end, &format!("\n{part}\n"));
    }
    if made == text {
        return;
    }
    assert!(
        std::env::var_os("BLESS").is_some(),
        "{} is not what the code says: run the tests with BLESS=1",
        page.display()
    );
    std::fs::write(page, made).expect("the page can be written");
}
