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

bool has_series_suffix(MetricType type, std::string_view suffix) {
  using enum MetricType;
  const bool histogram = type == kHistogram || type == kGaugeHistogram;
  if (suffix == "_total") return type == kCounter;
  if (suffix == "_bucket") return histogram;
  if (suffix == "_sum" || suffix == "_count") return histogram || type == kSummary;
  if (suffix == "_gsum" || suffix == "_gcount") return type == kGaugeHistogram;
  if (suffix == "_info") return type == kInfo;
  return false;
}

std::string_view family_of(MetricType type, std::string_view series_name) {
  const size_t at = series_name.rfind('_');
  if (at == std::string_view::npos || at == 0) return series_name;
  const bool own_name = type == MetricType::kCounter || type == MetricType::kInfo;
  return !own_name && has_series_suffix(type, series_name.substr(at)) ? series_name.substr(0, at)
                                                                      : series_name;
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
