#!/usr/bin/env bash
# Makes a target folder that clones share safe for this clone. Cargo tells two clones' own crate apart
# neither by path nor by content, only by the time of its files: in a shared folder it can take the
# other clone's build for this one's. So whoever comes after another clone drops the own crate's
# outputs; those of the dependencies, nearly all of the time, stay.
# Two clones that build at the same moment each set a CARGO_TARGET_DIR of their own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
clone=$(dirname "$here")
marker=${CARGO_TARGET_DIR:?set by the Makefile}/last-clone

if [ -d "$CARGO_TARGET_DIR" ] && [ "$(cat "$marker" 2>/dev/null || true)" != "$clone" ]; then
    cd "$clone"
    cargo clean --quiet --package countersign
    cargo clean --quiet --package countersign --release
fi
mkdir -p "$CARGO_TARGET_DIR"
printf '%s\n' "$clone" >"$marker"
