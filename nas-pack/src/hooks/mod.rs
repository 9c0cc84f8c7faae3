//! Lifecycle events and the steps that run at them.
//!
//! This part needs only std: build scripts write steps with it, and `hooks!` expands to it. Where packages are made,
//! [`lifecycle`] has what each firmware does with a package, and [`render()`] makes the scripts for it
//! from the [`templates`].

mod event;
mod step;
mod text;

#[cfg(feature = "pack")]
pub mod lifecycle;
#[cfg(feature = "pack")]
mod render;
#[cfg(test)]
#[cfg(all(feature = "pack", unix))]
mod settings_tests;
#[cfg(feature = "pack")]
pub mod templates;

pub use event::Event;
#[cfg(feature = "pack")]
pub use render::{HookRequest, Script, render};
#[cfg(feature = "pack")]
pub(crate) use render::{WizardPart, render_wizard};
pub use step::{Hooks, Step};
pub use text::{Part, Text, TextError, Var};
#[cfg(feature = "pack")]
pub(crate) use text::{is_env_name, plain_line, shell_quote};
