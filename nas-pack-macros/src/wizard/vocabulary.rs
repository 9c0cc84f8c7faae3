//! What `#[wizard(…)]` can say, and the languages, as tables. The tests compare what nas-pack has as well.

/// On a struct.
pub(super) const FORM: [&str; 3] = ["file", "mode", "title"];
/// On a field of a struct.
pub(super) const FIELD: [&str; 9] =
    ["default", "range", "length", "pattern", "secret", "label", "help", "page", "rename"];
/// On a variant of an enum.
pub(super) const VARIANT: [&str; 2] = ["label", "rename"];

/// Tags, with `_` for the hyphen, and variants of `nas_pack::model::Language`.
pub(super) const LANGUAGES: [(&str, &str); 20] = [
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("en", "English"),
    ("es", "Spanish"),
    ("fr", "French"),
    ("hu", "Hungarian"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("nl", "Dutch"),
    ("no", "Norwegian"),
    ("pl", "Polish"),
    ("pt_BR", "BrazilianPortuguese"),
    ("pt_PT", "Portuguese"),
    ("ru", "Russian"),
    ("sv", "Swedish"),
    ("tr", "Turkish"),
    ("zh_CN", "SimplifiedChinese"),
    ("zh_TW", "TraditionalChinese"),
];

/// The settings file's name where nobody says otherwise.
pub(super) const DEFAULT_FILE: &str = "settings.toml";
/// How many characters a text has at most where nobody says.
pub(super) const USUAL_LENGTH: u32 = 255;
/// How many characters a text may have at most: an answer travels through the environment of scripts.
pub(super) const LONGEST_TEXT: u32 = 4096;
/// How many characters a name may have at most.
pub(super) const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use nas_pack::model::Language;

    use super::*;

    #[test]
    fn the_tables_are_those_of_nas_pack() {
        let theirs = Language::ALL.map(|language| (language.tag().replace('-', "_"), format!("{language:?}")));
        assert_eq!(LANGUAGES.map(|(tag, name)| (tag.to_owned(), name.to_owned())), theirs);
        assert_eq!(DEFAULT_FILE, nas_pack::settings::DEFAULT_FILE);
    }
}
