//! What every package of one arch carries: the built binaries and the assets, as a tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use crate::archive::{Content, Entry, EntryKind, Tree, TreeError};
use crate::diagnostic::{Diagnostic, Failure, Findings, Result, io_reason, place_of};
use crate::layer::{Kind, Origin, Table};
use crate::lint::files::is_junk;
use crate::model::{App, Arch, Asset, AssetSource, Mode, VendorId};
use crate::vendor::{Payload, vendor};

/// Gathers an app's assets for a vendor. What is wrong goes to the findings; `None` if something is missing.
pub(crate) fn assets(id: VendorId, app: &App, merged: &Table, findings: &Findings) -> Option<Tree> {
    let mut tree = Tree::new();
    let mut complete = true;
    for (index, asset) in app.assets.iter().enumerate() {
        let place = |key| asset_origin(merged, index, key);
        if let Err(failure) = add_asset(&mut tree, asset, &place("source"), &place("dest")) {
            findings.absorb(failure.into_diagnostics());
            complete = false;
        }
        let top = asset.dest.split('/').next().unwrap_or_default();
        if vendor(id).lifecycles().iter().any(|lifecycle| lifecycle.reserved.contains(&top)) {
            // Both of WD's systems would say the same.
            let whose = id.section();
            let taken = Diagnostic::error(format!("an asset cannot be placed at `{}` for {whose}", asset.dest));
            let label = format!("the generated scripts use `{top}` in the app's folder themselves");
            findings.push(taken.at(&place("dest")).label(label).help("choose another `dest`"));
            complete = false;
        }
    }
    complete.then_some(tree)
}

/// Adds the binaries of one arch to the assets.
pub(crate) fn with_binaries(
    assets: &Tree,
    app: &App,
    arch: Option<Arch>,
    binaries: &BTreeMap<String, PathBuf>,
    findings: &Findings,
) -> Option<Payload> {
    let mut tree = assets.clone();
    let mut complete = true;
    for name in &app.binaries {
        let entry = match binaries.get(name) {
            Some(path) => Entry::on_disk(path, 0o755)
                .map_err(|error| format!("cannot read `{}`: {}", path.display(), io_reason(&error))),
            None => Err(match arch {
                Some(arch) => format!("cargo built no binary `{name}` for {arch}"),
                None => format!("cargo built no binary `{name}`"),
            }),
        };
        let placed =
            entry.and_then(|entry| tree.insert(&format!("bin/{name}"), entry).map_err(|error| error.to_string()));
        if let Err(message) = placed {
            findings.push(Diagnostic::error(message).help("check the binary's `required-features` in Cargo.toml"));
            complete = false;
        }
    }
    complete.then_some(Payload { arch, tree })
}

/// Where the asset was described that a file of the payload comes from.
pub(crate) fn origin_of(path: &str, app: &App, merged: &Table) -> Origin {
    let holds = |asset: &Asset| {
        let dest = asset.dest.trim_end_matches('/');
        let below = if dest.is_empty() { Some(path) } else { path.strip_prefix(dest) };
        below.is_some_and(|below| below.is_empty() || dest.is_empty() || below.starts_with('/'))
    };
    let asset =
        app.assets.iter().enumerate().filter(|(_, asset)| holds(asset)).max_by_key(|(_, asset)| asset.dest.len());
    asset.map_or_else(|| place_of(merged, "assets"), |(index, _)| asset_origin(merged, index, "source"))
}

/// Where a key of an asset was written, or the asset itself.
fn asset_origin(merged: &Table, index: usize, key: &str) -> Origin {
    let item = match merged.get("assets").map(|value| (&value.kind, value)) {
        Some((Kind::List(items), _)) => items.get(index),
        other => other.map(|(_, value)| value),
    };
    match item.map(|item| (&item.kind, item)) {
        Some((Kind::Table(table), item)) => table.get(key).unwrap_or(item).origin.clone(),
        Some((_, item)) => item.origin.clone(),
        None => place_of(merged, "assets"),
    }
}

fn add_asset(tree: &mut Tree, asset: &Asset, origin: &Origin, dest_origin: &Origin) -> Result<()> {
    let dest = asset.dest.trim_end_matches('/');
    let folder = asset.dest.ends_with('/');
    let place = |error: TreeError| {
        let label = match &error {
            TreeError::Path(_) => "expected a relative path with `/` and without `..`; it begins in the app's folder",
            TreeError::Occupied(_) => "something else is placed there already",
        };
        Failure::from(Diagnostic::error(format!("an asset cannot be placed: {error}")).at(dest_origin).label(label))
    };
    match &asset.source {
        AssetSource::Inline(text) => {
            let mode = asset.mode.map_or(0o644, |Mode(mode)| mode);
            tree.insert(dest, Entry::file(text.as_str(), mode)).map_err(place)
        }
        AssetSource::Glob { base, pattern } => {
            let found = find(base, pattern, origin)?;
            let many = found.wild || folder;
            for file in found.files {
                let path = match (many, dest) {
                    (false, _) => dest.to_owned(),
                    (true, "") => file.name.clone(),
                    (true, _) => format!("{dest}/{}", file.name),
                };
                tree.insert(&path, entry_of(&file, asset.mode, &found.root, origin)?).map_err(place)?;
            }
            Ok(())
        }
    }
}

/// What a pattern found.
struct Found {
    /// The folder that the pattern's fixed part names.
    root: PathBuf,
    /// Whether the pattern has wildcards.
    wild: bool,
    /// The files, sorted.
    files: Vec<FoundFile>,
}

struct FoundFile {
    path: PathBuf,
    /// The path below [`Found::root`], with `/`.
    name: String,
}

fn find(base: &Path, pattern: &str, origin: &Origin) -> Result<Found> {
    let wrong = |message: String, label: &str| Failure::from(Diagnostic::error(message).at(origin).label(label));
    let outside = Path::new(pattern).components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir));
    if outside || pattern.contains('\\') {
        let message = format!("`{pattern}` leads out of the package");
        return Err(wrong(message, "expected a relative pattern with `/` and without `..`"));
    }
    let parts: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let fixed = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{'])).count();
    let wild = fixed < parts.len();
    let path = parts[..fixed].iter().fold(base.to_owned(), |path, part| path.join(part));

    if !wild {
        let meta = fs::symlink_metadata(&path).map_err(|error| {
            let message = format!("the asset `{pattern}` cannot be read: {}", io_reason(&error));
            wrong(message, &format!("looked for `{}`", path.display()))
        })?;
        if meta.is_dir() {
            return Err(wrong(format!("the asset `{pattern}` is a folder"), "expected a file or a pattern")
                .help(format!("to take everything in it: `{}/**`", pattern.trim_end_matches('/'))));
        }
        let name = parts.last().copied().unwrap_or_default().to_owned();
        let root = path.parent().unwrap_or(base).to_owned();
        return Ok(Found { root, wild, files: vec![FoundFile { path, name }] });
    }

    let rest = parts[fixed..].join("/");
    let glob = GlobBuilder::new(&rest).literal_separator(true).build().map_err(|error| {
        wrong(format!("`{pattern}` is not a pattern: {}", error.kind()), "expected `*`, `?`, `[…]`, `{a,b}` or `**`")
    })?;
    let matcher = glob.compile_matcher();
    let mut files = Vec::new();
    for item in WalkDir::new(&path).min_depth(1).sort_by_file_name() {
        let item = item.map_err(|error| {
            let reason = error.io_error().map_or_else(|| error.to_string(), io_reason);
            let place = error.path().unwrap_or(&path).display().to_string();
            wrong(format!("the asset `{pattern}` cannot be read: {reason}"), &format!("at `{place}`"))
        })?;
        if item.file_type().is_dir() {
            continue;
        }
        let below = item.path().strip_prefix(&path).unwrap_or(item.path());
        let Some(name) = below.to_str() else {
            let message = format!("`{}` is not UTF-8", item.path().display());
            return Err(wrong(message, "packages need file names in UTF-8"));
        };
        let name = name.replace(std::path::MAIN_SEPARATOR, "/");
        // What a pattern does not mean.
        if matcher.is_match(&name) && !name.split('/').any(is_junk) {
            files.push(FoundFile { path: item.path().to_owned(), name });
        }
    }
    if files.is_empty() {
        let message = format!("the asset pattern `{pattern}` matches nothing");
        return Err(wrong(message, &format!("looked in `{}`", path.display())));
    }
    Ok(Found { root: path, wild, files })
}

fn entry_of(file: &FoundFile, mode: Option<Mode>, root: &Path, origin: &Origin) -> Result<Entry> {
    let unreadable = |error: std::io::Error| {
        let message = format!("the asset `{}` cannot be read: {}", file.path.display(), io_reason(&error));
        Failure::from(Diagnostic::error(message).at(origin))
    };
    let meta = fs::symlink_metadata(&file.path).map_err(unreadable)?;
    if meta.is_symlink() {
        let target = fs::read_link(&file.path).map_err(unreadable)?;
        return link_entry(file, &target, root, origin);
    }
    if !meta.is_file() {
        let message = format!("the asset `{}` is neither a file nor a link", file.path.display());
        return Err(Diagnostic::error(message).at(origin).into());
    }
    // Found out now, not when everything is compiled.
    fs::File::open(&file.path).map_err(unreadable)?;
    let mode = mode.map_or_else(|| if is_executable(&meta) { 0o755 } else { 0o644 }, |Mode(mode)| mode);
    Ok(Entry::file(Content::described(&file.path, &meta), mode))
}

/// A link is packed as a link, if what it points at travels with it.
fn link_entry(file: &FoundFile, target: &Path, root: &Path, origin: &Origin) -> Result<Entry> {
    let inside = target.is_relative()
        && file
            .path
            .parent()
            .and_then(|folder| fs::canonicalize(folder.join(target)).ok())
            .is_some_and(|real| fs::canonicalize(root).is_ok_and(|root| real.starts_with(root)));
    match target.to_str() {
        Some(target) if inside => Ok(Entry { kind: EntryKind::Symlink(target.to_owned()), mode: 0o777 }),
        _ => {
            let message = format!("the link `{}` points out of the asset's folder", file.path.display());
            Err(Diagnostic::error(message).at(origin).label(format!("its target is `{}`", target.display())).into())
        }
    }
}

#[cfg(unix)]
fn is_executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
