#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::app::cli {

/// One sample as people write it.
struct SampleLine {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;  ///< In the order written; names are unique.
  double value = 0;
  std::optional<TimestampMs> time_ms;
};

/// Reads a line of Prometheus' text format: `name{label="value",...} value [time]`. Label values escape `\\`,
/// `\"` and `\n`; a comma may stand before the brace. The value may be NaN, +Inf or -Inf; the time is
/// milliseconds since 1970 or RFC 3339. kInvalidArgument names the column and what is expected.
Result<SampleLine> parse_sample_line(std::string_view line);

/// The element of the JSON write for this sample.
std::string to_json_element(const SampleLine& sample);

}  // namespace weir::app::cli
