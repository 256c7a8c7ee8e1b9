#!/usr/bin/env bash
# Installs what building needs beyond the Rust toolchain: a C compiler and linker (SQLite, zstd and
# ring are compiled from source). Nothing else: no pkg-config, cmake, clang or protoc.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

command -v cargo >/dev/null 2>&1 || fail "no cargo: install the Rust toolchain (rustup) first, version 1.95 or newer"

# A compiler without the C library's headers compiles nothing useful: try a whole program.
links_a_program() {
    local folder outcome=0
    folder=$(mktemp -d)
    printf '#include <stdio.h>\nint main(void) { return puts("ok") < 0; }\n' >"$folder/probe.c"
    cc -o "$folder/probe" "$folder/probe.c" >/dev/null 2>&1 || outcome=1
    rm -rf "$folder"
    return "$outcome"
}

links_a_program || apt_install gcc libc6-dev
links_a_program || fail "cc does not compile and link a small C program"
