#include "rules/evaluation/group_state.h"

#include <algorithm>

#include "query/selectors.h"

namespace weir::rules {
namespace {

constexpr std::string_view kAlertMetrics[] = {"ALERTS", "ALERTS_FOR_STATE"};

Rule with_labels_of(Rule rule, const TextMap& group) {
  rule.labels.insert(group.begin(), group.end());
  return rule;
}

// A template may ask for anything.
bool may_query(const TextMap& templates) {
  return std::any_of(templates.begin(), templates.end(),
                     [](const auto& named) { return named.second.find("query") != std::string::npos; });
}

// Whether the expression or a template of `reader` may see a series that `maker` makes.
bool may_read(const Rule& reader, const Rule& maker) {
  if (may_query(reader.annotations) || (!reader.alert.empty() && may_query(reader.labels))) return true;
  const auto selectors = query::parse_selectors(reader.expr);
  CHECK(selectors.ok(), "an expression of a rule file without problems parses");
  const auto sees = [&](std::string_view metric) {
    return std::any_of(selectors->begin(), selectors->end(), [&](const std::vector<Matcher>& selector) {
      return std::all_of(selector.begin(), selector.end(), [&](const Matcher& matcher) {
        return matcher.name() != kMetricName || matcher.matches(metric);
      });
    });
  };
  if (!maker.record.empty()) return sees(maker.record);
  return std::any_of(std::begin(kAlertMetrics), std::end(kAlertMetrics), sees);
}

void add_sample(Batch& batch, const RuleSample& sample, TimestampMs at_ms) {
  batch.begin_series(sample.labels.view().bytes());
  if (const auto* histogram = std::get_if<HistogramPtr>(&sample.value)) {
    batch.add_histogram(at_ms, **histogram);
  } else {
    batch.add_sample(at_ms, std::get<double>(sample.value));
  }
}

}  // namespace

GroupState::GroupState(const RuleGroup& group)
    : health_(group.rules.size()), last_series_(group.rules.size()) {
  for (const Rule& rule : group.rules) {
    const bool dependent = std::any_of(
        rules_.begin(), rules_.end(), [&](const RuleState& before) { return may_read(rule, before.rule()); });
    reads_before_.push_back(dependent);
    rules_.emplace_back(with_labels_of(rule, group.labels), group.limit);
  }
}

Status GroupState::evaluate(const Environment& environment, EvaluationTime time, const os::Clock& clock,
                            const Write& write) {
  Unwritten made;
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].evaluated_ms() > time.at_ms) continue;
    if (reads_before_[i]) RETURN_IF_ERROR(write_out(made, write));
    RETURN_IF_ERROR(evaluate_rule(i, environment, time, clock, made));
  }
  RETURN_IF_ERROR(write_out(made, write));
  Batch ends;
  end_inherited(time.data_ms(), ends);
  if (!ends.empty()) RETURN_IF_ERROR(write(ends));
  inherited_.clear();
  return {};
}

Status GroupState::evaluate_some(const std::set<size_t>& rules, const Environment& environment,
                                 EvaluationTime time, const os::Clock& clock, const Write& write) {
  Unwritten made;
  for (const size_t rule : rules) RETURN_IF_ERROR(evaluate_rule(rule, environment, time, clock, made));
  return write_out(made, write);
}

Status GroupState::evaluate_rule(size_t index, const Environment& environment, EvaluationTime time,
                                 const os::Clock& clock, Unwritten& made) {
  RuleHealth& health = health_[index];
  const os::SteadyTime began = clock.steady();
  auto samples = rules_[index].evaluate(environment, time);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock.steady() - began);
  health = {true, "", time.at_ms, took, 0};
  if (!samples.ok()) {
    health.error = samples.error().message;
    return samples.error().code == Code::kUnavailable ? Status(samples.error()) : Status();
  }
  health.samples = samples->size();
  SeriesSet& series = made.series[index];
  for (RuleSample& sample : *samples) {
    add_sample(made.samples, sample, time.data_ms());
    series.insert(std::move(sample.labels));
  }
  for (const Labels& last : last_series_[index]) {
    if (!series.contains(last)) add_sample(made.samples, {last, stale_marker()}, time.data_ms());
  }
  return {};
}

// Only what is written has been made: else series would not end that are gone when a write fails.
Status GroupState::write_out(Unwritten& made, const Write& write) {
  if (!made.samples.empty()) RETURN_IF_ERROR(write(made.samples));
  for (auto& [rule, series] : made.series) last_series_[rule] = std::move(series);
  made = {};
  return {};
}

void GroupState::end_inherited(TimestampMs at_ms, Batch& out) const {
  for (const Labels& labels : inherited_) {
    const bool is_made = std::any_of(last_series_.begin(), last_series_.end(),
                                     [&](const SeriesSet& series) { return series.contains(labels); });
    if (!is_made) add_sample(out, {labels, stale_marker()}, at_ms);
  }
}

void GroupState::restore(size_t rule, std::vector<Alert> alerts) {
  rules_[rule].restore(std::move(alerts));
  for (RuleSample& sample : rules_[rule].alert_samples()) last_series_[rule].insert(std::move(sample.labels));
}

Status GroupState::find_series(const Environment& environment, EvaluationTime time) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (!rules_[i].rule().alert.empty()) continue;
    auto samples = rules_[i].evaluate(environment, time);
    if (!samples.ok() && samples.error().code == Code::kUnavailable) return samples.error();
    if (!samples.ok()) continue;
    for (RuleSample& sample : *samples) last_series_[i].insert(std::move(sample.labels));
  }
  return {};
}

void GroupState::take_series(const GroupState& former) {
  inherited_.insert(former.inherited_.begin(), former.inherited_.end());
  for (const SeriesSet& series : former.last_series_) inherited_.insert(series.begin(), series.end());
  // Another rule may make them now than the one that has got their alerts.
  for (SeriesSet& series : last_series_) series.clear();
}

void GroupState::add_ends(TimestampMs at_ms, Batch& out) const {
  SeriesSet all = inherited_;
  for (const SeriesSet& series : last_series_) all.insert(series.begin(), series.end());
  for (const Labels& labels : all) add_sample(out, {labels, stale_marker()}, at_ms);
}

}  // namespace weir::rules
