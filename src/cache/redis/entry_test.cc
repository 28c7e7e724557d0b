#include "cache/redis/entry.h"

#include <gtest/gtest.h>

namespace weir::cache::redis {
namespace {

const Entry kEntry{.tenant = 7,
                   .key = std::string_view("a\0key", 5),
                   .writer = 0xfedcba9876543210,
                   .expires_ms = 1'234'567'890'123,
                   .value = std::string_view("\xff\0value", 7)};

TEST(CacheEntry, ComesBackAsItWas) {
  const std::string bytes = encode(kEntry);
  const Entry back = decode(bytes).value();
  EXPECT_EQ(back.tenant, kEntry.tenant);
  EXPECT_EQ(back.key, kEntry.key);
  EXPECT_EQ(back.writer, kEntry.writer);
  EXPECT_EQ(back.expires_ms, kEntry.expires_ms);
  EXPECT_EQ(back.value, kEntry.value);
}

TEST(CacheEntry, RefusesEveryCutBeforeTheValueAndOtherVersions) {
  const std::string bytes = encode(kEntry);
  for (size_t size = 0; size < bytes.size() - kEntry.value.size(); ++size) {
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size))) << size;
  }
  std::string newer = bytes;
  newer[0] = 2;
  EXPECT_FALSE(decode(newer));
  EXPECT_FALSE(decode("someone else's value"));
}

TEST(CacheEntry, NamesBeginWithTheTenant) {
  const std::string name = entry_name(TenantId::from_stored(7), "key");
  EXPECT_EQ(name.substr(0, 9), "weir:c:7:");
  EXPECT_EQ(name.size(), 25U);
  EXPECT_NE(name, entry_name(TenantId::from_stored(7), "kez"));
  EXPECT_EQ(entry_name(TenantId::from_stored(7), std::string(1'000, 'x')).size(), 25U);
}

}  // namespace
}  // namespace weir::cache::redis
