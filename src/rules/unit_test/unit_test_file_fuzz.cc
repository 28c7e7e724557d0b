#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "rules/unit_test/unit_test_file.h"

namespace {

void check_places(const std::vector<weir::rules::Problem>& problems, size_t size) {
  for (const weir::rules::Problem& problem : problems) {
    CHECK(problem.mark.line >= 1 && problem.mark.line <= size + 1, problem.message);
    CHECK(problem.mark.column >= 1 && problem.mark.column <= size + 1, problem.message);
  }
}

}  // namespace

// Any bytes are a file of unit tests or have problems, each at a place in them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir::rules::unit_test;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const UnitTestFile file = parse_unit_tests(text);
  check_places(file.problems, size);
  check_places(file.warnings, size);
  for (const UnitTest& test : file.tests) {
    check_places(test.problems, size);
    for (const ExpressionCheck& check : test.expression_checks) check_places(check.problems, size);
    if (!file.problems.empty()) continue;
    CHECK(test.interval_ms > 0, "an interval is never 0");
    for (const AlertCheck& check : test.alert_checks)
      CHECK(!check.alertname.empty() || !test.problems.empty(), "an alert has a name");
  }
  return 0;
}
