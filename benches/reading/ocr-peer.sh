#!/usr/bin/env bash
# Installs the peer of the OCR bench into an environment of its own, outside the clone, and prints the
# path of its Python. Does nothing where it is there.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"

environment="$(cache_dir)/tools/ocr-peer"
if ! [ -x "$environment/bin/python" ] || ! "$environment/bin/python" -c 'import rapidocr_onnxruntime' 2>/dev/null; then
    python3 -m venv "$environment" >&2
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
        rapidocr-onnxruntime==1.4.4 >&2
fi
printf '%s\n' "$environment/bin/python"
