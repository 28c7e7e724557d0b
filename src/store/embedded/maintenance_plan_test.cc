#include "store/embedded/maintenance_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/block_writer.h"

namespace weir::store::embedded {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimestampMs kHour = 3'600'000;
constexpr TimestampMs kWindow = 2 * kHour;
constexpr os::SteadyTime kNow{std::chrono::hours(100)};

HeadWindowInfo window(int number, uint64_t size_bytes = 100, os::milliseconds idle = os::milliseconds(60'000),
                      os::milliseconds age = os::milliseconds(60'000)) {
  return {number * kWindow, size_bytes, kNow - age, kNow - idle};
}

EmbeddedStoreOptions with_head_bytes_max(uint64_t bytes) {
  EmbeddedStoreOptions options;
  options.head_bytes_max = bytes;
  return options;
}

EmbeddedStoreOptions with_retention(TimestampMs retention_ms) {
  EmbeddedStoreOptions options;
  options.retention = os::milliseconds(retention_ms);
  return options;
}

CutInput input(std::vector<HeadWindowInfo> windows, TimestampMs reference_ms) {
  return {.windows = std::move(windows), .reference_ms = reference_ms, .now = kNow};
}

TEST(PlanCuts, WaitsUntilTheWindowIsPastAndSettled) {
  const EmbeddedStoreOptions options;
  const TimestampMs settled = 11 * kWindow + options.out_of_order_window.count();
  EXPECT_THAT(plan_cuts(options, input({window(10)}, settled - 1)), IsEmpty());
  EXPECT_THAT(plan_cuts(options, input({window(10)}, settled)), ElementsAre(ElementsAre(10 * kWindow)));
}

TEST(PlanCuts, LeavesAPastWindowThatStillFills) {
  const os::milliseconds busy(1'000);
  const os::milliseconds young(599'999);
  const os::milliseconds old(600'000);
  EXPECT_THAT(plan_cuts({}, input({window(1, 100, busy, young)}, 1'000 * kHour)), IsEmpty());
  EXPECT_THAT(plan_cuts({}, input({window(1, 100, busy, old)}, 1'000 * kHour)).size(), 1);
}

TEST(PlanCuts, WaitsForMoreAsLongAsTheWindowTookToFill) {
  struct Case {
    int64_t filled_ms, idle_ms;
    bool due;
  };
  for (const Case& one :
       {Case{0, 4'999, false}, Case{0, 5'000, true}, Case{20'000, 19'999, false}, Case{20'000, 20'000, true},
        Case{500'000, 59'999, false}, Case{500'000, 60'000, true}}) {
    const os::milliseconds idle(one.idle_ms);
    const os::milliseconds age(one.idle_ms + one.filled_ms);
    EXPECT_EQ(plan_cuts({}, input({window(1, 100, idle, age)}, 1'000 * kHour)).size(), one.due ? 1u : 0u)
        << one.filled_ms << " " << one.idle_ms;
  }
}

TEST(PlanCuts, TakesShardsTogether) {
  const os::milliseconds busy(1'000);
  EXPECT_THAT(plan_cuts({}, input({window(1), window(1, 100, busy)}, 1'000 * kHour)), IsEmpty())
      << "busy in one shard is busy";
  EXPECT_THAT(plan_cuts({}, input({window(1), window(1)}, 1'000 * kHour)), ElementsAre(ElementsAre(kWindow)));
}

TEST(PlanCuts, UnderMemoryPressureTheOldestGoUntilAQuarterIsFree) {
  CutInput pressed = input({window(5, 300), window(6, 300), window(7, 600)}, 0);
  pressed.head_bytes = 1'200;
  EXPECT_THAT(plan_cuts(with_head_bytes_max(1'200), pressed), IsEmpty());
  pressed.head_bytes = 1'201;
  EXPECT_THAT(plan_cuts(with_head_bytes_max(1'200), pressed),
              ElementsAre(ElementsAre(5 * kWindow, 6 * kWindow)));
}

TEST(PlanCuts, TooManyWindowsAreHalved) {
  std::vector<HeadWindowInfo> windows;
  for (int i = 0; i < 64; ++i) windows.push_back(window(i));
  EXPECT_THAT(plan_cuts({}, input(windows, 0)), IsEmpty());
  windows.push_back(window(64));
  size_t count = 0;
  for (const auto& group : plan_cuts({}, input(windows, 0))) count += group.size();
  EXPECT_EQ(count, 65u - 32u);
}

TEST(PlanCuts, NeighboursShareABlock) {
  const uint64_t large = 40 << 20;
  CutInput all = input(
      {window(0, large), window(11, large), window(12, large), window(13), window(359), window(360)}, 0);
  all.all = true;
  EXPECT_THAT(plan_cuts({}, all), ElementsAre(ElementsAre(0, 11 * kWindow),
                                              ElementsAre(12 * kWindow, 13 * kWindow, 359 * kWindow),
                                              ElementsAre(360 * kWindow)));
  all.windows = {window(13), window(359)};
  EXPECT_EQ(plan_cuts(with_retention(100 * kHour), all).size(), 2u)
      << "a block of a month would outlive the retention";
}

class PlanMerge : public testing::Test {
 protected:
  PlanMerge() { EXPECT_TRUE(files_.create_directories("/d").ok()); }

  // A block of one window; `weight` makes it large.
  BlockPtr block(int number, size_t weight = 1) {
    const std::string path = "/d/" + std::to_string(++blocks_) + ".block";
    auto writer = BlockWriter::create(files_, path, 24 * kHourMs).value();
    const std::string long_value(1'000 * weight, 'x');
    EXPECT_TRUE(writer->begin_series(TenantId::from_stored(1), Labels::of({{"a", long_value}})).ok());
    for (const TimestampMs at : {number * kWindow, number * kWindow + 1}) {
      const double value = 0;
      EXPECT_TRUE(writer->add_samples({&at, 1}, {&value, 1}).ok());
    }
    EXPECT_TRUE(writer->finish().ok());
    return Block::open(files_, path).value();
  }

  os::sim::FaultyFiles files_;
  int blocks_ = 0;
};

TEST_F(PlanMerge, WaitsForBlocksOfLikeSize) {
  const BlockList blocks = {block(0), block(1), block(2, 100), block(30)};
  EXPECT_THAT(plan_merge({}, blocks, false), IsEmpty());
  const BlockPtr third = block(3);
  EXPECT_THAT(plan_merge({}, {blocks[0], blocks[2], third, blocks[1], blocks[3]}, false),
              ElementsAre(blocks[0], third, blocks[1]))
      << "the large one is left out, and the order stays";
}

TEST_F(PlanMerge, NoBlockIsMergedPastAnotherOfItsTimes) {
  const BlockPtr large = block(0, 100);
  const BlockList late = {block(0), block(0), block(0), block(0)};
  EXPECT_THAT(plan_merge({}, {late[0], large, late[1], late[2]}, false), IsEmpty());
  EXPECT_THAT(plan_merge({}, {late[0], large, late[1], late[2], late[3]}, false),
              ElementsAre(late[1], late[2], late[3]))
      << "the first would go behind the large one, or they before it";
  EXPECT_THAT(plan_merge({}, {late[0], block(1, 100), late[1], late[2]}, false),
              ElementsAre(late[0], late[1], late[2]));
}

TEST_F(PlanMerge, AllTakesWhateverMayShareABlock) {
  const BlockList blocks = {block(0), block(11, 100), block(12)};
  EXPECT_THAT(plan_merge({}, blocks, true), ElementsAre(blocks[0], blocks[1]));
  EXPECT_THAT(plan_merge({}, {blocks[0], blocks[2]}, true), ElementsAre(blocks[0], blocks[2])) << "thin ones";
  EXPECT_THAT(plan_merge(with_retention(100 * kHour), {blocks[0], blocks[2]}, true), IsEmpty());
  EXPECT_THAT(plan_merge({}, {blocks[0], block(360)}, true), IsEmpty()) << "another month";
  EXPECT_THAT(plan_merge({}, {blocks[0]}, true), IsEmpty());
}

TEST_F(PlanMerge, ThinHistoryIsGathered) {
  BlockList blocks;
  for (int i = 0; i < 7; ++i) blocks.push_back(block(12 * i));
  EXPECT_THAT(plan_merge({}, blocks, false), IsEmpty());
  blocks.push_back(block(12 * 7));
  EXPECT_THAT(plan_merge({}, blocks, false), testing::ElementsAreArray(blocks));
}

TEST_F(PlanMerge, RetirementTakesWhatIsWhollyOlder) {
  const BlockList blocks = {block(0), block(1), block(5)};
  os::sim::ManualClock clock(100 * kHour);
  EXPECT_THAT(plan_retirement(blocks, {os::milliseconds(0), nullptr, clock}), IsEmpty());
  const RetentionBounds day(std::chrono::hours(24), nullptr, clock);
  clock.set_wall_ms(24 * kHour + kWindow + 1);
  EXPECT_THAT(plan_retirement(blocks, day), ElementsAre(blocks[0])) << "its last sample is at the border";
  clock.set_wall_ms(24 * kHour + kWindow + 2);
  EXPECT_THAT(plan_retirement(blocks, day), ElementsAre(blocks[0], blocks[1]));
}

}  // namespace
}  // namespace weir::store::embedded
