#include "pg/statement_cache.h"

#include <gtest/gtest.h>

namespace weir::pg {
namespace {

TEST(StatementCache, LeastRecentlyUsedGoesFirst) {
  StatementCache cache(2);
  EXPECT_EQ(cache.find("a"), nullptr);
  cache.add("a", "1");
  EXPECT_EQ(cache.evict(), std::nullopt) << "there is room";
  cache.add("b", "2");
  EXPECT_EQ(*cache.find("a"), "1");
  EXPECT_EQ(cache.evict(), "2");
  cache.add("c", "3");
  EXPECT_EQ(cache.find("b"), nullptr);
  EXPECT_EQ(*cache.find("a"), "1");
  EXPECT_EQ(*cache.find("c"), "3");
  cache.forget("a");
  cache.forget("nosuch");
  EXPECT_EQ(cache.find("a"), nullptr);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_NE(cache.next_name(), cache.next_name());
}

}  // namespace
}  // namespace weir::pg
