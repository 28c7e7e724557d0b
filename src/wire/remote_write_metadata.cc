#include "wire/remote_write_metadata.h"

#include <protozero/pbf_reader.hpp>

#include "base/utf8.h"

namespace weir::wire {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

constexpr uint32_t kType = tag_and_type(1, pbf_wire_type::varint);
constexpr uint32_t kMetricFamilyName = tag_and_type(2, pbf_wire_type::length_delimited);
constexpr uint32_t kHelp = tag_and_type(4, pbf_wire_type::length_delimited);
constexpr uint32_t kUnit = tag_and_type(5, pbf_wire_type::length_delimited);

std::string_view text(data_view view) {
  return {view.data(), view.size()};
}

}  // namespace

MetricType metric_type_of(int32_t number) {
  const bool known = 0 <= number && number < static_cast<int32_t>(kMetricTypeCount);
  return known ? static_cast<MetricType>(number) : MetricType::kUnknown;
}

std::optional<MetadataFault> read_metadata_message(std::string_view message, MetricMetadata& metadata) {
  pbf_reader in(data_view(message.data(), message.size()));
  while (in.next()) {
    switch (in.tag_and_type()) {
      case kType:
        metadata.type = metric_type_of(in.get_enum());
        break;
      case kMetricFamilyName:
        metadata.metric = text(in.get_view());
        break;
      case kHelp:
        metadata.help = text(in.get_view());
        break;
      case kUnit:
        metadata.unit = text(in.get_view());
        break;
      default:
        in.skip();
    }
  }
  if (metadata.metric.empty()) return MetadataFault::kMissingMetricName;
  if (!is_utf8(metadata.metric) || !is_utf8(metadata.unit) || !is_utf8(metadata.help))
    return MetadataFault::kNotUtf8;
  metadata.help = cut_help(metadata.help);
  return std::nullopt;
}

}  // namespace weir::wire
