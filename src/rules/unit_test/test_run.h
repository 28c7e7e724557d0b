#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/limits.h"
#include "model/tenant_id.h"
#include "os/clock.h"
#include "query/engine.h"
#include "rules/evaluation/environment.h"
#include "rules/evaluation/group_state.h"
#include "rules/unit_test/input_loader.h"
#include "rules/unit_test/outcome.h"
#include "rules/unit_test/sample_writer.h"
#include "rules/unit_test/unit_test_file.h"
#include "store/store.h"

namespace weir::rules::unit_test {

/// What the samples of tests are kept in. The clock only measures.
struct TestBench {
  std::function<std::unique_ptr<store::Store>()> make_store;  ///< An empty one, for each test.
  TenantId tenant;
  const os::Clock& clock;
};

/// One test while it runs. It is what promtool does: at each evaluation the input up to that time is loaded
/// and all groups are evaluated, then the alerts that are expected before the next one are compared; at the
/// end the expressions. An evaluation that fails ends the test. One use, by one thread.
class TestRun {
 public:
  /// What is given must outlive it. `groups`: without problems, in the order of their evaluation.
  TestRun(const UnitTest& test, const UnitTestFile& file, const std::vector<RuleGroup>& groups,
          const TestBench& bench);

  std::vector<Failure> run();

 private:
  bool evaluate_all();
  Status evaluate(TimestampMs at_ms);
  void evaluate_group(size_t index, TimestampMs at_ms);
  Status write_made(const Batch& made, TimestampMs at_ms);
  void rule_failure(const std::string& rule, TimestampMs at_ms, std::string message);
  void check_alerts(int64_t from_ms, int64_t to_ms);
  void check_alert(const AlertCheck& check);
  void check_expression(const ExpressionCheck& check);
  Result<std::vector<RuleSample>> ask(const std::string& expr, TimestampMs at_ms) const;

  const UnitTest& test_;
  const UnitTestFile& file_;
  const std::vector<RuleGroup>& groups_;
  const TestBench& bench_;
  const Limits limits_;
  std::unique_ptr<store::Store> store_;
  query::Engine engine_;
  Environment environment_;
  std::optional<SampleWriter> writer_;
  InputLoader loader_;
  std::vector<GroupState> states_;               // of groups_
  std::vector<const AlertCheck*> alert_checks_;  // by time
  size_t alerts_checked_ = 0;
  std::vector<Failure> failures_;
};

}  // namespace weir::rules::unit_test
