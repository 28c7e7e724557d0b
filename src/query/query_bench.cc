#include <numeric>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "query/engine.h"

namespace weir::query {
namespace {

constexpr size_t kSeries = 1'000;
constexpr size_t kSamples = 360;
constexpr int64_t kInterval_ms = 15'000;

/// Series in memory, handed out by copying two columns: nearly free, so that what is measured is the engine.
class ColumnStore : public store::Store {
 public:
  ColumnStore() {
    for (size_t i = 0; i < kSeries; ++i) {
      const std::string instance = fmt::format("host-{:04}", i);
      const std::string job = fmt::format("job-{}", i % 10);
      labels_.push_back(Labels::of({{"__name__", "requests_total"}, {"instance", instance}, {"job", job}}));
      SampleColumns& samples = samples_.emplace_back();
      for (size_t s = 0; s < kSamples; ++s) {
        samples.push_back(static_cast<int64_t>(s) * kInterval_ms, static_cast<double>(s * (i + 1) % 100'000));
      }
    }
  }

  const std::vector<SampleColumns>& samples() const { return samples_; }

  Result<std::unique_ptr<store::SeriesSet>> select(TenantId, const store::SelectRequest&, Deadline) override {
    return std::unique_ptr<store::SeriesSet>(std::make_unique<Set>(*this));
  }
  Result<uint64_t> fingerprint(TenantId, TimeRange, Deadline) override { return uint64_t{0}; }
  Result<store::Lease> acquire(PartitionId, Deadline) override { return unsupported("read only"); }
  void commit(const store::Commit&, Deadline, Completion<store::CommitReport> done) override {
    done(unsupported("read only"));
  }
  Result<Offset> durable_offset(PartitionId) override { return unsupported("read only"); }
  Result<Offset> visible_offset(PartitionId) override { return unsupported("read only"); }
  Result<std::vector<std::string>> label_names(TenantId, const store::LabelRequest&, Deadline) override {
    return std::vector<std::string>();
  }
  Result<std::vector<std::string>> label_values(TenantId, std::string_view, const store::LabelRequest&,
                                                Deadline) override {
    return std::vector<std::string>();
  }
  Result<std::vector<Labels>> series(TenantId, const store::LabelRequest&, Deadline) override {
    return labels_;
  }
  Result<store::EraseReport> erase(TenantId, std::span<const Matcher>, TimeRange, Deadline) override {
    return unsupported("erase: the columns stay as they are");
  }
  Status compact(Deadline) override { return {}; }
  Status flush(Deadline) override { return {}; }
  Status snapshot(const store::SnapshotRequest&, Deadline) override { return unsupported("snapshot"); }
  Result<store::StoreStatus> status() const override { return store::StoreStatus(); }

 private:
  class Set : public store::SeriesSet {
   public:
    explicit Set(const ColumnStore& store) : store_(store) {}
    Result<bool> next() override { return ++next_ <= kSeries; }
    LabelsView labels() const override { return store_.labels_[next_ - 1]; }
    Status read(SampleColumns& out) override {
      const SampleColumns& samples = store_.samples_[next_ - 1];
      out.timestamps_ms.insert(out.timestamps_ms.end(), samples.timestamps_ms.begin(),
                               samples.timestamps_ms.end());
      out.values.insert(out.values.end(), samples.values.begin(), samples.values.end());
      return {};
    }

   private:
    const ColumnStore& store_;
    size_t next_ = 0;
  };

  std::vector<Labels> labels_;
  std::vector<SampleColumns> samples_;
};

void report_samples(benchmark::State& state) {
  const auto samples = static_cast<double>(kSeries * kSamples);
  state.SetItemsProcessed(static_cast<int64_t>(samples) * state.iterations());
  state.counters["per_sample"] =
      benchmark::Counter(samples * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// A step for each sample: the dashboard's question, at its full resolution.
void run_query(benchmark::State& state, std::string_view text) {
  ColumnStore store;
  const Engine engine(store, EngineOptions(), os::system_clock());
  const Limits limits;
  const TenantId tenant = TenantId::from_stored(1);
  const Engine::Range range{0, static_cast<int64_t>(kSamples - 1) * kInterval_ms, kInterval_ms};
  for (auto _ : state) {
    const auto result = engine.range({tenant, limits, Deadline::never()}, text, range);
    CHECK(result.ok(), result.ok() ? "" : result.error().message);
    benchmark::DoNotOptimize(result);
  }
  report_samples(state);
}

// One step: what is done once a series, labels above all, and hardly any samples.
void run_instant(benchmark::State& state, std::string_view text) {
  ColumnStore store;
  const Engine engine(store, EngineOptions(), os::system_clock());
  const Limits limits;
  for (auto _ : state) {
    const auto result = engine.instant({TenantId::from_stored(1), limits, Deadline::never()}, text,
                                       static_cast<int64_t>(kSamples - 1) * kInterval_ms);
    CHECK(result.ok(), result.ok() ? "" : result.error().message);
    benchmark::DoNotOptimize(result);
  }
  state.counters["per_series"] =
      benchmark::Counter(static_cast<double>(kSeries) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// The floor: each value is read once.
void BM_SumRawColumns(benchmark::State& state) {
  const ColumnStore store;
  for (auto _ : state) {
    double total = 0;
    for (const SampleColumns& samples : store.samples()) {
      total = std::accumulate(samples.values.begin(), samples.values.end(), total);
    }
    benchmark::DoNotOptimize(total);
  }
  report_samples(state);
}
BENCHMARK(BM_SumRawColumns)->Unit(benchmark::kMillisecond);

BENCHMARK_CAPTURE(run_query, selector, "requests_total")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_query, rate, "rate(requests_total[5m])")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_query, sum_by_rate, "sum by (job) (rate(requests_total[5m]))")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_query, sum_by, "sum by (job) (requests_total)")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_query, avg_over_time, "avg_over_time(requests_total[5m])")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_query, divide, "rate(requests_total[5m]) / rate(requests_total[1m])")
    ->Unit(benchmark::kMillisecond);

BENCHMARK_CAPTURE(run_instant, count, "count(requests_total)")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(run_instant, count_of_divided, "count(requests_total / requests_total)")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(run_instant, count_of_and, "count(requests_total and requests_total)")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(run_instant, count_of_negative, "count(-requests_total)")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace weir::query
