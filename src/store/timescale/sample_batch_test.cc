#include "store/timescale/sample_batch.h"

#include <gmock/gmock.h>

#include "os/sim/manual_clock.h"
#include "store/timescale/schema.h"
#include "store/timescale/times.h"

namespace weir::store::timescale {
namespace {

class SampleBatchTest : public testing::Test {
 protected:
  void add(const char* name, std::initializer_list<Sample> samples, uint64_t tenant = 1) {
    batches_.push_back(std::make_unique<Batch>());
    batches_.back()->begin_series(Labels::of({{"__name__", name}}).view().bytes());
    for (const Sample& sample : samples) batches_.back()->add_sample(sample.timestamp_ms, sample.value);
    records_.push_back({TenantId::from_stored(tenant), Offset(static_cast<int64_t>(records_.size())),
                        batches_.back().get()});
  }
  SampleBatch build(TimestampMs cutoff = 0) {
    const os::sim::ManualClock clock(cutoff + 1);
    SampleBatch batch(records_, {os::milliseconds(1), nullptr, clock}, cache_);
    int64_t id = 0;
    for (SeriesUse& use : batch.series()) use.known.id = ++id;
    batch.build();
    return batch;
  }

  SeriesCache cache_{100};
  std::vector<std::unique_ptr<Batch>> batches_;
  std::vector<AppliedRecord> records_;
};

TEST_F(SampleBatchTest, SortsBySeriesAndTimeAcrossRecords) {
  add("a", {{30, 1}, {10, 2}});
  add("b", {{5, 3}});
  add("a", {{20, 4}});
  add("a", {{1, 5}}, 2);
  const SampleBatch batch = build();
  std::vector<std::pair<int64_t, TimestampMs>> rows;
  for (const Row& row : batch.rows()) rows.emplace_back(row.series_id, row.time);
  EXPECT_THAT(rows, testing::ElementsAre(std::pair(1, 10), std::pair(1, 20), std::pair(1, 30),
                                         std::pair(2, 5), std::pair(3, 1)))
      << "the same labels of another tenant are another series";
  EXPECT_EQ(batch.range(), (TimeRange{1, 30}));
}

TEST_F(SampleBatchTest, JudgesLaterValuesByTheOneThatIsKept) {
  add("a", {{10, 1}, {10, 2}, {10, 1}, {20, 0.0}, {20, -0.0}});
  const SampleBatch batch = build();
  ASSERT_EQ(batch.rows().size(), 2u);
  const CommitReport fresh = batch.judge(2, {});
  EXPECT_EQ(fresh.appended, 2u);
  EXPECT_EQ(fresh.duplicates, 1u);
  EXPECT_EQ(fresh.conflicts, 2u);
  const SampleBatch::Stored stored[] = {{0, 2}, {1, -0.0}};
  const CommitReport had_others = batch.judge(0, stored);
  EXPECT_EQ(had_others.appended, 0u);
  EXPECT_EQ(had_others.duplicates, 2u) << "10 => 2 and 20 => -0 are what is stored";
  EXPECT_EQ(had_others.conflicts, 3u);
  const CommitReport had_same = batch.judge(0, {});
  EXPECT_EQ(had_same.duplicates, 3u);
  EXPECT_EQ(had_same.conflicts, 2u);
}

TEST_F(SampleBatchTest, LeavesOutWhatCannotBeStored) {
  add("old", {{99, 1}});
  add("a", {{99, 1}, {100, 2}, {kTimeMaxMs, 3}, {kTimeMaxMs + 1, 4}, {INT64_MAX, 5}});
  add("before", {{-1, 1}, {INT64_MIN, 2}});
  SampleBatch batch = build(100);
  EXPECT_EQ(batch.series().size(), 1u) << "series without a sample are not made";
  EXPECT_EQ(batch.rows().size(), 2u);
  EXPECT_EQ(batch.judge(2, {}).too_old, 6u);
}

TEST_F(SampleBatchTest, MayBeEmpty) {
  const SampleBatch batch = build();
  EXPECT_TRUE(batch.rows().empty());
  EXPECT_GT(batch.range().mint_ms, batch.range().maxt_ms);
  EXPECT_EQ(batch.judge(0, {}).appended, 0u);
}

TEST(SeriesCacheTest, ForgetsWhatIsNotAskedFor) {
  SeriesCache cache(10);
  const auto key = [&](int i) {
    return cache.key(TenantId::from_stored(1), Labels::of({{"n", std::to_string(i)}}));
  };
  for (int i = 0; i < 1'000; ++i) {
    cache.put(key(i), {i + 1, {}});
    ASSERT_TRUE(cache.find(key(0)).has_value()) << "in use all the time";
    ASSERT_LE(cache.size(), 11u);
  }
  EXPECT_EQ(cache.find(key(999))->id, 1'000);
  EXPECT_FALSE(cache.find(key(500)).has_value());
  cache.forget(key(0));
  EXPECT_FALSE(cache.find(key(0)).has_value());
  const Labels labels = Labels::of({{"n", "0"}});
  EXPECT_FALSE(cache.key(TenantId::from_stored(1), labels) == cache.key(TenantId::from_stored(2), labels));
}

TEST(SchemaNames, AreReplacedAsWholeWords) {
  EXPECT_EQ(in_schema("select weir.a, 'weir.b', weir_api.c from weir; weir_writer, x_weir.y, weir", "s1"),
            "select s1.a, 's1.b', s1_api.c from s1; weir_writer, x_weir.y, s1");
  EXPECT_TRUE(check_schema_name("weir_2").ok());
  for (const char* wrong : {"", "2weir", "Weir", "we ir", "weir;", "weir\"", "wéir"}) {
    EXPECT_FALSE(check_schema_name(wrong).ok()) << wrong;
  }
  EXPECT_FALSE(check_schema_name(std::string(41, 'a')).ok());
}

TEST(Times, AreRoundedDown) {
  EXPECT_EQ(floor_to(0, 10), 0);
  EXPECT_EQ(floor_to(9, 10), 0);
  EXPECT_EQ(floor_to(10, 10), 10);
  EXPECT_EQ(floor_to(-1, 10), -10);
  EXPECT_EQ(floor_to(-10, 10), -10);
}

}  // namespace
}  // namespace weir::store::timescale
