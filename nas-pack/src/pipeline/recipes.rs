//! What build scripts said: read after the build, and kept beside the packages so that `plan --explain` can tell it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::layer::{Layer, read_recipe};
use crate::manifest::Description;
use crate::model::Arch;

/// What one arch's build script left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recipe {
    /// The app's Cargo.toml: apps of the same name can have one output folder.
    manifest: PathBuf,
    /// The folder that it was found in.
    out_dir: PathBuf,
    /// Its text; `None` if the build script has nothing to say to us.
    text: Option<String>,
}

impl Recipe {
    /// Reads what a build left, if the app has a build script.
    pub(crate) fn find(path: Option<&Path>, app: &Description) -> Result<Option<Self>> {
        if app.build_script.is_none() {
            return Ok(None);
        }
        let text = path.map(|path| fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error)));
        let out_dir = path.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
        Ok(Some(Self { manifest: app.manifest_path.clone(), out_dir, text: text.transpose()? }))
    }

    /// What it says. `root` is the workspace's folder.
    pub(crate) fn layer(&self, app: &Description, root: &Path) -> Result<Option<Layer>> {
        let Some(text) = &self.text else { return Ok(None) };
        let layer = read_recipe(text, root, &self.out_dir).map_err(|error| {
            let script = &app.cargo_package;
            Diagnostic::error(format!("cannot use what the build script of `{script}` wrote: {error}"))
                .in_file(self.out_dir.join(crate::layer::RECIPE_FILE))
                .help(error.help(script))
        })?;
        Ok(Some(layer))
    }
}

/// The name of a kept recipe among our notes.
pub(crate) fn kept_name(cargo_package: &str, arch: Arch) -> String {
    format!("recipe-{cargo_package}-{arch}.json")
}

/// A recipe as it was kept when the app was last packaged.
#[derive(Debug)]
pub(crate) struct Kept {
    /// What the build script said, if anything.
    pub(crate) layer: Option<Layer>,
    /// What has been changed since, by its file's name.
    pub(crate) newer: Option<String>,
}

impl Kept {
    /// Reads one from the folder of our notes; `None` unless it is this app's and of today's format.
    pub(crate) fn read(notes: &Path, arch: Arch, app: &Description, root: &Path) -> Option<Self> {
        let path = notes.join(kept_name(&app.cargo_package, arch));
        let recipe: Recipe = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        if recipe.manifest != app.manifest_path {
            return None;
        }
        let layer = recipe.layer(app, root).ok()?;
        let kept = modified(&path)?;
        let newer = app.build_script.iter().chain([&app.manifest_path]).find(|file| modified(file) > Some(kept));
        let newer = newer.and_then(|file| Some(file.file_name()?.to_string_lossy().into_owned()));
        Some(Self { layer, newer })
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}
