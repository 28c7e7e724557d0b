#include "notify/time_interval.h"

#include <algorithm>
#include <chrono>

namespace weir::notify {
namespace {

using Range = TimeInterval::Range;

bool any_has(const std::vector<Range>& ranges, int value) {
  return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
           return range.first <= value && value <= range.last;
         });
}

bool any_has_day(const std::vector<Range>& ranges, int day, int days) {
  const auto from_begin = [&](int each) { return each < 0 ? days + each + 1 : each; };
  return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
           return from_begin(range.first) <= day && day <= from_begin(range.last);
         });
}

}  // namespace

bool TimeInterval::contains(TimestampMs at_ms) const {
  using namespace std::chrono;
  const sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(at_ms)};
  const auto midnight = floor<std::chrono::days>(time);
  const year_month_day date(midnight);
  const year_month_day_last month_end(date.year(), month_day_last(date.month()));
  return any_has(minutes, static_cast<int>(floor<std::chrono::minutes>(time - midnight).count())) &&
         any_has(weekdays, static_cast<int>(weekday(midnight).c_encoding())) &&
         any_has_day(days_of_month, static_cast<int>(static_cast<unsigned>(date.day())),
                     static_cast<int>(static_cast<unsigned>(month_end.day()))) &&
         any_has(months, static_cast<int>(static_cast<unsigned>(date.month()))) &&
         any_has(years, static_cast<int>(date.year()));
}

bool any_contains(const std::vector<TimeInterval>& intervals, TimestampMs at_ms) {
  return std::any_of(intervals.begin(), intervals.end(),
                     [&](const TimeInterval& interval) { return interval.contains(at_ms); });
}

}  // namespace weir::notify
