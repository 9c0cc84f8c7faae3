//! The daemon as a process: environment, signals, exit codes, log.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

struct Daemon {
    child: Child,
    log: Lines<BufReader<ChildStdout>>,
}

impl Daemon {
    fn command(dir: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beacon"));
        command.env_clear().env("NAS_DATA_DIR", dir.join("data")).env("NAS_CONFIG_DIR", dir);
        command
    }

    /// On any free port.
    fn local(dir: &Path) -> Command {
        let mut command = Self::command(dir);
        command.args(["--listen", "127.0.0.1:0"]);
        command
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, log }
    }

    /// Waits for a line of the log that contains this.
    fn wait_for(&mut self, text: &str) -> String {
        self.log.by_ref().map(Result::unwrap).find(|line| line.contains(text)).expect(text)
    }

    /// Waits until it listens and returns where.
    fn address(&mut self) -> String {
        self.wait_for("listens on").rsplit("http://").next().unwrap().replace("0.0.0.0", "127.0.0.1")
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Daemon {
    /// Only a failed test leaves a running daemon.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_serves_reloads_and_stops() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::spawn(Daemon::local(dir.path()));
    let address = daemon.address();
    assert!(get(&address, "/healthz").ends_with("\r\n\r\nok"));

    fs::write(dir.path().join("beacon.toml"), "title = \"Attic\"\nreports = true\n").unwrap();
    daemon.signal(Signal::HUP);
    daemon.wait_for("settings read again");
    assert!(get(&address, "/api/status").contains("\"title\":\"Attic\""));
    get(&address, "/");

    daemon.signal(Signal::TERM);
    daemon.wait_for("stopped");
    assert_eq!(daemon.child.wait().unwrap().code(), Some(0));
    let report = fs::read_to_string(dir.path().join("data/beacon-visits.csv")).unwrap();
    assert_eq!(report.lines().count(), 2, "{report}");
}

#[test]
fn only_whom_the_settings_let_can_open_the_page() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("beacon.toml"), "audience = \"itself\"\n").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Daemon::command(dir.path()).env("NAS_PORT", &port).output().unwrap();
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains(&format!("error: cannot listen on 127.0.0.1:{port}: ")), "{log}");
}

#[test]
fn the_nas_s_port_wins_and_a_taken_port_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Daemon::command(dir.path()).env("NAS_PORT", &port).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains(&format!("error: cannot listen on 0.0.0.0:{port}: ")), "{log}");
}

#[test]
fn wrong_arguments_are_told_apart_from_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let output = Daemon::command(dir.path()).arg("--setings").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = Daemon::command(dir.path()).arg("--version").output().unwrap();
    assert_eq!(output.stdout, concat!("beacon ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
}
