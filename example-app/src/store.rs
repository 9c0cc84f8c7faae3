//! The visit log, kept in SQLite.
//!
//! The disk of a NAS fills up, goes read-only or is replaced while daemons run. No visit is worth the page, so trouble
//! is noted for the status instead of passed on, and the next visit tries again with a fresh connection.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

use crate::log;

/// The version of the tables, in SQLite's `user_version`. A file without any has 0.
const SCHEMA: i64 = 1;

/// A page view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    /// 1 for the first visit ever.
    pub number: i64,
    /// Seconds since 1970.
    pub time: i64,
    /// The visitor's address.
    pub client: String,
    /// What the browser calls itself.
    pub agent: String,
}

/// How the log is doing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Health {
    /// Visits ever recorded, more than are kept.
    pub total: i64,
    /// Visits since the start that could not be recorded.
    pub lost: u64,
    /// What is wrong at the moment.
    pub trouble: Option<String>,
}

/// The visit log.
#[derive(Debug)]
pub(crate) struct Store {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    path: PathBuf,
    connection: Option<Connection>,
    lost: u64,
    trouble: Option<String>,
}

impl Store {
    /// A log in this file, which is made at the first use together with its folder.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { state: Mutex::new(State { path, connection: None, lost: 0, trouble: None }) }
    }

    /// Adds a visit and forgets all but the newest `keep`, at least one.
    pub(crate) fn record(&self, client: &str, agent: &str, keep: u32) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut state = self.lock();
        if state.trouble.is_some() {
            // While a volume is read-only, readers get a connection that stays so when the volume no longer is.
            state.connection = None;
        }
        let done = state.attempt(|connection| {
            let transaction = connection.transaction()?;
            transaction.execute(
                "INSERT INTO visit (time, client, agent) VALUES (?1, ?2, ?3)",
                (i64::try_from(now).unwrap_or(i64::MAX), client, agent),
            )?;
            // The newest row always stays, so its number counts all visits without another table.
            transaction
                .execute("DELETE FROM visit WHERE number <= (SELECT max(number) FROM visit) - ?1", [keep.max(1)])?;
            transaction.commit()
        });
        if done.is_none() {
            state.lost += 1;
        } else if state.trouble.take().is_some() {
            // Only here: reading goes on where writing does not, and says nothing about it.
            log::info("the visit log works again");
        }
    }

    /// The newest visits, newest first; `None` while the log cannot be read.
    pub(crate) fn recent(&self, limit: u32) -> Option<Vec<Visit>> {
        self.lock().attempt(|connection| {
            let mut query =
                connection.prepare("SELECT number, time, client, agent FROM visit ORDER BY number DESC LIMIT ?1")?;
            let visits = query.query_map([limit], |row| {
                Ok(Visit { number: row.get(0)?, time: row.get(1)?, client: row.get(2)?, agent: row.get(3)? })
            })?;
            visits.collect()
        })
    }

    /// How it is doing.
    pub(crate) fn health(&self) -> Health {
        let mut state = self.lock();
        let total: Option<Option<i64>> =
            state.attempt(|connection| connection.query_row("SELECT max(number) FROM visit", (), |row| row.get(0)));
        Health { total: total.flatten().unwrap_or(0), lost: state.lost, trouble: state.trouble.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn attempt<T>(&mut self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Option<T> {
        let connection = match &mut self.connection {
            Some(connection) => Ok(connection),
            none => open(&self.path).map(|opened| none.insert(opened)),
        };
        match connection.and_then(|connection| work(connection).map_err(|error| error.to_string())) {
            Ok(value) => Some(value),
            Err(trouble) => {
                // Whatever happened, a new connection sees the file as it is next time.
                self.connection = None;
                if self.trouble.as_ref() != Some(&trouble) {
                    log::warn(&format!("the visit log `{}` cannot be used: {trouble}", self.path.display()));
                    self.trouble = Some(trouble);
                }
                None
            }
        }
    }
}

fn open(path: &Path) -> Result<Connection, String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("cannot make its folder: {error}"))?;
    }
    let mut connection = Connection::open(path).map_err(|error| error.to_string())?;
    prepare(&mut connection).map_err(|error| error.to_string()).and_then(|schema| match schema {
        SCHEMA => Ok(connection),
        newer => Err(format!("its format {newer} is newer than this version of Beacon")),
    })
}

/// Makes the tables in an empty file. Returns the format that the file has.
fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    // Nobody else writes to the file, but a backup job may hold it for a moment.
    connection.busy_timeout(Duration::from_secs(1))?;
    let schema = |connection: &Connection| connection.query_row("PRAGMA user_version", (), |row| row.get(0));
    if schema(connection)? == 0 {
        let transaction = connection.transaction()?;
        transaction.execute_batch(
            "CREATE TABLE visit (
                number INTEGER PRIMARY KEY,
                time INTEGER NOT NULL,
                client TEXT NOT NULL,
                agent TEXT NOT NULL
            ) STRICT",
        )?;
        transaction.pragma_update(None, "user_version", SCHEMA)?;
        transaction.commit()?;
    }
    schema(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(store: &Store) -> Vec<i64> {
        store.recent(10).unwrap().iter().map(|visit| visit.number).collect()
    }

    #[test]
    fn visits_survive_a_restart_and_only_the_newest_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("made/on/demand/visits.db");
        let store = Store::new(path.clone());
        for _ in 0..4 {
            store.record("192.0.2.7", "test", 2);
        }
        drop(store);
        let store = Store::new(path);
        assert_eq!(numbers(&store), [4, 3]);
        assert_eq!(store.health(), Health { total: 4, lost: 0, trouble: None });
        store.record("2001:db8::1", "it's \"quoted\"", 100);
        let newest = store.recent(1).unwrap().remove(0);
        assert_eq!((newest.client.as_str(), newest.agent.as_str()), ("2001:db8::1", "it's \"quoted\""));
        assert_eq!(store.health().total, 5);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_trouble_until_it_can() {
        let dir = tempfile::tempdir().unwrap();
        let volume = dir.path().join("volume");
        fs::write(&volume, "").unwrap();
        let store = Store::new(volume.join("visits.db"));
        store.record("192.0.2.7", "test", 10);
        store.record("192.0.2.7", "test", 10);
        let health = store.health();
        assert_eq!((health.total, health.lost), (0, 2));
        assert!(health.trouble.is_some());

        fs::remove_file(&volume).unwrap();
        store.record("192.0.2.7", "test", 10);
        assert_eq!(store.health(), Health { total: 1, lost: 2, trouble: None });
    }

    #[test]
    fn a_full_disk_keeps_the_old_visits_readable() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("visits.db"));
        store.record("192.0.2.7", "test", 10);
        // SQLite's own limit gives the same error as a file system without space.
        store.lock().attempt(|connection| connection.pragma_update(None, "max_page_count", 1)).unwrap();
        store.record("192.0.2.7", &"x".repeat(100_000), 10);
        let health = store.health();
        assert_eq!((health.total, health.lost), (1, 1));
        assert_eq!(health.trouble.as_deref(), Some("database or disk is full"));
        assert_eq!(numbers(&store), [1]);
    }

    #[test]
    fn a_volume_that_was_read_only_is_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("visits.db");
        let store = Store::new(path.clone());
        let read_only = || Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        store.record("192.0.2.7", "test", 10);
        store.lock().connection = Some(read_only());
        store.record("192.0.2.7", "test", 10);
        assert_eq!(store.health().trouble.as_deref(), Some("attempt to write a readonly database"));
        store.lock().connection = Some(read_only());
        store.record("192.0.2.7", "test", 10);
        assert_eq!(store.health(), Health { total: 2, lost: 1, trouble: None });
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("visits.db");
        let text = "not a database, but long enough to be looked at ".repeat(50);
        fs::write(&path, &text).unwrap();
        let store = Store::new(path.clone());
        store.record("192.0.2.7", "test", 10);
        assert_eq!(store.health().trouble.as_deref(), Some("file is not a database"));
        assert_eq!(store.recent(10), None);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("visits.db");
        Connection::open(&path).unwrap().pragma_update(None, "user_version", SCHEMA + 1).unwrap();
        let store = Store::new(path);
        store.record("192.0.2.7", "test", 10);
        let trouble = store.health().trouble;
        assert_eq!(trouble.as_deref(), Some("its format 2 is newer than this version of Beacon"));
    }
}
