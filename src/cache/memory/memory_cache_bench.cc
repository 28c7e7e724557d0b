#include <string>

#include <benchmark/benchmark.h>

#include "cache/memory/memory_cache.h"

namespace weir::cache {
namespace {

const TenantId kTenant = TenantId::from_stored(1);

telemetry::Registry& registry() {
  static telemetry::Registry registry;
  return registry;
}

Cache& shared_cache() {
  static const auto cache = memory::create({}, os::system_clock(), registry());
  return *cache;
}

void put(Cache& cache, int key, const std::string& value) {
  const Status status =
      cache.put(kTenant, std::to_string(key), value, os::milliseconds(60'000), Deadline::never());
  CHECK(status.ok(), "the entry fits");
}

// Reads of 1 KiB values that are all there, from one and two threads.
void BM_CacheHit(benchmark::State& state) {
  constexpr int kKeys = 10'000;
  Cache& cache = shared_cache();
  if (state.thread_index() == 0) {
    for (int i = 0; i < kKeys; ++i) put(cache, i, std::string(1'024, 'x'));
  }
  int key = state.thread_index();
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.get(kTenant, std::to_string(key % kKeys), Deadline::never()));
    key += 7'919;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CacheHit)->Threads(1)->Threads(2)->UseRealTime();

// Writes into a full cache: each forgets another entry.
void BM_CachePutWhenFull(benchmark::State& state) {
  const auto cache = memory::create({.bytes_max = 8u << 20}, os::system_clock(), registry());
  const std::string value(1'024, 'x');
  int key = 0;
  for (auto _ : state) put(*cache, key++, value);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CachePutWhenFull);

}  // namespace
}  // namespace weir::cache
