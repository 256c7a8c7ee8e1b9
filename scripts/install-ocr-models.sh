#!/usr/bin/env bash
# Installs the OCR models with the program given. Where that fails (no package index within reach), says
# so and goes on: without them everything works but the reading of scans.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

program=${1:?the program countersign}
cd "$here/.."
"$program" models install </dev/null >&2 ||
    say "the OCR models are not installed: scans will wait for manual entry, and their tests are skipped; \`make models\` tries again"
