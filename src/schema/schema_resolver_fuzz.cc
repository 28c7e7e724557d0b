#include <cstdint>

#include "base/check.h"
#include "schema/schema_resolver.h"
#include "wire/metric_batch.h"

namespace {

// Every type that a later version could bring, at the top and inside of series; the last fields are ours.
constexpr std::string_view kWriter = R"({"name":"weir.MetricBatch","type":"record","fields":[
  {"name":"a","type":["null","string",{"type":"map","values":{"type":"array","items":"null"}}]},
  {"name":"b","type":{"name":"List","type":"record","fields":[{"name":"tail","type":["null","List"]}]}},
  {"name":"c","type":{"name":"F","type":"fixed","size":3}},
  {"name":"values","type":{"type":"array","items":["float","double","int"]}},
  {"name":"symbols","type":{"type":"array","items":"bytes"}},
  {"name":"series","type":{"type":"array","items":{"name":"weir.Series","type":"record","fields":[
    {"name":"sample_count","type":["int","null"]},
    {"name":"d","type":{"name":"E","type":"enum","symbols":["X","Y"]}},
    {"name":"label_refs","type":{"type":"array","items":"int"}}]}}},
  {"name":"e","type":"boolean"},
  {"name":"timestamp_deltas_ms","type":{"type":"array","items":"int"}}]})";

}  // namespace

// Hostile records of another version: whatever comes out is bounded, and the decoder survives it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  static const auto resolver = schema::SchemaResolver::create(kWriter, wire::metric_batch_schema());
  CHECK(resolver.ok(), resolver.error().message);
  const auto record = (*resolver)->resolve({reinterpret_cast<const char*>(data), size});
  if (!record.ok()) return 0;
  CHECK(record->size() <= 8 * size + 16, "a record grows at most eight times");
  Batch batch;
  static_cast<void>(wire::decode_metric_batch(*record, 1u << 20, batch).ok());
  return 0;
}
