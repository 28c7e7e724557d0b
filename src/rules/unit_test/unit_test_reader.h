#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "rules/unit_test/unit_test_file.h"
#include "yaml/document.h"
#include "yaml/field_reader.h"

namespace weir::rules::unit_test {

/// Makes unit tests of a YAML tree. `unit_test_reader.cc` reads the file and its tests, `unit_test_checks.cc`
/// what they expect. One use.
class UnitTestReader {
 public:
  /// What is given must outlive it; `text` is what the document was parsed from.
  UnitTestReader(std::string_view text, const UnitTestLimits& limits, UnitTestFile& out)
      : text_(text), limits_(limits), out_(out), fields_(out.problems) {}

  void read(const yaml::Document& document);

 private:
  void group_eval_order(const yaml::Node& node);
  UnitTest test(const yaml::Node& node);
  void input_series(const yaml::Node& node, UnitTest& test);
  void add_series(const yaml::Node& item, InputSeries series, UnitTest& test);
  TimestampMs start_timestamp(const yaml::Node& node);
  void check_costs(const yaml::Node& node, UnitTest& test);

  AlertCheck alert_check(const yaml::Node& node, UnitTest& test);
  ExpectedAlert expected_alert(const yaml::Node& node, const std::string& alertname);
  ExpressionCheck expression_check(const yaml::Node& node);
  ExpectedSample expected_sample(const yaml::Node& node, ExpressionCheck& check);

  std::vector<std::string> texts(const yaml::Node& node, std::string_view what);
  TextMap text_map(const yaml::Node& node, std::string_view what);
  bool full() const { return out_.problems.size() >= limits_.problems_max; }

  std::string_view text_;
  const UnitTestLimits& limits_;
  UnitTestFile& out_;
  yaml::FieldReader fields_;
  // Of the test under way: how many values its series have, and which labels have been given.
  uint64_t values_ = 0;
  absl::flat_hash_map<std::string, size_t> series_;
};

}  // namespace weir::rules::unit_test
