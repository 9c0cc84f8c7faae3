//! The smallest daemon that is worth a package: all that a NAS needs to know of it is in Cargo.toml.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};

fn main() -> io::Result<()> {
    let port = std::env::var("NAS_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8099);
    for visitor in TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?.incoming() {
        let page = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello from the NAS!\n";
        // Whoever hangs up before the end misses it.
        let _ = visitor.and_then(|mut visitor| visitor.write_all(page.as_bytes()));
    }
    Ok(())
}
