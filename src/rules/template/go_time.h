#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rules/template/value.h"

/// Times and durations as Go prints them, and the methods that templates call on them.
namespace weir::rules::templates {

/// "2023-11-14 22:13:20.5 +0000 UTC"
std::string time_text(Time time);
/// "1h2m3.5s", "1.5ms"
std::string duration_text(Duration duration);
/// By a layout of Go: "2006-01-02 15:04:05".
std::string format_time(Time time, std::string_view layout);

/// From 1.
std::string_view month_name(int64_t month);
/// From 0, Sunday.
std::string_view weekday_name(int64_t weekday);

/// A method without arguments; nothing when there is none of that name here.
std::optional<Value> time_method(Time time, std::string_view name);
std::optional<Value> duration_method(Duration duration, std::string_view name);

}  // namespace weir::rules::templates
