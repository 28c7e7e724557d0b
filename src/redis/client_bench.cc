#include <array>
#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>

#include "redis/client.h"
#include "support/raw_redis.h"

// Commands one after the other, beside a bare PING loop on the same server. Run by tests/services/run.py
// redis.
namespace weir::redis {
namespace {

const char* server_or_skip(benchmark::State& state) {
  const char* address = std::getenv("WEIR_TEST_REDIS");
  if (address == nullptr) state.SkipWithError("WEIR_TEST_REDIS is not set: run by tests/services/run.py");
  return address;
}

void BM_RawPing(benchmark::State& state) {
  const char* address = server_or_skip(state);
  if (address == nullptr) return;
  test::RawRedis raw(address);
  for (auto _ : state) raw.ping();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RawPing)->UseRealTime();

Client& shared_client() {
  static telemetry::Registry registry;
  static Client client({.address = std::getenv("WEIR_TEST_REDIS")}, os::system_clock(), registry);
  return client;
}

void run(benchmark::State& state, std::span<const std::string_view> arguments) {
  if (server_or_skip(state) == nullptr) return;
  Client& client = shared_client();
  for (auto _ : state) {
    const auto reply =
        client.command(arguments, Deadline::after(os::system_clock(), os::milliseconds(5'000)));
    CHECK(reply.ok(), "Redis answers");
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_ClientPing(benchmark::State& state) {
  run(state, std::array<std::string_view, 1>{"PING"});
}
BENCHMARK(BM_ClientPing)->UseRealTime()->ThreadRange(1, 4);

void BM_ClientSet1KiB(benchmark::State& state) {
  const std::string value(1'024, 'x');
  run(state, std::array<std::string_view, 5>{"SET", "weir-bench", value, "PX", "60000"});
}
BENCHMARK(BM_ClientSet1KiB)->UseRealTime();

void BM_ClientGet1KiB(benchmark::State& state) {
  run(state, std::array<std::string_view, 2>{"GET", "weir-bench"});
}
BENCHMARK(BM_ClientGet1KiB)->UseRealTime();

}  // namespace
}  // namespace weir::redis
