#!/bin/sh
# The benchmarks: microbenchmarks of each floor, then Weir beside its peers. BENCH_ARGS goes to bench/compare.py.
set -eu
cd "$(dirname "$0")/.."
cmake --preset release >/dev/null
cmake --build --preset release
for program in build/release/src/weir_*_bench; do
  [ -x "$program" ] || continue
  echo "== $(basename "$program")"
  "$program" --benchmark_min_time=0.2
done
# shellcheck disable=SC2086
exec python3 bench/compare.py ${BENCH_ARGS:-}
