//! The app: what each path answers, and the settings that can change while it runs.

use std::borrow::Cow;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use nas_pack::runtime::{Nas, Vendor};
use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::log;
use crate::report;
use crate::settings::Settings;
use crate::status::{self, Disk};
use crate::store::Store;

/// The page if the app's folder has none, as on the developer's machine.
const PAGE: &str = include_str!("../assets/www/index.html");
/// How many visits the API tells.
const VISITS_SHOWN: u32 = 50;
/// Longer names of browsers are cut, in characters.
const AGENT_LIMIT: usize = 200;

/// The running app, shared by all that answer.
#[derive(Debug)]
pub struct Beacon {
    nas: Nas,
    settings_file: PathBuf,
    /// What can be read again while the app runs.
    current: RwLock<Arc<Current>>,
    store: Store,
    started: Instant,
}

#[derive(Debug)]
struct Current {
    settings: Settings,
    page: Cow<'static, str>,
}

impl Beacon {
    /// Reads the settings, from `beacon.toml` in the configuration folder unless a file is named. There is nothing that
    /// could fail: whatever is missing or damaged is logged and replaced by its default.
    pub fn new(nas: Nas, settings_file: Option<PathBuf>) -> Self {
        let settings_file = settings_file.unwrap_or_else(|| nas.config_dir().join("beacon.toml"));
        let settings = read_settings(&settings_file).unwrap_or_else(|| {
            log::warn("the default settings are used");
            Settings::default()
        });
        let current = RwLock::new(Arc::new(Current { settings, page: read_page(&nas) }));
        let store = Store::new(nas.data_dir().join("visits.db"));
        Self { nas, settings_file, current, store, started: Instant::now() }
    }

    /// Where to listen: the port that the NAS gives, otherwise the one in the settings.
    pub fn address(&self) -> SocketAddr {
        let current = self.current();
        let port = self.nas.port().unwrap_or_else(|error| {
            log::warn(&format!("{error}; the port in the settings is used"));
            None
        });
        SocketAddr::new(current.settings.listen, port.unwrap_or(current.settings.port))
    }

    /// Reads the settings and the page again. Settings that cannot be read leave the present ones in place.
    pub fn reload(&self) {
        let old = self.current();
        let Some(settings) = read_settings(&self.settings_file) else {
            log::warn("the settings stay as they are");
            return;
        };
        if (settings.listen, settings.port) != (old.settings.listen, old.settings.port) {
            log::info("the new address takes effect at the next start");
        }
        let new = Arc::new(Current { settings, page: read_page(&self.nas) });
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        log::info("settings read again");
        self.report();
    }

    /// Writes the visits into the folder for reports, if the settings name one.
    pub fn report(&self) {
        let current = self.current();
        let Some(folder) = &current.settings.reports else { return };
        // A log that cannot be read has said so already, and the older report is better than an empty one.
        let Some(visits) = self.store.recent(u32::MAX) else { return };
        match report::write(folder, &visits) {
            Ok(()) => log::info(&format!("report of {} visits written to `{}`", visits.len(), folder.display())),
            Err(error) => log::warn(&format!("cannot write the report to `{}`: {error}", folder.display())),
        }
    }

    /// Answers a request.
    pub fn answer(&self, request: &Request) -> Response {
        match request.path.as_str() {
            "/" | "/index.html" => {
                let current = self.current();
                let agent: String = request.agent.chars().take(AGENT_LIMIT).collect();
                self.store.record(&request.client.to_string(), &agent, current.settings.keep_visits);
                let body = current.page.clone().into_owned().into_bytes();
                Response { status: 200, content_type: "text/html; charset=utf-8", body: body.into() }
            }
            "/api/status" => json_response(&self.status()),
            "/api/visits" => json_response(&self.visits()),
            // Says only that the server answers, so it touches no disk.
            "/healthz" => Response::text(200, "ok"),
            _ => Response::text(404, "not found\n"),
        }
    }

    fn status(&self) -> Value {
        let current = self.current();
        let visits = self.store.health();
        let disk = match Disk::of(self.nas.data_dir()) {
            Ok(disk) => json!({ "total": disk.total, "used": disk.used, "available": disk.available }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        json!({
            "title": current.settings.title,
            "greeting": current.settings.greeting,
            "version": env!("CARGO_PKG_VERSION"),
            // Set by the package: its build script computed it.
            "build": std::env::var("BEACON_BUILD").ok(),
            "nas": self.nas.vendor().map(Vendor::name),
            "uptime": { "service": self.started.elapsed().as_secs(), "system": status::system_uptime() },
            "disk": disk,
            "visits": { "total": visits.total, "lost": visits.lost, "error": visits.trouble },
        })
    }

    fn visits(&self) -> Value {
        let visits = self.store.recent(VISITS_SHOWN).unwrap_or_default();
        visits
            .into_iter()
            .map(|visit| {
                json!({ "number": visit.number, "time": visit.time, "client": visit.client, "agent": visit.agent })
            })
            .collect()
    }

    fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn json_response(value: &Value) -> Response {
    Response { status: 200, content_type: "application/json", body: value.to_string().into_bytes().into() }
}

fn read_settings(path: &Path) -> Option<Settings> {
    match Settings::read(path) {
        Ok((settings, problems)) => {
            for problem in problems {
                log::warn(&format!("`{}`: {problem}", path.display()));
            }
            Some(settings)
        }
        Err(error) => {
            log::warn(&error);
            None
        }
    }
}

fn read_page(nas: &Nas) -> Cow<'static, str> {
    let file = nas.app_dir().join("www/index.html");
    match fs::read_to_string(&file) {
        Ok(page) => Cow::Owned(page),
        Err(error) => {
            // On the developer's machine there is no such file, and that is no news.
            if nas.vendor().is_some() {
                log::warn(&format!("cannot read `{}`: {error}; the built-in page is shown", file.display()));
            }
            Cow::Borrowed(PAGE)
        }
    }
}
