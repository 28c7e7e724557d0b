#include "rules/unit_test/test_run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rules/evaluation/instant_vector.h"
#include "rules/unit_test/answers.h"

namespace weir::rules::unit_test {
namespace {

query::EngineOptions engine_options(const UnitTestFile& file) {
  query::EngineOptions options;
  options.default_subquery_step = os::milliseconds(file.evaluation_interval_ms);
  return options;
}

// The name of the rule that makes a series.
std::string maker_of(LabelsView labels) {
  const std::string_view metric = labels.metric();
  const bool is_alert = metric == "ALERTS" || metric == "ALERTS_FOR_STATE";
  return std::string(is_alert ? labels.get("alertname") : metric);
}

}  // namespace

TestRun::TestRun(const UnitTest& test, const UnitTestFile& file, const std::vector<RuleGroup>& groups,
                 const TestBench& bench)
    : test_(test),
      file_(file),
      groups_(groups),
      bench_(bench),
      store_(bench.make_store()),
      engine_(*store_, engine_options(file), bench.clock),
      environment_{[this](const std::string& expr, TimestampMs at_ms) { return ask(expr, at_ms); },
                   test.external_labels, test.external_url},
      loader_(test) {
  for (const RuleGroup& group : groups) states_.emplace_back(group);
  for (const AlertCheck& check : test.alert_checks) alert_checks_.push_back(&check);
  std::stable_sort(alert_checks_.begin(), alert_checks_.end(), [](const AlertCheck* a, const AlertCheck* b) {
    return a->eval_time_ms < b->eval_time_ms;
  });
}

std::vector<Failure> TestRun::run() {
  auto writer = SampleWriter::open(*store_, bench_.tenant);
  if (!writer.ok()) {
    failures_.push_back({.mark = test_.mark, .message = writer.error().message});
    return std::move(failures_);
  }
  writer_ = *std::move(writer);
  if (evaluate_all()) {
    for (const ExpressionCheck& check : test_.expression_checks) check_expression(check);
  }
  return std::move(failures_);
}

bool TestRun::evaluate_all() {
  const int64_t end_ms = test_.end_ms();
  for (int64_t since_ms = 0; since_ms <= end_ms; since_ms += file_.evaluation_interval_ms) {
    const size_t failed_before = failures_.size();
    const Status done = evaluate(test_.start_ms + since_ms);
    if (!done.ok())
      failures_.push_back({.eval_time_ms = since_ms, .mark = test_.mark, .message = done.error().message});
    if (failures_.size() > failed_before) return false;
    check_alerts(since_ms, since_ms + file_.evaluation_interval_ms);
  }
  return true;
}

Status TestRun::evaluate(TimestampMs at_ms) {
  ASSIGN_OR_RETURN(const Batch input, loader_.take(at_ms));
  if (!input.empty()) RETURN_IF_ERROR(writer_->write(input));
  for (size_t i = 0; i < states_.size(); ++i) evaluate_group(i, at_ms);
  return {};
}

void TestRun::evaluate_group(size_t index, TimestampMs at_ms) {
  const EvaluationTime time{at_ms, groups_[index].query_offset_ms.value_or(0)};
  const Status written = states_[index].evaluate(environment_, time, bench_.clock,
                                                 [&](const Batch& made) { return write_made(made, at_ms); });
  if (!written.ok()) rule_failure(groups_[index].name, at_ms, written.error().message);
  const std::vector<RuleState>& rules = states_[index].rules();
  for (size_t i = 0; i < rules.size(); ++i) {
    const std::string& error = states_[index].health()[i].error;
    if (!error.empty()) rule_failure(rules[i].rule().name(), at_ms, error);
  }
}

Status TestRun::write_made(const Batch& made, TimestampMs at_ms) {
  ASSIGN_OR_RETURN(const std::vector<Labels> refused, writer_->write(made));
  for (const Labels& labels : refused) {
    rule_failure(maker_of(labels), at_ms,
                 fmt::format("{} has another value at this time already", labels.view().to_string()));
  }
  return {};
}

void TestRun::rule_failure(const std::string& rule, TimestampMs at_ms, std::string message) {
  failures_.push_back({.kind = Failure::Kind::kRule,
                       .subject = rule,
                       .eval_time_ms = at_ms - test_.start_ms,
                       .mark = test_.mark,
                       .message = std::move(message)});
}

// Those at [from_ms, to_ms).
void TestRun::check_alerts(int64_t from_ms, int64_t to_ms) {
  for (; alerts_checked_ < alert_checks_.size(); ++alerts_checked_) {
    const AlertCheck& check = *alert_checks_[alerts_checked_];
    if (check.eval_time_ms < from_ms || check.eval_time_ms >= to_ms) return;
    check_alert(check);
  }
}

// An alert's name may be that of several rules.
void TestRun::check_alert(const AlertCheck& check) {
  std::vector<ExpectedAlert> firing;
  for (const GroupState& group : states_) {
    for (const RuleState& rule : group.rules()) {
      if (rule.rule().alert != check.alertname) continue;
      for (const auto& [labels, alert] : rule.alerts()) {
        if (alert.state == AlertState::kFiring) firing.push_back({text_map(labels), alert.annotations});
      }
    }
  }
  std::vector<ExpectedAlert> expected = check.expected;
  if (same_alerts(expected, firing)) return;
  failures_.push_back({.kind = Failure::Kind::kAlert,
                       .subject = check.alertname,
                       .eval_time_ms = check.eval_time_ms,
                       .mark = check.mark,
                       .expected = lines_of(expected),
                       .got = lines_of(firing)});
}

void TestRun::check_expression(const ExpressionCheck& check) {
  Failure failure{.kind = Failure::Kind::kExpression,
                  .subject = check.expr,
                  .eval_time_ms = check.eval_time_ms,
                  .mark = check.mark};
  for (const Problem& problem : check.problems) {
    failure.mark = problem.mark;
    failure.message = problem.message;
    failures_.push_back(failure);
  }
  if (!check.problems.empty()) return;
  const auto answer = ask(check.expr, test_.start_ms + check.eval_time_ms);
  if (!answer.ok()) {
    failure.message = answer.error().message;
    failures_.push_back(std::move(failure));
    return;
  }
  std::vector<ExpectedSample> expected = check.expected;
  std::vector<ExpectedSample> got = samples_of(*answer);
  if (same_samples(expected, got, file_.fuzzy_compare)) return;
  failure.expected = lines_of(expected);
  failure.got = lines_of(got);
  if (failure.expected == failure.got)
    failure.message = "NaN equals nothing, as in promtool; try EXPR != EXPR";
  failures_.push_back(std::move(failure));
}

Result<std::vector<RuleSample>> TestRun::ask(const std::string& expr, TimestampMs at_ms) const {
  const Deadline deadline = Deadline::after(bench_.clock, os::milliseconds(limits_.query_timeout_ms));
  return instant_vector(engine_, {bench_.tenant, limits_, deadline}, expr, at_ms);
}

}  // namespace weir::rules::unit_test
