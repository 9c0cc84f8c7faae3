#!/usr/bin/env bash
# What nas-pack costs those who depend on it, as Markdown: `script` beside other crates that tell a build its version, and what `runtime`
# and `signals` add to a daemon. Needs cargo, git, a C compiler (for libgit2) and the network, the first time.
#
#   book/measure/costs.sh [ROUNDS]    5 by default; the medians are printed
#
# TARGET is what the daemons are built for, x86_64-unknown-linux-musl by default. Everything is compiled for the host and in debug but
# for the sizes, in a temporary folder and without anybody's cargo settings for wrappers and flags.
# shellcheck disable=SC2016 # Markdown's backticks, and awk's fields
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
rounds=${1:-5}
target=${TARGET:-x86_64-unknown-linux-musl}
unset RUSTC_WRAPPER CARGO_BUILD_RUSTC_WRAPPER RUSTFLAGS CARGO_TARGET_DIR CARGO_INCREMENTAL

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A project with a commit, for there to be something to tell. Its manifest is completed by `cargo add`.
project() {
    mkdir -p "$work/$1/src"
    cat >"$work/$1/Cargo.toml" <<'TOML'
[package]
name = "app"
version = "1.2.3"
edition = "2024"
description = "A daemon."

[package.metadata.nas]
name = "app"

[profile.release]
strip = true

[workspace]
TOML
    cat >"$work/$1/src/main.rs"
    git -C "$work/$1" init --quiet
    git -C "$work/$1" add .
    git -C "$work/$1" -c user.name=a -c user.email=a@example.org commit --quiet --message one
}

# A project that depends on something in its build script, which is read from standard input.
builder() {
    echo 'fn main() {}' | project "$1"
    cat >"$work/$1/build.rs"
    if [ $# -gt 1 ]; then
        depend "$1" --build "${@:2}"
    fi
}

depend() {
    cargo add --quiet --manifest-path "$work/$1/Cargo.toml" "${@:2}"
}

nas_pack() {
    depend "$1" "${@:2}" --path "$root/nas-pack" --no-default-features nas-pack
}

builders=(none script vergen built built-git2 shadow shadow-git2)
builder none <<'RUST'
fn main() {}
RUST
builder script <<'RUST'
fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(nas_pack::script::App::from_cargo()?.emit()?)
}
RUST
nas_pack script --build --features script
builder vergen vergen-gitcl <<'RUST'
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let git = vergen_gitcl::Gitcl::builder().sha(true).describe(true, true, None).build();
    Ok(vergen_gitcl::Emitter::default().add_instructions(&git)?.emit()?)
}
RUST
builder built built <<'RUST'
fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(built::write_built_file()?)
}
RUST
builder built-git2 built --features git2 <"$work/built/build.rs"
builder shadow shadow-rs --no-default-features --features build <<'RUST'
fn main() -> Result<(), Box<dyn std::error::Error>> {
    shadow_rs::ShadowBuilder::builder().build()?;
    Ok(())
}
RUST
builder shadow-git2 shadow-rs <"$work/shadow/build.rs"

daemons=(by-hand runtime runtime-all signals)
project by-hand <<'RUST'
use std::io::Write;

fn main() -> std::io::Result<()> {
    let data = std::path::PathBuf::from(std::env::var_os("NAS_DATA_DIR").unwrap_or_else(|| "data".into()));
    let port = std::env::var("NAS_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8137);
    std::fs::write(data.join("started"), "")?;
    let listener = std::net::TcpListener::bind(("0.0.0.0", port))?;
    for stream in listener.incoming() {
        stream?.write_all(b"hello\n")?;
    }
    Ok(())
}
RUST
project runtime <<'RUST'
use std::io::Write;

fn main() -> std::io::Result<()> {
    let nas = nas_pack::runtime::Nas::detect();
    let port = nas.port().ok().flatten().unwrap_or(8137);
    std::fs::write(nas.data_dir().join("started"), "")?;
    let listener = std::net::TcpListener::bind(("0.0.0.0", port))?;
    for stream in listener.incoming() {
        stream?.write_all(b"hello\n")?;
    }
    Ok(())
}
RUST
nas_pack runtime --features runtime
project runtime-all <<'RUST'
use std::io::Write;

fn main() -> std::io::Result<()> {
    let nas = nas_pack::runtime::Nas::detect();
    let port = nas.port().ok().flatten().unwrap_or(8137);
    std::fs::write(nas.data_dir().join("started"), "")?;
    let _pid = nas_pack::runtime::PidFile::create(nas.pid_file())?;
    let mut log = nas_pack::runtime::Log::open(nas.log_dir().join("requests.log"))?;
    writeln!(log, "{:?} {:?} {:?} {:?}", nas.firmware(), nas.model(), nas.shared_folders(), nas.tls())?;
    let listener = std::net::TcpListener::bind(("0.0.0.0", port))?;
    for stream in listener.incoming() {
        stream?.write_all(b"hello\n")?;
        writeln!(log, "hello")?;
    }
    Ok(())
}
RUST
nas_pack runtime-all --features runtime
project signals <<'RUST'
use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut signals = nas_pack::runtime::Signals::new()?;
    let nas = nas_pack::runtime::Nas::detect();
    let port = nas.port().ok().flatten().unwrap_or(8137);
    std::fs::write(nas.data_dir().join("started"), "")?;
    let listener = std::net::TcpListener::bind(("0.0.0.0", port))?;
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.and_then(|mut stream| stream.write_all(b"hello\n"));
        }
    });
    while signals.wait() == nas_pack::runtime::Signal::Reload {}
    Ok(())
}
RUST
nas_pack signals --features signals

for name in "${builders[@]}" "${daemons[@]}"; do
    cargo fetch --quiet --manifest-path "$work/$name/Cargo.toml"
done

# One cold build; its seconds and those of all processors go to the project's `times`.
build() {
    rm -rf "$work/$1/target"
    TIMEFORMAT='%R %U %S'
    { time (cd "$work/$1" && cargo build --offline --quiet >output 2>&1); } 2>>"$work/$1/times" || {
        cat "$work/$1/output" >&2
        exit 1
    }
}

# The median of what an awk expression makes of the times.
median() {
    awk "{ print $2 }" "$work/$1/times" | sort -n | awk '{ all[NR] = $1 } END { printf "%.1f", all[int((NR + 1) / 2)] }'
}

# How many crates a build compiles besides the app.
crates() {
    (cd "$work/$1" && cargo build --offline --quiet --message-format json) |
        grep '"reason":"compiler-artifact"' | grep --only-matching '"package_id":"[^"]*"' | sort --unique |
        grep --count --invert-match "path+file://$work" || true
}

version() {
    awk -v name="name = \"$2\"" '$0 == name { getline; gsub(/version = |"/, ""); print }' "$work/$1/Cargo.lock"
}

# One binary's size.
size() {
    (cd "$work/$1" && cargo build --offline --quiet --release --target "$target")
    stat --format %s "$work/$1/target/$target/release/app"
}

for ((round = 0; round < rounds; round++)); do
    for name in "${builders[@]}" "${daemons[@]}"; do
        build "$name"
    done
done

row() {
    echo "| $1 | $(crates "$2") | $(median "$2" '$1') | $(median "$2" '$2 + $3') |"
}

echo "$(rustc --version), $(nproc) processors, median of $rounds rounds, debug, cold."
echo
echo '| in the build script | crates | seconds | processor seconds |'
echo '|---|--:|--:|--:|'
row 'an empty one' none
row '`nas-pack`, `script`' script
row "\`vergen-gitcl\` $(version vergen vergen-gitcl)" vergen
row "\`built\` $(version built built), without git" built
row "\`built\` $(version built-git2 built), \`git2\`" built-git2
row "\`shadow-rs\` $(version shadow shadow-rs), \`build\`" shadow
row "\`shadow-rs\` $(version shadow-git2 shadow-rs), as it comes" shadow-git2
echo
echo "| a daemon that says hello, for \`$target\` | crates | seconds | processor seconds | bytes | added |"
echo '|---|--:|--:|--:|--:|--:|'
base=$(size by-hand)
daemon() {
    local bytes
    bytes=$(size "$2")
    echo "$(row "$1" "$2") $bytes | $((bytes - base)) |"
}
daemon 'reads two variables by itself' by-hand
daemon '`Nas::detect()`' runtime
daemon 'and everything else of `runtime`' runtime-all
daemon '`Nas::detect()` and `Signals`' signals
