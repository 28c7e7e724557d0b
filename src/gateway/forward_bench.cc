#include <benchmark/benchmark.h>

#include "gateway/testing/fleet.h"

// What a gateway costs: the same requests to a process, and to the same process through a gateway in this
// one. The floor is `Direct` of the same run.

namespace weir::gateway {
namespace {

using net::testing::RawClient;
using testing::Backend;
using testing::Front;

/// A backend with answers of the benchmark's size, and a gateway before it. One for all threads of a run.
struct Fleet {
  explicit Fleet(size_t answer_bytes) {
    backend.answer = [body = std::string(answer_bytes, 'x')](const net::HttpRequest&) {
      return net::HttpResponse::text(200, body);
    };
    UpstreamsOptions options = testing::rare_checks();
    options.read = options.write = {backend.name()};
    front = std::make_unique<Front>(options);
    CHECK(front->reaches(UpstreamState::kServing, 2), "the backend serves");
  }
  Backend backend;
  std::unique_ptr<Front> front;
};

std::unique_ptr<Fleet> fleet;

void begin_fleet(const benchmark::State& state) {
  fleet = std::make_unique<Fleet>(static_cast<size_t>(state.range(1)));
}
void end_fleet(const benchmark::State&) {
  fleet.reset();
}

/// One connection a thread, one request after the other. `range(0)`: bytes of the request's body, 0 for a
/// GET; `range(1)`: of the answer's.
void exchange(benchmark::State& state, bool through_gateway) {
  const uint16_t port = through_gateway ? fleet->front->port() : fleet->backend.server().port();
  RawClient client(port);
  const std::string body(static_cast<size_t>(state.range(0)), 'b');
  const std::string request =
      body.empty()
          ? "GET /api/v1/query?query=up HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
          : fmt::format("POST /api/v1/write HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n\r\n{}",
                        body.size(), body);
  for (auto _ : state) {
    const auto response = client.exchange(request);
    if (response.status != 200) state.SkipWithError("not 200");
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * (state.range(0) + state.range(1)));
}

void BM_Direct(benchmark::State& state) {
  exchange(state, false);
}
void BM_ThroughGateway(benchmark::State& state) {
  exchange(state, true);
}

#define WEIR_FORWARD_BENCH(function) \
  BENCHMARK(function)                \
      ->ArgNames({"body", "answer"}) \
      ->Args({0, 1'000})             \
      ->Args({0, 1'000'000})         \
      ->Args({60'000, 10})           \
      ->Setup(begin_fleet)           \
      ->Teardown(end_fleet)          \
      ->UseRealTime()                \
      ->Threads(1)                   \
      ->Threads(8)
WEIR_FORWARD_BENCH(BM_Direct);
WEIR_FORWARD_BENCH(BM_ThroughGateway);

}  // namespace
}  // namespace weir::gateway
