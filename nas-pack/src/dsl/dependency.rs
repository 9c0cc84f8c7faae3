use crate::layer::Kind;

/// Another package of the same NAS, with bounds on its version if need be. Keys that take it also take its text.
///
/// ```
/// use nas_pack::dsl::{App, Dependency};
///
/// let typed = App::amend().depends([Dependency::new("git"), Dependency::new("python3").at_least("3.7").below("4")]);
/// let plain = App::amend().depends(["git", "python3 (>= 3.7, < 4)"]);
/// assert!(typed.layer().same_as(plain.layer()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    package: String,
    bounds: Vec<String>,
}

impl Dependency {
    /// A package in any version. Several vendors know only one bound, and each compares versions in its own way.
    pub fn new(package: impl Into<String>) -> Self {
        Self { package: package.into(), bounds: Vec::new() }
    }

    /// In this version or a later one.
    pub fn at_least(self, version: &str) -> Self {
        self.bound(">=", version)
    }

    /// In this version or an earlier one.
    pub fn at_most(self, version: &str) -> Self {
        self.bound("<=", version)
    }

    /// In this version alone.
    pub fn exactly(self, version: &str) -> Self {
        self.bound("=", version)
    }

    /// In a later version.
    pub fn above(self, version: &str) -> Self {
        self.bound(">", version)
    }

    /// In an earlier version.
    pub fn below(self, version: &str) -> Self {
        self.bound("<", version)
    }

    fn bound(mut self, operator: &str, version: &str) -> Self {
        self.bounds.push(format!("{operator} {version}"));
        self
    }
}

impl From<&str> for Dependency {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Dependency {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Dependency> for Kind {
    fn from(Dependency { package, bounds }: Dependency) -> Self {
        if bounds.is_empty() { package.into() } else { format!("{package} ({})", bounds.join(", ")).into() }
    }
}
