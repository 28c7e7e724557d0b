#!/usr/bin/env bash
# Every check and every suite, cheapest first. Each stage prints its name and how long it took; the first failure ends the run.
# TEST_STAGES="floors release" runs a part; the stage fuzz runs only when it is named (make fuzz).
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
log_dir=build/test-logs
mkdir -p "$log_dir"
passed=0

stage() {
  local name=$1
  shift
  if [ -n "${TEST_STAGES:-}" ] && [[ " $TEST_STAGES " != *" $name "* ]]; then return; fi
  local started=$SECONDS
  echo "== $name"
  "$@"
  passed=$((passed + 1))
  echo "== $name: passed in $((SECONDS - started)) s"
}

# Runs a command quietly; prints its output only when it fails.
quiet() {
  local log=$log_dir/$1.log
  shift
  if ! "$@" >"$log" 2>&1; then
    cat "$log"
    return 1
  fi
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  quiet "configure-$preset" cmake --preset "$preset"
  quiet "build-$preset" cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"}
}

floors() {
  python3 tools/check_floors_test.py
  python3 tools/check_floors.py
}

format() {
  git ls-files --cached --others --exclude-standard '*.cc' '*.h' | xargs clang-format-16 --dry-run --Werror
}

release() {
  build release
  python3 tools/check_floors.py --compile-commands build/release/compile_commands.json
  ctest --preset release -j "$jobs" -LE engine
}

sanitizers() {
  build debug
  ctest --preset debug -j "$jobs" -LE engine
}

# What speaks to servers, against real ones, which are started once.
engines() {
  build release
  python3 tests/services/run.py kafka registry postgres timescale redis -- ctest --preset release -L engine
}

# The folders whose code runs on several threads; the others own none. What starts librdkafka is left out: its threads are C11's,
# of which the sanitizer knows nothing, and it crashes on them.
threads() {
  local folders="os telemetry net log store meta cache tenant ingest stream query collect notify rules aggregation"
  # shellcheck disable=SC2046,SC2086
  build tsan $(printf 'weir_%s_test ' $folders)
  TSAN_OPTIONS=halt_on_error=1 GTEST_FILTER='-KafkaFaults*:KafkaMock*:MockCluster*:ProducerReplace*' \
    ctest --preset tsan -j "$jobs" -R "^($(echo "$folders" | tr ' ' '|'))$"
}

# Each fuzz target for FUZZ_SECONDS.
fuzz() {
  build fuzz weir_fuzzers
  local target
  for target in build/fuzz/fuzz/*_fuzz; do
    quiet "$(basename "$target")" "$target" -max_total_time="${FUZZ_SECONDS:-60}" -rss_limit_mb=2048 -timeout=5 \
      -artifact_prefix="$log_dir/"
    echo "$(basename "$target"): $(grep -ao 'Done [0-9]* runs' "$log_dir/$(basename "$target").log")"
  done
}

console() {
  tools/node.sh tools/console.sh check
}

end_to_end() {
  local test
  for test in tests/e2e/*_test.py; do
    echo "-- $test"
    python3 "$test"
  done
  tools/node.sh tools/console.sh browser
}

stage floors floors
stage format format
stage release release
stage sanitizers sanitizers
stage threads threads
stage engines engines
if [[ " ${TEST_STAGES:-} " == *" fuzz "* ]]; then stage fuzz fuzz; fi
stage console console
stage end_to_end end_to_end
echo "$passed passed, 0 failed"
