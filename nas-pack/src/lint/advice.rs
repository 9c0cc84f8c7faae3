//! What can be said of an app before anything is packed, beside what the vendors demand: the advice of `cargo nas lint`.

use crate::diagnostic::{Findings, place_of, place_of_item, rules};
use crate::hooks::lifecycle::RunsAs;
use crate::hooks::{Event, Step, Var};
use crate::layer::{Origin, Table};
use crate::model::{App, Icon, Language, Service, VendorId};
use crate::vendor::vendor;

rules! {
    NAS050: Warn, "no licence is shown to users";
    why: "ASUSTOR and Synology show a licence before the installation, and their reviews ask for one. Set \
          `license-file`, in `[package]` or in `[package.metadata.nas]`.",
    source: "App Central guide 2.2; Synology's DSM 7 guide, LICENSE";

    NAS051: Warn, "a translation lacks the name or the description";
    why: "Users who chose that language see one text in it and the other in yours. Write both, or neither.";

    NAS052: Allow, "the app is described in one language only";
    why: "Synology shows name and description in 20 languages and WD the description in 19. \
          `[package.metadata.nas.translations.de]` and its kin say them. Ask for this rule with `lints = { NAS052 = \
          \"warn\" }`.";

    NAS053: Warn, "the app has no picture of its own";
    why: "Every vendor demands one, so a tile with the app's first letter is drawn. Set `icon` to an SVG, or to a PNG \
          of at least 256 by 256 pixels.";

    NAS054: Warn, "the service is told to listen on a port that is not declared";
    why: "The NAS checks declared ports for collisions, opens its firewall for them, and links to them. The start \
          script waits until a declared port is open, and calls a start without one good as soon as the process runs. \
          Set `service.port`, and give the daemon `{port}`.";

    NAS055: Warn, "the service is told its port as a number";
    why: "It stands in two places, and a vendor's table that changes `service.port` does not reach this one. Write \
          `{port}` instead.";

    NAS056: Warn, "the app runs as root, and its own steps need not";
    why: "A daemon that the network reaches should not be root. The start script hands it over to the vendor's \
          account for that; steps of `pre-start` and `post-start` that start further programs in the background do \
          not.";

    NAS057: Warn, "no address to write to";
    why: "ASUSTOR's review wants an e-mail address that works, and WD shows one. Write it behind the name in \
          `maintainer` or in Cargo's `authors`: `\"Name <mail@example.com>\"`.",
    source: "App Central guide 2.3, `email`; WD's apkg.rc, `Email:`";

    NAS058: Warn, "no page about the app";
    why: "Every vendor's app list links to one. Set `homepage` or `repository` in `[package]`.";
}

/// Holds an app against the advice. What is missing altogether is missing in the section at `header`.
pub(crate) fn check(app: &App, merged: &Table, header: &Origin, findings: &Findings) {
    let at = |path: &str| place_of(merged, path);
    let shows_licence = |id: &VendorId| matches!(id, VendorId::Asustor | VendorId::Synology);
    if app.license_file.is_none() && app.vendors.iter().any(shows_licence) {
        findings.push(
            NAS050.found("no licence is shown to users").at(header).help("set `license-file` to the licence's text"),
        );
    }
    check_translations(app, merged, findings);
    if app.icon == Icon::Generated {
        let said = NAS053.found("the app has no picture, and a tile with its first letter is drawn");
        findings.push(said.at(header).help("set `icon` to an SVG, or to a PNG of at least 256×256 pixels"));
    }
    if let Some(service) = &app.service {
        check_port(service, merged, findings);
        check_background(app, merged, findings);
    }
    if app.maintainer.email.is_none() && app.developer.email.is_none() {
        findings.push(
            NAS057
                .found(format!("there is no e-mail address of `{}`", app.maintainer.name))
                .at(&at("maintainer"))
                .help("write `\"Name <mail@example.com>\"`"),
        );
    }
    if app.homepage.is_none() {
        findings.push(
            NAS058
                .found("there is no page about the app")
                .at(header)
                .help("set `homepage` or `repository` in `[package]`"),
        );
    }
}

fn check_translations(app: &App, merged: &Table, findings: &Findings) {
    for (language, translation) in &app.translations {
        let (has, lacks) = match (&translation.name, &translation.description) {
            (Some(_), None) => ("name", "description"),
            (None, Some(_)) => ("description", "name"),
            _ => continue,
        };
        // A name that is the same everywhere is no omission.
        if lacks == "name" && app.translations.values().all(|translation| translation.name.is_none()) {
            continue;
        }
        findings.push(
            NAS051
                .found(format!("the {language} translation has a {has} and no {lacks}"))
                .at(&place_of(merged, &format!("translations.{language}"))),
        );
    }
    if app.translations.is_empty() {
        let all = Language::ALL.len();
        findings.push(NAS052.found(format!("the app is described in one language, of {all} that NAS boxes speak")));
    }
}

/// Numbers in arguments and environment that are, or should be, the declared port.
fn check_port(service: &Service, merged: &Table, findings: &Findings) {
    let args = service.args.iter().enumerate().map(|(index, text)| {
        let before = index.checked_sub(1).and_then(|before| service.args.get(before));
        let before = before.map(ToString::to_string).unwrap_or_default();
        (before, text.to_string(), place_of_item(merged, "service.args", index))
    });
    let env = service
        .env
        .iter()
        .map(|(name, text)| (name.clone(), text.to_string(), place_of(merged, &format!("service.env.{name}"))));
    for (name, text, place) in args.chain(env) {
        let Some(port) = port_in(&name, &text) else { continue };
        match service.port {
            None => findings.push(
                NAS054
                    .found(format!("the service is told to listen on port {port}, and no port is declared"))
                    .at(&place)
                    .help(format!("set `service.port = {port}` and write `{{port}}` here")),
            ),
            Some(declared) if declared == port => {
                let with_variable = format!("\"{}\"", text.replace(&port.to_string(), "{port}"));
                let found = NAS055.found(format!("port {port} is written here once more")).at(&place);
                findings.push(found.suggest(&place, with_variable));
            }
            Some(_) => {}
        }
    }
}

/// The port in `--port 8080`, `PORT=8080`, `0.0.0.0:8080` and their kin.
fn port_in(name: &str, value: &str) -> Option<u16> {
    if value.contains(&format!("{{{}}}", Var::Port.name())) {
        return None;
    }
    let (name, value) = value.split_once('=').unwrap_or((name, value));
    let name = name.trim_start_matches('-').to_ascii_lowercase();
    let says_port =
        name.split(['-', '_', '.']).any(|word| matches!(word, "port" | "listen" | "bind" | "addr" | "address"));
    let digits = match value.rsplit_once(':') {
        Some((host, digits)) if host.ends_with(']') || !host.contains(['/', ':']) => digits,
        None if says_port => value,
        _ => return None,
    };
    digits.parse().ok().filter(|&port| port > 0)
}

/// Steps that leave programs running beside the service, where the scripts are root's.
fn check_background(app: &App, merged: &Table, findings: &Findings) {
    let runs_as_root = |&id: &VendorId| matches!(vendor(id).lifecycle().runs_as, RunsAs::Root { .. });
    if !app.vendors.iter().any(runs_as_root) {
        return;
    }
    for event in [Event::PreStart, Event::PostStart, Event::Boot] {
        let leaves_one = |step: &Step| {
            let Step::Sh { script } = step else { return false };
            script.lines().any(|line| {
                let line = line.trim_end();
                line.ends_with('&') && !line.ends_with("&&")
            })
        };
        if app.hooks.at(event).iter().any(leaves_one) {
            findings.push(
                NAS056
                    .found(format!(
                        "a step of `{event}` leaves a program running, as root where the vendor's scripts are root's"
                    ))
                    .at(&place_of(merged, &format!("hooks.{event}"))),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_found_where_people_write_them() {
        for (name, value) in [
            ("--port", "8080"),
            ("", "--port=8080"),
            ("", "--listen=0.0.0.0:8080"),
            ("BEACON_PORT", "8080"),
            ("", "[::]:8080"),
            ("--bind", ":8080"),
        ] {
            assert_eq!(port_in(name, value), Some(8080), "{name} {value}");
        }
        for (name, value) in [
            ("--threads", "8080"),
            ("--port", "{port}"),
            ("", "http://example.com:8080"),
            ("--bind", "::1"),
            ("--db", "a:b"),
            ("--port", "0"),
            ("PORT", "99999"),
        ] {
            assert_eq!(port_in(name, value), None, "{name} {value}");
        }
    }
}
