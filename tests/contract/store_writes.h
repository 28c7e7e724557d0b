#pragma once

#include <limits>
#include <utility>

#include "contract/store_fixture.h"

namespace weir::store {

/// What a commit does with samples, and who may commit.
template <typename Harness>
class StoreWrites : public StoreFixture<Harness> {};

TYPED_TEST_SUITE_P(StoreWrites);

TYPED_TEST_P(StoreWrites, RoundTripsEveryValueBitForBit) {
  const Labels up = this->labels({{"__name__", "up"}});
  const std::vector<Sample> samples = {
      {0, 0.0},
      {1, -0.0},
      {2, std::numeric_limits<double>::infinity()},
      {3, -std::numeric_limits<double>::infinity()},
      {4, stale_marker()},
      {5, std::numeric_limits<double>::quiet_NaN()},
      {6, std::bit_cast<double>(0x7ff00000deadbeef)},
      {7, std::bit_cast<double>(0xfff8000000000001)},
      {8, std::numeric_limits<double>::denorm_min()},
      {9, std::numeric_limits<double>::max()},
      {10, 0.1},
      {this->last_time(), 1e-300},
  };
  EXPECT_EQ(this->write(this->tenant(1), up, samples).appended, samples.size());
  const Contents expected = {{"up", this->bits(samples)}};
  EXPECT_EQ(this->read_all(this->tenant(1)), expected);
  ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
  EXPECT_EQ(this->read_all(this->tenant(1)), expected);
}

TYPED_TEST_P(StoreWrites, DropsWhatIsStoredAlready) {
  const Labels up = this->labels({{"__name__", "up"}});
  const double nan = std::bit_cast<double>(0x7ff8000000000123);
  this->write(this->tenant(1), up, {{10, 1}, {20, nan}});
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const CommitReport report = this->write(this->tenant(1), up, {{20, nan}, {10, 1}, {10, 1}});
    EXPECT_EQ(report.appended, 0u);
    EXPECT_EQ(report.duplicates, 3u);
    EXPECT_EQ(report.conflicts, 0u);
  }
  EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up", this->bits({{10, 1}, {20, nan}})}}));
}

TYPED_TEST_P(StoreWrites, KeepsTheFirstOfTwoValues) {
  const Labels up = this->labels({{"__name__", "up"}});
  EXPECT_EQ(this->write(this->tenant(1), up, {{10, 1}, {10, 2}, {30, 0.0}}).conflicts, 1u);
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const CommitReport report = this->write(this->tenant(1), up, {{10, 3}, {30, -0.0}, {30, 0.0}});
    EXPECT_EQ(report.conflicts, 2u);
    EXPECT_EQ(report.duplicates, 1u);
  }
  EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up", this->bits({{10, 1}, {30, 0.0}})}}));
}

TYPED_TEST_P(StoreWrites, ReplacesWhereAMarkStandsBefore) {
  const Labels up = this->labels({{"__name__", "up"}});
  const auto replace = [&](double value) {
    return this->write(this->tenant(1), up, {{20, replace_mark()}, {20, value}});
  };
  const auto expect = [&](double value) {
    const Contents expected = {{"up", this->bits({{10, 1}, {20, value}, {30, 3}})}};
    EXPECT_EQ(this->read_all(this->tenant(1)), expected);
  };
  this->write(this->tenant(1), up, {{10, 1}, {20, 2}, {30, 3}});
  double value = 4;
  for (const bool compacted : {false, true, false, true, true}) {
    this->compact_if(compacted);
    expect(value == 4 ? 2 : value - 1);
    EXPECT_EQ(replace(value).appended, 1u);
    expect(value);
    EXPECT_EQ(replace(value).duplicates, 1u);
    EXPECT_EQ(this->write(this->tenant(1), up, {{20, 99}}).conflicts, 1u);
    value += 1;
  }
  expect(value - 1);
  this->compact_if(true);
  expect(value - 1);
  EXPECT_EQ(replace(stale_marker()).appended, 1u);
  expect(stale_marker());
}

TYPED_TEST_P(StoreWrites, AMarkAloneSaysNothing) {
  const Labels up = this->labels({{"__name__", "up"}});
  this->write(this->tenant(1), up, {{10, 1}});
  const CommitReport report =
      this->write(this->tenant(1), up, {{10, replace_mark()}, {20, 2}, {30, replace_mark()}});
  EXPECT_EQ(report.appended, 1u);
  EXPECT_EQ(report.duplicates + report.conflicts + report.too_old, 0u);
  EXPECT_EQ(this->write(this->tenant(1), up, {{40, replace_mark()}, {40, 4}}).appended, 1u);
  EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up", this->bits({{10, 1}, {20, 2}, {40, 4}})}}));
}

TYPED_TEST_P(StoreWrites, TakesSamplesInAnyOrder) {
  const Labels up = this->labels({{"__name__", "up"}});
  std::vector<Sample> samples;
  os::Random random(7);
  for (int i = 0; i < 3'000; ++i) samples.push_back({this->kStart + i * 1'000, static_cast<double>(i)});
  const Contents expected = {{"up", this->bits(samples)}};
  for (size_t i = samples.size(); i > 1; --i) std::swap(samples[i - 1], samples[random.below(i)]);
  for (size_t i = 0; i < samples.size(); i += 500) {
    const std::vector<Sample> part(samples.begin() + static_cast<std::ptrdiff_t>(i),
                                   samples.begin() + static_cast<std::ptrdiff_t>(i + 500));
    EXPECT_EQ(this->write(this->tenant(1), up, part).appended, part.size());
    this->compact_if(i == 1'000);
  }
  EXPECT_EQ(this->read_all(this->tenant(1)), expected);
  EXPECT_EQ(this->write(this->tenant(1), up, samples).duplicates, samples.size());
}

TYPED_TEST_P(StoreWrites, TakesSamplesOfAnyAge) {
  const Labels up = this->labels({{"__name__", "up"}});
  std::vector<Sample> samples;
  for (int i = 0; i < 200; ++i) samples.push_back({i * 300 * 24 * this->kHour / 10, 1.5 * i});
  this->write(this->tenant(1), up, {{this->kStart, 1}});
  EXPECT_EQ(this->write(this->tenant(1), up, samples).appended, samples.size());
  samples.push_back({this->kStart, 1});
  EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up", this->bits(samples)}}));
}

TYPED_TEST_P(StoreWrites, RefusesTheCommitsOfAnEarlierLease) {
  const Labels up = this->labels({{"__name__", "up"}});
  const Lease old = this->leases_.at(PartitionId(0));
  this->acquire_all();
  EXPECT_GT(this->leases_.at(PartitionId(0)).epoch, old.epoch);
  Batch batch;
  this->add(batch, up, {{10, 1}});
  const AppliedRecord record{this->tenant(1), Offset(0), &batch};
  const auto refused = this->commit_to(this->store(), {old, {&record, 1}, Offset(1)});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kTooOld);
  EXPECT_TRUE(this->read_all(this->tenant(1)).empty());
  EXPECT_EQ(this->store().visible_offset(PartitionId(0)).value(), Offset(0));

  this->harness_.crash();
  const Epoch before = this->leases_.at(PartitionId(0)).epoch;
  this->acquire_all();
  EXPECT_GT(this->leases_.at(PartitionId(0)).epoch, before) << "epochs survive a crash";
}

TYPED_TEST_P(StoreWrites, ShowsACommitWhenItIsDone) {
  const Labels up = this->labels({{"__name__", "up"}});
  this->write(this->tenant(1), up, {{10, 1}});
  EXPECT_EQ(this->read_all(this->tenant(1)).size(), 1u);
  EXPECT_EQ(this->store().visible_offset(PartitionId(0)).value(), Offset(1));
  ASSERT_TRUE(this->commit_to(this->store(), {this->leases_.at(PartitionId(0)), {}, Offset(5)}).ok());
  EXPECT_EQ(this->store().visible_offset(PartitionId(0)).value(), Offset(5))
      << "without records it moves too";
  EXPECT_EQ(this->store().visible_offset(PartitionId(1)).value(), Offset(0));
  EXPECT_LE(this->store().durable_offset(PartitionId(0)).value(), Offset(5));
}

TYPED_TEST_P(StoreWrites, KeepsTenantsApart) {
  const Labels up = this->labels({{"__name__", "up"}, {"who", "both"}});
  Batch mine;
  this->add(mine, up, {{10, 1}});
  this->write(this->tenant(1), std::move(mine));
  this->write(this->tenant(2), up, {{10, 2}, {20, 3}});
  this->write(this->tenant(2), this->labels({{"__name__", "theirs"}}), {{10, 2}});
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    EXPECT_EQ(this->read_all(this->tenant(1)), (Contents{{"up{who=\"both\"}", this->bits({{10, 1}})}}));
    EXPECT_EQ(this->read_all(this->tenant(2)).size(), 2u);
    EXPECT_TRUE(this->read_all(this->tenant(3)).empty());
    const LabelRequest all{{}, TimeRange::all()};
    EXPECT_THAT(this->store().label_values(this->tenant(1), "__name__", all, Deadline::never()).value(),
                testing::ElementsAre("up"));
    EXPECT_THAT(this->store().label_names(this->tenant(3), all, Deadline::never()).value(),
                testing::IsEmpty());
  }
}

TYPED_TEST_P(StoreWrites, CountsWhatItHolds) {
  EXPECT_EQ(this->store().status().value().maxt_ms, 0);
  this->write(this->tenant(1), this->labels({{"__name__", "a"}}), {{10, 1}, {20, 1}});
  this->write(this->tenant(1), this->labels({{"__name__", "b"}}), {{30, 1}});
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const StoreStatus status = this->store().status().value();
    EXPECT_EQ(status.head_samples + status.block_samples, 3u);
    EXPECT_EQ(status.mint_ms, 10);
    EXPECT_EQ(status.maxt_ms, 30);
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreWrites, RoundTripsEveryValueBitForBit, DropsWhatIsStoredAlready,
                            KeepsTheFirstOfTwoValues, ReplacesWhereAMarkStandsBefore, AMarkAloneSaysNothing,
                            TakesSamplesInAnyOrder, TakesSamplesOfAnyAge, RefusesTheCommitsOfAnEarlierLease,
                            ShowsACommitWhenItIsDone, KeepsTenantsApart, CountsWhatItHolds);

}  // namespace weir::store
