//! The constant is what the build script wrote, and there is none.

const APP: nas_pack::runtime::App = nas_pack::app!();

fn main() {
    let _ = APP.port;
}
