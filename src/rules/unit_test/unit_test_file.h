#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/labels.h"
#include "rules/rule_file.h"
#include "rules/unit_test/series_notation.h"

/// Tests of rule files, in the files that `promtool test rules` has for them.
namespace weir::rules::unit_test {

/// A series that is there before the rules are evaluated.
struct InputSeries {
  Labels labels;
  std::vector<ValueRun> values;  ///< One a step, from the test's start on.
};

struct ExpectedAlert {
  TextMap labels;  ///< With `alertname`.
  TextMap annotations;
};

/// Which alerts of a name fire at a time.
struct AlertCheck {
  std::string alertname;
  int64_t eval_time_ms = 0;  ///< Since the test's start.
  std::vector<ExpectedAlert> expected;
  yaml::Mark mark;
};

struct ExpectedSample {
  TextMap labels;
  double value = 0;       ///< Of a histogram, 0.
  std::string histogram;  ///< Its `histogram_notation`; empty: none is expected.
};

/// What an expression yields at a time.
struct ExpressionCheck {
  std::string expr;
  int64_t eval_time_ms = 0;
  std::vector<ExpectedSample> expected;
  yaml::Mark mark;
  std::vector<Problem> problems;  ///< With any, it fails without being evaluated.
};

/// Series, and what is to be true of the rules after some time with them.
struct UnitTest {
  std::string name;  ///< May be empty.
  int64_t interval_ms = 0;
  TimestampMs start_ms = 0;
  std::vector<InputSeries> input;
  std::vector<AlertCheck> alert_checks;
  std::vector<ExpressionCheck> expression_checks;
  TextMap external_labels;
  std::string external_url;
  yaml::Mark mark;
  std::vector<Problem> problems;  ///< With any, it fails without being run.

  /// Until when the rules are evaluated, since the start.
  int64_t end_ms() const;
};

struct UnitTestLimits {
  size_t bytes_max = 16u << 20;
  uint64_t values_max = 10'000'000;      ///< Of all input series of a test.
  int64_t evaluations_max = 10'000'000;  ///< Times at which the rules of a test are evaluated.
  size_t problems_max = 500;             ///< After so many nothing more is looked for.
};

struct UnitTestFile {
  std::vector<std::string> rule_files;  ///< Paths or patterns, relative to the directory of the file.
  int64_t evaluation_interval_ms = 60'000;
  std::vector<std::string> group_eval_order;
  bool fuzzy_compare = false;
  std::vector<UnitTest> tests;
  std::vector<Problem> problems;  ///< In the order of the file. With any, none of its tests can be run.
  std::vector<Problem> warnings;  ///< What promtool says nothing of and is likely a mistake.
};

/// Reads a file of unit tests and finds all problems at once, except that after a fault of YAML's own syntax
/// nothing more is looked for. Pure. What is wrong with fields and their types is a problem of the file; what
/// is wrong inside of series, expressions and expected samples one of the test or check, as promtool has it.
UnitTestFile parse_unit_tests(std::string_view text, const UnitTestLimits& limits = {});

}  // namespace weir::rules::unit_test
