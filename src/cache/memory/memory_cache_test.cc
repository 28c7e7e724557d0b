#include "cache/memory/memory_cache.h"

#include "contract/cache_contract.h"

namespace weir::cache {
namespace {

struct MemoryEngine {
  static constexpr size_t kEntryBytesMax = 4'096;
  std::unique_ptr<Cache> create(os::sim::ManualClock& clock) {
    return memory::create({.bytes_max = 1u << 20, .entry_bytes_max = kEntryBytesMax}, clock, registry);
  }
  telemetry::Registry registry;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, CacheContract, MemoryEngine);

class MemoryCache : public testing::Test {
 protected:
  // One shard, so that the order of use is that of the whole cache.
  std::unique_ptr<Cache> create(uint64_t bytes_max) {
    return memory::create({.bytes_max = bytes_max, .entry_bytes_max = bytes_max}, clock_, registry_);
  }
  void put(Cache& cache, std::string_view key, size_t size = 1'000) {
    ASSERT_TRUE(cache.put(tenant_, key, std::string(size, 'x'), os::milliseconds(1'000), never_).ok());
  }
  bool has(Cache& cache, std::string_view key) { return cache.get(tenant_, key, never_).value().has_value(); }
  uint64_t counter(std::string_view name) { return registry_.counter(name, help(name)).value(); }
  double bytes() { return registry_.gauge("weir_cache_bytes", help("weir_cache_bytes")).value(); }

  const Deadline never_ = Deadline::never();
  const TenantId tenant_ = TenantId::from_stored(1);
  os::sim::ManualClock clock_;
  telemetry::Registry registry_;

 private:
  static std::string_view help(std::string_view name) {
    if (name == "weir_cache_hits_total") return "Cache reads that found their key.";
    if (name == "weir_cache_misses_total") return "Cache reads that found nothing.";
    if (name == "weir_cache_evictions_total") return "Cache entries removed to make space.";
    return "Bytes of keys, values and bookkeeping in the cache.";
  }
};

TEST_F(MemoryCache, ForgetsTheLeastRecentlyUsedFirst) {
  auto cache = create(3'600);
  for (const char* key : {"a", "b", "c"}) put(*cache, key);
  EXPECT_TRUE(has(*cache, "a"));
  put(*cache, "d");
  EXPECT_FALSE(has(*cache, "b"));
  for (const char* key : {"a", "c", "d"}) EXPECT_TRUE(has(*cache, key)) << key;
}

TEST_F(MemoryCache, ReplacingAnEntryIsAUseAndFreesTheOldOne) {
  auto cache = create(3'600);
  for (const char* key : {"a", "b", "c"}) put(*cache, key);
  put(*cache, "a", 900);
  EXPECT_EQ(counter("weir_cache_evictions_total"), 0U);
  put(*cache, "d");
  EXPECT_FALSE(has(*cache, "b"));
  EXPECT_TRUE(has(*cache, "a"));
}

TEST_F(MemoryCache, AnEntryOfTheLargestSizeStaysAlone) {
  auto cache = create(3'600);
  put(*cache, "a");
  put(*cache, "b", 3'599);
  EXPECT_TRUE(has(*cache, "b"));
  EXPECT_FALSE(has(*cache, "a"));
}

TEST_F(MemoryCache, NeverHoldsMoreThanItsBytes) {
  auto cache = memory::create({.bytes_max = 100'000, .entry_bytes_max = 1'000}, clock_, registry_);
  for (int i = 0; i < 5'000; ++i) {
    put(*cache, std::to_string(i), static_cast<size_t>(i * 37 % 900));
    ASSERT_LE(bytes(), 100'000);
  }
  EXPECT_GT(bytes(), 50'000);
  EXPECT_GT(counter("weir_cache_evictions_total"), 4'000U);
}

TEST_F(MemoryCache, CountsHitsMissesAndBytes) {
  auto cache = create(1u << 20);
  EXPECT_FALSE(has(*cache, "a"));
  put(*cache, "a");
  EXPECT_TRUE(has(*cache, "a"));
  EXPECT_TRUE(has(*cache, "a"));
  EXPECT_EQ(counter("weir_cache_hits_total"), 2U);
  EXPECT_EQ(counter("weir_cache_misses_total"), 1U);
  EXPECT_GT(bytes(), 1'000);
  ASSERT_TRUE(cache->erase(tenant_, "a", never_).ok());
  EXPECT_EQ(bytes(), 0);
}

TEST_F(MemoryCache, AnExpiredEntryIsAMissAndGoesWhenSpaceIsNeeded) {
  auto cache = create(3'600);
  put(*cache, "a");
  clock_.advance(os::milliseconds(1'000));
  EXPECT_FALSE(has(*cache, "a"));
  EXPECT_EQ(counter("weir_cache_misses_total"), 1U);
  for (const char* key : {"b", "c", "d"}) put(*cache, key);
  for (const char* key : {"b", "c", "d"}) EXPECT_TRUE(has(*cache, key)) << key;
}

TEST_F(MemoryCache, TheLongestTimeToLiveDoesNotOverflow) {
  auto cache = create(3'600);
  ASSERT_TRUE(cache->put(tenant_, "a", "value", os::milliseconds::max(), never_).ok());
  EXPECT_TRUE(has(*cache, "a"));
}

}  // namespace
}  // namespace weir::cache
