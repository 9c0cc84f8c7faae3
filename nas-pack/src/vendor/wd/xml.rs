//! `apkg.xml`: what the firmware reads, in the bytes that WD's packer has libxml2 write.
//!
//! Unlike the packer, which loses values with an ampersand or writes them ill-formed, every value is plain text here.

use std::borrow::Cow;

use quick_xml::escape::partial_escape;
use quick_xml::events::Event;

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

/// The names of the elements, in their order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ELEMENTS.iter().map(|(name, _)| *name)
}

/// The elements that repeat a key of `apkg.rc`, and whether as a number.
pub fn repeated() -> impl Iterator<Item = (&'static str, Key, bool)> {
    ELEMENTS.iter().filter_map(|(name, from)| match from {
        From::Key(key) => Some((*name, *key, false)),
        From::Number(key) => Some((*name, *key, true)),
        _ => None,
    })
}

/// Writes the file for a model.
///
/// `enable` has the app started after installation and at each boot; `date` is the day of the build, `YYYYMMDD`; `extra` are elements that
/// come after all others.
pub fn write(metadata: &Metadata, ids: &Ids, enable: bool, date: &str, extra: &[(String, String)]) -> String {
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
        push(&mut xml, name, &text);
    }
    for (name, text) in extra {
        push(&mut xml, name, &partial_escape(text));
    }
    xml + "    </item>\n  </apkg>\n</config>\n"
}

/// Adds an element with text that is escaped already.
fn push(xml: &mut String, name: &str, text: &str) {
    xml.extend(["      <", name]);
    if !text.is_empty() {
        xml.extend([">", text, "</", name]);
    }
    xml.push_str(if text.is_empty() { "/>\n" } else { ">\n" });
}

/// An element that holds text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The names of the elements that it is in, with slashes: `config/apkg/item`.
    pub within: String,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The line on which it begins, from 1.
    pub line: usize,
}

/// Why a file is not XML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// It is not text.
    #[error("byte {0} is not UTF-8")]
    NotUtf8(usize),
    /// An `&` that begins no entity: WD's packer copies it out of `apkg.rc` as it is.
    #[error("the `&` on line {0} stands for nothing")]
    Ampersand(usize),
    /// It is not well-formed in another way.
    #[error("{0}")]
    Malformed(String),
}

/// How deep elements may be nested. WD's are four deep; what is deeper wants to cost time.
const DEPTH: usize = 16;

/// Reads the elements that hold text or nothing, in their order.
pub fn read(bytes: &[u8]) -> Result<Vec<Element>, XmlError> {
    let text = std::str::from_utf8(bytes).map_err(|error| XmlError::NotUtf8(error.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}');
    if let Some(at) = bare_ampersand(text) {
        return Err(XmlError::Ampersand(1 + newlines(&text[..at])));
    }
    let malformed = |error: &dyn std::fmt::Display| XmlError::Malformed(error.to_string());
    let mut reader = quick_xml::Reader::from_str(text);
    let mut elements = Vec::new();
    // The elements that have been begun, and the text of the innermost unless another was begun in it.
    let mut path: Vec<String> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let (mut line, mut counted) = (1, 0);
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        line += text.get(counted..at).map_or(0, newlines);
        counted = at;
        let event = reader.read_event().map_err(|error| malformed(&error))?;
        match event {
            Event::Start(start) => {
                path.push(start.name().as_ref().to_owned());
                if path.len() > DEPTH {
                    return Err(XmlError::Malformed(format!("elements are nested deeper than {DEPTH} levels")));
                }
                open = Some((line, String::new()));
            }
            Event::Empty(empty) => {
                let name = empty.name().as_ref().to_owned();
                elements.push(Element { within: path.join("/"), name, text: String::new(), line });
            }
            Event::Text(part) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(&part);
                }
            }
            Event::CData(part) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(&part);
                }
            }
            Event::GeneralRef(entity) => {
                let known = match entity.resolve_char_ref().map_err(|error| malformed(&error))? {
                    Some(c) => c.to_string(),
                    None => match quick_xml::escape::resolve_predefined_entity(&entity) {
                        Some(known) => known.to_owned(),
                        None => return Err(XmlError::Malformed(format!("`&{};` is unknown", &*entity))),
                    },
                };
                if let Some((_, text)) = &mut open {
                    text.push_str(&known);
                }
            }
            Event::End(_) => {
                let name = path.pop().unwrap_or_default();
                if let Some((line, text)) = open.take() {
                    elements.push(Element { within: path.join("/"), name, text, line });
                }
            }
            Event::Eof if path.is_empty() => return Ok(elements),
            Event::Eof => return Err(XmlError::Malformed(format!("`<{}>` has no end", path.join("/")))),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

/// Where an `&` stands that is not the beginning of `&name;` or `&#1;`.
fn bare_ampersand(text: &str) -> Option<usize> {
    text.match_indices('&').map(|(at, _)| at).find(|at| {
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(rest.len());
        end == 0 || !rest[end..].starts_with(';')
    })
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(xml: &str) -> String {
        let show = |Element { within, name, text, line }: &Element| format!("{line} {within} {name}={text:?}");
        match read(xml.as_bytes()) {
            Ok(elements) => elements.iter().map(show).collect::<Vec<_>>().join("\n"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn elements_are_read_with_their_places() {
        insta::assert_snapshot!(said("\u{feff}<?xml version=\"1.0\"?>\n<a>\n <b>x &amp; &#233;</b>\n <c/><d>\n<e><![CDATA[<]]></e></d>\n</a>\n"), @r#"
        3 a b="x & é"
        4 a c=""
        5 a/d e="<"
        "#);
        assert_eq!(said("<a>R&D tools; x</a>"), "the `&` on line 1 stands for nothing");
        assert_eq!(said("<a>\n\nR& D</a>"), "the `&` on line 3 stands for nothing");
        assert_eq!(said("<a>&nbsp;</a>"), "`&nbsp;` is unknown");
        assert_eq!(said("<a><b>"), "`<a/b>` has no end");
        assert_eq!(said(&"<a>".repeat(99)), "elements are nested deeper than 16 levels");
        assert_eq!(read(b"<a>Caf\xe9</a>"), Err(XmlError::NotUtf8(6)));
    }
}
