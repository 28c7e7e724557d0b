#!/bin/sh
# Prints the Debian packages of the groups named (build when none is), one a line.
# `tools/packages.sh --missing build test` prints only those that are not installed.
set -eu
list="$(dirname "$0")/packages.txt"
missing=0
if [ "${1:-}" = --missing ]; then missing=1; shift; fi
[ $# -gt 0 ] || set -- build
for group in "$@"; do
  awk -v group="[$group]" '/^\[/ { on = ($0 == group); next } on && NF && !/^#/' "$list"
done | sort -u | while read -r package; do
  if [ "$missing" = 1 ] && dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
    continue
  fi
  echo "$package"
done
