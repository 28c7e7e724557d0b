// Aggregations through crashes at any point, against one recount of all that was acknowledged.
#include <cmath>

#include <gtest/gtest.h>

#include "support/crash_seeds.h"
#include "support/crash_world.h"

namespace weir::aggregation {
namespace {

using Samples = CrashWorld::Samples;

std::vector<Definition> definitions() {
  const DefinitionFile file = parse_definitions(R"(
aggregations:
  - name: tumbling
    match: m
    by: [g]
    window: 10s
    outputs: [count, sum, min, max, avg, first, last, increase, rate, stddev, series, distinct, distinct(s), quantile(0.5)]
  - name: hopping
    match: [m, n]
    without: [s]
    window: {type: hopping, size: 30s, hop: 10s}
    outputs: [count, sum, increase, quantile(0.9)]
    metric: "{metric}:hop:{output}"
  - name: longer
    match: m
    window: {type: hopping, size: 40s, hop: 20s}
    outputs: [sum, last, increase]
    metric: "{metric}:longer:{output}"
  - name: sum
    match: m
    by: [s]
    window: 20s
    outputs: [sum, count]
  - name: session
    match: '{__name__=~"m|n"}'
    by: [g]
    window: {type: session, gap: 5s, max: 1m}
    outputs: [count, max, increase]
    metric: "session:{output}"
)");
  EXPECT_TRUE(file.problems.empty()) << (file.problems.empty() ? "" : file.problems.front().message);
  return file.definitions;
}

/// What a series has at a time is always the same, as a sender that tries again sends the same. Fractions
/// too.
double value_of(const Labels& labels, TimestampMs at_ms) {
  const uint64_t hash = labels.view().hash() ^ static_cast<uint64_t>(at_ms) * 0x9e3779b97f4a7c15;
  return static_cast<double>(hash % 1'000) / 8 + std::sin(static_cast<double>(at_ms));
}

Samples draw_batch(CrashWorld& world, int64_t late_ms_max) {
  Samples samples;
  os::Random& random = world.random();
  for (uint64_t left = 1 + random.below(12); left > 0; --left) {
    const std::string g = std::to_string(random.below(3));
    const std::string s = std::to_string(random.below(4));
    const Labels labels = Labels::of({{"__name__", random.below(4) == 0 ? "n" : "m"}, {"g", g}, {"s", s}});
    const bool late = random.below(5) == 0;
    const uint64_t ago = late ? random.below(static_cast<uint64_t>(late_ms_max)) : random.below(2'000);
    const TimestampMs at_ms = world.now_ms() - static_cast<TimestampMs>(ago);
    samples[{labels, at_ms}] = value_of(labels, at_ms);
  }
  return samples;
}

void operate(CrashWorld& world, std::vector<Samples>& sent) {
  os::Random& random = world.random();
  switch (random.below(14)) {
    case 0:
      return world.crash();
    case 1:  // at some call from now on
      world.disk().inject({.nth = 1 + random.below(40), .lasting = true, .written_bytes = random.below(700)});
      return;
    case 2:
      if (!sent.empty()) world.write(sent[random.below(sent.size())]);
      return;
    case 3:
      return random.below(4) == 0 ? world.compact() : world.trim();
    case 4:
      world.meta().fails = random.below(3) == 0;
      world.meta().takes_effect = random.below(2) == 0;
      return;
    case 5:
    case 6:
    case 7:
      world.pass(os::milliseconds(random.below(8'000)));
      return;
    case 8:
    case 9:
    case 10:
      if (!world.work().ok()) world.crash();
      return;
    default:
      sent.push_back(draw_batch(world, 50'000));
      world.write(sent.back());
  }
}

constexpr const char* kOutputNames[] = {"[mn]:10s_.*", "[mn]:hop:.*", "m:longer:.*", "m:20s_.*",
                                        "session:.*"};

void expect_recount(CrashWorld& world) {
  world.note_closed();
  ASSERT_EQ(CrashWorld::first_difference(world.written(), world.stored("m|n")), "");
  for (size_t i = 0; i < std::size(kOutputNames); ++i) {
    ASSERT_EQ(CrashWorld::first_difference(world.recounted(i), world.stored(kOutputNames[i])), "")
        << "aggregation " << i;
  }
}

// Nothing comes later that would mend what is wrong.
TEST(AggregationCrashes, WhatComesWhileAScanIsSharedIsNotMissed) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    CrashWorld world(seed, definitions());
    ASSERT_TRUE(world.work().ok());
    world.write(draw_batch(world, 20'000));
    world.pass(os::milliseconds(60'000));
    ASSERT_TRUE(world.work().ok());
    world.pass(os::milliseconds(20'000));
    world.between_steps = [&] { return world.try_write(draw_batch(world, 50'000)); };
    ASSERT_TRUE(world.work().ok());
    world.between_steps = nullptr;
    for (int round = 0; round < 4; ++round) {
      ASSERT_TRUE(world.work().ok());
      world.pass(os::milliseconds(500));
    }
    ASSERT_NO_FATAL_FAILURE(expect_recount(world));
  }
}

TEST(AggregationCrashes, NothingIsLostOrDoubled) {
  const CrashSeeds seeds;
  for (uint64_t seed = seeds.first; seed < seeds.end; ++seed) {
    SCOPED_TRACE(testing::Message() << "WEIR_CRASH_SEED=" << seed);
    CrashWorld world(seed, definitions());
    std::vector<Samples> sent;
    world.between_steps = [&] {
      sent.push_back(draw_batch(world, 50'000));
      return world.try_write(sent.back());
    };
    for (int step = 0; step < 150; ++step) operate(world, sent);
    world.between_steps = nullptr;
    world.crash();
    world.write_owed();
    world.pass(os::milliseconds(120'000));
    world.settle();
    ASSERT_NO_FATAL_FAILURE(expect_recount(world));
    for (const AggregationStatus& status : world.status()) EXPECT_EQ(status.waiting, 0u);
    EXPECT_TRUE(world.set_aside().empty());
  }
}

}  // namespace
}  // namespace weir::aggregation
