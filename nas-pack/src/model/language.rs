use std::fmt;
use std::str::FromStr;

use super::UnknownName;

/// A language in which a NAS speaks to its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Czech.
    Czech,
    /// Danish.
    Danish,
    /// German.
    German,
    /// English, for those who write their description in another language.
    English,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// Hungarian.
    Hungarian,
    /// Italian.
    Italian,
    /// Japanese.
    Japanese,
    /// Korean.
    Korean,
    /// Dutch.
    Dutch,
    /// Norwegian.
    Norwegian,
    /// Polish.
    Polish,
    /// Portuguese as in Brazil.
    BrazilianPortuguese,
    /// Portuguese as in Portugal.
    Portuguese,
    /// Russian.
    Russian,
    /// Swedish.
    Swedish,
    /// Turkish.
    Turkish,
    /// Chinese in simplified characters.
    SimplifiedChinese,
    /// Chinese in traditional characters.
    TraditionalChinese,
}

impl Language {
    /// Every language, by tag.
    pub const ALL: [Self; 20] = [
        Self::Czech,
        Self::Danish,
        Self::German,
        Self::English,
        Self::Spanish,
        Self::French,
        Self::Hungarian,
        Self::Italian,
        Self::Japanese,
        Self::Korean,
        Self::Dutch,
        Self::Norwegian,
        Self::Polish,
        Self::BrazilianPortuguese,
        Self::Portuguese,
        Self::Russian,
        Self::Swedish,
        Self::Turkish,
        Self::SimplifiedChinese,
        Self::TraditionalChinese,
    ];

    /// Its tag after BCP 47, used in the manifest. The vendors' own words for it are in their folders.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Czech => "cs",
            Self::Danish => "da",
            Self::German => "de",
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Hungarian => "hu",
            Self::Italian => "it",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::Dutch => "nl",
            Self::Norwegian => "no",
            Self::Polish => "pl",
            Self::BrazilianPortuguese => "pt-BR",
            Self::Portuguese => "pt-PT",
            Self::Russian => "ru",
            Self::Swedish => "sv",
            Self::Turkish => "tr",
            Self::SimplifiedChinese => "zh-CN",
            Self::TraditionalChinese => "zh-TW",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.tag())
    }
}

impl FromStr for Language {
    type Err = UnknownName;

    fn from_str(tag: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|language| language.tag() == tag).ok_or_else(|| UnknownName::new(tag))
    }
}

#[cfg(feature = "pack")]
impl serde::Serialize for Language {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.tag())
    }
}
