#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// What the samples of a metric are. The numbers are those of prometheus.MetricMetadata.MetricType.
enum class MetricType : uint8_t {
  kUnknown,
  kCounter,
  kGauge,
  kHistogram,
  kGaugeHistogram,
  kSummary,
  kInfo,
  kStateset,
};
inline constexpr size_t kMetricTypeCount = 8;

/// As Prometheus spells it: "unknown", "counter", ..., "gaugehistogram", ..., "stateset".
std::string_view metric_type_name(MetricType type);
/// The type of that name; nothing for any other text.
std::optional<MetricType> metric_type_named(std::string_view name);

/// Whether a family of this type has series of its name with that suffix: "_bucket" of a histogram.
bool has_series_suffix(MetricType type, std::string_view suffix);
/// The family that a series of this name and type belongs to, as Prometheus' text format names families:
/// "a" of "a_bucket" for a histogram; counters and infos are named as their series. A view of the name.
std::string_view family_of(MetricType type, std::string_view series_name);

/// A longer help text is cut, as Grafana Mimir does.
inline constexpr size_t kHelpBytesMax = 1'024;
/// How many descriptions of one metric are kept. Senders of several versions may differ in one.
inline constexpr size_t kDescriptionsPerMetricMax = 4;

/// What a sender says of one metric. Views of UTF-8 that somebody else keeps.
struct MetricMetadata {
  std::string_view metric;  ///< The family: a histogram's buckets, sum and count are of one. Not empty.
  MetricType type = MetricType::kUnknown;
  std::string_view unit;  ///< "seconds", "bytes"; often empty.
  std::string_view help;  ///< At most kHelpBytesMax bytes.
};

/// What is kept of it, under the metric's name.
struct MetricDescription {
  MetricType type = MetricType::kUnknown;
  std::string unit;
  std::string help;

  friend bool operator==(const MetricDescription&, const MetricDescription&) = default;
};

/// By metric, the latest first: one or more, at most kDescriptionsPerMetricMax, no two alike.
using MetricDescriptions = std::map<std::string, std::vector<MetricDescription>, std::less<>>;

/// Why an entry of metadata is not kept.
enum class MetadataFault : uint8_t {
  kMissingMetricName,
  kNotUtf8,
  kTooManyInBody,          ///< Beyond kMetadataPerBodyMax.
  kMetricNameBytes,        ///< Beyond Limits::label_value_bytes_max, since the name is a label's value.
  kUnitBytes,              ///< Beyond the same.
  kMetricsPerTenant,       ///< Beyond Limits::metadata_metrics_max.
  kDescriptionsPerMetric,  ///< Beyond kDescriptionsPerMetricMax that are in use.
  kQueueFull,              ///< The catalogue does not keep up. A sender says it again in a while.
  kDocumentFull,           ///< No room left where the catalogue keeps those of this metric.
  kRefused,                ///< The catalogue will never take it.
};
inline constexpr size_t kMetadataFaultCount = 10;
/// How many entries were dropped, by index of their MetadataFault.
using MetadataFaults = std::array<uint64_t, kMetadataFaultCount>;

/// Entries that one body may have: about 6 MB of views.
inline constexpr size_t kMetadataPerBodyMax = 100'000;

/// The stable code of a fault, as metrics show it: "missing_metric_name", "not_utf8", ...
std::string_view fault_code(MetadataFault fault);

/// `help`, which is UTF-8, or as many whole characters of it as have room in kHelpBytesMax.
std::string_view cut_help(std::string_view help);

}  // namespace weir
