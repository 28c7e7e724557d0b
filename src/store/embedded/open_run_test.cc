#include "store/embedded/open_run.h"

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

using Limits = std::numeric_limits<double>;

std::vector<Sample> regular(const std::vector<double>& values, TimestampMs first_ms = 1'700'000'000'000) {
  std::vector<Sample> samples;
  for (size_t i = 0; i < values.size(); ++i) {
    samples.push_back({first_ms + static_cast<TimestampMs>(i) * 10'000, values[i]});
  }
  return samples;
}

void expect_decodes(const OpenRun::View& view, std::span<const Sample> expected) {
  SampleColumns found;
  found.push_back(-1, -1);  // what is there already stays
  view.decode(found);
  ASSERT_EQ(found.size(), expected.size() + 1);
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(found.timestamps_ms[i + 1], expected[i].timestamp_ms) << "sample " << i;
    ASSERT_EQ(std::bit_cast<uint64_t>(found.values[i + 1]), std::bit_cast<uint64_t>(expected[i].value))
        << "sample " << i << " " << found.values[i + 1] << " for " << expected[i].value;
  }
}

/// Appends all, and looks at every `stride`th view when nothing more is appended.
OpenRun expect_round_trip(const std::vector<Sample>& samples, size_t stride = 1) {
  OpenRun run;
  std::vector<OpenRun::View> views;
  for (const Sample& sample : samples) {
    run.append(sample);
    EXPECT_EQ(run.last_ms(), sample.timestamp_ms);
    EXPECT_EQ(std::bit_cast<uint64_t>(run.last_value()), std::bit_cast<uint64_t>(sample.value));
    views.push_back(run.view());
  }
  EXPECT_EQ(run.sample_count(), samples.size());
  for (size_t i = (samples.size() - 1) % stride; i < views.size(); i += stride)
    expect_decodes(views[i], std::span(samples).first(i + 1));
  return run;
}

TEST(OpenRun, AnEmptyOneHasNoBytes) {
  const OpenRun run;
  EXPECT_TRUE(run.empty());
  EXPECT_EQ(run.size_bytes(), 0u);
  expect_decodes(run.view(), {});
}

TEST(OpenRun, KeepsEveryDoubleBitForBit) {
  const double payload = std::bit_cast<double>(uint64_t{0xfff8'0000'dead'beef});
  expect_round_trip(regular({0.0, -0.0, 0.0, 1, -1, stale_marker(), 1, Limits::quiet_NaN(), payload, 0.25,
                             0.1, -Limits::quiet_NaN(), Limits::infinity(), 2, -Limits::infinity(), 2.5}));
  expect_round_trip(regular({Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(),
                             -Limits::denorm_min(), Limits::epsilon(), 1e-7, 1e300, 0x1p50, 0x1p53, 0x1p63}));
  expect_round_trip(regular({-0.0, -0.0, 0.0, 0.0, -0.0}));
  expect_round_trip(regular({0x1p50 - 1, -(0x1p50 - 1), 0x1p50, 0x1p50 + 1, 0.5, 0x1p49 + 0.5, 0x1p50 - 1}));
  expect_round_trip(regular({1, 0.1 + 0.2, 0.3, 1.25, 1}));
}

TEST(OpenRun, KeepsEveryAscendingTime) {
  constexpr TimestampMs kMin = std::numeric_limits<TimestampMs>::min();
  constexpr TimestampMs kMax = std::numeric_limits<TimestampMs>::max();
  expect_round_trip({{kMin, 1}, {kMin + 1, 1}, {-1, 1}, {0, 1}, {1, 1}, {kMax - 1, 1}, {kMax, 1}});
  expect_round_trip({{0, 0}, {1, 0}, {1 + (int64_t{1} << 32), 0}, {2 + (int64_t{1} << 33), 0}});
  expect_round_trip({{kMin, 0}, {kMax, 0}});
  expect_round_trip(
      {{10, 5}, {20, 5}, {30, 5}, {35, 5}, {40, 5}, {40 + 1ll * UINT32_MAX, 5}, {40 + 2ll * UINT32_MAX, 6}});
}

TEST(OpenRun, WhatStaysCostsNoBytes) {
  const OpenRun run = expect_round_trip(regular(std::vector<double>(OpenRun::kSamplesMax, 42.5)));
  EXPECT_LE(run.bytes().size(), 16u);
  EXPECT_TRUE(run.full());
}

TEST(OpenRun, StepsTakeOneToThreeBytes) {
  std::vector<double> values;
  for (const int step : {1, -64, 63, 64, -65, 8'191, -8'192, 8'192, 1'048'575, -1'048'576, 1'048'576, 0}) {
    values.push_back((values.empty() ? 0 : values.back()) + step);
  }
  expect_round_trip(regular(values));
  std::vector<double> gauge;
  for (int i = 0; i < 100; ++i) gauge.push_back((2'000 + i * 37 % 60) / 100.0);
  EXPECT_LE(expect_round_trip(regular(gauge)).bytes().size(), 120u);
}

TEST(OpenRun, KeepsRunsOfRepeatsOfAnyLength) {
  for (size_t length = 1; length <= 110; ++length) {
    std::vector<double> values(length, 3.0);
    values.push_back(4);
    values.push_back(4);
    expect_round_trip(regular(values));
  }
}

TEST(OpenRun, IsFullByBytesWhenValuesAreLong) {
  os::Random random(3);
  OpenRun run;
  TimestampMs at = 0;
  while (!run.full()) run.append({at += 1 + static_cast<TimestampMs>(random.below(1'000)), random.unit()});
  EXPECT_LT(run.sample_count(), OpenRun::kSamplesMax);
  EXPECT_LT(run.bytes().size(), OpenRun::kBytesMax + 24);
}

// Mixes of shapes, changed in the middle of a run.
TEST(OpenRun, KeepsWhatComesAtRandom) {
  constexpr double kSpecial[] = {0.0,
                                 -0.0,
                                 Limits::infinity(),
                                 -Limits::infinity(),
                                 Limits::denorm_min(),
                                 Limits::max(),
                                 0x1p50,
                                 -0x1p51,
                                 1e-6,
                                 1e-7};
  const std::vector<std::function<double(os::Random&, double)>> values = {
      [](os::Random&, double before) { return before; },
      [](os::Random& random, double before) { return before + static_cast<double>(random.below(1'000)); },
      [](os::Random& random, double) { return static_cast<double>(random.below(100'000)) / 100 - 300; },
      [](os::Random& random, double) {
        return static_cast<double>(random.next() >> random.below(64)) / std::pow(10, random.below(9));
      },
      [](os::Random& random, double) { return std::bit_cast<double>(random.next()); },
      [](os::Random& random, double before) {
        return std::bit_cast<double>(std::bit_cast<uint64_t>(before) ^ random.next() >> random.below(64));
      },
      [](os::Random& random, double) { return random.unit(); },
      [](os::Random&, double) { return stale_marker(); },
      [&](os::Random& random, double) { return kSpecial[random.below(std::size(kSpecial))]; },
  };
  const std::vector<std::function<uint64_t(os::Random&)>> deltas = {
      [](os::Random&) { return uint64_t{10'000}; },
      [](os::Random& random) { return 9'990 + random.below(20); },
      [](os::Random& random) { return 1 + random.below(10); },
      [](os::Random& random) { return 1 + (random.next() >> 8 >> random.below(56)); },
  };
  const uint64_t first_seed = 1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed));
  for (uint64_t seed = first_seed; seed < first_seed + 1'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    os::Random random(seed);
    std::vector<Sample> samples;
    auto at = static_cast<TimestampMs>(random.next() >> random.below(64));
    if (at < 0) at = std::numeric_limits<TimestampMs>::min();
    double value = 0;
    size_t shape = random.below(values.size());
    size_t beat = random.below(deltas.size());
    const uint64_t change = 2 + random.below(30);
    for (size_t i = 0; i < OpenRun::kSamplesMax; ++i) {
      if (random.below(change) == 0) shape = random.below(values.size());
      if (random.below(change) == 0) beat = random.below(deltas.size());
      samples.push_back({at, value = values[shape](random, value)});
      const uint64_t delta = deltas[beat](random);
      if (delta > static_cast<uint64_t>(std::numeric_limits<TimestampMs>::max()) - static_cast<uint64_t>(at))
        break;
      at = static_cast<TimestampMs>(static_cast<uint64_t>(at) + delta);
    }
    expect_round_trip(samples, 13);
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

}  // namespace
}  // namespace weir::store::embedded
