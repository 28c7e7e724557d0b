#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "ingest/metadata_writer.h"
#include "meta/sqlite/sqlite_meta_store.h"

// What a body of metadata costs who takes the write, when all of it is known: 2,000 metrics, as Prometheus
// sends them at once.
namespace weir::ingest {
namespace {

constexpr size_t kMetrics = 2'000;

struct Body {
  std::vector<std::string> names;
  std::vector<MetricMetadata> metadata;

  Body() {
    for (size_t i = 0; i < kMetrics; ++i) names.push_back(fmt::format("http_server_request_duration_{}", i));
    for (const std::string& name : names)
      metadata.push_back({name, MetricType::kHistogram, "seconds",
                          "How long requests took, from the first byte to the last one of the answer."});
  }
};

void BM_TakeKnownMetadata(benchmark::State& state) {
  static const Body body;
  static telemetry::Registry registry;
  static const auto meta = meta::sqlite::open(":memory:", os::system_clock()).value();
  static MetadataWriter writer({}, *meta, os::system_clock(), registry);
  static const TenantId tenant = meta->create_tenant("acme", Deadline::never())->id;
  if (state.thread_index() == 0) {
    writer.take(tenant, body.metadata, Limits());
    CHECK(writer.flush(Deadline::never()).ok(), "the catalogue takes it");
  }
  for (auto _ : state) writer.take(tenant, body.metadata, Limits());
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kMetrics));
}
BENCHMARK(BM_TakeKnownMetadata)->UseRealTime()->ThreadRange(1, 2);

}  // namespace
}  // namespace weir::ingest
