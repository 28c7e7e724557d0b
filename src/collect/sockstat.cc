#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

Status parse_sockstat(std::string_view text, size_t page_bytes, SampleSink& sink) {
  std::string metric;
  for (std::string_view line; next_line(text, line);) {
    std::string_view fields = line;
    const std::string_view protocol = next_field(fields);
    if (!protocol.ends_with(':')) return malformed("sockstat", "a protocol and a colon", line);
    for (std::string_view name = next_field(fields); !name.empty(); name = next_field(fields)) {
      const std::optional<double> value = next_number(fields);
      if (!value) return malformed("sockstat", "names and numbers in turn", line);
      metric.assign("node_sockstat_")
          .append(protocol.substr(0, protocol.size() - 1))
          .append("_")
          .append(name);
      sink.add(metric, *value);
      if (name == "mem") sink.add(metric.append("_bytes"), *value * static_cast<double>(page_bytes));
    }
  }
  if (metric.empty()) return malformed("sockstat", "at least one protocol", "");
  return ok_status();
}

}  // namespace weir::collect
