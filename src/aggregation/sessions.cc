#include "aggregation/sessions.h"

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "aggregation/input_walk.h"

namespace weir::aggregation {

TimestampMs SessionReader::span_end(TimestampMs at_ms) const {
  return ceil_to(at_ms, session_.max_ms);
}

TimestampMs SessionReader::over_ms(TimestampMs last_ms) const {
  return std::min(last_ms + session_.gap_ms, span_end(last_ms));
}

// A session that is over in the range began in a span that ends behind its begin, or before it by no more
// than the gap.
Result<std::vector<OutputSample>> SessionReader::read(TimestampMs from_ms, TimestampMs to_ms,
                                                      const std::optional<Labels>& only, Deadline deadline) {
  const TimestampMs first_ms = span_end(from_ms - session_.gap_ms + 1) - session_.max_ms;
  const TimeRange range{first_ms + 1 - (needs_.increase ? kIncreaseLookbackMs : 0), to_ms};
  const auto selectors = only ? parts_.grouping.inputs_of(*only) : parts_.definition.inputs;
  ASSIGN_OR_RETURN(InputWalk walk, InputWalk::open(parts_.store, parts_.tenant, selectors, range, deadline));
  std::map<Labels, std::vector<Part>> groups;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, walk.next());
    if (!more) break;
    if (parts_.grouping.is_output(walk.labels())) continue;
    const Labels group = parts_.grouping.group_of(walk.labels());
    if (only && group != *only) continue;
    Part part{Labels(walk.labels()), {}};
    RETURN_IF_ERROR(walk.read(part.samples));
    samples_ += part.samples.size();
    if (part.samples.size() == 0) continue;
    groups[group].push_back(std::move(part));
    if (groups.size() > parts_.definition.groups_max) {
      return resource_exhausted(fmt::format("aggregation \"{}\": more than {} groups, its groups_max",
                                            parts_.definition.name, parts_.definition.groups_max));
    }
  }
  std::vector<OutputSample> out;
  for (const auto& [group, series] : groups) add_sessions(group, series, from_ms, to_ms, out);
  return out;
}

void SessionReader::add_sessions(const Labels& group, const std::vector<Part>& series, TimestampMs from_ms,
                                 TimestampMs to_ms, std::vector<OutputSample>& out) const {
  std::vector<TimestampMs> times;
  for (const Part& part : series)
    times.insert(times.end(), part.samples.timestamps_ms.begin(), part.samples.timestamps_ms.end());
  std::ranges::sort(times);
  const auto ends_before = [&](size_t next) {
    return next == times.size() || times[next] - times[next - 1] > session_.gap_ms ||
           span_end(times[next]) != span_end(times[next - 1]);
  };
  for (size_t begin = 0; begin < times.size();) {
    size_t next = begin + 1;
    while (!ends_before(next)) ++next;
    const TimeRange range{times[begin], times[next - 1]};
    const TimestampMs over = over_ms(range.maxt_ms);
    if (over > from_ms && over <= to_ms) add_session(group, series, range, out);
    begin = next;
  }
}

void SessionReader::add_session(const Labels& group, const std::vector<Part>& series, TimeRange range,
                                std::vector<OutputSample>& out) const {
  Partial session(needs_);
  for (const Part& part : series) {
    const std::span<const TimestampMs> times(part.samples.timestamps_ms);
    const auto begin = static_cast<size_t>(std::ranges::lower_bound(times, range.mint_ms) - times.begin());
    const auto end = static_cast<size_t>(std::ranges::upper_bound(times, range.maxt_ms) - times.begin());
    if (begin == end) continue;
    std::optional<double> before;
    if (begin > 0 && times[begin] - times[begin - 1] <= kIncreaseLookbackMs)
      before = part.samples.values[begin - 1];
    session.add_series(needs_, part.labels, before, times.subspan(begin, end - begin),
                       std::span(part.samples.values).subspan(begin, end - begin));
  }
  const int64_t length_ms = std::max<int64_t>(1, range.length_ms());
  for (const Output& output : parts_.definition.outputs)
    out.push_back(
        {parts_.grouping.output_labels(group, output), range.maxt_ms, session.value(output, length_ms)});
}

}  // namespace weir::aggregation
