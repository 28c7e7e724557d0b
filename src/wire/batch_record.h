#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"

/// The payload of a log record: a columnar batch with a symbol table, described in
/// docs/formats/batch-record.md.
namespace weir::wire {

/// Appends the encoding of the series of `batch` whose indexes are in `series_indexes` (all of them when it
/// covers 0 to n-1). Deterministic. Pure.
void encode_batch_record(const Batch& batch, std::span<const uint32_t> series_indexes, std::string& out);

/// Writers keep the sum of `batch_record_bound` over a record's series at or below this, so readers need no
/// more.
inline constexpr size_t kBatchRecordBytesMax = 8u << 20;

/// At least what a series adds to the encoding of a record that keeps to kBatchRecordBytesMax, and to
/// `Batch::size_bytes` after decoding. The first series pays for the record's header.
/// `further_bytes`: the sum of `histogram_bound` over its histograms and `exemplar_bound` over its exemplars.
constexpr size_t batch_record_bound(size_t labels_bytes, size_t sample_count, size_t further_bytes = 0) {
  // A label is 4 canonical bytes at least, and costs at most its texts, two references of 3 bytes and its
  // bit. A sample costs at most two varints of 10 bytes.
  return 64 + 3 * labels_bytes + 20 * sample_count + further_bytes;
}

/// Appends the record's series to `batch`. The bytes may be hostile: sizes are bounded by `decoded_bytes_max`
/// and every reference is checked, labels included. `decoded_bytes_max` bounds what `batch` grows by, in
/// `Batch::size_bytes`, and half of what the payload may decompress to. A payload that fails leaves `batch`
/// as it was. Errors: kCorruption names the byte of the decompressed body; kUnsupported names the version or
/// flags; kResourceExhausted names the bound.
Status decode_batch_record(std::string_view payload, size_t decoded_bytes_max, Batch& batch);

}  // namespace weir::wire
