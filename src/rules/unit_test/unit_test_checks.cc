#include <utility>

#include <fmt/format.h>

#include "query/parser.h"
#include "rules/unit_test/histogram_notation.h"
#include "rules/unit_test/unit_test_reader.h"
#include "yaml/problem.h"

// What tests expect.
namespace weir::rules::unit_test {
namespace {

constexpr std::string_view kAlertCheckFields[] = {"eval_time", "alertname", "exp_alerts"};
constexpr std::string_view kAlertFields[] = {"exp_labels", "exp_annotations"};
constexpr std::string_view kExpressionCheckFields[] = {"expr", "eval_time", "exp_samples"};
constexpr std::string_view kSampleFields[] = {"labels", "value", "histogram"};

// One histogram and nothing else, repetitions aside; one that no store would take is expected in vain.
Result<std::string> only_histogram(std::string_view text) {
  NotationCursor cursor(text);
  cursor.accept_space();
  ASSIGN_OR_RETURN(const Histogram histogram, parse_histogram(cursor));
  cursor.accept_space();
  if (!cursor.at_end()) return cursor.unexpected("one histogram and nothing else");
  return histogram_notation(histogram);
}

}  // namespace

AlertCheck UnitTestReader::alert_check(const yaml::Node& node, UnitTest& test) {
  AlertCheck check;
  check.mark = node.mark;
  const yaml::Node* expected = nullptr;
  for (const yaml::Field& field : fields_.fields(node, "alert_rule_test", kAlertCheckFields)) {
    if (field.name == "eval_time") {
      check.eval_time_ms = fields_.duration_ms(*field.value, field.name);
    } else if (field.name == "alertname") {
      check.alertname = fields_.text(*field.value, field.name);
    } else {
      expected = field.value;
    }
  }
  if (check.alertname.empty())
    test.problems.push_back({node.mark, "alert_rule_test: it needs \"alertname\""});
  if (expected == nullptr) return check;
  for (const yaml::Node* item : fields_.items(*expected, "exp_alerts"))
    check.expected.push_back(expected_alert(*item, check.alertname));
  return check;
}

ExpectedAlert UnitTestReader::expected_alert(const yaml::Node& node, const std::string& alertname) {
  ExpectedAlert alert;
  for (const yaml::Field& field : fields_.fields(node, "exp_alerts", kAlertFields)) {
    if (field.name == "exp_labels") {
      alert.labels = text_map(*field.value, "label");
    } else {
      alert.annotations = text_map(*field.value, "annotation");
    }
  }
  alert.labels["alertname"] = alertname;
  return alert;
}

ExpressionCheck UnitTestReader::expression_check(const yaml::Node& node) {
  ExpressionCheck check;
  check.mark = node.mark;
  const yaml::Node* expr = &node;
  const yaml::Node* expected = nullptr;
  for (const yaml::Field& field : fields_.fields(node, "promql_expr_test", kExpressionCheckFields)) {
    if (field.name == "expr") {
      expr = field.value;
      check.expr = fields_.text(*field.value, field.name);
    } else if (field.name == "eval_time") {
      check.eval_time_ms = fields_.duration_ms(*field.value, field.name);
    } else {
      expected = field.value;
    }
  }
  const auto parsed = query::parse(check.expr, {});
  if (!parsed.ok()) check.problems.push_back(yaml::located_in(text_, *expr, "expr", parsed.error().message));
  if (expected == nullptr) return check;
  for (const yaml::Node* item : fields_.items(*expected, "exp_samples"))
    check.expected.push_back(expected_sample(*item, check));
  return check;
}

ExpectedSample UnitTestReader::expected_sample(const yaml::Node& node, ExpressionCheck& check) {
  ExpectedSample sample;
  for (const yaml::Field& field : fields_.fields(node, "exp_samples", kSampleFields)) {
    const yaml::Node& value = *field.value;
    if (field.name == "value") {
      sample.value = fields_.number(value, field.name);
    } else if (field.name == "labels") {
      auto labels = parse_metric(fields_.text(value, field.name));
      if (labels.ok()) {
        sample.labels = *std::move(labels);
      } else {
        check.problems.push_back(yaml::located_in(text_, value, field.name, labels.error().message));
      }
    } else if (const std::string text = fields_.text(value, field.name); !text.empty()) {
      auto histogram = only_histogram(text);
      if (histogram.ok()) {
        sample.histogram = *std::move(histogram);
      } else {
        check.problems.push_back(yaml::located_in(text_, value, field.name, histogram.error().message));
      }
    }
  }
  return sample;
}

}  // namespace weir::rules::unit_test
