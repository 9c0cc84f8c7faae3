//! `web/desc.xml`: the app's description in other languages, which the dashboard reads from the app's own web folder.
//!
//! Its form is that of the examples in both of WD's guides. OS3's dashboard looks for the element that is named by its language anywhere
//! in the file, and falls back to the description in `apkg.xml` where there is none. It has a list of 19 languages in which Czech stands
//! twice by mistake, so Swedes are shown Czech and Turks Swedish; there is nothing that a package could do about it.

use std::collections::BTreeMap;

use quick_xml::escape::partial_escape;

use crate::model::{Language, Translation};
use crate::vendor::request::one_line;

/// Where it stands in a package.
pub const PATH: &str = "web/desc.xml";

/// WD's names of the languages that its dashboard has, in the order of its guides.
pub const LOCALES: [(Language, &str); 18] = [
    (Language::English, "en-US"),
    (Language::Czech, "cs-CZ"),
    (Language::German, "de-DE"),
    (Language::Spanish, "es-ES"),
    (Language::French, "fr-FR"),
    (Language::Hungarian, "hu-HU"),
    (Language::Italian, "it-IT"),
    (Language::Japanese, "ja-JP"),
    (Language::Korean, "ko-KR"),
    (Language::Norwegian, "no-NO"),
    (Language::Dutch, "nl-NL"),
    (Language::Polish, "pl-PL"),
    (Language::BrazilianPortuguese, "pt-BR"),
    (Language::Russian, "ru-RU"),
    (Language::Swedish, "sv-SE"),
    (Language::Turkish, "tr-TR"),
    (Language::SimplifiedChinese, "zh-CN"),
    (Language::TraditionalChinese, "zh-TW"),
];

/// WD's name of a language, if its dashboard has it.
pub fn locale(language: Language) -> Option<&'static str> {
    LOCALES.into_iter().find(|(known, _)| *known == language).map(|(_, name)| name)
}

/// Writes the file; `None` if there is no description to put into it.
pub fn write(translations: &BTreeMap<Language, Translation>) -> Option<String> {
    let element = |(language, name): (Language, &str)| {
        let text = translations.get(&language)?.description.as_deref()?;
        Some(format!("<{name}>{}</{name}>\n", partial_escape(one_line(text))))
    };
    let elements: String = LOCALES.into_iter().filter_map(element).collect();
    if elements.is_empty() {
        return None;
    }
    Some(format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<config>\n{elements}</config>\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dashboards_languages_are_written() {
        let say = |text: &str| Translation { name: None, description: Some(text.to_owned()) };
        let nothing = Translation { name: Some("Leuchtfeuer".to_owned()), description: None };
        let mut translations = BTreeMap::from([
            (Language::Danish, say("Ingen kan se det")),
            (Language::Portuguese, say("Ninguém vê")),
            (Language::German, nothing),
        ]);
        assert_eq!(write(&translations), None);
        translations.insert(Language::TraditionalChinese, say("顯示\n  狀態"));
        translations.insert(Language::Norwegian, say("Viser <status> & mer"));
        insta::assert_snapshot!(write(&translations).unwrap(), @r#"
        <?xml version="1.0" encoding="utf-8"?>
        <config>
        <no-NO>Viser &lt;status&gt; &amp; mer</no-NO>
        <zh-TW>顯示 狀態</zh-TW>
        </config>
        "#);
        assert_eq!(Language::ALL.into_iter().filter(|&language| locale(language).is_none()).count(), 2);
    }
}
