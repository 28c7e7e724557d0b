#include "aggregation/hyper_log_log.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::aggregation {
namespace {

std::vector<uint64_t> hashes(uint64_t seed, size_t count) {
  std::mt19937_64 random(seed);
  std::vector<uint64_t> out(count);
  for (uint64_t& hash : out) hash = random();
  return out;
}

HyperLogLog sketch_of(std::span<const uint64_t> given) {
  HyperLogLog sketch;
  for (const uint64_t hash : given) sketch.add(hash);
  return sketch;
}

TEST(HyperLogLog, KnowsNothingAtFirst) {
  EXPECT_EQ(HyperLogLog().estimate(), 0);
  HyperLogLog merged;
  merged.merge(HyperLogLog());
  EXPECT_EQ(merged.estimate(), 0);
}

TEST(HyperLogLog, IsExactUpToItsBound) {
  const auto given = hashes(1, HyperLogLog::kExactMax);
  HyperLogLog sketch;
  for (size_t i = 0; i < given.size(); ++i) {
    sketch.add(given[i]);
    sketch.add(given[i / 2]);  // seen before
    ASSERT_EQ(sketch.estimate(), static_cast<double>(i + 1));
  }
  const size_t exact_bytes = sketch.size_bytes();
  EXPECT_LE(exact_bytes, sizeof(HyperLogLog) + 2 * HyperLogLog::kExactMax * sizeof(uint64_t));
  sketch.add(~given[0]);
  EXPECT_NEAR(sketch.estimate(), HyperLogLog::kExactMax + 1, 0.03 * HyperLogLog::kExactMax);
  EXPECT_LE(sketch.size_bytes(), sizeof(HyperLogLog) + (1u << 14));
}

TEST(HyperLogLog, ErrsByThreeStandardErrorsAtMost) {
  for (const uint64_t seed : {11, 12, 13, 14}) {
    for (const size_t count : {1'025, 2'000, 5'000, 20'000, 50'000, 100'000, 300'000, 1'000'000}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << count << " hashes");
      const auto distinct = static_cast<double>(count);
      EXPECT_NEAR(sketch_of(hashes(seed, count)).estimate(), distinct,
                  3 * HyperLogLog::kStandardError * distinct);
    }
  }
}

// Single sketches may err by the standard error, but they must not err to one side.
TEST(HyperLogLog, HasNoBias) {
  for (const size_t count : {1'500, 10'000, 40'000, 80'000}) {
    constexpr size_t kSketches = 100;
    double total = 0;
    for (size_t i = 0; i < kSketches; ++i) total += sketch_of(hashes(100 + i, count)).estimate();
    const double mean = total / kSketches / static_cast<double>(count);
    EXPECT_NEAR(mean, 1, 4 * HyperLogLog::kStandardError / std::sqrt(kSketches)) << count << " hashes";
  }
}

TEST(HyperLogLog, RepetitionsChangeNothing) {
  const auto given = hashes(3, 5'000);
  HyperLogLog sketch = sketch_of(given);
  const double once = sketch.estimate();
  for (const uint64_t hash : given) sketch.add(hash);
  EXPECT_EQ(sketch.estimate(), once);
  sketch.merge(sketch_of(given));
  EXPECT_EQ(sketch.estimate(), once);
}

// The values of a counter from 0, hashed to themselves, are what no hash function would give: all fall into
// one register. The estimate is then wrong, but it is a number.
TEST(HyperLogLog, TakesTheExtremesOfHashes) {
  HyperLogLog sketch;
  for (uint64_t hash = 0; hash < 5'000; ++hash) sketch.add(hash);
  EXPECT_GT(sketch.estimate(), 0);
  EXPECT_TRUE(std::isfinite(sketch.estimate()));
  HyperLogLog full;
  for (uint64_t index = 0; index < 1u << 14; ++index) full.add(index << 50);  // each register at its largest
  EXPECT_GT(full.estimate(), 1e18);
}

// Registers as they are to be expected after ln(2) * 2^64 hashes, where half of them can grow no more.
TEST(HyperLogLog, CountsOnWhereRegistersAreFull) {
  const std::pair<uint64_t, uint64_t> expected[] = {
      {51, 8'192}, {50, 4'096}, {49, 3'072}, {48, 960}, {47, 64}};
  HyperLogLog sketch;
  uint64_t index = 0;
  for (const auto& [rank, count] : expected) {
    const uint64_t rest = rank == 51 ? 0 : uint64_t{1} << (50 - rank);
    for (uint64_t i = 0; i < count; ++i) sketch.add(index++ << 50 | rest);
  }
  const double want = std::log(2) * std::exp2(64);
  EXPECT_NEAR(sketch.estimate(), want, 0.01 * want);
}

TEST(HyperLogLog, MergesInAnyOrderAndGrouping) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const size_t count : {10, 900, 1'024, 1'025, 3'000, 30'000}) {
    const auto given = hashes(seed, count);
    const double want = sketch_of(given).estimate();
    // Parts of random sizes that overlap, so that exact ones meet those that have registers.
    std::vector<HyperLogLog> parts;
    for (size_t begin = 0; begin < count;) {
      const size_t end = std::min(count, begin + 1 + random() % (random() % 2 == 0 ? 200 : 5'000));
      const size_t overlap = std::min(begin, size_t{50});
      parts.push_back(sketch_of(std::span(given).subspan(begin - overlap, end - begin + overlap)));
      begin = end;
    }
    while (parts.size() > 1) {
      std::swap(parts[random() % parts.size()], parts.back());
      HyperLogLog taken = std::move(parts.back());
      parts.pop_back();
      parts[random() % parts.size()].merge(taken);
    }
    EXPECT_EQ(parts[0].estimate(), want) << count << " hashes";
  }
}

}  // namespace
}  // namespace weir::aggregation
