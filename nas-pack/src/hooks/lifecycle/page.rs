//! The part of the manual that is made from the tables: what each firmware runs when.

use std::fmt::Write as _;
use std::path::Path;

use super::*;
use crate::vendor::vendor;

/// Each moment as two columns of calls, that of the installed package and that of the new one, from top to bottom.
fn diagram(lifecycle: &Lifecycle) -> String {
    let mut text = String::from("```text\n");
    for (index, moment) in lifecycle.moments.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", moment.what.title());
        match lifecycle.moments[..index].iter().find(|before| before.acts == moment.acts) {
            Some(before) if moment.what == What::Reinstall => {
                let _ = writeln!(text, "  as at: {}", before.what.title());
            }
            _ => lines(moment).iter().for_each(|line| text.extend(["  ", line.trim_end(), "\n"])),
        }
    }
    text + "```\n"
}

fn lines(moment: &Moment) -> Vec<String> {
    let calls = || {
        moment.acts.iter().filter_map(|act| match act {
            Act::Call(call) => Some(call),
            _ => None,
        })
    };
    let has_new = calls().any(|call| call.from == Whose::New);
    let has_old = calls().any(|call| call.from == Whose::Installed);
    let width =
        |from| calls().filter(|call| call.from == from).map(|call| words(call).chars().count()).max().unwrap_or(0);
    let (old, new) = (width(Whose::Installed).max(9), width(Whose::New).max(3));
    let mut lines = Vec::new();
    if has_new && has_old {
        lines.push(format!("{:old$}   new", "installed"));
    }
    for act in moment.acts {
        let Act::Call(call) = act else {
            lines.push(format!("-- {} --", act.work().unwrap_or_default()));
            continue;
        };
        let mut line = match (call.from, has_new && has_old) {
            (Whose::Installed, true) => format!("{:old$}   {:new$}", words(call), ""),
            (Whose::New, true) => format!("{:old$}   {:new$}", "", words(call)),
            (Whose::Installed, false) => format!("{:old$}", words(call)),
            (Whose::New, false) => format!("{:new$}", words(call)),
        };
        if !call.status.is_empty() {
            let _ = write!(line, "   {}", call.status);
        }
        if let Some(only) = call.only {
            let _ = write!(line, "   if {}", only.meaning());
        }
        lines.push(line);
    }
    lines
}

/// A call as it is written in a shell, with a mark where its failure ends what is going on.
fn words(call: &Call) -> String {
    let mut text = call.script.to_owned();
    for arg in call.args {
        text.push(' ');
        text.push_str(match arg {
            Arg::Word(word) => word,
            Arg::AppDir => "APP",
            Arg::UploadDir => "UPLOAD",
            Arg::AppsDir => "APPS",
        });
    }
    if call.on_failure == OnFailure::Abort {
        text.push_str(" !");
    }
    text
}

fn facts(lifecycle: &Lifecycle) -> String {
    let who = match lifecycle.runs_as {
        RunsAs::Root { .. } => "root",
        RunsAs::Package { .. } => "the package's own user",
    };
    let takes = |takes: Takes| match takes {
        Takes::Yes => "is taken".to_owned(),
        Takes::No(why) => format!("is refused: {why}"),
    };
    let source = |source: Option<&str>| source.unwrap_or("assumed").to_owned();
    let rows = [
        ("shell", lifecycle.shell.to_owned(), String::new()),
        ("scripts", format!("`{}`", lifecycle.scripts_dir), String::new()),
        ("run by", who.to_owned(), String::new()),
        ("run in", format!("`{}`", lifecycle.working_dir.value), source(lifecycle.working_dir.source)),
        ("the same version again", takes(lifecycle.same_version.value), source(lifecycle.same_version.source)),
        ("an older version", takes(lifecycle.older_version.value), source(lifecycle.older_version.source)),
    ];
    let mut text = String::from("| | | known from |\n|---|---|---|\n");
    for (name, value, source) in rows {
        let _ = writeln!(text, "| {name} | {value} | {source} |");
    }
    text
}

fn part(lifecycle: &Lifecycle) -> String {
    let mut text = facts(lifecycle);
    text.push('\n');
    text.push_str(&diagram(lifecycle));
    text.push_str("\n| call | what its failure does |\n|---|---|\n");
    for row in lifecycle.failures {
        let _ = writeln!(text, "| `{}` | {} |", row.action, row.meaning);
    }
    if lifecycle.moment(What::Status).is_some() {
        text.push_str("\n| code of `status` | tells |\n|---|---|\n");
        for row in lifecycle.status_codes {
            let _ = writeln!(text, "| {} | {} |", row.code, row.meaning);
        }
    }
    if !lifecycle.variables.is_empty() {
        text.push_str("\n| variable | holds |\n|---|---|\n");
        for row in lifecycle.variables {
            let _ = writeln!(text, "| `{}` | {} |", row.name, row.meaning);
        }
    }
    text.push_str("\n| moment | known from |\n|---|---|\n");
    for moment in lifecycle.moments {
        let _ = writeln!(text, "| {} | {} |", moment.what.title(), moment.source);
    }
    text
}

#[test]
fn the_manual_has_the_tables() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/lifecycle.md");
    let of = |id, generation: &str| {
        let lifecycles = vendor(id).lifecycles();
        lifecycles.into_iter().find(|lifecycle| lifecycle.generation == generation).unwrap()
    };
    crate::manual::hold(
        &page,
        [
            ("asustor", part(vendor(VendorId::Asustor).lifecycle())),
            ("dsm-7", part(of(VendorId::Synology, "DSM 7"))),
            ("dsm-6", part(of(VendorId::Synology, "DSM 6"))),
            ("dsm-5", facts(of(VendorId::Synology, "DSM 5"))),
            ("os5", part(vendor(VendorId::WdOs5).lifecycle())),
            ("os3", facts(vendor(VendorId::WdOs3).lifecycle())),
        ],
    );
}

/// Those of which the manual shows the facts alone are like the one before in everything that it shows of that.
#[test]
fn what_the_manual_leaves_out_is_the_same() {
    let [_, six, five] = vendor(VendorId::Synology).lifecycles()[..] else { panic!("three generations") };
    assert_eq!((five.moments, five.failures, five.status_codes), (six.moments, six.failures, six.status_codes));
    let (os5, os3) = (vendor(VendorId::WdOs5).lifecycle(), vendor(VendorId::WdOs3).lifecycle());
    assert_eq!((os5.moments, os5.failures, os5.variables), (os3.moments, os3.failures, os3.variables));
}

/// The manual and the simulator say what a failure does, of every call.
#[test]
fn every_call_has_a_meaning_of_its_failure() {
    for lifecycle in VendorId::ALL.into_iter().flat_map(|id| vendor(id).lifecycles()) {
        for act in lifecycle.moments.iter().flat_map(|moment| moment.acts) {
            if let Act::Call(call) = act {
                let is_asked = call.action() == "status";
                assert_eq!(lifecycle.failure(call).is_none(), is_asked, "{} {}", lifecycle.generation, call.action());
            }
        }
    }
}
