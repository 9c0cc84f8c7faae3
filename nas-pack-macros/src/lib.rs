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

/// WIZARDDOC
#[proc_macro_derive(Wizard, attributes(wizard, default))]
pub fn wizard(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    wizard::derive(input).into()
}
