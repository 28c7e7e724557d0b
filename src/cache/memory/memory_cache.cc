#include "cache/memory/memory_cache.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "cache/memory/shard.h"

namespace weir::cache::memory {
namespace {

// Enough that threads seldom meet at a lock, few enough that each has room for the largest entries.
constexpr size_t kShardsMax = 16;

// A shard must hold the largest entry, so a small cache has fewer shards, down to one.
size_t shard_count(const MemoryCacheOptions& options) {
  const uint64_t fitting = options.bytes_max / std::max<uint64_t>(1, 4 * options.entry_bytes_max);
  return std::clamp<uint64_t>(fitting, 1, kShardsMax);
}

// Tenants never meet because the tenant is a part of the key.
std::string full_key(TenantId tenant, std::string_view key) {
  const uint64_t id = tenant.value();
  std::string full;
  full.reserve(sizeof(id) + key.size());
  full.append(reinterpret_cast<const char*>(&id), sizeof(id));
  return full.append(key);
}

// A `ttl` as long as the clock's range means "as long as possible".
os::SteadyTime add(os::SteadyTime now, os::milliseconds ttl) {
  const auto left = std::chrono::duration_cast<os::milliseconds>(os::SteadyTime::max() - now);
  return ttl >= left ? os::SteadyTime::max() : now + ttl;
}

class MemoryCache final : public Cache {
 public:
  MemoryCache(const MemoryCacheOptions& options, const os::Clock& clock, telemetry::Registry& registry)
      : options_(options),
        clock_(clock),
        hits_(registry.counter("weir_cache_hits_total", "Cache reads that found their key.")),
        misses_(registry.counter("weir_cache_misses_total", "Cache reads that found nothing.")),
        evictions_(registry.counter("weir_cache_evictions_total", "Cache entries removed to make space.")),
        bytes_(registry.gauge("weir_cache_bytes", "Bytes of keys, values and bookkeeping in the cache.")) {
    const size_t count = shard_count(options);
    for (size_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<Shard>(options.bytes_max / count));
  }

  Result<std::optional<std::string>> get(TenantId tenant, std::string_view key, Deadline) override {
    const std::string full = full_key(tenant, key);
    auto value = shard(full).get(full, clock_.steady());
    (value ? hits_ : misses_).add();
    return value;
  }

  Status put(TenantId tenant, std::string_view key, std::string_view value, os::milliseconds ttl,
             Deadline) override {
    if (ttl < os::milliseconds(1)) {
      return invalid_argument(fmt::format("cache: time to live {} ms, at least 1", ttl.count()));
    }
    if (key.size() + value.size() > options_.entry_bytes_max) {
      return resource_exhausted(fmt::format("cache: entry of {} bytes, limit {}", key.size() + value.size(),
                                            options_.entry_bytes_max));
    }
    const std::string full = full_key(tenant, key);
    count(shard(full).put(full, value, add(clock_.steady(), ttl)));
    return {};
  }

  Status erase(TenantId tenant, std::string_view key, Deadline) override {
    const std::string full = full_key(tenant, key);
    count(shard(full).erase(full));
    return {};
  }

 private:
  Shard& shard(std::string_view full) { return *shards_[stable_hash(full) % shards_.size()]; }
  void count(const Shard::Change& change) {
    bytes_.add(static_cast<double>(change.bytes));
    evictions_.add(change.evicted);
  }

  const MemoryCacheOptions options_;
  const os::Clock& clock_;
  telemetry::Counter& hits_;
  telemetry::Counter& misses_;
  telemetry::Counter& evictions_;
  telemetry::Gauge& bytes_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace

std::unique_ptr<Cache> create(const MemoryCacheOptions& options, const os::Clock& clock,
                              telemetry::Registry& registry) {
  return std::make_unique<MemoryCache>(options, clock, registry);
}

}  // namespace weir::cache::memory
