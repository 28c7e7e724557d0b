#include "app/applied_log.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "store/memory/memory_store.h"
#include "support/memory_log.h"

namespace weir::app {
namespace {

constexpr TimestampMs kNow = 1'700'000'000'000;

/// A store that has applied as much as a test says.
class Store : public store::MemoryStore {
 public:
  Result<Offset> visible_offset(PartitionId partition) override {
    if (away) return unavailable("the store is away");
    return visible[partition.value()];
  }
  bool away = false;
  std::vector<Offset> visible = {Offset(0), Offset(0)};
};

class AppliedLogTest : public testing::Test {
 protected:
  void append(PartitionId partition) {
    const log::NewRecord record{TenantId::from_stored(1), partition, "record"};
    log_.append({&record, 1}, Deadline::never(), [](auto positions) { ASSERT_TRUE(positions.ok()); });
  }
  std::optional<TimestampMs> complete_later() {
    clock_.advance(AppliedLog::kInterval);
    return applied_.complete_ms();
  }

  os::sim::ManualClock clock_{kNow};
  log::MemoryLog log_{2};
  Store store_;
  AppliedLog applied_{log_, store_, clock_};
};

TEST_F(AppliedLogTest, FollowsTheLogWhileNothingWaits) {
  EXPECT_EQ(applied_.complete_ms(), kNow);
  EXPECT_EQ(complete_later(), kNow + 100);
}

TEST_F(AppliedLogTest, WaitsForEveryPartition) {
  append(PartitionId(0));
  append(PartitionId(1));
  EXPECT_EQ(applied_.complete_ms(), std::nullopt);
  store_.visible[1] = Offset(1);
  EXPECT_EQ(complete_later(), std::nullopt);
  append(PartitionId(0));  // after the time in question
  store_.visible[0] = Offset(1);
  EXPECT_EQ(complete_later(), kNow);
  EXPECT_EQ(complete_later(), kNow);
  store_.visible[0] = Offset(2);
  EXPECT_EQ(complete_later(), kNow + 300);
}

TEST_F(AppliedLogTest, StaysWhereItWasWhileTheStoreIsAway) {
  EXPECT_EQ(applied_.complete_ms(), kNow);
  store_.away = true;
  EXPECT_EQ(complete_later(), kNow);
  store_.away = false;
  EXPECT_EQ(complete_later(), kNow + 100);
}

TEST_F(AppliedLogTest, AsksNowAndThenOnly) {
  EXPECT_EQ(applied_.complete_ms(), kNow);
  clock_.advance(AppliedLog::kInterval - os::milliseconds(1));
  EXPECT_EQ(applied_.complete_ms(), kNow);
}

}  // namespace
}  // namespace weir::app
