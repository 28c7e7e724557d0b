#include "base/rfc3339.h"

#include <chrono>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace weir {
namespace {

/// Takes fields of fixed width off the front of a text; after the first mismatch `ok` stays false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  unsigned digits(size_t count) {
    unsigned value = 0;
    for (size_t i = 0; i < count; ++i) value = value * 10 + digit();
    return value;
  }

  // One of `expected`; the character itself, or 0.
  char one_of(std::string_view expected) {
    if (rest_.empty() || expected.find(rest_[0]) == std::string_view::npos) {
      ok_ = false;
      return 0;
    }
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  bool next_is(char c) const { return !rest_.empty() && rest_[0] == c; }

  // The digits of a second's fraction, as whole milliseconds.
  unsigned millis() {
    unsigned value = digit() * 100;
    for (unsigned unit = 10; ok_ && !rest_.empty() && is_digit(rest_[0]); unit /= 10) value += digit() * unit;
    return value;
  }

 private:
  static bool is_digit(char c) { return '0' <= c && c <= '9'; }
  unsigned digit() { return static_cast<unsigned>(one_of("0123456789") - '0') % 10; }

  std::string_view rest_;
  bool ok_ = true;
};

struct DateTime {
  unsigned year, month, day, hour, minute, second, millis;
  int offset_minutes;
};

std::optional<DateTime> scan(std::string_view text) {
  Scanner in(text);
  DateTime out{};
  out.year = in.digits(4);
  in.one_of("-");
  out.month = in.digits(2);
  in.one_of("-");
  out.day = in.digits(2);
  in.one_of("Tt");
  out.hour = in.digits(2);
  in.one_of(":");
  out.minute = in.digits(2);
  in.one_of(":");
  out.second = in.digits(2);
  if (in.next_is('.')) {
    in.one_of(".");
    out.millis = in.millis();
  }
  const char zone = in.one_of("Zz+-");
  if (zone == '+' || zone == '-') {
    const unsigned hours = in.digits(2);
    in.one_of(":");
    const unsigned minutes = in.digits(2);
    if (hours > 23 || minutes > 59) return std::nullopt;
    out.offset_minutes = static_cast<int>(hours * 60 + minutes) * (zone == '-' ? -1 : 1);
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return out;
}

}  // namespace

Result<TimestampMs> parse_rfc3339(std::string_view text) {
  const std::optional<DateTime> time = scan(text);
  if (!time) {
    return invalid_argument(
        fmt::format("\"{}\" is not a time such as 2023-11-14T22:13:20Z (RFC 3339)", text.substr(0, 64)));
  }
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(time->year)),
                                         std::chrono::month(time->month), std::chrono::day(time->day));
  if (!date.ok() || time->hour > 23 || time->minute > 59 || time->second > 59) {
    return invalid_argument(fmt::format("\"{}\" is not a date and time that exists", text.substr(0, 64)));
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t minutes = (days * 24 + time->hour) * 60 + time->minute - time->offset_minutes;
  return (minutes * 60 + time->second) * 1'000 + time->millis;
}

}  // namespace weir
