#include "model/metric_metadata.h"

#include <algorithm>

namespace weir {
namespace {

constexpr std::array<std::string_view, kMetricTypeCount> kTypeNames = {
    "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset",
};

constexpr std::array<std::string_view, kMetadataFaultCount> kCodes = {
    "missing_metric_name",
    "not_utf8",
    "too_many_in_body",
    "metric_name_bytes",
    "unit_bytes",
    "metrics_per_tenant",
    "descriptions_per_metric",
    "queue_full",
    "document_full",
    "refused",
};

bool is_first_byte(char byte) {
  return (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
}

}  // namespace

std::string_view metric_type_name(MetricType type) {
  return kTypeNames[static_cast<size_t>(type)];
}

std::optional<MetricType> metric_type_named(std::string_view name) {
  const auto found = std::ranges::find(kTypeNames, name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<MetricType>(found - kTypeNames.begin());
}

std::string_view fault_code(MetadataFault fault) {
  return kCodes[static_cast<size_t>(fault)];
}

std::string_view cut_help(std::string_view help) {
  if (help.size() <= kHelpBytesMax) return help;
  size_t size = kHelpBytesMax;
  while (size > 0 && !is_first_byte(help[size])) --size;
  return help.substr(0, size);
}

}  // namespace weir
