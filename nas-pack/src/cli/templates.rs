use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use nas_pack::diagnostic::{Diagnostic, Failure, Findings, Level, Result};
use nas_pack::hooks::templates::{self, EXTENSION, Role, Template, Templates, VARIABLES};
use nas_pack::manifest::{Description, Workspace};
use nas_pack::model::VendorId;
use nas_pack::pipeline::{self, Options};
use nas_pack::progress::Reporter as _;
use serde_json::json;

use super::args::{Select, TemplatesCommand, TemplatesEject, TemplatesList, TemplatesShow};
use super::render::near;
use super::shell::Shell;
use super::{Exit, table};

/// Where templates are written to, beside the manifest, if it names no folder.
const FOLDER: &str = "nas/templates";

/// How many of a template's users are listed by name.
const USERS: usize = 3;

pub(crate) fn run(command: &TemplatesCommand, shell: &Shell) -> Result<Exit> {
    match command {
        TemplatesCommand::List(command) => list(command, shell),
        TemplatesCommand::Show(command) => show(command, shell).map(|()| Exit::Done),
        TemplatesCommand::Eject(command) => eject(command, shell).map(|()| Exit::Done),
    }
}

fn list(command: &TemplatesList, shell: &Shell) -> Result<Exit> {
    if command.variables {
        shell.print(&variables(command.json));
        return Ok(Exit::Done);
    }
    let findings = Findings::new();
    let mut replaced: Vec<(String, PathBuf)> = Vec::new();
    for app in apps(&command.select)? {
        for vendor in [None].into_iter().chain(VendorId::ALL.map(Some)) {
            for (name, source) in in_effect(&app, vendor, &findings).files() {
                let file = (name.clone(), source.path.clone());
                if !replaced.contains(&file) {
                    replaced.push(file);
                }
            }
        }
    }
    let files = |template: &Template| {
        replaced.iter().filter(|(name, _)| *name == template.name).map(|(_, path)| near(path)).collect::<Vec<_>>()
    };
    if command.json {
        let rows = templates::all().iter().map(|template| {
            let mut row = json!(template);
            row["overridden-by"] = json!(files(template));
            row
        });
        shell.print(&super::json(&rows.collect::<Vec<_>>()));
    } else {
        // Those of one vendor's events have the same names in another folder.
        let shown = |template: &&Template| {
            !matches!(template.role, Role::Event(_))
                || template.name.starts_with("common/")
                || !files(template).is_empty()
        };
        let rows = templates::all().iter().filter(shown).map(|template| {
            let files = files(template).join(", ");
            vec![template.name.clone(), template.role.to_string(), users(template), files]
        });
        shell.print(&table::render(&["TEMPLATE", "MAKES", "USED BY", "OVERRIDDEN BY"], &rows.collect::<Vec<_>>(), &[]));
        shell.print("\nthe steps of an event on one vendor's boxes: asustor/events/pre-start.sh\n");
    }
    let found = findings.into_all();
    found.iter().for_each(|found| shell.show(found));
    Ok(if found.iter().any(|found| found.level == Level::Error) { Exit::Failed } else { Exit::Done })
}

fn users(template: &Template) -> String {
    let mut text = template.used_by.iter().take(USERS).copied().collect::<Vec<_>>().join(", ");
    if let Some(more) = template.used_by.len().checked_sub(USERS).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn variables(as_json: bool) -> String {
    if as_json {
        return super::json(VARIABLES);
    }
    let rows = VARIABLES.iter().map(|variable| {
        let words = [variable.path, variable.kind.name(), variable.available.meaning(), variable.meaning];
        words.map(|word| word.replace('`', "")).to_vec()
    });
    table::render(&["VARIABLE", "KIND", "WHERE", "MEANING"], &rows.collect::<Vec<_>>(), &[])
}

fn show(command: &TemplatesShow, shell: &Shell) -> Result<()> {
    let template = find(&command.name)?;
    let app = one(&command.select)?;
    if command.rendered {
        let app = app.ok_or_else(|| {
            Diagnostic::error("there is no app to make a script for").help("name its manifest with --manifest-path")
        })?;
        shell.print(&rendered(template, &app, command.vendor)?);
        return Ok(());
    }
    let findings = Findings::new();
    let own = app.map(|app| in_effect(&app, command.vendor.or_else(|| vendor_of(template, None)), &findings));
    findings.finish()?;
    let text = own.as_ref().and_then(|own| own.files().get(&template.name)).map_or(template.text, |file| &file.text);
    shell.print(text);
    Ok(())
}

fn rendered(template: &Template, app: &Description, vendor: Option<VendorId>) -> Result<String> {
    let Role::Script(name) = template.role else {
        let found = Diagnostic::error(format!("`{}` makes no script by itself", template.name));
        let users = users(template);
        return Err(if users.is_empty() { found } else { found.help(format!("it is used by {users}")) }.into());
    };
    let Some(id) = vendor_of(template, vendor) else {
        return Err(Diagnostic::error(format!("`{}` is a template of another vendor", template.name)).into());
    };
    let scripts = pipeline::scripts(app, id, &Options::default())?;
    let script = scripts.into_iter().find(|script| script.name == name).map(|script| script.text);
    script.ok_or_else(|| {
        let found = Diagnostic::error(format!("`{name}` is filled in only where a package is made"));
        found.help("a package of an app with `settings` has it in `WIZARD_UIFILES`").into()
    })
}

/// The vendor that a template belongs to, or which of WD's two is meant.
fn vendor_of(template: &Template, wanted: Option<VendorId>) -> Option<VendorId> {
    let section = template.name.split('/').next().unwrap_or_default();
    let mut vendors = VendorId::ALL.into_iter().filter(|id| id.section() == section);
    vendors.find(|id| wanted.is_none_or(|wanted| wanted == *id))
}

fn eject(command: &TemplatesEject, shell: &Shell) -> Result<()> {
    let chosen = if command.all {
        templates::all().iter().filter(|template| !matches!(template.role, Role::Event(_))).collect()
    } else {
        command.names.iter().map(|name| find(name)).collect::<Result<Vec<_>>>()?
    };
    let app = one(&command.select)?;
    let named = app.as_ref().and_then(|app| app.templates(None)).map(|(folder, _)| folder);
    let folder = match (&command.to, &named, &app) {
        (Some(to), _, _) => to.clone(),
        (None, Some(named), _) => named.clone(),
        (None, None, Some(app)) => app.manifest_dir.join(FOLDER),
        (None, None, None) => {
            return Err(Diagnostic::error("there is no app here to write templates for")
                .help("name its manifest with --manifest-path, or a folder with --to")
                .into());
        }
    };
    let files: Vec<_> =
        chosen.iter().map(|template| (folder.join(format!("{}{EXTENSION}", template.name)), template.text)).collect();
    let taken = files.iter().filter(|(path, _)| !command.force && path.symlink_metadata().is_ok());
    let taken = taken.map(|(path, _)| {
        Diagnostic::error(format!("`{}` is there already", near(path)))
            .help("--force overwrites it; nothing was written")
    });
    if let Some(failure) = Failure::from_all(taken.collect()) {
        return Err(failure);
    }
    for (path, text) in &files {
        write(path, text, command.force).map_err(|error| Failure::io("write", path, &error))?;
        shell.status("Ejected", &near(path));
    }
    let is_named = |named: &PathBuf| fs::canonicalize(named).ok() == fs::canonicalize(&folder).ok();
    if !named.as_ref().is_some_and(is_named) {
        let folder = app.as_ref().and_then(|app| folder.strip_prefix(&app.manifest_dir).ok()).unwrap_or(&folder);
        let line = format!("templates = {:?}", folder.display().to_string());
        shell.print(&format!("to use them, add this to Cargo.toml:\n\n[package.metadata.nas]\n{line}\n"));
    }
    Ok(())
}

fn write(path: &Path, text: &str, overwrite: bool) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let mut options = File::options();
    if overwrite {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    options.write(true).open(path)?.write_all(text.as_bytes())
}

/// A template by its name, or by that of its file.
fn find(name: &str) -> Result<&'static Template> {
    let name = name.strip_suffix(EXTENSION).unwrap_or(name);
    templates::find(name).ok_or_else(|| templates::unknown(name).into())
}

/// The app's own templates. What is wrong with them goes to the findings.
fn in_effect(app: &Description, vendor: Option<VendorId>, findings: &Findings) -> Templates {
    app.templates(vendor)
        .map_or_else(Templates::default, |(folder, origin)| Templates::read(&folder, &origin, findings))
}

/// The apps here. The built-in templates are the same without any, so that only one that was named must be there.
fn apps(select: &Select) -> Result<Vec<Description>> {
    match Workspace::load(&select.selection()) {
        Ok(workspace) => Ok(workspace.apps),
        Err(failure) if select.is_given() => Err(failure),
        Err(_) => Ok(Vec::new()),
    }
}

fn one(select: &Select) -> Result<Option<Description>> {
    let mut apps = apps(select)?;
    if apps.len() > 1 {
        let names = apps.iter().map(|app| format!("`{}`", app.cargo_package)).collect::<Vec<_>>().join(", ");
        return Err(Diagnostic::error("there are several apps here")
            .note(format!("they are {names}"))
            .help("choose one with --package")
            .into());
    }
    Ok(apps.pop())
}
