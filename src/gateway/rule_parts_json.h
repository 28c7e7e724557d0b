#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/labels.h"
#include "rules/rule_file.h"
#include "rules/template/value.h"
#include "wire/json_writer.h"

/// What answers about rules have in common.
namespace weir::gateway {

void write_labels(wire::JsonWriter& json, std::string_view name, LabelsView labels);
void write_texts(wire::JsonWriter& json, std::string_view name, const rules::TextMap& texts);
/// RFC 3339; null where there is no time.
void write_time(wire::JsonWriter& json, std::string_view name, std::optional<TimestampMs> at_ms);

/// A number as Prometheus prints it, a histogram as its text, and a stale marker as "stale".
std::string sample_text(const rules::templates::SampleValue& value);

}  // namespace weir::gateway
