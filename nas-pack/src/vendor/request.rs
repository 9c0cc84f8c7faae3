use std::path::Path;
use std::sync::LazyLock;

use super::{IconSource, Icons, vendor};
use crate::archive::Content;
use crate::diagnostic::{Diagnostic, Findings, io_reason, place_of, place_of_item};
use crate::hooks::lifecycle::Lifecycle;
use crate::hooks::{HookRequest, Script, render};
use crate::layer::{Kind, Origin, Table};
use crate::manifest::Section;
use crate::model::{App, VendorId};

/// What a vendor is given to check.
#[derive(Debug)]
pub struct Request<'a> {
    /// The app as it is for this vendor, overrides applied.
    pub app: &'a App,
    /// The merged description, in which the vendor finds its own section and every value its origin.
    pub layer: &'a Table,
    /// The folder that relative paths in the vendor's own section start from.
    pub dir: &'a Path,
    /// Where findings go.
    pub findings: &'a Findings,
    /// The pictures of this run.
    pub icons: &'a Icons,
    /// The time that stands in the package wherever a format demands one, in seconds since 1970: `SOURCE_DATE_EPOCH`, or a
    /// constant, so that the same input gives the same bytes.
    pub epoch: u32,
}

static NO_KEYS: LazyLock<Table> = LazyLock::new(Table::new);

impl Request<'_> {
    /// Runs a vendor's check with findings of its own, so that another vendor's errors do not count, and hands them on.
    pub(super) fn judge<P>(&self, check: impl FnOnce(&Request<'_>) -> Option<P>) -> Option<P> {
        let findings = Findings::like(self.findings);
        let result = check(&Request { findings: &findings, ..*self });
        let (found, result) = match findings.finish() {
            Ok(warnings) => (warnings, result),
            Err(failure) => (failure.into_diagnostics(), None),
        };
        self.findings.absorb(found);
        result
    }

    /// The vendor's own table; empty if there is none.
    pub(super) fn section(&self, vendor: VendorId) -> Section<'_> {
        let table = match self.layer.get(vendor.section()).map(|value| &value.kind) {
            Some(Kind::Table(table)) => table,
            _ => &NO_KEYS,
        };
        Section::new(table, vendor.section(), self.findings)
    }

    /// Where a value was written.
    pub(super) fn origin(&self, path: &str) -> Origin {
        place_of(self.layer, path)
    }

    /// Where an element of a list was written.
    pub(super) fn item_origin(&self, key: &str, index: usize) -> Origin {
        place_of_item(self.layer, key, index)
    }

    /// The app's picture; what is wrong with it is found here.
    pub(super) fn icon(&self) -> Option<IconSource> {
        self.icons.load(&self.app.icon, &self.app.name, &self.origin("icon"), self.findings)
    }

    /// The vendor's hook scripts for the app; what prevents them is found here.
    pub(super) fn scripts(&self, id: VendorId, version: &str) -> Option<Vec<Script>> {
        self.scripts_of(vendor(id).lifecycle(), version)
    }

    /// The same for one generation of the vendor's firmware.
    pub(super) fn scripts_of(&self, lifecycle: &'static Lifecycle, version: &str) -> Option<Vec<Script>> {
        let scripts = render(&HookRequest { lifecycle, app: self.app, version });
        scripts.map_err(|failure| self.findings.absorb(failure.into_diagnostics())).ok()
    }

    /// A text file that the package shows to people: UTF-8 without a byte order mark, LF at line ends, at most `limit` bytes.
    pub(super) fn text_file(&self, key: &str, path: &Path, limit: usize) -> Option<Content> {
        let wrong = |reason: String| {
            let message = format!("`{key}` cannot be used: {reason}");
            self.findings.push(
                Diagnostic::error(message)
                    .at(&self.origin(key))
                    .label(format!("expected a text file, not `{}`", path.display())),
            );
            None
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) if bytes.len() <= limit => bytes,
            Ok(bytes) => return wrong(format!("it has {} bytes, and {limit} are allowed", bytes.len())),
            Err(error) => return wrong(io_reason(&error)),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Some(text.trim_start_matches('\u{feff}').replace("\r\n", "\n").into()),
            Err(error) => wrong(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())),
        }
    }
}

/// A text as one line: each run of blanks and line ends is one space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether it is an address that a browser opens.
pub(super) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}
