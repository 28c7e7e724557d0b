#include "base/duration.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "base/rfc3339.h"

namespace weir {
namespace {

struct Unit {
  std::string_view name;
  int64_t ms;
};
constexpr std::array<Unit, 7> kUnits = {{{"y", 31'536'000'000},
                                         {"w", 604'800'000},
                                         {"d", 86'400'000},
                                         {"h", 3'600'000},
                                         {"m", 60'000},
                                         {"s", 1'000},
                                         {"ms", 1}}};
constexpr int64_t kDurationMax = int64_t{1} << 53;

Error bad_duration(std::string_view text, std::string_view why) {
  return invalid_argument(
      fmt::format("\"{}\" is not a duration: {} (write for example 5m, 1h30m or 500ms)", text, why));
}

}  // namespace

Result<int64_t> parse_duration(std::string_view text) {
  if (text == "0") return int64_t{0};
  if (text.empty()) return bad_duration(text, "it is empty");
  int64_t total = 0;
  size_t next_unit = 0;
  for (std::string_view rest = text; !rest.empty();) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc() || number < 0) return bad_duration(text, "a number is missing");
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const size_t unit_size = std::min(rest.find_first_of("0123456789"), rest.size());
    const std::string_view name = rest.substr(0, unit_size);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return bad_duration(text, "units are y w d h m s ms, largest first");
    if (number > (kDurationMax - total) / kUnits[next_unit].ms) return bad_duration(text, "it is too long");
    total += number * kUnits[next_unit++].ms;
    rest.remove_prefix(unit_size);
  }
  return total;
}

std::string format_duration(int64_t duration_ms) {
  if (duration_ms == 0) return "0s";
  std::string out(duration_ms < 0 ? 1 : 0, '-');
  duration_ms = duration_ms < 0 ? -duration_ms : duration_ms;
  for (const Unit& unit : kUnits) {
    // Years and weeks only when they come out even, as people expect 400d rather than 1y5w.
    const bool coarse = unit.name == "y" || unit.name == "w";
    if (duration_ms < unit.ms || (coarse && duration_ms % unit.ms != 0)) continue;
    fmt::format_to(std::back_inserter(out), "{}{}", duration_ms / unit.ms, unit.name);
    duration_ms %= unit.ms;
  }
  return out;
}

Result<TimestampMs> parse_time(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(seconds)) {
    if (std::fabs(seconds) > 9e12) return invalid_argument(fmt::format("time \"{}\" is out of range", text));
    return static_cast<TimestampMs>(std::llround(seconds * 1'000));
  }
  if (auto time = parse_rfc3339(text)) return time;
  return invalid_argument(fmt::format(
      "\"{}\" is not a time: write seconds since 1970 (1700000000.5) or RFC 3339 (2024-01-02T03:04:05Z)",
      text));
}

std::string format_time(TimestampMs timestamp_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(timestamp_ms)};
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const hh_mm_ss clock{time - midnight};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(date.year()), unsigned(date.month()),
                     unsigned(date.day()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count(), clock.subseconds().count());
}

}  // namespace weir
