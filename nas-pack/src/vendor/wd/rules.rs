//! WD's rules, which both systems share.

use crate::diagnostic::rules;

rules! {
    WD001: Error, "`package` cannot be a name on WD";
    why: "";

    WD002: Error, "WD has no form for a pre-release";
    why: "";

    WD003: Error, "not a version";
    why: "";

    WD004: Warn, "a version that WD does not document, though it works";
    why: "";

    WD005: Error, "a value is too long";
    why: "";

    WD006: Error, "a value must not be empty";
    why: "";

    WD007: Error, "a value contains one of WD's key words with its colon";
    why: "";

    WD008: Error, "a character that XML cannot hold";
    why: "";

    WD009: Error, "unknown model in `wd.models`";
    why: "";

    WD010: Error, "a model that runs none of our binaries";
    why: "";

    WD011: Error, "not a firmware version";
    why: "";

    WD012: Error, "two firmware versions for one system";
    why: "";

    WD013: Error, "the oldest firmware is newer than the newest";
    why: "";

    WD014: Warn, "WD does not look at versions in `depends` and `conflicts`";
    why: "";

    WD015: Error, "`wd.index-page` is no plain path";
    why: "";

    WD016: Error, "the index page is not in the package";
    why: "";

    WD017: Error, "an asset is in the place of one of WD's files";
    why: "";

    WD018: Error, "not a package's name";
    why: "";

    WD019: Warn, "none of `wd.models` belongs to one of the systems";
    why: "";
}
