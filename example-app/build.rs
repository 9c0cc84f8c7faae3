//! What Cargo.toml cannot say: values that are computed, a form that is a Rust type, and steps that the compiler checks.
//!
//! Runs in every build of the app. It leaves a recipe for `cargo nas`, and for the daemon the constants that `nas_pack::app!()` brings in.

use nas_pack::dsl::{Service, Settings};
use nas_pack::{hooks, script};

#[path = "src/settings.rs"]
#[expect(unreachable_pub, reason = "it is the daemon's file, where others use it")]
mod settings;

fn main() -> Result<(), script::Error> {
    let app = script::App::from_cargo()?;
    // Shown by `/api/status`, so that a bug report says which of the three builds it is about.
    let build = format!("{} for {}", app.version(), app.arch().map_or(app.target(), |arch| arch.name()));
    let build_file = app.generate("share/build.txt", format!("{build}\n"))?;

    app.amend(|package| {
        package
            .service(Service::amend().env("BEACON_BUILD", build.as_str()))
            .asset(build_file)
            .settings(Settings::of::<settings::Settings>())
            .hooks(hooks! {
                // A new version may understand the settings differently: the old ones stay readable beside them.
                pre_upgrade => {
                    backup "{config_dir}/beacon.toml";
                }
            })
    })
    .emit()
}
