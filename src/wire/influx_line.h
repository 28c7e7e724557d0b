#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "wire/influx_value.h"

namespace weir::wire {

struct InfluxOptions {
  TimestampMs now_ms = 0;  ///< Of lines without a timestamp.
  InfluxPrecision precision = InfluxPrecision::kNanoseconds;
  /// A label for every series whose line has no tag of that name with a value. An empty name or value: none.
  /// UTF-8, and not `__name__`.
  Label extra = {};
  size_t samples_max = 100'000;
  /// Bytes of all labels together. A line with many tags and many fields is larger as series than as text.
  size_t label_bytes_max = size_t{256} << 20;
};

/// Why a line was refused.
struct InfluxFault {
  /// Of the text, from 1; where strings have line feeds, that of the fault and not of the line's begin.
  uint32_t line = 0;
  uint32_t column = 0;  ///< In bytes, from 1.
  std::string message;  ///< What was found and what was expected.
};

/// What became of a text, beside the samples.
struct InfluxReport {
  /// Of each series that was added, in order: where its line begins, from 1.
  std::vector<uint32_t> lines;
  uint64_t bad_lines = 0;           ///< Refused; nothing of them is in the batch.
  std::vector<InfluxFault> faults;  ///< Of the first `kInfluxFaultsKept` of them, in order.
  uint64_t strings = 0;             ///< Fields of good lines that hold text, which is not kept.
};
/// Faults beyond these are only counted.
inline constexpr size_t kInfluxFaultsKept = 100;

/// Decodes InfluxDB's line protocol, appending one series with one sample for each field that is a number or
/// a boolean. Pure; safe from any thread.
///
///   measurement,tag=value,tag2=value2 field=1.5,field2=3i,field3="text" 1700000000000000000
///
/// - The series are `measurement_field{tag="value",tag2="value2"}`, names as they are, for the field `value`
///   too. A backslash goes before a comma or space, outside the measurement before an equals sign too; before
///   anything else it is one itself. A tag without a value is no label.
/// - Lines end with a line feed, or carriage return and line feed; a string may have line feeds inside. Empty
///   lines, and those that begin with `#`, are passed over.
/// - A malformed line costs that line alone. Malformed is also one that has a control character in a name,
///   bytes that are not UTF-8, a tag twice, a tag called `__name__`, or more than 1,000 tags. Reading goes on
///   behind the line where the fault is.
/// Errors: kResourceExhausted, with nothing kept, beyond `samples_max` or `label_bytes_max`.
Result<InfluxReport> decode_influx_lines(std::string_view text, const InfluxOptions& options, Batch& batch);

}  // namespace weir::wire
