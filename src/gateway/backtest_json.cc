#include "gateway/backtest_json.h"

#include "base/duration.h"
#include "gateway/rule_parts_json.h"

namespace weir::gateway {
namespace {

using rules::backtest::AlertInstance;
using rules::backtest::AlertInterval;
using rules::backtest::GroupOutcome;
using rules::backtest::Outcome;
using rules::backtest::RuleOutcome;

class Writer {
 public:
  explicit Writer(std::string& out) : json_(out) {}

  void write(const Outcome& outcome) {
    json_.begin_object();
    json_.text("start", format_time(outcome.start_ms));
    json_.text("end", format_time(outcome.end_ms));
    json_.text("until", format_time(outcome.until_ms));
    json_.boolean("partial", outcome.stopped.has_value());
    if (outcome.stopped) json_.text("reason", outcome.stopped->message);
    json_.key("totals");
    json_.begin_object();
    json_.count("evaluations", outcome.evaluations);
    json_.integer("took_us", outcome.took.count());
    json_.count("samples_read", outcome.samples_read);
    json_.count("samples_made", outcome.samples_made);
    json_.count("conflicts", outcome.conflicts);
    json_.end_object();
    json_.key("groups");
    json_.begin_array();
    for (const GroupOutcome& one : outcome.groups) group(one, outcome.until_ms);
    json_.end_array();
    json_.end_object();
  }

 private:
  void group(const GroupOutcome& group, TimestampMs until_ms) {
    json_.begin_object();
    json_.text("name", group.name);
    json_.integer("interval_ms", group.interval_ms);
    json_.integer("query_offset_ms", group.query_offset_ms);
    json_.key("rules");
    json_.begin_array();
    for (const RuleOutcome& one : group.rules) rule(one, until_ms);
    json_.end_array();
    json_.end_object();
  }

  void rule(const RuleOutcome& rule, TimestampMs until_ms) {
    const bool alerting = !rule.rule.alert.empty();
    json_.begin_object();
    json_.text("type", alerting ? "alerting" : "recording");
    json_.text("name", rule.rule.name());
    json_.text("query", rule.printed_expr);
    write_texts(json_, "labels", rule.rule.labels);
    json_.text("health", rule.evaluations == 0 ? "unknown" : rule.failures == 0 ? "ok" : "err");
    json_.count("evaluations", rule.evaluations);
    json_.count("failures", rule.failures);
    if (rule.first_failure) {
      json_.key("first_failure");
      json_.begin_object();
      json_.text("time", format_time(rule.first_failure->at_ms));
      json_.text("error", rule.first_failure->message);
      json_.end_object();
    }
    if (alerting) {
      alerts(rule, until_ms);
    } else {
      json_.count("samples", rule.samples);
      json_.count("series", rule.series);
    }
    json_.end_object();
  }

  void alerts(const RuleOutcome& rule, TimestampMs until_ms) {
    json_.integer("for_ms", rule.rule.for_ms);
    json_.integer("keep_firing_for_ms", rule.rule.keep_firing_for_ms);
    json_.count("fired", rule.firing_count());
    json_.integer("firing_ms", rule.firing_ms(until_ms));
    json_.count("firing_peak", rule.firing_peak);
    json_.key("alerts");
    json_.begin_array();
    for (const AlertInstance& one : rule.alerts) {
      json_.begin_object();
      write_labels(json_, "labels", one.labels);
      write_texts(json_, "annotations", one.annotations);
      json_.key("intervals");
      json_.begin_array();
      for (const AlertInterval& each : one.intervals) interval(each);
      json_.end_array();
      json_.end_object();
    }
    json_.end_array();
  }

  void interval(const AlertInterval& interval) {
    json_.begin_object();
    write_time(json_, "pending", interval.pending_ms);
    write_time(json_, "firing", interval.firing_ms);
    write_time(json_, "end", interval.end_ms);
    json_.text("value", sample_text(interval.value));
    json_.end_object();
  }

  wire::JsonWriter json_;
};

}  // namespace

std::string backtest_json(const Outcome& outcome) {
  std::string out;
  Writer(out).write(outcome);
  return out;
}

}  // namespace weir::gateway
