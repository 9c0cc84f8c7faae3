use crate::layer::{Kind, Origin, Table, Value};

/// A Rust target and, where nas-pack's own choice is not wanted, what builds it.
///
/// ```
/// use nas_pack::dsl::{App, Target};
/// use nas_pack::model::Arch;
///
/// let app = App::amend()
///     .target(Arch::X86_64, "x86_64-unknown-linux-gnu.2.27")
///     .target(Arch::Aarch64, Target::new("aarch64-unknown-linux-gnu.2.27").linker("aarch64-linux-gnu-gcc"))
///     .target(Arch::Armhf, Target::musl().cross());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    table: Table,
}

impl Target {
    /// A target by its name, with a pinned glibc version if you want: `aarch64-unknown-linux-gnu.2.27`.
    #[track_caller]
    pub fn new(triple: impl Into<String>) -> Self {
        Self::default().triple(triple)
    }

    /// The arch's own musl target, whose static binaries run on every box.
    pub fn musl() -> Self {
        Self::default()
    }

    keys! {
        /// The target's name.
        "triple" => triple(triple: text);
        /// What rustc links with: a gcc or clang for the target, by name or path.
        "linker" => linker(program: text);
        /// The C compiler; the linker where not given. Only together with [`linker`](Self::linker).
        "cc" => cc(program: text);
        /// The C++ compiler. Only together with [`linker`](Self::linker).
        "cxx" => cxx(program: text);
        /// The archiver. Only together with [`linker`](Self::linker).
        "ar" => ar(program: text);
        /// The prefix of an SDK's tools, instead of a linker: `gcc`, `g++` and `ar` are appended.
        "prefix" => prefix(prefix: text);
    }

    /// Builds with the program `cross`, instead of a linker or prefix.
    #[track_caller]
    pub fn cross(mut self) -> Self {
        self.table.set("cross", Value::here(true));
        self
    }
}

impl From<&str> for Target {
    fn from(triple: &str) -> Self {
        triple.to_owned().into()
    }
}

impl From<String> for Target {
    fn from(triple: String) -> Self {
        let mut table = Table::new();
        table.set("triple", Value { kind: triple.into(), origin: Origin::Default });
        Self { table }
    }
}

impl From<Target> for Kind {
    /// A name alone is written as such.
    fn from(Target { mut table }: Target) -> Self {
        match table.remove("triple") {
            Some(triple) if table.is_empty() => triple.value.kind,
            triple => {
                triple.into_iter().for_each(|triple| table.insert("triple".to_owned(), triple));
                table.into()
            }
        }
    }
}
