#!/bin/sh
# Installs what Weir needs and this machine lacks. Says what it will do before it does it.
# usage: tools/install.sh build|test|bench ...
set -eu
missing=$("$(dirname "$0")/packages.sh" --missing "$@" | tr '\n' ' ')
[ -n "${missing% }" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "weir: these packages are missing and this is not a Debian system: $missing" >&2
  echo "weir: install their equivalents, then run make again (the list is tools/packages.txt)" >&2
  exit 1
fi
run=""
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "weir: as root, run: apt-get install -y $missing" >&2
    exit 1
  fi
  run=sudo
fi
echo "weir: installing Debian packages: $missing"
# Services that packages would start are not wanted: the tests start their own, on ports of their own.
policy=/usr/sbin/policy-rc.d
made_policy=0
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | $run tee $policy >/dev/null
  $run chmod +x $policy
  made_policy=1
fi
trap '[ $made_policy = 0 ] || $run rm -f $policy' EXIT
$run apt-get update -q >/dev/null
# shellcheck disable=SC2086
$run env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
