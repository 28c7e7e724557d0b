#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "telemetry/logger.h"

namespace weir::telemetry {

/// `{"ts":"2024-01-02T03:04:05.678Z","level":"info","msg":"...","component":"log","bytes":42}`. Text is
/// escaped as RFC 8259 asks, so no input can break out of its line. `unix_ms` is the line's wall time.
std::string format_json_line(int64_t unix_ms, Level level, std::string_view component,
                             std::string_view message, std::initializer_list<Field> fields);

/// `03:04:05.678 INFO  log: message bytes=42`. Control characters are escaped.
std::string format_human_line(int64_t unix_ms, Level level, std::string_view component,
                              std::string_view message, std::initializer_list<Field> fields);

}  // namespace weir::telemetry
