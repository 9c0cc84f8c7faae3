//! What a user has put into an app, and whether it is still there.

use std::collections::BTreeMap;

use super::centre::Centre;
use super::look::Process;
use crate::diagnostic::Result;
use crate::hooks::shell_quote;

/// The name of a marker. It stands for any file of a user's.
const MARKER: &str = "simulated-file-of-a-user.txt";
/// The largest settings file that is changed and compared, in bytes.
const SETTINGS: u64 = 256 << 10;

/// Markers and settings by their paths, with what they held when they were laid out or changed.
#[derive(Clone, Debug, Default)]
pub(super) struct UserData {
    markers: BTreeMap<String, String>,
    settings: BTreeMap<String, Settings>,
}

#[derive(Clone, Debug)]
struct Settings {
    /// The checksum of what the app had made.
    made: String,
    /// That of what a user made of it.
    edited: String,
}

impl UserData {
    /// Lays a marker into each folder that the daemon says is for data or settings, or else into those that the vendor keeps, and edits
    /// the settings files that are there as a user would: with a blank line at the end.
    pub(super) fn lay_out(centre: &mut Centre<'_>, processes: &[Process], lasting: &[String]) -> Result<Self> {
        let told = |name: &str| processes.iter().find_map(|process| process.told.get(name)).cloned();
        let mut folders: Vec<String> = ["NAS_DATA_DIR", "NAS_CONFIG_DIR"].into_iter().filter_map(told).collect();
        if folders.is_empty() {
            folders = lasting.to_vec();
        }
        let mut data = Self::default();
        for folder in folders {
            let path = format!("{folder}/{MARKER}");
            let quoted = (shell_quote(&folder), shell_quote(&path));
            let content = format!("kept in {folder}");
            // It belongs to whom the folder belongs to.
            let end = centre.look(&format!(
                "[ -d {0}/. ] || exit 1\necho {2} >{1} && chown \"$(stat -L -c %u:%g {0})\" {1} 2>/dev/null\n:",
                quoted.0,
                quoted.1,
                shell_quote(&content)
            ))?;
            if end.code == 0 {
                data.markers.insert(path, content);
            }
        }
        if let Some(folder) = told("NAS_CONFIG_DIR") {
            let end = centre.look(&format!(
                "find {}/. -type f -size -{}k ! -name {MARKER} 2>/dev/null | while read -r file; do\n\
                 made=$(sha256sum <\"$file\") && echo >>\"$file\" && echo \"${{made%% *}} $(sha256sum <\"$file\" | cut -c 1-64) $file\"\n\
                 done",
                shell_quote(&folder),
                SETTINGS / 1024
            ))?;
            for line in end.output.lines() {
                if let [made, edited, path] = *line.splitn(3, ' ').collect::<Vec<_>>() {
                    let settings = Settings { made: made.to_owned(), edited: edited.to_owned() };
                    data.settings.insert(path.replace("/./", "/"), settings);
                }
            }
        }
        Ok(data)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.markers.is_empty() && self.settings.is_empty()
    }

    /// What it is, in a few words.
    pub(super) fn describe(&self) -> String {
        let settings = match self.settings.len() {
            0 => String::new(),
            1 => " and 1 settings file".to_owned(),
            many => format!(" and {many} settings files"),
        };
        let folders: Vec<_> =
            self.markers.keys().filter_map(|path| path.rsplit_once('/')).map(|(folder, _)| folder).collect();
        format!("{}{settings}", folders.join(", "))
    }

    /// What of it is gone or set back, each as a sentence without its full stop.
    pub(super) fn missing(&self, centre: &mut Centre<'_>) -> Result<Vec<String>> {
        let mut script = String::new();
        for path in self.markers.keys() {
            script += &format!("cat {} 2>/dev/null || echo\n", shell_quote(path));
        }
        for path in self.settings.keys() {
            script += &format!("{{ sha256sum <{}; }} 2>/dev/null || echo\n", shell_quote(path));
        }
        let end = centre.look(&script)?;
        let mut lines = end.output.lines();
        let mut missing = Vec::new();
        for (path, content) in &self.markers {
            match lines.next().unwrap_or_default() {
                "" => missing.push(format!("`{path}` is gone")),
                found if found == content => {}
                _ => missing.push(format!("`{path}` was changed")),
            }
        }
        for (path, settings) in &self.settings {
            let sum = lines.next().unwrap_or_default().get(..64).unwrap_or_default();
            if sum.is_empty() {
                missing.push(format!("the settings `{path}` are gone"));
            } else if sum == settings.made && sum != settings.edited {
                missing.push(format!("the settings `{path}` are what they were before the user changed them"));
            }
        }
        Ok(missing)
    }

    /// Whether any marker is somewhere below these folders.
    pub(super) fn waits_in(centre: &mut Centre<'_>, folders: &[String]) -> Result<bool> {
        let quoted: Vec<_> = folders.iter().map(|folder| shell_quote(folder)).collect();
        if quoted.is_empty() {
            return Ok(false);
        }
        let end = centre.look(&format!("find {} -name {MARKER} 2>/dev/null", quoted.join(" ")))?;
        Ok(!end.output.trim().is_empty())
    }
}
