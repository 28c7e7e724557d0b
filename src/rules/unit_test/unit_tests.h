#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/files.h"
#include "rules/unit_test/outcome.h"
#include "rules/unit_test/test_run.h"
#include "rules/unit_test/unit_test_file.h"

/// `weir rules test`: unit tests of rules, with the outcome that `promtool test rules` has.
namespace weir::rules::unit_test {

/// Which tests are run, by their names. Immutable.
class TestFilter {
 public:
  /// Regular expressions of RE2, any of which is to match a part of the name; none: all tests are run.
  /// kInvalidArgument where one is none.
  static Result<TestFilter> create(const std::vector<std::string>& patterns);

  bool accepts(const std::string& name) const;

 private:
  struct Pattern;
  explicit TestFilter(std::shared_ptr<const Pattern> pattern) : pattern_(std::move(pattern)) {}

  std::shared_ptr<const Pattern> pattern_;  // null: all
};

struct RunOptions {
  TestFilter filter;
  UnknownFields unknown = UnknownFields::kRefuse;  ///< In rule files; those of tests may never have others.
  UnitTestLimits limits = {};
};

/// Runs the tests of a file. Rule files are read only where some test is run. Never fails as such: what went
/// wrong is in the outcome.
FileOutcome run_unit_tests(const std::string& path, os::FileSystem& files, const TestBench& bench,
                           const RunOptions& options);

}  // namespace weir::rules::unit_test
