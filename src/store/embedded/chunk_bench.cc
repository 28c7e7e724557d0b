#include <cmath>
#include <cstring>

#include <benchmark/benchmark.h>

#include "os/random.h"
#include "store/embedded/chunk.h"

/// Chunks of five kinds of series at two lengths: 120 samples (a head's) and 1024 (a merged block's).
/// `time/sample` is the cost, `bytes/sample` the size of times and values together; the floor copies the 16
/// bytes of each sample.
namespace weir::store::embedded {
namespace {

enum Kind { kCounter, kTwoDecimals, kSmooth, kRandom, kSparse };

/// Scraped every 15 s with up to 3 ms of jitter.
std::vector<TimestampMs> scrape_times(size_t count, os::Random& random) {
  std::vector<TimestampMs> times(count);
  for (size_t i = 0; i < count; ++i) {
    times[i] = 1'700'000'000'000 + static_cast<TimestampMs>(i * 15'000 + random.below(4));
  }
  return times;
}

double next_value(Kind kind, size_t i, double before, os::Random& random) {
  switch (kind) {
    case kCounter:
      return before + 1'000 + static_cast<double>(random.below(200));
    case kTwoDecimals:
      return static_cast<double>(5'000 + random.below(1'000)) / 100;
    case kSmooth:
      return 20 + 5 * std::sin(static_cast<double>(i) / 60);
    case kRandom:
      return random.unit();
    case kSparse:
      return random.below(50) == 0 ? static_cast<double>(random.below(10)) : before;
  }
  return 0;
}

SampleColumns series_of(Kind kind, size_t count) {
  os::Random random(7);
  SampleColumns columns;
  columns.timestamps_ms = scrape_times(count, random);
  double value = 1e6;
  for (size_t i = 0; i < count; ++i) columns.values.push_back(value = next_value(kind, i, value, random));
  return columns;
}

void report(benchmark::State& state, size_t count, size_t bytes) {
  using benchmark::Counter;
  const auto samples = static_cast<double>(count) * static_cast<double>(state.iterations());
  state.counters["time/sample"] = Counter(samples, Counter::kIsRate | Counter::kInvert);
  state.counters["bytes/sample"] = static_cast<double>(bytes) / static_cast<double>(count);
}

void encode(benchmark::State& state, Kind kind) {
  const SampleColumns columns = series_of(kind, static_cast<size_t>(state.range(0)));
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    encode_chunk(columns.timestamps_ms, columns.values, bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  report(state, columns.size(), bytes.size());
}

void decode(benchmark::State& state, Kind kind) {
  const SampleColumns columns = series_of(kind, static_cast<size_t>(state.range(0)));
  std::string bytes;
  encode_chunk(columns.timestamps_ms, columns.values, bytes);
  SampleColumns out;
  for (auto _ : state) {
    out.clear();
    if (!decode_chunk(bytes, out).ok()) state.SkipWithError("does not decode");
    benchmark::DoNotOptimize(out.values.data());
  }
  report(state, columns.size(), bytes.size());
}

void floor_copy(benchmark::State& state) {
  const SampleColumns columns = series_of(kRandom, static_cast<size_t>(state.range(0)));
  SampleColumns out = columns;
  for (auto _ : state) {
    std::memcpy(out.timestamps_ms.data(), columns.timestamps_ms.data(), columns.size() * sizeof(TimestampMs));
    std::memcpy(out.values.data(), columns.values.data(), columns.size() * sizeof(double));
    benchmark::ClobberMemory();
  }
  report(state, columns.size(), columns.size() * (sizeof(TimestampMs) + sizeof(double)));
}

BENCHMARK(floor_copy)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(encode, counter, kCounter)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(encode, two_decimals, kTwoDecimals)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(encode, smooth, kSmooth)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(encode, random, kRandom)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(encode, sparse, kSparse)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(decode, counter, kCounter)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(decode, two_decimals, kTwoDecimals)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(decode, smooth, kSmooth)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(decode, random, kRandom)->Arg(120)->Arg(1024);
BENCHMARK_CAPTURE(decode, sparse, kSparse)->Arg(120)->Arg(1024);

}  // namespace
}  // namespace weir::store::embedded
