#include "rules/backtest/backtest.h"

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/sim/manual_clock.h"
#include "query/running_queries.h"
#include "rules/evaluation/evaluation_testing.h"
#include "rules/evaluation/instant_vector.h"
#include "rules/unit_test/sample_writer.h"
#include "store/memory/memory_store.h"

namespace weir::rules::backtest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimestampMs kStart = 1'700'000'040'000;

constexpr std::string_view kRules = R"yaml(
groups:
  - name: g
    interval: 1m
    rules:
      - {record: "job:m:sum", expr: "sum by (job) (m)"}
      - {record: "job:m:twice", expr: "2 * job:m:sum"}
      - alert: High
        expr: job:m:twice > 10
        for: 2m
        keep_firing_for: 1m
        labels: {severity: page, job: "{{ $labels.job | toUpper }}"}
        annotations: {summary: "{{ $labels.job }} has {{ $value }}"}
      - {record: firing, expr: 'count(ALERTS{alertstate="firing"}) or vector(0)'}
)yaml";

// "pending 60 firing 180 end 300 value 12", in seconds since the start.
std::string line_of(const AlertInterval& interval) {
  const auto since = [](TimestampMs at_ms) { return (at_ms - kStart) / 1000; };
  std::string line = fmt::format("pending {}", since(interval.pending_ms));
  if (interval.firing_ms) line += fmt::format(" firing {}", since(*interval.firing_ms));
  if (interval.end_ms) line += fmt::format(" end {}", since(*interval.end_ms));
  return line + fmt::format(" value {}", std::get<double>(interval.value));
}

std::vector<std::string> lines_of(const AlertInstance& alert) {
  std::vector<std::string> lines;
  for (const AlertInterval& interval : alert.intervals) lines.push_back(line_of(interval));
  return lines;
}

class BacktestTest : public testing::Test {
 protected:
  BacktestTest() { options_.end_ms = (options_.start_ms = kStart) + 10 * kMinuteMs; }

  // One value a minute from the start on; NaN: none.
  void load(std::initializer_list<Label> labels, const std::vector<double>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      const TimestampMs at_ms = kStart + static_cast<int64_t>(i) * kMinuteMs;
      if (!std::isnan(values[i])) store_.append(tenant_, Labels::of(labels), at_ms, values[i]);
    }
  }
  Result<Outcome> run(std::string_view rules = kRules) {
    groups_ = groups_of(std::string(rules));
    return run_backtest(groups_, options_, {store_, engine_, context_, clock_});
  }
  const RuleOutcome& rule(const Outcome& outcome, size_t index) {
    return outcome.groups.at(0).rules.at(index);
  }

  const TenantId tenant_ = store::MemoryStore::sole_tenant();
  const Limits limits_;
  os::sim::ManualClock clock_;
  store::MemoryStore store_;
  query::EngineOptions engine_;
  query::QueryContext context_{tenant_, limits_, Deadline::never()};
  Options options_;
  std::vector<RuleGroup> groups_;
};

TEST_F(BacktestTest, TellsWhenAlertsWouldHaveFired) {
  load({{"__name__", "m"}, {"job", "a"}, {"i", "1"}}, {1, 6, 7, 8, 9, 9, 1, 1, 1, 6, 7});
  load({{"__name__", "m"}, {"job", "b"}, {"i", "1"}}, {6, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  auto outcome = run();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->stopped, std::nullopt);
  EXPECT_EQ(outcome->until_ms, options_.end_ms);
  EXPECT_EQ(outcome->evaluations, 44u);
  EXPECT_EQ(outcome->conflicts, 0u);
  EXPECT_GT(outcome->samples_read, 22u);
  EXPECT_FALSE(outcome->groups.at(0).has_failures());
  EXPECT_EQ(rule(*outcome, 0).samples, 22u);
  EXPECT_EQ(rule(*outcome, 0).series, 2u);
  const RuleOutcome& high = rule(*outcome, 2);
  ASSERT_THAT(high.alerts, SizeIs(2));
  EXPECT_EQ(high.alerts[0].labels.view().to_string(), R"({alertname="High",job="A",severity="page"})");
  EXPECT_THAT(high.alerts[0].annotations, ElementsAre(std::pair("summary", "a has 18")));
  EXPECT_THAT(lines_of(high.alerts[0]),
              ElementsAre("pending 60 firing 180 end 420 value 16", "pending 540 value 14"));
  EXPECT_THAT(lines_of(high.alerts[1]), ElementsAre("pending 0 end 120 value 12"));
  EXPECT_EQ(high.firing_count(), 1u);
  EXPECT_EQ(high.firing_peak, 1u);
  EXPECT_EQ(high.firing_ms(outcome->until_ms), 4 * kMinuteMs);
}

TEST_F(BacktestTest, WritesNothing) {
  load({{"__name__", "m"}, {"job", "a"}}, {9, 9, 9, 9, 9});
  const auto before = store_.status().value();
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(store_.status().value().head_samples, before.head_samples);
  EXPECT_EQ(store_.status().value().active_series, before.active_series);
}

TEST_F(BacktestTest, IsTheSameWhereTheRulesHaveRunAlready) {
  load({{"__name__", "m"}, {"job", "a"}}, {9, 9, 9, 1, 1, 1, 1});
  const auto clean = run();
  load({{"__name__", "job:m:sum"}, {"job", "a"}}, {100, 100, 100, 100, 100, 100, 100});
  load({{"__name__", "job:m:sum"}, {"job", "gone"}}, {100, 100, 100, 100, 100, 100, 100});
  load({{"__name__", "ALERTS"}, {"alertname", "High"}, {"alertstate", "firing"}}, {1, 1, 1, 1, 1, 1, 1});
  const auto again = run();
  ASSERT_TRUE(clean.ok() && again.ok());
  ASSERT_THAT(rule(*again, 2).alerts, SizeIs(1));
  EXPECT_EQ(lines_of(rule(*again, 2).alerts[0]), lines_of(rule(*clean, 2).alerts[0]));
  EXPECT_EQ(again->samples_made, clean->samples_made);
}

TEST_F(BacktestTest, TakesAStepInPlaceOfTheInterval) {
  load({{"__name__", "m"}, {"job", "a"}}, {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
  options_.step_ms = 5 * kMinuteMs;
  const auto outcome = run();
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->evaluations, 12u);
  EXPECT_EQ(outcome->groups[0].interval_ms, 5 * kMinuteMs);
  EXPECT_THAT(lines_of(rule(*outcome, 2).alerts.at(0)), ElementsAre("pending 0 firing 300 value 18"));
}

TEST_F(BacktestTest, LooksBackByTheOffset) {
  load({{"__name__", "m"}}, {0, 0, 1, 0, 0});
  options_.query_offset_ms = kMinuteMs;
  const auto outcome = run("groups: [{name: g, rules: [{alert: A, expr: m > 0}]}]");
  ASSERT_TRUE(outcome.ok());
  EXPECT_THAT(lines_of(rule(*outcome, 0).alerts.at(0)),
              ElementsAre("pending 180 firing 180 end 240 value 1"));
  EXPECT_EQ(outcome->groups[0].query_offset_ms, kMinuteMs);
}

TEST_F(BacktestTest, SaysTheFirstFailureOfEachRule) {
  load({{"__name__", "m"}, {"i", "1"}}, {1, 1, 1});
  load({{"__name__", "m"}, {"i", "2"}}, {NAN, 1, 1});
  options_.end_ms = kStart + 2 * kMinuteMs;
  const auto outcome = run(
      "groups: [{name: g, limit: 1, rules: [{record: r, expr: m}, {alert: A, expr: m > 0}, {record: s, expr: "
      "vector(1)}]}]");
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->groups[0].has_failures());
  EXPECT_EQ(rule(*outcome, 0).failures, 2u);
  EXPECT_EQ(rule(*outcome, 0).first_failure->at_ms, kStart + kMinuteMs);
  EXPECT_EQ(rule(*outcome, 0).first_failure->message, "exceeded limit of 1 with 2 series");
  EXPECT_THAT(lines_of(rule(*outcome, 1).alerts.at(0)), ElementsAre("pending 0 firing 0 end 60 value 1"));
  EXPECT_EQ(rule(*outcome, 2).failures, 0u);
  EXPECT_EQ(rule(*outcome, 2).samples, 3u);
}

TEST_F(BacktestTest, GroupsSeeEachOther) {
  load({{"__name__", "m"}}, {1, 2, 3});
  options_.end_ms = kStart + 2 * kMinuteMs;
  const auto outcome = run(R"yaml(
groups:
  - {name: first, interval: 1m, rules: [{record: r, expr: m}]}
  - {name: second, interval: 30s, rules: [{alert: A, expr: r == 2}]}
)yaml");
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->evaluations, 8u);
  EXPECT_THAT(lines_of(outcome->groups[1].rules[0].alerts.at(0)),
              ElementsAre("pending 60 firing 60 end 120 value 2"));
}

TEST_F(BacktestTest, CountsWhatTwoRulesMakeDifferently) {
  const auto outcome =
      run("groups: [{name: g, rules: [{record: r, expr: vector(1)}, {record: r, expr: vector(2)}]}]");
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->conflicts, 11u);
}

TEST_F(BacktestTest, RefusesTimesAndTooMuchWork) {
  options_.evaluations_max = 43;
  EXPECT_THAT(run().error().message, HasSubstr("more than 43 evaluations of rules, limit 43"));
  EXPECT_THAT(run("groups: [{name: g, interval: 1ms}]").error().message, HasSubstr("600001 times 0 rules"));
  options_.end_ms = options_.start_ms - 1;
  EXPECT_THAT(run().error().message, HasSubstr("lies before the start"));
  options_.start_ms = -1;
  EXPECT_THAT(run().error().message, HasSubstr("before 1970"));
  options_.start_ms = 0;
  options_.end_ms = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(run().error().message, HasSubstr("year 9999"));
}

// A store that takes a second for each selection.
class SlowStore : public store::MemoryStore {
 public:
  explicit SlowStore(os::sim::ManualClock& clock) : clock_(clock) {}
  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override {
    clock_.advance(os::milliseconds(1'000));
    if (broken) return unavailable("the store is away");
    return MemoryStore::select(tenant, request, deadline);
  }
  bool broken = false;

 private:
  os::sim::ManualClock& clock_;
};

TEST_F(BacktestTest, SaysHowFarItCameWhenTimeRanOut) {
  SlowStore slow(clock_);
  for (int i = 0; i <= 10; ++i)
    slow.append(tenant_, Labels::of({{"__name__", "m"}}), kStart + i * kMinuteMs, 1);
  const std::vector<RuleGroup> groups = groups_of("groups: [{name: g, rules: [{alert: A, expr: m > 0}]}]");
  const query::QueryContext context{tenant_, limits_, Deadline::after(clock_, os::milliseconds(3'500))};
  const auto outcome = run_backtest(groups, options_, {slow, engine_, context, clock_});
  ASSERT_TRUE(outcome.ok());
  ASSERT_TRUE(outcome->stopped);
  EXPECT_EQ(outcome->stopped->code, Code::kDeadlineExceeded);
  EXPECT_EQ(outcome->until_ms, kStart + 3 * kMinuteMs - 1);
  EXPECT_EQ(outcome->evaluations, 3u);
  EXPECT_EQ(rule(*outcome, 0).failures, 0u);
  EXPECT_THAT(lines_of(rule(*outcome, 0).alerts.at(0)), ElementsAre("pending 0 firing 0 value 1"));
}

TEST_F(BacktestTest, FailsWhereNothingCouldBeEvaluated) {
  SlowStore slow(clock_);
  slow.broken = true;
  const std::vector<RuleGroup> groups = groups_of("groups: [{name: g, rules: [{alert: A, expr: m > 0}]}]");
  EXPECT_EQ(run_backtest(groups, options_, {slow, engine_, context_, clock_}).error().code,
            Code::kUnavailable);
}

TEST_F(BacktestTest, EndsWhenItIsCancelledOrTooMuchIsKept) {
  load({{"__name__", "m"}, {"job", "a"}}, {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
  options_.made_bytes_max = 2'500;
  auto outcome = run();
  ASSERT_TRUE(outcome.ok());
  EXPECT_THAT(outcome->stopped->message, HasSubstr("bytes, limit 2500"));
  options_.made_bytes_max = 1'000'000;
  options_.outcome_bytes_max = 10;
  outcome = run();
  EXPECT_THAT(outcome->stopped->message, HasSubstr("limit 10"));
  query::RunningQuery running(nullptr);
  running.kill();
  context_.running = &running;
  EXPECT_EQ(run().error().code, Code::kCancelled);
}

// What the alerts of a rule are at each time when its group is evaluated over a store that takes what rules
// make, as tests of rules do.
std::vector<std::string> alerts_over_time(const std::vector<RuleGroup>& groups, store::Store& store,
                                          const query::QueryContext& context, const os::Clock& clock,
                                          TimestampMs end_ms) {
  const query::Engine engine(store, {}, clock);
  auto writer = unit_test::SampleWriter::open(store, context.tenant).value();
  Environment environment;
  environment.query = [&](const std::string& expr, TimestampMs at_ms) {
    return instant_vector(engine, context, expr, at_ms);
  };
  std::vector<GroupState> states(groups.begin(), groups.end());
  std::vector<std::string> lines;
  for (TimestampMs at_ms = kStart; at_ms <= end_ms; at_ms += kMinuteMs) {
    for (GroupState& state : states) {
      EXPECT_TRUE(state
                      .evaluate(environment, {at_ms, 0}, clock,
                                [&](const Batch& made) {
                                  const auto refused = writer.write(made);
                                  return refused.ok() ? Status() : Status(refused.error());
                                })
                      .ok());
      for (const RuleState& rule : state.rules()) {
        for (const auto& [labels, alert] : rule.alerts()) {
          if (alert.state != AlertState::kInactive)
            lines.push_back(fmt::format("{} {} {}", at_ms, labels.view().to_string(), text(alert.state)));
        }
      }
    }
  }
  std::ranges::sort(lines);
  return lines;
}

// The same of an outcome.
std::vector<std::string> alerts_over_time(const Outcome& outcome) {
  std::vector<std::string> lines;
  for (const GroupOutcome& group : outcome.groups) {
    for (const RuleOutcome& rule : group.rules) {
      for (const AlertInstance& alert : rule.alerts) {
        for (const AlertInterval& interval : alert.intervals) {
          const TimestampMs end_ms = interval.end_ms.value_or(outcome.until_ms + 1);
          for (TimestampMs at_ms = interval.pending_ms; at_ms < end_ms; at_ms += kMinuteMs) {
            const bool fires = interval.firing_ms && at_ms >= *interval.firing_ms;
            lines.push_back(fmt::format("{} {} {}", at_ms, alert.labels.view().to_string(),
                                        fires ? "firing" : "pending"));
          }
        }
      }
    }
  }
  std::ranges::sort(lines);
  return lines;
}

TEST_F(BacktestTest, IsWhatGroupsDoThatWriteWhatTheyMake) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::minstd_rand random(static_cast<uint32_t>(seed));
  options_.end_ms = kStart + 200 * kMinuteMs;
  constexpr std::string_view kRandomRules = R"yaml(
groups:
  - name: records
    rules:
      - {record: "r:sum", expr: "sum by (job) (m)"}
      - {record: "r:max", expr: "max_over_time(r:sum[3m])"}
  - name: alerts
    rules:
      - {alert: High, expr: "r:max > 12", for: 3m, labels: {level: '{{ if gt $value 14.0 }}worse{{ else }}bad{{ end }}'}}
      - {alert: Held, expr: "r:sum > 14", keep_firing_for: 4m}
      - {alert: Many, expr: 'count(ALERTS{alertstate="firing"}) > 2', for: 1m}
      - {alert: Other, expr: 'absent_over_time(ALERTS{alertname="Held"}[2m])', for: 2m}
)yaml";
  for (int job = 0; job < 3; ++job) {
    for (int i = 0; i < 2; ++i) {
      std::vector<double> values;
      for (int at = 0; at <= 200; ++at)
        values.push_back(random() % 10 == 0 ? NAN : static_cast<double>(random() % 9));
      const std::string job_name = std::to_string(job), instance = std::to_string(i);
      load({{"__name__", "m"}, {"job", job_name}, {"i", instance}}, values);
    }
  }
  const auto outcome = run(kRandomRules);
  ASSERT_TRUE(outcome.ok());
  const auto expected = alerts_over_time(groups_, store_, context_, clock_, options_.end_ms);
  EXPECT_GT(expected.size(), 100u);
  EXPECT_EQ(alerts_over_time(*outcome), expected);
  // The rules have now run there, which changes nothing.
  EXPECT_EQ(alerts_over_time(*run(kRandomRules)), expected);
}

}  // namespace
}  // namespace weir::rules::backtest
