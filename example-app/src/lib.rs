//! Beacon, a status page for the NAS it runs on.
//!
//! A library beside the binary, so that the tests can run it in their own process.

mod app;
mod http;
pub mod log;
mod report;
mod settings;
mod status;
mod store;

pub use app::Beacon;
pub use http::{Request, Response, Server};
pub use settings::Settings;
