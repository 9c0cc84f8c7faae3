//! The parts of the manual that are made from the tables in the code.

mod packing;

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
    hold_file(page, &made);
}

/// Holds a whole file against what it must be.
fn hold_file(file: &Path, made: &str) {
    if std::fs::read_to_string(file).is_ok_and(|text| text == made) {
        return;
    }
    assert!(
        std::env::var_os("BLESS").is_some(),
        "{} is not what the code says: run the tests with BLESS=1",
        file.display()
    );
    std::fs::write(file, made).expect("the page can be written");
}

mod tests {
    use super::*;

    /// The app that is described three times is shown as the test packs it.
    #[test]
    fn the_manual_has_the_three_descriptions() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let shown = |name: &str, file: &str, begin: &str| {
            let text = std::fs::read_to_string(root.join("tests/apps").join(file)).unwrap_or_default();
            let text = text.find(begin).map_or("", |at| &text[at..]).trim_end().to_owned();
            let language = if name == "toml" { "toml" } else { "rust" };
            format!("```{language}\n{text}\n```\n")
        };
        let parts = [
            ("toml", "toml/Cargo.toml", "[package.metadata.nas]"),
            ("builder", "builder/build.rs", "use "),
            ("macros", "macros/build.rs", "use "),
            ("settings", "macros/src/settings.rs", "use "),
        ];
        hold(&root.join("book/src/describe.md"), parts.map(|(name, file, begin)| (name, shown(name, file, begin))));
    }
}
