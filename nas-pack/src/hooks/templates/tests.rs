use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;
use crate::layer::Origin;

/// Reads a folder with these files, and says what is wrong with it, each finding with what is marked.
fn read(files: &[(&str, &[u8])]) -> (Templates, String) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let findings = Findings::new();
    let templates = Templates::read(dir.path(), &Origin::Default, &findings);
    let mut said = String::new();
    for found in findings.into_all() {
        let _ = writeln!(said, "{found}");
        if let Some(crate::diagnostic::Place::Origin(Origin::File { source, span })) = found.place {
            let _ = writeln!(said, "  marked: {}", &source.text[span]);
        }
    }
    (templates, said.replace(dir.path().to_str().unwrap(), "DIR"))
}

/// What is said of a template of that name.
fn said(name: &str, text: &str) -> String {
    read(&[(&format!("{name}.hbs"), text.as_bytes())]).1
}

#[test]
fn every_file_is_a_template_and_has_its_use() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let files = WalkDir::new(&root).into_iter().map(std::result::Result::unwrap).filter(|entry| entry.path().is_file());
    let files: BTreeSet<_> = files
        .map(|entry| entry.path().strip_prefix(&root).unwrap().to_str().unwrap().trim_end_matches(".hbs").to_owned())
        .collect();
    let built_in: BTreeSet<_> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, built_in);
    for template in all().iter().filter(|template| template.role == Role::Partial) {
        assert!(!template.used_by.is_empty(), "nothing includes {}", template.name);
    }
}

/// So an ejected template is accepted, and the built-in ones use the variables as an author must.
#[test]
fn the_built_in_templates_pass_for_an_author_s() {
    let files: Vec<_> = all().iter().map(|template| (format!("{}.hbs", template.name), template.text)).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let (templates, said) = read(&files);
    assert_eq!(said, "");
    assert_eq!(templates.files().len(), all().len());
}

#[test]
fn what_an_author_may_write() {
    let text = "{{! a note }}\n{{> built-in/common/launch.sh}}\n{{#each service.env}}{{{name}}} {{@index}} {{../package}} \
                {{@root.vendor}}{{#if @last}}{{else if ../port}}x{{/if}}{{/each}}{{#each service.args}}{{{this}}}{{/each}}\
                {{#with account}}{{user}} {{quote group}}{{/with}}{{#if (and port (eq vendor \"asustor\"))}}{{len \
                service.args}}{{/if}}\n\\{{.Names}} ${x}\n{{{{raw}}}}{{ }}{{{{/raw}}}}{{on.pre_start}}\n";
    assert_eq!(said("common/launch.sh", text), "");
    assert_eq!(said("synology/events/boot.sh", "step_mkdir 0755 {{package}}\n{{{steps}}}\necho {{event}}\n"), "");
    let junk =
        read(&[(".DS_Store", b"x"), ("common/launch.sh.hbs~", b"{{"), ("common/note.sh.hbs", b"\xef\xbb\xbfx\r\n")]);
    assert_eq!(junk.1, "");
    assert_eq!(junk.0.files()["common/note.sh"].text, "x\n");
}

#[test]
fn wrong_variables() {
    let text = "x\n  {{serivce.exec}} {{vendor}}\n{{#if prot}}{{else}}{{#if flase}}{{/if}}{{/if}}\n{{#each service.env}}{{vlaue}} \
                {{vendor}} {{../../x}} {{@key}}{{/each}}{{#each srevice.args}}{{y}}{{/each}}{{eq ernie package}}{{steps}}";
    insta::assert_snapshot!(said("common/launch.sh", text), @r#"
    error: unknown variable `serivce.exec`
      at launch.sh.hbs:2:5: no such variable
      help: a variable with a similar name exists: `service.exec`
      help: `cargo nas templates list --variables` shows the variables
      marked: serivce.exec
    error: unknown variable `prot`
      at launch.sh.hbs:3:7: no such variable
      help: a variable with a similar name exists: `port`
      help: `cargo nas templates list --variables` shows the variables
      marked: prot
    error: unknown variable `flase`
      at launch.sh.hbs:3:27: no such variable
      help: `cargo nas templates list --variables` shows the variables
      marked: flase
    error: unknown variable `vlaue`
      at launch.sh.hbs:4:24: no such variable
      help: a variable with a similar name exists: `value`
      help: `cargo nas templates list --variables` shows the variables
      marked: vlaue
    error: unknown variable `vendor`
      at launch.sh.hbs:4:34: no such variable
      help: in a block of `each` or `with` it is `@root.vendor`
      help: `cargo nas templates list --variables` shows the variables
      marked: vendor
    error: unknown variable `../../x`
      at launch.sh.hbs:4:45: no such variable
      help: `cargo nas templates list --variables` shows the variables
      marked: ../../x
    error: unknown variable `@key`
      at launch.sh.hbs:4:57: no such variable
      help: `cargo nas templates list --variables` shows the variables
      marked: @key
    error: unknown variable `srevice.args`
      at launch.sh.hbs:4:80: no such variable
      help: a variable with a similar name exists: `service.args`
      help: `cargo nas templates list --variables` shows the variables
      marked: srevice.args
    error: unknown variable `ernie`
      at launch.sh.hbs:4:113: no such variable
      help: `cargo nas templates list --variables` shows the variables
      marked: ernie
    error: `steps` has no value here
      at launch.sh.hbs:4:130: only the template of an event has it
      marked: steps
    error: `steps` is shell text, quoted already
      at launch.sh.hbs:4:130: write it in three braces: `{{{…}}}`
      marked: steps
    "#);
    insta::assert_snapshot!(said("common/events/boot.sh", "{{on.boot}}"), @r#"
    error: `on.boot` has no value here
      at boot.sh.hbs:1:3: the template of an event has none
      marked: on.boot
    "#);
}

#[test]
fn wrong_uses() {
    let text = "{{{package}}}\n{{service.args}}\n{{#each service.env}}{{value}}{{/each}}{{#each package}}{{/each}}{{#with on.boot}}\
                {{/with}}\n{{#each}}{{/each}}{{quote service.log-limit}}{{quote}}\n{{{quote package}}}\n{{upper package}}\
                {{#loop package}}{{/loop}}{{#each service.args as |x|}}{{/each}}";
    insta::assert_snapshot!(said("common/launch.sh", text), @r#"
    error: `package` would go in unquoted, and could become shell code
      at launch.sh.hbs:1:4: write it in two braces: `{{…}}`
      marked: package
    error: `service.args` is no single value
      at launch.sh.hbs:2:3: use a part of it
      marked: service.args
    error: `value` is shell text, quoted already
      at launch.sh.hbs:3:24: write it in three braces: `{{{…}}}`
      marked: value
    error: `package` is not a list
      at launch.sh.hbs:3:48: expected a list
      marked: package
    error: `on.boot` is not a group
      at launch.sh.hbs:3:74: expected a group
      marked: on.boot
    error: `each` wants a list
      at launch.sh.hbs:4:4: expected a list
      marked: each
    error: `quote` wants a text
      at launch.sh.hbs:4:21: expected a variable that is a text
      marked: quote
    error: unknown variable `quote`
      at launch.sh.hbs:4:48: no such variable
      help: `cargo nas templates list --variables` shows the variables
      marked: quote
    error: only shell text of nas-pack's own goes in unquoted
      at launch.sh.hbs:5:4: write it in two braces
      marked: quote
    error: there is no helper `upper`
      at launch.sh.hbs:6:3: expected one of `quote`, `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `and`, `or`, `not`, `len`
      marked: upper
    error: there is no block `loop`
      at launch.sh.hbs:6:21: expected one of `if`, `unless`, `each`, `with`, `raw`
      marked: loop
    error: names for elements are not supported
      at launch.sh.hbs:6:65: write `this`
      marked: as
    "#);
}

#[test]
fn wrong_partials() {
    let text = "{{> comon/note.sh}}\n{{> asustor/start-stop.sh}}\n{{> common/note.sh package}}\n{{#each service.args}}{{> \
                common/note.sh}}{{/each}}\n{{#> common/note.sh}}{{/common/note.sh}}\n{{> common/launch.sh}}\n{{> common/service.sh}}";
    insta::assert_snapshot!(said("common/launch.sh", text), @r#"
    error: there is no partial `comon/note.sh`
      at launch.sh.hbs:1:5: no such partial
      help: a partial with a similar name exists: `common/note.sh`
      help: `cargo nas templates list` shows the templates
      marked: comon/note.sh
    error: there is no partial `asustor/start-stop.sh`
      at launch.sh.hbs:2:5: no such partial
      help: `cargo nas templates list` shows the templates
      marked: asustor/start-stop.sh
    error: a partial sees every variable: it is given nothing, and cannot stand in `each` or `with`
      at launch.sh.hbs:3:5: expected only its name
      marked: common/note.sh
    error: a partial sees every variable: it is given nothing, and cannot stand in `each` or `with`
      at launch.sh.hbs:4:27: expected only its name
      marked: common/note.sh
    error: decorators and blocks for partials are not supported
      at launch.sh.hbs:5:1: not supported
      marked: {{
    error: the template `common/launch.sh` includes itself
      at launch.sh.hbs:2:5: leads back to this template
      help: the built-in one is `{{> built-in/common/launch.sh}}`
      marked: asustor/start-stop.sh
    error: the template `common/launch.sh` includes itself
      at launch.sh.hbs:6:5: leads back to this template
      help: the built-in one is `{{> built-in/common/launch.sh}}`
      marked: common/launch.sh
    error: the template `common/launch.sh` includes itself
      at launch.sh.hbs:7:5: leads back to this template
      help: the built-in one is `{{> built-in/common/launch.sh}}`
      marked: common/service.sh
    "#);
    insta::assert_snapshot!(said("common/events/boot.sh", "{{> common/note.sh}}"), @r#"
    error: the template of an event cannot include others
      at boot.sh.hbs:1:5: write the lines here
      marked: common/note.sh
    "#);
    let circle: [(&str, &[u8]); 2] = [
        ("common/note.sh.hbs", b"{{> common/user.sh}}"),
        ("common/user.sh.hbs", b"\n{{> built-in/common/service.sh}}"),
    ];
    insta::assert_snapshot!(read(&circle).1, @r#"
    error: the template `common/note.sh` includes itself
      at note.sh.hbs:1:5: leads back to this template
      help: the built-in one is `{{> built-in/common/note.sh}}`
      marked: common/user.sh
    error: the template `common/user.sh` includes itself
      at user.sh.hbs:2:5: leads back to this template
      help: the built-in one is `{{> built-in/common/user.sh}}`
      marked: built-in/common/service.sh
    "#);
}

#[test]
fn what_is_no_template() {
    insta::assert_snapshot!(said("common/note.sh", "a\n{{#if port}}\nb"), @r#"
    error: this is not what templates are written in
      at note.sh.hbs:3:2: a tag or a block is not closed
      note: a tag is `{{variable}}`, `{{{shell}}}`, `{{#if …}}` to `{{/if}}`, or `{{> partial}}`
      help: write `\{{` for braces that are meant for the shell
      marked:
    "#);
    insta::assert_snapshot!(said("common/note.sh", "a\n{{#if port}}{{/each}}"), @r#"
    error: the block `if` is closed as `each`
      at note.sh.hbs:2:13: expected `{{/if}}`
      marked: {{/each}}
    "#);
    let broken = |text: &str, place: &str| {
        let said = said("common/note.sh", text);
        assert!(said.contains(&format!("at note.sh.hbs:{place}: cannot be read from here on")), "{said}");
    };
    broken("a {{port}", "1:9");
    broken("\n{{/if}}", "2:3");
}

#[test]
fn deep_templates_are_refused() {
    for text in [
        "{{#if port}}".repeat(5000),
        format!("{{{{#if port}}}}{}{{{{/if}}}}", "{{else if port}}".repeat(3000)),
        format!("{{{{eq {} 1}}}}", "(not ".repeat(9000)),
        format!("{{{{eq {} 1}}}}", "[".repeat(9000)),
    ] {
        assert!(said("common/note.sh", &text).starts_with("error: this template is nested too deeply"));
    }
}

#[test]
fn files_that_are_no_templates() {
    let large = [b'x'].repeat(usize::try_from(LARGEST).unwrap() + 1);
    let (_, said) = read(&[
        ("asustor/startstop.sh.hbs", b""),
        ("asustor/start-stop.sh", b""),
        ("events/pre-start.sh.hbs", b""),
        ("synology/events/pre-snapshot-restore.sh.hbs", b""),
        ("README.md", b""),
        ("common/note.sh.hbs", b"\0"),
        ("common/user.sh.hbs", b"\xff"),
        ("common/export.sh.hbs", &large),
    ]);
    insta::assert_snapshot!(said, @r#"
    error: there is no template `README.md` to replace
      in DIR/README.md: expected files that are called as the built-in ones
      help: `cargo nas templates list` shows the templates
    error: there is no template `asustor/start-stop.sh` to replace
      in DIR/asustor/start-stop.sh
      help: a template with a similar file name exists: `asustor/start-stop.sh.hbs`
      help: `cargo nas templates list` shows the templates
    error: there is no template `asustor/startstop.sh` to replace
      in DIR/asustor/startstop.sh.hbs
      help: a template with a similar file name exists: `asustor/start-stop.sh.hbs`
      help: `cargo nas templates list` shows the templates
    error: the template `common/export.sh` cannot be used: it has 65537 bytes, and 65536 are allowed
      in DIR/common/export.sh.hbs
    error: the template `common/note.sh` cannot be used: it contains NUL
      in DIR/common/note.sh.hbs
    error: the template `common/user.sh` cannot be used: it is not UTF-8
      in DIR/common/user.sh.hbs
    error: there is no template `events/pre-start.sh` to replace
      in DIR/events/pre-start.sh.hbs
      help: a template with a similar file name exists: `wd/events/pre-start.sh.hbs`
      help: `cargo nas templates list` shows the templates
    error: there is no template `synology/events/pre-snapshot-restore.sh` to replace
      in DIR/synology/events/pre-snapshot-restore.sh.hbs
      help: a template with a similar file name exists: `common/events/pre-snapshot-restore.sh.hbs`
      help: `cargo nas templates list` shows the templates
    "#);
    let many: Vec<_> = (0..100).map(|number| format!("{number}")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_eq!(read(&many).1.matches("error: ").count(), MOST_WRONG);
    let findings = Findings::new();
    Templates::read(Path::new("/nowhere"), &Origin::Default, &findings);
    insta::assert_snapshot!(findings.finish().unwrap_err(), @r#"
    error: the folder of `templates` is not there
      at default: looked for `/nowhere`
      help: `cargo nas templates eject` makes it, with the templates that you name
    "#);
}

#[test]
fn the_manual_has_these_tables() {
    let row = |cells: [&str; 4]| format!("| {} |\n", cells.join(" | "));
    let mut variables = row(["variable", "kind", "where", "meaning"]) + "|---|---|---|---|\n";
    for Variable { path, kind, meaning, available } in VARIABLES {
        variables.push_str(&row([&format!("`{path}`"), kind.name(), available.meaning(), meaning]));
    }
    let mut templates = "| template | makes | used by |\n|---|---|---|\n".to_owned();
    for Template { name, role, used_by, .. } in all().iter().filter(|template| !matches!(template.role, Role::Event(_)))
    {
        let makes = if let Role::Script(script) = role { format!("`{script}`") } else { "–".to_owned() };
        let used_by = used_by.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let used_by = if used_by.is_empty() { "–" } else { &used_by };
        let _ = writeln!(templates, "| `{name}` | {makes} | {used_by} |");
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/templates.md");
    crate::manual::hold(&page, [("templates", templates), ("variables", variables)]);
}
