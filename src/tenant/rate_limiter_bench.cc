#include <cstdlib>

#include <benchmark/benchmark.h>

#include "os/random.h"
#include "support/raw_redis.h"
#include "tenant/memory_limiter.h"
#include "tenant/redis_limiter.h"

// Takes a second by where they are decided, beside a bare PING loop. Run by tests/services/run.py redis.
namespace weir::tenant {
namespace {

const Rate kAmple{.per_second = 1'000'000'000, .burst = 1'000'000'000};

bool has_server(benchmark::State& state) {
  if (std::getenv("WEIR_TEST_REDIS") != nullptr) return true;
  state.SkipWithError("WEIR_TEST_REDIS is not set: run by tests/services/run.py");
  return false;
}

void BM_RawPing(benchmark::State& state) {
  if (!has_server(state)) return;
  test::RawRedis raw(std::getenv("WEIR_TEST_REDIS"));
  for (auto _ : state) raw.ping();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RawPing)->UseRealTime();

void BM_MemoryTake(benchmark::State& state) {
  static const auto limiter = create_memory_limiter({}, os::system_clock());
  const TenantId tenant = TenantId::from_stored(1 + static_cast<uint64_t>(state.thread_index()));
  for (auto _ : state) benchmark::DoNotOptimize(limiter->take(tenant, "samples", kAmple, 1));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_MemoryTake)->UseRealTime()->ThreadRange(1, 2);

RateLimiter& shared_limiter() {
  static telemetry::Registry registry;
  static redis::Client client({.address = std::getenv("WEIR_TEST_REDIS")}, os::system_clock(), registry);
  // A timeout would send takes past Redis, and what is measured then is something else.
  static const RedisLimiterOptions options{
      .key_prefix = "weir-bench:" + std::to_string(os::random_seed()) + ":",
      .operation_timeout = os::milliseconds(5'000)};
  static const auto limiter = create_redis_limiter(options, client, os::system_clock(), registry);
  return *limiter;
}

void BM_RedisTakeFromLease(benchmark::State& state) {
  if (!has_server(state)) return;
  RateLimiter& limiter = shared_limiter();
  const TenantId tenant = TenantId::from_stored(1 + static_cast<uint64_t>(state.thread_index()));
  for (auto _ : state) benchmark::DoNotOptimize(limiter.take(tenant, "samples", kAmple, 1));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RedisTakeFromLease)->UseRealTime()->ThreadRange(1, 2);

// A burst of 4 leaves room for leases of one token, so that each take asks.
void BM_RedisTakeThatAsks(benchmark::State& state) {
  if (!has_server(state)) return;
  RateLimiter& limiter = shared_limiter();
  const Rate rate{.per_second = 1'000'000, .burst = 4};
  uint64_t allowed = 0;
  for (auto _ : state) {
    allowed += limiter.take(TenantId::from_stored(100), "samples", rate, 1).allowed ? 1 : 0;
  }
  CHECK(allowed == static_cast<uint64_t>(state.iterations()), "each take was allowed by Redis");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RedisTakeThatAsks)->UseRealTime();

void BM_RedisTakeRefused(benchmark::State& state) {
  if (!has_server(state)) return;
  RateLimiter& limiter = shared_limiter();
  const Rate rate{.per_second = 1, .burst = 1};
  for (auto _ : state) {
    benchmark::DoNotOptimize(limiter.take(TenantId::from_stored(200), "samples", rate, 1));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RedisTakeRefused)->UseRealTime();

}  // namespace
}  // namespace weir::tenant
