//! The procedural macros of nas-pack, which re-exports them under its feature `macros`: use them from there.

mod hooks;
mod wizard;
mod words;

/// Steps that run at events of a package's life on the device, checked when they are compiled.
///
/// The result is a `nas_pack::dsl::Hooks`, to be given to `App::hooks`:
///
/// ```
/// use nas_pack::dsl::App;
///
/// let app = App::amend().hooks(nas_pack::hooks! {
///     post_install => {
///         mkdir "{data_dir}/reports", mode = 0o750;
///         install_if_missing "{app_dir}/share/beacon.toml" => "{config_dir}/beacon.toml", mode = 0o640;
///         chown "{data_dir}" => "{user}:{group}", recursive;
///         run "{app_dir}/bin/beacon" "migrate" "--db={data_dir}/visits.db";
///     }
///     pre_upgrade => {
///         backup "{config_dir}/beacon.toml";
///     }
/// });
/// assert!(app.layer().find("hooks.post-install").is_some());
/// ```
///
/// # Steps
///
/// | step | what it does | options |
/// |---|---|---|
/// | `mkdir FOLDER` | makes a folder and its parents | `mode` |
/// | `install_if_missing FILE => PLACE` | copies a file unless one is there | `mode` |
/// | `chown PATH => USER:GROUP` | gives a file or folder to a user | `recursive` |
/// | `symlink TARGET => LINK` | makes a symbolic link | |
/// | `backup PATH` | keeps a copy beside the original | |
/// | `run PROGRAM ARGUMENT…` | runs a program without a shell | |
/// | `sh SCRIPT` | puts lines of POSIX shell into the script | |
///
/// A step ends with `;`, its options follow it after commas. `mode` is an octal number of at most `0o7777`.
///
/// # Events
///
/// `pre_install`, `post_install`, `pre_upgrade`, `post_upgrade`, `pre_uninstall`, `post_uninstall`, `pre_start`,
/// `post_start`, `pre_stop`, `post_stop`, `boot`, `pre_snapshot_restore` and `post_snapshot_restore`, as
/// `nas_pack::hooks::Event` describes them. Each can stand once.
///
/// # Operands
///
/// An operand is a string literal in which `{data_dir}` and the other variables of `nas_pack::hooks::Var` are filled in on
/// the device; `{{` and `}}` are braces. In the script of `sh` braces mean nothing: there the variables are `"$NAS_DATA_DIR"`
/// and the like.
///
/// Where the text has to be computed, a Rust expression in parentheses takes the literal's place, for `mode` as well. It can
/// be anything that becomes a `String` (a `u32` for `mode`), and is checked when the package is made:
///
/// ```
/// let reports = format!("{{data_dir}}/{}", "reports");
/// let hooks = nas_pack::hooks! {
///     post_install => { mkdir (&reports), mode = (0o700 | 0o050); }
/// };
/// # use nas_pack::dsl::Hooks;
/// # assert_ne!(hooks, Hooks::new());
/// ```
///
/// # Errors
///
/// An unknown event, step, option or variable, a malformed text, a mode that is not octal, a missing operand and an event
/// that stands twice are compile errors where they were written, all in one compile:
///
/// ```compile_fail
/// nas_pack::hooks! {
///     post_install => { mkdir "{dta_dir}/reports"; } // unknown variable `{dta_dir}`, did you mean `{data_dir}`?
/// };
/// ```
#[proc_macro]
pub fn hooks(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    hooks::hooks(input).into()
}

/// Settings that users choose: a struct whose fields are the questions, and the daemon's reader of the answers.
///
/// The struct is shared by the build script, which describes the app, and the daemon, which reads the file:
///
/// ```
/// use nas_pack::Wizard;
///
/// /// Beacon
/// #[derive(Debug, Wizard)]
/// #[wizard(file = "beacon.toml")]
/// pub struct Settings {
///     /// Title of the page.
///     ///
///     /// Shown in the browser's tab as well.
///     #[wizard(default = "Beacon", length = 1..=40, de(label = "Titel", help = "Steht auch im Reiter des Browsers."))]
///     pub title: String,
///     /// Visits to keep
///     #[wizard(default = 1000, range = 1..=100_000)]
///     pub keep_visits: u32,
///     /// Theme
///     #[wizard(page = "Look")]
///     pub theme: Theme,
///     /// Password for the log, if it should have one
///     #[wizard(page = "Access", secret, length = 8..=64)]
///     pub password: Option<String>,
/// }
///
/// #[derive(Clone, Copy, Debug, PartialEq, Wizard)]
/// pub enum Theme {
///     /// As the browser has it
///     #[default]
///     Auto,
///     #[wizard(de = "Hell")]
///     Light,
///     #[wizard(de = "Dunkel")]
///     Dark,
/// }
///
/// // In build.rs: the wizard of every vendor that has one, and the file.
/// use nas_pack::dsl;
/// let app = dsl::App::amend().settings(dsl::Settings::of::<Settings>());
/// assert!(app.layer().find("settings.pages").is_some());
///
/// // In the daemon, where `Settings::load(&nas)` finds the file by itself.
/// let loaded = Settings::parse("title = \"Lighthouse\"\nkeep_visits = 0\ntheme = \"dark\"\n");
/// assert_eq!(loaded.value.title, "Lighthouse");
/// assert_eq!(loaded.value.theme, Theme::Dark);
/// assert_eq!(
///     loaded.problems[0].to_string(),
///     "beacon.toml:2: `keep_visits` is 0, expected a whole number from 1 to 100000; 1000 is used"
/// );
/// ```
///
/// # Types
///
/// | type | question | default |
/// |---|---|---|
/// | `bool` | a checkbox | `false`, or `default = true` |
/// | any integer | a number, within what the type can hold | `default = 8137` |
/// | `String` | a line of text of at most 255 characters | `default = "Beacon"` |
/// | an enum without fields that derives `Wizard` | a group of radio buttons | the variant with `#[default]`, or `default = Theme::Dark` |
/// | `Option` of a number, a text or an enum | the same, and may have no answer | `None` |
///
/// Every question has a default but those in an `Option`, for most NAS systems ask nothing at installation. `usize` and `isize`
/// count as 32 bits, which they are on some. The macro knows types by their names and sees no further: an alias of `u16` is no number.
///
/// # Attributes
///
/// On the struct:
///
/// | attribute | meaning | without it |
/// |---|---|---|
/// | `file = "beacon.toml"` | the file's name, in the folder for settings | `settings.toml` |
/// | `mode = 0o640` | its permission bits | `0o600` if something is secret, otherwise `0o640` |
/// | `title = "Beacon"` | the first page's title | the doc comment's first paragraph |
///
/// On a field:
///
/// | attribute | meaning | without it |
/// |---|---|---|
/// | `default = …` | what it is without an answer | see the types |
/// | `range = 1..=100` | the least and the greatest number; an open end is the type's | the type's |
/// | `length = 1..=40` | the least and the greatest number of characters, up to 4096 | `0..=255` |
/// | `pattern = "[a-z]+"` | what the whole text must match, see `nas_pack::settings::Pattern` | |
/// | `secret` | a password: hidden while it is typed, in no message, and without a default | |
/// | `label = "Title"` | what people read beside it | the doc comment's first paragraph, or the name |
/// | `help = "…"` | more about it | the rest of the doc comment |
/// | `page = "Look"` | a new page with this title begins here | |
/// | `rename = "title"` | the name in the file | the field's name |
///
/// On a variant: `label` and `rename`; without `rename` the value in the file is the variant's name in `snake_case`. `#[default]` marks the
/// default.
///
/// On all of them a language's tag with `_` for the hyphen, such as `de` or `pt_BR`, has the words in that language:
/// `de(label = "…", help = "…", page = "…")` on a field, `de(title = "…")` on the struct, `de(label = "…")` on a variant. `de = "…"` is
/// short for the label or the title alone.
///
/// A label's doc comment loses its full stop.
///
/// # Errors
///
/// Everything that can be known is told by the compiler where it was written, all in one compile: unknown attributes and languages, with
/// the nearest that there is; a default that could not be answered; a pattern that is none; a field without a default; names that
/// cannot be in the file.
///
/// ```compile_fail
/// /// Beacon
/// #[derive(nas_pack::Wizard)]
/// struct Settings {
///     #[wizard(default = 0, range = 1..=100)] // the default is not from 1 to 100
///     retries: u8,
/// }
/// ```
#[proc_macro_derive(Wizard, attributes(wizard, default))]
pub fn wizard(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    wizard::derive(input).into()
}
