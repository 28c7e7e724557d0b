#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "os/sim/temp_directory.h"
#include "store/embedded/embedded_store.h"

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kStart = 1'700'000'000'000 / 7'200'000 * 7'200'000;
constexpr TimestampMs kStep = 10'000;
constexpr size_t kSeriesPerRecord = 2'000;

TenantId tenant() {
  return TenantId::from_stored(1);
}

// DevOps-like series: a hundred metrics a host, nine labels.
Labels series_labels(size_t number) {
  const std::string host = "host_" + std::to_string(number / 100);
  const std::string metric = "metric_" + std::to_string(number % 100) + "_total";
  return Labels::of({{"__name__", metric},
                     {"arch", "x64"},
                     {"datacenter", "eu-central-1a"},
                     {"hostname", host},
                     {"os", "Ubuntu16.10"},
                     {"rack", std::to_string(number / 100 % 50)},
                     {"region", "eu-central-1"},
                     {"service", "6"},
                     {"team", "SF"}});
}

// Two-decimal gauges, counters and integers, as machines send them.
double value_at(size_t series, int64_t step) {
  const auto x = static_cast<double>(step);
  if (series % 3 == 0)
    return std::round((50 + 40 * std::sin(x / 50 + static_cast<double>(series))) * 100) / 100;
  if (series % 3 == 1) return x * static_cast<double>(series % 17);
  return static_cast<double>((series * 31 + static_cast<size_t>(step) / 8) % 100);
}

class Bench {
 public:
  explicit Bench(size_t series_count) : batches_((series_count + kSeriesPerRecord - 1) / kSeriesPerRecord) {
    store_ = open({.directory = directory_.path(), .head_bytes_max = uint64_t{8} << 30}, os::posix_files(),
                  os::system_clock(), registry_)
                 .value();
    lease_ = store_->acquire(PartitionId(0), Deadline::never()).value();
    for (size_t i = 0; i < series_count; ++i) labels_.push_back(series_labels(i));
  }

  Store& store() { return *store_; }
  size_t series_count() const { return labels_.size(); }

  /// One sample of each series, as records of kSeriesPerRecord series.
  void fill(int64_t step) {
    for (Batch& batch : batches_) batch.clear();
    for (size_t i = 0; i < labels_.size(); ++i) {
      Batch& batch = batches_[i / kSeriesPerRecord];
      batch.begin_series(labels_[i].view().bytes());
      batch.add_sample(kStart + step * kStep, value_at(i, step));
    }
  }
  void commit() {
    for (const Batch& batch : batches_) {
      const AppliedRecord record{tenant(), Offset(offset_++), &batch};
      store_->commit({lease_, {&record, 1}, Offset(offset_)}, Deadline::never(),
                     [](Result<CommitReport> report) { CHECK(report.ok(), "a commit of the benchmark"); });
    }
  }
  void load(int64_t steps) {
    for (int64_t step = 0; step < steps; ++step) {
      fill(step);
      commit();
    }
  }
  size_t read(const std::vector<Matcher>& matchers, TimeRange range,
              std::optional<WindowReduction> reduction = std::nullopt) {
    SelectRequest request{matchers, range};
    request.reduction = reduction;
    auto set = store_->select(tenant(), request, Deadline::never()).value();
    size_t samples = 0;
    SampleColumns columns;
    while (set->next().value()) {
      columns.clear();
      CHECK(set->read(columns).ok(), "a read of the benchmark");
      samples += columns.size();
    }
    return samples;
  }

 private:
  os::sim::TempDirectory directory_;
  telemetry::Registry registry_;
  std::unique_ptr<Store> store_;
  Lease lease_{};
  std::vector<Labels> labels_;
  std::vector<Batch> batches_;
  int64_t offset_ = 0;
};

// Nanoseconds an item are nanoseconds a sample. Argument: series.
void CommitSteady(benchmark::State& state) {
  Bench bench(static_cast<size_t>(state.range(0)));
  bench.load(1);
  int64_t step = 0;
  for (auto _ : state) {
    state.PauseTiming();
    bench.fill(++step);
    state.ResumeTiming();
    bench.commit();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  const StoreStatus status = bench.store().status().value();
  state.counters["head_bytes_per_series"] =
      static_cast<double>(status.head_bytes) / static_cast<double>(status.active_series);
}
BENCHMARK(CommitSteady)->Arg(10'000)->Arg(40'000)->Iterations(720)->Unit(benchmark::kMillisecond);

void CommitNewSeries(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto bench = std::make_unique<Bench>(static_cast<size_t>(state.range(0)));
    bench->fill(0);
    state.ResumeTiming();
    bench->commit();
    state.PauseTiming();
    bench.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(CommitNewSeries)->Arg(40'000)->Iterations(5)->Unit(benchmark::kMillisecond);

// Writing two hours of samples to a block, and merging it with nothing.
void CompactTwoHours(benchmark::State& state) {
  double bytes_per_sample = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Bench bench(static_cast<size_t>(state.range(0)));
    bench.load(720);
    state.ResumeTiming();
    CHECK(bench.store().compact(Deadline::never()).ok(), "compact");
    state.PauseTiming();
    const StoreStatus status = bench.store().status().value();
    bytes_per_sample = static_cast<double>(status.block_bytes) / static_cast<double>(status.block_samples);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * 720);
  state.counters["block_bytes_per_sample"] = bytes_per_sample;
}
BENCHMARK(CompactTwoHours)->Arg(10'000)->Iterations(2)->Unit(benchmark::kMillisecond);

// Select and decode everything. Argument: 1 from a block, 0 from the head.
void ReadAll(benchmark::State& state) {
  Bench bench(10'000);
  bench.load(720);
  if (state.range(0) == 1) CHECK(bench.store().compact(Deadline::never()).ok(), "compact");
  const std::vector<Matcher> all = {Matcher::any_metric()};
  size_t samples = 0;
  for (auto _ : state) samples += bench.read(all, TimeRange::all());
  state.SetItemsProcessed(static_cast<int64_t>(samples));
}
BENCHMARK(ReadAll)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

// The last five minutes of all series, where selection weighs more than decoding. Items are series.
void ReadLastMinutes(benchmark::State& state) {
  Bench bench(10'000);
  bench.load(720);
  if (state.range(0) == 1) CHECK(bench.store().compact(Deadline::never()).ok(), "compact");
  const std::vector<Matcher> all = {Matcher::any_metric()};
  const TimestampMs end = kStart + 720 * kStep;
  for (auto _ : state) benchmark::DoNotOptimize(bench.read(all, {end - 300'000, end}));
  state.SetItemsProcessed(state.iterations() * 10'000);
}
BENCHMARK(ReadLastMinutes)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void ReadOneSeries(benchmark::State& state) {
  Bench bench(10'000);
  bench.load(720);
  if (state.range(0) == 1) CHECK(bench.store().compact(Deadline::never()).ok(), "compact");
  const std::vector<Matcher> one = {Matcher::equal("__name__", "metric_7_total"),
                                    Matcher::equal("hostname", "host_42")};
  for (auto _ : state) benchmark::DoNotOptimize(bench.read(one, TimeRange::all()));
}
BENCHMARK(ReadOneSeries)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

// A week of 200 series, in one window or by windows of an hour. Arguments: 1 by hours; 1 from rollups, where
// the reads are hinted at. Items are samples that the windows hold, whether read or not.
void ReduceWeek(benchmark::State& state) {
  constexpr int64_t kSteps = 7 * 24 * 360;
  Bench bench(200);
  for (int64_t step = 0; step < kSteps; step += 8'640) {
    for (int64_t i = step; i < step + 8'640; ++i) {
      bench.fill(i);
      bench.commit();
    }
    CHECK(bench.store().compact(Deadline::never()).ok(), "compact");
  }
  const std::vector<Matcher> all = {Matcher::any_metric()};
  WindowReduction reduction{WindowReduction::Kind::kMax, kStart + kSteps * kStep, 0, 1, kSteps * kStep};
  if (state.range(0) == 1)
    reduction = {WindowReduction::Kind::kMax, kStart + kHourMs, kHourMs, kSteps / 360, kHourMs};
  std::optional<WindowReduction> hint;
  if (state.range(1) == 1) hint = reduction;
  size_t samples = 0;
  for (auto _ : state) samples = bench.read(all, {kStart + 1, kStart + kSteps * kStep}, hint);
  state.SetItemsProcessed(state.iterations() * 200 * kSteps);
  const StoreStatus status = bench.store().status().value();
  state.counters["samples_read"] = static_cast<double>(samples);
  state.counters["block_bytes_per_sample"] =
      static_cast<double>(status.block_bytes) / static_cast<double>(status.block_samples);
}
BENCHMARK(ReduceWeek)->ArgsProduct({{0, 1}, {0, 1}})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace weir::store::embedded
