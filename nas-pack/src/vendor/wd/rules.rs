//! WD's rules, which both systems share. The device answers with the status of its installer: 3 is a failure without a reason.

use crate::diagnostic::rules;

rules! {
    WD001: Error, "`package` cannot be a name on WD";
    why: "The name is that of the app's folder, a part of paths and of shell commands, and what `apkg.sign` holds. \
          Letters, digits, `.`, `_` and `-` are safe. Set another with `wd.package`.",
    source: "mksapkg, which passes it through a shell; WD's OS3 guide, Write your own apkg.rc file";

    WD002: Error, "WD has no form for a pre-release";
    why: "WD's versions are numbers with dots, and the dashboard compares them as decimal numbers. Say with \
          `wd.version` which number a pre-release has.",
    source: "WD's OS3 guide, About Version; OS3's dashboard";

    WD003: Error, "not a version";
    why: "The version is a part of the package's file name. With `/` or blanks in it, WD's own packer writes no file.",
    source: "mksapkg, case `badversion`";

    WD004: Warn, "a version that WD does not document, though it works";
    why: "WD documents one to six numbers from 0 to 99. Packages with larger numbers, letters and dashes are \
          published and installed all the same, WD's own Plex among them.",
    source: "WD's OS3 guide, About Version; OS5's table of apkg.rc; published packages";

    WD005: Error, "a value is too long";
    why: "The header and WD's tools have fields of a fixed size; what is longer loses its end or runs into the next \
          field. Shorten it, for WD alone if you like.",
    source: "WD's OS3 guide, Write your own apkg.rc file; mksapkg, cases `len_…`, `name…`, `ver…`";

    WD006: Deny, "a value must not be empty";
    why: "WD's packer refuses an empty Package, Version, Packager or AddonShowName. Packagers come from `maintainer`, \
          which defaults to the first of Cargo's `authors`.",
    source: "mksapkg, cases `empty…`";

    WD007: Error, "a value contains one of WD's key words with its colon";
    why: "WD's packer, and scripts that read `apkg.rc` on the device as it does, look for their key words anywhere in \
          a line: `Description: New in Version: 9` sets the version. Put it in other words.",
    source: "mksapkg, cases `keyindesc` and `urlkey`";

    WD008: Error, "a character that XML cannot hold";
    why: "The firmware reads `apkg.xml` and gives up at control characters.",
    source: "XML 1.0, Characters";

    WD009: Error, "unknown model in `wd.models`";
    why: "Models are named as WD's packer takes them with `-m`, which is neither the name on the box nor the same on \
          both systems.",
    source: "mksapkg 2.0 and v1.3";

    WD010: Error, "a model that runs none of our binaries";
    why: "The EX4 has a Kirkwood processor (ARMv5TE), on which code for ARMv7 stops with `Illegal instruction`. Leave \
          the model out.",
    source: "reports of apps that were packed for it all the same";

    WD011: Error, "not a firmware version";
    why: "The device compares number by number. It takes one to six numbers of up to four digits.",
    device: "11",
    source: "WD's OS3 guide, About MinFWVer & MaxFWVer; OS5's table of apkg.rc";

    WD012: Error, "two firmware versions for one system";
    why: "Versions below 3 are meant for OS3, all others for OS5, and a package has one of each kind.";

    WD013: Error, "the oldest firmware is newer than the newest";
    why: "The device installs a package if its firmware is at least `MinFWVer` and at most `MaxFWVer`. None is.",
    device: "11",
    source: "WD's OS3 guide, About MinFWVer & MaxFWVer";

    WD014: Warn, "WD does not look at versions in `depends` and `conflicts`";
    why: "WD's lists hold names. The device looks whether a package is there (12, 18) or enabled (13, 19), whatever \
          its version. Check the version in a hook if it matters.",
    source: "WD's OS3 guide, Dependency & conflict rules";

    WD015: Error, "`wd.index-page` or `wd.web-icon` is no plain path";
    why: "Both name a file of the package below `web/`, which is linked into the firmware's web server.",
    source: "WD's OS3 guide, Create web page";

    WD016: Error, "the index page or the picture is not in the package";
    why: "Without the page the button `Configure` leads to an error of the web server, without the picture a broken \
          image is shown. Add the file to the assets, with a destination below `web/`.",
    source: "WD's OS3 guide, Create web page";

    WD017: Error, "an asset is in the place of one of WD's files";
    why: "The seven scripts, `apkg.rc`, `apkg.xml`, `apkg.sign` and the files in `web/` that nas-pack makes have \
          fixed places. Give the asset another destination, or leave out the key by which nas-pack makes its own.",
    source: "WD's OS3 guide, Shell script files";

    WD018: Deny, "not a package's name";
    why: "The device looks for other packages by their names, between commas. It finds none by this one, so the app \
          can never be installed or enabled.",
    device: "12, 13",
    source: "WD's OS3 guide, Dependency & conflict rules";

    WD019: Warn, "none of `wd.models` belongs to one of the systems";
    why: "The list serves OS5 and OS3, which have different models. For one of the two it names none, so no package \
          is made there. `wd.os5.models` and `wd.os3.models` are lists for one system.",
    source: "mksapkg 2.0 and v1.3";

    WD020: Warn, "WD makes no shared folders";
    why: "WD's packages cannot ask for a share. What the app expects there has to be made in a hook, in a share that \
          exists.",
    source: "no key of apkg.rc is for it";

    WD021: Warn, "`wd.used-port` moves the page, not the app";
    why: "The dashboard opens `http://HOST:PORT/NAME/PAGE`: another port, but still the path of the firmware's web \
          server, which the app's own server hardly has. Leave the key out: nas-pack makes a page that sends the \
          browser on to the service.",
    source: "OS3's dashboard, which OS5's resembles";

    WD022: Warn, "a text that the dashboard takes for HTML";
    why: "The dashboard puts name and description into its page without escaping them. What looks like a tag \
          disappears, or works as one.",
    source: "OS3's dashboard";

    WD023: Warn, "a key that nothing is known of";
    why: "`wd.extra` and `wd.extra-xml` are written as they are, for what WD may add tomorrow. Nothing checks them, \
          and WD's packers pass over such lines.";

    WD024: Error, "a key of `wd.extra` or `wd.extra-xml` that cannot be written";
    why: "What nas-pack writes itself has a key of its own, and what would not survive WD's reader is no line of \
          `apkg.rc`.",
    source: "mksapkg, cases `keyindesc`, `crlf`, `leadspace`";

    WD025: Error, "a firmware of the other system";
    why: "In `wd.os5` and `wd.os3` a version is for that system alone. OS3 ended with 2.x; OS5 began with betas that \
          were called 3.x.",
    device: "11",
    source: "WD's examples of firmware versions";

    WD026: Allow, "something that WD has no place for";
    why: "WD shows neither a licence nor what is new, and the same name to everybody. The rule is for those who \
          package for WD alone and want to know what is not used.",
    source: "no key of apkg.rc is for it";

    WD030: Deny, "a number in the header differs from every known package";
    why: "WD's packers write the same numbers into every package. Another one means that fields are shifted, or \
          another kind of file.",
    source: "mksapkg; WD's OS3 guide, Header structure definition";

    WD031: Deny, "a text in the header is broken";
    why: "Name and version have fields of 68 and 36 bytes, filled up with NULs. A version at byte 72 (taking the name \
          for 64 bytes, as WD's own struct has it) has the device list the app without ever unpacking it.",
    source: "mksapkg; a packager's report of the version at byte 72";

    WD032: Deny, "the header is of no known model";
    why: "The magic bytes, the model id and (on OS5) the app id go together. The firmware checks the magic at least, \
          and refuses packages of other models.",
    source: "the tables in mksapkg 2.0 and v1.3";

    WD033: Error, "the checksum is wrong";
    why: "The header has the exclusive or of all complete words of the payload. Another one means that the file was \
          damaged on its way. Download or build it again.",
    source: "mksapkg";

    WD034: Error, "the length is wrong";
    why: "The header has the payload's length. The file was cut off, or something was appended to it.",
    source: "mksapkg";

    WD035: Error, "the payload is not one folder";
    why: "Everything must be in one folder that has the package's name.",
    device: "3",
    source: "WD's OS3 guide, on apkg.xml: app installation will fail";

    WD036: Error, "the folder has not the package's name";
    why: "WD's packer takes the name of the folder that it is run in, and does not look whether it is the `Package` \
          of `apkg.rc`. The device does.",
    device: "3",
    source: "WD's OS3 guide, on apkg.xml: app installation will fail";

    WD037: Deny, "the header says signed, but `apkg.sign` is missing";
    why: "Packer 2.0 does not look whether openssl is there or what it says. Install openssl where you pack, or let \
          nas-pack do it, which needs none.",
    source: "mksapkg 2.0 without openssl";

    WD038: Warn, "there is an `apkg.sign`, but the header does not say so";
    why: "The device takes the package for unsigned. Most often the file is left from an earlier build.",
    device: "9",
    source: "mksapkg without -s removes the file";

    WD039: Deny, "`apkg.sign` ends behind its salt";
    why: "OpenSSL 3 has Blowfish only in its legacy provider. Without that it writes 16 bytes and fails, and packer \
          2.0 ships them.",
    source: "mksapkg 2.0 with OpenSSL 3; wdpksrc #124";

    WD040: Deny, "`apkg.sign` is made for the other system";
    why: "OS3 derives the key with MD5, OS5 with SHA-256. The v1.2 packer with OpenSSL 1.1 or later writes SHA-256 \
          into packages for OS3.",
    source: "mksapkg v1.2, v1.3 and 2.0";

    WD041: Deny, "`apkg.sign` is of another package";
    why: "The file holds the package's name, and this one another: it was copied along from another app.",
    source: "a published source tree with such a copy";

    WD042: Warn, "the name in `apkg.sign` has no newline";
    why: "WD's packer signs what `echo` prints, newline included. Whether the device minds is not known.",
    source: "mksapkg; a community recipe that types the name";

    WD043: Deny, "`apkg.sign` cannot be opened";
    why: "It is not what openssl writes, or was made with another password.",
    source: "mksapkg";

    WD044: Warn, "the package is not signed";
    why: "The device warns of an app of a third party, or refuses it. Pack with `-s`.",
    device: "9, 10",
    source: "mksapkg without -s; OS3's dashboard";

    WD045: Error, "`apkg.xml` is missing";
    why: "It is what the firmware reads of a package.",
    source: "WD's OS3 guide, on apkg.xml";

    WD046: Error, "`apkg.xml` is not XML";
    why: "WD's packer copies values as they are: Latin-1 bytes under a declaration of UTF-8, and `&` where XML wants \
          `&amp;`.",
    device: "3",
    source: "mksapkg, cases `amp` and `latin1`";

    WD047: Deny, "an element of `apkg.xml` is missing, unknown or told twice";
    why: "The firmware looks its values up by the names that WD's packers write, the misspelled `procudt_id` \
          included. Devices rewrite the file later, so compare with a fresh package.",
    source: "mksapkg";

    WD048: Warn, "the elements of `apkg.xml` are in another order";
    why: "WD's packers write them in one order. Whether the firmware minds another is not known.",
    source: "mksapkg";

    WD049: Deny, "a value in `apkg.xml` is not of its form";
    why: "The packer reads numbers as C does, so that `abc` is 0 and `-3` is -3, and copies texts of any length. The \
          firmware and its dashboard take only certain values.",
    source: "mksapkg, cases `ints` and `len_…`; WD's guides on each key";

    WD050: Deny, "`apkg.xml` and the header disagree";
    why: "Both say name, version and model. One of them was changed by hand, or the package was made for another \
          model by changing its first bytes.",
    source: "mksapkg";

    WD051: Warn, "`apkg.xml` and `apkg.rc` disagree";
    why: "The packer makes `apkg.xml` of `apkg.rc`. Where they differ, one was changed later. The device goes by \
          `apkg.xml`.",
    source: "mksapkg";

    WD052: Warn, "a value with `&` is lost";
    why: "The packer hands values to libxml2 as markup, which drops them at a bare `&`. Write `&amp;` if you use WD's \
          packer; nas-pack escapes by itself.",
    source: "mksapkg, case `amp`";

    WD053: Error, "one of the seven scripts is missing";
    why: "The firmware calls preinst.sh, install.sh, init.sh, start.sh, stop.sh, clean.sh and remove.sh, each by its \
          name. WD's packer stops where one is missing.",
    source: "WD's OS3 guide, Shell script files; mksapkg";

    WD054: Warn, "a line of `apkg.rc` is taken for another key";
    why: "WD's packer looks for its key words anywhere in a line, in comments and behind blanks too, and cuts the \
          word's length off the line's beginning.",
    source: "mksapkg, cases `keyindesc`, `urlkey`, `leadspace`, `commentkey`";

    WD055: Warn, "a value in `apkg.rc` runs into the next field";
    why: "WD's packer copies without a terminator: an overlong Description has the Icon behind it, a Version the \
          date, a Packager the Email.",
    source: "mksapkg, cases `len_…`, `name…`, `ver…`";

    WD056: Warn, "`Email` stands before `Packager` in `apkg.rc`";
    why: "The packer copies 68 bytes into Packager's 36. The rest, NULs included, overwrites the Email that was read \
          before.",
    source: "mksapkg, case `email_before_packager`";

    WD057: Warn, "a key of `apkg.rc` is told twice";
    why: "The packer takes the last one.",
    source: "mksapkg, case `dup`";

    WD058: Warn, "a line of `apkg.rc` that WD's packer passes over";
    why: "Key words are written in exactly these letters, with the colon right behind.",
    source: "mksapkg, cases `lowercase` and `nospace`";

    WD059: Warn, "`apkg.rc` is not UTF-8";
    why: "The packer copies the bytes under a declaration of UTF-8, and `apkg.xml` is broken.",
    source: "mksapkg, case `latin1`";

    WD060: Warn, "a line of `apkg.rc` is too long";
    why: "The packer reads 1023 bytes at a time and takes the rest for another line.",
    source: "mksapkg";

    WD061: Warn, "`apkg.rc` is missing, or written in other letters";
    why: "The firmware does not read it, but packing the app again needs it, and scripts of the community read it on \
          the device. On a Mac, `Apkg.rc` looks right until the packer runs on Linux.",
    source: "mksapkg; ZeroTierNAS #42";

    WD062: Warn, "the index page or the picture is not in the package";
    why: "The dashboard looks for both in the app's web folder. A script may bring them there from elsewhere; if none \
          does, `Configure` leads to an error and the picture is broken.",
    source: "WD's OS3 guide, Create web page";

    WD063: Warn, "`desc.xml` is not as the dashboard reads it";
    why: "The dashboard looks for an element with the name of its language, such as `de-DE`, and shows the \
          description of `apkg.xml` where there is none.",
    source: "WD's OS3 guide, Multi-Language Support; OS3's dashboard";

    WD064: Warn, "the payload has 2 GiB or more";
    why: "The length in the header has 32 bits, and tools of the firmware that take it for a signed number fail. At 4 \
          GiB no package can be made.",
    source: "mksapkg";

    WD065: Warn, "the firmware range is of the other system";
    why: "The device installs a package only if its own firmware is in the range. No firmware of the system that the \
          header is for is in this one.",
    device: "11",
    source: "WD's OS3 guide, About MinFWVer & MaxFWVer";
}
