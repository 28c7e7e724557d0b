#include "query/refusals.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/duration.h"

namespace weir::query {
namespace {

// Counts that are judged from a share are not exact to the last digit.
uint64_t judged(double count) {
  if (!(count < 1e18)) return static_cast<uint64_t>(1e18);
  const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(std::max(1.0, count))) - 2));
  return static_cast<uint64_t>(std::round(count / unit) * unit);
}

}  // namespace

std::string grouped(uint64_t count) {
  std::string text = fmt::format("{}", count);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string too_many_points(int64_t span_ms, int64_t step_ms, const Limits& limits) {
  const int64_t most = limits.query_points_per_series_max;
  const int64_t smallest_ms = most == 0 ? span_ms + 1 : span_ms / most + 1;
  return fmt::format(
      "exceeded maximum resolution of {} points per timeseries. Try decreasing the query resolution "
      "(?step=XX): {} points are asked for; the smallest step that fits is {} (query_points_per_series_max)",
      grouped(limits.query_points_per_series_max), grouped(static_cast<uint64_t>(span_ms / step_ms) + 1),
      format_duration(smallest_ms));
}

Error too_many_series(const SeriesCount& count, const Limits& limits) {
  const std::string before =
      count.before == 0 ? "" : fmt::format(" after {} of other selectors", grouped(count.before));
  return resource_exhausted(fmt::format("query: {}{} series match{}, more than {} (query_series_max)",
                                        count.exact ? "" : "at least ", grouped(count.series), before,
                                        grouped(limits.query_series_max)));
}

Error too_many_samples(const Limits& limits) {
  return resource_exhausted(
      fmt::format("query processing would load too many samples into memory in query execution: more than {} "
                  "(query_samples_max)",
                  grouped(limits.query_samples_max)));
}

Error too_much_memory(uint64_t bytes, const Limits& limits) {
  return resource_exhausted(
      fmt::format("query: would hold {} bytes of memory, more than {} (query_memory_bytes_max)",
                  grouped(bytes), grouped(limits.query_memory_bytes_max)));
}

Error out_of_time(os::SteadyTime::duration after, uint64_t series, uint64_t samples) {
  const auto after_ms = std::chrono::duration_cast<os::milliseconds>(after).count();
  return deadline_exceeded(
      fmt::format("query timed out in expression evaluation after {}: {} series with {} samples were read",
                  format_duration(after_ms), grouped(series), grouped(samples)));
}

Error with_progress(Error error, const ReadProgress& progress, const Need& need) {
  const std::string done = grouped(progress.series);
  if (!progress.all || progress.series == 0) {
    error.message += fmt::format("; {} series of this selector are done", done);
    return error;
  }
  const uint64_t all = std::max(*progress.all, progress.series);
  error.message += all == progress.series ? fmt::format("; all {} series of this selector are done", done)
                                          : fmt::format("; {} of about {} series of this selector are done",
                                                        done, grouped(judged(static_cast<double>(all))));
  if (need.unit.empty() || need.now < need.before) return error;
  const double share = static_cast<double>(progress.series) / static_cast<double>(all);
  const double needed =
      static_cast<double>(need.before) + static_cast<double>(need.now - need.before) / share;
  error.message += fmt::format(", so the query needs about {} {}", grouped(judged(needed)), need.unit);
  return error;
}

}  // namespace weir::query
