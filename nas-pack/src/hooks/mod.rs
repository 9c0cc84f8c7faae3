//! Lifecycle events and the steps that run at them.
//!
//! This part needs only std: build scripts write steps with it, and `hooks!` expands to it.

mod event;
mod step;
mod text;

pub use event::Event;
pub use step::{Hooks, Step};
pub use text::{Part, Text, TextError, Var};
