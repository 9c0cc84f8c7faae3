//! Synology's rules.

use crate::diagnostic::rules;

rules! {
    SYN001: Error, "`package` cannot be an identity on DSM";
    why: "";

    SYN002: Error, "`synology.version` is not of DSM's form";
    why: "";

    SYN003: Error, "the version has no counterpart on DSM";
    why: "";

    SYN004: Error, "a value has a character that must not be in `INFO`";
    why: "";

    SYN005: Error, "`os-min-ver` or `os-max-ver` is no version of DSM";
    why: "";

    SYN006: Error, "`os-min-ver` is no DSM 7";
    why: "";

    SYN007: Error, "`os-max-ver` is older than `os-min-ver`";
    why: "";

    SYN008: Warn, "DSM itself uses the port";
    why: "";

    SYN009: Warn, "ports below 1024 belong to root, which the service is not";
    why: "";

    SYN010: Error, "not a package's name, in `depends` or `conflicts`";
    why: "";

    SYN011: Error, "not a package's version, there";
    why: "";

    SYN012: Error, "more than one bound for a package";
    why: "";

    SYN013: Error, "not a shared folder's name on DSM";
    why: "";

    SYN014: Error, "an asset is in the place of one of DSM's files";
    why: "";

    SYN015: Error, "not a web address";
    why: "";

    SYN016: Error, "no name or description";
    why: "";

    SYN060: Error, "`conf/privilege` is missing or says nothing of `defaults`";
    why: "DSM 7 installs no package that does not say whom it runs as. Write `{\"defaults\": {\"run-as\": \"package\"}}`.",
    device: "319", source: "DSM 7 guide, Privilege Config; SynoCommunity/spksrc#4442";

    SYN061: Deny, "something is to run as root or system";
    why: "Package Center refuses the package with the words that it runs with root privileges; only packages that Synology \
          has signed may. One script is enough: a `postuninst` that runs as root stops the whole package. Let everything run \
          as `package`, and ask for what root would do by a worker of `conf/resource`.",
    source: "DSM 7 guide, Breaking Changes in DSM 7.0; open-horizon-labs/unified-hifi-control#470 and #732";

    SYN062: Error, "a tool belongs to somebody else than `package`";
    why: "DSM 7 gives files of a package to the package's own user and group only, and cannot install one that wants \
          something else.",
    device: "313", source: "DSM 7 guide, Privilege Config";

    SYN063: Deny, "a tool wants capabilities";
    why: "Linux capabilities are given to packages from Synology's own Package Center; DSM refuses them in one that is \
          installed by hand. Leave them out, and make a second package with them for Package Center.",
    source: "DSM 7 guide, Privilege Config; Tailscale's two privilege files";

    SYN064: Error, "`conf/privilege` names a file that is not in the package";
    why: "DSM sets owner and mode of each file that is named there after unpacking, and fails where there is none.",
    device: "313", source: "DSM 7 guide, Privilege Config";

    SYN065: Error, "a metadata file cannot be read";
    why: "DSM reads JSON and INI files as UTF-8 without a byte order mark and with line feeds only. What it cannot read it \
          takes for missing or broken: 319 for `conf/privilege`, 278 for `conf/resource`, and a wizard that is not shown.",
    device: "319, 278", source: "DSM 7 guide, conf; SynoCommunity/spksrc#4442";

    SYN066: Deny, "a value of a metadata file is not of the form that the guides give";
    why: "DSM's readers do not convert values: a number where text is wanted, or a word that is not among those listed, \
          makes a worker fail or is passed over. The message says what is expected.",
    source: "2014 guide and DSM 7 guide, the file's own section";

    SYN067: Warn, "a metadata file has a member that no guide knows";
    why: "Most often it is a misspelling, which DSM passes over in silence. What a newer DSM has brought is right all the \
          same.",
    source: "2014 guide and DSM 7 guide, the file's own section";

    SYN068: Deny, "a metadata file lacks a member that it must have";
    why: "The worker, the wizard or the menu entry that lacks it does not work, and a worker that fails stops the \
          installation or the start.",
    device: "278", source: "2014 guide and DSM 7 guide, the file's own section";

    SYN069: Warn, "a metadata file has a member that the oldest DSM among the package's does not know";
    why: "An older DSM passes over it, so that there the package lacks what it stands for. Raise `os-min-ver`, or see to it \
          that the app does without.",
    source: "DSM 7 guide, the member's `since`";

    SYN070: Warn, "a worker is written without being checked";
    why: "What is in `synology.resource-extra` goes into `conf/resource` as it is, because nas-pack has no table of it. If \
          DSM does not know it either, the installation may fail.",
    device: "278";

    SYN071: Error, "`conf/resource` names a file that is not in the package";
    why: "The worker fails, and with it the installation or the start. A `.sc` file that is named and missing is the most \
          frequent one.",
    device: "278", source: "DSM 7 guide, Resource List; open-horizon-labs/unified-hifi-control#171";

    SYN072: Warn, "`conf/resource` names a file that is not there and that DSM passes over";
    why: "DSM makes no link and takes no text where the file is missing, and says nothing. Correct the path or leave it out.",
    source: "DSM 7 guide, /usr/local linker, System Notification, Systemd User Unit";

    SYN074: Deny, "a worker is for Synology's own packages";
    why: "DSM 7 refuses it in a package that is installed by hand.",
    device: "278", source: "reports from devices";

    SYN076: Deny, "a port file is broken";
    why: "DSM's firewall reads the `.sc` file after unpacking; one that it cannot read makes the worker `port-config` fail. \
          Each section needs a name of letters, digits, `-`, `_` and `.`, a title, a description and `dst.ports`.",
    device: "278", source: "2014 guide and DSM 7 guide, Port Configuration";

    SYN077: Warn, "the port in INFO is in no port file";
    why: "Nobody can choose the app in DSM's firewall, which then blocks it, and Package Center's reviewers ask for the \
          file. Give the port in `dst.ports`.",
    source: "DSM 7 guide, Port Configuration; Package Center's review list";

    SYN079: Error, "`PKG_DEPS` or `PKG_CONX` is broken";
    why: "Each package needs a section, and what is said of it stands right below. In the 2014 guide's example one \
          `pkg_min_ver` stands under a comment instead, where it belongs to the package before: Package B is not required at \
          all, and A in a wrong version.",
    source: "2014 guide, conf; DSM 7 guide, PKG_DEPS";

    SYN081: Warn, "`PKG_DEPS` or `PKG_CONX` hides packages that INFO names";
    why: "Since DSM 4.2 the file stands for the whole of `install_dep_packages` or `install_conflict_packages`, and what \
          only INFO names is overlooked. Name every package in the file too.",
    source: "2014 guide, conf; DSM 7 guide, PKG_DEPS";

    SYN082: Deny, "a wizard's key cannot be a variable";
    why: "Scripts find each answer in an environment variable of that name. It must be a name for the shell, unique in the \
          wizard, and none of Package Center's own, which begin with `SYNOPKG_`.",
    source: "2014 guide and DSM 7 guide, WIZARD_UIFILES";

    SYN083: Warn, "a wizard has `defaultVaule`";
    why: "The 2014 guide prints the word with that misspelling. DSM reads `defaultValue` and shows an empty component \
          otherwise.",
    source: "2014 guide, WIZARD_UIFILES; 114 of SynoCommunity's wizards against 2";

    SYN084: Deny, "a wizard's pattern is no regular expression of JavaScript";
    why: "`regex.expr` is a literal with slashes around it and flags behind: `/[0-9]/i`. The 2014 guide's example has lost \
          the first slash. DSM's wizard stops at one that it cannot read.",
    source: "2014 guide and DSM 7 guide, WIZARD_UIFILES";

    SYN085: Allow, "a wizard's key does not begin with `wizard_`";
    why: "A plain name such as `HOME` or `port` may hide a variable that the scripts need. Packages in the field put \
          `wizard_` or `pkgwizard_` before it.",
    source: "SynoCommunity's wizards";

    SYN086: Warn, "a file is for a language that DSM does not have";
    why: "DSM has words of its own for its 20 languages, most of them not ISO's: `ger`, not `deu`. A file with another is \
          never shown.",
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
    why: "DSM puts 16, 24, 32, 48, 64, 72 and 256 into the icon's name, depending on the place and the screen, and shows a \
          broken picture where there is none.",
    source: "2014 guide, Integrate Your Package into DSM; DSM 7 guide, Application Config";

    SYN091: Warn, "a menu entry's icon has another size than its name says";
    why: "DSM shows it blurred or cut. Make each file of the size in its name.",
    source: "2014 guide, Integrate Your Package into DSM; DSM 7 guide, Application Config";

    SYN094: Warn, "a menu entry names a text that is not there";
    why: "A title such as `app:title` is looked up in `texts/LANG/strings`; where there is none, people read `app:title`.",
    source: "DSM 7 guide, Application I18N";

    SYN096: Warn, "a worker's package is not among the dependencies";
    why: "Web Station, Docker, MariaDB and PHP bring workers of their own. Without the package the worker is not known, and \
          the installation or the start fails.",
    device: "278", source: "DSM 7 guide, Resource List, Provider";
}
