#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

namespace {

/// The microseconds in `some avg10=0.66 avg60=0.37 avg300=0.36 total=18713836`.
std::optional<double> total_of(std::string_view fields) {
  constexpr std::string_view kTotal = "total=";
  for (std::string_view field = next_field(fields); !field.empty(); field = next_field(fields)) {
    if (field.starts_with(kTotal)) return to_number(field.substr(kTotal.size()));
  }
  return std::nullopt;
}

}  // namespace

Status parse_pressure(std::string_view text, std::string_view resource, SampleSink& sink) {
  constexpr double kMicrosecondsPerSecond = 1e6;
  std::string metric;
  for (std::string_view line; next_line(text, line);) {
    std::string_view fields = line;
    const std::string_view who = next_field(fields);
    const bool some = who == "some";
    if (!some && who != "full") continue;
    // All tasks of a machine are never without a processor at once: the kernel shows a zero to keep the form.
    if (!some && resource == "cpu") continue;
    const std::optional<double> total = total_of(fields);
    if (!total) return malformed("pressure", "a total", line);
    metric.assign("node_pressure_")
        .append(resource)
        .append(some ? "_waiting" : "_stalled")
        .append("_seconds_total");
    sink.add(metric, *total / kMicrosecondsPerSecond);
  }
  if (metric.empty()) return malformed("pressure", "a line of some or full", "");
  return ok_status();
}

}  // namespace weir::collect
