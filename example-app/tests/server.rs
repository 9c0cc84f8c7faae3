//! The app behind its server, asked over TCP in the test's own process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::ffi::OsString;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use beacon::{Beacon, Server};
use nas_pack::runtime::Nas;
use serde_json::Value;

struct Running {
    beacon: Arc<Beacon>,
    server: Server,
}

impl Running {
    /// A NAS whose every folder is below `dir`.
    fn start(dir: &Path) -> Self {
        let nas = Nas::from_env(&dir.join("app/bin/beacon"), |name| match name {
            "NAS_DATA_DIR" => Some(dir.join("data").into()),
            "NAS_CONFIG_DIR" => Some(dir.join("config").into()),
            "NAS_VENDOR" => Some(OsString::from("synology")),
            _ => None,
        });
        let beacon = Arc::new(Beacon::new(nas, None));
        let handler = Arc::clone(&beacon);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server::start(listener, move |request| handler.answer(request)).unwrap();
        Self { beacon, server }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.server.address()).unwrap()
    }

    /// Sends bytes and returns the whole answer.
    fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn get(&self, path: &str) -> (String, String) {
        let answer = self.send(format!("GET {path} HTTP/1.1\r\nHost: nas\r\nUser-Agent: test\r\n\r\n").as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path).1).unwrap()
    }
}

#[test]
fn the_page_is_shown_and_the_visit_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path());

    let (head, body) = running.get("/healthz");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(body, "ok");
    assert!(!dir.path().join("data").exists(), "a health check makes no files");

    let (head, body) = running.get("/?from=somewhere");
    assert!(head.contains("text/html"), "{head}");
    assert_eq!(body, include_str!("../assets/www/index.html"));

    let status = running.json("/api/status");
    assert_eq!(status["title"], "Beacon");
    assert_eq!(status["nas"], "synology");
    assert_eq!(status["visits"], serde_json::json!({ "total": 1, "lost": 0, "error": null }));
    assert!(status["disk"]["total"].as_u64().unwrap() > 0, "{status}");
    assert!(status["uptime"]["service"].is_u64(), "{status}");

    let visits = running.json("/api/visits");
    assert_eq!(visits[0]["number"], 1);
    assert_eq!(visits[0]["client"], "127.0.0.1");
    assert_eq!(visits[0]["agent"], "test");
    assert!(visits[1].is_null());

    running.server.stop();
}

#[test]
fn visits_outlive_the_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path());
    running.get("/");
    running.server.stop();
    drop(running.beacon);
    let running = Running::start(dir.path());
    assert_eq!(running.json("/api/status")["visits"]["total"], 1);
    running.server.stop();
}

#[test]
fn bad_input_gets_an_answer_and_nothing_breaks() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path());
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(100));
    let cases: [(&[u8], &str); 9] = [
        (b"GET /nowhere HTTP/1.1\r\n\r\n", "HTTP/1.1 404 "),
        (b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", "HTTP/1.1 404 "),
        (b"GET http://nas/ HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 405 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "HTTP/1.1 400 "),
        (b"GET / HTTP/1.1\r\nbad header\r\n\r\n", "HTTP/1.1 400 "),
        (b"HEAD /healthz HTTP/1.0\r\n\r\n", "HTTP/1.1 200 "),
        (long.as_bytes(), "HTTP/1.1 431 "),
        (many.as_bytes(), "HTTP/1.1 431 "),
    ];
    for (bytes, expected) in cases {
        let answer = running.send(bytes);
        assert!(answer.starts_with(expected), "{:?} got {answer}", String::from_utf8_lossy(bytes));
    }
    assert!(running.send(b"POST / HTTP/1.1\r\n\r\n").contains("\r\nAllow: GET, HEAD\r\n"));
    assert!(running.send(b"HEAD /healthz HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));

    // Half a request, then nothing.
    let mut stream = running.connect();
    stream.write_all(b"GET / HT").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"");

    assert_eq!(running.get("/healthz").1, "ok");
    running.server.stop();
}

#[test]
fn visitors_who_say_nothing_hold_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path());
    // More than there are workers.
    let silent: Vec<_> = (0..16).map(|_| running.connect()).collect();
    assert_eq!(running.get("/healthz").1, "ok");
    running.server.stop();
    drop(silent);
}

#[test]
fn too_many_visitors_are_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let running = Running::start(dir.path());
    let mut silent: Vec<_> = (0..65).map(|_| running.connect()).collect();
    let mut answer = String::new();
    silent.pop().unwrap().read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    running.server.stop();
}

#[test]
fn a_damaged_settings_file_is_left_alone_and_the_defaults_serve() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config/beacon.toml");
    fs::create_dir(dir.path().join("config")).unwrap();
    fs::write(&file, "title = \"half a").unwrap();
    let running = Running::start(dir.path());
    assert_eq!(running.json("/api/status")["title"], "Beacon");
    assert_eq!(fs::read_to_string(&file).unwrap(), "title = \"half a");

    fs::write(&file, "title = \"Attic\"").unwrap();
    running.beacon.reload();
    assert_eq!(running.json("/api/status")["title"], "Attic");

    fs::write(&file, "title = ").unwrap();
    running.beacon.reload();
    assert_eq!(running.json("/api/status")["title"], "Attic", "what worked goes on");
    running.server.stop();
}

#[test]
fn a_data_folder_that_cannot_be_used_is_reported_and_the_page_is_served() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("data"), "a file in the way").unwrap();
    let running = Running::start(dir.path());
    assert!(running.get("/").0.starts_with("HTTP/1.1 200 "));
    let status = running.json("/api/status");
    assert_eq!(status["visits"]["lost"], 1);
    assert!(status["visits"]["error"].is_string(), "{status}");
    assert_eq!(running.json("/api/visits"), serde_json::json!([]));
    running.server.stop();
}

#[test]
fn the_page_of_the_package_wins_over_the_built_in_one() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("app/www")).unwrap();
    fs::write(dir.path().join("app/www/index.html"), "<p>mine</p>").unwrap();
    let running = Running::start(dir.path());
    assert_eq!(running.get("/").1, "<p>mine</p>");
    running.server.stop();
}
