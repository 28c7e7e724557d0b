#include "aggregation/definition_parser.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "aggregation/input_reader.h"
#include "aggregation/output_reader.h"
#include "aggregation/window_reader.h"
#include "base/duration.h"
#include "model/labels.h"

namespace weir::aggregation {
namespace {

constexpr std::string_view kFields[] = {
    "name",     "match",          "by",        "without", "window",
    "outputs",  "metric",         "labels",    "delay",   "allowed_lateness",
    "keep_raw", "quantile_error", "groups_max"};

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;
constexpr int64_t kDelayMsMax = kHourMs;
constexpr int64_t kLatenessMsMax = 31 * kDayMs;
// Without raw samples a correction needs what is kept of them for it.
constexpr int64_t kLatenessMsMaxWithoutRaw = kDayMs;
constexpr double kQuantileErrorMin = 0.001;
constexpr double kQuantileErrorMax = 0.1;
constexpr int64_t kGroupsMaxMax = 10'000'000;

}  // namespace

Definition DefinitionParser::parse() {
  fields_ = reader_.fields(node_, "aggregation", kFields);
  if (node_.kind != yaml::Kind::kMap) return {};
  read_name();
  read_inputs();
  read_grouping();
  read_window();
  read_outputs();
  read_extra_labels();
  read_metric();
  read_times();
  read_bounds();
  keep_set_labels_out_of_groups();
  return std::move(out_);
}

yaml::Mark DefinitionParser::name_mark() const {
  const yaml::Field* name = find("name");
  return name == nullptr ? node_.mark : name->value->mark;
}

const yaml::Field* DefinitionParser::find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const yaml::Field& field) { return field.name == name; });
  return found == fields_.end() ? nullptr : &*found;
}

const yaml::Node* DefinitionParser::required(std::string_view name, std::string_view with) {
  if (const yaml::Field* field = find(name)) return field->value;
  reader_.problem(node_.mark, fmt::format("aggregation: it needs \"{}\" with {}", name, with));
  return nullptr;
}

void DefinitionParser::read_name() {
  const yaml::Node* node = required("name", "a name of its own");
  if (node == nullptr) return;
  auto name = reader_.text(*node, "name", reader_.limits().name_bytes_max);
  if (!name) return;
  if (is_definition_name(*name)) {
    out_.name = *std::move(name);
  } else {
    reader_.problem(node->mark,
                    fmt::format("name: \"{}\" is not 1 to 100 of the characters a-z A-Z 0-9 _ . -", *name));
  }
}

void DefinitionParser::read_inputs() {
  const yaml::Node* node = required("match", "a selector of series, or a list of such");
  if (node == nullptr) return;
  const size_t before = reader_.problem_count();
  for (Input& input : aggregation::read_inputs(*node, reader_)) {
    out_.inputs.push_back(std::move(input.matchers));
    out_.input_texts.push_back(std::move(input.text));
  }
  if (out_.inputs.empty() && reader_.problem_count() == before)
    reader_.problem(node->mark, "match: there is no selector in it");
}

void DefinitionParser::read_grouping() {
  const yaml::Field* by = find("by");
  const yaml::Field* without = find("without");
  if (by != nullptr) out_.labels = read_label_list(*by);
  if (without == nullptr) return;
  out_.without = true;
  out_.labels = read_label_list(*without);
  if (by == nullptr) return;
  const bool by_is_later = std::pair(by->key->mark.line, by->key->mark.column) >
                           std::pair(without->key->mark.line, without->key->mark.column);
  reader_.problem((by_is_later ? by : without)->key->mark,
                  "aggregation: it has both \"by\" and \"without\"; groups are told apart by one of them");
}

std::vector<std::string> DefinitionParser::read_label_list(const yaml::Field& field) {
  std::vector<std::string> labels;
  for (const yaml::Node* item : reader_.items(*field.value, field.name, reader_.limits().labels_max)) {
    auto label = read_label_name(*item, field.name);
    if (!label) continue;
    if (*label == kMetricName) {
      reader_.problem(item->mark,
                      field.name == "by"
                          ? "by: \"__name__\": the metric tells groups apart where {metric} is in \"metric\""
                          : "without: \"__name__\" is always left out; {metric} in \"metric\" keeps it");
    } else if (std::find(labels.begin(), labels.end(), *label) != labels.end()) {
      reader_.problem(item->mark, fmt::format("{}: \"{}\" is there twice", field.name, *label));
    } else {
      labels.push_back(*std::move(label));
    }
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

std::optional<std::string> DefinitionParser::read_label_name(const yaml::Node& node, std::string_view what) {
  return reader_.text(node, what, reader_.limits().name_bytes_max);
}

void DefinitionParser::read_window() {
  const yaml::Node* node = required("window", "a duration such as 1m, or with a type and lengths");
  if (node == nullptr) return;
  if (const auto window = aggregation::read_window(*node, reader_)) out_.window = *window;
}

void DefinitionParser::read_outputs() {
  const yaml::Node* node = required("outputs", "a list such as [count, sum]");
  if (node == nullptr) return;
  const size_t before = reader_.problem_count();
  out_.outputs = aggregation::read_outputs(*node, reader_);
  if (out_.outputs.empty() && reader_.problem_count() == before)
    reader_.problem(node->mark, "outputs: there is none in it");
}

void DefinitionParser::read_extra_labels() {
  const yaml::Field* field = find("labels");
  if (field == nullptr) return;
  const std::vector<yaml::Field> labels = reader_.fields(*field->value, "labels", std::nullopt);
  if (labels.size() > reader_.limits().labels_max) {
    reader_.problem(field->value->mark,
                    fmt::format("labels: {} labels, limit {}", labels.size(), reader_.limits().labels_max));
    return;
  }
  for (const yaml::Field& label : labels) {
    const auto name = read_label_name(*label.key, "labels");
    auto value = reader_.text(*label.value, fmt::format("labels \"{}\"", label.name),
                              reader_.limits().value_bytes_max);
    if (!name || !value) continue;
    if (*name == kMetricName) {
      reader_.problem(label.key->mark,
                      "labels: \"__name__\" cannot be set; \"metric\" says what outputs are called");
    } else if (*name == "quantile" && has_quantiles()) {
      reader_.problem(label.key->mark,
                      "labels: \"quantile\" cannot be set, as quantiles are told apart by it");
    } else {
      out_.extra_labels.emplace(*name, *std::move(value));
    }
  }
}

void DefinitionParser::read_metric() {
  const yaml::Field* field = find("metric");
  if (field == nullptr) return;
  auto metric = reader_.text(*field->value, "metric", reader_.limits().name_bytes_max);
  if (!metric) return;
  out_.metric = *std::move(metric);
  check_metric(*field->value);
}

void DefinitionParser::read_times() {
  if (const yaml::Field* delay = find("delay"))
    out_.delay_ms = reader_.duration_ms(*delay->value, "delay", 0, kDelayMsMax).value_or(out_.delay_ms);
  const yaml::Field* lateness = find("allowed_lateness");
  if (lateness != nullptr) {
    out_.allowed_lateness_ms = reader_.duration_ms(*lateness->value, "allowed_lateness", 0, kLatenessMsMax)
                                   .value_or(out_.allowed_lateness_ms);
  }
  const yaml::Field* keep_raw = find("keep_raw");
  if (keep_raw != nullptr) out_.keep_raw = reader_.boolean(*keep_raw->value, "keep_raw").value_or(true);
  if (out_.keep_raw || out_.allowed_lateness_ms <= kLatenessMsMaxWithoutRaw) return;
  reader_.problem(
      lateness->value->mark,
      fmt::format("allowed_lateness: {}, limit {} where \"keep_raw\" is false",
                  format_duration(out_.allowed_lateness_ms), format_duration(kLatenessMsMaxWithoutRaw)));
}

void DefinitionParser::read_bounds() {
  if (const yaml::Field* error = find("quantile_error")) {
    out_.quantile_error =
        reader_.number(*error->value, "quantile_error", kQuantileErrorMin, kQuantileErrorMax)
            .value_or(out_.quantile_error);
  }
  if (const yaml::Field* groups = find("groups_max")) {
    const auto value = reader_.integer(*groups->value, "groups_max", 1, kGroupsMaxMax);
    if (value) out_.groups_max = static_cast<uint64_t>(*value);
  }
}

}  // namespace weir::aggregation
