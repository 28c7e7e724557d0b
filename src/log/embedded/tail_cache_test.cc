#include "log/embedded/tail_cache.h"

#include <gtest/gtest.h>

namespace weir::log::embedded {
namespace {

/// A commit of one record of 100 bytes.
void add(TailCache& cache, uint32_t partition, int64_t offset) {
  auto bytes = std::make_shared<const std::string>(100, 'x');
  const BatchSlicePtr none[1];
  cache.add(bytes, {{TenantId::from_stored(1), PartitionId(partition), Offset(offset), *bytes}}, none);
}

std::vector<int64_t> read(TailCache& cache, uint32_t partition, int64_t offset, size_t bytes_max) {
  std::vector<CachedRecord> records;
  const bool found = cache.read(PartitionId(partition), Offset(offset), bytes_max, records);
  EXPECT_EQ(found, !records.empty());
  std::vector<int64_t> offsets;
  for (const CachedRecord& cached : records) offsets.push_back(cached.record.offset.value());
  return offsets;
}

TEST(TailCache, ReadsFromAnOffsetOn) {
  TailCache cache(2, 1 << 20);
  for (int i = 0; i < 5; ++i) add(cache, 0, i);
  EXPECT_EQ(read(cache, 0, 2, 1'000), (std::vector<int64_t>{2, 3, 4}));
  EXPECT_EQ(read(cache, 0, 0, 1), (std::vector<int64_t>{0}));  // at least one
  EXPECT_EQ(read(cache, 0, 0, 200), (std::vector<int64_t>{0, 1}));
  EXPECT_TRUE(read(cache, 0, 5, 1'000).empty());
  EXPECT_TRUE(read(cache, 1, 0, 1'000).empty());
}

TEST(TailCache, DropsTheOldestOfAllPartitions) {
  TailCache cache(2, 1'000);
  for (int i = 0; i < 50; ++i) add(cache, i % 2, i / 2);
  EXPECT_LE(cache.size_bytes(), 1'000u);
  EXPECT_TRUE(read(cache, 0, 0, 1'000).empty());
  EXPECT_EQ(read(cache, 0, 24, 1'000), (std::vector<int64_t>{24}));
  EXPECT_EQ(read(cache, 1, 24, 1'000), (std::vector<int64_t>{24}));
}

TEST(TailCache, HoldsNothingLargerThanItself) {
  TailCache cache(1, 50);
  add(cache, 0, 0);
  EXPECT_EQ(cache.size_bytes(), 0u);
  EXPECT_TRUE(read(cache, 0, 0, 1'000).empty());
}

TEST(TailCache, HandsWhatARecordDecodesToToItsFirstReader) {
  TailCache cache(1, 1'000);
  const auto bytes = std::make_shared<const std::string>(100, 'x');
  const BatchSlicePtr decoded[] = {std::make_shared<const BatchSlice>()};
  cache.add(bytes, {{TenantId::from_stored(1), PartitionId(0), Offset(0), *bytes}}, decoded);
  std::vector<CachedRecord> records;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(cache.read(PartitionId(0), Offset(0), 1'000, records));
  EXPECT_EQ(records[0].decoded, decoded[0]);
  EXPECT_EQ(records[1].decoded, nullptr);
}

TEST(TailCache, RecordsOutliveTheirEviction) {
  TailCache cache(1, 400);
  add(cache, 0, 0);
  std::vector<CachedRecord> records;
  ASSERT_TRUE(cache.read(PartitionId(0), Offset(0), 1'000, records));
  for (int i = 1; i < 10; ++i) add(cache, 0, i);
  EXPECT_TRUE(read(cache, 0, 0, 1'000).empty());
  EXPECT_EQ(records[0].record.payload, std::string(100, 'x'));
}

}  // namespace
}  // namespace weir::log::embedded
