#include "telemetry/log_format.h"

#include <chrono>
#include <cmath>

#include <fmt/format.h>

namespace weir::telemetry {
namespace {

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "info";
}

void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

struct AppendValue {
  std::string& out;
  void operator()(std::string_view text) const { append_text(out, text); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(double value) const {
    if (std::isfinite(value)) {
      fmt::format_to(std::back_inserter(out), "{}", value);
    } else {
      append_text(out, fmt::format("{}", value));
    }
  }
  template <typename Integer>
  void operator()(Integer value) const {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
};

struct TimeParts {
  int year;
  unsigned month, day;
  int64_t hour, minute, second, millisecond;
};

TimeParts split(int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(unix_ms)};
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const hh_mm_ss clock{time - midnight};
  return {int(date.year()),        unsigned(date.month()),  unsigned(date.day()),      clock.hours().count(),
          clock.minutes().count(), clock.seconds().count(), clock.subseconds().count()};
}

}  // namespace

std::string format_json_line(int64_t unix_ms, Level level, std::string_view component,
                             std::string_view message, std::initializer_list<Field> fields) {
  const TimeParts t = split(unix_ms);
  std::string line =
      fmt::format(R"({{"ts":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z","level":"{}","msg":)", t.year,
                  t.month, t.day, t.hour, t.minute, t.second, t.millisecond, level_name(level));
  append_text(line, message);
  line += R"(,"component":)";
  append_text(line, component);
  for (const Field& field : fields) {
    line += ',';
    append_text(line, field.name);
    line += ':';
    std::visit(AppendValue{line}, field.value);
  }
  return line + "}";
}

std::string format_human_line(int64_t unix_ms, Level level, std::string_view component,
                              std::string_view message, std::initializer_list<Field> fields) {
  const TimeParts t = split(unix_ms);
  std::string line = fmt::format("{:02}:{:02}:{:02}.{:03} {:<5} {}: ", t.hour, t.minute, t.second,
                                 t.millisecond, level_name(level), component);
  append_escaped(line, message);
  for (const Field& field : fields) {
    fmt::format_to(std::back_inserter(line), " {}=", field.name);
    std::visit(AppendValue{line}, field.value);
  }
  return line;
}

}  // namespace weir::telemetry
