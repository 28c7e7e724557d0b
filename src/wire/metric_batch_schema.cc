#include "wire/metric_batch.h"

namespace weir::wire {

// Names and the order of fields are for ever; docs/formats/metric-batch.md says what may change.
std::string_view metric_batch_schema() {
  return R"({"name":"weir.MetricBatch","type":"record","fields":[)"
         R"({"name":"symbols","type":{"type":"array","items":"string"}},)"
         R"({"name":"series","type":{"type":"array","items":{"name":"weir.Series","type":"record","fields":[)"
         R"({"name":"label_refs","type":{"type":"array","items":"int"}},)"
         R"({"name":"sample_count","type":"int"}]}}},)"
         R"({"name":"timestamp_deltas_ms","type":{"type":"array","items":"long"}},)"
         R"({"name":"values","type":{"type":"array","items":"double"}},)"
         R"({"name":"native_histograms","type":{"type":"array","items":)"
         R"({"name":"weir.NativeHistogram","type":"record","fields":[)"
         R"({"name":"series_index","type":"int"},)"
         R"({"name":"timestamp_ms","type":"long"},)"
         R"({"name":"counter_reset","type":{"name":"weir.CounterReset","type":"enum",)"
         R"("symbols":["UNKNOWN","RESET","NO_RESET","GAUGE"],"default":"UNKNOWN"}},)"
         R"({"name":"schema","type":"int"},)"
         R"({"name":"zero_threshold","type":"double"},)"
         R"({"name":"zero_count","type":"double"},)"
         R"({"name":"count","type":"double"},)"
         R"({"name":"sum","type":"double"},)"
         R"({"name":"positive_spans","type":{"type":"array","items":)"
         R"({"name":"weir.BucketSpan","type":"record","fields":[)"
         R"({"name":"offset","type":"int"},)"
         R"({"name":"length","type":"int"}]}}},)"
         R"({"name":"positive_counts","type":{"type":"array","items":"double"}},)"
         R"({"name":"negative_spans","type":{"type":"array","items":"weir.BucketSpan"}},)"
         R"({"name":"negative_counts","type":{"type":"array","items":"double"}},)"
         R"({"name":"custom_bounds","type":{"type":"array","items":"double"}}]}},"default":[]},)"
         R"({"name":"exemplars","type":{"type":"array","items":)"
         R"({"name":"weir.Exemplar","type":"record","fields":[)"
         R"({"name":"series_index","type":"int"},)"
         R"({"name":"label_refs","type":{"type":"array","items":"int"}},)"
         R"({"name":"timestamp_ms","type":"long"},)"
         R"({"name":"value","type":"double"}]}},"default":[]}]})";
}

}  // namespace weir::wire
