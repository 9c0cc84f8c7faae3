//! Finds, sets up and drives a cross compiler, and hands back ELF files.
//!
//! Data first: [`Survey`] is what this machine has, [`CUse`] is whether the build compiles C, and [`choose`] turns both
//! into a [`Choice`] for each target without touching anything. [`setup`] installs what a choice lacks, and is the only
//! part that uses the network; [`build`](build::build) calls cargo. Everything that is installed here lives under one
//! folder, [`Home`].

mod apt;
mod build;
mod c_use;
mod choose;
mod home;
mod process;
mod project;
mod rustflags;
mod setup;
mod survey;
pub mod tools;
mod zig;

pub use build::{Build, Built, Run, build};
pub use c_use::{CUse, Chain};
pub use choose::{Choice, Fix, Linker, Need, Std, Strategy, choose};
pub use home::{Cleaned, Home};
pub use project::{CargoOptions, Project};
pub use setup::{Ready, Setup, setup};
pub use survey::{Python, Rustc, Survey, Zig, survey};
