#include "wire/metadata_document.h"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/hash.h"
#include "wire/json_writer.h"

namespace weir::wire {
namespace {

namespace ondemand = simdjson::ondemand;

void write_line(std::string_view metric, const MetricDescription& description, std::string& out) {
  out.clear();
  JsonWriter json(out);
  json.begin_object();
  json.text("metric", metric);
  json.text("type", metric_type_name(description.type));
  if (!description.unit.empty()) json.text("unit", description.unit);
  if (!description.help.empty()) json.text("help", description.help);
  json.end_object();
  out += '\n';
}

struct Line {
  std::string metric;
  MetricDescription description;
};

/// False for a line that is not understood. Keys of later versions are passed over.
bool read_line(ondemand::document& document, Line& line) {
  ondemand::object object;
  if (document.get_object().get(object)) return false;
  for (auto field : object) {
    std::string_view key, text;
    if (field.unescaped_key().get(key)) return false;
    const bool ours = key == "metric" || key == "type" || key == "unit" || key == "help";
    if (!ours) continue;
    if (field.value().get_string().get(text)) return false;
    if (key == "metric") line.metric = text;
    if (key == "type") line.description.type = metric_type_named(text).value_or(MetricType::kUnknown);
    if (key == "unit") line.description.unit = text;
    if (key == "help") line.description.help = cut_help(text);
  }
  return !line.metric.empty();
}

void add(Line line, MetricDescriptions& metrics) {
  std::vector<MetricDescription>& known = metrics[std::move(line.metric)];
  const bool repeated = std::ranges::find(known, line.description) != known.end();
  if (!repeated && known.size() < kDescriptionsPerMetricMax) known.push_back(std::move(line.description));
}

}  // namespace

uint64_t metric_hash(std::string_view metric) {
  return stable_hash(metric);
}

std::string metadata_document_key(uint64_t metric_hash) {
  static_assert(kMetadataDocuments == 256);
  return fmt::format("{:02x}", metric_hash % kMetadataDocuments);
}

MetadataDocument encode_metadata_document(const MetricDescriptions& metrics, size_t bytes_max) {
  MetadataDocument document;
  std::string line;
  for (const auto& [metric, descriptions] : metrics) {
    for (const MetricDescription& description : descriptions) {
      write_line(metric, description, line);
      const bool has_room = document.body.size() + line.size() <= bytes_max;
      if (has_room) document.body += line;
      document.left_out += !has_room;
    }
  }
  return document;
}

MetricDescriptions decode_metadata_document(std::string_view body) {
  MetricDescriptions metrics;
  const simdjson::padded_string padded(body);
  ondemand::parser parser;
  for (size_t begin = 0; begin < body.size();) {
    const size_t end = std::min(body.find('\n', begin), body.size());
    Line line;
    ondemand::document document;
    // What follows the line is room enough for the parser, which may look beyond its end.
    const simdjson::padded_string_view text(padded.data() + begin, end - begin,
                                            padded.size() - begin + simdjson::SIMDJSON_PADDING);
    const bool parsed = parser.iterate(text).get(document) == simdjson::SUCCESS;
    if (parsed && read_line(document, line)) add(std::move(line), metrics);
    begin = end + 1;
  }
  return metrics;
}

}  // namespace weir::wire
