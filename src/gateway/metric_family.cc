#include "gateway/metric_family.h"

#include <algorithm>

namespace weir::gateway {

// Prometheus 3.16, web/api/v1/search.go, metadataForMetric.
const MetricDescription* find_description(const MetricDescriptions& metrics, std::string_view series_name) {
  if (const auto found = metrics.find(series_name); found != metrics.end()) return &found->second.front();
  const size_t at = series_name.rfind('_');
  if (at == std::string_view::npos) return nullptr;
  const std::string_view name = series_name.substr(0, at);
  const std::string_view suffix = series_name.substr(at);
  // A family that is named so in the text format has series of its own name.
  if ((suffix == "_total" || suffix == "_info") && name.ends_with(suffix)) return nullptr;
  const auto family = metrics.find(name);
  if (family == metrics.end()) return nullptr;
  const auto found = std::ranges::find_if(
      family->second, [&](const MetricDescription& one) { return has_series_suffix(one.type, suffix); });
  return found == family->second.end() ? nullptr : &*found;
}

}  // namespace weir::gateway
