#include "rules/unit_test/unit_test_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/duration.h"
#include "yaml/file_document.h"

namespace weir::rules::unit_test {
namespace {

constexpr std::string_view kFileFields[] = {"rule_files", "evaluation_interval", "group_eval_order", "tests",
                                            "fuzzy_compare"};
constexpr std::string_view kTestFields[] = {
    "interval",     "input_series", "alert_rule_test", "promql_expr_test", "external_labels",
    "external_url", "name",         "start_timestamp"};
constexpr std::string_view kSeriesFields[] = {"series", "values"};

// The labels of an expected alert lie 8 deep; more is no file of unit tests.
constexpr size_t kDepthMax = 16;

// Prometheus reads labels and values as one line, so that a blank ends the labels.
Result<TextMap> parse_series(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  const size_t end = text.find_first_of(" \t\r\n{", std::min(begin, text.size()));
  if (end != std::string::npos && text[end] != '{' &&
      text.find_first_not_of(" \t\r\n", end) != std::string::npos)
    return invalid_argument("a blank stands behind the name; values belong to \"values\"");
  return parse_metric(text);
}

// Seconds since 1970 are cut off at the millisecond, with the steps of Go's time.Unix.
Result<TimestampMs> parse_start(const std::string& text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return parse_time(text);
  constexpr double kSecondsMax = 9e12;
  if (!(std::fabs(seconds) <= kSecondsMax)) return invalid_argument(fmt::format("{} is out of range", text));
  double whole = 0;
  const auto ns = static_cast<int64_t>(std::modf(seconds, &whole) * 1e9);
  return static_cast<TimestampMs>(whole) * 1'000 + ns / 1'000'000;
}

}  // namespace

int64_t UnitTest::end_ms() const {
  int64_t end = 0;
  for (const AlertCheck& check : alert_checks) end = std::max(end, check.eval_time_ms);
  for (const ExpressionCheck& check : expression_checks) end = std::max(end, check.eval_time_ms);
  return end;
}

UnitTestFile parse_unit_tests(std::string_view text, const UnitTestLimits& limits) {
  UnitTestFile out;
  const auto document = yaml::parse_file(
      text, limits.bytes_max, {.depth_max = kDepthMax, .aliases = true, .first_only = true}, out.problems);
  if (!document) return out;
  UnitTestReader(text, limits, out).read(*document);
  yaml::sort_by_place(out.problems);
  yaml::sort_by_place(out.warnings);
  return out;
}

void UnitTestReader::read(const yaml::Document& document) {
  if (document.second)
    out_.warnings.push_back({*document.second, "a second YAML document, which is passed over"});
  if (document.root == nullptr) return;
  const yaml::Node* tests = nullptr;
  for (const yaml::Field& field : fields_.fields(*document.root, "unit tests", kFileFields)) {
    const yaml::Node& value = *field.value;
    if (field.name == "rule_files") {
      out_.rule_files = texts(value, field.name);
    } else if (field.name == "evaluation_interval") {
      const int64_t interval_ms = fields_.duration_ms(value, field.name);
      if (interval_ms != 0) out_.evaluation_interval_ms = interval_ms;
    } else if (field.name == "group_eval_order") {
      group_eval_order(value);
    } else if (field.name == "fuzzy_compare") {
      out_.fuzzy_compare = fields_.loose_boolean(value, field.name);
    } else {
      tests = &value;
    }
  }
  if (tests == nullptr) return;
  for (const yaml::Node* item : fields_.items(*tests, "tests")) {
    if (full()) return;
    out_.tests.push_back(test(*item));
  }
}

void UnitTestReader::group_eval_order(const yaml::Node& node) {
  out_.group_eval_order = texts(node, "group_eval_order");
  std::map<std::string_view, size_t> seen;
  for (size_t i = 0; i < out_.group_eval_order.size(); ++i) {
    const auto [first, is_new] = seen.try_emplace(out_.group_eval_order[i], i);
    if (is_new) continue;
    fields_.problem(node.items[i]->mark,
                    fmt::format("group_eval_order: \"{}\" is there twice", out_.group_eval_order[i]));
  }
}

UnitTest UnitTestReader::test(const yaml::Node& node) {
  UnitTest test;
  test.mark = node.mark;
  values_ = 0;
  series_.clear();
  for (const yaml::Field& field : fields_.fields(node, "test", kTestFields)) {
    const yaml::Node& value = *field.value;
    if (field.name == "interval") {
      test.interval_ms = fields_.duration_ms(value, field.name);
    } else if (field.name == "input_series") {
      input_series(value, test);
    } else if (field.name == "alert_rule_test") {
      for (const yaml::Node* item : fields_.items(value, field.name))
        test.alert_checks.push_back(alert_check(*item, test));
    } else if (field.name == "promql_expr_test") {
      for (const yaml::Node* item : fields_.items(value, field.name))
        test.expression_checks.push_back(expression_check(*item));
    } else if (field.name == "external_labels") {
      test.external_labels = text_map(value, "external label");
    } else if (field.name == "external_url") {
      test.external_url = fields_.text(value, field.name);
    } else if (field.name == "name") {
      test.name = fields_.text(value, field.name);
    } else {
      test.start_ms = start_timestamp(value);
    }
  }
  if (test.interval_ms == 0) test.interval_ms = out_.evaluation_interval_ms;
  check_costs(node, test);
  return test;
}

// The last of what is given twice counts, as promtool has it.
void UnitTestReader::input_series(const yaml::Node& node, UnitTest& test) {
  for (const yaml::Node* item : fields_.items(node, "input_series")) {
    const yaml::Node* series = item;
    InputSeries input;
    std::string text;
    for (const yaml::Field& field : fields_.fields(*item, "input series", kSeriesFields)) {
      const std::string value = fields_.text(*field.value, field.name);
      if (field.name == "series") {
        series = field.value;
        text = value;
        continue;
      }
      auto values = parse_values(value, limits_.values_max - std::min(values_, limits_.values_max));
      if (!values.ok()) {
        test.problems.push_back(yaml::located_in(text_, *field.value, "values", values.error().message));
        continue;
      }
      for (const ValueRun& run : *values) values_ += run.count;
      input.values = *std::move(values);
    }
    const auto labels = parse_series(text);
    if (!labels.ok()) {
      test.problems.push_back(yaml::located_in(text_, *series, "series", labels.error().message));
      continue;
    }
    std::vector<Label> list;
    for (const auto& [name, value] : *labels) list.push_back({name, value});
    auto made = Labels::from(std::move(list));
    if (!made.ok()) {
      test.problems.push_back({series->mark, fmt::format("series: {}", made.error().message)});
      continue;
    }
    input.labels = *std::move(made);
    add_series(*series, std::move(input), test);
  }
}

void UnitTestReader::add_series(const yaml::Node& item, InputSeries series, UnitTest& test) {
  if (series.labels.view().empty()) {
    test.problems.push_back({item.mark, "series: it needs a name or a label"});
    return;
  }
  const auto [at, is_new] = series_.try_emplace(std::string(series.labels.view().bytes()), test.input.size());
  if (is_new) {
    test.input.push_back(std::move(series));
    return;
  }
  out_.warnings.push_back({item.mark, fmt::format("series: {} is there twice; the last one counts",
                                                  series.labels.view().to_string())});
  test.input[at->second] = std::move(series);
}

TimestampMs UnitTestReader::start_timestamp(const yaml::Node& node) {
  const std::string text = fields_.text(node, "start_timestamp");
  if (node.kind != yaml::Kind::kScalar) return 0;
  const auto time = parse_start(text);
  if (!time.ok()) {
    fields_.problem(node.mark, fmt::format("start_timestamp: {}", time.error().message));
  } else if (*time < 0) {
    fields_.problem(node.mark, fmt::format("start_timestamp: {} lies before 1970", text));
  }
  return time.ok() ? *time : 0;
}

void UnitTestReader::check_costs(const yaml::Node& node, UnitTest& test) {
  const int64_t evaluations = test.end_ms() / std::max<int64_t>(out_.evaluation_interval_ms, 1) + 1;
  if (evaluations <= limits_.evaluations_max) return;
  test.problems.push_back({node.mark, fmt::format("test: its last eval_time makes {} evaluations, limit {}",
                                                  evaluations, limits_.evaluations_max)});
}

std::vector<std::string> UnitTestReader::texts(const yaml::Node& node, std::string_view what) {
  std::vector<std::string> out;
  for (const yaml::Node* item : fields_.items(node, what)) out.push_back(fields_.text(*item, what));
  return out;
}

TextMap UnitTestReader::text_map(const yaml::Node& node, std::string_view what) {
  TextMap out;
  for (const yaml::Field& field : fields_.fields(node, fmt::format("{}s", what), {}))
    out.emplace(field.name, fields_.text(*field.value, fmt::format("{} \"{}\"", what, field.name)));
  return out;
}

}  // namespace weir::rules::unit_test
