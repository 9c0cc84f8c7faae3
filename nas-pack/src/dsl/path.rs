use std::fmt;

/// A place in the package, relative to the app's folder: `/` between the parts, no `..`, no `\`. A `/` at the end names a folder.
///
/// With [`rel!`](crate::rel) the compiler checks it, so that nothing absolute stands where something relative belongs. Setters that
/// take a place also take plain text, which is checked when the app is decoded.
///
/// ```
/// use nas_pack::dsl::{Asset, RelPath};
/// use nas_pack::rel;
///
/// const PAGES: RelPath = RelPath::new("www/");
/// let pages = Asset::file("assets/www/**", PAGES);
/// let settings = Asset::file("assets/beacon.toml", rel!("share/beacon.toml"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelPath(&'static str);

/// A [`RelPath`](crate::dsl::RelPath) that the compiler has checked.
///
/// ```compile_fail
/// let dest = nas_pack::rel!("/usr/share/beacon");
/// ```
#[macro_export]
macro_rules! rel {
    ($path:expr) => {
        const { $crate::dsl::RelPath::new($path) }
    };
}

impl RelPath {
    /// Takes a path.
    ///
    /// # Panics
    ///
    /// If it is not relative, which in a constant is an error of the compiler: `rel!` makes one of it.
    #[track_caller]
    pub const fn new(path: &'static str) -> Self {
        let bytes = path.as_bytes();
        assert!(!bytes.is_empty(), "the path is empty");
        assert!(bytes[0] != b'/', "the path is absolute: expected one that is relative to the app's folder");
        let (mut at, mut part) = (0, 0);
        while at <= bytes.len() {
            if at == bytes.len() || bytes[at] == b'/' {
                let end = at == bytes.len();
                assert!(at > part || end, "the path has an empty part");
                assert!(at - part != 1 || bytes[part] != b'.', "the path has a part `.`");
                let up = at - part == 2 && bytes[part] == b'.' && bytes[part + 1] == b'.';
                assert!(!up, "the path has a part `..`");
                part = at + 1;
            } else {
                assert!(bytes[at] != b'\\', "the path has a `\\`: expected `/` between its parts");
                assert!(!bytes[at].is_ascii_control(), "the path has a control character");
            }
            at += 1;
        }
        Self(path)
    }

    /// The path as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_paths_are_taken() {
        for good in ["share", "share/", "share/x.toml", "a/..b/.c/d..", "ä/ß"] {
            assert_eq!(RelPath::new(good).as_str(), good);
        }
        for bad in ["", "/", "/usr", "a//b", "./a", "a/.", "..", "a/../b", "a\\b", "a\nb", "a//"] {
            assert!(std::panic::catch_unwind(|| RelPath::new(bad)).is_err(), "{bad:?}");
        }
    }
}
