#!/usr/bin/env bash
# Installs what `make bench` measures beside the product, into a virtual environment in the cache folder,
# rebuilt only when requirements-bench.txt changes, and prints its Python. Fails where no package index
# can be reached; the benchmark then says so and goes on without.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

tools=$(cache_dir)/bench-tools
pins=$here/requirements-bench.txt
mkdir -p "$(cache_dir)"
exec 9>"$(cache_dir)/bench-tools.lock"
flock 9
if ! cmp -s "$pins" "$tools/requirements.txt"; then
    say "installing the pinned Python packages"
    rm -rf "$tools"
    /usr/bin/python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps --only-binary=:all: --require-hashes --requirement "$pins" </dev/null >&2
    cp "$pins" "$tools/requirements.txt"
fi
printf '%s\n' "$tools/bin/python"
