//! ASUSTOR's rules.

use crate::diagnostic::rules;

rules! {
    AST001: Error, "`package` cannot be an identity on ADM";
    why: "";

    AST002: Error, "`name` is empty or has a `/`";
    why: "";

    AST003: Error, "`asustor.version` is not of ASUSTOR's form";
    why: "";

    AST004: Warn, "ADM may take the pre-release for newer than the release";
    why: "";

    AST005: Error, "`asustor.firmware` is not three numbers";
    why: "";

    AST006: Warn, "`firmware` is newer than any ADM for the armhf models";
    why: "";

    AST007: Error, "a bound in `depends` that ADM does not know";
    why: "";

    AST008: Warn, "`conflicts` has no effect on ADM";
    why: "";

    AST009: Warn, "the port belongs to a service of ADM";
    why: "";

    AST010: Error, "`asustor.default-lang` is no language of ADM";
    why: "";

    AST011: Error, "`asustor.model` is no series of models";
    why: "";

    AST012: Error, "`asustor.accessible` is neither of its two values";
    why: "";

    AST013: Error, "a name in `asustor.symbolic-link` is empty or has a `/`";
    why: "";

    AST014: Error, "the file to link to is not in the package";
    why: "";

    AST015: Error, "an asset is in `CONTROL`";
    why: "";

    AST016: Error, "not a shared folder's name on ADM";
    why: "";

    AST017: Warn, "a path contains the letters `CONTROL`; the vendor's tool would drop the file";
    why: "";

    AST018: Warn, "not an e-mail address";
    why: "";

    AST019: Error, "`asustor.privacy-statement` is no web address";
    why: "";
}
