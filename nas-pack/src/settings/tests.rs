//! Patterns against JavaScript's own answers, and settings files against a form.

use super::*;

const TEXTS: [&str; 49] = [
    "",
    "a",
    "b",
    "c",
    "ab",
    "ac",
    "abc",
    "aabbc",
    "zz",
    "Z",
    "Zebra",
    "7",
    "123",
    "12",
    "12345",
    "a@b.c",
    "a@b",
    "aa",
    "ba",
    "aab",
    "\u{a0}",
    " ",
    "\u{3000}",
    "\u{feff}",
    "_",
    "x.y-z",
    "-",
    "]",
    "\\",
    "y",
    "xy",
    "ä",
    "ö",
    "äöü",
    "aaaaaa",
    "aaaaaaa",
    "😀",
    "\u{2028}",
    "a/b",
    "xxxxxxxxxxxxxxxxxxxx",
    "xxy",
    "+",
    ",",
    ".",
    "?",
    "^",
    "a b",
    "aba",
    "é",
];
const MATCHES: [(&str, &[&str]); 41] = [
    ("a", &["a"]),
    ("ab|c", &["c", "ab"]),
    ("(a|b)*c", &["c", "ac", "abc", "aabbc"]),
    (
        "[a-z]+",
        &[
            "a",
            "b",
            "c",
            "ab",
            "ac",
            "abc",
            "aabbc",
            "zz",
            "aa",
            "ba",
            "aab",
            "y",
            "xy",
            "aaaaaa",
            "aaaaaaa",
            "xxxxxxxxxxxxxxxxxxxx",
            "xxy",
            "aba",
        ],
    ),
    (
        "[^a-z]",
        &[
            "Z", "7", "\u{a0}", " ", "\u{3000}", "\u{feff}", "_", "-", "]", "\\", "ä", "ö", "\u{2028}", "+", ",", ".",
            "?", "^", "é",
        ],
    ),
    ("[A-Z].*", &["Z", "Zebra"]),
    ("\\d{3}", &["123"]),
    ("\\d{2,4}", &["123", "12"]),
    ("\\d{2,}", &["123", "12", "12345"]),
    ("\\w+@\\w+\\.\\w+", &["a@b.c"]),
    ("(?:a|b){2}", &["ab", "aa", "ba"]),
    ("a?", &["", "a"]),
    ("(a*)*b", &["b", "ab", "aab"]),
    ("\\s", &["\u{a0}", " ", "\u{3000}", "\u{feff}", "\u{2028}"]),
    (
        "\\S+",
        &[
            "a",
            "b",
            "c",
            "ab",
            "ac",
            "abc",
            "aabbc",
            "zz",
            "Z",
            "Zebra",
            "7",
            "123",
            "12",
            "12345",
            "a@b.c",
            "a@b",
            "aa",
            "ba",
            "aab",
            "_",
            "x.y-z",
            "-",
            "]",
            "\\",
            "y",
            "xy",
            "ä",
            "ö",
            "äöü",
            "aaaaaa",
            "aaaaaaa",
            "😀",
            "a/b",
            "xxxxxxxxxxxxxxxxxxxx",
            "xxy",
            "+",
            ",",
            ".",
            "?",
            "^",
            "aba",
            "é",
        ],
    ),
    (
        "\\D",
        &[
            "a", "b", "c", "Z", "\u{a0}", " ", "\u{3000}", "\u{feff}", "_", "-", "]", "\\", "y", "ä", "ö", "\u{2028}",
            "+", ",", ".", "?", "^", "é",
        ],
    ),
    (
        "\\W",
        &["\u{a0}", " ", "\u{3000}", "\u{feff}", "-", "]", "\\", "ä", "ö", "\u{2028}", "+", ",", ".", "?", "^", "é"],
    ),
    (
        "[\\w.-]+",
        &[
            "a",
            "b",
            "c",
            "ab",
            "ac",
            "abc",
            "aabbc",
            "zz",
            "Z",
            "Zebra",
            "7",
            "123",
            "12",
            "12345",
            "aa",
            "ba",
            "aab",
            "_",
            "x.y-z",
            "-",
            "y",
            "xy",
            "aaaaaa",
            "aaaaaaa",
            "xxxxxxxxxxxxxxxxxxxx",
            "xxy",
            ".",
            "aba",
        ],
    ),
    ("[-a]", &["a", "-"]),
    ("[a-]", &["a", "-"]),
    ("[\\]\\\\]", &["]", "\\"]),
    ("a|", &["", "a"]),
    ("(|x)y", &["y", "xy"]),
    (
        ".",
        &[
            "a", "b", "c", "Z", "7", "\u{a0}", " ", "\u{3000}", "\u{feff}", "_", "-", "]", "\\", "y", "ä", "ö", "+",
            ",", ".", "?", "^", "é",
        ],
    ),
    ("..", &["ab", "ac", "zz", "12", "aa", "ba", "xy", "😀"]),
    (
        "[^a]",
        &[
            "b", "c", "Z", "7", "\u{a0}", " ", "\u{3000}", "\u{feff}", "_", "-", "]", "\\", "y", "ä", "ö", "\u{2028}",
            "+", ",", ".", "?", "^", "é",
        ],
    ),
    ("a\\/b", &["a/b"]),
    ("[ä-ü]+", &["ä", "ö", "äöü", "é"]),
    ("(a{2}){3}", &["aaaaaa"]),
    ("[\\d\\-x]", &["7", "-"]),
    ("(x+x+)+y", &["xxy"]),
    ("[^\\W\\d]", &["a", "b", "c", "Z", "_", "y"]),
    ("[+--]", &["-", "+", ","]),
    ("a{0}", &[""]),
    ("(ab?){1,2}", &["a", "ab", "aa", "aab", "aba"]),
    ("[.]", &["."]),
    ("\\.", &["."]),
    ("[*?]", &["?"]),
    (
        "[^^]",
        &[
            "a", "b", "c", "Z", "7", "\u{a0}", " ", "\u{3000}", "\u{feff}", "_", "-", "]", "\\", "y", "ä", "ö",
            "\u{2028}", "+", ",", ".", "?", "é",
        ],
    ),
    ("[a^]", &["a", "^"]),
    ("a b", &["a b"]),
];

/// What JavaScript's `^(?:PATTERN)$` says of each text.
#[test]
fn patterns_match_what_javascript_says() {
    for (pattern, matches) in MATCHES {
        let read = Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        let found: Vec<_> = TEXTS.into_iter().filter(|text| read.matches(text)).collect();
        assert_eq!(found, matches, "{pattern}");
    }
}

#[test]
fn patterns_that_javascript_would_take_otherwise_are_refused() {
    let said = [
        "",
        "^a$",
        "a$",
        "(a",
        "a)",
        "(?=a)",
        "[a",
        "[]",
        "[^]",
        "[z-a]",
        "[\\d-z]",
        "[a-\\d]",
        "[a[b]",
        "*a",
        "a**",
        "a+?",
        "a{",
        "a{,3}",
        "a{3,2}",
        "a{1001}",
        "a{99999999999}",
        "a}",
        "]",
        "\\",
        "\\b",
        "(a)\\1",
        "\\-",
        "😀",
        "a\tb",
        "((a{1000}){1000}){1000}",
        "(((){1000}){1000}){1000}",
    ]
    .map(|pattern| format!("{pattern}  {}", Pattern::parse(pattern).unwrap_err()));
    insta::assert_snapshot!(said.join("\n"), @r"
      at character 1: an empty pattern matches no text
    ^a$  at character 1: `^` is not needed: a pattern is for the whole text; write `\^` for the character
    a$  at character 2: `$` is not needed: a pattern is for the whole text; write `\$` for the character
    (a  at character 1: `(` is never closed
    a)  at character 2: `)` has no opening `(`; write `\)` for the character
    (?=a)  at character 1: `(?` can only be followed by `:`
    [a  at character 1: `[` is never closed
    []  at character 1: `[` has nothing between it and `]`
    [^]  at character 1: `[` has nothing between it and `]`
    [z-a]  at character 3: `-` has the higher character before it
    [\d-z]  at character 4: `-` has no character before it; write `\-` for the character
    [a-\d]  at character 3: `-` has no single character behind it
    [a[b]  at character 3: `[` stands in another `[`; write `\[` for the character
    *a  at character 1: `*` has nothing to repeat; write `\*` for the character
    a**  at character 3: `*` follows a repetition; put what repeats into a group, or write `\*`
    a+?  at character 3: `?` follows a repetition; put what repeats into a group, or write `\?`
    a{  at character 2: `{` has to begin `{3}`, `{3,}` or `{3,8}`; write `\{` for the character
    a{,3}  at character 2: `{` has to begin `{3}`, `{3,}` or `{3,8}`; write `\{` for the character
    a{3,2}  at character 2: `{` has numbers that are not in order, or above 1000
    a{1001}  at character 2: `{` has numbers that are not in order, or above 1000
    a{99999999999}  at character 2: `{` has numbers that are not in order, or above 1000
    a}  at character 2: `}` closes nothing; write `\}` for the character
    ]  at character 1: `]` closes nothing; write `\]` for the character
    \  at character 1: `\` is the end; write `\\` for the character
    \b  at character 1: `\b` means nothing here
    (a)\1  at character 4: `\1` means nothing here
    \-  at character 1: `\-` means nothing here
    😀  at character 1: `😀` is two characters for JavaScript, and cannot stand in a pattern
    a	b  at character 2: `\t` cannot be in a line of text
    ((a{1000}){1000}){1000}  at character 23: the pattern is too large with its repetitions written out
    (((){1000}){1000}){1000}  at character 24: the pattern is too large with its repetitions written out
    ");
    let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    let error = Pattern::parse(&deep).unwrap_err().to_string();
    assert_eq!(error, "at character 51: `(` is nested deeper than 50 groups");
}

/// A matcher that tries one way after another would be at it for longer than the sun has left.
#[test]
fn no_pattern_takes_long() {
    let pattern = Pattern::parse("(a*)*(a|a)*(a+a+)+b").unwrap();
    assert!(!pattern.matches(&"a".repeat(4096)));
}

const AT: Place = Place { file: "src/settings.rs", line: 1, column: 1 };

const fn field(key: &'static str, optional: bool, kind: Kind) -> Field {
    Field { key, label: "", help: "", optional, kind, translations: &[], at: AT }
}

#[derive(Debug, PartialEq)]
struct Lamp {
    on: bool,
    power: u8,
    title: String,
    token: Option<String>,
    colour: String,
    watts: Option<u16>,
}

impl Wizard for Lamp {
    const FORM: Form = Form {
        file: "lamp.toml",
        mode: None,
        pages: &[Page {
            title: "Lamp",
            translations: &[],
            at: AT,
            fields: &[
                field("on", false, Kind::Flag { default: true }),
                field("power", false, Kind::Number { min: 1, max: 100, default: Some(40) }),
                field(
                    "title",
                    false,
                    Kind::Text { min: 1, max: 8, pattern: Some("[A-Z].*"), secret: false, default: Some("Lamp") },
                ),
                field("token", true, Kind::Text { min: 4, max: 8, pattern: None, secret: true, default: None }),
                field(
                    "colour",
                    false,
                    Kind::Choice {
                        choices: &[
                            Choice { value: "red", label: "Red", translations: &[] },
                            Choice { value: "blue", label: "Blue", translations: &[] },
                            Choice { value: "white", label: "White", translations: &[] },
                        ],
                        default: Some("white"),
                    },
                ),
                field("watts", true, Kind::Number { min: 0, max: i64::MAX, default: None }),
            ],
        }],
    };

    fn from_answers(answers: &mut Answers) -> Self {
        Self {
            on: answers.take("on", || true),
            power: answers.take("power", || 40),
            title: answers.take("title", || "Lamp".to_owned()),
            token: answers.take_optional("token"),
            colour: answers.take("colour", || "white".to_owned()),
            watts: answers.take_optional("watts"),
        }
    }

    fn to_answers(&self) -> Vec<(&'static str, Option<Value>)> {
        vec![
            ("on", Some(self.on.write())),
            ("power", Some(self.power.write())),
            ("title", Some(self.title.write())),
            ("token", self.token.as_ref().map(Answer::write)),
            ("colour", Some(self.colour.write())),
            ("watts", self.watts.as_ref().map(Answer::write)),
        ]
    }
}

const ALL: &str = "on = false\npower = 1\ntitle = \"A\\\"\"\ntoken = \"sesame\"\ncolour = \"red\"\nwatts = 9\n";

fn said<W>(loaded: &Loaded<W>) -> String {
    loaded.problems.iter().flat_map(|problem| [problem.to_string(), "\n".to_owned()]).collect()
}

#[test]
fn a_right_file_gives_its_answers() {
    let loaded = Lamp::parse(ALL);
    assert_eq!(said(&loaded), "");
    let expected = Lamp {
        on: false,
        power: 1,
        title: "A\"".to_owned(),
        token: Some("sesame".to_owned()),
        colour: "red".to_owned(),
        watts: Some(9),
    };
    assert_eq!(loaded.value, expected);
    assert_eq!(expected.to_toml(), ALL);
    let windows = format!("\u{FEFF}# Made by hand\r\n\r\n{}", ALL.replace('\n', "\r\n"));
    assert_eq!(Lamp::parse(windows), Loaded { value: expected, problems: Vec::new(), missing: false });
}

#[test]
fn what_is_missing_is_the_default_and_for_what_may_be_missing_nothing() {
    let loaded = Lamp::parse("on = false");
    assert_eq!(loaded.value, Lamp { on: false, ..Lamp::defaults() });
    insta::assert_snapshot!(said(&loaded), @r#"
    lamp.toml: `power` is missing; 40 is used
    lamp.toml: `title` is missing; "Lamp" is used
    lamp.toml: `colour` is missing; "white" is used
    "#);
    assert!(loaded.strict().is_ok());
}

#[test]
fn what_is_wrong_costs_only_itself_and_is_told() {
    let loaded = Lamp::parse(
        b"on = yes\npower = 101\ntitle = 'lamp'\ntoken\ntoken = 'abc' \ncolour = \"green\"\nwatts = 70000\nWatts = 1\n\
          on = true\n# \xE4\ntitle = \"\nold = [1]\n[more]\non = 7",
    );
    assert_eq!(loaded.value, Lamp::defaults());
    insta::assert_snapshot!(said(&loaded), @r#"
    lamp.toml:1: `on` cannot be read, expected `true`, `false`, a whole number, or text in quotes; true is used
    lamp.toml:2: `power` is 101, expected a whole number from 1 to 100; 40 is used
    lamp.toml:3: `title` is "lamp", expected 1 to 8 characters in quotes that match `[A-Z].*`; "Lamp" is used
    lamp.toml:4: expected `key = value`
    lamp.toml:5: `token` is not what it can be, expected 4 to 8 characters in quotes; it counts as not set
    lamp.toml:6: `colour` is "green", expected "red", "blue" or "white"; "white" is used
    lamp.toml:7: `watts` is 70000, expected a whole number from 0; it counts as not set
    lamp.toml:8: `Watts` is no setting of this app
    lamp.toml:9: `on` is there twice, and only line 1 counts
    lamp.toml:10: expected UTF-8
    lamp.toml:11: `title` is there twice, and only line 3 counts
    lamp.toml:12: `old` is no setting of this app
    lamp.toml:13: this app's settings have no tables; what follows is not read
    "#);
    let strict = loaded.strict().unwrap_err();
    assert!(strict.0.iter().all(|problem| problem.kind != ProblemKind::Unknown), "{strict}");
}

#[test]
fn secrets_are_not_shown() {
    for line in [
        "token = 'sesame sesame'",
        "token = \"sesame",
        "token = sesame",
        "sesame",
        "token = 'a' sesame",
        "token = [\"sesame\"]",
        "token = \"\"\"\nsesame = 'sesame'\nsesame\"\"\" # sesame\n",
        "token = '''\nsesame",
    ] {
        let loaded = Lamp::parse(line);
        assert_eq!(loaded.value.token, None);
        assert!(!said(&loaded).contains("sesame") && loaded.problems[0].line == Some(1), "{}", said(&loaded));
    }
}

#[test]
fn expectations_are_told_in_words() {
    let text = |min, max, pattern| Kind::Text { min, max, pattern, secret: false, default: None };
    let number = |min, max| Kind::Number { min, max, default: None };
    let kinds = [
        number(i64::MIN, i64::MAX),
        number(0, i64::MAX),
        number(i64::MIN, 5),
        text(0, 9, None),
        text(4, 4, Some("\\d*")),
    ];
    let said = kinds.map(|kind| answers::Expected(&kind).to_string());
    insta::assert_snapshot!(said.join("\n"), @r"
    a whole number
    a whole number from 0
    a whole number up to 5
    at most 9 characters in quotes
    4 characters in quotes that match `\d*`
    ");
}

#[cfg(feature = "runtime")]
mod load {
    use std::path::Path;

    use super::*;
    use crate::runtime::Nas;

    fn nas(config: &Path) -> Nas {
        let config = config.as_os_str().to_owned();
        Nas::from_env(Path::new("/app/bin/lamp"), |name| (name == "NAS_CONFIG_DIR").then(|| config.clone()))
    }

    #[test]
    fn the_file_in_the_folder_for_settings_is_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lamp.toml"), format!("{ALL}power = 2\n")).unwrap();
        let loaded = Lamp::load(&nas(folder.path())).unwrap();
        assert_eq!(loaded.value.power, 1);
        let file = folder.path().join("lamp.toml");
        assert_eq!(said(&loaded), format!("{}:7: `power` is there twice, and only line 2 counts\n", file.display()));
    }

    #[test]
    fn no_file_is_the_defaults_and_one_that_cannot_be_read_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let loaded = Lamp::load(&nas(folder.path())).unwrap();
        assert_eq!(loaded, Loaded { value: Lamp::defaults(), problems: Vec::new(), missing: true });
        std::fs::create_dir(folder.path().join("lamp.toml")).unwrap();
        let error = Lamp::load(&nas(folder.path())).unwrap_err().to_string();
        assert!(error.starts_with("cannot read the settings in ") && error.contains("lamp.toml: "), "{error}");
    }
}

proptest::proptest! {
    /// Nothing that a file holds is too much for the reader.
    #[test]
    fn any_content_gives_settings(content in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = Lamp::parse(content);
    }

    #[test]
    fn any_lines_give_settings(content in "((on|power|title|token) ?= ?[-+_0-9\"'\\\\utef# ]{0,12}\r?\n?){0,6}") {
        let _ = Lamp::parse(content);
    }

    #[test]
    fn any_pattern_is_read_or_refused(pattern in "[ab(|)*+?{}0-9,\\[\\]^\\-\\\\dw.]{0,12}", text in "[ab0-9]{0,8}") {
        if let Ok(pattern) = Pattern::parse(&pattern) {
            pattern.matches(&text);
        }
    }

    #[test]
    fn what_is_written_is_read_again(
        on: bool, power in 1..=100_u8, title in "[A-Z][^\\p{Cc}]{0,7}", token in proptest::option::of("[^\\p{Cc}]{4,8}"),
        watts: Option<u16>,
    ) {
        let lamp = Lamp { on, power, title, token, colour: "blue".to_owned(), watts };
        let loaded = Lamp::parse(lamp.to_toml());
        proptest::prop_assert_eq!(said(&loaded), "");
        proptest::prop_assert_eq!(loaded.value, lamp);
    }
}
