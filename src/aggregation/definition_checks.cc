#include <algorithm>

#include <fmt/format.h>

#include "aggregation/definition_parser.h"
#include "aggregation/metric_template.h"
#include "model/labels.h"

// What the fields of a definition have to say together.
namespace weir::aggregation {
namespace {

constexpr std::string_view kQuantileLabel = "quantile";

// Whether a selector asks for a metric name at all, and takes this one.
bool takes_metric(const std::vector<Matcher>& matchers, std::string_view metric) {
  bool asks = false;
  for (const Matcher& matcher : matchers) {
    if (matcher.name() != kMetricName) continue;
    if (!matcher.matches(metric)) return false;
    asks = true;
  }
  return asks;
}

}  // namespace

bool DefinitionParser::has_quantiles() const {
  return std::any_of(out_.outputs.begin(), out_.outputs.end(),
                     [](const Output& output) { return output.kind == OutputKind::kQuantile; });
}

void DefinitionParser::keep_set_labels_out_of_groups() {
  std::vector<std::string> set;
  for (const auto& [name, value] : out_.extra_labels) set.push_back(name);
  if (has_quantiles()) set.emplace_back(kQuantileLabel);
  for (std::string& name : set) {
    const auto place = std::lower_bound(out_.labels.begin(), out_.labels.end(), name);
    const bool is_there = place != out_.labels.end() && *place == name;
    if (out_.without && !is_there) {
      out_.labels.insert(place, std::move(name));
    } else if (!out_.without && is_there) {
      reader_.problem(
          find("by")->value->mark,
          fmt::format("by: \"{}\" is set on outputs{}, so it cannot tell groups apart", name,
                      out_.extra_labels.contains(name) ? " by \"labels\"" : " that are quantiles"));
    }
  }
}

void DefinitionParser::check_metric(const yaml::Node& node) {
  if (const auto fault = template_fault(out_.metric)) {
    reader_.problem_at(node, fault->offset, "metric: " + fault->message);
  } else if (out_.metric == "{metric}") {
    reader_.problem(node.mark,
                    "metric: \"{metric}\" alone is the name of the inputs, so outputs would be inputs");
  } else {
    check_metric_tells_outputs_apart(node);
    check_metric_is_no_input(node);
  }
}

void DefinitionParser::check_metric_tells_outputs_apart(const yaml::Node& node) {
  if (out_.metric.find("{output}") != std::string::npos) return;
  const auto other = std::find_if(out_.outputs.begin(), out_.outputs.end(), [&](const Output& output) {
    return output_word(output) != output_word(out_.outputs.front());
  });
  if (other == out_.outputs.end()) return;
  reader_.problem(node.mark,
                  fmt::format("metric: \"{}\" gives {} and {} one name; {{output}} has to be in it",
                              out_.metric, output_text(out_.outputs.front()), output_text(*other)));
}

// Where the inputs' metrics have a part in the name, it is another one than theirs.
void DefinitionParser::check_metric_is_no_input(const yaml::Node& node) {
  if (keeps_metric(out_)) return;
  for (const Output& output : out_.outputs) {
    const std::string name = output_metric(out_, {}, output);
    for (size_t i = 0; i < out_.inputs.size(); ++i) {
      if (!takes_metric(out_.inputs[i], name)) continue;
      reader_.problem(node.mark, fmt::format("metric: {} takes \"{}\", so outputs would be inputs",
                                             out_.input_texts[i], name));
      return;
    }
  }
}

}  // namespace weir::aggregation
