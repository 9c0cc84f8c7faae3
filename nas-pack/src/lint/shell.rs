//! A real shell that reads a script without running it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::toolchain::Home;
use crate::toolchain::tools::{self, Tool};

/// How long a shell may take to read a script. It takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// A shell with which `/bin/sh` of the devices is asked whether it understands a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    program: PathBuf,
    applet: Option<&'static str>,
}

impl Shell {
    /// BusyBox's ash, which most devices have.
    pub fn busybox(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), applet: Some("ash") }
    }

    /// Another shell of POSIX, such as dash.
    pub fn posix(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), applet: None }
    }

    /// The best that this machine has: BusyBox from the folder of `cargo nas setup` or from PATH, else dash, else `sh`.
    pub fn find(home: &Home) -> Option<Self> {
        let posix = || ["dash", "sh"].into_iter().find_map(tools::on_path).map(Self::posix);
        tools::find(home, Tool::BusyBox).map(Self::busybox).or_else(posix)
    }

    /// What is verified with it, for the list of what ran.
    pub(super) fn check_name(&self) -> &'static str {
        match self.applet {
            Some(_) => "syntax of scripts, by BusyBox ash",
            None => "syntax of scripts, by a POSIX shell",
        }
    }

    /// What the shell has against a script, by line where it says that; `Ok(None)` if nothing.
    ///
    /// # Errors
    ///
    /// The shell cannot be asked.
    pub(super) fn objection(&self, script: &str) -> Result<Option<(Option<usize>, String)>, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let file = folder.path().join("script");
        fs::write(&file, script).map_err(|error| format!("no temporary file: {error}"))?;
        let (success, said) = self.ask(folder.path(), &file).map_err(|error| error.to_string())?;
        let Some(said) = said.filter(|_| !success) else { return Ok(None) };
        if said.contains("applet not found") {
            return Err("this BusyBox has no ash".to_owned());
        }
        let text = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it does not say why");
        // `PATH: line 3: syntax error: …` of BusyBox, `PATH: 3: Syntax error: …` of dash.
        let text = text.rsplit_once("script: ").map_or(text, |(_, text)| text);
        let numbered = text.split_once(": ").and_then(|(head, rest)| {
            let line = head.trim_start_matches("line ").parse().ok()?;
            Some((Some(line), rest.to_owned()))
        });
        Ok(Some(numbered.unwrap_or((None, text.to_owned()))))
    }

    /// Whether the shell is content, and what it says.
    fn ask(&self, folder: &Path, file: &Path) -> io::Result<(bool, Option<String>)> {
        let mut args: Vec<&std::ffi::OsStr> = self.applet.iter().map(std::ffi::OsStr::new).collect();
        args.extend(["-n".as_ref(), file.as_os_str()]);
        // `-n` runs nothing. Nothing of ours is in the environment either, and a file named by it could not be sourced.
        let handle = duct::cmd(self.program.as_os_str(), args)
            .dir(folder)
            .full_env(Vec::<(String, String)>::new())
            .stdin_null()
            .stdout_null()
            .stderr_capture()
            .unchecked()
            .start()?;
        let ended = handle
            .wait_timeout(PATIENCE)?
            .map(|output| (output.status.success(), Some(String::from_utf8_lossy(&output.stderr).into_owned())));
        match ended {
            Some(ended) => Ok(ended),
            None => {
                handle.kill()?;
                Err(io::Error::other(format!("it has not come to an end in {} seconds", PATIENCE.as_secs())))
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_and_not_run() {
        let dir = tempfile::tempdir().unwrap();
        let mark = dir.path().join("ran");
        let script = format!("echo >{}\nif true; then\n", mark.display());
        let home = Home::at(dir.path().join("home")).unwrap();
        let shell = Shell::find(&home).unwrap();
        assert_eq!(shell.objection("#!/bin/sh\nexit 0\n"), Ok(None));
        let (line, said) = shell.objection(&script).unwrap().unwrap();
        assert!(line.is_some() && said.to_lowercase().contains("syntax error"), "{line:?} {said}");
        assert!(!mark.exists());
        assert!(Shell::busybox("/no/such/program").objection("").is_err());
    }
}
