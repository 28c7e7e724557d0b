#include "store/embedded/hour_versions.h"

#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kHour = 3'600'000;
constexpr TimestampMs kLast = std::numeric_limits<TimestampMs>::max();

TEST(HourVersions, KnowsTheNewestChangeOfARange) {
  HourVersions versions;
  EXPECT_EQ(versions.newest(TimeRange::all()), 0u);
  versions.touch(10 * kHour, 1);
  versions.touch(11 * kHour - 1, 2);
  versions.touch(11 * kHour, 3);
  versions.touch(5 * kHour + 7, 4);
  EXPECT_EQ(versions.newest({10 * kHour, 10 * kHour}), 2u);
  EXPECT_EQ(versions.newest({11 * kHour - 1, 11 * kHour}), 3u);
  EXPECT_EQ(versions.newest({6 * kHour, 10 * kHour - 1}), 0u);
  EXPECT_EQ(versions.newest({6 * kHour - 1, 10 * kHour}), 4u);
  EXPECT_EQ(versions.newest({-kHour, 6 * kHour}), 4u);
}

TEST(HourVersions, HasTheLastHourOfTime) {
  HourVersions versions;
  versions.touch(kLast, 1);
  versions.touch(0, 2);
  EXPECT_EQ(versions.newest({kLast, kLast}), 1u);
  EXPECT_EQ(HourVersions::hour_of(kLast).maxt_ms, kLast);
  EXPECT_EQ(HourVersions::hour_of(kHour), (TimeRange{kHour, 2 * kHour - 1}));
}

TEST(HourVersions, FoldsTheOlderHalfTogether) {
  HourVersions versions(4);
  for (int hour = 1; hour <= 5; ++hour) versions.touch(hour * kHour, static_cast<uint64_t>(hour));
  EXPECT_EQ(versions.size(), 3u);
  EXPECT_EQ(versions.newest({kHour, kHour}), 2u) << "hours 1 and 2 are one";
  EXPECT_EQ(versions.newest({3 * kHour - 1, 3 * kHour - 1}), 2u);
  EXPECT_EQ(versions.newest({3 * kHour, 3 * kHour}), 3u);
  versions.touch(0, 6);
  EXPECT_EQ(versions.newest({2 * kHour + 5, 2 * kHour + 5}), 6u);
  EXPECT_EQ(versions.size(), 3u);
}

// Against a map that keeps every hour: never less, and never the same after a change.
TEST(HourVersions, NeverShowAChangeAsNone) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  os::Random random(seed);
  HourVersions versions(6);
  std::map<TimestampMs, uint64_t> model;
  std::map<std::pair<TimestampMs, TimestampMs>, std::pair<uint64_t, uint64_t>> seen;  // range: ours, exact
  for (uint64_t version = 1; version <= 5'000; ++version) {
    const auto at = static_cast<TimestampMs>(random.below(30 * kHour));
    versions.touch(at, version);
    model[at / kHour] = version;
    const auto from = static_cast<TimestampMs>(random.below(30)) * kHour;
    const TimeRange range{from, from + static_cast<TimestampMs>(random.below(5)) * kHour + kHour - 1};
    uint64_t exact = 0;
    for (const auto& [hour, last] : model) {
      if (hour >= range.mint_ms / kHour && hour <= range.maxt_ms / kHour) exact = std::max(exact, last);
    }
    const uint64_t ours = versions.newest(range);
    ASSERT_GE(ours, exact);
    const auto before = seen.try_emplace({range.mint_ms, range.maxt_ms}, ours, exact).first;
    if (before->second.second != exact) {
      ASSERT_GT(ours, before->second.first);
    }
    before->second = {ours, exact};
  }
  EXPECT_LE(versions.size(), 6u);
}

}  // namespace
}  // namespace weir::store::embedded
