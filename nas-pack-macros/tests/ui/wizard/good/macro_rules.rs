//! Settings can come from another macro.

use nas_pack::Wizard;

macro_rules! settings {
    ($name:ident: $($field:ident: $type:ty = $default:literal;)*) => {
        /// Beacon
        #[derive(Wizard)]
        struct $name {
            $(#[wizard(default = $default, page = "A page")] $field: $type,)*
        }
    };
}

settings! { Settings: title: String = "Beacon"; count: u8 = 7; less: i16 = -7; show: bool = true; }

fn main() {
    let settings = Settings::defaults();
    assert_eq!((settings.title.as_str(), settings.count, settings.less, settings.show), ("Beacon", 7, -7, true));
}
