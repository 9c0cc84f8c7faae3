use nas_pack::dsl::{Asset, Asustor, Dsm, Service, Settings, Signal, Synology, Wd};
use nas_pack::model::{Compression, Language, Protocol};
use nas_pack::{hooks, script};

/// The daemon has the same: there it loads what the user chose.
#[path = "src/settings.rs"]
mod settings;

fn main() -> Result<(), script::Error> {
    script::App::from_cargo()?
        .amend(|app| {
            app.name("Lantern")
                .support_url("https://example.com/lantern")
                .compression(Compression::Best)
                .service(
                    Service::new("lantern")
                        .arg("--database={data_dir}/ships.db")
                        .port(8155)
                        .protocol(Protocol::Http)
                        .path("/ships")
                        .reload_signal(Signal::Hup),
                )
                .asset(Asset::text("<h1>Lantern</h1>\n", "www/index.html").mode(0o644))
                .translation(Language::German, "Laterne", "Ein Licht für den Hafen")
                .settings(Settings::of::<settings::Settings>())
                .hooks(hooks! {
                    post_install => {
                        mkdir "{data_dir}/log book", mode = 0o750;
                        run "{app_dir}/bin/lantern" "--migrate";
                    }
                    pre_upgrade => {
                        backup "{config_dir}/lantern.toml";
                    }
                })
                .asustor(Asustor::amend().firmware("4.1.0"))
                .synology(Synology::amend().dsm([Dsm::V6, Dsm::V7]))
                .wd(Wd::amend().auto_start(false))
        })
        .emit()
}
