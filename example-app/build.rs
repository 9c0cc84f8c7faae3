//! What Cargo.toml cannot say: values that are computed, and steps that the compiler checks.
//!
//! Runs in every build of the app and leaves a recipe for `cargo nas`; an ordinary `cargo build` is not affected by it.

use nas_pack::dsl::{Asset, Service};
use nas_pack::{hooks, script};

fn main() -> Result<(), script::Error> {
    let app = script::App::from_cargo()?;
    // Shown by `/api/status`, so that a bug report says which of the three builds it is about.
    let build = format!("{} for {}", app.version(), app.arch().map_or(app.target(), |arch| arch.name()));

    app.amend(|package| {
        package
            .service(Service::amend().env("BEACON_BUILD", build.as_str()))
            .asset(Asset::text(format!("{build}\n"), "share/build.txt"))
            .hooks(hooks! {
                // A new version may understand the settings differently: the old ones stay readable beside them.
                pre_upgrade => {
                    backup "{config_dir}/beacon.toml";
                }
            })
    })
    .emit()
}
