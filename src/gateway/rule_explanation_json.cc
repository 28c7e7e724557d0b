#include "gateway/rule_explanation_json.h"

#include "base/duration.h"
#include "gateway/rule_parts_json.h"

namespace weir::gateway {
namespace {

using rules::explain::AlertExplanation;
using rules::explain::Condition;
using rules::explain::NewestSamples;
using rules::explain::SelectorSamples;
using rules::explain::StateChange;

class Writer {
 public:
  explicit Writer(std::string& out) : json_(out) {}

  void write(const ExplainedAlert& alert) {
    json_.begin_object();
    json_.text("alert", alert.name);
    json_.text("now", format_time(alert.now_ms));
    write_time(json_, "watermark", alert.watermark_ms);
    if (alert.watermark_ms) json_.integer("watermark_behind_ms", alert.now_ms - *alert.watermark_ms);
    list("rules", alert.rules, [&](const ExplainedRule& one) { rule(one, alert); });
    json_.text("changes_start", format_time(alert.changes_range.mint_ms));
    list("changes", alert.changes.changes, [&](const StateChange& one) { change(one); });
    json_.boolean("changes_cut", alert.changes.has_more);
    if (!alert.changes_error.empty()) json_.text("changes_error", alert.changes_error);
    json_.end_object();
  }

 private:
  template <typename Items, typename Write>
  void list(std::string_view name, const Items& items, Write write) {
    json_.key(name);
    json_.begin_array();
    for (const auto& item : items) write(item);
    json_.end_array();
  }

  void rule(const ExplainedRule& one, const ExplainedAlert& alert) {
    const rules::RuleStatus& status = one.rule;
    const bool evaluated = status.health.evaluated;
    json_.begin_object();
    json_.text("group", one.group.name);
    json_.text("file", one.group.name_space);
    json_.text("query", status.printed_expr);
    json_.integer("interval_ms", one.group.interval_ms);
    json_.integer("query_offset_ms", one.group.query_offset_ms);
    json_.integer("for_ms", status.rule.for_ms);
    json_.integer("keep_firing_for_ms", status.rule.keep_firing_for_ms);
    write_texts(json_, "labels", status.rule.labels);
    write_texts(json_, "annotations", status.rule.annotations);
    json_.text("state", evaluated ? rules::text(status.state) : "unknown");
    json_.text("health", !evaluated ? "unknown" : status.health.error.empty() ? "ok" : "err");
    if (!status.health.error.empty()) json_.text("error", status.health.error);
    write_time(json_, "evaluated", evaluated ? std::optional(status.health.at_ms) : std::nullopt);
    if (evaluated && alert.watermark_ms)
      json_.integer("evaluated_behind_ms", *alert.watermark_ms - one.explanation.at_ms);
    json_.integer("took_us", status.health.took.count());
    write_time(json_, "data_time", one.explanation.at_ms);
    json_.count("alerts_active", one.explanation.alerts_active);
    list("alerts", one.explanation.alerts, [&](const AlertExplanation& each) { this->alert(each); });
    list("conditions", one.explanation.conditions, [&](const Condition& each) { condition(each); });
    list("selectors", one.explanation.selectors, [&](const SelectorSamples& each) { selector(each); });
    json_.end_object();
  }

  void alert(const AlertExplanation& one) {
    json_.begin_object();
    write_labels(json_, "labels", one.alert.labels);
    write_texts(json_, "annotations", one.alert.annotations);
    json_.text("state", rules::text(one.alert.state));
    json_.text("value", sample_text(one.alert.value));
    write_time(json_, "active_since", one.alert.active_at_ms);
    write_time(json_, "firing_since", one.alert.fired_at_ms);
    write_time(json_, "kept_firing_since", one.alert.keep_firing_since_ms);
    write_time(json_, "unknown_since", one.alert.unknown_since_ms);
    if (one.left_ms) json_.integer("left_ms", *one.left_ms);
    list("behind", one.behind, [&](const SelectorSamples& each) { selector(each); });
    json_.end_object();
  }

  void selector(const SelectorSamples& one) {
    json_.begin_object();
    json_.text("selector", one.selector);
    if (!one.error.empty()) json_.text("error", one.error);
    list("series", one.series, [&](const NewestSamples& each) { series(each); });
    json_.boolean("series_cut", one.has_more);
    json_.end_object();
  }

  void series(const NewestSamples& one) {
    json_.begin_object();
    write_labels(json_, "labels", one.labels);
    json_.key("samples");
    json_.begin_array();
    for (size_t i = 0; i < one.samples.size(); ++i) {
      rules::templates::SampleValue value = one.samples.values[i];
      if (HistogramPtr histogram = one.samples.histogram(i)) value = std::move(histogram);
      json_.begin_array();
      json_.text(format_time(one.samples.timestamps_ms[i]));
      json_.text(sample_text(value));
      json_.end_array();
    }
    json_.end_array();
    json_.end_object();
  }

  void condition(const Condition& one) {
    json_.begin_object();
    json_.text("condition", one.condition);
    json_.text("expr", one.expr);
    if (!one.op.empty()) json_.text("op", one.op);
    if (one.bound) json_.text("bound", sample_text(*one.bound));
    if (!one.error.empty()) json_.text("error", one.error);
    json_.count("count", one.count);
    list("values", one.values, [&](const rules::RuleSample& each) {
      json_.begin_object();
      write_labels(json_, "labels", each.labels);
      json_.text("value", sample_text(each.value));
      json_.end_object();
    });
    json_.end_object();
  }

  void change(const StateChange& one) {
    json_.begin_object();
    json_.text("time", format_time(one.at_ms));
    write_labels(json_, "labels", one.labels);
    json_.text("from", rules::text(one.from));
    json_.text("to", rules::text(one.to));
    json_.end_object();
  }

  wire::JsonWriter json_;
};

}  // namespace

std::string rule_explanation_json(const ExplainedAlert& alert) {
  std::string out;
  Writer(out).write(alert);
  return out;
}

}  // namespace weir::gateway
