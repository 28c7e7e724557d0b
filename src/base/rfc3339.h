#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace weir {

/// Reads a date and time as RFC 3339 writes it: "2023-11-14T22:13:20Z", "2023-11-14t23:13:20.5+01:00". Years
/// 0000 to 9999; digits beyond the millisecond are cut off, towards the past; a leap second (":60") is
/// refused, as no clock of ours has it. Errors: kInvalidArgument naming the text and what is wrong with it.
Result<TimestampMs> parse_rfc3339(std::string_view text);

}  // namespace weir
