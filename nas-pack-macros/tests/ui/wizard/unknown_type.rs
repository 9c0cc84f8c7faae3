use std::net::IpAddr;

use nas_pack::Wizard;

/// Beacon
#[derive(Wizard)]
struct Settings {
    address: IpAddr,
    other: Option<IpAddr>,
}

fn main() {}
