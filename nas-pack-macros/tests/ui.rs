//! Every message of the macros: each file in `ui` must fail to compile with the text beside it, those in `good` must compile.
//!
//! `TRYBUILD=overwrite cargo test -p nas-pack-macros --test ui` writes the texts anew.

#[test]
fn mistakes_are_compile_errors_at_their_place() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    cases.compile_fail("tests/ui/wizard/*.rs");
    cases.pass("tests/ui/wizard/good/*.rs");
}
