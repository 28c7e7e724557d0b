#pragma once

#include <string>

#include "app/cli/console.h"
#include "app/cli/query_answer.h"

namespace weir::app::cli {

/// The times of a range query.
struct GraphRange {
  TimestampMs start_ms = 0;
  TimestampMs end_ms = 0;  ///< At or after the start.
  int64_t step_ms = 1;     ///< Points further apart than this have a gap between them.
};

/// The answer of a range query as a chart that fits the terminal: values upwards, times (UTC) to the right,
/// and a legend with the smallest, mean, largest and last value of each series. Pure.
/// - The first eight series are drawn, each in a colour of its own, or with a character of its own where
/// there
///   are no colours; how many more there are is told.
/// - Lines are of braille dots where the terminal shows them, else of ASCII characters.
/// - NaN and infinities are gaps. Native histograms are drawn by their counts.
std::string to_graph(const QueryAnswer& answer, const GraphRange& range, const Terminal& terminal);

}  // namespace weir::app::cli
