//! What `#[derive(Wizard)]` expands to: the form of what was written, and a reader of its file.

// The settings of an app are compiled with the app's own lints, in its build script as well.
#![deny(warnings, clippy::pedantic, unused_qualifications)]

use nas_pack::Wizard;
use nas_pack::model::Language;
use nas_pack::settings::{Choice, Form, Kind, Place, Words};
use proptest::prelude::*;

/// Beacon.
///
/// What its page shows.
#[derive(Clone, Debug, PartialEq, Wizard)]
#[wizard(file = "beacon.toml", mode = 0o640, de = "Leuchtfeuer")]
#[rustfmt::skip]
struct Settings {
    /// Title of
    /// the page.
    ///
    /// Shown above.
    ///
    /// On every page.
    #[wizard(default = "Beacon", length = 1..=40, pattern = "\\S.*")]
    #[wizard(de(label = "Titel", help = "Steht oben."), pt_BR = "Título")]
    title: String,
    #[wizard(default = 1_000, range = 1..=100_000)]
    keep_visits: u32,
    #[wizard(default = -5, range = ..0, label = "Coldest", help = "In degrees.")]
    pub(crate) coldest: i8,
    /// Show visits
    show: bool,
    /// Password
    #[wizard(page = "Access", secret, length = 8.., fr(label = "Mot de passe", page = "Accès"))]
    password: Option<String>,
    theme: Theme,
    #[wizard(default = Theme::VeryDark, rename = "night")]
    r#type: Theme,
    other: Option<Theme>,
    days: Option<u64>,
}

/// How it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wizard)]
enum Theme {
    /// Light as day.
    #[wizard(de = "Hell", it(label = "Chiaro"))]
    Light,
    #[default]
    Auto,
    #[wizard(label = "Dark as night")]
    VeryDark,
}

#[test]
fn the_form_is_what_was_written() {
    let Form { file, mode, pages } = Settings::FORM;
    assert_eq!((file, mode), ("beacon.toml", Some(0o640)));
    let titles: Vec<_> = pages.iter().map(|page| (page.title, page.translations, page.fields.len())).collect();
    let german: &[_] = &[(Language::German, "Leuchtfeuer")];
    assert_eq!(titles, [("Beacon", german, 4), ("Access", &[(Language::French, "Accès")], 5)]);

    let fields: Vec<_> = pages.iter().flat_map(|page| page.fields).collect();
    let words: Vec<_> = fields.iter().map(|field| (field.key, field.label, field.help, field.optional)).collect();
    assert_eq!(
        words,
        [
            ("title", "Title of the page", "Shown above. On every page.", false),
            ("keep_visits", "Keep visits", "", false),
            ("coldest", "Coldest", "In degrees.", false),
            ("show", "Show visits", "", false),
            ("password", "Password", "", true),
            ("theme", "Theme", "", false),
            ("night", "Night", "", false),
            ("other", "Other", "", true),
            ("days", "Days", "", true),
        ]
    );
    let text = |min, max, pattern, secret, default| Kind::Text { min, max, pattern, secret, default };
    let choice = |default| Kind::Choice {
        choices: &[
            Choice {
                value: "light",
                label: "Light as day",
                translations: &[(Language::German, "Hell"), (Language::Italian, "Chiaro")],
            },
            Choice { value: "auto", label: "Auto", translations: &[] },
            Choice { value: "very_dark", label: "Dark as night", translations: &[] },
        ],
        default,
    };
    let kinds: Vec<_> = fields.iter().map(|field| field.kind).collect();
    assert_eq!(
        kinds,
        [
            text(1, 40, Some("\\S.*"), false, Some("Beacon")),
            Kind::Number { min: 1, max: 100_000, default: Some(1000) },
            Kind::Number { min: -128, max: -1, default: Some(-5) },
            Kind::Flag { default: false },
            text(8, 4096, None, true, None),
            choice(Some("auto")),
            choice(Some("very_dark")),
            choice(None),
            Kind::Number { min: 0, max: i64::MAX, default: None },
        ]
    );
    let translations: &[_] = &[
        (Language::German, Words { label: "Titel", help: "Steht oben." }),
        (Language::BrazilianPortuguese, Words { label: "Título", help: "" }),
    ];
    assert_eq!(fields[0].translations, translations);
}

#[test]
fn every_field_has_its_own_place() {
    let places: Vec<_> = Settings::FORM.pages.iter().flat_map(|page| page.fields).map(|field| field.at).collect();
    let first = places[0].line;
    let expected = [(0, 5), (2, 5), (4, 16), (6, 5), (9, 5), (10, 5), (12, 5), (13, 5), (14, 5)];
    assert_eq!(places, expected.map(|(line, column)| Place { file: file!(), line: first + line, column }));
}

#[test]
fn defaults_are_those_of_the_form() {
    let expected = Settings {
        title: "Beacon".to_owned(),
        keep_visits: 1000,
        coldest: -5,
        show: false,
        password: None,
        theme: Theme::Auto,
        r#type: Theme::VeryDark,
        other: None,
        days: None,
    };
    assert_eq!(Settings::defaults(), expected);
    let toml =
        "title = \"Beacon\"\nkeep_visits = 1000\ncoldest = -5\nshow = false\ntheme = \"auto\"\nnight = \"very_dark\"\n";
    assert_eq!(expected.to_toml(), toml);
}

#[test]
fn values_of_the_wrong_kind_cost_only_themselves() {
    let loaded = Settings::parse(
        "title = ' '\nkeep_visits = 0\ncoldest = 1\ntheme = 'dark'\nnight = 'light'\npassword = 'short'\n",
    );
    assert_eq!(loaded.value, Settings { r#type: Theme::Light, ..Settings::defaults() });
    let said: Vec<_> = loaded.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "beacon.toml:1: `title` is \" \", expected 1 to 40 characters in quotes that match `\\S.*`; \"Beacon\" is used",
            "beacon.toml:2: `keep_visits` is 0, expected a whole number from 1 to 100000; 1000 is used",
            "beacon.toml:3: `coldest` is 1, expected a whole number from -128 to -1; -5 is used",
            "beacon.toml:4: `theme` is \"dark\", expected \"light\", \"auto\" or \"very_dark\"; \"auto\" is used",
            "beacon.toml:6: `password` is not what it can be, expected 8 to 4096 characters in quotes; it counts as not set",
            "beacon.toml: `show` is missing; false is used",
        ]
    );
}

/// Names that the user's own code may have must not matter.
mod shadowed {
    #![allow(dead_code)]

    struct Option;
    struct Vec;
    struct String;
    #[derive(nas_pack::Wizard)]
    struct Settings {
        /// Answers
        #[wizard(default = 1, page = "All")]
        answers: u8,
        #[wizard(default = "x")]
        value: std::string::String,
        at: Side,
    }
    #[derive(nas_pack::Wizard)]
    enum Side {
        Some,
        #[default]
        None,
    }
    #[test]
    fn they_do_not_matter() {
        let settings = <Settings as nas_pack::Wizard>::defaults();
        assert_eq!((settings.answers, settings.value.as_str()), (1, "x"));
        assert!(matches!(settings.at, Side::None));
    }
}

fn theme() -> impl Strategy<Value = Theme> {
    prop_oneof![Just(Theme::Light), Just(Theme::Auto), Just(Theme::VeryDark)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(
        title in "[!-~ä][ -~äöü€😀]{0,39}", keep_visits in 1..=100_000_u32, coldest in -128..0_i8, show: bool,
        password in proptest::option::of("\\PC{8,20}"), theme in theme(), night in theme(),
        other in proptest::option::of(theme()), days in proptest::option::of(0..=i64::MAX.cast_unsigned()),
    ) {
        let settings = Settings { title, keep_visits, coldest, show, password, theme, r#type: night, other, days };
        let loaded = Settings::parse(settings.to_toml());
        prop_assert_eq!(loaded.problems, []);
        prop_assert_eq!(loaded.value, settings);
    }
}
