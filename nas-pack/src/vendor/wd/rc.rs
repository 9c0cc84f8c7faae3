//! `apkg.rc`: an app's metadata as WD's packer reads it, one `Key: value` a line.
//!
//! Nothing on the device needs the file, but community scripts read it there. The reader here is as literal as the
//! packer's, which looks for its key words anywhere in a line: what our writer makes must survive it.

use std::collections::BTreeMap;
use std::fmt;

/// A key of `apkg.rc`, in the order in which the packer looks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The package's identity.
    Package,
    /// Its version.
    Version,
    /// Who packaged it.
    Packager,
    /// The packager's address. It must stand behind `Packager`, whose reading erases it.
    Email,
    /// The project's page.
    Homepage,
    /// The name shown to people.
    AddonShowName,
    /// The page that `Configure` opens, below the app's web folder.
    AddonIndexPage,
    /// The port of that page, if the firmware's own web server does not serve it.
    AddonUsedPort,
    /// Packages without which it cannot be installed, with commas.
    InstDepend,
    /// Packages beside which it cannot be installed.
    InstConflict,
    /// Packages without which it cannot be enabled.
    StartDepend,
    /// Packages beside which it cannot be enabled.
    StartConflict,
    /// What it is.
    Description,
    /// The picture, below the app's web folder.
    Icon,
    /// 0: the page opens in a tab of its own; 1: inside the dashboard.
    CenterType,
    /// 0: everybody sees the app; 1: administrators only.
    UserControl,
    /// 0: the dashboard shows its notice about third parties; 1: it does not.
    IndividualFlag,
    /// The oldest firmware, or nothing.
    MinFWVer,
    /// The newest firmware, or nothing.
    MaxFWVer,
    /// `on` hides the app from users.
    Hidden,
}

/// What a key can hold, in bytes.
struct Limits {
    word: &'static str,
    /// What WD documents, or else what leaves the packer's field a terminator.
    documented: usize,
    /// The packer's field. A value that fills it runs into the next one.
    field: usize,
    /// What the packer copies into it.
    copied: usize,
}

const fn limits(word: &'static str, documented: usize, field: usize) -> Limits {
    Limits { word, documented, field, copied: field }
}

// In the order of `Key`.
const LIMITS: [Limits; 20] = [
    limits("Package:", 64, 68),
    limits("Version:", 32, 36),
    Limits { copied: 68, ..limits("Packager:", 32, 36) },
    limits("Email:", 64, 68),
    limits("Homepage:", 64, 68),
    limits("AddonShowName:", 64, 68),
    limits("AddonIndexPage:", 64, 68),
    limits("AddonUsedPort:", 16, 20),
    limits("InstDepend:", 128, 132),
    limits("InstConflict:", 128, 132),
    limits("StartDepend:", 128, 132),
    limits("StartConflict:", 128, 132),
    limits("Description:", 256, 260),
    limits("Icon:", 256, 260),
    limits("CenterType:", 11, 12),
    limits("UserControl:", 11, 12),
    limits("IndividualFlag:", 11, 12),
    limits("MinFWVer:", 32, 36),
    limits("MaxFWVer:", 32, 36),
    limits("Hidden:", 32, 36),
];

impl Key {
    /// Every key, in the packer's order.
    pub const ALL: [Self; 20] = [
        Self::Package,
        Self::Version,
        Self::Packager,
        Self::Email,
        Self::Homepage,
        Self::AddonShowName,
        Self::AddonIndexPage,
        Self::AddonUsedPort,
        Self::InstDepend,
        Self::InstConflict,
        Self::StartDepend,
        Self::StartConflict,
        Self::Description,
        Self::Icon,
        Self::CenterType,
        Self::UserControl,
        Self::IndividualFlag,
        Self::MinFWVer,
        Self::MaxFWVer,
        Self::Hidden,
    ];

    /// Those that the packer does not take empty.
    pub const REQUIRED: [Self; 4] = [Self::Package, Self::Version, Self::Packager, Self::AddonShowName];

    /// The word that a line begins with, colon included.
    pub const fn word(self) -> &'static str {
        LIMITS[self as usize].word
    }

    /// The word without its colon, as messages name the key.
    pub fn name(self) -> &'static str {
        self.word().trim_end_matches(':')
    }

    /// The longest value in bytes.
    pub const fn limit(self) -> usize {
        LIMITS[self as usize].documented
    }

    /// The longest value in bytes that does not run into the next field of the packer.
    pub const fn room(self) -> usize {
        LIMITS[self as usize].field - 1
    }

    /// The key whose field stands behind this one's in the packer's memory, as far as overlong values have shown.
    const fn behind(self) -> Option<Self> {
        match self {
            Self::Packager => Some(Self::Email),
            Self::Email => Some(Self::Homepage),
            Self::Homepage => Some(Self::Package),
            Self::Package => Some(Self::AddonShowName),
            Self::Description => Some(Self::Icon),
            // Version and Icon run into dates of the build, which no apkg.rc has.
            _ => None,
        }
    }
}

/// An app's metadata: what `apkg.rc` holds, and `apkg.xml` repeats. A key without a value is empty.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Metadata {
    values: BTreeMap<Key, String>,
}

/// Why the packer refuses an `apkg.rc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RcError {
    /// A line without a value, for a key that must have one.
    #[error("`{}` has no value", .0.word())]
    Empty(Key),
    /// The packer takes any bytes; we want text.
    #[error("the value of `{}` is not UTF-8", .0.word())]
    NotUtf8(Key),
}

impl Metadata {
    /// The value of a key.
    pub fn get(&self, key: Key) -> &str {
        self.values.get(&key).map_or("", String::as_str)
    }

    /// Sets a key.
    pub fn set(&mut self, key: Key, value: impl Into<String>) {
        match value.into() {
            value if value.is_empty() => self.values.remove(&key),
            value => self.values.insert(key, value),
        };
    }

    /// A number as the packer reads it: what its first 11 characters begin with, or 0.
    pub fn number(&self, key: Key) -> i64 {
        let text = self.get(key);
        let text = text.get(..11).unwrap_or(text).trim_start();
        let end = text.char_indices().find(|&(at, c)| !(c.is_ascii_digit() || at == 0 && matches!(c, '-' | '+')));
        text[..end.map_or(text.len(), |(at, _)| at)].parse().unwrap_or(0)
    }

    /// Reads the file as the packer does: unknown lines are ignored, the last of a key wins, and what is too long for its field runs
    /// into the next.
    pub fn read(rc: &[u8]) -> Result<Self, RcError> {
        let mut memory = Memory::default();
        for (_, line) in lines(rc) {
            let Some((key, value)) = read_line(line) else { continue };
            if value.is_empty() && Key::REQUIRED.contains(&key) {
                return Err(RcError::Empty(key));
            }
            memory.copy(key, value);
        }
        let mut metadata = Self::default();
        for key in Key::ALL {
            let value = String::from_utf8(memory.text(key)).map_err(|_| RcError::NotUtf8(key))?;
            metadata.set(key, value);
        }
        Ok(metadata)
    }
}

/// The packer's fields, into which it copies as C does.
#[derive(Default)]
struct Memory {
    fields: BTreeMap<Key, Vec<u8>>,
}

impl Memory {
    fn copy(&mut self, key: Key, value: &[u8]) {
        let Limits { field, copied, .. } = LIMITS[key as usize];
        // `strncpy`: cut, or padded with NULs.
        let mut bytes = value[..value.len().min(copied)].to_vec();
        bytes.resize(copied, 0);
        // Packager's copy is longer than its field and reaches into the one behind it, with its padding too.
        let over = bytes.split_off(field);
        self.fields.insert(key, bytes);
        if let Some(behind) = key.behind().filter(|_| !over.is_empty()) {
            let theirs = self.fields.entry(behind).or_insert_with(|| vec![0; LIMITS[behind as usize].field]);
            theirs[..over.len()].copy_from_slice(&over);
        }
    }

    /// Everything up to the first NUL, wherever that is.
    fn text(&self, key: Key) -> Vec<u8> {
        let Some(field) = self.fields.get(&key) else { return Vec::new() };
        match field.iter().position(|&byte| byte == 0) {
            Some(end) => field[..end].to_vec(),
            None => [field.clone(), key.behind().map(|behind| self.text(behind)).unwrap_or_default()].concat(),
        }
    }
}

/// The most bytes that the packer takes for a line.
pub const LINE: usize = 1023;

/// What the packer takes for lines, with their numbers from 1. The rest of one that is too long is another line.
pub fn lines(rc: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let numbered = (1..).zip(rc.split_inclusive(|&byte| byte == b'\n'));
    numbered.flat_map(|(number, line)| line.chunks(LINE).map(move |part| (number, part)))
}

/// What the packer makes of a line: the first of its key words that stands *anywhere* in it, and everything behind as
/// many bytes as the word has, counted from the beginning of the line.
pub fn read_line(line: &[u8]) -> Option<(Key, &[u8])> {
    // C's isspace and iscntrl.
    let blank = |byte: &u8| *byte <= b' ' || *byte == 0x7f;
    let line = &line[..line.iter().rposition(|byte| !blank(byte)).map_or(0, |at| at + 1)];
    let key =
        Key::ALL.into_iter().find(|key| line.windows(key.word().len()).any(|part| part == key.word().as_bytes()))?;
    let value = &line[key.word().len()..];
    Some((key, &value[value.iter().position(|byte| !blank(byte)).unwrap_or(value.len())..]))
}

impl fmt::Display for Metadata {
    /// The file, with the keys that have a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut given = self.values.iter().filter(|(_, value)| !value.is_empty());
        given.try_for_each(|(key, value)| writeln!(f, "{} {value}", key.word()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_tables_go_together() {
        for (index, key) in Key::ALL.into_iter().enumerate() {
            assert_eq!(key as usize, index);
            assert_eq!(key.word(), format!("{key:?}:"));
        }
    }

    #[test]
    fn the_packer_is_taken_at_its_word() {
        let line =
            |line: &'static str| read_line(line.as_bytes()).map(|(key, value)| (key, value.escape_ascii().to_string()));
        assert_eq!(line("Package:\t\thello \r\n"), Some((Key::Package, "hello".to_owned())));
        assert_eq!(line("  Package: hello"), Some((Key::Package, "e: hello".to_owned())));
        assert_eq!(line("MinFWVer : 5.0"), None);
        assert_eq!(line("package: hello"), None);
        assert_eq!(line("Description: a Version: 9"), Some((Key::Version, "ion: a Version: 9".to_owned())));
        assert_eq!(line("Email:"), Some((Key::Email, String::new())));
        assert_eq!(line(""), None);
    }

    #[test]
    fn numbers_are_read_as_c_does() {
        for (text, number) in [("1", 1), ("abc", 0), ("-3", -3), ("7x", 7), ("", 0), ("+", 0)] {
            let mut metadata = Metadata::default();
            metadata.set(Key::CenterType, text);
            assert_eq!(metadata.number(Key::CenterType), number, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            values in prop::collection::btree_map(0..20_usize, "[a-zäöü0-9<&.,]{1,3}( [a-z]{1,4})?", 0..20),
        ) {
            let mut metadata = Metadata::default();
            for (key, value) in values {
                metadata.set(Key::ALL[key], value);
            }
            prop_assert_eq!(Metadata::read(metadata.to_string().as_bytes()), Ok(metadata));
        }
    }
}
