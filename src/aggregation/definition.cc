#include "aggregation/definition.h"

#include <algorithm>

#include <fmt/format.h>

#include "aggregation/metric_template.h"
#include "base/duration.h"
#include "query/characters.h"
#include "query/literals.h"

namespace weir::aggregation {
namespace {

constexpr size_t kNameBytesMax = 100;

std::string_view name_of(OutputKind kind) {
  return kOutputNames[static_cast<size_t>(kind)];
}

}  // namespace

bool is_definition_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return query::is_alphanumeric(c) || c == '.' || c == '-'; });
}

std::string output_text(const Output& output) {
  const std::string_view name = name_of(output.kind);
  if (output.kind == OutputKind::kQuantile)
    return fmt::format("{}({})", name, query::format_number(output.quantile));
  if (output.kind != OutputKind::kDistinct || output.label.empty()) return std::string(name);
  return fmt::format("{}({})", name,
                     query::is_plain_name(output.label) ? output.label : query::quote(output.label));
}

std::string output_word(const Output& output) {
  const std::string_view name = name_of(output.kind);
  if (output.kind != OutputKind::kDistinct || output.label.empty()) return std::string(name);
  return fmt::format("{}_{}", name, output.label);
}

std::string output_metric(const Definition& definition, std::string_view metric, const Output& output) {
  const std::string window = window_word(definition.window);
  const std::string word = output_word(output);
  return expand_template(definition.metric, {.metric = metric, .window = window, .output = word});
}

bool keeps_metric(const Definition& definition) {
  return definition.metric.find("{metric}") != std::string::npos;
}

std::string window_word(const Window& window) {
  if (const auto* tumbling = std::get_if<Tumbling>(&window)) return format_duration(tumbling->size_ms);
  if (const auto* hopping = std::get_if<Hopping>(&window))
    return fmt::format("{}_{}", format_duration(hopping->size_ms), format_duration(hopping->hop_ms));
  return "session_" + format_duration(std::get<Session>(window).gap_ms);
}

int64_t window_length_ms(const Window& window) {
  if (const auto* tumbling = std::get_if<Tumbling>(&window)) return tumbling->size_ms;
  if (const auto* hopping = std::get_if<Hopping>(&window)) return hopping->size_ms;
  return std::get<Session>(window).max_ms;
}

int64_t window_step_ms(const Window& window) {
  if (const auto* tumbling = std::get_if<Tumbling>(&window)) return tumbling->size_ms;
  if (const auto* hopping = std::get_if<Hopping>(&window)) return hopping->hop_ms;
  return std::get<Session>(window).gap_ms;
}

}  // namespace weir::aggregation
