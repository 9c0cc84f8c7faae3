//! Nothing is to be computed: Cargo.toml says it all.

fn main() -> Result<(), nas_pack::script::Error> {
    nas_pack::script::App::from_cargo()?.emit()
}
