//! Every message of `hooks!`: each file in `ui` must fail to compile with the text beside it.
//!
//! `TRYBUILD=overwrite cargo test -p nas-pack-macros --test ui` writes the texts anew.

#[test]
fn mistakes_are_compile_errors_at_their_place() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
