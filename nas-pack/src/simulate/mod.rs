//! Plays a package's whole life without a NAS: installed, started, upgraded, cut off and removed in a sandbox, by the tables that say
//! what the vendor's firmware does.

pub mod floor;
mod report;
pub mod rules;
pub mod userland;

pub use report::{CallReport, Ended, Life, Scene, SceneReport, Verdict};
