use std::path::{Path, PathBuf};

use super::decode::OVERRIDES;
use crate::dsl;
use crate::layer::{Kind, Layer, Origin, Table};
use crate::model::{Binaries, VendorId};

/// Everything that was said of one app, not yet merged.
#[derive(Clone, Debug)]
pub struct Description {
    /// The Cargo package's name.
    pub cargo_package: String,
    /// Its binary targets.
    pub cargo_binaries: Vec<String>,
    /// Its build script, which may make assets and adds a recipe only when it has run.
    pub build_script: Option<PathBuf>,
    /// Its manifest.
    pub manifest_path: PathBuf,
    /// The folder that relative paths start from.
    pub manifest_dir: PathBuf,
    /// Where the metadata section stands, for findings about what it lacks.
    pub section: Origin,
    /// The layers, weakest first.
    pub layers: Vec<Layer>,
}

impl Description {
    /// What a program says of an app, without Cargo having a part in it. `dir` is the folder that relative paths start from, and
    /// `binaries` what the app has in `bin/`.
    #[track_caller]
    pub fn new(app: dsl::App, dir: &Path, binaries: &Binaries) -> Self {
        let layer = app.into_layer();
        let package = match layer.get("package").map(|value| &value.kind) {
            Some(Kind::Str(package)) => package.clone(),
            _ => String::new(),
        };
        Self {
            cargo_package: package,
            cargo_binaries: binaries.names().map(str::to_owned).collect(),
            build_script: None,
            manifest_path: dir.join("Cargo.toml"),
            manifest_dir: dir.to_owned(),
            section: Origin::caller(),
            layers: vec![layer],
        }
    }

    /// Lays over it what a program says, stronger than all that was said before.
    pub fn amend(&mut self, app: dsl::App) {
        self.layers.push(app.into_layer());
    }

    /// The merged description without any vendor's overrides.
    pub fn merged(&self) -> Table {
        self.merge(None)
    }

    /// The merged description for one vendor: in each layer, what the vendor's table says of general keys is laid over
    /// the layer's general part before the next layer comes. So is, before that, what `wd.os5` says over `wd`.
    pub fn merged_for(&self, vendor: VendorId) -> Table {
        self.merge(Some(vendor))
    }

    /// The folder of the author's templates, for one vendor or as the general part says, and where it is named. Whether it is
    /// there is another question.
    pub fn templates(&self, vendor: Option<VendorId>) -> Option<(PathBuf, Origin)> {
        let merged = self.merge(vendor);
        let value = merged.get("templates")?;
        match &value.kind {
            Kind::Str(folder) => Some((self.manifest_dir.join(folder), value.origin.clone())),
            _ => None,
        }
    }

    fn merge(&self, vendor: Option<VendorId>) -> Table {
        let mut merged = Table::new();
        for layer in &self.layers {
            let mut general = layer.clone();
            let own = vendor.and_then(|vendor| Some((vendor.section(), general.remove(vendor.section())?)));
            merged.merge(general);
            let Some((name, mut section)) = own else { continue };
            if let Kind::Table(table) = &mut section.value.kind {
                // It stays in its place, so that the vendor can tell what was said for it alone.
                let inner = vendor.and_then(VendorId::subsection).and_then(|name| table.get(name));
                if let Some(Kind::Table(inner)) = inner.map(|value| value.kind.clone()) {
                    table.merge(inner);
                }
                let mut overrides = Table::new();
                for key in OVERRIDES {
                    if let Some(entry) = table.remove(key) {
                        overrides.insert((*key).to_owned(), entry);
                    }
                }
                merged.merge(overrides);
            }
            let mut rest = Table::new();
            rest.insert(name.to_owned(), section);
            merged.merge(rest);
        }
        merged
    }
}
