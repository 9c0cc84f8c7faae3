use std::cell::Cell;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::{Disk, Sandbox};
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::simulate::floor::Floor;

/// How long the firmware's own work may take: unpacking and removing files, looking around.
const WORK: Duration = Duration::from_secs(600);
/// How long a box may take until it is there, and until it is gone.
const SWITCH: Duration = Duration::from_secs(30);
/// How much of what a job printed is looked at, in bytes: its end.
const OUTPUT: u64 = 16 << 20;

/// A box that is switched on. Dropping it cuts its power: whatever runs in it is gone then.
#[derive(Debug)]
pub(in crate::simulate) struct Session<'a> {
    sandbox: &'a Sandbox,
    disk: &'a Disk,
    child: Child,
    jobs: Option<ChildStdin>,
    ends: Receiver<String>,
    number: Cell<u32>,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) struct JobEnd {
    /// Its exit code.
    pub(in crate::simulate) code: i32,
    /// What it printed, errors too.
    pub(in crate::simulate) output: String,
}

impl<'a> Session<'a> {
    /// Switches a box on. With a floor, every program in it gets the system calls of that kernel alone.
    pub(in crate::simulate) fn start(sandbox: &'a Sandbox, disk: &'a Disk, floor: Option<&Floor>) -> Result<Self> {
        let spawned = sandbox.spawn(disk, |command| match floor {
            Some(floor) => floor.spawn(command),
            None => command.spawn(),
        });
        let trouble = |what: String| -> Failure {
            let said = disk.said();
            let said = said.lines().next_back().unwrap_or_default();
            let said = if said.is_empty() { String::new() } else { format!(": {said}") };
            Diagnostic::error(format!("a box for the simulation cannot be switched on: {what}{said}")).into()
        };
        let mut child = spawned.map_err(|error| trouble(error.to_string()))?;
        let (Some(jobs), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(trouble("it has no input or output".to_owned()));
        };
        let (tell, ends) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        let session = Self { sandbox, disk, child, jobs: Some(jobs), ends, number: Cell::new(0) };
        match session.ends.recv_timeout(SWITCH) {
            Ok(line) if line == "ready" => Ok(session),
            Ok(line) => Err(trouble(format!("it says `{line}`"))),
            Err(_) => Err(trouble("it does not answer".to_owned())),
        }
    }

    /// Runs lines of shell as the box's root, with all of BusyBox's programs, to their end.
    pub(in crate::simulate) fn run(&mut self, script: &str) -> Result<JobEnd> {
        let job = self.begin(script)?;
        let lost = || Failure::from(Diagnostic::error("the box ended while the simulation worked in it"));
        let code = self.wait(job, WORK)?.ok_or_else(lost)?;
        Ok(JobEnd { code, output: self.text(job, "out") })
    }

    /// As [`run`](Self::run), where only success is right.
    pub(in crate::simulate) fn work(&mut self, script: &str) -> Result<String> {
        let JobEnd { code, output } = self.run(script)?;
        if code == 0 {
            return Ok(output);
        }
        let mut diagnostic = Diagnostic::error(format!("the firmware's own work in the box ended with code {code}"));
        if let Some(said) = output.trim().lines().next_back() {
            diagnostic = diagnostic.note(format!("it said: {said}"));
        }
        Err(diagnostic.into())
    }

    /// The number of the next job. Its files are named by it.
    pub(in crate::simulate) fn next(&self) -> u32 {
        self.number.get()
    }

    /// Starts lines of shell.
    pub(in crate::simulate) fn begin(&mut self, script: &str) -> Result<u32> {
        let number = self.number.replace(self.number.get() + 1);
        let path = self.disk.sim().join("jobs").join(number.to_string());
        fs::write(&path, script).map_err(|error| Failure::io("write", &path, &error))?;
        let sent = self.jobs.as_mut().map(|jobs| jobs.write_all(format!("{number}\n").as_bytes()));
        match sent {
            Some(Ok(())) => Ok(number),
            _ => Err(Diagnostic::error("the box ended while the simulation worked in it").into()),
        }
    }

    /// Waits for the end of a job; `None` if it has not ended in that time. Jobs are waited for in the order of their ends.
    pub(in crate::simulate) fn wait(&mut self, job: u32, limit: Duration) -> Result<Option<i32>> {
        let until = Instant::now() + limit;
        loop {
            match self.ends.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let mut words = line.split(' ');
                    let is_it = words.next().and_then(|word| word.parse().ok()) == Some(job);
                    if let (true, Some(Ok(code))) = (is_it, words.next().map(str::parse)) {
                        return Ok(Some(code));
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Diagnostic::error("the box ended while the simulation worked in it").into());
                }
            }
        }
    }

    /// What a job left in a file of its own, at most the end of it.
    pub(in crate::simulate) fn text(&self, job: u32, kind: &str) -> String {
        tail(&self.disk.sim().join("io").join(format!("{job}.{kind}")), OUTPUT)
    }

    /// A program in the box, as its root, with this process's terminal; until it ends.
    pub(in crate::simulate) fn interact(&self, program: &[&str]) -> Result<ExitStatus> {
        let first = first_child(self.child.id()).ok_or_else(|| Diagnostic::error("the box has no process to enter"))?;
        let mut command: Command = self.sandbox.enter(self.disk, first);
        command.args(program).env_clear().env("PATH", "/bin:/usr/bin:/sbin:/usr/sbin");
        if let Some(term) = std::env::var_os("TERM") {
            command.env("TERM", term);
        }
        let failed = |error: std::io::Error| Diagnostic::error(format!("the box cannot be entered: {error}")).into();
        command.status().map_err(failed)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // The agent sees its input end, and with the box's first process the kernel ends every other.
        self.jobs = None;
        let until = Instant::now() + SWITCH;
        while self.ends.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
        if Instant::now() >= until {
            if let Some(first) = first_child(self.child.id()) {
                let _ = Command::new(self.disk.sim().join("busybox")).args(["kill", "-9", &first.to_string()]).status();
            }
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// The box's first process, by its number on this machine.
fn first_child(parent: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

/// The end of a file as text, at most `limit` bytes of it.
pub(in crate::simulate) fn tail(path: &Path, limit: u64) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        file.seek(SeekFrom::Start(len.saturating_sub(limit)))?;
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}
