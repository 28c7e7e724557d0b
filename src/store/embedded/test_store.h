#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/batch.h"
#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/embedded_store.h"

namespace weir::store::embedded {

using TestContents = std::map<std::string, std::map<TimestampMs, double>>;

/// For tests: an embedded store of one partition on a simulated disk, with the log before it and what must be
/// in it. Records are logged by one thread; `contents` may be read by others meanwhile.
class TestStore {
 public:
  static constexpr TimestampMs kHour = 3'600'000;

  TestStore(os::sim::FaultyFiles& files, os::sim::ManualClock& clock, std::string directory)
      : files_(files), clock_(clock) {
    options_.directory = std::move(directory);
    options_.partition_count = 1;
    options_.window = os::milliseconds(kHour);
    options_.maintenance_interval = os::milliseconds(1'000 * kHour);
  }

  /// Opens the store and applies what it may lack.
  Status start() {
    registry_ = std::make_unique<telemetry::Registry>();
    ASSIGN_OR_RETURN(store_, open(options_, files_, clock_, *registry_));
    ASSIGN_OR_RETURN(lease_, store_->acquire(PartitionId(0), Deadline::never()));
    for (auto i = static_cast<size_t>(lease_.resume.value()); i < log_.size(); ++i) RETURN_IF_ERROR(apply(i));
    return {};
  }
  void stop() { store_.reset(); }
  Store& store() { return *store_; }
  Offset resume() const { return lease_.resume; }

  Status log(int series, TimestampMs timestamp_ms, double value) {
    const Labels labels = Labels::of({{"__name__", "m"}, {"n", std::to_string(series)}});
    Batch& batch = log_.emplace_back();
    batch.begin_series(labels.view().bytes());
    batch.add_sample(timestamp_ms, value);
    expected_[labels.view().to_string()][timestamp_ms] = value;
    return store_ == nullptr ? Status() : apply(log_.size() - 1);
  }
  /// Some samples of several windows, other ones for each `round`.
  Status log_round(int round) {
    for (int i = 0; i < 8; ++i) {
      const TimestampMs at = 1'699'999'200'000 + (i % 4) * kHour + round * 1'000 + i;
      RETURN_IF_ERROR(log(i % 3, at, round * 100.0 + i));
    }
    return {};
  }

  const TestContents& expected() const { return expected_; }
  Result<TestContents> contents() {
    const std::vector<Matcher> matchers = {Matcher::equal("__name__", "m")};
    ASSIGN_OR_RETURN(auto set, store_->select(tenant(), {matchers, TimeRange::all()}, Deadline::never()));
    TestContents contents;
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, set->next());
      if (!more) return contents;
      SampleColumns samples;
      RETURN_IF_ERROR(set->read(samples));
      for (size_t i = 0; i < samples.size(); ++i)
        contents[set->labels().to_string()][samples.timestamps_ms[i]] = samples.values[i];
    }
  }

 private:
  static TenantId tenant() { return TenantId::from_stored(1); }
  Status apply(size_t i) {
    const auto offset = Offset(static_cast<int64_t>(i));
    const AppliedRecord record{tenant(), offset, &log_[i]};
    Status outcome;
    store_->commit({lease_, {&record, 1}, Offset(offset.value() + 1)}, Deadline::never(),
                   [&](Result<CommitReport> report) {
                     if (!report.ok()) outcome = std::move(report).error();
                   });
    return outcome;
  }

  os::sim::FaultyFiles& files_;
  os::sim::ManualClock& clock_;
  EmbeddedStoreOptions options_;
  std::unique_ptr<telemetry::Registry> registry_;
  std::unique_ptr<Store> store_;
  Lease lease_{PartitionId(0), Epoch(0)};
  std::vector<Batch> log_;
  TestContents expected_;
};

}  // namespace weir::store::embedded
