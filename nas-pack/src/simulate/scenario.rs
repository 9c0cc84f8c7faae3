//! A package's life, scene by scene, and what is held against it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::centre::{Centre, Performed, Purpose, Subject, Twist, purpose};
use super::look::{self, Answer, Files, Process};
use super::report::{CallReport, Ended, Scene, SceneReport};
use super::rules;
use super::user_data::UserData;
use crate::diagnostic::{Diagnostic, Findings, Level, Levels, Result, Rule};
use crate::hooks::lifecycle::{Act, RunsAs, Takes, What};
use crate::vendor::firmware::{Firmware, Work};
use crate::vendor::open::few;

/// How many lines of a script's output or of a log are shown with a finding.
const SHOWN: usize = 12;
/// From here on a script is called slow.
const SLOW: Duration = Duration::from_secs(30);
/// How long a daemon may take from its start script's end to its first answer, in seconds.
const GRACE: u32 = 3;
/// After so many scenes that a script brought to a stand the others are not played: each would wait as long.
const STANDS: u32 = 2;
/// What every box lets everybody write to, and a boot or time empties.
const SCRATCH: [&str; 2] = ["/tmp", "/var/tmp"];

/// What is played and by whom.
pub(super) struct Player<'a, 'o> {
    pub(super) centre: Centre<'a>,
    pub(super) new: Subject<'a>,
    /// An older build. Without one, the package stands in for it.
    pub(super) older: Option<Subject<'a>>,
    pub(super) levels: &'o Levels,
    pub(super) scenes: Option<&'o BTreeSet<Scene>>,
    pub(super) begun: Instant,
    pub(super) tell: &'o dyn Fn(&SceneReport),
    pub(super) state: State,
}

/// What scenes tell each other.
#[derive(Debug, Default)]
pub(super) struct State {
    reports: Vec<SceneReport>,
    /// What was on the box before the package came, and what was there after the last scene.
    before: Files,
    last: Files,
    data: UserData,
    /// Whether the package has ever had a process.
    has_daemon: bool,
    /// Whether it could be installed and started.
    lived: bool,
    /// How many scenes a script that does not end has ended.
    stands: u32,
    /// Files that were written outside and told of already.
    told: BTreeSet<String>,
}

/// What is noted of a scene while it is played.
pub(super) struct Notes {
    calls: Vec<CallReport>,
    findings: Findings,
    facts: Vec<String>,
    not_run: Option<String>,
}

impl Notes {
    fn new(levels: &Levels) -> Self {
        Self { calls: Vec::new(), findings: Findings::with(levels.clone()), facts: Vec::new(), not_run: None }
    }

    fn fact(&mut self, fact: impl Into<String>) {
        self.facts.push(fact.into());
    }

    fn found(&mut self, diagnostic: Diagnostic) {
        self.findings.push(diagnostic);
    }

    fn failed(&self) -> bool {
        self.findings.has_errors()
    }

    /// Adds what was noted of a part, its findings in the scene's own words. What was seen before is not told again.
    fn absorb(&mut self, part: Self, own: impl Fn(Diagnostic) -> Diagnostic) {
        self.calls.extend(part.calls);
        let new: Vec<_> = part.facts.into_iter().filter(|fact| !self.facts.contains(fact)).collect();
        self.facts.extend(new);
        part.findings.into_all().into_iter().map(own).for_each(|found| self.found(found));
    }
}

type Play<'a, 'o> = fn(&mut Player<'a, 'o>, &mut Notes) -> Result<()>;

impl<'a, 'o> Player<'a, 'o> {
    /// Plays the whole life. A finding in a scene does not keep the next ones from being played, but an app that cannot be installed
    /// has no life.
    pub(super) fn play(mut self) -> Result<Vec<SceneReport>> {
        self.scene(Scene::Install, Self::install)?;
        self.state.lived = self
            .state
            .reports
            .last()
            .is_some_and(|report| !report.findings.iter().any(|found| found.level == Level::Error));
        for (scene, play) in Self::scenes(self.new.firmware, self.older.is_some()) {
            if self.scenes.is_some_and(|wanted| !wanted.contains(&scene)) {
                // What the later scenes look for is laid out all the same.
                if scene == Scene::Data && self.state.lived {
                    self.data(&mut Notes::new(self.levels))?;
                }
            } else if self.state.lived || matches!(scene, Scene::Uninstall | Scene::Audit) {
                self.scene(scene, play)?;
            } else {
                self.skip(scene, "it could not be installed and started");
            }
        }
        self.centre.power_cut();
        Ok(self.state.reports)
    }

    /// The scenes after the installation that make sense for a package.
    fn scenes(firmware: &Firmware, has_older: bool) -> Vec<(Scene, Play<'a, 'o>)> {
        let table = firmware.lifecycle;
        let all: [(Scene, Play<'a, 'o>); 18] = [
            (Scene::Status, Self::status),
            (Scene::Probe, Self::probe),
            (Scene::Data, Self::data),
            (Scene::StartAgain, Self::start_again),
            (Scene::Stop, Self::stop),
            (Scene::StopAgain, Self::stop_again),
            (Scene::Start, Self::start),
            (Scene::Boot, Self::boot),
            (Scene::Upgrade, Self::upgrade),
            (Scene::SameVersion, Self::same_version),
            (Scene::Downgrade, Self::downgrade),
            (Scene::Reinstall, Self::reinstall),
            (Scene::FailedUpgrade, Self::failed_upgrade),
            (Scene::PowerCutStart, Self::power_cut_start),
            (Scene::PowerCutUpgrade, Self::power_cut_upgrade),
            (Scene::SnapshotRestore, Self::snapshot_restore),
            (Scene::PortTaken, Self::port_taken),
            (Scene::Uninstall, Self::uninstall),
        ];
        let makes_sense = |scene: Scene| match scene {
            Scene::Status => firmware.startable && table.moment(What::Status).is_some(),
            Scene::Probe | Scene::PortTaken => firmware.startable && firmware.page.is_some(),
            Scene::StartAgain | Scene::Stop | Scene::StopAgain | Scene::Start | Scene::PowerCutStart => {
                firmware.startable
            }
            Scene::Downgrade => has_older,
            Scene::Reinstall => table.moment(What::Reinstall).is_some(),
            Scene::FailedUpgrade => first_can_fail(firmware),
            Scene::SnapshotRestore => table.moment(What::SnapshotRestore).is_some(),
            _ => true,
        };
        let mut scenes: Vec<_> = all.into_iter().filter(|(scene, _)| makes_sense(*scene)).collect();
        scenes.push((Scene::InstallAgain, Self::install_again));
        scenes.push((Scene::Audit, Self::audit));
        scenes
    }

    fn scene(&mut self, scene: Scene, play: impl FnOnce(&mut Self, &mut Notes) -> Result<()>) -> Result<()> {
        let at = self.begun.elapsed();
        let begun = Instant::now();
        let mut notes = Notes::new(self.levels);
        // An app that an earlier scene left switched off or half installed shall not spoil the others.
        if self.state.stands >= STANDS {
            notes.not_run = Some(format!("{STANDS} scenes before have waited in vain for a script's end"));
        } else if scene != Scene::Install && !self.recover(scene)? {
            notes.not_run = Some("an earlier scene left the app in a state that it does not come back from".to_owned());
        } else {
            let played = play(self, &mut notes).and_then(|()| self.look_for_strays(&mut notes));
            match self.centre.take_hung() {
                // What else the scene wanted to look at went with the power.
                Some(call) => {
                    self.state.stands += 1;
                    if !notes.findings.has_errors() {
                        self.judge(&mut notes, &call)?;
                    }
                }
                None => played?,
            }
        }
        let Notes { calls, findings, facts, not_run } = notes;
        let findings = findings.into_all();
        debug_assert!(
            findings.iter().all(|found| found.rule.is_some_and(|rule| scene.has(rule))),
            "{scene} is not known to find {:?}",
            findings.iter().map(Diagnostic::code).collect::<Vec<_>>()
        );
        self.keep(SceneReport { scene, at, took: begun.elapsed(), calls, findings, facts, not_run });
        Ok(())
    }

    fn skip(&mut self, scene: Scene, reason: &str) {
        self.keep(SceneReport::not_played(scene, self.begun.elapsed(), reason));
    }

    fn keep(&mut self, report: SceneReport) {
        (self.tell)(&report);
        self.state.reports.push(report);
    }

    /// Switches the box on if it is off, and installs the package if it is not there, as the scenes expect it. Whether that was possible.
    fn recover(&mut self, scene: Scene) -> Result<bool> {
        if !self.centre.is_on() {
            self.centre.power_on(self.new.firmware)?;
            self.centre.perform(What::Boot, None, Twist::default())?;
        }
        let needs_it = !matches!(scene, Scene::InstallAgain | Scene::Audit);
        if needs_it && self.centre.is_on() && self.centre.installed.is_none() {
            self.centre.perform(What::Install, Some(self.new), Twist::default())?;
        }
        self.state.stands += u32::from(self.centre.take_hung().is_some());
        Ok(self.centre.is_on() && (!needs_it || self.centre.installed.is_some()))
    }

    /// Plays a moment, and holds its scripts against what every script must do.
    fn perform(&mut self, notes: &mut Notes, what: What, new: Option<Subject<'a>>, twist: Twist) -> Result<Outcome> {
        let Performed { calls, aborted, hung, shows_nothing } = self.centre.perform(what, new, twist)?;
        let started = calls.iter().rev().find(|call| is_start(call)).map(|call| call.ended);
        for call in &calls {
            self.judge(notes, call)?;
        }
        if calls.iter().any(|call| call.held) {
            let script = calls.iter().find(|call| call.held).map_or("", |call| &call.script);
            notes.found(
                rules::SIM006.found(format!("`{script}` has ended, and what it started still holds its output open")),
            );
        }
        if let Some(wizard) = calls.first().filter(|_| shows_nothing) {
            let message = format!("`{}` wrote no wizard that can be shown", wizard.script);
            notes.found(said(rules::SIM024.found(message), wizard));
        }
        notes.calls.extend(calls);
        Ok(Outcome { aborted, hung, started })
    }

    fn judge(&mut self, notes: &mut Notes, call: &CallReport) -> Result<()> {
        let name = call.command();
        match call.ended {
            Ended::Code(0) | Ended::Cut | Ended::Missing => {}
            Ended::Code(_) if Purpose::of_report(call) == Purpose::Status => {}
            Ended::Code(code) => {
                // Our own scripts say how an author's step ended.
                let is_shells = code == 127 || call.output.contains("ended with code 127");
                let missing = missing_program(&call.output).filter(|_| is_shells);
                let diagnostic = match missing {
                    Some(program) => {
                        rules::SIM017.found(format!("`{name}` wants `{program}`, which the device does not have"))
                    }
                    None if is_start(call) => rules::SIM002.found(format!("`{name}` ended with code {code}")),
                    None => rules::SIM001.found(format!("`{name}` ended with code {code}")),
                };
                let mut diagnostic = said(diagnostic, call);
                if is_start(call) && self.centre.is_on() {
                    diagnostic = self.with_log(diagnostic)?;
                }
                notes.found(diagnostic);
            }
            Ended::Hung(limit) => {
                let message = format!("`{name}` had not ended after {} s", limit.as_secs());
                notes.found(said(rules::SIM005.found(message), call));
            }
        }
        if call.took > SLOW && !matches!(call.ended, Ended::Hung(_)) {
            notes.found(rules::SIM021.found(format!("`{name}` took {} s", call.took.as_secs())));
        }
        Ok(())
    }

    /// Adds the end of the app's newest log.
    fn with_log(&mut self, diagnostic: Diagnostic) -> Result<Diagnostic> {
        let log = look::logs(&mut self.centre, &self.new.firmware.places.own)?;
        Ok(if log.trim().is_empty() {
            diagnostic
        } else {
            diagnostic.note(format!("the end of its log:\n{}", last_lines(&log)))
        })
    }

    /// Holds the running app against what the firmware and its users expect: it runs, says so, and has kept the data.
    fn expect_running(&mut self, notes: &mut Notes) -> Result<()> {
        if !self.new.firmware.startable || notes.failed() || !self.centre.is_on() {
            return Ok(());
        }
        let processes = look::processes(&mut self.centre)?;
        if self.state.has_daemon && processes.is_empty() {
            let diagnostic = rules::SIM002.found("its start succeeded, and none of its processes is there");
            let diagnostic = self.with_log(diagnostic)?;
            notes.found(diagnostic);
            return Ok(());
        }
        if let Some(page) = self.new.firmware.page.clone() {
            match look::probe(&mut self.centre, &page, GRACE)? {
                Answer::Yes(code) => notes.fact(format!("port {} answers {code}", page.port)),
                Answer::No(reason) => {
                    let here = look::listens(&mut self.centre, page.port)?;
                    let heard = if here {
                        "something listens there, but not for other machines"
                    } else {
                        "nothing listens there"
                    };
                    let message = format!("port {} does not answer: {reason}; {heard}", page.port);
                    let diagnostic = self.with_log(rules::SIM003.found(message))?;
                    notes.found(diagnostic);
                }
            }
        }
        self.expect_status(notes, &[0])?;
        self.expect_data(notes)
    }

    fn expect_data(&mut self, notes: &mut Notes) -> Result<()> {
        let missing = self.state.data.missing(&mut self.centre)?;
        if missing.is_empty() && !self.state.data.is_empty() {
            notes.fact("data and settings are there");
        }
        if !missing.is_empty() {
            // What is lost is told of once: whatever comes next has new data to lose.
            let processes = look::processes(&mut self.centre)?;
            self.state.data = UserData::lay_out(&mut self.centre, &processes, &self.new.firmware.places.lasting)?;
        }
        for what in missing {
            notes.found(rules::SIM010.found(what));
        }
        Ok(())
    }

    /// Asks for the status where the firmware does.
    fn expect_status(&mut self, notes: &mut Notes, wanted: &[i32]) -> Result<()> {
        if !self.new.firmware.startable {
            return Ok(());
        }
        let done = self.centre.perform(What::Status, None, Twist::default())?;
        for call in &done.calls {
            let name = call.command();
            match call.ended {
                Ended::Code(code) if wanted.contains(&code) => notes.fact(format!("status {code}")),
                Ended::Code(code) => {
                    let table = self.new.firmware.lifecycle.status_codes;
                    let meaning = |code: i32| {
                        let known = table.iter().find(|known| i32::from(known.code) == code);
                        known.map_or_else(|| format!("{code}"), |known| format!("{code} ({})", known.meaning))
                    };
                    let right: Vec<_> = wanted.iter().map(|&code| meaning(code)).collect();
                    let message = format!("`{name}` ended with {}, not with {}", meaning(code), right.join(" or "));
                    notes.found(said(rules::SIM007.found(message), call));
                }
                _ => self.judge(notes, call)?,
            }
        }
        notes.calls.extend(done.calls);
        Ok(())
    }

    /// Nothing of the app runs any more.
    fn expect_no_process(&mut self, notes: &mut Notes, rule: &'static Rule) -> Result<()> {
        if !self.centre.is_on() {
            return Ok(());
        }
        let processes = look::processes(&mut self.centre)?;
        if processes.is_empty() {
            if self.state.has_daemon {
                notes.fact("no process is left");
            }
            return Ok(());
        }
        notes.found(rule.found(format!("still there: {}", name_processes(&processes))));
        // The next scenes shall not suffer for it.
        let kill: Vec<_> = processes.iter().map(|process| process.pid.to_string()).collect();
        self.centre.look(&format!("kill -9 {} 2>/dev/null; :", kill.join(" ")))?;
        Ok(())
    }

    /// What was written outside of the package's places since the last scene.
    fn look_for_strays(&mut self, notes: &mut Notes) -> Result<()> {
        if !self.centre.is_on() {
            return Ok(());
        }
        let files = look::files(&mut self.centre)?;
        let mut strays = Vec::new();
        for (path, seen) in &files {
            let new = self.state.last.get(path).is_none_or(|before| seen.differs(before));
            if new && !self.may_write(path) && !self.state.told.contains(path) {
                strays.push(path.clone());
            }
        }
        if !self.state.last.is_empty() && !strays.is_empty() {
            let what = few(strays.iter().cloned());
            notes.found(rules::SIM013.found(format!("written outside of the package's places: {what}")));
            self.state.told.extend(strays);
        }
        self.state.last = files;
        Ok(())
    }

    fn may_write(&self, path: &str) -> bool {
        let firmware = self.new.firmware;
        let places = &firmware.places;
        let listed = places.own.iter().chain(&places.shared).chain(&places.kept).map(String::as_str);
        listed
            .chain(SCRATCH)
            .chain(firmware.volatile.iter().copied())
            .chain([&*places.message_file])
            .any(|place| is_within(path, place))
            || self.works().any(|work| is_within(path, work) || is_within(work, path))
    }

    /// Whether the firmware itself made something when it prepared the box for the package, such as a shared folder, and leaves it.
    fn is_of_the_firmware(&self, path: &str) -> bool {
        let prepared = self.new.firmware.prepare.iter().any(|work| match work {
            Work::Folder { path: made, .. } | Work::Link { path: made, .. } => path == made,
            _ => false,
        });
        prepared || self.works().any(|work| work != path && is_within(work, path))
    }

    /// The paths that the firmware itself works on.
    fn works(&self) -> impl Iterator<Item = &'a str> {
        let Firmware { skeleton, prepare, upload, unpack, remove, forget, switch_on, switch_off, .. } =
            self.new.firmware;
        [skeleton, prepare, upload, unpack, remove, forget, switch_on, switch_off].into_iter().flatten().map(|work| {
            match work {
                Work::Folder { path, .. }
                | Work::Link { path, .. }
                | Work::Write { path, .. }
                | Work::Give { path, .. }
                | Work::Remove { path }
                | Work::Clear { path, .. } => path.as_str(),
                Work::Unpack { to, .. } => to.as_str(),
            }
        })
    }

    fn install(&mut self, notes: &mut Notes) -> Result<()> {
        let first = self.older.unwrap_or(self.new);
        self.centre.power_on(self.new.firmware)?;
        self.state.before = look::files(&mut self.centre)?;
        self.state.last = self.state.before.clone();
        let (outcome, by_hand) = self.install_and_start(notes, first)?;
        if by_hand {
            notes.fact("it does not ask to be started at once, so it is switched on by hand");
        }
        if outcome.hung || !self.centre.is_on() {
            return Ok(());
        }
        if self.new.firmware.startable && outcome.started == Some(Ended::Missing) {
            notes.found(rules::SIM022.found("there is no script that starts it"));
        }
        let processes = look::processes(&mut self.centre)?;
        self.state.has_daemon = !processes.is_empty();
        if notes.failed() {
            return Ok(());
        }
        if self.state.has_daemon {
            notes.fact(format!("runs: {}", name_processes(&processes)));
        } else {
            notes.fact("no process of it runs");
        }
        self.expect_running(notes)
    }

    /// Installs a package, and switches it on where the firmware leaves that to the user. Whether it did.
    fn install_and_start(&mut self, notes: &mut Notes, subject: Subject<'a>) -> Result<(Outcome, bool)> {
        let installed = self.perform(notes, What::Install, Some(subject), Twist::default())?;
        let waits = installed.started.is_none() && !installed.aborted && !installed.hung;
        if !waits || !self.new.firmware.startable {
            return Ok((installed, false));
        }
        Ok((self.perform(notes, What::Start, None, Twist::default())?, true))
    }

    fn status(&mut self, notes: &mut Notes) -> Result<()> {
        self.expect_status(notes, &[0])
    }

    fn probe(&mut self, notes: &mut Notes) -> Result<()> {
        let Some(page) = self.new.firmware.page.clone() else { return Ok(()) };
        match look::probe(&mut self.centre, &page, GRACE)? {
            Answer::Yes(code) => notes.fact(format!("{}:{}{} answers {code}", page.protocol, page.port, page.path)),
            Answer::No(reason) => {
                notes.found(rules::SIM003.found(format!("port {} does not answer: {reason}", page.port)));
            }
        }
        Ok(())
    }

    fn data(&mut self, notes: &mut Notes) -> Result<()> {
        let processes = look::processes(&mut self.centre)?;
        let firmware = self.new.firmware;
        if let RunsAs::Root { user, .. } = firmware.lifecycle.runs_as {
            let root: Vec<_> = processes.iter().filter(|process| process.uid == 0).cloned().collect();
            if user != "root" && firmware.accounts.len() > 1 && !root.is_empty() && self.centre.has_accounts() {
                notes.found(rules::SIM020.found(format!("as root: {}", name_processes(&root))));
            }
        }
        let files = look::files(&mut self.centre)?;
        let open: Vec<_> = files
            .iter()
            .filter(|(path, seen)| {
                firmware.places.own.iter().any(|place| is_within(path, place))
                    && !seen.is_link()
                    && **path != firmware.places.message_file
                    && seen.mode & 0o1002 == 0o0002
                    && !self.state.before.contains_key(*path)
            })
            .map(|(path, seen)| format!("{path} ({:04o})", seen.mode & 0o7777))
            .collect();
        if !open.is_empty() {
            notes.found(rules::SIM019.found(format!("writable by everybody: {}", few(open.iter().cloned()))));
        }
        self.state.data = UserData::lay_out(&mut self.centre, &processes, &firmware.places.lasting)?;
        if self.state.data.is_empty() {
            notes.fact("it has no place for data");
        } else {
            let described = self.state.data.describe();
            notes.fact(format!("laid into {described}"));
        }
        // What was just laid out is not the app's doing.
        self.state.last = look::files(&mut self.centre)?;
        Ok(())
    }

    fn start_again(&mut self, notes: &mut Notes) -> Result<()> {
        let before = look::processes(&mut self.centre)?;
        self.repeat(notes, What::Start, &rules::SIM023, "while the app ran")?;
        if !self.centre.is_on() {
            return Ok(());
        }
        let after = look::processes(&mut self.centre)?;
        if before.len() < after.len() {
            notes.found(rules::SIM023.found(format!("it was started twice: {}", name_processes(&after))));
        }
        self.expect_running(notes)
    }

    /// Plays a moment whose work is done already, which must succeed all the same.
    fn repeat(&mut self, notes: &mut Notes, what: What, rule: &'static Rule, when: &str) -> Result<()> {
        let done = self.centre.perform(what, None, Twist::default())?;
        for call in &done.calls {
            if !matches!(call.ended, Ended::Code(0) | Ended::Missing) {
                notes.found(said(rule.found(format!("`{}` failed {when}", call.command())), call));
            }
        }
        notes.calls.extend(done.calls);
        Ok(())
    }

    fn stop(&mut self, notes: &mut Notes) -> Result<()> {
        self.perform(notes, What::Stop, None, Twist::default())?;
        Self::was_killed(notes);
        self.expect_no_process(notes, &rules::SIM008)?;
        self.expect_stopped(notes)
    }

    /// Our own scripts say when they had to kill, in the log and to the vendor.
    fn was_killed(notes: &mut Notes) {
        let killed =
            |call: &&CallReport| call.output.contains("and is killed") || call.message.contains("and is killed");
        if let Some(call) = notes.calls.iter().find(killed) {
            let diagnostic = said(rules::SIM009.found(format!("`{}` had to kill the daemon", call.command())), call);
            notes.found(diagnostic);
        }
    }

    fn expect_stopped(&mut self, notes: &mut Notes) -> Result<()> {
        if self.centre.is_on() && self.state.has_daemon { self.expect_status(notes, &[3]) } else { Ok(()) }
    }

    fn stop_again(&mut self, notes: &mut Notes) -> Result<()> {
        self.quiet_stop()?;
        self.repeat(notes, What::Stop, &rules::SIM014, "while the app was off")?;
        self.expect_stopped(notes)
    }

    fn start(&mut self, notes: &mut Notes) -> Result<()> {
        self.quiet_stop()?;
        self.perform(notes, What::Start, None, Twist::default())?;
        self.expect_running(notes)
    }

    /// Stops the app if it runs, as a scene's beginning.
    fn quiet_stop(&mut self) -> Result<()> {
        if self.centre.on {
            self.centre.perform(What::Stop, None, Twist::default())?;
        }
        Ok(())
    }

    fn quiet_start(&mut self) -> Result<()> {
        if self.centre.is_on() && !self.centre.on && self.new.firmware.startable {
            self.centre.perform(What::Start, None, Twist::default())?;
        }
        Ok(())
    }

    fn boot(&mut self, notes: &mut Notes) -> Result<()> {
        self.quiet_start()?;
        self.perform(notes, What::Shutdown, None, Twist::default())?;
        self.expect_no_process(notes, &rules::SIM008)?;
        self.centre.power_cut();
        self.centre.power_on(self.new.firmware)?;
        self.perform(notes, What::Boot, None, Twist::default())?;
        self.expect_running(notes)
    }

    fn upgrade(&mut self, notes: &mut Notes) -> Result<()> {
        self.quiet_start()?;
        match self.older {
            Some(older) => notes.fact(format!("{} to {}", older.version, self.new.version)),
            None => notes.fact("the same files stand in for the older version"),
        }
        let outcome = self.perform(notes, What::Upgrade, Some(self.new), Twist::default())?;
        self.after_replacement(notes, &outcome)
    }

    /// After an upgrade the app runs if it ran before, with its data.
    fn after_replacement(&mut self, notes: &mut Notes, outcome: &Outcome) -> Result<()> {
        if outcome.hung || outcome.aborted {
            return Ok(());
        }
        if outcome.started.is_none() {
            self.quiet_start()?;
        }
        self.expect_whole(notes)
    }

    /// The app runs with its data or, if nobody can start it, has its data.
    fn expect_whole(&mut self, notes: &mut Notes) -> Result<()> {
        if self.new.firmware.startable { self.expect_running(notes) } else { self.expect_data(notes) }
    }

    fn same_version(&mut self, notes: &mut Notes) -> Result<()> {
        self.replace_with(notes, self.new.firmware.lifecycle.same_version.value, self.new)
    }

    fn downgrade(&mut self, notes: &mut Notes) -> Result<()> {
        let Some(older) = self.older else { return Ok(()) };
        self.replace_with(notes, self.new.firmware.lifecycle.older_version.value, older)?;
        if self.centre.installed.is_some_and(|installed| installed.version == older.version) {
            self.centre.perform(What::Upgrade, Some(self.new), Twist::default())?;
        }
        Ok(())
    }

    fn replace_with(&mut self, notes: &mut Notes, takes: Takes, subject: Subject<'a>) -> Result<()> {
        match takes {
            Takes::No(answer) => {
                notes.fact(format!("the firmware refuses it: {answer}"));
                self.expect_running(notes)
            }
            Takes::Yes => {
                self.quiet_start()?;
                let outcome = self.perform(notes, What::Upgrade, Some(subject), Twist::default())?;
                self.after_replacement(notes, &outcome)
            }
        }
    }

    fn reinstall(&mut self, notes: &mut Notes) -> Result<()> {
        self.quiet_start()?;
        let outcome = self.perform(notes, What::Reinstall, Some(self.new), Twist::default())?;
        self.after_replacement(notes, &outcome)
    }

    fn failed_upgrade(&mut self, notes: &mut Notes) -> Result<()> {
        self.quiet_start()?;
        let twist = Twist { first_fails: true, ..Twist::default() };
        let done = self.centre.perform(What::Upgrade, Some(self.new), twist)?;
        notes.calls.extend(done.calls);
        if !self.centre.is_on() {
            return Ok(());
        }
        // The firmware leaves the old version as it is, and somebody switches it on again.
        let mut after = Notes::new(self.levels);
        if self.new.firmware.startable {
            self.perform(&mut after, What::Start, None, Twist::default())?;
        }
        self.expect_whole(&mut after)?;
        notes.absorb(after, |found| rehang(&rules::SIM018, found));
        Ok(())
    }

    fn power_cut_start(&mut self, notes: &mut Notes) -> Result<()> {
        self.quiet_stop()?;
        let call = self.new.firmware.lifecycle.moment(What::Start).and_then(Centre::start_call);
        let (Some(call), Some(installed)) = (call, self.centre.installed) else {
            notes.not_run = Some("nothing is installed that could start".to_owned());
            return Ok(());
        };
        let begun = Instant::now();
        let scripts = installed.firmware.places.scripts.clone();
        let job = self.centre.begin(call, installed, &scripts, "")?;
        // The daemon is there, and its script still waits for it: that is when its pid file is new and nothing else is ready.
        while begun.elapsed() < Duration::from_secs(20) {
            if look::processes(&mut self.centre)?.iter().any(|process| !process.command.contains(call.script)) {
                break;
            }
        }
        let report = self.centre.report(call, installed, job, Ended::Cut, begun.elapsed(), usize::MAX)?;
        notes.calls.push(report);
        self.centre.power_cut();
        self.centre.on = true;
        self.back_after_cut(notes)?;
        // Once it serves, it has more that it cannot clean up.
        if self.centre.is_on() && !notes.failed() {
            self.centre.power_cut();
            self.back_after_cut(notes)?;
        }
        Ok(())
    }

    /// Boots after a power cut, and expects the app to be back.
    fn back_after_cut(&mut self, notes: &mut Notes) -> Result<()> {
        self.centre.power_on(self.new.firmware)?;
        let mut after = Notes::new(self.levels);
        self.perform(&mut after, What::Boot, None, Twist::default())?;
        self.expect_running(&mut after)?;
        notes.absorb(after, |found| rehang(&rules::SIM015, found));
        Ok(())
    }

    fn power_cut_upgrade(&mut self, notes: &mut Notes) -> Result<()> {
        let Some(moment) = self.new.firmware.lifecycle.moment(What::Upgrade) else { return Ok(()) };
        let mut cuts = 0;
        for index in 0..moment.acts.len().saturating_sub(1) {
            self.quiet_start()?;
            let twist = Twist { cut_after: Some(index), ..Twist::default() };
            let done = self.centre.perform(What::Upgrade, Some(self.new), twist)?;
            notes.calls.extend(done.calls);
            if self.centre.is_on() {
                // The act is not part of this package's upgrade.
                continue;
            }
            cuts += 1;
            self.centre.power_on(self.new.firmware)?;
            // Whoever owns the box tries the upgrade again, or installs the app anew where the firmware has lost it.
            let what = if self.centre.installed.is_some() { What::Upgrade } else { What::Install };
            let mut after = Notes::new(self.levels);
            self.centre.perform(What::Boot, None, Twist::default())?;
            let outcome = self.perform(&mut after, what, Some(self.new), Twist::default())?;
            self.after_replacement(&mut after, &outcome)?;
            notes.calls.extend(after.calls);
            for found in after.findings.into_all() {
                let act = describe_act(&moment.acts[index]);
                notes.found(Diagnostic { message: format!("power cut behind {act}: {}", found.message), ..found });
            }
        }
        notes.fact(format!("the power was cut {cuts} times"));
        Ok(())
    }

    fn snapshot_restore(&mut self, notes: &mut Notes) -> Result<()> {
        self.quiet_start()?;
        self.perform(notes, What::SnapshotRestore, None, Twist::default())?;
        self.expect_running(notes)
    }

    fn port_taken(&mut self, notes: &mut Notes) -> Result<()> {
        let Some(page) = self.new.firmware.page.clone() else { return Ok(()) };
        self.quiet_stop()?;
        let port = page.port;
        self.centre.look(&format!(
            "(exec nc -ll -p {port} -e /.sim/bin/cat >/dev/null 2>&1 </dev/null) &\necho $! >/.sim/io/listener\n\
             for _ in 1 2 3 4 5 6 7 8 9 10; do {} && break; usleep 50000; done\n:",
            look::listening(port)
        ))?;
        let done = self.centre.perform(What::Start, None, Twist::default())?;
        let started = done.calls.iter().find(|call| is_start(call)).cloned();
        notes.calls.extend(done.calls);
        if self.centre.is_on() {
            match started {
                Some(call) if call.ended == Ended::Code(0) => {
                    let message = format!("`{}` succeeded while something else had port {port}", call.command());
                    let diagnostic = self.with_log(said(rules::SIM004.found(message), &call))?;
                    notes.found(diagnostic);
                }
                Some(CallReport { ended: Ended::Code(code), .. }) => {
                    notes.fact(format!("its start fails with code {code}"));
                }
                _ => {}
            }
            self.centre.perform(What::Stop, None, Twist::default())?;
            self.centre.on = false;
            self.centre.look("kill -9 \"$(cat /.sim/io/listener)\" 2>/dev/null; :")?;
            self.expect_no_process(notes, &rules::SIM008)?;
            self.quiet_start()?;
            self.expect_running(notes)?;
        }
        Ok(())
    }

    fn uninstall(&mut self, notes: &mut Notes) -> Result<()> {
        if self.state.lived {
            self.quiet_start()?;
        }
        self.perform(notes, What::Uninstall, None, Twist::default())?;
        self.expect_gone(notes)?;
        if self.centre.is_on() && !self.state.data.is_empty() {
            let kept = UserData::waits_in(&mut self.centre, &self.new.firmware.places.kept)?;
            notes.fact(if kept { "the data waits for a later installation" } else { "the data went with it" });
        }
        Ok(())
    }

    /// Nothing is left that was not there before, but what the vendor keeps.
    fn expect_gone(&mut self, notes: &mut Notes) -> Result<()> {
        self.expect_no_process(notes, &rules::SIM012)?;
        if !self.centre.is_on() {
            return Ok(());
        }
        let after = look::files(&mut self.centre)?;
        let places = &self.new.firmware.places;
        let left: Vec<String> = after
            .keys()
            .filter(|path| !self.state.before.contains_key(*path) && !self.state.told.contains(*path))
            .filter(|path| !places.kept.iter().any(|kept| is_within(path, kept) || is_within(kept, path)))
            .filter(|path| **path != places.message_file && !self.is_of_the_firmware(path))
            .cloned()
            .collect();
        if !left.is_empty() {
            notes.found(rules::SIM011.found(format!("left on the box: {}", few(left.iter().cloned()))));
        }
        Ok(())
    }

    fn install_again(&mut self, notes: &mut Notes) -> Result<()> {
        if self.centre.installed.is_some() {
            self.centre.perform(What::Uninstall, None, Twist::default())?;
        }
        let kept = UserData::waits_in(&mut self.centre, &self.new.firmware.places.kept)?;
        let (outcome, _) = self.install_and_start(notes, self.new)?;
        if !kept {
            self.state.data = UserData::default();
        }
        if !outcome.hung {
            self.expect_running(notes)?;
        }
        Ok(())
    }

    fn audit(&mut self, notes: &mut Notes) -> Result<()> {
        if self.centre.installed.is_some() {
            self.perform(notes, What::Uninstall, None, Twist::default())?;
        }
        self.expect_gone(notes)
    }
}

/// What came of a moment that was judged.
struct Outcome {
    aborted: bool,
    hung: bool,
    /// How the start ended that was part of it.
    started: Option<Ended>,
}

fn is_start(call: &CallReport) -> bool {
    Purpose::of_report(call) == Purpose::Start
}

/// Whether there is a script in an upgrade that can stop it before anything has changed.
fn first_can_fail(firmware: &Firmware) -> bool {
    use crate::hooks::lifecycle::{OnFailure, Whose};
    let acts = firmware.lifecycle.moment(What::Upgrade).map_or(&[][..], |moment| moment.acts);
    acts.iter()
        .take_while(|act| !matches!(act, Act::Remove | Act::Unpack | Act::Upload))
        .any(|act| matches!(act, Act::Call(call) if call.from == Whose::New && call.on_failure == OnFailure::Abort))
}

fn describe_act(act: &Act) -> String {
    match act {
        Act::Call(call) => match purpose(call) {
            Purpose::Stop => "the stop".to_owned(),
            Purpose::Start => "the start".to_owned(),
            _ => format!("`{}`", call.script),
        },
        Act::Upload => "the upload".to_owned(),
        Act::Unpack => "the unpacking".to_owned(),
        Act::Remove => "the removal of the old files".to_owned(),
    }
}

/// Adds what a script said, to the user and otherwise.
fn said(mut diagnostic: Diagnostic, call: &CallReport) -> Diagnostic {
    for (what, text) in [("it told the user", &call.message), ("it said", &call.output)] {
        if !text.trim().is_empty() {
            diagnostic = diagnostic.note(format!("{what}:\n{}", last_lines(text)));
        }
    }
    diagnostic
}

/// A finding in what another scene expects, as that scene's own.
fn rehang(rule: &'static Rule, found: Diagnostic) -> Diagnostic {
    let worse = found.rule.is_some_and(|own| [rules::SIM010.code, rules::SIM005.code].contains(&own.code));
    if worse { found } else { Diagnostic { rule: Some(rule), ..found } }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN)..];
    shown.iter().map(|line| format!("    {}", visible(line))).collect::<Vec<_>>().join("\n")
}

/// A line in which nothing moves the cursor.
fn visible(line: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    line.chars().map(shown).collect()
}

/// The program that a shell did not find.
fn missing_program(output: &str) -> Option<String> {
    let line =
        output.lines().rev().find(|line| line.ends_with(": not found") || line.ends_with("command not found"))?;
    let mut words = line.rsplit(": ");
    words.next();
    words.next().map(|word| word.trim().to_owned())
}

fn name_processes(processes: &[Process]) -> String {
    let names: Vec<_> =
        processes.iter().map(|process| format!("`{}` (user {})", visible(&process.command), process.uid)).collect();
    few(names.iter().cloned())
}

/// Whether a path is a folder or something in it.
fn is_within(path: &str, folder: &str) -> bool {
    !folder.is_empty() && path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
