//! A box on this machine: a root folder that programs see as theirs, in namespaces of their own, without any right outside.
//!
//! A [`Disk`] is what a box keeps when its power goes; a [`Session`] is the time between two power cuts. Nothing in a box can see or
//! reach this machine's files, processes or network, and this process writes nothing into the box's root: what is done there, an agent
//! inside does. So a package's links and tricks lead nowhere.

mod disk;
mod means;
mod session;

pub(super) use disk::Disk;
pub(super) use means::{Means, Sandbox};
pub(super) use session::{JobEnd, Session, tail};

/// The first part that runs in the namespaces.
const BOX: &str = include_str!("box.sh");
/// The box's first process.
const INIT: &str = include_str!("init.sh");
/// What runs jobs in the box.
const AGENT: &str = include_str!("agent.sh");
/// What starts a package's script.
const EXEC: &str = include_str!("exec.sh");

#[cfg(test)]
pub(super) mod tests;
