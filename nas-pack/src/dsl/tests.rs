//! One app that says every key, in Rust and in TOML, side by side: neither can say what the other cannot.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::hooks::Event;
use crate::layer::Table;
use crate::manifest::reference;
use crate::model::{Arch, Compression, Language};
use crate::rel;

fn general() -> (App, &'static str) {
    let app = App::new("beacon")
        .name("Beacon")
        .version("1.2.3")
        .revision(4)
        .description("Shows how the box is doing.\nOn one page.")
        .maintainer("Ada Example <ada@example.com>")
        .developer("Example Ltd")
        .homepage("https://example.com/beacon")
        .support_url("https://example.com/help")
        .license_file("LICENSE")
        .changelog("CHANGES")
        .icon("beacon.svg")
        .templates("templates")
        .binaries(["beacon"])
        .remove_data(true)
        .compression(Compression::Best)
        .depends([Dependency::new("python3").at_least("3.7.0").below("4"), "git".into()])
        .conflicts(["lighthouse"])
        .vendors([VendorId::Asustor, VendorId::WdOs5])
        .shared_folder("Beacon", "What beacon found")
        .translation(Language::German, "Leuchtfeuer", "Eine Statusseite")
        .translated_name(Language::BrazilianPortuguese, "Farol")
        .lint("NAS050", Level::Allow)
        .lint("NAS051", Level::Deny)
        .target(Arch::X86_64, "x86_64-unknown-linux-gnu.2.17")
        .target(
            Arch::Aarch64,
            Target::new("aarch64-unknown-linux-gnu.2.27").linker("aarch64-gcc").cc("cc").cxx("c++").ar("ar"),
        )
        .target(Arch::Armhf, Target::musl().prefix("/opt/sdk/bin/arm-").cross())
        .service(
            Service::new("beacon")
                .arg("--settings")
                .args(["{config_dir}/beacon.toml"])
                .env("RUST_BACKTRACE", "1")
                .port(8137)
                .protocol(Protocol::Https)
                .path("/status")
                .start_timeout(15)
                .stop_timeout(25)
                .reload_signal(Signal::Usr1)
                .log_limit(512),
        )
        .asset(Asset::file("www/**", rel!("www/")).dir("assets"))
        .asset(Asset::text("built\n", rel!("share/build.txt")).mode(0o640))
        .hook(Event::PreStart, Step::install_if_missing("{app_dir}/share/x", "{config_dir}/x").mode(0o640))
        .hook(Event::PreStart, Step::run(["{app_dir}/bin/beacon", "--check"]))
        .hooks(
            Hooks::new()
                .at(Event::PostInstall, [Step::mkdir("{data_dir}/a").mode(0o750), Step::backup("{config_dir}/x")])
                .at(Event::PostInstall, [Step::chown("{data_dir}", "{user}:{group}").recursive()])
                .at(Event::Boot, [Step::symlink("{app_dir}/bin/x", "/usr/bin/x"), Step::sh("true\nfalse\n")]),
        );
    let toml = r#"
        package = "beacon"
        name = "Beacon"
        version = "1.2.3"
        revision = 4
        description = "Shows how the box is doing.\nOn one page."
        maintainer = "Ada Example <ada@example.com>"
        developer = "Example Ltd"
        homepage = "https://example.com/beacon"
        support-url = "https://example.com/help"
        license-file = "LICENSE"
        changelog = "CHANGES"
        icon = "beacon.svg"
        templates = "templates"
        binaries = ["beacon"]
        remove-data = true
        compression = "best"
        depends = ["python3 (>= 3.7.0, < 4)", "git"]
        conflicts = ["lighthouse"]
        vendors = ["asustor", "wd-os5"]
        shared-folders = [{ name = "Beacon", description = "What beacon found" }]
        translations = { de = { name = "Leuchtfeuer", description = "Eine Statusseite" }, pt-BR = { name = "Farol" } }
        lints = { NAS050 = "allow", NAS051 = "deny" }

        [targets]
        x86_64 = "x86_64-unknown-linux-gnu.2.17"
        aarch64 = { triple = "aarch64-unknown-linux-gnu.2.27", linker = "aarch64-gcc", cc = "cc", cxx = "c++", ar = "ar" }
        armhf = { prefix = "/opt/sdk/bin/arm-", cross = true }

        [service]
        exec = "beacon"
        args = ["--settings", "{config_dir}/beacon.toml"]
        env = { RUST_BACKTRACE = "1" }
        port = 8137
        protocol = "https"
        path = "/status"
        start-timeout = 15
        stop-timeout = 25
        reload-signal = "USR1"
        log-limit = 512

        [[assets]]
        source = "www/**"
        dir = "assets"
        dest = "www/"

        [[assets]]
        content = "built\n"
        dest = "share/build.txt"
        mode = "0640"

        [hooks]
        pre-start = [
            { install-if-missing = "{app_dir}/share/x", to = "{config_dir}/x", mode = "0640" },
            { run = ["{app_dir}/bin/beacon", "--check"] },
        ]
        post-install = [
            { mkdir = "{data_dir}/a", mode = "0750" },
            { backup = "{config_dir}/x" },
            { chown = "{data_dir}", owner = "{user}:{group}", recursive = true },
        ]
        boot = [{ symlink = "{app_dir}/bin/x", at = "/usr/bin/x" }, { sh = "true\nfalse\n" }]
    "#;
    (app, toml)
}

fn settings() -> (App, &'static str) {
    let theme = Field::choice("theme")
        .default("light")
        .choose(Choice::new("dark", "Dark").translation(Language::German, "Dunkel"))
        .choose(Choice::new("light", "Light"));
    let page = Page::new("Beacon")
        .translation(Language::German, "Leuchtfeuer")
        .field(
            Field::text("title")
                .label("Title")
                .help("Above the page.")
                .length(1, 40)
                .pattern("[A-Z].*")
                .default("Beacon")
                .translation(Language::German, "Titel", "Über der Seite."),
        )
        .field(Field::number("visits").range(1, 100).default(10))
        .field(Field::flag("public").default(true))
        .field(Field::secret("token").optional())
        .field(theme);
    let toml = r#"
        [settings]
        file = "beacon.toml"
        mode = "0600"

        [[settings.pages]]
        title = "Beacon"
        translations = { de = { title = "Leuchtfeuer" } }
        fields = [
            { key = "title", type = "text", label = "Title", help = "Above the page.", min = 1, max = 40, pattern = "[A-Z].*",
              default = "Beacon", translations = { de = { label = "Titel", help = "Über der Seite." } } },
            { key = "visits", type = "number", min = 1, max = 100, default = 10 },
            { key = "public", type = "flag", default = true },
            { key = "token", type = "secret", optional = true },
            { key = "theme", type = "choice", default = "light", choices = [
                { value = "dark", label = "Dark", translations = { de = { label = "Dunkel" } } },
                { value = "light", label = "Light" },
            ] },
        ]
    "#;
    (App::amend().settings(Settings::new().file("beacon.toml").mode(0o600).page(page)), toml)
}

fn asustor() -> (App, &'static str) {
    let asustor = Asustor::amend()
        .version("1.2.3.r4")
        .firmware("5.0.0")
        .model(["52xx", "67xx"])
        .default_lang(AdmLanguage::French)
        .memory_limit(512)
        .memory_advice(1024)
        .privacy_statement("https://example.com/privacy")
        .app_type(AppType::Webserver)
        .session_id(true)
        .accessible(Accessible::Users)
        .customizable(false)
        .reverseproxy_port(8001)
        .http_port(8002)
        .https_port(8003)
        .ports([AdmPort::from(8138), AdmPort::tcp(7666)])
        .symbolic_link(LinkFolder::Bin, ["beacon", "beacon*"])
        .symbolic_link(LinkFolder::Etc, ["b.conf"])
        .symbolic_link(LinkFolder::Lib, ["b.so"])
        .symbolic_link(LinkFolder::Lib64, ["b.so"])
        .symbolic_link(LinkFolder::Sbin, ["bd"])
        .symbolic_link(LinkFolder::Var, ["b"])
        .enable_service([AdmService::Httpd, AdmService::Webdav])
        .restart_service([AdmService::Samba])
        .boot_priority(70, 30)
        .extra_general("new", "text")
        .extra_adm_desktop("app", Map::new().set("new", 1))
        .extra_register("new", [true, false])
        .general(
            App::amend()
                .name("Beacon for ADM")
                .remove_data(false)
                .compression(Compression::Fast)
                .service(Service::amend().port(8138))
                .depends(["git"]),
        );
    let toml = r#"
        [asustor]
        version = "1.2.3.r4"
        firmware = "5.0.0"
        model = ["52xx", "67xx"]
        default-lang = "fr-FR"
        memory-limit = 512
        memory-advice = 1024
        privacy-statement = "https://example.com/privacy"
        app-type = "webserver"
        session-id = true
        accessible = "users"
        customizable = false
        reverseproxy-port = 8001
        http-port = 8002
        https-port = 8003
        ports = [8138, "T7666"]
        prerequisites = { enable-service = ["httpd", "webdav"], restart-service = ["samba"] }
        boot-priority = { start-order = 70, stop-order = 30 }
        extra = { general = { new = "text" }, adm-desktop = { app = { new = 1 } }, register = { new = [true, false] } }
        name = "Beacon for ADM"
        remove-data = false
        compression = "fast"
        service = { port = 8138 }
        depends = ["git"]

        [asustor.symbolic-link]
        "/bin" = ["beacon", "beacon*"]
        "/etc" = ["b.conf"]
        "/lib" = ["b.so"]
        "/lib64" = ["b.so"]
        "/sbin" = ["bd"]
        "/var" = ["b"]
    "#;
    (App::amend().asustor(asustor), toml)
}

fn synology() -> (App, &'static str) {
    let question = Map::new()
        .set("type", "textfield")
        .set("desc", Texts::english("Name").and(Language::German, "Name"))
        .set("subitems", [Map::new().set("key", "wizard_name").set("validator", Map::new().set("min-length", 2))]);
    let privilege = Privilege::new(RunAs::Package)
        .username("beacon")
        .groupname("beacons")
        .join_groupname("http")
        .ctrl_script(Action::Preinst, RunAs::Package)
        .executable(rel!("bin/beacon"), RunAs::Package)
        .tool(rel!("bin/tool"), RunAs::Package, RunAs::Package, 0o750);
    let map = DesktopEntry::new("/map")
        .entry_type(EntryType::Legacy)
        .title(Texts::english("Map").and(Language::German, "Karte"))
        .desc("Where it is")
        .icon("map.svg")
        .protocol(Protocol::Http)
        .port(8140)
        .url_target("_blank")
        .all_users(true)
        .preload_texts(["app:title"])
        .grant_privilege("all")
        .advance_grant_privilege(true)
        .configable_privilege(true)
        .allow_multi_instance(false)
        .app_window("Beacon.Map")
        .width(800)
        .height(600);
    let synology = Synology::amend()
        .version("1.2.3-4")
        .dsm([Dsm::V6, Dsm::V7])
        .os_min_ver(["6.2-23739", "7.0-40000"])
        .os_max_ver(["7.2-64570"])
        .exclude_arch(["grantley"])
        .model(["synology_x86_ds918+"])
        .exclude_model(["synology_x86_ds216+"])
        .distributor("Example Ltd")
        .distributor_url("https://example.com")
        .helpurl("https://example.com/manual")
        .support_center(true)
        .report_url("https://example.com/faults")
        .beta(true)
        .checkport(false)
        .dsmapppage("SYNO.SDS.Beacon")
        .dsmapplaunchname("naspack.beacon")
        .install_break_packages(["lighthouse"])
        .install_replace_packages([Dependency::new("oldbeacon").below("2")])
        .use_deprecated_replace_mechanism(true)
        .install_dep_services(["nfsd"])
        .start_dep_services(["ssh-shell"])
        .instuninst_restart_services(["nginx"])
        .startstop_restart_services(["nginx"])
        .ctl_stop(false)
        .ctl_uninstall(false)
        .precheckstartstop(true)
        .install_reboot(true)
        .install_type(InstallType::System)
        .install_on_cold_storage(true)
        .offline_install(true)
        .support_move(true)
        .auto_upgrade_from("1.0")
        .silent_install(false)
        .silent_upgrade(false)
        .silent_uninstall(false)
        .all_users(true)
        .port_forward(true)
        .systemd_units(["pkguser-beacon.service"])
        .extra("new_key", true)
        .ports(
            "sync",
            Ports::new("6000,7000:8000/tcp,udp").title("Sync").desc("Beacon").port_forward(true).src_ports("1/tcp"),
        )
        .ports("beacon", Ports::amend().title("Beacon"))
        .privilege(privilege)
        .resource("usr-local-linker", Map::new().set("bin", ["bin/beacon"]))
        .resource_extra("new-worker", Map::new().set("member", 1))
        .pkg_deps("WebStation", PackageRange::any())
        .pkg_deps(
            "python310",
            PackageRange::any().pkg_min_ver("3.10").pkg_max_ver("4").os_min_ver("7.1-1").os_max_ver("7.2-2"),
        )
        .pkg_conx("lighthouse", PackageRange::any())
        .wizard(Moment::Install, Map::new().set("step-title", "Beacon").set("items", [question]))
        .wizard(Moment::Upgrade, Map::new().set("step-title", "Once more"))
        .wizard(Moment::Uninstall, Map::new().set("step-title", "Sure?"))
        .wizard_file(Moment::Install, "install.json")
        .wizard_file(Moment::Upgrade, Texts::english("upgrade.json").and(Language::German, "upgrade.de.json"))
        .wizard_file(Moment::Uninstall, "uninstall.sh")
        .desktop("example.map", map)
        .desktop("naspack.beacon", DesktopEntry::amend().all_users(true))
        .general(App::amend().name("Beacon for DSM").shared_folder("Beacon", "On DSM"));
    let toml = r#"
        [synology]
        version = "1.2.3-4"
        dsm = [6, 7]
        os-min-ver = ["6.2-23739", "7.0-40000"]
        os-max-ver = ["7.2-64570"]
        exclude-arch = ["grantley"]
        model = ["synology_x86_ds918+"]
        exclude-model = ["synology_x86_ds216+"]
        distributor = "Example Ltd"
        distributor-url = "https://example.com"
        helpurl = "https://example.com/manual"
        support-center = true
        report-url = "https://example.com/faults"
        beta = true
        checkport = false
        dsmapppage = "SYNO.SDS.Beacon"
        dsmapplaunchname = "naspack.beacon"
        install-break-packages = ["lighthouse"]
        install-replace-packages = ["oldbeacon (< 2)"]
        use-deprecated-replace-mechanism = true
        install-dep-services = ["nfsd"]
        start-dep-services = ["ssh-shell"]
        instuninst-restart-services = ["nginx"]
        startstop-restart-services = ["nginx"]
        ctl-stop = false
        ctl-uninstall = false
        precheckstartstop = true
        install-reboot = true
        install-type = "system"
        install-on-cold-storage = true
        offline-install = true
        support-move = true
        auto-upgrade-from = "1.0"
        silent-install = false
        silent-upgrade = false
        silent-uninstall = false
        all-users = true
        port-forward = true
        systemd-units = ["pkguser-beacon.service"]
        extra = { new_key = true }
        resource = { usr-local-linker = { bin = ["bin/beacon"] } }
        resource-extra = { new-worker = { member = 1 } }
        pkg-conx = { lighthouse = {} }
        name = "Beacon for DSM"
        shared-folders = [{ name = "Beacon", description = "On DSM" }]

        [synology.ports]
        sync = { title = "Sync", desc = "Beacon", port-forward = true, src-ports = "1/tcp", dst-ports = "6000,7000:8000/tcp,udp" }
        beacon = { title = "Beacon" }

        [synology.privilege]
        defaults = { run-as = "package" }
        username = "beacon"
        groupname = "beacons"
        join-groupname = "http"
        ctrl-script = [{ action = "preinst", run-as = "package" }]
        executable = [{ relpath = "bin/beacon", run-as = "package" }]
        tool = [{ relpath = "bin/tool", user = "package", group = "package", permission = "0750" }]

        [synology.pkg-deps]
        WebStation = {}
        python310 = { pkg-min-ver = "3.10", pkg-max-ver = "4", os-min-ver = "7.1-1", os-max-ver = "7.2-2" }

        [[synology.wizard.install]]
        step-title = "Beacon"

        [[synology.wizard.install.items]]
        type = "textfield"
        desc = { en = "Name", de = "Name" }
        subitems = [{ key = "wizard_name", validator = { min-length = 2 } }]

        [synology.wizard]
        upgrade = [{ step-title = "Once more" }]
        uninstall = [{ step-title = "Sure?" }]
        install-file = "install.json"
        upgrade-file = { en = "upgrade.json", de = "upgrade.de.json" }
        uninstall-file = "uninstall.sh"

        [synology.desktop."example.map"]
        type = "legacy"
        title = { en = "Map", de = "Karte" }
        desc = "Where it is"
        icon = "map.svg"
        protocol = "http"
        port = 8140
        url = "/map"
        url-target = "_blank"
        all-users = true
        preload-texts = ["app:title"]
        grant-privilege = "all"
        advance-grant-privilege = true
        configable-privilege = true
        allow-multi-instance = false
        app-window = "Beacon.Map"
        width = 800
        height = 600

        [synology.desktop."naspack.beacon"]
        all-users = true
    "#;
    (App::amend().synology(synology), toml)
}

fn wd() -> (App, &'static str) {
    let wd = Wd::amend()
        .version("1.2.3")
        .models(["WDMyCloudEX2"])
        .min_firmware(["2.31.204", "5.19.117"])
        .max_firmware(["5.30"])
        .center_type(CenterType::Embedded)
        .user_control(UserControl::Admin)
        .auto_start(false)
        .date_suffix(true)
        .index_page("start.html")
        .web_icon("logo.svg")
        .used_port(8139)
        .start_depends(["git"])
        .start_conflicts(["lighthouse"])
        .hidden(true)
        .third_party_notice(false)
        .extra("Section", "Apps")
        .extra_xml("Note", 7)
        .os5(Wd::amend().hidden(false).general(App::amend().revision(5)))
        .os3(Wd::amend().general(App::amend().name("Beacon for OS3").icon("os3.svg")))
        .general(App::amend().name("Beacon for WD"));
    let toml = r#"
        [wd]
        version = "1.2.3"
        models = ["WDMyCloudEX2"]
        min-firmware = ["2.31.204", "5.19.117"]
        max-firmware = ["5.30"]
        center-type = "embedded"
        user-control = "admin"
        auto-start = false
        date-suffix = true
        index-page = "start.html"
        web-icon = "logo.svg"
        used-port = 8139
        start-depends = ["git"]
        start-conflicts = ["lighthouse"]
        hidden = true
        third-party-notice = false
        extra = { Section = "Apps" }
        extra-xml = { Note = 7 }
        os5 = { hidden = false, revision = 5 }
        os3 = { name = "Beacon for OS3", icon = "os3.svg" }
        name = "Beacon for WD"
    "#;
    (App::amend().wd(wd), toml)
}

fn everything() -> Vec<(App, &'static str)> {
    vec![general(), settings(), asustor(), synology(), wd()]
}

/// The paths of a table's keys as the reference writes them.
fn paths<'t>(table: &'t Table, above: &[&'t str], found: &mut BTreeSet<String>) {
    for (key, entry) in table.iter() {
        let path = [above, &[key]].concat();
        found.insert(reference::path(&path));
        let inner = match &entry.value.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        for value in inner {
            if let Kind::Table(inner) = &value.kind {
                paths(inner, &path, found);
            }
        }
    }
}

#[test]
fn the_builder_says_every_key_of_the_manual() {
    let mut said = BTreeSet::new();
    everything().iter().for_each(|(app, _)| paths(app.layer(), &[], &mut said));
    let unsaid: Vec<_> = reference::all().iter().map(|key| key.path).filter(|path| !said.contains(*path)).collect();
    assert!(unsaid.is_empty(), "these keys need a setter, and a line in this test: {unsaid:#?}");
}

#[test]
fn rust_and_toml_say_the_same() {
    for (app, toml) in everything() {
        let read = App::from_toml(toml).unwrap();
        for (key, entry) in app.layer().iter() {
            let other = read.layer().get(key);
            assert!(other.is_some_and(|other| other.same_as(&entry.value)), "{key}: {other:#?}\n{:#?}", entry.value);
        }
        assert!(read.layer().same_as(app.layer()));
    }
}

#[test]
fn what_is_written_as_toml_says_the_same() {
    for (app, _) in everything() {
        let text = app.to_toml();
        assert!(App::from_toml(&text).unwrap().layer().same_as(app.layer()), "{text}");
    }
}

/// Everything in it was said here, on these lines.
fn check(value: &Value, lines: std::ops::RangeInclusive<u32>) {
    let Origin::Rust { file, line, .. } = &value.origin else { panic!("{value:?}") };
    assert!(file.ends_with("dsl/tests.rs") && lines.contains(line), "{value:#?}");
    match &value.kind {
        Kind::List(items) => items.iter().for_each(|item| check(item, lines.clone())),
        Kind::Table(table) => table.iter().for_each(|(_, entry)| {
            check(&entry.value, lines.clone());
            assert!(matches!(&entry.key, Origin::Rust { file, .. } if file.ends_with("dsl/tests.rs")), "{entry:?}");
        }),
        _ => {}
    }
}

#[test]
fn a_value_knows_the_line_that_said_it() {
    let line = line!() + 1;
    let app = App::amend()
        .vendors([VendorId::Asustor])
        .depends(["git"])
        .target(Arch::Armhf, "x")
        .hook(Event::Boot, Step::run(["a", "b"]))
        .asustor(Asustor::amend().boot_priority(1, 2).extra_register("a", [Map::new().set("b", ["c"])]))
        .synology(Synology::amend().desktop("x", DesktopEntry::new("/").title("x")).wizard_file(Moment::Install, "x"))
        .synology(Synology::amend().privilege(Privilege::new(RunAs::Package).executable("x", RunAs::Package)));
    app.layer().iter().for_each(|(_, entry)| check(&entry.value, line..=line + 8));
}

#[test]
fn toml_is_written_as_a_person_would() {
    insta::assert_snapshot!(general().0.to_toml(), @r###"
    [package.metadata.nas]
    package = "beacon"
    name = "Beacon"
    version = "1.2.3"
    revision = 4
    description = """
    Shows how the box is doing.
    On one page."""
    maintainer = "Ada Example <ada@example.com>"
    developer = "Example Ltd"
    homepage = "https://example.com/beacon"
    support-url = "https://example.com/help"
    license-file = "LICENSE"
    changelog = "CHANGES"
    icon = "beacon.svg"
    binaries = ["beacon"]
    remove-data = true
    compression = "best"
    depends = ["python3 (>= 3.7.0, < 4)", "git"]
    conflicts = ["lighthouse"]
    vendors = ["asustor", "wd-os5"]
    templates = "templates"

    [package.metadata.nas.targets]
    x86_64 = "x86_64-unknown-linux-gnu.2.17"
    armhf = { prefix = "/opt/sdk/bin/arm-", cross = true }

    [package.metadata.nas.targets.aarch64]
    triple = "aarch64-unknown-linux-gnu.2.27"
    linker = "aarch64-gcc"
    cc = "cc"
    cxx = "c++"
    ar = "ar"

    [package.metadata.nas.service]
    exec = "beacon"
    args = ["--settings", "{config_dir}/beacon.toml"]
    env = { RUST_BACKTRACE = "1" }
    port = 8137
    protocol = "https"
    path = "/status"
    start-timeout = 15
    stop-timeout = 25
    reload-signal = "USR1"
    log-limit = 512

    [[package.metadata.nas.assets]]
    source = "www/**"
    dir = "assets"
    dest = "www/"

    [[package.metadata.nas.assets]]
    content = """
    built
    """
    dest = "share/build.txt"
    mode = "0640"

    [[package.metadata.nas.shared-folders]]
    name = "Beacon"
    description = "What beacon found"

    [package.metadata.nas.translations]
    de = { name = "Leuchtfeuer", description = "Eine Statusseite" }
    pt-BR = { name = "Farol" }

    [package.metadata.nas.hooks]
    post-install = [
        { mkdir = "{data_dir}/a", mode = "0750" },
        { backup = "{config_dir}/x" },
        { chown = "{data_dir}", owner = "{user}:{group}", recursive = true },
    ]
    pre-start = [
        { install-if-missing = "{app_dir}/share/x", to = "{config_dir}/x", mode = "0640" },
        { run = ["{app_dir}/bin/beacon", "--check"] },
    ]
    boot = [
        { symlink = "{app_dir}/bin/x", at = "/usr/bin/x" },
        { sh = """
    true
    false
    """ },
    ]

    [package.metadata.nas.lints]
    NAS050 = "allow"
    NAS051 = "deny"
    "###);
}

#[test]
fn deep_tables_are_written_with_headers() {
    let (app, _) = synology();
    let text = app.to_toml();
    let from = text.find("[package.metadata.nas.synology.ports]").unwrap();
    insta::assert_snapshot!(&text[from..], @r###"
    [package.metadata.nas.synology.ports]
    beacon = { title = "Beacon" }

    [package.metadata.nas.synology.ports.sync]
    desc = "Beacon"
    dst-ports = "6000,7000:8000/tcp,udp"
    port-forward = true
    src-ports = "1/tcp"
    title = "Sync"

    [package.metadata.nas.synology.privilege]
    ctrl-script = [
        { action = "preinst", run-as = "package" },
    ]
    defaults = { run-as = "package" }
    executable = [
        { relpath = "bin/beacon", run-as = "package" },
    ]
    groupname = "beacons"
    join-groupname = "http"
    tool = [
        { group = "package", permission = "0750", relpath = "bin/tool", user = "package" },
    ]
    username = "beacon"

    [package.metadata.nas.synology.resource]
    usr-local-linker = { bin = ["bin/beacon"] }

    [package.metadata.nas.synology.resource-extra]
    new-worker = { member = 1 }

    [package.metadata.nas.synology.pkg-deps]
    WebStation = {}
    python310 = { os-max-ver = "7.2-2", os-min-ver = "7.1-1", pkg-max-ver = "4", pkg-min-ver = "3.10" }

    [package.metadata.nas.synology.pkg-conx]
    lighthouse = {}

    [package.metadata.nas.synology.wizard]
    upgrade = [
        { step-title = "Once more" },
    ]
    uninstall = [
        { step-title = "Sure?" },
    ]
    install-file = "install.json"
    upgrade-file = { de = "upgrade.de.json", en = "upgrade.json" }
    uninstall-file = "uninstall.sh"

    [[package.metadata.nas.synology.wizard.install]]
    step-title = "Beacon"

    [[package.metadata.nas.synology.wizard.install.items]]
    desc = { de = "Name", en = "Name" }
    type = "textfield"

    [[package.metadata.nas.synology.wizard.install.items.subitems]]
    key = "wizard_name"
    validator = { min-length = 2 }

    [package.metadata.nas.synology.desktop]
    "naspack.beacon" = { all-users = true }

    [package.metadata.nas.synology.desktop."example.map"]
    advance-grant-privilege = true
    all-users = true
    allow-multi-instance = false
    app-window = "Beacon.Map"
    configable-privilege = true
    desc = "Where it is"
    grant-privilege = "all"
    height = 600
    icon = "map.svg"
    port = 8140
    preload-texts = ["app:title"]
    protocol = "http"
    title = { de = "Karte", en = "Map" }
    type = "legacy"
    url = "/map"
    url-target = "_blank"
    width = 800
    "###);
}

/// The example's Cargo.toml, by way of the builder and TOML, is the same app.
#[test]
fn a_manifest_comes_back_as_the_same_app() {
    use crate::diagnostic::Findings;
    use crate::manifest::{Selection, Workspace, decode};
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../example-app/Cargo.toml");
    let selection = Selection { manifest_path: Some(path.clone()), ..Selection::default() };
    let mut description = Workspace::load(&selection).unwrap().apps.remove(0);
    let mut decoded = |layer: Option<Table>| {
        description.layers = layer.map_or_else(|| std::mem::take(&mut description.layers), |layer| vec![layer]);
        VendorId::ALL.map(|vendor| {
            let findings = Findings::new();
            let app = decode(&description.merged_for(vendor), &description, &findings);
            findings.finish().unwrap();
            app.unwrap()
        })
    };
    let direct = decoded(None);
    let app = App::from_manifest(&path).unwrap();
    let again = App::from_toml(&app.to_toml()).unwrap();
    assert!(again.layer().same_as(app.layer()));
    assert_eq!(decoded(Some(again.into_layer())), direct);
}

#[test]
fn a_workspace_of_several_apps_is_not_one() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"3\"\n");
    for name in ["a", "b"] {
        write(&format!("{name}/src/main.rs"), "fn main() {}\n");
        let manifest = format!("[package]\nname = \"{name}\"\n[package.metadata.nas]\nname = \"x\"\n");
        write(&format!("{name}/Cargo.toml"), &manifest);
    }
    let told = App::from_manifest(&dir.path().join("Cargo.toml")).unwrap_err().to_string();
    assert!(told.contains("the workspace has 2 apps") && told.contains("they are `a`, `b`"), "{told}");
    let one = App::from_manifest(&dir.path().join("b/Cargo.toml")).unwrap();
    assert!(one.layer().get("package").unwrap().same_as(&Value::here("b")));
}

/// The readers know every key, and take what its setter writes: whatever else they have against this app.
#[test]
fn readers_take_what_setters_write() {
    use crate::diagnostic::Findings;
    use crate::manifest::{Description, decode};
    use crate::vendor::{Icons, Request, vendor};
    let dir = tempfile::tempdir().unwrap();
    for file in [
        "LICENSE",
        "CHANGES",
        "pkguser-beacon.service",
        "install.json",
        "upgrade.json",
        "upgrade.de.json",
        "uninstall.sh",
    ] {
        std::fs::write(dir.path().join(file), "[]\n").unwrap();
    }
    std::fs::create_dir(dir.path().join("templates")).unwrap();
    for file in ["beacon.svg", "map.svg", "os3.svg"] {
        let square = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><path d=\"M0 0h9v9z\"/></svg>";
        std::fs::write(dir.path().join(file), square).unwrap();
    }
    let description = Description {
        cargo_package: "beacon".to_owned(),
        cargo_binaries: vec!["beacon".to_owned()],
        build_script: Some(PathBuf::from("build.rs")),
        manifest_path: dir.path().join("Cargo.toml"),
        manifest_dir: dir.path().to_owned(),
        section: Origin::Default,
        layers: everything().into_iter().map(|(app, _)| app.into_layer()).collect(),
    };
    let mut told = BTreeSet::new();
    for id in VendorId::ALL {
        let findings = Findings::new();
        let merged = description.merged_for(id);
        let app = decode(&merged, &description, &findings).unwrap();
        let icons = Icons::default();
        let request =
            Request { app: &app, layer: &merged, dir: dir.path(), findings: &findings, icons: &icons, epoch: 0 };
        vendor(id).check(&request);
        let said = match findings.finish() {
            Ok(warnings) => warnings,
            Err(failure) => failure.diagnostics().to_vec(),
        };
        told.extend(said.iter().filter(|found| found.rule.is_none()).map(|found| found.message.clone()));
    }
    let told: Vec<_> = told.iter().map(String::as_str).collect();
    let exclude_each_other = [
        "`synology.wizard.install` and `synology.wizard.install-file` are the same wizard",
        "`synology.wizard.uninstall` and `synology.wizard.uninstall-file` are the same wizard",
        "`synology.wizard.upgrade` and `synology.wizard.upgrade-file` are the same wizard",
        "it is not clear which tools build this target",
    ];
    assert_eq!(told, exclude_each_other);
}
