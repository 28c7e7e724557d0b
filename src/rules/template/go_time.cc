#include "rules/template/go_time.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

namespace weir::rules::templates {
namespace {

using std::chrono::nanoseconds;

constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
constexpr std::string_view kWeekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};

struct Civil {
  int64_t year, month, day, hour, minute, second, nanosecond, weekday, year_day;
};

Civil civil(Time time) {
  using namespace std::chrono;
  const sys_time<nanoseconds> at{nanoseconds(time.ns)};
  const auto midnight = floor<days>(at);
  const year_month_day date{midnight};
  const hh_mm_ss clock{at - midnight};
  const auto year_begin = sys_days(date.year() / January / 1);
  return {int(date.year()),           unsigned(date.month()),         unsigned(date.day()),
          clock.hours().count(),      clock.minutes().count(),        clock.seconds().count(),
          clock.subseconds().count(), weekday(midnight).c_encoding(), (midnight - year_begin).count() + 1};
}

// ".5" for half a second; nothing for none.
std::string fraction(int64_t nanosecond) {
  if (nanosecond == 0) return {};
  std::string text = fmt::format(".{:09}", nanosecond);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

// The elements of a layout, of two with the same beginning the longer one first.
enum class Element {
  kLongMonth,
  kMonth,
  kZeroMonth,
  kMonthNumber,
  kLongWeekday,
  kWeekday,
  kZeroDay,
  kSpaceDay,
  kDay,
  kZeroYearDay,
  kHour24,
  kZeroHour12,
  kHour12,
  kZeroMinute,
  kMinute,
  kZeroSecond,
  kSecond,
  kLongYear,
  kYear,
  kUpperHalf,
  kLowerHalf,
  kZone,
  kColonOffset,
  kOffset,
  kUtcOffset,
};
struct Named {
  std::string_view text;
  Element element;
};
constexpr Named kElements[] = {
    {"January", Element::kLongMonth},  {"Jan", Element::kMonth},
    {"Monday", Element::kLongWeekday}, {"Mon", Element::kWeekday},
    {"MST", Element::kZone},           {"002", Element::kZeroYearDay},
    {"01", Element::kZeroMonth},       {"02", Element::kZeroDay},
    {"03", Element::kZeroHour12},      {"04", Element::kZeroMinute},
    {"05", Element::kZeroSecond},      {"06", Element::kYear},
    {"15", Element::kHour24},          {"1", Element::kMonthNumber},
    {"2006", Element::kLongYear},      {"2", Element::kDay},
    {"_2006", Element::kLongYear},     {"_2", Element::kSpaceDay},
    {"3", Element::kHour12},           {"4", Element::kMinute},
    {"5", Element::kSecond},           {"PM", Element::kUpperHalf},
    {"pm", Element::kLowerHalf},       {"Z07:00", Element::kUtcOffset},
    {"Z0700", Element::kUtcOffset},    {"-07:00", Element::kColonOffset},
    {"-0700", Element::kOffset},
};

std::string element_text(Element element, const Civil& at) {
  const int64_t hour = at.hour % 12 == 0 ? 12 : at.hour % 12;
  switch (element) {
    case Element::kLongMonth:
      return std::string(month_name(at.month));
    case Element::kMonth:
      return std::string(month_name(at.month).substr(0, 3));
    case Element::kZeroMonth:
      return fmt::format("{:02}", at.month);
    case Element::kMonthNumber:
      return fmt::format("{}", at.month);
    case Element::kLongWeekday:
      return std::string(weekday_name(at.weekday));
    case Element::kWeekday:
      return std::string(weekday_name(at.weekday).substr(0, 3));
    case Element::kZeroDay:
      return fmt::format("{:02}", at.day);
    case Element::kSpaceDay:
      return fmt::format("{:2}", at.day);
    case Element::kDay:
      return fmt::format("{}", at.day);
    case Element::kZeroYearDay:
      return fmt::format("{:03}", at.year_day);
    case Element::kHour24:
      return fmt::format("{:02}", at.hour);
    case Element::kZeroHour12:
      return fmt::format("{:02}", hour);
    case Element::kHour12:
      return fmt::format("{}", hour);
    case Element::kZeroMinute:
      return fmt::format("{:02}", at.minute);
    case Element::kMinute:
      return fmt::format("{}", at.minute);
    case Element::kZeroSecond:
      return fmt::format("{:02}", at.second);
    case Element::kSecond:
      return fmt::format("{}", at.second);
    case Element::kLongYear:
      return fmt::format("{:04}", at.year);
    case Element::kYear:
      return fmt::format("{:02}", at.year % 100);
    case Element::kUpperHalf:
      return at.hour < 12 ? "AM" : "PM";
    case Element::kLowerHalf:
      return at.hour < 12 ? "am" : "pm";
    case Element::kZone:
      return "UTC";
    case Element::kColonOffset:
      return "+00:00";
    case Element::kOffset:
      return "+0000";
    case Element::kUtcOffset:
      return "Z";
  }
  return {};
}

// `.000`, `.999` behind the seconds: digits of the fraction, the nines without zeros at the end. Returns the
// bytes of the layout that were taken.
size_t append_fraction(std::string_view layout, int64_t nanosecond, std::string& out) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',')) return 0;
  if (layout[1] != '0' && layout[1] != '9') return 0;
  const size_t end = std::min(layout.find_first_not_of(layout[1], 1), layout.size());
  const bool digit_follows = end < layout.size() && '0' <= layout[end] && layout[end] <= '9';
  if (digit_follows || end > 10) return 0;
  std::string text = fmt::format("{}{:09}", layout[0], nanosecond).substr(0, end);
  if (layout[1] == '9') {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.size() == 1) text.clear();
  }
  out += text;
  return end;
}

Value whole(int64_t value, Integer::Type type = Integer::Type::kInt) {
  return {Integer{value, type}};
}

}  // namespace

std::string_view month_name(int64_t month) {
  return kMonths[(month - 1) % 12];
}

std::string_view weekday_name(int64_t weekday) {
  return kWeekdays[weekday % 7];
}

std::string time_text(Time time) {
  const Civil at = civil(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}{} +0000 UTC", at.year, at.month, at.day, at.hour,
                     at.minute, at.second, fraction(at.nanosecond));
}

std::string duration_text(Duration duration) {
  if (duration.ns == 0) return "0s";
  const std::string sign = duration.ns < 0 ? "-" : "";
  const auto bits = static_cast<uint64_t>(duration.ns);
  const uint64_t ns = duration.ns < 0 ? 0 - bits : bits;
  const auto decimal = [&](uint64_t unit, std::string_view name) {
    std::string text = fmt::format("{}.{:09}", ns / unit, ns % unit * (1'000'000'000 / unit));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return sign + text + std::string(name);
  };
  if (ns < 1'000) return decimal(1, "ns");
  if (ns < 1'000'000) return decimal(1'000, "µs");
  if (ns < 1'000'000'000) return decimal(1'000'000, "ms");
  const uint64_t seconds = ns / 1'000'000'000;
  std::string text = sign;
  if (seconds >= 3'600) text += fmt::format("{}h", seconds / 3'600);
  if (seconds >= 60) text += fmt::format("{}m", seconds / 60 % 60);
  return text + fmt::format("{}{}s", seconds % 60, fraction(static_cast<int64_t>(ns % 1'000'000'000)));
}

std::string format_time(Time time, std::string_view layout) {
  const Civil at = civil(time);
  std::string out;
  while (!layout.empty()) {
    const auto* named = std::find_if(std::begin(kElements), std::end(kElements),
                                     [&](const Named& each) { return layout.starts_with(each.text); });
    if (named != std::end(kElements)) {
      out += element_text(named->element, at);
      layout.remove_prefix(named->text.size());
    } else if (const size_t taken = append_fraction(layout, at.nanosecond, out); taken > 0) {
      layout.remove_prefix(taken);
    } else {
      out += layout[0];
      layout.remove_prefix(1);
    }
  }
  return out;
}

std::optional<Value> time_method(Time time, std::string_view name) {
  const Civil at = civil(time);
  if (name == "Year") return whole(at.year);
  if (name == "Month") return whole(at.month, Integer::Type::kMonth);
  if (name == "Day") return whole(at.day);
  if (name == "YearDay") return whole(at.year_day);
  if (name == "Weekday") return whole(at.weekday, Integer::Type::kWeekday);
  if (name == "Hour") return whole(at.hour);
  if (name == "Minute") return whole(at.minute);
  if (name == "Second") return whole(at.second);
  if (name == "Nanosecond") return whole(at.nanosecond);
  if (name == "UnixNano") return whole(time.ns, Integer::Type::kInt64);
  const auto since = [&](int64_t unit) {
    return whole((time.ns - (time.ns % unit + unit) % unit) / unit, Integer::Type::kInt64);
  };
  if (name == "Unix") return since(1'000'000'000);
  if (name == "UnixMilli") return since(1'000'000);
  if (name == "String") return text_value(time_text(time));
  if (name == "UTC") return Value{time};
  return std::nullopt;
}

std::optional<Value> duration_method(Duration duration, std::string_view name) {
  const auto ns = static_cast<double>(duration.ns);
  if (name == "Hours") return Value{ns / 3.6e12};
  if (name == "Minutes") return Value{ns / 6e10};
  if (name == "Seconds") return Value{ns / 1e9};
  if (name == "Milliseconds") return whole(duration.ns / 1'000'000, Integer::Type::kInt64);
  if (name == "Microseconds") return whole(duration.ns / 1'000, Integer::Type::kInt64);
  if (name == "Nanoseconds") return whole(duration.ns, Integer::Type::kInt64);
  if (name == "String") return text_value(duration_text(duration));
  return std::nullopt;
}

}  // namespace weir::rules::templates
