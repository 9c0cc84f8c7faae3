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
pub use settings::{Audience, Settings};

/// What the build script knows of the app: its name, version and port, and where it looks for its settings.
pub const APP: nas_pack::runtime::App = nas_pack::app!();
