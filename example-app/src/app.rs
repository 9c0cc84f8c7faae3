//! The app: what each path answers, and the settings that can change while it runs.

use std::borrow::Cow;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use nas_pack::Wizard as _;
use nas_pack::runtime::{Nas, Vendor};
use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::log;
use crate::report;
use crate::settings::{Audience, Settings};
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
    /// Reads the settings, and keeps the visits in `visits.db` in the data folder unless a file is named. There is nothing that could
    /// fail: whatever is missing or damaged is logged and replaced by its default.
    pub fn new(nas: Nas, database: Option<PathBuf>) -> Self {
        let settings = match Settings::load(&nas) {
            Ok(loaded) => {
                loaded.problems.iter().for_each(|problem| log::warn(&problem.to_string()));
                loaded.value
            }
            Err(error) => {
                log::warn(&format!("{error}; the default settings are used"));
                Settings::defaults()
            }
        };
        let place = nas.vendor().map_or_else(|| "no NAS".to_owned(), ToString::to_string);
        log::info(&format!("on {place}: data in `{}`", nas.data_dir().display()));
        let current = RwLock::new(Arc::new(Current { settings, page: read_page(&nas) }));
        let store = Store::new(database.unwrap_or_else(|| nas.data_dir().join("visits.db")));
        Self { nas, current, store, started: Instant::now() }
    }

    /// Where to listen: the port that the NAS gives or that was described, for those who may open the page.
    pub fn address(&self) -> SocketAddr {
        let port = self.nas.port().unwrap_or_else(|error| {
            log::warn(&format!("{error}; the usual port is used"));
            crate::APP.port
        });
        let address = match self.current().settings.audience {
            Audience::Everybody => Ipv4Addr::UNSPECIFIED,
            Audience::Itself => Ipv4Addr::LOCALHOST,
        };
        // Without a port, any that is free.
        SocketAddr::from((address, port.unwrap_or(0)))
    }

    /// Reads the settings and the page again. Settings that cannot be read leave the present ones in place.
    pub fn reload(&self) {
        let loaded = Settings::load(&self.nas).map_err(|error| error.to_string());
        let settings = match loaded.and_then(|loaded| loaded.strict().map_err(|problems| problems.to_string())) {
            Ok(settings) => settings,
            Err(error) => {
                error.lines().for_each(log::warn);
                log::warn("the settings stay as they are");
                return;
            }
        };
        if settings.audience != self.current().settings.audience {
            log::info("who can open the page changes at the next start");
        }
        let new = Arc::new(Current { settings, page: read_page(&self.nas) });
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        log::info("settings read again");
        self.report();
    }

    /// Writes the visits into the shared folder, or the data folder where the NAS has none, if the settings want it.
    pub fn report(&self) {
        if !self.current().settings.reports {
            return;
        }
        // A log that cannot be read has said so already, and the older report is better than an empty one.
        let Some(visits) = self.store.recent(u32::MAX) else { return };
        let share = self.nas.shared_folder("Beacon").filter(|folder| folder.is_dir());
        let folder = share.as_deref().unwrap_or_else(|| self.nas.data_dir());
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
            "contact": current.settings.contact,
            "version": crate::APP.version,
            // Set by the package: its build script computed it.
            "build": std::env::var("BEACON_BUILD").ok(),
            "nas": self.nas.vendor().map(Vendor::name),
            "firmware": self.nas.firmware().map(|firmware| firmware.to_string()),
            "model": self.nas.model(),
            "folders": { "data": self.nas.data_dir(), "settings": self.nas.config_dir(), "log": self.nas.log_dir() },
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
