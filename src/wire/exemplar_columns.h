#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "model/exemplar.h"

/// Lists of exemplars in log records: docs/formats/batch-record.md, "Exemplars", has the layout.
namespace weir::wire {

/// At least what an exemplar adds to any record, and to `Batch::size_bytes` after decoding.
inline size_t exemplar_bound(const Exemplar& exemplar) {
  // A label is 4 canonical bytes at least, and costs at most its texts and two references of 5 bytes; time,
  // value, counts and numbers take 40 at most.
  return 64 + ExemplarColumns::bytes_of(4 * exemplar.labels.bytes().size());
}

/// Builds the section of a record. Lives for one record; views point into the exemplars' labels.
class ExemplarColumnsWriter {
 public:
  void add(const Exemplar& exemplar);
  /// Appends the section.
  void append_to(std::string& out) const;

 private:
  uint32_t name(std::string_view text);

  absl::flat_hash_map<std::string_view, uint32_t, StringHash> name_ids_;
  TimestampMs last_timestamp_ms_ = 0;
  std::string names_;
  std::string items_;
};

/// Walks a section. Lives for one record; views point into its bytes, which may be hostile.
class ExemplarColumnsReader {
 public:
  ExemplarColumnsReader() = default;
  /// `section` to its end is the section.
  static Result<ExemplarColumnsReader> open(std::string_view section);

  /// Moves to the next exemplar; kCorruption when there is none, or it is damaged or not valid.
  Status next();
  /// Lives until the next call of `next`.
  Exemplar exemplar() const { return {LabelsView(labels_), value_, timestamp_ms_}; }
  bool at_end() const { return items_.at_end(); }

 private:
  std::vector<std::string_view> names_;
  std::string labels_;
  double value_ = 0;
  TimestampMs timestamp_ms_ = 0;
  ByteReader items_{std::string_view()};
};

}  // namespace weir::wire
