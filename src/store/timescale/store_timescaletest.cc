#include <cmath>

#include "store/timescale/store_fixture_pgtest.h"

namespace weir::store::timescale {
namespace {

class HyperStore : public ServerStore<TimescaleServer> {
 protected:
  /// Every stored sample of `tables` minutes, hours or days counted anew from the raw samples.
  int64_t mismatches(const std::string& level, const std::string& bucket) {
    return schema().number(fmt::format(R"sql(
      select count(*) from (
        select series_id, time_bucket('{1}', time) as bucket, count(*) as n, sum(value) as sum, min(value) as min,
          max(value) as max, (array_agg(value order by time))[1] as first, (array_agg(value order by time desc))[1] as last,
          coalesce(sum(before) filter (where value < before and same), 0) as drops
        from (select series_id, time, value, lag(value) over w as before,
                time_bucket('{1}', time) = time_bucket('{1}', lag(time) over w) as same
              from weir.sample where value <> 'NaN' window w as (partition by series_id order by time)) v
        group by 1, 2) r
      full join (select * from weir.{0} where count > 0) a using (series_id, bucket)
      where (r.n, r.min, r.max, r.first, r.last) is distinct from (a.count, a.min, a.max, a.first, a.last)
         or abs(r.sum - a.sum) > 1e-9 * abs(r.sum) or abs(r.drops - a.drops) > 1e-9 * abs(r.drops))sql",
                                       level, bucket));
  }
};

TEST_F(HyperStore, TellsWhatTheServerIs) {
  const auto store = start();
  EXPECT_TRUE(report_.timescale.starts_with("2.")) << report_.timescale;
  EXPECT_EQ(report_.license, "timescale");
  EXPECT_THAT(report_.missing, testing::IsEmpty());
  EXPECT_EQ(schema().number(
                "select count(*) from timescaledb_information.hypertables where hypertable_schema = 'weir'"),
            1);
  EXPECT_EQ(
      schema().number(
          "select count(*) from timescaledb_information.continuous_aggregates where view_schema = 'weir' "
          "and not materialized_only"),
      3);
  EXPECT_THAT(migrate(options(), os::system_clock(), Deadline::never()).value(), testing::IsEmpty());
}

TEST_F(HyperStore, PoliciesFollowTheOptions) {
  const auto jobs = [&](const std::string& kind) {
    return schema().number("select count(*) from timescaledb_information.jobs where proc_name = '" + kind +
                           "' and hypertable_schema = 'weir' and hypertable_name = 'sample'");
  };
  start();
  EXPECT_EQ(jobs("policy_retention"), 0);
  EXPECT_EQ(jobs("policy_compression"), 1);
  options().retention = std::chrono::hours(24 * 7);
  start();
  EXPECT_EQ(jobs("policy_retention"), 1);
  options().retention = os::milliseconds(0);
  start();
  EXPECT_EQ(jobs("policy_retention"), 0);
}

TEST_F(HyperStore, PoliciesRun) {
  options().retention = std::chrono::hours(24 * 7);
  const auto store = start();
  const auto ids =
      schema().rows("select job_id from timescaledb_information.jobs where hypertable_schema = 'weir'");
  ASSERT_GE(ids->row_count(), 2u);
  for (size_t row = 0; row < ids->row_count(); ++row)
    schema().run(fmt::format("call run_job({})", int_cell(*ids, row, 0)));
}

TEST_F(HyperStore, AggregatesEqualARecount) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const auto write = [&](int64_t offset, bool late) {
    Batch batch;
    for (int s = 0; s < 5; ++s) {
      batch.begin_series(
          Labels::of({{"__name__", "requests_total"}, {"s", std::to_string(s)}}).view().bytes());
      double counter = 0;
      for (int i = 0; i < (late ? 40 : 1'500); ++i) {
        counter = random.below(40) == 0 ? static_cast<double>(random.below(5))
                                        : counter + static_cast<double>(random.below(9));
        const double value = random.below(50) == 0   ? stale_marker()
                             : random.below(60) == 0 ? std::nan("")
                                                     : counter;
        const auto second = late ? static_cast<int64_t>(random.below(1'500 * 60)) : i * 60;
        batch.add_sample(kStart + second * 1'000 + static_cast<int64_t>(random.below(1'000)), value);
      }
    }
    ASSERT_TRUE(commit(*store, lease, tenant(1), batch, offset).ok());
  };
  write(0, false);
  EXPECT_GT(schema().number("select count(*) from weir.late_window"), 20);
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.late_window"), 0);
  EXPECT_GT(schema().number("select sum(count) from weir.sample_1d"), 7'000);
  EXPECT_GT(schema().number("select count(*) from weir.sample_1d where drops > 0"), 0);
  for (const auto& [level, bucket] :
       {std::pair("sample_1m", "1 minute"), {"sample_1h", "1 hour"}, {"sample_1d", "1 day"}}) {
    EXPECT_EQ(mismatches(level, bucket), 0) << level;
  }
  // Into compressed chunks, far behind what the policies look at.
  EXPECT_GT(schema().number(
                "select count(*) from timescaledb_information.chunks where hypertable_schema = 'weir' and "
                "hypertable_name = 'sample' and is_compressed"),
            0);
  write(1, true);
  EXPECT_GT(mismatches("sample_1m", "1 minute"), 0) << "not yet aggregated";
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  for (const auto& [level, bucket] :
       {std::pair("sample_1m", "1 minute"), {"sample_1h", "1 hour"}, {"sample_1d", "1 day"}}) {
    EXPECT_EQ(mismatches(level, bucket), 0) << level << " after late samples";
  }
}

// A refresh of what retention has dropped would take the aggregates along.
TEST_F(HyperStore, LateSamplesNeverCostAggregatesBehindRetention) {
  const int64_t day = 24 * 3'600'000;
  const TimestampMs now = os::system_clock().wall_ms();
  options().chunk_interval = std::chrono::hours(24);
  {
    const auto keeping = start();
    const Lease lease = keeping->acquire(PartitionId(0), Deadline::never()).value();
    const Batch old = batch_of(Labels::of({{"__name__", "m"}}), {{now - 20 * day, 1}, {now - 5 * day, 1}});
    ASSERT_TRUE(commit(*keeping, lease, tenant(1), old, 0).ok());
    ASSERT_TRUE(keeping->compact(Deadline::never()).ok());
  }
  options().retention = std::chrono::hours(10 * 24);
  const auto store = start();
  schema().rows("select drop_chunks('weir.sample', older_than => interval '10 days')");
  ASSERT_EQ(schema().number("select count(*) from weir.sample"), 1);
  schema().run("insert into weir.late_window select date_trunc('hour', bucket) from weir.sample_1m");
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.late_window"), 0);
  EXPECT_EQ(schema().number("select sum(count) from weir.sample_1h"), 2);
  EXPECT_EQ(schema().number("select sum(count) from weir.sample_1d"), 2);
}

TEST_F(HyperStore, WhatATenantLosesIsAggregatedAnew) {
  SettableRetention retention;
  options().tenant_retention = &retention;
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const int64_t hour = 3'600'000;
  const TimestampMs now = os::system_clock().wall_ms();
  const Batch batch =
      batch_of(Labels::of({{"__name__", "m"}}), {{now - 900 * hour, 1}, {now - 20 * hour, 1}});
  for (uint64_t t = 1; t <= 2; ++t)
    ASSERT_TRUE(commit(*store, lease, tenant(t), batch, static_cast<int64_t>(t)).ok());
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  ASSERT_EQ(schema().number("select sum(count) from weir.sample_1h"), 4);
  retention.set(tenant(1), std::chrono::hours(100));
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.sample"), 3);
  EXPECT_EQ(schema().number("select sum(count) from weir.sample_1h"), 3);
  EXPECT_EQ(schema().number("select count(*) from weir.late_window"), 0);
}

TEST_F(HyperStore, AnalystsSeeTheirTenantsOnlyInCompressedChunksToo) {
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  for (uint64_t t = 1; t <= 3; ++t) {
    const Batch batch = batch_of(Labels::of({{"__name__", "m"}, {"t", std::to_string(t)}}),
                                 {{kStart, 1.0 * t}, {kStart + 1'000, 9.0 * t}});
    ASSERT_TRUE(commit(*store, lease, tenant(t), batch, static_cast<int64_t>(t)).ok());
  }
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  EXPECT_EQ(schema().number(
                "select count(*) from timescaledb_information.chunks where hypertable_schema = 'weir' and "
                "hypertable_name = 'sample' and not is_compressed"),
            0);
  const std::string login = schema().name() + "_ana";
  schema().run("create role " + login + " login; grant weir_analyst to " + login);
  schema().run("insert into weir.tenant_access values ('" + login + "', 2)");
  {
    const auto analyst = schema().connect("user=" + login);
    for (const std::string view : {"sample", "sample_1m", "sample_1h", "sample_1d", "series", "label"}) {
      const auto rows = analyst->execute(
          in_schema("select count(*), min(tenant_id), max(tenant_id) from weir_api." + view, schema().name()),
          {}, Deadline::never());
      ASSERT_TRUE(rows.ok()) << view << rows.error().message;
      EXPECT_GT(int_cell(*rows.value(), 0, 0), 0) << view;
      EXPECT_EQ(int_cell(*rows.value(), 0, 1), 2) << view;
      EXPECT_EQ(int_cell(*rows.value(), 0, 2), 2) << view;
    }
    const auto increase = analyst
                              ->execute(in_schema("select increase from weir_api.sample_1h", schema().name()),
                                        {}, Deadline::never())
                              .value();
    EXPECT_EQ(float_cell(*increase, 0, 0), 16);
    EXPECT_EQ(
        analyst->execute(in_schema("select * from weir.sample_1m", schema().name()), {}, Deadline::never())
            .error()
            .code,
        Code::kPermissionDenied);
  }
  schema().run("revoke weir_analyst from " + login + "; delete from weir.tenant_access; drop role " + login);
}

}  // namespace
}  // namespace weir::store::timescale
