#include "gateway/rule_parts_json.h"

#include "base/duration.h"
#include "model/sample.h"
#include "query/histogram_text.h"

namespace weir::gateway {

void write_labels(wire::JsonWriter& json, std::string_view name, LabelsView labels) {
  json.key(name);
  json.begin_object();
  for (const Label& label : labels) json.text(label.name, label.value);
  json.end_object();
}

void write_texts(wire::JsonWriter& json, std::string_view name, const rules::TextMap& texts) {
  json.key(name);
  json.begin_object();
  for (const auto& [key, text] : texts) json.text(key, text);
  json.end_object();
}

void write_time(wire::JsonWriter& json, std::string_view name, std::optional<TimestampMs> at_ms) {
  if (!at_ms) return json.null(name);
  json.text(name, format_time(*at_ms));
}

std::string sample_text(const rules::templates::SampleValue& value) {
  if (const auto* histogram = std::get_if<HistogramPtr>(&value)) return query::histogram_text(**histogram);
  const double number = std::get<double>(value);
  if (is_stale(number)) return "stale";
  std::string out;
  wire::append_prometheus_json_value(out, number);
  return out;
}

}  // namespace weir::gateway
