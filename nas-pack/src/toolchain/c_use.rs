//! Whether the build compiles C for the target: that decides which toolchain can serve, so it is found out first.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;

use cargo_metadata::{DependencyKind, Metadata, Node, NodeDep, Package, PackageId, TargetKind};
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
    /// The graph has features unified over the workspace; only what the package itself turns on counts here.
    pub fn find(metadata: &Metadata, package: &PackageId) -> Self {
        let Some(resolve) = &metadata.resolve else { return Self::default() };
        let graph = Graph {
            nodes: resolve.nodes.iter().map(|node| (&node.id, node)).collect(),
            packages: metadata.packages.iter().map(|package| (&package.id, package)).collect(),
        };
        let active = graph.activate(package);

        // Breadth first, so that the chain shown is a shortest one.
        let mut found = Self::default();
        let mut seen = BTreeSet::from([package]);
        let mut queue = VecDeque::from([(package, vec![graph.name(package).to_owned()])]);
        while let Some((id, path)) = queue.pop_front() {
            let features = active.get(id).cloned().unwrap_or_default();
            for Used { dep, .. } in graph.uses(id, &features) {
                let helper = graph.name(&dep.pkg);
                if has_kind(dep, DependencyKind::Build) && HELPERS.contains(&helper) {
                    found.chains.push(Chain { packages: path.clone(), helper: helper.to_owned() });
                }
                if has_kind(dep, DependencyKind::Normal) && !graph.is_macro(&dep.pkg) && seen.insert(&dep.pkg) {
                    let mut path = path.clone();
                    path.push(helper.to_owned());
                    queue.push_back((&dep.pkg, path));
                }
            }
        }
        found
    }
}

fn has_kind(dep: &NodeDep, kind: DependencyKind) -> bool {
    dep.dep_kinds.iter().any(|dep| dep.kind == kind)
}

/// The resolved packages and what each declares.
struct Graph<'m> {
    nodes: HashMap<&'m PackageId, &'m Node>,
    packages: HashMap<&'m PackageId, &'m Package>,
}

/// A dependency that is used, with the features that are asked of it.
struct Used<'m> {
    dep: &'m NodeDep,
    features: BTreeSet<String>,
}

impl<'m> Graph<'m> {
    fn name(&self, id: &PackageId) -> &'m str {
        self.packages.get(id).map_or("", |package| package.name.as_str())
    }

    fn is_macro(&self, id: &PackageId) -> bool {
        let targets = self.packages.get(id).map_or(&[][..], |package| &package.targets);
        targets.iter().any(|target| target.is_kind(TargetKind::ProcMacro))
    }

    /// The features of everything that a package leads to, as they are when nothing else is built.
    fn activate(&self, package: &'m PackageId) -> HashMap<&'m PackageId, BTreeSet<String>> {
        // Its own are what was asked for on the command line, or its defaults.
        let own = self.nodes.get(package).map_or(&[][..], |node| &node.features);
        let mut active = HashMap::from([(package, own.iter().map(ToString::to_string).collect::<BTreeSet<_>>())]);
        let mut queue = VecDeque::from([package]);
        while let Some(id) = queue.pop_front() {
            let features = active.get(id).cloned().unwrap_or_default();
            for Used { dep, features } in self.uses(id, &features) {
                let known = active.get(&dep.pkg).map(BTreeSet::len);
                let all = active.entry(&dep.pkg).or_default();
                all.extend(features);
                if known != Some(all.len()) {
                    queue.push_back(&dep.pkg);
                }
            }
        }
        active
    }

    /// The dependencies that a package with these features has. Of one that it does not declare, nothing is known: it counts.
    fn uses(&self, id: &PackageId, features: &BTreeSet<String>) -> Vec<Used<'m>> {
        let (Some(node), Some(package)) = (self.nodes.get(id), self.packages.get(id)) else { return Vec::new() };
        let turned_on = turned_on(package, features);
        let mut used = Vec::new();
        for dep in &node.deps {
            let declared: Vec<_> = package.dependencies.iter().filter(|it| it.name == self.name(&dep.pkg)).collect();
            let mut features = BTreeSet::new();
            let mut is_used = declared.is_empty();
            for declared in declared {
                let key = declared.rename.as_ref().unwrap_or(&declared.name);
                if declared.optional && !turned_on.contains(&format!("dep:{key}")) {
                    continue;
                }
                is_used = true;
                features.extend(declared.features.iter().cloned());
                features.extend(declared.uses_default_features.then(|| "default".to_owned()));
                let asked = turned_on.iter().filter_map(|on| on.strip_prefix(key.as_str())?.strip_prefix('/'));
                features.extend(asked.map(str::to_owned));
            }
            if is_used {
                used.push(Used { dep, features });
            }
        }
        used
    }
}

/// What a package's features turn on: `dep:NAME` for optional dependencies, and `NAME/FEATURE`.
fn turned_on(package: &Package, features: &BTreeSet<String>) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    let mut seen = features.clone();
    let mut queue: Vec<String> = features.iter().cloned().collect();
    while let Some(feature) = queue.pop() {
        for said in package.features.get(&feature).into_iter().flatten() {
            match said.split_once('/') {
                // `NAME?/FEATURE` does not turn the dependency on.
                Some((name, asked)) => {
                    let (name, weak) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
                    on.extend((!weak).then(|| format!("dep:{name}")));
                    on.insert(format!("{name}/{asked}"));
                }
                None if said.starts_with("dep:") => drop(on.insert(said.clone())),
                None if seen.insert(said.clone()) => queue.push(said.clone()),
                None => {}
            }
        }
    }
    on
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
    fn what_only_others_turn_on_does_not_count() {
        // In this workspace a program packs with the features that the daemon does without.
        let package = |name: &str, features: &str, dependencies: &str| {
            format!(
                r#"{{"name":"{name}","version":"1.0.0","id":"{name}","dependencies":[{dependencies}],"features":{{{features}}},
                "manifest_path":"/{name}/Cargo.toml","targets":[]}}"#
            )
        };
        let dependency = |name: &str, kind: &str, optional: bool, defaults: bool, features: &str| {
            format!(
                r#"{{"name":"{name}","source":null,"req":"*","kind":{kind},"rename":null,"optional":{optional},
                "uses_default_features":{defaults},"features":[{features}],"target":null,"registry":null}}"#
            )
        };
        let node = |id: &str, deps: &[(&str, &str)], features: &str| {
            let deps = deps.iter().map(|(dep, kind)| {
                format!(r#"{{"name":"{dep}","pkg":"{dep}","dep_kinds":[{{"kind":{kind},"target":null}}]}}"#)
            });
            let deps = deps.collect::<Vec<_>>().join(",");
            format!(r#"{{"id":"{id}","dependencies":[],"features":[{features}],"deps":[{deps}]}}"#)
        };
        let chains = |features: &str, defaults: bool| {
            let packages = [
                package("app", "", &dependency("helper", "null", false, defaults, features)),
                package(
                    "helper",
                    r#""default":["pack"],"pack":["dep:packer"],"more":["packer?/zip","runtime"],"runtime":[],"all":["packer/zip"]"#,
                    &dependency("packer", "null", true, true, ""),
                ),
                package(
                    "packer",
                    r#""zip":["dep:cc"],"default":["zip"]"#,
                    &dependency("cc", r#""build""#, true, true, ""),
                ),
                package("cc", "", ""),
            ];
            let nodes = [
                node("app", &[("helper", "null")], ""),
                node("helper", &[("packer", "null")], r#""default","pack","runtime""#),
                node("packer", &[("cc", r#""build""#)], r#""default","zip""#),
                node("cc", &[], ""),
            ];
            let json = format!(
                r#"{{"packages":[{}],"resolve":{{"nodes":[{}],"root":null}},"workspace_members":[],
                "target_directory":"/t","workspace_root":"/","version":1}}"#,
                packages.join(","),
                nodes.join(",")
            );
            let metadata: Metadata = serde_json::from_str(&json).unwrap();
            CUse::find(&metadata, &PackageId { repr: "app".into() }).chains.len()
        };
        assert_eq!(chains(r#""runtime""#, false), 0);
        assert_eq!(chains(r#""more""#, false), 0);
        assert_eq!(chains(r#""runtime""#, true), 1);
        assert_eq!(chains(r#""pack""#, false), 1);
        assert_eq!(chains(r#""all""#, false), 1);
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
