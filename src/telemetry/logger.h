#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace weir::telemetry {

enum class Level { kDebug, kInfo, kWarn, kError };

/// One named value of a log line: `{"tenant", name}`, `{"bytes", 42}`.
struct Field {
  std::string_view name;
  std::variant<std::string_view, int64_t, uint64_t, double, bool> value;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, int v) : name(n), value(static_cast<int64_t>(v)) {}
  Field(std::string_view n, int64_t v) : name(n), value(v) {}
  Field(std::string_view n, uint64_t v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
};

struct LoggerOptions {
  Level level = Level::kInfo;
  /// JSON lines (`ts` RFC 3339 UTC, `level`, `msg`, `component`, fields flat), or a line for people.
  enum class Format { kJson, kHuman } format = Format::kJson;
};

/// Sets up the process's logger, writing to standard error. Call once, before the first line; without it
/// lines of kInfo and above go out in the human format. Diagnostics never carry sample values or secrets.
void init_logger(const LoggerOptions& options);

/// True when lines of that level are written: ask before building costly fields.
bool log_enabled(Level level);

/// Writes one line. Safe from any thread; never call it with a lock held. `component` is the folder that
/// speaks.
void log_line(Level level, std::string_view component, std::string_view message,
              std::initializer_list<Field> fields = {});

inline void log_debug(std::string_view component, std::string_view message,
                      std::initializer_list<Field> fields = {}) {
  log_line(Level::kDebug, component, message, fields);
}
inline void log_info(std::string_view component, std::string_view message,
                     std::initializer_list<Field> fields = {}) {
  log_line(Level::kInfo, component, message, fields);
}
inline void log_warn(std::string_view component, std::string_view message,
                     std::initializer_list<Field> fields = {}) {
  log_line(Level::kWarn, component, message, fields);
}
inline void log_error(std::string_view component, std::string_view message,
                      std::initializer_list<Field> fields = {}) {
  log_line(Level::kError, component, message, fields);
}

}  // namespace weir::telemetry
