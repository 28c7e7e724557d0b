#pragma once

#include <span>

#include "base/bytes.h"
#include "model/sample.h"

/// Times and values of a series record as tokens of whole bytes; docs/formats/series-record.md has them.
namespace weir::wire {

/// Appends one value, every bit of it.
void append_value_token(double value, ByteWriter& out);
/// Zero when the reader fails.
double read_value_token(ByteReader& in);

/// Writes the times of series after series: what the series before leads to expect costs next to nothing.
class TimeTokenWriter {
 public:
  explicit TimeTokenWriter(ByteWriter& out) : out_(out) {}
  /// The next series; `times` lives until the next call.
  void add(std::span<const TimestampMs> times);
  /// Call once, after the last series.
  void finish() { write_zeros(); }

 private:
  void write_zeros();

  ByteWriter& out_;
  std::span<const TimestampMs> before_;
  uint64_t zeros_ = 0;
};

/// Reads them back, series after series.
class TimeTokenReader {
 public:
  explicit TimeTokenReader(ByteReader& in) : in_(in) {}
  /// Fills the times of the next series. They must stay where they are until the next call.
  void read(std::span<TimestampMs> times);
  /// Whether nothing is left over.
  bool at_end() const { return zeros_ == 0 && in_.at_end(); }

 private:
  int64_t residual();

  ByteReader& in_;
  std::span<const TimestampMs> before_;
  uint64_t zeros_ = 0;
};

}  // namespace weir::wire
