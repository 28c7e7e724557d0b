#pragma once

#include <string>
#include <vector>

#include "app/cli/console.h"
#include "base/time.h"
#include "rules/unit_test/outcome.h"

namespace weir::app::cli {

/// "alerts_test.yml: 3 tests passed"; or what went wrong, each with `file:line:column` and the lines that
/// were expected and found, and at the end "alerts_test.yml: 1 of 3 tests failed".
std::string unit_test_text(const rules::unit_test::FileOutcome& file, const Terminal& terminal);

/// The part of it about one failure.
std::string failure_text(const rules::unit_test::FileOutcome& file, const rules::unit_test::TestOutcome& test,
                         const rules::unit_test::Failure& failure, const Terminal& terminal);

/// `{"files":[{"file":...,"passed":...,"tests":[{"name":...,"passed":...,"failures":[...]}],...}]}`
std::string unit_test_json(const std::vector<rules::unit_test::FileOutcome>& files);

/// The XML in which promtool writes its results, and which systems of continuous integration read: a suite
/// for each file, a case for each test. `now_ms` dates it.
std::string unit_test_junit(const std::vector<rules::unit_test::FileOutcome>& files, TimestampMs now_ms);

}  // namespace weir::app::cli
