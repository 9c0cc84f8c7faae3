//! Whether the build compiles C for the target: that decides which toolchain can serve, so it is found out first.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;

use cargo_metadata::{DependencyKind, Metadata, Node, PackageId, TargetKind};
use serde::Serialize;

/// Crates that build scripts use to compile C, C++ or assembly, or (`bindgen`) to read the target's C headers.
const HELPERS: [&str; 10] =
    ["autotools", "bindgen", "cc", "cmake", "cpp_build", "cxx-build", "meson", "nasm-rs", "openssl-src", "vcpkg-cmake"];

/// The packages that compile C, each with the way to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CUse {
    /// One for each package whose build script uses such a helper.
    pub chains: Vec<Chain>,
}

/// Why one package is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// From the packaged crate to the one that compiles C.
    pub packages: Vec<String>,
    /// What it compiles C with.
    pub helper: String,
}

impl CUse {
    /// Whether a C compiler for the target is needed.
    pub fn compiles(&self) -> bool {
        !self.chains.is_empty()
    }

    /// Reads it from the resolved graph. Tools that run on this machine (procedural macros, dependencies of build
    /// scripts) may compile what they like: that is not for the target.
    ///
    /// The graph has features unified over the workspace, so the answer may be "yes" where cargo would skip an optional
    /// dependency; then zig is set up for nothing, but the build works.
    pub fn find(metadata: &Metadata, package: &PackageId) -> Self {
        let Some(resolve) = &metadata.resolve else { return Self::default() };
        let nodes: HashMap<&PackageId, &Node> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let packages: HashMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
        let name = |id: &PackageId| packages.get(id).map_or("", |package| package.name.as_str());
        let is_macro = |id: &PackageId| {
            packages
                .get(id)
                .is_some_and(|package| package.targets.iter().any(|target| target.is_kind(TargetKind::ProcMacro)))
        };

        // Breadth first, so that the chain shown is a shortest one.
        let mut found = Self::default();
        let mut seen = BTreeSet::from([package]);
        let mut queue = VecDeque::from([(package, vec![name(package).to_owned()])]);
        while let Some((id, path)) = queue.pop_front() {
            let Some(node) = nodes.get(id) else { continue };
            let has_kind = |dep: &cargo_metadata::NodeDep, kind| dep.dep_kinds.iter().any(|dep| dep.kind == kind);
            for dep in &node.deps {
                let helper = name(&dep.pkg);
                if has_kind(dep, DependencyKind::Build) && HELPERS.contains(&helper) {
                    found.chains.push(Chain { packages: path.clone(), helper: helper.to_owned() });
                }
                if has_kind(dep, DependencyKind::Normal) && !is_macro(&dep.pkg) && seen.insert(&dep.pkg) {
                    let mut path = path.clone();
                    path.push(helper.to_owned());
                    queue.push_back((&dep.pkg, path));
                }
            }
        }
        found
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.packages.last().map_or("", String::as_str);
        write!(f, "{last} compiles C through {}", self.helper)?;
        if self.packages.len() > 1 {
            write!(f, " ({})", self.packages.join(" → "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Packages: the name, whether it is a macro, and its dependencies with their kinds.
    type Graph<'a> = &'a [(&'a str, bool, &'a [(&'a str, &'a str)])];

    fn metadata(graph: Graph<'_>) -> Metadata {
        let mut packages = String::new();
        let mut nodes = String::new();
        for (name, is_macro, deps) in graph {
            let kind = if *is_macro { "proc-macro" } else { "lib" };
            write!(
                packages,
                r#"{{"name":"{name}","version":"1.0.0","id":"{name}","dependencies":[],"features":{{}},
                "manifest_path":"/{name}/Cargo.toml","targets":[{{"name":"{name}","kind":["{kind}"],
                "crate_types":["{kind}"],"src_path":"/x"}}]}},"#
            )
            .unwrap();
            let deps: Vec<String> = deps
                .iter()
                .map(|(dep, kind)| {
                    let kind = if *kind == "normal" { "null".to_owned() } else { format!("\"{kind}\"") };
                    format!(r#"{{"name":"{dep}","pkg":"{dep}","dep_kinds":[{{"kind":{kind},"target":null}}]}}"#)
                })
                .collect();
            write!(nodes, r#"{{"id":"{name}","dependencies":[],"deps":[{}]}},"#, deps.join(",")).unwrap();
        }
        let json = format!(
            r#"{{"packages":[{}],"resolve":{{"nodes":[{}],"root":null}},"workspace_members":[],"target_directory":"/t",
            "workspace_root":"/","version":1}}"#,
            packages.trim_end_matches(','),
            nodes.trim_end_matches(',')
        );
        serde_json::from_str(&json).unwrap()
    }

    fn chains(graph: Graph<'_>) -> Vec<String> {
        let app = PackageId { repr: "app".into() };
        CUse::find(&metadata(graph), &app).chains.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_chain_to_a_c_library_is_shown() {
        let graph: Graph<'_> = &[
            ("app", false, &[("rusqlite", "normal")]),
            ("rusqlite", false, &[("libsqlite3-sys", "normal")]),
            ("libsqlite3-sys", false, &[("cc", "build"), ("pkg-config", "build")]),
            ("cc", false, &[]),
            ("pkg-config", false, &[]),
        ];
        assert_eq!(chains(graph), ["libsqlite3-sys compiles C through cc (app → rusqlite → libsqlite3-sys)"]);
    }

    #[test]
    fn what_runs_on_this_machine_does_not_count() {
        let graph: Graph<'_> = &[
            ("app", false, &[("derive", "normal"), ("generator", "build"), ("bench", "dev")]),
            ("derive", true, &[("sys", "normal")]),
            ("generator", false, &[("sys", "normal")]),
            ("bench", false, &[("sys", "normal")]),
            ("sys", false, &[("cc", "build")]),
            ("cc", false, &[]),
        ];
        assert!(chains(graph).is_empty());
    }

    #[test]
    fn the_packaged_crate_itself_may_compile_c() {
        let graph: Graph<'_> = &[("app", false, &[("cmake", "build")]), ("cmake", false, &[])];
        assert_eq!(chains(graph), ["app compiles C through cmake"]);
    }
}
