#include <algorithm>

#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

Status parse_loadavg(std::string_view text, SampleSink& sink) {
  std::string_view fields = text;
  for (const std::string_view metric : {"node_load1", "node_load5", "node_load15"}) {
    const std::optional<double> load = next_number(fields);
    if (!load) return malformed("loadavg", "three numbers", text);
    sink.add(metric, *load);
  }
  // `3/112`: tasks that run, and all there are.
  const std::string_view tasks = next_field(fields);
  const std::optional<double> threads = to_number(tasks.substr(std::min(tasks.size(), tasks.find('/') + 1)));
  if (!threads) return malformed("loadavg", "running and all tasks", text);
  sink.add("node_processes_threads", *threads);
  return ok_status();
}

}  // namespace weir::collect
