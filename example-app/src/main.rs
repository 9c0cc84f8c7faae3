//! The daemon's process: arguments, signals, exit code. What it serves is in the library.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use beacon::{Beacon, Server, log};
use nas_pack::runtime::Nas;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

const USAGE: &str = "\
Usage: beacon [--settings FILE]

  --settings FILE  read the settings from FILE instead of beacon.toml in the configuration folder
  --version        print the version
  --help           print this text

SIGHUP reads the settings again, SIGTERM and SIGINT stop.
";

enum Command {
    Run { settings: Option<PathBuf> },
    Print(&'static str),
}

fn parse_args() -> Result<Command, lexopt::Error> {
    use lexopt::prelude::{Long, Short};

    let mut args = lexopt::Parser::from_env();
    let mut settings = None;
    while let Some(arg) = args.next()? {
        match arg {
            Long("settings") => settings = Some(PathBuf::from(args.value()?)),
            Long("help") | Short('h') => return Ok(Command::Print(USAGE)),
            Long("version") | Short('V') => {
                return Ok(Command::Print(concat!("beacon ", env!("CARGO_PKG_VERSION"), "\n")));
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Run { settings })
}

fn run(settings: Option<PathBuf>) -> Result<(), String> {
    // Before anything else, so that a stop during the start is a stop as well.
    let mut signals =
        Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(|error| format!("cannot listen for signals: {error}"))?;

    let beacon = Arc::new(Beacon::new(Nas::detect(), settings));
    let wanted = beacon.address();
    let listener = TcpListener::bind(wanted).map_err(|error| format!("cannot listen on {wanted}: {error}"))?;
    let handler = Arc::clone(&beacon);
    let server = Server::start(listener, move |request| handler.answer(request))
        .map_err(|error| format!("cannot start the server: {error}"))?;
    log::info(&format!("beacon {} listens on http://{}", env!("CARGO_PKG_VERSION"), server.address()));

    for signal in signals.forever() {
        if signal == SIGHUP {
            beacon.reload();
        } else {
            log::info("asked to stop");
            break;
        }
    }
    server.stop();
    beacon.report();
    log::info("stopped");
    Ok(())
}

fn main() -> ExitCode {
    match parse_args() {
        Ok(Command::Print(text)) => {
            log::print(text);
            ExitCode::SUCCESS
        }
        Ok(Command::Run { settings }) => match run(settings) {
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
