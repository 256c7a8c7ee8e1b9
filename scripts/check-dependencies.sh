#!/usr/bin/env bash
# Judges the dependency tree by deny.toml. Licences, bans and sources need no network and always
# count. Advisories need the RustSec database, a git repository: where it cannot be fetched, that
# is said and the rest stands.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
cd "$here/.."

deny=$(cache_dir)/tools/bin/cargo-deny
# Duplicate versions are warnings, counted in the summary; `cargo-deny check bans` names them.
"$deny" --locked --log-level error check --hide-inclusion-graph --show-stats licenses bans sources

if timeout 60 "$deny" --locked fetch db >/dev/null 2>&1; then
    "$deny" --locked --log-level error check --disable-fetch --show-stats advisories
else
    printf '\nadvisories: NOT CHECKED, the RustSec database cannot be reached from here\n\n'
fi
