//! Synology's rules: what DSM and its Package Center have against an app or a package.

use crate::diagnostic::rules;

rules! {
    SYN001: Error, "`package` cannot be an identity on DSM";
    why: "DSM makes a folder of that name below /var/packages and uses it in colon-separated lists, so some \
          characters would lead elsewhere. Use letters, digits, `.`, `_`, `-` and `+`.",
    device: "261",
    source: "DSM 7 guide, INFO necessary fields; spkrepo";

    SYN002: Error, "the version is not of DSM's form";
    why: "DSM 7 reads up to six numbers with `.` between them and one build number behind `-`, none above 2147483647, \
          and calls everything else an invalid file format. Letters, as in `1.2.3-beta.2` or `0.0.0-pr12`, are not \
          possible.",
    device: "261",
    source: "DSM 7 guide, INFO necessary fields; what devices log";

    SYN003: Warn, "another version may have the same number on DSM";
    why: "DSM compares numbers only. `alpha`, `beta` and `rc`, each with at most `.N`, have numbers of their own; \
          every other pre-release shares one with its neighbours, so that DSM offers no update between them. Name \
          pre-releases so, or set `synology.version` to numbers that grow.";

    SYN004: Deny, "a value has a character that the readers of `INFO` take for something else";
    why: "The device, a toolkit that sources `INFO` as shell, and one that reads it as an INI file disagree on \
          quotes, `$`, backquotes, backslashes and `%`. Write the text without them. If you allow it, quotes get a \
          backslash, as spksrc writes them, and the rest stays as it is.",
    source: "pkgscripts-ng, pkg_util.sh and its Python reader; spksrc";

    SYN005: Error, "not a version of DSM";
    why: "DSM writes its versions as major, minor and build: `7.0-40000`, `6.0.1-7445`. It compares a package's \
          bounds with its own version, and refuses what it cannot read.",
    device: "261",
    source: "DSM 7 guide, INFO necessary fields";

    SYN006: Error, "the oldest or newest DSM belongs to another generation";
    why: "DSM 7 takes only packages whose `os_min_ver` is at least 7.0-40000 and of its own major version; DSM 6 \
          takes none that begin at 7. One package cannot be for both. Let `synology.dsm` list the generations, and \
          each gets a package.",
    device: "261",
    source: "DSM 7 guide, breaking changes; SynoCommunity/spksrc#4798";

    SYN007: Error, "the newest DSM is older than the oldest";
    why: "Package Center compares both with its own version and refuses the package on every device.",
    device: "261",
    source: "DSM 7 guide, INFO optional fields";

    SYN008: Warn, "DSM itself uses the port";
    why: "Whatever listens there first keeps it, and that is DSM. Package Center also refuses to install a package \
          whose `adminport` is in use, unless it is a web port. Choose a port above 10000.",
    source: "DSM 7 guide, INFO optional fields, checkport";

    SYN009: Warn, "ports below 1024 belong to root, which the service is not";
    why: "The service runs as the package's own user, who may not open them. Choose a port from 1024 on; DSM's Login \
          Portal can make it reachable under another.",
    source: "DSM 7 guide, privilege";

    SYN010: Error, "not a package's name, in a list of packages";
    why: "The lists of INFO separate packages by `:` and bounds by `<`, `=` and `>`. A name with other characters is \
          another entry, or none.",
    device: "261",
    source: "DSM 7 guide, INFO optional fields, install_dep_packages";

    SYN011: Error, "not a package's version, in a list of packages";
    why: "Versions of Synology packages are numbers, and DSM cannot compare anything else.",
    source: "DSM 7 guide, INFO optional fields, install_dep_packages";

    SYN012: Error, "more than one bound for a package";
    why: "The lists of INFO have room for one operator and version for each package.",
    source: "DSM 7 guide, INFO optional fields, install_dep_packages";

    SYN013: Error, "not a shared folder's name on DSM";
    why: "The resource worker that makes the folder fails, and the package with it.",
    device: "278",
    source: "DSM help, Create a Shared Folder";

    SYN014: Error, "an asset is in the place of one of DSM's files";
    why: "The package has a file of its own there, for the desktop icon or the firewall. Put the asset somewhere else.";

    SYN015: Deny, "not a web address";
    why: "Package Center makes a link of it, which leads nowhere. Write it with `https://`.";

    SYN016: Error, "no name or description";
    why: "DSM 7 demands a description, and the app's firewall entry needs the name.",
    device: "261, 278",
    source: "DSM 7 guide, breaking changes; .sc files";

    SYN017: Warn, "a generation of DSM does not know the key";
    why: "Devices ignore keys that they do not know, or worse take the package for one of another DSM. From the \
          manifest, the key goes only into the packages of generations that know it.",
    source: "DSM 7 guide, INFO fields, DSM requirement";

    SYN018: Warn, "a deprecated key of `INFO`";
    why: "The package installs, but Package Center's review refuses deprecated keys from DSM 7.0 on: `startable`, \
          `firmware`, `support_conf_folder`, `thirdparty`, `package_icon_120`. The newer keys say the same: \
          `ctl_stop` and `os_min_ver`.",
    device: "261",
    source: "DSM 7 guide, package review; unified-hifi-control#172, a package with this among other mistakes that DSM \
          refused";

    SYN019: Warn, "a line of `INFO` that nobody checked";
    why: "`synology.extra` is for keys that came after this version of nas-pack. They are written as they are.";

    SYN020: Error, "a key that `INFO` must have is missing";
    why: "DSM 7 demands package, version, os_min_ver, description, arch and maintainer, and calls a package without \
          one an invalid file format.",
    device: "261",
    source: "DSM 7 guide, breaking changes, INFO fields";

    SYN021: Deny, "a value of `INFO` is not what its key takes";
    why: "DSM takes the default instead, or refuses the package.",
    device: "261",
    source: "DSM 7 guide, INFO fields";

    SYN022: Warn, "a key of `INFO` that no guide has";
    why: "A misspelt key does nothing at all. If a newer DSM has it, this program does not know that yet.";

    SYN023: Deny, "a key stands twice in `INFO`";
    why: "The device takes the last one, and Synology's toolkit stops with an error.",
    source: "pkgscripts-ng, its Python reader";

    SYN024: Error, "`INFO` is not UTF-8, or begins with a byte order mark";
    why: "The mark becomes part of the first key, which is then missing. Save the file as UTF-8 without one.",
    device: "261, 263",
    source: "what devices log";

    SYN025: Deny, "`INFO` has line ends with a carriage return";
    why: "It becomes part of each value that is not in quotes, and of what the toolkit's shell reads. Save the file \
          with LF.",
    device: "261",
    source: "pkgscripts-ng, pkg_util.sh";

    SYN026: Warn, "a value of `INFO` is not in quotes";
    why: "Devices take it, and package servers such as spkrepo do not. The toolkit for DSM 6 wrote `extractsize` and \
          `toolkit_version` so.",
    source: "spkrepo";

    SYN027: Error, "the package is compressed as a whole";
    why: "DSM takes an SPK for a plain tar archive and finds no `INFO` in anything else. Only `package.tgz` inside is \
          compressed.",
    device: "263",
    source: "007revad/ContainerManager_for_all_armv8#1; what devices log";

    SYN028: Error, "`./` stands before the names in the package";
    why: "DSM asks tar for `INFO`, and tar does not take `./INFO` for that. List the files by name instead of `.` \
          when packing. In `package.tgz` it does no harm.",
    device: "263",
    source: "what devices log";

    SYN029: Warn, "`INFO` has far more lines than any package needs";
    why: "The guides know fewer than a hundred keys. What stands behind the first lines was not looked at one by one.";

    SYN030: Deny, "`package.tgz` is compressed in a way that this DSM does not unpack";
    why: "gzip works on every DSM, and xz since DSM 6.",
    device: "263",
    source: "pkgscripts-ng; duplicati/duplicati#1777";

    SYN031: Warn, "`extractsize` is missing or in another unit";
    why: "DSM looks for that much room before it installs: bytes before DSM 6.0, KiB since. In the wrong unit, a \
          small package needs more room than there is, or a large one fills the volume.",
    source: "2014 guide and DSM 7 guide, INFO, extractsize";

    SYN032: Error, "a script is missing";
    why: "DSM 7 refuses packages without `preupgrade` and `postupgrade` as an invalid file format, and every DSM \
          calls `start-stop-status`, also where the app has nothing to start.",
    device: "261",
    source: "DSM 7 guide, scripts; what devices log";

    SYN033: Warn, "one of the usual scripts is missing, or one has a name that DSM does not call";
    why: "The guide lists seven scripts. A missing one is passed over by most releases; a file of another name is \
          never run.",
    source: "DSM 7 guide, scripts";

    SYN034: Warn, "a word of `arch` that is no board or family of DSM";
    why: "Such a word matches no device: `amd64`, `arm64` and `aarch64` are not DSM's words. If the board is newer \
          than this program, all is well.",
    device: "261",
    source: "DSM 7 guide, Appendix A; spksrc's toolchains";

    SYN035: Warn, "the list of `arch` misses boards that run the same binaries";
    why: "The family `armv7` stands for alpine and alpine4k only, and a list of Intel boards misses every board \
          published later. Name the family, and beside `armv7` the boards that it leaves out.",
    device: "261",
    source: "DSM 7 guide, Appendix A; unified-hifi-control#387, a package with this among other mistakes that DSM \
          refused";

    SYN036: Deny, "a picture is missing";
    why: "Package Center shows PACKAGE_ICON.PNG in its lists and PACKAGE_ICON_256.PNG on the package's page. The \
          review asks for both.",
    source: "DSM 7 guide, package structure";

    SYN037: Warn, "a picture has another size than this DSM shows";
    why: "PACKAGE_ICON.PNG has 64 pixels a side for DSM 7 and 72 before; PACKAGE_ICON_256.PNG has 256. Others are \
          scaled and look blurred. PACKAGE_ICON_120.PNG was for DSM 4 alone.",
    device: "261",
    source: "DSM 7 guide, breaking changes; unified-hifi-control#171, a package with this among other mistakes that \
          DSM refused";

    SYN038: Error, "the licence is too large";
    why: "LICENSE must be text of less than 1 MB; it is shown before the installation.",
    source: "DSM 7 guide, LICENSE";

    SYN039: Deny, "`dsmuidir` names a folder that is not in `package.tgz`";
    why: "At the start, DSM links that folder into its desktop. Without it there is no icon, and the start ends with \
          an error.",
    device: "261",
    source: "DSM 7 guide, INFO optional fields, dsmuidir";

    SYN040: Deny, "`dsmappname` and the desktop's `config` name different apps";
    why: "DSM looks up the names of `dsmappname` as properties in `config` of the folder that `dsmuidir` names. What \
          it does not find there has no icon.",
    source: "2014 guide, INFO, dsmappname";

    SYN041: Warn, "the port of Package Center's link is not that of the desktop icon";
    why: "One of the two links leads to nothing. Keep `adminport` in INFO and `port` in the desktop's `config` the \
          same.";

    SYN042: Warn, "a signature that this DSM does not look at";
    why: "DSM 7 has given signing up. DSM 5 and 6 look at `syno_signature.asc`.",
    source: "DSM 7 guide, breaking changes";

    SYN043: Warn, "`install_type` puts the package on the system's own partition";
    why: "That partition is small, and a DSM whose system partition is full does not work any more. Packages belong \
          on a volume.",
    source: "2014 guide, INFO, install_type";

    SYN044: Warn, "the package is larger than Package Center takes";
    why: "The Package Center takes packages of up to 100 MB from developers. Manual installation has no such limit.",
    source: "2014 guide, submitting a package";

    SYN045: Warn, "shared folders on a DSM that makes none";
    why: "The worker `data-share` came with DSM 6. On DSM 5 the package installs without the folder, and the app has \
          to do without it or make one below a volume itself.",
    source: "DSM 7 guide, Data Share: since 6.0-5914";

    SYN060: Error, "`conf/privilege` is missing or says nothing of `defaults`";
    why: "DSM 7 installs no package that does not say whom it runs as. Write `{\"defaults\": {\"run-as\": \
          \"package\"}}`.",
    device: "319",
    source: "DSM 7 guide, Privilege Config; SynoCommunity/spksrc#4442";

    SYN061: Deny, "something is to run as root or system";
    why: "Package Center refuses the package with the words that it runs with root privileges; only packages that \
          Synology has signed may. One script is enough: a `postuninst` that runs as root stops the whole package. \
          Let everything run as `package`, and ask for what root would do by a worker of `conf/resource`.",
    source: "DSM 7 guide, Breaking Changes in DSM 7.0; open-horizon-labs/unified-hifi-control#470 and #732";

    SYN062: Error, "a tool belongs to somebody else than `package`";
    why: "DSM 7 gives files of a package to the package's own user and group only, and cannot install one that wants \
          something else.",
    device: "313",
    source: "DSM 7 guide, Privilege Config";

    SYN063: Deny, "a tool wants capabilities";
    why: "Linux capabilities are given to packages from Synology's own Package Center; DSM refuses them in one that \
          is installed by hand. Leave them out, and make a second package with them for Package Center.",
    source: "DSM 7 guide, Privilege Config; Tailscale's two privilege files";

    SYN064: Error, "`conf/privilege` names a file that is not in the package";
    why: "DSM sets owner and mode of each file that is named there after unpacking, and fails where there is none.",
    device: "313",
    source: "DSM 7 guide, Privilege Config";

    SYN065: Error, "a metadata file cannot be read";
    why: "DSM reads JSON and INI files as UTF-8 without a byte order mark and with line feeds only. What it cannot \
          read it takes for missing or broken: 319 for `conf/privilege`, 278 for `conf/resource`, and a wizard that \
          is not shown.",
    device: "319, 278",
    source: "DSM 7 guide, conf; SynoCommunity/spksrc#4442";

    SYN066: Deny, "a value of a metadata file is not of the form that the guides give";
    why: "DSM's readers do not convert values: a number where text is wanted, or a word that is not among those \
          listed, makes a worker fail or is passed over. The message says what is expected.",
    source: "2014 guide and DSM 7 guide, the file's own section";

    SYN067: Warn, "a metadata file has a member that no guide knows";
    why: "Most often it is a misspelling, which DSM passes over in silence. What a newer DSM has brought is right all \
          the same.",
    source: "2014 guide and DSM 7 guide, the file's own section";

    SYN068: Deny, "a metadata file lacks a member that it must have";
    why: "The worker, the wizard or the menu entry that lacks it does not work, and a worker that fails stops the \
          installation or the start.",
    device: "278",
    source: "2014 guide and DSM 7 guide, the file's own section";

    SYN069: Warn, "a metadata file has a member that the oldest DSM among the package's does not know";
    why: "An older DSM passes over it, so that there the package lacks what it stands for. Raise `os-min-ver`, or see \
          to it that the app does without.",
    source: "DSM 7 guide, the member's `since`";

    SYN070: Warn, "a worker is written without being checked";
    why: "What is in `synology.resource-extra` goes into `conf/resource` as it is, because nas-pack has no table of \
          it. If DSM does not know it either, the installation may fail.",
    device: "278";

    SYN071: Error, "`conf/resource` names a file that is not in the package";
    why: "The worker fails, and with it the installation or the start. A `.sc` file that is named and missing is the \
          most frequent one.",
    device: "278",
    source: "DSM 7 guide, Resource List; open-horizon-labs/unified-hifi-control#171";

    SYN072: Warn, "`conf/resource` names a file that is not there and that DSM passes over";
    why: "DSM makes no link and takes no text where the file is missing, and says nothing. Correct the path or leave \
          it out.",
    source: "DSM 7 guide, /usr/local linker, System Notification, Systemd User Unit";

    SYN074: Deny, "a worker is for Synology's own packages";
    why: "DSM 7 refuses it in a package that is installed by hand.",
    device: "278",
    source: "reports from devices";

    SYN076: Deny, "a port file is broken";
    why: "DSM's firewall reads the `.sc` file after unpacking; one that it cannot read makes the worker `port-config` \
          fail. Each section needs a name of letters, digits, `-`, `_` and `.`, a title, a description and \
          `dst.ports`.",
    device: "278",
    source: "2014 guide and DSM 7 guide, Port Configuration";

    SYN077: Warn, "the port in INFO is in no port file";
    why: "Nobody can choose the app in DSM's firewall, which then blocks it, and Package Center's reviewers ask for \
          the file. Give the port in `dst.ports`.",
    source: "DSM 7 guide, Port Configuration; Package Center's review list";

    SYN079: Error, "`PKG_DEPS` or `PKG_CONX` is broken";
    why: "Each package needs a section, and what is said of it stands right below. In the 2014 guide's example one \
          `pkg_min_ver` stands under a comment instead, where it belongs to the package before: Package B is not \
          required at all, and A in a wrong version.",
    source: "2014 guide, conf; DSM 7 guide, PKG_DEPS";

    SYN081: Warn, "`PKG_DEPS` or `PKG_CONX` hides packages that INFO names";
    why: "Since DSM 4.2 the file stands for the whole of `install_dep_packages` or `install_conflict_packages`, and \
          what only INFO names is overlooked. Name every package in the file too.",
    source: "2014 guide, conf; DSM 7 guide, PKG_DEPS";

    SYN082: Deny, "a wizard's key cannot be a variable";
    why: "Scripts find each answer in an environment variable of that name. It must be a name for the shell, unique \
          in the wizard, and none of Package Center's own, which begin with `SYNOPKG_`.",
    source: "2014 guide and DSM 7 guide, WIZARD_UIFILES";

    SYN083: Warn, "a wizard has `defaultVaule`";
    why: "The 2014 guide prints the word with that misspelling. DSM reads `defaultValue` and shows an empty component \
          otherwise.",
    source: "2014 guide, WIZARD_UIFILES; 114 of SynoCommunity's wizards against 2";

    SYN084: Deny, "a wizard's pattern is no regular expression of JavaScript";
    why: "`regex.expr` is a literal with slashes around it and flags behind: `/[0-9]/i`. The 2014 guide's example has \
          lost the first slash. DSM's wizard stops at one that it cannot read.",
    source: "2014 guide and DSM 7 guide, WIZARD_UIFILES";

    SYN085: Allow, "a wizard's key does not begin with `wizard_`";
    why: "A plain name such as `HOME` or `port` may hide a variable that the scripts need. Packages in the field put \
          `wizard_` or `pkgwizard_` before it.",
    source: "SynoCommunity's wizards";

    SYN086: Warn, "a file is for a language that DSM does not have";
    why: "DSM has words of its own for its 20 languages, most of them not ISO's: `ger`, not `deu`. A file with \
          another is never shown.",
    source: "DSM 7 guide, Application I18N";

    SYN087: Deny, "a wizard's script may not be executed";
    why: "Package Center runs it to get the wizard, and fails where nobody may run it. It needs mode 0755.",
    source: "reports from devices";

    SYN088: Warn, "a wizard is there as a file and as a script";
    why: "Only one of them is shown, and which one depends on the DSM. Leave out the file.",
    source: "SynoCommunity's packages, which delete it";

    SYN089: Warn, "INFO says that nothing is asked, but there is a wizard";
    why: "Where a package is installed, updated or removed silently its wizard is not shown, and the scripts find no \
          answers.",
    source: "2014 guide and DSM 7 guide, INFO, silent_install";

    SYN090: Warn, "a menu entry's icon is not there in every size";
    why: "DSM puts 16, 24, 32, 48, 64, 72 and 256 into the icon's name, depending on the place and the screen, and \
          shows a broken picture where there is none.",
    source: "2014 guide, Integrate Your Package into DSM; DSM 7 guide, Application Config";

    SYN091: Warn, "a menu entry's icon has another size than its name says";
    why: "DSM shows it blurred or cut. Make each file of the size in its name.",
    source: "2014 guide, Integrate Your Package into DSM; DSM 7 guide, Application Config";

    SYN094: Warn, "a menu entry names a text that is not there";
    why: "A title such as `app:title` is looked up in `texts/LANG/strings`; where there is none, people read \
          `app:title`.",
    source: "DSM 7 guide, Application I18N";

    SYN096: Warn, "a worker's package is not among the dependencies";
    why: "Web Station, Docker, MariaDB and PHP bring workers of their own. Without the package the worker is not \
          known, and the installation or the start fails.",
    device: "278",
    source: "DSM 7 guide, Resource List, Provider";
}
