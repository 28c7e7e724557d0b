#include "cache/redis/redis_cache.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cache/redis/entry.h"
#include "os/random.h"

namespace weir::cache::redis {
namespace {

constexpr os::milliseconds kTtlMax{int64_t{365} * 24 * 60 * 60 * 1'000};

// What a caller needs to know is only whether time ran out; the message keeps the rest.
Error to_cache_error(Error error) {
  if (error.code != Code::kDeadlineExceeded) error.code = Code::kUnavailable;
  return std::move(error).context("cache");
}

class RedisCache final : public Cache {
 public:
  RedisCache(const RedisCacheOptions& options, weir::redis::Client& client, os::Clock& clock,
             telemetry::Registry& registry)
      : options_(options),
        client_(client),
        clock_(clock),
        writer_(os::random_seed()),
        hits_(registry.counter("weir_cache_hits_total", "Cache reads that found their key.")),
        misses_(registry.counter("weir_cache_misses_total", "Cache reads that found nothing.")),
        strangers_(registry.counter("weir_cache_strangers_total",
                                    "Cache reads that found an entry of another key, tenant or version.")) {}

  Result<std::optional<std::string>> get(TenantId tenant, std::string_view key, Deadline deadline) override {
    const std::string name = entry_name(tenant, key);
    ASSIGN_OR_RETURN(const weir::redis::Reply reply,
                     command(std::array<std::string_view, 2>{"GET", name}, deadline));
    std::optional<std::string> value;
    if (reply.kind == weir::redis::Reply::Kind::kText) value = value_of(reply.text, tenant, key);
    (value ? hits_ : misses_).add();
    return value;
  }

  Status put(TenantId tenant, std::string_view key, std::string_view value, os::milliseconds ttl,
             Deadline deadline) override {
    RETURN_IF_ERROR(check(key, value, ttl));
    ttl = std::min(ttl, kTtlMax);
    const std::string bytes = encode({.tenant = tenant.value(),
                                      .key = key,
                                      .writer = writer_,
                                      .expires_ms = now_ms() + static_cast<uint64_t>(ttl.count()),
                                      .value = value});
    const std::string name = entry_name(tenant, key);
    const std::string px = std::to_string(ttl.count());
    RETURN_IF_ERROR(command(std::array<std::string_view, 5>{"SET", name, bytes, "PX", px}, deadline));
    return {};
  }

  Status erase(TenantId tenant, std::string_view key, Deadline deadline) override {
    const std::string name = entry_name(tenant, key);
    RETURN_IF_ERROR(command(std::array<std::string_view, 2>{"DEL", name}, deadline));
    return {};
  }

 private:
  Status check(std::string_view key, std::string_view value, os::milliseconds ttl) const {
    if (ttl < os::milliseconds(1)) {
      return invalid_argument(fmt::format("cache: time to live {} ms, at least 1", ttl.count()));
    }
    if (key.size() + value.size() > options_.entry_bytes_max) {
      return resource_exhausted(fmt::format("cache: entry of {} bytes, limit {}", key.size() + value.size(),
                                            options_.entry_bytes_max));
    }
    return {};
  }

  // The client may live by another clock than we do, so what crosses over is the time left.
  Result<weir::redis::Reply> command(std::span<const std::string_view> arguments, Deadline deadline) {
    const os::milliseconds left = std::min(deadline.left(clock_), options_.operation_timeout);
    Result<weir::redis::Reply> reply = client_.command(arguments, Deadline::after(client_.clock(), left));
    if (!reply.ok()) return to_cache_error(std::move(reply).error());
    return reply;
  }

  std::optional<std::string> value_of(std::string_view bytes, TenantId tenant, std::string_view key) {
    const std::optional<Entry> entry = decode(bytes);
    if (!entry || entry->tenant != tenant.value() || entry->key != key) {
      strangers_.add();
      return std::nullopt;
    }
    if (entry->writer == writer_ && now_ms() >= entry->expires_ms) return std::nullopt;
    return std::string(entry->value);
  }

  uint64_t now_ms() const {
    const auto now = clock_.steady().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::floor<os::milliseconds>(now).count());
  }

  const RedisCacheOptions options_;
  weir::redis::Client& client_;
  os::Clock& clock_;
  const uint64_t writer_;
  telemetry::Counter& hits_;
  telemetry::Counter& misses_;
  telemetry::Counter& strangers_;
};

}  // namespace

std::unique_ptr<Cache> create(const RedisCacheOptions& options, weir::redis::Client& client, os::Clock& clock,
                              telemetry::Registry& registry) {
  return std::make_unique<RedisCache>(options, client, clock, registry);
}

}  // namespace weir::cache::redis
