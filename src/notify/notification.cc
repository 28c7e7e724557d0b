#include "notify/notification.h"

#include <algorithm>

namespace weir::notify {
namespace {

void keep_common(TextMap& common, const TextMap& other) {
  std::erase_if(common, [&](const auto& entry) {
    const auto found = other.find(entry.first);
    return found == other.end() || found->second != entry.second;
  });
}

}  // namespace

bool Notification::is_firing() const {
  return std::any_of(alerts.begin(), alerts.end(), [](const Alert& alert) { return !alert.ends_at_ms; });
}

TextMap common_labels(const std::vector<Alert>& alerts) {
  if (alerts.empty()) return {};
  TextMap common = text_map(alerts[0].labels);
  for (const Alert& alert : alerts) keep_common(common, text_map(alert.labels));
  return common;
}

TextMap common_annotations(const std::vector<Alert>& alerts) {
  if (alerts.empty()) return {};
  TextMap common = alerts[0].annotations;
  for (const Alert& alert : alerts) keep_common(common, alert.annotations);
  return common;
}

}  // namespace weir::notify
