//! `CONTROL/config.json` of a finished package against the table of its keys and the rules.

use std::collections::BTreeSet;

use super::read_file;
use crate::diagnostic::{Diagnostic, Findings, Rule};
use crate::lint::Audit;
use crate::manifest::nearest;
use crate::vendor::Opened;
use crate::vendor::asustor::check::{doubt_series, no_link_target, no_pages, too_new};
use crate::vendor::asustor::desktop::{has_php, no_php};
use crate::vendor::asustor::facts::{
    Adm, LANGUAGES, LINK_FOLDERS, has_extension, has_linked, is_link_name, is_one_word, is_version, last_adm,
    parse_port,
};
use crate::vendor::asustor::json::{Document, Json, Node};
use crate::vendor::asustor::register::{DOCKER, TCP_PORTS_SINCE, before_docker, doubt_service, reserved};
use crate::vendor::asustor::{DEVICES, fields, rules};
use crate::vendor::field::{Field, Form};

const CONFIG: &str = "CONTROL/config.json";

/// The most bytes of it that are looked at: real ones have under 5000.
const LIMIT: u64 = 64 << 10;

/// How many names of a folder are looked for, each among all files: real packages have a dozen.
const LINKS: usize = 100;

type Check = fn(&Config<'_>);

/// What is looked at, by the names that `verify` prints.
const CHECKS: [(&str, Check); 7] = [
    ("keys of config.json", |config| config.keys()),
    ("devices", |config| config.devices()),
    ("desktop icon", |config| config.desktop()),
    ("ports", |config| config.ports()),
    ("links in /usr/local", |config| config.links()),
    ("services and boot order", |config| config.services()),
    ("name of the file", |config| config.file_name()),
];

/// Whether it can be read at all.
const FORM: &str = "form of config.json";

pub(super) fn verify(audit: &mut Audit<'_>) {
    match read_config(audit.package) {
        Ok(document) => {
            audit.run(FORM, |_, _| {});
            let get = |path: &str| document.get(path).and_then(Node::text);
            let (adm, architecture) = (get("general.firmware").and_then(Adm::parse), get("general.architecture"));
            for (name, check) in CHECKS {
                audit.run(name, |package, findings| {
                    check(&Config { package, findings, document: &document, adm, architecture });
                });
            }
        }
        Err(found) => {
            audit.run(FORM, |_, findings| findings.push(*found));
            CHECKS.iter().for_each(|(name, _)| audit.skip(name, "`config.json` cannot be read"));
        }
    }
}

fn read_config(package: &Opened) -> Result<Document, Box<Diagnostic>> {
    let unreadable = |message: String, line: Option<usize>| {
        Box::new(rules::AST024.found(message).inside(&package.path, CONFIG, line))
    };
    let bytes =
        read_file(&package.tree, CONFIG, LIMIT).map_err(|reason| unreadable(format!("`{CONFIG}` {reason}"), None))?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        let found = unreadable(format!("`{CONFIG}` begins with a byte order mark"), Some(1));
        return Err(Box::new(found.help("save it as UTF-8 without one")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|&byte| byte == b'\n').count();
        unreadable(format!("`{CONFIG}` is not UTF-8"), Some(line))
    })?;
    let document = Document::read(&text).map_err(|error| {
        unreadable(format!("`{CONFIG}` is not JSON: {error}"), Some(error.line()).filter(|&line| line > 0))
    })?;
    match document.root.kind {
        Json::Table(_) => Ok(document),
        _ => Err(unreadable(format!("`{CONFIG}` is {}, not a table", document.root.describe()), Some(1))),
    }
}

/// `config.json` while it is looked at.
struct Config<'v> {
    package: &'v Opened,
    findings: &'v Findings,
    document: &'v Document,
    adm: Option<Adm>,
    architecture: Option<&'v str>,
}

impl Config<'_> {
    fn push(&self, found: Diagnostic, node: &Node) {
        self.findings.push(found.inside(&self.package.path, CONFIG, Some(self.document.line(node))));
    }

    fn get(&self, path: &str) -> Option<&Node> {
        self.document.get(path)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.text()
    }

    /// The texts and numbers of a list.
    fn items<'s>(&'s self, path: &str) -> impl Iterator<Item = (&'s Node, &'s str)> + use<'s> {
        let items = self.get(path).map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| Some((item, item.plain()?)))
    }

    /// The identities of what the app depends on.
    fn needs(&self) -> impl Iterator<Item = &str> {
        self.items("general.depends").map(|(_, text)| text.split('(').next().unwrap_or_default().trim())
    }

    /// Every key against the table.
    fn keys(&self) {
        self.table("", &self.document.root);
        if self.text("adm-desktop.app.type") == Some("custom") {
            for key in ["adm-desktop.app.protocol", "adm-desktop.app.port"] {
                if let (None, Some(app)) = (self.get(key), self.get("adm-desktop.app")) {
                    self.push(
                        rules::AST025
                            .found(format!("`{key}` is missing"))
                            .note("an icon of the type `custom` needs it"),
                        app,
                    );
                }
            }
        }
        if let Some(node) = self.get("general.memory-advice") {
            self.push(rules::AST036.found("`general.memory-advice` upsets App Central of ADM 5"), node);
        }
        if let Some(node) = self.get("general.conflicts")
            && !matches!(&node.kind, Json::List(items) if items.is_empty())
        {
            let found = rules::AST008.found(format!("`general.conflicts` is {}", node.describe()));
            self.push(found.label("expected `[]`: the key is reserved"), node);
        }
    }

    fn table(&self, path: &str, node: &Node) {
        let Json::Table(members) = &node.kind else { return };
        let mut seen = BTreeSet::new();
        for (name, value) in members {
            let full = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if !seen.insert(name) {
                self.push(rules::AST026.found(format!("`{full}` is there twice")), value);
            }
            match fields::find(&full).filter(|_| !name.contains(['.', '['])) {
                Some(field) => self.value(field, value),
                None => self.unknown(path, name, &full, value),
            }
        }
        for (name, field) in fields::below(path).filter(|(_, field)| field.required) {
            if node.get(name).is_none() {
                let found = rules::AST025.found(format!("`{}` is missing", field.key));
                self.push(found.label(format!("expected {}", field.form.expected())), node);
            }
        }
    }

    fn unknown(&self, path: &str, name: &str, full: &str, node: &Node) {
        let found = rules::AST027.found(format!("ADM knows no key `{}`", full.escape_debug()));
        let elsewhere = fields::CONFIG.iter().find(|field| field.key.ends_with(&format!(".{name}")));
        let help = match (nearest(name, fields::below(path).map(|(known, _)| known)), elsewhere) {
            (Some(near), _) => Some(format!("a key with a similar name exists: `{near}`")),
            (None, Some(field)) => Some(format!("its place is `{}`", field.key)),
            (None, None) => None,
        };
        self.push(help.into_iter().fold(found, Diagnostic::help), node);
    }

    fn value(&self, field: &'static Field, node: &Node) {
        if let Some(since) = fields::since(field) {
            self.findings.absorb(
                too_new(&format!("`{}`", field.key), since, self.adm)
                    .map(|found| found.inside(&self.package.path, CONFIG, Some(self.document.line(node)))),
            );
        }
        match (&field.form, &node.kind) {
            (Form::Table, Json::Table(_)) => self.table(field.key, node),
            (Form::List, Json::List(items)) => {
                if let Some(element) = fields::find(&format!("{}[]", field.key)) {
                    items.iter().for_each(|item| self.value(element, item));
                }
            }
            // A rule of its own speaks of this one.
            (Form::List, _) if field.key == "general.conflicts" => {}
            // The older guide says that it is a string.
            (Form::List, Json::Text(text)) if field.key == "general.model" => {
                if !text.is_empty() {
                    self.push(
                        rules::AST029.found(format!("`{}` is a text", field.key)).label("expected a list, as of ADM 4"),
                        node,
                    );
                }
            }
            (Form::List | Form::Table, _) => self.wrong_form(field, node),
            (form, _) => match node.plain() {
                None => self.wrong_form(field, node),
                Some(text) if field.required && text.trim().is_empty() => {
                    let found = rules::AST025.found(format!("`{}` is empty", field.key));
                    self.push(found.label(format!("expected {}", form.expected())), node);
                }
                // Real packages leave empty what they do not say.
                Some("") if !field.key.ends_with(']') => {}
                Some(text) if !form.takes(text) => self.wrong_value(field, node, text),
                Some(text) => self.written_as(field, node, text),
            },
        }
    }

    fn wrong_form(&self, field: &Field, node: &Node) {
        let found = rules::AST028.found(format!("`{}` is {}", field.key, node.describe()));
        let expected = match field.form {
            Form::Grammar(..) => format!("text: {}", field.form.expected()),
            form => form.expected(),
        };
        self.push(found.label(format!("expected {expected}")), node);
    }

    /// A plain value that is right but for being text, or for not being it.
    fn written_as(&self, field: &Field, node: &Node, text: &str) {
        let is_text = matches!(node.kind, Json::Text(_));
        match (field.form, field.key) {
            (Form::Number(..), key) if is_text && key.starts_with("register.boot-priority.") => {
                self.wrong_form(field, node);
            }
            (Form::Number(..) | Form::Bool, key) if is_text && key != "adm-desktop.app.session-id" => {
                self.as_text(field, node, text);
            }
            (_, "register.port[]") if text.starts_with('T') => {
                let found = too_new("ports with `T`", TCP_PORTS_SINCE, self.adm);
                found.into_iter().for_each(|found| self.push(found, node));
            }
            (_, "register.port[]") if is_text => self.as_text(field, node, text),
            // Undocumented ones may be anything.
            (Form::Grammar(name, _), _) if name.starts_with("any value") => {}
            (Form::Text(_) | Form::Word(_) | Form::Grammar(..), key) if !is_text && key != "register.port[]" => {
                self.wrong_form(field, node);
            }
            _ => {}
        }
    }

    fn as_text(&self, field: &Field, node: &Node, text: &str) {
        let found = rules::AST029.found(format!("`{}` is text: `\"{text}\"`", field.key));
        self.push(found.help(format!("write `{text}` without quotes")), node);
    }

    /// A value of the right type that ADM cannot use, by the rule that speaks of that.
    fn wrong_value(&self, field: &'static Field, node: &Node, text: &str) {
        let rule: &'static Rule = match field.key {
            "general.package" => &rules::AST001,
            "general.name" => &rules::AST002,
            "general.version" if !is_one_word(text) => &rules::AST003,
            "general.version" if !is_version(text) => &rules::AST020,
            "general.firmware" => &rules::AST005,
            "general.depends[]" => &rules::AST007,
            "general.default-lang" => &rules::AST010,
            "general.email" => &rules::AST018,
            "general.privacy-statement" => &rules::AST019,
            "general.architecture" => &rules::AST031,
            "adm-desktop.privilege.accessible" => &rules::AST012,
            "register.share-folder[].name" => &rules::AST016,
            // These are looked at by themselves.
            "general.model[]"
            | "register.prerequisites.enable-service[]"
            | "register.prerequisites.restart-service[]" => return,
            key if key.starts_with("register.symbolic-link.") => &rules::AST013,
            key if key.ends_with("port") || key == "register.port[]" => &rules::AST046,
            _ => &rules::AST028,
        };
        let found = rule.found(format!("`{}` cannot be {}", field.key, node.describe()));
        let found = match (field.key, field.form) {
            ("general.default-lang", _) => found.note(format!("its languages are {}", LANGUAGES.join(", "))),
            (_, form) => found.label(format!("expected {}", form.expected())),
        };
        let found = match field.form {
            Form::Word(words) => match nearest(&text.to_lowercase(), words.iter().copied()) {
                Some(near) => found.help(format!("a similar one exists: `{near}`")),
                None => found,
            },
            _ => found,
        };
        self.push(found, node);
    }

    /// Which boxes can take the package at all.
    fn devices(&self) {
        let known = self.architecture.filter(|name| DEVICES.iter().any(|device| device.name == *name));
        if let (Some(architecture), Some(adm)) = (known, self.adm)
            && let Some(((major, minor), models)) = last_adm(architecture)
            && adm.is_after((major, minor))
            && let Some(node) = self.get("general.firmware")
        {
            let found =
                rules::AST006.found(format!("no ASUSTOR model with the architecture {architecture} has ADM {adm}"));
            self.push(found.note(format!("the last ADM for {models} is {major}.{minor}")), node);
        }
        let architecture = known.filter(|name| *name != "any");
        for (node, model) in self.items("general.model") {
            doubt_series(model, architecture, self.adm).into_iter().for_each(|found| self.push(found, node));
        }
    }

    fn desktop(&self) {
        let Some(app) = self.get("adm-desktop.app") else { return };
        let Some(kind) = self.get("adm-desktop.app.type") else { return };
        let only = |keys: &[&str], whose: &str| {
            for (key, node) in keys.iter().filter_map(|key| Some((key, app.get(key)?))) {
                self.push(
                    rules::AST051.found(format!("`adm-desktop.app.{key}` has no effect: it is for {whose}")),
                    node,
                );
            }
        };
        match kind.text() {
            Some("webserver") => {
                only(&["protocol", "port", "url"], "apps of the type `custom`");
                self.web_app(kind);
            }
            Some("custom") => only(&["session-id"], "apps of the type `webserver`"),
            Some(kind_name @ ("internal" | "external")) => {
                self.push(rules::AST050.found(format!("apps of the type `{kind_name}` are ASUSTOR's own")), kind);
            }
            _ => {}
        }
    }

    fn web_app(&self, kind: &Node) {
        let mut pages =
            self.package.files().map(|(path, _)| path.as_str()).filter(|path| path.starts_with("www/")).peekable();
        if pages.peek().is_none() {
            self.push(no_pages(), kind);
        }
        if !self.items("register.prerequisites.enable-service").any(|(_, service)| service == "httpd") {
            let found = rules::AST034.found("a web app needs the web server, and the package does not ask for it");
            self.push(found.help("add `httpd` to `register.prerequisites.enable-service`"), kind);
        }
        // Before ADM 4 it is a part of the system.
        let has_own = self.adm.is_none_or(|adm| adm >= Adm(4, 0, 0));
        if has_own && pages.any(|path| has_extension(path, &["php"])) && !has_php(self.needs()) {
            self.push(no_php(), kind);
        }
    }

    fn ports(&self) {
        let registered: Vec<_> =
            self.items("register.port").filter_map(|(node, text)| Some((node, parse_port(text)?))).collect();
        for (node, port) in &registered {
            reserved(*port).into_iter().for_each(|found| self.push(found, node));
        }
        if let Some(node) = self.get("adm-desktop.app.port")
            && let Some(port) = node.plain().and_then(parse_port)
            && registered.iter().all(|(_, known)| *known != port)
        {
            let found = rules::AST047.found(format!("the icon opens port {port}, which `register.port` does not have"));
            self.push(found.note("another app can take it"), node);
        }
    }

    fn links(&self) {
        for folder in LINK_FOLDERS {
            let names = self.items(&format!("register.symbolic-link.{folder}"));
            for (node, name) in names.filter(|(_, name)| is_link_name(name)).take(LINKS) {
                if !has_linked(&self.package.tree, folder, name) {
                    self.push(no_link_target(folder, name), node);
                }
            }
        }
    }

    fn services(&self) {
        for list in ["enable-service", "restart-service"] {
            for (node, service) in self.items(&format!("register.prerequisites.{list}")) {
                doubt_service(service, self.adm).into_iter().for_each(|found| self.push(found, node));
            }
        }
        if let Some(node) = self.get("register.boot-priority.start-order")
            && let Some(start) = node.plain().and_then(|start| start.parse().ok())
            && self.needs().any(|needed| needed == DOCKER.0)
        {
            before_docker(start).into_iter().for_each(|found| self.push(found, node));
        }
    }

    fn file_name(&self) {
        let [Some(package), Some(version), Some(architecture)] =
            ["package", "version", "architecture"].map(|key| self.text(&format!("general.{key}")))
        else {
            return;
        };
        let expected = format!("{package}_{version}_{architecture}.apk");
        let name = self.package.path.file_name().unwrap_or_default().to_string_lossy();
        if name != expected {
            let found = rules::AST042.found(format!("the file is called `{name}`")).in_file(&self.package.path);
            self.findings.push(found.label(format!("expected `{}`", expected.escape_debug())));
        }
    }
}
