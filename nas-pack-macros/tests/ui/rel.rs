//! A place in the package is relative.

use nas_pack::dsl::Asset;
use nas_pack::rel;

fn main() {
    let _ = Asset::text("", rel!("/etc/beacon.toml"));
    let _ = Asset::text("", rel!("../beacon.toml"));
    let _ = Asset::text("", rel!("share\\beacon.toml"));
}
