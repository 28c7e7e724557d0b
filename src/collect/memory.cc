#include <algorithm>

#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

namespace {

/// `Active(anon)` and unit `kB` as node_memory_Active_anon_bytes.
void metric_of(std::string_view name, std::string_view unit, std::string& out) {
  out.assign("node_memory_").append(name);
  std::erase(out, ')');
  std::replace(out.begin(), out.end(), '(', '_');
  if (!unit.empty()) out += "_bytes";
}

bool wanted_of_vmstat(std::string_view name) {
  if (name.starts_with("oom_kill") || name.starts_with("pgpg") || name.starts_with("pswp")) return true;
  return name.starts_with("pg") && name.find("fault", 2) != std::string_view::npos;
}

}  // namespace

Status parse_meminfo(std::string_view text, SampleSink& sink) {
  constexpr double kKibibyte = 1024;
  std::string metric;
  for (std::string_view line; next_line(text, line);) {
    std::string_view fields = line;
    const std::string_view name = next_field(fields);
    const std::optional<double> value = next_number(fields);
    const std::string_view unit = next_field(fields);
    if (!name.ends_with(':') || !value || (unit != "" && unit != "kB")) {
      return malformed("meminfo", "a name, a number, and kB or nothing", line);
    }
    metric_of(name.substr(0, name.size() - 1), unit, metric);
    sink.add(metric, unit.empty() ? *value : *value * kKibibyte);
  }
  if (metric.empty()) return malformed("meminfo", "at least one line", "");
  return ok_status();
}

Status parse_vmstat(std::string_view text, SampleSink& sink) {
  std::string metric;
  for (std::string_view line; next_line(text, line);) {
    std::string_view fields = line;
    const std::string_view name = next_field(fields);
    if (!wanted_of_vmstat(name)) continue;
    const std::optional<double> value = next_number(fields);
    if (!value) return malformed("vmstat", "a name and a number", line);
    metric.assign("node_vmstat_").append(name);
    sink.add(metric, *value);
  }
  if (metric.empty()) return malformed("vmstat", "at least one line on paging", "");
  return ok_status();
}

}  // namespace weir::collect
