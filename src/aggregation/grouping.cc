#include "aggregation/grouping.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "aggregation/metric_template.h"
#include "base/check.h"
#include "query/literals.h"

namespace weir::aggregation {
namespace {

constexpr std::string_view kMetricPlaceholder = "{metric}";
constexpr std::string_view kQuantileLabel = "quantile";

/// The text as a regular expression that matches it alone.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
    if (!plain) out += '\\';
    out += c;
  }
  return out;
}

/// The parts of the names that the template gives an output, between the names of metrics.
std::vector<std::string> parts_of(const Definition& definition, const Output& output) {
  // What cannot stand in a template: braces are placeholders there.
  const std::string name =
      expand_template(definition.metric, {"{", window_word(definition.window), output_word(output)});
  std::vector<std::string> parts;
  std::string_view rest = name;
  for (size_t at = 0; (at = rest.find('{')) != std::string_view::npos; rest.remove_prefix(at + 1))
    parts.emplace_back(rest.substr(0, at));
  parts.emplace_back(rest);
  return parts;
}

/// Whether the parts are there one after the other, with something between each two.
bool consists_of(std::string_view name, const std::vector<std::string>& parts) {
  if (parts.size() == 1) return name == parts.front();
  if (!name.starts_with(parts.front())) return false;
  name.remove_prefix(parts.front().size());
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    const size_t at = name.find(parts[i], 1);
    if (at == std::string_view::npos) return false;
    name.remove_prefix(at + parts[i].size());
  }
  return name.size() > parts.back().size() && name.ends_with(parts.back());
}

/// Of a regular expression that names of outputs are put together in.
constexpr size_t kPatternBytesMax = 900;

Labels made_of(std::vector<Label> labels) {
  auto made = Labels::from(std::move(labels));
  CHECK(made.ok(), "labels of a series and of a definition, each name once");
  return *std::move(made);
}

}  // namespace

Grouping::Grouping(const Definition& definition)
    : definition_(definition), by_metric_(definition.metric.find(kMetricPlaceholder) != std::string::npos) {
  std::set<std::vector<std::string>> all;
  for (const Output& output : definition.outputs) all.insert(parts_of(definition, output));
  output_parts_.assign(all.begin(), all.end());
}

bool Grouping::is_kept(std::string_view name) const {
  if (name == kMetricName) return by_metric_;
  return std::ranges::binary_search(definition_.labels, name) != definition_.without;
}

Labels Grouping::group_of(LabelsView series) const {
  std::vector<Label> kept;
  for (const Label& label : series) {
    if (is_kept(label.name)) kept.push_back(label);
  }
  return made_of(std::move(kept));
}

std::vector<Matcher> Grouping::group_matchers(LabelsView group) const {
  std::vector<Matcher> matchers;
  for (const Label& label : group)
    matchers.push_back(Matcher::equal(std::string(label.name), std::string(label.value)));
  if (definition_.without) return matchers;
  for (const std::string& name : definition_.labels) {
    if (group.get(name).empty()) matchers.push_back(Matcher::equal(name, ""));
  }
  return matchers;
}

std::vector<std::vector<Matcher>> Grouping::inputs_of(LabelsView group) const {
  std::vector<std::vector<Matcher>> inputs = definition_.inputs;
  const std::vector<Matcher> more = group_matchers(group);
  for (std::vector<Matcher>& input : inputs) input.insert(input.end(), more.begin(), more.end());
  return inputs;
}

bool Grouping::is_output(LabelsView series) const {
  const std::string_view metric = series.metric();
  return std::ranges::any_of(output_parts_, [&](const auto& parts) { return consists_of(metric, parts); });
}

bool Grouping::takes(LabelsView series) const {
  return std::ranges::any_of(
             definition_.inputs,
             [&](const std::vector<Matcher>& matchers) { return all_match(matchers, series); }) &&
         !is_output(series);
}

Result<std::vector<std::vector<Matcher>>> Grouping::exact_inputs() const {
  std::vector<std::vector<Matcher>> inputs = definition_.inputs;
  for (const std::vector<std::string>& parts : output_parts_) {
    std::string pattern;
    for (const std::string& part : parts) pattern += (&part == &parts.front() ? "" : ".+") + quoted(part);
    auto matcher = Matcher::create(MatchOp::kNotRegex, std::string(kMetricName), pattern);
    if (!matcher.ok()) {
      return unsupported(
          fmt::format("aggregation \"{}\": the names of its outputs are too long for a selector: {}",
                      definition_.name, matcher.error().message));
    }
    for (std::vector<Matcher>& input : inputs) input.push_back(*matcher);
  }
  return inputs;
}

std::string Grouping::metric_of(LabelsView group, const Output& output) const {
  return expand_template(definition_.metric,
                         {group.metric(), window_word(definition_.window), output_word(output)});
}

Labels Grouping::output_labels(LabelsView group, const Output& output) const {
  const std::string metric = metric_of(group, output);
  const std::string quantile =
      output.kind == OutputKind::kQuantile ? query::format_number(output.quantile) : "";
  std::vector<Label> labels = {{kMetricName, metric}};
  const auto is_set = [&](std::string_view name) {
    return name == kMetricName || definition_.extra_labels.contains(std::string(name)) ||
           (!quantile.empty() && name == kQuantileLabel);
  };
  for (const Label& label : group) {
    if (!is_set(label.name)) labels.push_back(label);
  }
  for (const auto& [name, value] : definition_.extra_labels) labels.push_back({name, value});
  if (!quantile.empty()) labels.push_back({kQuantileLabel, quantile});
  return made_of(std::move(labels));
}

std::vector<std::vector<Matcher>> Grouping::outputs_of(LabelsView group) const {
  std::vector<Matcher> matchers;
  for (const Label& label : group) {
    if (label.name == kMetricName || label.name == kQuantileLabel ||
        definition_.extra_labels.contains(std::string(label.name)))
      continue;
    matchers.push_back(Matcher::equal(std::string(label.name), std::string(label.value)));
  }
  for (const auto& [label, value] : definition_.extra_labels)
    matchers.push_back(Matcher::equal(label, value));

  std::set<std::string> names;
  for (const Output& output : definition_.outputs) names.insert(metric_of(group, output));
  std::vector<std::vector<Matcher>> selectors;
  std::string pattern;
  const auto add = [&](Matcher name) {
    selectors.push_back(matchers);
    selectors.back().push_back(std::move(name));
  };
  const auto add_pattern = [&] {
    if (pattern.empty()) return;
    auto name = Matcher::create(MatchOp::kRegex, std::string(kMetricName), std::exchange(pattern, ""));
    CHECK(name.ok(), "short quoted texts are a regular expression");
    add(*std::move(name));
  };
  for (const std::string& name : names) {
    const std::string text = quoted(name);
    if (pattern.size() + text.size() > kPatternBytesMax) add_pattern();
    if (text.size() > kPatternBytesMax) {
      add(Matcher::equal(std::string(kMetricName), name));
    } else {
      pattern += (pattern.empty() ? "" : "|") + text;
    }
  }
  add_pattern();
  return selectors;
}

}  // namespace weir::aggregation
