#include <cmath>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <malloc.h>

#include "model/batch_slice.h"
#include "os/random.h"
#include "store/embedded/head_index.h"
#include "store/embedded/series_window.h"

/// What a series costs the head, by the allocator's books: `samples_bytes` beside the window itself
/// (`average_bytes` from the first sample to the last, `counted_bytes` as the store counts them), and
/// `labels_bytes` and `index_bytes` of the series in its tenant's index; and the time to append a sample to a
/// window and to read one from it, without the store around it. Samples are 10 s apart.
namespace weir::store::embedded {
namespace {

constexpr TimestampMs kStart = 1'700'000'000'000 / 7'200'000 * 7'200'000;
constexpr TimestampMs kStep = 10'000;
constexpr size_t kSeries = 400'000;

enum Shape { kCounter, kTwoDecimals, kInteger, kSmooth, kConstant };
using Shapes = std::vector<Shape>;

const Shapes kCountersAndGauges = {kCounter, kTwoDecimals};
// In the shares that bench/load sends.
const Shapes kOfALoad = {kCounter,     kCounter, kCounter, kCounter, kCounter,
                         kTwoDecimals, kInteger, kInteger, kSmooth,  kConstant};

double next_value(Shape shape, double before, size_t series, int64_t step, os::Random& random) {
  switch (shape) {
    case kCounter:
      return before + std::floor(random.unit() * static_cast<double>(1 + series % 1'000));
    case kTwoDecimals:
      return std::round(before * 100 + (random.unit() - 0.5) * 200) / 100;
    case kInteger:
      return random.below(4) == 0 ? before + std::floor(random.unit() * 9) - 4 : before;
    case kSmooth:
      return 12 + std::sin(static_cast<double>(step) / 60 + static_cast<double>(series)) +
             random.unit() * 0.01;
    case kConstant:
      return before;
  }
  return 0;
}

/// The samples of `kinds` series, one column each.
std::vector<std::vector<Sample>> columns_of(const Shapes& shapes, size_t kinds, int64_t samples) {
  os::Random random(5);
  std::vector<std::vector<Sample>> columns(kinds);
  for (size_t series = 0; series < kinds; ++series) {
    double value = std::floor(random.unit() * 1e6);
    for (int64_t step = 0; step < samples; ++step) {
      value = next_value(shapes[series % shapes.size()], value, series, step, random);
      columns[series].push_back({kStart + step * kStep, value});
    }
  }
  return columns;
}

size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

double per_series(size_t bytes) {
  return static_cast<double>(bytes) / static_cast<double>(kSeries);
}

// Nanoseconds an item are nanoseconds a sample, caches cold as in a commit: sample by sample over all series.
void HeadAppend(benchmark::State& state, const Shapes& shapes) {
  const int64_t samples = state.range(0);
  const auto columns = columns_of(shapes, 1'000, samples);
  for (auto _ : state) {
    state.PauseTiming();
    auto windows = std::make_unique<std::vector<SeriesWindow>>();
    windows->reserve(kSeries);
    for (size_t i = 0; i < kSeries; ++i) windows->emplace_back(kStart, INT64_MIN);
    const size_t before = allocated();
    int64_t counted = 0;
    int64_t sum_of_steps = 0;
    state.ResumeTiming();
    for (size_t step = 0; step < static_cast<size_t>(samples); ++step) {
      for (size_t i = 0; i < kSeries; ++i) counted += (*windows)[i].insert(columns[i % columns.size()][step]);
      sum_of_steps += counted;
    }
    state.PauseTiming();
    state.counters["samples_bytes"] = per_series(allocated() - before);
    state.counters["counted_bytes"] = per_series(static_cast<size_t>(counted));
    state.counters["average_bytes"] = per_series(static_cast<size_t>(sum_of_steps / samples));
    state.counters["window_bytes"] = sizeof(SeriesWindow);
    windows.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * samples * static_cast<int64_t>(kSeries));
}
BENCHMARK_CAPTURE(HeadAppend, counters_and_gauges, kCountersAndGauges)
    ->Arg(12)
    ->Arg(60)
    ->Arg(120)
    ->Arg(720)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(HeadAppend, load, kOfALoad)
    ->Arg(12)
    ->Arg(60)
    ->Arg(120)
    ->Arg(720)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// Warm: what the coding itself costs.
void WindowAppend(benchmark::State& state, const Shapes& shapes) {
  const auto columns = columns_of(shapes, 100, 720);
  for (auto _ : state) {
    for (const auto& column : columns) {
      SeriesWindow window(kStart, INT64_MIN);
      for (const Sample& sample : column) window.insert(sample);
      benchmark::DoNotOptimize(window.size_bytes());
    }
  }
  state.SetItemsProcessed(state.iterations() * 100 * 720);
}
BENCHMARK_CAPTURE(WindowAppend, counters, Shapes{kCounter});
BENCHMARK_CAPTURE(WindowAppend, two_decimals, Shapes{kTwoDecimals});
BENCHMARK_CAPTURE(WindowAppend, smooth, Shapes{kSmooth});
BENCHMARK_CAPTURE(WindowAppend, load, kOfALoad);

// Argument: samples, so that the window is an open run or that and chunks.
void WindowRead(benchmark::State& state, const Shapes& shapes) {
  std::vector<SeriesWindow> windows;
  for (const auto& column : columns_of(shapes, 100, state.range(0))) {
    SeriesWindow& window = windows.emplace_back(kStart, INT64_MIN);
    for (const Sample& sample : column) window.insert(sample);
  }
  SampleColumns out;
  for (auto _ : state) {
    for (const SeriesWindow& window : windows) {
      out.clear();
      window.view().read(TimeRange::all(), out);
      benchmark::DoNotOptimize(out.values.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * 100 * state.range(0));
}
BENCHMARK_CAPTURE(WindowRead, counters, Shapes{kCounter})->Arg(60)->Arg(119)->Arg(720);
BENCHMARK_CAPTURE(WindowRead, two_decimals, Shapes{kTwoDecimals})->Arg(60)->Arg(119)->Arg(720);
BENCHMARK_CAPTURE(WindowRead, smooth, Shapes{kSmooth})->Arg(45)->Arg(720);
BENCHMARK_CAPTURE(WindowRead, load, kOfALoad)->Arg(60)->Arg(119)->Arg(720);

Labels labels_of(size_t number) {
  const size_t host = number / 100;
  return Labels::of({{"__name__", "metric_" + std::to_string(number % 100) + "_bytes_total"},
                     {"instance", "host_" + std::to_string(host) + ":9100"},
                     {"job", "devops"},
                     {"region", "eu-central-1"},
                     {"zone", host % 2 == 0 ? "eu-central-1a" : "eu-central-1b"},
                     {"rack", std::to_string(host % 100)},
                     {"os", host % 2 == 0 ? "Debian12" : "Ubuntu24.04LTS"},
                     {"team", host % 4 == 0 ? "payments" : "platform"},
                     {"device", "device" + std::to_string(number % 6)}});
}

void HeadIndexMemory(benchmark::State& state) {
  const TenantId tenant = TenantId::from_stored(1);
  for (auto _ : state) {
    state.PauseTiming();
    auto index = std::make_unique<HeadIndex>();
    const size_t before = allocated();
    for (size_t i = 0; i < kSeries; ++i) {
      const Labels labels = labels_of(i);
      const uint64_t hash = series_hash(tenant, labels);
      state.ResumeTiming();
      index->add({labels, hash});
      state.PauseTiming();
    }
    const size_t all = allocated() - before;
    state.counters["labels_bytes"] = per_series(index->pool()->size_bytes());
    state.counters["series_bytes"] = sizeof(HeadSeries);
    state.counters["index_bytes"] = per_series(all - index->pool()->size_bytes()) - sizeof(HeadSeries);
    state.counters["all_bytes"] = per_series(all);
    state.counters["counted_bytes"] = per_series(index->size_bytes()) + sizeof(SeriesWindow);
    index.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(HeadIndexMemory)->Iterations(1)->Unit(benchmark::kMillisecond);

// A million series pass through, and half of those there go at a time: what the rest takes in the end
// (`all_bytes`). Nanoseconds an item are those of letting a series go while another one stays.
void HeadIndexChurn(benchmark::State& state) {
  constexpr size_t kLive = 100'000;
  constexpr size_t kThrough = 1'000'000;
  const TenantId tenant = TenantId::from_stored(1);
  for (auto _ : state) {
    state.PauseTiming();
    const size_t before = allocated();
    HeadIndex index;
    std::vector<HeadSeries*> series;
    for (size_t i = 0; i < kThrough; ++i) {
      const Labels labels = labels_of(i);
      series.push_back(&index.add({labels, series_hash(tenant, labels)}));
      series.back()->windows.emplace_back(kStart, INT64_MIN);
      if (series.size() < kLive) continue;
      for (size_t idle = 0; idle < kLive / 2; ++idle) series[idle]->windows.clear();
      state.ResumeTiming();
      index.drop_idle();
      state.PauseTiming();
      series.erase(series.begin(), series.begin() + kLive / 2);
    }
    const auto live = static_cast<double>(index.series_count());
    const size_t own = series.capacity() * sizeof(series[0]);
    state.counters["all_bytes"] = static_cast<double>(allocated() - before - own) / live;
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kThrough));
}
BENCHMARK(HeadIndexChurn)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace weir::store::embedded
