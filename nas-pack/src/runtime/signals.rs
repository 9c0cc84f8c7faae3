use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator;

/// What somebody asks of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signal {
    /// To end: `SIGTERM`, from the stop script, or `SIGINT`, from a terminal.
    Stop,
    /// To read its settings again and to begin its logs anew: `SIGHUP`, from the script's `reload` where the service has it as its
    /// `reload-signal`.
    Reload,
}

/// The signals that a service gets. Without a handler each of them ends the process at once, in the middle of a write.
///
/// Make it before anything else, so that a stop during the start is one as well; then [`wait`](Self::wait) for what comes, in the main
/// thread or in one of its own.
///
/// ```no_run
/// use nas_pack::runtime::{Signal, Signals};
///
/// # fn start() {} fn reload() {} fn stop() {}
/// # fn main() -> std::io::Result<()> {
/// let mut signals = Signals::new()?;
/// start();
/// while signals.wait() == Signal::Reload {
///     reload();
/// }
/// stop();
/// # Ok(()) }
/// ```
///
/// Once `wait` has told of a stop, another one ends the process there and then, so that who has pressed Ctrl-C can cut off a shutdown
/// that hangs. The stop script sends just one, and after `stop-timeout` seconds `SIGKILL`.
///
/// The handlers last for the rest of the process, also when this is dropped. Programs that it starts do not inherit them. With an async
/// runtime take that one's own signals instead.
pub struct Signals {
    pending: iterator::Signals,
    stopping: Arc<AtomicBool>,
}

impl Signals {
    /// Takes the signals over from the kernel, in all threads.
    pub fn new() -> io::Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        // Handlers are run in the order in which they were added: this one has to see how it was before the signal.
        for signal in [SIGTERM, SIGINT] {
            flag::register_conditional_default(signal, Arc::clone(&stopping))?;
        }
        Ok(Self { pending: iterator::Signals::new([SIGTERM, SIGINT, SIGHUP])?, stopping })
    }

    /// Sleeps until there is one. Those of the same kind that come while nobody waits are told once.
    pub fn wait(&mut self) -> Signal {
        // The iterator ends when its handle closes it, which nobody has.
        match self.pending.forever().next() {
            Some(SIGHUP) => Signal::Reload,
            _ => {
                self.stopping.store(true, Ordering::SeqCst);
                Signal::Stop
            }
        }
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signals").field("stopping", &self.stopping).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

    use super::*;

    /// Set where this test program is the daemon of one of its own tests.
    const DAEMON: &str = "NAS_PACK_TEST_SIGNALS";

    /// The daemon: tells each signal on a line of its own, and after a stop hangs until its input ends.
    #[test]
    fn daemon() {
        if std::env::var_os(DAEMON).is_none() {
            return;
        }
        let mut signals = Signals::new().unwrap();
        let tell = |what: &str| {
            let mut out = io::stdout().lock();
            writeln!(out, "\ntold: {what}").unwrap();
            out.flush().unwrap();
        };
        tell("ready");
        loop {
            let signal = signals.wait();
            tell(&format!("{signal:?}"));
            if signal == Signal::Stop {
                io::stdin().lines().for_each(drop);
                std::process::exit(7);
            }
        }
    }

    struct Daemon {
        child: Child,
        out: BufReader<ChildStdout>,
    }

    impl Daemon {
        fn start() -> Self {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "runtime::signals::tests::daemon", "--nocapture"])
                .env(DAEMON, "1")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let out = BufReader::new(child.stdout.take().unwrap());
            let mut daemon = Self { child, out };
            assert_eq!(daemon.told(), "ready");
            daemon
        }

        /// What it tells next; empty at its end.
        fn told(&mut self) -> String {
            let mut line = String::new();
            while self.out.read_line(&mut line).unwrap() > 0 {
                if let Some(told) = line.strip_prefix("told: ") {
                    return told.trim_end().to_owned();
                }
                line.clear();
            }
            line
        }

        fn send(&self, signal: &str) {
            let pid = self.child.id().to_string();
            assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        }

        /// How it ends, once its input has ended or it was ended.
        fn end(mut self) -> ExitStatus {
            drop(self.child.stdin.take());
            self.child.wait().unwrap()
        }
    }

    #[test]
    fn a_reload_goes_on_and_a_stop_ends() {
        for stop in ["TERM", "INT"] {
            let mut daemon = Daemon::start();
            for _ in 0..2 {
                daemon.send("HUP");
                assert_eq!(daemon.told(), "Reload");
            }
            daemon.send(stop);
            assert_eq!(daemon.told(), "Stop");
            assert_eq!(daemon.end().code(), Some(7));
        }
    }

    #[test]
    fn a_second_stop_cuts_off_a_stop_that_hangs() {
        for (second, number) in [("INT", SIGINT), ("TERM", SIGTERM)] {
            let mut daemon = Daemon::start();
            daemon.send("TERM");
            assert_eq!(daemon.told(), "Stop");
            daemon.send(second);
            // Its output ends with it, while its input is still open.
            assert_eq!(daemon.told(), "");
            assert_eq!(daemon.end().signal(), Some(number));
        }
    }
}
