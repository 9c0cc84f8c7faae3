//! What a simulation holds a package's life against.

use crate::diagnostic::rules;

rules! {
    SIM001: Deny, "a script failed";
    why: "The firmware ends what it was doing when a script ends with another code than 0, or marks the app as broken. \
          The script's last lines are shown.";

    SIM002: Deny, "the daemon does not run after its start";
    why: "On the device the app stays off, most often without a word to the user. The end of its log is shown.";

    SIM003: Deny, "the declared port does not answer";
    why: "The firmware shows the port's link to the user, and opens its firewall for it. Either the daemon listens \
          somewhere else, such as on another address or port, or it is not ready when the start script says it is.";

    SIM004: Deny, "a start succeeds though something else has the port";
    why: "The user is told that the app runs, and meets another program at its port. End the daemon with an error when \
          its port is taken, and let the start script wait for it.";

    SIM005: Deny, "a script does not end";
    why: "The firmware waits for its scripts, and the user in front of a bar that does not move. At a shutdown the box \
          waits as well.";

    SIM006: Deny, "the daemon holds the script's output open";
    why: "Package centres read what scripts print until its end, which only comes when the last process that inherited \
          it has ended. Redirect the daemon's output and errors, and its input from `/dev/null`.";

    SIM007: Deny, "the status has the wrong code";
    why: "The firmware shows the app as running, stopped or broken by this code, and repairs or refuses by it.",
    source: "LSB's codes, which DSM's developer guide has; a public report had 1 for stopped";

    SIM008: Deny, "a stop leaves processes behind";
    why: "They hold files and the port: the next start meets its own predecessor, and the volume cannot be unmounted.";

    SIM009: Warn, "the daemon had to be killed";
    why: "It did not end when it was asked to, with SIGTERM, in the time that the package gives it. What it had not \
          written is lost, each time the box is switched off.";

    SIM010: Deny, "data is lost";
    why: "What users put into an app they expect to find after an upgrade, a reinstallation and a power cut. Keep data \
          and settings where the vendor keeps them: `NAS_DATA_DIR` and `NAS_CONFIG_DIR` are such places.";

    SIM011: Deny, "an uninstallation leaves files behind";
    why: "What lies outside the places that the vendor keeps for a later installation stays on the box for ever.";

    SIM012: Deny, "an uninstallation leaves processes behind";
    why: "They run on without their files, hold the port, and nobody can stop them but a reboot.";

    SIM013: Deny, "something is written outside the package's own places";
    why: "A firmware update takes it away, or it gets in the way of other packages, and an uninstallation does not find \
          it. On most firmwares the system is read-only or volatile.";

    SIM014: Deny, "stopping what is stopped fails";
    why: "The firmware stops an app before each upgrade and uninstallation, whether it runs or not, and may refuse to go \
          on.";

    SIM015: Deny, "the app does not come back after a power cut";
    why: "A pid file, lock or socket of a process that is gone must not keep a daemon from starting.";

    SIM016: Deny, "the daemon needs system calls that the device's kernel does not have";
    why: "It runs here when they are allowed, and does not when they are answered with ENOSYS as that kernel does. \
          Rust's own library has a way around each of them; most often it is a crate that has none.";

    SIM017: Deny, "a script uses a program that the device does not have";
    why: "The shell answers `not found`, with code 127.";

    SIM018: Deny, "a failed upgrade leaves the installed version unusable";
    why: "The firmware stops an upgrade when the new version's first script fails, and the user goes on with the old \
          version: it must start, with its data.";

    SIM019: Warn, "a folder or file can be written by every user of the box";
    why: "Any other app, and any user who may log in, can change it.";

    SIM020: Warn, "the daemon runs as root";
    why: "Whoever breaks into it owns the box. There is an account for it.";

    SIM021: Warn, "a script is slow";
    why: "Users of a package centre see nothing meanwhile, and some firmwares stop waiting.";

    SIM022: Deny, "a script that the firmware runs is not in the package";
    why: "The firmware refuses the package, or does not start the app.";

    SIM023: Deny, "a start of what runs fails, or starts it twice";
    why: "Firmwares start apps again after a failover, at a click, and after restoring a snapshot. Two daemons on the \
          same data damage it.";

    SIM024: Deny, "a wizard's script writes no wizard";
    why: "The firmware runs it before it asks anything, and shows the JSON that it writes to `SYNOPKG_TEMP_LOGFILE`: a list of \
          steps, which may be empty. Of anything else it says that the file is invalid, and installs nothing.",
    source: "DSM 7 guide, WIZARD_UIFILES; synology-autorun, issue 3";
}
