//! The keys of `[package.metadata.nas.wd]`, which both systems share; what `wd.os5` and `wd.os3` say is laid over them before.

use super::fields;
use super::models::{Model, Os};
use super::rc::{LINE, read_line};
use super::rules;
use crate::archive::TreePath;
use crate::diagnostic::{Diagnostic, Findings, Rule};
use crate::layer::{Kind, Origin, Table};
use crate::manifest::{Mismatch, Port, Read as _, Section, nearest};
use crate::vendor::field::{Field, Ours};

/// What the section says, for one system.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// The version in WD's grammar, instead of the Cargo version.
    pub(super) version: Option<String>,
    /// The models to package for.
    pub(super) models: Vec<&'static Model>,
    /// The oldest firmware, or nothing.
    pub(super) min_firmware: String,
    /// The newest firmware, or nothing.
    pub(super) max_firmware: String,
    /// Whether the page opens inside the dashboard instead of a tab of its own.
    pub(super) embedded: bool,
    /// Whether only administrators see the app.
    pub(super) admin_only: bool,
    /// Whether the app is started after installation and at each boot without being switched on.
    pub(super) auto_start: bool,
    /// Whether the file is named as WD's packer does, with a date behind `.bin`.
    pub(super) date_suffix: bool,
    /// The author's own page, below `web/`.
    pub(super) index_page: Option<(String, Origin)>,
    /// The author's own picture, below `web/`.
    pub(super) web_icon: Option<(String, Origin)>,
    /// The port that the dashboard goes to for the page.
    pub(super) used_port: Option<(Port, Origin)>,
    /// Packages without which the app cannot be enabled.
    pub(super) start_depends: Vec<String>,
    /// Packages beside which the app cannot be enabled.
    pub(super) start_conflicts: Vec<String>,
    /// Whether users do not see the app.
    pub(super) hidden: bool,
    /// Whether the dashboard tells users that a third party made the app.
    pub(super) third_party_notice: bool,
    /// Lines of `apkg.rc` that are written as they are.
    pub(super) extra: Vec<(String, String)>,
    /// Elements of `apkg.xml` that are written as they are.
    pub(super) extra_xml: Vec<(String, String)>,
}

/// A firmware version such as `5.27.157`.
#[derive(Clone, Debug)]
pub(super) struct Firmware {
    pub(super) numbers: Vec<u16>,
    text: String,
}

impl Firmware {
    /// WD's documented grammar: one to six numbers of up to four digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = |part: &str| {
            let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if digits { part.parse().ok() } else { None }
        };
        let numbers: Vec<u16> = text.split('.').map(number).collect::<Option<_>>()?;
        (numbers.len() <= 6).then(|| Self { numbers, text: text.to_owned() })
    }

    /// OS3 ended with 2.x; the first OS5 betas were 3.x.
    pub(super) fn os(&self) -> Os {
        if self.numbers[0] < 3 { Os::Os3 } else { Os::Os5 }
    }
}

impl Options {
    /// Reads the section of a merged description.
    pub(super) fn read(layer: &Table, os: Os, findings: &Findings) -> Self {
        let none = Table::new();
        let table = match layer.get("wd").map(|value| &value.kind) {
            Some(Kind::Table(table)) => table,
            // That it must be a table is said where the whole description is read.
            _ => &none,
        };
        let section = Section::new(table, "wd", findings);
        let own = own_table(&section, os);
        let min = firmware(&section, own, "min-firmware", os);
        let max = firmware(&section, own, "max-firmware", os);
        if let (Some((min, _)), Some((max, at))) = (&min, &max)
            && min.numbers > max.numbers
        {
            findings.push(
                rules::WD013
                    .found(format!("no firmware is both at least {} and at most {}", min.text, max.text))
                    .at(at),
            );
        }
        let options = Self {
            version: section.read("version"),
            models: models(&section, os),
            // A package for OS3 is refused by OS5 and the other way round for its header; this says it in the dashboard too.
            min_firmware: min
                .map_or_else(|| if os == Os::Os5 { "5.00.000" } else { "" }.to_owned(), |(min, _)| min.text),
            max_firmware: max.map_or_else(String::new, |(max, _)| max.text),
            embedded: choice(&section, "center-type", ["own-tab", "embedded"]),
            admin_only: choice(&section, "user-control", ["everyone", "admin"]),
            auto_start: section.read("auto-start").unwrap_or(true),
            date_suffix: section.read("date-suffix").unwrap_or(false),
            index_page: web_file(&section, "index-page", "index.html"),
            web_icon: web_file(&section, "web-icon", "logo.svg"),
            used_port: section.read_at("used-port"),
            start_depends: section.list("start-depends").unwrap_or_default(),
            start_conflicts: section.list("start-conflicts").unwrap_or_default(),
            hidden: section.read("hidden").unwrap_or(false),
            third_party_notice: section.read("third-party-notice").unwrap_or(true),
            extra: extra(&section, "extra", no_line),
            extra_xml: extra(&section, "extra-xml", no_element),
        };
        section.finish();
        options
    }
}

/// What is said for this system alone.
fn own_table<'a>(section: &Section<'a>, os: Os) -> Option<&'a Table> {
    let mut own = None;
    for system in [Os::Os5, Os::Os3] {
        let Some(name) = system.vendor().subsection() else { continue };
        if let Some((inner, _)) = section.section(name)
            && system == os
        {
            own = Some(inner.table());
        }
    }
    own
}

/// A key with two values, of which the first is the default: whether the second was chosen.
fn choice(section: &Section<'_>, key: &'static str, [default, other]: [&str; 2]) -> bool {
    let expected = format!("`{default}` or `{other}`");
    let Some(entry) = section.entry_as(key, &expected) else { return false };
    match &entry.value.kind {
        Kind::Str(text) if text == other => return true,
        Kind::Str(text) if text == default => {}
        Kind::Str(text) => {
            section.mismatch(key, &entry.value, &expected, Mismatch::content(format!("unknown name `{text}`")));
        }
        _ => section.mismatch(key, &entry.value, &expected, Mismatch::Type),
    }
    false
}

/// The models that are named and that this system has; without the key, all that can run our binaries.
fn models(section: &Section<'_>, os: Os) -> Vec<&'static Model> {
    let Some(named) = section.items("models", String::EXPECTED) else {
        return os.models().iter().filter(|model| model.arch().is_some()).collect();
    };
    let (mut models, mut elsewhere) = (Vec::new(), 0);
    for value in named {
        let Some(name) = section.value::<String>("models", value) else { continue };
        let model = os.model(&name);
        match model {
            Some(model) if model.arch().is_none() => section.findings().push(
                rules::WD010
                    .found(format!("no package can be made for `{name}`"))
                    .at(&value.origin)
                    .note("it has an ARMv5TE processor, and our binaries need ARMv7 at least"),
            ),
            Some(model) if !models.contains(&model) => models.push(model),
            Some(_) => {}
            // The list is for both systems; that one of them does not have a model is no mistake.
            None if [Os::Os5, Os::Os3].into_iter().any(|other| other.model(&name).is_some()) => elsewhere += 1,
            None => section.findings().push(unknown_model(&name, &value.origin)),
        }
    }
    if elsewhere == named.len() {
        let origin = section.table().get("models").map_or(Origin::Default, |value| value.origin.clone());
        section.findings().push(
            rules::WD019
                .found(format!("no package is made for {}: none of its models is named", os.vendor()))
                .at(&origin)
                .help(format!("leave `{}` out of `vendors`, or name one of its models", os.vendor())),
        );
    }
    models
}

fn unknown_model(name: &str, origin: &Origin) -> Diagnostic {
    let found = rules::WD009.found(format!("`{name}` is no WD model")).at(origin);
    let both = || [Os::Os5, Os::Os3].into_iter().flat_map(Os::models);
    // People leave out or add the `WD` in front, since WD did both.
    let without = |name: &str| name.trim_start_matches("WD").to_lowercase();
    let same = both().map(|model| model.name).find(|model| without(model) == without(name));
    match same.or_else(|| nearest(name, both().map(|model| model.name))) {
        Some(near) => found.help(format!("a model with a similar name exists: `{near}`")),
        None => {
            let mut names: Vec<_> = both().map(|model| model.name).collect();
            names.sort_unstable();
            names.dedup();
            found.note(format!("the models are `{}`", names.join("`, `")))
        }
    }
}

/// The firmware version that is given for this system, by its number, and its place.
fn firmware(section: &Section<'_>, own: Option<&Table>, key: &'static str, os: Os) -> Option<(Firmware, Origin)> {
    let mut ours: Option<(Firmware, Origin)> = None;
    let for_this_alone = own.is_some_and(|own| own.get(key).is_some());
    for value in section.items(key, String::EXPECTED)? {
        let Some(text) = section.value::<String>(key, value) else { continue };
        let wrong = |rule: &'static Rule, message: String| rule.found(message).at(&value.origin);
        match Firmware::parse(&text) {
            None => section.findings().push(
                wrong(&rules::WD011, format!("`{text}` is no firmware version"))
                    .label("expected one to six numbers of up to four digits, such as `5.27.157`"),
            ),
            Some(version) if version.os() != os && for_this_alone => section.findings().push(
                wrong(&rules::WD025, format!("`{text}` is no firmware of {}", os.vendor()))
                    .help("OS3 has firmware below 3, OS5 from 3 on"),
            ),
            Some(version) if version.os() != os => {}
            Some(_) if ours.is_some() => section.findings().push(
                wrong(&rules::WD012, format!("`{}` has two versions for one system", section.full(key)))
                    .help("give at most one below 3 (for OS3) and one from 3 on (for OS5)"),
            ),
            Some(version) => ours = Some((version, value.origin.clone())),
        }
    }
    ours
}

/// A file that the package must have below `web/`.
fn web_file(section: &Section<'_>, key: &'static str, example: &str) -> Option<(String, Origin)> {
    let (path, origin) = section.read_at::<String>(key)?;
    if TreePath::new(path.as_str()).is_ok() {
        return Some((path, origin));
    }
    section.findings().push(
        rules::WD015
            .found(format!("`{path}` cannot be the value of `{}`", section.full(key)))
            .at(&origin)
            .label(format!("expected a path below `web/`, such as `{example}`")),
    );
    None
}

/// Why a name and its value cannot be written.
type Objection = fn(&str, &str) -> Option<String>;

/// A table whose keys are written as they are.
fn extra(section: &Section<'_>, key: &'static str, objection: Objection) -> Vec<(String, String)> {
    let Some((table, _)) = section.section(key) else { return Vec::new() };
    let mut extra = Vec::new();
    for (name, entry) in table.table().iter() {
        let text = match &entry.value.kind {
            Kind::Str(text) => text.clone(),
            Kind::Int(number) => number.to_string(),
            _ => {
                table.mismatch(name, &entry.value, "a string or a number", Mismatch::Type);
                continue;
            }
        };
        let full = table.full(name);
        table.findings().push(match objection(name, &text) {
            Some(reason) => rules::WD024.found(format!("`{full}` cannot be written: {reason}")).at(&entry.key),
            None => {
                extra.push((name.to_owned(), text));
                rules::WD023.found(format!("nothing checks `{full}`; it is written as it is")).at(&entry.key)
            }
        });
    }
    extra
}

/// Where a key of ours comes from.
fn written(table: &[Field], name: &str) -> Option<String> {
    let field = table.iter().find(|field| field.key == name)?;
    match field.ours {
        Ours::Key(key) => Some(format!("`{key}` says it")),
        Ours::Made(how) => Some(format!("nas-pack writes it: {how}")),
        Ours::Never(_) => None,
    }
}

/// Whether it has characters that are not in a line or an XML file.
pub(super) fn is_unprintable(text: &str) -> bool {
    text.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn no_line(name: &str, value: &str) -> Option<String> {
    let line = format!("{name}: {value}");
    let taken =
        || read_line(line.as_bytes()).map(|(key, _)| format!("WD's packer would take the line for `{}`", key.name()));
    let form = || {
        let wrong = !is_word(name) || is_unprintable(value) || line.len() >= LINE;
        wrong.then(|| format!("expected a word and a line of less than {LINE} bytes"))
    };
    written(fields::RC, name).or_else(form).or_else(taken)
}

fn no_element(name: &str, value: &str) -> Option<String> {
    let form = || {
        let wrong = !is_word(name) || name.to_ascii_lowercase().starts_with("xml") || is_unprintable(value);
        wrong.then(|| "expected an element's name and a line of text".to_owned())
    };
    written(fields::XML, name).or_else(form)
}
