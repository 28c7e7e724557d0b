#include "log/embedded/partition_index.h"

#include <gtest/gtest.h>

namespace weir::log::embedded {
namespace {

TEST(PartitionIndex, FindsTheFrameAtOrBefore) {
  PartitionIndex index;
  EXPECT_FALSE(index.find(Offset(0)).has_value());
  constexpr uint64_t kStep = PartitionIndex::kStrideBytes;
  for (int i = 0; i < 10; ++i) index.add(Offset(100 + 10 * i), {1, i * kStep});
  EXPECT_EQ(index.find(Offset(100))->position, 0u);
  EXPECT_EQ(index.find(Offset(109))->position, 0u);
  EXPECT_EQ(index.find(Offset(110))->position, kStep);
  EXPECT_EQ(index.find(Offset(5'000))->position, 9 * kStep);
  EXPECT_EQ(index.find(Offset(3))->position, 0u);  // nothing before: the first
}

TEST(PartitionIndex, IsSparse) {
  PartitionIndex index;
  constexpr int kFrames = 10'000;
  for (int i = 0; i < kFrames; ++i) index.add(Offset(i), {1, static_cast<uint64_t>(i) * 100});
  EXPECT_LE(index.size(), kFrames * 100 / PartitionIndex::kStrideBytes + 1);
  const FrameLocation found = *index.find(Offset(7'777));
  EXPECT_LE(found.position, 777'700u);
  EXPECT_GT(found.position + PartitionIndex::kStrideBytes, 777'700u);
}

TEST(PartitionIndex, DropsOldSegments) {
  PartitionIndex index;
  index.add(Offset(0), {1, 0});
  index.add(Offset(10), {20, 0});
  index.add(Offset(20), {40, 0});
  index.drop_before(20);
  EXPECT_EQ(index.find(Offset(0))->segment, 20u);
  index.drop_before(1'000);
  EXPECT_FALSE(index.find(Offset(0)).has_value());
}

}  // namespace
}  // namespace weir::log::embedded
