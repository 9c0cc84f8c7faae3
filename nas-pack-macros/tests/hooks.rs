//! What `hooks!` expands to: the same layer as the builder's calls, with each step's own place.

// The expansion bears the user's spans, so that lints could take it for the user's code. The imports make its paths
// look redundant.
#![deny(unused_parens, unused_qualifications)]

use nas_pack::dsl::{App, Hooks, Step};
use nas_pack::hooks;
use nas_pack::hooks::Event;
use nas_pack::layer::{Kind, Origin, Table, Value};

/// The recorded hooks without their origins.
fn plain(hooks: Hooks) -> String {
    fn write(value: &Value) -> String {
        match &value.kind {
            Kind::List(list) => format!("[{}]", list.iter().map(write).collect::<Vec<_>>().join(", ")),
            Kind::Table(table) => {
                format!(
                    "{{{}}}",
                    table
                        .iter()
                        .map(|(key, entry)| format!("{key}: {}", write(&entry.value)))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            other => format!("{other:?}"),
        }
    }
    App::amend().hooks(hooks).layer().get("hooks").map_or_else(String::new, write)
}

#[test]
fn steps_are_those_of_the_builder() {
    let written = hooks! {
        post_install => {
            mkdir "{data_dir}/reports", mode = 0o750;
            mkdir "{log_dir}";
            install_if_missing "{app_dir}/share/beacon.toml" => "{config_dir}/beacon.toml", mode = 0o640;
            chown "{data_dir}" => "{user}:{group}", recursive;
            chown "{config_dir}" => "root";
            symlink "{app_dir}/bin/beacon" => "/usr/local/bin/beacon";
            backup r"{config_dir}/{{beacon}}.toml";
        }
        pre_stop => {
            run "{app_dir}/bin/beacon" "migrate" "--db={data_dir}/visits.db" "";
            run "{app_dir}/bin/beacon";
            sh "for file in \"${NAS_DATA_DIR}\"/*; do
    echo \"${file}\" }
done"
        }
        boot => {},
    };
    let built = Hooks::new()
        .at(
            Event::PostInstall,
            [
                Step::mkdir("{data_dir}/reports").mode(0o750),
                Step::mkdir("{log_dir}"),
                Step::install_if_missing("{app_dir}/share/beacon.toml", "{config_dir}/beacon.toml").mode(0o640),
                Step::chown("{data_dir}", "{user}:{group}").recursive(),
                Step::chown("{config_dir}", "root"),
                Step::symlink("{app_dir}/bin/beacon", "/usr/local/bin/beacon"),
                Step::backup("{config_dir}/{{beacon}}.toml"),
            ],
        )
        .at(
            Event::PreStop,
            [
                Step::run(["{app_dir}/bin/beacon", "migrate", "--db={data_dir}/visits.db", ""]),
                Step::run(["{app_dir}/bin/beacon"]),
                Step::sh("for file in \"${NAS_DATA_DIR}\"/*; do\n    echo \"${file}\" }\ndone"),
            ],
        );
    assert_eq!(plain(written), plain(built));
}

#[test]
fn no_hooks_are_no_steps() {
    assert_eq!(hooks! {}, Hooks::new());
    assert_eq!(hooks! { post_install => {} }, Hooks::new());
}

#[test]
fn every_event_can_be_written() {
    let written = hooks! {
        pre_install => { backup "0"; }
        post_install => { backup "1"; }
        pre_upgrade => { backup "2"; }
        post_upgrade => { backup "3"; }
        pre_uninstall => { backup "4"; }
        post_uninstall => { backup "5"; }
        pre_start => { backup "6"; }
        post_start => { backup "7"; }
        pre_stop => { backup "8"; }
        post_stop => { backup "9"; }
        boot => { backup "10"; }
        pre_snapshot_restore => { backup "11"; }
        post_snapshot_restore => { backup "12"; }
    };
    let built = (0..)
        .zip(Event::ALL)
        .fold(Hooks::new(), |hooks, (number, event)| hooks.at(event, [Step::backup(format!("{number}"))]));
    assert_eq!(plain(written), plain(built));
}

#[test]
fn expressions_take_the_place_of_literals() {
    const MODE: u32 = 0o700;
    let folder = String::from("{data_dir}/reports");
    let words = ("--port", 8137);
    let written = hooks! {
        post_install => {
            mkdir (&folder), mode = (MODE | 0o050);
            chown (format!("{folder}/a")) => (if words.1 > 0 { "{user}" } else { "root" });
            run "{app_dir}/bin/beacon" (words.0) (words.1.to_string()) (folder);
        }
    };
    let built = Hooks::new().at(
        Event::PostInstall,
        [
            Step::mkdir("{data_dir}/reports").mode(0o750),
            Step::chown("{data_dir}/reports/a", "{user}"),
            Step::run(["{app_dir}/bin/beacon", "--port", "8137", "{data_dir}/reports"]),
        ],
    );
    assert_eq!(plain(written), plain(built));
}

#[test]
fn words_can_come_from_another_macro() {
    macro_rules! folders {
        ($event:ident: $($folder:literal)*) => { hooks! { $event => { $(mkdir $folder, mode = 0o700;)* } } };
    }
    let built = [Step::mkdir("{data_dir}/a").mode(0o700), Step::mkdir("{data_dir}/b").mode(0o700)];
    assert_eq!(
        plain(folders!(post_install: "{data_dir}/a" "{data_dir}/b")),
        plain(Hooks::new().at(Event::PostInstall, built))
    );
}

/// Lines below `first` and columns of each step, then of each of its keys.
fn places(hooks: Hooks, event: &str, first: u32) -> Vec<String> {
    let place = |origin: &Origin| match origin {
        Origin::Rust { file, line, column } => {
            assert_eq!(file, file!());
            format!("{}:{column}", line - first)
        }
        other => panic!("not a place in Rust code: {other:?}"),
    };
    let app = App::amend().hooks(hooks);
    let Some(Kind::List(steps)) = app.layer().find(&format!("hooks.{event}")).map(|entry| &entry.value.kind) else {
        panic!("no steps at {event}")
    };
    let key_places = |table: &Table| {
        let keys = table.iter().map(|(key, entry)| format!("{key}@{}", place(&entry.value.origin)));
        keys.collect::<Vec<_>>().join(" ")
    };
    steps
        .iter()
        .map(|step| match &step.kind {
            Kind::Table(table) => format!("{} {}", place(&step.origin), key_places(table)),
            _ => panic!("not a step: {step:?}"),
        })
        .collect()
}

#[test]
#[rustfmt::skip]
fn every_step_has_its_own_place() {
    let first = line!();
    let hooks = hooks! {
        post_install => {
            mkdir "{data_dir}/reports", mode = 0o750;
            install_if_missing
                "{app_dir}/share/beacon.toml"
                => "{config_dir}/beacon.toml",
                mode = 0o640;
            backup "a"; chown "{data_dir}" => "{user}", recursive;
            symlink (String::from("a")) => "b";
            run "a" (String::from("b"));
            sh "true";
        }
    };
    assert_eq!(
        places(hooks, "post-install", first),
        [
            "3:13 mkdir@3:13 mode@3:41",
            "4:13 install-if-missing@4:13 mode@7:17 to@4:13",
            "8:13 backup@8:13",
            "8:25 chown@8:25 owner@8:25 recursive@8:57",
            "9:13 at@9:13 symlink@9:13",
            "10:13 run@10:13",
            "11:13 sh@11:13",
        ]
    );
}
