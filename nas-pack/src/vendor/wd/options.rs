//! The keys of `[package.metadata.nas.wd]`, which both systems share.

use super::models::{Model, Os};
use super::rules;
use crate::archive::TreePath;
use crate::diagnostic::{Diagnostic, Findings, Rule};
use crate::layer::{Kind, Origin, Table, Value};
use crate::manifest::{Mismatch, Section, nearest};

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
    /// Packages without which the app cannot be enabled.
    pub(super) start_depends: Vec<String>,
    /// Packages beside which the app cannot be enabled.
    pub(super) start_conflicts: Vec<String>,
    /// Whether users do not see the app.
    pub(super) hidden: bool,
    /// Whether the dashboard tells users that a third party made the app.
    pub(super) third_party_notice: bool,
}

/// A firmware version such as `5.27.157`.
#[derive(Clone, Debug)]
struct Firmware {
    numbers: Vec<u16>,
    text: String,
}

impl Firmware {
    /// WD's documented grammar: one to six numbers of up to four digits.
    fn parse(text: &str) -> Option<Self> {
        let number = |part: &str| {
            let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if digits { part.parse().ok() } else { None }
        };
        let numbers: Vec<u16> = text.split('.').map(number).collect::<Option<_>>()?;
        (numbers.len() <= 6).then(|| Self { numbers, text: text.to_owned() })
    }

    /// OS3 ended with 2.x; the first OS5 betas were 3.x.
    fn os(&self) -> Os {
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
        let min = firmware(&section, "min-firmware", os);
        let max = firmware(&section, "max-firmware", os);
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
            index_page: section.read_at::<String>("index-page").filter(|(page, at)| is_plain(page, at, findings)),
            start_depends: section.list("start-depends").unwrap_or_default(),
            start_conflicts: section.list("start-conflicts").unwrap_or_default(),
            hidden: section.read("hidden").unwrap_or(false),
            third_party_notice: section.read("third-party-notice").unwrap_or(true),
        };
        section.finish();
        options
    }
}

/// A key with two values, of which the first is the default: whether the second was chosen.
fn choice(section: &Section<'_>, key: &'static str, [default, other]: [&str; 2]) -> bool {
    let Some(entry) = section.entry(key) else { return false };
    let expected = format!("`{default}` or `{other}`");
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

/// The values of a key that is a list or a single value.
fn items<'a>(section: &Section<'a>, key: &'static str) -> Option<&'a [Value]> {
    let value = &section.entry(key)?.value;
    Some(match &value.kind {
        Kind::List(list) => list,
        _ => std::slice::from_ref(value),
    })
}

/// The models that are named and that this system has; without the key, all that can run our binaries.
fn models(section: &Section<'_>, os: Os) -> Vec<&'static Model> {
    let Some(named) = items(section, "models") else {
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
fn firmware(section: &Section<'_>, key: &'static str, os: Os) -> Option<(Firmware, Origin)> {
    let mut ours: Option<(Firmware, Origin)> = None;
    for value in items(section, key)? {
        let Some(text) = section.value::<String>(key, value) else { continue };
        let wrong = |rule: &'static Rule, message: String| rule.found(message).at(&value.origin);
        match Firmware::parse(&text) {
            None => section.findings().push(
                wrong(&rules::WD011, format!("`{text}` is no firmware version"))
                    .label("expected one to six numbers of up to four digits, such as `5.27.157`"),
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

fn is_plain(page: &str, origin: &Origin, findings: &Findings) -> bool {
    let plain = TreePath::new(page).is_ok();
    if !plain {
        findings.push(
            rules::WD015
                .found(format!("`{page}` cannot be the index page"))
                .at(origin)
                .label("expected a path below `web/`, such as `index.html`"),
        );
    }
    plain
}
