//! The daemon's process: arguments, signals, exit code. What it serves is in the library.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use beacon::{APP, Beacon, Server, log};
use nas_pack::runtime::{Signal, Signals};

const USAGE: &str = "\
Usage: beacon [OPTIONS]

  --database FILE        keep the visits in FILE instead of visits.db in the data folder
  --listen ADDRESS:PORT  listen there, whatever the NAS and the settings say; port 0 takes any free one
  --version              print the version
  --help                 print this text

SIGHUP reads the settings again, SIGTERM and SIGINT stop.
";

enum Command {
    Run(Options),
    Print(String),
}

#[derive(Default)]
struct Options {
    database: Option<PathBuf>,
    listen: Option<SocketAddr>,
}

fn parse_args() -> Result<Command, lexopt::Error> {
    use lexopt::prelude::{Long, Short, ValueExt as _};

    let mut args = lexopt::Parser::from_env();
    let mut options = Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Long("database") => options.database = Some(PathBuf::from(args.value()?)),
            Long("listen") => options.listen = Some(args.value()?.parse()?),
            Long("help") | Short('h') => return Ok(Command::Print(USAGE.to_owned())),
            Long("version") | Short('V') => return Ok(Command::Print(format!("{} {}\n", APP.package, APP.version))),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Run(options))
}

fn run(options: Options) -> Result<(), String> {
    // Before anything else, so that a stop during the start is a stop as well.
    let mut signals = Signals::new().map_err(|error| format!("cannot listen for signals: {error}"))?;

    let beacon = Arc::new(Beacon::new(APP.detect(), options.database));
    let wanted = options.listen.unwrap_or_else(|| beacon.address());
    let listener = TcpListener::bind(wanted).map_err(|error| format!("cannot listen on {wanted}: {error}"))?;
    let handler = Arc::clone(&beacon);
    let server = Server::start(listener, move |request| handler.answer(request))
        .map_err(|error| format!("cannot start the server: {error}"))?;
    log::info(&format!("{} {} listens on http://{}", APP.package, APP.version, server.address()));

    while signals.wait() == Signal::Reload {
        beacon.reload();
    }
    log::info("asked to stop");
    server.stop();
    beacon.report();
    log::info("stopped");
    Ok(())
}

fn main() -> ExitCode {
    match parse_args() {
        Ok(Command::Print(text)) => {
            log::print(&text);
            ExitCode::SUCCESS
        }
        Ok(Command::Run(options)) => match run(options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                log::error(&error);
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            log::error(&format!("{error}; see beacon --help"));
            ExitCode::from(2)
        }
    }
}
