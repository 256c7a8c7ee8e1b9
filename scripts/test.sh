#!/usr/bin/env bash
# Runs the tests against SQLite and a throwaway PostgreSQL. Arguments go to `cargo test`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

scratch=$(mktemp -d)
export COUNTERSIGN_POSTGRES_STATE="$scratch/postgres"
stop() {
    "$here/postgres.sh" stop || true
    rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

COUNTERSIGN_TEST_POSTGRES=$("$here/postgres.sh" start)
COUNTERSIGN_BEAN_CHECK=$(cache_dir)/tools/bin/bean-check
export COUNTERSIGN_TEST_POSTGRES COUNTERSIGN_BEAN_CHECK

cd "$here/.."
# The tests of scans need the OCR models, which the program itself installs.
cargo build --locked --bin countersign --test tidy
"$here/install-ocr-models.sh" "${CARGO_TARGET_DIR:-target}/debug/countersign"
cargo test --locked --no-fail-fast "$@"
