//! A box as a package finds it, as plain data: what is on it before, and what its firmware does itself with one package.
//!
//! A vendor's [`firmware`](super::Vendor::firmware) makes it from an opened package and does no I/O. Together with the vendor's
//! [`Lifecycle`] it is all that a simulation needs to play the vendor's package centre.

use std::collections::BTreeMap;

use super::{Opened, userland};
use crate::archive::{EntryKind, Tree};
use crate::diagnostic::{Diagnostic, Result};
use crate::hooks::lifecycle::{Act, Arg, Call, Condition, Lifecycle, Moment, Value, What, Whose};
use crate::model::Protocol;

/// A box of one generation of a vendor's firmware, seen by one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firmware {
    /// What it runs when.
    pub lifecycle: &'static Lifecycle,
    /// The shell and programs that scripts find on it.
    pub userland: &'static Userland,
    /// The oldest kernel among the devices that take the package, where known: `3.10.108`.
    pub kernel: Option<&'static str>,
    /// The accounts that are on the box when the package's scripts run, its own among them where it has one.
    pub accounts: Vec<Account>,
    /// What is on the box before any package. Whatever of it lies in a volatile folder is remade at each boot.
    pub skeleton: Vec<Work>,
    /// The folders whose content a boot does not keep.
    pub volatile: &'static [&'static str],
    /// Where everything of the package is.
    pub places: Places,
    /// The account that runs the package's scripts.
    pub user: String,
    /// Those calls that another account makes, by [action](Call::action).
    pub users: BTreeMap<String, String>,
    /// What the firmware does before it runs the first script of a new package, in an upgrade too.
    pub prepare: Vec<Work>,
    /// What [`Act::Upload`] does.
    pub upload: Vec<Work>,
    /// What [`Act::Unpack`] does.
    pub unpack: Vec<Work>,
    /// What [`Act::Remove`] does.
    pub remove: Vec<Work>,
    /// What is done after an uninstallation's last script.
    pub forget: Vec<Work>,
    /// What is done before each start: links into the system and the like.
    pub switch_on: Vec<Work>,
    /// What is done after each stop.
    pub switch_off: Vec<Work>,
    /// What the firmware's variables hold for this package, but for what changes from call to call: its status and the version that is
    /// replaced.
    pub values: BTreeMap<Value, String>,
    /// What else is in the environment of its scripts: the answers of a wizard, as they are preset, by the moment at which it is shown.
    pub answers: BTreeMap<What, Vec<(String, String)>>,
    /// Wizards that a script of the package writes.
    pub wizards: Vec<WizardScript>,
    /// Where the app's page is, if the package says.
    pub page: Option<Page>,
    /// Whether the package asks to be started at once.
    pub starts_at_once: bool,
    /// Whether it has something that users start and stop. Starts and stops of others are not played, though DSM calls their scripts
    /// too.
    pub startable: bool,
    /// Whether it asks for calls before each start and stop: [`Condition::ChecksFirst`].
    pub checks_first: bool,
    /// What of this vendor's firmware is not played, each as a sentence without its full stop.
    pub not_modelled: Vec<&'static str>,
}

/// A script that writes what a wizard shows to the file for messages; [`Vendor::answers`](super::Vendor::answers) reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WizardScript {
    /// When it is shown.
    pub what: What,
    /// The call that the firmware makes before all others then.
    pub call: Call,
    /// The folder that the script is in then.
    pub folder: String,
}

/// An account of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's name.
    pub user: String,
    /// Its number. Root's is 0.
    pub uid: u32,
    /// The name of its group.
    pub group: String,
    /// The group's number.
    pub gid: u32,
    /// The names of other groups that the user is in. They are made if no account has them as its own.
    pub groups: Vec<String>,
    /// The user's home.
    pub home: String,
}

/// Where everything of a package is on a box. Every path is absolute and without a slash at its end.
///
/// The first ones are as the vendor writes them, and may lead over links: `/usr/local/AppCentral` is one. Those of the lists `own`,
/// `kept`, `shared` and `lasting` are where things really are, and stand for everything below them too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The app's folder: `/usr/local/AppCentral/NAME`.
    pub app_dir: String,
    /// The folder that holds all apps.
    pub apps_dir: String,
    /// Where the new package's scripts are before its files are in place.
    pub new_scripts: String,
    /// Where the installed package's scripts are.
    pub scripts: String,
    /// The folder that the uploaded package was unpacked to, where the vendor has one.
    pub upload_dir: String,
    /// The file whose content the vendor shows to the user; empty where there is none.
    pub message_file: String,
    /// What belongs to the package: it may write there whatever it likes.
    pub own: Vec<String>,
    /// What of that an uninstallation may leave, because the vendor keeps it for a later installation.
    pub kept: Vec<String>,
    /// What is not its own but where packages of this vendor put things: links in `/usr/local/bin`, pid files in `/var/run`. An
    /// uninstallation must leave nothing there.
    pub shared: Vec<String>,
    /// Where markers of a user's data are laid to see whether they stay, for packages whose daemon does not say where its data is. Each
    /// outlives an upgrade by the vendor's promise. Those that are not there need no marker.
    pub lasting: Vec<String>,
}

/// Work of the firmware itself, done as root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Makes a folder with its parents, unless it is there.
    Folder {
        /// Where.
        path: String,
        /// Its permission bits.
        mode: u32,
        /// The name of the account that it belongs to; its group is that account's.
        owner: String,
    },
    /// Makes a symbolic link, in the place of one that is there.
    Link {
        /// Where.
        path: String,
        /// What it points to.
        target: String,
    },
    /// Writes a file that root owns.
    Write {
        /// Where.
        path: String,
        /// What is in it.
        content: Vec<u8>,
        /// Its permission bits.
        mode: u32,
    },
    /// Lays files of the package out below a folder, which is made if it is not there.
    Unpack {
        /// The files, with their modes.
        tree: Tree,
        /// Where.
        to: String,
        /// The account that they belong to.
        owner: String,
    },
    /// Gives what is there to an account, with everything in it. Links themselves change hands, not what they point to.
    Give {
        /// What.
        path: String,
        /// The account's name.
        owner: String,
    },
    /// Removes a file, link or folder with everything in it, if it is there.
    Remove {
        /// Which.
        path: String,
    },
    /// Removes what is in a folder, if it is there, but for some of it.
    Clear {
        /// Which folder.
        path: String,
        /// The names of what stays in it.
        but: &'static [&'static str],
    },
}

/// Where an app's page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How it is asked for.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
    /// The path, beginning with a slash.
    pub path: String,
}

/// The shell and programs that scripts find on a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Userland {
    /// What it is, for people: `BusyBox 1.31.1, ADM 4`.
    pub title: &'static str,
    /// Which programs of BusyBox there are.
    pub applets: Applets,
    /// Those of them that there are not, by what is known of devices.
    pub lacks: &'static [&'static str],
    /// The folders that scripts find programs in, as the firmware sets `PATH` for them.
    pub path: &'static str,
    /// Programs of the vendor's own, played by stand-ins that write down how they were called.
    pub programs: &'static [Program],
    /// Whether `/bin/sh` is bash, or bash is there beside it.
    pub bash: bool,
    /// Where all this is known from.
    pub source: &'static str,
}

/// Which of BusyBox's programs a box has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applets {
    /// These alone, by a listing of a device.
    Listed(&'static [&'static str]),
    /// At most those that BusyBox had in this version: `(1, 19)`. No listing of a device was found.
    Until(u32, u32),
}

/// A stand-in for a program of the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Where it is.
    pub path: &'static str,
    /// What it does beside writing its call down: lines of POSIX shell. Empty if it just succeeds.
    pub body: &'static str,
}

impl Firmware {
    /// A box with nothing but root on it.
    pub(super) fn bare(lifecycle: &'static Lifecycle, userland: &'static Userland, opened: &Opened) -> Self {
        Self {
            lifecycle,
            userland,
            kernel: oldest_kernel(opened),
            accounts: vec![Account::root()],
            skeleton: Vec::new(),
            volatile: &[],
            places: Places::default(),
            user: "root".to_owned(),
            users: BTreeMap::new(),
            prepare: Vec::new(),
            upload: Vec::new(),
            unpack: Vec::new(),
            remove: Vec::new(),
            forget: Vec::new(),
            switch_on: Vec::new(),
            switch_off: Vec::new(),
            values: BTreeMap::new(),
            answers: BTreeMap::new(),
            wizards: Vec::new(),
            page: None,
            starts_at_once: true,
            startable: true,
            checks_first: false,
            not_modelled: Vec::new(),
        }
    }

    /// The folder in which the script of a moment's act with that index is: a new package's scripts are where it was unpacked first,
    /// until its files are in place. For WD that is when its install.sh has moved them, as the first call after the upload.
    pub fn folder(&self, moment: &Moment, index: usize) -> &str {
        let Some(Act::Call(Call { from: Whose::New, .. })) = moment.acts.get(index) else {
            return &self.places.scripts;
        };
        let before = &moment.acts[..index];
        let uploaded = before.iter().position(|act| *act == Act::Upload);
        let in_place = before.contains(&Act::Unpack) || uploaded.is_some_and(|at| at + 1 < index);
        if in_place { &self.places.scripts } else { &self.places.new_scripts }
    }

    /// The account that makes a call.
    pub fn user(&self, call: &Call) -> &str {
        self.users.get(call.action()).unwrap_or(&self.user)
    }

    /// The moment whose wizard is shown at one: that for upgrades wherever there is an installed version.
    pub fn asked_at(what: What) -> What {
        if what == What::Reinstall { What::Upgrade } else { what }
    }

    /// Whether a call is made, in a box where the app is switched on or not.
    pub fn makes(&self, call: &Call, switched_on: bool) -> bool {
        match call.only {
            None => true,
            Some(Condition::SwitchedOn) => switched_on,
            Some(Condition::StartsAtOnce) => self.starts_at_once,
            Some(Condition::ChecksFirst) => self.checks_first,
        }
    }

    /// What the firmware passes for an argument of a table's call.
    pub fn argument<'a>(&'a self, arg: &'a Arg) -> &'a str {
        match arg {
            Arg::Word(word) => word,
            Arg::AppDir => &self.places.app_dir,
            Arg::UploadDir => &self.places.upload_dir,
            Arg::AppsDir => &self.places.apps_dir,
        }
    }

    /// The account of that name.
    pub fn account(&self, user: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.user == user)
    }
}

/// The oldest kernel among the devices that a package is for.
pub(super) fn oldest_kernel(opened: &Opened) -> Option<&'static str> {
    let numbers = |version: &str| -> Vec<u32> { version.split('.').map_while(|part| part.parse().ok()).collect() };
    opened.known_devices().into_iter().filter_map(|device| device.kernel).min_by_key(|kernel| numbers(kernel))
}

/// The package's name, which is that of a folder on the box.
pub(super) fn package(opened: &Opened) -> Result<String> {
    let name = opened.package.as_deref().unwrap_or_default();
    let is_folder = !matches!(name, "" | "." | "..") && !name.contains(|c: char| c == '/' || c.is_control());
    if is_folder {
        return Ok(name.to_owned());
    }
    let message = match name {
        "" => "the package does not say what it is called".to_owned(),
        name => format!("`{}` cannot be a package's name", name.escape_debug()),
    };
    let help = "a box keeps it in a folder of that name: see what `cargo nas verify` finds";
    Err(Diagnostic::error(message).in_file(&opened.path).help(help).into())
}

impl Work {
    pub(super) fn folder(path: impl Into<String>, mode: u32, owner: &str) -> Self {
        Self::Folder { path: path.into(), mode, owner: owner.to_owned() }
    }

    pub(super) fn link(path: impl Into<String>, target: impl Into<String>) -> Self {
        Self::Link { path: path.into(), target: target.into() }
    }

    pub(super) fn remove(path: impl Into<String>) -> Self {
        Self::Remove { path: path.into() }
    }

    pub(super) fn unpack(tree: Tree, to: impl Into<String>, owner: &str) -> Self {
        Self::Unpack { tree, to: to.into(), owner: owner.to_owned() }
    }
}

impl Userland {
    /// Which of some programs of BusyBox the box has.
    pub fn applets<'a>(&self, of: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        of.into_iter().filter(|applet| self.has(applet)).collect()
    }

    /// Whether the box has a program of BusyBox, or may have it where no listing is known.
    pub fn has(&self, applet: &str) -> bool {
        let brought = match self.applets {
            Applets::Listed(listed) => listed.contains(&applet),
            Applets::Until(major, minor) => userland::since(applet).is_none_or(|since| since <= (major, minor)),
        };
        brought && !self.lacks.contains(&applet)
    }
}

impl Account {
    /// An account whose group is called like it or otherwise.
    pub(super) fn new(user: &str, uid: u32, group: &str, gid: u32, home: &str) -> Self {
        Self { user: user.to_owned(), uid, group: group.to_owned(), gid, groups: Vec::new(), home: home.to_owned() }
    }

    /// Root, which every box has.
    pub fn root() -> Self {
        Self {
            user: "root".to_owned(),
            uid: 0,
            group: "root".to_owned(),
            gid: 0,
            groups: Vec::new(),
            home: "/root".to_owned(),
        }
    }
}

/// Whether a file is a script by its name.
pub(super) fn is_script(path: &str) -> bool {
    path.as_bytes().ends_with(b".sh")
}

/// A tree in which the files that are meant can be run.
pub(super) fn executable(mut tree: Tree, is_meant: impl Fn(&str) -> bool) -> Tree {
    for (path, entry) in tree.iter_mut() {
        if matches!(entry.kind, EntryKind::File(_)) && is_meant(path.as_str()) {
            entry.mode |= 0o111;
        }
    }
    tree
}

#[cfg(test)]
#[path = "firmware_tests.rs"]
mod tests;
