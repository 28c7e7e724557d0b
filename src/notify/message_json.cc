#include "notify/message_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/duration.h"

namespace weir::notify {
namespace {

namespace json = boost::json;

// Boost has a string_view of its own.
json::string_view text(std::string_view value) {
  return {value.data(), value.size()};
}
json::string owned(const std::string& value) {
  return json::string(text(value));
}

json::object object_of(const TextMap& texts) {
  json::object out;
  for (const auto& [name, value] : texts) out.emplace(text(name), text(value));
  return out;
}

json::object alert_json(const Alert& alert) {
  // Go's zero time is what Alertmanager writes for an end that has not come.
  constexpr std::string_view kNoEnd = "0001-01-01T00:00:00Z";
  return {{"status", alert.ends_at_ms ? "resolved" : "firing"},
          {"labels", object_of(text_map(alert.labels))},
          {"annotations", object_of(alert.annotations)},
          {"startsAt", owned(format_time(alert.starts_at_ms))},
          {"endsAt", alert.ends_at_ms ? owned(format_time(*alert.ends_at_ms)) : json::string(text(kNoEnd))},
          {"generatorURL", text(alert.generator_url)},
          {"fingerprint", owned(fingerprint_text(fingerprint(alert.labels)))}};
}

}  // namespace

std::string webhook_json(const Notification& notification, std::string_view external_url, size_t alerts_max) {
  const size_t count = notification.alerts.size();
  const size_t kept = alerts_max == 0 ? count : std::min(alerts_max, count);
  Notification told = notification;
  told.alerts.resize(kept);
  json::array alerts;
  for (const Alert& alert : told.alerts) alerts.push_back(alert_json(alert));
  const json::object message = {{"receiver", text(told.target.receiver)},
                                {"status", told.is_firing() ? "firing" : "resolved"},
                                {"alerts", std::move(alerts)},
                                {"groupLabels", object_of(text_map(told.group_labels))},
                                {"commonLabels", object_of(common_labels(told.alerts))},
                                {"commonAnnotations", object_of(common_annotations(told.alerts))},
                                {"externalURL", text(external_url)},
                                {"version", "4"},
                                {"groupKey", text(told.target.group_key)},
                                {"truncatedAlerts", count - kept}};
  return json::serialize(message) + "\n";
}

std::string alerts_json(std::span<const Alert> alerts, TimestampMs fires_until_ms) {
  json::array out;
  for (const Alert& alert : alerts) {
    out.push_back(json::object{{"labels", object_of(text_map(alert.labels))},
                               {"annotations", object_of(alert.annotations)},
                               {"startsAt", owned(format_time(alert.starts_at_ms))},
                               {"endsAt", owned(format_time(alert.ends_at_ms.value_or(fires_until_ms)))},
                               {"generatorURL", text(alert.generator_url)}});
  }
  return json::serialize(out);
}

}  // namespace weir::notify
