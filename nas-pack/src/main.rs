//! The `cargo nas` command.
fn main() {}
