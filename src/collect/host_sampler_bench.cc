#include <benchmark/benchmark.h>

#include "collect/host_sampler.h"

/// One reading of the machine that the benchmark runs on: at an interval of 1 s, a millisecond is 0.1 % of a
/// core.
namespace weir::collect {
namespace {

void read_host(benchmark::State& state) {
  telemetry::Registry registry;
  HostSampler sampler({}, os::posix_files(), os::system_clock(), registry);
  Batch batch;
  TimestampMs tick = 0;
  for (auto _ : state) {
    batch.clear();
    sampler.sample(tick += 1'000, batch);
  }
  state.counters["series"] = static_cast<double>(batch.series_count());
}
BENCHMARK(read_host)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace weir::collect
