#include "contract/store_reductions.h"
#include "store/timescale/store_fixture_pgtest.h"
#include "store/timescale/store_metrics.h"

// Queries read hours from the aggregate only where they are exact. Each test shows that the aggregate is
// read, or that it is not, and that the answer is that of the samples.
namespace weir::store::timescale {
namespace {

using Kind = WindowReduction::Kind;
constexpr int64_t kHour = 3'600'000;

class Reductions : public ServerStore<TimescaleServer> {
 protected:
  static constexpr TimestampMs kBegin = kStart / kHour * kHour;
  static constexpr int64_t kHours = 48;

  void SetUp() override {
    ServerStore::SetUp();
    if (IsSkipped()) return;
    options().chunk_interval = std::chrono::hours(24);
    store_ = start();
    lease_ = store_->acquire(PartitionId(0), Deadline::never()).value();
  }
  void write(const std::string& series, const std::vector<Sample>& samples) {
    const Batch batch = batch_of(Labels::of({{"__name__", "m"}, {"s", series}}), samples);
    ASSERT_TRUE(commit(*store_, lease_, tenant(1), batch, offset_++).ok());
  }
  /// A sample a minute, half a minute past it.
  void write_two_days(const std::string& series) {
    std::vector<Sample> samples;
    for (int64_t i = 0; i < kHours * 60; ++i)
      samples.push_back({kBegin + i * 60'000 + 30'000, static_cast<double>((i * 7'919) % 1'000)});
    write(series, samples);
  }
  void compact() { ASSERT_TRUE(store_->compact(Deadline::never()).ok()); }
  void refresh(const std::string& level, int64_t from_hour, int64_t to_hour) {
    schema().run(
        fmt::format("call refresh_continuous_aggregate('weir.{}', to_timestamp({}), to_timestamp({}))", level,
                    (kBegin + from_hour * kHour) / 1'000, (kBegin + to_hour * kHour) / 1'000));
  }
  /// All of the two days, as one window.
  static WindowReduction everything(Kind kind = Kind::kMax) {
    return {kind, kBegin + kHours * kHour - 1, 0, 1, kHours * kHour};
  }
  /// How many hours the aggregate answered for; the answer is compared with that of the samples.
  uint64_t hours_used(const WindowReduction& reduction) {
    telemetry::Counter& used = StoreMetrics(registry_).aggregate_buckets_read();
    const uint64_t before = used.value();
    const std::vector<Matcher> all = {Matcher::any_metric()};
    const auto hinted = selected_summaries(*store_, tenant(1), all, reduction, true).value();
    const uint64_t after = used.value();
    EXPECT_EQ(hinted, selected_summaries(*store_, tenant(1), all, reduction, false).value());
    EXPECT_EQ(used.value(), after) << "without a hint";
    return after - before;
  }

  std::unique_ptr<Store> store_;
  Lease lease_;
  int64_t offset_ = 0;
};

TEST_F(Reductions, ReadHoursOfAggregatesOnceTheyAreMade) {
  EXPECT_TRUE(report_.aggregates_in_queries);
  write_two_days("a");
  EXPECT_EQ(hours_used(everything()), 0u) << "nothing is materialized";
  compact();
  EXPECT_GT(schema().number("select count(*) from timescaledb_information.chunks where hypertable_schema = "
                            "'weir' and hypertable_name = 'sample' and is_compressed"),
            0);
  EXPECT_EQ(hours_used(everything()), 48u);
  EXPECT_EQ(hours_used(everything(Kind::kMin)), 48u);
  EXPECT_EQ(hours_used({Kind::kMax, kBegin + 30 * kHour + 1'234, 0, 1, 24 * kHour}), 23u);
  EXPECT_EQ(hours_used({Kind::kMax, kBegin + 24 * kHour, kHour, 24, 12 * kHour}), 35u) << "steps of an hour";
  EXPECT_EQ(hours_used({Kind::kMax, kBegin + kHour, 60'000, 1'000, 300'000}), 0u) << "windows of minutes";
}

TEST_F(Reductions, StaleHoursAreReadFromSamples) {
  write_two_days("a");
  write_two_days("b");
  compact();
  write("a", {{kBegin + 10 * kHour + 5, 5'000}});
  EXPECT_EQ(hours_used(everything()), 2 * 47u);
  // Up the levels, by hand: the hour is stale until the last refresh of it.
  schema().run("call _timescaledb_functions.process_hypertable_invalidations('weir.sample')");
  EXPECT_EQ(hours_used(everything()), 2 * 47u) << "as after a refresh's first transaction";
  refresh("sample_1m", 9, 12);
  EXPECT_EQ(hours_used(everything()), 2 * 47u);
  refresh("sample_1h", 0, 5);
  EXPECT_EQ(hours_used(everything()), 2 * 47u) << "another hour";
  refresh("sample_1h", 9, 12);
  EXPECT_EQ(hours_used(everything()), 2 * 48u);
  // Hours in the wrong order stay stale: they were made of minutes that were.
  write("b", {{kBegin + 20 * kHour + 5, 6'000}});
  refresh("sample_1h", 19, 22);
  EXPECT_EQ(hours_used(everything()), 2 * 47u);
  refresh("sample_1m", 19, 22);
  EXPECT_EQ(hours_used(everything()), 2 * 47u);
  compact();
  EXPECT_EQ(hours_used(everything()), 2 * 48u);
}

// In columnstore whole segments go without being unpacked; and the hours are stale all the same.
TEST_F(Reductions, ErasedSamplesAreInNoAggregate) {
  write_two_days("a");
  write_two_days("b");
  compact();
  ASSERT_EQ(hours_used(everything()), 2 * 48u);
  const std::vector<Matcher> a = {Matcher::equal("s", "a")};
  const TimeRange two_hours{kBegin + 10 * kHour, kBegin + 12 * kHour - 1};
  ASSERT_TRUE(store_->erase(tenant(1), a, two_hours, Deadline::never()).ok());
  EXPECT_EQ(hours_used(everything()), 2 * 46u);
  EXPECT_EQ(schema().number("select count(*) from weir.late_window"), 2);
  compact();
  EXPECT_EQ(hours_used(everything()), 2 * 48u - 2) << "two hours of one series are empty";
  ASSERT_TRUE(store_->erase(tenant(1), a, TimeRange::all(), Deadline::never()).ok());
  EXPECT_EQ(hours_used(everything()), 0u);
  compact();
  EXPECT_EQ(hours_used(everything()), 48u);
  EXPECT_EQ(schema().number("select count(*) from weir.sample_1h"), 48) << "of the other series";
}

TEST_F(Reductions, HoursMadeOfMinutesThatWereNotAreStale) {
  write_two_days("a");
  // The view of minutes computes what is not materialized, so these hours are right; but what is written next
  // lies above everything that the minutes were refreshed for, and is logged nowhere.
  refresh("sample_1h", 0, 48);
  write("a", {{kBegin + 30 * kHour + 5, 5'000}});
  EXPECT_EQ(hours_used(everything()), 0u);
  refresh("sample_1m", 0, 48);
  EXPECT_EQ(hours_used(everything()), 0u) << "the minutes changed below the hours";
  refresh("sample_1h", 0, 48);
  EXPECT_EQ(hours_used(everything()), 48u);
}

TEST_F(Reductions, PendingRangesAreStale) {
  write_two_days("a");
  compact();
  ASSERT_EQ(hours_used(everything()), 48u);
  // As a refresh leaves them that was interrupted between its transactions.
  for (const std::string level : {"sample_1m", "sample_1h"}) {
    schema().run(fmt::format(R"sql(
      insert into _timescaledb_catalog.continuous_aggs_materialization_ranges
      select mat_hypertable_id, {}, {} from _timescaledb_catalog.continuous_agg
      where user_view_schema = 'weir' and user_view_name = '{}')sql",
                             (kBegin + 10 * kHour) * 1'000, (kBegin + 12 * kHour) * 1'000, level));
    EXPECT_EQ(hours_used(everything()), 46u) << level;
    schema().run("delete from _timescaledb_catalog.continuous_aggs_materialization_ranges");
  }
}

TEST_F(Reductions, DeletedSamplesAreGoneAtOnce) {
  write_two_days("a");
  write_two_days("b");
  compact();
  // In compressed chunks, series by series, as retention by tenant does.
  schema().run(
      fmt::format("call weir.delete_tenant_before(1, to_timestamp({}))", (kBegin + 10 * kHour) / 1'000));
  EXPECT_LE(hours_used(everything()), 2 * 38u);
  EXPECT_GT(hours_used({Kind::kMax, kBegin + 46 * kHour - 1, 0, 1, 22 * kHour}), 0u);
  schema().rows(fmt::format("select drop_chunks('weir.sample', older_than => to_timestamp({}))",
                            (kBegin + 40 * kHour) / 1'000));
  hours_used(everything());
  schema().run("delete from weir.sample where value > 500");
  EXPECT_EQ(hours_used(everything()), 0u);
  EXPECT_GT(schema().number("select count(*) from weir.sample_1h where max > 500"), 0)
      << "the aggregate lags";
  schema().run("truncate weir.sample");
  EXPECT_EQ(hours_used(everything()), 0u);
}

TEST_F(Reductions, AreWithoutAggregatesWhereThoseAreNotAsTheyWereMade) {
  write_two_days("a");
  compact();
  ASSERT_EQ(hours_used(everything()), 48u);
  schema().run("alter materialized view weir.sample_1m rename to other");
  EXPECT_EQ(hours_used(everything()), 0u);
  schema().run("alter materialized view weir.other rename to sample_1m");
  EXPECT_EQ(hours_used(everything()), 48u);
}

TEST_F(Reductions, RandomHistoriesGiveTheSameExtremes) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomWindows random(seed, kBegin, kHours);
  // So that minutes are materialized before hours are made of them: docs/decisions/0008 says of what else.
  write("first", {{kBegin, 1}, {kBegin + kHours * kHour - 1, 1}});
  refresh("sample_1m", 0, kHours);
  uint64_t used = 0;
  for (int round = 0; round < 30; ++round) {
    const auto hour = static_cast<int64_t>(random.below(kHours - 3));
    switch (round == 0 ? 0 : random.below(7)) {
      case 0:
      case 1: {
        const SampleColumns columns = random.samples();
        std::vector<Sample> samples;
        const uint64_t one_in = round == 0 ? 1 : 1 + random.below(100);
        for (size_t i = 0; i < columns.size(); ++i) {
          if (random.below(one_in) == 0) samples.push_back({columns.timestamps_ms[i], columns.values[i]});
        }
        write(std::to_string(random.below(4)), samples);
        break;
      }
      case 2:
        compact();
        break;
      case 3:
        refresh("sample_1m", hour, hour + 1 + static_cast<int64_t>(random.below(3)));
        break;
      case 4:
        refresh("sample_1h", hour, hour + 1 + static_cast<int64_t>(random.below(3)));
        break;
      case 5:
        schema().run(
            fmt::format("delete from weir.sample where time >= to_timestamp({0}) and time < "
                        "to_timestamp({0}) + interval '90 minutes' and series_id % 2 = {1}",
                        (kBegin + hour * kHour) / 1'000, random.below(2)));
        break;
      default:
        write(std::to_string(random.below(4)), {{random.any_time(), static_cast<double>(random.below(30))}});
    }
    for (int i = 0; i < 8; ++i) used += hours_used(random.extreme());
    used += hours_used(everything());
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  // A transaction makes all times between its first and its last stale, so only this is sure to help.
  refresh("sample_1m", -1, kHours + 1);
  refresh("sample_1h", -1, kHours + 1);
  EXPECT_GT(hours_used(everything()) + used, 0u);
}

}  // namespace
}  // namespace weir::store::timescale
