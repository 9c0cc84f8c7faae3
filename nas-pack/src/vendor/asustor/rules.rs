//! ASUSTOR's rules. Numbers of the device are from the table in the readme of mafredri/asustor-packages and from reports in forums.

use crate::diagnostic::rules;

rules! {
    AST001: Error, "`package` cannot be an identity on ADM";
    why: "The identity is the name of the app's folder in `/usr/local/AppCentral`, and the vendor's own tool takes \
          nothing but letters, digits, `+`, `.` and `-`. The first must be a letter or digit, or the folder could be \
          `..`. Once users have installed the app it must not change any more: ADM would take the next release for \
          another app.",
    source: "App Central guide 2.3; the vendor's tool";

    AST002: Deny, "`name` is empty or has a `/`";
    why: "App Central shows an app under this name, and the vendor's tool unpacks into a folder that is named by it, \
          which a `/` breaks.",
    source: "the vendor's tool";

    AST003: Error, "the version cannot stand in a file's name";
    why: "The package is called PACKAGE_VERSION_ARCHITECTURE.apk. An empty version, a `/` or a blank in it makes no \
          such name; the vendor's tool crashes on a `/`.",
    source: "App Central guide 3.3; the vendor's tool";

    AST004: Warn, "ADM may take the pre-release for newer than the release";
    why: "How ADM orders versions with letters is not documented. If it takes 2.0.0-rc.1 for newer than 2.0.0, users \
          of the pre-release are never offered the release. Set `asustor.version` to numbers that grow with each \
          release.";

    AST005: Deny, "`firmware` is not three numbers";
    why: "ADM compares its own version with this one and answers with -184 if it is older. The guides write three \
          numbers, `4.0.0`; what ADM makes of anything else is not known.",
    device: "-184",
    source: "App Central guide 2.3";

    AST006: Warn, "`firmware` is newer than any ADM for the models";
    why: "The AS10 series, the only one of the architecture `arm`, ends with ADM 4.0, and the `i386` models end with \
          ADM 3.5. A package for them that asks for a newer one can be installed nowhere, so none is made.",
    device: "-184",
    source: "App Central guides 3.5.0 and 4.x, platform tables 1.2";

    AST007: Deny, "an entry of `depends` that ADM does not know";
    why: "ADM knows the operators `>=`, `<=` and `=` in front of a version. With any other it may not find the app \
          that is there, and installs nothing.",
    source: "App Central guide 2.3";

    AST008: Warn, "`conflicts` has no effect on ADM";
    why: "The guide reserves the key and wants it empty. Check in `pre-install` for what cannot be installed beside \
          the app.",
    source: "App Central guide 2.3, note 5";

    AST009: Deny, "the port belongs to a service of ADM";
    why: "ADM refuses to install an app that registers a port of its own services: SSH, web server, FTP and so on. \
          Choose another; those above 10000 are seldom taken.",
    device: "-319",
    source: "App Central guide 2.5";

    AST010: Deny, "`default-lang` is no language of ADM";
    why: "It says in which language the licence is shown at installation. ADM has twenty languages by fixed names, \
          such as `en-US`, `de` and `pt`.",
    source: "App Central guide 2.3";

    AST011: Deny, "`model` names something that is no series";
    why: "The key takes series such as `52xx`, not models. With a name that ADM does not know, no box takes the \
          package.",
    source: "App Central guide 2.3";

    AST012: Deny, "`accessible` is neither of its two values";
    why: "The icon can be shown to `administrators` or to all `users`, in lower case: words are case sensitive, \
          though the guide's table has a capital.",
    source: "App Central guide 2.4.2";

    AST013: Deny, "a name in `symbolic-link` is empty or has a `/`";
    why: "ADM links `/usr/local/bin/NAME` to `bin/NAME` in the app's folder. It takes names and globs of files in \
          that folder, no paths.",
    source: "App Central guide 2.5";

    AST014: Deny, "the file to link to is not in the package";
    why: "ADM makes the link without a word, and it leads to nothing. Pack the file, or allow this rule if a script \
          makes it.",
    source: "App Central guide 2.5";

    AST015: Error, "files in `CONTROL` would replace the package's metadata";
    why: "ADM unpacks the app's files after the metadata, into a folder whose `CONTROL` has that metadata. A file of \
          the same name in the data replaces it: the app runs with another `config.json` than the one that was \
          checked. Texts in `CONTROL/license/` are the exception, since ours are written to the right archive.",
    source: "the vendor's tool, by experiment";

    AST016: Deny, "not a shared folder's name on ADM";
    why: "ADM makes a share by this name when it installs the app. Windows takes no `/ \\ [ ] : ; | < > + = , ? * \"` \
          in it, a leading dot hides it, and Samba has names of its own such as `homes`.",
    source: "the guide gives no limit; Windows and Samba do";

    AST017: Warn, "a path contains the letters `CONTROL`; the vendor's tool would drop the file";
    why: "The vendor's tool leaves out every path with these letters anywhere in it. This package has the file, but \
          it would be gone if somebody packed the app again with that tool.",
    source: "the vendor's tool, by experiment";

    AST018: Warn, "not an e-mail address";
    why: "App Central shows it to users, and ASUSTOR's review asks for one that works.",
    source: "App Central guide 2.3";

    AST019: Deny, "`privacy-statement` is no web address";
    why: "App Central opens it in the browser, which needs `https://` or `http://` in front.",
    source: "App Central guide 2.3";

    AST020: Deny, "the version is not of ASUSTOR's form";
    why: "Versions in App Central begin with a digit and have letters, digits, `.`, `-`, `+` and `~`: 1.0.0.r2016, \
          2026.6.0-r64. With `_` the file's name cannot be taken apart again, and ADM may fail to see that an update \
          is newer.",
    source: "App Central guide 3.3; versions of apps in App Central";

    AST021: Error, "`apkg-version` is not 2.0";
    why: "ADM since 2.0 reads this format and no other: 1.0 had its metadata elsewhere. Pack the app again.",
    device: "-424",
    source: "App Central guide 3.3, note 12";

    AST022: Error, "a member of the package is missing";
    why: "A package is a zip archive with `apkg-version`, `control.tar.gz` and `data.tar.gz`. ADM takes anything else \
          for a broken file.",
    device: "-192",
    source: "App Central guide 3.3";

    AST023: Warn, "the zip archive is not as the vendor's tool writes it";
    why: "The tool stores three members in a fixed order and without compression. ADM has been seen to take other \
          forms, but nobody has promised that every ADM does.",
    source: "the vendor's tool; packages of others that were installed";

    AST024: Error, "`config.json` is missing or cannot be read";
    why: "ADM cannot tell what the package is. The file must be in `CONTROL`, in UTF-8 without a byte order mark, and \
          strict JSON: no comments, no comma behind the last element.",
    device: "-2, -61",
    source: "App Central guide 3.1.1; the vendor's tool";

    AST025: Deny, "a key that ADM needs is missing or empty";
    why: "The vendor's tool packs nothing without `package`, `version`, `architecture` and `firmware`; the others are \
          parts of something that is of no use without them, such as a shared folder's name.",
    source: "the vendor's tool; App Central guide 2.3 to 2.5";

    AST026: Deny, "a key of `config.json` is there twice";
    why: "Of two values most readers take the last and some the first. Which one ADM takes is not known.";

    AST027: Warn, "a key that ADM does not know";
    why: "ADM ignores keys that it does not know without a word, and all words are case sensitive. Two in five of the \
          packages that were looked at have `privace-statement`, which shows nobody a privacy statement.",
    source: "App Central guide 2.3 to 2.5, notes; 67 packages";

    AST028: Deny, "a value has a form that ADM does not read";
    why: "Nothing is said at installation: the key is just without effect. The classic is `boot-priority` as a list.",
    source: "App Central guide 2.3 to 2.5, types; packages in which the value had no effect";

    AST029: Warn, "a number or truth value is written as text";
    why: "ADM has been seen to read ports that are written as text, as the guide's own example has them, but the \
          guide's tables say integer and boolean.",
    source: "App Central guide 2.4 and 2.5; every second port in 67 packages";

    AST030: Warn, "ADM knows this only since a later version than `firmware`";
    why: "The package can be installed on an ADM that does not know the key or script. Raise `firmware`, or see to it \
          that the app works without.",
    source: "App Central guide 3.5.0, change log; packages for ADM 4.3 and 5";

    AST031: Error, "`architecture` is none of ADM's";
    why: "ADM takes a package whose architecture is that of the box, by the names `x86-64`, `arm64`, `arm` and, up to \
          ADM 3.5, `i386`, or `any`. There is one for each package.",
    device: "-423",
    source: "App Central guide 2.3";

    AST032: Warn, "a series that no guide and no known package names";
    why: "The key keeps the app from every box that it does not name. If the series is misspelt, that is all of them.",
    source: "App Central guides 3.5.0 and 4.x, 2.3; later packages";

    AST033: Deny, "no model of the series can take the package";
    why: "The series has another architecture than the package, or no ADM as new as `firmware` asks for. Naming it \
          has no effect.",
    device: "-423, -184",
    source: "App Central guides 3.5.0 and 4.x, platform tables 1.2";

    AST034: Deny, "a web app without pages or without the web server";
    why: "The icon of the type `webserver` opens what is in `www/` on the box's own web server, which runs only where \
          something asks for it with `register.prerequisites.enable-service: [\"httpd\"]`.",
    source: "App Central guide 2.4.1.1 and 3.1";

    AST035: Warn, "PHP pages, and no PHP in `depends`";
    why: "Since ADM 4.0 PHP is an app of its own, in several versions, and not part of the system any more. Without \
          it the web server shows the pages' source or nothing.",
    source: "App Central guide 4.x, 1.2";

    AST036: Warn, "`memory-advice` upsets App Central of ADM 5";
    why: "App Central of ADM 5 has been reported to fail over apps with this key. Leave it out, and use \
          `memory-limit` where the app cannot run with less.",
    source: "a report of ASUSTOR's support, #91706";

    AST037: Warn, "the app is started before Docker";
    why: "At boot, apps are started in the order of `start-order`. Docker has 65; an app that needs it and comes \
          earlier does not find it. Take 70 to 95.",
    source: "the packages `docker-ce` and those that need it";

    AST038: Warn, "a key in `extra` is not checked";
    why: "It is written into `config.json` as it is. Nothing here knows whether ADM reads it and what it must be.";

    AST039: Deny, "`CONTROL/icon.png` is missing or no PNG image";
    why: "The guide demands the file. A JPEG under this name, which some tools let through, and a broken file make \
          ADM refuse the package.",
    device: "-161",
    source: "App Central guide 3.1.1";

    AST040: Warn, "`CONTROL/icon.png` is not 90 by 90 pixels with transparency";
    why: "ADM shows the picture on its desktop as it is. Others install but look out of place. A large one can be \
          uploaded in Developer Corner besides.",
    source: "App Central guide 4.x, 3.1.1";

    AST041: Warn, "a file of `CONTROL` that seems misspelt";
    why: "ADM finds scripts and texts by fixed names and says nothing of others. A hook that is spelt differently \
          never runs.",
    source: "App Central guide 3.1.1, note 1";

    AST042: Warn, "the file's name is not that of its content";
    why: "The name must be PACKAGE_VERSION_ARCHITECTURE.apk; people and stores go by it when they choose a file.",
    source: "App Central guide 3.3, note 2";

    AST043: Warn, "files belong to somebody else than root";
    why: "ADM runs the scripts as root. A user who has the same number on the box may change files of his, and so \
          what root runs. Pack with owner 0:0.",
    source: "the vendor's tool, which gives `CONTROL` to root";

    AST044: Warn, "permissions that get in the way";
    why: "In `CONTROL` the vendor's tool makes scripts 0755 and other files 0644; folders must be 0755, though the \
          tool itself gives `license` 0644. A folder that can be read but not searched, as by the guide's mode 766, \
          hides what is in it from all but root.",
    source: "the vendor's tool; App Central guide 2.1";

    AST045: Warn, "long names in a dialect of tar that BusyBox does not read";
    why: "Names over 100 bytes stand in pax records, which BusyBox skips: it unpacks the file under a shortened name. \
          Pack in GNU's format.",
    source: "BusyBox 1.19 and 1.31, which ADM 3 and 4 have";

    AST046: Deny, "not a port";
    why: "ADM refuses the package if it registers something that is no port from 1 to 65535. Several ports are \
          several elements of the list, not one text with commas.",
    device: "-7",
    source: "App Central guide 2.5; a package with `\"9000, 5000\"`";

    AST047: Warn, "the icon's port is not registered";
    why: "ADM keeps two apps with the same registered port from being installed together. One that is not registered \
          can be taken by another app at any time, and the icon opens that one.",
    device: "-318",
    source: "App Central guide 2.1 and 2.5";

    AST048: Deny, "no service that ADM can start";
    why: "The services are samba, afp, nfs, ftp, webdav, httpd and mysql. What ADM does with another name is not \
          known.",
    source: "App Central guide 2.5";

    AST049: Warn, "`mysql` is no service any more";
    why: "Since ADM 3.5 the database is an app. Write `depends = [\"mariadb\"]` instead.",
    source: "App Central guide 3.5.0 and 4.x, 2.5, note 3";

    AST050: Warn, "a type of app that is ASUSTOR's own";
    why: "`internal` and `external` are reserved for in-house development. They are not documented and may change \
          with any ADM.",
    source: "App Central guide 2.4.1";

    AST051: Warn, "a key that this type of app does not have";
    why: "`session-id` is for web apps, `protocol`, `port` and `url` are for apps with a server of their own, and who \
          sees an icon matters where there is one. ADM ignores the key.",
    source: "App Central guide 2.4";
}
