#include "config/units.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/duration.h"

namespace weir::config {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr Unit kSizeUnits[] = {
    {"TiB", 1ull << 40},
    {"GiB", 1ull << 30},
    {"MiB", 1ull << 20},
    {"KiB", 1ull << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"KB", 1'000},
    {"kB", 1'000},
    {"B", 1},
};

// Nanoseconds of 292 years fill 63 bits; a larger duration could not be added to a clock's time.
constexpr int64_t kDurationMaxMs = 292ll * 365 * 24 * 3'600'000;

// Takes the digits at the beginning of `text`; nothing when there are none or the number is too large.
std::optional<uint64_t> take_number(std::string_view& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

// number * factor when it is at most `max`.
std::optional<uint64_t> multiply(uint64_t number, uint64_t factor, uint64_t max) {
  if (number > max / factor) return std::nullopt;
  return number * factor;
}

Error bad_size() {
  return invalid_argument("expected a size such as 64MiB, 1GiB or 4096");
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto duration = weir::parse_duration(text);
  if (!duration.ok()) {
    return invalid_argument(
        "expected a duration such as 500ms, 5m or 1h30m (units y w d h m s ms, larger first)");
  }
  if (*duration > kDurationMaxMs) return invalid_argument("more than 292 years");
  return std::chrono::milliseconds(*duration);
}

Result<uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return bad_size();
  if (text.empty()) return *number;
  const Unit* unit = std::find_if(std::begin(kSizeUnits), std::end(kSizeUnits),
                                  [&](const Unit& u) { return u.name == text; });
  if (unit == std::end(kSizeUnits)) return bad_size();
  const auto bytes = multiply(*number, unit->factor, std::numeric_limits<uint64_t>::max());
  if (!bytes) return invalid_argument("more than 64 bits");
  return *bytes;
}

Result<uint64_t> parse_count(std::string_view text) {
  const auto number = take_number(text);
  if (!number || !text.empty()) return invalid_argument("expected a whole number");
  return *number;
}

Result<bool> parse_switch(std::string_view text) {
  if (text == "on" || text == "true" || text == "yes") return true;
  if (text == "off" || text == "false" || text == "no") return false;
  return invalid_argument("expected on or off");
}

std::string format_duration(std::chrono::milliseconds duration) {
  return weir::format_duration(duration.count());
}

std::string format_size(uint64_t bytes) {
  for (const Unit& unit : kSizeUnits) {
    const bool binary = unit.name.size() == 3;
    if (binary && bytes > 0 && bytes % unit.factor == 0)
      return fmt::format("{}{}", bytes / unit.factor, unit.name);
  }
  return fmt::format("{}B", bytes);
}

}  // namespace weir::config
