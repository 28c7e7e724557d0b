#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"

/// weir.MetricBatch, the Avro record of broker records: a columnar batch with a symbol table, described in
/// docs/formats/metric-batch.md. This is the Avro binary alone; the Confluent framing (magic byte and schema
/// id) is added by `schema/`. Label text is UTF-8, as everything that passed ingest is.
namespace weir::wire {

/// The Avro schema as it is registered: JSON in Parsing Canonical Form, plus the defaults, which that form
/// drops and readers of older records need.
std::string_view metric_batch_schema();

/// Writers keep the sum of `metric_batch_bound` over a record's series at or below this.
inline constexpr size_t kMetricBatchBytesMax = 8u << 20;

/// At least what a series adds to the encoding of a record that keeps to kMetricBatchBytesMax, and to
/// `Batch::size_bytes` after decoding. The first series pays for what is common to all, and for 8 bytes of
/// framing. `further_bytes`: the sum of `histogram_bound` over its histograms and `exemplar_bound` over its
/// exemplars.
constexpr size_t metric_batch_bound(size_t labels_bytes, size_t sample_count, size_t further_bytes = 0) {
  // A label is 4 canonical bytes at least; each of its two texts costs one byte of length more than there,
  // and a reference of 3 bytes. A sample costs at most a varint of 10 bytes and a double.
  return 64 + 3 * labels_bytes + 18 * sample_count + further_bytes;
}

/// Appends the encoding of the series of `batch` whose indexes are in `series_indexes`. Deterministic. Pure.
void encode_metric_batch(const Batch& batch, std::span<const uint32_t> series_indexes, std::string& out);

/// Appends the record's series to `batch`. The bytes may be hostile. `decoded_bytes_max` bounds what `batch`
/// grows by, in `Batch::size_bytes`; a payload that fails leaves `batch` as it was. Errors: kCorruption names
/// the byte; kResourceExhausted names the bound.
Status decode_metric_batch(std::string_view bytes, size_t decoded_bytes_max, Batch& batch);

}  // namespace weir::wire
