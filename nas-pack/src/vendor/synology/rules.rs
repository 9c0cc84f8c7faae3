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
}
