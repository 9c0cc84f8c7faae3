//! WD My Cloud, OS5 and OS3: a header, and behind it a tar.gz with one folder.
//!
//! The formats are those of WD's packers (`mksapkg` 2.0 for OS5, v1.3 for OS3), to the byte. One model, one file: they differ in a
//! few numbers of header and `apkg.xml`.

mod check;
pub mod desc;
pub mod fields;
mod firmware;
pub mod header;
pub mod lifecycle;
pub mod models;
mod open;
mod options;
mod pitfalls;
pub mod rc;
pub mod rules;
mod seal;
pub mod sign;
mod verify;
pub mod xml;

pub use models::Os;
pub(super) use open::open;
pub(super) use seal::{archive, assemble};

use self::header::Header;
use self::models::Ids;
use self::options::Options;
use self::rc::{Key, Metadata};
use super::field::Field;
use super::{Device, Firmware, Layout, Opened, Packager, Payload, Request, Seal, Vendor};
use crate::archive::{Content, Entry, Tree, TreeError};
use crate::diagnostic::{Diagnostic, Failure, Findings, Result, Rule};
use crate::hooks::Script;
use crate::hooks::lifecycle::Lifecycle;
use crate::layer::Origin;
use crate::lint::Audit;
use crate::model::{Compression, Service, VendorId};

/// My Cloud OS5, firmware 5.x.
pub static OS5: Wd = Wd { os: Os::Os5 };

/// My Cloud OS3, firmware 2.x.
pub static OS3: Wd = Wd { os: Os::Os3 };

/// The packages of one of WD's systems.
#[derive(Debug)]
pub struct Wd {
    os: Os,
}

/// What the firmware calls. WD's packer looks for nothing else.
const SCRIPTS: [&str; 7] = ["preinst.sh", "install.sh", "init.sh", "start.sh", "stop.sh", "clean.sh", "remove.sh"];

/// The dashboard scales icons; published packages have all sizes, most often this one.
const ICON_SIZE: u32 = 128;

/// The page that the dashboard opens for the app, where the author names no other.
const INDEX_PAGE: &str = "index.html";

impl Vendor for Wd {
    fn id(&self) -> VendorId {
        self.os.vendor()
    }

    fn devices(&self) -> &'static [Device] {
        self.os.devices()
    }

    fn lifecycle(&self) -> &'static Lifecycle {
        match self.os {
            Os::Os5 => &lifecycle::OS5,
            Os::Os3 => &lifecycle::OS3,
        }
    }

    fn firmware(&self, opened: &Opened) -> Result<Firmware> {
        firmware::of(self.os, opened)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        rules::RULES
    }

    fn metadata(&self) -> &'static [(&'static str, &'static [Field])] {
        &fields::FILES
    }

    fn verify(&self, audit: &mut Audit<'_>) {
        verify::verify(audit);
    }

    fn check(&self, request: &Request<'_>) -> Option<Box<dyn Packager>> {
        let package = request.judge(|request| self.package(request))?;
        Some(Box::new(package))
    }
}

impl Wd {
    fn package(&self, request: &Request<'_>) -> Option<Package> {
        let Request { app, findings, .. } = *request;
        let options = Options::read(request.layer, self.os, findings);
        let metadata = check::metadata(app, &options, request.layer, findings)?;
        let icon = request.icon()?;
        let scripts = request.scripts(self.id(), metadata.get(Key::Version))?;
        Some(Package {
            os: self.os,
            metadata,
            icon: icon.png(ICON_SIZE),
            scripts,
            descriptions: desc::write(&app.translations),
            redirect: app.web().map(|(service, port)| redirect(&app.name, service, port)),
            date: Date::of(request.epoch),
            epoch: request.epoch,
            compression: app.compression,
            options,
        })
    }
}

/// An app that satisfies the rules.
#[derive(Debug)]
struct Package {
    os: Os,
    options: Options,
    metadata: Metadata,
    icon: Content,
    scripts: Vec<Script>,
    /// `desc.xml`.
    descriptions: Option<String>,
    redirect: Option<String>,
    date: Date,
    epoch: u32,
    compression: Compression,
}

impl Packager for Package {
    fn version(&self) -> &str {
        self.metadata.get(Key::Version)
    }

    fn takes(&self, device: &Device) -> Result<(), String> {
        let named = self.options.models.iter().any(|model| model.name == device.name);
        if named { Ok(()) } else { Err("`wd.models` leaves it out".to_owned()) }
    }

    fn file_name(&self, device: &Device) -> String {
        let name = format!("{}_{}_{}.bin", device.name, self.metadata.get(Key::Package), self.version());
        if !self.options.date_suffix {
            return name;
        }
        let Date { year, month, day } = self.date;
        format!("{name}({month:02}{day:02}{year:04})")
    }

    fn layout(&self, device: &Device, payload: &Payload, _findings: &Findings) -> Result<Layout> {
        let Some(model) = self.os.model(device.name) else {
            return Err(Diagnostic::error(format!("`{}` is no model of {}", device.name, self.os.vendor())).into());
        };
        let mut metadata = self.metadata.clone();
        let mut tree = payload.tree.clone();
        self.web(&mut tree, &mut metadata)?;
        for Script { name, text, mode } in &self.scripts {
            tree.insert(name, Entry::file(text.as_str(), *mode)).map_err(in_the_way)?;
        }
        let salt = sign::salt(metadata.get(Key::Package), metadata.get(Key::Version));
        let Options { auto_start: enable, ref extra, ref extra_xml, .. } = self.options;
        let extra = Extra { rc: extra, xml: extra_xml };
        let header = describe(&mut tree, &metadata, model.ids, enable, self.date, salt, extra).map_err(in_the_way)?;
        Ok(Layout { tree, seal: Seal::Bin { header }, epoch: self.epoch, compression: self.compression })
    }
}

impl Package {
    /// The icon, the page and the translations in `web/`, which `init.sh` links into the firmware's web server.
    fn web(&self, tree: &mut Tree, metadata: &mut Metadata) -> Result<()> {
        let at = |page: &str| format!("web/{page}");
        match &self.options.web_icon {
            Some((icon, origin)) if tree.get(&at(icon)).is_none() => return Err(no_such_file("picture", icon, origin)),
            Some(_) => {}
            None => {
                let icon = Entry::file(self.icon.clone(), 0o644);
                tree.insert(&at(metadata.get(Key::Icon)), icon).map_err(in_the_way)?;
            }
        }
        if let Some(descriptions) = &self.descriptions {
            tree.insert(desc::PATH, Entry::file(descriptions.as_str(), 0o644)).map_err(in_the_way)?;
        }
        match (&self.options.index_page, &self.redirect) {
            (Some((page, origin)), _) if tree.get(&at(page)).is_none() => Err(no_such_file("index page", page, origin)),
            (None, redirect) => {
                // An index page among the author's own files wins over ours.
                if let (Some(redirect), None) = (redirect, tree.get(&at(INDEX_PAGE))) {
                    tree.insert(&at(INDEX_PAGE), Entry::file(redirect.as_str(), 0o644)).map_err(in_the_way)?;
                }
                if tree.get(&at(INDEX_PAGE)).is_some() {
                    metadata.set(Key::AddonIndexPage, INDEX_PAGE);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// What the author has written down that WD's packer does not know: names and their values.
#[derive(Clone, Copy, Default)]
struct Extra<'a> {
    rc: &'a [(String, String)],
    xml: &'a [(String, String)],
}

/// Adds what WD's packer makes for a model: `apkg.rc`, `apkg.xml` and `apkg.sign`. Gives back the header that goes with them.
fn describe(
    tree: &mut Tree,
    metadata: &Metadata,
    ids: Ids,
    enable: bool,
    date: Date,
    salt: sign::Salt,
    extra: Extra<'_>,
) -> Result<Header, TreeError> {
    let (package, version) = (metadata.get(Key::Package).to_owned(), metadata.get(Key::Version).to_owned());
    let header = Header { ids, package, version, signed: true };
    let Date { year, month, day } = date;
    let xml = xml::write(metadata, &ids, enable, &format!("{year:04}{month:02}{day:02}"), extra.xml);
    let mut rc = metadata.to_string();
    for (key, value) in extra.rc {
        rc.extend([key, ": ", value, "\n"]);
    }
    tree.insert("apkg.rc", Entry::file(rc, 0o644))?;
    tree.insert("apkg.xml", Entry::file(xml, 0o644))?;
    tree.insert("apkg.sign", Entry::file(sign::sign(&header.package, header.os(), salt), 0o644))?;
    Ok(header)
}

/// A page that sends the browser on to the service, on whatever host it came from.
///
/// `AddonUsedPort` would not do: the dashboard keeps the app's path when it goes to that port.
fn redirect(name: &str, service: &Service, port: u16) -> String {
    let title = quick_xml::escape::escape(name);
    let (protocol, path) = (service.protocol, &service.path);
    let before = javascript(&format!("{protocol}://"));
    let behind = javascript(&format!(":{port}{path}"));
    let shown = quick_xml::escape::escape(path.as_str());
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <title>{title}</title>\n\
         <script>location.replace({before} + location.hostname + {behind})</script>\n\
         </head>\n\
         <body>\n\
         <p>{title} is at {protocol}://<i>this device</i>:{port}{shown}</p>\n\
         </body>\n\
         </html>\n"
    )
}

/// A string literal that cannot end the `<script>` around it.
fn javascript(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('<', "\\u003c")
}

fn in_the_way(error: TreeError) -> Failure {
    match error {
        TreeError::Occupied(path) => rules::WD017
            .found(format!("the package needs the place `{path}`, and one of the app's files is there"))
            .help("give that file another destination"),
        TreeError::Path(_) => rules::WD017.found(error.to_string()),
    }
    .into()
}

fn no_such_file(what: &str, path: &str, origin: &Origin) -> Failure {
    rules::WD016
        .found(format!("the {what} `web/{path}` is not among the app's files"))
        .at(origin)
        .help("add it to the assets with a destination below `web/`")
        .into()
}

/// A day, by UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: u32,
    month: u32,
    day: u32,
}

impl Date {
    /// The day of a time in seconds since 1970.
    fn of(epoch: u32) -> Self {
        let mut day = epoch / 86_400;
        let mut year = 1970;
        let leap = |year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        while day >= 365 + u32::from(leap(year)) {
            day -= 365 + u32::from(leap(year));
            year += 1;
        }
        let months = [31, 28 + u32::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 0;
        while day >= months[month] {
            day -= months[month];
            month += 1;
        }
        Self { year, month: 1 + u32::try_from(month).unwrap_or(0), day: day + 1 }
    }
}

#[cfg(test)]
mod tests;
