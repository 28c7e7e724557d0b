#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "rules/rule_file.h"

/// What came out of unit tests.
namespace weir::rules::unit_test {

/// Something that did not hold.
struct Failure {
  enum class Kind {
    kProblem,     ///< The test cannot be run; `message` says why.
    kRule,        ///< A rule could not be evaluated.
    kAlert,       ///< Other alerts fire than expected.
    kExpression,  ///< An expression yields something else than expected, or cannot be evaluated.
  };
  Kind kind = Kind::kProblem;
  std::string subject = {};                ///< The rule's name, the alert's, or the expression.
  int64_t eval_time_ms = 0;                ///< Since the test's start.
  yaml::Mark mark = {};                    ///< In the file of tests.
  std::string message = {};                ///< Empty where the difference says it.
  std::vector<std::string> expected = {};  ///< Lines: a sample each; an alert with its annotations below.
  std::vector<std::string> got = {};
};

struct TestOutcome {
  std::string name;
  yaml::Mark mark;
  std::vector<Failure> failures;

  bool passed() const { return failures.empty(); }
};

/// A rule file that tests name and that cannot be used.
struct RefusedRuleFile {
  std::string path;
  std::string text;
  std::vector<Problem> problems;
};

struct FileOutcome {
  std::string path;
  std::string text;
  std::string error;              ///< Why the file could not be read; empty: it could.
  std::vector<Problem> problems;  ///< With any, no test was run.
  std::vector<Problem> warnings;
  std::vector<std::string> unmatched;    ///< Patterns of rule files that match no file.
  std::vector<RefusedRuleFile> refused;  ///< With any, all tests have failed.
  std::vector<TestOutcome> tests;        ///< Those that were to be run.

  size_t failed_count() const {
    return static_cast<size_t>(
        std::count_if(tests.begin(), tests.end(), [](const TestOutcome& test) { return !test.passed(); }));
  }
  bool passed() const { return error.empty() && problems.empty() && failed_count() == 0; }
};

}  // namespace weir::rules::unit_test
