#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch_slice.h"
#include "wire/series_definitions.h"
#include "wire/series_numbers.h"

/// The payload of a record of the journal that names series by numbers, which records before it have
/// defined. docs/formats/series-record.md has the bytes.
namespace weir::wire {

/// Writes series records. Keeps nothing between calls but memory. Owned by one thread.
class SeriesRecordEncoder {
 public:
  /// Appends the encoding of `slice`, which has 1 series or more, and returns how many of its bytes are
  /// definitions. `numbers` is that of the slice's tenant and partition. What it gives out counts: if the
  /// record is not stored, all later ones that use `numbers` are worthless.
  size_t encode(const BatchSlice& slice, SeriesNumbers& numbers, std::string& out);

 private:
  void number_series(const BatchSlice& slice, SeriesNumbers& numbers);
  void write_definitions(std::string& out);
  void write_numbers(std::string& out) const;
  void write_samples(const BatchSlice& slice, uint8_t flags, std::string& out);

  std::vector<uint32_t> numbers_;  // of the slice's series
  uint64_t first_new_ = 0;
  Batch new_;    // labels alone
  Batch again_;  // the same, of series that are defined again
  std::vector<uint32_t> again_numbers_;
  std::vector<uint32_t> all_;  // 0, 1, 2, ...
  std::string scratch_;
};

/// A record as decoded.
struct SeriesRecord {
  Batch& batch;                   ///< The series are appended.
  std::vector<uint64_t>& hashes;  ///< `series_hash` of each of them; appended.
};

/// Reads the definitions of a record into `definitions`, which is that of the record's tenant and partition,
/// and nothing else. Costs a few nanoseconds where there are none. The bytes may be hostile. Errors:
/// kCorruption names the byte; kUnsupported the version; kResourceExhausted: more than `decoded_bytes_max`.
Status learn_definitions(std::string_view payload, TenantId tenant, size_t decoded_bytes_max,
                         SeriesDefinitions& definitions);

/// The same, and appends the record's series. `decoded_bytes_max` bounds what the batch grows by, in
/// `Batch::size_bytes`. A payload that fails leaves the batch as it was. Errors as above; kCorruption too
/// where a series is named that no record has defined, as after the loss of all records that did.
Status decode_series_record(std::string_view payload, TenantId tenant, size_t decoded_bytes_max,
                            SeriesDefinitions& definitions, SeriesRecord out);

}  // namespace weir::wire
