#include "notify/summary_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::notify {
namespace {

std::string values_text(const TextMap& texts) {
  std::string out;
  const auto name = texts.find("alertname");
  if (name != texts.end()) out = name->second;
  bool first = name == texts.end();
  for (const auto& [label, value] : texts) {
    if (label == "alertname") continue;
    out += (first ? "" : " ") + value;
    first = false;
  }
  return out;
}

void append_texts(std::string& out, std::string_view heading, const TextMap& texts) {
  if (texts.empty()) return;
  out += fmt::format("{}:\n", heading);
  for (const auto& [name, value] : texts) out += fmt::format(" - {} = {}\n", name, value);
}

void append_alerts(std::string& out, std::string_view heading, const Notification& notification,
                   bool firing) {
  const auto is_meant = [&](const Alert& alert) { return alert.ends_at_ms.has_value() != firing; };
  const auto count = std::count_if(notification.alerts.begin(), notification.alerts.end(), is_meant);
  if (count == 0) return;
  out += fmt::format("{} ({})\n\n", heading, count);
  for (const Alert& alert : notification.alerts) {
    if (!is_meant(alert)) continue;
    append_texts(out, "Labels", text_map(alert.labels));
    append_texts(out, "Annotations", alert.annotations);
    if (!alert.generator_url.empty()) out += fmt::format("Source: {}\n", alert.generator_url);
    out += '\n';
  }
}

}  // namespace

std::string subject_text(const Notification& notification) {
  const auto firing = std::count_if(notification.alerts.begin(), notification.alerts.end(),
                                    [](const Alert& alert) { return !alert.ends_at_ms; });
  const TextMap group = text_map(notification.group_labels);
  TextMap others = common_labels(notification.alerts);
  const bool has_others = others.size() > group.size();
  for (const auto& [name, value] : group) others.erase(name);
  return fmt::format("[{}] {} {}", firing > 0 ? fmt::format("FIRING:{}", firing) : "RESOLVED",
                     values_text(group), has_others ? "(" + values_text(others) + ")" : "");
}

std::string alerts_text(const Notification& notification) {
  std::string out;
  append_alerts(out, "Alerts firing", notification, true);
  append_alerts(out, "Alerts resolved", notification, false);
  return out;
}

}  // namespace weir::notify
