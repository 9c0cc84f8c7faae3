//! `apkg.xml`: what the firmware reads, in the bytes that WD's packer has libxml2 write.
//!
//! Unlike the packer, which loses values with an ampersand or writes them ill-formed, every value is plain text here.

use std::borrow::Cow;

use quick_xml::escape::partial_escape;

use super::models::Ids;
use super::rc::{Key, Metadata};

/// Where an element's text comes from.
enum From {
    Key(Key),
    Number(Key),
    Text(&'static str),
    Model,
    App,
    Enable,
    Date,
}

// The order is fixed and the first name is spelled as the firmware expects it. The empty elements are filled in by the device.
const ELEMENTS: [(&str, From); 30] = [
    ("procudt_id", From::Text("0")),
    ("custom_id", From::Text("20")),
    ("model_id", From::Model),
    ("app_id", From::App),
    ("user_control", From::Number(Key::UserControl)),
    ("center_type", From::Number(Key::CenterType)),
    ("individual_flag", From::Number(Key::IndividualFlag)),
    ("name", From::Key(Key::Package)),
    ("show", From::Key(Key::AddonShowName)),
    ("enable", From::Enable),
    ("version", From::Key(Key::Version)),
    ("date", From::Date),
    ("inst_date", From::Text("")),
    ("path", From::Text("")),
    ("ps_name", From::Text("")),
    ("url", From::Key(Key::AddonIndexPage)),
    ("url_port", From::Key(Key::AddonUsedPort)),
    ("apkg_version", From::Text("2")),
    ("packager", From::Key(Key::Packager)),
    ("email", From::Key(Key::Email)),
    ("homepage", From::Key(Key::Homepage)),
    ("inst_depend", From::Key(Key::InstDepend)),
    ("inst_conflict", From::Key(Key::InstConflict)),
    ("start_depend", From::Key(Key::StartDepend)),
    ("start_conflict", From::Key(Key::StartConflict)),
    ("description", From::Key(Key::Description)),
    ("icon", From::Key(Key::Icon)),
    ("MinFWVer", From::Key(Key::MinFWVer)),
    ("MaxFWVer", From::Key(Key::MaxFWVer)),
    ("Hidden", From::Key(Key::Hidden)),
];

/// Writes the file for a model.
///
/// `enable` has the app started after installation and at each boot; `date` is the day of the build, `YYYYMMDD`.
pub fn write(metadata: &Metadata, ids: &Ids, enable: bool, date: &str) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<config>\n  <apkg>\n    <item>\n");
    for (name, from) in ELEMENTS {
        let text: Cow<'_, str> = match from {
            From::Key(key) => partial_escape(metadata.get(key)),
            From::Number(key) => metadata.number(key).to_string().into(),
            From::Text(text) => text.into(),
            From::Model => ids.model.to_string().into(),
            // OS3 has no such element.
            From::App => match ids.app {
                Some(app) => app.to_string().into(),
                None => continue,
            },
            From::Enable => if enable { "1" } else { "0" }.into(),
            From::Date => date.into(),
        };
        xml.push_str("      <");
        xml.push_str(name);
        if !text.is_empty() {
            xml.extend([">", &text, "</", name]);
        }
        xml.push_str(if text.is_empty() { "/>\n" } else { ">\n" });
    }
    xml + "    </item>\n  </apkg>\n</config>\n"
}
