#include "notify/time_interval_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include <fmt/format.h>

namespace weir::notify {
namespace {

using Range = TimeInterval::Range;

constexpr std::string_view kWeekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                          "thursday", "friday", "saturday"};
constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};

std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// What the ends of a range may be.
struct RangeForm {
  std::span<const std::string_view> names;  ///< Of the values from `first_named` on.
  int first_named = 0;
  int min = 0;
  int max = 0;
  bool numbers = true;
  std::string_view expected;
};

constexpr RangeForm kWeekdayForm = {kWeekdays, 0, 0, 6, false, "a weekday, or two as in monday:friday"};
constexpr RangeForm kDayForm = {{}, 0, -31, 31, true, "a day from 1 to 31 or -31 to -1, or two as in 1:15"};
constexpr RangeForm kMonthForm = {kMonths, 1,    1,
                                  12,      true, "a month's name or number, or two as in march:may"};
constexpr RangeForm kYearForm = {{}, 0, 0, 9'999, true, "a year, or two as in 2024:2026"};

std::optional<int> end_of(const RangeForm& form, std::string_view text) {
  const auto named = std::find(form.names.begin(), form.names.end(), lower(text));
  if (named != form.names.end()) return form.first_named + static_cast<int>(named - form.names.begin());
  const auto number = form.numbers ? number_of(text) : std::nullopt;
  return number && *number >= form.min && *number <= form.max ? number : std::nullopt;
}

std::optional<Range> range_of(const RangeForm& form, std::string_view text) {
  const size_t colon = text.find(':');
  const auto first = end_of(form, text.substr(0, colon));
  const auto last = colon == std::string_view::npos ? first : end_of(form, text.substr(colon + 1));
  if (!first || !last) return std::nullopt;
  const bool is_day = form.min < 0;
  if (is_day && (*first == 0 || *last == 0)) return std::nullopt;
  // From the month's end to its beginning is no range; from its beginning to its end may be one.
  const bool mixed = is_day && (*first < 0) != (*last < 0);
  if (mixed ? *first < 0 : *first > *last) return std::nullopt;
  return Range{*first, *last};
}

ObjectReader::Take ranges(ObjectReader& reader, const RangeForm& form, std::vector<Range>& out) {
  return [&reader, &form, &out](const yaml::Node& value, const std::string& path) {
    reader.list(value, path, [&](const yaml::Node& item, const std::string& below) {
      std::string text;
      reader.text(text)(item, below);
      const auto range = range_of(form, text);
      if (!range) return reader.problem(item.mark, below, fmt::format("expected {}", form.expected));
      out.push_back(*range);
    });
  };
}

// Minutes of `HH:MM`, up to 24:00.
std::optional<int> minutes_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = number_of(text.substr(0, 2));
  const auto minutes = number_of(text.substr(3));
  if (!hours || !minutes || *hours < 0 || *minutes < 0 || *minutes > 59) return std::nullopt;
  const int all = *hours * 60 + *minutes;
  return all <= 24 * 60 ? std::optional(all) : std::nullopt;
}

ObjectReader::Take times(ObjectReader& reader, std::vector<Range>& out) {
  return [&reader, &out](const yaml::Node& value, const std::string& path) {
    reader.list(value, path, [&](const yaml::Node& item, const std::string& below) {
      std::string start;
      std::string end;
      reader.object(item, below, {{"start_time", reader.text(start)}, {"end_time", reader.text(end)}});
      const auto first = minutes_of(start);
      const auto behind = minutes_of(end);
      if (!first || !behind || *first >= *behind)
        return reader.problem(item.mark, below,
                              "expected start_time and end_time behind it, as in '09:00' and '17:00'");
      out.push_back({*first, *behind - 1});
    });
  };
}

}  // namespace

TimeInterval read_time_interval(ObjectReader& reader, const yaml::Node& node, const std::string& path) {
  TimeInterval interval;
  const auto location = [&](const yaml::Node& value, const std::string& below) {
    std::string name;
    reader.text(name)(value, below);
    if (name != "UTC") reader.problem(value.mark, below, "Weir has no time zones but UTC");
  };
  reader.object(node, path,
                {{"times", times(reader, interval.minutes)},
                 {"weekdays", ranges(reader, kWeekdayForm, interval.weekdays)},
                 {"days_of_month", ranges(reader, kDayForm, interval.days_of_month)},
                 {"months", ranges(reader, kMonthForm, interval.months)},
                 {"years", ranges(reader, kYearForm, interval.years)},
                 {"location", location}});
  return interval;
}

}  // namespace weir::notify
