#!/usr/bin/env bash
# Compiles all locks again: for every platform, with hashes, without any address. Run it after a change of dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
options=(--universal --generate-hashes --no-header --no-annotate --python-version 3.11 --quiet)
.venv/bin/uv pip compile "${options[@]}" --group dev pyproject.toml -o requirements.lock
.venv/bin/uv pip compile "${options[@]}" tests/reader/requirements.in -o tests/reader/requirements.lock
echo "uv==0.13.9" | .venv/bin/uv pip compile "${options[@]}" - -o scripts/uv.lock
if grep -nE 'https?://|index' requirements.lock tests/reader/requirements.lock scripts/uv.lock; then
    echo "a lock holds an address; it may hold only names, versions and hashes" >&2
    exit 1
fi
