#include <gtest/gtest.h>

#include "os/random.h"
#include "store/embedded/chunk.h"
#include "store/embedded/rollup_builder.h"
#include "store/embedded/rollup_chunk.h"
#include "store/embedded/test_store.h"
#include "support/random_windows.h"
#include "support/selected.h"
#include "support/window_summary.h"

namespace weir::store::embedded {
namespace {

using Kind = WindowReduction::Kind;

constexpr TimestampMs kStart = 1'699'999'200'000;  // a full hour

SampleColumns columns_of(const Rollup& rollup) {
  SampleColumns out;
  out.timestamps_ms = rollup.timestamps_ms;
  out.values = rollup.values;
  out.left_out = rollup.left_out;
  return out;
}

/// The rollup of samples that come in pieces, read back from its chunks; empty where none pays.
Rollup rollup_of(const SampleColumns& samples, ChunkList list, size_t piece = 100) {
  RollupBuilder builder(list, samples.timestamps_ms.back() - samples.timestamps_ms.front());
  for (size_t i = 0; i < samples.size(); i += piece) {
    const size_t count = std::min(piece, samples.size() - i);
    builder.add(std::span(samples.timestamps_ms).subspan(i, count),
                std::span(samples.values).subspan(i, count));
  }
  Rollup out;
  for (const auto& [ref, bytes] : builder.finish(samples.size() * 2)) {
    const size_t before = out.size();
    EXPECT_TRUE(decode_rollup_chunk(bytes, bucket_width_ms(list), out).ok());
    EXPECT_EQ(out.size() - before, ref.sample_count);
    EXPECT_EQ(ref.list, list);
    EXPECT_EQ(ref.range, (TimeRange{out.timestamps_ms[before], out.timestamps_ms.back()}));
  }
  return out;
}

SampleColumns every(int64_t step_ms, size_t count, double (*value)(size_t)) {
  SampleColumns out;
  for (size_t i = 0; i < count; ++i) out.push_back(kStart + static_cast<int64_t>(i) * step_ms, value(i));
  return out;
}

TEST(Rollup, KeepsEndsExtremesAndFalls) {
  // Half an hour of a counter by the second, then it begins again; then a value that stays.
  SampleColumns samples =
      every(1'000, 3'600, [](size_t i) { return static_cast<double>(i < 1'800 ? i : i - 1'800); });
  for (size_t i = 3'600; i < 10 * 3'600; ++i)
    samples.push_back(kStart + static_cast<int64_t>(i) * 1'000, 1'799);
  const Rollup rollup = rollup_of(samples, ChunkList::kHourRollup);
  // A bucket holds its end: the first sample, at the full hour, is alone.
  EXPECT_EQ(rollup.values[0], 0);
  EXPECT_EQ(rollup.left_out[0], 0u);
  // From 00:00:01 on: the first, the last before the fall, the one after it (the least), the last.
  EXPECT_EQ(std::vector(rollup.values.begin() + 1, rollup.values.begin() + 5),
            (std::vector<double>{1, 1'799, 0, 1'799}));
  EXPECT_EQ(std::vector(rollup.left_out.begin() + 1, rollup.left_out.begin() + 5),
            (std::vector<uint32_t>{0, 1'797, 0, 1'799}));
  EXPECT_EQ(rollup.timestamps_ms[4], kStart + kHourMs);
  EXPECT_TRUE(rollup.falls_kept);
  EXPECT_TRUE(rollup.sums_exact);
  EXPECT_EQ(rollup.sums.size(), 11u);
  EXPECT_EQ(rollup.sums[2], 3'600 * 1'799.0);
}

TEST(Rollup, SaysWhatItDoesNotKnow) {
  const Rollup gauge =
      rollup_of(every(1'000, 8 * 3'600, [](size_t i) { return i % 7 * 1.5; }), ChunkList::kHourRollup);
  ASSERT_GT(gauge.size(), 0u);
  EXPECT_FALSE(gauge.falls_kept) << "it falls all the time";
  EXPECT_FALSE(gauge.sums_exact) << "fractions";
  const Rollup mixed = rollup_of(every(1'000, 8 * 3'600, [](size_t i) { return i % 2 == 0 ? -1.0 : 1.0; }),
                                 ChunkList::kHourRollup);
  EXPECT_FALSE(mixed.sums_exact) << "of both signs";
  const Rollup holes = rollup_of(
      every(1'000, 8 * 3'600, [](size_t i) { return i % 900 == 0 ? std::nan("") : static_cast<double>(i); }),
      ChunkList::kHourRollup);
  ASSERT_GT(holes.size(), 0u);
  EXPECT_FALSE(holes.falls_kept) << "a NaN may hide a fall";
  EXPECT_FALSE(holes.sums_exact);
}

TEST(Rollup, IsMadeWhereItPays) {
  const auto steady = [](size_t i) { return static_cast<double>(i); };
  EXPECT_EQ(rollup_of(every(1'000, 40'000, steady), ChunkList::kMinuteRollup).size(), 1 + 2u * 667)
      << "the first minute is its end alone";
  EXPECT_EQ(rollup_of(every(10'000, 4'000, steady), ChunkList::kMinuteRollup).size(), 0u) << "6 a minute";
  EXPECT_GT(rollup_of(every(10'000, 4'000, steady), ChunkList::kHourRollup).size(), 0u);
  EXPECT_EQ(rollup_of(every(10'000, 1'000, steady), ChunkList::kHourRollup).size(), 0u) << "three hours";
  EXPECT_EQ(
      rollup_of(every(1'000, 40'000, [](size_t) { return stale_marker(); }), ChunkList::kHourRollup).size(),
      0u);
}

// Whatever the samples, windows that hold whole buckets come to the same.
TEST(RollupProperty, StandsForItsSamples) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomWindows random(seed, kStart, 12);
  size_t made = 0;
  for (int round = 0; round < 300; ++round) {
    const SampleColumns samples = random.dense_samples();
    const ChunkList list = random.below(2) == 0 ? ChunkList::kMinuteRollup : ChunkList::kHourRollup;
    const Rollup rollup = rollup_of(samples, list, 1 + random.below(2'000));
    if (rollup.size() == 0) continue;
    ++made;
    EXPECT_LE(rollup.size() * 4, samples.size());
    for (const Kind kind : {Kind::kMin, Kind::kMax, Kind::kSpan, Kind::kCounter, Kind::kSum}) {
      if (kind == Kind::kCounter && !rollup.falls_kept) continue;
      if (kind == Kind::kSum) continue;  // its windows are of sums: rollup_read.cc
      WindowReduction reduction = random.reduction();
      reduction.kind = kind;
      const int64_t width_ms = bucket_width_ms(list);
      reduction.first_end_ms = ceil_to(reduction.first_end_ms, width_ms);
      reduction.range_ms = ceil_to(reduction.range_ms, width_ms);
      reduction.step_ms = ceil_to(reduction.step_ms, width_ms);
      ASSERT_EQ(window_summary(reduction, columns_of(rollup)), window_summary(reduction, samples));
    }
  }
  EXPECT_GT(made, 50u);
}

TEST(RollupChunk, BytesThatAreNoneFail) {
  const Rollup rollup = rollup_of(every(10'000, 4'000, [](size_t i) { return static_cast<double>(i); }),
                                  ChunkList::kHourRollup);
  std::string bytes;
  encode_rollup_chunk(rollup, kHourMs, bytes);
  Rollup again;
  ASSERT_TRUE(decode_rollup_chunk(bytes, kHourMs, again).ok());
  EXPECT_EQ(again.timestamps_ms, rollup.timestamps_ms);
  EXPECT_EQ(again.sums, rollup.sums);
  for (size_t size = 0; size < bytes.size(); ++size) {
    Rollup cut;
    EXPECT_FALSE(decode_rollup_chunk(std::string_view(bytes).substr(0, size), kHourMs, cut).ok()) << size;
  }
  Rollup out;
  EXPECT_FALSE(decode_rollup_chunk(bytes, kMinuteMs, out).ok()) << "buckets of another width";
  EXPECT_FALSE(decode_rollup_chunk(bytes, kHourMs, again).ok()) << "not later than what is there";
  std::string other = bytes;
  other[0] = 2;
  EXPECT_NE(decode_rollup_chunk(other, kHourMs, out).error().message.find("version 2"), std::string::npos);
  other = bytes;
  other[1] = 4;
  EXPECT_NE(decode_rollup_chunk(other, kHourMs, out).error().message.find("flags 4"), std::string::npos);
}

class RollupStore : public testing::Test {
 protected:
  RollupStore() {
    EXPECT_TRUE(files_.create_directories("/data").ok());
    EXPECT_TRUE(store_.start().ok());
  }
  /// Samples of the last eight hours, without the first, which is the end of the hour before.
  static constexpr size_t kAll = 8 * 360 - 1;

  /// Ten hours of a counter that does not go up evenly, a sample in 10 s.
  static double value_at(int i) { return 100 * i + i * 7'919 % 97; }
  void write() {
    for (int i = 0; i < 3'600; ++i) ASSERT_TRUE(store_.log(0, kStart + i * 10'000, value_at(i)).ok());
  }
  SampleColumns only_series(const SelectRequest& request) {
    auto found = selected(store_.store(), TenantId::from_stored(1), request).value();
    EXPECT_EQ(found.size(), 1u);
    return std::move(found.begin()->second);
  }
  SampleColumns read(std::optional<WindowReduction> reduction, TimeRange range) {
    const std::vector<Matcher> matchers = {Matcher::equal("__name__", "m")};
    SelectRequest request{matchers, range};
    request.reduction = reduction;
    return only_series(request);
  }
  /// The last eight hours, in one window or by hours; how many samples came for it.
  size_t samples_for(Kind kind, int64_t shift_ms = 0, bool hourly = false) {
    WindowReduction reduction{kind, kStart + 10 * kHourMs + shift_ms, 0, 1, 8 * kHourMs};
    if (hourly) reduction = {kind, kStart + 3 * kHourMs + shift_ms, kHourMs, 8, kHourMs};
    const TimeRange range = range_of(reduction);
    const SampleColumns reduced = read(reduction, range);
    EXPECT_EQ(window_summary(reduction, reduced), window_summary(reduction, read(std::nullopt, range)));
    return reduced.size();
  }

  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_;
  TestStore store_{files_, clock_, "/data/store"};
};

TEST_F(RollupStore, ReadsAreShort) {
  write();
  EXPECT_EQ(samples_for(Kind::kMax), kAll) << "nothing is written yet";
  ASSERT_TRUE(store_.store().compact(Deadline::never()).ok());
  for (const Kind kind : {Kind::kMin, Kind::kMax, Kind::kSpan, Kind::kCounter}) {
    EXPECT_LE(samples_for(kind), 2u * 9);
    EXPECT_LE(samples_for(kind, 0, true), 2u * 9);
    // An hour at either end is read sample by sample.
    EXPECT_LE(samples_for(kind, -17 * 60'000), 2u * 9 + 360);
  }
  EXPECT_LE(samples_for(Kind::kSum), 9u);
  EXPECT_GT(samples_for(Kind::kMax, 17 * 60'000, true), 7u * 360) << "every window parts two hours";
}

TEST_F(RollupStore, FiltersSpareChunks) {
  write();
  ASSERT_TRUE(store_.store().compact(Deadline::never()).ok());
  const std::vector<Matcher> matchers = {Matcher::equal("__name__", "m")};
  const auto samples_for_filter = [&](ValueFilter filter, TimeRange range) {
    SelectRequest request{matchers, range};
    request.filter = filter;
    return only_series(request).size();
  };
  using Op = ValueFilter::Op;
  const TimeRange all{kStart, kStart + 10 * kHourMs};
  EXPECT_EQ(samples_for_filter({Op::kGreater, 1e6}, all), 1u) << "a marker alone";
  EXPECT_EQ(samples_for_filter({Op::kLess, 0}, all), 1u);
  // The last hour, but for its first sample, which ends a bucket.
  EXPECT_EQ(samples_for_filter({Op::kGreaterEqual, value_at(9 * 360 + 1)}, all), 1u + 359);
  EXPECT_EQ(samples_for_filter({Op::kEqual, value_at(5 * 360 + 10)}, all), 1u + 360 + 1);
  EXPECT_EQ(samples_for_filter({Op::kGreater, 50}, all), 3'600u) << "no chunk is idle";
}

TEST_F(RollupStore, LateSamplesCorrectThem) {
  write();
  ASSERT_TRUE(store_.store().compact(Deadline::never()).ok());
  ASSERT_LE(samples_for(Kind::kMax), 2u * 9);
  // Among what a block holds: its rollup does not know it, so samples are read until the blocks are merged.
  ASSERT_TRUE(store_.log(0, kStart + 5 * kHourMs + 1, 1e9).ok());
  EXPECT_EQ(samples_for(Kind::kMax), kAll + 1);
  ASSERT_TRUE(store_.store().flush(Deadline::never()).ok());
  EXPECT_EQ(samples_for(Kind::kMax), kAll + 1) << "two blocks of one time";
  ASSERT_TRUE(store_.store().compact(Deadline::never()).ok());
  EXPECT_LE(samples_for(Kind::kMax), 2u * 9 + 2);
  EXPECT_LE(samples_for(Kind::kCounter), 2u * 9 + 4);
}

TEST_F(RollupStore, DeletionsCorrectThem) {
  write();
  ASSERT_TRUE(store_.store().compact(Deadline::never()).ok());
  const std::vector<Matcher> matchers = {Matcher::equal("n", "0")};
  const TimeRange last_hour{kStart + 9 * kHourMs + 1, kStart + 10 * kHourMs};
  ASSERT_TRUE(store_.store().erase(TenantId::from_stored(1), matchers, last_hour, Deadline::never()).ok());
  EXPECT_EQ(samples_for(Kind::kMax), 7u * 360);
  ASSERT_TRUE(store_.store().compact(Deadline::never()).ok());
  EXPECT_LE(samples_for(Kind::kMax), 2u * 8);
}

TEST_F(RollupStore, AChunkThatIsDeletedWholeIsInNoBucket) {
  write();
  ASSERT_TRUE(store_.store().compact(Deadline::never()).ok());
  const std::vector<Matcher> matchers = {Matcher::equal("n", "0")};
  const TimeRange first_chunk{kStart, kStart + (kChunkSamplesMax - 1) * 10'000};  // ends within an hour
  ASSERT_TRUE(store_.store().erase(TenantId::from_stored(1), matchers, first_chunk, Deadline::never()).ok());
  EXPECT_EQ(samples_for(Kind::kMin), 3'600 - kChunkSamplesMax);
  EXPECT_EQ(samples_for(Kind::kMin, 0, true), 3'600 - kChunkSamplesMax);
}

}  // namespace
}  // namespace weir::store::embedded
