#pragma once

#include <future>

#include <gmock/gmock.h>

#include "contract/store_fixture.h"
#include "os/sim/manual_clock.h"
#include "store/timescale/store_harness_pgtest.h"

namespace weir::store::timescale {

/// A migrated schema, and short forms.
template <typename Server>
class ServerStore : public testing::Test {
 protected:
  static constexpr TimestampMs kStart = 1'700'000'000'000;

  void SetUp() override {
    if (const char* missing = TestSchema<Server>::missing_server()) GTEST_SKIP() << missing;
    schema_.emplace();
    options_ = schema_->options();
  }
  TestSchema<Server>& schema() { return *schema_; }
  TimescaleStoreOptions& options() { return options_; }
  static TenantId tenant(uint64_t id) { return TenantId::from_stored(id); }

  std::unique_ptr<Store> start() {
    const auto applied = migrate(options_, os::system_clock(), Deadline::never());
    EXPECT_TRUE(applied.ok()) << applied.error().message;
    return open_only();
  }
  std::unique_ptr<Store> open_only() {
    return open(options_, os::system_clock(), registry_, Deadline::never(), report_).value();
  }

  struct Sent {
    Offset begin{0};
    std::vector<Batch> batches;
  };
  static Batch batch_of(const Labels& labels, const std::vector<Sample>& samples) {
    Batch batch;
    batch.begin_series(labels.view().bytes());
    for (const Sample& sample : samples) batch.add_sample(sample.timestamp_ms, sample.value);
    return batch;
  }
  static Result<CommitReport> commit(Store& store, const Lease& lease, TenantId tenant, const Batch& batch,
                                     int64_t offset, Deadline deadline = Deadline::never()) {
    const AppliedRecord record{tenant, Offset(offset), &batch};
    std::promise<Result<CommitReport>> outcome;
    store.commit({lease, {&record, 1}, Offset(offset + 1)}, deadline,
                 [&](Result<CommitReport> result) { outcome.set_value(std::move(result)); });
    return outcome.get_future().get();
  }
  static std::map<std::string, size_t> counts(Store& store, TenantId tenant) {
    const std::vector<Matcher> all = {Matcher::any_metric()};
    auto set = store.select(tenant, {all, TimeRange::all()}, Deadline::never()).value();
    std::map<std::string, size_t> found;
    while (set->next().value()) {
      SampleColumns samples;
      EXPECT_TRUE(set->read(samples).ok());
      found[set->labels().to_string()] = samples.size();
    }
    return found;
  }

  std::optional<TestSchema<Server>> schema_;
  TimescaleStoreOptions options_;
  telemetry::Registry registry_;
  ServerReport report_;
};

}  // namespace weir::store::timescale
