//! The settings file as the scripts keep it, in every shell of this machine. What a machine lacks is not run here.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value as Json;
use tempfile::TempDir;

use super::{HookRequest, WizardPart, render, render_wizard};
use crate::layer::{Kind, Source, read_toml};
use crate::model::{App, SettingKind, VendorId};
use crate::vendor::{testing, vendor};

const LAMP: &str = r#"
[settings]
file = "lamp.toml"
mode = "0640"
[[settings.pages]]
title = "Light"
fields = [
    { key = "title", type = "text", label = "Title", help = "Above the page.", min = 1, max = 8, default = "Lamp" },
    { key = "count", type = "number", label = "How many", min = -5, max = 70000, default = 3 },
    { key = "size", type = "number", label = "Size", optional = true },
    { key = "note", type = "text", label = "Note", optional = true },
    { key = "on", type = "flag", label = "Switched on", default = true },
    { key = "theme", type = "choice", label = "Theme", choices = [{ value = "dark" }, { value = "light_blue" }], default = "dark" },
    { key = "token", type = "secret", label = "Token", optional = true, min = 4 },
]
"#;

const FRESH: &str = r#"# Title
# Above the page.
title = "Lamp"

# How many
# From -5 to 70000.
count = 3

# Switched on
on = true

# Theme
# One of "dark", "light_blue".
theme = "dark"
"#;

/// The shells of this machine, each with what it is called with.
fn shells() -> Vec<(PathBuf, &'static [&'static str])> {
    let find = |name: &str| {
        std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file())
    };
    let known: [(&str, &[&str]); 4] = [("busybox", &["sh"]), ("dash", &[]), ("bash", &["--posix"]), ("bash", &[])];
    known.into_iter().filter_map(|(name, args)| Some((find(name)?, args))).collect()
}

/// A folder for settings, and scripts that take it for that of the package.
struct Site {
    dir: TempDir,
}

impl Site {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        fs::create_dir(dir.path().join("etc")).unwrap();
        Self { dir }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("etc/lamp.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn write(&self, text: &str) {
        fs::write(self.file(), text).unwrap();
    }

    /// Runs a script, and gives what it said to the user.
    fn run(&self, script: &str, shell: &(PathBuf, &[&str]), answers: &[(&str, &str)]) -> String {
        let home = self.dir.path().display().to_string();
        let message = self.dir.path().join("message");
        fs::write(&message, "").unwrap();
        let path = self.dir.path().join("script");
        fs::write(&path, script.replace("/var/packages/$NAS_PACKAGE", &home)).unwrap();
        let mut command = Command::new(&shell.0);
        command.args(shell.1).arg(&path).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("SYNOPKG_PKGVAR", self.dir.path().join("var")).env("SYNOPKG_PKGTMP", self.dir.path().join("tmp"));
        command.env("SYNOPKG_TEMP_LOGFILE", &message).env("SYNOPKG_PKG_STATUS", "INSTALL");
        command.envs(answers.iter().copied()).current_dir(self.dir.path());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", shell.0.display());
        assert!(!self.dir.path().join("pwned").exists(), "a value was run");
        fs::read_to_string(&message).unwrap().replace(&home, "HOME")
    }
}

fn script(app: &App, name: &str) -> String {
    let lifecycle = vendor(VendorId::Synology).lifecycle();
    let scripts = render(&HookRequest { lifecycle, app, version: "1.2.3" }).unwrap();
    scripts.into_iter().find(|script| script.name == name).unwrap().text
}

/// What an installation makes of a file, and says of it, the same in every shell.
fn installed(more: &str, before: Option<&str>, answers: &[(&str, &str)]) -> (String, String) {
    let script = script(&testing::app(more), "postinst");
    let mut all: Vec<_> = shells()
        .iter()
        .map(|shell| {
            let place = Site::new();
            before.into_iter().for_each(|text| place.write(text));
            let said = place.run(&script, shell, answers);
            (place.text(), said)
        })
        .collect();
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
    all.pop().unwrap()
}

#[test]
fn a_fresh_file_has_the_defaults_and_says_what_they_are() {
    assert_eq!(installed(LAMP, None, &[]), (FRESH.to_owned(), String::new()));
}

#[test]
fn nothing_is_written_where_nothing_changes() {
    let app = testing::app(LAMP);
    for shell in shells() {
        let place = Site::new();
        place.run(&script(&app, "postinst"), &shell, &[]);
        let meta = fs::metadata(place.file()).unwrap();
        assert_eq!(meta.permissions().mode() & 0o7777, 0o640);
        let same =
            [("wizard_title", "Lamp"), ("wizard_on", "true"), ("wizard_theme__dark", "true"), ("wizard_size", "")];
        place.run(&script(&app, "postinst"), &shell, &same);
        let again = fs::metadata(place.file()).unwrap();
        assert_eq!((again.ino(), again.mtime_nsec()), (meta.ino(), meta.mtime_nsec()));
        assert_eq!(fs::read_dir(place.dir.path().join("etc")).unwrap().count(), 1);
    }
}

#[test]
fn what_people_wrote_stays_and_what_is_new_is_added() {
    let mine = "# mine\n  title = 'My lamp' # dear\nold = [1, 2] # of an older version\n\n# of the table\n[more]\ncount = 7\nlist = [\n  1,\n]";
    let (text, said) = installed(LAMP, Some(mine), &[]);
    assert_eq!(said, "");
    insta::assert_snapshot!(text, @r#"
    # mine
      title = 'My lamp' # dear
    old = [1, 2] # of an older version

    # How many
    # From -5 to 70000.
    count = 3

    # Switched on
    on = true

    # Theme
    # One of "dark", "light_blue".
    theme = "dark"

    # of the table
    [more]
    count = 7
    list = [
      1,
    ]
    "#);
    let (again, _) = installed(LAMP, Some(&text), &[]);
    assert_eq!(again, text);
}

#[test]
fn line_ends_and_a_byte_order_mark_stay() {
    let (text, _) = installed(
        LAMP,
        Some("\u{feff}title = \"x\"\r\n# y\r\ncount = 4\r\n"),
        &[("wizard_title", "z"), ("wizard_count", "5")],
    );
    assert!(
        text.starts_with("\u{feff}title = \"z\"\r\n# y\r\ncount = 5\r\n\r\n# Switched on\r\non = true\r\n"),
        "{text:?}"
    );
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(keys(&text.replace('\u{feff}', "")).len() == 4, "{text:?}");
}

#[test]
fn a_file_that_is_written_in_another_way_stays() {
    for text in ["title = \"\"\"\nmy\ncount = 9\n\"\"\"\n", "list = [\n[1],\n]\n", "title\n"] {
        let (after, said) = installed(LAMP, Some(text), &[("wizard_count", "5")]);
        assert_eq!(after, text);
        assert!(said.contains("has more than one line for a setting, so it stays as it is"), "{said}");
    }
    let app = testing::app(LAMP);
    for shell in shells() {
        let place = Site::new();
        fs::write(place.dir.path().join("theirs"), "a = 1\n").unwrap();
        std::os::unix::fs::symlink("../theirs", place.file()).unwrap();
        place.run(&script(&app, "postinst"), &shell, &[]);
        assert_eq!(place.text(), "a = 1\n");
        assert!(place.file().is_symlink());
    }
}

#[test]
fn answers_take_the_places_of_what_is_there() {
    let answers = [
        ("wizard_title", "a\\b\"c"),
        ("wizard_count", "-0005"),
        ("wizard_size", "9000000000000000000"),
        ("wizard_note", "ü $HOME `x`"),
        ("wizard_on", "false"),
        ("wizard_theme__dark", "false"),
        ("wizard_theme__light_blue", "true"),
        ("wizard_token", "hush hush"),
    ];
    let (text, said) = installed(LAMP, Some("note = \"old\"\ncount = 3 # three\n\"on\" = true\n"), &answers);
    assert_eq!(said, "");
    insta::assert_snapshot!(text, @r#"
    note = "ü $HOME `x`"
    count = -5
    on = false

    # Title
    # Above the page.
    title = "a\\b\"c"

    # Size
    size = 9000000000000000000

    # Theme
    # One of "dark", "light_blue".
    theme = "light_blue"

    # Token
    token = "hush hush"
    "#);
    let empty = [("wizard_note", ""), ("wizard_size", ""), ("wizard_token", "")];
    let (text, _) = installed(LAMP, Some(&text), &empty);
    let left = keys(&text);
    assert!(!left.contains(&"note".to_owned()) && !left.contains(&"size".to_owned()), "{text}");
    assert!(text.contains("token = \"hush hush\""), "{text}");
}

#[test]
fn answers_that_cannot_be_change_nothing() {
    for (name, answer) in [
        ("wizard_title", ""),
        ("wizard_title", "ninechars"),
        ("wizard_title", "two\nlines"),
        ("wizard_count", ""),
        ("wizard_count", "-"),
        ("wizard_count", "1.5"),
        ("wizard_count", "0x10"),
        ("wizard_count", "70001"),
        ("wizard_count", "-6"),
        ("wizard_count", "1; touch pwned"),
        ("wizard_count", "a[$(touch pwned)]"),
        ("wizard_size", "9223372036854775808"),
        ("wizard_token", "abc"),
    ] {
        let (text, said) = installed(LAMP, None, &[(name, answer)]);
        assert_eq!(text, FRESH, "{name} {answer}");
        assert!(said.contains("so this setting stays as it was"), "{name} {answer}: {said}");
        assert!(name != "wizard_token" || !said.contains("abc"));
    }
    // What is no answer at all is passed over.
    assert_eq!(
        installed(LAMP, None, &[("wizard_on", "yes"), ("wizard_theme__x", "true")]),
        (FRESH.to_owned(), String::new())
    );
    // Eight characters of two bytes each.
    assert!(installed(LAMP, None, &[("wizard_title", "üüüüüüüü")]).0.contains("\"üüüüüüüü\""));
}

fn keys(text: &str) -> Vec<String> {
    let table = read_toml(&Arc::new(Source { path: "lamp.toml".into(), text: text.to_owned() })).unwrap();
    table.iter().map(|(key, _)| key.to_owned()).collect()
}

/// What shells, printf, patterns, TOML and the templates themselves could take for something else than text.
const PIECES: [&str; 34] = [
    "'",
    "\"",
    "'\\''",
    "`touch pwned`",
    "$(touch pwned)",
    "${HOME}",
    "$1",
    "*",
    "?",
    "[a]",
    "]",
    "  ",
    "-n",
    ";",
    "&",
    "|",
    ">x",
    "#",
    "!",
    "~",
    "\\",
    "\\n",
    "%s",
    "=",
    "(",
    ")",
    "{{package}}",
    "}",
    "ü",
    "日本",
    "😀",
    "\"\"\"",
    "\\U",
    "TEXT",
];

/// Every default arrives in the file, and every answer, whatever is in them; the wizard of the next upgrade shows them.
#[test]
fn values_stay_values() {
    let piece = proptest::sample::select(&PIECES[..]);
    let value = proptest::collection::vec(piece, 1..9).prop_map(|pieces| pieces.concat());
    let cases = proptest::collection::vec((value.clone(), value.clone(), value), 24);
    let shells = shells();
    for (number, (default, answer, label)) in
        cases.new_tree(&mut TestRunner::deterministic()).unwrap().current().into_iter().enumerate()
    {
        let mut app = testing::app(LAMP);
        let field = &mut app.settings.as_mut().unwrap().pages[0].fields[3];
        field.label = format!("{label}\n{label}");
        field.help = Some(label);
        field.kind =
            SettingKind::Text { min: 0, max: 255, pattern: None, secret: false, default: Some(default.clone()) };
        let shell = &shells[number % shells.len()];
        let place = Site::new();
        let note = || {
            let table = read_toml(&Arc::new(Source { path: "lamp.toml".into(), text: place.text() })).unwrap();
            let Kind::Str(note) = &table.get("note").unwrap().kind else { panic!() };
            note.clone()
        };
        place.run(&script(&app, "postinst"), shell, &[]);
        assert_eq!(note(), default);
        place.run(&script(&app, "postinst"), shell, &[("wizard_note", &answer)]);
        assert_eq!(note(), answer, "{}", shell.0.display());
        assert_eq!(keys(&place.text()).len(), 5);
        assert_eq!(fs::read_dir(place.dir.path()).unwrap().count(), 5, "etc, var, tmp, script, message");
        assert_eq!(presets(&place.run(&wizard_of(&app), shell, &[])), [("wizard_note".to_owned(), answer.into())]);
    }
}

/// The wizard of an upgrade, as a package of the sample has it.
fn wizard(more: &str, file: &str) -> String {
    let (spk, said) = testing::check(vendor(VendorId::Synology), more);
    let spk = spk.unwrap_or_else(|| panic!("{said}"));
    testing::text(&testing::layout(vendor(VendorId::Synology), &*spk, 0).tree, file)
}

/// What the questions are preset to, by the names of their variables.
fn presets(shown: &str) -> Vec<(String, Json)> {
    let steps: Json = serde_json::from_str(shown).unwrap_or_else(|error| panic!("{error}: {shown}"));
    let items = steps.as_array().unwrap().iter().flat_map(|step| step["items"].as_array().unwrap());
    let subitems = items.flat_map(|item| item["subitems"].as_array().into_iter().flatten());
    subitems.map(|sub| (sub["key"].as_str().unwrap().to_owned(), sub["defaultValue"].clone())).collect()
}

const ASK: &str = "WIZARD_UIFILES/upgrade_uifile.sh";

/// What the wizard of an upgrade shows in a place with this settings file, the same in every shell.
fn shown(script: &str, file: Option<&str>) -> String {
    let mut all: Vec<_> = shells()
        .iter()
        .map(|shell| {
            let place = Site::new();
            file.into_iter().for_each(|text| place.write(text));
            place.run(script, shell, &[])
        })
        .collect();
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
    all.pop().unwrap()
}

#[test]
fn an_upgrade_asks_with_what_is_set() {
    let script = wizard(LAMP, ASK);
    let asked = |file| {
        presets(&shown(&script, file))
            .into_iter()
            .map(|(key, value)| format!("{key} {value}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let defaults = "wizard_title \"Lamp\"\nwizard_count \"3\"\nwizard_size \"\"\nwizard_note \"\"\nwizard_on true\n\
                    wizard_theme__dark true\nwizard_theme__light_blue false\nwizard_token null";
    assert_eq!(asked(None), defaults);
    assert_eq!(asked(Some(FRESH)), defaults);
    let file = "\u{feff}title = 'My $HOME' # mine\r\ncount=-4# less\r\n\"note\" = \"a \\\"b\\\" \\\\U # \\u00fc\" # x\r\non = false\r\n\
                theme = \"light_blue\"\r\ntoken = \"hush\"\r\nold = [1]\r\n[more]\r\nsize = 5\r\n";
    insta::assert_snapshot!(asked(Some(file)), @r#"
    wizard_title "My $HOME"
    wizard_count "-4"
    wizard_size ""
    wizard_note "a \"b\" \\U # ü"
    wizard_on false
    wizard_theme__dark false
    wizard_theme__light_blue true
    wizard_token null
    "#);
    assert!(!shown(&script, Some(file)).contains("hush"));
    // A choice that there is no longer.
    assert!(asked(Some("theme = \"red\"\n")).contains("wizard_theme__dark true"));
}

/// Presets that are not what is set would become it at a click on Next.
#[test]
fn an_upgrade_asks_nothing_where_it_cannot_tell_what_is_set() {
    let script = wizard(LAMP, ASK);
    for file in [
        "title = \"\"\"\nx\"\"\"\n",
        "title = \"\\U0001F600\"\n",
        "title = \"open\n",
        "title = x\n",
        "title = \"a\" \"b\"\n",
        "count = 0x10\n",
        "count = 1.5\n",
        "on = yes\n",
        "title = '\"'\n",
        "{}\n",
    ] {
        assert_eq!(shown(&script, Some(file)), "[]\n", "{file}");
    }
    // The author's own questions are asked all the same.
    let own = format!(
        "{LAMP}\n[[synology.wizard.upgrade]]\nstep-title = {{ en = \"More\", de = \"Mehr\" }}\nitems = [{{ desc = \"Read this.\" }}]\n"
    );
    let asked = |file: &str, settings| {
        let steps: Json = serde_json::from_str(&shown(&wizard(&own, file), settings)).unwrap();
        steps.as_array().unwrap().iter().map(|step| step["step_title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(asked(ASK, Some("on = yes\n")), ["More"]);
    assert_eq!(asked(ASK, None), ["Light", "More"]);
    assert_eq!(asked("WIZARD_UIFILES/upgrade_uifile_ger.sh", None), ["Light", "Mehr"]);
}

/// A wizard that asks for the note alone.
fn wizard_of(app: &App) -> String {
    let lifecycle = vendor(VendorId::Synology).lifecycle();
    let before = r#"[{"items":[{"subitems":[{"key":"wizard_note","defaultValue":"#.to_owned();
    let note = WizardPart { text: before, kind: "text", key: "note".to_owned(), ..WizardPart::default() };
    let end = WizardPart { text: "}]}]}]".to_owned(), ..WizardPart::default() };
    render_wizard(&HookRequest { lifecycle, app, version: "1.2.3" }, &[note, end], "[]").unwrap()
}

#[test]
fn shellcheck_accepts_the_wizard() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), wizard(LAMP, ASK)).unwrap();
    let output = Command::new("shellcheck").args(["-s", "sh", "--norc", "-f", "gcc"]).arg(file.path()).output();
    // Where there is none, the end-to-end tests have one.
    if let Ok(output) = output {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
