//! The vendor's package centre, played by its table.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use super::floor::Floor;
use super::report::{CallReport, Ended};
use super::sandbox::{Disk, JobEnd, Sandbox, Session, tail};
use super::stage::Stage;
use crate::diagnostic::{Diagnostic, Failure, Result};
use crate::hooks::lifecycle::{Act, Call, Moment, OnFailure, Value, What, Whose};
use crate::hooks::shell_quote;
use crate::vendor::firmware::{Firmware, Work};
use crate::vendor::vendor;

/// How much of a script's output is kept, in bytes: its end.
const KEPT: u64 = 16 << 10;

/// What runs a script.
const CALL: &str = include_str!("call.sh");

/// What a package is to the package centre.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) firmware: &'a Firmware,
    pub(super) version: &'a str,
}

/// What is played differently from the table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Twist {
    /// The power is cut behind this act.
    pub(super) cut_after: Option<usize>,
    /// The first of the new package's scripts that can stop the firmware does so, whatever it says itself.
    pub(super) first_fails: bool,
}

/// What came of a moment.
#[derive(Debug, Default)]
pub(super) struct Performed {
    pub(super) calls: Vec<CallReport>,
    /// Whether a script's failure ended it early.
    pub(super) aborted: bool,
    /// Whether a script did not end, so that nothing more was done.
    pub(super) hung: bool,
    /// Whether a wizard's script wrote something that cannot be shown.
    pub(super) shows_nothing: bool,
}

/// A box, and what its firmware knows of the package.
#[derive(Debug)]
pub(super) struct Centre<'a> {
    sandbox: &'a Sandbox,
    disk: &'a Disk,
    stage: Stage<'a>,
    floor: Option<&'a Floor>,
    limit: Duration,
    session: Option<Session<'a>>,
    /// What was answered to the wizard of what is going on.
    answers: Vec<(String, String)>,
    pub(super) installed: Option<Subject<'a>>,
    /// Whether the app is switched on.
    pub(super) on: bool,
    /// The script because of which the plug was pulled, until somebody asks for it.
    hung: Option<CallReport>,
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Start,
    Stop,
    Status,
    Other,
}

/// What a row of the table calls for. Starts and stops are told by their words, as the firmware does.
pub(super) fn purpose(call: &Call) -> Purpose {
    Purpose::of(call.action())
}

impl Purpose {
    fn of(action: &str) -> Self {
        match action {
            "start" | "start.sh" => Self::Start,
            "stop" | "stop.sh" => Self::Stop,
            "status" => Self::Status,
            _ => Self::Other,
        }
    }

    /// What a call was for. Words come first among the arguments, and no path is one of them.
    pub(super) fn of_report(report: &CallReport) -> Self {
        match report.args.first().map(|word| Self::of(word)) {
            None | Some(Self::Other) => Self::of(&report.script),
            Some(purpose) => purpose,
        }
    }
}

impl<'a> Centre<'a> {
    pub(super) fn new(
        sandbox: &'a Sandbox,
        disk: &'a Disk,
        stage: Stage<'a>,
        floor: Option<&'a Floor>,
        limit: Duration,
    ) -> Self {
        Self {
            sandbox,
            disk,
            stage,
            floor,
            limit,
            session: None,
            answers: Vec::new(),
            installed: None,
            on: false,
            hung: None,
        }
    }

    /// The box while it is switched on.
    pub(super) fn session(&mut self) -> Result<&mut Session<'a>> {
        self.session.as_mut().ok_or_else(|| Diagnostic::error("the box is switched off").into())
    }

    /// Switches the box on, up to where the firmware looks for apps.
    pub(super) fn power_on(&mut self, firmware: &Firmware) -> Result<()> {
        let script = self.stage.boot(firmware)?;
        let mut session = Session::start(self.sandbox, self.disk, self.floor)?;
        session.work(&script)?;
        self.session = Some(session);
        Ok(())
    }

    /// Cuts the power.
    pub(super) fn power_cut(&mut self) {
        self.session = None;
    }

    pub(super) fn is_on(&self) -> bool {
        self.session.is_some()
    }

    /// The script that did not end since this was last asked, if there was one.
    pub(super) fn take_hung(&mut self) -> Option<CallReport> {
        self.hung.take()
    }

    pub(super) fn has_accounts(&self) -> bool {
        self.sandbox.has_accounts()
    }

    fn works(&mut self, works: &[Work]) -> Result<()> {
        if works.is_empty() {
            return Ok(());
        }
        let script = self.stage.script(works)?;
        self.session()?.work(&script).map(drop)
    }

    /// Plays a moment of the table. `new` is the package that is being installed, where one is.
    pub(super) fn perform(&mut self, what: What, new: Option<Subject<'a>>, twist: Twist) -> Result<Performed> {
        let mut done = Performed::default();
        let old = self.installed;
        let Some(subject) = new.or(old) else {
            return Ok(done);
        };
        let Some(moment) = subject.firmware.lifecycle.moment(what) else {
            return Ok(done);
        };
        if new.is_some() {
            self.works(&subject.firmware.prepare)?;
        }
        if !self.ask(what, subject, old.filter(|_| new.is_some()), &mut done)? {
            return Ok(done);
        }
        let mut pretend = twist.first_fails;
        for (index, act) in moment.acts.iter().enumerate() {
            match act {
                Act::Upload => self.works(&subject.firmware.upload)?,
                Act::Unpack => {
                    self.works(&subject.firmware.unpack)?;
                    self.installed = new.or(self.installed);
                }
                Act::Remove => {
                    if let Some(old) = old {
                        self.works(&old.firmware.remove)?;
                        self.installed = None;
                    }
                }
                Act::Call(call) => {
                    let whose = match call.from {
                        Whose::New => new,
                        Whose::Installed => old,
                    };
                    let Some(whose) = whose.filter(|_| self.is_due(call, subject)) else {
                        continue;
                    };
                    let folder = whose.firmware.folder(moment, index);
                    if purpose(call) == Purpose::Start {
                        self.works(&whose.firmware.switch_on)?;
                    }
                    let old_version = old.filter(|_| new.is_some()).map_or("", |old| old.version);
                    let report = self.call(call, whose, folder, old_version)?;
                    match purpose(call) {
                        Purpose::Start => self.on |= report.ended == Ended::Code(0),
                        Purpose::Stop => {
                            self.on &= !matches!(what, What::Stop);
                            self.works(&whose.firmware.switch_off)?;
                        }
                        Purpose::Status | Purpose::Other => {}
                    }
                    // WD's packages are moved to their place by a script of their own.
                    if folder == whose.firmware.places.scripts && new.is_some() && self.installed.is_none() {
                        self.installed = new;
                    }
                    let mut failed = !matches!(report.ended, Ended::Code(0) | Ended::Missing);
                    if matches!(report.ended, Ended::Hung(_)) {
                        self.hang(report, &mut done);
                        return Ok(done);
                    }
                    done.calls.push(report);
                    if call.on_failure == OnFailure::Abort && call.from == Whose::New && pretend {
                        pretend = false;
                        failed = true;
                    }
                    if failed && call.on_failure == OnFailure::Abort {
                        done.aborted = true;
                        return Ok(done);
                    }
                }
            }
            if twist.cut_after == Some(index) {
                self.power_cut();
                return Ok(done);
            }
        }
        if what == What::Uninstall {
            if let Some(old) = old {
                self.works(&old.firmware.forget)?;
            }
            self.installed = None;
            self.on = false;
        }
        Ok(done)
    }

    /// Shows the wizard of a moment to somebody who changes nothing. Whether what is going on goes on.
    fn ask(
        &mut self,
        what: What,
        subject: Subject<'a>,
        old: Option<Subject<'a>>,
        done: &mut Performed,
    ) -> Result<bool> {
        let firmware = subject.firmware;
        let asked = Firmware::asked_at(what);
        self.answers = firmware.answers.get(&asked).cloned().unwrap_or_default();
        let Some(wizard) = firmware.wizards.iter().find(|wizard| wizard.what == asked) else {
            return Ok(true);
        };
        let report = self.call(&wizard.call, subject, &wizard.folder, old.map_or("", |old| old.version))?;
        let ended = report.ended;
        if matches!(ended, Ended::Hung(_)) {
            self.hang(report, done);
            return Ok(false);
        }
        done.calls.push(report);
        if ended == Ended::Code(0) {
            let written = self.look(&format!("cat {}", shell_quote(&firmware.places.message_file)))?.output;
            match vendor(firmware.lifecycle.vendor).answers(&written) {
                Some(answers) => self.answers = answers,
                None => done.shows_nothing = true,
            }
        }
        done.aborted = done.shows_nothing || ended != Ended::Code(0);
        Ok(!done.aborted)
    }

    /// The firmware would wait for ever for a script that hangs. Somebody pulls the plug.
    fn hang(&mut self, report: CallReport, done: &mut Performed) {
        self.hung = Some(report.clone());
        self.power_cut();
        done.calls.push(report);
        done.hung = true;
    }

    fn is_due(&self, call: &Call, subject: Subject<'_>) -> bool {
        let starts_and_stops = purpose(call) == Purpose::Other || subject.firmware.startable;
        starts_and_stops && subject.firmware.makes(call, self.on)
    }

    /// Starts a script as the firmware does, and gives the job's number.
    pub(super) fn begin(&mut self, call: &Call, whose: Subject<'_>, folder: &str, old_version: &str) -> Result<u32> {
        let firmware = whose.firmware;
        let session = self.session.as_mut().ok_or_else(|| Diagnostic::error("the box is switched off"))?;
        let job = session.next();
        let script = format!("{folder}/{}", call.script);
        let mut text = format!(
            "job={job}\nscript={}\nfolder={}\n",
            shell_quote(&script),
            shell_quote(firmware.lifecycle.working_dir.value)
        );
        let message = &firmware.places.message_file;
        if !message.is_empty() {
            let _ = writeln!(text, ": >{0} && chmod 666 {0}", shell_quote(message));
        }
        text += "run() {\n    exec env -i";
        for (name, value) in environment(call, whose, old_version, &self.answers) {
            let _ = write!(text, " {}", shell_quote(&format!("{name}={value}")));
        }
        let user = firmware.user(call);
        if user != "root" && self.sandbox.has_accounts() {
            let _ = write!(text, " /.sim/bin/su -p -s /.sim/bin/sh {}", shell_quote(user));
        } else {
            text += " /.sim/bin/sh";
        }
        text += " /.sim/exec \"$script\"";
        for arg in call.args {
            let _ = write!(text, " {}", shell_quote(firmware.argument(arg)));
        }
        text += "\n}\n";
        text += CALL;
        session.begin(&text)
    }

    fn call(&mut self, call: &Call, whose: Subject<'_>, folder: &str, old_version: &str) -> Result<CallReport> {
        let begun = Instant::now();
        let commands = self.commands()?.len();
        let job = self.begin(call, whose, folder, old_version)?;
        let limit = self.limit;
        let ended = match self.session()?.wait(job, limit)? {
            Some(code) => Ended::Code(code),
            None => Ended::Hung(limit),
        };
        let took = begun.elapsed();
        self.report(call, whose, job, ended, took, commands)
    }

    /// What a job that ran a script left.
    pub(super) fn report(
        &mut self,
        call: &Call,
        whose: Subject<'_>,
        job: u32,
        ended: Ended,
        took: Duration,
        commands: usize,
    ) -> Result<CallReport> {
        let firmware = whose.firmware;
        let file = |kind: &str| self.disk.sim().join("io").join(format!("{job}.{kind}"));
        let ended = if file("missing").exists() { Ended::Missing } else { ended };
        let message = match (&*firmware.places.message_file, ended) {
            ("", _) | (_, Ended::Cut | Ended::Missing) => String::new(),
            (path, _) => self.session()?.run(&format!("tail -c 4096 {}", shell_quote(path)))?.output,
        };
        let output = tail(&file("text"), KEPT);
        Ok(CallReport {
            script: call.script.to_owned(),
            args: call.args.iter().map(|arg| firmware.argument(arg).to_owned()).collect(),
            from: call.from,
            user: if self.sandbox.is_root_alone() { "root" } else { firmware.user(call) }.to_owned(),
            status: call.status.to_owned(),
            ended,
            held: file("held").exists(),
            took,
            output,
            message,
            commands: self.commands()?.into_iter().skip(commands).collect(),
        })
    }

    /// Every call of the vendor's programs so far.
    fn commands(&self) -> Result<Vec<String>> {
        let path = self.disk.sim().join("io/commands");
        let text = fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    /// Runs lines of shell as the box's root.
    pub(super) fn look(&mut self, script: &str) -> Result<JobEnd> {
        self.session()?.run(script)
    }

    /// The first call of a moment that starts the app.
    pub(super) fn start_call(moment: &'static Moment) -> Option<&'static Call> {
        moment.acts.iter().find_map(|act| match act {
            Act::Call(call) if purpose(call) == Purpose::Start => Some(call),
            _ => None,
        })
    }
}

/// What a script finds in its environment.
fn environment(
    call: &Call,
    whose: Subject<'_>,
    old_version: &str,
    answers: &[(String, String)],
) -> Vec<(String, String)> {
    let firmware = whose.firmware;
    let mut variables = vec![("PATH".to_owned(), firmware.userland.path.to_owned())];
    for variable in firmware.lifecycle.variables {
        let value = match variable.value {
            Value::Fixed(text) => text,
            Value::Status => call.status,
            Value::OldVersion => old_version,
            other => firmware.values.get(&other).map_or("", String::as_str),
        };
        variables.push((variable.name.to_owned(), value.to_owned()));
    }
    variables.extend(answers.iter().cloned());
    variables
}
