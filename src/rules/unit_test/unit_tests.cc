#include "rules/unit_test/unit_tests.h"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include "rules/unit_test/rule_set.h"

namespace weir::rules::unit_test {
namespace {

std::vector<Failure> refused_failures(const UnitTest& test, const RuleSet& rules) {
  std::vector<Failure> out;
  for (const Problem& problem : test.problems)
    out.push_back({.mark = problem.mark, .message = problem.message});
  if (out.empty() && !rules.refused.empty())
    out.push_back({.mark = test.mark, .message = "not run, as its rule files cannot be used"});
  return out;
}

}  // namespace

struct TestFilter::Pattern {
  explicit Pattern(const std::string& text) : expression(text, re2::RE2::Quiet) {}

  re2::RE2 expression;
};

Result<TestFilter> TestFilter::create(const std::vector<std::string>& patterns) {
  if (patterns.empty()) return TestFilter(nullptr);
  for (const std::string& pattern : patterns) {
    const re2::RE2 alone(pattern, re2::RE2::Quiet);
    if (!alone.ok()) return invalid_argument(fmt::format("\"{}\": {}", pattern, alone.error()));
  }
  auto joined = std::make_shared<const Pattern>(fmt::format("{}", fmt::join(patterns, "|")));
  if (!joined->expression.ok()) return invalid_argument(joined->expression.error());
  return TestFilter(std::move(joined));
}

bool TestFilter::accepts(const std::string& name) const {
  return pattern_ == nullptr || re2::RE2::PartialMatch(name, pattern_->expression);
}

FileOutcome run_unit_tests(const std::string& path, os::FileSystem& files, const TestBench& bench,
                           const RunOptions& options) {
  FileOutcome out;
  out.path = path;
  auto text = os::read_file(files, path, options.limits.bytes_max);
  if (!text.ok()) {
    out.error = text.error().message;
    return out;
  }
  out.text = *std::move(text);
  UnitTestFile file = parse_unit_tests(out.text, options.limits);
  out.problems = std::move(file.problems);
  out.warnings = std::move(file.warnings);
  if (!out.problems.empty()) return out;

  std::optional<RuleSet> rules;
  for (size_t i = 0; i < file.tests.size(); ++i) {
    const UnitTest& test = file.tests[i];
    if (!options.filter.accepts(test.name)) continue;
    if (!rules) rules = load_rules(files, path, file, options.unknown);
    std::vector<Failure> failures = refused_failures(test, *rules);
    if (failures.empty()) failures = TestRun(test, file, rules->groups, bench).run();
    out.tests.push_back(
        {test.name.empty() ? fmt::format("unnamed#{}", i) : test.name, test.mark, std::move(failures)});
  }
  if (!rules) return out;
  out.unmatched = std::move(rules->unmatched);
  out.refused = std::move(rules->refused);
  return out;
}

}  // namespace weir::rules::unit_test
