#include "app/cli/time_text.h"

#include <chrono>

#include <fmt/format.h>

namespace weir::app::cli {
namespace {

constexpr TimestampMs kYearZeroMs = -62'167'219'200'000;
constexpr TimestampMs kYearTenThousandMs = 253'402'300'800'000;

}  // namespace

std::string readable_time(TimestampMs time_ms) {
  if (time_ms < kYearZeroMs || time_ms >= kYearTenThousandMs)
    return fmt::format("{}", static_cast<double>(time_ms) / 1e3);
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(time_ms)};
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds().count() != 0) text += fmt::format(".{:03}", clock.subseconds().count());
  return text;
}

}  // namespace weir::app::cli
