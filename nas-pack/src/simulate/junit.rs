//! The results in JUnit's XML, which CI servers show as a table of tests: a suite for each package, a test for each scene.
//!
//! There is no one standard. Elements and attributes are those that Jenkins' schema, GitLab and GitHub's actions all read.

use std::io;
use std::path::Path;
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Life, SceneReport, Verdict};
use crate::diagnostic::{Diagnostic, Failure, Level, Result};
use crate::model::Arch;

/// What came of packages, as one document: each file with its life or why it could not be opened.
pub fn junit<'a>(lives: impl IntoIterator<Item = (&'a Path, &'a Result<Life>)>) -> String {
    let lives: Vec<_> = lives.into_iter().collect();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // A writer to memory cannot fail.
    let _ = write(&mut writer, &lives);
    String::from_utf8(writer.into_inner()).unwrap_or_default() + "\n"
}

type Xml = Writer<Vec<u8>>;

fn write(xml: &mut Xml, lives: &[(&Path, &Result<Life>)]) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let played = || lives.iter().filter_map(|(_, life)| life.as_ref().ok());
    let count = |verdict| played().map(|life| tests(life, verdict)).sum::<usize>();
    let unopened = lives.len() - played().count();
    let all = played().map(|life| life.scenes.len()).sum::<usize>() + unopened;
    xml.create_element("testsuites")
        .with_attribute(("name", "cargo nas simulate"))
        .with_attributes(counts(all, count(Verdict::Failed), count(Verdict::NotRun), unopened).as_attributes())
        .write_inner_content(|xml| {
            for (file, life) in lives {
                match life {
                    Ok(life) => suite(xml, file, life)?,
                    Err(failure) => unopened_suite(xml, file, failure)?,
                }
            }
            Ok(())
        })?;
    Ok(())
}

fn tests(life: &Life, verdict: Verdict) -> usize {
    life.scenes.iter().filter(|scene| scene.verdict() == verdict).count()
}

/// How many tests there are, and what came of them.
struct Counts([(&'static str, String); 4]);

fn counts(tests: usize, failures: usize, skipped: usize, errors: usize) -> Counts {
    let count = |name, number: usize| (name, number.to_string());
    Counts([count("tests", tests), count("failures", failures), count("skipped", skipped), count("errors", errors)])
}

impl Counts {
    fn as_attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, number)| (*name, number.as_str()))
    }
}

fn suite(xml: &mut Xml, file: &Path, life: &Life) -> io::Result<()> {
    let name = attribute(&file.display().to_string());
    xml.create_element("testsuite")
        .with_attribute(("name", &*name))
        .with_attributes(
            counts(life.scenes.len(), tests(life, Verdict::Failed), tests(life, Verdict::NotRun), 0).as_attributes(),
        )
        .with_attribute(("time", &*seconds(life.took)))
        .write_inner_content(|xml| {
            xml.create_element("properties").write_inner_content(|xml| {
                let arch = life.arch.map_or("any", Arch::name);
                let facts = [
                    ("vendor", life.vendor.name()),
                    ("firmware", life.firmware),
                    ("package", &life.package),
                    ("version", &life.version),
                    ("arch", arch),
                ];
                for (name, value) in facts {
                    xml.create_element("property")
                        .with_attributes([("name", name), ("value", &*attribute(value))])
                        .write_empty()?;
                }
                Ok(())
            })?;
            for scene in &life.scenes {
                test(xml, &name, scene)?;
            }
            if !life.not_modelled.is_empty() {
                let lines: Vec<_> = life.not_modelled.iter().map(|what| format!("not modelled: {what}")).collect();
                text_element(xml, "system-out", &lines.join("\n"))?;
            }
            Ok(())
        })?;
    Ok(())
}

fn test(xml: &mut Xml, class: &str, scene: &SceneReport) -> io::Result<()> {
    let time = seconds(scene.took);
    xml.create_element("testcase")
        .with_attributes([("name", scene.scene.name()), ("classname", class), ("time", &*time)])
        .write_inner_content(|xml| {
            match (scene.verdict(), &scene.not_run) {
                (Verdict::Failed, _) => {
                    let first = scene.findings.iter().find(|found| found.level == Level::Error);
                    trouble(xml, "failure", first, &scene.findings)?;
                }
                (Verdict::NotRun, Some(reason)) => {
                    xml.create_element("skipped").with_attribute(("message", &*attribute(reason))).write_empty()?;
                }
                (Verdict::NotRun, None) | (Verdict::Passed, _) => {}
            }
            let said = said(scene);
            if !said.is_empty() {
                text_element(xml, "system-out", &said)?;
            }
            Ok(())
        })?;
    Ok(())
}

/// A package that could not be opened is a test that could not be run.
fn unopened_suite(xml: &mut Xml, file: &Path, failure: &Failure) -> io::Result<()> {
    let name = attribute(&file.display().to_string());
    xml.create_element("testsuite")
        .with_attribute(("name", &*name))
        .with_attributes(counts(1, 0, 0, 1).as_attributes())
        .write_inner_content(|xml| {
            xml.create_element("testcase")
                .with_attributes([("name", "open"), ("classname", &*name)])
                .write_inner_content(|xml| {
                    trouble(xml, "error", failure.diagnostics().first(), failure.diagnostics())
                })?;
            Ok(())
        })?;
    Ok(())
}

/// What was found: the first of it as the headline, all of it as the text.
fn trouble(xml: &mut Xml, element: &str, first: Option<&Diagnostic>, all: &[Diagnostic]) -> io::Result<()> {
    let message = attribute(first.map_or("", |found| &found.message));
    let code = first.and_then(Diagnostic::code).unwrap_or("error");
    let texts: Vec<_> = all.iter().map(ToString::to_string).collect();
    xml.create_element(element)
        .with_attributes([("message", &*message), ("type", code)])
        .write_text_content(BytesText::new(&legal(&texts.join("\n\n"))))?;
    Ok(())
}

/// What a passed scene has to say, and what its scripts said.
fn said(scene: &SceneReport) -> String {
    let mut lines: Vec<String> = scene.facts.clone();
    if scene.verdict() != Verdict::Failed {
        lines.extend(scene.findings.iter().map(ToString::to_string));
    }
    for call in &scene.calls {
        let (command, owner, ended, took) = (call.command(), call.owner(), call.ended, call.took.as_secs_f64());
        lines.push(format!("$ {command} ({owner}, as {}): {ended}, {took:.2} s", call.user));
        lines.extend([&call.message, &call.output].into_iter().filter(|text| !text.is_empty()).cloned());
    }
    lines.join("\n")
}

fn text_element(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&legal(text)))?;
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// A text in which what XML 1.0 has no way to write is marked as missing (section 2.2).
fn legal(text: &str) -> String {
    let legal = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}');
    text.chars().map(|c| if legal(c) && !matches!(c, '\u{fffe}' | '\u{ffff}') { c } else { '\u{fffd}' }).collect()
}

/// A text on one line: readers make blanks of line breaks in attributes anyway.
fn attribute(text: &str) -> String {
    legal(text).replace(['\n', '\r', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::{CallReport, Ended, Scene, rules};
    use super::*;
    use crate::hooks::lifecycle::Whose;
    use crate::model::VendorId;

    fn call(script: &str, status: &str, ended: Ended, output: &str) -> CallReport {
        CallReport {
            script: script.to_owned(),
            args: vec!["start".to_owned()],
            from: Whose::New,
            user: "root".to_owned(),
            status: status.to_owned(),
            ended,
            held: false,
            took: Duration::from_millis(1250),
            output: output.to_owned(),
            message: String::new(),
            commands: Vec::new(),
        }
    }

    fn scene(scene: Scene) -> SceneReport {
        SceneReport {
            scene,
            at: Duration::ZERO,
            took: Duration::from_millis(2500),
            calls: Vec::new(),
            findings: Vec::new(),
            facts: Vec::new(),
            not_run: None,
        }
    }

    fn life(output: &str) -> Life {
        let failure = rules::SIM001.found("`start-stop.sh start` ended with code 1").note(format!("it said: {output}"));
        Life {
            file: "beacon.apk".into(),
            vendor: VendorId::Asustor,
            firmware: "ADM 4",
            package: "beacon".to_owned(),
            version: "1.2.3".to_owned(),
            devices: vec!["x86-64".to_owned()],
            arch: Some(Arch::X86_64),
            scenes: vec![
                SceneReport {
                    calls: vec![call("post-install.sh", "install", Ended::Code(0), "")],
                    facts: vec!["answers 200 on port 8137".to_owned()],
                    findings: vec![rules::SIM020.found("the daemon runs as root")],
                    ..scene(Scene::Install)
                },
                SceneReport {
                    calls: vec![call("start-stop.sh", "upgrade", Ended::Code(1), output)],
                    findings: vec![rules::SIM021.found("`start-stop.sh start` took 20 s"), failure],
                    ..scene(Scene::Upgrade)
                },
                SceneReport { not_run: Some("there is no <older> build".to_owned()), ..scene(Scene::Downgrade) },
            ],
            not_modelled: vec!["the real package centre".to_owned()],
            took: Duration::from_secs(41),
            kept: None,
        }
    }

    #[test]
    fn a_suite_for_each_package_and_a_test_for_each_scene() {
        let failed = Ok(life("port 8137 is taken"));
        let unopened = Err(Diagnostic::error("cannot read `nothing.bin`: it is empty").into());
        let lives = [(Path::new("beacon.apk"), &failed), (Path::new("nothing.bin"), &unopened)];
        insta::assert_snapshot!(junit(lives), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="cargo nas simulate" tests="4" failures="1" skipped="1" errors="1">
          <testsuite name="beacon.apk" tests="3" failures="1" skipped="1" errors="0" time="41.000">
            <properties>
              <property name="vendor" value="asustor"/>
              <property name="firmware" value="ADM 4"/>
              <property name="package" value="beacon"/>
              <property name="version" value="1.2.3"/>
              <property name="arch" value="x86_64"/>
            </properties>
            <testcase name="install" classname="beacon.apk" time="2.500">
              <system-out>answers 200 on port 8137
        warning[SIM020]: the daemon runs as root
        $ post-install.sh start (new, as root): code 0, 1.25 s</system-out>
            </testcase>
            <testcase name="upgrade" classname="beacon.apk" time="2.500">
              <failure message="`start-stop.sh start` ended with code 1" type="SIM001">warning[SIM021]: `start-stop.sh start` took 20 s

        error[SIM001]: `start-stop.sh start` ended with code 1
          note: it said: port 8137 is taken</failure>
              <system-out>$ start-stop.sh start (new, as root): code 1, 1.25 s
        port 8137 is taken</system-out>
            </testcase>
            <testcase name="downgrade" classname="beacon.apk" time="2.500">
              <skipped message="there is no &lt;older&gt; build"/>
            </testcase>
            <system-out>not modelled: the real package centre</system-out>
          </testsuite>
          <testsuite name="nothing.bin" tests="1" failures="0" skipped="0" errors="1">
            <testcase name="open" classname="nothing.bin">
              <error message="cannot read `nothing.bin`: it is empty" type="error">error: cannot read `nothing.bin`: it is empty</error>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn whatever_a_script_says_is_legal_xml() {
        let mut life = life("]]> <x> & \u{0}\u{b}\u{1b}[31m\u{ffff} \u{e9}");
        "a&b\"<\u{1}\n".clone_into(&mut life.package);
        let text = junit([(Path::new("a\u{7}.apk"), &Ok(life))]);
        assert!(text.contains("]]&gt; &lt;x&gt; &amp; \u{fffd}\u{fffd}\u{fffd}[31m\u{fffd} \u{e9}"), "{text}");
        assert!(text.contains("name=\"package\" value=\"a&amp;b&quot;&lt;\u{fffd} \""), "{text}");
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().unwrap() != Event::Eof {}
    }
}
