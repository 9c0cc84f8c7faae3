//! A status page for the NAS it runs on.
fn main() {}
