#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"

/// The payload of a log record: a columnar batch with a symbol table, described in docs/formats/batch-record.md.
namespace weir::wire {

/// Appends the encoding of the series of `batch` whose indexes are in `series_indexes` (all of them when it covers 0 to n-1).
/// Deterministic. Pure.
void encode_batch_record(const Batch& batch, std::span<const uint32_t> series_indexes, std::string& out);

/// Appends the record's series to `batch`. The bytes may be hostile: sizes are bounded by `decoded_bytes_max` and every
/// reference is checked, labels included. kCorruption names the byte; kUnsupported names the version.
Status decode_batch_record(std::string_view payload, size_t decoded_bytes_max, Batch& batch);

}  // namespace weir::wire
