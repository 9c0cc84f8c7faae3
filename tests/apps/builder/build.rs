use nas_pack::dsl::{Asset, Asustor, Choice, Dsm, Field, Page, Service, Settings, Signal, Step, Synology, Wd};
use nas_pack::hooks::Event;
use nas_pack::model::{Compression, Language, Protocol};
use nas_pack::script;

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
                .settings(
                    Settings::new().file("lantern.toml").page(
                        Page::new("The light")
                            .field(Field::text("greeting").label("What ships read").length(1, 60).default("Welcome"))
                            .field(Field::number("seconds").label("Seconds between flashes").range(1, 60).default(5))
                            .field(
                                Field::choice("colour")
                                    .label("The light's colour")
                                    .choose(Choice::new("white", "White"))
                                    .choose(Choice::new("red", "Red, for port"))
                                    .default("white"),
                            ),
                    ),
                )
                .hook(Event::PostInstall, Step::mkdir("{data_dir}/log book").mode(0o750))
                .hook(Event::PostInstall, Step::run(["{app_dir}/bin/lantern", "--migrate"]))
                .hook(Event::PreUpgrade, Step::backup("{config_dir}/lantern.toml"))
                .asustor(Asustor::amend().firmware("4.1.0"))
                .synology(Synology::amend().dsm([Dsm::V6, Dsm::V7]))
                .wd(Wd::amend().auto_start(false))
        })
        .emit()
}
