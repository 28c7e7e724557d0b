#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "model/labels.h"

/// Samples in Prometheus' text exposition format, one a line.
namespace weir::wire {

/// What to do with names beyond [a-zA-Z_:][a-zA-Z0-9_:]*, which version 0.0.4 of the format does not have.
enum class NameEscaping {
  kQuote,       ///< `{"my.metric","a.b"="c"}`: version 1.0.0 with `escaping=allow-utf-8`.
  kUnderscore,  ///< Each other character becomes `_`.
};

/// Appends `# TYPE <name> untyped`, the begin of a metric's samples.
void append_untyped_family(std::string_view metric, NameEscaping escaping, std::string& out);
/// Appends `name{label="value"} value time`.
void append_exposition(LabelsView labels, TimestampMs timestamp_ms, double value, NameEscaping escaping,
                       std::string& out);

}  // namespace weir::wire
