#!/usr/bin/env bash
# Sets up .venv-reader, the environment of a researcher, from its lock; a second run installs nothing. Needs .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=tests/reader/requirements.lock
stamp=.venv-reader/minsheng-setup
want=$({ .venv/bin/python -V; pwd; cat "$lock"; } | .venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    exit 0
fi

echo "setting up .venv-reader with $(.venv/bin/python -V) (about 600 MB, once)"
rm -f "$stamp"
.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv-reader
.venv/bin/uv pip install --system-certs --quiet --compile-bytecode --python .venv-reader/bin/python --require-hashes --requirement "$lock"
echo "$want" > "$stamp"
