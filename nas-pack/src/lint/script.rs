//! Shell scripts: whether the device can start them, whether its shell understands them, and what is known to go wrong in them.

use std::collections::{BTreeMap, BTreeSet};

use super::sh::{Command, Oddity, Part, Script, Word, is_name};
use super::{Audit, Shell, content, rules};
use crate::archive::{EntryKind, Tree, TreePath};
use crate::diagnostic::{Diagnostic, Findings, Rule};
use crate::hooks::lifecycle::{Act, Arg};
use crate::manifest::nearest;
use crate::model::VendorId;
use crate::vendor::{Opened, vendor};

/// The largest script that is read, in bytes. The longest known has a tenth of that.
const LARGEST: u64 = 256 << 10;

/// How many scripts are read, and how many bytes of them together. What is read takes many times that in memory.
const SCRIPTS: usize = 500;
const TOGETHER: u64 = 4 << 20;

/// How many missing files of one script are told.
const MOST: usize = 20;

/// The longest path that is put together, in bytes. Linux takes no longer ones.
const LONGEST: usize = 4096;

/// How often a script's variables are gone through.
const ROUNDS: usize = 8;

/// How many lines of the same kind are named.
const NAMED: usize = 5;

/// What only bash has, as commands.
const BASH_COMMANDS: &[&str] = &["declare", "typeset", "shopt", "pushd", "popd", "mapfile", "readarray"];

const SHELLS: &[&str] = &["sh", "ash", "dash", "bash"];

/// What brings files that are not in the package.
const BRINGERS: &[&str] = &[
    "tar",
    "unzip",
    "gunzip",
    "gzip",
    "xz",
    "7z",
    "wget",
    "curl",
    "git",
    "pip",
    "pip3",
    "python",
    "python3",
    "virtualenv",
    "npm",
    "rsync",
    "dpkg",
    "opkg",
    "ipkg",
    "make",
];

/// Where the package's user of DSM 7 cannot write.
const FORBIDDEN: &[&str] =
    &["/var/run/", "/run/", "/var/log/", "/var/lock/", "/etc/", "/usr/", "/bin/", "/sbin/", "/lib/", "/root/"];

/// A script of a package.
struct Subject<'p> {
    path: &'p TreePath,
    mode: u32,
    /// Whether the firmware runs it.
    lifecycle: bool,
    text: String,
    marked: bool,
    script: Script,
}

impl Subject<'_> {
    /// The words behind `#!`.
    fn shebang(&self) -> Option<Vec<&str>> {
        let line = self.text.strip_prefix("#!")?.lines().next()?;
        Some(line.split_ascii_whitespace().collect())
    }

    /// The interpreter's name without its folder: `bash`, also for `/usr/bin/env bash`.
    fn interpreter(&self) -> Option<&str> {
        let words = self.shebang()?;
        let word = if words.first()?.ends_with("/env") { words.get(1)? } else { words.first()? };
        word.rsplit('/').next()
    }

    /// Whether the device's `/bin/sh` reads it.
    fn is_posix(&self) -> bool {
        match self.interpreter() {
            Some(name) => matches!(name, "sh" | "ash" | "dash"),
            None => self.lifecycle,
        }
    }

    fn is_shell(&self) -> bool {
        self.is_posix() || self.interpreter() == Some("bash")
    }
}

/// Looks at the lifecycle scripts, and at every other file that is run and says that it is a shell script.
pub(super) fn verify(audit: &mut Audit<'_>, shell: Option<&Shell>) {
    let package = audit.package;
    let mut subjects = Vec::new();
    audit.run("form of scripts", |package, findings| {
        subjects = read(package, findings);
        for subject in &subjects {
            form(package, subject, findings);
        }
    });
    if subjects.is_empty() {
        return audit.skip("language of scripts", "there are none");
    }
    audit.run("language of scripts", |package, findings| {
        for subject in subjects.iter().filter(|subject| subject.is_shell()) {
            language(package, subject, findings);
        }
    });
    paths(audit, &subjects);
    if package.dsm().is_some_and(|major| major >= 7) {
        audit.run("where scripts write", |package, findings| {
            for subject in subjects.iter().filter(|subject| subject.lifecycle) {
                writes(package, subject, findings);
            }
        });
    }
    syntax(audit, &subjects, shell);
    audit.skip("exit codes of scripts", "nothing is run here; `cargo nas simulate` does");
}

fn read<'p>(package: &'p Opened, findings: &Findings) -> Vec<Subject<'p>> {
    let lifecycle: BTreeSet<_> = package.scripts.iter().collect();
    let mut subjects = Vec::new();
    let (mut together, mut left) = (0, 0_usize);
    for (path, entry) in package.tree.iter() {
        let EntryKind::File(file) = &entry.kind else { continue };
        let lifecycle = lifecycle.contains(path);
        let starts = |head: &[u8]| head.starts_with(b"#!") || head.starts_with(b"\xef\xbb\xbf#!");
        if !lifecycle && (entry.mode & 0o111 == 0 || !starts(&content(file, 8))) {
            continue;
        }
        if file.len() > LARGEST {
            let message = format!("`{path}` has {} bytes, and was not read", file.len());
            findings.push(rules::NAS026.found(message).inside(&package.path, path.as_str(), None));
            continue;
        }
        together += file.len();
        if subjects.len() >= SCRIPTS || together > TOGETHER {
            left += 1;
            continue;
        }
        let bytes = content(file, LARGEST);
        let text = String::from_utf8_lossy(&bytes);
        let bare = text.strip_prefix('\u{feff}');
        let subject = Subject {
            path,
            mode: entry.mode,
            lifecycle,
            marked: bare.is_some(),
            script: Script::read(bare.unwrap_or(&text)),
            text: bare.unwrap_or(&text).to_owned(),
        };
        if lifecycle || subject.is_shell() {
            subjects.push(subject);
        }
    }
    if left > 0 {
        let message = format!("there are far too many scripts; {left} of them were not read");
        findings.push(rules::NAS026.found(message).in_file(&package.path));
    }
    subjects
}

fn at(found: Diagnostic, package: &Opened, subject: &Subject<'_>, line: usize) -> Diagnostic {
    found.inside(&package.path, subject.path.as_str(), Some(line))
}

/// Whether the firmware can start it.
fn form(package: &Opened, subject: &Subject<'_>, findings: &Findings) {
    let path = subject.path;
    let push = |found: Diagnostic, line| findings.push(at(found, package, subject, line));
    if subject.marked {
        push(
            rules::NAS024.found(format!("`{path}` begins with a byte order mark")).help("save it as UTF-8 without one"),
            1,
        );
    }
    if let Some(line) = subject.text.split('\n').position(|line| line.ends_with('\r')) {
        let mut found = rules::NAS023
            .found(format!("`{path}` has Windows' line ends"))
            .help("save it with LF at the ends of lines");
        if line == 0 {
            found = found.note("its interpreter cannot be found with a carriage return at the end of its name");
        }
        push(found, line + 1);
    }
    match subject.shebang() {
        None => {
            push(
                rules::NAS020.found(format!("`{path}` does not begin with `#!`")).help("begin it with `#!/bin/sh`"),
                1,
            );
        }
        Some(words) => {
            if let Some((rule, message)) = interpreter(package, subject, &words) {
                push(rule.found(message).help("begin it with `#!/bin/sh`, and keep to POSIX's language"), 1);
            }
        }
    }
    // DSM runs scripts without the bit as well.
    if subject.lifecycle && subject.mode & 0o111 == 0 && package.vendor != VendorId::Synology {
        let message = format!("`{path}` is not executable: its mode is {:04o}", subject.mode);
        findings
            .push(rules::NAS025.found(message).inside(&package.path, path.as_str(), None).help("give it mode 0755"));
    }
}

/// What is wrong with the interpreter that a script asks for.
fn interpreter(package: &Opened, subject: &Subject<'_>, words: &[&str]) -> Option<(&'static Rule, String)> {
    let path = subject.path;
    let shown = words.join(" ").escape_debug().to_string();
    match words {
        [] => Some((&rules::NAS020, format!("`{path}` names no interpreter behind `#!`"))),
        ["/bin/sh" | "/bin/ash", ..] | ["/usr/bin/env", "sh" | "ash"] => None,
        [program, ..] if place(package, program).is_some_and(|place| package.tree.get(&place).is_some()) => None,
        _ if subject.interpreter() == Some("bash") => Some(match package.vendor {
            VendorId::Asustor | VendorId::WdOs3 => {
                (&rules::NAS021, format!("`{path}` asks for `{shown}`, and {} has no bash", package.vendor))
            }
            VendorId::Synology | VendorId::WdOs5 => {
                (&rules::NAS022, format!("`{path}` asks for `{shown}`, which not every firmware has"))
            }
        }),
        _ => Some((&rules::NAS022, format!("`{path}` asks for `{shown}`, which not every firmware has"))),
    }
}

/// One finding for all places of a kind.
fn gather<'a>(
    package: &Opened,
    subject: &Subject<'_>,
    found: impl Iterator<Item = (usize, &'static Rule, &'a str, &'a str)>,
    findings: &Findings,
) {
    let mut kinds: Vec<(&'static Rule, &str, &str, Vec<usize>)> = Vec::new();
    for (line, rule, what, help) in found {
        match kinds.iter_mut().find(|(known, said, ..)| *known == rule && *said == what) {
            Some((.., lines)) if lines.last() == Some(&line) => {}
            Some((.., lines)) => lines.push(line),
            None => kinds.push((rule, what, help, vec![line])),
        }
    }
    for (rule, what, help, lines) in kinds {
        let mut found = rule.found(format!("{what} in `{}`", subject.path));
        if lines.len() > 1 {
            let also: Vec<_> = lines[1..].iter().take(NAMED).map(ToString::to_string).collect();
            let more = if lines.len() > NAMED + 1 { " and more" } else { "" };
            found = found.note(format!("also in line {}{more}", also.join(", ")));
        }
        findings.push(at(found.help(help), package, subject, lines[0]));
    }
}

/// What is not of the shell's language, and what goes wrong in it.
fn language(package: &Opened, subject: &Subject<'_>, findings: &Findings) {
    let oddities = subject.script.oddities.iter().filter_map(|(line, oddity)| {
        let (rule, what, help) = oddity_rule(*oddity);
        (subject.is_posix() || *rule == rules::NAS032).then_some((*line, rule, what, help))
    });
    gather(package, subject, oddities, findings);
    let mut downloads = false;
    let mut found = Vec::new();
    for command in &subject.script.commands {
        let name = command.name().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        downloads = (downloads && command.is_piped) || matches!(name, "wget" | "curl");
        let mut tell = |rule, what, help| found.push((command.line, rule, what, help));
        if subject.is_posix() {
            if name == "source" {
                tell(&rules::NAS029, "`source`", "write `.`");
            }
            if BASH_COMMANDS.contains(&name) {
                tell(&rules::NAS028, "a command that only bash has", "there is no such command in `/bin/sh`");
            }
            if matches!(name, "[" | "test") && command.words.iter().any(|word| word.literal().as_deref() == Some("=="))
            {
                tell(&rules::NAS029, "`==`", "write `=`");
            }
        }
        if name == "rm" && is_recursive(command) && command.words[1..].iter().any(Word::is_split) {
            tell(&rules::NAS030, "`rm -r` with a variable that is not quoted", "write `\"${name:?}\"`");
        }
        if is_disordered(command) {
            tell(&rules::NAS031, "`2>&1` before the redirection of the output", "write `>>file 2>&1`");
        }
        if downloads && command.is_piped && SHELLS.contains(&name) {
            tell(&rules::NAS033, "a download that is run", "put the file into the package");
        }
        if name == "killall" {
            tell(&rules::NAS034, "`killall`", "end the process whose id was written down at the start");
        }
    }
    gather(package, subject, found.into_iter(), findings);
}

fn oddity_rule(oddity: Oddity) -> (&'static Rule, &'static str, &'static str) {
    match oddity {
        Oddity::Array => {
            (&rules::NAS028, "an array", "use several variables, or the positional parameters: `set -- a b`")
        }
        Oddity::ProcessSubstitution => (&rules::NAS028, "`<( )`", "use a pipe or a temporary file"),
        Oddity::HereString => (&rules::NAS028, "`<<<`", "use a here-document: `<<END`"),
        Oddity::Indirection => (&rules::NAS028, "`${!name}`", "use `eval`, or a `case`"),
        Oddity::AndRedirect => (&rules::NAS029, "`&>`", "write `>file 2>&1`"),
        Oddity::DoubleBracket => (&rules::NAS029, "`[[ ]]`", "write `[ ]`, or a `case` for patterns"),
        Oddity::Function => (&rules::NAS029, "`function`", "write `name() {`"),
        Oddity::Substitution => (&rules::NAS029, "an expansion that only bash has", "use `sed`, `cut` or `${name#…}`"),
        Oddity::Detached => {
            (&rules::NAS032, "`&` before a redirection", "put the `&` at the end: `command >log 2>&1 &`")
        }
    }
}

fn is_recursive(command: &Command) -> bool {
    let options =
        command.words[1..].iter().filter_map(Word::literal).take_while(|word| word.starts_with('-') && word != "--");
    options.into_iter().any(|word| word == "--recursive" || (!word.starts_with("--") && word.contains(['r', 'R'])))
}

/// `2>&1 >>log`. Where the errors are read by another program, that order is meant; so it is in front of `/dev/null`.
fn is_disordered(command: &Command) -> bool {
    let dup = command.redirects.iter().position(|redirect| {
        redirect.fd == Some(2) && redirect.op == ">&" && redirect.to.literal().as_deref() == Some("1")
    });
    let is_file = |redirect: &super::sh::Redirect| {
        matches!(redirect.op, ">" | ">>" | ">|")
            && matches!(redirect.fd, None | Some(1))
            && redirect.to.literal().as_deref() != Some("/dev/null")
    };
    !command.is_read && dup.is_some_and(|dup| command.redirects[dup..].iter().any(is_file))
}

/// What is known of a script's variables: their values, where each has one that is plain to see.
struct Known {
    values: BTreeMap<String, Option<String>>,
    /// Whether `$1` is what the firmware gave.
    positional: bool,
}

impl Known {
    fn of(package: &Opened, subject: &Subject<'_>) -> Self {
        let name = package.package.clone().unwrap_or_default();
        let commands = &subject.script.commands;
        let moves =
            |command: &Command| !command.in_function && matches!(command.name().as_deref(), Some("shift" | "set"));
        let given = match package.vendor {
            VendorId::Synology => {
                let folder = format!("/var/packages/{name}/target");
                vec![
                    ("SYNOPKG_PKGNAME", name),
                    ("SYNOPKG_PKGINST_TEMP_DIR", folder.clone()),
                    ("SYNOPKG_PKGDEST", folder),
                ]
            }
            VendorId::Asustor => {
                vec![("APKG_PKG_DIR", format!("/usr/local/AppCentral/{name}")), ("APKG_PKG_NAME", name)]
            }
            VendorId::WdOs5 | VendorId::WdOs3 if gets_folder(package, subject) => {
                vec![("1", format!("{WD_APPS}/{name}"))]
            }
            VendorId::WdOs5 | VendorId::WdOs3 => Vec::new(),
        };
        let given: BTreeMap<_, _> = given.into_iter().map(|(name, value)| (name.to_owned(), Some(value))).collect();
        let mut known = Self { values: BTreeMap::new(), positional: !commands.iter().any(moves) };
        // A value that turns out to change takes those with it that were made of it.
        let mut unknown = BTreeSet::new();
        for _ in 0..ROUNDS {
            known.values.clone_from(&given);
            let before = unknown.len();
            for command in commands {
                for (name, value) in assignments(command) {
                    let value = value.and_then(|value| known.resolve(&value, command.in_function));
                    let changes = known.values.get(&name).is_some_and(|old| *old != value);
                    if changes || value.is_none() || unknown.contains(&name) {
                        unknown.insert(name.clone());
                        known.values.insert(name, None);
                    } else {
                        known.values.insert(name, value);
                    }
                }
            }
            if unknown.len() == before {
                return known;
            }
        }
        known.values = given;
        known
    }

    /// The word with its variables filled in, as far as they are known; `None` if not to the end.
    fn resolve(&self, word: &Word, in_function: bool) -> Option<String> {
        let (text, whole) = self.prefix(word, in_function);
        whole.then_some(text)
    }

    /// The beginning of a word that is known, and whether that is all of it.
    fn prefix(&self, word: &Word, in_function: bool) -> (String, bool) {
        let mut known = String::new();
        for part in &word.parts {
            if known.len() > LONGEST {
                return (known, false);
            }
            match part {
                Part::Text { text, quoted } if *quoted || !text.contains(['*', '?', '[', '~']) => known.push_str(text),
                Part::Variable { name, plain: true, .. } => {
                    let given = name != "1" || (self.positional && !in_function);
                    match self.values.get(name).cloned().flatten().filter(|_| given) {
                        Some(value) => known.push_str(&value),
                        None => return (known, false),
                    }
                }
                _ => return (known, false),
            }
        }
        (known, true)
    }
}

/// The variables that a command sets, and their values where they are written there.
fn assignments(command: &Command) -> Vec<(String, Option<Word>)> {
    let mut set = Vec::new();
    if command.words.is_empty() {
        set.extend(command.assigned.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
    }
    let operands = || command.words[1..].iter();
    match command.name().as_deref() {
        Some("export" | "local" | "readonly" | "declare" | "typeset") => {
            set.extend(operands().filter_map(Word::assignment).map(|(name, value)| (name, Some(value))));
        }
        Some("read" | "unset" | "getopts") => {
            set.extend(operands().filter_map(Word::literal).filter(|name| is_name(name)).map(|name| (name, None)));
        }
        Some("for") => set.extend(operands().take(1).filter_map(Word::literal).map(|name| (name, None))),
        _ => {}
    }
    set
}

const WD_APPS: &str = "/mnt/HD/HD_a2/Nas_Prog";

/// Whether the firmware gives the script the app's folder.
fn gets_folder(package: &Opened, subject: &Subject<'_>) -> bool {
    let acts = vendor(package.vendor).lifecycle().moments.iter().flat_map(|moment| moment.acts);
    let mut calls = acts.filter_map(|act| if let Act::Call(call) = act { Some(call) } else { None });
    calls.any(|call| {
        call.script == subject.path.as_str() && matches!(call.args.first(), Some(Arg::AppDir | Arg::UploadDir))
    })
}

/// Where in the tree a path of the device is, if that is in the package's own folder.
fn place(package: &Opened, absolute: &str) -> Option<String> {
    let name = package.package.as_deref()?;
    let below = |folder: &str| absolute.strip_prefix(folder)?.strip_prefix('/')?.strip_prefix(name)?.strip_prefix('/');
    let inside = match package.vendor {
        VendorId::Synology => {
            let inside = below("/var/packages")?;
            match inside.split_once('/') {
                Some(("target", rest)) => format!("package/{rest}"),
                Some(("scripts" | "conf" | "WIZARD_UIFILES", _)) => inside.to_owned(),
                // The others are made on the device.
                _ => return None,
            }
        }
        VendorId::Asustor => below("/usr/local/AppCentral")?.to_owned(),
        VendorId::WdOs5 | VendorId::WdOs3 => {
            let folders = [WD_APPS, "/mnt/HD/HD_a2/Nas_Prog/_install", "/shares/Volume_1/Nas_Prog"];
            folders.into_iter().find_map(below)?.to_owned()
        }
    };
    let parts: Vec<_> = inside.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// The scripts that run when nothing but the package's own files can be in its folder.
const INSTALLERS: [&str; 3] = ["scripts/postinst", "CONTROL/post-install.sh", "install.sh"];

/// The words of a command that it cannot do without: programs, scripts that are read in, files that are linked. While the package is
/// installed, files that are copied too; later, those may be what the app has made.
fn needed(command: &Command, installing: bool) -> Vec<&Word> {
    const FRONT: [&str; 9] = ["exec", "nohup", "setsid", "command", "sudo", "nice", "ionice", "time", "env"];
    let mut words = &command.words[..];
    while let Some(name) = words.first().and_then(Word::literal) {
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        if !FRONT.contains(&name.as_str()) {
            break;
        }
        let skipped = |word: &Word| {
            word.literal().is_some_and(|text| text.starts_with('-') || text.parse::<i32>().is_ok())
                || word.assignment().is_some()
        };
        let options = words[1..].iter().take_while(|word| skipped(word)).count();
        words = &words[1 + options..];
    }
    let Some((program, operands)) = words.split_first() else { return Vec::new() };
    let name = program.literal().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let is_option = |word: &&Word| word.literal().is_some_and(|text| text.starts_with('-'));
    let plain = || operands.iter().filter(|word| !is_option(word));
    let mut needed = vec![program];
    match name {
        "." | "source" => needed.extend(operands.first()),
        "ln" | "cp" | "mv" | "install" if name == "ln" || installing => {
            let count = plain().count();
            needed.extend(plain().take(count.saturating_sub(1)));
        }
        "start-stop-daemon" => {
            let is_program =
                |pair: &&[Word]| matches!(pair[0].literal().as_deref(), Some("-x" | "--exec" | "-a" | "--startas"));
            needed.extend(operands.windows(2).filter(is_program).map(|pair| &pair[1]));
        }
        _ if SHELLS.contains(&name) && !operands.first().is_some_and(|first| is_option(&first)) => {
            needed.extend(operands.first());
        }
        _ => {}
    }
    needed
}

/// What a command makes, or asks whether it is there.
fn excused(command: &Command, resolve: &dyn Fn(&Word) -> Option<String>) -> Vec<String> {
    let written = command.redirects.iter().filter(|redirect| redirect.op.starts_with('>')).map(|redirect| &redirect.to);
    let mut paths: Vec<String> = written.filter_map(resolve).collect();
    let name = command.name().unwrap_or_default();
    let operands = || command.words[1..].iter().filter_map(resolve);
    match name.rsplit('/').next().unwrap_or_default() {
        "mkdir" | "touch" | "tee" | "[" | "test" | "[[" => paths.extend(operands()),
        "cp" | "mv" | "ln" | "install" => {
            let all: Vec<_> = operands().collect();
            if let Some(last) = command.words.last().and_then(resolve) {
                let names = all.iter().filter_map(|path| path.rsplit('/').next());
                paths.extend(names.map(|name| format!("{}/{name}", last.trim_end_matches('/'))));
                paths.push(last);
            }
        }
        _ => {}
    }
    paths
}

/// Files of the package that scripts name and that are not there.
fn paths(audit: &mut Audit<'_>, subjects: &[Subject<'_>]) {
    const NAME: &str = "paths in scripts";
    let package = audit.package;
    let shells = || subjects.iter().filter(|subject| subject.is_shell());
    let brings = |command: &Command| {
        let name = command.name().unwrap_or_default();
        BRINGERS.contains(&name.rsplit('/').next().unwrap_or_default())
    };
    if shells().any(|subject| subject.script.commands.iter().any(brings)) {
        return audit.skip(NAME, "the scripts unpack or fetch files, so that what will be there is not known");
    }
    let known: Vec<_> = shells().map(|subject| (subject, Known::of(package, subject))).collect();
    let resolve =
        |known: &Known, command: &Command, word: &Word| place(package, &known.resolve(word, command.in_function)?);
    let mut fine = BTreeSet::new();
    for (subject, known) in &known {
        for command in &subject.script.commands {
            fine.extend(excused(command, &|word| resolve(known, command, word)));
        }
    }
    audit.run(NAME, |package, findings| {
        for (subject, known) in &known {
            let mut told = BTreeSet::new();
            let installing = INSTALLERS.contains(&subject.path.as_str());
            for command in &subject.script.commands {
                for path in needed(command, installing).into_iter().filter_map(|word| resolve(known, command, word)) {
                    if exists(&package.tree, &path) || ways_to(&path).any(|path| fine.contains(path)) {
                        continue;
                    }
                    if told.len() >= MOST || !told.insert(path.clone()) {
                        continue;
                    }
                    let message =
                        format!("`{}` names `{}`, which is not in the package", subject.path, path.escape_debug());
                    let mut found = at(rules::NAS036.found(message), package, subject, command.line);
                    if let Some(near) = nearest(&path, package.tree.iter().map(|(path, _)| path.as_str())) {
                        found = found.help(format!("there is `{near}`"));
                    }
                    findings.push(found);
                }
            }
        }
    });
}

/// Whether there is something at a path, or a link on the way that leads who knows where.
fn exists(tree: &Tree, path: &str) -> bool {
    let is_link = |path: &str| matches!(tree.get(path).map(|entry| &entry.kind), Some(EntryKind::Symlink(_)));
    tree.get(path).is_some() || ways_to(path).any(is_link)
}

/// A path and the folders above it.
fn ways_to(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(above, _)| above))
}

/// Places outside of the package's folders that a script writes to.
fn writes(package: &Opened, subject: &Subject<'_>, findings: &Findings) {
    let known = Known::of(package, subject);
    for command in &subject.script.commands {
        let name = command.name().unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        let operands =
            || command.words[1..].iter().filter(|word| !word.literal().is_some_and(|text| text.starts_with('-')));
        let redirected =
            command.redirects.iter().filter(|redirect| redirect.op.starts_with('>') && redirect.op != ">&");
        let mut written: Vec<&Word> = redirected.map(|redirect| &redirect.to).collect();
        match name {
            "touch" | "mkdir" | "tee" => written.extend(operands()),
            "cp" | "mv" | "ln" | "install" => written.extend(operands().next_back()),
            _ => {}
        }
        for word in written {
            let (path, _) = known.prefix(word, command.in_function);
            let Some(folder) = FORBIDDEN.iter().find(|folder| path.starts_with(**folder)) else { continue };
            let message = format!("`{}` writes to `{}`", subject.path, path.escape_debug());
            findings.push(
                at(rules::NAS035.found(message), package, subject, command.line)
                    .note(format!("the package's user may not write below `{folder}`"))
                    .help("use `$SYNOPKG_PKGVAR` for process ids and logs"),
            );
        }
    }
}

/// Asks a real shell whether it understands the scripts.
fn syntax(audit: &mut Audit<'_>, subjects: &[Subject<'_>], shell: Option<&Shell>) {
    let Some(shell) = shell else {
        return audit.skip("syntax of scripts", "there is no BusyBox and no other shell to ask");
    };
    // Where there are carriage returns, which were told of, everything else that the shell says comes of them.
    let is_readable = |subject: &&Subject<'_>| subject.is_posix() && !subject.text.contains("\r\n");
    let posix: Vec<_> = subjects.iter().filter(is_readable).collect();
    let mut broken = None;
    let mut objections = Vec::new();
    for subject in posix {
        match shell.objection(&subject.text) {
            Ok(Some((line, said))) => objections.push((subject, line, said)),
            Ok(None) => {}
            Err(reason) => broken = Some(format!("`{}`: {reason}", subject.path)),
        }
    }
    match broken {
        Some(reason) if objections.is_empty() => audit.skip(shell.check_name(), reason),
        _ => audit.run(shell.check_name(), |package, findings| {
            for (subject, line, said) in objections {
                let message = format!("the shell does not understand `{}`: {}", subject.path, said.escape_debug());
                findings.push(rules::NAS027.found(message).inside(&package.path, subject.path.as_str(), line));
            }
        }),
    }
}
