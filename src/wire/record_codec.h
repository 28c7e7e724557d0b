#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"
#include "os/clock.h"

namespace weir::wire {

/// How batches become the payloads of log records, and back. One codec belongs to one log: the embedded
/// journal has our own columnar record, a broker has Avro, which its other tools can read. Safe from any
/// thread.
class RecordCodec {
 public:
  virtual ~RecordCodec() = default;

  /// Appends the encoding of the series of `batch` whose indexes are in `series_indexes`, 1 or more.
  /// Deterministic; never waits.
  virtual void encode(const Batch& batch, std::span<const uint32_t> series_indexes,
                      std::string& out) const = 0;

  /// At least what a series adds to the encoding of a record. The first series pays for what is common to
  /// all. `further_bytes`: the sum of `histogram_bound` over its histograms and `exemplar_bound` over its
  /// exemplars.
  virtual size_t bound(size_t labels_bytes, size_t sample_count, size_t further_bytes) const = 0;

  /// Writers keep the sum of `bound` over a record's series at or below this.
  virtual size_t record_bytes_max() const = 0;

  /// Appends the record's series to `batch`. The bytes may be hostile. `decoded_bytes_max` bounds what
  /// `batch` grows by, in `Batch::size_bytes`. A payload that fails leaves `batch` as it was. Errors:
  /// kCorruption and kResourceExhausted name the place and the bound, kUnsupported the version: the record
  /// will never be read. kUnavailable and kDeadlineExceeded: what the record was written with could not be
  /// asked for (an unknown schema while the registry is away); the same call can succeed later. May wait
  /// until `deadline` then.
  virtual Status decode(std::string_view payload, size_t decoded_bytes_max, Deadline deadline,
                        Batch& batch) const = 0;
};

/// The record of docs/formats/batch-record.md.
std::unique_ptr<RecordCodec> batch_record_codec();

}  // namespace weir::wire
