#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/labels.h"
#include "model/sample.h"

namespace weir::wire::tsdb {

/// Where a chunk lies and which times it has.
struct ChunkPlace {
  TimestampMs mint_ms = 0;  ///< Of the first sample.
  TimestampMs maxt_ms = 0;  ///< Of the last one.
  uint32_t segment = 0;     ///< Counted from 0 in the order of the files' names.
  uint32_t offset = 0;      ///< In the segment's bytes.
};

struct SeriesEntry {
  uint64_t reference = 0;  ///< As tombstones name it.
  Labels labels;
  std::vector<ChunkPlace> chunks;  ///< In order of time.
};

/// The `index` file of a block of Prometheus, version 2 (tsdb/docs/format/index.md), as far as it takes to
/// walk all series: table of contents, symbols, series. The bytes may be hostile; every section's checksum is
/// checked before it is used. Owned by one thread; the bytes must outlive it.
class IndexReader {
 public:
  /// Errors: kCorruption names the section; kUnsupported the version.
  static Result<IndexReader> open(std::string_view bytes);

  /// The next series, in order of labels; false at the end. Errors: kCorruption names the byte: nothing can
  /// be read behind it.
  Result<bool> next(SeriesEntry& entry);

 private:
  explicit IndexReader(std::string_view bytes) : bytes_(bytes) {}
  Status read_contents();
  Status read_symbols(uint64_t at);
  Status decode_series(std::string_view body, SeriesEntry& entry);
  Status decode_labels(ByteReader& in, Labels& labels);
  Result<std::string_view> symbol(uint64_t number) const;

  std::string_view bytes_;
  std::string_view symbols_;             // the table's strings, each with its length before it
  std::vector<uint32_t> symbol_places_;  // in symbols_, by number
  uint64_t at_ = 0;                      // of the next series
  uint64_t end_ = 0;                     // of the series
  std::vector<Label> labels_;            // kept for its memory
};

}  // namespace weir::wire::tsdb
