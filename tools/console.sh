#!/bin/sh
# The console's own checks. `check`: lint, unit tests, and that web/dist is what the sources build. `browser`: a browser clicks
# through the console of a Weir that this script starts. Run by tools/node.sh, which provides Node.js.
set -eu
root="$(cd "$(dirname "$0")/.." && pwd)"
cd "$root/web"
[ -d node_modules ] && [ node_modules -nt package-lock.json ] || { npm ci --no-audit --no-fund; touch node_modules; }

check() {
  npm run lint
  npm test
  committed=$(mktemp -d)
  cp -r dist "$committed/"
  npm run build
  npm run check-size
  if ! diff -r "$committed/dist" dist; then
    echo "web/dist is not what web/src builds: run npm run build in web/ and commit the result" >&2
    exit 1
  fi
  rm -r "$committed"
}

browser() {
  data=$(mktemp -d)
  "$root/build/release/weir" serve --data "$data/data" --listen 127.0.0.1:0 >"$data/out" 2>"$data/err" &
  weir=$!
  trap 'kill $weir 2>/dev/null; wait $weir 2>/dev/null || true; rm -rf "$data"' EXIT
  url=""
  for _ in $(seq 100); do
    url=$(grep -o 'http://[0-9.]*:[0-9]*' "$data/out" | head -n 1) && [ -n "$url" ] && break
    sleep 0.1
  done
  [ -n "$url" ] || { cat "$data/err"; echo "weir did not start" >&2; exit 1; }
  WEIR_URL="$url" npm run e2e
}

"$1"
