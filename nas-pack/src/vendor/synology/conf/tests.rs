use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use serde_json::{Value as Json, json};

use super::super::{Synology, rules};
use super::depends::{CONX, DEPS};
use super::{Conf, fields, schema, wizard};
use crate::archive::read::Limits;
use crate::archive::{Content, Entry, EntryKind, Tree};
use crate::diagnostic::{Diagnostic, Levels, Result, Rule, Severity};
use crate::hooks::lifecycle::Lifecycle;
use crate::lint::{self, Audit};
use crate::manifest::Section;
use crate::model::VendorId;
use crate::vendor::field::{Field, Ours};
use crate::vendor::synology::generation::Dsm;
use crate::vendor::testing::{check, check_over, layout, refusal, text, vector};
use crate::vendor::{Device, Firmware, Layout, Opened, Packager, Request, Vendor, open};

/// Has something in every file, and nothing that any rule is against.
const RICH: &str = r#"
translations = { de = { name = "Leuchtfeuer", description = "Wie es der Kiste geht." }, "pt-BR" = { name = "Farol" } }
depends = ["WebStation", "python3 (>= 3.7.0)", "git"]

[synology]
os-min-ver = "7.0-41890"
port-forward = true

[synology.privilege]
username = "sc-beacon"
join-groupname = "http"
ctrl-script = [{ action = "postinst", run-as = "package" }]
executable = [{ relpath = "bin/beacon", run-as = "package" }]
tool = [{ relpath = "bin/beacon", user = "package", group = "package", permission = "0750" }]

[synology.resource]
usr-local-linker.bin = ["bin/beacon"]
data-share.shares = [{ name = "Beacon", permission = { ro = ["http"] }, once = true }, { name = "{{wizard_share}}" }]
syslog-config = { logrotate-relpath = "docs/MY_CONTROL_notes.txt" }
sysnotify = { texts-dir = "ui/texts", app-privileges = [{ app-id = "naspack.beacon" }] }

[[synology.resource.webservice.services]]
service = "beacon"
display-name = "Beacon"
type = "reverse_proxy"
proxy-target = "http://localhost:8377"
proxy-headers = [{ name = "Host", value = "$host" }]

[[synology.resource.webservice.portals]]
service = "beacon"
name = "beacon"
type = "server"
https-port = [9443]

[synology.ports]
beacon = { desc = "Beacon's page" }
beacon_find = { title = "Find beacons", src-ports = "19997/udp", dst-ports = "6000,7000:8000/tcp,udp" }

[synology.pkg-deps]
WebStation = { pkg-min-ver = "3.0.0-0214", os-min-ver = "7.0-40000" }
python3 = {}
git = {}

[synology.pkg-conx]
beacon-old = { pkg-max-ver = "0.9" }

[[synology.wizard.install]]
step-title = { en = "Beacon", de = "Leuchtfeuer" }
invalid-next-disabled-v2 = true

[[synology.wizard.install.items]]
type = "textfield"
desc = { en = "Where beacon keeps its log", de = "Wohin mit dem Protokoll" }

[[synology.wizard.install.items.subitems]]
key = "wizard_share"
desc = "Share"
default-value = "beacon"
validator = { allow-blank = false, regex = { expr = "/^[a-z]+$/i", error-text = "letters only" } }

[[synology.wizard.install.items]]
type = "combobox"

[[synology.wizard.install.items.subitems]]
key = "wizard_volume"
mode = "remote"
display-field = "display_name"
value-field = "volume_path"
api-store = { api = "SYNO.Core.Storage.Volume", method = "list", version = 1, base-params = { limit = -1 }, root = "volumes" }

[synology.desktop."com.example.help"]
title = { en = "Help", fr = "Aide" }
url = "https://example.com/"
all-users = true
port = 8443
protocol = "https"
"#;

/// Reads the metadata of one generation, without the rest of the vendor's check.
#[derive(Debug)]
struct Probe {
    dsm: Dsm,
    conf: Mutex<Option<Conf>>,
}

impl Vendor for Probe {
    fn id(&self) -> VendorId {
        VendorId::Synology
    }

    fn devices(&self) -> &'static [Device] {
        Synology.devices()
    }

    fn lifecycle(&self) -> &'static Lifecycle {
        Synology.lifecycle()
    }

    fn firmware(&self, opened: &Opened) -> Result<Firmware> {
        Synology.firmware(opened)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        Synology.rules()
    }

    fn metadata(&self) -> &'static [(&'static str, &'static [Field])] {
        Synology.metadata()
    }

    fn verify(&self, audit: &mut Audit<'_>) {
        Synology.verify(audit);
    }

    fn check(&self, request: &Request<'_>) -> Option<Box<dyn Packager>> {
        *self.conf.lock().unwrap() = request.judge(|request| {
            let keys: Section<'_> = request.section(VendorId::Synology);
            keys.entry("os-min-ver");
            let conf = Conf::read(request, &keys, self.dsm, "1.2.3-4");
            keys.finish();
            conf
        });
        None
    }
}

/// The files and lines of INFO for a generation, and what was said.
fn probe(dsm: Dsm, more: &str) -> (BTreeMap<String, String>, Vec<(&'static str, String)>, String) {
    let probe = Probe { dsm, conf: Mutex::default() };
    let said = check(&probe, more).1;
    let conf = probe.conf.into_inner().unwrap();
    let content = |content: Content| {
        let Content::Bytes(bytes) = content else { panic!("not generated") };
        String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| "binary".to_owned())
    };
    let files =
        conf.iter().flat_map(Conf::files).map(|(path, bytes, mode)| (format!("{mode:o} {path}"), content(bytes)));
    (files.collect(), conf.iter().flat_map(Conf::info).collect(), said)
}

#[test]
fn every_file_from_a_rich_manifest() {
    let (spk, said) = check(&Synology, RICH);
    assert_eq!(said, "");
    let tree = layout(&Synology, &*spk.unwrap(), 0).tree;
    let info = text(&tree, "INFO");
    assert!(info.contains("dsmuidir=\"ui\"\ndsmappname=\"naspack.beacon com.example.help\"\n"), "{info}");
    assert!(info.contains("silent_install=\"no\"\nsilent_upgrade=\"yes\"\n"), "{info}");
    insta::assert_snapshot!(text(&tree, "conf/privilege"), @r#"
    {
      "defaults": {
        "run-as": "package"
      },
      "username": "sc-beacon",
      "join-groupname": "http",
      "ctrl-script": [
        {
          "action": "postinst",
          "run-as": "package"
        }
      ],
      "executable": [
        {
          "relpath": "bin/beacon",
          "run-as": "package"
        }
      ],
      "tool": [
        {
          "relpath": "bin/beacon",
          "user": "package",
          "group": "package",
          "permission": "0750"
        }
      ]
    }
    "#);
    insta::assert_snapshot!(text(&tree, "conf/resource"), @r#"
    {
      "port-config": {
        "protocol-file": "conf/beacon.sc"
      },
      "usr-local-linker": {
        "bin": [
          "bin/beacon"
        ]
      },
      "data-share": {
        "shares": [
          {
            "name": "Beacon",
            "permission": {
              "ro": [
                "http"
              ]
            },
            "once": true
          },
          {
            "name": "{{wizard_share}}",
            "permission": {
              "rw": [
                "sc-beacon"
              ]
            }
          }
        ]
      },
      "syslog-config": {
        "logrotate-relpath": "docs/MY_CONTROL_notes.txt"
      },
      "webservice": {
        "services": [
          {
            "service": "beacon",
            "display_name": "Beacon",
            "type": "reverse_proxy",
            "proxy_target": "http://localhost:8377",
            "proxy_headers": [
              {
                "name": "Host",
                "value": "$host"
              }
            ]
          }
        ],
        "portals": [
          {
            "service": "beacon",
            "name": "beacon",
            "type": "server",
            "https_port": [
              9443
            ]
          }
        ]
      },
      "sysnotify": {
        "texts_dir": "ui/texts",
        "app_privileges": [
          {
            "app_id": "naspack.beacon"
          }
        ]
      }
    }
    "#);
    insta::assert_snapshot!(text(&tree, "conf/PKG_DEPS"), @r"
    [WebStation]
    pkg_min_ver=3.0.0-0214
    dsm_min_ver=7.0-40000
    os_min_ver=7.0-40000

    [git]

    [python3]
    ");
    insta::assert_snapshot!(text(&tree, "conf/PKG_CONX"), @r"
    [beacon-old]
    pkg_max_ver=0.9
    ");
    insta::assert_snapshot!(text(&tree, "package/conf/beacon.sc"), @r#"
    [beacon]
    title="Beacon"
    desc="Beacon's page"
    port_forward="yes"
    dst.ports="8377/tcp"

    [beacon_find]
    title="Find beacons"
    desc="Beacon"
    port_forward="no"
    src.ports="19997/udp"
    dst.ports="6000,7000:8000/tcp,udp"
    "#);
    insta::assert_snapshot!(text(&tree, "WIZARD_UIFILES/install_uifile"), @r#"
    [
      {
        "step_title": "Beacon",
        "items": [
          {
            "type": "textfield",
            "desc": "Where beacon keeps its log",
            "subitems": [
              {
                "key": "wizard_share",
                "desc": "Share",
                "defaultValue": "beacon",
                "validator": {
                  "allowBlank": false,
                  "regex": {
                    "expr": "/^[a-z]+$/i",
                    "errorText": "letters only"
                  }
                }
              }
            ]
          },
          {
            "type": "combobox",
            "subitems": [
              {
                "key": "wizard_volume",
                "mode": "remote",
                "displayField": "display_name",
                "valueField": "volume_path",
                "api_store": {
                  "api": "SYNO.Core.Storage.Volume",
                  "method": "list",
                  "version": 1,
                  "baseParams": {
                    "limit": -1
                  },
                  "root": "volumes"
                }
              }
            ]
          }
        ],
        "invalid_next_disabled_v2": true
      }
    ]
    "#);
    let german = text(&tree, "WIZARD_UIFILES/install_uifile_ger");
    assert!(german.contains("\"step_title\": \"Leuchtfeuer\"") && german.contains("\"desc\": \"Share\""), "{german}");
    insta::assert_snapshot!(text(&tree, "package/ui/config"), @r#"
    {
      ".url": {
        "naspack.beacon": {
          "type": "url",
          "title": "naspack_beacon:title",
          "desc": "naspack_beacon:desc",
          "icon": "images/beacon_{0}.png",
          "protocol": "http",
          "port": "8377",
          "url": "/status",
          "allUsers": false
        },
        "com.example.help": {
          "type": "url",
          "title": "com_example_help:title",
          "icon": "images/beacon_{0}.png",
          "protocol": "https",
          "port": "8443",
          "url": "https://example.com/",
          "allUsers": true
        }
      }
    }
    "#);
    insta::assert_snapshot!(text(&tree, "package/ui/texts/enu/strings"), @r#"
    [naspack_beacon]
    title="Beacon"
    desc="Shows how the box is doing. On one page."

    [com_example_help]
    title="Help"
    "#);
    insta::assert_snapshot!(text(&tree, "package/ui/texts/ger/strings"), @r#"
    [naspack_beacon]
    title="Leuchtfeuer"
    desc="Wie es der Kiste geht."

    [com_example_help]
    title="Help"
    "#);
    let texts: Vec<_> = tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix("package/ui/texts/")).collect();
    assert_eq!(texts, ["enu", "enu/strings", "fre", "fre/strings", "ger", "ger/strings", "ptb", "ptb/strings"]);
}

#[test]
fn generations_differ() {
    let files = |dsm| {
        let (files, info, said) = probe(dsm, RICH);
        assert!(!said.contains("error"), "{said}");
        let names: Vec<_> = files.keys().filter(|path| !path.contains("/ui/")).cloned().collect();
        (names.join("\n"), files["644 conf/PKG_DEPS"].clone(), info)
    };
    let [old, six, seven] = Dsm::ALL.map(files);
    insta::assert_snapshot!(old.0, @r"
    644 WIZARD_UIFILES/install_uifile
    644 WIZARD_UIFILES/install_uifile_ger
    644 conf/PKG_CONX
    644 conf/PKG_DEPS
    644 package/conf/beacon.sc
    ");
    insta::assert_snapshot!(seven.0, @r"
    644 WIZARD_UIFILES/install_uifile
    644 WIZARD_UIFILES/install_uifile_ger
    644 conf/PKG_CONX
    644 conf/PKG_DEPS
    644 conf/privilege
    644 conf/resource
    644 package/conf/beacon.sc
    ");
    assert_eq!(six.0, seven.0);
    insta::assert_snapshot!(six.1, @r"
    [WebStation]
    pkg_min_ver=3.0.0-0214
    dsm_min_ver=7.0-40000

    [git]

    [python3]
    ");
    insta::assert_snapshot!(seven.1, @r"
    [WebStation]
    pkg_min_ver=3.0.0-0214
    dsm_min_ver=7.0-40000
    os_min_ver=7.0-40000

    [git]

    [python3]
    ");
    let later = probe(Dsm::V7, &RICH.replace("7.0-41890", "7.2-64570")).0;
    assert!(!later["644 conf/PKG_DEPS"].contains("dsm_"), "{later:?}");
    assert_eq!(old.2, seven.2);
    // Root is fine until DSM 6.
    let root = "synology.privilege.defaults.run-as = \"root\"";
    assert_eq!(probe(Dsm::V6, root).2, "");
    assert!(probe(Dsm::V7, root).2.starts_with("error[SYN061]"));
}

#[test]
fn a_wizard_of_the_author_s() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).unwrap();
        dir.path().join(name).display().to_string()
    };
    let plain = path("install.json", r#"[{"step_title":"A","items":[{"desc":"just words"}]}]"#);
    let script = path("ask.sh", "#!/bin/sh\necho '[]' > \"$SYNOPKG_TEMP_LOGFILE\"\n");
    let more = format!(
        "synology.wizard = {{ install-file = {{ en = \"{plain}\", nl = \"{plain}\" }}, uninstall-file = \"{script}\" }}"
    );
    let (files, info, said) = probe(Dsm::V7, &more);
    assert_eq!(said, "");
    let names: Vec<_> = files.keys().filter(|path| path.contains("WIZARD")).map(String::as_str).collect();
    let expected = [
        "644 WIZARD_UIFILES/install_uifile",
        "644 WIZARD_UIFILES/install_uifile_nld",
        "755 WIZARD_UIFILES/uninstall_uifile.sh",
    ];
    assert_eq!(names, expected);
    assert!(
        info.contains(&("silent_install", "no".to_owned())) && info.contains(&("silent_uninstall", "no".to_owned()))
    );
    assert!(probe(Dsm::V5, &more).2.contains("younger than the oldest DSM"));

    let broken = path("broken.json", "[{]");
    let said = probe(Dsm::V7, &format!("synology.wizard.upgrade-file = \"{broken}\"")).2;
    assert!(said.starts_with("error[SYN065]"), "{said}");
    let both = format!("synology.wizard = {{ install-file = \"{plain}\", install = [{{ step-title = \"A\" }}] }}");
    assert!(probe(Dsm::V7, &both).2.contains("are the same wizard"));
}

const SETTINGS: &str = r#"
[[settings.pages]]
title = "Light"
translations = { de = { title = "Licht" } }
fields = [
    { key = "title", type = "text", label = "Title", help = "Above the page.", min = 1, max = 40, pattern = "[A-Z]/.*", default = "L/amp",
      translations = { de = { label = "Titel" } } },
    { key = "count", type = "number", min = 1, max = 9, default = 3 },
    { key = "on", type = "flag", label = "On", help = "By day\nas well.", default = true },
    { key = "token", type = "secret", min = 4, default = "hush hush" },
    { key = "theme", type = "choice", label = "Theme", default = "light",
      choices = [{ value = "dark", label = "Dark", translations = { de = { label = "Dunkel" } } }, { value = "light" }] },
]
"#;

#[test]
fn settings_are_asked_for() {
    let (files, info, said) = probe(Dsm::V7, SETTINGS);
    assert_eq!(said, "");
    insta::assert_snapshot!(files["644 WIZARD_UIFILES/install_uifile"], @r##"
    [
      {
        "step_title": "Light",
        "items": [
          {
            "type": "textfield",
            "desc": "Above the page.",
            "subitems": [
              {
                "key": "wizard_title",
                "desc": "Title",
                "defaultValue": "L/amp",
                "validator": {
                  "allowBlank": false,
                  "minLength": 1,
                  "maxLength": 40,
                  "regex": {
                    "expr": "/^(?:[A-Z]\\/.*)$/",
                    "errorText": "Above the page."
                  }
                }
              }
            ]
          },
          {
            "type": "textfield",
            "subitems": [
              {
                "key": "wizard_count",
                "desc": "count",
                "defaultValue": "3",
                "validator": {
                  "allowBlank": false,
                  "regex": {
                    "expr": "/^[0-9]+$/",
                    "errorText": "1 – 9"
                  },
                  "fn": "{ var v = arguments[0]; if (v === '' || (Number(v) >= 1 && Number(v) <= 9)) { return true; } return '1 – 9'; }"
                }
              }
            ]
          },
          {
            "type": "multiselect",
            "desc": "By day as well.",
            "subitems": [
              {
                "key": "wizard_on",
                "desc": "On",
                "defaultValue": true
              }
            ]
          },
          {
            "type": "password",
            "subitems": [
              {
                "key": "wizard_token",
                "desc": "token",
                "validator": {
                  "allowBlank": true,
                  "minLength": 4,
                  "maxLength": 255
                }
              }
            ]
          },
          {
            "type": "singleselect",
            "desc": "Theme",
            "subitems": [
              {
                "key": "wizard_theme__dark",
                "desc": "Dark",
                "defaultValue": false
              },
              {
                "key": "wizard_theme__light",
                "desc": "light",
                "defaultValue": true
              }
            ]
          }
        ]
      }
    ]
    "##);
    let german = &files["644 WIZARD_UIFILES/install_uifile_ger"];
    assert!(["Licht", "Titel", "Dunkel", "Above the page."].iter().all(|text| german.contains(text)), "{german}");
    let names: Vec<_> = files.keys().filter(|path| path.contains("upgrade")).map(String::as_str).collect();
    assert_eq!(names, ["755 WIZARD_UIFILES/upgrade_uifile.sh", "755 WIZARD_UIFILES/upgrade_uifile_ger.sh"]);
    assert!(!files[names[0]].contains("hush"), "{}", files[names[0]]);
    assert_eq!(
        info.iter().filter(|(_, value)| value == "no").map(|(key, _)| *key).collect::<Vec<_>>(),
        ["silent_install"],
        "an upgrade in which nobody is asked leaves everything as it is"
    );
    // A plain wizard at an upgrade would take back what users have changed, so an older DSM has none.
    let (old, info, said) = probe(Dsm::V5, SETTINGS);
    assert_eq!(said, "");
    assert!(old.contains_key("644 WIZARD_UIFILES/install_uifile") && old.keys().all(|path| !path.contains("upgrade")));
    assert!(!info.contains(&("silent_upgrade", "no".to_owned())));
}

#[test]
fn the_author_s_pages_come_behind_those_of_settings() {
    let own = |items: &str| {
        format!(
            "{SETTINGS}\n[[synology.wizard.install]]\nstep-title = \"More\"\nitems = [{{ type = \"textfield\", subitems = [{items}] }}]\n"
        )
    };
    let (files, _, said) = probe(Dsm::V7, &own("{ key = \"wizard_share\" }"));
    assert_eq!(said, "");
    let whole: Json = serde_json::from_str(&files["644 WIZARD_UIFILES/install_uifile"]).unwrap();
    let titles: Vec<_> = whole.as_array().unwrap().iter().map(|step| step["step_title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Light", "More"]);
    // What is wrong is told where it stands, and what both ask for is asked twice.
    insta::assert_snapshot!(probe(Dsm::V7, &own("{ key = \"wizard_title\" }, { key = \"wizard-a\" }")).2, @r"
    error[SYN082]: the wizard asks for `wizard_title` twice
      at more.toml:17:52

    error[SYN082]: `wizard-a` cannot be a variable of the scripts
      at more.toml:17:78: expected letters, digits and `_`, not beginning with a digit
    ");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("more.json");
    std::fs::write(&file, "[]").unwrap();
    let both = format!("{SETTINGS}\n[synology.wizard]\ninstall-file = {file:?}\nuninstall-file = {file:?}\n");
    let said = probe(Dsm::V7, &both).2.replace(dir.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(said, @r"
    error: `settings` and `synology.wizard.install-file` are the same wizard
      at more.toml:16:1: expected one of them
      help: pages of `synology.wizard.install` come behind those of `settings`
    ");
}

#[test]
fn units_bring_their_worker() {
    let dir = tempfile::tempdir().unwrap();
    let unit = dir.path().join("pkguser-beacon.service");
    std::fs::write(&unit, "[Service]\nExecStart=/bin/true\n").unwrap();
    let (files, _, said) = probe(
        Dsm::V7,
        &format!("synology = {{ os-min-ver = \"7.0-41890\", systemd-units = [\"{}\"] }}", unit.display()),
    );
    assert_eq!(said, "");
    assert!(files.contains_key("644 conf/systemd/pkguser-beacon.service"));
    assert!(files["644 conf/resource"].contains("\"systemd-user-unit\": {}"), "{}", files["644 conf/resource"]);
}

#[test]
fn messages() {
    let said = |more: &str| refusal(&Synology, more);
    insta::assert_snapshot!(said("synology.resource.webservice.services = [{ service = \"a\", display_name = \"A\", type = \"php\" }]"), @r"
    error: unknown key `synology.resource.webservice.services[0].display_name`
      at more.toml:1:59: no such key
      help: a key with a similar name exists: `display-name`

    error[SYN066]: `synology.resource.webservice.services[0].type` must be `static`, `nginx_php`, `apache_php`, `reverse_proxy`, not `php`
      at more.toml:1:86: expected `static`, `nginx_php`, `apache_php`, `reverse_proxy`

    error[SYN068]: `synology.resource.webservice.services[0].display-name` is missing
      at more.toml:1:42

    warning[SYN096]: the worker `webservice` is brought by `WebStation`, on which the package does not depend
      at more.toml:1:19
      help: add `WebStation` to `depends`
    ");
    insta::assert_snapshot!(said("synology.privilege.ctrl-script = [{ action = \"postuninst\", run-as = \"root\" }]"), @r"
    error[SYN061]: `postuninst` is to run as root, which DSM 7 refuses
      at more.toml:1:69
      help: let it run as `package`
    ");
    insta::assert_snapshot!(said("synology.resource-extra = { docker = {} }"), @r"
    error: `synology.resource-extra.docker` is a worker with keys of its own
      at more.toml:1:29
      help: write it as `synology.resource.docker`, where it is checked
    ");
    insta::assert_snapshot!(said("synology.wizard.install = [{ step-title = { de = \"Hallo\", deu = \"x\" } }]"), @r"
    error: `synology.wizard.install[0].step-title` has an unknown language `deu`
      at more.toml:1:59: no such language
      help: a similar tag exists: `de`

    error: `synology.wizard.install[0].step-title` has no text in English
      at more.toml:1:43: expected `en`
      note: DSM shows it in every language that is left out
    ");
    insta::assert_snapshot!(said("synology.resource.cron = {}"), @r"
    error: unknown key `synology.resource.cron`
      at more.toml:1:19: no such key
      note: the keys here are `port-config`, `usr-local-linker`, `data-share`, `syslog-config`, `systemd-user-unit`, `webservice`, `web-config`, `docker`, `docker-project`, `mariadb10-db`, `indexdb`, `apache22`, `php`, `sysnotify`, `video-driver`
    ");
    let spk = check(&Synology, "synology.resource.syslog-config = { logrotate-relpath = \"etc/none\" }").0.unwrap();
    let failure =
        spk.lay_out(&Synology.devices()[0], &crate::vendor::testing::payload(crate::model::Arch::X86_64)).unwrap_err();
    insta::assert_snapshot!(failure.to_string(), @r"
    error[SYN071]: `conf/resource` names `etc/none`, which is not in the package
      help: correct the path, which begins at the package's folder, or add the file as an asset
    ");
}

/// What an author may write, and the rule that it is against.
const WRITTEN: &[(&str, &str)] = &[
    ("SYN061", "synology.privilege.defaults.run-as = \"root\""),
    ("SYN061", "synology.privilege.executable = [{ relpath = \"bin/beacon\", run-as = \"system\" }]"),
    (
        "SYN062",
        "synology.privilege.tool = [{ relpath = \"bin/beacon\", user = \"root\", group = \"package\", permission = \"0750\" }]",
    ),
    (
        "SYN063",
        "synology = { os-min-ver = \"7.0-41890\", privilege.tool = [{ relpath = \"bin/beacon\", user = \"package\", group = \"package\", \
         permission = \"0750\", capabilities = \"cap_net_raw\" }] }",
    ),
    ("SYN066", "synology.privilege.executable = [{ relpath = 3, run-as = \"package\" }]"),
    ("SYN066", "synology.pkg-deps = { python3 = { os-min-ver = \"7\" }, git = {} }"),
    (
        "SYN068",
        "synology.resource.docker-project = { projects = [{ name = \"a\" }] }\nsynology.os-min-ver = \"7.2-69057\"\ndepends = [\"ContainerManager\"]",
    ),
    ("SYN076", "synology.ports.other = { title = \"a\" }"),
    ("SYN069", "synology.resource.video-driver = {}\nsynology.resource.systemd-user-unit = {}"),
    ("SYN070", "synology.resource-extra = { tomorrow = { a = [1, true] } }"),
    ("SYN074", "synology.resource-extra = { certificate-config = {} }\nlints.SYN070 = \"allow\""),
    ("SYN076", "synology.ports.other = { dst-ports = \"8000:7000/tcp\" }"),
    ("SYN076", "synology.ports.\"an other\" = { dst-ports = \"1/icmp\" }"),
    ("SYN079", "synology.pkg-conx.\"a]\" = {}"),
    ("SYN081", "synology.pkg-deps = { python3 = {} }"),
    (
        "SYN082",
        "synology.wizard.install = [{ items = [{ type = \"textfield\", subitems = [{ key = \"wizard-a\" }] }] }]",
    ),
    (
        "SYN084",
        "synology.wizard.install = [{ items = [{ type = \"textfield\", subitems = [{ key = \"wizard_a\", validator.regex.expr = \"[0-9]/i\" }] }] }]",
    ),
    ("SYN096", "synology.resource.mariadb10-db = { create-db = { flag = true, db-name = \"beacon\" } }"),
];

#[test]
fn rules_hold_for_what_is_written() {
    for (code, more) in WRITTEN {
        let severity = lint::rule(code).unwrap().severity;
        let said = check(&Synology, more).1;
        let codes: BTreeSet<_> = said.match_indices("[SYN").map(|(at, _)| &said[at + 1..at + 7]).collect();
        assert!(codes.contains(code), "{more}: {said}");
        // Warnings let the package be made.
        assert_eq!(check(&Synology, more).0.is_some(), severity == Severity::Warn, "{said}");
    }
    let certificate = check(&Synology, "synology.resource-extra = { certificate-config = {} }").1;
    assert!(certificate.contains("error[SYN074]") && certificate.contains("warning[SYN070]"), "{certificate}");
}

type Files = BTreeMap<String, Entry>;
type Change = fn(&mut Files);

static GOOD: LazyLock<Layout> = LazyLock::new(|| layout(&Synology, &*check(&Synology, RICH).0.unwrap(), 0));

/// The rich package with something done to its files, opened and verified. INFO is among them.
fn verified(change: impl FnOnce(&mut Files)) -> Vec<Diagnostic> {
    let mut files: Files = GOOD
        .tree
        .iter()
        .filter(|(_, entry)| entry.kind != EntryKind::Dir)
        .map(|(path, entry)| (path.as_str().to_owned(), entry.clone()))
        .collect();
    change(&mut files);
    let mut tree = Tree::new();
    for (path, entry) in files {
        tree.insert(&path, entry).unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("beacon.spk");
    Layout { tree, ..GOOD.clone() }.seal(&mut std::fs::File::create(&path).unwrap()).unwrap();
    found(&path)
}

/// What is found by the rules of this folder, the silent ones too.
fn found(path: &std::path::Path) -> Vec<Diagnostic> {
    let opened = open(path, &Limits::default()).unwrap();
    let mut levels = Levels::default();
    levels.set(&rules::SYN085, Severity::Warn);
    let found = lint::verify(&opened, levels).findings;
    found.into_iter().filter(|found| found.code().is_some_and(|code| code >= "SYN060")).collect()
}

fn edit(files: &mut Files, path: &str, change: impl FnOnce(String) -> String) {
    let entry = files.get_mut(path).unwrap_or_else(|| panic!("no {path}"));
    let EntryKind::File(Content::Bytes(bytes)) = &entry.kind else { panic!("{path} is not generated") };
    let changed = change(String::from_utf8(bytes.to_vec()).unwrap());
    entry.kind = EntryKind::File(changed.into());
}

fn replace(files: &mut Files, path: &str, from: &str, to: &str) {
    edit(files, path, |text| {
        assert!(text.contains(from), "{text}");
        text.replacen(from, to, 1)
    });
}

fn edit_json(files: &mut Files, path: &str, change: impl FnOnce(&mut Json)) {
    edit(files, path, |text| {
        let mut json = serde_json::from_str(&text).unwrap();
        change(&mut json);
        json.to_string()
    });
}

fn add(files: &mut Files, path: &str, text: &str, mode: u32) {
    files.insert(path.to_owned(), Entry::file(text, mode));
}

const PRIVILEGE: &str = "conf/privilege";
const RESOURCE: &str = "conf/resource";
const DEPS_FILE: &str = "conf/PKG_DEPS";
const WIZARD: &str = "WIZARD_UIFILES/install_uifile";
const CONFIG: &str = "package/ui/config";
const PORTS: &str = "package/conf/beacon.sc";

/// What may be wrong with a package, and the only rule that it is against.
const PACKED: &[(&str, Change)] = &[
    ("SYN060", |files| drop(files.remove(PRIVILEGE))),
    ("SYN060", |files| edit(files, PRIVILEGE, |_| "{\"username\": \"a\"}".to_owned())),
    ("SYN061", |files| replace(files, PRIVILEGE, "\"run-as\": \"package\"", "\"run-as\": \"root\"")),
    // unified-hifi-control#732: root in postuninst alone.
    ("SYN061", |files| {
        edit_json(files, PRIVILEGE, |json| json["ctrl-script"] = json!([{ "action": "postuninst", "run-as": "root" }]));
    }),
    ("SYN062", |files| edit_json(files, PRIVILEGE, |json| json["tool"][0]["user"] = "root".into())),
    ("SYN064", |files| edit_json(files, PRIVILEGE, |json| json["tool"][0]["relpath"] = "bin/none".into())),
    ("SYN065", |files| edit(files, PRIVILEGE, |text| format!("\u{feff}{text}"))),
    ("SYN065", |files| edit(files, RESOURCE, |text| text.replacen('{', "{,", 1))),
    ("SYN065", |files| drop(files.insert(DEPS_FILE.to_owned(), Entry::file(b"[a\xff]\n".to_vec(), 0o644)))),
    ("SYN065", |files| edit(files, "conf/PKG_CONX", |text| text.replace('\n', "\r\n"))),
    ("SYN066", |files| edit_json(files, PRIVILEGE, |json| json["tool"][0]["permission"] = "755".into())),
    ("SYN066", |files| edit_json(files, RESOURCE, |json| json["data-share"]["shares"] = json!({}))),
    ("SYN067", |files| edit_json(files, RESOURCE, |json| json["usr-local-linker"]["binary"] = json!([]))),
    ("SYN067", |files| edit_json(files, WIZARD, |json| json[0]["title"] = "x".into())),
    ("SYN068", |files| {
        edit_json(files, RESOURCE, |json| {
            json["webservice"]["portals"][0] = json!({ "service": "a", "name": "a", "type": "alias" });
        });
    }),
    ("SYN068", |files| {
        edit_json(files, CONFIG, |json| drop(json[".url"]["com.example.help"].as_object_mut().unwrap().remove("url")));
    }),
    ("SYN069", |files| {
        edit_json(files, RESOURCE, |json| {
            json["web-config"] = json!({ "nginx-static-config": { "enable": [{ "alias": ["a"] }] } });
        });
    }),
    ("SYN071", |files| edit_json(files, RESOURCE, |json| json["port-config"]["protocol-file"] = "conf/none.sc".into())),
    ("SYN072", |files| edit_json(files, RESOURCE, |json| json["usr-local-linker"]["bin"] = json!(["bin/none"]))),
    ("SYN076", |files| replace(files, PORTS, "6000,7000:8000/tcp", "6000,8000:7000/tcp")),
    ("SYN076", |files| edit(files, PORTS, |text| format!("{text}[a b]\ntitle=\"a\"\ndesc=\"a\"\ndst.ports=\"1\"\n"))),
    ("SYN077", |files| replace(files, PORTS, "8377", "8378")),
    ("SYN079", |files| edit(files, DEPS_FILE, |text| format!("pkg_min_ver=1\n{text}"))),
    ("SYN079", |files| edit(files, DEPS_FILE, |text| format!("{text}\n# needs c\n\npkg_min_ver=2\n"))),
    ("SYN081", |files| replace(files, DEPS_FILE, "[git]", "[got]")),
    ("SYN082", |files| {
        edit_json(files, WIZARD, |json| json[0]["items"][1]["subitems"][0]["key"] = "wizard_share".into());
    }),
    ("SYN082", |files| {
        edit_json(files, WIZARD, |json| json[0]["items"][1]["subitems"][0]["key"] = "SYNOPKG_PKGNAME".into());
    }),
    ("SYN083", |files| replace(files, WIZARD, "defaultValue", "defaultVaule")),
    ("SYN084", |files| replace(files, WIZARD, "/^[a-z]+$/i", "^[a-z]+$/i")),
    ("SYN085", |files| replace(files, WIZARD, "wizard_volume", "volume")),
    ("SYN086", |files| add(files, "WIZARD_UIFILES/install_uifile_deu", "[]", 0o644)),
    ("SYN086", |files| add(files, "package/ui/texts/de/strings", "", 0o644)),
    ("SYN087", |files| add(files, "WIZARD_UIFILES/install_uifile_fre.sh", "#!/bin/sh\n", 0o644)),
    ("SYN088", |files| add(files, "WIZARD_UIFILES/install_uifile.sh", "#!/bin/sh\n", 0o755)),
    ("SYN089", |files| replace(files, "INFO", "silent_install=\"no\"", "silent_install=\"yes\"")),
    ("SYN090", |files| drop(files.remove("package/ui/images/beacon_72.png"))),
    ("SYN091", |files| {
        let small = files["package/ui/images/beacon_16.png"].clone();
        files.insert("package/ui/images/beacon_24.png".to_owned(), small);
    }),
    ("SYN094", |files| replace(files, CONFIG, "com_example_help:title", "com_example_help:name")),
    ("SYN096", |files| {
        replace(files, DEPS_FILE, "[WebStation]", "[Other]");
        replace(files, "INFO", "WebStation:", "Other:");
    }),
];

#[test]
fn rules_hold_for_what_is_packed() {
    let silent = verified(|_| {});
    assert!(silent.is_empty(), "{silent:#?}");
    let mut wrong = Vec::new();
    for (code, change) in PACKED {
        let found = verified(change);
        if found.is_empty() || found.iter().any(|found| found.code() != Some(code)) {
            wrong.push((code, found.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_a_case() {
    let tried: BTreeSet<_> =
        WRITTEN.iter().map(|(code, _)| *code).chain(PACKED.iter().map(|(code, _)| *code)).collect();
    let ours: BTreeSet<_> = rules::RULES.iter().map(|rule| rule.code).filter(|code| *code >= "SYN060").collect();
    assert_eq!(tried, ours);
}

#[test]
fn the_vendor_s_own_packages_pass() {
    for version in ["6.2.4", "7.2"] {
        let name = format!("synology/hello-noarch-1.2.3-0004_DSM{version}.spk");
        let Some(bytes) = vector(&name) else { continue };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hello.spk");
        std::fs::write(&path, bytes).unwrap();
        let found = found(&path);
        assert!(found.is_empty(), "{found:#?}");
    }
}

fn codes(found: &[(String, Diagnostic)]) -> Vec<&'static str> {
    found.iter().filter_map(|(_, found)| found.code()).collect()
}

#[test]
fn the_guide_s_wizard() {
    let Some(bytes) = vector("synology/wizard.seed.json") else { return };
    let wizard: Json = serde_json::from_slice(&bytes).unwrap();
    let check = |wizard: &Json| wizard::check(wizard, None, |_| None);
    // Its keys have no prefix; that is all.
    assert_eq!(codes(&check(&wizard)), ["SYN085"; 6]);
    // As the guide prints it.
    let printed = wizard.to_string().replace("defaultValue", "defaultVaule").replace("/[0-9]/i", "[0-9]/i");
    let found = check(&serde_json::from_str(&printed).unwrap());
    let mistakes: Vec<_> = codes(&found).into_iter().filter(|code| *code != "SYN085").collect();
    assert_eq!(mistakes, ["SYN083", "SYN083", "SYN083", "SYN083", "SYN084"]);
}

#[test]
fn the_guide_s_dependencies() {
    let printed = "# Your package depends on Package A in any version\n\n[Package A]\n\n\n# Your package depends on Package B version 2 or \
                   newer\n\npkg_min_ver=2\n\n\n# Package C\n\n[Package C]\n\npkg_max_ver=2\n\n[Package D]\n\ndsm_min_ver =4.1-2668\n\npkg_min_ver=2\n";
    let found = DEPS.check(printed, "", None);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].0, found[0].1.code()), (Some(8), Some("SYN079")));
    assert!(
        CONX.check(&printed.replace("newer\n\npkg_min_ver=2", "newer\n\n[Package B]\npkg_min_ver=2"), "", None)
            .is_empty()
    );
    let old = DEPS.check("[a]\nos_min_ver=7.2-64570\n", "", Some((7, 0, 40000)));
    assert_eq!(old[0].1.code(), Some("SYN069"));
    assert_eq!(DEPS.check("[a]\ndsm_min_ver=7.2-64570\n", "", Some((7, 2, 64570)))[0].1.code(), Some("SYN069"));
}

#[test]
fn tables_and_manifest_have_the_same_names() {
    for (file, rows) in fields::FILES.into_iter().filter(|(file, _)| *file != "INFO") {
        for row in rows {
            assert!(row.doc.ends_with('.') && !row.guide.is_empty(), "{file} {}", row.key);
            let name = row.key.rsplit('.').next().unwrap();
            if let Ours::Key(key) = row.ours
                && !file.contains("PKG_")
                && file != "NAME.sc"
            {
                assert!(key.ends_with(&schema::kebab(name)), "{file} {} is {key}", row.key);
            }
        }
    }
}

#[test]
fn without_anything_there_is_only_the_privilege() {
    let (spk, said) = check_over(&Synology, crate::vendor::testing::LEAST, "");
    assert_eq!(said, "");
    let tree = layout(&Synology, &*spk.unwrap(), 0).tree;
    let ours: Vec<_> = tree.iter().map(|(path, _)| path.as_str()).filter(|path| path.starts_with("conf/")).collect();
    assert_eq!(ours, [PRIVILEGE]);
}
