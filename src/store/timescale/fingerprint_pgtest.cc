#include "store/timescale/store_fixture_pgtest.h"

namespace weir::store::timescale {
namespace {

constexpr int64_t kDayMs = 24 * kHourMs;

class PlainFingerprint : public ServerStore<PlainServer> {
 protected:
  static uint64_t fingerprint(Store& store, TimeRange range = TimeRange::all()) {
    return store.fingerprint(tenant(1), range, Deadline::never()).value();
  }
  static Batch sample(TimestampMs at) { return batch_of(Labels::of({{"__name__", "m"}}), {{at, 1}}); }
};

TEST_F(PlainFingerprint, IsTheSameForEveryProcess) {
  const auto store = start();
  const auto other = open_only();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  for (int64_t i = 0; i < 3; ++i) {
    const uint64_t before = fingerprint(*other);
    EXPECT_EQ(fingerprint(*store), before);
    ASSERT_TRUE(commit(*store, lease, tenant(1), sample(kStart + i), i).ok());
    EXPECT_NE(fingerprint(*other), before);
    EXPECT_EQ(fingerprint(*store), fingerprint(*other));
  }
}

TEST_F(PlainFingerprint, ADeletionChangesIt) {
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  ASSERT_TRUE(commit(*store, lease, tenant(1), sample(kStart), 0).ok());
  ASSERT_TRUE(commit(*store, lease, tenant(2), sample(kStart), 1).ok());
  const TimeRange hour{kStart, kStart + kHourMs};
  const uint64_t before = fingerprint(*store, hour);
  const uint64_t others = store->fingerprint(tenant(2), hour, Deadline::never()).value();
  schema().run("call weir.delete_tenant_before(1, to_timestamp(1700000000) + interval '300 days')");
  EXPECT_TRUE(counts(*store, tenant(1)).empty());
  const uint64_t after = fingerprint(*store, hour);
  EXPECT_NE(after, before);
  EXPECT_EQ(store->fingerprint(tenant(2), hour, Deadline::never()).value(), others);
  ASSERT_TRUE(commit(*store, lease, tenant(1), sample(kStart), 2).ok());
  schema().run("call weir.delete_tenant_before(1, to_timestamp(1700000000) + interval '300 days')");
  EXPECT_NE(fingerprint(*store, hour), after) << "empty again, but not the same moment";
}

// Chunks go by the database's clock and without telling.
TEST_F(PlainFingerprint, WhereRetentionTakesDataEachIsAnother) {
  options().retention = os::milliseconds(10 * kDayMs);
  const auto store = start();
  const TimestampMs now = os::system_clock().wall_ms();
  EXPECT_NE(fingerprint(*store), fingerprint(*store));
  const TimeRange at_the_edge{now - 10 * kDayMs + kHourMs / 2, now};
  EXPECT_NE(fingerprint(*store, at_the_edge), fingerprint(*store, at_the_edge));
  const TimeRange kept{now - 10 * kDayMs + 2 * kHourMs, now};
  EXPECT_EQ(fingerprint(*store, kept), fingerprint(*store, kept));
  EXPECT_EQ(fingerprint(*store, {1, 0}), fingerprint(*store, {1, 0})) << "an empty range";
}

TEST_F(PlainFingerprint, RowsThatRestForAWeekAreRemoved) {
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  ASSERT_TRUE(commit(*store, lease, tenant(1), sample(kStart), 0).ok());
  ASSERT_TRUE(commit(*store, lease, tenant(1), sample(kStart + kDayMs), 1).ok());
  const TimeRange first{kStart, kStart + 1};
  const uint64_t before = fingerprint(*store, first);
  schema().run("update weir.hour_version set changed = now() - interval '8 days' where version = 1");
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.hour_version"), 1);
  EXPECT_NE(fingerprint(*store, first), before);
  ASSERT_TRUE(commit(*store, lease, tenant(1), sample(kStart + 1), 2).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.hour_version"), 2);
}

// Each partition has rows of its own, so that no commit waits for another's.
TEST_F(PlainFingerprint, ACommitTakesNoLockOfAnotherPartition) {
  const auto store = start();
  const Lease first = store->acquire(PartitionId(0), Deadline::never()).value();
  const Lease second = store->acquire(PartitionId(1), Deadline::never()).value();
  ASSERT_TRUE(commit(*store, first, tenant(1), sample(kStart), 0).ok());
  const auto holder = schema().connect();
  const auto run = [&](const std::string& text) {
    ASSERT_TRUE(holder->run(in_schema(text, schema().name()), Deadline::never()).ok());
  };
  run("begin");
  run("select * from weir.hour_version where partition = 0 for update");
  const Deadline soon = Deadline::after(os::system_clock(), os::milliseconds(10'000));
  EXPECT_TRUE(commit(*store, second, tenant(1), sample(kStart + 1), 0, soon).ok());
  run("rollback");
}

// What an update changes is in no index, so it stays on its page and leaves the index alone.
TEST_F(PlainFingerprint, UpdatesStayOnTheirPage) {
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  for (int64_t i = 0; i < 50; ++i) ASSERT_TRUE(commit(*store, lease, tenant(1), sample(kStart + i), i).ok());
  const int64_t size = schema().number("select pg_relation_size('weir.hour_version')");
  EXPECT_LE(size, 2 * 8'192);
  EXPECT_EQ(schema().number("select count(*) from weir.hour_version"), 1);
}

}  // namespace
}  // namespace weir::store::timescale
