#include "rules/ruler/state_document.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

namespace weir::rules {
namespace {

namespace json = boost::json;

constexpr int64_t kVersion = 1;

json::object texts_json(const TextMap& texts) {
  json::object out;
  for (const auto& [name, value] : texts) out[name] = value;
  return out;
}

json::object labels_json(LabelsView labels) {
  json::object out;
  for (const Label& label : labels) out[label.name] = label.value;
  return out;
}

void put_time(json::object& out, std::string_view key, const std::optional<TimestampMs>& time_ms) {
  if (time_ms) out[key] = *time_ms;
}

json::object alert_json(const Alert& alert) {
  json::object out;
  out["labels"] = labels_json(alert.labels);
  out["annotations"] = texts_json(alert.annotations);
  out["state"] = text(alert.state);
  const double* value = std::get_if<double>(&alert.value);
  out["value"] = fmt::to_string(value == nullptr ? 0 : *value);
  out["active_at_ms"] = alert.active_at_ms;
  put_time(out, "fired_at_ms", alert.fired_at_ms);
  put_time(out, "resolved_at_ms", alert.resolved_at_ms);
  put_time(out, "keep_firing_since_ms", alert.keep_firing_since_ms);
  put_time(out, "unknown_since_ms", alert.unknown_since_ms);
  return out;
}

/// Reads values of an object; what is missing or of another type is noted, and a harmless value is returned.
class ObjectReader {
 public:
  ObjectReader(const json::value& value, std::string& fault) : object_(value.if_object()), fault_(fault) {
    if (object_ == nullptr) fault_ = "something is not an object";
  }

  std::optional<TimestampMs> optional_time(std::string_view key) {
    const json::value* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (const int64_t* time_ms = value->if_int64()) return *time_ms;
    return refuse(key), std::nullopt;
  }
  int64_t time(std::string_view key) {
    const auto time_ms = optional_time(key);
    if (!time_ms) refuse(key);
    return time_ms.value_or(0);
  }
  std::string text(std::string_view key) {
    const json::value* value = find(key);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    return refuse(key), "";
  }
  TextMap texts(std::string_view key) {
    TextMap out;
    const json::value* value = find(key);
    if (value == nullptr || !value->is_object()) return refuse(key), out;
    for (const auto& [name, text] : value->get_object()) {
      if (!text.is_string()) return refuse(key), out;
      out.emplace(name, text.get_string());
    }
    return out;
  }
  const json::array& list(std::string_view key) {
    static const json::array kNone;
    const json::value* value = find(key);
    if (value != nullptr && value->is_array()) return value->get_array();
    return refuse(key), kNone;
  }
  void refuse(std::string_view key) {
    if (fault_.empty()) fault_ = fmt::format("\"{}\" is missing or of another type", key);
  }

 private:
  const json::value* find(std::string_view key) const {
    return object_ == nullptr ? nullptr : object_->if_contains(key);
  }

  const json::object* object_;
  std::string& fault_;
};

Labels labels_of(const TextMap& texts, std::string& fault) {
  std::vector<Label> labels;
  for (const auto& [name, value] : texts) labels.push_back({name, value});
  auto made = Labels::from(std::move(labels));
  if (made.ok()) return *std::move(made);
  if (fault.empty()) fault = made.error().message;
  return {};
}

AlertState state_of(const std::string& word, std::string& fault) {
  for (const AlertState state : {AlertState::kInactive, AlertState::kPending, AlertState::kFiring}) {
    if (text(state) == word) return state;
  }
  if (fault.empty()) fault = fmt::format("no alert is \"{}\"", word);
  return AlertState::kInactive;
}

Alert read_alert(const json::value& value, std::string& fault) {
  ObjectReader reader(value, fault);
  Alert alert;
  alert.labels = labels_of(reader.texts("labels"), fault);
  alert.annotations = reader.texts("annotations");
  alert.state = state_of(reader.text("state"), fault);
  alert.value = std::strtod(reader.text("value").c_str(), nullptr);
  alert.active_at_ms = reader.time("active_at_ms");
  alert.fired_at_ms = reader.optional_time("fired_at_ms");
  alert.resolved_at_ms = reader.optional_time("resolved_at_ms");
  alert.keep_firing_since_ms = reader.optional_time("keep_firing_since_ms");
  alert.unknown_since_ms = reader.optional_time("unknown_since_ms");
  return alert;
}

RememberedRule read_rule(const json::value& value, std::string& fault) {
  ObjectReader reader(value, fault);
  RememberedRule rule{reader.text("name"), reader.texts("labels"), reader.text("expr"), {}};
  for (const json::value& alert : reader.list("alerts")) rule.alerts.push_back(read_alert(alert, fault));
  return rule;
}

}  // namespace

RememberedGroup remembered(const GroupState& group, TimestampMs evaluated_ms) {
  RememberedGroup out{evaluated_ms, {}};
  for (const RuleState& state : group.rules()) {
    if (state.alerts().empty()) continue;
    RememberedRule rule{state.rule().name(), state.rule().labels, state.rule().expr, {}};
    for (const auto& [labels, alert] : state.alerts()) rule.alerts.push_back(alert);
    out.rules.push_back(std::move(rule));
  }
  return out;
}

void recall(const RememberedGroup& remembered, GroupState& group) {
  std::vector<const RememberedRule*> left;
  for (const RememberedRule& rule : remembered.rules) left.push_back(&rule);
  std::vector<bool> done(group.rules().size());
  for (const bool same_expr : {true, false}) {
    for (size_t i = 0; i < done.size(); ++i) {
      const Rule& rule = group.rules()[i].rule();
      if (done[i] || rule.alert.empty()) continue;
      const auto found = std::find_if(left.begin(), left.end(), [&](const RememberedRule* one) {
        return one->name == rule.alert && one->labels == rule.labels &&
               (!same_expr || one->expr == rule.expr);
      });
      if (found == left.end()) continue;
      group.restore(i, (*found)->alerts);
      left.erase(found);
      done[i] = true;
    }
  }
}

std::string encode_state(const RememberedGroup& group) {
  json::array rules;
  for (const RememberedRule& rule : group.rules) {
    json::array alerts;
    for (const Alert& alert : rule.alerts) alerts.push_back(alert_json(alert));
    rules.push_back(json::object{{"name", rule.name},
                                 {"labels", texts_json(rule.labels)},
                                 {"expr", rule.expr},
                                 {"alerts", std::move(alerts)}});
  }
  return json::serialize(
      json::object{{"version", kVersion}, {"evaluated_ms", group.evaluated_ms}, {"rules", std::move(rules)}});
}

Result<RememberedGroup> decode_state(std::string_view text) {
  boost::system::error_code bad_syntax;
  const json::value document = json::parse(text, bad_syntax);
  if (bad_syntax) return corruption(fmt::format("state of rules: {}", bad_syntax.message()));
  std::string fault;
  ObjectReader reader(document, fault);
  const int64_t version = reader.time("version");
  if (fault.empty() && version != kVersion)
    return unsupported(fmt::format("state of rules: version {}; this program knows {}", version, kVersion));
  RememberedGroup group{reader.time("evaluated_ms"), {}};
  for (const json::value& rule : reader.list("rules")) group.rules.push_back(read_rule(rule, fault));
  if (!fault.empty()) return corruption(fmt::format("state of rules: {}", fault));
  return group;
}

}  // namespace weir::rules
