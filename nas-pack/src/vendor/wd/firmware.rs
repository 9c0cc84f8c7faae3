//! A box with WD's OS5 or OS3, as a package finds it: WD's app guide for what is called, devices' logs and published packages for the
//! places.

use std::collections::BTreeMap;

use super::models::Os;
use super::open::{APKG_XML, bytes};
use super::{lifecycle, xml};
use crate::archive::Tree;
use crate::diagnostic::Result;
use crate::hooks::lifecycle::Value;
use crate::model::Protocol;
use crate::vendor::firmware::{self, Account, Firmware, Page, Places, Work};
use crate::vendor::{Opened, userland};

/// The first data volume, and its name among the shared folders.
const VOLUME: &str = "/mnt/HD/HD_a2";
const VOLUME_LINK: &str = "/shares/Volume_1";

/// The folder that holds all apps.
const APPS: &str = "/mnt/HD/HD_a2/Nas_Prog";

/// The folder that uploaded packages are unpacked to.
const UPLOADS: &str = "/mnt/HD/HD_a2/Nas_Prog/_install";

/// OS5 has its root on flash, but what is made here is in memory.
const VOLATILE_OS5: &[&str] = &["/tmp", "/var/run", "/run", "/var/tmp", "/var/lock", "/var/www", "/etc"];

/// OS3 unpacks its root into memory at each boot: everything but the data volumes is as the firmware has it.
const VOLATILE_OS3: &[&str] =
    &["/tmp", "/var", "/run", "/etc", "/usr", "/bin", "/sbin", "/lib", "/root", "/home", "/opt", "/shares"];

/// Late releases.
const RELEASE_OS5: &str = "5.27.157";
const RELEASE_OS3: &str = "2.31.149";

/// The settings of the whole box, of which apps read its version and model. WD's have many more elements.
const CONFIG: &str = "/etc/NAS_CFG/config.xml";

/// Where packages make links to their own files.
const SHARED: &[&str] = &[
    "/var/www",
    "/var/run",
    "/var/log",
    "/var/lock",
    "/var/tmp",
    "/tmp",
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/local",
    "/etc",
    "/opt",
    "/root",
    "/home",
];

pub(super) fn of(os: Os, opened: &Opened) -> Result<Firmware> {
    let package = firmware::package(opened)?;
    let elements = bytes(&opened.tree, APKG_XML).and_then(|text| xml::read(&text).ok()).unwrap_or_default();
    let text = |name: &str| elements.iter().find(|element| element.name == name).map_or("", |found| found.text.trim());
    let (lifecycle, userland, volatile, release) = match os {
        Os::Os5 => (&lifecycle::OS5, &userland::OS5, VOLATILE_OS5, RELEASE_OS5),
        Os::Os3 => (&lifecycle::OS3, &userland::OS3, VOLATILE_OS3, RELEASE_OS3),
    };
    let app = format!("{APPS}/{package}");
    let upload = format!("{UPLOADS}/{package}");
    let beside = format!("{APPS}/.{package}");
    // What published packages call the folder in which their settings wait while an upgrade removes the app.
    let asides = [format!("{APPS}/{package}_backup"), format!("{APPS}/_{package}"), format!("{APPS}/{package}.bak")];
    let system = format!("{VOLUME}/.systemfile/{package}");
    let kept: Vec<_> = [beside.clone(), system].into_iter().chain(asides).collect();

    let mut skeleton = vec![
        Work::folder(UPLOADS, 0o755, "root"),
        Work::folder(format!("{VOLUME}/.systemfile"), 0o755, "root"),
        Work::folder("/shares", 0o755, "root"),
        Work::link(VOLUME_LINK, VOLUME),
        Work::folder("/var/www/xml", 0o755, "root"),
        Work::folder("/var/www/cgi-bin", 0o755, "root"),
    ];
    skeleton.extend(SHARED.iter().map(|path| match *path {
        "/tmp" | "/var/tmp" => Work::folder(*path, 0o1777, "root"),
        path => Work::folder(path, 0o755, "root"),
    }));
    let model = opened.devices.first().map_or("MyCloudEX2Ultra", String::as_str);
    let config = format!("<config>\n\t<sw_ver_1>{release}</sw_ver_1>\n\t<hw_ver>{model}</hw_ver>\n</config>\n");
    skeleton.push(Work::Write { path: CONFIG.to_owned(), content: config.into_bytes(), mode: 0o644 });
    if os == Os::Os5 {
        skeleton.push(Work::folder("/var/www/apps", 0o755, "root"));
    }

    let page = page(&opened.tree, &package, text("url"), text("url_port"));
    let mut not_modelled = vec![
        "the dashboard and its web server, and so pages in /var/www",
        "the firmware's list of apps, and its checks of firmware version and dependencies",
        "accounts that vanish at a boot: those of the firmware alone are there",
    ];
    if page.is_none() {
        not_modelled.push("a question to the app's page: the dashboard serves it");
    }
    let port = page.as_ref().map(|page| page.port.to_string()).unwrap_or_default();
    Ok(Firmware {
        accounts: vec![Account::root(), Account::new("nobody", 501, "share", 1000, "/")],
        skeleton,
        volatile,
        places: Places {
            app_dir: app.clone(),
            apps_dir: APPS.to_owned(),
            new_scripts: upload.clone(),
            scripts: app.clone(),
            upload_dir: upload.clone(),
            message_file: String::new(),
            own: [vec![app.clone(), upload.clone()], kept.clone()].concat(),
            kept,
            shared: SHARED.iter().map(ToString::to_string).collect(),
            lasting: vec![format!("{beside}/data"), format!("{beside}/etc")],
        },
        upload: vec![
            Work::remove(&upload),
            Work::unpack(firmware::executable(opened.tree.clone(), firmware::is_script), &upload, "root"),
        ],
        forget: vec![Work::remove(&upload)],
        values: BTreeMap::from([
            (Value::Package, package),
            (Value::Version, opened.version.clone().unwrap_or_default()),
            (Value::AppDir, app),
            (Value::AppsDir, APPS.to_owned()),
            (Value::UploadDir, upload),
            (Value::Volume, VOLUME.to_owned()),
            (Value::Port, port),
        ]),
        starts_at_once: text("enable") == "1",
        page,
        not_modelled,
        ..Firmware::bare(lifecycle, userland, opened)
    })
}

/// Where the app's page is: the dashboard opens `http://HOST:PORT/NAME/PAGE`. Without a port it is a page of the dashboard's own web
/// server, which most often sends the browser on to the app's port.
fn page(tree: &Tree, package: &str, url: &str, port: &str) -> Option<Page> {
    let url = url.trim_start_matches('/');
    match port.parse().ok().filter(|port| *port > 0) {
        Some(port) => Some(Page { protocol: Protocol::Http, port, path: format!("/{package}/{url}") }),
        None => redirect(&String::from_utf8_lossy(&bytes(tree, &format!("web/{url}"))?)),
    }
}

/// Where a page sends the browser on to: `location.hostname + ":8377/status"`, the way that everybody writes it.
fn redirect(page: &str) -> Option<Page> {
    let (before, behind) = page.split_once("location.hostname")?;
    let (_, behind) = behind.split_once(':')?;
    let (port, path) = behind.split_at(behind.find(|c: char| !c.is_ascii_digit())?);
    let path = path.split(['"', '\'', '`', ';', '<', ' ', '\n']).next().unwrap_or_default();
    let protocol = if before.contains("https://") { Protocol::Https } else { Protocol::Http };
    let port = port.parse().ok().filter(|port| *port > 0)?;
    Some(Page { protocol, port, path: format!("/{}", path.trim_start_matches('/')) })
}
