#!/usr/bin/env bash
# Sets up the virtual environment and the browser code; a second run does nothing. Needs Python 3.11 to 3.13 and the
# package indexes of Python and npm; Node comes from the former.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-}
if [ -z "$python" ]; then
    for name in python3.11 python3.12 python3.13 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            python=$name
            break
        fi
    done
fi
if [ -z "$python" ]; then
    found=$(command -v python3 >/dev/null && python3 -V 2>&1 || echo "no python3")
    echo "Minsheng is tested with Python 3.11, 3.12 and 3.13; found $found. Install one of them, or name it: PYTHON=python3.12 make setup" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'; then
    echo "Minsheng is tested with Python 3.11, 3.12 and 3.13; $python is $("$python" -V 2>&1). Name another: PYTHON=python3.12 make setup" >&2
    exit 1
fi

# venv brings a pip and a setuptools as old as Python, with their known faults. uv installs here, and nothing else needs them.
without_pip() {
    if ! .venv/bin/python -c 'import importlib.util as have, sys; sys.exit(any(map(have.find_spec, ("pip", "setuptools"))))'; then
        .venv/bin/uv pip uninstall --quiet --python .venv/bin/python pip setuptools
    fi
}

stamp=.venv/minsheng-setup
want=$({ "$python" -V; pwd; cat pyproject.toml requirements.lock scripts/uv.lock; } | "$python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    without_pip
    exec bash scripts/browser.sh
fi

echo "setting up .venv with $("$python" -V) (about 1 GB, once)"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print(f"{sys.version_info.major}.{sys.version_info.minor}")')
    echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt-get install python$version-venv" >&2
    exit 1
fi
rm -f "$stamp"
"$python" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement scripts/uv.lock
# Compile now: with PYTHONDONTWRITEBYTECODE, as in many containers, each process would compile all that it imports.
.venv/bin/uv pip install --system-certs --quiet --compile-bytecode --python .venv/bin/python --require-hashes --requirement requirements.lock
.venv/bin/uv pip install --system-certs --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
without_pip
echo "$want" > "$stamp"
exec bash scripts/browser.sh
