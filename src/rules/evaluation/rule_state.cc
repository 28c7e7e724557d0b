#include "rules/evaluation/rule_state.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "query/label_sets.h"
#include "query/parser.h"
#include "query/printer.h"

namespace weir::rules {
namespace {

constexpr std::string_view kAlertName = "alertname";

bool has_repeats(const std::vector<RuleSample>& samples) {
  std::set<LabelsView> seen;
  for (const RuleSample& sample : samples) {
    if (!seen.insert(sample.labels).second) return true;
  }
  return false;
}

Status check_limit(int64_t limit, size_t made, std::string_view what) {
  if (limit <= 0 || made <= static_cast<size_t>(limit)) return {};
  return resource_exhausted(fmt::format("exceeded limit of {} with {} {}", limit, made, what));
}

templates::LabelMap label_map(LabelsView labels) {
  templates::LabelMap out;
  for (const Label& label : labels) out.emplace(label.name, label.value);
  return out;
}

// A label of the rule that expands to nothing, which the alert has not, shows its template, as in Prometheus.
RuleSample sample_of(const Rule& rule, const Alert& alert, std::string_view metric, double value) {
  RuleSample sample{query::set_label(alert.labels, kMetricName, metric), value};
  for (const auto& [name, text] : rule.labels) {
    if (alert.labels.view().get(name).empty()) sample.labels = query::set_label(sample.labels, name, text);
  }
  return sample;
}

}  // namespace

std::string_view text(AlertState state) {
  switch (state) {
    case AlertState::kInactive:
      return "inactive";
    case AlertState::kPending:
      return "pending";
    case AlertState::kFiring:
      return "firing";
  }
  CHECK(false, "an alert has no other state");
}

RuleState::RuleState(Rule rule, int64_t limit) : rule_(std::move(rule)), limit_(limit) {
  const auto expr = query::parse(rule_.expr, {});
  CHECK(expr.ok(), "an expression of a rule file without problems parses");
  printed_expr_ = query::print(**expr);
  if (rule_.alert.empty()) return;
  labels_ = templates_of(rule_.alert, rule_.labels);
  annotations_ = templates_of(rule_.alert, rule_.annotations);
  presence_ = Presence::of(rule_);
}

std::vector<RuleState::NamedTemplate> RuleState::templates_of(const std::string& rule, const TextMap& texts) {
  std::vector<NamedTemplate> out;
  for (const auto& [name, text] : texts) {
    auto parsed = templates::Template::parse("__alert_" + rule, text);
    auto* ready = std::get_if<templates::Template>(&parsed);
    CHECK(ready != nullptr, "a rule file with a bad template is not one without problems");
    out.push_back({name, std::move(*ready)});
  }
  return out;
}

AlertState RuleState::state() const {
  AlertState most = AlertState::kInactive;
  for (const auto& [labels, alert] : alerts_) most = std::max(most, alert.state);
  return most;
}

Result<std::vector<RuleSample>> RuleState::evaluate(const Environment& environment, EvaluationTime time) {
  ASSIGN_OR_RETURN(std::vector<RuleSample> found, environment.query(rule_.expr, time.data_ms()));
  evaluated_ms_ = time.at_ms;
  found_digest_ = rules::found_digest(found);
  if (rule_.alert.empty()) return record(std::move(found));
  return alert(found, environment, time);
}

void RuleState::restore(std::vector<Alert> alerts) {
  alerts_.clear();
  for (Alert& alert : alerts) {
    evaluated_ms_ = std::max({evaluated_ms_, alert.active_at_ms, alert.fired_at_ms.value_or(0),
                              alert.resolved_at_ms.value_or(0), alert.keep_firing_since_ms.value_or(0)});
    Labels labels = alert.labels;
    alerts_.emplace(std::move(labels), std::move(alert));
  }
}

Result<std::vector<RuleSample>> RuleState::record(std::vector<RuleSample> found) const {
  for (RuleSample& sample : found) {
    sample.labels = query::set_label(sample.labels, kMetricName, rule_.record);
    for (const auto& [name, value] : rule_.labels)
      sample.labels = query::set_label(sample.labels, name, value);
  }
  if (has_repeats(found))
    return failed_precondition("vector contains metrics with the same labelset after applying rule labels");
  RETURN_IF_ERROR(check_limit(limit_, found.size(), "series"));
  return found;
}

Result<std::vector<RuleSample>> RuleState::alert(const std::vector<RuleSample>& found,
                                                 const Environment& environment, EvaluationTime time) {
  ASSIGN_OR_RETURN(auto now, alerts_of(found, environment, time.at_ms));
  for (auto& [labels, alert] : now) {
    const auto [at, is_new] = alerts_.try_emplace(labels, alert);
    if (is_new) continue;
    if (at->second.state == AlertState::kInactive) {
      at->second = alert;
    } else {
      at->second.value = alert.value;
      at->second.annotations = std::move(alert.annotations);
    }
  }
  RETURN_IF_ERROR(note_unknown(now, environment, time));
  for (auto at = alerts_.begin(); at != alerts_.end();) {
    Alert& alert = at->second;
    const bool was_found = now.contains(at->first);
    if (alert.unknown_since_ms) {
      ++at;
      continue;
    }
    const bool forgotten =
        !was_found && (alert.state == AlertState::kPending ||
                       (alert.resolved_at_ms && time.at_ms - *alert.resolved_at_ms > kResolvedKeptMs));
    if (forgotten) {
      at = alerts_.erase(at);
    } else {
      advance(alert, was_found, time.at_ms);
      ++at;
    }
  }
  const auto active = std::count_if(alerts_.begin(), alerts_.end(), [](const auto& entry) {
    return entry.second.state != AlertState::kInactive;
  });
  const Status within = check_limit(limit_, static_cast<size_t>(active), "alerts");
  if (!within.ok()) {
    alerts_.clear();
    return within.error();
  }
  return alert_samples();
}

// Of the alerts that are not found, those whose samples are missing, and not for too long. What fires on for
// `keep_firing_for` alone has been given up: it is not unknown once more, nor when the same time comes again.
Status RuleState::note_unknown(const std::map<Labels, Alert>& found, const Environment& environment,
                               EvaluationTime time) {
  std::vector<const Alert*> not_found;
  for (auto& [labels, alert] : alerts_) {
    if (found.contains(labels) || alert.state == AlertState::kInactive || alert.keep_firing_since_ms) {
      alert.unknown_since_ms.reset();
    } else {
      not_found.push_back(&alert);
    }
  }
  if (not_found.empty() || !presence_ || environment.unknown_kept_ms == 0) return {};
  ASSIGN_OR_RETURN(const auto present, environment.query(presence_->expr(), time.data_ms()));
  const std::vector<const Alert*> missing = presence_->missing(not_found, present);
  for (auto& [labels, alert] : alerts_) {
    if (std::ranges::find(not_found, &alert) == not_found.end()) continue;
    const bool is_missing = std::ranges::find(missing, &alert) != missing.end();
    if (!is_missing) alert.unknown_since_ms.reset();
    if (is_missing && !alert.unknown_since_ms) alert.unknown_since_ms = time.at_ms;
    if (is_missing && time.at_ms - *alert.unknown_since_ms >= environment.unknown_kept_ms)
      alert.unknown_since_ms.reset();
  }
  return {};
}

std::vector<RuleSample> RuleState::alert_samples() const {
  std::vector<RuleSample> made;
  for (const auto& [labels, alert] : alerts_) {
    if (alert.state == AlertState::kInactive) continue;
    RuleSample shown = sample_of(rule_, alert, "ALERTS", 1);
    shown.labels = query::set_label(shown.labels, "alertstate", text(alert.state));
    made.push_back(std::move(shown));
    made.push_back(
        sample_of(rule_, alert, "ALERTS_FOR_STATE", static_cast<double>(alert.active_at_ms / 1000)));
  }
  return made;
}

// What the alerts would be if there had been none before.
Result<std::map<Labels, Alert>> RuleState::alerts_of(const std::vector<RuleSample>& found,
                                                     const Environment& environment,
                                                     TimestampMs at_ms) const {
  templates::Surroundings surroundings{at_ms, environment.external_url, {}};
  surroundings.query = [&](const std::string& expr) -> Result<std::vector<templates::QueriedSample>> {
    ASSIGN_OR_RETURN(const std::vector<RuleSample> answer, environment.query(expr, at_ms));
    std::vector<templates::QueriedSample> out;
    for (const RuleSample& sample : answer) out.push_back({label_map(sample.labels), sample.value});
    return out;
  };
  const auto external = std::make_shared<const templates::LabelMap>(environment.external_labels);
  std::map<Labels, Alert> out;
  for (const RuleSample& sample : found) {
    const templates::Data data{std::make_shared<const templates::LabelMap>(label_map(sample.labels)),
                               sample.value, external, environment.external_url};
    const auto expand = [&](const NamedTemplate& named) {
      auto expanded = named.text.expand(data, surroundings);
      return expanded.ok()
                 ? *std::move(expanded)
                 : fmt::format("<error expanding template: error executing template __alert_{}: {}>",
                               rule_.alert, expanded.error().message);
    };
    Alert alert;
    alert.labels = query::set_label(sample.labels, kMetricName, {});
    for (const NamedTemplate& label : labels_)
      alert.labels = query::set_label(alert.labels, label.name, expand(label));
    alert.labels = query::set_label(alert.labels, kAlertName, rule_.alert);
    for (const NamedTemplate& annotation : annotations_)
      alert.annotations.emplace(annotation.name, expand(annotation));
    alert.value = sample.value;
    alert.active_at_ms = at_ms;
    Labels key = alert.labels;
    if (!out.emplace(std::move(key), std::move(alert)).second)
      return failed_precondition(
          "vector contains metrics with the same labelset after applying alert labels");
  }
  return out;
}

// One step of an alert that is not forgotten.
void RuleState::advance(Alert& alert, bool found, TimestampMs at_ms) const {
  if (found) {
    alert.keep_firing_since_ms.reset();
  } else {
    bool keeps_firing = false;
    if (alert.state == AlertState::kFiring && rule_.keep_firing_for_ms > 0) {
      if (!alert.keep_firing_since_ms) alert.keep_firing_since_ms = at_ms;
      keeps_firing = at_ms - *alert.keep_firing_since_ms < rule_.keep_firing_for_ms;
    }
    if (!keeps_firing) {
      if (alert.state != AlertState::kInactive) {
        alert.state = AlertState::kInactive;
        alert.resolved_at_ms = at_ms;
      }
      return;
    }
  }
  if (alert.state == AlertState::kPending && at_ms - alert.active_at_ms >= rule_.for_ms) {
    alert.state = AlertState::kFiring;
    alert.fired_at_ms = at_ms;
  }
  // Where a rule has got a longer `for` than the one under which the alert fired.
  if (alert.state == AlertState::kFiring && at_ms - alert.active_at_ms < rule_.for_ms) {
    alert.state = AlertState::kPending;
    alert.fired_at_ms.reset();
    alert.keep_firing_since_ms.reset();
  }
}

uint64_t found_digest(std::span<const RuleSample> found) {
  uint64_t digest = found.size() + 1;
  for (const RuleSample& sample : found) digest += sample.labels.view().hash();
  return digest;
}

}  // namespace weir::rules
