#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "aggregation/definition_reader.h"
#include "base/duration.h"
#include "wire/json_writer.h"

// A definition as YAML.
namespace weir::aggregation {
namespace {

// A text of JSON is one of YAML, but for the one control character that JSON does not escape.
std::string quoted(std::string_view text) {
  std::string json;
  wire::JsonWriter(json).text(text);
  std::string out;
  for (const char c : json) {
    if (c == '\x7f') {
      out += "\\u007f";
    } else {
      out += c;
    }
  }
  return out;
}

template <typename Items, typename Text>
std::string list(const Items& items, Text text) {
  std::string out;
  for (const auto& item : items) out += fmt::format("{}{}", out.empty() ? "" : ", ", quoted(text(item)));
  return fmt::format("[{}]", out);
}

// A key of more than 1,024 characters has to be said to be one.
std::string entry(std::string_view key, std::string_view value) {
  constexpr size_t kShort = 1'000;
  return key.size() > kShort ? fmt::format("  ? {}\n  : {}\n", key, value)
                             : fmt::format("  {}: {}\n", key, value);
}

std::string window_text(const Window& window) {
  if (const auto* tumbling = std::get_if<Tumbling>(&window)) return format_duration(tumbling->size_ms);
  if (const auto* hopping = std::get_if<Hopping>(&window)) {
    return fmt::format("{{type: hopping, size: {}, hop: {}}}", format_duration(hopping->size_ms),
                       format_duration(hopping->hop_ms));
  }
  const auto& session = std::get<Session>(window);
  return fmt::format("{{type: session, gap: {}, max: {}}}", format_duration(session.gap_ms),
                     format_duration(session.max_ms));
}

// Without those that the reader adds for what outputs set.
std::vector<std::string> own_labels(const Definition& definition) {
  std::vector<std::string> labels = definition.labels;
  if (!definition.without) return labels;
  const bool has_quantiles =
      std::any_of(definition.outputs.begin(), definition.outputs.end(),
                  [](const Output& output) { return output.kind == OutputKind::kQuantile; });
  std::erase_if(labels, [&](const std::string& label) {
    return definition.extra_labels.contains(label) || (has_quantiles && label == "quantile");
  });
  return labels;
}

}  // namespace

std::string to_yaml(const Definition& definition) {
  const auto same = [](const std::string& text) { return text; };
  std::string out = fmt::format("name: {}\n", quoted(definition.name));
  out += fmt::format("match: {}\n", list(definition.input_texts, same));
  if (definition.without || !definition.labels.empty())
    out += fmt::format("{}: {}\n", definition.without ? "without" : "by", list(own_labels(definition), same));
  out += fmt::format("window: {}\n", window_text(definition.window));
  out += fmt::format("outputs: {}\n", list(definition.outputs, output_text));
  out += fmt::format("metric: {}\n", quoted(definition.metric));
  if (!definition.extra_labels.empty()) out += "labels:\n";
  for (const auto& [name, value] : definition.extra_labels) out += entry(quoted(name), quoted(value));
  out += fmt::format("delay: {}\n", format_duration(definition.delay_ms));
  out += fmt::format("allowed_lateness: {}\n", format_duration(definition.allowed_lateness_ms));
  out += fmt::format("keep_raw: {}\n", definition.keep_raw);
  out += fmt::format("quantile_error: {}\n", definition.quantile_error);
  out += fmt::format("groups_max: {}\n", definition.groups_max);
  return out;
}

}  // namespace weir::aggregation
