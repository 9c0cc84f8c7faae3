//! The templates that scripts are made from: those built in, and those that an author puts in their places.
//!
//! An author's folder holds files that are called like the built-in templates, `common/launch.sh.hbs`: each replaces the one of that
//! name. Beside them there is one for each event, `common/events/pre-start.sh.hbs`, or for one vendor,
//! `asustor/events/pre-start.sh.hbs`: what it makes runs in place of the event's steps.

mod check;
mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use handlebars::{Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason};
use serde::Serialize;
use walkdir::WalkDir;

use super::Event;
use super::text::shell_quote;
use crate::diagnostic::{Diagnostic, Failure, Findings, Result, io_reason};
use crate::layer::{Origin, Source};
use crate::lint::files::is_junk;
use crate::manifest::nearest;
use crate::model::VendorId;
use crate::vendor::vendor;

pub(crate) use variables::function;
pub use variables::{Available, Kind, VARIABLES, Variable};

/// How files with templates end.
pub const EXTENSION: &str = ".hbs";

/// Under this prefix a template can include the built-in partial that it replaces.
pub const BUILT_IN_PREFIX: &str = "built-in/";

/// The largest template of an author's that is read, in bytes.
const LARGEST: u64 = 1 << 16;

/// How many files that are no templates are told of.
const MOST_WRONG: usize = 20;

/// A template that there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Template {
    /// Its name: its path without `.hbs`.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The built-in templates that include it.
    pub used_by: Vec<&'static str>,
    /// What is built in.
    #[serde(skip)]
    pub text: &'static str,
}

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It makes a script of this name.
    Script(&'static str),
    /// Others include it.
    Partial,
    /// It makes what runs at an event.
    Event(Event),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Script(name) => f.pad(name),
            Self::Partial => f.pad("partial"),
            Self::Event(_) => f.pad("steps of an event"),
        }
    }
}

macro_rules! embedded {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../templates/", $name, ".hbs")))),*]
    };
}

/// The built-in templates. A script's template is named `VENDOR/SCRIPT`; the others are partials.
const BUILT_IN: &[(&str, &str)] = embedded![
    "common/actions.sh"
    "common/as-user.sh"
    "common/boot.sh"
    "common/events.sh"
    "common/export.sh"
    "common/folders.sh"
    "common/launch.sh"
    "common/nap.sh"
    "common/no-service.sh"
    "common/note.sh"
    "common/root-messages.sh"
    "common/running.sh"
    "common/service.sh"
    "common/setting-line.sh"
    "common/settings.sh"
    "common/start.sh"
    "common/status.sh"
    "common/stop.sh"
    "common/user.sh"
    "common/variables.sh"
    "asustor/env.sh"
    "asustor/keep.sh"
    "asustor/keep-data.sh"
    "asustor/restore-data.sh"
    "asustor/pre-install.sh"
    "asustor/post-install.sh"
    "asustor/pre-uninstall.sh"
    "asustor/post-uninstall.sh"
    "asustor/start-stop.sh"
    "asustor/pre-snapshot-restore.sh"
    "asustor/post-snapshot-restore.sh"
    "synology/env.sh"
    "synology/volume.sh"
    "synology/port-file.sh"
    "synology/messages.sh"
    "synology/answers.sh"
    "synology/upgrade-wizard.sh"
    "synology/preinst"
    "synology/postinst"
    "synology/preuninst"
    "synology/postuninst"
    "synology/preupgrade"
    "synology/postupgrade"
    "synology/start-stop-status"
    "wd/app.sh"
    "wd/env.sh"
    "wd/preinst.sh"
    "wd/install.sh"
    "wd/init.sh"
    "wd/start.sh"
    "wd/stop.sh"
    "wd/service.sh"
    "wd/clean.sh"
    "wd/remove.sh"
];

/// The template of what only packages with settings have, and the script that it makes.
pub(super) const UPGRADE_WIZARD: (&str, &str) = ("synology/upgrade-wizard.sh", "upgrade_uifile.sh");

/// What an event's template is when it is written out to be edited: the steps of the manifest, as without it.
const EVENT: &str =
    "{{! These lines run in place of the steps that the manifest has for the event, which are: }}\n{{{steps}}}\n";

/// Every template, the built-in ones first.
pub fn all() -> &'static [Template] {
    static ALL: LazyLock<Vec<Template>> = LazyLock::new(|| {
        let scripts: BTreeMap<_, _> = VendorId::ALL
            .iter()
            .flat_map(|&id| vendor(id).lifecycle().scripts)
            .map(|script| (script.template, script.name))
            .chain([UPGRADE_WIZARD])
            .collect();
        let includes: Vec<_> = BUILT_IN.iter().map(|&(name, _)| (name, included(&BUILT_IN_REGISTRY, name))).collect();
        let built_in = BUILT_IN.iter().map(|&(name, text)| Template {
            name: name.to_owned(),
            role: scripts.get(name).map_or(Role::Partial, |script| Role::Script(script)),
            used_by: includes.iter().filter(|(_, of)| of.iter().any(|of| of == name)).map(|&(by, _)| by).collect(),
            text,
        });
        let sections = ["common", "asustor", "synology", "wd"];
        let events = sections.iter().flat_map(|section| Event::ALL.map(|event| (*section, event)));
        let events = events.filter(|&(section, event)| hosts(section, event)).map(|(section, event)| Template {
            name: event_name(section, event),
            role: Role::Event(event),
            used_by: Vec::new(),
            text: EVENT,
        });
        built_in.chain(events).collect()
    });
    &ALL
}

/// The template of that name.
pub fn find(name: &str) -> Option<&'static Template> {
    all().iter().find(|template| template.name == name)
}

/// That there is no such template, with the nearest name.
pub fn unknown(name: &str) -> Diagnostic {
    let found = Diagnostic::error(format!("there is no template `{name}`"));
    let found = match nearest(name, all().iter().map(|template| template.name.as_str())) {
        Some(near) => found.help(format!("a template with a similar name exists: `{near}`")),
        None => found,
    };
    found.help(LIST)
}

const LIST: &str = "`cargo nas templates list` shows the templates";

/// Whether a folder of templates has an event: one of a vendor, if that vendor has it.
fn hosts(section: &str, event: Event) -> bool {
    let mut vendors = VendorId::ALL.into_iter().filter(|id| section == "common" || id.section() == section);
    vendors.any(|id| vendor(id).lifecycles().iter().any(|lifecycle| lifecycle.hosts(event).next().is_some()))
}

fn event_name(section: &str, event: Event) -> String {
    format!("{section}/events/{event}.sh")
}

/// The templates in effect for an app: those built in, and above them its author's.
#[derive(Clone, Default)]
pub struct Templates {
    folder: Option<PathBuf>,
    files: BTreeMap<String, Arc<Source>>,
    /// None while all of them are built in, or something is wrong with the author's.
    registry: Option<Arc<Handlebars<'static>>>,
}

impl PartialEq for Templates {
    fn eq(&self, other: &Self) -> bool {
        (&self.folder, &self.files) == (&other.folder, &other.files)
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates")
            .field("folder", &self.folder)
            .field("files", &self.files.keys())
            .finish_non_exhaustive()
    }
}

impl Serialize for Templates {
    /// The author's folder, if there is one.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.folder.serialize(serializer)
    }
}

impl Templates {
    /// Reads an author's folder, which `origin` names. What is wrong with it goes to the findings.
    pub fn read(folder: &Path, origin: &Origin, findings: &Findings) -> Self {
        if !folder.is_dir() {
            let found = Diagnostic::error("the folder of `templates` is not there").at(origin);
            findings.push(
                found
                    .label(format!("looked for `{}`", folder.display()))
                    .help("`cargo nas templates eject` makes it, with the templates that you name"),
            );
            return Self::default();
        }
        let found = Findings::like(findings);
        let files = read_files(folder, origin, &found);
        let mut registry = BUILT_IN_REGISTRY.clone();
        for (name, source) in &files {
            let broken = check::nesting(source).or_else(|| {
                let registered = registry.register_template_string(name, source.text.as_str());
                registered.err().map(|error| check::syntax(&error, source))
            });
            match (broken, registry.get_template(name), find(name)) {
                (Some(broken), _, _) => found.push(broken),
                (None, Some(parsed), Some(known)) => check::template(parsed, known.role, source, &found),
                _ => {}
            }
        }
        for (name, source) in &files {
            check::circles(name, source, &registry, &found);
        }
        // Where something is wrong nothing is packed; what else there is to find is found with the built-in templates.
        let registry = (!found.has_errors()).then(|| Arc::new(registry));
        findings.absorb(found.into_all());
        Self { folder: Some(folder.to_owned()), files, registry }
    }

    /// The author's folder.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The author's templates, by their names.
    pub fn files(&self) -> &BTreeMap<String, Arc<Source>> {
        &self.files
    }

    /// The name of the author's template for an event on a vendor's boxes. That of the vendor goes before that of all.
    pub(super) fn event(&self, id: VendorId, event: Event) -> Option<String> {
        let names = [id.section(), "common"].map(|section| event_name(section, event));
        self.registry.as_ref()?;
        names.into_iter().find(|name| self.files.contains_key(name))
    }

    /// Fills a template in.
    ///
    /// # Errors
    ///
    /// A variable of the template has no value for this app and vendor.
    pub(super) fn fill(&self, name: &str, data: &serde_json::Value) -> Result<String> {
        let registry = self.registry.as_deref().unwrap_or(&BUILT_IN_REGISTRY);
        registry.render(name, data).map_err(|error| {
            let source = error.template_name.as_deref().and_then(|name| self.files.get(name));
            check::render(&error, name, source).into()
        })
    }
}

/// Every template of a folder by its name. After a few files that are none, the folder is another than was meant.
fn read_files(folder: &Path, origin: &Origin, findings: &Findings) -> BTreeMap<String, Arc<Source>> {
    let mut files = BTreeMap::new();
    let mut wrong = 0;
    for entry in WalkDir::new(folder).follow_links(true).min_depth(1).sort_by_file_name() {
        let read = entry.map_err(|error| {
            let reason = error.io_error().map_or_else(|| error.to_string(), io_reason);
            Diagnostic::error(format!("the templates cannot be read: {reason}")).at(origin).into()
        });
        let read = read.and_then(|entry| {
            let junk = entry.file_name().to_str().is_some_and(is_junk);
            if entry.file_type().is_dir() || junk { Ok(None) } else { read_file(entry.path(), folder).map(Some) }
        });
        match read {
            Ok(file) => files.extend(file),
            Err(failure) => {
                findings.fail(failure);
                wrong += 1;
                if wrong == MOST_WRONG {
                    break;
                }
            }
        }
    }
    files
}

/// A template's name and text, with LF at line ends.
fn read_file(path: &Path, folder: &Path) -> Result<(String, Arc<Source>)> {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let file = below.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let name = file.strip_suffix(EXTENSION).unwrap_or(&file);
    if name == file || find(name).is_none() {
        let found = Diagnostic::error(format!("there is no template `{name}` to replace")).in_file(path);
        let files = all().iter().map(|template| format!("{}{EXTENSION}", template.name)).collect::<Vec<_>>();
        return Err(match nearest(&file, files.iter().map(String::as_str)) {
            Some(near) => found.help(format!("a template with a similar file name exists: `{near}`")).help(LIST),
            None => found.label("expected files that are called as the built-in ones").help(LIST),
        }
        .into());
    }
    let wrong = |reason: &str| {
        Failure::from(Diagnostic::error(format!("the template `{name}` cannot be used: {reason}")).in_file(path))
    };
    let meta = fs::metadata(path).map_err(|error| wrong(&io_reason(&error)))?;
    if !meta.is_file() {
        return Err(wrong("it is not a file"));
    }
    if meta.len() > LARGEST {
        return Err(wrong(&format!("it has {} bytes, and {LARGEST} are allowed", meta.len())));
    }
    let bytes = fs::read(path).map_err(|error| wrong(&io_reason(&error)))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
    if text.contains('\0') {
        return Err(wrong("it contains NUL"));
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    Ok((name.to_owned(), Arc::new(Source { path: path.to_owned(), text })))
}

/// The built-in templates, parsed once: every vendor and arch of a run uses them.
static BUILT_IN_REGISTRY: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(shell_quote);
    registry.register_helper("quote", Box::new(quote));
    for (name, text) in BUILT_IN {
        for name in [(*name).to_owned(), format!("{BUILT_IN_PREFIX}{name}")] {
            let parsed = registry.register_template_string(&name, text.replace("\r\n", "\n"));
            parsed.expect("the built-in templates are part of this program, and tested");
        }
    }
    registry
});

/// The partials that a template names.
fn included(registry: &Handlebars<'_>, name: &str) -> Vec<String> {
    registry.get_template(name).map(check::includes).unwrap_or_default().into_iter().map(|(name, _)| name).collect()
}

/// `{{quote VALUE}}`: a value as a word that is always in quotes, for assignments. Bare, shellcheck takes `NAME=find` for a
/// forgotten `$(…)`.
fn quote(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &handlebars::Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper.param(0).and_then(|value| value.value().as_str());
    let value = value.ok_or(RenderErrorReason::ParamNotFoundForIndex("quote", 0))?;
    out.write(&format!("'{}'", value.replace('\'', r"'\''")))?;
    Ok(())
}

#[cfg(test)]
mod tests;
