//! What came of simulations, for people and as data.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap_cargo::style::{ERROR, GOOD, WARN};
use nas_pack::diagnostic::{Diagnostic, Failure, Result};
use nas_pack::progress::Reporter as _;
use nas_pack::simulate::{self, CallReport, Ended, Life, Observer, Options, Scene, SceneReport, Verdict};
use serde_json::{Value, json};

use super::shell::Shell;
use super::{Exit, render, table};

/// Packages whose lives were played.
#[derive(Debug)]
pub(crate) struct Played {
    /// Each file with what came of it.
    lives: Vec<(PathBuf, Result<Life>)>,
    took: Duration,
}

/// Tells on the terminal how it goes.
struct Progress<'a>(&'a Shell);

impl Observer for Progress<'_> {
    fn scene(&self, file: &Path, report: &SceneReport) {
        self.0.passing("Playing", &format!("{} (after {})", name(file), report.scene));
    }

    fn finished(&self, life: &Life) {
        self.0.pass();
        self.0.status("Played", &format!("{} in {}", name(&life.file), seconds(life.took)));
    }
}

impl Played {
    /// Plays the lives of these packages.
    pub(crate) fn play(files: Vec<PathBuf>, options: &Options, shell: &Shell) -> Result<Self> {
        let started = Instant::now();
        let lives = simulate::simulate(&files, options, &Progress(shell));
        shell.pass();
        Ok(Self { lives: files.into_iter().zip(lives?).collect(), took: started.elapsed() })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lives.len()
    }

    /// Good only if all of it was played and is as it should be.
    pub(crate) fn exit(&self) -> Exit {
        let passed =
            |(_, life): &(PathBuf, Result<Life>)| life.as_ref().is_ok_and(|life| life.verdict() == Verdict::Passed);
        if self.lives.iter().all(passed) { Exit::Done } else { Exit::Failed }
    }

    /// Prints all of it: of one package its timeline, of several a table and the timelines of those that failed.
    pub(crate) fn show(&self, verbose: bool, shell: &Shell) {
        let several = self.lives.len() > 1;
        if several && !shell.is_quiet() {
            shell.print(&self.table());
        }
        for (file, life) in &self.lives {
            let failed = life.as_ref().map_or(true, |life| life.verdict() == Verdict::Failed);
            if shell.is_quiet() {
                shell.print(&headline(file, life));
            } else if !several || failed || verbose {
                let timeline = life.as_ref().map_or_else(|_| String::new(), |life| timeline(life, verbose));
                let before = if several { "\n" } else { "" };
                let after = if life.as_ref().map_or(true, |life| found(life).next().is_some()) { "\n" } else { "" };
                shell.print(&format!("{before}{}{timeline}{after}", headline(file, life)));
            }
            match life {
                Ok(life) => found(life).for_each(|found| shell.show(&found)),
                Err(failure) => failure.diagnostics().iter().for_each(|found| shell.show(found)),
            }
        }
        if shell.is_quiet() {
            return;
        }
        if several {
            shell.print(&self.remarks());
        }
        shell.print(&self.not_modelled());
        if several {
            shell.print(&self.summary());
        }
    }

    /// Everything as data: a list with an object for each package.
    pub(crate) fn json(&self) -> Value {
        self.lives.iter().map(|(file, life)| as_json(file, life)).collect()
    }

    /// The same of one of them; null if it was not played.
    pub(crate) fn json_of(&self, file: &Path) -> Value {
        self.lives.iter().find(|(played, _)| played == file).map_or(Value::Null, |(file, life)| as_json(file, life))
    }

    /// Writes it for CI servers.
    pub(crate) fn write_junit(&self, path: &Path) -> Result<()> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, simulate::junit(self.lives())));
        written.map_err(|error| Failure::io("write", path, &error))
    }

    fn lives(&self) -> impl Iterator<Item = (&Path, &Result<Life>)> + Clone {
        self.lives.iter().map(|(file, life)| (file.as_path(), life))
    }

    /// The packages, and how long each of their scenes took or what came of it.
    fn table(&self) -> String {
        let package = |(number, (file, life)): (usize, &(PathBuf, Result<Life>))| {
            let facts = match life {
                Ok(life) => [life.firmware.to_owned(), arch(life).to_owned(), result(life), seconds(life.took)],
                Err(_) => ["-", "-", "cannot be played", "-"].map(str::to_owned),
            };
            [(number + 1).to_string(), table::escaped(&file.display().to_string())].into_iter().chain(facts).collect()
        };
        let packages: Vec<Vec<String>> = self.lives.iter().enumerate().map(package).collect();
        let cell = |life: &Result<Life>, scene| match life.as_ref().ok().and_then(|life| life.scene(scene)) {
            Some(report) => match report.verdict() {
                Verdict::Passed => format!("{:.1}", report.took.as_secs_f64()),
                Verdict::NotRun => "–".to_owned(),
                Verdict::Failed => "✗".to_owned(),
            },
            None => String::new(),
        };
        let row = |scene: Scene| -> Vec<String> {
            let cells = self.lives.iter().map(|(_, life)| cell(life, scene));
            std::iter::once(scene.to_string()).chain(cells).collect()
        };
        let scenes: Vec<_> =
            Scene::ALL.map(row).into_iter().filter(|row| row[1..].iter().any(|cell| !cell.is_empty())).collect();
        let numbers: Vec<String> = (1..=self.lives.len()).map(|number| number.to_string()).collect();
        let head: Vec<&str> = std::iter::once("SECONDS").chain(numbers.iter().map(String::as_str)).collect();
        let columns: Vec<usize> = (1..head.len()).collect();
        format!(
            "{}\n{}",
            table::render(&["", "PACKAGE", "FIRMWARE", "ARCH", "RESULT", "TIME"], &packages, &[0, 5]),
            table::render(&head, &scenes, &columns)
        )
    }

    /// Why scenes were not played, and where boxes are kept: what the table has no room for.
    fn remarks(&self) -> String {
        let mut text = String::new();
        for (index, (_, life)) in self.lives.iter().enumerate() {
            let (number, Ok(life)) = (index + 1, life) else { continue };
            let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
            for scene in &life.scenes {
                let Some(reason) = scene.not_run.as_deref() else { continue };
                match reasons.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, scenes)) => scenes.push(scene.scene.name()),
                    None => reasons.push((reason, vec![scene.scene.name()])),
                }
            }
            for (reason, scenes) in reasons {
                let _ = writeln!(text, "  not played of {number}: {}: {}", scenes.join(", "), table::escaped(reason));
            }
            if let Some(kept) = &life.kept {
                let _ = writeln!(text, "  the box of {number} is kept in {}", kept.display());
            }
        }
        if text.is_empty() { text } else { format!("\n{text}") }
    }

    /// What no firmware's box has here or, where only some of them lack it, whose.
    fn not_modelled(&self) -> String {
        let lives = || self.lives.iter().filter_map(|(_, life)| life.as_ref().ok());
        let mut firmwares: Vec<&str> = lives().map(|life| life.firmware).collect();
        firmwares.sort_unstable();
        firmwares.dedup();
        let mut whose: Vec<(&str, Vec<&str>)> = Vec::new();
        for (what, firmware) in
            lives().flat_map(|life| life.not_modelled.iter().map(|what| (what.as_str(), life.firmware)))
        {
            match whose.iter_mut().find(|(known, _)| *known == what) {
                Some((_, known)) if known.contains(&firmware) => {}
                Some((_, known)) => known.push(firmware),
                None => whose.push((what, vec![firmware])),
            }
        }
        let mut text = String::new();
        for (what, whose) in whose {
            let of = if whose.len() == firmwares.len() { String::new() } else { format!(" of {}", whose.join(", ")) };
            let _ = writeln!(text, "  not modelled{of}: {what}");
        }
        if text.is_empty() { text } else { format!("\n{text}") }
    }

    fn summary(&self) -> String {
        let scenes = self.lives.iter().filter_map(|(_, life)| life.as_ref().ok()).flat_map(|life| &life.scenes);
        let counts = counts(scenes);
        let unopened = self.lives.iter().filter(|(_, life)| life.is_err()).count();
        let unopened = if unopened > 0 {
            format!("; {} cannot be played", table::count(unopened, "package"))
        } else {
            String::new()
        };
        format!("\n{}: {counts}{unopened}, in {}\n", table::count(self.lives.len(), "package"), seconds(self.took))
    }
}

/// How many scenes came to what.
fn counts<'a>(scenes: impl Iterator<Item = &'a SceneReport>) -> String {
    let mut counts = BTreeMap::new();
    scenes.for_each(|scene| *counts.entry(scene.verdict()).or_insert(0) += 1);
    let count = |verdict| counts.get(&verdict).copied().unwrap_or(0);
    let passed = table::count(count(Verdict::Passed), "scene");
    format!("{passed} passed, {} failed, {} not played", count(Verdict::Failed), count(Verdict::NotRun))
}

/// What came of a package in a few words.
fn result(life: &Life) -> String {
    let count = |verdict| life.scenes.iter().filter(|scene| scene.verdict() == verdict).count();
    let parts: Vec<_> = [(count(Verdict::Failed), "failed"), (count(Verdict::NotRun), "not played")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() { verdict(life.verdict()).to_owned() } else { parts.join(", ") }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::NotRun => "not played",
        Verdict::Failed => "failed",
    }
}

/// A package and what it came to, in a line.
fn headline(file: &Path, life: &Result<Life>) -> String {
    let file = table::escaped(&file.display().to_string());
    let Ok(life) = life else { return format!("{file}: {ERROR}cannot be played{ERROR:#}\n") };
    let style = match life.verdict() {
        Verdict::Passed => GOOD,
        Verdict::NotRun => WARN,
        Verdict::Failed => ERROR,
    };
    let word = verdict(life.verdict());
    format!("{file}: {style}{word}{style:#}: {}, in {}\n", counts(life.scenes.iter()), seconds(life.took))
}

/// A package's scenes in order, with the calls of those that failed.
fn timeline(life: &Life, verbose: bool) -> String {
    let devices = life.devices.join(" ");
    let facts = [&*life.package, &*life.version, "on", life.firmware, arch(life), "for", &*devices];
    let mut text = format!("{}\n", table::clean(&facts.join(" ")));
    if let Some(kept) = &life.kept {
        let _ = writeln!(text, "the box is kept in {}", kept.display());
    }
    // Scenes that were not played for one reason share a line.
    let same = |one: &SceneReport, next: &SceneReport| one.not_run.is_some() && one.not_run == next.not_run;
    let groups: Vec<&[SceneReport]> = life.scenes.chunk_by(same).collect();
    let row = |group: &&[SceneReport]| {
        let (scene, last) = (&group[0], &group[group.len() - 1]);
        let began = scene.not_run.is_none() || !scene.calls.is_empty();
        let took = if began { seconds(scene.took) } else { "-".to_owned() };
        let name = if group.len() > 1 { format!("{} to {}", scene.scene, last.scene) } else { scene.scene.to_string() };
        vec![mark(scene).to_owned(), name, took, outcome(scene)]
    };
    let rows: Vec<_> = groups.iter().map(row).collect();
    let lines = table::render(&["", "SCENE", "TIME", "RESULT"], &rows, &[2]);
    let mut lines = lines.lines();
    text.extend(["\n", lines.next().unwrap_or_default(), "\n"]);
    for (group, line) in groups.iter().zip(lines) {
        let scene = &group[0];
        let failed = scene.verdict() == Verdict::Failed;
        let _ = if failed { writeln!(text, "{ERROR}{line}{ERROR:#}") } else { writeln!(text, "{line}") };
        if failed || verbose {
            text += &calls(scene, verbose);
        }
    }
    text
}

fn mark(scene: &SceneReport) -> &'static str {
    match scene.verdict() {
        Verdict::Passed => "✓",
        Verdict::NotRun => "–",
        Verdict::Failed => "✗",
    }
}

/// What came of a scene: what was found if something was, else what was seen.
fn outcome(scene: &SceneReport) -> String {
    let title = |found: &Diagnostic| {
        found.rule.map_or_else(|| found.message.clone(), |rule| format!("{} {}", rule.code, rule.title))
    };
    let mut parts: Vec<String> = Vec::new();
    for found in scene.findings.iter().map(|found| table::clean(&title(found))) {
        if !parts.contains(&found) {
            parts.push(found);
        }
    }
    if scene.verdict() == Verdict::Passed {
        parts.extend(scene.facts.iter().map(|fact| table::clean(fact)));
    }
    parts.extend(scene.not_run.as_ref().map(|reason| format!("not played: {}", table::escaped(reason))));
    parts.join("; ")
}

/// The scripts that the firmware ran in a scene.
fn calls(scene: &SceneReport, verbose: bool) -> String {
    let row = |call: &CallReport| {
        let remark = if call.held { "its output is held open" } else { "" };
        let texts =
            [&call.command(), call.owner(), &call.user, &call.status, &call.ended.to_string()].map(table::clean);
        texts.into_iter().chain([seconds(call.took), remark.to_owned()]).collect()
    };
    let rows: Vec<Vec<String>> = scene.calls.iter().map(row).collect();
    let lines = table::render(&["SCRIPT", "OF", "AS", "STATUS", "ENDED", "TIME", ""], &rows, &[5]);
    let mut lines = lines.lines();
    let mut text = String::new();
    if rows.is_empty() {
        return text;
    }
    let _ = writeln!(text, "     {}", lines.next().unwrap_or_default());
    for (call, line) in scene.calls.iter().zip(lines) {
        let _ = writeln!(text, "     {line}");
        if !verbose {
            continue;
        }
        for command in &call.commands {
            let _ = writeln!(text, "       called: {}", table::clean(command));
        }
        for (what, said) in [("told the user", &call.message), ("said", &call.output)] {
            for line in said.lines() {
                let _ = writeln!(text, "       {what}: {}", table::escaped(line));
            }
        }
    }
    text
}

/// What was found, each with the scene that it was found in. Logs are quoted there, and may hold anything.
fn found(life: &Life) -> impl Iterator<Item = Diagnostic> {
    let tame = |text: &str| text.lines().map(table::escaped).collect::<Vec<_>>().join("\n");
    let told = move |scene: Scene, found: &Diagnostic| Diagnostic {
        message: format!("{scene}: {}", tame(&found.message)),
        notes: found.notes.iter().map(|note| tame(note)).collect(),
        ..found.clone()
    };
    life.scenes.iter().flat_map(move |scene| scene.findings.iter().map(move |found| told(scene.scene, found)))
}

fn arch(life: &Life) -> &'static str {
    life.arch.map_or("any arch", nas_pack::model::Arch::name)
}

fn name(file: &Path) -> String {
    table::clean(&file.file_name().unwrap_or(file.as_os_str()).to_string_lossy())
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn as_json(file: &Path, life: &Result<Life>) -> Value {
    match life {
        Ok(life) => json!({
            "file": file,
            "verdict": life.verdict().name(),
            "vendor": life.vendor,
            "firmware": life.firmware,
            "package": life.package,
            "version": life.version,
            "devices": life.devices,
            "arch": life.arch,
            "took-ms": millis(life.took),
            "kept": life.kept,
            "scenes": life.scenes.iter().map(scene_json).collect::<Value>(),
            "not-modelled": life.not_modelled,
        }),
        Err(failure) => json!({
            "file": file,
            "verdict": Verdict::Failed.name(),
            "findings": failure.diagnostics().iter().map(render::diagnostic_json).collect::<Value>(),
        }),
    }
}

fn scene_json(scene: &SceneReport) -> Value {
    json!({
        "scene": scene.scene.name(),
        "verdict": scene.verdict().name(),
        "at-ms": millis(scene.at),
        "took-ms": millis(scene.took),
        "facts": scene.facts,
        "findings": scene.findings.iter().map(render::diagnostic_json).collect::<Value>(),
        "not-run": scene.not_run,
        "calls": scene.calls.iter().map(call_json).collect::<Value>(),
    })
}

fn call_json(call: &CallReport) -> Value {
    let (ended, code) = match call.ended {
        Ended::Code(code) => ("code", Some(code)),
        Ended::Hung(_) => ("hung", None),
        Ended::Cut => ("cut", None),
        Ended::Missing => ("missing", None),
    };
    json!({
        "script": call.script,
        "args": call.args,
        "from": call.owner(),
        "user": call.user,
        "status": call.status,
        "ended": ended,
        "code": code,
        "held": call.held,
        "took-ms": millis(call.took),
        "output": call.output,
        "message": call.message,
        "commands": call.commands,
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use nas_pack::hooks::lifecycle::Whose;
    use nas_pack::model::{Arch, VendorId};
    use nas_pack::simulate::rules;

    use super::*;

    fn call(script: &str, ended: Ended) -> CallReport {
        CallReport {
            script: script.to_owned(),
            args: Vec::new(),
            from: Whose::New,
            user: "root".to_owned(),
            status: "upgrade".to_owned(),
            ended,
            held: false,
            took: Duration::from_millis(120),
            output: String::new(),
            message: String::new(),
            commands: Vec::new(),
        }
    }

    fn scene(scene: Scene) -> SceneReport {
        SceneReport {
            scene,
            at: Duration::from_secs(3),
            took: Duration::from_millis(2310),
            calls: Vec::new(),
            findings: Vec::new(),
            facts: Vec::new(),
            not_run: None,
        }
    }

    fn life(file: &str, scenes: Vec<SceneReport>) -> (PathBuf, Result<Life>) {
        let life = Life {
            file: PathBuf::from(file),
            vendor: VendorId::Asustor,
            firmware: "ADM 4",
            package: "beacon".to_owned(),
            version: "1.2.3".to_owned(),
            devices: vec!["x86-64".to_owned()],
            arch: Some(Arch::X86_64),
            scenes,
            not_modelled: vec!["the real App Central".to_owned()],
            took: Duration::from_millis(41_200),
            kept: None,
        };
        (life.file.clone(), Ok(life))
    }

    fn installed() -> SceneReport {
        let facts = ["runs as admin", "answers 200 on port 8137"].map(str::to_owned).to_vec();
        SceneReport { facts, ..scene(Scene::Install) }
    }

    fn upgraded_badly() -> SceneReport {
        let mut start = call("start-stop.sh", Ended::Hung(Duration::from_secs(120)));
        start.args = vec!["start".to_owned()];
        start.held = true;
        "cannot open \u{1b}[2Jthe database\nsecond line".clone_into(&mut start.output);
        start.commands = vec!["synopkg status x".to_owned()];
        SceneReport {
            calls: vec![call("pre-install.sh", Ended::Code(0)), start],
            findings: vec![
                rules::SIM005.found("`start-stop.sh start` has not ended after 120 s"),
                rules::SIM021.found("`pre-install.sh` took 20 s").note("it said:\n\u{1b}[2J"),
            ],
            facts: vec!["the marker is there".to_owned()],
            ..scene(Scene::Upgrade)
        }
    }

    fn unplayed() -> SceneReport {
        SceneReport { not_run: Some("no older build was named".to_owned()), ..scene(Scene::Downgrade) }
    }

    fn played(lives: Vec<(PathBuf, Result<Life>)>) -> Played {
        Played { lives, took: Duration::from_secs(60) }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_life_is_told_scene_by_scene() {
        let (file, failed) = life("beacon.apk", vec![installed(), upgraded_badly(), unplayed()]);
        insta::assert_snapshot!(plain(&headline(&file, &failed)), @"beacon.apk: failed: 1 scene passed, 1 failed, 1 not played, in 41.20 s");
        let failed = failed.unwrap();
        insta::assert_snapshot!(plain(&timeline(&failed, false)), @"
        beacon 1.2.3 on ADM 4 x86_64 for x86-64

           SCENE        TIME  RESULT
        ✓  install    2.31 s  runs as admin; answers 200 on port 8137
        ✗  upgrade    2.31 s  SIM005 a script does not end; SIM021 a script is slow
             SCRIPT               OF   AS    STATUS   ENDED                 TIME
             pre-install.sh       new  root  upgrade  code 0              0.12 s
             start-stop.sh start  new  root  upgrade  no end after 120 s  0.12 s  its output is held open
        –  downgrade       -  not played: no older build was named
        ");
        let (_, passed) = life("beacon.apk", vec![SceneReport { findings: Vec::new(), ..upgraded_badly() }]);
        insta::assert_snapshot!(plain(&timeline(&passed.unwrap(), true)), @r#"
        beacon 1.2.3 on ADM 4 x86_64 for x86-64

           SCENE      TIME  RESULT
        ✓  upgrade  2.31 s  the marker is there
             SCRIPT               OF   AS    STATUS   ENDED                 TIME
             pre-install.sh       new  root  upgrade  code 0              0.12 s
             start-stop.sh start  new  root  upgrade  no end after 120 s  0.12 s  its output is held open
               called: synopkg status x
               said: cannot open \u{1b}[2Jthe database
               said: second line
        "#);
        let found: Vec<_> = found(&failed).collect();
        assert_eq!(found[0].message, "upgrade: `start-stop.sh start` has not ended after 120 s");
        assert_eq!(found[1].notes, ["it said:\n\\u{1b}[2J"]);
    }

    #[test]
    fn several_packages_are_a_table() {
        let mut synology = life("nas/b.spk", vec![installed(), unplayed()]).1.unwrap();
        synology.firmware = "DSM 7";
        synology.not_modelled.push("Web Station".to_owned());
        let played = played(vec![
            life("nas/a.apk", vec![installed(), upgraded_badly()]),
            (synology.file.clone(), Ok(synology)),
            (PathBuf::from("odd"), Err(Diagnostic::error("it is empty").into())),
        ]);
        insta::assert_snapshot!(plain(&played.table()), @"
           PACKAGE    FIRMWARE  ARCH    RESULT               TIME
        1  nas/a.apk  ADM 4     x86_64  1 failed          41.20 s
        2  nas/b.spk  DSM 7     x86_64  1 not played      41.20 s
        3  odd        -         -       cannot be played        -

        SECONDS      1    2  3
        install    2.3  2.3
        upgrade      ✗
        downgrade         –
        ");
        let rest = played.remarks() + &played.not_modelled() + &played.summary();
        insta::assert_snapshot!(rest, @"

          not played of 2: downgrade: no older build was named

          not modelled: the real App Central
          not modelled of DSM 7: Web Station

        3 packages: 2 scenes passed, 1 failed, 1 not played; 1 package cannot be played, in 60.00 s
        ");
    }

    #[test]
    fn only_a_whole_life_is_a_pass() {
        let code = |lives| std::process::ExitCode::from(played(lives).exit());
        let (done, failed) = (std::process::ExitCode::from(Exit::Done), std::process::ExitCode::from(Exit::Failed));
        let warned = SceneReport { findings: vec![rules::SIM020.found("root")], ..installed() };
        assert_eq!(code(vec![life("a", vec![installed(), warned])]), done);
        assert_eq!(code(vec![life("a", vec![installed(), unplayed()])]), failed);
        assert_eq!(code(vec![life("a", vec![installed()]), life("b", vec![upgraded_badly()])]), failed);
        assert_eq!(code(vec![life("a", Vec::new())]), failed);
        assert_eq!(code(vec![(PathBuf::from("a"), Err(Diagnostic::error("no").into()))]), failed);
    }

    #[test]
    fn everything_is_there_as_data() {
        let cannot = (PathBuf::from("odd"), Err(Diagnostic::error("it is empty").into()));
        let played = played(vec![life("a.apk", vec![upgraded_badly(), unplayed()]), cannot]);
        insta::assert_snapshot!(super::super::json(&played.json()), @r#"
        [
          {
            "file": "a.apk",
            "verdict": "failed",
            "vendor": "asustor",
            "firmware": "ADM 4",
            "package": "beacon",
            "version": "1.2.3",
            "devices": [
              "x86-64"
            ],
            "arch": "x86_64",
            "took-ms": 41200,
            "kept": null,
            "scenes": [
              {
                "scene": "upgrade",
                "verdict": "failed",
                "at-ms": 3000,
                "took-ms": 2310,
                "facts": [
                  "the marker is there"
                ],
                "findings": [
                  {
                    "code": "SIM005",
                    "level": "error",
                    "message": "`start-stop.sh start` has not ended after 120 s",
                    "place": null,
                    "label": null,
                    "notes": [],
                    "helps": [],
                    "suggestion": null,
                    "device": null
                  },
                  {
                    "code": "SIM021",
                    "level": "warning",
                    "message": "`pre-install.sh` took 20 s",
                    "place": null,
                    "label": null,
                    "notes": [
                      "it said:\n\u001b[2J"
                    ],
                    "helps": [],
                    "suggestion": null,
                    "device": null
                  }
                ],
                "not-run": null,
                "calls": [
                  {
                    "script": "pre-install.sh",
                    "args": [],
                    "from": "new",
                    "user": "root",
                    "status": "upgrade",
                    "ended": "code",
                    "code": 0,
                    "held": false,
                    "took-ms": 120,
                    "output": "",
                    "message": "",
                    "commands": []
                  },
                  {
                    "script": "start-stop.sh",
                    "args": [
                      "start"
                    ],
                    "from": "new",
                    "user": "root",
                    "status": "upgrade",
                    "ended": "hung",
                    "code": null,
                    "held": true,
                    "took-ms": 120,
                    "output": "cannot open \u001b[2Jthe database\nsecond line",
                    "message": "",
                    "commands": [
                      "synopkg status x"
                    ]
                  }
                ]
              },
              {
                "scene": "downgrade",
                "verdict": "not-run",
                "at-ms": 3000,
                "took-ms": 2310,
                "facts": [],
                "findings": [],
                "not-run": "no older build was named",
                "calls": []
              }
            ],
            "not-modelled": [
              "the real App Central"
            ]
          },
          {
            "file": "odd",
            "verdict": "failed",
            "findings": [
              {
                "code": null,
                "level": "error",
                "message": "it is empty",
                "place": null,
                "label": null,
                "notes": [],
                "helps": [],
                "suggestion": null,
                "device": null
              }
            ]
          }
        ]
        "#);
        assert_eq!(played.json_of(Path::new("b.apk")), Value::Null);
    }
}
