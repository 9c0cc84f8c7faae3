//! The settings file: read with patience, never written.
//!
//! It belongs to the user. A single wrong value costs only that value; a file that is no TOML at all is reported and
//! left as it is.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// What the user can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The page's title.
    pub title: String,
    /// The line below it.
    pub greeting: String,
    /// The address to listen on.
    pub listen: IpAddr,
    /// The port to listen on where the NAS does not give one; 0 takes any free port.
    pub port: u16,
    /// How many visits are kept, at least 1.
    pub keep_visits: u32,
    /// The folder that reports are written to, if any; absolute.
    pub reports: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            title: "Beacon".to_owned(),
            greeting: "The light is on.".to_owned(),
            listen: Ipv4Addr::UNSPECIFIED.into(),
            port: 8137,
            keep_visits: 1000,
            reports: None,
        }
    }
}

impl Settings {
    /// Reads a file: the settings and what was wrong with single values, or why the file as a whole is of no use.
    pub fn read(path: &Path) -> Result<(Self, Vec<String>), String> {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        Self::parse(&text).map_err(|reason| format!("`{}` is damaged: {reason}", path.display()))
    }

    fn parse(text: &str) -> Result<(Self, Vec<String>), String> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.as_bytes().get(..span.start)).unwrap_or_default();
            let line = before.split(|&byte| byte == b'\n').count();
            format!("line {line}: {}", error.message().replace('\n', ", "))
        })?;
        let mut settings = Self::default();
        let problems = table.iter().filter_map(|(key, value)| settings.set(key, value).err()).collect();
        Ok((settings, problems))
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let expected = |what: &str| format!("`{key}` must be {what}; the default is used");
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| expected("text in quotes"));
        match key {
            "title" => self.title = text()?,
            "greeting" => self.greeting = text()?,
            "listen" => {
                self.listen = value
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| expected("an IP address in quotes, such as \"0.0.0.0\""))?;
            }
            "port" => {
                self.port = integer(value).ok_or_else(|| expected("a number from 0 to 65535"))?;
            }
            "keep-visits" => {
                self.keep_visits =
                    integer(value).filter(|&keep| keep > 0).ok_or_else(|| expected("a number from 1 on"))?;
            }
            "reports" => {
                let folder = PathBuf::from(text()?);
                if folder.is_relative() && folder != Path::new("") {
                    return Err(expected("a path that begins with /"));
                }
                self.reports = folder.is_absolute().then_some(folder);
            }
            _ => return Err(format!("`{key}` is not a setting of this version; it is ignored")),
        }
        Ok(())
    }
}

fn integer<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    value.as_integer().and_then(|number| number.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_says_what_the_program_does_without_it() {
        let shipped = include_str!("../assets/beacon.toml");
        assert_eq!(Settings::parse(shipped), Ok((Settings::default(), Vec::new())));
    }

    #[test]
    fn a_file_from_a_windows_editor_is_read() {
        let (settings, problems) = Settings::parse("\u{feff}title = \"Attic\"\r\nport = 80\r\n").unwrap();
        assert_eq!((settings.title.as_str(), settings.port), ("Attic", 80));
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn a_wrong_value_costs_only_itself() {
        let text = "title = 7\nlisten = \"nas\"\nport = 70000\nkeep-visits = 0\nreports = \"here\"\ncolour = \"red\"\ngreeting = \"Hi\"\n";
        let (settings, problems) = Settings::parse(text).unwrap();
        assert_eq!(settings, Settings { greeting: "Hi".to_owned(), ..Settings::default() });
        assert_eq!(problems.len(), 6, "{problems:#?}");
        assert!(problems.contains(&"`colour` is not a setting of this version; it is ignored".to_owned()));
        assert!(problems.contains(&"`port` must be a number from 0 to 65535; the default is used".to_owned()));
    }

    #[test]
    fn a_damaged_file_names_its_line() {
        let error = Settings::parse("title = \"Attic\"\nport = = 1\n").unwrap_err();
        assert!(error.starts_with("line 2: "), "{error}");
        assert!(!error.contains('\n'));
    }

    #[test]
    fn a_file_that_was_cut_off_or_garbled_anywhere_is_survived() {
        let text = "\u{feff}title = \"Zählwerk\" # grüße\ngreeting = '''\nö'''\nport = 80\nlisten = \"::\"\n";
        for (at, _) in text.char_indices() {
            let (before, after) = text.split_at(at);
            let garbled = format!("{before}\u{1F4A1}\0={after}");
            for damaged in [before, after, &garbled] {
                if let Err(reason) = Settings::parse(damaged) {
                    assert!(reason.starts_with("line "), "{reason}");
                }
            }
        }
    }
}
