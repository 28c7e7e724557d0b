#include <gtest/gtest.h>

#include "model/batch.h"
#include "os/sim/manual_clock.h"
#include "os/sim/temp_directory.h"
#include "store/embedded/embedded_store.h"

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kHour = 3'600'000;

class EmbeddedFingerprint : public testing::Test {
 protected:
  EmbeddedFingerprint() {
    options_.directory = directory_.path();
    options_.retention = std::chrono::hours(48);
    start();
  }
  void start() {
    store_.reset();
    store_ = open(options_, os::posix_files(), clock_, registry_).value();
    lease_ = store_->acquire(PartitionId(0), Deadline::never()).value();
  }
  void write(TimestampMs at_ms) {
    Batch batch;
    batch.begin_series(Labels::of({{"__name__", "m"}}).view().bytes());
    batch.add_sample(at_ms, 1);
    const AppliedRecord record{tenant_, offset_, &batch};
    offset_ = Offset(offset_.value() + 1);
    store_->commit({lease_, {&record, 1}, offset_}, Deadline::never(),
                   [](Result<CommitReport> report) { ASSERT_TRUE(report.ok()); });
  }
  uint64_t fingerprint(TimeRange range) {
    return store_->fingerprint(tenant_, range, Deadline::never()).value();
  }

  const TenantId tenant_ = TenantId::from_stored(1);
  os::sim::TempDirectory directory_;
  os::sim::ManualClock clock_;
  telemetry::Registry registry_;
  EmbeddedStoreOptions options_;
  std::unique_ptr<Store> store_;
  Lease lease_;
  Offset offset_{0};
};

TEST_F(EmbeddedFingerprint, ChangesWithWhatRetentionTakes) {
  const TimestampMs now = clock_.wall_ms();
  write(now);
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  clock_.advance(std::chrono::hours(40));
  write(now + 40 * kHour);
  const TimeRange old{now - kHour, now}, fresh{now + 30 * kHour, now + 40 * kHour};
  const uint64_t before = fingerprint(old), of_fresh = fingerprint(fresh);
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  EXPECT_EQ(fingerprint(old), before) << "nothing is too old yet";
  clock_.advance(std::chrono::hours(20));
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  EXPECT_EQ(store_->status()->block_samples, 1u);
  EXPECT_NE(fingerprint(old), before);
  EXPECT_EQ(fingerprint(fresh), of_fresh) << "what went is older";
}

TEST_F(EmbeddedFingerprint, DoesNotOutliveTheProcess) {
  write(clock_.wall_ms());
  ASSERT_TRUE(store_->compact(Deadline::never()).ok());
  const uint64_t before = fingerprint(TimeRange::all());
  start();
  EXPECT_NE(fingerprint(TimeRange::all()), before);
}

TEST_F(EmbeddedFingerprint, StaysWithDuplicates) {
  write(clock_.wall_ms());
  const uint64_t before = fingerprint(TimeRange::all());
  write(clock_.wall_ms());
  EXPECT_EQ(fingerprint(TimeRange::all()), before);
}

}  // namespace
}  // namespace weir::store::embedded
