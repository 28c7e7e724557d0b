#pragma once

#include <string>

#include "base/time.h"

namespace weir::app::cli {

/// "2024-05-01 12:00:00.250", in UTC; decimals only where there are any. Times beyond the years 0 to 9999 are
/// printed as seconds.
std::string readable_time(TimestampMs time_ms);

}  // namespace weir::app::cli
