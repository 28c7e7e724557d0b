#include "gateway/rules_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/duration.h"
#include "wire/json_writer.h"

namespace weir::gateway {
namespace {

using rules::Alert;
using rules::GroupStatus;
using rules::RuleStatus;

// As Go prints it with an exponent: 1e+00.
std::string value_text(const rules::templates::SampleValue& value) {
  const double* number = std::get_if<double>(&value);
  const double shown = number == nullptr ? 0 : *number;
  if (std::isnan(shown)) return "NaN";
  if (std::isinf(shown)) return shown > 0 ? "+Inf" : "-Inf";
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), shown, std::chars_format::scientific).ptr;
  return std::string(text, end);
}

double seconds(int64_t ms) {
  return static_cast<double>(ms) / 1000;
}
double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

/// Prometheus' time of what has never been.
std::string time_text(TimestampMs at_ms) {
  return at_ms == 0 ? "0001-01-01T00:00:00Z" : format_time(at_ms);
}

class Writer {
 public:
  explicit Writer(std::string& out) : json_(out) {}

  void groups(const std::vector<GroupStatus>& groups, const RuleFilter& filter,
              const std::string& next_token) {
    json_.begin_object();
    json_.key("groups");
    json_.begin_array();
    for (const GroupStatus& group : groups) {
      const bool wanted = filter.group(group) && std::ranges::any_of(group.rules, filter.rule);
      if (wanted) this->group(group, filter);
    }
    json_.end_array();
    if (!next_token.empty()) json_.text("groupNextToken", next_token);
    json_.end_object();
  }

  void all_alerts(const std::vector<GroupStatus>& groups) {
    json_.begin_object();
    json_.key("alerts");
    json_.begin_array();
    for (const GroupStatus& group : groups) {
      for (const RuleStatus& rule : group.rules) {
        for (const Alert& one : rule.alerts) alert(one);
      }
    }
    json_.end_array();
    json_.end_object();
  }

 private:
  void group(const GroupStatus& group, const RuleFilter& filter) {
    json_.begin_object();
    json_.text("name", group.name);
    json_.text("file", group.name_space);
    json_.key("rules");
    json_.begin_array();
    for (const RuleStatus& one : group.rules) {
      if (filter.rule(one)) rule(one, filter);
    }
    json_.end_array();
    json_.number("interval", seconds(group.interval_ms));
    json_.integer("limit", std::max<int64_t>(0, group.limit));
    json_.number("evaluationTime", seconds(group.took));
    json_.text("lastEvaluation", time_text(group.evaluated_ms));
    json_.end_object();
  }

  void rule(const RuleStatus& status, const RuleFilter& filter) {
    const rules::Rule& rule = status.rule;
    const bool alerting = !rule.alert.empty();
    json_.begin_object();
    if (alerting) json_.text("state", status.health.evaluated ? rules::text(status.state) : "unknown");
    json_.text("name", rule.name());
    json_.text("query", status.printed_expr);
    if (alerting) {
      json_.number("duration", seconds(rule.for_ms));
      json_.number("keepFiringFor", seconds(rule.keep_firing_for_ms));
    }
    texts("labels", rule.labels);
    if (alerting) {
      texts("annotations", rule.annotations);
      alerts(status, filter);
    }
    health(status.health);
    json_.text("type", alerting ? "alerting" : "recording");
    json_.end_object();
  }

  // Null where they are not wanted, as Prometheus has it.
  void alerts(const RuleStatus& status, const RuleFilter& filter) {
    if (!filter.with_alerts) return json_.null("alerts");
    json_.key("alerts");
    json_.begin_array();
    for (const Alert& one : status.alerts) alert(one);
    json_.end_array();
  }

  void health(const rules::RuleHealth& health) {
    json_.text("health", !health.evaluated ? "unknown" : health.error.empty() ? "ok" : "err");
    if (!health.error.empty()) json_.text("lastError", health.error);
    json_.number("evaluationTime", seconds(health.took));
    json_.text("lastEvaluation", time_text(health.at_ms));
  }

  void alert(const Alert& alert) {
    json_.begin_object();
    json_.key("labels");
    json_.begin_object();
    for (const Label& label : alert.labels.view()) json_.text(label.name, label.value);
    json_.end_object();
    texts("annotations", alert.annotations);
    json_.text("state", rules::text(alert.state));
    json_.text("activeAt", format_time(alert.active_at_ms));
    if (alert.unknown_since_ms) json_.text("unknownSince", format_time(*alert.unknown_since_ms));
    if (alert.keep_firing_since_ms) json_.text("keepFiringSince", format_time(*alert.keep_firing_since_ms));
    json_.text("value", value_text(alert.value));
    json_.end_object();
  }

  void texts(std::string_view name, const rules::TextMap& texts) {
    json_.key(name);
    json_.begin_object();
    for (const auto& [key, value] : texts) json_.text(key, value);
    json_.end_object();
  }

  wire::JsonWriter json_;
};

}  // namespace

std::string rules_json(const std::vector<GroupStatus>& groups, const RuleFilter& filter,
                       const std::string& next_token) {
  std::string out;
  Writer(out).groups(groups, filter, next_token);
  return out;
}

std::string alerts_json(const std::vector<GroupStatus>& groups) {
  std::string out;
  Writer(out).all_alerts(groups);
  return out;
}

}  // namespace weir::gateway
