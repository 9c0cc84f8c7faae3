//! Rules for every vendor: binaries, scripts and files against the devices they are for.

use crate::diagnostic::rules;

rules! {
    NAS001: Error, "the binary was built for another architecture";
    why: "The kernel answers `Exec format error`, or `Illegal instruction` where only the generation of the processor \
          differs, and the app never starts. Build it for the device's arch: `cargo nas plan` shows which target each \
          device gets.",
    source: "reports: an x86-64 program in a package for ARM, ARMv7 code for the ARMv5 of the EX4";

    NAS002: Error, "the binary asks for musl's loader, which no NAS has";
    why: "The kernel answers `No such file or directory`, though the program is there: it is the loader that is not. \
          Link it statically, which is the default of Rust's musl targets.";

    NAS003: Error, "the binary is linked dynamically, and the device's libraries pass numbers in another way";
    why: "OS3 on ARM has soft-float libraries (armel), every other ARM device hard-float ones (armhf), and a program \
          can only load its own kind. A static program needs no libraries and runs on both.",
    source: "wd packer v1.3 and listings of OS3 devices";

    NAS004: Error, "the binary's segments are aligned to less than the device's page size";
    why: "OS3's kernel on ARM has pages of 64 KiB. It cannot map segments that begin in the middle of one, and the \
          program ends with `Segmentation fault` before its first instruction. Link it with `-z max-page-size=65536`; \
          our own targets do.",
    source: "reports from OS3 users of ZeroTier and homebridge";

    NAS005: Deny, "the binary needs a newer glibc than the device has";
    why: "The loader answers ``version `GLIBC_2.34' not found``. The number in our table is the oldest among the \
          firmwares that take the package, so it may run on newer ones. Link statically with musl, or pin the version \
          in the target: `gnu.2.17`.",
    source: "the device table; QNAP users of a Rust daemon met the same";

    NAS006: Deny, "the binary says that it needs a newer kernel than the device has";
    why: "glibc, also when it is linked statically, reads this note at the start and ends with `FATAL: kernel too \
          old`. Link with an older glibc, or with musl, which has no such note.",
    source: "the device table";

    NAS007: Deny, "the binary asks for a loader that the device does not have";
    why: "The kernel answers `No such file or directory`, though the program is there: it is the loader that is not. \
          Each processor has one usual path for glibc's loader, and the devices have only that. Link statically, or \
          bring the loader along and call it by its path.";

    NAS008: Warn, "the binary needs a library that is neither in the package nor part of glibc";
    why: "Which other libraries a firmware has, and in which version, changes with each update, and differs between \
          models. Where one is missing the loader answers `cannot open shared object file`. Link it statically, or \
          put it into the package.";

    NAS009: Deny, "a program for another processor is among those for the device";
    why: "Other programs of the package run on the device and this one does not. Most often a file was copied from \
          the build machine, or a library came along for every architecture. If nothing runs it, it only costs space. \
          Whether a 64-bit device runs 32-bit programs of the same family depends on its kernel.",
    source: "reports: an x86-64 rclone in a package for ARM";

    NAS010: Deny, "the code is for a newer ARM processor than the device has";
    why: "32-bit devices are ARMv7 at most. Code for ARMv8 ends with `Illegal instruction` at the first instruction \
          that is new there.";

    NAS011: Warn, "the program wants to run code on its stack";
    why: "This is nearly always a piece of assembler without a `.note.GNU-stack` section, and takes away a protection \
          of the whole program. Some hardened kernels refuse to start it.";

    NAS012: Warn, "a package for every device has programs for one processor only";
    why: "It can be installed on devices that cannot run it. Make one package for each architecture.";

    NAS013: Warn, "a file begins as a program does and cannot be read as one";
    why: "It was cut off or damaged, or is no program. The device would answer `Exec format error`.";

    NAS014: Deny, "something that the package says twice does not agree";
    why: "Checksums, lengths, names and signatures are there so that a device can tell a damaged package, and devices \
          refuse those. The file was damaged on its way, or changed by hand after it was packed. Pack it again.";

    NAS020: Deny, "a lifecycle script does not begin with `#!`";
    why: "The firmware starts scripts as programs, and a file without `#!` in its first line is none: `Exec format \
          error`. Only some shells run it all the same. Begin it with `#!/bin/sh`.",
    source: "published packages for WD";

    NAS021: Deny, "a script asks for an interpreter that the device does not have";
    why: "The firmware answers `not found`, though the script is there: it is its interpreter that is not. ADM and \
          OS3 have BusyBox's ash as `/bin/sh`, and no bash. Begin the script with `#!/bin/sh` and keep to POSIX's \
          language.",
    source: "ASUSTOR guide 3; WD's app guide";

    NAS022: Warn, "a script asks for an interpreter that not every firmware has";
    why: "Every NAS has `/bin/sh`. bash, Python, Perl and the like come and go with firmware updates and optional \
          packages.";

    NAS023: Deny, "a script has Windows' line ends";
    why: "The kernel looks for an interpreter whose name ends in a carriage return, and answers `not found`. In the \
          lines below, the carriage return becomes part of the last word. Save the file with LF.",
    source: "ASUSTOR guide: its tool converts them only where dos2unix is installed";

    NAS024: Deny, "a script begins with a byte order mark";
    why: "The kernel does not find `#!` at the beginning, and the script is no program. Save it as UTF-8 without a \
          byte order mark.";

    NAS025: Deny, "a script is not executable";
    why: "The firmware starts scripts as programs, and answers `Permission denied`. Give it mode 0755. DSM is not \
          held to this rule: it runs its scripts without the bit too.",
    source: "published packages for WD that do not start";

    NAS026: Warn, "a script is far too large, or there are far too many";
    why: "Something else was most likely packed under such a name, for example an archive that unpacks itself. It was \
          not looked at.";

    NAS027: Deny, "the shell does not understand a script";
    why: "The shell stops at the line that is named, and with it the installation or the start. Everything before \
          that line has been done by then.";

    NAS028: Deny, "a script uses what only bash has";
    why: "Arrays, `<( )`, `<<<` and `${!name}` are not in the language of the devices' `/bin/sh`, which is BusyBox's \
          ash. The script ends there, or goes on with wrong values.",
    source: "ASUSTOR guide 3; scripts of published packages for WD";

    NAS029: Warn, "a script uses a form of bash that not every `/bin/sh` knows";
    why: "`[[ ]]`, `==`, `function`, `source`, `&>` and `${name/a/b}` work in those BusyBoxes that were built with \
          bash's forms, and nowhere else. POSIX has an equal for each: `[ ]`, `=`, `name()`, `.`, `>file 2>&1`, \
          `sed`.",
    source: "ASUSTOR forum; scripts of published packages for WD";

    NAS030: Warn, "`rm -r` with a variable that is not quoted";
    why: "Where the variable is empty, something else is removed, or nothing; where it has a blank, two other things \
          are. Write `rm -rf \"${name:?}\"`, which stops when it is empty.",
    source: "scripts of published packages for WD";

    NAS031: Warn, "the output goes to the file, the errors do not";
    why: "`2>&1 >>log` sends errors to where the output went before, and only then the output to the file. Write \
          `>>log 2>&1`.",
    source: "scripts of published packages for WD";

    NAS032: Warn, "`&` before the redirection ends the command";
    why: "`command &2>&1` starts the command in the background, and then redirects the output of nothing. Write \
          `command >log 2>&1 &`.",
    source: "scripts of published packages for WD";

    NAS033: Deny, "a script runs what it downloads";
    why: "Whoever controls the server or the network runs anything on the device, as root on most of them. The \
          package cannot be installed offline, and is another one tomorrow. Put the file into the package.",
    source: "Synology's review list: installs offline, no unexpected traffic";

    NAS034: Warn, "`killall` ends every program of that name";
    why: "Other packages and the firmware itself run programs of the same name, and the script itself may have it \
          too. Remember the process id in a file at the start, and end that one.",
    source: "scripts of published packages for WD";

    NAS035: Deny, "a script writes where the package's user must not";
    why: "DSM 7 runs scripts as the package's own user, who can write only below `/var/packages/NAME`. Put the \
          process id and the log into `$SYNOPKG_PKGVAR`.",
    source: "DSM 7 developer guide, breaking changes; unified-hifi-control #387";

    NAS036: Deny, "a script names a file that is not in the package";
    why: "The path leads into the package's own folder, and nothing is there: the file is called otherwise, is \
          somewhere else, or was not packed. Only paths that are written out, and that no script of the package makes \
          or tests, are looked at.",
    source: "unified-hifi-control #171";

    NAS040: Warn, "everybody on the device may write the file";
    why: "Any account of the box, and any other package, can change what the app reads or runs. Use 0644 for files, \
          0755 for programs and folders.";

    NAS041: Deny, "the file runs as its owner, whoever starts it";
    why: "A setuid or setgid program hands its owner's rights, most often root's, to every account of the box.";

    NAS042: Deny, "the file looks like a secret";
    why: "Everybody who has the package has its files. If it was published already, the key or password has to be \
          replaced. If it is meant to be public, such as a key for tests, allow the rule.";

    NAS043: Warn, "the file was left behind by an editor, a system or version control";
    why: "Nobody needs it on the device, and it may tell more than is meant to be told.";

    NAS044: Warn, "a symbolic link leads out of the package";
    why: "Its target depends on the device, and whoever unpacks the package elsewhere is led out of the folder. Make \
          links at run time, by a step of the app, or relative.";

    NAS045: Warn, "a symbolic link leads to nothing";
    why: "There is no such file in the package. If a script makes it at run time, all is well.";

    NAS046: Allow, "the name cannot be written by Windows";
    why: "People see the app's files through a network share, where names with `: * ? \" < > |`, with a blank or dot \
          at the end, or such as `con` and `nul` appear garbled.";

    NAS047: Warn, "two names differ only in upper and lower case";
    why: "macOS and Windows keep only one of them when the package is unpacked there, and so do some volumes and \
          network shares.";

    NAS048: Warn, "the package has no files of an app";
    why: "There is only what the vendor's format demands. Most often a pattern of the assets matched nothing, or the \
          package was made from the wrong folder.";

    NAS049: Warn, "a file that is called PNG is none";
    why: "Browsers show it all the same, firmwares that resize it do not. Convert it; renaming is not enough.",
    source: "two of 79 published icons for ADM are JPEG";
}
