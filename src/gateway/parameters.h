#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "model/matcher.h"
#include "net/http.h"
#include "os/clock.h"

/// Parameters of Prometheus' API. Errors are kInvalidArgument and begin `invalid parameter "name": `.
namespace weir::gateway {

/// A time; absent or empty gives `otherwise`, or fails when there is none.
Result<TimestampMs> time_parameter(const net::Params& params, std::string_view name,
                                   std::optional<TimestampMs> otherwise);

/// Milliseconds of a step or timeout: seconds with decimals, or a duration such as 1m; absent or empty gives
/// nothing.
Result<std::optional<int64_t>> duration_parameter(const net::Params& params, std::string_view name);

/// A whole number of 0 or more; absent or empty gives `otherwise`.
Result<uint64_t> count_parameter(const net::Params& params, std::string_view name, uint64_t otherwise);

/// A count of results; absent, empty or 0 gives `otherwise`.
Result<uint64_t> limit_parameter(const net::Params& params, uint64_t otherwise);

/// What each `match[]` selects; empty when there is none.
Result<std::vector<std::vector<Matcher>>> selectors_parameter(const net::Params& params);

/// `now` + `longest_ms`, or sooner when the parameter `timeout` asks for it.
Result<Deadline> deadline_parameter(const net::Params& params, const os::Clock& clock, int64_t longest_ms);

}  // namespace weir::gateway
