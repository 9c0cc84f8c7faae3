//! End-to-end tests: the real command, real packages, and programs that know nothing of ours to look into them.
//!
//! This library is what the tests share. [`command`] runs `cargo nas` in a fixed environment, [`example`] sets the machine
//! up and packages the example app once, [`open`] looks into packages with Python, BusyBox and OpenSSL, [`fixture`] makes
//! small apps.
//!
//! Everything the tests need and a machine may lack (BusyBox, QEMU, shellcheck, bubblewrap) is installed by the command's own
//! `setup`. What it cannot install (Python, OpenSSL, user namespaces) is used where it is there, and said where it is not.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::missing_panics_doc, reason = "all of it is test code")]

pub mod command;
pub mod example;
pub mod fixture;
pub mod open;
pub mod programs;
