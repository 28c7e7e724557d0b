#pragma once

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rules/template/template.h"

/// What the tables of templates are expanded with.
namespace weir::rules::templates {

inline QueriedSample made_sample(LabelMap labels, double value) {
  QueriedSample sample;
  sample.labels = std::move(labels);
  sample.value = value;
  return sample;
}

/// Three series for every expression, but none for "empty" and an error for "bad".
inline Result<std::vector<QueriedSample>> answer_query(const std::string& expression) {
  std::vector<QueriedSample> answer;
  if (expression == "empty") return answer;
  if (expression == "bad") return invalid_argument("bad query");
  answer.push_back(made_sample({{"__name__", "m"}, {"instance", "b:1"}, {"dev", "sda"}}, 3));
  answer.push_back(made_sample({{"__name__", "m"}, {"instance", "a:1"}, {"__value__", "text"}}, 1.5));
  answer.push_back(
      made_sample({{"__name__", "m"}, {"instance", "c:1"}}, std::numeric_limits<double>::infinity()));
  return answer;
}

/// About an alert of the job "node".
inline Data made_data(SampleValue value) {
  Data data;
  data.labels = std::make_shared<const LabelMap>(LabelMap{
      {"instance", "web-1.example.com:9100"}, {"job", "node"}, {"alertname", "Test"}, {"num", "1234567"}});
  data.value = std::move(value);
  data.external_labels = std::make_shared<const LabelMap>(LabelMap{{"region", "eu"}, {"cluster", "c<1>"}});
  data.external_url = "http://weir.example:9090/p/x";
  return data;
}

/// The output, or "error: " and the message.
inline std::string expanded(const std::string& text, SampleValue value = 91.5,
                            const ExpansionLimits& limits = {}) {
  const auto parsed = Template::parse("test", text);
  if (const auto* fault = std::get_if<TemplateFault>(&parsed)) return "error: " + fault->message;
  const Surroundings surroundings{1'700'000'000'123, "http://weir.example:9090/p/x", answer_query};
  auto output = std::get<Template>(parsed).expand(made_data(std::move(value)), surroundings, limits);
  return output.ok() ? *std::move(output) : "error: " + output.error().message;
}

inline TemplateFault fault_of(const std::string& text) {
  auto parsed = Template::parse("test", text);
  if (auto* fault = std::get_if<TemplateFault>(&parsed)) return *fault;
  return {0, "no fault"};
}

}  // namespace weir::rules::templates
