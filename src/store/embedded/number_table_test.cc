#include "store/embedded/number_table.h"

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

TEST(NumberTable, FindsNothingWhenEmpty) {
  const NumberTable table;
  EXPECT_EQ(table.find(7, [](uint32_t) { return true; }), NumberTable::kNone);
  EXPECT_EQ(table.size_bytes(), 0u);
}

TEST(NumberTable, FindsWhatWasInserted) {
  os::Random random(3);
  NumberTable table;
  std::vector<uint32_t> tags;
  for (uint32_t number = 0; number < 10'000; ++number) {
    tags.push_back(NumberTable::tag_of(random.below(UINT64_MAX)));
    table.insert(tags[number], number);
  }
  for (uint32_t number = 0; number < 10'000; ++number)
    ASSERT_EQ(table.find(tags[number], [&](uint32_t found) { return found == number; }), number);
  EXPECT_EQ(table.find(tags[0], [](uint32_t) { return false; }), NumberTable::kNone);
  EXPECT_LE(table.size_bytes(), 10'000 * 20u);
  std::vector<uint32_t> visited(tags.size());
  table.visit([&](uint32_t tag, uint32_t number) { visited[number] = tag; });
  EXPECT_EQ(visited, tags);
}

// Were they put side by side, this would take minutes.
TEST(NumberTable, SpreadsTagsThatLieClose) {
  constexpr uint32_t kCount = 300'000;
  NumberTable table;
  for (uint32_t number = 0; number < kCount; ++number) table.insert(number, number);
  for (uint32_t number = 0; number < kCount; ++number)
    ASSERT_EQ(table.find(number, [](uint32_t) { return true; }), number);
}

// Equal tags, and tags whose home is the last slot, so that probing goes round the end.
TEST(NumberTable, TellsEqualTagsApart) {
  for (const uint32_t tag : {0u, 5u, UINT32_MAX}) {
    NumberTable table;
    for (uint32_t number = 0; number < 100; ++number) table.insert(tag, number);
    for (uint32_t number = 0; number < 100; ++number)
      ASSERT_EQ(table.find(tag, [&](uint32_t found) { return found == number; }), number);
  }
}

}  // namespace
}  // namespace weir::store::embedded
