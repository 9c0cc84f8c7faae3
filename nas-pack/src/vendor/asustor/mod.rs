//! ASUSTOR's `.apk`.

pub mod lifecycle;
