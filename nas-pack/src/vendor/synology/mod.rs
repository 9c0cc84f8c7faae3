//! Synology's `.spk`.

pub mod lifecycle;
