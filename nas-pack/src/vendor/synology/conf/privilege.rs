//! `conf/privilege`: who the package's scripts and files run as and belong to.

use serde_json::{Value as Json, json};

use super::fields::PRIVILEGE;
use super::schema::{self, Typed, Version, find};
use super::{missing, rules};
use crate::archive::Tree;
use crate::diagnostic::Diagnostic;
use crate::manifest::Section;
use crate::vendor::Request;
use crate::vendor::synology::generation::Dsm;

pub(super) const FILE: &str = "conf/privilege";

const KEY: &str = "privilege";

/// What DSM calls of a package's scripts.
const ACTIONS: [&str; 9] =
    ["preinst", "postinst", "preuninst", "postuninst", "preupgrade", "postupgrade", "start", "stop", "status"];

/// What names a file of the package.
const FILES: [&str; 2] = ["executable[].relpath", "tool[].relpath"];

/// The file for a generation; DSM 5 knows none.
pub(super) fn read(request: &Request<'_>, keys: &Section<'_>, dsm: Dsm, oldest: Version) -> Option<Json> {
    let entry = keys.entry_as(KEY, "a table");
    if dsm < Dsm::V6 {
        return None;
    }
    let mut defaults = json!({ "defaults": { "run-as": "package" } });
    if dsm == Dsm::V6 {
        // No folder that outlives an upgrade belongs to the package's user there, so root makes them, and hands the daemon over.
        defaults["ctrl-script"] = ACTIONS.map(|action| json!({ "action": action, "run-as": "root" })).into();
    }
    let Some(entry) = entry else { return Some(defaults) };
    let typed = Typed::read(PRIVILEGE, "", &entry.value, &keys.full(KEY), request.findings);
    let Json::Object(own) = &typed.json else {
        keys.mismatch(KEY, &entry.value, "a table", crate::manifest::Mismatch::Type);
        return Some(defaults);
    };
    // The defaults come first, and are there in any case.
    let mut whole = defaults;
    if let Json::Object(members) = &mut whole {
        members.extend(own.clone());
    }
    typed.report(schema::flaws(PRIVILEGE, &whole, Some(oldest)), request.findings);
    for (path, found) in check(&whole, dsm) {
        if let Some((origin, _)) = typed.place(&path) {
            let found = found.at(&origin);
            let is_name = !path.ends_with("capabilities");
            request.findings.push(if is_name { found.suggest(&origin, "\"package\"") } else { found });
        }
    }
    Some(whole)
}

/// What DSM has against a file that is right in form: the place, and the finding without it.
pub(super) fn check(privilege: &Json, dsm: Dsm) -> Vec<(String, Diagnostic)> {
    let mut found = Vec::new();
    if dsm < Dsm::V7 {
        return found;
    }
    let entries =
        [("defaults.run-as", None), ("ctrl-script[].run-as", Some("action")), ("executable[].run-as", Some("relpath"))];
    for (place, name) in entries {
        for (path, who) in find(privilege, place) {
            let Some(who @ ("root" | "system")) = who.as_str() else { continue };
            let what = name.and_then(|name| {
                let entry = path.rsplit_once('.').map(|(entry, _)| entry)?;
                Some(find_one(privilege, entry)?.get(name)?.as_str()?.to_owned())
            });
            let what = what.map_or_else(|| "the whole package".to_owned(), |what| format!("`{what}`"));
            let denied = rules::SYN061.found(format!("{what} is to run as {who}, which DSM 7 refuses"));
            found.push((path, denied.help("let it run as `package`")));
        }
    }
    for place in ["tool[].user", "tool[].group"] {
        for (path, who) in find(privilege, place) {
            if who.as_str() != Some("package") {
                let wrong = rules::SYN062.found(format!("`{path}` must be `package`, not {who}"));
                found.push((path, wrong.help("DSM makes the package's user its owner")));
            }
        }
    }
    for (path, capabilities) in find(privilege, "tool[].capabilities") {
        found.push((path, rules::SYN063.found(format!("{capabilities} need a package that Synology has signed"))));
    }
    found
}

/// The value at a path that `find` gave: `tool[1]`.
fn find_one<'j>(value: &'j Json, path: &str) -> Option<&'j Json> {
    match path.split_once('[') {
        Some((list, index)) => value.get(list)?.get(index.trim_end_matches(']').parse::<usize>().ok()?),
        None => value.get(path),
    }
}

/// Files that it names and that are not in the tree.
pub(super) fn absent(privilege: &Json, package: &str, tree: &Tree) -> Vec<(String, Diagnostic)> {
    let named = FILES.iter().flat_map(|place| find(privilege, place));
    let absent = named.filter_map(|(path, file)| Some((path, missing(tree, package, file.as_str()?)?)));
    absent
        .map(|(path, file)| {
            let found = rules::SYN064.found(format!("`{FILE}` names `{file}`, which is not in the package"));
            (path, found.help("correct the path, which begins at the package's folder, or add the file as an asset"))
        })
        .collect()
}
